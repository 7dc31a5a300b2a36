"""GGUF models through llama.cpp (xllamacpp), with answers constrained by a grammar."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any

from advisor.engines import llama_ask
from advisor.engines.base import CannotHoldError, CannotLoadError, Constraint, Load, Reply, Turn
from advisor.engines.bounds import TemplateTrial, ended_after, limit_data
from advisor.engines.engine import GENERATOR_WORKING_SHARE, GENERATORS, Engine, Files
from advisor.engines.llama_ask import (
    ask,
    ask_one_token,
    completer,
    fitted,
    neutral,
    overflow,
    request,
    shares,
    tokens_needed,
)
from advisor.formats.file_names import gguf_precision, is_whole_gguf
from advisor.formats.folder import Form, ModelFolder
from advisor.formats.headers import GgufHeader, read_header
from advisor.formats.variants import OF_GGUF

# Least context for an example's text; with less, answers would be about fragments.
LEAST_TEXT_TOKENS = 64
# Limits for the engine's own chat template code as it loads and answers: memory in addition to weights and cache, and
# processor time of loading, including the rearrangement of weights.
LOADING_BYTES, ANSWERING_BYTES = 2 << 30, 1 << 30
LOADING_SECONDS, LOADED_BYTES_PER_SECOND = 60.0, 20e6
# Options with a common prefix of less than this probability are not told apart.
UNKNOWN = 0.02


def _forms(folder: ModelFolder) -> Iterator[Form]:
    for path in sorted(folder.path.glob("*.gguf")):
        if is_whole_gguf(path.name) and folder.has(path.name):
            yield Form(ENGINE.name, (path.name,), folder.size(path.name), gguf_precision(path.name), ability="chat")


ENGINE = Engine(
    name="llama.cpp",
    module=__name__,
    library="xllamacpp",
    extra="gguf",
    base_memory_bytes=82_000_000,
    abilities=dict.fromkeys(GENERATORS, "chat"),
    libraries=frozenset({"gguf", "llama.cpp", "llama-cpp", "llama-cpp-python"}),
    other_libraries=frozenset({None, "transformers", "ggml", "vllm"}),
    formats=frozenset({"gguf"}),
    files=Files(small=(), suffixes=(".gguf",)),
    variants=OF_GGUF,
    forms=_forms,
    is_generator=True,
    working_share=GENERATOR_WORKING_SHARE,
    efficiency=0.42,  # SmolLM2
    largest_batch=4,
)


class LlamaChat:
    """A model with its own chat template; one without a template continues plain text."""

    def __init__(self, server: Any, header: GgufHeader, context: int, trial: TemplateTrial | None) -> None:  # noqa: ANN401
        self.device = device(xllamacpp_devices())
        self.complete = completer(server, header.chat_template is not None)
        self._trial = trial
        self._control = header.control_tokens
        self._context = context
        self.engine = f"llama.cpp (xllamacpp {version('xllamacpp')})"
        self.facts: dict[str, Any] = {"control_tokens": list(self._control), "context_tokens": context}
        if header.chat_template is None:
            self.facts["chat_template"] = "none: a base model, asked in plain text"

    def check(self, turns: Sequence[Turn], constraint: Constraint | None) -> None:
        """Answer a short text, which also puts the fixed part of the chat into the engine's cache.

        CannotHoldError if the engine answers, but cannot enforce the constraint's schema. CannotLoadError if the
        context has no room for it or the engine answers with an error.
        """
        messages = [*self._messages(turns), {"role": "user", "content": "a " * LEAST_TEXT_TOKENS}]
        self._try_template(messages)
        held_to = _held_to(constraint)
        answer = self._try(messages, held_to)
        if overflow(answer, tokens_needed(held_to, 0, self._context), self._context):
            raise CannotLoadError(
                "the instruction, the labels and the shown examples leave no room for a text in its context of "
                f"{self._context} tokens; shorten them"
            )
        if "error" not in answer:
            return
        reason = str(answer["error"].get("message", answer["error"]))
        if isinstance(held_to, dict) and "error" not in self._try(messages, None):
            raise CannotHoldError(f"llama.cpp makes no grammar of the JSON schema ({reason})")
        raise CannotLoadError(f"answers with an error ({reason})")

    def _try(self, messages: list[dict[str, str]], held_to: Any) -> dict[str, Any]:  # noqa: ANN401  as `_held_to`
        try:
            if isinstance(held_to, list):
                return ask_one_token(self.complete, messages, held_to)
            return self.complete(request(messages, held_to, 1))
        except ValueError as error:  # e.g. an unsupported schema
            return {"error": {"message": str(error)}}

    def chat(self, turns: Sequence[Turn], constraint: Constraint | None, *, max_tokens: int) -> Reply:
        """Return the next message, decoded greedily; a last message too long for the context is cut at its end.

        Of options the most probable is chosen, summed over its tokenizations, with its probability. RuntimeError if the
        engine answers with an error or outside its constraint.
        """
        messages = self._messages(turns)
        self._try_template(messages)
        biases = constraint.biases if constraint else ()
        return Reply(*ask(self.complete, messages, _held_to(constraint), max_tokens, self._context, biases))

    def weigh(self, turns: Sequence[Turn], options: Sequence[str]) -> list[float]:
        """Return the options' probabilities; what is not looked into, at most `UNKNOWN` a prefix, is left out."""
        messages = self._messages(turns)
        self._try_template(messages)
        messages, answer = fitted(self.complete, messages, list(options), 0, self._context)

        def is_enough(_: object, shared: Any, __: float) -> bool:  # noqa: ANN401
            return all(part < UNKNOWN for part, _ in shared)

        known, *_ = shares(self.complete, messages, list(options), answer, is_enough)
        if not any(known.values()):
            raise RuntimeError("the engine gives no probabilities of the options")
        return [known[option] for option in options]

    def _try_template(self, messages: list[dict[str, str]]) -> None:
        if self._trial is not None:
            self._trial.check(messages)

    def _messages(self, turns: Sequence[Turn]) -> list[dict[str, str]]:
        return [{"role": turn.role, "content": neutral(turn.text, self._control)} for turn in turns]


