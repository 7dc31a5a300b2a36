"""Try it: typed inputs are answered by a run's models in processes of their own, which end with the dialog."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psutil
from textual.widgets import Input

from advisor.door import Planned, Reported
from advisor.families import family
from advisor.task.example import Example
from tests.tui import loops
from tests.tui.pages import opened
from tests.tui.waiting import until
from tui.dialogs.try_it import Answers, TryIt
from tui.state import ANSWER
from tui.widgets.busy import Busy

if TYPE_CHECKING:
    from advisor.door import Control, Door


def workers() -> list[psutil.Process]:
    """Return the probe workers that this process started."""
    found = []
    for each in psutil.Process().children(recursive=True):
        try:
            if "advisor.probe.worker" in each.cmdline():
                found.append(each)
        except psutil.Error:
            continue
    return found


async def test_what_is_typed_is_answered_and_leaving_ends_the_processes() -> None:
    """The recommended model's answer with its time and that of loading; a model that is not here says so."""
    plan = loops.plan()
    facts = {"place": "baseline", "runtime": "baseline", "method": "constant", "ability": "constant", "folder": None}
    candidates = list(plan.candidates)
    candidates[2] = replace(candidates[2], files=(), **facts)
    taught = tuple(Example(f"t{n}", f"text {n}", "a", n) for n in range(3))
    plan = replace(
        plan,
        shortlist=replace(plan.shortlist, candidates=tuple(candidates)),
        examples=replace(plan.examples, teaching=taught),
    )
    folder = loops.finished(plan, (0.5, 0.8, 0.99, 0.99))

    def loop(session: str, door: Door, *, start: Any, control: Control) -> None:
        del session, start, control
        door.tell(Planned(plan, folder))
        door.tell(Reported(folder, "passes"))

    async with opened(loop, (120, 40)) as session:
        await session.on(ANSWER)
        await session.until(lambda: not session.page.query_one("#recommendation Busy", Busy).doing)
        await session.press("t")
        dialog = session.app.screen
        assert isinstance(dialog, TryIt)
        await until(session.pilot, lambda: len(dialog.query(Answers)) == 3, lambda: session.text)
        assert not workers()
        dialog.query_one(Input).value = "[b]hello"
        await session.pilot.press("enter")
        await until(session.pilot, lambda: not any(each.doing for each in dialog.query(Busy)), lambda: session.text)
        await session.until(lambda: "loaded in" in session.text)
        smaller, recommended, larger = (str(each.render()) for each in dialog.query(".tried-answer"))
        assert recommended.startswith("a\n")
        assert smaller.startswith("! ")
        assert larger.startswith("! ")
        assert len(workers()) == 1
        await session.press("escape")
        await until(session.pilot, lambda: not workers())


def test_answers_are_shown_as_their_family_has_them() -> None:
    """A label, several, spans with their labels, fields a line each, no answer in words."""
    shown = [
        ("text-classification", "spam", "spam"),
        ("text-classification", ["a", "b"], "a, b"),
        ("token-classification", [{"text": "Ada", "label": "PER", "start": 0, "end": 3}], "Ada: PER"),
        ("json-extraction", {"name": "Ada", "age": 36}, "name: Ada\nage: 36"),
        ("question-answering", "", "[no answer]"),
        ("text-generation", "Dear Ada", "Dear Ada"),
        ("sentence-similarity", 0.5, "0.5"),
    ]
    for name, output, text in shown:
        assert family(name).said(output) == text
