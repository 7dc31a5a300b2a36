"""Predictions before anything runs: memory to serve a model, and seconds per example. All are estimates."""

from __future__ import annotations

GENERATOR_RUNTIME = "llama.cpp"
STATIC_RUNTIME = "static"
CHARACTERS_PER_TOKEN = 4.5
ENCODER_TOKENS = 256
PROMPT_TOKENS = 2048
# Shares of what one thread reaches in a matrix product that fits its cache (`machine.operations_per_second`), measured
# on MiniLM, paraphrase-MiniLM-L3 and SmolLM2.
EFFICIENCY = {
    "sentence-transformers": 0.4,
    "transformers": 0.4,
    "onnx": 0.6,
    GENERATOR_RUNTIME: 0.42,
}
# Of one more thread.
THREADING = 0.8
# Without a look into the weights: what small encoders look up in tables rather than compute with.
COMPUTED_SHARE = 0.5
SMALL_ENCODER = 150_000_000
# Engines whose time follows the text's length, whatever the model: tables that are looked up, spaCy's small networks
# (measured on wordllama and en_core_web_sm).
SECONDS_PER_CHARACTER = {STATIC_RUNTIME: 8e-7, "spacy": 2.5e-5}
# Shares of the weights: activations of one short batch for an encoder; key-value cache and compute buffers
# of a 2,048-token context for a generator (SmolLM2-135M: 47 MB of cache beside 98 MB of weights).
# A Whisper model is stored in 16 bits and computed in 32 on a processor.
WORKING_SHARE = {GENERATOR_RUNTIME: 0.5, STATIC_RUNTIME: 0.0, "faster-whisper": 1.25}
ENCODER_WORKING_SHARE = 0.125


def serving_bytes(runtime: str, weights_bytes: int) -> int:
    """Return the least memory to serve a model: its weights at their precision plus working memory."""
    return int(weights_bytes * (1.0 + WORKING_SHARE.get(runtime, ENCODER_WORKING_SHARE)))


def computed_parameters(runtime: str, parameters: int | None) -> int | None:
    """Return about how many parameters each token is multiplied with, where the weights cannot be looked into."""
    if parameters is None or runtime == GENERATOR_RUNTIME or parameters > SMALL_ENCODER:
        return parameters
    return int(parameters * COMPUTED_SHARE)


def seconds_per_token(runtime: str, computed: int, threads: int, operations_per_second: float) -> float:
    """Return the predicted seconds for a token of an engine whose `EFFICIENCY` is known.

    Two operations per parameter and token (Kaplan et al. 2020, "Scaling laws for neural language models", section
    2.1), over a measured throughput.
    """
    speed = operations_per_second * EFFICIENCY[runtime] * (1.0 + THREADING * (threads - 1))
    return 2.0 * computed / speed


def seconds_per_example(
    runtime: str,
    computed: int | None,
    *,
    characters: float,
    prompt_characters: int,
    answer_tokens: int,
    threads: int,
    operations_per_second: float,
    context_tokens: int = PROMPT_TOKENS,
) -> float | None:
    """Return the predicted seconds for one example, None where the parameter count or the engine's speed is unknown.

    Args:
        runtime: The engine.
        computed: Parameters that each token is multiplied with.
        characters: Mean length of an input.
        prompt_characters: Length of what a prompted model reads besides the input (read once, then kept).
        answer_tokens: How many a generated answer has.
        threads: Processor threads used.
        operations_per_second: What one thread of this machine reaches; see `machine.operations_per_second`.
        context_tokens: How many tokens a generator reads at most.
    """
    if runtime in SECONDS_PER_CHARACTER:
        return characters * SECONDS_PER_CHARACTER[runtime]
    if computed is None or runtime not in EFFICIENCY:
        return None
    if runtime == GENERATOR_RUNTIME:
        tokens = min(context_tokens, characters / CHARACTERS_PER_TOKEN) + answer_tokens
        tokens += 0.05 * prompt_characters / CHARACTERS_PER_TOKEN
    else:
        tokens = min(ENCODER_TOKENS, characters / CHARACTERS_PER_TOKEN)
    return tokens * seconds_per_token(runtime, computed, threads, operations_per_second)
