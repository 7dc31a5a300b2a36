"""What a look at a user's file finds, and how it would be read as examples."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.interview.facts import Fact, Source
from advisor.interview.files.notices import notices
from advisor.interview.files.table import facts, look, propose
from advisor.task.examples import load_examples
from advisor.task.model import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Write = Callable[[Sequence[dict[str, Any]]], Path]

EXAMPLES = Path(__file__).parents[2] / "examples"
ENGLISH = [
    "The parcel never came and nobody answers the phone any more.",
    "Please send me a new invoice for the order of last week.",
    "The app closes by itself whenever I open the settings page.",
    "I would like to return the shoes because they are too small.",
    "Your driver left the box in the rain and all of it is wet.",
    "How can I change the address to which you send my letters?",
    "The card was charged twice for one and the same purchase.",
    "My password is not accepted although I have just changed it.",
]
GERMAN = [
    "Das Paket ist nie angekommen und niemand geht ans Telefon.",
    "Bitte schicken Sie mir eine neue Rechnung für die Bestellung.",
    "Die App schließt sich von selbst, wenn ich sie öffne.",
    "Ich möchte die Schuhe zurückgeben, weil sie zu klein sind.",
    "Ihr Fahrer hat den Karton im Regen stehen lassen.",
    "Wie kann ich die Anschrift für meine Briefe ändern?",
    "Die Karte wurde für einen Einkauf zweimal belastet.",
    "Mein Passwort wird nicht angenommen, obwohl es neu ist.",
]


@pytest.fixture
def jsonl(tmp_path: Path) -> Write:
    """Write rows as JSONL."""

    def write(rows: Sequence[dict[str, Any]]) -> Path:
        path = tmp_path / "rows.jsonl"
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        return path

    return write


def kinds(path: Path) -> dict[str, str]:
    """Return the kind of each column."""
    return {column.name: column.kind for column in look(path).columns}


def of(known: tuple[Fact, ...], key: str) -> Any:
    """Return the value of a fact that must be there."""
    return next(fact for fact in known if fact.key == key).value


@pytest.mark.parametrize(
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


def test_each_kind_of_column_is_told_by_its_values(jsonl: Write) -> None:
    """Names that say nothing leave the kinds to the values."""
    path = jsonl(
        [
            {
                "a": ENGLISH[n % 8],
                "b": ["red", "blue"][n % 2],
                "c": n * 37.5,
                "d": n / 40,
                "e": f"INV-{n:05}",
                "f": f"2024-03-{n % 28 + 1:02}",
                "g": f"https://example.org/{n}",
                "h": f"calls/{n}.wav",
                "i": ["one word more", f"and another {n}"],
                "j": [{"start": 0, "end": 3, "label": "WHO"}],
                "k": {"total": n, "name": "x"},
                "l": "north;cold" if n % 2 else "south;warm",
                "m": n + 1,
                "n": f"pictures/{n}.PNG",
                "o": "O B-PER O" if n % 2 else "O O O",
            }
            for n in range(40)
        ]
    )
    found = {column.name: column for column in look(path).columns}
    assert {name: column.kind for name, column in found.items()} == {
        "a": "text",
        "b": "label",
        "c": "number",
        "d": "grade",
        "e": "id",
        "f": "date",
        "g": "url",
        "h": "path",
        "i": "list",
        "j": "spans",
        "k": "object",
        "l": "label",
        "m": "id",
        "n": "path",
        "o": "spans",
    }
    assert (found["h"].detail, found["n"].detail) == ("sound", "image")
    assert found["l"].has_several
    assert found["l"].distinct == 4
    assert found["b"].samples == ("red", "blue")


def test_empty_cells_count_as_a_share(jsonl: Write) -> None:
    """Null, blanks, NaN and a missing key are nothing."""
    table = look(
        jsonl([{"t": text, "x": cell} for text, cell in zip(ENGLISH, ["a", None, " ", float("nan")] * 2, strict=True)])
    )
    assert [column.empty for column in table.columns] == [0.0, 0.75]


def test_question_context_and_answer_are_found_by_what_stands_where(jsonl: Write) -> None:
    """The answer stands in the context; the names do not help."""
    cities = ["Bern", "Rome", "Oslo", "Riga", "Cork", "Lyon", "Graz", "Kiel"]
    rows = [
        {"q": f"Where does person {n} live?", "c": f"Person {n} worked at sea and lives in {city} now.", "a": city}
        for n, city in enumerate(cities)
    ]
    proposal = propose(look(jsonl(rows)))
    assert proposal.family == "question-answering"
    assert dict(proposal.input) == {"question": "q", "context": "c"}
    assert proposal.expected == "a"


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


def test_questions_without_a_context_are_questions_all_the_same(jsonl: Write) -> None:
    """With short answers; where answers are long, texts are to be written."""
    rows = [{"question": f"What is {n} and {n}?", "answer": str(2 * n)} for n in range(40)]
    proposal = propose(look(jsonl(rows)))
    assert (proposal.family, proposal.input, proposal.expected) == (
        "question-answering",
        (("question", "question"),),
        "answer",
    )
    long = [row | {"answer": f"{' '.join(ENGLISH[:4])} {n}"} for n, row in enumerate(rows)]
    assert propose(look(jsonl(long))).family == "text-generation"


def test_triplets_need_no_expected_column(jsonl: Write) -> None:
    """Which text is the closer one is said by the columns."""
    rows = [{"anchor": text, "positive": f"{text} Yes.", "negative": ENGLISH[n - 1]} for n, text in enumerate(ENGLISH)]
    proposal = propose(look(jsonl(rows)))
    assert proposal.family == "sentence-similarity"
    assert dict(proposal.input) == {"anchor": "anchor", "closer": "positive", "farther": "negative"}
    assert proposal.is_labelled
    assert proposal.expected is None


def test_pairs_marked_with_0_and_1_are_pairs(jsonl: Write) -> None:
    """Two texts named alike and a mark: not a classification of the first one."""
    pairs = zip(ENGLISH, reversed(ENGLISH), strict=True)
    rows = [{"question1": f"{a} {n}", "question2": b, "is_duplicate": n % 2} for n, (a, b) in enumerate(pairs)]
    assert propose(look(jsonl(rows * 2))).family == "sentence-similarity"


def test_a_file_of_numbers_holds_no_inputs(jsonl: Write) -> None:
    """Nothing is proposed where there is no text."""
    proposal = propose(look(jsonl([{"x": n * 1.5, "y": n % 2} for n in range(40)])))
    assert (proposal.family, proposal.input, proposal.expected) == (None, (), None)
    assert proposal.why == "no column holds inputs"


def test_sentences_that_repeat_are_labels(jsonl: Write) -> None:
    """Three of them over sixty rows, however long."""
    rows = [{"mail": f"{ENGLISH[n % 8]} {n}", "what": GERMAN[n % 3]} for n in range(60)]
    assert propose(look(jsonl(rows))).expected == "what"


def test_two_texts_with_grades_are_pairs(jsonl: Write) -> None:
    """Two texts of like length and a grade within a usual scale."""
    proposal = propose(
        look(
            jsonl(
                [
                    {"s1": a, "s2": b, "gold": n / 2}
                    for n, (a, b) in enumerate(zip(ENGLISH, reversed(ENGLISH), strict=True))
                ]
            )
        )
    )
    assert proposal.family == "sentence-similarity"
    assert dict(proposal.input) == {"first": "s1", "second": "s2"}
    assert proposal.expected == "gold"


def test_two_texts_in_two_languages_are_a_translation(jsonl: Write) -> None:
    """The languages come from the texts, and are facts."""
    table = look(jsonl([{"x": a, "y": b} for a, b in zip(GERMAN, ENGLISH, strict=True)]))
    proposal = propose(table)
    assert proposal.family == "translation"
    assert (proposal.input, proposal.expected) == ((("text", "x"),), "y")
    known = facts(table, proposal)
    assert (of(known, "translate.source"), of(known, "translate.target")) == ("de", "en")
    assert of(known, "constraints.languages") == ["de", "en"]


def test_a_long_text_with_a_short_one_is_a_summary(jsonl: Write) -> None:
    """Also where the short one is called something else."""
    rows = [{"body": " ".join(ENGLISH[n:] + ENGLISH[:n]), "gist": f"Customer {n} wants help soon."} for n in range(8)]
    assert propose(look(jsonl(rows))).family == "summarization"


@pytest.mark.parametrize(
    ("family", "row"),
    [
        ("automatic-speech-recognition", {"clip": "a/{n}.flac", "said": "{text}"}),
        ("image-classification", {"file": "a/{n}.jpg", "what": "{label}"}),
        ("json-extraction", {"mail": "{text}", "out": {"total": "{n}", "ok": True}}),
        ("token-classification", {"mail": "{text}", "who": [["parcel", "THING"]]}),
        ("text-ranking", {"ask": "{text}", "listed": ["{text}", "another {n}"], "right": ["{text}"]}),
    ],
)
def test_other_families_speak_through_their_shape(jsonl: Write, family: str, row: dict[str, Any]) -> None:
    """Paths, objects, spans and lists each mean one family."""

    def filled(value: Any, n: int) -> Any:
        if isinstance(value, str):
            return value.format(n=n, text=ENGLISH[n % 8], label=["cat", "dog"][n % 2])
        if isinstance(value, list):
            return [filled(each, n) for each in value]
        return {key: filled(each, n) for key, each in value.items()} if isinstance(value, dict) else value

    proposal = propose(look(jsonl([filled(row, n) for n in range(16)])))
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
    "summarization": lambda n: {"body": " ".join(ENGLISH) + f" {n}", "summary": f"Customer {n} is not content."},
    "translation": lambda n: {"x": GERMAN[n % 8], "y": ENGLISH[n % 8]},
    "text-generation": lambda n: {"prompt": f"{ENGLISH[n % 8]} {n}", "response": f"{ENGLISH[-1 - n % 8]} {n}"},
    "json-extraction": lambda n: {"text": f"{NAMES[n % 8]} paid {n} euros.", "out": {"who": NAMES[n % 8], "sum": n}},
    "token-classification": lambda n: {"text": f"{NAMES[n % 8]} came {n} times.", "who": {"PERSON": [NAMES[n % 8]]}},
    "token-classification, tags": lambda n: {"tokens": [NAMES[n % 8], "came", f"t{n}"], "tags": ["B-PER", "O", "O"]},
    "text-ranking": lambda n: {
        "ask": f"{ENGLISH[n % 8]} {n}",
        "all": [ENGLISH[0], f"It is {n}"],
        "right": f"It is {n}",
    },
}


@pytest.mark.parametrize("name", TASKS)
def test_what_is_proposed_can_be_loaded_as_a_task(jsonl: Write, name: str) -> None:
    """The facts of a file make a task whose examples are read: all distinct rows."""
    table = look(jsonl([TASKS[name](n) for n in range(24)]))
    proposal = propose(table)
    assert proposal.family == name.partition(",")[0]
    known = {fact.key: fact.value for fact in facts(table, proposal)}
    given: dict[str, Any] = {"name": "t", "family": proposal.family, "instruction": "Do it."}
    given["examples"] = {"path": known["examples"], "input": known["examples.input"], "near_duplicates": "keep"}
    if "examples.expected" in known:
        given["examples"]["expected"] = known["examples.expected"]
    given |= {key: known[key] for key in ("labels", "labels_per_text") if key in known}
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
    assert "weekday" in [reading.expected for reading in proposal.alternatives]


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
    """Of an unlabelled file the parts are told by their names."""
    rows = [{"context": f"{text} More of it.", "question": "Who?"} for text in ENGLISH]
    assert dict(propose(look(jsonl(rows)), "question-answering").input) == {
        "question": "question",
        "context": "context",
    }


def test_fields_in_columns_of_their_own_make_an_object(jsonl: Write) -> None:
    """What stands in the columns is found in the text."""
    rows = [
        {"mail": f"Customer {name} ordered {n} boxes of {what} by mail.", "customer": name, "goods": what}
        for n, (name, what) in enumerate(zip(["Ada", "Bob", "Cyd", "Dan"], ["tea", "ink", "rum", "oil"], strict=True))
    ]
    proposal = propose(look(jsonl(rows)), "json-extraction")
    assert proposal.expected == (("customer", "customer"), ("goods", "goods"))


def test_many_labels_are_not_listed(tmp_path: Path) -> None:
    """More than 50 labels are nobody's list; that there are so many is told."""
    path = tmp_path / "many.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "intent"])
        writer.writerows([f"{ENGLISH[n % 8]} {n}", f"intent {n % 60}"] for n in range(300))
    table = look(path)
    fact = next(fact for fact in facts(table, propose(table)) if fact.key == "labels")
    assert fact.value is None
    assert "60 different" in fact.words


