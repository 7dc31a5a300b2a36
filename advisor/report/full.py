"""The whole report as one document of plain values, made from a run's folder alone: HTML, Markdown and text show it.

Every number comes from the run's files: counts and times from outcomes.jsonl, memory and load times from probes.jsonl,
boundaries and bounds from the shares of alpha in run.json, verdicts from result.json.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.decide.plan import FIXED_TEST
from advisor.decide.records import Purpose, unmeasured
from advisor.evidence import futility
from advisor.evidence.sequential import Test, examples_needed, nested
from advisor.families.base import RULES
from advisor.report.confused import confused, fields
from advisor.report.document import SCHEMA_VERSION
from advisor.report.recall import recall
from advisor.report.sanitize import expected_text
from advisor.report.sentences import best
from advisor.runs.reader import FORMAT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.decide.records import CandidateRecord
    from advisor.probe.protocol import Outcome
    from advisor.runs.reader import Run
    from advisor.task.example import Example

MIDDLE, SLOW = 0.5, 0.95
FACTS = (
    "model", "revision", "runtime", "method", "precision", "parameters", "parameters_standing", "license", "place",
    "files", "weights_bytes", "download_bytes", "serving_bytes",
)  # fmt: skip
TOLD = (
    "machine_load", "tokens_per_second", "downloaded_bytes", "cost_per_million", "sent_to", "allows", "besides",
    "refuted", "own_bound",
)  # fmt: skip


def report_document(run: Run) -> dict[str, Any]:
    """Return all that a report tells of a run, finished or not."""
    result = run.result or {}
    candidates = [_candidate(run, index) for index in range(len(run.candidates))]
    chosen = run.index_of(result["recommended"]) if result.get("recommended") else None
    failing, right = _asked(run, candidates, chosen)
    # What is said of labels and fields is of the recommended candidate, else of the best one.
    about = best({"candidates": candidates}) if chosen is None else candidates[chosen]
    counted = [] if about is None else run.counted(about["number"] - 1)
    has_labels = all(isinstance(each.expected, str | list) for each in run.evidence)
    made = sum(each["inferences"] for each in candidates)
    return {
        "schema_version": SCHEMA_VERSION,
        "run": run.id,
        "format": FORMAT,
        "finished": run.result is not None,
        "task": {
            "name": run.task.get("name", ""),
            "family": run.task.get("family", ""),
            "instruction": run.task.get("instruction", ""),
            "labels": {label: (run.task.get("labels") or {}).get(label, "") for label in run.labels},
            "stand_in": (run.task.get("examples") or {}).get("stand_in"),
        },
        "currency": str((run.task.get("costs") or {}).get("currency") or ""),
        "bar": {"pass_rate": run.bar, "confidence": run.confidence},
        "examples": {
            "evidence": len(run.evidence),
            "teaching": len(run.teaching),
            "looks": list(run.looks) if run.grows else [],
        },
        "shared_rows": result.get("shared_rows"),
        "lowers": result.get("lowers"),
        "verdict": result.get("verdict", "unfinished"),
        "strength": result.get("strength"),
        "required_strength": result.get("required_strength"),
        "recommended": chosen,
        "usage": (result.get("recommended") or {}).get("usage"),
        "next_larger": result.get("next_larger"),
        "over_baseline": result.get("over_baseline"),
        "recall": recall(run.evidence, counted, run.labels) if has_labels else [],
        "confused": confused(run.evidence, counted, run.labels),
        "fields": fields(run.evidence, counted),
        "agreement": result.get("agreement") or {},
        "more_examples": result.get("more_examples"),
        "bar_in_reach": result.get("bar_in_reach"),
        "sensitivity": result.get("sensitivity") or [],
        "advice": result.get("advice"),
        "escalation": result.get("escalation"),
        "inferences": made,
        "inferences_of_everything": len(candidates) * len(run.evidence),
        "evidence_test": run.fixed.get("evidence_test", FIXED_TEST),
        "passes_in_a_row": _passes_in_a_row(run),
        "alpha_sharing": (run.learned or run.fixed).get("alpha_sharing", "equal"),
        "candidates": candidates,
        "left_out": result.get("left_out") or [],
        "brought": _brought(result.get("brought") or run.origin.get("brought") or []),
        "failing": failing,
        "right": right,
        "reproduce": _reproduce(run),
    }


def _brought(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what the task brought and the user agreed to, paths by their last names alone."""
    found = []
    for each in told:
        texts = {name: str(each.get(name) or "") for name in ("kind", "name", "digest", "words")}
        if each.get("path") == texts["name"]:
            texts["name"] = Path(texts["name"]).name
        found.append({**texts, "path": "", "has_network": bool(each.get("has_network"))})
    return found


