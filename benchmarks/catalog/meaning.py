"""Exact scan against FAISS for the nearest cards, cold and warm: ``python -m benchmarks.catalog.meaning``.

Says when the index should answer and when the matrix (``vectors.EXACT_ROWS``). Cold is a fresh process: imports,
opening the files, one query. Vectors are random directions of the encoder's width, which is the hard case for codes of
few bits; the memory a scan touches and the time it takes do not depend on what the vectors mean.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from catalog.store.encoder import WIDTH
from catalog.store.vectors import Vectors

_LIMIT = 200
_REPEATS = 20
_COLD = """
import sys, time
started = time.perf_counter()
import numpy as np
from pathlib import Path
from catalog.store.vectors import Vectors
vectors = Vectors(Path(sys.argv[1]))
query = np.zeros({width}, dtype=np.float32)
query[0] = 1
keep = np.ones(int(sys.argv[2]), dtype=bool)
if sys.argv[3] == "matrix":
    vectors._score(query, np.flatnonzero(keep), {limit})
else:
    vectors._scan(query, keep, {limit})
print(time.perf_counter() - started)
"""


def _cold(folder: Path, rows: int, way: str) -> float:
    """Milliseconds of a fresh process, the best of three, files in the page cache."""
    code = _COLD.format(width=WIDTH, limit=_LIMIT)
    runs = [
        float(
            subprocess.run(
                [sys.executable, "-c", code, str(folder), str(rows), way], capture_output=True, text=True, check=True
            ).stdout
        )
        for _ in range(3)
    ]
    return min(runs) * 1000


def measure(rows: int, kept: float) -> str:
    """One line of the table for a catalog of so many rows, a share of which a filter keeps."""
    rng = np.random.default_rng(rows)
    vectors = rng.standard_normal((rows, WIDTH), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    keep = rng.random(rows) < kept
    queries = rng.standard_normal((_REPEATS, WIDTH), dtype=np.float32)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        Vectors.write(folder, [vectors], rows, WIDTH)
        Vectors.invert(folder)
        index = Vectors(folder)
        index._scan(queries[0], keep, _LIMIT)  # noqa: SLF001 - the halves under measurement, imported beforehand
        started = time.perf_counter()
        exact = [index._score(query, np.flatnonzero(keep), _LIMIT)[0] for query in queries]  # noqa: SLF001
        middle = time.perf_counter()
        scanned = [index._scan(query, keep, _LIMIT) for query in queries]  # noqa: SLF001
        ended = time.perf_counter()
        recall = np.mean([len(np.intersect1d(a, b)) / max(1, len(a)) for a, b in zip(exact, scanned, strict=True)])
        cold = "".join(f"{_cold(folder, rows, way):>11.0f}" for way in ("matrix", "index"))
    warm = f"{(middle - started) / _REPEATS * 1000:>11.1f}{(ended - middle) / _REPEATS * 1000:>11.1f}"
    return f"{rows:>9,} {kept:>6.0%}{cold}{warm}{recall:>9.3f}"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.catalog.meaning", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[20_000, 50_000, 100_000, 200_000])
    arguments = parser.parse_args()
    print(f"{'':>16}{'cold ms':>22}{'warm ms':>22}")
    print(f"{'rows':>9} {'kept':>6}{'exact':>11}{'faiss':>11}{'exact':>11}{'faiss':>11}{'recall':>9}")
    for rows in arguments.rows:
        for kept in (1.0, 0.1):
            print(measure(rows, kept), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
