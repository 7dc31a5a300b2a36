"""Try it: typed inputs are answered by a run's models in processes of their own, which end with the dialog."""

import csv
import queue
import threading
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from textual.events import Paste
from textual.widgets import Input, Static

from advisor.candidates.candidate import Candidate
from advisor.decide.plan import Plan
from advisor.errors import InputError
from advisor.execution.control import Control
from advisor.execution.trial import Said, Trial, parse_typed_input, parts_of
from advisor.families import family
from advisor.runs import reader
from advisor.task.example import Example
from advisor.workflow.frontend import Frontend, Planned, Reported
from tests.conftest import PATIENCE
from tests.tui import loops
from tests.tui.pages import Opened, opened
from tests.tui.waiting import settle, until
from tui.dialogs import try_it
from tui.dialogs.try_it import Answers, TryIt
from tui.state import ANSWER
from tui.widgets.busy import Busy
from tui.widgets.path_picker import PathInput
from tui.widgets.words_field import WordsField


def workers(but: Collection[psutil.Process] = ()) -> list[psutil.Process]:
    """Return the probe workers that this process started, but for those that were there before a test."""
    found = []
    for each in psutil.Process().children(recursive=True):
        try:
            if each not in but and "advisor.probe.worker" in each.cmdline():
                found.append(each)
        except psutil.Error:
            continue
    return found


def finished() -> tuple[Plan, Path]:
    """Return a plan and its run, whose recommended model is a baseline."""
    plan = loops.plan()
    facts: dict[str, Any] = {
        "place": "baseline",
        "runtime": "baseline",
        "method": "constant",
        "ability": "constant",
        "folder": None,
    }
    candidates = list(plan.candidates)
    candidates[2] = replace(candidates[2], files=(), **facts)
    taught = tuple(Example(f"t{n}", f"text {n}", "a", n) for n in range(3))
    plan = replace(
        plan,
        shortlist=replace(plan.shortlist, candidates=tuple(candidates)),
        examples=replace(plan.examples, teaching=taught),
    )
    return plan, loops.finished(plan, (0.5, 0.8, 0.99, 0.99))


def loop_of(made: tuple[Plan, Path]) -> Callable[..., None]:
    """Return a loop that tells the run."""
    plan, folder = made

    def loop(session: str, frontend: Frontend, *, start: Any, control: Control) -> None:
        frontend.tell(Planned(plan, folder))
        frontend.tell(Reported(folder, "passes"))

    return loop


@asynccontextmanager
async def on_answer() -> AsyncIterator[Opened]:
    """Open the session on the recommendation."""
    async with opened(loop_of(finished()), (120, 40)) as session:
        await session.on(ANSWER)
        await session.until(lambda: not session.page.query_one("#recommendation Busy", Busy).doing)
        yield session


async def tried(session: Opened) -> TryIt:
    """Open the dialog and wait for its three models."""
    await session.press("t")
    dialog = session.app.screen
    assert isinstance(dialog, TryIt)
    await until(session.pilot, lambda: len(dialog.query(Answers)) == 3, lambda: session.text)
    return dialog


@pytest.mark.usefixtures("cold")  # the system says of a warm process only what it was forked from
async def test_what_is_typed_is_answered_and_leaving_ends_the_processes() -> None:
    """The recommended model's answer with its time and that of loading; a model that is not here says so."""
    others = workers()
    async with on_answer() as session:
        dialog = await tried(session)
        assert not workers(others)
        dialog.query_one(WordsField).text = "[b]hello"
        await session.pilot.press("enter")
        await until(session.pilot, lambda: not any(each.doing for each in dialog.query(Busy)), lambda: session.text)
        await session.until(lambda: "loaded in" in session.text)
        smaller, recommended, larger = (str(each.render()) for each in dialog.query(".tried-answer"))
        assert recommended.startswith("a\n")
        assert smaller.startswith("! ")
        assert larger.startswith("! ")
        assert len(workers(others)) == 1
        await session.press("escape")
        await until(session.pilot, lambda: not workers(others))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, Callable[[Said], object]]]:
    """What models are asked, each with whom to tell; no model answers."""
    found: list[tuple[object, Callable[[Said], object]]] = []
    monkeypatch.setattr(Trial, "ask", lambda _, given, done: found.append((given, done)))
    return found


