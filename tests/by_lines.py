"""A helper process that answers lines of JSON: it imports engines once, so that the tests need not."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
}
# Wherever it runs; with engines, as `tests.warm` sees by their name.
STARTS = "import runpy, sys; sys.path.insert(0, {!r}); runpy.run_module({!r}, run_name='__main__')  # engines"


class AskedByLines:
    """A module that runs `answer_lines`, asked one question at a time."""

    def __init__(self, module: str, environment: Mapping[str, str], folder: Path = ROOT) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-c", STARTS.format(str(ROOT), module)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            cwd=folder,
            env={**environment, **OFFLINE},
        )

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return what came of a question; it is a failure of the test if the process ends."""
        stdin, stdout = self._process.stdin, self._process.stdout
        stdin.write(json.dumps(question) + "\n")
        stdin.flush()
        if not (line := stdout.readline()):
            self._process.kill()
            self._errors.seek(0)
            raise AssertionError(f"the process ended: {self._errors.read()[-3000:]}")
        shown: dict[str, Any] = json.loads(line)
        return shown

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._errors.close()


def answer_lines(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Answer each line of the input by one, until it ends."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print there is no answer
    for line in sys.stdin:
        channel.write(json.dumps(answer(json.loads(line))) + "\n")
        channel.flush()
    os._exit(0)  # an engine that was never used may hang when it is taken apart
