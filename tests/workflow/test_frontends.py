"""Every front end drives the same graph: the same answers give the same state and the same recommendation."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.conftest import PATIENCE, Home, begin_python, run_advisor, run_python
from tests.workflow.test_locks import STATIC, some_mails

WORDS = "tell spam from ham, 80% right"


def interview_of(home: Home, text: str, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """Hold an interview by JSON lines that need not be JSON."""
    done = run_python("-m", "advisor", "interview", "--json", "--offline", *arguments, home=home, input=text)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def lines_of(home: Home, *arguments: str, answers: list[Any]) -> tuple[int, list[dict[str, Any]]]:
    return interview_of(home, "".join(json.dumps(each) + "\n" for each in answers), *arguments)


def of_mails(folder: Path, *lines: str) -> Path:
    """Write thirty labelled mails with further lines before the fifth, and return the file."""
    rows = [f"{'win a prize' if n % 2 else 'lunch with us'} at {n},{'spam' if n % 2 else 'ham'}" for n in range(30)]
    rows[4:4] = lines
    (folder / "mails.csv").write_text("text,label\n" + "\n".join(rows) + "\n")
    return folder / "mails.csv"


def test_what_no_model_can_do_is_said_before_examples_are_asked_for(ready_home: Home) -> None:
    """With what each limit costs; the bar keeps its digits. Where no limit is to blame the examples come first."""
    words = "Sort mails into bug or praise, 99.9% right, with at most 1 MB of memory and within 1 millisecond"
    _, lines = lines_of(ready_home, answers=[words])
    asked = [line for line in lines if line["type"] == "question"]
    assert [line["key"] for line in asked] == ["words", "none_left"]
    assert asked[1]["text"].startswith("No model on this disk fits all constraints.")
    assert "limit of 1.0 MB of memory" in json.dumps(asked[1]["choices"])
    assert "100%" not in json.dumps(lines)
    ran = run_advisor(ready_home, "recommend", words, "--offline")
    assert "no model on this disk fits all constraints: without the limit" in ran.err
    assert ran.err.index("fits all constraints") < ran.err.index("examples is missing")
    _, lines = lines_of(ready_home, answers=["Sort mails into bug or praise, 99.9% right"])
    asked = [line for line in lines if line["type"] == "question"]
    assert [line["key"] for line in asked] == ["words", "examples"]
    assert "To prove 99.9% right takes about" in json.dumps(asked[1])


def test_scripted_interview_and_library_agree(ready_home: Home, tmp_path: Path) -> None:
    """`recommend WORDS`, the interview by JSON lines and the library name one run with one verdict."""
    mails = str(some_mails(tmp_path))
    ran = run_advisor(
        ready_home, "recommend", WORDS, "--examples", mails, "--set", f"models=[{STATIC}]", "--offline", "--json",
        "--yes",
    )  # fmt: skip
    scripted = json.loads(ran.out)
    assert (ran.code, scripted["verdict"], scripted["bar"]["pass_rate"]) == (0, "passes", 0.8)
    assert scripted["recommended"] is not None
    code, lines = lines_of(ready_home, "--set", f"models=[{STATIC}]", answers=[WORDS, mails, True])
    finished = lines[-1]
    assert [line["key"] for line in lines if line["type"] == "question"] == ["words", "examples", "plan"]
    assert (code, finished["type"]) == (ran.code, "finished")
    assert finished["result"]["run"] == scripted["run"]
    assert finished["result"]["verdict"] == scripted["verdict"]

    code_of_library = (
        "import json, sys\nfrom advisor import recommend\n"
        "seen = []\n"
        "found = recommend(sys.argv[1], examples=sys.argv[2], answers={'models': [sys.argv[3]]}, offline=True,"
        " on_event=seen.append)\n"
        "print(json.dumps([found.verdict, found.model, found.run, sorted({type(e).__name__ for e in seen})]))"
    )
    called = run_python("-c", code_of_library, WORDS, mails, STATIC, home=ready_home, cwd=tmp_path)
    assert called.returncode == 0, called.stderr
    verdict, model, run, events = json.loads(called.stdout)
    assert (verdict, run) == (scripted["verdict"], scripted["run"])
    assert model == (scripted["recommended"] or {}).get("model")
    assert {"Planned", "Reported", "Stage", "Understood"} <= set(events)


def test_a_task_given_as_an_object_is_the_task_file(ready_home: Home, tmp_path: Path) -> None:
    """`recommend(Task(...))` plans the run that the same task's file plans."""
    mails = some_mails(tmp_path)
    content = {
        "version": 1, "name": "mails", "instruction": "Tell spam from ham.", "models": [STATIC], "baselines": "skip",
        "examples": {"path": str(mails), "input": "text", "expected": "label"}, "bar": {"pass_rate": 0.8},
    }  # fmt: skip
    file = tmp_path / "task.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    ran = json.loads(run_advisor(ready_home, "recommend", file, "--offline", "--json").out)
    code = (
        "import json, sys\nfrom advisor import Task, recommend\n"
        "print(recommend(Task(**json.loads(sys.argv[1])), offline=True).run)"
    )
    called = run_python("-c", code, json.dumps(content), home=ready_home, cwd=tmp_path)
    assert called.stdout.strip() == ran["run"], called.stderr


