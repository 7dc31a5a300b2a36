"""GGUF models through llama.cpp (xllamacpp), their answers constrained by a grammar."""

from __future__ import annotations

import secrets
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from advisor.probe.runtimes.base import CannotLoadError, Reply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.probe.runtimes.base import Constraint, Load, Turn

CONTEXT_TOKENS = 2048
SPARE_TOKENS = 8
# With less room than this for its text, a model would answer scraps.
LEAST_TEXT_TOKENS = 64


class LlamaChat:
    """An instruct model behind its own chat template."""

    device = "cpu"

    def __init__(self, server: Any) -> None:  # noqa: ANN401  the library's own type
        self._server = server
        self.engine = f"llama.cpp (xllamacpp {version('xllamacpp')})"

    def check(self, turns: Sequence[Turn], constraint: Constraint | None) -> None:
        """Answer a text of few tokens, which also leaves the fixed part of the chat in the engine's cache.

        Raises:
            CannotLoadError: if the context has no room for it or the engine answers with an error.
        """
        messages = [*_messages(turns), {"role": "user", "content": "a " * LEAST_TEXT_TOKENS}]
        # Enough for one of the options, which must fit; else a word shows that the engine answers at all.
        most = 1 if constraint is None or constraint.schema is not None else SPARE_TOKENS
        answer = self._server.handle_chat_completions(request(messages, _held_to(constraint), most))
        if is_too_long(answer, cut_counts=bool(constraint and constraint.options)):
            raise CannotLoadError(
                "the instruction, the labels and the shown examples leave no room for a text in its context of "
                f"{CONTEXT_TOKENS} tokens; shorten them"
            )
        if "error" in answer:
            raise CannotLoadError(f"answers with an error ({answer['error'].get('message', answer['error'])})")

    def chat(self, turns: Sequence[Turn], constraint: Constraint | None, *, max_tokens: int) -> Reply:
        """Return the next message, greedily; a last message too long for the context is cut at its end.

        Raises:
            RuntimeError: if the engine answers with an error or outside its constraint.
        """
        text, tokens = ask(self._server, _messages(turns), _held_to(constraint), max_tokens)
        return Reply(text, tokens)


def _messages(turns: Sequence[Turn]) -> list[dict[str, str]]:
    return [{"role": turn.role, "content": turn.text} for turn in turns]


def _held_to(constraint: Constraint | None) -> Any:  # noqa: ANN401  a list of texts, a schema or None
    if constraint is None:
        return None
    return list(constraint.options) or constraint.schema


# The report prints the next four functions: a user's snippet asks as the probe does.


def one_of(options: Sequence[str]) -> str:
    """Return a GBNF grammar that admits exactly the given texts."""

    def quoted(text: str) -> str:
        escaped = "".join(c if c.isascii() and (c.isalnum() or c in " _-") else f"\\U{ord(c):08X}" for c in text)
        return f'"{escaped}"'

    return "root ::= " + " | ".join(quoted(option) for option in options)


def request(messages: list[dict[str, str]], held_to: Any, max_tokens: int) -> dict[str, Any]:  # noqa: ANN401
    """Return what the engine is asked; `held_to` is a list of texts, a JSON schema, or None."""
    asked = {"messages": messages, "temperature": 0, "max_tokens": max_tokens, "cache_prompt": True}
    if isinstance(held_to, list):
        # A token holds at least one byte, so this never cuts an option off.
        asked["max_tokens"] = max(len(option.encode()) for option in held_to) + SPARE_TOKENS
        asked["grammar"] = one_of(held_to)
    elif held_to is not None:
        asked["response_format"] = {"type": "json_schema", "json_schema": {"schema": held_to}}
    return asked


def is_too_long(answer: dict[str, Any], *, cut_counts: bool) -> bool:
    """Return whether the context had no room for the prompt, or, if that counts, none for the whole answer."""
    if "error" in answer:
        return bool(answer["error"].get("type") == "exceed_context_size_error")
    return cut_counts and bool(answer["choices"][0]["finish_reason"] == "length")


def ask(server: Any, messages: list[dict[str, str]], held_to: Any, max_tokens: int) -> tuple[str, int]:  # noqa: ANN401
    """Return the answer and its tokens; a last message too long for the context is cut at its end until it fits."""
    is_choice = isinstance(held_to, list)
    answer = server.handle_chat_completions(request(messages, held_to, max_tokens))
    while is_too_long(answer, cut_counts=is_choice) and len(messages[-1]["content"]) > 1:
        # Aim below the limit: tokens are not spread evenly over the text.
        tokens = answer.get("error", {}).get("n_prompt_tokens") or CONTEXT_TOKENS
        text = messages[-1]["content"]
        text = text[: int(len(text) * min(1.0, CONTEXT_TOKENS / tokens) * 0.9)]
        messages = [*messages[:-1], {"role": "user", "content": text}]
        answer = server.handle_chat_completions(request(messages, held_to, max_tokens))
    if "error" in answer:
        raise RuntimeError(str(answer["error"].get("message", answer["error"])))
    content = str(answer["choices"][0]["message"]["content"])
    if is_choice and content not in held_to:
        raise RuntimeError(f"the engine answered outside the grammar: {content[:60]!r}")
    return content, answer["usage"]["completion_tokens"]


SHARED = (one_of, request, is_too_long, ask)


def load(request: Load) -> LlamaChat:
    """Load one GGUF file."""
    import xllamacpp

    path, files, threads = request.path, request.files, request.threads

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path / files[0])
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    # Threads that spin while they wait collapse when anything else runs on the machine.
    parameters.cpuparams.poll = 0
    parameters.cpuparams_batch.poll = 0
    # By default the states of earlier prompts are kept in up to 8 GiB of memory; inputs hardly ever come twice.
    parameters.cache_ram_mib = 0
    # The engine also listens on a loopback port; with a key that nobody knows it answers nobody.
    parameters.api_keys = [secrets.token_hex(32)]
    parameters.warmup = False
    parameters.verbosity = 0
    try:
        server = xllamacpp.Server(parameters)
    except Exception as error:  # noqa: BLE001  the engine raises plain RuntimeError and more
        raise CannotLoadError(f"{files[0]} cannot be loaded ({error})") from None
    return LlamaChat(server)
