"""Order of standing and groups of variants, against a plain way to find them; completion on disk and in memory."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from catalog import ModelCard, inherit
from catalog.prior import is_copy_by_name, quality, stem
from catalog.refresh.staging import Staging
from catalog.store.grouping import ranking

NAMES = st.builds(
    "{}/{}{}".format,
    st.sampled_from("ab"),
    st.sampled_from(["m", "n-7b", "o"]),
    st.sampled_from(["", "-GGUF", "-awq", "-AWQ"]),
)
CARDS = st.lists(
    st.builds(
        ModelCard,
        id=NAMES,
        family=st.sampled_from([None, "fill-mask", "text-generation"]),
        parameters=st.sampled_from([None, 1_000_000, 1_005_000, 9_000_000_000]),
        parameters_standing=st.just("exact"),
        license=st.sampled_from([None, "mit"]),
        base_model=st.one_of(st.none(), NAMES, st.just("old/name")),
        base_relation=st.sampled_from([None, "quantized", "finetune"]),
        downloads=st.sampled_from([None, 10, 1000]),
        aliases=st.sampled_from([(), ("old/name",), ("older/Name", "a/m")]),
    ),
    min_size=1,
    max_size=10,
    unique_by=lambda card: card.id.lower(),
)


def test_a_later_version_stands_above_the_one_that_it_replaces() -> None:
    """However much the first is used; a number alone is a size, and another family's model replaces none."""
    names = {"a/m": 9, "a/m-v2": 1, "a/n-18": 1, "a/n-50": 9, "a/o-1.5": 1, "a/o": 9, "a/p": 9, "b/p-v2": 1}
    cards = [ModelCard(id=name, family="fill-mask", downloads=10**use) for name, use in names.items()]
    order, figures, _ = ranking(cards)
    standing = {cards[at].id: figure for at, figure in zip(order.tolist(), figures.tolist(), strict=True)}
    assert standing["a/m-v2"] > standing["a/m"] < standing["a/p"]
    assert standing["a/o-1.5"] > standing["a/o"]
    assert standing["a/n-50"] == standing["a/p"] > standing["b/p-v2"]


def distinct(cards: list[ModelCard]) -> list[ModelCard]:
    """In the order of a snapshot, each alias with the first card that has it, and none that is an id."""
    taken = {card.id.lower() for card in cards}
    kept = []
    for card in sorted(cards, key=lambda c: c.id.lower()):
        free = tuple(alias for alias in card.aliases if alias.lower() not in taken)
        taken |= {alias.lower() for alias in free}
        kept.append(replace(card, aliases=free))
    return kept


def plainly(cards: list[ModelCard]) -> list[int]:
    """For each card, in order of standing, the row of its group: one row after the other."""
    rows = {name.lower(): row for row, card in enumerate(cards) for name in card.aliases}
    rows |= {card.id.lower(): row for row, card in enumerate(cards)}
    parents = []
    for row, card in enumerate(cards):
        kin = [at for at, other in enumerate(cards) if stem(other.id) == stem(card.id)]
        originals = [at for at in kin if not is_copy_by_name(cards[at].id) and cards[at].base_relation != "quantized"]
        leader = (originals or kin)[0]
        other = cards[leader]
        stated = rows.get((card.base_model or "").lower()) if card.base_relation == "quantized" else None
        alien = card.family and other.family and card.family != other.family
        sizes = (card.parameters, other.parameters)
        alike = None in sizes or abs(sizes[0] - sizes[1]) <= 0.01 * sizes[1]  # type: ignore[operator]
        follows = not alien and (is_copy_by_name(card.id) or alike)
        parents.append(stated if stated is not None else leader if follows else row)
    roots = []
    for start in range(len(cards)):
        row, seen = start, {start}
        while parents[row] not in seen:
            row = parents[row]
            seen.add(row)
        roots.append(row)
    return roots


@given(CARDS)
def test_groups_are_those_of_the_plain_way(cards: list[ModelCard]) -> None:
    """For any cards: quantised copies, copies by name, aliases, rings."""
    cards = distinct(cards)
    order, figures, group = ranking(cards)
    assert sorted(order.tolist()) == list(range(len(cards)))
    ranked = [cards[at] for at in order]
    assert [quality(card) for card in ranked] == sorted(map(quality, cards), reverse=True)
    assert figures.tolist() == sorted(figures.tolist(), reverse=True)
    assert group.tolist() == plainly(ranked)


@given(CARDS, st.randoms(use_true_random=False))
def test_completion_on_disk_is_that_in_memory(cards: list[ModelCard], chance: object) -> None:
    shuffled = list(cards)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    with TemporaryDirectory() as folder, Staging(Path(folder)) as staging:
        for card in shuffled:
            staging.add(card)
        found = list(staging.completed())
    assert found == [card.to_json() for card in inherit.complete(distinct(cards))]
