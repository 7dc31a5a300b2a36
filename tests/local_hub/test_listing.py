"""The listing: filters, order, cursors, `expand`, and the rate limit that every answer tells."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from tests.local_hub import (
    LocalHub,
    Meanwhile,
)
from tests.local_hub.asking import ask, fill


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


def test_the_client_follows_cursors_through_pages_of_a_thousand(hub: LocalHub, tmp_path: Path) -> None:
    """list_models sees each of 2,345 models once, in three requests, also when they tie across pages."""
    expected = fill(hub, 2345)
    assert ask(hub, tmp_path, 'result = [m.id for m in list_models(sort="downloads")]') == expected
    assert len(hub.requests) == 3
    cursor = json.loads(base64.b64decode(hub.requests[1].query["cursor"][0]))
    assert cursor["$or"][0]["downloads"] == 1000 - 999 // 10
    assert set(cursor["$or"][0]["_id"]) == {"$gt"}
    assert cursor["$or"][1:] == [{"downloads": {"$lt": 901}}, {"downloads": None}]


def test_a_cursor_outlives_the_record_it_was_made_from(hub: LocalHub, tmp_path: Path) -> None:
    """A model that vanishes between two pages costs no other model; one that returns is seen again."""
    expected = fill(hub, 9)
    hub.faults.add(Meanwhile(path="cursor=", action=lambda: hub.records.vanish("acme/m0002")))
    code = 'result = [walk(sort="downloads", limit=3), kind(lambda: model_info("acme/m0002"))]'
    pages, after = ask(hub, tmp_path, code)
    assert [model for page in pages for model in page] == expected
    assert after == ["HfHubHTTPError", 401]
    hub.records.return_("acme/m0002")
    assert ask(hub, tmp_path, 'result = model_info("acme/m0002").id') == "acme/m0002"


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


def test_every_answer_tells_the_rate_limit_and_a_spent_one_is_429(hub: LocalHub, tmp_path: Path) -> None:
    """The quotas count down, differ by caller and kind, and stop the caller until the window ends."""
    hub.add_repo("acme/tiny", Path(__file__).parent)
    code = """
def told(path):
    response = get_session().get(ENDPOINT + path)
    info = parse_ratelimit_headers(response.headers)
    return [response.status_code, info.resource_type, info.remaining, info.limit, info.window_seconds]
result = [told("/api/models"), told("/api/models/acme/none"), told("/acme/tiny/resolve/main/wire.py"),
          told("/elsewhere"), kind(lambda: http_backoff("GET", ENDPOINT + "/api/models", max_retries=0))]
"""
    *first, spent = ask(hub, tmp_path, code)
    assert [call[1:] for call in first] == [
        ["api", 499, 500, 300],
        ["api", 498, 500, 300],
        ["resolvers", 2999, 3000, 300],
        ["pages", 99, 100, 300],
    ]
    assert spent is None
    hub.limits.set("api", 2, window_seconds=60)
    *_, spent = ask(hub, tmp_path, code)
    assert spent == ["HfHubHTTPError", 429]
    hub.limits.refill()
    assert ask(hub, tmp_path, code)[0] == [200, "api", 1, 2, 60]
