"""Ranks the readings of a table: those that its shape suggests and further ones, by learned weights.

Each reading has numeric features, the strength of its shape among them; their weighted sum is its logit.
The weights are learned by `tools/fit_readings.py` from tables with known readings: conditional logistic regression
(McFadden, "Conditional logit analysis of qualitative choice behavior", 1974).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files

from advisor.families.base import PAIR
from advisor.interview.files import mentions, names
from advisor.interview.files.asked import by_judge, judge_of, spanned_by
from advisor.interview.files.columns import are_siblings, is_held, of_halves
from advisor.interview.files.features import Encode, TableStats, features, lacking
from advisor.interview.files.further_readings import FEW_GRADES
from advisor.interview.files.view import ROWS_OF_A_REPLY, Reading, View
from advisor.interview.text.words import among_first
from advisor.system.source import quoted
from advisor.task.marks import JOINED
from advisor.task.near_files import named_by
from catalog.query.gloss import in_english

WEIGHTS = "reading_weights.json"
# Prefix of the features that predict whether another column is part of the input.
JOINS = "joins: "
# Prefix of the features that predict that no column holds the answers.
LACKS = "lacks: "
_OF_HALVES = 0.45  # Strength that records in halves give to comparing them.
# From this chance on words ask for fields; the strength of a reading of those that they list.
EXTRACTS, LISTED = 0.8, 1.0


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
    spanned = spanned_by(view, said)
    found = [each for each in found if len(spanned) == 1 and each.answers == spanned] or found
    strongest: dict[object, Reading] = {}
    for each in sorted(found, key=lambda each: each.strength):
        strongest[each.family, each.input, each.expected] = each
    found = [each for each in found if strongest[each.family, each.input, each.expected] is each]
    found = _chosen(stats, _searched(said, _with_all_listed(stats, found)))
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


def _with_all_listed(stats: TableStats, found: Sequence[Reading]) -> Sequence[Reading]:
    """Return the readings that answer all columns that words list side by side, if there are any.

    Two people who judged the same are listed, too: their labels are alike.
    Where fields are extracted, those that no text holds are added later.
    """
    all_of = mentions.listed(stats.said, [*dict.fromkeys(name for each in found for name in each.answers)])
    if any({each.column.name for each in stats.alike(stats.values[name])} & all_of for name in all_of):
        return found
    are_whole = any(each.family == "json-extraction" and all_of <= {*each.answers} for each in found)
    kept = [
        each
        for each in found
        if all_of <= {*each.answers}
        or (each.family == "json-extraction" and all_of & {*each.answers} and not are_whole)
    ]
    return kept or found


def _searched(said: str, found: Sequence[Reading]) -> Sequence[Reading]:
    """Return the readings with those that search for what others write, where words want it among the first few."""
    written = {_of_columns(each): each for each in found if each.family == "text-generation"}
    sought = {_of_columns(each) for each in found if each.family == "text-retrieval"} & written.keys()
    if not sought or next(among_first(said), None) is None:
        return found
    return [
        replace(each, strength=max(each.strength, written[_of_columns(each)].strength))
        if _of_columns(each) in sought
        else each
        for each in found
        if each.family != "text-generation"
    ]


def _of_columns(one: Reading) -> tuple[object, ...]:
    """Return what a reading expects, and the columns of its input, whatever they are to it."""
    return one.expected, *(name for _, name in one.input)


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
    kept = [one for one in kept if not _tells_itself(view, one)]
    # A passage's title stands in it, too.
    answers = [one for one in kept if one.family == "question-answering"]
    are_called = {one.input for one in answers if all(names.is_any(each, names.ANSWER) for each in one.answers)}
    titles = [one for one in answers if one.input in are_called and all(map(names.is_title, one.answers))]
    return [one for one in kept if one not in titles or view.covers(one)]


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


# In English: what asks for grades, and what asks to put things in order or to find some; fewer grades are labels.
_MARKS = re.compile(
    r"\b(?:marks?|marking|grad(?:es?|ed|ing)|scor(?:es?|ed|ing)|points?|assess\w*|evaluat\w*)\b", re.IGNORECASE
)
_ORDERS = re.compile(
    r"\b(?:re-?rank\w*|rank\w*|order\w*|sort\w*|search\w*|find\w*|retriev\w*|best|top|relevan\w*|first|suit\w*|fit\w*"
    r"|match\w*|recommend\w*|suggest\w*|which of)\b",
    re.IGNORECASE,
)


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
