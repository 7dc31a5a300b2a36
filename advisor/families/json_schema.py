"""JSON schemas: checked, applied, inferred from expected values, and bounded for engines that generate by them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from advisor.families.json_fields import written_number
from advisor.families.patterns import REASON, search_of

# The default bound of whole numbers in answers: small models fill what is unbounded, and
# identifiers and times in nanoseconds have 19 digits. One more, the largest of 64 bits, is no bound to llama.cpp.
LARGEST = 2**63 - 2
# The values of a field that are a set of labels: how many at most, their length, the examples of each at least.
MOST_CHOICES, LONGEST_CHOICE, EXAMPLES_OF_A_CHOICE = 20, 40, 3
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
# Keywords whose value maps the user's names to schemas, and those whose value is data.
_BY_NAME = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_DATA = frozenset({"enum", "const", "default", "examples"})


def validator_of(schema: dict[str, Any], *, null_may_lack: bool = False) -> Callable[[Any], bool]:
    """Return a validator of a JSON schema. References must stay within the schema: nothing is fetched.

    With `null_may_lack` a required field that may be null may also be missing. ValueError if it is no schema, or has an
    unresolved reference.
    """
    from jsonschema import validators  # needed by few tasks
    from referencing import Registry

    kind = validators.validator_for(schema, default=validators.Draft202012Validator)
    try:
        _check(schema, kind)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    by_pattern = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
    }
    by_pattern |= {"required": _required_or_null} if null_may_lack else {}
    checker = validators.extend(kind, by_pattern)(schema, registry=Registry())

    def is_valid(value: Any) -> bool:  # noqa: ANN401  any JSON value
        try:
            return bool(checker.is_valid(value))
        except RecursionError:
            return False

    return is_valid


def _check(schema: dict[str, Any], kind: Any) -> None:  # noqa: ANN401  a class of the library's
    """Check a schema with everything that it refers to; ValueError with the error."""
    from referencing import Registry
    from referencing.jsonschema import specification_with

    specification = specification_with(kind.META_SCHEMA.get("$schema") or kind.META_SCHEMA["$id"])
    root = specification.create_resource(schema)
    _check_form(schema, kind)
    waiting = [(root, Registry().resolver_with_root(root))]
    used: set[str] = set()
    seen: set[int] = set()
    while waiting:
        part, resolver = waiting.pop()
        if id(part.contents) in seen or not isinstance(part.contents, dict):
            continue
        seen.add(id(part.contents))
        used |= part.contents.keys()
        for pattern in (part.contents.get("pattern", ""), *part.contents.get("patternProperties", ())):
            search_of(pattern)
        for reference in (part.contents[key] for key in _REFERENCES if key in part.contents):
            found = _resolved(reference, resolver)
            if id(found.contents) not in seen:  # it may be at a place without a schema
                _check_form(found.contents, kind)
            waiting.append((specification.create_resource(found.contents), found.resolver))
        waiting += [(each, resolver.in_subresource(each)) for each in part.subresources()]
    if {"patternProperties", "unevaluatedProperties"} <= used:
        # The library looks for such fields by patterns that backtrack.
        raise ValueError("has unevaluatedProperties with patternProperties; write additionalProperties")


def _check_form(schema: Any, kind: Any) -> None:  # noqa: ANN401  any JSON value; a class of the library's
    from jsonschema.exceptions import SchemaError

    try:
        kind.check_schema(schema)
    except SchemaError as error:
        raise ValueError(f"is not a JSON schema ({error.message[:REASON]})") from None


def _resolved(reference: Any, resolver: Any) -> Any:  # noqa: ANN401  any JSON value; the library's own
    from referencing.exceptions import Unresolvable

    named = repr(reference)[:REASON]
    if not isinstance(reference, str) or not reference.startswith("#"):
        raise ValueError(f"refers to {named}; only references within the schema (#/...) are followed")
    try:
        return resolver.lookup(reference)
    except (Unresolvable, ValueError, TypeError):  # the last two for paths through non-objects
        raise ValueError(f"refers to {named}, which is not in the schema") from None


def _pattern(_: Any, pattern: str, value: Any, __: Any) -> Any:  # noqa: ANN401  the library's protocol, here and below
    from jsonschema.exceptions import ValidationError

    if isinstance(value, str) and not search_of(pattern)(value):
        yield ValidationError("does not match its pattern")


def _pattern_properties(checker: Any, parts: dict[str, Any], value: Any, _: Any) -> Any:  # noqa: ANN401
    for pattern, part in parts.items() if isinstance(value, dict) else ():
        matches = search_of(pattern)
        for name in filter(matches, value):
            yield from checker.descend(value[name], part, path=name, schema_path=pattern)


def _additional_properties(checker: Any, rule: Any, value: Any, schema: dict[str, Any]) -> Any:  # noqa: ANN401
    from jsonschema.exceptions import ValidationError

    if not isinstance(value, dict):
        return
    known = schema.get("properties", {})
    named = [search_of(pattern) for pattern in schema.get("patternProperties", {})]
    more = [name for name in value if name not in known and not any(matches(name) for matches in named)]
    if isinstance(rule, dict):
        for name in more:
            yield from checker.descend(value[name], rule, path=name)
    elif rule is False and more:
        yield ValidationError("has fields that are not in its schema")


def _required_or_null(_: Any, required: Any, value: Any, schema: dict[str, Any]) -> Any:  # noqa: ANN401
    from jsonschema.exceptions import ValidationError

    parts = schema.get("properties", {})
    for name in required if isinstance(value, dict) else ():
        kinds = parts[name].get("type") if isinstance(parts.get(name), dict) else None
        if name not in value and "null" not in (kinds if isinstance(kinds, list) else [kinds]):
            yield ValidationError(f"{name!r} is missing")


def infer_schema(values: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a JSON schema of the fields and value types in some objects.

    Fields that all of them have are required. Only types are taken over, no example's values.
    """
    return _schema_of([dict(value) for value in values])


