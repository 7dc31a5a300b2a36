"""Texts that were written down with their facts before the reader of words was run on any of them.

`SECOND` was written after the reader had learned from `HELD_OUT`, and before it saw `SECOND`; so `THIRD` and `FOURTH`.
"""

from __future__ import annotations

from typing import Any

from catalog import PERMISSIVE_LICENSES

GB = 10**9
HELD_OUT: dict[str, dict[str, Any]] = {
    "We get around 1,200 customer emails per day and want them routed to sales, support or accounting. Emails are in "
    "Dutch and English. GDPR applies, so nothing leaves our servers.": {
        "family": "text-classification",
        "labels": ["sales", "support", "accounting"],
        "constraints.languages": ["nl", "en"],
        "volume": 1200,
        "in_house": True,
    },
    "flag toxic comments on our forum, needs to answer in under 50ms on cpu, 2 million comments a month": {
        "family": "text-classification",
        "bar.p95_seconds": 0.05,
        "device": "cpu",
        "volume": round(2e6 / 30, 3),
    },
    "Transcribe Spanish phone calls. At most 5% of them wrong. We have one RTX 3060 with 12 GB VRAM.": {
        "family": "automatic-speech-recognition",
        "constraints.languages": ["es"],
        "bar.pass_rate": 0.95,
        "device": "gpu",
        "constraints.max_memory": 12 * GB,
    },
    "Which department does this ticket belong to: HR, IT, Facilities or Legal?": {
        "family": "text-classification",
        "labels": ["HR", "IT", "Facilities", "Legal"],
    },
    "summarize meeting notes in 3 sentences, runs offline on a macbook air with 16gb": {
        "family": "summarization",
        "in_house": True,
        "device": "mps",
        "constraints.max_memory": 16 * GB,
    },
    "Find the right FAQ entry for a customer's question, about 300 requests an hour, answers within half a second": {
        "family": "text-retrieval",
        "volume": 7200,
        "bar.p95_seconds": 0.5,
    },
    "translate product descriptions from english to french, italian and spanish": {
        "family": "translation",
        "constraints.languages": ["en", "fr", "it", "es"],
        "translate.source": "en",
    },
    "Pull the order number, the delivery address and the phone number out of chat messages and give me JSON": {
        "family": "json-extraction",
    },
    "Erkenne, ob eine Bewertung positiv, negativ oder neutral ist. 10.000 Bewertungen pro Tag, darf das Haus nicht "
    "verlassen, höchstens 300 ms pro Bewertung": {
        "family": "text-classification",
        "labels": ["positiv", "negativ", "neutral"],
        "volume": 10_000,
        "in_house": True,
        "bar.p95_seconds": 0.3,
    },
    "Are these two product titles the same product? English, Apache or MIT licence please, must fit in 500 MB": {
        "family": "sentence-similarity",
        "constraints.languages": ["en"],
        "constraints.license": ["apache-2.0", "mit"],
        "constraints.max_memory": 500_000_000,
    },
    "Classify x-ray images as pneumonia / normal, hospital data may not leave the building, 98% accuracy": {
        "family": "image-classification",
        "labels": ["pneumonia", "normal"],
        "in_house": True,
        "bar.pass_rate": 0.98,
    },
    "an assistant that drafts polite replies to complaints, max 3B parameters, cloud is fine": {
        "family": "text-generation",
        "constraints.max_parameters": 3_000_000_000,
        "in_house": False,
    },
    "Given a passage and a question, give back the exact answer from the passage. Must be right 9 times out of 10.": {
        "family": "question-answering",
        "bar.pass_rate": 0.9,
    },
    "Rerank the top 50 search hits for our shop; 30 queries per second; less than 100 milliseconds": {
        "family": "text-ranking",
        "volume": 30 * 86_400,
        "bar.p95_seconds": 0.1,
    },
    "mark all names of people and cities in Polish court rulings so we can black them out": {
        "family": "token-classification",
        "constraints.languages": ["pl"],
    },
    'Label every tweet as "pro", "contra" or "none". No cloud. Commercial use.': {
        "family": "text-classification",
        "labels": ["pro", "contra", "none"],
        "in_house": True,
        "constraints.license": sorted(PERMISSIVE_LICENSES),
    },
    "predict the star rating (1-5) of hotel reviews, German or English, one in ten may be wrong": {
        "family": "text-classification",
        "labels": ["1", "2", "3", "4", "5"],
        "constraints.languages": ["de", "en"],
        "bar.pass_rate": 0.9,
    },
    "I want to know if an incoming SMS is a scam or legit. Small model, below 100M parameters, no internet.": {
        "family": "text-classification",
        "labels": ["scam", "legit"],
        "constraints.max_parameters": 100_000_000,
        "in_house": True,
    },
    "fasse lange Verträge auf Deutsch zusammen, mit GGUF in Ollama, 8 GB RAM": {
        "family": "summarization",
        "constraints.languages": ["de"],
        "format": ["gguf"],
        "constraints.max_memory": 8 * GB,
    },
    "Sort news articles into topics such as sports, politics and business. 99.5% correct is a must, 95% confidence": {
        "family": "text-classification",
        "bar.pass_rate": 0.995,
        "bar.confidence": 0.95,
    },
    "turn voice notes (Portuguese, up to 2 minutes long) into text on a Raspberry Pi, nothing may be downloaded": {
        "family": "automatic-speech-recognition",
        "constraints.languages": ["pt"],
        "device": "cpu",
        "download": 0,
    },
    "categorise bank transactions: groceries, rent, salary, travel, other. Self-hosted, 50k per week.": {
        "family": "text-classification",
        "labels": ["groceries", "rent", "salary", "travel", "other"],
        "in_house": True,
        "volume": round(50_000 / 7, 3),
    },
    "make pictures of cats from a prompt": {},
    "detect the intent of a chat message\n- order status\n- cancel order\n- talk to a human\nlatency 150 ms, "
    "EN->DE not needed": {
        "family": "text-classification",
        "labels": ["order status", "cancel order", "talk to a human"],
        "bar.p95_seconds": 0.15,
    },
    "tag support threads with all labels that apply (bug, feature request, question, praise), 4 per minute, "
    "80% of threads right": {
        "family": "text-classification",
        "labels": ["bug", "feature request", "question", "praise"],
        "labels_per_text": "several",
        "volume": 5760,
        "bar.pass_rate": 0.8,
    },
}

