"""What to do after a run that recommends nothing: answers that change it, each with what it costs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.report import sentences
from advisor.report.what_may_help import WORTH_TELLING
from advisor.units import format_bytes, percent

if TYPE_CHECKING:
    from advisor.report.model import Report

# What may be downloaded where the user had not said so.
USUAL_DOWNLOAD = 2_000_000_000


class Step(NamedTuple):
    """One thing that may help.

    Attributes:
        key: The answer that it changes.
        value: To what; None: it is asked again.
        label: What is done.
        cost: What it takes, or brings.
    """

    key: str
    value: Any
    label: str
    cost: str


def next_steps(document: Report, *, starter_bytes: int = 0) -> list[Step]:
    """Return what may help a run that recommends nothing, the likeliest first; each makes a new plan.

    Args:
        document: The report's.
        starter_bytes: What fetching the starter set would download; 0 where it is there.
    """
    top, advice = sentences.best(document), document.advice
    bar = document.bar.pass_rate
    steps = []
    if top is None and any(each.circumstance for each in document.candidates):
        # The same answer again: what chance or a limit ended is tried once more, what a model cannot do is not.
        cost = "what a limit, a lack or a stop ended is tried once more"
        steps.append(Step("bar.pass_rate", bar, "Try again", cost))
    proven = math.floor(100 * (advice.best.proven if advice and advice.best else 0.0)) / 100
    if top is not None and 0 < proven < bar and bar - proven <= WORTH_TELLING:
        name = sentences.name_of(top, 40)
        steps.append(Step("bar.pass_rate", proven, f"Lower the bar to {percent(proven)}", f"{name} passes that"))
    if top is not None:
        more = advice.more_examples_best if advice else None
        cost = more.words("it") if more is not None else "its mistakes show which"
        steps.append(Step("examples", None, "Give more examples", cost))
    if starter_bytes:
        steps.append(Step("starter", value=True, label="Fetch the starter models", cost=format_bytes(starter_bytes)))
    found = advice.larger_models_in_the_catalog if advice else 0
    cost = f"up to {format_bytes(USUAL_DOWNLOAD)}; the plan names it before anything is downloaded"
    larger = f" ({found} found)" if found else ""
    steps.append(Step("download", USUAL_DOWNLOAD, f"Try larger models{larger}", cost))
    return steps
