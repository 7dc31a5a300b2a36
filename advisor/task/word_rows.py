"""Joins the rows of a table that has a word and its BIO tag a row, as data sets of names are often shared."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from advisor.families.spans import TAG
from advisor.families.values import is_blank
from advisor.task.record import Row, peeked

TOKENS, TAGS = "tokens", "tags"
_LOOKED, _FEWEST = 400, 10
# Most cells of a column of words have no blank; a sentence's number stays the same for several words on average.
_MOSTLY, _RUN = 0.95, 3.0
_ENDS = frozenset(".!?…;。！？।۔።")  # noqa: RUF001
# Words after which a sentence ends where nothing says so.
_LONGEST = 60


class _Form(NamedTuple):
    words: str
    tags: str
    begins: tuple[str, ...]  # The columns that change where a sentence begins.
    is_first_alone: bool  # Whether these are filled in a sentence's first row alone.


def joined_words(rows: Iterator[Row], columns: tuple[str, ...]) -> Iterator[Row]:
    """Yield the sentences of a table with a word a row, each with the lists "tokens" and "tags"; else its rows.

    Not if another column is requested than a sentence has. A sentence ends where a column changes that counts them, or
    at an empty row; if no column does, behind a full stop.
    """
    looked, rows = peeked(rows, _LOOKED)
    form = _form_of(looked)
    if form is None or not {TOKENS, TAGS, *form.begins} >= set(columns):
        yield from rows
        return
    for _, sentence in groupby(rows, _Counter(form)):
        own = [row for row in sentence if not is_blank(row.columns.get(form.tags))]
        # Cells of a full stop were read as empty ones.
        words = [(str(row.columns.get(form.words) or "."), str(row.columns[form.tags])) for row in own]
        if words:
            texts, tags = zip(*words, strict=True)
            kept = {name: own[0].columns.get(name) for name in form.begins}
            yield own[0]._replace(columns={**kept, TOKENS: [*texts], TAGS: [*tags]})


class _Counter:
    """Numbers the sentence of each row."""

    def __init__(self, form: _Form) -> None:
        self._form, self._at, self._length = form, 0, 0
        self._last: list[Any] = []
        self._is_over = False

    def __call__(self, row: Row) -> int:
        form = self._form
        values = [row.columns.get(name) for name in form.begins]
        if form.is_first_alone:
            begins = not all(map(is_blank, values))
        else:
            begins, self._last = values != self._last, values
        if begins or self._is_over or self._length >= (_LONGEST if not form.begins else float("inf")):
            self._at, self._length = self._at + 1, 0
        self._length += 1
        word = str(row.columns.get(form.words) or "").strip()
        self._is_over = not form.begins and (not word or word in _ENDS)
        return self._at


def _form_of(looked: Sequence[Row]) -> _Form | None:
    """Return a table's columns of words and tags, if its rows are single words."""
    held = {name: [row.columns.get(name) for row in looked] for name in (looked[0].columns if looked else ())}
    filled = {name: [str(cell).strip() for cell in cells if not is_blank(cell)] for name, cells in held.items()}
    tagged = [name for name, cells in filled.items() if len(cells) >= _FEWEST and _are_tags(cells)]
    if not tagged:
        return None
    single = [
        name
        for name, cells in filled.items()
        if name not in tagged
        and 2 * len(cells) > len(looked)
        and sum(len(cell.split()) == 1 for cell in cells) >= _MOSTLY * len(cells)
        and not all(cell.isdecimal() for cell in cells)
    ]
    if not single:
        return None
    words = max(single, key=lambda name: len({*filled[name]}))
    others = [name for name in held if name not in (words, *tagged)]
    alone = [
        name
        for name in others
        if held[name] and not is_blank(held[name][0]) and 1 < len(filled[name]) * 2 < len(looked)
    ]
    counts = alone[:1] or [name for name in others if _counts(held[name])]
    return _Form(words, tagged[-1], tuple(counts), bool(alone))


def _are_tags(cells: Sequence[str]) -> bool:
    return "O" in cells and any(cell != "O" for cell in cells) and all(map(TAG.fullmatch, cells))


def _counts(cells: Sequence[Any]) -> bool:
    """Return whether values stay the same for a sentence, and hardly come again; numbers may, in each document."""
    runs, distinct = sum(1 for _ in groupby(cells)), {*map(str, cells)}
    are_numbers = len(distinct) > 2 and all(map(str.isdecimal, distinct))  # noqa: PLR2004  no marks of yes and no
    return 1 < runs <= len(cells) / _RUN and (2 * len(distinct) > runs or are_numbers)
