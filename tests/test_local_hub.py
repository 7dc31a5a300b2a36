"""The local Hub, as the real huggingface_hub client sees it from a process of its own."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from tests.local_hub import (
    Cut,
    LocalHub,
    Meanwhile,
    RepeatedRecords,
    ServerError,
    Stall,
    TooManyRequests,
    TruncatedJson,
    WrongContent,
    recorded,
    run_client,
)
from tests.local_hub.tls import self_signed

if TYPE_CHECKING:
    from collections.abc import Iterator

IMPORTS = """
import json
from huggingface_hub import HfApi, hf_hub_download, snapshot_download, list_models, model_info
from huggingface_hub.utils import get_session, http_backoff, hf_raise_for_status, parse_ratelimit_headers
from huggingface_hub.constants import ENDPOINT
api = HfApi()

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
    """A hub with one user."""
    with LocalHub(tokens={"hf_reader": "reader", "hf_acme": "acme"}) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model's files: a card, a configuration, a module folder and weights of 40,000 + 6 values."""
    made = tmp_path / "tiny"
    (made / "1_Pooling").mkdir(parents=True)
    card = "---\nlicense: apache-2.0\npipeline_tag: text-classification\nlanguage: [en, de]\n---\n# Tiny\n"
    (made / "README.md").write_text(card, encoding="utf-8")
    (made / "config.json").write_text(json.dumps({"model_type": "bert", "architectures": ["BertModel"]}))
    (made / "1_Pooling" / "config.json").write_text("{}")
    weights: dict[str, np.ndarray[Any, Any]] = {
        "w": np.arange(40_000, dtype=np.float32),
        "ids": np.arange(6, dtype=np.int64),
    }
    save_file(weights, made / "model.safetensors")
    return made


def ask(hub: LocalHub, tmp_path: Path, code: str, *, token: str | None = None) -> Any:
    """Run client code against the hub with a home below `tmp_path`."""
    return run_client(hub, IMPORTS + code, tmp_path / "home", token=token)


