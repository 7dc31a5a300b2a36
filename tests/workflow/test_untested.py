"""A task without examples has a shortlist: what would be tried, by its words and the catalog."""

import json

import pytest

from advisor.families import FAMILY_NAMES
from advisor.interview.facts import Fact, Source, Understanding
from advisor.interview.understand import understand
from advisor.workflow.untested import untested
from catalog import Catalog
from tests.conftest import Home, run_advisor
from tests.interview.test_worth import pool

WORDS = "Sort Portuguese customer reviews of our shop into positive, neutral and negative"


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_each_family_has_a_shortlist_without_examples(family: str, shipped: Catalog) -> None:
    """Of several sizes, each with a reason; no reason counts training rows, as there are none."""
    known = Understanding((Fact("words", "our German letters", Source.ANSWER), Fact("family", family, Source.ANSWER)))
    found = untested(known, shipped)
    assert found is not None
    candidates = found.shortlist.candidates
    assert len(candidates) > 2
    assert all(each.why for each in candidates)
    assert not any("on 4" in why for each in candidates for why in each.why)
    assert untested(Understanding(), shipped) is None


def test_an_option_that_does_not_fit_the_task_is_named(ready_home: Home) -> None:
    """As with a file of examples, in one line; a quiet command prints no shortlist."""
    words = "summarise council minutes in one paragraph"
    ran = run_advisor(ready_home, "recommend", words, "--set", "bar.per_label=0.9", "--plan-only")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1].startswith("error: bar.per_label: summarization has no labels")
    quiet = run_advisor(ready_home, "recommend", words, "--quiet")
    assert (quiet.code, quiet.out) == (2, "")


def test_what_words_leave_open_is_guessed_and_said(ready_home: Home) -> None:
    """The kind of task, which of several target languages; a kind that is not scored has the catalog's models."""
    phone = (
        "On a phone, turn a spoken-style request ('set a timer for ten minutes and text Ana I'm late') into calls "
        "of our twelve functions"
    )
    ran = run_advisor(ready_home, "recommend", phone, "--plan-only")
    assert ran.code == 0
    assert ran.out.startswith("It is not clear from the words what kind of task this is")
    assert "--set family=" in ran.out
    leaflets = "Translate leaflets from English to Swahili and Hausa"
    ran = run_advisor(ready_home, "recommend", leaflets, "--plan-only", "--json", "--download", "4GB")
    found = json.loads(ran.out)
    assert found["note"] == "One language at a time: these are for Swahili; --set translate.target=ha for another."
    assert "Helsinki-NLP/opus-mt-en-sw" in {each["model"] for each in found["candidates"]}
    for words, first in (
        ("Forecast weekly sales for 300 stores eight weeks ahead", "time series forecasting"),
        ("Pull number and total out of scanned invoices as JSON, the input are images", "reading pictures"),
    ):
        ran = run_advisor(ready_home, "recommend", words, "--plan-only")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith(f"Not tested: answers of {first} are not scored here. The catalog has for it:")
    ran = run_advisor(ready_home, "recommend", "Forecast weekly sales", "--plan-only", "--json")
    assert {each["family"] for each in json.loads(ran.out)["models"]} == {"time-series-forecasting"}


def test_words_alone_end_in_a_shortlist(ready_home: Home) -> None:
    """The limits of the words hold; without --plan-only the examples are missing all the same."""
    ran = run_advisor(ready_home, "recommend", f"{WORDS}, at most 700 MB of memory", "--plan-only", "--json")
    found = json.loads(ran.out)
    assert (ran.code, found["family"]) == (0, "text-classification")
    models = {each["model"]: each for each in found["candidates"]}
    assert "pysentimiento/bertabaporu-pt-sentiment" in models
    assert all(each["serving_bytes"] <= 700 * 10**6 for each in models.values())
    ran = run_advisor(ready_home, "recommend", WORDS)
    assert ran.code == 2
    assert "pysentimiento/bertabaporu-pt-sentiment: fine-tuned for this" in ran.out
    assert "--examples FILE" in ran.err


