"""Small pictures of characters: readable without colour, always shown with their numbers."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from advisor.report import picture as pictures
from advisor.report.picture import Across, Picture, Point
from advisor.units import percent

EIGHTHS = " ▏▎▍▌▋▊▉█"
GOOD, BAD, SOFT, BAR = "$text-success", "$text-error", "$quiet", "$text-warning"
# Width of the shares at the left; minimum size of a picture; minimum distance of two points.
AXIS, LEAST_WIDE, LEAST_HIGH, APART = 5, 12, 5, 4
NEAR = 1e-9
# Minimum share of the rows above the bar, and the rows needed for a label between.
LEAST_ABOVE, LABELLED = 0.34, 5
COLOURS = {"good": GOOD, "open": "", "bad": BAD, "unprobed": SOFT}
MARKS = {
    "good": ("●", f"bold {GOOD}"), "open": ("○", "bold"), "bad": ("✗", f"bold {BAD}"), "unprobed": ("▽", SOFT),
}  # fmt: skip
CELLS = {
    pictures.RIGHT: ("■", GOOD), pictures.WRONG: ("✗", f"bold {BAD}"), pictures.LATER_RIGHT: ("□", SOFT),
    pictures.LATER_WRONG: ("×", SOFT), pictures.UNSEEN: ("·", SOFT),
}  # fmt: skip


def meter(share: float, width: int) -> str:
    """Return a bar of eighths of a character, filled from the left by a share within 0 and 1."""
    eighths = round(min(1.0, max(0.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    return (EIGHTHS[8] * full + (EIGHTHS[rest] if rest else "")).ljust(width, "·")


def strip(seen: int, wrong_at: Sequence[int], total: int, width: int) -> Content:
    """Return a line of the examples seen: `━` right, `✗` wrong, `·` not seen yet.

    A character for several examples is `✗` if most of them were wrong, `╍` if some were.
    """
    if total <= 0 or width <= 0:
        return Content("")
    asked, wrong = (
        Counter(min(width - 1, (number - 1) * width // total) for number in numbers)
        for numbers in (range(1, seen + 1), wrong_at)
    )
    reached = math.ceil(seen * width / total)
    cells = []
    for cell in range(width):
        if wrong[cell]:
            cells.append(("✗", BAD) if 2 * wrong[cell] > asked[cell] else ("╍", BAR))
        else:
            cells.append(("━", GOOD) if cell < reached else ("·", SOFT))
    return _line(cells)


def star_style(shown: Picture) -> str:
    """Return the style of the lit candidate's mark: green if it is the answer."""
    return f"bold {GOOD if shown.star == 'answer' else BAR}"


