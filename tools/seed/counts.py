"""Which of a list's parameter counts were counted, and what stands in for those that were not.

llmfit's list takes a count from the weights where the Hub states one. Where it does not, the count is computed: the
embeddings, once or twice, and for each layer the large matrices at full width, without a norm and often without the
gate of the inner layer (vicuna-13b-v1.5-16k: 10.0 B of 13.0 B). Weights that are packed several to an integer count too
low as well. A count that was computed so, and one far below that of other models of the same shape, gives way to what
most of these have.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from catalog.card import Standing
from catalog.repository import PACKED, is_draft

# A count with so few digits before its noughts was rounded by its author.
_ROUNDED_DIGITS: Final = 5
# Matrices are cut into multiples of this; a norm or a bias is not.
_CUT: Final = 64
# A model with so much less than others of its shape had a part of its weights counted, or packed ones.
_TOO_FEW: Final = 0.85
_SHAPE: Final = (
    "architecture", "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "num_experts",
    "vocab_size",
)  # fmt: skip
_STATED: Final = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)b(?![a-z0-9])", re.IGNORECASE)
# Of what its name states a model has at least this; names round, and leave the embeddings out. What was computed falls
# short of it sooner.
_LEAST_OF_NAME: Final = 0.75
_LEAST_OF_NAME_COMPUTED: Final = 0.9
# And at most this; what was not counted goes beyond it where layers share weights or have other kinds among them.
_MOST_OF_NAME: Final = 3
_MOST_OF_NAME_COMPUTED: Final = 1.5


class Counts:
    """The counts of a list, each judged by the others."""

    def __init__(self, records: Iterable[Mapping[str, Any]]) -> None:
        usual: dict[tuple[Any, ...], Counter[int]] = defaultdict(Counter)
        for record in records:
            shape = _shape(record)
            if shape is not None and _is_counted(record):
                usual[shape][record["parameters_raw"]] += 1
        self._usual = {shape: counts.most_common(1)[0][0] for shape, counts in usual.items()}

    def judged(self, record: Mapping[str, Any]) -> tuple[int | None, Standing | None]:
        """The count to believe, and how firm it is."""
        count: int = record["parameters_raw"]
        usual = self._usual.get(_shape(record) or ())
        if not is_draft(record["name"]):
            if usual is not None and (not _is_counted(record) or count < _TOO_FEW * usual):
                return usual, "derived"
            if _is_packed(record) or _contradicts_name(record):
                return None, None
        return count, "exact" if _is_counted(record) else "estimated"


def is_rounded(count: int) -> bool:
    """Whether a count is a round figure rather than one that was counted."""
    return len(str(count).rstrip("0")) <= _ROUNDED_DIGITS


def _shape(record: Mapping[str, Any]) -> tuple[Any, ...] | None:
    shape = tuple(record.get(name) for name in _SHAPE)
    return shape if record.get("hidden_size") and record.get("num_hidden_layers") else None


def _is_counted(record: Mapping[str, Any]) -> bool:
    return not is_rounded(record["parameters_raw"]) and not _is_computed(record) and not _is_packed(record)


def _is_computed(record: Mapping[str, Any]) -> bool:
    """Whether a count is that of embeddings and large matrices alone."""
    width, layers, words = (record.get(name) for name in ("hidden_size", "num_hidden_layers", "vocab_size"))
    if not width or not layers or not words:
        return False
    rests = (record["parameters_raw"] - times * words * width for times in (1, 2))
    return any(rest > 0 and rest % (layers * width * _CUT) == 0 for rest in rests)


def _is_packed(record: Mapping[str, Any]) -> bool:
    return bool(PACKED.search(record["name"])) or "gguf" in record["name"].lower()


def _contradicts_name(record: Mapping[str, Any]) -> bool:
    """Whether a count is far from what the name states: much less, or much more."""
    stated = _STATED.search(record["name"].rsplit("/", 1)[-1])
    if stated is None or not float(stated[1]) or record.get("is_moe"):
        return False
    least = _LEAST_OF_NAME_COMPUTED if _is_computed(record) else _LEAST_OF_NAME
    most = _MOST_OF_NAME if _is_counted(record) else _MOST_OF_NAME_COMPUTED
    return not least <= record["parameters_raw"] / (float(stated[1]) * 1e9) < most
