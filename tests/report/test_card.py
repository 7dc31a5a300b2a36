"""The card of an answer: few rows get one too, with what more of them would bring."""

from typing import Any

import pytest

from advisor.report import claims
from advisor.report.card import card
from advisor.report.claims import proven_together, strength_of, what_certifies
from advisor.report.model import Report
from advisor.report.picture import picture
from advisor.report.questions import questions
from advisor.report.sentences import badge, headline, measured, none_reaches, right
from advisor.system.codec import read
from tests.tables import for_each

NEEDED = "More examples are needed to certify 90%: at least 29, all right; there are 8."
NONE_SO_FAR = "That none of these reaches 90% is shown; to certify another takes at least 29, all right; there are 8."


def document(passes: int, outcomes: int, bounds: tuple[float, float]) -> dict[str, Any]:
    """Return a result without a recommendation, of one candidate."""
    low, high = bounds
    candidate = {
        "model": "own", "name": "own", "place": "folder", "method": "head", "parameters": 1_000_000, "alpha": 0.05,
        "passes": passes, "outcomes": outcomes, "lower_bound": low, "upper_bound": high, "serving_bytes": 1_000_000,
        "seconds": {"p50": None},
    }  # fmt: skip
    return {
        "bar": {"pass_rate": 0.9, "confidence": 0.95},
        "recommended": None,
        "strength": None,
        "verdict": "undecided",
        "examples": {"evidence": outcomes},
        "candidates": [candidate],
    }


@pytest.mark.parametrize(
    ("passes", "bounds", "said"),
    [
        (
            7,
            (0.47, 0.997),
            "On new inputs it is right 47.0% to 99.7% of the time. At least 40 more examples like these would",
        ),
        (2, (0.03, 0.66), f"On new inputs it is right 3.0% to 66.0% of the time. {NONE_SO_FAR}"),
    ],
)
def test_of_few_rows_what_is_proven_and_what_more_would_bring(
    passes: int, bounds: tuple[float, float], said: str
) -> None:
    """How many more might prove the bar; where this one cannot reach it, how many any model needs."""
    found = document(passes, 8, bounds) | {"advice": {"more_examples_best": {"fewest": 40, "likely": None}}}
    assert card(read(Report, found)).proven.startswith(said)


def test_a_certified_model_is_said_not_to_have_seen_what_was_added() -> None:
    """Only where examples may be added: elsewhere all were there when it was certified."""
    found = document(81, 81, (0.93, 1.0)) | {"recommended": 0, "strength": "certified"}
    found["candidates"][0] |= {"number": 1}
    for looks, is_said in (([99, 90], True), ([], False)):
        found["examples"] = {"evidence": 289, "looks": looks}
        report = read(Report, found)
        said = measured(report, report.candidates[0])
        assert ("90 added since were not asked" in said) is is_said


def test_the_card_is_about_one_model_alone() -> None:
    """The headline names it without figures, which stand once below; what holds of all together is no part of it."""
    found = document(7, 8, (0.47, 0.997))
    first = found["candidates"][0] | {"number": 1, "own_bound": 0.471}
    found |= {"candidates": [first, first | {"number": 2, "name": "other", "model": "other", "own_bound": 0.835}]}
    found["candidates"][1] |= {"passes": 1}
    report = read(Report, found)
    shown = card(report)
    assert shown.use == "None of 2 reached 90% on these examples; best: own"
    assert shown.measured == "7 of 8 right on your examples · 1M parameters · 1.0 MB"
    assert shown.proven == f"On new inputs it is right 47.0% to 99.7% of the time. {NEEDED}"
    assert proven_together(report) == [
        "Proven at 95% together, on new inputs: own is right above 47%, other above 83%."
    ]


BIG = "big (2.0 MB to serve instead of 1.0 MB)"