SECOND: dict[str, dict[str, Any]] = {
    "Every morning about 3000 PDFs of delivery notes arrive and I need supplier, date and total weight as JSON fields; "
    "nothing may go to the cloud": {"family": "json-extraction", "in_house": True},
    "Is a news headline clickbait or not? English only, must be faster than 20 ms": {
        "family": "text-classification",
        "labels": ["clickbait", "not clickbait"],
        "constraints.languages": ["en"],
        "bar.p95_seconds": 0.02,
    },
    "assign each complaint to one of: delivery, quality, price, staff. 8GB RAM, no GPU, wrong in fewer than 10% of "
    "cases": {
        "family": "text-classification",
        "labels": ["delivery", "quality", "price", "staff"],
        "constraints.max_memory": 8 * GB,
        "device": "cpu",
        "bar.pass_rate": 0.9,
    },
    "Speech recognition for doctors' dictations in German, on premise, 2 seconds per dictation at most": {
        "family": "automatic-speech-recognition",
        "constraints.languages": ["de"],
        "in_house": True,
        "bar.p95_seconds": 2.0,
    },
    "DE -> FR translation of contracts, accuracy 97 percent": {
        "family": "translation",
        "constraints.languages": ["de", "fr"],
        "translate.source": "de",
        "translate.target": "fr",
        "bar.pass_rate": 0.97,
    },
    "tell apart photos of ripe, unripe and rotten bananas, runs on a raspberry pi, 5 per second": {
        "family": "image-classification",
        "labels": ["ripe", "unripe", "rotten"],
        "device": "cpu",
        "volume": 432_000,
    },
    "Shorten legal opinions of about 12 pages to an abstract. Apache-2.0. 16 GB of memory.": {
        "family": "summarization",
        "context": 8004,
        "constraints.license": ["apache-2.0"],
        "constraints.max_memory": 16 * GB,
    },
    "find people's names, IBANs and addresses in emails and hide them, GDPR, 100k emails a week": {
        "family": "token-classification",
        "in_house": True,
        "volume": round(1e5 / 7, 3),
    },
    "customers ask things, look it up in our 400 help articles, top 5 must contain the answer in 95% of cases": {
        "family": "text-retrieval",
        "bar.pass_rate": 0.95,
    },
    "Wir bekommen 500 E-Mails am Tag und wollen sie in Anfrage, Beschwerde und Kündigung einteilen, lokal auf einem "
    "Laptop mit 16 GB": {
        "family": "text-classification",
        "labels": ["Anfrage", "Beschwerde", "Kündigung"],
        "volume": 500,
        "in_house": True,
        "constraints.max_memory": 16 * GB,
    },
    "Übersetze Handbücher aus dem Deutschen ins Englische": {
        "family": "translation",
        "constraints.languages": ["de", "en"],
        "translate.source": "de",
        "translate.target": "en",
    },
    "which emotion (joy, anger, sadness, fear) does a tweet show; MIT; <= 200M params": {
        "family": "text-classification",
        "labels": ["joy", "anger", "sadness", "fear"],
        "constraints.license": ["mit"],
        "constraints.max_parameters": 200_000_000,
    },
    "Write product descriptions from bullet points, 1 per minute, an API is ok": {
        "family": "text-generation",
        "volume": 1440,
        "in_house": False,
    },
    "score how relevant a passage is to a query and order the passages by it, GPU with 24 GB": {
        "family": "text-ranking",
        "device": "gpu",
        "constraints.max_memory": 24 * GB,
    },
    "Given two questions, say how similar they are in meaning, 1,500 pairs per hour": {
        "family": "sentence-similarity",
        "volume": 36_000,
    },
    "label my transactions with categories I make up myself, no training examples at all, downloads up to 1 GB": {
        "family": "zero-shot-classification",
        "download": GB,
    },
    "priority of a ticket: P1, P2, P3 or P4. Hindi and English. max latency 1s": {
        "family": "text-classification",
        "labels": ["P1", "P2", "P3", "P4"],
        "constraints.languages": ["hi", "en"],
        "bar.p95_seconds": 1.0,
    },
    "Identify the language of a comment: German, French or Italian": {
        "family": "text-classification",
        "labels": ["German", "French", "Italian"],
        "constraints.languages": ["de", "fr", "it"],
    },
    "route chats to billing / tech / sales in real time, 19 out of 20 correct, we can use the cloud": {
        "family": "text-classification",
        "labels": ["billing", "tech", "sales"],
        "bar.pass_rate": 0.95,
        "in_house": False,
    },
    "fact or opinion? tiny model for the phone, 50 MB download at most": {
        "family": "text-classification",
        "labels": ["fact", "opinion"],
        "download": 50_000_000,
    },
    "subtitles for our Italian cooking videos": {
        "family": "automatic-speech-recognition",
        "constraints.languages": ["it"],
    },
    "answer questions about a contract by quoting the clause, the contract must not leave our network": {
        "family": "question-answering",
        "in_house": True,
    },
    "generate music for games": {},
    "decide if a job ad is junior, mid or senior level - 10 ads a minute - 92 % accuracy - macbook": {
        "family": "text-classification",
        "labels": ["junior", "mid", "senior"],
        "volume": 14_400,
        "bar.pass_rate": 0.92,
        "device": "mps",
    },
    "spot fake reviews among real ones, 1 in 50 wrong is acceptable, latency below a second": {
        "family": "text-classification",
        "bar.pass_rate": 0.98,
        "bar.p95_seconds": 1.0,
    },
}

