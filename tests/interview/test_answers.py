"""Answers are read by what they settle, and what cannot be is refused in one line with its cure."""

import json
import os
import re
import shlex
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import InputError
from advisor.interview.answers import ENOUGH, checked, usable
from advisor.interview.question import Choice, Question
from catalog import PERMISSIVE_LICENSES
from tests.tables import for_each


@for_each(
    ("key", "value", "read"),
    [
        ("examples.expected", ["bill.date", "bill.total"], {"date": "bill.date", "total": "bill.total"}),
        ("examples.expected", "label", "label"),
        ("license", "apache", ["apache-2.0"]),
        ("license", "MIT License", ["mit"]),
        ("license", "Apache License 2.0, mit", ["apache-2.0", "mit"]),
        ("license", "gpl-3.0", ["gpl-3.0"]),  # not permissive, but of some model
        ("license", "any licence", ["any"]),
        ("license", "commercial", sorted(PERMISSIVE_LICENSES)),
        ("languages", "German, en-US, cmn", ["de", "en", "zh"]),
        ("languages", ["ceb"], ["ceb"]),  # without a name here, but of some model
        ("labels", ["PERSON"], ["PERSON"]),  # enough for spans; the interview checks with the family
        ("labels", "Document (letter, deed), map, map", ["Document (letter, deed)", "map"]),
        ("labels", "'a, b', \u201ec, d\u201c, it's, e(f,g", ["'a", "b'", "\u201ec", "d\u201c", "it's", "e(f", "g"]),
        ("labels", "'a, b', \u201ec, d\u201c, it's, \"e\"", ["a, b", "c, d", "it's", "e"]),
        ("plan", "no", False),
        ("bar.p95_seconds", "1,500 ms", 1.5),
        ("bar.p95_seconds", "1,5 s", 1.5),
        ("bar.p95_seconds", "2 minutes", 120.0),
        ("bar.p95_seconds", "250 milliseconds", 0.25),
        ("tuning", "skip", "skip"),  # a value of its own; elsewhere the word leaves a question open
        ("license", "skip", None),
        ("download", "nothing", 0),
    ],
)
def test_names_are_read_as_people_write_them(key: str, value: Any, read: Any) -> None:
    assert checked(key, value) == read


@for_each(
    ("key", "value", "said"),
    [
        ("license", "fooo", "no known model has the licence"),
        ("license", "gpl", "did you mean gpl-2.0, gpl-3.0"),
        ("license", ["mit", "apachi-2.0"], "did you mean apache-2.0"),
        ("license", "\U0001f389", "no known model has the licence"),
        ("languages", "germna", "did you mean de (German)"),
        ("languages", "klingon", "no known model has the language"),
        ("languages", "de, qq", "no known model has the language 'qq'"),
        ("labels", [], "no label is named"),
        ("labels", {}, "no label is named"),
        ("labels", ["a", "A"], "differ only in case"),
        ("modle", "x", "did you mean models?"),
        ("language", "de", "did you mean constraints.languages?"),
        ("column", "Team", "did you mean examples.input or examples.expected or examples.groups?"),
        ("threshold", 0.9, "`advisor schema` lists the keys"),
    ],
)
def test_a_name_that_no_model_and_no_key_has_is_refused_with_the_nearest(key: str, value: Any, said: str) -> None:
    """Of a key by its spelling, then by the words that say what the others are."""
    with pytest.raises(InputError) as refused:
        checked(key, value)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@for_each("value", ["a, b", 'say "yes"', "two\nlines", "\u202egnol\u202c", "\U0001f600", "semi;colon"])
def test_a_label_is_any_text(value: str) -> None:
    """Given as a list, commas, quotes, line ends and right-to-left marks are its own."""
    assert checked("labels", [value, "other"]) == [value, "other"]


