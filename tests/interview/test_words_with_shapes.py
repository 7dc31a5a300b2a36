"""What the words name and what the columns look like decide together what is read."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from advisor.interview.files.proposal import propose
from advisor.interview.files.settled import facts
from advisor.interview.files.sheet import look
from advisor.interview.text.words import families
from catalog import Catalog
from tests.interview.tables import ENGLISH, GERMAN, Write
from tests.tables import for_each


def _mails(**more: Callable[[int], Any]) -> list[dict[str, Any]]:
    """Return rows of mails, each with a column of two values that no text tells, and what is made of its number."""
    return [
        {"mail": f"{ENGLISH[n % 8]} Order 70{n:03}.", "clerk": ("Jo", "Mia")[n // 8 % 2]}
        | {name: make(n) for name, make in more.items()}
        for n in range(64)
    ]


LETTER = {"letter": lambda n: f"Dear Sir, of 70{n:03} we say: {ENGLISH[n % 7]}"}
TURNED = {"german": lambda n: f"{GERMAN[n % 8]} Nummer {n}"}
GRADED = {"term": lambda n: f"term {n // 4}", "grade": lambda n: n % 4}
PLACED = {"term": lambda n: f"term {n // 4}", "place": lambda n: (n + n // 4) % 4 + 1}
PAIRED = {
    "text_a": lambda n: f"{ENGLISH[n % 8]} {n}",
    "text_b": lambda n: f"{ENGLISH[n % 7]} or {n}",
    "same": lambda n: ("yes", "no", "No", "Yes")[n % 4],
}


@for_each(
    ("rows", "meant", "words", "answer"),
    [
        # No text predicts who answered, however few names there are.
        (_mails(**LETTER), {}, "", ("text-generation", "letter")),
        (_mails(order=lambda n: f"70{n:03}"), {}, "", ("json-extraction", (("order", "order"),))),
        (_mails(refund=lambda n: n % 8 * 7 + n / 9), {}, "guess the refund", ("text-regression", "refund")),
        # A column that the words name is not taken where what they ask for is seen elsewhere.
        (_mails(**TURNED), {"translation": 0.9}, "a small clerk that translates", ("translation", "german")),
        # The words decide between grades of texts for a query and labels of the texts.
        (_mails(**GRADED), {"text-ranking": 0.9}, "", ("text-ranking", "grade")),
        (_mails(**GRADED), {}, "grade it", ("text-classification", "grade")),
        # Places in an order are of texts among others, as is what is called relevant.
        (_mails(**PLACED), {}, "", ("text-ranking", "place")),
        (_mails(**GRADED, relevance=lambda n: n * 7 % 5 % 3), {}, "", ("text-ranking", "relevance")),
        # A tolerance names its column, whichever others are named.
        (
            _mails(mark=lambda n: n % 8 + n % 3 / 2),
            {},
            "tell the clerk's mark within one mark",
            ("text-regression", "mark"),
        ),
        # What is asked about and not filled in is no other column.
        (
            _mails(sort=lambda _: None),
            {"text-classification": 0.9},
            "find the right sort",
            ("text-classification", None),
        ),
        # Words that mean a family which the file does not show leave it unlabelled.
        (_mails(), {"summarization": 0.9}, "", ("summarization", None)),
        # A yes is a yes in any spelling.
        (_mails(**PAIRED), {"sentence-similarity": 0.9}, "", ("sentence-similarity", "same")),
    ],
)
def test_shape_and_words_decide_together(
    rows: list[dict[str, Any]], meant: dict[str, float], words: str, answer: tuple[str, Any], jsonl: Write
) -> None:
    """The columns' shape, the family that the words mean and the column that they name add up."""
    found = propose(look(jsonl(rows)), words=words, meant=meant)
    assert (found.family, found.expected) == answer


