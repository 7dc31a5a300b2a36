"""Every snippet, run as a user would run it, gives what the probe gave: answer for answer, long texts and all."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.candidates.build import Shortlist
from advisor.candidates.candidate import Candidate
from advisor.candidates.candidate_factory import fingerprint
from advisor.candidates.layout import inspect
from advisor.decide.decision import CandidateResult
from advisor.decide.plan import Plan
from advisor.decide.records import CandidateRecord
from advisor.engines.llama_ask import neutral
from advisor.evidence.sequential import Verdict
from advisor.execution.probe_setup import Fetcher, probe_spec
from advisor.families import family
from advisor.families.methods.by_pattern import ByPattern, with_patterns
from advisor.report.usage import through, usage
from advisor.runs.store import _as_lines
from advisor.task.examples import Example, ExampleSet
from advisor.task.model import Task
from tests.conftest import ROOT, Home, run_python
from tests.local_hub import LocalHub, run_client
from tests.probe.support import LABELS, static_folder
from tests.probe.tiny import tiny
from tests.report.two_processes import Helper
from tests.report.usage_cases import CASES, HEADS, PROMPTED, TAUGHT_WORDS, WORDS, Case, World, word_graph
from tests.servers.conftest import llama_server
from tests.servers.scripted import serving
from tests.servers.test_hf_inference import KEY
from tests.tables import for_each

__all__ = ["llama_server"]


@pytest.fixture(scope="module")
def processes(starter_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Helper, Helper]]:
    """One that asks as a probe does, and one that runs snippets."""
    folder, environment = tmp_path_factory.mktemp("elsewhere"), starter_home.environment | {"HF_TOKEN": KEY}
    both = Helper(environment, folder), Helper(environment, folder)
    yield both
    for each in both:
        each.end()


def planned(case: Case, candidate: Candidate, teaching: tuple[tuple[Any, Any], ...]) -> Plan:
    """Return the plan of a run with this candidate alone."""
    seen: dict[str, Any] = {"name": "t", "instruction": "Decide what a mail is.", "examples": {"path": "x.csv"}}
    is_labelled = "classification" in case.family
    seen |= {"family": case.family, **({"labels": LABELS} if is_labelled else {}), **case.task}
    task = Task.model_validate(seen)
    taught = []
    for number, (shown, expected) in enumerate(teaching):
        parts = tuple(shown.items()) if isinstance(shown, dict) else ()
        taught.append(Example(f"t{number}", str(shown), expected, number, parts))
    settled = family(case.family).settle(task, taught, taught).scoring
    examples = ExampleSet(tuple(task.labels), tuple(taught), (), (), documents=case.documents, settled=settled)
    return Plan(task, examples, Shortlist((candidate,), (), (), {}), 1, 4_000_000_000)


def candidate_of(case: Case, folder: Path | None, url: str | None) -> Candidate:
    """Return the candidate; what is predicted of it does not matter here."""
    forms = () if folder is None else inspect(folder, frozenset(case.allows)).forms
    fitting = [form.files for form in forms if (form.runtime, form.ability) == (case.runtime, case.ability)]
    files = next(iter(fitting), ())
    assert files or folder is None
    key = "HF_TOKEN" if case.runtime == "hf-inference" else None
    remote = {"url": url, "model": "smollm2", "provider": "hf-inference", "seconds": 60, "key_env": key}
    return Candidate(
        model=case.repository or (str(folder) if folder else "smollm2"),
        revision=folder.name if folder is not None and case.repository else None,
        place="server" if folder is None else "cache" if case.repository else "folder",
        folder=None if folder is None else str(folder), files=files,
        fingerprint="" if folder is None else fingerprint(folder), runtime=case.runtime,
        method=family(case.family).methods[case.ability], weights_bytes=1, serving_bytes=1, ability=case.ability,
        allows=case.allows, options=case.options | (remote if url is not None else {}),
    )  # fmt: skip


def recommended(
    world: World, case: Case, url: str | None = None, *, is_installed: bool = False
) -> tuple[list[Any], list[Any], str]:
    """Return what is asked, what the probe answers, and the snippet.

    Args:
        world: What models are made of.
        case: The case.
        url: Where it runs, if elsewhere.
        is_installed: Whether a model of the Hub was there before the run.
    """
    folder = None if case.folder is None else case.folder(world)
    inputs = case.inputs(world) if callable(case.inputs) else list(case.inputs)
    probed = candidate_of(case, folder, url)
    plan = planned(case, probed, case.teaching(world) if callable(case.teaching) else case.teaching)
    seen = world.maker.probe(probe_spec(plan, probed, 1, Fetcher(lambda _: None, lambda: False)), inputs)
    (world.folder / "teaching.jsonl").write_text(_as_lines(plan.examples.teaching), encoding="utf-8")
    documents = "".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in case.documents)
    (world.folder / "documents.jsonl").write_text(documents, encoding="utf-8")
    record = CandidateRecord(details=seen["details"], device=seen["device"])
    # A model that was downloaded in the run is known by its name.
    chosen = replace(probed, folder=None) if case.repository and not is_installed else probed
    return inputs, seen["outputs"], usage(plan, result_of(chosen, record), world.folder)


def result_of(candidate: Candidate, record: CandidateRecord) -> CandidateResult:
    return CandidateResult(candidate, Verdict.PASSES, "", (), None, record, ())


@contextmanager
def address_of(case: Case, world: World) -> Iterator[str | None]:
    """Yield where a candidate runs, None for one that runs here."""
    if case.folder is not None:
        yield None
    elif case.server is None:
        yield world.fixture("llama_server")
    else:
        with serving(case.server) as (url, _):
            yield url


@pytest.fixture
def world(
    starter_home: Home,
    tmp_path: Path,
    processes: tuple[Helper, Helper],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    """The starter models, with the Hub's cache known to the tests' process too."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(starter_home.hub / "hub"))
    return World(starter_home, tmp_path, processes[0], request.getfixturevalue)


