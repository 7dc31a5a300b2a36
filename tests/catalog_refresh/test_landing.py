"""The catalog in use: readers during a landing, rollback, damaged files, and cleanup on disk."""

import json
import os
import subprocess
import sys
import time

import pytest

from catalog import CatalogError, ModelCard, open_catalog
from catalog.store import generations
from catalog.store.compiler import cache_folder, shipped_snapshot
from tests.catalog_refresh.conftest import FAMILIES, Here, Machine
from tests.local_hub import LocalHub

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
    return [
        ModelCard(f"acme/m{n}", family="text-classification", license="mit", tags=(note,) if note else ())
        for n in range(count)
    ]


def lines_of(made: list[ModelCard]) -> list[str]:
    """As a snapshot has them."""
    return [card.to_json() for card in sorted(made, key=lambda c: c.id)]


def land(count: int) -> None:
    with generations.exclusive():
        generations.land(lines_of(cards(count)), "refresh")


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
    _, result = refreshing.communicate()
    assert refreshing.returncode == 0, result
    rest, errors = reader.communicate()
    assert errors == ""
    assert counts[0] == before
    assert counts[-1] == 60
    assert counts == sorted(counts)
    # Facts, cards and hits are of one catalog.
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
    assert generations.read_generations().current is None
    assert generations.current_snapshot().read() == shipped_snapshot()
    monkeypatch.setattr(generations, "shipped_snapshot", lambda: b'{"id":"acme/shipped"}\n')
    with open_catalog() as catalog:
        assert catalog.get("acme/shipped") is not None


def test_the_command_goes_back(small: Machine, machine: Machine) -> None:
    """One line, exit code 0, and the catalog before is in use."""
    assert machine.refresh("--top", "5", "--family", "fill-mask").code == 0
    ran = machine.refresh("--rollback")
    assert (ran.code, json.loads(ran.out)["models"]) == (0, 12)
    assert "12 models" in ran.err
    assert machine.current == small.current


def compiled_forms() -> set[str]:
    """First digits of the snapshots whose compiled forms are in the cache."""
    return {path.name[:20] for path in cache_folder().iterdir() if path.is_dir()}


def in_use() -> set[str]:
    """First digits of the catalog in use and of the one before."""
    now = generations.read_generations()
    return {g.snapshot[:20] for g in (now.current, now.previous) if g}


def test_old_generations_do_not_pile_up() -> None:
    """The catalog in use and the one to go back to stay, as snapshots and compiled; nothing else does."""
    for count in range(1, 6):
        land(count)
        assert compiled_forms() == in_use()
    assert len(in_use()) == 2
    assert {path.name[:20] for path in (generations.home() / "snapshots").iterdir()} == in_use()
    assert {path.name[:20] for path in cache_folder().glob("*.lock")} <= in_use()


def test_a_reader_keeps_what_it_has_open() -> None:
    """It may load a file for the first time long after; when it is gone, the next landing removes its catalog."""
    land(4)
    reader = open_catalog()
    held = reader.info().snapshot[:20]
    for count in (5, 6, 7):
        land(count)
    assert compiled_forms() == in_use() | {held}
    assert len(reader.search("text classification")) == 4
    reader.close()
    land(8)
    assert compiled_forms() == in_use()


def test_a_killed_reader_keeps_nothing() -> None:
    land(4)
    code = (
        "import sys\nfrom catalog import open_catalog\n"
        "catalog = open_catalog()\nprint(len(catalog), flush=True)\nsys.stdin.read()"
    )
    reader = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert reader.stdout is not None
    assert reader.stdout.readline() == "4\n"
    held = in_use()
    for count in (5, 6):
        land(count)
    assert compiled_forms() == in_use() | held
    reader.kill()
    reader.communicate()
    land(7)
    assert compiled_forms() == in_use()


