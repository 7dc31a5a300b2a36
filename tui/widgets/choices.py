"""Numbered choices: a digit or enter takes one; in multiple choice space marks and enter submits.

A choice that ends a series, such as labelling, has no number: an answer that begins with a digit must not end it.
Choices that are digits themselves, such as the labels 0 and 1, are taken by their own, and others by moving to them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, cast

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from advisor.errors import one_line
from advisor.interview.answers import ENOUGH
from tui.words import hung

if TYPE_CHECKING:
    from advisor.interview.question import Choice
    from tui.app import AdvisorApp

LONGEST_LABEL, LONGEST_DETAIL, COLUMN = 200, 200, 40
DIGITS = "0123456789"
# Seconds after which a number that begins others is taken.
WAIT = 0.7
# Instead of a number, for what ends a series.
END = "·"


class Choices(OptionList):
    """A list of answers."""

    DEFAULT_CSS: ClassVar[str] = """
    Choices, Choices:focus { border: none; padding: 0; background: transparent; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(digit, f"pick('{digit}')", show=False) for digit in DIGITS),
        Binding("space", "mark", "Mark", show=False),
    ]

    @dataclass
    class Picked(Message):
        """An answer was chosen: a value, or a list of them in multiple choice."""

        value: Any

    @dataclass
    class Marked(Message):
        """A mark was set or removed."""

    def __init__(
        self,
        choices: Iterable[Choice],
        *,
        taken: Any = None,  # noqa: ANN401
        is_several: bool = False,
        is_open: bool = False,
    ) -> None:
        """Show choices in this order; `taken` is the value (values) initially marked.

        If it `is_several`, more than one may be chosen; if it `is_open`, no line is chosen at first, unless one is
        taken.
        """
        self._is_open = is_open
        self._begun = ""  # Of a number of several digits those typed.
        self.choices = tuple(choices)
        self._is_several = is_several
        counted, digits = count(1), {*DIGITS}.intersection(choice.label for choice in self.choices)
        self._numbers = [
            END if choice.value == ENOUGH
            else str(next(counted)) if not digits
            else choice.label if choice.label in digits else " "
            for choice in self.choices
        ]  # fmt: skip
        # Details are aligned if the labels are short.
        widest = max((cell_len(one_line(choice.label, LONGEST_LABEL)) for choice in self.choices), default=0)
        self._width = widest if widest <= COLUMN else 0
        self._columns = LONGEST_LABEL + LONGEST_DETAIL
        marked = taken if is_several and isinstance(taken, list | tuple) else [taken]
        self._marked = {at for at, choice in enumerate(self.choices) if choice.value in marked}
        super().__init__(*(Option(self._prompt(at)) for at in range(len(self.choices))), markup=False)

    def on_mount(self) -> None:
        if self.choices:
            self.highlighted = min(self._marked, default=None if self._is_open else 0)

    def on_resize(self) -> None:
        self._columns = self.scrollable_content_region.width
        for at in range(len(self.choices)):
            self.replace_option_prompt_at_index(at, self._prompt(at))

    @property
    def is_chosen(self) -> bool:
        return self._is_several or self.highlighted is not None

    @property
    def value(self) -> Any:  # noqa: ANN401  a JSON value
        if self._is_several:
            return [self.choices[at].value for at in sorted(self._marked)]
        return None if self.highlighted is None else self.choices[self.highlighted].value

    def action_page_up(self) -> None:
        """Move a page up; a list too small for a line has no pages."""
        if self.scrollable_content_region.size:
            super().action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        """Move a page down, if there is one."""
        if self.scrollable_content_region.size:
            super().action_page_down()  # type: ignore[no-untyped-call]

    def picks(self, character: str) -> bool:
        """Return whether a character is the number of a line; where a line ends a series, no digit is anything else."""
        return character in DIGITS and not {character, END}.isdisjoint(self._numbers)

    def numbered(self, text: str) -> Choice | None:
        """Return the choice whose number a text is."""
        return self.choices[self._numbers.index(text)] if text in self._numbers else None

    def action_pick(self, digit: str) -> None:
        """Take the line of a number; one that begins others after a moment, as another digit may follow."""
        begun = "" if self.highlighted is None else self._begun and self._numbers[self.highlighted]
        number = begun + digit if begun == self._begun and begun + digit in self._numbers else digit
        if number in self._numbers:
            self.highlighted = self._numbers.index(number)
            self._begun = number if any(each.startswith(number) for each in self._numbers if each != number) else ""
            if self._begun:
                self.set_timer(WAIT, partial(self._take_begun, number))
            else:
                self._take()

    def _take_begun(self, number: str) -> None:
        """Take the line of a typed number, if no other digit or key has followed."""
        at = self._numbers.index(number)
        if self._begun == number and self.highlighted == at and self.is_attached and self.has_focus:
            self._begun = ""
            self._take()

    def _take(self) -> None:
        if self._is_several:
            self.action_mark()
        else:
            cast("AdvisorApp", self.app).ignore_enter()
            self.action_select()

    def action_mark(self) -> None:
        if self._is_several and self.highlighted is not None:
            self._marked ^= {self.highlighted}
            self.replace_option_prompt_at_index(self.highlighted, self._prompt(self.highlighted))
            self.post_message(self.Marked())

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Submit the answer; in multiple choice a click marks."""
        event.stop()
        self.post_message(self.Picked(self.value))

    def _prompt(self, at: int) -> Content:
        choice = self.choices[at]
        label = one_line(choice.label, LONGEST_LABEL)
        sign = ("[x] " if at in self._marked else "[ ] ") if self._is_several else ""
        detail = one_line(choice.detail, LONGEST_DETAIL)
        head = Content.assemble((f"{self._numbers[at]} ", "bold $accent"), sign)
        gap = " " * max(2, 2 + self._width - cell_len(label))
        text = Content.assemble(label, (gap + detail, "$quiet")) if detail else Content(label)
        return hung(head, text, self._columns)
