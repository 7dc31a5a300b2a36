"""Snapshots and spools: the same cards however they are read, damage reported, memory bounded."""

import gzip
import io
import json
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import CatalogError, ModelCard
from catalog.store import snapshot
from catalog.store.snapshot import Snapshot, Spool

LINES = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), max_size=40))


def packed(lines: list[str]) -> bytes:
    file = io.BytesIO()
    snapshot.write(lines, file)
    return file.getvalue()


@given(LINES)
def test_what_was_written_is_read(lines: list[str]) -> None:
    """Line by line, without empty ones; by gzip as well; no time is in the bytes."""
    written = packed(lines)
    assert list(Snapshot(written).lines()) == [line for line in lines if line]
    assert gzip.decompress(written) == "".join(f"{line}\n" for line in lines or [""]).encode()
    assert not any(written[4:8])


def test_a_file_and_bytes_are_one(tmp_path: Path) -> None:
    """Long enough for several chunks; the hash is of the bytes."""
    cards = [ModelCard(f"acme/{n}", description=str(n) * 200) for n in range(8_000)]
    path = tmp_path / "models.jsonl.gz"
    with snapshot.whole_file(path) as file:
        document = snapshot.write((card.to_json() for card in cards), file)
    assert list(Snapshot(path).cards()) == cards
    assert (document.digest, document.count) == (Snapshot(path).digest, len(cards))
    assert Snapshot(path.read_bytes()).digest == document.digest


def test_every_truncation_is_an_error() -> None:
    """A truncated snapshot is refused, wherever it ends."""
    whole = packed([json.dumps({"id": f"acme/{n}"}) for n in range(50)])
    for end in range(2, len(whole)):
        with pytest.raises(CatalogError, match="damaged"):
            list(Snapshot(whole[:end]).lines())


def test_a_line_without_end_is_refused() -> None:
    """A small file that unfolds to one endless line is given up long before it fills the memory."""
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(b"a" * 2**20) for _ in range(64)) + packer.flush()
    with pytest.raises(CatalogError, match="line without end"):
        list(Snapshot(bomb).lines())


def test_a_file_that_fails_is_not_there(tmp_path: Path) -> None:
    """Neither whole nor in part; what was there before stays."""
    path = tmp_path / "file"
    path.write_bytes(b"before")

    def fail() -> None:
        with snapshot.whole_file(path) as file:
            file.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == b"before"


def test_a_spool_is_a_sequence(tmp_path: Path) -> None:
    """Any place in any order, slices, the end; nothing is left on the disk."""
    cards = [ModelCard(f"acme/é{n}", tags=("x" * n,)) for n in range(30)]
    with Spool((card.to_json() for card in cards), tmp_path) as spool:
        assert len(spool) == 30
        assert list(spool) == cards
        assert [spool[at] for at in (29, 0, 15)] == [cards[29], cards[0], cards[15]]
        assert spool[3:7] == cards[3:7]
        with pytest.raises(IndexError):
            spool[30]
        assert not [path for path in tmp_path.iterdir() if path.stat().st_nlink and path.is_file()]
