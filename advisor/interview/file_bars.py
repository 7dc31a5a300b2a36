"""Rates that the words demand of single labels, fields of an answer, or decisions on pairs, by what the file has."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.families import family
from advisor.families.sentence_similarity import ALIKE_PAIR, as_grade, decision
from advisor.families.values import as_decision, is_mark
from advisor.interview.facts import Fact, Notice, Source
from advisor.interview.files.columns import is_empty, shown
from advisor.interview.files.proposal import fields_of, labels_of
from advisor.interview.files.sheet import rows_of
from advisor.interview.text import vocabulary as say
from advisor.interview.text.demands import SURELY, Of, Rate, Subject, demands, rates
from advisor.interview.text.label_bars import Asked, asked, unclaimed
from advisor.interview.text.rates import clause
from advisor.system.source import quoted, set_option
from advisor.task.model import Task
from advisor.task.record_lists import without_kind
from advisor.units import percent

if TYPE_CHECKING:
    from advisor.interview.facts import Understanding
    from advisor.interview.files.columns import Column
    from advisor.interview.files.proposal import Proposal
    from advisor.interview.files.sheet import Table

_ENTIRE = re.compile(say.said("entire"), re.IGNORECASE)
TWO = 2
LEAST_OF_ALL = 0.05  # The bar on whole answers where that of their fields says nothing of them.
# A column with more values, or fewer rows of one, is rather a property of the rows.
MOST_SLICES, FEWEST_A_SLICE = 20, 2
_LISTED, ROWS = 5, 100
_PASS, _LABEL, _FIELD, _PRECISION, _SLICE = (
    "bar.pass_rate", "bar.per_label", "bar.per_field", "bar.precision", "bar.per_slice"
)  # fmt: skip


def with_label_bars(
    found: list[Fact], words: str, known: Understanding, table: Table | None, proposal: Proposal | None
) -> tuple[list[Fact], tuple[Notice, ...]]:
    """Return facts with the rates that the words demand per label; a notice if the family has no such rates."""
    labels = known.value("labels") or ()
    names = {str(labels[each]) if isinstance(labels, dict) else str(each): str(each) for each in labels}
    expected = proposal.expected if proposal is not None else None
    kind = family(str(known.value("family", "text-classification")))
    has_fields = kind.has_use_for(_FIELD)
    if has_fields:
        names = fields_of(table, expected, words)
    marked = _labels_of_marks(table, proposal) if kind.marks and table is not None and proposal is not None else {}
    if marked:
        names = {label: label for label in marked}
    column = table.column(expected) if table is not None and isinstance(expected, str) else None
    rows = (
        labels_of(rows_of(table), column)
        if table is not None and column is not None and (names or kind.decides) and not marked
        else marked
    )
    if kind.decides:
        names = _decisions(words, rows)
        rows = dict(zip(names.values(), (1, 9), strict=False))  # what is sought is the first
    # A tracker's "kind/bug" is a bug to people.
    names = {without_kind(name, names): label for name, label in names.items()}
    has_parts = kind.has_labels or kind.decides or kind.marks or has_fields
    subject = Subject(
        tuple((name, rows.get(label, 0)) for name, label in names.items()),
        _groups(table, proposal),
        are_fields=has_fields,
        has_parts=has_parts or bool(names),
    )
    bar = known.get(_PASS)
    given = float(bar.value) if bar is not None and bar.value and bar.source is Source.ANSWER else None
    said = asked(words, subject, given)
    notices = _notices(words, said, names, known)
    if not has_parts:
        if said.labels:
            text = f"{quoted(_quote(words, said.labels.values()), 60)} is said of {', '.join(said.labels)}; "
            notices = (Notice("label_bar", f"{text}the bar counts inputs with all parts right"),)
        said = Asked({}, {}, said.every, group=said.group)
    facts = [*_facts(words, said, names, has_fields=has_fields, is_one=_is_one(column, kind.has_labels), given=given)]
    # What was read before the labels were known counts no more, but for what only a text's English shows.
    is_read = bool(demands(words, subject))
    kept = [each for each in found if not (is_read and each.key == _PASS and each.source is Source.WORDS)]
    if "exact" in kind.comparisons and known.get("scoring.metric") is None:
        facts += _of_whole_answers(words)
    return [*kept, *facts], notices


def _labels_of_marks(table: Table, proposal: Proposal) -> dict[str, int]:
    """Return the labels that mark parts of texts, with their numbers of rows; of rows that can be read."""
    expected = proposal.expected
    if not proposal.input_columns:
        return {}
    if isinstance(expected, tuple):
        rows = rows_of(table, ROWS)
        return {label: sum(not is_empty(row.columns.get(name)) for row in rows) for label, name in expected}
    kind, (input_column, *_) = family(str(proposal.family)), proposal.input_columns
    examples = {"path": table.path, "input": input_column, "expected": expected}
    task = Task.model_validate({"name": "task", "family": kind.name, "instruction": "-", "examples": examples})
    counts = Counter[str]()
    for row in rows_of(table, ROWS):
        with suppress(ValueError):
            value = kind.read_expected(row.columns.get(str(expected)), task)
            spans = kind.fit_expected(value, shown(row.columns.get(input_column)), task, ())
            counts.update(dict.fromkeys(kind.labels_of(spans), 1))
    return dict(counts.most_common())


def _is_one(column: Column | None, has_labels: bool) -> bool:  # noqa: FBT001
    """Return whether an answer is one label."""
    return has_labels and (column is None or not column.has_several)


def _groups(table: Table | None, proposal: Proposal | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the columns that may group rows, with their values."""
    if table is None or proposal is None:
        return ()
    own = {*proposal.input_columns, *proposal.expected_columns}
    columns = [
        each.name
        for each in table.columns
        if each.name not in own and 1 < each.distinct <= min(MOST_SLICES, table.looked / FEWEST_A_SLICE)
    ]
    columns = [name for name in columns if not _names_answers(table, name, proposal.expected_columns)]
    values: dict[str, dict[str, None]] = {name: {} for name in columns}
    for row in rows_of(table) if columns else ():
        for name in columns:
            values[name].setdefault(str(row.columns.get(name, "")))
    return tuple((name, tuple(each)) for name, each in values.items())


