"""Python processes that begin warm: forked from one that has imported our modules and the large libraries.

Most of the time of a process that a test starts is importing: langgraph takes a second, transformers five. A process
that has all of it imported, and has run nothing, forks each process that a test asks for: with that one's arguments,
environment, folder and files, the asking process its parent, as `subprocess.Popen` would have it. What it starts in
turn comes from a twin of the same kind, its own.

A process begins cold, as it does for a user, where its start is what counts: in tests that use the fixture `cold`,
where Python is told otherwise by an option or a variable, where the code looks at what is loaded, or measures or
limits itself, on a terminal, on other systems than Linux, and for engines whose libraries load in no time (their
memory is theirs then).

This file runs as a script too: it is the process that forks.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import importlib.util
import inspect
import io
import json
import os
import pkgutil
import re
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import types
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
MOST_BYTES = 1 << 20
TITLE_BYTES = 4096
WORKER = "advisor.probe.worker"
# Their libraries take seconds to import.
ENGINES = ("sentence-transformers", "transformers", "gliner", "gliclass", "timm")
# What Python or a library reads once, at the start of a process; the values in brackets are kept nevertheless.
AT_START = re.compile(r"PYTHON|LC_|LANG|LD_|MALLOC|ASAN")
KEPT = {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
LOOKS = re.compile(r"sys\.modules|\brlimit|RLIMIT|maxrss|Vm(Size|RSS|HWM)|memory_info|peak_memory|meta_path|find_spec")
# What takes longer to import than to fork.
LARGE_OR_OURS = re.compile(
    r"\b(advisor|catalog|tui|tests|torch|transformers|sentence_transformers|sklearn|huggingface_hub)\b"
)
# Read by the libraries when they are imported, and the same in every process that uses them.
QUIET = {"TRANSFORMERS_VERBOSITY": "error", "OMP_WAIT_POLICY": "PASSIVE"}
IS_MAIN = '__name__ == "__main__"'
OURS = ("advisor", "catalog", "tui")
LARGE = (
    "faiss",
    "langchain_core.tracers.event_stream",
    "langgraph.checkpoint.sqlite",
    "requests",
    "tokenizers",
    "torch",
    "sklearn.linear_model",
    "sklearn.feature_extraction.text",
    "sentence_transformers",
    "transformers.models.auto.modeling_auto",
    "transformers.models.auto.processing_auto",
    "transformers.models.bert.modeling_bert",
    "transformers.models.llama.modeling_llama",
    "transformers.generation",
)


class Asked(NamedTuple):
    """A process that is wanted."""

    arguments: list[str]
    folder: str
    environment: dict[str, str]
    is_session: bool


class _Source:
    """The process that forks, as seen by the one that asks it."""

    def __init__(self, channel: socket.socket, wait: Callable[[], object]) -> None:
        self._channel, self._wait, self._lock = channel, wait, threading.Lock()
        atexit.register(self.close)

    def fork(self, asked: Asked, files: tuple[int, int, int]) -> int:
        """Return the number of a new child of this process; `OSError` if there is nobody to ask any more."""
        request = json.dumps(asked).encode()
        with self._lock:
            # While it is forked its own parent ends: the nearest that adopts is then this process.
            _adopt(1)
            try:
                socket.send_fds(self._channel, [len(request).to_bytes(4, "big")], files)
                self._channel.sendall(request)
                told = self._channel.recv(4, socket.MSG_WAITALL)
            finally:
                _adopt(0)
        if len(told) < 4:
            raise BrokenPipeError
        pid = int.from_bytes(told, "big")
        try:
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:  # here nobody adopts
            os.kill(pid, signal.SIGKILL)
            raise
        return pid

    def close(self) -> None:
        """End it."""
        self._channel.close()
        with contextlib.suppress(ChildProcessError):
            self._wait()


class _State:
    source: _Source | None = None
    is_off = sys.platform != "linux"
    plain = subprocess.Popen
    executable = sys.executable
    lock = threading.Lock()
    environment: Mapping[str, str] = MappingProxyType(dict(os.environ))


class WarmPopen(subprocess.Popen):  # type: ignore[type-arg]
    """Starts Python warm where that changes nothing but the time."""

    def _execute_child(self, *given: Any) -> None:
        asked = inspect.signature(super()._execute_child).bind(*given).arguments  # type: ignore[misc]
        if (wanted := _wanted(asked)) and (source := _source()) is not None:
            files = (asked["p2cread"], asked["c2pwrite"], asked["errwrite"])
            files = tuple(standard if file == -1 else file for standard, file in enumerate(files))
            if not any(map(os.isatty, files)):
                try:
                    with _interrupted_after() as came:
                        self.pid = source.fork(wanted, files)  # type: ignore[arg-type]
                        if came and not wanted.is_session:
                            os.kill(self.pid, signal.SIGINT)
                except OSError:
                    _State.is_off = True
                else:
                    self._child_created = True
                    ends = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
                    self._close_pipe_fds(*(asked[end] for end in ends))  # type: ignore[attr-defined]
                    return
        super()._execute_child(*given)  # type: ignore[misc]


@contextlib.contextmanager
def _interrupted_after() -> Iterator[list[int]]:
    """Put an interrupt off for as long as it takes to fork; what comes of the block says whether one came."""
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield came
        return
    before = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield came
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        signal.raise_signal(signal.SIGINT)


def install(source: _Source | None = None) -> None:
    """Let `subprocess` start Python so, in this process."""
    _State.source = source
    subprocess.Popen = WarmPopen  # type: ignore[misc]


def switched(*, is_off: bool) -> bool:
    """Begin to start processes cold, or warm; return how it was."""
    before, _State.is_off = _State.is_off, is_off
    return before


def _adopt(value: int) -> None:
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, value, 0, 0, 0)


def _wanted(given: dict[str, Any]) -> Asked | None:
    """Return what a call of `Popen` wants, or None where that begins cold."""
    arguments = given["args"]
    if _State.is_off or isinstance(arguments, str | bytes | os.PathLike) or given["shell"] or given["preexec_fn"]:
        return None
    program, *arguments = map(os.fsdecode, arguments)
    odd = given["executable"] or given["pass_fds"] or not given["close_fds"] or given["umask"] >= 0
    if program != _State.executable or odd or given.get("process_group", -1) not in {None, -1}:
        return None
    environment = {os.fsdecode(name): os.fsdecode(value) for name, value in (given["env"] or os.environ).items()}
    folder = os.fspath(given["cwd"] or Path.cwd())
    wanted = Asked(arguments, folder, environment, bool(given["start_new_session"]))
    return wanted if _is_plain(arguments, environment) and Path(folder).is_dir() else None


def _is_plain(arguments: list[str], environment: dict[str, str]) -> bool:
    for name in environment.keys() | _State.environment.keys():
        value = environment.get(name)
        if AT_START.match(name) and value not in {_State.environment.get(name), KEPT.get(name, "")}:
            return False
    rest = [argument for argument in arguments if argument not in {"-P", "-u"}]
    match rest:
        case ["-m", module, *its]:
            return module != WORKER or its[:1] in [[engine] for engine in ENGINES]
        case ["-c", code, *_]:
            return bool(LARGE_OR_OURS.search(code)) and not LOOKS.search(code)
        case [script, *_] if Path(script).is_file():
            return bool(LARGE_OR_OURS.search(Path(script).read_text(encoding="utf-8")))
    return False


def _source() -> _Source | None:
    with _State.lock:
        if _State.source is None:
            ours, its = socket.socketpair()
            with its:
                process = _State.plain(
                    [_State.executable, "-P", __file__, str(its.fileno()), "." * TITLE_BYTES],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    env={**_State.environment, **QUIET},
                    pass_fds=[its.fileno()],
                )
            _State.source = _Source(ours, process.wait)
        return _State.source


# The process that forks


def main() -> None:
    """Fork whatever is asked for; each fork goes on below, as what it is to be."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # a fork takes it once it is what it is to be
    channel = socket.socket(fileno=int(sys.argv[1]))
    _import()
    gc.collect()
    gc.freeze()
    while True:
        asked, files = _next(channel)
        if not _fork(channel):
            for file in files:
                os.close(file)
            continue
        channel.close()
        if asked.is_session:
            os.setsid()
        if WORKER not in asked.arguments:
            ours, its = socket.socketpair()
            pid = os.fork()
            if not pid:
                ours.close()
                for file in files:
                    os.close(file)
                channel = its
                continue
            its.close()
            install(_Source(ours, partial(os.waitpid, pid, 0)))
        break
    _become(asked, files)
    _end(_status(asked.arguments))


