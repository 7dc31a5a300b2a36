"""Columns that the words read, forbid, or call by a name of their own language."""

import os
from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.interview.files.chosen_rows import forbidden
from advisor.interview.files.mentions import called, listed, sources
from advisor.interview.files.names import are_judged_alike, is_doer
from advisor.interview.files.names import words as words_of
from advisor.interview.understand import understand
from advisor.interview.write_task import task_document
from advisor.task.examples import load_examples
from advisor.task.model import Task
from catalog import Catalog
from tests.interview.tables import ENGLISH, GERMAN, Write
from tests.interview.test_understand import seen
from tests.interview.test_worth import pool
from tests.tables import for_each

TICKETS = ["Assunto", "Descrição", "Etiquetas", "Comentário interno do agente", "Grupo"]
PAIRS = ["id1", "name1", "name2", "match", "predicted_match1", "predicted_merged"]


@for_each(
    ("words", "columns", "found"),
    [
        ("não usa o comentário do agente nem as etiquetas pq isso vem depois", TICKETS, [TICKETS[3], TICKETS[2]]),
        ("sort by topic. do not use the notes", ["text", "notes", "topic"], ["notes"]),
        (
            "använd inte handläggarens anteckning",
            ["Meddelande", "Handläggarens anteckning"],
            ["Handläggarens anteckning"],
        ),
        ("clasificar por grupo sin mirar el comentario interno del agente", TICKETS, [TICKETS[3]]),
        ("llm_judgeは使わないで", ["text", "scores.llm_judge", "scores.human"], ["scores.llm_judge"]),
        ("are they the same? ignore predicted_*", PAIRS, PAIRS[4:]),
        ("Age, sex and race must not be used", ["text", "age", "sex", "race", "team"], ["age", "sex", "race"]),
        ("Alter und Herkunft dürfen nicht benutzt werden", ["text", "Alter", "Herkunft"], ["Alter", "Herkunft"]),
        ("predict the team and age is not to be used", ["text", "age", "team"], ["age"]),
        # Wanted elsewhere, rows and not columns, and what is no column.
        ("use the text. do not use only the text", ["text", "topic"], []),
        ("do not use rows with notes", ["text", "notes", "topic"], []),
        ("do not use the internet", ["text", "notes", "topic"], []),
        ("sort by topic, notes are not needed for now", ["text", "notes", "topic"], []),
        ("never miss an order", ["text", "order", "topic"], []),
        ("are these the same book or not", ["first", "second", "same"], []),
        ("¿son el mismo libro o no? no uses la nota", ["uno", "otro", "mismo", "nota"], ["nota"]),
    ],
)
def test_columns_that_the_words_forbid_are_found(words: str, columns: list[str], found: list[str]) -> None:
    assert {*forbidden(words, columns)} == {*found}


OFFERS = ["id", "title", "company", "notes", "description", "action"]


@for_each(
    ("words", "columns", "found"),
    [
        ("trier à partir du titre, de l'entreprise et de la description", OFFERS, {"title", "company", "description"}),
        ("een label geven uit titel en omschrijving", ["name", "desc", "labels"], {"name", "desc"}),
        ("aus Betreff und Nachricht die Abteilung", ["subject", "body", "team"], {"subject", "body"}),
        ("clasificar a partir del asunto y del mensaje", ["subject", "body", "class"], {"subject", "body"}),
        ("suggest the labels from its title and description", ["name", "desc", "labels"], {"name", "desc"}),
        ("prédire le titre à partir de la description", OFFERS, {"description"}),
        ("trier le titre et la description", OFFERS, set()),
        ("uit de titel", ["Titel", "name"], {"Titel"}),
        ("from the firm", ["text", "topic"], set()),
    ],
)
def test_columns_are_named_in_the_words_of_another_language(words: str, columns: list[str], found: set[str]) -> None:
    assert sources(words, columns) == found


