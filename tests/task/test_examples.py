from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.task.examples import MAX_EVIDENCE, ExampleSet, load_examples
from advisor.task.reading import fold
from tests.task.helpers import as_csv, as_jsonl, examples_refusal, load, task_for, write

if TYPE_CHECKING:
    import random
    from pathlib import Path

ROWS = [(f"text {n}", "xyz"[n % 3]) for n in range(30)]
QUICK = settings(deadline=None, max_examples=100, database=None)
LABELLED = st.lists(st.tuples(st.integers(0, 400), st.sampled_from("xyz")), min_size=2, max_size=60)


def contents(examples: ExampleSet) -> tuple[list[tuple[str, str, str]], ...]:
    """Return teaching and evidence in their order, without the lines they stand in."""
    return tuple([(e.id, e.input, e.expected) for e in half] for half in (examples.teaching, examples.evidence))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all the files of a property."""
    return tmp_path_factory.mktemp("properties")


def test_the_examples_are_split_into_teaching_and_evidence(tmp_path: Path) -> None:
    """By default two fifths teach, and each example keeps its line."""
    examples = load(tmp_path, ROWS)
    assert (len(examples.teaching), len(examples.evidence)) == (12, 18)
    assert examples.labels == ("x", "y", "z")
    assert all(ROWS[e.line - 2] == (e.input, e.expected) for e in (*examples.teaching, *examples.evidence))


@pytest.mark.parametrize(
    ("teaching", "count"),
    [({"count": 0}, 0), ({"count": 4}, 4), ({"count": 29}, 29), ({"share": 0.5}, 15), ({"share": 0.0}, 0), ({}, 12)],
)
def test_as_many_teach_as_asked(tmp_path: Path, teaching: dict[str, float], count: int) -> None:
    """A count is exact, a share rounded down."""
    examples = load(tmp_path, ROWS, teaching=teaching)
    assert (len(examples.teaching), len(examples.evidence)) == (count, 30 - count)


def test_a_share_means_what_is_written(tmp_path: Path) -> None:
    """0.29 of 100 is 29, although the nearest float is a little less."""
    rows = [(f"text {n}", "xy"[n % 2]) for n in range(100)]
    assert len(load(tmp_path, rows, teaching={"share": 0.29}).teaching) == 29


def test_too_few_to_teach_two_labels_stay_evidence(tmp_path: Path) -> None:
    """By default a single example is not set apart: no head can be trained on it."""
    assert load(tmp_path, ROWS[:4]).teaching == ()


def test_no_more_than_the_most_are_evidence(tmp_path: Path) -> None:
    """The rest is left out and a note says so."""
    rows = [(f"text {n}", "xy"[n % 2]) for n in range(MAX_EVIDENCE + 10)]
    examples = load(tmp_path, rows, teaching={"count": 3})
    assert len(examples.evidence) == MAX_EVIDENCE
    assert f"of {MAX_EVIDENCE + 7} examples the first {MAX_EVIDENCE}" in examples.notes[0]


def test_a_label_that_cannot_be_taught_is_noted(tmp_path: Path) -> None:
    """Whoever asks for fewer teaching examples than labels learns what that costs."""
    examples = load(tmp_path, ROWS, teaching={"count": 2}, seed=two_taught(tmp_path))
    (note,) = examples.notes
    assert note.startswith("no teaching example for 1 of the labels, which a trained head can then never answer: '")


def two_taught(folder: Path) -> int:
    """Return the first seed by which the first two of ROWS have different labels."""
    order = (load(folder, ROWS, teaching={"count": 0}, seed=seed).evidence[:2] for seed in range(100))
    return next(seed for seed, (one, other) in enumerate(order) if one.expected != other.expected)


def test_a_label_without_evidence_is_noted(tmp_path: Path) -> None:
    """A label that no example has: neither a head nor the answer knows it."""
    notes = load(tmp_path, ROWS, labels=["x", "y", "z", "w"]).notes
    assert notes == (
        "no evidence example for 1 of the labels, on which the answer then says nothing: 'w'",
        "no teaching example for 1 of the labels, which a trained head can then never answer: 'w'",
    )


def test_teaching_examples_of_one_label_are_refused(tmp_path: Path) -> None:
    """No head can be trained on them; choosing others by their label would spoil the evidence."""
    said = examples_refusal(tmp_path / "rows.csv", as_csv(ROWS), teaching={"count": 1})
    assert said.startswith(": all the 1 of 30 examples that the seed sets apart to teach have the label '")
    assert "set more apart with teaching.count, name a file of others in teaching.path, or set" in said


@QUICK
@given(rows=LABELLED, count=st.integers(0, 70), seed=st.integers(0, 9))
def test_teaching_is_exact_and_disjoint(folder: Path, rows: list[tuple[int, str]], count: int, seed: int) -> None:
    """Teaching is the first of the order in which all would be evidence, the evidence the rest in its order."""
    distinct = dict(rows)
    pairs = [(f"text {n}", label) for n, label in distinct.items()]
    if len(set(distinct.values())) < 2 or count >= len(distinct):
        return
    order = load(folder, pairs, teaching={"count": 0}, seed=seed).evidence
    assert len(order) == len(distinct)
    if len({e.expected for e in order[:count]}) == 1:
        with pytest.raises(InputError, match="which trains no head"):
            load(folder, pairs, teaching={"count": count}, seed=seed)
        return
    examples = load(folder, pairs, teaching={"count": count}, seed=seed)
    assert (examples.teaching, examples.evidence) == (order[:count], order[count:])


@QUICK
@given(
    sizes=st.lists(st.integers(1, 40), min_size=2, max_size=12),
    teaching=st.one_of(st.just({}), st.builds(dict, share=st.floats(0, 0.9)), st.builds(dict, count=st.integers(0, 9))),
    rng=st.randoms(use_true_random=False),
    seed=st.integers(0, 2**32 - 1),
)
def test_labels_have_no_say_in_who_teaches(
    folder: Path, sizes: list[int], teaching: dict[str, float], rng: random.Random, seed: int
) -> None:
    """However long the tail of rare labels: with the labels dealt out anew the same examples teach."""
    labels = [f"label {n}" for n, size in enumerate(sizes) for _ in range(size)]
    dealt = rng.sample(labels, len(labels))
    try:
        one, other = (
            load(folder, [(f"text {n}", label) for n, label in enumerate(each)], teaching=teaching, seed=seed)
            for each in (labels, dealt)
        )
    except InputError as error:
        assert "which trains no head" in str(error) or "leave evidence" in str(error)  # noqa: PT017  one of two
        return
    for before, after in ((one.teaching, other.teaching), (one.evidence, other.evidence)):
        assert [e.id for e in before] == [e.id for e in after]


def test_the_evidence_keeps_the_share_of_rare_labels(tmp_path: Path) -> None:
    """Of 40 labels that come once among 100 examples, as many are left in the evidence as of any other 40."""
    rows = [(f"text {n}", f"rare {n}" if n < 40 else "xy"[n % 2]) for n in range(100)]
    rare = [
        sum(e.expected.startswith("rare") for e in load(tmp_path, rows, teaching={"count": 40}, seed=seed).evidence)
        for seed in range(50)
    ]
    # 60 drawn from 100 of which 40 are rare: mean 24, deviation 2.4; the mean of 50 deviates by 0.34.
    assert 22.6 < sum(rare) / len(rare) < 25.4


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
    """Two seeds, two orders."""
    assert contents(load(tmp_path, ROWS, seed=1)) != contents(load(tmp_path, ROWS, seed=2))


@pytest.mark.parametrize("again", ["a tea", "A TEA", " a  tea\n", "\uff41 \uff54\uff45\uff41", "a\u00a0tea"])
def test_repeats_count_once(tmp_path: Path, again: str) -> None:
    """Case, white space and Unicode form do not make another example."""
    examples = load(tmp_path, [("a tea", "x"), ("b", "y"), (again, "x")], teaching={"count": 0})
    assert len(examples.evidence) == 2
    assert examples.notes == ("rows.csv: 1 repeated input set aside; each distinct example counts once",)


@QUICK
@given(st.text(max_size=30))
def test_folding_twice_is_folding_once(text: str) -> None:
    """A folded text is its own fold."""
    assert fold(fold(text)) == fold(text)


def test_evidence_of_one_label_is_noted(tmp_path: Path) -> None:
    """Where the one example of a rare label teaches, what is left tells no labels apart, and a note says so."""
    rows = [*((f"text {n}", "x") for n in range(9)), ("rare", "y")]
    order = (load(tmp_path, rows, teaching={"count": 0}, seed=seed).evidence[:4] for seed in range(100))
    seed = next(seed for seed, first in enumerate(order) if any(e.expected == "y" for e in first))
    examples = load(tmp_path, rows, teaching={"count": 4}, seed=seed)
    assert examples.notes == ("all 6 examples of the evidence have the label 'x'; add examples of others",)


def test_an_input_with_two_labels_is_set_aside(tmp_path: Path) -> None:
    """Which of the two is right nobody can know; both lines are named, and that the answer leaves such inputs out."""
    examples = load(tmp_path, [("a", "x"), ("b", "y"), ("A", "y"), ("c", "x")], teaching={"count": 0})
    assert {e.input for e in examples.evidence} == {"b", "c"}
    assert examples.notes[1] == (
        "rows.csv: 1 input stands with two labels and is set aside, e.g. lines 2 and 4; "
        "the answer is not about such inputs"
    )


def test_labels_of_the_data_that_differ_in_case_alone_are_noted(tmp_path: Path) -> None:
    """The data may mean it, or not: a note, where the task's own list of labels would be refused."""
    (note,) = load(tmp_path, [("a", "Spam"), ("b", "spam"), ("c", "ham")]).notes
    assert note.startswith("the labels 'Spam' and 'spam' differ in case alone, so a fine-tuned model's labels")


