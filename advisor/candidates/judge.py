"""Judge whether a model from the catalog is worth a try: what rules it out, and what ranks it lower.

A model that the task names is never ruled out here. Unknown facts rule nothing out either, except usage: a model that
few have used and that no table of ours lists is not worth the trust.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from advisor.candidates.barred import barred
from advisor.candidates.context import LISTED, MEANT
from advisor.candidates.fit import SPOKEN
from advisor.candidates.kinds import is_for_pictures
from advisor.candidates.labels import MOST, label_map, say_nothing
from advisor.candidates.made_for import (
    ALWAYS_ANSWERS,
    BY_NAMES,
    FILLS_TEMPLATES,
    GENERAL,
    HEARS_WORDS,
    OF_LIKENESS,
    PAIRS_TRANSLATIONS,
    TRANSLATES,
    field_of,
    gives_other,
    said_of,
)
from advisor.candidates.needs import MANY_LANGUAGES, stems
from advisor.candidates.unwanted import GENERATIVE, compares_vectors, is_listed, unwanted
from advisor.candidates.uses import VECTORS_OF, Use
from advisor.engines.engine import RAW_ENCODERS
from advisor.evidence.prior_guess import published_score
from advisor.families import family
from catalog import prior
from catalog.languages import NAMES, code
from catalog.query.filters import forbids_commerce
from catalog.query.gloss import in_english
from catalog.query.ranking import direction

if TYPE_CHECKING:
    from advisor.candidates.context import Context
    from advisor.formats.folder import Form
    from catalog import ModelCard

# What counts as the distance of those that practitioners name for a similar use, at most.
FARTHEST_NAMED = 2.0
# Limits of `Context.distance` within which a model is about the task.
NEAR, NEAR_ENOUGH, NEAR_FOR_SPANS, NEAR_IF_MEANT = 2.0, 0.9, 3.0, 2.5
# If labels are unknown, neither a shared word ("message") nor nearness alone is enough.
NEAR_WITH_WORDS = 2.0
BACKBONES = frozenset(VECTORS_OF.values())
# Models made for one field, which find nothing in another.
NARROW = BACKBONES | {"extract", "name"}
_OF_FIELDS = NARROW | {"chat", "rewrite", "encode", "embed", "read", "transcribe"}
FINE_TUNED = frozenset({"classify", "tag", "see", "hear"})
USED_AS_PUBLISHED = frozenset({"classify", "tag", "rewrite", "read"})
# Models trained for their task in some languages; encoders and language models know more than their cards say.
TRAINED = frozenset({"classify", "tag", "read", "compare", "entail"})
# Halvings of rank: a model two steps lower is tried if there are no four of the better kind.
UNKNOWN_LANGUAGE, OTHER_LANGUAGE = 1.0, 4.0
PAIR = 2  # languages
# Share of the task's languages that it has to exceed, less for one of several languages, whose base knows more.
LEAST_COVERED, LEAST_COVERED_OF_SEVERAL, SEVERAL_LANGUAGES = 0.5, 0.3, 4
SHORT_CONTEXT, UNKNOWN_CONTEXT = 1.0, 0.5
LEARNED_LABELS, UNKNOWN_LABELS = 3.0, 1.0
# Added where there are fewer training rows per label than this.
UNSHOWN, ROWS_TO_SHOW = 3.0, 3.0
# Vectors of a model tuned to classify something else, compared with those trained for any use.
TUNED_TO_CLASSES = 2.0
ONE_LANGUAGE = -1.0
# Largest distance of a tagger's labels from the task's if none of them match (`Context.distance_of_labels`).
FAR_LABELS = 4.0
UNKNOWN_LICENSE, NO_COMMERCE = 0.25, 4.0
OTHER_TOPIC = 1.3
# A generator or a backbone of another field: for code on mails, for X-rays on waste.
OTHER_FIELD = 4.0
# Models trained for sentence similarity are worse at finding passages for a question, and the reverse.
FOR_LIKENESS = 4.0
SEARCHES = frozenset({"text-retrieval", "text-ranking"})
# Weights of the catalog's standing from 0 to 1 (`catalog.prior.quality`), and of a published score from 0 to 1.
STANDING, STANDING_OF_TUNED, BEST_STANDING = 4.0, 1.5, 0.9
SCORE, USUAL_SCORE, MOST_BY_SCORE = 12.0, 0.7, 1.0
# Models that practitioners name first for their task.
FIRST_CHOICE = 0.8
# Models that they name for similar uses, by the square root of these uses' share; from the second figure on a model
# needs no words of the task's.
NAMED, NAMED_ENOUGH = 4.0, 0.1
# A head needs vectors of smaller models than search and comparison do; language models below a billion parameters
# seldom follow a prompt (`evidence.prior_guess`).
LARGE_FOR_HEAD, TOO_LARGE = 3e8, 3.0
SMALL_FOR_PROMPT, TOO_SMALL = 1.5e9, 1.0
# Practitioners start here where texts are written, if no smaller one was made for it.
SMALLEST_TO_WRITE = 6e8
# Encoders and decoders that follow instructions are of 2022 and 2023; generators since then follow them better.
OLDER = 1.5
# Languages that the smallest generators know well.
_OF_SMALLEST = frozenset({"en", "zh", "code"})
# Vectors compare query and text each on its own; a reranker reads both.
NOT_A_RERANKER = 4.0
# A vision-language model spends parameters on images.
SEES_TOO = 0.7
CUT_SHORT, _USUAL_CONTEXT = 2, 512
# Rows per label from which a head on CLIP's vectors equals its labels' names: Radford et al., "Learning transferable
# visual models from natural language supervision" (2021), figure 6.
ROWS_AS_A_NAME = 4
# Shared words that say little about what is written.
_ASKING = stems("question answer fill general")
_TAKES_INSTRUCTIONS = "instructions"  # a topic
_OF_LANGUAGES = "language identification"
_OF_VOICES = "speech, spoken words, voices, speakers, talking, callers, accents, emotions, commands, audio of people"
# Backbones trained on general classes; others have learned to look at one kind of thing.
_OTHER_THINGS = "was trained on other classes"


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgement."""

    reason: str | None = None  # What rules the model out, None if nothing does.
    penalty: float = 0.0  # Halvings of its rank.
    notes: tuple[str, ...] = ()  # Notes on it for a plan.
    # The task's label for each of its own labels with a known meaning.
    labels: dict[str, str] = field(default_factory=dict)
    ability: str | None = None  # The ability it is used for, if not its own.
    barred: str | None = None  # What keeps it from being tried though it suits: its licence, or a gate.


