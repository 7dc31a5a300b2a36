"""Words and a file together: what is understood of both, and what is asked where they leave it open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
