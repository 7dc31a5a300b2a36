"""The column that the words name in full, or the user names, and the kind of task that its values make."""

import random
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import pytest

from advisor.interview.facts import Source
from advisor.interview.files.mentions import in_full, sources
from advisor.interview.files.proposal import propose
from advisor.interview.files.sheet import look
from advisor.interview.needed import needed
from advisor.task.rows import read_rows
from catalog import Catalog
from tests.interview.tables import ENGLISH, GERMAN, Write
from tests.interview.test_understand import seen
from tests.tables import for_each

BILLS = [
    {
        "Supplier": ("Iron & Sons", "Blue Water", "Old Mill")[n % 3],
        "Bill text": f"Net {n} 0{n}3,10, to be paid in thirty days: 1 {n + 100},50 EUR. Thank you for order K{n}.",
        "Total due": float(f"1{n + 100}.5"),
    }
    for n in range(11, 50)
]
ESSAYS = [
    {"no": f"E-{n}", "by": {"school": f"S{n % 7}", "year": n}, "essay": f"{ENGLISH[n % 8]} Essay {n}.", "marks": mark}
    for n, mark in enumerate([40 + 7 * n % 31 for n in range(60)], start=100)
]


WRAPPED = ["Custom field (Story Points)", "Q12_satisfaction", "Time (hours)"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("Find the total due in what each of our suppliers wrote", ["total due"]),
        ("predict the Priorité from the topic", ["Priorite", "topic"]),
        ("out of the topic, tell the priorite", ["Priorite", "topic"]),
        ("the totals are due", []),
        ("guess story points within hours", ["Custom field (Story Points)"]),
        ("guess the satisfaction", ["Q12_satisfaction"]),
        ("guess the time", ["Time (hours)"]),
    ],
)
def test_names_stand_in_words_as_a_whole(words: str, named: list[str]) -> None:
    """Case and accents folded; what something is taken out of comes last; what a tool writes around them aside."""
    assert in_full(words, ["topic", "total due", "Priorite", "due date", *WRAPPED]) == named


def test_a_name_that_is_a_small_word_is_meant_where_it_has_its_capital() -> None:
    """The sender of a mail is "De" in Portuguese, and so is "of"."""
    columns = ["De", "Assunto", "Texto"]
    assert in_full("tirar o preço de cada oferta do texto", columns) == ["Texto"]
    assert in_full("diga quem é De em cada texto", columns) == ["De", "Texto"]


def test_what_is_found_for_a_request_is_an_item_and_not_its_price(jsonl: Write) -> None:
    """Unless the price is named."""
    rows = [
        {
            "request": f"{ENGLISH[n % 8]} No {n}.",
            "item": f"K-{n % 9:03}",
            "price": 3 + n % 9 * 7,
            "stock": n % 9 * 11 % 8,
        }
        for n in range(72)
    ]
    path = jsonl(rows)
    found = propose(look(path), words="find the right one of our goods for each request")
    assert (found.expected, found.family) == ("item", "text-classification")
    assert propose(look(path), words="predict the price for a request").expected == "price"


def test_questions_that_recur_are_read_with_their_texts(jsonl: Write) -> None:
    """Named so in any language, if each text alone has one of them."""
    asks = ("Saat ne zaman?", "Usta kimdi?")
    rows = [
        {"Tutanak": f"Saat {n % 24}:15, {name} asansörde fren balata değiştirdi.", "Soru": asks[n % 2],
         "Cevap": name if n % 2 else f"{n % 24}:15"}
        for n in range(48) for name in [f"{('Hasan', 'Veysel', 'Nur')[n % 3]} {('Kaya', 'Demir')[n // 3 % 2]}"]
    ]  # fmt: skip
    found = propose(look(jsonl(rows)), words="soruyu tutanağa göre cevapla")
    assert (found.family, found.input_columns) == ("question-answering", ("Soru", "Tutanak"))


