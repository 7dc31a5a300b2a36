"""Audio classification through the real command: real speech, tones, Whisper's encoder and a tiny classifier."""

import json
from pathlib import Path

import numpy as np
import soundfile

from advisor.engines.sound import read_sound
from tests.conftest import Home, run_advisor
from tests.families.speech import voices
from tests.families.support import recommend, write_task
from tests.probe.tiny import tiny, tone

FAMILY_NAME = "audio-classification"


def test_a_classifier_as_it_is_and_a_head_on_what_it_hears(ready_home: Home, tmp_path: Path) -> None:
    """Its labels match by name, and its vectors also train a head; CLAP compares sounds with the labels' names."""
    rows = []
    for number in range(40):
        name = ("low", "high")[number % 2]
        tone(tmp_path / f"{number}.wav", name, seconds=0.5 + number / 50)
        rows.append({"audio": f"{number}.wav", "label": name})
    for kind, count, methods in (("heard", 12, {"as is", "head"}), ("clap", 0, {"zero-shot"})):
        task = write_task(tmp_path, rows, family=FAMILY_NAME, models=[str(tiny(kind))], teaching={"count": count})
        _, result = recommend(ready_home, task, "--require", "examples", code=0)
        found = {each["method"]: (each["passes"], each["outcomes"]) for each in result["candidates"]}
        assert {*found} == methods
        assert all(passes == outcomes for passes, outcomes in found.values())
        assert any(map(any, found.values()))


def test_a_folder_of_recordings_by_speaker_ends_in_an_answer(speech_home: Home, tmp_path: Path) -> None:
    """Read from the folder alone; Whisper's encoder is a candidate where it is installed."""
    voices(tmp_path / "voices", ("hi", "ja"))
    words = "tell from the recording which of the two people speaks; 70% right"
    asked = ("--examples", tmp_path / "voices", "--json", "--require", "examples", "--offline")
    ran = run_advisor(speech_home, "recommend", words, *asked, code=0)
    result = json.loads(ran.out)
    models = {each["model"] for each in result["candidates"]}
    assert models >= {"timbre and loudness", "Systran/faster-whisper-tiny.en"}


def test_samples_that_are_no_numbers_are_silent(tmp_path: Path) -> None:
    """Files of floats may hold some, at which a model answers nothing, and no head learns from any of the rows."""
    sound = np.array([0.5, np.nan, np.inf, -np.inf], dtype=np.float32)
    soundfile.write(tmp_path / "odd.wav", sound, 16_000, subtype="FLOAT")
    assert read_sound(str(tmp_path / "odd.wav"), 16_000).tolist() == [0.5, 0.0, 1.0, -1.0]