def test_a_column_in_brackets_is_called_one() -> None:
    assert called("find the task (expectedTask) of a query", ["query", "expectedTask"]) == ["expectedTask"]
    assert not called("what it is about (topic, by the robot)", ["query", "topic"])
    assert not called("the robot's guess (topic) is not the answer", ["query", "topic"])
    assert not called("find the task (the expectedTask of a query)", ["query", "expectedTask"])


def test_columns_of_what_was_settled_are_known_by_their_first_word() -> None:
    assert are_judged_alike("true_name", "true_category")
    assert are_judged_alike("expected_score", "expected_action")
    assert not are_judged_alike("raw_name", "true_category")
    assert not are_judged_alike("ticket_name", "ticket_category")


def test_one_field_of_an_object_that_the_words_name_is_the_answer(
    shipped: Catalog, jsonl: Write, tmp_path: Path
) -> None:
    """With several fields named, or none, the object is."""
    rows = [
        {"text": f"{text} {n}", "expected": {"topic": ("bill", "app")[n % 2], "priority": "low", "done": n % 3 > 0}}
        for n, text in enumerate(ENGLISH * 4)
    ]
    path = jsonl(rows)
    for words, expected in (
        ("sort mails by topic", "expected.topic"),
        ("fill in topic, priority and done as JSON", "expected"),
        ("extract the facts of a mail as JSON", "expected"),
    ):
        known = seen(words, path, shipped).understanding
        assert known.value("examples.expected") == expected, words
        task = Task.model_validate(task_document(known))
        found = load_examples(task, tmp_path)
        said = {str(each.expected) for each in (*found.teaching, *found.evidence)}
        assert ("bill" in said) == (expected != "expected")
    answers = {"examples": str(path), "examples.expected": "expected.topic"}
    known = understand("what is a mail about", answers, pool(shipped), shipped).understanding
    assert known.value("family") == "text-classification"  # as if the file had it as a column


def test_a_field_of_listed_objects_is_a_column_of_labels(shipped: Catalog, jsonl: Write, tmp_path: Path) -> None:
    """As reactions to a message are: several in some rows, none in others; lists that are always empty are no answer.

    A field that no row has is refused with the columns.
    """
    signs = [["\N{BUG}"], ["\N{ELECTRIC LIGHT BULB}"], ["\N{BUG}", "\N{THUMBS UP SIGN}"], []]
    rows = [
        {"content": f"{text} {n}", "marks": [{"sign": {"name": each}} for each in signs[n % 4]], "others": []}
        for n, text in enumerate(ENGLISH * 8)
    ]
    answers = {"examples": str(jsonl(rows)), "examples.input": "content", "examples.expected": "marks.sign.name"}
    known = understand("predict the mark of a message", answers, pool(shipped), shipped).understanding
    assert (known.value("family"), known.value("labels_per_text")) == ("text-classification", "several")
    found = load_examples(Task.model_validate(task_document(known)), tmp_path)
    assert {len(each.expected) for each in (*found.teaching, *found.evidence)} == {1, 2}
    assert seen("sort messages by the mark that they have", jsonl(rows), shipped).proposal.expected != "others"
    task = task_document(known)
    task["examples"]["expected"] = "marks.sign.nam"
    os.utime(answers["examples"], (0, 0))  # one that was just written is read row by row, as it may still grow
    with pytest.raises(InputError, match=r"has no column 'marks.sign.nam'; its columns are: 'content', 'marks'"):
        load_examples(Task.model_validate(task), tmp_path)


