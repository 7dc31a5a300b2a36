"""Words and a file together: what is understood of both, and what is asked where they leave it open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from advisor.interview.ask import next_question
from advisor.interview.understand import Seen, understand
from tests.interview.tables import ENGLISH, Write
from tests.interview.test_worth import pool

if TYPE_CHECKING:
    from pathlib import Path

    from catalog import Catalog


def seen(words: str, path: Path, catalog: Catalog, answers: dict[str, Any] | None = None) -> Seen:
    """Return what is known of a task with a file."""
    return understand(words, {"examples": str(path)} | (answers or {}), pool(catalog), catalog)


def test_pairs_with_a_yes_or_a_no_are_asked_about_as_pairs(shipped: Catalog, jsonl: Write) -> None:
    """Words that sort would take the marks for labels of one of the two texts."""
    pairs = list(zip(ENGLISH, reversed(ENGLISH), strict=True)) * 5
    rows = [{"a": f"{a} {n}", "b": b, "same": n % 2} for n, (a, b) in enumerate(pairs)]
    for words in ("classify question pairs as same or not", "tell whether two support questions mean the same"):
        known = seen(words, jsonl(rows), shipped).understanding
        assert known.value("family") == "sentence-similarity"
        assert known.value("examples.input") == {"first": "a", "second": "b"}
        assert known.value("labels") is None


BILLS = [
    {"text": f"Please pay {n}.{n + 17} EUR until Friday, bill A{n}.", "amount": f"{n}.{n + 17}"} for n in range(60)
]


@pytest.mark.parametrize("words", ["extract the amount", "extract the amount from each invoice"])
def test_a_number_that_stands_in_each_text_is_a_field_of_it(shipped: Catalog, jsonl: Write, words: str) -> None:
    """Also where the words sound like marking it, which would need places."""
    known = seen(words, jsonl(BILLS), shipped)
    assert known.understanding.value("family") == "json-extraction"
    assert known.understanding.value("examples.expected") == {"amount": "amount"}


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


def test_a_column_that_nothing_tells_is_asked_for(shipped: Catalog, jsonl: Write) -> None:
    """With all that could be it; the one named is a field where an object is to be extracted."""
    rows = [
        {"id": f"R-{n}", "text": row["text"].replace(".", ","), "due": 7.5 * n, "weight": 30 * n % 17}
        for n, row in enumerate(BILLS)
    ]
    path, words = jsonl(rows), "extract the amount from each invoice"
    known = seen(words, path, shipped)
    question = next_question(known, pool(shipped))
    assert question is not None
    assert (question.key, question.default) == ("examples.expected", None)
    assert [choice.value for choice in question.choices] == ["due", "weight", None]
    assert question.choices[0].detail.startswith("e.g. 0, 7.5, 15")
    named = seen(words, path, shipped, {"examples.expected": "due"})
    assert named.understanding.value("examples.expected") == {"due": "due"}
    assert named.proposal is not None
    assert named.proposal.is_labelled
    none = next_question(seen(words, path, shipped, {"examples.expected": None}), pool(shipped))
    assert none is not None
    assert none.key != "examples.expected"


def test_the_only_other_column_is_taken_for_what_is_expected(shipped: Catalog, jsonl: Write) -> None:
    """As the default of a question; labels of which each row has another are none."""
    rows = [{"text": row["text"].replace(".", ","), "due": 7.5 * n} for n, row in enumerate(BILLS)]
    for words, default in (("extract the amount from each invoice", "due"), ("sort mails into good, bad", None)):
        question = next_question(seen(words, jsonl(rows), shipped), pool(shipped))
        assert question is not None
        assert (question.key, question.default) == ("examples.expected", default)
