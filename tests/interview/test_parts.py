"""Several jobs in one text become several tasks; one job stays one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from advisor.interview.text.parts import MOST_PARTS, are_clear, split
from advisor.interview.text.words import MOST_TEXT, from_words

if TYPE_CHECKING:
    from catalog import Catalog


ASR, NER, TEXT = "automatic-speech-recognition", "token-classification", "text-classification"
SEVERAL = {
    "Transcribe calls, tag the intent, pull out names": {
        "Transcribe calls": ASR,
        "tag the intent": TEXT,
        "pull out names": NER,
    },
    "Transcribe our German calls, tag the intent as complaint, order or question, and pull out names; 8 GB laptop": {
        "Transcribe our German calls; 8 GB laptop": ASR,
        "tag the intent as complaint, order or question; 8 GB laptop; German": TEXT,
        "pull out names; 8 GB laptop; German": NER,
    },
    "translate and summarise French letters": {
        "translate French letters": "translation",
        "summarise French letters": "summarization",
    },
    "summarise the articles and translate them into English": {
        "summarise the articles": "summarization",
        "translate the articles into English": "translation",
    },
    "classify mails into urgent, normal and write a reply": {
        "classify mails into urgent, normal": TEXT,
        "write a reply": "text-generation",
    },
    "sort mails by topic: a, b, c and sort them by urgency: high, low": {
        "sort mails by topic: a, b, c": TEXT,
        "sort mails by urgency: high, low": TEXT,
    },
    "sort mails by urgency. Then sort them into billing, bug, other": {
        "sort mails by urgency": TEXT,
        "sort mails into billing, bug, other": TEXT,
    },
    "sort letters into complaint and praise, then sort into product and service": {
        "sort letters into complaint and praise": TEXT,
        "sort letters into product and service": TEXT,
    },
    "sort the mails (billing, bug, other). Then sort the rest into a, b": {
        "sort the mails (billing, bug, other)": TEXT,
        "sort the rest into a, b": TEXT,
    },
    "sort mails into:\n- billing\n- bug\nThen sort the bugs into:\n- minor\n- major": {
        "sort mails into:\n- billing\n- bug": TEXT,
        "sort the bugs into:\n- minor\n- major": TEXT,
    },
    "sort calls in three groups. Then sort the first group into a, b": {
        "sort calls in three groups": TEXT,
        "sort the first group into a, b": TEXT,
    },
    "1. transcribe voice notes\n2. translate them into English\n3. summarise the result": {
        "transcribe voice notes": ASR,
        "translate voice notes into English": "translation",
        "summarise the result": "summarization",
    },
    "I need three things:\n- transcribe meetings\n- summarise them\n- extract the action items as JSON": {
        "transcribe meetings": ASR,
        "summarise meetings": "summarization",
        "extract the action items as JSON": "json-extraction",
    },
    "First detect the language of a mail, then translate it to English, then sort it into sales or support": {
        "detect the language of a mail": TEXT,
        "translate a mail to English": "translation",
        "sort a mail into sales or support": TEXT,
    },
    "Transkribiere Anrufe, fasse sie zusammen": {
        "Transkribiere Anrufe": ASR,
        "fasse Anrufe zusammen": "summarization",
    },
    "We want to transcribe interviews and then find the names of people and places in them. CPU only.": {
        "transcribe interviews; CPU only": ASR,
        "find the names of people and places in interviews; CPU only": NER,
    },
    "detect spam, rank search results": {"detect spam": TEXT, "rank search results": "text-ranking"},
    "classify reviews (positive, negative) and extract product names from them, 10k reviews a day, English": {
        "classify reviews (positive, negative); 10k reviews a day, English": TEXT,
        "extract product names from reviews; 10k reviews a day, English": NER,
    },
    "mark all person names, flag toxic comments, translate comments into German": {
        "mark all person names": NER,
        "flag toxic comments": TEXT,
        "translate comments into German": "translation",
    },
    "transcribe calls and sort them into sales or support": {
        "transcribe calls": ASR,
        "sort calls into sales or support": TEXT,
    },
    "translate, summarise and classify (sport, politics) news": {
        "translate news": "translation",
        "summarise news": "summarization",
        "classify (sport, politics) news": TEXT,
    },
    "Read incoming faxes, classify them as order or invoice, extract the total as JSON": {
        "Read incoming faxes, classify them as order or invoice": TEXT,
        "extract the total as JSON": "json-extraction",
    },
    "German only: classify mails as spam or ham, summarise the rest": {
        "classify mails as spam or ham; German only": TEXT,
        "summarise the rest; German only": "summarization",
    },
}
ONE = (
    "sort customer letters. Then sort them into complaint, praise",
    "classify mails by topic: sort them into sports, politics",
    "sort mails into billing, bug, other",
    "find names and redact them",
    "read the mails and sort them into billing, bug, other",
    "Search the manual and answer questions about it",
    "extract invoice number and total as JSON, answer within 200 ms, 95% right",
    "tag photos as cat or dog",
    "label requests as translate, summarise or rewrite",
    'sort requests into "translate a text", "summarise a text", "find names"',
    "classify requests (translate, summarise, rewrite)",
    "score how relevant a passage is and order the passages by it",
    "compare two questions and tell whether they mean the same",
    "anonymise letters",
    "rewrite mails politely and correct the grammar",
    "find the answer in a contract and quote it",
    "chat with users and answer questions, self-hosted",
    "extract names, dates and places from letters",
    "find names and mark them as person or place",
    "sort support mails into billing, bug, other; 4 GB laptop, German, must stay in house, answer within 200 ms",
    "detect the intent\n- order status\n- cancel order\n- find a shop",
    "Read a contract, find the clause on termination, quote it",
    "generate SQL from questions and explain it",
    "detect and classify defects in photos",
    "identify and extract product names",
    'read a page and reply to "when was she born"',
    "hello",
    "extract amount and order number as JSON",
    "extract date, order number and total from bills",
    "find the match score and rate limit in a page",
)


@pytest.mark.parametrize("text", SEVERAL)
def test_jobs_of_several_families_are_tasks_of_their_own(text: str, shipped: Catalog) -> None:
    """Each has words of its own that tell its family, with what is said of all."""
    parts = split(text, shipped)
    told = {part: next((f.value for f in from_words(part, shipped) if f.key == "family"), None) for part in parts}
    assert told == SEVERAL[text]


@pytest.mark.parametrize("text", ONE)
def test_one_job_stays_one(text: str, shipped: Catalog) -> None:
    """A list of labels, a step towards the job and a term are no jobs."""
    assert split(text, shipped) == (text,)


def test_what_may_be_one_task_is_one_by_default(shipped: Catalog) -> None:
    """A verb that may be a noun parts nothing for certain; one with an object does, and so does another sentence."""
    for words in ("extract amount and order priority as JSON", "extract amount and answer as JSON"):
        assert not are_clear(split(words, shipped))
    for words in ("transcribe calls and tag the intent", "extract names and score reviews by tone", "hello"):
        assert are_clear(split(words, shipped))


def test_terms_are_repeated_with_each_part(shipped: Catalog) -> None:
    """Each part is a task that can stand alone."""
    parts = split("transcribe calls, pull out names; must stay in house, 4 GB laptop, 95% right", shipped)
    said = [{fact.key: fact.value for fact in from_words(part, shipped)} for part in parts]
    assert len(said) == 2
    for facts in said:
        assert (facts["in_house"], facts["constraints.max_memory"], facts["bar.pass_rate"]) == (True, 4 * 10**9, 0.95)


@given(text=st.one_of(st.text(), st.lists(st.sampled_from(" ".join([*SEVERAL, *ONE]).split())).map(" ".join)))
@example(text="transcribe and ")
@example(text="transcribe, \\1 summarise them")
def test_any_text_is_safe(shipped: Catalog, text: str) -> None:
    """Nothing raises; there are parts unless there is nothing; none is empty; one part is the text itself."""
    parts = split(text, shipped)
    assert bool(parts) == bool(text[:MOST_TEXT].strip())
    assert all(part.strip() for part in parts)
    assert len(parts) != 1 or parts[0] == text.strip()


@pytest.mark.timeout(120, func_only=True)
@pytest.mark.parametrize("piece", ["transcribe a, ", "sort ", "and then ", "find names; ", "(tag x), ", "1. sort a\n"])
def test_no_text_takes_long(piece: str, shipped: Catalog) -> None:
    """Each clause is read for itself, so there are only so many; a list of hundreds is no list of jobs."""
    assert len(split(piece * 1_000, shipped)) <= MOST_PARTS
