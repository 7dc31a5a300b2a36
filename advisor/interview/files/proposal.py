"""Proposes which columns of a user's file are input and which expected, with the reason and alternatives."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from advisor.candidates.labels import relate_texts
from advisor.families import family as family_of
from advisor.families.base import PAIR
from advisor.families.values import as_label, cut_at, loaded
from advisor.interview.files import mentions, names
from advisor.interview.files.asked import with_asked
from advisor.interview.files.choice import JOINS, chance_of, shipped
from advisor.interview.files.columns import Column, are_tests, is_empty, shown
from advisor.interview.files.evaluated import columns_of
from advisor.interview.files.features import REPEATS, Encode, TableStats, joinable, joining
from advisor.interview.files.further_input import (
    MOST_EMPTY,
    MOST_JOINED,
    OF_ONE_TEXT,
    repeats,
    told_apart,
    with_judged,
)
from advisor.interview.files.shapes import SPEAKS, both_halves, readings, weight
from advisor.interview.files.sheet import Table, rows_of
from advisor.interview.files.view import ASKS, Reading, View
from advisor.system.source import quoted
from advisor.task.fields import listed
from advisor.task.known_formats import CASES
from advisor.task.near_files import named_by
from advisor.task.record import Row
from advisor.task.word_labels import predictability

COMPARED_ROWS, MOST_COLUMNS = 300, 20
# For this many of the likeliest readings, further columns of the input are searched.
MOST_WAYS = 8
MOST_LABELS = 50
WRITES = frozenset({"text-generation", "summarization", "translation"})
# Columns that do not describe a text.
METADATA = frozenset({"id", "date", "url"})
NO_FIELDS = frozenset({"text", "path", "object", "list", "spans"})
A_SENTENCE = 40  # bytes of a text that repeats, such as an exam's question, on average
TELLS_MORE = 0.1
# From this chance on a column may be a part of the input.
MAY_JOIN = 0.2
# The weight of a file without expected values, if the words mean a family at least this much.
UNLABELLED, MEANT = 0.2, 0.35
# From this chance on no column holds the answers.
SURELY_NONE = 0.75
TRIPLET = ("anchor", "closer", "farther")


@dataclass(frozen=True, slots=True)
class Proposal:
    """How a file would be read as examples."""

    family: str | None  # The requested one, else the one the shape suggests most; None if it suggests none.
    # The family's parts with their columns, one entry per column; without a family one part, "text".
    input: tuple[tuple[str, str], ...]
    # The column of expected values, or fields with their columns for an object; None if unlabelled.
    expected: str | tuple[tuple[str, str], ...] | None
    why: str  # In words.
    families: tuple[Reading, ...] = ()  # A reading for each that the shape suggests, strongest first.
    # The likeliest readings, each with its family, columns and chance: this one first.
    likely: tuple[Reading, ...] = ()
    translate: tuple[str, str] | None = None  # The languages of input and answer, if a translation shows them.

    @property
    def is_labelled(self) -> bool:
        """Whether the examples have expected values: in a column or, for triplets, by which text is the closer one."""
        return self.expected is not None or tuple(part for part, _ in self.input) == TRIPLET

    @property
    def input_columns(self) -> tuple[str, ...]:
        return tuple(column for _, column in self.input)

    @property
    def expected_columns(self) -> tuple[str, ...]:
        return tuple(Reading(self.family or "", self.input, self.expected, self.why, 0.0).answers)

    @property
    def input_value(self) -> str | list[str] | dict[str, str | list[str]]:
        """The input as in a task file: a column, a list of columns that form one text, or either per part."""
        return Reading(self.family or "", self.input, self.expected, self.why, 0.0).input_value

    @property
    def has_parts(self) -> bool:
        """Whether an input has several parts, such as question and context."""
        return isinstance(self.input_value, dict) and bool(self.input)

    def text_of(self, row: Row) -> str | None:
        """Return a row's input as one text; None if all columns of a part are empty."""
        filled = [(part, shown(cell)) for part, name in self.input if not is_empty(cell := row.columns.get(name))]
        lacks = {part for part, _ in filled} != {part for part, _ in self.input}
        return None if lacks else "\n".join(text for _, text in filled)

    def with_columns(self, given: Mapping[str, Any]) -> Proposal:
        """Return the proposal with the user's corrections: parts, and "expected", with their columns."""
        parts = dict.fromkeys(part for part, _ in self.input)
        own = {part: [column for each, column in self.input if each == part] for part in parts}
        placed = tuple((part, column) for part in parts for column in listed(given.get(part, own[part])))
        expected = given.get("expected", self.expected)
        same = (placed, expected) == (self.input, self.expected)
        return replace(self, input=placed, expected=expected, why=self.why if same else "the columns that you named")


