"""faster-whisper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from faster_whisper import WhisperModel

if TYPE_CHECKING:
    from collections.abc import Callable


def prepare(job: dict[str, Any]) -> Callable[[list[dict[str, str]]], object]:
    """Load the model."""
    model = WhisperModel(job["path"], device="cpu", cpu_threads=job["threads"])
    settings = {"language": "en", "beam_size": 5, "temperature": 0.0, "condition_on_previous_text": False}

    def one(file: str) -> str:
        segments, _ = model.transcribe(file, **settings)
        return "".join(segment.text for segment in segments)

    return lambda given: [one(each["audio"]) for each in given]
