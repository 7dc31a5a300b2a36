"""How many tokens of context a language model in a GGUF file is loaded with: what the task's longest prompt takes.

At least the usual tokens, also where the model was made for fewer. Beyond those at most what it was made for, what
memory holds, and what can be read within the time that an example may take: a longer text is cut at its end.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from advisor.candidates import predict
from advisor.engines.table import ENGINES
from advisor.families import family
from advisor.families.shown_examples import to_show
from advisor.formats.headers import read_header
from advisor.system import machine

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.candidates.context import Context
    from advisor.task.examples import ExampleSet
    from advisor.task.model import Task

USUAL_TOKENS = predict.PROMPT_TOKENS
STEP_TOKENS = 1024
# Rather too many tokens than too few: English has some 4.5 letters a token, other scripts up to a token for two bytes.
LETTERS_PER_TOKEN, BYTES_PER_TOKEN = 3, 2
# What a chat template puts around a message.
TURN_TOKENS = 32
# Where the file is not here: about what models of today keep for a token (SmolLM2-135M 23 kB, Llama 3 8B 131 kB).
CACHE_BYTES_AT_A_BILLION = 40_000
TIME_SHARE = 0.5


class Room(NamedTuple):
    """A context's tokens, and the bytes that it takes beyond those of a usual one."""

    tokens: int = USUAL_TOKENS
    more_bytes: int = 0

    @property
    def options(self) -> dict[str, int]:
        """What the engine is told; nothing of a usual context."""
        return {} if self.tokens == USUAL_TOKENS else {"context_tokens": self.tokens}


def tokens_in(text: str) -> int:
    """Return about how many tokens a text has at most."""
    letters = len(text.encode("ascii", "ignore"))
    return letters // LETTERS_PER_TOKEN + (len(text.encode("utf-8", "replace")) - letters) // BYTES_PER_TOKEN + 1


def wanted_tokens(task: Task, examples: ExampleSet) -> int:
    """Return the tokens of the longest prompt, shown examples included, and of an answer to it."""
    kind = family(task.family)
    fixed = tokens_in(task.instruction) + tokens_in(task.prompt.template or "")
    fixed += (kind.prompt_characters(task, examples.labels) - len(task.instruction)) // LETTERS_PER_TOKEN
    rows = [(each.given, each.expected) for each in examples.teaching]
    shown = [examples.teaching[place] for place in to_show(task.prompt.model_dump(), rows)]
    fixed += sum(tokens_in(each.input) + tokens_in(str(each.expected)) + 2 * TURN_TOKENS for each in shown)
    longest = max((tokens_in(example.input) for example in examples.evidence), default=0)
    return fixed + longest + task.prompt.max_tokens + 2 * TURN_TOKENS


def room_for(context: Context, runtime: str, file: Path | None, weights_bytes: int, computed: int | None) -> Room:
    """Return the context that a model is loaded with.

    Args:
        context: The task, its examples and the machine.
        runtime: The engine.
        file: The model's, None if it is still to be fetched.
        weights_bytes: Their size.
        computed: Parameters that each token is multiplied with, None if unknown.
    """
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
    pace = None
    if computed is not None:
        pace = predict.seconds_per_token(runtime, computed, context.threads, machine.operations_per_second())
    if pace is not None:
        bounds.append(int(TIME_SHARE * task.limits.seconds_per_example / pace))
    tokens = max(USUAL_TOKENS, min(bounds) // STEP_TOKENS * STEP_TOKENS)
    return Room(tokens, (tokens - USUAL_TOKENS) * cache_bytes)


def _from_header(file: Path | None) -> tuple[int | None, int | None]:
    """Return how many tokens a file's model was made for, and how many bytes it keeps for one."""
    if file is None:
        return None, None
    try:
        header = read_header(file)
    except (ValueError, OSError):  # loading it will say so
        return None, None
    return header.context_tokens, header.cache_bytes