def propose(  # noqa: PLR0917  most are named
    table: Table,
    family: str | None = None,
    words: str = "",
    expected: str = "",
    meant: Mapping[str, float] = MappingProxyType({}),
    encode: Encode | None = None,
) -> Proposal:
    """Return how a table would be read as examples.

    Args:
        table: The inspected file.
        family: The task's, if known; otherwise the shape decides.
        words: The task in the user's words: columns that they name are likelier expected, most so if named in full.
        expected: The expected column, if the user named it; "" leaves it open.
        meant: The families that the words may mean, with their shares.
        encode: Embeds texts: words may mean a column without naming it.

    Raises:
        InputError: if the file can no longer be read.
    """
    own = columns_of(table.path)
    proposal = _proposed(table, family or own.get("family"), words, expected or own.get("expected", ""), meant, encode)
    parts = dict.fromkeys(part for part, _ in proposal.input)
    if not own or len(parts) != 1 or (expected and expected != own.get("expected")):
        return proposal
    is_open = {*listed(own.get("input", ()))}.isdisjoint(proposal.expected_columns)  # what prompts read is no answer
    given = dict.fromkeys(parts, own["input"]) if "input" in own and is_open else {}
    given |= {"expected": own["expected"]} if "expected" in own and not isinstance(proposal.expected, tuple) else {}
    return replace(proposal.with_columns(given), why=proposal.why)


def _proposed(  # noqa: PLR0917  as propose takes them
    table: Table, family: str | None, words: str, expected: str, meant: Mapping[str, float], encode: Encode | None
) -> Proposal:
    """Return the strongest reading; an unlabelled one if the words suggest its family more strongly."""
    rows = rows_of(table, COMPARED_ROWS)
    words = mentions.set_apart(words, [column.name for column in table.columns])
    said = mentions.said_in(words)
    view = View(rows, _without_tests(_looked_at(table, said, expected), rows, expected), said)
    view = with_asked(view, words, expected).with_phrases
    found, lacks = readings(view, meant, words, encode, is_chosen=bool(expected))
    found = [each for each in found if each.expected == expected or not _writes_nothing(each, rows)]
    # Of two columns a text and one whose values come again, one is the answer.
    pair = view.columns if len(view.columns) == 2 else ()  # noqa: PLR2004
    is_pair = any(column.distinct <= REPEATS * len(rows) and column.kind != "date" for column in pair)
    is_pair &= not any(names.is_any(column.name, names.ORIGIN) for column in pair) and bool(view.of("text"))
    speaks = max((SPEAKS if found and is_pair else 0.0, *(reading.strength for reading in found)))
    families = _families(found)
    chosen = family or (found[0].family if speaks >= SPEAKS else None)
    most = max(meant, key=meant.__getitem__, default="")
    least = UNLABELLED + weight(meant, most) if meant.get(most, 0.0) >= MEANT and family is None else 0.0
    is_asked = bool(found) and (view.asked in found[0].answers or len(mentions.listed(words, found[0].answers)) > 1)
    if speaks < least:
        chosen, found = most, []
    elif encode is not None and words.strip() and not expected and lacks >= SURELY_NONE and not is_asked:
        chosen, found = family or (most if meant.get(most, 0.0) >= MEANT else chosen), []
    own = [reading for reading in found if reading.family == chosen]
    # The column that the words ask about may exist but be empty yet; no other column is the answer then.
    bare = [
        column.name for column in table.columns if not column.distinct and not names.is_any(column.name, names.INPUT)
    ]
    best_column = table.column(own[0].expected) if own and isinstance(own[0].expected, str) else None
    is_said = best_column is not None and view.names_values(best_column.name) > 0
    if not own or (not view.asked and not is_said and mentions.in_full(words, bare)):
        return _unlabelled(view, chosen, families)
    ways = own if family is not None else [own[0], *(each for each in found if each is not own[0])]
    is_log = table.layout.startswith(CASES)
    for at, way in enumerate(ways[:MOST_WAYS]):
        read = replace(way, input=with_others(view, way), expected=_with_named_fields(view, words, way))
        ways[at] = told_apart(view, words, with_judged(view, read) if is_log else read)
    likely = _merged([*_otherwise_joined(TableStats(view, words, encode), ways[0]), *ways[1:]])
    best = likely[0]
    return Proposal(chosen, best.input, best.expected, best.why, families, tuple(likely), best.translate)


