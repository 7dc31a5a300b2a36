"""What is taken for what: the matrix of labels, and the fields of JSON."""

from __future__ import annotations

from typing import Any

from advisor.probe.protocol import Outcome
from advisor.report.model import Field
from advisor.report.recall import confused, fields, matrix
from advisor.task.example import Example


def asked(*pairs: tuple[Any, Any]) -> tuple[list[Example], list[Outcome]]:
    """Return examples with what was expected and said."""
    examples = [Example(f"e{n}", "text", expected, n) for n, (expected, _) in enumerate(pairs)]
    outcomes = [
        Outcome(f"e{n}", said, float(expected == said), expected == said, 0.1)
        for n, (expected, said) in enumerate(pairs)
    ]
    return examples, outcomes


def test_the_matrix_has_the_labels_that_are_confused_and_counts_all_else() -> None:
    """A label that nobody takes for another is left out; what is no label, or one that is not shown, is "else"."""
    pairs = [("a", "a")] * 3 + [("a", "b")] * 2 + [("b", "a"), ("b", "?"), ("c", "c")]
    found = confused(*asked(*pairs), ("a", "b", "c"))
    assert found == {"labels": ["a", "b"], "rows": [[3, 2, 0], [1, 0, 1]]}
    assert matrix(found) == (
        ["expected ↓ said →", "a", "b", "else"],
        [["a", "3", "2", "·"], ["b", "1", "·", "1"]],
    )


def test_there_is_no_matrix_where_nothing_is_confused_or_labels_are_several() -> None:
    """All right; a list of labels; no labels at all."""
    assert not confused(*asked(("a", "a")), ("a", "b"))
    assert not confused(*asked((["a"], ["b"])), ("a", "b"))
    assert not confused(*asked(("x", "y")), ())
    assert matrix({}) is None


def test_the_rest_has_a_name_that_no_label_has() -> None:
    """Also where labels are called so."""
    found = confused(*asked(("else", "a"), ("(else)", "else"), ("a", "?")), ("a", "else", "(else)"))
    told = matrix(found)
    assert told is not None
    assert told[0][-1] == "((else))"


def test_an_error_has_each_field_wrong() -> None:
    """That its example expects: one that is not in all of them too."""
    scores = [{"field name": 1.0, "field total": 1.0}, {"field name": 1.0}, {}, {}]
    expected = [{"name": "x", "total": 1}, {"name": "y"}, {"name": "z"}, {"name": "x", "total": 2}]
    examples = [Example(f"e{n}", "text", each, n) for n, each in enumerate(expected)]
    outcomes = [
        Outcome(f"e{n}", None, 1.0, bool(each), 0.1, None if each else "no reply", scores=each)
        for n, each in enumerate(scores)
    ]
    assert fields(examples, outcomes) == [
        Field("name", 2, 4),
        Field("total", 1, 2),
    ]
    assert not fields(examples[2:], outcomes[2:])


def test_each_field_has_a_score() -> None:
    """The least right first; an answer without a field's score does not count for it."""
    scores = [{"fields": 0.5, "field name": 1.0, "field total": 0.0}, {"fields": 1.0, "field name": 1.0}]
    outcomes = [Outcome(f"e{n}", {}, 1.0, True, 0.1, scores=each) for n, each in enumerate(scores)]  # noqa: FBT003
    examples = [Example(f"e{n}", "text", {}, n) for n in range(2)]
    assert fields(examples, outcomes) == [
        Field("total", 0, 1),
        Field("name", 2, 2),
    ]
