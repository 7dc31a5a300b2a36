"""The three example tasks, run for real on the starter models: their honest answers differ."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from advisor.report.full import report_of
from advisor.report.pages import markdown_report
from advisor.runs.reader import open_run
from advisor.system.codec import plain
from tests.conftest import ROOT, Home, Ran, linked_home, make_home, run_advisor, run_python, shared_folder
from tests.report import recompute

LONG = pytest.mark.soak
NAMES = ("spam", pytest.param("glossary", marks=LONG), pytest.param("speeches", marks=LONG))
LINEAR = "words and characters"
STATIC = "wordllama-l2-supercat-256"
MINILM = "sentence-transformers/all-MiniLM-L6-v2"
SMALL_MINILM = "paraphrase-MiniLM-L3-v2-onnx"
Runs = Callable[[str], tuple[Ran, dict[str, Any]]]


@pytest.fixture(scope="session")
def run_of(starter_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Every example's run, with its document, by name; made once for all test processes."""
    folder = shared_folder(tmp_path_factory) / "examples"
    folder.mkdir(exist_ok=True)
    home = Home(make_home(folder / "home").data, starter_home.cache, starter_home.hub)
    # A prompted model takes seconds for each passage, and an encoder half a minute for all.
    given = (ROOT / "examples" / "speeches" / "task.yaml").read_text("utf-8")
    models = f"models: [{STATIC}]\nbaselines: try\n"
    path = str(ROOT / "examples" / "speeches" / "passages.csv")
    with FileLock(folder / "home.lock"):
        if not home.data.exists():
            linked_home(folder / "home", starter_home)
            (folder / "speeches.yaml").write_text(given.replace("passages.csv", path) + models, "utf-8")

    @cache
    def made(name: str) -> tuple[Ran, dict[str, Any]]:
        task = folder / "speeches.yaml" if name == "speeches" else ROOT / "examples" / name / "task.yaml"
        printed = folder / f"{name}.json"
        with FileLock(folder / f"{name}.lock"):
            if not printed.exists():
                ran = run_advisor(home, "recommend", task, "--json", "--offline")
                printed.write_text(json.dumps(ran), encoding="utf-8")
        ran = Ran(*json.loads(printed.read_text(encoding="utf-8")))
        assert ran.code in {0, 3, 4}, ran.err
        return ran, json.loads(ran.out)

    return made


def of_model(document: dict[str, Any], model: str) -> dict[str, Any]:
    return next(each for each in document["candidates"] if each["model"] == model)


def test_spam_needs_only_the_smallest(run_of: Runs) -> None:
    """On spam counts of words and characters are certified, and exit code 0 says so; the constant is not."""
    ran, document = run_of("spam")
    assert (ran.code, document["verdict"], document["strength"]) == (0, "passes", "certified")
    assert document["recommended"]["model"] == LINEAR
    assert of_model(document, LINEAR)["lower_bound"] >= document["bar"]["pass_rate"]
    assert document["candidates"][0]["verdict"] == "fails"


@LONG
def test_glossary_needs_a_larger_one(run_of: Runs) -> None:
    """On glossary the static embedding misses the bar on all it was asked, and a larger encoder is certified."""
    ran, document = run_of("glossary")
    assert (ran.code, document["strength"]) == (0, "certified")
    missed = of_model(document, STATIC)
    assert (missed["verdict"], missed["outcomes"]) == ("undecided", document["examples"]["evidence"])
    assert missed["passes"] < document["bar"]["pass_rate"] * missed["outcomes"]
    assert of_model(document, STATIC)["mistakes"]
    assert document["recommended"]["model"] == SMALL_MINILM
    assert of_model(document, MINILM)["outcomes"] == 0


@LONG
def test_speeches_has_no_answer_here(run_of: Runs) -> None:
    """On speeches none passes: exit code 3, every candidate with its reason."""
    ran, document = run_of("speeches")
    assert (ran.code, document["verdict"], document["recommended"]) == (3, "none", None)
    assert [c["verdict"] for c in document["candidates"]] == ["fails"] * 3
    assert all("passed" in c["reason"] for c in document["candidates"])


@pytest.mark.parametrize("name", NAMES)
def test_the_document_has_its_fields(name: str, run_of: Runs) -> None:
    """Each document names its schema version, run, verdict, and each candidate's figures, smallest first."""
    ran, document = run_of(name)
    assert document["schema_version"] == 1
    assert {"run", "verdict", "strength", "recommended", "candidates"} <= document.keys()
    assert len(document["candidates"]) == (3 if name == "speeches" else 6)
    for candidate in document["candidates"]:
        assert {
            "model", "parameters", "verdict", "reason", "outcomes", "passes", "lower_bound", "seconds_per_example",
            "peak_memory_bytes",
        } <= candidate.keys()  # fmt: skip
        assert (candidate["parameters"] or 0) > 0 or candidate["place"] == "baseline"
        if candidate["outcomes"]:
            assert candidate["peak_memory_bytes"] > 10_000_000
            assert candidate["seconds_per_example"] > 0
    sizes = [candidate["serving_bytes"] for candidate in document["candidates"]]
    assert sizes == sorted(sizes)
    assert "Traceback" not in ran.err
    assert "Plan for" in ran.err


@LONG
def test_few_inferences_are_needed(run_of: Runs) -> None:
    """Where one passes, fewer than half of all answers are asked for; where none does, what is fast gives all."""
    passing = [run_of(name)[1] for name in ("spam", "glossary")]
    assert sum(each["inferences"] / each["inferences_of_everything"] for each in passing) / 2 < 0.5
    speeches = run_of("speeches")[1]
    assert [each["outcomes"] for each in speeches["candidates"]][:2] == [speeches["examples"]["evidence"]] * 2


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_the_reports_can_be_recomputed(name: str, run_of: Runs) -> None:
    """Of the document, the page and the Markdown, from the raw lines of the run's files."""
    _, document = run_of(name)
    folder = Path(document["folder"])
    shown = report_of(open_run(folder))
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert recompute.check(folder, plain(shown), page, markdown_report(shown)) > 50
    assert len((folder / "outcomes.jsonl").read_text().splitlines()) == document["inferences"]
    assert json.loads((folder / "result.json").read_text()) == document


def test_the_snippet_predicts_as_the_probe_did(run_of: Runs, starter_home: Home, tmp_path: Path) -> None:
    """The use-it snippet runs as it is, offline, and gives the outputs that the run recorded."""
    _, document = run_of("spam")
    folder = Path(document["folder"])
    index = [c["model"] for c in document["candidates"]].index(document["recommended"]["model"])
    key = json.loads((folder / "run.json").read_text())["candidates"][index]
    lines = [json.loads(line) for line in (folder / "outcomes.jsonl").read_text().splitlines()]
    outputs = {x["id"]: x["output"] for x in lines if x["candidate"] == key and x["purpose"] == "evidence"}
    texts = {mistake["example"]: mistake["input"] for mistake in document["candidates"][index]["mistakes"]}
    assert texts
    job = tmp_path / "job.json"
    job.write_text(json.dumps(list(texts.values())))
    code = (
        document["recommended"]["usage"] + f"\nimport json\nprint(json.dumps(predict(json.load(open({str(job)!r})))))\n"
    )
    done = run_python("-c", code, home=starter_home, variables={"HF_HUB_OFFLINE": "1"})
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [outputs[example] for example in texts]