def _writes_nothing(reading: Reading, rows: Sequence[Row]) -> bool:
    """Return whether most answers of a reading that writes texts are empty lists."""
    cells = [row.columns.get(name) for name in reading.answers for row in rows] if reading.family in WRITES else []
    return 2 * sum(loaded(cell) == [] for cell in cells) > len(cells)


def _merged(found: Sequence[Reading]) -> list[Reading]:
    """Return the first reading, then the likeliest, without duplicates and with their chances."""
    chances: defaultdict[tuple[Any, ...], float] = defaultdict(float)
    first: dict[tuple[Any, ...], Reading] = {}
    for each in found:
        key = (each.family, each.input, each.expected)
        chances[key] += each.chance
        first.setdefault(key, each)
    total = sum(chances.values()) or 1.0
    summed = [replace(each, chance=chances[key] / total) for key, each in first.items()]
    return [*summed[:1], *sorted(summed[1:], key=lambda each: each.chance, reverse=True)]


def _looked_at(table: Table, said: frozenset[str], expected: str) -> tuple[Column, ...]:
    """Return the filled columns; in very wide tables only those likeliest to be input or answer, to limit the time."""
    filled = [column for column in table.columns if column.distinct]

    def worth(column: Column) -> float:
        is_named = any(names.are_forms(word, each) for word in names.words(column.name) for each in said)
        is_usual = names.is_any(column.name, names.INPUT | names.LABEL | names.ANSWER | names.GRADE)
        kind = {"text": min(column.mean_length, 100.0) / 100, "path": 1.0, "spans": 1.0, "object": 1.0, "label": 0.5}
        return 4.0 * (column.name == expected) + 2.0 * is_named + is_usual + kind.get(column.kind, 0.0) - column.empty

    kept = sorted(filled, key=worth, reverse=True)[:MOST_COLUMNS]
    return tuple(column for column in filled if column in kept)


def _without_tests(columns: tuple[Column, ...], rows: Sequence[Row], expected: str) -> tuple[Column, ...]:
    """Return the columns without programs that check the answers, if two other texts may be input and answer."""
    tests = {
        each.name
        for each in columns
        if each.kind in ("text", "list") and each.name != expected
        and are_tests([row.columns.get(each.name) for row in rows])
    }  # fmt: skip
    kept = tuple(each for each in columns if each.name not in tests)
    return kept if sum(each.kind == "text" for each in kept) > 1 else columns


