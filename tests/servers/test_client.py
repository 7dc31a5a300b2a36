"""The client against a real server that misbehaves: messages, retries, and what is never sent."""

import socket
import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.servers.client import Client, NoAnswerError, RefusedError, is_loopback, parse_address
from advisor.servers.listing import DEFAULT_PORTS, running, usual_places
from tests.servers.conftest import llama_server
from tests.servers.scripted import Answer, Asked, serving
from tests.tables import for_each

KEY = "sk-very-secret-0123456789"


def client(url: str, *, seconds: float = 5, key: str | None = None) -> Client:
    return Client(parse_address(url), key, seconds=seconds, waits=(0.01, 0.01))


def refusal(script: Callable[[Asked], Answer], *, seconds: float = 5) -> str:
    """Return the error for a server with these answers."""
    with serving(script) as (url, _), client(url, seconds=seconds, key=KEY) as asking:
        with pytest.raises(NoAnswerError) as caught:
            asking.post("/chat/completions", {"a": 1})
        return str(caught.value)


def test_nothing_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: refused, and no other process gets the port
        port = taken.getsockname()[1]
        with (
            client(f"http://127.0.0.1:{port}") as asking,
            pytest.raises(NoAnswerError, match="nothing listens there; is it started"),
        ):
            asking.get("/models")


def test_a_stall_ends() -> None:
    """A server that never answers ends at the time limit."""
    never = threading.Event()
    output = refusal(lambda _: Answer(wait=never), seconds=0.3)
    never.set()
    assert "did not answer within 0.3 s" in output


@for_each(
    ("answer", "words"),
    [
        (Answer(500, {"error": {"message": "out of cheese"}}), "answers 500 (out of cheese)"),
        (Answer(503, b"<html>busy</html>"), "answers 503"),
        (Answer(401, {"error": {"message": f"bad key {KEY}"}}), "set the variable that key_env names"),
        (Answer(404, {"detail": "no such model"}), "it knows no such model or path"),
        (Answer(200, b"<html>hello</html>"), "answered '<html>hello</html>', not JSON"),
        (Answer(200, b"\x1b[31m\xff"), "not JSON"),
        (Answer(302, b"", {"Location": "http://127.0.0.1:9/"}), "redirects elsewhere (302), which is not followed"),
        (Answer(429, {}, {"Retry-After": "3600"}), "asks to wait 3600 s"),
    ],
)
def test_error_messages(answer: Answer, words: str) -> None:
    """Each fault has a plain message on one line, without the key and without escapes."""
    output = refusal(lambda _: answer)
    assert words in output
    assert KEY not in output
    assert output.isprintable()


def test_a_busy_server_is_asked_again() -> None:
    """429 with Retry-After, then 503, then an answer: three requests, one result."""
    answers = [Answer(429, {}, {"Retry-After": "0.05"}), Answer(503, {}), Answer(200, {"fine": True})]
    with serving(lambda _: answers.pop(0)) as (url, seen), client(url) as asking:
        assert asking.post("/x", {}) == {"fine": True}
        assert len(seen) == 3


def test_a_refused_request_is_not_repeated() -> None:
    """Repeating a request does not change its content."""
    with serving(lambda _: Answer(400, {"error": {"message": "too long"}})) as (url, seen), client(url) as asking:
        with pytest.raises(RefusedError, match=r"answers 400 \(too long\)"):
            asking.post("/x", {})
        assert len(seen) == 1


def test_a_redirection_carries_nothing_away() -> None:
    """The key goes to the host it is meant for alone."""
    with serving(lambda _: Answer(200, {})) as (other, stolen):
        away = Answer(307, b"", {"Location": f"{other}/v1/models"})
        with serving(lambda _: away) as (url, _), client(url, key=KEY) as asking, pytest.raises(NoAnswerError):
            asking.post("/models", {"text": "private"})
        assert stolen == []


