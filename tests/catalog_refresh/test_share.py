"""One file for a team: exported, fetched from anywhere fsspec reaches, checked, put into use."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pytest

from catalog import CatalogError, ModelCard, open_catalog, share
from catalog.errors import CatalogOutOfReachError
from catalog.store import generations
from catalog.store.compiler import write_snapshot
from tests.catalog_refresh.conftest import Machine, Ran
from tests.catalog_refresh.test_landing import land
from tests.local_hub import LocalHub


def pack(snapshot: bytes, /, **manifest: Any) -> bytes:
    """A catalog file by hand."""
    result = {
        "kind": "model-advisor catalog",
        "format": 1,
        "snapshot": {"sha256": hashlib.sha256(snapshot).hexdigest()},
        **manifest,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("manifest.json", json.dumps(result))
        file.writestr("models.jsonl.gz", snapshot)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "place", ["{folder}/deep/catalog.zip", "file://{folder}/catalog.zip", "memory://team/catalog.zip"]
)
def test_there_and_back(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another machine that imports has the same catalog, byte for byte, and can go back."""
    land(7)
    shared = share.export(place.format(folder=tmp_path))
    assert shared.models == 7
    with fsspec.open(place.format(folder=tmp_path)) as file:
        assert hashlib.sha256(file.read()).hexdigest() == shared.sha256
    mine = generations.current_snapshot().read()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "other"))
    imported = share.import_(shared.place, shared.sha256)
    assert imported.landed
    assert (imported.generation.origin, imported.generation.count) == ("import", 7)
    assert generations.current_snapshot().read() == mine
    assert share.export(tmp_path / "again.zip").models == 7
    assert generations.rollback() is None


def test_equal_catalogs_give_equal_files(tmp_path: Path) -> None:
    """So that a team sees by the hash whether there is anything new."""
    land(3)
    assert share.export(tmp_path / "a.zip").sha256 == share.export(tmp_path / "b.zip").sha256


def test_a_folder_gets_a_dated_file(tmp_path: Path) -> None:
    land(3)
    shared = share.export(tmp_path)
    assert shared.place.startswith(f"{tmp_path}/catalog-20")
    assert share.import_(shared.place).landed is False


def test_a_refresh_builds_on_what_was_imported(machine: Machine, tmp_path: Path) -> None:
    card = ModelCard("acme/fill-mask-0001", context_length=512, license="gpl-3.0", sources=("team: context_length",))
    only = ModelCard("team/only", license="mit", sources=("team: license",))
    (tmp_path / "team.zip").write_bytes(pack(write_snapshot([card, only])))
    ran = machine.python(f"from catalog import share; print(share.import_({str(tmp_path / 'team.zip')!r}).landed)")
    assert ran.out == "True\n", ran.err
    ran = machine.python("from catalog.refresh.run import refresh; refresh(top=5, families=['fill-mask'], checks=0)")
    assert ran.code == 0, ran.err
    cards = machine.cards
    assert set(cards) > {"team/only", card.id}
    assert (cards[card.id].context_length, cards[card.id].license) == (512, "mit")


def test_a_refresh_does_not_build_on_what_was_gone_back_from(tmp_path: Path) -> None:
    """Back from an import is back to what refreshes built on before it; forth again is forth."""
    land(3)
    before = generations.base_snapshot().digest
    (tmp_path / "team.zip").write_bytes(pack(GOOD))
    imported = share.import_(tmp_path / "team.zip").generation.snapshot
    assert generations.base_snapshot().digest == imported
    generations.rollback()
    assert generations.base_snapshot().digest == before
    land(4)
    generations.rollback()
    assert generations.base_snapshot().digest == before


GOOD = write_snapshot([ModelCard("acme/a", family="fill-mask", license="mit")])


def _other_bytes() -> bytes:
    return pack(GOOD, snapshot={"sha256": "0" * 64})


