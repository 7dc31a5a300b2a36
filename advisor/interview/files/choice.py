"""Ranks the readings of a table: those that its shape suggests and further ones, by learned weights.

Each reading has numeric features, the strength of its shape among them; their weighted sum is its logit.
The weights are learned by `tools/fit_readings.py` from tables with known readings: conditional logistic regression
(McFadden, "Conditional logit analysis of qualitative choice behavior", 1974).
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from itertools import combinations, permutations, product
from statistics import fmean
from typing import NamedTuple

from advisor.families.base import PAIR
from advisor.interview.files import mentions, names
from advisor.interview.files.asked import by_judge, judge_of
from advisor.interview.files.columns import Column, are_siblings, is_empty, is_held, of_halves, shown
from advisor.interview.files.features import NUMERIC, REPEATS, Encode, TableStats, Values, features, lacking
from advisor.interview.files.view import ROWS_OF_A_REPLY, Reading, View
from advisor.system.source import quoted
from advisor.task.marks import JOINED
from advisor.task.near_files import named_by
from catalog.query.gloss import in_english

WEIGHTS = "reading_weights.json"
# Prefix of the features that predict whether another column is part of the input.
JOINS = "joins: "
# Prefix of the features that predict that no column holds the answers.
LACKS = "lacks: "
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
_OF_HALVES = 0.45  # Strength that records in halves give to comparing them.
# From this chance on words ask for fields; the strength of a reading of those that they list.
EXTRACTS, LISTED = 0.8, 1.0
# Fields occur in their texts at least this often; a cell of a letter or two does so by chance.
STANDS, NEARLY, LEAST_FIELD = 0.5, 0.75, 2.5
# Of fields named alike so many stand in the text on average; dates and numbers are often written otherwise there.
_SOME_STAND, _MOST_FIELDS = 0.25, 12
_NO_QUOTES = frozenset({"path", "url", "object", "spans"})


def likeliest(
    view: View, found: Sequence[Reading], meant: Mapping[str, float], said: str, encode: Encode | None = None
) -> tuple[list[Reading], float]:
    """Return a table's readings with their chances, likeliest first, and the chance that no column holds the answers.

    Those `found` have a strength from shape and words; `meant` are the families that the words may mean, with their
    shares, `said` is the task in the user's words, and `encode` embeds texts if an encoder is available.
    """
    stats, weights = TableStats(view, said, encode), shipped()
    found = [*without_sources(view.sources, said, found), *_of_listed(stats, meant, found)]
    found = [each for each in found if not (len(each.answers) > 1 and judge_of(said, each.answers))]
    strongest: dict[object, Reading] = {}
    for each in sorted(found, key=lambda each: each.strength):
        strongest[each.family, each.input, each.expected] = each
    found = [each for each in found if strongest[each.family, each.input, each.expected] is each]
    found = _chosen(stats, _with_all_listed(said, found))
    of_each = [features(stats, reading, meant) for reading in found]
    logits = [sum(weights.get(name, 0.0) * value for name, value in each.items()) for each in of_each]
    weighed = with_chances(found, logits)
    lacks = chance_of(LACKS, lacking_of(stats, weighed, of_each, logits), weights) if found else 0.0
    ranked = sorted(_as_one(view, said, weighed), key=lambda each: each.chance, reverse=True)
    return by_judge(said, ranked), lacks


def with_chances(found: Sequence[Reading], logits: Sequence[float]) -> list[Reading]:
    """Return readings with their chances: the softmax of their logits."""
    most = max(logits, default=0.0)
    masses = [math.exp(each - most) for each in logits]
    total = sum(masses)
    return [replace(one, chance=mass / total) for one, mass in zip(found, masses, strict=True)]


def lacking_of(
    stats: TableStats, weighed: Sequence[Reading], of_each: Sequence[Mapping[str, float]], logits: Sequence[float]
) -> dict[str, float]:
    """Return the `lacking` features of a table, from its readings (one or more), their features and their logits."""
    at = max(range(len(logits)), key=logits.__getitem__)
    return lacking(stats, of_each[at], logits[at], weighed, weighed[at])


def without_sources(taken: frozenset[str], said: str, found: Sequence[Reading]) -> Sequence[Reading]:
    """Return the readings whose answers are not `taken` as sources, where words name another answer or list sources.

    "From the question and the answer predict the points" asks for no question.
    """
    columns = [
        *dict.fromkeys(name for each in found for name in (*each.answers, *(column for _, column in each.input)))
    ]
    wanted = {*mentions.in_full(said, columns)} - taken
    if not (taken and (len(taken) > 1 or any(wanted & {*each.answers} for each in found))):
        return found
    return [each for each in found if not taken & {*each.answers}] or found


def _of_listed(stats: TableStats, meant: Mapping[str, float], found: Sequence[Reading]) -> list[Reading]:
    """Return the longest text with the columns that words list, where these ask for fields and no reading has several.

    They do if they list columns, none of them a text, "from" that text. What a column holds need not stand in the text:
    "llegan el martes" is a day, and "dos docenas" 24.
    """
    fields = mentions.listed(stats.said, [column.name for column in stats.view.columns])
    texts = [each.column.name for each in stats.texts if each.column.name not in fields]
    read = [fields & {*each.answers} for each in found if each.family == "json-extraction"]
    has_some, has_all = any(len(each) > 1 for each in read), fields in read
    if len(fields) < 2 or not texts or (has_some and not has_all):  # noqa: PLR2004
        return []
    are_told = texts[0] in stats.view.sources and not fields & {each.column.name for each in stats.texts}
    if not has_all and not are_told and stats.chances(meant)["json-extraction"] < EXTRACTS:
        return []
    own = [column.name for column in stats.view.columns if column.name in fields]
    why = f"your words list {', '.join(map(quoted, own))}"
    return [Reading("json-extraction", (("text", texts[0]),), names.as_fields(own), why, LISTED)]


def _with_all_listed(said: str, found: Sequence[Reading]) -> Sequence[Reading]:
    """Return the readings that answer all columns that words list side by side, if there are any.

    Where fields are extracted, those that no text holds are added later.
    """
    all_of = mentions.listed(said, [*dict.fromkeys(name for each in found for name in each.answers)])
    are_whole = any(each.family == "json-extraction" and all_of <= {*each.answers} for each in found)
    kept = [
        each
        for each in found
        if all_of <= {*each.answers}
        or (each.family == "json-extraction" and all_of & {*each.answers} and not are_whole)
    ]
    return kept or found


def _chosen(stats: TableStats, found: Sequence[Reading]) -> Sequence[Reading]:
    """Return the readings without those that write texts which recur, or predict numbers of items that do.

    Such answers are chosen from a few: what is found for "two oak boards" is the item, and not its price. In no
    table of `tools/readings.jsonl.gz` sentences that recur so often are to be written.
    """
    rows = len(stats.view.rows)
    often = {name for name, each in stats.values.items() if each.column.distinct * ROWS_OF_A_REPLY <= rows}
    sought = {
        (one.input[0][1], one.expected)
        for one in found
        if one.family == "text-retrieval" and one.strength > 0 and one.expected in often
    }
    kept = [one for one in found if one.family != "text-generation" or (one.input[0][1], one.expected) not in sought]

    def is_of_item(one: Reading) -> bool:
        of = stats.values[str(one.expected)]
        is_meant = one.expected == stats.view.asked or stats.view.says(of.column)
        return not is_meant and stats.is_of_item(of, {name for _, name in one.input})

    return [one for one in kept if one.family != "text-regression" or not is_of_item(one)]


def _as_one(view: View, said: str, found: Sequence[Reading]) -> list[Reading]:
    """Return the readings with the chances of ticked columns at the one that joins them, unless one label is named."""
    joined = {(one.family, one.input): one for one in found if one.answers == [JOINED]}
    single = {
        at: joined[one.family, one.input]
        for at, one in enumerate(found)
        if (one.family, one.input) in joined and len(one.answers) == 1 and view.is_ticked(one.answers[0], JOINED)
    }
    named = [each for each in view.joined_labels if re.search(rf"(?<!\w){re.escape(each)}(?!\w)", said, re.IGNORECASE)]
    if single and len(named) == 1:  # "does it ask for water?" is about that column
        return [one for one in found if one.answers != [JOINED]]
    if not single:
        return list(found)
    moved = {
        id(whole): sum(found[at].chance for at, one in single.items() if one is whole) for whole in single.values()
    }
    return [
        replace(one, chance=0.0 if at in single else one.chance + moved.get(id(one), 0.0))
        for at, one in enumerate(found)
    ]


def sensible(view: View, found: Sequence[Reading]) -> list[Reading]:
    """Return the readings whose input does not tell the answer, of lists that an answer must hold only those.

    Who did something is an answer where there is no other; of records in halves both are compared as a whole.
    """
    found = _of_whole_records(view, found)
    found = [one for one in found if view.asked in one.answers or not any(map(names.is_doer, one.answers))] or found
    whole = view.asked.rpartition(".")[0]  # "labels", where the words name "labels.kind"
    found = [one for one in found if not whole or one.answers != [whole]] or found
    held = {column.name for column in view.columns if is_held(column)}  # no labels, no names of documents
    kept = [one for one in found if one.family == "text-generation" or held.isdisjoint(one.answers)]
    if not view.asked and any(held.issuperset(one.answers) and one.answers for one in kept):
        kept = [one for one in kept if not held.isdisjoint(one.answers)]
    return [one for one in kept if not _tells_itself(view, one)]


def _of_whole_records(view: View, found: Sequence[Reading]) -> Sequence[Reading]:
    """Return the readings without those that mix the halves of records: name_a with address_b, or name_a alone."""
    named = {column.name: column for column in view.columns}
    whole, parts = list[Reading](), set[str]()
    for one in found:
        if tuple(part for part, _ in one.input) != PAIR or len(one.answers) != 1 or one.answers[0] not in named:
            continue
        halves = [named[name] for _, name in one.input]
        further = of_halves(view.columns, *halves) if are_siblings(*halves) else []
        if further and named[one.answers[0]] not in further:
            if all((one.family, one.answers) != (each.family, each.answers) for each in whole):
                whole.append(replace(one, strength=max(one.strength, _OF_HALVES)))
            parts |= {column.name for column in (*halves, *further)}
    return [*whole, *(one for one in found if parts.isdisjoint(name for _, name in one.input))] if whole else found


def _tells_itself(view: View, one: Reading) -> bool:
    """Return whether the input is expected again, or a file's text or name although its name or text is input.

    So it is where only the rows of one answer have an input.
    """
    columns = {column.name for column in view.columns}
    tells = (
        view.is_copied(name, one.answers[0]) or view.is_told_by_gaps(one.answers[0], name) for _, name in one.input
    )
    if len(one.answers) == 1 and any(tells):
        return True
    is_text_expected = any(named_by(name) in columns for name in one.answers)
    return is_text_expected or any(named_by(name) in one.answers for _, name in one.input)


def chance_of(what: str, features_: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Return the probability that a column joins an input (JOINS) or none holds answers (LACKS), from its features."""
    logit = sum(weights.get(f"{what}{name}", 0.0) * value for name, value in features_.items())
    return 1.0 / (1.0 + math.exp(-logit))


