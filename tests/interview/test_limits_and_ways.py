"""What is asked or said where words, limits and columns leave nothing or too much."""

import json
import shlex
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from openpyxl import Workbook

from advisor.candidates.installed import InstalledModel, LocalFacts
from advisor.candidates.layout import Form
from advisor.families import FAMILY_NAMES, family
from advisor.interview.answer_forms import read_value
from advisor.interview.ask import next_question
from advisor.interview.facts import Fact, Source
from advisor.interview.files.interpret import could_hold
from advisor.interview.needed import needed
from advisor.interview.none_left import given_way, is_hint, none_left_question, ways_out
from advisor.interview.question import Question
from advisor.interview.understand import understand
from advisor.interview.write_task import task_document
from advisor.system.source import set_option
from advisor.workflow.context import Context
from advisor.workflow.planned import none_left_of
from catalog import Catalog
from tests.interview.tables import ENGLISH, Write
from tests.interview.test_understand import BILLS, seen
from tests.interview.test_worth import pool


def test_where_a_file_may_be_read_several_ways_one_question_lists_them(shipped: Catalog, jsonl: Write) -> None:
    """Each with its columns and a row read so; what was taken as seen keeps its source, another way is an answer."""
    pairs = list(zip(ENGLISH, reversed(ENGLISH), strict=True)) * 5
    rows = [
        {"who": ("Ana", "Bo", "Cy")[n % 3], "north hall": f"{a} {n}", "south hall": f"{b} {n}", "mark": n % 6}
        for n, (a, b) in enumerate(pairs)
    ]
    path, words = jsonl(rows), "help me with the marks of reports from my two branches"
    question = next_question(seen(words, path, shipped), pool(shipped))
    assert question is not None
    assert (question.key, question.default) == ("reading", "first")
    first, other, *_, none = question.choices
    assert (first.value, none.value) == ("first", None)
    assert " → " in first.detail
    assert other.value.keys() == {"family", "examples.input", "examples.expected"}
    said = " ".join(set_option(key, value) for key, value in other.value.items())
    assert question.flag == said
    flags = dict(each.split("=", 1) for each in shlex.split(said) if each != "--set")
    assert {key: read_value(text) for key, text in flags.items()} == other.value
    for odd in ("[2020-13-45]", "[" * 5_000, "{a", "inf", "1" * 5_000, "1:30"):  # no YAML, or no day: a text as it is
        assert read_value(odd) == odd
    assert [read_value(text) for text in ("010", "1e3", "-0.5")] == [10, 1000, -0.5]

    unread = seen(words, path, shipped).understanding
    as_seen = seen(words, path, shipped, {"reading": "first"}).understanding
    for key, value in other.value.items():
        assert (as_seen.value(key), as_seen.get(key).source) == (unread.value(key), Source.FILE)
        read = seen(words, path, shipped, {"reading": other.value}).understanding
        assert (read.value(key), read.get(key).source) == (value, Source.ANSWER)
    following = [{"reading": None}, {"reading": None, "family": "text-classification"}, {"reading": "first"}]
    asked = [needed(seen(words, path, shipped, each)) for each in following]
    assert [each and each.key for each in asked] == ["family", "examples.expected", "examples.groups"]


def test_what_is_alike_in_all_rows_is_no_way_to_read_them(shipped: Catalog, jsonl: Write) -> None:
    """The status of calls that all went well, next to what their model answered."""
    rows = [
        {
            "text": f"{text} {n}",
            "answer": json.dumps({"intent": ("refund", "other")[n % 2], "amount": n}),
            "status": 200,
        }
        for n, text in enumerate(ENGLISH * 5)
    ]
    question = next_question(seen("route our support mails", jsonl(rows), shipped), pool(shipped))
    assert question is not None
    assert not any("status" in str(each.value) for each in question.choices)


def test_what_a_kind_of_task_has_no_use_for_is_left_out(shipped: Catalog, jsonl: Write) -> None:
    """What was given is said to be; of what stands in the words nothing is said. Of another kind it counts again."""
    rows = [{"text": f"mail number {n}", "label": ("spam", "ham")[n % 2]} for n in range(20)]
    answers = {"scoring.tolerance": 0.1, "family": "text-classification"}
    known = seen("sort mails from German to English", jsonl(rows), shipped, answers).understanding
    kept = {fact.key for fact in known.facts}
    assert not {"scoring.tolerance", "translate.source", "translate.target"} & kept
    assert [each.text for each in known.notices if "no use" in each.text] == [
        "scoring.tolerance is left out: text-classification has no use for it"
    ]
    answers["family"] = "text-regression"
    numbers = [row | {"label": n} for n, row in enumerate(rows)]
    assert seen("grade", jsonl(numbers), shipped, answers).understanding.value("scoring.tolerance") == 0.1


