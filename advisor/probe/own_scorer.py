"""The user's own scoring function: loaded from its file, called with a time limit, its result checked."""

from __future__ import annotations

import importlib.util
import inspect
import math
import signal
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import one_line
from advisor.probe.runtimes.base import CircumstanceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# A scorer compares two values; one that takes this long does not come back.
MOST_SECONDS = 10.0


class _TooLongError(BaseException):
    """The time is over; no `except Exception` of the user's catches it."""


class OwnScorer:
    """A function `name(output, expected, input)` of a Python file; returns a score within 0 and 1, or a bool."""

    def __init__(self, path: str, name: str, seconds: float = MOST_SECONDS) -> None:
        """Run the file and find the function.

        Raises:
            CircumstanceError: if the file does not run, or has no such function that takes three values.
        """
        self._shown, self._seconds = f"the scorer {Path(path).name}:{name}", seconds
        self._function = self._load(Path(path), name)

    def _load(self, path: Path, name: str) -> Callable[[Any, Any, Any], object]:
        spec = importlib.util.spec_from_file_location("own_scorer", path)
        if spec is None or spec.loader is None:
            raise CircumstanceError(f"{self._shown} is in no Python file")
        module = importlib.util.module_from_spec(spec)
        # Modules beside it are found, but never in place of a library's.
        sys.path.append(str(path.parent))
        try:
            with self._limited("its file"):
                spec.loader.exec_module(module)
        except CircumstanceError:
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001  the user's code
            line = _line_of(error, path)
            where = f" in line {line}" if line else ""
            raise CircumstanceError(f"{self._shown} does not run ({type(error).__name__}{where}: {error})") from None
        function = getattr(module, name, None)
        if not callable(function):
            raise CircumstanceError(f"{self._shown} is not there: {path.name} has no function {name}")
        try:
            inspect.signature(function).bind(None, None, None)
        except TypeError as error:
            raise CircumstanceError(
                f"{self._shown} cannot be called ({error}); write def {name}(output, expected, input)"
            ) from None
        except ValueError:  # a built-in tells no signature
            pass
        found: Callable[[Any, Any, Any], object] = function
        return found

    def __call__(self, output: Any, expected: Any, given: Any) -> float:  # noqa: ANN401  any JSON values
        """Return an answer's score.

        Raises:
            CircumstanceError: if the function does not come back in time.
            Exception: whatever it raises, or if it returns no score.
        """
        with self._limited("one example"):
            try:
                value = self._function(output, expected, given)
            except SystemExit as error:
                raise RuntimeError(f"the scorer ends the process ({error})") from None
        return checked(value)

    @contextmanager
    def _limited(self, what: str) -> Iterator[None]:
        """End what runs too long; where the system has no timer, the probe's own limit ends it, from outside."""
        if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(*_: object) -> None:
            raise _TooLongError

        before = signal.signal(signal.SIGALRM, stop)
        # Again and again: the user's code may swallow the first.
        signal.setitimer(signal.ITIMER_REAL, self._seconds, 1.0)
        try:
            yield
        except _TooLongError:
            raise CircumstanceError(
                f"{self._shown} did not come back within {self._seconds:.0f} s for {what}; does it loop?"
            ) from None
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            signal.signal(signal.SIGALRM, before)


def checked(value: object) -> float:
    """Return what a scorer returned as a score.

    Raises:
        ValueError: if it is no number within 0 and 1 and no bool.
    """
    # numpy's bool and numbers are neither Python's, and come as single values.
    if isinstance(value, str | bytes) or not hasattr(value, "__float__"):
        raise ValueError(f"the scorer returned {one_line(repr(value), 60)}, not a number within 0 and 1")
    score = float(value)
    if math.isnan(score) or not 0.0 <= score <= 1.0:
        raise ValueError(f"the scorer returned {one_line(repr(value), 60)}, not a number within 0 and 1")
    return score


def _line_of(error: BaseException, path: Path) -> int | None:
    """Return the line of the user's file in which an error arose."""
    if isinstance(error, SyntaxError):
        return error.lineno
    trace, line = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
