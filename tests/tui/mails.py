"""Examples that a test of a whole run is quick with: the first mails of the spam example, cut short."""

import csv
from pathlib import Path

from tests.conftest import ROOT

# A run on these takes a quarter of what it takes on whole mails; the linear baseline (76% right) passes this bar.
ROWS, CHARACTERS = 160, 120
WORDS = "tell ham from spam, English, must be right 60% of the time"


def short_mails(folder: Path, rows: int = ROWS, characters: int = CHARACTERS) -> Path:
    """Write them into a folder, which is made, and return the file."""
    with (ROOT / "examples" / "spam" / "mails.csv").open(encoding="utf-8", newline="") as source:
        header, *mails = list(csv.reader(source))[: rows + 1]
    folder.mkdir(exist_ok=True)
    path = folder / "mails.csv"
    with path.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows([header, *([text[:characters], label] for text, label in mails)])
    return path
