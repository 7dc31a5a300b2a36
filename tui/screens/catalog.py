"""The page "Catalog"."""

from __future__ import annotations

from tui.screens.page import Page


class CatalogScreen(Page, page="catalog"):
    """Catalog."""

    TITLE_TEXT = "Catalog"
