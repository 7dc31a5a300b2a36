"""A head: logistic regression on features of a text, trained on the task's training examples.

Its features are an encoder's vectors concatenated with the TF-IDF of words and characters (`features`); without an
encoder it is the linear baseline. Class weights are balanced, and a label's name and meaning are one more training row.
Cross-validation on the training examples alone chooses the regularisation, so the evidence is unaffected. It also
chooses how much rare labels are raised beyond their weight: few rows are separable in many dimensions whatever their
weights, so that weights change little and a rare label is never predicted. And it chooses whether to use the nearest
label instead, the one whose name is closest to a text, which needs no training: with few rows per label it may be right
more often. Little else is chosen, since with few rows each choice costs more than it gains: on 12 sets of packages with
60 and 120 rows, heads that always use words and vectors are right 1.1 points more often than those that choose.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from threadpoolctl import threadpool_limits

from advisor.engines.base import CannotLoadError, Encoder, Pair
from advisor.families.base import Answered, Given, first_part
from advisor.families.methods.features import Features
from advisor.families.values import label_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.probe.protocol import ProbeSpec

MOST_FOLDS = 5
LEAST_VARIANCE = 0.01  # of a right answer, at a rate of nearly 1
MOST_COST = 1.0  # By how many standard errors more the overall rate may be missed for a label's.
STRENGTHS = (1.0, 10.0, 100.0)
# Factors by which the logarithm of a label's rarity is added to its logit.
RAISES = (0.0, 0.1, 0.25, 0.5, 1.0)
# If the bar has a rate for a label, the raise is the smallest that comes closest to all rates in the bar together:
# otherwise one missed training row of a rare label could turn most answers into that label.
ASKED_RAISES = tuple(step / 10 for step in range(31))
# If it has one for the answers of labels, these are what is raised or lowered.
EITHER_WAY = tuple(sign * each for each in ASKED_RAISES for sign in (1.0, -1.0))
# Rare labels are lowered, if texts say little of them, only if that gains this many of n training rows, times the root
# of n: at -1 labels have their observed frequency. The nearest label has to gain more, for its answers differ more: if
# both guess among three labels, it leads by half a root in one draw of five, by three quarters in one of 8.
LOWERS, LEAST_GAIN = (-0.5, -1.0), 0.5
NEAREST_GAIN = 0.75
MOST_STEPS = 2000
# Close enough to the optimum that training the same head on the features themselves gives the same answers.
TOLERANCE = 1e-6
LEAST_PROBABILITY, LEAST_PROBABILITIES = 0.5, (0.2, 0.3, 0.4)
# Of a label that all rows of a fold have, or none.
MOST_LOGIT = 20.0
FEWEST_LABELS = 2
# More rows than these change no setting.
MOST_SETTLING = 500
# Matrix products on one thread: on small ones several take ten times as long.
ONE_THREAD = {"limits": 1, "user_api": "blas"}
# Up to this many rows, the matrix of their inner products is smaller than their features.
MOST_IN_KERNEL = 1500


class Head:
    """Logistic regression with cross-validated regularisation.

    With several labels per text there is one head per label, all of one regularisation and with one probability from
    which a label is predicted: both are cross-validated, by how many rows have all of their labels right.
    """

    def __init__(self, encoder: Encoder | None, spec: ProbeSpec, *, of_texts: bool = True) -> None:
        """Train it; inputs that are no texts are files, and without an encoder it is the linear baseline.

        CannotLoadError if the training examples do not suffice.
        """
        import sklearn.linear_model  # noqa: F401  its libraries' threads are limited only if they are loaded before

        if not spec.teaching:
            raise CannotLoadError("a head needs training rows; the task sets none apart")
        texts = [first_part(given) for given, _ in spec.teaching]
        expected = [each for _, each in spec.teaching]
        self._several, self._none = isinstance(expected[0], list), may_have_none(spec)
        self.details: dict[str, Any] = {"head": "logistic regression", "teaching": len(texts)}
        if self._several:
            self._words = encoder is None
            self._features = Features(encoder, texts, lexical=self._words, training=len(texts))
            with threadpool_limits(**ONE_THREAD):
                self._head, (chosen, right) = _several_heads(self._features.seen(words=self._words), expected, spec)
            self.details |= {"C": chosen.strength, "least": chosen.least, "cross_validated": right}
        else:
            found = _train(encoder, texts, expected, spec, of_texts=of_texts)
            self._features, self._head = found.features, found.head
            self._words = of_texts and not found.choice.nearest
            self.details |= {"C": found.choice.strength, "words": self._words}
            self.details |= {"nearest": found.choice.nearest, "cross_validated": found.right}
            if found.choice.raised:
                self.details["raised"] = found.raised
        self._features.forget()

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        seen = self._features.of([first_part(each) for each in given], words=self._words)
        with threadpool_limits(**ONE_THREAD):
            probabilities = self._head.predict_proba(seen)
        if not self._several:
            labels, best = self._head.classes_, probabilities.argmax(axis=1)
            return [Answered(str(labels[b]), float(row[b])) for b, row in zip(best, probabilities, strict=True)]
        return [likely_labels(self._head.labels, row, none=self._none) for row in probabilities.tolist()]


class Choice(NamedTuple):
    """The settings chosen by cross-validation."""

    strength: float  # scikit-learn's C, the inverse of the regularisation.
    nearest: bool = False  # Whether the label with the nearest name is used untrained.
    raised: float = 0.0  # The raise of rare labels, one of `RAISES` or `LOWERS`.


class _Rows(NamedTuple):
    """Training rows, followed for single texts by the labels' own rows."""

    seen: Any  # Their features, a sparse or a dense array.
    vectors: Any  # The encoder's features, None if labels have no vectors.
    wanted: NDArray[Any]  # The labels.
    teaching: int  # The number of training rows.


