"""Requests to the Hub: time-outs, retries, rate limits, and pages of the model listing.

The session, headers, endpoint, proxies and offline switch are huggingface_hub's. The loop around them is ours: the
library's ``list_models`` has no time-out and exposes no cursor, and its ``http_backoff`` sleeps without a way to see or
interrupt it and accepts a truncated body as an answer.
"""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from importlib import import_module
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from catalog.errors import CatalogError, CatalogOutOfReachError

_OK: Final = 200
_BAD_REQUEST: Final = 400
_TOO_MANY: Final = 429
_RETRIED: Final = frozenset({408, 429, 500, 502, 503, 504})
_GONE: Final = frozenset({401, 404, 410})
_TRIES: Final = 6
# The first request gives up early: nothing is lost, and a user who is offline should learn it soon.
_TRIES_TO_CONNECT: Final = 2
_LONGEST_PAUSE: Final = 8.0
_LONGEST_WAIT: Final = 900.0  # the Hub's windows are 300 s
# A window may end up to one second after the stated t seconds, because t is rounded.
_ROUNDING: Final = 1.0
# The time-out bounds each silence; a slow server gets this many of them for a whole answer.
_SILENCES: Final = 10
_MOST_BYTES: Final = 512 * 1024 * 1024
_DEEPEST: Final = 50
_STRING_OR_BRACKET: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{}]')


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the model listing."""

    records: list[Any]  # As the Hub sent them.
    following: str | None  # Query of the next page, ``None`` after the last.


class BadCursorError(Exception):
    """The Hub refuses a query; its cursor may be too old."""


class Hub:
    """Client of the Hub, one request at a time."""

    def __init__(
        self,
        *,
        token: str | bool | None = None,
        timeout: float = 30.0,
        pause: float = 1.0,
        waiting: Callable[[float, str], None] = lambda _seconds, _reason: None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Configure the client; nothing is sent yet.

        Args:
            token: A token, ``None`` for that of the environment or the login, ``False`` for none.
            timeout: Seconds without a byte after which a request is given up.
            pause: Seconds before the second try of a request; it doubles with each further one, up to eight.
            waiting: Called before every wait with its seconds and the reason.
            sleep: ``time.sleep``.
            clock: ``time.monotonic``.

        Raises:
            CatalogOutOfReachError: Offline mode is set, or the endpoint is no web address.
        """
        # Reads HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE on import, and takes 0.1 s.
        from huggingface_hub import constants

        self.endpoint: str = constants.ENDPOINT
        self.requests = 0
        self._timeout = timeout
        self._pause = pause
        self._waiting = waiting
        self._sleep = sleep
        self._clock = clock
        self._reached = False
        self._not_before = 0.0
        if constants.HF_HUB_OFFLINE:
            raise CatalogOutOfReachError(
                "Offline: HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE) is set, so the Hub is not asked. Unset it to "
                "refresh; the current catalog stays in use."
            )
        address = urlsplit(self.endpoint)
        if address.scheme not in ("http", "https") or not address.netloc:
            raise CatalogOutOfReachError(f"HF_ENDPOINT is not a web address: {self.endpoint!r}. Correct or unset it.")
        self._headers: dict[str, str] = _library().build_hf_headers(token=token, library_name="model-advisor")

    def page(self, query: str) -> Page:
        """One page of the model listing, by :func:`listing_query` or the ``following`` of the previous page.

        Raises:
            BadCursorError: The Hub refuses the query (400).
            CatalogOutOfReachError: The Hub cannot be reached, or gave no valid answer in all tries.
        """
        status, headers, records = self._get(f"{self.endpoint}/api/models?{query}", list)
        if status == _BAD_REQUEST:
            raise BadCursorError(_server_message(headers) or "bad request")
        if status != _OK:
            raise self._refused(status, headers)
        # Only the link's query is used: a mirror may pass on links to the Hub itself, and the token must not be sent
        # to another host.
        link = _next_link(headers.get("link", ""))
        return Page(records, urlsplit(link).query if link else None)

    def model(self, model_id: str, expand: Sequence[str]) -> tuple[dict[str, Any] | None, bool]:
        """The record of one model; a former id leads to the current one.

        Returns:
            The record (``None`` if unavailable) and whether the model is gone: deleted, renamed without a redirect,
            or private, which the Hub does not distinguish.

        Raises:
            CatalogOutOfReachError: As for :meth:`page`.
        """
        query = urlencode([("expand", name) for name in expand])
        address = f"{self.endpoint}/api/models/{quote(model_id, safe='/')}?{query}"
        status, headers, record = self._get(address, dict)
        if status == _OK:
            return record, False
        if _is_bad_token(headers):
            raise self._refused(status, headers)
        return None, status in _GONE

    def _get(self, url: str, kind: type) -> tuple[int, Mapping[str, str], Any]:
        """Status, headers and, on success, JSON of the expected type; retries temporary faults."""
        tries = limited = 0
        pause = self._pause
        while True:
            if (left := self._not_before - self._clock()) > 0:
                self._wait(left, "the Hub's rate limit")
            self._not_before = 0.0
            answer = self._attempt(url, kind)
            if not answer.fault:
                return answer.status, answer.headers, answer.found
            limited += answer.status == _TOO_MANY
            # Waiting for a full window to end is not a failed try, unless it is repeated.
            tries += not (answer.status == _TOO_MANY and limited <= _TRIES)
            wait = pause if answer.wait is None else answer.wait
            if wait > _LONGEST_WAIT:
                raise self._unreachable(f"{answer.fault}, and asks to wait {wait:.0f} s")
            if tries >= (_TRIES_TO_CONNECT if answer.connecting and not self._reached else _TRIES):
                raise self._unreachable(f"{answer.fault}, {tries} tries")
            if wait:
                self._wait(wait, answer.fault)
            pause = min(_LONGEST_PAUSE, pause * 2)

    def _attempt(self, url: str, kind: type) -> "_Answer":
        try:
            status, headers, body = self._ask(url)
        except _TransportError as error:
            return _Answer(fault=str(error), connecting=error.connecting)
        self._reached = True
        limit = _library().parse_ratelimit_headers(headers)
        if limit is not None and limit.remaining == 0:  # the next request waits for the end of this window
            self._not_before = self._clock() + min(limit.reset_in_seconds + _ROUNDING, _LONGEST_WAIT)
        if status in _RETRIED:
            return _Answer(status, headers, fault=f"HTTP {status}", wait=_asked_to_wait(status, headers))
        if status != _OK:
            return _Answer(status, headers)
        try:
            try:
                found = json.loads(body)
            except RecursionError:  # a card that anyone may upload must not keep the others from being read
                found = json.loads(_pruned(body))
        except ValueError:
            found = None
        if isinstance(found, kind):
            return _Answer(status, headers, found)
        return _Answer(status, headers, fault="incomplete JSON")

    def _ask(self, url: str) -> tuple[int, Mapping[str, str], bytes]:
        """Send one request and read the whole answer, within the time-out."""
        from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

        # huggingface_hub's HTTP library depends on its version (httpx, httpx2).
        library_error: type[BaseException] = next(c for c in HfHubHTTPError.__mro__ if c.__name__ == "HTTPError")
        try:
            session = _library().get_session()
        except (ImportError, ValueError) as error:
            raise CatalogOutOfReachError(
                f"The proxy settings of the environment cannot be used ({error}). Correct HTTPS_PROXY and ALL_PROXY."
            ) from error
        self.requests += 1
        deadline = self._clock() + _SILENCES * self._timeout
        body = bytearray()
        try:
            with session.stream("GET", url, headers=self._headers, timeout=self._timeout) as response:
                for piece in response.iter_bytes():
                    body += piece
                    if self._clock() > deadline or len(body) > _MOST_BYTES:
                        raise _TransportError(f"an answer without end ({len(body)} bytes)")
                headers = {name.lower(): value for name, value in response.headers.items()}
                return int(response.status_code), headers, bytes(body)
        except OfflineModeIsEnabled as error:
            raise CatalogOutOfReachError(f"Offline mode is set: {error}") from error
        except (library_error, OSError) as error:
            kinds = {c.__name__ for c in type(error).__mro__}
            what = f"no answer for {self._timeout:g} s" if "TimeoutException" in kinds else str(error)
            connecting = bool(kinds & {"ConnectError", "ConnectTimeout", "ProxyError", "UnsupportedProtocol"})
            raise _TransportError(what or type(error).__name__, connecting=connecting) from error

    def _wait(self, seconds: float, reason: str) -> None:
        self._waiting(seconds, reason)
        self._sleep(seconds)

    def _unreachable(self, fault: str) -> CatalogOutOfReachError:
        if not self._reached:
            return CatalogOutOfReachError(
                f"Offline: the Hub at {self.endpoint} cannot be reached ({fault}). Check the network, HTTPS_PROXY and "
                "HF_ENDPOINT; the current catalog stays in use."
            )
        return CatalogOutOfReachError(
            f"The Hub at {self.endpoint} no longer answers ({fault}). What was fetched is kept: run the same command "
            "again to go on from there."
        )

    def _refused(self, status: int, headers: Mapping[str, str]) -> CatalogError:
        why = _server_message(headers)
        if _is_bad_token(headers):
            return CatalogOutOfReachError(
                f"The Hub at {self.endpoint} does not accept the token. Correct or unset HF_TOKEN, or log in again."
            )
        return CatalogOutOfReachError(
            f"The Hub at {self.endpoint} answers its listing with HTTP {status}{f': {why}' if why else ''}. Check "
            "HF_ENDPOINT, HF_TOKEN and the proxy; the current catalog stays in use."
        )


