"""What family the shape of a file speaks for, and which of its columns are input and expected."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import InputError
from advisor.interview.facts import Fact, Source, Understanding
from advisor.interview.files.interpret import look_at
from advisor.interview.files.proposal import fields_of, propose
from advisor.interview.files.settled import facts
from advisor.interview.files.shapes import readings
from advisor.interview.files.sheet import look, rows_of
from advisor.interview.files.view import View
from advisor.task.examples import load_examples
from advisor.task.model import Task
from tests.interview.tables import ENGLISH, GERMAN, Write, of
from tests.tables import for_each

EXAMPLES = Path(__file__).parents[2] / "examples"


@for_each(
    ("name", "labels"),
    [
        ("spam/mails.csv", {"ham", "spam"}),
        ("glossary/definitions.csv", {"animal", "artifact", "food", "location", "person"}),
        ("speeches/passages.csv", {"democrat", "republican"}),
    ],
)
def test_the_ready_examples_are_read_as_their_tasks_read_them(name: str, labels: set[str]) -> None:
    """Text in, label out, English: what the ready tasks say."""
    table = look(EXAMPLES / name)
    proposal = propose(table)
    known = facts(table, proposal)
    assert proposal.family == "text-classification"
    assert of(known, "examples.input") == "text"
    assert of(known, "examples.expected") == "label"
    assert set(of(known, "labels")) == labels
    assert of(known, "labels_per_text") == "one"
    assert of(known, "constraints.languages") == ["en"]
    assert of(known, "examples") == str(EXAMPLES / name)
    assert {fact.source for fact in known} == {Source.FILE}


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("reaccion", "x1"), ""),  # the text tells the one and not the other
        (("x1", "x2"), "is it good or bad?"),
        (("x1", "category"), "buena o mala"),
    ],
)
def test_of_two_columns_of_labels_the_one_that_the_text_tells_is_expected(
    jsonl: Write, names: tuple[str, str], words: str
) -> None:
    """Or whose values the words name, also in a form next to theirs; the place of a column says least."""
    said = (("excelente", "rico"), ("horrible", "frio"))
    rows = [
        {"y": f"{said[n % 2][n // 2 % 2]} plato {n * 7 % 60}", names[0]: ("bueno", "malo")[n % 2], names[1]: town}
        for n, town in enumerate(["Madrid", "Sevilla", "Sevilla", "Madrid", "Madrid"] * 12)
    ]
    proposal = propose(look(jsonl(rows)), words=words)
    assert (proposal.family, proposal.input, proposal.expected) == ("text-classification", (("text", "y"),), names[0])


def test_a_category_is_no_query_and_yes_or_no_asks_for_the_column_of_these(jsonl: Write) -> None:
    """However it writes them: Access has 0 and -1."""
    rows = [
        {
            "unit": ("Ward", "Lab", "Night", "Theatre", "Desk", "Rehab")[n * n * 7 % 6],
            "report": f"{'fall' if n % 3 else 'wrong drug'} at bed {n} of {n * 7}",
            "topic": ("fall", "drug", "other")[0 if n % 3 else n % 2 + 1],
            "board": -(n * n % 11 == 1),
        }
        for n in range(90)
    ]
    table = look(jsonl(rows))
    proposal = propose(table, expected="board")
    assert (proposal.family, proposal.input) == ("text-classification", (("text", "report"),))
    for words in ("", "yes or no?", "muss es zur Leitung (ja/nein)?", "fall, drug or other? never yes/no"):
        is_board = "?" in words and "fall" not in words
        assert propose(table, words=words).expected == ("board" if is_board else "topic"), words


def test_squads_answers_are_read_as_they_are(jsonl: Write) -> None:
    """Texts with their places in the context, as the public data set has them."""
    rows = [
        {"context": f"{text} {n}", "question": f"What is {n}?", "answers": {"text": [text[:9]], "answer_start": [0]}}
        for n, text in enumerate(ENGLISH)
    ]
    path = jsonl(rows)
    proposal = propose(look(path))
    assert (proposal.family, proposal.expected) == ("question-answering", "answers")
    source = {"path": str(path), "input": dict(proposal.input), "expected": proposal.expected}
    task = Task.model_validate(
        {"name": "t", "family": "question-answering", "instruction": "Answer.", "examples": source}
    )
    assert {example.expected[0] for example in load_examples(task, path.parent).evidence} == {
        text[:9].strip() for text in ENGLISH
    }


def test_a_file_of_numbers_holds_no_inputs(jsonl: Write) -> None:
    """Nothing is proposed where there is no text."""
    proposal = propose(look(jsonl([{"x": n * 1.5, "y": n % 2} for n in range(40)])))
    assert (proposal.family, proposal.input, proposal.expected) == (None, (), None)
    assert proposal.why == "no column holds inputs"


@for_each(
    ("rows", "read"),
    [
        ([{"ask": t, "A": n, "B": n + 1, "key": "AB"[n % 2]} for n, t in enumerate(ENGLISH * 4)], ("ask", "A", "B")),
        ([{"ask": t, "A": n, "C": n + 1, "key": "AB"[n % 2]} for n, t in enumerate(ENGLISH * 4)], ("ask",)),
        ([{"ask": t, "yes": n, "no": -n, "key": ("no", "yes")[n % 2]} for n, t in enumerate(ENGLISH * 4)], ("ask",)),
        (
            [{"turns": [t, "Bye."][: 1 + (n % 9 == 0)], "key": "AB"[n % 2]} for n, t in enumerate(ENGLISH * 4)],
            ("turns",),
        ),
        (
            [
                {"message": {"from": "a@b.c", "body": t}, "note": "x", "key": "AB"[n % 2]}
                for n, t in enumerate(ENGLISH * 4)
            ],
            ("message.body",),
        ),
    ],
)
def test_options_turns_and_the_parts_of_a_message_are_read(
    jsonl: Write, rows: list[Any], read: tuple[str, ...]
) -> None:
    assert propose(look(jsonl(rows)), "text-classification").input_columns == read


def test_a_file_of_videos_is_refused(jsonl: Write) -> None:
    path = str(jsonl([{"clip": f"clips/{n}.mp4", "mood": "ab"[n % 2]} for n in range(40)]))
    with pytest.raises(InputError, match="'clip' names videos"):
        look_at(path, Understanding((Fact("examples", path, Source.ANSWER),)))


@for_each(
    ("rows", "is_refused"),
    [
        ([{"x": n * 1.5, "y": n / 3, "z": n * n, "part": "ab"[n % 2]} for n in range(40)], True),
        ([dict.fromkeys("uvxyz", "cd"[n % 2]) | {"part": "ab"[n % 2]} for n in range(40)], True),
        ([dict.fromkeys("uvxyz", "cd"[n % 2]) | {"who": f"shop {n % 12}"} for n in range(96)], False),  # payees
        ([dict.fromkeys("uvx", "cd"[n % 2]) | {"part": "ab"[n % 2]} for n in range(40)], False),
        ([{"id": n, "who": f"shop {n % 12}", "category": "cd"[n % 2]} for n in range(96)], False),
        ([{"x": n * 1.5, "y": n / 3, "part": "ab"[n % 2]} for n in range(40)], False),  # a text may be "a", too
        ([{"x": n * 1.5, "y": n / 3, "z": n * n, "message": "ab"[n % 2]} for n in range(40)], False),
        ([{"x": n * 1.5, "y": n / 3, "z": n * n, "part": t} for n, t in enumerate(ENGLISH)], False),
        ([{"x": n * 1.5, "y": n / 3, "z": n * n, "part": f"red bolt number {n % 21}"} for n in range(40)], False),
    ],
)
def test_a_table_of_measurements_is_for_other_models(jsonl: Write, rows: list[Any], *, is_refused: bool) -> None:
    path = str(jsonl(rows))
    read = partial(look_at, path, Understanding((Fact("examples", path, Source.ANSWER),)))
    if not is_refused:
        assert read()[0].columns
        return
    # Words that name the answer alone name no text; with a second column of labels they may.
    rows = [row | {"order": ("stop", "go on")[n % 2]} for n, row in enumerate(rows)]
    for said, answer, is_read in (("tell the part", "part", False), ("which part has the order", "part", True)):
        given = {"examples": str(jsonl(rows)), "words": said, "examples.expected": answer}
        known = Understanding(tuple(Fact(key, value, Source.ANSWER) for key, value in given.items()))
        if is_read:
            assert look_at(given["examples"], known)[0].columns
        else:
            with pytest.raises(InputError, match="fit gradient-boosted trees") as refused:
                look_at(given["examples"], known)
            assert "--set examples.expected=part" in str(refused.value)  # with all others as the input
    path = str(jsonl([{name: cell for name, cell in row.items() if name != "order"} for row in rows]))
    with pytest.raises(InputError, match="fit gradient-boosted trees"):
        read()
    named = Fact("examples.input", "part", Source.ANSWER)
    assert look_at(path, Understanding((Fact("examples", path, Source.ANSWER), named)))[1].input_columns[0] == "part"


def test_a_language_in_a_column_s_name_is_no_word_of_the_task(jsonl: Write) -> None:
    """What is English in a header is a preposition in Spanish."""
    table = look(jsonl([{"EN": a, "DE": b} for a, b in zip(ENGLISH, GERMAN, strict=True)]))
    assert propose(table, words="las frases en inglés y al lado cómo las puso la colega").expected == "DE"


@pytest.mark.parametrize(
    ("words", "stars", "expected"),
    [("", False, "reponse"), ("je voudrais une réponse à chaque avis", True, "reponse"), ("", True, "stars")],
)
def test_of_two_texts_the_later_one_was_written(jsonl: Write, words: str, *, stars: bool, expected: str) -> None:
    """With labels in the file it is expected if the words name it, with or without accents."""
    rows = [{"avis": f"{a} {n}", "reponse": f"{b} {n}"} for n, (a, b) in enumerate(zip(ENGLISH, ENGLISH[1:] * 2))]  # noqa: B905
    table = look(jsonl([row | ({"stars": "ab"[n % 2]} if stars else {}) for n, row in enumerate(rows * 3)]))
    assert propose(table, words=words).expected == expected


def test_codes_with_a_hyphen_are_no_tags(jsonl: Write) -> None:
    """B-1 of a page is one of a few, and no word's BIO tag."""
    rows = [{"asked": f"{text} {n}", "page": f"B-{n % 5}"} for n, text in enumerate(ENGLISH * 4)]
    assert propose(look(jsonl(rows))).family == "text-classification"


