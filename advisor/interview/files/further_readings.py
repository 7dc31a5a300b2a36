"""Readings of a table that the values of its columns allow, whatever its shape suggests."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import combinations, permutations, product
from statistics import fmean
from typing import NamedTuple

from advisor.interview.files import names
from advisor.interview.files.columns import Column, is_empty, of_halves, shown
from advisor.interview.files.features import NUMERIC, REPEATS, TableStats, Values
from advisor.interview.files.view import Reading, View
from advisor.system.source import quoted

# The strength of a reading that no shape suggests.
BEYOND = -1.0
# Most labels; so few distinct numbers are rather labels.
MOST_LABELS, FEW_NUMBERS, FEW_GRADES = 60, 5, 6
# So few rows may have a label each, if it is short.
FEW_ROWS, A_NAME = 40, 30
# The share of a pair's answers that are the two usual ones.
MOST_OF_TWO = 0.9
# Length of a translation relative to its text; of a summary at most; of a pair's shorter text at least.
LENGTHS, SHORTER, PAIRED = (0.2, 5.0), 0.7, 0.2
# Fields occur in their texts at least this often; a cell of a letter or two does so by chance.
STANDS, NEARLY, LEAST_FIELD = 0.5, 0.75, 2.5
# Of fields named alike so many stand in the text on average; dates and numbers are often written otherwise there.
_SOME_STAND, _MOST_FIELDS = 0.25, 12
_NO_QUOTES = frozenset({"path", "url", "object", "spans"})


class _Single(NamedTuple):
    """A family with one text and one answer: its part, which columns may be the answer, and why."""

    family: str
    part: str
    fits: Callable[[TableStats, Values, Values], bool]
    why: str


def _repeats(stats: TableStats, _: Values, answer: Values) -> bool:
    # Of few rows each label has one or two.
    is_short = len(stats.view.rows) <= FEW_ROWS and answer.column.mean_length <= A_NAME
    few = (answer.ratio <= REPEATS or (is_short and answer.ratio < 1)) and answer.column.distinct <= MOST_LABELS
    is_label = few and answer.column.kind not in ("path", "object")
    return is_label and not stats.view.is_code(answer.column, stats.view.of("label"))


def _is_number(_: TableStats, __: Values, answer: Values) -> bool:
    return answer.numeric > NUMERIC and answer.column.distinct > FEW_NUMBERS


def _is_summary(_: TableStats, text: Values, answer: Values) -> bool:
    return answer.is_text and answer.words > 1 and answer.column.mean_length < text.column.mean_length


def _is_translation(_: TableStats, text: Values, answer: Values) -> bool:
    low, high = LENGTHS
    return answer.is_text and low < (answer.column.mean_length + 1) / (text.column.mean_length + 1) < high


def _stands(stats: TableStats, text: Values, answer: Values) -> bool:
    return answer.column.kind != "object" and stats.contained(answer.column, text.column) >= STANDS


_SINGLES = (
    _Single("text-classification", "text", _repeats, "{answer} has {distinct} different values, {text} is text"),
    _Single("text-regression", "text", _is_number, "{answer} has {distinct} different numbers, {text} is text"),
    _Single("json-extraction", "text", _stands, "what {answer} holds is found in {text}"),
    _Single("text-generation", "text", lambda _, __, answer: answer.is_text,
            "{text} is text, and {answer} may be what is to be written for it"),
    _Single("translation", "text", _is_translation, "{text} and {answer} are texts of like length"),
    _Single("summarization", "text", _is_summary, "{text} is longer than {answer}, which is text too"),
    _Single("text-retrieval", "query", lambda stats, text, answer: answer.column.kind in ("id", "list")
            or (answer.is_text and not stats.view.rewrites(text.column.name, answer.column.name)),
            "{text} is text, {answer} names what is found for it"),
)  # fmt: skip


def further(view: View) -> Iterator[Reading]:
    """Yield further readings that the values of the columns allow, whatever the shape suggests."""
    stats = TableStats(view, "")
    columns = [each for each in stats.values.values() if each.column.distinct > 1]
    for text, answer in product(stats.texts, columns):
        for single in _SINGLES if answer is not text and answer.column.detail != "answers" else ():
            if single.fits(stats, text, answer):
                one, other = text.column.name, answer.column.name
                distinct = answer.distinct_numbers if single.fits is _is_number else answer.column.distinct
                why = single.why.format(answer=quoted(other), text=quoted(one), distinct=distinct)
                expected = names.as_fields([other]) if single.family == "json-extraction" else other
                yield Reading(single.family, ((single.part, one),), expected, why, BEYOND)
    yield from _fields(stats)
    yield from _pairs(stats)
    yield from _graded(stats)
    yield from _quoted(stats)


def _quoted(stats: TableStats) -> Iterator[Reading]:
    """Yield questions, longer passages, and what stands in these."""
    for question, passage in permutations(stats.texts, 2):
        if passage.column.mean_length < question.column.mean_length:
            continue
        for answer in stats.values.values():
            column = answer.column
            is_short = column.mean_length < SHORTER * passage.column.mean_length and column.kind not in _NO_QUOTES
            if (
                answer not in (question, passage)
                and is_short
                and column.distinct > FEW_NUMBERS
                and stats.contained(column, passage.column) >= STANDS
            ):
                parts = (("question", question.column.name), ("context", passage.column.name))
                why = f"what {quoted(column.name)} holds stands in {quoted(passage.column.name)}"
                yield Reading("question-answering", parts, column.name, why, BEYOND)


def _graded(stats: TableStats) -> Iterator[Reading]:
    """Yield texts that recur with others, and what grades these: more than one in most, and not alike."""
    for query, candidate in permutations(stats.texts, 2):
        is_other = query.ratio > REPEATS or candidate.ratio <= query.ratio
        if is_other or stats.view.is_category(query.column.name):
            continue
        for each in stats.values.values():
            if each in (query, candidate) or each.numeric <= NUMERIC:
                continue
            held = stats.view.grades(query.column.name, candidate.column.name, each.column.name)
            if 2 * sum(len({*graded.values()}) > 1 for graded in held.values()) <= len(held):
                continue
            one, other, grade = query.column.name, candidate.column.name, each.column.name
            why = f"{quoted(grade)} grades several {quoted(other)} for each {quoted(one)}"
            yield Reading("text-ranking", (("query", one), ("candidates", other)), grade, why, BEYOND)


def _pairs(stats: TableStats) -> Iterator[Reading]:
    """Yield two texts with a column that compares them."""
    texts = (each for each in stats.texts if not stats.view.is_category(each.column.name))
    for one, other in combinations(sorted(texts, key=lambda each: each.at), 2):
        first, second = one.column, other.column
        lengths = sorted((first.mean_length + 1, second.mean_length + 1))
        if lengths[0] <= PAIRED * lengths[1]:
            continue
        halves = of_halves(stats.view.columns, first, second)
        for each in stats.values.values():
            few = each.column.distinct <= FEW_GRADES and each.column.kind not in ("date", "url", "path")
            is_scale = 2 < each.column.distinct <= FEW_GRADES and each.column.longest == 1  # noqa: PLR2004  A to D
            few = few and (each.numeric > NUMERIC or is_scale or _are_two(stats.view, each.column))
            few = few and (stats.view.says(each.column) or not names.is_any(each.column.name, names.ID))
            if (
                each not in (one, other)
                and each.column not in halves
                and each.column.distinct > 1
                and (few or each.numeric > NUMERIC)
            ):
                parts = (("first", first.name), ("second", second.name))
                name = each.column.name
                why = f"{quoted(name)} compares two texts, {quoted(first.name)} and {quoted(second.name)}"
                yield Reading("sentence-similarity", parts, name, why, BEYOND)


def _are_two(view: View, column: Column) -> bool:
    """Return whether nearly all of a column's values are two, or a yes and a no; or it is the one asked about."""
    cells = Counter(shown(cell) for row in view.rows if not is_empty(cell := row.columns.get(column.name)))
    return (
        column.name == view.asked
        or column.decides
        or sum(count for _, count in cells.most_common(2)) >= MOST_OF_TWO * cells.total()
    )


