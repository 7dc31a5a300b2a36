"""A model of each architecture, from the local Hub through the real client and the real command: fetched, loaded,
probed, reported. The files are of tiny models that have learned their task; the catalog knows them by the ids of real
ones.
"""

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from advisor.errors import ExitCode
from catalog import open_catalog
from tests.candidates.test_hub import by_model
from tests.candidates.test_hub import recommend as recommend_within
from tests.conftest import Home, Ran, run_advisor, run_python
from tests.families.support import predictions, write_task
from tests.formats.checkpoints import archive, evil_pickles
from tests.local_hub import LocalHub
from tests.probe.asking import ask
from tests.probe.test_permissions import pickled
from tests.probe.tiny import FRENCH, GERMAN, MOODS, PEOPLE, PLACES, tiny, tiny_onnx, tone

MOOD_ROWS = [
    {"text": f"{before} is {word} {after}", "label": mood}
    for before in ("the day", "today", "a very day", "day")
    for after in ("today", "a day")
    for mood, words in MOODS.items()
    for word in words[:2]
]
MOOD_TASK = {"instruction": "Say glad or sad. ", "labels": list(MOODS), "teaching": {"count": 0}}
TO_TRANSLATE = [
    "the day is sunny", "grey day", "lovely", "the lovely day", "is the day grey", "sunny day", "the day", "is",
]  # fmt: skip


class Case(NamedTuple):
    """A tiny model, the id that it is served under, the task it is used for, and the engine that is to load it."""

    kind: str
    model: str
    engine: str
    task: dict[str, Any]
    rows: list[dict[str, Any]]


def translations(words: dict[str, str]) -> list[dict[str, Any]]:
    """Return texts with their translation word by word."""
    return [{"text": text, "translation": " ".join(words[word] for word in text.split())} for text in TO_TRANSLATE]


TRANSLATE = {"family": "translation", "instruction": "Translate.", "scoring": {"metric": "chrf", "at_least": 0.9}}
TAG = {
    "family": "token-classification",
    "instruction": "Find names.",
    "labels": ["PER", "LOC"],
    "teaching": {"count": 0},
}
NAMES = [
    {"text": f"{who} came to {place} today .", "entities": [[who, "PER"], [place, "LOC"]]}
    for who in PEOPLE
    for place in PLACES
]
SPEECH = {"family": "automatic-speech-recognition", "instruction": "Write down what is said."}
CASES = [
    Case("classify", "bhadresh-savani/distilbert-base-uncased-emotion", "transformers", MOOD_TASK, MOOD_ROWS),
    Case("bart", "facebook/mbart-large-50-many-to-many-mmt", "transformers", TRANSLATE, translations(FRENCH)),
    Case("whisper", "openai/whisper-tiny", "transformers", SPEECH, []),
    Case("onnx-tag", "dslim/bert-base-NER", "onnx", TAG, NAMES),
    # The catalog promises a graph that this repository does not hold.
    Case("tag", "dslim/bert-base-NER", "transformers", TAG, NAMES),
]


def recommend(home: Home, hub: LocalHub, task: Path, *flags: str) -> Ran:
    """Run the command against the local Hub; the catalog takes the models for as large as the real ones are."""
    return recommend_within(home, hub, task, "--download", "9GB", *flags)


def folder_of(kind: str) -> Path:
    return tiny_onnx(kind.removeprefix("onnx-")) if kind.startswith("onnx-") else tiny(kind)


def written(case: Case, folder: Path) -> Path:
    rows = case.rows
    if case.kind == "whisper":
        folder.mkdir()
        rows = []
        for number in range(8):
            height = ("low", "high")[number % 2]
            tone(folder / f"{number}.wav", height, seconds=0.6 + number * 0.05)
            rows.append({"audio": f"{number}.wav", "expected": height})
    return write_task(folder, rows, **{"bar": {"pass_rate": 0.7}, "models": [case.model]} | case.task)


