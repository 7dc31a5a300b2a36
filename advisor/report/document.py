"""The document that `--json` prints; its schema version changes when a field is removed or changes its meaning."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from advisor.candidates import hub
from advisor.decide.more_examples import MORE_EXAMPLES
from advisor.decide.plan import FIXED_NUMBER_TEST, GROWING_TEST
from advisor.decide.records import Purpose
from advisor.errors import OutOfReachError
from advisor.report.cost import Measured, per_million, tokens_per_request
from advisor.report.proof import advice_document, in_all, more_document, reach_document, sensitivity_document
from advisor.report.sentences import is_unmeasured
from advisor.report.usage import usage
from advisor.runs.locate import hashes, locate
from advisor.trust import agreements

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.candidates.candidate import Candidate
    from advisor.decide.decision import CandidateResult, Decision
    from advisor.decide.over_baseline import OverBaseline
    from advisor.decide.plan import Plan

SCHEMA_VERSION = 1
MOST_MISTAKES = 10


def candidate_facts(candidate: Candidate) -> dict[str, Any]:
    """Return what is known of a candidate before it is run, as plain values; every document has the same names."""
    return {
        "model": candidate.model,
        "name": candidate.name,
        "revision": candidate.revision,
        "runtime": candidate.runtime,
        "method": candidate.method,
        "precision": candidate.precision,
        "parameters": candidate.parameters,
        "parameters_standing": candidate.parameters_standing,
        "license": candidate.license,
        "place": candidate.place,
        "sent_to": candidate.sends_to,
        "allows": list(candidate.allows),
        "files": list(candidate.files),
        "weights_bytes": candidate.weights_bytes,
        "download_bytes": candidate.download_bytes,
        "serving_bytes": candidate.serving_bytes,
        "predicted_peak_bytes": candidate.peak_bytes,
        "predicted_seconds_per_example": candidate.seconds_per_example,
        "predicted_tuning_seconds": candidate.training_seconds,
        "why": list(candidate.why),
        "label_map": candidate.label_map,
        "sizes": "predicted by the catalog" if candidate.is_predicted else "exact",
    }


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return the plan as plain values."""
    bar = plan.task.bar
    return {
        "schema_version": SCHEMA_VERSION,
        "run": plan.run_id,
        "task": plan.task.name,
        "bar": {"pass_rate": bar.pass_rate, "confidence": bar.confidence},
        "examples": {
            "evidence": len(plan.evidence),
            "teaching": len(plan.examples.teaching),
            "labels": list(plan.examples.labels),
            "notes": list(plan.examples.notes),
            "looks": list(plan.examples.looks),
            "goes_on": plan.examples.goes_on,
        },
        "shared_rows": None if plan.shared is None else plan.shared.to_json(),
        "lowers": plan.lowers,
        "reachable_strength": plan.reachable,
        "examples_to_certify": plan.examples_to_certify,
        "alpha_sharing": plan.sharing.name,
        "probed_first": plan.expected,
        "can_be_certified": [
            candidate.name for candidate, test in zip(plan.candidates, plan.tests, strict=True) if test.can_certify
        ],
        "most_certifiable": plan.most_certifiable,
        "cross_validates": [plan.candidates[index].name for index in plan.to_cross_validate],
        "reach": reach_document(plan),
        "evidence_test": GROWING_TEST if plan.grows else FIXED_NUMBER_TEST,
        "brought": [each.to_json() | {"agreed": agreements.is_agreed(each)} for each in agreements.of_plan(plan)],
        "plugins": [str(each) for each in plan.plugins],
        "finishing": {
            "candidates": [plan.candidates[index].name for index in sorted(plan.finishing.candidates)],
            "seconds": plan.finishing.seconds,
            "budget_seconds": plan.finishing.budget,
        },
        "download_bytes": plan.download_bytes,
        "free_disk_bytes": hub.free_bytes() if plan.download_bytes else None,
        "candidates": [
            {**candidate_facts(candidate), "alpha": test.alpha}
            for candidate, test in zip(plan.candidates, plan.tests, strict=True)
        ],
        "left_out": _left_out(plan),
        "not_at_hand": [
            {
                "model": s.model,
                "parameters": s.parameters,
                "download_bytes": s.download_bytes,
                "method": s.method,
                "serving_bytes": s.serving_bytes,
                "why": list(s.why),
            }
            for s in plan.shortlist.suggestions
        ],
    }


