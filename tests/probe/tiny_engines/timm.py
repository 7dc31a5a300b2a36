"""A timm classifier of red and blue images: `python -m tests.probe.tiny_engines.timm FOLDER`."""

import sys
import tempfile
from pathlib import Path

import timm
import torch
from timm.data import create_transform, resolve_data_config
from timm.models import save_for_hf

from tests.probe.known import image
from tests.probe.tiny_models.common import fit

if __name__ == "__main__":
    torch.manual_seed(0)
    torch.set_num_threads(1)
    model = timm.create_model("test_vit", num_classes=2)
    prepare = create_transform(**resolve_data_config({}, model=model), is_training=False)
    from PIL import Image

    with tempfile.TemporaryDirectory() as work:
        files = [
            (image(Path(work, f"{n}.png"), colour), n % 2) for n in range(8) for colour in [("red", "blue")[n % 2]]
        ]
        pixels = torch.stack([prepare(Image.open(file).convert("RGB")) for file, _ in files])
    answers = torch.tensor([label for _, label in files])
    losses = [lambda: torch.nn.functional.cross_entropy(model(pixels), answers)]
    fit(model, losses, steps=60, below=0.05, rate=1e-3)
    save_for_hf(model, sys.argv[1], model_config={"label_names": ["red", "blue"]}, safe_serialization=True)
