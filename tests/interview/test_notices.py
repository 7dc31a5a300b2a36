"""What is said of odd files, and that nothing is said of good ones."""

import json
from collections.abc import Iterable, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.interview.facts import Notice
from advisor.interview.file_questions import same_labels_question
from advisor.interview.files.notices import notices
from advisor.interview.files.proposal import propose
from advisor.interview.files.sheet import look
from advisor.interview.files.text_notices import mojibake
from advisor.interview.understand import understand
from advisor.task.labels import Spellings, how_alike
from catalog import Catalog
from tests.interview.tables import ENGLISH, GERMAN
from tests.interview.test_worth import pool
from tests.tables import for_each

EXAMPLES = Path(__file__).parents[2] / "examples"
WORDS = [
    "river", "stone", "cloud", "maple", "copper", "lantern", "meadow", "signal", "harbour", "velvet", "pepper",
    "window", "garden", "thunder",
]  # fmt: skip


def some_text(n: int) -> str:
    """Return one of many different texts that tell no label."""
    return f"{ENGLISH[n % 8]} {WORDS[n % 14]} {WORDS[n * 7 % 13]} {n}"


@pytest.fixture
def said(tmp_path: Path) -> Any:
    """Return what is said of rows, by key."""

    def of(rows: Sequence[dict[str, Any]], family: str | None = None, **columns: str) -> dict[str, Notice]:
        path = tmp_path / "rows.jsonl"
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        table = look(path)
        return {each.key: each for each in notices(table, propose(table, family).with_columns(columns))}

    return of


def test_a_second_persons_labels_are_told_with_how_often_they_differ(said: Any) -> None:
    """Not a program's guess, nor a column of other values."""
    rows = [{"text": some_text(n), "anna": "ab"[n % 2], "joerg": "ab"[n % 2]} for n in range(40)]
    assert "other_judge" not in said(rows, expected="joerg"), "they never differ"
    for row in rows[:6]:
        row["anna"] = {"a": "b", "b": "a"}[row["anna"]]
    told = said(rows, expected="joerg")["other_judge"].text
    assert told.startswith("'anna' has the same labels, and differs from 'joerg' in 6 of 40 rows: the two agree in 85%")
    assert told.endswith("--set examples.expected=anna takes the other's")
    guessed = [{"text": row["text"], "predicted": row["anna"], "label": row["joerg"]} for row in rows]
    assert "other_judge" not in said(guessed, expected="label")


def rows_with(labels: Iterable[str], count: int) -> list[dict[str, Any]]:
    return [{"text": some_text(n), "label": label} for n, label in enumerate(islice(cycle(labels), count))]


def test_where_a_file_tags_words_and_the_words_sort_texts_the_file_wins_and_it_is_said(
    tmp_path: Path, shipped: Catalog
) -> None:
    path = tmp_path / "x.conll"
    path.write_text("".join(f"{n} O\nAnna B-PER\nleft O\n{n + 1}th B-DATE\n\n" for n in range(40)), encoding="utf-8")
    for words, is_said in (("classify these sentences by sentiment", True), ("find persons in texts", False)):
        known = understand(words, {"examples": str(path)}, pool(shipped), shipped).understanding
        assert known.value("family") == "token-classification"
        said = [each.text for each in known.notices if each.key == "family"]
        assert [each.startswith("the kind of task is the file's, token-classification") for each in said] == [
            True
        ] * is_said


@for_each("name", ["spam/mails.csv", "glossary/definitions.csv", "speeches/passages.csv"])
def test_nothing_is_said_of_the_ready_examples(name: str) -> None:
    """They are balanced, whole and without repeats: any word on them is a false alarm."""
    table = look(EXAMPLES / name)
    assert notices(table, propose(table)) == ()


@for_each(
    ("one", "other", "how"),
    [
        ("billing", "Billing", "case"),
        ("sign up", "sign-up", "blanks or signs"),
        ("invoice", "invoices", "plural"),
        ("category", "categories", "plural"),
        ("prezzo", "Prezzi", "plural"),
        ("bolletta", "bollette", "one letter"),
        ("billing", "biling", "one letter"),
        ("shipping", "shippnig", "one letter"),
        ("refund", "refunt", "one letter"),
        ("spam", "ham", ""),
        ("typical", "atypical", ""),
        ("category 1", "category 2", ""),
        ("level a", "level b", ""),
        ("positive", "negative", ""),
        ("male", "female", ""),
        ("import", "export", ""),
        ("internal", "external", ""),
        ("1", "2", ""),
        ("B-PER", "I-PER", ""),
    ],
)
def test_labels_that_look_alike(one: str, other: str, how: str) -> None:
    """Case, signs, plural and slips are alike; opposites and numbers are not."""
    found = how_alike(one, other, is_rare=True)
    assert (how in found) if how else not found