def with_others(view: View, best: Reading) -> tuple[tuple[str, str], ...]:
    """Return a reading's input; for one text with the columns that belong to it, as a mail's subject to its body.

    These are the columns that the words take it from, with its heading; else those that they name, where something is
    to be written labels too; if they name none, all texts in a file of nothing but texts, the answer and row names;
    else the text's heading, and columns that improve the prediction of the label. Two that a label relates are a pair.
    """
    if tuple(part for part, _ in best.input) == PAIR and isinstance(best.expected, str):
        named = {column.name: column for column in view.columns}
        return both_halves(view, *(named[name] for name in (*dict(best.input).values(), best.expected)))
    if best.family not in OF_ONE_TEXT or len(best.input) != 1 or not isinstance(best.expected, str):
        return best.input
    part, first = best.input[0]
    if options := _options(view, best.expected):
        return tuple((part, name) for name in (first, *options))
    others = (names.ANSWER - names.SUMMARY) | names.ORIGIN
    if first in view.sources - {best.expected}:
        headings = {column.name for column in view.of("text") if names.is_any(column.name, names.HEAD)}
        own = (view.sources | headings) - {best.expected} - names.nested([column.name for column in view.columns])
        return tuple((part, column.name) for column in view.columns if column.name in own)[:MOST_JOINED]
    is_written = best.family == "text-generation"
    texts = [
        column
        for column in view.columns
        if column.name == first
        or (
            column.name != best.expected
            and not names.are_judged_alike(column.name, best.expected)
            and named_by(column.name) != best.expected
            and not view.is_told_by_gaps(best.expected, column.name)
            and (
                column.kind == "text"
                or (column.kind == "label" and view.asks(column.name) >= ASKS)
                or (
                    column.kind == "label"
                    and view.said_of(column) == 1
                    and (is_written or view.size(column.name) >= A_SENTENCE)
                )
            )
            and column.empty <= MOST_EMPTY
            and (names.is_any(column.name, names.INPUT) or not names.is_any(column.name, others) or view.says(column))
        )
    ]
    main = [column for column in texts if column.name == first]
    texts = [
        column
        for at, column in enumerate(texts)
        if column in main or not any(repeats(view, column, each) for each in (*main, *texts[:at]))
    ]
    # A form's questions are numbered, and so are the grades of their answers: "Q4 agreed" is of "Q4. Explain ...".
    numbers = set(filter(str.isdecimal, names.words(best.expected)))
    numbered = [column for column in texts if numbers & set(names.words(column.name))]
    texts = numbered if any(column.name == first for column in numbered) else texts
    # A "title" is often what a file without a title column calls summary or headline.
    has_title = any("title" in names.words(column.name) for column in view.columns)
    heads = names.SUMMARY if "title" in view.said and not has_title else frozenset()
    said = [column for column in texts if view.says(column) or names.is_any(column.name, heads)]
    said = said and [column for column in texts if column in said or column.kind == "label"]
    rest = [column for column in view.columns if column not in texts and column.name != best.expected]
    # Titles that recur are read beside what differs in each row, though words name them alone.
    recur = best.family == "text-classification" and not any(2 * column.distinct > len(view.rows) for column in said)
    if said:
        joined = [column for column in texts if column in said or (recur and column in main)]
    elif all(column.kind in METADATA for column in rest):
        joined = texts
    elif best.family == "text-regression":
        return best.input
    else:
        joined = _telling(view, first, best.expected, texts)
    if best.family == "text-classification" and len(joined) == len(PAIR) and _relates(view, best.expected):
        return tuple((half, column.name) for half, column in zip(PAIR, joined, strict=True))
    return tuple((part, column.name) for column in joined[:MOST_JOINED])


def _options(view: View, expected: str) -> list[str]:
    """Return the columns that the answers name by a letter or number: "B" of A to D, or of "Option A" to "Option D"."""
    cells = (cell for row in view.rows if not is_empty(cell := row.columns[expected]))
    labels = {shown(cell).strip().casefold() for cell in cells}
    own = {column.name: names.words(column.name) for column in view.columns if column.name != expected}
    options = {name: said[-1] for name, said in own.items() if said and said[-1] in labels}
    is_of_each = len(labels) > 1 and {*map(len, labels)} == {1} and sorted(options.values()) == sorted(labels)
    return [*options] if is_of_each and len({own[name][:-1] for name in options}) == 1 else []


def _relates(view: View, column: str) -> bool:
    """Return whether a column's labels say if one text follows from another."""
    labels = {shown(row.columns[column]) for row in view.rows if not is_empty(row.columns.get(column))}
    return len(labels) <= MOST_LABELS and relate_texts(sorted(labels))


def _with_named_fields(view: View, words: str, reading: Reading) -> str | tuple[tuple[str, str], ...] | None:
    """Return the expected value; for fields also those that the words list in full and that no text holds verbatim.

    A table's date is one: the text has "12 March".
    """
    if reading.family != "json-extraction" or not isinstance(reading.expected, tuple):
        return reading.expected
    held = {*reading.answers}
    listed = [column.name for column in view.columns if column.kind not in NO_FIELDS]
    said, items = mentions.in_full(words, listed), mentions.in_lists(words, listed)
    named = dict.fromkeys([*(name for name in said if not mentions.is_taken_out_of(words, name)), *items])
    used = {name for _, name in reading.input}
    if held.isdisjoint([*said, *items]):
        return reading.expected
    further = [name for name in named if name not in held | used]
    # Who lists two or more, side by side, wants no others that happen to stand in the text.
    asked = mentions.listed(words, listed)
    said_of = {column.name: view.said_of(column) for column in view.columns}
    kept = [name for name in reading.answers if name in asked or not asked & held or said_of[name]]
    return names.as_fields([*kept, *further])


