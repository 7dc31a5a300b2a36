"""The tools for agents: each is a command of the command line, or reads the output of one."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import anyio
from anyio.to_thread import run_sync
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from advisor.api import Defaults, needs_people
from advisor.candidates import installed, lookup
from advisor.cli.mcp import jobs
from advisor.cli.mcp.allowed import Allowed, NotAllowedError, examples_of
from advisor.cli.mcp.answers import (
    SHORT,
    Compared,
    Machine,
    Next,
    Open,
    Result,
    Search,
    Status,
    Understood,
    of_job,
    recommended,
    side_by_side,
)
from advisor.cli.mcp.fitting import USUAL, fit
from advisor.engines.table import ENGINES
from advisor.errors import InputError, one_line
from advisor.execution.control import Stopped
from advisor.interview.answers import known_key
from advisor.interview.facts import Source, Understanding
from advisor.report.export.targets import NAMES
from advisor.runs.compare import compare_runs as compared
from advisor.runs.find import LAST
from advisor.system import machine as system
from advisor.workflow import frontend
from advisor.workflow.arguments import is_task_file, start_of
from advisor.workflow.sessions import Start, id_of
from catalog import open_catalog

if TYPE_CHECKING:
    from advisor.interview.question import Question
    from advisor.runs.reader import Run


Call = Context[Any, Any]
MOST_WAIT = 55  # clients give up on a call after a minute
LOOK_SECONDS = 0.2
MOST_FOUND = 50
# The user consents when starting the server; the file of examples is a separate argument.
NO_ANSWERS = frozenset({"send_to", "allow_code", "download", "starter", "examples", "examples.path"})

MaxTokens = Annotated[int, Field(ge=200, le=20_000, description="Longest answer; `more` names what was left out.")]
Wait = Annotated[
    int, Field(ge=0, le=MOST_WAIT, description="Seconds to wait; what takes longer goes on: see run_status.")
]
Words = Annotated[str, Field(description="The task in plain words, or the path of a task file.")]
Examples = Annotated[
    str, Field(description="The file of labelled examples (CSV, Excel, JSON Lines, ...) or hf://datasets/OWNER/NAME.")
]
Answers = Annotated[
    dict[str, Any] | None, Field(description='By key, e.g. {"bar.pass_rate": 0.9, "examples.expected": "label"}.')
]
Require = Annotated[
    Literal["certified", "examples", "provisional"],
    Field(description="Strength that passes: for new inputs, for these examples, as observed so far."),
]
Handle = Annotated[str, Field(description="Instead of the rest: that of a plan, or of a run that was interrupted.")]
AnyHandle = Annotated[str, Field(description='That of an earlier call, or "last".')]
RunName = Annotated[str, Field(description='A run\'s id, the beginning of one, the handle of start_run, or "last".')]
NewExamples = Annotated[str, Field(description="A file of new examples, in the run's columns.")]
Output = Annotated[str, Field(description="The folder to create, in a folder that the server may read.")]
Targets = Annotated[list[str] | None, Field(description=f"Only for these uses: {', '.join(NAMES)}.")]


class Tools:
    """The tools, within the server's permissions."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed

    def machine(self, max_tokens: MaxTokens = USUAL) -> Annotated[CallToolResult, Machine]:
        """What this machine has, which models are installed, and what this server may read, download and send."""
        here, allowed = system.measure_machine(), self._allowed
        answer = Machine(
            memory_bytes=here.total_memory_bytes,
            free_memory_bytes=here.available_memory_bytes,
            processors=here.processors,
            folders=[str(folder) for folder in allowed.folders],
            may_download=allowed.download,
            may_send_to=list(allowed.send_to),
            gpus=system.gpus(),
            models=[each.name for each in installed.find_installed() if each.reason is None],
            running=[job.handle for job in jobs.jobs() if job.state == "running"],
            engines=[name for name, engine in ENGINES.items() if engine.is_installed()],
            next=Next(tool="understand_task"),
        )
        return fit(answer, max_tokens)

    def search_models(
        self,
        text: Annotated[str, Field(description="A task in plain words, or a model's name.")],
        limit: Annotated[int, Field(ge=1, le=MOST_FOUND)] = 5,
        max_parameters: Annotated[str, Field(description='E.g. "500M".')] = "",
        max_size: Annotated[str, Field(description='Largest download, e.g. "300MB".')] = "",
        licenses: Annotated[list[str] | None, Field(description='E.g. ["apache-2.0"].')] = None,
        languages: Annotated[list[str] | None, Field(description="ISO codes.")] = None,
        max_tokens: MaxTokens = USUAL,
    ) -> Annotated[CallToolResult, Search]:
        """Search the embedded catalog of Hub models, offline. It ranks by published facts; only a run measures."""
        flags = lookup.Flags(
            license=licenses or (),
            language=languages or (),
            max_params=max_parameters or None,
            max_size=max_size or None,
            limit=limit,
        )
        with open_catalog() as catalog:
            lookup.check_names(catalog, flags)
            answer = lookup.search_document(catalog, text, flags.filters(), flags)
        step = Next(tool="understand_task", why="measure on examples")
        return fit(Search.model_validate(answer | {"next": step}), max_tokens)

    def understand_task(
        self,
        task: Annotated[str, Field(description="The task in plain words.")],
        examples: Examples = "",
        answers: Answers = None,
        max_tokens: MaxTokens = USUAL,
    ) -> Annotated[CallToolResult, Understood]:
        """How words and file are read: family, columns, labels, bar, and what has to be answered. Runs nothing."""
        if is_task_file(task):
            raise InputError("task: is the path of a task file, which leaves nothing to understand; give it to plan")
        return fit(understood(self._start(task, examples, answers)), max_tokens)

    async def plan(
        self,
        call: Call,
        task: Words,
        examples: Examples = "",
        answers: Answers = None,
        require: Require = "certified",
        wait: Wait = 45,
        max_tokens: MaxTokens = USUAL,
    ) -> Annotated[CallToolResult, Status]:
        """Which models a run would try, what the examples can prove and how long it takes. Runs no model."""
        job = self._recommend("plan", task, examples, answers, require)
        return fit(await _followed(job, wait, call), max_tokens)

    async def start_run(
        self,
        call: Call,
        task: Words = "",
        examples: Examples = "",
        answers: Answers = None,
        require: Require = "certified",
        handle: Handle = "",
        wait: Wait = 0,
        max_tokens: MaxTokens = USUAL,
    ) -> Annotated[CallToolResult, Status]:
        """Measure models on the examples, smallest first, until the evidence suffices; goes on without the client.

        A plan's handle runs that plan, a run's continues it; nothing is measured twice.
        """
        if handle:
            job = self._recommend("run", **self._job(handle, "plan", "run").arguments)
        else:
            job = self._recommend("run", task, examples, answers, require)
        return fit(await _followed(job, wait, call), max_tokens)

    async def run_status(
        self, call: Call, handle: AnyHandle = "last", wait: Wait = 0, max_tokens: MaxTokens = USUAL
    ) -> Annotated[CallToolResult, Status]:
        """What a command does, or its answer once it is over; with `wait`, as soon as it is over."""
        return fit(await _followed(self._job(handle), wait, call), max_tokens)

    def result(self, run: RunName = "last", max_tokens: MaxTokens = USUAL) -> Annotated[CallToolResult, Result]:
        """What a run recommends, how sure that is, why not a smaller model, and what went wrong."""
        return fit(recommended(self._run(run)), max_tokens)

    async def verify(
        self,
        call: Call,
        run: RunName = "last",
        examples: NewExamples = "",
        wait: Wait = 45,
        max_tokens: MaxTokens = USUAL,
    ) -> Annotated[CallToolResult, Status]:
        """Run the recommended model again, on the run's examples or on new ones: does it still hold?"""
        job = self._again("verify", run, {"examples": self._allowed.examples(examples)}, self._allowed.hosts)
        return fit(await _followed(job, wait, call), max_tokens)

    def compare(
        self, first: RunName, second: RunName, max_tokens: MaxTokens = USUAL
    ) -> Annotated[CallToolResult, Compared]:
        """Two runs side by side, with an exact paired test on the examples that both answered."""
        return fit(side_by_side(compared(self._run(first), self._run(second))), max_tokens)

    async def export(
        self,
        call: Call,
        output: Output,
        run: RunName = "last",
        targets: Targets = None,
        wait: Wait = 45,
        max_tokens: MaxTokens = USUAL,
    ) -> Annotated[CallToolResult, Status]:
        """Write the recommended model as a folder: `predict`, requirements, a model card; its answers are checked."""
        flags = [part for target in targets or () for part in ("--as", target)]
        job = self._again("export", run, {"output": str(self._allowed.path(output))}, flags)
        return fit(await _followed(job, wait, call), max_tokens)

    async def stop_run(
        self, call: Call, handle: AnyHandle, wait: Wait = 20, max_tokens: MaxTokens = USUAL
    ) -> Annotated[CallToolResult, Status]:
        """Stop a run, or another command. What was measured is kept; start_run with the handle continues a run."""
        job = self._job(handle)
        job.stop()
        answer = await _followed(job, wait, call)
        return fit(answer.model_copy(update={"next": None} if answer.state == "interrupted" else {}), max_tokens)

    def _job(self, handle: str, *kinds: str) -> jobs.Job:
        """Return a job by its handle, or the newest for "last", whose files this server may read; else InputError."""
        if handle != LAST:
            job = jobs.find(handle, *kinds)
            self._allowed.check(*map(Path, job.files))
            return job
        for job in jobs.jobs():
            with contextlib.suppress(NotAllowedError):
                self._allowed.check(*map(Path, job.files))
                return job
        raise InputError("there is no job yet; plan or start_run begins one")

    def _run(self, name: str) -> Run:
        """Return a run by its name, or by the handle of its job; InputError if it does not exist yet."""
        if name.startswith("run-"):
            job = self._job(name, "run")
            if (state := job.state) != "finished":
                raise InputError(
                    f"{name}: is {state}; run_status waits for its end, start_run with the handle continues it"
                )
            name = str(job.document()["run"])
        return self._allowed.run(name)

    def _again(self, kind: str, name: str, given: dict[str, str], flags: Sequence[str] = ()) -> jobs.Job:
        """Begin a command about a finished run."""
        run = self._run(name)
        options = [part for option, value in given.items() if value for part in (f"--{option}", value)]
        asked = {"run": run.id, "flags": list(flags), **given}
        files = [examples_of(run), *([given["examples"]] if given.get("examples") else [])]
        return jobs.begin(kind, asked, files, [kind, "--json", *options, *flags, *self._allowed.network], run.id)

    def _start(self, task: str, examples: str, answers: dict[str, Any] | None, require: str = "certified") -> Start:
        """Return a caller's arguments as a session's start; InputError if one is invalid or not allowed."""
        allowed, given = self._allowed, answers or {}
        if not task.strip():
            raise InputError("task: is empty; give the task in words with `examples`, a task file, or a handle")
        if refused := NO_ANSWERS & set(map(known_key, given)):
            raise InputError(f"answers: {min(refused)} is none; examples are an argument, consent is the user's")
        allowed.named(given, allowed.folders[0])
        return start_of(
            allowed.task(task),
            examples=allowed.examples(examples) or None,
            answers=given,
            require=require,
            send_to=allowed.send_to,
            offline=allowed.download == "0",
        )

    def _recommend(self, kind: str, task: str, examples: str, answers: dict[str, Any] | None, require: str) -> jobs.Job:
        """Begin `recommend`, for its plan or in full."""
        allowed, start = self._allowed, self._start(task, examples, answers, require)
        task = start.task_file or start.words or start.examples or ""  # an evaluation is a task and its examples
        examples = (start.examples or "") if start.words else ""
        flags = ["--json", "--require", require, *(["--examples", examples] if examples else [])]
        flags += [*(allowed.network or ["--download", allowed.download]), *allowed.hosts]
        flags += ["--plan-only"] if kind == "plan" else []
        asked = {"task": task, "examples": examples, "answers": answers or {}, "require": require}
        return jobs.begin(kind, asked, allowed.files(task, examples, answers or {}), ["recommend", *flags], task)


