"""Labels, as words and a file together say them."""

import csv
import json
import os
import random
from pathlib import Path

from advisor.interview.answer_forms import AS_SEEN
from advisor.interview.facts import Source
from advisor.interview.needed import needed
from advisor.interview.text.label_lists import alternatives
from advisor.interview.text.unlabelled import none_yet
from advisor.interview.write_task import task_document
from advisor.task.examples import load_examples
from advisor.task.model import Task
from advisor.workflow.without_examples import next_question
from catalog import Catalog
from tests.interview.tables import ENGLISH, Write
from tests.interview.test_understand import seen
from tests.tables import for_each


def test_labels_that_no_column_has_leave_a_file_unlabelled(shipped: Catalog, jsonl: Write) -> None:
    """A column that the texts do not tell is none of them; one whose labels the words say otherwise is."""
    draw = random.Random(1)
    rows = [{"pesan": f"{text} {n}", "cabang": draw.choice("ABC")} for n, text in enumerate(ENGLISH * 8)]
    words = "Bisa dipilah jadi keluhan, saran, atau pujian?"
    found = seen(words, jsonl(rows), shipped, {"examples.groups": None})
    assert (found.understanding.value("labels"), found.proposal.expected) == (["keluhan", "saran", "pujian"], None)
    question = needed(found)
    assert (question.key, question.default, question.is_reading) == ("examples.expected", None, True)
    coded = [row | {"cabang": "ABC".index(row["cabang"])} for row in rows]
    assert needed(seen(words, jsonl(coded), shipped, {"examples.groups": None})).default == "cabang"
    shown = [row | {"cabang": "ABC"[n % 8 % 3]} for n, row in enumerate(rows)]
    assert seen(words, jsonl(shown), shipped).proposal.expected == "cabang"
    named = [row | {"cabang": {"A": "Sama", "B": "=", "C": "beda"}[row["cabang"]]} for row in rows]
    meant = seen(f"{words} 'sama' harus benar", jsonl(named), shipped)
    words_of_own = {"A": "schlecht", "B": "mittel", "C": "gut"}
    taken = seen(words, jsonl([row | {"cabang": words_of_own[row["cabang"]]} for row in rows]), shipped)
    for found in (meant, taken):  # as many words as are named may be the same ones in another language
        assert found.proposal.expected == "cabang"
        assert any("(keluhan, saran, pujian)" in notice.text for notice in found.understanding.notices)


@for_each(
    ("codes", "meanings", "is_meant"),
    [
        ("HZ EL SF", ["Heizung", "Elektro", "Schimmel, Feuchte"], True),
        ("1 2 3", ["a late parcel", "a broken parcel", "no parcel"], True),
        ("heating power mould", ["Ann from Heating and Co", "Bob of Power Ltd", "Cem of Mould Ltd"], False),
        ("HZ EL SF", ["Anna Smith", "Anna Smith", "Bob Miller"], False),
        ("HZ EL SF", ["h", "e", "s"], False),
    ],
)
def test_a_column_with_a_text_for_each_code_says_what_the_codes_mean(
    shipped: Catalog, jsonl: Write, codes: str, meanings: list[str], *, is_meant: bool
) -> None:
    """Such as one joined from a sheet that explains them; words need no explanation, and people explain nothing."""
    draw = random.Random(3)
    said = dict(zip(codes.split(), meanings, strict=True))
    picked = [draw.choice(list(said)) for _ in range(48)]
    rows = [{"text": f"{ENGLISH[n % 8]} {n}", "code": code, "more": said[code]} for n, code in enumerate(picked)]
    rows[5] |= {"code": f"{rows[5]['code'].lower()} "}
    known = seen("sort the texts by code", jsonl([*rows, {"text": None, "code": "XX", "more": "none"}]), shipped)
    labels = known.understanding.value("labels")
    assert labels == (said if is_meant else list(labels))
    assert {*labels} == {*said}


