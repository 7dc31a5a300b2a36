"""The interview in lines, at a real terminal: help, the way back, changes of earlier answers, and how it is left."""

import os
import re
import signal
import sys
from pathlib import Path

import pytest

from advisor.cli import prompt
from advisor.interview.facts import Understanding
from advisor.interview.question import Question
from tests.conftest import PATIENCE, ROOT, Home, run_advisor
from tests.tui.terminal import Terminal

WORDS = "first words, spam or ham"
TEXTS = ("win money now", "see you at lunch", "free gold inside", "the meeting is at ten", "cheap pills")


@pytest.fixture
def unlabelled(tmp_path: Path) -> Path:
    """Write five texts, one of them long."""
    path = tmp_path / "q.csv"
    long = {text: " ".join(f"{text[:3]}{n}word" for n in range(60)) for text in TEXTS}
    path.write_text("text\n" + "".join(f"{text} {more}\n" for text, more in long.items()), encoding="utf-8")
    return path


def interview(home: Home, *arguments: str, size: tuple[int, int] = (80, 60)) -> Terminal:
    """Begin an interview at a terminal."""
    environment = {key: value for key, value in home.environment.items() if key != "COLUMNS"}
    command = [sys.executable, "-m", "advisor", "interview", "--offline", *arguments]
    return Terminal(command, {**os.environ, **environment, "TERM": "xterm"}, ROOT, size)


def leave(terminal: Terminal) -> None:
    """Interrupt it; the terminal here is no process's own, so that the key alone would not."""
    terminal.process.send_signal(signal.SIGINT)
    terminal.process.wait(PATIENCE)


def test_back_and_changes_and_help(ready_home: Home, unlabelled: Path) -> None:
    """A wrong label is corrected, a bar is changed, help lists how; texts are whole and broken between words."""
    with interview(ready_home, WORDS, "--examples", str(unlabelled)) as terminal:
        terminal.wait("[label some of the 5 rows")
        terminal.wait("? for help")
        terminal.send("?\r")
        terminal.wait("KEY= without a value forgets it")
        terminal.send("back\r")
        terminal.wait("This is the first question")
        terminal.send("1\r")
        terminal.wait("0 labelled, about 5 to go")
        terminal.wait("59word")
        assert not re.search(r"\dw(?:or?)?$", terminal.text, re.MULTILINE)
        terminal.send("SPAM\r")
        terminal.wait("1 labelled, about 4 to go")
        terminal.send("back\r")
        terminal.wait(lambda: terminal.text.count("0 labelled, about 5 to go") == 2)
        terminal.send("ham\r")
        terminal.wait("one label so far, 'ham'")
        terminal.send("bar.pass_rate=75%\r")
        terminal.wait("bar.pass_rate: 0.75")
        leave(terminal)
        assert terminal.process.returncode == 130
    assert re.search(r"is\skept,\sand\s`advisor\sinterview\s--session\s[0-9a-f]{12}`\scontinues\sit", terminal.text)
    stores = list(ready_home.data.glob("model-advisor/labelling/*/labels.jsonl"))
    assert '"labels": ["ham"]' in stores[0].read_text(encoding="utf-8").splitlines()[-1]


def test_the_way_back_corrects_a_label_only_from_the_next_row(capsys: pytest.CaptureFixture[str]) -> None:
    for key, corrects in (("label:3", True), ("labels", False), ("unlabelled", False)):
        prompt._help(Question(key, "", "text"), Understanding())
        assert ("to correct its label" in capsys.readouterr().err) is corrects


def test_without_a_terminal_the_flag_is_one_that_the_command_has(ready_home: Home) -> None:
    """And a sentence's end is no stop before a semicolon."""
    ran = run_advisor(ready_home, "interview", "--offline")
    assert ran.code == 2
    assert ".;" not in ran.err
    assert "--yes" not in ran.err


def test_answers_and_examples_cannot_both_be_piped_in(starter_home: Home) -> None:
    """Standard input has the answers, so the file is named."""
    ran = run_advisor(starter_home, "interview", "sort mails", "--examples", "-", code=2)
    assert "standard input has the answers to the questions; name a file" in ran.err
