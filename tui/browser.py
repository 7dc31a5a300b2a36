"""Browser functions: opens pages and hands over files, also if the session itself is shown in a remote browser."""

import io
import webbrowser
from pathlib import Path, PurePath
from typing import Any

from textual.app import App

TYPES = {".html": "text/html", ".htm": "text/html", ".json": "application/json"}


def open_page(app: App[Any], path: Path) -> str:
    """Open an HTML file of this machine, and return a message about it."""
    if not app.is_web:
        if not _has_browser():
            return f"No browser is found here. The report is this file: {path.absolute()}"
        app.open_url(path.absolute().as_uri())
        return f"Opened: {path}"
    app.deliver_text(path, open_method="browser", encoding="utf-8", mime_type="text/html")
    return "Opened in a tab of its own."


def open_address(app: App[Any], address: str) -> str:
    """Open a web page, and return a message about it."""
    if not app.is_web and not _has_browser():
        return f"No browser is found here. The page is {address}"
    app.open_url(address)
    return f"Opened: {address}"


def _has_browser() -> bool:
    """Return whether there is a browser with its own window: one in the terminal would cover the session."""
    try:
        found = webbrowser.get()
    except webbrowser.Error:
        return False
    return not isinstance(found, webbrowser.GenericBrowser) or isinstance(found, webbrowser.BackgroundBrowser)


def hand_over(app: App[Any], name: str, text: str) -> str:
    """Let the browser that shows the session download a text, and return a message about it."""
    # The name becomes part of a header.
    plain = "".join(each if each.isascii() and (each.isalnum() or each in "-_.") else "-" for each in name)
    kind = TYPES.get(PurePath(plain).suffix.lower(), "text/plain")
    app.deliver_text(io.StringIO(text), save_filename=plain, encoding="utf-8", mime_type=kind)
    return f"Your browser downloads {plain}."


def place(app: App[Any], path: Path) -> str:
    """Return a folder's place, for a user who may be at another machine."""
    return f"{path} (on the machine that serves this page)" if app.is_web else str(path)
