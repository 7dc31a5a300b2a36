"""The recommendation: the verdict, the evidence, why not smaller or larger, the mistakes, and how to use it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static, TabbedContent, TabPane, TextArea

from advisor.errors import one_line
from advisor.paths import export_folder
from advisor.report import sentences
from advisor.workflow.frontend import Answer
from tui.browser import hand_over, open_page, place
from tui.deferred import in_thread, when_drawn
from tui.dialogs.confirm import AskPath
from tui.dialogs.text_modal import TextModal
from tui.dialogs.try_it import TryIt
from tui.history import page_of, session_of
from tui.report_words import ResultPage, read_page
from tui.state import ANSWER, State
from tui.widgets.busy import Busy
from tui.widgets.choices import Choices
from tui.widgets.error_box import ErrorBox
from tui.widgets.examples import Cells, Examples
from tui.widgets.mistakes import Mistakes
from tui.widgets.picture import PictureView
from tui.widgets.view import SCROLLS, View

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.events import Key

    from advisor.execution.answer_rows import Filled
    from advisor.report.export.folder import Exported
    from advisor.report.model import Report


EXPORTING = "Exporting, and checking the answers of what was exported"
ANSWERING = "Filling in the table; a stops it"
# A saved report's form by its name's ending.
FORMS = {".html": "html", ".md": "md", ".json": "json", ".txt": "text"}


class Snippet(TextArea):
    """Code to read; left and right switch tabs, as everywhere here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "screen.previous_tab", show=False),
        Binding("right", "screen.next_tab", show=False),
    ]


