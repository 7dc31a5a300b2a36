"""Types of values in a task file, with error messages for wrong ones."""

import unicodedata
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, field_validator

from advisor.units import parse_count, parse_size

LARGEST_SIZE = 2**63 - 1
LONGEST_SIZE = 30
LONGEST_NUMBER = 100


def text_value(value: object) -> object:
    """Accept whole numbers as text (labels such as 1..5), and explain YAML's reading of yes, no, on, off and 1.0."""
    if isinstance(value, bool):
        raise ValueError('is read as true or false; put it in quotes, e.g. "yes"')  # noqa: TRY004  pydantic's
    if isinstance(value, float):
        raise ValueError('is read as a number; put it in quotes, e.g. "1.0"')  # noqa: TRY004  pydantic's
    if isinstance(value, int):
        if value.bit_length() > LONGEST_NUMBER:  # Python refuses to print longer ones
            raise ValueError("is a very large number; put it in quotes")
        return str(value)
    if isinstance(value, str):
        if not value.strip() and value:
            raise ValueError("is blank; write a text")
        for character in value:
            if unicodedata.category(character) == "Cc" and character not in "\t\n\r":
                raise ValueError(f"holds the control character U+{ord(character):04X}; remove it")
    return value


def _size(value: object) -> object:
    return _number(value, parse_size, "a size; write for example 4GB or 512MiB")


def _count(value: object) -> object:
    return _number(value, parse_count, "a count; write for example 500M or 2B")


def _number(value: object, parse: Callable[[str | float], int], what: str) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"is not {what}")  # noqa: TRY004  pydantic's
    if isinstance(value, int) and abs(value) <= LARGEST_SIZE:
        return value
    if isinstance(value, int) or len(str(value)) > LONGEST_SIZE:
        raise ValueError(f"is out of reach as {what}")
    return parse(value)


Text = Annotated[str, Field(min_length=1, max_length=2000), BeforeValidator(text_value)]
_POSITIVE_OR_TEXT = WithJsonSchema({"anyOf": [{"type": "integer", "exclusiveMinimum": 0}, {"type": "string"}]})
Bytes = Annotated[int, BeforeValidator(_size), Field(gt=0, le=LARGEST_SIZE), _POSITIVE_OR_TEXT]
Count = Annotated[int, BeforeValidator(_count), Field(gt=0, le=LARGEST_SIZE), _POSITIVE_OR_TEXT]


def listed(value: Any) -> Any:  # noqa: ANN401  whatever the file holds
    """Return a text as a list of one; lists unchanged, nothing as an empty list."""
    return [value] if isinstance(value, str) else [] if value is None else value


_ONE_OR_MORE = {"anyOf": [{"type": "array", "items": {"type": "string", "minLength": 1}}, {"type": "string"}]}
_PERMISSIONS = ["remote-code", "pickle"]
_ONE_OR_MORE_PERMISSIONS = {"anyOf": [{"type": "array", "items": {"enum": _PERMISSIONS}}, {"enum": _PERMISSIONS}]}

Permissions = Annotated[
    list[Literal["remote-code", "pickle"]], BeforeValidator(listed), WithJsonSchema(_ONE_OR_MORE_PERMISSIONS)
]
Listed = Annotated[list[Text], BeforeValidator(listed), WithJsonSchema(_ONE_OR_MORE)]


class Section(BaseModel):
    """A section of the task file: unknown keys are errors, values are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_switch(cls, value: Any) -> Any:  # noqa: ANN401  whatever the file holds
        """Refuse true and false, which pydantic would read as 1 and 0; no key is a switch."""
        if isinstance(value, bool):
            raise ValueError('is read as true or false; write a number, or a text in quotes, e.g. "yes"')  # noqa: TRY004
        return value
