"""Reads rows from text without fields: one input per line, logs, chats, subtitles, fastText's labels, CoNLL."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from advisor.errors import InputError
from advisor.families.spans import TAG
from advisor.system.source import place, text_lines
from advisor.task.field_lines import BEGIN, are_alike_blocks, are_unlike, records_in
from advisor.task.header import distinct_names
from advisor.task.known_formats import TABLES
from advisor.task.marks import ARROW, SIGN
from advisor.task.record import Row, peeked

if TYPE_CHECKING:
    from advisor.task.layout import Layout

_LABELLED = re.compile(r"\s*([^\s:][^:\n]{0,39}):\s+(?=\S)")
# A sign precedes a line that people marked.
_SIGN = rf"\s*(?P<sign>{SIGN}\s+)?"
# Time, level and message as most loggers write them, some with a location. A word that is no level by its form or
# by the loggers' names for levels begins the message.
_WHEN = r"\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d\S{0,20}?"
_LEVEL = r"[A-Z]{3,9}\b|[A-Za-z]{3,9}(?=:)|(?i:trace|debug|info|notice|warn(?:ing)?|err(?:or)?|crit(?:ical)?|fatal)\b"
_LOG = re.compile(
    rf"{_SIGN}\[?(?P<time>{_WHEN})[\]:]*\s+(?:-\s+|\[[^\]\n]*\]\s+){{0,2}}?"
    rf"(?:[\[<]?(?P<level>{_LEVEL})[\]>:]*\s+)?(?P<text>[^\s\[].*)"
)
# A recurring word that is unknown to loggers may be a level too, if nothing else can be the answer.
_LOOSE = re.compile(
    _LOG.pattern.replace(f"(?P<level>{_LEVEL})", "(?P<level>[A-Za-z]{3,9})").replace("+)?(?P<text>", "+)(?P<text>")
)
# Time, author and message, as messengers export a chat, in the phone's formats of date and time.
_CHAT = re.compile(
    rf"{_SIGN}[\u200e\u202a]*\[?"
    r"(?P<time>\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4},?[ T]\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:\s?[AaPp]\.?[Mm]\.?)?)\]?"
    r"(?:\s+-)?\s+(?:(?P<author>[^:\n]{1,60}):\s)?(?P<text>\S.*)"
)
# A messenger's placeholder for a picture or a recording.
_PLACEHOLDER = re.compile(r"<[^<>\n]+>|\u200e.*")
# "00:01:12,500 --> 00:01:15,000" of SubRip and WebVTT, and the speaker.
_TIMES = re.compile(r"\s*(?P<time>(?:\d+:)?\d\d:\d\d[.,]\d{3})\s+-->\s")
_SPEAKER = re.compile(r"\s*[-–—]?\s*(?:<v\s+([^>\n]{1,40})>|([^\W\d_][^:\n]{0,30}?)\s?:\s)\s*(?=\S)")
_TAG_OF_A_CUE = re.compile(r"</?[^<>\n]{1,20}>")
RULE = re.compile(r"\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?\s*)?")
# A heading of Markdown, such as "## Opening hours {#hours}".
_FEWEST_SECTIONS = 3
_RULE = re.compile(r"\s*[-=*_#~]{3,}\s*")
_SECTION, _ANCHOR = re.compile(r"(#{1,6})\s+(\S.*)"), re.compile(r"\{#([^\s{}]+)\}\s*$")
_MOSTLY, _HEAD, _LOOKED = 0.9, 3, 1000
# Most lines per subtitle with times; minimum share of subtitles with a name that make it the speaker's.
_LINES_OF_A_CUE, _CUES_OF_A_SPEAKER = 6, 3
_LABELS = re.compile(r"\s*((?:__label__\S+\s+)+)")
_CODE = re.compile(r"^`([^`]*)`$")
_BAR = re.compile(r"(?<!\\)\|")
_WEBANNO = "#FORMAT=WebAnno TSV 3"
_COLUMNS_OF_CONLLU = 10
# https://universaldependencies.org/format.html: a number (of ranges, and of words that are not written, "1-2" and
# "8.1"), the word, its lemma, its part of speech in capitals, two more columns, the number of its head, and three more.
_CONLLU = re.compile(r"\d+(?:[-.]\d+)?\t[^\t]+\t[^\t]*\t(?:[A-Z]+|_)(?:\t[^\t]*){2}\t(?:\d+|_)(?:\t[^\t]*){3}")
# The CoNLL tasks separate documents, and mark the origin of sentences, like this.
_NO_WORD = ("-DOCSTART-", "#")


def form_of(lines: Sequence[str], filled: Sequence[str], ending: str) -> str | None:
    """Return the form of lines that are no table; None if they have none.

    `filled` are the stripped lines that are not blank; a file named as a table is only searched for words with marks.
    """
    if (form := _of_a_tool(lines, ending)) is not None:
        return form
    if filled and ending not in TABLES:
        if sum(_TIMES.match(line) is not None for line in filled) * _LINES_OF_A_CUE >= len(filled):
            return "subtitles"
        if sum(line.startswith("__label__") for line in filled) >= _MOSTLY * len(filled):
            return "fasttext"
        begun = [line for line in filled if not ARROW.match(line)]  # the answer may be in a line of its own
        if _log_form(begun[:_LOOKED]) is not None:
            return "log"
        if 2 * sum(bool((at := _CHAT.match(line)) and at["author"]) for line in begun) > len(begun):
            return "chat"
        are_labelled = _are_labelled(filled)
        sample = list(enumerate(lines[:_LOOKED], 1))
        if BEGIN.match(lines[0]) or (not are_labelled and records_in(sample, is_cut=True)):
            return "fields"
        if are_labelled:  # labels come in any order, before similar texts
            return "fields" if are_unlike(filled) or are_alike_blocks(lines[:_LOOKED]) else "labelled"
        headings = [at for at, line in enumerate(lines) if _SECTION.match(line)]
        are_apart = not any(at and lines[at - 1].strip() for at in headings)  # no comments of a program
        if are_apart and _FEWEST_SECTIONS <= len(headings) <= len(filled) / 2:
            return "sections"
    return "tags" if _are_tags(lines) else None


def _of_a_tool(lines: Sequence[str], ending: str) -> str | None:
    """Return the form of a tool's words with marks: WebAnno's by its first line, CoNLL-U by all its columns.

    A few lines of a file that is named as CoNLL-U or has its comments may be wrong: reading it says which.
    """
    if lines and lines[0].startswith(_WEBANNO):
        return "webanno"
    words = [line for line in lines[:_LOOKED] if line.strip() and not line.startswith("#")]
    fit = sum(_CONLLU.fullmatch(line.rstrip("\r\n")) is not None for line in words)
    is_said = ending == ".conllu" or any(line.startswith(("# sent_id =", "# text =")) for line in lines)
    return "conllu" if words and fit >= (_MOSTLY if is_said else 1) * len(words) else None


def _are_labelled(texts: Sequence[str]) -> bool:
    """Return whether each line begins with a label and a colon: "Billing: I was charged twice"."""
    found = [at[1].strip() for line in texts if (at := _LABELLED.match(line))]
    return len(found) >= _MOSTLY * len(texts) and 1 < len(set(found)) <= len(found) // 3


def _log_form(texts: Sequence[str]) -> re.Pattern[str] | None:
    """Return the format of a log's lines; None if they are no log.

    One of the first lines has a time, a recurring word and a text, and most lines do. After a time in brackets no such
    word is needed, and none is a level if most lines have an answer after an arrow.
    """
    arrows = sum(ARROW.search(line) is not None for line in texts)
    for form in (_LOG, *([_LOOSE] if 2 * arrows < len(texts) else [])):
        found = [at for line in texts if (at := form.match(line))]
        levels = {at["level"] for at in found}
        if any(map(form.match, texts[:_HEAD])) and 2 * len(found) > len(texts) and 1 < len(levels) <= len(found) // 3:
            return form
    found = [at for line in texts if (at := _LOG.match(line))]
    is_timed = {at["level"] for at in found} == {None} and all(at[0].lstrip().startswith("[") for at in found)
    return _LOG if is_timed and 2 * len(found) > len(texts) and any(map(_LOG.match, texts[:_HEAD])) else None


def _are_tags(lines: Sequence[str]) -> bool:
    """Return whether each line has a word and its tag in the same place, and blank lines end sentences (CoNLL)."""
    return any(not line.strip() for line in lines) and _place_of_tags(lines) is not None


def _place_of_tags(lines: Iterable[str]) -> int | None:
    """Return the last column of words' lines that holds tags; None if none does, or lines lack it."""
    words = [line.split() for line in lines if line.strip() and not line.startswith(_NO_WORD)]
    least = min(map(len, words), default=0)
    is_table = all(len(parts) == least for parts in words)
    for place_ in range(-1, -least if is_table else max(-2, -least), -1):
        tags = [parts[place_] for parts in words]
        if sum(map(bool, map(TAG.fullmatch, tags))) >= _MOSTLY * len(tags) and any(tag != "O" for tag in tags):
            return place_
    return None


