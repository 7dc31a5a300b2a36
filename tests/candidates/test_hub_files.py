"""Single files from the Hub: what comes damaged, what is refused and why, names that lead out, bytes that moved."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from advisor.candidates.weights import is_plain, is_safe
from tests.local_hub import Cut, LocalHub, ServerError, WrongContent, run_client
from tests.local_hub.repos import read_file
from tests.tables import for_each

MODEL = "acme/tiny"
WEIGHTS = save({"weights": np.arange(20_000, dtype=np.float32)})
FILES = {
    "config.json": b'{"model_type": "bert"}',
    "tokenizer.json": b'{"version": "1.0"}',
    "1_Pooling/config.json": b"{}",
    "model.safetensors": WEIGHTS,
}
ALL_BYTES = sum(map(len, FILES.values()))
CODE = """
from pathlib import Path
from huggingface_hub import snapshot_download
from advisor.candidates import hub
from catalog import ModelCard
card = ModelCard(id="acme/tiny", family="text-classification", library="transformers")
moved = []

def get():
    return hub.fetch_model(hub.plan_downloads(card, "transformers")[0], moved.append)

def why(call):
    try:
        call()
    except hub.DownloadError as error:
        return str(error)
    return None
"""


@pytest.fixture
def served() -> Iterator[LocalHub]:
    """A Hub with one user."""
    with LocalHub(tokens={"hf_reader": "reader"}) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "tiny"
    for name, content in FILES.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_bytes(content)
    return made


def ask(hub: LocalHub, tmp_path: Path, code: str, token: str | None = None) -> Any:
    """Run code with the functions that a run uses, in a process of its own; the Hub's cache is below `tmp_path`."""
    return run_client(hub, CODE + code, tmp_path / "home", token=token)


