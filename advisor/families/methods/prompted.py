"""A prompted model: the instruction, shown examples, one user message per example."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from advisor.engines.base import CannotHoldError, CannotLoadError, Chat, CircumstanceError, Turn, Weigher
from advisor.engines.batches import is_out_of_memory
from advisor.engines.bounds import BoundExceededError
from advisor.engines.table import ENGINES
from advisor.errors import one_line
from advisor.families.base import Answered, Family, Given
from advisor.families.methods.calibration import ROWS, calibrated
from advisor.families.shown_examples import covering, is_chosen, to_show

if TYPE_CHECKING:
    from advisor.probe.protocol import ProbeSpec


class Prompted:
    """An instruct model, its answer constrained to the family's form if the engine can.

    If an engine knows the control tokens of its model, such as "<|im_start|>", texts cannot pose as turns of the chat.
    Otherwise a text can choose the answer, within the constraint's form.
    """

    alone = True

    def __init__(self, family: Family, chat: Chat, spec: ProbeSpec) -> None:
        """Settle the prompt: a template may refuse a system turn, and a context may lack room for shown rows.

        CannotLoadError if no prompt works, with the error of the first attempt.
        """
        self._family, self._chat, self._spec = family, chat, spec
        self._max_tokens = int(spec.prompt.get("max_tokens", 256))
        is_open = is_chosen(spec.prompt)
        # If answers cost money and rows would leave the machine, none is shown unless requested.
        is_plain = is_open and ENGINES[spec.runtime].is_remote
        shown = [] if is_plain else to_show(spec.prompt, spec.teaching)
        failed: CannotLoadError | None = None
        for places in [shown, []] if shown and is_open else [shown]:
            for role in ("system", "user"):
                try:
                    self._settle(places, role)
                except (CircumstanceError, BoundExceededError):  # a template without an end fails in every way
                    raise
                except CannotLoadError as error:
                    failed = failed or error
                else:
                    self._calibrate(places)
                    return
        raise failed or CannotLoadError("cannot be asked")

    def _settle(self, places: Sequence[int], role: str) -> None:
        """Prompt with these rows shown and the instruction in the system's or the user's turn."""
        family, chat, spec = self._family, self._chat, self._spec
        instruction = family.system_prompt(spec)
        self._before = instruction if role == "user" else ""
        self._shots: list[Turn] = []
        for place in places:
            given, expected = spec.teaching[place]
            self._shots += [Turn("user", family.user_text(given, spec)), Turn("assistant", family.show(expected, spec))]
        self._system = [] if self._before else [Turn("system", instruction)]
        self._constraint = family.constraint(spec)
        self.details: dict[str, Any] = {f"{role}_prompt": instruction, "max_tokens": self._max_tokens}
        # Turns alternate: without shown rows the instruction begins the last turn, so it is tried as a row would be.
        is_bare = bool(self._before) and not self._shots
        fixed = [Turn("user", self._before), Turn("assistant", "")] if is_bare else self._turns()
        try:
            chat.check(fixed, self._constraint)
        except CannotHoldError as error:
            self._constraint, self.details["not_held"] = None, one_line(error, 200)
            chat.check(fixed, None)
        if self._constraint is not None:
            self.details["held_to"] = list(self._constraint.options) or self._constraint.schema
        if self._shots:
            self.details["shown_examples"] = [
                {"user": user.text, "assistant": answer.text}
                for user, answer in zip(self._shots[::2], self._shots[1::2], strict=True)
            ]

    def _calibrate(self, shown: Sequence[int]) -> None:
        """Calibrate the labels' probabilities on training rows that are not shown, if the engine gives them."""
        chat, options, spec = self._chat, self._constraint.options if self._constraint else (), self._spec
        biases = spec.prompt.get("label_biases")  # of an export, which need not ask again
        if biases is None and options and isinstance(chat, Weigher):
            labels = [self._family.show(expected, spec) for _, expected in spec.teaching]
            rest = [place for place, label in enumerate(labels) if place not in shown and label in options]
            asked: list[tuple[list[float], int]] = []
            for at in covering([labels[place] for place in rest], ROWS):
                try:
                    weighed = chat.weigh(self.turns_for(spec.teaching[rest[at]][0]), options)
                except CannotLoadError:
                    raise
                except Exception as error:
                    if is_out_of_memory(error):
                        raise
                    continue  # a text that cannot be answered, as in a run
                asked.append((weighed, options.index(labels[rest[at]])))
            # A bar on single labels is about rare ones as much as about frequent ones.
            counts = [0 if spec.per_label or spec.precision else labels.count(option) for option in options]
            found = calibrated([row for row, _ in asked], [label for _, label in asked], counts)
            if found is not None:
                biases = dict(zip(options, found.biases, strict=True))
                self.details["calibrated"] = list(found.right)
        if biases and self._constraint:
            self.details["label_biases"] = biases
            self._constraint = replace(self._constraint, biases=tuple(biases[option] for option in options))

    def _turns(self, *last: Turn) -> list[Turn]:
        """Return the whole chat; without a system turn the first message begins with the instruction."""
        turns = [*self._shots, *last]
        if self._before:
            turns[0] = Turn("user", f"{self._before}\n\n{turns[0].text}")
        return self._system + turns

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        return [self._one(each) for each in given]

    def turns_for(self, given: Given) -> list[Turn]:
        return self._turns(Turn("user", self._family.user_text(given, self._spec)))

    def _one(self, given: Given) -> Answered:
        reply = self._chat.chat(self.turns_for(given), self._constraint, max_tokens=self._max_tokens)
        output = self._family.parse_for(reply.text, given, self._spec)
        return Answered(output, reply.probability, reply.tokens, reply.prompt_tokens)