def test_a_listed_field_that_no_text_holds_is_expected_with_the_others(shipped: Catalog, jsonl: Write) -> None:
    """Also where the list begins behind what it is taken from: "z nazwy wyciągnąć pojemność, materiał"."""
    kinds = (("stal", "stal nierdzewna"), ("szklo", "szkło"), ("porcel.", "porcelana"))
    rows = [
        {
            "nazwa z hurtowni": f"Kubek {kinds[n % 3][0]} {200 + n} ml, dostawa nr {n % 7}, karton po {n % 5 + 2} szt",
            "pojemność": f"{200 + n} ml",
            "materiał": kinds[n % 3][1],
            "sztuk w opak.": f"{n % 5 + 2} szt",
        }
        for n in range(48)
    ]
    answers = {"examples": str(jsonl(rows))}
    words = "z nazwy z hurtowni wyciągnąć pojemność, materiał i liczbę sztuk w opakowaniu"
    for given in (answers, answers | {"family": "json-extraction"}):
        known = understand(words, given, pool(shipped), shipped).understanding
        assert known.value("family") == "json-extraction"
        assert {*known.value("examples.expected")} == {"pojemność", "materiał", "sztuk w opak."}


def test_columns_are_listed_side_by_side() -> None:
    """Sources, and names with other words between, are not."""
    columns = ["text", "brand", "size", "material"]
    assert listed("find brand, size and the material of each", columns) == {"brand", "size", "material"}
    assert listed("from the text and the brand find the size", columns) == frozenset()
    assert listed("from the text and the brand find the size", columns, along="text") == {"text", "brand"}
    assert listed("the brand says which size is meant", columns) == frozenset()
    greek = ["κείμενο", "πηγή.σελίδες", "στοιχεία.μισθωτής", "στοιχεία.έναρξη", "στοιχεία.διάρκεια"]
    assert listed("να βγάζω τον μισθωτή, την έναρξη και τη διάρκεια", greek) == {*greek[2:]}  # noqa: RUF001


def test_fields_that_words_list_are_all(shipped: Catalog, jsonl: Write) -> None:
    """Others that stand in the text, such as a number of pages, are not wanted."""
    people = [f"{one} {other}" for one in ("Ann", "Bob", "Eva", "Tom") for other in ("Berg", "Hill", "Marsh", "Stone")]
    rows = [
        {
            "pages": f"{n % 4 + 2} pages",
            "text": f"{n % 4 + 2} pages. {people[n % 16]} rents from {n % 28 + 1}.3.2020 for {n % 5 + 1} years",
            "tenant": people[n % 16],
            "start": f"{n % 28 + 1}.3.2020",
            "duration": f"{12 * (n % 5 + 1)} months",
        }
        for n in range(48)
    ]
    words = "from each lease I need the tenant, the start and the duration"
    known = seen(words, jsonl(rows), shipped).understanding
    assert {*known.value("examples.expected")} == {"tenant", "start", "duration"}


def test_two_people_who_are_named_side_by_side_are_no_fields(shipped: Catalog, jsonl: Write) -> None:
    marks = ("Lob", "Kritik", "Wunsch")
    rows = [
        {"Kommentar": f"{text} Nr. {n}", "Anna": marks[n % 3], "Björn": marks[(n + (n % 7 == 0)) % 3]}
        for n, text in enumerate(ENGLISH * 10)
    ]
    words = "Kommentare sollen nach Lob, Kritik und Wunsch sortiert werden. Anna und Björn haben sie eingeteilt."
    known = seen(words, jsonl(rows), shipped).understanding
    assert known.value("family") == "text-classification"
    assert known.value("examples.expected") in {"Anna", "Björn"}


def test_the_column_whose_numbers_fill_the_range_in_the_words_is_asked_about(shipped: Catalog, jsonl: Write) -> None:
    """Off by one is fine, by words without blanks."""
    rows = [
        {
            "口コミ": f"温泉は{'良い' if n % 5 > 2 else '狭い'}。部屋番号{n * 37}です。",
            "星": n % 5 + 1,
            "サイト": "公楽"[n % 2],
        }
        for n in range(80)
    ]
    words = "口コミの文章から星の数(1〜5)を当てたいです。星ひとつのズレは気にしません。"
    known = seen(words, jsonl(rows), shipped).understanding
    assert (known.value("family"), known.value("examples.expected")) == ("text-regression", "星")


