import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.task import split
from advisor.task.examples import ExampleSet, load_examples
from advisor.task.model import Task
from advisor.task.reading import unread
from advisor.task.split import proportional, rows_for, stopped_at
from tests.tables import for_each
from tests.task.helpers import as_csv, load, task_for, write

ROWS = [(f"text {n}", "xyz"[n % 3]) for n in range(30)]
QUICK = settings(database=None)
LABELLED = st.lists(st.tuples(st.integers(0, 400), st.sampled_from("xyz")), min_size=2, max_size=60)


def contents(examples: ExampleSet) -> tuple[list[tuple[str, str, str]], ...]:
    """Return teaching and evidence in their order, without the lines they stand in."""
    return tuple([(e.id, e.input, e.expected) for e in half] for half in (examples.teaching, examples.evidence))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all the files of a property."""
    return tmp_path_factory.mktemp("properties")


def test_the_examples_are_split_into_teaching_and_evidence(tmp_path: Path) -> None:
    """By default a part teaches that leaves most as evidence, and each example keeps its line."""
    examples = load(tmp_path, ROWS)
    assert (len(examples.teaching), len(examples.evidence)) == (9, 21)
    assert examples.labels == ("x", "y", "z")
    assert all(ROWS[e.line - 2] == (e.input, e.expected) for e in (*examples.teaching, *examples.evidence))


@for_each(("rows", "more"), [(30, {}), (12, {}), (30, {"teaching": {"share": 0.5}}), (30, {"teaching": {"count": 3}})])
def test_how_many_rows_leave_so_many_as_evidence_is_known(tmp_path: Path, rows: int, more: dict[str, Any]) -> None:
    """A larger file of the same kind is split as said, and a row less does not do."""
    task, few = task_for("a.csv", **more), load(tmp_path, ROWS[:rows], **more)
    enough = rows_for(task, (*few.teaching, *few.evidence), few.teaching, 29)
    for count, is_enough in ((enough, True), (enough - 1, False)):
        larger = load(tmp_path, [(f"text {n}", "xyz"[n % 3]) for n in range(count)], **more)
        assert (len(larger.evidence) >= 29) is is_enough


def test_known_answers_are_the_documents(tmp_path: Path) -> None:
    """Each counts once, with the questions that teach; a ";" separates nothing; what has one question teaches none."""
    rows = [(f"question {n} of {of}?", f"The answer; of {of}.") for of in range(6) for n in range(3)]
    documents = {"path": "rows.csv", "id": "label", "text": "label"}
    source = {"path": "rows.csv", "input": "text", "expected": "label"}
    known = {"family": "text-retrieval", "documents": documents, "examples": source}
    examples = load(tmp_path, rows, **known)
    answers = list(dict.fromkeys(answer for _, answer in rows))
    assert examples.documents[:6] == tuple((answer, answer) for answer in answers)
    assert examples.documents[6:] == tuple((each.expected[0], each.input) for each in examples.teaching)
    assert (len(examples.teaching), len(examples.evidence)) == (7, 11)
    assert examples.evidence[0].expected[0] in answers
    assert not load(tmp_path, rows[::3], **known).teaching


@for_each(
    ("teaching", "count"),
    [({"count": 0}, 0), ({"count": 4}, 4), ({"count": 29}, 29), ({"share": 0.5}, 15), ({"share": 0.0}, 0)],
)
def test_as_many_teach_as_asked(tmp_path: Path, teaching: dict[str, float], count: int) -> None:
    """A share is rounded down; each label is among the first four."""
    examples = load(tmp_path, ROWS, teaching=teaching)
    assert (len(examples.teaching), len(examples.evidence)) == (count, 30 - count)


def test_a_share_means_what_is_written(tmp_path: Path) -> None:
    """0.29 of 100 is 29, although the nearest float is a little less."""
    rows = [(f"text {n}", "xy"[n % 2]) for n in range(100)]
    assert len(load(tmp_path, rows, teaching={"share": 0.29}).teaching) == 29


def test_rows_from_which_patterns_are_learnt_are_chosen_as_those_of_heads(tmp_path: Path) -> None:
    """Of many as many as are looked at; of few fewer than a share, so that something can be proven."""
    every = {"path": "rows.csv", "input": "text", "expected": "label", "near_duplicates": "keep"}

    def taught(count: int) -> int:
        rows = [(f"order {n} of {n + 7} EUR", f'{{"order": "{n}", "price": "{n + 7}"}}') for n in range(count)]
        return len(load(tmp_path, rows, family="json-extraction", examples=every).teaching)

    assert taught(120) == 24
    assert taught(20) == 5


def test_too_few_to_teach_two_labels_stay_evidence(tmp_path: Path) -> None:
    """By default a single example is not set apart: no head can be trained on it."""
    assert load(tmp_path, ROWS[:4]).teaching == ()


def test_no_more_than_the_most_are_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is left out and a note says so; the task may ask for more."""
    monkeypatch.setattr(split, "MAX_EVIDENCE", 20)
    rows = [(f"text {n}", "xy"[n % 2]) for n in range(30)]
    examples = load(tmp_path, rows, teaching={"count": 6})
    assert len(examples.evidence) == 20
    assert "of 24 examples the first 20" in examples.notes[0]
    more = load(tmp_path, rows, teaching={"count": 6}, examples={"path": "rows.csv", "most_evidence": 23}).evidence
    assert (len(more), more[:20]) == (23, examples.evidence)


