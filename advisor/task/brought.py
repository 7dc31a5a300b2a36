"""Reads what a task brings besides words and numbers: a scorer's code, and files outside the task's folder.

Nothing runs here: code is read, parsed and hashed. `advisor.trust.agreements` decides whether it may run.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os.path
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.errors import InputError, one_line
from advisor.families import family
from advisor.paths import is_file, sessions_dir
from advisor.system.source import line_words, place, quoted
from advisor.task.example import Example, Scorer

if TYPE_CHECKING:
    from advisor.task.model import Task

MOST_FILES = 100
MOST_CODE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Outside:
    """Files that a task reads outside its folder: their common folder, their number, and the mention of the first."""

    folder: str
    count: int
    first: str


def home_of(task: Task, folder: Path) -> Path:
    """Return the folder of a task's files: the task file's.

    This program's own task files lie in its data folder; the paths in their words are relative to the examples.
    """
    own, here = sessions_dir().resolve(), folder.resolve()
    return (here / task.examples.path).resolve().parent if here.is_relative_to(own) else here


def read_scorer(task: Task, folder: Path) -> Scorer | None:
    """Return the user's own scorer if the task names one, with the modules next to it that it imports.

    InputError if the file is missing, no Python, or outside the task's folder.
    """
    if task.scoring.function is None:
        return None
    name, _, function = task.scoring.function.rpartition(":")
    home = home_of(task, folder)
    file = (home / name).resolve()
    if not name or not function.isidentifier() or not is_file(file):
        raise InputError(
            f"scoring.function: {quoted(task.scoring.function)}: write file.py:name, the file relative to the task file"
        )
    return scorer_at(file, function, home)


def scorer_at(file: Path, function: str, home: Path) -> Scorer:
    """Return a function of a Python file as a scorer, with the modules next to it that it imports.

    InputError if it is no Python, cannot be read, or is outside that folder.
    """
    code = _code(file, home)
    try:
        ast.parse(code)  # reads it, runs nothing
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        where = f"line {error.lineno}: {error.msg}" if isinstance(error, SyntaxError) else str(error)
        raise InputError(
            f"scoring.function: {quoted(file.name)} is not valid Python ({one_line(where, 120)}); correct it"
        ) from None
    files = {file: code} | _imported(file.parent, code, home)
    hashes = tuple((str(path), hashlib.sha256(content).hexdigest()) for path, content in files.items())
    if len(hashes) == 1:
        return Scorer(str(file), function, hashes[0][1], hashes)
    relative = [(os.path.relpath(path, file.parent), digest) for path, digest in hashes]
    return Scorer(str(file), function, hashlib.sha256(json.dumps(relative).encode()).hexdigest(), hashes)


def _code(file: Path, home: Path) -> bytes:
    if not file.is_relative_to(home):
        raise InputError(
            f"scoring.function: {place(file)} lies outside the task's folder, {place(home)}; copy it there"
        )
    if file.stat().st_size > MOST_CODE_BYTES:
        raise InputError(f"scoring.function: {place(file)} is larger than 1 MiB; keep data in files of their own")
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"scoring.function: {place(file)} cannot be read ({one_line(error.strerror)})") from None


def _imported(base: Path, code: bytes, home: Path) -> dict[Path, bytes]:
    """Return the files next to the scorer that it imports, directly or indirectly, in a fixed order.

    For a folder of modules all count. Standard library modules take precedence over files of the same name.
    """
    found: dict[Path, bytes] = {}
    known, waiting = set[str](), [code]
    for each in waiting:  # grows in the loop
        for name in sorted(set(_names(each)) - known - sys.stdlib_module_names):
            known.add(name)
            for file in _modules(base, name):
                found[file] = _code(file.resolve(), home)
                waiting.append(found[file])
                if len(found) > MOST_FILES:
                    raise InputError(
                        f"scoring.function: {place(base)}: more than {MOST_FILES} files of code; use fewer"
                    )
    return dict(sorted(found.items()))


def _modules(base: Path, name: str) -> list[Path]:
    alone, folder = base / f"{name}.py", base / name
    inside = sorted(folder.rglob("*.py")) if folder.is_dir() else []
    return [*([alone] if alone.is_file() else []), *(file for file in inside if file.is_file())]


def _names(code: bytes) -> Iterator[str]:
    """Yield the top-level names that code imports; nothing for code that cannot be parsed."""
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
            yield node.module.partition(".")[0]


def read_outside(task: Task, folder: Path, examples: Sequence[Example]) -> Outside | None:
    """Return the files that a task reads outside its folder; None if it reads none.

    A file of examples or documents named in the task counts only if a link leads out of the folder.
    """
    home = home_of(task, folder)
    found: list[tuple[Path, str]] = []
    sections = (task.examples, task.teaching, task.documents)
    for name in [section.path for section in sections if section is not None and section.path is not None]:
        written, real = Path(os.path.abspath(folder / name)), (folder / name).resolve()  # noqa: PTH100  keeps links
        if written.is_relative_to(os.path.abspath(folder)) and not real.is_relative_to(home):  # noqa: PTH100
            found.append((real, one_line(name, 120)))
    part, name = family(task.family).file_part, Path(task.examples.path).name
    if part is not None:
        files = ((Path(dict(example.parts)[part]), example.line) for example in examples if example.parts)
        out = ((file, line) for file, line in files if not file.is_relative_to(home))
        found += [(file, f"{one_line(name, 80)}, {line_words(line)}") for file, line in out]
    if not found:
        return None
    return Outside(os.path.commonpath([file.parent for file, _ in found]), len(found), found[0][1])