def test_labels_with_a_slash_are_named_by_words_that_list_them(shipped: Catalog, jsonl: Write) -> None:
    own = ("Pumps/Valves", "Pipes/Taps", "Paint")
    path = jsonl([{"report": f"{text} {n}", "kind": own[n % 3]} for n, text in enumerate(ENGLISH * 8)])
    for words, is_other in (("(Pumps/Valves, Pipes/Taps, Paint)", False), ("(Urgent/Low)", True)):
        found = seen(f"Sort each report by its kind {words}.", path, shipped, {"examples.expected": "kind"})
        notes = " ".join(notice.text for notice in found.understanding.notices)
        assert ("none of those that the words seem to name" in notes) is is_other, notes


def test_of_a_few_rows_other_labels_in_words_leave_the_column_its_answers(shipped: Catalog, jsonl: Write) -> None:
    """So few texts tell nothing of a label; codes may be what the words call otherwise."""
    rows = [{"message": f"{text} {n}", "prio": f"P{1 + n * n % 7 % 3}"} for n, text in enumerate(ENGLISH + ENGLISH[:4])]
    found = seen("tenant messages. P1 is no heat / leaks / gas", jsonl(rows), shipped)
    assert found.proposal is not None
    assert (found.proposal.family, found.proposal.expected) == ("text-classification", "prio")


def test_a_verdict_holds_the_answers_whatever_it_calls_them(shipped: Catalog, jsonl: Write) -> None:
    """So does a column that the words name; a note says that the labels are the file's, and what is in no bar."""
    draw = random.Random(1)
    rows = [{"event": f"{text} {n}", "zone": draw.choice("ABC")} for n, text in enumerate(ENGLISH * 8)]
    for column, words in (
        ("analyst.verdict", "real attack or false alarm? never miss a real one"),
        ("zone", "real attack or false alarm? see the zone. never miss a real one"),
    ):
        verdicts = ("true_positive", "false_positive", "undetermined")
        path = jsonl([row | {column: draw.choice(verdicts)} for row in rows])
        found = seen(words, path, shipped, {"examples.groups": None})
        assert found.proposal.expected == column
        notes = " ".join(notice.text for notice in found.understanding.notices)
        assert "none of those that the words seem to name (attack, false)" in notes
        assert "'never miss a real one' sets no bar: none of" in notes
    path = jsonl([row | {"where": draw.choice(("north_side", "south_side", "unknown"))} for row in rows])
    found = seen("real attack or false alarm?", path, shipped, {"examples.groups": None, "reading": AS_SEEN})
    question = needed(found)
    assert (question.key, question.default, question.choices[0].value) == ("examples.expected", None, "zone")
    assert question.flag == "--set examples.expected=zone"


def test_a_few_labels_that_repeat_are_sorted_into_whatever_the_words(shipped: Catalog, jsonl: Write) -> None:
    """A voice assistant that understands commands sorts them; the fact says what the file shows."""
    rows = [{"utterance": f"{text} {n}", "intent": f"intent {n % 12}"} for n, text in enumerate(ENGLISH * 9)]
    for words in ("voice assistant: understand what the user wants", "our chat bot should answer like in the file"):
        known = seen(words, jsonl(rows), shipped).understanding
        assert (known.value("family"), known.value("examples.expected")) == ("text-classification", "intent")
        assert known.get("family").source is Source.FILE
    known = seen(words, jsonl(rows), shipped, {"family": "text-generation"}).understanding
    assert known.value("family") == "text-generation"


def test_labels_taken_from_the_list_leave_their_rows_out(shipped: Catalog, jsonl: Write) -> None:
    """Only where those that are kept are the file's: one that is spelt otherwise is refused when the file is read."""
    rows = [{"text": text, "topic": ("rooms", "bills", "sum")[n % 3]} for n, text in enumerate(ENGLISH * 8)]
    for labels, said in (
        (["rooms", "bills"], "leave-out"),
        (["room", "bills"], None),
        (["rooms", "bills", "sum"], None),
    ):
        known = seen("sort by topic", jsonl(rows), shipped, {"labels": labels}).understanding
        assert known.value("examples.other_labels") == said