def test_values_named_in_words_without_blanks_tell_the_column(shipped: Catalog, jsonl: Write) -> None:
    """Who writes names another column: an inspector."""
    marks, people = ("合格", "不合格", "限期改善"), ("黃雅", "林玲", "吳宏", "陳玲")
    rows = [
        {
            "稽查紀錄": f"第{n}次稽查。{'冷藏溫度過高' if n % 3 == 1 else '紀錄完整'}。編號{n * 37}。",
            "判定": marks[n % 3],
            "稽查員": people[n % 4],
        }
        for n in range(60)
    ]
    words = "我是衛生局的稽查員，想讓電腦先看稽查紀錄，幫忙判定結果。不合格的絕對不可以判成合格"  # noqa: RUF001
    assert seen(words, jsonl(rows), shipped).understanding.value("examples.expected") == "判定"


def test_what_brackets_explain_is_no_name_of_a_column(shipped: Catalog, jsonl: Write) -> None:
    """Words such as "soll" and "ohne" are in any task; the rest of a name is enough to ask for it."""
    rows = [
        {"Umsatz (ohne Soll/Haben)": 7.5 * n, "Buchungstext": f"{text} {n}", "Konto (ohne Schlüssel)": 4000 + n % 3}
        for n, text in enumerate(ENGLISH * 9)
    ]
    words = "aus dem Buchungstext soll das Programm das Konto vorschlagen, ohne Grafikkarte, 90%"
    assert seen(words, jsonl(rows), shipped).understanding.value("examples.expected") == "Konto (ohne Schlüssel)"


