"""Whisper models through CTranslate2 (faster-whisper)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.engines.base import CannotLoadError, Load, Reply, normalised
from advisor.engines.checks import load_tokenizer
from advisor.engines.engine import Engine, Files
from advisor.engines.sound import check_soundfile, pieces, read_sound
from advisor.formats.folder import Form, ModelFolder, UnusableError
from advisor.formats.safety import read_json
from advisor.system.machine import with_card

if TYPE_CHECKING:
    from numpy.typing import NDArray


# The engine's own default beam. One temperature: otherwise it would sample at higher ones.
SETTINGS: dict[str, Any] = {"beam_size": 5, "temperature": 0.0, "condition_on_previous_text": False}
# The first token of every Whisper output.
BEGIN = "<|startoftranscript|>"


# Magic bytes of a CTranslate2 file.
HEAD_BYTES = 64
_VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
# First bytes of pickled weights: a bare pickle, or torch's archive.
_PICKLES = (b"\x80", b"PK")


def _forms(folder: ModelFolder) -> list[Form]:
    """Return the form of a Whisper model in CTranslate2's format; the file itself names its kind."""
    has_vocabulary = any(map(folder.has, _VOCABULARIES))
    if not folder.has("model.bin") or not (has_vocabulary or folder.has("tokenizer.json")):
        return []
    with (folder.path / "model.bin").open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if b"WhisperSpec" not in head:
        if has_vocabulary and not head.startswith(_PICKLES):
            raise UnusableError("its model.bin is damaged, or not of a Whisper model")
        return []
    if not folder.has("config.json"):
        raise UnusableError("has model.bin but no config.json")
    form = Form(ENGINE.name, ("model.bin",), folder.size("model.bin"), None, ability="transcribe")
    return [form, replace(form, ability="listen")]


ENGINE = Engine(
    name="faster-whisper",
    module=__name__,
    library="faster_whisper",
    extra="speech",
    base_memory_bytes=200_000_000,
    abilities={"automatic-speech-recognition": "transcribe"},
    libraries=frozenset({"ctranslate2", "faster-whisper"}),
    other_libraries=frozenset({None, "transformers"}),
    formats=frozenset({"ctranslate2"}),
    files=Files(weights=("model.bin",), suffixes=("model.bin",)),
    forms=_forms,
    working_share=1.25,  # stored in 16 bits, computed in 32 on a CPU
    largest_batch=4,
)


class WhisperTranscriber:
    """A Whisper model; it processes recordings of any length in pieces of 30 seconds."""

    def __init__(self, model: Any, device: str, language: str | None) -> None:  # noqa: ANN401  the library's own type
        self._model, self._language = model, language
        self.device = device
        computes = getattr(getattr(model, "model", None), "compute_type", "its own precision")
        self.engine = f"faster-whisper {version('faster-whisper')} (computes in {computes})"

    def transcribe(self, files: Sequence[str]) -> list[Reply]:
        """Return the transcript of each sound file; RuntimeError if a file is no sound."""
        return [self._one(file) for file in files]

    def _one(self, file: str) -> Reply:
        try:
            segments, _ = self._model.transcribe(file, language=self._language, **SETTINGS)
            heard = list(segments)
        except Exception as error:  # noqa: BLE001  PyAV's own errors, raised as one
            raise RuntimeError(f"cannot be heard ({type(error).__name__}: {error})") from None
        tokens = sum(len(each.tokens) for each in heard)
        # The mean log-probability of a token, over all segments.
        logs = [each.avg_logprob * max(1, len(each.tokens)) for each in heard]
        sure = math.exp(min(0.0, sum(logs) / max(1, tokens))) if heard else None
        return Reply("".join(each.text for each in heard).strip(), tokens, sure)


class WhisperVectors:
    """Vectors of recordings from the encoder of a Whisper model."""

    def __init__(self, model: Any, device: str) -> None:  # noqa: ANN401  the library's own type
        self._model = model
        self.device, self.engine = device, f"faster-whisper {version('faster-whisper')}"

    def listen(self, files: Sequence[str]) -> NDArray[Any]:
        """Return float32 vectors of shape (len(files), width), l2-normalised: the mean over pieces of 30 seconds.

        A piece's vector is the mean and the deviation of the last hidden states over its unpadded time, concatenated.
        """
        import numpy as np

        vectors = np.stack([np.mean([self._vector(piece) for piece in self._pieces(file)], axis=0) for file in files])
        return normalised(vectors)

    def _pieces(self, file: str) -> Iterator[NDArray[Any]]:
        rate = int(self._model.feature_extractor.sampling_rate)
        return pieces(read_sound(file, rate), int(self._model.feature_extractor.n_samples), rate)

    def _vector(self, piece: NDArray[Any]) -> NDArray[Any]:
        import ctranslate2
        import numpy as np

        extractor = self._model.feature_extractor
        features = extractor(np.pad(piece, (0, extractor.n_samples - len(piece))))[..., : extractor.nb_max_frames]
        made = self._model.encode(features).to_device(ctranslate2.Device.cpu)
        states = np.asarray(made, dtype=np.float32)[0]
        states = states[: max(2, round(len(piece) / extractor.n_samples * len(states)))]
        return np.concatenate([states.mean(axis=0), states.std(axis=0)])


def load(request: Load) -> WhisperTranscriber | WhisperVectors:
    import ctranslate2
    from faster_whisper import WhisperModel

    device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
    _check_other_files(request.path)
    try:
        model = WhisperModel(
            str(request.path), device=device, cpu_threads=request.threads, num_workers=1, local_files_only=True
        )
    except Exception as error:  # noqa: BLE001  the engine raises plain RuntimeError and ValueError
        raise CannotLoadError(f"model.bin cannot be loaded; it may be damaged or cut short ({error})") from None
    if request.ability == "listen":
        check_soundfile()
        return WhisperVectors(model, with_card(device))
    language = request.options.get("language") if model.model.is_multilingual else "en"
    return WhisperTranscriber(model, with_card(device), language)


def _check_other_files(folder: Path) -> None:
    """Refuse broken files next to model.bin, which the engine would blame on it or notice too late.

    CannotLoadError naming the file.
    """
    tokenizer = load_tokenizer(folder / "model.bin", folder)
    if tokenizer.token_to_id(BEGIN) is None:
        raise CannotLoadError(f"its tokenizer.json is not of a Whisper model: it lacks the token {BEGIN}")
    if (folder / "config.json").is_file() and not isinstance(read_json(folder / "config.json"), dict):
        raise CannotLoadError("its config.json cannot be read: it holds no JSON object")
    words = _vocabulary(folder)
    if words is None:
        raise CannotLoadError("lacks its vocabulary (vocabulary.json or vocabulary.txt), or it cannot be read")
    tokens = max(tokenizer.get_vocab().values()) + 1
    if tokens > words:
        raise CannotLoadError(
            f"its tokenizer knows {tokens} tokens, its vocabulary {words}: they do not belong together"
        )


def _vocabulary(folder: Path) -> int | None:
    """Return the number of tokens that the model was converted with, None if unreadable."""
    if (folder / "vocabulary.json").is_file():
        found = read_json(folder / "vocabulary.json")
        return len(found) if isinstance(found, list) else None
    if not (folder / "vocabulary.txt").is_file():
        return None
    content = (folder / "vocabulary.txt").read_bytes()
    return content.count(b"\n") + (not content.endswith(b"\n"))
