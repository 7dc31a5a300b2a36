"""Plain tables for a terminal."""

from __future__ import annotations

from advisor.report.layout import table, width_of


def test_columns_stand_below_each_other_in_any_script() -> None:
    """Chinese signs are two columns wide, an accent of its own none; a cell that is cut fits its column."""
    names = ["always '\u3044\u3044\u3048'", "always 'no'", "always 'e\u0301te\u0301'", "\u6f22" * 30]
    lines = table(("candidate", "right"), [(name, "5") for name in names], frozenset({1}), width=30)
    assert {width_of(line) for line in lines} == {30}
    assert lines[-1].split()[0].endswith("\u2026")
