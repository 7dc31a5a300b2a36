"""Words and a file together: what is understood of both, and what is asked where they leave it open."""

import json
from pathlib import Path
from typing import Any

import pytest

from advisor.families.json_fields import written_number
from advisor.interview.ask import next_question
from advisor.interview.facts import Source
from advisor.interview.needed import needed
from advisor.interview.understand import Seen, understand
from advisor.interview.write_task import task_document
from advisor.task.examples import load_examples
from advisor.task.model import Task
from catalog import Catalog
from tests.families import names
from tests.interview.tables import ENGLISH, GERMAN, Write
from tests.interview.test_worth import pool
from tests.tables import for_each


def seen(words: str, path: Path, catalog: Catalog, answers: dict[str, Any] | None = None) -> Seen:
    """Return what is known of a task with a file."""
    return understand(words, {"examples": str(path)} | (answers or {}), pool(catalog), catalog)


def test_how_far_a_grade_of_pairs_may_be_off_is_said_on_its_scale(shipped: Catalog, jsonl: Write) -> None:
    """Half a point of a scale from 0 to 5 is a tenth; yes and no have no scale."""
    pairs = list(zip(ENGLISH, reversed(ENGLISH), strict=True)) * 5
    rows = [{"one": f"{a} {n}", "two": b, "score": n * 7 % 46 / 10} for n, (a, b) in enumerate(pairs)]
    words = "score how alike two sentences are, within half a point in 80% of the pairs"
    known = seen(words, jsonl(rows), shipped).understanding
    assert known.value("family") == "sentence-similarity"
    assert (known.value("scoring.at_least"), known.value("bar.pass_rate")) == (0.9, 0.8)
    decided = [row | {"score": n % 2} for n, row in enumerate(rows)]
    assert seen(words, jsonl(decided), shipped).understanding.value("scoring.at_least") is None


def test_a_distance_in_percent_is_one_of_the_number_and_labels_have_none(shipped: Catalog, jsonl: Write) -> None:
    """Whatever range the numbers have; where labels are compared a note says that it is not taken."""
    rows = [{"home": f"{text} {n}", "price": 98_000 + n * 7919 % 500_000} for n, text in enumerate(ENGLISH * 6)]
    words = "estimate the price from the home, within 15 percent for 8 out of 10 homes"
    known = seen(words, jsonl(rows), shipped).understanding
    assert (known.value("scoring.metric"), known.value("bar.pass_rate")) == ("near_share", 0.8)
    grades = [{"said": f"{text} {n}", "grade": ("bad", "fair", "good")[n % 3]} for n, text in enumerate(ENGLISH * 6)]
    found = seen(
        "rate the comments bad, fair or good; one step off is still fine", jsonl(grades), shipped
    ).understanding
    assert any("'one step off' is not taken" in notice.text for notice in found.notices)


def test_pairs_with_a_yes_or_a_no_are_asked_about_as_pairs(shipped: Catalog, jsonl: Write) -> None:
    """Words that sort would take the marks for labels of one of the two texts."""
    pairs = list(zip(ENGLISH, reversed(ENGLISH), strict=True)) * 5
    rows = [{"a": f"{a} {n}", "b": b, "same": n % 2} for n, (a, b) in enumerate(pairs)]
    for words in ("classify question pairs as same or not", "tell whether two support questions mean the same"):
        known = seen(words, jsonl(rows), shipped).understanding
        assert known.value("family") == "sentence-similarity"
        assert known.value("examples.input") == {"first": "a", "second": "b"}
        assert known.value("labels") is None


