"""Speech recognition through the real command: Whisper tiny.en on recorded speech, a tiny Whisper on tones."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.families.automatic_speech_recognition import FAMILY, normalised
from advisor.report.reach import proves
from advisor.workflow import pipeline
from tests.conftest import Home
from tests.families.speech import clips, transcript
from tests.families.support import predictions, recommend, refusal, write_task
from tests.probe.support import spec
from tests.probe.tiny import tiny
from tests.tables import for_each

WHISPER = "Systran/faster-whisper-tiny.en"
FAMILY_NAME = "automatic-speech-recognition"


def rows_of(folder: Path, language: str) -> list[dict[str, str]]:
    """Copy a language's clips into the task's folder and return the examples."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for clip in sorted((clips() / language).glob("*.wav")):
        shutil.copy(clip, folder / clip.name)
        found.append({"audio": clip.name, "expected": transcript(clip)})
    return found


def test_without_a_model_the_error_names_a_download(home: Home, tmp_path: Path) -> None:
    """There is no baseline of speech: what the catalog knows is offered, smallest first, with its size."""
    task = write_task(tmp_path, rows_of(tmp_path, "fr"), family=FAMILY_NAME, constraints={"languages": ["fr"]})
    ran, _ = recommend(home, task, "--plan-only")
    assert ran.code == 5
    line, *ways = ran.err.strip().splitlines()[-3:]
    assert line == "error: no model is installed"
    first = r"  1. --download \d+MB: tries openai/whisper-\w+ from the Hub"
    assert re.fullmatch(rf"{first}\n  2. --download [\d.]+GB: tries \d+ more, too", "\n".join(ways))


@pytest.mark.usefixtures("cold")  # its memory counts
def test_whisper_writes_down_english(speech_home: Home, tmp_path: Path) -> None:
    """Three recordings, word for word; the model and its memory are reported."""
    task = write_task(tmp_path, rows_of(tmp_path, "en"), family=FAMILY_NAME)
    _, result = recommend(speech_home, task, "--require", "examples", code=0)
    chosen = result["recommended"]
    assert (chosen["model"], chosen["runtime"], chosen["method"]) == (WHISPER, "faster-whisper", "as is")
    assert result["candidates"][0]["passes"] == 3
    assert result["candidates"][0]["peak_memory_bytes"] < 600_000_000
    said = predictions(chosen["usage"], tmp_path, ["hello_world.wav"], speech_home)
    assert [normalised(each) for each in said] == ["hello world"]


def test_a_constant_transcript_is_one_of_training_rows(ready_home: Home, tmp_path: Path) -> None:
    """The most frequent of real recordings; a plan without training rows says why it has no baseline."""
    rows = rows_of(tmp_path, "en")
    found = [
        pipeline.prepare(
            write_task(tmp_path / str(count), [{**row, "audio": f"../{row['audio']}"} for row in rows],
                       family=FAMILY_NAME, models=[str(tiny("whisper"))], baselines="try", teaching={"count": count})
        ).plan
        for count in (0, 1)
    ]  # fmt: skip
    assert [any("No baseline: " in line for line in proves(plan)) for plan in found] == [True, False]
    taught = found[1].examples.teaching[0]
    baseline = next(each for each in found[1].candidates if each.is_baseline)
    assert (baseline.method, baseline.model) == ("constant", f"always {taught.expected!r}")


def test_an_english_model_fails_on_spanish_and_on_what_is_no_sound(speech_home: Home, tmp_path: Path) -> None:
    """A real failing probe; a text file named .wav is that example's error, in words."""
    rows = rows_of(tmp_path, "es")
    (tmp_path / "broken.wav").write_text("this is no sound", encoding="utf-8")
    task = write_task(tmp_path, [*rows, {"audio": "broken.wav", "expected": "hola"}], family=FAMILY_NAME)
    ran, result = recommend(speech_home, task, "--require", "examples")
    only = result["candidates"][0]
    assert (ran.code, only["verdict"]) == (3, "fails")
    assert only["passes"] == 0
    outcomes = next((speech_home.data / "model-advisor" / "runs").glob("*/outcomes.jsonl")).read_text(encoding="utf-8")
    errors = [json.loads(line)["error"] for line in outcomes.splitlines()]
    assert any("cannot be heard" in str(error) for error in errors) or only["outcomes"] < len(rows) + 1


@for_each(
    ("rows", "words"),
    [
        ([{"audio": "gone.wav", "expected": "a"}] * 2, "there is no such audio file; paths are relative to the task"),
        ([{"audio": "here.wav", "expected": " "}] * 2, "'expected' is empty; fill it in"),
        (
            [{"audio": "here.wav", "expected": "?!"}] * 2,
            "holds no word; write what is said, or leave out recordings of silence",
        ),
    ],
)
def test_what_is_wrong_with_examples(tmp_path: Path, rows: list[dict[str, str]], words: str) -> None:
    (tmp_path / "here.wav").write_bytes(b"x")
    assert words in refusal(write_task(tmp_path, rows, family=FAMILY_NAME))


@for_each(
    ("said", "wanted", "accuracy"),
    [
        ("Hello, World!", "hello world", 1.0),
        ("Don’t stop", "dont STOP", 1.0),  # noqa: RUF001  as it stands in transcripts
        ("twenty-one", "twenty one", 1.0),
        ("the cat sat", "the cat sat down", 0.75),
        ("", "hello world", 0.0),
        ("a b c d e f g h", "a", 0.0),
        ("4", "four", 0.0),
        ("ｈｅｌｌｏ", "hello", 1.0),  # noqa: RUF001  wide letters
        ("Zusammenarbeit lohnt", "Zusammen\u00adarbeit lohnt", 1.0),
        ("میخواهم", "می\u200cخواهم", 1.0),  # noqa: RUF001  Persian
        ("क्\u200dष", "क्ष", 1.0),
        ("one\u200btwo", "one two", 1.0),
    ],
)
def test_word_accuracy(said: str, wanted: str, accuracy: float) -> None:
    """Figures worked out by hand."""
    assert scores(said, wanted)["word_accuracy"] == pytest.approx(accuracy)


def scores(said: Any, wanted: str) -> dict[str, float]:
    return FAMILY.score(said, wanted, spec)  # type: ignore[arg-type]  # not looked at


words = st.text(max_size=40).filter(lambda text: bool(normalised(text)))


@given(st.text(max_size=40), words)
def test_any_texts_have_scores(said: str, wanted: str) -> None:
    """Within 0 and 1, 1 for itself, and normalising twice is normalising once."""
    assert all(0.0 <= score <= 1.0 for score in scores(said, wanted).values())
    assert set(scores(wanted, wanted).values()) == {1.0}
    assert normalised(normalised(said)) == normalised(said)
