"""Accuracy of trained heads, against plain logistic regression: ``python -m benchmarks.heads [--sources DIR]``.

On the sets of `benchmarks.smallest` that DIR holds unpacked, texts of at most 400 characters. Each figure is the share
right of unseen rows, the mean over eight draws of the training rows: over three, two sets near chance seemed lost by 2
and 4 points. The vectors are those of the packaged static encoder (16 MB).

"plain" is logistic regression on the vectors, its strength chosen by cross-validation; "head" is a probe's head;
"linear" is the baseline, the same on words and characters only; "nearest" is the label with the nearest name, without
training.

With --tuned, all on the same 120 training rows: logistic regression on the untuned vectors, the product's head on them,
and tuning. "encoder" is the starter set's of 22 M parameters tuned by contrastive loss, with a head; "classifier" the
same with a new last layer; "static" the starter set's static embeddings. "tagger" marks CoNLL's names with that encoder
and a new last layer, compared with a head on its words' vectors ("plain") and the linear baseline; "words" is that head
on vectors so tuned, compared with the linear baseline ("plain") and the untuned head. A sentence is right from an F1 of
.8.
"promised" is the number of draws in which the training rows predict a gain, "kept" the gain if only those are tuned;
the seconds are processor time of both.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from advisor.engines.tuning import PARTS
from advisor.families.methods.head import STRENGTHS, Head
from advisor.families.methods.zero_shot import NearestLabel
from advisor.paths import models_dir
from advisor.probe.protocol import ProbeSpec
from benchmarks.common import load_line
from benchmarks.smallest_sets import Rows, sets, tagged
from catalog.store.encoder import StaticEncoder, encoder_folder

DRAWS, UNSEEN, TRAINING = 8, 400, (60, 120, 300)
TUNED_DRAWS, TUNED_ROWS, TUNED_UNSEEN, TUNED_THREADS = 3, 120, 250, 1
TUNED = {
    "static": ("static", "encode"), "encoder": ("sentence-transformers", "encode"),
    "classifier": ("transformers", "classify"), "tagger": ("transformers", "tag"),
    "words": ("transformers", "embed"),
}  # fmt: skip

TAGS = ("tagger", "words")


class Draw(NamedTuple):
    """Training rows and unseen rows."""

    training: Rows
    unseen: Rows


def draws(rows: Rows, count: int, times: int = DRAWS) -> Iterator[Draw]:
    for seed in range(times):
        order = [rows[at] for at in np.random.default_rng(seed).permutation(len(rows))]
        yield Draw(order[:count], order[count : count + UNSEEN])


def spec_of(training: Rows, seed: int = 0) -> ProbeSpec:
    labels = dict.fromkeys(sorted({label for _, label in training}), "")
    return ProbeSpec(
        "static", "head", ".", (), "text-classification", "", labels, tuple(training), 1, seed, "encode"
    )  # fmt: skip


def of(answerer: Head | NearestLabel, draw: Draw) -> float:
    """Return an answerer's accuracy on a draw's unseen rows."""
    given = answerer.answer([text for text, _ in draw.unseen])
    return float(sum(a.output == label for a, (_, label) in zip(given, draw.unseen, strict=True)) / len(given))


def ways(encoder: StaticEncoder) -> dict[str, Callable[[Draw], float]]:
    """Return the methods to compare, each a function from a draw to its accuracy on unseen rows."""
    return {
        "plain": lambda draw: plain(encoder, draw),
        "head": lambda draw: of(Head(encoder, spec_of(draw.training)), draw),  # type: ignore[arg-type]
        "linear": lambda draw: of(Head(None, spec_of(draw.training)), draw),
        "nearest": lambda draw: of(NearestLabel(encoder, spec_of(draw.training)), draw),  # type: ignore[arg-type]
    }


def plain(encoder: Any, draw: Draw) -> float:  # noqa: ANN401  anything that encodes
    """Return the accuracy of logistic regression on the vectors, its strength chosen by cross-validation."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    texts, labels = zip(*draw.training, strict=True)
    search = GridSearchCV(LogisticRegression(max_iter=2000), {"C": STRENGTHS}, cv=3)
    search.fit(encoder.encode(texts), labels)
    return float(search.score(encoder.encode([text for text, _ in draw.unseen]), [each for _, each in draw.unseen]))


def tuned(sources: Path, only: Sequence[str], kinds: Sequence[str]) -> int:
    heading = f"{'tuned':<11} {'set':<16} {'plain':>8} {'as it is':>8} {'tuned':>8} {'gain':>7}"
    print(f"{heading} {'promised':>8} {'kept':>7} {'s':>5}", flush=True)
    for kind in kinds:
        gains, listed = [], tagged(sources) if kind in TAGS else sets(sources)
        for name, rows in (each for each in listed if not only or each[0] in only):
            found = [_compared(kind, draw) for draw in draws(rows, TUNED_ROWS, TUNED_DRAWS)]
            bare, before, after, promised, seconds = (sum(each) / len(found) for each in zip(*found, strict=True))
            kept = sum(each.is_promised * (each.tuned - each.as_it_is) for each in found) / len(found)
            gains.append((after - before, kept))
            figures = (
                f"{bare:>8.3f} {before:>8.3f} {after:>8.3f} {after - before:>+7.3f} {promised:>8.2f} {kept:>+7.3f}"
            )
            print(f"{kind:<11} {name:<16} {figures} {seconds:>5.0f}", flush=True)
        if gains:
            gain, kept = (sum(each) / len(gains) for each in zip(*gains, strict=True))
            print(f"{kind:<11} {'mean':<42} {gain:>+8.3f} {'':>8} {kept:>+7.3f}")
    return 0