def _status(arguments: list[str]) -> int:
    """Run and return the exit status, as Python does."""
    try:
        _run(arguments)
    except SystemExit as ended:
        if isinstance(ended.code, int | None):
            return ended.code or 0
        sys.stderr.write(f"{ended.code}\n")
        return 1
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException as error:  # noqa: BLE001  Python's own last resort
        frames = error.__traceback__
        while frames and frames.tb_frame.f_code.co_filename in {__file__, "<frozen runpy>"}:
            frames = frames.tb_next
        sys.excepthook(type(error), error.with_traceback(frames), frames)
        return 1
    return 0


def _end(status: int) -> None:
    """End as Python does, but for taking the libraries down: that would copy all of their memory first."""
    threading._shutdown()
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        status = 120
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(status & 0xFF)


def _import() -> None:
    """Import what is worth it: of a test alone only our own."""
    for package in map(importlib.import_module, OURS):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            found = importlib.util.find_spec(module.name)
            # What is run as a program is imported as that program.
            if found and found.origin and IS_MAIN not in Path(found.origin).read_text(encoding="utf-8"):
                importlib.import_module(module.name)
    for name in LARGE if "PYTEST_XDIST_WORKER" in os.environ else ():
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def _next(channel: socket.socket) -> tuple[Asked, list[int]]:
    """Return the next process asked for and its three files; end with who asks."""
    head, files, *_ = socket.recv_fds(channel, 4, 3)
    if not head:
        os._exit(0)
    size, request = int.from_bytes(head, "big"), b""
    while len(request) < size:
        if not (part := channel.recv(min(size - len(request), MOST_BYTES))):
            os._exit(0)
        request += part
    return Asked(*json.loads(request)), files