def judge(context: Context, card: ModelCard, use: Use) -> Judged:
    """Return whether a model is worth a try for a task that does not name it."""
    if reason := unwanted(context, card, use):
        return Judged(reason)
    bar = barred(context, card, use)
    by_labels = _labels(context, card, use)
    # A classifier that gives only vectors is judged like other backbones: its own classes and its name are irrelevant.
    if by_labels.ability is not None and use.ability in FINE_TUNED:
        use = Use(use.runtime, by_labels.ability)
    if context.is_untaught and family(context.task.family).methods.get(use.ability) == "head":
        return Judged("learns your labels from rows, and the words want none")
    others = (each(context, card, use) for each in (_language, _length, _standing, _topic))
    penalty, notes = 0.0, list[str]()
    for judgement in chain(others, (by_labels,)):
        if judgement.reason is not None:
            return judgement
        penalty += judgement.penalty
        notes += judgement.notes
    if card.license is None:
        penalty += UNKNOWN_LICENSE
    elif forbids_commerce(card.license):
        penalty += 0.0 if bar or context.task.constraints.takes_any_license else NO_COMMERCE
        notes.append(f"not for commercial use ({card.license})")
    return Judged(None, penalty, tuple(notes), by_labels.labels, by_labels.ability, bar)


def is_first_choice(context: Context, card: ModelCard) -> bool:
    """Return whether practitioners name a model first, for this use or for what the task is about."""
    is_named = context.named_for(card) >= LISTED
    return prior.RECOMMENDED in card.tags and (is_named or context.needs.is_about(said_of(card)))


def is_made_for(context: Context, card: ModelCard, use: Use) -> bool:
    """Return whether a generator was surely made for the very task; others do any task, or one that is like it."""
    if use.ability == "rewrite" and _TAKES_INSTRUCTIONS not in card.tags:
        return context.named_for(card) >= MEANT or context.distance(said_of(card)) == 0.0
    is_of_field = _is_of(context, field_of(card))
    return use.ability == "chat" and not context.continues and is_of_field and context.named_for(card) >= LISTED