def test_a_label_that_cannot_be_taught_is_noted(tmp_path: Path) -> None:
    """One that is too rare to come within the limits: a head cannot answer it."""
    rows = [(f"text {n}", "xy"[n % 2] if n else "rare") for n in range(200)]
    seed = next(s for s in range(50) if [e.expected for e in load(tmp_path, rows, seed=s).teaching].count("rare") == 0)
    notes = load(tmp_path, rows, seed=seed).notes
    assert notes[-1] == ("no training row for 1 of the labels, which a trained head can then never answer: 'rare'")


def test_a_label_without_evidence_is_noted(tmp_path: Path) -> None:
    """A label that no example has: neither a head nor the answer knows it."""
    notes = load(tmp_path, ROWS, labels=["x", "y", "z", "w"]).notes
    assert notes == (
        "no evidence example for 1 of the labels, on which the answer then says nothing: 'w'",
        "no training row for 1 of the labels, which a trained head can then never answer: 'w'",
    )


def test_the_draw_goes_on_until_each_label_is_there(tmp_path: Path) -> None:
    """A draw that lacks a label is no error: it goes on along the drawn order, and a note says so; of spans, too."""
    rows = [(f"text {n}", "y" if n % 10 == 0 else "x") for n in range(100)]
    of_spans = {"family": "token-classification", "examples": {"path": "rows.csv", "expected": "label"}}
    for seed in range(12):
        more: dict[str, Any] = of_spans if seed % 3 == 0 else {}
        own = [(text, json.dumps({label: text})) for text, label in rows] if more else rows
        order = [each.expected for each in load(tmp_path, own, teaching={"count": 0}, seed=seed, **more).evidence]
        found = load(tmp_path, own, teaching={"count": 2}, seed=seed, **more)
        order = order if more else [order[at] for at in proportional([(each,) for each in order], 2, seed)]
        said = [each[0]["label"] if more else each for each in order]
        until = min(22, max(2, said.index("y") + 1, said.index("x") + 1))
        assert len(found.teaching) == until
        assert [each.expected for each in found.evidence] == order[until:]
        assert any("went on until each label was there" in note for note in found.notes) == (until > 2)


def test_it_waits_for_a_second_label_through_a_fifth_of_the_rows(tmp_path: Path) -> None:
    """One odd row among a hundred: no head is worth the evidence, and that is no error."""
    rows = [(f"text {n}", "x" if n else "y") for n in range(100)]
    seed = next(
        seed
        for seed in range(50)
        if [e.expected for e in load(tmp_path, rows, teaching={"count": 0}, seed=seed).evidence].index("y") > 50
    )
    found = load(tmp_path, rows, teaching={"count": 10}, seed=seed)
    assert len(found.teaching) == 30
    assert {each.expected for each in found.teaching} == {"x"}


