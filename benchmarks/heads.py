"""How often trained heads are right, against plain logistic regression: ``python -m benchmarks.heads [--sources DIR]``.

On the sets of `benchmarks.smallest` that DIR holds unpacked, texts of at most 400 characters. Each figure is the share
right of unseen rows, the mean over eight draws of the training rows: over three, two sets near chance seemed lost by 2
and 4 points. The vectors are those of the packaged static encoder (16 MB).

"plain" is logistic regression on the vectors, its strength chosen by cross-validation; "head" is what a probe trains;
"linear" is the baseline, the same on words and characters alone; "nearest" is the label whose name lies nearest,
without training.

With --tuned: the sentence encoder of the starter set (22 M parameters) and its static embeddings with a head, their
weights as they are and tuned on 120 training rows. The seconds are processor time.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from advisor.families.methods.head import STRENGTHS, Head
from advisor.families.methods.zero_shot import NearestLabel
from advisor.paths import models_dir
from advisor.probe.protocol import ProbeSpec
from benchmarks.common import load_line
from benchmarks.smallest_sets import Rows, sets
from catalog.store.encoder import StaticEncoder, encoder_folder

DRAWS, UNSEEN, TRAINING = 8, 400, (60, 120, 300)
TUNED_DRAWS, TUNED_ROWS, TUNED_UNSEEN, TUNED_THREADS = 3, 120, 250, 1


class Draw(NamedTuple):
    """Training rows and unseen rows."""

    training: Rows
    unseen: Rows


def draws(rows: Rows, count: int, times: int = DRAWS) -> Iterator[Draw]:
    """Yield draws of the training rows, each with rows that it does not see."""
    for seed in range(times):
        order = [rows[at] for at in np.random.default_rng(seed).permutation(len(rows))]
        yield Draw(order[:count], order[count : count + UNSEEN])


def spec_of(training: Rows, seed: int = 0) -> ProbeSpec:
    """Return what a worker would be given."""
    labels = dict.fromkeys(sorted({label for _, label in training}), "")
    return ProbeSpec(
        "static", "head", ".", (), "text-classification", "", labels, tuple(training), 1, seed, "encode"
    )  # fmt: skip


def of(answerer: Head | NearestLabel, draw: Draw) -> float:
    """Return the share of a draw's unseen rows that an answerer gets right."""
    given = answerer.answer([text for text, _ in draw.unseen])
    return float(sum(a.output == label for a, (_, label) in zip(given, draw.unseen, strict=True)) / len(given))


def ways(encoder: StaticEncoder) -> dict[str, Callable[[Draw], float]]:
    """Return the ways to compare, each of which gives its share right of a draw's unseen rows."""

    def plain(draw: Draw) -> float:
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import GridSearchCV

        texts, labels = zip(*draw.training, strict=True)
        search = GridSearchCV(LogisticRegression(max_iter=2000), {"C": STRENGTHS}, cv=3)
        search.fit(encoder.encode(texts), labels)
        return float(search.score(encoder.encode([text for text, _ in draw.unseen]), [each for _, each in draw.unseen]))

    return {
        "plain": plain,
        "head": lambda draw: of(Head(encoder, spec_of(draw.training)), draw),  # type: ignore[arg-type]
        "linear": lambda draw: of(Head(None, spec_of(draw.training)), draw),
        "nearest": lambda draw: of(NearestLabel(encoder, spec_of(draw.training)), draw),  # type: ignore[arg-type]
    }


def tuned(chosen: Iterator[tuple[str, Rows]], engines: Sequence[str]) -> int:
    """Print the table of tuned weights beside those that they were made of."""
    from advisor.engines.base import Load, load
    from advisor.families import family
    from advisor.families.methods import tuned as method

    folders = {"static": models_dir() / "wordllama-l2-supercat-256", "sentence-transformers": _encoder()}
    print(f"{'engine':<21} {'set':<16} {'as it is':>8} {'tuned':>8} {'gain':>7} {'s':>5}", flush=True)
    listed = list(chosen)
    for engine, folder in folders.items():
        gains = []
        for name, rows in listed if engine in engines and folder is not None and folder.is_dir() else ():
            found = []
            for draw in draws(rows, TUNED_ROWS, TUNED_DRAWS):
                few = Draw(draw.training, draw.unseen[:TUNED_UNSEEN])
                spec = replace(spec_of(draw.training), runtime=engine, method=method.TUNED)
                encoder: Any = load(engine, Load(folder, ("model.safetensors",), "encode", TUNED_THREADS))
                plain = of(Head(encoder, spec), few)
                began = time.process_time()
                method.tuned(family(spec.family), encoder, spec)
                found.append((plain, of(Head(encoder, spec), few), time.process_time() - began))
            before, after, seconds = (sum(each) / len(found) for each in zip(*found, strict=True))
            gains.append(after - before)
            print(
                f"{engine:<21} {name:<16} {before:>8.3f} {after:>8.3f} {gains[-1]:>+7.3f} {seconds:>5.0f}", flush=True
            )
        if gains:
            print(f"{engine:<21} {'mean':<25} {sum(gains) / len(gains):>+16.3f}")
    return 0


def _encoder() -> Path | None:
    """Return the folder of the starter set's sentence encoder, None where it is not installed."""
    from huggingface_hub import try_to_load_from_cache

    from advisor.starter.manifest import STARTER

    name, revision = next((each.name, each.revision) for each in STARTER if "all-MiniLM" in each.name)
    found = try_to_load_from_cache(name, "model.safetensors", revision=revision)
    return Path(found).parent if isinstance(found, str) else None


def main() -> int:
    """Print the table."""
    import warnings

    parser = argparse.ArgumentParser(prog="python -m benchmarks.heads", description=__doc__.splitlines()[0])
    parser.add_argument("--sources", type=Path, default=Path(), help="folder that holds the unpacked packages")
    parser.add_argument("--only", nargs="*", default=[], help="names of sets")
    engines = ("static", "sentence-transformers")
    parser.add_argument("--tuned", nargs="*", choices=engines, help="compare tuned weights instead, of these engines")
    arguments = parser.parse_args()
    chosen = ((name, rows) for name, rows in sets(arguments.sources) if not arguments.only or name in arguments.only)
    if arguments.tuned is not None:
        return tuned(chosen, arguments.tuned or engines)
    warnings.filterwarnings("ignore", message="The least populated class")
    with StaticEncoder(encoder_folder()) as encoder:
        compared = ways(encoder)
        print(load_line())
        print(
            f"{'set':<14} {'labels':>6} {'rows':>5}" + "".join(f" {name:>8} {'s':>5}" for name in compared), flush=True
        )
        for name, rows in chosen:
            if len(rows) <= max(TRAINING):
                continue
            for count in TRAINING:
                line = f"{name:<14} {len({label for _, label in rows}):>6} {count:>5}"
                for way in compared.values():
                    started = time.perf_counter()
                    right = [way(draw) for draw in draws(rows, count)]
                    line += f" {sum(right) / len(right):>8.3f} {(time.perf_counter() - started) / DRAWS:>5.1f}"
                print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