def _names_answers(table: Table, column: str, answers: Collection[str]) -> bool:
    """Return whether a column says the same as the answer in other words, such as the code of a text."""
    rows = rows_of(table) if len(answers) == 1 else []
    pairs = {tuple(str(row.columns.get(name, "")) for name in (column, *answers)) for row in rows}
    return bool(pairs) and len(pairs) == len({one for one, _ in pairs}) == len({other for _, other in pairs})


def _facts(
    words: str, said: Asked, names: Mapping[str, str], *, has_fields: bool, is_one: bool, given: float | None
) -> Iterable[Fact]:
    """Yield what the demands set; the bar on whole answers follows from those on all their fields."""
    labels, answers = (
        dict.fromkeys(names.values(), round(each.share, 9)) if each is not None and len(names) > 1 else {}
        for each in (said.each, said.each_answer)
    )
    labels |= {names[name]: round(rate.share, 9) for name, rate in said.labels.items()}
    answers |= {names[name]: round(rate.share, 9) for name, rate in said.answers.items()}
    for key, shares, rated, each in (
        (_FIELD if has_fields else _LABEL, labels, said.labels, said.each),
        (_PRECISION, answers, said.answers, said.each_answer),
    ):
        if shares:
            yield Fact(key, shares, Source.WORDS, _quote(words, [*rated.values(), *filter(None, [each])]))
    every = said.every or (said.group[1] if said.group else None)
    if given is None and every is not None:
        yield Fact(_PASS, round(every.share, 9), Source.WORDS, words[every.start : every.end])
    elif given is None and labels and (said.each is not None or len(labels) == len(names)):
        share = min(labels.values()) if is_one else _of_all(labels.values())
        quote = _quote(words, [*said.labels.values(), *filter(None, [said.each])])
        yield Fact(_PASS, share, Source.WORDS, quote)
    elif given is None and len(names) == TWO and (sought := next(iter(labels.keys() & answers.keys()), None)):
        quote = _quote(words, [*said.labels.values(), *said.answers.values()])
        yield Fact(_PASS, _of_one(labels[sought], answers[sought]), Source.WORDS, quote)
    if said.group:
        name, rate = said.group
        value = {"column": name, "pass_rate": round(rate.share, 9)}
        yield Fact(_SLICE, value, Source.WORDS, words[rate.start : rate.end])


def _quote(words: str, rated: Iterable[Rate]) -> str:
    """Return the words of rates, from the first to the last."""
    every = list(rated)
    return words[min(each.start for each in every) : max(each.end for each in every)]


