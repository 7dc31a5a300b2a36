"""A run's folder. Every outcome is on disk when it is made.

    runs/<run id>/run.json        everything fixed before the first outcome (format 2), and the run's origin
                  sharing.json    the sharing of α after cross-validation of cheap candidates, before the first outcome
                  evidence.jsonl  the examples that probes see, in order: id, input, expected, line
                  outcomes.jsonl  one line per outcome: candidate, purpose, id, output, score, passed, seconds, error
                  probes.jsonl    one line per event of a probe: loaded, memory, failed
                  teaching.jsonl  the training rows of heads: id, input, expected, line
                  tuned/          weights of a model tuned on the training rows, as safetensors
                  documents.jsonl the documents to search, if the task has any: id, text
                  result.json     the document that `advisor recommend --json` prints, when finished
                  result-1.json   the result of the first look, if examples were added since; result-2.json and so on
                  logs/           the output of each worker's libraries

`runs/.<run id>.lock` is held while a process works on the run.

docs/runs.md explains every field, and what older formats lack.
A line truncated by a crash is dropped on opening, and its step is repeated.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from advisor.decide.records import Purpose
from advisor.errors import AdvisorError, OutOfReachError, cannot_write
from advisor.paths import runs_dir
from advisor.runs import ledger
from advisor.runs.reader import SHARING, cut_unfinished, learned, read_lines, read_records, read_text, to_row
from advisor.system.codec import plain
from advisor.system.files import acquire, sync, write_whole
from advisor.units import now

if TYPE_CHECKING:
    from advisor.decide.plan import Plan
    from advisor.evidence.sharing import Sharing
    from advisor.probe.protocol import Outcome
    from advisor.runs.result import Result
    from advisor.task.example import Example


class RunInUseError(OutOfReachError):
    """Another process works on the same run."""

    kind = "in_use"


def lock_of(folder: Path) -> Path:
    """Return the lock file of a run's folder."""
    return folder.parent / f".{folder.name}.lock"


def in_use(folder: Path) -> RunInUseError:
    """Return the error for a run that another process or thread works on."""
    return RunInUseError(f"run {folder.name} is being worked on by another process; wait for it or stop it")


