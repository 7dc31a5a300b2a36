"""Pairs of texts: the same, one after the other, or in two languages."""

from pathlib import Path
from typing import Any

import pytest

from advisor.interview.files.proposal import propose
from advisor.interview.files.settled import facts
from advisor.interview.files.sheet import look
from advisor.interview.understand import understand
from advisor.task.model import Task
from advisor.task.reading import read_examples
from catalog import Catalog
from tests.interview.tables import ENGLISH, GERMAN, Write, of
from tests.interview.test_understand import seen
from tests.interview.test_worth import pool
from tests.tables import for_each


@pytest.mark.parametrize(
    ("columns", "marks", "said"),
    [
        (("a", "b", "same"), (1, 0), {1.0, 0.0}),
        (("text_a", "text_b", "label"), ("yes", "no"), {"yes", "no"}),
        (("one", "other", "is_match"), (True, False), {"yes", "no"}),
        (("addr a", "addr b", "identisch"), ("ja", "nein"), {"ja", "nein"}),
        (("a", "b", "same"), (-1, 0), {1.0, 0.0}),
        (("name a", "name b", "same?"), ("Y", "no", "yes", "N", "Yes", "?"), {"yes", "no"}),
    ],
)
def test_pairs_with_a_yes_or_a_no_are_no_texts_with_a_label(
    jsonl: Write, columns: tuple[str, str, str], marks: tuple[Any, ...], said: set[Any]
) -> None:
    """Both texts are asked about, and the meaning of the mark is reported; a question mark has none."""
    pairs = list(zip(ENGLISH, reversed(ENGLISH), strict=True)) * 5
    rows = [dict(zip(columns, (f"{a} {n}", b, marks[n % len(marks)]), strict=True)) for n, (a, b) in enumerate(pairs)]
    proposal = propose(look(path := jsonl(rows)))
    assert (proposal.family, proposal.expected) == ("sentence-similarity", columns[2])
    assert proposal.input_columns == columns[:2]
    assert "says yes or no of the two" in proposal.why
    examples = {"path": str(path), "input": dict(proposal.input), "expected": columns[2]}
    task = Task.model_validate({"name": "t", "instruction": "Same?", "family": proposal.family, "examples": examples})
    notes: list[str] = []
    read = read_examples(path, task, path.parent, frozenset(), notes)
    assert {example.expected for example in read} == said
    assert len(read) == sum(row[columns[2]] != "?" for row in rows)
    assert any("says neither yes nor no" in note for note in notes) is ("?" in marks)


@pytest.mark.parametrize("form", ["{}_{}", "{1}_{0}", "{1}table_{0}"])
@pytest.mark.parametrize("are_short", [False, True])
def test_halves_of_a_pair_may_be_several_columns(jsonl: Write, form: str, *, are_short: bool) -> None:
    """What is named alike belongs together: names and addresses of two customers, also where none is a text."""
    first, second = ([form.format(field, side) for field in ("name", "place", "born")] for side in "lr")
    rows = []
    for n, text in enumerate(ENGLISH * 4):
        name, place = (f"Ann {n % 6}", f"Rd {n % 9}") if are_short else (f"Ann {text} {n}", f"Road {n}")
        cells = (name, place, 1950 + n % 15, f"{name} A.", place.upper(), 1960 + n % 30)
        rows.append(dict(zip((*first, *second), cells, strict=True)) | {"same": "JN"[n % 2]})
    assert propose(look(jsonl(rows))).input_value == {"first": first, "second": second}
    # Numbers of the records say nothing, nor when they were made.
    numbers, moments = ([form.format(field, side) for side in "lr"] for field in ("nr", "made"))
    numbered = [
        dict(zip((*numbers, *moments), (5000 + 3 * n, 9001 + 7 * n, *times), strict=True)) | row
        for n, row in enumerate(rows)
        for times in [(f"2024-05-{n % 28 + 1:02} 14:{n % 60:02}", f"2024-06-{n % 28 + 1:02} 09:{n % 50:02}")]
    ]
    assert propose(look(jsonl(numbered))).input_value == {"first": first, "second": second}
    # Whatever the answers are; two people's own are no part of what is compared.
    for n, row in enumerate(numbered):
        row["same"] = ("duplicate", "not related", "unsure")[n % 3]
        row |= {form.format("checked", side): row["same"] for side in "lr"}
    seen = propose(look(jsonl(numbered)), "sentence-similarity", "Are these two the same?", "same")
    assert seen.input_value == {"first": first, "second": second}