async def test_an_answer_stands_under_its_question(asked: list[tuple[object, Callable[[Said], object]]]) -> None:
    """A model that still answers is asked the last input after that; its older answer is passed over."""
    async with on_answer() as session:
        dialog = await tried(session)
        session.app.post_message(Paste("two\nlines"))
        await until(session.pilot, lambda: dialog.query_one(WordsField).text, lambda: session.text)
        await session.press("enter")
        assert [given for given, _ in asked] == ["two\nlines"] * 3
        assert not dialog.query_one(WordsField).text
        assert str(dialog.query_one("#asked", Static).render()) == "two\nlines"
        for _, done in asked[:2]:
            done(Said("first", 0.1, confidence=0.97))
        await session.until(lambda: session.text.count("own score 0.97") == 2)
        for text in ("skipped", "other"):
            dialog.query_one(WordsField).text = text
            await session.press("enter")
        assert [given for given, _ in asked[3:]] == ["skipped"] * 2
        for _, done in asked[2:5]:
            done(Said("late"))
        await session.until(lambda: len(asked) == 8)
        assert [given for given, _ in asked[5:]] == ["other"] * 3
        for _, done in asked[5:]:
            done(Said("last"))
        await session.until(lambda: session.text.count("last") == 3)
        assert "late" not in session.text
        await session.press("escape")
        await until(session.pilot, lambda: not dialog.is_attached and not dialog.query(Answers))
        dialog._show(3, 1, Said("after all"))  # on its way when the dialog was left


