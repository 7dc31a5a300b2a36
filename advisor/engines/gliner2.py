"""GLiNER2 models: spans and text classes of labels given at run time (torch).

Zaratiana et al. 2025, "GLiNER2: An Efficient Multi-Task Information Extraction System with Schema-Driven Interface".
"""

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from advisor.engines.base import Load, Span
from advisor.engines.batches import about_tokens
from advisor.engines.checks import check_torch_tokenizer
from advisor.engines.engine import TORCH_FILES, TORCH_FORMATS, Engine
from advisor.engines.gliner import THRESHOLD, USUAL_WORDS, in_windows, names_code
from advisor.engines.transformers import opened
from advisor.formats.folder import Form, ModelFolder, UnusableError

ENCODER = "encoder_config/config.json"
BATCH = 8
# Words of a text read to classify it, and the share of the encoder's tokens that they may take.
LONGEST, SHARE = 1024, 0.75
# Name of the classification task in the model's input.
TASK = "category"


def _forms(folder: ModelFolder) -> list[Form]:
    _check(folder)
    return [replace(form, ability=each) for form in folder.torch_weights(ENGINE.name) for each in ("extract", "fit")]


def _check(folder: ModelFolder) -> None:
    """Refuse folders that lack a part or name code for the encoder, which the library would trust."""
    if folder.refusal:
        raise UnusableError(folder.refusal)
    if names_code(folder.json(ENCODER)):
        raise UnusableError(f"names code for its encoder (auto_map in {ENCODER}), which is never run")
    if missing := next((name for name in (ENCODER, "tokenizer_config.json") if not folder.has(name)), None):
        raise UnusableError(f"lacks {missing}")


ENGINE = Engine(
    name="gliner2",
    module=__name__,
    library="gliner2",
    beneath=("torch", "transformers"),
    extra="gliner2",
    base_memory_bytes=470_000_000,
    abilities={"token-classification": "extract", "zero-shot-classification": "fit", "text-classification": "fit"},
    libraries=frozenset({"gliner2"}),
    formats=TORCH_FORMATS,
    files=TORCH_FILES,
    forms=_forms,
    is_own=lambda folder: folder.config.get("model_type") == "extractor",
    is_torch=True,
    # As GLiNER, whose encoders it has: random weights before the model's.
    working_share=1.0,
    efficiency=0.06,
)


class Gliner2:
    """A GLiNER2 of either architecture, spans by a grid or by their ends; all labels are read together with a text."""

    def __init__(self, model: Any, device: str, facts: dict[str, Any], request: Load) -> None:  # noqa: ANN401  the library's own type
        self._model = model
        self.device = opened.device_name(device)
        self.engine = f"GLiNER2 {version('gliner2')}, {opened.engine_name('transformers')}"
        self.facts = facts
        positions = getattr(model.encoder.config, "max_position_embeddings", None)
        self._words = min(LONGEST, int(SHARE * positions)) if isinstance(positions, int) and positions > 0 else LONGEST
        self._batches = opened.batches(device, model.encoder.config, request, BATCH)

    def extract(self, texts: Sequence[str], labels: Sequence[str]) -> list[list[Span]]:
        def found(parts: list[str]) -> list[list[Span]]:
            rows = self._model.batch_extract_entities(
                parts,
                list(labels),
                batch_size=len(parts),
                threshold=THRESHOLD,
                include_confidence=True,
                include_spans=True,
            )
            return [
                [
                    Span(each["start"], each["end"], label, min(1.0, float(each["confidence"])))
                    for label, spans in row["entities"].items()
                    for each in spans
                ]
                for row in rows
            ]

        return in_windows(texts, min(USUAL_WORDS, self._words), self._batches, found)

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> list[list[float]]:
        before = sum(about_tokens(label, LONGEST) for label in labels) + 2 * len(labels)
        lengths = [before + about_tokens(text, LONGEST) for text in texts]
        tasks = {TASK: {"labels": list(labels), "multi_label": True, "cls_threshold": 0.0}}

        def some(batch: list[int]) -> list[list[float]]:
            scored = self._model.batch_classify_text(
                [texts[each] for each in batch],
                tasks,
                batch_size=len(batch),
                include_confidence=True,
                max_len=self._words,
            )
            rows = ({each["label"]: each["confidence"] for each in row[TASK]} for row in scored)
            return [[float(row[label]) for label in labels] for row in rows]

        return self._batches.run(lengths, some)


def load(request: Load) -> Gliner2:
    _check(ModelFolder(request.path, request.allows))
    with opened.opening(request) as device:
        from gliner2 import AutoExtractor

        model = AutoExtractor.from_pretrained(str(request.path), map_location=device)  # looks nowhere else for a folder
    check_torch_tokenizer(model.processor.tokenizer, model.encoder)
    model.eval()
    return Gliner2(model, device, opened.facts_of(model, request), request)
