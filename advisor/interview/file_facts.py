"""Facts about a task from its file, and where file and words disagree."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.families import reads_texts
from advisor.families.json_fields import written_number
from advisor.families.sentence_similarity import usual_scale
from advisor.families.text_regression import SHARE
from advisor.families.values import folded_label
from advisor.interview.answers import SAME_LABELS
from advisor.interview.facts import Fact, Notice, Source, Understanding
from advisor.interview.files.asked import off_by
from advisor.interview.files.evaluated import left_out
from advisor.interview.files.names import are_forms
from advisor.interview.files.notices import notices
from advisor.interview.files.settled import facts
from advisor.interview.files.sheet import rows_of
from advisor.interview.files.text_notices import tokens_of
from advisor.interview.files.without_answers import SORTS
from advisor.interview.rows_question import ONLY, WITHOUT, likely_states
from advisor.interview.text.demands import rates
from advisor.interview.text.label_lists import forms
from advisor.interview.text.vocabulary import MISSED
from advisor.system.source import quoted, set_option
from advisor.task.marks import JOINED, NO_TAG
from advisor.units import counted
from catalog.languages import code

if TYPE_CHECKING:
    from advisor.interview.files.proposal import Proposal
    from advisor.interview.files.sheet import Table

LANGUAGES = "constraints.languages"
# How much longer than the longest input what the words speak of must be to be something else.
_FAR_LONGER = 4
# Similarity of two labels, from 0 to 1, from which one may be a typo of the other.
_TYPO = 0.7


def file_facts(table: Table, proposal: Proposal, known: Understanding) -> list[Fact]:
    """Return what a file says, with what the words add to its languages and labels."""
    words = str(known.value("words", ""))
    own = facts(table, proposal, known.value("labels_per_text"))
    found = [_with_named(_with_one_label(fact, _same(known)), known) for fact in own]
    found = [_with_meanings(fact, words) for fact in found]
    said = off_by(known, proposal.expected) if isinstance(proposal.expected, str) else None
    if said is not None and proposal.family == "sentence-similarity":
        found += _closeness(table, str(proposal.expected), *said, words)
    given = known.get("scoring.tolerance")
    is_distance = given is not None and isinstance(given.value, int | float) and given.value >= 1.0
    if proposal.family == "text-regression" and (said is not None or is_distance):
        # "Half an hour off" is not relative to the number, "within 15 percent" is, and 15 is no share.
        found = [fact for fact in found if (fact.key, fact.value) != ("scoring.metric", SHARE)]
        is_share = said is not None and said[1] and not is_distance
        found += [Fact("scoring.metric", SHARE, Source.WORDS, words)] if is_share else []
    chosen = known.value("family")
    if proposal.family is None and chosen is None and known.get("labels") is not None:
        found.append(Fact("family", "text-classification", Source.FILE, "texts, and a list of labels in your words"))
    # The same columns hold the examples of both: "by the names of the topics only" is for the words to say.
    is_same = {chosen, proposal.family} <= SORTS
    asked = known.get("family")
    is_open = asked is None or asked.source is Source.WORDS
    if proposal.family is not None and not is_same and (is_open or proposal.is_labelled):
        found.append(Fact("family", proposal.family, Source.FILE, proposal.why))
    kept = table.kept[1] if table.kept[0] == proposal.expected else ()
    why = f"your words ask for {', '.join(map(quoted, kept))}, and not for its other labels"
    dropped = [Fact("examples.other_labels", "drop", Source.FILE, why)] if kept else []
    for key, rows in zip(("only", "without"), table.chosen, strict=True):
        by_file = key == "without" and table.stray
        source, why = (Source.FILE, table.stray) if by_file else (Source.WORDS, table.wished)
        found += [Fact(f"examples.{key}", {name: [*own] for name, own in rows}, source, why)] if rows and why else []
    return [*found, *dropped, *_length(table, proposal, known), *_left_out_labels(found, known)]


def _length(table: Table, proposal: Proposal, known: Understanding) -> list[Fact]:
    """Return the tokens of the longest input, if the words speak of far longer ones: a row of each may be a part."""
    said = known.get("context")
    searches = {"text-retrieval", "text-ranking"}  # of what the words may say how long it is
    if said is None or said.source is not Source.WORDS or proposal.family is None:
        return []
    if proposal.family in searches or not reads_texts(proposal.family):
        return []
    longest = max((tokens_of(text) for row in rows_of(table) if (text := proposal.text_of(row)) is not None), default=0)
    why = f"the longest input; {set_option('context', said.value)} demands what your words say"
    return [Fact("context", math.ceil(longest), Source.FILE, why)] if 0 < longest * _FAR_LONGER <= said.value else []


def _closeness(table: Table, column: str, off: float, is_share: bool, words: str) -> list[Fact]:  # noqa: FBT001
    """Return the closeness from which a grade passes, by how far off the words allow it to be."""
    grades = [float(each) for row in rows_of(table) if (each := written_number(row.columns.get(column))) is not None]
    low, high = usual_scale(min(grades), max(grades)) if grades else (0.0, 0.0)
    off = off if is_share else off / max(high - low, off)
    is_graded = 0 < off < 1 and {*grades} - {0.0, 1.0}
    return [Fact("scoring.at_least", round(1.0 - off, 6), Source.WORDS, words)] if is_graded else []


_TAGGED = "token-classification"


def disagreement(of_words: Sequence[Fact], found: Sequence[Fact]) -> tuple[Notice, ...]:
    """Return where the file disagrees with the words on languages and labels, and how to change it.

    Not on the kind of task, but for tags of words: where the words sound like another one, they alone are right in 32
    of 158 tables of `tools/readings.jsonl.gz`.
    """
    said = {fact.key: fact.value for fact in of_words}
    seen = {fact.key: fact for fact in found if fact.source is Source.FILE}
    notices = []
    kind = seen.get("family")
    if kind is not None and kind.value == _TAGGED != said.get("family", _TAGGED):
        text = f"the kind of task is the file's, {kind.value}, as it tags words; yours sound like {said['family']}"
        notices.append(Notice("family", f"{text}, which takes a file with an answer for each text"))
    own = seen["labels"].value if "labels" in seen else None
    spoken, of_labels = seen.get(LANGUAGES), _codes([*(said.get("labels") or ()), *(own or ())])
    known = {*of_labels, *(spoken.value if spoken is not None else ())}
    others = [each for each in said.get(LANGUAGES) or () if each not in known]
    if spoken is not None and others and said.get("family") != "translation":
        text = f"the words name {', '.join(others)}, the texts are in {', '.join(spoken.value)}"
        notices.append(
            Notice("languages", f"{text}; --set {LANGUAGES}={','.join([*spoken.value, *others])} asks for all")
        )
    if (
        own
        and said.get("labels")
        and not isinstance(own, dict)
        and not {*map(str.casefold, said["labels"])} & {*map(str.casefold, own)}
        and sum(form.search(str(said.get("words", ""))) is not None for _, form in forms(own)) < 2  # noqa: PLR2004
    ):
        text = f"the labels are the file's: none of those that the words seem to name ({', '.join(said['labels'])})"
        notices.append(Notice("labels", f"{text}; --set examples.expected=COLUMN reads another column"))
    spoken_of = {folded_label(str(each)) for each in said.get("labels") or ()}
    answer = seen.get("examples.expected")
    if own and answer is not None and answer.value == JOINED:  # the reader's word, not the file's
        own = [each for each in own if each != NO_TAG]
    further = [str(each) for each in own or () if folded_label(str(each)) not in spoken_of]
    are_grades = all(written_number(each) is not None for each in own or ())  # "from 1 to 5" names all
    if own and len(own) - len(further) == len(spoken_of) > 1 and further and not are_grades:
        listed = ", ".join(quoted(one_line(each, 30)) for each in further[:4]) + (", …" if len(further) > 4 else "")  # noqa: PLR2004
        text = f"the file has labels that the words do not name: {listed}"
        same = {each: one for each in further if (one := _named_as(each, said["labels"]))}
        cure = f"{set_option('examples.same_labels', same)} counts them as those, " if same else ""
        notices.append(Notice("labels", f"{text}; {cure}--set labels=[...] without them leaves their rows out"))
    return tuple(notices)


def _named_as(label: str, named: Iterable[object]) -> str:
    """Return the only label in the words that another one of the file begins with, or is a form of; "" if none is."""
    own = label.casefold()
    found = [str(one) for one in named if own.startswith(f"{one} ".casefold()) or are_forms(own, str(one).casefold())]
    return found[0] if len(found) == 1 else ""


def file_notices(table: Table, proposal: Proposal, known: Understanding, settled: Sequence[Fact]) -> tuple[Notice, ...]:
    """Return what the user should know of a file with its facts `settled`, except of what was said."""
    several = next((fact.value for fact in settled if fact.key == "labels_per_text"), None)
    found = [*left_out(table.path), *notices(table, proposal, _same(known), several)]
    if table.unchosen:
        text = f"{counted(table.unchosen, 'row is', 'rows are')} left out, {table.rows} are used"
        whys = (quoted(one_line(table.wished, 60), 60) if table.wished else "", table.stray)
        why = f" ({'; '.join(filter(None, whys))})" if any(whys) else ""
        found.append(Notice("chosen_rows", f"{text}{why}"))
    is_settled = known.get(ONLY) is not None or known.get(WITHOUT) is not None
    for said, is_only in () if is_settled else table.ungranted.items():
        text = f"{quoted(one_line(said, 60), 60)} is not followed: no column alone says which rows these are"
        states = likely_states(table, proposal.input_columns, proposal.expected_columns, is_only=is_only)
        key, use = (ONLY, "uses") if is_only else (WITHOUT, "leaves out")
        cure = f"{states[0].option(key)} {use} {states[0].rows}" if states else set_option(key, {"COLUMN": "VALUE"})
        found.append(Notice("some_rows", f"{text}; {cure}", is_grave=True))
    return tuple(each for each in found if known.get(each.key) is None)


def _same(known: Understanding) -> dict[str, str]:
    """Return the labels that mean another one, folded."""
    return {folded_label(str(label)): str(one) for label, one in (known.value(SAME_LABELS) or {}).items()}


def _with_one_label(fact: Fact, same: Mapping[str, str]) -> Fact:
    """Return a file's labels without those that mean another one."""
    if fact.key != "labels" or not same or not fact.value:
        return fact
    kept = [each for each in fact.value if folded_label(each) not in same]
    return replace(fact, value={each: fact.value[each] for each in kept} if isinstance(fact.value, dict) else kept)


