"""From the Hub's records to cards, and over what was known before."""

import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from advisor.evidence import prior_guess
from catalog.card import ModelCard, WeightFile
from catalog.refresh.merge import merge
from catalog.refresh.record import card_of, trim
from catalog.refresh.staging import Staging
from tests.tables import for_each

DAY = "2026-11-25"


def card(**raw: Any) -> ModelCard:
    """The card of a record of the listing."""
    record = trim({"id": "acme/model", **raw})
    assert record is not None
    made = card_of(record, DAY)
    assert made is not None
    return made


def merged(base: list[ModelCard], *records: dict[str, Any], **more: Any) -> dict[str, ModelCard]:
    trimmed = {r["id"].lower(): (r, DAY) for raw in records if (r := trim(raw)) is not None}
    with tempfile.TemporaryDirectory() as folder, Staging(Path(folder)) as staging:
        staging.lay(base)
        merge(staging, [trimmed[key] for key in sorted(trimmed)], has_record=trimmed.__contains__, **more)
        return {c.id: c for c in map(ModelCard.from_json, staging.completed())}


def test_a_full_record() -> None:
    """Every fact from the Hub, in the card's own terms."""
    made = card(
        sha="a" * 40,
        lastModified="2026-10-05T10:00:00.000Z",
        createdAt="2025-01-02T03:04:05.000Z",
        pipeline_tag="text-classification",
        library_name="transformers",
        tags=[
            "transformers",
            "safetensors",
            "onnx",
            "bert",
            "en",
            "license:mit",
            "region:us",
            "custom_code",
            "toxicity",
        ],
        downloads=12,
        likes=3,
        gated="manual",
        cardData={"license": "mit", "language": ["en", "deu"], "base_model": "acme/base"},
        safetensors={"parameters": {"F32": 66_955_010, "I64": 512}, "total": 66_955_522},
        baseModels={"relation": "finetune", "models": [{"id": "acme/base"}]},
    )
    assert made == ModelCard(
        id="acme/model", revision="a" * 40, family="text-classification", parameters=66_955_522,
        parameters_standing="exact", parameters_source=f"Hub API {DAY}", license="mit", languages=("en", "de"),
        library="transformers", files=(WeightFile(format="safetensors", precision="fp32"), WeightFile(format="onnx")),
        base_model="acme/base", base_relation="finetune", gated=True, remote_code=True, downloads=12, likes=3,
        created="2025-01-02", updated="2026-10-05", tags=("bert", "custom_code", "toxicity"),
    )  # fmt: skip


def test_a_time_of_no_calendar_is_unknown() -> None:
    """The newest one says where the next refresh begins."""
    assert trim({"id": "a/b", "lastModified": "2026-13-01T00:00:00.000Z"}) == {"id": "a/b"}


def test_unknown_stays_unknown() -> None:
    """An empty record makes an empty card; null is no fact."""
    assert card() == ModelCard("acme/model")
    assert card(
        gated=None, cardData=None, tags=None, downloads=None, createdAt="2022-03-02T23:29:04.000Z"
    ) == ModelCard("acme/model")


def test_a_model_of_many_languages_keeps_them_all() -> None:
    """However many a translator names, those behind the first hundred count too; a length of 0 is not known."""
    named = [f"q{first}{second}" for first in "abcdefghij" for second in "abcdefghijkl"]
    made = card(cardData={"language": [*named, "zh", "pl"]}, gguf={"total": 10**9, "context_length": 0})
    assert made.languages == (*named, "zh", "pl")
    assert made.context_length is None


MTEB = {"MTEB English classification (8 tasks)": 0.735, "MTEB Banking77Classification": 0.71}


@for_each("name", ["model-index", "evalResults"])
def test_published_figures(name: str) -> None:
    """Files that mteb 2.26.24 wrote, a card's front matter and `.eval_results`: names, shares and means as shipped."""
    kind = "model_index" if name == "model-index" else "eval_results"
    held = yaml.safe_load(Path(__file__).with_name(f"mteb_{kind}.yaml").read_text(encoding="utf-8"))
    data, metrics = (
        {"name": "mails", "type": "acme/mails"},
        [{"type": "f1", "value": 0.9}, {"type": "f1", "value": "?"}],
    )
    odd = {"dataset": {"name": "MTEB ImdbClassification", "type": "d"}, "metrics": [{"type": ["map"], "value": 0.1}]}
    if isinstance(held, dict):
        held["model-index"][0]["results"].append({"task": {"type": "x"}, "dataset": data, "metrics": metrics})
        held["model-index"][0]["results"].append({"task": {"type": "x"}, **odd})
        raw = held["model-index"]
    else:  # as the API wraps each file's
        own = {"dataset": {"id": "acme/mails", "task_id": "sort"}, "value": 91.5}
        raw = [*({"filename": "x.yaml", "data": each} for each in [*held, own]), {"error": "no YAML"}]
    found = card(**{name: raw}).scores
    assert found.items() >= MTEB.items()
    others = {name: value for name, value in found.items() if not name.startswith("MTEB ")}
    assert others == ({"mails: f1": 0.9} if name == "model-index" else {"acme/mails: sort": 91.5})
    assert (len(found) - len(others), prior_guess.published_score(found, "head")) == (9, 0.735)


