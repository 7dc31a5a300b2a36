"""The plan: what will be done and what it can prove, and that nothing is done before consent."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from advisor.report.full import report_of
from advisor.report.reach import proves
from advisor.runs.reader import open_run
from advisor.task.model import Task
from advisor.units import format_bytes
from advisor.workflow.frontend import Answer
from tests.conftest import PATIENCE
from tests.tui import loops
from tests.tui.pages import Opened, opened
from tests.tui.picture import SIZES, compare
from tests.tui.waiting import handled, settle, until
from tui.report_words import page_of
from tui.screens.plan import Section, _worked_out, sections
from tui.state import INTERVIEW, PLAN, PROBING
from tui.widgets.busy import Busy

RATES = (0.5, 0.8, 0.97, 0.99)


def text_of(shown: Sequence[Section]) -> str:
    return "\n".join((head + text).plain for section in shown for head, text in section.parts)


async def planned(session: Opened) -> None:
    """Wait for the plan, worked out."""
    await session.on(PLAN)
    await session.until(lambda: not session.page.query_one("#plan Busy", Busy).doing)


@pytest.mark.parametrize("size", SIZES)
async def test_what_will_be_done_and_what_it_proves(size: tuple[int, int], tmp_path: Path) -> None:
    """Downloads, time, memory, where examples go, the strength in reach, the chances and the trades."""
    async with opened(loops.running(loops.plan(), RATES, task_file=tmp_path), size) as session:
        await planned(session)
        compare(session.app, "plan")
        assert "Downloads  at most 880 MB, 880 MB expected" in session.text
        assert "Nowhere: everything runs on this machine." in session.text


async def test_the_odds_are_behind_a_key(tmp_path: Path) -> None:
    """A plain sentence first; the same key hides them again."""
    plan = loops.plan()
    async with opened(loops.running(plan, RATES, task_file=tmp_path)) as session:
        await planned(session)

        def said() -> str:
            return " ".join(str(session.page.query_one("#plan-proves").render()).split())

        shown = said()
        assert "right answers in a row prove it" in shown
        assert "chance" not in shown
        await session.press("w")
        assert all(line in said() for line in proves(plan))
        await session.press("w")
        assert said() == shown


def test_the_plan_tells_the_figures_of_the_engine() -> None:
    """What the report says of chances and trades stands on the page, word by word."""
    plan = loops.plan()
    text = text_of(sections(plan))
    for line in proves(plan):
        assert line in text
    assert f"loading included, for {plan.expected_cost.inferences:.0f} answers" in text
    assert "certified: proven for new inputs like these" in text
    assert "3 examples are repeated; each counts once" in text


def test_too_few_examples_are_said_to_prove_nothing_for_new_ones() -> None:
    text = text_of(sections(loops.plan(examples=12)))
    assert "about your examples alone; nothing is proven for new ones" in text
    assert "evidence examples" in text


async def test_the_text_scrolls_while_the_start_is_in_focus(tmp_path: Path) -> None:
    """What is below the fold is read by the arrows and page keys before it is agreed to."""
    plan = loops.plan()
    plan = replace(plan, shortlist=replace(plan.shortlist, candidates=plan.candidates[:3]))
    async with opened(loops.running(plan, RATES, task_file=tmp_path)) as session:
        await planned(session)
        assert session.page.query_one("#begin").has_focus
        assert "3 examples are repeated" not in session.text
        await session.press("down")
        assert session.page.query_one("#plan-text").scroll_y == 1
        await session.press("pagedown", "pagedown", "pagedown")
        assert "3 examples are repeated" in session.text
        await session.press("home")
        assert session.page.query_one("#plan-text").scroll_y == 0
        assert session.page.query_one("#begin").has_focus


def test_the_memory_is_shown_for_the_candidate_that_takes_it() -> None:
    """That is the peak while probing, which the engine adds to; a single candidate is no largest one."""
    plan = loops.plan(examples=40)
    most = max(plan.candidates, key=lambda each: each.peak_bytes)
    text = text_of(sections(plan)[:1])
    assert f"Memory     at most {format_bytes(most.peak_bytes)} ({most.shown(60)})" in text
    one = replace(plan, shortlist=replace(plan.shortlist, candidates=plan.candidates[:1]))
    text = text_of(sections(one)[:1])
    assert "Tries      wordllama-l2-supercat-256 (static + head)" in text
    assert "first" not in text
    assert f"Memory     at most {format_bytes(plan.candidates[0].peak_bytes)}" in text
    assert "(wordllama" not in text.partition("Memory")[2]


async def test_examples_that_leave_the_machine_are_announced_with_their_host(tmp_path: Path) -> None:
    """The host's name is in sight, and the start is not in focus: a key too many agrees to nothing."""
    answers: list[Answer] = []
    plan = loops.plan(options={"sent_to": "api.example.org", "url": "http://api.example.org", "key_env": "KEY"})
    loop = loops.running(plan, RATES, task_file=tmp_path, note=answers.append)
    async with opened(loop) as session:
        await planned(session)
        compare(session.app, "plan-sends")
        assert "Your examples are sent to api.example.org" in session.text
        await session.press("enter")
        assert not answers


