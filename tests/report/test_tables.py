"""Plain tables and prose for a terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from advisor.report.layout import table, width_of, wrap


def test_columns_stand_below_each_other_in_any_script() -> None:
    """Chinese signs are two columns wide, an accent of its own none; a cell that is cut fits its column."""
    names = ["always '\u3044\u3044\u3048'", "always 'no'", "always 'e\u0301te\u0301'", "\u6f22" * 30]
    lines = table(("candidate", "right"), [(name, "5") for name in names], frozenset({1}), width=30)
    assert {width_of(line) for line in lines} == {30}
    assert lines[-1].split()[0].endswith("\u2026")


def test_vowel_signs_and_joiners_take_no_column() -> None:
    """Above and below Thai and Hindi consonants, within a family of pictures, and where a Chinese sign is as wide."""
    assert width_of("\u0e01\u0e34\u0e19") == 2  # Thai "eat", with a vowel above
    assert width_of("\u0915\u0941\u0932") == 2  # Hindi "clan", with a vowel below
    assert width_of("a\u200d\u200bb\u20dd") == 2
    assert width_of("\u304b\u3099") == 2


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