def test_what_texts_spell_with_other_hyphens_stands_in_them(jsonl: Write) -> None:
    """As fields and as spans."""
    first, last = ("Anna", "Jean", "Karl", "Mary", "Hans", "Lars", "Rosa"), ("Lou", "Kate", "Luc", "Rose", "Uwe", "Ben")
    rows = [
        {"mail": f"{ENGLISH[n % 8]} Yours, {one}{'-' if n % 3 else ' '}{other}", "who": f"{one} {other}"}
        for n, (one, other) in enumerate(product(first, last))
    ]
    for kind in ("json-extraction", "token-classification"):
        proposal = propose(look(jsonl(rows)), kind)
        assert (proposal.input_columns, proposal.expected_columns) == (("mail",), ("who",))


COLUMNS = ["Domanda", "Risposta", "Punti", "Subject line", "Betrag"]


@for_each(
    ("words", "taken"),
    [
        ("dalla domanda e dalla risposta prevedere i punti", {"Domanda", "Risposta"}),
        ("predict punti from domanda and risposta", {"Domanda", "Risposta"}),
        ("à partir de la domanda prédire les punti", {"Domanda"}),
        ("from the subject line and the risposta tell the punti", {"Subject line", "Risposta"}),
        ("aus der Mail sollen Betrag und Punti in eigene Spalten", set()),
        ("from each mail the betrag and the punti", set()),
        ("punti from domanda, risposta, and the subject line", {"Domanda", "Risposta", "Subject line"}),
        ("the domanda from one person, or domanda", set()),
        ("aus Domanda, Risposta, Betrag die Punti", {"Domanda", "Risposta", "Betrag"}),
        ("from domanda, risposta or betrag tell the punti", {"Domanda", "Risposta", "Betrag"}),
        (f"from {'punti, ' * 600}domanda", set()),
        ("from the domanda, punti should be predicted and shown", {"Domanda"}),
        ("Aus der Domanda, Punti (hoch und niedrig)", {"Domanda"}),
        ("z domandy i risposty", {"Domanda", "Risposta"}),
        ("from domande and risposte", {"Domanda", "Risposta"}),
        ("rank by z-domanda", set()),
    ],
)
def test_sources_stand_behind_from(words: str, taken: set[str]) -> None:
    """In lists too; not what is taken from something else."""
    assert sources(words, COLUMNS) == taken


@for_each(
    ("words", "expected"),
    [
        ("dalla domanda e dalla risposta prevedere i punti, 9 volte su 10", "Punti"),
        ("predict punti from domanda and risposta", "Punti"),
        ("dai punti prevedere la domanda", "Domanda"),
    ],
)
def test_what_words_take_something_from_is_no_answer(
    words: str, expected: str, tmp_path: Path, shipped: Catalog
) -> None:
    asked = ("Che cosa è la fotosintesi?", "Chi era Giulio Cesare?", "Perché cadde Roma?", "Come si forma la pioggia?")
    rows = [
        f"2025/03/{n % 28 + 1:02} 10:46;{asked[n % 4]};{GERMAN[n % 8]} {ENGLISH[n * 7 % 8]} {n};{n * 7 % 9 / 4}"
        for n in range(120)
    ]
    path = tmp_path / "exam.csv"
    path.write_text("\n".join(["Cronologia;Domanda;Risposta;Punti", *rows]).replace(".", ","), encoding="utf-8")
    proposal = seen(words, path, shipped).proposal
    assert proposal is not None
    assert proposal.expected == expected


def test_columns_listed_as_sources_are_the_input_whatever_they_hold(jsonl: Write) -> None:
    """Numbers and labels too; the answer is another column, though no word names it. Fields of a text stay fields."""
    rows = [
        {"memo": f"{text} {n}", "amount": n * 7.5, "country": ("GB", "NG", "US")[n % 3], "is_fraud": "NY"[n % 5 == 0]}
        for n, text in enumerate(ENGLISH * 5)
    ]
    read = propose(look(jsonl(rows)), words="Spot wrong transfers from memo, amount and country")
    assert (read.input_value, read.expected) == (["memo", "amount", "country"], "is_fraud")
    bills = propose(look(jsonl(BILLS)), words="From the bill text, supplier and total due must be read")
    assert sorted(bills.expected_columns) == ["Supplier", "Total due"]


