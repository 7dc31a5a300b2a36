"""What a report tells beside its verdict: other criteria, which answers count, effort, cost, what was sent away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.report.cost import words
from advisor.report.sentences import NAME, REASON, best, name_of, recommended
from advisor.trust.agreements import sentences
from advisor.units import percent_floor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor.report.model import Report, Tested


def besides(document: Report) -> list[tuple[str, ...]]:
    """Return what the bar asks beside the pass rate, a row each, in the columns of `BESIDES`."""
    rows: list[tuple[str, ...]] = []
    for each in document.candidates:
        for asked in each.besides:
            observed, bound = asked.observed, asked.lower_bound
            rows.append(
                (
                    str(each.number),
                    name_of(each),
                    one_line(asked.words, REASON),
                    "" if observed is None else f"{observed:.1%}",
                    "" if bound is None else percent_floor(bound),
                    one_line(", ".join(each for each in (asked.claim, asked.why_not) if each), REASON),
                )
            )
    return rows


BESIDES = ("#", "candidate", "what else the bar asks", "observed", "at least", "claim")


def cost_of(candidate: Tested) -> str:
    """Return the estimate of what a million requests cost, empty without prices for it."""
    estimate = candidate.cost_per_million
    return "" if estimate is None else f"{estimate.amount:,.2f}"


def with_later_ones(candidate: Tested) -> str:
    """Return how many answers were right with those that do not count, as a page that counts all shows them."""
    if candidate.answered <= candidate.outcomes:
        return ""
    return f"{candidate.answered_right} of {candidate.answered} with the later ones, which do not count"


def effort(document: Report) -> str:
    """Return how many inferences were made, against running everything where that takes more."""
    made, everything = document.inferences, document.inferences_of_everything
    saved = f"; running every candidate on every example takes {everything}" if made < everything else ""
    return f"{made} inferences were made{saved}."


def elsewhere(document: Report) -> list[str]:
    """Return what was sent away, and that its latency has the way in it; nothing where all stayed here."""
    hosts = sorted({one_line(each.sent_to, NAME) for each in document.candidates if each.sent_to})
    remote = any(each.place in ("server", "provider") for each in document.candidates)
    lines = [f"The examples were sent to {', '.join(hosts)}."] if hosts else []
    if remote:
        lines.append("Seconds of models on servers include the way there and back; the memory there is not measured.")
    return lines


PERMITTED = {
    "remote-code": "runs code of its own on this machine",
    "pickle": "is read from pickled weights, as plain tensors only",
}


def permissions(models: Iterable[tuple[str, Iterable[str]]]) -> list[str]:
    """Return what the task allows single models, a sentence a model; nothing where it allows nothing."""
    allowed = {name: sorted(each) for name, each in models if each}
    return [
        f"As the task allows, {one_line(name, NAME)} {' and '.join(PERMITTED.get(p, p) for p in each)}."
        for name, each in sorted(allowed.items())
    ]


def cost(document: Report) -> str | None:
    """Return the recommended (else the best) candidate's estimated cost, by the user's own prices."""
    about = recommended(document) or best(document)
    if about is None or not about.cost_per_million:
        return None
    amount = one_line(words(about.cost_per_million, document.currency or ""), REASON)
    return f"{name_of(about)} would cost about {amount}, by your prices."


def beside(document: Report) -> list[str]:
    """Return what else is to be told: which answers count, what was sent away, what it would cost."""
    money = cost(document)
    allowed = permissions((each.model, each.allows) for each in document.candidates)
    brought = sentences(each for each in document.brought if each["kind"] not in PERMITTED)
    rows = [f"{one_line(note, REASON).rstrip('.')}." for note in document.notes]
    return [*rows, *elsewhere(document), *brought, *allowed, *([money] if money else [])]
