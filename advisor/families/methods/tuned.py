"""A model with its own weights tuned on the training rows, then used like an untuned one of its kind.

Encoders are tuned by contrast: texts with equal labels are pulled together and others apart, so that few rows make many
pairs; half of the change is kept, and a head is trained on the vectors (SetFit: Tunstall et al., "Efficient few-shot
learning without prompts", 2022). Classifiers and taggers learn the task's labels instead of their own, encoders of
words these labels before a head is trained on their vectors, generators the answers.

Whether that helps depends on the task, so it is cross-validated on the training rows first: each fold is answered after
tuning on the others, and without tuning. Only a model that gets more of them right is tuned on all. The evidence is not
used.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.engines import tuning
from advisor.engines.base import CannotLoadError, CircumstanceError, Load, Runtime, Tunable, load
from advisor.errors import one_line
from advisor.families.base import first_part
from advisor.families.methods.prompted import Prompted
from advisor.families.methods.similar import by_cosine

if TYPE_CHECKING:
    from advisor.families.base import Answerer, Family
    from advisor.probe.protocol import ProbeSpec

    Row = tuple[Any, Any]
    # Returns how many of some rows, each with its expected answer, an answerer gets right.
    Right = Callable[[Answerer, Sequence[Row]], int]

TUNED = "tuned"


class Promise(NamedTuple):
    """The cross-validation: how many held-out training rows are right, tuned and untuned, of how many."""

    tuned: int
    untuned: int
    of: int


def tuned(kind: Family, runtime: Runtime, spec: ProbeSpec, right: Right | None = None) -> ProbeSpec:
    """Tune a loaded model, or load weights saved in a file, and return the method used from then on.

    The results are added to the model's facts. A specification of another method is returned unchanged. If the weights
    are to be saved and the options name `parts`, cross-validation with `right` must promise a gain. CannotLoadError if
    the training rows do not suffice or promise no gain; a `CircumstanceError` if the weights cannot be saved or loaded.
    """
    if spec.method != TUNED:
        return spec
    how = tuning.TUNINGS.get((spec.runtime, spec.ability))
    if how is None or not isinstance(runtime, Tunable):
        raise CannotLoadError(f"cannot be tuned with the engine {spec.runtime}")
    used = untuned = replace(spec, method=kind.methods[spec.ability])
    if spec.ability == "chat":  # prompted as it is trained
        used = replace(used, prompt=used.prompt | {"examples": used.prompt.get("examples") or 0})
    labels = tuple(sorted({label for _, expected in spec.teaching for label in kind.labels_of(expected)}))
    if not spec.teaching or (kind.has_labels and len(labels) <= 1):
        raise CannotLoadError("tuning needs training rows, of at least two labels where there are labels")
    rows = _rows(kind, runtime, used, labels)
    file = None if spec.kept is None else Path(spec.kept)
    is_kept = file is not None and file.is_file()
    is_tried = "parts" in spec.options and file is not None and not is_kept
    trial = _Trial(kind, runtime, untuned, right) if is_tried and right is not None else None
    texts = () if spec.ability == "chat" else tuple(text for given, _ in rows for text in _texts_of(given))
    recipe = runtime.recipe(tuning.Goal(labels, spec.labels_per_text == "several", spec.seed, texts))
    if file is not None and is_kept:
        try:
            facts = tuning.take(recipe, file)
        except (OSError, ValueError) as error:
            raise CircumstanceError(
                f"cannot use its tuned weights; make the run again with --fresh ({one_line(error)})"
            ) from None
    else:
        facts = _fitted(_Fit(kind, used, recipe, rows, how), trial, file)
    runtime.facts["tuned"] = facts
    return used


class _Fit(NamedTuple):
    """Tunes a model in place on selected training rows; `spec` is how it is used afterwards."""

    kind: Family
    spec: ProbeSpec
    recipe: tuning.Recipe
    rows: Sequence[Row]
    how: tuning.Tuning

    @property
    def steps(self) -> int:
        return int(self.spec.options.get("steps") or self.how.steps)

    def on(self, own: Sequence[int]) -> None:
        groups = [self.kind.labels_of(self.spec.teaching[n][1]) or ("",) for n in own]
        batches = drawn(groups, self.steps, self.spec.seed, self.how.batch)
        batched = [[self.rows[own[n]] for n in batch] for batch in batches]
        tuning.fit(self.recipe, batched, self.how.rate, self.spec.seed, self.how.kept)


class _Trial:
    """Cross-validation on the training rows: each fold is left out once."""

    def __init__(self, kind: Family, runtime: Runtime, spec: ProbeSpec, right: Right) -> None:
        """Count the right rows without tuning, by the unchanged model used as `spec` says.

        The linear baseline replaces it if a plan has both and it gets more right, or if the model cannot be used so.
        """
        import numpy as np

        self._kind, self._runtime, self._spec, self._right = kind, runtime, spec, right
        order = np.random.default_rng(spec.seed).permutation(len(spec.teaching)).tolist()
        order.sort(key=lambda n: str(kind.labels_of(spec.teaching[n][1]) or spec.teaching[n][1]))  # stratified folds
        parts = [order[n :: tuning.PARTS] for n in range(tuning.PARTS)]
        folds = [([n for n in order if n not in part], part) for part in parts if part]
        if kind.has_labels:
            labels = [kind.labels_of(expected) for _, expected in spec.teaching]
            folds = [(inside, part) for inside, part in folds if len({each for n in inside for each in labels[n]}) > 1]
        self._folds = folds[: spec.options["parts"]]
        as_it_is = self._count(runtime, spec)
        if "linear" in kind.baselines and (as_it_is is None or spec.options.get("linear")):
            words = load("baseline", Load(Path(), (), "words", spec.threads))
            linear = self._count(words, replace(spec, method="linear", ability="words"))
            as_it_is = max(as_it_is or 0, linear or 0)
        self._untuned = as_it_is or 0

    def promise(self, fit: _Fit) -> Promise:
        """Return the counts with tuning, too; the weights are restored afterwards."""
        begins = {name: each.detach().clone() for name, each in fit.recipe.weights.items()}
        right = 0
        for fold in self._folds:
            fit.on(fold[0])
            right += self._asked(self._runtime, fit.spec, fold)
            for name, each in fit.recipe.weights.items():
                each.copy_(begins[name])
        return Promise(right, self._untuned, sum(len(part) for _, part in self._folds))

    def _count(self, runtime: Runtime, spec: ProbeSpec) -> int | None:
        """Return how many rows an untuned method gets right, None if it cannot be used."""
        try:
            return sum(self._asked(runtime, spec, fold) for fold in self._folds)
        except CircumstanceError:
            raise
        except CannotLoadError:
            return None

    def _asked(self, runtime: Runtime, spec: ProbeSpec, fold: tuple[Sequence[int], Sequence[int]]) -> int:
        inside, part = ([self._spec.teaching[n] for n in numbers] for numbers in fold)
        return self._right(self._kind.prepare(runtime, replace(spec, teaching=tuple(inside))), part)


def _rows(kind: Family, runtime: Any, spec: ProbeSpec, labels: Sequence[str]) -> list[tuple[Any, Any]]:  # noqa: ANN401
    """Return the training rows in an engine's form: chats, texts with labels' numbers, or unchanged."""
    if spec.ability == "chat":
        asked = Prompted(kind, runtime, replace(spec, prompt=spec.prompt | {"label_biases": {}}))  # only for its turns
        return [(asked.turns_for(given), kind.show(expected, spec)) for given, expected in spec.teaching]
    if kind.has_labels:
        places = ([labels.index(each) for each in kind.labels_of(wanted)] for _, wanted in spec.teaching)
        return [(first_part(given), own) for (given, _), own in zip(spec.teaching, places, strict=True)]
    if spec.ability == "encode" and isinstance(spec.teaching[0][1], str):  # which label means "more alike"?
        cosines = by_cosine(runtime)([(given["first"], given["second"]) for given, _ in spec.teaching])
        of: dict[str, list[float]] = defaultdict(list)
        for cosine, (_, label) in zip(cosines, spec.teaching, strict=True):
            of[label].append(cosine)
        return [(given, fmean(of[label])) for given, label in spec.teaching]
    return list(spec.teaching)


def _texts_of(given: str | dict[str, str]) -> Iterable[str]:
    return given.values() if isinstance(given, dict) else (given,)


def _fitted(fit: _Fit, trial: _Trial | None, file: Path | None) -> dict[str, Any]:
    try:
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)  # fails before the work
        began = time.perf_counter()
        facts: dict[str, Any] = {"rows": len(fit.rows), "steps": fit.steps}
        if trial is not None:
            promise = trial.promise(fit)
            if promise.tuned <= promise.untuned:
                raise CannotLoadError(
                    f"{tuning.UNPROMISED}: {promise.tuned} of {promise.of} right tuned, "
                    f"{promise.untuned} of {promise.of} as it is"
                )
            facts["promise"] = list(promise)
        fit.on(range(len(fit.rows)))
        facts["seconds"] = round(time.perf_counter() - began, 1)
        if file is not None:
            tuning.keep(fit.recipe, file, facts)
    except OSError as error:
        raise CircumstanceError(f"the tuned weights cannot be kept ({one_line(error)})") from None
    return facts


def drawn(groups: Sequence[Sequence[Any]], steps: int, seed: int, size: int) -> Iterator[list[int]]:
    """Yield the rows of each batch: several labels, all labels and rows equally often.

    A batch has at least two labels and, with enough rows, two rows of each: what belongs together and what does not. A
    row with several labels is drawn for one of them.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    by_label: dict[Any, list[int]] = defaultdict(list)
    for row, own in enumerate(groups):
        for label in dict.fromkeys(own):  # a text may have several spans of one label
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