def test_languages_are_claimed_only_when_sure(jsonl: Write) -> None:
    """Two languages are both told; codes and names claim nothing."""

    def claimed(texts: list[str]) -> list[str]:
        table = look(jsonl([{"text": text, "label": "ab"[n % 2]} for n, text in enumerate(texts)]))
        return [fact.value for fact in facts(table, propose(table)) if fact.key == "constraints.languages"]

    assert [sorted(each) for each in claimed([*GERMAN, *ENGLISH])] == [["de", "en"]]
    assert claimed([f"A{n} {n}:{n} x-{n}" for n in range(20)]) == []
    assert claimed(["Ada", "Xing", "Oblomov", "Ng", "Zoe", "Uwe"]) == []


def test_short_texts_tell_their_language_together() -> None:
    """Single requests of three words do not, joined they do."""
    from advisor.interview.files.detect import languages

    short = ["Rechnung falsch", "App stürzt ab", "Wo ist mein Paket?", "Passwort vergessen", "Konto gesperrt",
             "Bitte kündigen", "Lieferung zu spät", "Zahlung abgelehnt"]  # fmt: skip
    assert [spoken.language for spoken in languages([short])[0]] == ["de"]


def test_a_large_file_is_looked_at_in_part_and_counted(tmp_path: Path) -> None:
    """The first rows are looked at, all are counted."""
    path = tmp_path / "large.csv"
    path.write_text("text,label\n" + "".join(f"some text number {n},{'ab'[n % 2]}\n" for n in range(7000)))
    table = look(path)
    assert (table.rows, table.looked, table.is_truncated, table.is_counted) == (7000, 5000, True, True)


