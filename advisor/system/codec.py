"""Typed records as JSON and back: dataclasses with the document's names as fields, except for a final `_` (`is_`).

`plain` converts an object to JSON values, `read` converts them back. Fields that an older document lacks are None or
empty.
"""

import types
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


def plain(value: Any) -> Any:  # noqa: ANN401  any JSON value
    """Convert dataclass objects, or containers of them, to JSON values."""
    if is_dataclass(value):
        return {each.name.rstrip("_"): plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def read(kind: type[T], value: Any) -> T:  # noqa: ANN401  any JSON value
    """Convert the output of `plain` back to an object; unknown names are ignored, missing ones None or empty.

    Raises:
        TypeError, ValueError, AttributeError: if it is something else.
    """
    return cast("T", _read(kind, value))


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, value: Any) -> Any:  # noqa: ANN401  a type, and any JSON value
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return None if value is None else _read(inner[0], value)
    if isinstance(kind, type) and is_dataclass(kind):
        found = value or {}
        return kind(**{name: _read(each, found.get(name.rstrip("_"))) for name, each in _hints(kind).items()})
    if origin in (list, tuple):
        return origin(_read(inner[0], each) for each in value or ())
    if origin is dict:
        return {key: _read(inner[1], each) for key, each in (value or {}).items()}
    return kind() if value is None and kind in (str, int, float, bool) else value
