"""A recording of a session as one SVG file that moves by its own styles: no script, nothing fetched.

Each picture is shown for its time, then the next, over and over. Rows that come again are drawn once. Viewers who asked
the system for less motion sees the last picture.
"""

from typing import Any

from textual.app import App

from tests.tui.picture import CELL_HEIGHT, Row, document, ground_of, rows_of, shapes_of


class Recording:
    """Pictures of a screen, each with how long it is shown."""

    def __init__(self) -> None:
        self._frames: list[tuple[list[Row], float]] = []

    def shoot(self, app: App[Any], seconds: float) -> None:
        """Take a picture and show it for so long; an unchanged screen is shown longer."""
        rows = rows_of(app)
        if self._frames and self._frames[-1][0] == rows:
            self._frames[-1] = rows, self._frames[-1][1] + seconds
        else:
            self._frames.append((rows, seconds))

    def svg(self) -> str:
        """Return the recording."""
        first = self._frames[0][0]
        ground = ground_of(first)
        looks: dict[str, str] = {}
        names: dict[str, str] = {}
        drawn, styles, at = [], [], 0.0
        total = sum(seconds for _, seconds in self._frames)
        for number, (rows, seconds) in enumerate(self._frames):
            uses = []
            for place, row in enumerate(rows):
                if shapes := "".join(shapes_of(row, 0, ground, looks)):
                    name = names.setdefault(shapes, f"r{len(names)}")
                    uses.append(f'<use href="#{name}" y="{place * CELL_HEIGHT}"/>')
            drawn.append(f'<g class="f" id="f{number}">{"".join(uses)}</g>')
            begin, at = 100 * at / total, at + seconds
            before = "0%{visibility:hidden}" if number else ""
            styles.append(
                f"@keyframes k{number}{{{before}{begin:.3f}%{{visibility:visible}}{100 * at / total:.3f}%,to"
                f"{{visibility:hidden}}}}#f{number}{{animation-name:k{number}}}"
            )
        last = f"#f{len(self._frames) - 1}"
        moves = f".f{{visibility:hidden;animation:{total:.1f}s step-end infinite}}"
        still = f"@media(prefers-reduced-motion){{.f{{animation:none}}{last}{{visibility:visible}}}}"
        kept = [f'<g id="{name}">{shapes}</g>' for shapes, name in names.items()]
        return document(first, ground, looks, moves + "".join(styles) + still, ["<defs>", *kept, "</defs>", *drawn])
