"""An animated line that names the current activity."""

from typing import ClassVar

from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from advisor.errors import one_line

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
SECONDS = 0.1


class Busy(Widget):
    """Hidden while idle."""

    DEFAULT_CSS: ClassVar[str] = """
    Busy { height: 1; display: none; color: $quiet; }
    Busy.-busy { display: block; }
    """
    doing: reactive[str] = reactive("")
    frame: reactive[int] = reactive(0)

    def on_mount(self) -> None:
        self._timer = self.set_interval(SECONDS, self._step, pause=not self.doing)

    def watch_doing(self, doing: str) -> None:
        self.set_class(bool(doing), "-busy")
        if timer := getattr(self, "_timer", None):
            timer.resume() if doing else timer.pause()

    def _step(self) -> None:
        if self.app.animation_level != "none":
            self.frame = (self.frame + 1) % len(FRAMES)

    def render(self) -> RenderResult:
        return Content.assemble((FRAMES[self.frame], "$accent"), f" {one_line(self.doing, 200)} …")
