"""Two that work on one session: one of them does, the other is refused, and nothing of the first is touched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from advisor.api import recommend
from advisor.paths import sessions_dir
from advisor.runs.store import RunInUseError
from advisor.workflow.frontend import Probed, Stage
from advisor.workflow.sessions import SHOWN, alone, delete, folder_of, show
from tests.conftest import ROOT, Home
from tests.workflow.test_kill import mails_task

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.workflow.frontend import Event

SECONDS = 120
# Holds the session at its first outcome until a line comes on standard input.
HOLDER = """
import json, sys
from pathlib import Path
from advisor import recommend
from advisor.workflow.frontend import Probed
said = []
def tell(event):
    if isinstance(event, Probed) and not said:
        said.append(event)
        print("probing", flush=True)
        sys.stdin.readline()
found = recommend(Path(sys.argv[1]), offline=True, on_event=tell)
print(json.dumps([found.verdict, found.run]), flush=True)
"""


def test_a_second_thread_is_refused_and_the_first_one_finishes(here: Home, tmp_path: Path) -> None:
    """The same call of the library while the first one plans, and again while it probes."""
    del here
    task, refusals, kept = mails_task(tmp_path, bar={"pass_rate": 0.8}), list[str](), list[tuple[int, int]]()

    def second() -> None:
        try:
            recommend(task, offline=True)
        except RunInUseError as error:
            refusals.append(str(error))

    seen = set[str]()

    def tell(event: Event) -> None:
        place = event.name if isinstance(event, Stage) else "outcome" if isinstance(event, Probed) else ""
        if place not in ("planning", "outcome") or place in seen:
            return
        seen.add(place)
        other = threading.Thread(target=second)
        other.start()
        other.join(SECONDS)
        kept.append((len(list(sessions_dir().glob("*/state.sqlite"))), len(list(sessions_dir().glob(".*.lock")))))

    found = recommend(task, offline=True, on_event=tell)
    assert seen == {"planning", "outcome"}
    assert found.result["inferences"] > 0
    assert len(refusals) == 2
    assert kept == [(1, 1), (1, 1)]
    assert all("is being worked on by another process or thread; wait for it or stop it" in each for each in refusals)
    # The session of a task file goes at its end, and the same call gives the same run.
    assert not any(folder.is_dir() for folder in sessions_dir().iterdir())
    assert recommend(task, offline=True).run == found.run


def test_a_second_process_is_refused_and_the_first_one_finishes(ready_home: Home, tmp_path: Path) -> None:
    """By the library in both: the second one ends in one line, the first one goes on to its answer."""
    task = mails_task(tmp_path, bar={"pass_rate": 0.8})
    first, second = (
        subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(task)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | ready_home.environment,
        )
        for _ in range(2)
    )
    for each in (first, second):
        assert each.stdout is not None
    try:
        # Whichever comes first holds it; the other one has ended by then, or ends.
        lines = {each.pid: each.stdout.readline() for each in (first, second) if each.stdout}
        winners = [each for each in (first, second) if lines[each.pid] == "probing\n"]
        assert len(winners) == 1
        (loser,) = {first, second} - set(winners)
        _, refusal = loser.communicate(timeout=SECONDS)
        assert loser.returncode == 1
        assert "RunInUseError" in refusal.splitlines()[-1]
        sessions = ready_home.data / "model-advisor" / "sessions"
        assert (len(list(sessions.glob("*/state.sqlite"))), len(list(sessions.glob(".*.lock")))) == (1, 1)
        out, err = winners[0].communicate("go on\n", timeout=SECONDS)
        assert winners[0].returncode == 0, err
        verdict, run = json.loads(out)
        assert verdict in {"passes", "none", "undecided"}
        assert (ready_home.data / "model-advisor" / "runs" / run / "result.json").is_file()
    finally:
        for each in (first, second):
            each.kill()
            each.wait()


def test_a_session_that_is_held_is_not_deleted(here: Home) -> None:
    """Its folder and its lock stay; once it is released it can be deleted."""
    del here
    show("held", {"title": "t"})
    with alone("held"):
        refused: list[Exception] = []

        def other() -> None:
            try:
                delete("held")
            except RunInUseError as error:
                refused.append(error)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join(SECONDS)
        assert len(refused) == 1
        assert (folder_of("held") / SHOWN).exists()
    delete("held")
    assert not folder_of("held").exists()
