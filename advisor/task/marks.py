"""Labels written into the lines themselves: "the lift is stuck #repair", "{SLEEP} I am awake", ">> no air"."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from os.path import commonprefix
from typing import Any

from advisor.task.header import Numbered
from advisor.task.record import Row, peeked

# Rows that decide whether there are marks; the share of them with one, and the fewest.
_LOOKED, _SHARE, _FEWEST = 1000, 0.2, 6
# Mean rows per mark that make it a label: hashtags differ from row to row. A single mark is a label if most rows lack
# it and it is no dash, which begins lists and speech.
_ROWS_OF_A_MARK, _MOST_OF_ONE = 3, 0.5
_DASHES = frozenset("-–—•·")
_ONE = r"(?:(?<!\S)#[^\W\d_][\w-]{0,39}|\{[^{}\n]{1,40}\}|\[[^\[\]\n]{1,40}\])"
SIGN = r"(?:[^\w\s\[\](){}\"'#<]{1,3})"
_PLACES = (
    re.compile(rf"{_ONE}(?:\s*{_ONE})*\s*$"),
    re.compile(rf"\s*(?:{_ONE}\s*)+"),
    re.compile(rf"\s*{SIGN}\s+"),
)
# Usual values of label columns for ticks; a few cells, such as sums below, may hold something else.
_ONES, _NONE = frozenset({"1", "true"}), frozenset({"", "0", "false", "none"})
# The signs that people tick with; an empty box and a forbidding sign mean no, other signs are labels.
_CROSSES = frozenset("x*✓✔✗√☑✅\u25cb\u25ef\u3007\u25cf\u25ce\u2022")
_MOSTLY, _FEWEST_CROSSED, _FEWEST_ONES = 0.98, 2, 3
# The column with the names of the ticked columns.
JOINED, NO_TAG, _ZEROS = "labels", "none of these", frozenset({"0", "false"})
_WORDS = re.compile(r"[^\W\d_]+")
# Several tags in a cell, as Stack Exchange writes them: "<lawn><compost>"; addresses and numbers of mails have an @.
_TAGS = re.compile(r"(?:<[^<>@\s/]{1,40}>)+")
# In columns of one name longer values are texts, such as comments.
_LONGEST_LABEL = 40
# The column of the majority's answer; the fewest annotators, and the share of rows in which they agree.
MAJORITY, _FEWEST_VOTERS, _AGREE = "majority", 3, 0.6
_VOTER = re.compile(r"rater|annotat|coder|judge|labell?er|codeur|anotador|bewerter|(?<![a-z])marker", re.IGNORECASE)
# The values in a column of ticks, and the meaning of an empty cell there: people leave it empty for "no".
_YES = {
    "yes": "no", "y": "n", "true": "false", "1": "0", "ja": "nein", "j": "n", "oui": "non", "o": "n", "sí": "no",
    "si": "no", "sì": "no", "sim": "não", "tak": "nie", "да": "нет", "так": "ні", "evet": "hay\u0131r", "ano": "ne",
    "はい": "いいえ", "是": "否", "예": "아니오", "نعم": "لا", "हाँ": "नहीं", "हां": "नहीं", "có": "không", "ya": "tidak",
    "igen": "nem", "kyllä": "ei", "כן": "לא", "haan": "nahi",
}  # fmt: skip
_DONE_WORDS = (
    "done todo open closed ok action flagged erledigt fertig offen fait terminé hecho hecha fatto feito klaar gedaan "
    "gotowe zrobione готово сделано klart färdig hotovo tamam 済 完了 完成 완료"
)
_DONE = frozenset(_DONE_WORDS.split())
_MOST_BELOW = 5  # rows of totals and notes
# So many of each show a column of ticks; where nearly all rows down to the last tick have one, the rest is still open.
_FEWEST_TICKS, _NEARLY_ALL = 2, 0.8
# Blanks around an arrow are dropped; the pattern scans a run of them once, since lines may come from anyone.
BLANKS = r"(?:(?<!\s)\s+)?"
ARROW = re.compile(rf"{BLANKS}(?:[=~-]{{1,4}}>|[→⇒])\s*")
_ARROWED = 0.6
# What survey tools write before an option's name: "group/needs/food", "Needs [food]", "Needs: food"; not "A/C".
_IN_BRACKETS = re.compile(r"\[([^\[\]]+)\]\s*$")
_QUESTION = re.compile(r".*..(?:[/\[]|:\s)", re.DOTALL)
_POINTS = re.compile(r"(?P<points>(?!0\d)\d{1,4}(?:[.,]\d{1,2})?)\s*/\s*(?P<most>\d{1,4})")
# Marks at the end are searched in this many last characters.
_LONGEST = 300
_INSIDE = re.compile(r"#([\w-]+)|[{\[]([^\]}]+)[}\]]|(\S+)")


def maxima(rows: Sequence[Row]) -> dict[str, str]:
    """Return the columns of points with one maximum, "3 / 15", with that; "03/25" is a date."""
    cells: dict[str, list[str]] = {}
    for row in rows:
        for name, cell in row.columns.items():
            if isinstance(cell, str) and cell.strip():
                cells.setdefault(name, []).append(cell.strip())
    found = {name: [at for each in own if (at := _POINTS.fullmatch(each))] for name, own in cells.items()}
    return {
        name: own[0]["most"]
        for name, own in found.items()
        if len(own) == len(cells[name]) >= _FEWEST
        and len({at["most"] for at in own}) == 1
        and all(float(at["points"].replace(",", ".")) <= float(at["most"]) for at in own)
    }


def without_maximum(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield rows with the points alone in columns of points with one maximum."""
    looked, rows = peeked(rows, _LOOKED)
    graded = maxima(looked)
    for row in rows:
        held = {name: at["points"] for name in graded if (at := _POINTS.fullmatch(str(row.columns.get(name)).strip()))}
        yield row._replace(columns=row.columns | held) if held else row


