"""Protocol between the main process and a probe worker: one JSON object per line.

Main process to worker (standard input):

- `{"type": "load", "protocol": 3, "spec": {...}, "memory_bytes"}` once, first: the `ProbeSpec`, and the worker's memory
  limit, to which engines size their batches. The limit is enforced from outside.
- `{"type": "run", "examples": [{"id", "input", "expected"}, ...]}`: answered by one outcome each, then `done`. An
  input is a text, or its parts by name; the expected answer is any JSON value that the family reads. With `"labels"`,
  a list, the model gets the task's labels in that order. An example may have `"must_contain"`, a list of texts.
- End of input: the worker ends immediately. So it also ends when the main process dies.

Worker to main process (a private copy of standard output; output of libraries goes to standard error):

- `{"type": "loaded", "seconds", "teaching_seconds", "engine", "device", "details"}`
- `{"type": "outcomes", "outcomes": [{"id", "output", "score", "passed", "seconds", "error"}, ...]}`, in the order of
  the examples, in one message or several; `"confidence", "tokens", "prompt_tokens", "scores"` if known
- `{"type": "done", "peak_memory_bytes"}`
- `{"type": "failed", "reason", "is_circumstance"}`: this candidate cannot be probed; the worker ends. The reason is a
  circumstance if it is outside the model and can be fixed; by default it is the model's own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from advisor.units import format_bytes

PROTOCOL = 3
MAX_MESSAGE_BYTES = 1 << 20
LATER = frozenset({"timed", "agreed", "no_network", "kept", "per_label", "precision", "pass_rate"})
_ALWAYS = frozenset({"id", "output", "score", "passed", "seconds", "error"})


@dataclass(frozen=True, slots=True)
class ProbeSpec:
    """A worker's complete instructions: the model to load, how to use it, and its training rows."""

    runtime: str  # A key of `advisor.engines.table.ENGINES`.
    method: str  # How the model is used; a value of its family's `methods`.
    path: str  # The model's folder.
    files: tuple[str, ...]  # Its weight files, relative to the folder.
    family: str  # The task's family.
    instruction: str  # The task in the user's words.
    labels: dict[str, str]  # The task's labels with their meanings.
    # Examples for training heads and for prompts: input and expected answer.
    teaching: tuple[tuple[Any, Any], ...]
    threads: int  # Processor threads to use.
    seed: int  # Random seed.
    ability: str  # A key of `advisor.engines.base.ABILITIES`.
    labels_per_text: str = "one"  # "one" or "several".
    label_map: dict[str, str] = field(default_factory=dict)  # Meanings of the model's own labels, from the user.
    prompt: dict[str, Any] = field(default_factory=dict)  # The task's `prompt` section: template, examples, max_tokens.
    # The task's `scoring` section, with `metric` and `at_least` resolved.
    scoring: dict[str, Any] = field(default_factory=dict)
    scorer: tuple[str, str] | None = None  # The user's own Python file and the function in it, if one scores.
    documents: tuple[tuple[str, str], ...] = ()  # Ids and texts of the documents to search.
    allows: tuple[str, ...] = ()  # The user's permissions for this model by name.
    options: dict[str, Any] = field(default_factory=dict)  # Further options of the engine, e.g. a server's address.
    # Whether examples are answered one by one to time each, because a bar limits their latency.
    timed: bool = False
    # The Python files that the user agreed to for it, with their sha256; no others run.
    agreed: dict[str, str] = field(default_factory=dict)
    no_network: bool = False  # Whether processes with the task's code (a scorer, a model's own) have no network.
    kept: str | None = None  # File for tuned weights, so that they are tuned only once; None: not stored.
    # The bar's rates on labels and on the answers that name them, which a head is trained to reach.
    per_label: dict[str, float] = field(default_factory=dict)
    precision: dict[str, float] = field(default_factory=dict)
    pass_rate: float = 0.0  # The bar's rate of right answers.

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ProbeSpec:
        """Read the output of `to_json`."""
        # A run of an older version lacks later fields.
        values = {each.name: data[each.name] for each in fields(cls) if each.name in data or each.name not in LATER}
        values["files"], values["allows"] = tuple(values["files"]), tuple(values["allows"])
        values["teaching"] = tuple((given, expected) for given, expected in values["teaching"])
        values["documents"] = tuple((name, text) for name, text in values["documents"])
        values["scorer"] = None if values["scorer"] is None else tuple(values["scorer"])
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of one candidate on one example."""

    id: str  # Id of the example.
    output: Any  # The answer in the family's form, None if there was none.
    score: float  # Within 0 and 1, by the task's metric.
    passed: bool  # Whether the score reaches the task's minimum and all rules hold.
    seconds: float  # Time from request to answer if examples are answered one by one, else its share of the batch.
    error: str | None = None  # Why there was no answer.
    confidence: float | None = None  # The candidate's own, None if its engine gives none.
    tokens: int | None = None  # Tokens generated, None if nothing is generated.
    scores: dict[str, float] = field(default_factory=dict)  # The family's other metrics and single fields, by name.
    prompt_tokens: int | None = None  # Tokens read, None if its engine does not report them.

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Outcome:
        """Read an outcome message or a stored line; fields that an older version lacks are unknown.

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
        """Return plain values for a message or a stored line; optional ones only if known."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if name in _ALWAYS or value not in (None, {})}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A worker's message that its model is ready; `seconds` includes imports, not training.

    `details` are choices of the method, such as a head's regularisation strength.
    """

    seconds: float
    teaching_seconds: float
    engine: str
    device: str
    details: dict[str, Any]

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Loaded:
        """Read a message; KeyError, TypeError, ValueError if it is not one."""
        if data["type"] != "loaded":
            raise ValueError("unexpected message")
        return cls(
            seconds=_seconds(data["seconds"]),
            teaching_seconds=_seconds(data["teaching_seconds"]),
            engine=str(data["engine"]),
            device=str(data["device"]),
            details=dict(data["details"]),
        )