@dataclass(frozen=True, slots=True)
class _Answer:
    """Result of one request: a status, or a temporary fault, with the seconds the Hub asks to wait."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    found: Any = None
    fault: str = ""
    wait: float | None = None
    connecting: bool = False


class _TransportError(Exception):
    """A request without a complete answer."""

    def __init__(self, what: str, *, connecting: bool = False) -> None:
        super().__init__(what)
        self.connecting = connecting


def listing_query(
    *, sort: str, expand: Sequence[str], limit: int, ascending: bool = False, family: str | None = None
) -> str:
    """The query of a listing's first page, of at most 1000 records; ``expand`` names the fields to send."""
    pairs = [("sort", sort), ("direction", "1" if ascending else "-1"), ("limit", str(limit))]
    pairs += [("pipeline_tag", family)] if family else []
    return urlencode([*pairs, *(("expand", name) for name in expand)])


def _library() -> Any:  # noqa: ANN401 - a module whose public names are not declared to type checkers
    return import_module("huggingface_hub.utils")


def _pruned(body: bytes) -> bytes:
    """JSON with null in place of what is nested more than fifty levels deep."""
    kept, start, depth = bytearray(), 0, 0
    for token in _STRING_OR_BRACKET.finditer(body):
        if token[0] in (b"[", b"{"):
            depth += 1
            if depth == _DEEPEST + 1:
                kept += body[start : token.start()] + b"null"
                start = len(body)
        elif token[0] in (b"]", b"}"):
            if depth == _DEEPEST + 1:
                start = token.end()
            depth -= 1
    return bytes(kept + body[start:])


def _next_link(header: str) -> str | None:
    """The address that a Link header calls "next" (RFC 8288)."""
    for part in re.split(r",\s*<", header):
        address, _, rest = part.strip().lstrip("<").partition(">")
        if any(p.strip().replace('"', "") == "rel=next" for p in rest.split(";")):
            return address
    return None


def _asked_to_wait(status: int, headers: Mapping[str, str]) -> float | None:
    """Seconds that the Hub asks to wait, by its rate limit or by Retry-After (seconds or a date)."""
    limit = _library().parse_ratelimit_headers(headers)
    if status == _TOO_MANY and limit is not None and limit.remaining == 0:
        return 0.0  # recorded already: the next request waits for the window's end
    after = headers.get("retry-after", "").strip()
    if after.isdecimal():
        return float(after)
    try:
        return max(0.0, parsedate_to_datetime(after).timestamp() - time.time()) if after else None
    except ValueError:
        return None


def _server_message(headers: Mapping[str, str]) -> str:
    return headers.get("x-error-message", "")[:200]


def _is_bad_token(headers: Mapping[str, str]) -> bool:
    return "invalid credentials" in _server_message(headers).lower()