OTHERS: dict[str, Callable[[int], dict[str, Any]]] = {
    "automatic-speech-recognition": lambda n: {"clip": f"a/{n}.flac", "said": ENGLISH[n % 8]},
    "image-classification": lambda n: {"file": f"a/{n}.jpg", "what": ["cat", "dog"][n % 2]},
    "token-classification": lambda n: {"mail": ENGLISH[n % 8], "who": [["parcel", "THING"]]},
    "text-ranking": lambda n: {"ask": ENGLISH[n % 8], "listed": [ENGLISH[n % 8], f"it {n}"], "right": [ENGLISH[n % 8]]},
}


@for_each("family", OTHERS)
def test_other_families_speak_through_their_shape(jsonl: Write, family: str) -> None:
    """Paths, spans and lists each mean one family."""
    proposal = propose(look(jsonl([OTHERS[family](n) for n in range(16)])))
    assert proposal.family == family
    assert proposal.is_labelled


NAMES = ["Ada", "Bob", "Cyd", "Dan", "Eve", "Fay", "Gus", "Hal"]
TASKS: dict[str, Callable[[int], dict[str, Any]]] = {
    "text-classification": lambda n: {"text": f"{ENGLISH[n % 8]} {n}", "label": "ab"[n % 2]},
    "text-classification, several": lambda n: {"mail": f"{ENGLISH[n % 8]} {n}", "tags": ["a;b", "b;c", "c"][n % 3]},
    "question-answering": lambda n: {
        "q": f"Who is {n}?",
        "c": f"{GERMAN[n % 8]} It is {NAMES[n % 8]}",
        "a": NAMES[n % 8],
    },
    "question-answering, alone": lambda n: {"question": f"What is {n} and 1?", "answer": n + 1},
    "sentence-similarity": lambda n: {"a": f"{ENGLISH[n % 8]} {n}", "b": ENGLISH[-1 - n % 8], "score": n % 11 / 2},
    "sentence-similarity, triplets": lambda n: {
        "anchor": f"{ENGLISH[n % 8]} {n}",
        "positive": ENGLISH[n % 8],
        "negative": ENGLISH[-1 - n % 8],
    },
    "summarization": lambda n: {"body": " ".join(ENGLISH) + f" {n}", "gist": f"Customer {n} is not content."},
    "translation": lambda n: {"x": GERMAN[n % 8], "y": ENGLISH[n % 8]},
    "text-generation": lambda n: {"prompt": f"{ENGLISH[n % 8]} {n}", "response": f"{ENGLISH[-1 - n % 8]} {n}"},
    "json-extraction": lambda n: {"text": f"{NAMES[n % 8]} paid {n} euros.", "out": {"who": NAMES[n % 8], "sum": n}},
    "token-classification": lambda n: {"text": f"{NAMES[n % 8]} came {n} times.", "who": {"PERSON": [NAMES[n % 8]]}},
    "token-classification, tags": lambda n: {"tokens": [NAMES[n % 8], "came", f"t{n}"], "tags": ["B-PER", "O", "O"]},
    "text-regression": lambda n: {"essay": f"{ENGLISH[n % 8]} {n}", "points": 40 + 7 * n % 60},
    "text-regression, magnitudes": lambda n: {"ad": f"{ENGLISH[n % 8]} {n}", "score": 3 * 1.3**n},
    "sentence-similarity, labels": lambda n: {
        "question1": f"{ENGLISH[n % 8]} {n}",
        "question2": ENGLISH[-1 - n % 8],
        "verdict": ["duplicate", "different"][n % 2],
    },
    "sentence-similarity, a few whole grades": lambda n: {
        "report_a": f"{ENGLISH[n % 8]} {n}",
        "report_b": f"{ENGLISH[-1 - n % 8]} {n}",
        "puan": n % 6,
    },
    "text-ranking": lambda n: {
        "ask": f"{ENGLISH[n % 8]} {n}",
        "all": [ENGLISH[0], f"It is {n}"],
        "right": f"It is {n}",
    },
}


