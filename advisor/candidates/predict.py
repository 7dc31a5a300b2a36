"""Predictions before anything runs: memory to serve a model, and seconds per example. All are estimates."""

from advisor.engines.table import ENGINES

# Of English.
CHARACTERS_PER_TOKEN = 4.5
ENCODER_TOKENS = 256
PROMPT_TOKENS = 2048
# Gain from each further thread.
THREADING = 0.8
# Without reading the weights: parameters of small encoders in lookup tables, which are not computed with.
COMPUTED_SHARE = 0.5
SMALL_ENCODER = 150_000_000


# Share of a batch's tokens that are not padding. Overhead of a step per text, in tokens, including special tokens
# (MiniLM, 16 texts per step).
FILLED, BESIDES = 0.6, 10
# Cost of a generated token, in tokens read: many are read at once, and a generated one waits for its grammar (SmolLM2
# with two threads: 2.8 ms to read, 14 to generate freely, 70 with a schema). With transformers it is 12 for a language
# model of 362 million parameters, 7 to 22 for a translator of 75 million, depending on the batch.
WRITTEN = 10.0
# Language models with fewer parameters seldom end a text of their own accord (see `Family.answer_tokens`).
ENDS_TEXTS_FROM = 500_000_000
# A worker's start time grows with its libraries: 1.2 s (160 MB) with scikit-learn, 4.5 s (520 MB) with torch.
IMPORTED_BYTES_A_SECOND, READ_BYTES_A_SECOND = 120e6, 1e9
# A worker without libraries, in bytes.
PLAIN_WORKER = 28_000_000
# A backward pass takes twice the operations of a forward pass (Kaplan et al. 2020, section 2.1).
FORWARD_AND_BACK = 3.0


def serving_bytes(runtime: str, weights_bytes: int) -> int:
    """Return the least memory to serve a model: its weights at their precision plus working memory."""
    return int(weights_bytes * (1.0 + ENGINES[runtime].working_share))


def loading_seconds(libraries_bytes: int, weights_bytes: int) -> float:
    """Return the predicted seconds until a worker answers, for reading libraries and weights, without training."""
    return libraries_bytes / IMPORTED_BYTES_A_SECOND + weights_bytes / READ_BYTES_A_SECOND


def computed_parameters(runtime: str, parameters: int | None) -> int | None:
    """Estimate the active parameters per token if the weights cannot be read."""
    if parameters is None or ENGINES[runtime].is_generator or parameters > SMALL_ENCODER:
        return parameters
    return int(parameters * COMPUTED_SHARE)


def seconds_per_token(runtime: str, computed: int, threads: int, operations_per_second: float) -> float | None:
    """Return the predicted seconds for a token, None for an engine of unknown efficiency.

    Two operations per parameter and token (Kaplan et al. 2020, "Scaling laws for neural language models", section
    2.1), over a measured throughput.
    """
    efficiency = ENGINES[runtime].efficiency
    if efficiency is None:
        return None
    return 2.0 * computed / (operations_per_second * efficiency * _gain(threads))


def _gain(threads: float) -> float:
    return 1.0 + THREADING * (threads - 1.0)


def slowed(by: float, threads: int) -> float:
    """Return the slowdown of a model's threads where other processes slow each of them so much.

    They wait for each other, and the slowest decides. On two processors with nine busy processes an answer of SmolLM2
    took 1.30 s with two threads and 1.35 to 1.7 with one.
    """
    return by * _gain(threads) / _gain(1.0 + (threads - 1.0) / by)


def seconds_per_example(
    runtime: str,
    computed: int | None,
    *,
    characters: float,
    texts: float = 1.0,
    prompt_characters: int,
    answer_tokens: int,
    threads: int,
    operations_per_second: float,
    context_tokens: int = PROMPT_TOKENS,
    file_tokens: int | None = None,
    characters_per_token: float = CHARACTERS_PER_TOKEN,
    writes: bool = False,
) -> float | None:
    """Return the predicted seconds for one example, None if the parameter count or the engine's speed is unknown.

    Args:
        runtime: The engine.
        computed: Active parameters per token.
        characters: Mean length of a text read.
        texts: Texts read separately for one answer.
        prompt_characters: Length of a prompt without the input (read once, then cached).
        answer_tokens: Tokens of a generated answer.
        threads: Processor threads used.
        operations_per_second: Throughput of one thread of this machine; see `machine.operations_per_second`.
        context_tokens: Maximum of tokens that a generator reads.
        file_tokens: Tokens of an encoder for one file, if the input is a file.
        characters_per_token: Of the texts read, which depends on their language.
        writes: Whether it generates its answer token by token, as language models and translators do.
    """
    engine = ENGINES[runtime]
    if engine.seconds_per_character is not None:
        return engine.seconds_per_answer + characters * engine.seconds_per_character
    pace = seconds_per_token(runtime, computed, threads, operations_per_second) if computed is not None else None
    if pace is None:
        return None
    if engine.is_generator or writes:
        tokens = min(context_tokens, characters / characters_per_token) + WRITTEN * answer_tokens
        tokens += 0.05 * prompt_characters / characters_per_token
    else:
        tokens = file_tokens or texts * min(ENCODER_TOKENS, characters / characters_per_token)
    return tokens * pace


def training_seconds(
    seconds_per_example: float | None, *, characters: float, training_characters: float, texts: int, most_tokens: int
) -> float | None:
    """Return the predicted seconds to tune an encoder on a number of texts, None if its speed is unknown.

    Lengths are means, of the inputs for which `seconds_per_example` was predicted and of the training rows.
    """
    if seconds_per_example is None or not characters:
        return None
    pace = seconds_per_example / min(ENCODER_TOKENS, characters / CHARACTERS_PER_TOKEN)
    tokens = min(most_tokens, training_characters / CHARACTERS_PER_TOKEN / FILLED) + BESIDES
    return FORWARD_AND_BACK * pace * tokens * texts
