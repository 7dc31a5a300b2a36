"""Engines that come as extras, with models that their own libraries trained: GLiNER, GLiNER2, GLiClass, timm."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file, save_file

from advisor.candidates.layout import inspect
from advisor.candidates.uses import Use, use_for
from advisor.families import family
from catalog import ModelCard
from tests.conftest import Home, run_python
from tests.families.support import answers_of, write_task
from tests.probe.asking import EngineError, ask
from tests.probe.known import MOODS
from tests.probe.test_permissions import to_pickle
from tests.probe.tiny import changed, image, tiny_engine
from tests.tables import for_each

SPAN, BOUNDARY = "gliner2/span", "gliner2/boundary"
LABELS = ["person", "place"]
OWN_CODE = {"auto_map": {"AutoModel": "own.Model"}}


def made(name: str) -> Path:
    """Return the folder of an engine's model, or of one of its models."""
    kind, _, part = name.partition("/")
    return tiny_engine(kind) / part


def copy(name: str, tmp_path: Path, **config: Any) -> Path:
    """Copy one with its configuration changed."""
    kind, _, part = name.partition("/")
    return changed(kind, tmp_path, part, **({"config_file": "gliner_config.json"} if kind == "gliner" else {}) | config)


def colours(tmp_path: Path) -> list[str]:
    """Draw two images of each colour."""
    return [str(image(tmp_path / f"{colour}-{n}.png", colour)) for n in range(2) for colour in ("red", "blue")]


def call(name: str, tmp_path: Path) -> tuple[Any, ...]:
    """Call the first form of a model."""
    texts = ["ada met bob in paris"]
    if name == "timm":
        return "look", colours(tmp_path)
    return ("fit", texts, ["glad"]) if name == "gliclass" else ("extract", texts, LABELS)


@pytest.mark.soak
@for_each("name", ["gliner", SPAN, BOUNDARY])
def test_spans_of_given_labels(name: str) -> None:
    """By their place in the text; of one label alone where one is asked for; nothing in an empty text."""
    texts = ["ada went to paris with bob .", "", "the day", "rome"]
    (both, people), facts = ask(made(name), ("extract", texts, LABELS), ("extract", texts, LABELS[:1]))
    first = [[0, 3, "person"], [12, 17, "place"], [23, 26, "person"]]
    assert [[each[:3] for each in row] for row in both] == [first, [], [], [[0, 4, "place"]]]
    assert all(0.5 < each[3] <= 1.0 for row in both for each in row)
    assert all(each[2] == "person" for row in people for each in row)
    assert facts["precision"] == "fp32"


def test_a_text_longer_than_it_reads_is_read_in_windows() -> None:
    """GLiNER reads 24 words, GLiNER2's encoder 256: every name is found once, at its place, in whatever window."""
    text = "ada went to paris . bob saw rome today . " * 6
    ((found,),), _ = ask(made("gliner"), ("extract", [text], LABELS))
    kinds = {"ada": "person", "bob": "person", "paris": "place", "rome": "place"}
    names = [(each.start(), each.end(), kinds[each[0]]) for each in re.finditer("|".join(kinds), text)]
    assert len(names) == 24
    assert set(names) <= {tuple(each[:3]) for each in found}
    assert all(one[1] <= other[0] for one, other in pairwise(found))
    (rows,), _ = ask(made(BOUNDARY), ("extract", ["the day " * 200, "ada"], LABELS))
    assert [each[:3] for each in rows[1]] == [[0, 3, "person"]]


def test_how_well_given_labels_fit() -> None:
    """In the order of the labels; a text longer than the encoder reads is cut."""
    texts = ["the day sunny", "and grey", "the day and tears", "grey " * 500]
    answers, facts = ask(made("gliclass"), ("fit", texts, ["glad", "sad"]), ("fit", texts, ["sad", "glad"]))
    for rows, right in zip(answers, ([[1, 0], [0, 1], [0, 1]], [[0, 1], [1, 0], [1, 0]]), strict=True):
        assert [[round(chance) for chance in row] for row in rows[:3]] == right
        assert all(0.0 <= chance <= 1.0 for row in rows for chance in row)
    assert facts["precision"] == "fp32"


