"""The method in plain words, for a report: the test, its claim, and its limits."""

from collections.abc import Sequence

from advisor.errors import one_line
from advisor.evidence.criteria import SPACING
from advisor.report.model import Report
from advisor.units import percent

NAME = 80
_BY_RULE = "by the rule {}, fixed before the first outcome"
_OPTIMAL = (
    "so that, by {}, the smallest that passes is certified most often with so many examples; a certified candidate "
    "hands its part to the next smaller one"
)
_SHARINGS = {
    "equal": "in equal parts",
    "lowered": "as in the run at the higher bar, whose answers these are; no part is handed on",
    "optimal": _OPTIMAL.format("what was guessed beforehand"),
    "cross-validated": _OPTIMAL.format("what cross-validation on the training rows found before the first outcome"),
    "anchor": (
        "around the one that was expected to be the smallest that passes, where probing starts; a certified candidate "
        "hands its part to the next smaller one"
    ),
}


def method(document: Report) -> list[str]:
    """Return the method in plain words, one paragraph each."""
    bar, alpha = document.bar, 1 - document.bar.confidence
    count = len(document.candidates)
    sharing = document.alpha_sharing
    shared = f"shared over {count} candidates {_SHARINGS.get(sharing, _BY_RULE.format(one_line(sharing, NAME)))}"
    examples = document.examples
    looks = examples.looks or []
    first = looks[0] if looks else examples.evidence
    fixed = (
        f"The bar is {percent(bar.pass_rate)} of inputs right. The order of the {first} examples and the candidates "
        "were fixed before the first outcome."
        + _added(looks)
        + (f" {examples.teaching} other examples only teach; they are never evidence." if examples.teaching else "")
    )
    certified = (
        "A candidate is certified when it has made so few mistakes that, were its true rate at the bar, this would "
        f"happen with chance at most {alpha:.3g} for the whole run, {shared}, and over every "
        f"moment at which it could have stopped ({one_line(document.evidence_test, NAME)}). So stopping early "
        "does not weaken the claim."
    )
    certified += _price(document) if looks else ""
    given_up = (
        f"A candidate is given up when it is unlikely ({document.given_up_below:.1%} or less) ever to be certified. "
        "That saves inferences; it is not proof that it is bad."
        + (" With more examples it continues where it stopped." if looks else "")
    )
    timed = (
        f"Time limits are tested on every {SPACING}th answer, for a busy machine slows several in a row. That takes "
        f"{SPACING} times the examples. This assumes that slow spells hold at most {SPACING} answers and that "
        "the machine is as busy later as it was; where longer spells are seen, nothing is claimed."
    )
    is_timed = any(asked.name == "latency" for each in document.candidates for asked in each.besides)
    about = (
        "The claim is about inputs like these examples. Each further run on the same examples is a test with a chance "
        "of error of its own; a ledger counts them, and what they can be wrong together is said first."
    )
    return [
        "Candidates are listed smallest first: least memory to serve, then fewest parameters, then lowest latency.",
        fixed,
        certified,
        given_up,
        *([timed] if is_timed else []),
        "Intervals: each end holds at the candidate's own share of the error, whatever the moment of stopping.",
        about,
    ]


def _added(looks: Sequence[int]) -> str:
    if len(looks) < 2:  # noqa: PLR2004
        return ""
    later = " and ".join(str(count) for count in looks[1:])
    return f" {later} were added later, each time after those before, and nothing else was changed."


def _price(document: Report) -> str:
    """Return the cost of allowing more examples."""
    row = document.passes_in_a_row
    return (
        " Nor does adding examples: the test is a bet against the candidate's being no better than the bar, in which "
        f"one could hardly ever win so much by chance, however often one looks. The fewest examples that certify, "
        f"all right, are {row.needed}, of a number fixed beforehand {row.with_a_fixed_number}. The claim holds as long "
        "as added examples are like the first and not chosen by what a model makes of them."
    )
