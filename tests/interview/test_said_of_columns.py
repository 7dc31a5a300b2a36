"""What words say of a file's columns decides: whose answers count, what is sorted by, which fields, which rates."""

import csv
import json
from pathlib import Path

import pytest

from advisor.interview.comparison_questions import comparison_question
from advisor.interview.understand import Seen, understand
from catalog import Catalog
from tests.interview.test_worth import pool


def table(path: Path, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


def seen(words: str, path: str, catalog: Catalog) -> Seen:
    return understand(words, {"examples": path}, pool(catalog), catalog)


@pytest.mark.parametrize(
    ("words", "judge"),
    [
        ("Oceń odpowiedzi od 0 do 3. Jak ja (AK) i koleżanka (MN) się różnimy, to rację mam ja.", "ocena AK"),
        (
            "Score the answers from 0 to 3; where AK and MN differ, MN is right, for MN decides.",
            "ocena MN",
        ),
    ],
)
def test_of_two_judges_the_one_of_whom_words_speak_most(
    shipped: Catalog, tmp_path: Path, words: str, judge: str
) -> None:
    rows = [(f"answer {n} of the pupil", str(n % 4), str((n + (n % 5 == 0)) % 4)) for n in range(60)]
    path = table(tmp_path / "a.csv", ("odpowiedź", "ocena AK", "ocena MN"), rows)
    assert seen(words, path, shipped).understanding.value("examples.expected") == judge


def test_texts_are_sorted_by_the_column_that_words_name_so(shipped: Catalog, tmp_path: Path) -> None:
    """Not by the languages that the bar speaks of."""
    rows = [
        (("en", "sw")[n % 2], f"message {n} to the station", ("roads", "health", "water")[n % 3]) for n in range(60)
    ]
    path = table(tmp_path / "sms.csv", ("lang", "text", "topic"), rows)
    words = "We get texts in English and Swahili and need them sorted by topic. English should be right 85 times in 100"
    known = seen(words, path, shipped).understanding
    assert (known.value("examples.input"), known.value("examples.expected")) == ("text", "topic")


def test_all_fields_that_words_list_are_answered(shipped: Catalog, tmp_path: Path) -> None:
    """In a script without blanks, inside an object, and written otherwise than in the text."""
    rows = [
        {
            "メール": f"{n % 12 + 1}月{n % 27 + 1}日に{n % 5 + 1}名で宿泊希望です。",
            "結果": {
                "宿泊日": f"2025-{n % 12 + 1:02}-{n % 27 + 1:02}",
                "人数": n % 5 + 1,
            },
        }
        for n in range(60)
    ]
    path = tmp_path / "mails.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    words = "予約メールから宿泊日と人数を取り出して、JSONにしたいです。"
    known = seen(words, str(path), shipped).understanding
    assert known.value("family") == "json-extraction"
    assert set(known.value("examples.expected")) == {"宿泊日", "人数"}


@pytest.mark.parametrize(
    ("words", "rates"),
    [
        # The rate of what must hardly ever be missed stands in the next clause.
        ("85 von 100 richtig, aber ein Notfall darf nie durchrutschen, höchstens einer von zwanzig", {"Notfall": 0.95}),
    ],
)
def test_the_rate_of_what_must_not_be_missed(
    shipped: Catalog, tmp_path: Path, words: str, rates: dict[str, float]
) -> None:
    rows = [(f"Notiz {n}", ("Notfall", "heute", "Termin")[n % 3]) for n in range(60)]
    path = table(tmp_path / "n.csv", ("Notiz", "Stufe"), rows)
    known = seen(words, path, shipped).understanding
    assert (known.value("bar.per_label"), known.value("bar.pass_rate")) == (rates, 0.85)


def test_rates_of_labels_that_words_do_not_name_are_not_guessed(shipped: Catalog, tmp_path: Path) -> None:
    """PER and LOC are "names" and "villages" to people: which rate is whose is left open, and said."""
    people, places = ("Иван", "Пётр", "Анна"), ("Сосновка", "Липки", "Ключи", "Берёзовка")
    lines = [f"{name} B-PER\nживёт O\nв O\n{place} B-LOC\n. O\n" for name in people for place in places]
    path = tmp_path / "x.conll"
    path.write_text("\n".join(lines * 4), encoding="utf-8")
    words = "Нужно вытаскивать имена людей и названия деревень: хотя бы 85 имён из ста, а деревни хотя бы 70 из ста"  # noqa: RUF001
    known = seen(words, str(path), shipped).understanding
    assert known.value("bar.per_label") is None
    assert any("sets no bar: none of" in notice.text for notice in known.notices)


@pytest.mark.parametrize(("said", "metric"), [("queden idénticas", "exact"), ("queden bien", "chrf")])
def test_identical_texts_are_compared_exactly(shipped: Catalog, tmp_path: Path, said: str, metric: str) -> None:
    streets, cities = ("Morelos", "Lerma", "Hidalgo", "Juárez"), ("Mérida", "Puebla", "León")
    rows = [
        (f"av {street} #{n} {city} cp {n}7", f"Avenida {street} {n}, Col. Centro, {n}700 {city}, estado de México")
        for n in range(10, 15)
        for street in streets
        for city in cities
    ]
    path = table(tmp_path / "d.csv", ("como la anotaron", "direccion"), rows)
    words = f"Quiero las direcciones en el formato de la oficina; que 8 de cada 10 {said}"
    answers = {"examples": path, "family": "text-generation", "examples.expected": "direccion"}
    found = understand(words, answers, pool(shipped), shipped)
    question = comparison_question(found)
    assert question is not None
    assert question.default == metric
