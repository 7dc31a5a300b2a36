"""Examples from a data set of the Hub: one split of it, through the Hub's own client; none of its code runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import accumulate, chain
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.errors import InputError, OutOfReachError, one_line
from advisor.paths import at_home, is_folder
from advisor.system.source import place, quoted
from advisor.task.evaluations.known import hub_data
from advisor.task.hub_files import PLAIN_TEXTS, TABLES, Named, cached_file, meant, named, of_kind, one_of, shards
from advisor.task.packed import unpacked
from advisor.units import format_bytes

if TYPE_CHECKING:
    from huggingface_hub import DryRunFileInfo

    from advisor.task.model import Task

# Where the Hub keeps its Parquet conversions.
CONVERTED = "refs/convert/parquet"
MOST_BYTES = 1 << 30


def named_file(text: str, *, offline: bool = False) -> Path:
    """Return the file of examples that a text names: on this machine, or downloaded from the Hub.

    An archive is unpacked. InputError if the data set has no table or several, or an archive cannot be unpacked.
    OutOfReachError if the Hub does not provide it, or the disk is full.
    """
    found = named(text)
    path = unpacked(at_home(text)) if found is None else _fetched(found, offline=offline)
    if (data := hub_data(path)) is not None:  # a task on a data set of the Hub
        _fetched(data, offline=offline)
    return path


def examples_file(text: str, *, offline: bool = False) -> Path:
    """Return what holds the examples that a text names: for a folder, a table in or next to it that lists its files.

    Raises:
        InputError: as `named_file`, and for a folder that `datasets` saved.
        OutOfReachError: likewise.
    """
    path = named_file(text, offline=offline)
    if not is_folder(path):
        return path
    # No light library reads these safely: nanoarrow ends the process at some damaged ones.
    if (held := next(chain(path.glob("*.arrow"), path.glob("*/*.arrow")), None)) is not None:
        code = f"datasets.load_from_disk({str(held.parent)!r}).to_parquet('{held.parent.name}.parquet')"
        raise InputError(
            f"{place(path)}: was saved by Python's datasets, whose files are not read; {code} saves its rows"
        )
    from advisor.task.rows import table_of  # what reads files, 20 ms

    with suppress(OSError):  # reported when it is read
        return table_of(path) or path
    return path


def with_files(task: Task, folder: Path, *, offline: bool = False) -> Task:
    """Return a task whose examples, documents and training rows are local files, not on the Hub or in archives.

    Relative paths are relative to the folder.

    Raises:
        InputError: as `named_file`.
        OutOfReachError: likewise.
    """
    found = {}
    for name in ("examples", "documents", "teaching"):
        section = getattr(task, name)
        path = section.path if section is not None else None
        if path:
            whole = path if named(path) is not None else str(folder / path)
            file_of = examples_file if name == "examples" else named_file
            if (file := str(file_of(whole, offline=offline))) != whole:
                found[name] = section.model_copy(update={"path": file})
    return task.model_copy(update=found) if found else task


@contextmanager
def reached(dataset: str) -> Iterator[None]:
    """Turn errors of the Hub's client for a data set into one line; OutOfReachError with the reason."""
    from advisor.candidates.hub import DownloadError, reasons  # knows every engine

    try:
        with reasons(f"datasets/{dataset}"):
            yield
    except DownloadError as error:
        raise OutOfReachError(f"the data set {dataset} {error}") from None


def fetch(dataset: str, file: str, revision: str, size: int) -> Path:
    """Return a file of a data set, downloaded if its size in bytes is not 0.

    OutOfReachError if the Hub does not provide it, or the disk is full.
    """
    from huggingface_hub import hf_hub_download

    from advisor.candidates.hub import check_room

    check_room(size)
    with reached(dataset):
        return Path(hf_hub_download(dataset, file, repo_type="dataset", revision=revision, local_files_only=not size))


def _fetched(of: Named, *, offline: bool) -> Path:
    from huggingface_hub import is_offline_mode

    if offline or is_offline_mode():
        return cached_file(of)
    with reached(of.id):
        listed = _listed(of)
    files = [listed[name] for name in shards(one_of(of, list(listed)), listed)]
    sizes = list(accumulate(file.file_size or 0 for file in files))
    if sizes[0] > MOST_BYTES:
        first = one_line(files[0].filename, 80)
        raise InputError(f"{of.shown}: {first} has {format_bytes(sizes[0])}; 1 GiB can be read")
    path, *_ = (
        fetch(of.id, file.filename, file.commit_hash, (file.file_size or 0) if file.will_download else 0)
        for file, size in zip(files, sizes, strict=True)
        if size <= MOST_BYTES
    )
    with suppress(OutOfReachError):  # its card, for the licence; not every data set has one
        fetch(of.id, "README.md", of.revision or "main", 1)
    return path


def _listed(of: Named) -> dict[str, DryRunFileInfo]:
    """Return the data set's files with tables, of the preferred form, by name.

    DownloadError if the Hub is out of reach, or the data set has none.
    """
    from advisor.candidates.hub import DownloadError
    from advisor.candidates.weights import is_safe

    main = of.revision or "main"
    for revision, endings in ((main, TABLES), (CONVERTED, TABLES[:1]), (main, PLAIN_TEXTS)):
        if revision == CONVERTED and of.revision:  # only the newest revision is converted
            continue
        found = files_of(of.id, revision, [f"*{ending}" for ending in endings])
        files = {file.filename: file for file in found if is_safe(file.filename)}
        if names := of_kind(meant(of, files), endings):
            return {name: files[name] for name in names}
    where = f" below {one_line(of.path, 80)}" if of.path else ""
    split = f" of the split {quoted(of.split)}" if of.split else ""
    raise DownloadError(f"holds no table{where}{split}; name another")


def files_of(dataset: str, revision: str, patterns: list[str]) -> list[DryRunFileInfo]:
    """Return the files of a data set that match the patterns; none if the Hub has converted nothing.

    DownloadError if the Hub does not answer.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import DryRunError, RevisionNotFoundError

    from advisor.candidates.hub import DownloadError

    try:
        return list(
            snapshot_download(dataset, repo_type="dataset", revision=revision, allow_patterns=patterns, dry_run=True)
        )
    except RevisionNotFoundError:
        if revision == CONVERTED:
            return []
        raise DownloadError(f"has no revision {quoted(one_line(revision, 60))}; name another") from None
    except DryRunError as error:
        if getattr(error.__cause__, "response", None) is not None:  # an answer, which `reached` reports
            raise error.__cause__ from None  # type: ignore[misc]
        raise DownloadError("cannot be fetched: the Hub cannot be reached; try later") from None
