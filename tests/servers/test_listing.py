"""Where servers of this machine are looked for: the usual ports, and where Ollama is told to listen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.servers.listing import DEFAULT_PORTS, running, usual_places
from tests.servers.conftest import llama_server

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
