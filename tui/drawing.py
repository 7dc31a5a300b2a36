"""Small pictures of characters: they are read without colour, and every one has its numbers beside it."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from textual.content import Content

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HEIGHTS = " ▁▂▃▄▅▆▇█"
FEW = 2.5
EIGHTHS = " ▏▎▍▌▋▊▉█"
CERTIFIED, GIVEN_UP, NOTHING = "░", "▒", " "
GOOD, BAD, SOFT, BAR = "$text-success", "$text-error", "$text-muted", "$text-warning"


def meter(share: float, width: int) -> str:
    """Return a bar of eighths of a character, filled from the left.

    Args:
        share: Within 0 and 1.
        width: In characters.
    """
    eighths = round(min(1.0, max(0.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    return (EIGHTHS[8] * full + (EIGHTHS[rest] if rest else "")).ljust(width, "·")


def strip(seen: int, wrong_at: Sequence[int], total: int, width: int) -> Content:
    """Return a line of the examples seen: `━` right, `·` not seen yet, and how many were wrong where some were.

    Where a character stands for one or two examples a wrong one is `✗`, for more its height is the share.
    """
    if total <= 0 or width <= 0:
        return Content("")
    wrong = Counter(min(width - 1, (number - 1) * width // total) for number in wrong_at)
    reached, each = math.ceil(seen * width / total), total / width
    cells = []
    for cell in range(width):
        if wrong[cell]:
            level = min(8, math.ceil(wrong[cell] / each * 8))
            cells.append(("✗" if each < FEW else HEIGHTS[level], BAD))
        else:
            cells.append(("━", GOOD) if cell < reached else ("·", SOFT))
    return _line(cells)


def interval(
    known: tuple[float | None, float | None, float | None], bar: float, span: tuple[float, float], width: int
) -> Content:
    """Return a rate with its interval on a line, and the bar that is to be exceeded as `┃`.

    Args:
        known: The lower end, the rate and the upper end; None where nothing is known.
        bar: The bar.
        span: What the left and the right end of the line stand for.
        width: In characters.
    """
    (low, observed, high), (begin, end) = known, span

    def cell(rate: float) -> int:
        return min(width - 1, max(0, round((rate - begin) / (end - begin) * (width - 1))))

    cells = [(" ", "")] * width
    if low is not None and high is not None:
        left, right = cell(low), cell(high)
        cells[left : right + 1] = [("─", "")] * (right - left + 1)
        cells[left], cells[right] = ("├" if low > begin else "─", ""), ("┤", "")
    at = cell(bar)
    cells[at] = ("╂" if cells[at][0] != " " else "┃", BAR)
    if observed is not None:
        passes = observed >= bar
        cells[cell(observed)] = ("●" if passes else "✗", GOOD if passes else BAD)
    return _line(cells)


def walk(
    wrong_at: Sequence[int],
    seen: int,
    certified: Sequence[int],
    given_up: Sequence[int],
    size: tuple[int, int],
) -> list[Content]:
    """Return the path of the mistakes between certified (below) and given up (above), a line a row, top first.

    The picture reaches from no example to a little beyond what was seen and what certifies at the earliest.

    Args:
        wrong_at: The numbers of the examples that came out wrong, from 1, ascending.
        seen: How many were seen.
        certified: For n = 1..N, the most mistakes that certify; -1 where not yet. Empty where nothing can.
        given_up: For n = 0..N, the most mistakes with which to go on.
        size: Width and height in characters; an axis of three characters and one row is within them.
    """
    width, height = size[0] - 4, size[1] - 2
    if width < 8 or height < 2:  # noqa: PLR2004  too small to be read
        return []
    total = max(1, len(certified) or seen)
    first = next((n for n, most in enumerate(certified, start=1) if most >= 0), total)
    last = min(total, max(math.ceil(seen * 1.15), math.ceil(first * 1.2), 10))
    most = max(len(wrong_at), _at(certified, last - 1), _at(given_up, min(last, seen + 5)) + 1, 2)
    scale = max(1, math.ceil((most + 1) / height))
    rows = min(height, math.ceil((most + 1) / scale))
    path = _path(wrong_at, seen, last, width)
    lines = []
    for row in range(rows - 1, -1, -1):
        level = row * scale
        label = f"{level:>3}" if row == rows - 1 or row % 2 == 0 else "   "
        cells: list[tuple[str, str]] = [(f"{label}┤", SOFT)]
        for column in range(width):
            number = max(1, math.ceil((column + 1) * last / width))
            limits = _at(certified, number - 1), _at(given_up, number, math.inf)
            cells.append(_cell(path.get(column), row, scale, limits))
        lines.append(_line(cells))
    lines.append(Content.styled("   └" + "─" * width, SOFT))
    right = f"{last} examples"
    lines.append(Content.styled(f"    0{right:>{width - 1}}", SOFT))
    return lines


def _path(wrong_at: Sequence[int], seen: int, last: int, width: int) -> dict[int, tuple[int, int]]:
    """Return for each column that was reached the mistakes at its left and at its right end."""
    found, before = {}, 0
    for column in range(min(width, math.ceil(seen * width / last))):
        upto = min(seen, max(1, math.ceil((column + 1) * last / width)))
        now = bisect_right(wrong_at, upto)
        found[column] = (before, now)
        before = now
    return found


def _cell(passed: tuple[int, int] | None, row: int, scale: int, limits: tuple[float, float]) -> tuple[str, str]:
    certified, given_up = limits
    if passed is not None:
        low, high = passed[0] // scale, passed[1] // scale
        if low == row == high:
            return "━", "bold"
        if low <= row <= high:
            return ("┏" if row == high else "┛" if row == low else "┃"), "bold"
    if certified >= 0 and row <= certified // scale:
        return CERTIFIED, GOOD
    if row * scale > given_up:
        return GIVEN_UP, BAD
    return NOTHING, ""


def _line(cells: Iterable[tuple[str, str]]) -> Content:
    """Return cells as a line; those of one style are one piece, for a piece is dear to draw."""
    runs = groupby(cells, key=lambda cell: cell[1])
    return Content.assemble(*(("".join(text for text, _ in run), style) for style, run in runs))


def _at(limits: Sequence[int], index: int, default: float = -1) -> float:
    return limits[max(0, min(index, len(limits) - 1))] if limits else default
