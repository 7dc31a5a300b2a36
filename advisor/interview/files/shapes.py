"""Reads a table's shape: which families it suggests, each with its input and expected columns, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain, permutations

from advisor.families.base import PAIR
from advisor.families.ranked import are_places
from advisor.interview.files import names
from advisor.interview.files.asked import CONTAINED, FIELD, of_asked
from advisor.interview.files.cells import ALONE
from advisor.interview.files.choice import as_marks, is_turned, likeliest, sensible, turned
from advisor.interview.files.columns import (
    ADDRESS,
    LONGEST_LABEL,
    NUMBERS_AS_LABELS,
    ROWS_OF_A_LABEL,
    Column,
    are_siblings,
    further_halves,
    is_held,
    is_known_answer,
    of_halves,
)
from advisor.interview.files.features import Encode
from advisor.interview.files.further_readings import further
from advisor.interview.files.part_shapes import of_objects, of_spans
from advisor.interview.files.view import AMBIGUOUS, ASKS, Reading, View
from advisor.system.source import quoted

LONG_TEXT, SENTENCE = 250, 15
# The highest grade of similarity, as in percent.
MOST_GRADE = 100
# The highest grade of a scale that people use by hand.
MOST_ON_SCALE = 10
# How many times as long as its summary a text is, at least.
SUMMARY = 2.5
# Share of a summary's words that its text has, if the text is short.
SHARED = 0.3
# Penalty of a label that the texts do not predict while they predict another.
UNEXPLAINED = 0.6
# Assumed predictability of a column that has no other to compare with.
LEAST_PREDICTED = 0.3
# The strength of a ranking whose grades are places.
PLACED = 0.5
# From this share on the words mean a search.
SEARCHED = 0.2
# Below this a shape says too little to name a family by itself.
SPEAKS = 0.45
# The most that the words' family adds, and that a column named in full adds; families that words confuse.
WORDS, NAMED = 0.4, 0.3
ALIKE = (
    frozenset({"text-classification", "zero-shot-classification"}),
    frozenset({"json-extraction", "token-classification"}),
    frozenset({"question-answering", "text-retrieval", "text-ranking"}),
    frozenset({"text-generation", "summarization", "translation"}),
)
_DERIVED = frozenset({"minutes"})  # fields that the reader derives itself


def readings(
    view: View, meant: Mapping[str, float], said: str, encode: Encode | None = None, *, is_chosen: bool
) -> tuple[list[Reading], float]:
    """Return all `weighed` readings and the chance that no column holds the answers, as `likeliest` does."""
    found = weighed(view, meant, is_chosen=is_chosen)
    if meant.get("text-regression", 0.0) < 1.0:  # which the user chose
        labels = {one.expected for one in found if one.family == "text-classification"}
        codes = {each for each in labels if isinstance(each, str) and names.are_codes(each, said)}
        found = [one for one in found if one.family != "text-regression" or one.expected not in codes]
    found, lacks = likeliest(view, found, meant, said, encode)
    found = [turned(one, found) if is_turned(said, one) else one for one in found]
    return [as_marks(view, said, one) for one in found], lacks


def weighed(view: View, meant: Mapping[str, float], *, is_chosen: bool) -> list[Reading]:
    """Return all readings, each with its strength.

    The shape's strength, a bonus if the words ask about the column, and the share of the family that they mean
    (`meant`) add up. A column that fits no shape well is read by its values; one that the user has chosen (`is_chosen`)
    or calls a column decides over everything else.
    """
    found = list(chain.from_iterable(shape(view) for shape in _SHAPES))
    if view.asked:
        if view.is_measured:
            found = [one for one in found if not view.covers(one) or one.family == "sentence-similarity"]
        if view.is_measured or not any(view.covers(one) and one.strength >= SPEAKS for one in found):
            found += of_asked(view)
    known = {(one.family, one.input, one.expected) for one in found}
    # A text that holds the answers to its questions is a document of a search only if the words mean a search.
    read = {dict(one.input).get("context") for one in found} if meant.get("text-retrieval", 0.0) < SEARCHED else set()
    is_open = meant.get("translation", 0.0) < SEARCHED  # of two texts in one language neither translates the other
    found += [
        one
        for one in further(view)
        if (one.family, one.input, one.expected) not in known
        and (one.expected is None or one.expected not in read)
        and not (is_open and one.family == "translation" and _is_of_one_language(view, one))
    ]
    is_guess = names.is_any(view.asked, names.GUESSED)  # "the column auto is what the old rules said"
    if is_chosen or (view.is_called and not is_guess):
        found = list(filter(view.covers, found)) or found
    found = sensible(view, found)
    return [replace(one, strength=one.strength + weight(meant, one.family) + NAMED * view.covers(one)) for one in found]


def _is_of_one_language(view: View, one: Reading) -> bool:
    spoken = {view.spoken(name) for name in (*one.answers, *dict(one.input).values())}
    return len(spoken) == 1 and "" not in spoken


def weight(meant: Mapping[str, float], name: str) -> float:
    """Return the strength that the words add to a family: half by its share, half by those of similar families."""
    alike = next((each for each in ALIKE if name in each), {name})
    return WORDS * (0.5 * meant.get(name, 0.0) + 0.5 * sum(meant.get(each, 0.0) for each in alike))


def _label_worth(view: View, column: Column) -> float:
    """Return how likely a column is asked for: by its name, by words that name it or its values, else the later one."""
    named = 0.25 * names.is_any(column.name, names.LABEL | names.ANSWER) + 0.2 * view.says(column)
    named += 0.02 * view.columns.index(column) / len(view.columns) + 0.5 * view.names_values(column.name)
    set_apart = 0.3 * names.is_any(column.name, names.SPLIT) + 0.2 * names.is_any(column.name, names.ORIGIN)
    is_odd = (column.kind != "label" and not view.says(column)) or names.ID.issuperset(names.words(column.name))
    return named - set_apart - 0.3 * (column.distinct < 2) - 0.2 * column.empty - 0.15 * is_odd  # noqa: PLR2004


def _labelled(view: View) -> Iterator[Reading]:
    """Yield texts with few distinct short values."""
    labels = [column for column in view.of("label", "list") if column.kind == "label" or column.detail == "label"]
    # With one text a grade is no similarity: star ratings are classes. Nor is a column that the words name.
    labels += [
        column
        for column in view.of("grade")
        if column.distinct <= NUMBERS_AS_LABELS and (len(view.texts) == 1 or view.says(column))
    ]
    # A row's origin, such as its author, is a label only if the words ask for it.
    labels = [each for each in labels if not view.said or view.says(each) or not names.is_any(each.name, names.ORIGIN)]
    labels = [column for column in labels if column.distinct > 1 and not view.is_code(column, labels)] or labels
    labels += view.replies if len(view.texts) == 2 else []  # noqa: PLR2004  a message and its reply
    for place, text in enumerate(view.inputs[:3]):
        predicted = {column.name: view.predicts(text.name, column) for column in (*labels, *view.of("number", "grade"))}
        most = max((LEAST_PREDICTED, *predicted.values()))
        for label in labels:
            if label is text or (label.kind == "text" and view.is_question(text)):
                continue  # a question's answer is one of the known ones
            if label.kind == "label" and not label.has_several and view.is_part(text.name, label.name):
                continue
            if label.has_several and view.are_listed(text.name, label.name):
                continue
            # A transcript is written by a person, however hard it is to predict.
            unexplained = most - predicted[label.name] if label.name != "label" else 0.0
            # Labels of several words that occur in their own texts are rather extracted from these.
            written = view.shared(text.name, label.name) if label in view.phrases else 0.0
            some = "labels, several a cell" if label.has_several else "values"
            # Beside nothing but a text a yes and no is its answer, whatever the words sound like.
            is_alone = 0.1 * (label.decides and len(view.columns) == 2)  # noqa: PLR2004
            one = Reading(
                "text-classification",
                (("text", text.name),),
                label.name,
                f"{quoted(label.name)} has {label.distinct} different {some}, {quoted(text.name)} is text "
                f"({text.mean_length:.0f} characters on average)",
                0.65 + is_alone + _label_worth(view, label) - 0.1 * place - UNEXPLAINED * unexplained - written,
            )
            yield from (one, replace(one, family="zero-shot-classification", strength=one.strength - 0.4))


def _answers_that_hold(view: View) -> Iterator[Reading]:
    """Yield texts with a list of what an answer to them must hold."""
    for answer in filter(is_held, view.columns):
        for place, text in enumerate(view.inputs[:3]):
            why = f"an answer to {quoted(text.name)} must hold what {quoted(answer.name)} lists"
            yield Reading("text-generation", (("text", text.name),), answer.name, why, 0.8 - 0.1 * place)


def _labelled_files(name: str, part: str, kind: str, view: View) -> Iterator[Reading]:
    """Yield files with few distinct short values; recordings with texts are rather transcribed."""
    for path in view.of("path"):
        for label in view.of("label") if path.detail == kind else ():
            why = f"{quoted(path.name)} names {kind} files, {quoted(label.name)} has {label.distinct} different values"
            worth = _label_worth(view, label) - 0.3 * (kind == "sound" and bool(view.texts))
            yield Reading(name, ((part, path.name),), label.name, why, 0.8 + worth)


def _speech(view: View) -> Iterator[Reading]:
    for path in view.of("path"):
        # A few sentences that are read repeatedly look like labels.
        sentences = [label for label in view.of("label") if label.mean_length > SENTENCE]
        for text in (*view.texts, *sentences) if path.detail == "sound" else ():
            said = 0.2 * names.is_any(text.name, names.TRANSCRIPT) - 0.3 * (text.kind == "label")
            why = f"{quoted(path.name)} names sound files, {quoted(text.name)} is text"
            yield Reading("automatic-speech-recognition", (("audio", path.name),), text.name, why, 0.75 + said)


def _regressed(view: View) -> Iterator[Reading]:
    """Yield texts with numbers of many values, such as grades and prices, that do not occur in the text."""
    for place, text in enumerate(view.inputs[:3]):
        for number in view.of("number", "grade"):
            if number.distinct <= NUMBERS_AS_LABELS or view.contained(number.name, text.name) >= CONTAINED:
                continue
            named = 0.2 * names.is_any(number.name, names.GRADE | _DERIVED) + 0.2 * view.says(number)
            named -= 0.1 * names.is_any(number.name, names.ANSWER) + 0.1 * place
            named += 0.2 * view.predicts(text.name, number)
            why = f"{quoted(number.name)} has {number.distinct} different numbers, {quoted(text.name)} is text"
            yield Reading("text-regression", (("text", text.name),), number.name, why, 0.4 + named)


def _answers(view: View) -> Iterator[Reading]:
    listed = [column for column in view.of("object") if column.detail == "answers"]
    texts = [*view.of("text", "label", "list", "number", "date"), *listed]
    # Questions that repeat as labels do are asked of contexts which alone do not tell the answer.
    repeated = [each for each in view.of("label") if view.asks(each.name) >= ALONE]
    for question in (*view.of("text"), *repeated):
        asked = names.is_any(question.name, names.QUESTION) + view.asks(question.name)
        if asked < ASKS:  # neither named so nor mostly asking
            continue
        passages = [column for column in view.of("list") if column.detail == "text"]
        longer = [
            each
            for each in (*view.of("text"), *passages)
            if each is not question and each.mean_length >= question.mean_length
        ]
        # What a system answered is no passage, if there is one.
        for context in [each for each in longer if not names.is_any(each.name, names.ANSWER - names.SUMMARY)] or longer:
            for answer in texts:
                if answer in (question, context) or answer.mean_length >= context.mean_length:
                    continue
                inside = view.contained(answer.name, context.name)
                named = names.is_any(answer.name, names.ANSWER) + names.is_any(context.name, names.CONTEXT)
                if inside < CONTAINED and named < 2:  # noqa: PLR2004  named so, both
                    continue
                is_named = names.is_any(question.name, names.QUESTION)
                if question in repeated and not is_named and view.ambiguous((context.name,), answer.name) < AMBIGUOUS:
                    continue
                why = (
                    f"{quoted(question.name)} asks, {quoted(context.name)} is the longer text, and "
                    f"{quoted(answer.name)} stands in it in {inside:.0%} of the rows"
                )
                parts = (("question", question.name), ("context", context.name))
                yield Reading("question-answering", parts, answer.name, why, 0.7 + 0.1 * named + 0.1 * inside)


def _asked(view: View) -> Iterator[Reading]:
    """Yield questions with answers and no context: sentences, or answers that repeat, are searched."""
    texts = view.of("text")
    for question in texts:
        if not view.is_question(question):
            continue
        # Of texts, if one holds questions, the only other or by far the longest is the answer, whatever its name.
        others = [text for text in texts if text is not question and not names.is_any(text.name, names.CONTEXT)]
        others.sort(key=lambda text: -text.mean_length)
        is_plain = len(texts) == 2 or (len(others) > 1 and others[0].mean_length > 2 * others[1].mean_length)  # noqa: PLR2004
        other = others[0] if is_plain and others else None
        for answer in view.of("text", "label", "list", "number", "date"):
            if answer is not question and (answer is other or names.is_any(answer.name, names.ANSWER)):
                why = f"{quoted(question.name)} asks, {quoted(answer.name)} answers, and there is no other text"
                is_long = answer.mean_length > LONGEST_LABEL or answer.distinct * ROWS_OF_A_LABEL <= len(view.rows)
                if is_known_answer(answer) and is_long:
                    why = f"{why}: of {answer.distinct} known answers the right one is found"
                    yield Reading("text-retrieval", (("query", question.name),), answer.name, why, 0.65)
                # Long answers are texts to be found or written, not words.
                strength = 0.6 if answer.mean_length <= LONGEST_LABEL else 0.4
                yield Reading("question-answering", (("question", question.name),), answer.name, why, strength)


def _triplets(view: View) -> Iterator[Reading]:
    """Yield triplets: a text, a closer and a farther one; no other column is needed."""
    roles = (("anchor", names.ANCHOR), ("closer", names.CLOSER), ("farther", names.FARTHER))
    placed = [
        (part, next((column.name for column in view.of("text") if names.is_any(column.name, known)), None))
        for part, known in roles
    ]
    found = tuple((part, name) for part, name in placed if name is not None)
    if len({name for _, name in found}) == len(roles):
        listed = ", ".join(quoted(name) for _, name in found)
        why = f"{listed} are a text, one that is close to it and one that is not"
        yield Reading("sentence-similarity", found, None, why, 0.8)


def _graded(view: View) -> Iterator[Reading]:
    fields = _fields(view)
    texts = view.of("text") or [a for a in fields if any(are_siblings(a, b) for b in fields if b is not a)]
    has_decision = any(each.decides for each in view.columns)
    pairs = [(a, b, of_halves(view.columns, a, b)) for at, a in enumerate(texts) for b in texts[at + 1 :]]
    for grade in view.of("grade", "number", "label"):
        highest = max((number for number in view.numbers(grade.name) if number is not None), default=0.0)
        for one, other in [(a, b) for a, b, halves in pairs if grade not in (a, b, *halves)]:
            # Two values are a yes and a no if the texts are named as a pair, or the column as a decision, and no other
            # column says yes and no.
            is_pair = not has_decision and (are_siblings(one, other) or names.is_any(grade.name, names.SAME))
            decides = grade.decides or (is_pair and grade.kind == "label" and grade.distinct == 2)  # noqa: PLR2004
            # A few whole numbers of a scale grade a named pair, too.
            is_scale = are_siblings(one, other) and 2 < grade.distinct <= MOST_ON_SCALE + 1  # noqa: PLR2004
            is_scale &= grade.samples[0].isdecimal() and highest <= MOST_ON_SCALE
            if grade.kind == "label" and not (decides or is_scale) and set(grade.samples) - {"0", "1", "0.5"}:
                continue
            if grade.kind == "number" and highest > MOST_GRADE:
                continue
            alike = min(one.mean_length, other.mean_length) / max(one.mean_length, other.mean_length, 1.0)
            if one.kind != "text" and not (decides and are_siblings(one, other)):
                continue
            strength = 0.3 + 0.3 * alike + 0.1 * (grade.kind == "grade") - 0.1 * (grade.kind == "label")
            if decides:
                # Texts named as a pair and marked with yes or no are hardly meant for sorting the first of them.
                strength += 0.25 * names.is_any(grade.name, names.SAME) + 0.5 * are_siblings(one, other)
                what = f"says yes or no of the two ({' or '.join(sorted(grade.samples))})"
            else:
                strength += 0.15 * names.is_any(grade.name, names.GRADE) + 0.25 * (are_siblings(one, other) + is_scale)
                what = "holds grades"
            why = f"{quoted(one.name)} and {quoted(other.name)} are two texts, {quoted(grade.name)} {what}"
            parts = both_halves(view, one, other, grade)
            yield Reading("sentence-similarity", parts, grade.name, why, strength)


def both_halves(view: View, one: Column, other: Column, grade: Column) -> tuple[tuple[str, str], ...]:
    """Return a pair's parts: two columns, and all others that are named alike but for ids and what is expected."""

    def is_compared(pair: tuple[Column, Column]) -> bool:
        # Two people's verdicts, "Checked A" and "Checked B", are no part of what is compared.
        is_verdict = grade in pair or any({*each.samples} <= {*grade.samples} for each in pair)
        are_places = {each.kind for each in pair} == {"url"}
        are_moments = all(each.kind == "date" and any(":" in cell for cell in each.samples) for each in pair)
        return not (is_verdict or are_places or are_moments or view.number_rows(*pair))

    fields = _fields(view)
    pairs = [(one, other), *filter(is_compared, further_halves(fields, one, other))]
    halves = zip(*sorted(pairs, key=lambda pair: view.columns.index(pair[0])), strict=True)
    return tuple((part, column.name) for part, half in zip(PAIR, halves, strict=True) for column in half)


