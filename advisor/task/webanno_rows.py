"""Reads sentences with marked spans from WebAnno's TSV 3, which INCEpTION exports.

https://webanno.github.io/webanno/releases/3.6.11/docs/user-guide.html#sect_webannotsv
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from advisor.errors import InputError
from advisor.system.source import place, text_lines
from advisor.task.layout import Layout
from advisor.task.record import Row

# A value and the number of the mark, which all of its words share; marks on one word stand between bars.
_VALUE, _BETWEEN = re.compile(r"(.+?)(?:\[(\d+)\])?"), re.compile(r"(?<!\\)\|")
_PLACE, _ESCAPED = re.compile(r"(\d+)-(\d+)"), re.compile(r"\\(.)")
_NOTHING, _NO_VALUE = "_", "*"
_COLUMNS_OF_A_WORD = 3
# A layer that marks more of the words, such as their parts of speech, is taken only if there is no other.
_MOST_WORDS = 0.9
_SPANS, _CHAINS, _RELATIONS = "#T_SP=", "#T_CH=", "#T_RL="  # layers, of as many columns as they name


class _Sentence(NamedTuple):
    """A sentence: its first line, its text, and for each word its two ends and its values, column by column."""

    line: int
    text: list[str]
    words: list[tuple[int, int, list[str]]]


def read_webanno(path: Path, stream: IO[bytes], _: Layout) -> Iterator[Row]:
    """Yield a row for each sentence: its text, and the spans of the layer with the most marks as the label.

    InputError naming the line, if a word has no place or no values.
    """
    columns: list[str] = []
    sentences: list[_Sentence] = []
    for line, raw in text_lines(path, stream):
        text = raw.rstrip("\r\n")
        if text.startswith((_SPANS, _CHAINS, _RELATIONS)):
            columns += [text[: len(_SPANS)]] * max(1, text.count("|"))
        elif text.startswith("#Text="):
            if not sentences or sentences[-1].words:
                sentences.append(_Sentence(line, [], []))
            sentences[-1].text.append(_ESCAPED.sub(_sign, text.removeprefix("#Text=")))
        elif sentences and text.strip() and not text.startswith("#"):
            sentences[-1].words.append(_word(path, line, text, len(columns)))
    chosen = _chosen(sentences, [at for at, kind in enumerate(columns) if kind == _SPANS])
    for each in sentences:
        if each.words:
            yield _row(each, chosen)


def _word(path: Path, line: int, text: str, count: int) -> tuple[int, int, list[str]]:
    cells = text.split("\t")
    found = _PLACE.fullmatch(cells[1]) if len(cells) >= _COLUMNS_OF_A_WORD + count else None
    if found is None:
        raise InputError(f"{place(path, line)}: is no word with its place and {count} values; export the file again")
    return int(found[1]), int(found[2]), cells[_COLUMNS_OF_A_WORD : _COLUMNS_OF_A_WORD + count]


def _sign(found: re.Match[str]) -> str:
    return {"n": "\n", "t": "\t", "r": "\r"}.get(found[1], found[1])


def _marks(sentence: _Sentence, at: int) -> Iterator[tuple[str, str, int, int]]:
    """Yield the value, the number and the ends of each mark of a word in a column."""
    for start, end, values in sentence.words:
        for part in _BETWEEN.split(values[at]):
            found = _VALUE.fullmatch(part)
            if found is not None and found[1] not in {_NOTHING, _NO_VALUE}:
                yield _ESCAPED.sub(_sign, found[1]), found[2] or "", start, end


def _chosen(sentences: list[_Sentence], columns: list[int]) -> int | None:
    """Return the column of spans that has the most marks, first of those that leave some words out.

    Of columns that mark as many, the one with the fewest values: names may have a kind and an identifier.
    """
    words = sum(len({start for start, *_ in each.words}) for each in sentences)  # a part of a word begins with it
    held = {at: [mark for each in sentences for mark in _marks(each, at)] for at in columns}

    def rank(at: int) -> tuple[bool, int, int]:
        marked = len({start for _, _, start, _ in held[at]})
        return marked <= _MOST_WORDS * words, marked, -len({value for value, *_ in held[at]})

    return max(filter(held.get, columns), key=rank, default=None)


def _row(sentence: _Sentence, chosen: int | None) -> Row:
    text, first = "\n".join(sentence.text), sentence.words[0][0]
    units = text.encode("utf-16-le", "surrogatepass")

    def at(place_: int) -> int:
        """Return a place in the document, which counts UTF-16 units, as one in the text."""
        return len(units[: 2 * (place_ - first)].decode("utf-16-le", "ignore"))

    spans: dict[tuple[str, str], list[int]] = {}
    for number, (value, own, start, end) in enumerate(_marks(sentence, chosen) if chosen is not None else ()):
        ends = spans.setdefault((value, own or f"#{number}"), [start, end])
        ends[:] = min(ends[0], start), max(ends[1], end)
    label = [{"start": at(start), "end": at(end), "label": value} for (value, _), (start, end) in spans.items()]
    return Row(sentence.line, {"text": text, "label": label})
