"""A prompted model is shown training rows, unless the task says how it is asked, or it cannot be."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from advisor.engines.base import CannotLoadError, CircumstanceError, Constraint, Reply, Turn
from advisor.families import family
from advisor.families.methods.calibration import calibrated
from advisor.families.methods.prompted import Prompted
from advisor.families.shown_examples import to_show
from advisor.report.export.serve import Served
from advisor.report.pages import fill_template
from tests.probe.support import HAM, SPAM, spec
from tests.tables import for_each

UNSET = {"template": None, "examples": None, "max_tokens": 8}
PROMPTED = partial(spec, Path(), "llama.cpp", "m.gguf", method="prompted")


class Scripted:
    """A chat whose template may refuse a system turn, with room for so many turns."""

    engine, device = "script", "cpu"

    def __init__(self, refused: str = "", room: int = 99) -> None:
        self._refused, self._room = refused, room

    def check(self, turns: Sequence[Turn], constraint: Constraint | None) -> None:
        if len(turns) > self._room:
            raise CannotLoadError("no room")
        if self._refused in [turn.role for turn in turns]:
            raise CannotLoadError("its chat template refuses the prompt")

    def chat(self, turns: Sequence[Turn], constraint: Constraint | None, *, max_tokens: int) -> Reply:
        return Reply(f"{len(turns)} turns, first {turns[0].role}")


@for_each(
    ("refused", "room", "turns"),
    [
        ("", 9, ["system", *["user", "assistant"] * 4, "user"]),
        ("system", 8, [*["user", "assistant"] * 4, "user"]),
        ("", 7, ["system", "user"]),
        ("system", 7, ["user"]),
    ],
)
def test_rows_are_shown_as_far_as_a_model_can_be_asked_so(refused: str, room: int, turns: list[str]) -> None:
    """Rows and a system turn where they are taken; the instruction is always said, first."""
    what = PROMPTED(prompt=UNSET)
    asked = Prompted(family(what.family), Scripted(refused, room), what)
    said = asked.turns_for("a mail")
    assert [turn.role for turn in said] == turns
    assert said[0].text.startswith(family(what.family).system_prompt(what))
    assert said[-1].text.endswith("a mail")
    assert len(asked.details.get("shown_examples", [])) == turns.count("assistant")


class Leaning(Scripted):
    """A chat whose engine gives probabilities: it leans to spam, less so the more often a text says lunch."""

    def weigh(self, turns: Sequence[Turn], options: Sequence[str]) -> list[float]:
        ham = 0.1 + 0.1 * turns[-1].text.count("lunch")
        return [ham if option == "ham" else 1.0 - ham for option in options]

    def chat(self, turns: Sequence[Turn], constraint: Constraint | None, *, max_tokens: int) -> Reply:
        assert constraint is not None
        logs = map(math.log, self.weigh(turns, constraint.options))
        weighed = [log + bias for log, bias in zip(logs, constraint.biases or (0.0, 0.0), strict=True)]
        return Reply(constraint.options[weighed.index(max(weighed))], probability=1.0)


MEALS = tuple(("lunch " * 3, "ham") if n % 2 else ("offer", "spam") for n in range(24))


def test_labels_are_calibrated_on_rows_that_are_not_shown() -> None:
    """What leans to one label is turned by what it says of texts in general; an export has that from the run."""
    what = PROMPTED(prompt=UNSET, teaching=MEALS)
    asked = Prompted(family(what.family), Leaning(), what)
    assert asked.details["calibrated"] == [8, 16, 16]
    assert [each.output for each in asked.answer(["lunch " * 3, "offer"])] == ["ham", "spam"]
    settled = asked.details["label_biases"]
    exported = replace(what, prompt=UNSET | {"label_biases": settled}, teaching=MEALS[:4])
    assert Prompted(family(what.family), Leaning(), exported).answer(["lunch " * 3])[0].output == "ham"
    plain = replace(what, prompt=UNSET | {"label_biases": {}})
    assert Prompted(family(what.family), Leaning(), plain).answer(["lunch " * 3])[0].output == "spam"


class Failing(Leaning):
    """A chat that cannot answer one of the texts."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error: Exception | None = error

    def weigh(self, turns: Sequence[Turn], options: Sequence[str]) -> list[float]:
        if (error := self._error) is not None:
            self._error = None
            raise error
        return super().weigh(turns, options)


