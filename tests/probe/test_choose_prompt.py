"""How a prompted model is asked is chosen on training rows that it is not shown."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from advisor.engines.base import CannotLoadError, Constraint, Reply, Turn
from advisor.execution.probe_setup import Fetcher, probe_spec
from advisor.families import family, shown_examples
from advisor.families.shown_examples import to_judge, to_show, with_chosen
from advisor.probe.judge import Judge
from advisor.probe.protocol import ProbeSpec
from advisor.probe.worker import answer
from advisor.report.export.render import render
from advisor.report.export.serve import Served
from advisor.report.usage_here import through
from tests.decide.simulated import plan
from tests.probe.support import HAM, SPAM, TEACHING, spec
from tests.tables import for_each

UNSET = {"template": None, "examples": None, "max_tokens": 8}
PLAIN = {"examples": 0, "instruction": "system"}
PROMPTED = partial(spec, Path(), "llama.cpp", "m.gguf", method="prompted")


class Scripted:
    """A chat that knows spam by the dollar and the exclamation mark, if it is asked in its way; else it says ham."""

    engine, device = "script", "cpu"

    def __init__(self, needs: str, refuses: str = "") -> None:
        self._needs, self._refuses = needs, refuses
        self.asked: list[list[Turn]] = []

    def check(self, turns: Sequence[Turn], constraint: Constraint | None) -> None:  # noqa: D102
        if self._refuses in [turn.role for turn in turns]:
            raise CannotLoadError("its chat template refuses the prompt")

    def chat(self, turns: Sequence[Turn], constraint: Constraint | None, *, max_tokens: int) -> Reply:  # noqa: D102
        self.asked.append([*turns])
        is_able = {
            "examples": any(turn.role == "assistant" for turn in turns),
            "user": turns[0].role == "user",
            "nothing": True,
            "the impossible": False,
        }[self._needs]
        is_spam = any(text in turns[-1].text for text in SPAM) and is_able
        return Reply("spam" if is_spam else "ham")


def settled(chat: Scripted, what: ProbeSpec) -> ProbeSpec:
    """Return the specification as a worker settles it."""
    kind = family(what.family)
    return shown_examples.chosen(kind, chat, what, partial(answer, Judge(kind, what), timed=False))


@for_each(
    ("needs", "refuses", "way"),
    [
        ("examples", "", PLAIN | {"examples": 4}),
        ("user", "", PLAIN | {"instruction": "user"}),
        ("user", "system", PLAIN | {"instruction": "user"}),
        ("nothing", "", PLAIN),
        ("the impossible", "", PLAIN),
    ],
)
def test_the_way_with_most_right_wins(needs: str, refuses: str, way: dict[str, object]) -> None:
    """The plainest of equals; what its template refuses is no way. Another worker that knows it asks the same way."""
    chat, what = Scripted(needs, refuses), PROMPTED(prompt=UNSET)
    found = settled(chat, what).prompt["chosen"]
    assert {name: found[name] for name in way} == way
    assert found == settled(Scripted(needs, refuses), what).prompt["chosen"]
    plainly, best = found["tried"][0], max(found["tried"], key=lambda each: each["right"])
    assert best["of"] == 8
    assert best["right"] == (8 if needs != "the impossible" else plainly["right"])
    assert len(chat.asked) == (2 if refuses else 4) * 8
    answerer = family(what.family).prepare(chat, replace(what, prompt=with_chosen(UNSET, {"chosen": found})))
    assert answerer.details["chosen"] == found
    assert answerer.answer(["Win $1", SPAM[0]])[1].output == ("ham" if needs == "the impossible" else "spam")
    assert settled(chat, replace(what, prompt=UNSET | {"chosen": found})).prompt["chosen"] is found


def test_rows_that_are_shown_judge_nothing() -> None:
    """Nor are more than twelve judged on, the same for each way."""
    rows = tuple((f"{n}: {text}", label) for n in range(6) for text, label in TEACHING)
    chat, what = Scripted("examples"), PROMPTED(prompt=UNSET, teaching=rows)
    found = settled(chat, what).prompt["chosen"]
    judged = {turns[-1].text.rpartition("\n\n")[2] for turns in chat.asked}
    shown = {what.teaching[place][0] for place in to_show(what.teaching)}
    assert (len(judged), len(shown), judged & shown) == (12, 4, set())
    assert [each["of"] for each in found["tried"]] == [len(to_judge(what.teaching))] * 4


@for_each(
    "more",
    [
        {"prompt": UNSET | {"examples": 0}},
        {"prompt": UNSET | {"template": "Mail: {text}"}},
        {"prompt": {}},
        {"prompt": UNSET, "teaching": ((HAM[0], "ham"), (SPAM[0], "spam"))},
        {"prompt": UNSET, "runtime": "openai"},
    ],
)
def test_asked_as_the_task_says(more: dict[str, object]) -> None:
    """Also with a handful of training rows, and on a server, where each answer costs."""
    chat, what = Scripted("examples"), replace(PROMPTED(), **more)  # type: ignore[arg-type]
    assert settled(chat, what) is what
    assert chat.asked == []


def test_a_slow_model_is_asked_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the first way has taken as long as all may."""
    monkeypatch.setattr(shown_examples, "MOST_SECONDS", -1.0)
    chat = Scripted("examples")
    found = settled(chat, PROMPTED(prompt=UNSET)).prompt["chosen"]
    assert {name: found[name] for name in PLAIN} == PLAIN
    assert len(chat.asked) == 8


def test_a_resumed_run_asks_as_before(tmp_path: Path) -> None:
    """And the code to use: both read what the first worker chose."""
    before = {"chosen": PLAIN | {"examples": 4, "tried": []}}
    planned, fetcher = plan(1, 30), Fetcher(lambda _: None, lambda: False)
    of = replace(planned.candidates[0], folder=str(tmp_path), method="prompted", ability="chat")
    assert probe_spec(planned, of, 1, fetcher, before).prompt["chosen"] == before["chosen"]
    assert "chosen" not in probe_spec(planned, of, 1, fetcher, {}).prompt
    assert "'chosen': {'examples': 4" in through(planned, of, tmp_path, of.files, before)


def test_ollama_is_shown_the_same_examples() -> None:
    """As messages after the system prompt, in their order; three quotes do not end one early."""
    said = [("system", "Choose."), ("user", 'say """'), ("assistant", "ham"), ("user", "{text}")]
    messages = [{"role": role, "content": text} for role, text in said]
    use = Served("m", "llama.cpp", messages, ["ham"], 8, 64, thinks=False, command=[], parameters={}, source="./m.gguf")
    lines = render("Modelfile", served=use).splitlines()
    assert lines[:4] == ["FROM ./m.gguf", "PARAMETER temperature 0", "PARAMETER num_ctx 64", "PARAMETER num_predict 8"]
    assert lines[4:] == ['SYSTEM """Choose."""', 'MESSAGE user """say \'\'\'"""', 'MESSAGE assistant """ham"""']


def test_few_are_shown_where_texts_are_long() -> None:
    """A label each up to eight, four at least, while they are short; six rows are kept to judge on."""
    many = [(f"text {n}", f"label {n % 12}") for n in range(30)]
    assert to_show(many) == [*range(8)]
    assert to_show([("x" * 1000, label) for label in "abababababab"]) == [0, 1]
    assert to_show(many[:8]) == [0, 1]
    assert to_show(many[:6]) == []