@pytest.mark.parametrize(
    ("mistakes", "right", "says"),
    [
        (1, 0, f"{BIG} makes the same mistake (it was asked nothing else)."),
        (3, 0, f"{BIG} makes the same 3 mistakes (it was asked nothing else)."),
        (
            1,
            1,
            f"{BIG} gets the one mistake right: at most 2.5 points more on these 40 examples.",
        ),
        (
            3,
            1,
            f"{BIG} gets 1 of the 3 mistakes right: at most 2.5 points more on these 40 examples.",
        ),
    ],
)
def test_what_a_larger_one_makes_of_the_mistakes(mistakes: int, right: int, says: str) -> None:
    """Where it gets none right that is all there is to say; one that was run on all says what else it gets wrong."""
    found = document(40 - mistakes, 40, (0.8, 1.0)) | {"recommended": 0}
    found["next_larger"] = {
        "model": "big",
        "mistakes": mistakes,
        "mistakes_tried": mistakes,
        "mistakes_right": right,
        "adds_at_most": right / 40,
        "memory_ratio": 2.0,
    }
    found["candidates"][0]["number"] = 1
    big = found["candidates"][0] | {"number": 2, "name": "big", "model": "big", "serving_bytes": 2_000_000}
    found["candidates"].append(big | {"outcomes": 0, "passes": 0})
    assert questions(read(Report, found))[0] == ("What would a larger one add?", [says])
    if not right:
        found["next_larger"] |= {"is_whole": True, "adds_at_most": -1 / 40}
        whole = says.replace(" (it was asked nothing else)", " and 1 more")
        assert questions(read(Report, found))[0] == ("What would a larger one add?", [whole])
        found["next_larger"] |= {"is_whole": False, "adds_at_most": 0.0}
        found["candidates"][1] = big | {"outcomes": 11, "passes": 1}
        asked = says.replace(" (it was asked nothing else)", "; of its first 11 examples 1 is right")
        assert questions(read(Report, found))[0] == ("What would a larger one add?", [asked])


@for_each(
    ("count", "high", "use", "verdict"),
    [
        (2, 0.833, "None of 2 reached 80% on these examples; best: own", "none of 2 reached 80% on these examples"),
        (2, 0.619, "None of 2 reaches 80%; best: own", "none of 2 reaches 80%"),
        (1, 0.833, "The only one did not reach 80% on these examples: own", "the only one did not reach 80% on these"),
        (1, 0.619, "The only one does not reach 80%: own", "the only one does not reach 80%."),
    ],
)
def test_of_new_inputs_no_more_is_said_than_the_interval_says(count: int, high: float, use: str, verdict: str) -> None:
    """An interval that holds the bar leaves open whether one reaches it on new inputs."""
    found = document(12, 20, (0.318, high)) | {"verdict": "none", "finished": True}
    found["bar"]["pass_rate"] = 0.8
    found["candidates"] = [found["candidates"][0] | {"number": each + 1} for each in range(count)]
    report = read(Report, found)
    assert card(report).use == use
    assert headline(report).startswith(f"No candidate passes: {verdict}")


def test_where_one_reaches_the_rate_the_rest_of_the_bar_is_named() -> None:
    """A constant answer is right on most rows, and finds none of the rare ones."""
    rare = {
        "name": "label 'attack'", "words": "98% of label 'attack' right (6 examples)", "bar": 0.98, "observed": 0.0,
        "verdict": "does not hold",
    }  # fmt: skip
    found = document(12, 20, (0.318, 0.833)) | {"verdict": "none", "finished": True}
    own = found["candidates"][0] | {"besides": [rare | {"observed": 1.0, "verdict": "undecided"}]}
    found["candidates"] = [
        own | {"number": 1},
        own | {"number": 2, "passes": 20, "upper_bound": 1.0, "besides": [rare]},
    ]
    said = "No candidate passes: none of 2 reached 90% together with 98% of label 'attack' right (6 examples) on these"
    assert headline(read(Report, found | {"examples": {"evidence": 40}})).startswith(said)


