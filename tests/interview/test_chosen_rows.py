"""Rows that the words choose or leave out by a value in some column."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import InputError
from advisor.interview.answers import checked
from advisor.interview.files.chosen_rows import choose, named, wishes
from advisor.interview.files.sheet import look
from advisor.interview.rows_question import rows_question
from advisor.interview.write_task import task_document
from advisor.task.chosen import holds
from advisor.task.examples import load_examples
from advisor.task.model import Task
from catalog import Catalog
from tests.interview.tables import ENGLISH, Write
from tests.interview.test_understand import seen
from tests.tables import for_each

LEFT_OUT = {
    "good, bad or odd? leave out unclear": ["unclear"],
    "a fault must not be missed. rows marked unclear should be ignored": ["unclear"],
    "sort into good or bad and skip the unclear or odd ones": ["unclear", "odd"],
    "als unklar markierte Zeilen bitte weglassen": ["unklar"],
    "trier, ignorer les lignes marquées incertain": ["incertain"],
    "「不明」の行は除外してください": ["不明"],
    "기타는 제외해 주세요": ["기타"],
    "everything without unclear": ["unclear"],
    "sort them, without unclear": ["unclear"],
    "do not use the rows marked odd": ["odd"],
    "sortera, ta inte med odd och använd inte anteckningen": ["odd"],
    "ignore the signature and skip odd": ["odd"],
    "ne pas utiliser les lignes incertain": ["incertain"],
    "never skip unclear": [],
    "unclear must not be left out": [],
    "leave out the greeting of unclear mails": [],
    "ignore unclear noise": [],
    "skip if unclear": [],
    "skip row 2": [],
    "不明な単語は除外": [],
}


@for_each("words", LEFT_OUT)
def test_values_that_the_words_leave_out_are_found(words: str) -> None:
    known = dict.fromkeys(["good", "bad", "odd", "unclear", "unklar", "incertain", "不明", "기타", "1", "2"], ("",))

    def left_out(values: dict[str, tuple[str, ...]]) -> list[str]:
        return [one for wish in wishes(words) for own in named(wish, {"": values})[0].values() for one in own]

    assert sorted({*left_out(known)}) == sorted(LEFT_OUT[words])
    assert "skip" not in words or left_out({**known, "skip": ("",)}) == []


CHOSEN: dict[str, tuple[dict[str, list[str]], dict[str, list[str]]]] = {
    "sort by topic, only rows from 2024": ({"day": ["2024"]}, {}),
    "sort by topic, since 2023 only": ({"day": ["2023", "2024"]}, {}),
    "nach topic sortieren, nur 2022": ({"day": ["2022"]}, {}),
    "sort by topic, only 2024 and final": ({"day": ["2024"], "status": ["final"]}, {}),
    "sort by topic. use only verified rows": ({"verified": ["yes"]}, {}),
    "trier par topic, sauf les drafts": ({}, {"status": ["draft"]}),
    "sort by topic; skip the tests": ({}, {"status": ["test run"]}),
    "trier par topic, ne garder que ceux au status final": ({"status": ["final"]}, {}),
    "classificar por topic, só os drafts": ({"status": ["draft"]}, {}),
    "sort by topic; leave out unclear": ({}, {"topic": ["unclear"]}),
    # A word of two columns, a part of what is read, an answer's form, columns not used, and no row at all.
    "sort by topic; skip the mixed ones": ({}, {}),
    "sort by topic, only 4 labels": ({}, {}),
    "answer only with bills, app or unclear": ({}, {}),
    "sort by topic, only unclear": ({}, {}),
    "sort by topic, without verified": ({}, {}),
    "sort by topic; draft or final does not matter": ({}, {}),
    "sort by topic, only rows from 1999": ({}, {}),
    "never miss a draft": ({}, {}),
}


@pytest.fixture
def mails(tmp_path: Path) -> Path:
    """96 mails with their status, day and so on."""
    path = tmp_path / "mails.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "topic", "status", "verified", "day", "a", "b"])
        for n, text in enumerate(ENGLISH * 12):
            topic, status = ("bills", "app", "unclear")[n % 3], ("draft", "final", "test run")[n // 3 % 3]
            day = (f"{2022 + n % 3}-03-1{n % 8}", f"1{n % 8}/Mar/{22 + n % 3} 9:10 AM")[n % 2]
            writer.writerow(
                [f"{text} {n}", topic, status, ("no", "yes")[n % 5 > 0], day, "mixed", ("mixed", "pure")[n % 2]]
            )
    return path


@for_each("words", CHOSEN)
def test_rows_are_chosen_by_the_one_column_that_has_the_value(words: str, mails: Path) -> None:
    chosen, said, _ = choose(look(mails), words, ["text"], "topic")
    assert (dict(chosen.only), dict(chosen.without)) == tuple(
        {name: tuple(own) for name, own in each.items()} for each in CHOSEN[words]
    )
    assert bool(said) == bool(chosen.columns)


UNGRANTED = {
    "same answer in 95% of cases. only use the ones with thumbs up": "only use the ones with thumbs up",
    "Mails sortieren, nimm nur die Zeilen mit Daumen hoch": "nimm nur die Zeilen mit Daumen hoch",
    "trier; utiliser seulement les lignes avec un avis": "utiliser seulement les lignes avec un avis",
    "usa solo las filas con voto positivo": "usa solo las filas con voto positivo",
    "sort by topic, skip rows with errors": "skip rows with errors",
    "sort by topic, only rows from 1999": "only rows from 1999",
    "only 5% of those with errors may be wrong": "",
    "use only the first two lines of each mail": "",
    "we can only use small models": "",
    "nur lokal, nutze die CPU": "",
    "find the dates and use ones with a year": "",
    "ignore the signature": "",
    "do not use the internet": "",
}


@for_each("words", UNGRANTED)
def test_a_wish_for_some_rows_that_no_column_grants_is_said(words: str, mails: Path) -> None:
    assert "; ".join(choose(look(mails), words, ["text"], "topic")[2]) == UNGRANTED[words]


def test_rows_that_the_words_choose_are_read_alone(shipped: Catalog, jsonl: Write, mails: Path, tmp_path: Path) -> None:
    """In a table, and of chats by what is said of them; the words are then no instruction, and no labels."""
    chats = [
        {
            "messages": [{"role": "user", "content": f"{text} {n}"}, {"role": "assistant", "content": "ab"[n % 2]}],
            "feedback": {"rating": ("up", "down", None)[n % 3], "by": {"name": "x"}},
        }
        for n, text in enumerate(ENGLISH * 6)
    ]
    for words, path, asked, left in (
        ("sort by topic. skip the drafts, leave out unclear", mails, "sort by topic.", 42),
        ("Do what this log does, only thumbs up", jsonl(chats), "Do what this log does.", 16),
        ("Do as the log; ignore the ones rated down or unknown", path_of(chats, tmp_path), "Do as the log.", 16),
    ):
        found = seen(words, path, shipped, {"examples.groups": None})
        known, answer = found.understanding, "topic" if path == mails else "answer"
        assert (known.value("instruction"), known.value("examples.expected")) == (asked, answer)
        task = Task.model_validate(task_document(known))
        examples = load_examples(task, tmp_path)
        assert found.table is not None
        assert found.table.rows == left
        assert any(" is not 'up' (" in note or " is 'd" in note for note in examples.notes)
        rows = (*examples.teaching, *examples.evidence)
        assert {each.expected for each in rows} <= {"bills", "app", "a", "b"}
        assert len(rows) <= left
    with pytest.raises(InputError, match=r"has no column 'state'.*examples\.without"):
        load_examples(task.model_copy(update={"examples": source(task, "state")}), tmp_path)


def test_rows_that_no_column_shows_are_asked_about(shipped: Catalog, mails: Path, tmp_path: Path) -> None:
    """By the values that few rows have; what else the words choose stays, and without an answer all rows count."""
    words = "sort by topic, only rows from 2024, skip the unchecked ones"
    found = seen(words, mails, shipped)
    question = rows_question(found)
    assert question is not None
    assert (question.key, question.default, question.is_reading) == ("examples.without", None, True)
    offered = [each.value for each in question.choices]
    assert offered[0] == {"verified": ["no"]}
    assert {"status": ["draft"]} in offered
    assert not any(each and each.keys() & {"text", "day", "a"} for each in offered)
    said = next(each for each in found.understanding.notices if each.key == "some_rows")
    assert question.flag in said.text
    for answer, left in ((None, 32), (checked(question.key, "verified = no"), 25)):
        found = seen(words, mails, shipped, {question.key: answer})
        assert rows_question(found) is None
        assert not any(each.key in {"some_rows", "unheard"} for each in found.understanding.notices)
        assert found.table is not None
        assert found.table.rows == left
        assert found.understanding.value("examples.only") == {"day": ["2024"]}
    with pytest.raises(InputError, match="write a column and its value"):
        checked(question.key, "verified")


def path_of(rows: list[dict[str, Any]], folder: Path) -> Path:
    """Write chats as JSON Lines, with the rating "unknown" where there is none, and return the path."""
    path = folder / "chats.jsonl"
    said = [row | {"feedback": {"rating": row["feedback"]["rating"] or "unknown"}} for row in rows]
    path.write_text("".join(json.dumps(row) + "\n" for row in said), encoding="utf-8")
    return path


def source(task: Task, column: str) -> object:
    return task.examples.model_copy(update={"without": {column: ["x"]}})


@for_each(
    "cell, value",
    [
        ("Draft ", "draft"), ("draft; urgent", "draft"), (["a", "b"], "b"), ('["a", "b"]', "a"), (True, "true"),
        (1.0, "1.0"), ("2024-03-05T10:00", "2024"), ("5.3.24", "2024"), ("1 Mar 1999", "1999"), (2024, "2024"),
    ],
)  # fmt: skip
def test_a_cell_holds_a_value(cell: object, value: str) -> None:
    assert holds(cell, value)


@for_each("cell, value", [("drafts", "draft"), (None, ""), ("", "x"), ("12024", "2024"), ("in 2024", "2024")])
def test_a_cell_holds_no_other_value(cell: object, value: str) -> None:
    assert not holds(cell, value)


@for_each(
    ("words", "codes"),
    [
        ("the reason of leaving, 8 of 10. 98 is not established", ["98"]),
        ("powod odejscia. 98 to nie ustalono", ["98"]),
        ("ly do nghi viec, 98 la chua ro", ["98"]),
        ("reason (98 = unknown)", ["98"]),
        ("reason; 98 = the boss, 1 is not the pay", []),
        ("reason, 98 of 100 are not seen again", []),
        ("reason, at least 98% and never wrong", []),
    ],
)
def test_a_rare_code_that_words_call_no_answer_is_left_out(jsonl: Write, words: str, codes: list[str]) -> None:
    rows = [{"text": text, "reason": "98" if n % 16 == 9 else "123"[n % 3]} for n, text in enumerate(ENGLISH * 4)]
    chosen, said, _ = choose(look(jsonl(rows)), words, ["text"], "reason")
    assert dict(chosen.without).get("reason", ()) == tuple(codes)
    assert bool(said) is bool(codes)
    graded = [{"text": text, "stars": "1" if n % 16 == 9 else "2345"[n % 4]} for n, text in enumerate(ENGLISH * 4)]
    assert not choose(look(jsonl(graded)), "predict the stars. 1 is not good, 5 is best", ["text"], "stars")[0].without
