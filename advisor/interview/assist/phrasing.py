"""Questions in a language model's words, where these keep to the question."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from advisor.errors import OutOfReachError, one_line
from advisor.interview.assist.choice import must_agree
from advisor.interview.assist.worker import ask_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from advisor.interview.assist.choice import LanguageModel
    from advisor.interview.question import Question

_PHRASE = (
    "Say the question in other, friendly words, in one short sentence. Keep every mark such as {1} exactly. Answer "
    "with the question alone."
)


def phrases(questions: Sequence[Question], model: LanguageModel, *, agreed: Iterable[str] = ()) -> list[str]:
    """Return the texts of questions in a language model's words, each its own where these do not keep to it.

    Numbers and quoted names are taken out before and put back afterwards: they must not change. A question that shows
    anything from a file, or asks for consent, is never put in other words; nor are any where the model cannot be asked.

    Raises:
        ConsentNeededError: if the texts would go to a host that the user has not agreed to.
    """
    must_agree(model, agreed)
    told = {}
    masked = [_masked(question.text) for question in questions if may_be_phrased(question)]
    try:
        answers = iter(ask_texts(model, _PHRASE, [text for text, _ in masked]) if masked else [])
    except OutOfReachError:
        return [question.text for question in questions]
    for question, (_, kept) in zip(filter(may_be_phrased, questions), masked, strict=True):
        told[question.text] = _restored(next(answers).output, question.text, kept)
    return [told.get(question.text, question.text) for question in questions]


# Questions whose text holds nothing but our own words and numbers. Those that show an input to be labelled, a file's
# values, the user's words or a request for consent are asked as they are.
_OURS = frozenset(
    {"family", "labels", "examples", "examples.expected", "instruction", "device", "in_house", "volume", "no_examples"}
)
_OUR_SECTIONS = ("bar.", "constraints.", "translate.")


def may_be_phrased(question: Question) -> bool:
    """Return whether a question may be put in other words."""
    return question.kind != "plan" and (question.key in _OURS or question.key.startswith(_OUR_SECTIONS))


_KEPT = re.compile(r"\"[^\"\n]*\"|'[^'\n]{2,}'|\u201c[^\u201d\n]*\u201d|\d+(?:[.,:]\d+)*")


def _masked(text: str) -> tuple[str, list[str]]:
    """Return a text with a mark for each number and quoted name, and what the marks stand for."""
    kept: list[str] = []

    def mark(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"{{{len(kept)}}}"

    return _KEPT.sub(mark, text), kept


def _restored(said: Any, text: str, kept: Sequence[str]) -> str:  # noqa: ANN401  whatever a model said
    """Return what was said with names and numbers put back; the plain text where it is no such question."""
    told = one_line(said, 2 * len(text) + 80) if isinstance(said, str) else ""
    marks = sorted(re.findall(r"\{\d+\}", told))
    is_whole = marks == sorted(f"{{{number}}}" for number in range(1, len(kept) + 1))
    rest = re.sub(r"\{\d+\}", "", told)
    if not is_whole or told.count("?") != 1 or not told.endswith("?") or re.search(r"[\d\"{}]|://", rest):
        return text
    return re.sub(r"\{(\d+)\}", lambda found: kept[int(found[1]) - 1], told)
