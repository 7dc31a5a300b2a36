"""Notes of a report next to its verdict: further criteria, answers that count, effort, cost, data sent away.

The cost of a million requests by the user's prices:

- A model elsewhere: 10⁶ · (tokens read and generated a request) · price of a million tokens / 10⁶.
- On this machine, by the hour: 10⁶ · seconds a request / 3600 · price of an hour.
- On this machine, by electricity: 10⁶ · seconds a request · watts / (3600 · 1000) kWh · price of a kWh.

Seconds are those of sequential requests, so a machine that serves several at once, or that idles between them, costs
less or more per request. Loading and training happen once and are not counted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from advisor.candidates.predict import CHARACTERS_PER_TOKEN
from advisor.decide.bar import ANSWERS, FAILS
from advisor.errors import one_line
from advisor.report.model import Report, Tested
from advisor.report.sentences import NAME, NEVER, REASON, best, name_of, recommended
from advisor.runs.result import Cost
from advisor.trust.agreements import agreement_sentences
from advisor.units import percent_floor


def besides(document: Report) -> list[tuple[str, ...]]:
    """Return the bar's criteria besides the pass rate, a row each, in the columns of `BESIDES`."""
    rows: list[tuple[str, ...]] = []
    for each in document.candidates:
        for asked in each.besides:
            observed, bound = asked.observed, asked.lower_bound
            is_rate = bool(asked.answers) and asked.name not in _MEANS
            none = NEVER if each.outcomes and asked.name.startswith(f"{ANSWERS} ") else ""
            why = "" if asked.verdict == FAILS else asked.why_not
            rows.append(
                (
                    str(each.number),
                    name_of(each),
                    one_line(asked.words, REASON),
                    none if observed is None else f"{observed:.1%}" + (f" of {asked.answers}" if is_rate else ""),
                    "" if bound is None else percent_floor(bound),
                    one_line(", ".join(filter(None, (asked.verdict, why))), REASON),
                )
            )
    return rows


_MEANS = frozenset({"mean score", "non-inferiority"})
BESIDES = ("#", "candidate", "what else the bar asks", "observed", "at least", "verdict")


def cost_of(candidate: Tested) -> str:
    """Return the estimated cost of a million requests, empty without prices."""
    estimate = candidate.cost_per_million
    return "" if estimate is None else f"{estimate.amount:,.2f}"


def effort(document: Report) -> str:
    """Return how many inferences were made, compared with running everything if that takes more."""
    made, everything = document.inferences, document.inferences_of_everything
    saved = f"; running every candidate on every example takes {everything}" if made < everything else ""
    return f"{made} inferences were made{saved}."


def elsewhere(document: Report) -> list[str]:
    """Return what data was sent away, and that its latency includes the network; nothing if all stayed here."""
    hosts = sorted({one_line(each.sent_to, NAME) for each in document.candidates if each.sent_to})
    remote = any(each.place in ("server", "provider") for each in document.candidates)
    lines = [f"The examples were sent to {', '.join(hosts)}."] if hosts else []
    if remote:
        lines.append("Times of models on servers include the network; their memory is not measured.")
    return lines


PERMITTED = {
    "remote-code": "runs code of its own on this machine",
    "pickle": "is read from pickles, which may run code",
}


def permissions(models: Iterable[tuple[str, Iterable[str]]]) -> list[str]:
    """Return the task's permissions for single models, a sentence per model; nothing if there are none."""
    allowed = {name: sorted(each) for name, each in models if each}
    return [
        f"As the task allows, {one_line(name, NAME)} {' and '.join(PERMITTED.get(p, p) for p in each)}."
        for name, each in sorted(allowed.items())
    ]


def cost(document: Report) -> str | None:
    """Return the estimated cost of the recommended (else the best) candidate, at the user's own prices."""
    about = recommended(document) or best(document)
    if about is None or not about.cost_per_million:
        return None
    amount = one_line(cost_words(about.cost_per_million, document.currency or ""), REASON)
    return f"{name_of(about)} would cost about {amount}, by your prices."


def note_lines(document: Report) -> list[str]:
    """Return further notes: which answers count, what was sent away, what it would cost."""
    money = cost(document)
    allowed = permissions((each.model, each.allows) for each in document.candidates)
    brought = agreement_sentences(each for each in document.brought if each["kind"] not in PERMITTED)
    rows = [f"{one_line(note).rstrip('.')}." for note in document.notes]
    return [*rows, *elsewhere(document), *brought, *allowed, *([money] if money else [])]


REQUESTS = 1_000_000
SECONDS_AN_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Measured:
    """A candidate's mean effort per request; the input's characters stand in for tokens that were not counted."""

    seconds: float | None
    tokens: float | None = None
    characters: float | None = None


def per_million(costs: Mapping[str, Any] | None, measured: Measured, *, options: Mapping[str, Any]) -> Cost | None:
    """Return the cost of a million requests, None if prices or measurements are missing.

    `costs` are the task's; of a candidate's `options`, `sent_to` (another machine) and `price_per_million_tokens`
    are used.
    """
    costs = costs or {}
    if options.get("price_per_million_tokens") is not None or options.get("sent_to"):
        price = options.get("price_per_million_tokens")
        return by_tokens(costs.get("price_per_million_tokens") if price is None else price, measured)
    if measured.seconds is None:
        return None
    hours = REQUESTS * measured.seconds / SECONDS_AN_HOUR
    if costs.get("price_per_hour") is not None:
        return Cost(hours * float(costs["price_per_hour"]), f"{hours:.3g} hours of this machine")
    if costs.get("watts") is not None and costs.get("price_per_kwh") is not None:
        kwh = hours * float(costs["watts"]) / 1000
        return Cost(kwh * float(costs["price_per_kwh"]), f"{kwh:.3g} kWh")
    return None


def by_tokens(price: float | None, measured: Measured) -> Cost | None:
    """Return the cost of a million requests at a price per million tokens; None if either is unknown."""
    if price is None:
        return None
    if measured.tokens is not None:
        return Cost(REQUESTS * measured.tokens * price / 1e6, f"{measured.tokens:.3g} tokens a request")
    if measured.characters is None:
        return None
    tokens = measured.characters / CHARACTERS_PER_TOKEN
    return Cost(REQUESTS * tokens * price / 1e6, f"about {tokens:.3g} tokens a request, estimated from its characters")


def tokens_per_request(counts: Iterable[tuple[int | None, int | None]]) -> float | None:
    """Return the mean of tokens read and generated, over requests with both counts; None if there are none."""
    known = [read + made for read, made in counts if read is not None and made is not None]
    return sum(known) / len(known) if known else None


def cost_words(cost: Cost, currency: str) -> str:
    """Return a cost in words, e.g. "1.20 EUR a million requests (340 tokens a request)"."""
    amount = cost.amount
    figure = f"{amount:,.2f}" if amount >= 1 else f"{amount:.2g}"
    return f"{figure}{f' {currency}' if currency else ''} a million requests ({cost.basis})"
