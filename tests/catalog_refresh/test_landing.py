"""What is in use: readers during a landing, the way back, damaged files, and what is left on disk."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from catalog import CatalogError, ModelCard, generations, open_catalog
from catalog.compiler import cache_folder, shipped_snapshot

if TYPE_CHECKING:
    from tests.catalog_refresh.conftest import Machine

READER = """
import sys
from catalog import Filters, open_catalog
print("ready", flush=True)
seen = []
for line in sys.stdin:
    with open_catalog() as catalog:
        hits = catalog.search("text classification", filters=Filters(licenses=["mit"]), limit=1000)
        found = (len(catalog), len(list(catalog.cards())), len(hits) + sum(len(h.variants) for h in hits))
    if found not in seen:
        seen.append(found)
    print(found[0], flush=True)
print(seen, flush=True)
"""


def cards(count: int, note: str = "") -> list[ModelCard]:
    """Made-up cards."""
    return [
        ModelCard(f"acme/m{n}", family="text-classification", license="mit", tags=(note,) if note else ())
        for n in range(count)
    ]


def land(count: int) -> None:
    """Put so many cards into use."""
    with generations.exclusive():
        generations.land(cards(count), "refresh")


def test_a_reader_sees_the_old_or_the_new_catalog(small: Machine, machine: Machine) -> None:
    """A process that searches in a loop while a refresh lands finds each time one catalog, whole."""
    before = len(small.cards)
    reader = subprocess.Popen(
        [sys.executable, "-c", READER],
        env=machine.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert reader.stdin is not None
    assert reader.stdout is not None
    assert reader.stdout.readline() == "ready\n"
    refreshing = machine.start("--top", "60", "--family", "text-classification")
    counts = []
    running = True
    while running:
        running = refreshing.poll() is None
        reader.stdin.write("\n")
        reader.stdin.flush()
        counts.append(int(reader.stdout.readline()))
    _, told = refreshing.communicate()
    assert refreshing.returncode == 0, told
    rest, errors = reader.communicate()
    assert errors == ""
    assert counts[0] == before
    assert counts[-1] == 60
    assert counts == sorted(counts)
    # Facts, cards and hits tell of one and the same catalog.
    assert all(count == listed for count, listed, _ in json.loads(rest.replace("(", "[").replace(")", "]")))
    assert json.loads(rest.replace("(", "[").replace(")", "]"))[-1] == [60, 60, 60]


def test_the_way_back_and_forth() -> None:
    """Rollback swaps the last two; before the first landing there is only the shipped catalog."""
    with pytest.raises(CatalogError, match="no earlier catalog"):
        generations.rollback()
    land(3)
    land(5)
    assert generations.rollback() is not None
    with open_catalog() as catalog:
        assert len(catalog) == 3
    back = generations.rollback()
    assert back is not None
    assert back.count == 5
    with open_catalog() as catalog:
        assert len(catalog) == 5


def test_the_way_back_to_the_shipped_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    """After one landing, what is before is the shipped snapshot."""
    land(3)
    assert generations.rollback() is None
    assert generations.read().current is None
    assert generations.current_snapshot() == shipped_snapshot()
    monkeypatch.setattr(generations, "shipped_snapshot", lambda: b'{"id":"acme/shipped"}\n')
    with open_catalog() as catalog:
        assert catalog.get("acme/shipped") is not None


def test_the_command_goes_back(small: Machine, machine: Machine) -> None:
    """One line, exit code 0, and the catalog before is in use."""
    assert machine.refresh("--top", "5", "--family", "fill-mask").code == 0
    ran = machine.refresh("--rollback")
    assert (ran.code, ran.out) == (0, "")
    assert "12 models" in ran.err
    assert machine.current == small.current


def test_old_generations_do_not_pile_up() -> None:
    """Two snapshots stay, and compiled forms of three: a reader may still hold the one before the last two."""
    for count in range(1, 6):
        land(count)
    assert len(list((generations.home() / "snapshots").iterdir())) == 2
    assert len([p for p in cache_folder().iterdir() if p.is_dir()]) == 3


def test_landing_the_same_cards_again_changes_nothing() -> None:
    """The pointer keeps its time, and the one before stays the one before."""
    land(2)
    land(3)
    before = generations.read()
    with generations.exclusive():
        assert generations.land(cards(3), "refresh")[1] is False
    assert generations.read() == before


def test_damage_is_told_with_its_cure() -> None:
    """A pointer that is no JSON, a snapshot that is gone or changed: which file, and what to do."""
    land(2)
    land(3)
    pointer = generations.home() / "current.json"
    whole = pointer.read_text()
    pointer.write_text(whole[:50])
    with pytest.raises(CatalogError, match=r"current\.json.*Delete it"):
        open_catalog()
    pointer.write_text(whole.replace('"format": 1', '"format": 99'))
    with pytest.raises(CatalogError, match="another version"):
        open_catalog()
    pointer.write_text(whole)
    current = generations.read().current
    assert current is not None
    path = generations.home() / "snapshots" / f"{current.snapshot[:20]}.jsonl.gz"
    for folder in cache_folder().iterdir():
        if folder.is_dir():
            for file in folder.iterdir():
                file.unlink()
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(CatalogError, match="is damaged"):
        open_catalog()
    path.unlink()
    with pytest.raises(CatalogError, match="rollback"):
        open_catalog()
    generations.rollback()
    with open_catalog() as catalog:
        assert len(catalog) == 2
