"""Compiling: equal bytes, all or nothing, safe among processes."""

import gzip
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from catalog import CatalogError, ModelCard, open_catalog
from catalog.store.compiler import DATABASE, cache_folder, compiled, key_for, read_snapshot, write_snapshot
from catalog.store.describe import describe_card
from catalog.store.snapshot import Snapshot

ROOT = Path(__file__).parent.parent.parent
_OPEN = """import sys, pathlib
from catalog import open_catalog
with open_catalog(pathlib.Path(sys.argv[1])) as c: print(len(c), len(c.search('model')))"""


def _cards(count: int) -> list[ModelCard]:
    return [ModelCard(id=f"org/model-{n}", family="fill-mask", downloads=n) for n in range(count)]


# Says so when the database is begun.
_TELL = """import sys
sys.addaudithook(
    lambda event, args: event == "sqlite3.connect" and str(args[0]).endswith(".part") and print("begun", flush=True)
)
"""


def _opener(cache: Path, snapshot: Path, before: str = "") -> subprocess.Popen[str]:
    environment = os.environ | {"XDG_CACHE_HOME": str(cache)}
    return subprocess.Popen(
        [sys.executable, "-c", before + _OPEN, str(snapshot)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_equal_cards_give_equal_bytes() -> None:
    """The order of the cards and the hour of the day leave no trace."""
    assert write_snapshot(_cards(50)) == write_snapshot(reversed(_cards(50)))
    assert read_snapshot(write_snapshot(_cards(3))) == _cards(3)


def test_a_damaged_snapshot_is_an_error() -> None:
    data = write_snapshot(_cards(200))
    for broken in (data[: len(data) // 2], gzip.compress(b"\xff\xfe")):
        with pytest.raises(CatalogError, match="damaged"):
            read_snapshot(broken)


def test_an_id_twice_is_refused(tmp_path: Path) -> None:
    twice = gzip.compress(b'{"id":"a/b"}\n{"id":"a/b"}\n')
    with pytest.raises(CatalogError, match="twice"):
        compiled(twice, tmp_path)
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_a_kill_in_the_middle_leaves_no_half_catalog(tmp_path: Path) -> None:
    """Killed while it writes, the builder leaves scraps that no reader takes for a catalog and the next one clears."""
    folder = tmp_path / "model-advisor" / "catalog"
    snapshot = tmp_path / "models.jsonl.gz"
    snapshot.write_bytes(write_snapshot(_cards(5_000)))
    target = folder / key_for(Snapshot(snapshot.read_bytes()).digest)
    builder = _opener(tmp_path, snapshot, _TELL)
    assert builder.stdout is not None
    assert builder.stdout.readline() == "begun\n", builder.communicate()
    builder.send_signal(signal.SIGKILL)
    builder.communicate()
    assert builder.returncode == -signal.SIGKILL
    assert not target.exists()
    assert list(folder.glob("*.part-*"))

    # Two at once now: one builds, the other waits for it, both read the same.
    openers = [_opener(tmp_path, snapshot) for _ in range(2)]
    said = [opener.communicate() for opener in openers]
    assert [opener.returncode for opener in openers] == [0, 0], said
    assert said[0] == said[1]
    assert (target / DATABASE).is_file()
    assert not list(folder.glob("*.part-*"))


def test_a_cache_that_cannot_be_written_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file where the cache should be: the catalog works from a temporary folder and removes it."""
    blocked = tmp_path / "cache"
    blocked.write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    snapshot = tmp_path / "small.jsonl.gz"
    snapshot.write_bytes(write_snapshot(_cards(5)))
    with open_catalog(snapshot) as catalog:
        place = catalog.info().path
        assert len(catalog) == 5
        assert place.parent == tmp_path
    assert not place.exists()


def test_the_cache_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder().is_relative_to(tmp_path)


def test_a_second_opening_reuses_the_first(tmp_path: Path) -> None:
    """Nothing is compiled twice, and another snapshot has a place of its own."""
    first, second = write_snapshot(_cards(4)), write_snapshot(_cards(5))
    folder, _ = compiled(first, tmp_path)
    written = (folder / DATABASE).stat().st_mtime_ns
    assert compiled(first, tmp_path) == (folder, False)
    assert (folder / DATABASE).stat().st_mtime_ns == written
    assert compiled(second, tmp_path)[0] != folder


def test_a_damaged_database_is_an_error(tmp_path: Path) -> None:
    folder, _ = compiled(write_snapshot(_cards(4)), tmp_path)
    (folder / DATABASE).write_bytes(b"rubbish" * 1000)
    with pytest.raises(CatalogError, match="Delete its folder"):
        open_catalog(folder)


def test_an_empty_file_of_vectors_is_an_error(tmp_path: Path) -> None:
    """As a power cut leaves it."""
    folder, _ = compiled(write_snapshot(_cards(4)), tmp_path)
    (folder / "vectors.npy").write_bytes(b"")
    with open_catalog(folder) as catalog, pytest.raises(CatalogError, match="Delete its folder"):
        catalog.search("sort mails")


def test_a_description_has_topics_and_round_numbers() -> None:
    """A tag of the Hub's own machinery is no topic; 999.9 million are a billion."""
    card = ModelCard("o/m", parameters=999_885_952, tags=("text-generation-inference", "spam"))
    assert describe_card(card) == "Model of an unknown task for spam. 1 B parameters."
