"""The worker process: loads one candidate and answers examples, with `protocol` on standard input and output."""

import gc
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import IO, Any

from advisor.engines import base
from advisor.engines.batches import is_out_of_memory
from advisor.engines.bounds import BoundExceededError
from advisor.errors import one_line
from advisor.families import family
from advisor.families.base import Answerer, Given
from advisor.families.methods.tuned import tuned
from advisor.probe.judge import Judge
from advisor.probe.protocol import PROTOCOL, Outcome, ProbeSpec, outcome_lines

# Outcomes per message.
PART = 64
PIPE_BYTES, MOST_STATUS_BYTES = 1 << 16, 1 << 14


def main() -> int:
    """Run until the input ends; return the process's exit status."""
    channel = _private_output()

    def say(*messages: dict[str, Any] | str) -> None:
        lines = (message if isinstance(message, str) else json.dumps(message) for message in messages)
        channel.write("".join(f"{line}\n" for line in lines))
        channel.flush()

    messages = _messages()
    first = next(messages)
    if first.get("protocol") != PROTOCOL:
        say({"type": "failed", "reason": f"the worker speaks protocol {PROTOCOL}, not {first.get('protocol')}"})
        return 1
    spec = ProbeSpec.from_json(first["spec"])
    try:
        _serve(spec, first.get("memory_bytes"), messages, say)
    except base.CannotLoadError as error:
        # Warnings of an engine during loading are appended to our own message.
        said = error.__cause__ or error.__context__
        if isinstance(said, Exception) and is_out_of_memory(said) and not isinstance(error, BoundExceededError):
            error = base.CircumstanceError("ran out of memory")
        is_circumstance = isinstance(error, base.CircumstanceError)
        say({"type": "failed", "reason": one_line(error), "is_circumstance": is_circumstance})
        return 1
    except Exception as error:  # noqa: BLE001  any library error ends this candidate, with its reason
        import traceback

        traceback.print_exc()  # the log keeps it
        if is_out_of_memory(error):
            say({"type": "failed", "reason": "ran out of memory", "is_circumstance": True})
            return 1
        say({"type": "failed", "reason": one_line(f"{type(error).__name__}: {error}")})
        return 1
    return 0


