"""Rates of the fields of an answer, and of several labels in one sentence."""

import random
from pathlib import Path

import pytest

from advisor.interview.answers import checked, given_by
from advisor.interview.text.terms import bars
from advisor.interview.understand import understand
from advisor.interview.write_task import task_document
from catalog import Catalog
from tests.interview.asked_rates import label_bars
from tests.interview.tables import Write
from tests.interview.test_worth import pool
from tests.tables import for_each
from tests.task.helpers import write

OF_FIELDS = {
    "at least as good as 97% on intent, 90% on the rest": ({"intent": 0.97}, 0.9),
    "at least 95% for urgency and 9 of 10 for the amount": ({"urgency": 0.95, "amount": 0.9}, None),
    "intent: 97%, urgency: 90%": ({"intent": 0.97, "urgency": 0.9}, None),
    "Intent muss zu 97% stimmen, der Rest zu 90%": ({"intent": 0.97}, 0.9),
    "the amount has to be right in 97 of 100 cases, the other fields in 9 of 10": ({"amount": 0.97}, 0.9),
    "intent and amount, 90% right": ({}, 0.9),
    "amount must be right in 99%, the rest in 90%": ({"amount": 0.99}, 0.9),
    "In 70% of invoices the urgency is missing": ({}, None),
    "amount 95 EUR or more": ({}, None),
    "extract urgency and amount from the last 60": ({}, None),
    "amount between 50 and 99": ({}, None),
    "date and amount; today amount is right in 70%": ({}, None),
    "at least 95% right, urgency, amount 99%": ({"amount": 0.99}, 0.95),
    "intent 95%, amount 99%, the rest 80%": ({"intent": 0.95, "amount": 0.99}, 0.8),
    "of intent 97% and of amount 90% have to be right": ({"intent": 0.97, "amount": 0.9}, None),
}


@for_each("words", OF_FIELDS)
def test_a_rate_beside_a_field_of_an_answer_is_of_that_field(words: str) -> None:
    """Of several rates in a clause each takes the fields next to it; beside a label it may be a frequency."""
    expected, of_all = OF_FIELDS[words]
    found, rest = label_bars(words, dict.fromkeys(("intent", "urgency", "amount"), 0), are_fields=True)
    assert {field: pytest.approx(rate.share) for field, rate in found.items()} == expected
    assert (rest.share if rest is not None else None) == of_all
    assert not label_bars("spam: 3%, ham: 97%", {"spam": 3, "ham": 97})[0]
    most, _ = label_bars("spam: 97%, bug: 95%, others 80%", {"spam": 3, "bug": 9, "ham": 9})  # no frequencies
    assert {label: rate.share for label, rate in most.items()} == {"spam": 0.97, "bug": 0.95}
    of_total = label_bars("total must be right in 99%, the rest in 90%", {"total": 0, "date": 0}, are_fields=True)[0]
    assert {field: rate.share for field, rate in of_total.items()} == {"total": 0.99}  # no word for all of them
    in_total, rest = label_bars("in total 95% right", {"total": 0, "date": 0}, are_fields=True)
    assert (in_total, rest and rest.share) == ({}, 0.95)
    of_both, rest = label_bars("95% in total, date 99%", {"total": 0, "date": 0}, are_fields=True)
    assert ({field: rate.share for field, rate in of_both.items()}, rest and rest.share) == ({"date": 0.99}, 0.95)


def test_what_asks_stands_once_for_several_rates() -> None:
    for words in (
        "find 95% of the urgent ones and 80% of spam",
        "find 95% of the urgent ones, and 80% of spam",
        "of urgent 95% and of spam 80% must be found",
    ):
        found, _ = label_bars(words, {"urgent": 9, "spam": 9, "other": 9})
        assert {label: pytest.approx(rate.share) for label, rate in found.items()} == {"urgent": 0.95, "spam": 0.8}


def test_how_often_a_label_occurs_is_no_rate_of_its_own_where_others_are_demanded() -> None:
    for words in ("80% are spam, and 95% must be right", "we get 80% spam, and 95% must be right"):
        assert not label_bars(words, {"urgent": 9, "spam": 9, "other": 9})[0], words


def test_thousands_of_milliseconds() -> None:
    for text, seconds in (("within 1,500 ms", 1.5), ("under 1.200 ms per mail", 1.2), ("within 1,5 seconds", 1.5)):
        assert [span.value for span in bars(text) if span.key == "bar.p95_seconds"] == [seconds]


@for_each(
    ("text", "seconds"),
    [
        ("Antwort in weniger als einer halben Sekunde", 0.5),
        ("Szukanie nie może trwać dłużej niż pół sekundy", 0.5),
        ("Haku ei saa kestää yli puolta sekuntia", 0.5),
        ("노트북이 느려서 후기 하나에 1초 안에 끝나면 좋겠어요", 1.0),
        ("1件あたり1秒以内", 1.0),
        ("每条不超过100毫秒", 0.1),
        ("bir saniyeden kısa sürmeli", 1.0),  # noqa: RUF001
        ("nagranie trwa 30 sekund", None),
        ("録音は30秒です", None),
    ],
)
def test_how_long_an_answer_may_take_in_any_language(text: str, seconds: float | None) -> None:
    """A length without a word for at most is none."""
    assert [span.value for span in bars(text) if span.key == "bar.p95_seconds"] == (
        [] if seconds is None else [seconds]
    )


