"""Searches: documents, tables and folders next to a file of questions, and what is to be found in them."""

import json
import os
from pathlib import Path

import pytest
from openpyxl import Workbook

from advisor.errors import InputError
from advisor.interview.answers import FORGOTTEN, checked
from advisor.interview.ask import next_question
from advisor.interview.facts import Source
from advisor.interview.files.documents import columns_of
from advisor.interview.files.preview import preview
from advisor.interview.text.words import among_first
from advisor.interview.write_task import task_document
from advisor.task.examples import load_documents, load_examples
from advisor.task.layout import Given
from advisor.task.model import Task
from advisor.task.rows import read_rows
from catalog import Catalog
from tests.interview.tables import ENGLISH, Write
from tests.interview.test_understand import seen
from tests.interview.test_worth import pool
from tests.tables import for_each
from tui.dialogs.correct import question_of
from tui.words import value as shown_value


def test_documents_are_asked_for_where_a_search_needs_them(shipped: Catalog, jsonl: Write, tmp_path: Path) -> None:
    """A path is enough: which column has their names, and which their texts, the examples tell."""
    path = jsonl([{"query": f"{text} {n}", "page": f"p{n}"} for n, text in enumerate(ENGLISH)])
    pages = tmp_path / "pages.csv"
    rows = [f"{n},p{n},{text} and much more of it" for n, text in enumerate(ENGLISH)]
    pages.write_text("\n".join(["row,page,body", *rows]), encoding="utf-8")
    answers = {"family": "text-retrieval"}
    known = seen("find the page for a query", path, shipped, answers)
    question = next_question(known, pool(shipped))
    assert question is not None
    assert (question.key, known.understanding.value("examples.expected")) == ("documents.path", "page")
    for given in ({"documents": checked("documents", str(pages))}, {"documents.path": str(pages)}):
        found = seen("find the page for a query", path, shipped, given).understanding
        assert task_document(found)["documents"] == {"path": str(pages), "id": "page", "text": "body"}
    titled = [f"{n},p{n},{'' if n == 0 else f'About {n}'},{text} and more of it" for n, text in enumerate(ENGLISH)]
    pages.write_text("\n".join(["row,page,title,body", *titled]), encoding="utf-8")
    found = seen("find the page for a query", path, shipped, answers | {"documents.path": str(pages)}).understanding
    task = Task.model_validate(task_document(found) | {"teaching": {"count": 0}})
    assert task.documents is not None
    assert task.documents.text == ["title", "body"]
    texts = dict(load_examples(task, tmp_path).documents)
    assert [texts["p0"], texts["p1"]] == [f"{ENGLISH[0]} and more of it", f"About 1\n{ENGLISH[1]} and more of it"]


def test_a_neighbouring_table_that_names_the_rows_of_another_is_searched_for(shipped: Catalog, tmp_path: Path) -> None:
    """Whichever of the two is given."""
    articles = [f"A-{n},How to pay bill {n},Pay it at the {n}. window of the town hall" for n in range(8)]
    asked = [f"{n},Where do I pay the bill {n}?,A-{n % 8}" for n in range(30)]
    (tmp_path / "faq.csv").write_text("\n".join(["nr,title,body", *articles]), encoding="utf-8")
    (tmp_path / "log.csv").write_text("\n".join(["id,question,article", *asked]), encoding="utf-8")
    for given in ("faq.csv", "log.csv"):
        known = seen("search the FAQ article for a question, in the top 3", tmp_path / given, shipped).understanding
        said = [known.value(key) for key in ("examples", "examples.expected", "documents.path", "documents.id")]
        assert said == [str(tmp_path / "log.csv"), "article", str(tmp_path / "faq.csv"), "nr"]
        assert (known.value("family"), known.value("scoring.metric")) == ("text-retrieval", "hit@3")


