"""The picture of a run: each candidate a point, its size across (log), its share right upwards, the bar a line.

The session draws it with characters while answers come in, the HTML report as SVG; both take the geometry from
here. The document is a report's (`advisor.report.full`) or a current run's (`advisor.report.live`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from advisor.report.model import Report, Standing, Standings
from advisor.report.sentences import NEAR, ON_THESE, name_of, verdict_of
from advisor.units import format_bytes

Kind = Literal["good", "open", "bad", "unprobed"]
KINDS: dict[str, Kind] = {"passes": "good", "fails": "bad", "given up": "bad"}
# Shares further below the bar are drawn at the lower edge: the decision is near the bar.
BELOW_BAR = 0.4
MOST_TICKS = 5
# Smaller sizes, such as a constant answer's, are drawn here: otherwise models of similar size would overlap.
SMALLEST = 100_000
# States of an example's cell: right, wrong; the same where it no longer counts; not asked.
RIGHT, WRONG, LATER_RIGHT, LATER_WRONG, UNSEEN = "right", "wrong", "later right", "later wrong", "unseen"


@dataclass(frozen=True, slots=True)
class Point:
    """One candidate: how many of its counted examples are right, and the interval of its true rate, `low` to `high`.

    `size` is in bytes to serve, `words` is its verdict; the answer `is_lit`.
    """

    number: int
    name: str
    size: int | None
    right: int
    seen: int
    low: float
    high: float
    kind: Kind
    words: str
    is_lit: bool

    @property
    def share(self) -> float | None:
        """The share right; None before the first answer."""
        return self.right / self.seen if self.seen else None

    def is_below(self, bar: float) -> bool:
        return self.share is None or self.share < bar - NEAR


@dataclass(frozen=True, slots=True)
class Picture:
    """All candidates, smallest first, the bar, and the share at the lower edge."""

    points: tuple[Point, ...]
    bar: float
    bottom: float

    @property
    def star(self) -> str:
        """The lit candidate's role: below the bar it is the closest, not for use."""
        return (
            "closest"
            if any(each.is_lit and each.kind != "good" and each.is_below(self.bar) for each in self.points)
            else "answer"
        )

    def label(self, share: float) -> str:
        """Return a grid line's label: the lower edge also holds everything further below."""
        is_edge = share < self.bottom + NEAR and any(each.seen and each.is_below(self.bottom) for each in self.points)
        return f"{'≤' if is_edge else ''}{round(100 * share)}%"

    def height(self, share: float) -> float:
        """Return a share's height: 0 at the lower edge, which also holds everything below, 1 at the top."""
        return max(0.0, (share - self.bottom) / (1.0 - self.bottom))


def picture(document: Standings) -> Picture:
    bar = float(document.bar.pass_rate)
    bottom = max(0.0, math.floor((bar - BELOW_BAR) * 10 + 1e-9) / 10)
    points = tuple(
        Point(
            each.number,
            name_of(each),
            each.serving_bytes or None,
            each.passes,
            each.outcomes,
            each.lower_bound or 0.0,
            1.0 if each.upper_bound is None else each.upper_bound,
            kind_of(document, each),
            verdict_of(document, each),
            document.recommended == each.number - 1,
        )
        for each in document.candidates
    )
    return Picture(points, bar, bottom)


def kind_of(document: Standings, candidate: Standing) -> Kind:
    if not candidate.outcomes:
        return "unprobed"
    return "good" if verdict_of(document, candidate) == ON_THESE else KINDS.get(candidate.verdict, "open")


class Across:
    """Positions of sizes on a logarithmic line of some length, and which of them its ticks name."""

    def __init__(self, sizes: Sequence[int | None], length: float, apart: float) -> None:
        """Span these sizes, the smallest first, over a length; two marks are at least `apart` from each other."""
        self.sizes, self.length, self.apart = sizes, length, apart
        known = [max(size, SMALLEST) for size in sizes if size] or [SMALLEST]
        self._cuts = any(size < SMALLEST for size in sizes if size)
        low, high = math.log10(min(known)), math.log10(max(known))
        margin = max(0.15, (high - low) * 0.08)
        self._low, self._high = low - margin, high + margin

    def place(self, size: float) -> float:
        return (math.log10(max(size, SMALLEST)) - self._low) / (self._high - self._low) * self.length

    def places(self) -> list[float]:
        """Return the positions of the sizes; similar ones are moved apart, beginning at the right end."""
        placed: list[float] = []
        for size in self.sizes:
            at = self.length if size is None else self.place(size)
            placed.append(max(at, placed[-1] + self.apart) if placed else at)
        most, kept = self.length, []
        for at in reversed(placed):
            kept.append(max(0.0, min(at, most)))
            most = kept[-1] - self.apart
        return kept[::-1]

    def ticks(self) -> list[tuple[float, str]]:
        """Return round sizes with their positions, five at most."""
        found: list[int] = []
        for factors in ((1, 2, 5), (1, 3), (1,)):
            found = [
                factor * 10**power
                for power in range(max(0, math.floor(self._low)), math.ceil(self._high) + 1)
                for factor in factors
                if self._low <= math.log10(factor * 10**power) <= self._high
            ]
            if len(found) <= MOST_TICKS:
                break
        if self._cuts and SMALLEST not in found:
            found[:1] = [SMALLEST]
        return [
            (self.place(size), f"{'≤' if self._cuts and size == SMALLEST else ''}{format_bytes(size)}")
            for size in found
        ]


def answer_cells(wrong: frozenset[int], answered: int, counted: int, total: int) -> list[str]:
    """Return a cell per example in the order asked; `wrong` are numbers from 1, the first `counted` ones count."""
    states = []
    for number in range(1, total + 1):
        is_wrong, counts = number in wrong, number <= counted
        answer = (WRONG if counts else LATER_WRONG) if is_wrong else (RIGHT if counts else LATER_RIGHT)
        states.append(UNSEEN if number > answered else answer)
    return states


def wrong_of(document: Report, number: int) -> frozenset[int]:
    """Return the numbers, from 1, of the examples that a report's candidate got wrong."""
    return frozenset(
        row.order
        for row in document.failing
        if any(said.candidate == number and not said.passed for said in row.answers)
    )
