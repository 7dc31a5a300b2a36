"""Vectors of images, from vision models with or without a classifier of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.engines.transformers.opened import open_model
from advisor.engines.transformers.see import BATCH, BATCH_ON_ACCELERATOR, check_pillow, open_image
from advisor.formats.safety import json_map

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from advisor.engines.base import Load
    from advisor.engines.transformers.opened import Opened


class ImageVectors:
    """What a vision model makes of an image before it decides.

    Of models that know images and texts (CLIP, SigLIP): their image vector. Of transformers: the first token's last
    state beside the mean of all. Of convolutional networks: the mean over the picture.
    """

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self.engine, self.device, self.facts = opened.engine, opened.device, opened.facts
        self._batch = BATCH if self.device == "cpu" else BATCH_ON_ACCELERATOR

    def look(self, files: Sequence[str]) -> NDArray[Any]:
        """Return float32 vectors of shape (len(files), width), l2-normalised.

        Raises:
            OSError: if a file is missing or no image.
        """
        import numpy as np
        import torch

        parts = []
        with torch.inference_mode():
            for at in range(0, len(files), self._batch):
                images = [open_image(file) for file in files[at : at + self._batch]]
                pixels = self._opened.processor(images=images, return_tensors="pt")
                vectors = self._vectors(self._opened.to_device(pixels)).float()
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


def load(request: Load) -> ImageVectors:
    """Load a vision model; a classifier with its own classifier, whose weights are in the file.

    Raises:
        EngineMissingError: if Pillow is not installed.
        CannotLoadError: with the reason.
    """
    check_pillow()
    named = (json_map(request.path / "config.json").get("architectures") or [""])[0]
    auto = "AutoModelForImageClassification" if str(named).endswith("ForImageClassification") else "AutoModel"
    return ImageVectors(open_model(request, auto, "AutoImageProcessor"))
