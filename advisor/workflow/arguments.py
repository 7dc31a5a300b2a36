"""Validates the arguments of `recommend`; errors name the flag, or the keyword for programs."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError, one_line
from advisor.evidence.sequential import Strength
from advisor.paths import at_home, is_there
from advisor.task.evaluations.known import is_configuration
from advisor.units import parse_size
from advisor.workflow.sessions import Start, folder_of

if TYPE_CHECKING:
    from advisor.task.model import Task

TASK_ENDINGS = (".yaml", ".yml", ".json")


def start_of(
    task: Task | Path | str,
    *,
    examples: Path | str | None = None,
    answers: Mapping[str, Any] | None = None,
    require: str = "certified",
    download: int | str | None = 0,
    send_to: Sequence[str] = (),
    offline: bool = False,
    escalation: bool = False,
    language_model: str = "",
) -> Start:
    """Return the arguments of `recommend` as the start of a session; InputError if one is invalid."""
    given = {} if answers is None else dict(of_kind("answers", answers, Mapping, "a mapping of keys to values"))
    hosts = several("send_to", send_to, "a list of hosts")
    shared: dict[str, Any] = {
        "answers": given | ({"send_to": hosts} if hosts else {}),
        "require": _strength(require),
        "download": _download(download),
        "offline": offline,
        "escalation": escalation,
        "language_model": of_kind("language_model", language_model, str, "an address or the path of a GGUF file"),
    }
    if examples is not None:
        of_kind("examples", examples, (str, os.PathLike), "the path of a file")
    if isinstance(task, str | os.PathLike) and examples is None and _holds_examples(at_home(str(task))):
        return Start(words="", examples=str(task), **shared)
    if isinstance(task, str) and not is_task_file(task):
        return Start(words=task, examples=None if examples is None else str(examples), **shared)
    _check_with_task(examples, shared["answers"], language_model)
    return Start(task_file=_task_file(task), **shared)


def _task_file(task: object) -> str:
    from advisor.task.model import Task

    if isinstance(task, Task):
        return str(_written(task))
    of_kind("task", task, (str, os.PathLike), "a Task, the path of a task file, or the task in words")
    return os.fspath(at_home(str(task)))


def of_kind(name: str, value: Any, kinds: Any, words: str) -> Any:  # noqa: ANN401  any argument
    """Return an argument of the expected type; InputError otherwise."""
    if isinstance(value, kinds):
        return value
    raise InputError(f"{name}: {one_line(repr(value), 60)} is a {type(value).__name__}; give {words}")


def several(name: str, given: object, words: str) -> list[str]:
    """Return an argument of texts or paths as a list, also a single one; InputError if it has another type."""
    return [str(given)] if isinstance(given, str | Path) else [*map(str, of_kind(name, given, Collection, words))]


def checked_count(name: str, count: object) -> int:
    """Return a number of candidates (`jobs`) or workers (`replicas`); InputError unless it is an integer from 1."""
    if isinstance(count, int) and not isinstance(count, bool) and count >= 1:
        return count
    raise InputError(f"{name}: {one_line(repr(count), 60)} is not a number of them; give a whole number from 1 on")


def _strength(text: object) -> str:
    known = list(reversed(Strength))
    if isinstance(text, str) and text.lower() in known:
        return text.lower()
    raise InputError(f"--require: {one_line(repr(text), 60)} is not a strength; give one of {', '.join(known)}")


def _download(size: object) -> int | None:
    if size is None:
        return None
    try:
        return parse_size(size if isinstance(size, int | float) else str(size))
    except ValueError as error:
        raise InputError(f"--download: {error}") from None


def is_task_file(text: str) -> bool:
    """Return whether a text is the path of a task file: an existing one, or one that looks like one."""
    if text.lower().endswith(TASK_ENDINGS) and "\n" not in text:
        return True
    name = text.strip()
    # Languages without spaces separate words by slashes.
    return bool(name) and (is_there(Path(text)) or (os.path.sep in name and " " not in name and name.isascii()))


def _holds_examples(path: Path) -> bool:
    """Return whether a file or folder holds examples, not a task: the examples define the task."""
    return is_configuration(path) or (path.suffix.lower() not in TASK_ENDINGS and is_there(path))


def _check_with_task(examples: object, answers: Mapping[str, Any], language_model: str) -> None:
    """Refuse arguments that go with words only, if a task is given; InputError."""
    if examples is not None:
        raise InputError("examples go with words; a task names its own")
    if language_model:
        raise InputError("a language model helps to read words; a task file needs none")
    extra = sorted(set(answers) - {"plan", "send_to", "starter"})
    if extra:
        raise InputError(f"{one_line(extra[0], 40)}: answers go with words; write it into the task")


def _written(task: Task) -> Path:
    """Write a task's file, with absolute paths, and return its path; equal tasks have the same file."""
    from advisor.system.files import write_whole

    content = task.model_dump(mode="json", exclude_defaults=True) | {"version": 1}
    for section in ("examples", "documents", "teaching"):
        inner = content.get(section)
        if isinstance(inner, dict) and inner.get("path"):
            inner["path"] = str(at_home(inner["path"]).absolute())
    text = json.dumps(content, indent=2, ensure_ascii=False)
    folder = folder_of(f"task-{hashlib.sha256(text.encode()).hexdigest()[:12]}")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "task.json"
    if not path.exists():
        write_whole(path, text)
    return path


