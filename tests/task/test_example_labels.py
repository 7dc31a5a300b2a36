"""Labels and inputs of examples: repeats, conflicts, spellings, what is empty and what is refused."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.task.example import fold
from advisor.task.examples import ExampleSet, load_examples
from tests.tables import for_each
from tests.task.helpers import as_csv, as_jsonl, examples_refusal, load, task_for, write
from tests.task.test_examples import QUICK, ROWS

CURE = "correct it or add it to labels, or leave such rows out with examples.other_labels: leave-out"


@for_each("again", ["a tea", "A TEA", " a  tea\n", "\uff41 \uff54\uff45\uff41", "a\u00a0tea"])
def test_repeats_count_once(tmp_path: Path, again: str) -> None:
    """Case, white space and Unicode form do not make another example."""
    examples = load(tmp_path, [("a tea", "x"), ("b", "y"), (again, "x")], teaching={"count": 0})
    assert len(examples.evidence) == 2
    assert examples.notes == ("rows.csv: 1 repeated input set aside; each distinct example counts once",)


@QUICK
@given(st.text(max_size=30))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_evidence_of_one_label_is_noted(tmp_path: Path) -> None:
    """Where the one example of a rare label teaches, what is left tells no labels apart, and a note says so."""
    rows = [*((f"text {n}", "x") for n in range(9)), ("rare", "y")]
    order = (load(tmp_path, rows, teaching={"count": 0}, seed=seed).evidence[:4] for seed in range(100))
    seed = next(seed for seed, first in enumerate(order) if any(e.expected == "y" for e in first))
    examples = load(tmp_path, rows, teaching={"count": 4}, seed=seed)
    assert examples.notes == ("all 6 examples of the evidence have the label 'x'; add examples of others",)


def test_an_input_with_two_labels_is_set_aside(tmp_path: Path) -> None:
    """Which of the two is right is unknown; both lines are named, and that the answer excludes such inputs."""
    examples = load(tmp_path, [("a", "x"), ("b", "y"), ("A", "y"), ("c", "x")], teaching={"count": 0})
    assert {e.input for e in examples.evidence} == {"b", "c"}
    assert examples.notes[1] == (
        "rows.csv: 1 input has two labels and is set aside, e.g. lines 2, 4; the answer is not about such inputs"
    )


def test_raters_vote(tmp_path: Path) -> None:
    """Of three rows of an input the answer of two counts, wherever they stand; where none has most, none does."""
    votes = {"a": "yyx", "b": "xyx", "c": "yxz", "d": "y", "e": "x"}
    rows = [(text, label) for text, labels in votes.items() for label in labels]
    for order in (rows, rows[::-1]):
        examples = load(tmp_path, order, teaching={"count": 0})
        assert {e.input: e.expected for e in examples.evidence} == {"a": "y", "b": "x", "d": "y", "e": "x"}
        assert "rows.csv: 2 inputs have several labels; the one that most of its rows have counts" in examples.notes


def test_a_label_in_several_spellings_is_one(tmp_path: Path) -> None:
    """The most frequent spelling counts, or the task's own; accents may lack, unless two labels differ in those."""
    rows = [("a", "Spam"), ("b", "spam "), ("c", "ham"), ("d", "spam"), ("e", "SPAM"), ("f", "ham")]
    found = load(tmp_path, rows)
    assert found.labels == ("ham", "spam")
    assert "labels spelt in several ways count as one: 'spam' also as 'Spam', 'SPAM' (2 rows)" in found.notes
    assert load(tmp_path, rows, labels=["SPAM", "ham"]).labels == ("SPAM", "ham")
    assert {each.expected for each in load(tmp_path, rows, labels=["SPAM", "ham"]).evidence} == {"SPAM", "ham"}
    accents = [("a", "GÜVENLİK"), ("b", "güvenlik"), ("c", "guvenlik"), ("d", "bán"), ("e", "bàn"), ("f", "ban.")]
    assert load(tmp_path, [*accents, ("g", "güvenlik"), ("h", "ban"), ("i", "ban")]).labels == (
        "ban",
        "bàn",
        "bán",
        "güvenlik",
    )
    german = [("a", "Sanitär"), ("b", "Sanitär"), ("c", "Sanitaer"), ("d", "sanitar"), ("e", "blue"), ("f", "blu")]
    short = [("g", "Heizung"), ("h", "Heizung"), ("i", "Heizg."), ("j", "Reg."), ("k", "Regal"), ("l", "Regen")]
    assert load(tmp_path, [*german, *short]).labels == ("Heizung", "Reg.", "Regal", "Regen", "Sanitär", "blu", "blue")


