"""The help of a page: its own words, its keys, and the keys that hold everywhere; all from the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions import APP, Act, key_name, of_page
from tui.dialogs.text_modal import TextModal

if TYPE_CHECKING:
    from tui.screens.page import Page


class HelpModal(TextModal):
    """Shows what a page is for and what can be done on it."""

    def __init__(self, page: Page) -> None:
        """Gather the help of a page."""
        super().__init__(f"Help: {page.TITLE_TEXT}", help_text(page.page, page.HELP))


def help_text(page: str, words: str) -> str:
    """Return a page's help as lines."""
    # Paragraphs are wrapped to the dialog's width, not to the source's.
    parts = ["\n\n".join(" ".join(paragraph.split()) for paragraph in words.strip().split("\n\n")), ""]
    own = of_page(page)
    if own:
        parts += ["On this page", *_lines(own), ""]
    return "\n".join([*parts, "Everywhere", *_lines(of_page(APP)), "", *_GENERAL])


_GENERAL = (
    "  tab, shift+tab    next and previous field; the mouse works too",
    "  arrows, PgUp PgDn move in lists, tables and texts; enter opens",
    "  esc               back, or close what lies on top",
)


def _lines(acts: list[Act]) -> list[str]:
    keys = [", ".join(map(key_name, act.keys)) for act in acts]
    width = max(map(len, keys), default=0)
    return [f"  {names:<{max(width, 16)}}  {act.title}. {act.help}" for names, act in zip(keys, acts, strict=True)]
