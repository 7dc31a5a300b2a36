"""The shortlist: the candidates with their needs, and the models left out, with the reason. Rows go in and out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual import on
from textual.content import Content
from textual.widgets import DataTable, Static

from advisor.errors import AdvisorError, one_line
from advisor.report.notes import PERMITTED
from advisor.report.sentences import method_words
from advisor.units import format_bytes, format_count, format_seconds
from advisor.workflow.frontend import Answer
from catalog import open_catalog
from tui.card_text import STANDINGS, card_lines
from tui.deferred import in_thread, when_drawn
from tui.dialogs.text_modal import TextModal
from tui.state import INTERVIEW, PLAN, SHORTLIST, State
from tui.widgets.columns import short
from tui.widgets.view import View
from tui.words import in_session

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from advisor.candidates.build import Shortlist
    from advisor.candidates.candidate import Candidate
    from advisor.decide.plan import Plan
    from advisor.workflow.frontend import Shortlisted

HEADER = ("", "#", "model", "to serve", "download", "params", "s/example", "licence", "method", "why")
NARROW, MODEL_NARROW, MODEL, LONGEST = 140, 34, 60, 90
LAST = float("inf")


@dataclass(frozen=True, slots=True)
class Line:
    """A row: a candidate, or a model that is none."""

    key: str
    model: str
    reason: str
    candidate: Candidate | None = None
    # Its index in the plan; 0 for one that the user left out earlier.
    number: int = 0

    def cells(self, *, is_in: bool, width: int = MODEL) -> tuple[str, ...]:
        """Return the cells of each column, with a maximum width of a model's name."""
        of = self.candidate
        if of is None:
            return ("·", "", one_line(self.model, width), "", "", "", "", "", "", one_line(self.reason, 200))
        return (
            "✓" if is_in else "✗",
            str(self.number or ""),
            short(of.shown(LONGEST), width),
            format_bytes(of.serving_bytes),
            format_bytes(of.download_bytes) if of.download_bytes else "none",
            "none" if of.is_baseline else format_count(of.parameters),
            format_seconds(of.seconds_per_example),
            one_line(of.license or "?", 24),
            method_words(of.runtime, of.method),
            "you left it out" if not is_in else PLACES.get(of.place, one_line(of.place, 30)),
        )

    def order(self, column: int) -> tuple[Any, ...]:
        """Return the sort key for a column; unknown values and non-candidates come last."""
        of = self.candidate
        if of is None:
            return (1, self.model.casefold())
        known: dict[int, Any] = {
            2: of.name.casefold(),
            3: LAST if of.serving_bytes is None else of.serving_bytes,
            4: of.download_bytes,
            5: LAST if of.parameters is None else of.parameters,
            6: LAST if of.seconds_per_example is None else of.seconds_per_example,
            7: of.license or "~",
            8: f"{of.runtime} {of.method}",
            9: of.place,
        }
        place = self.number or LAST
        return (0, known.get(column, place), place)


def lines_of(candidates: Sequence[Candidate], shortlist: Shortlist, before: Iterable[Candidate] = ()) -> list[Line]:
    """Return the rows: candidates smallest first, those only in the earlier plan, and models left out."""
    found = [Line(each.key, each.name, "", each, number) for number, each in enumerate(candidates, start=1)]
    there = {line.key for line in found}
    found += [Line(each.key, each.name, "", each) for each in before if each.key not in there]
    known = {line.candidate.model for line in found if line.candidate is not None}
    found += [Line(f"left {at}", left.model, f"left out: {left.reason}") for at, left in enumerate(shortlist.left_out)]
    for at, other in enumerate(each for each in shortlist.suggestions if each.model not in known):
        size = format_bytes(other.download_bytes)
        why = f"; {'; '.join(other.why)}" if other.method else ""
        found.append(Line(f"found {at}", other.model, f"in the catalog, not here: {size} to download{why}"))
    return found


