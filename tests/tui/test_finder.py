"""The catalog in a process of its own: what it answers, and what happens when it, or who asks it, is ended."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from advisor.errors import InputError, OutOfReachError
from catalog.store.generations import exclusive, land
from tests.conftest import PATIENCE, Home, run_python
from tests.probe.support import wait_until
from tests.tui.conftest import HOSTILE, cards
from tui.finder import Finder, Query


@pytest.fixture
def finder(small_catalog: Home) -> Iterator[Finder]:
    """One that asks the small catalog."""
    finder = Finder()
    yield finder
    finder.leave()


def pid_of(finder: Finder) -> int:
    return finder._process.pid


def first(finder: Finder, text: str) -> str:
    return str(finder.search(Query(text)).document["models"][0]["id"])


def test_it_answers_what_the_session_asks(finder: Finder) -> None:
    """A search with filters, a card, the state, and that another catalog has come."""
    found = finder.search(Query("sentiment", license="permissive", size="200MB"))
    assert [model["id"] for model in found.document["models"]] == ["acme/sentiment-small", "embed/minilm-multi"]
    assert found.seconds > 0
    assert "[bold red]model[/]\\x1b[31m" in "\n".join(finder.card(HOSTILE) or [])
    assert finder.card("no/such") is None
    assert finder.state()["count"] == len(cards())
    with exclusive():
        land([card.to_json() for card in cards()[:2]], "import")
    assert finder.state()["count"] == 2
    assert len(finder.search(Query()).document["models"]) == len(cards())
    finder.reopen()
    assert len(finder.search(Query()).document["models"]) == 2


def test_a_filter_that_cannot_be_read_is_the_users(finder: Finder) -> None:
    """It is said without the name of a flag, and the next question is answered."""
    with pytest.raises(InputError, match=r"^'lots' is not a size"):
        finder.search(Query("ner", size="lots"))
    assert first(finder, "sentiment").startswith("acme/")


def test_a_process_that_was_killed_is_restarted(finder: Finder) -> None:
    """Between two queries; the caller notices nothing."""
    assert first(finder, "sentiment").startswith("acme/")
    killed = pid_of(finder)
    os.kill(killed, signal.SIGKILL)
    assert first(finder, "sentiment").startswith("acme/")
    assert pid_of(finder) != killed


@pytest.mark.parametrize(
    ("code", "shown"),
    [("", 0), ("print('half of an ans', end='', flush=True)", 0), ("import os; os.abort()", -6), ("import no_such", 1)],
)
def test_a_process_that_does_not_stay_is_said(code: str, shown: int) -> None:
    """Two failures are enough; the exit code is reported."""
    finder = Finder(("-c", code))
    with pytest.raises(OutOfReachError, match=rf"ended without an answer \(exit code {shown}\)"):
        finder.search(Query("x"))
    finder.leave()


def test_a_process_that_cannot_be_started_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/python")
    finder = Finder()
    finder.begin()
    with pytest.raises(OutOfReachError, match="cannot be started"):
        finder.search(Query("x"))
    finder.leave()


def test_what_a_library_prints_is_no_answer(small_catalog: Home) -> None:
    code = (
        "import os, tui.catalog_process as p\n"
        "p.Desk.warm = lambda self: (print('noise', flush=True), os.write(1, b'noise\\n'))\n"
        "p.main()"
    )
    finder = Finder(("-P", "-c", code))
    assert first(finder, "sentiment").startswith("acme/")
    finder.leave()


def test_files_of_the_folder_it_is_begun_in_are_not_imported(
    finder: Finder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user's own json.py is not the library's."""
    (tmp_path / "json.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    assert first(finder, "sentiment").startswith("acme/")


def test_a_damaged_catalog_is_said(home: Home) -> None:
    with exclusive():
        land([card.to_json() for card in cards()[:2]], "import")
    (snapshot,) = (home.data / "model-advisor" / "catalog" / "snapshots").glob("*.gz")
    snapshot.write_bytes(b"no snapshot")
    for compiled in (home.cache / "model-advisor" / "catalog").glob("*/*"):
        compiled.unlink()
    finder = Finder()
    with pytest.raises(OutOfReachError, match=r"cannot be read|damaged"):
        finder.search(Query("x"))
    finder.leave()


def test_it_ends_with_the_session(finder: Finder) -> None:
    first(finder, "sentiment")
    pid = pid_of(finder)
    finder.leave()
    assert not psutil.pid_exists(pid)
    with pytest.raises(OutOfReachError, match="session is closed"):
        finder.search(Query("x"))


def test_leaving_does_not_wait_for_an_answer(finder: Finder) -> None:
    first(finder, "sentiment")
    os.kill(pid_of(finder), signal.SIGSTOP)
    shown: list[str] = []

    def ask() -> None:
        try:
            finder.search(Query("ner"))
        except OutOfReachError as error:
            shown.append(str(error))

    asking = threading.Thread(target=ask)
    asking.start()
    assert wait_until(finder._asking.locked)
    finder.leave()
    asking.join(PATIENCE)
    assert shown == ["The session is closed."]


def test_it_ends_when_the_session_is_killed(small_catalog: Home) -> None:
    code = (
        "import time\nfrom tui.finder import Finder, Query\nfinder = Finder()\nfinder.search(Query('x'))\n"
        "print(finder._process.pid, flush=True)\ntime.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as session:
        process = psutil.Process(int(session.stdout.readline()))
        assert process.is_running()
        session.kill()
    assert not psutil.wait_procs([process], timeout=PATIENCE)[1]


@pytest.fixture
def temporary(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go, of a home whose cache has no place for a compiled catalog."""
    (tmp_path / "file").write_text("")
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def test_a_catalog_for_which_the_cache_has_no_place_leaves_nothing_behind(temporary: Path) -> None:
    """It is compiled once, into a temporary folder, which goes with the session."""
    with exclusive():
        land([card.to_json() for card in cards()], "import")
    finder = Finder()
    assert finder.state()["count"] == len(cards())
    made = list(temporary.iterdir())
    assert len(made) == 1
    assert first(finder, "sentiment").startswith("acme/")
    assert finder.state()["count"] == len(cards())
    assert list(temporary.iterdir()) == made
    finder.leave()
    assert not list(temporary.iterdir())


def test_leaving_while_the_catalog_is_compiled_leaves_nothing_behind(temporary: Path) -> None:
    """The shipped one takes seconds; quitting does not wait for them."""
    finder = Finder()

    def ask() -> None:
        with contextlib.suppress(OutOfReachError):
            finder.state()

    asking = threading.Thread(target=ask)
    asking.start()
    assert wait_until(lambda: list(temporary.glob("*/*")))
    finder.leave()
    asking.join(PATIENCE)
    assert not list(temporary.iterdir())


def test_the_session_s_own_process_loads_nothing_that_searches(small_catalog: Home) -> None:
    """A session that has searched, shown a card and looked around has no numpy, no FAISS, no database open."""
    code = """
import asyncio, sys
from tui.app import AdvisorApp
from tui.widgets.model_table import ModelTable
from textual.widgets import Input

async def main():
    app = AdvisorApp()
    async with app.run_test(size=(160, 40)) as pilot:
        await pilot.press("f3")
        while not app.screen.query(ModelTable) or not app.screen.query_one(ModelTable).model:
            await pilot.pause(0.01)
        app.screen.query_one("#search", Input).value = "names"
        while "names/" not in str(app.screen.query_one(ModelTable).model):
            await pilot.pause(0.01)
        print("LOADED", [name for name in ("numpy", "faiss", "sqlite3", "catalog.query.search") if name in sys.modules])

asyncio.run(main())
"""
    done = run_python("-c", code)
    assert "LOADED []" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(("free", "is_begun"), [(0.9, False), (1.1, True)])
def test_it_is_begun_before_the_first_paint_only_in_parallel(home: Home, free: float, *, is_begun: bool) -> None:
    """Where no processor is free the first paint would be twice as late; there it begins with the first question."""
    code = f"""
import tui, tui.app
from advisor.system import processors
processors.free = lambda: {free}
tui.app.AdvisorApp.run = lambda app: print("BEGUN", app.finder._process is not None, app.finder.leave())
tui.run()
"""
    done = run_python("-c", code)
    assert f"BEGUN {is_begun}" in done.stdout, done.stdout + done.stderr
