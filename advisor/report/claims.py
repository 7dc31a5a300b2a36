"""Claims about the recommended candidate, with their certainty and gaps: sentences without markup."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from advisor.candidates.candidate import CANNOT, FIXED
from advisor.decide.bar import HOLDS
from advisor.decide.finish import ENOUGH, Counted, held_out_of, is_likely, support
from advisor.decide.over_baseline import difference
from advisor.decide.records import LOST
from advisor.errors import one_line
from advisor.families import reads_texts
from advisor.report import same_rows
from advisor.report.sentences import (
    NAME,
    NEAR,
    REASON,
    SAID,
    STRENGTHS,
    best,
    how_to_add,
    is_unmeasured,
    measured,
    missed,
    name_of,
    noun_of,
    reaches,
    recommended,
    smaller,
)
from advisor.units import capitalised, counted, format_bytes, format_seconds, percent, percent_floor, percent_upwards

if TYPE_CHECKING:
    from advisor.candidates.candidate import LeftOut
    from advisor.decide.records import OverBaseline
    from advisor.report.model import Report, Tested

BOUNDS_SHOWN, SKIPPED_SHOWN, RATES_SHOWN = 3, 3, 8
# A candidate with at most a tenth of the memory is named if the larger one is hardly better: as far as the examples
# show it may be no better at all, and is better by less than these points.
MUCH_SMALLER, HARDLY = 10, 0.15


def all_claims(document: Report) -> list[str]:
    """Return the claims about the recommended candidate, their certainty, and whether they are about other data."""
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
    """Return what is proven of all candidates together, the answer's first; nothing for runs that lack the bounds.

    Each bound uses the candidate's own share of the error only, so all hold together at the run's confidence. With a
    recommendation, failing candidates are left out.
    """
    about, bounded = recommended(document) or best(document), [each for each in document.candidates if _own(each)]
    if recommended(document) is not None:
        bounded = [each for each in bounded if each.verdict not in LOST]
    # A certificate may use a share handed on by others: its bound is shown there, a second, lower one would confuse.
    if document.strength == "certified":
        bounded = [each for each in bounded if each is not about]
    bounded.sort(key=lambda each: (about is None or each.number != about.number, -(each.own_bound or 0.0)))
    if not bounded or bounded == [recommended(document)]:  # whose own bound is said with its strength
        return []
    shown = [f"{name_of(each, 60)} is right above {_own(each)}%" for each in bounded[:1]]
    shown += [f"{name_of(each, 60)} above {_own(each)}%" for each in bounded[1:BOUNDS_SHOWN]]
    at = percent(document.bar.confidence)
    return [f"Proven at {at}{' together' if len(shown) > 1 else ''}, on new inputs: {', '.join(shown)}."]


def _own(candidate: Tested) -> int:
    """Return a candidate's bound at its own share of the error, in whole percent; 0 if there is none."""
    return int(100 * (candidate.own_bound or 0.0) + 1e-9)


def not_the_smallest(document: Report) -> list[str]:
    """Return which smaller candidates may do as well: one that is hardly worse, and those that may pass."""
    said = as_good(document)
    return [*([said] if said else []), *_may_pass(document)]


def as_good(document: Report) -> str:
    """Return the smallest candidate, far smaller than the answer or the best one, that is not shown to be worse.

    By a paired interval on the examples of both; "" if there is none. It is named, never preferred: in simulated worlds
    with bars between candidates' true rates it passes in 15% of the cases where it could replace an uncertified answer,
    which passes in 88%.
    """
    about = recommended(document) or best(document)
    if about is None or not about.serving_bytes or not document.finished:
        return ""
    for each in document.candidates[: about.number - 1]:
        size, is_out = each.serving_bytes, (each.refuted and not about.refuted) or missed(each) or each.method in FIXED
        if is_out or not size or about.serving_bytes < MUCH_SMALLER * size or each.outcomes < about.outcomes:
            continue
        own, other = {*about.wrong_at}, {at for at in each.wrong_at if at <= about.outcomes}
        low, high = difference(about.outcomes, len(other - own), len(own - other))
        if low <= 0.0 and high <= HARDLY:
            sizes = f"{format_bytes(size)} to serve instead of {format_bytes(about.serving_bytes)}"
            return (
                f"No difference is shown to {noun_of(each)}, {sizes}: it has {about.outcomes - len(other)} of "
                f"{about.outcomes} right, {name_of(about)} {about.passes} (95% interval {round(100 * low):+d} to "
                f"{round(100 * high):+d} points)."
            )
    return ""


