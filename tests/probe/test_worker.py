"""The real worker on real models: every rung loads and answers, and no answer depends on others in its batch."""

import json
import os
import signal
import textwrap
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from advisor.probe.protocol import PROTOCOL, Loaded
from advisor.probe.supervisor import ProbeFailedError, Worker, WorkerLimits
from tests.conftest import Home, begin_python, run_python
from tests.probe.support import (
    GGUF,
    HAM,
    LIMITS,
    SPAM,
    examples,
    gguf_folder,
    is_gone,
    kill_if_there,
    minilm_folder,
    rungs,
    spec,
    static_folder,
    wait_until,
)
from tests.tables import for_each

ALL = ("static", "onnx", "sentence-transformers", "llama.cpp")
TEXTS = (
    "Lunch tomorrow?",
    "You have won! Claim your prize at once, this offer ends tonight and will not come back",
    "",
    "The quarterly report is attached. " * 8,
    "日本語のメール 🙂",
)


class Running(NamedTuple):
    """A worker that has loaded."""

    worker: Worker
    loaded: Loaded


@pytest.fixture(scope="session")
def running(starter_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Running]]:
    """Return the worker of a rung, loaded at its first use and kept for all tests."""
    workers: dict[str, Running] = {}

    def get(rung: str) -> Running:
        if rung not in workers:
            worker = Worker(rungs(starter_home)[rung], LIMITS, tmp_path_factory.mktemp("worker") / "log")
            workers[rung] = Running(worker, worker.load())
        return workers[rung]

    yield get
    for each in workers.values():
        each.worker.close()


@pytest.mark.parametrize(
    ("rung", "engine"),
    [
        ("static", "model2vec "),
        ("onnx", "onnxruntime "),
        ("sentence-transformers", "sentence-transformers "),
        ("llama.cpp", "llama.cpp (xllamacpp "),
    ],
)
def test_every_rung_loads_and_answers(running: Callable[[str], Running], rung: str, engine: str) -> None:
    """Outcomes come in order, each a label with its score and its time; the engine says its name and version."""
    worker, loaded = running(rung)
    assert loaded.engine.startswith(engine)
    assert loaded.device
    assert loaded.seconds > 0
    batch = examples(*TEXTS[:3], expected="spam")
    outcomes = worker.run(batch)
    assert [outcome.id for outcome in outcomes] == [example.id for example in batch]
    for outcome in outcomes:
        assert outcome.error is None
        assert outcome.output in ("ham", "spam")
        assert outcome.passed == (outcome.output == "spam")
        assert outcome.score == float(outcome.passed)
        assert outcome.seconds > 0
    assert worker.peak_memory_bytes > 50_000_000


@pytest.mark.parametrize("rung", ["static", "onnx", "sentence-transformers"])
def test_a_head_learns_its_training_rows(running: Callable[[str], Running], rung: str) -> None:
    """On the examples it was trained on, a head is nearly always right."""
    worker, loaded = running(rung)
    assert loaded.details["head"] == "logistic regression"
    assert loaded.details["teaching"] == len(HAM) + len(SPAM)
    outcomes = [*worker.run(examples(*HAM, expected="ham")), *worker.run(examples(*SPAM, expected="spam"))]
    assert sum(outcome.passed for outcome in outcomes) >= len(outcomes) - 1


@pytest.mark.parametrize("rung", ALL)
def test_an_answer_does_not_depend_on_its_batch(running: Callable[[str], Running], rung: str) -> None:
    """One by one, all at once or in reverse: the same outputs."""
    worker, _ = running(rung)
    together = [outcome.output for outcome in worker.run(examples(*TEXTS))]
    alone = [worker.run(examples(text))[0].output for text in TEXTS]
    reverse = [outcome.output for outcome in worker.run(examples(*TEXTS[::-1]))][::-1]
    assert together == alone == reverse


def test_a_large_batch_comes_back_whole(running: Callable[[str], Running]) -> None:
    worker, _ = running("static")
    many = examples(*(f"mail number {n}" for n in range(256)))
    assert [outcome.id for outcome in worker.run(many)] == [example.id for example in many]


@pytest.mark.parametrize("rung", ALL)
def test_a_bad_example_costs_only_itself(running: Callable[[str], Running], rung: str) -> None:
    """Half a surrogate pair is no text; the others of its batch are answered nevertheless."""
    worker, _ = running(rung)
    outcomes = worker.run(examples("Lunch tomorrow?", "broken \ud800 text", "Win a prize now"))
    assert [outcome.error is None for outcome in outcomes] == [True, False, True]
    bad = outcomes[1]
    assert bad.output is None
    assert bad.score == 0.0
    assert not bad.passed
    assert "\n" not in str(bad.error)