def _fields(view: View) -> list[Column]:
    """Return the columns that may be a field of a text; of ids only addresses are."""
    return [each for each in view.columns if each.kind in FIELD and (each.kind != "id" or each.detail == ADDRESS)]


def _summaries(view: View) -> Iterator[Reading]:
    likely = (*view.of("text"), *view.phrases)
    sizes = {column.name: view.size(column.name) for column in likely}
    for text in view.of("text"):
        for summary in likely:
            length, ratio = sizes[text.name], sizes[text.name] / max(sizes[summary.name], 1.0)
            named = names.is_any(summary.name, names.SUMMARY)
            if summary is text or ratio < SUMMARY:
                continue
            shares_words = sizes[summary.name] >= SENTENCE and view.shared(text.name, summary.name) >= SHARED
            if length < LONG_TEXT and not named and not shares_words:
                continue
            if not named and view.asks(summary.name) > 0.3:  # noqa: PLR2004  questions about a text sum nothing up
                continue
            why = f"{quoted(text.name)} is {ratio:.0f} times as long as {quoted(summary.name)}, which is text too"
            is_input = names.is_any(summary.name, names.INPUT)  # such as a mail's subject
            shared = 0.0 if is_input else view.shared(text.name, summary.name)
            worth = 0.55 + 0.3 * max(named, shared) - 0.1 * summary.empty
            yield Reading("summarization", (("text", text.name),), summary.name, why, worth)


