"""Found models, as a table that can be sorted by any column."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import on
from textual.color import Color
from textual.message import Message
from textual.strip import Strip
from textual.widgets import DataTable

from advisor.errors import one_line
from advisor.units import format_bytes, format_count
from catalog.card import ERRORS
from tui.widgets.columns import fit, short

if TYPE_CHECKING:
    from textual.events import Resize

    from tui.fits import Fit


class Field(NamedTuple):
    """A column: its key, its title, its text and sort key for a model, and its minimum width of the table."""

    key: str
    title: str
    shown: Callable[[dict[str, Any]], str]
    value: Callable[[dict[str, Any]], Any]
    is_right: bool = False
    is_falling: bool = False
    from_width: int = 0


FIELDS: tuple[Field, ...] = (
    Field("model", "Model", lambda m: one_line(m["id"], 90), lambda m: m["id"].casefold()),
    Field("family", "Does", lambda m: m["family"] or "?", lambda m: m["family"], from_width=112),
    Field(
        "parameters",
        "Params",
        lambda m: format_count(m["parameters"]),
        lambda m: m["parameters"],
        is_right=True,
        from_width=88,
    ),
    Field("bytes", "Weights", lambda m: format_bytes(m["bytes"]), lambda m: m["bytes"], is_right=True),
    Field("fit", "Here", lambda m: m["fit"].words, lambda m: m["fit"].rank, from_width=58),
    Field("speed", "Speed", lambda m: m["fit"].pace, lambda m: m["fit"].seconds, is_right=True, from_width=72),
    Field(
        "quality",
        "Score",
        lambda m: "" if m["figure"] is None else f"{m['figure']:.3g}",
        lambda m: m["merit"],
        is_right=True,
        is_falling=True,
        from_width=66,
    ),
    Field("license", "Licence", lambda m: one_line(m["license"] or "?", 14), lambda m: m["license"]),
    Field(
        "downloads",
        "Downloads",
        lambda m: format_count(m["downloads"]),
        lambda m: m["downloads"],
        is_right=True,
        is_falling=True,
        from_width=100,
    ),
    Field("why", "Why", lambda m: one_line("; ".join(m["why"]), 90), lambda m: m["why"], from_width=136),
)
BY_SCORE = "score"
ELASTIC, NARROWEST, SCROLLBAR = ("model", "why"), 22, 1
ORDERS = (BY_SCORE, "bytes", "parameters", "downloads", "model", "license", "fit", "speed", "quality")


class CursorTable(DataTable[Text]):
    """A table of one item per row; it reports which one the cursor is on (`chosen`), and which is opened."""

    @dataclass
    class Highlighted(Message):
        """The cursor is on another row."""

        chosen: Any

    @dataclass
    class Opened(Message):
        """Enter or a click on the row under the cursor."""

        chosen: Any

    @property
    def chosen(self) -> Any:  # noqa: ANN401  what a row is of
        """The item of the row under the cursor; None without rows."""
        raise NotImplementedError

    @on(DataTable.RowHighlighted)
    @on(DataTable.RowSelected)
    def _moved(self, event: DataTable.RowHighlighted | DataTable.RowSelected) -> None:
        event.stop()
        if (chosen := self.chosen) is not None:
            is_opened = isinstance(event, DataTable.RowSelected)
            self.post_message(self.Opened(chosen) if is_opened else self.Highlighted(chosen))


class ModelTable(CursorTable):
    """The table."""

    class Sorted(Message):
        """The models are in another order."""

    def __init__(self) -> None:
        super().__init__(cursor_type="row", zebra_stripes=False, id="models")
        self._models: list[dict[str, Any]] = []
        self.benchmark: str | None = None
        self._fields: tuple[Field, ...] = ()
        self.order = BY_SCORE

    @property
    def model(self) -> str | None:
        return None if self.chosen is None else str(self.chosen["id"])

    def show(self, document: dict[str, Any], judge: Callable[[dict[str, Any]], Fit]) -> None:
        """Show the models of a search's document, the cursor on the first; `judge` returns how one fits its machine."""
        self.benchmark = document["benchmark"]
        sign = -1 if self.benchmark is not None and ERRORS.search(self.benchmark) else 1
        figures = [each["published"].get(self.benchmark) for each in document["models"]]
        self._models = [
            each | {"fit": judge(each), "figure": figure, "merit": None if figure is None else sign * figure}
            for each, figure in zip(document["models"], figures, strict=True)
        ]
        if self.benchmark is None and self.order == "quality":
            self.order = BY_SCORE
        self._draw(None)

    def judge(self, judge: Callable[[dict[str, Any]], Fit]) -> None:
        """Update how the models fit, keeping the cursor."""
        here = self.model  # before the order changes
        self._models = [each | {"fit": judge(each)} for each in self._models]
        self._draw(here)

    @property
    def chosen(self) -> dict[str, Any] | None:
        rows = self._sorted()
        return rows[self.cursor_row] if 0 <= self.cursor_row < len(rows) else None

    def sort_by(self, order: str) -> None:
        here = self.model
        self.order = order
        self._draw(here)
        self.post_message(self.Sorted())

    def next_order(self) -> None:
        orders = ORDERS if self.benchmark is not None else ORDERS[:-1]
        self.sort_by(orders[(orders.index(self.order) + 1) % len(orders)])

    def on_resize(self, event: Resize) -> None:
        if self._fields != self._fitting(event.size.width):
            self._draw(self.model)

    def render_line(self, y: int) -> Strip:
        """Draw a row's cells as plain lines: the toolkit's way takes five times as long."""
        at = y - self.header_height + self.scroll_offset.y
        if y < self.header_height or at >= self.row_count:
            return super().render_line(y)
        look, is_chosen = self.rich_style, at == self.cursor_row
        if at == self.hover_row and self._show_hover_cursor:
            look += self.get_component_rich_style("datatable--hover")
        if is_chosen:
            look += self.get_component_rich_style("datatable--cursor")
        pad, segments = " " * self.cell_padding, []
        for number, (cell, column) in enumerate(zip(self.get_row_at(at), self.ordered_columns, strict=True)):
            shown = fit(cell.plain, column.width, is_right=cell.justify == "right")
            style = look if is_chosen else look + self.app.console.get_style(cell.style)
            segments.append(Segment(f"{pad}{shown}{pad}", style + Style.from_meta({"row": at, "column": number})))
        return Strip(segments).adjust_cell_length(self.size.width, look)

    def _sorted(self) -> list[dict[str, Any]]:
        field = next((each for each in FIELDS if each.key == self.order), None)
        if field is None:
            return self._models
        known = [model for model in self._models if field.value(model) is not None]
        unknown = [model for model in self._models if field.value(model) is None]
        return sorted(known, key=field.value, reverse=field.is_falling) + unknown

    def _draw(self, at: str | None) -> None:
        self._fields = self._fitting(self.size.width or 80)
        rows = self._sorted()
        with self.prevent(DataTable.RowHighlighted):
            self.clear(columns=True)
            widths = self._widths(rows)
            for field, width in zip(self._fields, widths, strict=True):
                sign = ("↓" if field.is_falling else "↑") if field.key == self.order else ""
                title = Text(field.title + sign, justify="right" if field.is_right else "left")
                self.add_column(title, key=field.key, width=width)
            for model in rows:
                self.add_row(*map(partial(self._cell, model), self._fields, widths))
            if at is not None:
                self.move_cursor(row=next((n for n, row in enumerate(rows) if row["id"] == at), 0))
        if rows:
            self.post_message(self.Highlighted(rows[self.cursor_row]))

    def _widths(self, rows: list[dict[str, Any]]) -> list[int]:
        """Return the columns' widths in cells: what they need, and the rest for the first and the last."""
        needed = [max([len(field.title) + 1, *(cell_len(field.shown(row)) for row in rows)]) for field in self._fields]
        room = (self.size.width or 80) - SCROLLBAR - 2 * self.cell_padding * len(needed)
        others = sum(width for field, width in zip(self._fields, needed, strict=True) if field.key not in ELASTIC)
        elastic = [width for field, width in zip(self._fields, needed, strict=True) if field.key in ELASTIC]
        first = min(elastic[0], max(NARROWEST, room - others - (NARROWEST if len(elastic) > 1 else 0)))
        given = {"model": first, "why": max(NARROWEST, room - others - first)}
        if len(elastic) == 1:
            given["model"] = max(NARROWEST, room - others)
        return [given.get(field.key, width) for field, width in zip(self._fields, needed, strict=True)]

    def _cell(self, model: dict[str, Any], field: Field, width: int) -> Text:
        colour = model["fit"].colour if field.key == "fit" else ""
        if field.key == "quality" and self._is_best_for_its_size(model):
            colour = "success"
        is_coloured = colour and "NO_COLOR" not in os.environ
        style = Style(color=Color.parse(self.app.theme_variables[colour]).rich_color) if is_coloured else Style()
        justify: Literal["left", "right"] = "right" if field.is_right else "left"
        shown = short(field.shown(model), width) if field.key == "model" else field.shown(model)
        return Text(shown, style, justify=justify, no_wrap=True, overflow="ellipsis")

    @on(DataTable.HeaderSelected)
    def _header(self, event: DataTable.HeaderSelected) -> None:
        event.stop()
        key = str(event.column_key.value)
        if key in ORDERS:
            self.sort_by(BY_SCORE if self.order == key else key)

    def _fitting(self, width: int) -> tuple[Field, ...]:
        hidden = "quality" if self.benchmark is None else None
        return tuple(field for field in FIELDS if field.from_width <= width and field.key != hidden)

    def _is_best_for_its_size(self, model: dict[str, Any]) -> bool:
        """Return whether no listed model of at most its size scores better."""
        if model["merit"] is None or model["bytes"] is None:
            return False
        rivals = (each for each in self._models if each["merit"] is not None and each["bytes"] is not None)
        return all(each["merit"] <= model["merit"] for each in rivals if each["bytes"] <= model["bytes"])
