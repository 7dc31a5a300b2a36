"""Facts from packages' code: mteb and its results (CC0), fastembed, timm (Apache-2.0) and llm-guard (MIT)."""

import ast
import csv
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from catalog.card import ModelCard, WeightFile
from catalog.refresh.published import CORE, with_means
from tools.seed.literals import Module
from tools.seed.llm_lists import is_rounded

MTEB: Final = "mteb 2.26.24"
RESULTS: Final = "mteb results 2026-08-20"
FASTEMBED: Final = "fastembed 0.9.1"
# Owners of ONNX copies; others have the graph next to the weights for the model's own library.
_ONNX_OWNERS: Final = ("Qdrant/", "Xenova/")
_LIBRARIES: Final = {
    "Sentence Transformers": "sentence-transformers", "Transformers": "transformers", "PyLate": "PyLate",
    "ColBERT": "ColBERT", "ColPali": "colpali", "timm": "timm", "OpenCLIP": "open_clip",
}  # fmt: skip
_HUB: Final = "https://huggingface.co/"
# What MTEB has for models whose languages it does not know, and more than it has for those that it tests in a few.
_ENGLISH, _MANY = ("eng-Latn",), 20
_FORMATS: Final = {"safetensors": "safetensors", "ONNX": "onnx", "GGUF": "gguf"}


def read_mteb(folder: Path) -> Iterator[ModelCard]:
    """Cards of encoders, without licence and languages of image and audio encoders: other sources know these better."""
    for card, is_of_texts in _mteb(folder):
        languages = card.languages if is_of_texts or len(card.languages) > _MANY else ()
        yield replace(card, license=card.license if is_of_texts else None, languages=languages)


def read_mteb_terms(folder: Path) -> Iterator[ModelCard]:
    return (ModelCard(id=card.id, license=card.license, languages=card.languages) for card, _ in _mteb(folder))


def _mteb(folder: Path) -> Iterator[tuple[ModelCard, bool]]:
    for path in sorted((folder / "mteb" / "models" / "model_implementations").glob("*.py")):
        for record in Module(path).calls("ModelMeta"):
            name = record.get("name")
            if isinstance(name, str) and "/" in name and record.get("open_weights") is not False:
                yield _mteb_card(name, record), (record.get("modalities") or ["text"]) == ["text"]


def _mteb_card(name: str, record: dict[str, Any]) -> ModelCard:
    parameters = record.get("n_parameters")
    parameters = int(parameters) if isinstance(parameters, int | float) and parameters > 0 else None
    exact = parameters is not None and not is_rounded(parameters)
    frameworks = record.get("framework") or []
    kinds = record.get("model_type") or ["dense"]
    tokens, width = record.get("max_tokens"), record.get("embed_dim")
    width = max(width) if isinstance(width, list) and width else width
    base = str(record.get("adapted_from") or "").removeprefix(_HUB) or None
    languages = tuple(record.get("languages") or ())
    if languages == _ENGLISH and "multilingual" in name.lower():
        languages = ()
    revision = record.get("revision")
    options = given if isinstance(given := record.get("loader_kwargs"), dict) else {}
    tags = [k for k in kinds if k != "dense"]
    if record.get("use_instructions"):
        tags.append("instruction")
    if "cross-encoder" in kinds and "image" in (record.get("modalities") or ()):
        tags.append("vision")
    return ModelCard(
        id=name,
        revision=revision if isinstance(revision, str) and len(revision) == 40 else None,  # noqa: PLR2004 - a commit
        family=_family(name, kinds, record.get("modalities") or ["text"]),
        parameters=parameters,
        parameters_standing=None if parameters is None else "exact" if exact else "estimated",
        parameters_source=MTEB if parameters else None,
        license=record.get("license") if isinstance(record.get("license"), str) else None,
        languages=languages,
        library=next((_LIBRARIES[f] for f in frameworks if f in _LIBRARIES), None),
        files=tuple(WeightFile(format=_FORMATS[f]) for f in _FORMATS if f in frameworks),
        context_length=int(tokens) if isinstance(tokens, int | float) and math.isfinite(tokens) else None,
        embedding_width=int(width) if isinstance(width, int | float) else None,
        base_model=base if base != name else None,
        base_relation="finetune" if base and base != name else None,
        # For embedders it is set even if transformers has long had the architecture.
        remote_code=True if "cross-encoder" in kinds and options.get("trust_remote_code") is True else None,
        created=record.get("release_date") if isinstance(record.get("release_date"), str) else None,
        tags=tuple(tags),
    )


def _family(name: str, kinds: list[str], modalities: list[str]) -> str:
    if "cross-encoder" in kinds:
        return "text-ranking"
    lower = name.lower()
    if "image" in modalities and ("col" in lower or "vidore" in lower or "-vis" in lower):
        return "visual-document-retrieval"
    if "image" in modalities and ("clip" in lower or "siglip" in lower):
        return "zero-shot-image-classification"
    if modalities == ["image"]:
        return "image-feature-extraction"
    return "feature-extraction"


