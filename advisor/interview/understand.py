"""Combines what is known of the task: words, file, machine and answers, each fact with its source."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from advisor.candidates.build import MEMORY_SHARE
from advisor.errors import InputError
from advisor.families import FAMILY_NAMES, family
from advisor.families.json_fields import written_number
from advisor.families.ranked import InOrder
from advisor.families.text_regression import SHARE
from advisor.interview.answer_forms import share_in
from advisor.interview.answers import FORGOTTEN, UNASKED, given_by
from advisor.interview.facts import METRIC, MOST_WORDS, Fact, Notice, Source, Understanding, settled
from advisor.interview.feasibility import Pool, limits
from advisor.interview.file_bars import with_label_bars
from advisor.interview.file_facts import disagreement, file_facts, file_notices
from advisor.interview.files import evaluated, groups, mentions, names
from advisor.interview.files.interpret import is_of_rows, look_at
from advisor.interview.files.proposal import labels_of
from advisor.interview.files.sheet import rows_of
from advisor.interview.files.without_answers import SORTS, could_hold
from advisor.interview.none_left import where_none_fits
from advisor.interview.searched import documents, number_searched, of_answers, search
from advisor.interview.text import vocabulary as say
from advisor.interview.text.instruct import says
from advisor.interview.text.percents import ranges
from advisor.interview.text.rates import offs, shares
from advisor.interview.text.unheard import unheard
from advisor.interview.text.words import (
    OFF_PICTURES,
    among_first,
    bar_notice,
    families,
    from_words,
    in_length,
    unscored,
    without,
)
from advisor.system.source import OpenLayoutError, quoted
from advisor.task import CONFIDENCE, PASS_RATE
from advisor.units import counted, format_bytes, percent

if TYPE_CHECKING:
    from advisor.interview.files.groups import Likely
    from advisor.interview.files.proposal import Proposal
    from advisor.interview.files.sheet import Table
    from catalog import Catalog

# Aggregate metrics, which cannot be a bar.
_METRIC = re.compile(
    r"(?<![a-z\d_])(?:(?:macro[- ]?|micro[- ]?)?F1|MAE|RMSE|MAPE|AUC|nDCG|MRR"
    r"|(?:recall|precision|kappa)(?=\W+(?:\w+\W+){0,2}\d))(?![a-z\d_])",
    re.IGNORECASE,
)
# Facts whose quotes are whole texts.
OF_PARTS = frozenset({"bar.per_label", "bar.precision", "bar.per_field"})
_OF_ALL_WORDS, _LONGEST_WISH, _SHORT = frozenset({"words", "instruction", "family", "name"}), 400, 2
# Wishes that doubtful inputs are passed over: "not sure", "better no answer than a wrong one".
_UNSURE = re.compile(say.said("unsure"), re.IGNORECASE)
TOLERANCE = "scoring.tolerance"
# Most of the documents among whose first an answer counts as found.
BLIND = 0.1
# Smallest share of distinct values in a column of texts read off pictures.
DISTINCT, FORECAST = 0.8, "time-series-forecasting"


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything known of the task, and what it was read from."""

    understanding: Understanding  # The facts, the notices and the number of models that satisfy them.
    # Families that words or file may mean, with their shares, likeliest first.
    families: tuple[tuple[str, float], ...] = ()
    table: Table | None = None  # The inspected file of examples, None without one.
    proposal: Proposal | None = None  # How the file would be read.
    problem: str = ""  # The error of a file that cannot be used.
    # The key and the choices of an ambiguous layout of the file; None if it is clear.
    open_layout: OpenLayoutError | None = None
    unscored: str = ""  # The Hub's family that the words ask for, if its answers cannot be scored; else "".
    documents_problem: str = ""  # The error of a file of documents that cannot be used.
    asks: frozenset[str] = frozenset()  # Keys that the user wants to be asked about, whatever their answers are worth.
    together: tuple[Likely, ...] = ()  # Columns that may group rows, likeliest first.


