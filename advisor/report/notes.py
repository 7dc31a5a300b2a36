"""What a report tells beside its verdict: other criteria, which answers count, effort, cost, what was sent away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.errors import one_line
from advisor.report.cost import words
from advisor.report.sentences import NAME, REASON, best, name_of, recommended
from advisor.trust.agreements import sentences
from advisor.units import percent_floor

if TYPE_CHECKING:
    from collections.abc import Iterable


def besides(document: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return what the bar asks beside the pass rate, a row each, in the columns of `BESIDES`."""
    rows: list[tuple[str, ...]] = []
    for each in document["candidates"]:
        for asked in each.get("besides") or ():
            observed, bound = asked.get("observed"), asked.get("lower_bound")
            rows.append(
                (
                    str(each["number"]),
                    name_of(each),
                    one_line(asked.get("words") or asked.get("name"), REASON),
                    "" if observed is None else f"{observed:.1%}",
                    "" if bound is None else percent_floor(bound),
                    one_line(", ".join(each for each in (asked.get("claim"), asked.get("why_not")) if each), REASON),
                )
            )
    return rows


BESIDES = ("#", "candidate", "what else the bar asks", "observed", "at least", "claim")


def cost_of(candidate: dict[str, Any]) -> str:
    """Return the estimate of what a million requests cost, empty without prices for it."""
    told = candidate.get("cost_per_million")
    return "" if told is None else f"{told['amount']:,.2f}"


def not_counted(document: dict[str, Any]) -> list[str]:
    """Return why a table counts fewer answers than were given, nothing where it counts all."""
    more = sum(each.get("not_counted") or 0 for each in document["candidates"])
    if not more:
        return []
    were = "1 more was" if more == 1 else f"{more} more were"
    return [f"Counted are the answers up to where a candidate's case was settled; {were} given by then."]


def with_later_ones(candidate: dict[str, Any]) -> str:
    """Return how many answers were right with those that do not count, as a page that counts all shows them."""
    answered = candidate.get("answered") or 0
    if answered <= candidate["outcomes"]:
        return ""
    return f"{candidate['answered_right']} of {answered} with the later ones, which do not count"


def effort(document: dict[str, Any]) -> str:
    """Return how many inferences were made, against running everything."""
    return (
        f"{document['inferences']} inferences were made; running every candidate on every example takes "
        f"{document['inferences_of_everything']}."
    )


def elsewhere(document: dict[str, Any]) -> list[str]:
    """Return what was sent away, and that its latency has the way in it; nothing where all stayed here."""
    hosts = sorted({one_line(each["sent_to"], NAME) for each in document["candidates"] if each.get("sent_to")})
    remote = any(each["place"] in ("server", "provider") for each in document["candidates"])
    lines = [f"The examples were sent to {', '.join(hosts)}."] if hosts else []
    if remote:
        lines.append("Seconds of models on servers include the way there and back; the memory there is not measured.")
    return lines


PERMITTED = {
    "remote-code": "runs code of its own on this machine",
    "pickle": "is read from pickled weights, as plain tensors alone",
}


def permissions(models: Iterable[tuple[str, Iterable[str]]]) -> list[str]:
    """Return what the task allows single models, a sentence a model; nothing where it allows nothing."""
    allowed = {name: sorted(each) for name, each in models if each}
    return [
        f"By the task's leave, {one_line(name, NAME)} {' and '.join(PERMITTED.get(p, p) for p in each)}."
        for name, each in sorted(allowed.items())
    ]


def cost(document: dict[str, Any]) -> str | None:
    """Return the recommended (else the best) candidate's estimated cost, by the user's own prices."""
    told = recommended(document) or best(document)
    if told is None or not told.get("cost_per_million"):
        return None
    amount = one_line(words(told["cost_per_million"], document.get("currency") or ""), REASON)
    return f"{name_of(told)} would cost about {amount}, by your prices."


def beside(document: dict[str, Any]) -> list[str]:
    """Return what else is to be told: which answers count, what was sent away, what it would cost."""
    money = cost(document)
    allowed = permissions((each["model"], each.get("allows") or ()) for each in document["candidates"])
    brought = sentences(each for each in document.get("brought") or () if each["kind"] not in PERMITTED)
    return [*not_counted(document), *elsewhere(document), *brought, *allowed, *([money] if money else [])]
