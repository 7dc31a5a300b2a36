"""The registry of user actions, read by keys, footer, command palette and help.

An action belongs to a page (a screen's `page`), or to the app ("app"), and is the method `action_<id>` there.
Plain letters and the ctrl pairs of text fields (a, c, d, e, f, k, u, v, w, x) are never keys of the app.
"""

from dataclasses import dataclass

from textual.binding import Binding

APP = "app"
# Pages that one screen shows in turn, and that share its own actions.
VIEWS: dict[str, tuple[str, ...]] = {
    "session": ("interview", "shortlist", "plan", "probing", "recommendation"),
    "answer": ("recommendation",),
}
_NAMES = {
    "question_mark": "?",
    "escape": "esc",
    "slash": "/",
    "delete": "del",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}


CHANGE = "Another bar, other examples, more models: a new plan is shown first; a run stays in the history."


@dataclass(frozen=True, slots=True)
class Act:
    """One user action."""

    id: str  # Names the method `action_<id>` of its page or of the app.
    page: str  # The page it belongs to, or "app" for everywhere.
    keys: tuple[str, ...]  # The first is shown; the others are aliases.
    label: str  # In the footer; short.
    title: str  # In the command palette.
    help: str  # One line for the help page.
    is_in_footer: bool = True  # Whether it is in the footer, which has 80 columns.
    is_priority: bool = False  # Whether it overrides the focused widget's use of the key.

    def bindings(self) -> list[Binding]:
        scope = "app" if self.page == APP else "screen"
        return [
            Binding(
                key,
                f"{scope}.{self.id}",
                self.label,
                show=self.is_in_footer and at == 0,
                priority=self.is_priority,
                tooltip=self.help,
                id=f"{self.page}.{self.id}.{at}",
            )
            for at, key in enumerate(self.keys)
        ]


