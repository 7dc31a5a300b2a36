"""Builds a report from a run's folder alone.

Every number comes from the run's files: counts and times from outcomes.jsonl, memory and load times from probes.jsonl,
boundaries and bounds from the shares of alpha in run.json, verdicts from result.json.
"""

import dataclasses
import shlex
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from advisor.decide.plan import FIXED_TEST
from advisor.decide.records import CandidateRecord, Purpose, unmeasured, unusable
from advisor.evidence import futility
from advisor.evidence.sequential import BELOW, Test, examples_needed, nested
from advisor.families.base import RULES
from advisor.probe.protocol import Outcome
from advisor.report.model import File, Needed, Report, Reproduce, Row, Said, Seconds, Task, Tested
from advisor.report.recall import confused, distance, fields, in_words, recall_by_label
from advisor.report.sanitize import expected_text, readable_value
from advisor.report.sentences import closest
from advisor.report.sure import sure_answers
from advisor.runs.reader import FORMAT, Run
from advisor.runs.result import SCHEMA_VERSION, Bar, Counts, Known, Probed, Settled
from advisor.system.codec import plain, read

MIDDLE, SLOW = 0.5, 0.95
JUDGED = ("cost_per_million", "refuted", "own_bound")


def report_of(run: Run) -> Report:
    result, task = run.result, run.task
    scoring = run.fixed.get("scoring") or task.get("scoring") or {}
    candidates = [_candidate(run, index) for index in range(len(run.candidates))]
    chosen = run.index_of(result.recommended) if result and result.recommended else None
    failing, right = _asked(run, candidates, chosen)
    # Labels and fields are reported for the recommended candidate, else for the best one.
    about = closest(candidates) if chosen is None else candidates[chosen]
    counted = [] if about is None else run.counted(about.number - 1)
    has_labels = all(isinstance(each.expected, str | list) for each in run.evidence)
    settled = result or read(Settled, {"verdict": "unfinished"})
    known = {each.name: getattr(settled, each.name) for each in dataclasses.fields(Settled)}
    known |= {
        "schema_version": SCHEMA_VERSION,
        "run": run.id,
        "bar": Bar(run.bar, run.confidence),
        "examples": Counts(len(run.evidence), len(run.teaching), list(run.looks) if run.grows else []),
        "brought": _brought(settled.brought or run.origin.get("brought") or []),
        "inferences": sum(each.inferences for each in candidates),
        "inferences_of_everything": len(candidates) * len(run.evidence),
    }
    return Report(
        **known,
        recommended=chosen,
        candidates=candidates,
        format=FORMAT,
        finished=result is not None,
        task=Task(
            task.get("name", ""),
            task.get("family", ""),
            task.get("instruction", ""),
            {label: (task.get("labels") or {}).get(label, "") for label in run.labels},
            (task.get("examples") or {}).get("stand_in"),
            scoring.get("metric") or ("score" if scoring.get("function") else None),
            scoring.get("at_least"),
            scoring.get("tolerance"),
        ),
        currency=str((task.get("costs") or {}).get("currency") or ""),
        is_bar_usual=run.origin.get("is_bar_usual") is True,
        unread=[str(each) for each in run.origin.get("unread") or []],
        usage=result.recommended.usage if result and result.recommended else None,
        recall=recall_by_label(run.evidence, counted, run.labels, run.teaching) if has_labels else [],
        confused=confused(run.evidence, counted, run.labels),
        distance=distance(run.evidence, counted) if task.get("family") == "text-regression" else None,
        sure=sure_answers(counted, run.bar),
        fields=fields(run.evidence, counted),
        evidence_test=run.fixed.get("evidence_test", FIXED_TEST),
        given_up_below=run.given_up_below,
        passes_in_a_row=_passes_in_a_row(run),
        alpha_sharing=(run.learned or run.fixed).get("alpha_sharing", "equal"),
        failing=failing,
        right=right,
        reproduce=_reproduce(run),
    )


