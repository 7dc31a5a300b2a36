"""A run's models, loaded again to answer typed inputs: each as it was probed, in its own worker."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError, OutOfReachError, one_line
from advisor.execution.measure_again import agreed_spec, recorded_limits, recorded_probe_spec
from advisor.execution.probe_setup import free_memory
from advisor.execution.worker_thread import Batch, Start, WorkerThread
from advisor.families import family
from advisor.paths import is_file
from advisor.probe.supervisor import ProbeFailedError
from advisor.runs.locate import REMOTE_PLACES, locate
from advisor.servers.client import parse_address
from advisor.task.example import Example
from advisor.task.folder_files import IMAGE, SOUND
from advisor.task.markup_rows import page_text
from advisor.units import format_bytes

if TYPE_CHECKING:
    from concurrent.futures import Future

    from advisor.candidates.candidate import Candidate
    from advisor.probe.protocol import ProbeSpec
    from advisor.runs.reader import Run, RunCandidate

TYPED = "typed"
# A part that is a list, which cannot be typed.
LISTED = "candidates"
# Held from the check of free memory until a model is loaded and has answered, so that the next check counts it.
_loading = threading.Lock()


@dataclass(frozen=True, slots=True)
class Said:
    """A model's answer to an input as its family shows it, or the error if `is_error`.

    `load_seconds` are set for its first answer, and include the training of its head.
    """

    text: str
    seconds: float | None = None
    load_seconds: float | None = None
    confidence: float | None = None
    is_error: bool = False


def neighbours(run: Run, about: int) -> list[tuple[str, RunCandidate]]:
    """Return a run's candidate with the next smaller and the next larger one, each with its role."""
    places = [("smaller", about - 1), ("recommended" if run.recommended else "nearest", about), ("larger", about + 1)]
    return [(part, run.candidates[at]) for part, at in places if 0 <= at < len(run.candidates)]


def parts_of(run: Run) -> tuple[str, ...]:
    """Return the names of the parts of an input; one for most families; InputError if an input cannot be typed."""
    parts = next((tuple(dict(each.parts)) for each in run.evidence if each.parts), ())
    parts = parts or family(str(run.task.get("family"))).parts[:1]
    if LISTED in parts:
        raise InputError(
            f"Inputs of {one_line(run.task.get('family'))} hold lists of texts: they cannot be typed here."
        )
    return parts


def parse_typed_input(run: Run, typed: dict[str, str]) -> str | dict[str, str]:
    """Parse a typed input as an example in a file; ValueError names the invalid part and the fault."""
    kind, texts = family(str(run.task.get("family"))), {}
    for part, text in typed.items():
        try:
            text = page_text(text) if part in run.without_tags else text  # noqa: PLW2901
            texts[part] = _file(part, text) if part == kind.file_part else kind.read_part(part, text)
        except ValueError as error:
            raise ValueError(f"{one_line(part)} {one_line(error, 300)}") from None
    return texts if len(texts) > 1 or kind.file_part in texts else next(iter(texts.values()))


_ENDINGS = {"image": IMAGE, "audio": SOUND}


def _file(part: str, text: str) -> str:
    try:
        path = Path(text.strip()).expanduser()
    except RuntimeError:
        path = Path(text.strip())
    if not is_file(path):
        raise ValueError(f"is a file's path, and {one_line(path, 200)} is none")
    endings = _ENDINGS[part]
    if path.suffix.lower() not in endings:  # a baseline of colours, or a constant one, answers anything
        raise ValueError(f"is a file such as {', '.join(endings[:3])}, and {one_line(path.name, 200)} is not")
    return str(path.resolve())


def _sent_to(place: object, options: dict[str, Any]) -> str | None:
    """Return the host that inputs are sent to, None if they stay on this machine."""
    if options.get("sent_to"):
        return str(options["sent_to"])
    if options.get("url"):
        address = parse_address(str(options["url"]))
        return None if address.is_here else address.host
    return str(options.get("provider") or "another machine") if place in REMOTE_PLACES else None


class Trial:
    """One model, loaded on its first input."""

    def __init__(self, run: Run, candidate: RunCandidate) -> None:
        self._run, self._candidate = run, candidate
        self._family = family(str(run.task.get("family")))
        self._folder = tempfile.TemporaryDirectory(prefix="advisor-", ignore_cleanup_errors=True)
        self._thread = WorkerThread()
        shortest = min(run.evidence, key=lambda each: len(str(each.given)), default=None)
        self._start = Start(self._spec, recorded_limits, Path(self._folder.name) / "worker.log", first=shortest)
        self._is_loading = False

    def ask(self, given: str | dict[str, str], done: Callable[[Said], object]) -> None:
        """Ask the model; `done` is called on another thread, in the order in which inputs were asked."""
        parts = tuple(given.items()) if isinstance(given, dict) else ()
        # Scoring needs an expected answer: one of the run's examples provides it, and the score is ignored.
        like = self._run.evidence[0].expected if self._run.evidence else None
        example = Example(TYPED, given if isinstance(given, str) else "", like, 0, parts)

        def answered(future: Future[Batch]) -> None:
            try:
                done(self._said(future.exception(), None if future.exception() else future.result()))
            finally:
                if self._is_loading:
                    self._is_loading = False
                    _loading.release()

        self._thread.run(self._start, [example]).add_done_callback(answered)

    def close(self) -> None:
        self._thread.close()
        self._folder.cleanup()

    def _said(self, error: BaseException | None, batch: Batch | None) -> Said:
        if batch is None:
            return Said(one_line(error or "no answer", 300), is_error=True)
        outcome, loaded = batch.outcomes[0], batch.loaded
        load_seconds = None if loaded is None else loaded.seconds + loaded.teaching_seconds
        if outcome.output is None and outcome.error is not None:
            return Said(one_line(outcome.error, 300), None, load_seconds, is_error=True)
        return Said(self._family.said(outcome.output), outcome.seconds, load_seconds, outcome.confidence)

    def _spec(self) -> ProbeSpec:
        facts = self._candidate.candidate
        if facts.place in REMOTE_PLACES and not self._candidate.record.inferences:
            raise ProbeFailedError("runs elsewhere and was not asked in this run: nothing is sent to it")
        self._may_be_asked(facts.options)
        _loading.acquire()
        self._is_loading = True  # until there is an answer or an error
        if self._thread.is_closed:
            raise ProbeFailedError("the run was stopped")
        self._check_memory(facts)
        place = locate(facts, tell=lambda _: None, download=False)
        # Typed inputs are not scored, so the task's own scorer need not run.
        spec = replace(recorded_probe_spec(self._run, self._candidate, place), scorer=None)
        self._may_be_asked(spec.options)
        return agreed_spec(self._run, self._candidate, spec, place, ())

    def _may_be_asked(self, options: dict[str, Any]) -> None:
        """Refuse to send a typed text to another machine, for which there is no consent."""
        if (host := _sent_to(self._candidate.candidate.place, options)) is not None:
            raise OutOfReachError(f"answers at {one_line(host, 120)}: what is typed here is not sent to other machines")

    def _check_memory(self, facts: Candidate) -> None:
        needed, free = facts.serving_bytes or 0, free_memory()
        if facts.place not in REMOTE_PLACES and needed > free:
            raise OutOfReachError(f"needs {format_bytes(needed)} of memory, {format_bytes(free)} are free")
