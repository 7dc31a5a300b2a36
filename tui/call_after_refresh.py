"""What is put off until the screen is drawn: it is dropped where its widget is taken away meanwhile.

The toolkit has the page that is in front by then call it, which knows nothing of a page that is being taken away: its
parts go one after the other, so that some of them are there and some are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.widget import Widget


def when_drawn(widget: Widget, call: Callable[..., object], *arguments: Any) -> None:  # noqa: ANN401  the call's own
    """Call something of a widget once the screen is drawn, unless the widget is taken away before."""

    def run() -> None:
        if widget.is_attached and not widget._pruning:  # noqa: SLF001  the toolkit has no other word for it
            call(*arguments)

    widget.call_after_refresh(run)