def test_of_many_tags_those_that_the_words_tell_apart_are_kept(shipped: Catalog, jsonl: Write, tmp_path: Path) -> None:
    """The others are dropped, unless the user keeps them; rows with none or both of two are left out."""
    tags = ("include; read by K", "exclude; wrong study", "exclude", "include", "read by K", "include; exclude")
    rows = [{"abstract": f"{text} {n}", "tags": tags[n % 5 if n % 40 else 5]} for n, text in enumerate(ENGLISH * 15)]
    path, words = jsonl(rows), "screen abstracts, the tags say include or exclude"
    known = seen(words, path, shipped).understanding
    assert {*known.value("labels")} == {"include", "exclude"}
    assert (known.value("labels_per_text"), known.value("examples.other_labels")) == ("one", "drop")
    task = Task.model_validate(task_document(known))
    found = load_examples(task, tmp_path)
    assert {each.expected for each in (*found.teaching, *found.evidence)} == {"include", "exclude"}
    notes = " ".join(found.notes)
    assert "'tags' names none of the labels" in notes
    assert "'tags' names several of the labels" in notes
    several = load_examples(task.model_copy(update={"labels_per_text": "several"}), tmp_path)
    assert ["exclude", "include"] in [each.expected for each in (*several.teaching, *several.evidence)]
    for said, answers in (
        ("suggest tags such as include or exclude", {}),
        (words, {"examples.other_labels": "refuse"}),
    ):
        whole = seen(said, path, shipped, answers).understanding
        assert {*whole.value("labels")} == {"include", "exclude", "read by K", "wrong study"}
        assert whole.value("labels_per_text") == "several"
    alone = {"include", "exclude", "wrong study"}
    for said in (
        "triage abstracts (include, exclude, wrong study)",
        "suggest tags; read by K is our housekeeping, ignore that",
    ):
        known = seen(said, path, shipped).understanding
        assert {*known.value("labels")} == alone, said
        assert not [each.text for each in known.notices if "nothing was made of" in each.text]


def test_what_comes_in_untagged_is_no_word_on_a_column_of_tags(shipped: Catalog, jsonl: Write) -> None:
    rows = [{"note": f"{text} {n}", "tags": ("praise", "fault")[n % 2]} for n, text in enumerate(ENGLISH * 9)]
    found = seen("every note lands untagged, put the tags on", jsonl(rows), shipped)
    assert found.proposal is not None
    assert found.proposal.expected == "tags"
    assert found.understanding.value("labels") == ["praise", "fault"]


@for_each(
    ("words", "named"),
    [
        ("tell whether it is about sleep or diet", ["sleep", "diet"]),
        ("is it about sleep apnea or about diet", ["sleep apnea", "diet"]),
        ("dire si cela parle de sport ou de politique", ["sport", "politique"]),
        ("ob es um «Politik» oder um «Sport» geht", ["Politik", "sport"]),
        ("excluded/included?", ["exclude", "include"]),
        ("diet, sleep or sport", ["diet", "sleep", "sport"]),
        ("give all tags such as sleep or diet", []),
        ("tag papers with sleep and diet", []),
        ("diet or not", []),
        ("sleep matters. Some diet or other", []),
    ],
)
def test_known_labels_are_named_as_alternatives(words: str, named: list[str]) -> None:
    known = ("sleep", "sleep apnea", "diet", "politique", "sport", "Politik", "exclude", "include", "no")
    assert alternatives(words, known) == named


