"""Answers from people, flags and files: parsed by key and validated at once, also against their question."""

from __future__ import annotations

import difflib
import os
import shlex
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from advisor.errors import InputError, one_line
from advisor.interview.answer_forms import READERS, rate_in, share_in
from advisor.interview.files.hub_dataset import examples_file, named_file
from advisor.system.source import PUBLIC, instead, others, quoted
from advisor.task.folder_kinds import holds_rows
from advisor.task.hub_files import in_full
from advisor.units import format_bytes

if TYPE_CHECKING:
    from advisor.interview.question import Choice, Question

# Keys that the user wants to be asked about even if they are understood.
FORGOTTEN = "forgotten"
# The user wants to replace the examples; the current ones stay until then.
MORE_EXAMPLES = "more_examples"
# Why answers were taken without asking, each with the answer.
UNASKED = "unasked"
SAME_LABELS, _SAME = "examples.same_labels", " = "
# Keys of the interview that task files lack.
OWN_KEYS = frozenset(
    {"words", "device", "in_house", "download", "context", "format", "starter", "send_to", "plan",
     "allow_code", "examples", "no_examples", "unlabelled", "confirm", "label", "write", "none_left",
     "unscored", "reading", FORGOTTEN, MORE_EXAMPLES, UNASKED}
)  # fmt: skip
# Paths that may be a folder of texts, or of files by class.
_FOLDERS = frozenset({"examples", "unlabelled", "documents", "documents.path"})
# Minimum spelling similarity; a key's last part is short, so its match is weaker evidence.
_ALIKE, _ALIKE_END, _MOST_MEANT = 0.7, 0.8, 3
_UNKNOWN = frozenset({"", "?", "i don't know", "don't know", "unknown", "skip"})
# Ends labelling or writing instead of a label or a text; people type the word.
ENOUGH = {"enough": True}
ENOUGH_WORD = "enough"


def checked(key: str, value: Any, *, offline: bool = False) -> Any:  # noqa: ANN401  JSON values
    """Return an answer in its key's form; None ("I don't know") stays None.

    A file named as part of a data set of the Hub is downloaded. InputError naming the key, what is wrong with the
    value, and the cure. OutOfReachError if a file of the Hub cannot be fetched.
    """
    name = known_key(key)
    if value is None or (isinstance(value, str) and is_unknown(value) and not _takes(name, value)):
        return None
    read = READERS.get(name.split(":")[0])
    if name in {"examples", "examples.path", "documents.path", "teaching.path", "unlabelled"}:
        return _path(name, value, offline=offline)
    if name == "documents" and isinstance(value, str):
        return {"path": _path(name, value, offline=offline)}
    try:
        value = value if read is None else read(value)
    except (ValueError, TypeError) as error:
        raise InputError(f"{name}: {one_line(error, 300)}") from None
    if name in {"documents", "teaching"} and isinstance(value, dict) and value.get("path"):
        value = value | {"path": _path(f"{name}.path", value["path"], offline=offline)}
    if name.split(":")[0] not in OWN_KEYS and not _is_wish(name, value):
        share = share_in(value) if name == "scoring.tolerance" else None
        _fits_a_task(name, value if share is None else share)
    return value


def _is_wish(key: str, value: Any) -> bool:  # noqa: ANN401  JSON values
    """Return whether a bar is said in words, "never miss one", which are added to those of the task."""
    return key == "bar.pass_rate" and isinstance(value, str)


