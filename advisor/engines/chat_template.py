"""A model's chat template tried out before an engine is given it: whether it comes to an end, in little memory.

The engine renders it once more, in its own way; what it makes of it counts. Here only time and memory do: a template
that is no Jinja, or calls what is not known here, is the engine's to refuse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from advisor.engines.bounds import BoundExceededError, bounded

if TYPE_CHECKING:
    from collections.abc import Sequence

WHAT = "its chat template"
# As templates are tried where no chat is at hand yet.
CHATS = (
    [{"role": "user", "content": "Hello"}],
    [
        {"role": "system", "content": "Answer."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "How are you?"},
    ],
)
LONGEST_TEXT = 4096
# Of templates with tools and examples in them the longest write some ten thousand, besides the texts.
MOST_WRITTEN = 2_000_000


class TemplateTrial:
    """Renders a template within bounds, in a sandbox."""

    def __init__(self, template: str) -> None:
        """Parse the template, and render it for some chats.

        Raises:
            BoundExceededError: if that takes too long or too much memory.
        """
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", "jinja2.ext.do"]
        )
        environment.globals |= {"raise_exception": _refuse, "strftime_now": str}
        self._template: Any = None
        with bounded(WHAT):
            try:
                self._template = environment.from_string(template)
            except Exception as error:  # noqa: BLE001  whatever it holds
                _pass(error)
        for chat in CHATS:
            self.check(chat)

    def check(self, messages: Sequence[dict[str, str]]) -> None:
        """Render a chat.

        Raises:
            BoundExceededError: if that takes too long or too much memory.
        """
        if self._template is None:
            return
        shown = [each | {"content": each["content"][:LONGEST_TEXT]} for each in messages]
        told = {"messages": shown, "add_generation_prompt": True, "enable_thinking": False}
        with bounded(WHAT):
            try:
                written = 0
                for piece in self._template.generate(**told, bos_token="<s>", eos_token="</s>"):  # noqa: S106
                    written += len(piece)
                    if written > MOST_WRITTEN:  # an engine keeps it
                        raise BoundExceededError(f"{WHAT} writes more than {MOST_WRITTEN:,} characters")  # noqa: TRY301
            except Exception as error:  # noqa: BLE001  what a template raises is for the engine to tell
                _pass(error)


def _pass(error: Exception) -> None:
    if isinstance(error, MemoryError | BoundExceededError):
        raise error


def _refuse(message: object = "") -> NoReturn:
    raise ValueError(message)
