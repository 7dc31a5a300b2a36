"""Python processes that begin warm: forked from one that has imported our modules and the large libraries.

Importing is most of what a process costs: langgraph takes a second, transformers five. A server of this file imports
once for a test process, runs nothing, and forks what `subprocess.Popen` asks it for, with the arguments, environment,
folder and files that were given; it sends the exit status back. There are two, as forking costs by what is held: one
has our modules, the other, for workers and for code that uses engines, theirs.

A process begins cold, as a user's does, in tests that use the fixture `cold`; on a terminal; on other systems than
Linux; with options or variables that Python reads at its start; and where code looks at what is loaded or at memory.
"""

import atexit
import contextlib
import functools
import gc
import importlib.util
import inspect
import io
import json
import os
import pkgutil
import re
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import types
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psutil
from filelock import FileLock, Timeout

WORKER = "advisor.probe.worker"
# What Python or a library reads once, at the start of a process, but for what changes nothing there.
AT_START = re.compile(r"(PYTHON(?!UNBUFFERED|IOENCODING)|LC_|LANG|LD_|MALLOC|ASAN)")
LOOKS = re.compile(r"sys\.modules|rlimit|RLIMIT|maxrss|Vm(Size|RSS|HWM)|memory_info|peak_memory|meta_path|find_spec")
FLAGS = {"-P", "-u", "-B"}
EXPORTED = "predict.py"  # it imports an engine's libraries; other scripts are small
WARM = "# may be warm"  # in code that looks all the same, or that Python runs as it starts
# Read by the libraries when they are imported, and the same in every process that uses them.
QUIET = {"TRANSFORMERS_VERBOSITY": "error", "OMP_WAIT_POLICY": "PASSIVE"}
OURS = ("advisor", "catalog", "tui")
WORKERS = ("advisor.engines", "advisor.families", "advisor.probe")
OUR_OWN = (
    "faiss", "huggingface_hub.hf_api", "langchain_core.tracers.event_stream", "langgraph.checkpoint.sqlite", "numpy.ma",
    "numpy.random", "requests", "threadpoolctl", "tokenizers",
)  # fmt: skip
# What is run with our own alone.
ENGINE = "torch|transformers|sklearn|model2vec|onnx|engines"
PLAIN = re.compile(
    rf"-m ({'|'.join(OURS)}|tests\.(workflow|catalog_refresh))\b(?!\.probe\.)"
    rf"|-c ([\s\S]*advisor\.__main__|(?![\s\S]*({ENGINE})))"  # the command leaves engines to its workers
)
LARGE = (
    "requests", "tokenizers", "torch", "model2vec", "onnxruntime", "sklearn.linear_model", "sklearn.pipeline",
    "sklearn.feature_extraction.text", "sentence_transformers", "transformers.models.auto.modeling_auto",
    "transformers.models.auto.processing_auto", "transformers.generation", "transformers.models.bert.modeling_bert",
    "transformers.models.bert.tokenization_bert_fast", "transformers.models.llama.modeling_llama",
    "sentence_transformers.models", "safetensors.numpy",
)  # fmt: skip


class _State:
    folder = ""  # of the servers' addresses, which listen as soon as there is one
    is_off = sys.platform != "linux"
    executable = sys.executable
    environment: Mapping[str, str] = MappingProxyType(dict(os.environ))
    plain = subprocess.Popen
    servers: tuple[subprocess.Popen[bytes], ...] = ()
    lock = threading.Lock()


