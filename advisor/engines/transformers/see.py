"""Image classifiers, used as they are."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from advisor.engines.base import EngineMissingError
from advisor.engines.ranking import ranked
from advisor.engines.transformers.opened import open_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.engines.base import Load, Ranked
    from advisor.engines.transformers.opened import Opened

BATCH = 8
BATCH_ON_ACCELERATOR = 32


class ImageLabels:
    """An image-classification model and its image processor."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self.engine, self.device, self.facts = opened.engine, opened.device, opened.facts
        names = opened.model.config.id2label
        self.labels = tuple(str(names[index]) for index in sorted(names))
        self._is_multi = getattr(opened.model.config, "problem_type", None) == "multi_label_classification"
        self._batch = BATCH if self.device == "cpu" else BATCH_ON_ACCELERATOR

    def see(self, files: Sequence[str]) -> list[list[Ranked]]:
        """Return the model's labels for each image file, most probable first.

        Raises:
            OSError: if a file is missing or no image.
        """
        import torch

        answers: list[list[Ranked]] = []
        with torch.inference_mode():
            for at in range(0, len(files), self._batch):
                images = [open_image(file) for file in files[at : at + self._batch]]
                pixels = self._opened.processor(images=images, return_tensors="pt")
                logits = self._opened.model(**self._opened.to_device(pixels)).logits.float()
                rows = (logits.sigmoid() if self._is_multi else logits.softmax(dim=-1)).tolist()
                answers += [ranked(self.labels, row) for row in rows]
        return answers


def open_image(file: str) -> Any:  # noqa: ANN401  Pillow's own
    """Return an image in red, green and blue, turned as its camera says."""
    from PIL import Image, ImageOps

    with Image.open(file) as found:
        return ImageOps.exif_transpose(found).convert("RGB")


def check_pillow() -> None:
    """Check that images can be opened.

    Raises:
        EngineMissingError: saying what to install.
    """
    if find_spec("PIL") is None:
        raise EngineMissingError("needs the package pillow to open images: pip install 'model-advisor[images]'")


def load(request: Load) -> ImageLabels:
    """Load an image classifier.

    Raises:
        EngineMissingError: if Pillow is not installed.
        CannotLoadError: with the reason.
    """
    check_pillow()
    return ImageLabels(open_model(request, "AutoModelForImageClassification", "AutoImageProcessor"))
