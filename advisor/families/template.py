"""Templates of prompts, with a placeholder for each part of an input."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping


def holds(template: str, parts: Iterable[str]) -> bool:
    """Return whether a template has a placeholder for a part of the input, `{name}`."""
    return any(f"{{{part}}}" in template for part in parts)


def fill_parts(template: str, parts: Mapping[str, str]) -> str:
    """Return a template with each `{name}` replaced by a part in one pass: braces within parts are kept."""
    if not parts:
        return template
    names = "|".join(re.escape(name) for name in parts)
    return re.sub(r"\{(" + names + r")\}", lambda found: parts[found[1]], template)