def _with_meanings(fact: Fact, words: str) -> Fact:
    """Return a file's labels with what the words say of each: "0 = World, 1 = Sports", "spam (1) or ham (0)"."""
    if fact.key != "labels" or not isinstance(fact.value, list) or not all(each in words for each in fact.value):
        return fact
    # "Bug (must be found)" says no meaning, "1 (bug)" does.
    opened = "" if any(map(str.isalpha, "".join(map(str, fact.value)))) else r"|\s?[(]"
    equal = rf"(?:\s*(?:[=:→]|->)|\s[-–—]{opened})\s*([^\W\d_][^,;.:=()\n]{{1,40}})"
    said = {
        each: re.search(rf"(?<![\w.]){re.escape(each)}{equal}", words)
        or re.search(rf"([^\W\d_]{{2,40}})\s?\({re.escape(each)}\)", words)
        for each in fact.value
    }
    found = {label: at for label, at in said.items() if at is not None}
    meanings = {label: at[1].strip() for label, at in found.items()}
    if not len({*meanings.values()}) == len(fact.value) > 1:
        return fact
    # "Spam: at least 95%, ham: never miss" says no meanings.
    demands = [(each.start, each.end) for each in rates(words)] + [at.span() for at in MISSED.finditer(words)]
    places = [at.span(1) for at in found.values()]
    is_demand = any(start < until and low < end for start, end in places for low, until in demands)
    return fact if is_demand else replace(fact, value=meanings)


