"""Simulated users are interviewed: how many questions, and how good a shortlist, against a fixed questionnaire.

    python -m benchmarks.interview

A user has words and needs. The words say some of the needs; a question gets the true answer, and so does every question
of the fixed questionnaire, which asks all of them. What a shortlist is worth is measured on what the user needs: the
share of its models that meet every need (`fit`), and the share of the questionnaire's shortlist that it holds (`same`).
Words and examples are asked for by both and not counted. With a file of examples the interview sees the labels and the
inputs' language, which a form has to ask; `--no-file` has it ask too. The catalog is the shipped one; nothing is
downloaded.
"""

import argparse
import statistics
from dataclasses import dataclass, replace
from typing import Any

from advisor.candidates.candidate import spread
from advisor.families import family
from advisor.interview import value_of_information
from advisor.interview.ask import next_question
from advisor.interview.facts import Fact, Source
from advisor.interview.feasibility import Limits, Pool, limits
from advisor.interview.understand import Seen, understand
from advisor.system import machine
from catalog import PERMISSIVE_LICENSES, Catalog, ModelCard, open_catalog

GB = 10**9
K, DEPTH = 8, 40
# What describes a task: the facts that the interview reads from words, and what a plan needs besides.
QUESTIONNAIRE = (
    "family", "labels", "constraints.languages", "constraints.license", "constraints.max_memory", "in_house", "volume",
    "bar.p95_seconds", "bar.pass_rate", "download",
)  # fmt: skip
FORM = len(QUESTIONNAIRE)
COMMERCIAL, APACHE = sorted(PERMISSIVE_LICENSES), ["apache-2.0", "mit"]


@dataclass(frozen=True)
class User:
    """What a user says first, and what is true."""

    words: str
    family: str
    languages: tuple[str, ...] = ("en",)
    license: list[str] | None = None
    memory: int | None = None
    seconds: float | None = None
    download: int = 2 * GB
    bar: float = 0.9

    def truth(self) -> dict[str, Any]:
        """Return the true answers by key."""
        return {
            "family": self.family,
            "constraints.license": self.license,
            "constraints.languages": list(self.languages),
            "constraints.max_memory": self.memory,
            "bar.p95_seconds": self.seconds,
            "download": self.download,
            "bar.pass_rate": self.bar,
            "labels": ["a", "b"],
            "examples": None,
            "instruction": self.words,
        }


