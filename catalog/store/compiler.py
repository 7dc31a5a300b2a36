"""Compile model cards to a catalog: one folder with SQLite, columns and vectors, put in place atomically."""

import contextlib
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from catalog.card import ModelCard
from catalog.errors import CatalogError
from catalog.query import task_classifier
from catalog.store import bpe, cache
from catalog.store.bpe import PIECES
from catalog.store.database import Writer, document
from catalog.store.describe import describe_card
from catalog.store.encoder import WIDTH, StaticEncoder, encoder_folder, tokenizer_file
from catalog.store.snapshot import Snapshot, Spool, write

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Encode = Callable[[Sequence[ModelCard]], NDArray[np.float32]]

SCHEMA: Final = 21
DATABASE: Final = cache.DATABASE
_SNAPSHOT: Final = "models.jsonl.gz"
_LOCK_SECONDS: Final = 120.0
_BATCH: Final = 2_048


def shipped_snapshot() -> bytes:
    """The snapshot that the package carries; CatalogError if the installation lacks it."""
    try:
        return resources.files("catalog.data").joinpath(_SNAPSHOT).read_bytes()
    except OSError as error:
        raise CatalogError(
            f"The catalog's snapshot is missing from this installation ({error}). Reinstall it."
        ) from error


def read_snapshot(data: bytes) -> list[ModelCard]:
    """Read the cards of a snapshot: lines of JSON, gzipped or plain; CatalogError if it is damaged."""
    return list(Snapshot(data).cards())


def write_snapshot(cards: Iterable[ModelCard]) -> bytes:
    """The bytes of a snapshot: sorted by id, gzipped without a timestamp, so equal cards give equal bytes."""
    file = io.BytesIO()
    write((card.to_json() for card in sorted(cards, key=lambda c: (c.id.lower(), c.id))), file)
    return file.getvalue()


def cache_folder() -> Path:
    """Folder of compiled catalogs; ``XDG_CACHE_HOME`` moves it."""
    from platformdirs import user_cache_path  # 0.02 s

    return user_cache_path("model-advisor") / "catalog"


def key_for(digest: str) -> str:
    """Name of the compiled form, from the snapshot's SHA-256 and the schema."""
    return f"{digest[:20]}-{SCHEMA}"


def compiled(snapshot: bytes | Snapshot, parent: Path | None = None) -> tuple[Path, bool]:
    """The folder of the compiled snapshot, compiled now if necessary.

    Safe with any number of processes at once and with a kill at any moment: the folder appears complete, by
    rename, or not at all.

    Returns:
        The folder, and whether it is temporary (the cache cannot be written; the caller deletes it).

    Raises:
        CatalogError: No folder can be written, or the snapshot is damaged.
    """
    snapshot = Snapshot(snapshot) if isinstance(snapshot, bytes) else snapshot
    key = key_for(snapshot.digest)
    parent = parent or cache_folder()
    target = parent / key
    if (target / DATABASE).is_file():
        cache.touch(target)
        return target, False
    from filelock import FileLock, Timeout  # 0.05 s, needed only to build

    try:
        parent.mkdir(parents=True, exist_ok=True)
        with FileLock(parent / f"{key}.lock", timeout=_LOCK_SECONDS):
            if not (target / DATABASE).is_file():
                for left in parent.glob(f"{key}{cache.PART}*"):  # of a killed builder: the lock is held
                    shutil.rmtree(left, ignore_errors=True)
                scratch = Path(tempfile.mkdtemp(prefix=f"{key}{cache.PART}", dir=parent))
                try:
                    _compile(snapshot, scratch)
                    if target.exists():  # incomplete: changed by hand
                        shutil.rmtree(target)
                    scratch.replace(target)
                finally:
                    shutil.rmtree(scratch, ignore_errors=True)
                cache.prune(parent, keep={key})
    except (OSError, Timeout):
        if isinstance(snapshot.source, Path) and not snapshot.source.exists():
            raise  # not the cache's fault
        return _compiled_apart(snapshot), True
    return target, False


def _compiled_apart(snapshot: Snapshot) -> Path:
    """Compile a private copy, for a full or read-only disk, or a lock held for minutes."""
    scratch = Path(tempfile.mkdtemp(prefix="model-advisor-catalog-"))
    try:
        _compile(snapshot, scratch)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    return scratch


def _compile(snapshot: Snapshot, folder: Path) -> None:
    with Spool(snapshot.lines(), folder) as cards:
        compile_cards(cards, folder, snapshot_hash=snapshot.digest)


def compile_cards(
    cards: Sequence[ModelCard], folder: Path, *, snapshot_hash: str = "", encode: "Encode | None" = None
) -> None:
    """Write a compiled catalog of the cards into an existing, empty folder; rows are in order of standing.

    The cards, in any order, are iterated twice and never copied, so for millions a sequence can create them lazily. The
    database gets its final name last, when it is complete. ``encode`` makes one unit vector per card, in place of the
    text encoder. CatalogError if two cards have one id.
    """
    from catalog.store.vectors import Vectors  # numpy

    unfinished = folder / f"{DATABASE}.part"
    _write(cards, folder, unfinished, snapshot_hash, encode)
    _trim()  # the memory of writing is free now
    Vectors.invert(folder)
    unfinished.replace(folder / DATABASE)


def _write(cards: Sequence[ModelCard], folder: Path, path: Path, snapshot_hash: str, encode: "Encode | None") -> None:
    from catalog.store.column_builder import ColumnBuilder  # numpy
    from catalog.store.grouping import ranking
    from catalog.store.vectors import Vectors

    order, figures, group = ranking(cards)
    home = encoder_folder()
    columns = ColumnBuilder(len(cards))
    with contextlib.ExitStack() as stack:
        database = Writer(path, len(cards))
        stack.callback(database.close)
        encoder = stack.enter_context(StaticEncoder(home))

        def vectors() -> "Iterator[NDArray[np.float32]]":
            for start in range(0, len(order), _BATCH):
                batch = [cards[at] for at in order[start : start + _BATCH].tolist()]
                batch = [c if c.description else replace(c, description=describe_card(c)) for c in batch]
                documents = [document(card) for card in batch]
                database.add(start, batch, documents)
                for card in batch:
                    columns.add(card)
                yield encode(batch) if encode else encoder.encode([" ".join(words) for words in documents])

        Vectors.write(folder, vectors(), len(cards), WIDTH)
        bpe.write(folder / PIECES, tokenizer_file(home))
        task_classifier.load(folder, encoder.encode)
        columns.save(folder, figures, group)
        meta = {
            "schema": str(SCHEMA),
            "snapshot": snapshot_hash,
            "built": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        database.finish(meta.items())


def _trim() -> None:
    """Return freed memory to the system if the C library is glibc, which otherwise keeps it."""
    import ctypes  # needed only to build

    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def is_compiled(path: Path) -> bool:
    return os.path.isdir(path) and (path / DATABASE).is_file()  # noqa: PTH112 - accepts what is_dir raises on
