"""Speech recognition: transcribed sound files, scored by word error rate."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from advisor.engines.base import Runtime, Transcriber
from advisor.engines.words import folded_letters
from advisor.families.base import Answerer, Family, Given, Json
from advisor.families.methods.as_is import Transcribed
from advisor.families.values import field_text

if TYPE_CHECKING:
    from advisor.probe.protocol import ProbeSpec
    from advisor.task.model import Task

_APOSTROPHES = "'’ʼ`"  # noqa: RUF001  as they stand in transcripts


class SpeechRecognition(Family):
    """Input: `audio`, the path of a sound file relative to the task file. Expected: its transcript.

    `word_accuracy` is 1 - WER, at least 0 (the word error rate divides wrong, missing and added words by the number of
    spoken words); `character_accuracy` is the same by characters, for languages written without blanks. Both compare
    normalised texts (see `normalised`). An answer passes from .8: with more than a fifth of the words wrong people stop
    trusting a transcript; dictation needs more, a search index less.
    """

    name: ClassVar[str] = "automatic-speech-recognition"
    gist: ClassVar[str] = "write down what is said in a recording"
    example: ClassVar[str] = "a voice mail in, its words out"
    parts: ClassVar[tuple[str, ...]] = ("audio",)
    file_part: ClassVar[str | None] = "audio"
    file_tokens: ClassVar[int | None] = 1500  # of up to 30 seconds: Radford et al. 2022, "Robust speech recognition"
    methods: ClassVar[Mapping[str, str]] = {"transcribe": "as is"}
    searched: ClassVar[tuple[str, ...]] = ("automatic-speech-recognition",)
    metrics: ClassVar[Mapping[str, float]] = {"word_accuracy": 0.8, "character_accuracy": 0.9, "exact": 1.0}
    agreement: ClassVar[Mapping[str, tuple[str, str]]] = {
        "word_accuracy": ("words", "1 - WER"),
        "character_accuracy": ("characters", "1 - CER"),
    }
    sample: ClassVar[Given | None] = None

    def read_expected(self, value: object, task: Task) -> Json:
        text = field_text(value).strip()
        if not normalised(text):
            raise ValueError("holds no word; write what is said, or leave out recordings of silence")
        return text

    def wants_teaching(self, task: Task) -> bool:
        """Return no: nothing is trained."""
        return False

    def load_options(self, task: Task, ability: str) -> dict[str, Any]:
        """Return the spoken language, if the task's constraints name exactly one; otherwise models detect it."""
        languages = task.constraints.languages
        return {"language": languages[0].lower()} if len(languages) == 1 else {}

    def same(self, one: Json, other: Json, scoring: Mapping[str, Any]) -> bool:
        return normalised(str(one)) == normalised(str(other))

    def prepare(self, runtime: Runtime, spec: ProbeSpec) -> Answerer:
        if spec.method == "as is" and isinstance(runtime, Transcriber):
            return Transcribed(runtime)
        return super().prepare(runtime, spec)

    def score(self, output: Json, expected: Json, spec: ProbeSpec) -> dict[str, float]:
        """Return the word and character accuracies, and whether all words are as expected."""
        import jiwer

        said, wanted = normalised(str(output)), normalised(str(expected))
        return {
            "word_accuracy": max(0.0, 1.0 - float(jiwer.wer(wanted, said))),
            "character_accuracy": max(0.0, 1.0 - float(jiwer.cer(wanted, said))),
            "exact": float(said == wanted),
        }


def normalised(text: str) -> str:
    """Return a text normalised for comparing transcripts.

    Unicode is composed (NFKC), case folded, soft hyphens, joiners and apostrophes are removed ("don't" is "dont"),
    every other punctuation mark is a blank ("twenty-one" is "twenty one"), blanks are single. Figures and their words
    remain different: "4" is not "four"; write transcripts as the model should.
    """
    kept = "".join(
        " " if unicodedata.category(each)[0] in "PZC" else each
        for each in folded_letters(text)
        if each not in _APOSTROPHES
    )
    return " ".join(kept.split())


FAMILY = SpeechRecognition()
