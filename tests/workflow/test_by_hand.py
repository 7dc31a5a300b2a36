"""Examples made by hand: mistakes can be corrected, every way has an end, and only a person labels."""

import csv
import json
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from advisor.api import recommend
from advisor.errors import OutOfReachError
from advisor.execution.control import Stopped
from advisor.interview.facts import Understanding
from advisor.interview.question import Question
from advisor.report.card import without_answer
from advisor.report.model import Report
from advisor.report.sentences import headline
from advisor.system.codec import read
from advisor.workflow.drive import _unusable, drive
from advisor.workflow.frontend import Answer, Event, MissingAnswerError, Planned, Shortlisted
from advisor.workflow.sessions import STATE, Start, folder_of, new_id
from tests.conftest import Home, run_advisor
from tests.tables import for_each

ENOUGH = {"enough": True}
WORDS = "first words, spam or ham"
TEXTS = ("win money now", "see you at lunch", "free gold inside", "the meeting is at ten", "cheap pills")
MAILS = (
    ("I was charged twice", "billing"),
    ("the app crashes on start", "bug"),
    ("how do I pay by card", "billing"),
    ("the login button does nothing", "bug"),
    ("thanks for the talk", "other"),
    ("where is your office", "other"),
)
SPANISH = (
    "El libro llegó con la portada doblada, pero la lectura me encantó",
    "No encuentro novelas de misterio en la planta baja",
    "La sala infantil debería abrir también los domingos por la tarde",
    "Hace muchísimo frío junto a las ventanas de la sala de lectura",
)
ROUTING = "route support mails into billing, bug or other; 70% right"


class Talk:
    """Gives answers in turn, and stops after the last; what the machine has asked about takes its default."""

    def __init__(self, answers: Iterable[Any]) -> None:
        self.answers = list(answers)
        self.asked: list[Question] = []
        self.task: dict[str, Any] = {}
        self.shortlists: list[Shortlisted] = []

    def ask(self, question: Question, understanding: Understanding) -> Answer:
        """Answer, or change another key."""
        if question.key.partition(".")[0] in {"constraints", "bar", "download", "servers"}:
            return Answer(question.key, question.default)
        self.asked.append(question)
        if not self.answers:
            raise Stopped
        answer = self.answers.pop(0)
        return answer if isinstance(answer, Answer) else Answer(question.key, answer)

    def tell(self, event: Event) -> None:
        """Keep the task that is planned."""
        if isinstance(event, Shortlisted):
            self.shortlists.append(event)
        if isinstance(event, Planned):
            self.task = yaml.safe_load(event.task_file.read_text(encoding="utf-8"))


@pytest.fixture
def unlabelled(tmp_path: Path) -> Path:
    """Write five texts."""
    path = tmp_path / "q.csv"
    path.write_text("".join(f"{text}\n" for text in ("text", *TEXTS)), encoding="utf-8")
    return path


def talk(start: Start, *answers: Any, session: str = "") -> Talk:
    """Hold an interview up to where the answers end."""
    frontend = Talk(answers)
    with pytest.raises(Stopped):
        drive(session or new_id(), frontend, start=start)
    return frontend


def labels_kept(home: Home) -> list[dict[str, Any]]:
    """Return the lines of all labellings."""
    stores = home.data.glob("model-advisor/labelling/*/labels.jsonl")
    return [json.loads(line) for store in stores for line in store.read_text(encoding="utf-8").splitlines()]


