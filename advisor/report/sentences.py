"""Sentences of a report: functions of its document, without markup; each renderer escapes its output.

Names and reasons come from outside: they pass through `one_line` here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from advisor.candidates.candidate import FIXED
from advisor.candidates.reasons import for_others
from advisor.decide.bar import ANSWERS, FAILS
from advisor.decide.records import LOST, closeness, unusable
from advisor.errors import one_line
from advisor.evidence.boundary import examples_needed
from advisor.families import FAMILY_NAMES, family
from advisor.report import same_rows
from advisor.report.sanitize import readable_value
from advisor.system.source import line_words, quoted
from advisor.task.growth import known_at
from advisor.units import counted, format_bytes, format_count, format_seconds, percent, percent_floor, percent_upwards

if TYPE_CHECKING:
    from advisor.candidates.candidate import Candidate
    from advisor.report.model import Report, Standing, Standings, Task, Tested
    from advisor.runs.result import Judged

# A mean error from which a step of one does not matter, as for prices.
FAR_OFF = 10.0
NAME, REASON = 80, 200
SAID, LABELS_FIRST = 40, 2
TOO_FEW, NEVER = "too few to say", "never said"
NEAR = 1e-9
# For a candidate that answered all examples and reached the bar on them; that proves nothing of new inputs yet.
ON_THESE = "passes these examples"
_METHODS = {"head": " + head", "tuned": ", tuned", "prompted": ", prompted", "as is": ", as it is"}
STRENGTHS = {
    "certified": "certified for new inputs like these",
    "examples": f"{ON_THESE}, nothing proven for new ones",
    "provisional": "provisional: likely, not proven",
}

# Runs of versions that kept no settled scoring do not say which metric of these families the examples decided.
_BY_EXAMPLES = frozenset({"sentence-similarity", "text-generation", "text-regression"})


def method_words(runtime: str, method: str) -> str:
    """Return a candidate's engine and method, e.g. "static + head"."""
    return one_line(f"{runtime}{_METHODS.get(method, f', {method}')}", NAME)


