"""What models were made for: a language, an answer of their own kind."""

from dataclasses import replace
from pathlib import Path

import pytest

from advisor.candidates.judge import judge
from advisor.candidates.needs import stems
from advisor.candidates.uses import Use
from catalog import ModelCard
from tests.candidates.test_remote import measured
from tests.tables import for_each


@for_each(
    ("languages", "asked", "penalty"),
    [
        (("ja", "en"), "en", 4.0),
        (("en", "ja"), "en", 0.0),
        (("multilingual", "en"), "en", 0.0),
        (("ja", "en"), "ja", 0.0),
    ],
)
def test_a_generator_for_another_language_that_knows_english_ranks_lower(
    tmp_path: Path, languages: tuple[str, ...], asked: str, penalty: float
) -> None:
    """A card lists first what its model was made for."""
    card = ModelCard(id="org/m-instruct", family="text-generation", downloads=90_000)
    with measured(tmp_path, "summarization", constraints={"languages": [asked]}) as context:
        other, open_ = (
            judge(context, replace(card, languages=each), Use("transformers", "chat")).penalty
            for each in (languages, ("multilingual",))
        )
    assert other - open_ == pytest.approx(penalty)


@for_each(
    ("name", "family", "is_tried"),
    [
        ("org/m-tool-8B-instruct", "text-classification", False),
        ("org/m-tool-8B-instruct", "json-extraction", True),
        ("org/NuExtract-instruct", "text-classification", False),
        ("org/mGuard-Gen-1B", "text-classification", False),
        ("org/m-toolbox-free-1B-chat", "text-generation", True),
    ],
)
def test_generators_that_answer_in_their_own_way_are_not_prompted_for_labels(
    tmp_path: Path, name: str, family: str, *, is_tried: bool
) -> None:
    """A guard that practitioners name for moderation has a prompt and answers of its own."""
    card = ModelCard(id=name, family="text-generation", downloads=90_000)
    with measured(tmp_path, "summarization") as made:
        context = replace(made, task=made.task.model_copy(update={"family": family}))
        context.__dict__["named"] = {name: 1.0}
        assert (judge(context, card, Use("transformers", "chat")).reason is None) is is_tried


def test_what_is_transcribed_was_not_translated() -> None:
    assert stems("transcribe transcripts").isdisjoint(stems("translate translations"))
    assert len(stems("translate translated translations")) == 1
