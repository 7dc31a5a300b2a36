"""Code that a task brings runs only once the user agreed, on this machine, to this file with this content."""

import json
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from advisor.api import recommend
from advisor.errors import InputError
from advisor.execution.control import Stopped
from advisor.interview.facts import Understanding
from advisor.interview.question import Question
from advisor.probe import no_network
from advisor.task.examples import load_examples
from advisor.task.file import load_task
from advisor.trust import agreements
from advisor.trust.agreements import AgreementNeededError
from advisor.trust.consent import ConsentNeededError
from advisor.workflow.drive import drive
from advisor.workflow.frontend import Answer, Event
from advisor.workflow.sessions import Start
from tests.conftest import Home, linked_home, run_advisor
from tests.families.support import write_task
from tests.workflow.test_locks import mails_task

# Notes that it ran, and asks the port whether anyone listens there.
SCORER = """
import socket
open({note!r}, "a").close()
def score(output, expected, input):
    try:
        socket.create_connection(("127.0.0.1", {port}), timeout=5).close()
    except OSError:
        return output == expected
    return output != expected
"""


class Listener:
    """Counts who connects to a port of this machine."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.count = self.socket.getsockname()[1], 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                self.socket.accept()[0].close()
            except OSError:
                return
            self.count += 1


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Listen as long as the test."""
    found = Listener()
    yield found
    found.socket.close()


def task_in(folder: Path, listener: Listener, **scoring: Any) -> tuple[Path, Path]:
    """Write a task with a scorer of its own; return its file, and what is there once the scorer has run."""
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / "note"
    (folder / "score.py").write_text(SCORER.format(note=str(note), port=listener.port), encoding="utf-8")
    return mails_task(folder, scoring={"function": "score.py:score"} | scoring, bar={"pass_rate": 0.7}), note