@cache
def shipped() -> dict[str, float]:
    """Return the learned weights by feature."""
    return dict(json.loads(files(__package__).joinpath(WEIGHTS).read_text(encoding="utf-8")))


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


# In English: what asks for grades, and what asks to put things in order or to find some; fewer grades are labels.
_MARKS = re.compile(
    r"\b(?:marks?|marking|grad(?:es?|ed|ing)|scor(?:es?|ed|ing)|points?|assess\w*|evaluat\w*)\b", re.IGNORECASE
)
_ORDERS = re.compile(
    r"\b(?:re-?rank\w*|rank\w*|order\w*|sort\w*|search\w*|find\w*|retriev\w*|best|top|relevan\w*|first|suit\w*|fit\w*"
    r"|match\w*|recommend\w*|suggest\w*|which of)\b",
    re.IGNORECASE,
)
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


def is_turned(said: str, one: Reading) -> bool:
    """Return whether a ranking's query is what its candidates are called, or the words say so.

    By names: "query", "passage"; "the helpers for the request" has requests as queries.
    """
    if one.family != "text-ranking":
        return False
    columns = [column for _, column in one.input]
    for known, place in ((names.QUERY, 1), (names.CONTEXT | names.DOCUMENTS, 0)):
        are = [names.is_any(column, known) for column in columns]
        if are[0] != are[1]:
            return are[place]
    query, candidate = (mentions.is_for(said, column) for column in columns)
    return query is False and candidate is True


def as_marks(view: View, said: str, one: Reading) -> Reading:
    """Return a ranking by grades as the grades themselves, where the words ask to give these and to order nothing."""
    english = in_english(said)
    if one.family != "text-ranking" or not isinstance(one.expected, str) or _ORDERS.search(english):
        return one
    if not (_MARKS.search(english) or mentions.in_full(said, [one.expected])):
        return one
    column = next(each for each in view.columns if each.name == one.expected)
    family = "text-classification" if column.distinct <= FEW_GRADES else "text-regression"
    why = f"your words ask for {quoted(one.expected)} of each {quoted(one.input[-1][1])}"
    return replace(one, family=family, input=tuple(("text", column) for _, column in one.input), why=why)


def turned(one: Reading, found: Sequence[Reading]) -> Reading:
    """Return the reading with a ranking's two columns the other way round, with its chance; itself if there is none."""
    columns = [column for _, column in reversed(one.input)]
    others = (each for each in found if (each.family, each.expected) == (one.family, one.expected))
    other = next((each for each in others if [column for _, column in each.input] == columns), one)
    return replace(other, chance=one.chance)