def _held_to(constraint: Constraint | None) -> Any:  # noqa: ANN401  a list of texts, a schema or None
    if constraint is None:
        return None
    return list(constraint.options) or constraint.schema


def xllamacpp_devices() -> list[dict[str, Any]]:
    """Return the devices of this build of the engine, as it reports them."""
    import xllamacpp

    found: list[dict[str, Any]] = xllamacpp.get_device_info()
    return found


def device(found: Sequence[Mapping[str, Any]]) -> str:
    """Return the device of a model: graphics cards for all of it, if the engine's build supports any."""
    cards = [each for each in found if "GPU" in str(each.get("type"))]
    return ", ".join(f"{each.get('name')} ({each.get('description')})" for each in cards) or "cpu"


def load(asked: Load) -> LlamaChat:
    """Load one GGUF file. Options: context_tokens, limited to the model's own context."""
    import xllamacpp

    path, files, threads = asked.path, asked.files, asked.threads
    try:
        header = read_header(path / files[0])
    except (ValueError, OSError) as error:
        raise CannotLoadError(f"{files[0]} cannot be loaded ({error})") from None

    context = int(asked.options.get("context_tokens") or llama_ask.CONTEXT_TOKENS)
    context = min(context, header.context_tokens or context)
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path / files[0])
    parameters.n_ctx = context
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    # Threads that spin while waiting are very slow on a busy machine.
    parameters.cpuparams.poll = 0
    parameters.cpuparams_batch.poll = 0
    # By default states of earlier prompts are kept in up to 8 GiB of memory; inputs are hardly ever repeated.
    parameters.cache_ram_mib = 0
    # The engine also listens on a loopback port; a random key keeps other processes out.
    parameters.api_keys = [secrets.token_hex(32)]
    parameters.warmup = False
    parameters.verbosity = 0
    trial = None if header.chat_template is None else TemplateTrial(header.chat_template)
    size = (path / files[0]).stat().st_size
    is_on_processor = device(xllamacpp_devices()) == "cpu"
    if is_on_processor:
        limit_data(size + 2 * context * (header.cache_bytes or 0) + LOADING_BYTES)
    try:
        with ended_after(LOADING_SECONDS + size / LOADED_BYTES_PER_SECOND):
            server = xllamacpp.Server(parameters)
    except Exception as error:  # noqa: BLE001  the engine raises plain RuntimeError and more
        raise CannotLoadError(f"{files[0]} cannot be loaded ({error})") from None
    if is_on_processor:
        limit_data(ANSWERING_BYTES)
    return LlamaChat(server, header, context, trial)
