"""Advice for a run in which no candidate passes: only what can help its family and the candidates that were tried."""

import math
from collections.abc import Collection
from typing import Any, NamedTuple

from advisor.candidates import hub
from advisor.candidates.candidate import FIXED, WITH_HEAD
from advisor.decide.records import Advice, KnowsLanguage
from advisor.errors import one_line
from advisor.report import same_rows, sentences
from advisor.report.claims import unproven
from advisor.report.model import Report, Tested
from advisor.report.sentences import (
    NAME,
    NEVER,
    REASON,
    SAID,
    bar_words,
    best,
    fewest_that_certify,
    how_to_add,
    may_reach,
    name_of,
)
from advisor.report.sure import only_sure
from advisor.system.source import quoted, set_option
from advisor.task.labels import is_within
from advisor.units import capitalised, counted, format_bytes, percent, percent_floor, size_asked

MIXED_SHOWN, UNREAD_SHOWN, WHOLE = 3, 4, 400
# Training rows of a label that teach little.
FEW_ROWS = 2
# A bar that is lower by more than this, or below one half, is another task.
WORTH_TELLING, LEAST_BAR = 0.2, 0.5
BUDGET_ENDED = "the budget ended"
# The proposed download if the user has named none.
USUAL_DOWNLOAD = 2_000_000_000


def what_may_help(
    document: Report, *, download: str = "add --download SIZE", offered: Collection[str] = ()
) -> list[str]:
    """Return the next steps for a run that recommends none.

    `download` says how downloads are allowed here, unless a variable switches the Hub off; `offered` are the keys of
    steps that are shown as choices.
    """
    advice = document.advice
    again = [name_of(each) for each in document.candidates if each.verdict == "not measured"]
    steps = [f"another try of what could not be measured: {', '.join(again)}"] if again else []
    knows = advice.knows_language if advice and "download" not in offered else None
    steps[:0] = _of_the_language(knows, download) if knows else []
    steps += _too_few(document) if may_reach(document) and "more_examples" not in offered else []
    steps += _for_the_best(document, advice, offered)
    ran = [each for each in document.candidates if each.outcomes]
    if any(each.method in WITH_HEAD for each in ran):
        trained = (advice and advice.teaching_examples) or document.examples.teaching
        steps.append(f"more training rows: heads were trained on {trained}{_taught_little(document)}")
    steps += [f"answers only where it is sure: {said}"] if (said := only_sure(document)) else []
    steps += _unread(document)
    steps += [one_line(advice.tuning, REASON)] if advice and advice.tuning and "tuning" not in offered else []
    larger, first = (advice.larger_models_in_the_catalog, advice.first_in_the_catalog) if advice else (0, None)
    more = f"{larger} larger {'one was' if larger == 1 else 'ones were'} found" if larger else ""
    named = "; ".join(filter(None, (more, f"first {one_line(first, NAME)}" if first else "")))
    found = f"to try what the catalog finds{f' ({named})' if named else ''}"
    off = hub.off_by()
    way = f", once {off} no longer switches it off," if off else f": {download}"
    steps += [] if "download" in offered or knows else [f"models of the Hub{way} {found}"]
    narrower = _narrower(document, ran)
    top = best(document)
    # For a baseline the task need not be narrowed; runs of earlier versions have such advice all the same.
    mixed_up = advice.mixed_up if advice and top is not None and top.place != "baseline" else []
    if shown := mixed_up[:MIXED_SHOWN]:
        pairs = (
            f"{one_line(each.said, SAID)!r} for {one_line(each.expected, SAID)!r} {each.times} times" for each in shown
        )
        counts, times = advice.best if advice else None, sum(each.times for each in shown)
        others = f"; of the other {counts.of - times}, {counts.passes} are right" if counts else ""
        steps.append(f"{narrower}: it said {', '.join(pairs)}{others}")
    if sentences.has_several(document):
        if document.task.metric != "jaccard":
            steps.append("half of a text's labels as enough: --set scoring.metric=jaccard")
    elif document.task.labels and (
        pair := next((each for each in mixed_up if is_within(each.said, each.expected)), None)
    ):
        one, other = sorted((pair.said, pair.expected), key=len)
        flag = set_option("examples.same_labels", {other: one})
        steps.append(f"one label for {quoted(one)} and {quoted(other)}, if they mean the same: {flag}")
    if not mixed_up:
        mistakes = "what is mixed up" if document.task.labels else "what goes wrong"
        steps.append(f"{narrower}; read the mistakes for {mistakes}")
    if any(BUDGET_ENDED in each.reason for each in document.candidates):
        steps.append("a larger budget of answers (limits.inferences in a task file)")
    return [*steps, same_rows.next_run_costs(document)]


