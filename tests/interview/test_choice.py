"""Which way to read a table is chosen: the shipped weights, on tables whose reading is known."""

from pathlib import Path

import pytest

from advisor.interview.files import choice
from advisor.interview.files.proposal import propose
from advisor.interview.files.sheet import look
from catalog import Catalog
from tests.interview.tables import ENGLISH
from tests.interview.test_understand import seen
from tests.tables import for_each
from tools.fit_readings import ranked, tables


def test_tables_are_read_better_than_by_shape_alone(compiled_catalog: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every eighth of the tables that were written to learn from: people's words, columns that are not asked about."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(compiled_catalog))
    known = [each for each in tables(every=8) if each.group != "tests" and each.readings and not each.lacks]
    by_shape = sum(ranked(each, {"strength": 1.0})[0][1] for each in known)
    ways = [ranked(each, choice.shipped()) for each in known]
    learned = sum(first[1] for first, *_ in ways)
    assert len(known) > 80
    assert learned > by_shape + 10
    assert learned > 0.6 * len(known)
    # Chances are what they say: those of the first ways add up to how many of them are right.
    assert abs(sum(first[0] for first, *_ in ways) - learned) < 0.15 * len(known)


def test_columns_that_may_be_one_text_are_offered_together(tmp_path: Path) -> None:
    """Of abbreviated names that no word names: a title and its abstract are one of the ways, one of them another."""
    path = tmp_path / "papers.csv"
    words = [text.split() for text in ENGLISH]
    rows = []
    for at in range(80):
        of = words[at % 8]
        rows.append(f"{1000 + at},{' '.join(of[:4])} {at},{' '.join(of * 3)} {at * 7},{'yes' if at % 2 else 'no'}")
    path.write_text("\n".join(["PMID,TI,AB,include", *rows]))
    likely = propose(look(path), None, "by title and abstract, is the paper included or not?").likely
    inputs = {tuple(name for _, name in each.input) for each in likely if each.expected == "include"}
    assert ("TI", "AB") in inputs
    assert {("AB",), ("TI",)} & inputs
    assert sum(each.chance for each in likely) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("for each report, is the call urgent, can it wait or is it a mistake?", None),
        ("which station has to drive out for a report?", "station"),
    ],
)
def test_a_table_whose_columns_only_describe_its_texts_has_no_answers(
    shipped: Catalog, tmp_path: Path, words: str, expected: str | None
) -> None:
    """Who took a call and where is none, unless it is asked for: learned from tables whose answers were taken away."""
    path = tmp_path / "calls.csv"
    rows = (f"2026-03-{n % 28 + 1:02},{('North', 'Harbour', 'Old Town')[n * 7 % 3]},phone,{ENGLISH[n % 8]} {n}"
            for n in range(24))  # fmt: skip
    path.write_text("\n".join(["date,station,channel,report", *rows]))
    found = seen(words, path, shipped).proposal
    assert found is not None
    assert (found.input_columns, found.expected) == (("report",), expected)


def test_without_answers_the_kind_of_task_is_what_the_words_are_like(shipped: Catalog, tmp_path: Path) -> None:
    """As learned from others' words; labels that they list, or a kind that is chosen, stay."""
    path = tmp_path / "claims.csv"
    path.write_text("\n".join(["office,what happened", *(f"{'AB'[n % 2]},{ENGLISH[n % 8]} {n}" for n in range(24))]))
    words = "There are no answers yet. extract date, amount and plate from the description"
    assert seen(words, path, shipped).understanding.value("family") == "json-extraction"
    chosen = seen(words, path, shipped, {"family": "summarization"})
    assert chosen.understanding.value("family") == "summarization"
    listed = "nothing is labelled yet: sort what happened into theft, fire and water"
    assert seen(listed, path, shipped).understanding.value("family") == "text-classification"


def test_fields_that_the_words_list_are_all_taken_though_no_text_holds_them(shipped: Catalog, tmp_path: Path) -> None:
    """Written otherwise there, they look like labels, or like nothing; of a list that asks for labels one is taken."""
    path = tmp_path / "pedidos.csv"
    rows = (f"{ENGLISH[n % 8]} {n},{('pan', 'tarta', 'bollo')[n % 3]},{n % 5 + 1},{('lunes', 'martes')[n % 2]}"
            for n in range(40))  # fmt: skip
    path.write_text("\n".join(["mensaje,producto,cantidad,entrega", *rows]))
    found = seen("de cada mensaje sacar los campos producto, cantidad y entrega", path, shipped).proposal
    assert found is not None
    assert (found.family, found.expected_columns) == ("json-extraction", ("producto", "cantidad", "entrega"))


@for_each(
    ("words", "expected"),
    [
        ("Sort the mails by topic. Ana and Beto marked them; where the two differ, Ana counts", "label_ana"),
        ("Sort the mails by topic. Ana and Beto marked them; where the two differ, Beto counts", "label_beto"),
    ],
)
def test_of_two_people_s_labels_those_of_whom_words_speak_most_are_taken(
    shipped: Catalog, tmp_path: Path, words: str, expected: str
) -> None:
    lines = [
        f"mail {n} about {'money' if n % 2 else 'parcels'},{'ab'[n % 2]},{'ab'[(n + n // 20) % 2]}" for n in range(40)
    ]
    (tmp_path / "x.csv").write_text("\n".join(["text,label_beto,label_ana", *lines]))
    known = seen(words, tmp_path / "x.csv", shipped).understanding
    assert known.value("examples.expected") == expected