@for_each(
    ("clean", "meant", "are_read"),
    [
        (lambda n: f"{ENGLISH[n]} No. {n}!", {}, []),
        (lambda n: f"{ENGLISH[n]} No. {n}!", {"translation": 0.9}, ["translation"]),  # into simple English
        (lambda n: f"{ENGLISH[-1 - n]} No. {n}!", {}, ["text-retrieval"]),
        (lambda n: f"{GERMAN[n]} No. {n}!", {}, ["text-retrieval", "translation"]),
    ],
)
def test_a_text_put_right_is_not_found_and_one_of_its_language_no_translation(
    jsonl: Write, clean: Callable[[int], str], meant: dict[str, float], are_read: list[str]
) -> None:
    """Of punctuation and capitals alone, whatever the columns are called."""
    table = look(jsonl([{"raw": f"{ENGLISH[n].lower().rstrip('.')} no {n}", "clean": clean(n)} for n in range(8)]))
    found = {one.family for one in readings(View(rows_of(table), table.columns), meant, "", is_chosen=False)[0]}
    assert sorted(found & {"text-retrieval", "translation"}) == are_read


@for_each("meant", [{}, {"text-retrieval": 0.3}])
def test_a_text_with_the_answers_is_searched_for_where_words_mean_it(jsonl: Write, meant: dict[str, float]) -> None:
    """Else it is what is read, together with the question."""
    rows = [
        {"question": f"Who is {n}?", "context": f"{GERMAN[n % 3]} {', '.join(NAMES)}", "by": NAMES[n % 8]}
        for n in range(24)
    ]
    table = look(jsonl(rows))
    found, _ = readings(View(rows_of(table), table.columns), meant, "", is_chosen=False)
    assert ("text-retrieval" in {each.family for each in found if each.expected == "context"}) == bool(meant)


