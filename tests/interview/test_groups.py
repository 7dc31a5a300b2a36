"""Rows that may belong together: seen in a file or read in the words, asked once, or reported without a user."""

from typing import Any

import pytest

from advisor.api import Defaults
from advisor.cli.scripted import CommandLine
from advisor.interview.answers import checked
from advisor.interview.ask import next_question
from advisor.interview.files.groups import likely
from advisor.interview.files.proposal import propose
from advisor.interview.files.sheet import look
from advisor.interview.write_task import task_document
from catalog import Catalog
from tests.interview.tables import ENGLISH, Write
from tests.interview.test_understand import seen
from tests.interview.test_worth import pool

WORDS = "sort support mails into billing, bug, other"
LABELS = ("billing", "bug", "other")


def mails(groups: int = 12, **columns: Any) -> list[dict[str, Any]]:
    """Return five rows of each group with further columns: functions of group and row."""
    return [
        {
            "text": f"{ENGLISH[(group + row) % 8]} {chr(65 + group % 26)} {chr(97 + row)}{'x' * (group // 26)}",
            "label": LABELS[(group * 5 + row) % 3],
        }
        | {name: value(group, row) for name, value in columns.items()}
        for group in range(groups)
        for row in range(5)
    ]


def test_a_column_of_whom_rows_come_from_is_asked_about_once(shipped: Catalog, jsonl: Write) -> None:
    """With how many rows would count; either answer settles it, and "no" leaves a line."""
    path = jsonl(mails(author=lambda group, _: f"Ann {chr(65 + group)}"))
    found = seen(WORDS, path, shipped)
    question = next_question(found, pool(shipped))
    assert question is not None
    assert question.key == "examples.groups"
    assert [choice.value for choice in question.choices] == ["author", None]
    few = "too few to certify 90%, which takes about 37 with none wrong"
    assert question.choices[0].detail == f"one row of each counts, about 6 as evidence: {few}"
    assert question.choices[1].detail == "about 37 as evidence"
    assert "12 different values of 'author'" in next(n.text for n in found.understanding.notices if n.key == "groups")
    for answer, count in (("author", 0), (None, 1)):
        answered = seen(WORDS, path, shipped, {"examples.groups": checked("examples.groups", answer)})
        after = next_question(answered, pool(shipped))
        assert after is None or after.key != "examples.groups"
        assert sum(notice.key == "groups" for notice in answered.understanding.notices) == count
        assert task_document(answered.understanding)["examples"].get("groups") == answer


