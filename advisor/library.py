"""The library's door: `from advisor import recommend, Task`. The command line uses it too.

    from advisor import recommend

    found = recommend("tell spam from ham", examples="mails.csv", answers={"bar.pass_rate": 0.9})
    print(found.verdict, found.model, found.strength)

Progress comes to `on_event`: the classes of `advisor.door`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.door import Answer, MissingAnswerError
from advisor.errors import InputError, one_line
from advisor.paths import at_home
from advisor.session import Start, delete, folder_of, id_of
from advisor.task.source import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from advisor.door import Control, Door, Event
    from advisor.interview.facts import Understanding
    from advisor.interview.question import Question
    from advisor.task.model import Task


LABELLED = frozenset({"text-classification", "zero-shot-classification", "image-classification"})


@dataclass(frozen=True, slots=True)
class Part:
    """The recommendation for one task.

    Attributes:
        run: The run's id.
        folder: Its folder, with every outcome.
        verdict: "passes", "none" or "undecided".
        strength: "certified", "examples" or "provisional"; None without an answer.
        model: The recommended model's name, None where none passes.
        revision: Its commit on the Hub, None for a local one.
        lower_bound: What its pass rate on new inputs is at least, at its share of the error.
        result: All of it: the document that `advisor recommend --json` prints.
    """

    run: str
    folder: Path
    verdict: str
    strength: str | None
    model: str | None
    revision: str | None
    lower_bound: float | None
    result: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What came of a session: a part for each task, of one mostly; the attributes beside `parts` are the first one's.

    Attributes:
        parts: In their order.
        session: The session's id: the same one goes on.
        job: What several parts add up to; see `advisor.report.job`.
    """

    parts: tuple[Part, ...]
    session: str
    job: dict[str, Any] = field(repr=False)

    @property
    def verdict(self) -> str:
        """Of all parts: "passes" if all pass, "none" if one has none, else "undecided"."""
        return str(self.job["verdict"])

    @property
    def model(self) -> str | None:
        """The first part's recommended model."""
        return self.parts[0].model

    @property
    def strength(self) -> str | None:
        """How sure the first part's answer is."""
        return self.parts[0].strength


class ByHandError(MissingAnswerError):
    """Examples must be labelled or written, and there is nobody to do it.

    Attributes:
        key: The question's.
    """

    def __init__(self, question: Question, understanding: Understanding) -> None:
        family, path = understanding.value("family"), str(understanding.value("examples"))
        lacks = "no column of labels" if family in LABELLED else "no column that says what is expected"
        InputError.__init__(
            self,
            f"{quoted(Path(path).name)} has {lacks}; label its rows in `advisor interview`, or name another file with "
            "--examples",
        )
        self.key = question.key


def missing(question: Question, understanding: Understanding) -> MissingAnswerError:
    """Return the error of a question that nobody is there to answer."""
    if question.is_by_hand and understanding.value("examples") is not None:
        return ByHandError(question, understanding)
    return MissingAnswerError(replace(question, text=question.text.rstrip(".")))


def needs_people(question: Question, understanding: Understanding) -> bool:
    """Return whether "I don't know" or a default cannot stand for a person's answer.

    Consent to send examples, and to fetch packages, is for people; so are labels; and without examples there is no
    evidence unless it was said how to come by some.
    """
    if question.key == "examples":
        return understanding.value("no_examples") is None
    return question.is_by_hand or question.key in {"send_to", "starter"}


class Defaults:
    """A door with nobody behind it: takes defaults, tells events, and never agrees to send examples anywhere."""

    def __init__(self, on_event: Callable[[Event], None] | None = None) -> None:
        self._on_event = on_event

    def ask(self, question: Question, understanding: Understanding) -> Answer:
        """Return the default.

        Raises:
            MissingAnswerError: if there is none.
            InputError: if what was given cannot be used.
        """
        if question.problem:
            raise InputError(question.problem)
        if needs_people(question, understanding) or (question.default is None and not question.may_skip):
            raise missing(question, understanding)
        return Answer(question.key, question.default)

    def tell(self, event: Event) -> None:
        """Pass an event on."""
        if self._on_event is not None:
            self._on_event(event)


