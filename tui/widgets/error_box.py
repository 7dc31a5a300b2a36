"""An error at its place: what happened, and the cure."""

from typing import ClassVar

from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from advisor.errors import one_line

LONGEST = 600


class ErrorBox(Widget):
    """Hidden without an error; `show` and `clear` change that."""

    DEFAULT_CSS: ClassVar[str] = """
    ErrorBox { display: none; height: auto; max-height: 8; padding: 0 1; border-left: outer $error; color: $foreground;
               background: $error 12%; }
    ErrorBox.-shown { display: block; }
    """
    message: reactive[str] = reactive("", layout=True)
    cure: reactive[str] = reactive("", layout=True)

    def show(self, message: object, cure: str = "") -> None:
        """Show an error and what to do about it; any text is safe."""
        from tui.words import in_session  # not needed to paint home

        self.message, self.cure = (in_session(one_line(each, LONGEST)) for each in (message, cure))
        self.add_class("-shown")

    def clear(self) -> None:
        self.message = self.cure = ""
        self.remove_class("-shown")

    def render(self) -> RenderResult:
        content = Content.assemble(("✗ ", "bold $error"), self.message)
        return content if not self.cure else Content.assemble(content, "\n", ("→ ", "bold $success"), self.cure)
