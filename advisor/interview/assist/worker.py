"""Runs a language model in its own process: a local GGUF file, or a server that speaks OpenAI's protocol."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.errors import OutOfReachError, one_line

if TYPE_CHECKING:
    from advisor.interview.assist.language_model import LanguageModel
    from advisor.probe.protocol import ProbeSpec

CONTEXT_TOKENS = 4096
MOST_TOKENS = 400
LOAD_SECONDS = 300.0
MEMORY_SHARE = 0.8


class Reply(NamedTuple):
    """A model's answer with the engine's name; `output` is None if there is none, with the reason."""

    output: Any
    engine: str
    reason: str = ""


def ask_object(model: LanguageModel, instruction: str, text: str, schema: dict[str, Any]) -> Reply:
    """Return a model's JSON object for a text, constrained by the schema if the engine can.

    OutOfReachError if the model does not answer.
    """
    from advisor.probe.failure import ProbeFailedError
    from advisor.probe.supervisor import Worker, WorkerLimits
    from advisor.system.machine import measure_machine
    from advisor.task.example import Example

    machine = measure_machine()
    limits = WorkerLimits(int(machine.available_memory_bytes * MEMORY_SHARE), model.seconds, LOAD_SECONDS)
    descriptor, log = tempfile.mkstemp(suffix=".log")  # thrown away
    os.close(descriptor)
    try:
        with Worker(_spec(model, instruction, schema, machine.threads), limits, Path(log)) as worker:
            engine = worker.load().engine
            outcome = worker.run([Example("words", text, None, 1)])[0]
            return Reply(outcome.output, engine, one_line(outcome.error or "", 200))
    except ProbeFailedError as error:
        raise OutOfReachError(
            f"The language model {one_line(model.name, 120)} cannot be asked ({one_line(error, 300)}); "
            "fix that, or go on without one"
        ) from None
    finally:
        Path(log).unlink(missing_ok=True)


def _spec(model: LanguageModel, instruction: str, schema: dict[str, Any], threads: int) -> ProbeSpec:
    from advisor.probe.protocol import ProbeSpec

    options: dict[str, Any] = {"context_tokens": CONTEXT_TOKENS}
    if not model.file:
        options = {"url": model.url, "model": model.model, "key_env": model.key_env, "seconds": model.seconds}
    file = Path(model.file)
    return ProbeSpec(
        runtime="llama.cpp" if model.file else "openai",
        method="prompted",
        path=str(file.parent) if model.file else "",
        files=(file.name,) if model.file else (),
        family="json-extraction",
        instruction=instruction,
        labels={},
        teaching=(),
        threads=threads,
        seed=0,
        ability="chat",
        prompt={"max_tokens": MOST_TOKENS},
        scoring={"json_schema": schema},
        options=options,
    )