class _Trained(NamedTuple):
    features: Features
    head: Any
    choice: Choice
    right: tuple[int, int] | None
    raised: list[float]


def label_texts(labels: Sequence[str], meanings: dict[str, str]) -> list[str]:
    """Return each label as a text: its name in words, with its meaning if there is one."""
    return [f"{label_words(each)}: {meanings[each]}" if meanings.get(each) else label_words(each) for each in labels]


def _train(
    encoder: Encoder | None, texts: Sequence[str], expected: Sequence[str], spec: ProbeSpec, *, of_texts: bool
) -> _Trained:
    import numpy as np

    labels = sorted(set(expected))
    if len(labels) < FEWEST_LABELS:
        raise CannotLoadError("a head needs training rows of at least two labels")
    names = label_texts(labels, spec.labels) if of_texts and not isinstance(texts[0], Pair) else []
    rows = [*texts, *names]
    wanted = np.array([*expected, *(labels if names else ())])
    features = Features(encoder, rows, lexical=of_texts, training=len(texts))
    vectors: Any = features.seen(words=False) if names and encoder is not None else None
    taught = _Rows(features.seen(words=of_texts), vectors, wanted, len(texts))
    with threadpool_limits(**ONE_THREAD):
        choice, right = _choose(taught, spec)
        if choice.nearest:
            return _Trained(features, _nearest(vectors[len(texts) :], labels), choice, right, [])
        head = _fit(taught.seen, wanted, choice.strength)
        raised = choice.raised * _direction(wanted[: len(texts)], labels, spec)
        if len(labels) == FEWEST_LABELS:  # one logit, the second's against the first's
            raised = raised[1:] - raised[:1]
        head.intercept_ = head.intercept_ + raised
        return _Trained(features, head, choice, right, raised.tolist())


def _rareness(expected: NDArray[Any], labels: Sequence[str]) -> NDArray[Any]:
    """Return the logarithm of each label's rarity relative to all rows, with half a row added to each."""
    import numpy as np

    counts = np.array([(expected == label).sum() for label in labels]) + 0.5
    return np.asarray(np.log(counts.sum() / counts))


def _direction(expected: NDArray[Any], labels: Sequence[str], spec: ProbeSpec) -> NDArray[Any]:
    """Return what is added to each label's logit, times the raise: its rarity, or 1 where its answers have a rate."""
    import numpy as np

    if spec.precision:
        return np.array([float(label in spec.precision) for label in labels])
    return _rareness(expected, labels)


def _choose(rows: _Rows, spec: ProbeSpec) -> tuple[Choice, tuple[int, int] | None]:
    """Return the best settings in cross-validation, with their number of right rows, of how many.

    First the regularisation, then the raise of rare labels; both together, to what comes closest to the rates, if the
    bar has some for labels. Last whether to lower rare labels, or to use the nearest label untrained
    (then every row is held out), if that gains enough.
    """
    learned = [Choice(strength) for strength in (10.0, *STRENGTHS[::2])]
    if rows.teaching < MOST_FOLDS:
        return learned[0], None
    trial = _Trial(rows, spec)
    # The regularisation alone seldom reaches a label's rate, so both are chosen together.
    ways = learned if spec.per_label or spec.precision else [max(learned, key=trial.right)]
    raises = EITHER_WAY if spec.precision else ASKED_RAISES if spec.per_label else RAISES
    raised = (way._replace(raised=each) for each in raises for way in ways)
    most = min(map(trial.short, learned)) + MOST_COST
    affordable = (way for way in raised if trial.short(way) <= most)
    best = max(affordable, key=lambda each: (-trial.lacks(each), trial.right(each)))
    others = [(max((best._replace(raised=each) for each in LOWERS), key=trial.right), LEAST_GAIN)]
    if rows.vectors is not None:
        others.append((Choice(best.strength, nearest=True), NEAREST_GAIN))
    for other, least in others:
        gain = trial.right(other) - trial.right(best)
        if gain >= least * math.sqrt(trial.known) and trial.lacks(other) <= trial.lacks(best):
            best = other
    return best, (trial.right(best), trial.known)


