"""From what commands print and runs hold to the documents that the tools answer with."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from advisor.api import Defaults, needs_people
from advisor.cli import verify as verify_command
from advisor.cli.mcp import documents, jobs
from advisor.cli.mcp.documents import LONG, MOST_SHOWN, SHORT, Next
from advisor.cli.recommend import EXIT_CODES
from advisor.errors import ExitCode, InputError, one_line
from advisor.execution.control import Stopped
from advisor.interview.facts import Source, Understanding
from advisor.report import sentences
from advisor.report.full import report_of
from advisor.report.sanitize import as_text
from advisor.report.text import mistakes
from advisor.report.what_may_help import what_may_help
from advisor.runs.verification import Verification
from advisor.system.codec import read
from advisor.units import format_bytes, percent, percent_floor
from advisor.workflow.frontend import Answer, Event, Stage, Understood
from advisor.workflow.sessions import Start, id_of

if TYPE_CHECKING:
    from advisor.interview.question import Question
    from advisor.runs.compare import Comparison
    from advisor.runs.reader import Run

MOST_LISTED = 12
READING = threading.Lock()  # the same question twice at once is the same session
HIDDEN = frozenset({"words", "instruction", "examples"})  # the caller gave them
DOWNLOADS = "ask the user to start `advisor mcp` with --allow-download SIZE"


class Reading(Defaults):
    """A front end that takes defaults up to the plan, and keeps what is understood and what has to be answered."""

    def __init__(self) -> None:
        super().__init__()
        self.known: Understanding | None = None
        self.must: Question | None = None

    def ask(self, question: Question, understanding: Understanding) -> Answer:
        """Return the default; stop where there is none that may be taken."""
        self.known = understanding
        if question.problem:
            raise InputError(question.problem)
        if needs_people(question, understanding) or (question.default is None and not question.may_skip):
            self.must = question
            raise Stopped
        return Answer(question.key, question.default)

    def tell(self, event: Event) -> None:
        """Keep what is understood; stop at the plan."""
        if isinstance(event, Understood):
            self.known = event.understanding
        if isinstance(event, Stage) and event.name == "planning":
            raise Stopped


def understood(start: Start) -> documents.Understood:
    """Return how a task in words is read."""
    from advisor.workflow.drive import drive  # the graph's library takes most of a second

    front = Reading()
    with READING, contextlib.suppress(Stopped):
        drive(f"read-{id_of(start)}", front, start=start, is_kept=False)
    known, must = front.known, front.must
    facts = [fact for fact in known.facts if fact.key not in HIDDEN and fact.value] if known else []
    answers = {key: value for key, value in start.answers.items() if key != "send_to"}
    asked = {"task": start.words, "examples": start.examples, "answers": answers}
    step = Next(tool="plan", arguments={name: value for name, value in asked.items() if value})
    lacking = None
    if must is not None:
        lacks = "the argument examples" if must.key == "examples" else f"an answer to {must.key}"
        step = step.model_copy(update={"tool": "understand_task", "why": f"with {lacks}"})
        choices = _short([choice.value for choice in must.choices])
        question = one_line(must.text, LONG)
        lacking = documents.Open(key=must.key, question=question, default=_short(must.default), choices=choices)
    return documents.Understood(
        facts={fact.key: _short(fact.value) for fact in facts if fact.source is not Source.MACHINE},
        must_answer=lacking,
        assumed=[fact.key for fact in facts if fact.source is Source.DEFAULT],
        notices=[one_line(notice.text, LONG) for notice in (known.notices if known else ())],
        next=step,
    )


def _short(value: Any) -> Any:  # noqa: ANN401  a JSON value
    """Return a fact's value, long texts and lists cut."""
    if isinstance(value, list):
        more = [f"… {len(value)} in all"] if len(value) > MOST_LISTED else []
        return [*map(_short, value[:MOST_LISTED]), *more]
    return one_line(value, SHORT) if isinstance(value, str) else value


def found(answer: dict[str, Any]) -> documents.Search:
    """Return what the catalog answers a query."""
    family = answer["family"]
    return documents.Search(
        family=family,
        models=[
            documents.Found(
                id=one_line(each["id"], SHORT),
                parameters=each["parameters"],
                bytes=each["bytes"],
                license=each["license"],
                family=None if each["family"] == family else each["family"],
                why=one_line("; ".join(each["why"]), SHORT),
            )
            for each in answer["models"]
        ],
        constraints=[f"{each['kind']}: {one_line(each['value'], 60)}" for each in answer["constraints"]],
        relax=[f"{' and '.join(each['constraints'])}: {each['models']} models" for each in answer["relax"]],
        next=Next(tool="understand_task", why="measure on examples"),
    )


def of_job(job: jobs.Job) -> documents.Status:
    """Return the answer of a command that is over, else where it stands."""
    if (state := job.state) == "finished":
        return {"plan": planned, "run": ran, "verify": verified, "export": exported}[job.kind](job)
    if state == "running":
        step = Next(tool="run_status", arguments={"handle": job.handle, "wait": 45})
    elif job.kind == "run":
        step = Next(tool="start_run", arguments={"handle": job.handle}, why="nothing that was measured is lost")
    else:
        step = Next(tool=job.kind, why="again, with the same arguments")
    others = [handle for handle in running() if handle != job.handle]
    return documents.Status(**_known(job, state), doing=job.doing(), also_running=others, next=step)


