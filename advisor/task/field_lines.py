"""Reads records of named fields, one a line: BibTeX, RIS, cards, mails, calendars, and gettext's translations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import chain, pairwise
from pathlib import Path
from typing import IO, TYPE_CHECKING

from advisor.system.source import text_lines
from advisor.task.record import Row

if TYPE_CHECKING:
    from advisor.task.layout import Layout

# "title = {A proof}," of BibTeX, "TI  - A proof" of RIS, "Title: A proof" of mails and cards; and of calendars and
# their like "SUMMARY;LANGUAGE=en:A proof", whose records begin with BEGIN:VEVENT (RFC 5545).
_FIELD = re.compile(r"\s*(?P<key>[^\W\d_][\w ()-]{0,30}?)\s*(?:=|:|\s-)\s+(?P<value>\S.*)")
# "ER  -", with which a record of RIS ends (https://en.wikipedia.org/wiki/RIS_(file_format)). What its tags that are
# repeated hold are several phrases, such as keywords, unless they are long.
_END, _TAG_OF_RIS, _PHRASE = re.compile(r"ER {1,2}-\s*$"), re.compile(r"[A-Z][A-Z0-9]{1,3}"), 100
# "LOG:", whose text begins in the next line, further to the right.
_OPENS = re.compile(r"(?P<key>[^\W\d_][\w ()-]{0,30}?):(?P<value>)\s*$")
_MARKDOWN, _HEADING = re.compile(r"^\s*[*>-]\s+|\*\*|__|^\s*\*(?=\S)|\*\s*$"), re.compile(r"\s*(?:#{1,6}\s|-{3,}\s*$)")
# Share of the fields that must follow one another in the same order.
_CYCLIC, _MOST_FIELDS = 0.8, 8
_LONGER, _FEWEST_BLOCKS = 2, 3
_PROPERTY = re.compile(r"(?P<key>[A-Z][A-Z-]{0,30})(?:;[^:\n]*)?:(?P<value>.*)")
BEGIN, _ESCAPED = re.compile(r"BEGIN:(\S+)"), re.compile(r"\\(.)")
_CALENDAR = "VCALENDAR"
_BRACES = re.compile(r"^[{\"]+(.*?)[}\"]+$", re.DOTALL)
_PO = re.compile(r'\s*(?:(msg\w+(?:\[\d\])?)\s+)?"(.*)"\s*$')
_BEGINS_PO = ("#", "msgctxt", "msgid ")
_SIGNS = {"n": "\n", "t": "\t"}


def records_in(lines: Sequence[tuple[int, str]], *, is_cut: bool = False) -> list[list[tuple[int, str]]]:
    """Return the lines of each record of named fields, equal in most records; none if there are no such records.

    Blank lines separate them, or the end that RIS has for them, or the first field begins each: then others follow
    before it recurs. A sample that `is_cut` may end within a record.
    """
    if any(_END.match(line) for _, line in lines):
        lines = [(number, "" if _END.match(line) else line) for number, line in lines if line.strip()]
    blocks = _blocks(lines)
    title = 0 if _keys(blocks[0] if blocks else ()) else 1
    blocks = blocks[title:]
    named = [[key for _, key in _keys(block)] for block in (blocks[:-1] if is_cut else blocks)]
    counts = Counter(key for keys in named for key in set(keys))
    usual = {key for key, count in counts.items() if 2 * count > len(named)}
    if len(blocks) > 1 and len(usual) > 1 and all(usual & set(keys) for keys in named):
        return blocks
    keys = _keys(lines)
    if not _is_cyclic(keys):
        return []
    common = _common(keys)
    first = next(key for _, key in keys if key in common)
    begins = {number for number, key in keys if key == first}
    records: list[list[tuple[int, str]]] = []
    for at, text in lines:
        if at in begins:
            records.append([])
        if records:
            records[-1].append((at, text.rstrip()))
    return records


def _keys(lines: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    return [(number, at["key"]) for number, line in lines if (at := _FIELD.match(_unmarked(line)))]


def _common(keys: Sequence[tuple[int, str]]) -> set[str]:
    """Return the names of fields that are about as frequent as the most frequent one."""
    counts = Counter(key for _, key in keys)
    most = max(counts.values(), default=0)
    return {key for key, count in counts.items() if count >= _CYCLIC * most}


def _is_cyclic(keys: Sequence[tuple[int, str]]) -> bool:
    """Return whether a few fields recur in a fixed order: "Q:", "A:", "Q:", "A:"."""
    common = _common(keys)
    order = [key for _, key in keys if key in common]
    cycle = list(dict.fromkeys(order))
    if not 1 < len(cycle) <= _MOST_FIELDS or len(order) < 3 * len(cycle):
        return False
    follow = sum(after == cycle[(cycle.index(before) + 1) % len(cycle)] for before, after in pairwise(order))
    return follow >= _CYCLIC * (len(order) - 1)


def are_alike_blocks(lines: Sequence[str]) -> bool:
    """Return whether most of the blocks between blank lines have the same fields, each once and in the same order."""
    named = [tuple(key for _, key in _keys(block)) for block in _blocks(enumerate(lines))]
    most, count = Counter(named).most_common(1)[0] if named else ((), 0)
    return 1 < len(most) == len({*most}) and _FEWEST_BLOCKS <= count >= _CYCLIC * len(named)


def are_unlike(lines: Sequence[str]) -> bool:
    """Return whether consecutive fields differ: one asks, or is longer than the other."""
    held: dict[str, list[str]] = {}
    for line in lines:
        if (at := _FIELD.match(_unmarked(line))) is not None:
            held.setdefault(at["key"], []).append(at["value"])
    if not _is_cyclic(_keys(enumerate(lines))):
        return False
    lengths = sorted(sum(map(len, texts)) / len(texts) for texts in held.values())
    asking = {2 * sum(text.rstrip().endswith("?") for text in texts) > len(texts) for texts in held.values()}
    return len(asking) > 1 or lengths[-1] >= _LONGER * lengths[0]


def _unmarked(line: str) -> str:
    """Return a line without Markdown's emphasis and bullets."""
    return _MARKDOWN.sub("", line)