def test_what_others_left_in_the_cache_goes_with_time() -> None:
    """Catalogs of other versions after thirty days without a reader, scraps of killed builders after a day."""
    land(2)
    cache = cache_folder()
    for name, days in (("a" * 20 + "-1", 31), ("b" * 20 + "-1", 29), ("c" * 20 + "-1.part-x", 2)):
        (cache / name).mkdir()
        (cache / name / "catalog.db").write_bytes(b"")
        os.utime(cache / name, (0, time.time() - days * 86_400))
    (cache / "notes").mkdir()
    land(3)
    assert {path.name[:2] for path in cache.iterdir() if path.is_dir()} - {name[:2] for name in in_use()} == {
        "bb",
        "no",
    }


def test_landing_the_same_cards_again_changes_nothing() -> None:
    """The pointer keeps its time, and the one before stays the one before."""
    land(2)
    land(3)
    before = generations.read_generations()
    with generations.exclusive():
        assert generations.land(lines_of(cards(3)), "refresh")[1] is False
    assert generations.read_generations() == before


def test_damage_is_reported_with_its_cure() -> None:
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
    current = generations.read_generations().current
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


SCOPE = ("--top", "60", *(part for family in FAMILIES for part in ("--family", family)))


def vanish(hub: LocalHub, count: int) -> list[str]:
    """Remove the most used models; return their ids."""
    names = sorted((record["id"] for record in hub.records.all()), key=lambda name: name[-4:])[:count]
    for name in names:
        hub.records.vanish(name)
    return names


def thrice(here: Here, *arguments: str) -> list[dict[str, object]]:
    """Refresh as often as it takes until an absence counts."""
    return [here.refresh(*SCOPE, *arguments).summary for _ in range(3)]


def test_a_few_absences_are_reported_and_then_dropped(hub: LocalHub, here: Here) -> None:
    """Two refreshes say how many were not found, the third drops them."""
    here.refresh(*SCOPE)
    names = vanish(hub, 12)
    result = [here.refresh(*SCOPE) for _ in range(3)]
    assert [(ran.summary["missed"], ran.summary["dropped"], ran.summary["kept"]) for ran in result] == [
        (12, 0, 0),
        (12, 0, 0),
        (0, 12, 0),
    ]
    assert "12 models were not found; a model missing in 3 refreshes in a row is removed" in result[0].err
    assert "12 of the models that left are no longer on this Hub" in result[2].err
    assert not set(names) & set(here.cards)


def test_a_mirror_that_lacks_much_empties_nothing(hub: LocalHub, here: Here) -> None:
    """Above a fifth they stay, with a line that names the flag; what is new comes all the same."""
    here.refresh(*SCOPE)
    names = vanish(hub, 60)
    hub.records.put("acme/new", pipeline_tag="fill-mask", downloads=10**8, createdAt="2026-11-03T00:00:00.000Z")
    ran = [here.refresh(*SCOPE) for _ in range(4)][-1]
    assert ran.code == 0
    assert (ran.summary["kept"], ran.summary["dropped"]) == (60, 0)
    assert f"60 of the {ran.summary['asked']} models" in ran.err
    assert "--drop-missing removes them" in ran.err
    assert set(names) <= set(here.cards)
    assert "acme/new" in here.cards
    ran = here.refresh(*SCOPE, "--drop-missing")
    assert (ran.summary["kept"], ran.summary["dropped"], ran.summary["removed"]) == (0, 60, 60)
    assert not set(names) & set(here.cards)
    assert here.refresh(*SCOPE).summary["dropped"] == 0


@pytest.mark.parametrize("flag", [(), ("--drop-missing",)])
def test_what_was_kept_and_returns_is_known_again(hub: LocalHub, here: Here, flag: tuple[str, ...]) -> None:
    here.refresh(*SCOPE)
    names = vanish(hub, 60)
    thrice(here, *flag)
    for name in names:
        hub.records.return_(name)
    summary = here.refresh(*SCOPE).summary
    assert (summary["kept"], summary["dropped"], summary["missed"]) == (0, 0, 0)
    assert set(names) <= set(here.cards)
