"""Patience with a server that is busy, and errors in plain words, without a key, for one that refuses."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeVar

from advisor.errors import one_line

# A busy server is asked again, after so many seconds each time unless it says how long to wait.
WAITS = (0.5, 1.0, 2.0, 4.0)
BUSY = frozenset({408, 429, 500, 502, 503, 504, 529})
CURES = {
    401: "it refuses the key; set {key} to a valid one",
    402: "it asks for payment; check your account there",
    403: "it refuses access; check what the key may do",
    404: "it knows no such model or path; check url and model",
}
A_KEY = "the variable that key_env names"

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Busy:
    """What a server answers that may be asked again.

    Attributes:
        status: The HTTP status, one of `BUSY`.
        reason_given: What it says of it, as `reason` gives it.
        retry_after: Seconds that it says to wait, if it does.
    """

    status: int
    reason_given: str
    retry_after: float | None = None


def patiently(
    once: Callable[[float], Answer | Busy], *, seconds: float, waits: Sequence[float] = WAITS
) -> Answer | Busy:
    """Return what is answered; a busy server is asked again until patience ends, then it is `Busy`.

    `once` asks once; it takes the time, by `time.monotonic`, at which an answer comes too late. `waits` are for where
    the server does not say how long to wait.
    """
    deadline = time.monotonic() + seconds
    for wait in waits:
        answer = once(deadline)
        if not isinstance(answer, Busy):
            return answer
        pause = wait if answer.retry_after is None else answer.retry_after
        if time.monotonic() + pause >= deadline:
            return answer
        time.sleep(pause)
    return once(deadline)


def status_error(
    words: Callable[[str], str], status: int, body: str, *, key: str = A_KEY, retry_after: float | None = None
) -> OutOfReachError | RefusedError:
    """Return the error that a status other than success stands for.

    `words` makes a sentence of what the server does, e.g. "answers 500", and hides the key; `body` is what the server
    says of it; `key` what is to be set where it refuses the key.
    """
    if status < 400:  # noqa: PLR2004
        return OutOfReachError(words(f"sends elsewhere ({status}), which is not followed; write its address"))
    if status in CURES:
        return OutOfReachError(words(f"answers {status}: {CURES[status].format(key=key)}{body}"))
    if status in BUSY:
        again = "" if retry_after is None else f", and says to wait {retry_after:.0f} s"
        return OutOfReachError(words(f"answers {status}{again}{body}"))
    return RefusedError(words(f"answers {status}{body}"))


def retry_after_seconds(value: str | None) -> float | None:
    """Return the seconds that a `Retry-After` header names, by number or date (RFC 9110, section 10.2.3)."""
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError):
        return None


def reason(body: bytes) -> str:
    """Return what a server says of an error, where it says it as OpenAI's, vLLM's, Ollama's or FastAPI's do.

    It comes in parentheses, to be put behind a message; empty where nothing is said.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    said = data
    for name in ("error", "message", "detail"):
        if isinstance(said, dict) and name in said:
            said = said[name]
    return f" ({one_line(said, 200)})" if isinstance(said, str) and said.strip() else ""


class ServerError(Exception):
    """A server did not answer as it should; the message is for the user."""


class OutOfReachError(ServerError):
    """It cannot be asked now, or not by us: nothing is learned about its model."""


class RefusedError(ServerError):
    """It refuses this request for what it holds: another may go well."""
