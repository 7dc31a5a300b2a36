"""Borrows a public labelled data set of a task's shape, for a user who has no examples yet.

What a run proves on it is about that data set, not about the user's inputs. So everything made here says so: the note
beside the file, and a fact, "stand_in", for the task and its report.
"""

from __future__ import annotations

import contextlib
import csv
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.candidates.hub import DownloadError, check_room, reasons
from advisor.errors import InputError, OutOfReachError
from advisor.families import family as family_of
from advisor.interview.facts import Fact, Source
from advisor.interview.files.columns import is_empty, shown
from advisor.interview.labeling.stand_in_list import STAND_INS, StandIn
from advisor.task.parquet_rows import parquet_columns
from advisor.task.rows import read_rows
from advisor.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from huggingface_hub import DryRunFileInfo

__all__ = ["STAND_INS", "Borrowed", "Offer", "StandIn", "borrow", "look_up", "offers"]

BRANCH = "refs/convert/parquet"
EXAMPLES, NOTE = "examples.csv", "STAND-IN.txt"
WANTED = 200
TRANSLATION = "translation"
AT_A_TIME = 100


@dataclass(frozen=True, slots=True)
class Offer:
    """A stand-in that can be had.

    Attributes:
        stand_in: What it is.
        file: Its file's name in the repository.
        revision: The commit; "" where only the cache was asked.
        size: Bytes of the file.
        to_fetch: Bytes to download: 0 if the cache has it.
    """

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


@dataclass(frozen=True, slots=True)
class Borrowed:
    """Examples taken from a stand-in.

    Attributes:
        path: The file with the examples.
        note: The file that says where they are from.
        facts: What they settle of the task; the one with the key "stand_in" marks its evidence as about other data.
    """

    path: Path
    note: Path
    facts: tuple[Fact, ...]


def offers(family: str, languages: Sequence[str] = ()) -> tuple[StandIn, ...]:
    """Return the data sets of a family's shape: those in the task's languages first, then English ones, then others.

    Args:
        family: The task's.
        languages: ISO 639-1 codes; of a translation source and target in this order, "" for one that is not known.
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
    """Return what borrowing a data set would take, moving nothing.

    Args:
        stand_in: The data set.
        offline: Whether only the cache may be asked.

    Raises:
        OutOfReachError: if it is not in the cache and the Hub is out of reach, or does not give it.
    """
    from huggingface_hub import is_offline_mode

    if offline or is_offline_mode():
        found = _cached(stand_in)
        if found is None:
            raise OutOfReachError(
                f"the data set {stand_in.id} is not in the cache, and the Hub is not asked; go online, or label some "
                "examples of your own"
            )
        return found
    with _told(stand_in.id):
        file = _listed(stand_in)
    size = file.file_size or 0
    return Offer(stand_in, file.filename, file.commit_hash, size, size if file.will_download else 0)


def _converted(stand_in: StandIn) -> list[str]:
    """Return the names of the files that the Hub makes: of a very large data set it converts a part."""
    return [f"{stand_in.config}/{prefix}{stand_in.split}/0000.parquet" for prefix in ("", "partial-")]


def _own(stand_in: StandIn) -> list[str]:
    """Return the patterns of Parquet files that a data set has itself."""
    folders = [f"{stand_in.config}/"] if stand_in.config != "default" else ["data/", "", "default/"]
    return [f"{folder}{stand_in.split}{rest}.parquet" for folder in folders for rest in ("-*", "/*")]


def _listed(stand_in: StandIn) -> DryRunFileInfo:
    """Return the file of a data set on the Hub: of several the first.

    Raises:
        DownloadError: if it has none.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import DryRunError, RevisionNotFoundError

    for revision, patterns in ((BRANCH, _converted(stand_in)), ("main", _own(stand_in))):
        with contextlib.suppress(RevisionNotFoundError):
            try:
                files = snapshot_download(
                    stand_in.id, repo_type="dataset", revision=revision, allow_patterns=patterns, dry_run=True
                )
            except DryRunError:
                raise DownloadError("cannot be had: the Hub is out of reach, or does not give it; try later") from None
            if files:
                return min(files, key=lambda file: file.filename)
    raise DownloadError(f"has no Parquet file of {stand_in.config}, {stand_in.split} on the Hub; take another")


def borrow(offer: Offer, folder: Path, count: int = WANTED, seed: int = 0) -> Borrowed:
    """Download a stand-in if need be, and write some of its rows, drawn at random, as examples.

    Args:
        offer: From `look_up`.
        folder: Where to write; made if need be.
        count: How many examples; all that can be used where it has fewer.
        seed: Of the draw.

    Raises:
        OutOfReachError: if the Hub does not give it, or the disk has no room.
        InputError: if the file is not as it was known to be.
    """
    source = _file(offer)
    of = offer.stand_in
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
        for row in _drawn(of, source, expected, total, seed):
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
    marker = {
        "id": of.id,
        "config": of.config,
        "split": of.split,
        "revision": offer.revision,
        "licence": of.licence,
        "rows": written,
        "of": total,
        "seed": seed,
    }
    note = folder / NOTE
    note.write_text(_note(of, marker), encoding="utf-8")
    return Borrowed(path, note, tuple(_facts(of, path, marker, labels)))