def _marked(at: int, mark: bytes) -> bytes:
    """A catalog file whose zip directory says something else of every member, in the local headers as well."""
    data = bytearray(pack(GOOD))
    for signature, offset in ((b"PK\x03\x04", at - 2), (b"PK\x01\x02", at)):
        start = -1
        while (start := data.find(signature, start + 1)) >= 0:
            data[start + offset : start + offset + len(mark)] = mark
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (lambda: _marked(6, b"\xff\x00"), "not a complete catalog file.*version"),
        (lambda: _marked(8, b"\x01\x00"), "not a complete catalog file.*encrypted"),
        (lambda: _marked(10, b"\x63\x00"), "not a complete catalog file.*compression"),
        (lambda: b"", "not a complete catalog file"),
        (lambda: b"PK\x03\x04 and then nothing", "not a complete catalog file"),
        (lambda: pack(GOOD)[:-40], "not a complete catalog file"),
        (lambda: pack(GOOD, kind="holiday pictures"), "is not a catalog"),
        (lambda: pack(GOOD, format=2), "Upgrade"),
        (lambda: pack(GOOD, snapshot=None), "not a complete catalog file"),
        (_other_bytes, "do not match its own hash"),
        (lambda: pack(b"\x1f\x8b not gzip"), "is damaged"),
        (lambda: pack(write_snapshot([ModelCard("acme/a"), ModelCard("acme/a")])), "holds an id twice"),
        (lambda: pack(b'{"id":"acme/a","parameters":"many"}\n'), "damaged|wrong kind"),
        (lambda: pack(b'{"id":7}\n'), "damaged|not a model card"),
        (lambda: pack(b'{"id":"acme/a","x":' + b"[" * 100_000 + b"\n"), "not a model card"),
    ],
)
def test_what_is_no_sound_catalog_is_refused(data: Callable[[], bytes], expected: str, tmp_path: Path) -> None:
    land(2)
    before = generations.read_generations()
    path = tmp_path / "catalog.zip"
    path.write_bytes(data())
    with pytest.raises(CatalogError, match=expected):
        share.import_(path)
    assert generations.read_generations() == before
    with open_catalog() as catalog:
        assert len(catalog) == 2


def test_another_file_than_the_one_meant_is_refused(tmp_path: Path) -> None:
    """A sound file with another hash is refused; an invalid hash is an error at once."""
    path = tmp_path / "catalog.zip"
    path.write_bytes(pack(GOOD))
    with pytest.raises(CatalogError, match="not the one that was meant"):
        share.import_(path, "0" * 64)
    with pytest.raises(CatalogError, match="is not a SHA-256 hash"):
        share.import_(path, "abc")
    assert generations.read_generations().current is None
    assert share.import_(path, f"SHA256:{hashlib.sha256(pack(GOOD)).hexdigest().upper()}").landed


def test_places_that_cannot_be_reached(tmp_path: Path) -> None:
    """A file that is not there, a kind of storage that is not installed, an address of no kind."""
    with pytest.raises(CatalogOutOfReachError, match="cannot be read"):
        share.import_(tmp_path / "none.zip")
    with pytest.raises(CatalogError, match="cannot be read"):
        share.import_("nonsense://x/catalog.zip")
    land(1)
    (tmp_path / "file").write_text("")
    with pytest.raises(CatalogOutOfReachError, match="cannot be written"):
        share.export(tmp_path / "file" / "catalog.zip")


WRITER = "hf_writer"
PLACE = "hf://datasets/team/models/catalog.zip"


def advisor(machine: Machine, *arguments: str, token: str | None = WRITER) -> Ran:
    environment = machine.environment | ({"HF_TOKEN": token} if token else {})
    command = [sys.executable, "-m", "advisor", "catalog", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def team(hub: LocalHub) -> LocalHub:
    """A hub with a private dataset repository of a team."""
    hub.tokens = {"hf_writer": "writer", "hf_stranger": "stranger"}
    hub.datasets.create("team/models", private=True, writers={"writer"})
    return hub


def test_export_and_import_through_the_hub(team: LocalHub, machine: Machine, tmp_path: Path) -> None:
    """The file goes up by git-lfs and one commit; elsewhere it is the same catalog, its hash checked."""
    shared = json.loads(advisor(machine, "export", PLACE, "--json").out)
    assert (shared["place"], shared["models"]) == (PLACE, 12)
    assert [r.path for r in team.requests if r.method == "PUT"] == [f"/lfs/{shared['sha256']}"]
    assert len(team.datasets.find("team/models", "writer").messages) == 1
    other = Machine(tmp_path / "other", team)
    ran = advisor(other, "import", PLACE, "--sha256", shared["sha256"])
    assert ran.code == 0, ran.err
    assert other.facts == machine.facts
    again = json.loads(advisor(machine, "export", PLACE, "--json").out)
    assert again["sha256"] == shared["sha256"]
    assert len([r for r in team.requests if r.method == "PUT"]) == 1, "what is there already is not sent again"
    assert advisor(other, "import", PLACE, "--sha256", "0" * 64).code == 2


@pytest.mark.parametrize(
    ("arguments", "token"),
    [
        (("export", PLACE), None),
        (("export", PLACE), "hf_stranger"),
        (("import", PLACE), "hf_stranger"),
        (("import", PLACE), "hf_writer"),
        (("export", "hf://datasets/team/none/catalog.zip"), "hf_writer"),
    ],
)
def test_what_is_not_there_or_not_allowed(
    team: LocalHub, machine: Machine, arguments: tuple[str, ...], token: str | None
) -> None:
    """No token, a stranger's token, no file yet, no repository: one line, exit code 5, nothing is changed."""
    before = machine.current
    ran = advisor(machine, *arguments, token=token)
    assert ran.code == 5
    assert ran.out == ""
    assert len(ran.err.splitlines()) == 1, ran.err
    assert "cannot be" in ran.err
    assert machine.current == before
    assert not team.datasets.find("team/models", "writer").messages
