"""What is asked, and why: worth is computed over the models that stand, and what changes nothing is not asked."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.candidates.installed import InstalledModel, LocalFacts
from advisor.candidates.layout import Form
from advisor.errors import InputError
from advisor.families import FAMILY_NAMES, family
from advisor.interview import value_of_information
from advisor.interview.answers import FORGOTTEN, UNASKED, checked
from advisor.interview.ask import next_question, weigh
from advisor.interview.facts import Source
from advisor.interview.feasibility import Pool, limits
from advisor.interview.understand import Seen, understand, with_granted
from advisor.interview.write_task import task_document
from advisor.system.machine import Machine
from advisor.units import format_bytes
from catalog import Catalog, ModelCard, open_catalog
from catalog.card import WeightFile
from catalog.store.compiler import compile_cards

GB = 10**9
HERE = Machine(16 * GB, 12 * GB, 4)
WORDS = "sort support mails into billing, bug, other"


def pool(catalog: Catalog, **more: Any) -> Pool:
    """Return where candidates come from, on a machine with 16 GB that reaches the Hub."""
    given = {"installed": (), "hub": True, "here": HERE, "disk": 100 * GB} | more
    installed = given.pop("installed")
    return Pool(catalog, installed, **given)


def seen(words: str, of: Pool, answers: dict[str, Any] | None = None) -> Seen:
    """Return what is known of a task without a file of examples."""
    return understand(words, {"examples": None, "instruction": words} | (answers or {}), of, of.catalog)


def by_key(of: Seen, among: Pool) -> dict[str, Any]:
    """Return the questions still open, each with its worth, by key."""
    return {each.question.key: each for each in weigh(of, among)}


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """A catalog of 40 classifiers that differ in size alone: one licence, one language."""
    folder = tmp_path_factory.mktemp("alike")
    compile_cards(
        [
            ModelCard(
                id=f"someone/classifier-{at}", family="text-classification", parameters=(at + 1) * 10**7,
                parameters_standing="exact", files=(WeightFile("model.safetensors", size=(at + 1) * 4 * 10**7),),
                license="apache-2.0", languages=("en",), library="transformers", downloads=1000 + at,
            )
            for at in range(40)
        ],
        folder,
    )  # fmt: skip
    with open_catalog(folder) as catalog:
        yield catalog


@given(st.integers(0, 5000), st.lists(st.integers(0, 5000), min_size=1, max_size=5))
def test_worth_is_the_expected_share_that_changes(now: int, counts: list[int]) -> None:
    """Within 0 and 1; 0 where every answer leaves what stands or nothing, and only there."""
    options = [value_of_information.Option(at, "", 1 / len(counts), lambda same: same) for at in range(len(counts))]
    weighed = [value_of_information.Weighed(option, n) for option, n in zip(options, counts, strict=True)]
    value = value_of_information.worth(now, weighed)
    assert 0.0 <= value <= 1.0 + 1e-9
    assert (value > 1e-12) == any(n not in (now, 0) for n in counts)


def test_worth_by_hand() -> None:
    """Half of the answers halve what stands, a quarter leave none, a quarter change nothing: 0.25 + 0.25."""
    options = [
        value_of_information.Option(at, "", chance, lambda same: same) for at, chance in enumerate((0.5, 0.25, 0.25))
    ]
    weighed = [value_of_information.Weighed(option, n) for option, n in zip(options, (50, 0, 100), strict=True)]
    assert value_of_information.worth(100, weighed) == pytest.approx(0.5)


@pytest.mark.parametrize("words", [WORDS, "name people and places in German news, 8 GB", "search our handbook"])
def test_the_numbers_reported_are_those_of_the_catalog(shipped: Catalog, words: str) -> None:
    """Each choice's count is that of the cards that break no limit, taken one by one; "why" has the least and most."""
    among = pool(shipped)
    known = seen(words, among)
    now, cards = limits(known.understanding), list(shipped.cards())
    asked = by_key(known, among)
    offered: dict[str, Sequence[value_of_information.Option]] = {
        "constraints.license": value_of_information.license_options(),
        "constraints.languages": value_of_information.language_options(),
        "constraints.max_memory": value_of_information.memory_options(among.memory),
    }
    for key, options in offered.items():
        if key not in asked:
            assert known.understanding.get(key) is not None
            continue
        question = asked[key].question
        counts = []
        for choice, option in zip(question.choices, options, strict=True):
            filters = among.filters(option.limit(now))
            counts.append(sum(filters.allows(card) for card in cards))
            assert choice.detail == f"{counts[-1]:,} models left"
        standing = sum(among.filters(now).allows(card) for card in cards)
        output = [int(number.replace(",", "")) for number in re.findall(r"[\d,]*\d", question.why)]
        assert output == [max(*counts, standing), min(*counts, standing)]
        changed = sum(
            option.chance * (1 - min(n, standing) / max(n, standing, 1))
            for option, n in zip(options, counts, strict=True)
        )
        assert asked[key].worth == pytest.approx(changed)


