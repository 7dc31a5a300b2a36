"""What free text says of a task: facts, each with the words it was read from."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from advisor.families import FAMILY_NAMES
from advisor.interview.answer_forms import LONGEST_TEXT
from advisor.interview.facts import Source
from advisor.interview.text.instruct import instruction
from advisor.interview.text.label_lists import in_brackets, labels
from advisor.interview.text.terms import terms
from advisor.interview.text.words import families, from_words, in_length
from advisor.interview.text.words import read as read_text
from benchmarks.catalog.quality import read_queries
from catalog import PERMISSIVE_LICENSES, Catalog
from tests.tables import for_each

# Texts as people write them: with all facts that they say but the instruction, or with the instruction alone. "round"
# counts the texts written down with their facts before the reader saw them, each round after the one before was learned
# from; 0: written with the reader. "missed" is what is not read.
ROWS = [json.loads(line) for line in Path(__file__).with_name("words.jsonl").read_text(encoding="utf-8").splitlines()]


def read(text: str, catalog: Catalog) -> dict[str, Any]:
    """The facts of a text but the text itself and its instruction, by key."""
    return {fact.key: fact.value for fact in from_words(text, catalog) if fact.key not in {"words", "instruction"}}


@pytest.mark.parametrize("row", [row for row in ROWS if "facts" in row], ids=lambda row: row["text"])
def test_a_text_says_its_facts_and_no_others(row: dict[str, Any], shipped: Catalog) -> None:
    """Every fact expected is there, and none that is not.

    How many were read wholly right at the first try, which is what new texts may expect: of the first 25 the first
    version read 18 (79 of 85 facts); of the next 25 the second, which had learned from the first, 14 (66 of 81); of 20
    more the third 17 (54 of 59), of the last 15 the fourth 9 (40 of 47). Now all are but for what is listed as missed.
    """
    expected = row["facts"]
    if expected.get("constraints.license") == "permissive":
        expected = expected | {"constraints.license": sorted(PERMISSIVE_LICENSES)}
    missed = row.get("missed", ())
    found = {key: value for key, value in read(row["text"], shipped).items() if key not in missed}
    assert found == {key: value for key, value in expected.items() if key not in missed}


@pytest.mark.parametrize("row", [row for row in ROWS if "instruction" in row], ids=lambda row: row["text"])
def test_the_instruction_is_an_order_without_terms(row: dict[str, Any], shipped: Catalog) -> None:
    shown = [fact.value for fact in from_words(row["text"], shipped) if fact.key == "instruction"]
    assert shown == ([] if row["instruction"] is None else [row["instruction"]])


@for_each(
    ("text", "order"),
    [
        ("返信の品質を判定する。人間の評価と8割合っていれば十分", "返信の品質を判定する."),
        ("人間の評価と8割以上一致すれば十分です", "人間の評価と8割以上一致すれば十分です."),
        ("问题分类\uff0c至少90%正确。", "问题分类."),
    ],
)
def test_no_word_is_cut_where_words_have_no_blanks_between(text: str, order: str) -> None:
    found = instruction(text, terms(text), None)
    assert found is not None
    assert found.value == order


@for_each(
    ("text", "kept"),
    [
        ("clasificar correos, nada de nube", "nada de nube"),
        ("Mails sortieren, es darf nichts in die Cloud gehen", "es darf nichts in die Cloud"),
        ("Mails sortieren, nichts darf das Haus verlassen", "nichts darf das Haus verlassen"),
        ("smistare mail, nulla deve uscire dall'azienda", "nulla deve uscire"),
        ("sortuj maile, nic w chmurze", "nic w chmurze"),
        ("e-postaları sınıflandır, bulut yok", "bulut yok"),  # noqa: RUF001
        ("メールを分類、クラウドは使わない", "クラウドは使わない"),
        ("看護記録を要約。外部には送らないこと", "外部には送らない"),
        ("Mails sortieren, läuft auf unserem Server im Rathaus", "auf unserem Server"),
        ("Mails sortieren, nichts davon darf ins Internet", "darf ins Internet"),
        ("sort mails; kids' writing can't leave the school", "can't leave"),
        ("sort mails on our own box", "our own box"),
        ("etiqueta los correos; nada de mandarlos a internet", "nada de mandarlos a internet"),
        ("przetłumacz segmenty, tylko na moim komputerze", "tylko na moim komputerze"),
        ("質問に短く答える。ネットには繋がないパソコンで動かす", "ネットには繋がない"),
        ("توزيع البلاغات على الأقسام. يجب أن يعمل بدون إنترنت", "بدون إنترنت"),
        ("تصنيف البلاغات: لا يخرج الماء، انقطاع الكهرباء", None),
        ("find the only laptop on my list", None),
        ("Mails sortieren, nichts gegen die Cloud", None),
        ("sort mails, not only in the cloud", None),
        ("clasifica fotos: con nube, sin nube", None),
        ("predict which customers leave, nothing else", None),
        ("sort mails; must run on our own laptops", "run on our own laptops"),
        ("sort mails; it must not go on any public cloud", "it must not go on any public cloud"),
        ("find customers that will leave the bank", None),
        ("summarise talks. The recordings must stay on my laptop", "recordings must stay on my laptop"),
        ("clasifica los correos; los datos no pueden salir de la oficina", "no pueden salir"),
        ("clasifica los correos; no puede salir mal más de una de diez", None),
        ("roztřiď dopisy, data nesmí opustit náš server", "nesmí opustit"),
        ("trier les lettres, elles ne doivent pas quitter nos locaux", "ne doivent pas quitter"),
        ("تصنيف الطلبات. البيانات سرية ولا يجوز أن تخرج من الجمعية", "ولا يجوز أن تخرج"),
        ("편지 분류. 데이터가 외부로 나가면 안 됩니다", "나가면 안"),
        ("keep the name of our company as it is", None),
        ("clasifica los correos de nuestra empresa en ventas, soporte y quejas", None),
        ("identifier les clients qui ne veulent pas quitter la marque", None),
        ("predict whether an employee will remain in our company or leave", None),
        ("sort invoices for outside services and messages with no connection to our products", None),
        ("I sit on my own computer and sort mails", None),
    ],
)
def test_that_nothing_may_leave_the_house_is_read_in_any_language(text: str, kept: str | None) -> None:
    found = [text[each.start : each.end] for each in terms(text) if each.key == "in_house" and each.value]
    assert found == ([] if kept is None else [kept])


def test_each_fact_shows_the_words_it_was_read_from(shipped: Catalog) -> None:
    text = "Sort mails into billing, bug or other; 4 GB laptop, must stay in house, about 20k mails a day"
    words = {fact.key: fact.words for fact in from_words(text, shipped)}
    assert words["labels"] == "billing, bug or other"
    assert words["constraints.max_memory"] == "4 GB"
    assert words["in_house"] == "stay in house"
    assert words["instruction"] == "Sort mails into billing, bug or other"
    assert words["words"] == text


@for_each(
    "text",
    [
        "wyciągnij nr rej. z maila jako JSON",
        "aus der Mail das Kennzeichen als JSON ausgeben",
        "estrai la targa dalla mail in formato JSON",
        "hämta regnumret ur mejlet som JSON",
    ],
)
def test_an_answer_as_json_is_one_of_fields_in_any_language(text: str, shipped: Catalog) -> None:
    shares = dict(families(text, shipped))
    assert shares["json-extraction"] > shares.get("text-generation", 0.0)


def test_families_are_those_that_can_be_probed_and_leave_room_for_the_others(shipped: Catalog) -> None:
    """A picture of a cat cannot be probed: what is likeliest has a small share."""
    shown = families("Transcribe calls, tag the intent, pull out names", shipped)
    assert shown[0][0] == "automatic-speech-recognition"
    assert all(name in FAMILY_NAMES for name, _ in shown)
    assert sum(share for _, share in families("generate a picture of a cat", shipped)) < 0.5
    assert families(" ", shipped) == []


# What a query labelled with a family of the Hub may be read as.
PROBED_AS = {
    **{name: {name} for name in FAMILY_NAMES},
    "feature-extraction": {"text-retrieval", "sentence-similarity"},
    "sentence-similarity": {"text-retrieval", "sentence-similarity"},
    "text-classification": {"text-classification", "zero-shot-classification"},
    "zero-shot-classification": {"text-classification", "zero-shot-classification"},
    "token-classification": {"token-classification", "json-extraction"},
    "document-question-answering": {"json-extraction"},
    "text-generation": {"text-generation", "json-extraction"},
    "zero-shot-image-classification": {"image-classification"},
    "text2text-generation": {"text-generation"},
    "multiple-choice": {"text-generation"},
    "table-question-answering": {"text-generation"},
    "table-to-text": {"text-generation"},
}


def test_families_of_the_benchmark_queries_are_read(shipped: Catalog) -> None:
    """Of 575 queries whose family can be probed 96% are read rightly; of all 846, 2.6% are read as what they are not.

    If the family is not certain it is asked for. The rules were corrected on these queries; every other one is read.
    """
    queries = [query for query in read_queries() if query.text][::2]
    right = wrong = probed = 0
    for query in queries:
        expected = set().union(*(PROBED_AS.get(tag, set()) for tag in query.families))
        named = read_text(query.text, shipped).family
        probed += bool(expected)
        right += named in expected
        wrong += named is not None and named not in expected
    assert right >= 0.94 * probed
    assert wrong <= 0.035 * len(queries)


ALPHABET = st.sampled_from(" ".join(row["text"] for row in ROWS).split())


@given(text=st.one_of(st.text(), st.lists(ALPHABET).map(" ".join)))
@example(text="")
@example(text="\0 \ud800 \x1b[31m")
@example(text="İ 4 GB ﬀ into A, B")
def test_any_text_is_safe_and_words_are_its_own(shipped: Catalog, text: str) -> None:
    """Nothing raises; each fact's words stand in the text; of a key there is one fact; shares are shares."""
    found = from_words(text, shipped)
    assert all(fact.words in text and fact.source is Source.WORDS for fact in found)
    assert len({fact.key for fact in found}) == len(found)
    assert sum(share for _, share in families(text, shipped)) <= 1 + 1e-9


