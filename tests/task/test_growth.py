"""Examples that are added to a begun run: the old keep their places, who teaches stays, nothing else may change."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.task import split
from advisor.task.example import Example
from advisor.task.examples import ExampleSet, load_examples
from advisor.task.growth import Held
from tests.tables import for_each
from tests.task.helpers import as_csv, task_for, write

Rows = list[tuple[str, str]]


def some(count: int, start: int = 0) -> Rows:
    """Return distinct rows of two labels."""
    return [(f"text {n} about {n * n}", "odd" if n % 2 else "even") for n in range(start, start + count)]


def held(of: ExampleSet) -> Held:
    def kept(examples: Sequence[Example]) -> tuple[Example, ...]:
        return tuple(Example(e.id, e.input, e.expected, e.line, e.parts, e.must_contain, e.reference) for e in examples)

    return Held("abc", kept(of.evidence), kept(of.teaching), of.looks, of.labels, of.settled)


def grown(folder: Path, rows: Rows, begun: Sequence[Held] = (), **more: Any) -> ExampleSet:
    """Load a task whose examples may grow."""
    write(folder / "rows.csv", as_csv(rows))
    task = task_for("rows.csv", **more)
    return load_examples(
        task.model_copy(update={"examples": task.examples.model_copy(update={"size": "growing"})}), folder, begun
    )


def refusal(folder: Path, rows: Rows, begun: Sequence[Held], **more: Any) -> str:
    """Return what is said of examples that a run cannot go on with."""
    with pytest.raises(InputError) as caught:
        grown(folder, rows, begun, **more)
    assert str(caught.value).isprintable()
    return str(caught.value)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=4), st.integers(0, 10_000), st.sampled_from([0, 10]))
@settings(max_examples=20)
def test_each_look_comes_after_those_before(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], seed: int, teaching: int
) -> None:
    """Wherever new rows stand in the file: the evidence so far keeps its order, the teaching is as it was."""
    folder, draw = tmp_path_factory.mktemp("grown"), random.Random(seed)
    rows = some(30)
    before = grown(folder, rows, teaching={"count": teaching}, seed=seed)
    assert before.looks == (30 - teaching,)
    for size in sizes:
        rows += some(size, len(rows))
        draw.shuffle(rows)
        after = grown(folder, rows, [held(before)], teaching={"count": teaching}, seed=seed)
        assert [e.id for e in after.evidence[: len(before.evidence)]] == [e.id for e in before.evidence]
        assert [e.id for e in after.teaching] == [e.id for e in before.teaching]
        assert after.looks == (*before.looks, size)
        assert (after.goes_on, len(after.evidence)) == ("abc", len(rows) - teaching)
        before = after
    again = grown(folder, rows, [held(before)], teaching={"count": teaching}, seed=seed)
    assert (again.looks, again.evidence) == (before.looks, before.evidence)


def test_what_is_gone_or_changed_is_refused(tmp_path: Path) -> None:
    """Of the evidence and of what teaches; with file, line and cure."""
    begun = held(grown(tmp_path, some(30), teaching={"count": 10}))
    assert "3 examples of run abc are not there any more, e.g. 'text" in refusal(tmp_path, some(40, 3), [begun])
    changed = [("text 4 about 16", "odd"), *some(30)[:4], *some(30, 5)]
    assert "rows.csv:2: another answer is expected" in (said := refusal(tmp_path, changed, [begun]))
    assert "(was 'even')" in said
    both = [*some(30), ("text 4 about 16", "odd")]
    assert "rows.csv:32: another answer is expected" in refusal(tmp_path, both, [begun])
    assert "begin a new run with --fresh" in said


def test_another_file_has_nothing_to_do_with_it(tmp_path: Path) -> None:
    """None of a run's examples is there: a new run; of several runs the first that fits goes on."""
    one = held(grown(tmp_path, some(30), teaching={"count": 10}))
    assert grown(tmp_path, some(30, 100), [one]).goes_on is None
    lacking = Held("lacking", (*one.evidence, Example("0" * 16, "gone", "odd", 0)), one.teaching, one.looks, one.labels)
    assert grown(tmp_path, some(40), [lacking, one]).goes_on == "abc"


def test_a_new_label_is_refused_where_the_task_lists_none(tmp_path: Path) -> None:
    begun = held(grown(tmp_path, some(30)))
    said = refusal(tmp_path, [*some(30), ("a prime", "prime")], [begun])
    assert "rows.csv:32: the label 'prime' is new since run abc was begun" in said


def numbered(kind: str, teaching: int, **scoring: Any) -> dict[str, Any]:
    """Return a task with numbers for its answers: a grade for a text, or for a pair."""
    columns = {"text": "text"} if kind == "text-regression" else {"first": "text", "second": "text"}
    examples = {"path": "rows.csv", "expected": "label", "input": columns}
    return {"family": kind, "examples": examples, "teaching": {"count": teaching}, "scoring": scoring}