class WarmPopen(subprocess.Popen):  # type: ignore[type-arg]
    """Starts Python warm where that changes nothing but the time."""

    _server: socket.socket | None = None  # sends the number of the process, and its exit status when it has ended

    def _execute_child(self, *given: Any) -> None:
        asked = inspect.signature(super()._execute_child).bind(*given).arguments  # type: ignore[misc]
        files = [asked["p2cread"], asked["c2pwrite"], asked["errwrite"]]
        files = [standard if file == -1 else file for standard, file in enumerate(files)]
        wanted = _wanted(asked)
        if wanted is None or any(map(os.isatty, files)):
            super()._execute_child(*given)  # type: ignore[misc]
            return
        self._server = socket.socket(socket.AF_UNIX)
        # asyncio waits for a process itself, and never asks for its status; at exit others still do.
        weakref.finalize(self, self._server.close).atexit = False
        self._server.connect(_address(wanted["arguments"]))
        request = json.dumps(wanted).encode()
        socket.send_fds(self._server, [len(request).to_bytes(4, "big")], files)
        self._server.sendall(request)
        self.pid = int.from_bytes(self._server.recv(4, socket.MSG_WAITALL), "big")
        self._child_created = True
        ends = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
        self._close_pipe_fds(*(asked[end] for end in ends))  # type: ignore[attr-defined]

    def _internal_poll(self, *given: Any, **named: Any) -> int | None:
        if self._server is None:
            return super()._internal_poll(*given, **named)  # type: ignore[misc,no-any-return]
        return self._heard(0)

    def _wait(self, timeout: float | None) -> int:
        if self._server is None:
            return super()._wait(timeout)  # type: ignore[misc,no-any-return]
        if self._heard(timeout) is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
        return self.returncode

    def _heard(self, timeout: float | None) -> int | None:
        """Return the exit status if it comes in so many seconds."""
        server = self._server
        poll = select.poll()
        if self.returncode is None and server is not None and server.fileno() >= 0:
            poll.register(server, select.POLLIN)
            if poll.poll(None if timeout is None else timeout * 1000):
                with self._waitpid_lock:  # type: ignore[attr-defined]
                    if self.returncode is None:
                        shown = server.recv(4, socket.MSG_WAITALL)
                        self.returncode = int.from_bytes(shown, "big", signed=True) if shown else -signal.SIGKILL
                        server.close()
        return self.returncode


def install() -> None:
    """Let `subprocess` start Python so, in this process."""
    subprocess.Popen = WarmPopen  # type: ignore[misc]


def switched(*, is_off: bool) -> bool:
    """Begin to start processes cold, or warm; return how it was."""
    before, _State.is_off = _State.is_off, is_off
    return before


def no_sync(_: object) -> None:
    """Leave what was written to the system, which keeps it when a process is killed: no test cuts the power."""


@contextlib.contextmanager
def first_alone(name: str) -> Iterator[None]:
    """Let one process be done with what several begin with, as it compiles what they load, before the others do it."""
    lock = FileLock(Path(__file__).with_name(f"{name}.lock"))
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(lock.acquire(timeout=0))
        except Timeout:
            with lock:
                pass
        yield


def save_time() -> None:
    """Keep the tokenizer's tables, half the time in which a small catalog is compiled, and measure no speed or load."""
    from advisor.system import machine
    from catalog.store import bpe

    machine.SAMPLE_SECONDS = 0.001  # a plan says how long it may take, which no test reads
    # What is asked depends on it.
    machine.operations_per_second = functools.wraps(machine.operations_per_second)(lambda: 1e11)

    write = bpe.write
    made: dict[tuple[Path, int], bytes | None] = {}

    def once(path: Path, tokenizer: Path) -> bool:
        key = (tokenizer, tokenizer.stat().st_mtime_ns)
        if key not in made:
            made[key] = path.read_bytes() if write(path, tokenizer) else None
        elif (content := made[key]) is not None:
            path.write_bytes(content)
        return made[key] is not None

    bpe.write = once


def servers() -> str:
    """Return the folder of the servers' addresses, for `run`; start them if there are none."""
    return "" if _State.is_off else str(Path(_address([])).parent)


def run(folder: str, *arguments: str) -> None:
    """Run Python warm, in servers that another process has started, and end as it ends."""
    _State.folder = folder
    install()
    sys.exit(subprocess.Popen([sys.executable, *arguments]).wait())


def seconds() -> float:
    """Return the processor seconds of what the servers have forked and has ended."""
    times = [psutil.Process(server.pid).cpu_times() for server in _State.servers]
    return float(sum(each.children_user + each.children_system for each in times))


def forked() -> set[int]:
    """Return the processes that the servers have forked and that run."""
    return {each.pid for server in _State.servers for each in psutil.Process(server.pid).children()}


def started_by(pid: int, before: set[int]) -> set[int]:
    """Return what a process has started: its children, and what was forked since the others were, but itself."""
    try:
        children = {each.pid for each in psutil.Process(pid).children(recursive=True)}
    except psutil.NoSuchProcess:
        return set()
    return children | forked() - before - {pid}


