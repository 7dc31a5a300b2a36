"""The chart of size against pass rate, with the interval that is proven of each candidate."""

from __future__ import annotations

import math
from typing import Any

from advisor.report.page.markup import Markup, element
from advisor.report.sentences import name_of, verdict_of
from advisor.units import format_bytes, percent, percent_floor, percent_upwards

WIDTH, HEIGHT = 420, 280
LEFT, RIGHT, TOP, BOTTOM = 44, 16, 16, 44
APART = 15.0
MOST_TICKS = 5
KINDS = {"passes": "good", "fails": "bad"}
LEGEND = (("good", "●", "passes"), ("bad", "✕", "given up"), ("open", "○", "undecided"), ("soft", "▽", "not probed"))


def kind_of(candidate: dict[str, Any]) -> str:
    """Return the class of a candidate's mark."""
    return KINDS.get(candidate["verdict"], "open") if candidate["outcomes"] else "unprobed"


def size_chart(document: dict[str, Any]) -> Markup:
    """Return the figure: bytes to serve (logarithmic) to the right, share of examples right upwards."""
    candidates = document["candidates"]
    bar = float(document["bar"]["pass_rate"])
    probed = [each for each in candidates if each["outcomes"]]
    floor = min([bar - 0.05, *((each["lower_bound"] or 0.0) for each in probed)])
    bottom = max(0.0, math.floor(float(floor) * 10 - 1e-9) / 10)
    # What runs elsewhere tells no size; it stands at the right edge.
    sizes: list[int | None] = [each["serving_bytes"] or None for each in candidates]
    known = [size for size in sizes if size is not None] or [1]
    across = _positions(sizes, known)

    def y(share: float) -> float:
        return TOP + (1.0 - share) / (1.0 - bottom) * (HEIGHT - TOP - BOTTOM)

    pieces = [*_rate_axis(bottom, y), *_size_axis(known, has_unknown=None in sizes)]
    level = y(bar)
    pieces += [
        element("line", class_="bar-line", x1=LEFT, x2=WIDTH - RIGHT, y1=level, y2=level),
        element(
            "text", f"bar {percent(bar)}", x=WIDTH - RIGHT - 4, y=level - 5, text_anchor="end", class_="halo bar-text"
        ),
    ]
    for x, candidate in zip(across, candidates, strict=True):
        pieces += _mark(candidate, x, y)
    drawing = element(
        "svg",
        element("title", "Size against pass rate", id="size-chart-title"),
        element("desc", _in_words(document), id="size-chart-text"),
        *pieces,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_labelledby="size-chart-title size-chart-text",
    )
    legend = element(
        "ul",
        *(
            element("li", element("span", sign, class_=f"swatch {kind}", aria_hidden="true"), words)
            for kind, sign, words in LEGEND
        ),
        class_="legend",
    )
    caption = (
        "Each mark is a candidate, numbered as in the table below: the share of its examples that came out right, and "
        "the interval in which its true rate lies, with the run's doubt shared over all candidates."
    )
    return element("figure", drawing, legend, element("figcaption", caption), class_="wide")


def _in_words(document: dict[str, Any]) -> str:
    parts = [f"The bar is {percent(document['bar']['pass_rate'])}."]
    for each in document["candidates"]:
        size = f"{each['number']}, {name_of(each)}, {format_bytes(each['serving_bytes'])} to serve"
        if not each["outcomes"]:
            parts.append(f"{size}: not probed.")
            continue
        rate = f"{each['passes'] / each['outcomes']:.1%} of {each['outcomes']} right"
        low, high = percent_floor(each["lower_bound"] or 0.0), percent_upwards(each["upper_bound"])
        parts.append(f"{size}: {rate}, true rate from {low} to {high}, {verdict_of(document, each)}.")
    return " ".join(parts)


def _scale(sizes: list[int]) -> tuple[float, float]:
    low, high = math.log10(min(sizes)), math.log10(max(sizes))
    margin = max(0.15, (high - low) * 0.08)
    return low - margin, high + margin