class _Trial:
    """Cross-validation of settings, on the same folds of at most `MOST_SETTLING` training examples."""

    def __init__(self, rows: _Rows, spec: ProbeSpec) -> None:
        import numpy as np
        from sklearn.model_selection import KFold, StratifiedKFold

        order = np.random.default_rng(spec.seed).permutation(rows.teaching)[:MOST_SETTLING]
        kept = np.concatenate([np.sort(order), np.arange(rows.teaching, len(rows.wanted))])
        self._wanted, self.known = rows.wanted[kept], len(order)
        self._points = _coordinates(rows.seen[kept])
        self._vectors: Any = None if rows.vectors is None else rows.vectors[kept]
        own = self._wanted[: self.known]
        _, counts = np.unique(own, return_counts=True)
        rarest = int(counts.min())
        if rarest < 2:  # noqa: PLR2004  which some folds then lack
            folds = KFold(MOST_FOLDS, shuffle=True, random_state=spec.seed)
        else:
            folds = StratifiedKFold(min(MOST_FOLDS, rarest), shuffle=True, random_state=spec.seed)
        self._folds = list(folds.split(np.zeros(len(own)), own))
        self._labels = np.unique(rows.wanted)
        self._direction = _direction(own, self._labels.tolist(), spec)
        self._done: dict[Choice, NDArray[Any]] = {}
        self._spec, self._asked = spec, list(spec.per_label | spec.precision)

    def right(self, choice: Choice) -> int:
        return int((self._said(choice) == self._wanted[: self.known]).sum())

    def lacks(self, choice: Choice) -> float:
        """Return by how many standard errors all rates in the bar are missed, together; 0 if it has none for labels."""
        said, own = self._said(choice), self._wanted[: self.known]
        of_labels = sum(_lacking(own == label, said == label, label, self._spec) for label in self._asked)
        return of_labels + self.short(choice)

    def short(self, choice: Choice) -> float:
        """Return by how many standard errors the overall rate is missed; 0 if the bar has no rates for labels."""
        return _short(self._spec.pass_rate, self.right(choice), self.known) if self._asked else 0.0

    def _said(self, choice: Choice) -> NDArray[Any]:
        """Return the label that each held-out example gets."""
        import numpy as np

        logits = self._held_out(choice._replace(raised=0.0)) + choice.raised * self._direction
        return np.asarray(self._labels[logits.argmax(axis=1)])

    def _held_out(self, choice: Choice) -> NDArray[Any]:
        """Return the logits of held-out examples, of shape (examples, labels)."""
        import numpy as np

        if choice.nearest:
            return np.asarray(self._vectors[: self.known] @ self._vectors[self.known :].T)
        if choice not in self._done:
            names = np.arange(self.known, len(self._wanted))
            logits = np.full((self.known, len(self._labels)), -np.inf)
            for inside, outside in self._folds:
                rows = np.concatenate([inside, names])
                places = np.searchsorted(self._labels, np.unique(self._wanted[rows]))
                if len(places) < FEWEST_LABELS:  # without label rows, as for files
                    logits[np.ix_(outside, places)] = 0.0
                    continue
                head = _logistic(choice.strength).fit(self._points[rows], self._wanted[rows])
                with np.errstate(divide="ignore"):  # log of probability 0
                    logits[np.ix_(outside, places)] = head.predict_log_proba(self._points[outside])
            self._done[choice] = logits
        return self._done[choice]


def _lacking(own: NDArray[Any], said: NDArray[Any], label: str, spec: ProbeSpec) -> float:
    """Return by how much a label and its answers miss their rates in the bar, together; none is right if never said."""
    both, count = int((own & said).sum()), int(own.sum())
    return _short(spec.per_label.get(label, 0.0), both, count) + _short(
        spec.precision.get(label, 0.0), both, int(said.sum()) or count
    )


