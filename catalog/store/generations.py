"""The catalog in use: snapshots landed by refreshes and imports, and the pointer to the current one.

A generation is a snapshot file named by its hash; its compiled form is in the cache, like that of the shipped
snapshot, and is compiled again when a new version of the program changes the layout. A small pointer file names the
generation in use. It is replaced by rename, after everything else is in place, so a process that opens the catalog
meanwhile gets the old one or the new one.
"""

import contextlib
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from catalog.errors import CatalogError
from catalog.store.cache import prune, touch
from catalog.store.compiler import DATABASE, cache_folder, compiled, key_for, shipped_snapshot
from catalog.store.snapshot import Snapshot, whole_file, write

Origin = Literal["refresh", "import"]

_FORMAT: Final = 1
_POINTER: Final = "current.json"
_LOCK: Final = "landing.lock"
_ARRIVING: Final = "arriving.jsonl.gz"
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Generation:
    """One landed catalog."""

    snapshot: str  # SHA-256 of its snapshot file.
    origin: Origin  # What landed it.
    landed: str  # Time of landing, ISO.
    count: int  # Models in it.


@dataclass(frozen=True, slots=True)
class Generations:
    """Contents of the pointer file."""

    current: Generation | None  # The catalog in use.
    previous: Generation | None = None  # The previous one, to go back to; ``None`` is the shipped snapshot.
    base: str | None = None  # Hash of the imported snapshot that refreshes build on; ``None`` is the shipped snapshot.
    previous_base: str | None = None  # The same of the previous one.


def home() -> Path:
    """The folder of landed catalogs and of the refresh's journal; ``XDG_DATA_HOME`` moves it."""
    from platformdirs import user_data_path  # 0.02 s

    return user_data_path("model-advisor", appauthor=False) / "catalog"


@contextlib.contextmanager
def exclusive() -> Iterator[None]:
    """Hold the lock under which catalogs are refreshed, imported and rolled back; a kill releases it.

    CatalogError if another process holds it, OSError if the data folder cannot be written.
    """
    from filelock import FileLock, Timeout  # 0.05 s, needed only to change something

    folder = home()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / _LOCK, timeout=0):
            yield
    except Timeout as error:
        raise CatalogError(
            "Another refresh or import of the catalog is under way. Wait until it ends; searches go on meanwhile."
        ) from error


def read_generations() -> Generations:
    """The generations in use; CatalogError if the pointer file is damaged."""
    path = home() / _POINTER
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != _FORMAT:
            raise CatalogError(
                f"The catalog in {home()} was landed by another version of this program. Upgrade, or delete {path}."
            )
        current, previous = (data[name] and Generation(**data[name]) for name in ("current", "previous"))
        return Generations(current, previous, data["base"], data.get("previous_base", data["base"]))
    except FileNotFoundError:
        return Generations(None)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CatalogError(
            f"The file {path} that says which catalog is in use cannot be read ({error}). Delete it to go on with the "
            "shipped catalog, then refresh."
        ) from error


def current_folder() -> tuple[Path, bool]:
    """Folder of the compiled catalog in use, and whether it is temporary; the shipped snapshot's if none was landed.

    CatalogError if it is damaged.
    """
    for attempt in range(_TRIES):
        current = read_generations().current
        if current is None:
            return compiled(shipped_snapshot())
        folder = cache_folder() / key_for(current.snapshot)
        if (folder / DATABASE).is_file():
            touch(folder)
            return folder, False
        try:
            return compiled(snapshot(current.snapshot))
        except FileNotFoundError as error:
            # Two catalogs may land between reading the pointer and the file; then the pointer has changed.
            if attempt == _TRIES - 1:
                raise CatalogError(
                    f"The snapshot of the catalog in use is gone from {home()} ({error}). Go back to the one before "
                    "with `advisor catalog refresh --rollback`, or refresh."
                ) from error
    raise AssertionError  # the loop returns or raises


def is_ready() -> bool:
    """Whether the catalog in use is compiled, so that it opens quickly; CatalogError if its pointer is damaged."""
    current = read_generations().current
    digest = Snapshot(shipped_snapshot()).digest if current is None else current.snapshot
    return (cache_folder() / key_for(digest) / DATABASE).is_file()


