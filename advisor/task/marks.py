"""Labels that people write into lines themselves: "the lift is stuck #repair", "{SLEEP} I am awake", ">> no air"."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from advisor.task.record import Row, peeked

# Rows that settle whether there are marks; the share of them that has some, and the fewest.
_LOOKED, _SHARE, _FEWEST = 1000, 0.2, 6
# A mark is a label where each stands in so many rows, in the mean; hashtags differ from row to row. A single mark is
# one where most rows lack it, and no dash, with which lists and speech begin.
_ROWS_OF_A_MARK, _MOST_OF_ONE = 3, 0.5
_DASHES = frozenset("-–—•·")
_ONE = r"(?:(?<!\S)#[^\W\d_][\w-]{0,39}|\{[^{}\n]{1,40}\}|\[[^\[\]\n]{1,40}\])"
SIGN = r"(?:[^\w\s\[\](){}\"'#<]{1,3})"
_PLACES = (
    re.compile(rf"{_ONE}(?:\s*{_ONE})*\s*$"),
    re.compile(rf"\s*(?:{_ONE}\s*)+"),
    re.compile(rf"\s*{SIGN}\s+"),
)
# What people put into the cells of columns that are labels; a few cells, such as sums below, may hold something else.
_CROSSES, _ONES, _NONE = frozenset("x✓✔✗"), frozenset({"1", "true"}), frozenset({"", "0", "false", "none"})
_MOSTLY, _FEWEST_CROSSED, _FEWEST_ONES = 0.98, 2, 3
# Marks around parts of a text, and the column of what they mark; elements of pages are none.
_NAME, _PART = r"(?P<label>[^\W\d_][\w-]{0,29})", r"(?P<text>[^\s\[\]{}<>](?:[^\[\]{}<>\n]{0,200}[^\s\[\]{}<>])?)"
_ENTITIES = tuple(
    map(
        re.compile,
        (
            rf"\{{{_NAME}:\s*{_PART}\}}",
            rf"\[{_PART}\]\({_NAME}\)",
            rf"\[{_PART}\]\{{{_NAME}\}}",
            rf'\[{_PART}\]\{{"entity":\s*"{_NAME}"[^{{}}\n]{{0,200}}\}}',  # Rasa
            rf"<{_NAME}>{_PART}</(?P=label)>",
            rf"\[(?P<label>[A-Z][A-Z_-]{{1,29}})[: ]\s*{_PART}\]",
        ),
    )
)
_ELEMENTS = "a b i u p q s br em div sub sup pre code li td tr th h1 h2 h3 span strong font mark small"
_OF_PAGES = frozenset(_ELEMENTS.split())
ENTITIES = "marked"
# The column of the names of those that a row crosses.
JOINED = "labels"
# The column of what most annotators say, of so many at the least who say so of so many of the rows.
MAJORITY, _FEWEST_VOTERS, _AGREE = "majority", 3, 0.6
_VOTER = re.compile(r"rater|annotat|coder|judge|labell?er|codeur|anotador|bewerter|(?<![a-z])marker", re.IGNORECASE)
# What stands in a column of ticks, and what an empty cell says there: people leave it empty for "no".
_YES = {
    "yes": "no", "y": "n", "true": "false", "1": "0", "ja": "nein", "j": "n", "oui": "non", "o": "n", "sí": "no",
    "si": "no", "sì": "no", "sim": "não", "tak": "nie", "да": "нет", "так": "ні", "evet": "hay\u0131r", "ano": "ne",
    "はい": "いいえ", "是": "否", "예": "아니오",
}  # fmt: skip
_DONE_WORDS = (
    "done todo open closed ok action flagged erledigt fertig offen fait terminé hecho hecha fatto feito klaar gedaan "
    "gotowe zrobione готово сделано klart färdig hotovo tamam 済 完了 完成 완료"
)
_DONE = frozenset(_DONE_WORDS.split())
# So many of each show a column of ticks; where nearly all rows down to the last tick have one, the rest is still open.
_FEWEST_TICKS, _NEARLY_ALL = 2, 0.8
# Blanks around an arrow are no part of it; a run of them is looked at once, for lines come from anyone.
BLANKS = r"(?:(?<!\s)\s+)?"
ARROW = re.compile(rf"{BLANKS}(?:[=~-]{{1,4}}>|[→⇒])\s*")
_ARROWED = 0.6
# A mark before an answer of several words; so many of those that are marked so are of one author, and differ.
_ANSWER = re.compile(rf"\s*(?P<mark>{_ONE})\s*[:,]?\s+(?P<rest>\S+\s+\S.*)", re.DOTALL)
_OF_ONE, _BEGINNING = 0.8, 12
# Marks at the end are looked for in so many last characters.
_LONGEST = 300
_INSIDE = re.compile(r"#([\w-]+)|[{\[]([^\]}]+)[}\]]|(\S+)")


def cut_entities(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield rows whose texts have the marks of parts of them inside, as the plain text, with `marked`, spans of it.

    Such marks have few labels, each again and again, of many words: "{PER: Ann}", "[Ann](PER)", "<PER>Ann</PER>". A
    further column may name rows, but hold nothing that they may be sorted into.
    """
    looked, rows = peeked(rows, _LOOKED)
    found = _entities_in(looked)
    for row in rows:
        if found is None or not isinstance(cell := row.columns.get(found[0]), str):
            yield row
            continue
        text, spans = _without_entities(cell, found[1])
        yield row._replace(columns=row.columns | {found[0]: text, ENTITIES: spans})


