import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.units import format_bytes, format_count, format_seconds, parse_count, parse_size, percent
from tests.tables import for_each


@for_each(
    ("text", "size"),
    [
        ("4GB", 4_000_000_000),
        ("4 gb", 4_000_000_000),
        ("512MiB", 512 * 2**20),
        ("1.5g", 1_500_000_000),
        (" 7 ", 7),
        ("2k", 2000),
        ("1TiB", 2**40),
        (123, 123),
        (0.5, 0),
        ("0", 0),
        ("2 kib", 2048),
    ],
)
def test_sizes_are_read_as_people_write_them(text: str | float, size: int) -> None:
    """Units are decimal, binary with an i, of any case; no unit means bytes."""
    assert parse_size(text) == size


@for_each("text", ["", "GB", "-1GB", "4XB", "4i", "1e3", "9" * 400, "4 GB 2", "nan", "inf", True, "٤GB٤"])
def test_what_is_no_size_is_refused_with_an_example(text: str | bool) -> None:  # noqa: FBT001
    with pytest.raises(ValueError, match="write for example 4GB"):
        parse_size(text)


def test_counts_are_read() -> None:
    """B means billion where parameters are counted, bytes where sizes are."""
    assert [parse_count(text) for text in ("2B", "500M", "1.5 b", 7, "30k")] == [
        2 * 10**9,
        5 * 10**8,
        15 * 10**8,
        7,
        30_000,
    ]
    assert parse_size("2B") == 2
    with pytest.raises(ValueError, match="is not a count"):
        parse_count("2GB")


@settings(max_examples=200, database=None)
@given(st.text(max_size=30))
def test_any_short_text_is_a_size_or_a_value_error(text: str) -> None:
    try:
        assert parse_size(text) >= 0
    except ValueError as error:
        assert "size" in str(error)  # noqa: PT017


@for_each(
    ("count", "text"),
    [
        (None, "?"),
        (0, "0 B"),
        (999, "999 B"),
        (1500, "1.5 kB"),
        (999_600, "1.0 MB"),
        (91_000_000, "91 MB"),
        (2_500_000_000_000, "2.5 TB"),
    ],
)
def test_bytes_are_shown_in_decimal_units(count: int | None, text: str) -> None:
    """Two or three digits and a unit; unknown is a question mark."""
    assert format_bytes(count) == text


@for_each(
    ("count", "text"),
    [(None, "?"), (12, "12"), (999_950, "1M"), (22_700_000, "22.7M"), (1_500, "1.5k"), (7 * 10**9, "7B")],
)
def test_parameter_counts_are_shown_as_people_say_them(count: int | None, text: str) -> None:
    assert format_count(count) == text


@for_each(
    ("seconds", "text"),
    [
        (None, "?"),
        (0.00042, "0.42 ms"),
        (0.0042, "4.2 ms"),
        (0.5, "500 ms"),
        (4.25, "4.2 s"),
        (45.0, "45 s"),
        (180.0, "3 min"),
    ],
)
def test_durations_are_shown_as_people_say_them(seconds: float | None, text: str) -> None:
    assert format_seconds(seconds) == text


@for_each(("share", "text"), [(0.9, "90%"), (0.985, "98.5%"), (0.9999, "99.99%"), (2 / 3, "66.6%")])
def test_a_bar_is_shown_with_the_digits_it_has(share: float, text: str) -> None:
    """One without an end of them by what is surely reached."""
    assert percent(share) == text
