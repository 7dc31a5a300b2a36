"""Two helper processes, as the tests' own imports no engine: one answers as a probe's worker, one runs snippets.

Each imports the engines once, which takes seconds, and loads a model again for each question.
"""

import json
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from advisor.probe.protocol import ProbeSpec
from tests.by_lines import AskedByLines, answer_lines

PROGRAM = "advisor"


class Helper:
    """A process that is asked questions, one at a time."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        """Start it in a folder that holds nothing of this program."""
        self._process = AskedByLines("tests.report.two_processes", os.environ | environment, folder)

    def make(self, code: str, folder: Path) -> Path:
        """Run code that makes a model in `folder`."""
        self._ask({"make": code, "folder": str(folder)})
        return folder

    def probe(self, spec: ProbeSpec, inputs: list[Any]) -> dict[str, Any]:
        """Return the answers of the probe's answerer ("outputs"), the "details" of its method, and its "device"."""
        return self._ask({"spec": spec.to_json(), "inputs": inputs})

    def use(self, code: str, inputs: list[Any], *, with_program: bool, cache: Path | None = None) -> list[Any]:
        """Return a snippet's predictions, with or without this program installed, and the Hub's cache elsewhere."""
        question = {"code": code, "inputs": inputs, "with_program": with_program, "cache": cache and str(cache)}
        found = self._ask(question)
        assert found["of_nothing"] == []
        outputs: list[Any] = found["outputs"]
        return outputs

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        shown = self._process.ask(question)
        assert "error" not in shown, shown["error"]
        return shown

    def end(self) -> None:
        self._process.end()


def _answer_or_error(asked: dict[str, Any]) -> dict[str, Any]:
    try:
        return _answer(asked)
    except Exception:  # noqa: BLE001  the test wants to see it
        return {"error": traceback.format_exc()[-3000:]}


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    from huggingface_hub import constants

    from advisor.engines.base import Load, load
    from advisor.families import family
    from advisor.probe.protocol import ProbeSpec

    if "make" in asked:
        exec(asked["make"], {"folder": asked["folder"]})  # noqa: S102
        return {}
    # Its client refuses to ask even a server on this machine while it is offline.
    constants.HF_HUB_OFFLINE = "hf-inference" not in json.dumps(asked)
    if "code" in asked:
        usual = constants.HF_HUB_CACHE
        constants.HF_HUB_CACHE = asked["cache"] or usual
        space: dict[str, Any] = {}
        hidden = {} if asked["with_program"] else dict(_taken_away())
        try:
            exec(compile(asked["code"], "snippet", "exec"), space)  # noqa: S102
            return {"outputs": space["predict"](asked["inputs"]), "of_nothing": space["predict"]([])}
        finally:
            sys.modules.update(hidden)
            constants.HF_HUB_CACHE = usual
    spec = ProbeSpec.from_json(asked["spec"])
    folder, allows = Path(spec.path), frozenset(spec.allows)
    runtime: Any = load(spec.runtime, Load(folder, spec.files, spec.ability, spec.threads, allows, spec.options))
    answerer = family(spec.family).prepare(runtime, spec)
    details = {**getattr(runtime, "facts", {}), **answerer.details}
    outputs = [answered.output for answered in answerer.answer(asked["inputs"])]
    return {"details": details, "device": runtime.device, "outputs": outputs}


def _taken_away() -> Iterator[tuple[str, Any]]:
    for name in [name for name in sys.modules if name.partition(".")[0] == PROGRAM]:
        yield name, sys.modules[name]
        del sys.modules[name]
    sys.modules[PROGRAM] = None  # type: ignore[assignment]  # it cannot be imported


if __name__ == "__main__":
    answer_lines(_answer_or_error)
