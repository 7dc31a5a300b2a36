"""Two runs side by side, as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.report.sanitize import readable_value
from advisor.report.sentences import ON_THESE, method_words
from advisor.report.tables import table, wrap
from advisor.system.source import line_words
from advisor.units import format_bytes, format_seconds, percent

if TYPE_CHECKING:
    from advisor.runs.compare import Comparison, Counted, Side

SHOWN = 10
ANSWERS = {"certified": "certified", "examples": ON_THESE}
SAID, INPUT = 30, 80


def comparison_lines(of: Comparison, width: int | None = None) -> list[str]:
    lines = table(("", "A", "B"), _facts(*of.runs), width=width)
    lines += ["", *wrap(_paired(of), width)]
    lines += ["", "Candidates:", *_candidates(of, width)]
    differ = [f"  {one_line(line, 300)}" for line in of.differ]
    title = "What differs between the runs (as B has it, and what A had):" if differ else "Both rest on the same."
    return [*lines, "", *wrap([title, *differ], width)]


def _facts(one: Side, other: Side) -> list[tuple[str, str, str]]:
    rows = {
        "run": [each.run for each in (one, other)],
        "task": [one_line(each.task or "", 40) for each in (one, other)],
        "answer": [_answer(each) for each in (one, other)],
        "bar": [percent(each.bar.pass_rate) for each in (one, other)],
        "model": [_name(each) for each in (one, other)],
        "revision": [one_line(each.revision or "local", 12) for each in (one, other)],
        "used as": [method_words(each.runtime or "?", each.method or "?") for each in (one, other)],
        "right": [f"{each.passes} of {each.outcomes} that count" for each in (one, other)],
        "to serve": [format_bytes(each.serving_bytes) for each in (one, other)],
        "median time": [format_seconds(each.p50_seconds) for each in (one, other)],
        "peak memory": [format_bytes(each.peak_memory_bytes) for each in (one, other)],
        "engine": [one_line(each.engine or "?", 40) for each in (one, other)],
    }
    return [(name, values[0], values[1]) for name, values in rows.items()]


def _paired(of: Comparison) -> list[str]:
    paired = of.paired
    if not paired.shared:
        return ["No example was evidence for both with the same expected answer: there is nothing to test."]
    first, second, p_value = paired.only_first_right, paired.only_second_right, paired.p_value
    lines = [
        (
            f"Of the {paired.shared} examples that both answered, counted or not, both were right on "
            f"{paired.both_right}, both wrong on {paired.both_wrong}, only A right on {first}, only B right on "
            f"{second}."
        ),
        f"{_by_chance(p_value)} ({paired.test}).",
    ]
    for row in paired.differ[:SHOWN]:
        a, b = (one_line(readable_value(output), SAID) for output in row.outputs)
        expected = one_line(readable_value(row.expected), SAID)
        given = one_line(row.input, INPUT)
        lines.append(f"  {line_words(row.line)}: A {a!r}, B {b!r}, expected {expected!r}: {given}")
    if len(paired.differ) > SHOWN:
        lines.append(f"  and {len(paired.differ) - SHOWN} more; see --json")
    return lines


def _name(side: Side) -> str:
    name = one_line(side.model, 48)
    return name if side.is_recommended else f"{name} (not recommended)"


def _answer(side: Side) -> str:
    if side.verdict == "passes":
        return ANSWERS.get(side.strength or "", str(side.strength))
    return {"none": "none passes", "unfinished": "not finished"}.get(side.verdict, "undecided")


def _by_chance(p_value: float) -> str:
    """Return how often models that are equally good differ so much."""
    if p_value >= 1.0:
        return "That is no difference at all: equally good models differ as much or more every time"
    share = "fewer than 1" if p_value < 0.01 else f"about {p_value * 100:.0f}"  # noqa: PLR2004
    return f"Models that are equally good would differ so much or more in {share} of 100 such comparisons"


def _candidates(of: Comparison, width: int | None) -> list[str]:
    rows = [(one_line(row.model, 48), *(_counted(each) for each in row.runs)) for row in of.candidates]
    return table(("candidate", "A", "B"), rows, width=width)


def _counted(counts: Counted | None) -> str:
    if counts is None:
        return "-"
    names = {"unfinished": "not finished", "passes": ANSWERS.get(counts.strength or "", "passes")}
    verdict = names.get(counts.verdict, str(counts.verdict))
    if not counts.outcomes:
        return "not probed" if verdict == "undecided" else verdict
    return f"{verdict} {counts.passes}/{counts.outcomes}"