def test_languages_are_those_of_texts_labels_and_words(shipped: Catalog, jsonl: Write) -> None:
    """Labels may be languages; languages in the words are added to the texts' own, and alone give a note."""
    mixed = [{"text": text, "label": "xy"[n % 2]} for n, text in enumerate([*GERMAN, *ENGLISH])]
    known = seen("Sort mails in English, German and Spanish", jsonl(mixed), shipped).understanding
    assert sorted(known.value("constraints.languages")) == ["de", "en", "es"]
    assert known.value("instruction") == "Sort mails in English, German and Spanish."
    short = [{"text": f"{word} {n}", "label": label} for n in range(9) for word, label in (("ja", "de"), ("oui", "fr"))]
    known = seen(
        "Which language is it?", jsonl([*short, *({"text": f"si {n}", "label": "es"} for n in range(9))]), shipped
    )
    assert known.understanding.value("constraints.languages") == ["de", "fr", "es"]
    cuisines = [{"text": text, "label": ("Italian", "French", "Greek")[n % 3]} for n, text in enumerate(ENGLISH * 6)]
    known = seen("sort recipes by cuisine", jsonl(cuisines), shipped)
    assert known.understanding.value("constraints.languages") == ["en"]
    known = seen("sort into French, Greek or Italian", jsonl(cuisines), shipped)
    assert not [each for each in known.understanding.notices if each.key == "languages"]
    rows = [{"text": text, "label": "xy"[n % 2]} for n, text in enumerate(GERMAN)]
    known = seen("sort French mails", jsonl(rows), shipped).understanding
    assert known.value("constraints.languages") == ["de"]
    assert "the words name fr, the texts are in de; --set constraints.languages=de,fr asks for all" in next(
        n.text for n in known.notices if n.key == "languages"
    )


def test_words_decide_between_kinds_with_the_same_examples(shipped: Catalog, jsonl: Write) -> None:
    """A file of texts and labels does not say whether anything may learn from them."""
    rows = jsonl([{"text": f"{ENGLISH[n % 8]} {n}", "label": "ab"[n % 2]} for n in range(40)])
    words = "No training data: sort mails by topic using only the names of the topics"
    assert seen(words, rows, shipped).understanding.value("family") == "zero-shot-classification"
    assert seen("Sort mails by topic", rows, shipped).understanding.value("family") == "text-classification"


ARTICLES = [
    {
        "title": f"On case {n} of {text}",
        "abstract": f"We looked at {text} in {n} wards. It went as planned. " * 3,
        "KW": label,
    }
    for n in range(20)
    for text, label in (("falls", ["safety", "nursing"]), ("ulcers", ["nursing"]), ("doses", ["pharmacy"]))
]


@for_each(
    "words",
    [
        "Proposer les mots-clés d'un article d'après son titre et son résumé",
        "Suggest the headings of an article from its title and abstract",
    ],
)
def test_a_summary_that_the_texts_have_is_none_to_be_written(words: str, shipped: Catalog, jsonl: Write) -> None:
    """The answer is the column of a few values that recur, whatever the words call the input."""
    known = seen(words, jsonl(ARTICLES), shipped).understanding
    assert known.value("family") == "text-classification"
    assert (known.value("examples.expected"), known.value("labels_per_text")) == ("KW", "several")


def test_another_column_of_answers_is_read_anew(shipped: Catalog, jsonl: Write) -> None:
    """The kind of task that was chosen for one column says nothing of another."""
    reading = {"family": "summarization", "examples.input": "abstract", "examples.expected": "title"}
    known = seen("", jsonl(ARTICLES), shipped, {"reading": reading}).understanding
    assert (known.value("family"), known.value("examples.expected")) == ("summarization", "title")
    known = seen("", jsonl(ARTICLES), shipped, {"reading": reading, "examples.expected": "KW"}).understanding
    assert (known.value("family"), known.value("examples.expected")) == ("text-classification", "KW")


BILLS = [
    {"text": f"Please pay {n}.{n + 17} EUR until Friday, bill A{n}.", "amount": f"{n}.{n + 17}"} for n in range(60)
]


@for_each("key", ["examples.input", "examples.expected"])
def test_a_column_that_is_not_there_is_named(shipped: Catalog, jsonl: Write, key: str) -> None:
    """Before labels are made of what it does not hold."""
    assert "has no column 'sum'; its columns are: 'text'" in seen("sort", jsonl(BILLS), shipped, {key: "sum"}).problem


@for_each("words", ["extract the amount", "extract the amount from each invoice", "sort out the amount of each bill"])
def test_a_number_that_stands_in_each_text_is_a_field_of_it(shipped: Catalog, jsonl: Write, words: str) -> None:
    """Also where the words sound like marking it, which would need places."""
    known = seen(words, jsonl(BILLS), shipped)
    assert known.understanding.value("family") == "json-extraction"
    assert known.understanding.value("examples.expected") == {"amount": "amount"}


