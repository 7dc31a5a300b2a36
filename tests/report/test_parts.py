"""Parts of a report: costs by hand and by their laws, labels taken for each other, plain tables."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import one_line
from advisor.probe.protocol import Outcome
from advisor.report.card import without_answer
from advisor.report.export.code import module
from advisor.report.full import report_of
from advisor.report.model import Field, Task
from advisor.report.notes import Measured, cost_words, per_million, tokens_per_request
from advisor.report.recall import confused, directions, fields, in_words, matrix, recall_by_label, rows, wrong_answer
from advisor.report.sentences import best, came_out, passes_from, where
from advisor.report.sure import only_sure, sure_answers
from advisor.report.tables import table, width_of, wrap
from advisor.runs.reader import examples_of, open_run, to_row
from advisor.runs.result import Besides, Cost
from advisor.task.example import Example
from advisor.task.record import SheetLine
from tests.conftest import SAMPLE
from tests.tables import for_each

HERE: dict[str, object] = {}
ELSEWHERE = {"sent_to": "api.example"}


@for_each(
    ("costs", "measured", "options", "amount", "basis"),
    [
        # 0.36 s a request are 100 hours a million.
        ({"price_per_hour": 2.0}, Measured(0.36), HERE, 200.0, "100 hours of this machine"),
        # 3.6 s at 100 W are 360 J, which is 0.0001 kWh.
        ({"watts": 100.0, "price_per_kwh": 0.3}, Measured(3.6), HERE, 30.0, "100 kWh"),
        ({"price_per_million_tokens": 5.0}, Measured(1.0, tokens=40.0), ELSEWHERE, 200.0, "40 tokens a request"),
        ({}, Measured(1.0, tokens=40.0), ELSEWHERE | {"price_per_million_tokens": 1.0}, 40.0, "40 tokens a request"),
        # Tokens were not counted: 90 characters are about 20.
        (
            {"price_per_million_tokens": 1.0},
            Measured(1.0, characters=90.0),
            ELSEWHERE,
            20.0,
            "about 20 tokens a request, estimated from its characters",
        ),
    ],
)
def test_by_hand(
    costs: dict[str, float], measured: Measured, options: dict[str, object], amount: float, basis: str
) -> None:
    cost = per_million(costs, measured, options=options)
    assert cost.amount == pytest.approx(amount)
    assert cost.basis == basis


@for_each(
    ("costs", "measured", "options"),
    [
        (None, Measured(1.0, tokens=1.0), HERE),
        ({"price_per_million_tokens": 1.0}, Measured(1.0, tokens=1.0), HERE),  # no price of this machine
        ({"price_per_hour": 1.0}, Measured(1.0, tokens=1.0), ELSEWHERE),  # our hours are not theirs
        ({"price_per_hour": 1.0}, Measured(None), HERE),
        ({"watts": 5.0}, Measured(1.0), HERE),
        ({"price_per_million_tokens": 1.0}, Measured(1.0), ELSEWHERE),
    ],
)
def test_what_is_not_known_is_not_counted(
    costs: dict[str, float] | None, measured: Measured, options: dict[str, object]
) -> None:
    """No price or no measurement for a candidate: no figure."""
    assert per_million(costs, measured, options=options) is None


amounts = st.floats(0, 1e6, allow_nan=False)


@given(amounts, amounts, st.floats(0, 1e3))
def test_costs_grow_in_step(price: float, seconds: float, factor: float) -> None:
    """Twice the price or twice the seconds is twice the cost; nothing is below nothing."""
    one = per_million({"price_per_hour": price}, Measured(seconds), options=HERE)
    more = per_million({"price_per_hour": price * factor}, Measured(seconds), options=HERE)
    longer = per_million({"price_per_hour": price}, Measured(seconds * factor), options=HERE)
    assert more.amount == pytest.approx(one.amount * factor)
    assert longer.amount == pytest.approx(one.amount * factor)
    assert one.amount >= 0


def test_tokens_are_those_that_were_counted() -> None:
    """A request of which one side is unknown counts for nothing."""
    assert tokens_per_request([(10, 2), (20, 4), (None, 3), (5, None)]) == 18.0
    assert tokens_per_request([(None, 3)]) is None


def test_in_words() -> None:
    assert cost_words(Cost(1234.567, "3 kWh"), "EUR") == "1,234.57 EUR a million requests (3 kWh)"
    assert cost_words(Cost(0.01234, "b"), "") == "0.012 a million requests (b)"


def asked(*pairs: tuple[Any, Any]) -> tuple[list[Example], list[Outcome]]:
    examples = [Example(f"e{n}", "text", expected, n) for n, (expected, _) in enumerate(pairs)]
    outcomes = [
        Outcome(f"e{n}", said, float(expected == said), expected == said, 0.1)
        for n, (expected, said) in enumerate(pairs)
    ]
    return examples, outcomes


def test_the_matrix_has_the_labels_that_are_confused_and_counts_all_else() -> None:
    """Of many labels those never confused are left out; other answers, and labels not shown, are "else"."""
    pairs = [("a", "a")] * 3 + [("a", "b")] * 2 + [("b", "a"), ("b", "?"), ("c", "c")]
    few = confused(*asked(*pairs), ("a", "b", "c"))
    assert few == {"labels": ["a", "b", "c"], "rows": [[3, 2, 0, 0], [1, 0, 0, 1], [0, 0, 1, 0]]}
    found = confused(*asked(*pairs, *((each, each) for each in "defg")), tuple("abcdefg"))
    assert found == {"labels": ["a", "b"], "rows": [[3, 2, 0], [1, 0, 1]]}
    assert matrix(found) == (["expected ↓ said →", "a", "b", "else"], [["a", "3", "2", "·"], ["b", "1", "·", "1"]])


def test_there_is_no_matrix_where_nothing_is_confused_or_labels_are_several() -> None:
    """All right; a list of labels; no labels at all."""
    assert not confused(*asked(("a", "a")), ("a", "b"))
    assert not confused(*asked((["a"], ["b"])), ("a", "b"))
    assert not confused(*asked(("x", "y")), ())
    assert matrix({}) is None


def test_the_rest_has_a_name_that_no_label_has() -> None:
    found = confused(*asked(("else", "a"), ("(else)", "else"), ("a", "?")), ("a", "else", "(else)"))
    output = matrix(found)
    assert output[0][-1] == "((else))"


def test_an_error_has_each_field_wrong() -> None:
    """That its example expects: one that is not in all of them too."""
    scores = [{"field name": 1.0, "field total": 1.0}, {"field name": 1.0}, {}, {}]
    expected = [{"name": "x", "total": 1}, {"name": "y"}, {"name": "z"}, {"name": "x", "total": 2}]
    examples = [Example(f"e{n}", "text", each, n) for n, each in enumerate(expected)]
    outcomes = [
        Outcome(f"e{n}", None, 1.0, bool(each), 0.1, None if each else "no reply", scores=each)
        for n, each in enumerate(scores)
    ]
    assert fields(examples, outcomes) == [Field("name", 2, 4), Field("total", 1, 2)]
    assert not fields(examples[2:], outcomes[2:])


def test_each_label_of_spans_has_its_share() -> None:
    """Of the spans that are expected or said: one too short is wrong twice, one that is in no text once."""

    def span(start: int, end: int, label: str) -> dict[str, Any]:
        return {"start": start, "end": end, "label": label, "text": "x" * (end - start)}

    told = [
        ([span(0, 3, "NAME"), span(5, 9, "DATE")], [span(0, 3, "NAME"), span(5, 8, "DATE")]),
        ([span(0, 4, "NAME")], [span(0, 4, "NAME"), span(-1, 2, "NAME")]),
        ([span(1, 2, "NAME")], None),
        ([], []),
    ]
    examples = [Example(f"e{n}", "text", wanted, n) for n, (wanted, _) in enumerate(told)]
    outcomes = [Outcome(f"e{n}", said, 1.0, said is not None, 0.1) for n, (_, said) in enumerate(told)]
    assert fields(examples, outcomes) == [Field("DATE", 0, 2), Field("NAME", 2, 4)]


def test_each_field_has_a_score() -> None:
    """The least right first; an answer without a field's score does not count for it."""
    scores = [{"fields": 0.5, "field name": 1.0, "field total": 0.0}, {"fields": 1.0, "field name": 1.0}]
    outcomes = [Outcome(f"e{n}", {}, 1.0, True, 0.1, scores=each) for n, each in enumerate(scores)]  # noqa: FBT003
    examples = [Example(f"e{n}", "text", {}, n) for n in range(2)]
    assert fields(examples, outcomes) == [Field("total", 0, 1), Field("name", 2, 2)]


