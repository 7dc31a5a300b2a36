"""`pytest --advisor-run RUN`: runs the recommended model again, with an item per part of its bar.

pytest imports this module at every start: other imports are made once a run is named.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from advisor.report.cases import Case
    from advisor.runs.reader import Run


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("model-advisor", "a model that Model Advisor recommended")
    words = "run this run's model again (an id, a folder, or last); repeatable"
    group.addoption("--advisor-run", action="append", default=[], metavar="RUN", help=words)
    words = "new examples to test it with, in the columns of the run's task"
    group.addoption("--advisor-examples", type=Path, metavar="FILE", help=words)
    group.addoption("--advisor-offline", action="store_true", help="use installed models only; never ask the Hub")


@pytest.hookimpl(tryfirst=True)  # so that -k and --deselect see the items
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Add the items of the named runs to those of the files."""
    for name in session.config.getoption("--advisor-run"):
        items += AdvisorRun.from_parent(session, name="advisor", nodeid=f"advisor-run {name}", run_name=name).collect()


class AdvisorRun(pytest.Collector):
    """A run whose model is run again by the first of its items."""

    def __init__(self, run_name: str, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self.run_name = run_name
        self._found: list[Case] | str | None = None

    def collect(self) -> list[pytest.Item]:
        """Return an item for the bar, for each other part of it, and for each critical example."""
        from advisor.errors import AdvisorError
        from advisor.report.cases import of_run
        from advisor.report.full import report_of

        try:
            run = self._run()
            run.chosen("verify")
            cases = of_run(report_of(run), run)
        except AdvisorError as error:
            raise pytest.UsageError(f"--advisor-run {self.run_name}: {error}") from None
        return [AdvisorItem.from_parent(self, name=each.name, suite=each.suite) for each in cases]

    def _run(self) -> Run:
        from advisor.runs.find import find_run
        from advisor.runs.reader import open_run

        return open_run(find_run(self.run_name))

    def found(self) -> list[Case]:
        """Return the result of each part; the model runs once, and its errors are reported for each part."""
        from advisor.cli.verify import examine
        from advisor.errors import AdvisorError
        from advisor.report.cases import of_verification

        options = self.config.option
        if self._found is None:
            try:
                given = {"newest": False, "offline": options.advisor_offline, "quiet": True}
                self._found = of_verification(examine(self._run(), options.advisor_examples, **given))
            except AdvisorError as error:
                self._found = str(error)
        if isinstance(self._found, str):
            pytest.fail(self._found, pytrace=False)
        return self._found


class AdvisorItem(pytest.Item):
    """One part of the bar."""

    def __init__(self, suite: str, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self.suite = suite

    def runtest(self) -> None:
        """Fail or skip with the line that `advisor verify` prints."""
        from advisor.decide.bar import FAILS, UNDECIDED

        assert isinstance(self.parent, AdvisorRun)  # noqa: S101  for the type checker
        cases = (each for each in self.parent.found() if (each.suite, each.name) == (self.suite, self.name))
        case = next(cases, None)
        if case is None:
            pytest.skip(f"{self.name}: not tested")
        if case.verdict == FAILS:
            pytest.fail(case.line, pytrace=False)
        if case.verdict == UNDECIDED:
            pytest.skip(case.line)

    def reportinfo(self) -> tuple[str, None, str]:
        """Return the item's location: no file and line, but the part it tests."""
        return self.nodeid, None, f"{self.suite}: {self.name}"