def _entities_in(looked: Sequence[Row]) -> tuple[str, re.Pattern[str]] | None:
    """Return the column whose texts are marked inside, and how."""
    names = dict.fromkeys(name for row in looked for name in row.columns)
    cells = {name: [cell for row in looked if (cell := row.columns.get(name)) not in (None, "")] for name in names}
    for name, texts in cells.items():
        others = (held for other, held in cells.items() if other != name)
        if not all(isinstance(text, str) for text in texts) or any(
            len(set(map(str, each))) < len(each) for each in others
        ):
            continue
        for pattern in _ENTITIES:
            marks = [at for text in texts for at in pattern.finditer(text)]
            labels, words = {at["label"] for at in marks}, {at["text"] for at in marks}
            rows = sum(pattern.search(text) is not None for text in texts)
            is_often = rows >= max(_FEWEST, _SHARE * len(texts)) and len(labels) * _ROWS_OF_A_MARK <= len(marks)
            if is_often and len(words) > len(labels) and not {label.casefold() for label in labels} & _OF_PAGES:
                return name, pattern
    return None


def _without_entities(text: str, pattern: re.Pattern[str]) -> tuple[str, list[dict[str, Any]]]:
    """Return a text without its marks, and what they mark."""
    plain, end = "", 0
    spans: list[dict[str, Any]] = []
    for at in pattern.finditer(text):
        plain += text[end : at.start()]
        spans.append({"start": len(plain), "end": len(plain) + len(at["text"]), "label": at["label"]})
        plain, end = plain + at["text"], at.end()
    return plain + text[end:], spans