def read_lines(path: Path, stream: IO[bytes], layout: Layout) -> Iterator[Row]:
    """Yield one row per line that is not blank; the first names the column if the layout does not.

    A line that begins with an arrow continues the one before.
    """
    name = layout.names[0] if layout.names is not None else None
    held: Row | None = None
    for line, text in text_lines(path, stream):
        stripped = text.strip()
        if line <= layout.above or not stripped:
            continue
        if held is not None and name is not None and stripped[0] in "=~-→⇒" and ARROW.match(stripped):
            held.columns[name].append(stripped)
            continue
        if held is not None:
            yield _whole(held, name)
        held = Row(line, {name: [stripped]}) if name is not None else None
        name = name or stripped
    if held is not None:
        yield _whole(held, name)
    if name is None:
        raise InputError(f"{place(path, 1)}: holds only blank lines; it needs a header and at least two examples")


def _whole(row: Row, name: str | None) -> Row:
    """Return a row whose text was collected in lines: a long text to which each is added would be copied each time."""
    return row._replace(columns={key: "\n".join(cell) if key == name else cell for key, cell in row.columns.items()})


def read_labelled(path: Path, stream: IO[bytes], layout: Layout) -> Iterator[Row]:
    """Yield the rows of "Billing: I was charged twice" or "__label__billing __label__urgent I was charged twice".

    Several labels are joined by ";".
    """
    is_marked = layout.form == "fasttext"
    form, lacks = (_LABELS, "no __label__") if is_marked else (_LABELLED, "no label and colon")
    for line, text in _below_title(text_lines(path, stream), form):
        if not text.strip():
            continue
        found = form.match(text)
        if found is None:
            raise InputError(f"{place(path, line)}: begins with {lacks}, as the others do; write its label there")
        labels = [each.removeprefix("__label__") for each in found[1].split()] if is_marked else [found[1].strip()]
        yield Row(line, {"text": text[found.end() :].strip(), "label": ";".join(labels)})