def steps(limits: Sequence[int], first: int) -> list[list[int]]:
    """Return where a limit changes, as pairs (number of examples, limit from there on); `first` numbers the first."""
    changes: list[list[int]] = []
    for number, limit in enumerate(limits, start=first):
        if not changes or changes[-1][1] != limit:
            changes.append([number, int(limit)])
    return changes


def _candidate(run: Run, index: int) -> dict[str, Any]:
    candidate = run.candidates[index]
    record = candidate.record
    told = _told(run, index)
    alpha = told.get("alpha") or candidate.alpha or (1.0 - run.confidence) / len(run.candidates)
    counted, answered = run.counted(index), record.in_order(run.evidence)
    passed = [outcome.passed for outcome in counted]
    test, passes = _test(run, alpha), sum(passed)
    lower = told.get("lower_bound") if told else None
    if lower is None and counted:
        lower = test.lower_bound(passed)
    upper = test.upper_bound(passed) if counted else None
    outcomes = [outcome for each in record.outcomes.values() for outcome in each.values()]
    return {
        "number": index + 1,
        **{name: getattr(candidate.candidate, name) for name in FACTS},
        "name": candidate.name,
        "verdict": told.get("verdict", "undecided"),
        "reason": told.get("reason") or _reason(record, passes, len(counted)),
        "failure": record.failure,
        "circumstance": record.is_circumstance,
        "alpha": alpha,
        "level": told.get("level") or alpha,
        "outcomes": len(counted),
        "passes": passes,
        "answered": len(answered),
        "answered_right": sum(outcome.passed for outcome in answered),
        "lower_bound": lower,
        "upper_bound": upper,
        "wrong_at": [number for number, each in enumerate(passed, start=1) if not each],
        **_limits(run, _levels(told, alpha), alpha),
        "seconds": {
            "mean": record.seconds_per_example,
            "p50": record.seconds_at(MIDDLE),
            "p95": record.seconds_at(SLOW),
            "most": record.seconds_at(1.0),
        },
        "tokens_per_example": _tokens(outcomes),
        "load_seconds": record.load_seconds,
        "teaching_seconds": record.teaching_seconds,
        "peak_memory_bytes": record.peak_memory_bytes,
        **{name: told.get(name) for name in TOLD},
        "inferences": record.inferences,
        "engine": record.engine,
        "device": record.device,
        "details": record.details,
    }


def _test(run: Run, level: float) -> Test:
    return _nested(run, [level], level)


def _nested(run: Run, levels: Sequence[float], own: float) -> Test:
    total, first, late = len(run.evidence), run.first_look, run.spent_for
    return nested(total, run.bar, levels, grows=run.grows, first=first, spent_for=late, own=own)[0]


def _passes_in_a_row(run: Run) -> dict[str, int]:
    """Return how many certify the candidate with the largest share, and how many would if no example could be added."""
    shares = [each.alpha for each in run.candidates if each.alpha]
    level = max(shares, default=(1.0 - run.confidence) / max(1, len(run.candidates)))
    return {
        "needed": _test(run, level).needed,
        "with_a_fixed_number": examples_needed(run.bar, level),
    }


def _told(run: Run, index: int) -> dict[str, Any]:
    """Return what the result says of a candidate; nothing while the run is not finished."""
    listed = (run.result or {}).get("candidates") or []
    return dict(listed[index]) if index < len(listed) else {}


