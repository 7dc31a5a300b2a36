"""Base of families with one file as input and one label as answer, right or wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from advisor.engines.base import AudioClassifier, AudioEncoder, ImageClassifier, ImageEncoder, LabelScorer
from advisor.families.base import Answerer, Family, Given, Json
from advisor.families.methods.as_is import AsItIs
from advisor.families.methods.head import Head
from advisor.families.methods.zero_shot import ZeroShot
from advisor.families.values import as_label, field_text, only

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.engines.base import Runtime
    from advisor.families.methods.pixels import Pixels
    from advisor.families.methods.spectrum import Spectrum
    from advisor.probe.protocol import ProbeSpec
    from advisor.task.model import Task

# Methods that learn a head from vectors of the training files.
HEADS = ("head", "linear")


class FileClassification(Family):
    """Input: the path of a file relative to the task file. Expected: its label.

    A classifier is used as it is, with its labels matched to the task's like those of text classifiers (by name,
    `label_map`, or training examples); vectors of any model for such files can train a head; a model of such files and
    texts compares each with the labels' names.
    """

    expected_column: ClassVar[str] = "label"
    has_labels: ClassVar[bool] = True
    metrics: ClassVar[Mapping[str, float]] = {"exact": 1.0}
    sample: ClassVar[Given | None] = None
    plain: ClassVar[type[Pixels | Spectrum]]  # The class that turns a file into a few numbers without a model.

    def read_expected(self, value: object, task: Task) -> Json:
        return as_label(field_text(only(value)))

    def linear_weights(self, labels: int, characters: int) -> int:
        return self.plain.numbers * labels

    def prepare(self, runtime: Runtime, spec: ProbeSpec) -> Answerer:
        if spec.method == "as is" and isinstance(runtime, ImageClassifier | AudioClassifier):
            return AsItIs(runtime, spec)
        if spec.method == "zero-shot" and isinstance(runtime, LabelScorer):
            return ZeroShot(runtime, spec)
        vectors = self.vectors(runtime, spec.method)
        return super().prepare(runtime, spec) if vectors is None else Head(vectors, spec, of_texts=False)

    def vectors(self, runtime: Runtime, method: str) -> _Vectors | None:
        """Return what a head of this method is trained on; None for other methods, and for models without vectors."""
        if method == "linear":
            runtime = self.plain(runtime.engine)
        if method not in HEADS or not isinstance(runtime, ImageEncoder | AudioEncoder):
            return None
        return _Vectors(runtime, runtime.look if isinstance(runtime, ImageEncoder) else runtime.listen)

    def score(self, output: Json, expected: Json, spec: ProbeSpec) -> dict[str, float]:
        return {"exact": float(output == expected)}


class _Vectors:
    """Vectors of files for a head that expects texts: its texts are the files' paths."""

    def __init__(self, runtime: Runtime, make: Callable[[Sequence[str]], NDArray[Any]]) -> None:
        self.engine, self.device, self.encode = runtime.engine, runtime.device, make
