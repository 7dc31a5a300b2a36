"""What ranks a model lower for a task: long texts, and another field."""

from dataclasses import replace
from pathlib import Path

from advisor.candidates.judge import judge
from advisor.candidates.uses import Use
from catalog import ModelCard
from tests.candidates.test_remote import measured


def test_the_mean_of_a_long_text_s_static_vectors_says_little(tmp_path: Path) -> None:
    """They read any length; what reads the text whole comes first."""
    static = ModelCard(id="org/static", family="feature-extraction", downloads=90_000, library="model2vec")
    whole = replace(static, id="org/whole", context_length=8_192)
    with measured(tmp_path, "text-classification") as made:

        def cost(card: ModelCard, tokens: int) -> float:
            context = replace(made)
            context.__dict__["needs"] = replace(made.needs, tokens=tokens)
            engine = "static" if card is static else "sentence-transformers"
            return judge(context, card, Use(engine, "encode")).penalty

        short, long = (cost(static, tokens) - cost(whole, tokens) for tokens in (100, 8_000))
    assert long > short + 1.0


def test_a_generator_of_queries_is_not_made_for_every_task_that_says_question(tmp_path: Path) -> None:
    card = ModelCard(id="org/sqlcoder-7b-instruct", family="text-generation", downloads=90_000)
    with measured(tmp_path, "summarization") as made:

        def cost(topics: set[str]) -> float:
            context = replace(made)
            context.__dict__["needs"] = replace(made.needs, topics=frozenset(topics))
            return judge(context, card, Use("transformers", "chat")).penalty

        assert cost({"quest", "nurse"}) == cost({"nurse"}) > cost({"quest", "sql"})
