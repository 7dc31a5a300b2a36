"""Addresses of servers: what is taken and refused, what counts as this machine, where servers are looked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.servers.client import is_loopback, parse
from advisor.servers.listing import DEFAULT_PORTS, running, usual_places
from tests.servers.conftest import llama_server
from tests.tables import for_each


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
    found = parse(text)
    assert (found.url, found.place, found.is_here) == (url, place, is_here)
    assert url.startswith(found.root)
    assert parse(found.url) == found


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
    """The message says what to write."""
    with pytest.raises(ValueError, match=cure):
        parse(text)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_value_error(text: str) -> None:
    """Nothing else is raised, and what is taken for this machine is a loopback address."""
    for tried in (text, f"http://{text}", f"http://127.0.0.1{text}"):
        try:
            found = parse(tried)
        except ValueError:
            continue
        assert found.is_here == is_loopback(found.host)
        assert "@" not in found.place


__all__ = ["llama_server"]


@pytest.mark.parametrize(
    ("told", "place"),
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
        # Another machine's, and what is no address: as if nothing were told.
        ("192.168.0.7:11434", "127.0.0.1:11434"),
        ("127.0.0.1.evil.example", "127.0.0.1:11434"),
        ("127.0.0.1:many", "127.0.0.1:11434"),
        ("http://user:secret@127.0.0.1", "127.0.0.1:11434"),
    ],
)
def test_ollama_is_where_it_is_told_to_listen(told: str, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Ollama's own command reads OLLAMA_HOST; the other servers stay where they are."""
    monkeypatch.setenv("OLLAMA_HOST", told)
    places = {address.place: kind for address, kind in usual_places().items()}
    assert [where for where, kind in places.items() if kind == "Ollama"] == [place]
    assert set(places.values()) == set(DEFAULT_PORTS.values())


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=40))
def test_whatever_it_says_only_this_machine_is_asked(told: str) -> None:
    """Any text: nothing is raised, and no other machine is looked at."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("OLLAMA_HOST", told)
        assert all(address.is_here for address in usual_places())


def test_a_server_where_ollama_is_told_to_listen_is_found(llama_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real server there, with the model it lists."""
    monkeypatch.setenv("OLLAMA_HOST", llama_server.removeprefix("http://"))
    assert [model.model for each in running() if each.kind == "Ollama" for model in each.models] == ["smollm2"]