def test_prices_as_people_write_them_are_numbers(shipped: Catalog, jsonl: Write) -> None:
    """With units, marks and blanks; cells that say there is none are left out, and how far off may be is no bar."""
    prices = ["17{} kr", "1 2{},00", "2.4{},-", "{}", "given away"]
    rows = [
        {"item": f"{text} {n}", "sold for": prices[4 if n % 20 == 0 else n % 4].format(n + 10)}
        for n, text in enumerate(ENGLISH * 8)
    ]
    words = "guess what a thing will be sold for, within 25 % is fine for most"
    found = seen(words, jsonl(rows), shipped, {"examples.groups": None})
    assert found.understanding.value("family") == "text-regression"
    assert found.understanding.get("bar.pass_rate").source is Source.DEFAULT
    assert not [each for each in found.understanding.notices if each.key == "bar"]
    assert [written_number(each.format(50)) for each in prices] == [1750, 1250, 2450, 50, None]
    assert [written_number(each) for each in ("-1.250 kr", "-3,5 °C", "1,20,000 Rs", "1 200\u00a0kr")] == [
        -1250,
        -3.5,
        120_000,
        1200,
    ]
    assert not [each for each in ("12.05.2023", "2.0.1", "3 4", "555 1234", "1,5+") if written_number(each) is not None]
    assert needed(found).default == 0.25


def test_a_question_with_few_answers_is_answered_with_one_of_them(shipped: Catalog, jsonl: Write) -> None:
    """Not sorted by who answered; a full stop that lacks makes no other answer, in whatever script people ask."""
    answers = ["نحن في شارع الملك فهد مقابل الحديقة المركزية", "يمكنك حجز موعد عبر الموقع أو بالاتصال على الرقم الموحد"]
    rows = [
        {
            "س": f"كيف أوصل للعيادة من الحي رقم {n}؟",
            "الرد": answers[n % 2] + "." * (n % 3),
            "من": ["منى", "سارة"][n % 5 % 2],
        }
        for n in range(60)
    ]
    known = seen("نموذج يختار الرد الصحيح لكل سؤال جديد", jsonl(rows), shipped).understanding
    assert (known.value("examples.input"), known.value("examples.expected")) == ("س", "الرد")


def test_a_column_of_names_stays_when_names_are_what_is_chosen(shipped: Catalog, jsonl: Write) -> None:
    """Also if some names are misspelt, for which the file alone says labels; a column of other words is none."""
    names = ["Jean Lemaire", "Awa Diop", "Luc Petit", "Zoe Martin"]
    rows = [
        {
            "phrase": f"Le point {n} vient de {names[n % 4]}.",
            "cites": names[n % 4] + "e" * (n % 9 == 0),
            "ref": f"PV{n}",
        }
        for n in range(60)
    ] + [{"phrase": f"Le vote {n} est clos.", "cites": "aucun", "ref": f"PX{n}"} for n in range(20)]
    read = seen("Repérer les noms", jsonl(rows), shipped, {"family": "token-classification"}).proposal
    assert (read.family, read.input, read.expected) == ("token-classification", (("text", "phrase"),), "cites")
    others = [row | {"cites": "ab"[n % 2] * 3} for n, row in enumerate(rows)]
    read = seen("Repérer les noms", jsonl(others), shipped, {"family": "token-classification"}).proposal
    assert read.expected is None


def test_fields_are_read_as_they_were_chosen(shipped: Catalog, jsonl: Write) -> None:
    """Of more columns than those, which stand in the text as well."""
    rows = [
        {"text": f"{n} x {name}, hall {n % 7}", "what": name, "count": str(n), "hall": str(n % 7)}
        for n, name in enumerate(["red chairs", "blue tables", "lamps", "sofas"] * 9)
    ]
    chosen = {"family": "json-extraction", "examples.input": "text", "examples.expected": {"what": "what"}}
    known = seen("take it out", jsonl(rows), shipped, {"reading": chosen}).understanding
    assert known.value("examples.expected") == {"what": "what"}


