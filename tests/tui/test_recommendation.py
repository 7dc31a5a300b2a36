"""The recommendation: verdict, evidence, neighbours, failing examples, the code to use it, and what is written."""

import json
import webbrowser
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual.widgets import Input, Static, TabbedContent, TextArea

from advisor.decide.records import More
from advisor.execution.control import Control
from advisor.report.full import report_of
from advisor.report.model import Report
from advisor.report.recall import matrix
from advisor.workflow.frontend import Answer, Frontend, Planned, Reported, Understood
from tests.tui import loops
from tests.tui.pages import Opened, opened
from tests.tui.picture import SIZES, compare
from tui.dialogs.confirm import AskPath
from tui.dialogs.text_modal import TextModal
from tui.report_words import read_page
from tui.screens.recommendation import RecommendationView
from tui.state import ANSWER
from tui.widgets.busy import Busy
from tui.widgets.error_box import ErrorBox

RATES = (0.5, 0.8, 0.99, 0.99)
NONE_PASSES = (0.3, 0.4, 0.6, 0.5)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A finished run with a recommendation, and one without; read only."""
    made = {}
    for name, rates in (("passes", RATES), ("none", NONE_PASSES)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp(name)))
            made[name] = loops.finished(loops.plan(), rates)
    return made


def reported(folder: Path) -> Callable[..., None]:
    """Return a loop that tells of a finished run."""

    def loop(session: str, frontend: Frontend, *, start: Any, control: Control) -> None:
        frontend.tell(Understood(loops.UNDERSTOOD))
        frontend.tell(Planned(loops.plan(), folder))
        frontend.tell(Reported(folder, "passes"))

    return loop


async def answered(session: Opened) -> None:
    """Wait for the recommendation."""
    await session.on(ANSWER)
    await session.until(lambda: not session.page.query_one("#recommendation Busy", Busy).doing)


@pytest.mark.parametrize("size", SIZES)
async def test_the_verdict_and_every_tab(runs: dict[str, Path], size: tuple[int, int]) -> None:
    """The verdict stays above four tabs: why, the evidence, what fails, how to use it."""
    async with opened(reported(runs["passes"]), size) as session:
        await answered(session)
        # A picture must not tell where it was taken.
        code = session.page.query_one("#snippet", TextArea)
        code.text = code.text.replace(str(runs["passes"].parents[2]), "/home/me/data")
        for name in ("why", "evidence", "failing", "use"):
            compare(session.app, f"recommendation-{name}")
            assert " right on your examples · " in session.text
            assert "Proven for new inputs like these: right" in session.text
            await session.press("right")
        assert "Why not a smaller one?" in read_text(session, "#why-text")
        await session.press("w")
        assert isinstance(session.app.screen, TextModal)
        assert "The chance that this recommendation is wrong" in session.text


def read_text(session: Opened, selector: str) -> str:
    """Return all of a text, also what is scrolled away."""
    from textual.widgets import Static

    return str(session.page.query_one(selector, Static).render())


async def test_when_none_passes_it_says_what_may_help(runs: dict[str, Path]) -> None:
    """The best, and the next steps by number, which change the task; no code, and nothing to export."""
    changes: list[Answer] = []
    first = reported(runs["none"])

    def loop(
        session: str, frontend: Frontend, *, control: Control, start: Any = None, change: Answer | None = None
    ) -> None:
        if change is None:
            first(session, frontend, start=start, control=control)
        else:
            changes.append(change)

    async with opened(loop) as session:
        await answered(session)
        await session.until(lambda: any(steps.has_focus for steps in session.page.query("#next-steps Choices")))
        compare(session.app, "recommendation-none")
        assert "None of 4 reaches 90%; best: 组织/多语言模型-小" in session.text
        assert "What may help" in session.text
        assert "Export" not in session.text
        assert "Fill table" not in session.text
        assert "^q Quit" in session.text
        await session.press("e", "c")
        assert not isinstance(session.app.screen, AskPath)
        assert not session.app.clipboard
        await session.press("1")
        await session.until(lambda: changes)
        assert changes == [Answer("more_examples", value=True)]


async def test_the_next_steps_have_the_focus_however_soon_they_come(runs: dict[str, Path]) -> None:
    """A report that is read before the page has its focus still leaves it at the numbered steps."""
    async with opened(reported(runs["none"])) as session:
        await answered(session)
        view = session.page.query_one(RecommendationView)
        session.page.set_focus(None)
        view.show_run(runs["passes"])
        await session.until(lambda: "None of" not in session.text)
        session.page.set_focus(None)
        view.show_run(runs["none"])
        await session.until(lambda: any(steps.has_focus for steps in session.page.query("#next-steps Choices")))


async def test_tabs_are_reached_from_anywhere_and_have_the_keys(runs: dict[str, Path]) -> None:
    """The code scrolls without tab and is copied whole; letters, left and right turn; the footer keeps its keys."""
    async with opened(reported(runs["passes"])) as session:
        await answered(session)
        for key in ("^q Quit", "F1 Help", "a Fill table"):
            assert key in session.text.splitlines()[-1]
        await session.press("u")
        code = session.page.query_one("#snippet", TextArea)
        assert code.has_focus
        await session.press("pagedown")
        assert code.cursor_location[0] > 0
        await session.press("right")
        assert session.page.query_one(TabbedContent).active == "why-tab"
        await session.press("c")
        code = session.page.query_one("#snippet", TextArea).text
        assert "def predict(" in code
        assert session.app.clipboard == code
        assert session.page.query_one(TabbedContent).active == "use-tab"
        tabs = session.page.query_one(TabbedContent)
        for letter, name in zip("yvmu", ("why-tab", "evidence-tab", "failing-tab", "use-tab"), strict=True):
            await session.press(letter)
            assert tabs.active == name
        await session.press("y", "tab", "right")
        assert tabs.active == "evidence-tab"
        await session.press("tab", "right")
        assert tabs.active == "failing-tab"
        await session.press("left")
        assert tabs.active == "evidence-tab"
        session.app.set_focus(None)
        await session.press("left")
        assert tabs.active == "why-tab"


async def test_the_matrix_of_labels_fits_the_page(runs: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the labels above its columns are too wide, there stand numbers; no line wraps."""
    names = [f"a label with a long name {number}" for number in range(6)]
    found = {"labels": names, "rows": [[3, 120, 0, 1, 2, 0, 7]] * 6}
    monkeypatch.setattr("advisor.report.recall.matrix", lambda _: matrix(found))
    async with opened(reported(runs["none"])) as session:
        await answered(session)
        await session.press("right", "right")
        shown = session.page.query_one("#confused", Static)
        lines = str(shown.render()).splitlines()
        assert shown.size.height == len(lines) == 7
        assert len({cell_len(line) for line in lines}) == 1
        assert cell_len(lines[0]) <= shown.size.width
        assert lines[0].split()[-3:] == ["5", "6", "else"]
        assert lines[6].startswith("6. a label")