async def test_a_picture_is_named_by_its_path(
    asked: list[tuple[object, Callable[[Said], object]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name is completed; a file of another kind is asked of no model."""
    models = try_it._models

    def of_pictures(folder: Path, about: int) -> Any:
        run, found, _ = models(folder, about)
        return replace(run, task=run.task | {"family": "image-classification"}), found, ("image",)

    monkeypatch.setattr(try_it, "_models", of_pictures)
    (tmp_path / "holiday.png").write_bytes(b"x")
    (tmp_path / "mails.csv").write_text("a\n", "utf-8")
    async with on_answer() as session:
        dialog = await tried(session)
        line = dialog.query_one(PathInput)
        line.value = f"{tmp_path}/mails.csv"
        await session.press("enter")
        await session.until(lambda: "is a file such as" in session.text)
        assert not asked
        line.value = f"{tmp_path}/hol"
        await session.press("tab", "enter")
        await session.until(lambda: asked)
        assert asked[0][0] == {"image": f"{tmp_path}/holiday.png"}
        assert line.value == ""


async def test_leaving_while_the_run_is_read_begins_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run is read after the dialog has gone; no model is made of it."""
    go, was_read, made, open_now, make_now = threading.Event(), threading.Event(), [], reader.open_run, Trial.__init__

    def held(folder: Path) -> reader.Run:
        go.wait(PATIENCE)
        was_read.set()
        return open_now(folder)

    def make(trial: Trial, *arguments: Any) -> None:
        made.append(trial)
        make_now(trial, *arguments)

    monkeypatch.setattr(Trial, "__init__", make)
    async with on_answer() as session:
        monkeypatch.setattr(reader, "open_run", held)
        await session.pilot.press("t")
        await until(session.pilot, lambda: isinstance(session.app.screen, TryIt))
        await until(session.pilot, lambda: "Reading the run" in session.text, lambda: session.text)
        await session.pilot.press("escape")
        await until(session.pilot, lambda: not isinstance(session.app.screen, TryIt))
        go.set()
        await until(session.pilot, was_read.is_set)
        await settle(session.pilot)
    assert not made


@pytest.mark.parametrize(
    "facts",
    [
        {"place": "server", "options": {"url": "https://example.org/v1", "sent_to": "example.org"}},
        {"place": "server", "options": {"url": "https://example.org/v1"}},
        {"place": "provider", "options": {"provider": "some"}},
    ],
)
def test_what_is_typed_is_not_sent_elsewhere(facts: dict[str, Any]) -> None:
    """Not to a host that the run was allowed to ask either."""
    run = reader.open_run(finished()[1])
    chosen = replace(run.candidates[2], candidate=replace(run.candidates[2].candidate, **facts))
    assert chosen.record.inferences
    said = answers_of([Trial(run, chosen)])[0]
    assert said.is_error
    assert "is not sent to other machines" in said.text


def test_models_are_loaded_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each looks at the memory once the one before is there."""
    run, events = reader.open_run(finished()[1]), []
    check = Trial._check_memory

    def seen(trial: Trial, facts: Candidate) -> None:
        events.append("looks")
        check(trial, facts)

    monkeypatch.setattr(Trial, "_check_memory", seen)
    answers_of([Trial(run, run.candidates[2]) for _ in range(3)], lambda _: events.append("is there"))
    assert events == ["looks", "is there"] * 3


def answers_of(trials: list[Trial], also: Callable[[Said], object] = str) -> list[Said]:
    """Ask models at the same time, and return what they say in the order in which they do."""
    found: queue.Queue[Said] = queue.Queue()

    def got(said: Said) -> None:
        also(said)
        found.put(said)

    try:
        for trial in trials:
            trial.ask("hello", got)
        return [found.get(timeout=PATIENCE) for _ in trials]
    finally:
        for trial in trials:
            trial.close()


def test_what_is_typed_is_read_as_examples_are(tmp_path: Path) -> None:
    """Parts by name; of a file its path, from the home folder where it says so; lists cannot be typed."""
    run = reader.open_run(finished()[1])
    assert parse_typed_input(run, {"text": "hello"}) == "hello"
    pairs = replace(run, task=run.task | {"family": "sentence-similarity"})
    assert parse_typed_input(pairs, {"first": "a", "second": "b"}) == {"first": "a", "second": "b"}
    pictures = replace(run, task=run.task | {"family": "image-classification"})
    file = tmp_path / "a.png"
    file.write_bytes(b"x")
    assert parse_typed_input(pictures, {"image": f" {file}\n"}) == {"image": str(file)}
    with pytest.raises(ValueError, match=r"image is a file's path, and .*/none\.png is none"):
        parse_typed_input(pictures, {"image": "~/none.png"})
    (other := tmp_path / "mails.csv").write_text("a\n")
    with pytest.raises(ValueError, match=r"image is a file such as \.jpg, \.jpeg, \.png, and mails\.csv is not"):
        parse_typed_input(pictures, {"image": str(other)})
    with pytest.raises(InputError, match="cannot be typed"):
        parts_of(replace(run, evidence=(replace(run.evidence[0], parts={"query": "a", "candidates": "[]"}),)))


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


async def test_a_table_is_filled_in_next_to_where_the_session_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows without an answer get the model's, in a new table; a file without such rows, or that is none, is said."""
    monkeypatch.chdir(tmp_path)
    for name, last in (("rows.csv", ""), ("full.csv", "b")):
        (tmp_path / name).write_text(f"text,label\none,b\ntwo,{last}\n", encoding="utf-8")
    async with on_answer() as session:
        for name in ("none.csv", "rows.csv"):
            if name == "none.csv":
                await session.press("a")
            session.app.screen.query_one(Input).value = str(tmp_path / name)
            await session.press("enter")
        output = tmp_path / "rows-answered.csv"
        await session.until(lambda: "Written: " in session.text)
        rows = list(csv.DictReader(output.open(encoding="utf-8-sig")))
        assert [(row["text"], row["label"]) for row in rows] == [("one", "b"), ("two", "a")]
        await session.press("a")
        session.app.screen.query_one(Input).value = str(tmp_path / "full.csv")
        await session.press("enter")
        await session.until(lambda: "has an answer in every row" in session.text)
    assert not (tmp_path / "full-answered.csv").exists()
