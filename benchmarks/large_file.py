"""Time and peak memory of planning with a CSV of 100,000 rows, against reading the same file once with `csv`.

    python -m benchmarks.large_file [ROWS]

Two files: texts drawn apart, of which some repeat and some are nearly the same, and texts of one template with three
fields, which all have most of their words in common. Each command is a process of its own: a plan of a task file, a
plan from words and the file, the task file that the interview writes. The aims are for the plan of a task file.
"""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from advisor.report.layout import table
from benchmarks.common import advisor, compile_packages, load_line

ROWS = 100_000
AIM_SECONDS, AIM_MEGABYTES = 6.0, 500.0
WORDS = "sort mails into spam and ham"
TASK = """name: large
instruction: Sort mails into spam and ham.
examples: {path: large.csv, input: text, expected: label}
"""
READ = "import csv, sys; print(sum(1 for _ in csv.reader(open(sys.argv[1], encoding='utf-8', newline=''))))"


class Cost(NamedTuple):
    """What a process took: seconds by the clock and of the processor, and megabytes at its peak."""

    seconds: float
    processor: float
    megabytes: float


def drawn(rows: int) -> list[str]:
    """Return texts of 8 to 60 words; a fiftieth repeats an earlier one, a twentieth has a word more than one."""
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


def of_a_template(rows: int) -> list[str]:
    """Return texts of forty words, of which three are fields."""
    draw = random.Random(2)  # noqa: S311
    words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=2 + n % 8)) for n in range(37)]
    fields = ((f"order{draw.randrange(10**6)}", f"name{draw.randrange(2000)}", f"day{n % 365}") for n in range(rows))
    return [" ".join([*words[:10], one, *words[10:20], two, *words[20:30], three, *words[30:]])
            for one, two, three in fields]  # fmt: skip


def cost(command: list[str]) -> Cost:
    """Run a command and return what it took.

    Raises:
        RuntimeError: if it fails.
    """
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        said = process.stderr.read() if process.stderr else b""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: {said.decode(errors='replace')}")
    megabytes = used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    return Cost(time.perf_counter() - started, used.ru_utime + used.ru_stime, megabytes)


def main() -> None:
    """Print the table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    compile_packages()
    printed = []
    with tempfile.TemporaryDirectory() as folder:
        task, examples = Path(folder, "task.yaml"), Path(folder, "large.csv")
        task.write_text(TASK, encoding="utf-8")
        words = (WORDS, "--examples", examples, "--set", "constraints.languages=en")
        commands = {
            "plan of a task file": advisor("recommend", task, "--plan-only", "--offline"),
            "plan of words and the file": advisor("recommend", *words, "--plan-only", "--offline", "--yes"),
            "task init": advisor("task", "init", *words, "--yes"),
        }
        for name, texts in (("drawn apart", drawn(rows)), ("of a template", of_a_template(rows))):
            with examples.open("w", encoding="utf-8", newline="") as file:
                labelled = ((text, ("spam", "ham")[number % 3 > 0]) for number, text in enumerate(texts))
                csv.writer(file).writerows([("text", "label"), *labelled])
            once = cost([sys.executable, "-c", READ, str(examples)])
            printed.append(_row(name, "csv module", once, once))
            printed += [_row(name, what, cost(command), once) for what, command in commands.items()]
    header = ("texts", "command", "seconds", "processor", "times csv", "peak MB")
    print(*table(header, printed, frozenset(range(2, 6))), sep="\n")
    print(f"{rows} rows; aims for the plan of a task file: {AIM_SECONDS:.0f} s, {AIM_MEGABYTES:.0f} MB; {load_line()}")


def _row(texts: str, what: str, took: Cost, once: Cost) -> tuple[str, ...]:
    times = f"{took.processor / once.processor:.0f}"
    return texts, what, f"{took.seconds:.1f}", f"{took.processor:.1f}", times, f"{took.megabytes:.0f}"


if __name__ == "__main__":
    main()
