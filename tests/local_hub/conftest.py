"""A hub, and a folder with a small model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from tests.local_hub import (
    LocalHub,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    """A hub with one user."""
    with LocalHub(tokens={"hf_reader": "reader", "hf_acme": "acme"}) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model's files: a card, a configuration, a module folder and weights of 40,000 + 6 values."""
    made = tmp_path / "tiny"
    (made / "1_Pooling").mkdir(parents=True)
    card = "---\nlicense: apache-2.0\npipeline_tag: text-classification\nlanguage: [en, de]\n---\n# Tiny\n"
    (made / "README.md").write_text(card, encoding="utf-8")
    (made / "config.json").write_text(json.dumps({"model_type": "bert", "architectures": ["BertModel"]}))
    (made / "1_Pooling" / "config.json").write_text("{}")
    weights: dict[str, np.ndarray[Any, Any]] = {
        "w": np.arange(40_000, dtype=np.float32),
        "ids": np.arange(6, dtype=np.int64),
    }
    save_file(weights, made / "model.safetensors")
    return made