def result_document(plan: Plan, decision: Decision, folder: Path) -> dict[str, Any]:
    """Return the result as plain values."""
    recommended = decision.recommended
    comparison = decision.comparison
    candidates = [
        _candidate(result)
        | {"cost_per_million": _cost(plan, result)}
        | {"alpha": test.alpha, "level": result.level, "levels": list(plan.sharing.levels(index))}
        for index, (result, test) in enumerate(zip(decision.results, plan.tests, strict=True))
    ]
    smaller = candidates[: 0 if decision.answer is None else decision.answer.candidate]
    return {
        "schema_version": SCHEMA_VERSION,
        "run": plan.run_id,
        "task": plan.task.name,
        "verdict": decision.verdict,
        "strength": decision.answer.strength if decision.answer else None,
        "required_strength": decision.required,
        "stand_in": plan.task.examples.stand_in,
        "bar": {"pass_rate": plan.task.bar.pass_rate, "confidence": plan.task.bar.confidence},
        "examples": {
            "evidence": len(plan.evidence),
            "teaching": len(plan.examples.teaching),
            "looks": list(plan.examples.looks),
        },
        "shared_rows": None if plan.shared is None else plan.shared.to_json(),
        "lowers": plan.lowers,
        "brought": [each.to_json() for each in agreements.of_plan(plan)],
        "recommended": None if recommended is None else _recommended(plan, recommended, folder),
        "next_larger": None
        if comparison is None
        else {
            "model": comparison.candidate.name,
            "mistakes": comparison.mistakes,
            "mistakes_tried": comparison.tried,
            "mistakes_right": comparison.right,
            "adds_at_most": comparison.adds_at_most,
            "memory_ratio": _ratio(comparison.candidate, recommended.candidate if recommended else None),
        },
        "over_baseline": None if decision.over_baseline is None else _over_baseline(decision.over_baseline),
        "escalation": _escalation(decision),
        "agreement": {each.kind: {"same": each.same, "of": each.of} for each in decision.agreement},
        "more_examples": more_document(decision.more_examples),
        "examples_to_certify": in_all(plan, decision.more_examples),
        "bar_in_reach": None
        if decision.bar_in_reach is None
        else {"more_examples": MORE_EXAMPLES, "pass_rate": decision.bar_in_reach},
        "sensitivity": sensitivity_document(plan, decision),
        "advice": advice_document(plan, decision),
        "inferences": decision.inferences,
        "inferences_of_everything": len(plan.candidates) * len(plan.evidence),
        "candidates": candidates,
        # Where there are any, the recommended one may not be the smallest that passes.
        "unmeasured_smaller": [each["name"] for each in smaller if is_unmeasured(each)],
        "left_out": _left_out(plan),
        "folder": str(folder),
    }


def _over_baseline(told: OverBaseline) -> dict[str, Any]:
    return {
        "model": told.candidate.name,
        "of": told.of,
        "right": told.right,
        "baseline_right": told.baseline_right,
        "adds": told.adds,
        "interval": list(told.interval),
    }


def _ratio(larger: Candidate, chosen: Candidate | None) -> float | None:
    """Return how many times the memory a candidate takes, None where either's is unknown."""
    if chosen is None or not chosen.serving_bytes or larger.serving_bytes is None:
        return None
    return larger.serving_bytes / chosen.serving_bytes


