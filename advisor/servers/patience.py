"""Retries for a busy server, and plain errors, without a key, for one that refuses."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeVar

from advisor.errors import one_line

# Seconds before each retry of a busy server, unless it says how long to wait.
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
    """An answer of a server that may be retried."""

    status: int  # The HTTP status, one of `BUSY`.
    reason_given: str  # Its reason, from `reason`.
    retry_after: float | None = None  # Seconds that it asks to wait, if any.


def patiently(
    once: Callable[[float], Answer | Busy], *, seconds: float, waits: Sequence[float] = WAITS
) -> Answer | Busy:
    """Return the answer; a busy server is retried until the time-out, then `Busy` is returned.

    `once` asks once; its argument is the deadline by `time.monotonic`. `waits` apply if the server does not say how
    long to wait.
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
) -> NoAnswerError | RefusedError:
    """Return the error for a status other than success.

    `words` makes a sentence from a predicate such as "answers 500", and hides the key; `body` is the server's answer;
    `key` names what to set if it refuses the key.
    """
    if status < 400:  # noqa: PLR2004
        return NoAnswerError(words(f"redirects elsewhere ({status}), which is not followed; write its address"))
    if status in CURES:
        return NoAnswerError(words(f"answers {status}: {CURES[status].format(key=key)}{body}"))
    if status in BUSY:
        again = "" if retry_after is None else f", and asks to wait {retry_after:.0f} s"
        return NoAnswerError(words(f"answers {status}{again}{body}"))
    return RefusedError(words(f"answers {status}{body}"))


def retry_after_seconds(value: str | None) -> float | None:
    """Return the seconds of a `Retry-After` header, a number or a date (RFC 9110, section 10.2.3)."""
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
    """Return a server's reason for an error, in the format of OpenAI, vLLM, Ollama or FastAPI.

    It is in parentheses, to be appended to a message; empty if there is none.
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
    """A server did not answer properly; the message is for the user."""


class NoAnswerError(ServerError):
    """The server is out of reach now, or refuses us: nothing is learned about its model."""


class RefusedError(ServerError):
    """The server refuses this request's content: another may succeed."""