def recommend(
    task: Task | Path | str = "",
    *,
    examples: Path | str | None = None,
    answers: Mapping[str, Any] | None = None,
    require: str = "certified",
    download: int | None = 0,
    offline: bool = False,
    escalation: bool = False,
    language_model: str = "",
    send_to: Sequence[str] = (),
    jobs: int = 1,
    fresh: bool = False,
    on_event: Callable[[Event], None] | None = None,
    door: Door | None = None,
    control: Control | None = None,
    asks_plan: bool = False,
) -> Recommendation:
    """Find the smallest model that reliably does a task.

    The same call on the same files goes on where an earlier one was cut off, and measures nothing twice.

    Args:
        task: A `Task`, the path of a task file, or the task in plain words.
        examples: With words: the file of examples.
        answers: With words: by key, e.g. {"bar.pass_rate": 0.9, "constraints.license": ["apache-2.0"]}.
        require: The strength an answer needs to count as passing: "certified", "examples" or "provisional".
        download: Bytes that may be downloaded from the Hub; None: the interview may ask.
        offline: Never ask the Hub.
        escalation: Measure what a smaller model could answer, handing over the rest.
        language_model: Address or GGUF file of a language model that helps to read the words.
        send_to: Hosts to which examples may be sent.
        jobs: Candidates probed side by side.
        fresh: Measure again what an earlier run measured.
        on_event: Receives progress, on any thread.
        door: Asked and told instead; `on_event` is not used then.
        control: Pauses, skips a candidate, stops.
        asks_plan: Whether the door is asked to agree to the plan.

    Raises:
        InputError: if the task, its examples or an answer cannot be used; `MissingAnswerError` names a key.
        OutOfReachError: if something is out of reach: the Hub, disk space, weights, an engine.
        PlanOnly: once the plan is told, where the answer "plan" is False; a `Stopped`.
        Stopped: if the control or the door stopped it.
    """
    shared: dict[str, Any] = {
        "answers": dict(answers or {}) | ({"send_to": list(send_to)} if send_to else {}),
        "require": require,
        "download": download,
        "offline": offline,
        "escalation": escalation,
        "language_model": language_model,
    }
    if isinstance(task, str):
        start = Start(words=task, examples=None if examples is None else str(examples), **shared)
    else:
        check_beside_task(examples, shared["answers"], language_model)
        start = Start(task_file=str(task if isinstance(task, Path) else _written(task)), **shared)
    session = id_of(start)
    from advisor.graph.drive import drive  # the graph's library takes most of a second

    try:
        done = drive(
            session,
            door or Defaults(on_event),
            start=start,
            control=control,
            jobs=jobs,
            fresh=fresh,
            asks_plan=asks_plan,
        ).done
    finally:
        if start.task_file is not None:  # its answers are in the file, its outcomes in the run
            delete(session)
    return read_recommendation(session, [Path(each.folder) for each in done])


def check_beside_task(examples: object, answers: Mapping[str, Any], language_model: str) -> None:
    """Do nothing, unless something is given beside a task that goes with words alone.

    Raises:
        InputError: if so.
    """
    if examples is not None:
        raise InputError("examples go with words; a task names its own")
    if language_model:
        raise InputError("a language model helps to read words; a task file needs none")
    extra = sorted(set(answers) - {"plan", "send_to", "starter"})
    if extra:
        raise InputError(f"{one_line(extra[0], 40)}: answers go with words; write it into the task")


def read_recommendation(session: str, folders: Sequence[Path]) -> Recommendation:
    """Return what finished runs recommend, from their folders."""
    from advisor.report.job import job_document

    results = [json.loads((folder / "result.json").read_text(encoding="utf-8")) for folder in folders]
    parts = tuple(_part(result, folder) for result, folder in zip(results, folders, strict=True))
    return Recommendation(parts, session, job_document(results))


def _part(result: dict[str, Any], folder: Path) -> Part:
    chosen = result.get("recommended") or {}
    return Part(
        str(result["run"]),
        folder,
        str(result["verdict"]),
        result.get("strength"),
        chosen.get("model"),
        chosen.get("revision"),
        chosen.get("lower_bound"),
        result,
    )


def _written(task: Task) -> Path:
    """Write a task's file, relative paths made absolute, and return its path; the same task is the same file."""
    from advisor.runs.store import write_whole

    content = task.model_dump(mode="json", exclude_defaults=True) | {"version": 1}
    for section in ("examples", "documents", "teaching"):
        inner = content.get(section)
        if isinstance(inner, dict) and inner.get("path"):
            inner["path"] = str(at_home(inner["path"]).absolute())
    text = json.dumps(content, indent=2, ensure_ascii=False)
    folder = folder_of(f"task-{hashlib.sha256(text.encode()).hexdigest()[:12]}")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "task.json"
    if not path.exists():
        write_whole(path, text)
    return path