def test_a_column_that_the_words_name_is_what_is_asked(jsonl: Write) -> None:
    """Be it of numbers, and another one of words; a line of means below the table adds no label."""
    rows: list[dict[str, Any]] = [
        {"pupil": f"Pupil {n} {ENGLISH[n % 8][:9]}", "answer": f"{text} {n}", "points": n % 4, "remark": "ab"[n % 2]}
        for n, text in enumerate(ENGLISH * 4)
    ]
    table = look(jsonl([*rows, {"pupil": "Mean", "answer": "", "points": 1.62, "remark": ""}]))
    proposal = propose(table, words="grade the answers with 0 to 3 points")
    assert (proposal.family, dict(proposal.input), proposal.expected) == (
        "text-classification",
        {"text": "answer"},
        "points",
    )
    (labels,) = [fact.value for fact in facts(table, proposal) if fact.key == "labels"]
    assert sorted(labels) == ["0", "1", "2", "3"]


def test_both_texts_that_the_words_name_are_read(jsonl: Write) -> None:
    """An answer that is judged is input, whatever its name."""
    judged = [
        {"source": f"{text} {n}", "answer": f"On Monday {n} {text[:20]} is fine.", "label": "ab"[n % 2]}
        for n, text in enumerate(ENGLISH * 3)
    ]
    proposal = propose(look(jsonl(judged)), words="Check whether the answer of our assistant fits the source text")
    assert (proposal.input_columns, proposal.expected) == (("source", "answer"), "label")


@pytest.mark.parametrize(
    ("words", "column"),
    [
        ("route tickets to the right team", "Group"),
        ("predict the priority", "Priority"),
        ("predict the tags", "Tags"),
    ],
)
def test_words_that_mean_the_same_name_a_column(jsonl: Write, shipped: Catalog, words: str, column: str) -> None:
    """A help desk's export: its teams are groups, and tags are no input."""
    texts = [f"{text} {n}" for n, text in enumerate(ENGLISH * 6)]
    rows = [
        {
            "Subject": text[:20], "Description": text, "Requester": ["Mia", "Ivo", "Tom"][n % 3],
            "Priority": ["low", "normal", "high", "urgent"][n % 4],
            "Group": ["Support L1", "Billing", "Product", "Legal"][n % 4],
            "Tags": ["login vip", "billing", "bug web_widget", "login", "billing web_widget vip"][n % 5],
        }
        for n, text in enumerate(texts)
    ]  # fmt: skip
    found = propose(look(jsonl(rows)), None, words, "", dict(families(words, shipped)), shipped.encode)
    assert (found.input_columns, found.expected) == (("Subject", "Description"), column)


@pytest.mark.parametrize(
    "words", ["Our team wants its mails sorted", "Our support team sorts mails", "Sort our mails of 2019–2023"]
)
def test_who_asks_and_a_period_name_no_column(jsonl: Write, shipped: Catalog, words: str) -> None:
    """A group of an experiment is no team, and years are no grades."""
    chance = random.Random(0)
    rows = [
        {"mail": f"{text} {n}",
         "group": ("control", "treatment")[n % 2 if chance.random() < 0.7 else chance.randrange(2)],
         "year": 2019 + n * n // 3 % 5,
         "category": ("bill", "order", "login")[n % len(ENGLISH) % 3 if chance.random() < 0.9 else chance.randrange(3)]}
        for n, text in enumerate(ENGLISH * 8)
    ]  # fmt: skip
    found = propose(look(jsonl(rows)), None, words, "", dict(families(words, shipped)), shipped.encode)
    assert (found.input_columns, found.expected) == (("mail",), "category")


@pytest.mark.parametrize("words", ["レビューを1から5で採点する", "grade the comments from 1 to 5, off by at most 1"])
def test_a_range_in_the_words_names_grades_that_look_like_labels(jsonl: Write, shipped: Catalog, words: str) -> None:
    """Neither who wrote a comment nor a number that names its place is a grade."""
    rows = [
        {"PR番号": f"#{480 + 3 * n}", "コメント": f"{text} {n}", "評点": "5点" if n == 3 else 1 + n % 4,
         "レビュアー": ["田中", "佐藤", "Tanaka", "李"][n // 4 % 4]}
        for n, text in enumerate(ENGLISH * 8)
    ]  # fmt: skip
    found = propose(look(jsonl(rows)), None, words, "", dict(families(words, shipped)), shipped.encode)
    assert (found.input_columns, found.expected) == (("コメント",), "評点")
