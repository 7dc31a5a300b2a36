"""What settles a reading that values leave open: codes, what a ranking is for, same inputs with other answers."""

from pathlib import Path
from typing import Any

import pytest

from advisor.interview.ask import next_question
from advisor.interview.file_questions import FAR, OTHER_COLUMNS, reading_question
from advisor.interview.files import mentions
from advisor.interview.files.proposal import propose
from advisor.interview.files.sheet import look
from advisor.interview.files.view import Reading
from advisor.interview.text.words import read
from advisor.task.languages import languages
from catalog import Catalog
from tests.interview.tables import ENGLISH, GERMAN, Write
from tests.interview.test_understand import seen
from tests.interview.test_worth import pool
from tests.tables import for_each


def _coded(jsonl: Write, name: str) -> Path:
    """Texts of six kinds, each with a number."""
    return jsonl([{"text": f"{text} {n}", name: n % 6 + 1} for n, text in enumerate(ENGLISH[:6] * 20)])


@for_each(
    ("name", "words", "family"),
    [
        ("cod_problema", "codificar a resposta aberta", "text-classification"),
        ("reason code", "find it", "text-classification"),
        ("answer", "give the answers codes 1 to 6", "text-classification"),
        ("answer", "Antworten in die Codes 1-6 einteilen", "text-classification"),
        ("answer", "how many minutes does it take; ignore error code 404", "text-regression"),
        ("code quality", "predict the number", "text-regression"),
        ("mark", "predict the number", "text-regression"),
    ],
)
def test_numbers_that_are_codes_are_sorted_into(jsonl: Write, name: str, words: str, family: str) -> None:
    """By the name of their column in many languages, or by the words."""
    meant = {"text-regression": 0.4, "text-generation": 0.4}
    likely = propose(look(_coded(jsonl, name)), words=words, meant=meant).likely
    of_numbers = [one.family for one in likely if one.expected == name and one.family != "text-generation"]
    assert ("text-regression" in of_numbers) is (family == "text-regression")
    chosen = propose(look(_coded(jsonl, name)), "text-regression", words, meant={"text-regression": 1.0})
    assert (chosen.family, chosen.expected) == ("text-regression", name)


def test_what_a_ranking_is_for_is_the_query(jsonl: Write) -> None:
    """As the words say, in some form; a number of a text stands for that and is not ranked."""
    people = [f"{text} I am number {n}." for n, text in enumerate(ENGLISH[:6])]
    jobs = [f"{text} Wir brauchen Hilfe." for text in GERMAN[:6]]
    rows = [
        {"case": f"A-{at}", "request": job, "helper": person, "fit": 3 if n == at else (n * at) % 3}
        for at, job in enumerate(jobs)
        for n, person in enumerate(people)
    ]
    table = look(jsonl(rows))
    for words, query, candidates in (
        ("rank the helpers that fit best, for each request", "request", "helper"),
        ("find de helpers der passer bedst til requesten", "request", "helper"),
        ("Requests nach Eignung ordnen, für jeden Helper", "helper", "request"),
    ):
        proposal = propose(table, words=words, meant={"text-ranking": 0.9})
        assert (proposal.family, dict(proposal.input)) == ("text-ranking", {"query": query, "candidates": candidates})
    named = {"request": "query", "helper": "passage"}
    for order in (1, -1):
        turned = [dict([(named.get(key, key), cell) for key, cell in row.items()][::order]) for row in rows]
        for words in ("find the best passage", "rerank search results", "order them"):
            proposal = propose(look(jsonl(turned)), words=words, meant={"text-ranking": 0.9})
            assert dict(proposal.input) == {"query": "query", "candidates": "passage"}


@for_each(
    ("words", "column", "is_for"),
    [
        ("rank the helpers for each request", "request", True),
        ("a search for passages", "passage", False),
        ("rank the workers; they are scored for every worker", "worker", False),
        ("rank them", "worker", None),
    ],
)
def test_what_something_is_for(words: str, column: str, *, is_for: bool | None) -> None:
    assert mentions.is_for(words, column) is is_for


def test_texts_that_tell_the_same_inputs_apart_are_read_too(jsonl: Write) -> None:
    """If many rows contradict each other without them; a text behind the answer comments on it."""
    names = [f"Cake of the {text.split()[1]} kind, {n}" for n, text in enumerate(ENGLISH * 10)]
    rows = [
        {"name": name, "steps": ENGLISH[n % 8], "minutes": 10 + 7 * n % 83, "remark": f"{GERMAN[n % 8]} {n}"}
        for n, name in enumerate(names)
    ]
    proposal = propose(look(jsonl(rows)), "text-regression", "how many minutes do the steps take")
    assert proposal.input_value == ["name", "steps"]
    assert "of the rows have the same 'steps' as one with another answer" in proposal.why
    apart = [row | {"steps": f"{row['steps']} {n}"} for n, row in enumerate(rows)]
    assert propose(look(jsonl(apart)), "text-regression", "how many minutes do the steps take").input_value == "steps"


def _label(reading: Reading) -> str:
    return f"{' + '.join(name for _, name in reading.input)} → {', '.join(reading.answers)}"


