"""The further questions that a report answers about its recommendation."""

from advisor.errors import one_line
from advisor.report.model import Report
from advisor.report.sentences import NAME, recommended
from advisor.report.sure import only_sure
from advisor.units import format_bytes, percent


def questions(document: Report) -> list[tuple[str, list[str]]]:
    """Return the further questions about a recommendation with their answers, except those without any."""
    asked = [
        ("What would a larger one add?", [_larger(document)]),
        ("Is its answer stable?", [_agreement(document)]),
        ("What if it answers only what it is sure of?", [f"{said}." if (said := only_sure(document)) else ""]),
        ("Could a smaller one answer most of it?", [_escalation(document)]),
        ("Does the answer depend on the exact bar?", sensitivity(document)),
    ]
    return [(question, lines) for question, said in asked if (lines := [*filter(None, said)])]


def _larger(document: Report) -> str:
    chosen, other = recommended(document), document.next_larger
    if chosen is None or other is None:
        return "There is no larger candidate that could be run."
    name, own = one_line(other.model, NAME), next((c for c in document.candidates if c.name == other.model), None)
    size, instead = (own.serving_bytes if own else None), chosen.serving_bytes
    # Not as a ratio: next to the peaks, which hold the engine too, that would look wrong.
    times = (
        f"{format_bytes(size)} to serve instead of {format_bytes(instead)}" if size and instead else "memory unknown"
    )
    if other.mistakes == 0:
        return f"Nothing on these examples: the recommended model makes no mistake. {name}: {times}."
    if other.mistakes_tried == 0:
        return f"{name} ({times}) was not tried."
    untried = other.mistakes - other.mistakes_tried
    which = f"the first {other.mistakes_tried} of {other.mistakes}" if untried else f"the {other.mistakes}"
    if not other.mistakes_right and not untried:
        same = "the same mistake" if other.mistakes == 1 else f"the same {other.mistakes} mistakes"
        further = round(-other.adds_at_most * chosen.outcomes) if other.is_whole else 0
        more = f" and {further} more" if further > 0 else ""
        first = (
            ""
            if own is None or not own.outcomes
            else f"; of its first {own.outcomes} examples {own.passes} {'is' if own.passes == 1 else 'are'} right"
        )
        alone = "" if other.is_whole else first or " (it was asked nothing else)"
        return f"{name} ({times}) makes {same}{more}{alone}."
    gets = "the one mistake" if other.mistakes == 1 else f"{other.mistakes_right} of {which} mistakes"
    points, these = 100 * other.adds_at_most, f"on these {chosen.outcomes} examples."
    if other.is_whole:
        whole = f"{points:.1f} points more" if points > 0 else f"{-points:.1f} points less" if points else "no more"
        return f"{name} ({times}) gets {gets} right, and in all {whole} {these}"
    return f"{name} ({times}) gets {gets} right: at most {points:.1f} points more {these}"


_AGAIN = {
    "again": "the same input again",
    "perturbed": "its case, spacing or a letter changed",
    "reordered": "the labels in another order",
}


def _agreement(document: Report) -> str:
    """Return how often the answer stayed the same, "" if not measured."""
    parts = [
        f"{pairs.same} of {pairs.of} with {_AGAIN.get(kind, one_line(kind, NAME))}"
        for kind, pairs in (document.agreement).items()
    ]
    return f"It gave the same answer for {', '.join(parts)}." if parts else ""


def _escalation(document: Report) -> str:
    """Return the effect of handing over unsure answers, "" if not measured."""
    pair = document.escalation
    if not pair:
        return ""
    small, large = one_line(pair.small, NAME), one_line(pair.large, NAME)
    if pair.verdict == "too few examples":
        return (
            f"{small} answering what it is sure of, {large} the rest: {pair.of} examples are left unused, at least "
            f"{pair.needed} are needed to prove a pair."
        )
    if pair.verdict != "holds":
        return f"{small} answering what it is sure of, {large} the rest: no confidence was proven to suffice."
    bar, alpha = percent(document.bar.pass_rate), pair.alpha
    seen = f"{pair.passes} of {pair.of} unused examples came out right"
    if pair.hands_over == pair.of:
        return f"{small} would have to hand over everything to {large}: alone it adds nothing ({seen})."
    low, high = pair.share_interval or (0.0, 1.0)
    cost = f", at {pair.cost:.0%} of the time of {large} alone" if pair.cost is not None else ""
    least = "always" if pair.threshold is None else f"from a confidence of {pair.threshold:.2f}"
    return (
        f"{small} can answer {least} and hand {pair.share:.0%} (95% interval {low:.0%} to {high:.0%}) to {large}"
        f"{cost}: {seen}, the pair is right more than {bar} of the time, wrong with chance at most {alpha:.3g}."
    )


def sensitivity(document: Report) -> list[str]:
    """Return the effect of a slightly lower or higher bar, a sentence each; nothing if not requested."""
    chosen = recommended(document)
    now = None if chosen is None else chosen.name
    lines = []
    for shift in document.sensitivity:
        there, strength, goes_on = shift.recommended, shift.strength, shift.run_would_go_on_with
        if strength == "provisional" and goes_on and (there, strength) != (now, document.strength):
            words = "nothing would be settled yet"
        elif there is None:
            words = "none would be recommended by these outcomes"
        elif (there, strength) == (now, document.strength):
            words = "the answer would be the same"
        else:
            name = "the same model" if there == now else one_line(there, NAME)
            # Certified by what is left of α for it: more than its bound, which has its own share alone, may prove.
            is_certified = strength == "certified"
            words = f"{name} would be recommended ({strength}{', had that been the bar' if is_certified else ''})"
        more = f"; {one_line(goes_on, NAME)} would be tested further" if goes_on else ""
        lines.append(f"At a bar of {percent(round(shift.bar, 3))} {words}{more}.")
    return lines