def _may_pass(document: Report) -> list[str]:
    """Return those smaller candidates that were left unsettled, or one that its outcomes support.

    Where an answer is an estimate, also one that reaches the bar on the examples, but less surely than the answer.
    """
    bar, chosen = document.bar.pass_rate, recommended(document)
    left = [each for each in smaller(document) if is_unmeasured(each)]
    models = [each for each in smaller(document) if each.method not in FIXED and not (each.refuted or missed(each))]
    likely = next((each for each in models if is_likely(_counted(each), bar)), None)
    if likely is not None:
        right = likely.details.get("cross_validated")
        trained = f", and on {right[0]} of its {right[1]} training rows after learning from the others" if right else ""
        return [
            (
                f"A smaller one probably passes, which is not proven: {name_of(likely)}, right on {likely.passes} "
                f"of {likely.outcomes} examples{trained}."
            )
        ]
    if chosen is not None and document.strength != "certified":
        close = [each for each in models if reaches(document, each) and each.outcomes >= chosen.outcomes][:1]
        known = [_counted(each) for each in (*close, chosen)]
        lucky = [percent(round(1.0 - support(each, bar), 2)) for each in known]
        trained = " (with the training rows)" if any(each.held_out[1] for each in known) else ""
        for each in close:
            said = (
                f"A smaller one reaches {percent(bar)} on these examples, too: {name_of(each)}, {each.passes} of "
                f"{each.outcomes}. That is more easily luck: a model right {percent(bar)} of the time gets as many "
                f"right with chance {lucky[0]}, and as many as the answer with chance {lucky[1]}{trained}. While none "
                f"is certified, the answer is the smallest one with a chance of at most {percent(1 - ENOUGH)}, else "
                "the one with the lowest."
            )
            return [said]
    if not left:
        return []
    names = ", ".join(name_of(each) for each in left[:SKIPPED_SHOWN])
    more = f" and {len(left) - SKIPPED_SHOWN} more" if len(left) > SKIPPED_SHOWN else ""
    one = len(left) == 1
    why = f" ({one_line(left[0].reason, REASON)})" if one else ""
    verbs = ("is", "was") if one else ("are", "were")
    return [f"A smaller model may pass: {names}{more} {verbs[0]} smaller and {verbs[1]} not measured{why}."]


def _counted(candidate: Tested) -> Counted:
    found = held_out_of(candidate.details)
    return Counted(candidate.number - 1, candidate.passes, candidate.outcomes, found)


def stand_in(document: Report) -> list[str]:
    """Return that the examples are borrowed, if they are."""
    borrowed = document.task.stand_in
    if not borrowed:
        return []
    name = one_line(borrowed, 100)
    about = "All that is said here is about that data, not about your inputs."
    return [f"STAND-IN: the examples are borrowed from the public data set {name}. {about}"]


def over_baseline(document: Report) -> list[str]:
    """Return what the answer adds over the best baseline, or that a constant answer passes the bar."""
    chosen, over = recommended(document), document.over_baseline
    if chosen is not None and chosen.method in FIXED:
        return [_asks_for_nothing(document, chosen)]
    if chosen is None or not over:
        return []
    low, high = over.interval
    unsure = "" if low > 0 else "; that may be nothing"
    adds = f"{100 * over.adds:.1f} points (95% interval {100 * low:.1f} to {100 * high:.1f})"
    lines = [f"Over the best baseline ({best_baseline(document, over)}) it adds {adds}{unsure}."]
    # If the bar has further criteria, the rate alone says little of what is added.
    own = next((each for each in smaller(document) if each.name == over.model), None)
    if own is not None and (lacks := missed(own)):
        lines.append(f"That one misses what else the bar asks ({lacks}).")
    return lines


def best_baseline(document: Report, over: OverBaseline) -> str:
    """Return the baseline and its passes; the best constant answer in hindsight need not be one that was run."""
    is_listed = any(each.name == over.model for each in document.candidates)
    why = "" if is_listed else ", what these examples expect most often"
    return f"{one_line(over.model, NAME)}{why}, {over.baseline_right} of {over.of} right"


def _asks_for_nothing(document: Report, chosen: Tested) -> str:
    """Return what a bar that a constant answer passes is worth, and a better one."""
    rates = [f"{one_line(each.label, SAID)} {each.right}/{each.of}" for each in document.recall]
    each_label = f" Right by label: {', '.join(rates[:RATES_SHOWN])}." if rates else ""
    share = chosen.answered_right / chosen.answered if chosen.answered else 1.0
    ways = [f"a bar above {percent_upwards(share)}"] if share < 1.0 else []
    ways += ["bar.per_label, which asks for a rate on every label"] if rates else []
    bar, most = percent(document.bar.pass_rate), chosen.upper_bound or 1.0
    instead = f" To ask for more than that, set {', or '.join(ways)}" if ways else ""
    instead += f"; one above {percent_upwards(most)} it is proven to miss" if share < 1.0 and most < 1.0 else ""
    said = f"A constant answer reaches the bar of {bar}: it is the same for every input.{each_label}"
    if chosen.method == "copied":
        said = f"What is copied from the input reaches the bar of {bar}: {name_of(chosen)}."
    return f"{said}{instead}." if instead else said


def baselines_alone(document: Report) -> list[str]:
    """Return that baselines alone were tried, if no model was."""
    if not document.candidates or any(each.place != "baseline" for each in document.candidates):
        return []
    return [no_model_tried(document.task.family, document.left_out)]