def snapshot(digest: str) -> Snapshot:
    """The snapshot with that SHA-256; FileNotFoundError, or CatalogError if its bytes do not match."""
    path = _snapshot_path(digest)
    if Snapshot(path).digest != digest:
        raise CatalogError(f"The catalog's file {path} is damaged. Delete it, then refresh or import again.")
    return Snapshot(path, digest)


def current_snapshot() -> Snapshot:
    """The snapshot in use, the shipped one if none was landed; CatalogError if it is missing or damaged."""
    current = read_generations().current
    if current is None:
        return Snapshot(shipped_snapshot())
    try:
        return snapshot(current.snapshot)
    except OSError as error:
        raise CatalogError(f"The snapshot of the catalog in use cannot be read ({error}). Refresh it.") from error


def base_snapshot() -> Snapshot:
    """The snapshot that a refresh builds on: the last imported, else the shipped; CatalogError if damaged."""
    base = read_generations().base
    try:
        return Snapshot(shipped_snapshot()) if base is None else snapshot(base)
    except OSError as error:
        raise CatalogError(
            f"The imported catalog that refreshes build on cannot be read ({error}). Import it again."
        ) from error


def land(lines: Iterable[str], origin: Origin) -> tuple[Generation, bool]:
    """Put cards into use, under the lock of :func:`exclusive`.

    Killed at any moment, it leaves the old or the new catalog in use; called again, it finishes. The cards' lines of
    JSON are sorted as in a snapshot, and streamed.

    Returns:
        The generation in use, and whether it differs from the previous one.

    Raises:
        CatalogError: Two cards have one id.
        OSError: The disk is full or cannot be written.
    """
    arriving = home() / "snapshots" / _ARRIVING
    with whole_file(arriving) as file:
        written = write(lines, file)
    digest = written.digest
    path = arriving.replace(_snapshot_path(digest))
    folder, temporary = compiled(Snapshot(path, digest))
    if temporary:  # the cache cannot be written; each reader compiles its own
        shutil.rmtree(folder, ignore_errors=True)
    old = read_generations()
    base = digest if origin == "import" else old.base
    if old.current is not None and old.current.snapshot == digest:
        if base != old.base:
            _point(replace(old, base=base))
        return old.current, False
    now = datetime.now(UTC).isoformat(timespec="seconds")
    new = Generation(digest, origin, now, written.count)
    _point(Generations(new, old.current, base, old.base))
    _prune()
    return new, True


def rollback() -> Generation | None:
    """Go back to the previous catalog, and to what refreshes of it build on; a second call undoes the first.

    Returns the generation now in use, ``None`` for the shipped snapshot; CatalogError if nothing was ever landed, or
    the previous catalog is damaged.
    """
    with exclusive():
        old = read_generations()
        if old.current is None and old.previous is None:
            raise CatalogError("There is no earlier catalog to go back to: the shipped one is in use.")
        if old.previous is not None:
            try:
                folder, temporary = compiled(snapshot(old.previous.snapshot))
            except OSError as error:
                raise CatalogError(f"The catalog before the present one cannot be read ({error}). Refresh.") from error
            if temporary:
                shutil.rmtree(folder, ignore_errors=True)
        _point(Generations(old.previous, old.current, old.previous_base, old.base))
        return old.previous


def _snapshot_path(digest: str) -> Path:
    return home() / "snapshots" / f"{digest[:20]}.jsonl.gz"


def _point(new: Generations) -> None:
    data = {"format": _FORMAT, **asdict(new)}
    with whole_file(home() / _POINTER) as file:
        file.write(json.dumps(data, indent=1).encode())


def _prune() -> None:
    """Remove unreferenced snapshots, half-written files and unneeded compiled forms."""
    now = read_generations()
    landed = {g.snapshot for g in (now.current, now.previous) if g}
    needed = {_snapshot_path(digest).name for digest in (*landed, now.base, now.previous_base) if digest}
    dropped = []
    for path in (home() / "snapshots").iterdir():
        if path.name not in needed:
            dropped.append(path.name.partition(".")[0])
            path.unlink(missing_ok=True)
    for path in home().glob(f"{_POINTER}.part-*"):
        path.unlink(missing_ok=True)
    kept = [*landed, *([] if now.current and now.previous else [Snapshot(shipped_snapshot()).digest])]
    prune(cache_folder(), keep={key_for(digest) for digest in kept}, dropped=dropped)
