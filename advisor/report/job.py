"""Several models, one job: what their parts add up to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from advisor.errors import one_line
from advisor.units import format_bytes, format_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = 80


def job_document(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what the parts of a job add up to, from the result documents of their runs.

    Each part's claim is "right more often than its bar τ_i", false with chance at most α_i. By Boole's inequality all
    parts come out right for at least 1 - Σ (1 - τ_i) of the inputs that go through all of them, and the chance that
    this is false is at most Σ α_i; nothing is assumed of how mistakes fall together. If they fell independently it
    would be Π τ_i.

    Args:
        results: One a part, in order.

    Returns:
        `parts`, `verdict` ("passes" if all pass, "none" if one has none), `serving_bytes` of all models together,
        `p95_seconds` as the sum of theirs (parts one after the other; the sum bounds nothing, it is a guide), and
        `all_right`: None unless every part is certified.
    """
    parts = [_part(each) for each in results]
    verdicts = [part["verdict"] for part in parts]
    verdict = "none" if "none" in verdicts else "passes" if all(v == "passes" for v in verdicts) else "undecided"
    certified = [each for each in results if each.get("strength") == "certified" and each.get("recommended")]
    all_right = None
    if certified and len(certified) == len(results):
        bars = [float(each["bar"]["pass_rate"]) for each in certified]
        wrong = sum(1.0 - float(each["bar"]["confidence"]) for each in certified)
        all_right = {
            "at_least": max(0.0, 1.0 - sum(1.0 - bar for bar in bars)),
            "if_independent": math.prod(bars),
            "confidence": max(0.0, 1.0 - wrong),
        }
    return {
        "parts": parts,
        "verdict": verdict,
        "serving_bytes": _sum(part["serving_bytes"] for part in parts),
        "p95_seconds": _sum(part["p95_seconds"] for part in parts),
        "all_right": all_right,
    }


def job_sentences(document: dict[str, Any], *, with_parts: bool = True) -> list[str]:
    """Return what the parts add up to, in words, after a line for each part where they are not told elsewhere."""
    parts = document["parts"]
    lines = [f"{len(parts)} parts, one job:"]
    if with_parts:
        lines += [f"  {number}. {part['task']}: {part['model'] or 'none'}" for number, part in enumerate(parts, 1)]
    if document["serving_bytes"] is not None:
        lines.append(f"Together they take {format_bytes(document['serving_bytes'])} to serve.")
    if document["p95_seconds"] is not None:
        lines.append(
            f"One after the other they take about {format_seconds(document['p95_seconds'])}: "
            "the 95th percentiles of each, added."
        )
    sure = document["all_right"]
    if sure is None:
        lines.append("How often all parts are right is not proven: that needs every part certified.")
    else:
        lines.append(
            f"All parts are right for at least {sure['at_least']:.1%} of the inputs, with {sure['confidence']:.0%} "
            f"confidence ({sure['if_independent']:.1%} if their mistakes were independent)."
        )
    return lines


def part_rows(document: dict[str, Any]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the header and the rows of a table of the parts."""
    rows: list[tuple[str, ...]] = [
        (
            str(number),
            one_line(part["task"] or "", NAME),
            one_line(part["model"] or "none", NAME),
            one_line(part["strength"] or part["verdict"] or "", NAME),
            "" if part["serving_bytes"] is None else format_bytes(part["serving_bytes"]),
            "" if part["p95_seconds"] is None else format_seconds(part["p95_seconds"]),
            one_line(part["run"] or "", NAME),
        )
        for number, part in enumerate(document["parts"], 1)
    ]
    return ("#", "part", "model", "strength", "to serve", "p95", "run"), rows


def _part(result: dict[str, Any]) -> dict[str, Any]:
    recommended = result.get("recommended") or {}
    chosen: dict[str, Any] = next((each for each in result.get("candidates", ()) if _same(each, recommended)), {})
    return {
        "task": result.get("task"),
        "run": result.get("run"),
        "verdict": result.get("verdict"),
        "strength": result.get("strength"),
        "model": recommended.get("name") or recommended.get("model"),
        "serving_bytes": recommended.get("serving_bytes"),
        "p95_seconds": chosen.get("p95_seconds"),
    }


def _same(candidate: dict[str, Any], recommended: dict[str, Any]) -> bool:
    names = ("model", "revision", "runtime", "method", "precision", "files")
    return bool(recommended) and all(candidate.get(name) == recommended.get(name) for name in names)


def _sum(values: Any) -> Any:  # noqa: ANN401  numbers or None
    known = list(values)
    return None if any(value is None for value in known) else sum(known)