def test_a_column_that_holds_the_labels_stands_whatever_words_say_of_others(shipped: Catalog, jsonl: Write) -> None:
    rows = [{"note": f"{text} {n}", "kind": ("praise", "fault")[n % 2]} for n, text in enumerate(ENGLISH * 9)]
    found = seen("sort notes into praise or fault, new ones are not labelled yet", jsonl(rows), shipped)
    assert found.proposal is not None
    assert found.proposal.expected == "kind"


def test_two_labels_that_mean_the_same_are_one(shipped: Catalog, jsonl: Write, tmp_path: Path) -> None:
    """As an answer says it, whatever is answered afterwards; the file is read so."""
    labels = ("refund", "money back", "bug")
    rows = [{"text": f"{ENGLISH[n % len(ENGLISH)]} {n}", "label": labels[n % 3]} for n in range(60)]
    path = jsonl(rows)
    of = seen("sort mails", path, shipped, {"labels": ["refund = money back", "bug"]})
    known = of.understanding
    assert (known.value("labels"), known.value("examples.same_labels")) == (["refund", "bug"], {"money back": "refund"})
    assert known.get("examples.other_labels") is None
    document = task_document(known)
    found = load_examples(Task.model_validate(document), tmp_path)
    assert found.labels == ("refund", "bug")
    assert {each.expected for each in (*found.teaching, *found.evidence)} == {"refund", "bug"}
    by_key = seen("sort mails", path, shipped, {"examples.same_labels": {"Money Back": "refund"}}).understanding
    assert by_key.value("labels") == ["refund", "bug"]


def test_labels_may_be_unknown_and_critical_examples_ids(shipped: Catalog, jsonl: Write) -> None:
    rows = [{"text": f"{ENGLISH[n % len(ENGLISH)]} {n}", "label": "ab"[n % 2]} for n in range(60)]
    assert seen("sort mails", jsonl(rows), shipped, {"labels": None}).understanding.get("examples.other_labels") is None
    known = seen("sort mails", jsonl(rows), shipped, {"bar.critical": ["0123456789abcdef"]}).understanding
    assert (known.value("examples.expected"), known.value("bar.critical")) == ("label", ["0123456789abcdef"])


def test_labels_of_the_file_that_the_words_do_not_name_are_said(shipped: Catalog, jsonl: Write) -> None:
    """Where the words name the others."""
    rows = [{"text": f"{text} {n}", "label": ("billing", "bug", "Bugs")[n % 3]} for n, text in enumerate(ENGLISH * 6)]
    for words, further in (("sort mails into billing or bug", "'Bugs'"), ("sort mails into billing, bug, bugs", "")):
        notices = seen(words, jsonl(rows), shipped).understanding.notices
        said = [each.text for each in notices if each.key == "labels"]
        merged = """--set 'examples.same_labels={"Bugs": "bug"}' counts them as those, --set labels="""
        start = f"the file has labels that the words do not name: {further}; {merged}"
        assert [text.startswith(start) for text in said] == [True] * bool(further)


def test_what_ticked_columns_are_read_as_is_said_and_is_no_label_of_the_file(shipped: Catalog, tmp_path: Path) -> None:
    """Where all say no the reader has a word for it: the words cannot name it."""
    topics = ("price", "noise", "staff")
    ticked = [{topic: "yes" if n % 4 == at else "no" for at, topic in enumerate(topics)} for n in range(48)]
    rows = [[f"{ENGLISH[n % 8]} {n}", *each.values()] for n, each in enumerate(ticked)]
    path = tmp_path / "answers.csv"
    path.write_text("\n".join(",".join(row) for row in [["answer", *topics], *rows]))
    os.utime(path, (1, 1))
    known = seen("tick the topics of each answer: price, noise, staff; several may apply", path, shipped).understanding
    assert (known.value("examples.expected"), len(known.value("labels"))) == ("labels", 4)
    assert not [each.text for each in known.notices if each.key == "labels"]
    assert any("'labels' as what is ticked in 'price' to 'staff' (3 columns)" in each.text for each in known.notices)