def test_what_somebody_marked_is_asked(shipped: Catalog, jsonl: Write) -> None:
    """Not a column of labels next to it; the labels are the marks', whatever the words call them."""
    rows = [
        {"text": f"Flat {n} in Ghent", "site": "ab"[n % 2], "marks": [{"start": 0, "end": 6, "label": "FLAT"}]}
        for n in range(30)
    ]
    known = seen("I marked adverts (street, town). Which small model does it?", jsonl(rows), shipped).understanding
    assert known.value("family") == "token-classification"
    assert (known.value("examples.expected"), known.value("labels")) == ("marks", ["FLAT"])


def test_a_column_of_names_marks_them_in_its_texts(shipped: Catalog, jsonl: Write) -> None:
    """Where the words ask for names: taggers find them, and a tagger is no extractor of fields."""
    rows = []
    for row in names.rows():
        people = [row["text"][each["start"] : each["end"]] for each in row["entities"] if each["label"] == "person"]
        rows.append({"sentence": row["text"], "person": (people or [""])[0]})
    known = seen("find the names of people in the sentence", jsonl(rows), shipped).understanding
    assert known.value("family") == "token-classification"
    assert known.value("examples.expected") == {"person": "person"}


def test_an_amount_in_a_text_does_not_say_that_it_is_to_be_extracted(shipped: Catalog, jsonl: Write) -> None:
    """Words that sort stand over it."""
    known = seen("sort bills into private, business", jsonl(BILLS), shipped)
    assert known.understanding.value("family") == "text-classification"
    assert known.proposal is not None
    assert not known.proposal.is_labelled


def test_numbers_to_write_are_compared_as_numbers(shipped: Catalog, jsonl: Write) -> None:
    """So that "12.5 EUR" is right where 12.50 is expected; a text is compared as it stands."""
    known = seen("write the total", jsonl(BILLS), shipped, {"family": "text-generation"}).understanding
    assert (known.value("examples.expected"), known.value("scoring.metric")) == ("amount", "number")
    rows = [row | {"amount": f"{row['amount']} EUR"} for row in BILLS]
    known = seen("write the total", jsonl(rows), shipped, {"family": "text-generation"}).understanding
    assert (known.value("examples.expected"), known.value("scoring.metric")) == ("amount", None)


def test_the_only_other_column_is_taken_for_what_is_expected(shipped: Catalog, jsonl: Write) -> None:
    """As the default of a question; labels of which each row has another are none."""
    rows = [{"text": row["text"].replace(".", ","), "due": 7.5 * n} for n, row in enumerate(BILLS)]
    for words, default in (("extract the amount from each invoice", "due"), ("sort mails into good, bad", None)):
        question = next_question(seen(words, jsonl(rows), shipped), pool(shipped))
        assert question is not None
        assert (question.key, question.default) == ("examples.expected", default)


def test_a_text_on_pictures_is_not_read_as_the_label_next_to_it(shipped: Catalog, jsonl: Write) -> None:
    """A column that is another for each picture is what the words ask to read; the street is no answer to that."""
    rows = [{"photo": f"p/{n}.png", "street": "Elm" if n % 2 else "Oak", "reading": f"{n * 377:05}"} for n in range(24)]
    of, path = pool(shipped), str(jsonl(rows))
    for words, more, key in (
        ("read the number on photos of water meters", {}, "unscored"),
        ("read the number on photos of water meters", {"unscored": "anyway"}, None),
        ("tell photos of Elm street from those of Oak street", {}, None),
    ):
        question = next_question(understand(words, {"examples": path} | more, of, shipped), of)
        assert (question is not None and question.key == "unscored") == (key == "unscored"), words
    captions = jsonl([{"photo": f"p/{n}.png", "caption": f"a mug of colour {n}"} for n in range(24)])
    words = "Write a short caption for each product photo"
    question = next_question(understand(words, {"examples": str(captions)}, of, shipped), of)
    assert question is not None
    assert question.key == "unscored"


def test_what_comes_next_is_no_number_that_a_text_says(shipped: Catalog, jsonl: Write) -> None:
    """Figures by date that are to be forecast are not scored here; a number for each text is, whatever its date."""
    rows = [
        {"date": f"2025-04-{n:02}", "mm": n * 1.7 % 11, "note": ("sunny", "grey all day")[n % 2]} for n in range(1, 29)
    ]
    of, path = pool(shipped), str(jsonl(rows))
    for words, asked in (
        ("predict how many mm of rain will fall tomorrow", True),
        ("rate the rain by the note", False),
    ):
        question = next_question(understand(words, {"examples": path}, of, shipped), of)
        assert (question is not None and question.key == "unscored") == asked, words


