"""Sizes read and written, tables cut and prose wrapped to a terminal's width."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.report.layout import table, wrap
from advisor.units import format_bytes, format_count, format_seconds, parse_count, parse_size
from tests.tables import for_each


@for_each(
    ("text", "size"),
    [("4GB", 4 * 10**9), ("512 MiB", 2**29), ("1.5g", 1_500_000_000), (7, 7), ("0", 0), ("2 kib", 2048)],
)
def test_sizes_are_read(text: str | int, size: int) -> None:
    """Decimal and binary units, with and without the B, and plain numbers."""
    assert parse_size(text) == size


@for_each("text", ["lots", "", "-1", "4i", "1e9", "9" * 400, "4 GB please", True, "nan"])
def test_what_is_no_size_is_a_value_error(text: str | bool) -> None:  # noqa: FBT001  a value under test
    """The message shows what was given and how to write a size."""
    with pytest.raises(ValueError, match="is not a size"):
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


def test_figures_are_short() -> None:
    """Three digits at most, with the unit people use."""
    assert [format_count(n) for n in (None, 999, 999_950, 22_713_216, 1_500_000_000_000)] == [
        "?", "999", "1M", "22.7M", "1.5T",
    ]  # fmt: skip
    assert [format_bytes(n) for n in (None, 0, 999_600, 90_868_376, 1_500_000_000)] == [
        "?", "0 B", "1.0 MB", "91 MB", "1.5 GB",
    ]  # fmt: skip
    assert [format_seconds(s) for s in (None, 0.00042, 0.046, 1.26, 75, 600)] == [
        "?", "0.42 ms", "46 ms", "1.3 s", "75 s", "10 min",
    ]  # fmt: skip


def test_a_table_fits_its_width() -> None:
    """Wide text columns are cut with a mark, then optional columns go; figures are never cut."""
    rows = [("1", "a" * 60, "123.45", "b" * 60, "9.99 MB")]
    wide = table(("#", "name", "figure", "why", "peak"), rows, frozenset({0, 2, 4}))
    narrow = table(("#", "name", "figure", "why", "peak"), rows, frozenset({0, 2, 4}), 80, optional=(4,))
    tiny = table(("#", "name", "figure", "why", "peak"), rows, frozenset({0, 2, 4}), 50, optional=(4,))
    assert "a" * 60 in wide[2]
    assert max(map(len, narrow)) <= 80
    assert "…" in narrow[2]
    assert "9.99 MB" in narrow[2]
    assert max(map(len, tiny)) <= 50
    assert "123.45" in tiny[2]
    assert "9.99 MB" not in tiny[2]


@given(st.lists(st.text(st.characters(codec="ascii", exclude_categories=["C"]), max_size=300), max_size=5))
def test_wrapped_prose_fits_and_keeps_its_words(lines: list[str]) -> None:
    """No word is lost, and no line is wider than asked unless it is code or one long word."""
    told = wrap(lines, 60)
    assert "".join("".join(line.split()) for line in told) == "".join("".join(line.split()) for line in lines)
    assert wrap(lines, None) == lines
    assert all(len(line) <= 60 or line.startswith("    ") for line in told)