def test_a_teaching_file_teaches(tmp_path: Path) -> None:
    """All of the one file teaches, all of the other is evidence; labels of both are known."""
    write(tmp_path / "teach.jsonl", as_jsonl([("t1", "x"), ("t2", "y"), ("t3", "z")]))
    examples = load(tmp_path, ROWS[:2], teaching={"path": "teach.jsonl"})
    assert {e.input for e in examples.teaching} == {"t1", "t2", "t3"}
    assert {e.input for e in examples.evidence} == {"text 0", "text 1"}
    assert examples.labels == ("x", "y", "z")


def test_an_example_in_both_halves_is_named_by_both_lines(tmp_path: Path) -> None:
    """What teaches cannot be evidence, however it is written."""
    write(tmp_path / "teach.csv", as_csv([("new", "x"), ("TEXT  1", "y")]))
    with pytest.raises(InputError) as caught:
        load(tmp_path, ROWS, teaching={"path": "teach.csv"})
    assert str(caught.value) == (
        f"{tmp_path}/teach.csv:3: stands also in {tmp_path}/rows.csv:3; "
        "an example that teaches cannot be evidence: remove one"
    )


@pytest.mark.parametrize(
    ("content", "more", "said"),
    [
        ("text,label\n", {}, ": holds no examples; add at least two of different labels"),
        ("text,label\na,x\n", {}, ": its only example has the label 'x'"),
        ("text,label\na,x\nb,x\n", {}, ": all 2 examples have the label 'x'; add examples of others"),
        ("text,label\na,x\nb,\n", {}, ":3: 'label' is empty; fill it in or delete the row"),
        ("text,label\n \u3000,x\n", {}, ":2: 'text' is empty"),
        (
            "text,label\na,x\nb,Spam\n",
            {"labels": ["x", "spam"]},
            ":3: the label 'Spam' differs from the task's 'spam' in case alone; write it the same",
        ),
        (
            "text,label\na,zz\n",
            {"labels": ["x", "y"]},
            ":2: the label 'zz' is not one of the task's; they are 'x', 'y'",
        ),
        (
            "text,label\na,x\nb,x\nc,y\nC,x\n",
            {},
            ": without inputs that stand with two labels all 2 left have the label 'x'; correct the labels",
        ),
        ("text,label\nA,x\na,y\n", {}, ": only 0 distinct examples are left"),
        ("text,label\na,x\nb,y\n", {"teaching": {"count": 2}}, ": 2 distinct examples cannot give 2 for teaching"),
        (
            as_csv((f"t{n}", f"l{n}") for n in range(60)),
            {},
            ": 60 different labels in 60 examples; is 'label' the column",
        ),
    ],
)
def test_examples_that_cannot_be_used_are_refused(
    tmp_path: Path, content: str, more: dict[str, object], said: str
) -> None:
    """Each refusal says what is missing."""
    assert examples_refusal(tmp_path / "x.csv", content, **more).startswith(said)


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    """Rows without input, without a label, with another spelling: each kind once by its lines, then a number."""
    rows = ["a,x", "b,", ",x", "c,", "d,Y", "e,z", "f,w", "g,v", "h,", ","]
    said = examples_refusal(tmp_path / "x.csv", "text,label\n" + "\n".join(rows) + "\n", labels=["x", "y"])
    assert said == (
        ":3: 'label' is empty; fill it in or delete the row (and 2 more: lines 5, 10). "
        "line 4: 'text' is empty; fill it in or delete the row. "
        "line 6: the label 'Y' differs from the task's 'y' in case alone; write it the same. "
        "line 7: the label 'z' is not one of the task's; they are 'x', 'y'; correct it or add it to labels. "
        "2 more rows have something else"
    )