async def _followed(job: jobs.Job, wait: int, call: Call) -> Status:
    """Return a job's answer if it ends in time, else its state; report its progress meanwhile."""
    until, said = time.monotonic() + wait, None
    while job.state == "running" and time.monotonic() < until:
        if (doing := [*job.lines()[-1:], "starting"][0]) != said:
            said = doing
            await call.report_progress(round(time.monotonic() - until + wait, 1), message=one_line(doing, SHORT))
        await anyio.sleep(LOOK_SECONDS)
    return await run_sync(of_job, job)


MOST_LISTED, LONGEST = 12, 120
GIVEN = frozenset({"words", "instruction", "examples"})  # the caller knows them
_one_at_a_time = threading.Lock()  # the same question twice at once is the same session


class Reading(Defaults):
    """A front end that takes defaults up to the plan, and records what is understood and what must be answered."""

    def __init__(self) -> None:
        super().__init__()
        self.known = Understanding()
        self.must: Question | None = None

    def ask(self, question: Question, understanding: Understanding) -> frontend.Answer:
        """Return the default; stop if there is none that may be taken."""
        self.known = understanding
        if question.problem:
            raise InputError(question.problem)
        if needs_people(question, understanding) or (question.default is None and not question.may_skip):
            self.must = question
            raise Stopped
        return frontend.unasked(question, question.default)

    def tell(self, event: frontend.Event) -> None:
        """Record what is understood; stop at the plan."""
        if isinstance(event, frontend.Understood):
            self.known = event.understanding
        if isinstance(event, frontend.Stage) and event.name == "planning":
            raise Stopped


