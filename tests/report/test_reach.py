"""The readable plan says what the examples can prove, at what cost, and what would make it more, with its numbers."""

import json
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from advisor.candidates import hub
from advisor.decide.decision import decide
from advisor.decide.records import Purpose
from advisor.evidence.sequential import Claim, Strength
from advisor.report import sentences
from advisor.report.document import PlanReport, plan_report, result_of
from advisor.report.live import live
from advisor.report.reach import bar_in_short, effort_words, finishing_words, proves, reach_lines, who_can
from advisor.report.text import plan_text
from advisor.system.codec import plain, read
from advisor.task.model import Documents
from advisor.units import percent
from tests.decide.simulated import empty_records, fill, outcome, plan
from tests.decide.test_finish import paced
from tests.decide.test_search import climb
from tests.tables import for_each


def test_the_trades_stand_with_their_numbers() -> None:
    """Fewer candidates, more examples, a lower bar: each of the plan's own trades, as the plan computes it."""
    of = plan(8, 80)
    text = "\n".join(reach_lines(of))
    assert of.outlook.trades
    for trade in of.outlook.trades:
        form = {"fewer candidates": "with {:.0f} of the candidates", "more examples": "with {:.0f} evidence examples"}
        words = form.get(trade.change, f"at a bar of {percent(round(trade.to, 6))}").format(trade.to)
        both = trade.certified_if_guessed, trade.certified_if_not_guessed
        certified, off_guess = (min(max(each, 0.01), 0.99) for each in both)
        both = f"{certified:.0%} if expected, {off_guess:.0%} if another"
        assert f"{words} {both}" in text.replace("over ", "").replace("under ", "")
    for chance in of.outlook.chances:
        assert f"at {percent(round(chance.true_pass_rate, 3))}" in text
    assert f"loading included, for {of.expected_cost.inferences:.0f} inferences; " in text
    assert re.search(rf"(at most|up to about \S+ \S+ for) {of.expected_cost.most_inferences}\b", text)
    assert "640 inferences" in text
    assert all(line in plan_text(of) for line in reach_lines(of))


def test_a_run_is_told_without_odds() -> None:
    """What would prove an answer, in a sentence; the chances and trades are a plan's."""
    of = plan(8, 80)
    text = plan_text(of, with_odds=False)
    assert f"Of these 80, {of.passes_in_a_row} right answers in a row prove it" in text
    assert "--plan-only shows the odds." in text
    assert "Expected: " in text
    assert not re.search("chance|That would be|As the error is shared", text)


def test_rows_are_said_to_be_for_what_they_are_used() -> None:
    """Known questions are searched with their answers, by candidates that train nothing; none is said of no rows."""
    of = plan(2, 20)
    assert reach_lines(of)[0] == "Examples: 20 as evidence."
    of = replace(of, examples=replace(of.examples, teaching=of.evidence[:3]))
    assert reach_lines(of)[0] == "Examples: 20 as evidence, 3 set apart to learn from."
    answers = Documents(path="rows.csv", id="answer", text="answer")
    of = replace(of, task=of.task.model_copy(update={"documents": answers}))
    assert reach_lines(of)[0] == "Examples: 20 as evidence, 3 that every candidate searches with their answers."


@for_each(("metric", "said"), [("near", "within 1"), ("near_share", "within 100% of the number")])
def test_how_far_a_number_may_be_off_is_said_with_the_bar(metric: str, said: str) -> None:
    of = plan(2, 20)
    scoring = of.task.scoring.model_copy(update={"metric": metric, "tolerance": 1.0})
    of = replace(of, task=of.task.model_copy(update={"family": "text-regression", "scoring": scoring}))
    assert bar_in_short(of).endswith(f"an answer is right {said}")


def test_how_little_a_few_examples_can_show_is_said_before_the_start() -> None:
    """The interval is Clopper and Pearson's; with six differences, all in one's favour, chance explains 3%."""
    line = proves(plan(2, 17, 0.8))[1]
    assert line == (
        "17 show little: one that gets 14 of them right may be right 57% to 96% of the time on new inputs, and of two "
        "that differ on fewer than 6 of them either may be the better."
    )
    assert not any("show little" in each for each in proves(plan(2, 50)))