THIRD: dict[str, dict[str, Any]] = {
    "our helpdesk gets ~800 tickets/day in english and i'd like them auto-tagged (hardware, software, network,"
    " account), laptop with 16gb ram, nothing may leave the company": {
        "family": "text-classification",
        "labels": ["hardware", "software", "network", "account"],
        "constraints.languages": ["en"],
        "volume": 800,
        "constraints.max_memory": 16 * GB,
        "in_house": True,
    },
    "Detect whether a customer message is a complaint. Must not miss more than 5%.": {"family": "text-classification"},
    "I have product reviews in French and want the sentiment: positive, neutral, negative. Accuracy at least "
    "92%. Small enough for CPU.": {
        "family": "text-classification",
        "constraints.languages": ["fr"],
        "labels": ["positive", "neutral", "negative"],
        "bar.pass_rate": 0.92,
        "device": "cpu",
    },
    "convert audio of Dutch council meetings to text, max 1 GB of RAM": {
        "family": "automatic-speech-recognition",
        "constraints.languages": ["nl"],
        "constraints.max_memory": GB,
    },
    "Give each paper abstract a one sentence summary; 10 per minute; Apache 2.0 only": {
        "family": "summarization",
        "volume": 14_400,
        "constraints.license": ["apache-2.0"],
    },
    "pick out company names and money amounts from press releases, respond in 100ms": {
        "family": "token-classification",
        "bar.p95_seconds": 0.1,
    },
    "get vendor, iban and amount from invoice emails as json": {"family": "json-extraction"},
    "find which of our 2,000 policies answers an employee's question": {"family": "text-retrieval"},
    "translate user manuals English to Polish, on-prem": {
        "family": "translation",
        "constraints.languages": ["en", "pl"],
        "translate.source": "en",
        "translate.target": "pl",
        "in_house": True,
    },
    "classify pictures of leaves as healthy or diseased": {
        "family": "image-classification",
        "labels": ["healthy", "diseased"],
    },
    "moderate chat: ok / insult / threat. 50 messages per second, 10 ms each": {
        "family": "text-classification",
        "labels": ["ok", "insult", "threat"],
        "volume": 50 * 86400,
        "bar.p95_seconds": 0.01,
    },
    "Kundenmails nach Dringlichkeit sortieren: hoch, mittel, niedrig. Deutsch. Daten dürfen nicht in die "
    "Cloud. 90 % richtig.": {
        "family": "text-classification",
        "labels": ["hoch", "mittel", "niedrig"],
        "constraints.languages": ["de"],
        "in_house": True,
        "bar.pass_rate": 0.9,
    },
    "Ich brauche ein Modell, das Namen und Adressen in Briefen findet, ohne GPU": {
        "family": "token-classification",
        "device": "cpu",
    },
    "Are two sentences paraphrases of each other? under 100 MB to download": {
        "family": "sentence-similarity",
        "download": 100_000_000,
    },
    "write polite replies to one-star reviews, English, 8GB VRAM": {
        "family": "text-generation",
        "constraints.languages": ["en"],
        "constraints.max_memory": 8 * GB,
    },
    "order support articles by how well they fit a question": {"family": "text-ranking"},
    "extract the answer to a question from a given paragraph, 300M params at most": {
        "family": "question-answering",
        "constraints.max_parameters": 300_000_000,
    },
    'tag emails as "invoice" / "reminder" / "other", 95 out of 100 correct, hosted models are ok': {
        "family": "text-classification",
        "labels": ["invoice", "reminder", "other"],
        "bar.pass_rate": 0.95,
        "in_house": False,
    },
    "how toxic is a comment on a scale from 0 to 5?": {
        "family": "text-classification",
        "labels": ["0", "1", "2", "3", "4", "5"],
    },
    "We need to know the topic of each news article (economy, sport, culture, politics, science), 5,000 "
    "articles each day, error rate at most 8%, 200M parameters max": {
        "family": "text-classification",
        "labels": ["economy", "sport", "culture", "politics", "science"],
        "volume": 5000,
        "bar.pass_rate": 0.92,
        "constraints.max_parameters": 200_000_000,
    },
}
FOURTH: dict[str, dict[str, Any]] = {
    "Assign incoming invoices to cost centres: marketing, travel, IT, office. 150 a day, must not leave our server.": {
        "family": "text-classification",
        "labels": ["marketing", "travel", "IT", "office"],
        "volume": 150,
        "in_house": True,
    },
    "I'd like to detect sarcasm in Reddit comments (sarcastic / sincere), model below 150M parameters": {
        "family": "text-classification",
        "labels": ["sarcastic", "sincere"],
        "constraints.max_parameters": 150_000_000,
    },
    "Create minutes from the transcript of a meeting, in German, at most 10 seconds per meeting": {
        "family": "summarization",
        "constraints.languages": ["de"],
        "bar.p95_seconds": 10.0,
    },
    "spanish speech to text for a call center, 40 calls an hour, gpu with 16 GB": {
        "family": "automatic-speech-recognition",
        "constraints.languages": ["es"],
        "volume": 960,
        "device": "gpu",
        "constraints.max_memory": 16 * GB,
    },
    "Find all medication names and dosages in doctors' letters; HIPAA; 98% correct": {
        "family": "token-classification",
        "in_house": True,
        "bar.pass_rate": 0.98,
    },
    "is the tone of this message friendly, neutral or rude? english and spanish, mit license": {
        "family": "text-classification",
        "labels": ["friendly", "neutral", "rude"],
        "constraints.languages": ["en", "es"],
        "constraints.license": ["mit"],
    },
    "Our chatbot needs to look up the right help page for a question, 2,000 questions per day, below 300 ms": {
        "family": "text-retrieval",
        "volume": 2000,
        "bar.p95_seconds": 0.3,
    },
    "turn job ads into structured JSON with title, salary and location": {"family": "json-extraction"},
    "Italian to German translation of recipes, no cloud, wrong at most 1 time in 20": {
        "family": "translation",
        "constraints.languages": ["it", "de"],
        "translate.source": "it",
        "translate.target": "de",
        "in_house": True,
        "bar.pass_rate": 0.95,
    },
    "sort pictures of parts into ok / scratched / broken on a jetson with 8 GB": {
        "family": "image-classification",
        "labels": ["ok", "scratched", "broken"],
        "constraints.max_memory": 8 * GB,
    },
    "grade short answers from 0 to 5 points, answers must come within two seconds": {
        "family": "text-classification",
        "labels": ["0", "1", "2", "3", "4", "5"],
        "bar.p95_seconds": 2.0,
    },
    "Erkenne Spam in Kommentaren, 1 Million Kommentare pro Monat, unter 50 ms, Apache-Lizenz": {
        "family": "text-classification",
        "volume": round(1e6 / 30, 3),
        "bar.p95_seconds": 0.05,
        "constraints.license": ["apache-2.0"],
    },
    "which of two product descriptions is closer in meaning to a query, CPU": {
        "family": "sentence-similarity",
        "device": "cpu",
    },
    "write alt text for web page sections from their heading, cloud would be fine": {
        "family": "text-generation",
        "in_house": False,
    },
    "check if a review mentions price, quality, delivery or service; several can apply per review": {
        "family": "text-classification",
        "labels": ["price", "quality", "delivery", "service"],
    },
}
KNOWN_MISSES: dict[str, tuple[str, ...]] = {
    "which of two product descriptions is closer in meaning to a query, CPU": ("family",),
    "write alt text for web page sections from their heading, cloud would be fine": ("family",),
}
