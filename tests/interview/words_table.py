"""Free texts as people write them, with all that they say but the instruction."""

from __future__ import annotations

from typing import Any

from catalog import PERMISSIVE_LICENSES

GB = 10**9
CLASSIFIES = {"family": "text-classification"}
TEXTS: dict[str, dict[str, Any]] = {
    "sort support mails into billing, bug, other; 4 GB laptop, German, must stay in house, about 20k mails a day, "
    "answer within 200 ms, 95% right": CLASSIFIES
    | {
        "labels": ["billing", "bug", "other"],
        "constraints.max_memory": 4 * GB,
        "constraints.languages": ["de"],
        "in_house": True,
        "volume": 20_000,
        "bar.p95_seconds": 0.2,
        "bar.pass_rate": 0.95,
    },
    "is it spam or ham?": CLASSIFIES | {"labels": ["spam", "ham"]},
    "translate from German into English, at most 2 GB download, no gpu": {
        "family": "translation",
        "constraints.languages": ["de", "en"],
        "translate.source": "de",
        "translate.target": "en",
        "download": 2 * GB,
        "device": "cpu",
    },
    "extract invoice number, date and total from mails as JSON, MIT or apache": {
        "family": "json-extraction",
        "constraints.license": ["mit", "apache-2.0"],
    },
    "I need a model that classifies reviews as positive/negative/neutral within 300 ms, on a 8 GB laptop": CLASSIFIES
    | {"labels": ["positive", "negative", "neutral"], "bar.p95_seconds": 0.3, "constraints.max_memory": 8 * GB},
    "rate reviews from 1 to 5 stars": CLASSIFIES | {"labels": ["1", "2", "3", "4", "5"]},
    "sort photos into cat, dog and bird": {"family": "image-classification", "labels": ["cat", "dog", "bird"]},
    "Sortiere Support-Mails in Rechnung, Fehler, Sonstiges; 4 GB Laptop, 95 % richtig": CLASSIFIES
    | {"labels": ["Rechnung", "Fehler", "Sonstiges"], "constraints.max_memory": 4 * GB, "bar.pass_rate": 0.95},
    "Please transcribe our calls (English and Spanish), 500 a day, no cloud": {
        "family": "automatic-speech-recognition",
        "constraints.languages": ["en", "es"],
        "volume": 500,
        "in_house": True,
    },
    "summarise 30-page contracts in French, apache licence": {
        "family": "summarization",
        "context": 20_010,
        "constraints.languages": ["fr"],
        "constraints.license": ["apache-2.0"],
    },
    'tag tweets with one of: "joy", "anger", "fear"': CLASSIFIES | {"labels": ["joy", "anger", "fear"]},
    "find names of persons and companies in German letters": {
        "family": "token-classification",
        "constraints.languages": ["de"],
    },
    "answer questions from our handbook": {"family": "question-answering"},
    "classify tickets as „Störung“, „Anfrage“ oder „Lob“": CLASSIFIES | {"labels": ["Störung", "Anfrage", "Lob"]},
    "sort e-mails (e.g. invoices, reminders, offers) by department": CLASSIFIES,
    "classify news as sports, politics, etc.": CLASSIFIES,
    "sort questions into billing, terms and conditions, and other": CLASSIFIES
    | {"labels": ["billing", "terms and conditions", "other"]},
    "tell spam from ham, 99 % accurate, 3 per second": CLASSIFIES
    | {"labels": ["spam", "ham"], "bar.pass_rate": 0.99, "volume": 259_200},
    "detect sarcasm in tweets, yes/no, at most 1 in 100 wrong": CLASSIFIES
    | {"labels": ["yes", "no"], "bar.pass_rate": 0.99},
    "decide whether a mail is urgent or not, under 2 s each": CLASSIFIES
    | {"labels": ["urgent", "not urgent"], "bar.p95_seconds": 2.0},
    "classify comments; categories: praise, complaint, question; cloud is fine": CLASSIFIES
    | {"labels": ["praise", "complaint", "question"], "in_house": False},
    "categorize posts into 4 groups (news, fun, ads, other), must run on CPU": CLASSIFIES
    | {"labels": ["news", "fun", "ads", "other"], "device": "cpu"},
    "sort letters between urgent, normal and low": CLASSIFIES | {"labels": ["urgent", "normal", "low"]},
    "label messages: 质量, 价格, 物流": CLASSIFIES | {"labels": ["质量", "价格", "物流"]},
    "classify the priority of tickets on a scale 1-4, real time": CLASSIFIES | {"labels": ["1", "2", "3", "4"]},
    "turn voice clips of 30 seconds into text": {"family": "automatic-speech-recognition"},
    "transcribe 2 minute calls in under 10 seconds, whisper in ctranslate2": {
        "family": "automatic-speech-recognition",
        "bar.p95_seconds": 10.0,
        "format": ["ctranslate2"],
    },
    "a chat assistant for our intranet, self-hosted, below 4B parameters, commercial use": {
        "family": "text-generation",
        "in_house": True,
        "constraints.max_parameters": 4_000_000_000,
        "constraints.license": sorted(PERMISSIVE_LICENSES),
    },
    "semantic search over 10,000 documents, 2 million queries a month": {
        "family": "text-retrieval",
        "volume": round(2e6 / 30, 3),
    },
    "rerank passages for a query, a quarter of a second per query": {"family": "text-ranking", "bar.p95_seconds": 0.25},
    "are two job titles similar? no downloads": {"family": "sentence-similarity", "download": 0},
    "Fasse Protokolle auf Deutsch zusammen, DSGVO, 100 Protokolle pro Woche": {
        "family": "summarization",
        "constraints.languages": ["de"],
        "in_house": True,
        "volume": round(100 / 7, 3),
    },
    "EN->DE translation, error rate below 2%": {
        "family": "translation",
        "constraints.languages": ["en", "de"],
        "translate.source": "en",
        "translate.target": "de",
        "bar.pass_rate": 0.98,
    },
    "translate our Japanese manuals to English with 90% confidence": {
        "family": "translation",
        "constraints.languages": ["ja", "en"],
        "translate.source": "ja",
        "translate.target": "en",
        "bar.confidence": 0.9,
    },
    "our webshop is in Dutch, translate all product texts into English": {
        "family": "translation",
        "constraints.languages": ["nl", "en"],
        "translate.source": "nl",
        "translate.target": "en",
    },
    "translate Ukrainian <-> English": {"family": "translation", "constraints.languages": ["uk", "en"]},
    "is this SMS junk or legit?": CLASSIFIES | {"labels": ["junk", "legit"]},
    "triage mails into billing, shipping and technical queues": CLASSIFIES
    | {"labels": ["billing", "shipping", "technical"]},
    "classify 3 years of daily support mails by topic": CLASSIFIES,
    "redact personal data, air-gapped, 9 out of 10 right": {
        "family": "token-classification",
        "in_house": True,
        "bar.pass_rate": 0.9,
    },
    "sort local news into sports and politics": CLASSIFIES | {"labels": ["sports", "politics"]},
    "100% accurate spam filter for $20 a month": CLASSIFIES,
    "classify texts of 5 tokens per second": CLASSIFIES,
    "a spam filter for the 8 hours a day that we work": CLASSIFIES,
    "I don't know yet": {},
    "hello": {"family": "text-generation"},
    "generate images of houses": {},
    "?": {},
}
INSTRUCTIONS = {
    "sort support mails into billing, bug, other; 4 GB laptop, German, must stay in house": (
        "Sort support mails into billing, bug, other."
    ),
    "I need a model that classifies reviews as good/bad within 300 ms, on a 8 GB laptop": (
        "Classify reviews as good/bad."
    ),
    "We get 1,200 mails per day and want them routed to sales or support. GDPR applies.": (
        "Route them to sales or support."
    ),
    "I want to know if a text is a scam or legit, no internet": "Tell whether a text is a scam or legit.",
    "Please transcribe our calls (English and Spanish), 500 a day, no cloud": (
        "Transcribe our calls (English and Spanish)."
    ),
    "is it spam or ham?": "Decide: is it spam or ham?",
    "Fasse Protokolle auf Deutsch zusammen, DSGVO": "Fasse Protokolle auf Deutsch zusammen.",
    "95% right, 4 GB": None,
}