def test_this_machine_is_asked_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in the environment does not get local requests."""
    with serving(lambda _: Answer(200, {})) as (proxy, stolen), serving(lambda _: Answer(200, {"data": 1})) as (url, _):
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("no_proxy", "")
        with client(url) as asking:
            assert asking.get("/models") == {"data": 1}
        assert stolen == []


@for_each(
    ("text", "url", "place", "is_here"),
    [
        ("http://localhost:11434", "http://localhost:11434/v1", "localhost:11434", True),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/v1", "127.0.0.1:8080", True),
        ("http://127.9.9.9:1/v1/", "http://127.9.9.9:1/v1", "127.9.9.9:1", True),
        ("http://[::1]:8000", "http://[::1]:8000/v1", "[::1]:8000", True),
        ("https://api.example/openai/v1", "https://api.example/openai/v1", "api.example", False),
        ("http://192.168.0.7:1234", "http://192.168.0.7:1234/v1", "192.168.0.7:1234", False),
        ("http://localhost.evil.example", "http://localhost.evil.example/v1", "localhost.evil.example", False),
        ("http://127.0.0.1.evil.example", "http://127.0.0.1.evil.example/v1", "127.0.0.1.evil.example", False),
        ("HTTPS://API.Example/v1", "https://api.example/v1", "api.example", False),
    ],
)
def test_addresses(text: str, url: str, place: str, *, is_here: bool) -> None:
    """A path is added where there is none; only loopback numbers and `localhost` are this machine."""
    found = parse_address(text)
    assert (found.url, found.place, found.is_here) == (url, place, is_here)
    assert url.startswith(found.root)
    assert parse_address(found.url) == found


@for_each(
    ("text", "cure"),
    [
        ("", "write for example"),
        ("localhost:11434", "write for example"),
        ("ftp://localhost", "write for example"),
        ("file:///etc/passwd", "write for example"),
        ("http://", "write for example"),
        ("http://h:99999", "write for example"),
        ("http://user:pass@host", "key_env"),
        ("http://127.0.0.1@evil.example/", "key_env"),
        ("https://host/v1?key=secret", "key_env"),
        ("http://host/a b", "blanks"),
    ],
)
def test_what_is_no_address(text: str, cure: str) -> None:
    with pytest.raises(ValueError, match=cure):
        parse_address(text)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_value_error(text: str) -> None:
    """Nothing else is raised, and what is taken for this machine is a loopback address."""
    for tried in (text, f"http://{text}", f"http://127.0.0.1{text}"):
        try:
            found = parse_address(tried)
        except ValueError:
            continue
        assert found.is_here == is_loopback(found.host)
        assert "@" not in found.place


__all__ = ["llama_server"]


@pytest.mark.parametrize(
    ("host", "place"),
    [
        ("", "127.0.0.1:11434"),
        ("127.0.0.1", "127.0.0.1:11434"),
        ("127.0.0.1:9999", "127.0.0.1:9999"),
        (":9999", "127.0.0.1:9999"),
        ("0.0.0.0:9999", "127.0.0.1:9999"),
        ("0.0.0.0", "127.0.0.1:11434"),  # noqa: S104  read, not bound
        ("http://localhost:9999/", "localhost:9999"),
        ("http://localhost", "localhost:80"),
        ("https://127.0.0.1", "127.0.0.1:443"),
        ("[::1]:9999", "[::1]:9999"),
        ("[::]", "127.0.0.1:11434"),
        ("[::1]", "[::1]:11434"),
        ('"127.0.0.1:9999"', "127.0.0.1:9999"),
        # Another machine's, and invalid addresses, count as not set.
        ("192.168.0.7:11434", "127.0.0.1:11434"),
        ("127.0.0.1.evil.example", "127.0.0.1:11434"),
        ("127.0.0.1:many", "127.0.0.1:11434"),
        ("http://user:secret@127.0.0.1", "127.0.0.1:11434"),
    ],
)
def test_ollama_is_at_its_configured_address(host: str, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Ollama's own command reads OLLAMA_HOST; the other servers stay where they are."""
    monkeypatch.setenv("OLLAMA_HOST", host)
    places = {address.place: kind for address, kind in usual_places().items()}
    assert [where for where, kind in places.items() if kind == "Ollama"] == [place]
    assert set(places.values()) == set(DEFAULT_PORTS.values())


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=40))
def test_any_configured_address_asks_only_this_machine(host: str) -> None:
    """Any text: nothing is raised, and no other machine is asked."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("OLLAMA_HOST", host)
        assert all(address.is_here for address in usual_places())


def test_a_server_at_ollamas_configured_address_is_found(llama_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real server there, with the model it lists."""
    monkeypatch.setenv("OLLAMA_HOST", llama_server.removeprefix("http://"))
    assert [model.model for each in running() if each.kind == "Ollama" for model in each.models] == ["smollm2"]
