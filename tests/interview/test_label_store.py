"""What was labelled is kept: as files that a task can use, after a kill, taken back, changed, of several labels."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.interview.labeling.label_next import Item, Labelling, default_folder
from advisor.interview.labeling.label_texts import text_id
from advisor.interview.labeling.outlook import FEWEST_TO_GUESS, outlook
from advisor.task.delimited import NOTHING
from advisor.task.examples import load_examples
from advisor.task.model import Task
from advisor.task.rows import read_rows
from tests.interview.test_label_next import glossary


@pytest.fixture
def unlabelled(tmp_path: Path) -> Path:
    """Write the glossary's texts alone."""
    path = tmp_path / "texts.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text"])
        writer.writerows([text] for text in glossary()[0][:300])
    return path


def label_next(work: Labelling, labels: list[str] | str | None) -> Item:
    """Give labels to the next text, and return it."""
    item = work.next()
    assert item is not None
    work.give(item.index, labels)
    return item


def test_labels_become_files_that_a_task_can_use(unlabelled: Path, tmp_path: Path) -> None:
    """Evidence in the examples, teaching in its own file, each label where it was given."""
    texts, labels = glossary()
    truth = dict(zip(texts, labels, strict=True))
    work = Labelling.open(
        unlabelled, "text", sorted(set(labels)), tmp_path / "work", want_evidence=30, want_teaching=20, seed=1
    )
    while (item := work.next()) is not None:
        work.give(item.index, truth[item.text])
    assert work.counts == (30, 20, 0, 30, 20)
    made = work.finish()
    task = Task.model_validate(
        {
            "name": "made",
            "instruction": "What is it?",
            "examples": {"path": str(made.examples), "input": "text", "expected": "label"},
            "teaching": {"path": str(made.teaching)},
        }
    )
    found = load_examples(task, tmp_path)
    assert (len(found.evidence), len(found.teaching)) == (30, 20)
    assert all(truth[example.input] == example.expected for example in (*found.evidence, *found.teaching))


def test_evidence_and_teaching_take_turns(unlabelled: Path, tmp_path: Path) -> None:
    work = Labelling.open(unlabelled, "text", ["a", "b"], tmp_path / "w", want_evidence=30, want_teaching=10)
    for n in range(20):
        label_next(work, "ab"[n % 2])
    assert (work.counts.evidence, work.counts.teaching) == (15, 5)


def test_a_killed_process_loses_no_label(unlabelled: Path, tmp_path: Path) -> None:
    """A process that ends without a word after its seventh label leaves seven, also with a line cut short."""
    code = (
        "import os, sys; from pathlib import Path; from advisor.interview.labeling.label_next import Labelling\n"
        "work = Labelling.open(Path(sys.argv[1]), 'text', ['a', 'b'], Path(sys.argv[2]))\n"
        "for n in range(7): work.give(work.next().index, 'ab'[n % 2])\n"
        "os._exit(9)\n"
    )
    folder = tmp_path / "work"
    assert subprocess.run([sys.executable, "-c", code, str(unlabelled), str(folder)], check=False).returncode == 9
    with (folder / "labels.jsonl").open("a") as stream:
        stream.write('{"text": "half a li')
    work = Labelling.open(unlabelled, "text", ["a", "b"], folder)
    assert work.counts.evidence + work.counts.teaching == 7
    label_next(work, "a")
    assert Labelling.open(unlabelled, "text", ["a", "b"], folder).counts.evidence + work.counts.teaching == 8


def test_going_on_asks_for_the_same_text(unlabelled: Path, tmp_path: Path) -> None:
    """Whether a sitting ends or not changes nothing of the order."""
    folder = tmp_path / "work"
    at_once = Labelling.open(unlabelled, "text", ["a", "b"], tmp_path / "other")
    for n in range(12):
        work = Labelling.open(unlabelled, "text", ["a", "b"], folder)
        one, other = work.next(), at_once.next()
        assert one == other
        assert one is not None
        work.give(one.index, "ab"[n % 2])
        at_once.give(one.index, "ab"[n % 2])


def test_a_text_passed_over_is_counted_and_another_takes_its_place(unlabelled: Path, tmp_path: Path) -> None:
    work = Labelling.open(unlabelled, "text", ["a", "b"], tmp_path / "w", want_evidence=3, want_teaching=0)
    seen = [label_next(work, None if n < 2 else "a").index for n in range(5)]
    assert len(set(seen)) == 5
    assert work.next() is None
    assert work.counts[:3] == (3, 0, 2)


