"""Pooling of sentence-transformers folders, and that their ONNX graphs give the library's vectors."""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.candidates.layout import inspect
from advisor.engines.onnx.encode import POOLINGS, VectorRecipe, read_recipe
from tests.by_lines import OFFLINE
from tests.conftest import Home, run_advisor, run_python
from tests.families.support import predictions, recommend, write_task
from tests.formats.checkpoints import archive, evil_pickles
from tests.formats.test_layout import ENCODER, POOLING, write
from tests.probe.asking import EngineError, ask
from tests.probe.known import MOODS
from tests.probe.test_permissions import to_pickle
from tests.tables import for_each

TEXTS = ["the day is sunny", "grey", "a very very very grey day today", "", "lovely day " * 20]
MODES = [*POOLINGS.values(), "cls+mean"]
PROMPTS = {"prompts": {"query": "very", "document": "today is", "own": "a grey"}, "default_prompt_name": "own"}


@pytest.fixture(scope="module")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folders, and the vectors of each by the library and by us."""
    home = tmp_path_factory.mktemp("pooled")
    done = run_python(
        "-m",
        "tests.formats.pooled",
        home,
        input=json.dumps({"modes": MODES, "texts": TEXTS, "prompts": PROMPTS}),
        env=os.environ | OFFLINE,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return home, json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("mode", MODES)
def test_a_graph_is_pooled_as_the_library_pools(encoded: tuple[Path, dict[str, Any]], mode: str) -> None:
    """Texts, queries and documents with their prompts, a text that is cut, an empty one."""
    _, found = encoded
    for name in ("encode", "encode_queries", "encode_documents"):
        theirs, ours = (np.array(each) for each in found[mode][name])
        assert ours.shape == theirs.shape
        assert (ours * theirs).sum(axis=1).min() > 0.9999
    assert found[mode]["facts"]["pooling"] == mode.replace("+", ", ")


def test_the_poolings_differ(encoded: tuple[Path, dict[str, Any]]) -> None:
    """Else the test above would say nothing; a mean is what was taken before, whatever the folder said."""
    _, found = encoded
    vectors = {mode: np.array(found[mode]["encode_queries"][1][0]) for mode in MODES if "+" not in mode}
    assert max(float(vectors["mean"] @ vectors[mode]) for mode in ("cls", "max", "lasttoken")) < 0.99
    first, queries = (np.array(found["cls"][name][1]) for name in ("encode", "encode_queries"))
    assert (first * queries).sum(axis=1).min() < 0.99


def test_a_folder_that_says_nothing_takes_the_mean(encoded: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """Of the token vectors: BERT's own pooler is no sentence vector."""
    home, found = encoded
    folder = shutil.copytree(home / "mean", tmp_path / "bare")
    (folder / "modules.json").unlink()
    (folder / "model.safetensors").unlink()
    (answers,), facts = ask(folder, ("encode", TEXTS[:3]))
    assert (np.array(answers) * np.array(found["mean"]["encode"][1][:3])).sum(axis=1).min() > 0.9999
    assert "pooling" not in facts


WITH_DENSE = """
import sys
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense
model = SentenceTransformer(sys.argv[1], device="cpu")
model.append(Dense(model.get_embedding_dimension(), 5))
model.save(sys.argv[2])
"""


