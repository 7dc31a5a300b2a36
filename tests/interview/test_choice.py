"""Which way to read a table is chosen: the shipped weights, on tables whose reading is known."""

from pathlib import Path

import pytest

from advisor.interview.files import choice
from tools.fit_readings import ranked, tables


def test_tables_are_read_better_than_by_shape_alone(compiled_catalog: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every fifth of the tables that were written to learn from: people's words, columns that are not asked about."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(compiled_catalog))
    known = [each for each in tables(every=5) if each.group != "tests" and each.readings]
    by_shape = sum(ranked(each, {"strength": 1.0})[0][1] for each in known)
    ways = [ranked(each, choice.shipped()) for each in known]
    learned = sum(first[1] for first, *_ in ways)
    assert len(known) > 90
    assert learned > by_shape + 15
    assert learned > 0.6 * len(known)
    # Chances are what they say: those of the first ways add up to how many of them are right.
    assert abs(sum(first[0] for first, *_ in ways) - learned) < 0.15 * len(known)
