"""A model behind a server that speaks OpenAI's protocol: Ollama, vLLM, LM Studio, llama-server, and services.

Its seconds include the way there and back, and the waits that a busy server asks for.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from advisor.probe.runtimes.base import CannotLoadError, CircumstanceError, Constraint, Reply
from advisor.servers.address import parse
from advisor.servers.client import Client, OutOfReachError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from advisor.probe.runtimes.base import Load, Turn

SECONDS = 60.0
EMBEDDED_AT_ONCE = 32
CHECK_TOKENS = 16
ANSWER = "answer"
_TOO_LONG = ("context", "too long", "exceed", "maximum length")


class _Asked:
    """One model of one server."""

    def __init__(self, client: Client, model: str, place: str, *, is_here: bool) -> None:
        self._client, self._model, self._place = client, model, place
        self.device = "the server's own" if is_here else f"elsewhere ({place})"

    def _post(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401  JSON
        try:
            return self._client.post(path, {"model": self._model, **body})
        except OutOfReachError as error:
            raise CircumstanceError(str(error)) from None

    def _strange(self, what: str, error: Exception) -> CircumstanceError:
        return CircumstanceError(f"the server {self._place} answers {what} in another form ({type(error).__name__})")


class ServedChat(_Asked):
    """Answers chats; what a server does not understand of a request is left out from then on.

    An answer is held to its form by `response_format` with a JSON schema, in which it stands as `{"answer": ...}`:
    services take an object alone. Where a server knows no such thing, the answer is read out of the plain reply.
    """

    def __init__(self, client: Client, model: str, place: str, *, is_here: bool) -> None:
        super().__init__(client, model, place, is_here=is_here)
        self._holds_form, self._limit, self._temperature = True, "max_tokens", True

    @property
    def engine(self) -> str:
        """What it is, and whether its answers are held to a form."""
        form = "answers held to a JSON schema" if self._holds_form else "answers not held to a form"
        return f"OpenAI-compatible server {self._place} ({form})"

    def check(self, turns: Sequence[Turn], constraint: Constraint | None) -> None:
        """Ask once, which shows what the server understands.

        Raises:
            CannotLoadError: if it refuses even the plainest form of the request.
            CircumstanceError: if it cannot be asked.
        """
        messages = [*_messages(turns), {"role": "user", "content": "Hello"}]
        try:
            self._say(messages, constraint, CHECK_TOKENS)
        except RefusedError as error:
            raise CannotLoadError(str(error)) from None

    def chat(self, turns: Sequence[Turn], constraint: Constraint | None, *, max_tokens: int) -> Reply:
        """Return the next message, greedily.

        Raises:
            RuntimeError: if the server refuses this text, e.g. as too long.
            CircumstanceError: if it cannot be asked.
        """
        try:
            text, usage = self._say(_messages(turns), constraint, max_tokens)
        except RefusedError as error:
            raise RuntimeError(str(error)) from None
        text = self._client.hide(text)
        text = text if constraint is None else unwrapped(text, constraint)
        return Reply(text, _tokens(usage, "completion_tokens"), prompt_tokens=_tokens(usage, "prompt_tokens"))

    def _say(self, messages: list[dict[str, str]], constraint: Constraint | None, most: int) -> tuple[str, Any]:
        while True:
            body: dict[str, Any] = {"messages": messages, self._limit: most, "stream": False}
            if self._temperature:
                body["temperature"] = 0
            if constraint is not None and self._holds_form:
                body["response_format"] = response_format(constraint)
            try:
                data = self._post("/chat/completions", body)
            except RefusedError as error:
                if not self._gives_way(str(error).lower(), is_held="response_format" in body):
                    raise
                continue
            try:
                content = data["choices"][0]["message"]["content"]
                return content if isinstance(content, str) else "", data.get("usage")
            except (KeyError, IndexError, TypeError, AttributeError) as error:
                raise self._strange("a chat", error) from None

    def _gives_way(self, said: str, *, is_held: bool) -> bool:
        """Leave out what a server names as the trouble; return whether there is something left to leave out."""
        if "max_completion_tokens" in said and self._limit == "max_tokens":
            self._limit = "max_completion_tokens"
        elif "temperature" in said and self._temperature:
            self._temperature = False
        elif is_held and not any(word in said for word in _TOO_LONG):
            self._holds_form = False
        else:
            return False
        return True


class ServedEncoder(_Asked):
    """Encodes texts."""

    @property
    def engine(self) -> str:
        """What it is."""
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
            try:
                data = self._post("/embeddings", {"input": part, "encoding_format": "float"})
            except RefusedError as error:
                raise RuntimeError(str(error)) from None
            try:
                given = sorted(data["data"], key=lambda each: each["index"])
                rows += [[float(value) for value in each["embedding"]] for each in given]
            except (KeyError, TypeError, ValueError) as error:
                raise self._strange("vectors", error) from None
        if len(rows) != len(texts) or len({len(row) for row in rows}) != 1:
            raise CircumstanceError(f"the server {self._place} answers {len(rows)} vectors for {len(texts)} texts")
        vectors: NDArray[Any] = np.asarray(rows, dtype=np.float32)
        normal: NDArray[Any] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return normal


def response_format(constraint: Constraint) -> dict[str, Any]:
    """Return what holds an answer to a form, by OpenAI's "structured outputs"."""
    inner = {"type": "string", "enum": list(constraint.options)} if constraint.options else constraint.schema
    schema = {"type": "object", "properties": {ANSWER: inner}, "required": [ANSWER], "additionalProperties": False}
    return {"type": "json_schema", "json_schema": {"name": ANSWER, "strict": True, "schema": schema}}


def unwrapped(text: str, constraint: Constraint) -> str:
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
    return next((option for option in constraint.options if option.casefold() == folded), plain)


def _messages(turns: Sequence[Turn]) -> list[dict[str, str]]:
    return [{"role": turn.role, "content": turn.text} for turn in turns]


def _tokens(usage: object, name: str) -> int | None:
    count = usage.get(name) if isinstance(usage, dict) else None
    return count if type(count) is int and count >= 0 else None


def key_from(name: str | None) -> str | None:
    """Return the key in an environment variable.

    Raises:
        CircumstanceError: if it is not set, or holds what no header can carry.
    """
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
    address = parse(str(options["url"]))
    seconds = float(options.get("seconds") or SECONDS)
    client = Client(address, key_from(options.get("key_env")), seconds=seconds)
    kind = ServedEncoder if request.ability == "encode" else ServedChat
    return kind(client, str(options["model"]), address.place, is_here=address.is_here)
