"""Previews how a file of examples is read: its first rows, what is guessed, and the alternatives of each part."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.errors import AdvisorError, InputError, one_line
from advisor.interview.files.columns import shown
from advisor.interview.files.hub_dataset import examples_file
from advisor.interview.files.proposal import propose
from advisor.interview.files.sheet import look, rows_of
from advisor.interview.files.view import View
from advisor.system.source import OpenLayoutError, place, quoted
from advisor.task.encoding import UTF8, encoding_of, encodings_of
from advisor.task.fields import listed
from advisor.task.folder_files import TEXT
from advisor.task.known_formats import ENDINGS, TEXTS, lacks_of
from advisor.task.layout import NAMES, Given, Layout, separators_in
from advisor.task.rows import layout
from advisor.units import counted

if TYPE_CHECKING:
    from advisor.interview.files.proposal import Proposal
    from advisor.interview.files.sheet import Table

# How many rows are described to see whether they can be examples, and the fewest that can.
GLANCED, FEWEST = 200, 2
# Limits of the search for examples in a folder: its depth, entries a level, files and their size, rows needed.
DEEPEST, MOST_ENTRIES, MOST_FILES, MOST_BYTES, FEWEST_FOUND = 3, 2000, 20, 4 << 20, 10
TABLES = frozenset((*ENDINGS, ".yaml", ".yml")).difference(TEXTS, TEXT)
ROWS_SHOWN, LONGEST_CELL = 3, 200
INPUT, EXPECTED = "examples.input", "examples.expected"
COLUMN_KEYS = (INPUT, EXPECTED)
# Parts of an input that are lists.
ONE_COLUMN = frozenset({"candidates"})
_LINES = frozenset({"delimited", "lines", "labelled", "fasttext", "tags"})
_HEADED = frozenset({"delimited", "lines", "workbook"})


class Part(NamedTuple):
    """One guessed part of a file: its current value and its alternatives, in the order in which a key offers them.

    `key` names the answer that changes it, followed by the part's name if there are several inputs. Columns of
    `further` may join its own to one text, the likeliest first; empty for a part of one column only.
    """

    key: str
    label: str
    value: Any
    choices: tuple[tuple[Any, str], ...]
    further: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The current value, in words."""
        return next(
            (words for value, words in self.choices if value == self.value),
            "none" if self.value is None else shown(self.value),
        )

    def turned(self, taken: Collection[Any] = (), *, back: bool = False) -> Any:  # noqa: ANN401  a JSON value
        """Return the next value, or the previous; a value in use elsewhere only if there is no other.

        Of several columns the last one changes, if another is free.
        """
        values = [value for value, _ in self.choices][:: -1 if back else 1]
        if isinstance(self.value, list):
            *kept, last = self.value
            values = [each for each in values if each != self.value and (each == last or each not in (*taken, *kept))]
            at = values.index(last)
            return [*kept, [*values[at + 1 :], *values][0]]
        at = values.index(self.value) if self.value in values else -1
        others = [each for each in values[at + 1 :] + values[: at + 1] if each != self.value]
        return next((each for each in others if each not in taken), next(iter(others), self.value))