def _drawn(of: StandIn, source: Path, expected: str, total: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield a file's rows in a random order, some at a time: sound and images are large."""
    order = list(range(total))
    random.Random(seed).shuffle(order)  # noqa: S311  reproducible order, not a secret
    columns = tuple(dict.fromkeys((*of.input.values(), expected)))
    for start in range(0, total, AT_A_TIME):
        wanted = {place: at for at, place in enumerate(order[start : start + AT_A_TIME])}
        rows = [(wanted[at], row.columns) for at, row in enumerate(read_rows(source, columns)) if at in wanted]
        yield from (row for _, row in sorted(rows, key=lambda each: each[0]))


def _facts(of: StandIn, path: Path, marker: dict[str, Any], labels: dict[str, int]) -> Iterator[Fact]:
    kind = family_of(of.family)
    words = f"borrowed from {of.id}: evidence about that data, not about yours"
    yield Fact("stand_in", marker, Source.FILE, words)
    yield Fact("examples", str(path), Source.FILE, words)
    parts = kind.parts
    yield Fact("examples.input", parts[0] if len(parts) == 1 else {part: part for part in parts}, Source.FILE, words)
    yield Fact("examples.expected", kind.expected_column, Source.FILE, words)
    if kind.has_labels:
        listed = sorted(labels, key=lambda label: -labels[label])
        yield Fact("labels", listed if len(listed) <= 50 else None, Source.FILE, words)  # noqa: PLR2004  as of any file
    if of.languages:
        yield Fact("constraints.languages", list(of.languages), Source.FILE, words)
    if of.family == TRANSLATION:
        yield Fact("translate.source", of.languages[0], Source.FILE, words)
        yield Fact("translate.target", of.languages[1], Source.FILE, words)


def _note(of: StandIn, marker: dict[str, Any]) -> str:
    return (
        f"STAND-IN. These {marker['rows']} examples are not yours: they are drawn at random (seed {marker['seed']}) "
        f"from {marker['of']} rows of the public data set {of.id}, configuration {of.config}, split {of.split}"
        f"{', revision ' + marker['revision'] if marker['revision'] else ''}: {of.about}.\n"
        f"Licence: {of.licence or 'its card names none; look before you pass them on'}.\n"
        "What a run proves on them is about this data. Models may have been trained on it. Replace the file by "
        "examples of your own as soon as you have some.\n"
    )


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


def _file(offer: Offer) -> Path:
    from huggingface_hub import hf_hub_download

    check_room(offer.to_fetch)
    with _told(offer.stand_in.id):
        return Path(
            hf_hub_download(
                offer.stand_in.id,
                offer.file,
                repo_type="dataset",
                revision=offer.revision,
                local_files_only=not offer.to_fetch,
            )
        )


def _cached(stand_in: StandIn) -> Offer | None:
    """Return what the cache holds of a data set: the converted file, else one that was fetched for its split."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.constants import HF_HUB_CACHE
    from huggingface_hub.file_download import repo_folder_name

    for name in _converted(stand_in):
        found = try_to_load_from_cache(stand_in.id, name, repo_type="dataset", revision=BRANCH)
        if isinstance(found, str):
            return _offer(stand_in, Path(found), Path(found).parents[2])
    snapshots = Path(HF_HUB_CACHE) / repo_folder_name(repo_id=stand_in.id, repo_type="dataset") / "snapshots"
    for path in sorted(snapshots.glob("*/**/*.parquet")):
        inside = path.relative_to(snapshots).parts[1:]
        is_config = stand_in.config == "default" or stand_in.config in inside
        if is_config and any(stand_in.split in part for part in inside):
            return _offer(stand_in, path, snapshots / path.relative_to(snapshots).parts[0])
    return None


def _offer(stand_in: StandIn, path: Path, snapshot: Path) -> Offer:
    return Offer(stand_in, path.relative_to(snapshot).as_posix(), snapshot.name, path.stat().st_size, 0)


@contextlib.contextmanager
def _told(dataset: str) -> Iterator[None]:
    """Turn what the Hub's client raises into one line.

    Raises:
        OutOfReachError: with the reason.
    """
    try:
        with reasons(f"datasets/{dataset}"):
            yield
    except DownloadError as error:
        raise OutOfReachError(f"the data set {dataset} {error}") from None
