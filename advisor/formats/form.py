"""One way to load a model: the engine, its weight files, and what those hold."""

from __future__ import annotations

from dataclasses import dataclass, field


class UnusableError(Exception):
    """Files that look like an engine's, but are not to be loaded; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Form:
    """One way to load a model: the runtime, the weight files (relative to the folder) and what they hold.

    `ability` is what it is loaded for, a key of `advisor.engines.base.ABILITIES`; `computed` are the parameters
    that each token is multiplied with.
    """

    runtime: str
    files: tuple[str, ...]
    weights_bytes: int
    precision: str | None
    parameters: int | None = None
    labels: tuple[str, ...] = field(default=())
    ability: str = "encode"
    computed: int | None = field(default=None, compare=False)