def test_few_values_of_what_rows_are_about_are_told_and_not_asked_about(shipped: Catalog, jsonl: Write) -> None:
    """Rows of one tense are no more alike than other texts of a level; with enough of them each may count once."""

    def rows(groups: int) -> list[dict[str, Any]]:
        tenses = mails(groups, tense=lambda group, _: f"tense {chr(65 + group // 26)}{chr(65 + group % 26)}")
        return [row | {"label": LABELS[at // 5 % 3]} for at, row in enumerate(tenses)]

    for groups, is_asked in ((9, False), (90, True)):
        found = seen(WORDS, jsonl(rows(groups)), shipped)
        question = next_question(found, pool(shipped))
        assert (question is not None and question.key == "examples.groups") is is_asked
        assert any(each.key == "groups" for each in found.understanding.notices)


@pytest.mark.parametrize("takes_defaults", [True, False])
def test_without_a_user_texts_of_a_template_count_once_where_enough_are_left(
    shipped: Catalog, jsonl: Write, capsys: pytest.CaptureFixture[str], *, takes_defaults: bool
) -> None:
    """By the command line and from Python alike; if only the name matches, each row counts by itself, with a notice."""
    line = CommandLine(json_output=False, takes_defaults=takes_defaults)
    found = seen(WORDS, jsonl(mails(author=lambda group, _: f"Ann {chr(65 + group)}")), shipped)
    question = next_question(found, pool(shipped))
    assert question is not None
    assert line.ask(question, found.understanding).value is None
    assert Defaults().ask(question, found.understanding).value is None
    capsys.readouterr()
    for templates, taken, why in (
        (80, "text", "yes, by 'text' without its numbers (claims less: texts of one template"),
        (24, None, "no, each row counts by itself (one of each would leave 18 as evidence, too few to certify 90%"),
    ):
        orders = [
            {"text": f"{ENGLISH[at % 8]} {chr(65 + at % templates // 8)}, order {at}", "label": LABELS[at % 3]}
            for at in range(3 * templates)
        ]
        found = seen(WORDS, jsonl(orders), shipped)
        question = next_question(found, pool(shipped))
        assert question is not None
        assert line.ask(question, found.understanding).value == taken
        said_so = " ".join(capsys.readouterr().err.split())
        assert f"examples.groups: {why}" in said_so
        assert f"--set examples.groups={'unknown' if taken else 'text'} changes it" in said_so
        assert Defaults().ask(question, found.understanding).value == taken


def test_whether_many_that_are_nearly_the_same_count_once_is_asked(
    shipped: Catalog, jsonl: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the effect of each answer; without a user the default is taken, in one line with the flag to change it."""
    texts = [" ".join(ENGLISH[(n * 3 + m) % 8] + f" {chr(65 + n)}{m}" for m in range(6)) for n in range(20)]
    rows = [
        {"text": f"{text} {end}", "label": LABELS[n % 3]}
        for n, text in enumerate(texts)
        for end in ("please", "thank you", "again")
    ]
    found = seen(WORDS, path := jsonl(rows), shipped)
    question = next_question(found, pool(shipped))
    assert question is not None
    assert (question.key, question.default) == ("examples.near_duplicates", "once")
    assert question.why.startswith("40 of 60 differ from others in a few words.")
    once, keep = (choice.detail for choice in question.choices)
    assert once == "about 14 as evidence: too few to certify 90%, which takes about 37 with none wrong"
    assert keep.startswith("about 3")
    assert CommandLine(json_output=False, takes_defaults=True).ask(question, found.understanding).value == "once"
    said_so = " ".join(capsys.readouterr().err.split())
    assert "examples.near_duplicates: yes, one of each (claims less: 40 of 60 inputs are nearly the same" in said_so
    assert "--set examples.near_duplicates=keep changes it" in said_so
    answered = seen(WORDS, path, shipped, {question.key: checked(question.key, "keep")})
    after = next_question(answered, pool(shipped))
    assert after is None or after.key != question.key
    assert task_document(answered.understanding)["examples"]["near_duplicates"] == "keep"


def test_the_line_names_what_changes_the_answer_that_is_taken(
    shipped: Catalog, jsonl: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """And not that answer once more; as a shell takes it."""
    teams = mails(60, **{"the team": lambda group, row: f"team {'xyz'[(group * 5 + row) % 3]} {group // 2}"})
    authors = mails(**{"the author": lambda group, _: f"Ann {chr(65 + group)}"})
    orders = [{"mail": f"{ENGLISH[n % 8]} {n}", "reply": f"Thank you, {n} of them come on Friday."} for n in range(60)]
    line = CommandLine(json_output=False, takes_defaults=False)
    for key, option, words, rows in (
        ("examples.groups", "--set examples.groups=unknown", WORDS, teams),
        ("examples.groups", "--set 'examples.groups=the author'", WORDS, authors),
        ("scoring.metric", "--set scoring.metric=contains", "write a reply to each mail", orders),
    ):
        path, answers = jsonl(rows), dict[str, Any]()
        while key not in answers:
            question = next_question(found := seen(words, path, shipped, answers), pool(shipped))
            assert question is not None
            answers[question.key] = line.ask(question, found.understanding).value
        assert f"; {option} changes it" in capsys.readouterr().err.splitlines()[-1]


def test_queries_of_one_right_answer_are_asked_about(shipped: Catalog, jsonl: Write) -> None:
    """Unless they are answered each by itself; nothing is assumed."""
    pages = [f"{text} {n}" for n, text in enumerate(ENGLISH)]
    rows = [
        {"query": f"{how} {page}", "passages": [*pages[n:], *pages[:n]], "best": 0}
        for n, page in enumerate(pages)
        for how in ("where is", "tell me of", "how can I know that", "looking for")
    ]
    answers = {"family": "text-ranking", "examples.near_duplicates": "keep"}
    found = seen("put the passages in order", jsonl(rows), shipped, answers)
    question = next_question(found, pool(shipped))
    assert question is not None
    assert (question.key, question.default) == ("examples.groups", None)
    assert question.why.startswith("32 queries have 8 different right answers.")
    assert [choice.value for choice in question.choices] == ["best", None]
    table = look(jsonl([row | {"passages": [f"other {n}", f"this {n}"]} for n, row in enumerate(rows)]))
    assert not likely(table, propose(table, "text-ranking"))


def test_a_query_is_one_example_with_all_its_rows(jsonl: Write) -> None:
    """Its number groups nothing further; a customer with several queries may."""
    rows = [
        {"number": f"q{n:03}", "client": f"C-{n // 4 * 37}", "query": f"{ENGLISH[n % 8]} {n}", "product": f"a {n} {at}",
         "grade": at % 3} for n in range(48) for at in range(5)
    ]  # fmt: skip
    table = look(jsonl(rows))
    found = likely(table, propose(table, "text-ranking"))
    assert [(each.column, each.groups, each.rows) for each in found if not each.is_form] == [("client", 12, 48)]


@pytest.mark.parametrize(
    ("column", "is_seen"),
    [
        ({"ref": lambda group, _: f"T-{group * 37}"}, True),  # codes
        ({"team": lambda group, row: f"team {chr(65 + (group * 5 + row) % 3 * 4 + row % 4)}"}, True),  # tells the label
        ({"city": lambda group, row: f"city {chr(65 + (group * 5 + row) * 7919 % 101 % 12)}"}, False),  # tells nothing
        ({"id": lambda group, row: f"T-{group * 5 + row}"}, False),  # each row its own
        ({"id": lambda group, row: str((group * 5 + row) % 20 + 1)}, False),  # numbers the rows of three sheets
        ({"author": lambda group, _: f"Ann {group % 3}"}, False),  # three of them: a property
        ({"age": lambda group, _: 20 + group}, False),
        ({"day": lambda group, _: f"2024-05-{group + 1:02}"}, False),
        (
            {"label": lambda group, _: f"F{group}", "entry": lambda group, _: f"Title {chr(65 + group)}"},
            False,
        ),  # its name
    ],
)
def test_what_is_no_accident_is_seen(jsonl: Write, column: dict[str, Any], *, is_seen: bool) -> None:
    """Values that repeat are not enough: they must be codes, named as an origin, or go with the label."""
    table = look(jsonl(mails(**column)))
    assert bool(likely(table, propose(table, expected="label"))) == is_seen


def test_long_texts_group_nothing_unless_they_hold_the_inputs(jsonl: Write) -> None:
    """Further parts of the inputs repeat and tell the label, too; articles from which sentences were taken are one."""
    for has_inputs in (False, True):
        rows = []
        for n in range(12):
            texts = [f"{ENGLISH[n % 8]} {chr(65 + n)}{end}" for end in "abcde"]
            details = " ".join(texts) if has_inputs else f"{ENGLISH[-n % 8]} {ENGLISH[n % 7]} {'?!'[n // 8]}"
            rows += [{"text": text, "label": LABELS[n % 3], "details": details} for text in texts]
        table = look(jsonl(rows))
        proposal = propose(table, words="sort texts by label", expected="label")
        assert proposal.input_columns == ("text",)
        found = [each.column for each in likely(table, proposal) if not each.is_form]
        assert found == ["details"] * has_inputs


def test_what_another_person_answered_groups_nothing(jsonl: Write) -> None:
    """Rows that two people gave the same code are none of one origin."""
    rows = [
        {"text": f"{ENGLISH[n % 8]} {chr(65 + n % 9)}{n}", "code": f"C{n % 9}", "second": f"C{(n + (n % 5 == 0)) % 9}"}
        for n in range(90)
    ]
    table = look(jsonl(rows))
    proposal = propose(table, words="give each text its code", expected="code")
    assert proposal.expected == "code"
    assert not any(each.column == "second" for each in likely(table, proposal))


def test_runs_of_one_template_are_asked_about(shipped: Catalog, jsonl: Write) -> None:
    """Texts that differ only in their numbers prove less than their number; the input's own column groups them."""
    rows = [{"text": f"Order {n * 7919} has been shipped on day {n}", "label": LABELS[n % 2]} for n in range(30)]
    path = jsonl([*mails(), *rows])
    found = seen(WORDS, path, shipped)
    question = next_question(found, pool(shipped))
    assert question is not None
    assert (question.key, question.choices[0].value) == ("examples.groups", "text")
    assert "90 different inputs are 61 without their numbers" in question.why
    answered = seen(WORDS, path, shipped, {"examples.groups": checked("examples.groups", "text")})
    assert not any(notice.key == "groups" for notice in answered.understanding.notices)
    assert not likely(look(jsonl(mails())), propose(look(jsonl(mails()))))