def test_the_question_that_is_worth_most_comes_first(shipped: Catalog) -> None:
    """Of those weighed, and none below the least worth is asked at all."""
    among = pool(shipped)
    known = seen(WORDS, among)
    weighed = weigh(known, among)
    assert [each.worth for each in weighed] == sorted((each.worth for each in weighed), reverse=True)
    first = next_question(known, among)
    assert first is not None
    assert first.key == weighed[0].question.key
    answers: dict[str, Any] = {}
    while (question := next_question(seen(WORDS, among, answers), among)) is not None:
        assert by_key(seen(WORDS, among, answers), among)[question.key].worth >= value_of_information.LEAST_WORTH
        assert question.key not in answers
        answers[question.key] = None  # "I don't know"
    left = weigh(seen(WORDS, among, answers), among)
    assert all(each.worth < value_of_information.LEAST_WORTH for each in left)


def test_what_cannot_change_the_outcome_is_not_asked(alike: Catalog) -> None:
    """All models have one licence and one language: who may use them, and in English, decides nothing."""
    among = pool(alike)
    asked, answers = [], dict[str, Any]()
    while (question := next_question(seen(WORDS, among, answers), among)) is not None:
        asked.append(question.key)
        answers[question.key] = question.default
    weighed = by_key(seen(WORDS, among), among)
    assert weighed["constraints.license"].worth == 0.0
    assert "constraints.license" not in asked
    # The models are small: the machine's memory and the budgets beyond the largest decide nothing either.
    assert weighed["constraints.max_memory"].worth < value_of_information.LEAST_WORTH
    assert "constraints.max_memory" not in asked
    assert "download" in asked  # whether they can be had at all does


def test_an_answer_that_is_known_is_not_asked_for(shipped: Catalog) -> None:
    """From the words, from an answer, and "I don't know" alike; each narrows what is worth asking."""
    among = pool(shipped)
    words = f"{WORDS}; German, Apache 2.0, 4 GB laptop, answers within a second"
    known = seen(words, among)
    for key in ("constraints.license", "constraints.languages", "constraints.max_memory", "bar.p95_seconds"):
        fact = known.understanding.get(key)
        assert fact is not None
        assert fact.source is Source.WORDS
        assert key not in by_key(known, among)
    assert "download" not in by_key(seen(words, among, {"download": None}), among)
    few, many = known.understanding.candidates, seen(WORDS, among).understanding.candidates
    assert few is not None
    assert many is not None
    assert few < many


