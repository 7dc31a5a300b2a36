"""Models that no package lists: hand-made tables, the Hub's task pages (MIT), and the OPUS-MT family.

``curated.txt`` holds one model a line under its family::

    [text-classification]
    id | size | licence | languages | topics | options

Size is ``architecture/labels`` (derived, see ``architectures.py``), a number (derived from the architecture by hand),
``~66M`` (estimated) or nothing. Options are ``key=value`` words: base, relation, alias, context, width, image, library,
formats (comma-separated, "gguf:q4_k_m"; unknown by default), and the words gated,
remote_code, st (safetensors), onnx, and first: a model that a practitioner would name first for the task.
"""

import csv
import json
from collections.abc import Iterator
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Any, Final

from catalog.card import ModelCard, WeightFile
from catalog.errors import CatalogError
from catalog.languages import NAMES, code
from catalog.prior import RECOMMENDED
from tools.seed import architectures

NAME: Final = "curated table"
CORRECTIONS: Final = "curated corrections"
LABELS: Final = "curated labels"
READ: Final = "weights read"
TASK_PAGES: Final = "huggingface.js task pages 2026-08-21"
COUNTS: Final = "safetensors counts 2023-05-02"
MARIAN: Final = "transformer-lens 4.3.0"
_BIO: Final = "BIO:"
_WIDELY: Final = "en de fr es it nl ru zh ar hi sv da fi pl tr uk cs ro jap ja ko pt vi id hu"
# Pairs of English with one of these are the most wanted translators.
_WIDELY_TRANSLATED: Final = frozenset(_WIDELY.split())
_UNITS: Final = {"k": 1e3, "M": 1e6, "B": 1e9}


def read() -> Iterator[ModelCard]:
    """Cards of the hand-made table; CatalogError if a line of it is malformed."""
    family = ""
    text = resources.files("tools.seed").joinpath("curated.txt").read_text(encoding="utf-8")
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split("#", 1)[0].strip()
        if line.startswith("["):
            family = line.strip("[]")
        elif line:
            try:
                yield _card(family, line)
            except (ValueError, KeyError) as error:
                raise CatalogError(f"curated.txt line {number} is malformed ({error}): {line}") from error


def corrections() -> Iterator[ModelCard]:
    """Families, libraries and former names of the table, which override all other sources.

    Others list models by their own use: Whisper as an embedder, a static table as a sentence-transformers model.
    """
    return (ModelCard(id=card.id, family=card.family, library=card.library, aliases=card.aliases) for card in read())


def _card(family: str, line: str) -> ModelCard:
    cells = [cell.strip() for cell in line.split("|")]
    model_id, size, license_, languages, topics, options = (*cells, *[""] * (6 - len(cells)))
    values = {key: value for key, _, value in (word.partition("=") for word in options.split())}
    extra = {
        "base", "relation", "alias", "context", "width", "image", "library", "formats", "gated", "remote_code", "st",
        "onnx", "first",
    }  # fmt: skip
    if unknown := values.keys() - extra:
        raise ValueError(f"unknown options {sorted(unknown)}")
    parameters, standing = _size(size)
    formats = [*values.get("formats", "").split(","), *(("safetensors",) if "st" in values else ())]
    formats += ["onnx"] if "onnx" in values else []
    return ModelCard(
        id=model_id,
        family=family,
        parameters=parameters,
        parameters_standing=standing,
        parameters_source=None if parameters is None else f"architecture ({size})" if "/" in size else NAME,
        license=license_ or None,
        languages=tuple(languages.split()),
        library=values.get("library"),
        files=tuple(_file(f) for f in formats if f),
        context_length=int(values["context"]) if "context" in values else None,
        image_size=int(values["image"]) if "image" in values else None,
        embedding_width=int(values["width"]) if "width" in values else None,
        base_model=values.get("base"),
        base_relation=values.get("relation", "finetune") if "base" in values else None,
        gated=True if "gated" in values else None,
        remote_code=True if "remote_code" in values else None,
        tags=(*(t.strip() for t in topics.split(",") if t.strip()), *((RECOMMENDED,) if "first" in values else ())),
        aliases=tuple(a for a in values.get("alias", "").split(",") if a),
    )


def _file(text: str) -> WeightFile:
    format_, _, precision = text.partition(":")
    return WeightFile(format=format_, precision=precision or None)


