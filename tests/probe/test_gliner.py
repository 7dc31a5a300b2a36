"""GLiNER: spans of labels that the task gives, from a model that the library itself trained and saved."""

import re
import shutil
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from advisor.candidates.layout import inspect
from advisor.candidates.uses import Use, use_for
from advisor.families import family
from catalog import ModelCard
from tests.conftest import Home
from tests.families.support import answers_of, write_task
from tests.probe.asking import EngineError, ask
from tests.probe.test_permissions import to_pickle
from tests.probe.tiny import changed, tiny_engine
from tests.tables import for_each

copy = partial(changed, "gliner")
LABELS = ["person", "place"]


def test_it_finds_the_spans_of_labels_that_it_is_given() -> None:
    """By their place in the text; of one label alone where one is asked for; nothing in an empty text."""
    texts = ["ada went to paris with bob .", "", "the day", "berlin"]
    (both, people), facts = ask(tiny_engine("gliner"), ("extract", texts, LABELS), ("extract", texts, LABELS[:1]))
    assert [[each[:3] for each in row] for row in both] == [
        [[0, 3, "person"], [12, 17, "place"], [23, 26, "person"]],
        [],
        [],
        [[0, 6, "place"]],
    ]
    assert all(0.5 < each[3] <= 1.0 for row in both for each in row)
    assert all(each[2] == "person" for row in people for each in row)
    assert facts["precision"] == "fp32"


def test_a_text_longer_than_it_reads_is_read_in_windows() -> None:
    """It reads 24 words; every name is found once, at its place, whatever window it stands in."""
    text = "ada went to paris . bob saw rome today . " * 6
    ((found,),), _ = ask(tiny_engine("gliner"), ("extract", [text], LABELS))
    kinds = {"ada": "person", "bob": "person", "paris": "place", "rome": "place"}
    names = [(each.start(), each.end(), kinds[each[0]]) for each in re.finditer("|".join(kinds), text)]
    assert len(names) == 24
    assert set(names) <= {tuple(each[:3]) for each in found}
    assert all(one[1] <= other[0] for one, other in pairwise(found))


def test_a_folder_is_its_alone() -> None:
    (form,) = inspect(tiny_engine("gliner")).forms
    assert (form.runtime, form.ability, form.files) == ("gliner", "extract", ("model.safetensors",))
    assert form.parameters is not None


@for_each(
    ("change", "reason"),
    [
        ({"encoder_config": None}, "lacks encoder_config, for which it points to acme/none"),
        ({"encoder_config": {"auto_map": {"AutoModel": "own.Model"}}}, "needs to run code of its own"),
        ({"labels_decoder": "gpt2"}, "is a GLiNER with labels_decoder"),
        ({"labels_encoder": "acme/other"}, "lacks labels_encoder_config"),
    ],
)
def test_what_is_not_loaded(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    """Code, and whatever would be looked for elsewhere, are refused before anything is loaded."""
    inspection = inspect(copy(tmp_path, **change))
    assert inspection.forms == ()
    assert str(inspection.reason).startswith(reason)


def test_pickled_weights_find_the_same(tmp_path: Path) -> None:
    folder, call = copy(tmp_path), ("extract", ["ada met bob in paris"], LABELS)
    safe, _ = ask(folder, call)
    pickled, facts = ask(to_pickle(folder), call)
    assert pickled == safe
    assert facts["pickle"] == "only plain tensors were read"
    (folder / "pytorch_model.bin").write_bytes(b"x")
    inspection = inspect(folder)
    assert inspection.forms == ()
    assert "its weights file pytorch_model.bin is no checkpoint" in str(inspection.reason)


def test_broken_files_are_reasons(tmp_path: Path) -> None:
    """Cut short, or without some of the weights: never made do with."""
    folder = copy(tmp_path)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(EngineError, match="damaged or cut short"):
        ask(folder, ("extract", ["ada"], LABELS))
    shutil.rmtree(folder)
    folder = copy(tmp_path)
    from safetensors.numpy import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    del tensors["prompt_rep_layer.0.weight" if "prompt_rep_layer.0.weight" in tensors else max(tensors)]
    save_file(tensors, folder / "model.safetensors")
    with pytest.raises(EngineError, match="weights lack 1 of the tensors"):
        ask(folder, ("extract", ["ada"], LABELS))


def test_the_catalogs_gliners_are_its_own() -> None:
    """And those of GLiNER2, another library, are not."""
    known = ModelCard("acme/gliner", family="token-classification", library="gliner")
    assert use_for(known, family("token-classification")) == Use("gliner", "extract")
    for tags in ((), ("GLiNER",)):
        other = ModelCard("acme/gliner2", family="token-classification", library="gliner2", tags=tags)
        assert use_for(other, family("token-classification")) == Use("gliner2", "extract")
    tagged = ModelCard("acme/names", family="token-classification", tags=("GLiNER",))
    assert use_for(tagged, family("token-classification")) == Use("gliner", "extract")


SPANS = {"family": "token-classification", "labels": {"PERSON": "person", "CITY": "place"}}
FIELDS = {
    "family": "json-extraction",
    "baselines": "skip",
    "scoring": {
        "json_schema": {
            "type": "object",
            "properties": {"person": {"type": "string"}, "to": {"type": "string", "description": "place"}},
        }
    },
}


@pytest.mark.parametrize("kind", [SPANS, FIELDS], ids=["spans", "fields"])
def test_a_run_ends_with_it_recommended(home: Home, tmp_path: Path, kind: dict[str, Any]) -> None:
    """From a file of examples to code that answers as the probe did; fields are found by description or name."""
    column, expected = ("entities", _spans) if kind is SPANS else ("expected", _fields)
    people, places = ("ada", "alan", "grace", "bob"), ("paris", "berlin", "london", "rome")
    rows = [
        {"text": f"{who} went {'today ' * (n % 3)}to {where} .", column: expected(who, where)}
        for n, (who, where) in enumerate((who, where) for who in people for where in places)
        for n in (n, n + 1, n + 2)
    ]
    task = write_task(tmp_path / "task", rows, models=["names"], **kind)
    used, asked = ("names", "gliner", "zero-shot"), ["grace saw rome"]
    (answer,) = answers_of(home, tiny_engine("gliner"), task, used, asked)
    bare = [{"text": each["text"], "label": each["label"]} for each in answer] if kind is SPANS else answer
    assert bare == expected("grace", "rome")


def _spans(who: str, where: str) -> list[dict[str, str]]:
    return [{"text": who, "label": "PERSON"}, {"text": where, "label": "CITY"}]


def _fields(who: str, where: str) -> dict[str, str]:
    return {"person": who, "to": where}
