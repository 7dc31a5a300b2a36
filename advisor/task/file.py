"""Reads a task file (YAML or JSON) and says what is wrong with it by file and line."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError, one_line
from advisor.task.model import Task

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

MAX_TASK_BYTES = 1 << 20
MAX_ENTRIES = 20_000

Location = tuple[str | int, ...]


def load_task(path: Path) -> Task:
    """Read and validate a task file.

    Raises:
        InputError: naming the file, the line where it can be known, and the cure.
    """
    text = _read_text(path)
    is_json = path.suffix.lower() == ".json"
    data, lines = _parse_json(path, text) if is_json else _parse_yaml(path, text)
    if not isinstance(data, dict):
        raise InputError(f"{path}: a task file is a mapping of keys such as name, instruction and examples")
    from pydantic import ValidationError

    try:
        return Task.model_validate(data)
    except ValidationError as error:
        raise InputError(_first_problem(path, error, lines)) from None


def _read_text(path: Path) -> str:
    try:
        if path.is_dir():
            raise InputError(f"{path}: is a folder; name the task file in it")
        if path.stat().st_size > MAX_TASK_BYTES:
            raise InputError(f"{path}: larger than 1 MiB; a task file names the examples' file, it does not hold them")
        raw = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; give the path of a task file") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{one_line(path)}: cannot be read ({one_line(error)})") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}:{line}: is not UTF-8 text; save it as UTF-8") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(f"{path}:{line}: holds a NUL byte; save it as plain UTF-8 text")
    return text


def _parse_json(path: Path, text: str) -> tuple[Any, dict[Location, int]]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        for key in keys:
            if keys.count(key) > 1:
                raise InputError(f"{path}: the key {one_line(key)!r} stands twice; keep one")
        return dict(pairs)

    try:
        data = json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise InputError(f"{path}:{error.lineno}: is not valid JSON ({error.msg})") from None
    except (RecursionError, ValueError) as error:
        raise InputError(f"{path}: is not valid JSON ({one_line(error)})") from None
    return data, {}


def _parse_yaml(path: Path, text: str) -> tuple[Any, dict[Location, int]]:
    import yaml

    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        lines: dict[Location, int] = {}
        if node is not None:
            _walk(path, node, (), lines)
        return yaml.safe_load(text), lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f":{mark.line + 1}" if mark else ""
        raise InputError(f"{path}{where}: is not valid YAML ({one_line(error.problem or error)})") from None
    except (yaml.YAMLError, RecursionError, ValueError, TypeError, OverflowError) as error:
        raise InputError(f"{path}: is not valid YAML ({one_line(error)})") from None


def _walk(path: Path, node: Any, here: Location, lines: dict[Location, int]) -> None:  # noqa: ANN401  yaml's node
    """Note the line of every key and item; refuse repeated keys, and aliases that multiply without end."""
    import yaml

    if len(lines) > MAX_ENTRIES:
        raise InputError(f"{path}:{node.start_mark.line + 1}: holds too many entries; a task file is short")
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place = (*here, str(key.value) if isinstance(key, yaml.ScalarNode) else "?")
            line = key.start_mark.line + 1
            if place in lines:
                raise InputError(f"{path}:{line}: the key {one_line(place[-1])!r} stands twice; keep one")
            lines[place] = line
            _walk(path, value, place, lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            lines[(*here, index)] = item.start_mark.line + 1
            _walk(path, item, (*here, index), lines)


def _first_problem(path: Path, error: ValidationError, lines: dict[Location, int]) -> str:
    # A misspelt key is also a missing one: name the misspelling.
    details = min(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden")
    location = _plain(details["loc"])
    line = _line_of(location, lines)
    where = f"{path}:{line}" if line else str(path)
    key = ".".join(str(part) for part in location)
    others = error.error_count() - 1
    more = f" (and {others} more)" if others else ""
    return f"{where}: {one_line(key, 80)}{': ' if key else ''}{one_line(_cure(details, location), 300)}{more}"


def _plain(location: Location) -> Location:
    """Drop the markers pydantic puts into locations, such as "[key]"."""
    return tuple(part for part in location if part != "[key]")


def _line_of(location: Location, lines: dict[Location, int]) -> int | None:
    for end in range(len(location), 0, -1):
        if location[:end] in lines:
            return lines[location[:end]]
    return lines.get(())


def _cure(details: ErrorDetails, location: Location) -> str:
    kind, message = details["type"], details["msg"]
    if kind == "extra_forbidden":
        known = _known_keys(location[:-1])
        close = difflib.get_close_matches(str(location[-1]), known, 1)
        return "unknown key; " + (f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}")
    if kind == "missing":
        return "is missing; add it"
    value = details.get("input")
    shown = f" (it is {one_line(repr(value), 60)})" if isinstance(value, str | int | float) else ""
    return message.removeprefix("Value error, ") + shown


def _known_keys(location: Location) -> list[str]:
    model: Any = Task
    for part in location:
        field = getattr(model, "model_fields", {}).get(part)
        if field is None:
            return []
        model = field.annotation
    return list(getattr(model, "model_fields", {}))