def test_opening_writes_nothing(unlabelled: Path, tmp_path: Path) -> None:
    work = Labelling.open(unlabelled, "text", ["a", "b"], tmp_path / "w")
    assert work.next() is not None
    assert not work.folder.exists()


def test_texts_passed_over_come_again_when_nothing_else_is_left(tmp_path: Path) -> None:
    """In a later round; in this one they do not."""
    path = tmp_path / "few.csv"
    path.write_text("text\n" + "".join(f"{text}\n" for text in ("win money", "see you", "free gold", "a meeting")))
    work = Labelling.open(path, "text", ["spam", "ham"], tmp_path / "w")
    assert sum(work.most) == 4
    passed = []
    while (item := work.next(passed)) is not None:
        work.give(item.index, None)
        passed.append(item.index)
    assert len(passed) == 4
    later = Labelling.open(path, "text", ["spam", "ham"], tmp_path / "w")
    item = label_next(later, "spam")
    assert item.index == next(at for at in passed if later.item(at) == item)
    following = later.next()
    assert following is not None
    assert following.index != item.index


def test_a_label_can_be_changed(unlabelled: Path, tmp_path: Path) -> None:
    work = Labelling.open(unlabelled, "text", ["a", "b"], tmp_path / "w")
    item = label_next(work, "a")
    work.give(item.index, "b")
    again = Labelling.open(unlabelled, "text", ["a", "b"], tmp_path / "w")
    assert again.counts.evidence + again.counts.teaching == 1
    held = again.given(item.index)
    assert held is not None
    assert held.labels == ("b",)


def test_a_file_that_grew_is_gone_on_with(tmp_path: Path) -> None:
    """What was evidence stays evidence, what may teach never becomes it, and the new rows come too."""
    texts = glossary()[0]
    path = tmp_path / "texts.csv"

    def write(count: int) -> None:
        with path.open("w", newline="") as stream:
            csv.writer(stream).writerows([["text"], *([text] for text in texts[:count])])

    def parts(work: Labelling) -> dict[str, str]:
        return {item.text: item.role for at in range(400) if (item := work.item(at)) is not None}

    write(40)
    work = Labelling.open(path, "text", ["a", "b"], tmp_path / "w")
    before = parts(work)
    for _ in range(6):
        label_next(work, "a")
    write(80)
    grown = Labelling.open(path, "text", ["a", "b"], tmp_path / "w")
    after = parts(grown)
    assert {text: after[text] for text in before} == before
    added = [role for text, role in after.items() if text not in before]
    assert 20 <= added.count("evidence") <= 28
    assert grown.counts[:2] == work.counts[:2]
    label_next(grown, "b")
    assert parts(Labelling.open(path, "text", ["a", "b"], tmp_path / "w")) == after


def test_labels_of_evidence_do_not_decide_what_teaches(unlabelled: Path, tmp_path: Path) -> None:
    """With other labels on the evidence the same texts teach."""
    taught = []
    for evidence in ("a", "b"):
        work = Labelling.open(unlabelled, "text", ["a", "b"], tmp_path / evidence, want_evidence=30, want_teaching=30)
        chosen = []
        while (item := work.next()) is not None:
            if item.role == "teaching":
                chosen.append(item.index)
            work.give(item.index, evidence if item.role == "evidence" else "ab"[len(chosen) % 2])
        taught.append(chosen)
    assert taught[0] == taught[1]


def test_several_labels_are_written_as_a_list(unlabelled: Path, tmp_path: Path) -> None:
    """Where one text has several, every cell is a JSON list."""
    work = Labelling.open(unlabelled, "text", ["a", "b"], tmp_path / "w", want_evidence=2, want_teaching=0)
    for labels in (["a", "b"], ["a"]):
        label_next(work, labels)
    with work.finish().examples.open(newline="") as stream:
        assert [json.loads(row["label"]) for row in csv.DictReader(stream)] == [["a", "b"], ["a"]]


def test_wrong_labels_are_refused_by_name(unlabelled: Path, tmp_path: Path) -> None:
    """What is kept is one of the labels; a changed file is not gone on with."""
    work = Labelling.open(unlabelled, "text", ["animal", "food"], tmp_path / "w")
    item = work.next()
    assert item is not None
    with pytest.raises(InputError, match="did you mean 'animal'"):
        work.give(item.index, "animla")
    with pytest.raises(InputError, match="is empty"):
        work.give(item.index, " ")
    with pytest.raises(InputError, match="label some first"):
        work.finish()
    work.give(item.index, "food")
    unlabelled.write_text("text\nanother\nand one more\n")
    with pytest.raises(InputError, match="holds other texts than when its labelling began"):
        Labelling.open(unlabelled, "text", ["animal", "food"], tmp_path / "w")


