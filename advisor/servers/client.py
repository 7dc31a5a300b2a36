"""Asks a server, with time-outs and patience, and says plainly what went wrong. The key is in no message."""

from __future__ import annotations

import importlib
import json
import time
from email.utils import parsedate_to_datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Self

from advisor.errors import one_line

if TYPE_CHECKING:
    from advisor.servers.address import Address

CONNECT_SECONDS = 10.0
MOST_BYTES = 64 << 20
# A busy server is asked again, after so many seconds each time unless it says how long to wait.
WAITS = (0.5, 1.0, 2.0, 4.0)
HIDDEN = "[key]"
BUSY = frozenset({408, 429, 500, 502, 503, 504, 529})
CURES = {
    401: "it refuses the key; set the variable that key_env names to a valid one",
    402: "it wants to be paid; see your account there",
    403: "it refuses access; check what the key may do",
    404: "it knows no such model or path; check url and model",
}


class ServerError(Exception):
    """A server did not answer as it should; the message is for the user."""


class OutOfReachError(ServerError):
    """It cannot be asked now, or not by us: nothing is learned about its model."""


class RefusedError(ServerError):
    """It refuses this request for what it holds: another may go well."""


def library() -> Any:  # noqa: ANN401  a module
    """Return the HTTP client that the Hub's own client brings along: httpx, or httpx2 with its newer versions."""
    return importlib.import_module("httpx2" if find_spec("httpx2") is not None else "httpx")


class Client:
    """A connection to one server; use it as a context manager or close it."""

    def __init__(
        self, address: Address, key: str | None = None, *, seconds: float, waits: tuple[float, ...] = WAITS
    ) -> None:
        """Connect to nothing yet.

        Args:
            address: The server's.
            key: Sent as a bearer token.
            seconds: What a whole answer may take, tries and waits included.
            waits: Seconds before each further try at a busy server.
        """
        self._address, self._key, self._seconds, self._waits = address, key, seconds, waits
        self._http = library()
        self._client = self._http.Client(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=self._http.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds)),
            # A redirection would carry examples and key to a host that nobody agreed to.
            follow_redirects=False,
            # A proxy is not this machine.
            trust_env=not address.is_here,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def hide(self, text: str) -> str:
        """Return a text without the key, which a server may send back."""
        return text.replace(self._key, HIDDEN) if self._key else text

    def get(self, path: str, *, at_root: bool = False) -> Any:  # noqa: ANN401  JSON
        """Return what the server has at a path below its address, or below its root."""
        return self._ask("GET", f"{self._address.root if at_root else self._address.url}{path}", None)

    def post(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401  JSON
        """Return what the server answers.

        Raises:
            OutOfReachError: if it cannot be asked, stays busy, refuses the key, or answers no JSON.
            RefusedError: if it refuses this request.
        """
        return self._ask("POST", f"{self._address.url}{path}", body)

    def _ask(self, method: str, url: str, body: dict[str, Any] | None) -> Any:  # noqa: ANN401  JSON
        deadline = time.monotonic() + self._seconds
        for wait in (*self._waits, None):
            status, told, retry_after = self._once(method, url, body, deadline)
            if status not in BUSY:
                return self._read(status, told)
            pause = wait if retry_after is None else retry_after
            if wait is None or pause is None or time.monotonic() + pause >= deadline:
                break
            time.sleep(pause)
        again = "" if retry_after is None else f", and says to wait {retry_after:.0f} s"
        raise OutOfReachError(self._words(f"answers {status}{again}{reason(told)}"))

    def _once(
        self, method: str, url: str, body: dict[str, Any] | None, deadline: float
    ) -> tuple[int, bytes, float | None]:
        late = f"did not answer within {self._seconds:.3g} s"
        try:
            with self._client.stream(method, url, json=body) as response:
                told = bytearray()
                for chunk in response.iter_bytes():
                    told += chunk
                    if len(told) > MOST_BYTES:
                        raise OutOfReachError(self._words("answers without end"))
                    if time.monotonic() > deadline:
                        raise OutOfReachError(self._words(late))
                return response.status_code, bytes(told), retry_after_seconds(response.headers.get("retry-after"))
        except self._http.ConnectError as error:
            why = "nothing listens there; is it started?" if "refused" in str(error).lower() else one_line(error, 160)
            raise OutOfReachError(self._words(f"cannot be reached ({why})")) from None
        except self._http.TimeoutException:
            raise OutOfReachError(self._words(late)) from None
        except (self._http.HTTPError, self._http.InvalidURL) as error:
            raise OutOfReachError(
                self._words(f"broke off ({one_line(f'{type(error).__name__}: {error}', 160)})")
            ) from None

    def _read(self, status: int, told: bytes) -> Any:  # noqa: ANN401  JSON
        if 300 <= status < 400:  # noqa: PLR2004
            raise OutOfReachError(self._words(f"sends elsewhere ({status}), which is not followed; write its address"))
        if status in CURES:
            raise OutOfReachError(self._words(f"answers {status}: {CURES[status]}{reason(told)}"))
        if status >= 400:  # noqa: PLR2004
            raise RefusedError(self._words(f"answers {status}{reason(told)}"))
        try:
            return json.loads(told)
        except (ValueError, RecursionError):
            start = one_line(told[:80].decode(errors="replace"), 60)
            raise OutOfReachError(self._words(f"answers no JSON but {start!r}; is it such a server?")) from None

    def _words(self, what: str) -> str:
        return self.hide(f"the server {self._address.place} {what}")


def retry_after_seconds(value: str | None) -> float | None:
    """Return the seconds that a `Retry-After` header names, by number or date (RFC 9110, section 10.2.3)."""
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError):
        return None


def reason(told: bytes) -> str:
    """Return what a server says of an error, where it says it as OpenAI's, vLLM's, Ollama's or FastAPI's do."""
    try:
        data = json.loads(told)
    except (ValueError, RecursionError):
        return ""
    said = data
    for name in ("error", "message", "detail"):
        if isinstance(said, dict) and name in said:
            said = said[name]
    return f" ({one_line(said, 200)})" if isinstance(said, str) and said.strip() else ""
