"""Patterns that are learnt from rows: by the form of values, and by what stands before them."""

from functools import partial
from random import Random
from time import process_time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from advisor.families.json_fields import spelled_otherwise
from advisor.families.methods.by_pattern import ByPattern, NumberByPattern, learn, learnt, number_pattern, typed
from advisor.families.patterns import find_value
from tests.tables import for_each

ORDERS = [("Where is ORD-73908?", "ORD-73908"), ("Re: ORD-26541 is late", "ORD-26541"), ("a ORD-11111", "ORD-11111")]
DATES = [("Due 2026-01-05", "2026-01-05"), ("12/2, pay by 2026-11-30", "2026-11-30"), ("of 2025-01-01", "2025-01-01")]
NAMES = [(f"To: x\nName: {name}\nAge: 7", name) for name in ("Ada Lovelace", "Bo", "Müller, Hans-Jörg")]
SECOND = [(f"from EUR {n} to EUR {n + 7}, room {n}", str(n + 7)) for n in (12, 345, 6789)]


BRANDS = [(f"{a} {brand} {b} {n}", brand) for n, (a, brand, b) in enumerate([
    ("Blue", "Nike", "Runner"), ("New", "Adidas", "Samba"), ("Red", "Nike", "Court"), ("Old", "Adidas", "Gazelle"),
    ("Big", "Puma", "Suede"), ("Grey", "Puma", "Clyde"), ("Air", "Nike", "Max"), ("Slim", "Puma", "Cat"),
    ("Kids", "Adidas", "Forum"),
])]  # fmt: skip

STREETS = [(f"Floor Five 1{n} {at} {street} {n + 8}", f"{street} {n + 8}") for n, (street, at) in enumerate([
    ("Mill Lane", "is"), ("Via Roma", "to"), ("Via Roma", "by"), ("Mill Lane", "at"), ("Mill Lane", "so"),
])]  # fmt: skip


def text_of(piece: str) -> Any:
    return piece


@for_each(
    ("rows", "text", "found"),
    [
        (ORDERS, "Order no. 12345 is ORD-55555.", "ORD-55555"),
        (ORDERS, "Order no. 12345 is ORD-555556.", None),  # a longer number is another
        ([*ORDERS, ("no order", None)], "ORD-55555", "ORD-55555"),
        (DATES, "2 boxes, 10 kg, 2027-10-09", "2027-10-09"),
        (NAMES, "To: y\nName: Zoë van Dijk\nAge: 40", "Zoë van Dijk"),
        (SECOND, "from EUR 1 to EUR 99, room 1", "99"),
        (BRANDS, "Green PUMA Speed", "PUMA"),
        (BRANDS, "Green Pumas", None),
        (STREETS, "Floor Five 12, Mill Lane 345", "Mill Lane 345"),  # a known street, with another number
    ],
)
def test_a_field_is_found_in_a_text_never_seen(rows: list[tuple[str, Any]], text: str, found: str | None) -> None:
    pattern = learn(rows, text_of)
    assert pattern is not None
    assert find_value(pattern, text) == found


def test_a_word_for_nothing_hides_no_form() -> None:
    """What says "not stated" stands in no text: half of the rows lack the value, the others show its form."""
    stated = [(f"oak, {n} x {n + 9} cm, about 1{n}0", f"{n} x {n + 9} cm") for n in range(11, 23)]
    rows = [(text, {"size": size}) for text, size in [*stated, *((f"oak of 18{n}", "not stated") for n in range(12))]]
    schema = learnt(rows, {"properties": {"size": {"type": "string"}}, "required": ["size"]})
    answers = ByPattern(schema).answer(["ash, 40 x 51 cm", "ash of 1850"])
    assert [answer.output for answer in answers] == [{"size": "40 x 51 cm"}, {"size": "not stated"}]


def test_a_number_is_found_as_it_is_written() -> None:
    """The value is a number, the text has its digits with signs."""
    rows = [("Total 12.50 EUR, tax 2.10", 12.5), ("Total 3.99 EUR, tax 1.10", 3.99), ("Total 10.00 EUR", 10)]
    pattern = learn(rows, lambda piece: typed(piece, "number"))
    assert pattern is not None
    assert find_value(pattern, "Total 7.25 EUR, tax 0.20") == "7.25"


@for_each(
    ("text", "number"),
    [
        ("Ford of 2009, 188 000 km, 9 500 EUR", 188_000.0),
        ("Ford of 2011, 98.500 km, 9 500 EUR", 98_500.0),
        ("Ford of 2012, 164k km, 4 doors", 164_000.0),
        ("Ford of 2013, no word of it", 93_481.0),  # the middle of the rows
    ],
)
def test_of_several_numbers_that_with_the_unit_is_found(text: str, number: float) -> None:
    """As people write thousands; grades, which no text holds, have no pattern."""
    written = ("{}{:03} km", "{} {:03} km", "{}.{:03} km", "{}k km")
    rows = [
        (
            f"Ford of {2000 + n}, {written[n % 4].format(80 + n, n * 37)}, {n % 7 + 3} 500 EUR",
            (80 + n) * 1000.0 + (n % 4 < 3) * n * 37,
        )
        for n in range(27)
    ]
    (answered,) = NumberByPattern(rows).answer([text])
    assert answered.output == number
    assert number_pattern([(text, float(n % 5)) for n, (text, _) in enumerate(rows)]) is None


