"""The path of a candidate's evidence: mistakes against examples seen, between certified and given up."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from advisor.report.html.markup import Markup, element, table
from advisor.report.picture import KINDS
from advisor.report.sentences import name_of
from advisor.units import counted

if TYPE_CHECKING:
    from advisor.report.model import Tested

WIDTH, HEIGHT = 360, 230
LEFT, RIGHT, TOP, BOTTOM = 34, 12, 12, 40
MOST_ROWS = 60
MOST_TICKS = 5
LEGEND = (
    ("soft", "━", "its mistakes so far"),
    ("good", "▒", "certified as soon as it is in here"),
    ("bad", "▒", "given up as soon as it is in here"),
)


def limit_at(changes: list[list[int]], number: int) -> int | None:
    """Return the limit that holds after so many examples, None before the first."""
    held = [limit for begin, limit in changes if begin <= number]
    return held[-1] if held else None


def path_chart(candidate: Tested, total: int) -> Markup:
    """Return the figure for a candidate that was probed, with its numbers in a table."""
    seen: int = candidate.outcomes
    wrong: list[int] = candidate.wrong_at
    certified: list[list[int]] = candidate.certified_at_most
    given_up: list[list[int]] = candidate.given_up_above
    first = next((begin for begin, limit in certified if limit >= 0), total)
    last = min(total, max(math.ceil(seen * 1.15), math.ceil(first * 1.2), 10))
    most = max(len(wrong), limit_at(certified, last) or 0, limit_at(given_up, min(last, seen + 5)) or 0) + 1.5

    def x(number: float) -> float:
        return LEFT + number / last * (WIDTH - LEFT - RIGHT)

    def y(count: float) -> float:
        return TOP + (most - min(count, most)) / (most + 0.7) * (HEIGHT - TOP - BOTTOM)

    pieces = [*_areas(certified, given_up, last, x, y), *_axes(last, most, x, y)]
    points = [(0, 0)]
    for count, number in enumerate(wrong, start=1):
        points += [(number, count - 1), (number, count)]
    points.append((seen, len(wrong)))
    kind = KINDS.get(candidate.verdict, "open")
    pieces += [
        element("polyline", class_="walk", points=_points(points, x, y)),
        element("circle", class_=f"mark {kind}", cx=x(seen), cy=y(len(wrong)), r=4.5),
    ]
    number = candidate.number
    drawing = element(
        "svg",
        element("title", f"Mistakes of candidate {number} against examples seen", id=f"path-{number}-title"),
        element("desc", in_words(candidate), id=f"path-{number}-text"),
        *pieces,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_labelledby=f"path-{number}-title path-{number}-text",
    )
    return element(
        "figure",
        element("h3", f"{number}. {name_of(candidate)}"),
        drawing,
        element("figcaption", in_words(candidate)),
        _numbers(candidate),
    )


def in_words(candidate: Tested) -> str:
    """Return what the chart shows."""
    seen, wrong = candidate.outcomes, len(candidate.wrong_at)
    allowed = limit_at(candidate.certified_at_most, seen)
    above = limit_at(candidate.given_up_above, seen)
    words = [f"After {counted(seen, 'example')} {wrong} came out wrong."]
    if not candidate.certified_at_most:
        words.append("These examples are too few to certify it.")
    elif allowed is None or allowed < 0:
        words.append("At that point nothing could be certified yet.")
    else:
        words.append(f"At that point {'only none' if allowed == 0 else f'at most {allowed}'} wrong would certify it.")
    gone = next((n for n, each in enumerate(candidate.wrong_at, 1) if n > _above(candidate, each)), None)
    given_up_at = candidate.wrong_at[gone - 1] if gone is not None else None
    if given_up_at is not None and given_up_at < seen:
        words.append(
            f"For new inputs it was given up after {given_up_at}; what follows counts for these examples only."
        )
    elif above is not None and above >= 0 and (allowed is None or wrong > allowed):
        words.append(f"With more than {above} it would be given up.")
    return " ".join(words)


def _above(candidate: Tested, number: int) -> float:
    limit = limit_at(candidate.given_up_above, number)
    return math.inf if limit is None else limit


def _areas(certified: list[list[int]], given_up: list[list[int]], last: int, x: Any, y: Any) -> list[Markup]:  # noqa: ANN401
    """Return where a path is settled; both edges lie half a mistake off the whole numbers, so none lies on an edge."""
    pieces = []
    edge = _edge([pair for pair in certified if pair[1] >= 0], last)
    if edge:
        area = [*edge, (last, -0.7), (edge[0][0], -0.7)]
        pieces += [
            element("polygon", class_="good-area", points=_points(area, x, y)),
            element("polyline", class_="limit good", points=_points(edge, x, y)),
        ]
    edge = _edge(given_up, last)
    if edge:
        area = [*edge, (last, 1e9), (edge[0][0], 1e9)]
        pieces += [
            element("polygon", class_="bad-area", points=_points(area, x, y)),
            element("polyline", class_="limit bad", points=_points(edge, x, y)),
        ]
    return pieces


def _edge(changes: list[list[int]], last: int) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for begin, limit in changes:
        if begin > last:
            break
        if points:
            points.append((begin, points[-1][1]))
        points.append((begin, limit + 0.5))
    return [*points, (last, points[-1][1])] if points else []


def _axes(last: int, most: float, x: Any, y: Any) -> list[Markup]:  # noqa: ANN401  local functions
    base = y(-0.7)
    pieces = [element("line", class_="axis", x1=LEFT, x2=WIDTH - RIGHT, y1=base, y2=base)]
    step = _step(most, MOST_TICKS)
    for count in range(0, int(most) + 1, step):
        level = y(count)
        pieces += [
            element("line", class_="axis", x1=LEFT - 4, x2=LEFT, y1=level, y2=level),
            element("text", str(count), x=LEFT - 7, y=level + 4, text_anchor="end", class_="soft"),
        ]
    step = _step(last, MOST_TICKS)
    for number in range(0, last + 1, step):
        pieces += [
            element("line", class_="axis", x1=x(number), x2=x(number), y1=base, y2=base + 4),
            element("text", str(number), x=x(number), y=base + 16, text_anchor="middle", class_="soft"),
        ]
    middle = (LEFT + WIDTH - RIGHT) / 2
    pieces += [
        element("line", class_="axis", x1=LEFT, x2=LEFT, y1=TOP, y2=base),
        element("text", "examples seen", x=middle, y=HEIGHT - 7, text_anchor="middle", class_="soft"),
        element("text", "wrong", x=LEFT + 6, y=TOP + 11, class_="soft"),
    ]
    return pieces


def _step(most: float, ticks: int) -> int:
    """Return the least of 1, 2, 5, 10, 20, ... that needs no more ticks than given."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if most / (factor * power) <= ticks:
                return factor * power
        power *= 10


