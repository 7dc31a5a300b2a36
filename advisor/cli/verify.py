"""`advisor verify`: checks whether the recommendation still holds; its exit code is for pipelines."""

import contextlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from advisor.decide.bar import FAILS, HOLDS, UNDECIDED
from advisor.errors import ExitCode, InputError, one_line
from advisor.execution.verify import verify_run as run_again
from advisor.interview.files.hub_dataset import named_file
from advisor.report.cases import INPUT, answer_line, criterion_line, verdict_line
from advisor.runs.find import find_run
from advisor.runs.own_task import task_for
from advisor.runs.reader import Run, open_run
from advisor.runs.verification import Verification
from advisor.system.codec import plain
from advisor.system.source import place
from advisor.system.streams import emit, inform, is_terminal
from advisor.task.brought import read_outside
from advisor.task.example import Example
from advisor.trust import consent
from advisor.trust.agreements import must_agree_to_run, of_outside
from advisor.units import format_bytes, format_seconds, percent_floor

EXIT_CODES = {HOLDS: ExitCode.PASSES, FAILS: ExitCode.NONE_PASSES, UNDECIDED: ExitCode.UNDECIDED}
VERIFICATIONS = "verifications.jsonl"
SHOWN = 10


def verify(
    name: str,
    examples: Path | None,
    *,
    newest: bool,
    offline: bool,
    json_output: bool,
    send_to: Sequence[str] = (),
    allow_code: Sequence[str] = (),
    quiet: bool = False,
) -> ExitCode:
    """Run a run's recommended model again and return the exit code of its verdict."""
    options = {"newest": newest, "offline": offline, "quiet": quiet}
    document = examine(open_run(find_run(name)), examples, **options, send_to=send_to, allow_code=allow_code)
    emit(json.dumps(plain(document), indent=2) if json_output else "\n".join(text(document)))
    return EXIT_CODES[document.verdict]


def examine(
    run: Run,
    examples: Path | None,
    *,
    newest: bool,
    offline: bool,
    send_to: Sequence[str] = (),
    allow_code: Sequence[str] = (),
    quiet: bool = False,
) -> Verification:
    """Run a run's recommended model again, on new examples or its own, and save the result with the run."""
    if newest and offline:
        raise InputError("--newest asks the Hub, --offline forbids it; give one")
    tell = inform(quiet=quiet)
    new = None if examples is None else new_examples(run, named_file(str(examples), offline=offline), tell, allow_code)
    if run.recommended is not None:
        consent.must_agree_to_send([run.recommended.candidate], send_to)

    def progress(done: int, total: int) -> None:
        if is_terminal(sys.stderr):
            tell(f"{done} of {total} examples")

    options = {"newest": newest, "download": not offline}
    document = run_again(run, new, **options, allow_code=allow_code, tell=tell, progress=progress)
    # Saved next to the run if that is writable; a checkout in a pipeline may be read-only.
    kept = {key: value for key, value in plain(document).items() if key != "wrong"}
    with contextlib.suppress(OSError), (run.folder / VERIFICATIONS).open("a", encoding="utf-8") as file:
        file.write(json.dumps(kept) + "\n")
    return document


def new_examples(run: Run, path: Path, tell: Callable[[str], None], allow_code: Sequence[str] = ()) -> list[Example]:
    """Read a file of examples as the run's task reads them; `tell` receives notes on what was read."""
    from advisor.task.reading import read_examples
    from advisor.task.split import Read, tested_alone

    try:
        task, base = task_for(run, path)
    except InputError as error:
        raise InputError(f"--examples: {error}") from None
    notes: list[str] = []
    documents = frozenset(name for name, _ in run.documents)
    read = Read(task, base, read_examples(path.absolute(), task, base, documents, notes), [], notes)
    must_agree_to_run(of_outside(read_outside(task, base, read.examples), str(path.absolute())), allow_code)
    evidence = tested_alone(read)
    if not evidence:
        raise InputError(f"--examples: {place(path)}: holds no examples; add some, in the columns of the run's task")
    for note in notes:
        tell(f"note: {one_line(note)}")
    return evidence


def text(document: Verification) -> list[str]:
    """Return the verdict and the changes, as lines for people."""
    model, proven = one_line(document.model, INPUT), percent_floor(document.lower_bound)
    lines = [verdict_line(document), f"Model: {model}; at least {proven} is proven."]
    if document.left_out:
        lines.append(f"Left out: {document.left_out} examples that the run knew already.")
    if document.asked < document.of:
        lines.append(f"{document.asked} of {document.of} examples sufficed.")
    if len(document.criteria) > 1:
        lines += ["What the bar asks:", *(f"  {criterion_line(each)}" for each in document.criteria)]
    changed = document.changed
    lines.append("What changed:")
    for each, words, shown in (
        (changed.revision, "revision", one_line),
        (changed.sha256, "weights", lambda value: ", ".join(digest[:12] for digest in value.values())),
        (changed.engine, "engine", one_line),
        (changed.details, "settings", lambda value: one_line(json.dumps(value, ensure_ascii=False), 120)),
    ):
        if each.was is not None and each.was != each.is_:
            lines.append(f"  {words}: {shown(each.is_) if each.is_ else 'none'}, was {shown(each.was)}")
    for each, words, form in (
        (changed.seconds_per_example, "mean time per example", format_seconds),
        (changed.load_seconds, "time to load", format_seconds),
        (changed.peak_memory_bytes, "peak memory", format_bytes),
    ):
        times = f" ({each.is_ / each.was:.2f} times)" if each.was and each.is_ else ""
        lines.append(f"  {words}: {form(each.is_)}, was {form(each.was)}{times}")
    return [*lines, *_flips(document)]


def _flips(document: Verification) -> list[str]:
    flipped = document.flipped
    if not flipped:
        return ["  answers: none differs"] if document.examples == "the run's" else []
    worse = sum(row.was.passed and not row.is_.passed for row in flipped)
    better = sum(row.is_.passed and not row.was.passed for row in flipped)
    lines = [f"  answers: {len(flipped)} differ ({worse} from right to wrong, {better} from wrong to right)"]
    lines += [f"    {answer_line(row, row.is_, row.was)}" for row in flipped[:SHOWN]]
    if len(flipped) > SHOWN:
        lines.append(f"    and {len(flipped) - SHOWN} more; see --json")
    return lines
