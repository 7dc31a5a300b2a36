"""What a report says may help where no candidate passes: only what can help with its family and what was tried."""

from __future__ import annotations

from typing import Any

from advisor.candidates.candidate import WITH_HEAD
from advisor.errors import one_line
from advisor.report import same_rows
from advisor.report.sentences import (
    FEWEST_FOR_A_RATE,
    NAME,
    REASON,
    SAID,
    fewest_that_certify,
    how_to_add,
    more_of,
    name_of,
)
from advisor.units import format_count, percent_floor

MIXED_SHOWN = 3
# A bar that is lower by more than this is another task.
WORTH_TELLING = 0.2
BUDGET_ENDED = "the budget ended"


def what_may_help(document: dict[str, Any], *, download: str = "add --download SIZE") -> list[str]:
    """Return the next steps for a run that recommends none.

    Args:
        document: The report's.
        download: How downloads are allowed where this is read.
    """
    advice = document.get("advice") or {}
    again = [name_of(each) for each in document["candidates"] if each["verdict"] == "not measured"]
    steps = [f"the same command again: {', '.join(again)} could not be measured"] if again else []
    examples, needed = document["examples"], fewest_that_certify(document)
    if examples["evidence"] < needed:
        taught = f" beside the {examples['teaching']} that teach" if examples["teaching"] else ""
        steps.append(
            f"more labelled examples: {examples['evidence']} are evidence{taught}; {needed}, all right, are the fewest "
            "that certify anything"
        )
    steps += _for_the_best(document, advice)
    ran = [each for each in document["candidates"] if each["outcomes"]]
    if any(each["method"] in WITH_HEAD for each in ran):
        taught = advice.get("teaching_examples") or document["examples"]["teaching"]
        steps.append(f"more teaching examples: heads were trained on {taught}")
    steps += [one_line(advice["tuning"], REASON)] if advice.get("tuning") else []
    found, first = advice.get("larger_models_in_the_catalog") or 0, advice.get("first_in_the_catalog")
    more = f"{found} larger {'one was' if found == 1 else 'ones were'} found" if found else ""
    named = "; ".join(filter(None, (more, f"first {one_line(first, NAME)}" if first else "")))
    steps.append(f"models of the Hub: {download} to try what the catalog finds{f' ({named})' if named else ''}")
    # Older results hold a guess from three examples too.
    is_enough = ((advice.get("best") or {}).get("of") or 0) >= FEWEST_FOR_A_RATE
    if advice.get("guessed_parameters_needed") and is_enough:
        size = format_count(advice["guessed_parameters_needed"])
        steps.append(f"by a rough guess a model of this kind would need about {size} parameters")
    narrower = _narrower(document, ran)
    for mixed in (advice.get("mixed_up") or [])[:MIXED_SHOWN]:
        said, expected = one_line(mixed["said"], SAID), one_line(mixed["expected"], SAID)
        steps.append(
            f"{narrower}: it said {said!r} for {expected!r} {mixed['times']} times; without that "
            f"{mixed['rate_without']:.0%} would be right"
        )
    if not advice.get("mixed_up"):
        mistakes = "what is mixed up" if document["task"]["labels"] else "what goes wrong"
        steps.append(f"{narrower}; read the mistakes for {mistakes}")
    if any(BUDGET_ENDED in each["reason"] for each in document["candidates"]):
        steps.append("a larger budget of answers (limits.inferences in a task file)")
    return [*steps, same_rows.next_run(document)]


def _narrower(document: dict[str, Any], ran: list[dict[str, Any]]) -> str:
    """Return how the task might be put better: an instruction only where one of those that ran reads it."""
    if document["task"]["labels"]:
        return "clearer labels or a narrower task"
    reads = any(each["method"] == "prompted" for each in ran)
    return "a clearer instruction or a narrower task" if reads else "a narrower task"


def _for_the_best(document: dict[str, Any], advice: dict[str, Any]) -> list[str]:
    """Return the steps that are about the candidate that came closest."""
    steps = []
    top = advice.get("best")
    if top is not None and (more := more_of(advice.get("more_examples_best"))) is not None:
        name = one_line(top["model"], NAME)
        steps.append(f"{more.words(name)}{how_to_add(document)}")
    if top is not None and 0.0 <= document["bar"]["pass_rate"] - top["proven"] <= WORTH_TELLING:
        steps.append(
            f"a lower bar: these answers would have reached {percent_floor(top['proven'])} with "
            f"{one_line(top['model'], NAME)}"
        )
    if advice.get("head_instead_of_prompt") and not document["examples"]["teaching"]:
        how = "set some of them apart to teach with (teaching.count in a task file)"
        if document["task"]["family"] == "zero-shot-classification":
            how = "the task's family would be text-classification, some of whose examples teach"
        steps.append(f"a head trained on your examples instead of a prompt: {how}")
    return steps
