"""A catalog in a Hub dataset repository: the real client writes it, other machines import it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.catalog_refresh.conftest import Machine, Ran

if TYPE_CHECKING:
    from pathlib import Path

    from tests.local_hub import LocalHub

WRITER = "hf_writer"
PLACE = "hf://datasets/team/models/catalog.zip"


def advisor(machine: Machine, *arguments: str, token: str | None = WRITER) -> Ran:
    """Run `advisor catalog`."""
    environment = machine.environment | ({"HF_TOKEN": token} if token else {})
    command = [sys.executable, "-m", "advisor", "catalog", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def team(hub: LocalHub) -> LocalHub:
    """A hub with a private dataset repository of a team."""
    hub.tokens = {"hf_writer": "writer", "hf_stranger": "stranger"}
    hub.datasets.create("team/models", private=True, writers={"writer"})
    return hub


def test_export_and_import_through_the_hub(team: LocalHub, machine: Machine, tmp_path: Path) -> None:
    """The file goes up by git-lfs and one commit; elsewhere it is the same catalog, its hash checked."""
    shared = json.loads(advisor(machine, "export", PLACE, "--json").out)
    assert (shared["place"], shared["models"]) == (PLACE, 12)
    assert [r.path for r in team.requests if r.method == "PUT"] == [f"/lfs/{shared['sha256']}"]
    assert len(team.datasets.find("team/models", "writer").messages) == 1
    other = Machine(tmp_path / "other", team)
    ran = advisor(other, "import", PLACE, "--sha256", shared["sha256"])
    assert ran.code == 0, ran.err
    assert other.facts == machine.facts
    again = json.loads(advisor(machine, "export", PLACE, "--json").out)
    assert again["sha256"] == shared["sha256"]
    assert len([r for r in team.requests if r.method == "PUT"]) == 1, "what is there already is not sent again"
    assert advisor(other, "import", PLACE, "--sha256", "0" * 64).code == 2


@pytest.mark.parametrize(
    ("arguments", "token"),
    [
        (("export", PLACE), None),
        (("export", PLACE), "hf_stranger"),
        (("import", PLACE), "hf_stranger"),
        (("import", PLACE), "hf_writer"),
        (("export", "hf://datasets/team/none/catalog.zip"), "hf_writer"),
    ],
)
def test_what_is_not_there_or_not_allowed(
    team: LocalHub, machine: Machine, arguments: tuple[str, ...], token: str | None
) -> None:
    """No token, a stranger's token, no file yet, no repository: one line, exit code 5, nothing is changed."""
    before = machine.current
    ran = advisor(machine, *arguments, token=token)
    assert ran.code == 5
    assert ran.out == ""
    assert len(ran.err.splitlines()) == 1, ran.err
    assert "cannot be" in ran.err
    assert machine.current == before
    assert not team.datasets.find("team/models", "writer").messages
