"""What the report says may help where no model passes, or another bar would."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from advisor.decide.records import Mixed
from advisor.report import notes, questions, recall, sentences
from advisor.report.card import card, without_answer
from advisor.report.full import report_of
from advisor.report.model import Recall, Report
from advisor.report.pages import html_report, markdown_report
from advisor.report.text import result_text
from advisor.report.what_may_help import next_steps, what_may_help
from advisor.runs.reader import open_run
from advisor.runs.result import Besides
from advisor.units import percent
from tests.report.test_report import change, folder

__all__ = ["folder"]


def test_what_hangs_on_the_bar_and_what_may_help_is_reported(folder: Path) -> None:
    def add(result: dict[str, Any]) -> None:
        model = result["recommended"]["model"]
        result["sensitivity"] = [
            {"bar": 0.70, "recommended": model, "strength": "examples", "run_would_go_on_with": None, "changed": []},
            {"bar": 0.74, "recommended": None, "strength": None, "run_would_go_on_with": "another", "changed": []},
        ]

    change(folder / "result.json", add)
    document = report_of(open_run(folder))
    for text in (html_report(document), markdown_report(document), result_text(document, folder)):
        assert "At a bar of 70% the answer would be the same." in text
        assert "At a bar of 74% none would be recommended by these outcomes; another would be tested further." in text

    def take(result: dict[str, Any]) -> None:
        result |= {"recommended": None, "verdict": "none", "strength": None, "next_larger": None}
        result["advice"] = {
            "best": {"model": "paraphrase", "passes": 72, "of": 88, "gap": 0.0, "proven": 0.71},
            "more_examples_best": {"fewest": 40, "likely": 190},
            "mixed_up": [{"expected": "ham", "said": "spam", "times": 9, "rate_without": 0.9}],
        }

    change(folder / "result.json", take)
    document = report_of(open_run(folder))
    for text in (html_report(document), markdown_report(document), result_text(document, folder)):
        assert "40 to 190 more examples like these would certify paraphrase" in text
        assert re.search(r"a lower bar: \d+ of \d+ right, as paraphrase\S* has, would have proven 71.0%", text)
        assert "9 times; of the other 79, 72 are right" in text
    headed = [replace(each, method="head") for each in document.candidates]
    rare = [Recall("spam", 0, 9, (0.0, 0.3), None, 1), Recall("ham", 72, 79, (0.8, 1.0), None, 11)]
    taught = replace(document, candidates=headed, recall=rare, examples=replace(document.examples, teaching=12))
    assert any(step.endswith(", 1 of them with 'spam' (0 of 9 right)") for step in what_may_help(taught))
    rare[0].taught = 3
    assert not any("of them with" in step for step in what_may_help(taught))
    constant = replace(document.candidates[0], method="constant", passes=63, outcomes=88)
    trivial = replace(document, candidates=[constant, *document.candidates[1:]])
    assert not any(step.startswith("a lower bar") for step in what_may_help(trivial)), "a constant reaches it"
    top = sentences.best(document)
    assert top is not None
    words = "70% of label 'spam' right (24 examples)"
    for each in document.candidates:
        each.besides = [Besides("label 'spam'", words, 0.7, 0.375, "does not hold", None, 0.2, 8)]
    assert notes.besides(document)[0][3] == "37.5% of 8"
    never = replace(
        top.besides[0], name="answers 'spam'", observed=None, lower_bound=None, answers=0, why_not="too few"
    )
    unsaid = replace(document, candidates=[replace(top, besides=[never])])
    assert notes.besides(unsaid)[0][3:] == ("never said", "", "does not hold")
    assert sentences.missed(unsaid.candidates[0]) == f"{words}: never said"
    steps = "\n".join(what_may_help(document))
    assert "a lower bar" not in steps, "no rate is low enough for a label that is missed"
    few = "too few: certifying it takes 38"
    top.besides = [replace(top.besides[0], why_not=few)]
    told = words.replace("(24 examples)", f"(24 examples, {few})")
    assert f"more rows for the other criteria of the bar: {told}" in what_may_help(document)
    assert not any("not read so far" in step for step in what_may_help(document))
    step = "more of each row, if new inputs have it: 'a', 'b', 'c', 'd' and 1 more not read so far (examples.input)"
    assert step in what_may_help(replace(document, unread=[*"abcde"]))
    top.refuted = True
    assert not any("other criteria" in step for step in what_may_help(document)), "no rows help what is proven to miss"
    less = f"other models, or a bar that asks less: it asks for {words}, and 37.5% is reached"
    rate = f"; it asks for 99% right, and {percent(round(top.passes / top.outcomes, 3))} is reached"
    for bar, said in ((0.5, less), (0.99, less + rate)):
        document.bar.pass_rate = bar
        assert said in what_may_help(document)


def test_where_another_bar_settles_nothing_none_would_be_recommended(folder: Path) -> None:
    """What is provisional only because the run would go on is no recommendation."""

    def add(result: dict[str, Any]) -> None:
        result["sensitivity"] = [
            {"bar": 0.74, "recommended": "x", "strength": "provisional", "run_would_go_on_with": "y", "changed": []}
        ]

    change(folder / "result.json", add)
    (line,) = questions.sensitivity(report_of(open_run(folder)))
    assert line == "At a bar of 74% nothing would be settled yet; y would be tested further."


def without_an_answer(folder: Path, **advice: Any) -> Report:
    """Return the report's document of a run that recommends none."""
    shown = {"recommended": None, "verdict": "none", "strength": None, "next_larger": None, "advice": advice}
    change(folder / "result.json", lambda result: result.update(shown))
    return report_of(open_run(folder))


