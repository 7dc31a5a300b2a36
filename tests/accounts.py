"""A pytest plugin: processor seconds of the tests by folder, in the summary."""

import os
from collections import Counter
from collections.abc import Generator
from typing import Any

import pytest

from tests import warm

CPU = "cpu seconds"


class Accounts:
    """Adds to each report the seconds that this process and its ended children took since the report before."""

    def __init__(self) -> None:
        """Begin with what collecting took left out."""
        self._before = 0.0
        self._folders: Counter[str] = Counter()
        self._tests: Counter[str] = Counter()

    def pytest_collection_finish(self) -> None:
        self._before = _used()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, Any, Any]:
        """Let a report carry its seconds, from a process of xdist too."""
        report = yield
        now = _used()
        report.user_properties = [*report.user_properties, (CPU, now - self._before)]
        self._before = now
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Sum up by the first two parts of the path."""
        folder = "/".join(report.nodeid.partition("::")[0].split("/")[:2])
        self._folders[folder] += dict(report.user_properties).get(CPU, 0.0)
        self._tests[folder] += report.when == "call"

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        terminalreporter.section(f"processor seconds by folder, {self._folders.total():.0f} in all")
        for folder, seconds in self._folders.most_common():
            terminalreporter.line(f"{seconds:7.1f}  {self._tests[folder]:4} tests  {folder}")


def _used() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system + warm.seconds()
