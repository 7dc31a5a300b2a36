"""Baselines answer without a model: constants of each family, words and characters, BM25; on real data."""

import csv
import itertools
import json
import random
import re
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from advisor.candidates import baselines
from advisor.engines.base import CannotLoadError, Load, load
from advisor.engines.words import sentences
from advisor.families import OWN, family, spans
from advisor.families.methods.pixels import Pixels
from advisor.families.methods.similar import Similar
from advisor.families.methods.spectrum import Spectrum
from advisor.families.methods.word_tags import WordTags
from advisor.probe.protocol import ProbeSpec
from tests.conftest import Home, run_advisor
from tests.families.speech import voices
from tests.families.support import predictions, recommend, write_task
from tests.tables import for_each

EXAMPLES = Path(__file__).parents[2] / "examples"
STATIC = "wordllama-l2-supercat-256"


def spec(kind: str, method: str, ability: str, teaching: list[tuple[Any, Any]], **more: Any) -> ProbeSpec:
    labels = {expected: "" for _, expected in teaching if isinstance(expected, str)}
    return ProbeSpec("baseline", method, ".", (), kind, "", labels, tuple(teaching), 1, 0, ability, **more)


def answers(of: ProbeSpec, given: list[Any]) -> list[Any]:
    """Return a baseline's answers, loaded as in the worker."""
    runtime = load("baseline", Load(Path(), (), of.ability, 1))
    return [each.output for each in family(of.family).prepare(runtime, of).answer(given)]


CONSTANTS: list[tuple[str, list[tuple[Any, Any]], Any, Any]] = [
    ("text-classification", [("a", "x"), ("b", "y"), ("c", "x")], "d", "x"),
    ("text-classification", [("a", ["x", "y"]), ("b", ["y"]), ("c", ["x", "y"])], "d", ["x", "y"]),
    ("sentence-similarity", [("a", 0.0), ("b", 1.0), ("c", 4.0)], {"first": "d", "second": "e"}, 1.0),
    ("token-classification", [], "Ada came to London.", []),
    ("question-answering", [], {"question": "Who?", "context": "Ada came."}, ""),
    ("text-regression", [("a", 7.0), ("b", 9.0), ("c", 50.0)], "d", 9.0),
    ("text-generation", [("a", "yes"), ("b", ["yes", "y"]), ("c", "no")], "d", "yes"),
    ("image-classification", [("a.png", "cat"), ("b.png", "cat"), ("c.png", "dog")], "d.png", "cat"),
    ("audio-classification", [("a.wav", "dog"), ("b.wav", "bell"), ("c.wav", "dog")], "d.wav", "dog"),
    ("json-extraction", [("a", {"x": 1}), ("b", {"x": 1}), ("c", {"x": 2})], "d", {"x": 1}),
    ("automatic-speech-recognition", [("a.wav", "stop"), ("b.wav", "go"), ("c.wav", "stop")], "d.wav", "stop"),
]


CORRECTED = [("He go home.", "He goes home."), ("All is well here.", "All is well here."), ("I is tall", "I am tall")]
COPIED: list[tuple[str, list[tuple[Any, Any]], Any, Any]] = [
    ("summarization", [], "One. Two? Three! Four.", "One. Two?"),
    ("summarization", [], "一つ。二つ。三つ。", "一つ。 二つ。"),
    ("translation", [], "Guten Tag", "Guten Tag"),
    ("text-generation", CORRECTED, "They is late.", "They is late."),
    ("text-generation", [], "They is late.", "They is late."),  # nothing speaks against it
    ("text-generation", [("私は学生だです。", ["私は学生です。"])], "これは本だです。", "これは本だです。"),
]


@for_each(("kind", "teaching", "given", "expected"), CONSTANTS)
def test_each_family_has_an_answer_that_needs_no_model(kind: str, teaching: Any, given: Any, expected: Any) -> None:
    """The most frequent one of the training rows, or what the family knows without any."""
    assert answers(spec(kind, "constant", "constant", teaching), [given]) == [expected]


