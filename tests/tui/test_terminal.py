"""The installed command in a real terminal, from the first question to the recommendation, killed on the way."""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import psutil
import pytest

from tests.conftest import Home
from tests.tui.mails import WORDS, short_mails
from tests.tui.terminal import Terminal, describe


def environment_of(home: Home) -> dict[str, str]:
    """Return what the command sees: a plain terminal of the usual kind, and this home."""
    kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS", "LINES"}}
    mine = {name: value for name, value in home.environment.items() if name not in {"NO_COLOR", "COLUMNS"}}
    config = {"XDG_CONFIG_HOME": str(home.data.parent / "config")}
    return kept | mine | config | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


def advisor_in(home: Home, cwd: Path) -> Terminal:
    """Start the command as it is installed, at 80 by 24."""
    command = shutil.which("advisor", path=str(Path(sys.executable).parent)) or "advisor"
    return Terminal([command], environment_of(home), cwd, (80, 24))


@pytest.mark.timeout(700)
@pytest.mark.soak
def test_from_the_first_question_to_the_recommendation_killed_on_the_way(ready_home: Home, tmp_path: Path) -> None:
    """Killed with -9 while it probes and begun again, it ends in a recommendation; no inference is made twice."""
    mine = short_mails(tmp_path / "mine").parent
    with advisor_in(ready_home, mine) as terminal:
        describe(terminal, WORDS, "mails.csv")
        terminal.wait("Start (ctrl+s)")
        terminal.send("ctrl+s")
        terminal.wait(lambda: len(ready_home.outcomes()) >= 4, 120)
        workers = psutil.Process(terminal.process.pid).children(recursive=True)
        terminal.kill()
    _, alive = psutil.wait_procs(workers, 20)
    assert not alive
    measured = ready_home.outcomes()
    assert not list(ready_home.data.glob("model-advisor/runs/*/result.json"))

    with advisor_in(ready_home, mine) as terminal:
        terminal.wait("tell ham from spam")
        terminal.click("tell ham from spam")
        terminal.wait("right on your examples", 300)  # a minute on a machine that is idle
        shown = terminal.text
        terminal.send("ctrl+q")
        terminal.wait(lambda: terminal.process.poll() == 0 or "Quit" in terminal.text)
        if terminal.process.poll() is None:
            terminal.send("y")
        assert terminal.process.wait(20) == 0
    (result,) = ready_home.data.glob("model-advisor/runs/*/result.json")
    document = json.loads(result.read_text(encoding="utf-8"))
    kept = ready_home.outcomes()
    assert kept[: len(measured)] == measured
    assert len({(each["candidate"], each["purpose"], each["id"]) for each in kept}) == len(kept)
    assert re.search(rf"Use (the linear model on )?{re.escape(document['recommended']['model'])}", shown)