def test_a_slip_is_rarer_than_what_was_meant() -> None:
    """Two labels as frequent as each other are two labels."""
    assert not how_alike("trial", "trail", is_rare=False)
    assert not how_alike("data", "date", is_rare=True)


@given(st.text(max_size=12), st.text(max_size=12))
def test_no_two_labels_break_the_comparison(one: str, other: str) -> None:
    """Any two texts have an answer."""
    assert isinstance(how_alike(one, other, is_rare=True), str)


def test_signs_for_right_and_wrong_are_labels_as_keyboards_write_them() -> None:
    """Circles are one label, crosses another; of an empty and a filled triangle it is said that they are alike."""
    found = Spellings(
        (), {"\u25cb": 9, "\u3007": 4, "\u25ef": 2, "\u00d7": 8, "\u2715": 3, "x": 1, "\u25b3": 5, "\u25b2": 2}
    )
    assert [found.of(each) for each in "\u3007\u25ef\u2715x\u25b2"] == [*"\u25cb\u25cb\u00d7\u00d7\u25b2"]
    assert how_alike("\u25b3", "\u25b2", is_rare=True)
    assert not how_alike("\u25cb", "\u25b3", is_rare=True)
    assert not how_alike("+", "-", is_rare=True)


def test_labels_that_may_be_one_are_asked_about_before_a_run(shipped: Catalog, tmp_path: Path) -> None:
    """In singular and plural, or in two languages; unasked they stay as they are, and a line says so."""
    path = tmp_path / "rows.csv"

    def question(labels: Sequence[str], **given: Any) -> Any:
        texts = (f"{some_text(n)},{labels[n % len(labels)]}\n" for n in range(64))
        path.write_text("text,label\n" + "".join(texts), encoding="utf-8")
        seen = understand("sort by label", {"examples": str(path)} | given, pool(shipped), shipped)
        return same_labels_question(seen)

    asked = question(["bug", "bugs", "complaint", "Beschwerde"])
    assert {frozenset(pair) for pair in asked.choices[0].value.items()} == {
        frozenset({"bug", "bugs"}),
        frozenset({"complaint", "Beschwerde"}),
    }
    assert (asked.default, asked.is_reading, asked.default_from) == (None, True, "labels are kept as the file has them")
    merged = {"examples.same_labels": {"bugs": "bug", "Beschwerde": "complaint"}}
    assert question(["bug", "bugs", "complaint", "Beschwerde"], **merged) is None
    for others in (["bug", "debug", "billing"], ["Kasse", "Trainer", "Vorstand"], ["refund", "return", "Beschwerde"]):
        assert question(others) is None, others
    for others in (["S", "N"], ["Sí", "No"], ["W", "in"]):
        assert question(others) is None, others


def test_alike_labels_are_reported_with_their_counts(said: Any) -> None:
    """Blanks and case make one label of two spellings; a plural may be another label."""
    found = said(rows_with(["billing", "bug", "other"], 60) + rows_with(["Billing "], 6))
    assert found["spellings"].text == "labels spelt in several ways count as one: 'billing' also as 'Billing' (6 rows)"
    assert "alike_labels" not in found
    found = said(rows_with(["bill", "bug", "other"], 60) + rows_with(["bills"], 6))
    assert "'bill' (20 rows) and 'bills' (6) look like one in singular and plural" in found["alike_labels"].text


def test_a_mark_for_a_label_that_is_not_known_is_reported(said: Any) -> None:
    """With its rows, and it is no rare label; where people answer yes or no, not applicable is a third answer."""
    found = said(rows_with(["billing", "bug"], 80) + rows_with(["?"], 2) + rows_with(["N/A"], 1))
    assert "left out, as the label is not known: 3 rows labelled '?' or 'N/A'" in found["spellings"].text
    assert "few_of_a_class" not in found
    assert "spellings" not in said(rows_with(["yes", "no"], 80) + rows_with(["n/a"], 3))


def test_a_class_with_four_examples_is_reported(said: Any) -> None:
    """With its number; even classes are not."""
    found = said(rows_with(["billing", "bug"], 80) + rows_with(["refund"], 4))
    assert "'refund' has 4 of 84 examples" in found["few_of_a_class"].text
    assert "few_of_a_class" not in said(rows_with(["a", "b", "c"], 24))