def revision_of(model: str) -> str | None:
    """Return the commit that the catalog knows of a model, if it knows one."""
    with open_catalog() as catalog:
        card = catalog.get(model)
    assert card is not None
    return card.revision


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_it_is_fetched_loaded_probed_and_reported(empty_hub_home: Home, tmp_path: Path, case: Case) -> None:
    """Everything it answers is right, and what is fetched is what the engine needs, no more."""
    task = written(case, tmp_path / "task")
    with LocalHub() as hub:
        hub.add_repo(case.model, folder_of(case.kind), revision=revision_of(case.model))
        ran = recommend(empty_hub_home, hub, task)
    assert ran.out, ran.err
    found = [each for each in json.loads(ran.out)["candidates"] if each["model"] == case.model]
    assert found, ran.err + ran.out
    # Of a graph in eight bits and one at full precision the smaller is tried first; the other where that one fails.
    assert [each["precision"] for each in found][:-1] == (["int8"] if case.engine == "onnx" else [])
    candidate = found[0]
    assert candidate["runtime"] == case.engine
    assert candidate["outcomes"] > 0, candidate
    assert candidate["passes"] == candidate["outcomes"], candidate
    snapshots = empty_hub_home.hub / "hub" / f"models--{case.model.replace('/', '--')}" / "snapshots"
    fetched = {path.name for path in snapshots.rglob("*") if path.is_file()}
    graphs = {"model_quantized.onnx", *(["model.onnx"] if found[-1]["outcomes"] else [])}
    assert {name for name in fetched if name.endswith(".onnx")} == (graphs if case.engine == "onnx" else set())
    if case.task is MOOD_TASK:
        recommended = json.loads(ran.out)["recommended"]
        asked = ["the day is sunny", "today is grey"]
        assert predictions(recommended["usage"], tmp_path, asked, empty_hub_home) == ["glad", "sad"]


def test_a_multilingual_model_needs_both_languages_beforehand(empty_hub_home: Home, tmp_path: Path) -> None:
    """Installed or on the Hub, it is left out of the plan, with the missing line."""
    model = "facebook/mbart-large-50-many-to-many-mmt"
    names = [model, str(tiny("mbart"))]
    for result, missing in (({"source": "en"}, "target"), ({"target": "de"}, "source")):
        task = write_task(tmp_path / missing, translations(GERMAN), **TRANSLATE, models=names, translate=result)
        with LocalHub() as hub:
            hub.add_repo(model, tiny("mbart"), revision=revision_of(model))
            ran = recommend_within(empty_hub_home, hub, task, "--download", "9GB", "--plan-only")
            assert not [request for request in hub.requests if "mbart" in request.path]
        assert ran.code == ExitCode.OUT_OF_REACH
        assert ran.err.count(f"needs both languages: set translate.{missing}") == len(names), ran.err


def test_a_translator_with_pickled_weights_alone(empty_hub_home: Home, tmp_path: Path) -> None:
    """As the opus-mt models are: planned, fetched and used like any other; the plan says how its weights are read."""
    model = "Helsinki-NLP/opus-mt-en-fr"
    folder = pickled(tmp_path / "marian", "marian")
    (folder / "training_args.bin").write_bytes(b"x")
    case = Case("marian", model, "transformers", TRANSLATE, translations(FRENCH))
    with LocalHub() as hub:
        hub.add_repo(model, folder, revision=revision_of(model))
        task = written(case, tmp_path / "task")
        ran = recommend(empty_hub_home, hub, task, "--plan-only")
        assert "only its tensors are read, nothing in it runs" in ran.out + ran.err
        ran = recommend(empty_hub_home, hub, task)
        assert not any("training_args" in request.path for request in hub.requests)
        # A newer revision has the same weights as safetensors, as many have by now.
        hub.add_repo(model, tiny("marian"), revision="b" * 40)
        variables = {"HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1"}
        for arguments in ((), ("--newest",)):
            verified = run_advisor(empty_hub_home, "verify", "last", "--json", *arguments, variables=variables, code=0)
            assert json.loads(verified.out)["verdict"] == "holds"
        assert any(request.path.endswith("model.safetensors") for request in hub.requests)
    candidate = by_model(json.loads(ran.out))[model]
    assert candidate["passes"] == candidate["outcomes"] > 0, candidate
    assert (candidate["files"], candidate["allows"]) == (["pytorch_model.bin"], [])


