"""Answers as values: what a person, a flag or a file gives, read by what its key settles and checked at once."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from advisor.errors import InputError, one_line
from advisor.families import MODULES
from advisor.units import parse_count, parse_size
from catalog import PERMISSIVE_LICENSES
from catalog.filters import LICENSE_NAMES
from catalog.languages import code

if TYPE_CHECKING:
    from collections.abc import Callable

# Keys of the interview that no task file has.
OWN_KEYS = frozenset(
    {"words", "parts", "device", "in_house", "volume", "download", "context", "format", "starter", "send_to", "plan",
     "examples", "no_examples", "unlabelled", "stand_in", "confirm", "label", "write"}
)  # fmt: skip
# Answers of one part that hold for the others too, unless they say otherwise.
SHARED_KEYS = frozenset(
    {"constraints.license", "constraints.languages", "constraints.max_memory", "constraints.max_parameters", "device",
     "in_house", "download", "bar.confidence", "servers", "starter", "send_to", "seed", "max_candidates"}
)  # fmt: skip
LEAST_PERCENT = 50
_YES, _NO = frozenset({"yes", "y", "true", "on", "1"}), frozenset({"no", "n", "false", "off", "0"})
_UNKNOWN = frozenset({"", "?", "i don't know", "don't know", "unknown", "skip"})


def checked(key: str, value: Any, *, base: Path | None = None) -> Any:  # noqa: ANN401  JSON values
    """Return an answer in its key's form; None stays None: "I don't know".

    Args:
        key: What it settles.
        value: As given: often a text.
        base: Where relative paths start; default: here.

    Raises:
        InputError: naming the key, what is wrong with the value, and the cure.
    """
    name = known_key(key)
    if isinstance(value, str) and value.strip().lower() in _UNKNOWN and name != "words":
        return None
    if value is None:
        return None
    read = _READ.get(name.split(":")[0])
    if name in {"examples", "examples.path", "documents.path", "teaching.path", "unlabelled"}:
        return _path(name, value, base or Path.cwd())
    try:
        value = value if read is None else read(value)
    except (ValueError, TypeError) as error:
        raise InputError(f"{name}: {one_line(error, 300)}") from None
    if name.split(":")[0] not in OWN_KEYS:
        _fits_a_task(name, value)
    return value


def _fits_a_task(name: str, value: Any) -> None:  # noqa: ANN401  a JSON value
    """Check a value as the task file's own check does, alone: what else the task holds is not known yet.

    Raises:
        InputError: naming the key and the cure.
    """
    from pydantic import ValidationError

    from advisor.task.model import Task

    content: dict[str, Any] = {"name": "task", "instruction": "task", "examples": {"path": "examples.csv"}}
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
                reason = each["msg"].removeprefix("Value error, ")
                raise InputError(f"{name}: {one_line(reason, 300)} (it is {one_line(value, 60)})") from None


def known_key(key: str) -> str:
    """Return a key's full name: of a key with dots its last part will do where no other ends so.

    Raises:
        InputError: if there is no such key.
    """
    name = key.strip()
    if name.split(":")[0] in OWN_KEYS or _in_task(name):
        return name
    every = [*sorted(OWN_KEYS), *task_keys()]
    ending = [each for each in every if each.endswith(f".{name}")]
    if len(ending) == 1:
        return ending[0]
    close = difflib.get_close_matches(name, every, 1) or ending[:1]
    meant = f"did you mean {close[0]}?" if close else "`advisor schema` lists the keys of a task"
    raise InputError(f"{one_line(name, 60)}: there is no such key; {meant}")


def task_keys() -> list[str]:
    """Return the keys of a task file, those of its sections with dots."""
    from advisor.task.model import Task

    found: list[str] = []
    for name, field in Task.model_fields.items():
        inner = _section(field.annotation)
        found += [name] if inner is None else [f"{name}.{each}" for each in inner]
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


def _section(annotation: Any) -> list[str] | None:  # noqa: ANN401  a type
    """Return the keys of a section, None where the annotation is none."""
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and hasattr(kind, "model_fields"):
            return list(kind.model_fields)
    return None


def _path(key: str, value: Any, base: Path) -> str:  # noqa: ANN401  as given
    path = Path(str(value)).expanduser()
    path = path if path.is_absolute() else base / path
    try:
        exists = path.is_file()
    except (OSError, ValueError):
        exists = False
    if not exists:
        raise InputError(f"{key}: {one_line(value, 200)}: there is no such file; give the path of one")
    return str(path)


def _family(value: Any) -> str:  # noqa: ANN401
    name = str(value).strip().lower().replace(" ", "-")
    if name not in MODULES:
        close = difflib.get_close_matches(name, MODULES, 1)
        meant = f"did you mean {close[0]}?" if close else "known: " + ", ".join(sorted(MODULES))
        raise ValueError(f"{one_line(value, 60)} is no family that can be probed; {meant}")
    return name


def _listed(value: Any) -> list[str]:  # noqa: ANN401
    given = value if isinstance(value, list | tuple) else str(value).split(",")
    return list(dict.fromkeys(text for each in given if (text := str(each).strip())))


def _licenses(value: Any) -> list[str]:  # noqa: ANN401
    found: list[str] = []
    for each in _listed(value):
        name = each.lower()
        if name in {"commercial", "permissive"}:
            found += sorted(PERMISSIVE_LICENSES)
        elif name not in {"any", "any licence", "any license"}:
            found.append(LICENSE_NAMES.get(name, name))
    return list(dict.fromkeys(found))


def _languages(value: Any) -> list[str]:  # noqa: ANN401
    return list(dict.fromkeys(code(each) or each.lower() for each in _listed(value)))


def _share(value: Any) -> float:  # noqa: ANN401
    """Read 0.95, "95%" and "95"; 2 is no bar that anyone means in percent."""
    text = str(value).strip()
    number = float(text.removesuffix("%").strip().replace(",", "."))
    if text.endswith("%") or number >= LEAST_PERCENT:
        number /= 100
    if not 0 < number < 1:
        raise ValueError(f"{one_line(value, 40)} is no share between 0 and 1; write 0.9 or 90%")
    return number


def _seconds(value: Any) -> float:  # noqa: ANN401
    text = str(value).strip().lower().replace(",", ".")
    for unit, factor in (("ms", 0.001), ("seconds", 1.0), ("second", 1.0), ("sec", 1.0), ("s", 1.0)):
        if text.endswith(unit):
            return _positive(text.removesuffix(unit), factor, value)
    return _positive(text, 1.0, value)


def _positive(text: str, factor: float, given: Any) -> float:  # noqa: ANN401
    try:
        number = float(text) * factor
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise ValueError(f"{one_line(given, 40)} is no length of time; write seconds, e.g. 0.5 or 200ms")
    return number


def _yes(value: Any) -> bool:  # noqa: ANN401
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in _YES or text in _NO:
        return text in _YES
    raise ValueError(f"{one_line(value, 40)} is neither yes nor no")


def _labels(value: Any) -> Any:  # noqa: ANN401
    return value if isinstance(value, dict) else _listed(value)


def _size(value: Any) -> int:  # noqa: ANN401
    if isinstance(value, str) and value.strip().lower() in {"none", "no", "nothing"}:
        return 0
    return parse_size(value)


def _servers(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, bool) or (isinstance(value, str) and value.lower() in _YES | _NO):
        return "auto" if _yes(value) else []
    return value


def _one_of(*known: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:  # noqa: ANN401
        text = str(value).strip().lower()
        if text not in known:
            raise ValueError(f"{one_line(value, 40)} is none of {', '.join(known)}")
        return text

    return read


def _some_of(*known: str) -> Callable[[Any], list[str]]:
    read = _one_of(*known)
    return lambda value: [read(each) for each in _listed(value)]


def _a_day(value: Any) -> float:  # noqa: ANN401
    number = float(parse_count(value))
    if number <= 0:
        raise ValueError(f"{one_line(value, 40)} is no number of requests a day")
    return number


def _text(value: Any) -> str:  # noqa: ANN401
    if not isinstance(value, str) or not value.strip():
        raise ValueError("say it in words")
    return value


_READ: dict[str, Callable[[Any], Any]] = {
    "family": _family,
    "labels": _labels,
    "models": _listed,
    "send_to": _listed,
    "words": _text,
    "device": _one_of("cpu", "gpu", "mps"),
    "volume": _a_day,
    "context": parse_count,
    "parts": _one_of("each", "one"),
    "no_examples": _one_of("label", "write", "stand_in", "file"),
    "format": _some_of("safetensors", "gguf", "onnx", "ctranslate2", "openvino", "mlx"),
    "confirm": _listed,
    "constraints.license": _licenses,
    "constraints.languages": _languages,
    "constraints.max_parameters": parse_count,
    "constraints.max_memory": parse_size,
    "download": _size,
    "bar.pass_rate": _share,
    "bar.confidence": _share,
    "bar.agreement": _share,
    "bar.mean_score": _share,
    "bar.p95_seconds": _seconds,
    "servers": _servers,
    "starter": _yes,
    "plan": _yes,
    "in_house": _yes,
}
