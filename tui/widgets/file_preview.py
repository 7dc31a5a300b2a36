"""The file below its question: its first rows, which columns are input and answer, or why it cannot be read."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from advisor.errors import one_line
from advisor.interview.files.preview import Preview, preview_named
from tui.deferred import in_thread
from tui.widgets.columns import GAP, fit, shares
from tui.widgets.error_box import ErrorBox

# Of a column, so that its name can be told beside its mark.
LEAST = 16


class FilePreview(Vertical):
    """A file as it is read, in the words and rows of the dialog that changes it."""

    DEFAULT_CSS: ClassVar[str] = """
    FilePreview { height: auto; display: none; margin-top: 1; }
    FilePreview.-seen { display: block; }
    FilePreview Static { height: auto; }
    FilePreview .about { color: $quiet; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._path = ""
        self._said: Mapping[str, Any] = {}
        self._seen: Preview | None = None
        self._told = ""

    def compose(self) -> ComposeResult:
        yield Static(classes="about", markup=False)
        yield ErrorBox()
        yield Static(classes="rows", markup=False)

    def look_at(self, path: str, words: str = "", said: Mapping[str, Any] | None = None, told: str = "") -> None:
        """Load a file in a thread, with what the user said of how it is read; "" hides the preview.

        A problem that is `told` above the preview is not repeated in it.
        """
        said, self._told = said or {}, told
        if (path, said) == (self._path, self._said):
            return
        self._path, self._said, self._seen = path, said, None
        self.set_class(bool(path), "-seen")
        if path:
            self.query_one(".rows", Static).update("")
            self.query_one(".about", Static).update(Content(f"Looking at {one_line(path, 100)} …"))
            work, failed = partial(preview_named, path, said, words), partial(Preview, path, {})
            in_thread(self, "file", work, self._draw, lambda error: self._draw(failed(problem=error)))

    def renew(self, path: str, seen: Preview) -> None:
        """Show a later look at the same file: it may be mended."""
        if path == self._path:
            self._draw(seen)

    def on_resize(self) -> None:
        if self._seen is not None:
            self._draw(self._seen)

    def _draw(self, seen: Preview) -> None:
        """Draw the preview; results for an earlier file are dropped."""
        self._seen = seen
        if seen.problem and seen.problem not in self._told:
            self.query_one(ErrorBox).show(seen.problem, "Pick another file, or fix this one and pick it again.")
        else:
            self.query_one(ErrorBox).clear()
        self.query_one(".about", Static).update(Content(one_line(seen.words, 300)))
        self.query_one(".rows", Static).update(rows(seen, self.size.width or 60) if seen.names else "")


def rows(seen: Preview, room: int) -> Content:
    """Return the first rows below their columns, cut to the width; further columns are counted."""
    heads = [(one_line(name, 60), f" ◂ {seen.roles[name]}" if name in seen.roles else "") for name in seen.names]
    order = sorted(range(len(heads)), key=lambda at: seen.names[at] not in seen.roles)
    widths = [max(map(cell_len, ("".join(heads[at]), *(row[at] for row in seen.rows)))) for at in order]
    fitting = shares(widths, room, LEAST)
    kept = sorted(order[: len(fitting)])
    width = dict(zip(order, fitting, strict=False))
    gap = " " * GAP
    lines = [Content.styled(gap.join(_head(*heads[at], width[at]) for at in kept), "bold underline")]
    lines += [Content(gap.join(fit(row[at], width[at]) for at in kept).rstrip()) for row in seen.rows]
    if left := len(heads) - len(kept):
        lines.append(Content.styled(f"and {left} more column{'s' if left > 1 else ''}", "$quiet"))
    return Content("\n").join(lines)


def _head(name: str, mark: str, width: int) -> str:
    """Return a column's name in this many cells; it is cut, not the mark behind it."""
    left = width - cell_len(mark)
    return fit((fit(name, left) if cell_len(name) > left else name) + mark, width)