def plot(shown: Picture, size: tuple[int, int], at_work: int | None = None) -> list[Content]:
    """Return the picture of a run: rows of the shares, the line of the sizes, and the sizes themselves.

    The bar's row separates two scales, each with enough room around the decision. The size is in characters; `at_work`
    is the number of the candidate being probed.
    """
    left = max(AXIS, len(percent(shown.bar)) + 1)
    width, rows = size[0] - left, size[1] - 2
    if width < LEAST_WIDE or rows < LEAST_HIGH:
        return []
    in_proportion = (1.0 - shown.bar) / (1.0 - shown.bottom)
    bar_row = min(rows - 2, max(2, round((rows - 1) * max(LEAST_ABOVE, in_proportion))))

    def row(share: float) -> int:
        if abs(share - shown.bar) < NEAR:
            return bar_row
        if share > shown.bar:
            return max(0, bar_row - 1 - int((share - shown.bar) / (1.0 - shown.bar) * bar_row * (1 - NEAR)))
        below = (shown.bar - max(share, shown.bottom)) / (shown.bar - shown.bottom or 1.0)
        return min(rows - 1, bar_row + 1 + int(below * (rows - 1 - bar_row) * (1 - NEAR)))

    grid = [[(" ", "")] * width for _ in range(rows)]
    grid[bar_row] = [("━", BAR)] * width
    # Each number is to the right of its mark: on the left it would touch the previous one.
    numbers = max((len(str(point.number)) for point in shown.points), default=0)
    across = Across([point.size for point in shown.points], width - 1 - numbers, APART)
    marks = list(zip(map(round, across.places()), shown.points, strict=True))
    for column, point in marks:
        _range(grid, column, point, row, shown)
    for column, point in sorted(marks, key=lambda mark: mark[1].is_lit):
        mark = ("★", star_style(shown)) if point.is_lit else MARKS[point.kind]
        _mark(grid, column, point, row, mark, is_at_work=point.number == at_work)
    labels = {0: "100%", bar_row: percent(shown.bar), rows - 1: shown.label(shown.bottom)}
    for first, last, top, bottom in ((0, bar_row, 1.0, shown.bar), (bar_row, rows - 1, shown.bar, shown.bottom)):
        if last - first > LABELLED:
            middle = (top + bottom) / 2
            labels[row(middle)] = f"{middle:.0%}"
    heads = [f"{labels.get(at, ''):>{left - 1}} " for at in range(rows)]
    lines = [_line([(heads[at], BAR if at == bar_row else SOFT), *grid[at]]) for at in range(rows)]
    axis, names = ["─"] * width, [" "] * width
    for at, name in across.ticks():
        axis[round(at)] = "┴"
        begin = max(0, min(width - len(name), round(at) - len(name) // 2))
        names[begin : begin + len(name)] = name
    lines += [Content.styled(" " * left + "".join(each), SOFT) for each in (axis, names)]
    return lines


def _range(
    grid: list[list[tuple[str, str]]], column: int, point: Point, row: Callable[[float], int], shown: Picture
) -> None:
    """Draw the interval of a candidate's true rate; open if it continues below the edge."""
    bar_row = row(shown.bar)
    if point.share is None:
        return
    top, bottom = row(point.high), row(point.low)
    for at in range(top, bottom + 1):
        sign = "┿" if at == bar_row else "│"
        if at == top:
            sign = "┯" if at == bar_row else "┬"
        elif at == bottom and point.low >= shown.bottom:
            sign = "┷" if at == bar_row else "┴"
        grid[at][column] = (sign, COLOURS[point.kind])


def _mark(
    grid: list[list[tuple[str, str]]],
    column: int,
    point: Point,
    row: Callable[[float], int],
    mark: tuple[str, str],
    *,
    is_at_work: bool,
) -> None:
    """Draw a candidate's point with its number; the answer with its name."""
    sign, style = mark
    style = "bold $accent" if is_at_work and point.kind == "open" else style
    line = grid[len(grid) - 1 if point.share is None else row(point.share)]
    line[column] = (sign, style)
    label = f" {point.number} {point.name} " if point.is_lit else str(point.number)
    label = f"{point.number}◂" if is_at_work and not point.is_lit else label
    begin = column + 1
    if begin + cell_len(label) > len(line):
        label = label if cell_len(label) <= column else set_cell_size(label, column)
        begin = column - cell_len(label)
    look = f"reverse {style}" if point.is_lit else style
    _write(line, begin, label, look)


def _write(line: list[tuple[str, str]], begin: int, text: str, style: str) -> None:
    """Write a text into cells; a wide character takes two, the second of which is empty."""
    at = begin
    for character in text:
        taken = cell_len(character)
        if at + taken > len(line):
            break
        if taken:
            line[at : at + taken] = [(character, style), *[("", style)] * (taken - 1)]
            at += taken
        elif at > begin:
            line[at - 1] = (line[at - 1][0] + character, style)


def examples(states: Sequence[str], size: tuple[int, int], cursor: int | None) -> list[Content]:
    """Return a cell per example, line by line; if there are too many, those around the cursor.

    The states are from `advisor.report.picture.answer_cells`; the size is in characters.
    """
    width, height = size
    if min(size) < 1:
        return []
    first = first_shown(len(states), size, cursor)
    lines = []
    for begin in range(first, min(len(states), first + width * height), width):
        line = []
        for at, state in enumerate(states[begin : begin + width], start=begin):
            sign, style = CELLS[state]
            line.append((sign, f"{style} reverse" if at == cursor else style))
        lines.append(_line(line))
    return lines


def first_shown(count: int, size: tuple[int, int], cursor: int | None) -> int:
    """Return the index of the first visible cell: it begins a line, and the cursor is visible."""
    width, height = size
    rows = -(-count // width) if width else 0
    return max(0, min(rows - height, (cursor or 0) // width - height // 2)) * width if rows > height else 0


def _line(cells: Iterable[tuple[str, str]]) -> Content:
    """Return cells as a line; adjacent ones of one style form one piece, since pieces are slow to draw."""
    runs = groupby(cells, key=lambda cell: cell[1])
    return Content.assemble(*(("".join(text for text, _ in run), style) for style, run in runs))