def judge_installed(context: Context, form: Form) -> Judged:
    """Return the meanings of an installed model's labels; nothing rules it out here."""
    own = family(context.task.family).model_labels(form.labels)
    pairs: dict[str, str] = {}
    if form.ability in FINE_TUNED and own:
        pairs = label_map(
            {each: each for each in own}, context.needs.labels, context.task.label_map, context.encode
        ).pairs
    return Judged(labels=pairs)


def _language(context: Context, card: ModelCard, use: Use) -> Judged:
    """Judge by languages: a missing language is only a hint, but a monolingual model cannot handle another one."""
    if use.ability == "rewrite" and (reason := _other_direction(context, card)) is not None:
        return Judged(reason)
    translate = context.task.translate
    wanted_codes = context.needs.languages - {"code"}
    if use.ability == "classify" and context.tells_languages and (lacks := _untold(card, wanted_codes)):
        return Judged(f"does not tell {', '.join(NAMES.get(each, each) for each in lacks)}")
    known = {code.lower() for code in card.languages}
    # A trained head compensates for much; vectors that are compared directly have to know the language.
    is_compared = use.ability == "encode" and compares_vectors(context)
    is_of_one = len(known) == 1 and known != {"multilingual"}
    if is_of_one and (context.tells_languages or (not wanted_codes and is_compared and context.is_multilingual)):
        return Judged("was trained on one language")
    if len(known) > 1 and use.ability in SPOKEN:
        known -= {"multilingual"}  # only named languages count
    if not wanted_codes or wanted_codes <= known or "multilingual" in known:
        is_of_another = use.ability == "chat" and wanted_codes <= {"en"} and _knows_english_too(card)
        return Judged(
            penalty=OTHER_LANGUAGE if is_of_another else ONE_LANGUAGE if known == wanted_codes != {"en"} else 0.0
        )
    named = ", ".join(NAMES.get(code, code) for code in card.languages[:3])
    if not known:
        is_of_some = use.ability == "rewrite" or use.runtime == "static"
        unknown = OTHER_LANGUAGE if is_of_some else UNKNOWN_LANGUAGE
        return Judged(penalty=0.0 if wanted_codes == {"en"} else unknown)
    if use.ability in SPOKEN or (translate is not None and len(known) >= MANY_LANGUAGES):
        return Judged(f"its languages are {named}")
    if len(known) >= MANY_LANGUAGES:
        return Judged(penalty=UNKNOWN_LANGUAGE)
    covered = len(wanted_codes & known) / len(wanted_codes)
    is_bound = is_compared or use.ability in TRAINED or use.runtime == "static" or card.family in RAW_ENCODERS
    least = LEAST_COVERED if len(known) < SEVERAL_LANGUAGES else LEAST_COVERED_OF_SEVERAL
    if is_bound and covered <= least:
        return Judged(f"was trained on {named}")
    return Judged(penalty=OTHER_LANGUAGE * (1.0 - covered))


def _untold(card: ModelCard, wanted: frozenset[str] | set[str]) -> list[str]:
    """Return the languages that a model with languages as its labels, by name or code ("de-DE"), does not have."""
    told = {code(label) or re.split(r"[-_]", label)[0].lower() for label in card.labels}
    return sorted(wanted - told) if told & NAMES.keys() else []


def _other_direction(context: Context, card: ModelCard) -> str | None:
    """Return between which languages a model translates, if not the task's."""
    translate, pair = context.task.translate, direction(card)
    if translate is None or pair is None:
        return None
    wanted = zip((translate.source, translate.target), pair, strict=True)
    is_other = any(own and asked not in (None, own) for asked, own in wanted)
    return f"translates from {pair[0] or 'many languages'} to {pair[1] or 'many languages'}" if is_other else None


def _knows_english_too(card: ModelCard) -> bool:
    """Return whether a model was made for another language: a card's languages are in its maker's order."""
    return len(card.languages) == PAIR and card.languages[-1] == "en" and card.languages[0] != "multilingual"