def test_columns_stand_below_each_other_in_any_script() -> None:
    """Chinese signs are two columns wide, an accent of its own none; a cell that is cut fits its column."""
    names = ["always '\u3044\u3044\u3048'", "always 'no'", "always 'e\u0301te\u0301'", "\u6f22" * 30]
    lines = table(("candidate", "right"), [(name, "5") for name in names], frozenset({1}), width=30)
    assert {width_of(line) for line in lines} == {30}
    assert lines[-1].split()[0].endswith("\u2026")


def test_vowel_signs_and_joiners_take_no_column() -> None:
    """Above and below Thai and Hindi consonants, within a family of pictures, and where a Chinese sign is as wide."""
    assert width_of("\u0e01\u0e34\u0e19") == 2  # Thai "eat", with a vowel above
    assert width_of("\u0915\u0941\u0932") == 2  # Hindi "clan", with a vowel below
    assert width_of("a\u200d\u200bb\u20dd") == 2
    assert width_of("\u304b\u3099") == 2


def test_a_table_fits_its_width() -> None:
    """Wide text columns are cut with a mark, then optional columns go; figures are never cut."""
    rows = [("1", "a" * 60, "123.45", "b" * 60, "9.99 MB")]
    wide = table(("#", "name", "figure", "why", "peak"), rows, frozenset({0, 2, 4}))
    narrow = table(("#", "name", "figure", "why", "peak"), rows, frozenset({0, 2, 4}), 80, optional=(4,))
    tiny = table(("#", "name", "figure", "why", "peak"), rows, frozenset({0, 2, 4}), 50, optional=(4,))
    assert "a" * 60 in wide[2]
    assert max(map(len, narrow)) <= 80
    assert "…" in narrow[2]
    assert "9.99 MB" in narrow[2]
    assert max(map(len, tiny)) <= 50
    assert "123.45" in tiny[2]
    assert "9.99 MB" not in tiny[2]