def name_of(candidate: Standing | Candidate | Judged, width: int = NAME) -> str:
    """Return a candidate's name, safe to show; if it is too long the model is cut, not the variant."""
    model = candidate.model
    end = one_line(candidate.name.removeprefix(model), width // 2)
    return one_line(model, width - len(end)) + end


_NOUNS = {
    "constant": "the constant answer, ",
    **dict.fromkeys(("linear", "pixels", "spectrum"), "the linear model on "),
    **dict.fromkeys(("nearest", "sentence", "central"), "the "),
}


def noun_of(candidate: Candidate | Judged | Tested, width: int = NAME) -> str:
    """Return a candidate's name within a sentence: a baseline is called one."""
    noun = _NOUNS.get(candidate.method, "") if candidate.place == "baseline" else ""
    return noun + name_of(candidate, width)


def right(name: str, metric: str | None) -> str:
    """Return the meaning of "right" by a family's metric, its first by default: a list may hold the answer."""
    used = metric or (next(iter(family(name).metrics), "") if name in FAMILY_NAMES else "")
    first = used.removeprefix("hit@")
    return "right" if first in {used, "1"} else f"right among the first {first}"


def within(tolerance: float, *, is_share: bool) -> str:
    """Return how far from the expected number an answer may be."""
    return f"within {percent(tolerance)} of the number" if is_share else f"within {tolerance:g}"


def passes_from(task: Task) -> str:
    """Return the score from which an answer is right: "right from 30% of ROUGE-L on"; "" if only a perfect one is."""
    if task.family not in FAMILY_NAMES or task.metric == "jaccard":  # see `exactly`
        return ""
    if task.tolerance is not None and task.metric in {"near", "near_share"}:
        return f"right {within(task.tolerance, is_share=task.metric == 'near_share')}"
    if task.family in _BY_EXAMPLES and task.metric is None:
        return "" if task.at_least in {None, 1.0} else f"right from a score of {task.at_least:g} on"
    metrics = family(task.family).metrics
    metric = task.metric or next(iter(metrics), "")
    least = metrics.get(metric, 1.0) if task.at_least is None else task.at_least
    if least >= 1.0:
        return ""
    _, name = family(task.family).agreement.get(metric, ("", ""))
    return f"right from {percent(least)} of {name} on" if name else f"right from {metric} {least:g} on"


def recommended(document: Report) -> Tested | None:
    index = document.recommended
    return None if index is None else document.candidates[index]


def headline(document: Report) -> str:
    """Return the verdict in one sentence, qualified if its rows were tested before."""
    return " ".join(filter(None, (_verdict(document), same_rows.headline(document.shared_rows))))


def _verdict(document: Report) -> str:
    chosen = recommended(document)
    if not document.finished:
        ran = (each for each in document.candidates if each.outcomes)
        seen = ", ".join(f"{name_of(each, 48)} {each.passes} of {each.outcomes}" for each in ran)
        right_so_far = f" ({seen} right)" if seen else ""
        return f"Not finished: {document.inferences} outcomes so far{right_so_far}; the same command continues."
    if chosen is not None and chosen.method in FIXED:
        asks = "no model" if chosen.method == "copied" else "nothing"
        return f"The bar asks for {asks}: {name_of(chosen)} reaches it."
    if chosen is not None:
        return f"{answer(document, chosen, f' ({method_words(chosen.runtime, chosen.method)})')}."
    top = best(document)
    is_named = not document.is_bar_usual or top is None or not top.passes
    if document.verdict == "none" and is_named:
        return f"No candidate passes: {_none_of(document)}."
    if document.verdict == "none" and top is not None:
        return f"Best: {noun_of(top)}, {came_out(document, top)}; you named no bar, and {_none_of(document)}."
    if top is None:
        return "No answer yet: nothing could be measured."
    bar = bar_words(document)
    few, least = document.examples.evidence, fewest_that_certify(document)
    none = f"; {counted(few, 'example')} cannot certify any, which takes at least {least}" if few < least else ""
    came = came_out(document, top)
    proven = "None proven yet" if reaches(document, top) else "None proven"
    return f"{proven}; best: {noun_of(top)}, {came}; the bar is {bar}{none}."


def bar_words(document: Report) -> str:
    """Return the bar's rate, called the usual one if the task names none."""
    return f"{'the usual ' if document.is_bar_usual else ''}{percent(document.bar.pass_rate)}"


def came_out(document: Report, about: Tested) -> str:
    """Return how many examples came out right, preceded by those of up to two labels with a rate in the bar."""
    came = right(document.task.family, document.task.metric)
    all_ = f"{about.passes} of {about.outcomes}"
    if has_several(document):  # the table has each label's counts
        return f"{all_} {exactly(document) or came}"
    asked = [
        each
        for each in document.recall
        if any(f"{what} {quoted(each.label)} " in of.words for of in about.besides for what in ("label", ANSWERS))
    ]
    if not 0 < len(asked) <= LABELS_FIRST or about is not (recommended(document) or best(document)):
        return f"{all_} {came}"
    own = (f"{each.right} of {each.of} {quoted(each.label, SAID)}{_alarms(document, each.label)}" for each in asked)
    return f"{', '.join(own)} and {all_} of all {came}"


def _alarms(document: Report, label: str) -> str:
    """Return how many other examples got a label, in parentheses; "" for none, or if the matrix lacks some labels."""
    labels, rows = document.confused.get("labels") or [], document.confused.get("rows") or []
    if not {label, *(each.label for each in document.recall)} <= {*labels}:
        return ""
    at = labels.index(label)
    alarms = sum(row[at] for row in rows) - rows[at][at]
    return f" ({counted(alarms, 'false alarm')})" if alarms else ""


def where(document: Report, line: int) -> str:
    """Return an example's place: its line, or its file in a folder, in older runs by its number."""
    examples = document.reproduce.files.get("examples")
    is_numbered = examples is not None and examples.is_folder and f"{line}".isdecimal()
    return f"file {line}" if is_numbered else line_words(line)


def has_several(document: Report) -> bool:
    return any(each.added is not None for each in document.recall)


def exactly(document: Report) -> str:
    """Return the meaning of "right" if an input has several labels; "" if it has one."""
    if not has_several(document):
        return ""
    if document.task.metric != "jaccard":
        return "with exactly the right labels"
    enough = document.task.at_least
    return f"with labels that overlap by {'half' if enough is None else percent(enough)} at least"


def reaches(document: Standings, candidate: Standing) -> bool:
    """Return whether a candidate's observed rate reaches the bar's pass rate."""
    return candidate.outcomes > 0 and candidate.passes >= document.bar.pass_rate * candidate.outcomes - NEAR


def is_used(document: Standings, chosen: Standing) -> bool:
    """Return whether an answer is fit for use: it is certified, or reaches the bar on the examples.

    One that is only likely by its cross-validation is the closest, not more.
    """
    return document.strength == "certified" or reaches(document, chosen)


def answer(document: Report, chosen: Tested, method: str = "", width: int = NAME) -> str:
    """Return the answer in its uniform wording: which model to use, or which came closest and how close."""
    name = noun_of(chosen, width) + method
    if is_used(document, chosen):
        return f"Use {name}"
    came = came_out(document, chosen)
    rate = chosen.passes / chosen.outcomes if chosen.outcomes else 0.0
    shown = f"{rate:.0%}" if round(rate, 2) < document.bar.pass_rate - NEAR else percent_floor(rate)
    return f"Closest: {name}, {came} ({shown}), below {'' if document.is_bar_usual else 'your '}{bar_words(document)}"


def _none_of(document: Report) -> str:
    """Return what is said of all candidates if none passes; about new inputs only if the examples could prove it."""
    evidence = document.examples.evidence
    top = best(document)
    if top is not None and reaches(document, top):
        return f"{name_of(top)} is right on {top.passes} of {top.outcomes}, but {top.reason}"
    measured = [each for each in document.candidates if each.outcomes]
    is_proven = bool(measured) and all(each.refuted for each in measured)
    if evidence < fewest_that_certify(document) and not is_proven:
        few = "1 example is" if evidence == 1 else f"{evidence} examples are"
        return f"{few} too few to say more than that none passes {'it' if evidence == 1 else 'them'}"
    return none_reaches(document)


def none_reaches(document: Report) -> str:
    """Return that none of those measured reaches the bar; beyond these examples only if every interval ends below.

    Where one reaches the rate, the bar's other criteria are named too.
    """
    bar, count = bar_words(document), sum(not is_unmeasured(each) for each in document.candidates)
    bounds = [each.upper_bound for each in document.candidates if each.outcomes or each.verdict not in LOST]
    is_all = count == len(document.candidates)
    who = ("the only one" if is_all else "the one measured") if count == 1 else f"none of {count}"
    who += " measured" if count != 1 and not is_all else ""
    if (own := [each for each in document.candidates if reaches(document, each)]) and own[0].besides:
        besides = (one_line(asked.words.partition(" (wrong:")[0], REASON) for asked in own[0].besides)
        bar += f" together with {', '.join(besides)}"
    if all(bound is not None and bound < document.bar.pass_rate for bound in bounds):
        return f"{who} {'does not reach' if count == 1 else 'reaches'} {bar}"
    return f"{who} {'did not reach' if count == 1 else 'reached'} {bar} on these examples"


def missed(candidate: Tested) -> str:
    """Return what else the bar asks and the candidate misses, with what was observed; "" if it misses nothing."""
    seen = (f"{words}: {reached}" for words, reached in all_missed(candidate))
    return one_line("; ".join(seen), REASON)


def all_missed(candidate: Tested) -> list[tuple[str, str]]:
    """Return each criterion that the candidate misses besides the rate, in words, with what was observed."""
    asked = (each for each in candidate.besides or () if each.verdict == FAILS)
    return [(each.words, NEVER if each.observed is None else f"{each.observed:.1%}") for each in asked]


def may_reach(document: Report) -> bool:
    """Return whether the bar is within reach of a candidate, by what is proven of it so far."""
    return any((each.upper_bound or 1.0) >= document.bar.pass_rate for each in document.candidates)


def fewest_that_certify(document: Report) -> int:
    """Return how many examples, all right, would certify a single candidate."""
    return examples_needed(document.bar.pass_rate, 1 - document.bar.confidence)


def badge(document: Report) -> str:
    if not document.finished:
        return "not finished"
    if document.recommended is None:
        return "none passes" if document.verdict == "none" else "none proven yet"
    if not is_used(document, document.candidates[document.recommended]):
        return "closest, below the bar"
    return STRENGTHS.get(document.strength or "", readable_value(document.strength))


def verdict_of(document: Standings, candidate: Standing) -> str:
    """Return a candidate's verdict in the words of all pages; "passes" alone would not say what was passed."""
    if candidate.verdict in {"not measured", "given up"}:
        return candidate.verdict
    if candidate.verdict == "fails":
        is_its_own = candidate.failure and not (candidate.circumstance and candidate.outcomes)
        return unusable(candidate.failure or "").partition(":")[0] if is_its_own else "fails"
    if candidate.verdict == "passes":
        is_certified = candidate.number - 1 != document.recommended or document.strength == "certified"
        return "certified" if is_certified else ON_THESE
    if not candidate.outcomes:
        return "not probed"
    is_all = candidate.outcomes == document.examples.evidence
    return "undecided" if not is_all else ON_THESE if reaches(document, candidate) else "below the bar"


def true_rate(candidate: Tested, below: float = 0.0) -> str:
    """Return the interval of a candidate's true pass rate, empty if nothing was counted; it may be `below` a bar."""
    if not candidate.outcomes:
        return ""
    low, high = percent_floor(candidate.lower_bound or 0.0), percent_upwards(candidate.upper_bound or 0.0)
    if (candidate.upper_bound or 0.0) < below and high == percent_upwards(below):  # proven to miss the bar
        return f"{low} to less than {percent(below)}"
    return TOO_FEW if (low, high) == (percent_floor(0.0), percent_upwards(1.0)) else f"{low} to {high}"


def own_shares(document: Report) -> list[str]:
    """Return why as many right answers prove less of one candidate than of another; nothing where none does."""
    shown = [(each.passes, each.outcomes, each.lower_bound or 0.0) for each in document.candidates if each.outcomes]
    differ = any(
        of >= other_of and passes * other_of >= other * of and percent_floor(bound) != percent_floor(other_bound)
        for passes, of, bound in shown
        for other, other_of, other_bound in shown
        if bound < other_bound
    )
    why = "What is proven holds at each candidate's own share of the error: with a smaller one as many prove less."
    return [why] if differ else []


def is_unmeasured(candidate: Standing | Judged) -> bool:
    """Return whether a candidate is unsettled: it may pass or fail."""
    return candidate.verdict == "not measured" or (candidate.verdict == "undecided" and not candidate.outcomes)


def measured(document: Report, candidate: Tested) -> str:
    parts = [f"{came_out(document, candidate)} on your examples"]
    parts += [
        *filter(None, [passes_from(document.task), with_later_ones(candidate), _added_since(document, candidate)])
    ]
    parts += [far_off(document)] if document.distance is not None else []
    parts += [f"{format_count(candidate.parameters)} parameters"] if candidate.place != "baseline" else []
    parts += [format_bytes(candidate.serving_bytes)]
    median = candidate.seconds.p50
    parts += [format_seconds(median)] if median is not None else []
    parts += warnings_of(candidate)
    return " · ".join(parts)


def _added_since(document: Report, candidate: Tested) -> str:
    """Return how many examples were added after a certificate, and so not asked; "" if none."""
    looks = document.examples.looks or []
    added = sum(looks) - known_at(looks, candidate.outcomes) if looks else 0
    if not added or document.strength != "certified" or candidate.number - 1 != document.recommended:
        return ""
    were = f"{added} added since {'was' if added == 1 else 'were'} not asked"
    return f"{were}: `advisor verify last --examples FILE` tests it on them"


def with_later_ones(candidate: Tested) -> str:
    """Return how many answers were right including those that do not count."""
    if candidate.answered <= candidate.outcomes:
        return ""
    return f"{candidate.answered_right} of {candidate.answered} with the later ones"


def far_off(document: Report) -> str:
    """Return the errors of numbers, which a pass rate does not show."""
    if (off := document.distance) is None:
        return ""
    if off.mean >= FAR_OFF:
        return f"{off.mean:,.0f} off on average"
    return f"{off.mean:.2g} off on average, {off.within_one} of {off.of} by 1 at most"


def warnings_of(candidate: Candidate | Tested) -> list[str]:
    """Return a candidate's shortcomings for the task that did not exclude it, such as the texts' language."""
    return [one_line(each, REASON) for each in for_others(candidate.foreign)]


def how_to_add(document: Report) -> str:
    """Return how to add examples, nothing if the run takes no more."""
    can = document.examples.looks
    return " (add them to the file and run the same command: the run continues)" if can else ""


def smaller(document: Report) -> list[Tested]:
    index = document.recommended
    return [] if index is None else document.candidates[:index]


def best(document: Report) -> Tested | None:
    """Return the candidate that came closest, None if none ran."""
    return closest(document.candidates)


def closest(candidates: Iterable[Tested]) -> Tested | None:
    """Return the closest of these, by the further criteria and then the rate; None if none ran."""
    ran = [each for each in candidates if each.outcomes]
    return max(ran, key=lambda each: closeness(each.besides, each.passes, each.outcomes), default=None)
