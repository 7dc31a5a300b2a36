"""The first look at a file that was named: what was guessed of it is confirmed; what cannot be read has ways out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.errors import one_line
from advisor.interview.question import Choice

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.widget import Widget

    from advisor.interview.files.preview import Preview

ANOTHER, ANOTHER_WAY, WITHOUT = "another", "another way", "without"


class Found(NamedTuple):
    """The file to continue with: its path, None for no file; and the user's answers about it, by key."""

    path: str | None
    said: dict[str, Any]


def look_first(
    asker: Widget, seen: Preview, then: Callable[[Found | None], None], *, family: str | None = None, words: str = ""
) -> None:
    """Have the user confirm how a file is read where that was guessed, or say what to do where it cannot be read.

    Args:
        asker: Whose app shows the dialog.
        seen: The file as it is read.
        then: Called with the choice; None: the user wants to name another file.
        family: The task's, where it is known.
        words: In which the task was said.
    """

    def confirmed(said: dict[str, Any] | None) -> None:
        then(None if said is None else Found(seen.path, said))

    def confirm() -> None:
        from tui.dialogs.reading import Reading  # home is painted before it is needed

        asker.app.push_screen(Reading(seen, family, words), confirmed)

    def chosen(way: str | None) -> None:
        if way == ANOTHER_WAY:
            confirm()
        else:
            then(Found(None, {"examples": None}) if way == WITHOUT else None)

    if seen.problem:
        from tui.dialogs.choose import Choose

        what, _, cure = seen.problem.partition("; ")
        cure = f"{cure[:1].upper()}{cure[1:]}." if cure else ""
        asker.app.push_screen(Choose(f"{one_line(what, 300)}.", one_line(cure, 300), _ways(seen)), chosen)
    elif seen.is_odd:
        confirm()
    else:
        then(Found(seen.path, seen.said))


def _ways(seen: Preview) -> list[Choice]:
    listed = [Choice(ANOTHER, "Name another file", "or mend this one, and name it again")]
    if seen.cures:
        listed.append(Choice(ANOTHER_WAY, "Read it another way", f"{' or '.join(seen.cures)}: one key"))
    listed.append(Choice(WITHOUT, "Go on without it", "label some texts by hand, write some, or borrow public data"))
    return listed
