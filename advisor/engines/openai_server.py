"""A model behind a server that speaks OpenAI's protocol: Ollama, vLLM, LM Studio, llama-server, and services.

Its seconds include the way there and back, and the waits that a busy server asks for.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from advisor.engines.base import CannotLoadError, CircumstanceError, Constraint, Load, Reply, Turn, normalised
from advisor.engines.engine import Engine
from advisor.servers.client import Client, parse_address
from advisor.servers.patience import OutOfReachError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray


ENGINE = Engine(
    name="openai",
    module=__name__,
    library="huggingface_hub",
    base_memory_bytes=120_000_000,
    is_remote=True,
    largest_batch=4,
)

SECONDS = 60.0
EMBEDDED_AT_ONCE = 32
CHECK_TOKENS = 16
ANSWER = "answer"
_TOO_LONG = ("context", "too long", "exceed", "maximum length")


class Asks(Protocol):
    """What a model is asked through: a `Client`, or a library's own."""

    def hide(self, text: str) -> str:
        """Return a text without the key."""

    def post(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401  JSON
        """Return what the server answers; raise a `ServerError` if it does not."""


@contextmanager
def answering(*, refused: type[Exception] = RuntimeError) -> Iterator[None]:
    """Say what a server's errors mean for the model that is asked.

    Raises:
        RuntimeError: or what `refused` says, if the server refuses the request: that example's error.
        CircumstanceError: if it cannot be asked.
    """
    try:
        yield
    except RefusedError as error:
        raise refused(str(error)) from None
    except OutOfReachError as error:
        raise CircumstanceError(str(error)) from None


class _Asked:
    """One model of one server."""

    def __init__(self, client: Asks, model: str, place: str, *, is_here: bool) -> None:
        self._client, self._model, self._place = client, model, place
        self.device = "the server's own" if is_here else f"elsewhere ({place})"

    def _post(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401  JSON
        return self._client.post(path, {"model": self._model, **body})

    def _strange(self, what: str, error: Exception) -> CircumstanceError:
        return CircumstanceError(
            f"the server {self._place} answers {what} in an unexpected form ({type(error).__name__})"
        )


@dataclass(frozen=True, slots=True)
class _Manner:
    """How a server is asked: what it does not understand of a request is left out."""

    holds_form: bool = True
    limit: str = "max_tokens"
    temperature: bool = True

    def body(self, constraint: Constraint | None, most: int) -> dict[str, Any]:
        return (
            {self.limit: most, "stream": False}
            | ({"temperature": 0} if self.temperature else {})
            | ({"response_format": response_format(constraint)} if constraint is not None and self.holds_form else {})
        )

    def plainer(self, said: str, *, is_held: bool) -> _Manner | None:
        """Return a manner without what the server names as the trouble; None if there is nothing to leave out.

        Where it names no trouble, the form that the request held the answer to is the first to go.
        """
        if "max_completion_tokens" in said and self.limit == "max_tokens":
            return replace(self, limit="max_completion_tokens")
        if "temperature" in said and self.temperature:
            return replace(self, temperature=False)
        if is_held and self.holds_form and not any(word in said for word in _TOO_LONG):
            return replace(self, holds_form=False)
        return None


class ServedChat(_Asked):
    """Answers chats; what a server does not understand of the first request is left out from then on.

    An answer is held to its form by `response_format` with a JSON schema, in which it stands as `{"answer": ...}`:
    services take an object alone. Where a server knows no such thing, the answer is read out of the plain reply.
    """

    def __init__(self, client: Asks, model: str, place: str, *, is_here: bool) -> None:
        super().__init__(client, model, place, is_here=is_here)
        self._manner, self._wants_form = _Manner(), False

    @property
    def engine(self) -> str:
        """What it is, and whether its answers are held to a form."""
        is_held = self._wants_form and self._manner.holds_form
        form = "answers held to a JSON schema" if is_held else "answers not held to a form"
        return f"OpenAI-compatible server {self._place} ({form})"

    def check(self, turns: Sequence[Turn], constraint: Constraint | None) -> None:
        """Ask for an answer to a plain text, which shows what the server understands.

        Raises:
            CannotLoadError: if it refuses even the plainest form of the request.
            CircumstanceError: if it cannot be asked.
        """
        messages = [*_messages(turns), {"role": "user", "content": "Hello"}]
        with answering(refused=CannotLoadError):
            self._manner = self._understood(messages, constraint)
        self._wants_form = constraint is not None

    def chat(self, turns: Sequence[Turn], constraint: Constraint | None, *, max_tokens: int) -> Reply:
        """Return the next message, greedily, asked for as `check` found that the server understands.

        Nothing is left out because of one text: the form would be looser for all that follow.

        Raises:
            RuntimeError: if the server refuses this text, e.g. as too long or as against its rules.
            CircumstanceError: if it cannot be asked.
        """
        with answering():
            text, usage = self._say(_messages(turns), self._manner.body(constraint, max_tokens))
        text = self._client.hide(text)
        text = text if constraint is None else unwrapped(text, constraint.options)
        return Reply(text, _tokens(usage, "completion_tokens"), prompt_tokens=_tokens(usage, "prompt_tokens"))

    def _understood(self, messages: list[dict[str, str]], constraint: Constraint | None) -> _Manner:
        manner = self._manner
        while True:
            try:
                self._say(messages, manner.body(constraint, CHECK_TOKENS))
            except RefusedError as error:
                plainer = manner.plainer(str(error).lower(), is_held=constraint is not None)
                if plainer is None:
                    raise
                manner = plainer
            else:
                return manner

    def _say(self, messages: list[dict[str, str]], how: dict[str, Any]) -> tuple[str, Any]:
        data = self._post("/chat/completions", {"messages": messages} | how)
        try:
            content = data["choices"][0]["message"]["content"]
            return content if isinstance(content, str) else "", data.get("usage")
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            raise self._strange("a chat", error) from None


class ServedEncoder(_Asked):
    """Encodes texts."""

    @property
    def engine(self) -> str:
        return f"OpenAI-compatible server {self._place} (embeddings)"

    def encode(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return float32 vectors of shape (len(texts), width), l2-normalised.

        Raises:
            RuntimeError: if the server refuses a text.
            CircumstanceError: if it cannot be asked or answers something else.
        """
        import numpy as np

        rows: list[list[float]] = []
        for start in range(0, len(texts), EMBEDDED_AT_ONCE):
            part = list(texts[start : start + EMBEDDED_AT_ONCE])
            with answering():
                data = self._post("/embeddings", {"input": part, "encoding_format": "float"})
            try:
                given = sorted(data["data"], key=lambda each: each["index"])
                rows += [[float(value) for value in each["embedding"]] for each in given]
            except (KeyError, TypeError, ValueError) as error:
                raise self._strange("vectors", error) from None
        if len(rows) != len(texts) or len({len(row) for row in rows}) != 1:
            raise CircumstanceError(f"the server {self._place} answers {len(rows)} vectors for {len(texts)} texts")
        return normalised(np.asarray(rows, dtype=np.float32))


def response_format(constraint: Constraint) -> dict[str, Any]:
    """Return what holds an answer to a form, by OpenAI's "structured outputs"."""
    inner = {"type": "string", "enum": list(constraint.options)} if constraint.options else constraint.schema
    schema = {"type": "object", "properties": {ANSWER: inner}, "required": [ANSWER], "additionalProperties": False}
    return {"type": "json_schema", "json_schema": {"name": ANSWER, "strict": True, "schema": schema}}


def unwrapped(text: str, options: Sequence[str]) -> str:
    """Return what stands in `{"answer": ...}`, or what of a plain reply is the answer asked for.

    Of a plain reply: the option that it names by itself, whatever its case and punctuation around it; else all of it,
    without a fence of Markdown.
    """
    plain = text.strip()
    if plain.startswith("```") and plain.endswith("```"):
        plain = plain[3:-3].removeprefix("json").strip()
    try:
        data = json.loads(plain)
    except (ValueError, RecursionError):
        data = None
    if isinstance(data, dict) and set(data) == {ANSWER}:
        data = data[ANSWER]
        plain = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    folded = plain.strip(" \t\r\n.,:;!\"'`*").casefold()
    return next((option for option in options if option.casefold() == folded), plain)


def _messages(turns: Sequence[Turn]) -> list[dict[str, str]]:
    return [{"role": turn.role, "content": turn.text} for turn in turns]


def _tokens(usage: object, name: str) -> int | None:
    count = usage.get(name) if isinstance(usage, dict) else None
    return count if type(count) is int and count >= 0 else None


def key_from(name: str | None) -> str | None:
    """Return the key in an environment variable; CircumstanceError if it is not set, or fits no header."""
    if name is None:
        return None
    key = os.environ.get(name, "").strip()
    if not key:
        raise CircumstanceError(f"the environment variable {name} is not set; set it to the server's key")
    if not (key.isascii() and key.isprintable()):
        raise CircumstanceError(f"the environment variable {name} holds letters that no key has")
    return key


def load(request: Load) -> ServedChat | ServedEncoder:
    """Return a model of a server; nothing is asked yet. Options: url, model, key_env, seconds."""
    options = request.options
    address = parse_address(str(options["url"]))
    seconds = float(options.get("seconds") or SECONDS)
    client = Client(address, key_from(options.get("key_env")), seconds=seconds)
    kind = ServedEncoder if request.ability == "encode" else ServedChat
    return kind(client, str(options["model"]), address.place, is_here=address.is_here)
