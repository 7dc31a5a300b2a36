"""Faults on demand, settable while the hub runs: each strikes the requests it matches, so many times."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tests.local_hub import limits
from tests.local_hub.wire import Request, Response, Slice, json_response


@dataclass(kw_only=True)
class Fault:
    """What all faults share: whom they strike and how often.

    Attributes:
        path: A regular expression searched for in the path and query as sent.
        method: Only this HTTP method; None for any.
        skip: Let so many matching requests pass first.
        times: Strike so many requests; None for every one until the fault is removed.
        hits: How many it has struck.
    """

    path: str = ""
    method: str | None = None
    skip: int = 0
    times: int | None = 1
    hits: int = 0

    def strikes(self, request: Request) -> bool:
        """Decide for one request and keep count (called under the lock of `Faults`)."""
        if self.method not in {None, request.method} or not re.search(self.path, request.target):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        self.hits += 1
        return True

    def before(self, request: Request) -> Response | None:
        """Answer in the hub's place, or prepare the request; None lets the hub answer."""

    def spoil(self, response: Response) -> Response:
        return response


@dataclass(kw_only=True)
class TooManyRequests(Fault):
    """429.

    Attributes:
        seconds: The t of the RateLimit header, with r=0; None leaves the hub's true figures standing.
        retry_after: The Retry-After header; None leaves it out.
    """

    seconds: int | None = None
    retry_after: str | None = None

    def before(self, request: Request) -> Response:
        told = {} if self.seconds is None else limits.headers(limits.kind_of(request.path), 0, self.seconds)
        if self.retry_after is not None:
            told["Retry-After"] = self.retry_after
        return json_response({"error": "We had to rate limit you"}, 429, told)


@dataclass(kw_only=True)
class ServerError(Fault):
    """A 5xx answer, as a gateway gives it: with a page of HTML."""

    status: int = 503

    def before(self, request: Request) -> Response:
        return Response(self.status, {"Content-Type": "text/html"}, b"<html><body>Unavailable</body></html>")


@dataclass(kw_only=True)
class Stall(Fault):
    """Accept and fall silent, until `hub.release()` or the hub's end.

    Attributes:
        after: Body bytes sent before the silence; None for not even a status line.
    """

    after: int | None = None

    def spoil(self, response: Response) -> Response:
        response.stall_after = -1 if self.after is None else self.after
        return response


@dataclass(kw_only=True)
class Cut(Fault):
    """Close the connection early.

    Attributes:
        after: Body bytes sent before that, of the Content-Length announced; None for no status line.
    """

    after: int | None = None

    def spoil(self, response: Response) -> Response:
        response.cut_after = -1 if self.after is None else self.after
        return response


@dataclass(kw_only=True)
class TruncatedJson(Fault):
    """A sound HTTP answer whose JSON breaks off in the middle."""

    def spoil(self, response: Response) -> Response:
        """Keep the first half of the body."""
        body = _whole(response)
        response.body = body[: len(body) // 2]
        return response


@dataclass(kw_only=True)
class DeepJson(Fault):
    """A record whose card holds JSON nested more deeply than a parser takes."""

    def spoil(self, response: Response) -> Response:
        """Put it first in the first card."""
        nested = b'{"deep": "]"}'.join((b"[" * 100_000, b"]" * 100_000))
        response.body = _whole(response).replace(b'"cardData":', b'"deep": %b, "cardData":' % nested, 1)
        return response


@dataclass(kw_only=True)
class ManyLinks(Fault):
    """A listing page whose Link header names other pages before the next one."""

    def spoil(self, response: Response) -> Response:
        """Add the first page."""
        if "Link" in response.headers:
            response.headers["Link"] = f'<https://x.org/?limit=1>; rel="first", {response.headers["Link"]}'
        return response


FLIPPED = bytes(255 - byte for byte in range(256))


@dataclass(kw_only=True)
class WrongContent(Fault):
    """The right length and the right ETag, but other bytes: only a checksum can tell."""

    def spoil(self, response: Response) -> Response:
        """Flip every bit of the body."""
        response.body = _whole(response).translate(FLIPPED)
        return response


@dataclass(kw_only=True)
class RepeatedRecords(Fault):
    """A listing page that sends the last records of the page before once more.

    Attributes:
        records: How many; they come on top of the page size.
    """

    records: int = 1

    def before(self, request: Request) -> None:
        request.repeat = self.records


@dataclass(kw_only=True)
class Meanwhile(Fault):
    """Something happens on the Hub just before this request is answered: a model vanishes, a counter moves.

    Attributes:
        action: Called once per strike, in the server's thread.
    """

    action: Callable[[], object]

    def before(self, request: Request) -> None:
        self.action()


FaultT = TypeVar("FaultT", bound=Fault)


class Faults:
    """The faults now in force."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: FaultT) -> FaultT:
        """Put a fault in force and return it, so that its `hits` can be read."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def striking(self, request: Request) -> list[Fault]:
        """Return the faults that strike this request, oldest first."""
        with self._lock:
            return [fault for fault in self._faults if fault.strikes(request)]


def _whole(response: Response) -> bytes:
    """Return the body as bytes (test files are small enough)."""
    if not isinstance(response.body, Slice):
        return response.body
    with response.body.path.open("rb") as file:
        file.seek(response.body.start)
        return file.read(response.body.length)
