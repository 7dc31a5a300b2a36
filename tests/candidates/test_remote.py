"""Remote candidates: each server of this machine once, and providers' models by their own abilities."""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from advisor.candidates import remote
from advisor.candidates.build import Context
from advisor.candidates.candidate import Candidate
from advisor.engines.engine import BY_FAMILY, ENCODERS
from advisor.task.examples import load_examples
from advisor.task.file import load_task
from catalog import Catalog, ModelCard
from catalog.store.compiler import compiled, write_snapshot
from tests.servers.scripted import Answer, Asked, serving
from tests.tables import for_each

SPAN = {"start": 0, "end": 3, "label": "person"}
ROWS = {
    "text-classification": [{"text": f"text {n}", "label": "ab"[n % 2]} for n in range(8)],
    "summarization": [{"text": f"a long text {n}", "summary": f"short {n}"} for n in range(8)],
    "token-classification": [{"text": f"Ada {n}", "entities": [SPAN]} for n in range(8)],
    "sentence-similarity": [{"first": f"a {n}", "second": "b", "score": n} for n in range(8)],
    "text-ranking": [{"query": f"q {n}", "candidates": ["a", "b"], "relevant": "a"} for n in range(8)],
}


# Catalogs of one card, and what a catalog stores when it is first asked: it takes a second.
KEPT = tempfile.TemporaryDirectory()


def catalog_of(card: ModelCard) -> Path:
    """Return the folder of a catalog of one card, compiled once."""
    snapshot = write_snapshot([card])
    return compiled(snapshot, Path(KEPT.name) / hashlib.sha256(snapshot).hexdigest())[0]


@contextmanager
def measured(folder: Path, family: str, card: ModelCard | None = None, **more: Any) -> Iterator[Context]:
    """Yield a context for candidates, with a catalog of one card."""
    examples = folder / "x.jsonl"
    examples.write_text("".join(json.dumps(row) + "\n" for row in ROWS[family]), encoding="utf-8")
    file = folder / "task.yaml"
    document = {"name": "t", "instruction": "Do it.", "family": family, "examples": {"path": "x.jsonl"}}
    file.write_text(
        json.dumps(
            document
            | {"teaching": {"count": 0}, **({"scoring": {"range": [0, 7]}} if "score" in ROWS[family][0] else {})}
            | more
        ),
        encoding="utf-8",
    )
    task = load_task(file)
    with Catalog(catalog_of(card or ModelCard(id="org/other"))) as catalog:
        yield Context(task, load_examples(task, folder), 2, 8_000_000_000, catalog)


def lists_one(asked: Asked) -> Answer:
    """Answer as a server that has one model."""
    return Answer(body={"object": "list", "data": [{"id": "m", "object": "model"}]})


@pytest.mark.parametrize(
    ("named", "is_other"),
    [
        ("http://localhost:{port}", False),
        ("http://127.0.0.1:{port}/", False),
        ("http://[::1]:{port}", False),
        ("http://localhost:{port}/own", True),
        ("http://192.168.0.7:{port}", True),
        ("http://localhost:1", True),
    ],
)
def test_one_server_is_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, *, is_other: bool
) -> None:
    """Under any of this machine's names; otherwise it would share the error with itself."""
    with serving(lists_one) as (url, _):
        port = url.rpartition(":")[2]
        monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{port}")
        servers = [{"url": named.format(port=port), "model": "mine"}, {"url": "auto"}]
        with measured(tmp_path, "text-classification", labels={"a": "one", "b": "other"}, servers=servers) as context:
            found = [each.options["model"] for each in remote.candidates(context, {})]
    # Whatever else listens on the machine that runs the tests is found too.
    assert found[0] == "mine"
    assert ("m" in found) == is_other


def asked(folder: Path, card_family: str | None, task_family: str) -> Candidate | str:
    """Return the candidate for a provider's model of a family, or why there is none."""
    card = ModelCard(id="org/model", family=card_family)
    with measured(folder, task_family, card, providers=[{"model": "org/model"}]) as context:
        left_out: dict[str, str] = {}
        found = list(remote.candidates(context, left_out))
    return found[0] if found else next(iter(left_out.values()))


@for_each(
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
    tmp_path: Path, card_family: str | None, task_family: str, ability: str
) -> None:
    """By its family in the catalog; of an unknown one, to chat."""
    found = asked(tmp_path, card_family, task_family)
    assert isinstance(found, Candidate)
    assert found.ability == ability


@pytest.mark.parametrize("card_family", ["text-ranking", "image-feature-extraction"])
def test_what_no_provider_does_is_left_out(tmp_path: Path, card_family: str) -> None:
    """A model that ranks texts is not asked to chat."""
    found = asked(tmp_path, card_family, "text-ranking")
    assert isinstance(found, str)
    assert "through a provider" in found


def test_every_family_is_asked_as_it_is_loaded_here() -> None:
    """There is one table; what is loaded as an encoder here is asked to encode."""
    for family in (*BY_FAMILY, *ENCODERS):
        found = remote._ASKED_FOR[family]
        assert found == BY_FAMILY.get(family, "encode")
