"""Wishes that nothing was made of are shown next to what is read."""

from catalog import Catalog
from tests.interview.tables import Write
from tests.interview.test_understand import seen
from tests.tables import for_each

ROWS = [
    {"message": f"{what}, order {1000 + at * 37}, since {day} at the shop", "agent note": note, "team": team}
    for at, (day, (what, note, team)) in enumerate(
        (day, each)
        for day in ("monday", "tuesday", "friday", "last week", "today", "noon")
        for each in (
            ("my parcel never came", "called the carrier", "shipping"),
            ("please refund the double charge", "paid back", "billing"),
            ("the screen stays black", "sent a new one", "repairs"),
        )
    )
]
LEFT = {
    "sort messages by team. rather no answer than a wrong one": ["rather no answer than a wrong one"],
    "Nachrichten nach team sortieren; lieber nichts sagen als etwas Falsches": [
        "lieber nichts sagen als etwas Falsches"
    ],
    "messages to the right team. nothing about politics please": ["nothing about politics please"],
    "messages to the right team. ignore the agent note": [],
    "messages to the right team, don't use the agent note": [],
    "only messages: say their team": [],
    "messages to the right team, 95% right, no GPU": [],
    "messages to the right team, no more than 2 GB": [],
    "messages to the right team, please, thanks": [],
    "messages to the right team. Billing matters most": ["Billing matters most"],
    "messages to the right team: billing, shipping or repairs": [],
    "messages to the right team, we work in three shifts": ["we work in three shifts"],
    "messages to the right team, 95% right, for under $30 a month; it runs on one L4": [
        "for under $30 a month; it runs on one L4",
    ],
    "messages to the right team, on one L4, 95% right, and the first letter will do": [
        "on one L4",
        "and the first letter will do",
    ],
    "メッセージをチームに分ける。月3000円以内": ["月3000円以内"],
}


@for_each("words", LEFT)
def test_what_nothing_was_made_of_is_to_be_checked(shipped: Catalog, jsonl: Write, words: str) -> None:
    found = seen(words, jsonl(ROWS), shipped).understanding.notices
    said = [each.text for each in found if each.key == "unheard"]
    wished = ", ".join(f"'{each}'" for each in LEFT[words])
    assert [each.partition("nothing was made of ")[2].rpartition(";")[0] for each in said] == [wished] * bool(wished)
    assert all("'message'" in each and " of 18 rows " in each for each in said)


def test_a_distance_that_no_form_fits_is_shown_with_what_takes_it(shipped: Catalog, jsonl: Write) -> None:
    """Where the answers are numbers; a clause that names an answer that recurs is no wish, nor is a rate."""
    rows = [row | {"grade": at % 5 + 1} for at, row in enumerate(ROWS)]
    words = "メッセージから grade を予測する。1つ隣までは正解とみなす、9割は当たってほしい"
    (said,) = (each.text for each in seen(words, jsonl(rows), shipped).understanding.notices if each.key == "unheard")
    assert said.startswith("nothing was made of '1つ隣までは正解とみなす'; ")
    assert said.endswith("--set family=text-regression --set scoring.tolerance=N lets a number be off by N")
    words = "messages to the right team: 'shipping', billing; 97% are right today"
    assert not [each for each in seen(words, jsonl(ROWS), shipped).understanding.notices if each.key == "unheard"]