def test_where_nothing_is_to_gain_no_trade_is_reported() -> None:
    """With enough examples every change is needless; with one candidate there is no other one to tell of."""
    assert "That would be" not in "\n".join(reach_lines(plan(4, 3000)))
    shown = reach_lines(plan(1, 60))
    changes = [line for line in shown if line.startswith("• ")]
    assert changes
    assert shown[shown.index(changes[0]) - 1].endswith("That would be:")
    assert not [line for line in changes if "if another" in line or "of the candidates" in line]


def test_too_few_examples_are_reported_with_what_would_do() -> None:
    text = "\n".join(reach_lines(plan(2, 20)))
    assert "They cannot certify an answer yet: 29 as evidence, all right, would certify 90%, fewer with fewer" in text
    assert "with 80 evidence examples" in text
    assert "under 1% if expected, under 1%" not in text  # a change that brings no chance to speak of is no offer
    assert who_can(plan(6, 4)) == [
        "So few examples can certify none; the answer will be an estimate with a proven range."
    ]
    assert "That would be" not in "\n".join(reach_lines(plan(6, 4)))  # no change brings a chance to speak of


def test_those_that_so_few_can_certify_are_all_named_or_none() -> None:
    assert "certify 2 of the 4 candidates at most, each by its own share of the error: rung-" in (
        "\n".join(who_can(plan(4, 36)))
    )
    (line,) = who_can(plan(3, 47))
    assert line.startswith("As the error is shared, 1 of the 3 candidates can be certified by itself, the others only")
    for examples in range(29, 60):
        (line,) = who_can(plan(4, examples)) or [""]
        named = line.count("rung-")
        assert named == 0 or f"certify {named} of the 4" in line


def test_too_few_for_what_is_asked_besides() -> None:
    """Nothing is certified then, however often it is right: the plan does not say both."""
    of = plan(1, 60)
    assert of.reachable is Strength.CERTIFIED
    bar = of.task.bar.model_copy(update={"mean_score": 0.99})
    of = replace(of, task=of.task.model_copy(update={"bar": bar}))
    assert of.reachable is Strength.EXAMPLES
    text = "\n".join(reach_lines(of))
    assert "They could certify the pass rate" in text
    assert "They can certify an answer" not in text
    assert "is certified with chance" not in text


def test_the_odds_are_said_to_be_those_of_the_pass_rate_alone() -> None:
    """What else the bar asks for takes answers of its own."""
    of = plan(2, 60)
    bar = of.task.bar.model_copy(update={"pass_rate": 0.6, "agreement": 0.7})
    of = replace(of, task=of.task.model_copy(update={"bar": bar}))
    text = "\n".join(reach_lines(of))
    assert "in a row suffice for the pass rate, what else is required may take more. The chance to certify" in text
    assert "prove the pass rate; what else is required may take more" in plan_text(of, with_odds=False)


def test_so_many_passes_in_a_row_certify_and_one_fewer_do_not() -> None:
    """Of these examples, at the shares that the plan gives."""
    for count, total in ((1, 60), (3, 120), (8, 200)):
        of = plan(count, total)
        (said,) = re.findall(r"(\d+) passes in a row suffice", "\n".join(reach_lines(of)))
        for some, is_enough in ((int(said), True), (int(said) - 1, False)):
            found = [each.certified([True] * some).claim is Claim.HOLDS for each in of.tests]
            assert any(found) is is_enough


@pytest.mark.parametrize(("looks", "words"), [((60,), ""), ((60, 40), "begun with 60, 40 added since")])
def test_growing_examples_have_their_price(looks: tuple[int, ...], words: str) -> None:
    """What it takes against a fixed number, and with which run it goes on."""
    of = plan(1, sum(looks), looks=looks)
    of = replace(of, examples=replace(of.examples, goes_on="abc" if len(looks) > 1 else None))
    text = "\n".join(reach_lines(of))
    assert f"the fewest that certify, all right, are {of.examples_to_certify}, of a fixed number " in text
    assert words in text
    assert ("Continues run" in text) == (len(looks) > 1)