def ran(job: jobs.Job) -> documents.Status:
    """Return that a run is over."""
    return documents.Status(**_known(job), next=Next(tool="result", arguments={"run": job.document()["run"]}))


def planned(job: jobs.Job) -> documents.Planned:
    """Return the plan that a job made."""
    plan = job.document()
    cost = plan["reach"]["expected"]
    return documents.Planned(
        **_known(job),
        reachable=plan["reachable_strength"],
        bar=f"{percent(plan['bar']['pass_rate'])} right, at {percent(plan['bar']['confidence'])} confidence",
        examples=plan["examples"]["evidence"],
        teaching=plan["examples"]["teaching"],
        examples_to_certify=plan["examples_to_certify"],
        likely_seconds=None if cost["seconds"] is None else round(cost["seconds"], 1),
        download_bytes=plan["download_bytes"],
        candidates=[
            f"{one_line(each['name'], SHORT)} ({format_bytes(each['serving_bytes'])})" for each in plan["candidates"]
        ],
        notes=[one_line(note, LONG) for note in plan["examples"]["notes"]],
        understood=[one_line(line, LONG) for line in job.lines() if not line.startswith("reading ")],
        not_installed=[
            f"{one_line(each['model'], SHORT)} ({format_bytes(each['download_bytes'])})" for each in plan["not_at_hand"]
        ],
        left_out=[f"{one_line(e['model'], SHORT)}: {one_line(e['reason'], SHORT)}" for e in plan["left_out"]],
        next=Next(tool="start_run", arguments={"handle": job.handle}),
    )


def verified(job: jobs.Job) -> documents.Verified:
    """Return what a verification found."""
    found = read(Verification, job.document())
    return documents.Verified(
        **_known(job),
        verdict=found.verdict,
        exit_code=verify_command.EXIT_CODES[found.verdict],
        reason=one_line(found.reason, LONG),
        details=[line.strip() for line in verify_command.text(found)[1:]],
    )


def exported(job: jobs.Job) -> documents.Exported:
    """Return what an export wrote."""
    found = job.document()
    return documents.Exported(
        **_known(job),
        folder=found["folder"],
        exit_code=ExitCode.PASSES if found["same"] == found["checked"] else ExitCode.NONE_PASSES,
        same_answers=f"{found['same']} of {found['checked']}",
    )


def recommended(run: Run) -> documents.Result:
    """Return what a run recommends, or how far it is."""
    report = report_of(run)
    chosen = sentences.recommended(report)
    top = chosen or sentences.best(report)
    helps = [] if chosen or not report.finished else what_may_help(report, download=DOWNLOADS)
    step = Next(tool="export", arguments={"run": run.id, "output": f"model-{run.id}"})
    return documents.Result(
        run=run.id,
        verdict=report.verdict,
        strength=report.strength,
        exit_code=EXIT_CODES.get(report.verdict, ExitCode.UNDECIDED),
        answer=one_line(sentences.headline(report), LONG),
        model=None if chosen is None else sentences.name_of(chosen),
        right="" if top is None else f"{top.passes} of {top.outcomes}",
        at_least="" if chosen is None or chosen.lower_bound is None else percent_floor(chosen.lower_bound),
        may_help=[one_line(line, LONG) for line in helps],
        bytes_to_serve=None if chosen is None else chosen.serving_bytes,
        median_seconds=_rounded(None if chosen is None else chosen.seconds.p50),
        claims=[one_line(line, LONG) for line in sentences.claims(report)[1:]],  # the first has the figures above
        larger=one_line(sentences.larger(report), LONG) if chosen else "",
        candidates=[
            f"{sentences.name_of(each, 48)}: {one_line(each.reason or sentences.verdict_of(report, each), SHORT)}"
            for each in report.candidates
        ],
        mistakes=[line.strip() for line in mistakes(report, top)] if top and top.outcomes > top.passes else [],
        revision=None if chosen is None else chosen.revision,
        usage=report.usage or "",
        next=step if report.verdict == "passes" else None,
    )


def side_by_side(of: Comparison) -> documents.Compared:
    """Return two runs with what their paired test found."""
    paired = of.paired
    return documents.Compared(
        runs=[
            documents.Side(
                run=each.run,
                model=one_line(each.model, SHORT),
                verdict=each.verdict,
                strength=each.strength,
                right=f"{each.passes} of {each.outcomes}",
                median_seconds=_rounded(each.p50_seconds),
                bytes_to_serve=each.serving_bytes,
            )
            for each in of.runs
        ],
        shared=paired.shared,
        both_right=paired.both_right,
        only_first_right=paired.only_first_right,
        only_second_right=paired.only_second_right,
        p_value=round(paired.p_value, 4),
        differ=[one_line(line, LONG) for line in of.differ],
        rows=[
            f"line {row.line}: {' / '.join(one_line(as_text(said), 30) for said in row.outputs)}, "
            f"expected {one_line(as_text(row.expected), 30)}: {one_line(row.input, 80)}"
            for row in paired.differ[:MOST_SHOWN]
        ],
    )


def _rounded(seconds: float | None) -> float | None:
    """Return seconds with three digits that say something."""
    return None if seconds is None else float(f"{seconds:.3g}")


def _known(job: jobs.Job, state: str = "finished") -> dict[str, Any]:
    """Return what every answer about a job has."""
    return {"handle": job.handle, "state": state, "seconds": job.seconds}


def running() -> list[str]:
    """Return the handles of the jobs that run."""
    return [job.handle for job in jobs.jobs()[:MOST_SHOWN] if job.state == "running"]