def _otherwise_joined(stats: TableStats, read: Reading) -> list[Reading]:
    """Return a reading of one text, and where more or fewer columns of it may be meant, that one too, likelier first.

    Columns that the words name, or without which more of the same inputs have different answers, are kept.
    """
    if (
        read.family not in OF_ONE_TEXT
        or not isinstance(read.expected, str)
        or len({part for part, _ in read.input}) != 1
    ):
        return [read]
    own = [name for _, name in read.input]
    if stats.view.sources.issuperset(own):  # the words say which
        return [read]
    first = max(own, key=lambda name: stats.values[name].column.mean_length)
    chances = {
        name: chance_of(JOINS, joining(stats, first, read.expected, name, is_taken=name in own), shipped())
        for name in joinable(stats, first, read.expected)
    }
    others = {name for name, chance in chances.items() if chance >= MAY_JOIN}
    others = {
        name
        for name in others
        if not (
            names.are_judged_alike(name, read.expected)
            or any(repeats(stats.view, stats.values[name].column, stats.values[one].column) for one in {*own} - {name})
        )
    }
    columns = [name for name in stats.values if name == first or name in others][:MOST_JOINED]
    differ = set(own) ^ set(columns)
    # How much likelier the columns that differ are as these than as those.
    odds = math.prod(
        (chances[name] / (1.0 - chances[name])) ** (1 if name in own else -1) for name in differ if name in chances
    )
    if not differ or first not in columns:
        return [read]
    why = f"{read.why}; {' and '.join(map(quoted, columns))} may be one text" if len(columns) > 1 else read.why
    other = replace(read, input=tuple((read.input[0][0], name) for name in columns), why=why)
    share = odds / (1.0 + odds)
    both = [replace(read, chance=read.chance * share), replace(other, chance=read.chance * (1.0 - share))]
    torn = [stats.view.ambiguous((*names_,), read.expected) for names_ in (own, columns)]
    is_named = any(stats.view.says(stats.values[name].column) for name in {*own} - {*columns})
    return both if is_named or torn[0] < torn[1] else sorted(both, key=lambda each: -each.chance)


def _telling(view: View, first: str, label: str, texts: Sequence[Column]) -> list[Column]:
    """Return the text that is read and the further ones with which a label is clearly better predicted.

    A few texts that repeat, such as ready-made replies, are chosen by the label and no part of what is labelled.
    """
    alone = predictability(view.pairs(first, label))
    kept = []
    for column in texts:
        both = [(f"{one} {shown(row.columns[column.name])}", shown(row.columns[label])) for row in view.rows
                if not (is_empty(row.columns.get(label)) or is_empty(row.columns.get(column.name)))
                for one in (shown(row.columns.get(first) or ""),)]  # fmt: skip
        is_head = names.is_any(column.name, names.HEAD) and column.kind == "text"
        tells = column not in view.replies and predictability(both) > alone + TELLS_MORE
        if column.name == first or is_head or tells:
            kept.append(column)
    return kept


def labels_of_row(row: Row, column: Column) -> list[str]:
    """Return the labels in a row's column, normalised; none if it is empty."""
    value = loaded(row.columns.get(column.name))
    if is_empty(value):
        return []
    if column.has_several and isinstance(value, str):
        value = cut_at(column.detail if column.kind == "label" else ";", value)
    each = value if isinstance(value, list) else [value]
    return [as_label(shown(label)) for label in each if not is_empty(label)]


def labels_of(rows: Sequence[Row], column: Column) -> Counter[str]:
    """Return a column's labels, normalised, with their numbers of rows, most frequent first."""
    counts = Counter(label for row in rows for label in labels_of_row(row, column))
    return Counter(dict(counts.most_common()))


