"""Loops for the session's page in tests: real questions, plans, outcomes, decisions and run folders; no models."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from advisor.candidates.build import LeftOut, Shortlist, Suggestion
from advisor.decide.decision import decide
from advisor.decide.plan import Plan
from advisor.decide.records import Purpose
from advisor.decide.steps import next_step
from advisor.evidence.sequential import Strength
from advisor.execution.control import Control, Stopped
from advisor.execution.progress import Progress
from advisor.interview.facts import Fact, Notice, Source, Understanding
from advisor.interview.question import Choice, Question
from advisor.probe.protocol import Outcome
from advisor.report.document import result_of
from advisor.report.file import write_html
from advisor.runs.store import RunStore
from advisor.task.example import Example
from advisor.task.examples import ExampleSet
from advisor.task.model import Task
from advisor.workflow.frontend import Answer, Frontend, Planned, Probed, Reported, Stage, Understood
from tests.decide.simulated import candidate

BATCH = 8

# Stray markup, a mark of direction, an escape, right-to-left and wide scripts: all shown, none obeyed.
NASTY = "[bold]stray[/] [/nothing] \x1b[31mred \u202eback"
HEBREW, CHINESE = "שלום, החשבונית שגויה", "发票金额不对 请更正"

WORDS = Question(
    "words",
    "What should the model do? Say it in your own words, with anything it must satisfy.",
    "text",
    "Everything that can be read from it need not be asked.",
    may_skip=False,
)
LICENSE = Question(
    "constraints.license",
    "Who may use the model, and what for?",
    "choice",
    "Your answer decides between 212 and 14 models.",
    (
        Choice(["apache-2.0", "mit"], "Anyone, for anything", "14 models left"),
        Choice([], "I do research", "212 models left"),
        Choice("own", f"Ask {NASTY}", "90 models left"),
    ),
    default=["apache-2.0", "mit"],
    default_from="what most people answer",
    is_open=True,
)
KINDS: dict[str, Question] = {
    "text": WORDS,
    "choice": LICENSE,
    "several": Question(
        "constraints.languages", "Which languages?", "several", "3 of 12 models know German.",
        (Choice("en", "English"), Choice("de", "German"), Choice("he", "Hebrew")), default=["en"],
    ),
    "number": Question(
        "bar.pass_rate", "How often must it be right?", "number", "It decides how many examples it takes.",
        default=0.9, default_from="9 of 10 is the usual bar",
    ),
    "size": Question(
        "constraints.max_memory", "How much memory will it have?", "size", "It decides between 212 and 40 models.",
        default=16_000_000_000, default_from="this machine has 16 GB of memory",
    ),
    "file": Question("examples", "Where are your examples?", "file", "About 40 are needed to prove 90%."),
    "yes": Question("in_house", "Must your data stay in house?", "yes", "It rules out 30 of 212.", default=True),
    "labels": Question("labels", "Which labels are there?", "labels", "An example needs one of them.", may_skip=False),
    "columns": Question(
        "columns", "Which column is what?", "columns", "Two columns could be the input.",
        (Choice("text", "text"), Choice("subject", "subject"), Choice("label", "label")),
        default={"input": "text", "expected": "label"}, default_from="the shape of your file",
    ),
}  # fmt: skip
UNDERSTOOD = Understanding(
    (
        Fact("family", "text-classification", Source.WORDS, "sort into"),
        Fact("labels", ["billing", "bug", "other"], Source.WORDS, "billing, bug, other"),
        Fact("constraints.languages", ["de"], Source.WORDS, f"German {NASTY}"),
        Fact("constraints.max_memory", 4_000_000_000, Source.WORDS, "4 GB laptop"),
        Fact("in_house", value=True, source=Source.WORDS, words="must stay in house"),
        Fact("device", "cpu", Source.MACHINE, "no GPU found"),
        Fact("words", f"sort support mails {HEBREW}", Source.ANSWER),
    ),
    (Notice("few_of_a_class", "One class has 4 examples.", is_grave=True), Notice("empty", "3% are empty.")),
    212,
)


def plan(examples: int = 120, bar: float = 0.9, **facts: Any) -> Plan:
    """Return a plan of four candidates over so many examples, some with texts that a terminal must not obey."""
    task = Task.model_validate(
        {
            "name": "support mails",
            "instruction": "Sort a support mail.",
            "examples": {"path": "mails.csv"},
            "bar": {"pass_rate": bar},
        }
    )
    texts = ("I was charged twice", NASTY, HEBREW, CHINESE)
    evidence = tuple(_example(n, texts[n % len(texts)]) for n in range(examples))
    rungs = (
        {"model": "wordllama-l2-supercat-256", "serving_bytes": 16_000_000, "parameters": 8_190_000},
        {"model": "[red]someone/model[/red]", "serving_bytes": 47_000_000, "parameters": 17_000_000, "runtime": "onnx"},
        {"model": "组织/多语言模型-小", "serving_bytes": 91_000_000, "parameters": 23_000_000, "license": None},
        {
            "model": "org/large-model-with-quite-a-long-name-instruct",
            "serving_bytes": 910_000_000,
            "parameters": 400_000_000,
            "place": "hub",
            "folder": None,
            "download_bytes": 880_000_000,
            "seconds_per_example": 0.4,
        },
    )
    # What lies in a folder has no revision of the Hub's.
    ladder = tuple(
        candidate(at, **({"revision": "0" if "place" in shown else None} | shown | facts))
        for at, shown in enumerate(rungs)
    )
    left = (
        LeftOut("org/too-large", "needs 30 GB of memory, 13 GB are allowed"),
        LeftOut(f"org/{NASTY}", f"its weights are pickled {NASTY}"),
    )
    found = (Suggestion("org/found", 33_000_000, 130_000_000, ("text",)),)
    return Plan(task, ExampleSet(("a", "b"), (), evidence, ("3 examples are repeated; each counts once",)),
                Shortlist(ladder, left, found, {}), 1, 1)  # fmt: skip


def _example(number: int, text: str) -> Example:
    from advisor.task.example import Example

    return Example(f"e{number}", f"{text} {number}", "a", number + 2)


def outcomes(of: Plan, rates: tuple[float, ...], seed: int = 5) -> Iterator[tuple[int, Purpose, list[Outcome]]]:
    """Yield batches as the search asks for them: candidate, purpose, outcomes; by true rates of the candidates."""
    from tests.decide.simulated import empty_records

    drawn, records = random.Random(seed), empty_records(of)
    while (step := next_step(of, records)) is not None:
        batch = []
        for example in step.examples[:BATCH]:
            passed = drawn.random() < rates[step.candidate]
            batch.append(Outcome(example.id, "a" if passed else NASTY, float(passed), passed, 0.002))
        for outcome in batch:
            records[of.candidates[step.candidate].key].add(step.purpose, outcome)
        yield step.candidate, step.purpose, batch


def events(of: Plan, batches: Iterator[tuple[int, Purpose, list[Outcome]]]) -> Iterator[tuple[int, Progress]]:
    """Yield what a run tells of such batches."""
    seen: dict[tuple[int, Purpose], int] = {}
    for index, purpose, batch in batches:
        each = of.candidates[index]
        if (index, purpose) not in seen and each.download_bytes:
            yield index, Progress("downloading", each, each.download_bytes // 3, total=each.download_bytes)
        if (index, purpose) not in seen:
            yield index, Progress("loading", each)
        seen[index, purpose] = seen.get((index, purpose), 0) + len(batch)
        yield (
            index,
            Progress(
                "probing", each, seen[index, purpose], 0, len(of.evidence), purpose=purpose,
                outcomes=tuple(batch), peak_memory_bytes=182_000_000,
            ),
        )  # fmt: skip


def finished(of: Plan, rates: tuple[float, ...]) -> Path:
    """Make a finished run's folder with real outcomes, decision and report, and return it."""
    with RunStore(of) as store:
        for index, purpose, batch in outcomes(of, rates):
            key = of.candidates[index].key
            store.add_event(
                key, {"event": "loaded", "seconds": 1.0, "engine": "static", "device": "cpu", "details": {}}
            )
            store.add_outcomes(key, purpose, batch)
            store.add_event(key, {"event": "memory", "peak_memory_bytes": 182_000_000, "machine_load": 0.5})
        decision = decide(of, store.records, Strength.CERTIFIED)
        store.finish(result_of(of, decision, store.folder))
        folder = store.folder
    write_html(folder)
    return folder