def _cost(plan: Plan, result: CandidateResult) -> dict[str, Any] | None:
    """Return the estimate of what a million requests cost, None without prices for it."""
    outcomes = [outcome for each in result.record.outcomes.values() for outcome in each.values()]
    inputs = [len(example.input) for example in plan.evidence]
    measured = Measured(
        result.record.seconds_per_example,
        tokens_per_request((outcome.prompt_tokens, outcome.tokens) for outcome in outcomes),
        sum(inputs) / len(inputs) if inputs else None,
    )
    costs = None if plan.task.costs is None else plan.task.costs.model_dump()
    cost = per_million(costs, measured, options=result.candidate.options)
    return None if cost is None else cost.to_json()


def _escalation(decision: Decision) -> dict[str, Any] | None:
    """Return what handing over unsure answers would bring; None where it was not asked for or there is no pair."""
    told, both = decision.escalation, decision.pair
    if told is None or both is None:
        return None
    small, large = (decision.results[index] for index in both)
    paces = small.record.seconds_per_example, large.record.seconds_per_example
    chosen = told.chosen
    return {
        "small": small.candidate.name,
        "large": large.candidate.name,
        "verdict": told.verdict,
        # Handing over everything and nothing are no numbers of JSON.
        "threshold": None if chosen is None or math.isinf(chosen.threshold) else chosen.threshold,
        "hands_over": None if chosen is None else chosen.escalated,
        "passes": None if chosen is None else chosen.passes,
        "of": told.of,
        "needed": told.needed,
        "share": told.share,
        "share_interval": told.share_interval,
        "alpha": told.alpha,
        "cost": None if None in paces else told.cost(paces[0] or 0.0, paces[1] or 0.0),
    }


def _left_out(plan: Plan) -> list[dict[str, Any]]:
    return [{"model": left.model, "reason": left.reason} for left in plan.shortlist.left_out]


def _recommended(plan: Plan, result: CandidateResult, folder: Path) -> dict[str, Any]:
    return {
        **candidate_facts(result.candidate),
        "lower_bound": result.lower_bound,
        "sha256": _hashes(result.candidate),
        "details": result.record.details,
        "usage": usage(plan, result, folder),
    }


def _hashes(candidate: Candidate) -> dict[str, str]:
    """Return the sha256 of the weight files, none where they are not on this disk (a server's, say)."""
    try:
        place = locate(candidate, tell=lambda _: None, download=False)
    except OutOfReachError:
        return {}
    return hashes(place.folder, place.files)


def _candidate(result: CandidateResult) -> dict[str, Any]:
    record = result.record
    return {
        **candidate_facts(result.candidate),
        "verdict": result.verdict,
        "reason": result.reason,
        "outcomes": len(result.counted),
        "passes": result.passes,
        "not_counted": len(record.outcomes[Purpose.EVIDENCE]) - len(result.counted),
        "lower_bound": result.lower_bound,
        "own_bound": result.own_bound,
        "refuted": result.is_refuted,
        "besides": [
            {
                "name": each.name,
                "words": each.words,
                "bar": each.bar,
                "observed": each.observed,
                "claim": each.certified().claim,
                "why_not": each.why_not,
                "lower_bound": each.test.lower_bound(each.values) if each.values else None,
            }
            for each in result.besides
        ],
        "seconds_per_example": record.seconds_per_example,
        "p50_seconds": record.seconds_at(0.5),
        "p95_seconds": record.seconds_at(0.95),
        "machine_load": record.machine_load,
        "tokens_per_second": record.tokens_per_second,
        "downloaded_bytes": record.downloaded_bytes,
        "load_seconds": record.load_seconds,
        "teaching_seconds": record.teaching_seconds,
        "peak_memory_bytes": record.peak_memory_bytes,
        "inferences": record.inferences,
        "engine": record.engine,
        "device": record.device,
        "mistakes": [
            {
                "example": mistake.example.id,
                "line": mistake.example.line,
                "input": mistake.example.input,
                "expected": mistake.example.expected,
                "output": mistake.output,
                "error": mistake.error,
            }
            for mistake in result.mistakes[:MOST_MISTAKES]
        ],
    }
