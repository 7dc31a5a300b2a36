"""Columns of texts: those that are one text, hold spans, replies, terms or subjects."""

import json
import random
from collections.abc import Callable

import pytest

from advisor.interview.files.proposal import propose
from advisor.interview.files.sheet import look
from advisor.task.examples import load_examples
from advisor.task.model import Task
from advisor.task.record import Row
from tests.interview.tables import ENGLISH, Write


def test_columns_that_are_one_text_are_one_input(jsonl: Write) -> None:
    """The texts that the words name; all, if the file has only them and the answer; else a text and its heading."""
    rows = [
        {
            "Subject": f"{text[:12]} {n}",
            "Body": f"{text} {n}",
            "State": ["open", "done"][n % 3 > 0],
            "Team": "uvw"[n % 3],
        }
        for n, text in enumerate(ENGLISH * 4)
    ]
    table = look(jsonl(rows))
    assert propose(table, words="the team of a ticket, by subject and body").input_value == ["Subject", "Body"]
    assert propose(table, words="the team of a ticket, by its body").input_value == "Body"
    assert propose(table, words="which team has a ticket").input_value == ["Subject", "Body"]
    other = [{"Aside" if name == "Subject" else name: cell for name, cell in row.items()} for row in rows]
    assert propose(look(jsonl(other)), words="which team has a ticket").input_value == "Body"
    pairs = [{"premise": row["Subject"], "claim": row["Body"], "label": row["Team"]} for row in rows]
    assert propose(look(jsonl(pairs)), words="does it follow?").input_value == ["premise", "claim"]
    # What was replied, ready-made for each team, is no part of the mail.
    ready = [row | {"Sent": f"Thank you, dear customer, {row['Team'] * 3} will call you soon"} for row in rows]
    assert propose(look(jsonl(ready)), words="which team has a ticket").input_value == ["Subject", "Body"]
    joined = propose(look(jsonl(pairs))).with_columns({"text": "claim"})
    assert (joined.input_value, joined.text_of(Row(1, {"premise": "a", "claim": "b"}))) == ("claim", "b")


def test_marked_parts_of_a_short_text_are_spans(jsonl: Write) -> None:
    """A text without blanks is one, and what is marked in it is not where the text is."""
    pairs = [(who, where) for who in ("姚明", "李娜", "王刚") for where in ("上海", "巴黎", "成都", "杭州")]
    rows = [{"text": f"{who}回到{where}。", "entities": {"人名": [who], "地名": [where]}} for who, where in pairs]
    proposal = propose(look(jsonl([*rows, {"text": "今天天气很好。", "entities": {}}])), words="抽取人名和地名")
    assert (proposal.family, proposal.expected) == ("token-classification", "entities")


def test_names_that_a_cell_lists_are_spans_of_the_text(jsonl: Write) -> None:
    """Several a cell, separated by any mark."""
    rows = [
        {"entry": f"{one} beat {other} in {n} moves.", "players": f"{one} / {other}"}
        for n, (one, other) in enumerate([("Ada Ruiz", "Bo Lind"), ("Cy Orr", "Ada Ruiz"), ("Bo Lind", "Cy Orr")] * 6)
    ]
    found = propose(look(jsonl(rows)))
    assert (found.family, found.expected) == ("token-classification", "players")


@pytest.mark.parametrize(
    "mark",
    ["<{kind}>{part}</{kind}> beat {rest}", "{part} => {kind}", "{part} ({kind})", '[[0, {length}, "{kind}"]]'],
)
def test_parts_that_a_cell_marks_with_their_kinds_are_spans_of_the_text(jsonl: Write, mark: str) -> None:
    """In a copy of the text, in a list with kinds, or by their places."""
    names, places = ("Ada Ruiz", "Bo Lind", "Cy Orr", "Di Ek"), ("York", "Rome", "Bath")
    rows = []
    for n in range(24):
        name, rest = names[n % 4], f"{names[(n + 1) % 4]} at {places[n % 3]} in {n} moves."
        marked = mark.format(kind="WINNER", part=name, rest=rest, length=len(name))
        rows.append({"day": f"2024-03-{n + 1:02}", "entry": f"{name} beat {rest}", "found": marked, "by": "xy"[n % 2]})
    found = propose(look(jsonl(rows)), words="find who won in new entries")
    assert (found.family, found.input_value, found.expected) == ("token-classification", "entry", "found")


