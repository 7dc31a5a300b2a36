"""Models listed by servers, with facts that some report, and the servers of this machine."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from advisor.servers.client import Address, Client, ServerError, parse_address
from advisor.units import parse_count

LIST_SECONDS = 5.0
GLANCE_SECONDS = 2.0  # Of a server that computes on all processors; where none listens it is refused at once.
# No model has more parameters or bytes.
LARGEST = 1 << 63
# Default ports.
OLLAMA_PORT = 11434
DEFAULT_PORTS = {OLLAMA_PORT: "Ollama", 1234: "LM Studio", 8080: "llama-server", 8000: "vLLM"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A model of a server; facts that the server does not report are None."""

    model: str
    parameters: int | None = None
    weights_bytes: int | None = None
    precision: str | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """A server found on this machine."""

    kind: str
    address: Address
    models: tuple[Listed, ...]


def models_of(address: Address, *, seconds: float = LIST_SECONDS) -> list[Listed]:
    """Return the models that a server lists, by name; ServerError if it cannot be reached or lists none."""
    with Client(address, seconds=seconds, waits=()) as client:
        data = _rows(client.get("/models"), "data")
        known = {each.model: each for each in (_listed(row) for row in data) if each is not None}
        if not known:
            raise ServerError(f"the server {address.place} lists no model; load one there")
        if any(str(row.get("owned_by")) == "library" for row in data):  # as in Ollama
            known |= _of_ollama(client, known)
    return sorted(known.values(), key=lambda each: each.model)


def running() -> list[Running]:
    """Return the servers at the usual ports of this machine, all asked at once with a short time-out."""

    def ask(address: Address, kind: str) -> Running | None:
        with suppress(ServerError):
            return Running(kind, address, tuple(models_of(address, seconds=GLANCE_SECONDS)))
        return None

    places = usual_places()
    with ThreadPoolExecutor(len(places)) as executor:
        return [each for each in executor.map(ask, places, places.values()) if each is not None]


def usual_places() -> dict[Address, str]:
    """Return the usual addresses of servers on this machine, with the usual server at each.

    Ollama's address is `OLLAMA_HOST`, as its own command reads it: scheme and port may be missing. An address on
    another machine is not included; a task file names it, and the user consents to what is sent there.
    """
    places = {parse_address(f"http://127.0.0.1:{port}"): kind for port, kind in DEFAULT_PORTS.items()}
    variable = os.environ.get("OLLAMA_HOST", "").strip().strip("\"'")
    if variable:
        with suppress(ValueError):
            address = parse_address(_whole(variable))
            if address.is_here:
                ours = parse_address(f"http://127.0.0.1:{OLLAMA_PORT}")
                places = {address: "Ollama"} | {place: kind for place, kind in places.items() if place != ours}
    return places


def _whole(address: str) -> str:
    """Return Ollama's host as an address; one that listens on all interfaces is asked on this machine."""
    scheme, separator, rest = address.rpartition("://")
    host, colon, port = rest.rstrip("/").rpartition(":")
    if not colon or port.endswith("]"):  # no port; the colons are an IPv6 address's
        host, port = rest.rstrip("/"), ""
    here = host if host not in {"", "0.0.0.0", "[::]"} else "127.0.0.1"  # noqa: S104  read, not bound
    usual = {"http": 80, "https": 443}.get(scheme, OLLAMA_PORT) if separator else OLLAMA_PORT
    return f"{scheme or 'http'}://{here}:{port or usual}"


def _rows(data: object, name: str) -> list[dict[str, Any]]:
    rows = data.get(name) if isinstance(data, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _listed(row: dict[str, Any]) -> Listed | None:
    """Read a row of `/models`; llama-server adds `meta` with sizes."""
    name, meta = row.get("id"), row.get("meta")
    if not isinstance(name, str) or not name:
        return None
    meta = meta if isinstance(meta, dict) else {}
    precision = meta.get("ftype")
    return Listed(
        name,
        _count(meta.get("n_params")),
        _count(meta.get("size")),
        precision.lower() if isinstance(precision, str) and precision else None,
    )


def _of_ollama(client: Client, known: dict[str, Listed]) -> dict[str, Listed]:
    try:
        rows = _rows(client.get("/api/tags", at_root=True), "models")
    except ServerError:
        return {}
    found = {}
    for row in rows:
        details = row.get("details")
        details = details if isinstance(details, dict) else {}
        name, precision = row.get("name"), details.get("quantization_level")
        if isinstance(name, str) and name in known:
            try:
                parameters = parse_count(str(details.get("parameter_size")))
            except ValueError:
                parameters = None
            found[name] = Listed(
                name, parameters, _count(row.get("size")), precision.lower() if isinstance(precision, str) else None
            )
    return found


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 < value < LARGEST else None  # True is not a count
