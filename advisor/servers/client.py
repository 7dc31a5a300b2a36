"""Asks a server, with time-outs and patience, and says plainly what went wrong. The key is in no message."""

from __future__ import annotations

import importlib
import json
import time
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Self

from advisor.errors import one_line
from advisor.servers.patience import (
    BUSY,
    WAITS,
    Busy,
    OutOfReachError,
    RefusedError,
    ServerError,
    patiently,
    reason,
    refusal,
    retry_after_seconds,
)

if TYPE_CHECKING:
    from advisor.servers.address import Address

__all__ = ["HIDDEN", "Client", "OutOfReachError", "RefusedError", "ServerError", "library"]

CONNECT_SECONDS = 10.0
MOST_BYTES = 64 << 20
HIDDEN = "[key]"


def library() -> Any:  # noqa: ANN401  a module
    """Return the HTTP client that the Hub's own client brings along: httpx, or httpx2 with its newer versions."""
    return importlib.import_module("httpx2" if find_spec("httpx2") is not None else "httpx")


class Client:
    """A connection to one server; use it as a context manager or close it."""

    def __init__(
        self, address: Address, key: str | None = None, *, seconds: float, waits: tuple[float, ...] = WAITS
    ) -> None:
        """Connect to nothing yet; `seconds` are what a whole answer may take, tries and waits included."""
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
        answer = patiently(partial(self._once, method, url, body), seconds=self._seconds, waits=self._waits)
        if isinstance(answer, Busy):
            raise refusal(self._words, answer.status, answer.told, retry_after=answer.retry_after)
        status, told = answer
        if status >= 300:  # noqa: PLR2004
            raise refusal(self._words, status, reason(told))
        try:
            return json.loads(told)
        except (ValueError, RecursionError):
            start = one_line(told[:80].decode(errors="replace"), 60)
            raise OutOfReachError(self._words(f"answered {start!r}, not JSON; is it such a server?")) from None

    def _once(self, method: str, url: str, body: dict[str, Any] | None, deadline: float) -> tuple[int, bytes] | Busy:
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
                status, retry_after = response.status_code, response.headers.get("retry-after")
                if status in BUSY:
                    return Busy(status, reason(bytes(told)), retry_after_seconds(retry_after))
                return status, bytes(told)
        except self._http.ConnectError as error:
            why = "nothing listens there; is it started?" if "refused" in str(error).lower() else one_line(error, 160)
            raise OutOfReachError(self._words(f"cannot be reached ({why})")) from None
        except self._http.TimeoutException:
            raise OutOfReachError(self._words(late)) from None
        except (self._http.HTTPError, self._http.InvalidURL) as error:
            raise OutOfReachError(
                self._words(f"broke off ({one_line(f'{type(error).__name__}: {error}', 160)})")
            ) from None

    def _words(self, what: str) -> str:
        return self.hide(f"the server {self._address.place} {what}")