class RunStore:
    """One run's folder, locked for this process. Use it as a context manager."""

    def __init__(
        self, plan: Plan, *, fresh: bool = False, retries: bool = True, origin: dict[str, Any] | None = None
    ) -> None:
        """Open the plan's run, or start it.

        `fresh` renames an earlier run of the same id (to `<id>~1`, `<id>~2`, ...); with `retries`, probes ended by a
        circumstance or a limit are tried again; `origin` is stored when the run is started. RunInUseError if another
        process works on it. OutOfReachError if the folder cannot be written.
        """
        self.plan = plan
        self._origin = {"chance": uuid.uuid4().hex[:16]} | (origin or {})
        self._is_in_ledger = False
        self.folder = runs_dir() / plan.run_id
        self._files: list[IO[str]] = []
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            # Next to the folder, so that renaming the folder does not move it.
            self._lock = acquire(lock_of(self.folder), lambda: in_use(self.folder))
        except OSError as error:
            raise cannot_write(self.folder, error) from None
        try:
            with self._written():
                self._open(fresh=fresh, retries=retries)
        except AdvisorError:
            self.close()
            raise

    @contextmanager
    def _written(self) -> Iterator[None]:
        """Name the folder in the error if it cannot be written, e.g. on a full disk; its contents stay."""
        try:
            yield
        except OSError as error:
            raise cannot_write(self.folder, error) from None

    def _open(self, *, fresh: bool, retries: bool) -> None:
        if fresh and self.folder.exists():
            _set_aside(self.folder)
        if (self.folder / "run.json").exists():
            self.logs.mkdir(exist_ok=True)
            self._add_examples()
        else:
            if self.folder.exists():  # what a start or a deletion that was cut short has left
                shutil.rmtree(self.folder)
            self.logs.mkdir(parents=True)
            self._begin()
        for name in ("outcomes.jsonl", "probes.jsonl"):
            cut_unfinished(self.folder / name)
        self.plan = replace(self.plan, learned=learned(self.folder))
        keys = [candidate.key for candidate in self.plan.candidates]
        self.records = read_records(self.folder, keys, retries=retries)
        self._outcomes = (self.folder / "outcomes.jsonl").open("a", encoding="utf-8")
        self._probes = (self.folder / "probes.jsonl").open("a", encoding="utf-8")
        self._files = [self._outcomes, self._probes]

    def _begin(self) -> None:
        """Write everything fixed before the first outcome; run.json comes last, and shows that the rest exists."""
        examples = self.plan.examples
        write_whole(self.folder / "teaching.jsonl", _as_lines(examples.teaching))
        write_whole(self.folder / "evidence.jsonl", self._evidence())
        if examples.critical:
            write_whole(self.folder / "critical.jsonl", _as_lines(examples.critical))
        if examples.documents:
            lines = (json.dumps({"id": name, "text": text}) + "\n" for name, text in examples.documents)
            write_whole(self.folder / "documents.jsonl", "".join(lines))
        if (above := self.plan.lowers) is not None:
            for name in ("outcomes.jsonl", "probes.jsonl"):
                write_whole(self.folder / name, read_text(runs_dir() / above / name))
        write_whole(self.folder / "run.json", json.dumps(self._description(), indent=2) + "\n")

    def _add_examples(self) -> None:
        """Add the examples of a new look to the run; its current result is kept as that of the earlier looks."""
        held = [line.get("id") for line in read_lines(self.folder / "evidence.jsonl")]
        if not self.plan.grows or len(held) == len(self.plan.evidence):
            return
        if held != [example.id for example in self.plan.evidence[: len(held)]]:
            raise RunInUseError(f"run {self.plan.run_id} was changed by another process; try again")
        result = self.folder / "result.json"
        if result.exists():  # first, because a crash between the two leaves an unfinished run
            result.replace(self.folder / f"result-{len(self.plan.examples.looks) - 1}.json")
        write_whole(self.folder / "evidence.jsonl", self._evidence())

    def _evidence(self) -> str:
        looks = self.plan.examples.looks
        return _as_lines(self.plan.evidence, [look for look, count in enumerate(looks, 1) for _ in range(count)])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def add_outcomes(self, candidate: str, purpose: Purpose, outcomes: list[Outcome]) -> None:
        """Append outcomes and sync them to disk; before the first one of evidence, record the run in the ledger."""
        if not self._is_in_ledger and purpose in {Purpose.EVIDENCE, Purpose.CRITICAL}:
            name = ledger.name_of(self.plan.run_id) or self.plan.run_id
            ledger.note(ledger.Chance.of(self.plan, name, now()))
            self._is_in_ledger = True
        with self._written():
            for outcome in outcomes:
                line = {"candidate": candidate, "purpose": purpose, **outcome.to_json()}
                self._outcomes.write(json.dumps(line) + "\n")
                self.records[candidate].add(purpose, outcome)
            sync(self._outcomes)

    def add_event(self, candidate: str, event: dict[str, Any]) -> None:
        line = {"candidate": candidate, **event}
        with self._written():
            self._probes.write(json.dumps(line) + "\n")
            sync(self._probes)
        self.records[candidate].note(line)

    def fix_sharing(self, sharing: Sharing, held_out: Sequence[tuple[int, int] | None]) -> None:
        """Store the final sharing of α, with the cross-validation results of each candidate."""
        content = {
            "alpha_sharing": sharing.name,
            "alpha_shares": list(sharing.shares),
            "ladder": list(sharing.ladder),
            "probing_starts_at": sharing.ladder[sharing.start],
            "cross_validated": [None if each is None else list(each) for each in held_out],
        }
        with self._written():
            write_whole(self.folder / SHARING, json.dumps(content, indent=2) + "\n")
        self.plan = replace(self.plan, learned=sharing)

    def finish(self, result: Result) -> None:
        """Write the result; an equal one keeps its time, because nothing was measured since."""
        path, text = self.folder / "result.json", json.dumps(plain(result), indent=2) + "\n"
        with self._written():
            if not path.is_file() or path.read_bytes() != text.encode():
                write_whole(path, text)

    def close(self) -> None:
        for file in self._files:
            with suppress(OSError):  # outcomes lost on a full disk are measured again
                file.close()
        self._lock.release()

    def _description(self) -> dict[str, Any]:
        from advisor.evidence.futility import FUTILE_BELOW  # imports numpy, which the list of runs does not need

        fixed = self.plan.fixed()
        candidates = [candidate.to_json() for candidate in self.plan.candidates]
        # Settings that change no claim are not part of the run's id.
        extra = {"given_up_below": FUTILE_BELOW, "candidate_facts": candidates, "origin": self._origin}
        extra |= {"without_tags": list(self.plan.examples.without_tags), "scoring": self.plan.scoring}
        return {"run": self.plan.run_id, **fixed, **extra}


def _as_lines(examples: Sequence[Example], looks: Sequence[int] = ()) -> str:
    rows = [to_row(each) | ({"look": looks[at]} if looks else {}) for at, each in enumerate(examples)]
    return "".join(json.dumps(row) + "\n" for row in rows)


def _set_aside(folder: Path) -> None:
    number = 1
    while (place := folder.with_name(f"{folder.name}~{number}")).exists():
        number += 1
    folder.rename(place)
