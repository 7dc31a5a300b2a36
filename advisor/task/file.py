"""Reads a task file (YAML or JSON); errors name the file and the line."""

import datetime as dt
import difflib
import json
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from advisor.errors import InputError, one_line
from advisor.system.source import decode, line_at, open_regular, place, quoted, refuse
from advisor.task.json_rows import RepeatedKeyError, unique, what_is_wrong
from advisor.task.model import Task
from advisor.task.yaml_text import Lines, Location, lines_of_json, parse_yaml

MAX_TASK_BYTES = 256 << 10
LONGEST_NUMBER = 100

_ABSENT = "give the path of a task file"
_WITHOUT_ONE = (
    '"TASK IN WORDS" --examples FILE: takes no task file',
    '`advisor task init "TASK IN WORDS" --examples FILE --output task.yaml`: writes one; nothing is run',
)
_EMPTY = "is empty; a task file has at least name, instruction and examples"
_TOO_LARGE = "is larger than 256 KiB; a task file names the examples' file, it does not hold them"

# pydantic's messages name Python's types; these say what to write.
_CURES = {
    "bool_type": "write true or false",
    "dict_type": "write a mapping of keys to values",
    "float_parsing": "write a number",
    "float_type": "write a number",
    "int_from_float": "write a whole number",
    "int_parsing": "write a whole number",
    "int_parsing_size": "write a smaller number",
    "int_type": "write a whole number",
    "list_type": "write a list",
    "string_too_short": "is empty; write a text",
    "string_type": "write a text, in quotes if need be",
    "string_unicode": "holds half a character; write it again",
}


def load_task(path: Path) -> Task:
    """Read and validate a task file; InputError naming the file, the line where it can be known, and the cure."""
    try:
        text = _read_text(path)
    except InputError as error:
        error.ways += _WITHOUT_ONE
        raise
    data, lines = _parse_json(path, text) if path.suffix.lower() == ".json" else parse_yaml(path, text)
    if data is None:
        raise InputError(f"{place(path)}: {_EMPTY}")
    if not isinstance(data, dict):
        line = lines.get((), 1)
        raise InputError(f"{place(path, line)}: a task file is a mapping of keys such as name, instruction, examples")
    from pydantic import ValidationError

    try:
        return Task.model_validate(data)
    except ValidationError as error:
        raise InputError(_first_problem(path, error, lines or lines_of_json(path, text))) from None


def _read_text(path: Path) -> str:
    with open_regular(path, largest=MAX_TASK_BYTES, too_large=_TOO_LARGE, absent=_ABSENT, empty=_EMPTY) as stream:
        try:
            raw = stream.read(MAX_TASK_BYTES + 1)
        except OSError as error:
            refuse(path, error, _ABSENT)
    return decode(path, raw)


def _parse_json(path: Path, text: str) -> tuple[Any, Lines]:
    """Return a JSON text's content; lines are looked up only for errors."""
    if not text.strip():
        return None, {}
    try:
        return json.loads(text, object_pairs_hook=unique), {}
    except RepeatedKeyError as error:
        lines_of_json(path, text)  # reports the error with its line
        raise InputError(f"{place(path)}: {error}") from None
    except json.JSONDecodeError as error:
        raise InputError(f"{place(path, line_at(text, error.pos))}: {what_is_wrong(error)}") from None
    except (RecursionError, ValueError) as error:
        raise InputError(f"{place(path)}: {what_is_wrong(error)}") from None


def _first_problem(path: Path, error: ValidationError, lines: Lines) -> str:
    location, problem = first_problem(error)
    return f"{place(path, _line_of(location, lines))}: {problem}"


def first_problem(error: ValidationError) -> tuple[Location, str]:
    """Return the place of the first problem of a task, and in words its key, the cure, and how many more there are."""
    # A misspelt key is also a missing one: report the misspelling.
    details = min(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden")
    # "[key]" is pydantic's mark for a problem with a key rather than its value.
    location = tuple(str(part) for part in details["loc"] if part != "[key]")
    others = error.error_count() - 1
    more = f" (and {others} more)" if others else ""
    key = f"{one_line('.'.join(location), 80)}: " if location else ""
    return location, f"{key}{one_line(cure(details, location), 300)}{more}"


def _line_of(location: Location, lines: Lines) -> int | None:
    for end in range(len(location), -1, -1):
        if location[:end] in lines:
            return lines[location[:end]]
    return None


def cure(details: ErrorDetails, location: Location) -> str:
    """Return what to write instead of an invalid value."""
    kind, value = details["type"], details.get("input")
    if kind == "extra_forbidden":
        known = _known_keys(location[:-1])
        close = difflib.get_close_matches(location[-1], known, 1)
        return "unknown key; " + (f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}")
    if kind == "missing":
        return "is missing; add it"
    if kind == "model_type":
        return f"write a mapping with the keys {', '.join(_known_keys(location))}"
    if kind == "invalid_key":
        return "a key must be a text; put it in quotes"
    message = _CURES.get(kind) or details["msg"].removeprefix("Value error, ")
    return message + ("" if kind == "value_error" and isinstance(value, list | dict) else _shown(value))


def _shown(value: object) -> str:
    """Return the file's value, if it is short enough to show."""
    if isinstance(value, str):
        return f" (it is {quoted(value, 60)})"
    if value is None:
        return " (it is empty)"
    if isinstance(value, int) and value.bit_length() > LONGEST_NUMBER:  # Python refuses to print longer ones
        return " (it is a very large number)"
    if isinstance(value, int | float | dt.date):
        return f" (it is {one_line(value, 60)})"
    return " (it is a list)" if isinstance(value, list) else " (it is a mapping)" if isinstance(value, dict) else ""


def _known_keys(location: Location) -> list[str]:
    model: Any = Task
    for part in location:
        if part.isdecimal():  # an index of a list, whose item type is taken already
            continue
        field = getattr(model, "model_fields", {}).get(part)
        if field is None:
            return []
        kinds = [field.annotation, *get_args(field.annotation)]
        model = next((kind for kind in kinds if hasattr(kind, "model_fields")), field.annotation)
    return list(getattr(model, "model_fields", {}))
