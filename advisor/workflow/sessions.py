"""Sessions: a conversation about a job, from its first words to its reports, kept so that it can be continued.

    <user data>/sessions/<id>/session.json   what the list shows: words, state, when, the runs it led to
                              state.sqlite    the checkpoint of `advisor.workflow`: every answer, every finished step
                              task.yaml       the task file that the answers make

Measurements are in the runs' own folders. This module is light: it imports no graph.
"""

import hashlib
import json
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

from advisor.errors import InputError, cannot_write, one_line
from advisor.paths import sessions_dir

ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
SHOWN = "session.json"
STATE = "state.sqlite"
TASK = "task.yaml"
UNFINISHED = frozenset({"asking", "planned", "probing"})


@dataclass(frozen=True, slots=True)
class Start:
    """A front end's input before the first question."""

    words: str = ""  # The task in plain words.
    examples: str | None = None  # Path of a file of examples.
    task_file: str | None = None  # Path of a task file; then only the plan's questions are asked.
    # By key: task keys with dots and the interview's own; JSON values.
    answers: dict[str, Any] = field(default_factory=dict)
    require: str = "certified"  # The strength that an answer needs to pass.
    download: int | None = None  # Bytes that may be downloaded; None: not said. 0 never asks the Hub.
    offline: bool = False  # Whether the Hub is never asked.
    escalation: bool = False  # Whether escalation is measured, whatever the task says.
    language_model: str = ""  # Address or file of a language model that helps to read the words, or "".


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A session as listed: its words or its task's name, state, time and runs, the latest last.

    The state is "asking", "planned", "probing", "finished" or "failed".
    """

    id: str
    title: str = ""
    state: str = "asking"
    changed: float = 0.0
    runs: tuple[str, ...] = ()


def folder_of(session: str) -> Path:
    """Return a session's folder; InputError if the name is invalid."""
    if not ID.fullmatch(session):
        raise InputError(f"session {one_line(session, 60)}: a name has small letters, digits and hyphens")
    return sessions_dir() / session


def new_id() -> str:
    return secrets.token_hex(6)


def id_of(start: Start) -> str:
    """Return the session id of a scripted start: the same command on the same files is the same session.

    Another version of the program may read files in another way, so it starts a new session.
    """
    paths = [path for path in (start.task_file, start.examples) if path]
    content = {each.name: getattr(start, each.name) for each in fields(start)}
    files = [(str(Path(path).absolute()), stamp(Path(path))) for path in paths]
    text = json.dumps([content, files, version("model-advisor")], sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _short(title: str) -> str:
    """Return a title; for the path of a file, the file's name."""
    return Path(title).name if Path(title).is_absolute() else title


def stamp(path: Path) -> tuple[int, int]:
    """Return a file's size and modification time; zeros if there is none."""
    try:
        stat = path.stat()
    except (OSError, ValueError):  # a text that is no path
        return 0, 0
    return stat.st_size, stat.st_mtime_ns


def sessions() -> list[SessionInfo]:
    """Return all sessions, the last changed first; unreadable ones are left out."""
    try:
        folders = [folder for folder in sessions_dir().iterdir() if (folder / SHOWN).is_file()]
    except OSError:
        return []
    found = [info for folder in folders if (info := read_session(folder.name)) is not None]
    return sorted(found, key=lambda info: -info.changed)


def unfinished() -> SessionInfo | None:
    """Return the last changed session that asked and did not end, None if there is none."""
    return next(
        (info for info in sessions() if info.state in UNFINISHED and (folder_of(info.id) / STATE).exists()), None
    )


def read_session(session: str) -> SessionInfo | None:
    """Return what is shown of one session, None if nothing is readable."""
    try:
        path = folder_of(session) / SHOWN
        content = json.loads(path.read_text(encoding="utf-8"))
        return SessionInfo(
            session,
            _short(str(content.get("title", ""))),
            str(content.get("state", "asking")),
            path.stat().st_mtime,
            tuple(str(run) for run in content.get("runs", ())),
        )
    except (InputError, OSError, ValueError, AttributeError, TypeError):
        return None


def change_shown(session: str, values: Mapping[str, Any]) -> None:
    """Change what is shown of a session; OutOfReachError if its folder cannot be written."""
    from advisor.system.files import write_whole

    folder = folder_of(session)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / SHOWN
        try:
            known = dict(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, TypeError, ValueError):  # none yet, or damaged
            known = {}
        write_whole(path, json.dumps({**known, **values}, indent=2) + "\n")
    except OSError as error:
        raise cannot_write(folder, error) from None


@contextmanager
def hold_alone(session: str) -> Iterator[None]:
    """Hold a session exclusively for this thread.

    RunInUseError if another process or thread works on it. OutOfReachError if its folder cannot be written.
    """
    from advisor.runs.store import RunInUseError
    from advisor.system.files import acquire

    folder = folder_of(session)

    def in_use() -> RunInUseError:
        return RunInUseError(
            f"session {session} is being worked on by another process or thread; wait for it or stop it"
        )

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = acquire(folder.parent / f".{session}.lock", in_use)
    except OSError as error:
        raise cannot_write(folder, error) from None
    try:
        yield
    finally:
        lock.release()


def discard(folder: Path) -> None:
    """Delete a session's folder, which the caller must hold; its runs stay."""
    shutil.rmtree(folder, ignore_errors=True)


def delete_session(session: str) -> None:
    """Delete a session's folder; its runs stay.

    RunInUseError if another process or thread works on it. OutOfReachError if its folder cannot be written.
    """
    with hold_alone(session):
        discard(folder_of(session))
