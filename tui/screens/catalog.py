"""The catalog: search as you type, filters, model cards, refresh."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from advisor.errors import InputError, one_line
from tui import background_job, facts, fits, search_words
from tui.browser import open_address
from tui.deferred import in_thread
from tui.dialogs.confirm import confirm
from tui.dialogs.pick import Pick
from tui.dialogs.text_modal import TextModal, room
from tui.finder import Finder, Found, Query
from tui.fits import Place
from tui.screens.page import Page
from tui.widgets.columns import side_by_side
from tui.widgets.error_box import ErrorBox
from tui.widgets.filter_bar import FilterBar
from tui.widgets.job_line import JobLine
from tui.widgets.model_table import BY_SCORE, FIELDS, ModelTable


class CatalogScreen(Page, page="catalog"):
    """Models of the Hub in this machine's catalog."""

    TITLE_TEXT = "Catalog"
    # The card next to the table takes more room than other pages' panes.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (116, "-wide"), (150, "-vast")]  # noqa: RUF012  declared so
    AUTO_FOCUS: ClassVar[str | None] = "#search"
    HELP = """\
Write what a model should do, or a model's name; the list follows. Limits in your words count ("at most 2 GB, Apache
licence, German"). Enter shows a model's card, a click on a title sorts. Speed is predicted: the time for 50 words, or
tokens a second. Score is a published figure that several of these models share; no smaller one beats a green one.

A refresh asks the Hub in the background and may be stopped; `advisor catalog refresh --rollback` undoes it."""

    def __init__(self) -> None:
        super().__init__()
        self._to_tell: list[str] = []
        self._here: Place | None = None
        # Where models would run: here, or on a hypothetical machine.
        self._place: Place | None = None
        self._installed: frozenset[str] = frozenset()
        # The first of two models to compare.
        self._marked: dict[str, Any] | None = None
        self._query = Query()
        self._is_searching = False
        self._is_stale = False
        self._is_entered = False
        self._is_drawing = False
        self._to_draw: Found | None = None

    def compose_content(self) -> ComposeResult:
        yield Input(placeholder="what should it do, or a model's name", id="search", compact=True)
        yield Static("", id="understood", markup=False)
        yield FilterBar()
        yield ErrorBox()
        yield Static("", id="note", markup=False)
        with Horizontal(id="results"):
            yield ModelTable()
            with VerticalScroll(id="card", can_focus=False):
                yield Static("", id="card-text", markup=False)
        yield JobLine()
        yield Static("Opening the catalog…", id="status", markup=False)

    def on_mount(self) -> None:
        self.call_after_refresh(self._search)
        self.call_after_refresh(self.look_up_age)
        self.call_after_refresh(self._look_here)

    def arrive(self) -> None:
        """Let the next input search, unless the user was in the list."""
        if not self.query_one(ModelTable).has_focus:
            self.query_one("#search").focus()
        if self._here is not None:
            in_thread(self, "here", fits.installed, self._take_installed)

    # Where models are to run -----------------------------------------------------------------------------------------

    def _look_here(self) -> None:
        """Determine this machine's resources; errors of the catalog are shown by the search."""
        in_thread(self, "here", partial(_here, self.advisor.finder), self._take_here, is_exclusive=False)

    def _take_here(self, found: tuple[Place, frozenset[str]]) -> None:
        self._here, self._installed = found
        self._think_of(self._place or self._here)

    def _take_installed(self, installed: frozenset[str]) -> None:
        if self._here is not None and installed != self._installed:
            self._take_here((self._here, installed))

    def _judge(self, model: dict[str, Any]) -> fits.Fit:
        return fits.NOT_KNOWN if self._place is None else fits.fit(model, self._place, self._installed)

    def _think_of(self, place: Place) -> None:
        """Show what fits, on this machine or another."""
        self._place = place
        self.query_one(ModelTable).judge(self._judge)
        self._status(self._said)

    def action_machine(self) -> None:
        def picked(value: str | None) -> None:
            if value is None:
                return
            if value == fits.THIS and self._here is None:
                self.notify("What this machine has is not known yet; pick it again in a moment.", timeout=4)
                return
            try:
                here = self._here if value == fits.THIS else None
                self._think_of(here or fits.other(value, self._here))
            except ValueError as error:
                self.notify(str(error), severity="warning", markup=False, timeout=4)

        title = "On which machine shall it run?"
        listed = [(fits.THIS, fits.THIS), *fits.choices()]
        self.app.push_screen(Pick(title, listed, open_to="or any memory, e.g. 6 GB", has_any=False), picked)

    # Searching -----------------------------------------------------------------------------------------------------

    @on(Input.Changed, "#search")
    def _typed(self, event: Input.Changed) -> None:
        self._ask(replace(self._query, text=event.value.strip()))

    @on(Input.Submitted, "#search")
    def _entered(self) -> None:
        """Go to the list, once it answers the current text."""
        self._is_entered = True
        self._enter()

    def _enter(self) -> None:
        if self._is_entered and not self._is_searching and self._to_draw is None:
            self._is_entered = False
            self.query_one(ModelTable).focus()

    @on(FilterBar.Changed)
    def _filtered(self, message: FilterBar.Changed) -> None:
        self._ask(replace(self._query, **{message.name: message.value}))
        self.query_one(FilterBar).show(self._query.filters)

    def _ask(self, query: Query) -> None:
        """Search for this; earlier queries are dropped."""
        if query != self._query:
            self._query = query
            self._search()

    def catalog_changed(self) -> None:
        self._is_stale = True
        self._search()

    def _search(self) -> None:
        """Search for the current query; if a search is running, its end starts the next."""
        if self._is_searching:
            return
        self._is_searching = True
        self.query_one("#status", Static).update("Searching…" if self._said else "Opening the catalog…")
        work = partial(_found, self.advisor.finder, self._query, is_stale=self._is_stale)
        self._is_stale = False
        in_thread(self, "search", work, self._take, is_exclusive=False)

    def _is_outdated(self, query: Query) -> bool:
        """Finish a search; return whether the query changed meanwhile, and start that search."""
        self._is_searching = False
        if is_outdated := self._is_stale or query != self._query:
            self._search()
        return is_outdated

    def _take(self, found: Found | Unfound) -> None:
        if self._is_outdated(found.query):
            return
        if isinstance(found, Unfound):
            self._to_draw = None
            cure = "Pick another value." if found.is_input else "`advisor catalog verify` says more; F5 refreshes it."
            self.query_one(ErrorBox).show(found.error, cure)
            self._status("")
            return
        self._to_draw = found
        self._draw()

    def _draw(self) -> None:
        """Draw the last answer, unless one is being drawn: keys get at least a third of the time."""
        if self._is_drawing or (found := self._to_draw) is None:
            return
        self._is_drawing, self._to_draw = True, None
        self.call_after_refresh(self._rest, time.monotonic())
        self._show(found)

    def _rest(self, began: float) -> None:
        seconds = (time.monotonic() - began) / 2
        self.set_timer(min(max(seconds, 0.001), MOST_REST_SECONDS), self._rested)

    def _rested(self) -> None:
        self._is_drawing = False
        self._draw()

    def _show(self, found: Found) -> None:
        self.query_one(ErrorBox).clear()
        document = found.document
        self.query_one("#understood", Static).update(search_words.understood(document))
        note = search_words.nothing(document)
        self.query_one("#note", Static).update(note)
        self.query_one("#note").set_class(bool(note), "-shown")
        self.query_one(ModelTable).show(document, self._judge)
        if not document["models"]:
            self.query_one("#card-text", Static).update("")
        self._status(f"{search_words.how_many(len(document['models']))}, {found.seconds * 1000:.0f} ms")
        self._enter()

    def _status(self, text: str) -> None:
        self._said = text
        order = self.query_one(ModelTable).order
        by = "best first" if order == BY_SCORE else f"by {next(f.title for f in FIELDS if f.key == order).lower()}"
        where = f"; Here: on {self._place.name}" if self._place is not None and not self._place.is_here else ""
        named = self.query_one(ModelTable).benchmark
        score = "" if named is None else f"; Score: {one_line(named, 48)}"
        # The card has the whole name if there is room for one.
        model = None if self.query_one("#card").display else self.query_one(ModelTable).model
        whole = "" if model is None else f"{one_line(model, 60)}  ·  "
        self.query_one("#status", Static).update(f"{whole}{text}, {by}{where}{score}" if text else "")

    @on(ModelTable.Sorted)
    def _sorted(self) -> None:
        self._status(self._said)

    # One model -----------------------------------------------------------------------------------------------------

    @on(ModelTable.Highlighted)
    def _highlighted(self, message: ModelTable.Highlighted) -> None:
        if self.query_one("#card").display:
            self._read_card(message.chosen, is_opened=False)
        else:
            self._status(self._said)

    @on(ModelTable.Opened)
    def _opened(self, message: ModelTable.Opened) -> None:
        self._read_card(message.chosen, is_opened=True)

    def _read_card(self, of: dict[str, Any], *, is_opened: bool) -> None:
        show = partial(self._show_card, of["id"], is_opened=is_opened)
        in_thread(self, "card", partial(self._card_of, of), show, lambda error: show([f"{UNREAD}: {error}"]))

    def _card_of(self, model: dict[str, Any]) -> list[str]:
        """Return a model's card in lines, preceded by how it fits the chosen machine, if known."""
        lines, place = self.advisor.finder.card(str(model["id"])) or [], self._place
        if lines and place is not None and "bytes" in model:
            lines[1:1] = ["", *fits.lines(model, place, self._installed)[:-1]]
        return lines

    def action_pair(self) -> None:
        """Mark a model; if another is marked, show both cards side by side."""
        chosen, marked = self.query_one(ModelTable).chosen, self._marked
        if chosen is None:
            return
        if marked is None or marked["id"] == chosen["id"]:
            self._marked = chosen
            message = f"{one_line(chosen['id'], 60)} is marked; c on another one shows both side by side."
            self.notify(message, markup=False, timeout=5)
            return
        self._marked = None
        work = partial(self._pair_of, marked, chosen, room(self.size.width))
        in_thread(self, "pair", work, self._show_pair, lambda error: self._show_pair([f"{UNREAD}: {error}"]))

    def _pair_of(self, first: dict[str, Any], second: dict[str, Any], width: int) -> list[str]:
        return side_by_side(self._card_of(first), self._card_of(second), width)

    def _show_pair(self, lines: list[str]) -> None:
        if self.is_active:
            self.app.push_screen(TextModal("Two models side by side", "\n".join(lines)))

    def _show_card(self, model: str, lines: list[str], *, is_opened: bool) -> None:
        text = "\n".join(lines or ["The catalog does not have this model any more; search again."])
        if is_opened and self.is_active:  # the user may have left the page meanwhile
            self.app.push_screen(TextModal("Model card", text))
        elif not is_opened and model == self.query_one(ModelTable).model:
            self.query_one("#card-text", Static).update(Content("\n").join(map(_styled, text.split("\n"))))
            self.query_one("#card").scroll_home(animate=False)

    @on(events.Resize)
    def _resized(self) -> None:
        if (chosen := self.query_one(ModelTable).chosen) is not None and self.query_one("#card").display:
            self._read_card(chosen, is_opened=False)

    def on_key(self, event: events.Key) -> None:
        if event.key == "down" and self.focused is not None and self.focused.id == "search":
            event.stop()
            self.query_one(ModelTable).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer actions that apply: going to the search line from elsewhere, a model's actions if there is a model."""
        if action == "search":
            return not (self.is_mounted and self.query_one("#search").has_focus)
        if action in {"copy_id", "open_hub", "pair"}:
            return self.is_mounted and self.query_one(ModelTable).model is not None
        return super().check_action(action, parameters)

    def action_search(self) -> None:
        self.query_one("#search").focus()

    def action_filter(self) -> None:
        self.query_one("#filter-family").focus()

    def action_clear(self) -> None:
        self.query_one("#search", Input).value = ""
        self._ask(Query())
        self.query_one(FilterBar).show({})
        self.query_one("#search").focus()

    def action_sort(self) -> None:
        self.query_one(ModelTable).next_order()

    def action_copy_id(self) -> None:
        if (model := self.query_one(ModelTable).model) is not None:
            self.app.copy_to_clipboard(model)
            self.notify(f"Copied: {one_line(model, 100)}", markup=False, timeout=2)

    def action_open_hub(self) -> None:
        if (model := self.query_one(ModelTable).model) is not None:
            self.notify(one_line(open_address(self.app, HUB + model), 300), markup=False, timeout=8)

    _said: Any = ""

    # The catalog's age, and a refresh -----------------------------------------------------------------------------

    def look_up_age(self) -> None:
        """Look up the catalog's age; its errors are shown by the search."""
        in_thread(self, "age", partial(facts.age, self.advisor.finder), lambda age: self.title_note(age.words))

    def action_refresh(self) -> None:
        """Ask, then refresh; during a refresh, ask whether to stop it."""
        if self.query_one(JobLine).doing:
            question, detail = "Stop it?", "The catalog you have stays in use; what a refresh has fetched is kept."
            confirm(self.app, question, detail, yes="Stop it", no="Let it run", then=self.query_one(JobLine).stop)
            return
        question = "Refresh the catalog from the Hub?"
        detail = (
            "It asks the Hub for the most used models of each family, which takes some minutes. You can go on "
            "working, and stop it at any time; the catalog you have stays in use until the new one is complete."
        )
        confirm(self.app, question, detail, yes="Refresh", no="Not now", then=self._begin)

    def _begin(self) -> None:
        self.query_one(ErrorBox).clear()
        self.query_one(JobLine).begin(background_job.refresh(), "Asking the Hub…")

    @on(JobLine.Ended)
    def _ended(self, message: JobLine.Ended) -> None:
        over = message.over
        if over.is_failed:
            cure = "The present catalog stays in use. F5 refreshes it; what a refresh has fetched is kept."
            self.query_one(ErrorBox).show(" ".join(over.lines), cure)
            return
        if len(over.lines) > 1:
            self._to_tell = list(over.lines)
            self._tell()
        if not over.is_stopped:
            self.advisor.catalog_changed()
            self.look_up_age()

    @on(events.ScreenResume)
    def _tell(self) -> None:
        """Show a refresh's result once this page is in front, so that the dialog takes no other page's keys."""
        if self._to_tell and self.is_active:
            lines, self._to_tell = self._to_tell, []
            self.app.push_screen(TextModal("The catalog was refreshed", "\n\n".join(lines)))

    def busy_with(self) -> str:
        is_busy = self.is_mounted and self.query_one(JobLine).doing
        return "The catalog is being refreshed." if is_busy else ""

    def close_down(self) -> None:
        if self.is_mounted:
            self.query_one(JobLine).stop(wait=True)


