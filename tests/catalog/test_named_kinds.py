"""Families told by names alone: sure, or not told."""

from catalog import ModelCard
from tests.tables import for_each
from tools.seed.named_kinds import complete


@for_each(
    ("card", "family"),
    [
        (ModelCard(id="EleutherAI/pythia-160m-v0"), "text-generation"),
        (ModelCard(id="x/Qwen2.5-1.5B-poems-GGUF", base_model="Qwen/Qwen2.5-1.5B"), "text-generation"),
        (ModelCard(id="x/Qwen2.5-VL-3B-poems"), None),
        (ModelCard(id="x/Mistral-7B-reward"), None),
        (ModelCard(id="x/llama-3.2-1B-embed"), None),
        (ModelCard(id="x/Llama-3.2-11B"), None),
        (ModelCard(id="x/gemma-2b", tags=("vision",)), None),
        (ModelCard(id="x/Mistral-7B-tuned", base_model="x/Mistral-7B-Embedder"), None),
        (ModelCard(id="x/palindrome-grpo-v5"), None),
        (ModelCard(id="x/gpt2", family="fill-mask"), "fill-mask"),
    ],
)
def test_only_sure_names_tell(card: ModelCard, family: str | None) -> None:
    """A text-only architecture without a word of another use; what a source said stays."""
    (told,) = complete([card])
    assert told.family == family
    assert (told.sources != card.sources) == (family != card.family)


def test_names_agree_with_what_sources_say(shipped_cards: list[ModelCard]) -> None:
    """Of models whose family a source states, those that a name would tell are text generators, or 49 of 50 are."""
    stated = [card for card in shipped_cards if not any("its name (" in source for source in card.sources)]
    known = {card.id: card.family for card in stated if card.family}
    stripped = [
        ModelCard(id=card.id, base_model=card.base_model, tags=card.tags, library=card.library)
        for card in shipped_cards
    ]
    told = [card.id for card in complete(stripped) if card.family and card.id in known]
    assert len(told) >= 1_500
    assert sum(known[name] == "text-generation" for name in told) >= 0.98 * len(told)
