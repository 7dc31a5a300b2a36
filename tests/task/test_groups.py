"""Rows that belong together: one of a group is evidence, and no group stands on both sides."""

import json
from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.task.example import Example
from advisor.task.examples import ExampleSet, load_examples
from advisor.task.growth import Held
from advisor.task.model import Task
from tests.task.helpers import task_for, write

GROUPS, SIZE = 12, 5
WHO = [f"{kind} {n}" for kind in ("invoice", "meeting", "parcel", "holiday", "server") for n in range(GROUPS)]


def csv_of(groups: int = GROUPS, size: int = SIZE) -> str:
    """Return rows by author, of two labels, whose texts have little in common."""
    rows = [
        f'"{WHO[row]} of {author} about {row * 7919 % 101}",{"ab"[(author + row) % 2]},author {author}'
        for author in range(groups)
        for row in range(size)
    ]
    return "\n".join(["text,label,author", *rows])


def load(folder: Path, text: str, begun: tuple[Held, ...] = (), **more: object) -> ExampleSet:
    """Return what a file by author gives."""
    write(folder / "rows.csv", text)
    task = task_for("rows.csv", **more)
    size = "growing" if begun else "fixed"
    return load_examples(
        task.model_copy(update={"examples": task.examples.model_copy(update={"groups": "author", "size": size})}),
        folder,
        begun,
    )


def authors(examples: object) -> list[str | None]:
    """Return whose some examples are."""
    return [each.group for each in examples]  # type: ignore[attr-defined]


def test_one_row_of_a_group_is_evidence_and_none_stands_on_both_sides(tmp_path: Path) -> None:
    """Whole groups teach, as many as give the rows that the task asks for; how many count is said."""
    found = load(tmp_path, csv_of(), teaching={"count": 11})
    assert len(found.teaching) == 15
    assert len(set(authors(found.teaching))) == 3
    assert len(authors(found.evidence)) == len(set(authors(found.evidence))) == 9
    assert not set(authors(found.teaching)) & set(authors(found.evidence))
    said = "9 count as evidence, one of each, 15 rows of 3 others teach; 36 more of the same are left out"
    assert f"rows with the same 'author' belong together: {said}" in found.notes
    assert load(tmp_path, csv_of(), teaching={"count": 11}).evidence == found.evidence
    default = load(tmp_path, csv_of())
    assert len(set(authors(default.teaching))) + len(default.evidence) == GROUPS


def test_a_larger_group_is_drawn_no_sooner(tmp_path: Path) -> None:
    """A claim is about new groups, so their order must not depend on how many rows each has."""
    large = "\n".join([csv_of(11, 1), *(f"{WHO[row]} again {row},a,large" for row in range(40))])
    first = sum(
        load(tmp_path, large, seed=seed, teaching={"count": 1}).teaching[0].group == "large" for seed in range(60)
    )
    assert first <= 15  # of 60 draws of one among 12; by rows it would be 47


def test_the_inputs_own_column_groups_what_one_template_wrote(tmp_path: Path) -> None:
    rows = [f'"parcel {n * 7919} for {"vwxyz"[n % 5]}, shelf 3.{n}",{"ab"[n % 2]}' for n in range(36)]
    write(tmp_path / "rows.csv", "\n".join(["text,label", *rows]))
    task = task_for("rows.csv", teaching={"count": 0})
    task = task.model_copy(update={"examples": task.examples.model_copy(update={"groups": "text"})})
    found = load_examples(task, tmp_path)
    assert len(found.evidence) == 5
    assert any("rows whose 'text' differs only in numbers belong together: 5 count" in note for note in found.notes)


def test_tokens_of_one_template_belong_together(tmp_path: Path) -> None:
    """In CoNLL the input's own column holds a list of tokens, which is grouped as its text."""
    places = ("Roma", "Pisa", "Bari", "Lucca", "Siena")
    rows = (f"ordine O\n{n * 7919} O\nper O\n{places[n % 5]} B-LOC\n" for n in range(36))
    write(tmp_path / "rows.conll", "\n".join(rows))
    more = {"family": "token-classification", "labels": ["LOC"], "teaching": {"count": 0}}
    examples = {"path": "rows.conll", "input": "tokens", "expected": "tags", "groups": "tokens"}
    task = Task.model_validate({"name": "t", "instruction": "Mark.", **more, "examples": examples})
    assert {each.group for each in load_examples(task, tmp_path).evidence} == {
        f"ordine 0 per {place.casefold()}" for place in places
    }


def test_what_has_no_group_counts_by_itself_and_one_group_alone_is_refused(tmp_path: Path) -> None:
    text = csv_of(3, 4) + '\n"no name here, once",a,\n"nor there, twice",b,'
    found = load(tmp_path, text, teaching={"count": 0})
    assert len(found.evidence) == 5
    assert any("2 rows have nothing in 'author'" in note for note in found.notes)
    with pytest.raises(InputError, match="only 1 row would count as evidence"):
        load(tmp_path, csv_of(1, 8), teaching={"count": 0})
    with pytest.raises(InputError, match="has no column 'author'"):
        load(tmp_path, csv_of().replace("author\n", "writer\n", 1))


