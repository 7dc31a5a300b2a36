"""Image models of timm (torch): classifiers, and the vectors before their last layer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from advisor.engines.base import CannotLoadError, Load, Ranked, ranked
from advisor.engines.engine import TORCH_FILES, TORCH_FORMATS, Engine
from advisor.engines.transformers.opened import device_name, engine_name, facts_of, opening, rows_on
from advisor.engines.transformers.see import BATCH, check_pillow, open_image
from advisor.formats.folder import Form, ModelFolder, UnusableError
from advisor.formats.safety import json_map

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A name in timm's registry, without a prefix for weights elsewhere ("hf-hub:", "local-dir:").
_NAME = re.compile(r"[a-z0-9]\w*(?:\.\w+)?")
# Arguments that make its function read another file, or a configuration from elsewhere.
_NOT_PASSED = frozenset({"pretrained", "pretrained_cfg", "pretrained_cfg_overlay", "checkpoint_path", "cache_dir"})


def _is_own(folder: ModelFolder) -> bool:
    config = folder.config
    return isinstance(config.get("architecture"), str) and ("pretrained_cfg" in config or "num_features" in config)


def _forms(folder: ModelFolder) -> list[Form]:
    if folder.refusal:
        raise UnusableError(folder.refusal)
    names = folder.config.get("label_names")
    labels = tuple(map(str, names)) if isinstance(names, list) else ()
    able = ("see", "look") if folder.config.get("num_classes") else ("look",)
    forms = folder.torch_weights(ENGINE.name, "", labels)
    return [replace(form, ability=each) for form in forms for each in able]


ENGINE = Engine(
    name="timm",
    module=__name__,
    library="timm",
    beneath=("torch", "torchvision"),
    extra="timm",
    base_memory_bytes=470_000_000,
    abilities={"image-classification": "see", "image-feature-extraction": "look"},
    libraries=frozenset({"timm"}),
    formats=TORCH_FORMATS,
    files=TORCH_FILES,
    forms=_forms,
    is_own=_is_own,
    is_torch=True,
    efficiency=0.4,  # ResNet, MobileNet, EfficientNet reach more, of their parameters at 197 vectors
)


class TimmModel:
    """A model and its image preprocessing from training."""

    def __init__(self, model: Any, prepare: Any, labels: tuple[str, ...], device: str, request: Load) -> None:  # noqa: ANN401  the library's own types
        self._model, self._prepare, self.labels = model, prepare, labels
        self.device = device_name(device)
        self.engine = f"timm {version('timm')}, {engine_name('torchvision')}"
        self.facts: dict[str, Any] = facts_of(model, request)
        self._rows = rows_on(device, BATCH)

    def see(self, files: Sequence[str]) -> list[list[Ranked]]:
        return [
            ranked(self.labels, row)
            for states in self._states(files)
            for row in self._model.forward_head(states).float().softmax(dim=-1).tolist()
        ]

    def look(self, files: Sequence[str]) -> NDArray[Any]:
        """Return float32 vectors of shape (len(files), width), l2-normalised: the input of the last layer."""
        import numpy as np
        import torch

        heads = (self._model.forward_head(states, pre_logits=True).float() for states in self._states(files))
        parts = [torch.nn.functional.normalize(vectors, dim=-1).cpu().numpy() for vectors in heads]
        return np.concatenate(parts)

    def _states(self, files: Sequence[str]) -> Iterator[Any]:
        import torch

        with torch.inference_mode():
            for at in range(0, len(files), self._rows):
                images = [self._prepare(open_image(file)) for file in files[at : at + self._rows]]
                yield self._model.forward_features(torch.stack(images).to(next(self._model.parameters())))


def load(request: Load) -> TimmModel:
    check_pillow()
    config = json_map(request.path / "config.json")
    name, classes = str(config.get("architecture")), config.get("num_classes")
    if not _NAME.fullmatch(name):
        raise CannotLoadError(f"its architecture is not one of timm's ({name[:60]})")
    settings = {key: value for key, value in (config.get("model_args") or {}).items() if key not in _NOT_PASSED}
    if isinstance(classes, int):
        settings["num_classes"] = classes
    with opening(request) as device:
        from timm import create_model
        from timm.data import create_transform, resolve_data_config

        model = create_model(name, pretrained=False, **settings)
        model.load_state_dict(_weights(request), strict=True)
        kept = config["pretrained_cfg"] if isinstance(config.get("pretrained_cfg"), dict) else config
        prepare = create_transform(**resolve_data_config({}, pretrained_cfg=kept), is_training=False)
    model.eval().to(device)
    return TimmModel(model, prepare, _labels(config, model), device, request)


def _weights(request: Load) -> dict[str, Any]:
    """Return the tensors of its files; pickled ones as plain tensors."""
    import torch
    from safetensors.torch import load_file

    tensors: dict[str, Any] = {}
    for name in request.files:
        path = request.path / name
        is_safe = name.endswith(".safetensors")
        tensors |= load_file(path) if is_safe else torch.load(path, map_location="cpu", weights_only=True)
    return tensors


def _labels(config: dict[str, Any], model: Any) -> tuple[str, ...]:  # noqa: ANN401  the library's own type
    """Return the names of the model's classes: its own, else those of the ImageNet version it was trained on."""
    from timm.data import ImageNetInfo, infer_imagenet_subset

    names = config.get("label_names")
    count = int(getattr(model, "num_classes", 0) or 0)
    if isinstance(names, list) and len(names) == count:
        described = config.get("label_descriptions")
        described = described if isinstance(described, dict) else {}
        return tuple(str(described.get(name) or name) for name in names)
    subset = infer_imagenet_subset(model)
    if subset is None:
        return tuple(f"class {number}" for number in range(count))
    known = ImageNetInfo(subset)
    return tuple(known.index_to_description(number) for number in range(count))
