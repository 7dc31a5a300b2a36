"""What is understood of the task so far, by where it came from; each line can be picked to be corrected."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from advisor.interview.facts import TRUST, Understanding
from tui import words

if TYPE_CHECKING:
    from advisor.interview.facts import Fact

NOTHING = "Nothing yet. What you write is read here."
SECONDS = 0.4


class Known(OptionList):
    """The facts, the user's own answers first."""

    DEFAULT_CSS: ClassVar[str] = """
    Known, Known:focus { border: none; background: transparent; padding: 0; }
    """

    @dataclass
    class Picked(Message):
        """A fact was picked, to be corrected."""

        key: str

    understanding: reactive[Understanding] = reactive(Understanding)

    def __init__(self) -> None:
        """Show nothing yet."""
        super().__init__(markup=False)

    def watch_understanding(self, understanding: Understanding) -> None:
        """Draw the facts anew, and stay where the cursor was."""
        at = self.highlighted
        kept = None if at is None or at >= self.option_count else self.get_option_at_index(at).id
        self.clear_options()
        if not understanding.facts:
            self.add_option(Option(Content.styled(NOTHING, "$text-muted"), disabled=True))
            return
        ordered = sorted(understanding.facts, key=lambda fact: -TRUST.index(fact.source))
        for source, facts in groupby(ordered, key=lambda fact: fact.source):
            self.add_option(Option(Content.styled(words.SOURCES[source], "bold $text-primary"), disabled=True))
            self.add_options([Option(_prompt(fact), id=fact.key) for fact in facts])
        if kept is not None and any(fact.key == kept for fact in understanding.facts):
            self.highlighted = self.get_option_index(kept)

    def on_focus(self) -> None:
        """Show where the cursor is."""
        if self.highlighted is None:
            self.action_first()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Say which fact is to be corrected."""
        event.stop()
        if event.option_id is not None:
            self.post_message(self.Picked(event.option_id))


def _prompt(fact: Fact) -> Content:
    origin = words.origin(fact)
    shown = words.value(fact.key, fact.value)
    told = [("\n    “" + origin + "”", "$text-muted")] if origin and origin != shown else []
    return Content.assemble(("  " + words.title(fact.key), "bold"), ": ", shown, *told)


class Left(Static):
    """How many models still stand; the number runs to its new value."""

    DEFAULT_CSS: ClassVar[str] = """
    Left { height: 1; }
    """
    count: reactive[int | None] = reactive[int | None](None)
    shown: reactive[float] = reactive(0.0)

    def __init__(self) -> None:
        """Show nothing yet."""
        super().__init__(markup=False)
        self._before: int | None = None

    def watch_count(self, before: int | None, count: int | None) -> None:
        """Let the number run."""
        self._before = before
        if count is None:
            self._draw()
        elif before is None:
            self.shown = float(count)
            self._draw()
        else:
            self.animate("shown", float(count), duration=SECONDS)

    def watch_shown(self) -> None:
        """Draw a step."""
        self._draw()

    def _draw(self) -> None:
        if self.count is None:
            self.update(Content.styled("Every model is possible so far.", "$text-muted"))
            return
        now = round(self.shown)
        one = "model still fits" if now == 1 else "models still fit"
        change = ""
        if self._before is not None and self._before != self.count:
            by = self.count - self._before
            change = f", {abs(by):,} {'more' if by > 0 else 'fewer'} than before"
        self.update(Content.assemble((f"{now:,}", "bold $accent"), f" {one}", (change, "$text-muted")))
