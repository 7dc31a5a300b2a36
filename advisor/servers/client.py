"""Addresses of servers, and a client with time-outs, retries and plain errors. No message contains the key."""

import importlib
import ipaddress
import json
import time
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import Any, Self
from urllib.parse import urlsplit

from advisor.errors import one_line
from advisor.servers.patience import (
    BUSY,
    WAITS,
    Busy,
    NoAnswerError,
    RefusedError,
    ServerError,
    patiently,
    reason,
    retry_after_seconds,
    status_error,
)

DEFAULT_PATH = "/v1"


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a server."""

    url: str  # Scheme, host, port and path, without a final slash.
    host: str  # The host alone, for consent.
    place: str  # The host with its port, for reports.
    is_here: bool  # Whether it is a loopback address: nothing sent there leaves this machine.

    @property
    def root(self) -> str:
        """The address without its path."""
        return self.url[: self.url.index("/", self.url.index("://") + 3)]


def parse_address(text: str) -> Address:
    """Parse an address, with OpenAI's path `/v1` by default; ValueError with the fault and the cure."""
    shown = text.strip()
    try:
        parts = urlsplit(shown)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise ValueError("is not an address; write for example http://127.0.0.1:11434") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("is not an address; write for example http://127.0.0.1:11434")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise ValueError("holds a name or password; put a key into an environment variable and name it in key_env")
    if parts.query or parts.fragment:
        raise ValueError("holds a query; write scheme, host, port and path, and a key's variable in key_env")
    if not all(character.isascii() and character.isprintable() and character != " " for character in shown):
        raise ValueError("holds blanks or letters beyond ASCII; write the host's ASCII form")
    place = f"[{host}]" if ":" in host else host
    place = f"{place}:{port}" if port is not None else place
    path = parts.path.rstrip("/") or DEFAULT_PATH
    return Address(f"{parts.scheme}://{place}{path}", host, place, is_loopback(host))


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine by a fixed name or number; other names may resolve elsewhere tomorrow."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


__all__ = ["HIDDEN", "Client", "NoAnswerError", "RefusedError", "ServerError", "library"]

CONNECT_SECONDS = 10.0
MOST_BYTES = 64 << 20
HIDDEN = "[key]"


def library() -> Any:  # noqa: ANN401  a module
    """Return the HTTP client that huggingface_hub depends on: httpx, or httpx2 in newer versions."""
    return importlib.import_module("httpx2" if find_spec("httpx2") is not None else "httpx")


class Client:
    """A connection to one server; use it as a context manager or close it."""

    def __init__(
        self, address: Address, key: str | None = None, *, seconds: float, waits: tuple[float, ...] = WAITS
    ) -> None:
        """Configure without connecting; `seconds` is the time-out of an answer, including retries and waits."""
        self._address, self._key, self._seconds, self._waits = address, key, seconds, waits
        self._http = library()
        self._client = self._http.Client(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=self._http.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds)),
            # A redirect would send examples and key to a host without consent.
            follow_redirects=False,
            # A proxy is not this machine.
            trust_env=not address.is_here,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def hide(self, text: str) -> str:
        """Return a text without the key, which a server may send back."""
        return text.replace(self._key, HIDDEN) if self._key else text

    def get(self, path: str, *, at_root: bool = False) -> Any:  # noqa: ANN401  JSON
        """Return the server's answer at a path below its address, or below its root."""
        return self._ask("GET", f"{self._address.root if at_root else self._address.url}{path}", None)

    def post(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401  JSON
        """Return the server's answer.

        NoAnswerError if it cannot be reached, stays busy, refuses the key, or does not answer with JSON. RefusedError
        if it refuses this request.
        """
        return self._ask("POST", f"{self._address.url}{path}", body)

    def _ask(self, method: str, url: str, body: dict[str, Any] | None) -> Any:  # noqa: ANN401  JSON
        answer = patiently(partial(self._once, method, url, body), seconds=self._seconds, waits=self._waits)
        if isinstance(answer, Busy):
            raise status_error(self._words, answer.status, answer.reason_given, retry_after=answer.retry_after)
        status, received = answer
        if status >= 300:  # noqa: PLR2004
            raise status_error(self._words, status, reason(received))
        try:
            return json.loads(received)
        except (ValueError, RecursionError):
            start = one_line(received[:80].decode(errors="replace"), 60)
            raise NoAnswerError(self._words(f"answered {start!r}, not JSON; is it such a server?")) from None

    def _once(self, method: str, url: str, body: dict[str, Any] | None, deadline: float) -> tuple[int, bytes] | Busy:
        late = f"did not answer within {self._seconds:.3g} s"
        try:
            with self._client.stream(method, url, json=body) as response:
                received = bytearray()
                for chunk in response.iter_bytes():
                    received += chunk
                    if len(received) > MOST_BYTES:
                        raise NoAnswerError(self._words("answers without end"))
                    if time.monotonic() > deadline:
                        raise NoAnswerError(self._words(late))
                status, retry_after = response.status_code, response.headers.get("retry-after")
                if status in BUSY:
                    return Busy(status, reason(bytes(received)), retry_after_seconds(retry_after))
                return status, bytes(received)
        except self._http.ConnectError as error:
            why = "nothing listens there; is it started?" if "refused" in str(error).lower() else one_line(error, 160)
            raise NoAnswerError(self._words(f"cannot be reached ({why})")) from None
        except self._http.TimeoutException:
            raise NoAnswerError(self._words(late)) from None
        except (self._http.HTTPError, self._http.InvalidURL) as error:
            raise NoAnswerError(
                self._words(f"broke off ({one_line(f'{type(error).__name__}: {error}', 160)})")
            ) from None

    def _words(self, what: str) -> str:
        return self.hide(f"the server {self._address.place} {what}")