def read_results(folder: Path) -> Iterator[ModelCard]:
    """Published scores: a few tasks by name, and means over a fixed set of tasks."""
    wanted = {task for tasks in CORE.values() for task in tasks}
    found: dict[str, dict[str, float]] = defaultdict(dict)
    with (folder / "mteb_scores_2026-08.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            figure = row["english_main_score"] or row["mean_main_score"]
            if row["task"] in wanted and figure:
                found[row["model_id"]][row["task"]] = round(float(figure), 4)
    for model_id, tasks in found.items():
        if scores := with_means(tasks):
            yield ModelCard(id=model_id.replace("__", "/"), scores=scores)


def read_fastembed(folder: Path) -> Iterator[ModelCard]:
    """Cards of the ONNX copies that fastembed serves, tied to the model they were made from."""
    for path in sorted((folder / "fastembed").rglob("*.py")):
        for record in Module(path).calls("ModelDescription"):
            source = record.get("sources") or {}
            hub, model = source.get("hf"), record.get("model")
            if not hub or "/" not in hub:
                continue
            file, width = record.get("model_file") or "model.onnx", record.get("dim")
            small = "quant" in file or "int8" in file or hub.lower().endswith("-q")
            yield ModelCard(
                id=hub,
                family=_fast_family(path),
                license=record.get("license"),
                library="onnx" if "onnx" in hub.lower() or hub.startswith(_ONNX_OWNERS) else None,
                files=(
                    WeightFile(
                        name=file,
                        format="safetensors" if file.endswith(".safetensors") else "onnx",
                        precision="int8" if small else None,
                    ),
                ),
                embedding_width=width,
                base_model=model if model and "/" in model and model.lower() != hub.lower() else None,
                base_relation="quantized" if model and "/" in model and model.lower() != hub.lower() else None,
            )


def _fast_family(path: Path) -> str:
    if "rerank" in str(path):
        return "text-ranking"
    return "image-feature-extraction" if "image" in path.parts else "feature-extraction"


TIMM: Final = "timm 1.0.31"
TIMM_RESULTS: Final = "timm ImageNet results 2026-08-08"
_TIMM_LICENSE: Final = "apache-2.0"  # the default of every _cfg() that names none


def read_timm(folder: Path) -> Iterator[ModelCard]:
    """Cards of timm's pretrained configurations, with size and accuracy from its results where listed."""
    with (folder / "timm_results_imagenet_2026-08.csv").open(encoding="utf-8", newline="") as file:
        results = {row["model"]: row for row in csv.DictReader(file)}
    for path in sorted((folder / "timm" / "models").glob("*.py")):
        module = Module(path)
        for name, config in _timm_configs(module):
            hub = config.get("hf_hub_id")
            if not isinstance(hub, str) or not hub:
                continue
            yield _timm_card(f"timm/{name}" if hub == "timm/" else hub, name, config, results.get(name))


def _timm_configs(module: Module) -> Iterator[tuple[str, dict[str, Any]]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and isinstance(value, ast.Call):
                    yield key.value, module.keywords(value)


def _timm_card(model_id: str, name: str, config: dict[str, Any], result: dict[str, str] | None) -> ModelCard:
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
    if not model_id.startswith("timm/"):  # timm uses the image part of another library's model
        return ModelCard(id=model_id, tags=tuple(tags))
    return ModelCard(
        id=model_id,
        family="image-feature-extraction" if backbone else "image-classification",
        parameters=parameters,
        parameters_standing="derived" if parameters else None,
        parameters_source=TIMM_RESULTS if parameters else None,
        license=config.get("license", _TIMM_LICENSE),
        library="timm",
        files=(WeightFile(format="safetensors", precision="fp32"),),
        image_size=int(result["img_size"]) if result else (size[-1] if isinstance(size, list) and size else None),
        scores=scores,
        tags=tuple(tags),
    )


LLM_GUARD: Final = "llm-guard 0.3.16"
_COMMIT: Final = 40


def read_guard(folder: Path) -> Iterator[ModelCard]:
    """Classifiers with their pinned commit, and the ONNX graph if it is in the same repository."""
    for path in sorted((folder / "llm_guard").rglob("*.py")):
        for record in Module(path).calls("Model"):
            name, revision = record.get("path"), record.get("revision")
            if not isinstance(name, str) or not isinstance(revision, str) or len(revision) != _COMMIT:
                continue
            graph = record.get("onnx_filename")
            inside = record.get("onnx_revision") == revision and str(record.get("onnx_path")).lower() == name.lower()
            folder_of = record.get("onnx_subfolder")
            files: tuple[WeightFile, ...] = ()
            if inside and isinstance(graph, str):
                files = (WeightFile(name=f"{folder_of}/{graph}" if folder_of else graph, format="onnx"),)
            yield ModelCard(id=name, revision=revision, files=files)
