"""Several tasks in one text are told apart; one task stays one."""

from hypothesis import example, given
from hypothesis import strategies as st

from advisor.interview.text.several import tasks
from advisor.interview.text.words import from_words, read
from catalog import Catalog
from tests.tables import for_each

ASR, NER, TEXT = "automatic-speech-recognition", "token-classification", "text-classification"
SEVERAL = {
    "Transcribe calls, tag the intent, pull out names": (ASR, TEXT, NER),
    "Transcribe our German calls, tag the intent as complaint, order or question, and pull out names; 8 GB laptop": (
        ASR,
        TEXT,
        NER,
    ),
    "translate and summarise French letters": ("translation", "summarization"),
    "summarise the articles and translate them into English": ("summarization", "translation"),
    "classify mails into urgent, normal and write a reply": (TEXT, "text-generation"),
    "sort mails by topic: a, b, c and sort them by urgency: high, low": (TEXT, TEXT),
    "sort mails by urgency. Then sort them into billing, bug, other": (TEXT, TEXT),
    "sort letters into complaint and praise, then sort into product and service": (TEXT, TEXT),
    "sort the mails (billing, bug, other). Then sort the rest into a, b": (TEXT, TEXT),
    "sort mails into:\n- billing\n- bug\nThen sort the bugs into:\n- minor\n- major": (TEXT, TEXT),
    "sort calls in three groups. Then sort the first group into a, b": (TEXT, TEXT),
    "1. transcribe voice notes\n2. translate them into English\n3. summarise the result": (
        ASR,
        "translation",
        "summarization",
    ),
    "I need three things:\n- transcribe meetings\n- summarise them\n- extract the action items as JSON": (
        ASR,
        "summarization",
        "json-extraction",
    ),
    "First detect the language of a mail, then translate it to English, then sort it into sales or support": (
        TEXT,
        "translation",
        TEXT,
    ),
    "Transkribiere Anrufe, fasse sie zusammen": (ASR, "summarization"),
    "We want to transcribe interviews and then find the names of people and places in them. CPU only.": (ASR, NER),
    "classify reviews (positive, negative) and extract product names from them, 10k reviews a day, English": (
        TEXT,
        NER,
    ),
    "mark all person names, then translate the comments into German": (NER, "translation"),
    "transcribe calls and sort them into sales or support": (ASR, TEXT),
    "translate, summarise and classify (sport, politics) news": ("translation", "summarization", TEXT),
    "Read incoming faxes, classify them as order or invoice, extract the total as JSON": (TEXT, "json-extraction"),
    "German only: classify mails as spam or ham, summarise the rest": (TEXT, "summarization"),
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


@for_each("text", SEVERAL)
def test_tasks_of_several_families_are_told_apart(text: str, shipped: Catalog) -> None:
    """Each has words of its own, which tell its family."""
    assert tuple(read(words, shipped).family for words in tasks(text, shipped)) == SEVERAL[text]


@for_each("text", ONE)
def test_one_task_stays_one(text: str, shipped: Catalog) -> None:
    """A list of labels, a step towards the task and a term are no tasks."""
    assert tasks(text, shipped) == ()


def test_terms_are_repeated_with_each_task(shipped: Catalog) -> None:
    """The words of each can be used alone."""
    words = tasks("transcribe calls, pull out names; must stay in house, 4 GB laptop, 95% right", shipped)
    said = [{fact.key: fact.value for fact in from_words(each, shipped)} for each in words]
    assert len(said) == 2
    for facts in said:
        assert (facts["in_house"], facts["constraints.max_memory"], facts["bar.pass_rate"]) == (True, 4 * 10**9, 0.95)


@given(text=st.one_of(st.text(), st.lists(st.sampled_from(" ".join([*SEVERAL, *ONE]).split())).map(" ".join)))
@example(text="transcribe and ")
@example(text="transcribe, \\1 summarise them")
@example(text="transcribe a, " * 1_000)
@example(text="and then " * 1_000)
@example(text="1. sort a\n" * 1_000)
def test_any_text_is_safe(shipped: Catalog, text: str) -> None:
    """Nothing raises, and there are two tasks or more, or none; hundreds of clauses are no list of tasks."""
    found = tasks(text, shipped)
    assert len(found) != 1
    assert all(words.strip() for words in found)