@for_each(
    ("words", "columns", "read"),
    [
        (
            "Look at the position and the letter: invite, hold or drop? Never use the age",
            "position letter age outcome",
            2,
        ),
        ("지원분야와 자기소개를 보고 invite/hold/drop, 나이는 쓰면 안 됩니다", "지원분야 자기소개 나이 서류결과", 2),
        ("根据职位和自我介绍判断 invite, hold 或 drop. 不要使用年龄", "职位 自我介绍 年龄 结果", 2),
        ("Invite, hold or drop from the letter alone? Its position matters", "position letter age outcome", 2),
        ("Invite, hold or drop? Never look at the position", "position letter age outcome", 1),
        ("My columns are letter and outcome", "position letter age outcome", 1),
        ("Find outcome and position of each letter", "position letter age outcome", 1),
        ("Find the outcome of each letter", "position letter age outcome", 1),
    ],
)
def test_columns_listed_with_the_text_or_telling_its_answers_apart_are_read_with_it(
    words: str, columns: str, read: int, tmp_path: Path, shipped: Catalog
) -> None:
    """Where words name another answer; not what they leave out or ask for, too. A fifth of the letters come twice."""
    texts = [f"{text} {n}" for n, text in enumerate(ENGLISH * 10)]
    cells = [
        (("nurse", "driver")[(n + n // 80) % 2], texts[n % 80], 20 + n * 7 % 31, ("invite", "hold", "drop")[n % 3])
        for n in range(100)
    ]
    path = tmp_path / "letters.csv"
    path.write_text("\n".join(map(",".join, [columns.split(), *(map(str, each) for each in cells)])), encoding="utf-8")
    proposal = seen(words, path, shipped).proposal
    assert proposal is not None
    names = columns.split()
    assert proposal.input_columns == tuple(names[2 - read : 2])
    assert proposal.expected == names[3] or (read == 1 and proposal.expected == names[0])  # of two asked for either


@for_each(
    ("words", "answers"),
    [
        (
            "学生の解答を模範解答と比べて0〜3点で採点したい。確定点と8割一致すればよい",
            ("問題文", "模範解答", "解答", "確定点"),
        ),
        (
            "Compare each reply with the model answer, points as in final",
            ("question", "model answer", "reply", "final"),
        ),
    ],
)
def test_an_answer_is_graded_with_the_reference_that_the_words_name(
    words: str, answers: Sequence[str], tmp_path: Path, shipped: Catalog
) -> None:
    """A few questions with many answers each are no ranking."""
    cells = [(ENGLISH[n % 4], GERMAN[n % 4], f"{GERMAN[n * 3 % 8]} {n}", str(n * 7 % 4)) for n in range(120)]
    path = tmp_path / "exam.csv"
    path.write_text("\n".join(map(";".join, [answers, *cells])), encoding="utf-8")
    proposal = seen(words, path, shipped).proposal
    assert proposal is not None
    assert (proposal.family, proposal.expected) == ("text-classification", answers[3])
    assert {answers[1], answers[2]} <= {*proposal.input_columns}


def test_what_words_call_a_column_is_asked_about(jsonl: Write, shipped: Catalog) -> None:
    """Whatever speaks for another; not where they say to leave it alone. What people tick is one column of labels."""
    rows = [
        {"text": f"{ENGLISH[n % 8]} {n}", "priority": ("low", "high", "none")[n % 3], "ND ?": "x" if n % 4 == 0 else ""}
        for n in range(60)
    ]
    path = jsonl([row | {"ND ?": "yes" if row["ND ?"] else "no"} for row in rows])
    table = look(path)
    words = "tell which mails need the emergency service ({}), by priority"
    assert propose(table, words=words.format("column ND")).expected == "ND ?"
    assert propose(table, words=words.format('die Spalte \N{DOUBLE LOW-9 QUOTATION MARK}ND"')).expected == "ND ?"
    for said in ("la columna que vale es ND", "was es wirklich war, steht in ND"):
        assert propose(table, words=words.format(said)).expected == "ND ?"
    read = seen("sort by priority, do not use column ND", path, shipped).understanding
    assert read.value("examples.expected") == "priority"


def test_the_column_that_the_words_name_in_full_is_asked_about(jsonl: Write) -> None:
    """Not the one of which they hold a form; numbers stand in a text as people write them."""
    bills = propose(look(jsonl(BILLS)), words="Find the total due in what each of our suppliers wrote")
    assert (bills.family, bills.expected) == ("json-extraction", (("Total due", "Total due"),))
    essays = propose(look(jsonl(ESSAYS)), words="Guess the marks our teachers would give to the essay")
    assert (essays.family, essays.expected) == ("text-regression", "marks")


def test_the_number_that_may_be_off_is_asked_about_not_what_is_named_first(jsonl: Write) -> None:
    """A trainer of dogs names the dog, too; a limit of time is no distance."""
    rows = [row | {"dog": f"Rex {n % 15}"} for n, row in enumerate(ESSAYS)]
    for limit, column in (("within 15 points in most cases", "marks"), ("within 2 seconds", "dog")):
        proposal = propose(look(jsonl(rows)), words=f"Dog trainer. I'd like a guess at the marks, {limit}")
        assert proposal.expected == column


def test_a_few_numbers_are_numbers_where_their_distance_counts(jsonl: Write) -> None:
    """And people say title for a summary; without a distance they are labels."""
    rows = [
        {
            "Summary": f"{ENGLISH[n % 8]} {n}",
            "By": f"d{n % 3}",
            "Description": f"It is {n * 7}.",
            "Points": n * n % 7 + 9,
        }
        for n in range(60)
    ]
    words = "Guess the points from the title and description"
    found = propose(look(jsonl(rows)), words=f"{words}; off by less than 1 on average")
    assert (found.family, found.expected, found.input_value) == (
        "text-regression",
        "Points",
        ["Summary", "Description"],
    )
    assert propose(look(jsonl(rows)), words=words).family == "text-classification"


def test_a_few_cells_without_a_number_leave_grades_grades(jsonl: Write) -> None:
    """The column with the most words of its name in the task is taken; labels have no "off by one"."""
    odd = {3: "n/a", 9: "3-4", 20: "?"}
    rows = [
        {"clause": f"{ENGLISH[n % 8]} {n}", "Risk - associate": n % 5 + 1, "Risk - partner": odd.get(n, f"{n % 4 + 1}")}
        for n in range(60)
    ]
    words = "Score each clause for risk the way the partner does. Off by one is fine."
    found = propose(look(jsonl(rows)), words=words)
    assert (found.family, found.expected) == ("text-regression", "Risk - partner")


def test_the_kind_of_task_is_read_from_the_column_that_the_user_names(shipped: Catalog, jsonl: Write) -> None:
    """Not from the one that was proposed; it is the file's, and of scores is asked how far off one may be."""
    bills = seen("Sort our bills", jsonl(BILLS), shipped, {"examples.expected": "Total due"}).understanding
    assert bills.value("examples.expected") == {"Total due": "Total due"}
    essays = seen("Extract what matters", jsonl(ESSAYS), shipped, {"examples.expected": "marks"}).understanding
    for known, family in ((bills, "json-extraction"), (essays, "text-regression")):
        fact = known.get("family")
        assert fact is not None
        assert (fact.value, fact.source) == (family, Source.FILE)
        assert "you" not in fact.words
        assert known.value("labels") is None


@for_each(
    ("words", "default"),
    [
        ("Guess the marks of an essay", None),
        ("Guess its marks, off by less than 4 marks", 4.0),
        ("Guess its marks, off by 40 marks", None),
        ("Guess its marks within 4 seconds on a machine within 7 GB of memory", None),
    ],
)
def test_of_numbers_is_asked_how_far_off_one_may_be(
    shipped: Catalog, jsonl: Write, words: str, default: float | None
) -> None:
    """What the words say, else what the training rows will span; no number of the whole file is taken unasked."""
    question = needed(seen(words, jsonl(ESSAYS), shipped, {"examples.groups": None}))
    assert question is not None
    assert (question.key, question.default) == ("scoring.tolerance", default)
    assert [choice.value for choice in question.choices] == [None, *sorted({2.0, 3.0, 6.0, default} - {None})]


@for_each(("off", "metric"), [(15.0, None), (0.15, "near_share"), (None, "near_share")])
def test_what_is_no_share_is_a_distance(shipped: Catalog, jsonl: Write, off: float | None, metric: str | None) -> None:
    """Also of numbers of several magnitudes, which may be off by a share of themselves."""
    essays = [row | {"marks": 1.5 + n * n} for n, row in enumerate(ESSAYS)]
    known = seen("Guess the marks of an essay", jsonl(essays), shipped, {"scoring.tolerance": off}).understanding
    assert (known.value("family"), known.value("scoring.metric")) == ("text-regression", metric)


def test_phrases_are_the_texts_of_a_file_without_others(jsonl: Write) -> None:
    """Their parts recur, so that they look like several labels a cell; tags that are asked for are no text."""
    choose = random.Random(1).choice
    homes, towns = ("flat", "terrace", "cottage", "house"), ("Hull", "Bath")
    extras, states = ("garden", "balcony", "garage"), ("needs work", "newly renovated")
    rows = [
        {
            "Details": f"{choose('12345')} bed {choose(homes)} in {choose(towns)}, {choose(extras)}, {choose(states)}",
            "Asking price": f"£{choose(range(98, 999))},000",
            "Agent": choose(("Jones & Co", "Quinn & Co")),
        }
        for _ in range(180)
    ]
    for words in ("predict the asking price from the details", "guess the price"):
        proposal = propose(look(jsonl(rows)), None, words, "", {"text-classification": 0.5})
        assert (proposal.family, proposal.input_columns) == ("text-regression", ("Details",))
        assert proposal.expected == "Asking price"
    by_agent = propose(look(jsonl(rows)), None, "which agent has a home of these details?")
    assert (by_agent.input_columns, by_agent.expected) == (("Details",), "Agent")


def test_tests_of_programs_are_no_answer_where_there_is_one(jsonl: Write, shipped: Catalog) -> None:
    """They are not run, which is said; without another answer they are written."""
    rows = [
        {
            "prompt": f'def f{n}(x):\n    """Return x plus {n}."""\n',
            "canonical_solution": f"    return x + {n}\n",
            "test": f"def check(f):\n    assert f(1) == {1 + n}\n",
        }
        for n in range(40)
    ]
    found = seen("complete functions so that their tests pass", jsonl(rows), shipped)
    assert found.proposal is not None
    assert (found.proposal.input_columns, found.proposal.expected) == (("prompt",), "canonical_solution")
    assert ["'test'" in each.text for each in found.understanding.notices if each.key == "tests"] == [True]
    bare = [{"code": row["prompt"] + row["canonical_solution"], "test": row["test"]} for row in rows]
    assert propose(look(jsonl(bare)), None, "write tests for the code").expected == "test"


def test_of_half_points_half_a_point_is_offered(shipped: Catalog, jsonl: Write) -> None:
    halves = [row | {"marks": n % 9 / 2} for n, row in enumerate(ESSAYS)]
    question = needed(
        seen("Guess its marks, off by less than 4 marks", jsonl(halves), shipped, {"examples.groups": None})
    )
    assert question is not None
    assert [choice.value for choice in question.choices] == [None, 0.2, 0.4, 0.5, 0.8]  # 4 is all of the range


@pytest.mark.parametrize("kind", ["text-regression", "text-classification", "text-generation"])
def test_another_kind_keeps_the_columns_that_were_read(shipped: Catalog, jsonl: Write, kind: str) -> None:
    """A number of each row that no text tells is not what a kind of task is chosen for by hand."""
    rows = [{"client": 10400 + 3 * n, "comment": f"{'great' if n % 5 > 2 else 'late and broken'}, order {n}",
             "stars": n % 5 + 1} for n in range(60)]  # fmt: skip
    proposal = seen("predict the stars of a comment", jsonl(rows), shipped, {"family": kind}).proposal
    assert proposal is not None
    assert (proposal.family, proposal.input_columns, proposal.expected) == (kind, ("comment",), "stars")


def test_a_column_names_pictures_in_a_folder_next_to_the_table(tmp_path: Path) -> None:
    """Without ending or folder; a lost one stays as it is; what rows come from is not asked where values are named."""
    (tmp_path / "foto").mkdir()
    for n in range(20):
        (tmp_path / "foto" / f"IMG_{n}.{('jpg', 'PNG')[n % 2]}").touch()
    rows = [
        f"{f'img_{n}' if n % 3 else f'IMG_{n}.jpg'};Blok {n % 2};{('sehat', 'karat')[n // 2 % 2]}" for n in range(22)
    ]
    table = tmp_path / "daftar.csv"
    table.write_text("\n".join(["nama;kebun;diagnosa", *rows]), encoding="utf-8")
    names = [row.columns["nama"] for row in read_rows(table, ("nama",))]
    assert [names[1], names[2], names[6], names[20]] == ["foto/IMG_1.PNG", "foto/IMG_2.jpg", "foto/IMG_6.jpg", "img_20"]
    found = propose(look(table), words="foto daun dari kebun kami: sehat atau sakit")
    assert (found.family, found.input, found.expected) == ("image-classification", (("image", "nama"),), "diagnosa")


@for_each("words", ["guess the number of stars, 80% right", "zgadnij liczbę gwiazdek", "combien d'étoiles ?"])
def test_stars_are_a_rating(words: str, shipped: Catalog, jsonl: Write) -> None:
    """Not the number of a product, nor the shop's reply."""
    rows = [
        {
            "product_id": 7000000000000 + 7 * n % 90,
            "body": f"{ENGLISH[n % 8]} {n}",
            "rating": n % 5 + 1,
            "reply": ("Thank you!", "We are sorry.", None)[n % 3],
        }
        for n in range(60)
    ]
    known = seen(words, jsonl(rows), shipped).understanding
    assert known.value("examples.expected") == "rating"


def test_places_beside_grades_are_those_of_the_search_that_is_judged(shipped: Catalog, jsonl: Write) -> None:
    rows = [
        {"query": f"{GERMAN[n]} {n}", "position": at + 1, "title": f"{ENGLISH[at + n % 4]} {n}", "rating": (n + at) % 4}
        for n in range(8)
        for at in range(4)
    ]
    words = "order the pages so that the best one comes first"
    known = seen(words, jsonl(rows), shipped).understanding
    assert known.value("family") == "text-ranking"
    assert known.value("examples.expected") == "rating"
    alone = [{key: cell for key, cell in row.items() if key != "rating"} for row in rows]
    known = seen(words, jsonl(alone), shipped).understanding
    assert known.value("examples.expected") == "position"


def test_a_date_that_a_text_writes_in_another_way_is_a_field_of_it(jsonl: Write) -> None:
    days = ("12/03/2024", "12 mars 2024", "12.3.2024", "March 12, 2024")
    rows = [
        {
            "page": f"Invoice {n} of {days[n % 4]}, {n + 100},50 EUR. Thank you.",
            "date": "2024-03-12" if n else "2023-01-05",
            "total": n + 100.5,
        }
        for n in range(24)
    ]
    found = propose(look(jsonl(rows)))
    assert found.family == "json-extraction"
    assert {"date", "total"} <= {*found.expected_columns}
