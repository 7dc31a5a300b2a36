"""The state in the graph's checkpoint: plain values and frozen dataclasses; all survive a kill."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

from advisor.interview.answers import FORGOTTEN, MORE_EXAMPLES
from advisor.interview.facts import Fact, Notice, Source
from advisor.interview.question import Choice, Question
from advisor.workflow.sessions import Start


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A marker for a withdrawn answer."""


@dataclass(frozen=True, slots=True)
class Done:
    """A run that has its recommendation; the verdict is "passes", "none" or "undecided"."""

    run: str
    folder: str
    verdict: str


# Every class that a checkpoint may hold; the serializer refuses others.
KEPT_CLASSES = (Start, Question, Choice, Fact, Notice, Source, TakenBack, Done)


def merged(known: dict[str, Any], added: dict[str, Any]) -> dict[str, Any]:
    """Return the answers with the new ones last; withdrawn ones are removed."""
    both = {key: value for key, value in known.items() if key not in added} | added
    return {key: value for key, value in both.items() if not isinstance(value, TakenBack)}


class State(TypedDict, total=False):
    """The graph's state."""

    start: Start  # What the front end knew beforehand.
    answers: Annotated[dict[str, Any], merged]  # By key, in the order given.
    # What a language model read in the words; used only where the answer "confirm" names it.
    proposed: tuple[Fact, ...]
    # The record of these readings: model, engine, what was proposed and dropped; None before they exist.
    reading: dict[str, Any] | None
    question: Question | None  # What is to be asked now, None if nothing.
    task_file: str  # The task file.
    run: str  # The id of the planned run.
    agreed: str  # The id of the run that the user agreed to.
    done: Done | None  # The run, once it has its recommendation.


def forgotten(state: State, key: str) -> dict[str, Any]:
    """Return the answers that make a key asked about, whatever words, file or answers say of it.

    A new file also resets how it is read ("examples.separator").
    """
    answers = state.get("answers", {})
    below = {name: TakenBack() for name in answers if name.startswith(f"{key}.")}
    return below | {key: TakenBack(), FORGOTTEN: list(dict.fromkeys([*(answers.get(FORGOTTEN) or ()), key]))}


def with_more(state: State, key: str, value: Any) -> dict[str, Any]:  # noqa: ANN401  a JSON value
    """Return the answers that replace the examples; None keeps the present ones.

    What was answered since new examples were requested is about these.
    """
    own = state["answers"]
    asked: dict[str, Any] = {MORE_EXAMPLES: TakenBack()}
    if value is None:
        return asked
    since = list(own)[list(own).index(MORE_EXAMPLES) :]
    return asked | (without_file(state, value, since) if key == "examples" else {}) | {key: value}


def without_file(state: State, path: object, kept: Collection[str] = ()) -> dict[str, Any]:
    """Return the answers that reset how the earlier file of examples is read, but those `kept`, if `path` is another.

    Its columns are not those of the new one.
    """
    before = answers_of(state)
    if before.get("examples") in {None, path}:
        return {}
    old = [name for name in before if name.partition(".")[0] == "examples" != name and name not in kept]
    gone = {name: TakenBack() for name in (*old, "reading", "no_examples") if name in before}
    return gone | ({FORGOTTEN: list(dict.fromkeys([*(before.get(FORGOTTEN) or ()), *old]))} if old else {})


def answers_of(state: State) -> dict[str, Any]:
    """Return the answers in the order in which they were last given, without those that the user forgot."""
    start = state["start"]
    found = dict(start.answers)
    if start.examples is not None:
        found["examples"] = start.examples
    if start.download is not None or start.offline:
        found["download"] = 0 if start.offline else start.download
    own = state.get("answers", {})
    gone = own.get(FORGOTTEN) or ()
    below = tuple(f"{key}." for key in gone)
    found = {key: value for key, value in found.items() if key not in gone and not key.startswith(below)}
    # An answer given again moves to the end.
    return {key: value for key, value in found.items() if key not in own} | own
