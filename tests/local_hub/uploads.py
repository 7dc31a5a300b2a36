"""Models that the real client makes and uploads to: the same steps as for datasets, into what is listed and served."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.local_hub import repos
from tests.local_hub.datasets import Dataset, batch, check_writer, commit, mode
from tests.local_hub.wire import HubError, Request, Response, json_response

if TYPE_CHECKING:
    from tests.local_hub.hub import LocalHub


def answer(hub: LocalHub, request: Request, segments: list[str]) -> Response | None:
    """Answer what the client asks when it uploads to a model, None of anything else."""
    match [request.method, *segments]:
        case ["POST", "api", "repos", "create"]:
            return create(hub, request)
        case ["POST", "api", "validate-yaml"]:  # of a card's front matter
            return json_response({"errors": [], "warnings": []})
        case ["POST", "api", "models", owner, name, "preupload" | "commit" as verb, "main"]:
            return write(hub, request, f"{owner}/{name}", verb)
        case ["POST", owner, name, "info", "lfs", "objects", "batch"] if name.endswith(".git"):
            return write(hub, request, f"{owner}/{name.removesuffix('.git')}", "batch")
        case _:
            return None


def create(hub: LocalHub, request: Request) -> Response:
    """Answer POST /api/repos/create."""
    asked, user = json.loads(request.body), hub.user(request)
    if user is None:
        raise HubError(401, "Invalid username or password.")
    owner = asked.get("organization") or user
    model_id = f"{owner}/{asked['name']}"
    if owner != user:
        raise HubError(403, f"You don't have the rights to create a model under the namespace {owner}")
    if hub.records.get(model_id) is not None:
        raise HubError(409, "You already created this model repo")
    hub.repos[model_id] = repos.Repo()
    hub.records.put(
        model_id, sha=hub.repos[model_id].commit([]), private=asked.get("visibility") == "private", siblings=[]
    )
    return json_response({"url": f"{hub.url}/{model_id}", "name": model_id, "id": model_id})


def write(hub: LocalHub, request: Request, model_id: str, verb: str) -> Response:
    """Answer what the client asks in order to upload: how each file goes, where large ones go, and the commit."""
    if hub.records.get(model_id) is None:
        raise HubError(404, "Repository not found", "RepoNotFound")
    model = Dataset(hub.repos[model_id], writers={model_id.partition("/")[0]})
    check_writer(hub, request, model)
    if verb == "preupload":
        return json_response({"files": [mode(file) for file in json.loads(request.body)["files"]]})
    if verb == "batch":
        return batch(hub, request)
    committed = commit(hub, request, model_id, model)
    sha = model.repo.refs["main"]
    siblings = [file.sibling(blobs=False) for file in model.repo.commits[sha].values()]
    hub.records.change(model_id, sha=sha, siblings=siblings)
    return committed
