"""Strangers' files, each with its owner's words, knowledge, and idea of a right answer."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import strangers_texts as texts
from benchmarks.strangers_texts import drawing, labelled

CLASSIFY = ("text-classification", "zero-shot-classification")


@dataclass(frozen=True, slots=True)
class Stranger:
    """A file, its owner's words, and the owner's idea of a right answer."""

    name: str  # What kind of file it is.
    words: str  # The owner's description of the task.
    write: Callable[[Path], Path]  # Writes the file into a folder, and returns what the owner names.
    families: tuple[str, ...]  # The accepted families.
    columns: tuple[tuple[str, ...], tuple[str, ...]]  # Input and expected columns, sorted; several of each as they are.
    rows: int  # Readable rows, for training and evidence together.
    # The owner's answers to questions, by key; else enter, which accepts the proposal.
    knows: dict[str, Any] = field(default_factory=dict)
    labels: Callable[[str], str] | None = None  # The owner's label for a text.
    least: float = 0.0  # A rate that the best model should reach, within 0 and 1.
    says: tuple[str, ...] = ()  # The answer must contain one of these.
    never: tuple[str, ...] = ()  # Words that the recommendation must not contain.
    is_apart: bool = False  # Whether it was held out while the session was fixed.


def _table(
    path: Path, rows: Sequence[Sequence[object]], *, mark: str = ",", encoding: str = "utf-8", end: str = "\r\n"
) -> Path:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=mark, lineterminator=end).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def _lines(path: Path, documents: Sequence[object]) -> Path:
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in documents), encoding="utf-8")
    return path


def _german(folder: Path) -> Path:
    pairs = labelled(texts.SUPPORT_DE, texts.AROUND_DE, 90, 1)
    rows = [(f"{at % 28 + 1:02}.03.2026", 10_000 + 7 * at, text, label) for at, (text, label) in enumerate(pairs)]
    return _table(folder / "Anfragen März.csv", [("Eingang", "Kundennr", "Nachricht", "Abteilung"), *rows], mark=";",
                  encoding="cp1252")  # fmt: skip


def _french(folder: Path) -> Path:
    pairs = labelled(texts.SHOP_FR, texts.AROUND_FR, 70, 2)
    return _table(folder / "avis.csv", [("avis", "ressenti"), *pairs], encoding="utf-8-sig")


def _japanese(folder: Path) -> Path:
    pairs = labelled(texts.CITY_JA, texts.AROUND_JA, 60, 3)
    rows = [(at + 1, text, label) for at, (text, label) in enumerate(pairs)]
    return _table(folder / "問い合わせ.csv", [("番号", "内容", "種別"), *rows], encoding="cp932")


def _excel(folder: Path) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = "Tickets Q1"
    sheet.append(["IT service desk, export 14.04.2026"])
    sheet.append([])
    sheet.append(["No.", "Opened", "Opened by", "What the user wrote", "Group", "Remarks"])
    for at, (text, label) in enumerate(labelled(texts.DESK_EN, texts.AROUND_EN, 80, 4)):
        sheet.append(
            [at + 1, f"2026-01-{at % 28 + 1:02}", texts.PEOPLE[at % 12], text, label, "ok" if at == 3 else None]
        )
        if at == 40:
            sheet.append([])
    sheet.merge_cells("A1:F1")
    notes = book.create_sheet("Notes")
    notes.append(["ask Ruth about the groups"])
    book.save(folder / "tickets final (2).xlsx")
    return folder / "tickets final (2).xlsx"


def _no_header(folder: Path) -> Path:
    return _table(folder / "export.csv", labelled(texts.DESK_EN, texts.AROUND_EN, 80, 5))


def _text_lines(folder: Path) -> Path:
    path = folder / "labelled.txt"
    lines = [f"__label__{label} {text}" for text, label in labelled(texts.DESK_EN, texts.AROUND_EN, 80, 6)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _orders(folder: Path) -> Path:
    drawn, rows = drawing(7), []
    for at in range(50):
        number, amount = f"A-{drawn.randint(10_000, 99_999)}", f"{drawn.randint(5, 900)}.{drawn.randint(10, 99)}"
        name, town = drawn.choice(texts.PEOPLE), drawn.choice(texts.PLACES)
        body = drawn.choice((
            f"Hi, this is {name} from {town}. My order {number} over {amount} EUR never arrived, where is it?",
            f"Order {number}: you charged {amount} EUR but the shop in {town} said less. {name}",
            f"Please cancel {number}. I paid {amount} EUR by card. Regards, {name}, {town}",
            f"{name} here. Refund for {number} ({amount} EUR) to my {town} address, thanks",
        ))  # fmt: skip
        rows.append((at + 1, body, number, amount))
    return _table(folder / "order mails.csv", [("id", "mail", "order number", "amount"), *rows])


def _answers(folder: Path) -> Path:
    drawn, rows = drawing(8), []
    for place in texts.PLACES:
        for what, low, high in (("museum", 3, 30), ("ferry", 2, 20), ("library card", 4, 40)):
            price, hour, who = drawn.randint(low, high), drawn.randint(7, 11), drawn.choice(texts.PEOPLE)
            passage = (
                f"The {what} in {place} costs {price} euros for adults and is free for children. It opens at {hour} in "
                f"the morning and is run by {who} and a team of volunteers. Dogs are not welcome."
            )
            question, answer = drawn.choice((
                (f"How much is the {what} in {place}?", f"{price} euros"),
                (f"When does it open in {place}?", str(hour)),
                (f"Who runs the {what}?", who),
            ))  # fmt: skip
            rows.append((question, passage, answer))
    return _table(folder / "faq.csv", [("Question", "Page text", "Answer"), *rows])


def _json(folder: Path) -> Path:
    pairs = labelled(texts.DESK_EN, texts.AROUND_EN, 80, 9)
    held = [
        {"key": f"IT-{at + 200}", "fields": {"description": text, "component": label, "votes": at % 3}}
        for at, (text, label) in enumerate(pairs)
    ]
    path = folder / "issues.json"
    path.write_text(json.dumps({"total": len(held), "issues": held}, indent=1), encoding="utf-8")
    return path


def _twelve(folder: Path) -> Path:
    pairs = labelled({label: texts.DESK_EN[label] for label in ("hardware", "access")}, texts.AROUND_EN, 12, 10)
    return _table(folder / "twelve.csv", [("text", "label"), *pairs])


def _one_label(folder: Path) -> Path:
    fine = labelled({"fine": [*texts.DESK_EN["software"], *texts.DESK_EN["access"]]}, texts.AROUND_EN, 133, 11)
    threats = ("I know where you live", "I will burn your office down", "you will regret this, watch your back")
    bad = labelled({"threat": threats}, texts.AROUND_EN, 7, 11)
    rows = [*fine, *bad]
    drawing(11).shuffle(rows)
    return _table(folder / "moderation.csv", [("message", "decision"), *rows])


def _forty(folder: Path) -> Path:
    things = ("card", "transfer", "loan", "account", "limit", "statement", "branch", "insurance")
    asks = {
        "lost": ("I lost my {0}", "where is my {0}? it is gone", "someone stole the {0}"),
        "cost": ("what does the {0} cost", "why was I charged a fee for the {0}", "is the {0} free of charge"),
        "change": ("I want to change my {0}", "please update the {0}", "how do I edit the {0}"),
        "cancel": ("cancel the {0}", "I want to close my {0}", "please end the {0} now"),
        "status": ("what is the status of my {0}", "is the {0} ready yet", "any news about the {0}"),
    }
    pairs = labelled(
        {f"{thing}_{ask}": [each.format(thing) for each in said] for thing in things for ask, said in asks.items()},
        texts.AROUND_EN, 240, 12,
    )  # fmt: skip
    return _table(folder / "intents.tsv", [("utterance", "intent"), *pairs], mark="\t")


def _unlabelled(folder: Path) -> Path:
    rows = [(f"m{at:03}", text) for at, (text, _) in enumerate(labelled(texts.DESK_EN, texts.AROUND_EN, 80, 13))]
    return _table(folder / "inbox.csv", [("mail id", "body"), *rows])


def _say(text: str) -> str:
    return next(label for label, cores in texts.DESK_EN.items() if any(core in text for core in cores))


def _own_scorer(folder: Path) -> Path:
    _table(folder / "names.csv", [("text", "expected"), *((f"{a} lives in {b}", b) for a in texts.PEOPLE[:6]
                                                           for b in texts.PLACES[:6])])  # fmt: skip
    (folder / "score.py").write_text(
        "def score(output, expected, text):\n    return expected.lower() in str(output).lower()\n", encoding="utf-8"
    )
    path = folder / "task.yaml"
    path.write_text(
        "name: towns\nfamily: text-generation\ninstruction: Name the town that the text is about, nothing else.\n"
        "examples: {path: names.csv}\nscoring: {function: 'score.py:score'}\n"
        "bar: {pass_rate: 0.8}\nteaching: {count: 0}\n",
        encoding="utf-8",
    )
    return path


def _survey(folder: Path) -> Path:
    drawn, rows = drawing(15), []
    spell = {
        "hardware": ("Hardware", "hardware ", "HARDWARE"),
        "access": ("Access", "access"),
        "software": ("Software",),
    }
    for at, (text, label) in enumerate(labelled(texts.DESK_EN, texts.AROUND_EN, 84, 15)):
        kind = "" if at % 21 == 20 else drawn.choice(spell[label])
        when = f"2026/03/{at % 28 + 1:02} 10:{at % 60:02}:00"
        rows.append((when, f"{drawn.choice(texts.PEOPLE).lower()}@x.org", text,
                     kind, drawn.choice(("", "", "see mail"))))  # fmt: skip
    head = ("Timestamp", "Email Address", "What happened?", "Kind of problem", "Anything else?")
    return _table(folder / "Form Responses 1.csv", [head, *rows, *rows[:3]])


def _pairs(folder: Path) -> Path:
    ways = {
        "reset my password": (
            "How do I reset my password?",
            "I forgot my password, what now?",
            "Change a lost password",
        ),
        "opening hours": ("When are you open?", "What are your opening hours?", "Are you open on Sunday?"),
        "send back": ("How do I return an item?", "Where do I send back shoes?", "Return policy?"),
        "delivery": ("When will my parcel arrive?", "How long does delivery take?", "Where is my order?"),
        "newsletter": ("Stop the newsletter", "How do I unsubscribe?", "Too many mails from you"),
        "gift": ("Can you wrap it as a gift?", "Do you offer gift wrapping?", "Gift box available?"),
    }
    drawn, rows = drawing(16), []
    for one, said in ways.items():
        rows += [(a, b, 1) for a in said for b in said if a < b]
        for other, others in ways.items():
            rows += [(drawn.choice(said), drawn.choice(others), 0)] if one < other else []
    drawn.shuffle(rows)
    return _table(folder / "pairs.csv", [("question1", "question2", "is_duplicate"), *rows])


def _tags(folder: Path) -> Path:
    drawn, held = drawing(17), []
    for _ in range(48):
        who, where, day = drawn.choice(texts.PEOPLE), drawn.choice(texts.PLACES), drawn.choice(("Monday", "Friday"))
        words, marks = drawn.choice((
            ([who, "flies", "to", where, "on", day, "."], ["B-PER", "O", "O", "B-LOC", "O", "O", "O"]),
            (["The", where, "office", "hired", who, "."], ["O", "B-LOC", "O", "O", "B-PER", "O"]),
            (["Call", who, "about", "the", "trip", "from", where], ["O", "B-PER", "O", "O", "O", "O", "B-LOC"]),
            (["No", "news", "from", where, "since", day], ["O", "O", "O", "B-LOC", "O", "O"]),
        ))  # fmt: skip
        held.append({"tokens": words, "ner_tags": marks})
    return _lines(folder / "ner.jsonl", held)


def _translation(folder: Path) -> Path:
    parts = (
        ("Der Zug nach {0} hat Verspätung", "The train to {0} is late"),
        ("Wie weit ist es bis {0}?", "How far is it to {0}?"),
        ("In {0} regnet es seit drei Tagen", "It has been raining in {0} for three days"),
        ("Das Hotel in {0} war ausgebucht", "The hotel in {0} was fully booked"),
    )  # fmt: skip
    rows = [(german.format(place), english.format(place)) for place in texts.PLACES[:9] for german, english in parts]
    return _table(folder / "sätze.csv", [("deutsch", "english"), *rows], mark=";")


def _search(folder: Path) -> Path:
    pages = [(f"{what} {place}", f"{said} in {place}.") for place in texts.PLACES for what, said in (
        ("parking", "Where to leave the car overnight"), ("doctor", "Doctors who see patients without a date"),
        ("swim", "Pools and lakes that are open to all"))]  # fmt: skip
    _table(
        folder / "pages.csv",
        [("id", "text"), *((f"p{at}", f"{title}: {text}") for at, (title, text) in enumerate(pages))],
    )
    ask = {"parking": "can I park at night in {0}", "doctor": "I am ill in {0}, who helps", "swim": "swimming in {0}"}
    rows = [(ask[title.split()[0]].format(title.split()[1]), f"p{at}") for at, (title, _) in enumerate(pages)]
    return _table(folder / "searches.csv", [("query", "page"), *rows])


def _faq(folder: Path) -> Path:
    subjects = (
        ("parking", "Cars may stand behind the house from six in the evening; the code of the gate is on the key card"),
        ("breakfast", "Breakfast is served from seven to ten in the garden room, on Sundays until eleven"),
        ("dogs", "Dogs are welcome in all rooms of the ground floor for twelve euros a night"),
        ("checking out", "Rooms are free until eleven; luggage can be left at the desk for the day"),
        ("the pool", "The pool is open from eight to eight, children swim with somebody of eighteen or older"),
        ("the train", "The station is two kilometres away and a bus goes there every half hour"),
    )
    ask = (
        "What about {0}?",
        "Can you tell me about {0}",
        "I have a question on {0}, please help",
        "Where do I find something about {0}?",
        "hi, {0}? thanks",
        "Is there anything to know about {0}?",
    )
    rows = [(each.format(subject), answer + ".") for each in ask for subject, answer in subjects]
    return _table(folder / "faq hotel.csv", [("Question", "Answer"), *rows])


def _two_columns(folder: Path) -> Path:
    pairs = labelled(texts.DESK_EN, texts.AROUND_EN, 80, 31)
    rows = [
        (f"T-{at}", " ".join(text.split()[:4]), " ".join(text.split()[4:]), ("web", "mail")[at % 2], label)
        for at, (text, label) in enumerate(pairs)
    ]
    return _table(folder / "export.csv", [("Key", "Summary", "Description", "Channel", "Component"), *rows])


def _messages(folder: Path) -> Path:
    pairs = labelled(texts.DESK_EN, texts.AROUND_EN, 80, 20)
    return _lines(folder / "finetune.jsonl", [
        {"messages": [{"role": "system", "content": "Sort the ticket."}, {"role": "user", "content": text},
                      {"role": "assistant", "content": label}]} for text, label in pairs
    ])  # fmt: skip


def _hotel(folder: Path) -> Path:
    pairs = [
        (text.replace(". ", ".\n", 1), label) for text, label in labelled(texts.REVIEW_ES, texts.AROUND_ES, 72, 21)
    ]
    return _table(folder / "buzón.tsv", [("fecha", "mensaje", "tipo"), *((f"{at % 28 + 1}/7/26", *each)
                  for at, each in enumerate(pairs))], mark="\t", end="\n")  # fmt: skip


def _several(folder: Path) -> Path:
    one, two = (labelled(texts.DESK_EN, texts.AROUND_EN, 80, seed) for seed in (22, 23))
    rows = []
    for at, ((text, label), (more, other)) in enumerate(zip(one, two, strict=True)):
        both = at % 3 == 0 and label != other
        rows.append((f"{text} {more}" if both else text, f"{label}; {other}" if both else label))
    return _table(folder / "tagged.csv", [("Ticket", "Tags"), *rows])


def _folders(folder: Path) -> Path:
    for at, (text, label) in enumerate(labelled(texts.DESK_EN, texts.AROUND_EN, 75, 24)):
        (folder / "sorted" / label).mkdir(parents=True, exist_ok=True)
        (folder / "sorted" / label / f"mail{at}.txt").write_text(text, encoding="utf-8")
    return folder / "sorted"


def _meters(folder: Path) -> Path:
    drawn, rows = drawing(25), []
    for _ in range(48):
        count, who = drawn.randint(1_000, 99_999), drawn.choice(texts.PEOPLE)
        said = drawn.choice((
            f"Zählerstand heute: {count} kWh, Gruß {who}", f"Hier {who}. Der Zähler zeigt {count}, wir sind 3 Personen",
            f"Neuer Stand {count} (abgelesen am 3.4.)", f"{who}, Whg 12: {count} kWh",
        ))  # fmt: skip
        rows.append((said, count))
    return _table(folder / "zaehler.csv", [("SMS", "Stand"), *rows], mark=";", encoding="utf-8-sig")


def _stars(folder: Path) -> Path:
    pairs = labelled({"5":
                       ("love this app, does all I need", "perfect since the last version",
                        "so easy, my mother uses it",
                        "best budget app there is", "brilliant and free", "never lost a thing, great support"),
                  "1": ("crashes on start, useless", "lost all my data", "ads after each tap, deleted it",
                        "asks for money after a day, scam", "login broken for weeks", "worst update ever")},
                 texts.AROUND_EN, 66, 26)  # fmt: skip
    rows = [(f"2026-02-{at % 28 + 1:02}", f"3.{at % 4}", stars, text, "EN") for at, (text, stars) in enumerate(pairs)]
    return _table(folder / "reviews_export.csv", [("Date", "App Version", "Star Rating", "Review", "Lang"), *rows])


DESK = "sort the tickets of our IT service desk into hardware, access and software"
STRANGERS = (
    Stranger("German, semicolons, cp1252", "Kundenmails der richtigen Abteilung zuordnen", _german, CLASSIFY,
             (("Nachricht",), ("Abteilung",)), 90, least=0.6),
    Stranger("French", "dire si un avis de client est positif ou négatif", _french, CLASSIFY,
             (("avis",), ("ressenti",)), 70, least=0.6),
    Stranger("Japanese, Shift-JIS", "市への問い合わせを種別に分ける", _japanese, CLASSIFY,
             (("内容",), ("種別",)), 60, least=0.5),
    Stranger("messy Excel", "which group has to handle a ticket", _excel, CLASSIFY,
             (("What the user wrote",), ("Group",)), 80, least=0.6),
    Stranger("no header", DESK, _no_header, CLASSIFY, (("text",), ("label",)), 80, least=0.6),
    Stranger("text file, fastText lines", "sort tickets", _text_lines, CLASSIFY,
             (("text",), ("label",)), 80, least=0.6),
    Stranger("extraction, two fields", "pull the order number and the amount out of customer mails", _orders,
             ("json-extraction",), (("mail",), ("amount", "order number")), 50),
    Stranger("question and answer", "answer questions from the page they are about", _answers, ("question-answering",),
             (("Page text", "Question"), ("Answer",)), 36),
    Stranger("JSON from a tracker", "predict the component of an issue from its description", _json, CLASSIFY,
             (("fields.description",), ("fields.component",)), 80, least=0.6),
    Stranger("twelve rows", "is it a hardware or an access problem?", _twelve, CLASSIFY, (("text",), ("label",)), 12,
             least=0.5, says=("more",)),
    Stranger("one label at 95%", "find threats among messages to our support", _one_label, CLASSIFY,
             (("message",), ("decision",)), 140, least=0.85, never=("always",)),
    Stranger("40 labels", "detect the intent of what bank customers say", _forty, CLASSIFY,
             (("utterance",), ("intent",)), 240, least=0.3),
    Stranger("no labels in the file", DESK, _unlabelled, CLASSIFY, (("body",), ("label",)), 80, labels=_say, least=0.5),
    Stranger("a scorer of one's own", "", _own_scorer, ("text-generation",), ((), ()), 36,
             knows={"allow_code": 1}),
    Stranger("a form's answers", "what kind of problem is it?", _survey, CLASSIFY,
             (("What happened?",), ("Kind of problem",)), 80, least=0.6),
    Stranger("pairs", "do two customer questions ask the same?", _pairs, ("sentence-similarity",),
             (("question1", "question2"), ("is_duplicate",)), 33, least=0.6),
    Stranger("words with tags", "find names of people and places", _tags, ("token-classification",),
             (("tokens",), ("ner_tags",)), 48),
    Stranger("translation", "Sätze vom Deutschen ins Englische übersetzen", _translation, ("translation",),
             (("deutsch",), ("english",)), 36),
    Stranger("search, documents beside", "find the help page for a search", _search, ("text-retrieval",),
             (("query",), ("page",)), 36, knows={"documents.path": "pages.csv", "family": "text-retrieval"}, least=0.5),
    Stranger("FAQ", "answer guests' questions from our FAQ", _faq, ("text-retrieval",),
             (("Question",), ("Answer",)), 36, least=0.5),
    Stranger("two columns", "predict the component from summary and description", _two_columns, CLASSIFY,
             (("Description", "Summary"), ("Component",)), 80, least=0.6),
    Stranger("chat messages, JSONL", DESK, _messages, CLASSIFY, (("text",), ("answer",)), 80, least=0.6),
    Stranger("Spanish, line breaks in cells", "clasificar los mensajes de huéspedes: queja, elogio o pregunta", _hotel,
             CLASSIFY, (("mensaje",), ("tipo",)), 72, least=0.6, is_apart=True),
    Stranger("several labels a cell", "which topics does a ticket touch", _several, CLASSIFY,
             (("Ticket",), ("Tags",)), 80,
             least=0.5, is_apart=True),
    Stranger("a folder a class", DESK, _folders, CLASSIFY, (("text",), ("label",)), 75, least=0.6, is_apart=True),
    Stranger("one number, German", "den Zählerstand aus der SMS lesen", _meters, ("json-extraction", "text-generation"),
             (("SMS",), ("Stand",)), 48, is_apart=True),
    Stranger("stars of an app", "predict the star rating from the review", _stars, CLASSIFY,
             (("Review",), ("Star Rating",)), 66, least=0.6, is_apart=True),
)  # fmt: skip
