"""Counts of a list: counted, computed, packed, of a model that drafts for another."""

from typing import Any

from catalog.repository import is_draft
from tests.tables import for_each
from tools.seed.counts import Counts, is_rounded


def _record(name: str, count: int, **more: Any) -> dict[str, Any]:
    shape = {
        "architecture": "llama",
        "hidden_size": 5120,
        "num_hidden_layers": 40,
        "num_attention_heads": 40,
        "num_key_value_heads": 40,
        "vocab_size": 32_000,
    }
    return {"name": name, "parameters_raw": count, **shape, **more}


COUNTED = _record("lmsys/vicuna-13b-v1.5", 13_015_864_320)
# Embeddings once, and 9.4 times the width squared for each layer: no gate, no norm.
COMPUTED = 32_000 * 5120 + 40 * (4 * 5120**2 + 2 * 5120 * 13_824)


@for_each(
    ("record", "count", "standing"),
    [
        (COUNTED, 13_015_864_320, "exact"),
        (_record("lmsys/vicuna-13b-v1.5-16k", COMPUTED), 13_015_864_320, "derived"),
        (_record("x/vicuna-13b-tuned", 5_000_000_001), 13_015_864_320, "derived"),
        (_record("x/vicuna-13b-AWQ", 2_000_000_001), 13_015_864_320, "derived"),
        # Of no known shape: what contradicts the name is dropped, what was computed or rounded is estimated.
        (_record("x/other-13b", COMPUTED, vocab_size=32_000, architecture="other"), None, None),
        (_record("x/other", COMPUTED, architecture="other"), COMPUTED, "estimated"),
        (_record("x/other-13b", 13_000_000_000, architecture="other"), 13_000_000_000, "estimated"),
        (_record("x/other-13b", 3_000_000_001, architecture="other"), None, None),
        (_record("x/other-13b", 24_000_000_000, architecture="other"), None, None),
        (_record("x/other-13b", 24_000_000_001, architecture="other"), 24_000_000_001, "exact"),
        (_record("x/other-GPTQ", 3_000_000_001, architecture="other"), None, None),
        # A draft is as small as it is, whatever size its name bears.
        (_record("x/vicuna-13b-Eagle3", 700_000_001, num_hidden_layers=1), 700_000_001, "exact"),
    ],
)
def test_a_count_is_judged_by_its_kind(record: dict[str, Any], count: int | None, standing: str | None) -> None:
    """What was not counted from weights gives way to the count of models of the same shape."""
    assert Counts([COUNTED]).judged(record) == (count, standing)


def test_rounded_figures() -> None:
    """Few digits before the noughts; a multiple of a thousand may well have been counted."""
    assert is_rounded(7_000_000_000)
    assert is_rounded(278_000_000)
    assert not is_rounded(1_777_088_000)


@for_each("name", ["z-lab/Qwen3.8-27B-DFlash2", "nvidia/gpt-oss-120b-Eagle3-v3", "yuhuili/EAGLE-LLaMA3-Instruct-8B"])
def test_drafts_by_name(name: str) -> None:
    """Models that guess for another one."""
    assert is_draft(name)


@for_each("name", ["nvidia/Eagle2-2B", "o/CarbonBeagle-11B-GGUF", "unsloth/Qwen3.8-27B-MTP-GGUF"])
def test_what_sounds_like_a_draft_is_none(name: str) -> None:
    """Another Eagle, a dog, and a whole model that drafts for itself."""
    assert not is_draft(name)