def _fields(stats: TableStats) -> Iterator[Reading]:
    """Yield several columns that occur in one text, as fields do: all, or those of one kind."""
    for text in stats.texts[:3]:
        inside = {
            each: share
            for each in stats.values.values()
            if each is not text and each.column.distinct > 1 and each.column.kind not in ("path", "object")
            and each.column.mean_length < SHORTER * text.column.mean_length
            and (share := stats.contained(each.column, text.column)) >= STANDS
        }  # fmt: skip
        pools = [
            list(inside),
            [each for each in inside if inside[each] >= NEARLY],
            [each for each in inside if each.column.mean_length >= LEAST_FIELD],
            [each for each in inside if stats.view.says(each.column)],
            [each for each in inside if not names.is_any(each.column.name, names.ORIGIN)],
            [each for each in inside if not names.is_any(each.column.name, names.GUESSED | names.BEFORE)],
            *_neighbours(list(inside)),
            *_named_alike(stats, text),
        ]
        for pool in pools:
            if len(pool) > 1:
                why = f"what stands in {', '.join(quoted(each.column.name) for each in pool[:5])} is found in "
                why += f"{quoted(text.column.name)}, as fields are"
                mapping = names.as_fields([each.column.name for each in pool])
                yield Reading("json-extraction", (("text", text.column.name),), mapping, why, BEYOND)
        judged = _judged(stats, text)
        if len(judged) > 1:
            why = f"{', '.join(map(quoted, judged))} say what is expected for {quoted(text.column.name)}"
            yield Reading("json-extraction", (("text", text.column.name),), names.as_fields(judged), why, BEYOND)


def _named_alike(stats: TableStats, text: Values) -> list[list[Values]]:
    """Return the columns that share the beginning or the end of their names, if some of what they hold stands there.

    Such as `expected.args.env` and `expected.args.replicas`, "version (checked)" and "platform (checked)".
    """
    alike: defaultdict[tuple[str, tuple[str, ...]], list[Values]] = defaultdict(list)
    for each in stats.values.values():
        spelled = tuple(names.words(each.column.name))
        if each is text or len(spelled) < 2 or each.column.mean_length > text.column.mean_length:  # noqa: PLR2004
            continue
        for many in range(1, len(spelled)):
            alike["begins", spelled[:many]].append(each)
            alike["ends", spelled[-many:]].append(each)
    pools = {tuple(each.at for each in pool): pool for pool in alike.values() if 1 < len(pool) <= _MOST_FIELDS}
    return [
        pool
        for pool in pools.values()
        if fmean(stats.contained(each.column, text.column) for each in pool) >= _SOME_STAND
    ]


def _judged(stats: TableStats, text: Values) -> list[str]:
    """Return the columns whose names begin with the same word for what was settled: expected_tool, expected_place."""
    listed = [name for name, each in stats.values.items() if each is not text and each.column.distinct > 1]
    alike = ([name for name in listed if names.are_judged_alike(name, first)] for first in listed)
    return max(alike, key=len, default=[])


def _neighbours(columns: list[Values]) -> list[list[Values]]:
    """Return the runs of adjacent columns."""
    runs: list[list[Values]] = []
    for each in columns:
        if runs and runs[-1][-1].at == each.at - 1:
            runs[-1].append(each)
        else:
            runs.append([each])
    return runs
