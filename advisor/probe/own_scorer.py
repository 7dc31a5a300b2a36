"""The user's own scoring function, in a process of its own: no keys, a time limit, and no network where that works."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from advisor.engines.base import CircumstanceError
from advisor.errors import one_line
from advisor.probe.pipes import Pipes

PROCESS = ("-P", "-m", "advisor.probe.scorer_process")
# A scorer compares two values; one that takes this long does not come back.
MOST_SECONDS = 10.0
# Python starts, too, and the file may import what takes its time.
START_SECONDS = 60.0


class ScoringError(Exception):
    """An example cannot be scored: what the function raised, or why what it returned is no score."""


class OwnScorer:
    """A function `name(output, expected, input)` of a Python file; returns a score within 0 and 1, or a bool."""

    def __init__(
        self,
        path: str,
        name: str,
        agreed: Mapping[str, str] | None = None,
        *,
        no_network: bool = False,
        hidden: Iterable[str] = (),
        seconds: float = MOST_SECONDS,
    ) -> None:
        """Start the process, run the file there, as it is or as agreed (by sha256), and find the function.

        Raises:
            CircumstanceError: if the file does not run, or has no such function that takes three values.
        """
        self._shown, self._seconds = f"the scorer {Path(path).name}:{name}", seconds
        if agreed is None:
            agreed = {path: hashlib.sha256(Path(path).read_bytes()).hexdigest()}
        left_out = set(hidden)
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            [sys.executable, *PROCESS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={key: value for key, value in os.environ.items() if key not in left_out},
        )
        if self._process.stdin is None or self._process.stdout is None:  # both were asked for above
            raise RuntimeError("the scorer has no pipes")
        self._pipes = Pipes(self._process.stdin, self._process.stdout)
        job = {"path": path, "function": name, "agreed": dict(agreed), "no_network": no_network}
        reply = self._ask(job, max(START_SECONDS, seconds), "its file")
        if "failed" in reply:
            self.close()
            raise CircumstanceError(f"{self._shown} {one_line(reply['failed'], 300)}")

    def __call__(self, output: Any, expected: Any, given: Any) -> float:  # noqa: ANN401  any JSON values
        """Return an answer's score.

        Raises:
            CircumstanceError: if the function does not come back, or ends its process.
            ScoringError: if it raises, or returns no score.
        """
        reply = self._ask([output, expected, given], self._seconds, "one example")
        if "error" in reply:
            raise ScoringError(reply["error"])
        return float(reply["score"])

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self._pipes.close()

    def _ask(self, message: object, seconds: float, what: str) -> dict[str, Any]:
        self._pipes.send(json.dumps(message).encode() + b"\n")
        try:
            line = self._pipes.receive(seconds)
            reply = json.loads(line) if line else None
        except TimeoutError:
            self.close()
            raise CircumstanceError(
                f"{self._shown} did not come back within {seconds:.0f} s for {what}; does it loop?"
            ) from None
        except ValueError:
            reply = None
        if not isinstance(reply, dict):
            self.close()
            raise CircumstanceError(f"{self._shown} ended its process for {what}")
        return reply
