"""Spans as tools and people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.families.spans import read_spans
from advisor.families.written_spans import in_list, in_marked_copy, without_marks

TEXT = "Ann Pell, a pit man of  Wylam"


@pytest.mark.parametrize(
    "written",
    [
        [[0, 8, "who"], [24, 29, "place"]],
        [
            {"start_offset": 0, "end_offset": 8, "label": "who"},
            {"start_offset": 24, "end_offset": 29, "label": "place"},
        ],
        [{"start": 0, "end": 8, "labels": ["who"]}, {"start": 24, "end": 29, "labels": ["place"]}],
        [{"begin": 0, "end": 8, "entity": "who"}, {"begin": 24, "end": 29, "entity": "place"}],
        [{"text": "Ann Pell", "kind": "who"}, {"text": "Wylam", "kind": "place"}],
        [{"typ": "who", "wort": "Ann Pell"}, {"typ": "place", "wort": "Wylam"}],
    ],
)
def test_spans_are_read_under_tools_own_keys(written: list[object]) -> None:
    found = read_spans(written, TEXT)
    assert [(each["text"], each["label"]) for each in found] == [("Ann Pell", "who"), ("Wylam", "place")]


@pytest.mark.parametrize(
    "cell",
    ["<who>Ann Pell</who>, a pit man of <place>Wylam</place>", "[Ann Pell](who), a pit man of  [Wylam](place)"],
)
def test_a_copy_with_marks_tells_the_places_also_where_blanks_differ(cell: str) -> None:
    spans = in_marked_copy(cell, TEXT)
    assert spans == [{"start": 0, "end": 8, "label": "who"}, {"start": 24, "end": 29, "label": "place"}]


def test_of_equal_texts_the_marked_one_is_found() -> None:
    assert in_marked_copy("no no <a>no</a>", "no no no") == [{"start": 6, "end": 8, "label": "a"}]


def test_another_text_is_no_copy() -> None:
    assert in_marked_copy("<who>Ann Bell</who>, a pit man of Wylam", TEXT) is None
    assert in_marked_copy(TEXT, TEXT) is None


@pytest.mark.parametrize(
    "cell",
    [
        "Ann Pell => who | Wylam => place",
        "Ann Pell (who); Wylam (place)",
        "who: Ann Pell\nplace: Wylam",
        "Ann Pell=who; Wylam=place",
        "who=Ann Pell | place=Wylam",
        "Ann Pell:who, Wylam:place",
        "Ann Pell/who, Wylam/place",
        "[who] Ann Pell, [place] Wylam",
        "<who>Ann Pell</who> <place>Wylam</place>",
    ],
)
def test_parts_are_listed_with_their_kinds(cell: str) -> None:
    assert in_list(cell, TEXT) == [["Ann Pell", "who"], ["Wylam", "place"]]


@pytest.mark.parametrize(
    "cell",
    [
        "Ann Pell",
        "Ann Pell; Wylam",
        "Bess => who",
        "Ann Pell => Wylam",
        "Wylam/York",
        "Pell (Nan)",
        "Ann P => who",
        "8:30",
    ],
)
def test_a_list_without_kinds_is_none_of_them(cell: str) -> None:
    assert in_list(cell, TEXT) is None


@given(st.lists(st.tuples(st.text("ab é漢 ", min_size=1), st.booleans()), min_size=1, max_size=6))
def test_marks_are_taken_out_again_and_stand_where_they_were(parts: list[tuple[str, bool]]) -> None:
    text = "".join(part for part, _ in parts)
    cell = "".join(f"<x>{part}</x>" if is_marked else part for part, is_marked in parts)
    assert without_marks(cell) == text
    cell = cell.replace(" ", "  ")  # other blanks, within the marks too
    spans = in_marked_copy(cell, text)
    marked = [part.strip() for part, is_marked in parts if is_marked and part.strip()]
    assert [text[each["start"] : each["end"]] for each in spans or ()] == marked


def test_thousands_of_marks_are_placed() -> None:
    text = "bob " * 4000
    spans = in_marked_copy("<a>bob</a> " * 4000, text)
    assert spans is not None
    assert spans[-1] == {"start": len(text) - 4, "end": len(text) - 1, "label": "a"}


@pytest.mark.parametrize("written", [[{1: 2}], [{"start": 0, "end": 3, "labels": ["A", "B"]}]])
def test_what_is_no_span_is_refused(written: list[object]) -> None:
    with pytest.raises(ValueError, match="span"):
        read_spans(written, TEXT)


def test_a_tools_text_that_stands_elsewhere_is_refused() -> None:
    with pytest.raises(ValueError, match="where the text has 'Ann'"):
        read_spans([{"start": 0, "end": 3, "type": "who", "text": "Bob"}], TEXT)