def test_a_chat_without_labels_is_labelled_by_hand(shipped: Catalog, tmp_path: Path) -> None:
    """Neither the clock nor who wrote is its label, also once the kind of task is chosen for it."""
    said = ("masih ada kak?", "ongkir ke Bekasi berapa", "barang rusak", "sudah saya bayar", "ukuran L ada?")
    lines = [
        f"12/01/24 {8 + n // 9:02}.{n * 7 % 60:02} - {('Rina', 'Anton', 'Toko Jaya')[n % 3]}: {said[n % 5]} {n * 13}"
        for n in range(60)
    ]
    path = tmp_path / "Chat WhatsApp.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    words = "pilah chat pelanggan: tanya stok, ongkir, komplain, bayar, ukuran, lainnya"
    for answers in ({}, {"reading": None}, {"reading": None, "family": "text-classification"}):
        known = seen(words, path, shipped, answers)
        assert known.proposal is not None
        assert (known.proposal.input_columns, known.proposal.expected) == (("text",), None)
        assert known.understanding.value("labels") == words.partition(": ")[2].split(", ")
        assert next_question(known, pool(shipped)) is not None
    sorts = seen("pilah chat", path, shipped, {"reading": None, "family": "text-classification"})
    question = next_question(sorts, pool(shipped))
    assert question is not None
    assert question.key == "labels"


def test_answers_longer_than_the_words_allow_are_wrong_unless_the_file_has_them(shipped: Catalog, jsonl: Write) -> None:
    """Six words may be said of the texts; that it is not checked is said."""
    rows = [{"review": f"{text} {n} " * 6, "short": f"{text.split()[0]} {n}"} for n, text in enumerate(ENGLISH)]
    words = "summarize each review in at most 6 words"
    known = seen(words, jsonl(rows), shipped).understanding
    assert (known.value("family"), known.value("scoring.max_words")) == ("summarization", 6)
    assert task_document(known)["scoring"]["max_words"] == 6
    long = [
        row | {"short": f"{row['short']} and that is all there is" if n % 4 else row["short"]}
        for n, row in enumerate(rows)
    ]
    known = seen(words, jsonl(long), shipped).understanding
    assert known.value("scoring.max_words") is None
    said = [each.text for each in known.notices if each.key == "scoring.max_words"]
    assert [text.partition(": ")[2][:25] for text in said] == [
        f"{sum(n % 4 > 0 for n in range(len(rows)))} of {len(rows)} answers in 'short' have"[:25]
    ]


def test_a_measure_of_all_answers_is_said_to_be_no_bar(shipped: Catalog) -> None:
    """A bar counts the inputs that come out right."""
    shown = "the bar is not F1 but the share of inputs that come out right: 85%; --set bar.pass_rate changes it"
    for words in ("sort mails into billing, bug; F1 of 0.85 is fine", "メールをbillingとbugに分けたい。F1で0.85以上。"):
        known = understand(words, {}, pool(shipped), shipped).understanding
        assert [each.text for each in known.notices if each.key == "metric"] == [shown]


def test_a_rate_of_each_field_is_asked_of_each(shipped: Catalog, jsonl: Write) -> None:
    """Of whole answers what follows from it; one without "each" is that of whole answers."""
    bills = [f"Bill of {('Ash', 'Oak', 'Elm')[n % 3]} & Sons, {n},50 EUR to be paid in thirty days." for n in range(40)]
    rows = [{"bill": bill, "out": {"supplier": bill.split()[2], "total": n + 0.5}} for n, bill in enumerate(bills)]
    for words, of_each, of_all in (
        ("read supplier and total, each field right in 9 of 10 bills", 0.9, 0.8),
        ("supplier und total auslesen, jedes Feld in 95% richtig", 0.95, 0.9),
        ("read supplier and total, 9 of 10 bills right", None, 0.9),
    ):
        known = seen(words, jsonl(rows), shipped).understanding
        expected = None if of_each is None else dict.fromkeys(("supplier", "total"), of_each)
        assert (known.value("bar.per_field"), known.value("bar.pass_rate")) == (expected, of_all), words
        assert not any(each.key == "label_bar" for each in known.notices)


