"""The session with an endless run, for `benchmarks.key_latency` to type into.

    python -m benchmarks.probing_session

The screen, the loop's thread and its decisions are the session's own; the outcomes are random instead of models'
answers, a hundred batches of eight per second, as from a static model.
"""

import sys
from pathlib import Path
from typing import Any

import tui.app
from advisor.execution.control import Control, Stopped
from advisor.workflow.frontend import Frontend, Planned, Probed, Stage, Understood
from tui.opening import SESSION

EXAMPLES, BAR = 3_000, 0.9
# Close to the bar, so that neither boundary is reached soon.
RATES = (0.895, 0.9, 0.905, 0.91)
APART_SECONDS = 0.01


def endless(session: str, frontend: Frontend, *, start: Any, control: Control) -> None:  # noqa: ANN401  as the engine's loop
    """Plan and probe until it is stopped."""
    from tests.tui import loops  # the tests' outcomes; no part of the program

    del session, start
    plan = loops.plan(EXAMPLES, BAR)
    frontend.tell(Understood(loops.UNDERSTOOD))
    frontend.tell(Planned(plan, Path(__file__)))
    frontend.tell(Stage("probing"))
    for _, progress in loops.events(plan, loops.outcomes(plan, RATES)):
        frontend.tell(Probed(progress))
        if control._stop.wait(APART_SECONDS):  # noqa: SLF001  it waits and is woken
            raise Stopped
    control._stop.wait()  # noqa: SLF001  as above


class ProbingApp(tui.app.AdvisorApp):
    """The app with that run in front."""

    # Paths are meant from a class's own file.
    CSS_PATH = [str(Path(tui.app.__file__).parent / name) for name in tui.app.AdvisorApp.CSS_PATH]  # noqa: RUF012

    def on_mount(self) -> None:
        """Open the run; Textual also calls the app's own method of this name."""
        from tui.screens.session import SessionPage

        self.add_mode(SESSION, lambda: SessionPage(drive=endless))
        self.call_after_refresh(self.switch_mode, SESSION)


if __name__ == "__main__":
    tui.app.AdvisorApp = ProbingApp  # type: ignore[misc]  what `tui.run` opens
    sys.exit(tui.run())