def test_rows_without_an_input_or_a_label_are_left_out_where_enough_are_left(tmp_path: Path) -> None:
    """With their lines; more than so many others are wrong with stop nothing."""
    rows = [f"text {n},{'xy'[n % 2]}" for n in range(8)]
    write(tmp_path / "x.csv", "text,label\n" + "\n".join([*rows, *["b,"] * 600, ",x"]) + "\n")
    examples = load_examples(task_for("x.csv", teaching={"count": 0}), tmp_path)
    assert len(examples.evidence) == 8
    assert examples.notes == (
        "x.csv: 600 rows are left out, 'label' is empty (lines 10, 11, 12, 13, 14, 15, 16, 17, …)",
        "x.csv: 1 row is left out, 'text' is empty (line 610)",
    )
    said = examples_refusal(tmp_path / "x.csv", "text,label\n" + "\n".join([*rows[1:], "b,"]) + "\n")
    assert said == ":9: 'label' is empty; fill it in or delete the row"


def test_what_is_wrong_before_a_record_that_breaks_is_told(tmp_path: Path) -> None:
    """What cannot be read ends the reading, not what was found until then."""
    said = examples_refusal(tmp_path / "x.csv", "text,label\na,x\nb,\nc,y,z\n")
    assert said == ":3: 'label' is empty; fill it in or delete the row"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", "text;label\na;x\n;\nb;y\n;\n; \nc;x\n"),
        ("x.jsonl", '{"text":"a","label":"x"}\n{"text":"","label":null}\n{"text":"b","label":"y"}\n'),
    ],
)
def test_empty_rows_are_left_out_and_counted(tmp_path: Path, name: str, content: str) -> None:
    """A spreadsheet leaves some at the end."""
    write(tmp_path / name, content)
    examples = load_examples(task_for(name, teaching={"count": 0}), tmp_path)
    told = {"x.csv": "3 empty rows are", "x.jsonl": "1 empty row is"}[name]
    assert examples.notes == (f"{name}: {told} left out",)
    assert {each.input for each in examples.evidence} == ({"a", "b", "c"} if name == "x.csv" else {"a", "b"})