def _translations(view: View) -> Iterator[Reading]:
    texts = view.of("text")
    for one, other in permutations(texts, 2):
        is_alike = 0.4 <= (one.mean_length + 1) / (other.mean_length + 1) <= 2.5  # noqa: PLR2004
        pair = (view.spoken(one.name), view.spoken(other.name)) if is_alike else ("", "")
        if not all(pair) or pair[0] == pair[1]:
            continue
        is_likely = names.is_any(other.name, names.TRANSLATION) or texts.index(one) < texts.index(other)
        worth = 0.8 + 0.1 * is_likely + 0.2 * (view.says(other) and other.name.casefold() not in pair)
        why = f"{quoted(one.name)} is in the language {pair[0]}, {quoted(other.name)} in {pair[1]}, of like length"
        yield Reading("translation", (("text", one.name),), other.name, why, worth, pair)


def _written(view: View) -> Iterator[Reading]:
    own = [column.name for column in view.of("text") if 2 * column.distinct > len(view.rows)]
    for text in view.texts:
        for answer in view.of("text", "label", "number", "grade", "list"):
            if answer is text:
                continue
            named = names.is_any(answer.name, names.ANSWER) + 0.5 * names.is_any(text.name, names.INPUT)
            why = f"{quoted(text.name)} is text, and {quoted(answer.name)} may be what is to be written for it"
            weak = 0.1 if names.is_any(answer.name, names.ANSWER) else 0.25
            strength = 0.35 + 0.15 * named - weak * (answer.kind != "text")
            if answer.kind == "text" and not view.is_question(text):
                # Of two texts that differ in every row, and no other, the later one is the answer.
                is_later = own == [text.name, answer.name] and not names.is_any(answer.name, names.INPUT)
                strength = max(strength, SPEAKS * is_later) + 0.2 * view.shared(text.name, answer.name)
                strength -= 0.3 * (answer in view.replies)  # one of a few is chosen
            strength += 0.1 * view.says(answer) + 0.05 * (view.columns.index(text) < view.columns.index(answer))
            yield Reading("text-generation", (("text", text.name),), answer.name, why, strength)


