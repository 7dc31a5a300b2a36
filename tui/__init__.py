"""The terminal session: screens over the engine; no decisions are made here.

Importing this package costs nothing; `run` imports Textual, and the screens import the engine when they need it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from advisor.errors import ExitCode

if TYPE_CHECKING:
    from advisor.cluster.placement import Place

SWITCH_SECONDS = 0.001

_WELCOME = """\
Model Advisor finds the smallest model that reliably does your task, on your machine, with evidence.

In a terminal, `advisor` opens the session: it asks what the model should do and goes on from there.
Without one, or from a script:

  advisor models starter             fetch four small models to begin with
  advisor recommend TASK.yaml        find the smallest model that does the task
  advisor models                     list the models on this machine
  advisor schema                     print the JSON schema of the task file
  advisor --serve                    the session in a browser, on this machine
  advisor --help                     all commands and exit codes"""


def welcome() -> str:
    """Return what `advisor` without a command prints if it cannot open the session."""
    return _WELCOME


def serve(host: str, port: int, most_tabs: int, place: Place | None = None) -> int:
    """Serve the session to browsers until interrupted; return the exit code.

    Port 0 is any free one; at most `most_tabs` tabs are open; `place` is a cluster that candidates are probed on, None:
    this machine. InputError if the server cannot listen on the address.
    """
    from tui.serve import serve as listen

    return listen(host, port, most_tabs, place)


def run(place: Place | None = None) -> int:
    """Open the session, probing on the cluster if there is one; return the exit code once it is closed."""
    from advisor.system import processors
    from tui import garbage
    from tui.finder import Finder

    garbage.hold()  # until home is painted
    # A computing thread yields to a key five times sooner than by default.
    sys.setswitchinterval(SWITCH_SECONDS)
    finder = Finder()
    if processors.free() > 1:
        finder.begin()  # on a second processor during the first paint; otherwise home begins it later
    from tui.app import AdvisorApp  # imports Textual

    app = AdvisorApp(finder)
    app.place = place
    app.run()
    if app.fault is not None:
        print(app.fault.line(), file=sys.stderr, flush=True)  # noqa: T201  the terminal is the shell's again
        return ExitCode.FAULT
    return app.return_code or 0