def test_fields_named_alike_are_extracted_together(jsonl: Write) -> None:
    """Those that were checked, not what a program read beside them."""
    rows = [
        {
            "Mail": f"Please send {n + 2} boxes of {what} to dock {n % 7}, as {who} said.",
            "OCR what": what if n % 3 else "bolt",
            "OCR count": str(n + 2 if n % 4 else 7),
            "What (checked)": what,
            "Count (checked)": str(n + 2),
        }
        for n, (what, who) in enumerate([("nails", "Ada"), ("screws", "Bo"), ("hinges", "Cy")] * 9)
    ]
    found = propose(look(jsonl(rows)), words="get what is ordered and how many out of a mail, as checked")
    assert (found.family, found.expected_columns) == ("json-extraction", ("What (checked)", "Count (checked)"))


def test_what_an_object_says_of_its_row_is_read_apart(jsonl: Write) -> None:
    """A ticket's priority among its fields; but an object of parts of the text is one answer."""
    rows = [
        {
            "subject": f"{ENGLISH[n % 8]} {n}",
            "fields": {"priority": ("low", "normal", "urgent")[n % 3], "minutes": n * 7},
        }
        for n in range(36)
    ]
    table = look(jsonl(rows))
    assert [column.name for column in table.columns] == ["subject", "fields", "fields.priority", "fields.minutes"]
    found = propose(table, words="tell how urgent a ticket is")
    assert (found.family, found.input_value, found.expected) == ("text-classification", "subject", "fields.priority")
    for key, text in (("found", "{a} sold to {b}"), ("expected", "a note")):
        rows = [
            {"text": text.format(a=f"shop {n}", b=f"dealer {n}"), key: {"seller": f"shop {n}", "buyer": f"dealer {n}"}}
            for n in range(24)
        ]
        assert [column.name for column in look(jsonl(rows)).columns] == ["text", key]


def test_a_few_replies_that_repeat_are_chosen_among(jsonl: Write) -> None:
    """Sentences that each answer several messages are labels; what answers questions is found among the answers."""
    replies = [f"{ENGLISH[n % len(ENGLISH)]} Please call us on line {n}." for n in range(6)]
    rows = [{"message": f"{ENGLISH[n % len(ENGLISH)]} about {n}", "reply": replies[n % 6]} for n in range(36)]
    assert propose(look(jsonl(rows))).family == "text-classification"
    asked = [{"Question": f"{row['message'].rstrip('.')}?", "Answer": row["reply"]} for row in rows]
    assert propose(look(jsonl(asked))).family == "text-retrieval"


def test_long_answers_to_questions_are_found_among_themselves(jsonl: Write) -> None:
    """Beside a topic too; nobody can be expected to write them again letter by letter."""
    rows = [
        {"a": f"{ENGLISH[n % 8][:14]} {n}", "b": f"What do I do if {ENGLISH[n % 8]} {n}?",
         "c": f"Good day! Please write to office {n}. {ENGLISH[-1 - n % 8]} is nothing that we can change {n}."}
        for n in range(24)
    ]  # fmt: skip
    proposal = propose(look(jsonl(rows)))
    assert (proposal.family, proposal.input_columns, proposal.expected) == ("text-retrieval", ("b",), "c")