def test_defaults_label_nothing(ready_home: Home, unlabelled: Path) -> None:
    """`--yes` says in one line what the file lacks; no row is passed over for those who come later."""
    ran = run_advisor(
        ready_home, "recommend", WORDS, "--examples", unlabelled, "--yes", "--set", "labels=[spam,ham]", "--offline",
    )  # fmt: skip
    assert ran.code == 2
    (sheet,) = ready_home.data.glob("model-advisor/labelling/*/to-label.csv")
    shown = (
        f"fill 'label' (spam, ham) from the top and run the same with --examples {sheet}; 37 that nothing learns from"
    )
    shown += ", all right, prove 90%"
    assert ran.err.splitlines()[-6:] == [
        f"error: 'q.csv' has no column of labels; its inputs are in random order in {sheet}: {shown}",
        "  1. `advisor interview` labels some of its rows",
        "  2. --examples hf://datasets/OWNER/NAME: a public data set; what it proves is about that data",
        "  3. --set examples.expected=COLUMN: a column of it says what is expected",
        "  4. --set family=NAME: another kind of task than text-classification",
        "  5. --examples FILE: another file",
    ]
    header, *texts = csv.reader(sheet.read_text(encoding="utf-8-sig").splitlines())
    assert header == ["text", "label"]
    assert sorted(texts) == sorted([line, ""] for line in unlabelled.read_text(encoding="utf-8").splitlines()[1:])
    assert "label:" not in ran.err
    assert labels_kept(ready_home) == []


def test_a_heading_is_on_the_sheet_beside_its_text(ready_home: Home, tmp_path: Path) -> None:
    """Rows of one title differ in their texts; either may be empty."""
    records = "".join(
        f"TY  - JOUR\nTI  - {TEXTS[n % 3]}\n{f'AB  - A trial of {n} people in town {n * 7}.' if n else ''}\nER  - \n\n"
        for n in range(12)
    )
    path = tmp_path / "papers.ris"
    path.write_text(records, encoding="utf-8")
    ran = run_advisor(
        ready_home, "recommend", WORDS, "--examples", path, "--yes", "--set", "labels=[in,out]", "--offline"
    )
    assert ran.code == 2
    (sheet,) = ready_home.data.glob("model-advisor/labelling/*/to-label.csv")
    header, *rows = csv.reader(sheet.read_text(encoding="utf-8-sig").splitlines())
    assert header == ["TI", "AB", "label"]
    assert sum(row[1] == "" for row in rows) == 1
    assert len({row[1] for row in rows}) == len(rows) > 8


def test_the_library_labels_nothing_either(here: Home, unlabelled: Path) -> None:
    with pytest.raises(MissingAnswerError) as missing:
        recommend(WORDS, examples=unlabelled, offline=True, answers={"no_examples": "label"})
    assert missing.value.key.startswith("label:")
    assert labels_kept(here) == []


def test_rows_passed_over_come_again(here: Home, unlabelled: Path) -> None:
    """When all were passed over it is asked how to go on; a later session offers them too."""
    start = Start(WORDS, str(unlabelled), offline=True)
    frontend = talk(start, "label", *[None] * 5, "label", "spam")
    keys = [question.key for question in frontend.asked]
    assert keys[0] == keys[6] == "no_examples"
    assert keys[1:6] == list(dict.fromkeys(keys[1:6]))
    assert keys[7] in keys[1:6]
    assert "no row has a label yet" in frontend.asked[6].problem
    assert frontend.asked[6].choices[0].label == "go through the 5 rows passed over"
    later = talk(start, "label", "ham")
    assert later.asked[1].key.startswith("label:")
    assert "1 labelled, about 4 to go" in later.asked[1].why
    takes = "certifying 90% takes 37 labels as evidence, all right; these rows give 3 at most"

    assert [takes in each.why for each in (frontend.asked[1], later.asked[1])] == [True, False]
    assert sum("labels" in line for line in labels_kept(here)) == 7


@pytest.mark.usefixtures("here")
def test_one_label_is_not_enough(unlabelled: Path) -> None:
    """Labelling goes on until the evidence has two; then the word is enough, in capitals or not."""
    truth = dict(zip(TEXTS, ("SPAM", "Ham", "spam", "ham", "spam"), strict=True))
    start = Start(WORDS, str(unlabelled), offline=True)
    frontend = Talk([])

    def answer(question: Question, understanding: Understanding) -> Answer:
        if not question.is_by_hand and question.key != "plan":
            return Talk.ask(frontend, question, understanding)
        frontend.asked.append(question)
        if question.key == "no_examples":
            return Answer(question.key, "label")
        if question.key == "plan":
            raise Stopped
        offers = ENOUGH in [choice.value for choice in question.choices]
        if question.problem or offers:
            return Answer(question.key, "ENOUGH" if offers else truth[question.text])
        return Answer(question.key, "enough" if len(frontend.asked) == 3 else truth[question.text])

    frontend.ask = answer  # type: ignore[method-assign]
    with pytest.raises(Stopped):
        drive(new_id(), frontend, start=start)
    refused = frontend.asked[3]
    assert refused.key == frontend.asked[2].key
    assert refused.problem.startswith("that is not enough yet")
    assert "all rows that count as evidence have one label so far, 'spam'" in refused.why
    assert frontend.task["labels"] == ["spam", "ham"]
    assert frontend.asked[-1].key == "plan"