@pytest.mark.parametrize("name", TASKS)
def test_what_is_proposed_can_be_loaded_as_a_task(jsonl: Write, name: str) -> None:
    """The facts of a file make a task whose examples are read: all distinct rows."""
    table = look(jsonl([TASKS[name](n) for n in range(24)]))
    proposal = propose(table)
    assert proposal.family == name.partition(",")[0]
    assert proposal.is_labelled
    known = {fact.key: fact.value for fact in facts(table, proposal)}
    given: dict[str, Any] = {"name": "t", "family": proposal.family, "instruction": "Do it."}
    given["examples"] = {"path": known["examples"], "input": known["examples.input"], "near_duplicates": "keep"}
    if "examples.expected" in known:
        given["examples"]["expected"] = known["examples.expected"]
    given |= {key: known[key] for key in ("labels", "labels_per_text") if key in known}
    given |= {"scoring": {"metric": known["scoring.metric"]}} if "scoring.metric" in known else {}
    if "translate.source" in known:
        given["translate"] = {"source": known["translate.source"], "target": known["translate.target"]}
    found = load_examples(Task.model_validate(given), Path(table.path).parent)
    assert len(found.evidence) + len(found.teaching) == (8 if name == "translation" else 24)


def test_alternatives_rank_the_other_columns(jsonl: Write) -> None:
    """Two columns with labels: the one that is named so comes first, the other is offered."""
    rows = [
        {"weekday": "mon" if n % 3 else "tue", "text": ENGLISH[n % 8] + str(n), "category": "ab"[n % 2]}
        for n in range(40)
    ]
    proposal = propose(look(jsonl(rows)))
    assert proposal.expected == "category"
    assert "weekday" in [reading.expected for reading in proposal.likely]