def _length(context: Context, card: ModelCard, use: Use) -> Judged:
    wanted = context.needs.tokens
    if wanted is None or wanted <= _USUAL_CONTEXT // 2:
        return Judged()
    # A static model reads any length, but the mean of thousands of words says little.
    if card.context_length is None or use.runtime == "static":
        return Judged(penalty=UNKNOWN_CONTEXT * max(0.0, math.log2(wanted / _USUAL_CONTEXT)))
    if card.context_length >= wanted:
        return Judged()
    if card.context_length * CUT_SHORT < wanted:
        return Judged(f"reads {card.context_length:,} tokens, the texts have up to {wanted:,}")
    return Judged(None, SHORT_CONTEXT, (f"reads the first {card.context_length:,} tokens of a text",))


def _standing(context: Context, card: ModelCard, use: Use) -> Judged:
    """Judge by a model's standing: usage, and its published score for such tasks if it has one."""
    method = family(context.task.family).methods.get(use.ability, "")
    weight = STANDING_OF_TUNED if use.ability in FINE_TUNED else STANDING
    penalty = weight * (BEST_STANDING - context.catalog.standing(card))
    if is_first_choice(context, card):
        penalty -= FIRST_CHOICE
    penalty -= NAMED * math.sqrt(context.named_for(card))
    if (score := published_score(card.scores, method)) is not None:
        penalty -= max(-MOST_BY_SCORE, min(MOST_BY_SCORE, SCORE * (score - USUAL_SCORE)))
    if method == "head":
        penalty += TOO_LARGE * max(0.0, math.log2((card.parameters or 1) / LARGE_FOR_HEAD))
    if use.ability == "chat":
        is_of_one = len(card.languages) <= PAIR and not context.needs.languages.isdisjoint(card.languages)
        reasons = (context.task.family not in GENERATIVE) + (not (context.needs.languages <= _OF_SMALLEST or is_of_one))
        small = math.log2(SMALL_FOR_PROMPT / (card.parameters or SMALL_FOR_PROMPT))
        penalty += TOO_SMALL * max(0.0, small) * reasons
        penalty += TOO_SMALL * max(0.0, small - math.log2(SMALL_FOR_PROMPT / SMALLEST_TO_WRITE)) * (not reasons)
    if use.ability == "rewrite" and _TAKES_INSTRUCTIONS in card.tags:
        penalty += OLDER
    if context.task.family == "text-ranking" and use.ability == "encode":
        penalty += NOT_A_RERANKER
    if use.ability == "chat" and card.family != "text-generation":
        penalty += OTHER_FIELD if is_for_pictures(card) else SEES_TOO
    compares = (context.task.family, use.ability) == ("sentence-similarity", "compare")
    if context.task.family in SEARCHES if OF_LIKENESS.search(card.id) else compares:
        penalty += FOR_LIKENESS
    if PAIRS_TRANSLATIONS.search(card.id) and not context.needs.is_about("translations, parallel"):
        penalty += FOR_LIKENESS
    return Judged(penalty=penalty)


def _topic(context: Context, card: ModelCard, use: Use) -> Judged:
    """Judge models trained for one kind of thing by its distance from the task."""
    if use.ability in USED_AS_PUBLISHED and prior.only_pretrained(card):
        return Judged("was trained for no task yet")
    if use.ability == "rewrite" and card.family == "text2text-generation" and _TAKES_INSTRUCTIONS not in card.tags:
        said = said_of(card)
        if not (_is_of(context, said) or context.named_for(card) >= MEANT) or context.distance(said) >= NEAR_FOR_SPANS:
            return Judged("was trained for something else, or for nothing yet")
    if use.ability == "read" and (reason := _why_not_read(context, card)) is not None:
        return Judged(reason)
    if use.ability == "transcribe" and TRANSLATES.search(card.id) and not context.needs.is_about("translation"):
        return Judged("translates what it hears")
    said = in_english(context.task.instruction).casefold()
    if (reason := gives_other(context.needs, card, use, said)) is not None:
        return Judged(reason)
    gives_one = card.embedding_width is not None or card.library not in (None, "transformers")  # vector for a text
    if use.ability == "encode" and compares_vectors(context) and not (gives_one or is_listed(context, card)):
        return Judged("gives vectors of words: nothing says that they were trained to be compared")
    if use.ability == "classify" and _OF_LANGUAGES in card.tags and "language" not in said:
        return Judged("identifies the language of a text")
    if prior.answers_without_words(card, context.query):
        return Judged("answers with something other than words")
    return _nearness(context, card, use)


