"""What is put off: until the screen is drawn, or until a thread has worked it out.

It is dropped where its widget is taken away meanwhile: the toolkit calls it then all the same, and a page that is being
taken away has lost some of its parts.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from textual.app import App
from textual.widget import Widget
from textual.worker import get_current_worker

from advisor.errors import one_line

T = TypeVar("T")
LONGEST_ERROR = 500


def when_drawn(widget: Widget, call: Callable[..., object], *arguments: Any) -> None:  # noqa: ANN401  the call's own
    """Call something of a widget once the screen is drawn, unless the widget is taken away before."""
    widget.call_after_refresh(_if_there, widget, partial(call, *arguments))


def in_thread(
    widget: Widget | App[Any],
    group: str,
    work: Callable[[], T],
    then: Callable[[T], object],
    failed: Callable[[str], object] | None = None,
    *,
    is_exclusive: bool = True,
) -> None:
    """Work something out in a thread, and hand what comes of it to the widget, in the app's own thread.

    Args:
        widget: Whose it is.
        group: Of which one is of interest at a time.
        work: For the thread; it touches no widget.
        then: Called with the result.
        failed: Called with any error, on one line; None: an error is dropped.
        is_exclusive: Whether another of the group takes the place of one under way.
    """

    def run() -> None:
        worker = get_current_worker()
        try:
            call: Callable[[], object] = partial(then, work())
        except Exception as error:  # noqa: BLE001  whatever it is, the page shows it and goes on
            if failed is None:
                return
            call = partial(failed, one_line(error, LONGEST_ERROR))
        if not worker.is_cancelled:
            widget.call_later(_if_there, widget, call)

    widget.run_worker(run, group=group, exclusive=is_exclusive, thread=True, exit_on_error=False)


def _if_there(widget: Widget | App[Any], call: Callable[[], object]) -> object:
    """Return what the call returns, which the toolkit awaits where that can be."""
    is_there = widget is widget.app or (widget.is_attached and not widget._pruning)  # noqa: SLF001  as the toolkit
    return call() if is_there else None
