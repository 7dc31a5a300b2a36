"""Limits on processor time and memory for code that comes with a model, such as its chat template.

Processor time counts, not the clock, so a busy machine changes nothing. Python code that exceeds a limit raises an
error; if native code of an engine goes on, the system ends the worker (setitimer(2), getrlimit(2)). On systems with
neither, only the supervisor's limits on the worker apply.
"""

import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from advisor.engines.base import CannotLoadError
from advisor.units import format_bytes

if sys.platform != "win32":
    import resource

TEMPLATE_SECONDS, TEMPLATE_BYTES = 5.0, 256 << 20
# Extra seconds for native code to return.
GRACE_SECONDS = 5.0


class BoundExceededError(CannotLoadError):
    """Code of a model does not end, or takes too much memory."""


class _TooLongError(BaseException):
    """Time limit reached; a BaseException, so that no `except Exception` catches it."""


@contextmanager
def within_bounds(what: str, seconds: float = TEMPLATE_SECONDS, memory_bytes: int = TEMPLATE_BYTES) -> Iterator[None]:
    """Limit the processor time of Python code, and its additional memory; BoundExceededError if it takes more."""
    is_timed = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()

    def stop(*_: object) -> NoReturn:
        raise _TooLongError

    before = signal.signal(signal.SIGVTALRM, stop) if is_timed else None
    limits = limit_data(memory_bytes)
    if is_timed:
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        signal.setitimer(signal.ITIMER_PROF, seconds + GRACE_SECONDS)
    try:
        yield
    except _TooLongError:
        raise BoundExceededError(f"{what} does not end: it computes for more than {seconds:.0f} s") from None
    except MemoryError:
        raise BoundExceededError(f"{what} takes more than {format_bytes(memory_bytes)} of memory") from None
    finally:
        if is_timed:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGVTALRM, before)
        if sys.platform != "win32" and limits is not None:
            resource.setrlimit(resource.RLIMIT_DATA, limits)


@contextmanager
def ended_after(seconds: float) -> Iterator[None]:
    """Have the system end this process if native code computes for longer."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def limit_data(more: int) -> tuple[int, int] | None:
    """Limit this process's memory to its current size and `more` bytes; return the previous limits.

    On a system that does not report or enforce the limit, nothing is limited and None is returned.
    """
    if sys.platform == "win32":
        return None
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    except (OSError, ValueError, IndexError):
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = pages * resource.getpagesize() + more
    allowed = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min([wanted, *allowed]), hard))
    return soft, hard


WHAT = "its chat template"
# Chats that a template is tested with before the first real one.
CHATS = (
    [{"role": "user", "content": "Hello"}],
    [
        {"role": "system", "content": "Answer."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "How are you?"},
    ],
)
LONGEST_TEXT = 4096
# The longest templates, with tools and examples, write some ten thousand characters in addition to the texts.
MOST_WRITTEN = 2_000_000


class TemplateTrial:
    """Renders a template in a sandbox, with limits."""

    def __init__(self, template: str) -> None:
        """Parse the template and render some chats; BoundExceededError if that takes too long or too much memory."""
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", "jinja2.ext.do"]
        )
        environment.globals |= {"raise_exception": _refuse, "strftime_now": str}
        self._template: Any = None
        with within_bounds(WHAT):
            try:
                self._template = environment.from_string(template)
            except Exception as error:  # noqa: BLE001  whatever it holds
                _pass(error)
        for chat in CHATS:
            self.check(chat)

    def check(self, messages: Sequence[dict[str, str]]) -> str:
        """Render a chat and return the text; "" if the template raises an error.

        BoundExceededError if that takes too long or too much memory.
        """
        if self._template is None:
            return ""
        shown = [each | {"content": each["content"][:LONGEST_TEXT]} for each in messages]
        arguments = {"messages": shown, "add_generation_prompt": True, "enable_thinking": False}
        with within_bounds(WHAT):
            try:
                pieces, written = [], 0
                for piece in self._template.generate(**arguments, bos_token="<s>", eos_token="</s>"):  # noqa: S106
                    pieces.append(piece)
                    written += len(piece)
                    if written > MOST_WRITTEN:  # an engine keeps it
                        raise BoundExceededError(f"{WHAT} writes more than {MOST_WRITTEN:,} characters")  # noqa: TRY301
            except Exception as error:  # noqa: BLE001  what a template raises is for the engine to tell
                _pass(error)
                return ""
        return "".join(pieces)


def _pass(error: Exception) -> None:
    if isinstance(error, MemoryError | BoundExceededError):
        raise error


def _refuse(message: object = "") -> NoReturn:
    raise ValueError(message)
