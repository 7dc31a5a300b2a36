"""Data sets of the Hub: how a text names one, which file is meant, and what the cache holds."""

import re
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from advisor.errors import InputError, OutOfReachError, one_line
from advisor.system.source import quoted
from advisor.units import counted

# JSON next to a script that loads a data set is its description; the Hub's own conversion comes before it.
TABLES = (".parquet", ".csv", ".tsv", ".jsonl", ".ndjson", ".xlsx")
PLAIN_TEXTS = (".json", ".txt")
MOST_LISTED, MOST_CARD = 8, 1 << 20
_REVISION = r"refs/(?:convert|pr)/[\w.-]+|[\w.~-]+"
_NAMED = re.compile(
    r"(?:.*/)?(?:hf:/{1,2}datasets/|https:/{1,2}[\w.-]+/datasets/)"  # a path keeps only one of two slashes
    rf"(?P<id>[\w.-]+/[\w.-]+?)(?:@(?P<revision>{_REVISION}))?"
    rf"(?:/(?P<path>(?!tree/|blob/|viewer)[^?#@]+?)(?:@(?P<later>{_REVISION}))?)?"
    rf"(?:/(?:tree|blob)/(?:main|(?P<branch>{_REVISION}))(?:/(?P<below>[^?#]*))?|/viewer(?:/[^?#]*)?)?/?(?:\?[^#]*)?(?:#(?P<split>[\w.-]*))?"
)
# Splits least used for training come first, those with certain labels before others.
_SPLITS = (("validation", "valid", "val", "dev"), ("test",), ("",), ("train", "training"))
_SPLIT = re.compile(rf"(?<![a-z])({'|'.join(word for words in _SPLITS for word in words if word)})(?![a-z])")
_SHARD = re.compile(r"[-_.]?\d{4,}(?:-of-\d+)?")
# "0000.parquet", "train-00000-of-00003.parquet", "train-00000-of-00003-6ef3ab12.parquet".
_FIRST_SHARD = re.compile(r"(.*?)(?<!\d)(0{4,})((?:-of-\d+)?)(?:-[0-9a-f]{8,})?(\.\w+)")


class Named(NamedTuple):
    """A data set named in a text: its folder, file or configuration, revision and split; "" leaves it open."""

    id: str
    revision: str
    path: str
    split: str = ""

    @property
    def shown(self) -> str:
        """The data set in a message."""
        return f"the data set {self.id}{f'/{one_line(self.path, 80)}' if self.path else ''}"


def named(text: str) -> Named | None:
    """Return the data set of the Hub that a text names as hf://datasets/OWNER/NAME[/CONFIG][@REVISION][#SPLIT].

    The Hub's URL works as well, and a file's path instead of the configuration; None for any other text.
    """
    found = _NAMED.fullmatch(text.strip())
    if found is None:
        return None
    revision = found["revision"] or found["later"] or found["branch"] or ""
    path = found["path"] or found["below"] or ""
    return Named(found["id"], revision, path.strip("/"), found["split"] or "")


def in_full(text: str) -> str:
    """Return the hf:// address of a data set of the Hub for an id, OWNER/NAME; "" for a text that is none."""
    is_id = re.fullmatch(r"[\w.-]+/[\w.-]+", text) is not None and not Path(text).suffix
    return f"hf://datasets/{text}" if is_id else ""


def origin(path: Path) -> str:
    """Return the Hub's data set of a cached file, and its licence; "" for other files."""
    parts = path.parts
    if (at := _in_cache(path)) is None:
        return ""
    owner, _, name = parts[at].removeprefix("datasets--").partition("--")
    licence = licence_of(f"{owner}/{name}") or "its card names no licence"
    more = f" and {counted(others, 'further shard')}" if (others := len(shards_of(path)) - 1) else ""
    return f"{owner}/{name}, {'/'.join(parts[at + 3 :])}{more} ({licence})"


def shards_of(path: Path) -> list[Path]:
    """Return the files to read: all shards of a split for its first shard in the Hub's cache, else the file alone."""
    if _in_cache(path) is None or not path.is_file():
        return [path]
    return [path.with_name(name) for name in shards(path.name, [each.name for each in path.parent.iterdir()])]


def _in_cache(path: Path) -> int | None:
    """Return the index of the data set's folder in a path of the Hub's cache; None for other paths."""
    parts = path.parts
    at = next((at for at, part in enumerate(parts) if part.startswith("datasets--")), None)
    return None if at is None or parts[at + 1 : at + 2] != ("snapshots",) else at