@given(st.lists(st.text(st.characters(codec="ascii", exclude_categories=["C"]), max_size=300), max_size=5))
def test_wrapped_prose_fits_and_keeps_its_words(lines: list[str]) -> None:
    """No word is lost, and no line is wider than asked unless it is code or one long word."""
    output = wrap(lines, 60)
    assert "".join("".join(line.split()) for line in output) == "".join("".join(line.split()) for line in lines)
    assert wrap(lines, None) == lines
    assert all(len(line) <= 60 or line.startswith("    ") for line in output)


def test_a_label_of_several_is_counted_by_itself() -> None:
    """Found, missed and added: a text whose other label is missing has this one found all the same."""
    evidence, counted = asked((["a", "b"], ["a"]), (["a"], ["a", "c"]), (["b"], ["b"]), (["c"], ["a"]))
    found = {
        each.label: (each.right, each.of, each.added, each.said)
        for each in recall_by_label(evidence, counted, ("a", "b", "c"))
    }
    assert found == {"a": (2, 2, 1, (2, 3)), "b": (1, 2, 0, (1, 1)), "c": (0, 1, 1, (0, 1))}


def test_what_a_label_of_the_bar_costs_in_false_alarms_is_said() -> None:
    """With the share that is found; not where the matrix leaves labels out."""
    document = report_of(open_run(SAMPLE))
    about = best(document)
    assert about is not None
    about.outcomes, about.passes, document.recommended = 20, 11, about.number - 1
    about.besides = [Besides("", "90% of label 'yes' right (3 examples)", 0.9, 1.0, "holds", "", 0.5, 3)]
    pairs = asked(*[("yes", "yes")] * 3, *[("no", "yes")] * 9, *[("no", "no")] * 8)
    document.confused, document.recall = confused(*pairs, ("yes", "no")), recall_by_label(*pairs, ("yes", "no"))
    assert came_out(document, about) == "3 of 3 'yes' (9 false alarms) and 11 of 20 of all right"
    assert [row[:4] for row in rows(document)] == [
        ("no", "8/17", "100% of 8", "47.1%"),
        ("yes", "3/3", "25% of 12", "100%"),
    ]
    document.confused = {"labels": ["yes"], "rows": [[3, 0]]}
    assert came_out(document, about) == "3 of 3 'yes' and 11 of 20 of all right"


