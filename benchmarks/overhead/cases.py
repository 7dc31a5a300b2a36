"""What is measured of each engine: a model at hand, the examples, what the worker is told and what the bare loop."""

from __future__ import annotations

import csv
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from advisor.candidates.installed import find
from advisor.decide.batching import batch_size
from advisor.engines import batches, onnx, sentence_transformers, spacy, transformers
from advisor.engines.base import Constraint
from advisor.engines.openai_server import response_format
from advisor.families.text_classification import system_prompt
from advisor.formats import spacy_folder
from advisor.probe.protocol import ProbeSpec
from advisor.starter.manifest import STARTER
from advisor.starter.more import SPEECH, TAGS
from advisor.system.machine import look
from advisor.task.examples import Example
from benchmarks.common import ROOT, spam_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from advisor.candidates.installed import ModelAtHand

LABELS = {"ham": "a wanted mail", "spam": "an unwanted bulk or fraudulent mail"}
INSTRUCTION = "Decide whether a mail is spam or ham."
TEACHING = 100
STATIC, ONNX, MINILM, GGUF = (model.name for model in STARTER)
SERVED = "smollm2"


class Missing(Exception):  # noqa: N818  it is no error: the table says so
    """What an engine cannot be measured without."""


@dataclass(frozen=True)
class Case:
    """One engine's work.

    Attributes:
        model: Its name.
        spec: What the worker is told.
        examples: What is answered.
        job: What the bare loop is told; `module` is its file in `bare/`.
        is_batched: Whether the engine gains by several texts at once.
    """

    model: str
    spec: ProbeSpec
    examples: list[Example]
    job: dict[str, Any] = field(default_factory=dict)
    is_batched: bool = True

    def batches(self) -> Iterator[list[Example]]:
        """Yield the examples in the batches of the search."""
        done = 0
        while done < len(self.examples):
            count = batch_size(self.spec.runtime, done)
            yield self.examples[done : done + count]
            done += count


Models = dict[str, "ModelAtHand"]


def at_hand() -> Models:
    """Return the starter models that are here, by name."""
    names = {model.name for model in (*STARTER, *SPEECH, *TAGS)}
    return {model.name: model for model in find() if model.name in names}


def _one(models: Models, name: str, option: str = "") -> ModelAtHand:
    if name not in models:
        raise Missing(f"{name} is not here: advisor models starter{option}")
    return models[name]


def _spec(model: ModelAtHand | None, runtime: str, method: str, ability: str, **more: Any) -> ProbeSpec:  # noqa: ANN401
    facts: dict[str, Any] = {
        "runtime": runtime,
        "method": method,
        "path": str(model.folder) if model else ".",
        "files": model.forms[0].files if model else (),
        "family": "text-classification",
        "instruction": INSTRUCTION,
        "labels": LABELS,
        "teaching": (),
        "threads": look().threads,
        "seed": 0,
        "ability": ability,
    }
    return ProbeSpec(**facts | more)


def _mails(count: int) -> list[Example]:
    return [Example(str(n), text, label, n) for n, (text, label) in enumerate(spam_rows(TEACHING + count)[TEACHING:])]


def _case(model: str, spec: ProbeSpec, examples: list[Example], job: Mapping[str, Any], **more: Any) -> Case:  # noqa: ANN401
    told = {"module": spec.runtime.replace("-", "_").replace(".", "_"), "path": spec.path, "threads": spec.threads}
    return Case(model, spec, examples, told | dict(job), **more)


def _encoder(runtime: str, name: str, count: int, rows: int) -> Callable[..., AbstractContextManager[Case]]:
    @contextmanager
    def make(models: Models, _: Path) -> Iterator[Case]:
        teaching = spam_rows(TEACHING)
        spec = _spec(_one(models, name), runtime, "head", "encode", teaching=tuple(teaching))
        yield _case(name, spec, _mails(count), {"teaching": teaching, "rows": rows})

    return make


