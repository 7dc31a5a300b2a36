"""Facts about image backbones: timm (Apache-2.0) and its published ImageNet results."""

import ast
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from catalog.card import ModelCard, WeightFile
from tools.seed.literals import Module

TIMM: Final = "timm 1.0.31"
RESULTS: Final = "timm ImageNet results 2026-08-08"
_LICENSE: Final = "apache-2.0"  # the default of every _cfg() that names none


def read(folder: Path) -> Iterator[ModelCard]:
    """Cards of timm's pretrained configurations, with size and accuracy from its results where listed."""
    results = _results(folder)
    for path in sorted((folder / "timm" / "models").glob("*.py")):
        module = Module(path)
        for name, config in _configs(module):
            hub = config.get("hf_hub_id")
            if not isinstance(hub, str) or not hub:
                continue
            yield _card(f"timm/{name}" if hub == "timm/" else hub, name, config, results.get(name))


def _configs(module: Module) -> Iterator[tuple[str, dict[str, Any]]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and isinstance(value, ast.Call):
                    yield key.value, module.keywords(value)


def _card(model_id: str, name: str, config: dict[str, Any], result: dict[str, str] | None) -> ModelCard:
    classes = config.get("num_classes", 1000)
    size = config.get("input_size")
    backbone = classes == 0
    parameters = round(float(result["param_count"].replace(",", "")) * 1e6) if result else None
    scores = {}
    if result:
        scores = {"ImageNet-1k top-1": float(result["top1"]), "ImageNet-1k top-5": float(result["top5"])}
    tags = ["image-embeddings"] if backbone else ["imagenet"] if classes in (1000, 21841, 21843, 11821) else []
    if "inat" in name or "plantclef" in name:
        tags.append("species")
    if not model_id.startswith("timm/"):  # timm takes the picture part out of what is another library's model
        return ModelCard(id=model_id, tags=tuple(tags))
    return ModelCard(
        id=model_id,
        family="image-feature-extraction" if backbone else "image-classification",
        parameters=parameters,
        parameters_standing="derived" if parameters else None,
        parameters_source=RESULTS if parameters else None,
        license=config.get("license", _LICENSE),
        library="timm",
        files=(WeightFile(format="safetensors", precision="fp32"),),
        image_size=int(result["img_size"]) if result else (size[-1] if isinstance(size, list) and size else None),
        scores=scores,
        tags=tuple(tags),
    )


def _results(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "timm_results_imagenet_2026-08.csv").open(encoding="utf-8", newline="") as file:
        return {row["model"]: row for row in csv.DictReader(file)}
