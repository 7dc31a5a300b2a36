"""A prompted model: the instruction, the examples that are shown, one user message an example."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.engines.base import CannotHoldError, Turn
from advisor.errors import one_line
from advisor.families.base import Answered
from advisor.families.shown_examples import covering

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.engines.base import Chat
    from advisor.families.base import Family, Given
    from advisor.probe.protocol import ProbeSpec


class Prompted:
    """An instruct model, its answer held to the family's form where the engine can.

    Where an engine knows the control tokens of its model, such as "<|im_start|>", it keeps texts from being read as
    turns of the chat. Else a text can choose the answer, within the form that a constraint holds it to.
    """

    alone = True

    def __init__(self, family: Family, chat: Chat, spec: ProbeSpec) -> None:
        self._family, self._chat, self._spec = family, chat, spec
        system = family.system_prompt(spec)
        self._turns = [Turn("system", system)]
        places = covering([expected for _, expected in spec.teaching], int(spec.prompt.get("examples", 0)))
        shots = [spec.teaching[place] for place in places]
        for given, expected in shots:
            self._turns += [
                Turn("user", family.user_text(given, spec)),
                Turn("assistant", family.show(expected, spec)),
            ]
        self._constraint = family.constraint(spec)
        self._max_tokens = int(spec.prompt.get("max_tokens", 256))
        self.details: dict[str, Any] = {"system_prompt": system, "max_tokens": self._max_tokens}
        try:
            chat.check(self._turns, self._constraint)
        except CannotHoldError as error:
            self._constraint, self.details["not_held"] = None, one_line(error, 200)
            chat.check(self._turns, None)
        if self._constraint is not None:
            self.details["held_to"] = list(self._constraint.options) or self._constraint.schema
        if shots:
            self.details["shown_examples"] = [
                {"user": user.text, "assistant": said.text}
                for user, said in zip(self._turns[1::2], self._turns[2::2], strict=True)
            ]

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return the parsed reply to each example, one call each."""
        return [self._one(each) for each in given]

    def _one(self, given: Given) -> Answered:
        user = Turn("user", self._family.user_text(given, self._spec))
        constraint = self._family.constraint_for(given, self._spec) or self._constraint
        reply = self._chat.chat([*self._turns, user], constraint, max_tokens=self._max_tokens)
        output = self._family.parse_for(reply.text, given, self._spec)
        return Answered(output, reply.probability, reply.tokens, reply.prompt_tokens)