def test_a_class_over_95_percent_is_grave(said: Any) -> None:
    """At 97% it is reported, at 90% it is not."""
    found = said(rows_with(["ok"], 97) + rows_with(["bad"], 3), label="label")
    assert found["one_class"].is_grave
    assert "97 of 100 labels (97%)" in found["one_class"].text
    assert "one_class" not in said(rows_with(["ok"], 90) + rows_with(["bad"], 10))


def test_empty_cells_are_reported_with_their_share(said: Any) -> None:
    """3% empty: the issue's own example."""
    rows = rows_with(["a", "b"], 97) + [{"text": some_text(200 + n), "label": ""} for n in range(3)]
    assert "3 of 100 rows (3.0%) have nothing in 'label'" in said(rows)["empty"].text
    for row in rows[97:]:
        row |= {"text": "", "note": "nothing said"}
    assert "3 of 100 rows (3.0%) have nothing in 'text' and 'label' (" in said(rows)["empty"].text, "the same rows once"


def test_rows_in_which_nothing_stands_are_counted_alone(said: Any) -> None:
    """They are left out where the examples are read, so no cell of them is amiss."""
    rows = rows_with(["a", "b"], 20)
    found = said([*rows, {"text": " ", "label": None}, {"text": "", "label": ""}])
    assert found["blank"].text == "2 empty rows are left out"
    assert "empty" not in found
    assert said([*rows, {"text": "", "label": ""}])["blank"].text == "1 empty row is left out"
    assert "blank" not in said(rows)


def test_a_question_without_answer_is_no_empty_cell(said: Any) -> None:
    """There an empty field says that the context has none."""
    rows = [
        {"question": f"Who is {n}?", "context": some_text(n), "answer": "" if n % 3 else "river"} for n in range(30)
    ]
    found = said(rows, "question-answering")
    assert "empty" not in found
    assert found["no_answer"].text.startswith("20 rows have no answer: counted as 'the text does not say'; if that is")
    assert found["no_answer"].is_grave
    answered = [{**row, "answer": "river"} for row in rows]
    assert "no_answer" not in said(answered, "question-answering")
    assert "without_texts" not in found
    for row in answered:
        del row["context"]
    alone = said(answered, "question-answering")["without_texts"]
    assert alone.is_grave
    assert alone.text.startswith("the questions are answered without a text, from what a model knows")


def test_the_labels_word_in_its_inputs_is_reported(said: Any) -> None:
    """As where a mail's subject names its folder."""
    rows = rows_with(["billing", "bug"], 60)
    marked = [row | {"text": f"[{row['label']}] {row['text']}"} for row in rows]
    found = said(marked)
    assert "is in 100% of the inputs with the label" in found["label_in_input"].text
    assert found["label_in_input"].is_grave
    assert "label_in_input" not in said(rows)


def test_an_id_in_the_input_that_names_the_label_is_reported(said: Any) -> None:
    """The letters in front of a number count, not the number."""
    rows = rows_with(["billing", "bug"], 60)
    marked = [
        row | {"text": f"{'INV' if row['label'] == 'billing' else 'TCK'}{n}: {row['text']}"}
        for n, row in enumerate(rows)
    ]
    assert "is in 100% of the inputs" in said(marked)["leak"].text
    assert "leak" not in said(rows)


def test_ids_sorted_by_label_are_reported(said: Any) -> None:
    """In blocks they tell the label; in turn they do not."""
    rows = sorted(rows_with(["x", "y"], 60), key=lambda row: str(row["label"]))
    assert "form 2 blocks" in said([{"id": n, **row} for n, row in enumerate(rows)])["leak"].text
    assert "leak" not in said([{"id": "ann@example.org", **row} for row in rows])
    assert "leak" not in said([{"id": n, **row} for n, row in enumerate(rows_with(["x", "y"], 60))])


def test_names_of_files_that_begin_with_their_labels_give_nothing_away(tmp_path: Path) -> None:
    for n, text in enumerate(ENGLISH * 4):
        (tmp_path / f"{('spam', 'ham')[n % 2]}_{n}.txt").write_text(f"{text} {n}", "utf-8")
    table = look(tmp_path)
    assert [column.kind for column in table.columns if column.name == "file"] == ["id"]
    assert "leak" not in {each.key for each in notices(table, propose(table))}