class Compared(NamedTuple):
    """Accuracies on unseen rows, whether the training rows predict a gain from tuning, and its seconds."""

    plain: float
    as_it_is: float
    tuned: float
    is_promised: bool
    seconds: float


def _compared(kind: str, draw: Draw) -> Compared:
    from advisor.engines.base import CannotLoadError
    from advisor.families import family
    from advisor.families.methods import tuned as method

    runtime, ability = TUNED[kind]
    of = family("token-classification" if kind in TAGS else "text-classification")
    unseen = draw.unseen[:TUNED_UNSEEN]
    labels = dict.fromkeys(sorted({label for _, each in draw.training for label in of.labels_of(each)}), "")
    facts = {"family": of.name, "labels": labels, "runtime": runtime, "ability": ability, "method": method.TUNED}
    facts |= {"options": {"linear": True, "parts": PARTS}}
    spec = replace(spec_of([]), teaching=tuple(draw.training), **facts)

    def count(answerer: Any, rows: Sequence[tuple[Any, Any]]) -> int:  # noqa: ANN401  an Answerer
        given = answerer.answer([text for text, _ in rows])
        return sum(of.is_right(a.output, label, spec) for a, (_, label) in zip(given, rows, strict=True))

    def right(answerer: Any) -> float:  # noqa: ANN401  an Answerer
        return count(answerer, unseen) / len(unseen)

    if kind in TAGS:
        bare = right(of.prepare(_loaded("transformers", "embed"), replace(spec, method="head", ability="embed")))
        before = right(of.prepare(_loaded("baseline", "words"), replace(spec, method="linear", ability="words")))
        bare, before = (before, bare) if kind == "words" else (bare, before)
    else:
        encoder = _loaded("static" if kind == "static" else "sentence-transformers", "encode")
        bare, before = plain(encoder, Draw(draw.training, unseen)), right(Head(encoder, spec))
    network, began = _loaded(runtime, ability), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        try:
            used, is_promised = method.tuned(of, network, replace(spec, kept=f"{folder}/kept"), count), True
        except CannotLoadError:
            is_promised = False
    seconds = time.process_time() - began
    if not is_promised:
        network = _loaded(runtime, ability)
        used = method.tuned(of, network, spec)
    return Compared(bare, before, right(of.prepare(network, used)), is_promised, seconds)


def _loaded(runtime: str, ability: str) -> Any:  # noqa: ANN401  a Runtime
    """Return a loaded engine; classifiers and taggers are the encoder saved with an untrained last layer."""
    from advisor.engines.base import Load, load

    folder = models_dir() / "wordllama-l2-supercat-256" if runtime == "static" else _encoder()
    with tempfile.TemporaryDirectory() as made:
        if runtime == "transformers":
            import transformers

            of = transformers.AutoModelForTokenClassification
            of = of if ability == "tag" else transformers.AutoModelForSequenceClassification
            of.from_pretrained(folder).save_pretrained(made)
            transformers.AutoTokenizer.from_pretrained(folder).save_pretrained(made)
            folder = Path(made)
        return load(runtime, Load(folder, ("model.safetensors",), ability, TUNED_THREADS))


def _encoder() -> Path:
    """Return the folder of the starter set's sentence encoder."""
    from huggingface_hub import try_to_load_from_cache

    from advisor.starter.manifest import STARTER

    name, revision = next((each.name, each.revision) for each in STARTER if "all-MiniLM" in each.name)
    found = try_to_load_from_cache(name, "model.safetensors", revision=revision)
    if not isinstance(found, str):
        sys.exit("advisor models starter")
    return Path(found).parent


def main() -> int:
    import warnings

    parser = argparse.ArgumentParser(prog="python -m benchmarks.heads", description=__doc__.splitlines()[0])
    parser.add_argument("--sources", type=Path, default=Path(), help="folder that holds the unpacked packages")
    parser.add_argument("--only", nargs="*", default=[], help="names of sets")
    parser.add_argument(
        "--tuned", nargs="*", choices=tuple(TUNED), help="compare tuned weights instead, of these kinds"
    )
    arguments = parser.parse_args()
    chosen = ((name, rows) for name, rows in sets(arguments.sources) if not arguments.only or name in arguments.only)
    if arguments.tuned is not None:
        return tuned(arguments.sources, arguments.only, arguments.tuned or tuple(TUNED))
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
