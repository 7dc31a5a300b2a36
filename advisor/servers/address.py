"""Addresses of servers: what a user may write, and whether what is sent there leaves this machine."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

DEFAULT_PATH = "/v1"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server answers.

    Attributes:
        url: Scheme, host, port and path, without a slash at its end.
        host: The host alone, as consent names it.
        place: The host with its port, as reports name it.
        is_here: Whether it is a loopback address: nothing sent there leaves this machine.
    """

    url: str
    host: str
    place: str
    is_here: bool

    @property
    def root(self) -> str:
        """The address without its path."""
        return self.url[: self.url.index("/", self.url.index("://") + 3)]


def parse(text: str) -> Address:
    """Read an address; one without a path is given OpenAI's, `/v1`.

    Raises:
        ValueError: saying what is wrong and what to write.
    """
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
    """Return whether a host is this machine by its own name or number; another name may lead anywhere tomorrow."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