def test_a_column_that_nothing_tells_is_asked_for(shipped: Catalog, jsonl: Write) -> None:
    """With all that could be it; the one named is a field where an object is to be extracted."""
    rows = [
        {"id": f"R-{n}", "text": row["text"].replace(".", ","), "due": 7.5 * n, "weight": 30 * n % 17}
        for n, row in enumerate(BILLS)
    ]
    path, words = jsonl(rows), "extract the amount from each invoice"
    known = seen(words, path, shipped)
    question = next_question(known, pool(shipped))
    assert question is not None
    assert (question.key, question.default) == ("examples.expected", None)
    assert [choice.value for choice in question.choices] == ["due", "weight", None]
    assert question.choices[0].detail.startswith("e.g. 0, 7.5, 15")
    named = seen(words, path, shipped, {"examples.expected": "due"})
    assert named.understanding.value("examples.expected") == {"due": "due"}
    assert named.proposal is not None
    assert named.proposal.is_labelled
    none = next_question(seen(words, path, shipped, {"examples.expected": None}), pool(shipped))
    assert none is not None
    assert none.key != "examples.expected"


def test_where_no_model_is_left_the_limit_to_blame_is_named(shipped: Catalog, jsonl: Write) -> None:
    """With where it comes from, and how many there would be without it; no other limit is."""
    form = Form("transformers", ("model.safetensors",), 40_000_000, "fp32", ability="classify")
    english = InstalledModel("own", None, "folder", Path("/nowhere"), (form,), facts=LocalFacts(languages=("en",)))
    hebrew = "\u05d4\u05d7\u05d1\u05d9\u05dc\u05d4 \u05dc\u05d0 \u05d4\u05d2\u05d9\u05e2\u05d4 \u05e2\u05d3"
    rows = [{"text": f"{hebrew} {n}" if n % 2 else f"{ENGLISH[n % 8]} {n}", "label": "ab"[n % 2]} for n in range(80)]
    of = pool(shipped, installed=[english], hub=False)
    answers = {"examples": str(jsonl(rows)), "constraints.license": None}
    known = understand("sort mails into a, b", answers, of, shipped).understanding
    assert (known.candidates, known.value("constraints.languages")) == (1, ["en", "he"])
    assert known.notices[0].text.partition("; online")[0] == "1 model fits; none knows Hebrew (of your file)"
    french = replace(english, facts=LocalFacts(languages=("fr",)))
    neither = understand("sort mails into a, b", answers, pool(shipped, installed=[french], hub=False), shipped)
    text = "1 model fits, made for other languages than English, Hebrew (of your file)"
    assert neither.understanding.notices[0].text.partition("; online")[0] == text
    assert is_hint(known, ways_out(known, of))
    asked = understand("sort mails into a, b", answers | {"constraints.languages": ["he"]}, of, shipped).understanding
    assert not is_hint(asked, ways_out(asked, of))
    context = cast("Context", SimpleNamespace(asks_plan=True, pool=of))
    assert none_left_of(context, known, {}) is None  # a session goes on, too
    assert none_left_of(context, asked, {}) is not None
    small = understand("sort mails into a, b", answers | {"constraints.max_memory": "1 kB"}, of, shipped).understanding
    assert [way.keys for way in ways_out(small, of)] == [("constraints.max_memory",)]  # a hint is no limit
    free = understand("sort mails into a, b", answers | {"constraints.languages": "en"}, of, shipped).understanding
    assert free.candidates == 1
    assert "none_left" not in {each.key for each in free.notices}


