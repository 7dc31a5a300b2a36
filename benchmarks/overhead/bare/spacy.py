"""spaCy, without the components that find no names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import spacy

if TYPE_CHECKING:
    from collections.abc import Callable


def prepare(job: dict[str, Any]) -> Callable[[list[str]], object]:
    """Load the pipeline."""
    pipeline = spacy.load(job["path"], exclude=job["exclude"])

    def answer(texts: list[str]) -> list[list[tuple[int, int, str]]]:
        documents = pipeline.pipe(texts, batch_size=job["rows"])
        return [[(e.start_char, e.end_char, e.label_) for e in document.ents] for document in documents]

    return answer
