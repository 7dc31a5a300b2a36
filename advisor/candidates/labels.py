"""Map a fine-tuned model's labels to the task's: by name, by meaning, by similarity.

A label without a match stays open: training rows may show its meaning (`advisor.families.methods.as_is`). If two of the
task's labels fit equally well, nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from advisor.families.methods.as_is import by_name, folded
from advisor.families.values import without_accents
from catalog.query.gloss import gloss, in_english

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Encode = Callable[[list[str]], NDArray]  # type: ignore[type-arg]  # of floats

_POSITIVE = (
    "positive|pos|good|favourable|favorable|praise|happy|satisfied|bullish|positiv|positif|positivo|positief|gut|"
    "zufrieden|content|satisfait|contento|satisfecho|soddisfatto|satisfeito|tevreden"
)
_NEGATIVE = (
    "negative|neg|bad|unfavourable|unfavorable|unhappy|dissatisfied|bearish|negativ|negatif|negativo|negatief|schlecht|"
    "unzufrieden|mecontent|insatisfait|descontento|insatisfecho|insoddisfatto|insatisfeito|ontevreden"
)
_PERSON = (
    "person|per|people|persons|name|first name|last name|firstname|lastname|surname|given name|givenname|full name|"
    "fullname|patient|patient name|patient names|names|pers|private person|personen|namen|personne|personnes|nom|noms|"
    "persona|personas|nombre|nombres|persone|nome|nomi|pessoa|pessoas|nomes|persoon"
)
_PLACE = (
    "location|loc|place|gpe|city|places|locations|cities|ort|orte|lieu|lieux|endroit|lugar|lugares|luogo|luoghi|local|"
    "locais|plaats|plaatsen|geopolitical area|address|place name|place names|toponym|toponyms|ortsname|ortsnamen|"
    "noms de lieux|toponymes|nombres de lugares|toponimos|toponimi|nomes de lugares|plaatsnamen|ortnamn|stedsnavne|"
    "stedsnavn|paikannimet|nazwy miejsc|nazwy miejscowosci|mistni nazvy|helynevek|helysegnevek|yer adlari|топонимы"
)
_COMPANY = (
    "organisation|organization|org|company|companies|organisations|organizations|companyname|company name|firma|firmen|"
    "unternehmen|organisationen|entreprise|entreprises|societe|societes|empresa|empresas|organizacion|organizaciones|"
    "azienda|aziende|organizzazione|organizzazioni|organizacao|organizacoes|bedrijf|bedrijven|organisaties"
)
_DATE = (
    "date|dates|time|datetime|date time|private date|date of birth|datum|daten|datums|fecha|fechas|data|date di nascita"
)
_ADDRESS = (
    "address|addresses|street|street address|streetaddress|postal address|postal addresses|private address|"
    "adresse|adressen|strasse|adresses|direccion|direcciones|indirizzo|indirizzi|endereco|adres|adressen"
)
_PHONE = (
    "phone|phones|phone number|phone numbers|phonenumber|telephone|telephone number|telephonenum|private phone|"
    "telefon|telefonnummer|telefonnummern|numero de telephone|telefono|telefonos|telefone|telefoonnummer"
)
_MAIL = "e mail address|email address|private email|email addresses|mail address|e mail adresse|adresse e mail"
_CARD = "credit card|credit card number|creditcardnumber|card number|card numbers|credit debit card|kartennummer"
_ACCOUNT = (
    "bank account|bank account number|bank account numbers|account|account number|accountnumber|accountnum|iban|"
    "kontonummer|kontonummern"
)
_PRODUCT = (
    "product|products|prd|product name|product names|produkt|produkte|produit|produits|producto|productos|prodotto"
)
_MONEY = "money|amount|amounts|price|prices|sum|total|betrag|betraege|montant|montants|importe|importes|importo"
_DRUG = (
    "drug|drugs|treatment|drug name|drug names|medication|medications|medicine|medicines|chemical|chemicals|chem|"
    "medikament|medikamente|medicament|medicaments|medicamento|medicamentos|farmaco|farmaci"
)
_DISEASE = (
    "disease|diseases|problem|disorder|disease disorder|diagnosis|diagnoses|condition|conditions|krankheit|"
    "krankheiten|maladie|maladies|enfermedad|enfermedades|malattia|malattie"
)
_SYMPTOM = (
    "symptom|symptoms|sign symptom|side effect|side effects|adverse effect|adverse effects|symptome|sintoma|sintomas"
)
_DOSE = "dose|doses|dosage|dosages|strength|dosis|dosierung|posologie"
# Words for one meaning in published label sets, in their most frequent languages.
_SAME = tuple(
    frozenset(words.split("|"))
    for words in (
        _POSITIVE, _NEGATIVE,
        "neutral|neu|mixed|objective|neutre|neutro|neutraal|so so|not enough info|not enough information",
        "spam|junk|unsolicited|scam|smishing",
        "ham|not spam|no spam|non spam|legitimate|legit|genuine|wanted",
        "phishing|phish|phishing url",
        "benign|safe|legitimate|not phishing|clean",
        "toxic|toxicity|abusive|abuse|offensive|insult|hate|hateful|hate speech|rude",
        "not toxic|non toxic|nontoxic|neutral|normal|clean|ok|fine|civil|polite|not offensive|not hate|nothate",
        "joy|happy|happiness|glad|freude|joie|alegria|gioia",
        "sadness|sad|grief|traurigkeit|trauer|tristesse|tristeza|tristezza",
        "anger|angry|rage|annoyance|wut|arger|colere|enfado|ira|raiva|rabbia",
        "fear|afraid|scared|nervousness|angst|peur|miedo|medo|paura",
        "surprise|surprised|astonishment|uberraschung|sorpresa|surpresa",
        "disgust|disgusted",
        "love|affection",
        "nsfw|explicit|porn|nude|nudity|unsafe|adult",
        "sfw|safe|normal|not nsfw|clean",
        "sport|sports",
        "business|economy|finance|money|wirtschaft",
        "technology|tech|science technology|sci tech|science",
        "politics|political|government|politik",
        "world|international|foreign",
        "entertainment|culture|arts|celebrity",
        "machine|ai|fake|generated|chatgpt|machine generated|ai generated",
        "human|real|human written",
        "true|yes|entailment|entails|supports|supported",
        "false|no|not entailment|contradiction|contradicts|refutes|refuted|unsupported",
        _PERSON, _PLACE, _COMPANY, _DATE, _ADDRESS, _PHONE, _MAIL, _CARD, _ACCOUNT, _PRODUCT, _MONEY, _DRUG, _DISEASE,
        _SYMPTOM, _DOSE,
        "hospital|hospitals|hosp|clinic|krankenhaus|klinik|hopital",
        "record number|record numbers|medical record number|id|patient id|patient number",
        "gene|genes|genetic|protein|proteins",
        "question|query|interrogative",
        "statement|declarative",
        "jailbreak|injection|prompt injection|malicious|attack",
        "cv|resume|curriculum vitae",
        "e mail|email|mail",
        "advertisement|ad|advert|publicity",
        "scientific publication|scientific paper|scientific report|paper",
    )
)  # fmt: skip
_MODIFIER = re.compile(
    r"^(?:very|rather|quite|extremely|slightly|somewhat|strongly|mostly|label|class|is|eher|sehr|plutot|tres|mas bien|"
    r"muy|piuttosto|molto) "
)
_NOT = re.compile(r"^(?:not?|non|keine?|nicht|pas(?: de| d)?|sin|niet|geen|sem|inte|ikke|nie) ")
_STARS = re.compile(r"^([1-5])(?: stars?)?$")
_STAR_MEANS = {1: "negative", 2: "negative", 3: "neutral", 4: "positive", 5: "positive"}
# Generic labels, without a meaning.
_NAMELESS = re.compile(
    r"(?:label|class)? ?\d+|\w|[\W_]*|yes|no|true|false|other|none|normal|neutral|ok|date|ja|nein|oui|non|si"
)
# Cosine of two labels' vectors from which they may mean the same, and its least margin over the next label's.
LIKE, AHEAD = 0.6, 0.1
MOST = 0.5


@dataclass(frozen=True, slots=True)
class LabelMap:
    """The meanings of a model's labels."""

    pairs: dict[str, str]  # The task's label for each of the model's labels with a match.
    covered: float  # The share of the task's labels with a match.
    # Whether rows may show the rest: most of the task's labels have a match, one label remains on both sides, or those
    # on one side are generic. A model that shares one label in three is for something else.
    may_show: bool


