"""Generates the code of a trained head: trained as the probe did, or with weights read from an exported file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from advisor.families.methods.features import CHARACTERS, HASHED
from advisor.families.methods.head import MOST_STEPS, TOLERANCE, label_texts
from advisor.report.pages import fill_template

# Marks the part that trains the head: an exported module reads the weights instead.
BEGINS = "import json\nfrom sklearn.linear_model import"
_WORDS = {"hashed": HASHED, "characters": CHARACTERS}


def training(
    details: Mapping[str, Any],
    teaching: Path,
    meanings: Mapping[str, str],
    *,
    has_encoder: bool,
    is_of_files: bool = False,
) -> str:
    """Return code that trains a head on the file of training examples as the probe did and defines `predict(texts)`.

    With `has_encoder` the preceding code defines `encode(texts)`, whose texts may be inputs that name files.
    """
    return fill_template(
        "head_trained.py",
        **_WORDS,
        has_words=bool(details.get("words")),
        has_encoder=has_encoder,
        is_of_files=is_of_files,
        teaching=str(teaching),
        names=dict(zip(meanings, label_texts(list(meanings), dict(meanings)), strict=True)),
        nearest=details.get("nearest"),
        strength=details["C"],
        steps=MOST_STEPS,
        tolerance=TOLERANCE,
        raised=details.get("raised"),
    )


def reading(usage: str) -> str:
    """Return code that reads a snippet's head from `head.safetensors`; it uses `encode(texts)` too."""
    has_words, has_encoder = "\ntf_idf = " in usage, "\ndef encode(texts):" in usage  # a label may say the same
    return fill_template("head_read.py", **_WORDS, has_words=has_words, has_encoder=has_encoder)


def saving() -> str:
    """Return code that runs after a snippet and writes its head's weights."""
    return fill_template("head_saved.py")
