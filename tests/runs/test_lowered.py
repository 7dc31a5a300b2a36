"""A lower bar takes over an earlier run's answers, and is no further chance of being wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.decide.records import Purpose
from advisor.evidence.sequential import Strength
from advisor.evidence.sharing import anchored, equal, one_off
from advisor.probe.protocol import Outcome
from advisor.runs import ledger
from advisor.runs.continued import is_nested, without_heirs
from advisor.runs.questions import remember
from advisor.runs.store import RunStore
from advisor.workflow.pipeline import Prepared, conclude, prepare
from tests.conftest import Home, move_into

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

TASK = """\
name: mails
instruction: Tell spam from ham.
examples: {{path: mails.csv, input: text, expected: label, near_duplicates: keep}}
bar: {{pass_rate: {}}}
"""


def measured(prepared: Prepared, right: float) -> str:
    """Measure what is not measured yet, each candidate right so often, and return the verdict."""
    plan = prepared.plan
    with RunStore(plan, origin=prepared.origin) as store:
        remember(prepared.question, plan, list(prepared.at_hand))
        for candidate in plan.candidates:
            known = store.records[candidate.key].outcomes[Purpose.EVIDENCE]
            new = [(n, example) for n, example in enumerate(plan.evidence) if example.id not in known]
            outcomes = [Outcome(e.id, "ham", float(n * 37 % 100 < right), n * 37 % 100 < right, 0.0) for n, e in new]
            store.add_outcomes(candidate.key, Purpose.EVIDENCE, outcomes)
    return conclude(prepared, required=Strength.CERTIFIED).decision.verdict


def test_the_same_task_at_a_lower_bar_asks_nothing_again(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows, candidates, shares and answers are those of the run above; a higher bar or another row is another run."""
    move_into(home, monkeypatch)
    lines = [f"buy cheap pills {n},spam" if n % 2 else f"see you at lunch {n},ham" for n in range(150)]
    (tmp_path / "mails.csv").write_text("\n".join(["text,label", *lines]))
    task = tmp_path / "task.yaml"

    def at(bar: float) -> Prepared:
        task.write_text(TASK.format(bar))
        return prepare(task)

    first = at(0.97)
    assert first.plan.lowers is None
    assert measured(first, 86) == "undecided"
    second = at(0.7)
    assert second.plan.lowers == first.plan.run_id
    assert second.plan.evidence == first.plan.evidence
    assert second.plan.sharing.shares == first.plan.sharing.shares
    assert all(len(second.plan.sharing.levels(index)) == 1 for index in range(len(second.plan.candidates)))
    assert measured(second, 0) == "passes"  # of what is asked again nothing would be right
    assert at(0.7).plan.run_id == second.plan.run_id
    third = at(0.6)
    assert measured(third, 0) == "passes"
    assert third.plan.shared is not None
    assert third.plan.shared.number == 1
    assert len(ledger.listed()) == 1
    above = at(0.98).plan
    assert above.lowers is None
    assert above.shared is not None
    assert above.shared.number == 2
    (tmp_path / "mails.csv").write_text("\n".join(["text,label", *lines, "something else,ham"]))
    assert at(0.65).plan.lowers is None


def test_tests_are_nested_in_the_bar() -> None:
    """That is what the argument needs; without handing on, no candidate's level grows."""
    sharing = anchored(0.05, one_off(5, 2))
    assert is_nested(120, 0.9, 0.8, sharing)
    assert not is_nested(120, 0.8, 0.9, sharing)
    kept = without_heirs(sharing)
    assert [kept.levels(index) for index in range(5)] == [(share,) for share in sharing.shares]
    assert kept.ladder[kept.start] == sharing.ladder[sharing.start]
    assert without_heirs(equal(0.05, 3)).ladder == (0,)
