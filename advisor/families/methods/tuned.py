"""A small encoder tuned on the training rows, with a head on its vectors (SetFit).

Contrastive tuning draws texts that share labels together and others apart, so that few rows make many pairs; then the
head of `methods.head` is trained on the tuned vectors. Tunstall et al., "Efficient few-shot learning without prompts"
(2022), arXiv 2209.11055. Their package setfit needs datasets, pyarrow and pandas, for a loop of a few lines in torch.
"""

from __future__ import annotations

import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.engines.base import CannotLoadError, CircumstanceError
from advisor.engines.tuning import BATCH, STEPS
from advisor.errors import one_line
from advisor.families.methods.head import Head

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from advisor.engines.base import Tunable
    from advisor.probe.protocol import ProbeSpec


class TunedHead(Head):
    """A head on vectors of weights that were tuned on the same rows; where a file keeps them they are not tuned again.

    Such vectors say little of other rows, so nothing is cross-validated.
    """

    def __init__(self, encoder: Tunable, spec: ProbeSpec) -> None:
        """Tune the encoder, or take the weights that are kept, and train the head.

        Raises:
            CannotLoadError: if the training rows teach nothing; a `CircumstanceError` if the weights cannot be kept.
        """
        facts = _kept(encoder, spec) or _tuned(encoder, spec)
        super().__init__(encoder, spec)
        self.details.pop("cross_validated", None)
        self.details["tuned"] = facts


def _kept(encoder: Tunable, spec: ProbeSpec) -> dict[str, Any] | None:
    """Take the weights that are kept; None where there are none that can be used."""
    if spec.kept is None or not Path(spec.kept).is_file():
        return None
    try:
        return encoder.take(Path(spec.kept))
    except (OSError, ValueError):  # damaged since: they are tuned again
        return None


def _tuned(encoder: Tunable, spec: ProbeSpec) -> dict[str, Any]:
    texts, expected = zip(*spec.teaching, strict=True) if spec.teaching else ((), ())
    held = [each if isinstance(each, list) else [each] for each in expected]
    labels = sorted({label for each in held for label in each})
    if len(labels) < 2:  # noqa: PLR2004
        raise CannotLoadError("tuning needs training rows of at least two labels")
    numbers, steps = [[labels.index(each) for each in row] for row in held], int(spec.options.get("steps") or STEPS)
    batches = [([texts[n] for n in rows], [numbers[n] for n in rows]) for rows in drawn(numbers, steps, spec.seed)]
    file = None if spec.kept is None else Path(spec.kept)
    try:
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)  # before the work, in case it cannot be
        began = time.perf_counter()
        encoder.tune(batches, spec.seed)
        facts = {"rows": len(texts), "steps": steps, "seconds": round(time.perf_counter() - began, 1)}
        if file is not None:
            encoder.keep(file, facts)
    except OSError as error:
        raise CircumstanceError(f"its tuned weights cannot be kept ({one_line(error, 200)})") from None
    return facts


def drawn(labels: Sequence[Sequence[int]], steps: int, seed: int) -> Iterator[list[int]]:
    """Yield the rows of each batch: some of each of several labels, every label and row as often as any other.

    A batch has at least two labels and, where there are as many rows, two rows of each: what belongs together and what
    does not. A row of several labels is drawn as one of each.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    by_label: dict[int, list[int]] = defaultdict(list)
    for row, own in enumerate(labels):
        for label in own:
            by_label[label].append(row)
    each = max(2, BATCH // len(by_label))
    left: dict[int, list[int]] = defaultdict(list)
    turn: list[int] = []

    def some(label: int) -> Iterator[int]:
        for _ in range(min(each, len(by_label[label]))):
            left[label] = left[label] or random.permutation(by_label[label]).tolist()
            yield left[label].pop()

    for _ in range(steps):
        rows: list[int] = []
        while len(rows) + each <= BATCH:
            turn = turn or random.permutation(sorted(by_label)).tolist()
            rows += some(turn.pop())
        yield rows
