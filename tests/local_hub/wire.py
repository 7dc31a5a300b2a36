"""What goes over the wire: one logged request, and the answer to it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Request:
    """One request as it arrived, completed with how it was answered.

    Attributes:
        method: The HTTP method.
        path: The decoded path, without the query.
        target: The path and query as sent.
        query: Every value of every query parameter, in order.
        headers: Header values by lower-case name.
        body: The request's body.
        status: The status sent, or None while unanswered (a stalled request stays None).
        sent: Body bytes handed to the connection.
        faults: Names of the faults that struck.
        repeat: Records of the page before that a listing shall send again (set by a fault).
    """

    method: str
    path: str
    target: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes = b""
    status: int | None = None
    sent: int = 0
    faults: list[str] = field(default_factory=list)
    repeat: int = 0

    @property
    def token(self) -> str | None:
        """The bearer token, or None for an anonymous request."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        return value if scheme.lower() == "bearer" and value else None

    def first(self, name: str) -> str | None:
        values = self.query.get(name)
        return values[0] if values else None

    def every(self, name: str) -> list[str]:
        """Return all values of a repeatable parameter, in the spellings `name=` and `name[]=`."""
        return [*self.query.get(name, []), *self.query.get(f"{name}[]", [])]

    def flag(self, name: str) -> bool:
        """Say whether a boolean parameter is on."""
        return (self.first(name) or "").lower() in {"true", "1"}


@dataclass(frozen=True)
class Slice:
    """A stretch of a file on disk, sent without loading it whole."""

    path: Path
    start: int
    length: int


@dataclass
class Response:
    """An answer, before or after a fault has damaged it.

    Attributes:
        status: The HTTP status.
        headers: Headers besides Content-Length, which follows from the body unless given here.
        body: The bytes, or the stretch of a file, to send.
        cut_after: Close the connection after so many body bytes; -1 before the status line.
        stall_after: Fall silent after so many body bytes; -1 before the status line.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | Slice = b""
    cut_after: int | None = None
    stall_after: int | None = None

    @property
    def length(self) -> int:
        return self.body.length if isinstance(self.body, Slice) else len(self.body)


def json_response(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, {"Content-Type": "application/json; charset=utf-8", **(headers or {})}, body)


class HubError(Exception):
    """An answer other than success, raised while a route works out what to send."""

    def __init__(self, status: int, message: str, code: str | None = None, **headers: str) -> None:
        """Describe the answer.

        Args:
            status: The HTTP status.
            message: The sentence in the JSON body.
            code: X-Error-Code; with it goes X-Error-Message. The Hub sends neither for a missing
                repository to the anonymous.
            headers: Further headers, underscores standing for hyphens.
        """
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if code is not None:
            self.headers |= {"X-Error-Code": code, "X-Error-Message": message}

    def response(self) -> Response:
        return json_response({"error": self.message}, self.status, self.headers)
