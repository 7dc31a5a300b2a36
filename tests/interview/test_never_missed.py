"""What must never be missed or be wrong, as people say it: a label's or a field's rate, or a note."""

import pytest

from advisor.interview.text.label_bars import unclaimed
from tests.interview.asked_rates import label_bars, precision_bars
from tests.tables import for_each

UNCLAIMED = {
    "triage alerts. never miss a real one": "never miss a real one",
    "Kein Notfall darf übersehen werden, 80 %": "Kein Notfall darf übersehen werden",
    "il ne faut en manquer aucune": "il ne faut en manquer aucune",
    "no se puede escapar ninguna": "no se puede escapar ninguna",
    "nessuna frode deve sfuggire": "nessuna frode deve sfuggire",
    "ни одной нельзя пропустить": "ни одной нельзя пропустить",
    "missing a fault is worse than a false alarm": "missing a fault is worse than a false alarm",
    "le montant ne doit jamais être faux": "le montant ne doit jamais être faux",
    "We call back every missed call; sort into sales, service": "",
    "texts always have errors, sort into a, b, c": "",
    "Fundbüro: vermisste Sachen, nicht abgeholt": "",
    "the escape room reviews, no more than 5% false alarms": "",
    "jamais vu: trie les mails": "",
    "trier. ne jamais me proposer une boite de défense": "ne jamais me proposer une boite de défense",
    "detectar spam. que no me borre comentarios buenos": "que no me borre comentarios buenos",
    "never suggest a gambling app": "never suggest a gambling app",
    "suggest a category for each mail": "",
    "we delete spam, never mind the rest": "",
    "slå ihop dubbletter. fel sammanslagning är värre än en missad": "fel sammanslagning är värre än en missad",
    "sort them; a wrong refund is worse than none": "a wrong refund is worse than none",
    "is this review better or worse than the last one?": "",
}


@for_each("words", UNCLAIMED)
def test_what_must_never_be_missed_is_noted_where_no_label_is_named(words: str) -> None:
    assert unclaimed(words) == UNCLAIMED[words]


@pytest.mark.parametrize(("words", "fields"), [
    ("read invoices; an amount must never be wrong", {"amount": 0.9}),
    ("Rechnungen lesen, der Betrag darf nie falsch sein", {"betrag": 0.9}),
    ("mistakes in the amount are marked, dates are always wrong", {}),
])  # fmt: skip
def test_a_field_that_must_never_be_wrong_has_the_rate_of_all_as_its_own(words: str, fields: dict[str, float]) -> None:
    found = label_bars(words, dict.fromkeys(("amount", "date", "betrag"), 0), are_fields=True)[0]
    assert {name: rate.share for name, rate in found.items()} == fields


def rated(words: str, labels: tuple[str, ...]) -> list[str]:
    """Return the labels of nine rows each that the words give a rate of their own."""
    return [*label_bars(words, dict.fromkeys(labels, 9))[0]]


NEVER = {
    "Sort our mailbox: hot lead, complaint, admin or spam. A hot lead must never be missed; 90% overall": "hot lead",
    "Sort our mails into hot lead, complaint, spam; overall 90%, and a hot lead must never be missed": "hot lead",
    "Mails sortieren in Anfrage, Beschwerde, Spam. Eine Anfrage darf nie übersehen werden; insgesamt 90 %": "Anfrage",
    "Trier les mails: demande, plainte, pub. Une demande ne doit jamais échapper ; 90 % au total": "demande",
    "Clasificar correos: pedido, queja, spam. Un pedido nunca se nos debe escapar; en total 90 %": "pedido",
    "Classificar mails: pedido, queixa, spam. Nunca perder um pedido; 90% no total": "pedido",
    "Ordina le mail: ordine, reclamo, spam. Un ordine non deve mai sfuggire; 90% complessivamente": "ordine",
    "Mails sorteren: aanvraag, klacht, spam. Een aanvraag mag nooit gemist worden; 90% in totaal": "aanvraag",
    "Sortera mejl: order, klagomål, spam. En order får aldrig missas; 90% totalt": "order",
    "Sortuj maile: zamówienie, skarga, spam. Nie wolno przeoczyć zamówienia; łącznie 90%": "zamówienie",
    "Сортировать письма: заказ, жалоба, спам. Нельзя пропустить заказ; в целом 90%": "заказ",
    "メールを注文、苦情、スパムに分類。注文は見逃してはいけない。全体で90%": "注文",
}


