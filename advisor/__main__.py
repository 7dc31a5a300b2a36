"""Entry point of the command `advisor`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    from advisor.cli.app import invoke
    from advisor.cli.diagnostics import guarded

    sys.exit(guarded(invoke))


if __name__ == "__main__":
    main()
