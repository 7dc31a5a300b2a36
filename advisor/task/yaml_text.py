"""Parses YAML so that every value, and every error, has its line."""

from pathlib import Path
from typing import Any, TypeAlias

import yaml

from advisor.errors import InputError, one_line
from advisor.system.source import line_at, place, quoted

MAX_ENTRIES = 20_000
MAX_DEPTH = 20
_NO_KEYS = ("binary", "bool", "float", "null", "timestamp")

Location: TypeAlias = tuple[str, ...]
Lines: TypeAlias = dict[Location, int]


class Located:
    """Adds the line to errors of PyYAML's constructors; some have none, e.g. for `!!int x` or 2024-13-01."""

    def construct_object(self, node: Any, deep: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002  as overridden
        """Build a node's value; errors have its line."""
        try:
            return super().construct_object(node, deep=deep)  # type: ignore[misc]
        except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
            value = quoted(node.value) if isinstance(node, yaml.ScalarNode) else "this"
            problem = f"{value} is not a valid value of its kind; put it in quotes"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from None


class _Loader(Located, yaml.SafeLoader):
    """PyYAML's safe loader, whose errors all have a line."""


def parse_yaml(path: Path, text: str, kind: type[Any] = _Loader, largest: int = MAX_ENTRIES) -> tuple[Any, Lines]:
    """Return a YAML text's content, and the line of every key and item by its location; at most `largest` of them.

    InputError naming the line and the cure.
    """
    loader = None
    try:
        loader = kind(text)
        node = loader.get_single_node()
        lines: Lines = {}
        if node is None:
            return None, lines
        _walk(_Walk(path, text, lines, largest), node, (), ())
        return loader.construct_document(node), lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = line_at(text, mark.index) if mark else None
        raise InputError(f"{place(path, line)}: is not valid YAML: {_reason(error)}") from None
    except yaml.reader.ReaderError as error:
        line = line_at(text, error.position)
        raise InputError(f"{place(path, line)}: holds the character U+{_code(error):04X}; remove it") from None
    except RecursionError:
        line = line_at(text, getattr(loader, "index", 0)) if loader else None
        raise InputError(f"{place(path, line)}: is nested too deeply; a task file has a few levels") from None
    except (ValueError, OverflowError) as error:  # the scanner's own, e.g. for "\UFFFFFFFF"
        line = line_at(text, getattr(loader, "index", 0)) if loader else None
        raise InputError(f"{place(path, line)}: is not valid YAML ({one_line(error, 120)}); correct it") from None


def lines_of_json(path: Path, text: str) -> Lines:
    """Return the line of every key and item of a JSON text, read as YAML; empty if that fails.

    InputError if a key is repeated.
    """
    # In JSON a tab is plain white space; YAML refuses it.
    plain = text.replace("\t", " ")
    lines: Lines = {}
    try:
        node = _Loader(plain).get_single_node()
        if node is not None:
            _walk(_Walk(path, plain, lines), node, (), ())
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        return {}
    return lines


class _Walk:
    """The state of a walk through the nodes: the lines found so far."""

    def __init__(self, path: Path, text: str, lines: Lines, largest: int = MAX_ENTRIES) -> None:
        self.path = path
        self.largest = largest
        self.text = text
        self.lines = lines
        self._counted = (0, 1)

    def line(self, node: yaml.Node) -> int:
        """Return a node's line; nodes come mostly in order, so only the text in between is counted."""
        index = node.start_mark.index
        at, line = self._counted
        if index < at:
            return line_at(self.text, index)
        line += self.text.count("\n" if "\n" in self.text else "\r", at, index)
        self._counted = (index, line)
        return line

    def refusal(self, node: yaml.Node, what: str) -> InputError:
        return InputError(f"{place(self.path, self.line(node))}: {what}")


def _walk(walk: _Walk, node: yaml.Node, here: Location, above: tuple[int, ...]) -> None:
    """Record the line of every key and item; refuse repeated keys, and aliases that multiply without end."""
    walk.lines.setdefault(here, walk.line(node))
    if id(node) in above:
        raise walk.refusal(node, "holds itself through an alias; write its values out")
    if len(above) > MAX_DEPTH:
        raise walk.refusal(node, "is nested too deeply; a task file has a few levels")
    if len(walk.lines) > walk.largest:
        raise walk.refusal(node, "holds too many entries; a task file is short")
    above = (*above, id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place_of_value = (*here, _key(walk, key))
            if place_of_value in walk.lines:
                raise walk.refusal(key, f"the key {quoted(key.value)} appears twice; keep one")
            walk.lines[place_of_value] = walk.line(key)
            _walk(walk, value, place_of_value, above)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(walk, item, (*here, str(index)), above)


def _key(walk: _Walk, key: yaml.Node) -> str:
    if not isinstance(key, yaml.ScalarNode):
        raise walk.refusal(key, "uses a list or a mapping as a key; a key is a plain text")
    kind = key.tag.rpartition(":")[2]
    if kind in _NO_KEYS:
        raise walk.refusal(key, f"the key {quoted(key.value)} is read as a {kind}; put it in quotes")
    return str(key.value)


def _reason(error: yaml.MarkedYAMLError) -> str:
    problem = error.context if error.problem == "second occurrence" else error.problem  # e.g. of an anchor
    reason = one_line(problem or error.context or "unknown", 160)
    if "'\\t'" in reason:
        return f"{reason}; indent with blanks, not tabs"
    if "tag" in reason:
        return f"{reason}; leave tags out"
    if "another document" in reason:
        return "a second document begins with ---; keep one"
    return reason if ";" in reason else f"{reason}; check indentation, colons and quotes nearby"


def _code(error: yaml.reader.ReaderError) -> int:
    return ord(error.character) if isinstance(error.character, str) else int(error.character)
