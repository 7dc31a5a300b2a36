"""Labels that people write into the lines themselves: "the lift is stuck #repair", "I sleep badly {HEALTH}"."""

from __future__ import annotations

import re
from itertools import chain, islice
from typing import TYPE_CHECKING

from advisor.task.record import Row, need_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# Rows that settle whether there are marks; the share of them that has some, and the fewest.
_LOOKED, _SHARE, _FEWEST = 1000, 0.2, 6
# A mark is a label where each stands in so many rows, in the mean; hashtags differ from row to row.
_ROWS_OF_A_MARK = 3
_ONE = r"(?:(?<!\S)#[^\W\d_][\w-]{0,39}|\{[^{}\n]{1,40}\}|\[[^\[\]\n]{1,40}\])"
_PLACES = (re.compile(rf"{_ONE}(?:\s*{_ONE})*\s*$"), re.compile(rf"\s*(?:{_ONE}\s*)+"))
# Marks at the end are looked for in so many last characters.
_LONGEST = 300
_INSIDE = re.compile(r"#([\w-]+)|[{\[]([^\]}]+)[}\]]")


def cut_marks(path: Path, rows: Iterator[Row], columns: tuple[str, ...]) -> Iterator[Row]:
    """Yield rows with the marks at the end or the beginning of their texts as `label`, where many of them have one.

    Several marks of one text are joined by ";"; a text without one has the label "".

    Raises:
        InputError: if a column that is asked for is missing.
    """
    looked = list(islice(rows, _LOOKED))
    pattern = _marks_of([row.columns.get("text") for row in looked])
    for row in chain(looked, rows):
        cells = row.columns
        if pattern is not None:
            text, labels = _cut(cells["text"], pattern)
            cells = cells | {"text": text, "label": ";".join(labels)}
        need_columns(path, row.line, tuple(cells), columns)
        yield Row(row.line, cells)


def _marks_of(texts: Sequence[object]) -> re.Pattern[str] | None:
    """Return the pattern of the marks that texts have; None where they have none that repeat."""
    told = [text for text in texts if isinstance(text, str)]
    if len(told) < len(texts):
        return None
    best = max(_PLACES, key=lambda each: sum(_found(text, each) is not None for text in told))
    found = [labels for text in told if (labels := _cut(text, best)[1])]
    kinds = {label.casefold() for labels in found for label in labels}
    enough = len(found) >= max(_FEWEST, _SHARE * len(told))
    return best if enough and 1 < len(kinds) <= len(found) // _ROWS_OF_A_MARK else None


def _found(text: str, pattern: re.Pattern[str]) -> re.Match[str] | None:
    return pattern.search(text, max(0, len(text) - _LONGEST)) if pattern is _PLACES[0] else pattern.match(text)


def _cut(text: str, pattern: re.Pattern[str]) -> tuple[str, list[str]]:
    """Return a text without its marks, and what they say; of a text that is nothing else they are kept."""
    found = _found(text, pattern)
    rest = text[: found.start()] + text[found.end() :] if found else ""
    if found is None or not rest.strip():
        return text, []
    return rest.strip(), [(one[1] or one[2]).strip() for one in _INSIDE.finditer(found[0])]