def _short(rate: float, right: int, count: int) -> float:
    """Return by how many standard errors a rate is missed: one row of three says less than ten of thirty."""
    missed = max(0.0, rate - right / count) if count else 0.0
    return missed * math.sqrt(count / max(rate * (1.0 - rate), LEAST_VARIANCE))


def _coordinates(rows: Any) -> Any:  # noqa: ANN401  a sparse or a dense array
    """Return the points in fewer dimensions: all inner products, and so every linear fit, stay the same.

    By the representer theorem (Schölkopf, Herbrich and Smola, 2001) a penalised linear fit lies in the span of its
    rows.
    """
    import numpy as np

    if rows.shape[0] >= rows.shape[1]:
        return rows
    products = rows @ rows.T
    products = products.toarray() if hasattr(products, "toarray") else products
    values, axes = np.linalg.eigh(products)
    kept = values > values[-1] * 1e-10
    return axes[:, kept] * np.sqrt(values[kept])


def _fit(rows: Any, wanted: NDArray[Any], strength: float) -> Any:  # noqa: ANN401  arrays, scikit-learn's model
    """Return a head with weights for the features themselves."""
    import numpy as np

    if rows.shape[0] > MOST_IN_KERNEL or rows.shape[0] >= rows.shape[1]:
        return _logistic(strength).fit(rows, wanted)
    points = _coordinates(rows)
    head = _logistic(strength).fit(points, wanted)
    # points = rows @ back, so weights on points become weights on rows through it.
    scale = (points**2).sum(axis=0)
    head.coef_ = np.asarray(rows.T @ ((points / scale) @ head.coef_.T)).T
    head.n_features_in_ = rows.shape[1]
    return head


def _nearest(vectors: Any, labels: Sequence[str]) -> Any:  # noqa: ANN401  arrays, scikit-learn's model
    """Return a head that predicts the label with the nearest vector, in the form of learned weights."""
    import numpy as np

    head = _logistic(STRENGTHS[1])
    head.classes_ = np.array(labels)
    head.coef_ = np.asarray(vectors[1:] - vectors[:1] if len(labels) == FEWEST_LABELS else vectors)
    head.intercept_ = np.zeros(len(head.coef_))
    head.n_features_in_ = head.coef_.shape[1]
    return head


def _logistic(strength: float) -> Any:  # noqa: ANN401  scikit-learn's model
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, class_weight="balanced", max_iter=MOST_STEPS, tol=TOLERANCE)


def may_have_none(spec: ProbeSpec) -> bool:
    """Return whether a text may have none of several labels, as one of the training examples has."""
    return any(expected == [] for _, expected in spec.teaching)


def likely_labels(labels: Sequence[str], row: Sequence[float], *, none: bool) -> Answered:
    """Return the labels from a probability of one half, at least the likeliest unless a text may have `none`.

    The confidence is the least one.
    """
    chosen = [label for label, p in zip(labels, row, strict=True) if p >= LEAST_PROBABILITY]
    chosen = chosen or ([] if none else [labels[max(range(len(row)), key=lambda index: row[index])]])
    return Answered(sorted(chosen), min(max(p, 1.0 - p) for p in row))


class _Heads:
    """One head per label that some training examples have and some lack; labels of all are always predicted."""

    def __init__(self, heads: dict[str, Any]) -> None:
        self.labels, self._heads = list(heads), list(heads.values())

    def predict_proba(self, rows: Any) -> Any:  # noqa: ANN401  arrays
        """Return probabilities of shape (texts, labels)."""
        import numpy as np

        always = np.ones(rows.shape[0])
        columns = [always if head is None else head.predict_proba(rows)[:, 1] for head in self._heads]
        return np.stack(columns, axis=1)


class _Several(NamedTuple):
    """The settings of heads for several labels per text."""

    strength: float = 10.0  # The regularisation.
    least: float = LEAST_PROBABILITY  # The probability from which a label is predicted.
    raised: tuple[float, ...] = ()  # What is added to each label's logit for the bar's rates; none if empty.


_Chosen = tuple[_Several, tuple[int, int] | None]


def _several_heads(rows: Any, expected: Sequence[list[str]], spec: ProbeSpec) -> tuple[Any, _Chosen]:  # noqa: ANN401
    import numpy as np

    has = {label: np.array([label in each for each in expected]) for label in spec.labels}
    has = {label: own for label, own in has.items() if own.any()}
    if all(own.all() for own in has.values()):
        raise CannotLoadError("a head needs training rows with and without a label")
    chosen, right = _choose_several(rows, np.stack(list(has.values()), axis=1), list(has), spec)
    heads: dict[str, Any] = {}
    for (label, own), raised in zip(has.items(), chosen.raised or [0.0] * len(has), strict=True):
        heads[label] = None if own.all() else _one_of_several(chosen.strength).fit(rows, own)
        if heads[label] is not None:
            heads[label].intercept_ = heads[label].intercept_ - _logit(chosen.least) + raised
    return _Heads(heads), (chosen, right)


