"""Runs snippets in processes of their own: the main one imports no engine."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from advisor.errors import OutOfReachError, one_line
from advisor.report.usage_head import saving

SECONDS = 1800
_ANSWER = """
import json, sys
sys.path.insert(0, sys.argv[1])
texts = json.load(sys.stdin)
from predict import predict
print("\\n" + json.dumps(predict(texts)))
"""


# As a server of chats answers: whole requests, a token after another.
_SERVE = """
import json, sys
from pathlib import Path
from advisor.engines.base import Load, load
job = json.load(sys.stdin)
options = {"context_tokens": job["context"]}
asked = Load(Path(job["folder"]), tuple(job["files"]), "chat", job["threads"], frozenset(), options)
complete = load("llama.cpp", asked).complete
answers = [complete(request) for request in job["requests"]]
print("\\n" + json.dumps([each["choices"][0]["message"]["content"] if "choices" in each else None for each in answers]))
"""


def learn_head(usage: str, target: Path, threads: int) -> list[str]:
    """Train a snippet's head as the probe did, write its weights, and return its labels in their order.

    Raises:
        OutOfReachError: if it cannot be trained here.
    """
    job = {"code": usage, "target": str(target)}
    learned: dict[str, Any] = _run(["-c", saving()], job, threads, "its head cannot be trained")
    return [str(label) for label in learned["labels"]]


def answers(folder: Path, inputs: Sequence[Any], threads: int) -> list[Any]:
    """Return what the exported module answers, in a process that knows the folder alone.

    Raises:
        OutOfReachError: if it does not run.
    """
    given: list[Any] = _run(["-c", _ANSWER, str(folder)], list(inputs), threads, "the exported module does not run")
    return given


def served_answers(
    folder: Path, files: Sequence[str], requests: Sequence[Any], context: int, threads: int
) -> list[str | None]:
    """Return what a GGUF file answers to requests of chats, with so many tokens of context; None for what is refused.

    Raises:
        OutOfReachError: if it does not run.
    """
    job = {"folder": str(folder), "files": list(files), "requests": list(requests), "context": context}
    given: list[str | None] = _run(["-c", _SERVE], job | {"threads": threads}, threads, "llama.cpp does not run")
    return given


def _run(arguments: list[str], job: Any, threads: int, failed: str) -> Any:  # noqa: ANN401  any JSON value
    try:
        done = subprocess.run(  # noqa: S603  our own interpreter and code
            [sys.executable, "-P", "-B", *arguments],  # the folder stays as it was written
            input=json.dumps(job),
            capture_output=True,
            text=True,
            encoding="utf-8",
            # The model is on this disk by now; with the probe's threads its sums come out the same.
            env=os.environ | {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "OMP_NUM_THREADS": str(threads)},
            timeout=SECONDS,
            check=False,
        )
        if done.returncode == 0:
            return json.loads(done.stdout.splitlines()[-1])
        reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
    except subprocess.TimeoutExpired:
        reason = f"not done after {SECONDS} s"
    except (OSError, ValueError, IndexError) as error:
        reason = str(error)
    raise OutOfReachError(f"{failed} ({one_line(reason, 300)})") from None