def _of_the_language(knows: KnowsLanguage, download: str) -> list[str]:
    """Return the step that downloads models made for the texts' language, where none of those tried is."""
    first, all_of = size_asked(knows.download_bytes), size_asked(knows.all_bytes)
    said = f"models that know {knows.language}, as none that was tried is made for it"
    if off := hub.off_by():
        return [f"{said}: once {off} no longer switches the Hub off, {one_line(knows.model, NAME)} ({first})"]
    more = f", {all_of} all {knows.count}" if knows.count > 1 else ""
    return [f"{said}: {download.replace('SIZE', first)} ({first} takes {one_line(knows.model, NAME)}{more})"]


def _too_few(document: Report) -> list[str]:
    """Return that the examples are too few to certify any candidate, if they are."""
    examples, needed = document.examples, fewest_that_certify(document)
    taught = f" besides the {examples.teaching} training rows" if examples.teaching else ""
    said = f"more labelled examples: {examples.evidence} are evidence{taught}; {needed}, all right, are the fewest "
    return [f"{said}that certify anything"] if examples.evidence < needed else []


def _taught_little(document: Report) -> str:
    """Return which label few training rows have, where it comes out right least often; "" if all have some."""
    few = [each for each in document.recall if each.taught <= FEW_ROWS and each.right < each.of]
    if not few or not document.examples.teaching:
        return ""
    worst = min(few, key=lambda each: (each.right / each.of, each.taught))
    return f", {worst.taught or 'none'} of them with {quoted(worst.label)} ({worst.right} of {worst.of} right)"


def _unread(document: Report) -> list[str]:
    """Return the step for columns of the file that were not read, if there are any."""
    if not document.unread:
        return []
    names = ", ".join(map(quoted, document.unread[:UNREAD_SHOWN]))
    more = f" and {left} more" if (left := len(document.unread) - UNREAD_SHOWN) > 0 else ""
    return [f"more of each row, if new inputs have it: {names}{more} not read so far (examples.input)"]


def _narrower(document: Report, ran: list[Tested]) -> str:
    """Return how the task might be improved: the instruction only if one of the candidates that ran reads it."""
    if document.task.labels:
        return "clearer labels or a narrower task"
    reads = any(each.method == "prompted" for each in ran)
    return "a clearer instruction or a narrower task" if reads else "a narrower task"


def _for_the_best(document: Report, advice: Advice | None, offered: Collection[str]) -> list[str]:
    """Return the steps for the candidate that came closest."""
    steps = []
    top = advice.best if advice else None
    if top is not None and advice and (more := advice.more_examples_best) and "more_examples" not in offered:
        name = one_line(top.model, NAME)
        steps.append(f"{more.words(name)}{how_to_add(document)}")
    near = best(document)
    # More rows do not help one that is proven to miss the bar.
    if near is not None and not near.refuted and any(each.why_not for each in near.besides or ()):
        steps.append(f"more rows for the other criteria of the bar: {unproven(near)}")
    if near is not None and (lacks := sentences.all_missed(near)):
        rate = (f"{bar_words(document)} right", percent(round(near.passes / near.outcomes, 3)))
        lacks += [] if sentences.reaches(document, near) else [rate]
        asks = "; ".join(
            f"it asks for {words}, {'which is never said' if reached == NEVER else f'and {reached} is reached'}"
            for words, reached in lacks
        )
        steps.append(one_line(f"other models, or a bar that asks less: {asks}", WHOLE))
    if top is not None and _lower_bar(document) and "bar.pass_rate" not in offered:
        own = " in a run of its own, as rows may be added to this one" if document.examples.looks else ""
        steps.append(
            f"a lower bar{own}: {top.passes} of {top.of} right, as {one_line(top.model, NAME)} has, would have proven "
            f"{percent_floor(top.proven)}"
        )
    if advice and advice.head_instead_of_prompt and not document.examples.teaching:
        how = "set some of them apart as training rows (teaching.count in a task file)"
        if document.task.family == "zero-shot-classification":
            how = "the task's family would be text-classification, with some of the examples as training rows"
        steps.append(f"a head trained on your examples instead of a prompt: {how}")
    return steps