def test_limits_that_only_together_rule_all_out_give_way_together(shipped: Catalog) -> None:
    """The fewest that help, with how many models they bring; without a model at all the starter set is offered."""
    form = Form("transformers", ("model.safetensors",), 40_000_000, "fp32", ability="classify")
    facts = LocalFacts(languages=("en",), license="mit")
    english = InstalledModel("own", None, "folder", Path("/nowhere"), (form,), facts=facts)
    of = pool(shipped, installed=[english], hub=False)
    answers = {"constraints.license": ["apache-2.0"], "constraints.languages": ["de"], "constraints.max_memory": 10**9}
    known = understand("sort mails into a, b", answers, of, shipped).understanding
    question = none_left_question(known, of)
    assert [(each.value, each.label, each.detail) for each in question.choices] == [
        (
            "constraints.languages+constraints.license",
            "Try the models here that are made for other languages, without the limit on licences",
            "1 model",
        ),
        ("anyway", "Continue with baselines only", "word counts and the like; no model"),
        ("shortlist", "Show what would be tried with a download", question.choices[-1].detail),
    ]
    assert question.choices[-1].detail.startswith("the best of ")
    with_file = replace(known, facts=(*known.facts, Fact("examples", "mails.csv", Source.ANSWER)))
    for other in (none_left_question(with_file, of), none_left_question(known, of, is_shown=True)):
        assert [each.value for each in other.choices] == [each.value for each in question.choices[:-1]]
    given = given_way("constraints.languages+constraints.license")
    assert given == {"constraints.languages": None, "constraints.license": None}
    assert understand("sort mails into a, b", answers | given, of, shipped).understanding.candidates == 1
    nothing = pool(shipped, installed=[], hub=False)
    offered = none_left_question(known, nothing, starter_bytes=70_000_000).choices[0]
    assert (offered.value, offered.detail) == ("starter", "70 MB of packages")


def test_texts_far_shorter_than_what_the_words_speak_of_demand_no_long_context(shipped: Catalog, jsonl: Write) -> None:
    """A row may be a part of a report; of a search the words may speak of the documents; an answer stands."""
    path = jsonl([{"text": text, "label": "ab"[n % 2]} for n, text in enumerate(ENGLISH * 4)])
    words = "sort 50-page reports into a or b"

    def context(text: str, **said: Any) -> Fact | None:
        return understand(text, {"examples": str(path)} | said, pool(shipped), shipped).understanding.get("context")

    found = context(words)
    assert found is not None
    assert (found.source, found.value < 40, "--set context=33350" in found.words) == (Source.FILE, True, True)
    kept = context(words, context=33350)
    assert kept is not None
    assert kept.value == 33350
    assert context("sort mails into a or b") is None


def test_what_nothing_scores_is_said_before_examples_are_asked_for(shipped: Catalog) -> None:
    """With another way; not asked again after going on, nor where the task can be scored."""
    of = pool(shipped)

    def question(words: str, **answers: Any) -> Question | None:
        return next_question(understand(words, answers, of, shipped), of)

    first = question("draw pictures of cats from a text")
    assert first is not None
    assert first.key == "unscored"
    assert "text to image" in first.text
    for other in (question("draw pictures of cats", unscored="anyway"), question("sort mails into a, b")):
        assert other is not None
        assert other.key == "examples"


def test_memory_says_that_a_part_is_kept_for_the_system(shipped: Catalog) -> None:
    """Otherwise it would be less than the machine has, without a reason."""
    fact = understand("sort mails", {"examples": None}, pool(shipped), shipped).understanding.get("memory")
    assert fact is not None
    assert (fact.value, fact.words) == (12_800_000_000, "80% of this machine's 16 GB; the rest is kept for the system")


def test_without_words_no_notice_mentions_them(shipped: Catalog, jsonl: Write) -> None:
    """The file is what does not tell the kind."""
    path = jsonl([{"text": f"{text} {n}"} for n, text in enumerate(ENGLISH)])
    question = next_question(seen("", path, shipped), pool(shipped))
    assert question is not None
    assert question.key == "family"
    assert "words" not in question.why + "".join(choice.detail for choice in question.choices)
    assert "your file does not show it" in question.why


def test_a_sheet_is_asked_for_where_two_hold_as_much(shipped: Catalog, tmp_path: Path) -> None:
    """With the rows of each; the answer is a key of the task file."""
    book = Workbook()
    for name in ("Jan", "Feb"):
        sheet = book.create_sheet(name)
        sheet.append([f"text of {name}", "label"])
        for n, text in enumerate(ENGLISH * 4):
            sheet.append([f"{text} {name} {n}", "ab"[n % 2]])
    book.save(tmp_path / "x.xlsx")
    question = next_question(seen("sort mails", tmp_path / "x.xlsx", shipped), pool(shipped))
    assert question is not None
    assert (question.key, [choice.value for choice in question.choices]) == ("examples.sheet", ["Jan", "Feb"])
    assert question.choices[0].detail == "33 rows"
    known = seen("sort mails", tmp_path / "x.xlsx", shipped, {"examples.sheet": "Feb"})
    assert known.table is not None
    assert known.table.rows == 32
    assert task_document(known.understanding)["examples"]["sheet"] == "Feb"


