"""The answer as a card of four lines: the model, its measurements, what is proven, what it adds over a baseline.

Also the summary of a run in which no model reaches the bar.
"""

import re
from typing import NamedTuple

from advisor.candidates.candidate import FIXED
from advisor.report import claims, same_rows, sentences
from advisor.report.model import Report, Tested
from advisor.system.source import quoted
from advisor.units import capitalised, counted, percent, percent_floor, percent_upwards

NAME = 60
ESTIMATE = "estimate"
TOO_FEW = "Too few examples to say anything of new inputs."
# With fewer examples no percentage is shown.
FEWEST_FOR_A_RATE = 10
SIGNS = {"certified": "certified", "provisional": "provisional"}


class Card(NamedTuple):
    """An answer in short; `sign` gives its strength in a word, `proven` also what would change it.

    Unmeasured lines are empty.
    """

    use: str
    measured: str = ""
    sign: str = ""
    proven: str = ""
    adds: str = ""


def card(document: Report) -> Card:
    chosen = sentences.recommended(document)
    about = chosen or sentences.best(document)
    if about is None:
        return Card("No answer yet: nothing could be measured.")
    name = sentences.noun_of(about, NAME)
    use = sentences.answer(document, chosen, width=NAME) if chosen else _none_reaches(document, about, name)
    is_used = chosen is not None and sentences.is_used(document, chosen)
    sign = SIGNS.get(document.strength or "", ESTIMATE) if is_used else ESTIMATE
    proven = " ".join(filter(None, (_proven(document, about), same_rows.headline(document.shared_rows))))
    return Card(use, sentences.measured(document, about), sign, proven, _adds(document))


def in_short(document: Report) -> str:
    """Return the answer in a line."""
    short = card(document)
    return f"Answer: {': '.join(filter(None, (short.use, short.measured)))}"


def _none_reaches(document: Report, top: Tested, name: str) -> str:
    if sentences.reaches(document, top):
        return f"None proven yet; best: {name}; the bar is {sentences.bar_words(document)}"
    none, who = none_better(document, top), sentences.none_reaches(document)
    best = f"{none[:1].lower()}{none[1:]}" if none else name if len(document.candidates) == 1 else f"best: {name}"
    if document.is_bar_usual and top.passes:
        return f"{capitalised(best)}; you named no bar, and {who}"
    return f"{capitalised(who)}{':' if best == name else ';'} {best}"


def _proven(document: Report, about: Tested) -> str:
    bar = percent(document.bar.pass_rate)
    if sentences.recommended(document) is None:
        shown = sentences.true_rate(about, document.bar.pass_rate)
        is_known = shown and shown != sentences.TOO_FEW
        so_far = f"On new inputs it is right {shown} of the time." if is_known else TOO_FEW
        return " ".join(filter(None, (so_far, _more(document, about, bar))))
    if document.strength == "certified":
        proven = f"Proven for new inputs like these: right more than {bar} of the time"
        return f"{proven}; {claims.proves_more(document) or 'a higher bar takes more rows'}."
    return f"{claims.of_new_inputs(document, about)}; {claims.what_certifies(document, bar)}."


def _more(document: Report, about: Tested, bar: str) -> str:
    """Return how many more examples could prove the bar: for the best candidate if it may reach it, else for any."""
    may_reach = (about.upper_bound or 1.0) >= document.bar.pass_rate
    more = document.advice and document.advice.more_examples_best
    if may_reach and more and (words := more.words(bar)):
        return f"{capitalised(words)}."
    if document.examples.evidence >= (fewest := sentences.fewest_that_certify(document)):
        return ""
    taught = (
        f" besides {counted(document.examples.teaching, 'row')} to learn from" if document.examples.teaching else ""
    )
    here = f"there are {document.examples.evidence}{taught}"
    if sentences.may_reach(document):
        return f"More examples are needed to certify {bar}: at least {fewest}, all right; {here}."
    is_taught = any(each.method == "head" for each in document.candidates) and document.examples.teaching
    rows = counted(document.examples.teaching, "row")
    as_taught = f", as trained on {rows}; more to learn from may help" if is_taught else ""
    none = f"That none of these reaches {bar} is shown{as_taught}"
    return f"{none}; to certify another takes at least {fewest}, all right; {here}."


def _adds(document: Report) -> str:
    """Return a far smaller one that is as good, and what the answer adds over the best baseline, as far as known."""
    chosen, over, as_good = sentences.recommended(document), document.over_baseline, claims.as_good(document)
    if chosen is None or not over or chosen.method in FIXED:
        return as_good
    points = round(over.adds * 100)
    unsure = "" if over.interval[0] > 0 else "; that may be chance"
    adds = f"{points:+d} points over the best baseline ({claims.best_baseline(document, over)}){unsure}."
    return f"{as_good} {adds}".strip()


def none_better(document: Report, top: Tested) -> str:
    """Return that no model beats the best candidate if that is a baseline; "" otherwise or if no model ran.

    The best is that by all that the bar asks: a model may be right more often, and miss a label's rate.
    """
    models = [each.passes / each.outcomes for each in document.candidates if each.outcomes and each.place != "baseline"]
    if top.place != "baseline" or not models or max(models) > top.passes / top.outcomes:
        return ""
    return f"No model that was tried is better than {re.sub('^always ', 'always answering ', sentences.name_of(top))}"


def without_answer(document: Report) -> list[str]:
    """Return the best candidate and its gap to the bar, for a run without a recommendation."""
    top = sentences.best(document)
    if top is None:
        why = "could be measured; the table gives the reasons" if document.finished else "is measured yet"
        return [f"Nothing {why}."]
    observed = top.passes / top.outcomes
    said = f"{none}:" if (none := none_better(document, top)) else f"Best: {sentences.name_of(top)} with"
    words = sentences.exactly(document) or sentences.passes_from(document.task)
    most = max(document.recall, key=lambda each: each.of, default=None)
    constant = next((each for each in document.candidates if each.method == "constant"), None)
    always = []
    if most is not None and most.added is None and most.of > top.passes and constant is None:
        answer = quoted(most.label, sentences.SAID)
        always = [f"Always answering {answer} would be right on {most.of} of {top.outcomes}."]
    elif constant is not None and constant.outcomes == top.outcomes and constant.passes > top.passes:
        named = sentences.name_of(constant)
        always = [
            f"The constant, {named}, gets more right, {constant.passes} of {top.outcomes}, but has one answer only."
        ]
    if top.outcomes < FEWEST_FOR_A_RATE:
        return [f"{said} {top.passes} of {counted(top.outcomes, 'example')} {words or 'right'}.", *always]
    gap = document.bar.pass_rate - observed
    points = counted(round(gap * 100), "point") if round(gap * 100) else "just"
    below = f", {points} below the bar." if gap > 0 else "."
    lines = [f"{said} {observed:.0%} of {top.outcomes} examples{words and f' {words}'}{below}", *always]
    lines += [f"Its numbers are {sentences.far_off(document)}."] if document.distance is not None else []
    if (low := top.lower_bound) is not None and top.upper_bound is not None:
        high = percent_upwards(top.upper_bound)
        lines.append(f"That is an estimate; for new inputs {percent_floor(low)} to {high} is all that is proven.")
    return lines
