"""Deferred calls: until the screen is drawn, or until a thread has finished.

A call is dropped if its widget is removed meanwhile: the toolkit would still make it, although a page that is being
removed lacks some of its parts.
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
    """Call a method of a widget once the screen is drawn, unless the widget is removed before."""
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
    """Compute something in a thread, and hand the result to the widget in the app's own thread.

    Only one call of a group matters at a time; if it `is_exclusive`, it replaces a running one. `work` touches no
    widget; `failed` is called with any error, on one line; without it errors are dropped.
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
    """Return the call's result, which the toolkit awaits if possible."""
    is_there = widget is widget.app or (widget.is_attached and not widget._pruning)  # noqa: SLF001  as the toolkit
    return call() if is_there else None
