"""Columns with several labels a row: lists, marks between them, ticks and tags."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from advisor.families import family
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


@pytest.mark.parametrize("form", ["group/needs/{}", "Needs [{}]", "Needs: {}", "{}"])
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
