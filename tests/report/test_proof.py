"""What the documents tell about proof is plain, and the same as what decides."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from advisor.decide.decision import decide
from advisor.decide.records import Purpose
from advisor.evidence.sequential import Strength
from advisor.report import sentences
from advisor.report.document import PlanReport, plan_report, result_of
from advisor.report.live import live
from advisor.system.codec import plain, read
from tests.decide.simulated import empty_records, fill, outcome, plan
from tests.decide.test_finish import paced
from tests.decide.test_search import climb
from tests.tables import for_each

if TYPE_CHECKING:
    from pathlib import Path


def drawn(*rates: float) -> list[list[bool]]:
    """Return outcomes of candidates of these true rates on 200 examples."""
    draw = random.Random(3)
    return [[draw.random() < rate for _ in range(200)] for rate in rates]


def test_the_reach_is_that_of_the_plan() -> None:
    """Chances, trades and the expected cost are the plan's, as JSON."""
    of = plan(4, 200)
    told = read(PlanReport, json.loads(json.dumps(plain(plan_report(of)))))
    assert told == plan_report(of)
    assert told.reach.expected == of.expected_cost
    assert {each.change for each in told.reach.trades} == {"fewer candidates", "more examples", "a lower bar"}


def test_advice_is_for_runs_without_an_answer(tmp_path: Path) -> None:
    """Where a candidate passes there is none; where none does the best and its gap are told."""
    of = plan(2, 200)
    passes, told = (
        result_of(of, decide(of, climb(of, drawn(0.5, rate), 8), Strength.CERTIFIED), tmp_path).advice
        for rate in (1.0, 0.7)
    )
    assert passes is None
    assert told is not None
    assert told.best is not None
    assert told.best.gap == pytest.approx(0.9 - told.best.passes / told.best.of)


@for_each("batch", [1, 8, 40])
def test_answers_beyond_the_settled_case_do_not_count(batch: int, tmp_path: Path) -> None:
    """A few wrong answers settle a hopeless slow case; the result says how many more there were."""
    of = paced(plan(1, 200), [30.0])
    records = empty_records(of)
    for example in of.evidence[:batch]:
        records[of.candidates[0].key].add(Purpose.EVIDENCE, outcome(example, passed=False))
    (told,) = result_of(of, decide(of, records, Strength.CERTIFIED), tmp_path).candidates
    assert told.outcomes + told.not_counted == batch
    assert (told.not_counted > 0) == (batch > 1)


def test_what_is_proven_to_fail_is_not_called_given_up() -> None:
    """The report says which it is, and so do the words of every page."""
    of = plan(2, 40)
    found = live(of, fill(of, [[False] * 40, [True, False, True, True] * 10]))
    assert [sentences.verdict_of(found, each) for each in found.candidates] == ["fails", "fails"]
    near = live(of, fill(of, [[False] * 40, ([True] * 7 + [False]) * 5]))
    assert [each.refuted for each in near.candidates] == [True, False]
    assert sentences.verdict_of(replace(near, recommended=None), near.candidates[1]) == "below the bar"
