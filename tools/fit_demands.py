"""Learn what the rates in a text demand: `python -m tools.fit_demands`; `--write` stores the weights.

Learns from `tools/demands.jsonl.gz`: 650 texts written for it (each group by another writer: what people of many
callings ask of a model, in a dozen languages, with the labels, fields and groups of their tables), plain sentences
made from patterns, and those of the tests, with what each rate demands. Each text counts again without its labels, as
before a file is known. Prints how many rates and texts are right, each writer's by the weights that the others teach.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_array

from advisor.interview.text.demands import WEIGHTS
from advisor.interview.text.rate_features import ONE, UNKNOWN, Of, Scene, Subject, Way, with_last

TEXTS = Path(__file__).with_name("demands.jsonl.gz")
STORED = Path(__file__).parent.parent / "advisor/interview/text" / WEIGHTS
PENALTY, STEPS, OF_UNKNOWN, SAME, LEAST = 1.2, 300, 0.5, 0.006, 0.03
# Groups that no writer wrote and no fold leaves out: the texts of the tests, and generated sentences.
TESTS, PLAIN = "tests", "plain"
MADE = frozenset({TESTS, PLAIN})


class Rate(NamedTuple):
    """A rate of a text: the ways to read it with their features, and which of them are right."""

    ways: dict[Way, dict[str, float]]
    right: frozenset[Way]


class Text(NamedTuple):
    """A text with its rates."""

    group: str
    rates: list[Rate]
    weight: float
    is_whole: bool  # Whether all that the text demands stands in a rate.


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.fit_demands", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help=f"store the weights in {WEIGHTS}")
    parser.add_argument("--held", type=Path, help="texts that are only judged, by the weights that all others teach")
    arguments = parser.parse_args()
    with gzip.open(TEXTS, "rt", encoding="utf-8") as file:
        told = [json.loads(line) for line in file]
    known = [read(each) for each in told]
    unknown = [read(each, with_labels=False) for each in told if each["group"] != TESTS]
    right = [Counter[str](), Counter[str]()]
    for group in sorted({each.group for each in known} - MADE):
        weights = fit([each for each in (*known, *unknown) if each.group != group])
        for place, texts in enumerate((known, unknown)):
            _count([each for each in texts if each.group == group], weights, right[place])
    for name, each in zip(("labels known", "labels unknown"), right, strict=True):
        print(f"{name}: {_shown(each)}")
    weights = fit([*known, *unknown])
    own = Counter[str]()
    _count([each for each in known if each.group == TESTS], weights, own)
    print(f"the tests' own: {_shown(own)}")
    if arguments.held:
        held = Counter[str]()
        lines = arguments.held.read_text(encoding="utf-8").splitlines()
        _count([read(json.loads(line)) for line in lines], weights, held)
        print(f"held: {_shown(held)}")
    if arguments.write:
        kept = {name: round(value, 2) for name, value in sorted(weights.items()) if abs(value) >= LEAST}
        STORED.write_text(json.dumps(kept, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    return 0


def read(told: Mapping[str, Any], *, with_labels: bool = True) -> Text:
    """Return a text's rates with the right ways to read them, as those with the demanded share."""
    labels, groups = (
        (tuple(told["labels"].items()), tuple((name, tuple(values)) for name, values in told["groups"].items()))
        if with_labels
        else ((), ())
    )
    has_parts = told["parts"] or not with_labels
    scene = Scene(told["words"], Subject(labels, groups, told["fields"] and with_labels, has_parts))
    meant = [(Of(of), name, share) for of, name, share in told["meant"]]
    met, rates = set[int](), list[Rate]()
    for at, share in enumerate(scene.shares):
        ways = scene.ways(at)
        right = set[Way]()
        for place, one in enumerate(meant):
            found = [way for way in ways if _is_meant(way, one, share.value, ways)]
            right.update(found)
            met |= {place} if found else set()
        if any(way.of is Of.GROUP for way in right):  # it holds of all, too
            right = {way for way in right if way.of is Of.GROUP}
        rates.append(Rate(ways, frozenset(right) or frozenset({Way(Of.NOTHING)})))
    weight = told.get("weight", 1.0) * (1.0 if with_labels else OF_UNKNOWN)
    return Text(told["group"], rates, weight, len(met) == len(meant))


