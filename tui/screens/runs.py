"""The page "Runs"."""

from __future__ import annotations

from tui.screens.page import Page


class RunsScreen(Page, page="runs"):
    """Runs."""

    TITLE_TEXT = "Runs"