def _with_named(fact: Fact, known: Understanding) -> Fact:
    """Return a file's languages with the others in the words that name one of them, if either are several."""
    said = known.get(fact.key)
    if (
        fact.key != LANGUAGES
        or said is None
        or said.source is not Source.WORDS
        or known.value("family") == "translation"
    ):
        return fact
    if max(len(fact.value), len(said.value)) < 2:  # noqa: PLR2004
        return fact
    of_labels = _codes(known.value("labels") or ())
    more = [each for each in said.value if each not in fact.value and each not in of_labels]
    if not more or len(more) == len(said.value):
        return fact
    return replace(fact, value=[*fact.value, *more], words=f"{fact.words}, and {', '.join(more)} in your words")


def _codes(labels: Iterable[object]) -> set[str | None]:
    """Return the languages that labels are written like, such as cuisines."""
    return {code(str(label)) for label in labels}


def _left_out_labels(found: Sequence[Fact], known: Understanding) -> list[Fact]:
    """Return that rows of labels are left out which the user took from the file's list; likely typos are refused."""
    own = next((fact.value for fact in found if fact.key == "labels"), None) or ()
    chosen = known.get("labels")
    if chosen is None or not chosen.value or chosen.source is not Source.ANSWER or not set(chosen.value) < set(own):
        return []
    gone, kept = [each for each in own if each not in chosen.value], [str(each).casefold() for each in chosen.value]
    if any(get_close_matches(each.casefold(), kept, 1, _TYPO) for each in gone):
        return []
    listed = ", ".join(quoted(one_line(each, 30)) for each in gone)
    return [Fact("examples.other_labels", "leave-out", Source.FILE, f"you took {listed} from the labels")]