def test_a_scorer_runs_only_by_the_users_leave(ready_home: Home, tmp_path: Path, listener: Listener) -> None:
    """`--yes` does not agree; `--allow-code FILE` does, until the file changes; plan and report name it."""
    task, note = task_in(tmp_path / "task", listener)
    scorer = task.with_name("score.py")
    plan = run_advisor(ready_home, "recommend", task, "--plan-only", "--offline", "--json")
    (shown,) = json.loads(plan.out)["brought"]
    assert (plan.code, shown["kind"], shown["path"], shown["agreed"]) == (0, "scorer", str(scorer), False)
    asked = run_advisor(ready_home, "recommend", task, "--offline", "--yes")
    assert (asked.code, note.exists()) == (2, False), asked.err
    last = asked.err.strip().splitlines()[-1]
    assert f"The task's scorer {scorer} (sha256 {shown['digest'][:12]}) runs on this machine" in last
    assert last.endswith(f"; if you agree, add --allow-code {scorer}")
    assert "You have not agreed to this yet." in " ".join(asked.out.split())
    ran = run_advisor(ready_home, "recommend", task, "--offline", "--json", "--allow-code", scorer)
    result = json.loads(ran.out)
    assert note.exists()
    assert [each["digest"] for each in result["brought"]] == [shown["digest"]]
    if no_network.is_offered():
        assert listener.count == 0
        assert result["candidates"][0]["passes"] > result["candidates"][0]["outcomes"] / 2
    report = run_advisor(ready_home, "report", result["run"])
    assert f"The task's scorer score.py (sha256 {shown['digest'][:12]}) runs on this machine" in " ".join(
        report.out.split()
    )
    # It is kept; a change of the file asks again.
    again = run_advisor(ready_home, "recommend", task, "--offline", "--json")
    assert (again.code, json.loads(again.out)["run"]) == (ran.code, result["run"]), again.err
    scorer.write_text(scorer.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    changed = run_advisor(ready_home, "recommend", task, "--offline", "--json", "--yes")
    assert (changed.code, "--allow-code" in changed.err) == (2, True)
    _of_another_machine(ready_home, Path(result["folder"]), tmp_path)


def _of_another_machine(home: Home, run: Path, tmp_path: Path) -> None:
    """A run's folder from elsewhere brings its scorer, and the code that an export would carry out: both are asked."""
    other = linked_home(tmp_path / "other", home)
    folder = tmp_path / "sent" / run.name
    shutil.copytree(run, folder)
    scorer, note = tmp_path / "task" / "score.py", tmp_path / "task" / "note"
    scorer.write_text(scorer.read_text(encoding="utf-8")[:-1], encoding="utf-8")
    note.unlink()
    refused = run_advisor(other, "verify", folder, "--offline")
    assert (refused.code, note.exists()) == (2, False), refused.err
    assert f"add --allow-code {scorer}" in refused.err
    made = run_advisor(other, "export", folder, "--offline", "--output", tmp_path / "made")
    assert (made.code, (tmp_path / "made").exists()) == (2, False), made.err
    assert f"add --allow-code {folder / 'result.json'}" in made.err
    run_advisor(other, "verify", folder, "--offline", "--allow-code", scorer, code=0)
    assert note.exists()


class Agrees:
    """A front end that agrees to a plan, and to code as configured."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), list[str]()

    def ask(self, question: Question, understanding: Understanding) -> Answer:
        self.asked.append(question.key)
        if question.key == "plan":
            raise Stopped
        answer = self.answers.pop(0) if self.answers else None
        if answer is None:
            raise Stopped
        return Answer(question.key, question.choices[0].value if answer == "yes" else answer)

    def tell(self, event: Event) -> None:
        """Take note of nothing."""


def test_a_session_asks_and_a_changed_file_is_asked_for_again(here: Home, tmp_path: Path, listener: Listener) -> None:
    """The answer holds for this content; another answer, or a name kept with the session, agrees to nothing."""
    task, note = task_in(tmp_path, listener)
    scorer = task.with_name("score.py")
    start = Start(task_file=str(task), offline=True, answers={"allow_code": [str(scorer), "score.py"]})
    with pytest.raises(Stopped):
        drive("first", frontend := Agrees([str(scorer)], "yes"), start=start)
    assert frontend.asked == ["allow_code", "allow_code", "plan"]
    with pytest.raises(Stopped):
        drive("first", frontend := Agrees(), start=start)
    assert frontend.asked == ["plan"]
    scorer.write_text(scorer.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(Stopped):
        drive("second", frontend := Agrees("yes"), start=start)
    assert frontend.asked == ["allow_code", "plan"]
    # What was agreed to before is agreed to still.
    scorer.write_text(scorer.read_text(encoding="utf-8")[:-1], encoding="utf-8")
    with pytest.raises(Stopped):
        drive("third", frontend := Agrees(), start=start)
    assert frontend.asked == ["plan"]
    assert not note.exists()


def test_the_library_agrees_by_its_argument_alone(here: Home, tmp_path: Path, listener: Listener) -> None:
    """By the file's path; not any more once a module next to it changes."""
    task, note = task_in(tmp_path, listener)
    with pytest.raises(ConsentNeededError, match=r"The task's scorer .*; if you agree, add allow_code="):
        recommend(task, offline=True)
    assert not note.exists()

    with pytest.raises(Stopped):
        recommend(task, offline=True, frontend=Agrees(), allow_code=[task.with_name("score.py")], asks_plan=True)
    helper = tmp_path / "helper_of_mine.py"
    helper.write_text("value = 1\n", encoding="utf-8")
    code = task.with_name("score.py").read_text(encoding="utf-8")
    task.with_name("score.py").write_text(f"import helper_of_mine\n{code}", encoding="utf-8")
    with pytest.raises(Stopped):
        recommend(task, offline=True, frontend=Agrees(), allow_code=[task.with_name("score.py")], asks_plan=True)
    with pytest.raises(Stopped):
        recommend(task, offline=True, frontend=(frontend := Agrees()), asks_plan=True)
    assert frontend.asked == ["plan"]
    helper.write_text("value = 2\n", encoding="utf-8")
    with pytest.raises(Stopped):
        recommend(task, offline=True, frontend=(frontend := Agrees()), asks_plan=True)
    assert frontend.asked == ["allow_code"]


def test_a_scorer_lies_in_the_tasks_folder(tmp_path: Path, listener: Listener) -> None:
    """A path out of it, an absolute one, a link, and a module that is a link: each is refused in one line."""
    task, _ = task_in(tmp_path / "task", listener)
    (tmp_path / "other.py").write_text("def score(a, b, c):\n    return 1\n", encoding="utf-8")
    (tmp_path / "task" / "link.py").symlink_to(tmp_path / "other.py")
    (tmp_path / "task" / "by_link.py").write_text("import link\ndef score(a, b, c):\n    return 1\n", encoding="utf-8")
    for name in ("../other.py", str(tmp_path / "other.py"), "link.py", "by_link.py"):
        task_in(tmp_path / "task", listener, function=f"{name}:score")
        with pytest.raises(InputError, match=r"other\.py lies outside the task's folder") as refused:
            load_examples(load_task(task), task.parent)
        assert len(str(refused.value).splitlines()) == 1


def test_files_outside_the_folder_are_agreed_to(here: Home, tmp_path: Path) -> None:
    """Absolute paths of images, paths that lead out and links: one agreement that names the folder, file and line."""
    outside, task = tmp_path / "out side", tmp_path / "task"
    for folder in (outside, task):
        folder.mkdir()
        for number in range(2):
            (folder / f"{number}.png").write_bytes(f"{folder.name} {number} IEND".encode())
    (task / "link.png").symlink_to(outside / "1.png")
    names = ["0.png", str(outside / "0.png"), "1.png", "link.png", "../out side/1.png"]
    rows = [{"image": name, "label": "ab"[n % 2]} for n, name in enumerate(names)]
    facts = {"family": "image-classification", "teaching": {"count": 0}}
    path = write_task(task, rows, **facts)
    found = load_examples(load_task(path), task).outside
    assert (found.folder, found.count, found.first) == (str(outside), 3, "examples.json, record 2")
    brought = agreements.of_outside(found, "examples.json")
    with pytest.raises(AgreementNeededError) as refused:
        agreements.must_agree_to_run(brought)
    assert str(refused.value) == (
        f"The task reads files outside its folder, below {outside}: 3 files, the first named in examples.json, "
        f"record 2; if you agree, add --allow-code '{outside}'"
    )
    agreements.must_agree_to_run(brought, [str(outside)])
    agreements.must_agree_to_run(brought)
    rows = [{"image": f"{n}.png", "label": "ab"[n]} for n in range(2)]
    assert load_examples(load_task(write_task(task, rows, **facts)), task).outside is None


def test_a_link_to_examples_elsewhere_is_agreed_to(here: Home, tmp_path: Path) -> None:
    """A path that the task writes out is for all to see; a link in its folder is not."""
    task = tmp_path / "task"
    rows = [{"text": f"{word} {n}", "label": word} for n in range(4) for word in ("good", "bad")]
    path = write_task(task, rows)
    assert load_examples(load_task(path), task).outside is None
    (task / "examples.json").rename(tmp_path / "elsewhere.json")
    write_task(task, rows, examples={"path": "../elsewhere.json"})
    assert load_examples(load_task(path), task).outside is None
    (task / "examples.json").unlink()
    (task / "examples.json").symlink_to(tmp_path / "elsewhere.json")
    (task / "task.json").write_text(
        (task / "task.json").read_text(encoding="utf-8").replace("../elsewhere.json", "examples.json"), encoding="utf-8"
    )
    found = load_examples(load_task(path), task).outside
    assert (found.folder, found.first) == (str(tmp_path), "examples.json")