@for_each(("kind", "teaching", "given", "expected"), COPIED)
def test_a_part_of_the_input_needs_no_model_either(kind: str, teaching: Any, given: Any, expected: Any) -> None:
    assert answers(spec(kind, "copied", "words", teaching), [given]) == [expected]


@for_each(
    "teaching",
    [
        [("Where is Graz, in Styria or in Tyrol?", "Styria"), ("What is 2 and 2?", "4")],
        [({"first": "a b", "second": "c"}, "a b")],
        [*CORRECTED, *(("Write to me about the bill.", f"Dear {name}, we will.") for name in ("Ann", "Bo", "Cy"))],
    ],
)
def test_answers_unlike_their_inputs_are_not_copied(teaching: Any) -> None:
    assert family("text-generation").copied(teaching) is None


def test_a_constant_is_judged_by_rows_that_did_not_choose_it() -> None:
    """Of two equally frequent labels one is more frequent in any forty rows; on others it is right half the time."""
    with (EXAMPLES / "speeches" / "passages.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["label"]) for row in csv.DictReader(file)]
    random.Random(0).shuffle(rows)
    parts = [rows[start : start + 40] for start in range(0, len(rows), 40)]
    commonest = [max(Counter(label for _, label in part).values()) / 40 for part in parts]
    learned = partial(baselines._fixed, family("text-classification").constant)
    held_out = [baselines._held_out_right(learned, part) / len(part) for part in parts]
    assert mean(commonest) > 0.54
    assert abs(mean(held_out) - 0.5) < 0.03


@for_each("names", [("different", "duplicate"), ("same", "unlike")])
def test_pairs_are_classified_by_shared_words(names: tuple[str, str]) -> None:
    """In the labels of the file, whichever of the two means similar."""
    alike, other = names if names[0] == "same" else names[::-1]
    texts = [text for _, text in letters(80)]
    rows = [({"first": text, "second": f"{text[200:]} {text[:200]}"}, alike) for text in texts[::2]]
    rows += [({"first": one, "second": two}, other) for one, two in itertools.pairwise(texts[1::2])]
    scoring = {"metric": "decision", "grades": list(names)}
    said = answers(
        spec("sentence-similarity", "linear", "words", rows[::2], scoring=scoring), [r for r, _ in rows[1::2]]
    )
    assert sum(one == label for one, (_, label) in zip(said, rows[1::2], strict=True)) >= len(said) - 2
    few = spec("sentence-similarity", "cosine", "encode", [rows[0], rows[-1]], scoring=scoring)
    close = Similar(lambda pairs: [float({*one} == {*two}) for one, two in pairs], few, family("sentence-similarity"))
    assert [each.output for each in close.answer([rows[1][0], rows[-2][0]])] == [alike, other]


def test_spans_are_learned_from_words_and_their_neighbours() -> None:
    """Years in pieces of real mails; a text without words, or without such words, has no span."""
    rows = [(row["text"], spans.read_spans({"year": [row["expected"]["year"]]}, row["text"])) for row in years(60)]
    asked = spec("token-classification", "linear", "words", rows[::2])
    said = answers(asked, [text for text, _ in rows[1::2]])
    assert sum(one == wanted for one, (_, wanted) in zip(said, rows[1::2], strict=True)) >= 24
    assert answers(asked, ["", "no such thing"]) == [[], []]
    kind, characters = family("token-classification"), sum(len(text) for text, _ in asked.teaching)
    tags = WordTags(kind, asked)
    assert tags._model._fitted[0].coef_.size <= kind.linear_weights(1, characters)
    assert tags.details["cross_validated"] >= (24, 30)
    # What the rows only know by heart is not right in those held out.
    drawn = [(text, [each | {"label": "AB"[n % 2]} for each in found]) for n, (text, found) in enumerate(rows[::2])]
    by_heart = WordTags(kind, replace(asked, teaching=tuple(drawn)))
    known = sum(
        each.output == found for each, (_, found) in zip(by_heart.answer([t for t, _ in drawn]), drawn, strict=True)
    )
    assert known >= 28
    assert by_heart.details["cross_validated"][0] < 20
    with pytest.raises(CannotLoadError, match="spans in them"):
        answers(spec("token-classification", "linear", "words", [("a b", [])] * 9), ["a"])


@for_each(("scoring", "near"), [({"tolerance": 30.0}, 30.0), ({"metric": "near_share", "tolerance": 0.2}, None)])
def test_numbers_are_learned_from_words_and_length(scoring: dict[str, Any], near: float | None) -> None:
    """How many characters a real text has, within a tolerance or a share of it, which the middle number seldom is."""
    rows = [(text[: 60 + 5 * n], float(len(text[: 60 + 5 * n]))) for n, (_, text) in enumerate(letters(60))]
    asked = spec("text-regression", "linear", "words", rows[::2], scoring=scoring | {"range": [60.0, 400.0]})
    pairs = list(zip(answers(asked, [text for text, _ in rows[1::2]]), rows[1::2], strict=True))
    right = [abs(said - wanted) <= (0.2 * wanted if near is None else near) for said, (_, wanted) in pairs]
    assert sum(right) >= len(right) - 3
    assert all(float(said).is_integer() for said, _ in pairs)  # as all that it has learned from are
    halves = spec("text-regression", "linear", "words", [(text, size + 0.5) for text, size in rows[::2]],
                  scoring=scoring | {"range": [60.0, 400.0]})  # fmt: skip
    assert not all(float(said).is_integer() for said in answers(halves, [text for text, _ in rows[1::2]]))
    kind = family("text-regression")
    assert [kind.is_right(said, wanted, asked) for said, (_, wanted) in pairs] == right
    assert [kind.same(said, wanted, asked.scoring) for said, (_, wanted) in pairs] == right


@for_each(("tolerance", "kind"), [(0.1, "number"), (0.5, "integer")])
def test_a_prompted_number_is_whole_where_a_whole_one_is_near_enough(tolerance: float, kind: str) -> None:
    """Otherwise no grade between 0 and 1 would ever be right."""
    scoring = {"tolerance": tolerance, "range": [0.0, 1.0]}
    held_to = family("text-regression").constraint(spec("text-regression", "chat", "prompted", [], scoring=scoring))
    assert (held_to.schema or {})["type"] == kind


def test_answers_are_found_by_words() -> None:
    """In the sentence of a real mail that has the question's words; the most central one; what a known row says."""
    of = spec("question-answering", "sentence", "words", [])
    texts = [each for each in TEXTS if len(sentences(each)) > 4]
    asked = [(text, sentences(text)[2]) for text in texts]
    given = [{"context": text, "question": " ".join(part.split()[1:])} for text, part in asked]
    assert sum(said == part for said, (_, part) in zip(answers(of, given), asked, strict=True)) >= 0.9 * len(asked) > 3
    for text, said in zip(texts, answers(spec("summarization", "central", "words", []), texts), strict=True):
        assert said in sentences(text)
    taught = [(text, [subject, "other"]) for subject, text in LETTERS]
    for kind in ("text-generation", "translation", "question-answering"):
        nearest = spec(kind, "nearest", "words", taught, scoring={"metric": "exact"})
        assert answers(nearest, [text[20:] for text in TEXTS]) == [subject for subject, _ in LETTERS]


def test_real_digits_are_classified_by_their_pixels(tmp_path: Path) -> None:
    """Handwritten ones of scikit-learn: most of them, by as many weights a label as were predicted."""
    from PIL import Image
    from sklearn.datasets import load_digits

    found = load_digits()
    for at, pixels in enumerate(found.images[:300]):
        Image.fromarray((pixels * 15).astype("uint8")).save(tmp_path / f"{at}.png")
    rows = [(str(tmp_path / f"{at}.png"), str(label)) for at, label in enumerate(found.target[:300])]
    asked = spec("image-classification", "linear", "pixels", rows[:200])
    said = answers(asked, [file for file, _ in rows[200:]])
    assert sum(one == label for one, (_, label) in zip(said, rows[200:], strict=True)) >= 80
    # All but one alike: held out, that one leaves a single label to learn from.
    alike = [row for row in rows if row[1] == "0"]
    one = next(row for row in rows if row[1] == "1")
    said = answers(spec("image-classification", "linear", "pixels", [*alike[:8], one]), [file for file, _ in alike[8:]])
    assert said.count("0") >= 0.9 * len(said)
    seen = Pixels("baseline").look([rows[0][0]])
    assert family("image-classification").linear_weights(10, 0) == 10 * seen.size


def test_real_speakers_are_classified_by_their_timbre(tmp_path: Path) -> None:
    """Two of them, in a recording that nothing was learned from; by as many weights a label as were predicted."""
    made = [(str(file), file.parent.name, clip) for file, clip in voices(tmp_path, ("hi", "ja"))]
    apart = {"pangrama"}
    asked = spec("audio-classification", "linear", "spectrum", [row[:2] for row in made if row[2] not in apart])
    unseen = [row for row in made if row[2] in apart]
    said = answers(asked, [file for file, *_ in unseen])
    assert sum(one == label for one, (_, label, _) in zip(said, unseen, strict=True)) >= 0.8 * len(unseen) > 20
    assert family("audio-classification").linear_weights(2, 0) == 2 * Spectrum("baseline").listen([made[0][0]]).size


def test_without_training_rows_there_is_no_most_frequent_answer() -> None:
    """A plan has no such candidate; a worker that is asked for one says why it cannot."""
    with pytest.raises(CannotLoadError, match="needs training rows"):
        answers(spec("text-classification", "constant", "constant", []), ["a"])


def test_words_and_characters_classify_real_mails() -> None:
    """Trained on 200 mails, nine in ten of the next 200 come out right."""
    with (EXAMPLES / "spam" / "mails.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["label"]) for row in csv.DictReader(file)][:400]
    said = answers(spec("text-classification", "linear", "words", rows[:200]), [text for text, _ in rows[200:]])
    assert sum(one == label for one, (_, label) in zip(said, rows[200:], strict=True)) >= 170


def test_documents_are_found_by_their_words() -> None:
    """BM25 puts the document first that shares the rare word, in any script; words that no document has find any."""
    documents = (("a", "cats and dogs and cats"), ("b", "a treatise on dogs"), ("c", "株式市場の動向"))
    asked = spec("text-retrieval", "bm25", "words", [], documents=documents)
    found = answers(asked, ["treatise", "市場", "nothing of the kind"])
    assert [each[0] for each in found[:2]] == ["b", "c"]
    assert sorted(found[2]) == ["a", "b", "c"]
    ordered = answers(
        spec("text-ranking", "bm25", "words", []),
        [{"query": "dogs", "candidates": json.dumps(["cats", "all about dogs", "birds"])}],
    )
    assert ordered[0][0] == 1
    triplet = {"anchor": "dogs bark", "closer": "why dogs bark", "farther": "cats"}
    turned = triplet | {"closer": "cats", "farther": "why dogs bark"}
    assert answers(spec("sentence-similarity", "bm25", "words", []), [triplet, turned]) == ["closer", "farther"]


def test_labels_that_nothing_teaches_are_found_by_their_words() -> None:
    """By their names and meanings, in any script; if none shares a word, the first is the answer."""
    labels = {"sports": "football, tennis and other games", "money": "banks and stocks", "天气": "下雨, 刮风"}
    asked = replace(spec("zero-shot-classification", "bm25", "words", []), labels=labels)
    assert answers(asked, ["The banks raise rates", "明天会下雨", "A game of Tennis", "?"]) == [
        "money",
        "天气",
        "sports",
        "sports",
    ]


def mails(count: int) -> list[dict[str, str]]:
    with (EXAMPLES / "spam" / "mails.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))[:count]


def test_rows_without_answers_have_the_constant_alone(ready_home: Home, tmp_path: Path) -> None:
    """None is the nearest one's."""
    more: dict[str, Any] = {"scoring": {"min_words": 3}, "teaching": {"count": 5}, "baselines": "try"}
    task = write_task(tmp_path / "rules", [{"text": text} for text in TEXTS], family="text-generation", **more)
    document = json.loads(run_advisor(ready_home, "recommend", task, "--offline", "--plan-only", "--json").out)
    assert [each["method"] for each in document["candidates"] if each["place"] == "baseline"] == ["constant"]


def test_baselines_are_run_first_and_take_nothing_of_a_budget(ready_home: Home, tmp_path: Path) -> None:
    """A budget that one batch of a model uses up leaves the baselines all their answers, and the comparison whole."""
    more = {"teaching": {"count": 150}, "limits": {"inferences": 4}, "models": [STATIC], "baselines": "try"}
    task = write_task(tmp_path, mails(300), family="text-classification", bar={"pass_rate": 0.85}, **more)
    _, document = recommend(ready_home, task)
    by_place = {each["place"]: each for each in document["candidates"] if each["method"] != "constant"}
    assert by_place["folder"]["inferences"] == 4
    assert by_place["baseline"]["inferences"] > 4
    lines = (Path(document["folder"]) / "outcomes.jsonl").read_text(encoding="utf-8").splitlines()
    order = list(dict.fromkeys(json.loads(line)["candidate"].split("@")[0] for line in lines))
    assert order[-1] == STATIC


def test_a_bar_that_a_constant_passes_is_reported_as_too_low(ready_home: Home, tmp_path: Path) -> None:
    """Nine mails in ten are ham: the answer says so, with each label's recall and the bar that asks for more."""
    more = {"bar": {"pass_rate": 0.8}, "teaching": {"count": 100}, "baselines": "try"}
    task = write_task(tmp_path, of_kind("ham", 270) + of_kind("spam", 30), family="text-classification", **more)
    ran, document = recommend(ready_home, task)
    assert (ran.code, document["recommended"]["model"]) == (0, "always 'ham'")
    said = " ".join(run_advisor(ready_home, "report", "last").out.split())
    assert said.startswith("The bar asks for nothing: always 'ham' reaches it.")
    assert "A constant answer reaches the bar of 80%: it is the same for every input." in said
    assert re.search(r"Right by label: ham (\d+)/\1, spam 0/[1-9]", said)
    assert re.search(r"To ask for more than that, set a bar above \d\d(\.\d)?%, or bar.per_label", said)
    assert re.search(r"on every label; one above 9\d(\.\d)?% it is proven to miss\.", said)


def test_a_small_file_ends_in_a_model_and_what_its_proof_takes(ready_home: Home, tmp_path: Path) -> None:
    """40 mails: one that reaches the bar, what it adds, and how many more rows would prove it."""
    rate = 0.7
    more = {"models": [STATIC], "baselines": "try", "bar": {"pass_rate": rate}}
    ran, document = recommend(ready_home, write_task(tmp_path, mails(40), family="text-classification", **more))
    chosen = document["recommended"]
    assert (ran.code, chosen["method"] in {"linear", "head"}) == (0 if document["strength"] == "certified" else 4, True)
    (found,) = [each for each in document["candidates"] if each["name"] == chosen["name"]]
    assert found["passes"] >= rate * found["outcomes"] >= rate * 20
    said = " ".join(run_advisor(ready_home, "report", "last").out.split())
    assert re.search(r"Over the best baseline \(.*\) it adds \d+\.\d points \(95% interval", said)
    assert document["strength"] == "certified" or re.search(r"\d+ (to \d+ )?more examples", said), said


def of_kind(label: str, count: int) -> list[dict[str, str]]:
    return [row for row in mails(1000) if row["label"] == label][:count]


def letters(count: int) -> list[tuple[str, str]]:
    """Return so many real mails as subject and text, all subjects of some words and all different."""
    found = {}
    for row in mails(600):
        subject, _, text = row["text"].removeprefix("Subject: ").partition(" | ")
        if len(subject.split()) > 3 and len(text) > 100:
            found.setdefault(subject, text[:400])
    return list(found.items())[:count]


def years(count: int) -> list[dict[str, Any]]:
    """Return pieces of real mails that name one year, with it."""
    found = {}
    for row in mails(1000):
        named = list(re.finditer(r"\b(19|20)\d\d\b", row["text"]))
        if len(named) == 1:
            at = named[0].start()
            found[row["text"][max(0, at - 60) : at + 40]] = named[0][0]
    return [{"text": text, "expected": {"year": year}} for text, year in list(found.items())[:count]]


LETTERS = letters(30)
TEXTS = [text for _, text in LETTERS]
ALONE: list[tuple[str, list[dict[str, Any]], dict[str, Any], list[str]]] = [
    (
        "zero-shot-classification",
        [{"text": f"{t[:80]} The {w} is fine.", "label": w} for t in TEXTS[:9] for w in ("weather", "money")],
        {"labels": {"weather": "sun and rain", "money": "banks"}},
        ["bm25"],
    ),
    (
        "token-classification",
        [{"text": row["text"], "entities": {"year": [row["expected"]["year"]]}} for row in years(30)],
        {},
        ["constant", "linear"],
    ),
    (
        "question-answering",
        [{"question": "Who wrote the Iliad?", "context": text, "answer": ""} for text in TEXTS],
        {},
        ["constant", "sentence"],
    ),
    (
        "text-regression",
        [{"text": text, "score": len(text.split())} for text in TEXTS],
        {"teaching": {"count": 10}, "scoring": {"tolerance": 25}},
        ["constant", "linear"],
    ),
    (
        "text-regression",
        [
            {"text": f"{text[:90]} {n % 5} left, price {n * 7 + 100} EUR", "score": n * 7 + 100}
            for n, (_, text) in enumerate(letters(40))
        ],
        {"teaching": {"count": 10}, "scoring": {"tolerance": 1}},
        ["pattern", "constant", "linear"],
    ),
    (
        "json-extraction",
        years(30),
        {
            "scoring": {
                "json_schema": {
                    "type": "object",
                    "required": ["year"],
                    "properties": {"year": {"type": "string", "pattern": "(19|20)\\d{2}"}},
                }
            }
        },
        ["pattern"],
    ),
    (
        "text-ranking",
        [
            {"query": subject, "candidates": [other, text], "relevant": 1}
            for (subject, text), (_, other) in itertools.pairwise(LETTERS)
        ],
        {},
        ["bm25"],
    ),
]


# Families with their own tests, above and below, and in tests.cli.test_export and test_export_files.
APART = {
    "text-classification": {"bm25", "linear"},
    "sentence-similarity": {"bm25", "linear"},
    "question-answering": {"nearest"},
    "summarization": {"central"},
    "translation": {"nearest"},
    "text-generation": {"nearest"},
    "text-retrieval": {"bm25"},
    "image-classification": {"linear"},
    "audio-classification": {"linear"},
}


@for_each("kind", OWN)
def test_no_family_is_without_a_baseline_that_is_tried_here(kind: str) -> None:
    """A family that is added has one, and a row of real data above."""
    tried = {method for of, _, _, methods in ALONE if of == kind for method in methods} | APART.get(kind, set())
    tried |= {"constant" for of, *_ in CONSTANTS if of == kind} | {"copied" for of, *_ in COPIED if of == kind}
    assert family(kind).baselines
    assert set(family(kind).baselines) <= tried


@pytest.mark.parametrize("of", ALONE, ids=[each[0] for each in ALONE])
def test_where_no_model_is_installed_baselines_answer(
    home: Home, tmp_path: Path, of: tuple[str, list[dict[str, Any]], dict[str, Any], list[str]]
) -> None:
    """The task ends in an answer, which says that no model was tried, with code that runs."""
    kind, rows, more, methods = of
    task = write_task(tmp_path, rows, family=kind, bar={"pass_rate": 0.6}, baselines="try", **more)
    ran, document = recommend(home, task)
    assert ran.code in (0, 4), ran.err
    assert [each["method"] for each in document["candidates"]] == methods
    assert "Baselines only:" in " ".join(run_advisor(home, "report", "last").out.split())
    asked = [json.loads(line) for line in (Path(document["folder"]) / "evidence.jsonl").read_text().splitlines()[:3]]
    said = predictions(document["recommended"]["usage"], tmp_path, [row.get("parts") or row["input"] for row in asked])
    assert len(said) == len(asked)
