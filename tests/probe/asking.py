"""Ask an engine directly, in a separate process, because the tests' process imports none."""

import atexit
import os
from pathlib import Path
from typing import Any

from advisor.probe.protocol import ProbeSpec
from tests.by_lines import AskedByLines, answer_lines


class EngineError(Exception):
    """What the engine raised: the type's name and the message."""


def ask(
    folder: Path, *calls: tuple[Any, ...], form: int = 0, allows: tuple[str, ...] = (), **options: Any
) -> tuple[list[Any], dict[str, Any]]:
    """Load a form of a folder and call the engine; return the answers as plain values, and its facts.

    Args:
        folder: The model's folder.
        calls: A method's name and its arguments; "chat" takes pairs of role and text, and options or None.
        form: Index of the folder's form.
        allows: Permissions.
        options: The engine's options.

    Raises:
        EngineError: with the engine's exception.
    """
    asked = {"folder": str(folder), "calls": calls, "form": form, "allows": allows, "options": options}
    result = _process().ask(asked)
    if "error" in result:
        raise EngineError(result["error"])
    return result["answers"], result["facts"]


def answered(spec: ProbeSpec, given: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    """Load a model, tune it where its method says so, and answer examples; return the answers and the model's facts."""
    document = _process().ask({"spec": spec.to_json(), "given": given})
    return document["answers"], document["facts"]


_running: list[tuple[dict[str, str], AskedByLines]] = []


def _process() -> AskedByLines:
    """Return the process of this environment: it imports each library once, which takes seconds."""
    environment = dict(os.environ)
    environment.pop("PYTEST_CURRENT_TEST", None)
    if _running and (not _running[0][1].is_alive or _running[0][0] != environment):
        _end()
    if not _running:
        _running.append((environment, AskedByLines("tests.probe.asking", environment)))
    return _running[0][1]


@atexit.register
def _end() -> None:
    while _running:
        _running.pop()[1].end()


def _answered(asked: dict[str, Any]) -> dict[str, Any]:
    from advisor.engines.base import Load, load
    from advisor.families import family
    from advisor.families.methods.tuned import tuned

    spec = ProbeSpec.from_json(asked["spec"])
    kind, runtime = family(spec.family), load(spec.runtime, Load(Path(spec.path), spec.files, spec.ability, 1))
    answers = kind.prepare(runtime, tuned(kind, runtime, spec)).answer(asked["given"])
    return {"answers": [each.output for each in answers], "facts": runtime.facts}  # type: ignore[attr-defined]


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    if "spec" in asked:
        return _answered(asked)
    from advisor.candidates.layout import inspect
    from advisor.engines.base import Constraint, Load, Turn, load

    allows = frozenset(asked["allows"])
    inspection = inspect(Path(asked["folder"]), allows)
    assert inspection.forms, inspection.reason
    form = inspection.forms[asked["form"]]
    try:
        runtime: Any = load(
            form.runtime, Load(Path(asked["folder"]), form.files, form.ability, 1, allows, asked["options"])
        )
        answers = []
        for name, *arguments in asked["calls"]:
            if name == "chat":
                turns, options = [Turn(*each) for each in arguments[0]], arguments[1]
                biases = tuple(*arguments[2:])
                constraint = Constraint(tuple(options), biases=biases) if options else None
                runtime.check(turns[:-1], constraint)
                answers.append(runtime.chat(turns, constraint, max_tokens=8))
            elif name == "rewrite":
                answers.append(runtime.rewrite(*arguments, max_tokens=20))
            elif name in ("encode", "look", "listen"):
                answers.append(getattr(runtime, name)(*arguments).tolist())
            elif name == "embed":
                answers.append([each.tolist() for each in runtime.embed(*arguments)])
            else:
                answers.append(getattr(runtime, name)(*arguments))
        facts = {"engine": runtime.engine, "device": runtime.device, **runtime.facts}
    except Exception as error:  # noqa: BLE001  the test wants to see it
        return {"error": f"{type(error).__name__}: {error}"}
    return {"answers": answers, "facts": facts}


if __name__ == "__main__":
    answer_lines(_answer)
