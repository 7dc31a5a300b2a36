"""Borrows a public labelled data set of a task's shape, for a user who has no examples yet.

What a run proves on it is about that data set, not about the user's inputs, as the note next to the file and the report
say. `stand_ins.jsonl` lists the data sets. Ids, splits and licences are those of the Hub's dataset cards and of mteb
2.26.24's task metadata (Apache-2.0); a licence that a card does not name, or on which the two differ, is None; a copy
has that of its original.
"""

import csv
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from advisor.errors import InputError, OutOfReachError
from advisor.families import family as family_of
from advisor.interview.files.columns import is_empty, shown
from advisor.interview.files.hub_dataset import CONVERTED, fetch, files_of, reached
from advisor.interview.files.proposal import MOST_LABELS
from advisor.task.hub_files import cached
from advisor.task.parquet_rows import parquet_columns
from advisor.task.rows import read_rows
from advisor.units import format_bytes

EXAMPLES, NOTE = "examples.csv", "STAND-IN.txt"
WANTED = 200
TRANSLATION = "translation"
AT_A_TIME = 100


@dataclass(frozen=True, slots=True)
class StandIn:
    """A data set: what of it is read, and how; of a translation the languages are source and target.

    Attributes:
        expected: Columns with what is expected, the first that the file has.
        names: What numbers in the expected column stand for, in order; empty: it holds no numbers.
        path: Of an answer within an object, e.g. "text" in SQuAD's answers.
        is_turned: Whether it is a translation read from its target to its source; both ways come from one file.
    """

    id: str
    config: str
    split: str
    families: tuple[str, ...]
    languages: tuple[str, ...]
    input: dict[str, str]
    expected: tuple[str, ...]
    about: str
    licence: str | None = None
    names: tuple[str, ...] = ()
    path: str = ""
    is_turned: bool = False

    @property
    def key(self) -> str:
        """How an answer names it."""
        return f"{self.id}:{self.config}" + (f":{'-'.join(self.languages)}" if self.is_turned else "")

    @property
    def family(self) -> str:
        """The family it is made for."""
        return self.families[0]


def _read(line: str) -> StandIn:
    row = json.loads(line)
    lists = {name: tuple(row[name]) for name in ("families", "languages", "expected", "names") if name in row}
    return StandIn(**row | lists)


STAND_INS = tuple(map(_read, Path(__file__).with_name("stand_ins.jsonl").read_text(encoding="utf-8").splitlines()))


class Offer(NamedTuple):
    """A stand-in that can be had: its file in the repository, the commit, and its bytes, 0 to fetch if it is cached."""

    stand_in: StandIn
    file: str
    revision: str
    size: int
    to_fetch: int

    def sentence(self) -> str:
        """Return in words what is offered, what it costs, and what it is not."""
        of = self.stand_in
        licence = of.licence or "its card names no licence"
        cost = f"{format_bytes(self.to_fetch)} to download" if self.to_fetch else "in the cache already"
        return (
            f"{of.id} ({of.config}, {of.split}): {of.about}; {licence}; {cost}. A stand-in: what it proves is about "
            "this data, not about yours."
        )


def offers(family: str, languages: Sequence[str] = ()) -> tuple[StandIn, ...]:
    """Return the data sets of a family's shape: those in the task's languages first, then English ones, then others.

    Languages are ISO 639-1 codes; of a translation source and target in this order, "" for one that is not known.
    """
    wanted = set(languages)

    def distance(of: StandIn) -> int:
        if family == TRANSLATION:  # the languages of the other direction are no match
            met = sum(one == other for one, other in zip(of.languages, languages, strict=False))
            return 5 - 2 * met - bool(wanted & set(of.languages))
        if not of.languages or (wanted and wanted <= set(of.languages)):
            return 0
        shared = len(wanted & set(of.languages))
        return 3 - shared if of.languages[0] != "en" else 1

    return tuple(sorted((of for of in STAND_INS if family in of.families), key=distance))


def look_up(stand_in: StandIn, *, offline: bool = False) -> Offer:
    """Return what borrowing a data set would take, moving nothing; `offline` asks the cache alone.

    The Hub makes Parquet files of every public data set, of a very large one of a part; else it may have its own.

    Raises:
        OutOfReachError: if it is not in the cache and the Hub is out of reach, or does not give it.
    """
    from huggingface_hub import is_offline_mode

    config, split = stand_in.config, stand_in.split
    converted = [f"{config}/{prefix}{split}/0000.parquet" for prefix in ("", "partial-")]
    if offline or is_offline_mode():
        held = cached(stand_in.id)
        found = [name for name in converted if name in held] or [
            name
            for name in sorted(held)
            if name.endswith(".parquet")
            and config in ("default", *name.split("/"))
            and any(split in part for part in name.split("/"))
        ]
        if found:
            path = held[found[0]]
            return Offer(stand_in, found[0], path.parents[found[0].count("/")].name, path.stat().st_size, 0)
        raise OutOfReachError(
            f"the data set {stand_in.id} is not in the cache, and the Hub is not asked; go online, or label some "
            "examples of your own"
        )
    folders = [f"{config}/"] if config != "default" else ["data/", "", "default/"]
    own = [f"{folder}{split}{rest}.parquet" for folder in folders for rest in ("-*", "/*")]
    with reached(stand_in.id):
        files = files_of(stand_in.id, CONVERTED, converted) or files_of(stand_in.id, "main", own)
    if not files:
        raise OutOfReachError(
            f"the data set {stand_in.id} has no Parquet file of {config}, {split} on the Hub; take another"
        )
    first = min(files, key=lambda file: file.filename)
    size = first.file_size or 0
    return Offer(stand_in, first.filename, first.commit_hash, size, size if first.will_download else 0)


