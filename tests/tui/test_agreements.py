"""The session asks before code that a task brings is run; the command line asks at a terminal."""

import os
import sys
from pathlib import Path

import pytest

from advisor.workflow.drive import drive
from advisor.workflow.sessions import Start
from tests.conftest import ROOT, Home
from tests.tui.pages import opened
from tests.tui.terminal import Terminal
from tests.workflow.test_agreements import Listener, task_in
from tui.state import PLAN


@pytest.mark.usefixtures("here")
async def test_the_session_asks_for_a_task_files_code(tmp_path: Path) -> None:
    """The question names the file and its hash; the plan comes once it is answered, and says it too."""
    listener = Listener()
    task, note = task_in(tmp_path, listener)
    listener.socket.close()
    async with opened(drive, (120, 40), Start(task_file=str(task), offline=True)) as session:
        await session.until(lambda: session.page.state.question)
        assert session.page.state.question.key == "allow_code"
        assert "The task's scorer" in session.text
        await session.press("1")
        await session.until(lambda: session.page.page == PLAN and session.page.state.question)
        assert session.page.state.question.key == "plan"
        assert not note.exists()


def test_the_terminal_asks(ready_home: Home, tmp_path: Path) -> None:
    """No is the answer that enter gives; yes agrees, and the run begins."""
    listener = Listener()
    task, note = task_in(tmp_path, listener)
    listener.socket.close()
    environment = os.environ | ready_home.environment | {"TERM": "xterm-256color"}
    command = [sys.executable, "-m", "advisor", "recommend", str(task), "--offline"]
    for answer, runs in (("enter", False), ("y", True)):
        with Terminal(command, environment, ROOT, (160, 60)) as terminal:
            terminal.wait("Do you agree? [y/N]:")
            assert "score.py (sha256" in terminal.text.replace("\n", "")
            terminal.send(answer, *(["enter"] if runs else []))
            terminal.wait(lambda: terminal.process.poll() is not None)
            assert (terminal.process.returncode == 2) is not runs
        assert note.exists() is runs