class ShortlistView(View):
    """The candidates."""

    view = SHORTLIST
    TITLE_TEXT = "Shortlist"
    HELP = (
        "The candidates, smallest first: least memory to serve, then parameters, then latency. Sizes and times are "
        "predicted. Below them is what was left out, with the reason. What you take out stays here, to be taken in."
    )

    def __init__(self) -> None:
        super().__init__(id=SHORTLIST)
        self._plan: Plan | None = None
        # What would be tried without examples, if it is shown.
        self._untested: Shortlisted | None = None
        self._lines: list[Line] = []
        self._out: set[str] = set()
        # Candidates that the user left out of the plan, and the plan's candidates before that.
        self._lacking: frozenset[str] = frozenset()
        self._before: tuple[Candidate, ...] = ()
        self._drawn_room = MODEL
        self._column = 1

    def compose(self) -> ComposeResult:
        yield Static(id="shortlist-about", markup=False)
        yield DataTable(cursor_type="row", id="shortlist-table")
        yield Static(id="shortlist-row", markup=False)

    def show(self, state: State) -> None:
        if state.untested is None and state.now.plan is not None and state.now.plan is not self._plan:
            self._plan = state.now.plan
            if not self._plan.task.models:  # then it is not from a selection made here
                self._before = ()
            self._untested = None
            self._lines = lines_of(self._plan.candidates, self._plan.shortlist, self._before)
            self._lacking = frozenset(
                line.key for line in self._lines if line.candidate is not None and not line.number
            )
            self._out = set(self._lacking)
            self._draw()
        elif state.untested is not None and state.untested is not self._untested:
            self._plan, self._untested, self._lacking, self._out = None, state.untested, frozenset(), set()
            found = state.untested.shortlist
            self._lines = lines_of(found.candidates, found)
            self._draw()
        else:
            self._draw_about()

    def offers(self, action: str) -> bool:
        """Candidates go in and out of a plan only."""
        return action != "include" or self._plan is not None

    def label(self, action: str) -> str | None:
        return "Give examples" if action == "use" and self._untested is not None else None

    def on_resize(self) -> None:
        """Adapt the names to the room."""
        if self._lines and self._room != self._drawn_room:
            when_drawn(self, self._draw)

    @property
    def _room(self) -> int:
        return MODEL if self.size.width >= NARROW else MODEL_NARROW

    def _draw(self) -> None:
        self._drawn_room = self._room
        table = self.query_one(DataTable)
        at = self._at
        table.clear(columns=True)
        for number, title in enumerate(HEADER):
            mark = " ▾" if number == self._column and title else ""
            table.add_column(Text(title + mark), key=str(number))
        for line in sorted(self._lines, key=lambda line: line.order(self._column)):
            is_in = line.key not in self._out
            style = "" if line.candidate is not None and is_in else "dim"
            cells = line.cells(is_in=is_in, width=self._drawn_room)
            table.add_row(*(Text(cell, style=style, no_wrap=True) for cell in cells), key=line.key)
        if at is not None and any(line.key == at for line in self._lines):
            table.move_cursor(row=table.get_row_index(at))
        self._draw_about()

    def _draw_about(self) -> None:
        about = self._counted() if self._lines else "No shortlist yet: it follows from your answers."
        self.query_one("#shortlist-about", Static).update(Content(about))

    def _counted(self) -> str:
        """Return how many are in, and how many are out for each kind of reason."""
        count = sum(line.candidate is not None and line.key not in self._out for line in self._lines)
        unusable = sum(line.candidate is None and line.key.startswith("left ") for line in self._lines)
        found = sum(line.candidate is None and line.key.startswith("found ") for line in self._lines)
        order = ", smallest first" if count > 1 and self._column == 1 else ""
        text = f"{count or 'No'} candidate{'' if count == 1 else 's'}{order}."
        if self._untested is not None:
            kind = self._untested.family.replace("-", " ")
            text = f"Not tested, as there are no examples. For {kind} these would be tried{order}."
            text += f" {in_session(self._untested.note)}" if self._untested.note else ""
        others = [f"{unusable} cannot be used"] if unusable else []
        others += [f"{len(self._out)} you left out"] if self._out else []
        others += [f"{found} more in the catalog"] if found else []
        if others:
            text += f" {', '.join(others)}; the line below says why, when the cursor is on one."
        if self._out != self._lacking:
            text += "  Changed: ctrl+s makes a new plan of these."
        return text

    @property
    def _at(self) -> str | None:
        table = self.query_one(DataTable)
        if not table.row_count or not table.is_valid_row_index(table.cursor_row):
            return None
        return table.ordered_rows[table.cursor_row].key.value

    def _line_of(self, key: str | None) -> Line | None:
        return next((line for line in self._lines if line.key == key), None)

    def take_focus(self) -> None:
        self.query_one(DataTable).focus()

    # What the user does --------------------------------------------------------------------------------------------

    @on(DataTable.HeaderSelected)
    def _sort(self, event: DataTable.HeaderSelected) -> None:
        event.stop()
        self._column = event.column_index or 1
        self._draw()

    @on(DataTable.RowHighlighted)
    def _tell_row(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        line = self._line_of(event.row_key.value)
        if line is not None:
            text = " · ".join(cell for cell in line.cells(is_in=line.key not in self._out)[2:] if cell)
            if line.candidate is not None and line.candidate.why:
                text += f" · {one_line('; '.join(line.candidate.why), 300)}"
            self.query_one("#shortlist-row", Static).update(Content(text))

    @on(DataTable.RowSelected)
    def _open(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self.action_card()

    def action_order(self) -> None:
        self._column = self._column % (len(HEADER) - 1) + 1
        self._draw()

    def action_include(self) -> None:
        line = self._line_of(self._at)
        if line is None or line.candidate is None:
            self.notify("Only candidates go in and out; this one is left out for its reason.", markup=False, timeout=3)
            return
        self._out ^= {line.key}
        self._draw()

    def action_use(self) -> None:
        if self._untested is not None:
            self.post_message(self.Left(INTERVIEW))
            return
        kept = [line.model for line in self._lines if line.candidate is not None and line.key not in self._out]
        if self._out == self._lacking:
            self.post_message(self.Left(PLAN))
        elif not kept:
            self.notify("Leave at least one in.", severity="warning", markup=False, timeout=3)
        else:
            self._before = tuple(line.candidate for line in self._lines if line.candidate is not None)
            self.post_message(self.Answered(Answer("models", list(dict.fromkeys(kept)))))

    def action_card(self) -> None:
        line = self._line_of(self._at)
        if line is None:
            return
        model = line.model if line.candidate is None else line.candidate.model
        work = partial(card_text, model, line.reason, line.candidate)
        failed = partial(self.notify, severity="error", markup=False)
        in_thread(self, "card", work, partial(self._show_card, one_line(line.model, 80)), failed)

    def _show_card(self, title: str, text: str) -> None:
        self.app.push_screen(TextModal(title, text))


# Rows of the catalog that a candidate's own facts replace: those are of the local files, which may differ.
ALREADY_SHOWN = frozenset({"Parameters", "Weights", "Licence", "Languages", "Revision"})
PLACES = {
    "cache": "in the Hub cache",
    "folder": "in your models folder",
    "hub": "to be downloaded",
    "server": "on a server",
    "provider": "at a provider",
}


def card_text(model: str, reason: str, of: Candidate | None) -> str:
    """Return what is known of a model: as a candidate, and in the catalog. Slow: it opens the catalog."""
    parts: list[str] = []
    if reason:
        parts += [one_line(reason, 600), ""]
    if of is not None:
        facts = {
            "method": method_words(of.runtime, of.method),
            "where": PLACES.get(of.place, of.place),
            "folder": of.folder,
            "revision": of.revision,
            "weights": f"{format_bytes(of.weights_bytes)}, {of.precision or '?'}: {', '.join(of.files)}",
            "parameters": f"{format_count(of.parameters)} ({STANDINGS.get(of.parameters_standing or '', 'unknown')})",
            "memory to serve": f"{format_bytes(of.serving_bytes)} (predicted)",
            "memory to probe": f"{format_bytes(of.peak_bytes)} (predicted)",
            "time": f"{format_seconds(of.seconds_per_example)} an example (predicted)",
            "licence": of.license or "unknown",
            "languages": ", ".join(of.languages) or "unknown",
            "derived from": of.derived_from,
            "examples go to": of.sent_to,
            "allowed by you": ", ".join(PERMITTED.get(each, each) for each in of.allows),
        }
        parts += ["As a candidate", *_table(facts), ""]
    parts += ["In the catalog", *_catalog_lines(model, of)]
    return "\n".join(parts)


def _catalog_lines(model: str, of: Candidate | None) -> list[str]:
    """Return further facts of the catalog about the model, or the one from which a local model derives."""
    name = (of.derived_from if of is not None else None) or model
    try:
        with open_catalog() as catalog:
            card = catalog.get(name)
    except (AdvisorError, OSError) as error:
        return [f"  cannot be read: {one_line(error, 200)}"]
    if card is None:
        return [f"  {one_line(name, 80)} is not in it."]
    return [f"  {line}".rstrip() for line in card_lines(card, ALREADY_SHOWN if of is not None else ())]


def _table(facts: dict[str, Any]) -> list[str]:
    shown = {name: value for name, value in facts.items() if value not in (None, "", (), {}, [])}
    width = max(map(len, shown), default=0)
    return [f"  {name:<{width}}  {one_line(_plain(value), 600)}" for name, value in shown.items()]


def _plain(value: object) -> str:
    if isinstance(value, tuple | list | frozenset | set):
        return ", ".join(str(each) for each in value)
    return str(value)
