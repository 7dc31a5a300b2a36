"""What the main process and a probe worker say to each other: one JSON object a line.

Main process to worker (standard input):

- `{"type": "load", "protocol": 1, "spec": {...}}` once, first: the `ProbeSpec`.
- `{"type": "run", "examples": [{"id", "input", "expected"}, ...]}`: answered by one outcome each, then `done`.
- End of input: the worker ends at once, wherever it is. So it ends when the main process dies.

Worker to main process (a private copy of standard output; what libraries print goes to standard error):

- `{"type": "loaded", "seconds", "teaching_seconds", "engine", "device", "details"}`
- `{"type": "outcome", "id", "output", "score", "passed", "seconds", "error"}`
- `{"type": "done", "peak_memory_bytes"}`
- `{"type": "failed", "reason", "is_circumstance"}`: this candidate cannot be probed; the worker ends. The reason is a
  circumstance if it lies around the model and may be mended; absent, it is the model's own.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Any

PROTOCOL = 1
MAX_MESSAGE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ProbeSpec:
    """All that a worker needs to know: what to load, how to use it, and what teaches it."""

    runtime: str
    method: str
    path: str
    files: tuple[str, ...]
    family: str
    instruction: str
    labels: dict[str, str]
    teaching: tuple[tuple[str, str], ...]
    threads: int
    seed: int

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a message."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ProbeSpec:
        """Read what `to_json` gave."""
        values = {field.name: data[field.name] for field in fields(cls)}
        values["files"] = tuple(values["files"])
        values["teaching"] = tuple((text, label) for text, label in values["teaching"])
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one candidate did with one example; `seconds` is its share of the batch it ran in."""

    id: str
    output: str | None
    score: float
    passed: bool
    seconds: float
    error: str | None = None

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Outcome:
        """Read an outcome message or a stored line.

        Raises:
            KeyError, TypeError, ValueError: if it is not one.
        """
        output, error, passed = data["output"], data["error"], data["passed"]
        score, seconds = float(data["score"]), _seconds(data["seconds"])
        if not isinstance(passed, bool):
            raise TypeError("passed must be true or false")
        if not 0.0 <= score <= 1.0:  # also what is not a number
            raise ValueError("a score lies within 0 and 1")
        return cls(
            id=str(data["id"]),
            output=None if output is None else str(output),
            score=score,
            passed=passed,
            seconds=seconds,
            error=None if error is None else str(error),
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a message or a stored line."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a worker says once its model is ready; `seconds` includes the imports, not the teaching.

    `details` is what the method settled on, such as a head's strength.
    """

    seconds: float
    teaching_seconds: float
    engine: str
    device: str
    details: dict[str, Any]

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Loaded:
        """Read a message.

        Raises:
            KeyError, TypeError, ValueError: if it is not one.
        """
        if data["type"] != "loaded":
            raise ValueError("another message was due")
        return cls(
            seconds=_seconds(data["seconds"]),
            teaching_seconds=_seconds(data["teaching_seconds"]),
            engine=str(data["engine"]),
            device=str(data["device"]),
            details=dict(data["details"]),
        )


def done_from_json(data: dict[str, Any]) -> int:
    """Return the peak resident memory, in bytes, of a message that ends a batch; 0 if the worker cannot tell.

    Raises:
        KeyError, TypeError, ValueError: if it is not such a message.
    """
    if data["type"] != "done":
        raise ValueError("another message was due")
    peak = data["peak_memory_bytes"]
    if peak is None:
        return 0
    if not isinstance(peak, int) or peak < 0:
        raise ValueError("a size is a whole number of bytes")
    return peak


def _seconds(value: object) -> float:
    seconds = float(value)  # type: ignore[arg-type]  # whatever it cannot take, it refuses
    if not 0.0 <= seconds < math.inf:
        raise ValueError("a duration is neither negative nor endless")
    return seconds
