"""The one loop behind every front end: run the graph, ask its questions, return the answers, until it ends."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.types import Command

from advisor.errors import InputError, OutOfReachError, cannot_write, one_line
from advisor.execution.control import Control, Stopped
from advisor.interview.answers import checked, given_by, known_key, usable
from advisor.interview.files.hub_dataset import named_file
from advisor.task.record import NoColumnError
from advisor.workflow.context import Context
from advisor.workflow.frontend import Answer, Frontend, Planned, Reported, Stage, Understood
from advisor.workflow.nodes import build, serializer
from advisor.workflow.planned import GoneError, asked_before, seen_again, tell_plan, words_of
from advisor.workflow.sessions import STATE, Start, change_shown, discard, folder_of, hold_alone, read_session
from advisor.workflow.state import Done, answers_of, forgotten

if TYPE_CHECKING:
    from advisor.cluster.placement import Place
    from advisor.interview.question import Question

MOST_STEPS = 10_000
# Answers that are a column of the examples.
ONE_COLUMN = frozenset({"examples.groups", "examples.expected"})
# Incremented when checkpoints change; SQLite stores it in the file, 0 until set.
STATE_FORMAT = 3
# With less free disk no answer can be saved.
LEAST_FREE = 1 << 16


def drive(
    session: str,
    frontend: Frontend,
    *,
    start: Start | None = None,
    change: Answer | None = None,
    control: Control | None = None,
    jobs: int = 1,
    fresh: bool = False,
    asks_plan: bool = True,
    is_kept: bool = True,
    allow_code: tuple[str, ...] = (),
    place: Place | None = None,
) -> Done:
    """Begin a session, or continue it where it was: after an answer, a stop, or a kill.

    With a `change`, an answer given, changed or withdrawn, it continues from there instead, even if the session had
    ended. Measurements for the same question are reused. `start` is needed only to begin; `allow_code` and `place` are
    never saved; the folder is deleted at the end unless `is_kept`. Stopped if the user left; all answers and
    measurements are kept. RunInUseError if another process or thread works on the session, which is left untouched.
    AdvisorError if something is invalid or unavailable; the session stays where it was.
    """
    folder = folder_of(session)
    if start is None and not (folder / STATE).exists():  # no folder for a mistyped name
        raise _none_such(session)
    context = Context(
        frontend, folder, control or Control(), jobs, fresh, asks_plan, allow_code=allow_code, place=place
    )
    with hold_alone(session), _kept(folder, is_kept=is_kept), closing(_connect(folder)) as connection:
        checkpoints = SqliteSaver(connection, serde=serializer())
        graph = build(checkpoints)
        config: Any = {"configurable": {"thread_id": session}, "recursion_limit": MOST_STEPS}
        try:
            if not _is_readable(connection):
                if start is None:
                    raise _of_another_version(session)
                checkpoints.delete_thread(session)
            connection.execute(f"PRAGMA user_version = {STATE_FORMAT}")
            if change is not None:
                _change(graph, config, change, session)
            elif _is_over(graph, config) and start is not None:
                checkpoints.delete_thread(session)
            else:
                _look_again(graph, config)
            return _loop(graph, config, context, start)
        except (sqlite3.Error, _DamagedError, GoneError) as error:
            raise _unusable(folder, error) from None
        finally:
            context.close()


@contextmanager
def _kept(folder: Path, *, is_kept: bool) -> Iterator[None]:
    try:
        yield
    finally:
        if not is_kept:
            discard(folder)


def _change(graph: Any, config: Any, change: Answer, session: str) -> None:  # noqa: ANN401  langgraph's generics
    """Put an answer into the session as if it had just been given; InputError if it cannot be used."""
    values = graph.get_state(config).values
    if not values:
        raise _none_such(session)
    if (task_file := values["start"].task_file) is not None:
        raise InputError(f"{task_file}: the task is this file; change it there, and begin with it again")
    key = known_key(change.key)
    before = {"words": words_of(values)} | answers_of(values)
    said = {} if change.is_taken_back else given_by(key, checked(key, change.value), before)
    answers = said or forgotten(values, key)
    given = {"answers": answers, "question": None, "agreed": "", "run": ""}
    graph.update_state(config, given, as_node="ask")


def _look_again(graph: Any, config: Any) -> None:  # noqa: ANN401  langgraph's generics
    """Drop a question about a problem: the files may have been mended since."""
    snapshot = graph.get_state(config)
    if snapshot.interrupts and snapshot.interrupts[0].value.problem:
        graph.update_state(config, {"question": None}, as_node="ask")


def _none_such(session: str) -> InputError:
    return InputError(f"session {one_line(session, 60)}: there is none; begin one with `advisor`")


def _is_readable(connection: sqlite3.Connection) -> bool:
    """Return whether a checkpoint store is empty, or of this version."""
    asked = "SELECT user_version, (SELECT count(*) FROM sqlite_master) FROM pragma_user_version"
    version, tables = connection.execute(asked).fetchone()
    return not tables or bool(version == STATE_FORMAT)


def _of_another_version(session: str) -> InputError:
    return InputError(
        f"session {one_line(session, 60)}: was begun with another version of model-advisor and cannot continue; begin "
        "it again with the same words and file: what was measured is kept with the runs"
    )


def _unusable(folder: Path, error: Exception) -> OutOfReachError:
    """Return the error of an unusable session folder, with its cure."""
    if not (folder / STATE).exists():
        return OutOfReachError(
            f"session {folder.name}: its folder was deleted while it was worked on; what was measured is kept with the "
            "runs, and the same answers continue from it"
        )
    code = getattr(error, "sqlite_errorcode", 0)
    if code == sqlite3.SQLITE_FULL or _is_full(folder):
        return OutOfReachError(f"{folder}: the disk is full; free some space, then the same command continues")
    if code == sqlite3.SQLITE_IOERR_WRITE:
        return OutOfReachError(
            f"{folder}: the limit on a file's size is reached; raise it, then the same command continues"
        )
    return OutOfReachError(
        f"{folder / STATE}: cannot be used ({one_line(error)}); if it is damaged, delete the session's folder: "
        "what was measured is kept with the runs"
    )


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < LEAST_FREE
    except OSError:
        return False


class _DamagedError(Exception):
    """A checkpoint's values cannot be read."""