def test_labels_that_the_matrix_leaves_out_are_counted(runs: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A matrix of six may lack a seventh."""
    monkeypatch.setattr("advisor.report.recall.matrix", lambda _: matrix({"labels": ["x"], "rows": [[1, 2]]}))
    assert "more label" not in str(read_page(runs["none"]).confused)
    read = report_of

    def tripled(run: Any) -> Report:
        found = read(run)
        return replace(found, recall=found.recall * 3)

    monkeypatch.setattr("advisor.report.full.report_of", tripled)
    assert str(read_page(runs["none"]).confused).endswith("\n2 more labels, confused less")


async def test_a_failing_example_says_whose_answer_it_is(runs: dict[str, Path]) -> None:
    """Enter opens one at once, without tab; above them and in each stands the model that answered."""
    folder = runs["none"]
    by = read_page(folder).failing[0].by
    async with opened(reported(folder)) as session:
        await answered(session)
        await session.press("right", "right")
        assert session.page.query_one("#failing-tab Mistakes").has_focus
        assert f"What {by} said" in session.text
        assert "expected ↓ said →" in session.text
        await session.press("home", "enter")
        assert isinstance(session.app.screen, TextModal)
        assert f"Answer of {by}" in session.text
        await session.press("escape", "x", "enter")
        assert isinstance(session.app.screen, TextModal)
        assert f"Answer of {by}, wrong" in session.text


async def test_the_report_is_saved(runs: dict[str, Path], tmp_path: Path) -> None:
    """In the form its name says, an unknown one is refused; an existing file takes a second enter; errors are shown."""
    place = tmp_path / "there.md"
    place.write_text("mine", encoding="utf-8")
    async with opened(reported(runs["passes"])) as session:
        await answered(session)
        for name, begins in (("r.html", "<!doctype"), ("r.md", "### Model"), ("r.json", "{"), ("r.txt", "Use ")):
            await session.press("s")
            assert isinstance(session.app.screen, AskPath)
            session.app.screen.query_one(Input).value = str(tmp_path / name)
            await session.press("enter")
            await session.until((tmp_path / name).is_file)
            assert (tmp_path / name).read_text(encoding="utf-8").lower().startswith(begins.lower())
        assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["verdict"] == "passes"
        session.app.clear_notifications()
        await session.press("s")
        session.app.screen.query_one(Input).value = str(tmp_path / "report.htmlbe")
        await session.press("enter")
        assert "End the name in .html, .md, .json or .txt." in session.text
        assert isinstance(session.app.screen, AskPath)
        session.app.screen.query_one(Input).value = str(place)
        await session.press("enter")
        assert "enter again writes over it" in session.text
        assert place.read_text(encoding="utf-8") == "mine"
        await session.press("enter")
        await session.until(lambda: place.read_text(encoding="utf-8") != "mine")
        await session.press("s")
        session.app.screen.query_one(Input).value = str(place / "below.md")
        await session.press("enter")
        await session.until(lambda: session.page.query_one("#recommendation ErrorBox", ErrorBox).message)
        assert "cannot be written" in session.page.query_one("#recommendation ErrorBox", ErrorBox).message


async def test_in_a_small_window_the_field_of_the_save_is_in_sight(runs: dict[str, Path]) -> None:
    """At 40 by 12 the dialog scrolls to the field in focus, and on to its buttons; the page's keys are not offered."""
    async with opened(reported(runs["passes"]), (40, 12)) as session:
        await answered(session)
        await session.press("s")
        field = session.app.screen.query_one(Input)
        assert field.has_focus
        assert session.app.screen.query_one(".dialog-box").content_region.contains_region(field.region)
        assert "▔▔▔▔" in session.text
        await session.press("tab", "tab")
        assert "Save" in session.text
        assert "^p" not in session.text


async def test_the_report_opens_in_the_browser_and_a_failed_export_says_why(
    runs: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By its address, or its place is shown; this run's weights are nowhere, and nothing is half written."""
    monkeypatch.setattr(webbrowser, "get", lambda *_: None)
    folder = runs["passes"]
    async with opened(reported(folder)) as session:
        await answered(session)
        seen: list[str] = []
        monkeypatch.setattr(session.app, "open_url", lambda url, **_: seen.append(url))
        await session.press("b")
        assert seen == [(folder / "report.html").as_uri()]
        monkeypatch.setattr(webbrowser, "get", raising(webbrowser.Error("none")))
        session.app.clear_notifications()
        await session.press("b")
        await session.until(lambda: "No browser is found here" in session.text)
        assert len(seen) == 1
        monkeypatch.chdir(tmp_path)
        await session.press("e")
        proposed = session.app.screen.query_one(Input).value
        (tmp_path / proposed).mkdir()
        await session.press("escape", "e")  # what is there is not proposed again
        assert session.app.screen.query_one(Input).value == f"{proposed}-2"
        session.app.screen.query_one(Input).value = str(tmp_path / "out")
        await session.press("enter")
        await session.until(lambda: session.page.query_one("#recommendation ErrorBox", ErrorBox).message)
        assert not (tmp_path / "out").exists()


def raising(error: Exception) -> Callable[..., Any]:
    def fails(*_: object, **__: object) -> None:
        raise error

    return fails


async def test_the_text_scrolls_while_the_tabs_have_the_focus(runs: dict[str, Path]) -> None:
    async with opened(reported(runs["passes"]), (80, 14)) as session:
        await answered(session)
        text = session.page.query_one("#why-tab VerticalScroll")
        assert text.max_scroll_y > 0
        await session.press("pagedown")
        assert text.scroll_y > 0
        await session.press("home")
        assert text.scroll_y == 0


def test_the_page_says_what_the_report_says(runs: dict[str, Path]) -> None:
    """What is claimed and the failing examples are those of the run's report document."""
    from advisor.report import claims, sentences

    shown = read_page(runs["passes"])
    for claim in claims.all_claims(shown.document):
        assert claim in f"{shown.use} {shown.lines.plain} {shown.sure} {shown.why.plain}"
    chosen = sentences.recommended(shown.document)
    assert len(shown.failing) == chosen.outcomes - chosen.passes


def test_where_the_hub_is_off_no_step_leads_to_it(runs: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan with a download could only fail; what helps without the Hub is named, without a flag."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    shown = read_page(runs["none"])
    assert shown.steps
    assert "download" not in {each.value[0] for each in shown.steps}
    assert "once HF_HUB_OFFLINE no longer switches it off" in shown.why.plain
    assert "--" not in shown.why.plain
    monkeypatch.delenv("HF_HUB_OFFLINE")
    shown = read_page(runs["none"])
    assert "download" in {each.value[0] for each in shown.steps}
    assert "HF_HUB_OFFLINE" not in shown.why.plain


def test_next_steps_say_what_each_costs(runs: dict[str, Path]) -> None:
    """A bar that is proven, more examples, a download; another try only where a limit or a stop ended one."""
    from advisor.report.what_may_help import next_steps

    document = read_page(runs["none"]).document
    assert document.advice.best is not None
    best = replace(document.advice.best, proven=0.828)
    near = replace(document, advice=replace(document.advice, best=best, more_examples_best=More(40, 140)))
    assert [(step.key, step.value, step.label) for step in next_steps(near)] == [
        ("bar.pass_rate", 0.82, "Lower the bar to 82%"),
        ("more_examples", True, "Give more examples"),
        ("download", 2_000_000_000, "Try larger models (1 found)"),
    ]
    assert "40 to 140 more examples like these" in next_steps(near)[1].cost
    assert "download" not in {step.key for step in next_steps(near, has_hub=False)}
    few = replace(document, examples=replace(document.examples, evidence=4))
    assert [tuple(step) for step in next_steps(few, has_hub=False)][1:] == [
        ("bar.pass_rate", None, "Name another bar", "4 examples, all right, would prove at most 47.2%")
    ]
    offer = "tune acme/tiny on your 37 training rows, which takes about 74 s: set tuning to try (or --set tuning=try)"
    tuned = next_steps(replace(near, advice=replace(near.advice, tuning=offer)))[0]
    assert tuned == ("tuning", "try", "Tune acme/tiny on your 37 training rows", "takes about 74 s")
    nothing = replace(document, candidates=[replace(each, outcomes=0) for each in document.candidates])
    assert next_steps(nothing, starter_bytes=70_000_000)[0].label == "Fetch the starter models"
    stopped = replace(document, candidates=[replace(each, circumstance=True) for each in nothing.candidates])
    assert [(step.key, step.label) for step in next_steps(stopped, starter_bytes=70_000_000)][:2] == [
        ("bar.pass_rate", "Try again"),
        ("starter", "Fetch the starter models"),
    ]
