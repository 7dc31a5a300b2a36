"""Dataset repositories that the real client can write to: preupload, git-lfs, commit; and read from.

Large files go the way of git-lfs, which the client takes where its Xet transfer is off (HF_HUB_DISABLE_XET=1). Xet
itself needs a content-addressed store with a protocol of its own, which this Hub has not.
"""

from __future__ import annotations

import base64
import hashlib
import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from tests.local_hub import repos, resolve
from tests.local_hub.wire import HubError, Request, Response, json_response

if TYPE_CHECKING:
    from tests.local_hub.hub import LocalHub

_WHEN = "2026-11-25T00:00:00.000Z"


@dataclass
class Dataset:
    """One dataset repository.

    Attributes:
        repo: Its commits.
        private: Whether only its readers and writers may know of it.
        writers: Users who may commit.
        messages: Of its commits, in order.
    """

    repo: repos.Repo = field(default_factory=repos.Repo)
    private: bool = False
    writers: set[str] = field(default_factory=set)
    messages: list[str] = field(default_factory=list)


class Datasets:
    """The dataset repositories of a Hub by id, and the contents uploaded to it."""

    def __init__(self) -> None:
        self._repos: dict[str, Dataset] = {}
        self._store = tempfile.TemporaryDirectory(prefix="local-hub-")

    def close(self) -> None:
        self._store.cleanup()

    def create(self, dataset_id: str, *, private: bool = False, writers: set[str] | None = None) -> Dataset:
        made = Dataset(private=private, writers=writers or set())
        made.repo.commit([])
        self._repos[dataset_id] = made
        return made

    def find(self, dataset_id: str, user: str | None) -> Dataset:
        """The repository, if the user may see it."""
        found = self._repos.get(dataset_id)
        if found is None or (found.private and user not in found.writers):
            if user is None:
                raise HubError(401, "Invalid username or password.")
            raise HubError(404, "Repository not found", "RepoNotFound")
        return found

    def object(self, oid: str) -> Path:
        """Where the content of that hash is, or will be."""
        return Path(self._store.name) / oid


def api(hub: LocalHub, request: Request, segments: list[str]) -> Response:
    """Answer what follows /api/datasets/."""
    dataset_id, asked = "/".join(segments[:2]), segments[2:]
    dataset = hub.datasets.find(dataset_id, hub.user(request))
    match request.method, asked:
        case "GET" | "HEAD", [] | ["revision", _]:
            at, files = _commit_of(dataset, asked[-1] if asked else "main")
            return json_response(_info(dataset_id, dataset, at, files))
        case "GET", ["tree", revision, *below]:
            try:
                _, files = _commit_of(dataset, revision)
                return json_response(repos.tree(files, "/".join(below), recursive=request.flag("recursive")))
            except KeyError:
                raise HubError(404, f"{below} does not exist", "EntryNotFound") from None
        case "POST", ["paths-info", revision]:
            _, files = _commit_of(dataset, revision)
            asked_for = parse_qs(request.body.decode()).get("paths", [])
            return json_response([files[path].entry() for path in asked_for if path in files])
        case "POST", ["preupload", _]:
            check_writer(hub, request, dataset)
            return json_response({"files": [mode(file) for file in json.loads(request.body)["files"]]})
        case "POST", ["commit", "main"]:
            check_writer(hub, request, dataset)
            return commit(hub, request, dataset_id, dataset)
        case _:
            raise HubError(404, f"The local Hub has no such address: {request.path}")


def content(hub: LocalHub, request: Request, segments: list[str]) -> Response:
    """Answer what follows /datasets/: file contents, and git-lfs."""
    match segments:
        case [owner, name, "resolve", revision, *path] if path:
            dataset = hub.datasets.find(f"{owner}/{name}", hub.user(request))
            commit, files = _commit_of(dataset, revision)
            return resolve.serve(request, commit, files, "/".join(path))
        case [owner, name, "info", "lfs", "objects", "batch"] if name.endswith(".git") and request.method == "POST":
            dataset = hub.datasets.find(f"{owner}/{name.removesuffix('.git')}", hub.user(request))
            check_writer(hub, request, dataset)
            return batch(hub, request)
        case _:
            raise HubError(404, f"The local Hub has no such address: {request.path}")


