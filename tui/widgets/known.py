"""What is understood of the task so far, by source; enter opens a line to correct it."""

from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from advisor.interview.facts import TRUST, Fact, Understanding
from tui import words

NOTHING = "Nothing yet. What you write is read here."
TITLE = 18
# The line that offers what is not known yet.
MORE, MORE_WORDS = "+", "+ another setting"


class Known(OptionList):
    """The facts, the user's own answers first."""

    DEFAULT_CSS: ClassVar[str] = """
    Known, Known:focus { border: none; background: transparent; padding: 0; }
    Known { text-wrap: nowrap; text-overflow: ellipsis; }
    """

    @dataclass
    class Picked(Message):
        """A fact was picked, to be corrected; `MORE`: one that is not known."""

        key: str

    understanding: reactive[Understanding] = reactive(Understanding)
    is_blank: reactive[bool] = reactive(default=False)  # Whether nothing was read yet.

    def __init__(self) -> None:
        super().__init__(markup=False)

    def watch_understanding(self, understanding: Understanding) -> None:
        """Redraw the facts, keeping the cursor."""
        at = self.highlighted
        kept = None if at is None or at >= self.option_count else self.get_option_at_index(at).id
        self.clear_options()
        if not understanding.facts:
            if not self.is_blank:
                self.add_option(Option(Content.styled(NOTHING, "$quiet"), disabled=True))
            return
        ordered = sorted(understanding.facts, key=lambda fact: -TRUST.index(fact.source))
        for source, facts in groupby(ordered, key=lambda fact: fact.source):
            self.add_option(Option(Content.styled(words.SOURCES[source], "bold"), disabled=True))
            self.add_options([Option(_prompt(fact), id=fact.key) for fact in facts])
        self.add_option(Option(Content.styled(MORE_WORDS, "$quiet"), id=MORE))
        if kept is not None and any(fact.key == kept for fact in understanding.facts):
            self.highlighted = self.get_option_index(kept)

    def watch_is_blank(self) -> None:
        """Show that nothing is known, if something was read."""
        self.watch_understanding(self.understanding)

    def on_focus(self) -> None:
        """Show the cursor."""
        if self.highlighted is None:
            self.action_first()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_id is not None:
            self.post_message(self.Picked(event.option_id))


def _prompt(fact: Fact) -> Content:
    return Content.assemble((f"  {words.title(fact.key):<{TITLE}}  ", "$quiet"), words.value(fact.key, fact.value))


def fitting(count: int | None) -> str:
    """Return how many models satisfy the known facts, in words."""
    match count:
        case None:
            return "Every model is possible so far."
        case 0:
            return "No model fits all of this; baselines can be tried."
        case 1:
            return "1 model still fits"
        case _:
            return f"{count:,} models still fit"
