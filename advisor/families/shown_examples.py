"""How a prompted model is asked: by which training rows, of the ways that held-out training rows choose among.

The claim about a candidate stays as it is. The choice is a function of the training rows, which are never evidence, and
is made before the first outcome on evidence: given the training rows a candidate with its way is as fixed as one whose
head was trained on them, and the evidence is as independent of it. So no share of α is spent on the ways that lost.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.engines.base import CannotLoadError, CircumstanceError, Runtime
from advisor.engines.bounds import BoundExceededError
from advisor.engines.table import ENGINES
from advisor.families.base import Answerer, Family, Given, Json, as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from advisor.probe.protocol import Outcome, ProbeSpec

MOST_SHOWN, MOST_SHOWN_CHARACTERS = 8, 3000
FEWEST_SHOWN = 4
# Each way answers the same rows; of fewer than the least nothing is chosen. After so long no further way is tried.
MOST_ROWS, FEWEST_ROWS, MOST_SECONDS = 12, 6, 20.0
# A row more is chance, and a plain prompt serves in more places.
LEAST_GAIN = 2


class Way(NamedTuple):
    """A way to ask: how many rows are shown, and who says the instruction ("system", "user")."""

    examples: int = 0
    instruction: str = "system"


def covering(expected: Sequence[Any], count: int) -> list[int]:
    """Return the places of so many rows, by what they expect: of each answer its first, then of each its second.

    In the drawn order, so of answers that all differ it is the first rows. Of labels that the first rows happen to lack
    a model would be shown nothing.
    """
    turns: Counter[str] = Counter()
    ranked = []
    for place, answer in enumerate(map(as_json, expected)):
        ranked.append((turns[answer], place))
        turns[answer] += 1
    return [place for _, place in sorted(ranked)[:count]]


def to_show(teaching: Sequence[tuple[Given, Json]]) -> list[int]:
    """Return the places of the rows that may be shown: one of each answer up to eight, fewer where texts are long.

    At least `FEWEST_ROWS` are left to judge on.
    """
    expected = [answer for _, answer in teaching]
    wanted = min(MOST_SHOWN, max(FEWEST_SHOWN, len({*map(as_json, expected)})), len(teaching) - FEWEST_ROWS)
    places, characters = covering(expected, max(0, wanted)), 0
    for count, place in enumerate(places):
        characters += len(as_json(teaching[place]))
        if characters > MOST_SHOWN_CHARACTERS:
            return places[:count]
    return places


def to_judge(teaching: Sequence[tuple[Given, Json]]) -> list[int]:
    """Return the indices of the rows on which prompts are compared; none of them is shown in a prompt."""
    shown = {*to_show(teaching)}
    return [place for place in range(len(teaching)) if place not in shown][:MOST_ROWS]


def ways(prompt: Mapping[str, Any], teaching: Sequence[tuple[Given, Json]]) -> list[Way]:
    """Return the ways among which training rows choose, the plainest first; none where the prompt says how to ask."""
    is_said = any(prompt.get(key, key) is not None for key in ("template", "examples")) or "chosen" in prompt
    if is_said or len(teaching) < FEWEST_ROWS:
        return []
    return [Way(count, by) for count in sorted({0, len(to_show(teaching))}) for by in ("system", "user")]


def with_chosen(prompt: Mapping[str, Any], details: Mapping[str, Any]) -> dict[str, Any]:
    """Return the task's section with the way that a probe has chosen, so that another worker asks the same way."""
    return {**prompt, **({"chosen": details["chosen"]} if "chosen" in details else {})}


def chosen(
    kind: Family, runtime: Runtime, spec: ProbeSpec, ask: Callable[[Answerer, list[dict[str, Any]]], list[Outcome]]
) -> ProbeSpec:
    """Return the specification with the best way to ask in its prompt; the same where the task or a run before says it.

    A row that any way shows judges none. The plain way is kept unless another has at least two rows more right. A model
    that runs elsewhere is asked plainly. `ask` puts rows, in the protocol's form, to a way and judges the answers.
    """
    if spec.method != "prompted" or ENGINES[spec.runtime].is_remote:
        return spec
    rows = [
        {"id": str(place), "input": spec.teaching[place][0], "expected": spec.teaching[place][1]}
        for place in to_judge(spec.teaching)
    ]
    tried: list[dict[str, Any]] = []
    begun = time.monotonic()
    for way in ways(spec.prompt, spec.teaching):
        if tried and time.monotonic() - begun > MOST_SECONDS:
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
    best = best if best["right"] - tried[0]["right"] >= LEAST_GAIN else tried[0]
    told = {name: best[name] for name in Way._fields} | {"tried": tried}
    return replace(spec, prompt=spec.prompt | {"chosen": told})
