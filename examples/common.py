"""What the three data scripts share: dropping near-duplicates, picking a balanced sample, writing the CSV."""

import csv
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

Row = tuple[str, str]
"""One example: its text and its label."""

_WORD = re.compile(r"[a-z0-9']+")


def shingles(text: str, size: int = 3) -> frozenset[tuple[str, ...]]:
    """Return the set of word runs of one length in a text, lower-cased and without punctuation.

    Args:
        text: Any text.
        size: Words in a run; a text with fewer words is one run.
    """
    words = _WORD.findall(text.lower())
    return frozenset(tuple(words[i : i + size]) for i in range(max(1, len(words) - size + 1)))


def without_near_duplicates(rows: Iterable[Row], overlap: float = 0.5) -> list[Row]:
    """Keep a row unless an earlier kept one shares too many of its word runs, whatever their labels.

    Args:
        rows: Texts and labels; the first of a group of near-duplicates is kept.
        overlap: Shared runs over the runs of the shorter text, 0 to 1; a duplicate at or above it.

    Returns:
        The kept rows in their order.
    """
    kept: list[Row] = []
    sizes: list[int] = []
    holders: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for text, label in rows:
        runs = shingles(text)
        shared = Counter(index for run in runs for index in holders[run])
        if any(count >= overlap * min(len(runs), sizes[index]) for index, count in shared.items()):
            continue
        for run in runs:
            holders[run].append(len(kept))
        kept.append((text, label))
        sizes.append(len(runs))
    return kept


def balanced_sample(rows: Sequence[Row], per_label: int, seed: int) -> list[Row]:
    """Draw the same number of rows for every label and shuffle them.

    Args:
        rows: The rows to draw from.
        per_label: How many to draw for each label.
        seed: Fixes the draw and the order.

    Raises:
        SystemExit: A label has too few rows.
    """
    by_label: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_label[row[1]].append(row)
    rng = random.Random(seed)  # noqa: S311  a repeatable draw, nothing secret
    drawn: list[Row] = []
    for label in sorted(by_label):
        have = by_label[label]
        if len(have) < per_label:
            raise SystemExit(f"label {label!r} has {len(have)} rows, {per_label} needed; is the source whole?")
        drawn += rng.sample(have, per_label)
    rng.shuffle(drawn)
    return drawn


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """Write rows as UTF-8 CSV with the header ``text,label`` and print how many of each label there are."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("text", "label"))
        writer.writerows(rows)
    counts = ", ".join(f"{n} {label}" for label, n in sorted(Counter(label for _, label in rows).items()))
    print(f"{path.name}: {len(rows)} rows ({counts}), {path.stat().st_size:,} bytes")


def shorten(text: str, limit: int) -> str:
    """Cut a text at the last space before a number of characters."""
    return text if len(text) <= limit else text[: limit + 1].rsplit(" ", 1)[0]