def _below_title(lines: Iterator[tuple[int, str]], form: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """Yield the lines from the first of a form on, and those above it unless a blank line or a rule sets them apart."""
    above: list[tuple[int, str]] = []
    for line, text in lines:
        above.append((line, text))
        if form.match(text):
            end = above[-2][1] if len(above) > 1 else ""
            is_apart = not end.strip() or _RULE.fullmatch(end) is not None
            yield from above[-1:] if is_apart else above
            break
    yield from lines


def read_log(path: Path, stream: IO[bytes], layout: Layout) -> Iterator[Row]:
    """Yield the rows of "2026-01-31 12:00:01 ERROR no such file", or of a chat, with the author instead of the level.

    A line without a time continues the one before; a chat's lines without an author are the messenger's own.
    """
    lines = text_lines(path, stream)
    looked = list(islice(lines, _LOOKED))
    begun = [text.strip() for _, text in looked if text.strip() and not ARROW.match(text)]
    form = _CHAT if layout.form == "chat" else _log_form(begun) or _LOG
    rows = _logged(chain(looked, lines), form)
    if layout.form == "chat":
        return (row for row in rows if row.columns["author"] and not _PLACEHOLDER.fullmatch(row.columns["text"]))
    first, rows = peeked(rows, _LOOKED)
    if any(row.columns["level"] for row in first):
        return rows
    return (Row(line, {key: cell for key, cell in cells.items() if key != "level"}) for line, cells in rows)


def _logged(lines: Iterable[tuple[int, str]], form: re.Pattern[str]) -> Iterator[Row]:
    held: Row | None = None
    for line, text in lines:
        if (found := form.match(text)) is not None:
            if held is not None:
                yield _whole(held, "text")
            cells: dict[str, Any] = {key: (value or "").strip() for key, value in found.groupdict().items()}
            del cells["sign"]
            held = Row(line, cells | {"text": [(found["sign"] or "") + cells["text"]]})
        elif held is not None and text.strip():
            held.columns["text"].append(text.rstrip())
    if held is not None:
        yield _whole(held, "text")


def read_subtitles(path: Path, stream: IO[bytes], _: Layout) -> Iterator[Row]:
    """Yield the texts of SubRip or WebVTT, one per cue, with the time, and the speaker if most have one."""
    rows: list[Row] = []
    spoken: list[str] = []
    for line, text in text_lines(path, stream):
        if (found := _TIMES.match(text)) is not None:
            if spoken and spoken[-1].isdigit():  # the number of the next one
                spoken.pop()
            spoken = []
            rows.append(Row(line, {"time": found["time"], "text": spoken}))
        elif text.strip():
            spoken.append(text.strip())
        elif spoken:  # after a blank line comes the next one's number
            spoken = []
    for row in rows:
        row.columns["text"] = " ".join(row.columns["text"])
    names = [at for row in rows if (at := _SPEAKER.match(row.columns["text"])) is not None]
    if 2 * len(names) > len(rows) and len({at[1] or at[2] for at in names}) * _CUES_OF_A_SPEAKER <= len(names):
        for row in rows:
            at = _SPEAKER.match(row.columns["text"])
            row.columns["author"] = (at[1] or at[2]).strip() if at else ""
            row.columns["text"] = row.columns["text"][at.end() if at else 0 :]
    plain = (Row(line, cells | {"text": _TAG_OF_A_CUE.sub("", cells["text"]).strip()}) for line, cells in rows)
    yield from (row for row in plain if row.columns["text"])


def read_sections(path: Path, stream: IO[bytes], _: Layout) -> Iterator[Row]:
    """Yield the sections of Markdown below headings of the most frequent level: their anchor, title and text."""
    lines = list(text_lines(path, stream))
    levels = Counter(at[1] for _, text in lines if (at := _SECTION.match(text)))
    level = max(levels, key=lambda each: levels[each], default="#")
    row: Row | None = None
    for line, text in lines:
        if (at := _SECTION.match(text)) is not None and len(at[1]) <= len(level):
            if row is not None and row.columns["text"]:
                yield _whole(row, "text")
            anchor = _ANCHOR.search(at[2])
            title = at[2][: anchor.start() if anchor else None].rstrip().rstrip("#").rstrip()
            linked = re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", title.lower()))  # as GitHub links to it
            name = anchor[1] if anchor else linked
            row = Row(line, {"name": name, "title": title, "text": []}) if at[1] == level else None
        elif row is not None and text.strip():
            row.columns["text"].append(text.rstrip() if row.columns["text"] else text.strip())
    if row is not None and row.columns["text"]:
        yield _whole(row, "text")


def read_piped(path: Path, stream: IO[bytes], _: Layout) -> Iterator[Row]:
    """Yield the rows of the largest Markdown table, and of others with the same header."""
    tables: dict[tuple[str, ...], list[Row]] = {}
    header: tuple[str, ...] | None = None
    before: list[str] = []
    for line, text in text_lines(path, stream):
        stripped = text.strip()
        if "|" not in stripped:
            header, before = None, []
        elif header is None and before and RULE.fullmatch(stripped):
            header = tuple(distinct_names(before))
        else:
            before = [
                _CODE.sub(r"\1", cell.strip().replace("\\|", "|"))
                for cell in _BAR.split(stripped.removeprefix("|").removesuffix("|"))
            ]
            if header is not None:
                row = Row(line, dict(zip_longest(header, before[: len(header)], fillvalue="")))
                tables.setdefault(header, []).append(row)
    yield from max(tables.values(), key=len, default=[])


def read_tags(path: Path, stream: IO[bytes], _: Layout) -> Iterator[Row]:
    """Yield the sentences of lines with a word, maybe after its number, and its BIO tag, usually last (CoNLL-2003).

    Blank lines end them. InputError naming a line that has a word without a tag.
    """
    words: list[str] = []
    tags: list[str] = []
    begun, lines = 1, text_lines(path, stream)
    first = [*islice(lines, _LOOKED)]
    tag = _place_of_tags(text for _, text in first) or -1
    words_of = [parts for _, text in first if len(parts := text.split()) > 2 and not text.startswith(_NO_WORD)]  # noqa: PLR2004
    word = int(bool(words_of) and all(parts[0].isdecimal() for parts in words_of))  # behind its number in the sentence
    for line, text in chain(first, lines):
        parts = text.split()
        if parts and text.startswith(_NO_WORD) and not words:
            continue
        if len(parts) == 1:
            raise InputError(f"{place(path, line)}: has a word without a tag; write one behind it")
        if parts:
            begun = begun if words else line
            words.append(parts[min(word, len(parts) - 2)])
            tags.append(parts[tag] if len(parts) >= -tag else parts[-1])
        elif words:
            yield Row(begun, {"tokens": words, "tags": tags})
            words, tags = [], []
    if words:
        yield Row(begun, {"tokens": words, "tags": tags})


def read_conllu(path: Path, stream: IO[bytes], _: Layout) -> Iterator[Row]:
    """Yield the sentences of CoNLL-U: words, parts of speech, and BIO tags if the last column has some: "NER=B-PER".

    InputError naming the line that has not ten columns.
    """
    rows: list[Row] = []
    noted: list[dict[str, str]] = []
    is_open = False
    for line, text in text_lines(path, stream):
        cells = text.rstrip("\r\n").split("\t")
        if not text.strip():
            is_open = False
        elif not text.startswith("#") and len(cells) != _COLUMNS_OF_CONLLU:
            raise InputError(f"{place(path, line)}: has {len(cells)} columns, not the ten of CoNLL-U; correct it")
        elif cells[0].isdecimal():
            if not is_open:
                rows.append(Row(line, {"tokens": [], "upos": [], "tags": []}))
            is_open = True
            rows[-1].columns["tokens"].append(cells[1])
            rows[-1].columns["upos"].append(f"B-{cells[3]}" if cells[3] != "_" else "O")
            notes = dict(each.rpartition("=")[::2] for each in cells[-1].split("|"))
            rows[-1].columns["tags"].append(notes)
            noted.append(notes)
    tagged = Counter(key for notes in noted for key, value in notes.items() if TAG.fullmatch(value) and value != "O")
    key = max(tagged, key=lambda each: tagged[each], default=None)
    for row in rows:
        tags = {"tags": [each.get(key, "O") for each in row.columns["tags"]]} if key is not None else {}
        yield Row(row.line, {name: cell for name, cell in row.columns.items() if name != "tags"} | tags)