def understand(
    words: str, answers: Mapping[str, Any], pool: Pool, catalog: Catalog, proposed: Sequence[Fact] = ()
) -> Seen:
    """Return everything known of the task; an answer of None means that the user does not know."""
    found = [
        _default("bar.pass_rate", PASS_RATE, "9 of 10 inputs"),
        _default("bar.confidence", CONFIDENCE, "wrong 1 time in 20"),
        *_of_machine(pool),
        *proposed,
        *from_words(words, catalog),
    ]
    said = {**_as_read(answers), **answers}
    said |= given_by("labels", said["labels"], said) if "labels" in said else {}
    if said.keys() & {"documents", "documents.path"}:  # whatever the words call it
        found.append(Fact("family", "text-retrieval", Source.FILE, "there are documents to search"))
        found = list(settled(found))
    asks = _asked_about(said.pop(FORGOTTEN, None) or (), said)
    found = _without(found, asks)
    table: Table | None = None
    proposal: Proposal | None = None
    notices: tuple[Notice, ...] = ()
    together: tuple[Likely, ...] = ()
    problem, open_layout = "", None
    shares = tuple(families(words, catalog)) if words.strip() else ()
    given, unasked = frozenset(said), said.pop(UNASKED, None) or {}
    found += search(said, settled(found), dict(shares))
    known = Understanding(settled([*found, *_answered(said)]))
    if path := said.get("examples"):
        try:
            table, proposal = look_at(str(path), known, shares, catalog.encode)
            found = [fact for fact in found if fact.key != "family" or could_hold(table, str(fact.value))]
            found = _without_chosen(found, words, catalog, table)
            known = Understanding(settled([*found, *_answered(said)]))
            said = _as_shown(said, proposal)
            if proposal.family == "sentence-similarity" and known.value("family") != proposal.family:
                found = [fact for fact in found if fact.key != "labels"]  # names for the yes and the no
            found += _without(file_facts(table, proposal, known), asks)
            together = groups.likely(table, proposal)
            found += _without(evaluated.guesses(str(path), Understanding(settled([*found, *_answered(said)]))), asks)
            spoken = _without_chosen(from_words(words, catalog), words, catalog, table)
            notices = (*disagreement(spoken, found), *file_notices(table, proposal, known, found))
        except InputError as error:
            problem = str(error)
            open_layout = error if isinstance(error, OpenLayoutError) else None
            table, proposal = None, None
    known = Understanding(settled([*found, *_answered(said)]))
    found += _most_words(words, known)
    of_documents, documents_problem = documents(known, table, proposal)
    found, of_bars = of_answers(
        *with_label_bars([*found, *of_documents], words, known, table, proposal), table, proposal
    )
    found = _without(found, asks)
    found += [] if METRIC in asks else _usual_places(Understanding(settled([*found, *_answered(said)])))
    facts, unused = _used([_with_reason(fact, unasked) for fact in _settled(found, said, given)])
    known = Understanding(
        facts,
        (*notices, *groups.notices(together, facts), *_of_words(words, catalog, facts), *of_bars, *unused),
    )
    if table is not None:
        shares = tuple((name, share) for name, share in shares if could_hold(table, name))
    if proposal is not None and proposal.families:
        shares = shares or tuple((each.family, each.strength) for each in proposal.families)
    known = _counted(_with_unheard(known, words, catalog, table, proposal), pool)
    is_open = "family" not in said if table is not None else not path and _is_of_words(known)
    return Seen(
        known,
        shares,
        table,
        proposal,
        problem,
        open_layout,
        _unscored(words, catalog, table, proposal) if is_open else "",
        documents_problem,
        asks,
        together,
    )


def _without_chosen(found: Sequence[Fact], words: str, catalog: Catalog, table: Table) -> list[Fact]:
    """Return facts without what only chose rows: a clause of the instruction, or values that look like labels."""
    done = without(words, catalog, table.wished) if table.wished else None
    kept = [each for each in found if not is_of_rows(each, table.wished)]
    return [done if done and (each.key, each.source) == (done.key, done.source) else each for each in kept]


