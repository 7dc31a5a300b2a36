"""Columns of a file, described by their values."""

import csv
from pathlib import Path

import yaml

from advisor.interview.files.columns import describe, with_words
from advisor.interview.files.further_readings import further
from advisor.interview.files.proposal import propose
from advisor.interview.files.settled import facts
from advisor.interview.files.sheet import beginnings, look, rows_of
from advisor.interview.files.view import View
from advisor.task.header import distinct_names
from tests.interview.tables import ENGLISH, GERMAN, Write


def test_each_kind_of_column_is_recognised_by_its_values(jsonl: Write) -> None:
    """Names that say nothing leave the kinds to the values."""
    path = jsonl(
        [
            {
                "a": ENGLISH[n % 8],
                "b": ["red", "blue"][n % 2],
                "c": n * 37.5,
                "d": n / 40,
                "e": f"INV-{n:05}",
                "f": f"2024-03-{n % 28 + 1:02}",
                "g": f"https://example.org/{n}",
                "h": f"calls/{n}.wav",
                "i": ["one word more", f"and another {n}"],
                "j": [{"start": 0, "end": 3, "label": "WHO"}],
                "k": {"total": n, "name": "x"},
                "l": "north;cold" if n % 2 else "south;warm",
                "m": n + 1,
                "n": f"pictures/{n}.PNG",
                "o": "O B-PER O" if n % 2 else "O O O",
            }
            for n in range(40)
        ]
    )
    found = {column.name: column for column in look(path).columns}
    assert {name: column.kind for name, column in found.items()} == {
        "a": "text",
        "b": "label",
        "c": "number",
        "d": "grade",
        "e": "id",
        "f": "date",
        "g": "url",
        "h": "path",
        "i": "list",
        "j": "spans",
        "k": "object",
        "l": "label",
        "m": "id",
        "n": "path",
        "o": "spans",
    }
    assert (found["h"].detail, found["n"].detail) == ("sound", "image")
    assert found["l"].has_several
    assert found["l"].distinct == 4
    assert found["b"].samples == ("red", "blue")


def test_empty_cells_count_as_a_share(jsonl: Write) -> None:
    table = look(
        jsonl([{"t": text, "x": cell} for text, cell in zip(ENGLISH, ["a", None, " ", float("nan")] * 2, strict=True)])
    )
    assert [column.empty for column in table.columns] == [0.0, 0.75]


def test_lists_of_one_label_are_labels_though_a_few_are_empty() -> None:
    """As in trackers, where a card may have none; where many have none, a text may have several."""
    one = [["brakes"], ["tyre"], ["light"]] * 20
    for cells, several in (([*one, []], False), ([*one, *[[]] * 20], True), ([*one, ["brakes", "tyre"]], True)):
        column = describe("labels", cells)
        assert (column.has_several, column.distinct) == (several, 3)
    assert describe("labels", [*one, []]).empty == 1 - 60 / 61


def test_several_labels_a_cell_are_told_whatever_their_case() -> None:
    """Between marks of two kinds, too; each occurs in other cells."""
    cells = ["rust", "worm / bug", "none", "weed", "Bug", "spot + rust", "worm", "mite", "weed / worm", "RUST"]
    cells += ["thrips/mite", "spot", "worm / bug / weed", "thrips", "mite / fly", "nema / weed", "bug / rust", "fly"]
    column = describe("checked (pests)", [*cells, "nema", "none", "rust / fly"])
    assert (column.kind, column.has_several, column.detail[0]) == ("label", True, "/")


def test_a_cut_off_copy_of_a_text_is_no_answer(tmp_path: Path) -> None:
    """What an old program kept of a report is its beginning; the summary is beside it."""
    rows = [
        {"report": f"{a} {b} {n}", "summary": f"{b[:20]} {n}", "old": f"{a[:24]}…"}
        for n, (a, b) in enumerate(zip(ENGLISH * 3, ENGLISH[::-1] * 3, strict=True))
    ]
    path = tmp_path / "shifts.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        (writer := csv.DictWriter(file, [*rows[0]])).writeheader()
        writer.writerows(rows)
    assert beginnings(look(path)) == {"old"}


def test_a_verdict_on_texts_is_a_label(jsonl: Write) -> None:
    """Short values that repeat in a column called by texts are commands, unless the name says otherwise."""
    rows = [{"comment": f"{ENGLISH[n % 8]} {n}", "x": ("spam", "1", "0", "trash")[n % 4]} for n in range(72)]
    for name, kind in (("comment_approved", "label"), ("message", "text")):
        held = [{"comment": row["comment"], name: row["x"]} for row in rows]
        assert {each.name: each.kind for each in look(jsonl(held)).columns}[name] == kind