def test_what_is_forgotten_is_asked_whatever_words_and_file_say(shipped: Catalog, jsonl: Write) -> None:
    """Till it is answered; the list of kinds has an example of each."""
    path = jsonl([{"text": f"{ENGLISH[n % 8]} {n}", "label": "ab"[n % 2]} for n in range(40)])
    of = pool(shipped)
    asked = next_question(seen("sort mails into a, b", path, shipped, {"forgotten": ["family"]}), of)
    assert asked is not None
    assert asked.key == "family"
    assert all(family(str(choice.value)).example in choice.detail for choice in asked.choices)
    answered = {"forgotten": ["family"], "family": "text-classification"}
    following = next_question(seen("sort mails into a, b", path, shipped, answered), of)
    assert following is None or following.key != "family"


def test_where_nothing_can_be_tried_there_are_ways_on(shipped: Catalog) -> None:
    """Baselines are none of them where they failed, or where a constant alone would be measured on labels to come."""
    nothing = pool(shipped, installed=[], hub=False)
    known = understand("extract the amount", {"family": "json-extraction"}, nothing, shipped).understanding
    keys = [choice.value for choice in none_left_question(known, nothing, problem="no model fits").choices]
    assert keys == ["family", "examples"]
    assert given_way("examples") == {"examples": None, "no_examples": "file"}  # labels would be given for nothing
    assert "anyway" in [choice.value for choice in none_left_question(known, nothing).choices]
    asked = understand("answer questions", {"family": "question-answering"}, nothing, shipped).understanding
    assert "anyway" not in [choice.value for choice in none_left_question(asked, nothing).choices]


def test_of_pictures_no_kind_is_offered_that_reads_texts(shipped: Catalog, tmp_path: Path) -> None:
    """Neither if no model fits nor if the kind is asked for; with a column of texts they may be meant."""
    for name in ("cat", "dog"):
        for n in range(4):
            (tmp_path / "scans" / name).mkdir(parents=True, exist_ok=True)
            (tmp_path / "scans" / name / f"{n}.png").write_bytes(bytes([n]) + b"IEND\xae\x42\x60\x82")
    of = pool(shipped, installed=[], hub=False)
    seen = understand("sort our scans", {"examples": str(tmp_path / "scans")}, of, shipped)
    assert seen.table is not None
    kinds = [name for name in FAMILY_NAMES if could_hold(seen.table, name)]
    assert kinds == ["image-classification"]
    keys = [choice.value for choice in none_left_question(seen.understanding, of, kinds=kinds).choices]
    assert keys == ["anyway", "examples"]


def test_a_wish_to_pass_over_what_is_unsure_is_said_not_to_be_taken(shipped: Catalog) -> None:
    def keys(words: str) -> list[str]:
        return [each.key for each in understand(words, {}, pool(shipped), shipped).understanding.notices]

    assert "unsure" in keys("sort mails into billing and bug; say so if unsure")
    assert "unsure" not in keys("sort answers into yes, no, unsure")


def test_a_rate_of_false_alarms_that_names_none_of_several_labels_is_said(shipped: Catalog, jsonl: Write) -> None:
    """And is no bar on all inputs."""
    rows = [{"text": f"{ENGLISH[n % 8]} {n}", "label": ("fine", "spam", "abuse")[n % 3]} for n in range(60)]
    words = "moderate comments; 95% of abuse must be found; wrongly deleted at most 1 in 100"
    known = seen(words, jsonl(rows), shipped).understanding
    assert (known.value("bar.pass_rate"), known.value("bar.per_label")) == (0.9, {"abuse": 0.95})
    told = next(each.text for each in known.notices if each.key == "label_bar")
    assert told.startswith(
        "'wrongly deleted at most 1 in 100' sets no bar: none of 'fine', 'spam', 'abuse' stands in it"
    )
    assert "--set 'bar.precision={\"LABEL\": 0.99}' asks so of one" in told