def test_a_reading_whose_input_holds_its_answer_is_not_listed(jsonl: Write, shipped: Catalog) -> None:
    """The next one is proposed by its flags only if it is about as likely as the first."""
    replies = [f"{text} We are sorry." for text in GERMAN]
    rows = [
        {
            "mail": f"{ENGLISH[n * 5 % 8]} {n}",
            "reply": replies[n * 5 % 8],
            "reply no": n * 5 % 8 + 1,
            "by": "ABC"[n % 3],
        }
        for n in range(80)
    ]
    known = seen("find the right reply for each mail", jsonl(rows), shipped)
    question = reading_question(known, ())
    assert question is not None
    assert not [each.label for each in question.choices[1:] if "reply →" in each.label]
    assert any("reply →" in each for each in map(_label, known.proposal.likely[1:] if known.proposal else ()))
    first, second = (known.proposal.likely if known.proposal else ())[:2]
    assert (question.flag == OTHER_COLUMNS) is (second.chance * FAR < first.chance)


@pytest.mark.parametrize("family", ["text-classification", "sentence-similarity"])
def test_where_no_reading_is_right_the_inputs_are_asked_too(jsonl: Write, shipped: Catalog, family: str) -> None:
    """Of a pair one column for each half; those read so far are the default."""
    rows = [
        {"title": f"Shop {n}", "a": f"{ENGLISH[n % 8]} {n}", "b": f"{ENGLISH[n * 3 % 8]} {n}", "by": f"team {n % 3}",
         "same": "yn"[n % 2]}
        for n in range(80)
    ]  # fmt: skip
    said: dict[str, Any] = {"reading": None, "family": family, "examples.expected": "same"}
    question = next_question(seen("do as I do", path := jsonl(rows), shipped, said), pool(shipped))
    is_pair = family == "sentence-similarity"
    assert question is not None
    assert (question.key, question.kind) == ("examples.input", "columns" if is_pair else "several")
    assert {"title", "a", "b", "by"} == {choice.value for choice in question.choices}
    chosen = {"first": "title", "second": "b"} if is_pair else ["title", "b"]
    known = seen("do as I do", path, shipped, said | {"examples.input": chosen})
    assert known.understanding.value("examples.input") == chosen
    later = next_question(known, pool(shipped))
    assert later is None or later.key != "examples.input"


def test_short_questions_that_repeat_ask_all_the_same(jsonl: Write) -> None:
    """They are no labels of their passages."""
    asked = ["Who signs it?", "When is it?", "Where is it?"]
    rows = [
        {"no": n // 3, "notice": f"{text} On day {n // 3}, in hall {n // 3 % 7}, signed by Mr {n // 3}.",
         "q": asked[n % 3], "a": (f"Mr {n // 3}", f"day {n // 3}", f"hall {n // 3 % 7}")[n % 3]}
        for n, text in enumerate(text for text in ENGLISH * 6 for _ in range(3))
    ]  # fmt: skip
    proposal = propose(look(jsonl(rows)), words="answer from the notice", meant={"question-answering": 0.8})
    assert (proposal.family, dict(proposal.input)) == ("question-answering", {"question": "q", "context": "notice"})


@for_each(
    ("words", "instruction"),
    [
        ("ocenianie odpowiedzi uczniów, 0, 1 albo 2 punkty", "ocenianie odpowiedzi uczniów, 0, 1 albo 2 punkty."),
        ("grade answers with 0, 1, 2 or 3 points, 85% right", "grade answers with 0, 1, 2 or 3 points."),
        ("sort mails, 60%, under 4 GB", "sort mails."),
    ],
)
def test_numbers_of_a_list_are_no_clauses(shipped: Catalog, words: str, instruction: str) -> None:
    found = read(words, shipped).instruction
    assert found is not None
    assert found.value == instruction


def test_words_in_kanji_among_texts_with_kana_are_japanese() -> None:
    """Sentences in Chinese are Chinese all the same, and so is a list of such words alone."""
    japanese = [
        "約束",
        "季節",
        "たべる",
        "食べ物",
        "きれいな花",
        "走る",
        "会議室",
        "あした行きます",
        "電車",
        "おいしい",
    ]
    chinese = ["今天天气很好，我们去公园散步吧。", "他昨天没有来上课，因为他生病了。"]  # noqa: RUF001
    found = languages([japanese * 5, [*japanese, *chinese * 4], ["约束", "季节", "会议室", "电车"] * 10])
    assert [{each.language for each in spoken} for spoken in found] == [{"ja"}, {"ja", "zh"}, {"zh"}]


def test_a_category_of_the_texts_is_no_query_of_a_ranking(jsonl: Write) -> None:
    """Each job and each helper has one trade, in several rows: what is ranked are the helpers of a job."""
    rows = [
        {"trade": "xyz"[at % 3], "job": job, "helper": f"{helper} {n}", "of": "xyz"[n % 3], "fit": (at * n + n) % 3}
        for at, job in enumerate(GERMAN)
        for n, helper in enumerate(ENGLISH)
    ]
    ranked = [
        one for one in propose(look(jsonl(rows)), meant={"text-ranking": 0.9}).likely if one.family == "text-ranking"
    ]
    assert ranked
    assert {name for one in ranked for _, name in one.input} == {"job", "helper"}
