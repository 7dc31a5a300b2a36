"""Geometry of the report's charts, in pixels and words; `templates/charts.html.j2` draws them as SVG."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from advisor.report import picture as pictures
from advisor.report.model import Report, Row, Tested
from advisor.report.picture import KINDS, Across, Point, picture
from advisor.units import counted, format_bytes, percent, percent_floor, percent_upwards

MOST_ROWS, MOST_TICKS = 60, 5
# Up to this many examples each cell links to a text; further ones are only drawn.
MOST_TEXTS = 400
# How far a settled area extends beyond the chart, which clips it.
BEYOND = 1e9


class SizeChart:
    """The chart of all candidates: bytes to serve (logarithmic) across, share of right examples upwards."""

    width, height, left, right, top, bottom = 420, 280, 44, 404, 16, 236
    # Minimum distances: between two marks, and from the ends of their line.
    apart, inset = 15.0, 8.0

    def __init__(self, document: Report) -> None:
        self.shown = picture(document)
        sizes = [point.size for point in self.shown.points]
        across = Across(sizes, self.right - self.left - self.inset, self.apart)
        self.has_unknown = None in sizes
        self.ticks = [(self.left + place, size) for place, size in across.ticks()]
        marks = zip((self.left + place for place in across.places()), self.shown.points, strict=True)
        self.marks = sorted(marks, key=lambda mark: mark[1].is_lit)  # the lit one is drawn last

    def y(self, share: float) -> float:
        return self.top + (1.0 - self.shown.height(share)) * (self.bottom - self.top)

    @property
    def rates(self) -> list[float]:
        step, bottom = 0.1 if self.shown.bottom >= 0.5 else 0.2, self.shown.bottom  # noqa: PLR2004
        shares = (1.0 - index * step for index in range(round((1.0 - bottom) / step) + 1))
        return [share for share in shares if share >= bottom - 1e-9]

    @property
    def words(self) -> str:
        return " ".join([f"The bar is {percent(self.shown.bar)}.", *map(_point_words, self.shown.points)])


def _point_words(point: Point) -> str:
    size = f"{point.number}, {point.name}, {format_bytes(point.size)} to serve"
    if point.share is None:
        return f"{size}: not probed."
    low, high = percent_floor(point.low), percent_upwards(point.high)
    rates = f"{point.share:.1%} of {point.seen} right, true rate from {low} to {high}"
    return f"{size}: {rates}, {point.words}{', the answer' if point.is_lit else ''}."


class Cells(NamedTuple):
    """The states of the examples per probed candidate, and the texts that their cells link to."""

    lines: list[tuple[Tested, list[str]]]
    texts: dict[int, Row]


def example_cells(document: Report) -> Cells:
    """Return a line of cells per probed candidate; `texts` are in the order of the examples."""
    probed = [each for each in document.candidates if each.answered]
    most = max((each.answered for each in probed), default=0)
    rows = sorted((*document.failing, *document.right), key=lambda row: row.order)
    return Cells(
        [
            (each, pictures.answer_cells(pictures.wrong_of(document, each.number), each.answered, each.outcomes, most))
            for each in probed
        ],
        {row.order: row for row in rows if row.order <= min(most, MOST_TEXTS)},
    )


def limit_at(changes: list[list[int]], number: int) -> int | None:
    """Return the limit in force after so many examples; None before the first."""
    held = [limit for begin, limit in changes if begin <= number]
    return held[-1] if held else None


class PathChart:
    """The path of a candidate's evidence: mistakes against examples, between the certified and given-up regions."""

    width, height, left, right, top, bottom = 360, 230, 34, 348, 12, 190

    def __init__(self, candidate: Tested, total: int) -> None:
        """Lay out a probed candidate's path; there are `total` examples."""
        self.candidate, self.seen, self.wrong = candidate, candidate.outcomes, candidate.wrong_at
        certified, given_up = candidate.certified_at_most, candidate.given_up_above
        first = next((begin for begin, limit in certified if limit >= 0), total)
        self.last = min(total, max(math.ceil(self.seen * 1.15), math.ceil(first * 1.2), 10))
        reached = (limit_at(certified, self.last), limit_at(given_up, min(self.last, self.seen + 5)))
        self._most = max(len(self.wrong), *(limit or 0 for limit in reached)) + 1.5
        self.kind = KINDS.get(candidate.verdict, "open")

    def x(self, number: float) -> float:
        return self.left + number / self.last * (self.right - self.left)

    def y(self, count: float) -> float:
        return self.top + (self._most - min(count, self._most)) / (self._most + 0.7) * (self.bottom - self.top)

    def points(self, places: Iterable[tuple[float, float]]) -> str:
        return " ".join(f"{self.x(number):.1f},{self.y(count):.1f}" for number, count in places)

    @property
    def walk(self) -> list[tuple[float, float]]:
        """The path's corners: it climbs by one with every mistake."""
        steps = [(number, count + up) for count, number in enumerate(self.wrong) for up in (0, 1)]
        return [(0, 0), *steps, (self.seen, len(self.wrong))]

    @property
    def areas(self) -> list[tuple[str, list[tuple[float, float]], float]]:
        """The settled regions: the kind, the edge, and how far the area extends from it.

        Edges are half a mistake off the whole numbers, so no path touches one.
        """
        certified = [change for change in self.candidate.certified_at_most if change[1] >= 0]
        edges = (("good", certified, -0.7), ("bad", self.candidate.given_up_above, BEYOND))
        return [(kind, edge, reach) for kind, changes, reach in edges if (edge := self._edge(changes))]

    def _edge(self, changes: list[list[int]]) -> list[tuple[float, float]]:
        points: list[tuple[float, float]] = []
        for begin, limit in changes:
            if begin > self.last:
                break
            points += [*([(begin, points[-1][1])] if points else []), (begin, limit + 0.5)]
        return [*points, (self.last, points[-1][1])] if points else []

    @property
    def ticks(self) -> tuple[range, range]:
        most = int(self._most) + 1
        return range(0, most, _step(self._most)), range(0, self.last + 1, _step(self.last))

    @property
    def words(self) -> str:
        candidate, seen, wrong = self.candidate, self.seen, len(self.wrong)
        allowed, above = limit_at(candidate.certified_at_most, seen), limit_at(candidate.given_up_above, seen)
        words = [f"After {counted(seen, 'example')} {wrong} came out wrong."]
        if not candidate.certified_at_most:
            words.append("These examples are too few to certify it.")
        elif allowed is None or allowed < 0:
            words.append("At that point nothing could be certified yet.")
        else:
            most = "only none" if allowed == 0 else f"at most {allowed}"
            words.append(f"At that point {most} wrong would certify it.")
        gone = next((number for count, number in enumerate(self.wrong, 1) if count > self._above(number)), None)
        if gone is not None and gone < seen:
            words.append(f"For new inputs it was given up after {gone}; what follows counts for these examples only.")
        elif above is not None and above >= 0 and (allowed is None or wrong > allowed):
            words.append(f"With more than {above} it would be given up.")
        return " ".join(words)

    def _above(self, number: int) -> float:
        limit = limit_at(self.candidate.given_up_above, number)
        return math.inf if limit is None else limit

    @property
    def numbers(self) -> list[tuple[str, str, str, str]]:
        """A row per mistake, at most 60, and one for the end."""
        rows = [self._row(number, count) for count, number in enumerate(self.wrong[:MOST_ROWS], start=1)]
        is_last = bool(rows) and rows[-1][0] == str(self.seen)
        return rows if is_last else [*rows, self._row(self.seen, len(self.wrong))]

    @property
    def left_out(self) -> int:
        return max(0, len(self.wrong) - MOST_ROWS)

    def _row(self, number: int, count: int) -> tuple[str, str, str, str]:
        allowed = limit_at(self.candidate.certified_at_most, number)
        above = limit_at(self.candidate.given_up_above, number)
        certified = "not yet" if allowed is None or allowed < 0 else str(allowed)
        return str(number), str(count), certified, "" if above is None else str(max(above, 0))


def _step(most: float) -> int:
    """Return the smallest of 1, 2, 5, 10, 20, ... that needs at most five ticks."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if most / (factor * power) <= MOST_TICKS:
                return factor * power
        power *= 10
