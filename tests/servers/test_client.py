"""The client against a real server that misbehaves: what is told, what is tried again, what is never sent."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from advisor.servers.client import Client, OutOfReachError, RefusedError, parse
from tests.servers.scripted import Answer, Asked, serving
from tests.tables import for_each

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "sk-very-secret-0123456789"


def client(url: str, *, seconds: float = 5, key: str | None = None) -> Client:
    """Return a client with short waits."""
    return Client(parse(url), key, seconds=seconds, waits=(0.01, 0.01))


def refusal(script: Callable[[Asked], Answer], *, seconds: float = 5) -> str:
    """Return what is told of a server that answers so."""
    with serving(script) as (url, _), client(url, seconds=seconds, key=KEY) as asking:
        with pytest.raises(OutOfReachError) as caught:
            asking.post("/chat/completions", {"a": 1})
        return str(caught.value)


def test_nothing_listens() -> None:
    """A refused connection asks whether the server is started."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: refused, and nobody else gets the port
        port = taken.getsockname()[1]
        with (
            client(f"http://127.0.0.1:{port}") as asking,
            pytest.raises(OutOfReachError, match="nothing listens there; is it started"),
        ):
            asking.get("/models")


def test_a_stall_ends() -> None:
    """A server that never answers ends at the time limit."""
    never = threading.Event()
    told = refusal(lambda _: Answer(wait=never), seconds=0.3)
    never.set()
    assert "did not answer within 0.3 s" in told


@for_each(
    ("answer", "words"),
    [
        (Answer(500, {"error": {"message": "out of cheese"}}), "answers 500 (out of cheese)"),
        (Answer(503, b"<html>busy</html>"), "answers 503"),
        (Answer(401, {"error": {"message": f"bad key {KEY}"}}), "set the variable that key_env names"),
        (Answer(404, {"detail": "no such model"}), "it knows no such model or path"),
        (Answer(200, b"<html>hello</html>"), "answered '<html>hello</html>', not JSON"),
        (Answer(200, b"\x1b[31m\xff"), "not JSON"),
        (Answer(302, b"", {"Location": "http://127.0.0.1:9/"}), "sends elsewhere (302), which is not followed"),
        (Answer(429, {}, {"Retry-After": "3600"}), "says to wait 3600 s"),
    ],
)
def test_what_is_told(answer: Answer, words: str) -> None:
    """Each fault is told plainly, on one line, without the key and without escapes."""
    told = refusal(lambda _: answer)
    assert words in told
    assert KEY not in told
    assert told.isprintable()


def test_a_busy_server_is_asked_again() -> None:
    """429 with Retry-After, then 503, then an answer: three requests, one result."""
    answers = [Answer(429, {}, {"Retry-After": "0.05"}), Answer(503, {}), Answer(200, {"fine": True})]
    with serving(lambda _: answers.pop(0)) as (url, seen), client(url) as asking:
        assert asking.post("/x", {}) == {"fine": True}
        assert len(seen) == 3


def test_a_refused_request_is_not_repeated() -> None:
    """What a request holds is not mended by asking again."""
    with serving(lambda _: Answer(400, {"error": {"message": "too long"}})) as (url, seen), client(url) as asking:
        with pytest.raises(RefusedError, match=r"answers 400 \(too long\)"):
            asking.post("/x", {})
        assert len(seen) == 1


def test_a_redirection_carries_nothing_away() -> None:
    """The key goes to the host it is meant for alone."""
    with serving(lambda _: Answer(200, {})) as (other, stolen):
        away = Answer(307, b"", {"Location": f"{other}/v1/models"})
        with serving(lambda _: away) as (url, _), client(url, key=KEY) as asking, pytest.raises(OutOfReachError):
            asking.post("/models", {"text": "private"})
        assert stolen == []


def test_this_machine_is_asked_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in the environment is not told what stays here."""
    with serving(lambda _: Answer(200, {})) as (proxy, stolen), serving(lambda _: Answer(200, {"data": 1})) as (url, _):
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("no_proxy", "")
        with client(url) as asking:
            assert asking.get("/models") == {"data": 1}
        assert stolen == []
