"""A tuned candidate: a small encoder of the plan once more, its own weights tuned on the training rows.

At most one in a plan, the smallest encoder that can be tuned. All candidates share the error budget, so each more makes
every proof a little harder, and tuning is the dearest thing that a run does. The smallest one that passes is what is
looked for, so the smallest one is tuned. It stands right behind the untuned one, whose memory it needs, and is tried
where that one fails: whether tuning helps depends on the task (`benchmarks.heads`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from advisor.candidates import predict
from advisor.candidates.candidate import TUNED, Candidate, size_order
from advisor.candidates.fit import broken_constraint
from advisor.engines import sentence_transformers
from advisor.engines.tuning import BATCH, MOST_TOKENS, STEPS
from advisor.errors import one_line
from advisor.families import family
from advisor.system import machine
from advisor.units import format_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.candidates.build import Shortlist
    from advisor.task.example import Example
    from advisor.task.examples import ExampleSet
    from advisor.task.model import Task

MOST_PARAMETERS, MOST_ON_A_CARD = 35_000_000, 150_000_000
# With six rows a label (20 Newsgroups, 120 rows) tuning gained nothing.
FEWEST_A_LABEL = 8
TWO_LABELS = 2
# Gradients and the two moments of Adam, of about half of the weights, and as much again while they change. What a batch
# of the longest texts keeps for the way back in an encoder of MiniLM's kind: 68 bytes a token, layer and number of its
# vectors, and its attention (Korthikanti et al., "Reducing activation recomputation", 2022, equation 2, in fp32).
COPIES, BYTES_OF_A_BATCH = 2, 500_000_000


def with_tuned(shortlist: Shortlist, task: Task, examples: ExampleSet, memory_limit: int) -> Shortlist:
    """Return a shortlist with its tuned candidate, where the task asks for one and there can be one."""
    if task.tuning != "try":
        return shortlist
    made = tunable(shortlist.candidates, task, examples, memory_limit)
    if made is None:
        return shortlist
    downloads = shortlist.downloads
    if (fetched := downloads.get(replace(made, method="head").key)) is not None:
        downloads = downloads | {made.key: fetched}
    candidates = tuple(sorted([*shortlist.candidates, made], key=size_order))
    return replace(shortlist, candidates=candidates, downloads=downloads)


def offer(candidates: Sequence[Candidate], task: Task, examples: ExampleSet, memory_limit: int) -> str | None:
    """Return what tuning would take, and how to ask for it, where a plan could have a tuned candidate and has none."""
    if task.tuning != "offer" or any(each.method == TUNED for each in candidates):
        return None
    made = tunable(candidates, task, examples, memory_limit)
    if made is None or made.training_seconds is None:
        return None
    return (
        f"tune {one_line(made.model, 60)} on your {len(examples.teaching)} training rows, which takes about "
        f"{format_seconds(made.training_seconds)}: `tuning: try` in the task file, or --set tuning=try"
    )


def tunable(candidates: Sequence[Candidate], task: Task, examples: ExampleSet, memory_limit: int) -> Candidate | None:
    """Return the candidate that tuning makes of the smallest encoder that can be tuned, None where none can.

    Args:
        candidates: Those of the plan.
        task: What is to be done.
        examples: Its examples.
        memory_limit: What a probe may take.
    """
    if not _is_taught(task, examples):
        return None
    for candidate in sorted(candidates, key=size_order):
        if _can_be_tuned(candidate):
            made = _tuned(candidate, examples)
            takes = made.training_seconds is not None and made.training_seconds < task.limits.load_seconds
            fits = broken_constraint(made, task.constraints, is_named=True, memory_limit=memory_limit) is None
            if takes and fits:
                return made
    return None


def _is_taught(task: Task, examples: ExampleSet) -> bool:
    """Return whether the training rows are enough to tune on."""
    kind = family(task.family)
    if not kind.is_tuned:
        return False
    counts = Counter(label for each in examples.teaching for label in kind.labels_of(each.expected))
    return len(counts) >= TWO_LABELS and counts.total() >= FEWEST_A_LABEL * len(counts)


def _can_be_tuned(candidate: Candidate) -> bool:
    if (candidate.runtime, candidate.method) != (sentence_transformers.ENGINE.name, "head") or candidate.allows:
        return False
    parameters = candidate.parameters or MOST_ON_A_CARD + 1
    return parameters <= MOST_PARAMETERS or (parameters <= MOST_ON_A_CARD and bool(machine.gpus()))


def _tuned(candidate: Candidate, examples: ExampleSet) -> Candidate:
    def mean(rows: Sequence[Example]) -> float:
        return sum(len(each.input) for each in rows) / max(1, len(rows))

    rows = len(examples.teaching)
    seconds = predict.training_seconds(
        candidate.seconds_per_example,
        characters=mean(examples.evidence),
        training_characters=mean(examples.teaching),
        texts=STEPS * BATCH,
        most_tokens=MOST_TOKENS,
    )
    does = f"its own weights are tuned on your {rows} training rows, then a head learns from them"
    takes = [] if seconds is None else [f"tuning takes about {format_seconds(seconds)}, once"]
    return replace(
        candidate,
        method=TUNED,
        variant=TUNED if candidate.variant is None else f"{candidate.variant}-{TUNED}",
        download_bytes=0,
        options=candidate.options | {"steps": STEPS},
        training_seconds=seconds,
        training_bytes=COPIES * candidate.weights_bytes + BYTES_OF_A_BATCH,
        why=(does, *takes),
    )
