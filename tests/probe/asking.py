"""Asks an engine directly, in a process beside the tests', which imports none."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
}
ROOT = Path(__file__).parents[2]


class EngineError(Exception):
    """What the engine raised: the type's name and the message."""


def ask(
    folder: Path,
    *calls: tuple[Any, ...],
    form: int = 0,
    allows: tuple[str, ...] = (),
    **options: Any,
) -> tuple[list[Any], dict[str, Any]]:
    """Load a form of a folder and call the engine; return the answers as plain values, and its facts.

    Args:
        folder: The model's.
        calls: A method's name and its arguments; "chat" takes pairs of role and text, and options or None.
        form: Which of the folder's forms.
        allows: Permissions.
        options: The engine's.

    Raises:
        EngineError: with what the engine raised.
    """
    asked = {"folder": str(folder), "calls": calls, "form": form, "allows": allows, "options": options}
    told = _process().ask(asked)
    if "error" in told:
        raise EngineError(told["error"])
    return told["answers"], told["facts"]


class _Process:
    """The process: it imports each library once, which takes seconds, and loads a model anew for each question."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.probe.asking"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True, cwd=ROOT, env=environment,
        )  # fmt: skip
        atexit.register(self.end)

    def ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return what came of a question; it is a failure of the test if the process ends."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(asked) + "\n")
        stdin.flush()
        line = stdout.readline()
        if not line:
            self.end()
            self._errors.seek(0)
            raise AssertionError(f"the engine ended its process: {self._errors.read()[-3000:]}")
        told: dict[str, Any] = json.loads(line)
        return told

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def end(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


_running: list[_Process] = []


def _process() -> _Process:
    """Return the process of this environment."""
    environment = os.environ | OFFLINE
    environment.pop("PYTEST_CURRENT_TEST", None)
    if _running and (not _running[0].is_alive or _running[0].environment != environment):
        _running.pop().end()
    if not _running:
        _running.append(_Process(environment))
    return _running[0]


def _serve() -> None:
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print there is no answer
    for line in sys.stdin:
        channel.write(json.dumps(_answer(json.loads(line))) + "\n")
        channel.flush()
    os._exit(0)  # an engine that was never used may hang when it is taken apart


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    from advisor.models.layout import inspect
    from advisor.probe.runtimes.base import Constraint, Load, Turn, load

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
                constraint = Constraint(tuple(options)) if options else None
                runtime.check(turns[:-1], constraint)
                answers.append(runtime.chat(turns, constraint, max_tokens=8))
            elif name == "rewrite":
                answers.append(runtime.rewrite(*arguments, max_tokens=20))
            elif name == "encode":
                answers.append(runtime.encode(*arguments).tolist())
            else:
                answers.append(getattr(runtime, name)(*arguments))
        facts = {"engine": runtime.engine, "device": runtime.device, **runtime.facts}
    except Exception as error:  # noqa: BLE001  the test wants to see it
        return {"error": f"{type(error).__name__}: {error}"}
    return {"answers": answers, "facts": facts}


if __name__ == "__main__":
    _serve()