def test_labels_are_compared_without_blanks_and_in_one_unicode_form(tmp_path: Path) -> None:
    """A blank at the end or a decomposed accent does not make another label."""
    examples = load(tmp_path, [("a", "cafe\u0301 "), ("b", "caf\u00e9"), ("c", " x")], labels=["caf\u00e9 ", "x"])
    assert {e.expected for e in examples.evidence} == {"caf\u00e9", "x"}
    assert examples.labels == ("caf\u00e9", "x")


def test_numbers_are_labels_by_their_digits(tmp_path: Path) -> None:
    """In JSON 1, 1.0 and "1" are one label."""
    rows = [("a", 1), ("b", 1.0), ("c", "1"), ("d", 1.5), ("e", -0.0), (7, "1")]
    write(tmp_path / "x.jsonl", as_jsonl(rows))
    examples = load_examples(task_for("x.jsonl", teaching={"count": 0}), tmp_path)
    found = {e.input: e.expected for e in examples.evidence}
    assert found == {"a": "1", "b": "1", "c": "1", "d": "1.5", "e": "0", "7": "1"}


@pytest.mark.parametrize(
    ("values", "label"),
    [
        ("1, 2", "1"),
        ("1.0::DOUBLE, 2.0", "1"),
        ("1.50::DECIMAL(9, 2), 2", "1.5"),
        ("100::DECIMAL(9, 2), 2", "100"),
        ("9223372036854775807, 2", "9223372036854775807"),
    ],
)
def test_numbers_of_parquet_are_labels_by_their_digits(tmp_path: Path, values: str, label: str) -> None:
    """Integers, floats that are whole, and decimals without their trailing zeros."""
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT unnest(['a', 'b']) AS text, unnest([{values}]) AS label) "
            f"TO '{tmp_path}/x.parquet' (FORMAT parquet)"
        )
    assert label in load_examples(task_for("x.parquet"), tmp_path).labels


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("true", "'label' is true or false, not a text; write it in quotes, e.g. \"true\""),
        ("null", "'label' is empty; fill it in"),
        ("NaN", "'label' is empty; fill it in"),
        ("1e999", "'label' is an infinite number"),
        ("[]", "'label' is a list, not a text; save it as text"),
        ("{}", "'label' is a dict, not a text"),
        ('"a\\u0000"', "'label' holds a NUL character; remove it"),
        ('"\\ud800"', "'label' holds half a character"),
    ],
)
def test_a_value_that_is_no_label_is_refused(tmp_path: Path, value: str, said: str) -> None:
    """Truth values, nothing, and what has parts: each with its cure."""
    content = f'{{"text": "a", "label": "x"}}\n{{"text": "b", "label": {value}}}\n'
    assert examples_refusal(tmp_path / "x.jsonl", content).startswith(f":2: {said}")


