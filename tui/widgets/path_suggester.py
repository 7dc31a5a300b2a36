"""Proposes the rest of a path while it is typed; right arrow takes it."""

from __future__ import annotations

import asyncio

from textual.suggester import Suggester


class PathSuggester(Suggester):
    """The first file or folder that goes on as was typed."""

    def __init__(self) -> None:
        """Keep nothing: folders change."""
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """Return the path of the first entry that begins so."""
        if not value or value.endswith("/"):
            return None
        from tui.widgets.path_picker import entries  # home is painted without it

        found = await asyncio.to_thread(entries, value)
        folder, slash, begun = value.rpartition("/")
        for entry in found:
            if entry.name.startswith(begun) and entry.name != begun:
                return f"{folder}{slash}{entry.name}{'/' if entry.is_folder else ''}"
        return None
