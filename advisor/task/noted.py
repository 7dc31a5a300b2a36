"""Reads what screening tools write into a note of each record, {"Ada"=>"Included"} for each reviewer, as columns."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from advisor.system.source import quoted
from advisor.task.record import Row, peeked

# What is said of a column of decisions.
DECIDED = "as what most people say"
_LOOKED, _FEWEST = 1000, 2
# "RAYYAN-INCLUSION: {"Ada"=>"Included", "Bo"=>"Excluded"} | RAYYAN-EXCLUSION-REASONS: wrong population": Rayyan writes
# so in RIS, BibTeX and CSV.
_NAMED = re.compile(r"(?:^|(?<=[\n|])|(?<=\| ))(?P<name>[A-Z]{2,20}(?:-[A-Z]{2,20}){1,4}):\s+")
_TEXT = r'"(?:[^"\\]|\\.)*"'
_SAID = re.compile(rf"({_TEXT})\s*=>\s*({_TEXT})")
_BY_WHOM = re.compile(rf"\{{\s*{_SAID.pattern}(?:\s*,\s*{_SAID.pattern})*\s*\}}")


def with_notes(rows: Iterator[Row], columns: tuple[str, ...]) -> Iterator[Row]:
    """Yield rows with the parts of a note as columns; of what several people say it is what most do, "" for a tie.

    What else notes say is a column of its own. Not if the note is requested itself.
    """
    looked, rows = peeked(rows, _LOOKED)
    notes = {name: parts for name, parts in noted(looked).items() if name not in columns}
    more = {name: f"rest of {name}" for name in notes if any(_parts(row.columns.get(name))[0] for row in looked)}
    for row in rows:
        cells = {name: cell for name, cell in row.columns.items() if name not in notes}
        for note, names in notes.items():
            rest, parts = _parts(row.columns.get(note))
            cells |= {more[note]: rest} if note in more else {}
            cells |= {name: _agreed(parts.get(name, "")) for name in names}
        yield row._replace(columns=cells) if notes else row


def described_notes(rows: Sequence[Row]) -> str:
    """Return in words which columns come from notes, and which of them hold decisions; "" if there are none."""
    said = []
    for note, names in noted(rows).items():
        decided = {name for row in rows for name, part in _parts(row.columns.get(note))[1].items() if _by_whom(part)}
        said += [f"{quoted(name)} {DECIDED if name in decided else 'as a part'} in {quoted(note)}" for name in names]
    return ", ".join(said)


def noted(rows: Sequence[Row]) -> dict[str, list[str]]:
    """Return the columns with notes in which people say something, and the names of their parts."""
    found: dict[str, Counter[str]] = {}
    said = Counter[str]()
    for row in rows:
        for column, cell in row.columns.items():
            parts = _parts(cell)[1]
            found.setdefault(column, Counter()).update(parts.keys())
            said[column] += any(map(_by_whom, parts.values()))
    taken = {name for row in rows[:1] for name in row.columns}
    return {
        column: [name for name in names if name not in taken]
        for column, names in found.items()
        if said[column] >= _FEWEST
    }


def _parts(cell: object) -> tuple[object, dict[str, str]]:
    """Return what a note says besides its parts, and these by name; a cell without any as it is."""
    text = "\n".join(map(str, cell)) if isinstance(cell, list) else cell
    begun = list(_NAMED.finditer(text)) if isinstance(text, str) else []
    if not begun or not isinstance(text, str):
        return cell, {}
    ends = [*(each.start() for each in begun[1:]), len(text)]
    parts = {each["name"]: text[each.end() : end].strip(" |\n") for each, end in zip(begun, ends, strict=True)}
    return text[: begun[0].start()].strip(" |\n"), parts


def _by_whom(part: str) -> list[str]:
    """Return what each of some people says, none if a part is nothing such."""
    return [at[2][1:-1].strip() for at in _SAID.finditer(part)] if _BY_WHOM.fullmatch(part) else []


def _agreed(part: str) -> str:
    """Return what most people say, "" for a tie; another part as it is."""
    said = Counter(_by_whom(part)).most_common(2)
    if not said:
        return part
    return "" if len(said) > 1 and said[0][1] == said[1][1] else said[0][0]