def _brought(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the task's code that the user agreed to, with paths reduced to their last names."""
    found = []
    for each in listed:
        texts = {name: str(each.get(name) or "") for name in ("kind", "name", "digest", "words")}
        if each.get("path") == texts["name"]:
            texts["name"] = Path(texts["name"]).name
        found.append({**texts, "path": "", "has_network": bool(each.get("has_network"))})
    return found


def steps(limits: Sequence[int], first: int) -> list[list[int]]:
    """Return the changes of a limit as pairs (number of examples, limit from then on); `first` numbers the first."""
    changes: list[list[int]] = []
    for number, limit in enumerate(limits, start=first):
        if not changes or changes[-1][1] != limit:
            changes.append([number, int(limit)])
    return changes


def _candidate(run: Run, index: int) -> Tested:
    candidate, judged = run.candidates[index], run.judged(index)
    facts, record, alpha = candidate.candidate, candidate.record, run.share(index)
    counted, answered = run.counted(index), record.in_order(run.evidence)
    passed = [outcome.passed for outcome in counted]
    test, levels = _nested(run, index, run.fixed_levels(index)), run.levels(index)
    lower = judged.lower_bound if judged else None
    upper = test.upper_bound(passed) if counted else None
    if upper is not None and judged is not None and judged.refuted:  # at the whole of α, not at the candidate's share
        upper = min(upper, run.bar - BELOW)
    outcomes = [outcome for each in record.outcomes.values() for outcome in each.values()]
    certified_at_most, given_up_above = _limits(run, index, levels)
    known = {each.name: plain(getattr(facts, each.name)) for each in dataclasses.fields(Known)}
    known |= {each.name: getattr(record, each.name) for each in dataclasses.fields(Probed)}
    known |= {name: getattr(judged, name, None) for name in JUDGED}
    return Tested(
        **known,
        number=index + 1,
        why=list(facts.why),
        foreign=list(facts.foreign),
        verdict=judged.verdict if judged else "undecided",
        reason=(judged and judged.reason) or _reason(record, sum(passed), len(counted)),
        failure=record.failure,
        circumstance=record.is_circumstance,
        alpha=alpha,
        level=levels[0] if judged is None or not judged.level else judged.level,
        outcomes=len(counted),
        passes=sum(passed),
        answered=len(answered),
        answered_right=sum(outcome.passed for outcome in answered),
        lower_bound=test.lower_bound(passed) if lower is None and counted else lower,
        upper_bound=upper,
        wrong_at=[number for number, each in enumerate(passed, start=1) if not each],
        certified_at_most=certified_at_most,
        given_up_above=given_up_above,
        seconds=Seconds(
            record.seconds_per_example, record.seconds_at(MIDDLE), record.seconds_at(SLOW), record.seconds_at(1.0)
        ),
        tokens_per_example=_tokens(outcomes),
        besides=judged.besides if judged else [],
        details=record.details,
    )


def _nested(run: Run, index: int, levels: Sequence[float]) -> Test:
    total, own, before = len(run.evidence), run.share(index), run.before(index)
    return nested(total, run.bar, levels, grows=run.grows, first=run.first_look, own=own, before=before)[0]


def _passes_in_a_row(run: Run) -> Needed:
    """Return the fewest examples that certify the candidate with the largest share, growing or of a fixed number."""
    shares = [each.alpha for each in run.candidates if each.alpha]
    level = max(shares, default=(1.0 - run.confidence) / max(1, len(run.candidates)))
    test = nested(len(run.evidence), run.bar, [level], grows=run.grows, first=run.first_look)[0]
    return Needed(test.needed, examples_needed(run.bar, level))


def _reason(record: CandidateRecord, passes: int, count: int) -> str:
    if record.failure is not None and record.is_circumstance:
        return unmeasured(record.failure, f"{passes} of {count} passed" if count else "")
    if record.failure is not None:
        return unusable(record.failure)
    return f"{passes} of {count} passed so far" if count else "not probed yet"


def _limits(run: Run, index: int, levels: Sequence[float]) -> tuple[list[list[int]], list[list[int]]]:
    """Return the boundary and the give-up line where they change; none if nothing can be certified."""
    test = _nested(run, index, levels)
    if not test.can_certify:
        return [], []
    most = futility.most_failures(test.boundary, run.bar, run.given_up_below)
    return steps(test.boundary, 1), steps(most[1:], 1)


def _tokens(outcomes: Sequence[Outcome]) -> float | None:
    counts = [outcome.tokens for outcome in outcomes if outcome.tokens is not None]
    return sum(counts) / len(counts) if counts else None


def _asked(run: Run, candidates: list[Tested], chosen: int | None) -> tuple[list[Row], list[Row]]:
    """Return the examples that some candidate got wrong, and those asked that none got wrong.

    Among the former the recommended candidate's mistakes come first, then the most often failed.
    """
    shown = partial(in_words, str(run.task.get("family") or ""))
    metric = (run.fixed.get("scoring") or run.task.get("scoring") or {}).get("metric") or ""
    answers = [candidate.record.answers for candidate in run.candidates]
    evidence = [candidate.record.outcomes[Purpose.EVIDENCE] for candidate in run.candidates]
    failing, right = [], []
    for order, example in enumerate(run.evidence):
        asked = [(n, known[example.id]) for n, known in enumerate(answers, start=1) if example.id in known]
        if not asked:
            continue
        wrong = [number for number, outcome in asked if not outcome.passed]
        outputs = [outcome.output for _, outcome in asked]
        wanted = None if example.expected is None else shown(example.expected, example)
        expected = None if wanted is None else expected_text(wanted, outputs)
        row = Row(example.id, order + 1, example.line, example.input, expected, [])
        if not wrong:
            right.append(row)
            continue
        is_chosens = chosen is not None and chosen + 1 in wrong and order < candidates[chosen].outcomes
        row.answers = [
            Said(
                number,
                order < candidates[number - 1].outcomes and example.id in evidence[number - 1],
                outcome.output,
                outcome.passed,
                outcome.score,
                outcome.confidence,
                outcome.error,
                [] if outcome.passed else [rule for rule in RULES if outcome.scores.get(rule, 1) != 1],
                readable_value(shown(outcome.output, example, metric)),
            )
            for number, outcome in asked
        ]
        failing.append((not is_chosens, -len(wrong), order, row))
    return [row for *_, row in sorted(failing, key=lambda each: each[:3])], right


def _reproduce(run: Run) -> Reproduce:
    origin = run.origin
    files = {
        name: File(
            str(file.get("path", "")).replace("\\", "/").rpartition("/")[2],
            file.get("sha256"),
            file.get("is_folder") is True,
        )
        for name, file in (origin.get("files") or {}).items()
    }
    task = files["task"].name if "task" in files and files["task"].name else "TASK.yaml"
    budget = origin.get("download_budget") or 0
    required = origin.get("require") or (run.result and run.result.required_strength) or "certified"
    options = (["--download", str(budget)] if budget else []) + (
        ["--require", required] if required != "certified" else []
    )
    names = ("made", "advisor", "python", "platform", "processors", "threads", "memory_bytes")
    return Reproduce(
        command=shlex.join(["advisor", "recommend", task, *options]),
        seed=run.task.get("seed"),
        **{name: origin.get(name) for name in names},
        libraries=run.fixed.get("engines") or {},
        files=files,
    )
