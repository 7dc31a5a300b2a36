"""Cells of columns whose values repeat that say "as above": "see above", "ditto", a ditto mark."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from advisor.families.values import is_blank
from advisor.system.source import quoted
from advisor.task.record import Row, peeked
from advisor.units import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_LOOKED = 200
# Values of a column of labels are each in this many of its filled rows on average, at least.
_REPEATS = 3
# So short are marks and abbreviations, which may also be a unit, a tag or initials.
_SHORT = 3
# Who writes these hardly ever repeats a value instead: of this many of them at most one.
_INSTEAD = 4
_MARKS = frozenset({'"', "''", ",,", '-"-', '—"—', "\u3003", "\u2033", "\u201d", "\u201c", "\u201e"})
_SAID = """
ditto|dito|idem|ídem|see above|as above|same as above|same as the one above|siehe oben|s o|s oben|wie oben
voir ci dessus|voir plus haut|comme ci dessus|cf ci dessus|ver arriba|igual que arriba|como arriba
come sopra|vedi sopra|ver acima|como acima|idem acima|zie boven|zie hierboven|als boven|jak wyżej|j w|jw|patrz wyżej
se ovan|som ovan|se ovenfor
som ovenfor|ks yllä|kuten yllä|viz výše|lásd fent|vezi mai sus|yukarıdaki gibi|см выше|как выше|то же|див вище
όπως πάνω|同上|上に同じ|上記と同じ|위와 같음"""  # noqa: RUF001  Cyrillic, Greek
_WORDS = frozenset(_SAID.strip().replace("\n", "|").split("|"))
_BETWEEN = re.compile(r"[\s.,;:()\[\]!*_/\u2191^-]+")


def is_ditto(cell: object) -> bool:
    """Return whether a cell only says that the one above holds here too."""
    if not isinstance(cell, str):
        return False
    return cell.strip() in _MARKS or _BETWEEN.sub(" ", cell.casefold()).strip() in _WORDS


def as_above(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield a table's rows; in columns whose values repeat, a cell that says so has the filled one above it."""
    looked, rows = peeked(iter(rows), _LOOKED)
    above = dict[str, object]()
    columns = repeating(looked)
    for row in rows:
        found = {name: above[name] for name in columns if name in above and is_ditto(row.columns.get(name))}
        whole = row._replace(columns=row.columns | found) if found else row
        above |= {name: cell for name in columns if not is_blank(cell := whole.columns.get(name))}
        yield whole


def repeating(looked: Sequence[Row]) -> list[str]:
    """Return the columns with cells that say "as above" and whose other values repeat."""
    return [name for name in (looked[0].columns if looked else ()) if _says_so([*_held(looked, name)])]


def _says_so(cells: Sequence[str]) -> bool:
    """Return whether some of a column's filled cells say "as above", and no other sense is likelier."""
    dittos, written = [each for each in cells if is_ditto(each)], [each for each in cells if not is_ditto(each)]
    if not dittos or _REPEATS * len({*written}) > len(cells):
        return False
    again = sum(one == other for one, other in pairwise(written))
    return any(len(_BETWEEN.sub("", each)) > _SHORT for each in dittos) or _INSTEAD * again <= len(dittos)


def said_of(looked: Sequence[Row]) -> str:
    """Return in words which cells of rows as they are written stand for the one above; "" if none do."""
    said = []
    for name in repeating(looked):
        counts = Counter(cell for cell in _held(looked, name) if is_ditto(cell))
        written = " or ".join(quoted(each, 20) for each in counts)
        first = f" of the first {_LOOKED}" if len(looked) >= _LOOKED else ""
        said.append(f"{written} in {quoted(name, 40)} as the cell above ({counted(counts.total(), 'row')}{first})")
    return ", ".join(said)


def _held(looked: Sequence[Row], name: str) -> Iterator[str]:
    return (cell.strip() for row in looked if isinstance(cell := row.columns.get(name), str) and cell.strip())