async def test_a_plan_that_cannot_be_shown_is_not_agreed_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError(f"no room {loops.NASTY}")

    monkeypatch.setattr("tui.screens.plan._worked_out", fails)
    answers: list[Answer] = []
    async with opened(loops.running(loops.plan(), RATES, task_file=tmp_path, note=answers.append)) as session:
        await session.until(lambda: "This plan cannot be shown" in session.text)
        assert "no room [bold]stray" in session.text
        await session.press("ctrl+s")
        await session.pilot.click("#begin")
        await settle(session.pilot)
        assert not answers
        await session.press("escape")
        await session.on(INTERVIEW)


async def test_a_plan_that_is_not_worked_out_yet_is_not_agreed_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that comes before its text agrees to nothing; the same key does once the text is there."""
    go, answers = threading.Event(), list[Answer]()

    def waits(*given: Any) -> Any:
        go.wait(PATIENCE)
        return _worked_out(*given)

    monkeypatch.setattr("tui.screens.plan._worked_out", waits)
    async with opened(loops.running(loops.plan(), RATES, task_file=tmp_path, note=answers.append)) as session:
        await until(session.pilot, lambda: "Working out" in session.text)
        await session.pilot.press("ctrl+s")
        await handled(session.pilot)
        assert not answers
        go.set()
        await planned(session)
        await session.press("ctrl+s")
        await session.until(lambda: answers)


async def test_nothing_begins_without_consent(tmp_path: Path) -> None:
    """Not yet leads to what is understood; the plan waits, and can be started from there."""
    answers: list[Answer] = []
    loop = loops.running(loops.plan(), RATES, task_file=tmp_path, until=3, note=answers.append)
    async with opened(loop) as session:
        await planned(session)
        await session.press("escape")
        await session.on(INTERVIEW)
        compare(session.app, "plan-declined")
        assert not answers
        await session.press("ctrl+l")
        assert "The plan waits for you" in session.text
        await session.press("f8")
        await session.agreed(PROBING)
        assert answers == [Answer("plan", value=True)]
        await session.press("f7")
        assert not session.page.query_one("#plan-buttons").display


def test_all_that_the_bar_asks_stands_in_the_plan_and_with_the_answer() -> None:
    """A rate on each label and slice, and critical examples; what a baseline or model misses of it too."""
    of = loops.plan()
    asked = {"pass_rate": 0.5, "per_label": 0.4, "per_slice": {"column": "tier", "pass_rate": 0.3}, "critical": "must"}
    task = Task.model_validate(of.task.model_dump(mode="json", exclude_none=True) | {"bar": asked})
    evidence = tuple(replace(each, slice="ab"[n % 2]) for n, each in enumerate(of.evidence))
    critical = (replace(evidence[0], id="c", is_critical=True),)
    of = replace(of, task=task, examples=replace(of.examples, evidence=evidence, critical=critical))
    all_of_it = ("40% of label 'a' right", "30% of tier 'a' right", "30% of tier 'b' right", "1 critical example")
    planned = text_of(sections(of))
    shown = str(page_of(report_of(open_run(loops.finished(of, (0.2, 0.3, 1.0, 1.0))))).evidence)
    for words in all_of_it:
        assert words in planned
        assert words in shown
