"""GLiClass models: score labels given at run time for a text, all at once (torch)."""

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from advisor.engines.base import CannotLoadError, Load
from advisor.engines.batches import about_tokens
from advisor.engines.checks import check_torch_tokenizer
from advisor.engines.engine import TORCH_FILES, TORCH_FORMATS, Engine
from advisor.engines.transformers import opened
from advisor.formats.folder import Form, ModelFolder, UnusableError

BATCH = 8
LONGEST = 1024
# The architecture of most models; the others read labels separately or generate them.
ARCHITECTURE = "uni-encoder"


def _forms(folder: ModelFolder) -> list[Form]:
    _check(folder)
    return [replace(form, ability="fit") for form in folder.torch_weights(ENGINE.name)]


def _check(folder: ModelFolder) -> None:
    """Refuse other kinds, and folders that lack a part: the library fetches and runs the code of an unknown encoder."""
    if folder.refusal:
        raise UnusableError(folder.refusal)
    config = folder.config
    kind = str(config.get("architecture_type", ARCHITECTURE))
    if kind != ARCHITECTURE or config.get("multimodal"):
        raise UnusableError(f"is a GLiClass of the architecture {kind[:40]}, which is not supported")
    encoder = config.get("encoder_config")
    if not isinstance(encoder, dict) or "auto_map" in encoder:
        raise UnusableError("lacks the configuration of its encoder, or names code for it")
    if not folder.has("tokenizer_config.json"):
        raise UnusableError("lacks tokenizer_config.json")


ENGINE = Engine(
    name="gliclass",
    module=__name__,
    library="gliclass",
    beneath=("torch", "transformers"),
    extra="gliclass",
    base_memory_bytes=481_000_000,
    abilities={"zero-shot-classification": "fit", "text-classification": "fit"},
    libraries=frozenset({"gliclass"}),
    tags=frozenset({"gliclass"}),
    formats=TORCH_FORMATS,
    files=TORCH_FILES,
    forms=_forms,
    is_own=lambda folder: str(folder.config.get("model_type")).casefold() == "gliclass",
    is_torch=True,
)


class GliClassScorer:
    """A GLiClass; labels cost little time each, because all are read with the text."""

    def __init__(self, model: Any, tokenizer: Any, device: str, facts: dict[str, Any], request: Load) -> None:  # noqa: ANN401  the libraries' own types
        from gliclass.pipeline import UniEncoderZeroShotClassificationPipeline

        self._longest = min(LONGEST, _positions(model.model.encoder_model))
        self._pipeline = UniEncoderZeroShotClassificationPipeline(
            model, tokenizer, max_length=self._longest, device=device, progress_bar=False
        )
        self.device = opened.device_name(device)
        self.engine = f"GLiClass {version('gliclass')}, {opened.engine_name('transformers')}"
        self.facts = facts
        self._batches = opened.batches(device, model.config.encoder_config, request, BATCH)

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> list[list[float]]:
        most = self._longest
        before = sum(about_tokens(label, most) for label in labels) + 2 * len(labels)
        lengths = [min(most, before + about_tokens(text, most)) for text in texts]

        def some(batch: list[int]) -> list[list[float]]:
            scored = self._pipeline([texts[each] for each in batch], list(labels), threshold=0.0, batch_size=len(batch))
            rows = ({each["label"]: each["score"] for each in row} for row in scored)
            return [[float(row[label]) for label in labels] for row in rows]

        return self._batches.run(lengths, some)


def _positions(encoder: Any) -> int:  # noqa: ANN401  the library's own type
    """Return the number of an encoder's position embeddings; relative positions have no table."""
    table = getattr(getattr(encoder, "embeddings", None), "position_embeddings", None)
    if table is None:
        return LONGEST
    return int(table.num_embeddings) - (0 if table.padding_idx is None else table.padding_idx + 1)


def load(request: Load) -> GliClassScorer:
    folder = ModelFolder(request.path, request.allows)
    _check(folder)
    from transformers.models.auto import CONFIG_MAPPING

    encoder = str(folder.config["encoder_config"].get("model_type", "deberta-v2"))
    if encoder not in CONFIG_MAPPING:
        raise CannotLoadError(f"its encoder is unknown to transformers {version('transformers')} ({encoder[:40]})")
    with opened.opening(request) as device:
        from gliclass import GLiClassModel
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(str(request.path), local_files_only=True)
        model, report = GLiClassModel.from_pretrained(
            str(request.path),
            local_files_only=True,
            use_safetensors=opened.is_safetensors(request),
            weights_only=True,
            output_loading_info=True,
        )
    opened.check_complete(report)
    check_torch_tokenizer(tokenizer, model.model.encoder_model)
    model.eval().to(device)
    facts = opened.facts_of(model, request)
    return GliClassScorer(model, tokenizer, device, facts, request)