def test_what_is_no_file_is_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder, a pipe, nothing at all, and one that may not be read."""
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    closed = tmp_path / "closed.csv"
    closed.write_text("text,label\n", encoding="utf-8")
    closed.chmod(0)
    (tmp_path / "further.tsv").write_text("a\tb\n", encoding="utf-8")  # a folder's only table is read
    shown = {tmp_path: "is a folder", pipe: "is a pipe", tmp_path / "no.csv": "there is no such file"}
    if not os.access(closed, os.R_OK):  # root reads everything
        shown[closed] = "may not be read"
    for path, said in shown.items():
        with pytest.raises(InputError, match=said):
            checked("examples", str(path))
    (tmp_path / "leaves" / "rust").mkdir(parents=True)
    (tmp_path / "leaves" / "rust" / "1.png").write_bytes(b"x")
    assert checked("examples", tmp_path / "leaves") == str(tmp_path / "leaves")  # one folder a class
    closed.chmod(stat.S_IRUSR)
    monkeypatch.chdir(tmp_path)
    assert checked("examples", "closed.csv") == str(closed)
    with pytest.raises(InputError, match="no such file"):
        checked("examples", json.dumps(["\0"]))


def test_a_path_is_read_as_terminals_paste_it(tmp_path: Path) -> None:
    """In quotes, with escapes, as an address; a name that has them itself is taken as it is."""
    for name in ("Q3 mails.csv", "it's here.csv"):
        path = tmp_path / name
        path.write_text("text,label\na,b\n", encoding="utf-8")
        escaped = str(path).replace(" ", "\\ ").replace("'", "\\'")
        for pasted in (shlex.quote(str(path)), f'"{path}"', escaped, f" {path} ", path.as_uri()):
            assert checked("examples", pasted) == str(path), pasted
    odd = tmp_path / "'a b'"
    odd.write_text("text,label\na,b\n", encoding="utf-8")
    assert checked("examples", str(odd)) == str(odd)


def test_a_file_is_offered_only_where_its_name_is_near(tmp_path: Path) -> None:
    (tmp_path / "summary.csv").write_text("a,b\n", encoding="utf-8")
    for typed, said in (("absent.csv", "give the path of one"), ("sumary.xlsx", "did you mean 'summary.csv'?")):
        with pytest.raises(InputError, match=re.escape(said)):
            checked("examples", str(tmp_path / typed))


@for_each(
    ("words", "read"),
    [
        ("\x1b[200~sort mails\x1b[201~", "sort mails"),
        ("sort \x1b[31mred\x1b[0m mails", "sort red mails"),
        ("\x1b]0;a title\x07sort mails", "sort mails"),
        ("sort mails;\r\nGerman\tonly", "sort mails;\nGerman\tonly"),
        ("sort\x00mails", "sort mails"),
    ],
)
def test_what_a_terminal_pastes_along_is_no_part_of_the_words(words: str, read: str) -> None:
    """Escapes are taken out where the words are given, not refused when the task is made of them."""
    assert checked("words", words) == read


@for_each(
    ("words", "said"),
    [
        ("\x1b[31m", "say it in words"),
        ("a" * 5000, "5,000 characters are too many"),
        ("a \ud83d b", "half a character"),
    ],
)
def test_words_that_cannot_be_used_are_refused_at_once(words: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        checked("words", words)


@pytest.mark.parametrize("key", ["bar.pass_rate", "bar.confidence"])
def test_a_share_that_is_no_number_is_reported_in_words(key: str) -> None:
    """Not in those of the language the program is written in."""
    for words in ("abc", "12 plus 17"):
        with pytest.raises(InputError, match=f"{words} is not a share between 0 and 1"):
            checked(key, words)


@for_each(
    ("words", "share"),
    [
        ("8 su 10", 0.8),
        ("quasi sempre", 0.95),
        ("1 in 20 wrong", 0.95),
        ("at least 90", 0.9),
        ("4 van 5", 0.8),
        ("vier van de vijf", 0.8),
        ("5'te 4", 0.8),
        ("4 из 5", 0.8),
        ("4 z 5", 0.8),
    ],
)
def test_a_share_is_answered_as_people_say_it(words: str, share: float) -> None:
    assert checked("bar.pass_rate", words) == pytest.approx(share)


LABELS = Question(
    "label:3",
    "win money",
    "choice",
    choices=(Choice("spam", "spam"), Choice("unknown", "unknown"), Choice("US", "US"), Choice("us", "us")),
)


@for_each(
    ("value", "read"),
    [("SPAM", "spam"), ("unknown", "unknown"), ("us", "us"), ("US", "US"), ("don't know", None), (None, None)],
)
def test_labels_are_taken_as_they_are_shown_in_capitals_or_not(value: Any, read: Any) -> None:
    assert usable(LABELS, value) == read


def test_what_is_none_of_the_choices_is_reported_with_them() -> None:
    """As they are shown; values and keys of the program are not."""
    with pytest.raises(InputError) as refused:
        usable(replace(LABELS, choices=(*LABELS.choices[:1], Choice(ENOUGH, "enough"))), "ham")
    assert str(refused.value) == "ham is none of spam, enough"


def test_a_path_that_leads_nowhere_has_other_ways_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without files nearby, what may be given instead; a folder of that name below; a task that needs none."""
    (tmp_path / "below" / "texts").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    for key, value, ways in (
        ("examples", "below", ["--examples FILE: ", "--examples hf:"]),
        ("examples", "none.csv", ["--examples FILE: ", "--examples hf:"]),
        ("documents", "texts", ["--set documents=below/texts: a folder", "--set family=NAME: "]),
    ):
        with pytest.raises(InputError) as refused:
            checked(key, value)
        assert [way.startswith(start) for way, start in zip(refused.value.ways, ways, strict=True)] == [True, True], key


def test_the_rate_of_a_column_s_values_may_be_said_as_that_of_labels_is() -> None:
    said = {"column": "county", "pass_rate": 0.8}
    assert checked("bar.per_slice", {"county": 0.8}) == checked("bar.per_slice", said) == said


def test_the_only_file_of_examples_in_a_project_is_taken(tmp_path: Path) -> None:
    """Settings beside and above it are none; of several the one with the most rows is named first."""
    (tmp_path / "bot/data").mkdir(parents=True)
    (tmp_path / "bot/config.yml").write_text("policies:\n- {name: a, epochs: 5}\n- {name: b, epochs: 7}\n")
    intents = "".join(f"- intent: {name}\n  examples: |\n" + "".join(f"    - {name} me {n}\n" for n in range(9))
                      for name in ("greet", "leave"))  # fmt: skip
    (tmp_path / "bot/data/nlu.yml").write_text(f'version: "3.1"\nnlu:\n{intents}')
    assert checked("examples", str(tmp_path / "bot")) == str(tmp_path / "bot/data/nlu.yml")
    (tmp_path / "bot/data/more.yml").write_text(f'version: "3.1"\nnlu:\n{intents}{intents.replace("me", "us")}')
    with pytest.raises(InputError, match=r"name the file in it, such as 'data/more.yml' or 'data/nlu.yml'") as refused:
        checked("examples", str(tmp_path / "bot"))
    assert refused.value.ways[0].startswith(f"--examples {tmp_path}/bot/data/more.yml: ")