class RecommendationView(View):
    """A run's result."""

    view = ANSWER
    TITLE_TEXT = "Recommendation"
    HELP = (
        "The smallest model that passes, what it got right, and what that proves; w says why so sure. The tabs hold "
        "why not a smaller or a larger one, the picture of all candidates with a cell for each example, the examples "
        "that fail, and code that uses the model as the probe did; their letters go to them, as do left and right."
    )

    @dataclass
    class Shown(Message):
        """A run's report is shown."""

        page: ResultPage

    def __init__(self) -> None:
        super().__init__(id=ANSWER)
        self._folder: Path | None = None
        self._page: ResultPage | None = None
        self._has_session, self._doing = False, ""
        self._stops = threading.Event()  # of filling in a table
        # The session of a run that is not open, if it still exists.
        self.session: str | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="verdict", markup=False)
        yield Static(id="card", markup=False)
        yield Busy()
        yield ErrorBox()
        with TabbedContent(id="answer-tabs"):
            with TabPane("y Why", id="why-tab"), VerticalScroll():
                yield Vertical(id="next-steps")
                yield PictureView()
                yield Static(id="why-text", markup=False)
            with TabPane("v Evidence", id="evidence-tab"), VerticalScroll():
                yield PictureView()
                yield Examples()
                yield Static(id="evidence-text", markup=False)
            with TabPane("m Mistakes", id="failing-tab"):
                yield Static(id="confused", markup=False)
                yield Static(id="failing-about", markup=False)
                yield Mistakes()
                with VerticalScroll(id="failing-full", can_focus=False):
                    yield Static(id="failing-text", markup=False)
            with TabPane("u Use it", id="use-tab"):
                yield Snippet(read_only=True, id="snippet", soft_wrap=False)

    def show(self, state: State) -> None:
        self._has_session = True
        self._open(state.now.folder)
        if self._folder is None:
            self.query_one("#verdict", Static).update("No recommendation yet: it comes when the evidence suffices.")

    def show_run(self, folder: Path) -> None:
        self._open(folder)

    def _open(self, folder: Path | None) -> None:
        if folder is None:
            self._folder = None
        elif folder != self._folder:
            self._folder, self._page = folder, None
            self.query_one(Busy).doing = "Reading the report"
            work = partial(_opened, folder, has_session=self._has_session)
            in_thread(self, "report", work, partial(self._draw, folder), self._tell_failure)

    def _draw(self, folder: Path, opened: tuple[ResultPage, str | None]) -> None:
        if folder != self._folder:
            return
        page, self.session = opened
        self._page = page
        self.query_one("#answer-tabs").display = True
        self.query_one(Busy).doing = ""
        self.query_one(ErrorBox).clear()
        self.query_one("#verdict", Static).update(Content(page.use))
        self.query_one("#card", Static).update(page.lines)
        self._offer_steps(page)
        self.query_one("#why-text", Static).update(page.why)
        for view in self.query(PictureView):
            view.shown = page.shown
        asked = dict(enumerate(page.asked))
        self.query_one(Examples).show(page.run, page.about, page.states, asked.get)
        self.query_one("#evidence-text", Static).update(page.evidence)
        about = f"What {page.failing[0].by} said (enter shows all of it)" if page.failing else ""
        above = self.query_one("#failing-about", Static)
        above.update(Content(about))
        above.display = bool(about)
        matrix = self.query_one("#confused", Static)
        matrix.update(page.confused)
        matrix.display = bool(page.confused.plain)
        self.query_one(Mistakes).show(page.failing)
        self.query_one("#failing-text", Static).update("")
        self.query_one("#failing-full").set_class(not page.failing, "-none")
        self.query_one("#snippet", TextArea).text = page.snippet or page.no_snippet
        self.query_one(TabbedContent).active = "why-tab"
        self.focus_anew()
        self.query_one("#why-tab VerticalScroll").scroll_home(animate=False)
        self.post_message(self.Shown(page))
        self.screen.refresh_bindings()

    def _offer_steps(self, page: ResultPage) -> None:
        place = self.query_one("#next-steps", Vertical)
        place.remove_children()
        if page.steps:
            place.mount(Static("What next? A new plan is shown first.", classes="heading", markup=False))
            place.mount(Choices(page.steps))

    @on(OptionList.OptionHighlighted, "Mistakes")
    def _show_in_full(self, event: OptionList.OptionHighlighted) -> None:
        """Show the example at the cursor below the list, if there is room."""
        event.stop()
        if self._page is not None and event.option_index < len(self._page.failing):
            self.query_one("#failing-text", Static).update(Content(self._page.failing[event.option_index].text))

    @on(Choices.Picked)
    def _step_picked(self, event: Choices.Picked) -> None:
        """Apply the picked step; the new plan is shown before anything runs."""
        event.stop()
        key, value = event.value
        self.post_message(self.Answered(Answer(key, value, is_taken_back=value is None)))

    def action_sure(self) -> None:
        if self._page is not None:
            self.app.push_screen(TextModal("Why so sure?", self._page.sure))

    def _tell_failure(self, error: str) -> None:
        self.query_one(Busy).doing = ""
        self.query_one("#answer-tabs").display = False
        self.complain(error, "F4 lists all runs; a damaged one can be deleted there.")

    def take_focus(self) -> None:
        """Focus the content of the front tab, so that the next key moves in it; proposed steps come first."""
        if self.query_one(TabbedContent).active == "why-tab":
            for steps in self.query("#next-steps Choices"):
                steps.focus()
                return
        for inside in self.query(f"#{self.query_one(TabbedContent).active} > *"):
            if inside.focusable:
                inside.focus()
                return

    def on_key(self, event: Key) -> None:
        """Go to the next tab; scroll the front tab's text while the tabs have the focus."""
        # A focused text would use these keys to scroll sideways, which it never needs.
        if event.key in {"left", "right"} and isinstance(self.app.focused, VerticalScroll | Choices):
            event.stop()
            self._turn(1 if event.key == "right" else -1)
            return
        if not self.query_one("#answer-tabs Tabs").has_focus or event.key not in SCROLLS:
            return
        for text in self.query(f"#{self.query_one(TabbedContent).active} VerticalScroll"):
            event.stop()
            getattr(text, SCROLLS[event.key])(animate=False)

    def offers(self, action: str) -> bool:
        if action in {"copy", "export", "fill"}:
            is_open = action == "copy" or not self._doing or (action == "fill" and self._doing == ANSWERING)
            return self._page is not None and bool(self._page.snippet) and is_open
        return self._page is not None

    def busy_with(self) -> str:
        return f"{self._doing}." if self._doing else ""

    # What the user does --------------------------------------------------------------------------------------------

    @property
    def _tabs(self) -> list[str]:
        return [str(pane.id) for pane in self.query(TabPane)]

    def _turn(self, by: int) -> None:
        tabs, active = self._tabs, self.query_one(TabbedContent).active
        self._show_tab(tabs[(tabs.index(active) + by) % len(tabs)])

    def _show_tab(self, tab: str) -> None:
        self.query_one(TabbedContent).active = tab
        when_drawn(self, self._enter_tab, tab)

    def _enter_tab(self, tab: str) -> None:
        # The toolkit returns to the tab of a focus requested earlier.
        self.query_one(TabbedContent).active = tab
        self.take_focus()

    def action_why(self) -> None:
        self._show_tab("why-tab")

    def action_evidence(self) -> None:
        self._show_tab("evidence-tab")

    def action_mistakes(self) -> None:
        self._show_tab("failing-tab")

    def action_use_it(self) -> None:
        self._show_tab("use-tab")

    def action_next_tab(self) -> None:
        self._turn(1)

    def action_previous_tab(self) -> None:
        self._turn(-1)

    def action_next_wrong(self) -> None:
        """Go to the next wrong example among the cells."""
        self.query_one(TabbedContent).active = "evidence-tab"
        cells = self.query_one(Cells)
        cells.action_wrong()
        when_drawn(self, cells.focus)

    def action_try_it(self) -> None:
        if self._page is None or self._folder is None:
            return
        about = sentences.recommended(self._page.document) or sentences.best(self._page.document)
        if about is not None:
            self.app.push_screen(TryIt(self._folder, about.number - 1))

    def action_copy(self) -> None:
        if self._page is None or not self._page.snippet:
            return
        self.app.copy_to_clipboard(self._page.snippet)
        self._say("The code is copied. If your terminal keeps it back: a saved report (s) holds it too.")
        self._show_tab("use-tab")

    def action_save(self) -> None:
        """Save the report; the file's name decides its form."""
        if self._page is None:
            return
        name = f"advisor-{self._page.run[:8]}.html"
        proposed = Path(name) if self.app.is_web else Path.cwd() / name
        detail = "The name's ending decides the form: .html, .md, .json or .txt."
        if self.app.is_web:
            detail += " Your browser downloads it."
        self.app.push_screen(AskPath("Save the report", detail, proposed, "Save", tuple(FORMS)), self._save_to)

    def _save_to(self, path: Path | None) -> None:
        if path is None or self._page is None or self._folder is None:
            return
        work = partial(_rendered, self._page.document, self._folder, path, is_written=not self.app.is_web)
        in_thread(self, "write", work, partial(self._tell_saved, path), self.complain)

    def _tell_saved(self, path: Path, text: str) -> None:
        self._say(hand_over(self.app, path.name, text) if self.app.is_web else f"Saved: {path}")

    def action_browse(self) -> None:
        if self._folder is not None:
            in_thread(self, "write", partial(page_of, self._folder), self._open_page, self.complain)

    def _open_page(self, path: Path) -> None:
        said = open_page(self.app, path)
        if not self.app.is_web:
            self._say(said)

    def action_export(self) -> None:
        if self._page is None or not self._page.snippet:
            return
        name = export_folder(str(self._page.document.task.name), self._page.run)
        proposed = _free(Path.cwd() / name)
        detail = "A new folder: a module with predict(texts), its requirements, a model card, the weights where needed."
        self.app.push_screen(AskPath("Export the model", detail, proposed, "Export"), self._export_to)

    def _export_to(self, path: Path | None) -> None:
        if path is not None and self._folder is not None:
            self._work(EXPORTING)
            in_thread(self, "export", partial(_exported, self._folder, path), self._tell_exported, self._tell_not_done)

    def _work(self, doing: str) -> None:
        """Show that an export or a table is under way, or with "" that it is over; another one has to wait."""
        self._doing = doing
        self.query_one(Busy).doing = doing
        self.query_one(ErrorBox).clear()
        self.screen.refresh_bindings()

    def action_fill(self) -> None:
        """Answer the rows of a file that have no answer, into a new table where the session began; or stop that."""
        if self._doing == ANSWERING:
            self._stops.set()
            return
        if self._page is None or self._folder is None or not self._page.snippet:
            return
        detail = f"Each row without an answer gets the model's. All go to a new table in {one_line(Path.cwd(), 200)}."
        proposed = Path(self._page.file or Path.cwd() / "table.csv")
        self.app.push_screen(
            AskPath("Fill in a table", detail, proposed, "Fill in", is_written=False), self._answer_rows
        )

    def _answer_rows(self, path: Path | None) -> None:
        if path is not None and self._folder is not None:
            self._work(ANSWERING)
            self._stops.clear()
            output = _free(Path.cwd() / f"{path.stem}-answered.csv")
            work = partial(_answered, self._folder, path, output, self._stops.is_set)
            in_thread(self, "answer", work, self._tell_answered, self._tell_not_done)

    def _tell_answered(self, done: tuple[Path, Filled]) -> None:
        self._work("")
        output, filled = done
        self._say(". ".join([f"Written: {place(self.app, output)}", *filled.sentences()]), seconds=30)

    def _tell_exported(self, done: Exported) -> None:
        self._work("")
        same = f"; {done.same} of {done.checked} recorded answers came out the same from it" if done.checked else ""
        self._say(f"Exported: {place(self.app, done.folder)}{same}")

    def _tell_not_done(self, error: str) -> None:
        self._work("")
        self.complain(error)

    def complain(self, error: str, cure: str = "") -> None:
        self.query_one(ErrorBox).show(error, cure)

    def _say(self, text: str, *, seconds: float = 6) -> None:
        self.query_one(ErrorBox).clear()
        self.notify(one_line(text, 400), markup=False, timeout=seconds)

    def on_unmount(self) -> None:
        """Stop filling in a table: nobody would see that it is written."""
        self._stops.set()


