"""`advisor` without a command: the session, if there is a terminal or a browser to show it."""

import os
import sys
from collections.abc import Sequence

from advisor.system.streams import emit, is_terminal
from advisor.workflow.settings import place_of


def open_session(
    address: tuple[str, int, int] | None = None, on: str = "", replicas: int = 1, labels: Sequence[str] = ()
) -> int:
    """Open the session, or serve it at an address with a limit of tabs; without a terminal list the alternatives."""
    import tui

    place = place_of(on, replicas, labels)
    if address is not None:
        return tui.serve(*address, place)
    if can_draw():
        return tui.run(place)
    emit(tui.welcome())
    return 0


def can_draw() -> bool:
    """Return whether the standard streams are a terminal that can do more than print lines."""
    is_dumb = os.environ.get("TERM", "") in {"dumb", "unknown"}
    return is_terminal(sys.stdin) and is_terminal(sys.stdout) and not is_dumb
