"""What a rate demands: the shipped weights, on texts whose demands are known; and as people say it."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.interview.text.demands import Of, Subject, demands
from advisor.interview.understand import understand
from catalog import Catalog
from tests.interview.tables import ENGLISH
from tests.interview.test_worth import pool
from tests.tables import for_each
from tools.fit_demands import MADE, TEXTS


def test_most_rates_of_most_writers_are_read() -> None:
    """Every fourth text that was written to learn from, as it is understood; chances are what they say."""
    with gzip.open(TEXTS, "rt", encoding="utf-8") as file:
        known = [told for told in map(json.loads, file) if told["group"] not in MADE][::4]
    right, chances, texts = 0, list[float](), 0
    for told in known:
        groups = tuple((name, tuple(values)) for name, values in told["groups"].items())
        subject = Subject(tuple(told["labels"].items()), groups, told["fields"], told["parts"])
        asked = [each for each in demands(told["words"], subject) if each.of is not Of.NOTHING]
        said = {(each.of.value, round(each.share, 2)) for each in asked}
        meant = {(of, round(share, 2)) for of, _, share in told["meant"]}
        texts += said == meant
        chances += [each.chance for each in asked]
        right += sum((each.of.value, round(each.share, 2)) in meant for each in asked)
    assert len(known) > 120
    assert texts > 0.75 * len(known)
    assert abs(sum(chances) - right) < 0.15 * len(chances)


OF_TWO = Subject((("spam", 30), ("ham", 70)))
OF_FIELDS = Subject((("total", 9), ("date", 9), ("vendor", 9)), are_fields=True)
OF_TIMES = Subject((("spam", 30), ("ham", 70)), (("time", ("morning", "evening")),))
OF_NOTES = Subject((("a", 9), ("b", 9), ("c", 9)), (("note.par", ("Jo", "Al")), ("user.ville", ("Caen", "Metz"))))
OF_FOUR = Subject((("URG", 9), ("billing", 30), ("move", 9), ("OTHER", 9)), (("region", ("north", "south")),))


@for_each(
    ("words", "subject", "meant"),
    [
        ("Of the urgent ones no more than two in a hundred may slip through.", OF_FOUR, [(Of.LABEL, ("URG",), 0.98)]),
        ("What it flags as spam has to be spam in 19 of 20.", OF_TWO, [(Of.ANSWERS, ("spam",), 0.95)]),
        ("Von 50 Spam-Mails darf höchstens eine durchrutschen.", OF_TWO, [(Of.LABEL, ("spam",), 0.98)]),
        ("Each of the categories must be recognised in at least 80% of cases.", OF_FOUR, [(Of.EACH, ("*",), 0.8)]),
        ("At least 85% right in every region, please.", OF_FOUR, [(Of.GROUP, ("region",), 0.85)]),
        ("Nine out of ten right is plenty, we look at them anyway.", OF_FOUR, [(Of.ALL, (), 0.9)]),
        ("Today our staff gets about 78% right, and 30% of the mails are about bills.", OF_FOUR, []),
        ("10% of our mails are spam. 95% right.", OF_TWO, [(Of.ALL, (), 0.95)]),
        ("Half of the spam is from China. 95% right.", OF_TWO, [(Of.ALL, (), 0.95)]),
        ("Find 97% of spam.", OF_TWO, [(Of.LABEL, ("spam",), 0.97)]),
        ("97 % Spam finden.", OF_TWO, [(Of.LABEL, ("spam",), 0.97)]),
        ("At least 85% for each class.", OF_FOUR, [(Of.EACH, ("*",), 0.85)]),
        ("Every field at least 95% right", OF_FIELDS, [(Of.EACH, ("*",), 0.95)]),
        ("At most 5% false alarms.", OF_TWO, [(Of.ANSWERS, ("spam",), 0.95)]),
        ("It must be right 90% of the time.", OF_TIMES, [(Of.ALL, (), 0.9)]),
        ("Clasificar avisos. Con un 80% basta, nada sale de la region.", OF_FOUR, [(Of.ALL, (), 0.8)]),
        ("trier par équipe, 80 % suffisent", OF_NOTES, [(Of.ALL, (), 0.8)]),
        ("80 % de bonnes réponses dans chaque ville", OF_NOTES, [(Of.GROUP, ("user.ville",), 0.8)]),
        ("Summe und Datum aus den Briefen holen, 85 % genügen.", OF_FIELDS, [(Of.ALL, (), 0.85)]),
    ],
)
def test_what_a_rate_is_demanded_of(
    words: str, subject: Subject, meant: list[tuple[Of, tuple[str, ...], float]]
) -> None:
    found = [each for each in demands(words, subject) if each.of is not Of.NOTHING]
    assert [(each.of, each.names or (("*",) if each.of is Of.EACH else ()), each.share) for each in found] == [
        (of, names, pytest.approx(share)) for of, names, share in meant
    ]
    assert all(each.is_sure for each in found)


def test_a_rate_in_each_group_stays_where_the_bar_is_answered(tmp_path: Path, shipped: Catalog) -> None:
    """Also where the column has an odd name."""
    texts = [text.replace(",", " ") for text in ENGLISH * 8]
    rows = [f"{('north', 'south')[n // 2 % 2]},{text} {n},{('spam', 'ham')[n % 3 > 0]}" for n, text in enumerate(texts)]
    (path := tmp_path / "a.csv").write_text("\n".join(["?,text,label", *rows]))
    words = "Sort mails into spam and ham. At least 85% right in north and in south, each of them."
    known = understand(words, {"examples": str(path), "bar.pass_rate": 0.9}, pool(shipped), shipped).understanding
    assert known.value("bar.per_slice") == {"column": "?", "pass_rate": 0.85}
    assert known.value("bar.pass_rate") == 0.9


@given(st.text(max_size=300), st.lists(st.text(min_size=1, max_size=12), max_size=4, unique=True))
def test_any_text_is_read(words: str, labels: list[str]) -> None:
    """Each rate stands in the text, with a chance, and names only known labels."""
    for each in demands(f"{words} 95% {words}", Subject(tuple((label, 1) for label in labels))):
        assert 0 <= each.low <= each.start < each.end <= each.high <= 2 * len(words) + 5
        assert 0 < each.chance <= 1 + 1e-9
        assert {*each.names} <= {*labels, ""}


def test_only_so_many_rates_of_pasted_data_are_read() -> None:
    assert len(demands("In 2019 about 95% of the 300 mails were right, 5 of 10. " * 500)) <= 60


def test_a_tolerance_is_no_part_of_the_scale_before_it() -> None:
    text = "Give each essay a score from 1 to 5 like I do; one point off is fine. I want that for at least 90% of them."
    assert [each.share for each in demands(text)] == [0.9]
