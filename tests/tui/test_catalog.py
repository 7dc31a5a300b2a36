"""The catalog's page: searching while typing, filters, cards, refresh; empty, failed, stopped and offline."""

import threading
import webbrowser

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from advisor.errors import OutOfReachError
from tests.conftest import PATIENCE
from tests.tui.conftest import HOSTILE
from tests.tui.pages import press, started
from tests.tui.picture import SIZES, compare, text_of
from tests.tui.waiting import reads, settle, until
from tui.dialogs.text_modal import TextModal
from tui.finder import Finder, Found, Query
from tui.screens.catalog import CatalogScreen, Unfound
from tui.widgets.filter_bar import FilterBar
from tui.widgets.model_table import ModelTable

pytestmark = pytest.mark.usefixtures("small_catalog", "quick")


async def search(pilot: Pilot[None], text: str) -> None:
    """Put a text into the line and wait for its answer."""
    pilot.app.screen.query_one("#search", Input).value = text
    await answered(pilot, text)


async def answered(pilot: Pilot[None], text: str) -> None:
    """Wait until the page shows the answer to a text."""
    page = pilot.app.screen
    assert isinstance(page, CatalogScreen)
    while page._query.text != text or page._is_searching or page._is_drawing or page._to_draw is not None:
        await pilot.pause(0.01)
    await settle(pilot)


def models(pilot: Pilot[None]) -> list[str]:
    """Return the models in the order of the table."""
    return [model["id"] for model in pilot.app.screen.query_one(ModelTable)._sorted()]


@pytest.mark.parametrize("size", SIZES)
async def test_the_catalog_shows_the_most_used_first(size: tuple[int, int]) -> None:
    """Odd names stand as they are, wide scripts are aligned; wide windows show the card to the right."""
    async with started("f3", size=size) as (app, _pilot):
        compare(app, "catalog")
        text = text_of(app)
        assert "[bold red]" in text
        assert "\x1b" not in text
        assert ("Parameters" in text) == (size[0] >= 100)


async def test_the_list_follows_what_is_typed() -> None:
    """The family and the limits are shown with the words they were read from, and nothing breaks a limit."""
    async with started("f3") as (app, pilot):
        await search(pilot, "sentiment at most 500MB apache")
        compare(app, "catalog-search")
        # The classifier, then what trains a head.
        assert models(pilot) == ["acme/sentiment-small", "embed/minilm-multi"]
        understood = str(app.screen.query_one("#understood", Static).content)
        assert "text-classification (“sentiment”)" in understood
        assert "download at most 500 MB" in understood


async def test_what_is_typed_during_a_search_is_asked_once_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the last query counts, and the first one's result is not shown: it is outdated."""
    go, search_now, asked = threading.Event(), Finder.search, []

    def held(self: Finder, query: Query) -> Found:
        asked.append(query.text)
        if query.text == "names":
            go.wait(PATIENCE)
        return search_now(self, query)

    async with started("f3") as (app, pilot):
        shown: list[list[str]] = []
        show = ModelTable.show
        monkeypatch.setattr(ModelTable, "show", lambda table, *found: (shown.append(found), show(table, *found))[1])
        monkeypatch.setattr(Finder, "search", held)
        field = app.screen.query_one("#search", Input)
        field.value = "names"
        await until(pilot, lambda: asked)
        for end in range(1, 10):
            field.value = "sentiment"[:end]
        await pilot.pause()
        go.set()
        await answered(pilot, "sentiment")
        assert asked == ["names", "sentiment"]
        assert len(shown) == 1
        assert models(pilot)[0].startswith("acme/sentiment")


