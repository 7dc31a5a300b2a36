"""A model behind a server that speaks OpenAI's protocol: Ollama, vLLM, LM Studio, llama-server, and services.

Times include the network, and waits for a busy server.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from advisor.engines.base import (
    CannotLoadError,
    CircumstanceError,
    Constraint,
    Load,
    Reply,
    Turn,
    normalised,
    without_reasoning,
)
from advisor.engines.engine import Engine
from advisor.servers.client import Client, parse_address
from advisor.servers.patience import NoAnswerError, RefusedError

if TYPE_CHECKING:
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
    """A connection to a model: a `Client`, or a library's own."""

    def hide(self, text: str) -> str:
        """Return a text without the key."""

    def post(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401  JSON
        """Return the server's answer; raise a `ServerError` if it gives none."""


@contextmanager
def answering(*, refused: type[Exception] = RuntimeError) -> Iterator[None]:
    """Translate a server's errors to those of engines.

    Raises:
        RuntimeError: or the type `refused`, if the server refuses the request: that example's error.
        CircumstanceError: if it cannot be reached.
    """
    try:
        yield
    except RefusedError as error:
        raise refused(str(error)) from None
    except NoAnswerError as error:
        raise CircumstanceError(str(error)) from None


class _Asked:
    """A model on a server."""

    def __init__(self, client: Asks, model: str, place: str, *, is_here: bool) -> None:
        self._client, self._model, self._place = client, model, place
        self.device = "the server's own" if is_here else f"elsewhere ({place})"

    def _post(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401  JSON
        return self._client.post(path, {"model": self._model, **body})

    def _unexpected(self, what: str, error: Exception) -> CircumstanceError:
        return CircumstanceError(
            f"the server {self._place} answers {what} in an unexpected form ({type(error).__name__})"
        )


@dataclass(frozen=True, slots=True)
class _RequestForm:
    """The form of requests to a server, without the parameters that it does not support."""

    holds_form: bool = True
    limit: str = "max_tokens"
    temperature: bool = True

    def body(self, constraint: Constraint | None, most: int) -> dict[str, Any]:
        return (
            {self.limit: most, "stream": False}
            | ({"temperature": 0} if self.temperature else {})
            | ({"response_format": response_format(constraint)} if constraint is not None and self.holds_form else {})
        )

    def plainer(self, said: str, *, is_held: bool) -> _RequestForm | None:
        """Return a form without the parameter that the server rejects; None if there is none to leave out.

        If it names none, the constraint on the answer is left out first.
        """
        if "max_completion_tokens" in said and self.limit == "max_tokens":
            return replace(self, limit="max_completion_tokens")
        if "temperature" in said and self.temperature:
            return replace(self, temperature=False)
        if is_held and self.holds_form and not any(word in said for word in _TOO_LONG):
            return replace(self, holds_form=False)
        return None


class ServedChat(_Asked):
    """Answers chats; parameters of the first request that a server does not support are left out from then on.

    Answers are constrained by `response_format` with a JSON schema, as `{"answer": ...}`, because services accept only
    objects. If a server does not support this, the answer is read from the plain reply.
    """

    def __init__(self, client: Asks, model: str, place: str, *, is_here: bool) -> None:
        super().__init__(client, model, place, is_here=is_here)
        self._form, self._wants_form = _RequestForm(), False

    @property
    def engine(self) -> str:
        """The server's engine, and whether answers are constrained."""
        is_held = self._wants_form and self._form.holds_form
        form = "answers constrained by a JSON schema" if is_held else "answers not constrained"
        return f"OpenAI-compatible server {self._place} ({form})"

    def check(self, turns: Sequence[Turn], constraint: Constraint | None) -> None:
        """Ask for an answer to a plain text, which shows what the server supports.

        CannotLoadError if it refuses even the plainest form of the request. CircumstanceError if it cannot be reached.
        """
        messages = [*_messages(turns), {"role": "user", "content": "Hello"}]
        with answering(refused=CannotLoadError):
            self._form = self._understood(messages, constraint)
        self._wants_form = constraint is not None

    def chat(self, turns: Sequence[Turn], constraint: Constraint | None, *, max_tokens: int) -> Reply:
        """Return the next message, decoded greedily, with the form of request that `check` found.

        A text that is refused does not change the form, which would be looser for all later texts. RuntimeError if the
        server refuses this text, e.g. as too long or against its rules, or reasons until the tokens are used up.
        CircumstanceError if it cannot be reached.
        """
        with answering():
            text, usage, is_cut = self._say(_messages(turns), self._form.body(constraint, max_tokens))
        text = without_reasoning(text)
        if is_cut and not text.strip():
            raise RuntimeError(f"{max_tokens} tokens were used up before an answer, as by reasoning; raise max_tokens")
        text = self._client.hide(text)
        text = text if constraint is None else unwrapped(text, constraint.options)
        return Reply(text, _tokens(usage, "completion_tokens"), prompt_tokens=_tokens(usage, "prompt_tokens"))

    def _understood(self, messages: list[dict[str, str]], constraint: Constraint | None) -> _RequestForm:
        form = self._form
        while True:
            try:
                self._say(messages, form.body(constraint, CHECK_TOKENS))
            except RefusedError as error:
                plainer = form.plainer(str(error).lower(), is_held=constraint is not None)
                if plainer is None:
                    raise
                form = plainer
            else:
                return form

    def _say(self, messages: list[dict[str, str]], how: dict[str, Any]) -> tuple[str, Any, bool]:
        """Return the reply, what it took, and whether it was cut at the limit of tokens."""
        data = self._post("/chat/completions", {"messages": messages} | how)
        try:
            choice = data["choices"][0]
            is_cut = choice.get("finish_reason") == "length"
            content = choice["message"].get("content") if is_cut else choice["message"]["content"]
            return content if isinstance(content, str) else "", data.get("usage"), is_cut
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            raise self._unexpected("a chat", error) from None


class ServedEncoder(_Asked):
    """Encodes texts."""

    @property
    def engine(self) -> str:
        return f"OpenAI-compatible server {self._place} (embeddings)"

    def encode(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return float32 vectors of shape (len(texts), width), l2-normalised.

        RuntimeError if the server refuses a text. CircumstanceError if it cannot be reached, or does not answer with
        vectors.
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
                raise self._unexpected("vectors", error) from None
        if len(rows) != len(texts) or len({len(row) for row in rows}) != 1:
            raise CircumstanceError(f"the server {self._place} answers {len(rows)} vectors for {len(texts)} texts")
        return normalised(np.asarray(rows, dtype=np.float32))


def response_format(constraint: Constraint) -> dict[str, Any]:
    """Return the request's constraint on the answer, as OpenAI's "structured outputs"."""
    inner = {"type": "string", "enum": list(constraint.options)} if constraint.options else constraint.schema
    schema = {"type": "object", "properties": {ANSWER: inner}, "required": [ANSWER], "additionalProperties": False}
    return {"type": "json_schema", "json_schema": {"name": ANSWER, "strict": True, "schema": schema}}


def unwrapped(text: str, options: Sequence[str]) -> str:
    """Return the value of `{"answer": ...}`, or the answer in a plain reply.

    For a plain reply: the option it consists of, in any case and with punctuation around it; else all of it, without a
    Markdown fence.
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
    """Return a server's model; no request is sent yet. Options: url, model, key_env, seconds."""
    options = request.options
    address = parse_address(str(options["url"]))
    seconds = float(options.get("seconds") or SECONDS)
    client = Client(address, key_from(options.get("key_env")), seconds=seconds)
    kind = ServedEncoder if request.ability == "encode" else ServedChat
    return kind(client, str(options["model"]), address.place, is_here=address.is_here)
