"""The filters of a search in one line; each opens a list."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Button

from advisor.errors import one_line
from tui.dialogs.pick import Pick
from tui.finder import PERMISSIVE

SHOWN = 22


def _families() -> list[tuple[str, str]]:
    from catalog.families import FAMILIES

    return [(tag, f"{family.title} ({tag})") for tag, family in FAMILIES.items()]


def _languages() -> list[tuple[str, str]]:
    from catalog.languages import NAMES

    return [(code, f"{name} ({code})") for code, name in NAMES.items()]


def _licenses() -> list[tuple[str, str]]:
    names = ("apache-2.0", "mit", "bsd-3-clause", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "openrail", "gpl-3.0")
    return [(PERMISSIVE, "permissive: commercial use allowed"), *((name, name) for name in names)]


def _sizes() -> list[tuple[str, str]]:
    return [(size, f"at most {size}") for size in ("50MB", "100MB", "300MB", "1GB", "2GB", "4GB", "8GB", "16GB")]


def _formats() -> list[tuple[str, str]]:
    return [(name, name) for name in ("safetensors", "onnx", "gguf", "ctranslate2", "openvino", "mlx")]


FILTERS: tuple[tuple[str, str, Callable[[], list[tuple[str, str]]], str], ...] = (
    ("family", "Family", _families, ""),
    ("license", "Licence", _licenses, "or any licence id of the Hub"),
    ("language", "Language", _languages, ""),
    ("size", "Size", _sizes, "or another size, e.g. 700MB"),
    ("format", "Format", _formats, "or another format of weights"),
)


class FilterBar(Horizontal):
    """Buttons that show the filters."""

    DEFAULT_CSS: ClassVar[str] = """
    FilterBar { height: 1; }
    FilterBar Button { min-width: 0; width: auto; margin-right: 1; background: $panel; color: $foreground;
                       text-style: none; }
    FilterBar Button.-set { color: $accent; text-style: bold; }
    FilterBar Button:focus { background: $primary; color: $background; text-style: none; }
    """

    @dataclass
    class Changed(Message):
        """A filter was picked; "" removes it."""

        name: str
        value: str

    def compose(self) -> ComposeResult:
        for name, title, _, _ in FILTERS:
            yield Button(f"{title}: any", id=f"filter-{name}", compact=True)

    def show(self, values: dict[str, str]) -> None:
        """Show the filters; outside text is safe."""
        for name, title, _, _ in FILTERS:
            value = values.get(name, "")
            button = self.query_one(f"#filter-{name}", Button)
            button.label = f"{title}: {one_line(value, SHOWN) if value else 'any'}".replace("[", "\\[")
            button.set_class(bool(value), "-set")
            button.refresh(layout=True)  # the button is as wide as its label

    def open(self, name: str) -> None:
        _, title, choices, open_to = next(each for each in FILTERS if each[0] == name)

        def picked(value: str | None) -> None:
            if value is not None:
                self.post_message(self.Changed(name, value))

        self.app.push_screen(Pick(title, choices(), open_to=open_to), picked)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.open(str(event.button.id).removeprefix("filter-"))
