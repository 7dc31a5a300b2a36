"""The local Hub as the real client sees it: filters, order, `expand`, its own failures told apart."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local_hub import LocalHub, Meanwhile, run_client

IMPORTS = """
from huggingface_hub import list_models, model_info
from huggingface_hub.utils import get_session, http_backoff, hf_raise_for_status
from huggingface_hub.constants import ENDPOINT

def kind(call):
    # The class of the exception and the status that a call ends with.
    try:
        call()
    except Exception as error:
        response = getattr(error, "response", None)
        return [type(error).__name__, response.status_code if response is not None else None]
    return None

def walk(**params):
    # Pages of ids, by following the Link header.
    pages, url = [], f"{ENDPOINT}/api/models"
    while url:
        response = http_backoff("GET", url, params=params, base_wait_time=0, timeout=20)
        hf_raise_for_status(response)
        pages.append([record["id"] for record in response.json()])
        url, params = response.links.get("next", {}).get("url"), None
    return pages
"""


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    """A hub with two users."""
    with LocalHub(tokens={"hf_reader": "reader", "hf_acme": "acme"}) as running:
        yield running


def ask(hub: LocalHub, tmp_path: Path, code: str, *, token: str | None = None) -> Any:
    """Run client code against the hub with a home below `tmp_path`."""
    return run_client(hub, IMPORTS + code, tmp_path / "home", token=token)


def test_filters_narrow_the_listing(hub: LocalHub, tmp_path: Path) -> None:
    """Tags, task, author, text, gate and size each select; several tags must all be there."""
    put = hub.records.put
    put("acme/a", tags=["en", "license:mit"], pipeline_tag="fill-mask", safetensors={"total": 10**8})
    put("acme/b", tags=["en"], pipeline_tag="fill-mask", gated="auto", safetensors={"total": 7 * 10**9})
    put("other/a-bert", tags=["de", "license:mit"], library_name="transformers")
    put("reader/own", private=True)
    code = """
def ids(**wanted):
    return sorted(model.id for model in list_models(**wanted))
result = [ids(), ids(filter="license:mit"), ids(filter=["en", "license:mit"]), ids(pipeline_tag="fill-mask"),
          ids(author="other"), ids(search="BERT"), ids(gated=True), ids(num_parameters="min:1B,max:8B"),
          ids(filter="transformers"), ids(author="reader")]
"""
    everyone = [
        ["acme/a", "acme/b", "other/a-bert"],
        ["acme/a", "other/a-bert"],
        ["acme/a"],
        ["acme/a", "acme/b"],
        ["other/a-bert"],
        ["other/a-bert"],
        ["acme/b"],
        ["acme/b"],
        ["other/a-bert"],
    ]
    assert ask(hub, tmp_path, code) == [*everyone, []]
    assert ask(hub, tmp_path, code, token="hf_reader")[-1] == ["reader/own"]  # noqa: S106 - made up


def test_order_is_by_value_with_the_unknown_last_when_descending(hub: LocalHub, tmp_path: Path) -> None:
    """Both directions and createdAt's order by _id hold, and ties go by ascending _id."""
    hub.records.put("x/unknown")
    hub.records.put("x/old", downloads=5, createdAt="2023-01-01T00:00:00.000Z")
    hub.records.put("x/new", downloads=5, createdAt="2024-01-01T00:00:00.000Z")
    hub.records.put("x/top", downloads=9, createdAt="2022-05-01T00:00:00.000Z")
    code = """
result = [walk(sort="downloads", limit=1), walk(sort="downloads", direction=1, limit=1),
          walk(sort="createdAt", limit=3), walk(sort="createdAt", direction=1, limit=3),
          [[m.id for m in list_models(sort="created_at")]],
          kind(lambda: walk(sort="nonsense")), kind(lambda: walk(limit=0)), kind(lambda: walk(cursor="bm8="))]
"""
    down, up, newest, oldest, listed, *errors = ask(hub, tmp_path, code)
    assert down == [["x/top"], ["x/old"], ["x/new"], ["x/unknown"]]
    assert up == [["x/unknown"], ["x/old"], ["x/new"], ["x/top"]]
    assert newest == [["x/new", "x/old", "x/top"], ["x/unknown"]]
    assert oldest == [["x/unknown", "x/top", "x/old"], ["x/new"]]
    assert listed == [["x/new", "x/old", "x/top", "x/unknown"]]
    assert errors == [["BadRequestError", 400]] * 3


def test_expand_returns_only_what_it_names(hub: LocalHub, tmp_path: Path) -> None:
    """With expand come the named fields, id and _id; without, neither full nor cardData bring the rest."""
    hub.records.put(
        "acme/a",
        downloads=3,
        cardData={"license": "mit"},
        config={"model_type": "bert"},
        safetensors={"parameters": {"F32": 5}, "total": 5},
        siblings=[{"rfilename": "config.json"}],
    )
    code = """
def raw(**params):
    response = get_session().get(f"{ENDPOINT}/api/models", params=params)
    hf_raise_for_status(response)
    return sorted(response.json()[0])
model = next(iter(list_models(expand=["safetensors", "downloads", "gguf"])))
result = [raw(expand=["safetensors", "downloads", "gguf"]), raw(), raw(full=True, cardData=True),
          raw(config=True), [model.safetensors.total, model.likes, model.gguf],
          kind(lambda: list(list_models(expand=["nonsense"]))),
          kind(lambda: model_info("acme/a", expand=["nonsense"])),
          model_info("acme/a", expand=["config"]).config, kind(lambda: raw(apps="ollama"))]
"""
    named, basic, full, config, values, *errors, one, unplayed = ask(hub, tmp_path, code)
    assert named == ["_id", "downloads", "id", "safetensors"]
    assert {"modelId", "tags", "likes", "createdAt"} <= set(basic)
    assert not {"cardData", "siblings", "author", "lastModified"} & set(basic)
    assert {"cardData", "siblings", "sha"} <= set(full)
    assert not {"safetensors", "author", "config", "lastModified", "baseModels"} & set(full)
    assert "config" in config
    assert values == [5, None, None]
    assert errors == [["BadRequestError", 400]] * 2
    assert one == {"model_type": "bert"}
    assert unplayed == ["HfHubHTTPError", 501]


def test_a_failure_of_the_hub_itself_fails_the_test(tmp_path: Path) -> None:
    """What the hub cannot do does not look like a fault of the client."""

    def break_down() -> None:
        raise RuntimeError("deliberate")

    def use() -> None:
        with LocalHub() as hub:
            hub.faults.add(Meanwhile(action=break_down))
            ask(hub, tmp_path, "result = kind(lambda: model_info('acme/none'))")

    with pytest.raises(ExceptionGroup, match="The local Hub failed") as caught:
        use()
    assert str(caught.value.exceptions[0]) == "deliberate"
