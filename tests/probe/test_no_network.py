"""A process that runs code from elsewhere has no network where the system offers that; it does nothing else to it."""

import json
import os
import socket
from pathlib import Path

import pytest

from advisor.probe import no_network
from tests.conftest import ROOT, run_python

offered = pytest.mark.skipif(not no_network.is_offered(), reason="this system takes the network from no process")
# Asks a port of this machine and the discard port of one that no network has (RFC 5737); then listens by itself.
ASKS = """
import json, socket, sys
def reaches(*address):
    try:
        socket.create_connection(address, timeout=5).close()
    except OSError:
        return False
    return True
own = socket.create_server(("127.0.0.1", 0))
print(json.dumps({
    "here": reaches("127.0.0.1", int(sys.argv[1])),
    "elsewhere": reaches("192.0.2.1", 9),
    "itself": reaches(*own.getsockname()),
    "name": __name__,
    "file": open(sys.argv[2]).read(),
}))
"""

# What is to be imported is, while it can be read; a process that has changed its user is its own again (prctl(2)).
AS_NOBODY = f"""
import ctypes, encodings.idna, fcntl, json, os, socket, struct
socket.getaddrinfo("127.0.0.1", 1)
from advisor.probe import no_network
os.setgroups([]); os.setgid(65534); os.setuid(65534)
ctypes.CDLL(None).prctl(4, 1)
no_network.cut_network_off()
exec({ASKS!r})
"""


@offered
@pytest.mark.parametrize("user", ["this one", "one without privileges"])
def test_it_reaches_nothing_but_itself(tmp_path: Path, user: str) -> None:
    """As the user who runs the tests, and, if that is root, as a user without privileges; files stay unchanged."""
    if user != "this one" and os.geteuid() != 0:
        pytest.skip("only root becomes another user")
    (tmp_path / "asks.py").write_text(ASKS, encoding="utf-8")
    (tmp_path / "file").write_text("read", encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    with socket.create_server(("127.0.0.1", 0)) as listener, (tmp_path / "file").open(encoding="utf-8") as file:
        given = [str(listener.getsockname()[1]), f"/proc/self/fd/{file.fileno()}"]

        def run(*arguments: str) -> dict[str, object]:
            done = run_python(*arguments, *given, env=environment, pass_fds=[file.fileno()])
            assert done.returncode == 0, done.stderr
            found: dict[str, object] = json.loads(done.stdout)
            return found

        found = run(*no_network.command("asks")) if user == "this one" else run("-c", AS_NOBODY)
        assert found == {"here": False, "elsewhere": False, "itself": True, "name": "__main__", "file": "read"}
        # Without it the same program reaches the port.
        assert run("-m", "asks")["here"] is True


def test_where_it_cannot_be_taken_nothing_is_run(tmp_path: Path) -> None:
    """A system that refuses, or is not Linux, is detected before any agreement."""
    note = tmp_path / "note"
    (tmp_path / "writes.py").write_text(f"open({str(note)!r}, 'w').close()\n", encoding="utf-8")
    code = (
        "import sys\nfrom advisor.probe import no_network\nsys.platform = 'darwin'\n"
        "assert not no_network.is_offered()\nsys.argv = ['x', 'writes']\nsys.exit(no_network.main())"
    )
    done = run_python("-c", code, variables={"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"})
    assert (done.returncode, note.exists()) == (1, False)
    assert "the network cannot be taken away" in done.stderr