@for_each("rate", [0.75, 0.85, 0.9, 0.95])
def test_forty_rows_leave_evidence_that_can_prove_something(tmp_path: Path, rate: float) -> None:
    """The share that teaches follows from the bar and the number of rows: 40 do not become 16 and 24."""
    rows = [(f"text {n}", "xy"[n % 2]) for n in range(40)]
    found = load(tmp_path, rows, bar={"pass_rate": rate})
    assert 8 <= len(found.teaching) <= 13
    assert len(found.evidence) >= 27


@QUICK
@given(rows=LABELLED, count=st.integers(0, 70), seed=st.integers(0, 9))
def test_teaching_is_exact_and_disjoint(folder: Path, rows: list[tuple[int, str]], count: int, seed: int) -> None:
    """Teaching is a part of the order in which all would be evidence, the evidence the rest; both in its order."""
    distinct = dict(rows)
    pairs = [(f"text {n}", label) for n, label in distinct.items()]
    if len(set(distinct.values())) < 2 or count >= len(distinct):
        return
    order = load(folder, pairs, teaching={"count": 0}, seed=seed).evidence
    assert len(order) == len(distinct)
    order = tuple(order[at] for at in proportional([(str(e.expected),) for e in order], count, seed))
    asked, count = count, stopped_at([(str(e.expected),) for e in order], count)
    examples = load(folder, pairs, teaching={"count": asked}, seed=seed)
    assert (examples.teaching, examples.evidence) == (order[:count], order[count:])


@QUICK
@given(
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=12),
    share=st.floats(0, 1),
    rng=st.randoms(use_true_random=False),
    seed=st.integers(0, 2**32 - 1),
)
def test_each_label_trains_in_proportion(sizes: list[int], share: float, rng: random.Random, seed: int) -> None:
    """Of each label the whole number of rows below or above its share; all rows once, each part in the drawn order."""
    labels = [f"label {n}" for n, size in enumerate(sizes) for _ in range(size)]
    rng.shuffle(labels)
    count = int(share * len(labels))
    order = proportional([(label,) for label in labels], count, seed)
    first, rest = order[:count], order[count:]
    assert sorted(order) == list(range(len(labels)))
    assert (first, rest) == (sorted(first), sorted(rest))
    for label, total in Counter(labels).items():
        exact = count * total / len(labels)
        assert abs(sum(labels[at] == label for at in first) - exact) < 1


def test_each_row_trains_as_often_as_any_other() -> None:
    """Whether its label is rare or not: in 2,000 draws of 12 from 30 each has 800, with a deviation of 22."""
    labels, often = [("a",)] * 8 + [("b",)] * 10 + [("c",)] * 9 + [("d", "b"), ("d",), ("e",)], Counter[int]()
    for seed in range(2000):
        drawn = random.Random(seed).sample(range(30), 30)
        often.update(drawn[at] for at in proportional([labels[at] for at in drawn], 12, seed)[:12])
    assert all(700 < often[at] < 900 for at in range(30))


def test_the_evidence_keeps_the_share_of_rare_labels(tmp_path: Path) -> None:
    """Of 40 labels that come once among 100 examples, as many are left in the evidence as of any other 40."""
    rows = [(f"text {n}", f"rare {n}" if n < 40 else "xy"[n % 2]) for n in range(100)]
    drawn = [load(tmp_path, rows, teaching={"count": 40}, seed=seed).evidence for seed in range(50)]
    rare = [sum(e.expected.startswith("rare") for e in each) / len(each) for each in drawn]
    # 50 drawn from 100 of which 40 are rare: mean 0.4, deviation 0.049; the mean of 50 deviates by 0.007.
    assert 0.372 < sum(rare) / len(rare) < 0.428


@QUICK
@given(rows=LABELLED, rng=st.randoms(use_true_random=False), seed=st.integers(0, 9))
def test_moving_rows_changes_nothing(folder: Path, rows: list[tuple[int, str]], rng: random.Random, seed: int) -> None:
    """The split and the order follow from content and seed, spelling of repeats included."""
    pairs = [(f"Text {n // 2}" if n % 4 else f"text  {n // 2}", label) for n, label in rows]
    try:
        before = load(folder, pairs, seed=seed)
    except InputError as error:
        before_error = str(error)
        rng.shuffle(pairs)
        with pytest.raises(InputError) as caught:
            load(folder, pairs, seed=seed)
        assert str(caught.value) == before_error
        return
    rng.shuffle(pairs)
    assert contents(load(folder, pairs, seed=seed)) == contents(before)