@for_each(
    ("words", "labels", "named"),
    [
        ("Emergência não pode passar batido nunca", ("Financeiro", "Emergência", "Portaria"), "Emergência"),
        ("不合格的絕對不可以判成合格", ("合格", "不合格", "限期改善"), "不合格"),
        ("never mark a threat as harmless", ("harmless", "threat", "unclear"), "threat"),
        ("ein Notfall darf nie als Anfrage eingestuft werden", ("Anfrage", "Notfall", "Spam"), "Notfall"),
        ("threats and harmless ones, never both", ("harmless", "threat", "unclear"), ""),
    ],
)
def test_a_label_that_must_never_be_taken_for_another_is_the_first_of_the_two(
    words: str, labels: tuple[str, ...], named: str
) -> None:
    assert rated(words, labels) == [named] * bool(named)


def test_of_two_labels_with_rates_each_has_its_own() -> None:
    """A clause about one that is wrongly called the other is about the first."""
    genuine = "gerçek müşterilerin de en çok yüzde 10'u sahte damgası yesin"  # noqa: RUF001
    said = f"100 sahte talepten en fazla 5 tanesi kaçsın, {genuine}"  # noqa: RUF001
    found, _ = label_bars(said, {"sahte": 40, "gerçek": 90})
    assert {label: pytest.approx(rate.share) for label, rate in found.items()} == {"sahte": 0.95, "gerçek": 0.9}


@for_each(
    ("words", "labels", "named"),
    [
        ("ok, bearing or blade crack? a crack must not be overlooked", ("ok", "bearing", "blade crack"), "blade crack"),
        ("Schadenmeldung sortieren, kein Rohrbruch darf übersehen werden", ("Lift", "Rohrbruch akut", "x"),
         "Rohrbruch akut"),
        ("trier les appels, une fuite ne doit jamais échapper", ("fuite de gaz", "bruit", "autre"), "fuite de gaz"),
        ("sort parts, a defect must not be missed", ("fine", "no defect", "unclear"), ""),
        ("sort customer mails, no customer may be missed", ("customer complaint", "order", "spam"), ""),
        ("sort alerts, no priority alert may be missed", ("high priority", "low priority", "x"), ""),
        ("sort mails, one that needs work must not be missed", ("work to do", "needs reply", "spam"), ""),
    ],
)  # fmt: skip
def test_a_word_that_one_label_alone_has_names_it(words: str, labels: tuple[str, ...], named: str) -> None:
    """Where the rest of the text does not have it, and the label is no negation."""
    assert rated(words, labels) == [named] * bool(named)


@for_each(
    ("words", "labels", "named"),
    [
        ("predict the priority, must be right on the Highest ones", ("High", "Highest", "Low"), "Highest"),
        ("Mails sortieren; Beschwerden müssen stimmen", ("Anfrage", "Beschwerde", "Spam"), "Beschwerde"),
        ("trier; les plaintes doivent être justes", ("demande", "plainte", "pub"), "plainte"),
        ("read invoices, the total must be exactly right", ("total", "date", "name"), "total"),
        ("90% must be right; orders are frequent", ("order", "spam", "x"), ""),
        ("we want the right department: sales, support", ("sales", "support", "x"), ""),
        ("the answer must be right", ("sales", "support", "x"), ""),
        ("spam and orders must be right", ("order", "spam", "x"), ""),
    ],
)
def test_one_label_that_must_be_right_has_the_rate_of_all_as_its_own(
    words: str, labels: tuple[str, ...], named: str
) -> None:
    assert rated(words, labels) == [named] * bool(named)


