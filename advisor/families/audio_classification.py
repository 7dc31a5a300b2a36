"""Audio classification: one label per recording."""

from collections.abc import Mapping
from typing import ClassVar

from advisor.families.file_classification import FileClassification
from advisor.families.methods.spectrum import Spectrum


class AudioClassification(FileClassification):
    """Input: `audio`, the path of a sound file relative to the task file. Expected: its label."""

    name: ClassVar[str] = "audio-classification"
    gist: ClassVar[str] = "a label for each recording"
    example: ClassVar[str] = 'the sound of a pump in, "worn bearing" out'
    parts: ClassVar[tuple[str, ...]] = ("audio",)
    file_part: ClassVar[str | None] = "audio"
    file_tokens: ClassVar[int | None] = 500  # of 10 seconds: Baevski et al. 2020, "wav2vec 2.0", section 4.2
    methods: ClassVar[Mapping[str, str]] = {"hear": "as is", "listen": "head", "identify": "zero-shot"}
    baselines: ClassVar[Mapping[str, str]] = {"constant": "constant", "linear": "spectrum"}
    searched: ClassVar[tuple[str, ...]] = ("audio-classification",)
    plain: ClassVar[type[Spectrum]] = Spectrum


FAMILY = AudioClassification()
