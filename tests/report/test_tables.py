"""Plain tables for a terminal."""

from __future__ import annotations

from advisor.report.layout import table, width_of


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