@for_each("words", NEVER)
def test_a_label_that_must_never_be_missed_has_the_rate_of_all_as_its_own(words: str) -> None:
    """The rate that is said overall stays that of all inputs."""
    labels = ["hot lead", "complaint", "admin"] if NEVER[words] == "hot lead" else [NEVER[words], "x", "spam"]
    found, rest = label_bars(words, dict.fromkeys(labels, 9))
    assert {label: pytest.approx(rate.share) for label, rate in found.items()} == {NEVER[words]: 0.9}
    assert rest is not None
    assert rest.share == pytest.approx(0.9)


@for_each(
    ("words", "labels", "asked"),
    [
        ("when it says spam, it must be right in 95%", "spam ham", {"spam": 0.95}),
        ("90% right; if it says urgent it must be right", "urgent normal low", {"urgent": 0.8}),
        ("find 95% of spam, and of what it flags 98% must be spam", "spam ham", {"spam": 0.98}),
        ("90% right overall, at most 5% false alarms", "yes no", {"yes": 0.95}),
        ("find 95% of the fraud with no more than 10% false alarms", "fraud ok", {"fraud": 0.9}),
        ("Wenn es sagt Spam, muss es zu 98 % stimmen", "Spam ok", {"Spam": 0.98}),
        ("Rechnungen prüfen, keine Fehlalarme", "ja nein", {"ja": 0.8}),
        ("max 2 % de fausses alertes", "oui non", {"oui": 0.98}),
        ("cuando dice fraude, que acierte en el 95%", "fraude normal otro", {"fraude": 0.95}),
        ("kdyz rekne urgent, aspon 95 % spravne", "urgent normal", {"urgent": 0.95}),
        ("誤検出は5%以下", "spam ok", {"spam": 0.95}),
        ("a precision of 95% on urgent, 80% overall", "urgent normal low", {"urgent": 0.95}),
        ("a false alarm is worse than a miss", "yes no", {"yes": 0.8}),
        ("a wrong refund is worse than none", "refund bug other", {"refund": 0.8}),
        ("a false match is worse than none: if it says match it must be right in 95%", "yes no", {"yes": 0.95}),
        ("a false duplicate is worse than a missed one", "duplicate no", {"duplicate": 0.8}),
        ("a miss is worse than a false alarm", "yes no", {}),
        ("never miss spam, a few false alarms are fine", "spam ham", {}),
        ("Fehlalarme sind egal", "ja nein", {}),
        ("95% precision", "bug question", {}),
        ("detect when it says urgent, 95% right", "urgent normal", {}),
        ("no false alarms", "bug question other", {}),
    ],
)  # fmt: skip
def test_how_often_answers_must_be_right_that_name_a_label(words: str, labels: str, asked: dict[str, float]) -> None:
    """Of the one that is named, or sought: a yes, or the rarer of two; without a rate of its own that of all."""
    found = precision_bars(words, dict(zip(labels.split(), (5, 60, 10), strict=False)), 0.8)
    assert {label: pytest.approx(rate.share) for label, rate in found.items()} == asked


@for_each(
    ("words", "rest"),
    [
        ("95 Prozent bei urgent, beim Rest 80", 0.8),
        ("95% on urgent, 80 on everything else", 0.8),
        ("95% auf urgent, 80 auf alles andere", 0.8),
        ("urgent 95%, the rest must be 70%", 0.7),
    ],
)
def test_the_rate_of_the_rest_needs_no_sign(words: str, rest: float) -> None:
    found, of_others = label_bars(words, {"urgent": 5, "normal": 60, "low": 10})
    assert ({label: rate.share for label, rate in found.items()}, of_others and of_others.share) == (
        {"urgent": 0.95},
        rest,
    )


def test_a_rate_is_of_answers_that_name_a_label_only_where_the_sentence_does() -> None:
    """A verb that sounds like a label in the sentence before is no reason."""
    labels, allowed = {"falta": 5, "não falta": 20}, "um erro em vinte tudo bem"
    before = f"quais mensagens avisam que a pessoa vai faltar ao ensaio? {allowed}"
    found, rest = label_bars(before, labels)
    assert (found, precision_bars(before, labels, 0.9)) == ({}, {})
    assert rest is not None
    assert rest.share == pytest.approx(0.95)
    assert precision_bars(f"quando diz falta, {allowed}", labels, 0.9).keys() == {"falta"}