def test_many_labels_are_not_listed(tmp_path: Path) -> None:
    """More than 50 labels are not listed; their number is reported."""
    path = tmp_path / "many.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "intent"])
        writer.writerows([f"{ENGLISH[n % 8]} {n}", f"intent {n % 60}"] for n in range(300))
    table = look(path)
    fact = next(fact for fact in facts(table, propose(table)) if fact.key == "labels")
    assert fact.value is None
    assert "60 different" in fact.words


def test_languages_are_claimed_only_when_sure(jsonl: Write) -> None:
    """Two languages are both reported; codes and names have none."""

    def claimed(texts: list[str]) -> list[str]:
        table = look(jsonl([{"text": text, "label": "ab"[n % 2]} for n, text in enumerate(texts)]))
        return [fact.value for fact in facts(table, propose(table)) if fact.key == "constraints.languages"]

    assert [sorted(each) for each in claimed([*GERMAN, *ENGLISH])] == [["de", "en"]]
    assert claimed([f"A{n} {n}:{n} x-{n}" for n in range(20)]) == []
    assert claimed(["Ada", "Xing", "Oblomov", "Ng", "Zoe", "Uwe"]) == []


def test_short_texts_tell_their_language_together() -> None:
    """Single requests of three words do not, joined they do."""
    from advisor.task.languages import languages

    short = ["Rechnung falsch", "App stürzt ab", "Wo ist mein Paket?", "Passwort vergessen", "Konto gesperrt",
             "Bitte kündigen", "Lieferung zu spät", "Zahlung abgelehnt"]  # fmt: skip
    assert [spoken.language for spoken in languages([short])[0]] == ["de"]
    headlines = [
        "马云在杭州创办了阿里巴巴。",
        "姚明回到上海。",
        "华为发布新手机。",
        "国家统计局公布数据。",
    ]  # Chinese or Wu
    assert [spoken.language for spoken in languages([headlines])[0]] == ["zh"]


def test_sentences_without_blanks_that_hold_a_number_are_texts(jsonl: Write) -> None:
    """Codes have few such characters, or differ by their numbers alone."""
    said = ["我想退款因为商品坏了", "订单还没有到请帮我查", "密码改了还是登录不了"]
    table = look(
        jsonl(
            [
                {
                    "said": f"{said[n % 3]}{n}",
                    "order": f"订单{n}0",
                    "uid": f"用户一二三四五六{n}",
                    "型番": f"商品コード{n}A",
                }
                for n in range(30)
            ]
        )
    )
    assert [column.kind for column in table.columns] == ["text", "id", "id", "id"]


def test_one_of_several_columns_of_a_name_can_be_written_to_a_task_file() -> None:
    names = [describe(name, ["x"]).name for name in distinct_names(["note", "note"])]
    assert yaml.safe_load(yaml.safe_dump(names)) == ["note (1)", "note (2)"]


def test_a_few_answers_of_a_small_file_are_labels() -> None:
    """A column named as answers are holds labels if each comes again a few times; one named as texts is of texts."""
    for name, cells, kind in (
        ("expected_action", ["high", "low"] * 13, "label"),
        ("expected_action", ["high", "low", "none", "both"] * 4, "text"),
        ("message", ["high", "low"] * 13, "text"),
    ):
        assert describe(name, cells).kind == kind


def test_dates_ids_and_numbers_are_no_words_to_read() -> None:
    """What a report proposes to read says something: no time of day, no file."""
    cells = {
        "made": [f"{day}/jan/25 12:23 AM" for day in range(1, 29)],
        "changed": [f"2025-01-{day:02} 08:15" for day in range(1, 29)],
        "scan": [f"scan {day}.png" for day in range(1, 29)],
        "steps": [f"press the button {day} times" for day in range(1, 29)],
    }
    assert with_words(cells) == ["steps"]


def test_spellings_of_a_number_are_one_and_a_word_among_them_is_none(jsonl: Write) -> None:
    """Where numbers are counted; as labels they are as they are written."""
    found = describe("x", [*(f"{n},5 kr" for n in range(40)), *(f"{n}.50" for n in range(40)), "sold out", None])
    assert (found.kind, found.distinct) == ("number", 40)
    grades = ["4", "\uff14", "4点", "4.0", "2,5", "2.5", "3", "\uff15", "1"]
    rows = [
        {"作文": f"{text} {n}", "評価": "未採点" if n == 7 else grades[n % len(grades)]}
        for n, text in enumerate(ENGLISH * 5)
    ]
    table = look(jsonl(rows))
    whys = [each.why for each in further(View(rows_of(table), table.columns)) if each.family == "text-regression"]
    assert whys == ["'評価' has 5 different numbers, '作文' is text"]