def _wanted(given: dict[str, Any]) -> dict[str, Any] | None:
    """Return what a call of `Popen` wants, or None where that begins cold."""
    odd = given["shell"] or given["preexec_fn"] or given["executable"] or given["pass_fds"] or not given["close_fds"]
    odd = odd or given["umask"] >= 0 or given.get("process_group", -1) not in {None, -1}
    if _State.is_off or odd or isinstance(given["args"], str | bytes | os.PathLike):
        return None
    program, *arguments = map(os.fsdecode, given["args"])
    environment = {os.fsdecode(name): os.fsdecode(value) for name, value in (given["env"] or os.environ).items()}
    folder = os.fspath(given["cwd"] or Path.cwd())
    if program != _State.executable or not Path(folder).is_dir():
        return None
    changed = {name for name, _ in environment.items() ^ _State.environment.items()}
    if (customized := _customized(environment)) and WARM in customized.read_text("utf-8"):
        changed.discard("PYTHONPATH")
    if any(map(AT_START.match, changed)):
        return None
    match [argument for argument in arguments if argument not in FLAGS]:
        case ["-m", *_]:
            pass
        case [script, *_] if Path(script).name == EXPORTED:
            pass
        case ["-c", code, *_] if WARM in code or not LOOKS.search(code):
            pass
        case _:
            return None
    is_session = bool(given["start_new_session"])
    return {"arguments": arguments, "folder": folder, "environment": environment, "is_session": is_session}


def _customized(environment: Mapping[str, str]) -> Path | None:
    """Return the file that Python would run as it starts, of the folder in PYTHONPATH."""
    file = Path(environment.get("PYTHONPATH", "/nowhere"), "sitecustomize.py")
    return file if file.is_file() else None


def _address(arguments: list[str]) -> str:
    """Return where the server listens that runs these; start both if there are none."""
    with _State.lock:
        if not _State.folder:
            folder = tempfile.TemporaryDirectory(prefix="warm-")
            _State.servers = tuple(_start(f"{folder.name}/{name}") for name in ("ours", "large"))
            atexit.register(lambda: ([each.communicate() for each in _State.servers], folder.cleanup()))
            _State.folder = folder.name
    # Only exports are checked without bytecode.
    is_plain = "-B" not in arguments and PLAIN.match(" ".join(each for each in arguments if each not in FLAGS))
    return f"{_State.folder}/{'ours' if is_plain else 'large'}"


def _start(address: str) -> subprocess.Popen[bytes]:
    """Return a server that listens there."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen()
    process = _State.plain(
        [_State.executable, "-P", __file__, str(listener.fileno()), address],
        stdin=subprocess.PIPE,  # it ends when this is closed, however this process ends
        stdout=subprocess.DEVNULL,
        env={**_State.environment, **QUIET},
        pass_fds=[listener.fileno()],
    )
    listener.close()
    return process


# The servers


def main() -> None:
    """Import when the first asks, fork for each, and send each one's number and exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listener = socket.socket(fileno=int(sys.argv[1]))
    _State.folder = str(Path(sys.argv[2]).parent)
    running: dict[int, tuple[int, socket.socket]] = {}  # by what can be waited for
    if sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
        with first_alone(Path(sys.argv[2]).name):
            _import(is_large=sys.argv[2].endswith("large"))
        install()
        os.fsync = no_sync
        gc.collect()
        gc.freeze()
    while sys.stdin not in (ready := select.select([listener, sys.stdin, *running], [], [])[0]):
        for waited in running.keys() & ready:
            pid, connection = running.pop(waited)
            os.close(waited)
            _, status = os.waitpid(pid, 0)
            _send(connection, os.waitstatus_to_exitcode(status))
            connection.close()
        if listener in ready:
            connection, _ = listener.accept()
            if not (pid := os.fork()):
                listener.close()
                for waited, (_, other) in running.items():
                    os.close(waited)
                    other.close()
                _fork(connection)
            running[os.pidfd_open(pid)] = pid, connection
            _send(connection, pid)


def _send(connection: socket.socket, number: int) -> None:
    """Send a number to who asked for a process and may have been killed."""
    with contextlib.suppress(OSError):
        connection.sendall(number.to_bytes(4, "big", signed=True))


def _make_tables() -> None:
    """Make what is made when it is first needed, and is the same in every process."""
    from advisor.engines.words import word_tokens
    from advisor.interview.text.terms import terms
    from advisor.report.pages import _environment
    from advisor.task.languages import languages
    from catalog.query.gloss import gloss, in_english
    from catalog.query.task_patterns import rules
    from catalog.store import bpe
    from catalog.store.encoder import encoder_folder, tokenizer_file

    rules()
    in_english(" ".join(word_tokens("a text")))
    gloss("a text", whole=True)
    terms("9 of 10")
    languages([["a text"]])
    with tempfile.TemporaryDirectory() as folder:
        bpe.write(Path(folder, "pieces"), tokenizer_file(encoder_folder()))
    for is_html in (True, False):
        made = _environment(is_html=is_html)
        for name in made.list_templates(extensions=["j2"]):
            if name.endswith(".html.j2") == is_html:
                made.get_template(name)


