"""Learn the weights of search features, and the gain of each: ``python -m benchmarks.catalog.weights``.

The models that answer a development row of the real questions and of the practitioners' picks (``shared_sets``;
held-out rows are never read) are compared with all others of their family that satisfy the constraints: a listwise
logistic regression with a ridge, for "task" and "serving" each (``catalog.query.ranking``); a model's standing
(``catalog.prior``) is one column. Each row counts twice, the second time without the uses very close to it, which may
have been written for it: otherwise the weights would trust the table more than new questions justify. The ablation is
cross-validated by rows, five folds: for questions how often an answer of the task's own family is in its first ten, for
picks how many are, and of those from other families how many are in their family's first three.
"""

import argparse
import sys
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.catalog.shared_sets import SHARED, Far, Names, Real, read
from catalog import Catalog, open_catalog
from catalog.families import RELATED_FAMILIES
from catalog.query import uses
from catalog.query.page import HELPERS
from catalog.query.ranking import WEIGHTS, Wish, features

_FOLDS: Final = 5
_RIDGE: Final = 0.3
# Unnamed models used, the highest ranked by current weights: the others are uninformative.
_RIVALS: Final = 400
_DEPTHS: Final = {"task": 10, "serving": 3}
_KINDS: Final = ("questions", "picks", "helpers")


@dataclass(frozen=True, slots=True)
class Group:
    """The models of one family for one row: their features, and which were named with what weight."""

    row: str
    kind: str
    role: str
    values: "NDArray[np.float64]"
    named: "NDArray[np.float64]"


def groups(catalog: Catalog) -> list[Group]:
    families = np.array([card.family or "" for card in catalog.cards()])
    ids = [card.id for card in catalog.cards()]
    bearers = Names(catalog)
    found: list[Group] = []
    for is_far in (False, True):
        catalog._uses, catalog._last_uses = Far(catalog._folder, catalog.encode) if is_far else None, None  # noqa: SLF001
        for kind, name in (("questions", "real_questions"), ("picks", "practitioner_picks")):
            for row in read(name):
                if row.answers and not row.is_held:
                    found += _of_row(catalog, row, kind, ids, families, bearers)
    return found


def _of_row(  # noqa: PLR0917 - what is read once for all rows
    catalog: Catalog, row: Real, kind: str, ids: Sequence[str], families: "NDArray[np.str_]", bearers: Names
) -> Iterator[Group]:
    understood, named = catalog.read(row.text)
    task = row.families[0]
    understood = replace(understood, family=task, families=((task, 1.0),))
    columns = catalog._load_columns()  # noqa: SLF001 - what the search computes, taken apart
    keep = columns.mask(understood.filters())
    languages = tuple(str(code) for code in understood.values("language"))
    for_use = uses.named(catalog.uses(understood, languages), catalog._store.row_of)  # noqa: SLF001
    own_kind = (task, *RELATED_FAMILIES.get(task, ()))
    for role, those in (("task", own_kind), *(("serving", helpers) for helpers, _ in HELPERS.get(task, ()))):
        among = keep & np.isin(families, those)
        rows = np.flatnonzero(among)
        answers = _answers(row, [ids[at] for at in rows.tolist()], bearers)
        by_words, by_meaning = catalog._both_ways(understood.topic, among)  # noqa: SLF001
        fit = features(
            rows, by_words, by_meaning, columns, Wish(understood, named, role == "serving", languages, for_use)
        )
        values = np.column_stack([fit[name] for name in WEIGHTS[role]])
        leads = np.flatnonzero((columns.group[rows] == rows) | ~keep[columns.group[rows]])
        first = leads[np.argsort(-(values[leads] @ np.array(list(WEIGHTS[role].values()))))[:_RIVALS]]
        chosen = np.union1d(first, leads[answers[leads] > 0])
        if answers[chosen].any():
            yield Group(row.id, kind, role, values[chosen], answers[chosen])


def _answers(row: Real, ids: Sequence[str], bearers: Names) -> "NDArray[np.float64]":
    """The weight of each model as an answer: one per answer, shared by the models it names."""
    found = np.zeros(len(ids))
    for answer in row.answers:
        bears = np.array(bearers.bearing(ids, answer), dtype=bool)
        if bears.any():
            found = np.maximum(found, bears / bears.sum())
    return found


def fit(chosen: Sequence[Group], columns: Sequence[int]) -> "NDArray[np.float64]":
    parts = [(group.values[:, columns], group.named) for group in chosen]

    def loss(weights: "NDArray[np.float64]") -> "tuple[float, NDArray[np.float64]]":
        total, slope = _RIDGE * float(weights @ weights), 2 * _RIDGE * weights
        for values, named in parts:
            scores = values @ weights
            others = named == 0
            high = scores.max()
            odds = np.exp(scores - high)
            rest, pull = odds[others].sum(), odds[others] @ values[others]
            for at in np.flatnonzero(named):
                mass = rest + odds[at]
                total += named[at] * (high + np.log(mass) - scores[at])
                slope = slope + named[at] * ((pull + odds[at] * values[at]) / mass - values[at])
        return total, slope

    weights: NDArray[np.float64] = minimize(loss, np.zeros(len(columns)), jac=True, method="L-BFGS-B").x
    return weights


def crossed(chosen: Sequence[Group], left_out: Collection[str] = ()) -> str:
    """The figures of the ablation's line."""
    found = {kind: [0, 0] for kind in _KINDS}
    for role, names in WEIGHTS.items():
        columns = [at for at, name in enumerate(names) if name not in left_out]
        of_role = [group for group in chosen if group.role == role]
        for fold in range(_FOLDS):
            weights = fit([group for group in of_role if _fold(group) != fold], columns)
            for group in of_role:
                if _fold(group) != fold:
                    continue
                first = np.argsort(-(group.values[:, columns] @ weights), kind="stable")[: _DEPTHS[role]]
                hits, all_ = int((group.named[first] > 0).sum()), int((group.named > 0).sum())
                if role == "task" and group.kind == "questions":
                    hits, all_ = min(hits, 1), 1
                counts = found["helpers" if role == "serving" else group.kind]
                counts[0] += hits
                counts[1] += all_
    return " ".join(f"{hits / max(1, total):>10.1%}" for hits, total in found.values())


def _fold(group: Group) -> int:
    return zlib.crc32(f"{group.row}f".encode()) % _FOLDS


def main() -> int:
    """Print the weights, with ``--ablation`` also what each feature adds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.catalog.weights", description=__doc__.splitlines()[0])
    parser.add_argument("--ablation", action="store_true", help="leave out each feature in turn")
    arguments = parser.parse_args()
    if not SHARED.is_dir():
        print(f"Nothing to learn from: {SHARED} is not there.")
        return 0
    with open_catalog() as catalog:
        chosen = groups(catalog)
    for role, names in WEIGHTS.items():
        weights = fit([group for group in chosen if group.role == role], range(len(names)))
        print(f"{role}: " + ", ".join(f'"{name}": {weight:.2f}' for name, weight in zip(names, weights, strict=True)))
    print(f"\n{'left out':<20} " + " ".join(f"{kind:>10}" for kind in _KINDS))
    print(f"{'nothing':<20} {crossed(chosen)}")
    for name in WEIGHTS["task"] if arguments.ablation else ():
        print(f"{name:<20} {crossed(chosen, {name})}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
