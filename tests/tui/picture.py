"""Pictures of the screen as small SVG files: compared with those kept next to the tests, and made for the documents.

A picture depends on what is on the screen and on nothing else, so that equal screens give equal bytes. It names no font
that would be fetched. To retake the kept pictures after an intended change: WRITE_PICTURES=1 pytest tests/tui
"""

import difflib
import functools
import os
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from rich.cells import cell_len
from rich.color import Color
from rich.style import Style
from textual.app import App

KEPT = Path(__file__).parent / "pictures"
WRITE = "WRITE_PICTURES"
CELL_WIDTH, CELL_HEIGHT, FONT_SIZE, BASELINE = 8.4, 17, 14, 13
FONT = "ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace"
SIZES = ((80, 24), (120, 40))
VAST = (200, 50)
# What a terminal is where the session leaves it its own colours.
PLAIN_FOREGROUND, PLAIN_BACKGROUND = "#d8d8d8", "#181818"


class Look(NamedTuple):
    """How a cell looks."""

    foreground: str
    background: str
    marks: str


Row: TypeAlias = list[tuple[str, Look]]


@functools.cache
def look(style: Style | None) -> Look:
    """Return a style's colours and marks (b bold, i italic, u underlined, s struck, d dim)."""
    style = style or Style()
    foreground = _colour(style.color, PLAIN_FOREGROUND, is_foreground=True)
    background = _colour(style.bgcolor, PLAIN_BACKGROUND, is_foreground=False)
    if style.reverse:
        foreground, background = background, foreground
    flags = (style.bold, style.italic, style.underline, style.strike, style.dim)
    return Look(foreground, background, "".join(mark for mark, is_on in zip("biusd", flags, strict=True) if is_on))


def _colour(colour: Color | None, default: str, *, is_foreground: bool) -> str:
    if colour is None or colour.is_default:
        return default
    return colour.get_truecolor(foreground=is_foreground).hex


def rows_of(app: App[Any]) -> list[Row]:
    """Return what is on the screen: rows of runs of one look."""
    rows = []
    for strip in app.screen._compositor.render_strips():
        segments = [(segment.text, look(segment.style)) for segment in strip if not segment.control]
        rows.append(
            [("".join(text for text, _ in group), key) for key, group in groupby(segments, key=lambda each: each[1])]
        )
    return rows


def text_of(app: App[Any]) -> str:
    """Return the characters on the screen, without the spaces at the lines' ends."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(each.text for each in strip if not each.control).rstrip() for strip in strips)


def svg_of(app: App[Any]) -> str:
    rows = rows_of(app)
    ground = ground_of(rows)
    looks: dict[str, str] = {}
    drawn: list[str] = []
    for number, row in enumerate(rows):
        drawn += shapes_of(row, number * CELL_HEIGHT, ground, looks)
    return document(rows, ground, looks, "", drawn)


def ground_of(rows: list[Row]) -> str:
    """Return the colour behind most of the screen."""
    return max(
        {key.background for row in rows for _, key in row},
        key=lambda colour: sum(cell_len(text) for row in rows for text, key in row if key.background == colour),
    )


def document(rows: list[Row], ground: str, looks: dict[str, str], styles: str, drawn: list[str]) -> str:
    """Return an SVG document."""
    width = max(cell_len("".join(text for text, _ in row)) for row in rows)
    styles = "".join(f".{name}{{{css}}}" for css, name in looks.items()) + styles
    size = f"{width * CELL_WIDTH:.0f} {len(rows) * CELL_HEIGHT}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" shape-rendering="crispEdges" '
        f'font-family="{FONT}" font-size="{FONT_SIZE}">\n'
        f"<style>text{{white-space:pre}}{styles}</style>\n"
        f'<rect width="100%" height="100%" fill="{ground}"/>\n' + "\n".join(drawn) + "\n</svg>\n"
    )


def shapes_of(row: Row, top: int, ground: str, looks: dict[str, str]) -> list[str]:
    """Return a row's shapes; the looks it needs are noted in `looks`."""
    shapes, column = [], 0
    for text, key in row:
        cells = cell_len(text)
        left, width = f"{column * CELL_WIDTH:.1f}", f"{cells * CELL_WIDTH:.1f}"
        column += cells
        if key.background != ground:
            shapes.append(
                f'<rect x="{left}" y="{top}" width="{width}" height="{CELL_HEIGHT}" fill="{key.background}"/>'
            )
        if not (shown := text.rstrip()):
            continue
        begin = len(shown) - len(shown.lstrip())
        left = f"{(column - cells + begin) * CELL_WIDTH:.1f}"
        shown = shown[begin:]
        name = looks.setdefault(_css(key), f"s{len(looks)}")
        length = f' textLength="{cell_len(shown) * CELL_WIDTH:.1f}"' if cell_len(shown) > 1 else ""
        shapes.append(
            f'<text class="{name}" x="{left}" y="{top + BASELINE}"{length}>{escape(shown, quote=False)}</text>'
        )
    return shapes


def _css(key: Look) -> str:
    css = [f"fill:{key.foreground}"]
    css += ["font-weight:bold"] if "b" in key.marks else []
    css += ["font-style:italic"] if "i" in key.marks else []
    lines = [name for mark, name in (("u", "underline"), ("s", "line-through")) if mark in key.marks]
    css += [f"text-decoration:{' '.join(lines)}"] if lines else []
    css += ["opacity:.6"] if "d" in key.marks else []
    return ";".join(css)


def compare(app: App[Any], name: str) -> None:
    """Compare the screen with the kept picture of this name and the screen's size."""
    taken = svg_of(app)
    file = KEPT / f"{name}-{app.size.width}x{app.size.height}.svg"
    if os.environ.get(WRITE):
        KEPT.mkdir(exist_ok=True)
        file.write_text(taken, encoding="utf-8")
    kept = file.read_text(encoding="utf-8") if file.is_file() else ""
    if kept != taken:
        taken_file = file.with_suffix(".new.svg")
        KEPT.mkdir(exist_ok=True)
        taken_file.write_text(taken, encoding="utf-8")
        lines = list(difflib.unified_diff(kept.splitlines(), taken.splitlines(), lineterm="", n=0))[:30]
        raise AssertionError(f"{file.name} differs, see {taken_file.name}; {WRITE}=1 retakes it\n" + "\n".join(lines))