def _x(size: float, low: float, high: float) -> float:
    return LEFT + (math.log10(size) - low) / (high - low) * (WIDTH - LEFT - RIGHT)


def _positions(sizes: list[int | None], known: list[int]) -> list[float]:
    """Return where each candidate stands; those of like size are moved apart so that none hides another."""
    low, high = _scale(known)
    placed: list[float] = []
    for size in sizes:  # smallest first
        x = WIDTH - RIGHT - 8 if size is None else _x(size, low, high)
        placed.append(max(x, placed[-1] + APART) if placed else x)
    most, kept = WIDTH - RIGHT - 8.0, []
    for x in reversed(placed):
        kept.append(min(x, most))
        most = kept[-1] - APART
    return kept[::-1]


def _rate_axis(bottom: float, y: Any) -> list[Markup]:  # noqa: ANN401  a local function
    step = 0.1 if bottom >= 0.5 else 0.2  # noqa: PLR2004
    pieces = []
    for index in range(round((1.0 - bottom) / step) + 1):
        share = 1.0 - index * step
        if share < bottom - 1e-9:
            break
        level = y(share)
        pieces += [
            element("line", class_="axis", x1=LEFT, x2=WIDTH - RIGHT, y1=level, y2=level),
            element("text", f"{share:.0%}", x=LEFT - 6, y=level + 4, text_anchor="end", class_="soft"),
        ]
    return pieces


def _size_axis(sizes: list[int], *, has_unknown: bool) -> list[Markup]:
    low, high = _scale(sizes)
    for factors in ((1, 2, 5), (1, 3), (1,)):
        ticks = [
            factor * 10**power
            for power in range(math.floor(low), math.ceil(high) + 1)
            for factor in factors
            if low <= math.log10(factor * 10**power) <= high
        ]
        if len(ticks) <= MOST_TICKS:
            break
    baseline = HEIGHT - BOTTOM
    pieces = [element("line", class_="axis", x1=LEFT, x2=WIDTH - RIGHT, y1=baseline, y2=baseline)]
    for size in ticks:
        x = _x(size, low, high)
        pieces += [
            element("line", class_="axis", x1=x, x2=x, y1=baseline, y2=baseline + 4),
            element(
                "text",
                format_bytes(size),
                x=min(x, WIDTH - RIGHT - 12),
                y=baseline + 17,
                text_anchor="middle",
                class_="soft",
            ),
        ]
    label = "memory to serve it (logarithmic)" + ("; unknown at the right edge" if has_unknown else "")
    middle = (LEFT + WIDTH - RIGHT) / 2
    pieces.append(element("text", label, x=middle, y=HEIGHT - 8, text_anchor="middle", class_="soft"))
    return pieces


def _mark(candidate: dict[str, Any], x: float, y: Any) -> list[Markup]:  # noqa: ANN401  a local function
    kind, number = kind_of(candidate), str(candidate["number"])
    if kind == "unprobed":
        level = HEIGHT - BOTTOM - 9
        shape = element("path", class_="mark unprobed", d=f"M{x - 4:.1f} {level - 3:.1f}h8l-4 7z")
        return [shape, element("text", number, x=x, y=level - 8, text_anchor="middle", class_="halo soft")]
    level = y(candidate["passes"] / candidate["outcomes"])
    low, high = y(candidate["lower_bound"] or 0.0), y(candidate["upper_bound"])
    pieces = [element("line", class_=f"interval {kind}", x1=x, x2=x, y1=low, y2=high)]
    pieces += [element("line", class_=f"interval {kind}", x1=x - 4, x2=x + 4, y1=end, y2=end) for end in (low, high)]
    if kind == "bad":
        cross = f"M{x - 4:.1f} {level - 4:.1f}l8 8m0-8l-8 8"
        pieces.append(element("path", class_="mark bad", d=cross))
    else:
        pieces.append(element("circle", class_=f"mark {kind}", cx=x, cy=level, r=4.5))
    return [*pieces, element("text", number, x=x + 8, y=level + 4, class_="halo")]
