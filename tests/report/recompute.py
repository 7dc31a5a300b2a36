"""Recomputes a report's numbers from the raw lines of a run's files, by other code than the report's own."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from advisor.evidence.boundary import lower_bound
from advisor.report.sentences import TOO_FEW
from tests.report.pages import Page

PERCENTILE = 95


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def check(folder: Path, document: dict[str, Any], html: str, markdown: str) -> int:
    """Compare every number of a finished run's reports with the run's files; return how many were compared."""
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    fixed = folder / "sharing.json"  # where candidates were cross-validated
    shared = json.loads(fixed.read_text(encoding="utf-8")) if fixed.exists() else run
    order = [identity for identity, _ in run["evidence"]]
    outcomes, probes = lines(folder / "outcomes.jsonl"), lines(folder / "probes.jsonl")
    compared = 0
    page = Page(html)
    listed = page.table("Smallest first")
    timed = {row[0]: row for row in page.table("Measured in this run").rows}
    rows = [line for line in markdown.split("\n") if line.startswith("| ") and "---" not in line]
    for index, key in enumerate(run["candidates"]):
        found, row = document["candidates"][index], listed.rows[index]
        mine = [line for line in outcomes if line["candidate"] == key]
        evidence = {line["id"]: line for line in mine if line["purpose"] == "evidence"}
        counted = [evidence[identity]["passed"] for identity in order[: result["candidates"][index]["outcomes"]]]
        facts = run["candidate_facts"][index]
        assert found["outcomes"] == len(counted)
        assert found["passes"] == sum(counted)
        assert found["wrong_at"] == [n for n, passed in enumerate(counted, start=1) if not passed]
        assert found["inferences"] == len(mine)
        assert (found["serving_bytes"], found["parameters"]) == (facts["serving_bytes"], facts["parameters"])
        compared += 6
        if counted:
            alpha = shared["alpha_shares"][index]
            assert found["alpha"] == alpha
            low = lower_bound(counted, len(order), alpha)
            if found["verdict"] == "passes" and document["strength"] == "certified":
                low = max(low, run["task"]["bar"]["pass_rate"])
            high = 1 - lower_bound([not passed for passed in counted], len(order), alpha)
            # Two steps of the bound's own precision: it was made narrower since the oldest run.
            assert abs(found["lower_bound"] - low) < 0.02
            assert found["upper_bound"] == high
            assert row[3] == f"{sum(counted)} of {len(counted)}"
            shown = [0.0, 1.0] if row[4] == TOO_FEW else [float(p.rstrip("%")) / 100 for p in row[4].split(" to ")]
            assert shown[0] <= found["lower_bound"] + 1e-9 < shown[0] + 0.001 + 1e-9
            assert shown[1] - 0.001 - 1e-9 < high <= shown[1] + 1e-9
            assert f"| {sum(counted)}/{len(counted)} | {row[4]} |" in rows[index + 1]
            compared += 7
        if mine:
            compared += _measured(found, mine, [e for e in probes if e["candidate"] == key], timed[str(index + 1)])
    assert document["inferences"] == len(outcomes)
    assert document["inferences_of_everything"] == len(order) * len(run["candidates"])
    return compared + 2 + _failing(run, outcomes, document)


def _measured(found: dict[str, Any], mine: list[dict[str, Any]], events: list[dict[str, Any]], row: list[str]) -> int:
    """Compare a candidate's times and memory."""
    seconds = sorted(line["seconds"] for line in mine)
    rank = math.ceil(PERCENTILE / 100 * len(seconds))
    assert found["seconds"]["p95"] == seconds[rank - 1]
    assert found["seconds"]["p50"] == seconds[math.ceil(len(seconds) / 2) - 1]
    assert math.isclose(found["seconds"]["mean"], float(np.mean(seconds)))
    peaks = [event["peak_memory_bytes"] for event in events if event["event"] == "memory"]
    loads = [event for event in events if event["event"] == "loaded"]
    assert found["peak_memory_bytes"] == max(peaks)
    assert found["load_seconds"] == loads[-1]["seconds"]
    assert found["teaching_seconds"] == loads[-1]["teaching_seconds"]
    assert row[7] == str(len(mine))
    assert near(row[3], seconds[rank - 1])
    assert near(row[6], max(peaks))
    return 9


def _failing(run: dict[str, Any], outcomes: list[dict[str, Any]], document: dict[str, Any]) -> int:
    """Compare who said what to which example."""
    numbers = {key: number for number, key in enumerate(run["candidates"], start=1)}
    # The other purposes measure agreement.
    outcomes = [line for line in outcomes if line["purpose"] in {"evidence", "comparison"}]
    wrong = {line["id"] for line in outcomes if not line["passed"]}
    assert {row["example"] for row in document["failing"]} == wrong
    said = {(line["id"], numbers[line["candidate"]]): line for line in reversed(outcomes)}
    for row in document["failing"]:
        for answer in row["answers"]:
            line = said[row["example"], answer["candidate"]]
            assert (answer["output"], answer["passed"]) == (line["output"], line["passed"])
        assert {answer["candidate"] for answer in row["answers"]} == {n for i, n in said if i == row["example"]}
    return len(wrong)


def near(words: str, value: float) -> bool:
    """Return whether "4.2 ms" or "182 MB" tells a value, to its two digits."""
    number, unit = words.split()
    factor = {"ms": 1e-3, "s": 1, "min": 60, "B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}[unit]
    return math.isclose(float(number) * factor, value, rel_tol=0.06, abs_tol=0.51e-3 if unit == "ms" else 0)