@pytest.mark.parametrize(
    ("words", "family", "has", "lacks"),
    [
        # One that answers too slowly by its prediction; one of code among prose.
        ("Search our wiki by meaning, answers under 10 ms", "text-retrieval", "encode", ("Qwen/Qwen3-Embedding-0.6B",)),
        ("Find the function in our code base that does what a developer describes", "text-retrieval", "code", ()),
        ("Work out in which language each message is written", "text-classification", "language", ("bge-small-en",)),
        ("Tell which language a post is in, also Catalan and Basque", "text-classification", "language", ("qanastek",)),
        ("Find phone numbers and bank details to black out in chats", "token-classification", "pii", ("web_sm",)),
        ("Write friendly answers to the letters of our members", "text-generation", "instruct", ("SmolLM2-135M",)),
        # A fine-tuned model in place of its base; no other domain; natural language inference; zero-shot.
        (
            "Write down Swedish radio interviews",
            "automatic-speech-recognition",
            "kblab/kb-whisper-tiny",
            ("openai/whisper-tiny",),
        ),
        ("A microphone beside a road: sirens or horns", "audio-classification", "clap", ("bird",)),
        (
            "Decide whether the paragraph backs the claim, refutes it or says nothing",
            "text-classification",
            "entail",
            ("legal", "nvidia/"),
        ),
        (
            "On user photos, decide between categories we invent ad hoc ('kitchen', 'pothole') without training",
            "image-classification",
            "clip",
            ("resnet", "mobilenet", "dinov2"),
        ),
        (
            "Emails sorted into vaccination, emergency or billing. I haven't labelled any examples",
            "text-classification",
            "zeroshot",
            ("wordllama", "MiniLM-L6-v2\n", "ModernBERT-base\n"),
        ),
        (
            "I write in Polish and my customers read German, translate my e-mails",
            "translation",
            "opus-mt-pl-de",
            ("opus-mt-de-pl",),
        ),
        (
            "Text in dozens of scripts: tell me what language each message is written in",
            "text-classification",
            "glotlid",
            (),
        ),
        (
            "Bullying and slurs must be stopped before anyone sees them; messages are in Spanish and Portuguese",
            "text-classification",
            "toxic",
            (),
        ),
        (
            "Autocomplete for Rust code in the editor; it has to answer in well under a second",
            "text-generation",
            "coder",
            (),
        ),
        (
            "Sort tickets by labels that change, zero-shot; licences for commercial use only",
            "zero-shot-classification",
            "",
            ("MoritzLaurer/deberta-v3-large-zeroshot-v2.0\n",),
        ),
    ],
)
def test_a_shortlist_has_what_suits(
    shipped: Catalog, words: str, family: str, has: str, lacks: tuple[str, ...]
) -> None:
    found = untested(understand(words, {}, pool(shipped), shipped).understanding, shipped)
    assert found is not None
    assert found.family == family
    models = "\n".join([*(each.model for each in found.shortlist.candidates), ""])
    assert not [each for each in lacks if each in models], models
    shown = " ".join([models, *(each.ability for each in found.shortlist.candidates)]).lower()
    assert has in shown, shown


@pytest.mark.parametrize(
    ("words", "is_searched"),
    [
        ("Search our photo archive by a typed sentence", True),
        ("Users type things like 'green armchair' and we show the matching photographs", True),
        ("My photographs, 6,000 of them: I want to type 'dad on the boat' and get the right ones", True),
        ("A clerk types which faults are seen in pictures: scratch or dent", False),
    ],
)
def test_pictures_searched_by_words_are_no_classification(ready_home: Home, words: str, *, is_searched: bool) -> None:
    ran = run_advisor(ready_home, "recommend", words, "--plan-only")
    assert ran.code == 0
    said = "Not tested: answers of picture search by words are not scored here."
    assert ran.out.startswith(said) == is_searched
    assert "google/siglip" in ran.out or not is_searched


def test_what_reads_pictures_is_of_their_kind_in_any_language(ready_home: Home) -> None:
    """No reader of formulas or charts for handwriting; one of another language comes after those of the asked one."""
    words = "Read the handwritten text of old registers, line images cut already, in French"
    ran = run_advisor(ready_home, "recommend", words, "--plan-only", "--json")
    models = [each["id"] for each in json.loads(ran.out)["models"]]
    assert len(models) == 10
    assert not [each for each in models if any(word in each.lower() for word in ("formula", "unimernet", "deplot"))]
    assert "agomberto/trocr-large-handwritten-fr" in models


def test_what_compares_with_names_or_learned_general_classes_says_so(shipped: Catalog) -> None:
    known = understand("A microphone beside a road: sirens or horns", {}, pool(shipped), shipped).understanding
    found = untested(known, shipped)
    assert found is not None
    why = {each.model: each.why[0] for each in found.shortlist.candidates}
    assert {why[each] for each in why if "clap" in each} == {"compares each with your labels' names; needs no training"}
    assert all(why[each].startswith("trained on general classes") for each in why if "finetuned-audioset" in each)


def test_a_catalog_list_has_what_runs_on_this_machine(ready_home: Home) -> None:
    """No quantisation that only a graphics card computes; a constraint is listed once."""
    words = "Pull number and total out of scanned invoices as JSON, the input are images; no graphics card"
    ran = run_advisor(ready_home, "recommend", words, "--plan-only", "--download", "6GB")
    lines = ran.out.splitlines()
    assert sum(line.startswith("Constraint: device cpu") for line in lines) == 1
    assert not [line for line in lines if "-AWQ" in line or "-FP8" in line]
    assert any("VL" in line for line in lines)