HOSTILE = (
    "a",
    " ",
    "1",
    "1,",
    "into a, ",
    "a/",
    "(",
    "\n- a",
    '"a" ',
    "9 out of ",
    "at most ",
    "95% of the ",
    "label: ",
    "is it ",
    "whether a ",
    "class a ",
    "5 mails ",
    "German and ",
    "sentiment(",
    "and ",
    "no the ",
    ", ",
    "x or ",
    "\u201c",
    "must not ",
    "tell apart ",
    "photos of ",
    "in A ",
)


# A second is usual; a pattern that backtracks without end, or in the cube of the length, takes hours.
@pytest.mark.timeout(120, func_only=True)
@pytest.mark.parametrize("piece", HOSTILE)
def test_no_text_takes_long(piece: str, shipped: Catalog) -> None:
    """Whatever is repeated up to the limit is read to its end: no pattern runs away."""
    from_words(piece * (LONGEST_TEXT // len(piece)), shipped)


@for_each(
    ("words", "names"),
    [
        ("pilah chat pelanggan: tanya stok, ongkir, lainnya. 8 dari 10 benar", ["tanya stok", "ongkir", "lainnya"]),
        ("Mails ordnen: Rechnung, Mahnung, Sonstiges", ["Rechnung", "Mahnung", "Sonstiges"]),
        ("posortuj maile: faktury, reklamacje, inne", ["faktury", "reklamacje", "inne"]),
        ("write replies to: orders, returns and questions", None),
        ("Extract from invoices as JSON: number, date, total, other charges", None),
        ("Pull these out of each bank statement: name, account number, remaining balance", None),
        ("Get the vendor, buyer and amount from contracts. Fields: vendor, buyer, amount, other", None),
    ],
)
def test_a_list_that_ends_in_the_rest_sorts(words: str, names: list[str] | None, shipped: Catalog) -> None:
    """Whatever the language; fields do not."""
    found = {fact.key: fact.value for fact in from_words(words, shipped)}
    assert found.get("labels") == names
    assert (found.get("family") == "text-classification") == (names is not None)


@for_each(
    ("words", "most"),
    [
        ("riassumi ogni recensione in massimo sei parole", 6),
        ("summarize each review in at most 6 words, 90%", 6),
        ("fasse jede Mail in höchstens sechs Wörtern zusammen", 6),
        ("résume chaque avis en 6 mots maximum", 6),
        ("resume cada reseña en seis palabras como máximo", 6),
        ("samenvatting van maximaal tien woorden", 10),
        ("ringkas maksimal 6 kata", 6),
        ("say it in your own words, in a few words", None),
        ("summarize mails of 300 words", None),
        ("in one word or two", None),
    ],
)
def test_the_most_words_of_an_answer_are_read(words: str, most: int | None) -> None:
    """Not those of a text."""
    assert [span.value for span in in_length(words)] == ([] if most is None else [most])


@for_each(
    ("words", "names"),
    [
        ("Die Objektart (Gemälde, Brief, Foto, Karte ...) bestimmen", ["Gemälde", "Brief", "Foto", "Karte"]),
        ("say of what kind it is (e.g. a map, photo or letter)", ["a map", "photo", "letter"]),
        ("sort them (there are many, and some of them are long since out of date, sorry)", []),
        ("read the mails (German) and sort them", []),
    ],
)
def test_names_in_brackets_are_offered_as_labels(words: str, names: list[str]) -> None:
    """Also where they say that there are more."""
    assert in_brackets(words) == names


@for_each(
    ("words", "names"),
    [
        ("dire se la frase parla di storia o di scienze", ["storia", "scienze"]),
        ("dire si la phrase parle d'histoire ou d'économie", ["histoire", "économie"]),
        ("sagen, ob der Satz von Geschichte oder von Biologie handelt", ["Geschichte", "Biologie"]),
        ("decir si la frase habla de historia o de ciencias", ["historia", "ciencias"]),
        ("trier les mails de clients ou de fournisseurs", None),
        ("weten of het een klacht, een vraag of een compliment is", ["klacht", "vraag", "compliment"]),
        ("wissen, ob es eine Beschwerde, eine Frage oder ein Lob ist", ["Beschwerde", "Frage", "Lob"]),
        ("quero saber se é uma queixa, pergunta ou elogio", ["queixa", "pergunta", "elogio"]),
        ("jag vill veta om det är ett klagomål eller en fråga", ["klagomål", "fråga"]),
        ("savoir si c'est une plainte ou pas", None),
    ],
)
def test_one_or_the_other_behind_a_preposition_or_an_article_are_labels(words: str, names: list[str] | None) -> None:
    found = labels(words, [])
    assert (found and found.value) == names


@for_each("words", ["sort mails into billing, bug, ...", "sort mails into billing, bug ... please", "into a, b, etc."])
def test_a_list_that_goes_on_names_no_labels(words: str) -> None:
    assert labels(words, []) is None
