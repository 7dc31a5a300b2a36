"""Task families, which are the Hub's pipeline tags, with the words people use for them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Family:
    """One pipeline tag."""

    tag: str  # As the Hub writes it.
    title: str  # As shown to people.
    does: str  # What a model of the family does, for descriptions.
    words: str  # Search terms, for full text and for embedding.


def _read() -> dict[str, Family]:
    """The lines of ``families.txt`` by tag."""
    text = (Path(__file__).with_name("data") / "families.txt").read_text(encoding="utf-8")
    rows = [Family(*line.split(" | ")) for line in text.splitlines() if not line.startswith("#")]
    return {row.tag: row for row in rows}


FAMILIES: Final = _read()

# Tags with the same meaning; users see the first.
RELATED_FAMILIES: Final[dict[str, tuple[str, ...]]] = {
    "feature-extraction": ("sentence-similarity",),
    "sentence-similarity": ("feature-extraction",),
}

_TEXT_TASKS: Final = (
    "text-classification", "token-classification", "zero-shot-classification", "question-answering", "summarization",
    "translation", "text2text-generation", "table-question-answering", "table-to-text", "multiple-choice",
)  # fmt: skip
_IMAGE_TASKS: Final = (
    "image-to-text", "visual-question-answering", "document-question-answering", "image-classification",
)  # fmt: skip

_GENERATORS: Final[tuple[str, ...]] = ("text-generation",)
_SEEING: Final[tuple[str, ...]] = ("image-text-to-text", "any-to-any")

# Families whose models do another family's task when prompted to.
SUBSTITUTES: Final[dict[str, tuple[str, ...]]] = (
    dict.fromkeys(_TEXT_TASKS, _GENERATORS)
    | dict.fromkeys(_IMAGE_TASKS, _SEEING)
    | {
        "image-text-to-text": ("any-to-any",),
        "video-text-to-text": ("image-text-to-text", "any-to-any"),
        "audio-text-to-text": ("any-to-any",),
        "automatic-speech-recognition": ("audio-text-to-text", "any-to-any"),
        "image-text-to-image": ("image-to-image", "any-to-any"),
        "image-text-to-video": ("image-to-video",),
        "image-to-video": ("image-text-to-video",),
        "text-generation": ("image-text-to-text",),
    }
)


def family_title(tag: str | None) -> str:
    """The tag's title; an unknown tag is returned unchanged."""
    if tag is None:
        return "Unknown task"
    known = FAMILIES.get(tag)
    return known.title if known else tag.replace("-", " ").capitalize()