def no_model_tried(name: str, left_out: Iterable[LeftOut]) -> str:
    """Return that no model was tried for a family, and where to get one.

    The starter set has none for files, and is not offered where limits or the machine exclude what can do the task.
    """
    is_limited = any(not each.reason.startswith(CANNOT) for each in left_out)
    starter = "`advisor models starter` fetches four small ones for texts; " * (reads_texts(name) and not is_limited)
    fits = "can be used, the plan says why" if is_limited else "fits this task"
    return f"Baselines only: no installed model {fits}. {starter}--download SIZE takes models from the Hub."


def strength_of(document: Report) -> list[str]:
    """Return the strength of the recommendation: its claim about new inputs, and the chance that it is wrong."""
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
            *([f"{capitalised(more)}."] if (more := proves_more(document)) else []),
        ]
    else:
        open_ = "not all that the bar asks is shown" if unproven(chosen) else f"the bar is {bar}"
        about = (
            f"An estimate, not a certificate: {open_}."
            if document.strength == "examples"
            else f"Provisional: {one_line(chosen.reason, REASON)}."
        )
        lines = [
            about,
            f"{of_new_inputs(document, chosen)}; {what_certifies(document, bar)}.",
            *_cross_validated(chosen),
        ]
    if document.verdict == "undecided":
        lines.append(f"That is less than was asked for: {STRENGTHS.get(document.required_strength or '', '')}.")
    return lines


def what_certifies(document: Report, bar: str) -> str:
    """Return how many more examples would certify the bar; where none would, which bar a moderate number would."""
    more, nearer = document.more_examples, document.bar_in_reach
    how = f"it is too close to {bar} to certify"
    if more is not None:
        chosen = recommended(document)
        is_whole = chosen is not None and bool(unproven(chosen))
        what, of_all = ("all that the bar asks", " in all, mixed as here,") if is_whole else (bar, " like these")
        return f"{more.words(what, of_all)}{how_to_add(document)}"
    # A bar above the requested one takes more examples than that.
    if nearer and nearer.pass_rate < document.bar.pass_rate - NEAR:
        how += f"; {nearer.more_examples} more might prove {percent(nearer.pass_rate)}"
    return how


def proves_more(document: Report) -> str:
    """Return which higher bar would be proven of a certified answer, by more rows or another run; "" if unknown."""
    higher, chosen = document.bar_in_reach, recommended(document)
    is_fixed = chosen is not None and chosen.method in FIXED
    if is_fixed or higher is None or higher.pass_rate <= document.bar.pass_rate:
        return ""
    bar = percent(higher.pass_rate)
    if more := higher.more_examples:
        return f"{more} more rows like these might prove {bar}"
    again = f"another run, with bar.pass_rate={higher.pass_rate:g}"
    return f"all {document.examples.evidence} rows might prove {bar} in {again}: {same_rows.with_another(document)}"


def measured_on(document: Report) -> list[str]:
    """Return the cluster node on which the answer was measured; nothing for this machine."""
    chosen = recommended(document)
    node = chosen.details.get("node") if chosen else None
    return [f"Its time and memory were measured on {one_line(node, 120)}."] if isinstance(node, str) else []


def tuned(document: Report) -> list[str]:
    """Return the rows and the time with which the answer's own weights were tuned; nothing if they were not."""
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
    """Return how many training rows the prompt shows and its labels are calibrated on, if any."""
    shown = chosen.details.get("shown_examples")
    said = [f"Its prompt shows {counted(len(shown), 'training row')}."] if shown else []
    match chosen.details.get("calibrated"):
        case [int(before), int(after), int(of)]:
            said.append(
                f"Its label probabilities are calibrated on {of} training rows: "
                f"{before} of {of} right before, {after} after."
            )
    return said


def _cross_validated(chosen: Tested) -> list[str]:
    """Return a head's cross-validation on its training rows: optimistic where its settings were chosen on them."""
    right = chosen.details.get("cross_validated")
    if not right:
        return []
    of = f"Of its {right[1]} training rows it gets {right[0]} right after learning from the others"
    is_fixed = chosen.details.get("settings") == "fixed"
    return [f"{of}{'' if is_fixed else '; that is a little too good, as its settings were chosen on them'}."]


def of_new_inputs(document: Report, chosen: Tested) -> str:
    """Return what is shown of new inputs for a recommendation without a certificate: less than was requested."""
    bar, low = document.bar.pass_rate, chosen.lower_bound or 0.0
    if low <= bar:
        return f"Proven for new inputs: above {percent_floor(low)}"
    if chosen.besides:
        return f"For new inputs at least {percent_floor(low)} right is shown, but not {unproven(chosen)}"
    return "It was given up before its last answers, so nothing is claimed of new inputs; running it again looks again"


def unproven(chosen: Tested) -> str:
    """Return the criteria besides the pass rate that are not shown to hold, with why if none can; "" if all are."""
    besides = (each for each in chosen.besides or () if each.verdict != HOLDS)
    return one_line(
        "; ".join(within(each.words, each.why_not) if each.why_not else each.words for each in besides), REASON
    )


def within(words: str, why: str) -> str:
    """Return a criterion and why it is not proven, in one bracket."""
    return f"{words.removesuffix(')')}, {why})" if words.endswith(")") else f"{words} ({why})"