def test_a_label_is_corrected(here: Home, unlabelled: Path) -> None:
    """By its key, at any later question; what is written for the task follows, and another session's label stands."""
    start, session = Start(WORDS, str(unlabelled), offline=True), new_id()
    asked = talk(start, "label", "spma", "spam", session=session).asked
    first = asked[1].key
    assert asked[2].problem == "spma is none of spam, ham"
    changed = talk(start, Answer(first, "HAM"), session=session)
    assert labels_kept(here)[-1]["labels"] == ["ham"]
    assert changed.asked[-1].key == changed.asked[0].key
    other = talk(start, "label", Answer(first, "spam"))
    assert other.asked[-1].key.startswith("label:")
    assert labels_kept(here)[-1]["labels"] == ["ham"]


def test_labels_that_are_taken_back_are_asked_again(here: Home, unlabelled: Path) -> None:
    """Each in turn, with the label it had as what enter takes; the last one of all too."""
    start, session = Start(WORDS, str(unlabelled), offline=True), new_id()
    keys = [each.key for each in talk(start, "label", "spam", "ham", session=session).asked[1:3]]
    back = [Answer(key, is_taken_back=True) for key in reversed(keys)]
    again = talk(start, *back, "ham", "spam", session=session).asked
    assert [(each.key, each.default) for each in again[2:4]] == [(keys[0], "spam"), (keys[1], "ham")]
    assert again[4].default is None
    assert [line["labels"] for line in labels_kept(here) if "labels" in line][-2:] == [["ham"], ["spam"]]


def test_labels_of_an_earlier_sitting_are_said_and_may_be_set_aside(here: Home, unlabelled: Path) -> None:
    """What another session gave is kept where the user says so; relabelling keeps it under another name."""
    start = Start(WORDS, str(unlabelled), offline=True)
    talk(start, "label", "spam", "spam")
    way = talk(start).asked[0]
    details = {choice.value: choice.detail for choice in way.choices}
    assert details["label"] == "goes on from 2 rows labelled earlier"
    assert details["relabel"] == "sets the 2 earlier labels aside"
    session = new_id()
    again = talk(start, "relabel", "ham", session=session)
    assert again.asked[1].why.startswith("0 labelled")
    assert [line["labels"] for line in labels_kept(here) if "labels" in line] == [["ham"]]
    talk(start, "ham", session=session)  # looked at again, nothing more is set aside
    assert [line["labels"] for line in labels_kept(here) if "labels" in line] == [["ham"], ["ham"]]
    assert len([*here.data.glob(f"model-advisor/labelling/*/before-{session}.jsonl")]) == 1


