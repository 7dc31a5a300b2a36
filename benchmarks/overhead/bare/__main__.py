"""Runs one engine's bare loop: reads the job, then a line for each pass, and answers each with its seconds."""

from __future__ import annotations

import json
import os
import sys
import time
from importlib import import_module


def main() -> None:
    """Serve until the input ends."""
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print there is no answer
    job = json.loads(sys.stdin.readline())
    answer = import_module(f"benchmarks.overhead.bare.{job['module']}").prepare(job)
    passes = {"batches": job["batches"], "at once": [[text for batch in job["batches"] for text in batch]]}
    print(0.0, file=channel, flush=True)
    for line in sys.stdin:
        started = time.perf_counter()
        for batch in passes[line.strip()]:
            answer(batch)
        print(time.perf_counter() - started, file=channel, flush=True)
    os._exit(0)  # an engine that is taken apart may hang


if __name__ == "__main__":
    main()
