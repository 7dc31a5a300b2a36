"""Opens what is for a browser: where the session itself runs in one, the file is handed to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import App


def open_page(app: App[None], path: Path) -> None:
    """Open an HTML file of this machine."""
    if app.is_web:
        app.deliver_text(path, open_method="browser", mime_type="text/html")
    else:
        app.open_url(path.absolute().as_uri())