def test_labelling_that_ends_says_why_and_goes_on_when_wanted(here: Home, tmp_path: Path) -> None:
    """Where no more labels are forecast to pay it asks; after the plan more are labelled of the same list."""
    path = tmp_path / "my list.txt"
    things = ("vase", "letter", "map", "photo", "coin", "stamp", "book", "chair")
    texts = [f"{thing} of a {place} {n}" for n, thing in enumerate(things) for place in ("mill", "town hall", "bridge")]
    texts += [f"{text}, broken in 19{n}, {text[::-1]}" for n, text in enumerate(texts, 10)]
    texts += [f"{things[n % 8]} {n}: {text[5:]} and {things[n // 8 % 8]}" for n, text in enumerate(texts)]
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    frontend, given = Talk([]), 0

    def answer(question: Question, understanding: Understanding) -> Answer:
        nonlocal given
        frontend.known = understanding  # type: ignore[attr-defined]
        if question.key.startswith("label:") and not frontend.answers:
            given += 1
            return Answer(question.key, ("ham", "spam")[given * given // 3 % 2])
        return Talk.ask(frontend, question, understanding)

    frontend.ask = answer  # type: ignore[method-assign]
    frontend.answers = ["label"]
    start, session = Start("sort entries into spam or ham", str(path), offline=True), new_id()
    with pytest.raises(Stopped):
        drive(session, frontend, start=start)
    end = frontend.asked[-1]
    left = next(choice.label for choice in end.choices if choice.value == "more")
    assert end.text == "Is that enough?"
    assert end.why.startswith(f"{given} rows labelled: of ")
    assert "have the label of those most like them, so more are unlikely to reach 90%" in end.why
    assert (end.default, end.problem, end.choices[0].value) == ("enough", "", "enough")
    assert left.startswith("label on: ")
    frontend.answers = ["enough"]
    with pytest.raises(Stopped):
        drive(session, frontend)
    assert frontend.asked[-1].key == "plan"
    assert frontend.known.value("examples") == str(path)  # type: ignore[attr-defined]
    assert frontend.known.get("teaching.path") is None  # type: ignore[attr-defined]
    with Path(frontend.task["examples"]["path"]).open(encoding="utf-8", newline="") as stream:
        rows = [(int(line), text) for text, _, line in list(csv.reader(stream))[1:]]
    assert all(texts[line - 1] == text for line, text in rows)
    frontend.answers = ["more", "spam", "enough"]
    with pytest.raises(Stopped):
        drive(session, frontend, change=Answer("more_examples", True))  # noqa: FBT003  an answer's value
    way, first, second = frontend.asked[-4:-1]
    assert way.choices[0].label == f"{left} in 'my list.txt'"
    assert f"{given} labelled, {left.split()[2]} left" in first.why
    assert second.key != first.key
    assert frontend.asked[-1].key == "plan"
    assert sum("labels" in line for line in labels_kept(here)) == given + 1


@pytest.mark.usefixtures("here")
def test_other_examples_forget_none_where_no_model_fits(tmp_path: Path) -> None:
    """Of pictures no other kind of task is offered; another file is, and the one there is stands till it is named."""
    for n in range(12):
        (folder := tmp_path / "scans" / ("letter", "map")[n % 2]).mkdir(parents=True, exist_ok=True)
        (folder / f"{n}.png").write_bytes(bytes([n]) + b"IEND\xae\x42\x60\x82")
    start = Start("sort scanned pictures into letter or map", str(tmp_path / "scans"), offline=True)
    asked = talk(start, "examples", None).asked
    assert [question.key for question in asked] == ["none_left", "examples", "none_left"]
    assert [choice.value for choice in asked[0].choices] == ["anyway", "examples"]
    assert asked[1].default == str(tmp_path / "scans")


@pytest.mark.usefixtures("here")
def test_more_examples_forget_nothing(tmp_path: Path) -> None:
    """Till another file is given the one there is stands; with it goes what was said of how the old one is read."""
    path, other = tmp_path / "mails.csv", tmp_path / "more.csv"
    for file, name in ((path, "mail"), (other, "text")):
        with file.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerows(
                [(name, "expected"), *((f"{text}, {n} times", label) for n in range(6) for text, label in MAILS)]
            )
    session = new_id()
    start = Start(ROUTING, str(path), answers={"examples.input": "mail"}, offline=True)
    talk(start, session=session)
    for answers, kept in ((None, path), (str(path), path), (str(other), other)):
        frontend = Talk([answers])
        with pytest.raises(Stopped):
            drive(session, frontend, change=Answer("more_examples", True))  # noqa: FBT003  an answer's value
        more, plan = frontend.asked
        assert (more.key, more.default) == ("examples", str(path))
        assert "takes the place of 'mails.csv', 36 rows" in more.why
        assert plan.key == "plan"
        assert frontend.task["examples"]["path"] == str(kept)
        assert frontend.task["examples"]["input"] == ("mail" if kept == path else "text")
        assert frontend.task["labels"] == ["billing", "bug", "other"]


@pytest.mark.usefixtures("here")
def test_another_file_that_is_not_there_leads_back(unlabelled: Path) -> None:
    """To the question how to come by examples, with every way still open."""
    frontend = talk(Start(WORDS, str(unlabelled), offline=True), "file", None, "label", None, "write")
    keys = [question.key for question in frontend.asked]
    assert keys == ["no_examples", "examples", "no_examples", "unlabelled", "no_examples", "write:0"]


@pytest.mark.usefixtures("here")
def test_what_would_be_tried_is_shown_to_who_has_no_examples() -> None:
    """With the ways to examples asked about again; it is offered once."""
    frontend = talk(Start(ROUTING, offline=True), None, "shortlist", "write")
    file, way, again, text = frontend.asked
    assert (file.key, way.key, again.key, text.key) == ("examples", "no_examples", "no_examples", "write:0")
    assert [choice.value for choice in way.choices] == ["label", "write", "file", "shortlist"]
    assert [choice.value for choice in again.choices] == ["label", "write", "file"]
    assert "shortlist" in again.text
    assert not again.problem
    (shown,) = frontend.shortlists
    assert shown.family == "text-classification"
    assert any(not each.is_baseline for each in shown.shortlist.candidates)


@pytest.mark.usefixtures("here")
def test_what_would_be_tried_is_shown_for_a_file_without_answers(tmp_path: Path) -> None:
    """By the language of its texts: before any is labelled it is said that no model here is made for it."""
    path = tmp_path / "cartas.csv"
    path.write_text("".join(f"{text}\n" for text in ("texto", *SPANISH)), encoding="utf-8")
    frontend = talk(Start(ROUTING, str(path), offline=True), "shortlist", "label")
    way, again, _ = frontend.asked
    assert [choice.value for choice in way.choices] == ["label", "write", "file", "shortlist"]
    assert "made for other languages than Spanish (of your file); online" in way.why
    assert [choice.value for choice in again.choices] == ["label", "write", "file"]
    (shown,) = frontend.shortlists
    assert any("knows Spanish" in why for each in shown.shortlist.candidates for why in each.why)


@pytest.mark.usefixtures("here")
def test_another_file_is_read_by_its_own_columns(tmp_path: Path) -> None:
    """Where one is named in place of a file that cannot be used, what was said of the first one's columns goes."""
    first, other = tmp_path / "first.jsonl", tmp_path / "other.csv"
    rows = [{"mail": f"{text}, {n} times", "odd": "odd", "id": n} for n in range(6) for text, _ in MAILS]
    first.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    cells = [["text", "kind"], *([f"{text}, {n} times", label] for n in range(6) for text, label in MAILS)]
    with other.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(cells)
    said = {"examples.input": "mail", "examples.expected": "gone"}
    frontend = talk(Start(ROUTING, str(first), answers=said, offline=True), str(other))
    assert [question.key for question in frontend.asked] == ["examples", "plan"]
    assert frontend.asked[0].problem
    read = frontend.task["examples"]
    assert (read["path"], read["input"], read["expected"]) == (str(other), "text", "kind")
    # So does the way to examples, where labelling had begun.
    (plain := tmp_path / "plain.csv").write_text("".join(f"{text}\n" for text in ("text", *TEXTS)), encoding="utf-8")
    frontend = talk(Start(ROUTING, str(plain), offline=True), "label", Answer("examples", str(other)))
    assert [question.key.partition(":")[0] for question in frontend.asked] == ["no_examples", "label", "plan"]
    assert frontend.task["examples"]["path"] == str(other)


@pytest.mark.usefixtures("here")
def test_a_file_that_cannot_be_read_is_asked_about_first(unlabelled: Path) -> None:
    """With the reason; without it the ways to examples are asked about."""
    (empty := unlabelled.with_name("empty.csv")).touch()
    file, way = talk(Start(ROUTING, str(empty), offline=True), None).asked[:2]
    assert (file.key, [choice.value for choice in file.choices]) == ("examples", [None])
    assert "is empty" in file.problem
    assert way.key == "no_examples"


@pytest.mark.usefixtures("here")
def test_what_is_written_by_hand_is_a_classification() -> None:
    """Six mails with labels chosen from the words' list; the word "enough" ends it."""
    pairs = [each for pair in MAILS for each in pair]
    frontend = talk(Start(ROUTING, offline=True), None, "write", "enough", *pairs, "enough")
    assert frontend.asked[3].problem.startswith("that is not enough yet")
    assert frontend.task["family"] == "text-classification"
    assert frontend.task["labels"] == ["billing", "bug", "other"]
    assert frontend.task["examples"]["expected"] == "label"
    assert frontend.asked[-1].key == "plan"


@pytest.mark.parametrize(("repeats", "answers"), [(6, {}), (1, {}), (6, {"family": "text-classification"})])
@pytest.mark.usefixtures("here")
def test_a_column_of_the_labels_in_the_words_is_one_of_labels(
    tmp_path: Path, repeats: int, answers: dict[str, Any]
) -> None:
    """Whatever it is called, and however few rows there are; so is one that is said to be."""
    path = tmp_path / "mails.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "expected"])
        writer.writerows([f"{text}, {n} times", label] for n in range(repeats) for text, label in MAILS)
    words = "sort our mails" if answers else ROUTING
    frontend = talk(Start(words, str(path), answers={"teaching.count": 0, **answers}, offline=True))
    assert frontend.task["family"] == "text-classification"
    assert frontend.task["labels"] == ["billing", "bug", "other"]


def test_a_deleted_session_is_reported_as_deleted(here: Home, unlabelled: Path) -> None:
    """With the exit code of what is out of reach, and what remains; its folder is not created again."""
    session = new_id()

    class Deletes(Talk):
        def tell(self, event: Event) -> None:
            if isinstance(event, Planned):
                shutil.rmtree(folder_of(session))

    mails = [each for pair in MAILS for each in pair]
    answers = [None, "write", *mails, ENOUGH, True]
    with pytest.raises(OutOfReachError, match="was deleted while it was worked on; what was measured is kept"):
        drive(session, Deletes(answers), start=Start(ROUTING, offline=True))
    assert not folder_of(session).exists()
    assert unlabelled.exists()


def test_a_full_disk_is_no_reason_to_delete_a_session(tmp_path: Path) -> None:
    """What helps is room; a damaged file is another matter."""
    folder = tmp_path / "session"
    folder.mkdir()
    with closing(sqlite3.connect(folder / STATE)) as connection:
        connection.execute("create table filled (text)")
        connection.execute("pragma max_page_count = 2")
        with pytest.raises(sqlite3.OperationalError) as full:
            connection.execute("insert into filled values (?)", ["x" * 100_000])
    assert "free some space, then the same command continues" in str(_unusable(folder, full.value))
    assert "delete the session's folder" in str(_unusable(folder, sqlite3.DatabaseError("not a database")))


@for_each(
    ("evidence", "said"),
    [
        (1, "1 example is too few to say more than that none passes it."),
        (2, "2 examples are too few to say more than that none passes them."),
        (60, "none of 4 reached 75% on these examples."),
    ],
)
def test_few_examples_are_not_said_to_prove_much(evidence: int, said: str) -> None:
    """That none is likely right is claimed where the examples could have shown one to be."""
    tried = {"model": "m", "name": "m", "passes": 0, "outcomes": 1}
    document = read(
        Report,
        {
            "finished": True,
            "verdict": "none",
            "bar": {"pass_rate": 0.75, "confidence": 0.95},
            "examples": {"evidence": evidence},
            "candidates": [tried] * 4,
        },
    )
    assert headline(document) == f"No candidate passes: {said}"
    assert without_answer(document) == ["Best: m with 0 of 1 example right."]
    for each in document.candidates:
        each.refuted = True
    assert headline(document) == "No candidate passes: none of 4 reached 75% on these examples."