def _points(points: list[tuple[float, float]] | list[tuple[int, int]], x: Any, y: Any) -> str:  # noqa: ANN401
    return " ".join(f"{x(across):.1f},{y(up):.1f}" for across, up in points)


def _numbers(candidate: Tested) -> Markup:
    rows = []
    for count, number in enumerate(candidate.wrong_at, start=1):
        rows.append(_row(candidate, number, count))
    left_out = max(0, len(rows) - MOST_ROWS)
    rows = rows[:MOST_ROWS]
    if not rows or rows[-1][0] != str(candidate.outcomes):
        rows.append(_row(candidate, candidate.outcomes, len(candidate.wrong_at)))
    more = f"; {left_out} more mistakes are in the JSON document" if left_out else ""
    caption = f"Each mistake of candidate {candidate.number}, and where it stood{more}"
    header = ("example", "wrong so far", "certified at most", "given up above")
    return element(
        "details",
        element("summary", "The numbers"),
        table(caption, header, rows, numbers=frozenset(range(4))),
    )


def _row(candidate: Tested, number: int, count: int) -> tuple[str, str, str, str]:
    allowed = limit_at(candidate.certified_at_most, number)
    above = limit_at(candidate.given_up_above, number)
    not_yet = "not yet"
    return (
        str(number),
        str(count),
        not_yet if allowed is None or allowed < 0 else str(allowed),
        "" if above is None else str(max(above, 0)),
    )