def test_what_reviewers_decided_is_the_answer_whatever_the_words_call_it(shipped: Catalog, tmp_path: Path) -> None:
    """Though the words name the values of another column; not where they name that column itself."""
    kinds = ("falls", "diet", "sleep")
    path = tmp_path / "export.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["title", "abstract", "topic", "notes"])
        for n in range(60):
            note = f'RAYYAN-INCLUSION: {{"Ann"=>"{"Included" if n % 4 else "Excluded"}"}}'
            writer.writerow([f"Paper {n}", f"{ENGLISH[n % 8]} {n}", kinds[n % 3], note])
    os.utime(path, (1, 1))
    found = seen("sort papers on falls and diet: take or not", path, shipped)
    assert (found.proposal.expected, found.proposal.input_columns) == ("RAYYAN-INCLUSION", ("title", "abstract"))
    assert seen("sort papers by topic", path, shipped).proposal.expected == "topic"


def test_rows_of_labels_left_out_are_not_read(shipped: Catalog, jsonl: Write, tmp_path: Path) -> None:
    """By the words, or as few answers of a log are none that its instruction lists; spellings stay one label."""
    labels = ("good", "Good", "bad", "unclear")
    rows = [{"text": f"{text} {n}", "label": labels[n % 4]} for n, text in enumerate(ENGLISH * 8)]
    asked = {"role": "system", "content": "Say exactly one of: good, bad, odd."}
    chats = [
        [asked, {"role": "user", "content": row["text"]}, {"role": "assistant", "content": row["label"]}]
        for row in rows
        if row["label"] != "unclear"
    ]
    chats[1][2]["content"] = "I cannot say that"
    for words, held, key, value, said in (
        ("is the text good or bad? skip unclear ones", rows, "without", {"label": ["unclear"]}, "16 rows are left out"),
        (
            "do as this log does",
            [{"messages": each} for each in chats],
            "without",
            {"answer": ["I cannot say that"]},
            "1 row is left out, 47 are used (the instruction in the file does not list 'I cannot say that')",
        ),
    ):
        found = seen(words, jsonl(held), shipped, {"examples.groups": None})
        known = found.understanding
        assert (sorted(known.value("labels")), known.value(f"examples.{key}")) == (["bad", "good"], value)
        assert any(said in notice.text for notice in known.notices)
        examples = load_examples(Task.model_validate(task_document(known)), tmp_path)
        assert {each.expected for each in (*examples.teaching, *examples.evidence)} == {"bad", "good"}


def test_what_the_words_say_of_each_label_is_its_meaning(shipped: Catalog, jsonl: Write) -> None:
    """Of all of them; a rate is none."""
    rows = [{"text": f"{text} {n}", "label": "012"[n % 3]} for n, text in enumerate(ENGLISH * 6)]
    for words in (
        "0 = World, 1 = Sports, 2 = Science. 85% right",
        "World(0), Sports (1) or Science (2)?",
        "0 - World, 1 – Sports, 2 -> Science",
        "0 (World), 1 (Sports) or 2 (Science)",
    ):
        known = seen(f"classify by topic: {words}", jsonl(rows), shipped).understanding
        assert known.value("labels") == {"0": "World", "1": "Sports", "2": "Science"}
        assert not [notice for notice in known.notices if notice.key == "labels"]
    for words in (
        "classify by topic: 0 = World, 1 = Sports",
        "classify; 0: 90%, 1: 95%, 2: 80%",
        "class 0-class 1-class 2",
    ):
        assert isinstance(seen(words, jsonl(rows), shipped).understanding.value("labels"), list)
    rows = [row | {"label": ("ham", "spam", "news")[n % 3]} for n, row in enumerate(rows)]
    for words in (
        "spam: at least 95%, ham: at least 80%, news: at least 70%",
        "spam: nie übersehen, ham: egal, news: egal wie oft",
    ):
        assert isinstance(seen(words, jsonl(rows), shipped).understanding.value("labels"), list)


