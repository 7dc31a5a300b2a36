"""`python -m tui`: the session, whatever standard output is; what the browser's server starts for each visitor."""

import sys

from tui import run

if __name__ == "__main__":
    sys.exit(run())
