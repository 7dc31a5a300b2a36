"""What is known of the task: its words, its facts, its examples whichever way they came."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    more = without_examples.settled(seen, answers, context.folder, session=context.folder.name)
    return context.seen(words, known | more, proposed) if more else seen
