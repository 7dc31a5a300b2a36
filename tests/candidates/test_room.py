"""A GGUF model's context follows the task's longest text, within what the model, memory and time allow."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.candidates import candidate_factory, predict
from advisor.candidates.build import Context, build
from advisor.candidates.context_length import Room, room_for, tokens_in
from advisor.candidates.installed import InstalledModel
from advisor.formats.folder import Form
from advisor.system import machine
from advisor.task.examples import load_examples
from advisor.task.file import load_task
from catalog import Catalog, open_catalog
from tests.conftest import Home
from tests.decide.simulated import candidate
from tests.families.support import SMOL, recommend, write_task
from tests.probe.support import GGUF, gguf_folder
from tests.tables import for_each

LABELS = {"hens": "keeps hens", "bees": "keeps bees"}
FILLER = "Then nothing happened for a while and the rain went on. "
COMPUTED = 134_000_000
WEIGHTS = 98_362_432
CACHE_BYTES = 23_040


def rows(sentences: int) -> list[dict[str, Any]]:
    """Return texts whose answer is at their very end."""
    return [
        {"text": f"Letter {n}. {FILLER * sentences} She keeps {kind}, {n} of them.", "label": kind}
        for n in range(4)
        for kind in LABELS
    ]


def context(folder: Path, sentences: int, memory: int = 8_000_000_000, **task: Any) -> Context:
    """Return the context of a task whose texts have this many sentences."""
    file = write_task(folder, rows(sentences), labels=LABELS, teaching={"count": 0}, **task)
    read = load_task(file)
    with open_catalog() as catalog:
        return Context(read, load_examples(read, folder), 2, memory, catalog)


def test_a_model_without_a_form_for_the_task_is_left_out_once(tmp_path: Path, shipped: Catalog) -> None:
    """With all that its forms can do; a form that fits speaks for the model, whatever its others are."""
    of = {each: Form("faster-whisper", ("model.bin",), 1, "fp16", ability=each) for each in ("transcribe", "listen")}
    of["classify"] = Form("transformers", ("model.safetensors",), 1, "fp32", ability="classify", labels=tuple(LABELS))
    deaf = InstalledModel("deaf", None, "folder", tmp_path, (of["transcribe"], of["listen"]))
    both = InstalledModel("both", None, "folder", tmp_path, (of["listen"], of["classify"]))
    found = build(
        replace(context(tmp_path, 1), catalog=shipped), [deaf, both], named=set(), missing=[], download_budget=0
    )
    reason = "cannot do text-classification: it can only listen, transcribe"
    assert [(each.model, each.reason) for each in found.left_out] == [("deaf", reason)]


def room(home: Home, where: Context) -> Room:
    return room_for(where, "llama.cpp", gguf_folder(home) / GGUF, WEIGHTS, COMPUTED)


def test_short_texts_take_the_usual_context(starter_home: Home, tmp_path: Path) -> None:
    """And the engine gets no option."""
    found = room(starter_home, context(tmp_path, 20))
    assert found == Room(2048, 0)
    assert found.options == {}


def test_long_texts_take_a_longer_one(starter_home: Home, tmp_path: Path) -> None:
    """In steps of 1,024 tokens, with the memory that each token's keys and values take."""
    found = room(starter_home, context(tmp_path, 150, limits={"seconds_per_example": 3600}))
    assert 3072 <= found.tokens <= 4096
    assert found.more_bytes == (found.tokens - 2048) * CACHE_BYTES
    assert found.options == {"context_tokens": found.tokens}


def test_shown_rows_are_read_once_as_a_prompted_model_loads(tmp_path: Path) -> None:
    bare = context(tmp_path, 4)
    shown = bare.examples.evidence[:2]
    showing = replace(bare, examples=replace(bare.examples, teaching=shown))
    of = [candidate_factory._reading_seconds(each, "llama.cpp", "chat", COMPUTED) for each in (bare, showing)]
    pace = predict.seconds_per_token("llama.cpp", COMPUTED, 2, machine.operations_per_second()) or 0.0
    read = sum(len(each.input) + len(str(each.expected)) for each in shown) / predict.CHARACTERS_PER_TOKEN
    assert of[1] - of[0] == pytest.approx(pace * read)
    assert candidate_factory._reading_seconds(showing, "transformers", "encode", COMPUTED) == 0.0
    quick = candidate(0)
    assert replace(quick, reading_seconds=of[1]).loading_seconds == pytest.approx(quick.loading_seconds + of[1])