def label_map(
    own: Mapping[str, str], wanted: Mapping[str, str], given: Mapping[str, str], encode: Encode | None = None
) -> LabelMap:
    """Map a model's labels, with their meanings, to those of the task, with their descriptions.

    The task's own map takes precedence; without an encoder labels are not compared by similarity.
    """
    pairs = {label: given[label] for label in own if given.get(label) in wanted}
    named = by_name([own[label] for label in own], list(wanted))
    pairs |= {label: named[own[label]] for label in own if label not in pairs and own[label] in named}
    for label, meaning in own.items():
        if label not in pairs and (found := _meant(meaning, wanted)) is not None:
            pairs[label] = found
    left = [label for label in own if label not in pairs]
    lacking = [label for label in wanted if label not in pairs.values()]
    if encode is not None and left and lacking:
        pairs |= _alike({label: own[label] for label in left}, {each: wanted[each] for each in lacking}, encode)
        pairs |= _denied({label: own[label] for label in left if label not in pairs}, wanted, encode)
    covered = len(set(pairs.values()) & set(wanted)) / len(wanted) if wanted else 0.0
    if covered < 1.0 and not given and say_nothing(own[label] for label in pairs):
        covered = 0.0  # "normal" alone is shared by models for anything
    left = [own[label] for label in own if label not in pairs]
    lacking = [label for label in wanted if label not in pairs.values()]
    is_nameless = any(map(say_nothing, (left, lacking)))
    return LabelMap(pairs, covered, covered > MOST or len(left) == len(lacking) == 1 or is_nameless)


