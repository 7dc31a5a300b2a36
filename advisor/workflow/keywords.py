"""Errors of the library: what a message names as a flag is named as the keyword argument that a program has."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Commands in backticks are for a shell also where a program prints them.
_COMMAND = re.compile(r"(`advisor [^`]*`)")
_FLAG = re.compile(r"(?<![\w-])--([a-z][a-z-]*)(?: ([\w.]+=\[[^\]]*\]|[^\s,;)]+))?")
_PLACEHOLDER = re.compile(r"[A-Z]{2,}")
# A value is a placeholder such as SIZE, or has a sign or a digit; "--download to use" goes on with a word.
_VALUE = re.compile(r"[A-Z]{2,}|\S*[\d./:@=]\S*")


def in_keywords(text: str, parameters: Mapping[str, object]) -> str:
    """Return a message with keyword arguments for flags, e.g. `send_to=["api.example"]` for `--send-to api.example`.

    Args:
        text: The message.
        parameters: The function's parameters with their defaults, which say how each is written. A flag that is none
            of them stays as it is.
    """
    parts = _COMMAND.split(text)
    return "".join(part if _COMMAND.fullmatch(part) else _translated(part, parameters) for part in parts)


def _translated(text: str, parameters: Mapping[str, object]) -> str:
    def keyword(match: re.Match[str]) -> str:
        name, word = match[1].replace("-", "_"), match[2] or ""
        if name == "set" and "=" in word:
            key, _, value = word.partition("=")
            return f"answers={{{json.dumps(key)}: {_literal(value)}}}"
        if name not in parameters:
            return match[0]
        default = parameters[name]
        rest = f" {word}" if word else ""
        if default is False:
            return f"{name}=True{rest}"
        if isinstance(default, tuple) and word:
            return f"{name}=[{_literal(word)}]"
        if word and _VALUE.fullmatch(word):
            return f"{name}={_literal(word)}"
        return f"{name}{rest}"

    said = _FLAG.sub(keyword, text)
    # Several of one kind are one list.
    return re.sub(r"\] (\w+)=\[", lambda match: ", " if f"{match[1]}=[" in said[: match.start()] else match[0], said)


def _literal(value: str) -> str:
    """Return a value as Python writes it; a placeholder or a number stays as it is."""
    try:
        float(value)
    except ValueError:
        return value if _PLACEHOLDER.fullmatch(value) or value.startswith("[") else json.dumps(value)
    return value
