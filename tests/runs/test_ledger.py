"""The ledger: several runs on the same rows are several chances, even if their folders are deleted."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from advisor.decide.decision import Decision
from advisor.decide.records import Purpose
from advisor.errors import OutOfReachError
from advisor.evidence.sequential import Strength
from advisor.evidence.sharing import anchored, equal, one_off
from advisor.probe.protocol import Outcome
from advisor.report import same_rows
from advisor.report.text import plan_text
from advisor.runs import ledger
from advisor.runs.continued import without_heirs
from advisor.runs.find import summaries
from advisor.runs.ledger import Chance
from advisor.runs.result import SharedRows
from advisor.runs.shortlists import remember_shortlist
from advisor.runs.store import RunStore
from advisor.task.examples import load_examples
from advisor.task.file import load_task
from advisor.workflow.pipeline import Prepared, conclude, prepare, probe
from tests.conftest import Home, move_into, run_advisor
from tests.decide.simulated import outcome, plan
from tests.families.support import write_task
from tests.tables import for_each

NOTER = """
import sys
from advisor.runs.ledger import Chance, note
for number in range(int(sys.argv[2])):
    name = f"{sys.argv[1]}-{number}"
    note(Chance(name, name, "", 0.05, frozenset("ab"), frozenset(f"row {each}" for each in range(200))))
    print(name, flush=True)
"""


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


def chance(name: str, rows: str, candidates: str = "abc", alpha: float = 0.05) -> Chance:
    """Return a run on rows and with candidates of one letter each."""
    return Chance(name, name, "", alpha, frozenset(candidates), frozenset(rows))


def test_runs_that_share_a_row_add_up() -> None:
    """Any shared row will do; what is resumed, or grows, stays the run that it was."""
    first, second, apart = chance("1", "pqr"), chance("2", "rs", alpha=0.01), chance("3", "xy")
    assert ledger.shared(first).number == 1
    for each in (first, second, apart):
        ledger.note(each)
    assert ledger.shared(apart).together == 0.05
    result = ledger.shared(chance("4", "sx"))
    assert (result.number, result.together, result.runs, result.rows) == (3, 0.11, ("2", "3"), 2)
    ledger.note(second)  # resumed
    ledger.note(replace(first, rows=first.rows | {"x"}))  # grown
    assert ledger.shared(first).number == 1
    assert ledger.shared(replace(second, rows=second.rows | {"p"})) == replace(ledger.shared(second), rows=2)
    assert {name: each.number for name, each in ledger.tested_before().items()} == {"1": 1, "2": 2, "3": 2}
    assert ledger.forget_run("1") == 1
    assert ledger.shared(second).number == 1
    assert ledger.forget_run("1") == 0


def test_rows_stay_the_same_with_another_column_in_their_input(tmp_path: Path) -> None:
    """By each long cell that is one row's alone; what several rows have, or is short, says nothing of a row."""
    rows = [
        {"q": f"Question {n % 2}: what happened?", "a": f"Answer {n}: the senate met", "tag": f"t{n}", "n": n % 5 / 4}
        for n in range(8)
    ]
    chances = {}
    for columns, some in ((["q", "a"], rows[:4]), (["a"], rows[3:]), (["q", "tag"], rows), (["tag", "a"], rows[:5])):
        name = "+".join(columns)
        task = write_task(
            tmp_path / name, some, family="text-regression", scoring={"range": [0, 1]}, teaching={"count": 0},
            examples={"path": "examples.json", "input": columns, "expected": "n", "near_duplicates": "keep"},
        )  # fmt: skip
        of = replace(plan(1, 1), examples=load_examples(load_task(task), task.parent))
        chances[name] = Chance.of(of, name)
    ledger.note(chances["q+a"])
    assert {name: ledger.shared(of).rows for name, of in chances.items()} == {"q+a": 0, "a": 1, "q+tag": 0, "tag+a": 4}
    ledger.note(chances["a"])
    assert ledger.shared(chances["tag+a"]).rows == 5


def test_another_kind_of_answers_is_another_question() -> None:
    """A translation of titles that were once classified is no second try; free answers may be either."""
    labels, words = (replace(chance(each, "pq"), answers=each) for each in ("label", "translation"))
    ledger.note(labels)
    assert ledger.shared(replace(words, candidates=frozenset("ab"))).together == 0.05
    ledger.note(words)
    assert ledger.shared(chance("any", "p")).runs == ("label", "translation")
    ledger.note(chance("any", "p"))
    assert {name: each.number for name, each in ledger.tested_before().items()} == {
        "label": 1,
        "translation": 1,
        "any": 3,
    }
    assert ledger.shared(replace(labels, name="again")).runs == ("label", "any")
    assert Chance.of(plan(1, 1), "one").answers == "label"


