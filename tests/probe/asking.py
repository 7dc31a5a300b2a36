"""Asks an engine directly, in a process of its own, so that the tests' process imports none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
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
    done = subprocess.run(
        [sys.executable, "-m", "tests.probe.asking"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | OFFLINE,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    if "error" in told:
        raise EngineError(told["error"])
    return told["answers"], told["facts"]


def _main() -> None:
    from advisor.models.layout import inspect
    from advisor.probe.runtimes.base import Constraint, Load, Turn, load

    asked = json.load(sys.stdin)
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
        sys.stdout.write(json.dumps({"answers": answers, "facts": facts}) + "\n")
    except Exception as error:  # noqa: BLE001  the test wants to see it
        sys.stdout.write(json.dumps({"error": f"{type(error).__name__}: {error}"}) + "\n")


if __name__ == "__main__":
    _main()