# Of each kind a plain one; its variants have a comma in their names.
NAMES = [pytest.param(name, marks=pytest.mark.soak) if "," in name else name for name in CASES]


@pytest.mark.parametrize("name", NAMES)
def test_the_snippet_answers_as_the_probe_did(name: str, world: World, processes: tuple[Helper, Helper]) -> None:
    """Short code, which runs where nothing of this program is, for a few kinds; through this program for all others."""
    case = CASES[name]
    with address_of(case, world) as url:
        inputs, probed, snippet = recommended(world, case, url)
        used = processes[1].use(snippet, inputs, with_program=not case.is_short)
    assert used == probed
    assert case.shows(probed), probed
    assert ("from advisor" in snippet) != case.is_short
    assert ("BIASES = [" in snippet) == ("llama.cpp" in name)


@pytest.mark.parametrize(("is_adjacent", "is_installed"), [(False, False), (True, True)])
def test_a_graph_of_the_hub_is_found_by_name(
    world: World,
    processes: tuple[Helper, Helper],
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_adjacent: bool,
    is_installed: bool,
) -> None:
    """In its repository, pinned to its revision, with the tokenizer above it, or next to it, which comes first."""
    made = word_graph(world, "sentence_embedding")
    repository = world.folder / "hub" / "models--org--graph"
    snapshot, blobs = repository / "snapshots" / ("a" * 40), repository / "blobs"
    (snapshot / "onnx").mkdir(parents=True)
    blobs.mkdir()
    shutil.copy(made / "model.onnx", blobs / "graph")
    shutil.copy(made / "tokenizer.json", blobs / "words")
    (blobs / "others").write_text((made / "tokenizer.json").read_text(encoding="utf-8").replace('"win"', '"xyz"'))
    places = {"onnx/model.onnx": "graph", "tokenizer.json": "others" if is_adjacent else "words"}
    for name, blob in (places | ({"onnx/tokenizer.json": "words"} if is_adjacent else {})).items():
        (snapshot / name).symlink_to(os.path.relpath(blobs / blob, (snapshot / name).parent))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(world.folder / "hub"))
    case = Case(
        "onnx", "encode", folder=lambda _: snapshot, inputs=WORDS, teaching=TAUGHT_WORDS, repository="org/graph"
    )
    inputs, probed, snippet = recommended(world, case, is_installed=is_installed)
    said = processes[1].use(snippet, inputs, with_program=False, cache=world.folder / "hub")
    # This tiny graph sees padding, which labels' names bring into the probe's batch; the snippet encodes one by one.
    assert sum(one != other for one, other in zip(said, probed, strict=True)) <= len(probed) // 5
    assert {*probed} == {*LABELS}