def test_rows_added_to_a_group_that_was_seen_do_not_count(tmp_path: Path) -> None:
    """A run that grows takes one row of each new group, after those it has."""
    before = load(tmp_path, csv_of(6), teaching={"count": 5})
    kept = [
        tuple(Example(e.id, e.input, e.expected, e.line) for e in part) for part in (before.evidence, before.teaching)
    ]
    held = Held("run", kept[0], kept[1], (len(kept[0]),), before.labels)
    more = csv_of(8) + '\n"something else entirely",a,author 2'
    after = load(tmp_path, more, (held,), teaching={"count": 5})
    assert [each.id for each in after.evidence[: len(before.evidence)]] == [each.id for each in before.evidence]
    assert sorted(filter(None, authors(after.evidence[len(before.evidence) :]))) == ["author 6", "author 7"]


def test_a_file_that_teaches_keeps_apart_and_critical_rows_stay(tmp_path: Path) -> None:
    """What teaches gives way; a critical row counts though another of its group is evidence."""
    write(tmp_path / "teach.csv", csv_of(2, 2).replace("about", "regarding"))
    evidence = csv_of(6).replace("author 0", "author 9")
    found = load(tmp_path, evidence, teaching={"path": "teach.csv"})
    assert set(authors(found.teaching)) == {"author 0"}
    assert any("teach.csv: 2 rows do not teach" in note for note in found.notes)
    lines = csv_of().splitlines()
    marked = "\n".join(
        [lines[0] + ",must", *(f"{line},{'yes' if n % 7 == 0 else 'no'}" for n, line in enumerate(lines[1:]))]
    )
    found = load(tmp_path, marked, teaching={"count": 20}, bar={"critical": "must"})
    assert len(found.critical) == 9
    assert not set(authors(found.critical)) & set(authors(found.teaching))


def test_the_column_is_no_other() -> None:
    with pytest.raises(ValueError, match="name one such as the author"):
        Task.model_validate(
            {"name": "t", "instruction": "Sort.", "examples": {"path": "x", "expected": "label", "groups": "label"}}
        )


def test_queries_are_grouped_by_their_right_answer(tmp_path: Path) -> None:
    """A ranking's expected places say it with the candidates; without groups each counts, and a line says so."""
    pages = [f"page {name} is about {name * 3}" for name in "pqrstu"]
    rows = [
        {"q": f"{how} {name * 3}", "c": pages[n:] + pages[:n][: n % 3], "best": 0}
        for n, name in enumerate("pqrst")
        for how in ("where is", "I cannot find", "tell me of", "what does it say on", "looking for")
    ]
    write(tmp_path / "rows.json", json.dumps(rows))
    inputs = {"path": "rows.json", "input": {"query": "q", "candidates": "c"}, "expected": "best"}
    told = {}
    for groups in (None, "best"):
        more = {"family": "text-ranking", "examples": inputs | {"groups": groups}}
        told[groups] = load_examples(Task.model_validate({"name": "t", "instruction": "Order.", **more}), tmp_path)
    said = "\n".join(told[None].notes)
    assert "25 queries have 5 different right answers, and each counts by itself" in said
    assert "examples.groups: best counts one of each" in said
    assert (len(told[None].evidence), len(told["best"].evidence)) == (25, 5)
    assert {each.group for each in told["best"].evidence} == {*pages[:5]}
    said = "\n".join(told["best"].notes)
    assert "queries with the same right answer belong together: 5 count as evidence" in said
    assert "each counts by itself" not in said


def test_a_column_of_grades_is_no_group(tmp_path: Path) -> None:
    """With a candidate per row the notice counts the queries with one right answer, and names no column."""
    pages = [f"page {name} is about {name * 3}" for name in "pqrst"]
    asked = [(f"{how} {n}", n) for n in range(5) for how in ("where is", "I seek", "tell me of", "looking for")]
    graded = [f"{query},{page},{int(at == n)}" for query, n in asked for at, page in enumerate(pages)]
    write(tmp_path / "rows.csv", "\n".join(["q,page,grade", *graded]))
    inputs = {"path": "rows.csv", "input": {"query": "q", "candidates": "page"}, "expected": "grade"}
    task = {"name": "t", "instruction": "Order.", "family": "text-ranking", "examples": inputs}
    said = "\n".join(load_examples(Task.model_validate(task), tmp_path).notes)
    assert "20 queries have 5 different right answers" in said
    assert "examples.groups" not in said


def test_a_task_file_without_groups_is_told_of_templates(tmp_path: Path) -> None:
    """Each row counts by itself; a line says what that proves, and which column counts one of each."""
    rows = [f"disk of {name} is {n * 10 + k}% full,{'ab'[k]}" for n, name in enumerate("pqrstuvwxyz") for k in (0, 1)]
    write(tmp_path / "rows.csv", "\n".join(["text,label", *rows]))
    task = task_for("rows.csv")
    found = load_examples(task, tmp_path)
    assert any("22 different inputs are 11 without their numbers" in note for note in found.notes)
    assert any("examples.groups: text counts one of each" in note for note in found.notes)
    grouped = task.model_copy(update={"examples": task.examples.model_copy(update={"groups": "text"})})
    assert not any("without their numbers" in note for note in load_examples(grouped, tmp_path).notes)
    write(tmp_path / "rows.csv", csv_of())
    assert not any("without their numbers" in note for note in load_examples(task, tmp_path).notes)
