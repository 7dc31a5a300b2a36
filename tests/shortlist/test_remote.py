"""Candidates elsewhere: each server of this machine once, and models of providers asked for what they are made for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from advisor.servers.address import parse
from advisor.shortlist import remote
from advisor.shortlist.candidate import Candidate
from advisor.shortlist.uses import ABILITIES, ENCODERS
from advisor.task.model import Task
from catalog import ModelCard


def task(**more: Any) -> Task:
    """Return a task."""
    told = {"name": "t", "instruction": "Do it.", "examples": {"path": "x.csv"}}
    return Task.model_validate(told | more)


@pytest.mark.parametrize(
    ("named", "found", "added"),
    [
        ("http://localhost:11434", ["http://127.0.0.1:11434"], []),
        ("http://127.0.0.1:11434/", ["http://localhost:11434"], []),
        ("http://[::1]:11434", ["http://127.0.0.1:11434"], []),
        ("http://localhost:80", ["http://127.0.0.1"], []),
        ("http://localhost:11434", ["http://127.0.0.1:1234"], ["http://127.0.0.1:1234/v1"]),
        ("http://localhost:1/own", ["http://127.0.0.1:1"], ["http://127.0.0.1:1/v1"]),
        ("http://192.168.0.7:1", ["http://127.0.0.1:1"], ["http://127.0.0.1:1/v1"]),
        ("http://localhost:1", ["http://localhost:2", "http://127.0.0.1:2"], ["http://localhost:2/v1"]),
    ],
)
def test_one_server_is_asked_once(
    monkeypatch: pytest.MonkeyPatch, named: str, found: list[str], added: list[str]
) -> None:
    """By whichever of this machine's names it is named and found; else it would share the error with itself."""
    listening = [SimpleNamespace(address=parse(url)) for url in found]
    monkeypatch.setattr("advisor.servers.listing.running", lambda: listening)
    context: Any = SimpleNamespace(task=task(servers=[{"url": named, "model": "m"}, {"url": "auto"}]))
    assert [each.url for each in remote._named(context)] == [parse(named).url, *added]


def asked(card_family: str | None, task_family: str, **more: Any) -> Candidate | str:
    """Return the candidate made of a provider's model whose card names a family, or why there is none."""
    its_task = task(family=task_family, providers=[{"model": "org/model"}], **more)
    card = ModelCard(id="org/model", family=card_family)
    context: Any = SimpleNamespace(
        task=its_task, examples=SimpleNamespace(teaching=()), catalog=SimpleNamespace(get=lambda _: card)
    )
    return remote._provided(context, its_task.providers[0])


@pytest.mark.parametrize(
    ("card_family", "task_family", "ability"),
    [
        ("text2text-generation", "summarization", "rewrite"),
        ("summarization", "summarization", "rewrite"),
        ("text-generation", "summarization", "chat"),
        ("image-text-to-text", "summarization", "chat"),
        (None, "summarization", "chat"),
        ("token-classification", "token-classification", "tag"),
        ("sentence-similarity", "sentence-similarity", "encode"),
    ],
)
def test_a_providers_model_is_asked_for_what_it_is_made_for(
    card_family: str | None, task_family: str, ability: str
) -> None:
    """By its family in the catalog; of an unknown one, to chat."""
    found = asked(card_family, task_family)
    assert isinstance(found, Candidate)
    assert found.ability == ability


@pytest.mark.parametrize("card_family", ["text-ranking", "image-feature-extraction"])
def test_what_no_provider_does_is_left_out(card_family: str) -> None:
    """A model that ranks texts is not asked to chat."""
    found = asked(card_family, "text-ranking")
    assert isinstance(found, str)
    assert "through a provider" in found


def test_every_family_is_asked_as_it_is_loaded_here() -> None:
    """There is one table; what is loaded as an encoder here is asked to encode."""
    for family in (*ABILITIES, *ENCODERS):
        found = remote._ASKED_FOR[family]
        assert found == ABILITIES.get(family, "encode")