def _fork(channel: socket.socket) -> bool:
    """Fork a process that its grandparent adopts; return whether this is it."""
    told, tells = os.pipe()
    between = os.fork()
    if between:
        os.close(tells)
        child = os.read(told, 4)
        os.close(told)
        os.waitpid(between, 0)
        channel.sendall(child)
        return False
    parent = os.getpid()
    if child := os.fork():
        os.write(tells, child.to_bytes(4, "big"))
        os._exit(0)
    os.close(told)
    os.close(tells)
    while os.getppid() == parent:  # for as long as it takes the system to end a process
        os.sched_yield()
    return True


def _become(asked: Asked, files: list[int]) -> None:
    """Take over everything but the arguments."""
    for standard, file in enumerate(files):
        os.dup2(file, standard)
        os.close(file)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.chdir(asked.folder)
    os.environ.clear()
    os.environ.update(asked.environment)
    _State.environment = asked.environment
    tempfile.tempdir = None
    if "huggingface_hub.hf_api" in sys.modules:
        importlib.reload(sys.modules["huggingface_hub.constants"])
        sys.modules["huggingface_hub.hf_api"].api.__init__()
    is_unbuffered = "-u" in asked.arguments[:2] or bool(asked.environment.get("PYTHONUNBUFFERED"))
    for standard, name in enumerate(("stdin", "stdout", "stderr")):
        before = getattr(sys, name)
        size = 0 if is_unbuffered and standard else -1
        raw = open(standard, "wb" if standard else "rb", size, closefd=False)  # noqa: SIM115  open until the end
        more = {"line_buffering": standard == 2, "write_through": is_unbuffered}
        made = io.TextIOWrapper(raw, before.encoding, before.errors, **more)
        setattr(sys, name, made)
        setattr(sys, f"__{name}__", made)
    sys.orig_argv[:] = [sys.executable, *asked.arguments]
    _entitle(sys.orig_argv)


def _entitle(arguments: list[str]) -> None:
    """Show other arguments to who asks the system for them (proc(5))."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    begin, end = int(fields[45]), int(fields[46])
    title = b"\0".join(map(os.fsencode, arguments))[: end - begin - 1].ljust(end - begin, b"\0")
    with contextlib.suppress(OSError), Path("/proc/self/mem").open("r+b", buffering=0) as memory:
        memory.seek(begin)
        memory.write(title)


def _run(arguments: list[str]) -> None:
    """Run what Python runs for its arguments, as the main module; its end is the process's."""
    is_safe = "-P" in arguments
    while arguments[0] in {"-P", "-u"}:
        arguments = arguments[1:]
    match arguments:
        case ["-m", module, *given]:
            sys.argv[:] = [module, *given]
            if not is_safe:
                sys.path.insert(0, str(Path.cwd()))
            sys.modules.pop(module, None)
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        case ["-c", code, *given]:
            sys.argv[:] = ["-c", *given]
            if not is_safe:
                sys.path.insert(0, "")
            sys.modules["__main__"] = made = types.ModuleType("__main__")
            exec(compile(code, "<string>", "exec"), made.__dict__)  # noqa: S102  as Python itself
        case [script, *given]:
            sys.argv[:] = [script, *given]
            if not is_safe:
                sys.path.insert(0, str(Path(script).resolve().parent))
            runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
