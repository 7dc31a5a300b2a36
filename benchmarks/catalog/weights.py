"""Learns how search weighs what it knows, and what each part adds: ``python -m benchmarks.catalog.weights``.

The models that answer a development row of the real questions and of the practitioners' picks (``shared_sets``; rows
held out are never read) are set against all others of their family that break no constraint: a listwise logistic
regression with a ridge. "task" and "serving" share the weights of standing (``catalog.prior``) and have their own for
the rest (``catalog.query.ranking``). The ablation is cross-validated by rows, five folds: for questions how often an
answer of the task's own family is in its first ten, for picks how many are, and of those from other families how many
are in their family's first three. A feature that adds nothing there but stands for what the field agrees on may stay.
"""

import argparse
import sys
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import minimize

from benchmarks.catalog.shared_sets import SHARED, Names, Real, read
from catalog import Catalog, ModelCard, open_catalog
from catalog.families import RELATED_FAMILIES
from catalog.prior import WEIGHTS as STANDING
from catalog.prior import features as standing
from catalog.query import uses
from catalog.query.page import HELPERS
from catalog.query.ranking import WEIGHTS, Wish, features

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FOLDS: Final = 5
_RIDGE: Final = 0.3
_FIT: Final = tuple(name for name in WEIGHTS["task"] if name != "standing")
_DEPTHS: Final = {"task": 10, "serving": 3}


@dataclass(frozen=True, slots=True)
class Group:
    """The models of one family for one row: their features, and which were named with what weight."""

    row: str
    is_question: bool
    role: str
    values: "NDArray[np.float64]"
    named: "NDArray[np.float64]"


def names(left_out: str = "") -> list[str]:
    """The columns of the features."""
    fit = [f"{name} ({role})" for role in WEIGHTS for name in _FIT if name != left_out]
    return [*(name for name in STANDING if name != left_out), *fit]


def groups(catalog: Catalog) -> list[Group]:
    """Every family of every development row in which a model was named."""
    cards = list(catalog.cards())
    known = np.array([list(standing(card).values()) for card in cards])
    bearers = Names(catalog)
    found: list[Group] = []
    for name in ("real_questions", "practitioner_picks"):
        for row in read(name):
            if row.answers and not row.is_held:
                found += _of_row(catalog, row, cards, known, bearers, is_question=name == "real_questions")
    return found


def _of_row(
    catalog: Catalog,
    row: Real,
    cards: Sequence[ModelCard],
    known: "NDArray[np.float64]",
    bearers: Names,
    *,
    is_question: bool,
) -> list[Group]:
    understood, named = catalog.read(row.text)
    columns = catalog._load_columns()  # noqa: SLF001 - what the search computes, taken apart
    keep = columns.mask(understood.filters())
    own = row.families[0]
    roles = [("task", (own, *RELATED_FAMILIES.get(own, ())))]
    roles += [("serving", families) for families, _ in HELPERS.get(own, ())]
    found: list[Group] = []
    for role, families in roles:
        among = keep & np.array([card.family in families for card in cards])
        rows = np.flatnonzero(among)
        answers = _answers(row, [cards[at].id for at in rows.tolist()], bearers)
        if not answers.any():
            continue
        languages = tuple(str(code) for code in understood.values("language"))
        for_use = uses.named(catalog.uses(understood, languages), catalog._store.row_of)  # noqa: SLF001
        wish = Wish(understood, named, role == "serving", languages, for_use)
        by_words, by_meaning = catalog._both_ways(understood.topic, among, "fusion")  # noqa: SLF001
        fit = features(rows, by_words, by_meaning, columns, wish)
        apart = [fit[name] * (role == each) for each in WEIGHTS for name in _FIT]
        values = np.column_stack([known[rows], *apart])
        leads = (columns.group[rows] == rows) | ~keep[columns.group[rows]]
        found.append(Group(row.id, is_question, role, values[leads], answers[leads]))
    return found


def _answers(row: Real, ids: Sequence[str], bearers: Names) -> "NDArray[np.float64]":
    """The weight of each model as an answer: one for each answer, shared by those that bear it."""
    found = np.zeros(len(ids))
    for answer in row.answers:
        bears = np.array([bearers.is_answer(each, answer) for each in ids], dtype=bool)
        if bears.any():
            found = np.maximum(found, bears / bears.sum())
    return found


def fit(chosen: Sequence[Group], columns: Sequence[int]) -> "NDArray[np.float64]":
    """The weights of some columns."""
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


def crossed(chosen: Sequence[Group], columns: Sequence[int]) -> str:
    """The figures of the ablation's line."""
    found = {"questions": [0, 0], "picks": [0, 0], "helpers": [0, 0]}
    for fold in range(_FOLDS):
        weights = fit([group for group in chosen if _fold(group) != fold], columns)
        for group in chosen:
            if _fold(group) != fold:
                continue
            first = np.argsort(-(group.values[:, columns] @ weights), kind="stable")[: _DEPTHS[group.role]]
            hits, all_ = int((group.named[first] > 0).sum()), int((group.named > 0).sum())
            name = "questions" if group.is_question else "picks"
            if group.role == "serving":
                name = "helpers"
            of_question = group.is_question and group.role == "task"
            found[name][0] += min(hits, 1) if of_question else hits
            found[name][1] += 1 if of_question else all_
    return " ".join(f"{hits / max(1, total):>10.1%}" for hits, total in found.values())


def _fold(group: Group) -> int:
    return zlib.crc32(f"{group.row}f".encode()) % _FOLDS


def _without(all_names: Sequence[str], left_out: Collection[str]) -> list[int]:
    return [at for at, name in enumerate(all_names) if name not in left_out]


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
    every = names()
    weights = fit(chosen, range(len(every)))
    print("\n".join(f"{name:<30} {weight:>7.2f}" for name, weight in zip(every, weights, strict=True)))
    print(f"\n{'left out':<20} {'questions':>10} {'picks':>10} {'helpers':>10}")
    print(f"{'nothing':<20} {crossed(chosen, range(len(every)))}")
    if arguments.ablation:
        for name in (*STANDING, *_FIT):
            columns = _without(every, {name, *(f"{name} ({role})" for role in WEIGHTS)})
            print(f"{name:<20} {crossed(chosen, columns)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