def asking(*questions: Question, known: Understanding = UNDERSTOOD) -> Callable[..., None]:
    """Return a loop that asks these questions in turn and keeps the answers in `loop.answers`."""
    answers: list[Answer] = []

    def loop(session: str, frontend: Frontend, *, start: Any, control: Control) -> None:
        now, left = known, list(questions)
        while left:
            frontend.tell(Understood(now))
            answer = frontend.ask(left[0], now)
            answers.append(answer)
            fact = Fact(answer.key, answer.value, Source.ANSWER)
            others = tuple(each for each in now.facts if each.key != answer.key)
            fewer = None if now.candidates is None else max(1, now.candidates // 3)
            now = replace(now, facts=others if answer.is_taken_back else (*others, fact), candidates=fewer)
            if answer.key == left[0].key:
                left.pop(0)
        frontend.tell(Stage("planning"))

    loop.answers = answers  # type: ignore[attr-defined]
    return loop


CONSENT = Question("plan", "Start with this plan?", "plan", "Nothing is fetched or run before.", default=True)


def running(
    of: Plan,
    rates: tuple[float, ...],
    *,
    task_file: Path,
    until: int | None = None,
    note: Callable[[Answer], object] = lambda _: None,
) -> Callable[..., None]:
    """Return a loop that plans, asks for consent, probes by these true rates and reports.

    Args:
        of: The plan.
        rates: Of the candidates.
        task_file: Sent with the plan.
        until: After so many events it waits to be stopped; None: it goes to the end.
        note: Called with each answer.
    """

    def loop(session: str, frontend: Frontend, *, start: Any, control: Control) -> None:
        frontend.tell(Stage("planning"))
        frontend.tell(Understood(UNDERSTOOD))
        frontend.tell(Planned(of, task_file))
        while (answer := frontend.ask(CONSENT, UNDERSTOOD)) != Answer("plan", value=True):
            note(answer)
            frontend.tell(Stage("planning"))
        note(answer)
        frontend.tell(Stage("probing"))
        for count, (index, progress) in enumerate(events(of, outcomes(of, rates))):
            if until is not None and count >= until:
                while not control.is_stopped:
                    control.wait()
                    control._stop.wait(0.05)
            if control.is_stopped:
                raise Stopped
            del index
            frontend.tell(Probed(progress))
        frontend.tell(Stage("reporting"))
        folder = finished(of, rates)
        frontend.tell(Reported(folder, "passes"))

    return loop
