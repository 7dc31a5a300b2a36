"""`advisor catalog refresh --json` on a small Hub: small pages and no shipped catalog, so that a test is quick.

`--page-size`, `--checks` and `--pause` are the library's options of these names.
"""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from unittest.mock import patch

from advisor.cli.app import invoke
from advisor.cli.failure import guarded
from catalog.refresh import run
from catalog.store import generations
from catalog.store.snapshot import Snapshot


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--page-size", type=int, default=20)
    parser.add_argument("--checks", type=int, default=run.DEFAULT_CHECKS)
    parser.add_argument("--pause", type=float, default=1.0)
    given, others = parser.parse_known_args(arguments)
    command = ["catalog", "refresh", "--json", *others]
    no_catalog = patch.object(generations, "base_snapshot", lambda: Snapshot(b""))
    with no_catalog, patch.object(run, "refresh", partial(run.refresh, **vars(given))):
        return guarded(lambda: invoke(command))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