def _size(text: str) -> tuple[int | None, Any]:
    if not text:
        return None, None
    if "/" in text:
        name, labels = text.split("/")
        return architectures.parameters(name, int(labels)), "derived"
    if text.startswith("~"):
        return round(float(text[1:-1]) * _UNITS[text[-1]]), "estimated"
    return int(text.replace(",", "")), "derived"


def read_starters() -> Iterator[ModelCard]:
    """Cards of the starter models, with facts read from the weights themselves."""
    return map(ModelCard.from_json, Path(__file__).with_name("starters.jsonl").read_text(encoding="utf-8").splitlines())


def read_labels() -> Iterator[ModelCard]:
    """Cards of the table of labels, with an id and its labels.

    ``labels.txt`` has sets of labels, as ``[one | two]``, each with the ids of the models that emit them. The names are
    those of the model's own config.json; a meaningless name is followed by its meaning on the model's page
    ("LABEL_0=ham"). ``[BIO: PER | ORG]`` means O, B-PER, I-PER, B-ORG and I-ORG. CatalogError for a model before the
    first set, or in two.
    """
    labels: tuple[str, ...] = ()
    seen: set[str] = set()
    text = resources.files("tools.seed").joinpath("labels.txt").read_text(encoding="utf-8")
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        if line.startswith("["):
            labels = _label_set(line[1:-1])
        elif line and not line.startswith("#"):
            if not labels or line in seen:
                raise CatalogError(f"labels.txt line {number}: {line} is in no set of labels, or in two.")
            seen.add(line)
            yield ModelCard(id=line, labels=labels)


def _label_set(text: str) -> tuple[str, ...]:
    types = [label.strip() for label in text.removeprefix(_BIO).split("|")]
    if text.startswith(_BIO):
        return ("O", *chain.from_iterable((f"B-{name}", f"I-{name}") for name in types))
    return tuple(types)


def read_task_pages(folder: Path) -> Iterator[ModelCard]:
    """Ids and families of the models that the Hub's task pages recommend (not their descriptions)."""
    with (folder / "hf_task_pages_models_2026-08.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield ModelCard(id=row["model_id"], family=row["task"], tags=(RECOMMENDED,))


def read_counts(folder: Path) -> Iterator[ModelCard]:
    """Exact parameter counts that the safetensors project published in 2023 (Apache-2.0)."""
    with (folder / "hub_safetensors_params_2023.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield ModelCard(
                id=row["model_id"], parameters=int(row["total"]), parameters_standing="exact", parameters_source=COUNTS
            )


def read_marian(folder: Path) -> Iterator[ModelCard]:
    """OPUS-MT translators by id, the languages read from their names.

    The six-layer Marian transformer of width 512 has 44 M weights plus a vocabulary of 30 k to 65 k words, hence an
    estimate of 75 M; the "big" ones (width 1024) have about 235 M.
    """
    path = folder / "transformer_lens" / "tools" / "model_registry" / "data" / "supported_models.json"
    for record in json.loads(path.read_text(encoding="utf-8"))["models"]:
        model_id = record["model_id"]
        if record["architecture_id"] != "MarianMTModel" or not model_id.startswith("Helsinki-NLP/opus-mt-"):
            continue
        name = model_id.removeprefix("Helsinki-NLP/opus-mt-").lower()
        big = name.startswith(("tc-big-", "tc-base-", "tc-bible-big-"))
        pair = name.removeprefix("tc-bible-big-").removeprefix("tc-big-").removeprefix("tc-base-").split("-")
        yield ModelCard(
            id=model_id,
            family="translation",
            parameters=235_000_000 if "tc-big" in name or "tc-bible-big" in name else 75_000_000,
            parameters_standing="estimated",
            parameters_source="architecture (Marian), vocabulary unknown",
            license="cc-by-4.0" if big else "apache-2.0",
            languages=tuple(pair[:2]),
            library="transformers",
            files=(WeightFile(format="pickle"),),
            context_length=512,
            tags=_direction(pair),
        )


def _direction(pair: list[str]) -> tuple[str, ...]:
    """A translator's direction in words: "German to English"."""
    names = [NAMES.get(code(part) or "", part) for part in pair[:2]]
    known = _WIDELY_TRANSLATED.issuperset(pair) and "en" in pair
    return (f"{' to '.join(names)} translator", "opus-mt", *((RECOMMENDED,) if known else ()))