ACTIONS: tuple[Act, ...] = (
    Act("help", APP, ("f1", "question_mark"), "Help", "Help", "What this page does, and every key."),
    Act("home", APP, ("f2", "ctrl+n"), "Home", "Home: a new task", "A new task; earlier ones.", is_in_footer=False),
    Act("catalog", APP, ("f3", "ctrl+g"), "Catalog", "Catalog: models", "Search models, refresh.", is_in_footer=False),
    Act("runs", APP, ("f4", "ctrl+r"), "Runs", "Runs: history", "Open, resume, compare runs.", is_in_footer=False),
    Act(
        "session", APP, ("f6", "ctrl+t"), "Session", "Session: what is open", "To what is open.",
        is_in_footer=False, is_priority=True,
    ),
    Act("back", APP, ("escape",), "Back", "Back", "Back to where you were.", is_in_footer=False),
    Act("command_palette", APP, ("ctrl+p",), "Palette", "Command palette", "Find anything by its name."),
    Act("theme", APP, ("f9",), "Theme", "Change the theme", "The session shows each.", is_in_footer=False),
    Act("leave", APP, ("ctrl+q",), "Quit", "Quit", "Close the session; what runs is kept.", is_priority=True),
    Act("start", "home", ("ctrl+s",), "Begin", "Begin with this task", "Begin with what you wrote."),
    Act(
        "starter", "home", ("f5",), "Fetch models", "Fetch the starter models",
        "Four small ones, as Python packages; while they come, stop that.",
    ),
    Act(
        "forget", "home", ("delete",), "Delete", "Delete an unfinished task",
        "The one at the cursor of the list; asks first, and keeps what was measured.", is_in_footer=False,
    ),
    Act("search", "catalog", ("ctrl+l", "slash"), "Search", "Search models", "Go to the search line."),
    Act("filter", "catalog", ("f7",), "Filter", "Filter models", "Go to the filters; enter opens one."),
    Act("sort", "catalog", ("f8",), "Sort", "Sort models by the next column", "Best first, size, use, name, licence."),
    Act("machine", "catalog", ("ctrl+o",), "Machine", "Another machine", "What fits one with other memory, or a card."),
    Act("refresh", "catalog", ("f5",), "Refresh", "Refresh the catalog", "Bring it up to date, or stop that."),
    Act("clear", "catalog", ("ctrl+z",), "Clear", "Clear the search", "No words, no filters.", is_in_footer=False),
    Act("copy_id", "catalog", ("y",), "Copy id", "Copy the model's id", "Copy its name.", is_in_footer=False),
    Act("pair", "catalog", ("c",), "Compare", "Two models side by side", "Mark one, then another.", is_in_footer=False),
    Act("open_hub", "catalog", ("o",), "Hub page", "Open the model's page", "Its page on the Hub.", is_in_footer=False),
    Act("open", "runs", ("r",), "Open", "Open the run", "What came out of it; enter does too."),
    Act("page", "runs", ("o",), "Browser", "Open the report in the browser", "The whole report, with charts."),
    Act("resume", "runs", ("g",), "Go on", "Go on with the run", "Go on where it was cut short."),
    Act("mark", "runs", ("space",), "Mark", "Mark for a comparison", "Mark a run for a comparison, or unmark it."),
    Act("compare", "runs", ("c",), "Compare", "Compare two runs", "The marked two, or the marked one and this."),
    Act("delete", "runs", ("delete",), "Delete", "Delete the run", "Delete it with its outcomes; asks first."),
    Act("answer", "interview", ("ctrl+s",), "Answer", "Give this answer", "Submit the field."),
    Act("unknown", "interview", ("ctrl+o",), "Don't know", "I don't know", "Say that you don't know."),
    Act("known", "interview", ("ctrl+l",), "Understood", "What is understood", "Show what is understood; correct it."),
    Act("reading", "interview", ("ctrl+y",), "File", "How the file is read", "Its first rows; letters change it."),
    Act("back", "interview", ("escape",), "Back", "Back to the question before", "Change the answer before."),
    Act("include", "shortlist", ("space",), "In/out", "Take a candidate out or in", "Take the candidate out, or in."),
    Act("card", "shortlist", ("i",), "Card", "The model's card", "All that is known of the model; enter does too."),
    Act("order", "shortlist", ("o",), "Sort", "Sort by the next column", "Sort by the next column; a click does too."),
    Act("use", "shortlist", ("ctrl+s",), "Use these", "Plan with these candidates", "Make a plan of those in."),
    Act("begin", "plan", ("ctrl+s",), "Start", "Start the run", "Agree to the plan, and start."),
    Act("odds", "plan", ("w",), "Odds", "What are the odds?", "The chances in numbers, and what raises them; or less."),
    Act("decline", "plan", ("escape",), "Not yet", "Change something first", "Go back to what is understood."),
    Act("pause", "probing", ("space",), "Pause", "Pause, or go on", "Start nothing new, until the same key again."),
    Act("next_wrong", "probing", ("x",), "Next wrong", "The next wrong example", "Enter opens it.", is_in_footer=False),
    Act("skip", "probing", ("s",), "Skip", "Skip this candidate", "Skip the candidate at the cursor for now."),
    Act("stop", "probing", ("escape",), "Stop", "Stop the run", "End it; what was measured is kept."),
    Act("change", "answer", ("ctrl+l",), "Change", "Change something and try again", CHANGE),
    Act("sure", "recommendation", ("w",), "Why so sure", "Why so sure?", "What is proven, how.", is_in_footer=False),
    Act(
        "try_it", "recommendation", ("t",), "Try it", "Try the model",
        "Type an input; see what it, a smaller and a larger one say, and how long they take.",
    ),
    Act(
        "fill", "recommendation", ("a",), "Fill table", "Fill in the rest of a table",
        "Each row without an answer gets the model's, in a new table.",
    ),
    Act(
        "copy", "recommendation", ("c",), "Copy code", "Copy the code", "Copy the code to the clipboard.",
        is_in_footer=False,
    ),
    Act("save", "recommendation", ("s",), "Save", "Save the report", "Save it as HTML, Markdown, JSON or text."),
    Act("browse", "recommendation", ("b",), "Browser", "Open the report in the browser", "Show the whole report."),
    Act("export", "recommendation", ("e",), "Export", "Export the model", "Write the model into a folder."),
    Act(
        "next_wrong", "recommendation", ("x",), "Next wrong", "The next wrong example", "Enter opens it.",
        is_in_footer=False,
    ),
    Act("why", "recommendation", ("y",), "Why", "Why this one", "Why none smaller or larger.", is_in_footer=False),
    Act(
        "evidence", "recommendation", ("v",), "Evidence", "The evidence", "All candidates, and each example.",
        is_in_footer=False,
    ),
    Act("mistakes", "recommendation", ("m",), "Mistakes", "The mistakes", "What came out wrong.", is_in_footer=False),
    Act("use_it", "recommendation", ("u",), "Use it", "Use the model", "Code that runs it.", is_in_footer=False),
    Act("next_tab", "recommendation", ("right",), "Next tab", "The next tab", "Show it.", is_in_footer=False),
    Act("previous_tab", "recommendation", ("left",), "Tab before", "The tab before", "Show it.", is_in_footer=False),
    Act("resume", "answer", ("g",), "Go on", "Go on with the run", "Go on where it was cut short."),
    Act("back", "answer", ("escape",), "Back", "Back", "Back to where you came from."),
    Act("change", "session", ("ctrl+l",), "Change", "Change what is understood", CHANGE),
    Act("go_on", "session", ("f5",), "Go on", "Go on where it was", "After a stop or an error: take it up again."),
    # Text fields use F6 and F7 themselves, which is not wanted here.
    Act(
        "previous_view", "session", ("f7",), "Step back", "The step before", "Show it.",
        is_in_footer=False, is_priority=True,
    ),
    Act(
        "next_view", "session", ("f8",), "Next step", "The next step", "Show it.",
        is_in_footer=False, is_priority=True,
    ),
)  # fmt: skip


def of_page(page: str) -> list[Act]:
    """Return a page's own actions, in the footer's order, and those of the screen that contains it.

    On a screen with a single view the view's actions come first. A key of the page's own is not the screen's there.
    """
    screen = next((name for name, views in VIEWS.items() if page in views), page)
    first = VIEWS[page][0] if len(VIEWS.get(page, ())) == 1 else page
    second = screen if first == page else page
    own = [act for act in ACTIONS if act.page == first]
    taken = {key for act in own for key in act.keys}
    return own + [act for act in ACTIONS if act.page == second != first and taken.isdisjoint(act.keys)]


def bindings(page: str) -> list[Binding]:
    """Return the keys of a page; for a screen with several views, the keys of all."""
    pages = (*VIEWS.get(page, ()), page)
    return [binding for act in ACTIONS if act.page in pages for binding in act.bindings()]


def key_name(key: str) -> str:
    """Return a key in short form: "^s" for ctrl and s, "F1"."""
    if key.startswith("ctrl+"):
        return f"^{key_name(key.removeprefix('ctrl+'))}"
    if key.startswith("shift+"):
        return f"shift+{key_name(key.removeprefix('shift+'))}"
    if key[0] == "f" and key[1:].isdigit():
        return key.upper()
    return _NAMES.get(key, key)