@contextmanager
def _classifier(models: Models, folder: Path) -> Iterator[Case]:
    source, made = _one(models, MINILM).folder, folder / "classifier"
    subprocess.run([sys.executable, "-m", "benchmarks.overhead.classifier", source, made], check=True, cwd=ROOT)
    spec = _spec(None, "transformers", "as is", "classify", path=str(made), files=("model.safetensors",))
    job = {"rows": transformers.BATCH, "tokens": batches.MOST_TOKENS}
    yield _case("all-MiniLM-L6-v2 with a head", spec, _mails(64), job)


def _asked() -> dict[str, Any]:
    return {"system": system_prompt(INSTRUCTION, LABELS), "labels": list(LABELS)}


@contextmanager
def _llama(models: Models, _: Path) -> Iterator[Case]:
    model = _one(models, GGUF)
    spec = _spec(model, "llama.cpp", "prompted", "chat")
    path = {"path": str(model.folder / model.forms[0].files[0])}
    yield _case(GGUF, spec, _mails(8), _asked() | path, is_batched=False)


@contextmanager
def _whisper(models: Models, _: Path) -> Iterator[Case]:
    from tests.families.speech import clips, transcript  # the tests' recordings; no part of the program

    name = SPEECH[0].name
    family = "automatic-speech-recognition"
    spec = _spec(_one(models, name, " --speech"), "faster-whisper", "as is", "transcribe", labels={}, family=family)
    spoken = [
        Example(str(n), clip.name, transcript(clip), n, (("audio", str(clip)),))
        for n, clip in enumerate(sorted((clips() / "en").glob("*.wav")))
    ]
    yield _case(name, spec, spoken, {}, is_batched=False)


@contextmanager
def _spacy(models: Models, _: Path) -> Iterator[Case]:
    name = TAGS[0].name
    model = _one(models, name, " --tags")
    labels = {"PERSON": "a human being", "GPE": "a country, a state or a city"}
    spec = _spec(model, "spacy", "as is", "tag", family="token-classification", labels=labels)
    with (ROOT / "examples" / "speeches" / "passages.csv").open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for _, row in zip(range(200), csv.DictReader(file), strict=False)]
    passages: list[Example] = [Example(str(n), text, [], n) for n, text in enumerate(texts)]
    others = list(spacy_folder.read(model.folder, frozenset()).others)
    yield _case(name, spec, passages, {"exclude": others, "rows": spacy.BATCH})


def _served(runtime: str) -> Callable[..., AbstractContextManager[Case]]:
    @contextmanager
    def make(models: Models, _: Path) -> Iterator[Case]:
        model = _one(models, GGUF)
        file, threads = model.folder / model.forms[0].files[0], str(look().threads)
        with subprocess.Popen(
            [sys.executable, "-m", "benchmarks.overhead.server", file, threads],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
        ) as server:
            url = f"{server.stdout.readline().strip()}/v1" if server.stdout else ""
            options = {"url": url, "model": SERVED, "seconds": 600}
            spec = _spec(None, runtime, "prompted", "chat", options=options)
            job = _asked() | {"url": url, "model": SERVED, "form": response_format(Constraint(tuple(LABELS)))}
            yield _case(f"{GGUF} on loopback", spec, _mails(4), job, is_batched=False)
            server.kill()

    return make


# By engine, what makes its case; the number of texts is such that a pass takes some seconds at the most.
CASES: dict[str, Callable[..., AbstractContextManager[Case]]] = {
    "static": _encoder("static", STATIC, 500, 0),
    "onnx": _encoder("onnx", ONNX, 200, onnx.BATCH),
    "sentence-transformers": _encoder("sentence-transformers", MINILM, 64, sentence_transformers.BATCH),
    "transformers": _classifier,
    "llama.cpp": _llama,
    "faster-whisper": _whisper,
    "spacy": _spacy,
    "openai": _served("openai"),
    "hf-inference": _served("hf-inference"),
}