@pytest.mark.parametrize(
    ("disk", "proposed", "offered"),
    [
        (None, 0, [0, GB // 2, 2 * GB, 10 * GB]),
        (100 * GB, 2 * GB, [0, GB // 2, 2 * GB, 10 * GB]),
        (8 * GB, GB // 2, [0, GB // 2, 2 * GB]),
        (GB, 0, [0, GB // 2]),
        (GB // 10, 0, [0]),
    ],
)
def test_what_may_be_downloaded_follows_the_free_disk(
    shipped: Catalog, disk: int | None, proposed: int, offered: list[int]
) -> None:
    """No budget beyond the disk is offered, and what is proposed fills a tenth of it at most."""
    among = pool(shipped, disk=disk)
    question = by_key(seen(WORDS, among), among)["download"].question
    assert [choice.value for choice in question.choices] == offered
    assert question.default == proposed
    assert ("are free" in question.default_from) == (disk is not None)


def test_memory_is_that_of_the_machine(shipped: Catalog) -> None:
    """The default is this machine, with its figure; no smaller machine than there are is offered."""
    for total, smaller in ((2 * GB, [GB]), (16 * GB, [GB, 4 * GB, 8 * GB]), (64 * GB, [GB, 4 * GB, 8 * GB, 16 * GB])):
        among = pool(shipped, here=Machine(total, total, 4))
        known = seen(WORDS, among)
        question = by_key(known, among)["constraints.max_memory"].question
        assert [choice.value for choice in question.choices] == [None, *smaller]
        assert question.default is None
        fact = known.understanding.get("memory")
        assert fact is not None
        assert (fact.value, fact.source) == (among.memory, Source.MACHINE)
        assert fact.value <= total
        assert question.default_from == f"this machine has {format_bytes(among.memory)} for it"


def test_processors_decide_which_models_answer_in_time(shipped: Catalog) -> None:
    """A tenth of a second leaves fewer models on one processor than on eight."""
    counts = []
    for processors in (1, 8):
        among = pool(shipped, here=replace(HERE, processors=processors))
        among.__dict__["_speed"] = 2e10  # floating-point operations a second; a measured one is noisy
        question = by_key(seen(WORDS, among), among)["bar.p95_seconds"].question
        counts.append(int(question.choices[-1].detail.split()[0].replace(",", "")))
    assert counts[0] < counts[1]


def test_a_graphics_card_is_reported_and_limits_nothing(shipped: Catalog) -> None:
    """What this machine happens to have rules out no model that needs none; a user who wants one rules them out."""
    bare, carded = pool(shipped), pool(shipped, gpus=("NVIDIA T4, 15 GiB",))
    without, having = seen(WORDS, bare), seen(WORDS, carded)
    facts = [each.understanding.get("device") for each in (without, having)]
    assert [(fact.value, fact.source) for fact in facts if fact] == [("cpu", Source.MACHINE), ("gpu", Source.MACHINE)]
    assert facts[1] is not None
    assert facts[1].words == "NVIDIA T4, 15 GiB"
    assert without.understanding.candidates == having.understanding.candidates
    asked = seen(WORDS, carded, {"device": "gpu"}).understanding.candidates
    assert asked is not None
    assert having.understanding.candidates is not None
    assert asked <= having.understanding.candidates


def test_servers_are_asked_about_where_some_run(shipped: Catalog) -> None:
    """Nothing is asked without one; with one the question tells how many models it offers and what they add."""
    none, some = pool(shipped), pool(shipped, served=30, hub=False)
    assert "servers" not in by_key(seen(WORDS, none), none)
    question = by_key(seen(WORDS, some), some)["servers"].question
    assert question.default == "auto"
    assert "offers 30 models" in question.default_from
    assert [choice.detail for choice in question.choices] == ["30 models left", "no model would be left"]


def test_models_on_this_disk_are_counted(alike: Catalog, tmp_path: Path) -> None:
    """Those of the catalog once, others besides; without a Hub they alone stand, and nothing is asked about it."""
    form = Form("transformers", ("model.safetensors",), 40_000_000, "fp32", ability="classify")
    known = InstalledModel("someone/classifier-0", "f" * 40, "cache", tmp_path, (form,))
    own = InstalledModel("my-fine-tune", None, "folder", tmp_path, (form,))
    broken = InstalledModel("broken", None, "folder", tmp_path, (form,), reason="weights are cut short")
    with_hub = pool(alike, installed=(known, own, broken))
    assert with_hub.count(limits(seen(WORDS, with_hub).understanding)) == 41
    question = by_key(seen(WORDS, with_hub), with_hub)["download"].question
    assert question.choices[0].detail == "2 models left"
    assert question.default_from.startswith("2 models are on this disk")
    alone = pool(alike, installed=(known, own, broken), hub=False)
    assert alone.count(limits(seen(WORDS, alone).understanding)) == 2
    assert "download" not in by_key(seen(WORDS, alone), alone)


def test_vectors_that_are_looked_up_are_in_time_however_many(shipped: Catalog, tmp_path: Path) -> None:
    """A limit of milliseconds rules out an encoder of that size, and no table of vectors."""
    counts = []
    for runtime in ("static", "sentence-transformers"):
        form = Form(runtime, ("model.safetensors",), 600_000_000, "fp32", ability="encode", parameters=150_000_000)
        own = InstalledModel("own", None, "folder", tmp_path, (form,))
        of = pool(shipped, installed=(own,), hub=False)
        of.__dict__["_speed"] = 2e10
        known = seen(WORDS, of, {"family": "text-classification", "bar.p95_seconds": 0.002})
        counts.append(of.count(limits(known.understanding)))
    assert counts == [1, 0]


def test_noises_have_no_language(shipped: Catalog, tmp_path: Path) -> None:
    """Where an English model of speech is all that there is, too: its encoder hears pumps as well."""
    form = Form("faster-whisper", ("model.bin",), 40_000_000, "fp16", ability="listen")
    english = InstalledModel("whisper", None, "folder", tmp_path, (form,), facts=LocalFacts(languages=("en",)))
    of = pool(shipped, installed=(english,), hub=False)
    known = seen("tell the state of a pump from its sound", of, {"family": "audio-classification"})
    assert "constraints.languages" not in by_key(known, of)
    spoken = seen("write down what is said", of, {"family": "automatic-speech-recognition"})
    assert "constraints.languages" in by_key(spoken, of)


def test_the_bar_tells_what_its_proof_takes(shipped: Catalog) -> None:
    """A higher bar takes more examples, and fewer models are guessed to reach it."""
    among = pool(shipped)
    question = by_key(seen(WORDS, among), among)["bar.pass_rate"].question
    output = [[int(n.replace(",", "")) for n in re.findall(r"[\d,]*\d", choice.detail)] for choice in question.choices]
    assert [models for models, _ in output] == sorted((models for models, _ in output), reverse=True)
    assert [examples for _, examples in output] == sorted(examples for _, examples in output)
    assert question.default == 0.9
    # Fewer cannot prove it, however many candidates share the error: as the plan's "that takes at least 29".
    assert next(choice.detail for choice in question.choices if choice.value == 0.9).endswith(
        "takes 29 examples at least"
    )


def test_kinds_of_task_are_reported_in_plain_words(shipped: Catalog) -> None:
    """Who has to choose one reads what its answers are; the likely ones come first, with how likely."""
    among = pool(shipped)
    question = next_question(understand("what this is about", {"examples": None}, among, shipped), among)
    assert question is not None
    assert question.key == "family"
    assert {choice.value for choice in question.choices} == set(FAMILY_NAMES)
    assert all(choice.detail.startswith(family(str(choice.value)).gist) for choice in question.choices)
    assert len({family(name).gist for name in FAMILY_NAMES}) == len(FAMILY_NAMES)


def test_an_answer_that_leaves_no_model_says_so(alike: Catalog) -> None:
    """Before it is given, where it can still be another."""
    among = pool(alike)
    asked = by_key(seen(WORDS, among), among)
    choices = [choice for each in asked.values() for choice in each.question.choices]
    assert "no model would be left" in {choice.detail for choice in choices}
    assert not [choice for choice in choices if choice.detail.startswith("0 ") and "left" in choice.detail]
    assert [each for each in asked.values() if each.question.why.endswith(" and none.")]


def test_what_is_taken_for_granted_can_be_seen(alike: Catalog) -> None:
    """The download budget and the models are listed though they were not asked; answers override them."""
    known = seen(WORDS, pool(alike)).understanding
    shown = with_granted(known, may_download=True)
    granted = {fact.key: fact.value for fact in shown.facts if fact.source is Source.DEFAULT}
    assert (granted["models"], granted["download"]) == ([], 0)
    assert "models" not in task_document(shown)
    assert with_granted(known, may_download=False).get("download") is None
    said = seen(WORDS, pool(alike), {"download": 2 * GB, "models": ["org/a"], "tuning": "try"}).understanding
    assert with_granted(said, may_download=True) == said


@pytest.mark.parametrize(("most", "is_asked"), [(50, False), (74, False), (80, True), (96, True)])
def test_a_rate_on_each_label_is_asked_for_where_most_have_one(
    alike: Catalog, tmp_path: Path, *, most: int, is_asked: bool
) -> None:
    """One question, only then; nothing is asked of each label where that is not answered, and it says why it asks."""
    mails = tmp_path / "mails.csv"
    rows = [f"a mail number {n} about lunch,ham" for n in range(most)]
    rows += [f"a prize worth {n},spam" for n in range(100 - most)]
    mails.write_text("\n".join(["text,label", *rows]) + "\n", encoding="utf-8")
    of = pool(alike)
    found = understand("tell spam from ham mails", {"examples": str(mails)}, of, alike)
    asked = by_key(found, of)
    assert ("bar.per_label" in asked) is is_asked
    words = "tell spam from ham mails. never delete what a customer wrote"
    weighed = by_key(understand(words, {"examples": str(mails)}, of, alike), of)["bar.per_label"].question
    assert "'never delete what a customer wrote' sets no bar: none of 'ham', 'spam' stands in it." in weighed.why
    assert weighed.default == (0.5 if is_asked else None)
    assert [each.value for each in weighed.choices[:3]] == [None, {"ham": 0.9}, {"spam": 0.9}]
    if not is_asked:
        return
    question = asked["bar.per_label"].question
    assert (question.default, question.may_skip) == (0.5, True)
    assert f"{most} of 100 labels ({most}%) are 'ham'" in question.why
    for answer, kept in ((0.8, 0.8), (None, None)):
        output = understand("tell spam from ham mails", {"examples": str(mails), "bar.per_label": answer}, of, alike)
        assert "bar.per_label" not in by_key(output, of)
        assert (task_document(output.understanding).get("bar") or {}).get("per_label") == kept


def test_a_label_that_must_never_be_missed_is_said_to_have_the_rate_of_all(alike: Catalog, tmp_path: Path) -> None:
    """What is said of all inputs is the bar; that "never" cannot be proven is said."""
    mails = tmp_path / "mails.csv"
    labels = ("Hot lead", "Complaint", "Spam")
    mails.write_text("\n".join(["text,label", *(f"mail {n},{labels[n % 3]}" for n in range(60))]), "utf-8")
    words = "Sort our mailbox: hot lead, complaint or spam. A hot lead must never be missed; 90% overall"
    known = understand(words, {"examples": str(mails)}, pool(alike), alike).understanding
    own, bar = known.get("bar.per_label"), known.get("bar.pass_rate")
    assert own is not None
    assert bar is not None
    assert (own.value, own.words.strip()) == ({"Hot lead": 0.9}, "A hot lead must never be missed")
    assert (bar.value, bar.source, bar.words.strip()) == (0.9, Source.WORDS, "90%")
    (notice,) = (each for each in known.notices if each.key == "label_bar")
    assert notice.text.startswith(
        "'A hot lead must never be missed' cannot be proven for any model; of 'Hot lead' 90% must"
    )


def test_rates_on_labels_that_are_forgotten_are_asked_about(alike: Catalog, tmp_path: Path) -> None:
    """Whatever the words say of them, and without a label that most rows have."""
    mails = tmp_path / "mails.csv"
    mails.write_text("\n".join(["text,label", *(f"mail {n},{'ham' if n % 2 else 'spam'}" for n in range(60))]), "utf-8")
    of, words = pool(alike), "tell spam from ham mails; find at least 95% of the spam"
    before = understand(words, {"examples": str(mails)}, of, alike)
    assert before.understanding.value("bar.per_label") == {"spam": 0.95}
    asked = by_key(understand(words, {"examples": str(mails), FORGOTTEN: ["bar.per_label"]}, of, alike), of)
    question = asked["bar.per_label"].question
    assert question.default is None
    assert asked["bar.per_label"].worth >= value_of_information.LEAST_WORTH
    assert "e.g. spam: 95%" in question.why or "e.g. ham: 95%" in question.why


def test_rates_on_labels_are_read_as_people_write_them() -> None:
    """One for all, or one for each that is named; in percent too."""
    assert checked("bar.per_label", "80%") == 0.8
    assert checked("bar.per_label", "spam: 70%, not spam, ham: 0,5\nc: d: 90") == {
        "spam": 0.7,
        "not spam, ham": 0.5,
        "c: d": 0.9,
    }
    assert checked("bar.per_label", {"spam": "70%", "ham": 0.5}) == {"spam": 0.7, "ham": 0.5}
    with pytest.raises(InputError, match="is not a share between 0 and 1"):
        checked("bar.per_label", "often")
    for no_rate in ({}, "spam: often", "spam: 90%, ham"):
        with pytest.raises(InputError):
            checked("bar.per_label", no_rate)


def test_labels_that_words_name_in_brackets_stand_in_the_field(alike: Catalog, tmp_path: Path) -> None:
    """A list that says itself that it is not complete is no fact, but a beginning."""
    path = tmp_path / "list.txt"
    path.write_text("".join(f"an old thing from house number {n}\n" for n in range(30)), "utf-8")
    words = "sort the inventory by kind of thing (map, letter, photo, ...)"
    of = pool(alike)
    answers = {"examples": str(path), "family": "text-classification", "no_examples": "label"}
    question = next_question(understand(words, answers, of, alike), of)
    assert question is not None
    assert (question.key, question.default) == ("labels", ["map", "letter", "photo"])


def test_the_bar_is_always_asked_and_the_usual_one_is_none_that_somebody_named(shipped: Catalog) -> None:
    """Where it decides between no models, too: only the user knows it. Taken unasked, a task has no bar of its own."""
    of = pool(shipped, hub=False)
    asked = by_key(seen("tell whether two questions mean the same", of), of)["bar.pass_rate"]
    assert asked.worth >= value_of_information.LEAST_WORTH
    for answer, named in (({}, {"pass_rate": 0.9}), ({UNASKED: {"bar.pass_rate": [0.9, "the usual"]}}, None)):
        known = seen(WORDS, of, {"bar.pass_rate": 0.9} | answer).understanding
        assert task_document(known).get("bar") == named