def _missed(document: Report) -> str:
    """Return what else the bar asks and the best one misses, whatever the rate is lowered to; "" if nothing."""
    return sentences.missed(top) if (top := best(document)) is not None else ""


def _lower_bar(document: Report) -> float:
    """Return the bar in whole percent that the best one's answers would have reached, 0.0 if not worth mentioning.

    One that an answer without a model reaches is not: it asks for nothing.
    """
    if _missed(document):
        return 0.0
    bar, top = document.bar.pass_rate, document.advice.best if document.advice else None
    proven = math.floor(100 * (top.proven if top else 0.0)) / 100
    fixed = [each.passes / each.outcomes for each in document.candidates if each.method in FIXED and each.outcomes]
    if proven <= max(fixed, default=0.0):
        return 0.0
    return proven if 0 < proven < bar and (bar - proven <= WORTH_TELLING or proven >= LEAST_BAR) else 0.0


class Step(NamedTuple):
    """A proposed step."""

    key: str  # The key of the answer that it changes.
    value: Any  # The new answer; None: it is asked again.
    label: str  # The label of the step.
    cost: str  # Its cost or benefit.


def next_steps(document: Report, *, starter_bytes: int = 0, has_hub: bool = True) -> list[Step]:
    """Return what may help a run that recommends nothing, the likeliest first; each makes a new plan.

    `starter_bytes` is the download of the starter set; 0 if it is installed. If the Hub is off, no download is
    proposed.
    """
    top, advice = sentences.best(document), document.advice
    bar = document.bar.pass_rate
    steps = []
    if top is None and any(each.circumstance for each in document.candidates):
        # The same answer again: candidates stopped by chance or a limit are retried, incapable ones are not.
        cost = "candidates ended by a limit, a stop or a missing part are tried again"
        steps.append(Step("bar.pass_rate", bar, "Try again", cost))
    if advice and advice.tuning:
        label, _, rest = one_line(advice.tuning, REASON).partition(", which ")
        steps.append(Step("tuning", "try", capitalised(label), rest.partition(":")[0]))
    if top is not None and (proven := _lower_bar(document)):
        cost = f"these answers of {sentences.name_of(top, 40)} would have reached it"
        steps.append(Step("bar.pass_rate", proven, f"Lower the bar to {percent(proven)}", cost))
    if top is not None:
        more = advice.more_examples_best if advice else None
        cost = more.words("it") if more is not None else "in a file that has the old ones too; m shows the mistakes"
        steps.append(Step("more_examples", value=True, label="Give more examples", cost=cost))
    if starter_bytes:
        steps.append(Step("starter", value=True, label="Fetch the starter models", cost=format_bytes(starter_bytes)))
    if not has_hub:
        count = document.examples.evidence
        most = percent_floor((1 - document.bar.confidence) ** (1 / max(1, count)))
        cost = f"{counted(count, 'example')}, all right, would prove at most {most}"  # less as the error is shared
        other = Step("bar.pass_rate", None, "Name another bar", cost)
        return [*steps, *([other] if top is not None and not _lower_bar(document) else [])]
    if knows := advice.knows_language if advice else None:
        cost = (
            f"from {size_asked(knows.download_bytes)}, {size_asked(knows.all_bytes)} all {knows.count}; none tried does"
        )
        step = Step(
            "download", max(USUAL_DOWNLOAD, knows.download_bytes), f"Try models that know {knows.language}", cost
        )
        return [step, *steps]
    found = advice.larger_models_in_the_catalog if advice else 0
    cost = f"up to {format_bytes(USUAL_DOWNLOAD)}; the plan names it before anything is downloaded"
    label = f"Try larger models ({found} found)" if found else "Try other models of the Hub"
    steps.append(Step("download", USUAL_DOWNLOAD, label, cost))
    return steps
