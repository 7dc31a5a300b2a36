"""One model: its facts, old names, models that are missing, gated or disabled."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from tests.local_hub import (
    LocalHub,
)
from tests.local_hub.asking import ask
from tests.local_hub.tls import self_signed

if TYPE_CHECKING:
    from pathlib import Path


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


def test_a_commit_hash_is_required_where_one_is_given(hub: LocalHub, folder: Path) -> None:
    """A name for a revision is told apart from a hash, and a missing folder is named."""
    with pytest.raises(ValueError, match="40 hexadecimal digits"):
        hub.add_repo("acme/tiny", folder, revision="main")
    with pytest.raises(FileNotFoundError, match="none"):
        hub.add_repo("acme/tiny", folder / "none")
