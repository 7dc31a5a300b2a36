"""Columns with several labels a row: lists, marks between them, ticks and tags."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from advisor.families import family
from advisor.interview.files.notices import notices
from advisor.interview.files.proposal import propose
from advisor.interview.files.settled import facts
from advisor.interview.files.sheet import look
from advisor.task.examples import load_examples
from advisor.task.model import Task
from tests.interview.tables import ENGLISH, Write, of
from tests.tables import for_each


@for_each(
    "write",
    [
        lambda names: names,
        json.dumps,
        str,
        lambda names: [{"id": len(name), "name": name} for name in names],
        lambda names: names if len(names) > 1 else names[0],
    ],
)
def test_lists_of_one_label_each_are_one_label(jsonl: Write, write: Callable[[list[str]], object]) -> None:
    """As trackers export them, or a cell writes them; one list of two makes them several."""
    rows = [{"said": f"{text} {n}", "labels": write([["bug", "docs"][n % 2]])} for n, text in enumerate(ENGLISH * 2)]
    for labels, has_several in ((["ui"], False), (["bug", "ui"], True)):
        path = jsonl([*rows, *({"said": f"Please look at {n}.", "labels": write(labels)} for n in range(2))])
        table = look(path)
        found = {fact.key: fact.value for fact in facts(table, propose(table, "text-classification"))}
        assert set(found["labels"]) == {"bug", "docs", "ui"}
        assert (found["labels_per_text"] == "several") == has_several
        source = {"path": str(path), "input": "said", "expected": "labels"}
        shown = {key: found[key] for key in ("labels", "labels_per_text")}
        examples = load_examples(
            Task.model_validate({"name": "t", "instruction": "Which?", "examples": source} | shown), path.parent
        ).evidence
        assert {type(example.expected) for example in examples} == {list if has_several else str}


@pytest.mark.parametrize("mark", "/|,;+&\u060c\u061b\u3001")
def test_a_mark_between_labels_is_recognised_by_what_it_separates(jsonl: Write, mark: str) -> None:
    """What stands in several cells is a label of its own; "IT/HR" is one, "R+D" and "R+Q" whose parts are none too."""
    several = ["bill", "stop", "down", f"bill{mark}stop", f"down{mark}stop"]
    rows = [{"said": f"{text} {n}", "topics": several[n % 5]} for n, text in enumerate(ENGLISH * 4)]
    (column,) = [each for each in look(jsonl(rows)).columns if each.name == "topics"]
    assert (column.has_several, column.distinct, column.detail) == (True, 3, mark)
    known = {"labels": ["bill", "stop", "a+b"], "labels_per_text": "several", "family": "text-classification"}
    task = Task.model_validate({"name": "x", "instruction": "x", "examples": {"path": "x"}, **known})
    assert [family("text-classification").read_expected(cell, task) for cell in (f"stop{mark} bill", "a+b")] == [
        ["bill", "stop"], ["a+b"],
    ]  # fmt: skip
    whole = [{"said": row["said"], "who": ["IT/HR", "Sales", "Law/Tax"][n % 3],
              "topics": [f"R{mark}D", f"R{mark}Q", "Sales"][n % 3] if mark in "+&" else ""}
             for n, row in enumerate(rows)]  # fmt: skip
    assert not any(each.has_several for each in look(jsonl(whole)).columns)


@pytest.mark.parametrize("form", ["group/needs/{}", "Needs [{}]", "N[{0:.3}]. Needs [{0}]", "Needs: {}", "{}"])
def test_ticked_options_are_labels_without_their_question(tmp_path: Path, form: str) -> None:
    """As survey tools export the columns of one."""
    names = ("food", "water", "roof")
    rows = [[f'"{text} {n}"', *("x" * ((n + at) % 3 < 2) for at in range(3))] for n, text in enumerate(ENGLISH * 4)]
    path = tmp_path / "needs.csv"
    path.write_text("\n".join(map(",".join, [["said", *map(form.format, names)], *rows])), encoding="utf-8")
    table = look(path)
    proposal = propose(table, "text-classification")
    assert proposal.expected == "labels"
    assert sorted(of(facts(table, proposal), "labels")) == sorted(names)


@for_each(
    ("words", "expected"),
    [
        ("find the needs in the comments, several or none", "labels"),
        ("which of food and water does it ask for", "labels"),
        ("does it ask for water?", "N[water]. Needs [water]"),
    ],
)
def test_ticks_are_read_as_one_column_unless_one_is_asked_about(tmp_path: Path, words: str, expected: str) -> None:
    """Columns that say yes or no in words: together they are likelier than each."""
    names = ("food", "water", "roof", "school")
    lines = [",".join(["said", *(f"N[{name}]. Needs [{name}]" for name in names)])]
    for n in range(40):
        own = [name for at, name in enumerate(names) if (n >> at) % 3 == 0]
        lines.append(
            ",".join([f"we {n} lack {' and '.join(own)}", *("yes" if each in own else "no" for each in names)])
        )
    path = tmp_path / "needs.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert propose(look(path), "text-classification", words).expected == expected


def test_tags_between_blanks_are_labels_and_no_text(jsonl: Write) -> None:
    """Help desks write them so; single words join the words of one tag, as texts do not."""
    tags = ["login web_widget", "billing", "bug jira_escalated", "login", "billing web_widget jira_escalated"]
    rows = [
        {"said": f"{text} {n}", "tags": tags[n % 5], "more": f"{tags[n % 5].replace('_', ' ')}, {n}"}
        for n, text in enumerate(ENGLISH * 4)
    ]
    table = look(jsonl(rows))
    column = table.column("tags")
    assert column is not None
    assert (column.kind, column.distinct, column.has_several) == ("label", 5, True)
    assert [each.kind for each in table.columns if each is not column] == ["text", "text"]
    found = {fact.key: fact.value for fact in facts(table, propose(table, "text-classification", "predict the tags"))}
    assert (found["examples.expected"], found["labels_per_text"]) == ("tags", "several")
    source = {"path": table.path, "input": "said", "expected": "tags"}
    task: dict[str, Any] = {"name": "t", "instruction": "Which?", "examples": source, "labels_per_text": "several"}
    examples = load_examples(Task.model_validate(task | {"labels": found["labels"]}), Path(table.path).parent)
    assert {"billing", "jira_escalated", "web_widget"} in [set(each.expected) for each in examples.evidence]


def test_signs_are_no_words_of_a_label(jsonl: Write) -> None:
    """Of sixty categories each has a number, a group and a cause."""
    groups = ("personal loan", "current account", "debit card", "life insurance")
    labels = [f"{n % 4:02}.{n:02} - {groups[n % 4]} / {'wrong sum' if n % 8 > 3 else 'fee'}" for n in range(60)]
    rows = [{"said": f"{ENGLISH[n % 8]} {n}", "about": labels[n % 60]} for n in range(120)]
    assert [column.kind for column in look(jsonl(rows)).columns] == ["text", "label"]


def test_labels_of_two_words_are_whole_though_one_has_a_hyphen(jsonl: Write) -> None:
    """Some of their words are labels alone."""
    names = [f"{one} {other}" for one in ("log-in", "sign-up") for other in ("error", "delay", "question")]
    names += ["log-in", "sign-up", "error"]
    column = look(jsonl([{"said": f"{text} {n}", "about": names[n % 9]} for n, text in enumerate(ENGLISH * 8)])).column(
        "about"
    )
    assert column is not None
    assert (column.kind, column.distinct, column.has_several) == ("label", 9, False)


def _texts(count: int) -> list[str]:
    return [f"{ENGLISH[n % len(ENGLISH)]} {n}" for n in range(count)]


@for_each(
    ("again", "usual", "said", "is_joined"),
    [
        (["pay", "team"], 0, None, True),
        (["pay", "team"], 0, "one", False),
        (["pay", "team"], 0, "several", True),
        (["pay"], 1, None, False),  # two people who mostly agree
        (["pay", "team"], 6, None, False),
        (["pay", "team"], 6, "several", True),
    ],
)
def test_rows_of_one_text_with_a_label_each_are_one_example(
    jsonl: Write, again: list[str], usual: int, said: str | None, *, is_joined: bool
) -> None:
    """If many texts repeat and hardly any with the same label, as in a join of tables; or if the user says so."""
    rows = [{"text": text, "code": ["pay", "hours"][n % 2]} for n, text in enumerate(_texts(40))]
    rows += [{"text": text, "code": code} for text in _texts(10)[1::2] for code in again]
    rows += [{"text": text, "code": "hours"} for text in _texts(40)[1::2][:usual]]
    path = jsonl(rows)
    table = look(path)
    proposal = propose(table, "text-classification").with_columns({"expected": "code"})
    found = {fact.key: fact.value for fact in facts(table, proposal, said)}
    told = {each.key: each.text for each in notices(table, proposal, several=said)}
    assert found["labels_per_text"] == ("several" if is_joined else "one")
    assert ("contradictions" in told) is not is_joined
    line = told["labels_per_text" if is_joined else "contradictions"]
    assert ("--set labels_per_text=one" if is_joined else "--set labels_per_text=several") in line
    source = {"path": str(path), "input": "text", "expected": "code", "near_duplicates": "keep"}
    shown = {key: found[key] for key in ("labels", "labels_per_text")}
    task = {"name": "t", "instruction": "Which?", "examples": source, "teaching": {"count": 0}} | shown
    examples = load_examples(Task.model_validate(task), path.parent)
    torn = 5 - (len(again) == 1 == usual)  # in two of three rows the first says the same
    assert len(examples.evidence) == (40 if is_joined else 40 - torn)
    assert any("5 inputs have several labels" in note for note in examples.notes) is is_joined
    assert max((len(each.expected) for each in examples.evidence if is_joined), default=0) == (
        len({*again, "hours"}) if is_joined else 0
    )


def test_where_a_row_has_several_labels_other_rows_of_its_text_are_others_answers(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,label\na,x;y\na,x\nb,x\nc,y\nd,z\n", encoding="utf-8")
    task = {"name": "t", "instruction": "?", "examples": {"path": str(path)}, "labels_per_text": "several"}
    found = load_examples(Task.model_validate(task | {"teaching": {"count": 0}}), tmp_path)
    assert sorted(each.input for each in found.evidence) == ["b", "c", "d"]