def test_of_both_forms_safetensors_are_fetched(empty_hub_home: Home, tmp_path: Path) -> None:
    """Whatever the catalog knows of a repository: many pickles have become safetensors since."""
    model = "Helsinki-NLP/opus-mt-en-fr"
    folder = shutil.copytree(pickled(tmp_path / "pickled", "marian"), tmp_path / "both")
    shutil.copyfile(tiny("marian") / "model.safetensors", folder / "model.safetensors")
    case = Case("marian", model, "transformers", TRANSLATE, translations(FRENCH))
    with LocalHub() as hub:
        hub.add_repo(model, folder, revision=revision_of(model))
        ran = recommend(empty_hub_home, hub, written(case, tmp_path / "task"))
        assert not any(request.path.endswith(".bin") for request in hub.requests)
    assert by_model(json.loads(ran.out))[model]["files"] == ["model.safetensors"]


def test_a_pickle_of_more_than_tensors_from_the_hub(empty_hub_home: Home, tmp_path: Path) -> None:
    """It is fetched, looked at and refused in a line, with any leave; nothing of it runs."""
    model, note = "Helsinki-NLP/opus-mt-en-fr", tmp_path / "note"
    folder = pickled(tmp_path / "marian", "marian")
    (folder / "pytorch_model.bin").write_bytes(archive(evil_pickles(note)["reduce"]))
    case = Case("marian", model, "transformers", TRANSLATE | {"allow": {model: "pickle"}}, translations(FRENCH))
    with LocalHub() as hub:
        hub.add_repo(model, folder, revision=revision_of(model))
        ran = recommend(empty_hub_home, hub, written(case, tmp_path / "task"))
    assert "its weights file pytorch_model.bin holds more than plain tensors (its pickle names posix.system)" in (
        ran.out + ran.err
    )
    assert not note.exists()


FETCH = """
import sys
from advisor.candidates import hub
from catalog import open_catalog
with open_catalog() as catalog:
    card = catalog.get(sys.argv[1])
print(hub.fetch_model(hub.plan_downloads(card, "transformers")[0], lambda count: None))
"""


def test_a_cross_encoder_is_fetched_and_loaded(empty_hub_home: Home, tmp_path: Path) -> None:
    """Planned, fetched through the real client, and asked."""
    model = "cross-encoder/ms-marco-MiniLM-L6-v2"
    with LocalHub() as hub:
        hub.add_repo(model, tiny("compare"), revision=revision_of(model))
        environment = hub.environment(tmp_path / "hf") | {"XDG_CACHE_HOME": str(empty_hub_home.cache)}
        done = run_python("-c", FETCH, model, check=True, env=environment)
    pairs = [["sunny", "a lovely day"], ["sunny", "grey"]]
    (scores,), _ = ask(Path(done.stdout.splitlines()[-1]), ("compare", pairs))
    assert scores[0] > 0.9 > scores[1]


SPACY = """
from advisor.families import family
from advisor.candidates import hub
from advisor.candidates.uses import use_for
from catalog import ModelCard
card = ModelCard(id="spacy/en_core_web_sm", family="token-classification", library="spacy")
use = use_for(card, family("token-classification"))
print(hub.fetch_model(hub.plan_downloads(card, use.runtime)[0], lambda count: None))
"""


def test_a_spacy_pipeline_is_fetched_without_its_wheel(
    tagging_models: Path, empty_hub_home: Home, tmp_path: Path
) -> None:
    """As spaCy's own repositories are: the components' folders, and a wheel that holds all of it once more."""
    folder = shutil.copytree(tagging_models / "en_core_web_sm", tmp_path / "pipeline")
    (folder / "en_core_web_sm-any-py3-none-any.whl").write_bytes(b"x" * 1000)
    with LocalHub() as hub:
        hub.add_repo("spacy/en_core_web_sm", folder)
        environment = hub.environment(tmp_path / "hf") | {"XDG_CACHE_HOME": str(empty_hub_home.cache)}
        done = run_python("-c", SPACY, check=True, env=environment)
    fetched = Path(done.stdout.splitlines()[-1])
    assert not list(fetched.glob("*.whl"))
    (answers,), _ = ask(fetched, ("tag", ["Angela Merkel spoke in Paris."]))
    assert [span[2] for span in answers[0]] == ["PERSON", "GPE"]
