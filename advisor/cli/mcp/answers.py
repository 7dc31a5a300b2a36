"""The tools' answers: facts by name, most important first, and the lines that the commands print for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from advisor.cli import verify as verify_command
from advisor.cli.mcp.fitting import in_tools_words
from advisor.cli.recommend import EXIT_CODES
from advisor.errors import ExitCode, one_line
from advisor.report import comparison, sentences
from advisor.report.export.targets import left_out_lines
from advisor.report.full import report_of
from advisor.report.text import result_text
from advisor.runs.verification import Verification
from advisor.system.codec import read
from advisor.units import format_bytes

if TYPE_CHECKING:
    from advisor.cli.mcp.jobs import Job
    from advisor.runs.compare import Comparison
    from advisor.runs.reader import Run

SHORT, LONG = 120, 300


def _line(value: Any) -> str:  # noqa: ANN401  a text, or a record of a command's document
    match value:
        case {"name": name, "serving_bytes": size} | {"model": name, "download_bytes": size}:
            return f"{one_line(name, LONG)} ({format_bytes(size)})"
        case {"model": name, "reason": reason}:
            return f"left out: {one_line(name, LONG)}: {one_line(reason, LONG)}"
        case {"kind": kind, "value": wanted}:
            return f"{kind}: {one_line(wanted, LONG)}"
        case {"constraints": kinds, "models": count}:
            return f"{' and '.join(kinds)}: {count} models"
    return one_line("; ".join(value) if isinstance(value, list) else value, LONG)


Line = Annotated[str, BeforeValidator(_line)]


class Next(BaseModel):
    """The call that usually follows, ready to make."""

    tool: str
    arguments: dict[str, Any] = {}
    why: str = ""


class Answer(BaseModel):
    """Fields common to all answers; the last ones are left out first."""

    next: Next | None = None
    more: list[str] = Field(default=[], description="What was left out; a larger max_tokens shows it.")


class Machine(Answer):
    """This machine and this server."""

    memory_bytes: int
    free_memory_bytes: int
    processors: int
    folders: list[str] = Field(description="Where files may be read and exports written.")
    may_download: str
    may_send_to: list[str]
    gpus: list[str] = []
    models: list[Line] = Field(default=[], description="Installed.")
    running: list[str] = Field(default=[], description="Handles.")
    engines: list[str] = []


class Found(BaseModel):
    """A model of the catalog."""

    id: Line
    parameters: int | None = None
    bytes: int | None = None
    license: str | None = None
    family: str | None = None
    why: Line = ""


class Search(Answer):
    """The catalog's models for a task; nothing was measured."""

    family: str | None
    models: list[Found]
    constraints: list[Line] = []
    relax: list[Line] = Field(default=[], description="Without which constraints there are models.")
    hint: Line | None = Field(default=None, description="What to say instead, where no word is known.")


class Open(BaseModel):
    """A question that words and file leave open."""

    key: str
    question: Line
    default: Any = None
    choices: list[Any] = []


class Understood(Answer):
    """How words and file are read: task keys and values; `answers={key: value}` changes one."""

    facts: dict[str, Any]
    must_answer: Open | None = Field(default=None, description="Without it nothing can run.")
    assumed: list[str] = Field(default=[], description="Keys of facts that were not said.")
    notices: list[Line] = []


class Status(Answer):
    """A command that continues without the client: its state, and its result once it is over."""

    handle: str
    state: str = Field(description="running, finished or interrupted.")
    seconds: int
    doing: str = ""
    exit_code: int | None = None
    verdict: str = Field(default="", description="Of verify: holds, does not hold or undecided.")
    folder: str = Field(default="", description="That export wrote.")
    same: int | None = Field(default=None, description="Recorded answers that the folder gives again,")
    checked: int | None = Field(default=None, description="of so many.")
    reachable_strength: str = Field(default="", description="What a plan can prove: certified, examples, provisional.")
    evidence: int | None = Field(default=None, description="Examples to test on; others are trained on.")
    examples_to_certify: int | None = None
    expected_seconds: float | None = None
    download_bytes: int = 0
    candidates: list[Line] = Field(default=[], description="Smallest first.")
    lines: list[Line] = Field(default=[], description="What else the command says.")


