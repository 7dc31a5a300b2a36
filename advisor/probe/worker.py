"""The worker process: loads one candidate and answers examples, speaking `protocol` on standard input and output."""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from advisor.errors import one_line
from advisor.probe.protocol import PROTOCOL, Outcome, ProbeSpec
from advisor.probe.runtimes import base

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAIN_TEXT = "Hello"
FAMILIES = {"text-classification": "advisor.probe.families.text_classification"}


def main() -> int:
    """Run until the input ends; return the process's exit status."""
    channel = _private_output()

    def say(*told: dict[str, Any]) -> None:
        channel.write("".join(json.dumps(message) + "\n" for message in told))
        channel.flush()

    messages = _messages()
    first = next(messages)
    if first.get("protocol") != PROTOCOL:
        say(
            {
                "type": "failed",
                "reason": f"the worker speaks protocol {PROTOCOL}, not {first.get('protocol')}",
            }
        )
        return 1
    spec = ProbeSpec.from_json(first["spec"])
    try:
        _serve(spec, messages, say)
    except base.CannotLoadError as error:
        is_circumstance = isinstance(error, base.EngineMissingError)
        say({"type": "failed", "reason": one_line(error), "is_circumstance": is_circumstance})
        return 1
    except MemoryError:
        say({"type": "failed", "reason": "ran out of memory", "is_circumstance": True})
        return 1
    except Exception as error:  # noqa: BLE001  any library error ends this candidate, with its reason
        import traceback

        traceback.print_exc()  # the log keeps it
        say({"type": "failed", "reason": one_line(f"{type(error).__name__}: {error}")})
        return 1
    return 0


def _private_output() -> IO[str]:
    """Keep standard output for the protocol; what libraries print there goes to standard error."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return channel


def _messages() -> Iterator[dict[str, Any]]:
    """Yield incoming messages; when the input ends the process ends at once, even inside a library call."""
    inbox: queue.SimpleQueue[str] = queue.SimpleQueue()

    def listen() -> None:
        for line in sys.stdin:
            inbox.put(line)
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        yield json.loads(inbox.get())


def _serve(spec: ProbeSpec, messages: Iterator[dict[str, Any]], say: Any) -> None:  # noqa: ANN401  a local function
    family = import_module(FAMILIES[spec.family])
    started = time.perf_counter()
    runtime = base.load(spec.runtime, Path(spec.path), spec.files, threads=spec.threads)
    loaded = time.perf_counter()
    answerer = family.prepare(runtime, spec)
    say(
        {
            "type": "loaded",
            "seconds": loaded - started,
            "teaching_seconds": time.perf_counter() - loaded,
            "engine": runtime.engine,
            "device": runtime.device,
            "details": answerer.details,
        }
    )
    for message in messages:
        examples = message["examples"]
        outcomes = _answer(family, answerer, examples)
        if all(outcome.error is not None for outcome in outcomes) and not _can_answer(answerer):
            raise base.CannotLoadError(f"answers nothing but errors ({outcomes[0].error})")
        done = {"type": "done", "peak_memory_bytes": peak_memory_bytes()}
        say(*({"type": "outcome", **outcome.to_json()} for outcome in outcomes), done)


def _can_answer(answerer: Any) -> bool:  # noqa: ANN401  a family's
    """Return whether the engine answers a plain text: if so, the errors are those of their examples."""
    try:
        answerer.answer([PLAIN_TEXT])
    except Exception:  # noqa: BLE001  as for the examples
        return False
    return True


def _answer(family: Any, answerer: Any, examples: list[dict[str, str]]) -> list[Outcome]:  # noqa: ANN401
    """Answer a batch; if it fails as a whole, answer one by one so that one bad example costs only itself."""
    started = time.perf_counter()
    try:
        outputs = answerer.answer([example["input"] for example in examples])
    except Exception as error:  # noqa: BLE001  whatever an engine raises is this example's outcome
        if len(examples) == 1:
            seconds = time.perf_counter() - started
            reason = one_line(f"{type(error).__name__}: {error}")
            return [Outcome(examples[0]["id"], None, 0.0, passed=False, seconds=seconds, error=reason)]
        return [outcome for example in examples for outcome in _answer(family, answerer, [example])]
    seconds = (time.perf_counter() - started) / len(examples)
    scored = (
        (example, output, family.score(output, example["expected"]))
        for example, output in zip(examples, outputs, strict=True)
    )
    return [Outcome(e["id"], output, score, passed=score >= 1.0, seconds=seconds) for e, output, score in scored]


def peak_memory_bytes() -> int | None:
    """Return this process's peak resident memory so far, where the system tells."""
    try:
        # On Linux the figure of getrusage begins at the size of whoever started the process.
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    except (OSError, IndexError, ValueError):
        pass
    try:
        import resource
    except ImportError:  # Windows: the main process watches instead
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    sys.exit(main())