def _reason(record: CandidateRecord, passes: int, count: int) -> str:
    if record.failure is not None and record.is_circumstance:
        return unmeasured(record.failure, f"{passes} of {count} passed" if count else "")
    if record.failure is not None:
        return f"could not be run: {record.failure}"
    return f"{passes} of {count} passed so far" if count else "not probed yet"


def _levels(told: dict[str, Any], alpha: float) -> list[float]:
    """Return the level at which a candidate was tested, and those above it at which it might have come to be."""
    level = told.get("level") or alpha
    return [each for each in told.get("levels") or [alpha] if each >= level] or [level]


def _limits(run: Run, levels: list[float], own: float) -> dict[str, Any]:
    """Return the boundary and the give-up line where they change; none where nothing can be certified."""
    test = _nested(run, levels, own)
    if not test.can_certify:
        return {"certified_at_most": [], "given_up_above": []}
    most = futility.most_failures(test.boundary, run.bar)
    return {"certified_at_most": steps(test.boundary, 1), "given_up_above": steps(most[1:], 1)}


def _tokens(outcomes: Sequence[Outcome]) -> float | None:
    counts = [outcome.tokens for outcome in outcomes if outcome.tokens is not None]
    return sum(counts) / len(counts) if counts else None


def _asked(
    run: Run, candidates: list[dict[str, Any]], chosen: int | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return every example that some candidate got wrong, and those that were asked and none got wrong.

    Of the first the recommended one's mistakes come first, then the most often failed.
    """
    answers = [candidate.record.answers for candidate in run.candidates]
    failing, right = [], []
    for order, example in enumerate(run.evidence):
        asked = [(n, known[example.id]) for n, known in enumerate(answers, start=1) if example.id in known]
        if not asked:
            continue
        wrong = [number for number, outcome in asked if not outcome.passed]
        outputs = [outcome.output for _, outcome in asked]
        row = {
            "example": example.id,
            "order": order + 1,
            "line": example.line,
            "input": example.input,
            "expected": None if example.expected is None else expected_text(example.expected, outputs),
        }
        if not wrong:
            right.append(row)
            continue
        is_chosens = chosen is not None and chosen + 1 in wrong and order < candidates[chosen]["outcomes"]
        said = [
            {
                "candidate": number,
                "counted": order < candidates[number - 1]["outcomes"] and _is_evidence(run, number, example),
                "output": outcome.output,
                "passed": outcome.passed,
                "score": outcome.score,
                "confidence": outcome.confidence,
                "error": outcome.error,
            }
            | ({"breaks": broken} if (broken := _broken(outcome)) and not outcome.passed else {})
            for number, outcome in asked
        ]
        failing.append((not is_chosens, -len(wrong), order, row | {"answers": said}))
    return [row for *_, row in sorted(failing, key=lambda each: each[:3])], right


def _is_evidence(run: Run, number: int, example: Example) -> bool:
    return example.id in run.candidates[number - 1].record.outcomes[Purpose.EVIDENCE]


def _broken(outcome: Outcome) -> list[str]:
    """Return the task's rules that an answer breaks."""
    return [rule for rule in RULES if outcome.scores.get(rule, 1) != 1]


def _reproduce(run: Run) -> dict[str, Any]:
    origin = run.origin
    files = {
        name: {"name": str(file.get("path", "")).replace("\\", "/").rpartition("/")[2], "sha256": file.get("sha256")}
        for name, file in (origin.get("files") or {}).items()
    }
    task = (files.get("task") or {}).get("name") or "TASK.yaml"
    budget = origin.get("download_budget") or 0
    required = origin.get("require") or (run.result or {}).get("required_strength") or "certified"
    options = ([f"--download {budget}"] if budget else []) + (
        [f"--require {required}"] if required != "certified" else []
    )
    return {
        "command": " ".join(["advisor recommend", task, *options]),
        "seed": run.task.get("seed"),
        "made": origin.get("made"),
        "advisor": origin.get("advisor"),
        "python": origin.get("python"),
        "platform": origin.get("platform"),
        "processors": origin.get("processors"),
        "threads": origin.get("threads"),
        "memory_bytes": origin.get("memory_bytes"),
        "libraries": run.fixed.get("engines") or {},
        "files": files,
    }