def test_what_the_probe_had_of_the_hub_is_fetched(tmp_path: Path) -> None:
    """A chat template in a file of its own, and code where that is allowed; no other weights."""
    folder = shutil.copytree(tiny("chat"), tmp_path / "chat")
    assert (folder / "chat_template.jinja").is_file()
    needed = {path.name for path in folder.iterdir()} | {"own.py"}
    for name in ("own.py", "pytorch_model.bin"):
        (folder / name).write_text("", encoding="utf-8")
    case = Case("transformers", "chat", allows=("remote-code",))
    with LocalHub() as hub:
        revision = hub.add_repo("org/chat", folder)
        chosen = replace(candidate_of(case, folder, None), model="org/chat", revision=revision, folder=None)
        code = through(planned(case, chosen, ()), chosen, tmp_path, chosen.files).partition("spec = ")[0]
        found = run_client(hub, f"{code}\nimport os\nresult = os.listdir(folder)", tmp_path / "home")
    assert {*found} == needed


def test_the_local_cache_comes_before_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A complete one needs no request; what is missing of it is fetched."""
    folder = shutil.copytree(tiny("chat"), tmp_path / "chat")
    case, home = Case("transformers", "chat"), tmp_path / "home"
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(home / "hub"))
    with LocalHub() as hub:
        revision = hub.add_repo("org/chat", folder)
        chosen = replace(candidate_of(case, folder, None), model="org/chat", revision=revision, folder=None)

        def fetched() -> tuple[set[str], bool]:
            for listing in home.rglob("trees"):  # as older clients and other programs leave the cache
                shutil.rmtree(listing)
            code = through(planned(case, chosen, ()), chosen, tmp_path, chosen.files).partition("spec = ")[0]
            if gone is not None:
                gone.unlink()
            hub.forget_requests()
            found = run_client(hub, f"{code}\nimport os\nresult = os.listdir(folder)", home)
            return {*found}, bool(hub.requests)

        gone = None
        held = {path.name for path in folder.iterdir()}
        assert [fetched(), fetched()] == [(held, True), (held, False)]
        gone = next(home.rglob("snapshots/*/chat_template.jinja"))
        assert fetched() == (held, True)


FLOATS = {"C": 1.0, "precision": "fp32 (read from the graph)"}
CHOOSES = {"held_to": [*LABELS], "control_tokens": [], "context_tokens": 256, "system_prompt": "s"}
SEVERAL = {"labels_per_text": "several"}
PLAIN: dict[str, tuple[Case, dict[str, Any]]] = {
    "static": (HEADS["static"], {"C": 1.0}),
    "sentence-transformers": (HEADS["sentence-transformers"], {"C": 1.0, "precision": "fp32"}),
    "onnx": (HEADS["onnx"], FLOATS),
    "llama.cpp": (replace(PROMPTED["llama.cpp"], task={}), CHOOSES),
}


@pytest.mark.parametrize(
    ("name", "case", "details", "device"),
    [
        *((name, {}, {}, "cpu") for name in PLAIN),
        *((name, {"allows": ("remote-code",)}, {}, "cpu") for name in PLAIN),
        *((name, {"task": SEVERAL}, {}, "cpu") for name in PLAIN),
        ("static", {}, {"C": None}, "cpu"),
        ("sentence-transformers", {}, {"precision": "int8"}, "cpu"),
        ("onnx", {}, {"precision": "int8 (read from the graph)"}, "cpu"),
        ("onnx", {}, {}, "cuda (a card)"),
        ("llama.cpp", {}, {"chat_template": "none"}, "cpu"),
        ("llama.cpp", {}, {"shown_examples": [{"user": "u", "assistant": "a"}]}, "cpu"),
        ("llama.cpp", {}, {"held_to": {"type": "object"}}, "cpu"),
    ],
)
def test_short_code_is_for_plain_uses_alone(
    world: World, name: str, case: dict[str, Any], details: dict[str, Any], device: str
) -> None:
    usual, known = PLAIN[name]
    asked = replace(usual, **case)
    assert asked.folder is not None
    candidate = candidate_of(asked, asked.folder(world), None)
    record = CandidateRecord(details=known | details, device=device)
    snippet = usage(planned(asked, candidate, ()), result_of(candidate, record), world.folder)
    assert ("from advisor" in snippet) == bool(case or details or device != "cpu")


def test_learned_patterns_are_a_few_lines(tmp_path: Path) -> None:
    """The patterns, the choices, the types and the spelling that the probe had, and the same answers."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {
            "order": {"type": "string"},
            "price": {"type": "number"},
            "colour": {"type": "string", "enum": ["red", "blue"]},
            "mood": {"type": "string", "enum": ["calm", "urgent"]},
        },
        "required": ["order", "colour", "mood"],
    }
    rows = [
        (
            f"Order ORD-{n}, {price}.5 EUR, blue",
            {"order": f"ORD{n}", "price": price + 0.5, "colour": "blue", "mood": "calm"},
        )
        for n, price in ((n, n % 90) for n in range(10_017, 10_900, 97))
    ]
    case = Case("baseline", "chat", "json-extraction", task={"scoring": {"json_schema": schema}})
    candidate = replace(candidate_of(case, None, None), method="pattern", ability="words", place="baseline")
    probed = ByPattern(with_patterns(schema, rows))
    assert ({*probed.details["patterns"]}, probed.details["closed"]) == ({"order", "price"}, ["order"])
    plan, record = planned(case, candidate, tuple(rows)), CandidateRecord(details=probed.details)
    snippet = usage(plan, result_of(candidate, record), tmp_path)
    made: dict[str, Any] = {}
    exec(snippet, made)  # noqa: S102  our own code
    asked = ["Order ORD-55555, 3.5 EUR, red", "nothing", *(text for text, _ in rows)]
    assert made["predict"](asked) == [each.output for each in probed.answer(asked)]
    assert made["predict"](asked)[0] == {"order": "ORD55555", "price": 3.5, "colour": "red", "mood": "calm"}
    assert len(snippet.splitlines()) < 12


