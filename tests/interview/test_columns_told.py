"""Columns that are no answer or no input, by their values, their names and the words."""

import pytest

from advisor.errors import InputError
from advisor.interview.facts import Fact, Source, Understanding
from advisor.interview.files.interpret import look_at
from advisor.interview.files.proposal import propose
from advisor.interview.files.settled import facts
from advisor.interview.files.sheet import look
from tests.interview.tables import ENGLISH, Write, of


@pytest.mark.parametrize(
    ("more", "words", "is_refused"),
    [
        ({}, "the topic of an article (its section)", True),
        ({}, "the section, from tone and author", False),
        ({"text": "{n} is what it says at length"}, "the topic of an article (its section)", False),
    ],
)
def test_a_table_of_ids_and_labels_has_nothing_to_read(
    jsonl: Write, more: dict[str, str], words: str, *, is_refused: bool
) -> None:
    """Unless a label may be the input: words name several, or it is more varied than all others."""
    rows = [
        {"article_id": f"N{n:05}", "tone": "abc"[n % 3] * 4, "author": "xy"[n % 2] * 4, "section": "defgh"[n % 5] * 4}
        | {name: text.format(n=n) for name, text in more.items()}
        for n in range(60)
    ]
    path = str(jsonl(rows))
    known = Understanding((Fact("words", words, Source.WORDS), Fact("examples", path, Source.ANSWER)))
    if not is_refused:
        assert look_at(path, known)[0].columns
        return
    with pytest.raises(
        InputError, match=r"no texts, but ids \('article_id'\) and labels \('tone', 'author', 'section'\)"
    ):
        look_at(path, known)


def test_an_answer_that_is_its_input_or_told_by_gaps_is_none(jsonl: Write) -> None:
    """A copy of the text is never asked for; a column that only the rows of one answer fill is no input."""
    rows = [
        {"word": text, "parts": text, "kind": ["verb", "noun"][n % 2], "match": f"{text[:9]} {n}" * (n % 2)}
        for n, text in enumerate(ENGLISH * 3)
    ]
    proposal = propose(look(jsonl(rows)), words="split words into parts, as we did")
    assert ("word", "parts") not in {(*each.input_value, *each.answers) for each in proposal.likely}
    every = [each for each in proposal.likely if each.expected == "kind"]
    assert every
    assert not any("match" in dict.fromkeys(name for _, name in each.input) for each in every)
    assert all(each.input for each in proposal.likely)


def test_of_two_columns_the_one_that_comes_again_is_the_answer(jsonl: Write) -> None:
    """Whatever the words sound like; who wrote a text is none."""
    said = {"sentence-similarity": 0.9}
    rows = [{"question": f"{text[:-1]} {n}?", "part": f"{n % 8:032x}"} for n, text in enumerate(ENGLISH * 3)]
    assert propose(look(jsonl(rows)), meant=said).expected == "part"
    written = [{"question": row["question"], "author": row["part"]} for row in rows]
    assert propose(look(jsonl(written)), meant=said).expected is None


def test_columns_are_named_with_and_without_accents(jsonl: Write) -> None:
    rows = [
        {"Nội dung": f"{text} {n}", "Nhãn": "abc"[n % 3] * 3, "Nguy cơ rời mạng": ["no", "yes"][n % 2]}
        for n, text in enumerate(ENGLISH * 4)
    ]
    for words in ("cột 'Nguy cơ rời mạng'", "cot 'nguy co roi mang'"):
        assert propose(look(jsonl(rows)), words=words).expected == "Nguy cơ rời mạng"


@pytest.mark.parametrize("name", ["must_include", "expected_keywords", "answerMustContain"])
def test_lists_of_what_an_answer_must_hold_are_no_labels(jsonl: Write, name: str) -> None:
    rows = [
        {"id": n, "question": f"{text} {n}?", name: ["red", f"on {n % 6}"][: 1 + n % 2]}
        for n, text in enumerate(ENGLISH * 4)
    ]
    proposal = propose(look(path := jsonl(rows)), words="answer questions of customers")
    assert (proposal.family, proposal.expected) == ("text-generation", name)
    assert of(facts(look(path), proposal), "scoring.metric") == "contains"
