"""What the plan's page says: what will be fetched and run, how long, what it can prove, what would raise that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from advisor.candidates import hub
from advisor.decide.bar import asked, can_certify
from advisor.decide.records import CandidateRecord
from advisor.errors import one_line
from advisor.evidence.sequential import Strength
from advisor.report import same_rows
from advisor.report.reach import effort_words, who_can, worth_telling
from advisor.report.sentences import method_words
from advisor.runs.find import before
from advisor.trust import agreements, consent
from advisor.units import format_bytes, percent
from tui import drawing

if TYPE_CHECKING:
    from advisor.decide.plan import Plan
    from advisor.evidence.trades import Chance, Trade

METER = 20
NEARLY_ALL, NEARLY_NONE = 0.99, 0.005
STRENGTHS = {
    Strength.CERTIFIED: "certified: proven for new inputs like these",
    Strength.EXAMPLES: "about your examples alone; nothing is proven for new ones",
    Strength.PROVISIONAL: "provisional: the budget ends first",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its lines."""

    title: str
    lines: tuple[Content, ...]


def sections(plan: Plan) -> list[Section]:
    """Return what a plan says, for its page; slow where the plan has not worked it out yet."""
    return [_what_runs(plan), _what_is_sent(plan), _what_it_proves(plan), *_trades(plan), *_notes(plan)]


def _what_runs(plan: Plan) -> Section:
    cost, count = plan.expected_cost, len(plan.candidates)
    first = plan.candidates[plan.expected]
    fetched = [each for each in plan.candidates if each.download_bytes]
    name = f"{first.shown(60)} ({method_words(first.runtime, first.method)})"
    lines = [_told("Tries", name if count == 1 else f"{count} candidates for the smallest that passes; first {name}")]
    if fetched:
        total = format_bytes(sum(each.download_bytes for each in fetched))
        expected = format_bytes(cost.download_bytes) if cost.download_bytes else "none"
        free = hub.free_bytes()
        room = (
            "" if hub.has_room(plan.download_bytes, free) else ": too little; make room, or set HF_HOME to another disk"
        )
        told = f"at most {total}, {expected} expected; {format_bytes(free)} free on the disk{room}"
        lines.append(_told("Downloads", told))
        lines += [Content(f"  {each.shown(60)}  {format_bytes(each.download_bytes)}") for each in fetched]
    else:
        lines.append(_told("Downloads", "none"))
    lines.append(_told("Effort", effort_words(cost, "answers")))
    # What an engine takes besides counts here: it need not be the candidate that takes most to serve.
    most = max(plan.candidates, key=lambda each: each.peak_bytes)
    of = f" ({most.shown(60)})" if count > 1 else ""
    lines.append(_told("Memory", f"at most {format_bytes(most.peak_bytes)}{of}"))
    return Section("What will be done", tuple(lines))


def _told(title: str, text: str) -> Content:
    return Content.assemble((f"{title:<11}", "$quiet"), text)


def _what_is_sent(plan: Plan) -> Section:
    told = consent.sentences(plan.candidates)
    if not told:
        return Section("Where your examples go", (Content("Nowhere: everything runs on this machine."),))
    lines = tuple(Content.styled(one_line(each, 300), "bold $text-warning") for each in told)
    return Section("Where your examples go", lines)


def _what_it_proves(plan: Plan) -> Section:
    bar, outlook = plan.task.bar, plan.outlook
    besides = "; ".join(each.words for each in asked(plan, CandidateRecord(), plan.expected, 0))
    right = f"right for more than {percent(bar.pass_rate)} of new inputs, at {percent(bar.confidence)} confidence"
    teaching = len(plan.examples.teaching)
    taught = f", {teaching} others to train on, never evidence" if teaching else ""
    lines = [
        _told("Bar", right + (f"; besides: {one_line(besides, 200)}" if besides else "")),
        _told("Examples", f"{len(plan.evidence)} as evidence{taught}"),
        _told("Strength", STRENGTHS[plan.reachable]),
    ]
    if any(test.can_certify for test in plan.tests) and not can_certify(plan, plan.expected):
        words = "They could certify the pass rate, but are too few to certify what else the bar asks for."
        lines.append(Content(words))
    lines.append(
        Content(
            f"{outlook.needed} right in a row certify the candidate that is likeliest to be the answer, "
            f"{outlook.needed_off_guess} the least likely."
        )
    )
    lines += [Content(one_line(line, 400)) for line in who_can(plan)]
    lines.append(Content.styled("truly right   chance to be certified         likeliest  least likely", "$quiet"))
    lines += [_chance_line(chance) for chance in outlook.chances]
    return Section("What it can prove", tuple(lines))


def _trades(plan: Plan) -> list[Section]:
    outlook = plan.outlook
    if not worth_telling(outlook):
        return []
    told = outlook.told
    now = f"For a model that is right {told.pass_rate:.1%} of the time, now {_words(told.certified)}:"
    lines = [Content.styled(now, "$quiet")]
    lines += [_trade_line(trade) for trade in outlook.trades]
    return [Section("What would raise the chance", tuple(lines))]


def _chance_line(chance: Chance) -> Content:
    return Content.assemble(
        f"{chance.pass_rate:>11.1%}   ",
        (drawing.meter(chance.certified, METER), "$accent"),
        f" {_words(chance.certified):>19}",
        f" {_words(chance.off_guess):>12}",
    )


def _trade_line(trade: Trade) -> Content:
    to = percent(trade.to) if trade.change == "a lower bar" else f"{trade.to:.0f}"
    return Content.assemble(
        f"{trade.change + ': ' + to:<32}",
        (drawing.meter(trade.certified, METER), "$accent"),
        f" {_words(trade.certified)}",
    )


def _notes(plan: Plan) -> list[Section]:
    same = before(plan.run_id)
    lines = [Content.styled(same, "bold")] if same is not None else []
    shared = plan.shared
    if told := same_rows.headline(shared):
        lines.append(Content.styled(told, "bold $text-warning"))
    lines += [Content(each) for each in (*same_rows.details(shared), *same_rows.lowers(plan.lowers))]
    lines += [Content(one_line(note, 300)) for note in plan.examples.notes]
    lines += [Content.styled(one_line(each.sentence, 400), "bold $text-warning") for each in agreements.of_plan(plan)]
    return [Section("To know", tuple(lines))] if lines else []


def _words(share: float) -> str:
    if share > NEARLY_ALL:  # it is never certain
        return "over 99%"
    return f"{share:.0%}" if share >= NEARLY_NONE else "under 1%"
