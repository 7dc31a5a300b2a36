"""What a candidate's answers would be worth if it gave only those that it is sure of, and handed on the rest."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from advisor.report.model import Report, Sure
from advisor.report.sentences import best, name_of, recommended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.probe.protocol import Outcome

# Fewest answers of which something is said, and their smallest share of all.
_FEWEST, _SHARE = 10, 0.1


def sure_answers(counted: Sequence[Outcome], bar: float) -> Sure | None:
    """Return the confidence from which the share right reaches the bar, or 1 where all answers reach it already.

    The lowest such confidence, with the most answers. None if some answer has no confidence, all are right, or few
    are left.
    """
    known = [(each.confidence, each.passed) for each in counted if each.confidence is not None]
    passes, total = sum(passed for _, passed in known), len(counted)
    if len(known) < total or passes == total:
        return None
    target, of, right, found = 1.0 if passes >= bar * total else bar, 0, 0, None
    for confidence, same in groupby(sorted(known, reverse=True), key=lambda each: each[0]):
        answers = [passed for _, passed in same]
        of, right = of + len(answers), right + sum(answers)
        if right >= target * of:
            found = Sure(confidence, right, of, total)
    return found if found is not None and found.of >= max(_FEWEST, _SHARE * total) else None


def only_sure(document: Report) -> str:
    """Return what is right if the reported candidate answers only what it is sure of; "" if that is not known."""
    sure, about = document.sure, recommended(document) or best(document)
    if sure is None or about is None:
        return ""
    return (
        f"{name_of(about)} is right on {sure.right} of the {sure.of} examples that it answers with a confidence of "
        f"{sure.confidence:.3g} or more; a person or a larger model takes the other {sure.asked - sure.of} of "
        f"{sure.asked} (an estimate: this confidence was chosen on the same examples)"
    )