@for_each(("many", "sheet"), [(6, None), (60, "tickets")])
def test_a_list_of_a_json_file_is_searched_for_the_other_that_names_its_rows(
    shipped: Catalog, tmp_path: Path, many: int, sheet: str | None
) -> None:
    """Whichever of them is longer; also where the file is named as that of the documents."""
    articles = [{"id": f"KB-{n}", "title": f"Bill {n}", "body": f"<p>Pay it at window {n}.</p>"} for n in range(many)]
    tickets = [{"question": f"{text} {n}", "linked": f"KB-{n % 6}", "by": "chat"} for n, text in enumerate(ENGLISH * 4)]
    path = tmp_path / "dump.json"
    path.write_text(json.dumps({"meta": {"page": 1}, "result": {"articles": articles, "tickets": tickets}}))
    os.utime(path, (1, 1))
    words = "find the right article for a question, in the top 3"
    said = {"documents.path": str(path), "examples.sheet": "tickets", "family": "text-retrieval"}
    for answers in ({}, said):
        known = seen(words, path, shipped, answers).understanding
        assert known.value("examples.sheet") == answers.get("examples.sheet", sheet)
        document = task_document(known)
        assert document["documents"] == {
            "path": str(path), "sheet": "articles", "id": "id", "text": ["title", "body"],
        }  # fmt: skip
        found = load_examples(Task.model_validate(document | {"teaching": {"count": 0}}), tmp_path)
        assert len(found.documents) == many
        assert found.documents[1] == ("KB-1", "Bill 1\nPay it at window 1.")


def test_a_list_that_a_json_file_lacks_is_said_with_those_that_it_has(tmp_path: Path) -> None:
    path = tmp_path / "dump.json"
    path.write_text(json.dumps({"a": [{"x": "one"}, {"x": "two"}], "b": {"c": [{"y": "three"}]}}))
    assert [row.columns for row in read_rows(path, ("y",), Given(sheet="c"))] == [{"y": "three"}]
    with pytest.raises(InputError, match="has no list 'd'; its lists are 'a', 'c'"):
        list(read_rows(path, (), Given(sheet="d")))


@for_each(
    ("column", "answer", "others", "documents"),
    [
        ("nr", "", 0, "faq.csv"),
        ("right", "", 1, None),
        ("faq", "", 1, "faq.csv"),
        ("sent", ",Pay it at the window of the town hall for bills of kind", 0, None),
    ],
)
def test_numbers_name_the_rows_of_a_neighbour_where_nothing_else_can_be_meant(  # noqa: PLR0917  by name
    shipped: Catalog, tmp_path: Path, column: str, answer: str, others: int, documents: str | None
) -> None:
    """Those whose answer stands next to them name no rows of other files; a file of lists has no texts to find."""
    lists = json.dumps([{"episode": n, "parts": [{"said": "long ago"}] * 3} for n in range(8)])
    for n in range(others):
        (tmp_path / f"{n}.json").write_text(lists, encoding="utf-8")
    titles = [f"{n},How to pay bill {n} at the window of the town hall" for n in range(8)]
    (tmp_path / "faq.csv").write_text("\n".join(["nr,title", *titles]), encoding="utf-8")
    asked = [f"Where do I pay the bill {n}?,{n % 8}{answer and f'{answer} {n % 8}'}" for n in range(30)]
    header = f"question,{column}{',told' if answer else ''}"
    (tmp_path / "log.csv").write_text("\n".join([header, *asked]), encoding="utf-8")
    known = seen("search the right FAQ article for a question", tmp_path / "log.csv", shipped).understanding
    assert known.value("documents.path") == (str(tmp_path / documents) if documents else None)


def test_known_answers_are_searched_with_the_texts_that_go_with_each(shipped: Catalog, tmp_path: Path) -> None:
    """A FAQ's own question, not what an answer was written for once; the words say how many places count."""
    path = tmp_path / "asked.csv"
    lines = [
        f"How do I go about {n} and {text[:20]}?,Which way is {text[:9]}?,{text} Room {n % 8}"
        for n, text in enumerate(ENGLISH * 9)
    ]
    others = [line.replace("Which way", f"Which way {n}") for n, line in enumerate(lines)]
    for rows, texts in ((lines, ["question", "answer"]), (others, "answer")):
        path.write_text("\n".join(["asked,question,answer", *rows]), encoding="utf-8")
        given = {"family": "text-retrieval", "examples.input": "asked", "examples.expected": "answer"}
        known = seen("find the answer, fine if among the 3 first", path, shipped, given).understanding
        assert (known.value("documents.text"), known.value("scoring.metric")) == (texts, "hit@3")
        task = Task.model_validate(task_document(known) | {"teaching": {"count": 0}})
        documents = load_examples(task, tmp_path).documents
        assert len(documents) == len(ENGLISH)
        assert documents[0][1].endswith(documents[0][0])