def _private_output() -> IO[str]:
    """Reserve standard output for the protocol; output of libraries goes to standard error."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return channel


def _messages() -> Iterator[dict[str, Any]]:
    """Yield incoming messages; when the input ends the process ends at once, even inside a library call."""
    inbox: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def listen() -> None:
        # In blocks of a pipe's size: a batch of texts is some hundred kilobytes.
        with open(sys.stdin.fileno(), "rb", buffering=PIPE_BYTES, closefd=False) as lines:
            for line in lines:
                inbox.put(line)
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        yield json.loads(inbox.get())


def _serve(
    spec: ProbeSpec,
    memory_bytes: int | None,
    messages: Iterator[dict[str, Any]],
    say: Any,  # noqa: ANN401  a local function
) -> None:
    kind = family(spec.family)
    started = time.perf_counter()
    # An engine's import creates hundreds of thousands of permanent objects; garbage collection takes a sixth of it.
    gc.disable()
    folder, allows = Path(spec.path), frozenset(spec.allows)
    request = base.Load(folder, spec.files, spec.ability, spec.threads, allows, spec.options, memory_bytes)
    runtime = base.load(spec.runtime, request)
    loaded = time.perf_counter()
    judge = Judge(kind, spec)

    def right(answerer: Answerer, rows: Sequence[tuple[Given, Any]]) -> int:
        examples = [{"id": str(n), "input": given, "expected": expected} for n, (given, expected) in enumerate(rows)]
        return sum(outcome.passed for outcome in answer_batch(judge, answerer, examples, timed=False))

    spec = tuned(kind, runtime, spec, right)
    answerer = kind.prepare(runtime, spec)
    details = {**getattr(runtime, "facts", {}), **answerer.details}
    if "tuned" in details:  # on the same rows, so that it says little about others
        details.pop("cross_validated", None)
    gc.collect()
    # Loaded objects are permanent, so the collector need not traverse them between texts.
    gc.freeze()
    gc.enable()
    say(
        {
            "type": "loaded",
            "seconds": loaded - started,
            "teaching_seconds": time.perf_counter() - loaded,
            "engine": runtime.engine,
            "device": runtime.device,
            "details": details,
        }
    )
    for message in messages:
        if labels := message.get("labels"):
            reordered = {label: spec.labels[label] for label in labels}
            answering = kind.prepare(runtime, replace(spec, labels=reordered))
        else:
            answering = answerer
        outcomes = answer_batch(judge, answering, message["examples"], timed=spec.timed)
        failed = all(outcome.error is not None for outcome in outcomes)
        if failed and kind.sample is not None and not _can_answer(answerer, kind.sample):
            raise base.CannotLoadError(f"answers nothing but errors ({outcomes[0].error})")
        # In parts, so that the main process reads one while the next is written.
        while len(outcomes) > PART:
            say(*outcome_lines(outcomes[:PART]))
            outcomes = outcomes[PART:]
        say(*outcome_lines(outcomes), {"type": "done", "peak_memory_bytes": peak_memory_bytes()})


def _can_answer(answerer: Answerer, sample: Given) -> bool:
    """Return whether the engine answers a plain input: if so, errors belong to their examples."""
    try:
        answerer.answer([sample])
    except base.CircumstanceError:
        raise
    except Exception:  # noqa: BLE001  as for the examples
        return False
    return True


def answer_batch(judge: Judge, answerer: Answerer, examples: list[dict[str, Any]], *, timed: bool) -> list[Outcome]:
    """Answer a batch; if it fails as a whole, answer one by one, so that one bad example does not affect others.

    If the time of each example is needed (`timed`), each is a batch. The same holds for engines that answer one by one
    anyway: times stay separate, and no example is asked twice because of another. CircumstanceError if nothing is
    learned about the model, e.g. if there is not enough memory to answer.
    """
    if timed or getattr(answerer, "alone", False):
        return [outcome for example in examples for outcome in _answer(judge, answerer, [example])]
    return _answer(judge, answerer, examples)


def _answer(judge: Judge, answerer: Answerer, examples: list[dict[str, Any]]) -> list[Outcome]:
    started = time.perf_counter()
    try:
        answers = answerer.answer([example["input"] for example in examples])
    except base.CircumstanceError:  # nothing is learned about the model
        raise
    except Exception as error:  # any exception of an engine is this example's outcome
        if len(examples) == 1:
            if is_out_of_memory(error):
                raise base.CircumstanceError("ran out of memory") from error
            seconds = time.perf_counter() - started
            reason = one_line(f"{type(error).__name__}: {error}")
            return [Outcome(examples[0]["id"], None, 0.0, passed=False, seconds=seconds, error=reason)]
        return [outcome for example in examples for outcome in _answer(judge, answerer, [example])]
    seconds = (time.perf_counter() - started) / len(examples)
    return [judge.outcome(example, answered, seconds) for example, answered in zip(examples, answers, strict=True)]


@cache
def _status_file() -> int:
    """Open the system's statistics of this process, to be read after each batch."""
    return os.open("/proc/self/status", os.O_RDONLY)


def peak_memory_bytes() -> int | None:
    """Return this process's peak resident memory so far, if the system reports it."""
    try:
        # On Linux getrusage starts at the size of the parent process.
        status = os.pread(_status_file(), MOST_STATUS_BYTES, 0)
        return int(status.partition(b"VmHWM:")[2].split()[0]) * 1024
    except (OSError, AttributeError, IndexError, ValueError):  # AttributeError: on Windows
        pass
    try:
        import resource
    except ImportError:  # Windows: the main process watches instead
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    sys.exit(main())