def test_a_baseline_that_the_table_lacks_is_explained() -> None:
    """The best constant answer in hindsight need not be the one that training rows gave."""
    found = document(55, 63, (0.75, 0.95)) | {"recommended": 0, "strength": "certified", "verdict": "passes"}
    found["candidates"][0] |= {"number": 2, "verdict": "passes"}
    constant = {"number": 1, "name": "always 'use'", "model": "always 'use'", "method": "constant", "verdict": "fails"}
    found["candidates"] = [found["candidates"][0] | constant, found["candidates"][0]]
    found["recommended"] = 1
    over = {"of": 63, "right": 55, "baseline_right": 12, "adds": 43 / 63, "interval": [0.5, 0.8]}
    for name, why in (("use", ""), ("delivery", ", what these examples expect most often")):
        report = read(Report, found | {"over_baseline": over | {"model": f"always {name!r}"}})
        assert f"(always {name!r}{why}, 12 of 63 right)" in card(report).adds
        assert f"(always {name!r}{why}, 12 of 63 right)" in claims.over_baseline(report)[0]


@for_each(
    ("own", "smaller", "changes", "is_named"),
    [
        ([1, 2, 3, 4, 5], [3, 4, 5, 6, 7, 8], {}, True),
        ([1, 2, 3, 4, 5], [3, 4, 5, 6, 7, 8, 68, 69], {"outcomes": 70}, True),  # the answer was settled after 67
        ([1], [*range(2, 12)], {}, False),  # worse, as the interval shows
        ([*range(1, 21)], [*range(11, 33)], {}, False),  # so unlike that one may be far better
        ([1, 2, 3, 4, 5], [3, 4, 5, 6, 7, 8], {"serving_bytes": 200_000}, False),  # not far smaller
        ([1, 2, 3, 4, 5], [3, 4, 5, 6, 7, 8], {"outcomes": 60}, False),  # not asked all
        ([1, 2, 3, 4, 5], [3, 4, 5, 6, 7, 8], {"refuted": True}, False),
        ([1, 2, 3, 4, 5], [3, 4, 5, 6, 7, 8], {"method": "constant"}, False),
    ],
)
def test_one_far_smaller_that_is_not_shown_to_be_worse_stands_in_the_first_lines(
    own: list[int], smaller: list[int], changes: dict[str, Any], *, is_named: bool
) -> None:
    found = document(67 - len(own), 67, (0.75, 0.98)) | {"strength": "examples", "verdict": "passes", "finished": True}
    found["candidates"][0] |= {"number": 2, "verdict": "passes", "wrong_at": own}
    tiny = {"number": 1, "name": "tiny", "model": "tiny", "serving_bytes": 1000, "passes": 67 - len(smaller)}
    found["candidates"] = [found["candidates"][0] | tiny | {"wrong_at": smaller} | changes, found["candidates"][0]]
    right = 67 - sum(each <= 67 for each in smaller)
    sizes = "1.0 kB to serve instead of 1.0 MB"
    said = f"No difference is shown to tiny, {sizes}: it has {right} of 67 right, own {67 - len(own)} "
    for recommended in (1, None):
        report = read(Report, found | {"recommended": recommended})
        if recommended is None and changes.get("refuted"):
            report.candidates[1].refuted = True  # then both fail
        assert claims.as_good(report).startswith(said) is (is_named or bool(changes.get("refuted") and not recommended))
        assert card(report).adds == claims.as_good(report)