def test_of_codes_and_the_words_for_them_the_words_are_expected(jsonl: Write) -> None:
    """As a join of two tables brings both; where the words name the codes they are meant."""
    rows = [
        {"text": f"{text} {n}", "kind": ("bill", "bug")[n % 2], "kod": 10 + n % 2} for n, text in enumerate(ENGLISH * 4)
    ]
    table = look(jsonl(rows))
    assert propose(table, words="sort").expected == "kind"
    assert all(each.chance < 0.01 for each in propose(table, words="sort").likely if each.expected == "kod")
    assert propose(table, words="give the kod").expected == "kod"


def test_a_column_that_sets_rows_apart_is_not_expected(jsonl: Write) -> None:
    """Train and test are no labels."""
    rows = [
        {"text": ENGLISH[n % 8] + str(n), "split": "train" if n % 4 else "test", "y": "uv"[n % 2]} for n in range(40)
    ]
    assert propose(look(jsonl(rows))).expected == "y"


def test_a_file_without_labels_is_unlabelled(jsonl: Write) -> None:
    """Texts with ids and dates: an input, nothing expected, no family."""
    proposal = propose(look(jsonl([{"id": n, "when": "2024-01-01", "mail": text} for n, text in enumerate(ENGLISH)])))
    assert proposal.family is None
    assert proposal.input == (("text", "mail"),)
    assert not proposal.is_labelled


def test_the_familys_name_for_a_part_finds_its_column(jsonl: Write) -> None:
    """The parts of an unlabelled file are recognised by their names."""
    rows = [{"context": f"{text} More of it.", "question": "Who?"} for text in ENGLISH]
    assert dict(propose(look(jsonl(rows)), "question-answering").input) == {
        "question": "question",
        "context": "context",
    }


