"""A task's requirements on any model, read once: languages, length of texts, labels, topics."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.candidates.predict import CHARACTERS_PER_TOKEN
from advisor.families import family
from catalog.languages import NAMES
from catalog.query.gloss import in_english

if TYPE_CHECKING:
    from advisor.task.example import Example
    from advisor.task.examples import ExampleSet
    from advisor.task.model import Task

# Share of the examples that should be read whole.
WHOLE_SHARE = 0.9
# Families whose models read their input whole; those that find spans or answers use windows.
READS_WHOLE = frozenset(
    {"text-classification", "zero-shot-classification", "summarization", "text-generation", "json-extraction",
     "sentence-similarity", "text-ranking", "text-retrieval"}
)  # fmt: skip
# Names, codes and numbers show no language; sentences do.
SENTENCE = 4.0
# Cards with so many languages omit some.
MANY_LANGUAGES = 20
# Beginnings of words; one more syllable after a prefix: what is translated was not transcribed.
_STEM = re.compile(r"(?:trans|inter|under|super|multi).{3}|.{5}")
# Words with another meaning than those with the same beginning: personal data are not persons.
_WHOLE = frozenset({"personal"})
_WORD = re.compile(r"[^\W\d_]{3,}")
# Words that say nothing about a task's topic.
_EMPTY_WORDS = (
    "the and for from with which what that this are was were not our your their its has have into out one two all any "
    "how who whom whose when where why can could should would will may might must under over than then them they there "
    "here each every some such only more most less least very also without within between per via too lot many much "
    "text texts model models data base small large tiny mini fast speed classification classify classifier classifiers "
    "label labels labelled class classes category categories token tokens sort put tell say find detect detection "
    "recognise recognize which whether decide assign predict score scores scoring language languages multilingual "
    "english uncased cased finetuned tuned fine recommended short long new old good bad best better right wrong first "
    "last number numbers name names kind kinds type types task tasks use used using make made read write written run "
    "running cpu gpu memory phone laptop server bert roberta distilbert deberta albert electra xlm distilroberta "
    "transformers image images picture pictures photo photos general custom open source domain specific top "
    "positive negative neutral normal low medium high yes true false other others none tool tools program programs "
    "programme programma programmino programa programita programinha programm programmet programje programmetje "
    "queria quería querría"
)
_EMPTY = frozenset(_EMPTY_WORDS.split())
# A code is a program's only beside one of these; else it is an item's or a ticket's.
_OF_PROGRAMS = (
    "programming programmer source function functions snippet snippets software python java javascript typescript sql "
    "compiler repository commit editor docstring script method developers stack"
)
_LANGUAGES = frozenset(name.casefold() for name in NAMES.values())
_LANGUAGE = re.compile(rf"\b(?:{'|'.join(sorted(_LANGUAGES))})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Needs:
    """A task's requirements."""

    languages: frozenset[str]  # ISO codes, from the task or else from its examples; empty if unknown.
    tokens: int | None  # Tokens that a model must read at once for most inputs, None if windows suffice.
    labels: dict[str, str]  # The task's labels with their descriptions.
    topics: frozenset[str]  # Stems of the words of its topic.
    teaches: bool  # Whether there are training rows, for heads and for meanings of labels.

    def foreign(self, languages: Sequence[str]) -> tuple[str, ...]:
        """Return the languages of a model that was made for others than the task's, empty if it was not."""
        wanted, known = self.languages - {"code"}, {code.lower() for code in languages}
        is_of_many = "multilingual" in known or len(known) >= MANY_LANGUAGES
        return () if not (wanted and known) or wanted <= known or is_of_many else tuple(languages)

    def knows(self, languages: Sequence[str]) -> bool:
        """Return whether a model that names these languages knows all of the task's; one that names none may not."""
        wanted, known = self.languages - {"code"}, {code.lower() for code in languages}
        return bool(wanted) and (wanted <= known or "multilingual" in known or len(known) >= MANY_LANGUAGES)

    def is_about(self, *texts: str) -> bool:
        """Return whether a model's name and topics share a word with the task."""
        return not self.topics.isdisjoint(stems(" ".join(texts)))


def needs_of(task: Task, examples: ExampleSet) -> Needs:
    """Return what a task asks of its models; the tokens that they must read only for families that read whole texts."""
    lengths = sorted(len(example.input) for example in examples.evidence)
    tokens = None
    if task.family in READS_WHOLE:
        usual = lengths[min(len(lengths) - 1, int(WHOLE_SHARE * len(lengths)))] if lengths else 0
        tokens = max(int(usual / CHARACTERS_PER_TOKEN), task.constraints.context or 0)
    labels = {label: task.labels.get(label, "") for label in examples.labels}
    languages = frozenset(code.lower() for code in task.constraints.languages) or _spoken(task, examples)
    topics = stems(" ".join((in_english(task.instruction), *labels, *labels.values())))
    is_of_programs = "code" in languages or not topics.isdisjoint(stems(_OF_PROGRAMS))
    return Needs(
        languages,
        tokens,
        labels,
        topics if is_of_programs else topics - {"code", "codes"},
        bool(examples.teaching),
    )


def _spoken(task: Task, examples: ExampleSet) -> frozenset[str]:
    """Return the languages of the examples; for files, of the expected texts."""
    if task.translate is not None:
        return frozenset(filter(None, (task.translate.source, task.translate.target)))
    files = family(task.family).file_part is not None

    def text(example: Example) -> str:
        return (example.expected if isinstance(example.expected, str) else "") if files else example.input

    texts = list(map(text, (*examples.teaching, *examples.evidence)))
    if sum(len(_WORD.findall(each)) for each in texts) < SENTENCE * len(texts):
        return frozenset()
    from advisor.task.languages import languages  # its model takes 0.4 s

    return frozenset(each.language for each in languages([texts])[0])


def without_languages(text: str) -> str:
    """Return a text without names of languages: a German letter is not what a "German sentiment" model is about."""
    return _LANGUAGE.sub(" ", text)


def stems(text: str) -> frozenset[str]:
    """Return the stems of content words."""
    words = (found[0].casefold() for found in _WORD.finditer(text.replace("_", " ")))
    return frozenset(
        word if word in _WHOLE else (_STEM.match(word) or [word])[0]
        for word in words
        if word not in _EMPTY and word not in _LANGUAGES
    )