SAID_BY_GLINER2 = """
import json, sys
from gliner2 import AutoExtractor
model = AutoExtractor.from_pretrained(sys.argv[1])
texts, labels = json.loads(sys.argv[2])
asked = {"category": {"labels": labels, "multi_label": True, "cls_threshold": 0.0}}
found = [model.classify_text(text, asked, include_confidence=True)["category"] for text in texts]
print(json.dumps([{each["label"]: each["confidence"] for each in row} for row in found]))
"""


def test_given_labels_fit_as_gliner2_says_itself() -> None:
    """Each text by itself, a long one cut, an empty one answered; in the order of the labels."""
    texts, labels = ["ada met bob", "the day", "rome " * 500, ""], ["place", "person"]
    ((rows,), facts) = ask(made(SPAN), ("fit", texts, labels), form=1)
    done = run_python(
        "-c", SAID_BY_GLINER2, made(SPAN), json.dumps([texts[:2], labels]),
        variables={"HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    own = json.loads(done.stdout.splitlines()[-1])
    assert rows[:2] == [[pytest.approx(row[label], abs=1e-4) for label in labels] for row in own]
    assert len({chance for row in rows[:2] for chance in row}) == 4
    assert all(0.0 <= chance <= 1.0 for row in rows for chance in row)
    assert facts["precision"] == "fp32"


def test_timm_sees_and_looks(tmp_path: Path) -> None:
    """With its own labels, and with vectors that separate the colours."""
    files = colours(tmp_path)
    (seen, vectors), facts = ask(made("timm"), ("see", files), ("look", files))
    assert [ranked[0][0] for ranked in seen] == ["red", "blue", "red", "blue"]
    assert all(abs(sum(chance for _, chance in row) - 1.0) < 1e-5 for row in seen)
    assert facts["precision"] == "fp32"

    def similarity(one: int, other: int) -> float:
        return sum(a * b for a, b in zip(vectors[one], vectors[other], strict=True))

    assert similarity(0, 0) == pytest.approx(1.0, abs=1e-5)
    assert min(similarity(0, 2), similarity(1, 3)) > max(similarity(0, 1), similarity(2, 3))


@for_each(
    ("name", "forms"),
    [
        ("gliner", [("gliner", "extract")]),
        (SPAN, [("gliner2", "extract"), ("gliner2", "fit")]),
        ("gliclass", [("gliclass", "fit")]),
        ("timm", [("timm", "see"), ("timm", "look")]),
    ],
)
def test_no_other_engine_takes_the_weights(name: str, forms: list[tuple[str, str]]) -> None:
    found = inspect(made(name)).forms
    assert [(each.runtime, each.ability) for each in found] == forms
    assert all(each.labels == (("red", "blue") if name == "timm" else ()) for each in found)
    assert found[0].parameters


def test_a_timm_model_without_a_classifier_only_looks(tmp_path: Path) -> None:
    """As DINOv2's are."""
    assert [form.ability for form in inspect(copy("timm", tmp_path, num_classes=0)).forms] == ["look"]


@for_each(
    ("of", "listed", "facts", "use"),
    [
        ("token-classification", "", {"library": "gliner"}, Use("gliner", "extract")),
        ("token-classification", "", {"tags": ("GLiNER",)}, Use("gliner", "extract")),
        ("token-classification", "", {"library": "gliner2"}, Use("gliner2", "extract")),
        ("token-classification", "", {"library": "gliner2", "tags": ("GLiNER",)}, Use("gliner2", "extract")),
        ("zero-shot-classification", "", {"library": "gliner2"}, Use("gliner2", "fit")),
        ("text-classification", "", {"library": "gliner2"}, Use("gliner2", "fit")),
        ("zero-shot-classification", "", {"library": "gliclass"}, Use("gliclass", "fit")),
        ("text-classification", "zero-shot-classification", {"library": "gliclass"}, Use("gliclass", "fit")),
        ("image-classification", "", {"library": "timm"}, Use("timm", "see")),
    ],
)
def test_the_catalogs_models_have_their_engine(of: str, listed: str, facts: dict[str, Any], use: Use) -> None:
    assert use_for(ModelCard("acme/model", family=listed or of, **facts), family(of)) == use


@for_each(
    ("name", "change", "reason"),
    [
        ("gliner", {"encoder_config": None}, "lacks encoder_config, for which it points to acme/none"),
        ("gliner", {"encoder_config": OWN_CODE}, "needs to run code of its own"),
        ("gliner", {"labels_decoder": "gpt2"}, "is a GLiNER with labels_decoder"),
        ("gliner", {"labels_encoder": "acme/other"}, "lacks labels_encoder_config"),
        (SPAN, {"config_file": "encoder_config/config.json"} | OWN_CODE, "names code for its encoder"),
        (SPAN, OWN_CODE, "needs to run code of its own"),
        ("gliclass", {"architecture_type": "bi-encoder"}, "is a GLiClass of the architecture bi-encoder"),
        ("gliclass", {"encoder_config": OWN_CODE}, "lacks the configuration of its encoder"),
        ("gliclass", OWN_CODE, "needs to run code of its own"),
    ],
)
def test_what_is_refused_before_anything_is_loaded(
    tmp_path: Path, name: str, change: dict[str, Any], reason: str
) -> None:
    """Code, what would be looked for elsewhere, and architectures that are asked otherwise."""
    inspection = inspect(copy(name, tmp_path, **change))
    assert inspection.forms == ()
    assert str(inspection.reason).startswith(reason)


@for_each(
    ("name", "change", "reason"),
    [
        (SPAN, {"architecture": "other"}, "Unknown extractor architecture"),
        ("gliclass", {"encoder_config": {"model_type": "own"}}, "its encoder is unknown to transformers"),
        ("timm", {"architecture": "hf-hub:acme/other"}, "is not one of timm's"),
        ("timm", {"architecture": "local-dir:/etc"}, "is not one of timm's"),
        ("timm", {"architecture": "no_such_network"}, "cannot be loaded"),
        ("timm", {"architecture": "test_resnet"}, "cannot be loaded"),
        ("timm", {"num_classes": 7}, "cannot be loaded"),
    ],
)
def test_what_does_not_fit_is_a_reason(tmp_path: Path, name: str, change: dict[str, Any], reason: str) -> None:
    """Nothing is looked for elsewhere, where a library would fetch it and trust it."""
    with pytest.raises(EngineError, match=reason):
        ask(copy(name, tmp_path, **change), call(name, tmp_path))


@for_each(
    ("name", "tensor", "reason"),
    [
        *((name, "", "damaged or cut short") for name in ("gliner", SPAN, "gliclass", "timm")),
        ("gliner", "prompt_rep_layer.0.weight", "weights lack 1 of the tensors"),
        (SPAN, "classifier.0.weight", "does not match this model's span-head"),
    ],
)
def test_broken_weights_are_a_reason(tmp_path: Path, name: str, tensor: str, reason: str) -> None:
    """Cut short, or without some of the tensors."""
    folder = copy(name, tmp_path)
    weights = folder / "model.safetensors"
    if tensor:
        tensors = load_file(weights)
        del tensors[tensor]
        save_file(tensors, weights)
    else:
        weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(EngineError, match=reason):
        ask(folder, call(name, tmp_path))


def test_an_encoder_without_its_configuration_is_refused(tmp_path: Path) -> None:
    folder = copy(SPAN, tmp_path)
    (folder / "encoder_config" / "config.json").unlink()
    assert inspect(folder).reason == "lacks encoder_config/config.json"


@for_each("name", ["gliner", "timm"])
def test_pickled_weights_answer_the_same(tmp_path: Path, name: str) -> None:
    """Most GLiNERs on the Hub are pickled; what is no checkpoint is refused."""
    folder, asked = copy(name, tmp_path), call(name, tmp_path)
    safe, _ = ask(folder, asked)
    pickled, facts = ask(to_pickle(folder), asked)
    assert pickled == safe
    assert facts["pickle"] == "only plain tensors were read"
    (folder / "pytorch_model.bin").write_bytes(b"x")
    inspection = inspect(folder)
    assert inspection.forms == ()
    assert "its weights file pytorch_model.bin is no checkpoint" in str(inspection.reason)


def test_no_other_file_is_read(tmp_path: Path) -> None:
    """A configuration of timm's that names a checkpoint of its own does not get it unpickled."""
    document = json.loads((made("timm") / "config.json").read_text(encoding="utf-8"))
    arguments = document["model_args"] | {"checkpoint_path": str(tmp_path / "trap.pth"), "pretrained": True}
    folder = copy("timm", tmp_path, model_args=arguments)
    (tmp_path / "trap.pth").write_bytes(b"cos\nsystem\n(S'touch pwned'\ntR.")
    (seen,), _ = ask(folder, ("see", colours(tmp_path)))
    assert seen[0][0][0] == "red"


FIELDS = {"person": {"type": "string"}, "to": {"type": "string", "description": "place"}}
SCHEMA = {"scoring": {"json_schema": {"type": "object", "properties": FIELDS}}}


@pytest.mark.parametrize("kind", ["token-classification", "json-extraction"])
def test_a_run_on_names_ends_with_gliner(home: Home, tmp_path: Path, kind: str) -> None:
    """From a file of examples to code that answers as the probe did; fields are found by description or name."""

    def expected(who: str, where: str) -> Any:
        spans = [{"text": who, "label": "PERSON"}, {"text": where, "label": "CITY"}]
        return spans if kind == "token-classification" else {"person": who, "to": where}

    column = "entities" if kind == "token-classification" else "expected"
    people, places = ("ada", "alan", "grace", "bob"), ("paris", "berlin", "london", "rome")
    rows = [
        {"text": f"{who} went {'today ' * (n % 3)}to {where} .", column: expected(who, where)}
        for n, (who, where) in enumerate((who, where) for who in people for where in places)
        for n in (n, n + 1, n + 2)
    ]
    more: dict[str, Any] = SCHEMA if column == "expected" else {"labels": {"PERSON": "person", "CITY": "place"}}
    task = write_task(tmp_path / "task", rows, models=["names"], family=kind, **more)
    (answer,) = answers_of(home, made("gliner"), task, ("names", "gliner", "zero-shot"), ["grace saw rome"])
    bare = [{"text": each["text"], "label": each["label"]} for each in answer] if column == "entities" else answer
    assert bare == expected("grace", "rome")


def test_a_run_on_moods_ends_with_gliclass(home: Home, tmp_path: Path) -> None:
    """The labels' meanings are what the model is given; the answers are the labels."""
    rows = [
        {"text": f"{before} {word} {after}".strip(), "label": {"glad": "UP", "sad": "DOWN"}[mood]}
        for mood, words in MOODS.items()
        for word in words
        for before in ("the day", "and", "")
        for after in ("", "and the day")
    ]
    more = {"labels": {"UP": "glad", "DOWN": "sad"}, "models": ["moods"]}
    task = write_task(tmp_path / "task", rows, family="zero-shot-classification", **more)
    used, asked = ("moods", "gliclass", "zero-shot"), ["the day lovely", "and awful"]
    assert answers_of(home, made("gliclass"), task, used, asked) == ["UP", "DOWN"]


def test_a_run_on_images_ends_with_timm(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "task"
    folder.mkdir()
    named = [(image(folder / f"{n}.png", ("red", "blue")[n % 2]).name, ("red", "blue")[n % 2]) for n in range(40)]
    rows = [{"image": name, "label": colour} for name, colour in named]
    task = write_task(folder, rows, family="image-classification", models=["colours"])
    asked = [str(folder / "0.png"), str(folder / "1.png")]
    assert answers_of(home, made("timm"), task, ("colours", "timm"), asked) == ["red", "blue"]