TOPIC = {f"row {n}": n % 4 for n in range(80)}
COLUMNS = {
    "renamed": {row: 9 - topic for row, topic in TOPIC.items()},
    "merged": {row: topic // 2 for row, topic in TOPIC.items()},
    "split": {row: topic * 2 + n % 2 for n, (row, topic) in enumerate(TOPIC.items())},
    "corrected": {row: 0 if n % 6 == 0 else topic for n, (row, topic) in enumerate(TOPIC.items())},
    "of each its own": {row: n for n, row in enumerate(TOPIC)},
    "mostly one": {row: int(n % 10 == 0) for n, row in enumerate(TOPIC)},
    "urgency": {row: n // 4 % 3 for n, row in enumerate(TOPIC)},
    "few in common": {f"{'' if n < 19 else 'new '}{row}": n // 4 % 3 for n, row in enumerate(TOPIC)},
}


@for_each("name", COLUMNS)
def test_another_column_is_another_question_if_neither_answer_tells_the_other(name: str) -> None:
    """A column that merges, splits, renames or corrects labels still counts; so does one with few rows in common."""
    ledger.path().unlink(missing_ok=True)
    of_topic = replace(chance("topic", ""), rows=frozenset(TOPIC), expected=TOPIC, answers="label")
    other = replace(of_topic, name=name, run=name, rows=frozenset(COLUMNS[name]), expected=COLUMNS[name])
    ledger.note(of_topic)
    number = 1 if name == "urgency" else 2
    assert ledger.shared(other).number == number
    assert ledger.shared(replace(other, candidates=frozenset("abcd"))).number == number
    ledger.note(other)
    assert ledger.tested_before()[name].number == ledger.shared(other).number == number
    assert ledger.shared(replace(of_topic, name="again")).runs == (("topic",) if number == 1 else ("topic", name))
    unknown = replace(other, name="unknown", expected={})
    assert ledger.shared(unknown).number == 3
    # With added rows, answers may have other numbers.
    ledger.note(replace(other, expected={row: 50 - answer for row, answer in other.expected.items()}))
    assert ledger.tested_before()[name].number == number


def test_results_on_another_column_may_have_chosen_the_candidates() -> None:
    """What is good at one column of these rows may be chosen for that: the runs count as several."""
    of_topic = replace(chance("topic", ""), rows=frozenset(TOPIC), expected=TOPIC)
    best = replace(of_topic, name="best", run="best", expected=COLUMNS["urgency"], candidates=frozenset("b"))
    ledger.note(of_topic)
    ledger.note(best)
    for found in (ledger.shared(best), ledger.tested_before()["best"]):
        assert (found.number, found.counts, found.together) == (2, 3, 0.2)
    ledger.forget_run("topic")
    assert (ledger.tested_before()["best"].number, ledger.shared(best).together) == (1, 0.05)


def test_a_run_that_asked_something_else_may_be_left_out() -> None:
    """It is named with the command, where the run is kept."""
    task = plan(1, 1).task
    named, usual = (task.examples.model_copy(update={"expected": each}) for each in ("another", "label"))
    assert task.examples.expected is None
    changes = {"same": {}, "as usual": {"examples": usual}, "kind": {"family": "text-generation"}}
    changes["column"] = {"examples": named}
    for name, change in changes.items():
        content = {"task": task.model_copy(update=change).model_dump(mode="json")}
        (ledger.runs_dir() / name).mkdir(parents=True)
        (ledger.runs_dir() / name / "run.json").write_text(json.dumps(content), encoding="utf-8")
    others = tuple(name for name in (*changes, "gone") if ledger.asks_other(name, task))
    assert others == ("kind", "column")
    shared = SharedRows(2, 1, 0.05, 0.1, ("same", *others), 3, others)
    assert "take it out: `advisor runs forget kind`" in " ".join(same_rows.details(shared))
    assert "forget" not in " ".join(same_rows.details(replace(shared, others=())))


def test_runs_of_a_ledger_without_kinds_of_answers_count_for_all() -> None:
    ledger.note(chance("old", "pq"))
    with ledger._open() as opened:
        for table, name, _ in ledger._ADDED:
            opened.execute(f"alter table {table} drop column {name}")
    assert ledger.shared(replace(chance("new", "p"), answers="translation")).runs == ("old",)
    assert list(ledger.tested_before()) == ["old"]


def test_a_choice_of_what_was_tried_counts_as_all_there_was_to_choose_from() -> None:
    """The best-looking of three, run alone, is wrong up to three times as often; others besides are no choice."""
    ledger.note(chance("all", "pq"))
    assert ledger.shared(chance("more", "pq", "abcd")).counts == 1
    assert ledger.shared(chance("others", "pq", "xy")).counts == 1
    best = chance("best", "pq", "b")
    result = ledger.shared(best)
    assert (result.counts, result.together) == (3, 0.2)
    assert "counts as 3 runs" in " ".join(same_rows.details(result))
    numbers = [same_rows.headline(replace(result, number=number)).split()[0] for number in (2, 12, 21, 22)]
    assert numbers == ["Second", "12th", "21st", "22nd"]
    ledger.note(best)
    assert ledger.tested_before()["best"].together == 0.2
    assert ledger.shared(chance("later", "q")).together == 0.25
    ledger.forget_run("all")
    assert ledger.tested_before()["best"].counts == 1


def test_two_processes_and_a_kill_leave_it_whole(own_data: Path) -> None:
    """A process's entry is there with all its rows, even if others write or are killed meanwhile."""
    started = [
        subprocess.Popen([sys.executable, "-c", NOTER, name, count], stdout=subprocess.PIPE, text=True)
        for name, count in (("killed", "100000"), ("other", "5"))
    ]
    said = [started[0].stdout.readline().strip() for _ in range(3)]
    for _ in range(50):  # what is listed meanwhile is one state of it
        ledger.tested_before()
    started[0].kill()
    said += started[0].communicate()[0].split() + started[1].communicate()[0].split()
    assert started[1].returncode == 0
    listed = ledger.tested_before()
    assert set(said) <= set(listed)
    with ledger._open() as opened:
        counts = set(opened.execute("select count(*) from rows group by number"))
    assert counts == {(200,)}
    assert sorted(each.number for each in listed.values()) == list(range(1, len(listed) + 1))
    (own_data / "model-advisor" / "ledger.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(OutOfReachError, match="move the file away"):
        ledger.tested_before()
    assert summaries() == []  # home and the list of runs do without it


def test_a_run_counts_from_its_first_outcome_and_its_folder_may_go(home: Home, tmp_path: Path) -> None:
    """Measured again after its folder was deleted it is another run; a forgotten one is none."""
    lines = [f"buy cheap pills {n},spam" if n % 2 else f"see you at lunch {n},ham" for n in range(60)]
    (tmp_path / "mails.csv").write_text("\n".join(["text,label", *lines]))
    task = tmp_path / "task.yaml"
    task.write_text(
        "name: mails\ninstruction: Tell spam from ham.\nbar: {pass_rate: 0.8}\n"
        "examples: {path: mails.csv, input: text, expected: label, near_duplicates: keep}\n"
    )
    first = json.loads(run_advisor(home, "recommend", task, "--offline", "--json").out)
    assert first["shared_rows"]["number"] == 1
    output = run_advisor(home, "runs", "delete", first["run"], "--yes").err
    assert f"advisor runs forget {first['run']}" in output
    ran = run_advisor(home, "recommend", task, "--offline")
    # The plan, and the answer.
    assert ran.out.count("Second run on these rows: the chance that any of them is wrong is at most 10%.") == 2
    assert "2nd, at most 10%" in run_advisor(home, "runs").out
    assert run_advisor(home, "runs", "forget", first["run"], "--yes").code == 0
    assert ", at most" not in run_advisor(home, "runs").out


def test_a_plan_does_not_propose_what_would_count_as_several() -> None:
    """Once the rows were tested on, fewer candidates would be a choice."""
    of = plan(8, 40)
    assert "with 1 of the candidates" in plan_text(of)
    with RunStore(of) as store:
        assert ledger.tested_before() == {}
        store.add_outcomes(of.candidates[0].key, Purpose.EVIDENCE, [outcome(of.evidence[0], passed=True)])
    assert [each.number for each in ledger.tested_before().values()] == [1]
    other = replace(of, shared=ledger.shared(Chance.of(plan(8, 41), "")))
    assert other.shared.number == 2
    assert "of the candidates" not in plan_text(other).partition("Second run on these rows")[2]


TASK = """\
name: mails
instruction: Tell spam from ham.
examples: {{path: mails.csv, input: text, expected: label, near_duplicates: keep}}
bar: {{pass_rate: {}}}
"""


def measured(prepared: Prepared, right: float) -> Decision:
    """Measure what is not measured yet, each candidate right so often, and return the decision."""
    plan = prepared.plan
    with RunStore(plan, origin=prepared.origin) as store:
        remember_shortlist(prepared.question, plan, list(prepared.installed))
        for candidate in plan.candidates:
            known = store.records[candidate.key].outcomes[Purpose.EVIDENCE]
            new = [(n, example) for n, example in enumerate(plan.evidence) if example.id not in known]
            outcomes = [Outcome(e.id, "ham", float(n * 37 % 100 < right), n * 37 % 100 < right, 0.0) for n, e in new]
            store.add_outcomes(candidate.key, Purpose.EVIDENCE, outcomes)
    return conclude(prepared, required=Strength.CERTIFIED).decision


MAILS = ["text,label", *(f"buy cheap pills {n},spam" if n % 2 else f"see you at lunch {n},ham" for n in range(150))]


def test_the_same_task_at_a_lower_bar_asks_nothing_again(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows, candidates, shares and answers are those of the run above; a higher bar or another row is another run."""
    move_into(home, monkeypatch)
    (tmp_path / "mails.csv").write_text("\n".join(MAILS))
    task = tmp_path / "task.yaml"

    def at(bar: float) -> Prepared:
        task.write_text(TASK.format(bar))
        return prepare(task)

    first = at(0.97)
    assert first.plan.lowers is None
    assert measured(first, 86).verdict == "none"
    second = at(0.7)
    assert second.plan.lowers == first.plan.run_id
    assert second.plan.evidence == first.plan.evidence
    assert second.plan.sharing.shares == first.plan.sharing.shares
    assert all(len(second.plan.sharing.levels(index)) == 1 for index in range(len(second.plan.candidates)))
    decision = measured(second, 0)  # of what is asked again nothing would be right
    assert decision.verdict == "passes"
    assert {len(each.counted) for each in decision.results} == {len(second.plan.evidence)}, "all that was known counts"
    assert at(0.7).plan.run_id == second.plan.run_id
    third = at(0.6)
    assert measured(third, 0).verdict == "passes"
    assert third.plan.shared.number == 1
    assert len(ledger.tested_before()) == 1
    above = at(0.98).plan
    assert above.lowers is None
    assert above.shared.number == 2
    (tmp_path / "mails.csv").write_text("\n".join([*MAILS, "something else,ham"]))
    assert at(0.65).plan.lowers is None


def test_at_a_lower_bar_the_shares_are_those_of_the_run_above_though_it_measured_nothing(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were fixed there: cross-validation shares nothing again."""
    move_into(home, monkeypatch)
    (tmp_path / "mails.csv").write_text("\n".join(MAILS))
    task = tmp_path / "task.yaml"
    task.write_text(TASK.format(0.9))
    first = prepare(task)
    with RunStore(first.plan, origin=first.origin):
        remember_shortlist(first.question, first.plan, list(first.installed))
    assert conclude(first, required=Strength.CERTIFIED).decision.verdict == "undecided"
    task.write_text(TASK.format(0.8))
    second = prepare(task)
    assert second.plan.lowers == first.plan.run_id
    assert first.plan.to_cross_validate != second.plan.to_cross_validate == ()
    folder = probe(second, required=Strength.CERTIFIED, tell=lambda _: None)
    assert not (folder / "sharing.json").exists()
    decision = conclude(second, required=Strength.CERTIFIED).decision
    assert decision.verdict == "passes"
    assert [each.level for each in decision.results] == list(first.plan.sharing.shares)


def test_at_a_lower_bar_nothing_is_handed_on() -> None:
    """No candidate's level grows; `tests/evidence/test_boundary.py` has what else the argument needs."""
    sharing = anchored(0.05, one_off(5, 2))
    kept = without_heirs(sharing)
    assert [kept.levels(index) for index in range(5)] == [(share,) for share in sharing.shares]
    assert kept.ladder[kept.start] == sharing.ladder[sharing.start]
    assert without_heirs(equal(0.05, 3)).ladder == (0,)
