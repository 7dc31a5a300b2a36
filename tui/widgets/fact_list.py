"""A list of facts, each there as soon as it is found out."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import RenderResult

    from tui.facts import Told

WAITING = "…"


class FactList(Widget):
    """Names at the left, what is known at the right."""

    DEFAULT_CSS: ClassVar[str] = "FactList { height: auto; }"

    def __init__(self, names: Iterable[tuple[str, str]], id: str | None = None) -> None:  # noqa: A002  as the toolkit
        """Show names, as yet without facts.

        Args:
            names: Keys, and how each is called.
            id: The widget's.
        """
        super().__init__(id=id)
        self._names = tuple(names)
        self._told: dict[str, Told] = {}

    def tell(self, key: str, told: Told) -> None:
        """Show a fact."""
        self._told[key] = told
        self.refresh(layout=True)

    def render(self) -> RenderResult:
        """Draw the list."""
        width = max((len(name) for _, name in self._names), default=0)
        return Content("\n").join([self._line(key, name.ljust(width)) for key, name in self._names])

    def _line(self, key: str, name: str) -> Content:
        told = self._told.get(key)
        if told is None:
            return Content.assemble((name, "$text-muted"), "  ", (WAITING, "$text-muted"))
        text = (told.text, "$error") if told.is_bad else told.text
        hint = (f" ({told.hint})", "$accent") if told.hint else ""
        return Content.assemble((name, "$text-muted"), "  ", text, hint)
