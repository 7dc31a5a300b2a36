"""Fills the templates of a report's Markdown and of its code: Jinja templates in the folder `templates`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from advisor.errors import one_line
from advisor.report.sanitize import as_text, fenced, for_markdown, prose
from advisor.units import format_bytes, format_count, format_seconds

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # at the first template

    made = Environment(  # noqa: S701  no HTML is made; what is obeyed is quoted by these filters
        loader=PackageLoader("advisor.report"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {"py": repr, "prose": prose, "code": for_markdown, "fenced": fenced}
    made.filters |= {"line": one_line, "as_text": as_text}
    made.filters |= {"bytes": format_bytes, "amount": format_count, "seconds": format_seconds}
    return made


def fill(name: str, /, **values: Any) -> str:  # noqa: ANN401  whatever a template shows
    """Return what a template makes of some values; its name is without the last ending."""
    return _environment().get_template(f"{name}.j2").render(**values)
