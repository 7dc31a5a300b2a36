"""What is known of the task: its words, its facts, its examples whichever way they came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.interview.question import ANYWAY, Choice, Question
from advisor.interview.text.several import tasks
from advisor.workflow import helped, without_examples
from advisor.workflow.state import State, answers_of

if TYPE_CHECKING:
    from advisor.interview.understand import Seen
    from advisor.workflow.context import Context


def words_of(state: State) -> str:
    """Return the task's words."""
    return str(answers_of(state).get("words") or state["start"].words)


def seen_of(state: State, context: Context) -> Seen:
    """Return what is known of the task, its examples whichever way they came."""
    answers, words = answers_of(state), words_of(state)
    proposed = helped.confirmed(state, answers)
    # What one example was labelled with says nothing of the task.
    known = {key: value for key, value in answers.items() if ":" not in key}
    seen = context.seen(words, known, proposed)
    folder = context.folder
    more = without_examples.settled(seen, answers, folder, session=folder.name, offline=context.offline)
    return context.seen(words, known | more, proposed) if more else seen


def first_question(state: State, context: Context) -> Question | None:
    """Return the question which task of several comes first, None where the words ask for one.

    The first one that the file of examples is for, if one is named, is the likeliest.
    """
    if answers_of(state).get("first") == ANYWAY:
        return None
    found = tasks(words_of(state), context.catalog)
    if not found:
        return None
    answers = answers_of(state)
    fitting = [each for each in found if _fits(context.seen(each, answers))] if answers.get("examples") else []
    first = fitting[0] if fitting else found[0]
    others = "; ".join(one_line(each, 60) for each in found if each != first)
    return Question(
        "first",
        f"These sound like {len(found)} tasks. Which one first?",
        "choice",
        "Each has examples and a bar of its own, and several small models are often smaller than one for all.",
        (*(Choice(each, one_line(each, 80)) for each in found), Choice(ANYWAY, "It is one task")),
        first,
        f"{'what your file is for' if fitting else 'the first in your words'}; a run of its own each: {others}",
        f"--set first={ANYWAY}",
        may_skip=False,
        is_reading=True,
    )


def _fits(seen: Seen) -> bool:
    """Return whether a file of examples holds the kind of answers that the words ask for."""
    is_labelled = seen.proposal is not None and seen.proposal.is_labelled
    return is_labelled and not any(notice.key == "family" for notice in seen.understanding.notices)
