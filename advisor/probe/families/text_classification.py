"""Text classification: one label a text, right or wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from advisor.probe.runtimes.base import CannotLoadError, Chooser, Classifier, Encoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.probe.protocol import ProbeSpec
    from advisor.probe.runtimes.base import Runtime

MOST_FOLDS = 5
STRENGTHS = (1.0, 10.0, 100.0)
MOST_STEPS = 2000


class Answerer(Protocol):
    """A candidate ready to answer: a model and the method it is used with."""

    @property
    def details(self) -> dict[str, Any]:
        """What the method settled on, as plain values."""

    def answer(self, texts: Sequence[str]) -> list[str]:
        """Return the chosen label for each text."""


def score(output: str, expected: str) -> float:
    """Return 1.0 for the expected label, else 0.0."""
    return float(output == expected)


def prepare(runtime: Runtime, spec: ProbeSpec) -> Answerer:
    """Make a loaded model ready to answer by its method; a head is trained here.

    Raises:
        CannotLoadError: if the model cannot be used by that method.
    """
    if spec.method == "head" and isinstance(runtime, Encoder):
        return Head(runtime, spec)
    if spec.method == "prompted" and isinstance(runtime, Chooser):
        return Prompted(runtime, spec)
    if spec.method == "as is" and isinstance(runtime, Classifier):
        return AsItIs(runtime, spec)
    raise CannotLoadError(f"cannot be used for {spec.family} with the method {spec.method!r}")


class Head:
    """Logistic regression on frozen vectors; its strength is chosen by cross-validation on the teaching examples."""

    def __init__(self, encoder: Encoder, spec: ProbeSpec) -> None:
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import GridSearchCV, StratifiedKFold

        if not spec.teaching:
            raise CannotLoadError("a head needs teaching examples; the task sets none apart")
        texts, labels = zip(*spec.teaching, strict=True)
        if len(set(labels)) < 2:  # noqa: PLR2004
            raise CannotLoadError("a head needs teaching examples of at least two labels")
        vectors = encoder.encode(texts)
        rarest = min(labels.count(label) for label in set(labels))
        strength = STRENGTHS[1]
        if rarest >= 2:  # noqa: PLR2004
            folds = StratifiedKFold(min(MOST_FOLDS, rarest), shuffle=True, random_state=spec.seed)
            search = GridSearchCV(LogisticRegression(max_iter=MOST_STEPS), {"C": STRENGTHS}, cv=folds, refit=False)
            strength = float(search.fit(vectors, labels).best_params_["C"])
        self._encoder = encoder
        self._head: Any = LogisticRegression(C=strength, max_iter=MOST_STEPS).fit(vectors, labels)
        self.details = {"head": "logistic regression", "C": strength, "teaching": len(texts)}

    def answer(self, texts: Sequence[str]) -> list[str]:
        """Return the head's most probable label for each text."""
        return [str(label) for label in self._head.predict(self._encoder.encode(texts))]


class Prompted:
    """An instruct model told the instruction and the labels, its answer constrained to one of them.

    Texts are put into the chat as they are: one that holds the template's own control tokens, such as "<|im_start|>",
    may be read as turns of the chat. The answer stays one of the labels, but such a text can choose it.
    """

    def __init__(self, chooser: Chooser, spec: ProbeSpec) -> None:
        self._chooser, self._options = chooser, list(spec.labels)
        self._system = system_prompt(spec.instruction, spec.labels)
        chooser.check(self._system, self._options)
        self.details = {"system_prompt": self._system}

    def answer(self, texts: Sequence[str]) -> list[str]:
        """Return the chosen label for each text, one call each."""
        return [self._chooser.choose(self._system, text, self._options) for text in texts]


def system_prompt(instruction: str, labels: dict[str, str]) -> str:
    """Return the system message: the instruction, the labels with their meanings, the form of the answer."""
    lines = [f"- {label}: {meaning}" if meaning else f"- {label}" for label, meaning in labels.items()]
    return "\n".join([instruction, "Labels:", *lines, "Answer with exactly one label and nothing else."])


class AsItIs:
    """A model fine-tuned for these labels; its labels are matched to the task's by name, case folded."""

    def __init__(self, classifier: Classifier, spec: ProbeSpec) -> None:
        self._classifier = classifier
        self._names = {label.casefold(): label for label in spec.labels}
        self.details: dict[str, Any] = {}

    def answer(self, texts: Sequence[str]) -> list[str]:
        """Return the task's label for each text; a label the task lacks is returned as the model says it."""
        return [self._names.get(label.casefold(), label) for label in self._classifier.classify(texts)]