def cut_marks(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield rows with the marks at either end of their texts as `label`, if many of them have one.

    Several marks of a text are joined by ";"; a text without any has the label "", or the negation of the only mark.
    """
    looked, rows = peeked(rows, _LOOKED)
    pattern, unmarked = _marks_of([row.columns.get("text") for row in looked])
    for row in rows:
        cells = row.columns
        if pattern is not None:
            text, labels = _cut(cells["text"], pattern)
            cells = cells | {"text": text, "label": ";".join(labels) or unmarked}
        yield Row(row.line, cells)


def cut_arrows(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield rows with the text after their last arrow as `answer`, if most texts have one."""
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
    """Yield a table's rows with the names of neighbouring ticked columns as one column, `JOINED`.

    Not if one of these columns is requested. Columns that say yes or no in words remain, as one may be asked about. In
    a single column of ticks an empty cell means no.
    """
    looked, rows = peeked(rows, _LOOKED)
    crossed, yes = _crossed(looked), ""
    if not crossed:
        crossed, yes = _in_words(looked)
    names = [] if set(columns) & set(crossed) else crossed
    ticked = {name: said for name, said in ticks(looked).items() if name not in names}
    if not (names or ticked):
        yield from rows
        return
    short = _without_question(names)
    for row in rows:
        cells = row.columns
        if names:
            own = {name: _cell(row, name) for name in names}
            labels = [short[name] for name in names if own[name] in ({yes} if yes else _CROSSES | _ONES)]
            # Zeros in all of them say that none applies; where nothing is ticked nobody may have looked.
            labels = labels or [NO_TAG] * ({*own.values()} <= (_ZEROS if not yes else {_YES[yes]}))
            kept = {name: cell for name, cell in cells.items() if yes or name not in names}
            cells = kept | {JOINED: ";".join(labels)}
        for name, (yes, no) in ticked.items() if width(row) else ():
            cell = _cell(row, name)
            is_other = yes == "yes" and _is_yes(cell) and cell != yes
            cells = cells | {name: no if not cell else yes if is_other else row.columns[name]}
        yield Row(row.line, cells)


def crossed(rows: Sequence[Row]) -> list[str]:
    """Return the columns of ticks that are joined; none if there are none."""
    return _crossed(rows) or _in_words(rows)[0]


def _without_question(names: Sequence[str]) -> dict[str, str]:
    """Return the columns of ticks with their labels: without the question that forms write before each.

    LimeSurvey writes the label in brackets behind it: "THEME[pay]. Topics [Pay]".
    """
    bracketed = {name: at[1] for name in names if (at := _IN_BRACKETS.search(name))}
    if len({*bracketed.values()}) == len(names) > 1:
        return bracketed
    before = _QUESTION.match(commonprefix(names)) if len(names) > 1 else None  # noqa: RUF071  no paths
    start, ending = (before.end(), "]" if before[0].endswith("[") else "") if before else (0, "")
    own = {name: name[start:].strip().removesuffix(ending) for name in names}
    return own if all(own.values()) and len({*own.values()}) == len(own) else {name: name for name in names}


def joined_repeats(rows: Iterator[Row], columns: tuple[str, ...]) -> Iterator[Row]:
    """Yield a table's rows with the columns of one name, in which trackers export several labels, as one column.

    Not if one of these columns is requested.
    """
    looked, rows = peeked(rows, _LOOKED)
    lists = {name: parts for name, parts in _repeated(looked).items() if not set(columns) & set(parts)}
    one_of = {part: name for name, parts in lists.items() for part in parts}
    for row in rows:
        cells: dict[str, Any] = {}
        for part, cell in row.columns.items():
            name = one_of.get(part, part)
            cells[name] = ";".join(filter(None, (cells.get(name), str(cell or "").strip()))) if part in one_of else cell
        yield row._replace(columns=cells) if one_of else row


def _repeated(rows: Sequence[Row]) -> dict[str, list[str]]:
    """Return the columns of one name, which have numbers by now, that list short values of a row.

    They are filled from the left, and none repeats in a row, as several annotators' do, but in others, as comments do
    not. Numbers and dates are no labels: they are several annotators', or of several rounds.
    """
    found: dict[str, list[str]] = {}
    for column in rows[0].columns if rows else ():
        if isinstance(column, Numbered):
            found.setdefault(column.of, []).append(column)
    return {name: parts for name, parts in found.items() if name not in rows[0].columns and _are_lists(rows, parts)}


def _are_lists(rows: Sequence[Row], parts: Sequence[str]) -> bool:
    held = [[str(row.columns.get(part) or "").strip() for part in parts] for row in rows]
    filled = [list(filter(None, cells)) for cells in held]
    from_the_left = all(cells[: len(own)] == own for cells, own in zip(held, filled, strict=True))
    counts, values = {*map(len, filled)}, [*chain(*filled)]
    return (
        from_the_left
        and len(counts) > 1
        and max(counts) > 1
        and all(len({*own}) == len(own) and len(max(own, key=len, default="")) <= _LONGEST_LABEL for own in filled)
        and any(map(str.isalpha, "".join(values)))
        and len({*values}) < len(values)
    )


def cut_tags(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield rows with columns of nothing but recurring tags, "<lawn><compost>", as "lawn;compost"."""
    looked, rows = peeked(rows, _LOOKED)
    tagged = [name for name in (looked[0].columns if looked else ()) if _are_tagged(looked, name)]
    for row in rows if tagged else ():
        cells = {name: str(row.columns.get(name) or "").strip() for name in tagged}
        held = {name: cell[1:-1].replace("><", ";") for name, cell in cells.items() if _TAGS.fullmatch(cell)}
        yield row._replace(columns=row.columns | held)
    if not tagged:
        yield from rows


def _are_tagged(rows: Sequence[Row], name: str) -> bool:
    """Return whether a column's cells are tags, several in some, that recur."""
    cells = [cell for row in rows if (cell := str(row.columns.get(name) or "").strip())]
    tags = [tag for cell in cells if _TAGS.fullmatch(cell) for tag in cell[1:-1].split("><")]
    return all(map(_TAGS.fullmatch, cells)) and max(2 * len({*tags}), len(cells) + 1) <= len(tags)


def with_majority(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield rows with the majority of several annotators as a column; empty for a tie."""
    looked, rows = peeked(rows, _LOOKED)
    names = voters(looked)
    if not names:
        yield from rows
        return
    for row in rows:
        yield row._replace(columns=row.columns | {MAJORITY: _most_said(row, names)})


def voters(rows: Sequence[Row]) -> list[str]:
    """Return three or more columns that are named as annotators and mostly agree, unless another column decides."""
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
    """Return the columns of one mark or word, or nothing, with the meaning of either: "yes" and "no", or "not done".

    The mark is a cross, a yes, a word for "done", or the column's own name; a cross and a yes may stand side by side,
    two signs may not: one means no. Columns ticked from the top nearly without a gap do not count: their other rows
    are not processed yet.
    """
    found, rows = {}, rows[: len(rows) - footer(rows)]
    for name in rows[0].columns if rows else ():
        cells = [_cell(row, name) for row in rows]
        filled = [at for at, cell in enumerate(cells) if cell]
        mark = cells[filled[0]] if filled else ""
        few = min(len(filled), len(cells) - len(filled)) < _FEWEST_TICKS
        marks = {*cells} - {""}
        are_yes = len(marks) > 1 and all(map(_is_yes, marks)) and len(marks & _CROSSES) <= 1
        if few or (len(marks) > 1 and not are_yes) or len(filled) >= _NEARLY_ALL * (filled[-1] + 1):
            continue
        if mark in _CROSSES or are_yes:
            found[name] = "yes", "no"
        elif mark in _YES:
            found[name] = mark, _YES[mark]
        elif mark in _DONE or mark == name.strip().casefold():
            found[name] = mark, f"not {str(rows[filled[0]].columns[name]).strip()}"
    return found


def _is_yes(cell: str) -> bool:
    """Return whether a folded cell is a cross or a word for yes, also an emphatic one: "x!"; "x" and "y" are labels."""
    bare = cell.rstrip("!")
    return bare in _CROSSES or (len(bare) > 1 and bare in _YES)


def footer(rows: Sequence[Row]) -> int:
    """Return how many rows at the end are no part of a table: a few below an empty row, such as totals and notes.

    Each lacks two cells that every row above has, such as a number and a date, or one and half of all.
    """
    count = next((count for count, row in enumerate(reversed(rows[-_MOST_BELOW - 1 :])) if not width(row)), 0)
    above, below = [row for row in rows[: len(rows) - count] if count and width(row)], rows[len(rows) - count :]
    if len(above) < _FEWEST:
        return 0
    always = [name for name in above[0].columns if all(_cell(row, name) for row in above)]
    lacking = [sum(not _cell(row, name) for name in always) for row in below]
    are_apart = all(
        count > 1 or (count and 2 * width(row) <= len(row.columns)) for count, row in zip(lacking, below, strict=True)
    )
    return len(below) if are_apart else 0


def width(row: Row) -> int:
    """Return how many cells of a row are filled."""
    return sum(cell not in (None, "") for cell in row.columns.values())


def _crossed(rows: Sequence[Row]) -> list[str]:
    """Return the longest run of columns whose cells are ticked or empty; columns of 1 and "true" need a longer run."""
    runs: list[tuple[int, list[str]]] = [(0, [])]
    for name in rows[0].columns if len(rows) >= _FEWEST else ():
        cells = [_cell(row, name) for row in rows]
        crosses = Counter(cell for cell in cells if cell in _CROSSES)
        fewest = _FEWEST_CROSSED if crosses else _FEWEST_ONES
        marks = _ONES.union(cross for cross, _ in crosses.most_common(1))
        fits = sum(cell in marks | _NONE for cell in cells) >= _MOSTLY * len(cells) and marks.intersection(cells)
        if not fits:
            runs.append((0, []))
        elif runs[-1][0] == fewest:
            runs[-1][1].append(name)
        else:
            runs.append((fewest, [name]))
    fewest, best = max(runs, key=lambda run: (len(run[1]) >= run[0], len(run[1])))
    # Verdicts on one question, "match" and "predicted_match", are no tags.
    whole = [{*filter(str.isalpha, _WORDS.findall(name.casefold()))} for name in best]
    are_verdicts = any(own and sum(own < other for other in whole) + 1 == len(best) for own in whole)
    return best if len(best) >= fewest and not are_verdicts else []


def _in_words(rows: Sequence[Row]) -> tuple[list[str], str]:
    """Return the longest run of columns that say yes or no in the same words, one by label, and the yes, folded.

    Several annotators' columns are none. None if a column lacks either word.
    """
    best: tuple[list[str], str] = [], ""
    run: tuple[list[str], str] = [], ""
    for name in rows[0].columns if len(rows) >= _FEWEST and JOINED not in rows[0].columns else ():
        counts = Counter(filter(None, (_cell(row, name) for row in rows)))
        yes = next((each for each in counts if len(each) > 1 and _YES.get(each) in counts), "")
        is_one = yes and counts[yes] + counts[_YES[yes]] >= _MOSTLY * counts.total() and not _VOTER.search(name)
        run = ([*run[0], name], yes) if is_one and yes == run[1] else ([name], yes) if is_one else ([], "")
        best = max(best, run, key=lambda each: len(each[0]))
    return best if len(best[0]) >= _FEWEST_ONES else ([], "")


def _cell(row: Row, name: str) -> str:
    cell = row.columns.get(name)
    # Without the mark that asks for a coloured sign.
    return str(cell).strip().casefold().removesuffix("\ufe0f") if cell is not None else ""


def _marks_of(texts: Sequence[object]) -> tuple[re.Pattern[str] | None, str]:
    """Return the pattern of the marks in texts, None if there are none, and the label of a text without a mark."""
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
    """Return a text without its marks, and their labels; a text of nothing but marks keeps them."""
    found = _found(text, pattern)
    rest = text[: found.start()] + text[found.end() :] if found else ""
    if found is None or not rest.strip():
        return text, []
    return rest.strip(), [next(filter(None, one.groups())).strip() for one in _INSIDE.finditer(found[0])]
