"""Commands that go on when server and client are gone: detached processes, each with a folder of its own.

    <user data>/jobs/<handle>/job.json      what was asked, the process and when it began
                              answers.json  the answers to the interview's questions
                              out, err      what the command prints: one JSON document, and its progress

The handle is a kind and a hash of what was asked, so that the same call is the same job: it joins the one that runs,
or starts the command again, which measures nothing twice.
"""

import hashlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from advisor.errors import ExitCode, InputError, one_line
from advisor.paths import data_dir
from advisor.system.files import held, write_whole
from advisor.workflow.sessions import stamp

HANDLE = re.compile(r"(?:plan|run|verify|export)-[0-9a-f]{10}")
TAIL, DOING = 4096, 120


class JobError(Exception):
    """A command ended with an error; `document` is what it printed of it."""

    def __init__(self, document: dict[str, Any]) -> None:
        super().__init__(document.get("message"))
        self.document = document


@dataclass(frozen=True, slots=True)
class Job:
    """One command, running or over."""

    handle: str

    @property
    def kind(self) -> str:
        """What it does: "plan", "run", "verify" or "export"."""
        return self.handle.partition("-")[0]

    @property
    def folder(self) -> Path:
        """Its folder."""
        return jobs_dir() / self.handle

    @property
    def known(self) -> dict[str, Any]:
        """What was kept when it began: "arguments", "pid", "created", "began"."""
        try:
            found = json.loads((self.folder / "job.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found = None
        if not isinstance(found, dict):
            raise InputError(f"handle {one_line(self.handle, 40)}: there is none; give one that plan or start_run gave")
        return found

    @property
    def state(self) -> str:
        """One of "running", "finished" (with a document or an error), "interrupted" (the same call continues)."""
        if _is_alive(self.known):
            return "running"
        document = self._document()
        error = (document or {}).get("error") or {}
        is_cut = document is None or error.get("exit_code") == ExitCode.INTERRUPTED
        return "interrupted" if is_cut else "finished"

    @property
    def seconds(self) -> int:
        """How long it has been running, or took."""
        known = self.known
        end = time.time() if _is_alive(known) else max((self.folder / name).stat().st_mtime for name in ("out", "err"))
        return max(0, round(end - float(known["began"])))

    def doing(self) -> str:
        """Return the last line of its progress."""
        return one_line(next(reversed(self.lines()), ""), DOING)

    def lines(self) -> list[str]:
        """Return the last lines of its notes and progress."""
        with (self.folder / "err").open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - TAIL))
            return [line for line in file.read().decode("utf-8", "replace").splitlines() if line.strip()]

    def document(self) -> dict[str, Any]:
        """Return what it printed.

        Raises:
            JobError: if that is an error.
        """
        document = self._document() or {}
        if error := document.get("error"):
            raise JobError(error)
        return document

    def _document(self) -> dict[str, Any] | None:
        try:
            found = json.loads((self.folder / "out").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None


def jobs_dir() -> Path:
    """Return the folder that holds one folder a job."""
    return data_dir() / "jobs"


def find(handle: str, *kinds: str) -> Job:
    """Return a job by its handle.

    Raises:
        InputError: if there is none, or it is of another kind.
    """
    job = Job(handle)
    if not HANDLE.fullmatch(handle) or (kinds and job.kind not in kinds):
        wanted = f" of {' or '.join(kinds)}" if kinds else ""
        raise InputError(f"handle {one_line(handle, 40)}: is no handle{wanted}; give one that such a call returned")
    _ = job.known
    return job


def jobs() -> list[Job]:
    """Return all jobs, the newest first."""
    found = sorted(jobs_dir().glob("*/job.json"), key=lambda path: -path.stat().st_mtime)
    return [Job(path.parent.name) for path in found if HANDLE.fullmatch(path.parent.name)]


def begin(kind: str, arguments: dict[str, Any], command: Sequence[str], words: str = "") -> Job:
    """Start a command, unless the very same runs already, and return at once.

    Args:
        kind: "plan", "run", "verify" or "export".
        arguments: What was asked; those that are paths are followed by size and time of the file, so that a file that
            has changed is another job. "answers" is handed over as a file.
        command: The command line.
        words: Its last argument, which may look like a flag.
    """
    files = [stamp(Path(value)) for value in arguments.values() if isinstance(value, str)]
    text = json.dumps([arguments, files], sort_keys=True)
    job = Job(f"{kind}-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}")
    job.folder.mkdir(parents=True, exist_ok=True)
    with held(job.folder / ".lock", lambda: InputError(f"{job.handle}: is being started by another call; try again")):
        if (job.folder / "job.json").is_file() and _is_alive(job.known):
            return job
        answers = job.folder / "answers.json"
        write_whole(answers, json.dumps(arguments.get("answers") or {}))
        given = ["--answers", str(answers)] if arguments.get("answers") else []
        with (job.folder / "out").open("wb") as out, (job.folder / "err").open("wb") as err:
            process = subprocess.Popen(  # noqa: S603  our own command
                [sys.executable, "-P", "-m", "advisor", *command, *given, *(["--", words] if words else [])],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True,
            )  # fmt: skip
        began = {"pid": process.pid, "created": _created(process.pid), "began": time.time()}
        write_whole(job.folder / "job.json", json.dumps({"arguments": arguments, **began}))
        _begun.append(process)
    return job


# By this server: the system keeps one that has ended until it is asked for.
_begun: list[subprocess.Popen[bytes]] = []


def _is_alive(known: dict[str, Any]) -> bool:
    """Return whether a job's process runs; a number that another process has taken over since is not it."""
    for process in _begun:
        process.poll()
    return known["created"] is not None and _created(known["pid"]) == known["created"]


def _created(pid: int) -> float | None:
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None