def test_a_file_without_a_text_has_no_marks(shipped: Catalog, tmp_path: Path) -> None:
    """One number, where parts of texts are to be found."""
    path = tmp_path / "one.txt"
    path.write_text("31", encoding="utf-8")
    words = "find the names of drugs in each note, 95% of them"
    known = understand(
        words, {"family": "token-classification", "examples": str(path)}, pool(shipped), shipped
    ).understanding
    assert known.value("family") == "token-classification"


OF_SLICES = {
    "sort messages by team, 80% right in each region": ("region", 0.8),
    "sort messages by team; at least 85% must be right for every sales channel": ("intro/Sales channel", 0.85),
    "Nachrichten dem richtigen Team zuordnen, in jeder Region sollen 80% stimmen": ("region", 0.8),
    "trier les messages par team, 80% de bonnes réponses pour chaque region": ("region", 0.8),
    "sort messages by team; each region must be 90% right": ("region", 0.9),
    "sort messages by team; 80% right in each workshop": ("Q2. Which workshop do you work in?", 0.8),
    "sort messages by team, 80% right": None,
    "sort messages of each region by team. 80% must be right": None,  # another clause
    "sort messages by team; 80% right for each team": None,  # the answer's own column
    "sort messages by team, each message within 2 s, 80% right": None,
    "sort messages by team, 80% right for each customer": None,  # as many as rows
    "we get 30% of the messages from each region; sort them by team": None,  # no bar
}


@for_each("words", OF_SLICES)
def test_a_rate_in_each_value_of_a_column_is_asked_of_each(words: str, tmp_path: Path, shipped: Catalog) -> None:
    """Of a column that is neither input nor answer and has few values; the same rate holds over all."""
    draw = random.Random(1)
    things = ("the parcel", "my invoice", "the app", "our order", "the screen")
    does = ("is late again", "was billed twice", "crashes on start", "has to be cancelled", "is broken")
    rows = [
        f"{draw.choice(things)} {draw.choice(does)} and {draw.choice(things)} {draw.choice(does)} since day {n},"
        f"{draw.choice(('delivery', 'billing', 'bug'))},{draw.choice(('north', 'south'))},c{n},"
        f"{draw.choice(('mail', 'chat'))},{draw.choice(('paint', 'press'))}"
        for n in range(80)
    ]
    path = write(
        tmp_path / "a.csv",
        "\n".join(["message,team,region,customer,intro/Sales channel,Q2. Which workshop do you work in?", *rows]),
    )
    known = understand(words, {"examples": str(path)}, pool(shipped), shipped).understanding
    expected = OF_SLICES[words]
    asked = None if expected is None else dict(zip(("column", "pass_rate"), expected, strict=True))
    assert known.value("bar.per_slice") == asked
    if "; " in words and asked:  # said at the question of the bar instead
        first, _, bar = words.partition("; ")
        answer = given_by("bar.pass_rate", checked("bar.pass_rate", bar), {"words": first})
        known = understand(answer["words"], {"examples": str(path)}, pool(shipped), shipped).understanding
        assert known.value("bar.per_slice") == asked
    assert (task_document(known).get("bar") or {}).get("per_slice") == asked


@for_each(
    ("words", "fields", "whole"),
    [
        ("read supplier, amount and date; amount and date right in 95%, the supplier in 80%", (0.8, 0.95, 0.95), 0.7),
        ("pull the fields; the amount must be exact 98 times in 100, each other field 90%", (0.9, 0.98, 0.9), 0.78),
        ("extract the fields; amount and date 95% right, the rest 80%", (0.8, 0.95, 0.95), 0.7),
        ("extract the fields, each field right in 9 of 10", (0.9, 0.9, 0.9), 0.7),
    ],
)
def test_rates_of_all_fields_settle_that_of_whole_answers(
    words: str, fields: tuple[float, ...], whole: float, jsonl: Write, shipped: Catalog
) -> None:
    """Boole's inequality; a field that a rate names is not the only one that is asked for."""
    names = ("supplier", "amount", "date")
    rows = []
    for n in range(60):
        values = (f"Firm {n % 7} Ltd", f"{n * 13 + 5},00", f"{n % 28 + 1:02}.03.2025")
        text = f"Invoice {n} from {values[0]} of {values[2]}. Please pay {values[1]} EUR."
        rows.append({"text": text, "fields": dict(zip(names, values, strict=True))})
    known = understand(words, {"examples": str(jsonl(rows))}, pool(shipped), shipped).understanding
    assert known.value("examples.expected") == "fields"
    assert known.value("bar.per_field") == dict(zip(names, fields, strict=True))
    assert known.value("bar.pass_rate") == pytest.approx(whole)
