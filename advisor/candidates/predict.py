"""Predictions before anything runs: memory to serve a model, and seconds per example. All are estimates."""

from advisor.engines.table import ENGINES

CHARACTERS_PER_TOKEN = 4.5
ENCODER_TOKENS = 256
PROMPT_TOKENS = 2048
# Of one more thread.
THREADING = 0.8
# Without a look into the weights: what small encoders look up in tables rather than compute with.
COMPUTED_SHARE = 0.5
SMALL_ENCODER = 150_000_000


# Of a batch's tokens those that its texts have: the others pad them to the longest. A text's part of what a step takes
# besides, in tokens, with the marks at its ends (MiniLM, 16 texts a step).
FILLED, BESIDES = 0.6, 10
# What a token that is written takes, in tokens that are read: many are read at once, and one that is written waits for
# its grammar (SmolLM2 at two threads: 2.8 ms to read, 14 to write freely, 70 held to a schema). With transformers it
# takes 12 for a language model of 362 million parameters, 7 to 22 for a translator of 75 million, by the batch.
WRITTEN = 10.0
# A worker's start grows with what its libraries take: 1.2 s (160 MB) with scikit-learn, 4.5 s (520 MB) with torch.
IMPORTED_BYTES_A_SECOND, READ_BYTES_A_SECOND = 120e6, 1e9
# A worker without any, in bytes.
PLAIN_WORKER = 28_000_000
# A step back takes twice the operations of one forward (Kaplan et al. 2020, section 2.1).
FORWARD_AND_BACK = 3.0


def serving_bytes(runtime: str, weights_bytes: int) -> int:
    """Return the least memory to serve a model: its weights at their precision plus working memory."""
    return int(weights_bytes * (1.0 + ENGINES[runtime].working_share))


def loading_seconds(libraries_bytes: int, weights_bytes: int) -> float:
    """Return the predicted seconds until a worker answers, without what it learns: libraries and weights are read."""
    return libraries_bytes / IMPORTED_BYTES_A_SECOND + weights_bytes / READ_BYTES_A_SECOND


def computed_parameters(runtime: str, parameters: int | None) -> int | None:
    """Return about how many parameters each token is multiplied with, where the weights cannot be looked into."""
    if parameters is None or ENGINES[runtime].is_generator or parameters > SMALL_ENCODER:
        return parameters
    return int(parameters * COMPUTED_SHARE)


def seconds_per_token(runtime: str, computed: int, threads: int, operations_per_second: float) -> float | None:
    """Return the predicted seconds for a token, None of an engine whose efficiency is unknown.

    Two operations per parameter and token (Kaplan et al. 2020, "Scaling laws for neural language models", section
    2.1), over a measured throughput.
    """
    efficiency = ENGINES[runtime].efficiency
    if efficiency is None:
        return None
    speed = operations_per_second * efficiency * (1.0 + THREADING * (threads - 1))
    return 2.0 * computed / speed


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
    writes: bool = False,
) -> float | None:
    """Return the predicted seconds for one example, None where the parameter count or the engine's speed is unknown.

    Args:
        runtime: The engine.
        computed: Parameters that each token is multiplied with.
        characters: Mean length of a text that is read.
        texts: How many of them are read for one answer, each apart.
        prompt_characters: Length of what a prompted model reads besides the input (read once, then kept).
        answer_tokens: How many a generated answer has.
        threads: Processor threads used.
        operations_per_second: What one thread of this machine reaches; see `machine.operations_per_second`.
        context_tokens: How many tokens a generator reads at most.
        file_tokens: What an encoder makes of one file, where the input is one.
        writes: Whether it writes its answer token by token, as language models and translators do.
    """
    engine = ENGINES[runtime]
    if engine.seconds_per_character is not None:
        return characters * engine.seconds_per_character
    pace = seconds_per_token(runtime, computed, threads, operations_per_second) if computed is not None else None
    if pace is None:
        return None
    if engine.is_generator or writes:
        tokens = min(context_tokens, characters / CHARACTERS_PER_TOKEN) + WRITTEN * answer_tokens
        tokens += 0.05 * prompt_characters / CHARACTERS_PER_TOKEN
    else:
        tokens = file_tokens or texts * min(ENCODER_TOKENS, characters / CHARACTERS_PER_TOKEN)
    return tokens * pace


def training_seconds(
    seconds_per_example: float | None, *, characters: float, training_characters: float, texts: int, most_tokens: int
) -> float | None:
    """Return the predicted seconds to tune an encoder, None where its pace is unknown.

    Args:
        seconds_per_example: Of an answer, as predicted above.
        characters: Mean length of the inputs that this is about.
        training_characters: Mean length of the training rows.
        texts: How many are read in all.
        most_tokens: Of each, so many at most.
    """
    if seconds_per_example is None or not characters:
        return None
    pace = seconds_per_example / min(ENCODER_TOKENS, characters / CHARACTERS_PER_TOKEN)
    tokens = min(most_tokens, training_characters / CHARACTERS_PER_TOKEN / FILLED) + BESIDES
    return FORWARD_AND_BACK * pace * tokens * texts