def test_the_words_before_numbers_in_names_are_labels_if_the_task_names_them(shipped: Catalog, tmp_path: Path) -> None:
    """Chapters and appendices are nobody's labels; a person may say that they are."""
    for kind in ("chapter", "appendix"):
        for n, text in enumerate(ENGLISH):
            (tmp_path / f"{kind}_{n}.txt").write_text(f"{kind} {n}: {text}", encoding="utf-8")
    for words, expected in (("tell urgent from not urgent", None), ("is it a chapter or an appendix", "label")):
        assert seen(words, tmp_path, shipped).understanding.value("examples.expected") == expected
    said = {"examples.expected": "label"}
    assert seen("sort texts", tmp_path, shipped, said).understanding.value("labels") == ["appendix", "chapter"]


NONE_YET = (
    "none of the notes is labelled so far", "we have no tags yet", "we haven't annotated any of them", "untagged notes",
    "die Notizen sind noch nicht beschriftet", "bisher keine Etiketten", "rien n'est annoté", "pas encore d'étiquettes",
    "todavía no hay nada etiquetado", "ancora niente è etichettato", "sem rótulos", "nog niets is gelabeld",
    "jeszcze nieoznaczone", "записи не размечены", "etiketsiz", "inget är märkt än", "ラベルはありません", "尚未标注",
)  # fmt: skip


SOME_LABELLED = (
    "the rest is untagged", "notes not labelled as praise", "use no labels other than these", "skip untagged notes",
    "80 are annotated, 300 are not annotated", "not consistently labelled", "the labels are praise and fault",
)  # fmt: skip


def test_words_say_that_nothing_is_labelled_yet() -> None:
    """In many languages; of a part alone they do not."""
    assert [words for words in NONE_YET if not none_yet(f"sort notes; {words}")] == []
    assert [none_yet(words) for words in SOME_LABELLED if none_yet(words)] == []


@for_each(
    "words",
    [
        "Sort the notes into praise, fault and wish; nobody has labelled them, nothing is tagged yet",
        "sort notes by what they say: praise, fault, wish",
        "sort notes into kinds; noch nichts beschriftet",
    ],
)
def test_a_file_without_labels_is_read_as_one_and_a_person_reads_its_texts(
    shipped: Catalog, jsonl: Write, words: str
) -> None:
    """No column of headings, dates or numbers of messages is what is expected, however well texts tell it."""
    notes = [
        f"The {what} in room {n % 7} {how}"
        for n in range(30)
        for what in ("lamp", "tap", "chair")
        for how in ("works nicely now", "is broken, please send somebody")
    ]
    rows = [
        {"ref": f"<{1000 + 7 * n}@post>", "day": f"2024-03-{n % 28 + 1:02}", "head": note[:12], "note": note}
        for n, note in enumerate(notes)
    ]
    found = seen(words, jsonl(rows), shipped)
    assert found.proposal is not None
    assert (found.proposal.expected, found.proposal.input_columns) == (None, ("note",))
    named = ["praise", "fault", "wish"] if "praise" in words else None
    assert found.understanding.value("labels") == named


def test_labels_that_translate_the_words_are_the_files(shipped: Catalog, jsonl: Write) -> None:
    """As many as the words list, in another language and as programs write them, behind a column of remarks."""
    kinds = {"AUCTION": "경매 최저가", "PRICE": "시세 실거래가", "OUT_OF_SCOPE": "맛집 추천"}
    rows = [
        {"qid": f"E{n}", "question": f"{place} {said} 알려줘", "note": f"{place} 은 예시", "route": kind}
        for n, place in enumerate(("잠실동", "역삼동", "화곡동", "응암동", "합정동", "흑석동", "둔촌동", "개포동"))
        for kind, said in kinds.items()
    ]
    found = seen("부동산 질문 라우팅 (경매/시세/범위밖) 분류", jsonl(rows), shipped)
    assert found.proposal is not None
    assert (found.proposal.expected, found.proposal.input_columns) == ("route", ("question",))