def _fork(connection: socket.socket) -> None:
    """Become the process that is asked for."""
    try:
        head, files, *_ = socket.recv_fds(connection, 4, 3)
        asked = json.loads(connection.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL))
    except (OSError, ValueError):  # who asked was killed
        os._exit(1)
    connection.close()
    _become(**asked, files=files)
    _end(_status(asked["arguments"]))


def _import(*, is_large: bool) -> None:
    """Import what is worth it: of a test alone only our own."""
    for package in map(importlib.import_module, WORKERS if is_large else OURS):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            found = importlib.util.find_spec(module.name)
            # What is run as a program is imported as that program.
            if found and found.origin and '__name__ == "__main__"' not in Path(found.origin).read_text("utf-8"):
                importlib.import_module(module.name)
    if "PYTEST_XDIST_WORKER" in os.environ or not is_large:
        for name in LARGE if is_large else OUR_OWN:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    if not is_large:
        save_time()
        _make_tables()
    _forget_ends()


def _forget_ends() -> None:
    """What was imported is not taken down by each fork, which would copy much of it."""
    for each in list(weakref.finalize._registry):  # type: ignore[attr-defined]
        each.atexit = False
    if utils := sys.modules.get("torch._dynamo.utils"):
        atexit.unregister(utils.dump_compile_times)


def _become(
    arguments: list[str], folder: str, environment: dict[str, str], files: list[int], *, is_session: bool
) -> None:
    """Take over everything but the arguments."""
    if is_session:
        os.setsid()
    for standard, file in enumerate(files):
        os.dup2(file, standard)
        os.close(file)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    _State.environment = environment
    _State.is_off = WORKER in arguments  # what a worker starts looks at its parent
    tempfile.tempdir = None
    if "huggingface_hub.hf_api" in sys.modules:  # they read their variables when they are imported
        importlib.reload(sys.modules["huggingface_hub.constants"])
        sys.modules["huggingface_hub.hf_api"].api.__init__()
    is_unbuffered = "-u" in arguments[:2] or bool(environment.get("PYTHONUNBUFFERED"))
    encoding, _, errors = environment.get("PYTHONIOENCODING", "utf-8").partition(":")
    for standard, name in enumerate(("stdin", "stdout", "stderr")):
        size = 0 if is_unbuffered and standard else -1
        raw = open(standard, "wb" if standard else "rb", size, closefd=False)  # noqa: SIM115  open until the end
        more = {"line_buffering": standard == 2, "write_through": is_unbuffered}
        made = io.TextIOWrapper(raw, encoding, "backslashreplace" if standard == 2 else errors or "strict", **more)
        setattr(sys, name, made)
        setattr(sys, f"__{name}__", made)
    if "-B" in arguments and (torch := sys.modules.get("torch")):
        torch.set_num_threads(int(environment["OMP_NUM_THREADS"]))
    sys.orig_argv[:] = [sys.executable, *arguments]
    if customized := _customized(environment):
        runpy.run_path(str(customized))


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
        sys.excepthook(type(error), error, error.__traceback__)
        return 1
    return 0


def _run(arguments: list[str]) -> None:
    """Run what Python runs for its arguments, as the main module."""
    is_safe, sys.dont_write_bytecode = "-P" in arguments, "-B" in arguments
    while arguments[0] in FLAGS:
        arguments = arguments[1:]
    if arguments[0].endswith(".py"):
        sys.path.insert(0, str(Path(arguments[0]).parent))
        sys.argv[:] = arguments
        runpy.run_path(arguments[0], run_name="__main__")
        return
    kind, what, *given = arguments
    if not is_safe:
        sys.path.insert(0, str(Path.cwd()) if kind == "-m" else "")
    sys.argv[:] = [what if kind == "-m" else kind, *given]
    if kind == "-m":
        sys.modules.pop(what, None)
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        sys.modules["__main__"] = made = types.ModuleType("__main__")
        exec(compile(what, "<string>", "exec"), made.__dict__)  # noqa: S102  as Python itself


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


if __name__ == "__main__":
    main()