@pytest.mark.parametrize("written", [{"config.json": '{"max_position_embeddings": 128}'}, {"modules.json": "[]"}])
def test_a_graph_whose_folder_tells_more(world: World, written: dict[str, str]) -> None:
    """How much it reads, or of which modules it is one."""
    folder = word_graph(world, "sentence_embedding")
    candidate = candidate_of(HEADS["onnx"], folder, None)
    result = result_of(candidate, CandidateRecord(details=FLOATS, device="cpu"))
    plan = planned(HEADS["onnx"], candidate, ())
    assert "from advisor" not in usage(plan, result, world.folder)
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
    assert "from advisor" in usage(plan, result, world.folder)


def test_weights_that_are_gone(world: World) -> None:
    """Nothing is known of them but what the run kept."""
    candidate = replace(candidate_of(HEADS["static"], static_folder(world.home), None), files=("gone",))
    result = result_of(candidate, CandidateRecord(details={"C": 1.0}, device="cpu"))
    assert "'files': ('gone',)" in usage(planned(HEADS["static"], candidate, ()), result, world.folder)


@given(st.text(alphabet=" ab", max_size=12), st.lists(st.text(alphabet=" ab", max_size=4), max_size=3))
def test_no_control_token_is_left_whatever_a_file_names_so(text: str, control: list[str]) -> None:
    """Blanks too, into which another blank puts the same once more: it comes to an end."""
    said = neutral(text, control)
    assert not any(token in said for token in control if token)


LOADED_HERE = """
from pathlib import Path
from advisor.engines.base import Load, load
load("llama.cpp", Load(Path("."), ("none.gguf",), "chat", 1))
"""


@for_each("name", ["", "llama.py.j2", "sentence_transformers.py.j2"])
@pytest.mark.usefixtures("cold")
def test_threads_that_wait_do_not_spin(name: str) -> None:
    """Outside a worker, too: where all spin on a busy machine an answer takes minutes instead of a second."""
    template = (ROOT / "advisor" / "report" / "templates" / name).read_text(encoding="utf-8") if name else LOADED_HERE
    begins = re.split("{[{%]", template)[0].rpartition("\n")[0]
    # What it imports of torch's is torch, which takes a quarter of the time.
    begins = begins.replace("from sentence_transformers import SentenceTransformer", "import torch")
    theirs = {each: value for each, value in os.environ.items() if each != "OMP_WAIT_POLICY"}
    said = run_python("-c", begins, env=theirs | {"OMP_DISPLAY_ENV": "verbose"}).stderr
    counts = re.findall(r"GOMP_SPINCOUNT = .(\d+)", said)
    assert {*counts} == {"0"}, said
