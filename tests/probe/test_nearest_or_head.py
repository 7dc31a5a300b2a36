"""Nearest label or trained head: settled on the training rows alone, and the same in code and export."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from advisor.families.methods.head import Head
from advisor.families.methods.zero_shot import NearestLabel
from advisor.report import usage_head
from benchmarks.common import ROOT
from benchmarks.heads import spec_of
from catalog.store.encoder import StaticEncoder, encoder_folder
from tests.conftest import run_python

# Each label comes once or twice, and says what its texts are about.
FEW = [
    ("My dog chased the neighbour's cat up the tree.", "animals"),
    ("She boiled the potatoes and fried the onions.", "cooking"),
    ("The striker scored twice before half time.", "football"),
    ("Interest rates rose and the bank cut its loans.", "finance"),
    ("The violin and the piano played the last movement.", "music"),
    ("It will be cloudy with heavy rain in the evening.", "weather"),
]
UNSEEN = [
    ("Horses and cows graze on the meadow.", "animals"),
    ("Stir the soup and add salt and pepper.", "cooking"),
    ("The goalkeeper saved a penalty in the final.", "football"),
    ("Shareholders sold their stocks after the report.", "finance"),
    ("The orchestra and the choir sang a song.", "music"),
    ("Snow and strong wind are expected tomorrow.", "weather"),
]


@pytest.fixture(scope="module")
def encoder() -> Iterator[StaticEncoder]:
    """Give the packaged static encoder."""
    with StaticEncoder(encoder_folder()) as found:
        yield found


def mails_by_label() -> dict[str, list[tuple[str, str]]]:
    """Return the rows of the spam example by their label."""
    with (ROOT / "examples" / "spam" / "mails.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["label"]) for row in csv.DictReader(file)]
    return {label: [row for row in rows if row[1] == label] for label in ("ham", "spam")}


def right(head: Head, rows: list[tuple[str, str]]) -> int:
    answers = head.answer([text for text, _ in rows])
    return sum(answer.output == label for answer, (_, label) in zip(answers, rows, strict=True))


def test_with_a_row_a_label_the_nearest_label_is_taken(encoder: StaticEncoder) -> None:
    """Nothing can be learned from one row of each; the names say it."""
    head = Head(encoder, spec_of(FEW))  # type: ignore[arg-type]
    assert head.details["nearest"] is True
    assert right(head, UNSEEN) == len(UNSEEN)
    got, of = head.details["cross_validated"]
    assert of == len(FEW)
    assert got == right(head, FEW)


def test_labels_that_say_nothing_are_learned(encoder: StaticEncoder) -> None:
    """Where names mean nothing the head is trained, whatever the rows are."""
    names = {label: f"class {n}" for n, label in enumerate(sorted({label for _, label in FEW}))}
    rows = [(text, names[label]) for text, label in (*FEW, *UNSEEN)]
    assert Head(encoder, spec_of(rows)).details["nearest"] is False  # type: ignore[arg-type]


@pytest.mark.parametrize("labels", [2, 6])
def test_the_code_answers_as_the_nearest_label_does(encoder: StaticEncoder, labels: int, tmp_path: Path) -> None:
    """The snippet, and the weights that an export learns from it."""
    rows = FEW[:labels]
    spec = spec_of(rows)
    taught = tmp_path / "teaching.jsonl"
    taught.write_text("\n".join(json.dumps({"input": text, "expected": label}) for text, label in rows))
    details = {"C": 10.0, "words": False, "nearest": True}
    code = usage_head.training(details, taught, spec.labels, has_encoder=True)
    space: dict[str, object] = {"encode": encoder.encode}
    exec(code, space)  # noqa: S102  our own code
    texts = [text for text, _ in UNSEEN]
    expected = [answer.output for answer in NearestLabel(encoder, spec).answer(texts)]  # type: ignore[arg-type]
    assert space["predict"](texts) == expected  # type: ignore[operator]

    before = "from catalog.store import encoder as e\nencode = e.StaticEncoder(e.encoder_folder()).encode\n"
    job = {"code": before + code, "target": str(tmp_path / "head.safetensors")}
    done = run_python("-c", usage_head.saving(), input=json.dumps(job), check=True)
    order = json.loads(done.stdout.strip().splitlines()[-1])["labels"]
    (tmp_path / "labels.json").write_text(json.dumps({"head": order}))
    read: dict[str, object] = {"encode": encoder.encode, "HERE": tmp_path}
    exec(usage_head.reading(code), read)  # noqa: S102  our own code
    assert read["predict"](texts) == expected  # type: ignore[operator]


def test_a_rare_label_is_said_where_weights_alone_never_say_it(tmp_path: Path) -> None:
    """Ten spam mails among a hundred: held-out rows say how much to raise them; the code answers as the head does."""
    mails = mails_by_label()
    rows = [*mails["ham"][:90], *mails["spam"][:10]]
    spec = spec_of(rows)
    head = Head(None, spec)
    assert head.details["raised"][0] > 0
    unseen = [*mails["ham"][200:290], *mails["spam"][200:210]]
    said = [answer.output for answer in head.answer([text for text, _ in unseen])]
    assert said.count("spam") > 0
    assert right(head, unseen) > 90
    taught = tmp_path / "teaching.jsonl"
    taught.write_text("\n".join(json.dumps({"input": text, "expected": label}) for text, label in rows))
    space: dict[str, object] = {}
    exec(usage_head.training(head.details, taught, spec.labels, has_encoder=False), space)  # noqa: S102  our own code
    assert space["predict"]([text for text, _ in unseen]) == said  # type: ignore[operator]
    # Asked to find nine in ten of them it calls more spam, at the price of some ham.
    asked = [each.output for each in Head(None, replace(spec, per_label={"spam": 0.9})).answer([t for t, _ in unseen])]
    assert {n for n, each in enumerate(said) if each == "spam"} < {n for n, each in enumerate(asked) if each == "spam"}
    assert asked[-10:].count("spam") > said[-10:].count("spam")
    # Asked to be right where it says so, it says so less often, and is.
    sure = Head(None, replace(spec_of([*mails["ham"][:60], *mails["spam"][:60]]), precision={"spam": 0.99}))
    unsure = Head(None, spec_of([*mails["ham"][:60], *mails["spam"][:60]]))
    unseen = [*mails["ham"][200:290], *mails["spam"][200:290]]
    called, before = ([each.output for each in of.answer([text for text, _ in unseen])] for of in (sure, unsure))
    assert 0 < called.count("spam") < before.count("spam")
    assert called[:90].count("spam") < before[:90].count("spam")


def test_a_label_with_one_row_leaves_the_settings_to_held_out_rows() -> None:
    """A letter among the mails: the head is cross-validated as without it, and finds as much spam."""
    mails = mails_by_label()
    rows = [*mails["ham"][:90], *mails["spam"][:10], ("Dear Ada, the engine is ready. Yours, Charles", "letter")]
    head = Head(None, spec_of(rows))
    got, of = head.details["cross_validated"]
    assert (of, max(head.details["raised"]) > 0) == (101, True)
    assert got > 90
    unseen = [*mails["ham"][200:290], *mails["spam"][200:210]]
    assert any(answer.output == "spam" for answer in head.answer([text for text, _ in unseen]))
    assert right(head, unseen) > 90