def _is_over(graph: Any, config: Any) -> bool:  # noqa: ANN401  langgraph's generics
    try:
        snapshot = graph.get_state(config)
    except (TypeError, ValueError, KeyError, AttributeError, IndexError) as error:
        raise _DamagedError(f"{type(error).__name__}: {error}") from None
    return bool(snapshot.values) and not snapshot.next


def _connect(folder: Path) -> sqlite3.Connection:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # The graph may run on other threads than the opening one, one at a time.
        return sqlite3.connect(folder / STATE, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise cannot_write(folder, error) from None


def _loop(graph: Any, config: Any, context: Context, start: Start | None) -> Done:  # noqa: ANN401  langgraph's generics
    snapshot = graph.get_state(config)
    given: Any = None
    context.offline = (start or snapshot.values.get("start") or Start()).offline
    if not snapshot.values:
        if start is None:
            raise _none_such(context.folder.name)
        given = _beginning(start)
        title = one_line(start.words or start.task_file or start.examples or "", 200)
        change_shown(context.folder.name, {"title": title, "state": "asking", "runs": []})
    elif snapshot.next and snapshot.interrupts:
        seen_again(snapshot.values, context, asked_before(graph, config))
        given = _ask(snapshot, context)
    elif snapshot.next != ("read",):  # reading reports it itself; a finished one may be changed
        if not snapshot.next:
            tell_plan(snapshot.values, context)
        seen_again(snapshot.values, context, asked_before(graph, config))
    shown = _Shown(context.folder.name)
    context.note = shown.note
    while True:
        for _ in graph.stream(given, config, context=context, stream_mode="updates", durability="sync"):
            context.control.check()
        snapshot = graph.get_state(config)
        if not snapshot.next:
            done: Done = snapshot.values["done"]
            shown.finish(done)
            return done
        given = _ask(snapshot, context)


def _beginning(start: Start) -> dict[str, Any]:
    """Return a session's initial state; InputError if an argument cannot be used."""
    start = replace(
        start,
        words=checked("words", start.words) if start.words.strip() else "",
        examples=None if start.examples is None else checked("examples", start.examples, offline=start.offline),
        task_file=None if start.task_file is None else str(Path(start.task_file).absolute()),
        answers={known_key(key): checked(key, value, offline=start.offline) for key, value in start.answers.items()},
    )
    return {
        "start": start,
        "answers": {},
        "proposed": (),
        "reading": None,
        "question": None,
        "task_file": "",
        "run": "",
        "agreed": "",
        "done": None,
    }


def _ask(snapshot: Any, context: Context) -> Any:  # noqa: ANN401  langgraph's snapshot and command
    """Ask the front end until the answer can be used; Stopped if the user leaves, or declines the plan."""
    question: Question = snapshot.interrupts[0].value
    while True:
        context.control.check()
        answer = context.frontend.ask(question, context.understanding)
        try:
            value = _usable(question, answer, offline=context.offline)
            if value not in [choice.value for choice in question.choices]:
                _check_column(known_key(answer.key), value, context)
        except (InputError, OutOfReachError) as error:
            question = replace(question, problem=str(error))
            continue
        if answer.key == "plan" and value is not True:
            raise Stopped
        said = {"value": value, "is_taken_back": answer.is_taken_back, "unasked": answer.unasked}
        return Command(resume={"key": known_key(answer.key)} | said)


def _usable(question: Question, answer: Answer, *, offline: bool) -> Any:  # noqa: ANN401  a JSON value
    """Return an answer's value in its key's form.

    InputError if it cannot be used. OutOfReachError if it names a file of the Hub that cannot be fetched.
    """
    if answer.is_taken_back:
        known_key(answer.key)
        return None
    if offline and answer.key == "examples" and isinstance(answer.value, str):
        answer = replace(answer, value=str(named_file(answer.value, offline=True)))
    if answer.key == question.key:
        return usable(question, answer.value)
    return checked(answer.key, answer.value)


def _check_column(key: str, value: Any, context: Context) -> None:  # noqa: ANN401  a JSON value
    """Refuse a column that the examples lack; NoColumnError naming the columns that there are."""
    if key in ONE_COLUMN and isinstance(value, str) and context.columns and value not in context.columns:
        path = Path(str(context.understanding.value("examples")))
        raise NoColumnError(path, None, value, context.columns, key)


class _Shown:
    """Saves what the list of sessions shows."""

    def __init__(self, session: str) -> None:
        self._session = session
        self._state = ""

    def note(self, event: object) -> None:
        if isinstance(event, Understood):
            words = event.understanding.value("words") or event.understanding.value("instruction")
            self._set("asking", {"title": one_line(words, 200)} if words else {})
        elif isinstance(event, Planned):
            self._set("planned", {})
        elif isinstance(event, Stage) and event.name == "probing":
            known = read_session(self._session)  # the session names an unfinished run
            self._set("probing", {"runs": list(dict.fromkeys([*(known.runs if known else ()), event.detail]))})
        elif isinstance(event, Reported):
            self._set("reported", {})

    def finish(self, done: Done) -> None:
        self._set("finished", {"runs": [done.run]})

    def _set(self, state: str, values: dict[str, Any]) -> None:
        if (state != self._state or values) and (folder_of(self._session) / STATE).exists():  # it may have been deleted
            self._state = state
            change_shown(self._session, {"state": state, **values})
