"""The Hub's rate limits: a fixed window per kind of request and per caller, told in every answer.

Figures: the Hub's documentation on rate limits (November 2026): anonymous 500 API calls, 3,000 resolver
calls and 100 pages in 300 s; with a free token 1,000, 5,000 and 200.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.local_hub.wire import Request

Kind = Literal["api", "resolvers", "pages"]


@dataclass
class _Window:
    """One caller's running window."""

    ends: float
    used: int = 0


class RateLimits:
    """Counts requests and says what is left."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start with the Hub's published quotas."""
        self.anonymous: dict[Kind, int] = {"api": 500, "resolvers": 3000, "pages": 100}
        self.authenticated: dict[Kind, int] = {"api": 1000, "resolvers": 5000, "pages": 200}
        self.window_seconds = 300
        self._clock = clock
        self._windows: dict[tuple[Kind, str | None], _Window] = {}
        self._lock = threading.Lock()

    def set(self, kind: Kind, quota: int, *, window_seconds: int | None = None) -> None:
        with self._lock:
            self.anonymous[kind] = self.authenticated[kind] = quota
            if window_seconds is not None:
                self.window_seconds = window_seconds
            self._windows.clear()

    def count(self, request: Request) -> tuple[bool, dict[str, str]]:
        """Count a request; return whether it is within its quota, and the headers that say so."""
        kind = kind_of(request.path)
        quota = (self.anonymous if request.token is None else self.authenticated)[kind]
        now = self._clock()
        with self._lock:
            window = self._windows.get((kind, request.token))
            if window is None or window.ends <= now:
                window = self._windows[kind, request.token] = _Window(now + self.window_seconds)
            window.used += 1
            used, seconds = window.used, math.ceil(window.ends - now)
        return used <= quota, headers(kind, max(quota - used, 0), seconds, quota, self.window_seconds)


def headers(kind: Kind, remaining: int, seconds: int, quota: int = 500, window: int = 300) -> dict[str, str]:
    """Return the two headers in the form huggingface_hub parses."""
    return {
        "RateLimit": f'"{kind}";r={remaining};t={seconds}',
        "RateLimit-Policy": f'"fixed window";"{kind}";q={quota};w={window}',
    }


def kind_of(path: str) -> Kind:
    """Say which quota a path counts against."""
    if "/resolve/" in path:
        return "resolvers"
    return "api" if path.startswith("/api/") else "pages"