def test_pickled_modules_give_the_same_vectors(encoded: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """Each module has a file of its own, and each is looked at before any is opened."""
    folder, call = tmp_path / "dense", ("encode", TEXTS[:3])
    done = run_python("-c", WITH_DENSE, encoded[0] / "mean", folder, env=os.environ | OFFLINE)
    assert done.returncode == 0, done.stderr[-3000:]
    safe, about = ask(folder, call)
    assert len(safe[0][0]) == 5
    (module,) = folder.glob("*_Dense")
    to_pickle(module)
    assert ask(folder, call) == (safe, about)
    to_pickle(folder)
    assert ask(folder, call) == (safe, about | {"pickle": "only plain tensors were read"})
    (module / "pytorch_model.bin").write_bytes(archive(evil_pickles(tmp_path / "note")["reduce"]))
    assert f"its weights file {module.name}/pytorch_model.bin holds more than plain tensors" in str(
        inspect(folder).reason
    )


def test_a_report_uses_it_as_the_probe_did(
    encoded: tuple[Path, dict[str, Any]], ready_home: Home, tmp_path: Path
) -> None:
    """Through the real command: the snippet does not pool by itself, and answers as the probe did, mistakes and all."""
    folder = shutil.copytree(encoded[0] / "cls", tmp_path / "pooled by its first token")
    (folder / "model.safetensors").unlink()
    rows = [
        {"text": f"{before} is {word} {after}", "label": mood}
        for before in ("the day", "today", "a very day", "day")
        for after in ("today", "a day", "")
        for mood, words in MOODS.items()
        for word in words
    ]
    for row in rows[::7]:  # noise, so that there are mistakes
        row["label"] = next(mood for mood in MOODS if mood != row["label"])
    task = {"labels": list(MOODS), "teaching": {"count": 40}, "models": [str(folder)], "bar": {"pass_rate": 0.2}}
    _, result = recommend(ready_home, write_task(tmp_path / "task", rows, **task), "--require", "examples", code=0)
    chosen = result["recommended"]
    assert (chosen["runtime"], chosen["details"]["pooling"]) == ("onnx", "cls")
    assert "from advisor" in chosen["usage"]
    wrong = result["candidates"][0]["mistakes"]
    assert wrong
    said = predictions(chosen["usage"], tmp_path, [each["input"] for each in wrong], ready_home)
    assert said == [each["output"] for each in wrong]


@pytest.mark.parametrize("is_pickled", [False, True])
def test_modules_are_exported(
    encoded: tuple[Path, dict[str, Any]], ready_home: Home, tmp_path: Path, *, is_pickled: bool
) -> None:
    """With their weights, as safetensors whatever they were: the exported folder answers as the probe did."""
    folder = tmp_path / "dense"
    run_python("-c", WITH_DENSE, encoded[0] / "mean", folder, env=os.environ | OFFLINE, check=True)
    (module,) = folder.glob("*_Dense")
    if is_pickled:
        to_pickle(module)
        to_pickle(folder)
    rows = [
        {"text": f"{before} is {word}", "label": mood}
        for before in ("the day", "today", "a very day", "day")
        for mood, words in MOODS.items()
        for word in words
    ]
    task = {"labels": list(MOODS), "teaching": {"count": 16}, "models": [str(folder)], "bar": {"pass_rate": 0.2}}
    _, result = recommend(ready_home, write_task(tmp_path / "task", rows, **task), "--require", "examples", code=0)
    chosen = result["recommended"]
    assert (chosen["runtime"], chosen["method"]) == ("sentence-transformers", "head")
    # What looks at a pickle before it is opened is this program, not the library.
    assert ("from advisor" in chosen["usage"]) == is_pickled
    ran = run_advisor(ready_home, "export", "last", "--output", tmp_path / "made", code=0)
    assert re.search(r"recorded answer on (\d+) of \1 ", ran.err), ran.err
    made = {path.relative_to(tmp_path / "made").as_posix() for path in (tmp_path / "made").rglob("*")}
    assert {"model/model.safetensors", f"model/{module.name}/model.safetensors"} <= made
    assert not [name for name in made if name.endswith(".bin")]


def modules(*kinds: str) -> list[dict[str, Any]]:
    return [ENCODER, *({"path": f"{n}_{kind}", "type": f"sentence_transformers.models.{kind}"} for n, kind in
                       enumerate(kinds, start=1))]  # fmt: skip


FAULTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "dense": (lambda f: write(f, modules__json=modules("Pooling", "Dense")), "its modules.json has a Dense, which"),
    "code": (
        lambda f: write(f, modules__json=[ENCODER, {"path": "1_Pooling", "type": "evil.Pooling"}]),
        "its modules.json has a evil.Pooling",
    ),
    "none": (lambda f: write(f, modules__json=modules("Normalize")), "names no pooling of its token vectors"),
    "unknown": (
        lambda f: write(f, **{"1_Pooling___config__json": {"pooling_mode": "median"}}),
        "1_Pooling/config.json needs an unknown pooling (median)",
    ),
    "missing": (lambda f: (f / "1_Pooling" / "config.json").unlink(), "lacks 1_Pooling/config.json, which says how"),
    "prompt left out": (
        lambda f: write(
            f,
            **{"1_Pooling___config__json": {"pooling_mode": "mean", "include_prompt": False}},
            config_sentence_transformers__json=PROMPTS,
        ),
        "leave out its prompts",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_a_graph_cannot_do_is_refused(encoded: tuple[Path, dict[str, Any]], tmp_path: Path, fault: str) -> None:
    folder = shutil.copytree(encoded[0] / "mean", tmp_path / "model")
    deed, words = FAULTS[fault]
    deed(folder)
    assert inspect(folder).forms[0].runtime == "onnx"
    with pytest.raises(EngineError) as caught:
        ask(folder, ("encode", TEXTS))
    assert words in str(caught.value)


def test_what_is_no_such_folder(tmp_path: Path) -> None:
    assert read_recipe(tmp_path) is None
    write(tmp_path, modules__json=[{"type": "sentence_transformers.models.StaticEmbedding", "path": ""}])
    assert read_recipe(tmp_path) is None


def test_what_a_folder_says(tmp_path: Path) -> None:
    """Flags of older folders, several at once; no flag is the mean."""
    write(tmp_path, modules__json=[ENCODER, POOLING], **{"1_Pooling___config__json": {"word_embedding_dimension": 3}})
    assert read_recipe(tmp_path) == VectorRecipe(
        ("mean",), None, None, is_lowercase=False, prompt="", query_prompt="", document_prompt=""
    )
    flags = {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True}
    write(tmp_path, **{"1_Pooling___config__json": flags}, sentence_bert_config__json={"do_lower_case": True})
    found = read_recipe(tmp_path)
    assert (found.poolings, found.is_lowercase) == (("cls", "mean"), True)


@for_each("content", [[], 3, None, {"pooling_mode": {}}, {"pooling_mode": []}, {"pooling_mode": [[]]}])
@for_each("other", [[], {"prompts": 3, "max_seq_length": "x"}, {"prompts": {"query": 3}}])
def test_strange_json_is_no_crash(tmp_path: Path, content: Any, other: Any) -> None:
    write(
        tmp_path,
        modules__json=[ENCODER, POOLING],
        **{"1_Pooling___config__json": content},
        sentence_bert_config__json=other,
        config_sentence_transformers__json=other,
    )
    found = read_recipe(tmp_path)
    assert found.unusable is not None