# Commands in backticks are for a shell even if a program prints them.
_COMMAND = re.compile(r"(`advisor [^`]*`)")
# Values may be quoted as by `shlex.quote`.
_FLAG = re.compile(r"""(?<![\w-])--([a-z][a-z-]*)(?: ((?:'[^']*'|"'")+|[\w.]+=\[[^\]]*\]|[^\s,;)]+))?""")
_PLACEHOLDER = re.compile(r"[A-Z]{2,}")
# Values are placeholders such as SIZE, or have a digit or sign; "--download to use" is followed by a word.
_VALUE = re.compile(r"[A-Z]{2,}|\S*[\d./:@=]\S*")


def in_keywords(text: str, parameters: Mapping[str, object]) -> str:
    """Return a message with keyword arguments for flags, e.g. `send_to=["api.example"]` for `--send-to api.example`.

    The defaults of the `parameters` determine the syntax of each; other flags are kept.
    """
    parts = _COMMAND.split(text)
    return "".join(part if _COMMAND.fullmatch(part) else _translated(part, parameters) for part in parts)


def _translated(text: str, parameters: Mapping[str, object]) -> str:
    def keyword(match: re.Match[str]) -> str:
        name, word = match[1].replace("-", "_"), match[2] or ""
        is_quoted = word.startswith("'")
        word = shlex.split(word)[0] if is_quoted else word
        if name == "set" and "=" in word:
            key, _, value = word.partition("=")
            return f"answers={{{json.dumps(key)}: {_literal(value)}}}"
        if name not in parameters:
            return match[0]
        default = parameters[name]
        rest = f" {word}" if word else ""
        if default is False:
            return f"{name}=True{rest}"
        if isinstance(default, tuple) and word:
            return f"{name}=[{_literal(word)}]"
        if word and (is_quoted or _VALUE.fullmatch(word)):
            return f"{name}={_literal(word)}"
        return f"{name}{rest}"

    said = _FLAG.sub(keyword, text)
    # Repeated flags become one list or mapping.
    for pattern in (r"\] (\w+=\[)", r"\} (\w+=\{)"):
        said = re.sub(pattern, lambda match: ", " if match[1] in match.string[: match.start()] else match[0], said)
    return said


def _literal(value: str) -> str:
    """Return a value as a Python literal; placeholders and numbers unchanged."""
    try:
        float(value)
    except ValueError:
        return value if _PLACEHOLDER.fullmatch(value) or value.startswith(("[", "{")) else json.dumps(value)
    return value