def test_a_column_that_gives_the_label_away_is_reported(said: Any) -> None:
    """Another name for the label is; one that goes with chance, and one that sets rows apart, are not."""
    rows = rows_with(["x", "y"], 60)
    team = [row | {"team": "north" if row["label"] == "x" else "south"} for row in rows]
    assert "'team' gives the label away in 100%" in said(team, label="label", expected="label")["leak"].text
    leak = said(team, text=["text", "team"], expected="label")["leak"]
    assert leak.is_grave
    assert leak.text.endswith("'team' gives the label away in 100% of the rows; take it out unless new inputs have it "
                              "before their answer is known")  # fmt: skip
    chance = [row | {"team": "north" if n % 3 else "south"} for n, row in enumerate(rows)]
    assert "leak" not in said(chance, expected="label")
    assert "leak" not in said(chance, text=["text", "team"], expected="label")
    commands = [{"text": "lights on" if row["label"] == "x" else "lights off", "label": row["label"]} for row in rows]
    assert "leak" not in said(commands, text="text", expected="label")


def test_repeats_and_contradictions_are_counted(said: Any) -> None:
    """Case and blanks do not make another input."""
    rows = rows_with(["x", "y"], 40)
    found = said([*rows, rows[0] | {"text": str(rows[0]["text"]).upper()}, rows[1] | {"label": "x"}])
    assert "2 of 42 inputs repeat" in found["duplicates"].text
    assert "1 input has different answers (2 rows)" in found["contradictions"].text
    assert not found["contradictions"].is_grave
    others = {"text": "no label yet", "label": ""}, rows[0] | {"label": "X"}, rows[1] | {"label": ""}
    found = said([*rows, *others])  # another spelling, no label yet
    assert "contradictions" not in found
    assert "1 of 41 inputs repeats" in found["duplicates"].text


@for_each(
    ("further", "is_offered"),
    [
        ({"shift": ("day", "night")}, True),
        ({"author": ("ann", "bob")}, False),
        ({"second": ("x", "y")}, False),  # another person's labels
        ({"shift": ("day", "day")}, False),
    ],
)
def test_a_column_that_tells_the_same_inputs_apart_is_offered(
    further: dict[str, tuple[str, str]], said: Any, *, is_offered: bool
) -> None:
    ((name, values),) = further.items()
    rows = [row | {name: values[n % 2]} for n, row in enumerate(rows_with(["x", "y"], 40))]
    found = said([*rows, rows[1] | {"label": "x", name: values[0]}])
    assert ("parting" in found) is is_offered
    assert not is_offered or f"where {name!r} differs" in found["parting"].text


def test_several_labels_in_another_order_are_no_other_answer(said: Any) -> None:
    """A cell may list them in any."""
    rows = [{"text": f"{ENGLISH[n % 8]} {n}", "tags": "hot; red" if n % 2 else "red"} for n in range(40)]
    found = said([*rows, rows[1] | {"tags": "red; hot"}], expected="tags")
    assert "contradictions" not in found
    assert found["scoring.metric"].text.startswith("21 of 41 rows have several labels")


def test_near_duplicates_are_counted(said: Any) -> None:
    """One changed word in forty."""
    long = [" ".join(some_text(n + m) for m in range(4)) for n in range(0, 120, 4)]
    rows = [{"text": text, "label": "xy"[n % 2]} for n, text in enumerate([*long, long[0] + " again"])]
    found = said(rows)["near_duplicates"]
    assert "1 of 31 distinct inputs are nearly the same" in found.text
    assert not found.is_grave


def test_long_inputs_are_reported_against_the_usual_context(said: Any) -> None:
    """512 tokens are about 2,000 characters; a few long ones of many are no news."""
    rows = rows_with(["x", "y"], 40)
    long = [row | {"text": " ".join(some_text(n + 10 * m) for m in range(40))} for n, row in enumerate(rows[:10])]
    assert "10 of 40 inputs (25%) are longer than the 512 tokens" in said([*long, *rows[10:]])["long_inputs"].text
    assert "long_inputs" not in said(rows)


def test_free_answers_are_said_to_be_compared_by_their_letters(said: Any) -> None:
    """Not those that hardly change their input, and no single words."""
    asked = [f"Where do I find form {n}, please?" for n in range(20)]
    replies = [f"Kindly look into folder {n}, it is near the window." for n in range(20)]
    rows = [{"question": one, "answer": other} for one, other in zip(asked, replies, strict=True)]
    assert "'answer' holds sentences" in said(rows, "text-generation")["scoring.metric"].text
    for answers in ([f"{one[:-1]}!" for one in asked], ["left" if n % 2 else "right" for n in range(20)]):
        rows = [{"question": one, "answer": other} for one, other in zip(asked, answers, strict=True)]
        assert "scoring.metric" not in said(rows, "text-generation")


