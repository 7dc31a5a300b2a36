"""Examples with input, expected and actual answer; enter shows one in full."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from advisor.errors import one_line
from advisor.report.recall import wrong_answer
from advisor.report.sanitize import readable_value, visible
from tui.dialogs.text_modal import TextModal

INPUT, SAID = 200, 60
NOTHING = "None: every example that counts came out right."


@dataclass(frozen=True, slots=True)
class Asked:
    """An example with its answer; all of it is outside text."""

    where: str  # Where the example stands, and who was asked.
    given: str  # The input.
    expected: str  # What was expected.
    said: str  # The answer, or the error instead of one.
    is_error: bool = False  # Whether there was no answer.
    by: str = ""  # Whose answer it is.
    is_right: bool = False  # Whether it is right.
    breaks: tuple[str, ...] = ()  # The task's rules that it breaks.
    others: tuple[tuple[str, str, bool], ...] = ()  # Other candidates, their answers, and whether they are right.

    @property
    def line(self) -> Content:
        """The example on a line; for a wrong answer of several parts only the differences."""
        said = wrong_answer(self.said, self.expected, self.breaks, is_error=self.is_error)
        return Content.assemble(
            (f"{one_line(self.where, 40)} ", "$quiet"),
            ("✓ ", "bold $text-success") if self.is_right else ("✗ ", "bold $text-error"),
            f"said {one_line(self.said, SAID)!r}, right: " if self.is_right else f"{said}: ",
            (one_line(self.given, INPUT), "$quiet"),
        )

    @property
    def text(self) -> str:
        name, came = ("Error", "") if self.is_error else ("Answer", ", right" if self.is_right else ", wrong")
        whose = f" of {one_line(self.by, 80)}" if self.by else ""
        parts = [("Input", self.given), ("Expected", self.expected), (name + whose + came, self.said)]
        parts += [
            (f"{one_line(who, 80)}, {'right' if is_right else 'wrong'}", said) for who, said, is_right in self.others
        ]
        return "\n\n".join(f"{title}\n{visible(text)}" for title, text in parts)


class Mistakes(OptionList):
    """The list."""

    DEFAULT_CSS: ClassVar[str] = """
    Mistakes, Mistakes:focus { border: none; padding: 0; height: 1fr; min-height: 2; background: transparent;
               text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._shown: tuple[Asked, ...] = ()

    def show(self, failed: Sequence[Asked]) -> None:
        self._shown = tuple(failed)
        none = Option(Content.styled(NOTHING, "$quiet"), disabled=True)
        self.clear_options()
        self.add_options([Option(each.line) for each in failed] or [none])

    def on_focus(self) -> None:
        """Show the cursor."""
        if self.highlighted is None and self._shown:
            self.highlighted = 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_index < len(self._shown):
            failed = self._shown[event.option_index]
            self.app.push_screen(TextModal(one_line(failed.where, 80), failed.text))


def said_of(output: object, error: str | None) -> tuple[str, bool]:
    """Return an answer as a text, and whether it is an error instead."""
    return (error, True) if error is not None else (readable_value(output), False)
