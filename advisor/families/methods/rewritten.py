"""A model that turns a text into another, used as it is: a summarizer, a translator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.families.base import Answered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.engines.base import Rewriter
    from advisor.families.base import Family, Given
    from advisor.probe.protocol import ProbeSpec


class Rewritten:
    """Each text, in the task's template if it has one, is rewritten; models such as T5 need a prefix there."""

    def __init__(self, family: Family, rewriter: Rewriter, spec: ProbeSpec) -> None:
        self._family, self._rewriter, self._spec = family, rewriter, spec
        self._max_tokens = int(spec.prompt.get("max_tokens", 256))
        self.details: dict[str, Any] = {"max_tokens": self._max_tokens}
        if spec.prompt.get("template"):
            self.details["template"] = spec.prompt["template"]

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return the rewriting of each example."""
        texts = [self._family.user_text(each, self._spec) for each in given]
        replies = self._rewriter.rewrite(texts, max_tokens=self._max_tokens)
        return [Answered(self._family.parse(r.text, self._spec), r.probability, r.tokens) for r in replies]