def _notices(words: str, said: Asked, names: Mapping[str, str], known: Understanding) -> tuple[Notice, ...]:
    """Return what a rate without a number is taken as, and what cannot be taken as no label is named."""
    name = known.value("family")
    key, one = (_FIELD, "FIELD") if name is not None and family(str(name)).has_use_for(_FIELD) else (_LABEL, "LABEL")
    found = []
    for own, every in ((key, said.labels), (_PRECISION, said.answers)):
        is_given = (fact := known.get(own)) is not None and fact.source is Source.ANSWER
        for label, rate in every.items():
            if not (is_given or rate.is_number):
                found.append(_never(own, words[rate.start : rate.end], names[label], rate.share))
    found += _unsure(words, said, names, key)
    open_rate = said.unknown[1] if said.unknown else None
    key = _PRECISION if said.unknown and said.unknown[0] is Of.ANSWERS else key
    is_rated = said.labels or said.answers or said.each
    none = words[open_rate.start : open_rate.end] if open_rate else "" if is_rated else unclaimed(words)
    if none and known.get(key) is None and len(names) > 1:
        listed = ", ".join(map(quoted, [*names.values()][:_LISTED]))
        share = round(open_rate.share, 6) if open_rate else 0.95
        text = f"{quoted(one_line(none, 60), 60)} sets no bar: none of {listed} stands in it"
        found.append(Notice("label_bar", f"{text}; {set_option(key, {one: share})} asks so of one", is_grave=True))
    return tuple(found)


def _unsure(words: str, said: Asked, names: Mapping[str, str], key: str) -> Iterator[Notice]:
    """Yield how each rate is read that may mean something else."""
    several = {key: said.each, _PRECISION: said.each_answer}
    every = [(key, label, rate) for label, rate in said.labels.items()]
    every += [(_PRECISION, label, rate) for label, rate in said.answers.items()]
    every += [(of, "", rate) for of, rate in several.items() if rate is not None]
    for of, label, rate in every:
        if rate.chance < SURELY:
            quote, share = quoted(one_line(words[rate.start : rate.end], 60), 60), round(rate.share, 6)
            what = {_PRECISION: "the answers", _LABEL: "the texts"}.get(of, "the values")
            whose = quoted(one_line(names[label], 40)) if label else "each label" if of != _FIELD else "each field"
            text = f"{quote} is read as {percent(share)} of {what} of {whose}; it may mean something else: "
            other = {_LABEL: _PRECISION, _PRECISION: _LABEL}.get(of) if label else None
            if other is not None:
                theirs = "the answers that name it" if other == _PRECISION else "its texts"
                text += f"{set_option(other, {names[label]: share})} asks so of {theirs}, "
            text += f"--set {_PASS}={share:g} {'' if other else 'asks so '}of all answers"
            yield Notice("label_bar", text)


def _of_whole_answers(words: str) -> list[Fact]:
    """Return that all that is marked counts, if a rate is said to be of whole answers: "the whole address right"."""
    clauses = (clause(words, rate.start, rate.end) for rate in rates(words) if rate.is_bar)
    said = next((words[start:end].strip() for start, end in clauses if _ENTIRE.search(words, start, end)), "")
    return [Fact("scoring.metric", "exact", Source.WORDS, said)] if said else []


def _of_one(recall: float, precision: float) -> float:
    """Return the share of right answers that follows from one of two labels' rates, if at most half of all have it."""
    share = 1 - ((1 - recall) + recall * (1 - precision) / precision) / 2
    return max(math.floor(100 * share) / 100, LEAST_OF_ALL)


def _of_all(shares: Collection[float]) -> float:
    """Return the share of answers with all fields right that follows from the share that each must have (Boole)."""
    return max(round(1 - sum(1 - each for each in shares), 9), LEAST_OF_ALL)


def _decisions(words: str, cells: Iterable[str]) -> dict[str, str]:
    """Return the two decisions on pairs in their first words, "the same" first and by the word that a text has for it.

    None of graded pairs.
    """
    usual: dict[bool | None, str] = {}
    for cell in cells:
        if not is_mark(cell):
            usual.setdefault(decision(cell), as_decision(as_grade(cell)))
    if usual.keys() != {True, False}:
        return {}
    said = ALIKE_PAIR.search(words)
    return {said[0] if said else "+": usual[True], "-": usual[False]}


def _never(key: str, said: str, label: str, share: float) -> Notice:
    """Return a notice that what must never be missed, or wrong, has a rate of its own, as "never" cannot be proven."""
    what = f"the answers {quoted(one_line(label, 40))}" if key == "bar.precision" else quoted(one_line(label, 40))
    text = (
        f"{quoted(one_line(said, 60), 60)} cannot be proven for any model; of {what} "
        f"{percent(share)} must be right; {set_option(key, {label: max(share, 0.95)})} asks more"
    )
    return Notice("label_bar", text, is_grave=True)