def test_an_earlier_answer_can_be_changed_and_taken_back(ready_home: Home, tmp_path: Path) -> None:
    """At a later question: another key's answer replaces it, a withdrawn one is asked again."""
    mails = str(some_mails(tmp_path))
    answers = [
        WORDS,
        {"key": "bar.pass_rate", "value": "75%"},
        mails,
        {"key": "examples", "taken_back": True},
        mails,
        {"key": "plan", "value": False},
    ]
    code, lines = lines_of(ready_home, "--set", f"models=[{STATIC}]", answers=answers)
    asked = [line["key"] for line in lines if line["type"] == "question"]
    assert asked == ["words", "examples", "examples", "plan", "examples", "plan"]
    bars = [
        fact["value"]
        for line in lines
        if line["type"] == "understood"
        for fact in line["facts"]
        if fact["key"] == "bar.pass_rate"
    ]
    assert bars[1] == 0.8
    assert bars[-1] == 0.75
    assert (code, lines[-1]["type"]) == (130, "stopped")


def test_a_missing_answer_fails_by_its_name(ready_home: Home, tmp_path: Path) -> None:
    """No user to ask: one line with the key and the flag; a wrong one names key and cure."""
    ran = run_advisor(ready_home, "recommend", WORDS, "--offline")
    assert ran.code == 2
    assert "examples is missing" in ran.err
    assert "--examples FILE" in ran.err
    mails = str(some_mails(tmp_path))
    for pair, said in (
        ("bar.pass_rate=2", "bar.pass_rate"),
        ("seed=abc", "seed"),
        ("bar.pas_rate=0.9", "did you mean bar.pass_rate"),
        ("family=poetry", "family"),
        ("nonsense", "KEY=VALUE"),
    ):
        ran = run_advisor(ready_home, "recommend", WORDS, "--examples", mails, "--set", pair, "--offline")
        assert (ran.code, said in ran.err) == (2, True), ran.err
        assert [line.split()[0] for line in ran.err.strip().splitlines()] in (["error:"], ["reading", "error:"])


def test_task_init_writes_a_task_that_recommend_plans(ready_home: Home, tmp_path: Path) -> None:
    """The commented file says where each value came from, and plans as the interview does."""
    mails = some_mails(tmp_path)
    output = tmp_path / "task.yaml"
    run_advisor(ready_home, "task", "init", WORDS, "--examples", mails, "--output", output, "--yes", code=0)
    text = output.read_text(encoding="utf-8")
    assert '# pass_rate: your words, "80% right"' in text
    assert "path: mails.csv" in text
    assert run_advisor(ready_home, "recommend", output, "--plan-only", "--offline").code == 0
    # The same words again: over a file that is there, without one, into a folder that is not there.
    said = ("task", "init", WORDS, "--examples", mails, "--yes", "--output")
    again = run_advisor(ready_home, *said, output)
    assert (again.code, "--force" in again.err) == (2, True)
    run_advisor(ready_home, *said, output, "--force", code=0)
    assert output.read_text(encoding="utf-8") == text == run_advisor(ready_home, *said[:-1], cwd=tmp_path).out
    ran = run_advisor(ready_home, *said, tmp_path / "nowhere" / "task.yaml")
    assert (ran.code, "there is no such folder" in ran.err) == (2, True), ran.err


