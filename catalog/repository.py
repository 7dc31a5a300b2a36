"""Facts from a repository's name and record: whether it is a model, a draft, packed weights, its licence."""

import re
from typing import Any, Final

# Marks of repositories with several weights packed per integer.
PACKED: Final = re.compile(r"(?:awq|gptq|bnb|[48][-_]?bit|int[48]|fp4|nvfp4|mxfp4|exl|mlx|w4a16|quant)", re.IGNORECASE)
# Draft models for speculative decoding, whose names contain the size of the large model.
_DRAFT: Final = re.compile(
    r"(?:^|[-_./])(?:p?-?eagle-?3\w*|dflash\d*|dspark|speculators?|medusa|draft(?:er)?|mtp-only)(?:$|[-_./])|/EAGLE3?-(?=llama|qwen|vicuna|mixtral)",
    re.IGNORECASE,
)
_UPLOADS_NOT_MODELS: Final = re.compile(
    r"(?:^|[-_./])(?:test|tests|testing|debug|dummy|tmp|temp|trash|broken|deprecated|delete|do-?not-?use|my-?awesome"
    r"|private|checkpoint-?\d*|ckpt-?\d*|tiny-random|random|hf-internal|internal-testing)(?:$|[-_./])|untitled"
    r"|^(?:hf-internal-testing|trl-internal-testing|optimum-internal-testing|optimum-intel-internal-testing"
    r"|peft-internal-testing|fxmarty|echarlaix|katuni4ka|yujiepan|inference-optimization)/",
    re.IGNORECASE,
)
_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)?\Z")
_UNNAMED: Final = frozenset({"", "unknown", "other", "none", "not specified", "n/a"})


def is_real(model_id: str) -> bool:
    """Whether an id looks like a published model: well formed, no test, scratch or broken upload."""
    return bool(_PLAIN_ID.match(model_id)) and not _UPLOADS_NOT_MODELS.search(model_id)


def license_id(raw: str | None) -> str | None:
    """A Hub licence id in lower case; "unknown" and links give none, "other" is one (read the card)."""
    if raw is None or "://" in raw:
        return None
    text = raw.strip().lower()
    return None if text in _UNNAMED - {"other"} else text


def is_draft(model_id: str) -> bool:
    """Whether a name is of a draft model, which does not work alone."""
    return bool(_DRAFT.search(model_id))


def packed(record: dict[str, Any]) -> bool:
    """Whether the record counts packed integers instead of parameters; GGUF counts are true."""
    quantised = any(tag.startswith("base_model:quantized:") for tag in record.get("tags") or ())
    model_id = record.get("id") or record.get("modelId") or ""
    return "gguf" not in (record.get("formats") or ()) and (quantised or bool(PACKED.search(model_id)))