def test_pairs_are_told_apart_by_a_yes_and_a_no_and_by_no_addresses(jsonl: Write) -> None:
    """Not by a third kind of pair, nor by a program's verdicts, which are no tags."""
    pairs = list(zip(ENGLISH, reversed(ENGLISH), strict=True)) * 5
    rows = [
        {"id1": f"https://a.org/{n}", "id2": f"https://b.org/{n}", "name1": f"{a} {n}", "name2": b,
         "match_type": ("match", "close", "far")[n % 3], "match": "10"[n % 3 > 0], "predicted_match1": "01"[n % 2],
         "predicted_match2": "01"[n % 5 > 1]}
        for n, (a, b) in enumerate(pairs)
    ]  # fmt: skip
    found = propose(look(jsonl(rows)), words="are the two products the same?")
    assert (found.family, found.expected) == ("sentence-similarity", "match")
    assert found.input_columns == ("name1", "name2")


def test_marks_for_answers_to_a_question_are_no_ranking(shipped: Catalog, jsonl: Write) -> None:
    """Unless the words order the answers; the question is read with the answer that is marked."""
    rows = [
        {"question": f"{ask} of rule {n // 4}?", "answer": f"{ENGLISH[n % 8]} {n}", "marks": n % 4}
        for n, ask in enumerate(["What is the use", "What is the use", "What is the use", "What is the use"] * 10)
    ]
    path = jsonl(rows)
    marked = seen("give the students' answers 0 to 3 marks like the teacher", path, shipped).proposal
    assert marked is not None
    assert (marked.family, marked.input_value, marked.expected) == (
        "text-classification", ["question", "answer"], "marks",
    )  # fmt: skip
    ordered = seen("rank the answers to a question, the best first", path, shipped).proposal
    assert ordered is not None
    assert ordered.family == "text-ranking"


def test_a_subject_and_a_body_with_a_mark_are_no_pair(jsonl: Write) -> None:
    """Two texts of which one is part of the other's mail: 0 and 1 are labels."""
    rows = [{"subject": f"{text} {n}", "body": f"{text} " * 8, "spam": n % 2} for n, text in enumerate(ENGLISH * 5)]
    assert propose(look(jsonl(rows))).family == "text-classification"


def test_two_texts_of_which_a_label_says_whether_one_follows_are_a_pair(jsonl: Write) -> None:
    """A mail's subject and its body with the mood of both are one text."""
    both = list(zip(ENGLISH, reversed(ENGLISH), strict=True))
    for names, labels, is_pair in (
        (("source", "answer"), ("supported", "unsupported"), True),
        (("premise", "hypothesis"), ("entailment", "contradiction"), True),
        (("subject", "body"), ("positive", "negative"), False),
    ):
        rows = [dict(zip((*names, "label"), (*texts, labels[at % 2]), strict=True)) for at, texts in enumerate(both)]
        found = propose(look(jsonl(rows)), words=f"the label of {names[0]} and {names[1]}")
        wanted = dict(zip(("first", "second"), names, strict=True)) if is_pair else [*names]
        assert (found.family, found.input_value) == ("text-classification", wanted)


def test_two_texts_in_two_languages_are_a_translation(jsonl: Write) -> None:
    """The languages come from the texts, and are facts."""
    table = look(jsonl([{"x": a, "y": b} for a, b in zip(GERMAN, ENGLISH, strict=True)]))
    proposal = propose(table)
    assert proposal.family == "translation"
    assert (proposal.input, proposal.expected) == ((("text", "x"),), "y")
    known = facts(table, proposal)
    assert (of(known, "translate.source"), of(known, "translate.target")) == ("de", "en")
    assert of(known, "constraints.languages") == ["de", "en"]