def test_what_may_help_fits_the_task(folder: Path) -> None:
    """Without labels none can be clearer; with training examples there is no advice to set some apart."""
    document = without_an_answer(folder, head_instead_of_prompt=True)
    steps = "; ".join(what_may_help(document))
    assert "clearer labels" in steps
    assert "head trained" not in steps
    document.examples.teaching = 0
    assert "set some of them apart as training rows" in "; ".join(what_may_help(document))
    document.task.labels = {}
    for each in document.candidates:
        each.method = "head"
    steps = "; ".join(what_may_help(document))
    assert "labels" not in steps
    assert "instruction" not in steps  # which heads do not read
    document.candidates[0].method = "prompted"
    assert "a clearer instruction" in "; ".join(what_may_help(document))
    assert "more labelled examples" not in steps
    document.examples.evidence = 5
    assert "5 are evidence" in "; ".join(what_may_help(document))


def test_models_that_know_the_language_come_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where none that was tried does: with their sizes, once, and first among the choices too."""
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    knows = {
        "language": "German",
        "model": "org/de",
        "download_bytes": 390_000_000,
        "count": 8,
        "all_bytes": 13 * 10**9,
    }
    document = without_an_answer(folder, knows_language=knows)
    first, *others = what_may_help(document)
    assert first == (
        "models that know German, as none that was tried is made for it: add --download 390MB (390MB takes org/de, "
        "13GB all 8)"
    )
    assert not any("models of the Hub" in step for step in others)
    assert next_steps(document)[0].label == "Try models that know German"
    assert not any("German" in step for step in what_may_help(document, offered={"download"}))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "once HF_HUB_OFFLINE no longer switches the Hub off, org/de (390MB)" in what_may_help(document)[0]


def test_models_of_the_hub_are_offered_where_it_is_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere what switches it off is named."""
    document = without_an_answer(folder)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.delenv("TRANSFORMERS_OFFLINE", raising=False)
    assert "models of the Hub: add --download SIZE" in result_text(document, folder)
    for name in ("TRANSFORMERS_OFFLINE", "HF_HUB_OFFLINE"):
        monkeypatch.setenv(name, "1")
        assert f"models of the Hub, once {name} no longer switches it off" in result_text(document, folder)


def test_the_gap_to_the_bar_is_in_points(folder: Path) -> None:
    """55% is 35 points below 90%, not 35% below."""
    document = without_an_answer(folder)
    document.bar.pass_rate = 0.99
    line, proven = without_answer(document)
    assert proven.startswith("That is an estimate; for new inputs ")
    assert re.search(r"\d+ points below the bar\.$", line)
    document.task.family, document.task.metric = "token-classification", "entity_f1"
    assert " examples right from entity_f1 0.8 on, " in without_answer(document)[0]


def test_no_model_is_called_best_where_a_baseline_is(folder: Path) -> None:
    """It is said that none is better, the table of labels names it, and a baseline has no revision and no licence."""
    document = without_an_answer(folder)
    top = sentences.best(document)
    assert recall.title(document) == f"For each label, {sentences.name_of(top)}"
    assert f"{recall.title(document)}:" in result_text(document, folder)
    top.place, top.method, top.model, top.name = "baseline", "constant", "always 0", "always 0"
    assert without_answer(document)[0].startswith("No model that was tried is better than always answering 0: ")
    model = next(each for each in document.candidates if each is not top and each.outcomes > each.passes)
    model.method = "head"
    assert f"What {sentences.name_of(model, 60)} gets wrong:" in result_text(document, folder)
    top.files, top.revision, top.license = [], None, None
    assert "revision of always 0" not in markdown_report(document)
    assert "licence unknown" not in html_report(document)
    document.bar.pass_rate = 0.99
    assert card(document).use.endswith("; no model that was tried is better than always answering 0")
    document.advice.mixed_up = [Mixed("1", "0", 17, 1.0)]
    assert "it said" not in "; ".join(what_may_help(document))
    top.place = "local"
    assert "it said '0' for '1' 17 times" in "; ".join(what_may_help(document))
    document.advice.mixed_up.append(Mixed("2", "0", 3, 1.0))
    (step,) = (each for each in what_may_help(document) if "it said" in each)
    assert step.partition(";")[0].endswith(": it said '0' for '1' 17 times, '0' for '2' 3 times")
    assert "same_labels" not in "; ".join(what_may_help(document))
    document.advice.mixed_up.append(Mixed("rent and fees", "Rent", 3, 1.0))
    flag = """--set 'examples.same_labels={"rent and fees": "Rent"}'"""
    assert f"one label for 'Rent' and 'rent and fees', if they mean the same: {flag}" in what_may_help(document)
    for label in document.recall:  # of texts that may have several labels
        label.added = 0
    steps = "; ".join(what_may_help(document))
    assert "half of a text's labels as enough: --set scoring.metric=jaccard" in steps
    assert "same_labels" not in steps