@pytest.mark.parametrize("suffix", [".parquet", ".json", ".tsv", ".csv"])
def test_every_format_gives_the_same_columns(tmp_path: Path, suffix: str) -> None:
    """A table is the same table in each format."""
    rows = [{"text": f"{text} Yes.", "label": "ab"[n % 2]} for n, text in enumerate(ENGLISH * 3)]
    path = tmp_path / f"rows{suffix}"
    if suffix == ".json":
        path.write_text(json.dumps(rows))
    elif suffix == ".parquet":
        source = tmp_path / "source.json"
        source.write_text(json.dumps(rows))
        duckdb.read_json(str(source)).write_parquet(str(path))
    else:
        with path.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, ["text", "label"], delimiter="\t" if suffix == ".tsv" else ",")
            writer.writeheader()
            writer.writerows(rows)
    table = look(path)
    assert [(column.name, column.kind, column.distinct) for column in table.columns] == [
        ("text", "text", 8),
        ("label", "label", 2),
    ]
    assert table.rows == 24


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("text,label\n", "holds no rows"),
        ("text;label\nhello there;a\nhello you;b\n", "not by ';'"),
        ("good,pos\nbad,neg\nfine,pos\npoor,neg\nnice,pos\n", "is no header"),
        ("\n\n", "blank lines alone"),
        ("a,b\n,\n,\n", "are empty"),
    ],
)
def test_what_cannot_be_looked_at_is_said_in_one_line(tmp_path: Path, content: str, said: str) -> None:
    """Each names the file and the cure."""
    path = tmp_path / "bad.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=said) as error:
        look(path)
    assert "bad.csv" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_row_that_breaks_the_table_is_kept_as_words(tmp_path: Path) -> None:
    """The rows before it are looked at."""
    path = tmp_path / "bad.csv"
    path.write_text("text,label\none two,a\nthree four,b\nfive,six,c\n")
    table = look(path)
    assert table.rows == 2
    assert "bad.csv:4" in table.broken


