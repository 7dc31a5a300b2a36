"""GLiNER models: spans of labels given at run time (torch).

Zaratiana et al. 2024, "GLiNER: Generalist Model for Named Entity Recognition using Bidirectional Transformer".
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from advisor.engines.base import Load, Span
from advisor.engines.batches import Batches
from advisor.engines.checks import check_torch_tokenizer
from advisor.engines.engine import TORCH_FILES, TORCH_FORMATS, Engine
from advisor.engines.transformers import opened
from advisor.formats.folder import Form, ModelFolder, UnusableError
from advisor.formats.safety import REMOTE_CODE

CONFIG = "gliner_config.json"
BATCH = 8
# The library's default.
THRESHOLD = 0.5
# Words as the library splits them; a text longer than the model reads is read in windows that overlap by a quarter.
_WORD = re.compile(r"\w+(?:[-_]\w+)*|\S")
USUAL_WORDS, OVERLAP = 384, 4
# Parts that find something other than spans, or generate.
_OTHER_PARTS = ("labels_decoder", "relations_layer")


def _forms(folder: ModelFolder) -> list[Form]:
    _check(folder)
    return [replace(form, ability="extract") for form in folder.torch_weights(ENGINE.name)]


def _check(folder: ModelFolder) -> None:
    """Refuse other kinds, and folders that lack a part or hold code that the task does not allow.

    The library builds its encoder with trust in any code that the configuration names, and looks for missing files
    under the name of the base model, which may be a path.
    """
    if folder.refusal:
        raise UnusableError(folder.refusal)
    config = folder.json(CONFIG)
    if REMOTE_CODE not in folder.allows and names_code(config):
        raise UnusableError(
            f"needs to run code of its own (auto_map in {CONFIG}), which is done only if the task allows it"
        )
    if part := next((part for part in _OTHER_PARTS if config.get(part)), None):
        raise UnusableError(f"is a GLiNER with {part}, which is not supported")
    needed = [("encoder_config", isinstance(config.get("encoder_config"), dict))]
    if config.get("labels_encoder"):
        needed.append(("labels_encoder_config", isinstance(config.get("labels_encoder_config"), dict)))
        needed.append(("labels_tokenizer/tokenizer_config.json", folder.has("labels_tokenizer/tokenizer_config.json")))
    needed.append(("tokenizer_config.json", folder.has("tokenizer_config.json")))
    missing = next((name for name, is_there in needed if not is_there), None)
    if missing is not None:
        base = str(config.get("model_name") or "another model")[:80]
        raise UnusableError(
            f"lacks {missing}, for which it points to {base}; save it once with GLiNER's save_pretrained"
        )


def names_code(value: object) -> bool:
    """Return whether a configuration names a model's own classes anywhere."""
    waiting = [value]
    for each in waiting:  # grows during the loop
        if isinstance(each, dict):
            if "auto_map" in each:
                return True
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return False


ENGINE = Engine(
    name="gliner",
    module=__name__,
    library="gliner",
    beneath=("torch", "transformers"),
    extra="gliner",
    base_memory_bytes=515_000_000,
    abilities={"token-classification": "extract"},
    libraries=frozenset({"gliner"}),
    tags=frozenset({"gliner"}),
    formats=TORCH_FORMATS,
    files=TORCH_FILES,
    forms=_forms,
    is_own=lambda folder: folder.has(CONFIG),
    is_torch=True,
    # The library initialises random weights before it reads the model's (DeBERTa-v3-small: 309 MB of weights take up to
    # 595 MB).
    working_share=1.0,
    efficiency=0.06,  # of DeBERTa, with three labels
)


class GlinerExtractor:
    """A GLiNER; it reads labels and text at once, so each label costs time."""

    def __init__(self, model: Any, device: str, facts: dict[str, Any], request: Load) -> None:  # noqa: ANN401  the library's own type
        self._model = model
        self.device = opened.device_name(device)
        self.engine = f"GLiNER {version('gliner')}, {opened.engine_name('transformers')}"
        self.facts = facts
        words = getattr(model.config, "max_len", None)
        self._words = words if isinstance(words, int) and words > 0 else USUAL_WORDS
        self._batches = opened.batches(device, model.config.encoder_config, request, BATCH)

    def extract(self, texts: Sequence[str], labels: Sequence[str]) -> list[list[Span]]:
        def found(parts: list[str]) -> list[list[Span]]:
            rows = self._model.inference(parts, list(labels), threshold=THRESHOLD, batch_size=len(parts))
            return [
                [Span(each["start"], each["end"], each["label"], min(1.0, float(each["score"]))) for each in row]
                for row in rows
            ]

        return in_windows(texts, self._words, self._batches, found)


def in_windows(
    texts: Sequence[str], words: int, batches: Batches, found: Callable[[list[str]], list[list[Span]]]
) -> list[list[Span]]:
    """Return the spans in each text, read in windows of `words` words; of overlapping spans the more probable one."""
    windows = [(number, *window) for number, text in enumerate(texts) for window in _windows(text, words)]
    lengths = [len(_WORD.findall(text)) for _, _, text in windows]
    rows = batches.run(lengths, lambda batch: found([windows[each][2] for each in batch]))
    spans_by_text: list[list[Span]] = [[] for _ in texts]
    for (number, start, _), spans in zip(windows, rows, strict=True):
        spans_by_text[number] += [span._replace(start=start + span.start, end=start + span.end) for span in spans]
    return [_apart(spans) for spans in spans_by_text]


def _windows(text: str, most: int) -> list[tuple[int, str]]:
    """Return a text's windows with their offsets; none for a text without words."""
    words = list(_WORD.finditer(text))
    step = max(1, most - most // OVERLAP)
    starts = range(0, max(1, len(words) - most // OVERLAP), step) if words else ()
    pieces = ((words[at].start(), words[min(at + most, len(words)) - 1].end()) for at in starts)
    return [(begin, text[begin:end]) for begin, end in pieces]


def _apart(spans: list[Span]) -> list[Span]:
    """Return spans without overlap, keeping the more probable ones, in the order of the text."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda each: -(each.probability or 0.0)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return sorted(kept)


def load(request: Load) -> GlinerExtractor:
    _check(ModelFolder(request.path, request.allows))
    with opened.opening(request) as device:
        from gliner import GLiNER

        model = GLiNER.from_pretrained(
            str(request.path), local_files_only=True, load_tokenizer=True, map_location=device
        )
    opened.check_complete({"missing_keys": set(model.model.state_dict()) - opened.tensors_in(request)})
    check_torch_tokenizer(model.data_processor.transformer_tokenizer, model.model.token_rep_layer.bert_layer.model)
    model.eval()
    return GlinerExtractor(model, device, opened.facts_of(model.model, request), request)