def _as_read(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the chosen way to read the file settles; nothing once another column holds the answers."""
    reading = answers.get("reading")
    if not isinstance(reading, dict):
        return {}
    column = reading.get("examples.expected")
    other = answers.get("examples.expected", column)
    return reading if other is None or other == column else {}


def _as_shown(said: Mapping[str, Any], proposal: Proposal) -> dict[str, Any]:
    """Return the answers as the file shows them: several columns, or a field, named in one text; a kind not known."""
    found = dict(said)
    if isinstance(said.get("examples.expected"), str) and isinstance(proposal.expected, tuple):
        found["examples.expected"] = dict(proposal.expected)
    if isinstance(said.get("examples.input"), str) and isinstance(proposal.input_value, list):
        found["examples.input"] = proposal.input_value
    if said.get("family", "") is None and proposal.family is not None:
        del found["family"]
    return found


def _settled(found: Sequence[Fact], said: Mapping[str, Any], given: Collection[str]) -> tuple[Fact, ...]:
    """Return one fact per key; what tables of a folder say of each other does not count as the user's answer."""
    facts = settled([*found, *_answered(said)])
    return tuple(
        replace(fact, source=Source.FILE) if fact.source is Source.ANSWER and fact.key not in given else fact
        for fact in facts
    )


def _with_reason(fact: Fact, unasked: Mapping[str, Any]) -> Fact:
    """Return an answer with why it was taken without asking, if it still is that answer."""
    value, why = unasked.get(fact.key, (None, ""))
    return replace(fact, unasked=why) if why and fact.source is Source.ANSWER and fact.value == value else fact


def _used(facts: Sequence[Fact]) -> tuple[tuple[Fact, ...], list[Notice]]:
    """Return the facts that the kind of task has a use for; a notice for each other one that the user gave."""
    name = next((fact.value for fact in facts if fact.key == "family"), None)
    if name not in FAMILY_NAMES:
        return tuple(facts), []
    kind = family(str(name))
    others = [fact for fact in facts if not kind.has_use_for(fact.key) and fact.value is not None]
    # What the words say of one kind of task: "among the first three" of a search that the file shows to be none.
    others += [
        fact
        for fact in facts
        if fact.key == METRIC and fact.source is not Source.ANSWER and fact.value not in {None, *kind.metrics}
    ]
    said = [fact.key for fact in others if fact.source is Source.ANSWER]
    notices = [Notice(key, f"{key} is left out: {name} has no use for it") for key in said]
    return tuple(fact for fact in facts if fact not in others), notices


def _counted(known: Understanding, pool: Pool) -> Understanding:
    """Return the facts with the number of models that satisfy them; if none does, with the limits to relax."""
    counted = replace(known, candidates=pool.count(limits(known)))
    return where_none_fits(counted, pool) if counted.candidates == 0 else counted


def _is_of_words(known: Understanding) -> bool:
    """Return whether the words alone say the kind of task, if anything does."""
    return (named := known.get("family")) is None or named.source is Source.WORDS


def _unscored(words: str, catalog: Catalog, table: Table | None, proposal: Proposal | None) -> str:
    """Return the family that the words ask for but cannot be scored, unless a file shows answers that can; or ""."""
    if table is not None and proposal is not None and _asks_pictures(table, proposal):
        return "visual-question-answering"
    asked = unscored(words, catalog) or ""
    if table is None or (asked == FORECAST and _is_series(table, proposal)):
        return asked
    return asked if asked in OFF_PICTURES and _may_be_read_off(table, proposal) else ""


def _is_series(table: Table, proposal: Proposal | None) -> bool:
    """Return whether a table has numbers by date."""
    kinds = {each.kind for each in table.columns}
    family = None if proposal is None else proposal.family
    return "date" in kinds and not kinds.isdisjoint({"number", "grade"}) and family in {None, "text-regression"}


def _asks_pictures(table: Table, proposal: Proposal) -> bool:
    """Return whether the questions of a table without texts are about the pictures that it names."""
    read = {column for _, column in proposal.input}
    named = any(each.kind == "path" and each.detail == "image" and each.name not in read for each in table.columns)
    return proposal.family == "question-answering" and named and "context" not in dict(proposal.input)


def _may_be_read_off(table: Table | None, proposal: Proposal | None) -> bool:
    """Return whether pictures may have to be read or described: a column has a distinct value for each."""
    if table is None or proposal is None or proposal.family not in {None, "image-classification"}:
        return False
    pictures = {each.name for each in table.columns if each.kind == "path" and each.detail == "image"}
    known = pictures | {proposal.expected}
    return bool(pictures) and any(
        each.name not in known and each.distinct >= DISTINCT * table.looked for each in table.columns
    )


def _usual_places(known: Understanding) -> list[Fact]:
    """Return the k of top-k accuracy, if no other fact has it: it decides what is counted."""
    name = known.value("family")
    kind = family(str(name)) if name in FAMILY_NAMES else None
    if not isinstance(kind, InOrder) or any(fact.key.startswith("scoring.") for fact in known.facts):
        return []
    words = str(known.value("words", ""))
    if spoken := next(among_first(words), None):  # whatever the words sound like, the file shows a search
        return [Fact(METRIC, spoken.value, Source.WORDS, words[spoken.start : spoken.end])]
    usual = next(iter(kind.metrics))
    count = number_searched(known) if usual != "hit@1" else None
    if count is not None and int(usual[4:]) > BLIND * count:
        fewer = "hit@3" if BLIND * count >= 3 else "hit@1"  # noqa: PLR2004
        why = f"among the first {usual[4:]} of {count} documents many a guess is right"
        return [Fact(METRIC, fewer, Source.FILE, f"{why}; --set {METRIC}={usual} lets it pass")]
    other = next(each for each in kind.comparisons if each != usual)
    said = f"right: {kind.comparisons[usual][0]}; --set {METRIC}={other}: {kind.comparisons[other][0]}"
    return [_default(METRIC, usual, said)]


def _most_words(words: str, known: Understanding) -> list[Fact]:
    """Return the most words of an answer, where the file alone shows that answers are written."""
    name = known.value("family")
    if name not in FAMILY_NAMES or not family(str(name)).has_use_for(MOST_WORDS) or known.get(MOST_WORDS) is not None:
        return []
    return [Fact(each.key, each.value, Source.WORDS, words[each.start : each.end]) for each in in_length(words)]


def _asked_about(forgotten: Sequence[str], answers: Mapping[str, Any]) -> frozenset[str]:
    """Return the keys to be asked about; a file's columns and the machine are as seen."""
    return frozenset(key for key in forgotten if key not in answers and not key.startswith("examples"))


def _without(found: Sequence[Fact], asks: Collection[str]) -> list[Fact]:
    """Return the facts except those that the user wants to be asked about; defaults remain until then."""
    return [fact for fact in found if fact.key not in asks or fact.source is Source.DEFAULT]


def _of_words(words: str, catalog: Catalog, facts: Sequence[Fact]) -> tuple[Notice, ...]:
    """Return what the user should know of the words: possible bars in them, and what is not taken from them."""
    bar = next(fact for fact in facts if fact.key == "bar.pass_rate")
    is_open = bar.source is Source.DEFAULT and not any(fact.key in OF_PARTS for fact in facts)
    found = bar_notice(words, catalog, float(bar.value)) if is_open else None
    named, unsure = _METRIC.search(words), _UNSURE.search(words)
    labels = next((fact.value for fact in facts if fact.key == "labels"), None) or ()
    text = (
        f"the bar is not {named[0]} but the share of inputs that come out right: {percent(bar.value)}" if named else ""
    )
    notices = [found] if found else []
    if bar.source is Source.WORDS and ranges(bar.words):
        lowest = f"{quoted(bar.words)} is a range: the bar is its lower end, {percent(float(bar.value))}"
        notices.append(Notice("bar", f"{lowest}; --set bar.pass_rate=... changes it"))
    notices += [Notice("metric", f"{text}; --set bar.pass_rate changes it")] if named else []
    name = next((fact.value for fact in facts if fact.key == "family"), None)
    if name in SORTS and (off := next((each for each in offs(words) if each.is_sure), None)) is not None:
        text = f"{quoted(words[off.start : off.end])} is not taken: a label is right or wrong, whichever is next to it"
        notices.append(Notice("tolerance", f"{text}; --set family=text-regression takes it, if the labels are numbers"))
    if unsure and not any(_UNSURE.search(str(each)) for each in labels):
        every = "every input is answered, and counted; the report says how many are right where a model is sure, and "
        text = f"{quoted(unsure[0])} is no bar: {every}--set escalation=measure what a smaller one may hand on"
        notices.append(Notice("unsure", text))
    return tuple(notices)


def _with_unheard(
    known: Understanding, words: str, catalog: Catalog, table: Table | None, proposal: Proposal | None
) -> Understanding:
    """Return the facts with a notice of what the words may wish that nothing was made of, for the user to check."""
    if table is None or proposal is None:
        return known
    heard = [each.words for each in known.facts if each.source is not Source.DEFAULT and each.key not in _OF_ALL_WORDS]
    own, columns = proposal.input_columns, [column.name for column in table.columns]
    read = {*own, *proposal.expected_columns}
    column = table.column(str(proposal.expected))
    whole = replace(table, kept=("", (), False))
    answers = labels_of(rows_of(whole), column) if column is not None else {}
    recurring = {name: each for each, count in answers.items() if count > 1 and len(name := each.casefold()) > _SHORT}
    labels = {str(each).casefold() for each in known.value("labels", ())}
    named_answers = sorted({*recurring, *(each for each in labels if len(each) > _SHORT)}, key=len, reverse=True)
    dropped = recurring.keys() - labels if labels else set()
    are_numbers = known.get(TOLERANCE) is None and all(written_number(each) is not None for each in answers if each)
    noticed = "\n".join([*(each.text for each in known.notices), *(each.unasked for each in known.facts)])

    def is_kept_to(clause: str) -> bool:
        named = [name for name in columns if names.is_any(name, mentions.said_in(clause))]
        without_answers = re.sub("|".join(map(re.escape, named_answers)) or "$^", " ", clause.casefold())
        is_answer = any(each in clause.casefold() for each in dropped) or not (are_numbers or says(without_answers))
        said = (clause.strip(), *(clause[each.start : each.end] for each in shares(clause)))
        is_noticed = any(each in noticed for each in said)
        is_of_columns = bool(named) and all((name in read) != mentions.dismisses(clause) for name in named)
        return is_answer or is_noticed or is_of_columns

    distances = [words[each.start : each.end] for each in offs(words)] if known.get(TOLERANCE) is not None else []
    quotes = (*heard, *table.wished.split("; "), *table.ungranted, *distances)
    left = [quoted(" ".join(each.split()), _LONGEST_WISH) for each in unheard(words, catalog, quotes, is_kept_to)]
    what = f"{' + '.join(map(quoted, own))} of {counted(table.rows, 'row', 'rows')}"
    text = f"nothing was made of {', '.join(left)}; {what} and every answer as it stands are taken"
    if are_numbers and any(character.isdigit() for each in left for character in each):
        text += "; --set family=text-regression --set scoring.tolerance=N lets a number be off by N"
    found = [Notice("unheard", text)] if left else []
    answer, below = str(proposal.expected), str(proposal.expected).rpartition(".")[0]
    beside = [each for each in columns if below and each.rpartition(".")[0] == below and each not in (answer, *own)]
    if others := " and ".join(map(quoted, mentions.in_full(words, beside))):
        found.append(Notice("further_answers", f"your words also name {others}; one answer is read, {quoted(answer)}"))
    return replace(known, notices=(*known.notices, *found))


def with_granted(known: Understanding, *, may_download: bool) -> Understanding:
    """Return the facts with defaults for what is not said, so that the user can change them.

    Only for display: the questions and the task file use what was said.
    """
    granted = [_default("models", [], "all that fit the task"), _default("tuning", None, "try, offer or skip")]
    if may_download:
        granted.append(_default("download", 0, "only models that are on this disk"))
    new = [fact for fact in granted if known.get(fact.key) is None]
    return replace(known, facts=(*known.facts, *new))


def _of_machine(pool: Pool) -> list[Fact]:
    """Return what this machine settles unless something else is said."""
    of_all = f"{MEMORY_SHARE:.0%} of this machine's {format_bytes(pool.all_memory)}; the rest is kept for the system"
    found = [Fact("memory", pool.memory, Source.MACHINE, of_all)]
    if pool.disk is not None:
        found.append(Fact("disk", pool.disk, Source.MACHINE, f"{format_bytes(pool.disk)} are free where downloads go"))
    device = ("gpu", "; ".join(pool.gpus)) if pool.gpus else ("cpu", f"no GPU found, {pool.threads} threads")
    found.append(Fact("device", device[0], Source.MACHINE, device[1]))
    return found


def _default(key: str, value: Any, words: str) -> Fact:  # noqa: ANN401  a JSON value
    return Fact(key, value, Source.DEFAULT, words)


def _answered(answers: Mapping[str, Any]) -> list[Fact]:
    """Return the answers as facts; a tolerance that is a share of the number, "5%", also says how numbers compare."""
    facts = [Fact(key, value, Source.ANSWER) for key, value in answers.items()]
    if (share := share_in(off := answers.get(TOLERANCE))) is not None:
        facts += [Fact(TOLERANCE, share, Source.ANSWER), Fact(METRIC, SHARE, Source.WORDS, str(off))]
    return facts
