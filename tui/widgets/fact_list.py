"""A list of facts, each there as soon as it is found out."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import RenderResult
    from textual.geometry import Size

    from tui.facts import FactText

WAITING = "…"
GAP, FEWEST = 2, 8


class FactList(Widget):
    """Names at the left, what is known at the right."""

    DEFAULT_CSS: ClassVar[str] = "FactList { height: auto; }"

    def __init__(self, names: Iterable[tuple[str, str]], id: str | None = None) -> None:  # noqa: A002  as the toolkit
        """Show names alone; each is a key and what it is called."""
        super().__init__(id=id)
        self._names = tuple(names)
        self._facts: dict[str, FactText] = {}

    def tell(self, key: str, fact: FactText) -> None:
        self._facts[key] = fact
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return sum(len(lines) for lines in self._lines(width))

    def render(self) -> RenderResult:
        return Content("\n").join([line for lines in self._lines(self.content_size.width) for line in lines])

    def _lines(self, width: int) -> list[list[Content]]:
        left = max((len(name) for _, name in self._names), default=0) + GAP
        return [self._fact(key, name.ljust(left), max(FEWEST, width - left)) for key, name in self._names]

    def _fact(self, key: str, name: str, width: int) -> list[Content]:
        fact = self._facts.get(key)
        if fact is None:
            return [Content.assemble((name, "$quiet"), (WAITING, "$quiet"))]
        text = [(line, "$error" if fact.is_bad else "") for line in textwrap.wrap(fact.text, width)]
        heads = [name, *([" " * len(name)] * (len(text) - 1))]
        return [Content.assemble((head, "$quiet"), part) for head, part in zip(heads, text, strict=False)]
