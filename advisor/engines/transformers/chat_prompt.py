"""Turns of a chat as tokens: by the model's own template, or as plain text where it has none.

A text of the user's may hold the template's control tokens, such as "<|im_start|>". They are read as letters, so that
no example opens a turn of its own.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Protocol

from advisor.engines.bounds import BoundExceededError, bounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.engines.base import Turn

ANSWER = "Answer:"


class Prompt(Protocol):
    """How a chat is put to a model.

    Attributes:
        kind: In words, for the report.
        before_answer: What stands between the prompt and an answer.
        has_end: Whether the model is known to end its answers with a token.
    """

    kind: str
    before_answer: str
    has_end: bool

    def ids(self, turns: Sequence[Turn]) -> list[int]:
        """Return the tokens that the model is to go on from."""

    def stops(self, tokenizer: Any) -> dict[str, Any]:  # noqa: ANN401  the library's own
        """Return settings that end the generation besides the model's own."""

    def cut(self, text: str) -> str:
        """Return the answer within a generated text."""


def prompt_for(tokenizer: Any) -> Prompt:  # noqa: ANN401  the library's own
    """Return the template's prompt if the tokenizer has a template, else the plain one."""
    return _Template(tokenizer) if getattr(tokenizer, "chat_template", None) else _Plain(tokenizer)


class _Template:
    kind = "chat template"
    before_answer = ""
    has_end = True

    def __init__(self, tokenizer: Any) -> None:  # noqa: ANN401
        self._tokenizer = tokenizer
        self._has_system: bool | None = None

    def ids(self, turns: Sequence[Turn]) -> list[int]:
        marks = [secrets.token_hex(8) for _ in turns]
        texts = dict(zip(marks, (turn.text for turn in turns), strict=True))
        turns = [type(turn)(turn.role, mark) for turn, mark in zip(turns, marks, strict=True)]
        if any(_holds_control(self._tokenizer, text) for text in texts.values()):
            return self._apart(self._render(turns), texts)
        rendered = self._render(turns)
        for mark, text in texts.items():
            rendered = rendered.replace(mark, text)
        ids: list[int] = self._tokenizer(rendered, add_special_tokens=False)["input_ids"]
        return ids

    def _render(self, turns: Sequence[Turn]) -> str:
        """Return the chat as the template writes it; one that knows no system turn has it in the first user turn."""
        if self._has_system is not False:
            try:
                said = self._apply(turns)
            except BoundExceededError:
                raise
            except Exception:
                if turns[0].role != "system" or len(turns) < 2:  # noqa: PLR2004
                    raise
            else:
                self._has_system = True
                return said
        self._has_system = False
        system, first, *rest = turns
        return self._apply([type(first)(first.role, f"{system.text}\n\n{first.text}"), *rest])

    def _apply(self, turns: Sequence[Turn]) -> str:
        messages = [{"role": turn.role, "content": turn.text} for turn in turns]
        with bounded("its chat template"):
            said: str = self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return said

    def _apart(self, rendered: str, texts: dict[str, str]) -> list[int]:
        """Encode the template's own pieces and the texts apart: control tokens count in the former alone."""
        import re

        ids: list[int] = []
        for piece in re.split("(" + "|".join(texts) + ")", rendered):
            if piece:
                ids += letters(self._tokenizer, texts[piece]) if piece in texts else self._plain(piece)
        return ids

    def _plain(self, piece: str) -> list[int]:
        ids: list[int] = self._tokenizer(piece, add_special_tokens=False)["input_ids"]
        return ids

    def stops(self, tokenizer: Any) -> dict[str, Any]:  # noqa: ANN401
        del tokenizer
        return {}

    def cut(self, text: str) -> str:
        return text.strip()


class _Plain:
    kind = "plain text: the model has no chat template"
    before_answer = " "
    has_end = False

    def __init__(self, tokenizer: Any) -> None:  # noqa: ANN401
        self._tokenizer = tokenizer

    def ids(self, turns: Sequence[Turn]) -> list[int]:
        said = "\n\n".join(f"{ANSWER} {turn.text}" if turn.role == "assistant" else turn.text for turn in turns)
        before: list[int] = self._tokenizer("")["input_ids"]
        ids = letters(self._tokenizer, f"{said}\n\n{ANSWER}")
        # A token that begins every text of this model, if it has one; not one that ends it.
        return [*[each for each in before if each == self._tokenizer.bos_token_id], *ids]

    def stops(self, tokenizer: Any) -> dict[str, Any]:  # noqa: ANN401
        return {"stop_strings": ["\n"], "tokenizer": tokenizer}

    def cut(self, text: str) -> str:
        return text.strip().split("\n")[0].strip()


def letters(tokenizer: Any, text: str) -> list[int]:  # noqa: ANN401
    """Return a text's tokens, control tokens in it read as letters."""
    if not _holds_control(tokenizer, text):
        plain: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
        return plain
    ids: list[int] = tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
    return ids


def _holds_control(tokenizer: Any, text: str) -> bool:  # noqa: ANN401
    return any(token.content in text for token in tokenizer.added_tokens_decoder.values() if token.special)
