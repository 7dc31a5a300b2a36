"""The three examples without a task file: words and a CSV are enough, and the answers are those of the task files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT, Home, run_advisor

if TYPE_CHECKING:
    from pathlib import Path

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


def test_all_that_is_wrong_with_a_file_is_told_at_once(ready_home: Home, tmp_path: Path) -> None:
    """By the file's own lines; the session's task file, which nobody wrote, is not named."""
    rows = [f"{'win a prize' if n % 2 else 'lunch with us'} at {n},{'spam' if n % 2 else 'ham'}" for n in range(30)]
    rows[4:4], rows[20:20] = ["an unmarked text,", ","], ["cheap pills for all,Spam"]
    mails = tmp_path / "mails.csv"
    mails.write_text("text,label\n" + "\n".join([*rows, "gold for nothing,SPAM", "and one more,"]) + "\n")
    ran = run_advisor(ready_home, "recommend", "tell spam from ham mails", "--examples", mails, "--offline", "--yes")
    assert ran.code == 2
    assert "task.yaml" not in ran.err
    assert f"{mails}:22: the label 'Spam' differs from the task's 'spam' in case alone; write it the same" in ran.err
    assert "is empty" not in ran.err
    assert "line 35: the label 'SPAM' differs from the task's 'spam' in case alone; write it the same" in ran.err


def test_rows_in_which_something_is_empty_do_not_stop_the_others(ready_home: Home, tmp_path: Path) -> None:
    """They are left out, and the notes say which."""
    rows = [f"{'win a prize' if n % 2 else 'lunch with us'} at {n},{'spam' if n % 2 else 'ham'}" for n in range(30)]
    rows[4:4] = ["an unmarked text,", ",ham"]
    mails = tmp_path / "mails.csv"
    mails.write_text("text,label\n" + "\n".join(rows) + "\n")
    ran = run_advisor(
        ready_home, "recommend", "tell spam from ham mails", "--examples", mails, "--offline", "--yes", "--plan-only"
    )
    assert ran.code == 0, ran.err
    assert "1 of 32 rows (3.1%) have nothing in 'label' (line 6); they are left out" in " ".join(ran.err.split())
    assert "mails.csv: 1 row is left out, 'label' is empty (line 6)" in ran.out
    assert "mails.csv: 1 row is left out, 'text' is empty (line 7)" in ran.out


def test_what_is_wrong_with_an_answer_does_not_name_the_sessions_file(ready_home: Home, tmp_path: Path) -> None:
    """It says which answer."""
    mails = tmp_path / "mails.csv"
    rows = [f"{'win a prize' if n % 2 else 'lunch with us'} at {n},{'spam' if n % 2 else 'ham'}" for n in range(30)]
    mails.write_text("text,label\n" + "\n".join(rows) + "\n")
    ran = run_advisor(
        ready_home, "recommend", "tell spam from ham mails", "--examples", mails, "--offline", "--yes",
        "--set", "prompt.template=hello",
    )  # fmt: skip
    assert ran.code == 2
    assert "task.yaml" not in ran.err
    assert "error: prompt.template: lacks the input, so models would not see it" in ran.err
