"""Public labelled data sets that may stand in for a user's examples: facts about them, nothing of their content.

Ids, splits and licences are those of the Hub's dataset cards and of mteb 2.26.24's task metadata (Apache-2.0); a
licence that a card does not name, or on which the two differ, is None. All are read from the Parquet files that the Hub
makes of every public data set (branch refs/convert/parquet, file CONFIG/SPLIT/0000.parquet).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

_CLASSIFY = ("text-classification", "zero-shot-classification")
_CONLL = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC")
_WIKIANN = _CONLL[:7]
_CIFAR = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@dataclass(frozen=True, slots=True)
class StandIn:
    """One data set that may stand in.

    Attributes:
        id: The Hub's dataset id.
        config: Of its configurations; the Hub calls the only one "default".
        split: Of its splits.
        families: That it has the shape of.
        languages: ISO 639-1 codes; of a translation source and target.
        input: The family's parts with their columns.
        expected: Columns with what is expected, the first that the file has.
        about: What it is about, in words.
        licence: As its card names it; None: not named.
        names: What numbers in the expected column stand for, in order; empty: it holds no numbers.
        path: Of an answer within an object, e.g. "text" in SQuAD's answers.
        is_turned: Whether it is a translation read from its target to its source; both ways come from one file.
    """

    id: str
    config: str
    split: str
    families: tuple[str, ...]
    languages: tuple[str, ...]
    input: dict[str, str]
    expected: tuple[str, ...]
    about: str
    licence: str | None = None
    names: tuple[str, ...] = field(default=())
    path: str = ""
    is_turned: bool = False

    @property
    def key(self) -> str:
        """How an answer names it."""
        return f"{self.id}:{self.config}" + (f":{'-'.join(self.languages)}" if self.is_turned else "")

    @property
    def family(self) -> str:
        """The family it is made for."""
        return self.families[0]


def _massive(language: str) -> StandIn:
    return StandIn(
        "mteb/amazon_massive_intent",
        language,
        "test",
        _CLASSIFY,
        (language,),
        {"text": "text"},
        ("label_text", "label"),
        "requests to a voice assistant, 60 intents",
        "cc-by-4.0",  # as AmazonScience/massive, of which it is a copy
    )


def _wikiann(language: str) -> StandIn:
    return StandIn(
        "unimelb-nlp/wikiann",
        language,
        "test",
        ("token-classification",),
        (language,),
        {"text": "tokens"},
        ("ner_tags",),
        "sentences of Wikipedia with people, places and organisations",
        names=_WIKIANN,
    )


def _tatoeba(language: str, code: str, name: str) -> tuple[StandIn, StandIn]:
    """Return the translations of everyday sentences from a language into English, and the same ones turned around."""
    into_english = StandIn(
        "mteb/tatoeba-bitext-mining",
        f"{code}-eng",
        "test",
        ("translation",),
        (language, "en"),
        {"text": "sentence1"},
        ("sentence2",),
        f"everyday {name} sentences and their English translation",
        "cc-by-2.0",
    )
    from_english = replace(
        into_english,
        languages=("en", language),
        input={"text": "sentence2"},
        expected=("sentence1",),
        about=f"everyday English sentences and their {name} translation",
        is_turned=True,
    )
    return into_english, from_english


def _fleurs(language: str, config: str) -> StandIn:
    return StandIn(
        "google/fleurs",
        config,
        "test",
        ("automatic-speech-recognition",),
        (language,),
        {"audio": "audio"},
        ("transcription",),
        "sentences of Wikipedia, read aloud",
        "cc-by-4.0",
    )


STAND_INS: tuple[StandIn, ...] = (
    StandIn(
        "mteb/banking77",
        "default",
        "test",
        _CLASSIFY,
        ("en",),
        {"text": "text"},
        ("label_text", "label"),
        "requests to a bank, 77 intents",
        "mit",
    ),
    StandIn(
        "stanfordnlp/sst2",
        "default",
        "validation",
        _CLASSIFY,
        ("en",),
        {"text": "sentence"},
        ("label",),
        "sentences of film reviews, positive or negative",
        names=("negative", "positive"),
    ),
    StandIn(
        "fancyzhx/ag_news",
        "default",
        "test",
        _CLASSIFY,
        ("en",),
        {"text": "text"},
        ("label",),
        "news, four topics",
        names=("World", "Sports", "Business", "Sci/Tech"),
    ),
    *map(_massive, ("de", "es", "fr", "it", "nl", "pl", "pt", "ru", "sv", "tr", "ja", "en")),
    StandIn(
        "mteb/stsbenchmark-sts",
        "default",
        "test",
        ("sentence-similarity",),
        ("en",),
        {"first": "sentence1", "second": "sentence2"},
        ("score",),
        "pairs of sentences, graded 0 to 5",
    ),
    StandIn(
        "mteb/GermanSTSBenchmark",
        "default",
        "test",
        ("sentence-similarity",),
        ("de",),
        {"first": "sentence1", "second": "sentence2"},
        ("score",),
        "pairs of sentences, graded 0 to 5",
        "cc-by-sa-3.0",
    ),
    StandIn(
        "rajpurkar/squad",
        "plain_text",
        "validation",
        ("question-answering",),
        ("en",),
        {"question": "question", "context": "context"},
        ("answers",),
        "questions about paragraphs of Wikipedia",
        "cc-by-sa-4.0",
        path="text",
    ),
    StandIn(
        "deepset/germanquad",
        "plain_text",
        "test",
        ("question-answering",),
        ("de",),
        {"question": "question", "context": "context"},
        ("answers",),
        "questions about paragraphs of Wikipedia",
        "cc-by-4.0",
        path="text",
    ),
    StandIn(
        "abisee/cnn_dailymail",
        "3.0.0",
        "test",
        ("summarization",),
        ("en",),
        {"text": "article"},
        ("highlights",),
        "news with their highlights",
        "apache-2.0",
    ),
    StandIn(
        "EdinburghNLP/xsum",
        "default",
        "test",
        ("summarization",),
        ("en",),
        {"text": "document"},
        ("summary",),
        "news with a summary of one sentence",
    ),
    StandIn(
        "eriktks/conll2003",
        "conll2003",
        "test",
        ("token-classification",),
        ("en",),
        {"text": "tokens"},
        ("ner_tags",),
        "news with people, places, organisations and others",
        names=_CONLL,
    ),
    *map(_wikiann, ("de", "es", "fr", "it", "nl", "pl", "pt", "ru", "sv", "tr", "ja", "zh", "en")),
    *_tatoeba("de", "deu", "German"),
    *_tatoeba("fr", "fra", "French"),
    *_tatoeba("es", "spa", "Spanish"),
    *_tatoeba("it", "ita", "Italian"),
    *_tatoeba("nl", "nld", "Dutch"),
    *_tatoeba("pt", "por", "Portuguese"),
    StandIn(
        "hf-internal-testing/librispeech_asr_dummy",
        "clean",
        "validation",
        ("automatic-speech-recognition",),
        ("en",),
        {"audio": "audio"},
        ("text",),
        "73 passages of audiobooks, read aloud (from LibriSpeech)",
        "cc-by-4.0",
    ),
    *(
        _fleurs(language, config)
        for language, config in (("de", "de_de"), ("fr", "fr_fr"), ("es", "es_419"), ("it", "it_it"), ("nl", "nl_nl"))
    ),
    StandIn(
        "AI-Lab-Makerere/beans",
        "default",
        "test",
        ("image-classification",),
        (),
        {"image": "image"},
        ("labels",),
        "bean leaves, healthy or with one of two diseases",
        "mit",
        names=("angular_leaf_spot", "bean_rust", "healthy"),
    ),
    StandIn(
        "uoft-cs/cifar10",
        "plain_text",
        "test",
        ("image-classification",),
        (),
        {"image": "img"},
        ("label",),
        "small photographs of ten kinds of things",
        names=_CIFAR,
    ),
)
