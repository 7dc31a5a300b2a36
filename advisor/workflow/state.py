"""What the graph's checkpoint holds: plain values and frozen dataclasses, all of which survive a kill."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

from advisor.interview.answers import FORGOTTEN, SHARED_KEYS
from advisor.interview.facts import Fact, Notice, Source
from advisor.interview.question import Choice, Question
from advisor.workflow.sessions import Start


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Stands for an answer that is forgotten."""


@dataclass(frozen=True, slots=True)
class Done:
    """A part that has its recommendation.

    Attributes:
        part: Which, from 0.
        run: Its run's id.
        folder: Its run's folder.
        verdict: "passes", "none" or "undecided".
    """

    part: int
    run: str
    folder: str
    verdict: str


# Every class that a checkpoint may hold; the serializer refuses others.
KEPT_CLASSES = (Start, Question, Choice, Fact, Notice, Source, TakenBack, Done)


def merged(known: dict[str, Any], added: dict[str, Any]) -> dict[str, Any]:
    """Return the answers with the new ones last; one that is taken back is gone."""
    both = {key: value for key, value in known.items() if key not in added} | added
    return {key: value for key, value in both.items() if not isinstance(value, TakenBack)}


def added(known: tuple[Done, ...], more: tuple[Done, ...]) -> tuple[Done, ...]:
    """Return what is done with what was done now; a part done again stands once."""
    parts = {each.part for each in more}
    return (*(each for each in known if each.part not in parts), *more)


class State(TypedDict, total=False):
    """The graph's state.

    Attributes:
        start: What the door knew beforehand.
        parts: The words of each part of the job.
        part: The one at work.
        answers: By "<part>/<key>", in the order given.
        proposed: By part, what a language model read in its words; used only where the answer "confirm" names it.
        readings: By part, the record of that: model, engine, what was proposed and dropped.
        phrased: The texts of questions by what the language model made of them.
        question: What is to be asked now, None if nothing.
        task_file: The task file of the part at work.
        run: The id of the run that is planned.
        agreed: The id of the run that the user agreed to.
        done: The parts with a recommendation.
    """

    start: Start
    parts: tuple[str, ...]
    part: int
    answers: Annotated[dict[str, Any], merged]
    proposed: Annotated[dict[str, tuple[Fact, ...]], operator.or_]
    readings: Annotated[dict[str, dict[str, Any]], operator.or_]
    phrased: Annotated[dict[str, str], operator.or_]
    question: Question | None
    task_file: str
    run: str
    agreed: str
    done: Annotated[tuple[Done, ...], added]


def forgotten(state: State, part: int, key: str) -> dict[str, Any]:
    """Return the answers by which a key is asked about, whatever the words, the file or an answer say of it."""
    known = state.get("answers", {}).get(f"{part}/{FORGOTTEN}") or ()
    return {f"{part}/{key}": TakenBack(), f"{part}/{FORGOTTEN}": list(dict.fromkeys([*known, key]))}


def answers_of(state: State, part: int | None = None) -> dict[str, Any]:
    """Return a part's answers by key: its own, and those of other parts and of the start that hold for all."""
    number = state.get("part", 0) if part is None else part
    start = state["start"]
    found = dict(start.answers)
    if start.examples is not None and number == 0:
        found["examples"] = start.examples
    if start.download is not None or start.offline:
        found["download"] = 0 if start.offline else start.download
    own: dict[str, Any] = {}
    for name, value in state.get("answers", {}).items():
        of, _, key = name.partition("/")
        if int(of) == number:
            own[key] = value
        elif key in SHARED_KEYS:
            found[key] = value
    # One that is answered anew stands where it was answered last.
    return {key: value for key, value in found.items() if key not in own} | own
