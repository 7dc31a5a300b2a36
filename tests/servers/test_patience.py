"""Retries of a busy server, and messages for one that refuses."""

import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.servers.patience import (
    BUSY,
    Busy,
    NoAnswerError,
    RefusedError,
    patiently,
    reason,
    retry_after_seconds,
    status_error,
)
from tests.tables import for_each


def ask(*said: Busy | str, seconds: float, waits: tuple[float, ...] = (0.001, 0.001)) -> tuple[Busy | str, int]:
    """Return the result of such answers, and the number of requests."""
    left, asked = list(said), []

    def once(deadline: float) -> Busy | str:
        asked.append(deadline)
        return left.pop(0)

    found = patiently(once, seconds=seconds, waits=waits)
    assert len(set(asked)) == 1  # one deadline for all
    return found, len(asked)


def test_a_busy_server_is_asked_again() -> None:
    """Until it answers, or has been asked once more than there are waits."""
    busy = Busy(503, "")
    assert ask("well", seconds=60) == ("well", 1)
    assert ask(busy, busy, "well", seconds=60) == ("well", 3)
    assert ask(busy, busy, busy, "well", seconds=60) == (busy, 3)
    assert ask(busy, "well", seconds=60, waits=()) == (busy, 1)


def test_it_is_waited_as_long_as_the_server_says() -> None:
    """Instead of the usual wait; not where that ends after the deadline: then it is not asked again."""
    soon, late = Busy(429, "", 0.0), Busy(429, "", 3600.0)
    assert ask(soon, "well", seconds=60, waits=(60.0,)) == ("well", 2)
    began = time.monotonic()
    assert ask(late, "well", seconds=60) == (late, 1)
    assert ask(Busy(429, ""), "well", seconds=0.0) == (Busy(429, ""), 1)
    assert time.monotonic() - began < 60  # the server says an hour


@for_each(
    ("status", "kind", "words"),
    [
        (302, NoAnswerError, "it redirects elsewhere (302), which is not followed; write its address"),
        (401, NoAnswerError, "it answers 401: it refuses the key; set A_KEY to a valid one (so)"),
        (404, NoAnswerError, "it answers 404: it knows no such model or path; check url and model (so)"),
        (429, NoAnswerError, "it answers 429, and asks to wait 7 s (so)"),
        (400, RefusedError, "it answers 400 (so)"),
        (501, RefusedError, "it answers 501 (so)"),
    ],
)
def test_what_is_said(status: int, kind: type[Exception], words: str) -> None:
    """What is wrong and what to do; only what a request holds is the request's own fault."""
    error = status_error(lambda what: f"it {what}", status, " (so)", key="A_KEY", retry_after=7.2)
    assert (type(error), str(error)) == (kind, words)


@given(st.integers(300, 599))
def test_every_status_has_words(status: int) -> None:
    """Nothing is learned about a model from a server that is busy."""
    error = status_error(str, status, "")
    assert str(status) in str(error)
    assert isinstance(error, NoAnswerError) or status not in BUSY


@given(st.one_of(st.none(), st.text(max_size=40), st.floats().map(str)))
def test_any_header_is_read(value: str | None) -> None:
    found = retry_after_seconds(value)
    assert found is None or found >= 0


def test_a_date_says_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A date to come is the seconds until then; a past one none."""
    monkeypatch.setattr("advisor.servers.patience.time.time", lambda: 1_800_000_000.5)
    assert retry_after_seconds(formatdate(1_800_000_060, usegmt=True)) == 59.5
    assert retry_after_seconds(formatdate(0, usegmt=True)) == 0.0


@given(st.binary(max_size=60))
def test_any_body_is_read(body: bytes) -> None:
    """Empty where it says nothing, else on one line in parentheses."""
    said = reason(body)
    assert said == "" or (said.startswith(" (") and said.endswith(")") and said.isprintable())
