"""What is understood is corrected in its place."""

from typing import Any

import pytest
from textual.widgets import Input

from advisor.interview.answers import checked
from advisor.interview.facts import Fact, Source, Understanding
from advisor.workflow.frontend import Answer
from tests.tui import loops
from tests.tui.pages import asking
from tests.tui.picture import compare
from tui.dialogs.confirm import Choose
from tui.dialogs.correct import Correct
from tui.widgets.choices import Choices
from tui.widgets.known import Known
from tui.widgets.words_field import WordsField


async def test_what_is_understood_folds_away_and_is_corrected() -> None:
    """At 80 columns a line counts it; ctrl+l shows it; enter shows the words it came from, corrects, or asks again."""
    async with asking(loops.LICENSE) as (session, answers):
        assert "212 models still fit" in session.text
        assert "7 things understood" in session.text
        await session.press("ctrl+l")
        compare(session.app, "interview-understood")
        known = session.page.query_one(Known)
        known.highlighted = known.get_option_index("constraints.max_memory")
        await session.press("enter")
        assert isinstance(session.app.screen, Correct)
        compare(session.app, "interview-correct")
        assert "“4 GB laptop”" in session.text
        await session.press("end", *(["backspace"] * 6), *"8GB", "enter")
        await session.until(lambda: answers)
        assert answers == [Answer("constraints.max_memory", 8_000_000_000)]


async def test_a_setting_that_is_not_known_yet_is_set() -> None:
    """The last line lists those that mean something to the kind of task; a wrong value is refused, a list is one."""
    async with asking(loops.LICENSE, size=(120, 40)) as (session, answers):
        await session.press("ctrl+l", "end", "enter")
        dialog = session.app.screen
        assert isinstance(dialog, Choose)
        keys = [choice.value for choice in dialog.query_one(Choices).choices]
        assert "scoring.metric" in keys
        assert {"labels", "scoring.range", "documents.path"}.isdisjoint(keys)
        dialog.query_one(Choices).post_message(Choices.Picked("examples.only"))
        await session.until(lambda: isinstance(session.app.screen, Correct))
        await session.press(*"kind", "enter")
        await session.until(lambda: isinstance(session.app.screen, Correct) and session.app.screen.query(".complaint"))
        assert not answers
        await session.press("home", "{", "end", *": [mail]}", "enter")
        await session.until(lambda: answers)
        assert answers == [Answer("examples.only", {"kind": ["mail"]})]


async def test_what_is_understood_can_be_forgotten() -> None:
    """The dialog has a button to be asked again, and one to cancel."""
    async with asking(loops.LICENSE, size=(120, 40)) as (session, answers):
        await session.correct("labels")
        await session.press("escape")
        assert not answers
        await session.correct("labels")
        await session.pilot.click("#forget")
        await session.until(lambda: answers)
        assert answers == [Answer("labels", is_taken_back=True)]


CORRECTED: list[tuple[str, Any, str, list[str], Any]] = [
    ("bar.pass_rate", 0.9, "90%", [*"85", "percent_sign"], 0.85),
    ("constraints.languages", ["en", "he"], "en, he", ["d", "e", "comma", "f", "r"], ["de", "fr"]),
    ("download", 500_000_000, "500MB", [*"nothing"], 0),
]


async def test_a_value_is_corrected_as_a_person_writes_it() -> None:
    """Ninety percent, two languages, no download: shown in words, and taken back in them."""
    facts = tuple(Fact(key, held, Source.WORDS, "said so") for key, held, *_ in CORRECTED)
    async with asking(loops.LICENSE, known=Understanding(facts)) as (session, answers):
        for at, (key, _, shown, keys, value) in enumerate(CORRECTED):
            await session.correct(key)
            field = session.app.screen.query_one(Input)
            assert field.value == shown
            field.value = ""
            await session.press(*keys, "enter")
            await session.until(lambda at=at: len(answers) > at)
            assert answers[-1] == Answer(key, value)


