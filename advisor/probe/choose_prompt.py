"""Chooses how a prompted model is asked, by how many held-out training rows come out right.

The claim about a candidate stays as it is. The choice is a function of the training rows, which are never evidence, and
is made before the first outcome on evidence: given the training rows a candidate with its way is as fixed as one whose
head was trained on them, and the evidence is as independent of it. So no share of α is spent on the ways that lost.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from advisor.engines.base import CannotLoadError, CircumstanceError
from advisor.engines.bounds import BoundExceededError
from advisor.engines.table import ENGINES
from advisor.families import shown_examples as of

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.engines.base import Runtime
    from advisor.families.base import Answerer, Family
    from advisor.probe.protocol import Outcome, ProbeSpec


def chosen(
    kind: Family, runtime: Runtime, spec: ProbeSpec, ask: Callable[[Answerer, list[dict[str, Any]]], list[Outcome]]
) -> ProbeSpec:
    """Return the specification with the best way to ask in its prompt; the same where the task or a run before says it.

    A row that any way shows judges none. The plain way is kept unless another has at least two rows more right. A model
    that runs elsewhere is asked plainly.

    Args:
        kind: The task's family.
        runtime: The loaded model.
        spec: What it is used for, with the training rows.
        ask: Puts rows, in the protocol's form, to a way and judges the answers.
    """
    if spec.method != "prompted" or ENGINES[spec.runtime].is_remote:
        return spec
    rows = [
        {"id": str(place), "input": spec.teaching[place][0], "expected": spec.teaching[place][1]}
        for place in of.to_judge(spec.teaching)
    ]
    tried: list[dict[str, Any]] = []
    begun = time.monotonic()
    for way in of.ways(spec.prompt, spec.teaching):
        if tried and time.monotonic() - begun > of.MOST_SECONDS:
            break
        told = way._asdict()
        try:
            answerer = kind.prepare(runtime, replace(spec, prompt=spec.prompt | {"chosen": told}))
        except (CircumstanceError, BoundExceededError):  # a template without an end has none in any way
            raise
        except CannotLoadError:  # e.g. no room for what is shown, or a template without a system turn
            continue
        tried.append(told | {"right": sum(each.passed for each in ask(answerer, rows)), "of": len(rows)})
    if not tried:
        return spec
    best = max(tried, key=lambda each: each["right"])
    best = best if best["right"] - tried[0]["right"] >= of.LEAST_GAIN else tried[0]
    told = {name: best[name] for name in of.Way._fields} | {"tried": tried}
    return replace(spec, prompt=spec.prompt | {"chosen": told})