def shards(name: str, names: Iterable[str]) -> list[str]:
    """Return the existing shards of a split that begin with this one; for other files its own name."""
    found = _FIRST_SHARD.fullmatch(name)
    if found is None:
        return [name]
    before, zeros, of, ending = map(re.escape, found.groups())
    pattern = re.compile(rf"{before}\d{{{len(zeros)}}}{of}(?:-[0-9a-f]{{8,}})?{ending}")
    return sorted(filter(pattern.fullmatch, names))


def licence_of(dataset: str) -> str:
    """Return the licence in a data set's cached card, "" if there is none."""
    from huggingface_hub import metadata_load

    card = cached(dataset).get("README.md")
    said: object = None
    if card is not None and card.stat().st_size <= MOST_CARD:
        with suppress(Exception):  # cards are written by hand and may be invalid YAML
            said = (metadata_load(card) or {}).get("license")
    names = said if isinstance(said, list) else [said]
    return ", ".join(one_line(name, 60) for name in names[:MOST_LISTED] if isinstance(name, str))


def cached(dataset: str, revision: str = "") -> dict[str, Path]:
    """Return the cached files of a data set, of one revision or any, by name; the newest last."""
    from huggingface_hub.constants import HF_HUB_CACHE
    from huggingface_hub.file_download import repo_folder_name

    folder = Path(HF_HUB_CACHE) / repo_folder_name(repo_id=dataset, repo_type="dataset")
    ref = folder / "refs" / revision
    commit = ref.read_text(encoding="utf-8").strip() if revision and ref.is_file() else revision
    held = [each for each in folder.glob("snapshots/*") if each.name.startswith(commit)]
    held.sort(key=lambda each: each.stat().st_mtime_ns)
    return {path.relative_to(each).as_posix(): path for each in held for path in each.glob("**/*.*")}


def cached_file(of: Named) -> Path:
    """Return the cached file that is meant. InputError if there are several. OutOfReachError if there is none."""
    files = cached(of.id, of.revision)
    for endings in (TABLES, PLAIN_TEXTS):
        if names := of_kind(meant(of, files), endings):
            return files[one_of(of, names)]
    raise OutOfReachError(
        f"{of.shown} is not in the Hub's cache, and the Hub is not asked",
        ways=("without --offline: asks the Hub for it", "--examples FILE: a file on this disk"),
    )


def meant(of: Named, names: Collection[str]) -> list[str]:
    """Return the files below the path and of the split; a first shard stands for all of its split."""
    named = shards(of.path, names)
    below = [name for name in names if not of.path or name in named or name.startswith(f"{of.path}/")]
    return [name for name in below if not of.split or is_split(name, of.split)]


def is_split(name: str, split: str) -> bool:
    """Return whether a file's name marks it as a split's: "en/test/0000.parquet", "mails_test.csv"."""
    return re.search(rf"(?<![a-z0-9]){re.escape(split.lower())}(?![a-z]|[_-][a-z])", name.lower()) is not None


def of_kind(names: Sequence[str], endings: Sequence[str]) -> list[str]:
    """Return the names with the first ending that occurs."""
    kinds = ([name for name in names if name.lower().endswith(ending)] for ending in endings)
    return next((kind for kind in kinds if kind), [])


def one_of(of: Named, names: Sequence[str]) -> str:
    """Return the file to use: of one table's splits the one least used for training, of its shards the first.

    InputError if there are several tables.
    """
    tables = {key: list(some) for key, some in groupby(sorted(names, key=_table), key=_table)}
    if len(tables) > 1:
        folders = list(dict.fromkeys(_shortest(some) for some in tables.values()))
        listed = ", ".join(quoted(one_line(each, 60)) for each in folders[:MOST_LISTED])
        more = f" and {len(folders) - MOST_LISTED} more" if len(folders) > MOST_LISTED else ""
        raise InputError(
            f"{of.shown} holds {counted(len(tables), 'table')}: {listed}{more}; name one of them, "
            f"e.g. hf://datasets/{of.id}/{one_line(folders[0], 60)}"
        )
    return min(names, key=lambda name: (_rank(name), name))


def _table(name: str) -> str:
    """Return a file's name without its split and its shard."""
    return _SHARD.sub("", _SPLIT.sub("", str(PurePosixPath(name).with_suffix("")).lower())).strip("-_./")


def _shortest(names: Sequence[str]) -> str:
    """Return the name of a table: its folder if it is alone there, else its first file."""
    folder = str(PurePosixPath(names[0]).parent)
    return names[0] if folder == "." or len(names) == 1 else folder


def _rank(name: str) -> int:
    found = _SPLIT.search(name.lower())
    return next(at for at, words in enumerate(_SPLITS) if (found[1] if found else "") in words)