@for_each("kind", ["text-regression", "sentence-similarity"])
def test_training_rows_settle_which_numbers_are_right(tmp_path: Path, kind: str) -> None:
    """Or the user; never the evidence, whatever it holds. Where neither can, that is said with the cure."""
    rows = [(f"essay {n} of {n * n}", str(n)) for n in range(10, 40)]
    plain = grown(tmp_path, rows, **numbered(kind, 8))
    numbers = sorted(each.expected for each in plain.teaching)
    if kind == "text-regression":
        span = [numbers[0], numbers[-1]]
        assert plain.settled == {"metric": "near", "range": span, "tolerance": 0.1 * (span[1] - span[0])}
    else:
        assert plain.settled == {"metric": "closeness", "grades": [0.0, 100.0]}
    far = plain.evidence[0]
    other = [(text, "4000" if text == dict(far.parts).get("first", far.input) else number) for text, number in rows]
    assert grown(tmp_path, other, **numbered(kind, 8)).settled == plain.settled
    own = grown(tmp_path, rows, **numbered(kind, 0, range=[0.0, 50.0])).settled
    assert (own.get("range") or own["grades"]) == [0.0, 50.0]
    with pytest.raises(InputError, match=r"no training rows.*set scoring.range, e.g. \[10, 39\]"):
        grown(tmp_path, rows, **numbered(kind, 0))
    with pytest.raises(ValueError, match="lowest first"):
        grown(tmp_path, rows, **numbered(kind, 8, range=[5.0, 5.0]))


def test_a_grade_between_does_not_make_a_decision_a_distance(tmp_path: Path) -> None:
    """Where training rows expect 0 and 1 alone, another grade of the evidence is refused; so is one grade in all."""
    pair = numbered("sentence-similarity", 12)
    rows = [(f"essay {n} of {n * n}", str(n % 2)) for n in range(30)]
    plain = grown(tmp_path, rows, **pair)
    assert plain.settled == {"metric": "decision", "grades": [0.0, 1.0]}
    between = dict(plain.evidence[0].parts)["first"]
    said = refusal(tmp_path, [(text, "0.5" if text == between else grade) for text, grade in rows], [], **pair)
    assert "decision needs two grades, and there are 3; write closeness" in said
    assert "all expected numbers are 1" in refusal(tmp_path, [(text, "1") for text, _ in rows], [], **pair)


def test_numbers_beyond_those_of_the_first_look_are_scored_as_these_were(tmp_path: Path) -> None:
    """The tolerance, the metric and the range stay, whatever more examples would make of them."""
    rows = [(f"essay {n} of {n * n}", str(n)) for n in range(10, 40)]
    more = numbered("text-regression", 8)
    begun = grown(tmp_path, rows, **more)
    after = grown(tmp_path, [*rows, ("an essay on nothing", "1"), ("one on all", "2000")], [held(begun)], **more)
    assert (after.settled, after.looks) == (begun.settled, (*begun.looks, 2))


def test_a_new_one_that_is_nearly_an_old_one_is_set_aside(tmp_path: Path) -> None:
    """Whichever comes first by its hash: the old one stays, whether it teaches or is evidence."""
    long = [(" ".join(f"word{n}{k}" for k in range(60)), label) for n, (_, label) in enumerate(some(20))]
    begun = grown(tmp_path, long, teaching={"count": 8})
    near = [(f"{text} indeed", label) for text, label in long]
    after = grown(tmp_path, [*near, *long, *some(3, 100)], [held(begun)], teaching={"count": 8})
    assert after.evidence[:12] == tuple(next(e for e in after.evidence if e.id == old.id) for old in begun.evidence)
    assert (len(after.evidence), after.looks) == (15, (12, 3))
    assert any("20 inputs nearly the same" in note for note in after.notes)


def test_a_spelling_that_counts_as_the_same_is_not_asked_again(tmp_path: Path) -> None:
    """Case and blanks do not make another example: the run keeps the text that it asked."""
    begun = grown(tmp_path, some(20), teaching={"count": 0})
    after = grown(tmp_path, [(text.upper(), label) for text, label in some(20)], [held(begun)], teaching={"count": 0})
    assert [e.input for e in after.evidence] == [e.input for e in begun.evidence]


def test_a_file_that_teaches_stays_as_it_was(tmp_path: Path) -> None:
    write(tmp_path / "teach.csv", as_csv(some(10, 500)))
    begun = grown(tmp_path, some(20), teaching={"path": "teach.csv"})
    assert grown(tmp_path, some(25), [held(begun)], teaching={"path": "teach.csv"}).looks == (20, 5)
    write(tmp_path / "teach.csv", as_csv(some(11, 500)))
    said = refusal(tmp_path, some(25), [held(begun)], teaching={"path": "teach.csv"})
    assert "teach.csv: is not as it was when run abc was begun" in said


def test_there_is_a_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the most evidence new ones are left out, never old ones."""
    begun = grown(tmp_path, some(20), teaching={"count": 0})
    monkeypatch.setattr(split, "MAX_EVIDENCE", 24)
    after = grown(tmp_path, some(40), [held(begun)], teaching={"count": 0})
    assert (after.looks, after.evidence[:20]) == ((20, 4), begun.evidence)
