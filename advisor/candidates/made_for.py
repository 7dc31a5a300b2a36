"""What a model was made for, by its name and tags."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from catalog.prior import RECOMMENDED
from catalog.store.implied import field, implied

if TYPE_CHECKING:
    from advisor.candidates.needs import Needs
    from advisor.candidates.uses import Use
    from catalog import ModelCard

# Models of sounds and texts, filed among the classifiers.
BY_NAMES = re.compile(r"zero-shot audio|(?<![a-z])clap(?![a-z])", re.IGNORECASE)
OF_LIKENESS = re.compile(
    r"paraphrase|nli(?![a-z])|sts|text2vec|distiluse|simcse|similarity|quora|duplicate", re.IGNORECASE
)
# Encoders trained to find translations of a sentence.
PAIRS_TRANSLATIONS = re.compile(r"labse|lealla|bitext", re.IGNORECASE)
# The first SQuAD has no questions without an answer, the second has.
ALWAYS_ANSWERS = re.compile(r"squad(?![-_]?v?[-_]?2)", re.IGNORECASE)
# Speech translation models, by names of their training sets.
TRANSLATES = re.compile(r"(?:^|[-_/])(?:mustc|covost2?)(?:[-_]|$)|[-_]st$", re.IGNORECASE)
# Backbones trained on speech only.
HEARS_WORDS = re.compile(r"hubert|wav2vec|wavlm|data2vec|unispeech|xls-r|mms-|sew-|whisper", re.IGNORECASE)
# Generators whose prompt is a template to fill.
FILLS_TEMPLATES = re.compile(r"(?:^|[-_/])(?:nu)?extract(?:[-_.]|$)", re.IGNORECASE)
# Generators that answer with JSON or a call of a function.
ANSWERS_IN_JSON = re.compile(r"(?:^|[-_/])(?:(?:nu)?extract|tool|function|fc|xlam|hammer)", re.IGNORECASE)
# Backbones trained on general classes.
GENERAL = re.compile(r"imagenet|in1k|in21k|in22k|audioset", re.IGNORECASE)
# Summarisers that write a line, and generators of one programming language.
_WRITES_TITLES = re.compile(r"(?:^|[-_/])(?:title|headline)s?(?:[-_]|$)", re.IGNORECASE)
_OF_PYTHON = re.compile(r"[-_.](?:py|python|mono)(?:[-_.]|$)", re.IGNORECASE)
# Taggers of something other than names, and words for their tasks.
_TAGS_OTHER = tuple(
    (re.compile(rf"(?:^|[-_/])(?:{named})(?:[-_]|$)", re.IGNORECASE), words, reason)
    for named, words, reason in (
        (r"u?pos(?:tag)?|ws|morph|dep|parsing|segmentation",
         "grammar, speech, pos, segmentation, syntax, morphology", "tags words by their grammar"),
        (r"chunk(?:ing)?", "chunks, phrases, syntax", "finds phrases"),
        (r"punct\w*|fullstop|truecase",
         "punctuation, commas, full stops, capitals, casing, raw transcripts", "puts punctuation back"),
    )
)  # fmt: skip
# Tasks and models for personal data (PII).
_PERSONAL = re.compile(
    r"\b(?:pii|personal data|personally|phone (?:numbers?)|e-?mail addresses|bank details"
    r"|(?:de-?identif|anonymi[sz]|redact)\w*|black(?:ed)? out|i2b2|deid)\b",
    re.IGNORECASE,
)
# Tasks whose spans are words of a kind, not names of things.
_OF_GRAMMAR = re.compile(
    r"\bparts?[- ]of[- ]speech|\bpos[- ]tag|\bnouns?\b|\bverbs?\b|syntactic|morpholog|lemma", re.IGNORECASE
)


def said_of(card: ModelCard) -> str:
    """Return a model's name and topics, with the words that the name implies in the field."""
    name = re.sub(r"[-_.]", " ", card.id.rpartition("/")[2])
    return " ".join((name, *(tag for tag in card.tags if tag != RECOMMENDED), implied(card.id)))[:1000]


def field_of(card: ModelCard, *topics: str) -> str:
    """Return the words for a model's field, from its name and topics."""
    return field(" ".join((card.id, *topics)))


def gives_other(needs: Needs, card: ModelCard, use: Use, said: str) -> str | None:
    """Return what a model gives instead of what the task, `said` in English, asks for; None if nothing is known."""
    if use.ability == "rewrite" and _WRITES_TITLES.search(card.id) and not needs.is_about("titles, headlines"):
        return "writes titles"
    if use.ability == "chat" and _OF_PYTHON.search(card.id) and "python" not in said:
        return "was trained on Python"
    if use.ability == "tag":
        others = (why for name, words, why in _TAGS_OTHER if name.search(card.id) and not needs.is_about(words))
        lacks = _PERSONAL.search(said) and not _PERSONAL.search(said_of(card))
        return next(others, "marks names and things, not personal data" if lacks else None)
    is_of_names = use.ability == "extract" and _OF_GRAMMAR.search(said)
    return "finds names and things, not words by their grammar" if is_of_names else None