def _why_not_read(context: Context, card: ModelCard) -> str | None:
    if context.lacks_answers and ALWAYS_ANSWERS.search(card.id):
        return "was trained on questions that all have an answer"
    is_of_tables = context.catalog.read(context.query)[0].family == "table-question-answering"
    return "reads prose, not tables" if is_of_tables else None


def _nearness(context: Context, card: ModelCard, use: Use) -> Judged:
    """Judge by the field that a model was made for; a model with labels also by its name and topics."""
    if use.ability == "chat" and FILLS_TEMPLATES.search(card.id) and context.task.family != "json-extraction":
        return Judged("fills templates of JSON")
    if use.ability in _OF_FIELDS and not _is_of_any_field(context, card, use):
        return Judged(_OTHER_THINGS) if use.ability in NARROW else Judged(penalty=OTHER_FIELD)
    if use.ability == "compare" and context.task.family in SEARCHES and OF_LIKENESS.search(card.id):
        return Judged("scores sentence similarity, not relevance to a query")
    is_of_speech = use.ability in ("hear", "listen") and not card.labels and HEARS_WORDS.search(card.id)
    # One that was tuned to hear something else, such as birds, is about that.
    heard = f"{_OF_VOICES}, {said_of(card)}" if use.ability == "hear" else _OF_VOICES
    if is_of_speech and not context.needs.is_about(heard):
        return Judged("was trained on speech")
    if use.ability == "chat" and context.continues and not prior.only_continues(card) and not field_of(card):
        return Judged(penalty=OTHER_FIELD)  # completion needs a base model
    infers = _infers(context, card)
    if use.ability == "classify" and context.is_of_pairs and not (infers or context.named_for(card) >= MEANT):
        return Judged("was trained on single texts, as far as is known, and these are pairs")
    # What finds spans by labels given with each text is of no topic, unless it was made for a field.
    is_open = use.ability == "extract" and not field_of(card)
    if use.ability not in (*FINE_TUNED, "extract") or is_open or infers:
        return Judged()
    is_meant = use.ability != "classify" or context.named_for(card) >= NAMED_ENOUGH
    other = 0.0 if is_meant or _is_of_any_field(context, card, use) else OTHER_FIELD
    distance = context.distance(said_of(card))
    return Judged(penalty=OTHER_TOPIC * (min(distance, FARTHEST_NAMED) if is_meant else distance) + other)


def _is_of_any_field(context: Context, card: ModelCard, use: Use) -> bool:
    """Return whether a model's name, and a backbone's topics, suggest no field or the task's."""
    topics = card.tags if use.ability in BACKBONES else ()
    is_meant = use.ability in BACKBONES and context.named_for(card) >= MEANT
    if is_meant or GENERAL.search(" ".join((card.id, *topics))):
        return True
    field = field_of(card, *topics)
    return not stems(field) or _is_of(context, field)


def _is_of(context: Context, field: str) -> bool:
    """Return whether the words for a field share a word with the task that is not about asking."""
    return bool((context.needs.topics & stems(field)) - _ASKING)


def _infers(context: Context, card: ModelCard) -> bool:
    """Return whether a model does inference on the task's pairs."""
    return context.is_of_pairs and any(label.casefold().startswith("entail") for label in card.labels)