def test_task_init_says_which_answers_nobody_gave(ready_home: Home, tmp_path: Path) -> None:
    rows = (f"where is parcel {n} that I ordered,the parcel {n} of yours is on its way to you" for n in range(40))
    (tmp_path / "mails.csv").write_text("message,reply\n" + "\n".join(rows) + "\n")
    said = ("task", "init", "write a reply to each message", "--examples", tmp_path / "mails.csv")
    text = run_advisor(ready_home, *said, code=0).out
    assert "# metric: taken unasked: such a text has many right wordings\n" in text
    assert "# examples: your answer\n" in text
    text = run_advisor(ready_home, *said, "--set", "scoring.metric=exact", code=0).out
    assert "# metric: your answer\n" in text


def test_what_goes_with_words_is_refused_with_a_task_file(ready_home: Home, tmp_path: Path) -> None:
    """Also where no more than the plan is asked for."""
    task = tmp_path / "task.json"
    examples = {"path": str(some_mails(tmp_path)), "input": "text", "expected": "label"}
    task.write_text(json.dumps({"version": 1, "name": "mails", "instruction": "Tell spam.", "examples": examples}))
    answers = tmp_path / "answers.yaml"
    answers.write_text("bar: {pass_rate: 0.8}\n")
    for flags, said in (
        (("--set", "nonsense=1"), "nonsense: answers go with words"),
        (("--answers", answers, "--plan-only"), "bar.pass_rate: answers go with words"),
        (("--examples", examples["path"]), "examples go with words"),
        (("--language-model", "llama3.2@http://127.0.0.1:9", "--plan-only"), "a language model helps to read words"),
    ):
        ran = run_advisor(ready_home, "recommend", task, *flags, "--offline")
        assert (ran.code, said in ran.err) == (2, True), ran.err


def test_garbage_is_refused_line_by_line_however_much_there_is(ready_home: Home) -> None:
    """Two thousand lines that are no JSON get two thousand errors, and the session is stopped, not broken."""
    code, lines = interview_of(ready_home, "garbage {\n" * 2000)
    assert sum(line["type"] == "error" for line in lines) == 2000
    assert sum(line["type"] == "question" for line in lines) == 1
    assert (code, lines[-1]["type"]) == (130, "stopped")


def test_the_session_is_announced_first_and_a_new_one_begins_without_words(ready_home: Home) -> None:
    """Two programs do not answer into each other's task; with words, or an id, the same one goes on."""
    ids = []
    for arguments in ((), (), (WORDS,), (WORDS,)):
        _, lines = interview_of(ready_home, "", *arguments)
        assert lines[0] == {"type": "session", "id": lines[-1]["session"]}
        ids.append(lines[0]["id"])
    assert len(set(ids)) == 3
    assert ids[2] == ids[3]
    _, lines = interview_of(ready_home, "", "--session", ids[0])
    assert lines[0] == {"type": "session", "id": ids[0]}


def test_only_an_error_that_ends_it_has_an_exit_code(ready_home: Home) -> None:
    """One about a line has none; one about the flags comes as a line too."""
    code, lines = interview_of(ready_home, "garbage {\n")
    assert ["error" in line for line in lines if line["type"] == "error"] == [False]
    assert code == 130
    code, lines = interview_of(ready_home, "", "--set", "nonsense")
    assert (code, lines[-1]["type"], lines[-1]["error"]["exit_code"]) == (2, "error", 2)
    # An answer that cannot be used is the question's problem; an id of no session makes none.
    _, lines = interview_of(ready_home, '{"key": "nosuch", "taken_back": true}\n')
    problems = [line["problem"] for line in lines if line["type"] == "question"]
    assert (problems[0], "there is no such key" in problems[1]) == ("", True)
    code, lines = interview_of(ready_home, "", "--session", "ffffffffffff")
    assert (code, "there is none" in lines[-1]["error"]["message"]) == (2, True)
    assert not (ready_home.data / "model-advisor/sessions/ffffffffffff").exists()


