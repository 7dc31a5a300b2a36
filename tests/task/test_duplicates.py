"""Near duplicates are found exactly as defined, whatever the order."""

import json
import random
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.task import example, split
from advisor.task.examples import load_examples
from advisor.task.near_duplicates import near_duplicates
from tests.tables import for_each
from tests.task.helpers import as_csv, load, task_for, write
from tests.task.test_growth import grown, held, refusal

WORDS = ["".join(random.Random(n).choices("abcdefghij", k=2 + n % 8)) for n in range(3000)]


def text(draw: random.Random, words: int = 310) -> str:
    return " ".join(draw.choice(WORDS) for _ in range(words))


def changed(draw: random.Random, of: str, count: int) -> str:
    """Return a text with so many words replaced by others."""
    words = of.split()
    for place in draw.sample(range(len(words)), count):
        words[place] = f"changed{draw.random()}"
    return " ".join(words)


def resemblance(one: str, other: str) -> float:
    """Return Broder's resemblance over runs of three words, written apart."""
    sets = []
    for each in (one, other):
        words = re.findall(r"\w+", each.lower())
        sets.append({tuple(words[n : n + 3]) for n in range(max(1, len(words) - 2))})
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def test_a_long_text_with_a_few_changes_is_a_near_duplicate() -> None:
    """Two changed words of 310: the same example; 100 changed: another."""
    draw = random.Random(1)
    one, other = text(draw), text(draw)
    texts = [one, other, changed(draw, one, 2), changed(draw, one, 100), other.upper() + " !"]
    assert near_duplicates(texts) == [(0, 2), (1, 4)]


def test_short_texts_that_differ_in_a_word_are_two_examples() -> None:
    """One word can turn the answer: nothing short is grouped unless it is the same but for case and punctuation."""
    assert near_duplicates(["turn on the light", "turn off the light", "Turn on the light!", "", "", "?"]) == [(0, 2)]
    assert near_duplicates(["yes", "no", "oh no", "No."]) == [(1, 3)]


def test_scripts_without_spaces_are_compared_by_character() -> None:
    """A long Chinese text with one character changed is a near duplicate."""
    one = "".join(chr(0x4E00 + n * 7) for n in range(120))
    assert near_duplicates([one, one[:60] + "一一" + one[61:], one[::-1]]) == [(0, 1)]


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_groups_hold_what_resembles_and_do_not_depend_on_order(seed: int) -> None:
    """Each member resembles another of its group; all pairs from 0.8 on are together; order changes nothing."""
    draw = random.Random(seed)
    bases = [text(draw, draw.randint(5, 120)) for _ in range(4)]
    texts = [changed(draw, base, draw.randint(0, min(6, len(base.split()) - 1))) for base in bases for _ in range(5)]
    texts += [text.split(" ", 9)[-1] for text in texts]  # shorter ones, to be found from either side
    groups = near_duplicates(texts)
    together = {text: group for group in groups for text in group}
    for group in groups:
        for one in group:
            assert max(resemblance(texts[one], texts[other]) for other in group if other != one) >= 0.8 - 1e-9
    for one in range(len(texts)):
        for other in range(one):
            if resemblance(texts[one], texts[other]) >= 0.8 - 1e-9:
                assert other in together[one]
    order = list(range(len(texts)))
    draw.shuffle(order)
    again = near_duplicates([texts[n] for n in order])
    assert {frozenset(order[n] for n in group) for group in again} == {frozenset(group) for group in groups}


@given(st.lists(st.text(max_size=40), max_size=12))
def test_any_text_will_do(texts: list[str]) -> None:
    """Empty lists, empty texts, lone surrogates and control characters are no error."""
    groups = near_duplicates([*texts, "\ud800 x y"])
    assert all(len(group) > 1 for group in groups)
    assert near_duplicates(["", " ", "?"][: len(texts)]) == []


def long(first: int, count: int) -> list[tuple[str, str]]:
    """Return rows of sixty words that have nothing in common."""
    return [(" ".join(f"word{n}a{k}" for k in range(60)), "xy"[n % 2]) for n in range(first, first + count)]