def test_what_stands_in_nearly_every_text_is_taken_out_of_it(jsonl: Write) -> None:
    """Though it repeats as labels do, and a column of labels stands there too."""
    towns = ["Hamburg", "New York", "Lisbon", "Oslo town"]
    rows = [
        {
            "note": f"{ENGLISH[n % len(ENGLISH)]} It was in {towns[n % 4]}, {n}.",
            "town": towns[n % 4],
            "ward": ("north", "south")[n // 2 % 2],
        }
        for n in range(40)
    ]
    proposal = propose(look(jsonl(rows)), words="find the town")
    assert (proposal.family, proposal.expected) == ("json-extraction", (("town", "town"),))


def test_a_short_subject_that_repeats_is_not_the_text(jsonl: Write) -> None:
    """And a label that no text tells gives way to one that a text does."""
    rows = [
        {
            "subject": ("Help", "Urgent")[n // 3 % 2],
            "description": f"{('refund my bill', 'app crashes again')[n % 2]} {ENGLISH[n % len(ENGLISH)]} {n}",
            "group": ("money", "bugs")[n % 2],
            "priority": ("high", "low")[n // len(ENGLISH) % 2],
        }
        for n in range(48)
    ]
    proposal = propose(look(jsonl(rows)))
    assert (proposal.input_columns, proposal.expected) == (("description",), "group")


def test_of_very_many_columns_those_that_may_be_asked_are_looked_at(jsonl: Write) -> None:
    """Text and label stand among sixty columns of numbers and letters, the label last."""
    rows = [
        {f"f{at}": (n * at) % 97 if at % 2 else "abcd"[n * at % 4] for at in range(60)}
        | {"complaint": f"{text} {n}", "team": ("sales", "repairs")[n % 2]}
        for n, text in enumerate(ENGLISH * 4)
    ]
    proposal = propose(look(jsonl(rows)), words="which team should have the complaint")
    assert (proposal.input, proposal.expected) == ((("text", "complaint"),), "team")


@pytest.mark.parametrize(("query", "grade"), [("keyword", "grade"), ("for", "relevance")])
def test_search_terms_of_one_word_are_queries(jsonl: Write, query: str, grade: str) -> None:
    """By their column's name or the numbers'."""
    draw = random.Random(1)
    terms = ("chair", "phone", "shoes", "tent", "lamp", "soap", "desk", "cup", "bed", "hat", "pen", "bike")
    rows = [
        {query: term, "product": f"{ENGLISH[n % 8][:12]} of {term[n % 3]} no {at * 20 + n}", grade: draw.randint(0, 3)}
        for at, term in enumerate(terms)
        for n in range(20)
    ]
    draw.shuffle(rows)
    proposal = propose(look(jsonl(rows)))
    assert (proposal.family, proposal.input_columns) == ("text-ranking", (query, "product"))


def test_where_a_text_is_from_is_no_part_of_it(jsonl: Write) -> None:
    """A column of texts by its name, whose few values come again, is likelier none, though the file has no others."""
    rows = [
        {
            "id": n,
            "text": f"{text} {n}",
            "sentiment": ("good", "bad")[n % 8 % 2],
            "source": ("shop", "app", "hotel")[n % 3],
        }
        for n, text in enumerate(ENGLISH * 4)
    ]
    proposal = propose(look(jsonl(rows)), words="sort the reviews into good and bad")
    assert (proposal.input_value, proposal.expected) == ("text", "sentiment")
    assert any(dict(one.input).get("text") == "source" for one in proposal.likely)


@pytest.mark.parametrize("as_written", [list, json.dumps])
def test_a_list_of_names_marks_them_in_its_text(jsonl: Write, as_written: Callable[[list[str]], object]) -> None:
    """As JSON or written so in a cell, none in some; the task's own examples have their places."""
    names, places = ("Ada Ruiz", "Bo Lind", "Cy Orr"), ("York", "Rome", "Bath", "Kiel")
    rows = [
        {
            "note": f"{names[n % 3]} and {names[(n + 1) % 3]} met in {places[n % 4]}, {n}." if n % 4 else f"Rain, {n}.",
            "found": as_written([names[n % 3], names[(n + 1) % 3]] if n % 4 else []),
        }
        for n in range(24)
    ]
    path = jsonl(rows)
    found = propose(look(path), words="mark the people in these notes")
    assert (found.family, found.input_value, found.expected) == ("token-classification", "note", "found")
    source = {"path": str(path), "input": "note", "expected": "found"}
    own = {
        "version": 1,
        "name": "people",
        "family": "token-classification",
        "instruction": "people",
        "examples": source,
    }
    examples = load_examples(Task.model_validate(own), path.parent)
    marked = [[part["text"] for part in each.expected] for each in (*examples.teaching, *examples.evidence)]
    assert [] in marked
    assert ["Bo Lind", "Cy Orr"] in marked


def test_objects_of_two_texts_mark_a_text_only_if_they_hold_parts_of_it(jsonl: Write) -> None:
    """Questions with their answers hold none."""
    asked = [{"q": "Who is it?", "a": "Ann"}, {"q": "And where?", "a": "Rome"}]
    rows = [{"note": f"{text} {n}", "about": asked[: 1 + n % 2]} for n, text in enumerate(ENGLISH * 3)]
    assert propose(look(jsonl(rows)), words="label these notes").family != "token-classification"
    marked = [row | {"about": [{"word": row["note"].split()[1], "sort": "X"}]} for row in rows]
    assert propose(look(jsonl(marked)), words="mark the words in these notes").family == "token-classification"