@dataclass(frozen=True, slots=True)
class Preview:
    """A file as it is read: the user's corrections, the parts that can be changed, its first rows, what was guessed.

    `roles` marks columns as "input" or "answer". If the file cannot be read so, there is a problem, and `cures` names
    the parts that solve it if read otherwise. It `is_odd` if anything of its layout was guessed.
    """

    path: str
    said: dict[str, Any]
    parts: tuple[Part, ...] = ()
    names: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    roles: dict[str, str] = field(default_factory=dict)
    words: str = ""
    is_odd: bool = False
    problem: str = ""
    cures: tuple[str, ...] = ()

    @property
    def settled(self) -> dict[str, Any]:
        """The user's corrections; if a column was corrected, all columns as they are shown, which follow from it."""
        return self._with(self._columns) if self._columns and {INPUT, EXPECTED} & self.said.keys() else self.said

    def turned(self, key: str, *, back: bool = False) -> dict[str, Any]:
        """Return the user's corrections with one part moved to its next value, preferring unused columns.

        If no unused column exists, the two parts swap.
        """
        part = self._part(key)
        if not key.startswith(COLUMN_KEYS):
            return self.said | {key: part.turned(back=back)}
        columns = self._columns
        value = part.turned(self._taken(key), back=back)
        rival = next((name for name, held in columns.items() if value in _names(held) and name != key), None)
        if rival is not None:
            held = columns[rival]
            columns[rival] = (
                [part.value if each == value else each for each in held] if isinstance(held, list) else part.value
            )
        return self._with(columns | {key: value})

    def widened(self, key: str) -> dict[str, Any]:
        """Return the user's corrections with one more column in a part, if one is free to join it."""
        part, taken = self._part(key), self._taken(key)
        free = next((each for each in part.further if each not in taken), None)
        return self.said if free is None else self._with(self._columns | {key: [*listed(part.value), free]})

    def narrowed(self, key: str) -> dict[str, Any]:
        """Return the user's corrections without the last of a part's several columns."""
        value = self._part(key).value
        if not isinstance(value, list):
            return self.said
        return self._with(self._columns | {key: value[:-1] if len(value) > 2 else value[0]})  # noqa: PLR2004  two

    def _part(self, key: str) -> Part:
        return next(each for each in self.parts if each.key == key)

    @property
    def _columns(self) -> dict[str, Any]:
        return {each.key: each.value for each in self.parts if each.key.startswith(COLUMN_KEYS)}

    def _taken(self, key: str) -> list[Any]:
        """Return the columns of the other parts."""
        return [name for other, held in self._columns.items() if other != key for name in _names(held)]

    def _with(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """Return the user's corrections with these columns, by the part's key."""
        inputs = {name.removeprefix(f"{INPUT}:"): value for name, value in columns.items() if name != EXPECTED}
        said = {INPUT: inputs.get(INPUT, inputs)}
        if EXPECTED in columns and (columns[EXPECTED] is not None or self._part(EXPECTED).value is not None):
            said[EXPECTED] = columns[EXPECTED]
        return self.said | said


def preview(path: Path, said: Mapping[str, Any], words: str = "") -> Preview:
    """Return how a file is read; a preview also reports why it cannot be."""
    seen = _read(path, dict(said), words)
    if not seen.problem or said:
        return seen
    cures = [part.label for part in seen.parts if not _read(path, seen.turned(part.key), words).problem]
    return replace(seen, cures=tuple(cures))


def reread(seen: Preview, said: Mapping[str, Any], words: str = "") -> Preview:
    """Return the `preview` of the same file, corrected otherwise; columns that another layout lacks are forgotten."""
    path = Path(seen.path)
    found = preview(path, said, words)
    kept, before = ({key: each[key] for key in each if key not in COLUMN_KEYS} for each in (said, seen.said))
    if not found.problem or kept == before:
        return found
    other = preview(path, kept, words)
    return found if other.problem else other


def preview_named(name: str, said: Mapping[str, Any], words: str = "") -> Preview:
    """Return the `preview` of the file that a text names; one of the Hub is downloaded."""
    try:
        path = examples_file(name, offline=False)
    except AdvisorError as error:
        return Preview(name, dict(said), problem=str(error))
    return preview(path, said, words)


def _read(path: Path, known: dict[str, Any], words: str) -> Preview:
    given = Given(*(known.get(f"examples.{name}") for name in Given._fields))
    parts: tuple[Part, ...] = ()
    try:
        parts = tuple(_layout_parts(path, given, layout(path, given)))
        return _seen(known, parts, *_looked_at(path, known, words))
    except OpenLayoutError as error:  # show the likeliest
        return replace(_read(path, known | {error.key: error.choices[0][0]}, words), is_odd=True)
    except InputError as error:
        problem = str(error)
    except OSError as error:
        problem = f"{place(path)}: cannot be read ({one_line(error.strerror or error, 120)})"
    return Preview(str(path), known, parts, problem=problem)


def _looked_at(path: Path, said: dict[str, Any], words: str) -> tuple[Table, Proposal]:
    """Look at a file as the interview does, using the meaning of the words."""
    from advisor.interview.answer_forms import LONGEST_TEXT
    from advisor.interview.facts import Fact, Source, Understanding, settled
    from advisor.interview.files.interpret import look_at
    from advisor.interview.text.words import families, from_words
    from catalog import open_catalog

    answers = [Fact(key, value, Source.ANSWER) for key, value in said.items()]
    if not words.strip():
        return look_at(str(path), Understanding(settled(answers)), most=GLANCED)
    with open_catalog() as catalog:
        words = words[:LONGEST_TEXT]
        known = Understanding(settled([*from_words(words, catalog), *answers]))
        return look_at(str(path), known, families(words, catalog), catalog.encode, GLANCED)


def examples_within(folder: Path) -> list[Path]:
    """Return the files in a folder and those below it that read as examples with answers, the most rows first.

    As in a bot's project, whose settings are no examples. Of many files the first ones are looked at.
    """
    found: dict[Path, int] = {}
    levels = (islice(folder.glob("/".join("*" * depth)), MOST_ENTRIES) for depth in range(1, DEEPEST + 1))
    files = (each for level in levels for each in sorted(level) if each.suffix.lower() in TABLES)
    own = (each for each in files if not any(part.startswith(".") for part in each.relative_to(folder).parts))
    for file in islice(own, MOST_FILES):
        with suppress(InputError, OSError):
            if file.is_file() and file.stat().st_size <= MOST_BYTES:
                table = look(file, GLANCED)
                if table.rows >= FEWEST_FOUND and propose(table).is_labelled:
                    found[file] = table.rows
    return sorted(found, key=lambda each: -found[each])


def _seen(known: dict[str, Any], parts: tuple[Part, ...], table: Table, proposal: Proposal) -> Preview:
    few = f"{place(Path(table.path))}: holds one row; it needs at least two examples, one a row"
    names = [column.name for column in table.columns]
    roles = dict.fromkeys(proposal.input_columns, "input") | dict.fromkeys(proposal.expected_columns, "answer")
    cells = [
        tuple(one_line(shown(row.columns.get(name)), LONGEST_CELL) for name in names)
        for row in rows_of(table, ROWS_SHOWN)
    ]
    count = f"{counted(table.rows, 'row')}{'' if table.is_counted else ' and more'}"
    textless = "answered without a text" if proposal.family == "question-answering" and not proposal.has_parts else ""
    said = ", ".join(filter(None, [count, table.layout, lacks_of(table.layout), textless]))
    inputs_, answers = ", ".join(proposal.input_columns), ", ".join(proposal.expected_columns)
    return Preview(
        table.path,
        known,
        (*_column_parts(table, proposal), *parts),
        tuple(names),
        tuple(cells),
        roles,
        f"{said}: {one_line(inputs_, 60) or 'no input'} → {one_line(answers, 60) or 'nothing says the answer'}",
        bool(table.layout),
        table.broken or (few if table.rows < FEWEST else ""),
    )


def _column_parts(table: Table, proposal: Proposal) -> Iterator[Part]:
    """Yield the parts that are a column each, or several that form one text."""
    names = [column.name for column in table.columns]
    if len(names) < 2:  # noqa: PLR2004  nothing to choose between
        return
    choices = tuple((name, quoted(name)) for name in names)
    value = proposal.input_value if proposal.input else {}
    for part, column in (value if isinstance(value, dict) else {"input": value}).items():
        key = f"{INPUT}:{part}" if isinstance(value, dict) else INPUT
        yield Part(key, part, column, (*_joined(column), *choices), _further(table, part, column))
    expected = dict(proposal.expected) if isinstance(proposal.expected, tuple) else proposal.expected
    if isinstance(expected, dict) and [*expected] == [*expected.values()] and len(expected) == 1:
        (expected,) = expected  # a single field is its column, so that the next one comes after it
    yield Part(EXPECTED, "answer", expected, (*_joined(expected), *choices, (None, "none yet")))


def _further(table: Table, part: str, column: str | list[str]) -> tuple[str, ...]:
    """Return the columns that may join a part's own: texts first, the likeliest inputs before others, then labels."""
    own, names = listed(column), [each.name for each in sorted(table.columns, key=lambda each: each.kind != "label")]
    paths = {each.name for each in table.columns if each.kind == "path"}
    if part in ONE_COLUMN or not paths.isdisjoint(own):
        return ()
    texts = (each.name for each in View(rows_of(table, ROWS_SHOWN), table.columns).inputs)
    return tuple(name for name in dict.fromkeys((*texts, *names)) if name not in own)


def _joined(value: Any) -> list[tuple[Any, str]]:  # noqa: ANN401  a JSON value
    """Return several columns as one choice; none for a single column."""
    return [(value, " and ".join(map(quoted, _names(value))))] if isinstance(value, list | dict) else []


def _names(value: Any) -> Iterable[Any]:  # noqa: ANN401  a JSON value
    """Return the columns of a part."""
    found: Iterable[Any] = value.values() if isinstance(value, dict) else listed(value)
    return found


def _layout_parts(path: Path, given: Given, found: Layout) -> Iterator[Part]:
    """Yield the parts of a file's layout that may be otherwise."""
    if found.form == "workbook":
        from advisor.task.workbook import sheet_names

        choices: list[tuple[Any, str]] = [(name, quoted(name)) for name in sheet_names(path)]
        with suppress(OpenLayoutError):  # no layout is likeliest
            if not layout(path, given._replace(sheet=None)).sheet:
                choices.insert(0, (None, "all alike"))
        yield from _part("sheet", found.sheet or None, choices)
    if found.form in _HEADED:
        held = "present" if found.names is None else "absent"
        yield from _part("header", held, [("present", "yes"), ("absent", "no")])
    if found.form in _LINES:
        free = layout(path, given._replace(separator=None))
        first = free.separator if free.form == "delimited" else None
        others = [each for each in separators_in(path, found.encoding) if each != first]
        listed = [(each, NAMES.get(each or "", "none" if each is None else quoted(each))) for each in (first, *others)]
        yield from _part("separator", given.separator or first, listed)
        if (guessed := encoding_of(path)) != UTF8:
            yield from _part("encoding", found.encoding, [(each, each) for each in encodings_of(path, guessed)])


def _part(name: str, value: Any, choices: list[tuple[Any, str]]) -> Iterator[Part]:  # noqa: ANN401  a JSON value
    if len(choices) > 1:
        yield Part(f"examples.{name}", name, value, tuple(choices))