def test_passages_in_a_list_are_the_context_and_not_what_a_system_answered(jsonl: Write) -> None:
    """As Ragas keeps them, in both of its forms: https://docs.ragas.io/en/stable/concepts/components/eval_dataset."""
    forms = ("user_input retrieved_contexts response reference", "question contexts answer ground_truth")
    for question, contexts, answer, truth in map(str.split, forms):
        rows = [
            {
                question: f"What does part {n} cost?",
                contexts: [f"Part {n} costs {n * 37 % 91} euros.", "The rule does not apply to interns at all."],
                answer: f"According to the documents, it is {n * 37 % 91 + n % 3} euros and no more.",
                truth: f"{n * 37 % 91} euros",
            }
            for n in range(40)
        ]
        path = jsonl(rows)
        read = propose(look(path), "question-answering", "answer the question from the passages")
        assert (read.family, read.expected) == ("question-answering", truth)
        assert dict(read.input) == {"question": question, "context": contexts}
        source = {"path": str(path), "input": dict(read.input), "expected": truth}
        content = {"name": "t", "family": read.family, "instruction": "Answer.", "examples": source}
        first = load_examples(Task.model_validate(content), path.parent).evidence[0]
        assert first.given["context"].endswith(" euros.\n\nThe rule does not apply to interns at all.")


def test_stars_of_one_text_are_labels_and_one_value_is_none(jsonl: Write) -> None:
    """A language that all rows have is nothing to tell; a score with many values is a number to come near to."""
    rows = [{"stars": 1 + 4 * (n % 2), "review": f"{text} {n}", "lang": "EN"} for n, text in enumerate(ENGLISH * 3)]
    found = propose(look(jsonl(rows)), words="predict the star rating")
    assert (found.family, found.input_columns, found.expected) == ("text-classification", ("review",), "stars")
    scored = propose(look(jsonl([row | {"stars": n / 7} for n, row in enumerate(rows)])), words="predict the stars")
    assert (scored.family, scored.expected) == ("text-regression", "stars")


def test_fields_that_the_words_list_are_all_expected(jsonl: Write) -> None:
    """A date stands in its text in other words than in the table: it is one of them where it is asked for."""
    rows = [
        {
            "Mail": f"The bill of {name}, dated {n % 28 + 1} March, comes to {n + 20}.50 euros",
            "Supplier": name,
            "Due date": f"2024-03-{n % 28 + 1:02}",
            "Amount": f"{n + 20}.50",
            "Clerk": "kb" if n % 3 else "tl",
        }
        for n, name in enumerate(["Acme Ltd", "Norda", "Zentra SA", "Piolo", "Wexler"] * 8)
    ]
    table = look(jsonl(rows))
    asked = propose(table, words="pull supplier, amount and due date out of the mails")
    assert (asked.family, asked.input_value) == ("json-extraction", "Mail")
    assert set(asked.expected_columns) == {"Supplier", "Amount", "Due date"}
    for words in ("pull supplier and amount out of the mails", "pull supplier, amount and clock out of the mails"):
        assert set(propose(table, words=words).expected_columns) == {"Supplier", "Amount"}
    alone = propose(table, words="pull supplier, date and amount out of the mails")  # the only column of a date
    assert set(alone.expected_columns) == {"Supplier", "Amount", "Due date"}
    assert fields_of(table, alone.expected, "The date must be right in 95%") == {
        "Supplier": "Supplier", "Amount": "Amount", "date": "Due date",
    }  # fmt: skip


def test_what_words_name_for_a_text_to_be_written_is_given_whatever_repeats(jsonl: Write) -> None:
    """A query cannot be written without the tables; what they take from one column is in no other."""
    tables = ("CREATE TABLE pupil(id INT, name TEXT)", "CREATE TABLE ship(id INT, port TEXT, flag TEXT)")
    rows = [
        {
            "db": "xy"[n % 2],
            "question": f"{text} {n}?",
            "query": f"MATCH (a{n}) WHERE a{n}.b = {n} RETURN a{n}",
            "schema": tables[n % 2],
        }
        for n, text in enumerate(ENGLISH * 5)
    ]
    read = propose(look(jsonl(rows)), "text-generation", "write the SQL query for the question and the schema")
    assert (read.input_value, read.expected) == (["question", "schema"], "query")
    marks = [
        {"Pupil": f"{name} {chr(65 + n % 26)}.", "Comment": f"{text} {n}", "Mark": n * 7 % 11 / 2}
        for n, (name, text) in enumerate(zip(("Ann", "Bob", "Cid", "Dee") * 10, ENGLISH * 5, strict=True))
    ]
    assert propose(look(jsonl(marks)), "text-regression", "from the comment predict the mark").input_value == "Comment"