def borrow(offer: Offer, folder: Path, count: int = WANTED) -> dict[str, Any]:
    """Download a stand-in if need be, write some of its rows as examples, drawn at random, and return what they settle.

    Raises:
        OutOfReachError: if the Hub does not give it, or the disk has no room.
        InputError: if the file is not as it was known to be.
    """
    of = offer.stand_in
    source = fetch(of.id, offer.file, offer.revision, offer.to_fetch)
    columns = parquet_columns(source)
    expected = next((name for name in of.expected if name in columns), None)
    lacking = [name for name in of.input.values() if name not in columns]
    if expected is None or lacking:
        raise InputError(f"the data set {of.id} has no column {(lacking or of.expected)[0]!r} any more; take another")
    folder.mkdir(parents=True, exist_ok=True)
    total = sum(1 for _ in read_rows(source, (expected,)))
    kind = family_of(of.family)
    path, labels, written = folder / EXAMPLES, dict[str, int](), 0
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)  # a carriage return too
        writer.writerow([*kind.parts, kind.expected_column])
        for row in _drawn(of, source, expected, total):
            given = [_given(folder, written, part, row[name]) for part, name in of.input.items()]
            wanted = _expected(of, row[expected], given)
            if wanted is not None and all(text is not None for text in given):
                writer.writerow([*given, wanted])
                labels[wanted] = labels.get(wanted, 0) + 1
                written += 1
            if written == count:
                break
    if not written:
        raise InputError(f"the data set {of.id} has no row that can be used; take another")
    (folder / NOTE).write_text(
        f"STAND-IN. These {written} examples are not yours: they are drawn at random from {total} rows of the public "
        f"data set {of.id}, configuration {of.config}, split {of.split}, revision {offer.revision}: {of.about}.\n"
        f"Licence: {of.licence or 'its card names none; check before you share the rows'}.\n"
        "What a run proves on them is about this data. Models may have been trained on it. Replace the file by "
        "examples of your own as soon as you have some.\n",
        encoding="utf-8",
    )
    settled: dict[str, Any] = {
        "examples": str(path),
        "examples.input": kind.parts[0] if len(kind.parts) == 1 else {part: part for part in kind.parts},
        "examples.expected": kind.expected_column,
        "examples.stand_in": of.key,
    }
    if kind.has_labels:
        listed = sorted(labels, key=lambda label: -labels[label])
        settled["labels"] = listed if len(listed) <= MOST_LABELS else None
    if of.languages:
        settled["constraints.languages"] = list(of.languages)
    if of.family == TRANSLATION:
        settled["translate.source"], settled["translate.target"] = of.languages
    return settled


def _drawn(of: StandIn, source: Path, expected: str, total: int) -> Iterator[dict[str, Any]]:
    """Yield a file's rows in a random order, some at a time: sound and images are large."""
    order = list(range(total))
    random.Random(0).shuffle(order)  # noqa: S311  reproducible order, not a secret
    columns = tuple(dict.fromkeys((*of.input.values(), expected)))
    for start in range(0, total, AT_A_TIME):
        wanted = {place: at for at, place in enumerate(order[start : start + AT_A_TIME])}
        rows = [(wanted[at], row.columns) for at, row in enumerate(read_rows(source, columns)) if at in wanted]
        yield from (row for _, row in sorted(rows, key=lambda each: each[0]))


def _given(folder: Path, number: int, part: str, value: Any) -> str | None:  # noqa: ANN401  any cell
    """Return a part of an input as a cell; of sound and images a file is written, and its name returned."""
    if isinstance(value, dict) and isinstance(value.get("bytes"), bytes | bytearray):
        data = bytes(value["bytes"])
        name = f"{part}/{number:04}{_ending(data)}"
        (folder / part).mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
        return name
    if isinstance(value, list):
        words = [str(word) for word in value]
        # Tags stand for words between blanks.
        return " ".join(words) if words and all(len(word.split()) == 1 for word in words) else None
    return None if is_empty(value) or isinstance(value, dict) else shown(value)


_SIGNATURES = {b"RIFF": ".wav", b"fLaC": ".flac", b"OggS": ".ogg", b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg"}


def _ending(data: bytes) -> str:
    """Return a file's ending by its first bytes; names from outside are no part of a path."""
    return next((ending for signature, ending in _SIGNATURES.items() if data.startswith(signature)), ".mp3")


def _expected(of: StandIn, value: Any, given: Sequence[str | None]) -> str | None:  # noqa: ANN401  any cell
    """Return what is expected as a cell, None if it cannot be used."""
    if of.path and isinstance(value, dict):
        texts = list(dict.fromkeys(shown(each) for each in value.get(of.path) or ()))
        return json.dumps(texts, ensure_ascii=False) if texts else None
    if isinstance(value, list):
        tags = [_named(of, each) for each in value]
        fits = given[0] is not None and len(tags) == len(given[0].split()) and None not in tags
        return " ".join(str(tag) for tag in tags) if fits else None
    return None if is_empty(value) else _named(of, value)


def _named(of: StandIn, value: object) -> str | None:
    if not of.names or not isinstance(value, int):
        return shown(value).strip()
    return of.names[value] if 0 <= value < len(of.names) else None