def test_mixed_languages_are_reported_with_their_shares(said: Any) -> None:
    """Half and half."""
    rows = [{"text": text, "label": "xy"[n % 3 % 2]} for n, text in enumerate([*GERMAN, *ENGLISH])]
    assert "2 languages (" in said(rows, "text-classification")["mixed_languages"].text


# Letters with marks next to quotes, dashes and signs, in some scripts.
GOOD = (
    "Das macht Spa\u00df\u201c, sagte er", "ESPA\u00d1\u201d",
    "\u00c9t\u00e9 \u00e0 No\u00ebl, 10 \u20ac \u2013 \u00ab oui \u00bb", "20 \u00b0C \u00b1 1",
    "\u201eGr\u00fc\u00dfe\u201c", "caf\u00e9\u2026", "A\u00c7\u00c3O\u2122", "it\u2019s \u2014 ok", "100\u00a0\u20ac",
    "\u0153uvre", "\u043f\u0440\u0438\u0432\u0435\u0442",
)  # fmt: skip


@for_each("text", GOOD)
def test_good_text_is_not_taken_for_damaged(text: str) -> None:
    """However many marks stand side by side."""
    assert not mojibake(text)


@for_each("text", GOOD)
def test_the_same_text_in_a_wrong_encoding_is_seen(text: str) -> None:
    """UTF-8 read as Windows-1252, its five empty places as control characters."""
    wrong = "".join(
        bytes([byte]).decode("cp1252" if byte not in b"\x81\x8d\x8f\x90\x9d" else "latin-1") for byte in text.encode()
    )
    assert mojibake(wrong)


def test_damage_is_counted(said: Any) -> None:
    """Both kinds."""
    rows = rows_with(["x", "y"], 40)
    rows[0]["text"] += " Gr\u00fc\u00dfe".encode().decode("cp1252")
    rows[1]["text"] += " Gr\ufffde"
    assert said(rows)["encoding"].text.startswith("1 of 40")


@pytest.mark.parametrize(
    ("personal", "what"),
    [
        ("write to ada.lovelace@example.org", "a mail address in 1"),
        ("call +49 30 901820 now", "a phone number in 1"),
        ("call (030) 901 8200", "a phone number in 1"),
        ("call 555-867-5309", "a phone number in 1"),
        ("pay to DE89 3704 0044 0532 0130 00", "a bank account in 1"),
        ("on 2024-03-01 at 10:15 for 1,200.00 or 3-4 days", ""),
        ("order 4711-0815, version 1.2.3.4", ""),
        ("@ada said 50% @ home", ""),
        ("the numbers 10.00 0 20.00 0 30.00 0 40.00", ""),
    ],
)
def test_personal_data_are_hinted_at(said: Any, personal: str, what: str) -> None:
    """Addresses and numbers of people; dates, amounts and orders are none."""
    rows = rows_with(["x", "y"], 40)
    rows[0]["text"] += f" {personal}"
    found = said(rows)
    assert (what in found["personal_data"].text) if what else "personal_data" not in found


def test_rows_that_break_the_table_are_reported(tmp_path: Path) -> None:
    """By the line, in the reader's words."""
    path = tmp_path / "rows.csv"
    path.write_text(
        "id,text,label\n" + "".join(f"{n},{some_text(n)},{'xy'[n % 2]}\n" for n in range(20)) + "9,one,two,never\n"
    )
    table = look(path)
    first = notices(table, propose(table))[0]
    assert (table.rows, first.key, first.is_grave) == (20, "rows_break", True)
    assert "rows.csv:22" in first.text


def test_files_that_are_not_there_are_reported(said: Any, tmp_path: Path) -> None:
    """Paths start at the examples' folder."""
    (tmp_path / "here.png").touch()
    rows = [{"image": "here.png" if n % 2 else f"gone{n}.png", "label": "xy"[n % 4 // 2]} for n in range(20)]
    found = said(rows)
    assert "10 of 20 files named in 'image' are not there, e.g. 'gone0.png'" in found["missing_files"].text


def test_labels_that_are_true_or_false_are_labels(said: Any) -> None:
    """As JSON writes them."""
    rows = [{"text": some_text(n), "label": bool(n % 2)} for n in range(30)]
    assert "unreadable" not in said(rows)


def test_what_stands_in_a_file_cannot_reach_the_terminal(said: Any) -> None:
    """Escapes in labels are shown, not obeyed."""
    rows = rows_with(["\x1b[31mred", "\x1b[31mRED"], 40)
    assert "\x1b" not in said(rows)["spellings"].text
