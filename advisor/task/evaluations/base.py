"""The parsed content of an evaluation's file, and helpers for its readers: YAML, referenced files, templates."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from advisor.errors import InputError
from advisor.system.source import decode, open_regular, place, quoted
from advisor.task.yaml_text import Lines, Located, parse_yaml

if TYPE_CHECKING:
    from advisor.task.record import Row

MAX_TEXT, MAX_ENTRIES = 4 << 20, 200_000
# The score that an answer with any one of several expected texts reaches: of a hundred at most.
ANY_OF_THEM = 0.01
NOT_TAKEN = "not taken, as it runs code, asks a judge or compares in another way"
# References to these would have to be executed.
CODE = (".py", ".js", ".ts", ".mjs", ".cjs", ".mts", ".cts", ".rb", ".go")
_FIELD = re.compile(
    r"\{\{-?\s*([A-Za-z_]\w*(?:\.(?!strip\()\w+|\[\d+\])*)(?:\.strip\(\))?\s*(?:\|\s*(?:trim|safe)\s*)?-?\}\}"
)
# A line that labels the only field: "Ticket: {{ticket}}".
_LABELLED = re.compile(rf"(?m)^[^\w\n]*\w+(?: \w+)?:\s*{_FIELD.pattern}[^\w\n]*$")
_STEP = re.compile(r"\w+")
_BOOL, _DATE, _INT = (f"tag:yaml.org,2002:{kind}" for kind in ("bool", "timestamp", "int"))


@dataclass(slots=True)
class Evaluation:
    """The content of an evaluation's file, collected by its reader."""

    name: str  # The tool that wrote it.
    rows: list[Row] = field(default_factory=list)  # Its examples.
    # Its settings by the keys of a task file: guesses, which the user may change.
    settled: dict[str, Any] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)  # The source of each setting, in the file's own words.
    left_out: list[str] = field(default_factory=list)  # Ignored parts, one line each.

    def add(self, key: str, value: object, why: str) -> None:
        """Add a setting by its key in a task file."""
        self.settled[key], self.why[key] = value, why

    def add_prompt(self, system: str, asked: str, names: Collection[str]) -> None:
        """Add a prompt: a template if it fills in a column, the columns that it fills in, and the instruction."""
        fields = fields_of(asked)
        if fields is None or fields_of(system) != []:
            self.left_out.append("the prompt is not taken: it does more than fill in {{names}}")
            return
        known = [name for name in fields if name in names]
        bare = _LABELLED.sub("", asked) if len(fields) == 1 else asked
        bare = bare if bare.strip() else asked
        plain = fill(bare, {name: "" if len(known) == 1 else f"<{name}>" for name in fields}) if fields else asked
        if instruction := system or plain.strip(' \n\t:"'):
            self.add("instruction", instruction, "its prompt")
        if known:
            self.add("examples.input", known[0] if len(known) == 1 else known, "its prompt")
        if len(fields) == len(known) == 1 and (template := fill(asked, {known[0]: "{text}"})).strip() != "{text}":
            self.add("prompt.template", template, "its prompt")


class Code(str):
    """A YAML value that its tool would run, such as `!function utils.prompt`."""

    __slots__ = ()


# libyaml's parser, if PyYAML was built with it: it accepts a question mark within braces, and is ten times as fast.
_Safe = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Plain(Located, _Safe):  # type: ignore[misc, valid-type]
    """Reads "yes", dates, 12:30 and 007 as texts, as YAML 1.2 does; custom tags become code, which is not run."""


_Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag not in {_DATE, _INT} and (tag != _BOOL or first in "tTfF")]
    for first, found in _Safe.yaml_implicit_resolvers.items()
}
_Plain.add_implicit_resolver(_INT, re.compile(r"[-+]?(?:0|[1-9]\d*)$"), list("-+0123456789"))
_Plain.add_multi_constructor(
    "!", lambda _, tag, node: Code(f"!{tag} {node.value if isinstance(node, yaml.ScalarNode) else ''}")
)


def read_yaml(path: Path) -> tuple[Any, Lines]:
    """Return a YAML file's content, and the line of every key and item by its location; callers must not modify them.

    InputError naming the file, the line and the cure.
    """
    return _parsed(path, read_text(path))


@lru_cache(maxsize=2)  # the interview reads a configuration several times
def _parsed(path: Path, text: str) -> tuple[Any, Lines]:
    return parse_yaml(path, text, _Plain, MAX_ENTRIES)


def read_text(path: Path) -> str:
    """Return the text of an evaluation's file; InputError naming the file and the cure."""
    absent = "check its name; it is relative to the file that names it"
    with open_regular(
        path, largest=MAX_TEXT, too_large="is larger than 4 MiB; keep a part of it", absent=absent, empty="is empty"
    ) as stream:
        return decode(path, stream.read(MAX_TEXT + 1))


def referenced(path: Path, reference: str) -> Path:
    """Return a file named by another, which must be in its folder or below: the file may come from anyone.

    InputError if it is outside, or code.
    """
    name = reference.removeprefix("file://")
    if name.partition(":")[0].lower().endswith(CODE):
        raise InputError(
            f"{place(path)}: {quoted(reference, 80)} is code, which is not run; "
            "write what it returns to a file, such as CSV, and name that"
        )
    folder = path.parent.resolve()
    found = (folder / name).resolve()
    if not found.is_relative_to(folder):
        raise InputError(f"{place(path)}: {quoted(reference, 80)} is outside this file's folder; copy it there")
    return found


def fields_of(template: str) -> list[str] | None:
    """Return the distinct names in a template's `{{ name }}`; None if it does more than fill them in."""
    rest = _FIELD.sub("", template)
    return None if "{{" in rest or "{%" in rest else list(dict.fromkeys(_FIELD.findall(template)))


def only_field(template: str) -> str | None:
    """Return the name that makes up a whole template; None if there is more."""
    found = _FIELD.fullmatch(template.strip())
    return None if found is None else found[1]


def fill(template: str, record: Mapping[str, Any]) -> str:
    """Return a template filled with a record's values; dots and brackets reach into objects and lists.

    KeyError if a name is missing.
    """
    return _FIELD.sub(lambda found: _shown(value_of(record, found[1])), template)


def value_of(record: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401  any JSON value
    """Return the value of a name such as `choices.text[0]` in a record; KeyError if it is missing."""
    value: Any = record
    for step in _STEP.findall(name):
        try:
            value = value[int(step)] if isinstance(value, list | tuple) else value[step]
        except (KeyError, IndexError, TypeError, ValueError):
            raise KeyError(name) from None
    return value


def as_text(value: object) -> str | None:
    """Return a YAML scalar as its tool would print it; None for lists, objects and nulls."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else None


def json_or(text: object, otherwise: Any) -> Any:  # noqa: ANN401  any JSON value
    """Return a text parsed as JSON, or the alternative if it is none."""
    try:
        return json.loads(text) if isinstance(text, str) else otherwise
    except (ValueError, RecursionError):
        return otherwise


def same(values: Iterable[Any]) -> Any:  # noqa: ANN401  any JSON value
    """Return the common value; None if values differ or there are none."""
    first, *rest = list(values) or [None]
    return first if all(each == first for each in rest) else None


def _shown(value: object) -> str:
    text = as_text(value)
    return text if text is not None else yaml.safe_dump(value, allow_unicode=True, default_flow_style=True).strip()
