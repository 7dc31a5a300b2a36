"""The context length for a language model in a GGUF file: enough for the task's longest prompt.

At least the usual length, even if the model was made for less. Longer contexts are limited by the model's maximum, by
memory, and by the time limit of an example: a longer text is cut at its end.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from advisor.candidates import predict
from advisor.engines import words
from advisor.engines.table import ENGINES
from advisor.families import family
from advisor.families.shown_examples import to_show
from advisor.formats.headers import read_header
from advisor.system import machine

if TYPE_CHECKING:
    from advisor.candidates.context import Context
    from advisor.task.examples import ExampleSet
    from advisor.task.model import Task

USUAL_TOKENS = predict.PROMPT_TOKENS
STEP_TOKENS = 1024
# Tokens of a chat template around a message.
TURN_TOKENS = 32
# Without the file: typical cache bytes per token of current models (SmolLM2-135M 23 kB, Llama 3 8B 131 kB).
CACHE_BYTES_AT_A_BILLION = 40_000
TIME_SHARE = 0.5


class Room(NamedTuple):
    """A context's tokens, and its bytes beyond those of the usual length."""

    tokens: int = USUAL_TOKENS
    more_bytes: int = 0

    @property
    def options(self) -> dict[str, int]:
        """Options passed to the engine; empty for a context of the usual length."""
        return {} if self.tokens == USUAL_TOKENS else {"context_tokens": self.tokens}


def tokens_in(text: str) -> int:
    """Return an upper estimate of a text's tokens."""
    return int(words.tokens_in(text)) + 1


def wanted_tokens(task: Task, examples: ExampleSet) -> int:
    """Return the tokens of the longest prompt, including shown examples, and of its answer."""
    kind = family(task.family)
    fixed = tokens_in(task.instruction) + tokens_in(task.prompt.template or "")
    fixed += (kind.prompt_characters(task, examples.labels) - len(task.instruction)) // int(words.LETTERS_PER_TOKEN)
    fixed += sum(tokens_in(text) + TURN_TOKENS for text in shown_texts(task, examples))
    longest = max((tokens_in(example.input) for example in examples.evidence), default=0)
    return fixed + longest + task.prompt.max_tokens + 2 * TURN_TOKENS


def shown_texts(task: Task, examples: ExampleSet) -> list[str]:
    """Return the inputs and answers that a prompt shows."""
    rows = [(each.given, each.expected) for each in examples.teaching]
    shown = [examples.teaching[place] for place in to_show(task.prompt.model_dump(), rows)]
    return [text for each in shown for text in (each.input, str(each.expected))]


def room_for(context: Context, runtime: str, file: Path | None, weights_bytes: int, computed: int | None) -> Room:
    """Return the context to load a model with; `computed` are its active parameters per token, None if unknown."""
    task = context.task
    wanted = wanted_tokens(task, context.examples)
    if wanted <= USUAL_TOKENS:
        return Room()
    own, cache_bytes = _from_header(file)
    if cache_bytes is None:
        cache_bytes = int(CACHE_BYTES_AT_A_BILLION * math.sqrt((computed or 2 * weights_bytes) / 1e9))
    serving = predict.serving_bytes(runtime, weights_bytes)
    free = context.memory_limit - serving - ENGINES[runtime].base_memory_bytes
    if task.constraints.max_memory is not None:
        free = min(free, task.constraints.max_memory - serving)
    bounds = [wanted + -wanted % STEP_TOKENS, USUAL_TOKENS + max(0, free) // max(1, cache_bytes)]
    if own is not None:
        bounds.append(own)
    speed = machine.operations_per_second
    if computed and (pace := predict.seconds_per_token(runtime, computed, context.threads, speed())) is not None:
        bounds.append(int(TIME_SHARE * task.limits.seconds_per_example / pace))
    tokens = max(USUAL_TOKENS, min(bounds) // STEP_TOKENS * STEP_TOKENS)
    return Room(tokens, (tokens - USUAL_TOKENS) * cache_bytes)


def _from_header(file: Path | None) -> tuple[int | None, int | None]:
    """Return the context length of a file's model, and its cache bytes per token."""
    if file is None:
        return None, None
    try:
        header = read_header(file)
    except (ValueError, OSError):  # loading it reports the error
        return None, None
    return header.context_tokens, header.cache_bytes