@for_each(
    ("raw", "count", "standing"),
    [
        ({"gguf": {"total": 999_885_952, "totalFileSize": 2_000_000_000}}, 999_885_952, "exact"),
        # 7 B weights at four bits in 32-bit integers, the rest in half precision
        (
            {
                "safetensors": {"parameters": {"I32": 875_000_000, "F16": 200_000_000}, "total": 1_075_000_000},
                "config": {"quantization_config": {"quant_method": "gptq", "bits": 4}},
            },
            7_200_000_000,
            "estimated",
        ),
        (
            {
                "safetensors": {"parameters": {"U8": 3_500_000_000, "BF16": 500_000_000}, "total": 4_000_000_000},
                "config": {"quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": True}},
            },
            7_500_000_000,
            "estimated",
        ),
        ({"safetensors": {"parameters": {"U32": 900_000_000}, "total": 900_000_000}}, None, None),
        ({"id": "acme/model-AWQ", "safetensors": {"parameters": {"BF16": 10**9}, "total": 10**9}}, None, None),
        ({"id": "acme/model-FP8", "safetensors": {"parameters": {"F8_E4M3": 10**9}, "total": 10**9}}, 10**9, "exact"),
        ({"library_name": "peft", "safetensors": {"parameters": {"F32": 10**7}, "total": 10**7}}, None, None),
        ({"safetensors": {"total": 12}}, None, None),
        ({"safetensors": {"total": "many"}}, None, None),
    ],
)
def test_parameter_counts(raw: dict[str, Any], count: int | None, standing: str | None) -> None:
    """Exact where the weights say so, estimated where packed integers are unpacked, else not known."""
    made = card(**raw)
    assert (made.parameters, made.parameters_standing) == (count, standing)


@for_each(
    ("raw", "base", "relation"),
    [
        ({"baseModels": ["acme/base"]}, "acme/base", None),
        ({"baseModels": {"relation": "quantized", "models": [{"id": "acme/base"}]}}, "acme/base", "quantized"),
        ({"tags": ["base_model:acme/base", "base_model:adapter:acme/base"]}, "acme/base", "adapter"),
        ({"cardData": {"base_model": ["acme/base", "acme/other"]}}, "acme/base", None),
        ({"baseModels": {"relation": "quantized", "models": []}}, None, None),
        ({"baseModels": 7, "cardData": {"base_model": "../etc"}}, None, None),
    ],
)
def test_base_models(raw: dict[str, Any], base: str | None, relation: str | None) -> None:
    made = card(**raw)
    assert (made.base_model, made.base_relation) == (base, relation)


@for_each(
    ("table", "labels"),
    [
        ({"1": "spam", "0": "ham"}, ("ham", "spam")),
        ({str(n): f"kind {n}" for n in range(12)}, tuple(f"kind {n}" for n in range(12))),
        ({"1" * 5_000: "spam", "0": "ham"}, ("ham", "spam")),
        ({"0": "LABEL_0", "1": "LABEL_1"}, ()),
        ({"0": "0", "1": "1"}, ()),
        ({"0": "ham", "1": None}, ()),
        ({"0": "ham", "1": "a=b"}, ()),
        ({str(n): f"kind {n}" for n in range(1_000)}, ()),
        (["ham", "spam"], ()),
    ],
)
def test_labels(table: object, labels: tuple[str, ...]) -> None:
    """Those of the config in the order of its outputs; mere numbers, oddities and very many are none."""
    assert card(config={"id2label": table}).labels == labels


def test_what_is_no_public_model_is_left_out() -> None:
    """No id, an id that is none, a private one, a disabled one, a scratch upload."""
    for raw in (
        None,
        [],
        {},
        {"id": 5},
        {"id": "a/b/c"},
        {"id": "../x"},
        {"id": "a/b\n"},
        {"id": "a/b", "private": True},
    ):
        assert trim(raw) is None
    for raw in ({"id": "a/b", "disabled": True}, {"id": "a/test-model"}):
        record = trim(raw)
        assert record is not None
        assert card_of(record, DAY) is None
    assert trim({"modelId": "a/b"}) == {"id": "a/b"}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
