"""Value of information: how much the answer to a question is expected to change the set of matching models.

With S the models that match now and S_a those that match after answer a,

    worth(question) = Σ_a p(a) · (1 - |S and S_a| / |S or S_a|),

the expected share of models by which the set changes. One set always contains the other here (an answer only adds a
limit, or only adds a source of models), so a term is 1 - min/max of the two counts. p(a) are fixed guesses of how often
people answer so; they only decide which question comes first and whether one is asked at all. A question with a worth
below LEAST_WORTH would hardly change anything and is not asked; one whose answers all leave the same models has worth
0.

The bar's question is measured alike: S_a are the models that are guessed to reach it, by
`advisor.evidence.prior_guess` over the models on this machine and a sample of the catalog.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from advisor.evidence import prior_guess
from advisor.families import family
from advisor.interview.feasibility import Limits, Pool, with_filters
from advisor.units import format_bytes
from catalog import PERMISSIVE_LICENSES
from catalog.query.filters import ANY_LICENSE

LEAST_WORTH = 0.1
SAMPLE = 200
GB = 10**9


@dataclass(frozen=True, slots=True)
class Option:
    """One possible answer: its value, its label, its guessed frequency, and its effect on the limits."""

    value: Any
    label: str
    chance: float
    limit: Callable[[Limits], Limits]


@dataclass(frozen=True, slots=True)
class Weighed:
    """An option with the models that would match."""

    option: Option
    count: int


def worth(now: int, weighed: Sequence[Weighed]) -> float:
    """Return the expected share of models by which the answer changes the matching set, within 0 and 1.

    It is 0 if each answer leaves all models or none: the user could only keep them, or end without a model. `now`
    models match; the answers' chances sum to at most one, the rest changes nothing.
    """
    if {each.count for each in weighed} <= {0, now}:
        return 0.0
    total = 0.0
    for each in weighed:
        least, most = min(now, each.count), max(now, each.count)
        total += each.option.chance * (1.0 - least / most if most else 0.0)
    return total


def _same(limits: Limits) -> Limits:
    return limits


def license_options() -> list[Option]:
    """Return the licence requirements."""
    permissive = sorted(PERMISSIVE_LICENSES)
    return [
        Option(None, "undecided: those that forbid commercial use come last or not at all", 0.45, _same),
        Option([ANY_LICENSE], "any licence will do, for research or private use", 0.05, _same),
        Option(permissive, "commercial use must be allowed", 0.35, with_filters(licenses=frozenset(permissive))),
        Option(
            ["apache-2.0", "mit"], "Apache 2.0 or MIT", 0.15, with_filters(licenses=frozenset({"apache-2.0", "mit"}))
        ),
    ]


def language_options() -> list[Option]:
    """Return the languages of most tasks."""
    usual = (
        ("en", "English", 0.5),
        ("de", "German", 0.1),
        ("fr", "French", 0.1),
        ("es", "Spanish", 0.1),
        ("zh", "Chinese", 0.1),
    )
    return [Option([code], name, chance, with_filters(languages=frozenset({code}))) for code, name, chance in usual]


def memory_options(memory: int) -> list[Option]:
    """Return the memory sizes that a model may have to fit, smaller than this machine's."""
    smaller = [(gb * GB, chance) for gb, chance in ((1, 0.05), (4, 0.15), (8, 0.1), (16, 0.05)) if gb * GB < memory]
    return [
        Option(None, f"this machine ({format_bytes(memory)} can be used)", 0.65, _same),
        *(
            Option(each, f"at most {format_bytes(each)}", chance, with_filters(max_bytes=each))
            for each, chance in smaller
        ),
    ]


# The default download fills at most a tenth of the free disk.
SHARE_OF_DISK = 0.1
USUAL_DOWNLOAD = 2 * GB


def download_options(disk: int | None = None) -> list[Option]:
    """Return download budgets, limited to the free bytes on the disk, if known."""
    usual = (
        (0, "installed models only", 0.35),
        (GB // 2, "up to 500 MB", 0.2),
        (USUAL_DOWNLOAD, "up to 2 GB", 0.3),
        (10 * GB, "up to 10 GB", 0.15),
    )
    return [
        Option(each, label, chance, lambda limits, most=each: replace(limits, download=most))  # type: ignore[misc]
        for each, label, chance in usual
        if disk is None or each <= disk
    ]


def usual_download(disk: int) -> int:
    """Return the proposed download budget: the largest usual one that is a small part of the disk."""
    fitting = [0, *(each for each in (GB // 2, USUAL_DOWNLOAD) if each <= disk * SHARE_OF_DISK)]
    return max(fitting)


def latency_options() -> list[Option]:
    """Return limits on the time per answer."""
    usual = ((5.0, "within 5 seconds", 0.1), (1.0, "within a second", 0.15), (0.1, "within a tenth of a second", 0.15))
    return [
        Option(None, "however long it takes", 0.6, _same),
        *(
            Option(each, label, chance, lambda limits, most=each: replace(limits, seconds=most))  # type: ignore[misc]
            for each, label, chance in usual
        ),
    ]


def server_options() -> list[Option]:
    """Return whether the models of servers on this machine count."""
    return [
        Option("auto", "yes, these too", 0.6, lambda limits: replace(limits, servers=True)),
        Option([], "no", 0.4, _same),
    ]


BARS = ((0.8, 0.15), (0.9, 0.4), (0.95, 0.3), (0.99, 0.15))


def reach(pool: Pool, limits: Limits, rates: Sequence[float]) -> list[float]:
    """Return the share of models guessed to reach each pass rate, on a task of medium difficulty."""
    kind = family(limits.family) if limits.family else None
    known = []
    for model in pool.installed:
        methods = [kind.methods[ability] for _, ability in model.runtimes if kind and ability in kind.methods]
        known += [prior_guess.Known(model.parameters, method) for method in methods[:1]]
    if pool.hub and limits.download != 0 and kind is not None:
        method = next(iter(kind.methods.values()))
        filters = replace(limits.filters, families=frozenset(kind.searched))
        known += [
            prior_guess.Known(card.parameters, method, prior_guess.published_score(card.scores, method))
            for card in pool.catalog.select(filters, limit=SAMPLE)
        ]
    strengths = [prior_guess.share(prior_guess.strength(each)) for each in known]
    return [sum(each >= rate for each in strengths) / max(1, len(strengths)) for rate in rates]
