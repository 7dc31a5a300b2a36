"""Vision models: classifiers, and vectors of images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from advisor.engines.base import CircumstanceError, Load, Ranked, ranked
from advisor.engines.transformers.opened import (
    Loaded,
    LoadedClassifier,
    Named,
    Opened,
    architecture,
    open_model,
    rows_on,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


BATCH = 8
# How Pillow's modes of grey images in 16 or 32 bits begin.
_DEEP = "IF"


class ImageLabels(LoadedClassifier):
    """An image-classification model and its image processor."""

    def see(self, files: Sequence[str]) -> list[list[Ranked]]:
        import torch

        with torch.inference_mode():
            rows = [row for pixels in _pixels(self._opened, files) for row in self._shares(pixels).tolist()]
        return [ranked(self.labels, row) for row in rows]


class ImageVectors(Loaded):
    """Vectors of images before the last layer.

    Models of images and texts (CLIP, SigLIP): their image vector. Transformers: the first token's last hidden state and
    the mean of all, concatenated. Convolutional networks: the mean over the image.
    """

    def look(self, files: Sequence[str]) -> NDArray[Any]:
        import numpy as np
        import torch

        parts = []
        with torch.inference_mode():
            for pixels in _pixels(self._opened, files):
                vectors = self._vectors(pixels).float()
                parts.append(torch.nn.functional.normalize(vectors, dim=-1).cpu().numpy())
        return np.concatenate(parts)

    def _vectors(self, pixels: dict[str, Any]) -> Any:  # noqa: ANN401  a tensor (images, width)
        import torch

        model = self._opened.model
        if hasattr(model, "get_image_features"):
            found = model.get_image_features(pixel_values=pixels["pixel_values"])
            return getattr(found, "pooler_output", found)
        states = model(**pixels, output_hidden_states=True)
        last = getattr(states, "last_hidden_state", None)
        last = states.hidden_states[-1] if last is None else last
        if last.ndim == 4:  # noqa: PLR2004  images, channels, height, width
            return last.mean(dim=(2, 3))
        return torch.cat([last[:, 0], last.mean(dim=1)], dim=-1)


class ImageNames(Named):
    """A model of images and texts (CLIP, SigLIP) and its processor."""

    frame = "This is a photo of {label}."

    def fit(self, files: Sequence[str], labels: Sequence[str]) -> list[list[float]]:
        import torch

        words, model = self._words(labels), self._opened.model
        with torch.inference_mode():
            rows = [model(**words, **pixels).logits_per_image for pixels in _pixels(self._opened, files)]
        return [row for logits in rows for row in logits.float().softmax(dim=-1).tolist()]


def _pixels(opened: Opened, files: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield image files as tensors, batch by batch."""
    rows = rows_on(opened.device, BATCH)
    for at in range(0, len(files), rows):
        images = [open_image(file) for file in files[at : at + rows]]
        yield opened.to_device(opened.processor(images=images, return_tensors="pt"))


def open_image(file: str) -> Any:  # noqa: ANN401  Pillow's own
    """Return an image in RGB, rotated by its EXIF orientation."""
    from PIL import Image, ImageOps

    with Image.open(file) as found:
        turned = ImageOps.exif_transpose(found)
        return (_in_eight_bits(turned) if turned.mode[0] in _DEEP else turned).convert("RGB")


def _in_eight_bits(image: Any) -> Any:  # noqa: ANN401  Pillow's own
    """Return a grey image of more bits a pixel, as scanners and microscopes write them: Pillow would make it white.

    What is white follows from the lightest pixel: one, or the most that 8, 12 or 16 bits hold.
    """
    import numpy as np
    from PIL import Image

    values = np.nan_to_num(np.asarray(image, dtype=np.float32))
    white = next((each for each in (1, 255, 4095, 65535) if values.max() <= each), values.max())
    return Image.fromarray((values.clip(min=0) * (255 / white)).astype(np.uint8))


def check_pillow() -> None:
    """Check that images can be opened; CircumstanceError saying what to install."""
    if find_spec("PIL") is None:
        raise CircumstanceError("needs the package pillow to open images: pip install 'model-advisor[images]'")


def load(request: Load) -> ImageLabels | ImageVectors | ImageNames:
    """Load a vision model; for vectors also a classifier, with the last layer that its file contains."""
    check_pillow()
    if request.ability == "name":
        return ImageNames(open_model(request, "AutoModel", "AutoProcessor"))
    is_classifier = request.ability == "see" or architecture(request).endswith("ForImageClassification")
    opened = open_model(
        request, "AutoModelForImageClassification" if is_classifier else "AutoModel", "AutoImageProcessor"
    )
    return ImageLabels(opened) if request.ability == "see" else ImageVectors(opened)
