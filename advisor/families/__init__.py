"""Task families, one small file each: how an example is read, how a model is asked, how an answer is scored.

Nothing here imports an engine or a metric's library before it is used, so the main process reads tasks with it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from advisor.families.base import Family

# Named by the Hub's pipeline tags where the Hub has one. Each module holds its family as FAMILY.
MODULES = {
    "automatic-speech-recognition": "automatic_speech_recognition",
    "image-classification": "image_classification",
    "json-extraction": "json_extraction",
    "question-answering": "question_answering",
    "sentence-similarity": "sentence_similarity",
    "summarization": "summarization",
    "text-generation": "text_generation",
    "text-ranking": "text_ranking",
    "text-retrieval": "text_retrieval",
    "translation": "translation",
    "text-classification": "text_classification",
    "token-classification": "token_classification",
    "zero-shot-classification": "zero_shot_classification",
}


def family(name: str) -> Family:
    """Return a task family by its name.

    Raises:
        KeyError: if there is none of that name.
    """
    found: Family = import_module(f"advisor.families.{MODULES[name]}").FAMILY
    return found