def with_a_word_more(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return rows that are nearly the same."""
    return [(f"{text} indeed", label) for text, label in rows]


def test_what_teaches_is_not_nearly_the_same_as_evidence(tmp_path: Path) -> None:
    """A training row that equals an evidence row but for a word is set aside, as it is within one file."""
    rows = long(0, 60)
    write(tmp_path / "teach.csv", as_csv([*with_a_word_more(rows[:40]), *long(60, 60)]))
    found = load(tmp_path, rows, teaching={"path": "teach.csv"})
    assert {e.input for e in found.evidence} == {text for text, _ in rows}
    assert {e.input for e in found.teaching} == {text for text, _ in long(60, 60)}
    (note,) = [note for note in found.notes if "nearly the same" in note]
    assert note.startswith("teach.csv: 40 inputs nearly the same as others set aside, e.g. line ")
    assert " of rows.csv; each counts once" in note
    within = load(tmp_path, [*rows, *with_a_word_more(rows[:40])])
    assert any(note.startswith("rows.csv: 40 inputs nearly the same as others set aside") for note in within.notes)


def test_near_duplicates_across_files_are_kept_on_request(tmp_path: Path) -> None:
    rows = long(0, 20)
    write(tmp_path / "teach.csv", as_csv([*with_a_word_more(rows[:10]), *long(20, 4)]))
    source = {"path": "rows.csv", "near_duplicates": "keep"}
    found = load(tmp_path, rows, teaching={"path": "teach.csv"}, examples=source)
    assert (len(found.teaching), len(found.evidence)) == (14, 20)


def test_evidence_that_is_added_is_not_nearly_the_same_as_what_teaches(tmp_path: Path) -> None:
    """The heads are trained by then: the new row is set aside; one that is the same is refused."""
    teach = long(0, 10)
    write(tmp_path / "teach.csv", as_csv([*teach, *with_a_word_more(long(20, 1))]))
    more: dict[str, Any] = {"teaching": {"path": "teach.csv"}}
    begun = grown(tmp_path, long(20, 10), **more)
    assert len(begun.teaching) == 10
    after = grown(tmp_path, [*long(20, 10), *with_a_word_more(teach[:4]), *long(40, 3)], [held(begun)], **more)
    assert after.looks == (10, 3)
    assert any("rows.csv: 4 inputs nearly the same as others" in n and "of teach.csv;" in n for n in after.notes)
    assert "is also in" in refusal(tmp_path, [*long(20, 10), teach[0]], [held(begun)], **more)


def test_of_very_many_rows_some_are_drawn_and_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a limit the seed draws, wherever rows stand and whether or not memory holds them; the plan says so."""
    monkeypatch.setattr(split, "MOST_DRAWN", 30)
    monkeypatch.setattr(split, "MAX_EVIDENCE", 10)
    rows = [*long(0, 30), *with_a_word_more(long(0, 30))]
    one = load(tmp_path, rows, teaching={"count": 2})
    monkeypatch.setattr(example, "_PAGE", 7)
    other = load(tmp_path, rows[::-1], teaching={"count": 2})
    assert [e.id for e in one.evidence] == [e.id for e in other.evidence]
    assert len(one.evidence) == 10
    kept = [e.input.removesuffix(" indeed") for e in (*one.teaching, *one.evidence)]
    assert len(set(kept)) == len(kept) == 10 + len(one.teaching)
    assert "rows.csv: of 60 distinct inputs the seed draws 30; the others are not used" in one.notes


def test_as_many_rows_are_compared_as_a_task_wants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that sets many apart to teach has them all."""
    monkeypatch.setattr(split, "MOST_DRAWN", 30)
    monkeypatch.setattr(split, "MAX_EVIDENCE", 10)
    assert len(load(tmp_path, long(0, 80), teaching={"count": 50}).teaching) == 50
    assert len(load(tmp_path, long(0, 80), teaching={"share": 0.5}).teaching) == 40


def test_what_is_critical_is_asked_whatever_is_set_aside(tmp_path: Path) -> None:
    """Both of two that are nearly the same, and a repeat: none teaches. Of those named by their ids none may lack."""
    draw = random.Random(3)
    one = text(draw)
    texts = [one, changed(draw, one, 2), *(f"mail {n}" for n in range(40)), "MAIL 39"]
    marked = {0, 1, 20, 21, 22, 23, 42}
    rows = "".join(f"{each},{'ab'[n % 2]},{'yes' if n in marked else 'no'}\n" for n, each in enumerate(texts[:-1]))
    write(tmp_path / "rows.csv", f"text,label,must\n{rows}MAIL 39,{'ab'[41 % 2]},yes\n")

    def found(critical: Any) -> Any:
        examples = {"path": "rows.csv", "input": "text", "expected": "label"}
        return load_examples(
            task_for("rows.csv", examples=examples, teaching={"count": 10}, bar={"critical": critical}), tmp_path
        )

    critical = found("must").critical
    assert sorted(each.input for each in critical) == sorted([*(texts[n] for n in marked)])
    assert not {each.id for each in critical} & {each.id for each in found("must").teaching}
    ids = [each.id for each in critical]
    assert [each.id for each in found(ids).critical] == ids
    with pytest.raises(InputError, match=r"no example has the id 'other' of bar\.critical"):
        found([*ids, "other"])


@for_each("are_asked", [True, False])
def test_what_nearly_all_inputs_share_in_a_column_makes_none_of_them_alike(*, are_asked: bool) -> None:
    """Short answers to two long questions are as many; where few have a part in common, it is what they say."""
    draw = random.Random(5)
    asked = [text(draw, 60), text(draw, 60)] if are_asked else [*(text(draw, 60) for _ in range(40)), *[text(draw)] * 4]
    said = [(asked[n % len(asked)], f"{WORDS[n]} it is" if n < 44 else "no idea") for n in range(88)]
    rows = [{"question": question, "answer": answer, "label": "ab"[n % 2]} for n, (question, answer) in enumerate(said)]
    with TemporaryDirectory() as folder:
        write(Path(folder) / "x.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
        source = {"path": "x.jsonl", "input": ["question", "answer"]}
        examples = load_examples(task_for("", examples=source), Path(folder))
    assert len(examples.evidence) + len(examples.teaching) == (46 if are_asked else 41)
