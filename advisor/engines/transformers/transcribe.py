"""Speech recognition: sequence models (Whisper and its like), CTC models (wav2vec 2.0), transducers (Parakeet)."""

from collections.abc import Sequence
from typing import Any

from advisor.engines.base import Load, Reply
from advisor.engines.sound import check_soundfile, read_sound
from advisor.engines.transformers.opened import Opened, architecture, open_model

# Longer recordings are processed in pieces, as Whisper was trained, and to limit a CTC model's memory. Parakeets and
# transducers process them whole, by design.
PIECE_SECONDS = 30
# transformers' class that loads an architecture, by the suffix of its name.
_CLASSES = {"ForCTC": "AutoModelForCTC", "ForTDT": "AutoModelForTDT", "ForRNNT": "AutoModelForRNNT"}
_SEQUENCE = "AutoModelForSpeechSeq2Seq"


class SpeechRecogniser:
    """A speech model and its processor, through transformers' own pipeline."""

    def __init__(self, opened: Opened, auto: str, language: str | None = None) -> None:
        from transformers import pipeline

        self.engine, self.device, self.facts = opened.engine, opened.device, opened.facts
        processor = opened.processor
        self._rate = int(processor.feature_extractor.sampling_rate)
        self._is_sequence = auto == _SEQUENCE
        self._is_cut = self._is_sequence or hasattr(opened.model.config, "inputs_to_logits_ratio")
        self._piece = int(getattr(processor.feature_extractor, "chunk_length", PIECE_SECONDS) or PIECE_SECONDS)
        # A monolingual model rejects a language setting.
        is_many = getattr(opened.model.generation_config, "is_multilingual", False) if self._is_sequence else False
        self._options = {"language": language, "task": "transcribe"} if language and is_many else {}
        if self._options:
            self.facts = self.facts | {"language": language}
        self._pipeline = pipeline(
            "automatic-speech-recognition",
            model=opened.model,
            tokenizer=processor.tokenizer,
            feature_extractor=processor.feature_extractor,
            dtype=opened.model.dtype,
        )

    def transcribe(self, files: Sequence[str]) -> list[Reply]:
        return [self._one(file) for file in files]

    def _one(self, file: str) -> Reply:
        sound = read_sound(file, self._rate)
        if not len(sound):
            return Reply("", 0)
        settings: dict[str, Any] = {}
        if self._is_cut and len(sound) > self._piece * self._rate:
            settings = {"return_timestamps": True} if self._is_sequence else {"chunk_length_s": self._piece}
        if self._options:
            settings["generate_kwargs"] = dict(self._options)
        said = self._pipeline({"raw": sound, "sampling_rate": self._rate}, **settings)
        return Reply(str(said["text"]).strip(), None)


def load(request: Load) -> SpeechRecogniser:
    check_soundfile()
    named = architecture(request)
    auto = next((kind for ending, kind in _CLASSES.items() if named.endswith(ending)), _SEQUENCE)
    return SpeechRecogniser(open_model(request, auto, "AutoProcessor"), auto, request.options.get("language"))
