"""Translation: tiny models of real architectures as they are, given the language; chrF."""

from functools import partial
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.families.translation import FAMILY
from advisor.task.examples import load_examples
from advisor.task.file import load_task
from tests.conftest import Home
from tests.families.support import recommend, scores, write_task
from tests.families.test_summarization import WORDS
from tests.probe.tiny import GERMAN, tiny
from tests.tables import for_each

scored = partial(scores, FAMILY)


def test_a_translator_as_it_is(ready_home: Home, tmp_path: Path) -> None:
    """A model of many pairs, which needs the language, as `tests.cli.test_export` has one of one."""
    rows = [{"text": text, "translation": " ".join(GERMAN[word] for word in text.split())} for text in WORDS]
    task = write_task(
        tmp_path, rows, family="translation", instruction="Translate the text.", models=[str(tiny("mbart"))],
        prompt={"max_tokens": 16}, bar={"pass_rate": 0.7}, translate={"source": "en", "target": "de"},
    )  # fmt: skip
    ran, document = recommend(ready_home, task)
    assert ran.code == 0, ran.err + str(document.get("candidates"))
    assert document["recommended"]["runtime"] == "transformers"
    compile(document["recommended"]["usage"], "usage", "exec")


@for_each(
    ("output", "expected", "least", "most"),
    [
        ("Le jour est gris.", "Le jour est gris.", 1.0, 1.0),
        ("Le jour est gris", "Le jour est beau", 0.4, 0.9),
        ("nothing", "Le jour est beau", 0.0, 0.2),
        ("", "Le jour", 0.0, 0.0),
        ("b", ["a", "b"], 1.0, 1.0),
    ],
)
def test_chrf(output: str, expected: object, least: float, most: float) -> None:
    """Against the nearest reference."""
    assert least <= scored(output, expected)["chrf"] <= most


def test_bleu_counts_characters_where_words_are_not_spaced() -> None:
    """By the language of the task; where it names none, by the script of what is expected."""
    as_words = scored("今日は晴れです", "今日は雨です", target="de")["bleu"]
    assert as_words < 0.1 < scored("今日は晴れです", "今日は雨です")["bleu"]
    assert (
        scored("今日は晴れです", "今日は雨です")["bleu"]
        == scored("今日は晴れです", "今日は雨です", target="ja")["bleu"]
    )


@for_each(
    ("output", "expected", "languages"),
    [
        (
            "我今天很高兴见到你们大家",
            "我今天很高兴见到你们各位",
            ["zh", "zho_Hans", "zh-CN", "Chinese", "Chinese (Simplified)", "中文", "cmn", "yue_Hant"],
        ),
        ("今日は晴れです", "今日は雨です", ["ja", "jpn_Jpan", "ja_XX", "Japanese", "JA"]),
        ("วันนี้อากาศดีมาก", "วันนี้อากาศดี", ["th", "tha_Thai", "Thai"]),
    ],
)
def test_bleu_knows_a_language_by_any_of_its_names(output: str, expected: str, languages: list[str]) -> None:
    """A code, a tag with script or region, a name."""
    found = {scored(output, expected, target=language)["bleu"] for language in languages}
    assert len(found) == 1
    assert found.pop() > 0.25


@for_each("language", ["ms-MY", "en-TH", "Malay", "Brazilian Portuguese"])
def test_a_region_is_no_language(language: str) -> None:
    """Malay of Malaysia ("MY") is not Burmese ("my"): its words are set apart."""
    said, wanted = "saya suka membaca buku baru", "saya suka membaca buku lama"
    assert scored(said, wanted, target=language) == scored(said, wanted, target="de")


@for_each(
    ("translate", "note"),
    [
        ({"target": "de"}, "names the target alone; models of many languages and providers need both: set"),
        ({"source": "en"}, "names the source alone"),
        ({"source": "en", "target": "de"}, None),
        (None, None),
    ],
)
def test_one_language_alone_is_noted_before_anything_is_loaded(
    tmp_path: Path, translate: dict[str, str] | None, note: str | None
) -> None:
    """The plan names models that need both."""
    rows = [{"text": text, "translation": text} for text in WORDS]
    more = {} if translate is None else {"translate": translate}
    task = load_task(write_task(tmp_path, rows, family="translation", **more))
    notes = [each for each in load_examples(task, tmp_path).notes if "translate" in each]
    assert len(notes) == (note is not None)
    assert note is None or note in notes[0]


@settings(max_examples=50)
@given(st.text(), st.lists(st.text(min_size=1), min_size=1, max_size=3), st.sampled_from(["zh", "ja", "de", ""]))
def test_any_translation_is_scored(output: str, references: list[str], language: str) -> None:
    assert all(0 <= value <= 1 for value in scored(output, references, target=language).values())
