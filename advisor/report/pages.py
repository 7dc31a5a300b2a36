"""Jinja templates in `templates`: reports as HTML and Markdown, code that uses a model, the files of an export.

Outside text cannot become markup: in HTML it is escaped unless a template made it, elsewhere by filters.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from advisor.candidates.candidate import WITH_HEAD
from advisor.errors import one_line
from advisor.report import card, charts, claims, notes, recall, sentences
from advisor.report.method import method
from advisor.report.questions import questions
from advisor.report.sanitize import fenced, for_markdown, prose, readable_value, visible
from advisor.report.what_may_help import what_may_help
from advisor.units import counted, format_bytes, format_count, format_seconds, percent, percent_floor

if TYPE_CHECKING:
    from jinja2 import Environment

    from advisor.report.model import Report

# Every pair of text and background colours has a contrast of at least 4.5 to 1.
STYLE = (Path(__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")
# GitHub refuses comments of 65,536 characters.
MOST_CHARACTERS = 60_000
SHOWN = 25


def html_report(document: Report) -> str:
    names = {each.number: sentences.name_of(each) for each in document.candidates}
    style = Markup(STYLE)  # noqa: S704  our own
    values = {"document": document, "names": names, "libraries": _libraries(document), "style": style}
    return fill_template("report.html", **values).lstrip()


def markdown_report(document: Report) -> str:
    """Return Markdown for a comment, at most 60,000 characters: failing examples are dropped until it fits."""
    asked = sorted({said.candidate for row in document.failing for said in row.answers})
    values = {"document": document, "asked": asked, "libraries": _libraries(document)}
    for shown in range(SHOWN, -1, -1):
        text = fill_template("report.md", **values, shown=document.failing[:shown])
        if len(text) <= MOST_CHARACTERS:
            return text
    # Many candidates with long reasons: cut at the last whole line.
    kept = text[: MOST_CHARACTERS - 80].rpartition("\n")[0]
    return f"{kept}\n\nCut here; the rest is in `advisor report --html`.\n"


def fill_template(name: str, /, **values: Any) -> str:  # noqa: ANN401  whatever a template shows
    return _environment(is_html=name.endswith(".html")).get_template(f"{name}.j2").render(**values)


@cache
def _environment(*, is_html: bool) -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # on demand

    made = Environment(
        loader=PackageLoader("advisor.report"),
        autoescape=is_html,  # noqa: S701  what is no HTML is quoted by filters
        finalize=_shown if is_html else None,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals |= {"card": card, "charts": charts, "claims": claims, "notes": notes, "recall": recall}
    made.globals |= {"sentences": sentences, "questions": questions, "method": method, "what_may_help": what_may_help}
    made.globals |= {"counted": counted, "WITH_HEAD": WITH_HEAD}
    made.filters |= {"line": one_line, "visible": visible, "readable_value": readable_value, "pixels": _pixels}
    made.filters |= {"prose": prose, "code": for_markdown, "fenced": fenced, "py": repr}
    made.filters |= {"bytes": format_bytes, "amount": format_count, "seconds": format_seconds}
    made.filters |= {"percent": percent, "percent_floor": percent_floor, "shell": _shell, "yaml": _yaml}
    made.filters |= {"json": partial(json.dumps, indent=2, ensure_ascii=False)}
    return made


def _libraries(document: Report) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(document.reproduce.libraries.items()))


def _shown(value: object) -> object:
    """Return a value for output: control and direction characters in texts are made visible."""
    return value if isinstance(value, Markup) else "" if value is None else visible(value)


def _pixels(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _shell(words: Iterable[str]) -> str:
    return " ".join(shlex.quote(one_line(word, 300)) for word in words)


def _yaml(value: Any) -> str:  # noqa: ANN401  any JSON value
    import yaml

    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=110)