@for_each(
    ("language", "sentence", "least", "most"),
    [
        ("en", "The library stays open until nine from August on. ", 4.4, 4.6),
        ("de", "Die Bibliothek hat ab August bis neun Uhr geöffnet. ", 2.5, 3.0),
        ("zh", "图书馆从八月起延长开放时间周末开放至晚上九点。", 0.5, 0.8),
    ],
)
def test_texts_have_tokens_by_their_language(
    tmp_path: Path, language: str, sentence: str, least: float, most: float
) -> None:
    """Fewer characters a token where it is not English; a small model writes until near the limit, too."""
    texts = [{"text": f"{n} {sentence * 9}", "summary": sentence} for n in range(6)]
    more = {"examples": {"path": "examples.json", "expected": "summary", "near_duplicates": "keep"}}
    more |= {"constraints": {"languages": [language]}, "teaching": {"count": 0}}
    read = load_task(write_task(tmp_path, texts, family="summarization", **more))
    with open_catalog() as catalog:
        found = Context(read, load_examples(read, tmp_path), 2, 8_000_000_000, catalog)
    assert least < found.characters_per_token < most

    def tokens(computed: int, ability: str = "chat") -> float:
        seconds = candidate_factory._seconds(found, "llama.cpp", ability, computed, 2048) or 0.0
        return seconds / (predict.seconds_per_token("llama.cpp", computed, 2, machine.operations_per_second()) or 1.0)

    assert tokens(10**8) == pytest.approx(predict.WRITTEN * 0.75 * 256 + 9 * len(sentence) / most, rel=0.1)
    assert tokens(10**9) < 0.5 * tokens(10**8)
    assert tokens(10**8, "rewrite") == pytest.approx(tokens(10**9))


@for_each(
    ("by", "threads", "slowed"),
    [
        (1.0, 8, 1.0),
        (4.0, 1, 4.0),
        (4.0, 2, 6.0),  # the second thread gains a quarter of what it gains on an idle machine
    ],
)
def test_on_a_busy_machine_threads_wait_for_each_other(by: float, threads: int, slowed: float) -> None:
    assert predict.slowed(by, threads) == pytest.approx(slowed)


LONG_TIME: dict[str, Any] = {"limits": {"seconds_per_example": 100_000}}


@for_each(
    ("memory", "task", "tokens"),
    [
        (8_000_000_000, LONG_TIME, 8192),  # what SmolLM2 was made for
        (300_000_000, LONG_TIME, 4096),  # 70 MB are left for more
        (8_000_000_000, {"limits": {"seconds_per_example": 0.01}}, 2048),  # no time to read more
        (8_000_000_000, LONG_TIME | {"constraints": {"max_memory": "200MB"}}, 4096),
    ],
)
def test_what_bounds_it(starter_home: Home, tmp_path: Path, memory: int, task: dict[str, Any], tokens: int) -> None:
    """The model's own context, the machine's memory, the time for an example, the task's memory."""
    assert room(starter_home, context(tmp_path, 3000, memory, **task)).tokens == tokens


def test_a_model_that_is_not_here_yet(tmp_path: Path) -> None:
    """What it keeps for a token is guessed from its size; a file that cannot be read is left to the loading."""
    where = context(tmp_path, 150, limits={"seconds_per_example": 3600})
    for file in (None, tmp_path / "task.json"):
        found = room_for(where, "llama.cpp", file, WEIGHTS, COMPUTED)
        assert found.tokens >= 3072
        assert 0.3 < found.more_bytes / ((found.tokens - 2048) * CACHE_BYTES) < 3


def test_the_plan_counts_it(ready_home: Home, tmp_path: Path) -> None:
    """Through the real command: more memory to serve the model, more time to read a text."""
    planned = {}
    for name, sentences in (("short", 20), ("long", 150)):
        task = write_task(
            tmp_path / name,
            rows(sentences),
            labels=LABELS,
            models=[SMOL],
            teaching={"count": 0},
            limits={"seconds_per_example": 1800},
        )
        ran, document = recommend(ready_home, task, "--plan-only")
        assert ran.code == 0, ran.err
        (planned[name],) = document["candidates"]
    steps, rest = divmod(planned["long"]["serving_bytes"] - planned["short"]["serving_bytes"], 1024 * CACHE_BYTES)
    assert (steps in {1, 2}, rest) == (True, 0)
    key = "predicted_seconds_per_example"
    assert planned["long"][key] > 3 * planned["short"][key]


@given(st.text())
def test_tokens_are_rather_over_counted(text: str) -> None:
    """Never fewer than a third of a text's plain letters, or half the bytes of others."""
    assert tokens_in(text) >= len(text) / 3