def test_a_damaged_store_names_its_line(unlabelled: Path, tmp_path: Path) -> None:
    """A whole line that is no label is not passed over in silence."""
    work = Labelling.open(unlabelled, "text", ["a"], tmp_path / "w")
    label_next(work, "a")
    with (work.folder / "labels.jsonl").open("a") as stream:
        stream.write("[]\n")
    with pytest.raises(InputError, match=r"labels\.jsonl:4"):
        Labelling.open(unlabelled, "text", ["a"], tmp_path / "w")


def test_labels_are_kept_below_the_data_folder(
    unlabelled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One folder a file and column, unless another is named."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    work = Labelling.open(unlabelled, "text", ["a"])
    assert work.folder == default_folder(unlabelled, "text")
    assert tmp_path / "data" in work.folder.parents


@settings(max_examples=40)
@given(
    texts=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), min_size=2, max_size=8)
)
def test_any_text_comes_back_from_the_files(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    """Quotes, line ends and blanks are kept, whatever the label; "NULL" in a column of numbers is nothing."""
    assume(NOTHING.isdisjoint(map(str.strip, texts)))
    folder = tmp_path_factory.mktemp("any")
    path = folder / "texts.jsonl"
    path.write_text("".join(json.dumps({"t": text}) + "\n" for text in texts))
    filled = [text for text in texts if text.strip()]
    if not filled:
        with pytest.raises(InputError):
            Labelling.open(path, "t", [], folder / "w")
        return
    work = Labelling.open(path, "t", [], folder / "w", want_evidence=len(texts), want_teaching=0)
    while (item := work.next()) is not None:
        work.give(item.index, f"label of {text_id(item.text)}")
    rows = [row.columns for row in read_rows(work.finish().examples, ("t", "label"))]
    assert {row["t"] for row in rows} <= set(filled)
    assert all(row["label"] == f"label of {text_id(row['t'])}" for row in rows)


@pytest.fixture
def of_two(tmp_path: Path) -> Path:
    """Write 300 texts about money or sport."""
    texts = [
        f"{word} {text}" for text in glossary()[0][:150] for word in ("invoice payment money", "football goal team")
    ]
    path = tmp_path / "two.csv"
    path.write_text("text\n" + "".join(f'"{text}"\n' for text in texts), encoding="utf-8")
    return path


def test_how_long_is_asked_follows_what_the_labels_tell(of_two: Path, tmp_path: Path) -> None:
    """More where a certificate is in sight, fewer where labels follow no text; the evidence's labels have no say."""

    def wanted(name: str, teaches: list[str], proves: str) -> int:
        work = Labelling.open(of_two, "text", ["money", "sport"], tmp_path / name)
        first = outlook(work, 0.9, 0.95, 4)
        assert "certifying 90% takes 37 labels" in first.why
        while len(work.taught()) < FEWEST_TO_GUESS + 4 and (item := work.next()) is not None:
            given = (
                teaches[len(work.taught()) % len(teaches)]
                if teaches
                else "sport"
                if "football" in item.text
                else "money"
            )
            work.give(item.index, given if item.role == "teaching" else proves)
        now = outlook(work, 0.9, 0.95, 4)
        assert now.why
        assert now.to_go(work) < sum(work.most)
        return now.evidence - first.evidence

    assert wanted("clear", [], "money") == wanted("clear too", [], "sport") > 0
    assert wanted("none", ["money", "money", "sport"], "money") < 0


def test_a_certificate_is_named_only_where_the_texts_are_enough_for_it(of_two: Path, tmp_path: Path) -> None:
    """No more labels are promised than there are texts, and the bar is said with its digits."""
    work = Labelling.open(of_two, "text", ["money", "sport"], tmp_path / "work")
    while len(work.taught()) < FEWEST_TO_GUESS + 4 and (item := work.next()) is not None:
        work.give(item.index, "sport" if "football" in item.text else "money")
    most = work.most[0]
    assert outlook(work, 0.8, 0.95, 4).why.endswith("so more may certify 80%")
    for bar, said in ((0.9, "90%"), (0.995, "99.5%")):
        assert outlook(work, bar, 0.95, 4).evidence == most
        assert outlook(work, bar, 0.95, 4).why.endswith(f"; {most} labels as evidence show how near {said} is")