def test_documents_beside_the_examples_that_name_them_repeat(shipped: Catalog, tmp_path: Path) -> None:
    """As in rows joined with a sheet of answers; other texts of one id are refused."""
    path = tmp_path / "asked.csv"
    rows = [f"How do I go about {n}?,F{n % 8},{ENGLISH[n % 8]}" for n in range(40)]
    given = {"family": "text-retrieval", "examples.input": "asked", "examples.expected": "code"}
    given |= {"documents": {"path": str(path), "id": "code", "text": "answer"}}
    for more, refused in (("Nobody knows,,", False), (f"Another,F1,{ENGLISH[0]} Or so", True)):
        path.write_text("\n".join(["asked,code,answer", *rows, more]), encoding="utf-8")
        known = seen("find the answer", path, shipped, given).understanding
        task = Task.model_validate(task_document(known) | {"teaching": {"count": 0}})
        if refused:
            with pytest.raises(InputError, match="the id 'F1' is also in line 3; keep one"):
                load_examples(task, tmp_path)
        else:
            assert [name for name, _ in load_examples(task, tmp_path).documents] == [f"F{n}" for n in range(8)]
            (tmp_path / "pages.csv").write_text("code,answer\nF1,Yes\nF1,No\n", encoding="utf-8")
            pages = task.documents.model_copy(update={"path": "pages.csv", "text": ["code", "answer"]})
            with pytest.raises(InputError, match="the id 'F1' is also in line 2; keep one"):
                load_documents(task.model_copy(update={"documents": pages}), tmp_path)