def understood(start: Start) -> Understood:
    """Return how a task in words is read; nothing is saved."""
    from advisor.workflow.drive import drive  # the graph's library takes most of a second to import

    front = Reading()
    with _one_at_a_time, contextlib.suppress(Stopped):
        drive(f"read-{id_of(start)}", front, start=start, is_kept=False)
    answers = {key: value for key, value in start.answers.items() if key != "send_to"}
    asked = {"task": start.words, "examples": start.examples, "answers": answers}
    step = Next(tool="plan", arguments={name: value for name, value in asked.items() if value})
    lacking = None
    if (must := front.must) is not None:
        of_examples = "the argument examples (without it, plan names what would be tried)"
        lacks = of_examples if must.key == "examples" else f"an answer to {must.key}"
        step.tool, step.why = "understand_task", f"with {lacks}"
        choices = _short([choice.value for choice in must.choices])
        lacking = Open(key=must.key, question=must.text, default=_short(must.default), choices=choices)
    facts = [fact for fact in front.known.facts if fact.key not in GIVEN and fact.value]
    return Understood(
        facts={fact.key: _short(fact.value) for fact in facts if fact.source is not Source.MACHINE},
        must_answer=lacking,
        assumed=[fact.key for fact in facts if fact.source is Source.DEFAULT],
        notices=[notice.text for notice in front.known.notices],
        next=step,
    )


def _short(value: Any) -> Any:  # noqa: ANN401  a JSON value
    """Return a fact's value, with long texts and lists cut."""
    if isinstance(value, list):
        more = [f"… {len(value)} in all"] if len(value) > MOST_LISTED else []
        return [*map(_short, value[:MOST_LISTED]), *more]
    return one_line(value, LONGEST) if isinstance(value, str) else value