_FIELDS = ("sha", "tags", "cardData", "config", "safetensors", "gguf", "baseModels", "gated", "downloads", "createdAt",
           "model-index", "evalResults")  # fmt: skip


@given(st.dictionaries(st.sampled_from(_FIELDS), _JSON), _JSON)
def test_no_record_breaks_the_refresh(raw: dict[str, Any], other: object) -> None:
    """Whatever the Hub sends in a field, the card survives its own file format."""
    made = card(**raw)
    assert ModelCard.from_json(made.to_json()) == made
    trim(other)
    deep = card(cardData={"license": other, "language": other}, safetensors={"parameters": other, "total": other})
    assert ModelCard.from_json(deep.to_json()) == deep


OLD = ModelCard(
    id="acme/model", revision="b" * 40, family="fill-mask", parameters=100_000_000, parameters_standing="estimated",
    parameters_source="curated", license="apache-2.0", languages=("en",), context_length=512,
    files=(WeightFile("model.safetensors", "safetensors", "fp32", 400_000_000, "c" * 64),), downloads=5,
    scores={"GLUE": 80.0}, tags=("recommended",), aliases=("model",),
    sources=("curated: context_length, family, files, license, parameters", "results: scores"),
)  # fmt: skip


def test_the_hubs_facts_win_and_the_rest_stays() -> None:
    """Files, scores and context stay; licence and counts are the Hub's; each source names what is still its own."""
    new = {
        "id": "acme/model",
        "sha": "d" * 40,
        "downloads": 9,
        "cardData": {"license": "mit"},
        "tags": ["safetensors", "onnx"],
        "safetensors": {"parameters": {"F32": 110_000_000}, "total": 110_000_000},
    }
    made = merged([OLD], new)["acme/model"]
    assert (made.license, made.downloads, made.revision) == ("mit", 9, "d" * 40)
    assert (made.parameters, made.parameters_standing, made.parameters_source) == (
        110_000_000,
        "exact",
        f"Hub API {DAY}",
    )
    assert (made.family, made.context_length, made.languages, made.scores) == (
        "fill-mask",
        512,
        ("en",),
        {"GLUE": 80.0},
    )
    assert made.tags == ("recommended",)
    assert made.aliases == ("model",)
    # A hash holds for its commit only; the format that the old card lacks is added.
    assert made.files == (
        WeightFile("model.safetensors", "safetensors", "fp32", 400_000_000),
        WeightFile(format="onnx"),
    )
    assert made.sources == (
        "curated: context_length, family, files",
        "results: scores",
        f"Hub API {DAY}: downloads, files, license, parameters, revision",
    )


def test_hashes_stay_while_the_commit_stays() -> None:
    assert merged([OLD], {"id": "acme/model", "sha": "b" * 40})["acme/model"].files == OLD.files


def test_names_of_one_model_meet() -> None:
    """Spelling, former names and the shipped card's aliases lead to one card; no alias is another's id."""
    made = merged(
        [OLD, ModelCard("old/name", likes=4), ModelCard("acme/gone")],
        {"id": "Acme/Model"},
        {"id": "new/name"},
        gone=["ACME/gone"],
        aliases=[("old/name", "new/name"), ("older/Name", "new/name"), ("acme/model", "new/name")],
    )
    assert set(made) == {"Acme/Model", "new/name"}
    assert made["Acme/Model"].aliases == ("model",)
    assert made["new/name"].aliases == ("old/name", "older/Name")
    assert made["new/name"].likes == 4


def test_an_imported_card_that_heard_later_wins() -> None:
    """The journal of this machine may be older than the catalog of the team."""
    imported = ModelCard("acme/model", license="mit", updated="2026-11-20", likes=None)
    made = merged(
        [imported],
        {"id": "acme/model", "lastModified": "2026-01-01T00:00:00Z", "likes": 2, "cardData": {"license": "gpl"}},
    )
    assert (made["acme/model"].license, made["acme/model"].likes) == ("mit", 2)


def test_a_copy_takes_its_size_from_its_original() -> None:
    """Packed weights with unknown bits get the count of their original."""
    made = merged(
        [],
        {"id": "acme/big", "safetensors": {"parameters": {"BF16": 7 * 10**9}, "total": 7 * 10**9}},
        {
            "id": "x/big-AWQ",
            "safetensors": {"parameters": {"I32": 10**9}, "total": 10**9},
            "baseModels": {"relation": "quantized", "models": [{"id": "acme/big"}]},
        },
    )
    assert (made["x/big-AWQ"].parameters, made["x/big-AWQ"].parameters_standing) == (7 * 10**9, "derived")
