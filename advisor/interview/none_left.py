"""Which limit is to blame where no model is left."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.interview.facts import Notice, Source
from advisor.interview.standing import limits
from advisor.units import counted, format_bytes, format_count, format_seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.interview.facts import Fact, Understanding
    from advisor.interview.standing import Limits, Pool

_WHENCE = {Source.FILE: " (of your file)", Source.WORDS: " (in your words)"}


def none_left_notice(known: Understanding, pool: Pool) -> tuple[Notice, ...]:
    """Return what to say where no model fits what is known: each limit without which some would, and how many."""
    now = limits(known)
    told = []
    for key, (without, what) in _LIMITS.items():
        fact = known.get(key)
        if fact is None or fact.value is None or fact.source in {Source.DEFAULT, Source.MACHINE}:
            continue
        count = pool.count(without(now))
        if count:
            fit = f"{counted(count, 'model')} {'fits' if count == 1 else 'fit'}"
            told.append(f"without {what(fact)}{_WHENCE.get(fact.source, '')} {fit}")
    where = "" if pool.hub and now.download != 0 else " on this disk"
    reason = "; ".join(told) or "no single limit is to blame"
    return (Notice("none_left", f"no model{where} fits all that is said: {reason}", is_grave=True),)


def _filter(**values: object) -> Callable[[Limits], Limits]:
    return lambda now: replace(now, filters=replace(now.filters, **values))  # type: ignore[arg-type]


def _listed(fact: Fact) -> str:
    value = fact.value if isinstance(fact.value, list | tuple) else [fact.value]
    return one_line(", ".join(map(str, value)), 60)


def _number(fact: Fact, shown: Callable[[int], str]) -> str:
    return shown(fact.value) if isinstance(fact.value, int) else one_line(fact.value, 30)


# Each limit by its key: what stands without it, and how it is called. A model of unknown languages fits all languages.
_LIMITS: dict[str, tuple[Callable[[Limits], Limits], Callable[[Fact], str]]] = {
    "constraints.languages": (
        _filter(languages=frozenset()),
        lambda fact: f"the {'languages' if ',' in _listed(fact) else 'language'} {_listed(fact)}",
    ),
    "constraints.license": (_filter(licenses=frozenset()), lambda _: "the limit on licences"),
    "constraints.max_memory": (
        _filter(max_bytes=None),
        lambda fact: f"the limit of {_number(fact, format_bytes)} of memory",
    ),
    "constraints.max_parameters": (
        _filter(max_parameters=None),
        lambda fact: f"the limit of {_number(fact, format_count)} parameters",
    ),
    "format": (_filter(formats=frozenset()), lambda fact: f"the format {_listed(fact)}"),
    "context": (_filter(min_context=None), lambda fact: f"inputs of {_listed(fact)} tokens"),
    "device": (_filter(devices=frozenset()), lambda fact: f"the device {_listed(fact)}"),
    "bar.p95_seconds": (
        lambda now: replace(now, seconds=None),
        lambda fact: f"answers within {format_seconds(float(fact.value))}",
    ),
    "download": (lambda now: replace(now, download=None), lambda _: "the limit on downloads"),
    "family": (lambda now: replace(now, family=None), lambda fact: f"the kind {_listed(fact)}"),
}
