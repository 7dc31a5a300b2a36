"""Examples from a data set of the Hub: one file of it, through the Hub's own client; nothing of its code runs."""

from __future__ import annotations

import re
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from advisor.errors import InputError, OutOfReachError, one_line
from advisor.paths import at_home
from advisor.system.source import quoted
from advisor.units import counted, format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from huggingface_hub import DryRunFileInfo

# Where the Hub keeps what it converts to Parquet.
CONVERTED = "refs/convert/parquet"
MOST_BYTES = 1 << 30
MOST_LISTED = 8
# JSON beside a script that loads a data set describes it; so the Hub's own conversion comes before it.
_TABLES = (".parquet", ".csv", ".tsv", ".jsonl", ".ndjson", ".xlsx")
_TEXTS = (".json", ".txt")
_NAMED = re.compile(
    r"(?:hf:/{1,2}datasets/|https:/{1,2}[\w.-]+/datasets/)"  # a path has lost one of two slashes
    r"(?P<id>[\w.-]+/[\w.-]+?)(?:@(?P<revision>[\w./~-]+?))?(?:/(?P<path>(?!tree/|blob/|viewer)[^?#]+?))?"
    r"(?:/(?:tree|blob|viewer)(?:/[^?#]*)?)?/?(?:[?#].*)?"
)
# What teaches models least comes first, of that what has its labels for sure.
_SPLITS = (("validation", "valid", "val", "dev"), ("test",), ("",), ("train", "training"))
_SPLIT = re.compile(rf"(?<![a-z])({'|'.join(word for words in _SPLITS for word in words if word)})(?![a-z])")
_SHARD = re.compile(r"[-_.]?\d{4,}(?:-of-\d+)?")


class Named(NamedTuple):
    """A data set that a text names, what of it, and at which revision; "" is all of it, and the newest."""

    id: str
    revision: str
    path: str


def named(text: str) -> Named | None:
    """Return the data set of the Hub that a text names, by "hf://datasets/owner/name/..." or its address; else None."""
    found = _NAMED.fullmatch(text.strip())
    return None if found is None else Named(found["id"], found["revision"] or "", (found["path"] or "").strip("/"))


def named_file(text: str, *, offline: bool = False) -> Path:
    """Return the file of examples that a text names: of this machine, or of the Hub, fetched if it is not here.

    Raises:
        InputError: if the data set holds no table, or several.
        OutOfReachError: if the Hub does not give it, or there is no room for it.
    """
    found = named(text)
    return at_home(text) if found is None else _fetched(found, offline=offline)


def origin(path: Path) -> str:
    """Return which data set of the Hub a file in its cache is of, "" for any other."""
    parts = path.parts
    at = next((at for at, part in enumerate(parts) if part.startswith("datasets--")), None)
    if at is None or parts[at + 1 : at + 2] != ("snapshots",):
        return ""
    owner, _, name = parts[at].removeprefix("datasets--").partition("--")
    return f"{owner}/{name}, {'/'.join(parts[at + 3 :])}"


@contextmanager
def reached(dataset: str) -> Iterator[None]:
    """Turn what the Hub's client raises of a data set into one line.

    Raises:
        OutOfReachError: with the reason.
    """
    from advisor.candidates.hub import DownloadError, reasons  # knows every engine

    try:
        with reasons(f"datasets/{dataset}"):
            yield
    except DownloadError as error:
        raise OutOfReachError(f"the data set {dataset} {error}") from None


def fetch(dataset: str, file: str, revision: str, size: int) -> Path:
    """Return a file of a data set, downloaded where its size in bytes is not 0.

    Raises:
        OutOfReachError: if the Hub does not give it, or there is no room for it.
    """
    from huggingface_hub import hf_hub_download

    from advisor.candidates.hub import check_room

    check_room(size)
    with reached(dataset):
        return Path(hf_hub_download(dataset, file, repo_type="dataset", revision=revision, local_files_only=not size))


def cached(dataset: str) -> dict[str, Path]:
    """Return the files of a data set that were fetched before, by their names in it."""
    from huggingface_hub.constants import HF_HUB_CACHE
    from huggingface_hub.file_download import repo_folder_name

    snapshots = Path(HF_HUB_CACHE) / repo_folder_name(repo_id=dataset, repo_type="dataset") / "snapshots"
    return {path.relative_to(snapshots).as_posix().partition("/")[2]: path for path in snapshots.glob("*/**/*.*")}