class Result(Answer):
    """What a run recommends, and why."""

    run: str
    verdict: str = Field(description="passes, none, undecided or unfinished.")
    strength: str | None = None
    exit_code: int
    model: str | None = None
    lines: list[Line] = Field(default=[], description="The report.")
    usage: str | None = Field(default=None, description="Python code that uses the model.")


class Compared(Answer):
    """Two runs with a paired test on the examples that both answered."""

    runs: list[str]
    shared: int
    only_first_right: int
    only_second_right: int
    p_value: float
    lines: list[Line] = []


def of_job(job: Job) -> Status:
    """Return a finished command's answer, else its state."""
    state, lines = job.state, job.lines()
    known: dict[str, Any] = {"handle": job.handle, "state": state, "seconds": job.seconds}
    if state != "finished":
        step = Next(tool=job.kind, why="again, with the same arguments")
        if state == "running":
            step = Next(tool="run_status", arguments={"handle": job.handle, "wait": 45})
        elif job.kind == "run":
            step = Next(tool="start_run", arguments={"handle": job.handle}, why="nothing that was measured is lost")
        return Status(**known, next=step, doing=one_line(lines[-1] if lines else "", SHORT))
    document = job.document()
    if job.kind == "run":
        return Status(**known, next=Next(tool="result", arguments={"run": document["run"]}))
    if job.kind == "plan" and "reach" not in document:  # there are no examples
        known["candidates"] = document["candidates"]
        known["lines"] = ["not tested, as there are no examples", *document["left_out"]]
        known["next"] = Next(tool="plan", arguments=job.arguments, why="with `examples`, a file of labelled ones")
        document = {}
    elif job.kind == "plan":
        known["next"] = Next(tool="start_run", arguments={"handle": job.handle})
        seconds, examples = document["reach"]["expected"]["seconds"], document["examples"]
        known |= {"expected_seconds": seconds and round(seconds, 1), "evidence": examples["evidence"]}
        said = [line for line in lines if not line.startswith("reading ")]
        more = [f"after a download: {_line(each)}" for each in document["not_installed"]]
        known["lines"] = [*_lines([*said, *examples["notes"]]), *more, *document["left_out"]]
    elif job.kind == "verify":
        known["exit_code"] = verify_command.EXIT_CODES[document["verdict"]]
        known["lines"] = _lines(verify_command.text(read(Verification, document)))
    else:
        known["exit_code"] = ExitCode.PASSES if document["same"] == document["checked"] else ExitCode.NONE_PASSES
        known["lines"] = left_out_lines(document["left_out"])
    return Status.model_validate(document | known)


def recommended(run: Run) -> Result:
    report = report_of(run)
    chosen = sentences.recommended(report)
    step = Next(tool="export", arguments={"run": run.id, "output": f"model-{run.id}"})
    return Result(
        run=run.id,
        verdict=report.verdict,
        strength=report.strength,
        exit_code=EXIT_CODES.get(report.verdict, ExitCode.UNDECIDED),
        model=None if chosen is None else sentences.name_of(chosen),
        lines=_lines(result_text(report, run.folder, with_code=False).splitlines()),
        usage=report.usage,
        next=step if report.verdict == "passes" else None,
    )


def side_by_side(of: Comparison) -> Compared:
    return Compared(
        runs=[each.run for each in of.runs],
        shared=of.paired.shared,
        only_first_right=of.paired.only_first_right,
        only_second_right=of.paired.only_second_right,
        p_value=round(of.paired.p_value, 4),
        lines=_lines(comparison.comparison_lines(of)),
    )


def _lines(printed: list[str]) -> list[str]:
    """Return a command's printed lines without rules and empty lines, in the words of the tools."""
    return [in_tools_words(line) for line in printed if line.strip(" -")]