async def test_what_has_a_few_words_for_its_values_is_corrected_by_their_numbers() -> None:
    held = {"device": "cpu", "labels_per_text": "one", "examples.near_duplicates": "once"}
    facts = tuple(Fact(key, value, Source.FILE) for key, value in held.items())
    async with asking(loops.LICENSE, known=Understanding(facts)) as (session, answers):
        for at, key in enumerate(held):
            await session.correct(key)
            await session.press("2")
            await session.until(lambda at=at: len(answers) > at)
    assert [answer.value for answer in answers] == ["gpu", "several", "keep"]


async def test_a_correction_that_cannot_be_used_is_refused_in_its_place() -> None:
    """The dialog stays, with what was typed and why it is no answer; mended there, it is taken."""
    fact = Fact("bar.pass_rate", 0.9, Source.WORDS, "90%")
    async with asking(loops.LICENSE, known=Understanding((fact,))) as (session, answers):
        await session.correct("bar.pass_rate")
        await session.press(*"150", "enter")
        await session.until(lambda: "is not a share between 0 and 1; write 0.9" in " ".join(session.text.split()))
        assert "bar.pass_rate" not in session.text
        assert isinstance(session.app.screen, Correct)
        assert session.app.screen.query_one(Input).value == "150"
        assert not answers
        await session.press("backspace", "backspace", "backspace", *"80", "enter")
        await session.until(lambda: answers)
        assert answers == [Answer("bar.pass_rate", 0.8)]


MAPPED: list[tuple[str, Any, str, str, Any]] = [
    ("bar.per_label", {"Hot lead": 0.9}, "Hot lead: 90%", "Hot lead: 95%\nspam, ads: 0,8",
     {"Hot lead": 0.95, "spam, ads": 0.8}),
    ("bar.per_label", 0.8, "80%", "85%", 0.85),
    ("bar.per_slice", {"column": "tier", "pass_rate": 0.9}, '{"column": "tier", "pass_rate": 0.9}',
     '{"column": "tier", "pass_rate": {"gold": 0.95}}', {"column": "tier", "pass_rate": {"gold": 0.95}}),
    ("examples.expected", {"os": "system"}, "os: system", "os: os\ndevice: dev", {"os": "os", "device": "dev"}),
    ("labels", {"a": "is good", "b": "is bad"}, "a: is good\nb: is bad", "a: good\nb: bad", {"a": "good", "b": "bad"}),
    ("scoring.json_schema", {"type": "object"}, "type: object", '{"type": "array"}', {"type": "array"}),
]  # fmt: skip


@pytest.mark.parametrize("rows", [MAPPED[:1], MAPPED[1:]])
async def test_a_mapping_is_corrected_as_text(rows: list[tuple[str, Any, str, str, Any]]) -> None:
    """Rates, columns and labels with meanings can be confirmed unchanged or edited."""
    known = Understanding(tuple(Fact(key, held, Source.WORDS, "said so") for key, held, *_ in rows))
    async with asking(loops.LICENSE, known=known) as (session, answers):
        for key, held, shown, typed, value in rows:
            for field_text, given in ((None, held), (typed, checked(key, value))):
                await session.asked(loops.LICENSE)
                await session.correct(key)
                field, before = session.app.screen.query_one(WordsField), len(answers)
                assert field.text == shown
                if field_text is not None:
                    field.text = ""
                    await session.press("ctrl+s")  # nothing written changes nothing
                    await session.until(lambda: "write an answer" in session.text)
                    assert len(answers) == before
                    field.text = field_text
                await session.press("ctrl+s")
                await session.until(lambda before=before: len(answers) > before)
                assert answers[before:] == [Answer(key, given)]


async def test_a_rate_of_labels_goes_only_when_said_so() -> None:
    known = Understanding((Fact("bar.per_label", {"Hot lead": 0.9}, Source.WORDS, "90%"),))
    async with asking(loops.LICENSE, known=known) as (session, answers):
        await session.correct("bar.per_label")
        await session.press("tab", "1")
        await session.until(lambda: answers)
        assert answers == [Answer("bar.per_label", None)]