def test_what_stands_in_each_text_is_extracted_whatever_the_words(shipped: Catalog, jsonl: Write) -> None:
    """Words that sort name no labels; those that do are not overruled."""
    rows = [{"mail": f"Hello, order AB-{n * 37} is late.", "order_number": f"AB-{n * 37}"} for n in range(30, 90)]
    known = seen("sort out the order number in each mail", jsonl(rows), shipped).understanding
    assert known.value("family") == "json-extraction"
    rows = [{"id": n, "mail": f"Row {n}: {text} {n}"} for n, text in enumerate(ENGLISH * 8)]
    assert seen("sort mails", jsonl(rows), shipped).understanding.value("family") == "text-classification"


def test_a_log_of_calls_whose_answers_are_objects_is_extracted(shipped: Catalog, jsonl: Write) -> None:
    """Though all who ask here say "model", and the log has a column of that name; a refusal is left out."""
    rows = []
    for n in range(40):
        bill = f"bill {'AB'[n % 2]}{n} of Anna over {n}.50 EUR"
        fields = json.dumps({"name": "Anna", "number": f"{'AB'[n % 2]}{n}"})
        said = (fields, f"```json\n{fields}\n```", "I cannot find a bill in this e-mail.")[n % 3 if n < 6 else n % 2]
        asked = {"messages": [{"role": "user", "content": bill}]}
        answer = {"choices": [{"message": {"role": "assistant", "content": said}}]}
        rows.append({"model": ("large", "small")[n % 2], "request": asked, "response": answer})
    path = jsonl(rows)
    known = seen("a small model should give the same JSON, 9 in 10 right", path, shipped).understanding
    assert (known.value("family"), known.value("examples.expected")) == ("json-extraction", "answer")
    examples = load_examples(Task.model_validate(task_document(known)), path.parent)
    assert len(examples.evidence) + len(examples.teaching) == 38


