"""The bar's criteria as cases of a test report: JUnit's XML, and the items of the pytest plugin.

A case passes if its criterion is met, fails if it is shown not to be, and is skipped if undecided.
JUnit's elements are those of https://github.com/testmoapp/junitxml, which GitLab, Jenkins and the actions read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

from advisor.decide.bar import CRITICAL, FAILS, HOLDS, UNDECIDED
from advisor.decide.records import Asked, Mistake, Purpose
from advisor.errors import one_line
from advisor.report import claims, sentences
from advisor.report.sanitize import readable_value, visible
from advisor.runs.checks import RATE
from advisor.system.source import line_words
from advisor.units import counted, percent, percent_floor

if TYPE_CHECKING:
    from advisor.report.model import Report
    from advisor.runs.reader import Run
    from advisor.runs.verification import Answer, Criterion, Verification

SAID, INPUT = 40, 80


class Case(NamedTuple):
    """A test case: its verdict, and the line with its reason."""

    suite: str
    name: str
    verdict: str
    line: str


def verdict_line(document: Verification) -> str:
    return f"{document.verdict.capitalize()}: {document.reason}."


def criterion_line(criterion: Criterion) -> str:
    words = one_line(criterion.words, INPUT)
    if criterion.observed is None or criterion.lower_bound is None:
        return f"{words}: not tested"
    seen = f"{criterion.observed:.1%} over {counted(criterion.asked, 'example')}"
    return f"{words}: {criterion.verdict} ({seen}, at least {percent_floor(criterion.lower_bound)} is proven)"


def answer_line(asked: Asked, now: Answer | Mistake, was: Answer | None = None) -> str:
    """Return a model's answer to an example, with the run's if it differs."""
    shown = [one_line(each.error or readable_value(each.output), SAID) for each in (now, was) if each is not None]
    expected = one_line(readable_value(asked.expected), SAID)
    before = "".join(f", was {each!r}" for each in shown[1:])
    return f"{line_words(asked.line)}: {shown[0]!r}{before}, expected {expected!r}: {one_line(asked.input, INPUT)}"


def of_verification(document: Verification) -> list[Case]:
    """Return the cases of a verified model: the bar first, then each criterion and critical example."""
    others = [each for each in document.criteria if each.name not in {RATE, CRITICAL}]
    return [
        Case("bar", "bar", document.verdict, verdict_line(document)),
        *(Case(_suite(each.name), each.name, each.verdict, criterion_line(each)) for each in others),
        *(
            Case(CRITICAL, _numbered(number, each.line), HOLDS if each.passed else FAILS, answer_line(each, each))
            for number, each in enumerate(document.critical, start=1)
        ),
    ]


def of_run(document: Report, run: Run) -> list[Case]:
    """Return the cases of a run's recommended model, else of the closest one."""
    about = sentences.recommended(document) or sentences.closest(document.candidates)
    reached = {"passes": HOLDS, "none": FAILS}.get(document.verdict, UNDECIDED)
    why = claims.strength_of(document)[:2] if reached == UNDECIDED else []
    cases = [Case("bar", "bar", reached, " ".join([sentences.headline(document), *why]))]
    if about is None:
        return cases
    for each in about.besides:
        if each.name != CRITICAL:
            seen = "not tested" if each.observed is None else f"{each.observed:.1%}, bar {percent(each.bar)}"
            line = f"{each.words}: {each.why_not or f'{seen}, {each.verdict}'}"
            cases.append(Case(_suite(each.name), each.name, each.verdict, line))
    record = run.candidates[about.number - 1].record
    for number, example in enumerate(run.critical, start=1):
        said = record.outcomes[Purpose.CRITICAL].get(example.id)
        verdict = UNDECIDED if said is None else HOLDS if said.passed else FAILS
        line = "not asked" if said is None else readable_value(said.output if said.error is None else said.error)
        words = f"{one_line(line, SAID)!r}, expected {one_line(readable_value(example.expected), SAID)!r}"
        cases.append(Case(CRITICAL, _numbered(number, example.line), verdict, words))
    return cases


def junit(document: Report, run: Run) -> str:
    """Return a run's cases as JUnit's XML, with a suite each for the bar, labels, slices and critical examples."""
    whole = ET.Element("testsuites", name=visible(document.task.name))
    cases = of_run(document, run)
    _count(whole, cases)
    for name in dict.fromkeys(each.suite for each in cases):
        suite = ET.SubElement(whole, "testsuite", name=name)
        within = [each for each in cases if each.suite == name]
        _count(suite, within)
        for case in within:
            made = ET.SubElement(suite, "testcase", name=visible(case.name), classname=f"advisor.{name}")
            if case.verdict != HOLDS:
                ET.SubElement(made, "failure" if case.verdict == FAILS else "skipped", message=visible(case.line))
            else:
                ET.SubElement(made, "system-out").text = visible(case.line)
    ET.indent(whole)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(whole, encoding="unicode")


def _count(element: ET.Element, cases: Sequence[Case]) -> None:
    verdicts = [each.verdict for each in cases]
    counts = {"tests": len(verdicts), "failures": verdicts.count(FAILS), "skipped": verdicts.count(UNDECIDED)}
    element.attrib |= {name: str(count) for name, count in counts.items()}


def _numbered(number: int, line: int) -> str:
    """Return a critical example's name, unique even if several share a line."""
    return f"critical example {number} ({line_words(line)})"


def _suite(name: str) -> str:
    """Return a criterion's suite: those of a label or slice are named `kind 'name'`."""
    kind, _, named = name.partition(" ")
    return ("labels" if kind == "label" else "slices") if named[:1] in {"'", '"'} else "bar"