def _ranked(view: View) -> Iterator[Reading]:
    """Yield queries with a list of texts and the right one's name, or with one text and its grade per row."""
    for query in view.texts:
        for listed in view.of("list"):
            for right in view.of("text", "id", "number", "label", "list"):
                if right is listed or right is query or not view.are_chosen(listed.name, right.name):
                    continue
                why = f"{quoted(listed.name)} lists texts, of which {quoted(right.name)} names the right one"
                parts = (("query", query.name), ("candidates", listed.name))
                yield Reading("text-ranking", parts, right.name, why, 1.0)
    shown = [*view.of("text"), *(label for label in view.of("label") if not label.samples[0].isdecimal())]
    every = tuple(each.name for each in shown)
    shown = [each for each in shown if not view.is_name_of(each, shown) and not view.is_sort_of(each.name, every)]
    for query, candidate in permutations(shown, 2):
        own = [each for each in view.of("grade", "number", "label") if each not in (query, candidate)]
        graded = [each for each in own if view.are_graded(query.name, candidate.name, each.name)]
        held = {each.name: view.grades(query.name, candidate.name, each.name) for each in graded}
        places = {name for name, each in held.items() if are_places([[*inner.values()] for inner in each.values()])}
        # Beside grades the places are those of the search that is judged.
        is_judged = bool(places) and any(
            each.name not in places and names.is_any(each.name, names.GRADE) for each in graded
        )
        for grade in graded:
            placed = grade.name in places
            what = "puts in order, the first place best," if placed else "grades"
            why = f"{quoted(grade.name)} {what} several {quoted(candidate.name)} for each {quoted(query.name)}"
            parts = (("query", query.name), ("candidates", candidate.name))
            named = names.is_any(grade.name, names.GRADE) + view.says(grade) + view.says(query)
            # Places and relevance compare a text with others; a grade may rate it alone.
            is_relevance = names.is_any(grade.name, names.GRADE if is_judged else names.RELEVANT)
            compares = (placed and not is_judged) or is_relevance
            yield Reading("text-ranking", parts, grade.name, why, 0.5 + 0.1 * named + PLACED * compares)


def _retrieved(view: View) -> Iterator[Reading]:
    for query in view.texts:
        for ids in view.of("id", "list", "label"):
            is_named = names.is_any(ids.name, names.DOCUMENTS)
            if is_named or ids.kind == "id":
                # Any name may be a document's: alone it suggests no search.
                why = f"{quoted(query.name)} is text, {quoted(ids.name)} names documents"
                yield Reading("text-retrieval", (("query", query.name),), ids.name, why, 0.7 if is_named else 0.4)


_SHAPES: tuple[Callable[[View], Iterator[Reading]], ...] = (
    _labelled,
    _answers_that_hold,
    partial(_labelled_files, "image-classification", "image", "image"),
    partial(_labelled_files, "audio-classification", "audio", "sound"),
    _speech,
    _answers,
    _asked,
    _graded,
    _triplets,
    _summaries,
    _translations,
    _written,
    of_objects,
    of_spans,
    _ranked,
    _regressed,
    _retrieved,
)
