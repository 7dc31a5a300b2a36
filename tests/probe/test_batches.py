"""Batches that fit in memory: how they are split, and real models under limits that a fixed batch would exceed."""

import json
import sys
import textwrap
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest

from advisor.engines.batches import MOST_TOKENS, Batches, Network, about_tokens
from advisor.probe.supervisor import ProbeFailedError, Worker, WorkerLimits
from tests.conftest import Home, run_python
from tests.probe.support import LIMITS, copy, examples, minilm_folder, onnx_folder, spec
from tests.probe.test_transformers import CALLS, about
from tests.probe.tiny import tiny, tiny_onnx
from tests.tables import for_each

SMALL = Network(384, 12)
LONG = tuple(f"mail number {n}: " + "the meeting is moved to friday and the prize is yours " * 60 for n in range(40))
SHORT = ("Lunch tomorrow?", "Win a prize now")


def cut(
    lengths: list[int], *, memory: int | None = None, rows: int = 8, most_rows: int | None = None
) -> list[list[int]]:
    """Return the batches that inputs of these lengths run in, after checking that each is answered in its place."""
    seen: list[list[int]] = []

    def answer(batch: list[int]) -> list[int]:
        seen.append(batch)
        return [-each for each in batch]

    assert Batches("cpu", SMALL, memory, rows).run(lengths, answer, most_rows) == [-n for n in range(len(lengths))]
    return seen


def test_texts_of_like_length_run_together() -> None:
    """Shortest first, no more than the engine takes, or this call."""
    assert cut([5, 300, 6, 299], rows=2) == [[0, 2], [3, 1]]
    assert cut([9] * 5, most_rows=2) == [[0, 1], [2, 3], [4]]
    assert cut([]) == []


def test_long_texts_have_small_batches() -> None:
    """Padding counts: every text of a batch takes as much as its longest."""
    batches = cut([MOST_TOKENS // 4] * 8 + [10] * 8 + [2 * MOST_TOKENS])
    assert [len(batch) for batch in batches] == [8, 4, 4, 1]


def test_little_memory_has_small_batches() -> None:
    """A process that may hold hardly more than it holds answers one by one."""
    assert [len(batch) for batch in cut([200] * 8, memory=1)] == [1] * 8


def test_a_batch_too_large_is_halved() -> None:
    """If memory runs out in spite of the estimate, answers so far stay and the rest continues in halves."""
    sizes: list[int] = []

    def answer(batch: list[int]) -> list[int]:
        sizes.append(len(batch))
        np.empty(1 << 45 if len(batch) > 2 else 1)  # 32 terabytes
        return batch

    batches = Batches("cpu", SMALL, None, 8)
    assert batches.run([100] * 12, answer) == list(range(12))
    assert sizes == [8, 4, 2, 2, 2, 2, 2, 2]
    assert batches.run([100] * 4, answer) == list(range(4))
    assert sizes[8:] == [2, 2]


def test_one_text_too_large_is_an_error() -> None:
    """And so is what has nothing to do with memory, at once."""
    with pytest.raises(MemoryError):
        Batches("cpu", SMALL, None, 8).run([9] * 3, lambda _: [np.empty(1 << 45)])
    with pytest.raises(ValueError, match="a bad text"):
        Batches("cpu", SMALL, None, 8).run([9] * 3, _bad)


def _bad(batch: list[int]) -> list[int]:
    if len(batch) < 3:
        raise AssertionError("asked again")
    raise ValueError("a bad text")


class Settings:
    """A configuration as a library has it."""

    d_model = 512
    encoder_attention_heads = 8


@for_each(
    ("config", "network"),
    [
        ({"hidden_size": 384, "num_attention_heads": 12}, (384, 12)),
        (Settings(), (512, 8)),
        ({"dim": 768}, (768, 24)),
        (None, (1024, 32)),
        ({"hidden_size": None, "num_attention_heads": "many"}, (1024, 32)),
    ],
)
def test_dimensions_from_a_configuration(config: object, network: tuple[int, int]) -> None:
    """Anything may be missing: then a usual, rather wide network is assumed."""
    assert Network.of(config) == network


def test_tokens_are_guessed_well_enough(starter_home: Home) -> None:
    """Neither far too few, nor so many that batches were needlessly small; of broken texts too."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(onnx_folder(starter_home) / "tokenizer.json"))
    for text in (LONG[0][:800], "Er kommt übermorgen mit der Straßenbahn. " * 9, "会議は金曜日に変更されました。" * 20):
        assert 0.8 < about_tokens(text, 10_000) / len(tokenizer.encode(text).ids) < 2.5
    assert about_tokens("x" * 10_000, 256) == 256
    assert about_tokens("broken \ud800 text", 256) > 2


# An engine that takes 32 texts at once, however long they are.
FIXED = """
import sys
from advisor.probe import worker
from advisor.engines import batches
old = batches.Batches.__init__
def fixed(self, device, network, memory_bytes, rows):
    old(self, device, network._replace(width=0, heads=0), memory_bytes, 32)
    self._most_tokens = 10 ** 9
batches.Batches.__init__ = fixed
sys.exit(worker.main())
"""


@pytest.mark.usefixtures("cold")  # what the tests have imported is no part of an engine's memory
@pytest.mark.soak
def test_sized_batches_keep_a_limit_that_a_fixed_one_breaks(starter_home: Home, tmp_path: Path) -> None:
    """40 long mails: the room above what the model takes for short ones is less than 32 of them need."""
    what = spec(onnx_folder(starter_home), "onnx", "model.onnx")  # it reads 256 tokens
    with Worker(what, LIMITS, tmp_path / "log") as worker:
        worker.load()
        worker.run(examples(*SHORT))
        least = worker.peak_memory_bytes
    limits = WorkerLimits(memory_bytes=least + 110_000_000, seconds_per_example=60, load_seconds=120)
    file = tmp_path / "fixed.py"
    file.write_text(FIXED, encoding="utf-8")
    with Worker(what, limits, tmp_path / "log", command=[str(file)]) as worker:
        worker.load()
        with pytest.raises(ProbeFailedError, match="of memory, more than the limit of") as caught:
            worker.run(examples(*LONG))
        assert caught.value.is_circumstance
    with Worker(what, limits, tmp_path / "log") as worker:
        worker.load()
        assert [outcome.error for outcome in worker.run(examples(*LONG))] == [None] * len(LONG)
        assert worker.peak_memory_bytes < limits.memory_bytes


def in_process(folder: Path, code: str) -> CompletedProcess[str]:
    """Run code that loads a model (`loaded(memory_bytes)`) in a process of its own."""
    before = """
        import json, os, resource, sys
        from pathlib import Path
        from advisor.candidates.layout import inspect
        from advisor.engines.base import Load, load
        from advisor.engines.batches import NO_MEMORY
        folder = Path(sys.argv[1])
        form = inspect(folder).forms[0]
        def loaded(memory_bytes=None):
            return load(form.runtime, Load(folder, form.files, form.ability, 1, memory_bytes=memory_bytes))
        """
    return run_python(
        "-c",
        textwrap.dedent(before) + textwrap.dedent(code),
        folder,
        variables={"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"},
    )


def printed(done: CompletedProcess[str]) -> Any:
    """Return the last line that a process printed, read as JSON."""
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


SQUEEZED = """
model = loaded()
batches, sizes = getattr(model, "_batches", None) or model._graph.batches, []
model.encode(["one short text"])
real = batches._next
def noted(*arguments):
    sizes.append(len(real(*arguments)))
    return real(*arguments)
batches._next = noted
held = int(open("/proc/self/status").read().partition("VmSize:")[2].split()[0]) * 1024
for megabytes in (20, 40, 80, 160):
    if not (child := os.fork()):
        resource.setrlimit(resource.RLIMIT_AS, (held + megabytes * 10**6, resource.RLIM_INFINITY))
        try:
            shape = model.encode(["the meeting is moved to friday " * 120] * 16).shape
        except Exception as error:
            os._exit(1 if NO_MEMORY.search(str(error)) else 2)
        print(json.dumps([shape, sizes]), flush=True)
        os._exit(0)
    if (code := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])) != 1:
        sys.exit(code)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits the address space")