def _choose_several(rows: Any, has: NDArray[Any], labels: list[str], spec: ProbeSpec) -> _Chosen:  # noqa: ANN401
    """Return the settings with most held-out rows right, with their number, of how many.

    Another probability than a half has to gain enough. Labels with rates in the bar are then raised or lowered, one
    after another, to what comes closest to the rates.
    """
    import numpy as np
    from sklearn.model_selection import KFold

    usual = _Several()
    if len(has) < MOST_FOLDS:
        return usual, None
    kept = np.sort(np.random.default_rng(spec.seed).permutation(len(has))[:MOST_SETTLING])
    points, own = _coordinates(rows[kept]), has[kept]
    enough = 0.5 if spec.scoring.get("metric") == "jaccard" else 1.0
    folds = list(KFold(MOST_FOLDS, shuffle=True, random_state=spec.seed).split(own))

    def held_out(strength: float) -> NDArray[Any]:
        logits = np.zeros(own.shape)
        for inside, outside in folds:
            for at, said in enumerate(own[inside].T):
                logits[outside, at] = (
                    _one_of_several(strength).fit(points[inside], said).decision_function(points[outside])
                    if said.any() and not said.all()
                    else math.copysign(MOST_LOGIT, said.sum() - 0.5)
                )
        return logits

    none = may_have_none(spec)

    def right(logits: NDArray[Any]) -> int:
        said = _said(logits, none=none)
        shared, either = (said & own).sum(axis=1), (said | own).sum(axis=1)
        return int((shared >= enough * either).sum())

    tried = {strength: held_out(strength) for strength in sorted(STRENGTHS, key=lambda each: each != usual.strength)}
    ways = {
        _Several(strength, least): right(logits - _logit(least))
        for least in (LEAST_PROBABILITY, *LEAST_PROBABILITIES)
        for strength, logits in tried.items()
    }
    usual = max((way for way in ways if way.least == LEAST_PROBABILITY), key=ways.__getitem__)
    best = max(ways, key=ways.__getitem__)
    chosen = best if ways[best] - ways[usual] >= LEAST_GAIN * math.sqrt(len(own)) else usual
    raised, logits = _raised(tried[chosen.strength] - _logit(chosen.least), own, labels, spec, right)
    return chosen._replace(raised=raised), (right(logits), len(own))


def _said(logits: NDArray[Any], *, none: bool) -> NDArray[Any]:
    """Return whether each row gets each label: at least the likeliest, unless a text may have `none`."""
    import numpy as np

    said: NDArray[Any] = logits >= 0.0
    if not none:
        said[np.arange(len(said)), logits.argmax(axis=1)] = True
    return said


def _raised(
    logits: NDArray[Any],
    own: NDArray[Any],
    labels: list[str],
    spec: ProbeSpec,
    right: Callable[[NDArray[Any]], int],
) -> tuple[tuple[float, ...], NDArray[Any]]:
    """Return what to add to each label's logits to come closest to its rates in the bar, and the logits with it."""
    import numpy as np

    raised = [0.0] * len(labels)
    none = may_have_none(spec)
    most = _short(spec.pass_rate, right(logits), len(own)) + MOST_COST  # for all labels together
    for at, label in enumerate(labels):
        if label in spec.per_label or label in spec.precision:
            ways = {step: logits + step * (np.arange(len(labels)) == at) for step in sorted(EITHER_WAY, key=abs)}
            said = {step: _said(each, none=none) for step, each in ways.items()}
            count = {step: right(each) for step, each in ways.items()}
            overall = {step: _short(spec.pass_rate, each, len(own)) for step, each in count.items()}
            lacks = {
                step: _lacking(own[:, at], each[:, at], label, spec) + overall[step] for step, each in said.items()
            }
            raised[at] = max(
                (step for step in ways if overall[step] <= most), key=lambda step: (-lacks[step], count[step])
            )
            logits = ways[raised[at]]
    return tuple(raised), logits


def _one_of_several(strength: float) -> Any:  # noqa: ANN401  scikit-learn's model
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, max_iter=MOST_STEPS)


def _logit(probability: float) -> float:
    return math.log(probability / (1.0 - probability))
