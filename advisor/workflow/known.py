"""What is known of the part at work: its words, its facts, its examples as they were come by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.interview.question import Choice, Question
from advisor.interview.text.parts import are_clear, split
from advisor.workflow import helped, without_examples
from advisor.workflow.state import State, answers_of

if TYPE_CHECKING:
    from advisor.interview.understand import Seen
    from advisor.workflow.context import Context


def seen_of(state: State, context: Context, words: str) -> Seen:
    """Return what is known of the part at work, its examples as they were come by."""
    answers = answers_of(state)
    proposed = helped.confirmed(state, answers)
    # What one example was labelled with says nothing of the task.
    known = {key: value for key, value in answers.items() if ":" not in key}
    seen = context.seen(words, known, proposed)
    folder = context.folder
    more = without_examples.settled(seen, answers, folder, session=folder.name, offline=context.offline)
    return context.seen(words, known | more, proposed) if more else seen


def parts_of(state: State, context: Context) -> tuple[str, ...] | Question:
    """Return the words of each part, or the question whether they are several."""
    answers = answers_of(state, 0)
    words = str(answers.get("words") or state["start"].words)
    if not words.strip():
        return ("",)
    found = split(words, context.catalog)
    if len(found) < 2 or answers.get("parts") == "one":  # noqa: PLR2004  one job
        return (words,)
    if answers.get("parts") == "each":
        return found
    default = "each" if are_clear(found) else "one"
    told = enumerate((_told(each, context) for each in found), start=1)
    listed = " ".join(f"{number}. {one_line(each, 80)}" for number, each in told)
    return Question(
        "parts",
        f"These sound like {len(found)} tasks: {listed} Find a model for each?",
        "choice",
        f"{len(found)} small models, each proven on examples of its own, are often smaller than one that does all.",
        (Choice("each", "yes, one after the other"), Choice("one", "no, it is one task")),
        default,
        "your words",
        f"--set parts={default}",
        may_skip=False,
    )


def _told(words: str, context: Context) -> str:
    """Return what a part asks for, without the terms that are said of all."""
    from advisor.interview.text.words import from_words

    found = from_words(words, context.catalog)
    return next((str(fact.value) for fact in found if fact.key == "instruction" and fact.value), f"{words}.")
