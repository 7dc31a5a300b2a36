"""Remove network access from a process, if the system supports it.

    python -m advisor.probe.no_network [MODULE]

removes it from this process, then runs the module; without a module the exit code says whether that works here.

On Linux the process gets its own network namespace, shared only with its child processes; together with its own user
namespace that needs no privileges, and even root cannot go back (namespaces(7), user_namespaces(7),
network_namespaces(7)). Other systems have nothing that a process could use by itself.
"""

import ctypes
import errno
import os
import runpy
import subprocess
import sys
from functools import cache
from pathlib import Path

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000  # linux/sched.h
SIOCSIFFLAGS, IFF_UP = 0x8914, 1  # linux/sockios.h, linux/if.h
CHECK_SECONDS = 60
MODULE = "advisor.probe.no_network"


def cut_network_off() -> None:
    """Remove network access from this single-threaded process for good; OSError if the system does not support it."""
    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, "no network namespaces on this system")
    user, group = os.geteuid(), os.getegid()
    try:
        _unshare(CLONE_NEWUSER | CLONE_NEWNET)
    except OSError:
        _unshare(CLONE_NEWNET)
    else:
        # Files keep their owners; groups can be mapped only after setgroups is denied.
        Path("/proc/self/setgroups").write_text("deny", encoding="utf-8")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="utf-8")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="utf-8")
    _start_loopback()


def _unshare(flags: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _start_loopback() -> None:
    """Start the namespace's own loopback, which engines use internally."""
    import fcntl
    import socket
    import struct

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


@cache
def is_offered() -> bool:
    """Return whether a process without network can be started here."""
    if sys.platform != "linux":
        return False
    try:
        done = subprocess.run(  # noqa: S603  our own interpreter and module
            [sys.executable, "-P", "-m", MODULE], capture_output=True, timeout=CHECK_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def command(module: str) -> tuple[str, ...]:
    """Return the interpreter's arguments that run a module without network."""
    return ("-P", "-m", MODULE, module)


def main() -> int:
    """Cut this process off and run the named module; return the exit status."""
    try:
        cut_network_off()
    except OSError as error:
        sys.stderr.write(f"the network cannot be taken away: {error}\n")
        return 1
    if len(sys.argv) > 1:
        module = sys.argv.pop(1)
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
