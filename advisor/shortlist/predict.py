"""Predictions before anything runs: memory to serve a model, and seconds per example. All are estimates."""

from __future__ import annotations

GENERATOR_RUNTIME = "llama.cpp"
STATIC_RUNTIME = "static"
CHARACTERS_PER_TOKEN = 4.5
ENCODER_TOKENS = 256
PROMPT_TOKENS = 2048
# Multiply-add throughput that small matrices reach on one processor thread, measured on MiniLM and SmolLM2.
OPERATIONS_PER_SECOND = {
    "sentence-transformers": 1.6e10,
    "transformers": 1.6e10,
    "onnx": 1.9e10,
    GENERATOR_RUNTIME: 2.2e10,
}
STATIC_SECONDS_PER_CHARACTER = 4e-7
# Shares of the weights: activations of one short batch for an encoder; key-value cache and compute buffers
# of a 2,048-token context for a generator (SmolLM2-135M: 47 MB of cache beside 98 MB of weights).
# A Whisper model is stored in 16 bits and computed in 32 on a processor.
WORKING_SHARE = {GENERATOR_RUNTIME: 0.5, STATIC_RUNTIME: 0.0, "faster-whisper": 1.25}
ENCODER_WORKING_SHARE = 0.125


def serving_bytes(runtime: str, weights_bytes: int) -> int:
    """Return the least memory to serve a model: its weights at their precision plus working memory."""
    return int(weights_bytes * (1.0 + WORKING_SHARE.get(runtime, ENCODER_WORKING_SHARE)))


def seconds_per_example(
    runtime: str,
    parameters: int | None,
    *,
    characters: float,
    prompt_characters: int,
    answer_tokens: int,
    threads: int,
) -> float | None:
    """Return the predicted seconds for one example, None when the parameter count is unknown.

    Two operations per parameter and token (Kaplan et al. 2020, "Scaling laws for neural language models", section
    2.1), over a measured throughput. Embedding tables are counted as if they were computed with: an upper estimate.

    Args:
        runtime: The engine.
        parameters: Of the model.
        characters: Mean length of an input.
        prompt_characters: Length of what a prompted model reads besides the input (read once, then kept).
        answer_tokens: How many a generated answer has.
        threads: Processor threads used.
    """
    if runtime == STATIC_RUNTIME:
        return characters * STATIC_SECONDS_PER_CHARACTER
    if parameters is None:
        return None
    if runtime == GENERATOR_RUNTIME:
        tokens = min(PROMPT_TOKENS, characters / CHARACTERS_PER_TOKEN) + answer_tokens
        tokens += 0.05 * prompt_characters / CHARACTERS_PER_TOKEN
    else:
        tokens = min(ENCODER_TOKENS, characters / CHARACTERS_PER_TOKEN)
    return 2.0 * parameters * tokens / (OPERATIONS_PER_SECOND[runtime] * threads)
