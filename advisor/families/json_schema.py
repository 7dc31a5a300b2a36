"""JSON schemas: checked, applied, inferred from expected values, and bounded for engines that generate by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.families.patterns import REASON, pattern_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# Digits that a whole number may have where its schema says no bound: a small model fills what is unbounded.
MOST_DIGITS = 12


def validator_of(schema: dict[str, Any]) -> Callable[[Any], bool]:
    """Return whether a value satisfies a JSON schema. References leave the schema nowhere: nothing is fetched.

    Raises:
        ValueError: if it is no schema.
    """
    import re2
    from jsonschema import validators  # needed by few tasks
    from jsonschema.exceptions import SchemaError, ValidationError
    from referencing import Registry

    def linear_pattern(_: Any, pattern: str, value: Any, __: Any) -> Any:  # noqa: ANN401  the library's protocol
        if isinstance(value, str) and re2.search(pattern, value) is None:
            yield ValidationError("does not match its pattern")

    kind = validators.validator_for(schema, default=validators.Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        raise ValueError(f"is no JSON schema ({error.message[:REASON]})") from None
    for key, value in _texts(schema, ("pattern", "$ref")):
        if key == "$ref" and not value.startswith("#"):
            raise ValueError(f"refers to {value[:REASON]!r}; only references within the schema (#/...) are followed")
        if key == "pattern":
            pattern_of(value)
    checker = validators.extend(kind, {"pattern": linear_pattern})(schema, registry=Registry())

    def is_valid(value: Any) -> bool:  # noqa: ANN401  any JSON value
        try:
            return bool(checker.is_valid(value))
        except RecursionError:
            return False

    return is_valid


def _texts(schema: Any, keys: tuple[str, ...]) -> list[tuple[str, str]]:  # noqa: ANN401  any JSON value
    """Return the texts that stand under some keys anywhere in a schema."""
    found: list[tuple[str, str]] = []
    waiting = [schema]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            found += [(key, value[key]) for key in keys if isinstance(value.get(key), str)]
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return found


def infer_schema(values: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a JSON schema of the fields and kinds of values that some objects have.

    A field that all of them have is required. Kinds alone are taken over, no value of any example.
    """
    return _schema_of([dict(value) for value in values])


def _schema_of(values: list[Any]) -> dict[str, Any]:
    kinds = sorted({_kind(value) for value in values})
    if "number" in kinds and "integer" in kinds:
        kinds.remove("integer")
    schema: dict[str, Any] = {"type": kinds[0] if len(kinds) == 1 else kinds}
    objects = [value for value in values if isinstance(value, dict)]
    if objects:
        names = list(dict.fromkeys(name for value in objects for name in value))
        schema["properties"] = {name: _schema_of([v[name] for v in objects if name in v]) for name in names}
        schema["required"] = [name for name in names if all(name in value for value in objects)]
        schema["additionalProperties"] = False
    items = [item for value in values if isinstance(value, list) for item in value]
    if items:
        schema["items"] = _schema_of(items)
    return schema


def _kind(value: Any) -> str:  # noqa: ANN401  any JSON value
    if value is None:
        return "null"
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return kinds[type(value)]


def bounded(schema: Any) -> Any:  # noqa: ANN401  any JSON value
    """Return a schema whose whole numbers have a bound each: see `MOST_DIGITS`."""
    if isinstance(schema, list):
        return [bounded(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    bound = {name: bounded(value) for name, value in schema.items()}
    if schema.get("type") == "integer":
        largest = 10**MOST_DIGITS - 1
        has_low = "minimum" in schema or "exclusiveMinimum" in schema
        has_high = "maximum" in schema or "exclusiveMaximum" in schema
        bound |= {} if has_low else {"minimum": -largest}
        bound |= {} if has_high else {"maximum": largest}
    return bound
