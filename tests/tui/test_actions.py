"""The registry: whatever can be done has keys, a label, a palette entry, a line of help, and a method."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.screen import ModalScreen

from tests.tui.pages import press, started
from tests.tui.picture import compare, text_of
from tests.tui.waiting import until
from tui.actions import ACTIONS, APP, Act, bindings, key_name, of_page
from tui.app import AdvisorApp, Commands
from tui.dialogs.text_modal import help_text
from tui.screens.page import Page

SCREENS = Path(__file__).parent.parent.parent / "tui" / "screens"
# Text fields do something else with these.
FIELD_KEYS = {f"ctrl+{letter}" for letter in "acdefkuvwx"}


def owners() -> dict[str, list[type]]:
    """Return every class that has the actions of a page or of the app, by the page's name."""
    for module in SCREENS.glob("*.py"):
        import_module(f"tui.screens.{module.stem}")
    found: dict[str, list[type]] = {APP: [AdvisorApp]}
    pages = [*Page.__subclasses__()]
    for page in pages:
        pages += page.__subclasses__()
        found.setdefault(page.page, []).append(page)
    for act in ACTIONS:
        found.setdefault(act.page, [])
    return found


@pytest.mark.parametrize("act", ACTIONS, ids=lambda act: f"{act.page}.{act.id}")
def test_every_action_is_complete(act: Act) -> None:
    """Keys, label, title, help; short enough for where they stand; one sentence with a full stop."""
    assert act.keys
    assert 0 < len(act.label) <= 14
    assert 0 < len(act.title) <= 40
    assert act.help.endswith(".")
    assert act.title in [each.title for each in of_page(act.page)]
    keys = [binding.key for binding in bindings(act.page) if binding.action.endswith(f".{act.id}")]
    assert keys == list(act.keys)
    assert act.help in help_text(act.page, "", 200)


def test_ids_and_keys_are_not_given_twice() -> None:
    """On one page, and between a page and the app but where the page means it (escape goes back one step there)."""
    for page in {act.page for act in ACTIONS}:
        acts = of_page(page)
        assert len({act.id for act in acts}) == len(acts)
        keys = [key for act in acts for key in act.keys]
        assert len(set(keys)) == len(keys), page
        if page != APP:
            assert not set(keys) & {key for act in of_page(APP) for key in act.keys} - {"escape"}, page


def test_keys_of_the_app_are_no_keys_of_text_fields() -> None:
    """No plain letter, and no ctrl pair that a text field uses."""
    keys = {key for act in of_page(APP) for key in act.keys}
    assert not keys & FIELD_KEYS
    assert not [key for key in keys if len(key) == 1]


def test_every_action_is_done_by_a_method() -> None:
    """The app's by the app, a page's by each of its classes."""
    for page, classes in owners().items():
        for owner in classes:
            missing = [act.id for act in of_page(page) if not hasattr(owner, f"action_{act.id}")]
            assert not missing, (owner, missing)


def test_no_page_has_keys_outside_the_registry() -> None:
    """A page's own keys are exactly the registry's; only dialogs and widgets have keys of their own."""
    for page, classes in owners().items():
        for owner in classes:
            if issubclass(owner, ModalScreen):
                continue
            own = [each for each in owner.__dict__.get("BINDINGS", []) if isinstance(each, Binding) and not each.system]
            assert [each.key for each in own] == [each.key for each in bindings(page)], owner


async def test_the_palette_offers_what_applies_and_nothing_twice() -> None:
    """The page's own first; what cannot be done now is not offered; choosing does it."""
    async with started() as (app, pilot):
        commands = Commands(app.screen)
        titles = [hit.text async for hit in commands.discover()]
        assert titles == [
            str(act.title)
            for act in (*of_page("home"), *of_page(APP))
            if act.id not in {"command_palette", "session", "back", "starter", "forget"}
        ]
        await press(pilot, "ctrl+p")
        await press(pilot, *"runs")
        await press(pilot, "enter")
        await until(pilot, lambda: app.current_mode == "runs")


@pytest.mark.usefixtures("small_catalog", "quick")
@pytest.mark.parametrize("key", ["f2", "f3", "f4"])
async def test_every_page_has_help(key: str) -> None:
    """F1 shows what the page is for, its keys and those that hold everywhere; esc closes it."""
    async with started(size=(80, 40)) as (app, pilot):
        await press(pilot, key)
        page = app.screen
        assert isinstance(page, Page)
        assert len(page.HELP) > 100
        await press(pilot, "f1")
        text = re.sub(r"[│\s]+", " ", text_of(app))
        assert "Everywhere" in text
        assert " ".join(page.HELP.split()[:6]) in text
        if key == "f3":
            compare(app, "help-catalog")
        await press(pilot, "escape")
        assert app.screen is page


def test_keys_are_named_as_people_write_them() -> None:
    """A caret for ctrl, function keys in capitals, punctuation as it is."""
    assert [key_name(key) for key in ("ctrl+s", "f1", "question_mark", "escape", "a", "shift+enter")] == [
        "^s", "F1", "?", "esc", "a", "shift+enter",
    ]  # fmt: skip