def test_the_seed_changes_the_order(tmp_path: Path) -> None:
    assert contents(load(tmp_path, ROWS, seed=1)) != contents(load(tmp_path, ROWS, seed=2))


def test_a_file_that_teaches_needs_no_column_of_the_bar(tmp_path: Path) -> None:
    """Its rows are in no slice; those of the evidence are."""
    (tmp_path / "task.csv").write_text("text,label,part\na b,x,1\nc d,y,2\n", encoding="utf-8")
    (tmp_path / "own.csv").write_text("text,label\ne f,x\ng h,y\n", encoding="utf-8")
    task: dict[str, Any] = {
        "name": "t",
        "family": "text-classification",
        "instruction": "Sort.",
        "teaching": {"path": "own.csv"},
    }
    task |= {"examples": {"path": "task.csv", "input": "text", "expected": "label"}}
    task |= {"bar": {"pass_rate": 0.5, "per_slice": {"column": "part", "pass_rate": 0.5}}}
    examples = load_examples(Task.model_validate(task), tmp_path)
    assert {each.slice for each in examples.evidence} == {"1", "2"}
    assert len(examples.teaching) == 2


def test_a_few_rows_whose_names_are_not_in_the_text_are_left_out(tmp_path: Path) -> None:
    """With many the file is read wrong, and it is said where."""
    rows = [(f"take aspirin {n} times", "aspirin") for n in range(30)]
    drugs = {"input": "text", "expected": {"drug": "label"}}
    for strays, left in ((3, 30), (4, None)):
        write(tmp_path / "rows.csv", as_csv([*[(f"see above {n}", "?" * (n + 1)) for n in range(strays)], *rows]))
        task = task_for("rows.csv", family="token-classification", examples={"path": "rows.csv", **drugs})
        if left is None:
            with pytest.raises(InputError, match=r"rows\.csv:2: 'label' names '\?', which is not in the text"):
                load_examples(task, tmp_path)
            continue
        found = load_examples(task, tmp_path)
        assert len(found.evidence) + len(found.teaching) == left
        assert "rows.csv: 3 rows are left out, 'label' names what is not in the text (lines 2, 3, 4)" in found.notes


@for_each(
    ("fields", "found"),
    [
        ({"input": "Summary A", "expected": "label"}, ["Steps A", 'the "note"']),
        ({"input": ["Summary A", "Steps A"], "expected": "label", "groups": 'the "note"'}, []),
    ],
)
def test_columns_with_words_that_a_task_does_not_name_are_known(
    fields: dict[str, Any], found: list[str], tmp_path: Path
) -> None:
    """Numbers, ids, states and empty cells say little; what a report proposes to read, too."""
    rows = (
        'Summary A,Steps A,No.,Key,State,Seen,"the ""note""",label\n'
        "it hangs,press A,12,BO-1,in work,,from Bo,x\nno sound,press B,13,BO-2,in work,,-,y\n"
    )
    (tmp_path / "rows.csv").write_text(rows, encoding="utf-8")
    task = Task.model_validate({"name": "t", "instruction": "i", "examples": {"path": "rows.csv", **fields}})
    assert [*unread(task, tmp_path)] == found
    payees = "".join(f"paid {n} on time,to Shop {n % 15},in work {n % 8},x\n" for n in range(60))
    (tmp_path / "rows.csv").write_text(f"Summary A,payee,state,label\n{payees}", encoding="utf-8")
    source = {"path": "rows.csv", "input": "Summary A", "expected": "label"}
    assert unread(Task.model_validate({"name": "t", "instruction": "i", "examples": source}), tmp_path).keys() == {
        "payee"
    }


def test_more_training_rows_than_examples_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="2 distinct examples cannot give 3 for teaching and leave evidence"):
        load(tmp_path, [("text 0", "label 0"), ("text 1", "label 1")], teaching={"count": 3})