def test_a_yes_and_no_beside_a_talk_is_its_answer(shipped: Catalog, jsonl: Write) -> None:
    """Of people who write without blanks, too; the words sound like a chat to be written."""
    places = ("客厅的灯", "卧室的空调", "厨房的风扇", "阳台的窗帘", "书房的电视", "门口的摄像头", "浴室的热水器")
    rows = [
        {"dialog": [{"speaker": "父亲", "content": f"{place}{said}"}, {"speaker": "母亲", "content": then}],
         "has_command": is_command}
        for place in places
        for said, then, is_command in (
            ("有点旧了吧", "是呀用了好多年了", False),
            ("太热了快关掉", "小爱帮我关掉它", True),
        )
    ]  # fmt: skip
    found = seen("家里人聊天 判断里面有没有要智能家居执行的指令", jsonl(rows), shipped)
    assert found.proposal is not None
    assert (found.proposal.family, found.proposal.expected) == ("text-classification", "has_command")
    assert found.proposal.input_columns == ("dialog",)


def test_answers_that_are_expected_together_are_one_way_to_read_a_file(shipped: Catalog, jsonl: Write) -> None:
    """Columns named alike, as in sets for the calls of tools."""
    rows = [
        {"input": f"{verb} to the {place}", "expected_tool": tool, "expected_mood": mood}
        for verb, tool, mood in (("walk", "go", "calm"), ("shout", "say", "loud"), ("sing", "say", "calm"))
        for place in ("village", "castle", "river", "market", "harbour", "forest", "mill", "tower")
    ]
    found = seen("the guard in my game must call the right tool", jsonl(rows), shipped)
    assert found.proposal is not None
    ways = [(one.family, one.answers) for one in found.proposal.likely]
    assert ("json-extraction", ["expected_tool", "expected_mood"]) in [(kind, [*names]) for kind, names in ways]


def test_what_a_file_without_texts_holds_is_said_where_it_is_to_be_labelled(shipped: Catalog, tmp_path: Path) -> None:
    """Its rows are not offered, as they cannot be shown."""
    rows = [
        {"guid": f"pod-{n * 77777:08x}", "parts": [{"at": n, "by": "ann"}, {"at": n + 1, "by": "bob"}]}
        for n in range(9)
    ]
    path = tmp_path / "x.json"
    for held, offered in (
        (rows, False),
        ([row | {"text": f"{ENGLISH[n % 8]} {n}"} for n, row in enumerate(rows)], True),
    ):
        path.write_text(json.dumps(held), encoding="utf-8")
        question = next_question(seen("summarise", path, shipped, {"family": "summarization"}), {"examples": str(path)})
        assert question is not None
        assert "'parts' holds objects or lists, which are no texts" in question.text
        assert any("of this file here" in each.label for each in question.choices) is offered


def test_the_only_column_of_the_labels_that_words_list_is_expected(shipped: Catalog, jsonl: Write) -> None:
    """Whatever others there are, such as a list of what an answer must hold, which else is what is expected."""
    marks = ["good", "maybe", "bad"]
    rows = [
        {
            "resume": f"{text} {n}",
            "mood": ("glad", "sad")[n // 4 % 2],
            "fits": marks[n % 3],
            "must_say": [f"a {n}", "b"],
        }
        for n, text in enumerate(ENGLISH * 6)
    ]
    words = "sort resumes by how they fit the job: good, maybe, bad"
    assert seen(words, jsonl(rows), shipped).proposal.expected == "fits"
    assert seen("group the comments by theme: glad, sad", jsonl(rows), shipped).proposal.expected == "mood"