C, T = "text-classification", "token-classification"
USERS = (
    User("sort support mails into billing, bug, other; 4 GB laptop, German, in house", C, ("de",), None, 4 * GB),
    User("tell spam from ham", C, download=GB // 2, bar=0.95),
    User("is this product review positive, negative or neutral? commercial product, English", C, license=COMMERCIAL),
    User("detect toxic comments in French forum posts", C, ("fr",), None, None, 0.1, GB // 2),
    User("which of our 12 departments should get this letter", C, ("de",), APACHE, 8 * GB),
    User("emotion of a tweet, Apache only, within 100 ms on CPU", C, ("en",), ["apache-2.0"], None, 0.1),
    User("find company names and amounts in German invoices, CPU only, must be Apache", T, ("de",), ["apache-2.0"]),
    User("pull person names and places out of newspaper articles", T, ("en",), None, None, None, 10 * GB),
    User("mask personal data in Spanish chat logs", T, ("es",), COMMERCIAL, 4 * GB),
    User("part-of-speech tags for Polish sentences", T, ("pl",), None, None, None, GB // 2, 0.95),
    User("answer questions about our handbook from a given paragraph", "question-answering", license=COMMERCIAL),
    User("extract the answer span from a contract clause, German", "question-answering", ("de",), None, None, 1.0),
    User("summarize meeting notes in two sentences, up to 2 GB download", "summarization", license=COMMERCIAL),
    User("short summaries of German news articles", "summarization", ("de",), None, 8 * GB, 5.0, 10 * GB, 0.8),
    User("translate product descriptions from German into English", "translation", ("de", "en"), APACHE, None, 1.0),
    User("translate chats from English to Japanese", "translation", ("en", "ja"), None, None, None, 2 * GB, 0.8),
    User("transcribe English customer calls", "automatic-speech-recognition", license=COMMERCIAL, memory=4 * GB),
    User("write down German voice memos on a laptop with 8 GB", "automatic-speech-recognition", ("de",), None, 8 * GB),
    User("sort photos of machine parts into ok and defective", "image-classification", seconds=0.1, bar=0.99),
    User("tell which plant is on a picture, commercial use", "image-classification", license=COMMERCIAL),
    User("find the help article that answers a customer's question", "text-retrieval", license=APACHE, seconds=0.1),
    User("semantic search over 50,000 legal paragraphs in German", "text-retrieval", ("de",), COMMERCIAL, None, 1.0),
    User("how similar are two job titles, a score between 0 and 1", "sentence-similarity", seconds=0.1),
    User("detect duplicate bug reports by comparing pairs of titles", "sentence-similarity", license=APACHE),
    User("rerank search results for a shop, best first", "text-ranking", license=COMMERCIAL, seconds=1.0),
    User("turn a free text order into JSON: item, quantity, date", "json-extraction", license=APACHE),
    User("read invoices, return JSON: vendor, total; 16 GB memory", "json-extraction", ("de",), None, 16 * GB),
    User("write SQL for a question about our sales tables, apache or mit", "text-generation", license=APACHE, bar=0.8),
    User("rewrite sentences in plain language", "text-generation", ("de",), COMMERCIAL, 8 * GB, 5.0, 10 * GB, 0.8),
    User("is this text about sports, politics or business? no training data", "zero-shot-classification", download=GB),
)  # fmt: skip


def interview(user: User, pool: Pool, catalog: Catalog, *, has_file: bool) -> tuple[list[str], Seen]:
    """Return the keys asked, and what is known at the end."""
    of_file = [Fact("constraints.languages", list(user.languages), Source.FILE)] if has_file else []
    if has_file and family(user.family).has_labels:
        of_file.append(Fact("labels", ["a", "b"], Source.FILE))
    answers: dict[str, Any] = {"examples": None}
    truth, asked = user.truth(), list[str]()
    while True:
        seen = understand(user.words, answers, pool, catalog, of_file)
        question = next_question(seen, pool)
        if question is None:
            return asked, seen
        answers[question.key] = truth.get(question.key)
        asked.append(question.key)


def shortlist(catalog: Catalog, pool: Pool, user: User, known: Limits) -> list[ModelCard]:
    """Return the models that the catalog's search puts up, as a plan would spread them."""
    filters = pool.filters(known)
    if known.download is not None:
        filters = replace(filters, max_bytes=min(filters.max_bytes or known.download, known.download))
    hits = catalog.search(user.words, filters=filters, limit=DEPTH)
    cards = sorted((hit.card for hit in hits), key=lambda card: card.predicted_bytes() or 0)
    return spread(cards, K)


def main() -> None:
    """Interview every user, print a line each and the means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--least", type=float, default=value_of_information.LEAST_WORTH, help="worth below which nothing is asked"
    )
    parser.add_argument("--no-file", action="store_true", help="without a file that shows the inputs' language")
    options = parser.parse_args()
    value_of_information.LEAST_WORTH = options.least
    rows = []
    with open_catalog() as catalog:
        pool = Pool(catalog, [], hub=True, here=machine.look())
        print(f"{'asked':>5} {'form':>4} {'fit':>5} {'form':>5} {'same':>5}  user: questions")
        for user in USERS:
            asked, seen = interview(user, pool, catalog, has_file=not options.no_file)
            full = understand(user.words, {"examples": None} | user.truth(), pool, catalog)
            needs = limits(full.understanding)
            strict = pool.filters(needs)
            strict = replace(strict, max_bytes=min(strict.max_bytes or user.download, user.download))
            ours = shortlist(catalog, pool, user, limits(seen.understanding))
            form = shortlist(catalog, pool, user, needs)
            fit = sum(strict.allows(card) for card in ours) / max(1, len(ours))
            same = len({c.id for c in ours} & {c.id for c in form}) / max(1, len(form))
            counted = [key for key in asked if key in QUESTIONNAIRE]
            whole = sum(strict.allows(card) for card in form) / max(1, len(form))
            rows.append((len(counted), fit, whole, same))
            names = ", ".join(key.rpartition(".")[2] for key in counted)
            print(f"{len(counted):5} {FORM:4} {fit:5.2f} {whole:5.2f} {same:5.2f}  {user.words[:50]}: {names}")
    means = [statistics.mean(column) for column in zip(*rows, strict=True)]
    print(f"{means[0]:5.2f} {FORM:4} {means[1]:5.2f} {means[2]:5.2f} {means[3]:5.2f}  means of {len(rows)} users")
    share = means[0] / len(QUESTIONNAIRE)
    print(
        f"\nquestions asked: {share:.2f} of the questionnaire's (aim below 0.50); shortlist that fits: {means[1]:.2f}"
    )


if __name__ == "__main__":
    main()
