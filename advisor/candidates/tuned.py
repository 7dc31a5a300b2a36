"""A tuned candidate: a small model of the plan again, with its weights tuned on the training rows.

At most one in a plan, the smallest that can be tuned of the kind that gains most. All candidates share the error
budget, so each further one makes every proof a little harder, and tuning is the most expensive step of a run. It comes
right after the untuned one, whose memory it needs, and is tried if that one fails and the training rows predict a gain,
which depends on the task (`benchmarks.heads`). That prediction takes three times as long as tuning, or once if the time
limit for loading allows no more.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from advisor.candidates import predict
from advisor.candidates.candidate import TUNED, Candidate, LeftOut, size_order
from advisor.candidates.fit import broken_constraint
from advisor.engines.tuning import MOST_TOKENS, PARTS, TUNINGS, Tuning
from advisor.errors import one_line
from advisor.families import family
from advisor.system import machine
from advisor.units import format_count, format_seconds

if TYPE_CHECKING:
    from advisor.candidates.build import Shortlist
    from advisor.families.base import Family
    from advisor.task.example import Example
    from advisor.task.examples import ExampleSet
    from advisor.task.model import Task

# Gradients and both moments of Adam, for about half of the weights, and copies during the update and of the originals.
# Activations of a batch of the longest texts for the backward pass in an encoder like MiniLM: 68 bytes per token, layer
# and dimension, and its attention (Korthikanti et al., "Reducing activation recomputation", 2022, equation 2).
COPIES, BYTES_OF_A_BATCH = 2.5, 500_000_000
# Speed of a graphics card relative to a thread: a quarter of the 8.1 TFLOPS that NVIDIA states for its T4 (fp32),
# against about 0.1 for a thread.
CARD = 20.0


def with_tuned(shortlist: Shortlist, task: Task, examples: ExampleSet, memory_limit: int) -> Shortlist:
    """Return a shortlist with its tuned candidate, or why there is none, if the task asks for one."""
    if task.tuning != "try":
        return shortlist
    made = tunable(shortlist.candidates, task, examples, memory_limit)
    if isinstance(made, LeftOut):
        left_out = () if all(each.is_baseline for each in shortlist.candidates) else (made,)
        return replace(shortlist, left_out=(*shortlist.left_out, *left_out))
    downloads = shortlist.downloads
    untuned = replace(made, method=family(task.family).methods[made.ability])
    if (fetched := downloads.get(untuned.key)) is not None:
        downloads = downloads | {made.key: fetched}
    candidates = tuple(sorted([*shortlist.candidates, made], key=size_order))
    return replace(shortlist, candidates=candidates, downloads=downloads)


def offer(candidates: Sequence[Candidate], task: Task, examples: ExampleSet, memory_limit: int) -> str | None:
    """Return the cost of tuning and how to ask for it, if a plan could have a tuned candidate but has none."""
    if task.tuning != "offer" or any(each.method == TUNED for each in candidates):
        return None
    made = tunable(candidates, task, examples, memory_limit)
    if isinstance(made, LeftOut) or made.training_seconds is None:
        return None
    return (
        f"tune {one_line(made.model, 60)} on your {len(examples.teaching)} training rows, which takes about "
        f"{format_seconds(made.training_seconds)}: set tuning to try (in what is understood, or --set tuning=try)"
    )


def tunable(
    candidates: Sequence[Candidate], task: Task, examples: ExampleSet, memory_limit: int
) -> Candidate | LeftOut:
    """Return the tuned candidate of a plan, or why the one most like it cannot be tuned."""
    kind, why_not = family(task.family), []
    for (runtime, ability), how in TUNINGS.items():
        if ability not in kind.tuned or (kind.has_labels and not how.learns_labels):
            continue
        wanted = (runtime, ability, kind.methods.get(ability))
        those = [each for each in candidates if (each.runtime, each.ability, each.method) == wanted]
        for candidate in sorted(those, key=size_order):
            trial = {"linear": any(each.method == "linear" for each in candidates), "parts": PARTS}
            made = _tuned(candidate, examples, how, trial)
            if (made.training_seconds or 0.0) >= task.limits.load_seconds:
                made = _tuned(candidate, examples, how, trial | {"parts": 1})
            reason = _lacks_rows(kind, examples, how) or _cannot_be_tuned(candidate, how)
            if not reason and (made.training_seconds or math.inf) >= task.limits.load_seconds:
                reason = f"tuning takes longer than limits.load_seconds ({format_seconds(task.limits.load_seconds)})"
            reason = reason or broken_constraint(made, task.constraints, is_named=True, memory_limit=memory_limit) or ""
            if not reason:
                return made
            why_not.append(LeftOut(made.name, reason))
    return why_not[0] if why_not else LeftOut("tuning", "no candidate can be tuned for this kind of task")


def _lacks_rows(kind: Family, examples: ExampleSet, how: Tuning) -> str:
    """Return that the training rows are not enough to tune on; "" if they are."""
    counts = Counter(label for each in examples.teaching for label in kind.labels_of(each.expected))
    if kind.has_labels and len(counts) <= 1:
        return "tuning takes training rows of two labels"
    if len(examples.teaching) >= how.fewest and counts.total() >= how.fewest * len(counts):
        return ""
    of_each = " a label" if kind.has_labels else ""
    return f"tuning takes {how.fewest} training rows{of_each}; there are {len(examples.teaching)}"


def _cannot_be_tuned(candidate: Candidate, how: Tuning) -> str:
    """Return why a model cannot be tuned here; "" if it can."""
    if candidate.allows:
        return "a model that runs its own code is not tuned"
    if how.needs is not None and find_spec(how.needs) is None:
        return f"tuning needs the package {how.needs}"
    parameters, has_card = candidate.parameters or how.most_on_a_card + 1, bool(machine.gpus())
    if parameters <= (how.most_on_a_card if has_card else how.most):
        return ""
    if parameters <= how.most_on_a_card:
        return f"tuning {format_count(parameters)} parameters takes a graphics card"
    return f"at most {format_count(how.most_on_a_card)} parameters are tuned"


def _tuned(candidate: Candidate, examples: ExampleSet, how: Tuning, trial: dict[str, Any]) -> Candidate:
    def mean(rows: Sequence[Example]) -> float:
        return sum(len(each.input) for each in rows) / max(1, len(rows))

    seconds = predict.training_seconds(
        candidate.seconds_per_example,
        characters=mean(examples.evidence),
        training_characters=mean(examples.teaching),
        texts=(1 + trial["parts"]) * how.steps * how.batch,
        most_tokens=MOST_TOKENS,
    )
    if seconds is not None:
        seconds = max(how.least_seconds, seconds / (CARD if machine.gpus() else 1.0))
    does = f"its own weights {how.does} on your {len(examples.teaching)} training rows if they promise that it helps"
    takes = [] if seconds is None else [f"tuning takes about {format_seconds(seconds)}, once"]
    return replace(
        candidate,
        method=TUNED,
        variant=TUNED if candidate.variant is None else f"{candidate.variant}-{TUNED}",
        download_bytes=0,
        options=candidate.options | {"steps": how.steps} | trial,
        training_seconds=seconds,
        training_bytes=int(COPIES * candidate.weights_bytes) + BYTES_OF_A_BATCH,
        why=(does, *takes),
    )
