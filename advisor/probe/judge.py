"""Turns an answer into an outcome: by the family's metric, or by the user's own function."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import one_line
from advisor.probe.protocol import Outcome
from advisor.probe.runtimes.base import CannotLoadError

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.families.base import Answered, Family
    from advisor.probe.protocol import ProbeSpec


class Judge:
    """Scores answers; an answer passes from the score that the task or its family asks for."""

    def __init__(self, family: Family, spec: ProbeSpec) -> None:
        """Load the user's function if there is one.

        Raises:
            CannotLoadError: if it cannot be loaded.
        """
        self._family, self._spec = family, spec
        default = next(iter(family.metrics))
        self._metric = str(spec.scoring.get("metric") or default)
        at_least = spec.scoring.get("at_least")
        self._own = None if spec.scorer is None else own_function(*spec.scorer)
        fallback = 1.0 if self._own is not None else family.metrics.get(self._metric, 1.0)
        self._at_least = float(fallback if at_least is None else at_least)

    def outcome(self, example: dict[str, Any], answered: Answered, seconds: float) -> Outcome:
        """Return the outcome of an example; a scorer that fails fails the example, with its reason."""
        error = None
        scores: dict[str, float] = {}
        score = 0.0
        try:
            if self._own is not None:
                score = _checked(self._own(answered.output, example["expected"], example["input"]))
            else:
                scores = self._family.score(answered.output, example["expected"], self._spec)
                score = scores.pop(self._metric)
        except Exception as failure:  # noqa: BLE001  the user's code, and what a metric's library raises
            error = one_line(f"cannot be scored ({type(failure).__name__}: {failure})")
        return Outcome(
            example["id"],
            answered.output,
            score,
            # Sums of floats fall short of what they should be by a hair.
            passed=error is None and score >= self._at_least - 1e-9,
            seconds=seconds,
            error=error,
            confidence=answered.confidence,
            tokens=answered.tokens,
            prompt_tokens=answered.prompt_tokens,
            scores=scores,
        )


def own_function(path: str, name: str) -> Callable[[Any, Any, Any], object]:
    """Return a function of the user's own Python file: `score(output, expected, input)`, within 0 and 1, or a bool.

    Raises:
        CannotLoadError: if the file does not run or has no such function.
    """
    module_spec = importlib.util.spec_from_file_location("own_scorer", Path(path))
    if module_spec is None or module_spec.loader is None:
        raise CannotLoadError(f"the scorer {path} is no Python file")
    module = importlib.util.module_from_spec(module_spec)
    try:
        module_spec.loader.exec_module(module)
    except Exception as error:  # noqa: BLE001  the user's code
        raise CannotLoadError(f"the scorer {Path(path).name} does not run ({type(error).__name__}: {error})") from None
    function = getattr(module, name, None)
    if not callable(function):
        raise CannotLoadError(f"the scorer {Path(path).name} has no function {name}")
    found: Callable[[Any, Any, Any], object] = function
    return found


def _checked(value: object) -> float:
    score = float(value)  # type: ignore[arg-type]  # True is 1.0, what is no number is refused
    if math.isnan(score) or not 0.0 <= score <= 1.0:
        raise ValueError(f"the scorer returned {value!r}, not a number within 0 and 1")
    return score