def test_of_raters_grades_the_one_that_was_settled_is_expected(shipped: Catalog, jsonl: Write) -> None:
    rows = [
        {"essay": f"{text} {n}", "rater1": n % 6, "rater2": (n + n % 3 // 2) % 6, "resolved": (n + n % 2) % 6}
        for n, text in enumerate(ENGLISH * 9)
    ]
    words = "two of us scored these essays, then settled on a score; within one point 90% of the time"
    assert seen(words, jsonl(rows), shipped).understanding.value("examples.expected") == "resolved"


def test_of_files_that_are_not_there_no_column_is_read_beside_texts(shipped: Catalog, jsonl: Write) -> None:
    rows = [
        {
            "audio": f"/data/{n}.wav",
            "heard": f"{text} {n}",
            "team": ("police", "water")[n % 2],
            "note": f"{n} {text}, by us",
        }
        for n, text in enumerate(ENGLISH * 9)
    ]
    known = seen("send each call to its team by the speech recognition's text", jsonl(rows), shipped).understanding
    assert (known.value("family"), known.value("examples.expected")) == ("text-classification", "team")
    assert "no file that 'audio' names is there: texts are read" in [each.text for each in known.notices]


def test_a_title_that_recurs_is_no_input_alone(shipped: Catalog, jsonl: Write) -> None:
    """Words that name it mean it beside what differs in each row; a subject, which does, may stand alone."""
    roles, fields = ("chief", "head", "clerk", "owner", "driver"), ("sales", "supply", "fleets", "parts", "imports")
    rows = [
        {
            "job title": f"{roles[n % 5]} of {fields[n // 5 % 5]} and {fields[n // 25 % 2]}",
            "message": f"{text} {n}, thank you",
            "fit": "AB"[n % 2],
        }
        for n, text in enumerate(ENGLISH * 20)
    ]
    words = "grade leads A or B from what they wrote, their title and the company"
    assert seen(words, jsonl(rows), shipped).understanding.value("examples.input") == ["job title", "message"]
    own = [{**row, "job title": f"{row['job title']} {n}"} for n, row in enumerate(rows)]
    assert (
        seen("grade leads A or B from their title", jsonl(own), shipped).understanding.value("examples.input")
        == "job title"
    )


ISSUE_KINDS = ("kind/bug", "kind/feature", "kind/docs")


def test_labels_of_one_kind_are_a_column_of_their_own(shipped: Catalog, jsonl: Write, tmp_path: Path) -> None:
    """As a tracker lists them, by id and name: the kind that the words name, its labels by what follows it.

    A row without one is left out, and a nested title is not the one that the words name.
    """
    rows = [
        {
            "title": f"{text.split('.')[0]} {n}",
            "body": f"{ENGLISH[(n + 3) % 8]} {n}.",
            "milestone": {"title": f"v{n % 4}", "number": n % 4},
            "labels": [
                *([{"id": f"L{n % 3}", "name": ISSUE_KINDS[n % 3]}] if n % 9 else []),
                *([{"id": "A1", "name": "area:core"}] if n % 2 else []),
                {"id": "A2", "name": ("needs-info", "area:axes")[n % 2]},
            ],
        }
        for n, text in enumerate(ENGLISH * 9)
    ]
    words = (
        "Put the right kind/ label on new issues from the title and body. I need 95% of the bugs caught, 80% overall."
    )
    known = seen(words, jsonl(rows), shipped).understanding
    assert known.value("examples.expected") == "labels.kind"
    assert known.value("examples.input") == ["title", "body"]
    assert sorted(known.value("labels")) == sorted(ISSUE_KINDS)
    assert (known.value("bar.per_label"), known.value("bar.pass_rate")) == ({"kind/bug": 0.95}, 0.8)
    found = load_examples(Task.model_validate(task_document(known)), tmp_path)
    assert {str(each.expected) for each in (*found.teaching, *found.evidence)} == {*ISSUE_KINDS}


def test_a_rate_of_each_label_is_of_each(shipped: Catalog, jsonl: Write) -> None:
    """By a word for labels or for their column; one that has its own keeps it."""
    rows = [
        {"Antwort": f"{text} {n}", "COD_FINAL": ("Lob", "Kritik", "Frage")[n % 3]} for n, text in enumerate(GERMAN * 9)
    ]
    for words in ("Antworten codieren, 85% bei jedem Code richtig, Kritik 95%", "85% in each category, Kritik 95%"):
        known = seen(words, jsonl(rows), shipped).understanding
        assert known.value("bar.per_label") == {"Lob": 0.85, "Frage": 0.85, "Kritik": 0.95}, words
        assert known.value("bar.pass_rate") == 0.85


def test_a_rate_in_each_value_of_another_column_is_of_these(shipped: Catalog, jsonl: Write) -> None:
    """Though its name is one that labels have, too."""
    rows = [
        {"text": f"{text} {n}", "team": f"team {'abc'[n // 3 % 3]}", "topic": ("bill", "app", "door")[n % 3]}
        for n, text in enumerate(ENGLISH * 9)
    ]
    known = seen("sort by topic, at least 80% right in each team", jsonl(rows), shipped).understanding
    assert known.value("bar.per_label") is None
    assert known.value("bar.per_slice") == {"column": "team", "pass_rate": 0.8}


def test_who_did_something_is_no_answer_where_there_is_another(shipped: Catalog, jsonl: Write) -> None:
    rows = [
        {"note": f"{text} {n}", "reading": str(n * 7 % 5), "KeyedBy": ("denise", "tom")[n % 5 == 0]}
        for n, text in enumerate(ENGLISH * 9)
    ]
    words = "Denise keys the reading of every card by hand, we want it done without her"
    assert seen(words, jsonl(rows), shipped).understanding.value("examples.expected") == "reading"
    assert [*map(is_doer, ("KeyedBy", "erfasst von", "by", "Standby mode"))] == [True, True, False, False]


def test_a_word_begins_with_a_capital_before_an_accented_letter_too() -> None:
    assert words_of("Código final") == ("codigo", "final")
    assert words_of("ID_Käufer") == ("id", "kaufer")
    assert words_of("RéponseHTTP2") == ("reponse", "http", "2")
