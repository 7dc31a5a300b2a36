"""A model that reads answers out of a context, used as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.families.base import Answered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.engines.base import Reader
    from advisor.families.base import Given


class Reading:
    """The answer is the span that the model finds; empty where it finds none likelier."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.details: dict[str, Any] = {}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return the answer to each question from its context."""
        parts = [each if isinstance(each, dict) else {"question": each, "context": ""} for each in given]
        found = self._reader.read([each["question"] for each in parts], [each["context"] for each in parts])
        return [Answered(each.text, each.probability) for each in found]