def outcome_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the messages for outcomes: one, or more if the line would be too long.

    An answer that is too long for a line becomes its example's error.
    """
    line = json.dumps({"type": "outcomes", "outcomes": [outcome.to_json() for outcome in outcomes]})
    if len(line) < MAX_MESSAGE_BYTES:
        return [line]
    if len(outcomes) == 1:
        reason = f"its answer is too long to be kept ({format_bytes(len(line))})"
        return outcome_lines(
            [Outcome(outcomes[0].id, None, 0.0, passed=False, seconds=outcomes[0].seconds, error=reason)]
        )
    half = len(outcomes) // 2
    return [*outcome_lines(outcomes[:half]), *outcome_lines(outcomes[half:])]


def outcomes_from_json(data: dict[str, Any]) -> list[Outcome]:
    """Read a message of outcomes; KeyError, TypeError, ValueError if it is not one."""
    items = data["outcomes"]
    if not isinstance(items, list) or not items:  # a worker could send empty messages for ever
        raise TypeError("outcomes must be a list")
    return [Outcome.from_json(each) for each in items]


def done_from_json(data: dict[str, Any]) -> int:
    """Return the peak resident memory, in bytes, from a message that ends a batch; 0 if the worker cannot measure it.

    Raises:
        KeyError, TypeError, ValueError: if it is not such a message.
    """
    if data["type"] != "done":
        raise ValueError("unexpected message")
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
    if not 0.0 <= share <= 1.0:  # also true for NaN
        raise ValueError("a score and a confidence lie within 0 and 1")
    return share


def _seconds(value: object) -> float:
    seconds = float(value)  # type: ignore[arg-type]  # whatever it cannot take, it refuses
    if not 0.0 <= seconds < math.inf:
        raise ValueError("a duration is finite and not negative")
    return seconds
