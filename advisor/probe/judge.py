"""Turns an answer into an outcome: by the family's metric or the user's own function, and by the task's rules."""

from typing import Any

from advisor.engines.base import CannotLoadError, CircumstanceError
from advisor.errors import one_line
from advisor.families.base import RULES, SCORE_ROUNDING, Answered, Family, as_json
from advisor.families.rules import Rules
from advisor.probe.own_scorer import OwnScorer, ScoringError
from advisor.probe.protocol import Outcome, ProbeSpec


class Judge:
    """Scores answers; one passes from the score that the task or its family asks for, if it keeps every rule."""

    def __init__(self, family: Family, spec: ProbeSpec) -> None:
        """Load the user's function if there is one.

        Raises:
            CannotLoadError: if it, or a rule, cannot be used.
        """
        self._family, self._spec = family, spec
        self._metric, self._at_least = family.passes_from(spec)
        self._own: OwnScorer | None = None
        if spec.scorer is not None:
            hidden = [str(key)] if (key := spec.options.get("key_env")) else []  # a server's, not the scorer's business
            self._own = OwnScorer(*spec.scorer, spec.agreed, no_network=spec.no_network, hidden=hidden)
            if spec.scoring.get("at_least") is None:
                self._at_least = 1.0
        try:
            self._rules = Rules({key: spec.scoring.get(key) for key in RULES if key in family.rules})
        except (ValueError, ImportError) as error:
            raise CannotLoadError(f"scoring.{error}") from None

    def outcome(self, example: dict[str, Any], answered: Answered, seconds: float) -> Outcome:
        """Return the outcome of an example; a scorer that fails fails the example, with its reason.

        Raises:
            CircumstanceError: if the user's function does not come back.
        """
        error = None
        scores: dict[str, float] = {}
        score, keeps = 0.0, False
        output = answered.output
        try:
            text = output if isinstance(output, str) else as_json(output)
            rules = self._rules.check(text, example.get("must_contain") or ())
            keeps = all(value == 1.0 for value in rules.values())
            if self._own is not None:
                score, scores = self._own(output, example["expected"], example["input"]), rules
            else:
                by_rules = {"rules": sum(rules.values()) / len(rules)} if rules else {}
                scores = by_rules | rules | self._family.score(output, example["expected"], self._spec)
                score = scores.pop(self._metric)
                scores.pop("rules", None)
                scores |= rules  # each by its own name, also where the metric is one of them
        except CircumstanceError:
            raise
        except ScoringError as failure:
            error = one_line(f"cannot be scored ({failure})")
        except Exception as failure:  # noqa: BLE001  what a metric's library raises
            error = one_line(f"cannot be scored ({type(failure).__name__}: {failure})")
        return Outcome(
            example["id"],
            output,
            score,
            passed=error is None and keeps and score >= self._at_least - SCORE_ROUNDING,
            seconds=seconds,
            error=error,
            confidence=answered.confidence,
            tokens=answered.tokens,
            prompt_tokens=answered.prompt_tokens,
            scores=scores,
        )