@for_each(
    ("words", "rates", "bar"),
    [
        ("find duplicates in our CRM, never miss a duplicate", {"1": 0.9}, 0.9),
        ("are the two the same customer? never miss a duplicate; 85% overall", {"1": 0.9}, 0.85),
        ("find 95% of the duplicates", {"1": 0.95}, 0.9),
        ("Dubletten finden; 95% der Dubletten müssen gefunden werden", {"1": 0.95}, 0.9),
        ("au plus un doublon sur vingt peut être manqué", {"1": 0.95}, 0.9),
        ("find duplicates with 95% accuracy", None, 0.95),
        ("find duplicates, 95% right", None, 0.95),
        ("no duplicate is shown twice, 95% right", None, 0.95),
    ],
)
def test_what_must_be_found_of_pairs_is_the_same_one(
    shipped: Catalog, tmp_path: Path, words: str, rates: dict[str, float] | None, bar: float
) -> None:
    """Finding duplicates is the task itself: only a share of them, or what may be missed, is a rate of their own."""
    path = tmp_path / "pairs.csv"
    pairs = zip(ENGLISH * 3, (ENGLISH[1:] + ENGLISH[:1]) * 3, strict=True)
    rows = (f"{one} {n},{other},{int(n % 3 == 0)}\n" for n, (one, other) in enumerate(pairs))
    path.write_text("a,b,dup\n" + "".join(rows), encoding="utf-8")
    known = understand(words, {"examples": str(path)}, pool(shipped), shipped).understanding
    assert (known.value("family"), known.value("bar.per_label")) == ("sentence-similarity", rates)
    assert known.bar[0] == bar


def test_rates_of_both_mistakes_leave_no_other_bar_on_all(shipped: Catalog, jsonl: Write) -> None:
    """What follows from the two holds for all: with at most half of the pairs the same, 88 in 100 are right."""
    rows = [
        {"a": f"part {n} of {ENGLISH[n % 6]}", "b": f"{ENGLISH[n % 6]} no {n}", "same": "yn"[n % 3 > 0]}
        for n in range(60)
    ]
    words = "are both the same? when it says y, at most 3 of 100 may be wrong, and one in five of the y may be missed"
    known = seen(words, jsonl(rows), shipped).understanding
    assert (known.value("bar.per_label"), known.value("bar.precision")) == ({"yes": 0.8}, {"yes": 0.97})
    assert known.value("bar.pass_rate") == 0.88


def test_what_tells_of_one_half_does_not_compare_both(jsonl: Write) -> None:
    """The language of each half, where another column can compare them; else it is what each of two people say."""
    texts = [(text, ENGLISH[n - n % 2]) for n, text in enumerate(ENGLISH)]
    rows = [
        {"text_1": f"{one} {n}", "text_2": f"{two} {n}", "lang_1": "ab"[n % 2], "lang_2": "ab"[n // 2 % 2]}
        for n, (one, two) in enumerate(texts * 4)
    ]
    told = [row | {"expected": ("far", "near")[n % 8 % 2]} for n, row in enumerate(rows)]
    for held, found in ((told, {"expected"}), (rows, {"lang_1", "lang_2"})):
        pairs = [each for each in propose(look(jsonl(held))).likely if each.family == "sentence-similarity"]
        own = {each.expected for each in pairs if {"text_1", "text_2"} <= {name for _, name in each.input}}
        assert own == found


def test_records_in_halves_are_compared_as_a_whole(shipped: Catalog, jsonl: Write) -> None:
    """The input is all columns of both records, never one record alone or mixed fields of the two."""
    rows = [
        {
            "Pair": n,
            "Name A": f"{text.split()[0]} Works {n}",
            "Address A": f"{n} Mill Lane, {text.split()[1]}",
            "Name B": f"{text.split()[0]} Work Ltd {n}",
            "Address B": f"{n} Mill Ln {GERMAN[n % 8].split()[0]}",
            "Score (Dana)": n * 37 % 101,
        }
        for n, text in enumerate(ENGLISH * 8)
    ]
    known = seen("score supplier pairs like Dana does, within 10 points nine times out of ten", jsonl(rows), shipped)
    facts = known.understanding
    halves = {"first": ["Name A", "Address A"], "second": ["Name B", "Address B"]}
    assert (facts.value("family"), facts.value("examples.input")) == ("sentence-similarity", halves)
    assert (facts.value("examples.expected"), facts.value("bar.pass_rate")) == ("Score (Dana)", 0.9)