def test_a_damaged_checkpoint_is_reported_with_its_cure(ready_home: Home) -> None:
    folder = ready_home.data / "model-advisor/sessions/damaged"
    folder.mkdir(parents=True)
    (folder / "state.sqlite").write_text("no database, whatever its name says\n" * 100, encoding="utf-8")
    code, lines = interview_of(ready_home, "", "--session", "damaged")
    assert code == 5
    assert "state.sqlite: cannot be used" in lines[-1]["error"]["message"]
    assert "delete the session's folder" in lines[-1]["error"]["what_to_do"]


def test_a_session_of_another_version_says_so(ready_home: Home) -> None:
    """Its checkpoint holds other values: it is not read; the same command begins again."""
    session = interview_of(ready_home, "", "Sort notes on cats")[1][0]["id"]
    with closing(sqlite3.connect(ready_home.data / f"model-advisor/sessions/{session}/state.sqlite")) as store:
        store.execute("PRAGMA user_version = 0")
    code, lines = interview_of(ready_home, "", "--session", session)
    assert code == 2
    assert "begun with another version" in lines[-1]["error"]["message"]
    code, lines = interview_of(ready_home, "", "Sort notes on cats")
    assert (code, lines[0]["id"], lines[-1]["type"]) == (130, session, "stopped")


def test_two_processes_do_not_work_on_one_session(ready_home: Home, tmp_path: Path) -> None:
    """The second gets one line and exit code 5, and the first goes on."""
    mails = str(some_mails(tmp_path))
    arguments = ("-m", "advisor", "interview", "--json", "--offline", "--examples", mails, WORDS)
    first = begin_python(*arguments, home=ready_home, stderr=None)
    with first:
        for line in first.stdout:
            if json.loads(line)["type"] == "question":
                break
        second = run_python(*arguments, home=ready_home, input="")
        shown = json.loads(second.stdout.splitlines()[-1])
        assert (second.returncode, shown["type"]) == (5, "error")
        assert "another process" in shown["error"]["message"]
        first.stdin.close()
        assert first.wait(PATIENCE) == 130


def test_all_that_is_wrong_with_a_file_is_reported_at_once(ready_home: Home, tmp_path: Path) -> None:
    """By the file's own lines; the session's task file, which the user did not write, is not named."""
    mails = of_mails(
        tmp_path, "an unmarked text,", ",", "cheap pills for all,Span", "gold for nothing,Spat", "one more,"
    )
    words = ("tell spam from ham mails", "--set", "labels=[spam,ham]")
    ran = run_advisor(ready_home, "recommend", *words, "--examples", mails, "--offline", "--yes")
    assert ran.code == 2
    assert "task.yaml" not in ran.err
    assert f"{mails}:8: the label 'Span' is not one of the task's; they are 'spam', 'ham'" in ran.err
    assert "is empty" not in ran.err
    assert "line 9: the label 'Spat' is not one of the task's; they are 'spam', 'ham'" in ran.err


def test_rows_in_which_something_is_empty_do_not_stop_the_others(ready_home: Home, tmp_path: Path) -> None:
    mails = of_mails(tmp_path, "an unmarked text,", ",ham")
    ran = run_advisor(
        ready_home, "recommend", "tell spam from ham mails", "--examples", mails, "--offline", "--yes", "--plan-only"
    )
    assert ran.code == 0, ran.err
    assert "have nothing in 'label'" not in ran.err  # the plan's notes say so
    assert "mails.csv: 1 row is left out, 'label' is empty (line 6)" in ran.out
    assert "mails.csv: 1 row is left out, 'text' is empty (line 7)" in ran.out


def test_what_is_wrong_with_an_answer_does_not_name_the_sessions_file(ready_home: Home, tmp_path: Path) -> None:
    mails = of_mails(tmp_path)
    ran = run_advisor(
        ready_home, "recommend", "tell spam from ham mails", "--examples", mails, "--offline", "--yes",
        "--set", "prompt.template=hello",
    )  # fmt: skip
    assert ran.code == 2
    assert "task.yaml" not in ran.err
    assert "error: prompt.template: lacks the input, so models would not see it" in ran.err
