"""What `recommend` is given: each argument checked, and refused by its flag, or by its keyword for a program."""

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
    """Return what `recommend` was given as the beginning of a session; InputError if something cannot be used."""
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
    _check_beside_task(examples, shared["answers"], language_model)
    return Start(task_file=_task_file(task), **shared)


def _task_file(task: object) -> str:
    from advisor.task.model import Task

    if isinstance(task, Task):
        return str(_written(task))
    of_kind("task", task, (str, os.PathLike), "a Task, the path of a task file, or the task in words")
    return os.fspath(at_home(str(task)))


def of_kind(name: str, value: Any, kinds: Any, words: str) -> Any:  # noqa: ANN401  any argument
    """Return an argument that is of a kind; InputError if it is of another."""
    if isinstance(value, kinds):
        return value
    raise InputError(f"{name}: {one_line(repr(value), 60)} is a {type(value).__name__}; give {words}")


def several(name: str, given: object, words: str) -> list[str]:
    """Return an argument of texts or paths; a single one is a list of one; InputError if it is of another kind."""
    return [str(given)] if isinstance(given, str | Path) else [*map(str, of_kind(name, given, Collection, words))]


def checked_count(name: str, count: object) -> int:
    """Return a number of candidates (`jobs`) or workers (`replicas`); InputError if it is no whole one from 1."""
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
    """Return whether a text is the path of a task file: one that is there, or one that looks like one."""
    if text.lower().endswith(TASK_ENDINGS) and "\n" not in text:
        return True
    name = text.strip()
    # Languages that write no spaces put a stroke between words.
    return bool(name) and (is_there(Path(text)) or (os.path.sep in name and " " not in name and name.isascii()))


def _holds_examples(path: Path) -> bool:
    """Return whether a file or folder is examples, not a task: the task is what they show."""
    return is_configuration(path) or (path.suffix.lower() not in TASK_ENDINGS and is_there(path))


def _check_beside_task(examples: object, answers: Mapping[str, Any], language_model: str) -> None:
    """Do nothing, unless something is given beside a task that goes with words alone; InputError if so."""
    if examples is not None:
        raise InputError("examples go with words; a task names its own")
    if language_model:
        raise InputError("a language model helps to read words; a task file needs none")
    extra = sorted(set(answers) - {"plan", "send_to", "starter"})
    if extra:
        raise InputError(f"{one_line(extra[0], 40)}: answers go with words; write it into the task")


def _written(task: Task) -> Path:
    """Write a task's file, relative paths made absolute, and return its path; the same task is the same file."""
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


# Commands in backticks are for a shell also where a program prints them.
_COMMAND = re.compile(r"(`advisor [^`]*`)")
# A value may be quoted for a shell, as `shlex.quote` does it.
_FLAG = re.compile(r"""(?<![\w-])--([a-z][a-z-]*)(?: ((?:'[^']*'|"'")+|[\w.]+=\[[^\]]*\]|[^\s,;)]+))?""")
_PLACEHOLDER = re.compile(r"[A-Z]{2,}")
# A value is a placeholder such as SIZE, or has a sign or a digit; "--download to use" goes on with a word.
_VALUE = re.compile(r"[A-Z]{2,}|\S*[\d./:@=]\S*")


def in_keywords(text: str, parameters: Mapping[str, object]) -> str:
    """Return a message with keyword arguments for flags, e.g. `send_to=["api.example"]` for `--send-to api.example`.

    The defaults of the `parameters` say how each is written; a flag that is none of them stays as it is.
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
    # Several of one kind are one list, or one mapping.
    for pattern in (r"\] (\w+=\[)", r"\} (\w+=\{)"):
        said = re.sub(pattern, lambda match: ", " if match[1] in match.string[: match.start()] else match[0], said)
    return said


def _literal(value: str) -> str:
    """Return a value as Python writes it; a placeholder or a number stays as it is."""
    try:
        float(value)
    except ValueError:
        return value if _PLACEHOLDER.fullmatch(value) or value.startswith(("[", "{")) else json.dumps(value)
    return value