def test_several_labels_of_a_text_are_folded_each(tmp_path: Path) -> None:
    rows = [("a", "Red;red;blue"), ("b", "red"), ("c", "BLUE"), ("d", "blue")]
    found = load(tmp_path, rows, labels_per_text="several", teaching={"count": 0})
    assert found.labels == ("blue", "red")
    assert any("exactly the labels of a text" in note and "scoring.metric=jaccard" in note for note in found.notes)
    assert sorted(map(sorted, (each.expected for each in found.evidence))) == [
        ["blue"],
        ["blue"],
        ["blue", "red"],
        ["red"],
    ]


def test_a_slip_of_a_label_is_that_label(tmp_path: Path) -> None:
    """Signs, plural, a letter and turned words, where it is far rarer or no label of the task; not "?"."""
    labels = ("Rent & Accounts", "Neighbourhood", "bar-cafe", "C++")
    usual = [(f"{label} {n}", label) for label in labels for n in range(8)]
    slips = ["Rent and Accounts", "Rent/Accounts", "Neighborhood", "cafe bar", "C", "bar-cafe?"]
    rows = [*usual, *((f"slip {n}", label) for n, label in enumerate(slips))]
    found = load(tmp_path, rows)
    assert found.labels == ("C", "C++", "Neighbourhood", "Rent & Accounts", "bar-cafe", "bar-cafe?")
    assert any(
        "'Rent & Accounts' also as 'Rent and Accounts', 'Rent/Accounts' (2 rows)" in each for each in found.notes
    )
    rows = [("a", "bills"), ("b", "bill"), ("c", "bug")]
    named = load(tmp_path, rows, labels=["bill", "bug"], teaching={"count": 0})
    assert named.labels == ("bill", "bug")
    assert len(named.evidence) == 3
    answers = [("a", "Y"), ("b", "Yes"), ("c", "No"), ("d", "n"), ("e", "N"), ("f", "\uff39"), ("g", "N"), ("h", "Y")]
    assert load(tmp_path, answers).labels == ("N", "Y")


def test_labels_of_one_cell_stand_between_several_marks(tmp_path: Path) -> None:
    """One of two may be a slip; what is no mark between labels stays."""
    rows = [("a", "Pay / hours, team"), ("b", "managers, pay"), ("c", "team"), ("d", "hours"), ("e", "manager;pay")]
    known = {"labels": ["pay", "hours", "team", "manager"], "labels_per_text": "several", "teaching": {"count": 0}}
    found = load(tmp_path, rows, **known)
    assert sorted(tuple(each.expected) for each in found.evidence) == [
        ("hours",),
        ("hours", "pay", "team"),
        ("manager", "pay"),
        ("manager", "pay"),
        ("team",),
    ]


def test_pairs_are_decided_in_many_words(tmp_path: Path) -> None:
    """Unsure pairs are left out; two words without that meaning are two labels as before."""
    said = ["same", "SAME person", "yes same", "diff", "DIFFERENT", "not same", "no", "match", "dup", "not sure"]
    said += ["igual", "Mesmo", "hetzelfde", "DIFERENTE", "olika"]
    write(tmp_path / "pairs.csv", "\n".join(["a,b,said", *(f"one {n},two {n},{each}" for n, each in enumerate(said))]))
    source = {"path": "pairs.csv", "input": {"first": "a", "second": "b"}, "expected": "said"}
    found = load_examples(task_for("pairs.csv", family="sentence-similarity", examples=source), tmp_path)
    expected = {each.input: each.expected for each in (*found.teaching, *found.evidence)}
    assert Counter(expected.values()) == {"same": 8, "diff": 6}
    assert "1 pair left out, which say neither but 'not sure' (line 11)" in found.notes
    said = ["ja", "nej", "Nej"] * 4  # none is unsure
    write(tmp_path / "pairs.csv", "\n".join(["a,b,said", *(f"one {n},two {n},{each}" for n, each in enumerate(said))]))
    found = load_examples(task_for("pairs.csv", family="sentence-similarity", examples=source), tmp_path)
    assert Counter(each.expected for each in (*found.teaching, *found.evidence)) == {"ja": 4, "nej": 8}
    assert found.notes == ("read as the same: 'ja'; as not: 'nej', 'Nej'",)
    marks = [*"OXXOXXOXOXXO", "hold"]  # two words of one's own, and a rare third
    write(tmp_path / "pairs.csv", "\n".join(["a,b,said", *(f"one {n},two {n},{each}" for n, each in enumerate(marks))]))
    found = load_examples(task_for("pairs.csv", family="sentence-similarity", examples=source), tmp_path)
    assert {each.expected for each in (*found.teaching, *found.evidence)} == {"O", "X"}
    assert "1 pair left out, which say neither 'X' nor 'O' but 'hold' (line 14)" in found.notes


