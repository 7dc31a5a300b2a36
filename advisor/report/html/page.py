"""Fills the report's templates. Text is escaped unless a template made it: what comes from outside cannot be markup."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from advisor.candidates.candidate import WITH_HEAD
from advisor.errors import one_line
from advisor.report import notes, recall, sentences
from advisor.report.html import charts
from advisor.report.method import method
from advisor.report.sanitize import as_text, visible
from advisor.report.what_may_help import what_may_help
from advisor.units import counted, format_bytes, format_count, format_seconds, percent, percent_floor

if TYPE_CHECKING:
    from advisor.report.model import Report

# Every pair of its colours of text and ground has a contrast of at least 4.5 to 1.
STYLE = Path(__file__).with_name("style.css").read_text(encoding="utf-8")


def html_report(document: Report) -> str:
    """Return the report's HTML file."""
    names = {each.number: sentences.name_of(each) for each in document.candidates}
    libraries = ", ".join(f"{name} {version}" for name, version in sorted(document.reproduce.libraries.items()))
    return _report().render(document=document, names=names, libraries=libraries, style=Markup(STYLE)).lstrip()  # noqa: S704


@cache
def _report() -> Template:
    made = Environment(
        loader=PackageLoader("advisor.report.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    made.globals |= {"charts": charts, "notes": notes, "recall": recall, "sentences": sentences}
    made.globals |= {"counted": counted, "method": method, "what_may_help": what_may_help, "WITH_HEAD": WITH_HEAD}
    made.filters |= {"line": one_line, "visible": visible, "as_text": as_text, "pixels": _pixels}
    made.filters |= {"bytes": format_bytes, "amount": format_count, "seconds": format_seconds}
    made.filters |= {"percent": percent, "percent_floor": percent_floor}
    return made.get_template("report.html.j2")


def _shown(value: object) -> object:
    """Return what is put out: of text the control characters and marks of direction are written out."""
    return value if isinstance(value, Markup) else "" if value is None else visible(value)


def _pixels(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
