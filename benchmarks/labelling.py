"""Heads taught by texts chosen to be labelled, against as many drawn at random: balanced accuracy over seeds.

    python -m benchmarks.labelling [--seeds 6]

On the three example tasks, taken as unlabelled: half of each file may be labelled, the other half measures. The
vectors are the catalog encoder's, the head the same logistic regression as a probe's. "rare" keeps an eighth of one
label's texts. Farthest-first, the other usual way to cover a set, stands beside.
"""

from __future__ import annotations

import argparse
import csv
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score

from advisor.interview.labeling.coverage import Chooser, vectors_of
from benchmarks.common import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

TASKS = {"glossary": "definitions.csv", "spam": "mails.csv", "speeches": "passages.csv"}
SIZES = (20, 40, 80, 160)
STRENGTH = 10.0
RARE = 8


class Pool(NamedTuple):
    """Texts that may be labelled."""

    vectors: NDArray[np.float32]
    labels: NDArray[np.str_]


def at_random(pool: Pool, size: int, rng: np.random.Generator) -> list[int]:
    """Return texts drawn at random."""
    return [int(each) for each in rng.permutation(len(pool.labels))[:size]]


def chosen(pool: Pool, size: int, rng: np.random.Generator) -> list[int]:
    """Return the texts that the interview would have labelled, one after the other."""
    del rng
    chooser, taken, known = Chooser(pool.vectors), list[int](), len(set(pool.labels))
    while len(taken) < size:
        labels = {at: str(pool.labels[at]) for at in taken}
        taken += chooser.following(taken, labels, expected_labels=known)
    return taken


def farthest(pool: Pool, size: int, rng: np.random.Generator) -> list[int]:
    """Return texts each of which is farthest from those before it."""
    taken = [int(rng.integers(len(pool.labels)))]
    nearest = pool.vectors @ pool.vectors[taken[0]]
    while len(taken) < size:
        taken.append(int(nearest.argmin()))
        nearest = np.maximum(nearest, pool.vectors @ pool.vectors[taken[-1]])
    return taken


WAYS: dict[str, Callable[[Pool, int, np.random.Generator], list[int]]] = {
    "random": at_random,
    "chosen": chosen,
    "farthest": farthest,
}


def accuracy(pool: Pool, taken: list[int], held_out: Pool) -> float:
    """Return the balanced accuracy of a head taught by some texts."""
    labels = pool.labels[taken]
    if len(set(labels)) == 1:
        return 1.0 / len(set(held_out.labels))
    head = LogisticRegression(C=STRENGTH, max_iter=2000).fit(pool.vectors[taken], labels)
    return float(balanced_accuracy_score(held_out.labels, head.predict(held_out.vectors)))


def worlds(whole: Pool, seeds: int, *, rare: bool) -> Iterator[tuple[Pool, Pool, int]]:
    """Yield halves of a file by seed, with one label made rare or not."""
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(whole.labels))
        if rare:
            label = sorted(set(whole.labels))[seed % len(set(whole.labels))]
            own = np.flatnonzero(whole.labels == label)
            order = order[~np.isin(order, rng.permutation(own)[len(own) // RARE :])]
        half = len(order) // 2
        pools = [Pool(whole.vectors[part], whole.labels[part]) for part in (order[:half], order[half:])]
        yield pools[0], pools[1], seed


def main() -> None:
    """Print a line for each task and number of labels."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=6)
    seeds = parser.parse_args().seeds
    print(f"{'task':<16}{'labels':>7}" + "".join(f"{way:>10}" for way in WAYS) + f"{'chosen - random':>22}")
    gains: list[NDArray[np.float64]] = []
    for task, name in TASKS.items():
        with (ROOT / "examples" / task / name).open(newline="") as stream:
            rows = list(csv.DictReader(stream))
        vectors = vectors_of([row["text"] for row in rows])
        if vectors is None:
            raise SystemExit("the package wordllama is not installed")
        whole = Pool(vectors, np.array([row["label"] for row in rows]))
        for rare in (False, True):
            for size in SIZES:
                found = {way: np.zeros(seeds) for way in WAYS}
                for pool, held_out, seed in worlds(whole, seeds, rare=rare):
                    for way, choose in WAYS.items():
                        taken = choose(pool, size, np.random.default_rng(seed))
                        found[way][seed] = accuracy(pool, taken, held_out)
                gain = found["chosen"] - found["random"]
                gains.append(gain)
                means = "".join(f"{found[way].mean():>10.3f}" for way in WAYS)
                error = gain.std(ddof=1) / seeds**0.5
                print(f"{task + ' rare' * rare:<16}{size:>7}{means}{gain.mean():>+14.3f} ± {error:.3f}", flush=True)
    print(f"in the mean of all lines chosen - random = {np.mean(gains):+.3f}")


if __name__ == "__main__":
    main()
