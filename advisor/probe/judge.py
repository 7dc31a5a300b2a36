"""Score answers as outcomes: by the family's metric or the user's own function, and by the task's rules.

The user's function runs in its own process: no keys, a time limit, and no network if the system supports that.
"""

import hashlib
import json
import math
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from advisor.engines.base import CannotLoadError, CircumstanceError
from advisor.errors import one_line
from advisor.families.base import RULES, SCORE_ROUNDING, Answered, Family, as_json
from advisor.families.rules import Rules
from advisor.probe.pipes import Pipes
from advisor.probe.protocol import Outcome, ProbeSpec

PROCESS = ("-P", "-m", "advisor.probe.scorer_process")
# A scorer compares two values; one that takes this long hangs.
MOST_SECONDS = 10.0
# Includes the start of Python, and slow imports of the file.
START_SECONDS = 60.0


class ScoringError(Exception):
    """An example cannot be scored: the function's exception, or why its result is not a score."""


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
        """Start the process, run the file in it, unchanged or as agreed (by sha256), and find the function.

        CircumstanceError if the file does not run, or has no such function that takes three values.
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

        CircumstanceError if the function hangs, or ends its process. ScoringError if it raises, or does not return a
        score.
        """
        reply = self._ask([output, expected, given], self._seconds, "one example")
        if "error" in reply:
            raise ScoringError(reply["error"])
        return float(reply["score"])

    def close(self) -> None:
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
                f"{self._shown} did not return within {seconds:.0f} s for {what}; does it loop?"
            ) from None
        except ValueError:
            reply = None
        if not isinstance(reply, dict):
            self.close()
            raise CircumstanceError(f"{self._shown} ended its process for {what}")
        return reply


class Judge:
    """Scores answers; one passes if it reaches the score set by the task or its family and satisfies all rules."""

    def __init__(self, family: Family, spec: ProbeSpec) -> None:
        """Load the user's function if there is one; CannotLoadError if it, or a rule, cannot be used."""
        self._family, self._spec = family, spec
        self._metric, self._at_least = family.passes_from(spec)
        self._own: OwnScorer | None = None
        if spec.scorer is not None:
            hidden = [str(key)] if (key := spec.options.get("key_env")) else []  # a server's key, not for the scorer
            self._own = OwnScorer(*spec.scorer, spec.agreed, no_network=spec.no_network, hidden=hidden)
            if spec.scoring.get("at_least") is None:
                self._at_least = 1.0
        try:
            rules = {key: spec.scoring.get(key) for key in RULES if key in family.rules}
            self._rules = Rules(rules, null_may_lack=family.expects_object)
        except (ValueError, ImportError) as error:
            raise CannotLoadError(f"scoring.{error}") from None

    def outcome(self, example: dict[str, Any], answered: Answered, seconds: float) -> Outcome:
        """Return the outcome of an example; an error of the scorer fails the example, with the reason.

        CircumstanceError if the user's function hangs.
        """
        is_nan = math.isnan(answered.confidence or 0.0)  # as of half precision that overflows
        error = "is answered with a probability that is not a number" if is_nan else None
        scores: dict[str, float] = {}
        score, keeps = 0.0, False
        output = answered.output
        try:
            worded = self._family.worded(output, self._spec)
            text = worded if isinstance(worded, str) else as_json(worded)
            rules = self._rules.check(text, example.get("must_contain") or ())
            keeps = all(value == 1.0 for value in rules.values())
            if self._own is not None:
                score, scores = self._own(output, example["expected"], example["input"]), rules
            else:
                by_rules = {"rules": sum(rules.values()) / len(rules)} if rules else {}
                scores = by_rules | rules | self._family.score(output, example["expected"], self._spec)
                score = scores.pop(self._metric)
                scores.pop("rules", None)
                scores |= rules  # each by its own name, even if the metric is one of them
        except CircumstanceError:
            raise
        except ScoringError as failure:
            error = one_line(f"cannot be scored ({failure})")
        except Exception as failure:  # noqa: BLE001  what a metric's library raises
            error = one_line(f"cannot be scored ({type(failure).__name__}: {failure})")
        return Outcome(
            example["id"],
            output,
            0.0 if error else score,
            passed=error is None and keeps and score >= self._at_least - SCORE_ROUNDING,
            seconds=seconds,
            error=error,
            confidence=None if is_nan else answered.confidence,
            tokens=answered.tokens,
            prompt_tokens=answered.prompt_tokens,
            scores=scores,
        )