def arrived(folder: str) -> dict[str, bytes]:
    """Return what a snapshot holds."""
    found = [path for path in Path(folder).rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


GET = "result = [str(get()), sum(moved)]"


@pytest.mark.parametrize("name", ["tokenizer.json", "model.safetensors"])
def test_what_comes_damaged_once_is_fetched_again(served: LocalHub, folder: Path, tmp_path: Path, name: str) -> None:
    """Same length, same ETag, other bytes: only the hash shows it, git's for small files; unnoticed by the user."""
    served.add_repo(MODEL, folder)
    fault = served.faults.add(WrongContent(path=f"/{name}$", method="GET"))
    place, moved = ask(served, tmp_path, GET)
    assert fault.hits == 1
    assert arrived(place) == FILES
    assert moved == served.sent_bytes == ALL_BYTES + len(FILES[name])


@pytest.mark.parametrize("name", ["tokenizer.json", "model.safetensors"])
def test_what_always_comes_damaged_is_refused(served: LocalHub, folder: Path, tmp_path: Path, name: str) -> None:
    """One line names the file, nothing of it stays in the cache, and when it is mended it is fetched."""
    served.add_repo(MODEL, folder)
    served.faults.add(WrongContent(path=f"/{name}$", method="GET", times=None))
    reason = ask(served, tmp_path, "result = why(get)")
    assert reason.startswith(f"{name} came damaged 2 times (its ")
    cached = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert not any(name in path.name for path in cached)
    assert not any(path.stat().st_size == len(FILES[name]) for path in cached)
    served.faults.clear()
    assert arrived(ask(served, tmp_path, GET)[0]) == FILES


def test_what_lies_damaged_in_the_cache_is_fetched_again(served: LocalHub, folder: Path, tmp_path: Path) -> None:
    """Another program's client took it for good; what is whole is not fetched again, and offline it is refused."""
    served.add_repo(MODEL, folder)
    served.faults.add(WrongContent(path="tokenizer.json", method="GET"))
    seen = ask(served, tmp_path, 'result = snapshot_download("acme/tiny")')
    assert arrived(seen)["tokenizer.json"] != FILES["tokenizer.json"]
    served.forget_requests()
    place, moved = ask(served, tmp_path, GET)
    assert arrived(place) == FILES
    assert moved == served.sent_bytes == len(FILES["tokenizer.json"])
    blob = (Path(place) / "model.safetensors").resolve()
    blob.write_bytes(bytes(len(WEIGHTS)))
    plan = (
        "planned = hub.plan_downloads(card, 'transformers')[0]\n"
        "import huggingface_hub.constants as c\nc.HF_HUB_OFFLINE = True\n"
    )
    reason = ask(served, tmp_path, f"{plan}result = why(lambda: hub.fetch_model(planned, moved.append))")
    assert reason.startswith("lacks model.safetensors in the Hub's cache, or it was damaged there")
    assert not blob.exists()


def test_a_cut_connection_is_resumed(served: LocalHub, folder: Path, tmp_path: Path) -> None:
    """What breaks off in the middle is completed, and comes once."""
    served.add_repo(MODEL, folder)
    fault = served.faults.add(Cut(path="model.safetensors", method="GET", after=20_000))
    place, moved = ask(served, tmp_path, GET)
    assert fault.hits == 1
    assert (arrived(place), moved) == (FILES, ALL_BYTES)


def test_only_what_moves_is_counted(served: LocalHub, folder: Path, tmp_path: Path) -> None:
    """Not what an earlier try left or the cache has; a file stopped at its last byte is only put in its place."""
    served.add_repo(MODEL, folder)
    etag, half = hashlib.sha256(WEIGHTS).hexdigest(), len(WEIGHTS) // 2
    partial = tmp_path / "home" / "hub" / "models--acme--tiny" / "blobs" / f"{etag}.advisor.incomplete"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(WEIGHTS[:half])
    place, moved = ask(served, tmp_path, GET)
    assert arrived(place) == FILES
    assert moved == served.sent_bytes == ALL_BYTES - half
    served.forget_requests()
    assert ask(served, tmp_path, GET) == [place, 0]
    assert served.sent_bytes == 0
    (Path(place) / "model.safetensors").resolve().rename(partial)
    assert ask(served, tmp_path, GET) == [place, 0]
    assert arrived(place) == FILES
    assert not partial.exists()


REASONS: dict[str, tuple[dict[str, Any], str | None, str]] = {
    "gated, no token": ({"gated": "manual"}, None, "is gated: ask for access at {url}/acme/tiny, then run `hf auth"),
    "gated, a token without a grant": ({"gated": "auto"}, "hf_reader", "is gated: ask for access at {url}/acme/tiny"),
    "disabled": ({"disabled": True}, None, "was disabled by the Hub for all users: take another model ({url}/acme/"),
    "a wrong token": ({}, "hf_wrong", "cannot be fetched: the Hub does not know your token; run `hf auth login`"),
    "private": ({"private": True}, None, "is no longer on the Hub, or private: set HF_TOKEN if it is yours"),
    "of another user": ({"private": True}, "hf_reader", "is no longer on the Hub, or private"),
}


@pytest.mark.parametrize("case", REASONS)
def test_reasons_of_failed_downloads(served: LocalHub, folder: Path, tmp_path: Path, case: str) -> None:
    """Each has a line of its own with its cure."""
    fields, token, words = REASONS[case]
    served.add_repo(MODEL, folder, author="acme", **fields)
    reason = ask(served, tmp_path, "result = why(get)", token)
    assert reason.startswith(words.format(url=served.url)), reason


def test_a_grant_opens_a_gated_model(served: LocalHub, folder: Path, tmp_path: Path) -> None:
    served.add_repo(MODEL, folder, gated="manual")
    served.grant(MODEL, "hf_reader")
    assert arrived(ask(served, tmp_path, GET, "hf_reader")[0]) == FILES


def test_a_refusal_without_a_name(served: LocalHub, folder: Path, tmp_path: Path) -> None:
    """403 as such, after the plan too: it is the token's doing, not the network's; 503 is the Hub's."""
    served.add_repo(MODEL, folder)
    served.faults.add(ServerError(status=403, path="/resolve/", times=None))
    assert ask(served, tmp_path, "result = why(get)").startswith("may not be downloaded (403, without a reason): check")
    served.faults.clear()
    served.faults.add(ServerError(status=403, path="/resolve/", method="GET", times=None))
    assert "check what your token may read" in ask(served, tmp_path, "result = why(get)")


NAMES = [
    "../x.json", "../../../../../../x.json", "a/../../b.json", "{absolute}/x.json", "C:/x.json", "a\\..\\..\\x.json",
]  # fmt: skip
BLIND = """
import huggingface_hub.file_download as client
client._validate_relative_filename = lambda name: None
"""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("blind", ["", BLIND], ids=["", "client looks at no names"])
def test_names_in_the_listing_never_lead_out(
    served: LocalHub, folder: Path, tmp_path: Path, name: str, blind: str
) -> None:
    """A model whose listing offers them is refused, whatever the client does; nothing is written or removed outside."""
    away = tmp_path / "away"
    away.mkdir()
    revision = served.add_repo(MODEL, folder)
    name = name.format(absolute=away)
    evil = tmp_path / "evil"
    evil.write_text('{"evil": true}', encoding="utf-8")
    served.repos[MODEL].commits[revision][name] = read_file(name, evil)
    snapshot = tmp_path / "home" / "hub" / "models--acme--tiny" / "snapshots" / revision
    snapshot.mkdir(parents=True)
    outside = [Path(f"{snapshot}/{name}") if not name.startswith("/") else Path(name), snapshot.parent / "b.json"]
    outside = [path.resolve() for path in outside if tmp_path in path.resolve().parents]
    for path in outside:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine", encoding="utf-8")
    before = files_below(tmp_path)
    reason = ask(served, tmp_path, f"{blind}result = why(get)")
    assert reason.startswith("is refused: the Hub lists a file of it whose name leads out of its folder ("), reason
    # A download that was planned elsewhere, or by an older version.
    planned = f"hub.Download('acme/tiny', {revision!r}, 'transformers', ({name!r},), ({name!r},), 14, 14)"
    reason = ask(served, tmp_path, f"{blind}result = why(lambda: hub.fetch_model({planned}, moved.append))")
    assert "leads out of its folder" in reason
    assert not any(request.method == "GET" and "/resolve/" in request.path for request in served.requests)
    assert files_below(tmp_path) == before
    assert all(path.read_text(encoding="utf-8") == "mine" for path in outside)


def files_below(folder: Path) -> list[str]:
    """Return the files below a folder, without the commit that the client keeps of a branch."""
    return sorted(str(path) for path in folder.rglob("*") if path.is_file() and path.parent.name != "refs")


def test_a_commit_that_is_no_name_is_refused(served: LocalHub, folder: Path, tmp_path: Path) -> None:
    served.add_repo(MODEL, folder)
    planned = "hub.Download('acme/tiny', '../../out', 'transformers', ('config.json',), ('config.json',), 1, 1)"
    reason = ask(served, tmp_path, f"result = why(lambda: hub.fetch_model({planned}, moved.append))")
    assert reason == "is refused: the Hub names an invalid revision ('../../out')"


@for_each("name", ["", ".", "..", "a/..", "a//b", "/a", "a/", "a\\..\\b", "\\\\host\\a", "C:a", "a\0b"])
def test_unsafe_names(name: str) -> None:
    assert not is_safe(name)
    assert not is_plain(name)


@for_each("name", ["config.json", "1_Pooling/config.json", "..a/b..", "tokenizer (1).json", "é.txt"])
def test_safe_names(name: str) -> None:
    assert is_safe(name)