def test_which_way_mistakes_go_is_said() -> None:
    """Of yes and no, which have no labels, too; of several labels how many are missed and added."""
    document = report_of(open_run(SAMPLE))
    about = best(document)
    assert about is not None
    about.outcomes, about.passes, document.recommended, document.recall = 20, 11, about.number - 1, []
    yes = [("yes", "no")] * 7 + [("no", "yes")] * 2 + [("yes", "yes"), ("no", "no")]
    document.confused = confused(*asked(*yes), ())
    assert directions(document) == ["7 of 9: 'no' said for 'yes', the other way round 2."]
    assert confused(*asked((1.0, 0.0), (0.0, 0.0)), ()) == {"labels": ["1", "0"], "rows": [[0, 1, 0], [0, 1, 0]]}
    document.confused = confused(*asked(*[("a", "b")] * 3, *[("c", "a")] * 2, ("b", "c"), ("b", "b")), ("a", "b", "c"))
    assert directions(document) == ["3 of 9: 'b' said for 'a'; 2 of 9: 'a' said for 'c'."]
    document.recall = recall_by_label(*asked((["a", "b"], ["a"]), (["a"], ["a", "c"]), (["c"], ["c"])), ("a", "b", "c"))
    assert directions(document) == ["Of all labels 1 is missed and 1 added."]
    assert came_out(document, about) == "11 of 20 with exactly the right labels"
    document.task.metric = "jaccard"
    for at_least, how in ((None, "half"), (0.8, "80%")):
        document.task.at_least = at_least
        assert came_out(document, about) == f"11 of 20 with labels that overlap by {how} at least"
    document.candidates, document.task.metric = [about], None
    for passes, outcomes, rate in ((2, 3, "2 of 3"), (11, 40, "28% of 40")):
        about.passes, about.outcomes = passes, outcomes
        assert f"{rate} examples with exactly the right labels" in without_answer(document)[0]


def test_a_file_of_a_folder_is_no_line() -> None:
    """What cannot be read again, such as a pipe, has lines all the same."""
    run = open_run(SAMPLE)
    for more, place in (({}, "line 3"), ({"is_folder": True}, "file 3")):
        files = {"examples": {"path": "/a/Scans", "sha256": None} | more}
        document = report_of(replace(run, origin=run.origin | {"files": files}))
        assert where(document, 3) == place
        assert where(document, SheetLine.of(3, "'left/scan 3.txt'")) == "'left/scan 3.txt'"
    (named,) = examples_of([to_row(replace(run.evidence[0], line=SheetLine.of(3, "'left/scan 3.txt'")))])
    assert (named.line, f"{named.line}") == (3, "'left/scan 3.txt'")


@for_each(
    ("said", "expected", "shown"),
    [
        (
            '{"device": "Xperia 5", "os": "Android 11"}',
            '{"device": "Xperia 5", "os": "Android 12", "version": "2.5"}',
            "os: said 'Android 11', not 'Android 12'; version: said nothing, not '2.5'",
        ),
        ("text", '{"device": "Xperia 5"}', """said 'text', not '{"device": "Xperia 5"}'"""),
        ("text", None, "said 'text'"),
        (
            "; ".join(f"kb-{n}" for n in range(100, 120)),
            "kb-112",
            "said 'kb-100; kb-101; kb-102; kb-103; kb-104;…', not 'kb-112'",
        ),
        (
            "The meeting of the board is moved to the eleventh of May, says Ann",
            "The meeting of the board is moved to the twelfth of May, says Ann",
            "said '…moved to the eleventh of May, says Ann', not '…moved to the twelfth of May, says Ann'",
        ),
    ],
)
def test_mistakes_show_what_differs(said: str, expected: str | None, shown: str) -> None:
    """Not the beginning of both, which is alike."""
    assert wrong_answer(said, expected) == shown
    assert wrong_answer(said, expected, is_error=True) == f"error {one_line(said, 40)!r}"


