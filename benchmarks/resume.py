"""A probe of 2,000 examples, killed again and again: is any inference made twice, and is the answer the same?

    python -m benchmarks.resume [--kills 6] [--seed 0]

The run is that of `advisor recommend` with MiniLM-L3 as ONNX on 2,000 pieces of mail; each kill is a SIGKILL.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from advisor.report.layout import table
from benchmarks.common import spam_rows

EXAMPLES, TEACHING = 2000, 100
MODEL = "paraphrase-MiniLM-L3-v2-onnx"
# A bar at which the search needs every example: it is neither certified nor given up before.
TASK = """\
name: pieces
instruction: Decide whether a piece of a mail is spam or ham.
labels: [ham, spam]
examples: {{path: pieces.jsonl}}
teaching: {{path: teaching.jsonl}}
bar: {{pass_rate: {bar}}}
models: [{model}]
"""


def pieces() -> list[dict[str, str]]:
    """Return short pieces of mails, each different from the others."""
    found: dict[str, str] = {}
    for text, label in spam_rows(100_000):
        words = text.split()
        for at in range(0, len(words), 12):
            found.setdefault(" ".join(words[at : at + 12]), label)
    rows = [{"text": text, "label": label} for text, label in found.items()]
    random.Random(0).shuffle(rows)  # noqa: S311  reproducible, not a secret
    return rows


def run(task: Path, data: Path, kill_at: int | None) -> tuple[bool, dict[str, Any]]:
    """Run the command, killing it after so many outcomes; return whether it was, and the result if it was not."""
    process = subprocess.Popen(
        [sys.executable, "-m", "advisor", "recommend", str(task), "--json", "--offline", "--require", "examples"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"XDG_DATA_HOME": str(data)},
    )
    while kill_at is not None and process.poll() is None:
        if len(outcomes(data)) >= kill_at:
            process.kill()
            process.communicate()
            return True, {}
        time.sleep(0.02)
    out, _ = process.communicate()
    return False, json.loads(out)


def outcomes(data: Path) -> list[dict[str, Any]]:
    """Return the whole lines of the run's outcomes."""
    found = []
    for path in data.glob("model-advisor/runs/*/outcomes.jsonl"):
        found += [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--bar", type=float, default=0.65)
    asked = parser.parse_args()
    from advisor.paths import models_dir

    rows = pieces()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        task = place / "task.yaml"
        task.write_text(TASK.format(bar=asked.bar, model=models_dir() / MODEL), encoding="utf-8")
        for name, part in (("pieces", rows[:EXAMPLES]), ("teaching", rows[EXAMPLES : EXAMPLES + TEACHING])):
            lines = "".join(json.dumps(row) + "\n" for row in part)
            (place / f"{name}.jsonl").write_text(lines, encoding="utf-8")
        whole = place / "whole"
        _, uninterrupted = run(task, whole, None)
        total = len(outcomes(whole))
        broken, kills = place / "broken", 0
        for moment in sorted(random.Random(asked.seed).sample(range(1, total), asked.kills)):  # noqa: S311  as above
            kills += run(task, broken, moment)[0]
        _, resumed = run(task, broken, None)
        for name, data, document, killed in (
            ("uninterrupted", whole, uninterrupted, 0),
            ("killed and resumed", broken, resumed, kills),
        ):
            made = Counter((line["candidate"], line["purpose"], line["id"]) for line in outcomes(data))
            results.append(
                (
                    name,
                    str(killed),
                    str(sum(made.values())),
                    str(sum(made.values()) - len(made)),
                    document["verdict"],
                    str(document["candidates"][0]["passes"]),
                )
            )
    header = ("run", "kills", "inferences", "made twice", "verdict", "passes")
    print("\n".join(table(header, results, frozenset({1, 2, 3, 5}), None)))


if __name__ == "__main__":
    main()
