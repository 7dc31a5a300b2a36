"""The process that runs only the user's own scorer: started and ended by `advisor.probe.judge`.

It exchanges lines of JSON on standard input and output. The first is `{"path", "function", "agreed", "no_network"}`,
answered by `{"ready": true}` or `{"failed": reason}`; then `[output, expected, input]` each, answered by `{"score"}` or
`{"error"}`. Only files that the user agreed to are run, each only with the content agreed to.
"""

import contextlib
import hashlib
import importlib.abc
import importlib.machinery
import inspect
import json
import math
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import IO, Any

from advisor.errors import one_line

MODULE = "own_scorer"
PR_SET_PDEATHSIG = 1  # linux/prctl.h


class _UnusableError(Exception):
    """The scorer cannot be used, with the reason."""


class _Agreed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds modules next to the scorer that the user agreed to, after all installed ones."""

    def __init__(self, base: Path, agreed: Mapping[str, str]) -> None:
        self._base, self._agreed = base, agreed

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return a module's spec, None if it was not agreed to."""
        place = self._base.joinpath(*fullname.split("."))
        for file, is_package in ((place.with_name(f"{place.name}.py"), False), (place / "__init__.py", True)):
            if str(file) in self._agreed:
                return importlib.machinery.ModuleSpec(fullname, self, origin=str(file), is_package=is_package)
        if any(Path(file).is_relative_to(place) for file in self._agreed):  # a namespace package, without a file
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None and module.__spec__.origin is not None:
            self.run(Path(module.__spec__.origin), module)

    def run(self, file: Path, module: ModuleType) -> None:
        """Run a file in a module if its content was agreed to; _UnusableError if not."""
        code = file.read_bytes()
        if hashlib.sha256(code).hexdigest() != self._agreed.get(str(file)):
            raise _UnusableError(f"{file.name} has changed since it was agreed to")
        module.__file__ = str(file)
        exec(compile(code, str(file), "exec", dont_inherit=True), module.__dict__)  # noqa: S102  the user agreed to it


def _load(path: Path, name: str, agreed: Mapping[str, str]) -> Callable[[Any, Any, Any], object]:
    finder, module = _Agreed(path.parent, agreed), ModuleType(MODULE)
    sys.meta_path.append(finder)  # last, so that no file next to it replaces a library
    sys.modules[MODULE] = module
    try:
        finder.run(path, module)
    except _UnusableError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001  the user's code
        line = _line_of(error, path)
        where = f" in line {line}" if line else ""
        raise _UnusableError(f"does not run ({type(error).__name__}{where}: {error})") from None
    function = getattr(module, name, None)
    if not callable(function):
        raise _UnusableError(f"is not there: {path.name} has no function {name}")
    try:
        inspect.signature(function).bind(None, None, None)
    except TypeError as error:
        raise _UnusableError(f"cannot be called ({error}); write def {name}(output, expected, input)") from None
    except ValueError:  # built-ins have no signature
        pass
    found: Callable[[Any, Any, Any], object] = function
    return found


def checked(value: object) -> float:
    """Convert a scorer's result to a score; ValueError if it is neither a number within 0 and 1 nor a bool."""
    # numpy's bools and numbers are not Python's, and are scalars.
    if isinstance(value, str | bytes) or not hasattr(value, "__float__"):
        raise ValueError(f"the scorer returned {one_line(repr(value), 60)}, not a number within 0 and 1")
    score = float(value)
    if math.isnan(score) or not 0.0 <= score <= 1.0:
        raise ValueError(f"the scorer returned {one_line(repr(value), 60)}, not a number within 0 and 1")
    return score


def _line_of(error: BaseException, path: Path) -> int | None:
    """Return the line of the user's file that raised an error."""
    if isinstance(error, SyntaxError):
        return error.lineno
    trace, line = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _score(function: Callable[[Any, Any, Any], object], values: Sequence[Any]) -> dict[str, Any]:
    try:
        return {"score": checked(function(*values))}
    except SystemExit as error:
        return {"error": f"RuntimeError: the scorer ends the process ({error})"}
    except Exception as error:  # noqa: BLE001  the user's code
        return {"error": one_line(f"{type(error).__name__}: {error}")}


def _end_with_parent() -> None:
    """End when the worker ends, even during the user's code (prctl(2); elsewhere at the end of the input)."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _private_pipes() -> tuple[IO[str], IO[str]]:
    """Keep standard input and output for the protocol: the user's code reads nothing, and prints to the log."""
    asked = os.fdopen(os.dup(0), "r", encoding="utf-8")
    answered = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return asked, answered


def main() -> int:
    """Answer until the input ends; return the exit status."""
    asked, answered = _private_pipes()

    def say(message: Mapping[str, Any]) -> None:
        answered.write(json.dumps(message) + "\n")
        answered.flush()

    job = json.loads(asked.readline())
    try:
        if job["no_network"]:
            from advisor.probe.no_network import cut_network_off

            cut_network_off()
        _end_with_parent()
        function = _load(Path(job["path"]), job["function"], job["agreed"])
    except (_UnusableError, OSError) as error:
        say({"failed": str(error)})
        return 1
    say({"ready": True})
    for line in asked:
        say(_score(function, json.loads(line)))
    # The user's threads do not delay the end.
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    if threading.active_count() > 1:
        os._exit(0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
