"""What has changed between a run and its task is told in words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from advisor.runs.origin import changes
from tests.conftest import SAMPLE


@pytest.fixture
def before() -> dict[str, Any]:
    """What a run fixed."""
    described: dict[str, Any] = json.loads((SAMPLE / "run.json").read_text(encoding="utf-8"))
    return described


def copied(value: dict[str, Any]) -> dict[str, Any]:
    """Return a copy that may be changed."""
    copy: dict[str, Any] = json.loads(json.dumps(value))
    return copy


def test_nothing_changed(before: dict[str, Any]) -> None:
    """The same is the same."""
    assert changes(before, copied(before)) == []


def test_each_change_is_told(before: dict[str, Any]) -> None:
    """Values with what they were, examples by count, candidates by name; what follows from the rest is left out."""
    after = copied(before)
    after["task"]["bar"]["pass_rate"] = 0.9
    after["task"]["prompt"] = {"examples": 3}  # a key that the older version did not know
    after["evidence"] = [["new", "x"], *after["evidence"][2:]]
    after["evidence"][1][1] = "relabelled"
    after["candidates"][0] = "another\x1b[2J"
    after["engines"]["model2vec"] = "9.9"
    after["alpha_shares"] = [1.0]
    after["methods"] = 2
    told = "\n".join(changes(before, after))
    assert "task bar pass_rate: 0.9, was 0.72" in told
    assert "examples: 2 gone, 1 new, 1 with another expected answer (now 149, were 150)" in told
    assert "candidate gone: wordllama" in told
    assert r"candidate new: another\x1b[2J" in told
    assert "library model2vec: 9.9, was 0.10.0" in told
    assert "methods: 2, was 1" in told
    assert "prompt" not in told
    assert "alpha" not in told


def test_another_order_is_told(before: dict[str, Any]) -> None:
    """Of the examples, and of the candidates."""
    after = copied(before)
    after["evidence"].reverse()
    after["candidates"].reverse()
    assert changes(before, after) == ["evidence examples: in another order", "candidates: in another order"]


def test_what_follows_is_told_where_nothing_else_differs(before: dict[str, Any]) -> None:
    """The shares of the error alone."""
    after = copied(before)
    after["alpha_shares"] = [0.05]
    (line,) = changes(before, after)
    assert line.startswith("alpha shares: [0.05], was [0.01666")
