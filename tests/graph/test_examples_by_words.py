"""The three examples without a task file: words and a CSV are enough, and the answers are those of the task files."""

from __future__ import annotations

import json

import pytest

from tests.conftest import ROOT, Home, run_advisor

STATIC, MINILM = "wordllama-l2-supercat-256", "sentence-transformers/all-MiniLM-L6-v2"


@pytest.mark.parametrize(
    ("words", "path", "models", "found"),
    [
        ("tell spam from ham mails, 85% right", "spam/mails.csv", (STATIC, MINILM), STATIC),
        (
            "tell what kind of thing a definition describes, 85% right",
            "glossary/definitions.csv",
            (STATIC, MINILM),
            MINILM,
        ),
        ("tell which party's president said this, 90% right", "speeches/passages.csv", (STATIC,), None),
    ],
)
def test_words_and_a_csv_reach_the_recommendation(
    ready_home: Home, words: str, path: str, models: tuple[str, ...], found: str | None
) -> None:
    """Two of the starter models are enough to tell the answers apart; nothing is asked."""
    ran = run_advisor(
        ready_home, "recommend", words, "--examples", ROOT / "examples" / path,
        "--set", f"models=[{', '.join(models)}]",
        "--offline", "--json",
    )  # fmt: skip
    document = json.loads(ran.out)
    assert (ran.code, document["verdict"]) == ((0, "passes") if found else (3, "none"))
    assert (document["recommended"] or {}).get("model") == found
    assert document["bar"]["pass_rate"] == float(words.rpartition(", ")[2].split("%")[0]) / 100
