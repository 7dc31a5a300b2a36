"""How far off a number may be, in words and answers."""

from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.interview.answers import checked
from advisor.interview.text.demands import rates
from advisor.interview.text.rates import allowance, is_off_said, offs
from advisor.interview.text.terms import bars
from advisor.interview.understand import understand
from catalog import Catalog
from tests.families.support import refusal, write_task
from tests.interview.tables import ENGLISH
from tests.interview.test_worth import pool


def test_how_far_off_a_time_may_be_is_in_the_unit_of_its_column() -> None:
    """A time is off where the words say so; elsewhere it is none."""
    for words, column, expected in (
        ("En halvtime feil er greit", "MINUTES", (30.0, False)),
        ("half an hour off is fine", "minutes", (30.0, False)),
        ("within 2 hours", "duration_min", (120.0, False)),
        ("a wrong one may differ by one at most, in 95% of cases", "priority", (1.0, False)),
        ("off by one at most in 95% of cases", "priority", (1.0, False)),
        ("within 2 hours", "Dauer_Std", (2.0, False)),
        ("eine halbe Stunde daneben ist ok", "Preis", None),
        ("jobs take half an hour or more", "minutes", None),
        ("within 5%", "minutes", (0.05, True)),
        ("mennyi ideig tart, 15 percet tévedhet", "Idő (perc)", (15.0, False)),
        ("darf sich um 15 Minuten irren", "Dauer (Minuten)", (15.0, False)),
        ("оценить по названию, плюс-минус 20% сойдёт", "ккал", (0.2, True)),
        ("誤差 5 分以内", "所要時間 分", (5.0, False)),
    ):
        assert allowance(words, column) == expected, words


ONE_STEP = (
    "off by 1 is tolerable", "off by one", "one mark off is fine", "1 off is ok", "within one step", "within a notch",
    "give or take one level", "ein Punkt Abweichung ist erlaubt", "eine Stufe daneben gilt noch", "à une étoile près",
    "un point d'écart passe", "un punto arriba o abajo vale", "un voto di scarto va bene", "um ponto a mais ou a menos",
    "één punt ernaast mag", "bir puan sapma olabilir", "1点のずれは許容", "1のずれまでは正解", "誤差1点まで許容",
    "误差1分以内算对", "1점 차이는 괜찮다", "pomyłka o jedną gwiazdkę nie szkodzi", "ошибка на одну звезду не страшна",
)  # fmt: skip


def test_a_step_of_a_scale_may_be_off_in_many_languages() -> None:
    """Nothing else that is one, or off, says so."""
    assert [(words, allowance(words, "mark")) for words in ONE_STEP if allowance(words, "mark") != (1.0, False)] == []
    assert [words for words in ONE_STEP if not is_off_said(words)] == []
    halves = ("within half a point", "mezzo punto di differenza", "auf eine halbe Note genau", "à un demi point près")
    halves = (*halves, "entro mezzo punto", "half a star off")
    assert [(words, allowance(words, "mark")) for words in halves if allowance(words, "mark") != (0.5, False)] == []
    many = (
        "in neun von zehn Fällen auf 3 Punkte genau", "90% auf 3 genau", "Abweichung bis 3 Punkte ist ok, 90%", "+- 3",
        "plus/minus 3, 90%", "erreur de 3 points au maximum", "error de hasta 3 puntos", "deviation of up to 3 points",
        "que se equivoque como mucho en 3 puntos", "lệch tối đa 3 điểm là được", "at most 3 off in 80% of the essays",
    )  # fmt: skip
    bars = [(words, [words[each.start : each.end] for each in rates(words)]) for words in many]
    assert [words for words, said in bars if allowance(words, "mark", said) != (3.0, False)] == []
    kept = ("within 3 points for 80% of pairs", "at most 3 off in 80% of essays", "eine Note daneben in 80% der Fälle")
    assert [words for words in kept if [(each.share, each.is_bar) for each in rates(words)] != [(0.8, True)]] == []
    assert not rates("delivered within 3 days in 80% of towns")[0].is_bar
    others = (
        "half of the stars",
        "a difference of 3 from 10",
        "one day off",
        "15% off",
        "a one-off payment",
        "within a week",
        "plus ou moins urgent",
        "one of five",
    )
    others += ("we have 300 flats more or less", "90% of the mails more or less right", "too spicy or salty")
    assert [words for words in others if offs(words)] == []
    either = {"one star either way": 1, "two marks up or down": 2, "a year off, 3 years too young or too old": 3}
    assert {words: allowance(words, "mark") for words in either} == {
        words: (size, False) for words, size in either.items()
    }


def test_a_typed_percentage_stays_a_share_of_the_number(shipped: Catalog, tmp_path: Path) -> None:
    """Also where a distance is asked for, as the numbers are of one magnitude; fields are compared so anyway."""
    path = tmp_path / "rows.csv"
    lines = [f"{text} {n},{40 + n}\n" for n, text in enumerate(ENGLISH * 6)]
    path.write_text("steps,minutes\n" + "".join(lines), encoding="utf-8")
    for answer, expected in (("5%", ("near_share", 0.05)), ("2,5 Prozent", ("near_share", 0.025)), ("5", (None, 5.0))):
        said = {
            "examples": str(path),
            "family": "text-regression",
            "scoring.tolerance": checked("scoring.tolerance", answer),
        }
        known = understand("how long does it take", said, pool(shipped), shipped).understanding
        assert (known.value("scoring.metric"), known.value("scoring.tolerance")) == expected
    with pytest.raises(InputError, match="write less than 100%"):
        checked("scoring.tolerance", "150%")


def test_a_distance_of_one_or_more_is_no_share_of_a_number(shipped: Catalog, tmp_path: Path) -> None:
    """Where shares are asked for, 15 minutes are minutes; a task file that says 1500% is refused."""
    rows = [{"steps": f"{text} {n}", "minutes": 5 * 2 ** (n % 8)} for n, text in enumerate(ENGLISH * 6)]
    path = tmp_path / "rows.csv"
    path.write_text("steps,minutes\n" + "".join(f"{row['steps']},{row['minutes']}\n" for row in rows), encoding="utf-8")
    for answer, metric in ((None, "near_share"), ("15", None), (0.15, "near_share")):
        given = {} if answer is None else {"scoring.tolerance": checked("scoring.tolerance", answer)}
        said = {"examples": str(path), "family": "text-regression"} | given
        known = understand("how long does it take", said, pool(shipped), shipped).understanding
        assert known.value("scoring.metric") == metric, answer
    texts = [{"text": row["steps"], "score": row["minutes"]} for row in rows]
    scoring = {"metric": "near_share", "tolerance": 15}
    task = write_task(tmp_path, texts, family="text-regression", scoring=scoring)
    assert "takes a share below 1" in refusal(task)


def test_with_a_tolerance_the_rate_of_its_clause_is_the_bar() -> None:
    """And not that of exact answers beside it."""
    words = "score essays within one point 95% of the time, dead on at least 6 times in 10"
    assert [each.value for each in bars(words)] == [0.95]
    assert [each.value for each in bars("score essays, at least 6 in 10 dead on")] == [0.6]
