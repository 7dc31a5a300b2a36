"""Commands that outlive server and client: detached processes, each with a folder of its own.

    <user data>/jobs/<handle>/job.json      what was asked, the process and when it began
                              answers.json  the answers to the interview's questions
                              out, err      what the command prints: one JSON document, and its progress

The handle is a kind and a hash of the request, so that the same call is the same job: it joins a running one, or
restarts the command, which measures nothing twice. Folders of the oldest finished jobs are deleted.
"""

import contextlib
import hashlib
import json
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from advisor.errors import ExitCode, InputError, one_line
from advisor.paths import data_dir
from advisor.system.files import hold_lock, write_whole
from advisor.workflow.sessions import stamp

HANDLE = re.compile(r"(?:plan|run|verify|export)-[0-9a-f]{10}")
KEPT = 50
TAIL = 4096


class JobError(Exception):
    """A command ended with an error; `document` is its printed error."""

    def __init__(self, document: dict[str, Any]) -> None:
        super().__init__(document.get("message"))
        self.document = document


@dataclass(frozen=True, slots=True)
class Job:
    """One command, running or over: its request, the files named in it, its process, and its start.

    `created` is the process's creation time by the system; None if it was over at once.
    """

    handle: str
    arguments: dict[str, Any]
    files: list[str]
    pid: int
    created: float | None
    began: float

    @property
    def kind(self) -> str:
        """The kind of command: "plan", "run", "verify" or "export"."""
        return self.handle.partition("-")[0]

    @property
    def folder(self) -> Path:
        return jobs_dir() / self.handle

    @property
    def state(self) -> str:
        """One of "running", "finished" (with a document or an error), "interrupted" (the same call continues)."""
        if self._process() is not None:
            return "running"
        document = self._printed()
        is_cut = not document or document.get("error", {}).get("exit_code") == ExitCode.INTERRUPTED
        return "interrupted" if is_cut else "finished"

    @property
    def seconds(self) -> int:
        """Its running time so far, or in total."""
        running = self._process() is not None
        end = time.time() if running else max((self.folder / name).stat().st_mtime for name in ("out", "err"))
        return max(0, round(end - self.began))

    def stop(self) -> None:
        """Ask its process to end; measurements are kept."""
        if (process := self._process()) is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()

    def lines(self) -> list[str]:
        with (self.folder / "err").open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - TAIL))
            return [line for line in file.read().decode("utf-8", "replace").splitlines() if line.strip()]

    def document(self) -> dict[str, Any]:
        """Return its printed document; JobError if that is an error."""
        if error := (document := self._printed()).get("error"):
            raise JobError(error)
        return document

    def _printed(self) -> dict[str, Any]:
        try:
            found = json.loads((self.folder / "out").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _process(self) -> psutil.Process | None:
        """Return its process while it runs; another process with a reused number does not count."""
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self.pid)
            if process.create_time() == self.created and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None


def jobs_dir() -> Path:
    return data_dir() / "jobs"


def find(handle: str, *kinds: str) -> Job:
    """Return a job by its handle; InputError if there is none, or it is of another kind."""
    job = _load(handle)
    if job is None or (kinds and job.kind not in kinds):
        wanted = f" of {' or '.join(kinds)}" if kinds else ""
        raise InputError(f"handle {one_line(handle, 40)}: there is none{wanted}; give one that such a call returned")
    return job


def jobs() -> list[Job]:
    loaded = (_load(path.parent.name) for path in jobs_dir().glob("*/job.json"))
    return sorted(filter(None, loaded), key=lambda job: -job.began)


def _load(handle: str) -> Job | None:
    if not HANDLE.fullmatch(handle):
        return None
    try:
        return Job(handle, **json.loads((jobs_dir() / handle / "job.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # deleted, or from another version
        return None


def begin(kind: str, arguments: dict[str, Any], files: Sequence[str], command: Sequence[str], words: str) -> Job:
    """Start a command, unless the same one is running, and return at once.

    "answers" among the arguments are passed as a file; a changed file among those named makes another job; the `words`
    are the last argument, which may look like a flag.
    """
    text = json.dumps([arguments, [(file, stamp(Path(file))) for file in files]], sort_keys=True)
    handle = f"{kind}-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"
    folder, answers = jobs_dir() / handle, jobs_dir() / handle / "answers.json"
    jobs_dir().mkdir(parents=True, exist_ok=True)
    with hold_lock(jobs_dir() / ".lock", lambda: InputError("another call is starting a command; try again")):
        folder.mkdir(exist_ok=True)
        if (job := _load(handle)) is not None and job.state == "running":
            return job
        write_whole(answers, json.dumps(arguments.get("answers") or {}))
        given = ["--answers", str(answers)] if arguments.get("answers") else []
        with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
            process = subprocess.Popen(  # noqa: S603  our own command
                [sys.executable, "-P", "-m", "advisor", *command, *given, "--", words],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True,
            )  # fmt: skip
        created = None
        with contextlib.suppress(psutil.Error):
            created = psutil.Process(process.pid).create_time()
        job = Job(handle, arguments, list(files), process.pid, created, time.time())
        kept = {"arguments": job.arguments, "files": job.files, "pid": job.pid, "created": created, "began": job.began}
        write_whole(folder / "job.json", json.dumps(kept))
        for old in jobs()[KEPT:]:
            if old.state != "running":
                shutil.rmtree(old.folder, ignore_errors=True)
    threading.Thread(target=process.wait, daemon=True).start()  # reaps the process when it ends
    return job