def with_choices(schema: dict[str, Any], examples: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """Return an inferred schema with an enum for each field of a few texts that recur and mostly stand in no input.

    They are labels, which the file names as a column of labels does: each one in several examples, so that another
    value is hardly missing.
    """
    properties = dict(schema.get("properties") or {})
    for name, part in properties.items():
        known = [(text.casefold(), value[name]) for text, value in examples if value.get(name) is not None]
        counts = Counter(value for _, value in known if isinstance(value, str))
        if part.get("type") not in ("string", ["null", "string"]) or not 1 < len(counts) <= MOST_CHOICES:
            continue
        stand = sum(str(value).casefold() in text for text, value in known)
        is_short = all(value.strip() and len(value) <= LONGEST_CHOICE for value in counts)
        if is_short and min(counts.values()) >= EXAMPLES_OF_A_CHOICE and 2 * stand < len(known):
            properties[name] = part | {"enum": [*sorted(counts), *([None] if "null" in part["type"] else [])]}
    return schema | ({"properties": properties} if properties else {})


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


def with_bounded_numbers(schema: Any) -> Any:  # noqa: ANN401  any JSON value
    """Return a schema with a bound on all whole numbers: see `LARGEST`."""
    if isinstance(schema, list):
        return [with_bounded_numbers(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    bound = {name: _bounded_part(name, value) for name, value in schema.items()}
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "integer" in kinds and "number" not in kinds and not {"enum", "const"} & schema.keys():
        low, high = (
            next((schema[name] for name in names if name in schema), None)
            for names in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))
        )
        # The schema's own bound beyond ours is kept alone.
        bound |= {"minimum": -LARGEST} if low is None and (high is None or high > -LARGEST) else {}
        bound |= {"maximum": LARGEST} if high is None and (low is None or low < LARGEST) else {}
    return bound


def _bounded_part(name: str, value: Any) -> Any:  # noqa: ANN401  any JSON value
    if name in _BY_NAME and isinstance(value, dict):
        return {each: with_bounded_numbers(part) for each, part in value.items()}
    return value if name in _DATA else with_bounded_numbers(value)


def numbered(value: Any, schema: Any) -> Any:  # noqa: ANN401  any JSON value
    """Return an expected value with texts converted to the schema's numbers: table files have only texts.

    They may be written with a comma and units, see `written_number`.
    """
    if not isinstance(schema, dict):
        return value
    if isinstance(value, dict) and isinstance(parts := schema.get("properties"), dict):
        return {name: numbered(part, parts.get(name)) for name, part in value.items()}
    if isinstance(value, list):
        return [numbered(part, schema.get("items")) for part in value]
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if isinstance(value, str) and {"integer", "number"} & {*kinds} and "string" not in kinds:
        found = written_number(value)
        return value if found is None else found
    return value