@pytest.mark.usefixtures("cold")  # what a warm process has to spare depends on the tests before
@pytest.mark.parametrize("kind", ["onnx", "sentence-transformers"])
@pytest.mark.soak
def test_an_engine_that_gets_no_memory_goes_on_with_less(starter_home: Home, tmp_path: Path, kind: str) -> None:
    """The machine has plenty, the process must not have it: the engine's own error halves the batch."""
    folder = onnx_folder(starter_home)
    if kind != "onnx":
        folder = copy(minilm_folder(starter_home), tmp_path / "minilm")
        (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 512}', encoding="utf-8")
    # What a batch of eight does not fit in and one of one does depends on the processor's kernels.
    shape, sizes = printed(in_process(folder, SQUEEZED))
    assert shape == [16, 384]
    assert sizes[0] == 8
    assert sizes[-1] < 8


@pytest.mark.soak
def test_answers_do_not_depend_on_the_memory() -> None:
    """All abilities that run in batches: with hardly any room the same answers, one by one."""
    kinds = (("classify", tiny), ("tag", tiny_onnx), ("read", tiny), ("entail", tiny_onnx))
    asked = [(str(make(kind)), *CALLS[kind]) for kind, make in kinds]
    code = f"""
for at, kind, *given in {asked!r}:
    folder, form = Path(at), inspect(Path(at)).forms[0]
    print(json.dumps([getattr(loaded(memory), kind)(*given) for memory in (None, 1)]))
"""
    done = in_process(tiny("classify"), code)
    assert done.returncode == 0, done.stderr[-2000:]
    for (_, _, *given), line in zip(asked, done.stdout.splitlines()[-len(asked) :], strict=True):
        plenty, scarce = json.loads(line)
        assert len(plenty) == len(given[0])
        assert plenty == about(scarce, 1e-3)
