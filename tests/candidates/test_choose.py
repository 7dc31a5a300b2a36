"""Choice among found models: the best of each size and way, within the download budget."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest

from advisor.candidates.choose import MADE_FOR_IT, RAW, Chooser, Option, shares_of_ways
from advisor.candidates.found import has_successor
from advisor.candidates.judge import Judged
from advisor.candidates.uses import Use
from catalog import ModelCard
from tests.candidates.test_remote import measured
from tests.tables import for_each

MB = 10**6


def option(name: str, size: int, rank: int, ability: str = "encode", penalty: float = 0.0) -> Option:
    judged = Judged(penalty=penalty)
    return Option(ModelCard(f"acme/{name}"), Use("transformers", ability), rank, judged, size * MB, size * MB)


def chosen(
    options: list[Option], places: int, budget: int = 10**6, foreign: Collection[str] = (), **shares: float
) -> list[str]:
    chooser = Chooser(options, shares, budget * MB, budget * MB, foreign)
    found = []
    for _ in range(places):
        if (wanted := chooser.next()) is None:
            break
        chooser.note(wanted.way, wanted.serving_bytes)
        chooser.budget -= wanted.download_bytes or 0
        found.append(wanted.card.id.removeprefix("acme/"))
    return found


def test_the_best_of_each_size_before_the_second_best_of_one() -> None:
    """Three of one size and one of each of two others: those go first."""
    options = [option(f"small-{rank}", 100, rank) for rank in range(3)] + [option("tiny", 5, 2), option("big", 3000, 2)]
    assert set(chosen(options, 3)) == {"small-0", "tiny", "big"}


def test_the_best_ranked_of_a_size() -> None:
    options = [option("third", 90, 2), option("first", 110, 0), option("second", 100, 1)]
    assert chosen(options, 1) == ["first"]
    worse = [option("first", 110, 0, penalty=2.0), option("second", 100, 1)]
    assert chosen(worse, 1) == ["second"]


def test_ways_get_places_by_their_shares() -> None:
    """Three to one; a way without models leaves its places to the others."""
    options = [option(f"e{n}", 10 * 4**n, n) for n in range(4)]
    options += [option(f"c{n}", 10 * 4**n, n, "chat") for n in range(4)]
    names = chosen(options, 4, encode=3, chat=1, entail=5)
    assert [name[0] for name in sorted(names)] == ["c", "e", "e", "e"]


def test_the_nearer_two_sizes_the_more_they_crowd_each_other() -> None:
    options = [option("first", 250, 0), option("close", 280, 2), option("far", 1000, 3)]
    assert chosen(options, 2) == ["first", "far"]


def test_models_for_other_languages_are_tried_where_little_else_is_left() -> None:
    """Until there are three candidates, whether fetched or here."""
    options = [option(name, 10 * 4**rank, rank) for rank, name in enumerate(("en-s", "en-m", "en-l", "de-s", "de-l"))]
    foreign = {f"acme/en-{size}" for size in "sml"}
    assert sorted(chosen(options, 2, foreign=foreign)) == ["de-l", "de-s"]
    assert len(chosen(options, 5, foreign=foreign)) == 3
    here = [replace(each, download_bytes=0) for each in options]
    assert len(chosen(here, 5, foreign=foreign)) == 3


def test_of_equals_one_that_leaves_room_for_others_is_chosen() -> None:
    """A download of nearly all that one may take costs a rank and a half."""
    options = [option("large", 900, 0), option("small", 30, 1)]
    assert chosen(options, 1, budget=1000) == ["small"]
    assert chosen(options, 1, budget=10**6) == ["large"]


def test_general_language_models_and_those_made_for_the_task_share_the_places() -> None:
    """Two of five are general if practitioners name the others alone; all are if the others are far."""
    made = [replace(option(f"m{n}", 100, n, "chat"), is_made_for_it=True) for n in range(5)]
    general = [option(f"g{n}", 10 * 4**n, n, "chat") for n in range(5)]
    named = {f"acme/m{n}": 0.2 for n in range(5)}
    for options, count in ((made + general, 2), (general, 5)):
        names = chosen(options, 5, **shares_of_ways({"chat": 4.0, MADE_FOR_IT: 4.0}, options, named))
        assert sum(name[0] == "g" for name in names) == count
    far = [replace(each, judged=Judged(penalty=9.0)) for each in made]
    names = chosen(far + general, 5, **shares_of_ways({"chat": 4.0, MADE_FOR_IT: 4.0}, far + general, named))
    assert {name[0] for name in names} == {"g"}


def test_masked_language_models_have_a_fifth_of_the_places_at_most() -> None:
    """Practitioners name them to be tuned; here they get a head."""
    raw = Option(ModelCard("acme/raw", family="fill-mask"), Use("transformers", "encode"), 0, Judged(), MB, MB)
    raws = [replace(raw, card=ModelCard(f"acme/raw{n}", family="fill-mask"), rank=n) for n in range(5)]
    options = [*raws, *(option(f"e{n}", 10, n) for n in range(5))]
    chooser = Chooser(options, shares_of_ways({"encode": 1.0}, options, {"acme/raw0": 1.0}), MB * 1000, MB * 1000)
    ways = []
    for _ in range(5):
        wanted = chooser.next()
        assert wanted is not None
        chooser.note(wanted.way, wanted.serving_bytes)
        ways.append(wanted.way)
    assert ways.count(RAW) == 1
    assert shares_of_ways({}, raws, {"acme/raw0": 1.0}) == {RAW: 1.0}
    # The only ones that learn the labels keep their usual share, if the first of them is named; others may have less.
    tags, usual = [option(f"t{n}", 10, n, "tag") for n in range(5)], {"tag": 4.0, RAW: 1.0}
    for name, share in (("raw0", 0.2), ("raw4", 0.13)):
        found = shares_of_ways(usual, [*raws, *tags], {f"acme/{name}": 0.1, "acme/t0": 0.9})
        assert found[RAW] / sum(found.values()) == pytest.approx(share)
    few = Chooser(options, {}, MB * 1000, MB * 1000, few_rows=True)
    assert [option.way for option in iter(few.next, None)] == ["encode"] * 5 + [RAW] * 5


def test_a_way_loses_its_turn_for_what_is_left_of_it() -> None:
    """And after three sizes of one series others come first."""
    options = [option("far", 100, 0, "classify", penalty=6.0), option("e1", 100, 0), option("e2", 50, 1)]
    assert chosen(options, 2, classify=2.0, encode=1.0) == ["e1", "e2"]
    sizes = [option(f"bge-{n}", 4**n, n) for n in range(4)]
    assert chosen([*sizes, option("x", 100, 9)], 5)[-2:] == ["x", "bge-3"]


def test_an_installed_model_rules_out_its_copies() -> None:
    chooser = Chooser([option("Qwen3-8B-GGUF", 100, 0), option("x", 100, 1)], {}, MB * 1000, MB * 1000)
    chooser.note("encode", MB, "Qwen/Qwen3-8B")
    wanted = chooser.next()
    assert wanted is not None
    assert wanted.card.id == "acme/x"


def test_nothing_beyond_the_bytes() -> None:
    assert chosen([option("a", 60, 0), option("b", 50, 1), option("c", 30, 2)], 3, budget=100) == ["a", "c"]


def test_a_copy_of_a_chosen_model_is_not_chosen() -> None:
    first, copy = option("Qwen3-8B", 100, 0), option("x", 100, 1)
    copy = Option(ModelCard("other/Qwen3-8B-AWQ"), copy.use, 1, copy.judged, 9 * MB, 9 * MB)
    assert chosen([first, copy], 2) == ["Qwen3-8B"]


def test_a_fine_tuned_model_takes_the_place_of_its_base() -> None:
    """By the card or the name, unless it is judged worse, or does the task in another way."""
    base = option("whisper-tiny", 100, 0, "transcribe")
    assert chosen([base, option("kb-whisper-tiny", 100, 3, "transcribe", penalty=-1.0)], 2) == ["kb-whisper-tiny"]
    assert len(chosen([base, option("kb-whisper-tiny", 100, 3, "transcribe", penalty=1.0)], 2)) == 2
    assert len(chosen([base, option("kb-whisper-tiny", 100, 3, "chat", penalty=-1.0)], 2)) == 2
    tune = option("listener", 100, 1, "transcribe")
    tune = replace(tune, card=ModelCard("acme/listener", base_model="acme/whisper-tiny"))
    assert chosen([base, tune], 2) == ["listener"]


def test_another_version_of_a_chosen_model_is_not_chosen() -> None:
    """The better one of them; what differs in size is another model."""
    options = [option("reranker-L2-v2", 20, 0), option("reranker-L2", 20, 1), option("reranker-L4-v2", 80, 2)]
    assert chosen(options, 3) == ["reranker-L2-v2", "reranker-L4-v2"]


@for_each(
    ("earlier", "later", "is_succeeded"),
    [
        (("Qwen2.5-1.5B-Instruct", 1540), ("Qwen3-1.7B", 2030), True),
        (("LFM2-1.2B-GGUF", 1170), ("LFM2.5-1.2B-Instruct-GGUF", 1170), True),
        (("gemma-2-2b-it", 2600), ("gemma-3-1b-it", 1000), False),
        (("Qwen2.5-Coder-1.5B-Instruct", 1540), ("Qwen3-1.7B", 2030), False),
        (("Qwen3-1.7B", 2030), ("Qwen3-4B-Instruct-2507", 4020), False),
        (("Mistral-7B-Instruct-v0.2", 7240), ("Mistral-7B-Instruct-v0.3", 7240), False),
    ],
)
def test_a_later_generation_of_about_the_same_size_ranks_before_the_earlier_one(
    tmp_path: Path,
    earlier: tuple[str, int],
    later: tuple[str, int],
    is_succeeded: bool,  # noqa: FBT001
) -> None:
    """Within one model series only: a general model supersedes no code model. Version suffixes are compared apart."""
    old, new = (replace(option(name, 9, 0, "chat"), parameters=count * MB) for name, count in (earlier, later))
    with measured(tmp_path, "summarization") as context:
        assert has_successor(context, old, [old, new]) is is_succeeded
        assert not has_successor(context, new, [old, new])


def test_what_is_too_large_for_something_small_comes_last() -> None:
    """A large one that ranks first is for machines without such a limit."""
    for is_tiny, first in ((False, "large"), (True, "small")):
        sizes = {"small": 30_000_000, "large": 300_000_000}
        options = [
            replace(option(name, count // MB, rank), parameters=count, is_tiny=is_tiny)
            for rank, (name, count) in enumerate(reversed(sizes.items()))
        ]
        assert chosen(options, 1) == [first]


def test_shares_move_towards_the_ways_of_models_named_for_the_use() -> None:
    """Three tenths of each share are the usual one; where none is named, all of it is."""
    options = [option("encoder", 10, 0), option("other", 20, 1), option("chat", 30, 0, "chat")]
    usual = {"encode": 3.0, "entail": 5.0}
    assert shares_of_ways(usual, options, {}) == {"encode": 3.0, "chat": 1.0}
    found = shares_of_ways(usual, options, {"acme/chat": 0.3, "acme/none": 1.0})
    assert found == {"chat": pytest.approx(0.3 * 0.25 + 0.7), "encode": pytest.approx(0.3 * 0.75)}