def test_a_certificate_has_one_bound_and_a_nearer_bar_is_lower() -> None:
    """The certificate's is the only lower bound shown; a certified answer says which higher bar more rows may prove."""
    found = document(55, 63, (0.75, 0.95)) | {"recommended": 0, "strength": "certified", "verdict": "passes"}
    found["bar"]["pass_rate"] = 0.75
    found["candidates"][0] |= {"number": 1, "own_bound": 0.73, "verdict": "passes"}
    found["candidates"].append(found["candidates"][0] | {"number": 2, "name": "b", "model": "b", "own_bound": 0.69})
    report = read(Report, found)
    assert proven_together(report) == ["Proven at 95%, on new inputs: b is right above 69%."]
    said = strength_of(report)[0]
    assert said.startswith("Certified: on new inputs like these it is right more than 75% of the time, with")
    found["candidates"][0]["lower_bound"] = 0.764
    assert "more than 75% of the time (at least 76.4%), with" in strength_of(read(Report, found))[0]
    found |= {"more_examples": {"fewest": 20, "likely": 180}, "bar_in_reach": {"more_examples": 100, "pass_rate": 0.75}}
    found["bar_in_reach"]["pass_rate"] = 0.7
    assert what_certifies(read(Report, found), "75%") == "20 to 180 more examples like these would certify 75%"
    found["more_examples"] = None
    assert what_certifies(read(Report, found), "75%").endswith("too close to 75% to certify; 100 more might prove 70%")
    assert card(read(Report, found)).proven.endswith("75% of the time; a higher bar takes more rows.")
    found["bar_in_reach"]["pass_rate"] = 0.81
    higher = read(Report, found)
    assert card(higher).proven.endswith("more than 75% of the time; 100 more rows like these might prove 81%.")
    assert strength_of(higher)[-1] == "100 more rows like these might prove 81%."
    found["bar_in_reach"]["more_examples"] = 0
    again = (
        "All 63 rows might prove 81% in another run, with bar.pass_rate=0.81: together wrong with chance at most 10%."
    )
    assert strength_of(read(Report, found))[-1] == again
    found["candidates"][0]["method"] = "constant"
    assert "might prove" not in strength_of(read(Report, found))[-1], "a bar that a constant answer reaches"


@for_each(
    ("passes", "strength", "said", "sign"),
    [
        (66, "provisional", "Closest: the linear model on words, 66 of 74 right (89%), below your 90%", "estimate"),
        (
            133,
            "provisional",
            "Closest: the linear model on words, 133 of 148 right (89.8%), below your 90%",
            "estimate",
        ),
        (67, "examples", "Use the linear model on words", "estimate"),
        (67, "provisional", "Use the linear model on words", "provisional"),
        (74, "certified", "Use the linear model on words", "certified"),
    ],
)
def test_use_is_said_only_at_or_above_the_bar(passes: int, strength: str, said: str, sign: str) -> None:
    """Card, report, badge and picture go by one rule: what was observed is at the bar, or it is certified."""
    found = document(passes, 148 if passes > 74 else 74, (0.79, 0.96))
    found |= {"recommended": 0, "strength": strength, "finished": True}
    found["candidates"][0] |= {
        "number": 1, "place": "baseline", "method": "linear", "name": "words", "model": "words", "runtime": "baseline",
    }  # fmt: skip
    report = read(Report, found)
    shown, is_used = card(report), said.startswith("Use ")
    assert (shown.use, shown.sign) == (said, sign)
    assert headline(report) == f"{said.replace('on words', 'on words (baseline, linear)')}."
    assert ("below" in badge(report)) is not is_used
    assert picture(report).star == ("answer" if is_used else "closest")


@for_each(
    ("family", "metric", "said"),
    [
        ("text-retrieval", None, "right among the first 5"),
        ("text-retrieval", "hit@1", "right"),
        ("text-ranking", None, "right"),
        ("text-ranking", "hit@3", "right among the first 3"),
        ("text-classification", None, "right"),
        ("of a scorer", None, "right"),
    ],
)
def test_what_right_means_is_said_where_a_list_is_answered(family: str, metric: str | None, said: str) -> None:
    assert right(family, metric) == said


def test_what_was_not_measured_is_not_counted_among_those_that_miss_the_bar() -> None:
    """One that the user skipped may pass; the headline speaks of the others."""
    found = document(56, 74, (0.65, 0.833))
    found["candidates"] = [found["candidates"][0] | {"number": n, "outcomes": 74} for n in (1, 2, 3)]
    found["candidates"][2] |= {"verdict": "not measured", "outcomes": 0, "passes": 0}
    assert none_reaches(read(Report, found)).startswith("none of 2 measured reach")
