"""A model whose own weights are tuned on the training rows, then used as an untuned one of its kind is.

An encoder is tuned by contrast: texts that share labels are drawn together and others apart, so that few rows make many
pairs; half of the change is kept, and a head trained on the vectors (SetFit: Tunstall et al., "Efficient few-shot
learning without prompts", 2022). Classifiers and taggers learn the task's labels in place of their own, generators the
answers.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from advisor.engines import tuning
from advisor.engines.base import CannotLoadError, CircumstanceError, Runtime, Tunable
from advisor.errors import one_line
from advisor.families.methods.prompted import Prompted
from advisor.families.methods.similar import by_cosine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from advisor.families.base import Family
    from advisor.probe.protocol import ProbeSpec

TUNED = "tuned"


def tuned(kind: Family, runtime: Runtime, spec: ProbeSpec) -> ProbeSpec:
    """Tune a loaded model, or put in the weights that a file keeps, and return how it is used from then on.

    What is said of it is added to the model's facts. A specification of another method is returned as it is.

    Raises:
        CannotLoadError: if the training rows teach nothing; a `CircumstanceError` if the weights cannot be kept
            or those that are kept cannot be used.
    """
    if spec.method != TUNED:
        return spec
    how = tuning.TUNINGS.get((spec.runtime, spec.ability))
    if how is None or not isinstance(runtime, Tunable):
        raise CannotLoadError(f"cannot be tuned with the engine {spec.runtime}")
    used = replace(spec, method=kind.methods[spec.ability])
    if spec.ability == "chat":  # asked as it is trained
        used = replace(used, prompt=used.prompt | {"examples": used.prompt.get("examples") or 0})
    labels = tuple(sorted({label for _, expected in spec.teaching for label in kind.labels_of(expected)}))
    if not spec.teaching or (kind.has_labels and len(labels) <= 1):
        raise CannotLoadError("tuning needs training rows, of at least two labels where there are labels")
    rows = _rows(kind, runtime, used, labels)
    recipe = runtime.recipe(tuning.Goal(labels, spec.labels_per_text == "several", spec.seed))
    file = None if spec.kept is None else Path(spec.kept)
    if file is not None and file.is_file():
        try:
            facts = tuning.take(recipe, file)
        except (OSError, ValueError) as error:
            raise CircumstanceError(
                f"cannot use its tuned weights; make the run again with --fresh ({one_line(error)})"
            ) from None
    else:
        steps = int(spec.options.get("steps") or how.steps)
        groups = [kind.labels_of(expected) or ("",) for _, expected in spec.teaching]
        batches = [[rows[n] for n in batch] for batch in drawn(groups, steps, spec.seed, how.batch)]
        facts = _fitted(recipe, batches, how, file, spec)
    runtime.facts["tuned"] = facts
    return used


def _rows(kind: Family, runtime: Any, spec: ProbeSpec, labels: Sequence[str]) -> list[tuple[Any, Any]]:  # noqa: ANN401
    """Return the training rows as an engine is trained on them: chats, texts with labels' numbers, or as they are."""
    if spec.ability == "chat":
        asked = Prompted(kind, runtime, spec)
        return [(asked.turns_for(given), kind.show(expected, spec)) for given, expected in spec.teaching]
    if kind.has_labels:
        return [(given, [labels.index(each) for each in kind.labels_of(wanted)]) for given, wanted in spec.teaching]
    if spec.ability == "encode" and isinstance(spec.teaching[0][1], str):  # which label is for what is more alike?
        cosines = by_cosine(runtime)([(given["first"], given["second"]) for given, _ in spec.teaching])
        of: dict[str, list[float]] = defaultdict(list)
        for cosine, (_, label) in zip(cosines, spec.teaching, strict=True):
            of[label].append(cosine)
        return [(given, fmean(of[label])) for given, label in spec.teaching]
    return list(spec.teaching)


def _fitted(
    recipe: tuning.Recipe, batches: list[list[tuple[Any, Any]]], how: tuning.Tuning, file: Path | None, spec: ProbeSpec
) -> dict[str, Any]:
    try:
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)  # before the work, in case it cannot be
        began = time.perf_counter()
        tuning.fit(recipe, batches, how.rate, spec.seed, how.kept)
        seconds = round(time.perf_counter() - began, 1)
        facts = {"rows": len(spec.teaching), "steps": len(batches), "seconds": seconds}
        if file is not None:
            tuning.keep(recipe, file, facts)
    except OSError as error:
        raise CircumstanceError(f"the tuned weights cannot be kept ({one_line(error)})") from None
    return facts


def drawn(groups: Sequence[Sequence[Any]], steps: int, seed: int, size: int) -> Iterator[list[int]]:
    """Yield the rows of each batch: some of each of several labels, every label and row as often as any other.

    A batch has at least two labels and, where there are as many rows, two rows of each: what belongs together and what
    does not. A row of several labels is drawn as one of each.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    by_label: dict[Any, list[int]] = defaultdict(list)
    for row, own in enumerate(groups):
        for label in dict.fromkeys(own):  # a text may hold several spans of one
            by_label[label].append(row)
    each = max(2, size // len(by_label))
    left: dict[Any, list[int]] = defaultdict(list)
    turn: list[Any] = []

    def some(label: Any) -> Iterator[int]:  # noqa: ANN401  a label
        for _ in range(min(each, len(by_label[label]))):
            left[label] = left[label] or random.permutation(by_label[label]).tolist()
            yield left[label].pop()

    for _ in range(steps):
        rows: list[int] = []
        while len(rows) + each <= size:
            turn = turn or random.permutation(sorted(by_label)).tolist()
            rows += some(turn.pop())
        yield rows
