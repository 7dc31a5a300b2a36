"""What the main process and a probe worker say to each other: one JSON object a line.

Main process to worker (standard input):

- `{"type": "load", "protocol": 3, "spec": {...}, "memory_bytes"}` once, first: the `ProbeSpec`, and what the worker may
  hold in all, to which engines size their batches. The limit itself is kept from outside.
- `{"type": "run", "examples": [{"id", "input", "expected"}, ...]}`: answered by one outcome each, then `done`. An
  input is a text, or its parts by name; what is expected is any JSON value, as the family reads it. With `"labels"`,
  a list, the task's labels are put to the model in that order. An example may have `"must_contain"`, a list of texts.
- End of input: the worker ends at once, wherever it is. So it ends when the main process dies.

Worker to main process (a private copy of standard output; what libraries print goes to standard error):

- `{"type": "loaded", "seconds", "teaching_seconds", "engine", "device", "details"}`
- `{"type": "outcomes", "outcomes": [{"id", "output", "score", "passed", "seconds", "error"}, ...]}`, in the order of
  the examples, in one message or several; `"confidence", "tokens", "prompt_tokens", "scores"` where they are known
- `{"type": "done", "peak_memory_bytes"}`
- `{"type": "failed", "reason", "is_circumstance"}`: this candidate cannot be probed; the worker ends. The reason is a
  circumstance if it lies around the model and may be mended; absent, it is the model's own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

PROTOCOL = 3
MAX_MESSAGE_BYTES = 1 << 20
LATER = frozenset({"timed", "agreed", "no_network", "kept", "per_label"})
_ALWAYS = frozenset({"id", "output", "score", "passed", "seconds", "error"})


@dataclass(frozen=True, slots=True)
class ProbeSpec:
    """All that a worker needs to know: what to load, how to use it, and what teaches it."""

    runtime: str  # A key of `advisor.engines.table.ENGINES`.
    method: str  # How the model is used; a value of its family's `methods`.
    path: str  # The model's folder.
    files: tuple[str, ...]  # Its weight files, relative to the folder.
    family: str  # The task's family.
    instruction: str  # What is to be done, in the user's words.
    labels: dict[str, str]  # The task's labels with their meanings.
    # Examples that heads are trained on and prompted models are shown: what is given, what is expected.
    teaching: tuple[tuple[Any, Any], ...]
    threads: int  # Processor threads to use.
    seed: int  # Fixes what chance decides.
    ability: str  # A key of `advisor.engines.base.ABILITIES`.
    labels_per_text: str = "one"  # "one" or "several".
    label_map: dict[str, str] = field(default_factory=dict)  # What the model's own labels stand for, as the user says.
    prompt: dict[str, Any] = field(default_factory=dict)  # The task's `prompt` section: template, examples, max_tokens.
    # The task's `scoring` section, and `metric` and `at_least` as settled.
    scoring: dict[str, Any] = field(default_factory=dict)
    scorer: tuple[str, str] | None = None  # The user's own Python file and the function in it, if one scores.
    documents: tuple[tuple[str, str], ...] = ()  # Ids and texts that queries are answered from.
    allows: tuple[str, ...] = ()  # What the user allowed for this model by name.
    options: dict[str, Any] = field(default_factory=dict)  # What the engine needs besides, e.g. a server's address.
    # Whether examples are answered one by one, so that the seconds of each are its own: a bar limits them.
    timed: bool = False
    # The Python files that the user agreed to for it, each with its sha256; no other runs.
    agreed: dict[str, str] = field(default_factory=dict)
    no_network: bool = False  # Whether what runs code that the task brings, a scorer or a model's own, has no network.
    kept: str | None = None  # File in which tuned weights are kept, so that they are tuned once; None: nowhere.
    # The rates that the bar asks on labels; a head is trained to reach them.
    per_label: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ProbeSpec:
        """Read what `to_json` gave."""
        # A run of an older version tells nothing of what came later.
        values = {each.name: data[each.name] for each in fields(cls) if each.name in data or each.name not in LATER}
        values["files"], values["allows"] = tuple(values["files"]), tuple(values["allows"])
        values["teaching"] = tuple((given, expected) for given, expected in values["teaching"])
        values["documents"] = tuple((name, text) for name, text in values["documents"])
        values["scorer"] = None if values["scorer"] is None else tuple(values["scorer"])
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one candidate did with one example."""

    id: str  # The example's.
    output: Any  # The answer in the family's form, None if there was none.
    score: float  # Within 0 and 1, by the task's metric.
    passed: bool  # Whether the score reaches what the task asks for and every rule holds.
    seconds: float  # From asking to its answer where examples are answered one by one, else its share of the batch.
    error: str | None = None  # Why there was no answer.
    confidence: float | None = None  # The candidate's own, None where its engine tells none.
    tokens: int | None = None  # How many it generated, None where nothing is generated.
    scores: dict[str, float] = field(default_factory=dict)  # The family's other metrics and single fields, by name.
    prompt_tokens: int | None = None  # How many it read for that, None where its engine does not tell.

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Outcome:
        """Read an outcome message or a stored line; what a line of an older version lacks is unknown.

        Raises:
            KeyError, TypeError, ValueError: if it is not one.
        """
        error, passed = data["error"], data["passed"]
        if not isinstance(passed, bool):
            raise TypeError("passed must be true or false")
        confidence, scores = data.get("confidence"), data.get("scores")
        return cls(
            id=str(data["id"]),
            output=data["output"],
            score=_share(data["score"]),
            passed=passed,
            seconds=_seconds(data["seconds"]),
            error=None if error is None else str(error),
            confidence=None if confidence is None else _share(confidence),
            tokens=_count(data.get("tokens")),
            prompt_tokens=_count(data.get("prompt_tokens")),
            scores={str(name): _share(value) for name, value in scores.items()} if scores else {},
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a message or a stored line; the optional ones only where they are known."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if name in _ALWAYS or value not in (None, {})}


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


def outcome_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the messages that tell outcomes: one, or more where it would be too long a line."""
    line = json.dumps({"type": "outcomes", "outcomes": [outcome.to_json() for outcome in outcomes]})
    if len(line) < MAX_MESSAGE_BYTES or len(outcomes) == 1:
        return [line]
    half = len(outcomes) // 2
    return [*outcome_lines(outcomes[:half]), *outcome_lines(outcomes[half:])]


def outcomes_from_json(data: dict[str, Any]) -> list[Outcome]:
    """Read such a message.

    Raises:
        KeyError, TypeError, ValueError: if it is not one.
    """
    items = data["outcomes"]
    if not isinstance(items, list) or not items:  # a worker that says nothing without end would be listened to for ever
        raise TypeError("outcomes stand in a list")
    return [Outcome.from_json(each) for each in items]


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


def _count(value: object) -> int | None:
    if value is None or (type(value) is int and value >= 0):
        return value
    raise ValueError("tokens are a whole number")


def _share(value: object) -> float:
    share = float(value)  # type: ignore[arg-type]  # whatever it cannot take, it refuses
    if not 0.0 <= share <= 1.0:  # also what is not a number
        raise ValueError("a score and a confidence lie within 0 and 1")
    return share


def _seconds(value: object) -> float:
    seconds = float(value)  # type: ignore[arg-type]  # whatever it cannot take, it refuses
    if not 0.0 <= seconds < math.inf:
        raise ValueError("a duration is neither negative nor endless")
    return seconds
