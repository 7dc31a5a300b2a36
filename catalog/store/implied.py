"""Meanings of parts of models' names, in the words of people who search for such models."""

import re
from typing import Final

# What is written in letters and is no language.
_OF_SEQUENCES: Final = "molecules, chemistry, proteins, genes and other sequences of biology"
# What a model does or how much it reads, rather than what it is about.
_SUMMARIES: Final = "summaries of news, dialogues and long documents"
_LONG: Final = "long documents, reports and transcripts"
_LIVE: Final = "streaming live captions in real time"
_MEANINGS: Final = tuple(
    (re.compile(rf"(?:{pattern})", re.IGNORECASE), words)
    for pattern, words in (
        (r"extract", "structured extraction of fields and values from texts as JSON"),
        (
            r"(?<![a-z])rag(?![a-z])",
            "retrieval augmented answers from passages and documents with citations of sources",
        ),
        (
            r"tool|function(?!al)|(?<![a-z])fc(?![a-z])|xlam|hammer2",
            "function calling with tools, actions, commands and arguments for agents and assistants",
        ),
        (
            r"(?<!de)(?<!en)code(?!c)|devstral",
            "programming, autocompletion of code in the editor, fill in the middle, software, SQL queries",
        ),
        (r"sql", "SQL queries from questions"),
        (r"(?<![a-z])qg(?![a-z])|question-generat", "generation of quiz and exam questions from paragraphs"),
        (r"math", "maths problems"),
        (r"guard|shield|safeguard", "safety moderation guardrail jailbreak harmful prompts and answers"),
        (r"(?<![a-z])pii|privacy|deid|de-ident|anonym", "personal data, names and addresses to redact and anonymise"),
        (r"biomed|pubmed|(?<![a-z])bio(?!me)|covid", "biomedical texts, medicine, PubMed"),
        (r"clinic|medical|(?<![a-z])med(?![iu])|i2b2|health", "clinical and medical texts, patient records, doctors"),
        (r"(?<![a-z])sci(?![a-z]{4})|specter|scientific|arxiv", "scientific papers, articles, abstracts and citations"),
        (r"legal|lex(?:lm|glue)|(?<![a-z])law|cuad", "legal texts, contracts, laws and clauses"),
        (r"(?<![a-z])fin(?![ein])|finance|financ", "finance, banks, stocks, earnings and business news"),
        (r"tweet|twitter|bertweet", "social media posts and tweets"),
        (r"toxic|hate|offens|abus", "toxic hateful offensive insulting remarks"),
        (r"histori[ck]|(?<![a-z])hmbert", "historical newspapers, old books and manuscripts of earlier centuries"),
        (r"qu?r[a']?an(?![a-z])", "recitation of the Quran, verses and recited prayers"),
        (r"detox", "toxic rude comments rewritten politely"),
        (r"fashion", "clothes, garments, shoes and fashion products"),
        (r"(?<![a-z])plip(?![a-z])|patholog|histo(?!r)", "pathology, tissue and histology"),
        (r"nsfw|nud(?:e|ity)", "explicit adult nude pictures moderation"),
        (r"streaming", _LIVE),
        (r"rvlcdip|rvl", "kinds of scanned documents: letter, invoice, form, e-mail"),
        (
            r"in1k|in2\dk|imagenet|^(?:mobilenet|mobilevit|efficientnet|resnet|convnext|swin|vit-(?:tiny|small|base))(?!.*finetun)",
            "photos, pictures and images of anything to classify, sort and recognise: a base to fine-tune",
        ),
        (
            r"nougat|got-ocr|texteller|pix2te|unimernet|latex|mathpix|texify|formula",
            "maths, formulas and LaTeX from pages of papers and PDF",
        ),
        (r"(?<![a-z])(?:cnn|xsum|samsum|book-summary|pegasus)", _SUMMARIES),
        (r"16384|longformer|bigbird|(?<![a-z])led(?![a-z])|long-t5|longt5", _LONG),
        (r"deplot|matcha|chart|plotqa", "charts, plots and diagrams"),
        (r"infographic", "infographics"),
        (r"(?<![a-z])slan", "tables, their rows and columns"),
        (r"mpdocvqa|multi-?page", "documents of several pages"),
        (r"(?:plus|base|large)-sv(?![a-z])|speaker|ecapa|voxceleb|xvector", "speakers: who speaks, verification"),
        (r"emotion|superb-er|(?<![a-z])ser(?![a-z])", "emotions, moods, feelings: angry, happy, sad, calm, afraid"),
        (r"bird", "birds, bird songs and calls, ornithology"),
        (r"rejection|refusal", "refusals and rejections by assistants"),
        (r"essay", "essays"),
        (r"cloth", "clothes, garments and fashion products"),
        (r"audioset|yamnet|(?<![a-z])esc50", "sound events, environmental sounds"),
        (
            r"chem|molformer|smiles|prot(?:ein|bert|trans)|(?<![a-z])esm(?=[\d-])|nucleotide|(?<![a-z])dna|genom",
            _OF_SEQUENCES,
        ),
        (r"multilingual|xlm|(?<![a-z])mbert|mdeberta|mmbert|(?<![a-z])mt5|labse", "many languages"),
    )
)

# Beginnings of words that indicate a field.
_BEGINNING: Final = re.compile(r"\b(?!with|from|into|text|answer|model|data|any|many|kinds|them|that|this)[a-z]{4,5}")


def implied(model_id: str) -> str:
    """The words that a model's name implies: "LFM2-1.2B-Extract" is for structured extraction."""
    return " ".join(_meanings(model_id.rsplit("/", 1)[-1]))


def field(said: str) -> str:
    """The words for the field of a model that is called or tagged so: a summariser of laws is for laws alone."""
    meanings = [each for each in _meanings(said) if each not in (_SUMMARIES, _LIVE)]
    return " ".join([each for each in meanings if each != _LONG] or meanings)


def _meanings(said: str) -> list[str]:
    return [words for pattern, words in _MEANINGS if pattern.search(said)]


def of_sequences(model_id: str) -> str:
    """The words for molecules, proteins and genes if a model's name implies that it reads them, "" otherwise."""
    return _OF_SEQUENCES if _OF_SEQUENCES in implied(model_id) else ""


def is_of_other_field(model_id: str, said: str) -> bool:
    """Whether a model's name implies a field, and a task in plain English has none of its words."""
    words, asked = (frozenset(_BEGINNING.findall(text.lower())) for text in (implied(model_id), said))
    return bool(words) and words.isdisjoint(asked)
