"""The optional language model reads the words, and the user confirms its readings."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import one_line
from advisor.interview.assist.language_model import language_model, read_with
from advisor.interview.question import Choice, Question
from advisor.trust.consent import ConsentNeededError

if TYPE_CHECKING:
    from advisor.interview.facts import Fact
    from advisor.workflow.state import State

RECORD = "language_model.json"


def is_wanted(state: State, words: str) -> bool:
    """Return whether the words are still to be read by the language model."""
    return bool(state["start"].language_model and words.strip()) and state.get("reading") is None


def propose(state: State, words: str, known: Collection[str], folder: Path) -> dict[str, Any]:
    """Return the language model's readings of the words, or the question whether to send them to it.

    AdvisorError if the model cannot be used.
    """
    model = language_model(state["start"].language_model)
    if model is None:
        return {"reading": {}}
    agreed = [
        host for given in (state.get("answers", {}), state["start"].answers) for host in given.get("send_to") or ()
    ]
    try:
        found = read_with(words, model, agreed=agreed, known=known)
    except ConsentNeededError as error:
        text = f"{error.message}."
        return {"question": consent_question(text, error.hosts, agreed, "Your words, and nothing else.")}
    record = found.record()
    _keep(folder, record)
    return {"proposed": found.facts, "reading": record, "question": None}


def consent_question(text: str, hosts: Sequence[str], agreed: Sequence[str], why: str) -> Question:
    """Return the question whether something may be sent to these hosts; it has no default.

    The answer includes hosts that were `agreed` to before.
    """
    return Question(
        "send_to",
        f"{text} Send them there?",
        "choice",
        why,
        (Choice([*agreed, *hosts], "yes"),),
        flag=" ".join(f"--send-to {one_line(host, 120)}" for host in hosts),
        may_skip=False,
    )


def confirm_question(state: State, answers: Mapping[str, Any]) -> Question | None:
    """Return the question which readings of the language model are right, None if there are none to confirm."""
    proposed = state.get("proposed", ())
    if not proposed or "confirm" in answers:
        return None
    record = state.get("reading") or {}
    return Question(
        "confirm",
        "A language model read this in your words. Which of it is right?",
        "several",
        f"{one_line(record.get('model', 'it'), 80)} may be wrong: nothing is used unless you confirm it.",
        tuple(
            Choice(
                fact.key,
                f"{fact.key}: {one_line(json.dumps(fact.value, ensure_ascii=False), 120)}",
                one_line(fact.words, 80),
            )
            for fact in proposed
        ),
        flag="--set confirm=all",
    )


def confirmed(state: State, answers: Mapping[str, Any]) -> tuple[Fact, ...]:
    allowed = set(answers.get("confirm") or ())
    proposed = state.get("proposed", ())
    return tuple(fact for fact in proposed if fact.key in allowed or "all" in allowed)


def keep_confirmed(state: State, answers: Mapping[str, Any], folder: Path) -> None:
    if record := state.get("reading"):
        _keep(folder, record | {"confirmed": [fact.key for fact in confirmed(state, answers)]})


def _keep(folder: Path, record: dict[str, Any]) -> None:
    from advisor.system.files import write_whole

    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / RECORD, json.dumps(record, indent=2, ensure_ascii=False) + "\n")
