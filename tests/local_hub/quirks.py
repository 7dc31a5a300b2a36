"""Points on which the live Hub could not be asked: each can be played either way."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Quirks:
    """How this hub behaves where only reports of the real one were at hand.

    Attributes:
        missing_is_401: A missing model answers 401 to the anonymous; else 404 RepoNotFound as to everyone.
        explicit_nulls: A field that the answer would show but is not set comes as null; else it is left out.
        base_models_as_ids: `baseModels` is a list of ids, as huggingface_hub's annotation has it; else an
            object of relation and models, as public clients of the API record it.
    """

    missing_is_401: bool = True
    explicit_nulls: bool = False
    base_models_as_ids: bool = False