LONG = " ".join(f"word{number}" for number in range(60))


def test_near_duplicates_count_once(tmp_path: Path) -> None:
    """Of two long texts that differ in a word one is kept, whichever way the file is sorted; the note says so."""
    rows = [*ROWS, (LONG, "spam"), (LONG + " more", "spam")]
    one, other = load(tmp_path, rows), load(tmp_path, rows[::-1])
    assert {e.id for e in (*one.teaching, *one.evidence)} == {e.id for e in (*other.teaching, *other.evidence)}
    assert len(one.teaching) + len(one.evidence) == len(ROWS) + 1
    assert any("nearly the same" in note for note in one.notes)


def test_near_duplicates_are_kept_on_request(tmp_path: Path) -> None:
    """For inputs that share most of their words by nature."""
    rows = [*ROWS, (LONG, "spam"), (LONG + " more", "spam")]
    (tmp_path / "rows.csv").write_text(as_csv(rows), encoding="utf-8")
    task = task_for("rows.csv")
    source = task.examples.model_copy(update={"near_duplicates": "keep"})
    kept = load_examples(task.model_copy(update={"examples": source}), tmp_path)
    assert len(kept.teaching) + len(kept.evidence) == len(rows)
    assert not any("nearly the same" in note for note in kept.notes)