@for_each(
    ("piece", "number"),
    [("49,90", 49.9), ("1.200,50 €", 1200.5), ("1'200.50", 1200.5), ("9.90-", 9.9), ("1,200", 1200), ("A12", 12)],
)
def test_a_number_is_read_as_countries_write_it(piece: str, number: float) -> None:
    assert typed(piece, "number") == number
    assert typed(piece, ["string", "number"]) == piece


@for_each(("marks", "found"), [(("", ","), "49,90"), ((".", ","), "7.049,90"), (("'", "."), "7'049.90")])
def test_a_number_with_marks_has_a_pattern(marks: tuple[str, str], found: str) -> None:
    thousands, point = marks
    rows = [
        (f"Rechnung {n}: Summe {f'{n % 9}{thousands}0' if thousands else ''}{n}{point}{n} EUR, danke", n)
        for n in range(10, 20)
    ]
    read = partial(typed, kind="number")
    pattern = learn([(text, read(text.split()[3])) for text, _ in rows], read)
    assert pattern is not None
    assert find_value(pattern, f"Rechnung 7: Summe {found} EUR, bitte") == found


PLATES = [
    ("car KR 451JN hit me", "KR451JN"),
    ("my GD-749VL was hit", "GD 749VL"),
    ("the KNS 992HH is mine", "kns992hh"),
    ("of SK-468HP and me", "SK 468HP"),
    ("no car", None),
    ("it is WA 336RT", "WA336RT"),
]


def test_a_code_is_found_that_is_expected_with_other_blanks_or_hyphens() -> None:
    """It is answered without them if most training rows have none; in a longer word it is not found."""
    schema = learnt([(text, {"plate": plate}) for text, plate in PLATES], {"properties": {"plate": {"type": "string"}}})
    answered = ByPattern(schema).answer(["LU 026RP came", "it was GD-112WX", "see KR 11AB7"])
    assert [each.output for each in answered] == [{"plate": "LU026RP"}, {"plate": "GD112WX"}, {}]
    as_in_text = [("a LU 026RP", "LU 026RP"), ("b KR 451JN", "KR 451JN"), ("c WA 336RT", "WA 336RT"), ("d", None)]
    schema = learnt([(text, {"plate": plate}) for text, plate in as_in_text], schema={"properties": {"plate": {}}})
    assert ByPattern(schema).answer(["GD 112WX"])[0].output == {"plate": "GD 112WX"}


@for_each(
    "rows",
    [
        [],
        ORDERS[:2],
        [("alice wrote", "alice"), ("then bob came", "bob"), ("it was carol", "carol"), ("dave", "dave")],
        [(f"{n} {'so many words ' * n}{n}", "so many words " * n) for n in range(40, 52)],
        [("how is it?", "good"), ("and you?", "bad"), ("what?", "good")],  # not in the text at all
    ],
)
def test_what_has_no_form_has_no_pattern(rows: list[tuple[str, Any]]) -> None:
    """Too few rows, words like any other, long texts, values that are no part of the text."""
    assert learn(rows, text_of) is None


def test_what_is_too_large_for_a_pattern_raises_nothing() -> None:
    """Numbers of a thousand digits, texts of thousands of words."""
    for rows in (
        [("1" * n, "1" * n) for n in (1001, 1002, 1003)],
        [("so it is. " * n,) * 2 for n in (2000, 2001, 2002)],
    ):
        pattern = learn(rows, text_of)
        assert pattern is None or find_value(pattern, "so it is") is None


@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=10), st.text(max_size=10)), min_size=3, max_size=6))
def test_any_rows_are_safe(parts: list[tuple[str, str, str]]) -> None:
    """Whatever stands in them, a pattern that is learnt can be used."""
    rows = [(before + value + after, value) for before, value, after in parts]
    pattern = learn(rows, text_of)
    assert pattern is None or any(find_value(pattern, text) == value for text, value in rows)


def test_long_texts_that_write_codes_otherwise_take_no_time() -> None:
    """Each is searched once for a value, not again for every row that is left out."""
    random = Random(0)
    words = [f"w{n}-{n}" for n in range(3000)]
    rows = [(f"{' '.join(random.choices(words, k=12_000))} No: AB {n}-7", f"AB{n}7") for n in range(10, 34)]
    began = process_time()
    assert learn(rows, text_of) is not None
    names = [f"field {n}" for n in range(12)]
    said = spelled_otherwise(
        (n, text, {name: f"{code}{name}" for name in names}) for n, (text, code) in enumerate(rows)
    )
    assert not said
    assert process_time() - began < 4