def put(hub: LocalHub, request: Request, oid: str) -> Response:
    """Take the content of a git-lfs object, to an address that the batch answer gave."""
    if hashlib.sha256(request.body).hexdigest() != oid:
        raise HubError(400, "The content does not match its hash")
    hub.datasets.object(oid).write_bytes(request.body)
    return Response(200)


def check_writer(hub: LocalHub, request: Request, dataset: Dataset) -> None:
    """Refuse who may not write."""
    user = hub.user(request)
    if user is None:
        raise HubError(401, "Invalid username or password.")
    if user not in dataset.writers:
        raise HubError(403, "You don't have the rights to write to this repository")


def _commit_of(dataset: Dataset, revision: str) -> tuple[str, dict[str, repos.File]]:
    commit = dataset.repo.resolve(revision)
    if commit is None:
        raise HubError(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    return commit, dataset.repo.commits[commit]


def _info(dataset_id: str, dataset: Dataset, commit: str, files: dict[str, repos.File]) -> dict[str, Any]:
    return {
        "_id": hashlib.sha256(dataset_id.encode()).hexdigest()[:24],
        "id": dataset_id,
        "author": dataset_id.partition("/")[0],
        "sha": commit,
        "lastModified": _WHEN,
        "createdAt": _WHEN,
        "private": dataset.private,
        "gated": False,
        "disabled": False,
        "downloads": 0,
        "likes": 0,
        "tags": [],
        "siblings": [file.sibling(blobs=False) for file in files.values()],
    }


def mode(file: dict[str, Any]) -> dict[str, Any]:
    """Return how a file is to be uploaded."""
    large = Path(file["path"]).suffix in repos.LFS_SUFFIXES or file["size"] > repos.LFS_SIZE
    return {"path": file["path"], "uploadMode": "lfs" if large else "regular", "shouldIgnore": False, "oid": None}


def batch(hub: LocalHub, request: Request) -> Response:
    """Say where each object goes; what is there already needs no upload."""
    asked = json.loads(request.body)
    objects = []
    for each in asked["objects"]:
        told: dict[str, Any] = {"oid": each["oid"], "size": each["size"]}
        if not hub.datasets.object(each["oid"]).exists():
            told["actions"] = {"upload": {"href": f"{hub.url}/lfs/{each['oid']}", "header": {}}}
        objects.append(told)
    return json_response({"transfer": "basic", "objects": objects})


def commit(hub: LocalHub, request: Request, dataset_id: str, dataset: Dataset) -> Response:
    """Apply the operations, one JSON object a line."""
    files = dict(dataset.repo.commits[dataset.repo.refs["main"]])
    for line in request.body.splitlines():
        operation = json.loads(line)
        value = operation["value"]
        match operation["key"]:
            case "header":
                dataset.messages.append(value["summary"])
            case "file":
                data = base64.b64decode(value["content"])
                path = hub.datasets.object(hashlib.sha256(data).hexdigest())
                path.write_bytes(data)
                files[value["path"]] = repos.File(value["path"], len(data), repos.git_oid(data), None, path)
            case "lfsFile":
                path = hub.datasets.object(value["oid"])
                if not path.exists():
                    raise HubError(400, f"The object {value['oid']} was not uploaded")
                oid = repos.git_oid(value["oid"].encode())
                files[value["path"]] = repos.File(value["path"], path.stat().st_size, oid, value["oid"], path)
            case "deletedFile":
                files.pop(value["path"], None)
            case other:
                raise HubError(400, f"The local Hub does not know the operation {other}")
    commit = dataset.repo.commit(files.values())
    address = f"{hub.url}/datasets/{dataset_id}/commit/{commit}"
    return json_response({"success": True, "commitOid": commit, "commitUrl": address, "hookOutput": ""})
