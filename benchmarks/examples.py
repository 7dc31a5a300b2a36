"""The three example tasks, run for real: their answers, and the share of inferences against running everything.

    python -m benchmarks.examples

"cross-validating" is what asking candidates on the training rows took before the first outcome: loading and training
of those that were asked, and, in brackets, of those that the search then left alone, for which it was spent in vain.
"probing" is the sum of all answers to evidence, loading apart.

Needs the starter models. Runs are measured afresh in a folder of their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.paths import models_dir
from advisor.report.layout import table
from advisor.runs.reader import open_run
from benchmarks.common import ROOT, advisor, load_line

if TYPE_CHECKING:
    from advisor.runs.reader import Run

AIM = 0.25


def seconds_of(run: Run) -> tuple[float, float, float]:
    """Return the seconds of cross-validating, those of it spent in vain, and those of probing."""
    asked = vain = probing = 0.0
    for candidate in run.candidates:
        record = candidate.record
        answers = [each.seconds for outcomes in record.outcomes.values() for each in outcomes.values()]
        probing += sum(answers)
        if record.details.get("cross_validated"):
            took = (record.load_seconds or 0.0) + (record.teaching_seconds or 0.0)
            asked += took
            vain += took * (not answers)
    return asked, vain, probing


def main() -> None:
    """Print the table."""
    rows, shares = [], []
    with tempfile.TemporaryDirectory() as data:
        (Path(data) / "model-advisor").mkdir()
        (Path(data) / "model-advisor" / "models").symlink_to(models_dir())
        for name in ("spam", "glossary", "speeches"):
            started = time.perf_counter()
            done = subprocess.run(
                advisor("recommend", ROOT / "examples" / name / "task.yaml", "--json", "--offline"),
                capture_output=True,
                text=True,
                check=False,
                env=os.environ | {"XDG_DATA_HOME": data},
            )
            document = json.loads(done.stdout)
            share = document["inferences"] / document["inferences_of_everything"]
            shares.append(share)
            recommended = document["recommended"]
            asked, vain, probing = seconds_of(open_run(Path(data) / "model-advisor" / "runs" / document["run"]))
            rows.append(
                (
                    name,
                    document["verdict"],
                    document["strength"] or "",
                    recommended["model"] if recommended else "",
                    f"{document['inferences']} of {document['inferences_of_everything']}",
                    f"{share:.3f}",
                    f"{asked:.1f} ({vain:.1f})",
                    f"{probing:.1f}",
                    f"{time.perf_counter() - started:.0f}",
                )
            )
    header = ("task", "verdict", "strength", "recommended", "inferences", "share", "cross-validating", "probing")
    print("\n".join(table((*header, "seconds"), rows, frozenset({4, 5, 6, 7, 8}))))
    print(f"mean share {sum(shares) / len(shares):.3f} (aim: {AIM} or less); {load_line()}")


if __name__ == "__main__":
    main()
