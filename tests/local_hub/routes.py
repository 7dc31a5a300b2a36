"""From a request to an answer: the Hub's addresses as huggingface_hub uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode

from tests.local_hub import datasets, listing, repos, resolve, uploads
from tests.local_hub.wire import HubError, Request, Response, json_response

if TYPE_CHECKING:
    from tests.local_hub.cursor import Record
    from tests.local_hub.hub import LocalHub
    from tests.local_hub.repos import File

_VERBS = {"revision", "tree", "resolve"}


def answer(hub: LocalHub, request: Request) -> Response:
    """Return the Hub's answer to a request."""
    token = request.token
    if token is not None and token not in hub.tokens:
        message = "Invalid credentials in Authorization header"
        raise HubError(401, message, X_Error_Message=message)
    segments = [unquote(part) for part in request.target.partition("?")[0].strip("/").split("/")]
    if (uploaded := uploads.answer(hub, request, segments)) is not None:
        return uploaded
    match segments:
        case ["api", "models"]:
            return _list(hub, request)
        case ["api", "models", *rest]:
            return _model(hub, request, "/api/models", rest)
        case ["api", "datasets", *rest]:
            return datasets.api(hub, request, rest)
        case ["datasets", *rest]:
            return datasets.content(hub, request, rest)
        case ["lfs", oid] if request.method == "PUT":
            return datasets.put(hub, request, oid)
        case [_, "resolve", *_] | [_, _, "resolve", *_]:
            return _model(hub, request, "", segments)
        case _:
            raise HubError(404, f"The local Hub has no such address: {request.path}")


def _list(hub: LocalHub, request: Request) -> Response:
    user = hub.user(request)
    visible = (record for record in hub.records.all() if _may_see(record, user))
    rows, following = listing.page(visible, request)
    headers = {}
    if following is not None:
        query = [(name, value) for name, values in request.query.items() for value in values if name != "cursor"]
        address = f"{hub.url}/api/models?{urlencode([*query, ('cursor', following)])}"
        headers["Link"] = f'<{address}>; rel="next"'
    return json_response(rows, headers=headers)


def _model(hub: LocalHub, request: Request, base: str, segments: list[str]) -> Response:
    """Answer whatever concerns one model: find it, send old names on, then do what is asked."""
    owned = len(segments) > 1 and segments[1] not in _VERBS
    model_id, rest = "/".join(segments[: 1 + owned]), segments[1 + owned :]
    record = hub.records.get(model_id)
    if record is None and (moved := hub.records.moved_to(model_id)) is not None:
        path = "/".join([base, moved, *(quote(part, safe="") for part in rest)])
        query = request.target.partition("?")[2]
        return Response(307, {"Location": f"{path}?{query}" if query else path})
    user = hub.user(request)
    if record is None or not _may_see(record, user):
        if user is None:  # to the anonymous, a missing model looks like a private one
            raise HubError(401, "Invalid username or password.")
        raise HubError(404, "Repository not found", "RepoNotFound")
    if rest[:1] == ["resolve"]:
        _check_access(hub, request, record)
    return _about(hub, request, record, rest)


def _about(hub: LocalHub, request: Request, record: Record, asked: list[str]) -> Response:
    """Answer what is asked about a model that the user may see."""
    match asked:
        case [] | ["revision", _]:
            return _info(hub, request, record, asked[-1] if asked else "main")
        case ["tree", revision, *below]:
            return _tree(request, commit_of(hub, record, revision)[1], "/".join(below))
        case ["resolve", revision, _, *_]:
            commit, files = commit_of(hub, record, revision)
            return resolve.serve(request, commit, files, "/".join(asked[2:]))
        case _:
            raise HubError(404, f"The local Hub has no such address: {request.path}")


def commit_of(hub: LocalHub, record: Record, revision: str) -> tuple[str, dict[str, File]]:
    """Return the commit that a revision names, and its files.

    A model without a folder has the one commit its record tells of, and the files whose size that knows.
    """
    repo = hub.repos.get(record["id"])
    if repo is None:
        repo = repos.Repo()
        repo.commit(repos.from_siblings(record.get("siblings", [])), record["sha"])
    commit = repo.resolve(revision)
    if commit is None:
        raise HubError(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    return commit, repo.commits[commit]


def _info(hub: LocalHub, request: Request, record: Record, revision: str) -> Response:
    """Answer GET /api/models/{id} and .../revision/{rev}."""
    commit, files = commit_of(hub, record, revision)
    shown: dict[str, Any] = {**record, "sha": commit}
    if files:
        shown["siblings"] = [file.sibling(blobs=request.flag("blobs")) for file in files.values()]
    elif "siblings" in record:
        shown["siblings"] = [{"rfilename": sibling["rfilename"]} for sibling in record["siblings"]]
    return json_response(listing.info(shown, request))


def _tree(request: Request, files: dict[str, File], below: str) -> Response:
    """Answer GET /api/models/{id}/tree/{rev}/{path}."""
    try:
        return json_response(repos.tree(files, below, recursive=request.flag("recursive")))
    except KeyError:
        raise HubError(404, f"{below} does not exist", "EntryNotFound") from None


def _may_see(record: Record, user: str | None) -> bool:
    """Say whether a user may know that a model exists."""
    return not record["private"] or (user is not None and user == record.get("author"))


def _check_access(hub: LocalHub, request: Request, record: Record) -> None:
    """Refuse the files of a gated or disabled model."""
    if record["disabled"]:
        message = "Access to this resource is disabled."
        raise HubError(403, message, X_Error_Message=message)
    if not record["gated"] or (record["id"], request.token) in hub.grants:
        return
    start = f"Access to model {record['id']} is restricted"
    if request.token is None:
        raise HubError(401, f"{start}. You must be authenticated to access it.", "GatedRepo")
    raise HubError(403, f"{start} and you are not in the authorized list.", "GatedRepo")
