"""Tags before labels: one reading of them for models' labels, models' answers and people's examples."""

from __future__ import annotations

from advisor.engines.spans import Seen, bare, split, split_all, without_tags
from advisor.families import spans
from tests.tables import for_each


@for_each(
    ("labels", "kinds"),
    [
        (("O", "B-PER", "I-PER", "B-LOC"), ("PER", "LOC")),
        (("O", "B-PER", "E-PER", "S-PER", "L-PER", "U-PER"), ("PER",)),
        (("O", "B_PER", "I_PER"), ("PER",)),
        (("O", "E-MAIL", "U-BOAT", "PER"), ("E-MAIL", "U-BOAT", "PER")),
        (("O", "B-E-MAIL", "I-E-MAIL"), ("E-MAIL",)),
        (("NONE", "PER"), ("PER",)),
    ],
)
def test_what_a_models_labels_name(labels: tuple[str, ...], kinds: tuple[str, ...]) -> None:
    """E-, S-, L- and U- are tags only beside a B- or an I- of that kind."""
    assert without_tags(labels) == kinds
    assert {each.kind for each in split_all(labels).values()} - {None} == set(kinds)


def test_an_answer_has_the_labels_that_the_model_is_said_to_have() -> None:
    """A tagger whose label is E-MAIL finds an E-MAIL, not a MAIL."""
    for labels, kind in ((["O", "E-MAIL"], "E-MAIL"), (["O", "B-MAIL", "E-MAIL"], "MAIL")):
        seen = Seen(labels)
        seen.add([0, 1], [(0, 4), (5, 9)], [(0, 0.9), (len(labels) - 1, 0.9)])
        assert [span.label for span in seen.spans("mail ada@")] == [kind]
        assert without_tags(labels) == (kind,)


def test_one_label_by_itself() -> None:
    """Where the others are not known."""
    assert [split(label) for label in ("O", "out", "B-PER", "S_LOC", "PER", "B-")] == [
        ("", None),
        ("", None),
        ("B", "PER"),
        ("S", "LOC"),
        ("", "PER"),
        ("", "B-"),
    ]
    assert [bare(label) for label in ("B-PER", "I_PER", "E-MAIL", "PER", "O")] == ["PER", "PER", "E-MAIL", "PER", "O"]


@for_each(
    "tags",
    [
        ["B-PER", "I-PER", "O", "B-LOC", "B-PER"],
        ["B-PER", "E-PER", "O", "S-LOC", "S-PER"],
        ["B-PER", "L-PER", "O", "U-LOC", "U-PER"],
        ["I-PER", "I-PER", "O", "I-LOC", "I-PER"],
        ["I-PER", "E-PER", "O", "E-LOC", "B_PER"],
    ],
)
def test_people_write_any_of_the_schemes(tags: list[str]) -> None:
    """BIO, BIOES, BILOU, and the older one without beginnings."""
    found = spans.read(tags, "Ada Lovelace in Paris Bob")
    assert [(each["text"], each["label"]) for each in found] == [
        ("Ada Lovelace", "PER"),
        ("Paris", "LOC"),
        ("Bob", "PER"),
    ]


def test_two_spans_side_by_side() -> None:
    """A whole one ends where it stands."""
    assert [each["text"] for each in spans.read(["S-PER", "S-PER", "I-PER"], "Ada Bob Cleo")] == ["Ada", "Bob", "Cleo"]
    assert [each["text"] for each in spans.read(["B-PER", "E-PER", "I-PER"], "Ada Bob Cleo")] == ["Ada Bob", "Cleo"]
