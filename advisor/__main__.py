"""Entry point of the command `advisor`."""

import os
import sys
import threading
from typing import NoReturn

from advisor.errors import ExitCode


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
    """Exit, without the wait for threads that may never end: an interrupt as a pool starts one leaves it behind."""
    cluster = sys.modules.get("advisor.cluster.ray_cluster")
    threads = [each for each in threading.enumerate() if each is not threading.main_thread() and not each.daemon]
    if (code == ExitCode.INTERRUPTED and threads) or (cluster is not None and cluster.LOST.is_set()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    main()
