"""Runs snippets in separate processes: the main one imports no engine."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer
from typing import Any

from advisor.errors import OutOfReachError, one_line
from advisor.report.usage_head import saving

SECONDS = 1800
# A process's line with its number of answers; and the seconds between two progress lines.
_COUNT, _EVERY = "answered: ", 10.0
# Batches grow while they are quick, so that slow answers are counted one by one.
_ANSWER = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
texts = json.load(sys.stdin)
import predict as module
# The run's examples are as they were read.
predict = getattr(module, "answers_to", module.predict)
answers, size = [], 1
while len(answers) < len(texts):
    began = time.monotonic()
    answers += predict(texts[len(answers) : len(answers) + size])
    size *= 2 if time.monotonic() - began < 1 else 1
    print(f"\\nanswered: {len(answers)}", flush=True)
print("\\n" + json.dumps(answers))
"""


# Like a chat server: whole requests, token by token.
_SERVE = """
import json, sys
from pathlib import Path
from advisor.engines.base import Load, load
job = json.load(sys.stdin)
options = {"context_tokens": job["context"]}
asked = Load(Path(job["folder"]), tuple(job["files"]), "chat", job["threads"], frozenset(), options)
complete = load("llama.cpp", asked).complete
answers = []
for request in job["requests"]:
    answers.append(complete(request))
    print(f"\\nanswered: {len(answers)}", flush=True)
print("\\n" + json.dumps([each["choices"][0]["message"]["content"] if "choices" in each else None for each in answers]))
"""


# Tensors with shared storage get their own copy: some libraries would find only one of their names.
_TO_SAFETENSORS = """
import json, sys
from pathlib import Path
import torch
from safetensors.torch import save_file
from advisor.formats.pickles import why_refused
job, held = json.load(sys.stdin), {}
for name, new in job["files"].items():
    file, target = Path(job["folder"], name), Path(job["target"], new)
    if reason := why_refused(file):
        sys.exit(f"{name} {reason}")
    loaded = torch.load(file, map_location="cpu", weights_only=True).items()
    tensors = {key: each.detach().clone().contiguous() for key, each in loaded if isinstance(each, torch.Tensor)}
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, target, metadata={"format": "pt"})
    held |= dict.fromkeys(tensors, new)
print("\\n" + json.dumps(held))
"""


def as_safetensors(folder: Path, target: Path, files: dict[str, str], threads: int) -> dict[str, str]:
    """Write a model's pickled tensors as safetensors under new names in another folder; return each one's file.

    OutOfReachError if they hold more than tensors, or cannot be read here.
    """
    job = {"folder": str(folder), "target": str(target), "files": files}
    failed = "its pickled weights cannot be written as safetensors"
    held: dict[str, str] = _run(["-c", _TO_SAFETENSORS], job, threads, failed)
    return held


def learn_head(usage: str, target: Path, threads: int) -> list[str]:
    """Train a snippet's head as the probe did, write its weights, and return its labels in order."""
    job = {"code": usage, "target": str(target)}
    learned: dict[str, Any] = _run(["-c", saving()], job, threads, "its head cannot be trained")
    return [str(label) for label in learned["labels"]]


def answers(folder: Path, inputs: Sequence[Any], threads: int, tell: Callable[[str], object]) -> list[Any]:
    """Return the exported module's answers, from a process that has only the folder; OutOfReachError if it fails."""
    failed, count = "the exported module does not run", _every(tell, len(inputs))
    given: list[Any] = _run(["-c", _ANSWER, str(folder)], list(inputs), threads, failed, count)
    return given


def served_answers(
    folder: Path,
    files: Sequence[str],
    requests: Sequence[Any],
    context: int,
    threads: int,
    *,
    tell: Callable[[str], object],
) -> list[str | None]:
    """Return a GGUF file's answers to chat requests, with a context of so many tokens; None for refused ones."""
    job = {"folder": str(folder), "files": list(files), "requests": list(requests), "context": context}
    job |= {"threads": threads}
    count = _every(tell, len(requests))
    given: list[str | None] = _run(["-c", _SERVE], job, threads, "llama.cpp does not run", count)
    return given


def _run(
    arguments: list[str],
    job: Any,  # noqa: ANN401  any JSON value
    threads: int,
    failed: str,
    count: Callable[[int], object] = lambda _: None,
) -> Any:  # noqa: ANN401  any JSON value
    """Return the process's last output as JSON; `count` is called with its progress."""
    last = ""
    with TemporaryFile("w+", encoding="utf-8") as given, TemporaryFile("w+", encoding="utf-8") as errors:
        json.dump(job, given)
        given.seek(0)
        try:
            with subprocess.Popen(  # noqa: S603  our own interpreter and code
                [sys.executable, "-P", "-B", *arguments],  # leave the folder as written
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=errors,
                encoding="utf-8",
                # The model is on this disk by now; the probe's number of threads reproduces its sums.
                env=os.environ | {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "OMP_NUM_THREADS": str(threads)},
            ) as process:
                timer = Timer(SECONDS, process.kill)
                timer.start()
                try:
                    for line in process.stdout or ():
                        if line.startswith(_COUNT):
                            count(int(line.removeprefix(_COUNT)))
                        else:
                            last = line
                    code = process.wait()
                finally:
                    is_late = timer.finished.is_set()
                    timer.cancel()
                    process.kill()
            if code == 0:
                return json.loads(last)
            errors.seek(0)
            reason = (errors.read().strip().splitlines() or [f"exit status {code}"])[-1]
            reason = f"not done after {SECONDS} s" if is_late else reason
        except (OSError, ValueError) as error:
            reason = str(error)
    raise OutOfReachError(f"{failed} ({one_line(reason, 300)})") from None


def _every(tell: Callable[[str], object], of: int) -> Callable[[int], object]:
    """Return a progress callback that prints "done of total", at most once per interval."""
    last = time.monotonic()

    def count(done: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _EVERY:
            last = time.monotonic()
            tell(f"  {done} of {of}")

    return count