TEXT = st.text(max_size=30)
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    TEXT,
    st.lists(TEXT, max_size=3),
    st.dictionaries(TEXT, st.lists(TEXT, max_size=2), max_size=2),
    st.sampled_from(["a", "b", "a;b", "[1, 2", "x.wav", "y.png", "id7", "2020-01-01", "O B-X", "Who?", "one text"]),
)


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows whose columns are mostly of one kind, with slips."""
    count = draw(st.integers(1, 30))
    columns = {}
    for name in draw(st.lists(st.sampled_from(["text", "label", "question", "x"]), min_size=1, unique=True)):
        usual = draw(st.lists(CELLS, min_size=1, max_size=3))
        slips = draw(st.dictionaries(st.integers(0, count - 1), CELLS, max_size=2))
        columns[name] = [slips.get(n, usual[n % len(usual)]) for n in range(count)]
    return [{name: cells[n] for name, cells in columns.items()} for n in range(count)]


@settings(max_examples=40, deadline=None)
@given(rows=tables())
def test_no_content_ends_a_look_but_by_an_input_error(rows: list[dict[str, Any]], tmp_path_factory: Any) -> None:
    """Whatever the cells hold, there is a table with a proposal, or one line for the user."""
    path = tmp_path_factory.mktemp("any") / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    try:
        table = look(path)
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017  one of two outcomes
        return
    for family in (None, "text-classification", "question-answering", "image-classification", "json-extraction"):
        proposal = propose(table, family)
        facts(table, proposal)
        assert all("\n" not in each.text for each in notices(table, proposal))
    assert table.rows == len(rows)


def test_a_look_imports_nothing_heavy() -> None:
    """The main process stays light."""
    code = (
        "import sys; import advisor.interview.files.table; "
        "print([name for name in ('torch', 'transformers', 'sklearn', 'langgraph', 'textual', 'pandas', 'duckdb') "
        "if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