def test_the_disk_is_reported_where_something_is_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes at the most and what is free, with the cure where it is too little; nothing without downloads."""
    of = plan(2, 60)
    monkeypatch.setattr(hub, "free_bytes", lambda: 79_000_000_000)
    assert plan_report(of).free_disk_bytes is None
    assert "Disk" not in plan_text(of)
    candidates = tuple(replace(each, download_bytes=1_050_000_000) for each in of.candidates)
    of = replace(of, shortlist=replace(of.shortlist, candidates=candidates))
    assert "Disk: at most 2.1 GB to download, 79 GB free." in plan_text(of)
    assert plan_report(of).free_disk_bytes == 79_000_000_000
    monkeypatch.setattr(hub, "free_bytes", lambda: 2_000_000_000)
    assert "2.0 GB free: too little, make room or set HF_HOME" in plan_text(of)


def drawn(*rates: float) -> list[list[bool]]:
    """Return outcomes of candidates of these true rates on 200 examples."""
    draw = random.Random(3)
    return [[draw.random() < rate for _ in range(200)] for rate in rates]


def test_the_reach_is_that_of_the_plan() -> None:
    """Chances, trades and the expected cost are the plan's, as JSON."""
    of = plan(4, 200)
    shown = read(PlanReport, json.loads(json.dumps(plain(plan_report(of)))))
    assert shown == plan_report(of)
    assert shown.reach.expected == of.expected_cost
    assert {each.change for each in shown.reach.trades} == {"fewer candidates", "more examples", "a lower bar"}


def test_advice_is_for_runs_without_an_answer(tmp_path: Path) -> None:
    """Where a candidate passes there is none; if none does, the best and its gap are reported."""
    of = plan(2, 200)
    passes, shown = (
        result_of(of, decide(of, climb(of, drawn(0.5, rate), 8), Strength.CERTIFIED), tmp_path).advice
        for rate in (1.0, 0.7)
    )
    assert passes is None
    assert shown.best.gap == pytest.approx(0.9 - shown.best.passes / shown.best.of)


@for_each("batch", [1, 8, 40])
def test_answers_beyond_the_settled_case_do_not_count(batch: int, tmp_path: Path) -> None:
    """A few wrong answers settle a hopeless slow case; the result says how many more there were."""
    of = paced(plan(1, 200), [30.0])
    records = empty_records(of)
    for example in of.evidence[:batch]:
        records[of.candidates[0].key].add(Purpose.EVIDENCE, outcome(example, passed=False))
    (shown,) = result_of(of, decide(of, records, Strength.CERTIFIED), tmp_path).candidates
    assert shown.outcomes + shown.not_counted == batch
    assert (shown.not_counted > 0) == (batch > 1)


def test_what_is_proven_to_fail_is_not_called_given_up() -> None:
    """The report says which it is, and so do the words of every page."""
    of = plan(2, 40)
    found = live(of, fill(of, [[False] * 40, [True, False, True, True] * 10]))
    assert [sentences.verdict_of(found, each) for each in found.candidates] == ["fails", "fails"]
    near = live(of, fill(of, [[False] * 40, ([True] * 7 + [False]) * 5]))
    assert [each.refuted for each in near.candidates] == [True, False]
    assert sentences.verdict_of(replace(near, recommended=None), near.candidates[1]) == "below the bar"


def test_a_plan_says_one_time_and_one_most() -> None:
    """The most nowhere else, nor where the expected is nearly as long."""
    cost = paced(plan(3, 40), [0.1, 0.2, 0.3]).expected_cost
    short = effort_words(replace(cost, seconds=15.0, most_seconds=15.4, inferences=300, most_inferences=410), "answers")
    assert short == "about 15 s, loading included, for 300 answers; at most 410"
    long = effort_words(replace(cost, seconds=18.0, most_seconds=34.0, inferences=583, most_inferences=604), "answers")
    assert long == "about 18 s, loading included, for 583 answers; up to about 34 s for 604"
    busy = effort_words(replace(cost, seconds=180.0, most_seconds=None), "answers", slowed=3.0)
    assert busy.startswith("about 3 min, loading included, ")
    assert " while this machine is busy, about 60 s when it is idle; " in busy
    assert effort_words(cost, "answers", "a5d9") == "only for answers that run a5d9 does not have"
    (line,) = finishing_words(paced(plan(3, 40), [0.01, 0.02, 0.03]))
    assert line.startswith("If none is certified, all candidates are run on all examples. ")
    (line,) = finishing_words(paced(plan(3, 40), [0.1, 0.2, 0.3]))
    assert " are run on all examples, slow ones until they prove far below the bar. " in line
