"""What a report says in words: functions of the report's document, without markup; each renderer escapes what it shows.

Names and reasons come from outside: they pass through `one_line` here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.candidates.judge import TRIED_ANYWAY
from advisor.decide.finish import Counted, held_out_of, is_likely
from advisor.decide.records import drawn, kept, unusable
from advisor.errors import one_line
from advisor.evidence.boundary import examples_needed
from advisor.families import FAMILY_NAMES, family
from advisor.report import same_rows
from advisor.report.sanitize import readable_value
from advisor.system.source import quoted
from advisor.units import counted, format_bytes, format_count, format_seconds, percent, percent_floor, percent_upwards

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor.candidates.candidate import Candidate
    from advisor.report.model import Report, Standing, Standings, Tested
    from advisor.runs.result import Judged

NAME, REASON = 80, 200
BOUNDS_SHOWN = 3
SAID, SKIPPED_SHOWN, RATES_SHOWN, LABELS_FIRST = 40, 3, 8, 2
TOO_FEW = "too few to say"
NEAR = 1e-9
NO_MODEL_TRIED = (
    "Baselines only: no installed model fits this task. `advisor models starter` fetches four small ones for texts; "
    "--download SIZE takes models from the Hub."
)
# Of a candidate that answered all of them, and did as well as the bar asks; of new inputs that says nothing yet.
ON_THESE = "passes these examples"
_METHODS = {"head": " + head", "tuned": ", tuned", "prompted": ", prompted", "as is": ", as it is"}
_STRENGTHS = {
    "certified": "certified for new inputs like these",
    "examples": f"{ON_THESE}, nothing proven for new ones",
    "provisional": "provisional: likely, not proven",
}


def method_words(runtime: str, method: str) -> str:
    """Return how a candidate is used, e.g. "static + head"."""
    return one_line(f"{runtime}{_METHODS.get(method, f', {method}')}", NAME)


def name_of(candidate: Standing | Candidate | Judged, width: int = NAME) -> str:
    """Return a candidate's name, safe to be shown; what is cut of it is the model's part, not the variant's."""
    model = candidate.model
    end = one_line(candidate.name.removeprefix(model), width // 2)
    return one_line(model, width - len(end)) + end


_NOUNS = {
    "constant": "the constant answer, ",
    **dict.fromkeys(("linear", "pixels", "spectrum"), "the linear model on "),
    **dict.fromkeys(("nearest", "sentence", "central"), "the "),
}


def noun_of(candidate: Candidate | Judged | Tested, width: int = NAME) -> str:
    """Return a candidate's name as a sentence has it: a baseline's says what it is."""
    noun = _NOUNS.get(candidate.method, "") if candidate.place == "baseline" else ""
    return noun + name_of(candidate, width)


def right(name: str, metric: str | None) -> str:
    """Return what "right" means in a family by a metric, its first where none is said: a list may hold the answer."""
    used = metric or (next(iter(family(name).metrics), "") if name in FAMILY_NAMES else "")
    first = used.removeprefix("hit@")
    return "right" if first in {used, "1"} else f"right among the first {first}"


def recommended(document: Report) -> Tested | None:
    """Return the recommended candidate, None if there is none."""
    index = document.recommended
    return None if index is None else document.candidates[index]


def headline(document: Report) -> str:
    """Return the verdict in one sentence, and where its rows were tested on before what that makes of it."""
    return " ".join(filter(None, (_verdict(document), same_rows.headline(document.shared_rows))))


def _verdict(document: Report) -> str:
    chosen = recommended(document)
    if not document.finished:
        return f"Not finished: {document.inferences} outcomes so far; the same command continues."
    if chosen is not None and chosen.method == "constant":
        return f"The bar asks for nothing: {name_of(chosen)} reaches it."
    if chosen is not None:
        return f"{answer(document, chosen, f' ({method_words(chosen.runtime, chosen.method)})')}."
    top = best(document)
    is_named = not document.is_bar_usual or top is None or not top.passes
    if document.verdict == "none" and is_named:
        return f"No candidate passes: {_none_of(document)}."
    if document.verdict == "none" and top is not None:
        return f"Best so far: {noun_of(top)}, {came_out(document, top)}; you named no bar, and {_none_of(document)}."
    if top is None:
        return "No answer yet: nothing could be measured."
    bar = bar_words(document)
    few, least = document.examples.evidence, fewest_that_certify(document)
    none = f"; {counted(few, 'example')} cannot certify any, which takes at least {least}" if few < least else ""
    came = came_out(document, top)
    return f"Best so far: {noun_of(top)}, {came}; the bar is {bar}{none}."


def bar_words(document: Report) -> str:
    """Return the bar's rate, and that it is only the usual one where the task names none."""
    return f"{'the usual ' if document.is_bar_usual else ''}{percent(document.bar.pass_rate)}"


def came_out(document: Report, about: Tested) -> str:
    """Return how many examples came out right, before all those of a label or two that the bar asks about."""
    came = right(document.task.family, document.task.metric)
    all_ = f"{about.passes} of {about.outcomes}"
    asked = [
        each for each in document.recall if any(f"label {quoted(each.label)} " in of.words for of in about.besides)
    ]
    if not 0 < len(asked) <= LABELS_FIRST or about is not (recommended(document) or best(document)):
        return f"{all_} {came}"
    own = ", ".join(f"{each.right} of {each.of} {quoted(each.label, SAID)}" for each in asked)
    return f"{own} and {all_} of all {came}"


def reaches(document: Standings, candidate: Standing) -> bool:
    """Return whether what was observed of a candidate is at or above the bar's pass rate."""
    return candidate.outcomes > 0 and candidate.passes >= document.bar.pass_rate * candidate.outcomes - NEAR


def is_used(document: Standings, chosen: Standing) -> bool:
    """Return whether an answer is to be used: it is certified, or at or above the bar on the examples.

    One that is only likely by its held-out training rows is the closest, not more.
    """
    return document.strength == "certified" or reaches(document, chosen)


def answer(document: Report, chosen: Tested, method: str = "", width: int = NAME) -> str:
    """Return the answer as every place says it: which model to use, or which one came closest and how close."""
    name = noun_of(chosen, width) + method
    if is_used(document, chosen):
        return f"Use {name}"
    came = came_out(document, chosen)
    rate = chosen.passes / chosen.outcomes if chosen.outcomes else 0.0
    shown = f"{rate:.0%}" if round(rate, 2) < document.bar.pass_rate - NEAR else percent_floor(rate)
    return f"Closest: {name}, {came} ({shown}), below {'' if document.is_bar_usual else 'your '}{bar_words(document)}"


def _none_of(document: Report) -> str:
    """Return what is said of all candidates where none passes; of new inputs only where the examples could prove it."""
    evidence = document.examples.evidence
    if evidence < fewest_that_certify(document):
        few = "1 example is" if evidence == 1 else f"{evidence} examples are"
        return f"{few} too few to say more than that none passes {'it' if evidence == 1 else 'them'}"
    top = best(document)
    if top is not None and reaches(document, top):
        return f"{name_of(top)} is right on {top.passes} of {top.outcomes}, but {top.reason}"
    return none_reaches(document)


def none_reaches(document: Report) -> str:
    """Return that none reaches the bar; on more than these examples only where every interval ends below it."""
    bar, count = bar_words(document), len(document.candidates)
    bounds = [each.upper_bound for each in document.candidates if each.outcomes or each.verdict != "fails"]
    if all(bound is not None and bound < document.bar.pass_rate for bound in bounds):
        return f"the only one does not reach {bar}" if count == 1 else f"none of {count} reaches {bar}"
    return f"{'the only one did not reach' if count == 1 else f'none of {count} reached'} {bar} on these examples"


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
    return _STRENGTHS.get(document.strength or "", readable_value(document.strength))


def verdict_of(document: Standings, candidate: Standing) -> str:
    """Return a candidate's verdict in the words that all pages use; "passes" alone would not say what was passed."""
    if candidate.verdict == "not measured":
        return "not measured"
    if candidate.verdict == "fails":
        is_its_own = candidate.failure and not (candidate.circumstance and candidate.outcomes)
        return (
            unusable(candidate.failure or "").partition(":")[0]
            if is_its_own
            else "fails"
            if candidate.refuted
            else "given up"
        )
    if candidate.verdict == "passes":
        is_certified = candidate.number - 1 != document.recommended or document.strength == "certified"
        return "certified" if is_certified else ON_THESE
    if not candidate.outcomes:
        return "not probed"
    is_all = candidate.outcomes == document.examples.evidence
    return "undecided" if not is_all else ON_THESE if reaches(document, candidate) else "below the bar"


def true_rate(candidate: Tested) -> str:
    """Return the interval of a candidate's true pass rate, empty where nothing was counted."""
    if not candidate.outcomes:
        return ""
    low, high = percent_floor(candidate.lower_bound or 0.0), percent_upwards(candidate.upper_bound or 0.0)
    return TOO_FEW if (low, high) == (percent_floor(0.0), percent_upwards(1.0)) else f"{low} to {high}"


def claims(document: Report) -> list[str]:
    """Return what is claimed of the recommended candidate, how sure that is, and if it is about other data."""
    return [
        *stand_in(document),
        *not_the_smallest(document),
        *([measured(document, chosen)] if (chosen := recommended(document)) is not None else []),
        *proven_together(document),
        *strength_of(document),
        *same_rows.details(document.shared_rows),
        *same_rows.lowers(document.lowers),
        *measured_on(document),
        *tuned(document),
        *over_baseline(document),
        *baselines_alone(document),
    ]


def proven_together(document: Report) -> list[str]:
    """Return what is proven of all candidates together, the one that the answer is about first; nothing of before that.

    Each bound is by the candidate's own share of the error alone, so all are true at the run's confidence. Where
    one is recommended, those that fail are left out.
    """
    about, bounded = recommended(document) or best(document), [each for each in document.candidates if _own(each)]
    if recommended(document) is not None:
        bounded = [each for each in bounded if each.verdict != "fails"]
    # A certificate may rest on what others handed on: its bound stands there, and a second, lower one would confuse.
    if document.strength == "certified":
        bounded = [each for each in bounded if each is not about]
    bounded.sort(key=lambda each: (about is None or each.number != about.number, -(each.own_bound or 0.0)))
    if not bounded:
        return []
    shown = [f"{name_of(each, 60)} is right above {_own(each)}%" for each in bounded[:1]]
    shown += [f"{name_of(each, 60)} above {_own(each)}%" for each in bounded[1:BOUNDS_SHOWN]]
    at = percent(document.bar.confidence)
    return [f"Proven at {at}{' together' if len(shown) > 1 else ''}, on new inputs: {', '.join(shown)}."]


def _own(candidate: Tested) -> int:
    """Return a candidate's bound by its own share alone, in whole percent; 0 where there is none."""
    return int(100 * (candidate.own_bound or 0.0) + 1e-9)


def is_unmeasured(candidate: Standing | Judged) -> bool:
    """Return whether nothing was settled about a candidate: it may pass or fail."""
    return candidate.verdict == "not measured" or (candidate.verdict == "undecided" and not candidate.outcomes)


def not_the_smallest(document: Report) -> list[str]:
    """Return which smaller candidates may pass: nothing was settled about them, or the outcomes speak for one."""
    bar = document.bar.pass_rate
    left = [each for each in smaller(document) if is_unmeasured(each)]
    models = (each for each in smaller(document) if each.method != "constant" and not _is_lost(each))
    likely = next((each for each in models if is_likely(_counted(each), bar)), None)
    if likely is not None:
        right = likely.details.get("cross_validated")
        trained = f", at best {right[0]} of its {right[1]} training rows in cross-validation" if right else ""
        return [
            (
                f"A smaller one probably passes, which is not proven: {name_of(likely)}, right on {likely.passes} "
                f"of {likely.outcomes} examples{trained}."
            )
        ]
    if not left:
        return []
    names = ", ".join(name_of(each) for each in left[:SKIPPED_SHOWN])
    more = f" and {len(left) - SKIPPED_SHOWN} more" if len(left) > SKIPPED_SHOWN else ""
    one = len(left) == 1
    why = f" ({one_line(left[0].reason, REASON)})" if one else ""
    verbs = ("is", "was") if one else ("are", "were")
    return [f"A smaller model may pass: {names}{more} {verbs[0]} smaller and {verbs[1]} not measured{why}."]


def _is_lost(candidate: Tested) -> bool:
    """Return whether a candidate is proven to miss the bar's rate, or misses what else the bar asks for."""
    return bool(candidate.refuted) or any(asked.claim == "given up" for asked in candidate.besides or ())


def _counted(candidate: Tested) -> Counted:
    found = held_out_of(candidate.details)
    return Counted(candidate.number - 1, candidate.passes, candidate.outcomes, found)


def stand_in(document: Report) -> list[str]:
    """Return that the examples are borrowed, where they are."""
    borrowed = document.task.stand_in
    if not borrowed:
        return []
    name = one_line(borrowed, 100)
    about = "All that is said here is about that data, not about your inputs."
    return [f"STAND-IN: the examples are borrowed from the public data set {name}. {about}"]


def over_baseline(document: Report) -> list[str]:
    """Return what the answer adds over the best baseline, or that the bar asks for nothing where a constant passes."""
    chosen, over = recommended(document), document.over_baseline
    if chosen is not None and chosen.method == "constant":
        return [_asks_for_nothing(document, chosen)]
    if chosen is None or not over:
        return []
    low, high = over.interval
    unsure = "" if low > 0 else "; that may be nothing"
    best_one = f"{one_line(over.model, NAME)}, {over.baseline_right} of {over.of} right"
    adds = f"{100 * over.adds:.1f} points (95% interval {100 * low:.1f} to {100 * high:.1f})"
    lines = [f"Over the best baseline ({best_one}) it adds {adds}{unsure}."]
    # Where the bar asks for more than a rate, the rate alone says little of what is added.
    own = [each for each in smaller(document) if each.name == over.model]
    missed = [
        f"{asked.words}: {asked.observed:.1%}"
        for asked in (own[0].besides or () if own else ())
        if asked.claim == "given up" and (asked.observed or 0.0) < asked.bar
    ]
    if missed:
        lines.append(f"That one misses what else the bar asks ({one_line('; '.join(missed), REASON)}).")
    return lines


def _asks_for_nothing(document: Report, chosen: Tested) -> str:
    """Return what a bar that a constant answer passes is worth, and what to ask for instead."""
    rates = [f"{one_line(each.label, SAID)} {each.right}/{each.of}" for each in document.recall]
    each_label = f" Right by label: {', '.join(rates[:RATES_SHOWN])}." if rates else ""
    instead = f"a bar above {percent_upwards(chosen.upper_bound or 1.0)}"
    instead += ", or bar.per_label, which asks for a rate on every label" if rates else ""
    bar = percent(document.bar.pass_rate)
    return (
        f"A constant answer reaches the bar of {bar}: it is the same for every input.{each_label} To ask for more than "
        f"a constant answer, set {instead}."
    )


def baselines_alone(document: Report) -> list[str]:
    """Return that baselines alone were tried, where no model was."""
    if not document.candidates or any(each.place != "baseline" for each in document.candidates):
        return []
    return [NO_MODEL_TRIED]


def measured(document: Report, candidate: Tested) -> str:
    """Return what was measured of a candidate, and its size."""
    parts = [f"{came_out(document, candidate)} on your examples"]
    parts += [far_off(document)] if document.distance is not None else []
    parts += [f"{format_count(candidate.parameters)} parameters"] if candidate.place != "baseline" else []
    parts += [format_bytes(candidate.serving_bytes)]
    median = candidate.seconds.p50
    parts += [format_seconds(median)] if median is not None else []
    parts += warnings_of(candidate)
    return " · ".join(parts)


def far_off(document: Report) -> str:
    """Return how far off numbers are: what a rate of right ones does not say."""
    off = document.distance
    return "" if off is None else f"{off.mean:.2g} off on average, {off.within_one} of {off.of} by 1 at most"


def warnings_of(candidate: Candidate | Tested) -> list[str]:
    """Return what a candidate lacks for the task and is tried without, such as the texts' language."""
    return [one_line(each, REASON) for each in candidate.why if each.endswith(TRIED_ANYWAY)]


def strength_of(document: Report) -> list[str]:
    """Return how sure the recommendation is: what is claimed of new inputs, and at which chance of being wrong."""
    chosen = recommended(document)
    if chosen is None:
        return []
    bar = percent(document.bar.pass_rate)
    proven = percent_floor(chosen.lower_bound or 0)
    if document.strength == "certified":
        beyond = "" if proven == percent_floor(document.bar.pass_rate) else f" (at least {proven})"
        alpha = 1 - document.bar.confidence
        lines = [
            (
                f"Certified: on new inputs like these it is right more than {bar} of the time"
                f"{beyond}, with the error budget shared over all candidates."
            ),
            (
                f"The chance that this recommendation is wrong is at most {alpha:.3g}, over "
                f"{'' if len(document.candidates) == 1 else f'all {len(document.candidates)} candidates and '}all looks"
                f"{' of this run alone' if same_rows.is_shared(document.shared_rows) else ''}."
            ),
        ]
    else:
        about = (
            f"An estimate, not a certificate: the bar is {bar}."
            if document.strength == "examples"
            else f"Provisional: {one_line(chosen.reason, REASON)}."
        )
        lines = [
            about,
            f"{of_new_inputs(document, chosen)}; {what_certifies(document, bar)}.",
            *_cross_validated(chosen),
        ]
    if document.verdict == "undecided":
        lines.append(f"That is less than was asked for: {_STRENGTHS.get(document.required_strength or '', '')}.")
    return lines


def what_certifies(document: Report, bar: str) -> str:
    """Return how many more examples would certify the bar, and what a moderate number of them would."""
    more, nearer = document.more_examples, document.bar_in_reach
    how = f"it is too close to {bar} to certify"
    if more is not None:
        how = f"{more.words(bar)}{how_to_add(document)}"
    # A bar above the one asked for takes more examples than that one does.
    if nearer and nearer.pass_rate < document.bar.pass_rate - NEAR:
        how += f"; {nearer.more_examples} more might certify {percent(nearer.pass_rate)}"
    return how


def measured_on(document: Report) -> list[str]:
    """Return the node of a cluster that the answer was measured on; nothing where that was this machine."""
    chosen = recommended(document)
    node = chosen.details.get("node") if chosen else None
    return [f"Its time and memory were measured on {one_line(node, 120)}."] if isinstance(node, str) else []


def tuned(document: Report) -> list[str]:
    """Return on what the answer's own weights were tuned, and how long that took; nothing where they were not."""
    chosen = recommended(document)
    match chosen.details.get("tuned") if chosen else None:
        case {"rows": int(rows), "seconds": float(seconds), **more}:
            took = format_seconds(seconds)
            said = [
                f"Its weights were tuned on your {rows} training rows, which took {took}; `advisor export` has them."
            ]
            match more.get("promise"):
                case [int(right), int(untuned), int(of)]:
                    said.append(
                        f"Of {of} of these rows, left out in turn, {right} came out right tuned, {untuned} untuned."
                    )
            return said
        case None if chosen is not None:
            return _asked(chosen)
    return []


def _asked(chosen: Tested) -> list[str]:
    """Return how many training rows its prompt shows, if any."""
    shown = chosen.details.get("shown_examples")
    return [f"Its prompt shows {counted(len(shown), 'training row')}."] if shown else []


def _cross_validated(chosen: Tested) -> list[str]:
    """Return what a head's own training rows say of it: flattering, for the way it is trained was chosen on them."""
    right = chosen.details.get("cross_validated")
    if not right:
        return []
    return [f"Cross-validated on its {right[1]} training rows: at best {right[0]} right, for they chose how it learns."]


def of_new_inputs(document: Report, chosen: Tested) -> str:
    """Return what a recommended candidate that is not certified is shown to do with new inputs: less than was asked."""
    bar, low = document.bar.pass_rate, chosen.lower_bound or 0.0
    if low <= bar:
        return f"Proven for new inputs: above {percent_floor(low)}"
    if besides := chosen.besides:
        unproven = [f"{each.words} ({each.why_not})" for each in besides if each.why_not]
        what = one_line("; ".join(unproven), REASON) if unproven else "all else that the bar asks"
        return f"For new inputs at least {percent_floor(low)} right is shown, but not {what}"
    return "It was given up before its last answers, so nothing is claimed of new inputs; running it again looks again"


def how_to_add(document: Report) -> str:
    """Return how to add examples, nothing where a run takes no more."""
    can = document.examples.looks
    return " (add them to the file and run the same command: the run continues)" if can else ""


def smaller(document: Report) -> list[Tested]:
    index = document.recommended
    return [] if index is None else document.candidates[:index]


def best(document: Report) -> Tested | None:
    """Return the candidate that came closest, None if nothing was run."""
    return closest(document.candidates)


def closest(candidates: Iterable[Tested]) -> Tested | None:
    """Return the one of these that came closest, by what else is asked and then its rate; None if nothing was run."""
    ran = [each for each in candidates if each.outcomes]
    return max(ran, key=_came, default=None)


def _came(of: Tested) -> tuple[int, float]:
    return kept((each.observed, each.bar) for each in of.besides), drawn(of.passes, of.outcomes)