def _labels(context: Context, card: ModelCard, use: Use) -> Judged:
    """Judge fine-tuned models by their labels: those that match the task's, or that training rows can map."""
    needs = context.needs
    if use.ability not in FINE_TUNED or not needs.labels:
        return _without_labels(context, card, use)
    said = said_of(card)
    # Practitioners name it for this use: its words need not be the task's ("safe for work", "nsfw").
    is_meant = context.named_for(card) >= MEANT and not GENERAL.search(card.id)
    is_meant = is_meant and (use.ability == "tag" or context.distance(said) < NEAR_IF_MEANT)
    nearest = NEAR_FOR_SPANS if use.ability == "tag" else NEAR
    about = is_meant or needs.is_about(said) or context.distance(said) < nearest
    if use.ability in VECTORS_OF and (backbone := _backbone(context, card, use, is_about=about)) is not None:
        return backbone
    own = context.own_labels(card)
    is_several = context.task.labels_per_text != "one"
    is_silent = say_nothing(own.values()) and not (is_meant and own)
    if is_silent and (reason := _by_topic_alone(context, said, is_known=bool(own))) is not None:
        return Judged(reason)
    # Too few rows per label to learn which of the model's labels corresponds to it.
    unshown = UNSHOWN if use.ability != "tag" and context.rows_per_label < ROWS_TO_SHOW else 0.0
    if not own:
        return Judged(None, UNKNOWN_LABELS + unshown)
    found = label_map(own, needs.labels, context.task.label_map, context.encode)
    if found.covered == 1.0:
        return Judged(labels=found.pairs)
    if use.ability == "tag":  # spans of unmapped labels show their meaning
        far = 0.0 if say_nothing(own.values()) else context.distance_of_labels(own.values())
        is_near = far < FAR_LABELS or (is_meant and needs.teaches)
        is_of_these = found.covered >= MOST or (about and (bool(found.covered) or is_near))
        if not is_of_these:
            return Judged(_other(own))
        return Judged(None, (1.0 - found.covered) * (1.0 + far), labels=found.pairs)
    if is_several and about and found.covered >= MOST:  # a label that it lacks is never given
        return Judged(None, LEARNED_LABELS * (1.0 - found.covered), labels=found.pairs)
    may_show = found.may_show or _infers(context, card) or is_meant  # "ironic" for "sarcastic"
    may_learn = may_show and needs.teaches and not is_several and len(own) >= len(needs.labels)
    # One with none of the labels answers another question about such inputs, unless practitioners name it.
    is_named = context.named_for(card) >= NAMED_ENOUGH and context.distance(said) < NEAR_ENOUGH
    if may_learn and (is_meant or is_named or _infers(context, card) or (about and found.covered)):
        return Judged(None, (LEARNED_LABELS + unshown) * (1.0 - found.covered), labels=found.pairs)
    return Judged(_other(own))


def _without_labels(context: Context, card: ModelCard, use: Use) -> Judged:
    """Judge a model where no labels are to be matched: a fine-tuned one by its topic."""
    if use.ability == "name" and context.rows_per_label >= ROWS_AS_A_NAME:
        return Judged(ability="look")
    said, named = said_of(card), context.named_for(card)
    is_meant = named >= NAMED_ENOUGH
    words = " ".join((card.id, *card.tags))
    is_general = GENERAL.search(words) or BY_NAMES.search(words) or is_meant
    if context.needs.labels or use.ability not in FINE_TUNED - {"tag"} or is_general:
        return Judged()
    return Judged(_by_topic_alone(context, said, is_known=True))


def _by_topic_alone(context: Context, said: str, *, is_known: bool) -> str | None:
    """Return the objection to a fine-tuned model whose labels are unknown or generic."""
    nearest = NEAR_WITH_WORDS if context.needs.is_about(said) else NEAR_ENOUGH
    if context.distance(said) >= nearest:
        return f"its labels {'say nothing' if is_known else 'are unknown'}, and it is about other things"
    if not is_known and context.task.labels_per_text != "one":
        return "its labels are unknown, and texts with several do not show which is which"
    return None


def _backbone(context: Context, card: ModelCard, use: Use, *, is_about: bool) -> Judged | None:
    """Judge a classifier of files as a backbone, None if it is used with its labels."""
    if BY_NAMES.search(" ".join((card.id, *card.tags))):
        return Judged(ability="identify" if context.rows_per_label < ROWS_AS_A_NAME else VECTORS_OF[use.ability])
    is_encoder = card.embedding_width is not None or GENERAL.search(f"{card.id} {' '.join(card.tags)}")
    if is_encoder and not (is_about and card.labels):
        return Judged(None, TUNED_TO_CLASSES, ability=VECTORS_OF[use.ability])
    return None if is_about else Judged(_OTHER_THINGS)


def _other(own: dict[str, str]) -> str:
    return f"was trained for other labels ({', '.join(list(own.values())[:6])}); map them to yours in label_map"