def test_few_pairs_without_a_number_among_grades_are_left_out(tmp_path: Path) -> None:
    """Grades have decimal commas, and the lines of the others are said; where many have a word no scale is made up."""
    source = {"path": "pairs.csv", "input": {"first": "a", "second": "b"}, "expected": "alike"}
    task = task_for("pairs.csv", family="sentence-similarity", examples=source)

    def load_graded(grades: list[str]) -> ExampleSet:
        rows = [f"one {n};two {n};{each}" for n, each in enumerate(grades)]
        write(tmp_path / "pairs.csv", "\n".join(["a;b;alike", *rows]))
        return load_examples(task, tmp_path)

    for grades in (["0,5", "4", "1,5", "5", "0"], ["0", "1"]):
        found = load_graded([*grades * 6, "н/д"])
        assert {each.expected for each in (*found.teaching, *found.evidence)} == {
            float(each.replace(",", ".")) for each in grades
        }
        line = 6 * len(grades) + 2
        assert f"pairs.csv: 1 row is left out, 'alike' is not a number (line {line})" in found.notes
    with pytest.raises(InputError, match="some pairs have a number, others 'н/д'"):
        load_graded(["0,5", "4", "н/д"] * 4)


def test_a_column_that_a_teaching_file_lacks_is_said_with_what_asks_for_it(tmp_path: Path) -> None:
    """It is none of the input's or of what is expected, as in a file without these."""
    write(tmp_path / "teach.jsonl", as_jsonl([("t1", "x"), ("t2", "y")]))
    rows = [{"text": text, "label": label, "own": f"{n == 0}"} for n, (text, label) in enumerate(ROWS)]
    write(tmp_path / "rows.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows))
    source = {"path": "rows.jsonl"}
    more: dict[str, dict[str, Any]] = {
        "bar.critical": {"examples": source, "bar": {"critical": "own"}},
        "examples.groups": {"examples": source | {"groups": "own"}},
    }
    for key, each in more.items():
        with pytest.raises(InputError, match=rf"its columns are: 'text', 'label'\. {key} asks for it in each file"):
            load_examples(task_for("rows.jsonl", teaching={"path": "teach.jsonl"}, **each), tmp_path)


def test_a_teaching_file_teaches(tmp_path: Path) -> None:
    """All of the one file teaches, all of the other is evidence; labels of both are known."""
    write(tmp_path / "teach.jsonl", as_jsonl([("t1", "x"), ("t2", "y"), ("t3", "z")]))
    examples = load(tmp_path, ROWS[:2], teaching={"path": "teach.jsonl"})
    assert {e.input for e in examples.teaching} == {"t1", "t2", "t3"}
    assert {e.input for e in examples.evidence} == {"text 0", "text 1"}
    assert examples.labels == ("x", "y", "z")


def test_an_example_in_both_halves_is_named_by_both_lines(tmp_path: Path) -> None:
    write(tmp_path / "teach.csv", as_csv([("new", "x"), ("TEXT  1", "y")]))
    with pytest.raises(InputError) as caught:
        load(tmp_path, ROWS, teaching={"path": "teach.csv"})
    assert str(caught.value) == (
        f"{tmp_path}/teach.csv:3: is also in {tmp_path}/rows.csv:3; a training row cannot be evidence: remove one"
    )


@for_each(
    ("content", "more", "said"),
    [
        ("text,label\n", {}, ": holds no examples; add at least two of different labels"),
        ("text,label\na,x\n", {}, ": its only example has the label 'x'"),
        ("text,label\na,x\nb,x\n", {}, ": all 2 examples have the label 'x'; add examples of others"),
        ("text,label\na,x\nb,\n", {}, ":3: 'label' is empty; fill it in or delete the row"),
        ("text,label\n \u3000,x\n", {}, ":2: 'text' is empty"),
        (
            "text,label\na,zz\n",
            {"labels": ["x", "y"]},
            ":2: the label 'zz' is not one of the task's; they are 'x', 'y'",
        ),
        (
            "text,label\na,x\nb,x\nc,y\nC,x\n",
            {},
            ": without inputs that have two labels all 2 left have the label 'x'; correct the labels",
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
    assert examples_refusal(tmp_path / "x.csv", content, **more).startswith(said)


def test_all_that_is_wrong_is_reported_at_once(tmp_path: Path) -> None:
    """Rows without input, without a label, with another spelling: each kind once by its lines, then a number."""
    rows = ["a,x", "b,", ",x", "c,", "d,Y", "e,z", "f,w", "g,v", "h,", ","]
    said = examples_refusal(tmp_path / "x.csv", "text,label\n" + "\n".join(rows) + "\n", labels=["x", "y"])
    assert said == (
        ":3: 'label' is empty; fill it in or delete the row (and 2 more: lines 5, 10). "
        "line 4: 'text' is empty; fill it in or delete the row. "
        f"line 7: the label 'z' is not one of the task's; they are 'x', 'y'; {CURE}. "
        f"line 8: the label 'w' is not one of the task's; they are 'x', 'y'; {CURE}. "
        "1 more row has something else"
    )


def test_rows_of_other_labels_are_left_out_where_the_task_says_so(tmp_path: Path) -> None:
    """A total line of a sheet, a label that is not wanted: with their lines, where enough are left."""
    rows = [*((f"text {n}", "xy"[n % 2]) for n in range(8)), ("sum", "195"), ("other", "z")]
    write(tmp_path / "x.csv", as_csv(rows))
    more: dict[str, Any] = {"labels": ["x", "y"], "teaching": {"count": 0}}
    task = task_for("x.csv", **more)
    source = task.examples.model_copy(update={"other_labels": "leave-out"})
    examples = load_examples(task.model_copy(update={"examples": source}), tmp_path)
    assert len(examples.evidence) == 8
    assert [note.partition(" is left out, ")[2].partition(" is not")[0] for note in examples.notes] == [
        "the label '195'",
        "the label 'z'",
    ]
    with pytest.raises(InputError, match="other_labels: leave-out"):
        load_examples(task, tmp_path)
    write(tmp_path / "x.csv", as_csv([*rows[:8], ("noise", "weiß nicht"), ("hum", "not sure")]))
    assert len(load_examples(task, tmp_path).evidence) == 8  # who labelled did not know


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


@for_each(
    ("labels", "marks", "named", "kept"),
    [
        (("billing", "bug"), ("?", "n/a"), [], 20),
        (("billing", "bug"), ("?", "n/a"), ["billing", "bug"], 20),
        (('"billing"', '"bug"'), ("???", "--"), ["billing", "bug"], 20),
        (("billing", "bug"), ("?", "n/a"), ["billing", "bug", "?", "n/a"], 22),
        (("billing", "bug"), ("?", "n/a", "?"), [], 20),
        (("billing", "bug"), ("?",) * 20, [], 20),
        (("billing", "bug"), ("?",) * 21, [], 41),
        (("billing", "bug"), ("not sure",) * 3, [], 23),
        (("1", "2", "3"), ("-",), [], 20),
        (("yes", "no"), ("n/a",), [], 21),
        (("up", "+"), ("-",), [], 21),
        (("hazard", "waste"), ("none",), [], 21),
    ],
)
def test_a_rare_mark_for_not_known_is_no_label(
    tmp_path: Path, labels: tuple[str, ...], marks: tuple[str, ...], named: list[str], kept: int
) -> None:
    """Among words or numbers, where the task does not name it; its rows are left out, with a note."""
    given = [labels[n % len(labels)] for n in range(20)] + [*marks]
    write(tmp_path / "x.csv", as_csv((f"text {n}", label) for n, label in enumerate(given)))
    examples = load_examples(task_for("x.csv", labels=named, teaching={"count": 0}), tmp_path)
    assert len(examples.evidence) == kept
    said = [note for note in examples.notes if "left out" in note]
    assert len(said) == (kept < len(given)) * (2 if named else 1)


def test_what_is_wrong_before_a_record_that_breaks_is_reported(tmp_path: Path) -> None:
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
    write(tmp_path / name, content)
    examples = load_examples(task_for(name, teaching={"count": 0}), tmp_path)
    shown = {"x.csv": "3 empty rows are", "x.jsonl": "1 empty row is"}[name]
    assert examples.notes == (f"{name}: {shown} left out",)
    assert {each.input for each in examples.evidence} == ({"a", "b", "c"} if name == "x.csv" else {"a", "b"})


def test_labels_are_compared_without_blanks_and_in_one_unicode_form(tmp_path: Path) -> None:
    """A blank at the end or a decomposed accent does not make another label."""
    examples = load(tmp_path, [("a", "cafe\u0301 "), ("b", "caf\u00e9"), ("c", " x")], labels=["caf\u00e9 ", "x"])
    assert {e.expected for e in examples.evidence} == {"caf\u00e9", "x"}
    assert examples.labels == ("caf\u00e9", "x")


def test_numbers_are_labels_by_their_digits(tmp_path: Path) -> None:
    rows = [("a", 1), ("b", 1.0), ("c", "1"), ("d", 1.5), ("e", -0.0), (7, "1")]
    write(tmp_path / "x.jsonl", as_jsonl(rows))
    examples = load_examples(task_for("x.jsonl", teaching={"count": 0}), tmp_path)
    found = {e.input: e.expected for e in examples.evidence}
    assert found == {"a": "1", "b": "1", "c": "1", "d": "1.5", "e": "0", "7": "1"}


def test_what_nobody_sees_makes_no_label(tmp_path: Path) -> None:
    """Marks of direction and zero-width spaces, as copied from a page or a right-to-left sheet; alone empty."""
    seen = [("a", "ham\u200b"), ("b", "ham"), ("c", "\ufeffspam\u200f "), ("d", "spam"), ("e", "\u200b")]
    write(tmp_path / "x.jsonl", as_jsonl([*seen, *((f"{n}", ("ham", "spam")[n % 2]) for n in range(20))]))
    examples = load_examples(task_for("x.jsonl", teaching={"count": 0}), tmp_path)
    assert sorted(examples.labels) == ["ham", "spam"]
    assert len(examples.evidence) == 24


@for_each(
    ("values", "label"),
    [
        ("1, 2", "1"),
        ("1.0::DOUBLE, 2.0", "1"),
        ("1.50::DECIMAL(9, 2), 2", "1.5"),
        ("100::DECIMAL(9, 2), 2", "100"),
        (f"{'1234567890' * 3}12345678::DECIMAL(38, 0), 2", f"{'1234567890' * 3}12345678"),
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


@for_each(
    ("value", "said"),
    [
        ("null", "'label' is empty; fill it in"),
        ("NaN", "'label' is empty; fill it in"),
        ("1e999", "'label' is an infinite number"),
        ("[]", "'label' is empty; fill it in or delete the row"),
        ("{}", "'label' is a dict, not a text"),
        ('"a\\u0000"', "'label' holds a NUL character; remove it"),
        ('"\\ud800"', "'label' holds half a character"),
    ],
)
def test_a_value_that_is_no_label_is_refused(tmp_path: Path, value: str, said: str) -> None:
    """Truth values, nothing, and what has parts: each with its cure."""
    content = f'{{"text": "a", "label": "x"}}\n{{"text": "b", "label": {value}}}\n'
    assert examples_refusal(tmp_path / "x.jsonl", content).startswith(f":2: {said}")


def test_true_and_false_are_labels(tmp_path: Path) -> None:
    """As JSON writes them, and as Python does with a text next to them."""
    write(tmp_path / "x.jsonl", "".join(json.dumps({"text": f"t{n}", "label": n % 2 > 0}) + "\n" for n in range(8)))
    assert load_examples(task_for("x.jsonl"), tmp_path).labels == ("false", "true")
    assert load_examples(task_for("x.jsonl", labels=["True", "False"]), tmp_path).labels == ("True", "False")


def test_an_input_of_several_columns(tmp_path: Path) -> None:
    """A line each, empty ones left out; a row without any is none; any mark separates labels that are known."""
    rows = "\n".join(f"s{n},b{n}," + ("x/y" if n % 2 else "x") for n in range(8))
    write(tmp_path / "x.csv", f"subject,body,label\n{rows}\n,only,y\n,,y\n")
    task = task_for("x.csv", labels=["x", "y"], labels_per_text="several", teaching={"count": 0})
    source = task.examples.model_copy(update={"input": ["subject", "body"], "expected": "label"})
    found = load_examples(task.model_copy(update={"examples": source}), tmp_path)
    read = {each.input: each.expected for each in found.evidence}
    assert read["s1\nb1"] == ["x", "y"]
    assert read["only"] == ["y"]
    assert len(read) == 9


@for_each(
    ("said", "of"),
    [
        (
            {"bar": {"per_label": {"urgnt": 0.9}}},
            "bar.per_label: the label 'urgnt' is not one of the task's; did",
        ),
        (
            {"label_map": {"LABEL_1": "xyz"}},
            "label_map: the label 'xyz' is not one of the task's; they are",
        ),
        ({"label_map": {"X": "c"}, "labels": ["urgent", "later"]}, "label_map: the label 'c' is not one of the task's"),
    ],
)
def test_what_is_said_of_a_label_that_is_none_is_refused(tmp_path: Path, said: dict[str, Any], of: str) -> None:
    rows = [(f"mail {n}", ("urgent", "later")[n % 2]) for n in range(20)]
    with pytest.raises(InputError) as caught:
        load(tmp_path, rows, **said)
    assert str(caught.value).startswith(of)


def test_labels_that_mean_another_one(tmp_path: Path) -> None:
    """Of a text with one label, with several, and of spans."""
    same = {"Colour": "color"}
    one = load(tmp_path, [(f"text number {n}", ("color", "colour", "size")[n % 3]) for n in range(30)])
    assert one.labels == ("color", "colour", "size")
    source = {"path": "rows.csv", "same_labels": same}
    assert load_examples(task_for("rows.csv", examples=source), tmp_path).labels == ("color", "size")
    write(
        tmp_path / "rows.csv", "text,label\n" + "".join(f"text {n},colour;size;color\n{n} b,size\n" for n in range(9))
    )
    several = load_examples(task_for("rows.csv", examples=source, labels_per_text="several"), tmp_path)
    assert {tuple(each.expected) for each in (*several.teaching, *several.evidence)} == {("color", "size"), ("size",)}
    rows = (f'{{"text": "red {n}", "entities": [{{"start": 0, "end": 3, "label": "colour"}}]}}\n' for n in range(9))
    write(tmp_path / "rows.jsonl", "".join(rows))
    spans = task_for("rows.jsonl", examples=source | {"path": "rows.jsonl"}, family="token-classification")
    assert load_examples(spans, tmp_path).labels == ("color",)


@for_each("said", ["weiß nicht", "Don't know", "je ne sais pas", "わからない"])
def test_a_label_that_says_that_nobody_knew_is_left_out(tmp_path: Path, said: str) -> None:
    """Where few have it, unless the task names it."""
    texts = [f"a text of number {n}, and no other" for n in range(40)]
    rows = [(text, said if n == 3 else "xy"[n % 2] * 3) for n, text in enumerate(texts)]
    examples = load(tmp_path, rows)
    assert said not in examples.labels
    assert any(said in note and "as the label is not known" in note for note in examples.notes)
    task = task_for(write(tmp_path / "named.csv", as_csv(rows)).name, labels=["xxx", "yyy", said])
    assert said in load_examples(task, tmp_path).labels
    often = [(text, (said, "xxx", "yyy")[n % 3]) for n, text in enumerate(texts)]
    assert said in load(tmp_path, often).labels