def in_process(code: str, *arguments: str) -> str:
    """Run code that may import torch in a process of its own and return what it prints."""
    done = run_python(
        "-c", textwrap.dedent(code), *arguments, variables={"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_our_vectors_are_the_librarys(starter_home: Home) -> None:
    """MiniLM through our engine gives what sentence-transformers gives with its own settings."""
    out = in_process(
        """
        import sys
        from pathlib import Path
        import numpy as np
        from sentence_transformers import SentenceTransformer
        from advisor.engines.base import Load, load
        texts = [f"{word} " * n for n, word in enumerate(["one", "day", "a", "fox", "met", "his", "dog"] * 4, start=1)]
        ours = load(
            "sentence-transformers", Load(Path(sys.argv[1]), ("model.safetensors",), "encode", 1)
        ).encode(texts)
        theirs = SentenceTransformer(sys.argv[1], device="cpu").encode(texts)
        print(ours.shape, np.abs(ours - theirs).max() < 1e-5, np.abs(np.linalg.norm(ours, axis=1) - 1).max() < 1e-5)
        """,
        str(minilm_folder(starter_home)),
    )
    assert out == "(28, 384) True True\n"


def test_static_vectors_are_the_mean_of_their_tokens(starter_home: Home) -> None:
    """Worked out by hand from the table and the tokenizer."""
    out = in_process(
        """
        import sys
        from pathlib import Path
        import numpy as np
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer
        from advisor.engines.base import Load, load
        folder = Path(sys.argv[1])
        table = load_file(folder / "model.safetensors")["embedding.weight"].astype(np.float32)
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        text = "The minutes of the meeting are attached"
        mean = table[tokenizer.encode(text, add_special_tokens=False).ids].mean(axis=0)
        ours = load("static", Load(folder, ("model.safetensors",), "encode", 1)).encode([text])[0]
        print(np.abs(ours - mean / np.linalg.norm(mean)).max() < 5e-4)  # the table is fp16
        """,
        str(static_folder(starter_home)),
    )
    assert out == "True\n"


ODD_LABELS = (
    "two words",
    'it\'s "quoted"',
    "naïve ☃ 🙂",
    "日本語",
    "line\nbreak",
    "tab\there",
    "back\\slash",
    "[a-z]* | root ::= x",
    "%s {} $x",
    "a label of more than sixty-four tokens: " + "xq" * 60,
)


# A generator with a small context, and what has it choose a label.
CHOOSING = f"""
        import json, sys
        from pathlib import Path
        from advisor.engines import llama_cpp
        from advisor.engines.base import Constraint, Load, Turn
        small = {{"context_tokens": 256}}
        model = llama_cpp.load(Load(Path(sys.argv[1]), ({GGUF!r},), "chat", 1, options=small))
        choose = lambda system, text, labels: model.chat(
            [Turn("system", system), Turn("user", text)], Constraint(tuple(labels)), max_tokens=1
        ).text
"""


def test_odd_labels_pass_through_the_grammar(starter_home: Home) -> None:
    """The generator answers with exactly the label, whatever is in it; a text beyond the context is cut."""
    code = (
        CHOOSING
        + f"""
        labels = {ODD_LABELS!r}
        answers = [choose("Answer.", "Hello", [label]) for label in labels]
        cut = choose("Is it spam?", "There once was a fox. " * 500, ["spam", "spam mail", "ham"])
        print(json.dumps([answers == list(labels), cut]))
    """
    )
    same, cut = json.loads(in_process(code, str(gguf_folder(starter_home))).splitlines()[-1])
    assert same
    assert cut in ("spam", "spam mail", "ham")


MANY = {f"category number {n}": "a text about some matter that is told at length here " * 2 for n in range(120)}


def test_labels_that_fill_the_context_are_a_reason(starter_home: Home, tmp_path: Path) -> None:
    """Said once while loading, rather than an error for each example."""
    what = spec(gguf_folder(starter_home), "llama.cpp", GGUF, method="prompted", labels=MANY)
    with (
        Worker(what, LIMITS, tmp_path / "log") as worker,
        pytest.raises(
            ProbeFailedError,
            match="the labels and the shown examples leave no room for a text in its context of 2048 tokens",
        ),
    ):
        worker.load()


def test_texts_around_the_edge_of_the_context_are_answered(starter_home: Home) -> None:
    """Token for token: where the prompt fits but the answer does not, the text is cut too."""
    code = (
        CHOOSING
        + """
        labels = ["a wanted mail of some length that takes many tokens", "an unwanted one that takes as many tokens"]
        model.check([Turn("system", "Is it wanted?")], Constraint(tuple(labels)))
        print(json.dumps([choose("Is it wanted?", "a " * n, labels) in labels for n in (200, 215, 240)]))
    """
    )
    assert json.loads(in_process(code, str(gguf_folder(starter_home))).splitlines()[-1]) == [True] * 3


def test_a_generator_answers_no_other_process(running: Callable[[str], Running]) -> None:
    """llama.cpp listens on a loopback port: without the key, which no other process has, it refuses."""
    worker, _ = running("llama.cpp")
    listening = [c for c in psutil.Process(worker.pid).net_connections() if c.status == psutil.CONN_LISTEN]
    assert all(connection.laddr.ip == "127.0.0.1" for connection in listening)
    for connection in listening:
        request = urllib.request.Request(
            f"http://127.0.0.1:{connection.laddr.port}/v1/completions", data=b'{"prompt": "a", "max_tokens": 1}'
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=20)  # noqa: S310  http, to ourselves
        refused.value.close()
        assert refused.value.code == 401


def test_what_engines_print_goes_to_the_log(starter_home: Home, tmp_path: Path) -> None:
    """A native library that writes to descriptor 1 does not disturb the protocol."""
    code = """
        import os, sys
        from advisor.probe import worker
        from advisor.engines import static
        load = static.load
        def loud(*arguments, **more):
            os.write(1, b"loading: 10%\\n")
            print("and from Python")
            return load(*arguments, **more)
        static.load = loud
        sys.exit(worker.main())
    """
    file = tmp_path / "loud.py"
    file.write_text(textwrap.dedent(code), encoding="utf-8")
    with Worker(rungs(starter_home)["static"], LIMITS, tmp_path / "log", command=[str(file)]) as worker:
        worker.load()
        assert worker.run(examples("a"))[0].error is None
    assert (tmp_path / "log").read_text(encoding="utf-8").splitlines() == ["loading: 10%", "and from Python"]


@pytest.mark.usefixtures("cold")  # its memory counts
def test_a_real_model_over_the_limit_is_ended(starter_home: Home, tmp_path: Path) -> None:
    """The reason names what it used and what it may."""
    limits = WorkerLimits(memory_bytes=90_000_000, seconds_per_example=60, load_seconds=60)
    with (
        Worker(rungs(starter_home)["onnx"], limits, tmp_path / "log") as worker,
        pytest.raises(ProbeFailedError, match=r"^used \d+ MB of memory, more than the limit of 90 MB$"),
    ):
        worker.load()
    assert is_gone(worker.pid)


def test_another_protocol_is_refused(starter_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker of another version says so."""
    monkeypatch.setattr("advisor.probe.supervisor.PROTOCOL", 99)
    with (
        Worker(rungs(starter_home)["static"], LIMITS, tmp_path / "log") as worker,
        pytest.raises(ProbeFailedError, match=f"speaks protocol {PROTOCOL}, not 99"),
    ):
        worker.load()


MAIN = """
import sys
from pathlib import Path
from advisor.probe.supervisor import Worker
from tests.conftest import make_home
from tests.probe.support import LIMITS, examples, rungs
from pathlib import Path
home = make_home(Path("/"))._replace(data=Path(sys.argv[2]), hub=Path(sys.argv[3]))
worker = Worker(rungs(home)[sys.argv[1]], LIMITS, Path(sys.argv[4]))
print(worker.pid, flush=True)
if sys.argv[5] != "loading":
    worker.load()
    print("loaded", flush=True)
    worker.run(examples(*(f"{n} " + "a long text about foxes " * 60 for n in range(2000))))
worker.load()
"""


@for_each(("rung", "when"), [("sentence-transformers", "loading"), ("onnx", "answering"), ("llama.cpp", "answering")])
def test_a_worker_ends_when_the_main_process_is_killed(
    starter_home: Home, tmp_path: Path, rung: str, when: str
) -> None:
    """A killed main process cannot notify its workers; they notice the end of their input."""
    main = begin_python("-c", MAIN, rung, starter_home.data, starter_home.hub, tmp_path / "log", when, stderr=None)
    pid = int(main.stdout.readline())
    try:
        if when == "loading":
            assert wait_until(lambda: psutil.Process(pid).memory_info().rss > 100_000_000)
        else:
            assert main.stdout.readline() == "loaded\n"
            before = sum(psutil.Process(pid).cpu_times()[:2])
            assert wait_until(lambda: sum(psutil.Process(pid).cpu_times()[:2]) > before + 0.3)
        os.kill(main.pid, signal.SIGKILL)
        main.wait()
        assert wait_until(lambda: is_gone(pid))
    finally:
        main.kill()
        main.communicate()
        kill_if_there(pid)


def test_useless_training_rows_are_a_reason(starter_home: Home, tmp_path: Path) -> None:
    one = spec(static_folder(starter_home), "static", "model.safetensors")
    for teaching, reason in (((), "needs training rows"), (one.teaching[:2], "at least two labels")):
        with (
            Worker(replace(one, teaching=teaching), LIMITS, tmp_path / "log") as worker,
            pytest.raises(ProbeFailedError, match=reason),
        ):
            worker.load()
