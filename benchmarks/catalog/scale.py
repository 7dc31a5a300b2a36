"""The catalog at 10 k to 2.5 M rows, each figure with its limit: ``python -m benchmarks.catalog.scale``.

Rows are repeated copies of the shipped cards. Copy 0 of a card is the card; every further copy has its own owner and
name with an invented word in both, the copy of the original's base model, fewer downloads and likes, and every third
copy a licence and languages of another card: families, tags, sizes, formats and numbers of variants stay the same.
Vectors of copies are not encoded: the card's vector is moved in a random direction by the true distance of copies from
their originals (measured on a sample at the start), so they cluster like real ones. The build time therefore lacks the
text encoder's, about 0.15 ms per row; all else is the ordinary compiler.

Cold is a new process from its start to its first answer, files in the page cache; warm is every fourth query of
``quality`` on one open catalog: all of ``Catalog.search`` by the clock and in processor time (unaffected by other
processes), and the index alone. Recall is the index's: the share of the 100 nearest kept rows by exact float scoring
among its 100. Memory is the resident size after all queries, of which the system can reclaim mapped files.
"""

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any, overload

import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.catalog.quality import read_queries
from benchmarks.common import load_line
from catalog import Filters, ModelCard, open_catalog
from catalog.store.compiler import compile_cards, read_snapshot, shipped_snapshot
from catalog.store.database import document
from catalog.store.describe import describe_card
from catalog.store.encoder import StaticEncoder, encoder_folder

_DEPTH = 100
_SHARES = (1.0, 0.3, 0.05, 0.001)
_MOST_P50 = 20.0
_LEAST_RECALL = 0.95
_COLD_RUNS = 3
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "or", "ix")]
_COLD = """
import pathlib, sys
from catalog import open_catalog
with open_catalog(pathlib.Path(sys.argv[1])) as catalog:
    assert catalog.search("sentiment of German product reviews")
"""


class Copies(Sequence[ModelCard]):
    """Lazily created cards; equal indexes give equal cards."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.originals = read_snapshot(shipped_snapshot())
        random.Random(0).shuffle(self.originals)  # noqa: S311 - any order will do, the same each time
        self._at = {card.id: at for at, card in enumerate(self.originals)}

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[ModelCard]:
        return map(self.__getitem__, range(self._count))

    @overload
    def __getitem__(self, place: int) -> ModelCard: ...
    @overload
    def __getitem__(self, place: slice) -> list[ModelCard]: ...
    def __getitem__(self, place: int | slice) -> ModelCard | list[ModelCard]:
        """The card at an index, which is its revision."""
        if isinstance(place, slice):
            return [self[at] for at in range(self._count)[place]]
        copy, at = divmod(place, len(self.originals))
        card = self.originals[at]
        if copy == 0:
            return replace(card, revision=str(place))
        base = self._at.get(card.base_model or "")
        other = self.originals[(at * 31 + copy * 7919) % len(self.originals)] if copy % 3 == 0 else card
        return replace(
            card,
            id=self._name(at, copy),
            revision=str(place),
            base_model=card.base_model if base is None else self._name(base, copy),
            license=other.license,
            languages=other.languages,
            downloads=None if card.downloads is None else card.downloads // (copy * copy + 1),
            likes=None if card.likes is None else card.likes // (copy + 1),
            aliases=(),
            tags=tuple(tag for tag in card.tags if tag != "recommended"),
        )

    def _name(self, at: int, copy: int) -> str:
        number = (at * 7_919 + copy * 104_729) % len(_SYLLABLES) ** 3
        word = ""
        for _ in range(3):
            number, syllable = divmod(number, len(_SYLLABLES))
            word += _SYLLABLES[syllable]
        owner, _, name = self.originals[at].id.rpartition("/")
        return f"{owner}{word}/{name}-{word}{copy}"


class Moved:
    """Vectors of copies: their originals' vectors, moved."""

    def __init__(self, cards: Copies) -> None:
        self._rng = np.random.default_rng(0)
        with StaticEncoder(encoder_folder()) as encoder:
            self._vectors = encoder.encode([words(card) for card in cards.originals])
            sample = Copies(4 * len(cards.originals))[len(cards.originals) :: 23]
            theirs = encoder.encode([words(card) for card in sample])
        places = [int(card.revision or 0) % len(self._vectors) for card in sample]
        self._cosines = np.clip((theirs * self._vectors[places]).sum(axis=1), 0.0, 1.0)

    def __call__(self, cards: Sequence[ModelCard]) -> NDArray[np.float32]:
        places = np.array([int(card.revision or 0) for card in cards])
        vectors = self._vectors[places % len(self._vectors)]
        aside = self._rng.standard_normal(vectors.shape, dtype=np.float32)
        aside -= (aside * vectors).sum(axis=1, keepdims=True) * vectors
        aside /= np.linalg.norm(aside, axis=1, keepdims=True)
        cosines = np.where(places < len(self._vectors), 1.0, self._rng.choice(self._cosines, len(places)))[:, None]
        moved: NDArray[np.float32] = (cosines * vectors + np.sqrt(1 - cosines**2) * aside).astype(np.float32)
        return moved