# The pause after drawing; longer only if the program was blocked meanwhile.
MOST_REST_SECONDS = 0.2
UNREAD = "The card cannot be read"
HUB = "https://huggingface.co/"
HEADING = re.compile(r"On .*|Files|Published figures|Where this is from|\S+/\S+")
ROW = re.compile(r"(?P<name>\S+( \S+)? {2,})(?P<value>.*)")


class Unfound(NamedTuple):
    """A search that failed, perhaps because of its query."""

    query: Query
    error: str
    is_input: bool


def _here(finder: Finder) -> tuple[Place, frozenset[str]]:
    return fits.here(finder.speed()), fits.installed()


def _found(finder: Finder, query: Query, *, is_stale: bool) -> Found | Unfound:
    """Return the answer to a query, from the current catalog if it has been replaced."""
    try:
        if is_stale:
            finder.reopen()
        return finder.search(query)
    except Exception as error:  # noqa: BLE001  whatever it is, the page shows it and goes on
        return Unfound(query, one_line(error, 500), isinstance(error, InputError))


def _styled(line: str) -> Content:
    """Return a styled line of a card: headings stand out, a row's name is muted."""
    if HEADING.fullmatch(line):
        return Content.styled(line, "bold $primary")
    row = ROW.fullmatch(line)
    return Content(line) if row is None else Content.assemble((row["name"], "$quiet"), row["value"])
