"""Entry point of the command `advisor`."""

import os
import sys
from typing import NoReturn


def main() -> None:
    """Run the command line and exit with its code."""
    from advisor.cli.failure import guarded
    from advisor.cli.session import can_draw, open_session
    from advisor.system.streams import use_any_encoding

    use_any_encoding()
    if len(sys.argv) == 1 and can_draw():  # the usual case: starts faster without the command line
        _leave(guarded(open_session))
    from advisor.cli.app import invoke

    _leave(guarded(invoke))


def _leave(code: int) -> NoReturn:
    cluster = sys.modules.get("advisor.cluster.ray_cluster")
    if cluster is not None and cluster.LOST.is_set():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    main()