def fill(hub: LocalHub, count: int) -> list[str]:
    """List models m000... with downloads falling in steps of ten models; return their ids in that order."""
    for number in range(count):
        created = f"2025-01-01T{number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}.000Z"
        hub.records.put(f"acme/m{number:04d}", downloads=1000 - number // 10, createdAt=created)
    return [f"acme/m{number:04d}" for number in range(count)]


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
    hub.add_repo("acme/tiny", Path(__file__).parent / "local_hub")
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


def test_one_model_tells_its_files_sizes_and_hashes(hub: LocalHub, tmp_path: Path, folder: Path) -> None:
    """model_info with files_metadata has the sizes and hashes of the files, as git and git-lfs make them."""
    commit = hub.add_repo("acme/tiny", folder, gated=False, tags=["custom"], branches=["v1"])
    code = """
info = model_info("acme/tiny", files_metadata=True)
result = {"sha": info.sha, "params": info.safetensors.total, "tags": info.tags, "task": info.pipeline_tag,
          "license": info.card_data.license, "config": info.config,
          "v1": model_info("acme/tiny", revision="v1").sha,
          "by hash": model_info("acme/tiny", revision=info.sha).sha,
          "refs": api.list_repo_refs("acme/tiny").branches[0].name,
          "plain": [s.size for s in model_info("acme/tiny").siblings],
          "none": kind(lambda: model_info("acme/tiny", revision="v2")),
          "files": {s.rfilename: [s.size, s.blob_id, s.lfs and s.lfs.sha256] for s in info.siblings}}
"""
    told = ask(hub, tmp_path, code)
    assert told["sha"] == told["v1"] == told["by hash"] == commit
    assert told["refs"] == "main"
    assert told["params"] == 40_006
    assert told["tags"] == ["custom"]
    assert told["task"] == "text-classification"
    assert told["license"] == "apache-2.0"
    assert told["config"]["model_type"] == "bert"
    assert told["plain"] == [None] * 4
    assert told["none"] == ["RevisionNotFoundError", 404]
    weights = (folder / "model.safetensors").read_bytes()
    assert told["files"]["model.safetensors"][::2] == [len(weights), hashlib.sha256(weights).hexdigest()]
    git_hash_of_two_braces = "9e26dfeeb6e641a33dae4961196235bdb965b21b"
    assert told["files"]["1_Pooling/config.json"] == [2, git_hash_of_two_braces, None]


def test_uncertain_ways_can_be_played_either_way(hub: LocalHub, tmp_path: Path) -> None:
    """Unset fields as null, base models as bare ids, a missing model as 404 to all: each on demand."""
    hub.records.put("acme/a", baseModels={"relation": "finetune", "models": [{"id": "acme/base"}]})
    code = """
params = {"expand": ["baseModels", "gguf"]}
shown = get_session().get(f"{ENDPOINT}/api/models/acme/a", params=params).json()
result = [shown["baseModels"], "gguf" in shown, kind(lambda: model_info("acme/none"))]
"""
    base, null, missing = ask(hub, tmp_path, code)
    assert base == {"relation": "finetune", "models": [{"id": "acme/base"}]}
    assert not null
    assert missing == ["HfHubHTTPError", 401]
    hub.quirks.base_models_as_ids = hub.quirks.explicit_nulls = True
    hub.quirks.missing_is_401 = False
    assert ask(hub, tmp_path, code) == [["acme/base"], True, ["RepositoryNotFoundError", 404]]


def test_an_old_or_miscased_id_redirects(hub: LocalHub, tmp_path: Path, folder: Path) -> None:
    """Metadata and files of a renamed model are reached under the old id, and the new id comes back."""
    hub.add_repo("openai-community/gpt2", folder)
    hub.records.alias("gpt2", "openai-community/gpt2")
    code = """
response = get_session().get(f"{ENDPOINT}/api/models/gpt2?blobs=true", follow_redirects=False)
result = [response.status_code, response.headers["Location"], model_info("gpt2").id,
          model_info("OpenAI-Community/GPT2", revision="main").id,
          open(hf_hub_download("gpt2", "config.json")).read()]
"""
    status, location, *ids, config = ask(hub, tmp_path, code)
    assert (status, location) == (307, "/api/models/openai-community/gpt2?blobs=true")
    assert ids == ["openai-community/gpt2"] * 2
    assert config == (folder / "config.json").read_text()


MISSING = """
response = get_session().get(f"{ENDPOINT}/api/models/acme/none", headers=api._build_hf_headers())
result = [response.status_code, response.headers.get("X-Error-Code"), kind(lambda: model_info("acme/none")),
          kind(lambda: hf_hub_download("acme/none", "config.json"))]
"""


def test_a_missing_model_is_401_to_the_anonymous_and_404_with_a_token(hub: LocalHub, tmp_path: Path) -> None:
    """The anonymous get no X-Error-Code; a known token gets RepoNotFound, an unknown one is refused."""
    status, code, info, _ = ask(hub, tmp_path, MISSING)
    assert (status, code, info) == (401, None, ["HfHubHTTPError", 401])
    status, code, info, download = ask(hub, tmp_path, MISSING, token="hf_reader")  # noqa: S106 - made up
    assert (status, code) == (404, "RepoNotFound")
    assert info == download == ["RepositoryNotFoundError", 404]
    assert ask(hub, tmp_path, MISSING, token="hf_bad")[2] == ["HfHubHTTPError", 401]  # noqa: S106 - made up


def test_over_https_the_client_names_the_missing_model(tmp_path: Path) -> None:
    """Only at an https address does the client take the anonymous 401 for a missing repository."""
    certificate = self_signed(tmp_path)
    if certificate is None:
        pytest.skip("the openssl command is not installed")
    with LocalHub(certificate=certificate) as hub:
        assert ask(hub, tmp_path, MISSING)[2:] == [["RepositoryNotFoundError", 401]] * 2


def test_a_gated_model_shows_its_facts_but_not_its_files(hub: LocalHub, tmp_path: Path, folder: Path) -> None:
    """Metadata and tree are public; the files are 401 or 403 GatedRepo until access is granted."""
    hub.add_repo("acme/gated", folder, gated="manual")
    code = """
result = [model_info("acme/gated").gated, len(api.list_repo_files("acme/gated")),
          kind(lambda: hf_hub_download("acme/gated", "config.json"))]
"""
    assert ask(hub, tmp_path, code) == ["manual", 4, ["GatedRepoError", 401]]
    assert ask(hub, tmp_path, code, token="hf_reader")[2] == ["GatedRepoError", 403]  # noqa: S106 - made up
    hub.grant("acme/gated", "hf_reader")
    assert ask(hub, tmp_path, code, token="hf_reader")[2] is None  # noqa: S106 - made up


def test_a_disabled_model_refuses_its_files(hub: LocalHub, tmp_path: Path, folder: Path) -> None:
    """The client sees DisabledRepoError, and whoami tells who asks."""
    hub.add_repo("acme/off", folder, disabled=True)
    code = """
from huggingface_hub import get_hf_file_metadata, hf_hub_url
url = hf_hub_url("acme/off", "config.json")
result = [kind(lambda: get_hf_file_metadata(url)), api.whoami()["name"]]
"""
    assert ask(hub, tmp_path, code, token="hf_acme") == [["DisabledRepoError", 403], "acme"]  # noqa: S106
    code = "result = get_session().get(f'{ENDPOINT}/api/whoami-v2').status_code"
    assert ask(hub, tmp_path, code) == 401


def test_the_tree_lists_folders_and_files_in_pages(hub: LocalHub, tmp_path: Path, folder: Path) -> None:
    """Recursive or not, below a path, page by page; paths-info answers for what exists."""
    hub.add_repo("acme/tiny", folder)
    hub.tree_page = 2
    code = """
def paths(**where):
    return [[type(e).__name__, e.path] for e in api.list_repo_tree("acme/tiny", **where)]
weights = api.get_paths_info("acme/tiny", ["model.safetensors", "1_Pooling", "none"])
result = [paths(), paths(recursive=True), paths(path_in_repo="1_Pooling"), paths(path_in_repo="1_Pooling/"),
          [weights[0].size, weights[0].lfs.sha256, weights[1].path, len(weights)],
          kind(lambda: paths(path_in_repo="none"))]
"""
    top, everything, below, slashed, info, missing = ask(hub, tmp_path, code)
    files = [["RepoFile", name] for name in ("README.md", "config.json", "model.safetensors")]
    inner = ["RepoFile", "1_Pooling/config.json"]
    assert top == [["RepoFolder", "1_Pooling"], *files]
    assert everything == [["RepoFolder", "1_Pooling"], inner, *files]
    assert below == slashed == [inner]
    content = (folder / "model.safetensors").read_bytes()
    assert info == [len(content), hashlib.sha256(content).hexdigest(), "1_Pooling", 2]
    assert missing == ["RemoteEntryNotFoundError", 404]
    assert sum("/tree/" in request.path and "cursor" in request.query for request in hub.requests) == 3


def test_a_download_lands_in_the_cache_under_commit_and_hash(hub: LocalHub, tmp_path: Path, folder: Path) -> None:
    """hf_hub_download stores the true bytes under the etag, asks once, and follows main to a new commit."""
    first = "a" * 40
    hub.add_repo("acme/tiny", folder, revision=first)
    code = """
import os
path = hf_hub_download("acme/tiny", "model.safetensors")
hf_hub_download("acme/tiny", "config.json")
result = [path, os.path.realpath(path), kind(lambda: hf_hub_download("acme/tiny", "none.txt"))]
"""
    ask(hub, tmp_path, code)
    hub.forget_requests()
    path, real, missing = ask(hub, tmp_path, code)
    content = (folder / "model.safetensors").read_bytes()
    assert Path(path).read_bytes() == content
    assert Path(path).parent.name == first
    assert Path(real).name == hashlib.sha256(content).hexdigest()
    assert missing == ["RemoteEntryNotFoundError", 404]
    assert {request.method for request in hub.requests} == {"HEAD"}  # the second time nothing is fetched
    (folder / "config.json").write_text('{"model_type": "gpt2"}')
    second = hub.add_repo("acme/tiny", folder)
    code = """
old = hf_hub_download("acme/tiny", "config.json", revision="aaaaaaa")
result = [json.load(open(hf_hub_download("acme/tiny", "config.json"))), json.load(open(old)),
          model_info("acme/tiny").sha]
"""
    new, old, sha = ask(hub, tmp_path, code)
    assert (new["model_type"], old["model_type"], sha) == ("gpt2", "bert", second)


def test_a_snapshot_says_what_it_would_fetch_and_then_fetches_it(hub: LocalHub, tmp_path: Path, folder: Path) -> None:
    """dry_run tells exact bytes and knows the cache; the snapshot equals the folder."""
    hub.add_repo("acme/tiny", folder)
    code = """
def plan():
    files = snapshot_download("acme/tiny", dry_run=True, ignore_patterns="README.md")
    return {f.filename: [f.file_size, f.will_download] for f in files}
before = plan()
path = snapshot_download("acme/tiny", ignore_patterns="README.md")
result = [before, plan(), path]
"""
    before, after, path = ask(hub, tmp_path, code)
    names = ["1_Pooling/config.json", "config.json", "model.safetensors"]
    assert before == {name: [(folder / name).stat().st_size, True] for name in names}
    assert after == {name: [(folder / name).stat().st_size, False] for name in names}
    assert all((Path(path) / name).read_bytes() == (folder / name).read_bytes() for name in names)


def test_facts_alone_are_enough_for_a_plan(hub: LocalHub, tmp_path: Path) -> None:
    """A record with sizes but no files can be planned for, not fetched."""
    weights = {"rfilename": "model.safetensors", "size": 14 * 10**9, "lfs": {"sha256": "b" * 64}}
    hub.records.put("acme/large", siblings=[weights, {"rfilename": "unsized.bin"}])
    code = """
files = snapshot_download("acme/large", dry_run=True)
fetching = kind(lambda: hf_hub_download("acme/large", "model.safetensors"))
result = [[f.filename, f.file_size] for f in files] + [fetching]
"""
    assert ask(hub, tmp_path, code) == [
        ["model.safetensors", 14 * 10**9],
        ["RemoteEntryNotFoundError", 404],
    ]


def test_ranges_answer_206_and_the_header_of_weights_is_read_by_range(
    hub: LocalHub, tmp_path: Path, folder: Path
) -> None:
    """First, middle and last bytes come as asked; beyond the end is 416; nonsense is ignored."""
    hub.add_repo("acme/tiny", folder)
    code = """
url = f"{ENDPOINT}/acme/tiny/resolve/main/model.safetensors"
def part(spec):
    response = get_session().get(url, headers={"Range": spec})
    content = response.content
    return [response.status_code, response.headers.get("Content-Range"), content.hex()[:16], len(content)]
metadata = api.get_safetensors_metadata("acme/tiny")
result = [part("bytes=0-7"), part("bytes=100-103"), part("bytes=-4"), part("bytes=160000-"),
          part("bytes=999999999-")[:2], part("bytes=5-2")[0], part("bytes=0-1,4-5")[0],
          metadata.parameter_count]
"""
    content = (folder / "model.safetensors").read_bytes()
    size = len(content)
    *spans, beyond, backward, several, counts = ask(hub, tmp_path, code)
    bounds = [(0, 8), (100, 104), (size - 4, size), (160_000, size)]
    assert spans == [
        [206, f"bytes {start}-{stop - 1}/{size}", content[start:stop].hex()[:16], stop - start]
        for start, stop in bounds
    ]
    assert beyond == [416, f"bytes */{size}"]
    assert (backward, several) == (200, 200)
    assert counts == {"F32": 40_000, "I64": 6}
    ranges = [r for r in hub.requests if r.headers.get("range") == "bytes=0-100000"]
    assert [(request.status, request.sent) for request in ranges] == [(206, 100_001)]


def test_a_download_cut_in_the_middle_is_resumed_by_range(hub: LocalHub, tmp_path: Path) -> None:
    """After a cut the client asks for the rest alone, and the file is whole."""
    folder = tmp_path / "large"
    folder.mkdir()
    content = random.Random(0).randbytes(12 * 2**20)
    (folder / "model.bin").write_bytes(content)
    hub.add_repo("acme/large", folder)
    cut = hub.faults.add(Cut(path="/resolve/", method="GET", after=11 * 2**20))
    code = 'result = hf_hub_download("acme/large", "model.bin")'
    assert Path(ask(hub, tmp_path, code)).read_bytes() == content
    assert cut.hits == 1
    first, second = [request for request in hub.requests if request.method == "GET"]
    assert (first.status, first.sent, first.faults) == (200, 11 * 2**20, ["Cut"])
    # The client keeps whole pieces of 10 MiB, so it resumes at the end of the first.
    assert (second.status, second.headers["range"]) == (206, f"bytes={10 * 2**20}-")


def test_wrong_content_has_the_right_size_and_passes_the_client(hub: LocalHub, tmp_path: Path, folder: Path) -> None:
    """The client does not check the hash: whoever needs it must."""
    hub.add_repo("acme/tiny", folder)
    hub.faults.add(WrongContent(path="model.safetensors", method="GET"))
    fetched = Path(ask(hub, tmp_path, 'result = hf_hub_download("acme/tiny", "model.safetensors")')).resolve()
    assert fetched.stat().st_size == (folder / "model.safetensors").stat().st_size
    assert hashlib.sha256(fetched.read_bytes()).hexdigest() != fetched.name


def test_failures_of_the_server_are_retried_by_the_client(hub: LocalHub, tmp_path: Path) -> None:
    """Two 503 and a connection cut before the status line cost three tries; then the page comes."""
    expected = fill(hub, 3)
    hub.faults.add(ServerError(times=2))
    hub.faults.add(Cut(skip=2))
    assert ask(hub, tmp_path, 'result = walk(sort="downloads")') == [expected]
    assert [request.status for request in hub.requests] == [503, 503, None, 200]


def test_a_rate_limit_on_demand_tells_when_to_come_back(hub: LocalHub, tmp_path: Path) -> None:
    """The 429 has the RateLimit header with r=0, or Retry-After, as set."""
    hub.faults.add(TooManyRequests(seconds=17))
    hub.faults.add(TooManyRequests(skip=1, retry_after="23"))
    code = """
def told():
    response = get_session().get(f"{ENDPOINT}/api/models")
    info = parse_ratelimit_headers(response.headers)
    return [response.status_code, info.remaining, info.reset_in_seconds, response.headers.get("Retry-After")]
result = [told(), told(), told()]
"""
    limited, later, well = ask(hub, tmp_path, code)
    assert limited == [429, 0, 17, None]
    assert (later[0], later[3]) == (429, "23")
    assert later[1] > 0  # the hub's own figures stand
    assert well[0] == 200


def test_a_stall_ends_only_by_the_clients_own_time_limit(hub: LocalHub, tmp_path: Path, folder: Path) -> None:
    """Before the status line as in the middle of a body, nothing more comes."""
    hub.add_repo("acme/tiny", folder)
    hub.faults.add(Stall(path="/api/models"))
    hub.faults.add(Stall(path="/resolve/", after=1000))
    code = """
url = f"{ENDPOINT}/acme/tiny/resolve/main/model.safetensors"
result = [kind(lambda: model_info("acme/tiny", timeout=0.2)),
          kind(lambda: get_session().get(url, timeout=0.2))]
"""
    assert ask(hub, tmp_path, code) == [["ReadTimeout", None]] * 2
    assert [(request.status, request.sent) for request in hub.requests] == [(None, 0), (200, 1000)]


def test_a_process_can_be_killed_while_it_waits_and_the_walk_taken_up_again(hub: LocalHub, tmp_path: Path) -> None:
    """The test knows that the second page was asked for; its cursor still leads on."""
    expected = fill(hub, 6)
    hub.faults.add(Stall(path="cursor="))
    code = IMPORTS + 'walk(sort="downloads", limit=3)'
    process = subprocess.Popen([sys.executable, "-c", code], env=hub.environment(tmp_path / "home"))
    stalled = hub.wait_for(lambda request: "cursor" in request.query)
    process.kill()
    assert process.wait() != 0
    assert stalled.status is None
    cursor = stalled.first("cursor")
    rest = ask(hub, tmp_path, f'result = walk(sort="downloads", limit=3, cursor={cursor!r})')
    assert rest == [expected[3:]]


def test_json_that_breaks_off_is_a_sound_http_answer(hub: LocalHub, tmp_path: Path) -> None:
    """The client's parser is what fails."""
    fill(hub, 3)
    hub.faults.add(TruncatedJson())
    assert ask(hub, tmp_path, "result = kind(lambda: list(list_models()))") == ["JSONDecodeError", None]
    assert hub.requests[0].status == 200


def test_a_page_can_repeat_records_of_the_page_before(hub: LocalHub, tmp_path: Path) -> None:
    """The repeats come on top, and nothing is lost."""
    a, b, c, d, e, f = fill(hub, 6)
    hub.faults.add(RepeatedRecords(path="cursor=", records=2))
    pages = ask(hub, tmp_path, 'result = walk(sort="downloads", limit=3)')
    assert pages == [[a, b, c], [b, c, d, e, f]]


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


def test_a_commit_hash_is_required_where_one_is_given(hub: LocalHub, folder: Path) -> None:
    """A name for a revision is told apart from a hash, and a missing folder is named."""
    with pytest.raises(ValueError, match="40 hexadecimal digits"):
        hub.add_repo("acme/tiny", folder, revision="main")
    with pytest.raises(FileNotFoundError, match="none"):
        hub.add_repo("acme/tiny", folder / "none")


needs_data = pytest.mark.skipif(
    not (recorded.DATA / recorded.LISTING_2026).is_file(), reason=f"no recorded listings in {recorded.DATA}"
)


@needs_data
def test_recorded_models_of_2022_list_as_todays_hub_would(hub: LocalHub, tmp_path: Path) -> None:
    """10,782 models in eleven pages; the fields that came later have their defaults."""
    assert recorded.load_2022(hub.records) == 10_782
    code = """
fields = ["downloads", "createdAt", "gated", "cardData", "lastModified"]
models = list(list_models(sort="downloads", expand=fields))
one = models[0]
result = [len({m.id for m in models}), one.id, one.gated, one.created_at.isoformat(), one.card_data.license,
          [m.downloads is None for m in models].index(True)]
"""
    assert ask(hub, tmp_path, code) == [
        10_782,
        "distilgpt2",
        False,
        "2022-03-02T23:29:04+00:00",
        "apache-2.0",
        10_614,
    ]
    assert len(hub.requests) == 11


@needs_data
def test_eight_hours_pass_over_the_recorded_models_of_2026(hub: LocalHub, tmp_path: Path) -> None:
    """The delta adds 447, brings back 39, removes 116, and shows at the head of lastModified."""
    assert recorded.load_2026(hub.records) == 14_786
    code = """
from itertools import islice
head = list(islice(list_models(sort="last_modified", expand=["lastModified", "safetensors"]), 1000))
times = [m.last_modified.isoformat() for m in head]
result = [times[0], sum(time >= "2026-08-22T12:00" for time in times)]
"""
    before, fresh_before = ask(hub, tmp_path, code)
    counts = recorded.eight_hours_later(hub.records)
    assert (counts["added"], counts["removed"]) == (447 + 39, 116)
    after, fresh_after = ask(hub, tmp_path, code)
    assert before < "2026-08-22T12:30" < after
    assert fresh_before < 10 < fresh_after


def test_the_command_serves_a_folder_until_it_is_told_to_stop(tmp_path: Path, folder: Path) -> None:
    """`python -m tests.local_hub` prints the address to export, serves, and ends well."""
    root = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-m", "tests.local_hub", "--folder", f"acme/tiny={folder}"]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    export = process.stdout.readline().split()
    assert export[0] == "export"
    with LocalHub() as idle:  # lends its clean environment
        environment = idle.environment(tmp_path / "home") | dict(item.split("=", 1) for item in export[1:])
    code = 'from huggingface_hub import model_info; print(model_info("acme/tiny").id)'
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "acme/tiny\n"
    process.terminate()
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert errors.startswith("1 models")
