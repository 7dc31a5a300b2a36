"""The page "Home"."""

from __future__ import annotations

from tui.screens.page import Page


class HomeScreen(Page, page="home"):
    """Home."""

    TITLE_TEXT = "Home"
