"""Parakeets of transformers': what they write down is what transformers alone does."""

import json

from advisor.candidates.layout import inspect
from advisor.candidates.uses import Use, use_for
from advisor.families import family
from catalog import ModelCard, WeightFile
from tests.probe.asking import ask
from tests.probe.tiny import tiny_engine
from tests.tables import for_each


@for_each("kind", ["ctc", "tdt"])
def test_it_writes_down_what_is_said(kind: str) -> None:
    """By a CTC and by a transducer; of forty seconds as of two."""
    folder = tiny_engine("parakeet")
    (form,) = inspect(folder / kind).forms
    assert (form.runtime, form.ability) == ("transformers", "transcribe")
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    recordings = [str(folder / f"{each}.wav") for each in ("short", "long")]
    (replies,), _ = ask(folder / kind, ("transcribe", recordings))
    assert [text for text, *_ in replies] == [expected[f"{kind} {each}"].strip() for each in ("short", "long")]
    assert all(text for text, *_ in replies)


def test_nemos_models_of_speech_are_offered_where_they_have_weights_of_transformers() -> None:
    """As the Hub lists them: under NeMo's library, with both."""
    both = ModelCard(
        "nvidia/parakeet-tdt-0.6b-v3",
        family="automatic-speech-recognition",
        library="nemo",
        files=(WeightFile(format="nemo"), WeightFile(format="safetensors")),
    )
    speech = family("automatic-speech-recognition")
    assert use_for(both, speech) == Use("transformers", "transcribe")
    own = ModelCard("acme/x", family=both.family, library="nemo", files=(WeightFile(format="nemo"),))
    assert use_for(own, speech) is None
