"""Serves the content of files: ETag, commit and size headers, and byte ranges."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.local_hub.wire import HubError, Request, Response, Slice

if TYPE_CHECKING:
    from tests.local_hub.repos import File


def serve(request: Request, commit: str, files: dict[str, File], path: str) -> Response:
    """Answer HEAD or GET /{id}/resolve/{rev}/{path}."""
    file = files.get(path)
    if file is None:
        raise HubError(404, "Entry not found", "EntryNotFound", X_Repo_Commit=commit)
    name = path.rpartition("/")[2]
    headers = {
        "ETag": f'"{file.etag}"',
        "X-Repo-Commit": commit,
        "Accept-Ranges": "bytes",
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f'inline; filename="{name}";',
    }
    if file.sha256 is not None:
        headers |= {"X-Linked-Etag": f'"{file.sha256}"', "X-Linked-Size": str(file.size)}
    if request.method == "HEAD":
        return Response(200, headers | {"Content-Length": str(file.size)})
    if file.source is None:
        raise HubError(404, "Recorded without content", "EntryNotFound", X_Repo_Commit=commit)
    span = byte_range(request.headers.get("range"), file.size)
    if span is None:
        return Response(200, headers, Slice(file.source, 0, file.size))
    start, stop = span
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{file.size}"
    return Response(206, headers, Slice(file.source, start, stop - start))


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the [start, stop) that a Range header asks for (RFC 9110, 14.2), or None for the whole.

    Several ranges at once are ignored, as the standard allows.
    """
    match = re.fullmatch(r"\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", header or "", re.IGNORECASE)
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, stop = max(size - int(last), 0), size
    else:
        start, stop = int(first), min(int(last) + 1, size) if last else size
    if start >= stop:
        if first and last and int(last) < int(first):
            return None  # not a valid range at all
        raise HubError(416, "Range not satisfiable", Content_Range=f"bytes */{size}")
    return start, stop