def test_an_exported_module_prints_one_answer_a_line(tmp_path: Path) -> None:
    """An answer of several lines is written as JSON."""
    usage = 'def predict(inputs):\n    return [text.replace("/", "\\n") for text in inputs]\n'
    (tmp_path / "predict.py").write_text(module(usage, "t", {}), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, tmp_path / "predict.py"], input="one\ntwo/lines\n", capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["one", '"two\\nlines"']
    assert not done.stderr
    table = tmp_path / "mails.csv"
    table.write_text("text\none\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, tmp_path / "predict.py", table, "two"], capture_output=True, text=True, check=True
    )
    assert done.stderr.startswith(f"{table}: answered as the text of its name; ")


def test_an_exported_module_reads_and_writes_utf_8(tmp_path: Path) -> None:
    """Whatever the terminal's encoding; other bytes are refused in one line."""
    (tmp_path / "predict.py").write_text(module("def predict(texts):\n    return texts\n", "t", {}), encoding="utf-8")
    command = [sys.executable, tmp_path / "predict.py"]
    told = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, input="schön\n".encode(), capture_output=True, env=told, check=True)
    assert done.stdout.decode().strip() == "schön"
    for asked, raw in ((command, b"sch\xf6n\n"), ([*command, b"sch\xf6n"], b"")):
        refused = subprocess.run(asked, input=raw, capture_output=True, check=False)
        assert (refused.returncode, refused.stderr.decode().split("\n")) == (1, ["the input is not UTF-8 text", ""])


@for_each(
    ("family", "at_least", "said"),
    [
        ("sentence-similarity", None, ""),
        ("text-generation", 0.7, "right from a score of 0.7 on"),
        ("token-classification", None, "right from entity_f1 0.8 on"),
    ],
)
def test_a_metric_that_a_run_does_not_name_is_not_guessed(family: str, at_least: float | None, said: str) -> None:
    """Of some families the examples decide it, and earlier versions did not keep what they decided."""
    assert passes_from(Task("t", family, "Do it.", {}, None, None, at_least, None)) == said


@given(
    st.lists(st.tuples(st.sampled_from([None, 0.2, 0.4, 0.41, 0.8, 1.0]), st.booleans()), max_size=40),
    st.sampled_from([0.5, 0.8, 0.95]),
)
def test_the_answers_of_which_a_candidate_is_sure_reach_the_bar(
    answers: list[tuple[float | None, bool]], bar: float
) -> None:
    """No lower confidence does so; where all reach it, all that are left are right."""
    counted = [Outcome(str(n), "x", float(passed), passed, 0.1, None, sure)
               for n, (sure, passed) in enumerate(answers)]  # fmt: skip
    found = sure_answers(counted, bar)
    known = [(sure, passed) for sure, passed in answers if sure is not None]
    passes = sum(passed for _, passed in answers)
    target = 1.0 if passes >= bar * len(answers) else bar

    def of(least: float) -> list[bool]:
        return [passed for sure, passed in known if sure >= least]

    enough = [sure for sure, _ in known
              if len(of(sure)) >= max(10, len(answers) / 10) and sum(of(sure)) >= target * len(of(sure))]  # fmt: skip
    if len(known) < len(answers) or passes == len(answers) or not enough:
        assert found is None
    else:
        assert found is not None
        right = of(min(enough))
        assert (found.confidence, found.right, found.of) == (min(enough), sum(right), len(right))


def test_what_a_candidate_is_sure_of_is_said() -> None:
    """Of the recommended candidate and of the best one; a run without confidences says nothing."""
    document = report_of(open_run(SAMPLE))
    counted = [Outcome(str(n), "x", float(n > 2), n > 2, 0.1, None, n / 20) for n in range(20)]
    said = only_sure(replace(document, sure=sure_answers(counted, 0.9)))
    assert "is right on 17 of the 18 examples that it answers with a confidence of 0.1 or more" in said
    assert "takes the other 2 of 20" in said
    assert only_sure(replace(document, sure=None)) == ""


def test_a_ranking_is_shown_by_its_candidates() -> None:
    """What counts of the answer, and all that is right; places are for programs."""
    given = (("query", "q"), ("candidates", '["first text", "second text", "third text"]'))
    example = Example("e", "q", [2], 1, parts=given)
    assert in_words("text-ranking", [2], example) == "third text"
    assert in_words("text-ranking", [1, 0, 2], example, "") == "second text"
    assert in_words("text-ranking", [1, 0, 2], example, "hit@3") == "second text; first text; third text"
    assert in_words("text-ranking", None, example, "") is None
    assert in_words("text-classification", ["a", "b"], example, "") == ["a", "b"]
