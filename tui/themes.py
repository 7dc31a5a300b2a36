"""The themes: dark, light, the terminal's own colours, the toolkit's; and the user's choice."""

from contextlib import suppress
from dataclasses import replace

from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from advisor.errors import InputError
from advisor.workflow.settings import settings


def _cursor(ground: str, text: str) -> dict[str, str]:
    """Return the style of the line at a cursor: a tinted background, so that its colours keep their meaning."""
    return {
        "block-cursor-background": ground, "block-cursor-foreground": text,
        "block-cursor-blurred-background": f"{ground} 60%",
    }  # fmt: skip


DARK = Theme(
    name="dark",
    primary="#4fb3a9",
    secondary="#7d9cc0",
    accent="#e0a458",
    success="#7fbf7f",
    warning="#e0a458",
    error="#e5727a",
    foreground="#d7dde3",
    background="#12161b",
    surface="#181d24",
    panel="#232b35",
    dark=True,
    variables={"quiet": "#8794a3", "scrollbar": "#4a5866", "scrollbar-background": "#1d232b"}
    | _cursor("#1f4244", "#ffffff"),
)
LIGHT = Theme(
    name="light",
    primary="#0f766e",
    secondary="#3b5f8a",
    accent="#9a5b00",
    success="#2f7d32",
    warning="#9a5b00",
    error="#b3261e",
    foreground="#1f2428",
    background="#fbfaf7",
    surface="#f3f1ec",
    panel="#e6e2d9",
    dark=False,
    variables={"quiet": "#646972", "scrollbar": "#b9b4a8", "scrollbar-background": "#ece9e2"}
    | _cursor("#cbe2dd", "#000000"),
)
# Colours that the terminal defines; its blue on black is too dark to read.
TERMINAL = replace(
    BUILTIN_THEMES["ansi-dark"], name="terminal", primary="ansi_cyan", secondary="ansi_blue", accent="ansi_yellow"
)
# `$quiet` is the colour of secondary text.
THEMES: tuple[Theme, ...] = (DARK, LIGHT, TERMINAL)
# Two of the toolkit's themes are ours with other colours.
NAMES: tuple[str, ...] = (
    *(theme.name for theme in THEMES),
    *(name for name, theme in BUILTIN_THEMES.items() if not theme.ansi and not name.startswith("textual")),
)
QUIET, CURSOR = 0.35, 0.3


def named(name: str) -> Theme:
    """Return a theme by its name, one of `NAMES`; the toolkit's get the colours that they lack."""
    own = next((theme for theme in THEMES if theme.name == name), None)
    if own is not None:
        return own
    theme = BUILTIN_THEMES[name]
    text = Color.parse(theme.foreground or ("#e0e0e0" if theme.dark else "#1f2428"))
    ground = Color.parse(theme.background or ("#121212" if theme.dark else "#fbfaf7"))
    tint = ground.blend(Color.parse(theme.primary), CURSOR).hex
    return replace(
        theme,
        variables=theme.variables
        | {"quiet": text.blend(ground, QUIET).hex}
        | _cursor(tint, "#ffffff" if theme.dark else "#000000"),
    )


def chosen() -> str:
    """Return the chosen theme's name; the first one if the settings name none that exists."""
    name = None
    with suppress(InputError):
        name = settings().get("theme")
    return name if isinstance(name, str) and name in NAMES else DARK.name
