"""Files: the tree, downloads into the cache, snapshots, ranges."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

from tests.local_hub import (
    Cut,
    LocalHub,
    WrongContent,
)
from tests.local_hub.asking import ask


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