async def test_answers_that_come_while_the_list_is_drawn_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several only the last is drawn, after as long a rest as the drawing took."""
    async with started("f3") as (app, pilot):
        page = app.screen
        assert isinstance(page, CatalogScreen)
        drawn: list[str] = []
        draw = page._show

        def show(found: Found) -> None:
            drawn.append(found.query.text)
            draw(found)

        monkeypatch.setattr(page, "_show", show)
        for text in ("names", "summary", "sentiment"):
            page._query = Query(text)
            page._take(page.advisor.finder.search(page._query))
        await answered(pilot, "sentiment")
        assert drawn == ["names", "sentiment"]
        assert models(pilot)[0].startswith("acme/sentiment")
        # Nor is one that waits drawn over an error that came since.
        for text in ("names", "summary"):
            page._query = Query(text)
            page._take(page.advisor.finder.search(page._query))
        page._take(Unfound(page._query, "'lots' is not a size", is_input=True))
        await until(pilot, lambda: not page._is_drawing and page._to_draw is None)
        assert "Pick another value." in text_of(app)


KIND_FROM = (
    (Query("guess tomorrow's price"), "perhaps time-series-forecasting (no word names a task)"),
    (Query("zzzzqqqq"), "no word of this"),
    (Query("sentiment"), "text-classification (“sentiment”)"),
    (Query("ner", family="token-classification"), "token-classification (as filtered)"),
)


async def test_where_the_kind_of_task_is_from_is_said() -> None:
    """From words, from a filter, guessed where no word names a task, or not known."""
    async with started("f3") as (app, pilot):
        page = app.screen
        assert isinstance(page, CatalogScreen)
        for query, output in KIND_FROM:
            page._ask(query)
            await answered(pilot, query.text)
            assert str(page.query_one("#understood", Static).content).startswith(f"Understood: {output}")
            assert ("emails in, spam or not out" in text_of(app)) == (output == "no word of this")
            assert not models(pilot) or output != "no word of this"


async def test_what_is_typed_after_coming_back_searches() -> None:
    """Also where a filter had the focus when the page was left; who was in the list is there again."""
    async with started("f3", "f7", "f2", "f3") as (app, pilot):
        await pilot.press(*"ner")
        assert app.screen.query_one("#search", Input).value == "ner"
        await press(pilot, "down", "f2", "f3")
        app.screen.query_one(ModelTable).focus()
        await press(pilot, "f2", "f3")
        assert app.screen.query_one(ModelTable).has_focus


async def test_what_was_understood_has_two_lines_where_it_needs_them() -> None:
    """At 80 columns the words of three limits do not fit into one."""
    async with started("f3") as (app, pilot):
        await search(pilot, "german sentiment model under 500mb with mit licence, on the processor")
        assert app.screen.query_one("#understood").size.height == 2
        compare(app, "catalog-understood")


async def test_nothing_satisfies_everything() -> None:
    """The page says so, and which limits to take away."""
    async with started("f3") as (app, pilot):
        await search(pilot, "summarize texts, at most 1MB")
        compare(app, "catalog-nothing")
        assert "Without the limit on download at most" in text_of(app)


async def test_a_filter_is_picked_from_a_list_or_typed() -> None:
    """Typing narrows the list; any size is taken as typed; each list opens, and left it changes nothing."""
    async with started("f3", "f7", "tab", "enter") as (app, pilot):
        await press(pilot, *"mit")
        compare(app, "catalog-filter")
        await press(pilot, "down", "enter")
        page = app.screen
        assert isinstance(page, CatalogScreen)
        assert page._query.license in {"mit", "permissive"}
        page.query_one(FilterBar).open("size")
        await settle(pilot)
        await press(pilot, *"lots", "enter")
        await reads(pilot, "Pick another value.")
        assert "'lots' is not a size" in text_of(app)
        page.action_clear()
        await reads(pilot, "11 models")
        assert "Pick another value." not in text_of(app)
        for name in ("family", "license", "language", "size", "format"):
            page.query_one(FilterBar).open(name)
            await settle(pilot)
            assert app.screen.query_one(OptionList).option_count > 5
            await press(pilot, "escape")
        assert page._query == Query()


async def test_the_table_is_sorted_by_key_and_by_click() -> None:
    """By weights, with what is unknown at the end; the cursor stays on its model."""
    async with started("f3") as (app, pilot):
        table = app.screen.query_one(ModelTable)
        table.focus()
        await pilot.press("down", "down")
        here = table.model
        await press(pilot, "f8")
        weights = [model["bytes"] for model in table._sorted()]
        assert weights == sorted(weights)
        assert table.model == here
        assert "by weights" in text_of(app)
        await pilot.click(ModelTable, offset=(4, 0))
        await settle(pilot)
        assert models(pilot) == sorted(models(pilot), key=str.casefold)
        assert "by model" in text_of(app)


async def test_enter_shows_a_models_card() -> None:
    """It scrolls, its text is copied, markup in it is shown; esc closes it."""
    async with started("f3") as (app, pilot):
        table = app.screen.query_one(ModelTable)
        table.focus()
        table.move_cursor(row=models(pilot).index(HOSTILE))
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, TextModal))
        await settle(pilot)
        compare(app, "catalog-card")
        assert "Licence     [/]" in text_of(app)
        await press(pilot, "y", "escape")
        assert "[bold red]model[/]\\x1b[31m" in app.clipboard
        assert isinstance(app.screen, CatalogScreen)


async def test_a_model_s_page_without_a_browser_is_given_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address is shown where nothing can open it, and said where it was opened."""

    def none(*_: object) -> None:
        raise webbrowser.Error("none")

    monkeypatch.setattr(webbrowser, "get", none)
    async with started("f3") as (app, pilot):
        seen: list[str] = []
        monkeypatch.setattr(app, "open_url", lambda url, **_: seen.append(url))
        await press(pilot, "enter", "o")
        model = app.screen.query_one(ModelTable).model
        address = f"https://huggingface.co/{model}"
        output = [note.message for note in app._notifications]
        assert output == [f"No browser is found here. The page is {address}"]
        assert not seen
        monkeypatch.setattr(webbrowser, "get", lambda *_: None)
        await pilot.press("o")
        assert seen == [address]


async def test_a_catalog_that_cannot_be_opened_says_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_self: Finder, _query: Query) -> Found:
        raise OutOfReachError("The catalog at /x [bold]cannot[/] be read (disk error). Delete its folder.")

    monkeypatch.setattr(Finder, "search", fail)
    async with started("f3") as (app, _pilot):
        compare(app, "catalog-failed")
        assert "[bold]cannot[/]" in text_of(app)


async def test_enter_goes_to_the_answer_of_what_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it comes before the answer: the list of the question before is not acted upon."""
    go, search_now = threading.Event(), Finder.search

    def held(self: Finder, query: Query) -> Found:
        go.wait(PATIENCE)
        return search_now(self, query)

    async with started("f3") as (app, pilot):
        monkeypatch.setattr(Finder, "search", held)
        await pilot.press(*"names", "enter", "y")
        assert app.screen.query_one("#search", Input).has_focus
        go.set()
        await reads(pilot, "names/ner")
        await until(pilot, lambda: app.screen.query_one(ModelTable).has_focus)
        await pilot.press("y")
        assert app.clipboard.startswith("names/")
