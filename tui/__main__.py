"""`python -m tui [ON REPLICAS LABEL...]`: the session of a browser tab, whatever standard output is."""

import sys

from advisor.workflow.settings import place_of
from tui import run

if __name__ == "__main__":
    on, replicas, *labels = sys.argv[1:] or ("", 1)
    sys.exit(run(place_of(on, int(replicas), labels)))
