"""What a million requests cost, by the user's own prices and what was measured.

- A model elsewhere: 10⁶ · (tokens read and generated a request) · price of a million tokens / 10⁶.
- On this machine, by the hour: 10⁶ · seconds a request / 3600 · price of an hour.
- On this machine, by electricity: 10⁶ · seconds a request · watts / (3600 · 1000) kWh · price of a kWh.

Seconds are those of one request after the other, so a machine that serves several at once, or that stands idle between
them, costs less or more a request. Load and teaching happen once and are not counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from advisor.candidates.predict import CHARACTERS_PER_TOKEN
from advisor.runs.result import Cost

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REQUESTS = 1_000_000
SECONDS_AN_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Measured:
    """What a candidate's requests take on average; the input's characters stand in for tokens that were not counted."""

    seconds: float | None
    tokens: float | None = None
    characters: float | None = None


def per_million(costs: Mapping[str, Any] | None, measured: Measured, *, options: Mapping[str, Any]) -> Cost | None:
    """Return the cost of a million requests, None where the prices or measurements for it are lacking.

    `costs` are the task's; of a candidate's `options` it takes `sent_to`, another machine, and
    `price_per_million_tokens`.
    """
    costs = costs or {}
    if options.get("price_per_million_tokens") is not None or options.get("sent_to"):
        price = options.get("price_per_million_tokens")
        return by_tokens(costs.get("price_per_million_tokens") if price is None else price, measured)
    if costs.get("price_per_hour") is not None:
        return by_the_hour(float(costs["price_per_hour"]), measured)
    if costs.get("watts") is not None and costs.get("price_per_kwh") is not None:
        return by_electricity(float(costs["watts"]), float(costs["price_per_kwh"]), measured)
    return None


def by_tokens(price: float | None, measured: Measured) -> Cost | None:
    """Return the cost at a price of a million tokens."""
    if price is None:
        return None
    if measured.tokens is not None:
        return Cost(REQUESTS * measured.tokens * price / 1e6, f"{measured.tokens:.3g} tokens a request")
    if measured.characters is None:
        return None
    tokens = measured.characters / CHARACTERS_PER_TOKEN
    return Cost(REQUESTS * tokens * price / 1e6, f"about {tokens:.3g} tokens a request, estimated from its characters")


def by_the_hour(price: float, measured: Measured) -> Cost | None:
    """Return the cost at a price of an hour of the machine."""
    if measured.seconds is None:
        return None
    hours = REQUESTS * measured.seconds / SECONDS_AN_HOUR
    return Cost(hours * price, f"{hours:.3g} hours of this machine")


def by_electricity(watts: float, price: float, measured: Measured) -> Cost | None:
    """Return the cost of the electricity that a million requests take."""
    if measured.seconds is None:
        return None
    kwh = REQUESTS * measured.seconds * watts / (SECONDS_AN_HOUR * 1000)
    return Cost(kwh * price, f"{kwh:.3g} kWh")


def tokens_per_request(counts: Iterable[tuple[int | None, int | None]]) -> float | None:
    """Return the mean of tokens read and generated, over the requests of which both are known; None without any."""
    known = [read + made for read, made in counts if read is not None and made is not None]
    return sum(known) / len(known) if known else None


def words(cost: Cost, currency: str) -> str:
    """Return a cost as the report says it, e.g. "1.20 EUR a million requests (340 tokens a request)"."""
    amount = cost.amount
    figure = f"{amount:,.2f}" if amount >= 1 else f"{amount:.2g}"
    return f"{figure}{f' {currency}' if currency else ''} a million requests ({cost.basis})"