def given_by(key: str, value: Any, before: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401  JSON values
    """Return the answers that one stands for: of "color = colour" the label color, which rows labelled colour mean.

    A bar of words, "never miss one", is added to those of the task; so is the rate of "80% in each region", and taken.
    """
    if _is_wish(key, value):
        share = rate_in(value)
        return {"words": f"{before.get('words', '')}; {value}".strip("; ")} | ({key: share} if share else {})
    parts = [str(each).split(_SAME) for each in value] if key == "labels" and isinstance(value, list) else []
    same = {other.strip(): first.strip() for first, *others in parts for other in others}
    if not same:
        return {key: value}
    return {key: [first.strip() for first, *_ in parts], SAME_LABELS: (before.get(SAME_LABELS) or {}) | same}


def is_unknown(text: str) -> bool:
    """Return whether a text means "I don't know"."""
    return text.strip().lower() in _UNKNOWN


def _takes(name: str, text: str) -> bool:
    """Return whether the text is a valid value of the key: any words, and "skip" for `baselines`."""
    from advisor.task.model import Task

    field = Task.model_fields.get(name)
    return name == "words" or (field is not None and text in get_args(field.annotation))


def _fits_a_task(name: str, value: Any) -> None:  # noqa: ANN401  a JSON value
    """Validate one value with the task file's schema, alone: the rest of the task is not known yet.

    InputError naming the key and the cure.
    """
    from pydantic import ValidationError

    from advisor.task.file import cure
    from advisor.task.model import Task

    content: dict[str, Any] = {"name": "task", "instruction": "task", "examples": {"path": "examples.csv"}}
    if name == "labels":  # the minimum depends on the family, not known yet
        content["family"] = "token-classification"
    first, _, rest = name.partition(".")
    if rest:
        content[first] = {**content.get(first, {}), rest: value}
    else:
        content[first] = value
    try:
        Task.model_validate(content)
    except ValidationError as error:
        path = tuple(name.split("."))
        for each in error.errors(include_url=False):
            if tuple(str(part) for part in each["loc"])[: len(path)] == path:
                raise InputError(f"{name}: {one_line(cure(each, path), 300)}") from None


def known_key(key: str) -> str:
    """Return a key's full name; the last part of a dotted key is enough where it is unique.

    InputError if there is no such key.
    """
    name = key.strip()
    if name.split(":")[0] in OWN_KEYS or _in_task(name):
        return name
    described = task_keys()
    every = [*sorted(OWN_KEYS), *described]
    ending = [each for each in every if each.endswith(f".{name}")]
    if len(ending) == 1:
        return ending[0]
    ends = {each.rpartition(".")[2]: each for each in reversed(every)}
    close = difflib.get_close_matches(name, every, 1, _ALIKE) or ending[:1]
    close = close or [ends[each] for each in difflib.get_close_matches(name, ends, 1, _ALIKE_END)]
    close = close or [key for key, words in described.items() if name.casefold() in words.split()][:_MOST_MEANT]
    meant = f"did you mean {' or '.join(close)}?" if close else "`advisor schema` lists the keys of a task"
    raise InputError(f"{one_line(name, 60)}: there is no such key; {meant}")


def task_keys() -> dict[str, str]:
    """Return the keys of a task file, nested ones with dots, each with its meaning."""
    from advisor.task.model import Task

    found: dict[str, str] = {}
    for name, field in Task.model_fields.items():
        inner = _section(field.annotation)
        fields = {name: field} if inner is None else {f"{name}.{each}": of for each, of in inner.items()}
        found |= {key: of.description or "" for key, of in fields.items()}
    return found


def sections() -> frozenset[str]:
    """Return the keys of a task file that hold a section of keys."""
    return frozenset(key.partition(".")[0] for key in task_keys() if "." in key)


def _in_task(name: str) -> bool:
    from advisor.task.model import Task

    first, _, rest = name.partition(".")
    field = Task.model_fields.get(first)
    if field is None:
        return False
    inner = _section(field.annotation)
    return not rest or (rest.split(".")[0] in inner if inner is not None else True)


def _section(annotation: Any) -> dict[str, Any] | None:  # noqa: ANN401  a type
    """Return the keys of a section; None if the annotation is none."""
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and hasattr(kind, "model_fields"):
            return dict(kind.model_fields)
    return None


def _path(key: str, value: Any, *, offline: bool) -> str:  # noqa: ANN401  as given
    file_of = examples_file if key in {"examples", "examples.path"} else named_file
    path = file_of(str(value), offline=offline)
    path = path if path.is_absolute() else file_of(str(path.absolute()), offline=offline)
    shown = f"{key}: {one_line(value, 200)}"
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        near = f"did you mean {_names(path)}?" if instead(path) else "give the path of one"
        of_hub = in_full(str(value))
        line = f"{shown}: there is no such file; {near}{f', or {of_hub} for a data set of the Hub' if of_hub else ''}"
        raise InputError(line, ways=_ways(key, path)) from None
    if stat.S_ISDIR(mode) and not (key in _FOLDERS and holds_rows(path)) and not _is_search(key, path):
        from advisor.interview.files.preview import examples_within  # reads tables

        inside = examples_within(path) if key == "examples" else []
        if len(inside) == 1:
            return _path(key, str(inside[0]), offline=offline)
        named = [str(each.relative_to(path)) for each in inside[:3]] or [each.name for each in instead(path)]
        such = f", such as {' or '.join(quoted(each, 60) for each in named)}" if named else ""
        ways = tuple(f"--examples {shlex.quote(str(each))}: {format_bytes(each.stat().st_size)}" for each in inside[:3])
        raise InputError(f"{shown} is a folder; name the file in it{such}", ways=ways or _ways(key, path))
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise InputError(f"{shown} is a pipe or a device; save its content as a file")
    if not os.access(path, os.R_OK):
        raise InputError(f"{shown} may not be read; give yourself permission to read it")
    return str(path)


def _ways(key: str, path: Path) -> tuple[str, ...]:
    """Return files to name instead, and what to give where there are none."""
    found = others(path, "--examples " if key == "examples" else f"--set {key}=")
    if key == "examples" and not found:
        return ("--examples FILE: inputs and what is expected of each", PUBLIC)
    if key.startswith("documents"):
        return (*found, "--set family=NAME: another kind of task, which searches no documents")
    return found


def _is_search(key: str, path: Path) -> bool:
    from advisor.interview.files.documents import search_in  # reads tables

    ways = (search_in(path, is_meant=is_meant, is_open=True) for is_meant in (False, True))
    return key == "examples" and any(found is not None for found in ways)


def _names(path: Path) -> str:
    return " or ".join(quoted(each.name, 60) for each in instead(path))


def usable(question: Question, value: Any) -> Any:  # noqa: ANN401  a JSON value
    """Return an answer's value in its key's form; InputError if it does not fit; lists the possible answers."""
    choice = chosen(question, value)
    if choice is not None and question.is_by_hand:
        return choice.value  # a label may be called "unknown", which elsewhere means "I don't know"
    if question.is_by_hand and isinstance(value, str) and value.strip().casefold() == ENOUGH_WORD:
        raise InputError("that is not enough yet: more examples are needed, of more than one label if there are labels")
    if question.key.startswith("write:") and isinstance(value, str) and value.strip():
        return value
    name = "" if question.is_by_hand else f"{question.key}: "
    is_closed = question.kind == "choice" and not question.is_open
    none_of = f"is none of {', '.join(one_line(each.label, 60) for each in question.choices)}"
    given = value if choice is None else choice.value
    if question.is_by_hand and is_closed and isinstance(given, str) and not is_unknown(given):
        raise InputError(f"{one_line(given, 60)} {none_of}")
    read = checked(question.key, given)
    if read is None and not question.may_skip:
        raise InputError(f"{name}there can be no task without it; {question.flag or 'answer it'}")
    if read is not None and is_closed and read not in [each.value for each in question.choices]:
        raise InputError(f"{name}{one_line(read, 60)} {none_of}")
    return read


def chosen(question: Question, value: Any) -> Choice | None:  # noqa: ANN401  a JSON value
    """Return the choice that an answer names, by its value or its label, ignoring case."""
    for choice in question.choices:
        if choice.value == value and type(choice.value) is type(value):
            return choice
    if not isinstance(value, str | int) or isinstance(value, bool):
        return None
    text = str(value).strip()
    names = [(name, choice) for choice in question.choices for name in _names_of(choice)]
    exact = [choice for name, choice in names if name == text]
    alike = [choice for name, choice in names if name.casefold() == text.casefold()]
    return next(iter([*exact, *alike]), None)


def _names_of(choice: Choice) -> list[str]:
    return [str(choice.value), choice.label] if isinstance(choice.value, str) else [choice.label]
