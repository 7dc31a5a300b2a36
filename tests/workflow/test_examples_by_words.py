"""An example without its task file: words and a CSV are enough, and the answer is that of the task file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.conftest import ROOT, Home, run_advisor

if TYPE_CHECKING:
    from pathlib import Path

STATIC = "wordllama-l2-supercat-256"


def test_words_and_a_csv_reach_the_recommendation(ready_home: Home) -> None:
    """The baselines and the smallest starter model are enough to tell the answers apart; nothing is asked."""
    ran = run_advisor(
        ready_home, "recommend", "tell spam from ham mails, 85% right",
        "--examples", ROOT / "examples/spam/mails.csv", "--set", f"models=[{STATIC}]", "--offline", "--json",
    )  # fmt: skip
    document = json.loads(ran.out)
    assert (ran.code, document["verdict"], document["bar"]["pass_rate"]) == (0, "passes", 0.85)
    assert document["recommended"]["model"] == "words and characters"


def test_all_that_is_wrong_with_a_file_is_told_at_once(ready_home: Home, tmp_path: Path) -> None:
    """By the file's own lines; the session's task file, which nobody wrote, is not named."""
    rows = [f"{'win a prize' if n % 2 else 'lunch with us'} at {n},{'spam' if n % 2 else 'ham'}" for n in range(30)]
    rows[4:4], rows[20:20] = ["an unmarked text,", ","], ["cheap pills for all,Span"]
    mails = tmp_path / "mails.csv"
    mails.write_text("text,label\n" + "\n".join([*rows, "gold for nothing,Spat", "and one more,"]) + "\n")
    words = ("tell spam from ham mails", "--set", "labels=[spam,ham]")
    ran = run_advisor(ready_home, "recommend", *words, "--examples", mails, "--offline", "--yes")
    assert ran.code == 2
    assert "task.yaml" not in ran.err
    assert f"{mails}:22: the label 'Span' is not one of the task's; they are 'spam', 'ham'" in ran.err
    assert "is empty" not in ran.err
    assert "line 35: the label 'Spat' is not one of the task's; they are 'spam', 'ham'" in ran.err


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