def _fetched(of: Named, *, offline: bool) -> Path:
    from huggingface_hub import is_offline_mode

    if offline or is_offline_mode():
        files = cached(of.id)
        for endings in (_TABLES, _TEXTS):
            if names := _of_kind(_below(of, files), endings):
                return files[one_of(of, names)]
        raise OutOfReachError(
            f"{_shown(of)} is not in the Hub's cache, and the Hub is not asked; go online, or name a file"
        )
    with reached(of.id):
        listed = _listed(of)
    file = listed[one_of(of, list(listed))]
    size = file.file_size or 0
    if size > MOST_BYTES:
        raise InputError(f"{_shown(of)}: {one_line(file.filename, 80)} has {format_bytes(size)}; 1 GiB can be read")
    return fetch(of.id, file.filename, file.commit_hash, size if file.will_download else 0)


def _listed(of: Named) -> dict[str, DryRunFileInfo]:
    """Return the files with tables, of the likeliest form, by name.

    Raises:
        DownloadError: if the Hub is out of reach, or the data set has none.
    """
    from advisor.candidates.hub import DownloadError
    from advisor.candidates.weights import is_safe

    main = of.revision or "main"
    for revision, endings in ((main, _TABLES), (CONVERTED, _TABLES[:1]), (main, _TEXTS)):
        found = files_of(of.id, revision, [f"*{ending}" for ending in endings])
        files = {file.filename: file for file in found if is_safe(file.filename)}
        if names := _of_kind(_below(of, files), endings):
            return {name: files[name] for name in names}
    raise DownloadError(f"holds no table{f' below {one_line(of.path, 80)}' if of.path else ''}; name another")


def files_of(dataset: str, revision: str, patterns: list[str]) -> list[DryRunFileInfo]:
    """Return the files of a data set that fit some patterns; none where the Hub has converted nothing.

    Raises:
        DownloadError: if the Hub does not say.
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
        if getattr(error.__cause__, "response", None) is not None:  # what it answered, which `reached` tells
            raise error.__cause__ from None  # type: ignore[misc]
        raise DownloadError("cannot be fetched: the Hub cannot be reached; try later") from None


def _below(of: Named, names: Iterable[str]) -> list[str]:
    return [name for name in names if not of.path or name == of.path or name.startswith(f"{of.path}/")]


def _of_kind(names: Sequence[str], endings: Sequence[str]) -> list[str]:
    """Return the names with the first of some endings that any has."""
    kinds = ([name for name in names if name.lower().endswith(ending)] for ending in endings)
    return next((kind for kind in kinds if kind), [])


def one_of(of: Named, names: Sequence[str]) -> str:
    """Return the file to take: of one table's splits that which taught models least, of its shards the first.

    Raises:
        InputError: if they are several tables.
    """
    tables = {key: list(some) for key, some in groupby(sorted(names, key=_table), key=_table)}
    if len(tables) > 1:
        folders = list(dict.fromkeys(_shortest(some) for some in tables.values()))
        listed = ", ".join(quoted(one_line(each, 60)) for each in folders[:MOST_LISTED])
        more = f" and {len(folders) - MOST_LISTED} more" if len(folders) > MOST_LISTED else ""
        raise InputError(
            f"{_shown(of)} holds {counted(len(tables), 'table')}: {listed}{more}; name one of them, "
            f"e.g. hf://datasets/{of.id}/{one_line(folders[0], 60)}"
        )
    return min(names, key=lambda name: (_split(name), name))


def _table(name: str) -> str:
    """Return what a file's name has besides its split and its shard."""
    return _SHARD.sub("", _SPLIT.sub("", str(PurePosixPath(name).with_suffix("")).lower())).strip("-_./")


def _shortest(names: Sequence[str]) -> str:
    """Return what names a table: its folder, where no other is in it, else its first file."""
    folder = str(PurePosixPath(names[0]).parent)
    return names[0] if folder == "." or len(names) == 1 else folder


def _split(name: str) -> int:
    found = _SPLIT.search(name.lower())
    return next(at for at, words in enumerate(_SPLITS) if (found[1] if found else "") in words)


def _shown(of: Named) -> str:
    return f"the data set {of.id}{f'/{one_line(of.path, 80)}' if of.path else ''}"