def cut_marks(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield rows with the marks at the end or the beginning of their texts as `label`, where many of them have one.

    Several marks of one text are joined by ";"; a text without one has the label "", or says so of the only mark.
    """
    looked, rows = peeked(rows, _LOOKED)
    pattern, unmarked = _marks_of([row.columns.get("text") for row in looked])
    for row in rows:
        cells = row.columns
        if pattern is not None:
            text, labels = _cut(cells["text"], pattern)
            cells = cells | {"text": text, "label": ";".join(labels) or unmarked}
        yield Row(row.line, cells)


def answered(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the messages of a chat that one who marks them answers, with the answers: "#ORDER 2 x cake" below a wish.

    That is where nearly all that begin with one mark are of one author and differ, after what others wrote. What is
    answered is the last of these that no program wrote, by one author. Other chats stay as they are.
    """
    looked, rows = peeked(rows, _LOOKED)
    found = [(row, at) for row in looked if (at := _ANSWER.match(row.columns["text"])) is not None]
    marks = Counter((row.columns["author"], at["mark"].casefold()) for row, at in found)
    (author, mark), count = next(iter(marks.most_common(1)), (("", ""), 0))
    differ = len({at["rest"] for row, at in found if row.columns["author"] == author})
    if count < max(_FEWEST, _OF_ONE * len(found)) or differ < _OF_ONE * count:
        yield from rows
        return
    begins = Counter((row.columns["author"], row.columns["text"][:_BEGINNING]) for row in looked)
    wrote = Counter(row.columns["author"] for row in looked)
    # What a program writes begins the same again and again.
    programs = {of for (of, _), same in begins.items() if same > _FEWEST and 2 * same > wrote[of]}
    held: list[Row] = []
    for row in rows:
        own = _ANSWER.match(row.columns["text"]) if row.columns["author"] == author else None
        if own is not None and own["mark"].casefold() == mark and held:
            text = "\n".join(each.columns["text"] for each in held)
            yield Row(held[0].line, held[-1].columns | {"text": text, "answer": own["rest"].strip()})
            held = []
        elif row.columns["author"] not in {author, *programs}:
            held = [*(each for each in held if each.columns["author"] == row.columns["author"]), row]


def cut_arrows(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield rows with what stands behind the last arrow of their texts as `answer`, where most texts have one."""
    looked, rows = peeked(rows, _LOOKED)
    arrows = Counter(at[0].strip() for row in looked for at in ARROW.finditer(row.columns["text"]))
    arrow = next((arrow for arrow, count in arrows.most_common(1) if count >= _ARROWED * len(looked)), None)
    if arrow is None:
        yield from rows
        return
    for row in rows:
        text, _, answer = row.columns["text"].rpartition(arrow)
        yield Row(row.line, row.columns | {"text": (text or answer).strip(), "answer": answer.strip() if text else ""})


def joined_crosses(rows: Iterator[Row], columns: tuple[str, ...]) -> Iterator[Row]:
    """Yield a table's rows with the names of neighbouring columns that a row crosses as one column, `JOINED`.

    Not where one of these columns is asked for. In a single column of ticks an empty cell says no.
    """
    looked, rows = peeked(rows, _LOOKED)
    names = [] if set(columns) & set(crossed := _crossed(looked)) else crossed
    ticked = {name: said for name, said in ticks(looked).items() if name not in names}
    for row in rows:
        cells = row.columns
        if names:
            labels = [name for name in names if _cell(row, name) in _CROSSES | _ONES]
            cells = {name: cell for name, cell in cells.items() if name not in names} | {JOINED: ";".join(labels)}
        for name, (yes, no) in ticked.items():
            cell = _cell(row, name)
            cells = cells | {name: no if not cell else yes if cell in _CROSSES else row.columns[name]}
        yield Row(row.line, cells)


def with_majority(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield rows with what most of several annotators say as a column of its own; nothing where as many differ."""
    looked, rows = peeked(rows, _LOOKED)
    names = voters(looked)
    for row in rows:
        yield row._replace(columns=row.columns | {MAJORITY: _most_said(row, names)}) if names else row


def voters(rows: Sequence[Row]) -> list[str]:
    """Return three columns or more that are named as annotators are and mostly agree, unless another one decided."""
    columns = rows[0].columns if rows else {}
    names = [name for name in columns if _VOTER.search(name) and MAJORITY not in columns]
    said = [{cell for name in names if (cell := _cell(row, name))} for row in rows]
    known = set().union(*said)
    if len(names) < _FEWEST_VOTERS or not 1 < len(known) * _ROWS_OF_A_MARK <= len(rows):
        return []
    others = [[_cell(row, name) for row in rows] for name in rows[0].columns if name not in names]
    is_decided = any(2 * sum(cell in known for cell in cells) > len(cells) for cells in others)
    agree = sum(bool(_most_said(row, names)) for row in rows) >= _AGREE * len(rows)
    return names if agree and not is_decided else []


def _most_said(row: Row, names: Sequence[str]) -> str:
    spelled = {cell: str(row.columns[name]).strip() for name in names if (cell := _cell(row, name))}
    counts = Counter(cell for name in names if (cell := _cell(row, name))).most_common(2)
    is_tied = len(counts) > 1 and counts[0][1] == counts[1][1]
    return spelled[counts[0][0]] if counts and not is_tied else ""


def ticks(rows: Sequence[Row]) -> dict[str, tuple[str, str]]:
    """Return the columns that hold one mark or word, or nothing, with what either says: "yes" and "no", or "not done".

    That is a cross, a yes, a word for what is done, or the column's own name. Not where rows are ticked from the top
    nearly without a gap: there the others are not looked at yet.
    """
    found = {}
    for name in rows[0].columns if rows else ():
        cells = [_cell(row, name) for row in rows]
        filled = [at for at, cell in enumerate(cells) if cell]
        mark = cells[filled[0]] if filled else ""
        few = min(len(filled), len(cells) - len(filled)) < _FEWEST_TICKS
        if few or {*cells} != {mark, ""} or len(filled) >= _NEARLY_ALL * (filled[-1] + 1):
            continue
        if mark in _CROSSES:
            found[name] = "yes", "no"
        elif mark in _YES:
            found[name] = mark, _YES[mark]
        elif mark in _DONE or mark == name.strip().casefold():
            found[name] = mark, f"not {str(rows[filled[0]].columns[name]).strip()}"
    return found


def _crossed(rows: Sequence[Row]) -> list[str]:
    """Return the longest run of columns whose cells are crossed or empty; of ones alone it takes more columns."""
    runs: list[tuple[int, list[str]]] = [(0, [])]
    for name in rows[0].columns if len(rows) >= _FEWEST else ():
        cells = [_cell(row, name) for row in rows]
        are_crosses = not _CROSSES.isdisjoint(cells)
        fewest = _FEWEST_CROSSED if are_crosses else _FEWEST_ONES
        marks = _CROSSES | _ONES if are_crosses else _ONES
        fits = sum(cell in marks | _NONE for cell in cells) >= _MOSTLY * len(cells) and marks.intersection(cells)
        if not fits:
            runs.append((0, []))
        elif runs[-1][0] == fewest:
            runs[-1][1].append(name)
        else:
            runs.append((fewest, [name]))
    fewest, best = max(runs, key=lambda run: (len(run[1]) >= run[0], len(run[1])))
    return best if len(best) >= fewest else []


def _cell(row: Row, name: str) -> str:
    return str(cell).strip().casefold() if (cell := row.columns.get(name)) is not None else ""


def _marks_of(texts: Sequence[object]) -> tuple[re.Pattern[str] | None, str]:
    """Return the pattern of the marks that texts have, None where they have none, and the label of a text without."""
    strings = [text for text in texts if isinstance(text, str)]
    if len(strings) < len(texts):
        return None, ""
    for place in sorted(_PLACES, key=lambda each: -sum(_found(text, each) is not None for text in strings)):
        found = [labels for text in strings if (labels := _cut(text, place)[1])]
        kinds = {label.casefold(): label for labels in found for label in labels}
        if len(kinds) == 1 and _FEWEST <= len(found) <= _MOST_OF_ONE * len(strings) and not _DASHES.issuperset(*kinds):
            return place, f"not {next(iter(kinds.values()))}"
        enough = len(found) >= max(_FEWEST, _SHARE * len(strings))
        if enough and 1 < len(kinds) <= len(found) // _ROWS_OF_A_MARK:
            return place, ""
    return None, ""


def _found(text: str, pattern: re.Pattern[str]) -> re.Match[str] | None:
    return pattern.search(text, max(0, len(text) - _LONGEST)) if pattern is _PLACES[0] else pattern.match(text)


def _cut(text: str, pattern: re.Pattern[str]) -> tuple[str, list[str]]:
    """Return a text without its marks, and what they say; of a text that is nothing else they are kept."""
    found = _found(text, pattern)
    rest = text[: found.start()] + text[found.end() :] if found else ""
    if found is None or not rest.strip():
        return text, []
    return rest.strip(), [next(filter(None, one.groups())).strip() for one in _INSIDE.finditer(found[0])]
