"""The tools that agents call: each is a command of the command line, or reads what one has written."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any, Literal

import anyio
from anyio.to_thread import run_sync
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from advisor.candidates import installed, lookup
from advisor.cli.mcp import documents, jobs, views
from advisor.cli.mcp.allowed import Allowed, examples_of
from advisor.cli.mcp.documents import MOST_SHOWN, SHORT, USUAL_TOKENS, Next, fit
from advisor.engines.table import ENGINES
from advisor.errors import InputError, one_line
from advisor.interview.answers import known_key
from advisor.report.export.targets import NAMES
from advisor.runs.compare import compare as compared
from advisor.runs.find import LAST
from advisor.system import machine as system
from advisor.workflow.arguments import is_task_file, start_of
from catalog import open_catalog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.workflow.sessions import Start

MOST_WAIT = 55  # clients give up on a call after a minute
LOOK_SECONDS = 0.2
# Consent is the user's, given to the server when it is started; the file of examples is an argument of its own.
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
RunName = Annotated[str, Field(description='A run\'s id, the beginning of one, the handle of start_run, or "last".')]
NewExamples = Annotated[str, Field(description="A file of new examples, in the run's columns.")]
Output = Annotated[str, Field(description="The folder to create, in a folder that the server may read.")]
Targets = Annotated[list[str] | None, Field(description=f"Only for these uses: {', '.join(NAMES)}.")]


class Tools:
    """The tools, for what the server is allowed."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed

    def machine(self, max_tokens: MaxTokens = USUAL_TOKENS) -> Annotated[CallToolResult, documents.Machine]:
        """What this machine has, which models are installed, and what this server may read, download and send."""
        here, allowed = system.look(), self._allowed
        with open_catalog() as catalog:
            info = catalog.info()
        answer = documents.Machine(
            memory_bytes=here.total_memory_bytes,
            free_memory_bytes=here.available_memory_bytes,
            processors=here.processors,
            folders=[str(folder) for folder in allowed.folders],
            may_download=allowed.download,
            may_send_to=list(allowed.send_to),
            gpus=system.gpus(),
            models=[one_line(each.name, SHORT) for each in installed.find() if each.reason is None],
            running=views.running(),
            catalog=f"{info.count} models, {info.built[:10]}",
            engines=[name for name, engine in ENGINES.items() if engine.is_installed()],
            next=Next(tool="understand_task"),
        )
        return fit(answer, max_tokens)

    def search_models(
        self,
        text: Annotated[str, Field(description="A task in plain words, or a model's name.")],
        limit: Annotated[int, Field(ge=1, le=MOST_SHOWN)] = 5,
        max_parameters: Annotated[str, Field(description='E.g. "500M".')] = "",
        max_size: Annotated[str, Field(description='Largest download, e.g. "300MB".')] = "",
        licenses: Annotated[list[str] | None, Field(description='E.g. ["apache-2.0"].')] = None,
        languages: Annotated[list[str] | None, Field(description="ISO codes.")] = None,
        max_tokens: MaxTokens = USUAL_TOKENS,
    ) -> Annotated[CallToolResult, documents.Search]:
        """Search the embedded catalog of Hub models, offline. It ranks by published facts; only a run measures."""
        flags = lookup.Flags(
            family=[], license=licenses or [], language=languages or [], max_params=max_parameters or None,
            max_memory=None, max_size=max_size or None, min_context=None, device=[], format=[], not_gated=False,
            sort="score", limit=limit,
        )  # fmt: skip
        with open_catalog() as catalog:
            lookup.check_names(catalog, flags)
            found = lookup.answer(catalog, text, flags.filters(), flags)
        return fit(views.found(found), max_tokens)

    def understand_task(
        self,
        task: Annotated[str, Field(description="The task in plain words.")],
        examples: Examples = "",
        answers: Answers = None,
        max_tokens: MaxTokens = USUAL_TOKENS,
    ) -> Annotated[CallToolResult, documents.Understood]:
        """How words and file are read: family, columns, labels, bar, and what has to be answered. Runs nothing."""
        if is_task_file(task):
            raise InputError("task: is the path of a task file, which leaves nothing to understand; give it to plan")
        return fit(views.understood(self._start(task, examples, answers)), max_tokens)

    async def plan(
        self,
        context: Context[Any, Any],
        task: Words,
        examples: Examples = "",
        answers: Answers = None,
        require: Require = "certified",
        wait: Wait = 45,
        max_tokens: MaxTokens = USUAL_TOKENS,
    ) -> Annotated[CallToolResult, documents.Planned]:
        """Which models a run would try, what the examples can prove and how long it takes. Runs no model."""
        job = self._recommend("plan", task, examples, answers, require)
        return await _answer(job, wait, context, max_tokens)

    async def start_run(
        self,
        context: Context[Any, Any],
        task: Words = "",
        examples: Examples = "",
        answers: Answers = None,
        require: Require = "certified",
        handle: Handle = "",
        wait: Wait = 0,
        max_tokens: MaxTokens = USUAL_TOKENS,
    ) -> Annotated[CallToolResult, documents.Status]:
        """Measure models on the examples, smallest first, until the evidence suffices; goes on without the client.

        A plan's handle runs that plan, a run's continues it; nothing is measured twice.
        """
        if handle:
            asked = self._job(handle, "plan", "run").known["arguments"]
            task, examples, answers, require = (asked[name] for name in ("task", "examples", "answers", "require"))
        job = self._recommend("run", task, examples, answers, require)
        return await _answer(job, wait, context, max_tokens)

    async def run_status(
        self,
        context: Context[Any, Any],
        handle: Annotated[str, Field(description='That of an earlier call, or "last".')] = "last",
        wait: Wait = 0,
        max_tokens: MaxTokens = USUAL_TOKENS,
    ) -> Annotated[CallToolResult, documents.Status]:
        """What a command does, or its answer once it is over; with `wait`, as soon as it is over."""
        return await _answer(self._job(handle), wait, context, max_tokens)

    def result(
        self, run: RunName = "last", max_tokens: MaxTokens = USUAL_TOKENS
    ) -> Annotated[CallToolResult, documents.Result]:
        """What a run recommends, how sure that is, why not a smaller model, and what went wrong."""
        return fit(views.recommended(self._allowed.run(_run_id(run))), max_tokens)

    async def verify(
        self,
        context: Context[Any, Any],
        run: RunName = "last",
        examples: NewExamples = "",
        wait: Wait = 45,
        max_tokens: MaxTokens = USUAL_TOKENS,
    ) -> Annotated[CallToolResult, documents.Verified]:
        """Run the recommended model again, on the run's examples or on new ones: does it still hold?"""
        job = self._again("verify", run, {"examples": self._allowed.examples(examples)}, self._allowed.hosts)
        return await _answer(job, wait, context, max_tokens)

    def compare(
        self, first: RunName, second: RunName, max_tokens: MaxTokens = USUAL_TOKENS
    ) -> Annotated[CallToolResult, documents.Compared]:
        """Two runs side by side, with an exact paired test on the examples that both answered."""
        one, other = (self._allowed.run(_run_id(name)) for name in (first, second))
        return fit(views.side_by_side(compared(one, other)), max_tokens)

    async def export(
        self,
        context: Context[Any, Any],
        output: Output,
        run: RunName = "last",
        targets: Targets = None,
        wait: Wait = 45,
        max_tokens: MaxTokens = USUAL_TOKENS,
    ) -> Annotated[CallToolResult, documents.Exported]:
        """Write the recommended model as a folder: `predict`, requirements, a model card; its answers are checked."""
        flags = [part for target in targets or () for part in ("--as", target)]
        job = self._again("export", run, {"output": str(self._allowed.path(output))}, flags)
        return await _answer(job, wait, context, max_tokens)

    def _job(self, handle: str, *kinds: str) -> jobs.Job:
        """Return a job by its handle, or the newest one of "last", that is about files this server may read.

        Raises:
            InputError: if there is none.
        """
        about = self._allowed.folders[0]
        if handle == LAST:
            known = (job for job in jobs.jobs() if self._allowed.outside(job.known["arguments"], about) is None)
            if (newest := next(known, None)) is None:
                raise InputError("there is no job yet; plan or start_run begins one")
            return newest
        job = jobs.find(handle, *kinds)
        self._allowed.check(job.known["arguments"], about)
        return job

    def _again(self, kind: str, name: str, given: dict[str, str], flags: Sequence[str] = ()) -> jobs.Job:
        """Begin a command about a run that is over."""
        run = self._allowed.run(_run_id(name))
        options = [part for option, value in given.items() if value for part in (f"--{option}", value)]
        asked = {"run": run.id, "source": examples_of(run), "flags": list(flags), **given}
        return jobs.begin(kind, asked, [kind, "--json", *options, *flags, *self._allowed.network], run.id)

    def _start(self, task: str, examples: str, answers: dict[str, Any] | None, require: str = "certified") -> Start:
        """Return what a caller gave as the beginning of a session.

        Raises:
            InputError: if something of it cannot be used, or is not allowed.
        """
        allowed, given = self._allowed, answers or {}
        if not task.strip():
            raise InputError("task: is empty; give the task in words with `examples`, a task file, or a handle")
        if refused := NO_ANSWERS & set(map(known_key, given)):
            raise InputError(f"answers: {min(refused)} is none; examples are an argument, consent is the user's")
        allowed.check(given, allowed.folders[0])
        return start_of(
            allowed.task(task),
            examples=allowed.examples(examples) or None,
            answers=given,
            require=require,
            send_to=allowed.send_to,
            offline=allowed.download == "0",
        )

    def _recommend(self, kind: str, task: str, examples: str, answers: dict[str, Any] | None, require: str) -> jobs.Job:
        """Begin `recommend`, with its plan alone or in full."""
        allowed, start = self._allowed, self._start(task, examples, answers, require)
        words = start.task_file or start.words
        flags = ["--json", "--require", require, *(["--examples", start.examples] if start.examples else [])]
        flags += [*(allowed.network or ["--download", allowed.download]), *allowed.hosts]
        flags += ["--plan-only"] if kind == "plan" else []
        asked = {"task": words, "examples": start.examples or "", "answers": answers or {}, "require": require}
        return jobs.begin(kind, asked, ["recommend", *flags], words)


def _run_id(name: str) -> str:
    """Return a run's name; of a handle that of the run that it led to.

    Raises:
        InputError: if it is not there yet.
    """
    if not name.startswith("run-"):
        return name
    job = jobs.find(name, "run")
    if (state := job.state) != "finished":
        raise InputError(f"{name}: is {state}; run_status waits for its end, start_run with the handle continues it")
    return str(job.document()["run"])


async def _answer(job: jobs.Job, wait: int, context: Context[Any, Any], max_tokens: int) -> CallToolResult:
    """Return what is said of a job that is over in time, else where it stands; report what it does meanwhile."""
    until, said = time.monotonic() + wait, None
    while job.state == "running" and time.monotonic() < until:
        if (doing := job.doing() or "starting") != said:
            said = doing
            await context.report_progress(round(time.monotonic() - until + wait, 1), message=doing)
        await anyio.sleep(LOOK_SECONDS)
    return fit(await run_sync(views.of_job, job), max_tokens)
