"""The process that fetches for the terminal session: JSON lines, what came at the end, an interrupt that ends it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from advisor.errors import ExitCode
from tests.conftest import run_python
from tui.background_job import Going, Over, fetch_starter

if TYPE_CHECKING:
    from tests.conftest import Home


def fetched(home: Home) -> tuple[int, list[dict[str, Any]]]:
    """Run it in a home and return its exit code and its lines."""
    done = run_python("-m", "advisor.starter.fetcher", home=home)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.usefixtures("index")
def test_it_tells_each_step_and_what_came(home: Home) -> None:
    """Packages and models are counted; at the end as many are at hand; a second time there is nothing to do."""
    code, lines = fetched(home)
    assert code == ExitCode.PASSES
    steps = [line["progress"] for line in lines[:-1]]
    assert [step["done"] for step in steps] == list(range(len(steps)))
    assert {step["total"] for step in steps} == {len(steps)}
    assert lines[-1] == {"done": ["4 models fetched; 4 installed."]}
    code, lines = fetched(home)
    assert code == ExitCode.PASSES
    assert lines == [{"done": ["They are here already."]}]


@pytest.mark.usefixtures("index")
def test_stopped_it_ends_with_all_that_it_began(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The interrupt reaches pip too; the next time goes on."""
    for name, value in home.environment.items():
        monkeypatch.setenv(name, value)
    job = fetch_starter()
    told = []
    for news in job.run():
        told.append(news)
        if isinstance(news, Going):
            job.stop()
    assert isinstance(told[-1], Over)
    assert told[-1].is_stopped
    assert fetched(home)[0] == ExitCode.PASSES
