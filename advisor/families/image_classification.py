"""Image classification: one label an image file, right or wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from advisor.families.base import Answerer, Family, Given, Json
from advisor.families.values import as_label, as_text, only

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from advisor.engines.base import ImageEncoder, Runtime
    from advisor.probe.protocol import ProbeSpec
    from advisor.task.model import Task


class ImageClassification(Family):
    """Input: `image`, the path of an image file relative to the task file. Expected: its label.

    A model trained to classify is used as it is, its labels matched to the task's as those of texts are (by name,
    `label_map`, or what the teaching examples show); of any vision model the vectors train a head.
    """

    name: ClassVar[str] = "image-classification"
    gist: ClassVar[str] = "a label for each picture"
    example: ClassVar[str] = 'a photo in, "damaged" out'
    parts: ClassVar[tuple[str, ...]] = ("image",)
    file_part: ClassVar[str | None] = "image"
    file_tokens: ClassVar[int | None] = 197  # 14 x 14 patches and the class: Dosovitskiy et al. 2021, section 4
    expected_column: ClassVar[str] = "label"
    has_labels: ClassVar[bool] = True
    methods: ClassVar[Mapping[str, str]] = {"see": "as is", "look": "head"}
    baselines: ClassVar[Mapping[str, str]] = {"constant": "constant", "linear": "pixels"}
    searched: ClassVar[tuple[str, ...]] = ("image-classification", "image-feature-extraction")
    metrics: ClassVar[Mapping[str, float]] = {"exact": 1.0}
    sample: ClassVar[Given | None] = None

    def read_expected(self, value: object, task: Task) -> Json:
        """Return a label."""
        del task
        return as_label(as_text(only(value)))

    def check_task(self, task: Task) -> str | None:
        """Return what the task asks that images have not, else what the parts lack."""
        if task.labels_per_text != "one":
            return "labels_per_text: an image has one label here; leave it out"
        return super().check_task(task)

    def linear_weights(self, labels: int, characters: int) -> int:
        """Return one for each number that is seen of a picture and each label."""
        from advisor.families.methods.pixels import NUMBERS

        del characters
        return NUMBERS * labels

    def prepare(self, runtime: Runtime, spec: ProbeSpec) -> Answerer:
        """Match the model's labels to the task's, or train a head on its vectors."""
        from advisor.engines.base import ImageClassifier, ImageEncoder
        from advisor.families.methods.as_is import AsItIs
        from advisor.families.methods.head import Head
        from advisor.families.methods.pixels import Pixels

        if spec.method == "as is" and isinstance(runtime, ImageClassifier):
            return AsItIs(runtime, spec)
        if spec.method == "linear":
            runtime = Pixels(runtime.engine)
        if spec.method in ("head", "linear") and isinstance(runtime, ImageEncoder):
            return Head(_Looking(runtime), spec, of_texts=False)
        return super().prepare(runtime, spec)

    def score(self, output: Json, expected: Json, spec: ProbeSpec) -> dict[str, float]:
        """Return whether the label is the one expected."""
        del spec
        return {"exact": float(output == expected)}


class _Looking:
    """Image vectors where a head expects those of texts: its texts are files' paths."""

    def __init__(self, runtime: ImageEncoder) -> None:
        self._runtime = runtime
        self.engine, self.device = runtime.engine, runtime.device

    def encode(self, texts: Sequence[str]) -> NDArray[Any]:
        return self._runtime.look(texts)


FAMILY = ImageClassification()