def _opened(folder: Path, *, has_session: bool) -> tuple[ResultPage, str | None]:
    """Return the page's content for a run, and the session to change if none is open."""
    session = None if has_session else session_of(folder.name)
    return read_page(folder, can_change=has_session or session is not None), session


def _rendered(document: Report, folder: Path, path: Path, *, is_written: bool) -> str:
    """Return a report in the form given by a file's name, writing it there if requested."""
    from advisor.report.file import render, write_report

    text = render(document, folder, FORMS[path.suffix.lower()])
    if is_written:
        write_report(path, text)
    return text


def _free(path: Path) -> Path:
    """Return a path, or one like it, that nothing is at."""
    others = (path.with_name(f"{path.stem}-{at}{path.suffix}") for at in count(2))
    return path if not path.exists() else next(other for other in others if not other.exists())


def _answered(folder: Path, path: Path, output: Path, stops: Callable[[], bool]) -> tuple[Path, Filled]:
    from advisor.execution.answer_rows import answer_table
    from advisor.runs.reader import open_run

    return output, answer_table(open_run(folder), path, output, tell=lambda _: None, stops=stops)


def _exported(folder: Path, path: Path) -> Exported:
    from advisor.report.export.folder import export
    from advisor.runs.reader import open_run

    return export(open_run(folder), path, tell=lambda _: None, download=True, check=True)
