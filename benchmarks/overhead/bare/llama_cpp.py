"""llama.cpp through xllamacpp, the answer held to the labels by a grammar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import xllamacpp

if TYPE_CHECKING:
    from collections.abc import Callable


def prepare(job: dict[str, Any]) -> Callable[[list[str]], object]:
    """Load the model."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path = job["path"]
    parameters.n_ctx, parameters.n_parallel, parameters.warmup = 2048, 1, False
    for threads in (parameters.cpuparams, parameters.cpuparams_batch):
        threads.n_threads = job["threads"]
        threads.poll = 0  # as the probe does: else another process's load would slow one side down more
    parameters.cache_ram_mib = 0  # every pass has the same texts: they shall be read each time
    server = xllamacpp.Server(parameters)
    grammar = "root ::= " + " | ".join(f'"{label}"' for label in job["labels"])

    def one(text: str) -> Any:  # noqa: ANN401  what the engine gives
        messages = [{"role": "system", "content": job["system"]}, {"role": "user", "content": text}]
        asked = {"messages": messages, "temperature": 0, "max_tokens": 64, "grammar": grammar}
        return server.handle_chat_completions(asked)["choices"][0]["message"]["content"]

    return lambda texts: [one(text) for text in texts]
