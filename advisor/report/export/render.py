"""Renders the files of an exported folder: Jinja templates beside this module, one for each, named after it.

Jinja2 comes with torch and is what huggingface_hub makes model cards with.
"""

from __future__ import annotations

import json
import shlex
from functools import cache
from typing import TYPE_CHECKING, Any

from advisor.errors import one_line
from advisor.report.sanitize import for_markdown, prose

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # at the first export

    made = Environment(  # noqa: S701  no HTML is made; what a file obeys is quoted by its filters
        loader=PackageLoader("advisor.report.export"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "prose": lambda text, limit=1000: prose(one_line(text, limit)),
        "code": for_markdown,
        "json": lambda value: json.dumps(value, indent=2, ensure_ascii=False),
        "yaml": _yaml,
        "line": one_line,
        "shell": lambda words: " ".join(shlex.quote(one_line(word, 300)) for word in words),
        # Three quotes would end the text early.
        "quoted": lambda text: '"""' + text.replace('"""', "'''") + '"""',
    }
    return made


def render(name: str, /, **told: Any) -> str:  # noqa: ANN401  whatever a template shows
    """Return a file's text."""
    return _environment().get_template(f"{name}.j2").render(**told)


def _yaml(value: Any) -> str:  # noqa: ANN401  any JSON value
    import yaml

    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=110)
