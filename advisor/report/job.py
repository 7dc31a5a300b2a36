"""Several models, one job: what their parts add up to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from advisor.errors import one_line
from advisor.units import format_bytes, format_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.runs.result import Result

NAME = 80
N = TypeVar("N", int, float)


@dataclass(slots=True)
class Part:
    """A part's task, run, verdict and recommended model."""

    task: str
    run: str
    verdict: str
    strength: str | None
    model: str | None
    serving_bytes: int | None
    p95_seconds: float | None


@dataclass(slots=True)
class AllRight:
    """For which share of the inputs all parts come out right; at which confidence."""

    at_least: float
    if_independent: float
    confidence: float


@dataclass(slots=True)
class Job:
    """What the parts of a job add up to.

    Attributes:
        parts: In their order.
        verdict: "passes" if all pass, "none" if one has none, else "undecided".
        serving_bytes: Of all models together.
        p95_seconds: The sum of theirs, parts one after the other; the sum bounds nothing, it is a guide.
        all_right: None unless every part is certified.
    """

    parts: list[Part]
    verdict: str
    serving_bytes: int | None
    p95_seconds: float | None
    all_right: AllRight | None


def job_of(results: Sequence[Result]) -> Job:
    """Return what the parts of a job add up to, from the results of their runs, in order.

    Each part's claim is "right more often than its bar τ_i", false with chance at most α_i. By Boole's inequality all
    parts come out right for at least 1 - Σ (1 - τ_i) of the inputs that go through all of them, and the chance that
    this is false is at most Σ α_i; nothing is assumed of how mistakes fall together. If they fell independently it
    would be Π τ_i.
    """
    parts = [_part(each) for each in results]
    verdicts = [part.verdict for part in parts]
    verdict = "none" if "none" in verdicts else "passes" if all(v == "passes" for v in verdicts) else "undecided"
    certified = [each for each in results if each.strength == "certified" and each.recommended]
    all_right = None
    if certified and len(certified) == len(results):
        bars = [each.bar.pass_rate for each in certified]
        wrong = sum(1.0 - each.bar.confidence for each in certified)
        at_least = max(0.0, 1.0 - sum(1.0 - bar for bar in bars))
        all_right = AllRight(at_least, math.prod(bars), max(0.0, 1.0 - wrong))
    sizes, times = [part.serving_bytes for part in parts], [part.p95_seconds for part in parts]
    return Job(parts, verdict, _sum(sizes), _sum(times), all_right)


def job_sentences(document: Job, *, with_parts: bool = True) -> list[str]:
    """Return what the parts add up to, in words, after a line for each part where they are not told elsewhere."""
    parts = document.parts
    lines = [f"{len(parts)} parts, one job:"]
    if with_parts:
        lines += [f"  {number}. {part.task}: {part.model or 'none'}" for number, part in enumerate(parts, 1)]
    if document.serving_bytes is not None:
        lines.append(f"Together they take {format_bytes(document.serving_bytes)} to serve.")
    if document.p95_seconds is not None:
        lines.append(
            f"One after the other they take about {format_seconds(document.p95_seconds)}: "
            "the 95th percentiles of each, added."
        )
    sure = document.all_right
    if sure is None:
        lines.append("How often all parts are right is not proven: that needs every part certified.")
    else:
        lines.append(
            f"All parts are right for at least {sure.at_least:.1%} of the inputs, with {sure.confidence:.0%} "
            f"confidence ({sure.if_independent:.1%} if their mistakes were independent)."
        )
    return lines


def part_rows(document: Job) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the header and the rows of a table of the parts."""
    rows: list[tuple[str, ...]] = [
        (
            str(number),
            one_line(part.task or "", NAME),
            one_line(part.model or "none", NAME),
            one_line(part.strength or part.verdict or "", NAME),
            "" if part.serving_bytes is None else format_bytes(part.serving_bytes),
            "" if part.p95_seconds is None else format_seconds(part.p95_seconds),
            one_line(part.run or "", NAME),
        )
        for number, part in enumerate(document.parts, 1)
    ]
    return ("#", "part", "model", "strength", "to serve", "p95", "run"), rows


def _part(result: Result) -> Part:
    chosen = result.recommended
    names = ("model", "revision", "runtime", "method", "precision", "files")
    told = next((e for e in result.candidates if all(getattr(e, n) == getattr(chosen, n, None) for n in names)), None)
    return Part(
        result.task,
        result.run,
        result.verdict,
        result.strength,
        chosen.name if chosen else None,
        chosen.serving_bytes if chosen else None,
        told.p95_seconds if told else None,
    )


def _sum(values: Sequence[N | None]) -> N | None:
    known = [value for value in values if value is not None]
    return sum(known[1:], known[0]) if known and len(known) == len(values) else None
