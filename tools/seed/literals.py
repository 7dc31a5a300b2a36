"""Read constants out of Python source without running it."""

import ast
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

_UNKNOWN: Final = object()
_NUMBERS: Final = (int, float)


class Module:
    """The top-level constants of one file, and those it imports from neighbouring files."""

    def __init__(self, path: Path) -> None:
        """Parse a file without executing it."""
        self._folder = path.parent
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self._names: dict[str, ast.expr] = {}
        self._imports: dict[str, tuple[str, str]] = {}
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self._names[node.targets[0].id] = node.value
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
                self._names[node.target.id] = node.value
            elif isinstance(node, ast.ImportFrom) and node.level and node.module:
                for alias in node.names:
                    self._imports[alias.asname or alias.name] = (node.module, alias.name)

    def calls(self, suffix: str) -> Iterator[dict[str, Any]]:
        """Constant keyword arguments of each call to a function whose name has this suffix."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.endswith(suffix):
                yield self.keywords(node)

    def keywords(self, call: ast.Call) -> dict[str, Any]:
        """Constant keyword arguments of a call, including those of an unpacked constant."""
        found: dict[str, Any] = {}
        for keyword in call.keywords:
            value = self.value(keyword.value)
            if keyword.arg and value is not _UNKNOWN:
                found[keyword.arg] = value
            elif keyword.arg is None and isinstance(value, dict):
                found |= value
        return found

    def constant(self, name: str) -> Any:  # noqa: ANN401 - any constant
        """A top-level constant by name, following imports from neighbours; ``None`` if it is none."""
        if name in self._names:
            value = self.value(self._names[name])
            return None if value is _UNKNOWN else value
        if name in self._imports:
            module, original = self._imports[name]
            path = self._folder / f"{module.replace('.', '/')}.py"
            return Module(path).constant(original) if path.is_file() else None
        return None

    def value(self, node: ast.expr) -> Any:  # noqa: ANN401, C901 - one branch per kind of node
        """The value of a constant expression, or a marker for "not constant"."""
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                found = self.constant(name)
                return _UNKNOWN if found is None else found
            case ast.Attribute(attr="inf"):
                return math.inf
            case ast.List() | ast.Tuple() | ast.Set():
                items: list[Any] = []
                for element in node.elts:
                    spread = isinstance(element, ast.Starred)
                    item = self.value(element.value if isinstance(element, ast.Starred) else element)
                    if item is not _UNKNOWN:
                        items.extend(item if spread else [item])
                return items
            case ast.Dict():
                pairs = zip(node.keys, node.values, strict=True)
                constants = {key.value: self.value(value) for key, value in pairs if isinstance(key, ast.Constant)}
                return {key: value for key, value in constants.items() if value is not _UNKNOWN}
            case ast.Call(func=ast.Name(id="int"), args=[inner]):
                number = self.value(inner)
                return int(number) if isinstance(number, _NUMBERS) else _UNKNOWN
            case ast.Call(func=ast.Name(id="dict" | "_cfg" | "ModelSource" | "PretrainedCfg")):
                return self.keywords(node)
            case ast.BinOp(left=left, op=op, right=right):
                return _combine(self.value(left), op, self.value(right))
            case _:
                return _UNKNOWN


def _combine(left: Any, op: ast.operator, right: Any) -> Any:  # noqa: ANN401 - any constants
    if isinstance(left, _NUMBERS) and isinstance(right, _NUMBERS):
        if isinstance(op, ast.Mult):
            return left * right
        if isinstance(op, ast.Add):
            return left + right
        if isinstance(op, ast.Pow):
            return left**right
    if isinstance(left, list) and isinstance(right, list) and isinstance(op, ast.Add | ast.BitOr):
        return left + right
    return _UNKNOWN
