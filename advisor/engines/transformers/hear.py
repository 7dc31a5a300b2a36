"""Audio models: classifiers, and vectors of recordings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from advisor.engines.base import Load, Ranked, ranked
from advisor.engines.sound import check_soundfile, pieces, read_sound
from advisor.engines.transformers.opened import Loaded, LoadedClassifier, Named, architecture, open_model

if TYPE_CHECKING:
    from numpy.typing import NDArray


# Longer recordings are processed in pieces, if the model has no own length.
PIECE_SECONDS = 10


class _Hearing(Loaded):
    """A model and its audio preprocessing."""

    def _inputs(self, file: str) -> Iterator[tuple[dict[str, Any], float]]:
        """Yield the pieces of a recording as tensors, each with the share that is not padding."""
        extractor = getattr(self._opened.processor, "feature_extractor", self._opened.processor)
        rate = int(extractor.sampling_rate)
        length = int(getattr(extractor, "chunk_length", None) or PIECE_SECONDS) * rate
        for piece in pieces(read_sound(file, rate), length, rate):
            made = extractor(piece, sampling_rate=rate, return_tensors="pt")
            yield self._opened.to_device(made), len(piece) / length


class AudioLabels(LoadedClassifier, _Hearing):
    """An audio-classification model."""

    def hear(self, files: Sequence[str]) -> list[list[Ranked]]:
        """Return the model's labels for each recording, most probable first: the mean over its pieces."""
        import torch

        answers: list[list[Ranked]] = []
        with torch.inference_mode():
            for file in files:
                shares = torch.cat([self._shares(inputs) for inputs, _ in self._inputs(file)])
                answers.append(ranked(self.labels, shares.mean(dim=0).tolist()))
        return answers


class AudioVectors(_Hearing):
    """Vectors of recordings before the last layer.

    Models of sounds and texts (CLAP): their vector of the sound. Others: the mean and the deviation of the last hidden
    states over time ("statistics pooling": Snyder et al., "X-vectors", 2018), concatenated, without the padding of
    models that pad with silence.
    """

    def listen(self, files: Sequence[str]) -> NDArray[Any]:
        """Return float32 vectors of shape (len(files), width), l2-normalised: the mean over a recording's pieces."""
        import numpy as np
        import torch

        with torch.inference_mode():
            found = [torch.stack([self._vector(*each) for each in self._inputs(file)]).mean(dim=0) for file in files]
            return np.stack([torch.nn.functional.normalize(each, dim=-1).cpu().numpy() for each in found])

    def _vector(self, inputs: dict[str, Any], share: float) -> Any:  # noqa: ANN401  a tensor (width)
        import torch

        model = self._opened.model
        if hasattr(model, "get_audio_features"):
            made = model.get_audio_features(**inputs)
            return getattr(made, "pooler_output", made)[0].float()
        is_filled = bool(getattr(model.config, "is_encoder_decoder", False))
        made = (model.encoder if is_filled else model)(**inputs, output_hidden_states=True)
        states = made.hidden_states[-1][0].float()
        states = states[: max(2, round(share * len(states)))] if is_filled else states
        return torch.cat([states.mean(dim=0), states.std(dim=0)])


class AudioNames(Named, _Hearing):
    """A model of sounds and texts (CLAP) and its processor."""

    frame = "This is a sound of {label}."

    def fit(self, files: Sequence[str], labels: Sequence[str]) -> list[list[float]]:
        """Return for each recording the probability of each label: the mean over its pieces."""
        import torch

        words, model = self._words(labels), self._opened.model
        with torch.inference_mode():
            found = [
                torch.cat([model(**words, **inputs).logits_per_audio for inputs, _ in self._inputs(file)])
                for file in files
            ]
            return [logits.float().softmax(dim=-1).mean(dim=0).tolist() for logits in found]


def load(request: Load) -> AudioLabels | AudioVectors | AudioNames:
    """Load an audio model; for vectors also a classifier or a recogniser, without its last layer."""
    check_soundfile()
    if request.ability == "identify":
        return AudioNames(open_model(request, "AutoModel", "AutoProcessor"))
    if request.ability == "hear":
        return AudioLabels(open_model(request, "AutoModelForAudioClassification", "AutoFeatureExtractor"))
    is_classifier = architecture(request).endswith("Classification")
    auto = "AutoModelForAudioClassification" if is_classifier else "AutoModel"
    return AudioVectors(open_model(request, auto, "AutoFeatureExtractor"))
