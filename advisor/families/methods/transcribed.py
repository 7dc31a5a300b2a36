"""A speech model, used as it is: what it writes down is the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.families.base import Answered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.engines.base import Transcriber
    from advisor.families.base import Given


class Transcribed:
    """Each file by itself: recordings differ in length, and one that cannot be read costs only itself."""

    alone = True

    def __init__(self, transcriber: Transcriber) -> None:
        self._transcriber = transcriber
        self.details: dict[str, Any] = {}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return what is said in each file."""
        files = [each if isinstance(each, str) else each["audio"] for each in given]
        return [Answered(reply.text, reply.probability, reply.tokens) for reply in self._transcriber.transcribe(files)]
