"""Models that practitioners name for a use rank higher for similar tasks."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from catalog import Catalog, Filters, ModelCard, WeightFile
from catalog.query.uses import named, shortlisted, uses, without_languages
from catalog.store.cache import kept

NEAREST = 2


@pytest.mark.parametrize(
    ("task", "family", "languages"),
    [
        ("are our German customers happy with what they bought", "text-classification", {"de"}),
        ("black out patients' names in medical reports", "token-classification", {"en"}),
        ("semantic search over the articles of our help desk", "feature-extraction", {"en"}),
    ],
)
def test_nearest_use_is_of_the_task_and_its_language(
    shipped: Catalog, task: str, family: str, languages: set[str]
) -> None:
    """The two nearest have its family or a related one, and the first its language; shares are those of a whole."""
    understood, _ = shipped.read(task)
    near = shipped.uses(understood, tuple(str(code) for code in understood.values("language")))
    assert family in {use.family for use, _ in near[:NEAREST]}
    assert languages <= near[0][0].languages
    assert sum(share for _, share in near) == pytest.approx(1.0)
    assert [share for _, share in near] == sorted((share for _, share in near), reverse=True)


def test_other_language_has_another_nearest_use(shipped: Catalog) -> None:
    """The language decides between uses of one kind, not the words for it."""
    first = {}
    for name, code in (("French", "fr"), ("Russian", "ru"), ("Spanish", "es")):
        understood, _ = shipped.read(f"sentiment of {name} product reviews")
        first[code] = shipped.uses(understood, (code,))[0][0]
    assert all(code in use.languages for code, use in first.items())
    assert len(set(first.values())) == len(first)


def test_search_says_what_a_model_is_named_for(shipped: Catalog) -> None:
    """Models of the nearest use are on the page, and it says so."""
    task = "is this e-mail spam"
    understood, _ = shipped.read(task)
    wanted = named(shipped.uses(understood)[:1], shipped._store.row_of)
    hits = shipped.search(task, filters=Filters(families=frozenset({"text-classification"})))
    shown = [hit for hit in hits if shipped._store.row_of(hit.card.id) in wanted]
    assert shown
    assert all(any(reason.startswith("shortlisted for") for reason in hit.why) for hit in shown)


def test_each_model_is_named_for_its_own_reason(shipped: Catalog) -> None:
    """Not all in the words of one use: by the wording that its name is like; a general one for how many it is named."""
    understood, _ = shipped.read("which emotion is in this message")
    near = shipped.uses(understood)
    assert shortlisted(near, "SamLowe/roberta-base-go_emotions") != shortlisted(near, "nobody/knows-this")
    said = [shortlisted(near, model) or "" for use, _ in near[:1] for model in use.models]
    assert len(set(said)) > 2
    assert any(each.endswith("kinds of task") for each in said)
    assert any('"' in each for each in said)


def _card(model: str, **facts: object) -> ModelCard:
    card = ModelCard(id=model, family="text-classification", downloads=100, sources=("test",))
    for name, value in facts.items():
        object.__setattr__(card, name, value)
    return card


def test_named_model_and_its_copy_come_first(make: Callable[[list[ModelCard]], Catalog]) -> None:
    """Even where its name and topics say nothing of the task; a copy stands in where a constraint rules it out."""
    use = next(use for use in uses() if use.family == "text-classification" and "fr" in use.languages)
    model = use.models[-1]
    copy = f"somebody/{model.rpartition('/')[2]}-GGUF"
    others = [_card(f"somebody/plain-{at}", downloads=1_000) for at in range(30)]
    files = {"files": (WeightFile(format="gguf"),)}
    catalog = make([*others, _card(model), _card(copy, base_model=model, base_relation="quantized", **files)])
    task = use.wordings[0]
    first = catalog.search(task, limit=1)[0]
    assert first.card.id == model
    of_format = catalog.search(task, filters=Filters(formats=frozenset({"gguf"})), limit=1)
    assert [hit.card.id for hit in of_format] == [copy]


def test_languages_are_left_out_unless_nothing_is_left() -> None:
    """What a task is about does not depend on the language of its texts."""
    assert without_languages("sort German mails").split() == ["sort", "mails"]
    assert without_languages("French") == "French"


def test_kept_matrix_is_made_once_and_again_when_damaged(tmp_path: Path) -> None:
    """The same comes back, from the file or made; a damaged file and a folder that cannot be written do no harm."""
    made = []

    def make_it() -> "np.typing.NDArray[np.float32]":
        made.append(1)
        return np.array([[0.1, 2.0]], dtype=np.float32)

    first = kept(tmp_path, "some", make_it)
    assert np.array_equal(kept(tmp_path, "some", make_it), first)
    assert len(made) == 1
    for times, damaged in enumerate((b"no array", b""), start=2):
        (tmp_path / "some.npy").write_bytes(damaged)
        assert np.array_equal(kept(tmp_path, "some", make_it), first)
        assert np.array_equal(kept(tmp_path, "some", make_it), first)
        assert len(made) == times
    assert np.array_equal(kept(tmp_path / "missing", "some", make_it), first)
    assert [path.name for path in tmp_path.iterdir()] == ["some.npy"]


def test_kept_words_come_back_as_they_were(tmp_path: Path) -> None:
    """Texts and whole numbers are kept exactly, whatever their size."""
    words = np.array([("sort", 1), ("ticket", 4099)], dtype=[("word", "U6"), ("place", np.int32)])
    for _ in range(2):
        assert kept(tmp_path, "words", lambda: words).tolist() == words.tolist()