def fields_of(table: Table | None, expected: str | tuple[tuple[str, str], ...] | None, said: str) -> dict[str, str]:
    """Return the outermost fields of the expected objects: those with columns of their own, or those in one column.

    By the words of their names that the task says and no other column has: "date" for "Invoice date".
    """
    cells = (loaded(row.columns.get(expected)) for row in rows_of(table)) if table and isinstance(expected, str) else ()
    own = dict.fromkeys(str(field) for cell in cells if isinstance(cell, dict) for field in cell)
    own |= dict.fromkeys(field for field, _ in expected) if isinstance(expected, tuple) else {}
    every = {*own, *(column.name for column in (table.columns if table else ()))}
    counts = Counter(word for name in every for word in {*names.words(name)})
    spoken = {*names.words(said)}
    short = {each: [word for word in names.words(each) if word in spoken and counts[word] == 1] for each in own}
    return {" ".join(kept) or each: each for each, kept in short.items()}


def _families(found: list[Reading]) -> tuple[Reading, ...]:
    """Return the best reading of each family that the shape suggests, and the likeliest of all if it suggests any."""
    best: dict[str, Reading] = {}
    speak: dict[str, float] = {}
    for reading in found:
        best.setdefault(reading.family, reading)
        speak[reading.family] = max(reading.strength, speak.get(reading.family, 0.0))
    loud = max(speak.values(), default=0.0) >= SPEAKS
    listed = [replace(each, strength=speak[name]) for name, each in best.items()]
    return tuple(each for place, each in enumerate(listed) if each.strength >= SPEAKS or (loud and place == 0))


def unlabelled(table: Table, family: str | None, why: str) -> Proposal:
    """Return a table read as texts without expected values: the column that a person would read.

    InputError if the file can no longer be read.
    """
    view = View(rows_of(table, COMPARED_ROWS), tuple(column for column in table.columns if column.distinct))
    phrases = [column for column in view.of("label") if names.is_any(column.name, names.INPUT)] + view.phrases
    # In classification, short texts that repeat look like labels.
    texts = [column if column not in phrases else replace(column, kind="text") for column in view.columns]
    read = _unlabelled(replace(view, columns=tuple(texts)), family, ())
    return replace(read, expected=None, why=why)


def _unlabelled(view: View, family: str | None, families: tuple[Reading, ...]) -> Proposal:
    """Return the input columns if no column is expected, or none of the shape that the family needs."""
    kind = family_of(family) if family is not None else None
    parts = kind.parts if kind is not None else ("text",)
    wanted = "path" if kind is not None and kind.file_part is not None else "text"
    # Short texts that repeat, such as commands, with a name that inputs have.
    commands = [column for column in view.of("label") if names.is_any(column.name, names.INPUT)]
    free = view.of("path") if wanted == "path" else view.texts or [*view.of("list"), *commands]
    placed: dict[str, str] = {}
    for part in parts:
        named = next((column for column in free if part in names.words(column.name)), None)
        rest = [column for column in free if column.name not in placed.values()]
        if named is not None or rest:
            placed[part] = (named or rest[0]).name
    headed = _with_headings(view, parts[0])[:MOST_JOINED] if family in OF_ONE_TEXT - {"text-generation"} else ()
    what = f"what {family} expects" if family is not None else "what is expected of a text"
    why = f"no column looks like {what}; the examples are unlabelled" if placed else "no column holds inputs"
    expected = kind.expected_column if kind is not None else None
    named_so = next((column.name for column in view.columns if column.name == expected), None)
    if named_so is not None and named_so not in placed.values():
        why = f"the column {quoted(named_so)} is named as {family} expects"
        return Proposal(family, tuple(placed.items()), named_so, why, families)
    return Proposal(family, headed or tuple(placed.items()), None, why, families)


def _with_headings(view: View, part: str) -> tuple[tuple[str, str], ...]:
    """Return the text that a person would read as a part, with its headings; nothing if it has none."""
    others = (names.ANSWER - names.SUMMARY) | names.ORIGIN
    texts = [column for column in view.inputs if not names.is_any(column.name, others)]
    own = {column.name for column in texts if column is texts[0] or names.is_any(column.name, names.HEAD)}
    return tuple((part, column.name) for column in view.columns if column.name in own) if len(own) > 1 else ()