def test_a_column_that_the_words_name_is_what_is_asked(shipped: Catalog, jsonl: Write) -> None:
    """Of several columns of labels; the author of a row is never the question."""
    rows = [
        {"author": "ab"[n % 2], "comment": f"{text} {n}", "channel": "xy"[n % 2], "mood": "uv"[n // 2 % 2]}
        for n, text in enumerate(ENGLISH * 5)
    ]
    for words, column in (("sort comments by channel", "channel"), ("which mood is it", "mood")):
        assert seen(words, jsonl(rows), shipped).understanding.value("examples.expected") == column


def test_numbers_of_a_range_in_words_are_what_is_asked(shipped: Catalog, jsonl: Write) -> None:
    """They are graded where the words say how far off one may be, whatever else the file has."""
    rows = [
        {"said": f"{ENGLISH[n % 8]} {n}", "slider": n, "ok": "yn"[n % 2], "SC0": (n % 80) / 10 - 4} for n in range(101)
    ]
    words = "people rate comments from -4 (awful) to +4 (great); predict their mean, within 0.8"
    known = seen(words, jsonl(rows), shipped).understanding
    assert (known.value("family"), known.value("examples.expected")) == ("text-regression", "SC0")
    bare = [{"said": row["said"], "slider": 7919 * row["slider"] % 101} for row in rows]
    known = seen("sort mails by urgency", jsonl(bare), shipped).understanding
    assert (known.value("family"), known.value("examples.expected")) == ("text-regression", "slider")


def test_questions_with_answers_are_a_search_among_the_known_ones(shipped: Catalog, jsonl: Write) -> None:
    """Whatever the words, and whatever the columns are called; short answers are no such thing."""
    pairs = [{"q": f"What about {text[:20]} {n}?", "a": f"{text}."} for n, text in enumerate(ENGLISH)]
    path = jsonl(pairs)
    for words in ("answer guests' questions from our FAQ", "find the right answer for a question"):
        found = seen(words, path, shipped).understanding
        assert found.value("family") == "text-retrieval"
        made = task_document(found)
        assert made["documents"] == {"path": str(path), "id": "a", "text": "a"}
        assert (made["examples"]["expected"], made["scoring"]) == ("a", {"metric": "hit@1"})
    short = jsonl([{"question": f"What is {n} and {n}?", "answer": str(2 * n)} for n in range(30)])
    assert seen("answer the questions", short, shipped).understanding.value("family") == "question-answering"


@pytest.mark.parametrize(("answer", "is_asked"), [("town", False), ("in the old town", True)])
def test_how_answers_are_compared_is_asked_where_it_matters(
    shipped: Catalog, jsonl: Write, *, answer: str, is_asked: bool
) -> None:
    """Of one word each way comes to the same."""
    rows = [
        {"question": f"Where is shop {n}?", "context": f"{text} The shop {n} is {answer} {n}{text}", "answer": answer}
        for n, text in enumerate(ENGLISH * 3)
    ]
    question = next_question(seen("answer questions", jsonl(rows), shipped), pool(shipped))
    assert (question is not None and question.key == "scoring.metric") is is_asked


@pytest.mark.parametrize("is_asked", [True, False])
def test_whether_blanks_count_is_asked_where_texts_have_others(
    shipped: Catalog, jsonl: Write, *, is_asked: bool
) -> None:
    rows = [
        {"mail": f"{text} KR {n}451JN", "plate": f"KR{'' if is_asked else ' '}{n}451JN"}
        for n, text in enumerate(ENGLISH * 3)
    ]
    answers = {"family": "json-extraction", "examples.input": "mail", "examples.expected": {"plate": "plate"}}
    answers |= {"examples.groups": None}
    question = next_question(seen("find the plate", jsonl(rows), shipped, answers), pool(shipped))
    assert (question is not None and question.key == "scoring.metric") is is_asked
    if question is not None and is_asked:
        assert "'plate' is not written as in the text in 24 rows" in question.why
        assert [choice.value for choice in question.choices] == ["fields", "letters"]


@pytest.mark.parametrize("words", ["name the germ", "tag the germ as a named entity"])
def test_of_names_in_their_texts_one_says_that_there_is_none(shipped: Catalog, jsonl: Write, words: str) -> None:
    """They are extracted although they repeat; what says that there is none cannot be marked."""
    found = ["none", *(f"Bacillus {name}" for name in ("cereus", "subtilis", "anthracis", "pumilus", "mycoides"))]
    shown = [name if n else "nothing" for n, name in enumerate(found)]
    rows = [{"report": f"{shown[n % 6]} grew, sample {n}", "germ": found[n % 6]} for n in range(48)]
    assert seen(words, jsonl(rows), shipped).understanding.value("family") == "json-extraction"


def test_grades_that_may_be_off_by_one_are_numbers_with_that_tolerance(shipped: Catalog, jsonl: Write) -> None:
    """Few whole numbers look like labels; where words list them as classes they are sorted into."""
    rows = [{"remark": f"{'very ' * (n % 6)}tasty soup {n}", "mark": n % 6 + 1} for n in range(90)]
    alone = {"examples.groups": None}
    found = seen("predict the mark of a remark, one mark off is fine", jsonl(rows), shipped, alone)
    assert found.understanding.value("family") == "text-regression"
    question = needed(found)
    assert question is not None
    assert (question.key, question.default, question.default_from) == ("scoring.tolerance", 1.0, "your words")
    listed = seen("sort the remarks into the classes 1, 2, 3, 4, 5 and 6", jsonl(rows), shipped)
    assert listed.understanding.value("family") == "text-classification"


MAKERS = ("Löwe", "Pike & Son", "ORBA", "Nordlicht")


def test_what_is_taken_out_and_repeats_may_be_sorted_into_and_the_ways_tell_how_they_differ(
    shipped: Catalog, jsonl: Write
) -> None:
    """In whatever case it stands; a value that stands nowhere is no span."""
    names = [
        maker.upper() if n % 3 == 0 else maker.lower() if n % 3 == 1 else maker for n, maker in enumerate(MAKERS * 20)
    ]
    rows = [{"offer": f"used {name} lamp no {n}", "maker": MAKERS[n % 4]} for n, name in enumerate(names)]
    path = jsonl(rows)
    question = next_question(seen("which maker?", path, shipped), pool(shipped))
    assert question is not None
    assert question.key == "reading"
    shown = {choice.label.partition(":")[0]: choice.detail for choice in question.choices}
    assert {"token classification", "json extraction", "text classification"} <= shown.keys()
    assert len({*shown.values()}) == len(shown)
    assert "one of the 4 values that the file has" in shown["text classification"]
    for choice in question.choices[:-1]:
        if choice.label.startswith("text retrieval"):
            continue
        known = seen("get the maker out of the offer", path, shipped, {"reading": choice.value}).understanding
        examples = load_examples(Task.model_validate(task_document(known)), path.parent)
        assert len(examples.evidence) + len(examples.teaching) > 30
    rows[7]["maker"] = "other firm"
    spoiled = seen("get the maker out of the offer", jsonl(rows), shipped)
    assert spoiled.proposal is not None
    assert "token-classification" not in {each.family for each in spoiled.proposal.likely}


def test_a_bar_by_flag_is_the_one_of_a_label_that_must_not_be_missed(shipped: Catalog, jsonl: Write) -> None:
    rows = [{"text": f"{ENGLISH[n % len(ENGLISH)]} {n}", "label": "urgent" if n % 5 else "other"} for n in range(60)]
    words = "sort mails into urgent and other, never miss an urgent one"
    known = seen(words, jsonl(rows), shipped, {"bar.pass_rate": 0.97}).understanding
    assert known.value("bar.per_label") == {"urgent": 0.97}
    assert any("97% must be right" in each.text for each in known.notices)


def test_html_bodies_are_joined_to_their_subjects(shipped: Catalog, jsonl: Write) -> None:
    """The word says how the mails are written, and names no column alone."""
    rows = [
        {"id": n, "Subject": f"mail {n}", "Html": f"<p>{ENGLISH[n % len(ENGLISH)]}</p><p>{n}</p>", "team": "ab"[n % 2]}
        for n in range(60)
    ]
    for words in ("sort mails", "sort HTML mails by team"):
        assert seen(words, jsonl(rows), shipped).understanding.value("examples.input") == ["Subject", "Html"]


def test_a_file_that_shows_another_kind_of_task_has_its_own_settings(shipped: Catalog, jsonl: Write) -> None:
    """Words of a search set what counts for none; a kind that the user does not know is the file's."""
    rows = [
        {
            "question": f"where is parcel {n}?",
            "context": f"{ENGLISH[n % len(ENGLISH)]} the parcel {n} lies in hall {n % 7} since monday and waits",
            "answer": f"hall {n % 7}",
        }
        for n in range(60)
    ]
    path = jsonl(rows)
    for words, answers in (("find the right answer among the first 3", {}), ("extract the hall", {"family": None})):
        known = seen(words, path, shipped, answers).understanding
        assert known.value("family") == "question-answering"
        Task.model_validate(task_document(known))


def test_of_two_columns_the_one_of_yes_and_no_compares_a_pair(shipped: Catalog, jsonl: Write) -> None:
    """Who judged it has two values, too; a few doubtful pairs are no third answer."""
    said = ("ja", "nee", "Nee", "j", "n", "nee", "twijfel")
    rows = [
        {"Melding 1": f"{a} {n}", "Melding 2": b, "Zelfde?": said[n % 7], "Beoordeeld door": ("JB", "KdV")[n // 2 % 2]}
        for n, (a, b) in enumerate(list(zip(ENGLISH, reversed(ENGLISH), strict=True)) * 8)
    ]
    known = seen("zeggen of twee meldingen hetzelfde zijn", jsonl(rows), shipped).understanding
    assert known.value("examples.expected") == "Zelfde?"


def test_a_notice_goes_once_what_it_asks_for_is_said(shipped: Catalog, jsonl: Write) -> None:
    """Such as how sentences are compared."""
    replies = [
        {"question": f"Where is form {n}?", "answer": f"Look into folder {n}, by the window."} for n in range(20)
    ]
    path = jsonl(replies)
    words = "write the answer to each question"
    for answers, is_said in (({}, True), ({"scoring.metric": "rules"}, False)):
        found = seen(words, path, shipped, {"family": "text-generation", **answers}).understanding.notices
        assert any("compared letter by letter" in each.text for each in found) == is_said