def test_a_text_that_cannot_be_answered_is_left_out_of_the_calibration() -> None:
    """What says nothing about the text, such as too little memory, ends it."""
    what = PROMPTED(prompt=UNSET, teaching=MEALS)
    assert Prompted(family(what.family), Failing(RuntimeError("odd text")), what).details["calibrated"][2] == 15
    for error in (MemoryError(), CircumstanceError("gone")):
        with pytest.raises(type(error)):
            Prompted(family(what.family), Failing(error), what)


@for_each(
    ("probabilities", "labels", "counts", "right"),
    [
        ([[0.9, 0.1], [0.6, 0.4]] * 4, [0, 1] * 4, [4, 4], (4, 8, 8)),
        ([[0.9, 0.1], [0.6, 0.4]] * 1, [0, 1] * 1, [1, 1], None),  # too few
        ([[0.9, 0.1], [0.2, 0.8]] * 4, [0, 1] * 4, [4, 4], None),  # right as it is
        ([[0.0, 1.0], [0.0, 1.0]] * 4, [0, 0] * 4, [40, 0], (0, 8, 8)),  # one label for nearly all
        ([[0.5, 0.5], [0.5, 0.5]] * 4, [1, 0] * 4, [4, 4], None),  # it tells nothing
    ],
)
def test_a_calibration_is_kept_where_more_comes_out_right(
    probabilities: list[list[float]], labels: list[int], counts: list[int], right: tuple[int, int, int] | None
) -> None:
    found = calibrated(probabilities, labels, counts)
    assert (found.right if found else None) == right


@for_each(
    "more",
    [
        {"prompt": UNSET | {"examples": 0}},
        {"prompt": UNSET | {"template": "Mail: {text}"}},
        {"prompt": {}},
        {"prompt": UNSET, "runtime": "openai"},
        {"prompt": UNSET, "teaching": ((HAM[0], None), (SPAM[0], None))},
    ],
)
def test_asked_as_the_task_says(more: dict[str, object]) -> None:
    """Also by rows without an answer, and on a server, where each answer costs."""
    what = replace(PROMPTED(), **more)  # type: ignore[arg-type]
    assert "shown_examples" not in Prompted(family(what.family), Scripted(), what).details


def test_what_the_task_asks_to_show_is_shown_or_the_model_refused() -> None:
    """Then none is left out for want of room."""
    what = PROMPTED(prompt=UNSET | {"examples": 2})
    assert len(Prompted(family(what.family), Scripted(), what).details["shown_examples"]) == 2
    with pytest.raises(CannotLoadError, match="no room"):
        Prompted(family(what.family), Scripted(room=3), what)


def test_ollama_is_shown_the_same_examples() -> None:
    """As messages after the system prompt, in their order; three quotes do not end one early."""
    said = [("system", "Choose."), ("user", 'say """'), ("assistant", "ham"), ("user", "{text}")]
    messages = [{"role": role, "content": text} for role, text in said]
    use = Served("m", "llama.cpp", messages, ["ham"], 8, 64, thinks=False, command=[], parameters={}, source="./m.gguf")
    lines = fill_template("export/Modelfile", title="spam with m", served=use).splitlines()
    assert lines[3:7] == ["FROM ./m.gguf", "PARAMETER temperature 0", "PARAMETER num_ctx 64", "PARAMETER num_predict 8"]
    assert lines[7:] == ['SYSTEM """Choose."""', 'MESSAGE user """say \'\'\'"""', 'MESSAGE assistant """ham"""']


def test_few_are_shown_where_texts_are_long() -> None:
    """A label each up to eight, four at least, while they are short."""
    many = [(f"text {n}", f"label {n % 12}") for n in range(30)]
    assert to_show(UNSET, many) == [*range(8)]
    assert to_show(UNSET, [("x" * 1000, label) for label in "abababababab"]) == [0, 1]
    assert to_show(UNSET, many[:2]) == [0, 1]
    assert to_show(UNSET | {"examples": 12}, many) == [*range(12)]
