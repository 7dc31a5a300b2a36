"""Time and peak memory of planning with a CSV of 100,000 rows, against reading the same file once with `csv`.

    python -m benchmarks.large_file [ROWS]

Each command is a process of its own. A fiftieth of the texts repeats an earlier one, a twentieth has one word more.
"""

import csv
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from advisor.report.layout import table
from benchmarks.common import advisor, compile_packages, load_line

TASK = """name: large
instruction: Sort mails into spam and ham.
examples: {path: large.csv, input: text, expected: label}
"""
READ = "import csv, sys; print(sum(1 for _ in csv.reader(open(sys.argv[1], encoding='utf-8', newline=''))))"


def drawn(rows: int) -> list[str]:
    """Return texts of 8 to 60 words."""
    draw = random.Random(1)  # noqa: S311
    words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=2 + n % 8)) for n in range(5000)]
    texts: list[str] = []
    for number in range(rows):
        text = " ".join(draw.choices(words, k=draw.randint(8, 60)))
        if number and number % 50 == 0:
            text = draw.choice(texts)
        elif number and number % 20 == 0:
            text = f"{draw.choice(texts)} indeed"
        texts.append(text)
    return texts


def cost(command: list[str]) -> tuple[float, float]:
    """Run a command and return its seconds and its megabytes at the peak."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(process.returncode)
    return time.perf_counter() - started, used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def main() -> None:
    """Print the table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    compile_packages()
    with tempfile.TemporaryDirectory() as folder:
        task, examples = Path(folder, "task.yaml"), Path(folder, "large.csv")
        task.write_text(TASK, encoding="utf-8")
        with examples.open("w", encoding="utf-8", newline="") as file:
            labelled = ((text, ("spam", "ham")[number % 3 > 0]) for number, text in enumerate(drawn(rows)))
            csv.writer(file).writerows([("text", "label"), *labelled])
        words = ("sort mails into spam and ham", "--examples", examples, "--set", "constraints.languages=en", "--yes")
        commands = {
            "csv module": [sys.executable, "-c", READ, str(examples)],
            "plan of a task file": advisor("recommend", task, "--plan-only", "--offline"),
            "plan of words and the file": advisor("recommend", *words, "--plan-only", "--offline"),
            "task init": advisor("task", "init", *words),
        }
        costs = {name: cost(command) for name, command in commands.items()}
    printed = [(name, f"{seconds:.1f}", f"{megabytes:.0f}") for name, (seconds, megabytes) in costs.items()]
    print(*table(("command", "seconds", "peak MB"), printed, frozenset({1, 2})), sep="\n")
    print(f"{rows} rows; aims for the plan of a task file: 6 s, 500 MB; {load_line()}")


if __name__ == "__main__":
    main()