def relate_texts(labels: Sequence[str]) -> bool:
    """Return whether labels say if one text follows from another, in words that say it; yes and no alone may not."""
    inferred = {each: each for each in ("entailment", "neutral", "contradiction")}
    return not say_nothing(labels) and label_map(inferred, dict.fromkeys(labels, ""), {}).covered == 1.0


def say_nothing(labels: Iterable[str]) -> bool:
    """Return whether labels are generic, like "yes" and "LABEL_0", or there are none."""
    return all(_NAMELESS.fullmatch(folded(each)) for each in labels)


def _meant(meaning: str, wanted: Mapping[str, str]) -> str | None:
    """Return the only label of the task that a label's words mean, None if there is none or several."""
    forms = _forms(meaning)
    if (star := _STARS.match(folded(meaning))) and not any(_STARS.match(folded(label)) for label in wanted):
        forms |= _forms(_STAR_MEANS[int(star[1])])
    # "hat" is hate in Danish, not beside "shoe".
    is_foreign = 2 * sum(bool(_english(label)) for label in wanted) > len(wanted)
    found = [label for label in wanted if forms & _forms(label, is_foreign=is_foreign)]
    return found[0] if len(found) == 1 else None


@lru_cache(maxsize=4096)
def _forms(label: str, *, is_foreign: bool = False) -> frozenset[str]:
    """Return the forms to compare a label by: meanings, their negations, stars, words, of foreign ones in English."""
    words = without_accents(folded(label))
    if negated := _NOT.match(words):
        return frozenset(
            {
                words,
                *_meanings({words}),
                *(f"not {form}" for form in _forms(words[negated.end() :], is_foreign=is_foreign)),
            }
        )
    plain = {words, _MODIFIER.sub("", words)}
    plain |= _english(label) if is_foreign and not _meanings(plain) else set()
    if star := _STARS.match(words):
        plain |= {f"star {star[1]}"}
    return frozenset(plain | _meanings(plain))


@lru_cache(maxsize=4096)
def _english(label: str) -> frozenset[str]:
    """Return a label's words in English, if it is in another language; nothing if they may have several meanings."""
    words = without_accents(folded(label))
    label = words[negated.end() :] if (negated := _NOT.match(words)) else label
    if (glossed := gloss(label)) is None:
        return frozenset()
    meant = [_meanings({folded(each)}) for each in glossed.english.split(", ")]
    return frozenset({folded(in_english(label))} - {""} if len(meant) == 1 or set.intersection(*meant) else ())


def _meanings(words: set[str]) -> set[str]:
    """Return the meanings of words; a word for the negation of another meaning has that, too."""
    found = {at for at, same in enumerate(_SAME) if same & words}
    negations = {f"not ={at}" for at, same in enumerate(_SAME) if any(_negates(_SAME[each], same) for each in found)}
    return {f"={at}" for at in found} | negations


def _negates(words: frozenset[str], others: frozenset[str]) -> bool:
    return any((negated := _NOT.match(word)) and word[negated.end() :] in others for word in words)


def _denied(own: Mapping[str, str], wanted: Mapping[str, str], encode: Encode) -> dict[str, str]:
    """Return the pairs of labels that deny one of two: "not depressed" is the other one than "signs of depression"."""
    said = {label: _NOT.sub("", folded(meaning)) for label, meaning in own.items() if _NOT.match(folded(meaning))}
    if len(wanted) != 2 or not said:  # noqa: PLR2004
        return {}
    return {label: next(each for each in wanted if each != of) for label, of in _alike(said, wanted, encode).items()}


def _alike(own: Mapping[str, str], wanted: Mapping[str, str], encode: Encode) -> dict[str, str]:
    """Return the pairs whose vectors are close, each label's best by a margin; vectors do not see what is denied."""
    own = {label: meaning for label, meaning in own.items() if not _NOT.match(folded(meaning))}
    texts = [f"{folded(label)} {said}".strip() for label, said in wanted.items()]
    labels = list(wanted)
    if not own:
        return {}
    similarity = encode([folded(meaning) for meaning in own.values()]) @ encode(texts).T
    pairs = {}
    for label, row in zip(own, similarity, strict=True):
        order = row.argsort()[::-1]
        ahead = row[order[0]] - (row[order[1]] if len(order) > 1 else 0.0)
        if row[order[0]] >= LIKE and ahead >= AHEAD:
            pairs[label] = labels[int(order[0])]
    return pairs


# Pairs shown of a map.
MOST_SHOWN = 6


def shown_pairs(pairs: Mapping[str, str]) -> str:
    """Return the first pairs of a map as text: "LABEL_1 → spam, LABEL_0 → ham"."""
    pieces = [f"{own} → {label}" for own, label in list(pairs.items())[:MOST_SHOWN]]
    return ", ".join(pieces) + (", …" if len(pairs) > MOST_SHOWN else "")
