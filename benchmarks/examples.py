"""The three example tasks, run for real: their answers, and the share of inferences against running everything.

    python -m benchmarks.examples

Needs the starter models. Runs are measured afresh in a folder of their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from advisor.paths import models_dir
from advisor.report.layout import table
from benchmarks.common import EXAMPLE_TASKS, ROOT, advisor, load_line

AIM = 0.25


def main() -> None:
    """Print the table."""
    rows, shares = [], []
    with tempfile.TemporaryDirectory() as data:
        (Path(data) / "model-advisor").mkdir()
        (Path(data) / "model-advisor" / "models").symlink_to(models_dir())
        for name in EXAMPLE_TASKS:
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
            rows.append(
                (
                    name,
                    document["verdict"],
                    document["strength"] or "",
                    recommended["model"] if recommended else "",
                    f"{document['inferences']} of {document['inferences_of_everything']}",
                    f"{share:.3f}",
                    f"{time.perf_counter() - started:.0f}",
                )
            )
    header = ("task", "verdict", "strength", "recommended", "inferences", "share", "seconds")
    print("\n".join(table(header, rows, frozenset({4, 5, 6}))))
    print(f"mean share {sum(shares) / len(shares):.3f} (aim: {AIM} or less); {load_line()}")


if __name__ == "__main__":
    main()