def test_each_row_of_another_table_may_be_named_once(
    shipped: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the right one is to be among the first few; by a file, or by the folder of both; a path is the user's."""
    (tmp_path / "asked.csv").write_text("\n".join(["asked,wanted", *(f"where is {n * 7}?,T{n}" for n in range(20))]))
    (tmp_path / "books.csv").write_text(
        "\n".join(["title,about", *(f"T{n},A book of {n * 7} pigs" for n in range(20))])
    )
    words = "search the book that a kid asks about, the right one should be in the first three"
    for given in ("asked.csv", "."):
        known = seen(words, Path(checked("examples", str(tmp_path / given))), shipped).understanding
        said = [known.value(key) for key in ("examples", "examples.expected", "documents.path", "documents.id")]
        assert said == [str(tmp_path / "asked.csv"), "wanted", str(tmp_path / "books.csv"), "title"]
        assert (known.value("family"), known.value("scoring.metric")) == ("text-retrieval", "hit@3")
    monkeypatch.chdir(tmp_path)
    given = checked("documents", {"path": "books.csv", "id": "title"})
    assert given == {"path": str(tmp_path / "books.csv"), "id": "title"}


def test_a_text_wanted_among_the_first_is_searched_and_not_written(shipped: Catalog, jsonl: Write) -> None:
    guides = [f"{text} Turn screw {n} by half, then close the lid and wait." for n, text in enumerate(ENGLISH * 3)]
    rows = [{"haku": f"screw {n % len(guides)} is loose {n}", "oikea ohje": guides[n % len(guides)]} for n in range(60)]
    words = "Taulukossa on haku ja oikea ohje, jonka pitää löytyä kolmen ensimmäisen joukosta"
    known = seen(words, jsonl(rows), shipped).understanding
    assert (known.value("family"), known.value("scoring.metric")) == ("text-retrieval", "hit@3")


def test_a_passages_title_is_no_answer(shipped: Catalog, jsonl: Write) -> None:
    rows = [
        {
            "عنوان": f"رخصة البناء {n}",
            "نص": f"رخصة البناء {n}: الرسوم {n * 7} دينارا وتستغرق {n % 9 + 2} أيام عمل في دائرة التنظيم.",
            "سؤال": f"كم رسوم رخصة البناء {n}؟",
            "جواب": f"{n * 7} دينارا",
        }
        for n in range(50)
    ]
    known = seen("أريد برنامجاً يجيب عن سؤال المواطن من النص", jsonl(rows), shipped).understanding
    assert (known.value("family"), known.value("examples.expected")) == ("question-answering", "جواب")


ANSWERED = {f"pay-{n}": f"Pay bill {n}" for n in range(8)}
ASKED = "\n".join(["question,right", *(f"Where is the window for bill {n}?,pay-{n % 8}" for n in range(20))])


@for_each(
    ("words", "files", "text"),
    [
        ("neighbours ask, we answer", (".", "faq.csv"), "title"),
        ("sort questions by topic", (".", "faq.csv"), None),
        ("neighbours ask, we answer", ("log.csv", "faq.csv"), None),  # may say what the codes mean
        ("neighbours ask, right among the first three", ("log.csv", "faq.md"), ["title", "text"]),
        ("sort questions by topic", ("log.csv", "faq.md"), None),
    ],
)
def test_what_one_column_alone_names_is_searched_for(
    shipped: Catalog, tmp_path: Path, words: str, files: tuple[str, str], text: str | list[str] | None
) -> None:
    """Unless the words mean otherwise: rows of a table in a folder, articles below headings, a neighbouring file."""
    given, documents = files
    (tmp_path / "log.csv").write_text(ASKED, encoding="utf-8")
    sections = "".join(f"## {title} {{#{name}}}\n\n{ENGLISH[0] * 3}\n\n" for name, title in ANSWERED.items())
    rows = "\n".join(["key,title", *map(",".join, ANSWERED.items())])
    is_table = documents == "faq.csv"
    (tmp_path / documents).write_text(rows if is_table else f"# Ours\n\nAll\n\n{sections}", encoding="utf-8")
    found = seen(words, tmp_path / given, shipped)
    said = [found.understanding.value(key) for key in ("examples.expected", "documents.path", "documents.text")]
    assert (said == ["right", str(tmp_path / documents), text]) == (text is not None)
    assert (found.understanding.value("scoring.metric") == "hit@3") == ("first three" in words)
    assert ("is a folder; name the file in it" in found.problem) == (given == "." and text is None)


def test_a_folder_of_texts_next_to_a_table_is_searched_in(shipped: Catalog, tmp_path: Path) -> None:
    """If the words may mean a search as well as question answering."""
    (tmp_path / "articles").mkdir()
    for n in range(8):
        (tmp_path / f"articles/art{n}.txt").write_text(f"Pay bill {n} at the {n}. window", encoding="utf-8")
    path = tmp_path / "asked.csv"
    asked = [f"Where do I pay the bill {n}?,art{n % 8}" for n in range(30)]
    path.write_text("\n".join(["question,article", *asked]), encoding="utf-8")
    words = "vragen van burgers en het nummer van het artikel waarin het antwoord staat; vind het juiste artikel"
    known = seen(words, path, shipped).understanding
    said = [known.value(key) for key in ("family", "documents.path", "documents.id", "documents.text")]
    assert said == ["text-retrieval", str(tmp_path / "articles"), "name", "text"]


PAGES = {f"{topic} rules": f"# {topic.title()}\n\n{ENGLISH[n % 8]} For {topic} ask room {n + 310}."
         for n, topic in enumerate(["parking", "travel", "laptops", "badges", "canteen", "sick leave"])}  # fmt: skip
FIND, ANSWER = "find the page of the handbook that answers a question", "answer questions from our documents"


@for_each(
    ("words", "folder", "columns", "given"),
    [
        (FIND, "handbook", "question,page.md", "."),
        (FIND, "handbook/hr", "question,page", "handbook"),  # of files below it
        (FIND, ".", "question,page", "."),  # next to the table
        (FIND, ".", "question,page", "asked.csv"),
        (ANSWER, "docs", "id,question,page", "asked.csv"),  # the file says it
        (FIND, "docs", "question,answer,page.md", "asked.csv"),
        (FIND, "docs", "question", "."),  # to be labelled
        ("classify these by topic", "docs", "question,page", "asked.csv"),  # nothing else stands in the table
        ("classify these by topic", "docs", "question,page", "docs"),
    ],
)
def test_documents_and_a_table_of_questions_are_put_together(  # noqa: PLR0917  by name
    shipped: Catalog, tmp_path: Path, words: str, folder: str, columns: str, given: str
) -> None:
    """Whichever is given: the table, the folder of both or that of the documents."""
    names = _handbook(tmp_path, folder, columns)
    known = seen(words, Path(checked("examples", str(tmp_path / given))), shipped).understanding
    page = next((name for name in names if name.startswith("page")), None)
    searched = tmp_path / folder.partition("/")[0]
    said = [known.value(key) for key in ("family", "examples", "examples.input", "examples.expected", "documents.path")]
    assert said == ["text-retrieval", str(tmp_path / "asked.csv"), "question", page, str(searched)]
    if page is not None:
        task = Task.model_validate(task_document(known) | {"name": "task"})
        examples = load_examples(task, tmp_path)
        assert (len(examples.evidence), len(examples.documents)) == (12, len(PAGES))


def test_tags_of_html_are_kept_where_words_speak_of_it(shipped: Catalog, jsonl: Write) -> None:
    """And the task file says so; of mails only what a page shows is read, and said."""
    path = jsonl([{"text": f"<p>{text} {n}</p>", "label": "abc"[n % 3]} for n, text in enumerate(ENGLISH * 5)])
    for task, kept in (("turn the snippet into valid HTML", "keep"), ("sort mails into a, b, c", None)):
        found = seen(task, path, shipped)
        assert found.understanding.value("examples.tags") == kept
        assert task_document(found.understanding)["examples"].get("tags") == kept
        assert found.table is not None
        assert found.table.columns[0].samples[0].startswith("<p>") == (kept is not None)
        assert any("'text' without tags" in each.text for each in found.understanding.notices) == (kept is None)


def test_among_how_many_first_answers_the_right_one_is_to_be_is_understood(shipped: Catalog, tmp_path: Path) -> None:
    """Shown with the flag that changes it, in no task file unless said, and asked about where it is forgotten."""
    _handbook(tmp_path, "handbook", "question,page.md")
    path = tmp_path / "asked.csv"
    few = seen(FIND, path, shipped)
    assert few.understanding.get("scoring.metric").source is Source.FILE, (
        "a guess is often among the first five of eight"
    )
    assert task_document(few.understanding)["scoring"] == {"metric": "hit@1"}
    for n in range(60):
        (tmp_path / "handbook" / f"more{n}.md").write_text(f"Page {n} of the house rules.", encoding="utf-8")
    fact = seen(FIND, path, shipped).understanding.get("scoring.metric")
    assert fact is not None
    assert (fact.value, fact.source) == ("hit@5", Source.DEFAULT)
    assert fact.words == "right: among the first 5; --set scoring.metric=hit@1: the first one"
    assert "scoring" not in task_document(seen(FIND, path, shipped).understanding)
    said = seen(FIND, path, shipped, {"scoring.metric": "hit@1"}).understanding
    assert task_document(said)["scoring"] == {"metric": "hit@1"}
    asked = next_question(seen(FIND, path, shipped, {FORGOTTEN: ["scoring.metric"]}), pool(shipped))
    assert asked is not None
    assert (asked.key, asked.choices[0].value, asked.default) == ("scoring.metric", "hit@1", "hit@5")
    assert [choice.value for choice in question_of(fact).choices] == [choice.value for choice in asked.choices]
    assert shown_value("scoring.metric", "hit@1") == "the first one"
    told = {
        "be the first 3": "hit@3",
        "se estiver entre as 3 primeiras tá bom": "hit@3",
        "wśród pierwszych 5 wyników": "hit@5",
        "az első 3 között": "hit@3",
        "by a customer's first name": None,
    }
    for words, metric in told.items():
        assert next((span.value for span in among_first(words)), None) == metric


def test_a_row_whose_file_is_not_there_is_not_said_to_be_empty(shipped: Catalog, tmp_path: Path) -> None:
    """With its ending or without, in a notice of its own."""
    for n, text in enumerate(ENGLISH * 2):
        (tmp_path / f"m{n}.txt").write_text(f"{text} {n}", encoding="utf-8")
    rows = [f"m{n}.txt,{'xyz'[n % 3]}" for n in range(len(ENGLISH) * 2)]
    text = "\n".join(["file,kind", "gone.txt,x", "m99,y", ",z", *rows])
    (tmp_path / "kinds.csv").write_text(text, encoding="utf-8")
    said = [each.text for each in seen("sort mails by kind", tmp_path / "kinds.csv", shipped).understanding.notices]
    count = len(rows) + 3
    share = f"{2 / count:.1%}"
    assert f"2 of {count} rows ({share}): 'file' names a file that is not there (lines 2, 3); they are left out" in said
    assert [each for each in said if "have nothing in 'file' (line 4)" in each]


def test_what_has_a_name_of_its_own_is_searched_with_it(tmp_path: Path) -> None:
    """Not with what many have, such as the room it stands in."""
    rows = [f"M.{n:03},{('Felt hat', 'Oak chair', 'Tin lamp')[n % 3]} no. {n},found {n} miles off and dry,G{n % 2}"
            for n in range(30)]  # fmt: skip
    path = tmp_path / "objects.csv"
    path.write_text("\n".join(["inv_no,object,description,room", *rows]))
    named = [f"M.{n:03}" for n in range(0, 30, 2)]
    assert columns_of(path, named) == {"id": "inv_no", "text": ["object", "description"]}


@for_each(
    "words, rate, family",
    [
        ("find the right item of our catalogue for what customers order", 1, "text-retrieval"),
        ("find the right item for what customers order", 1, None),  # nothing says that it is a list
        ("sort by the catalogue what customers order", 12, "text-classification"),
    ],
)
def test_an_item_of_another_sheet_is_searched_for(
    shipped: Catalog, tmp_path: Path, words: str, rate: int, family: str | None
) -> None:
    """Where the words name the sheet and its items are too many to be labels; of what it says one item is right."""
    book = Workbook()
    orders = book.active
    assert orders is not None
    orders.title = "Orders"
    items = [(f"CU{n}R", f"{ENGLISH[n % 8][:22]} of size {n}") for n in range(24 // rate)]
    orders.append(["Order", "Right ref.", "Ref. of the old program"])
    for n in range(48 // min(rate, 2)):
        orders.append([f"{ENGLISH[n % 8]} please, {n} pieces", items[n % len(items)][0], items[n * 5 % len(items)][0]])
    listed = book.create_sheet("Catalogue")
    listed.append(["Ref.", "What it is", "Price"])
    for ref, what in items:
        listed.append([ref, what, 1.5])
    book.save(tmp_path / "orders.xlsx")
    known = seen(words, tmp_path / "orders.xlsx", shipped).understanding
    if family is not None:
        assert known.value("family") == family
    if family != "text-retrieval":
        assert known.value("documents.sheet") is None
        return
    expected = {"examples.expected": "Right ref.", "documents.sheet": "Catalogue", "documents.text": "What it is"}
    assert {key: known.value(key) for key in expected} == expected
    assert known.value("scoring.metric") == "hit@1"


def test_what_several_people_say_of_each_text_is_no_search(shipped: Catalog, tmp_path: Path) -> None:
    """There is no query: the text is what is sorted."""
    _handbook(tmp_path, ".", "question,page.md")
    (tmp_path / "asked.csv").unlink()
    rows = [f"{name}.md,{who},{'xy'[n % 2]}" for who in ("Ann", "Bo", "Cy") for n, name in enumerate(PAGES)]
    (tmp_path / "judged.csv").write_text("\n".join(["file,by,kind", *rows]), encoding="utf-8")
    known = seen("sort pages by kind", Path(checked("examples", str(tmp_path))), shipped).understanding
    said = [known.value(key) for key in ("family", "examples.input", "examples.expected")]
    assert said == ["text-classification", "text of file", "kind"]


def test_a_text_of_a_file_is_read_and_never_expected(tmp_path: Path) -> None:
    """Nor is its name expected: also if the file is inspected before any search."""
    _handbook(tmp_path, "handbook", "question,page.md")
    assert "question → page" in preview(tmp_path / "asked.csv", {}, FIND).words
    assert "question → page" in preview(tmp_path / "asked.csv", {}, "which page is it").words


def test_answers_that_stand_in_the_document_that_is_named_are_read_in_it(shipped: Catalog, tmp_path: Path) -> None:
    """Where words ask for them; the document's name is not what is expected then."""
    _handbook(tmp_path, "docs", "question,answer,page.md")
    known = seen(ANSWER, Path(checked("examples", str(tmp_path))), shipped).understanding
    assert known.value("family") == "question-answering"
    assert known.value("examples.input") == {"question": "question", "context": "text of page"}
    assert known.value("examples.expected") == "answer"
    task = Task.model_validate(task_document(known) | {"name": "task"})
    assert "For parking ask room 310." in str([each.parts for each in load_examples(task, tmp_path).evidence])


def _handbook(home: Path, folder: str, columns: str) -> list[str]:
    """Write pages and a table of questions whose cells name them; return the columns of the table."""
    (home / folder).mkdir(parents=True, exist_ok=True)
    for name, text in PAGES.items():
        (home / folder / f"{name}.md").write_text(text, encoding="utf-8")
    names = columns.removesuffix(".md").split(",")
    asked = [
        (n, ask, at, name) for at, name in enumerate(PAGES) for n, ask in enumerate(("Where is", "Which room has"))
    ]
    lines = [",".join(names)]
    for n, ask, at, name in asked:
        cells = {"id": f"{2 * at + n}", "question": f"{ask} {name}?", "answer": f"room {at + 310}"}
        cells["page"] = name + ".md" * columns.endswith(".md")
        lines.append(",".join(cells[each] for each in names))
    (home / "asked.csv").write_text("\n".join(lines), encoding="utf-8")
    return names


def test_a_folder_of_texts_is_not_searched_for_in_the_one_above(shipped: Catalog, tmp_path: Path) -> None:
    """Where all its files are, too."""
    folder = tmp_path / "a" / "docs"
    folder.mkdir(parents=True)
    for n in range(30):
        (folder / f"f{n}.txt").write_text(f"The printer on floor {n} is old.")
        (folder.parent / f"g{n}.txt").write_text(f"The lift to floor {n} is old.")
    known = seen("find the file that answers a request, the right one among the first 3", folder, shipped)
    assert known.understanding.value("documents.path") not in {str(tmp_path), str(tmp_path / "a")}


def test_a_handbook_is_searched_by_the_codes_that_its_pages_names_begin_with(shipped: Catalog, tmp_path: Path) -> None:
    """In any case, and several of them in a cell."""
    pages = tmp_path / "handbook" / "pages"
    pages.mkdir(parents=True)
    for n, text in enumerate(ENGLISH):
        (pages / f"{'AB'[n % 2]}0{n} All about {n}.txt").write_text(f"{text} And so on, page {n}.", encoding="utf-8")
    codes = [f"{'AB'[n % 2]}0{n}" for n in range(len(ENGLISH))]
    cells = [*codes, *map(str.lower, codes[:3]), *codes, f"{codes[1]};{codes[2]}", *codes]
    asked = [f"{n},night,{ENGLISH[n % 8].split()[1]} what do I do {n},{cell}" for n, cell in enumerate(cells)]
    (pages.parent / "asked.csv").write_text("\n".join(["no,shift,question,page", *asked]), encoding="utf-8")
    known = seen(
        "the right handbook page should come up, in the top 3", pages.parent / "asked.csv", shipped
    ).understanding
    assert (known.value("family"), known.value("documents.id")) == ("text-retrieval", "code")
    task = Task.model_validate(task_document(known) | {"teaching": {"count": 0}})
    found = load_examples(task, tmp_path)
    assert {one for each in found.evidence for one in each.expected} == {*codes}
    assert [*map(len, (found.evidence, found.documents))] == [len(cells), len(ENGLISH)]


def test_pages_of_a_wiki_are_searched_by_their_titles(shipped: Catalog, tmp_path: Path) -> None:
    """As exports name them: the title with hyphens, and a number; one row in twelve names none of them."""
    pages = tmp_path / "export"
    pages.mkdir()
    titles = [f"Leave for part-timers {text.split()[0]} {'abcdefgh'[n]}" for n, text in enumerate(ENGLISH)]
    titles += [f"Pay {each}" for each in titles]
    for n, (title, text) in enumerate(zip(titles, [*ENGLISH, *ENGLISH], strict=True)):
        name = f"{title.replace(' ', '-')}_{68900 + n}.html"
        (pages / name).write_text(f"<html><body><p>{text} Page {n}.</p></body></html>", encoding="utf-8")
    (pages / "index.html").write_text("<html><body><p>All of the pages.</p></body></html>", encoding="utf-8")
    asked = [f"{n},what about {ENGLISH[n % 8].split()[1]} number {n},{titles[n % 16]}" for n in range(44)]
    asked += [f"9{n},who fixes the tap {n},none" for n in range(4)]
    (tmp_path / "asked.csv").write_text("\n".join(["no,question,answered with", *asked]), encoding="utf-8")
    known = seen("find the page that answers a question", tmp_path / "asked.csv", shipped).understanding
    assert (known.value("family"), known.value("documents.id")) == ("text-retrieval", "title")
    found = load_examples(Task.model_validate(task_document(known) | {"teaching": {"count": 0}}), tmp_path)
    assert len(found.evidence) == 44
    assert {each.replace("-", " ") for one in found.evidence for each in one.expected} == {
        each.replace("-", " ") for each in titles
    }