def words(card: ModelCard) -> str:
    return " ".join(document(replace(card, description=card.description or describe_card(card))))


@cache
def _queries() -> list[str]:
    return [query.text for query in read_queries()[::4]]


def build(folder: Path, rows: int) -> dict[str, Any]:
    """Compile a catalog of ``rows`` rows; seconds and peak megabytes."""
    cards = Copies(rows)
    encode = Moved(cards)
    started = time.perf_counter()
    compile_cards(cards, folder, encode=encode)
    return {
        "build_s": time.perf_counter() - started,
        "build_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }


def filters_keeping(columns: Any, shares: Sequence[float]) -> list[tuple[float, Filters]]:  # noqa: ANN401 - internals
    """For each share the filter that keeps closest to it: a licence, a language, a family, or two of them."""
    families = [Filters(families=frozenset({name})) for name in columns._words["family"]]  # noqa: SLF001
    terms = [Filters(licenses=frozenset({name})) for name in columns._words["license"]]  # noqa: SLF001
    tongues = [
        Filters(languages=frozenset({name}), allow_unknown_language=False)
        for name in columns._words["language"][:40]  # noqa: SLF001
    ]
    singles = [*families, *terms, *tongues]
    masks = {at: columns.mask(f) for at, f in enumerate(singles)}
    kept = [(float(mask.mean()), singles[at]) for at, mask in masks.items()]
    used = sorted(range(len(singles)), key=lambda at: -kept[at][0])[:30]
    for a in used:
        for b in used:
            one, two = singles[a], singles[b]
            if one.families and not two.families:
                share = float((masks[a] & masks[b]).mean())
                kept.append((share, replace(two, families=one.families)))
    kept.append((1.0, Filters()))
    return [min(kept, key=lambda item: abs(np.log((item[0] + 1e-9) / share))) for share in shares]


def exact(matrix: NDArray[np.float16], queries: NDArray[np.float32], keep: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The cosines of the nearest kept rows of each query, descending; shape (queries, at most 100)."""
    best = np.full((len(queries), 0), -np.inf, dtype=np.float32)
    for start in range(0, len(matrix), 50_000):
        rows = np.flatnonzero(keep[start : start + 50_000]) + start
        scores = queries @ matrix[rows].astype(np.float32).T
        best = -np.sort(-np.concatenate([best, scores], axis=1), axis=1)[:, :_DEPTH]
    return best


def warm(folder: Path) -> dict[str, Any]:
    """Times of queries on one open catalog under each filter, recall, and the memory at the end."""
    lines: list[dict[str, Any]] = []
    with open_catalog(folder) as catalog:
        columns, vectors = catalog._load_columns(), catalog._load_vectors()  # noqa: SLF001
        encoded = catalog._load_encoder().encode(_queries())  # noqa: SLF001
        for text in _queries()[:5]:
            catalog.search(text)
        chosen = filters_keeping(columns, _SHARES)
        found = []
        for share, filters in chosen:
            keep = columns.mask(filters)
            for text, query in zip(_queries()[:3], encoded, strict=False):
                catalog.search(text, filters=filters)
                vectors.nearest(query, keep, _DEPTH)
            whole = _milliseconds(lambda at, f=filters: catalog.search(_queries()[at], filters=f))
            alone = _milliseconds(lambda at, k=keep: found.append(vectors.nearest(encoded[at], k, _DEPTH)[1]))
            lines.append({"kept": share, "p50": whole[0], "p95": whole[1], "cpu": whole[2], "index": alone[2]})
        memory = psutil.Process().memory_info()
        held = {"rss_mb": memory.rss / 1e6, "own_mb": (memory.rss - memory.shared) / 1e6}
        for at, (_, filters) in enumerate(chosen):
            best = exact(vectors._matrix, encoded, columns.mask(filters))  # noqa: SLF001
            theirs = found[at * len(encoded) : (at + 1) * len(encoded)]
            hit = [
                (scores >= row[-1] - 1e-6).sum() / len(row)
                for scores, row in zip(theirs, best, strict=True)
                if len(row)
            ]
            lines[at]["recall"] = float(np.mean(hit))
            lines[at]["filter"] = ", ".join(
                f"{k} {sorted(v)}" for k, v in asdict(filters).items() if v and k[:5] != "allow"
            )
    return held | {"lines": lines}


def _milliseconds(call: Any) -> tuple[float, float, float]:  # noqa: ANN401 - takes a number, whatever it returns
    """Median and 95th percentile by the clock, and the median of processor time."""
    spent, busy = [], []
    for at in range(len(_queries())):
        started, began = time.perf_counter(), time.process_time()
        call(at)
        spent.append((time.perf_counter() - started) * 1e3)
        busy.append((time.process_time() - began) * 1e3)
    return statistics.median(spent), float(np.percentile(spent, 95)), statistics.median(busy)


def cold(folder: Path) -> dict[str, Any]:
    """Median seconds of new processes to their first answer."""
    spent = []
    for _ in range(_COLD_RUNS):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", _COLD, str(folder)], check=True)
        spent.append(time.perf_counter() - started)
    return {"cold_s": statistics.median(spent)}


def measure(rows: int, parent: Path | None) -> None:
    if parent is not None:
        parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="catalog-scale-", dir=parent) as name:
        measured: dict[str, Any] = {}
        for step in ("build", "cold", "warm"):
            command = [sys.executable, "-m", "benchmarks.catalog.scale", "--step", step]
            command += ["--folder", name, "--rows", str(rows)]
            measured |= json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        files = {path.name: path.stat().st_size / 1e6 for path in Path(name).iterdir()}
    print(f"\n{rows:,} rows: built in {measured['build_s']:.0f} s with at most {measured['build_mb']:,.0f} MB")
    print(f"  on disk {sum(files.values()):,.0f} MB ({', '.join(f'{n} {s:,.0f}' for n, s in sorted(files.items()))})")
    own = f"{measured['own_mb']:,.0f} MB of it not mapped files"
    print(f"  cold first answer {measured['cold_s']:.2f} s; memory {measured['rss_mb']:,.0f} MB, {own}")
    print(f"  {'':>7} {'whole search':^32} {'index':>6}")
    names = (
        f"{'kept':>7} {'p50 ms':>8} {'limit':>6} {'p95 ms':>8} {'cpu ms':>7} {'cpu ms':>6} {'recall':>7} {'limit':>6}"
    )
    print(f"  {names}  filter")
    for line in measured["lines"]:
        print(
            f"  {line['kept']:>7.2%} {line['p50']:>8.1f} {_MOST_P50:>6.0f} {line['p95']:>8.1f} {line['cpu']:>7.1f} "
            f"{line['index']:>6.1f} {line['recall']:>7.3f} {_LEAST_RECALL:>6}  {line['filter'] or 'none'}",
            flush=True,
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.catalog.scale", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000, 2_500_000])
    parser.add_argument("--folder", type=Path, help="where the catalogs are built and deleted (2.5 M rows take 9 GB)")
    parser.add_argument("--step", choices=("build", "cold", "warm"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step == "build":
        print(json.dumps(build(arguments.folder, arguments.rows[0])))
    elif arguments.step:
        print(json.dumps({"cold": cold, "warm": warm}[arguments.step](arguments.folder)))
    else:
        print(load_line())
        for rows in arguments.rows:
            measure(rows, arguments.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
