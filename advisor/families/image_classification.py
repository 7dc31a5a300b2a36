"""Image classification: one label per image file."""

from collections.abc import Mapping
from typing import ClassVar

from advisor.families.file_classification import FileClassification
from advisor.families.methods.pixels import Pixels


class ImageClassification(FileClassification):
    """Input: `image`, the path of an image file relative to the task file. Expected: its label."""

    name: ClassVar[str] = "image-classification"
    gist: ClassVar[str] = "a label for each picture"
    example: ClassVar[str] = 'a photo in, "damaged" out'
    parts: ClassVar[tuple[str, ...]] = ("image",)
    file_part: ClassVar[str | None] = "image"
    file_tokens: ClassVar[int | None] = 197  # 14 x 14 patches and the class: Dosovitskiy et al. 2021, section 4
    methods: ClassVar[Mapping[str, str]] = {"see": "as is", "look": "head", "name": "zero-shot"}
    baselines: ClassVar[Mapping[str, str]] = {"constant": "constant", "linear": "pixels"}
    searched: ClassVar[tuple[str, ...]] = (
        "image-classification",
        "image-feature-extraction",
        "zero-shot-image-classification",
    )
    plain: ClassVar[type[Pixels]] = Pixels


FAMILY = ImageClassification()