def _is_meant(way: Way, meant: tuple[Of, str, float], share: float, ways: Mapping[Way, Any]) -> bool:
    of, name, wanted = meant
    if way.of is not of or way.of is Of.NOTHING or abs((1 - share if way.is_wrong else share) - wanted) >= SAME:
        return False
    known = name if of not in ONE or way._replace(name=name) in ways else UNKNOWN
    return of not in {*ONE, Of.GROUP} or way.name == known


def fit(texts: Iterable[Text]) -> dict[str, float]:
    """Return the weights of features, by conditional logistic regression with a penalty on their squares."""
    rates = [(rate, text.weight, text.group) for text in texts for rate in _in_turn(text)]
    groups = defaultdict[str, set[str]](set)
    seen = Counter[str]()
    for rate, _, group in rates:
        for name in {name for each in rate.ways.values() for name in each}:
            seen[name] += 1
            groups[name].add(group)
    # A word of one writer alone would not generalise.
    names = [name for name, count in seen.items() if count > 1 and (len(groups[name]) > 1 or "|word" not in name)]
    place = {name: index for index, name in enumerate(names)}
    rows, columns, starts = list[int](), list[int](), list[int]()
    values, weights, right = list[float](), list[float](), list[bool]()
    for rate, weight, _ in rates:
        starts.append(len(right))
        weights.append(weight)
        for way, features in rate.ways.items():
            kept = [(place[name], value) for name, value in features.items() if name in place]
            rows += [len(right)] * len(kept)
            columns += [column for column, _ in kept]
            values += [value for _, value in kept]
            right.append(way in rate.right)
    matrix = csr_array((values, (rows, columns)), shape=(len(right), len(names)))
    begins, is_right, of = np.array(starts), np.array(right, float), np.array(weights)
    rate_of = np.repeat(np.arange(len(starts)), np.diff(np.append(begins, len(right))))

    def loss(theta: Any) -> tuple[float, Any]:  # noqa: ANN401  arrays
        logits = matrix @ theta
        masses = np.exp(logits - np.maximum.reduceat(logits, begins)[rate_of])
        total, own = np.add.reduceat(masses, begins), np.add.reduceat(masses * is_right, begins)
        slope = (masses / total[rate_of] - masses * is_right / own[rate_of]) * of[rate_of]
        return (of * np.log(total / own)).sum() + PENALTY * (theta @ theta), matrix.T @ slope + 2 * PENALTY * theta

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x
    return dict(zip(names, map(float, found), strict=True))


def _in_turn(text: Text) -> Iterator[Rate]:
    """Yield the rates with the features of the demand before, as it is meant."""
    last = None
    for rate in text.rates:
        yield rate._replace(ways=with_last(rate.ways, last))
        meant = next(way for way in rate.ways if way in rate.right)
        last = last if meant.of is Of.NOTHING else meant


def _count(texts: Sequence[Text], weights: Mapping[str, float], into: Counter[str]) -> None:
    """Count the rates, and the texts, that are read as they are meant."""
    for text in texts:
        last, is_right = None, text.is_whole
        for rate in text.rates:
            ways = with_last(rate.ways, last)
            logits = {
                way: sum(weights.get(name, 0.0) * value for name, value in each.items()) for way, each in ways.items()
            }
            best = max(logits, key=lambda way: logits[way])
            last = last if best.of is Of.NOTHING else best
            is_right &= best in rate.right
            into["rates right"] += best in rate.right
        into["rates"] += len(text.rates)
        into["texts"] += 1
        into["texts right"] += is_right


def _shown(right: Counter[str]) -> str:
    return f"{right['rates right']} of {right['rates']} rates right, {right['texts right']} of {right['texts']} texts"


if __name__ == "__main__":
    sys.exit(main())