def _blocks(lines: Iterable[tuple[int, str]]) -> list[list[tuple[int, str]]]:
    """Return the lines between blank ones, with their numbers."""
    blocks: list[list[tuple[int, str]]] = [[]]
    for line, text in lines:
        if text.strip():
            blocks[-1].append((line, text.rstrip()))
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def _components(lines: Iterable[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    """Yield the lines of each calendar entry of the most frequent kind, with folded lines joined.

    What is inside an entry, such as its alarms, is none. The minutes between DTSTART and DTEND are added as a line;
    events of whole days are skipped. The summary is a title.
    """
    parts: list[tuple[str, list[tuple[int, str]]]] = []
    inside: list[tuple[str, list[tuple[int, str]]]] = []
    for line, text in lines:
        if (at := BEGIN.match(text)) is not None:
            part: tuple[str, list[tuple[int, str]]] = (at[1], [])
            parts += [part] if all(kind == _CALENDAR for kind, _ in inside) else []
            inside.append(part)
        elif text.startswith("END:"):
            inside[-1:] = []
        elif inside and text[:1] in " \t" and inside[-1][1]:
            number, before = inside[-1][1][-1]
            inside[-1][1][-1] = (number, before + text[1:].rstrip())
        elif inside:
            inside[-1][1].append((line, text.rstrip()))
    entries = [kind for kind, held in parts if held]
    usual = Counter([kind for kind in entries if kind != _CALENDAR] or entries).most_common(1)
    for kind, held in parts:
        if [kind] != [each for each, _ in usual] or not held:
            continue
        pairs = [(line, _ESCAPED.sub(lambda sign: "\n" if sign[1] in "nN" else sign[1], text)) for line, text in held]
        times = [at["value"] for name in ("DTSTART", "DTEND") for _, text in pairs
                 if (at := _PROPERTY.match(text)) and at["key"] == name]  # fmt: skip
        pairs = [(line, re.sub(r"^SUMMARY\b", "TITLE", text)) for line, text in pairs]
        if len(times) == 2:  # noqa: PLR2004
            if not all("T" in each for each in times):
                continue
            with suppress(ValueError):  # a day that does not exist
                begun, ended = (datetime.strptime(each[:13], "%Y%m%dT%H%M") for each in times)  # noqa: DTZ007  of one zone
                pairs.append((pairs[0][0], f"MINUTES:{(ended - begun).total_seconds() / 60:g}"))
        yield pairs


def read_fields(path: Path, stream: IO[bytes], _: Layout) -> Iterator[Row]:
    """Yield a row for each record of named fields.

    Unnamed lines continue the field before, as do lines to the right of a name without a text. A tag of RIS that a
    record repeats is a list.
    """
    rows: list[Row] = []
    repeated: set[str] = set()
    lines = list(text_lines(path, stream))
    is_begun = bool(lines) and BEGIN.match(lines[0][1]) is not None
    for block in _components(lines) if is_begun else records_in(lines):
        cells: dict[str, list[list[str]]] = {}
        key, is_open = "", False
        for text in [each if is_begun else _unmarked(each) for _, each in block if is_begun or each.strip()]:
            is_open = is_open and text[:1].isspace()
            opens = None if is_begun else _OPENS.match(text)
            found = None if is_open else opens or (_PROPERTY if is_begun else _FIELD).match(text)
            is_open = is_open or opens is not None
            key = found["key"] if found else "" if _HEADING.match(text) else key
            value = found["value"] if found else text.strip()
            if key and value.strip("{}"):
                held = cells.setdefault(key, [])
                if found or not held:
                    held.append([value])
                else:
                    held[-1].append(value)
        made = {key: [_BRACES.sub(r"\1", "\n".join(each).rstrip(" ,")) for each in held] for key, held in cells.items()}
        rows.append(Row(block[0][0], made))
        repeated |= {key for key, texts in made.items() if len(texts) > 1 and _TAG_OF_RIS.fullmatch(key)}
    names = list(dict.fromkeys(key for row in rows for key in row.columns))
    lists = {key for key in repeated if all(len(text) <= _PHRASE for row in rows for text in row.columns.get(key, ()))}
    for line, columns in rows:
        texts = {name: columns.get(name, []) for name in names}
        yield Row(line, {name: held if name in lists else "\n".join(held) for name, held in texts.items()})


def read_po(path: Path, stream: IO[bytes], _: Layout) -> Iterator[Row]:
    """Yield the texts and translations of a gettext file; fuzzy ones are not translated yet.

    Of plural forms the first is read (https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html).
    """
    for block in chain.from_iterable(map(_translated, _blocks(text_lines(path, stream)))):
        cells, key = {"msgid": "", "msgstr": ""}, ""
        for text in (each for _, each in block):
            if (at := _PO.match(text)) is not None:
                key = at[1] or key
                cells[key] = cells.get(key, "") + _ESCAPED.sub(lambda sign: _SIGNS.get(sign[1], sign[1]), at[2])
        is_fuzzy = any(text.startswith("#,") and "fuzzy" in text for _, text in block)
        if cells["msgid"]:
            msgstr = "" if is_fuzzy else cells["msgstr"] or cells.get("msgstr[0]", "")
            yield Row(block[0][0], {"msgid": cells["msgid"], "msgstr": msgstr, "msgctxt": cells.get("msgctxt", "")})


def _translated(block: Iterable[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    """Yield the lines of each entry of a gettext file in a block: some programs write no blank lines between them."""
    held: list[tuple[int, str]] = []
    for line, text in block:
        if text.startswith(_BEGINS_PO) and any(each.startswith("msgstr") for _, each in held):
            yield held
            held = []
        held.append((line, text))
    yield held
