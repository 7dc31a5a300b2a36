"""Rates that the words demand of single labels, fields of an answer, or decisions on pairs, by what the file has."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from advisor.errors import one_line
from advisor.families import family
from advisor.families.sentence_similarity import ALIKE_PAIR, as_grade, decision
from advisor.families.values import as_decision, is_mark
from advisor.interview.facts import Fact, Notice, Source
from advisor.interview.files.names import LABEL, in_full, is_any
from advisor.interview.files.names import words as words_of
from advisor.interview.files.proposal import fields_of, labels_of
from advisor.interview.files.sheet import rows_of
from advisor.interview.text import vocabulary as say
from advisor.interview.text.label_bars import is_of_rest, label_bars, precision_bars, unclaimed
from advisor.interview.text.rates import OF_WHAT, clause, rates
from advisor.system.source import quoted, set_option
from advisor.task import PASS_RATE
from advisor.task.record_lists import without_kind
from advisor.units import percent

if TYPE_CHECKING:
    from advisor.families.base import Family
    from advisor.interview.facts import Understanding
    from advisor.interview.files.columns import Column
    from advisor.interview.files.proposal import Proposal
    from advisor.interview.files.sheet import Table
    from advisor.interview.text.rates import Rate

_EACH, _ENTIRE = (re.compile(say.said(each), re.IGNORECASE) for each in ("each", "entire"))
_FIELD = re.compile(
    r"\W{0,2}(?:(?:single|einzelne\w*) )?(?:fields?|columns?|feld\w*|champs?|camp[oi]s?|veld\w*|pol[ea]\b|pól|alan\w*"
    r"|fält|пол[ея]|項目|字段|필드)",
    re.IGNORECASE,
)
LEAST_OF_ALL = 0.05  # The bar on whole answers where that of their fields says nothing of them.
# A column with more values, or fewer rows of one, is rather a property of the rows.
MOST_SLICES, FEWEST_A_SLICE, WORDS_OF_A_NAME, LEAST_NOUN = 20, 5, 3, 4
_LEAST_BEGINNING = 3  # letters of a column's name that a word begins with: "each code" for COD_FINAL


def with_label_bars(
    found: list[Fact], words: str, known: Understanding, table: Table | None, proposal: Proposal | None
) -> tuple[list[Fact], tuple[Notice, ...]]:
    """Return facts with the rates that the words demand per label; a notice if the family has no such rates."""
    labels = known.value("labels") or ()
    names = {str(labels[each]) if isinstance(labels, dict) else str(each): str(each) for each in labels}
    expected = proposal.expected if proposal is not None else None
    kind = family(str(known.value("family", "text-classification")))
    if kind.has_use_for("bar.per_field"):
        names = fields_of(table, expected, words)
    column = table.column(expected) if table is not None and isinstance(expected, str) else None
    rows = (
        labels_of(rows_of(table), column)
        if table is not None and column is not None and (names or kind.decides)
        else {}
    )
    if kind.decides:
        names = _decisions(words, rows)
        rows = dict(zip(names.values(), (1, 9), strict=False))  # what is sought is the first
    # A tracker's "kind/bug" is a bug to people.
    names = {without_kind(name, names): label for name, label in names.items()}
    counts = {name: rows.get(label, 0) for name, label in names.items()}
    others = [each.name for each in table.columns if each is not column] if table is not None else []
    parts = _Parts(kind, names, counts, column, frozenset(word for name in others for word in words_of(name)))
    found, left, of_answers = _with_precision(found, words, known, parts)
    found, of_labels = _with_rates(found, left, known, parts)
    if "exact" in kind.comparisons and known.get("scoring.metric") is None:
        found += _of_whole_answers(words)
    return [*found, *_of_slices(words, found, table, proposal)], (*of_answers, *of_labels)


def _of_slices(words: str, found: list[Fact], table: Table | None, proposal: Proposal | None) -> list[Fact]:
    """Return the rate that the words demand for each value of a column: "80% right in each region"."""
    if table is None or proposal is None:
        return []
    own = {*proposal.input_columns, *proposal.expected_columns}
    # Survey tools write "group/question".
    slices = {
        each.name.rpartition("/")[2]: each.name
        for each in table.columns
        if each.name not in own and 1 < each.distinct <= min(MOST_SLICES, table.looked / FEWEST_A_SLICE)
    }
    bars = {fact.value for fact in found if fact.key == "bar.pass_rate" and fact.source is not Source.DEFAULT}
    for rate in (each for each in rates(words) if slices and round(each.share, 9) in bars):
        start, end = clause(words, rate.start, rate.end)
        for at in _EACH.finditer(words, start, end):
            behind = " ".join(words[at.end() : end].split()[:WORDS_OF_A_NAME])
            # A survey's header is a whole question: "Which workshop do you work in?" for "in each workshop".
            noun = next((each for each in words_of(behind) if len(each) >= LEAST_NOUN), "")
            asking = [each for each in slices if noun and noun in words_of(each)]
            if named := in_full(behind, slices) or (asking if len(asking) == 1 else []):
                value = {"column": slices[named[0]], "pass_rate": rate.share}
                return [Fact("bar.per_slice", value, Source.WORDS, words[start:end].strip())]
    return []


def _of_whole_answers(words: str) -> list[Fact]:
    """Return that all that is marked counts, if a rate is said to be of whole answers: "the whole address right"."""
    clauses = (clause(words, rate.start, rate.end) for rate in rates(words) if rate.is_bar)
    said = next((words[start:end].strip() for start, end in clauses if _ENTIRE.search(words, start, end)), "")
    return [Fact("scoring.metric", "exact", Source.WORDS, said)] if said else []


class _Parts(NamedTuple):
    """What may have a rate of its own."""

    kind: Family
    names: dict[str, str]  # Labels, fields or decisions by the words for them.
    counts: dict[str, int]  # The numbers of examples, by the same words.
    column: Column | None  # Of labels.
    elsewhere: frozenset[str]  # Words that name other columns: "in each team" is of these.


def _with_precision(
    found: list[Fact], words: str, known: Understanding, parts: _Parts
) -> tuple[list[Fact], str, tuple[Notice, ...]]:
    """Return facts with the rates on answers, the words with blanks for those that demand them, and notices."""
    kind, names, counts, *_ = parts
    bar = known.value("bar.pass_rate")
    has_answers = kind.has_labels or kind.decides
    asked = precision_bars(words, counts, float(bar) if bar else PASS_RATE) if has_answers else {}
    if not asked:
        return found, words, _of_no_label(words, names) if has_answers else ()
    key, left, spans = "bar.precision", words, [(rate.start, rate.end) for rate in asked.values()]
    for start, end in spans:
        left = f"{left[:start]}{' ' * (end - start)}{left[end:]}"
    said = words[min(start for start, _ in spans) : max(end for _, end in spans)]
    # The rate of those words is no bar on all inputs.
    is_of_all = [fact.key != "bar.pass_rate" or fact.source is not Source.WORDS or fact.words in left for fact in found]
    kept = [fact for fact, is_kept in zip(found, is_of_all, strict=True) if is_kept]
    kept.append(Fact(key, {names[name]: rate.share for name, rate in asked.items()}, Source.WORDS, said.strip()))
    is_given = (fact := known.get(key)) is not None and fact.source is Source.ANSWER
    never = {} if is_given else {name: rate for name, rate in asked.items() if not rate.is_bar}
    return kept, left, tuple(_never(key, said, names[name], rate.share) for name, rate in never.items())


def _of_no_label(words: str, names: Mapping[str, str]) -> tuple[Notice, ...]:
    """Return that a rate of false alarms names none of several labels, with what asks so of one."""
    alarms = [clause(words, *at.span()) for at in say.FALSE_ALARM.finditer(words)]
    rated = {clause(words, rate.start, rate.end): rate for rate in rates(words)}
    said = next(((*each, rated[each].share) for each in alarms if each in rated), None)
    if said is None or len(names) <= 2:  # noqa: PLR2004
        return ()
    one = {"LABEL": round(max(said[2], 1 - said[2]), 6)}
    text = (
        f"{quoted(one_line(words[said[0] : said[1]], 60), 60)} names no label; {set_option('bar.precision', one)} asks "
    )
    return (Notice("label_bar", f"{text}so of what is said, bar.per_label of what is harmless"),)


def _with_rates(
    found: list[Fact], words: str, known: Understanding, parts: _Parts
) -> tuple[list[Fact], tuple[Notice, ...]]:
    """Return facts with the rates on labels or fields, and notices."""
    kind, names, counts, *_ = parts
    has_fields = kind.has_use_for("bar.per_field")
    bar = known.get("bar.pass_rate")
    given = float(bar.value) if bar is not None and bar.value and bar.source is Source.ANSWER else None
    asked, rest = label_bars(words, counts, given, are_fields=has_fields)
    if kind.decides:
        asked = {name: rate for name, rate in asked.items() if _is_recall(words, name, rate)}
    key = "bar.per_field" if has_fields else "bar.per_label"
    said = words[min(each.start for each in asked.values()) : max(each.end for each in asked.values())] if asked else ""
    if asked and not (kind.has_labels or kind.decides or has_fields):
        text = f"{quoted(said, 60)} is said of {', '.join(asked)}; the bar counts inputs with all parts right"
        return found, (Notice("label_bar", text),)
    shares = {names[name]: rate.share for name, rate in asked.items()}
    of_others = _of_others(words, rest, asked, parts) if rest is not None else ""
    if rest is not None and of_others:
        shares = dict.fromkeys(names.values(), rest.share) | shares
        said = of_others
    if not shares:
        return _without_rates(found, words, rest, parts, known)
    kept = [fact for fact in found if fact.key != "bar.pass_rate" or fact.source is not Source.WORDS]
    kept.append(Fact(key, shares, Source.WORDS, said))
    if of_others or (has_fields and len(shares) == len(names)):
        is_of_one = parts.column is not None and parts.kind.has_labels and not parts.column.has_several
        share = min(shares.values()) if is_of_one else _of_all(shares.values())
        kept += [Fact("bar.pass_rate", share, Source.WORDS, said)] if given is None else []
    elif rest is not None:
        kept.append(Fact("bar.pass_rate", rest.share, Source.WORDS, words[rest.start : rest.end]))
    spoken = {(rate.start, rate.end) for rate in rates(words)}
    never = {name: rate for name, rate in asked.items() if (rate.start, rate.end) not in spoken}
    is_given = (fact := known.get(key)) is not None and fact.source is Source.ANSWER
    return kept, () if is_given else tuple(_never(key, said, names[name], rate.share) for name, rate in never.items())


def _without_rates(
    found: list[Fact], words: str, rest: Rate | None, parts: _Parts, known: Understanding
) -> tuple[list[Fact], tuple[Notice, ...]]:
    """Return facts where no label or field has a rate of its own, and a notice if words wish one without naming any."""
    kind, names, *_ = parts
    key, one = ("bar.per_field", "FIELD") if kind.has_use_for("bar.per_field") else ("bar.per_label", "LABEL")
    if (none := unclaimed(words)) and len(names) > 1 and known.get(key) is None:
        listed = ", ".join(map(quoted, [*names.values()][:5]))
        text = f"{quoted(one_line(none, 60), 60)} sets no bar: none of {listed} stands in it"
        text += f"; {set_option(key, {one: 0.95})} asks so of one"
        return found, (Notice("label_bar", text, is_grave=True),)
    is_open = any(fact.key == "bar.pass_rate" and fact.source is Source.DEFAULT for fact in found)
    if rest is not None and is_open and any(fact.key == "bar.precision" for fact in found):
        return [*found, Fact("bar.pass_rate", rest.share, Source.WORDS, words[rest.start : rest.end])], ()
    return found, ()


def _of_others(words: str, rest: Rate, asked: Mapping[str, Rate], parts: _Parts) -> str:
    """Return the words of all rates if one is said of each label or field that has none of its own, else ""."""
    start, end = clause(words, rest.start, rest.end)
    has_fields = parts.kind.has_use_for("bar.per_field")
    of_each = _of_each(words, rest, parts) if len(parts.names) > 1 and (has_fields or parts.kind.has_labels) else ""
    if not (of_each or (has_fields and asked and is_of_rest(words, start, end))):
        return ""
    every = [rest, *asked.values()]
    return words[min(each.start for each in every) : max(each.end for each in every)] if asked else of_each


def _of_each(words: str, rate: Rate, parts: _Parts) -> str:
    """Return the clause of a rate if that is said of each field or label, else ""."""
    start, end = clause(words, rate.start, rate.end)
    for at in _EACH.finditer(words, start, end):
        if parts.kind.has_use_for("bar.per_field"):
            is_part = _FIELD.match(words, at.end(), end) is not None
        else:
            noun = next(iter(words_of(words[at.end() : end])), "")
            own = [
                each for each in words_of(parts.column.name if parts.column else "") if len(each) >= _LEAST_BEGINNING
            ]
            is_part = any(map(noun.startswith, own)) or (is_any(noun, LABEL) and noun not in parts.elsewhere)
        if is_part:
            return words[start:end].strip()
    return ""


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


def _is_recall(words: str, name: str, rate: Rate) -> bool:
    """Return whether a rate is of pairs that are the same and not of all answers: "95% of the duplicates"."""
    start, end = clause(words, rate.start, rate.end)
    behind = words[rate.end : end]
    is_of = OF_WHAT.match(behind) and name.casefold() in behind.casefold()
    is_missed = say.MISSED.search(words, start, end) or re.search(say.said("recall"), words[start:end], re.IGNORECASE)
    return bool(is_of or is_missed)


def _never(key: str, said: str, label: str, share: float) -> Notice:
    """Return a notice that what must never be missed, or wrong, has a rate of its own, as "never" cannot be proven."""
    what = f"the answers {quoted(one_line(label, 40))}" if key == "bar.precision" else quoted(one_line(label, 40))
    text = (
        f"{quoted(one_line(said, 60), 60)} cannot be proven for any model; of {what} "
        f"{percent(share)} must be right; {set_option(key, {label: max(share, 0.95)})} asks more"
    )
    return Notice("label_bar", text, is_grave=True)
