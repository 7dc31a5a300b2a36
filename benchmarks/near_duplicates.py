"""Processor time of finding near duplicates among 5,000 texts of 310 words, against a limit of 10 seconds.

    python -m benchmarks.near_duplicates

Drawn apart, drawn from one text with 8 words changed (pairs just below the resemblance that counts: the worst case, for
nearly every pair is proposed), and with 2 changed (all one group).
"""

from __future__ import annotations

import random
import time

from advisor.report.layout import table
from advisor.task.near_duplicates import near_duplicates
from benchmarks.common import load_line

TEXTS = 5000
WORDS = 310
LIMIT_SECONDS = 10.0


def drawn(changes: int | None) -> list[str]:
    """Return the texts: of so many changed words each, or drawn apart."""
    draw = random.Random(changes)  # noqa: S311
    words = ["".join(draw.choices("abcdefghij", k=2 + n % 8)) for n in range(3000)]
    base = draw.choices(words, k=WORDS)
    texts = []
    for _ in range(TEXTS):
        text = draw.choices(words, k=WORDS) if changes is None else list(base)
        for place in draw.sample(range(WORDS), changes or 0):
            text[place] = f"changed{draw.random()}"
        texts.append(" ".join(text))
    return texts


def main() -> None:
    """Print the table."""
    rows = []
    for name, changes in (("drawn apart", None), ("8 words of 310 changed", 8), ("2 words of 310 changed", 2)):
        texts = drawn(changes)
        begun = time.process_time()
        groups = near_duplicates(texts)
        seconds = time.process_time() - begun
        rows.append((name, f"{seconds:.1f} s", f"{seconds / LIMIT_SECONDS:.2f}", str(len(groups))))
    print(*table(("texts", "time", "of the limit", "groups"), rows), sep="\n")
    print(load_line())


if __name__ == "__main__":
    main()
