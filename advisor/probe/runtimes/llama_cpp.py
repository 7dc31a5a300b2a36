"""GGUF models through llama.cpp (xllamacpp), their answers constrained by a grammar."""

from __future__ import annotations

import secrets
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from advisor.probe.runtimes.base import CannotLoadError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CONTEXT_TOKENS = 2048
SPARE_TOKENS = 8
# With less room than this for its text, a model would answer scraps.
LEAST_TEXT_TOKENS = 64


class LlamaChooser:
    """An instruct model behind its own chat template."""

    device = "cpu"

    def __init__(self, server: Any) -> None:  # noqa: ANN401  the library's own type
        self._server = server
        self.engine = f"llama.cpp (xllamacpp {version('xllamacpp')})"

    def check(self, system: str, options: Sequence[str]) -> None:
        """Answer a text of few tokens, which also leaves the system prompt in the engine's cache.

        Raises:
            CannotLoadError: if the context has no room for it or the engine answers with an error.
        """
        answer = self._server.handle_chat_completions(request(system, "a " * LEAST_TEXT_TOKENS, options))
        if is_too_long(answer):
            raise CannotLoadError(
                f"the instruction and the {len(options)} labels leave no room for a text in its context of "
                f"{CONTEXT_TOKENS} tokens; shorten them or the labels' meanings"
            )
        if "error" in answer:
            raise CannotLoadError(f"answers with an error ({answer['error'].get('message', answer['error'])})")

    def choose(self, system: str, user: str, options: Sequence[str]) -> str:
        """Return one of the options, greedily; an input too long for the context is cut at its end.

        Raises:
            RuntimeError: if the engine answers with an error or outside the grammar.
        """
        return choose(self._server, system, user, options)


# The report prints the next four functions: a user's snippet asks as the probe does.


def one_of(options: Sequence[str]) -> str:
    """Return a GBNF grammar that admits exactly the given texts."""

    def quoted(text: str) -> str:
        escaped = "".join(c if c.isascii() and (c.isalnum() or c in " _-") else f"\\U{ord(c):08X}" for c in text)
        return f'"{escaped}"'

    return "root ::= " + " | ".join(quoted(option) for option in options)


def request(system: str, text: str, options: Sequence[str]) -> dict[str, Any]:
    """Return what the engine is asked."""
    return {
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": text}],
        "temperature": 0,
        # A token holds at least one byte, so this never cuts an option off.
        "max_tokens": max(len(option.encode()) for option in options) + SPARE_TOKENS,
        "grammar": one_of(options),
        "cache_prompt": True,
    }


def is_too_long(answer: dict[str, Any]) -> bool:
    """Return whether the context had no room for the prompt, or none for the whole answer."""
    if "error" in answer:
        return bool(answer["error"].get("type") == "exceed_context_size_error")
    return bool(answer["choices"][0]["finish_reason"] == "length")


def choose(server: Any, system: str, text: str, options: Sequence[str]) -> str:  # noqa: ANN401  the library's own type
    """Return one of the options; a text too long for the context is cut at its end until it fits."""
    answer = server.handle_chat_completions(request(system, text, options))
    while is_too_long(answer) and len(text) > 1:
        # Aim below the limit: tokens are not spread evenly over the text.
        tokens = answer.get("error", {}).get("n_prompt_tokens") or CONTEXT_TOKENS
        text = text[: int(len(text) * min(1.0, CONTEXT_TOKENS / tokens) * 0.9)]
        answer = server.handle_chat_completions(request(system, text, options))
    if "error" in answer:
        raise RuntimeError(str(answer["error"].get("message", answer["error"])))
    content = str(answer["choices"][0]["message"]["content"])
    if content not in options:
        raise RuntimeError(f"the engine answered outside the grammar: {content[:60]!r}")
    return content


SHARED = (one_of, request, is_too_long, choose)


def load(path: Path, files: tuple[str, ...], *, threads: int) -> LlamaChooser:
    """Load one GGUF file."""
    import xllamacpp

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
    return LlamaChooser(server)
