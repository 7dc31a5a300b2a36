"""How well the catalog finds models for tasks in plain words: ``python -m benchmarks.catalog.quality``.

``dev_queries.jsonl`` has queries with the families that fit and, as shell patterns, models known to be good for them
("*": any of the family). "dev" queries were used to make rules and weights; "held" ones have the same author and were
not; "colloquial" ones avoid the usual words on purpose; "fresh" ones were written without knowledge of rules and tasks,
and their misses were inspected once (91.7% of the families before). "blind" ones were written the same way, and their
misses were never inspected: theirs is the figure to trust. "command" is the answer of ``advisor search`` under the
constraints that it reads from the words.
Real questions, phrases and practitioners' picks (``shared_sets``) follow if they are on this machine.
"""

import argparse
import fnmatch
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from advisor.candidates.lookup import Flags, search_document
from benchmarks.catalog import shared_sets
from catalog import Catalog, open_catalog
from catalog.query.understand import understand
from catalog.store.compiler import compile_cards

_QUERIES = tuple(Path(__file__).parent / f"{name}_queries.jsonl" for name in ("dev", "blind", "fresh", "foreign"))
_DEPTHS = (10, 20)


@dataclass(frozen=True, slots=True)
class Query:
    """A task in plain words with right families and models."""

    text: str
    families: tuple[str, ...]
    good: tuple[str, ...]
    split: str

    def accepts(self, model_id: str, family: str | None) -> bool:
        return family in self.families and any(fnmatch.fnmatchcase(model_id, pattern) for pattern in self.good)


# Result of a search method: (id, family), best first, and the query's family as understood.
Answer = tuple[list[tuple[str, str | None]], str | None]


def read_queries(paths: Sequence[Path] = _QUERIES) -> list[Query]:
    records = [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return [Query(r["query"], tuple(r["families"]), tuple(r["good"]), r["split"]) for r in records]


def fusion(catalog: Catalog) -> Callable[[str], Answer]:
    """Search of the catalog without constraints."""

    def search(text: str) -> Answer:
        hits = catalog.search(text, limit=max(_DEPTHS))
        return [(hit.card.id, hit.card.family) for hit in hits], catalog.understand(text).family

    return search


def command(catalog: Catalog) -> Callable[[str], Answer]:
    """The answer of `advisor search`: the search under the constraints stated in the words."""
    flags = Flags(limit=max(_DEPTHS))

    def search(text: str) -> Answer:
        found = search_document(catalog, text, flags.filters(), flags)
        return [(model["id"], model["family"]) for model in found["models"]], found["family"]

    return search


def table(queries: Sequence[Query], ways: dict[str, Callable[[str], Answer]]) -> list[str]:
    """A line for each search method and split: right family, hits within the depths, milliseconds per query."""
    lines = [f"{'search by':<12} {'queries':>19} {'family':>8} {'hit@10':>8} {'hit@20':>8} {'ms':>7}"]
    for name, search in ways.items():
        for split in sorted({query.split for query in queries}):
            chosen = [query for query in queries if query.split == split]
            started = time.perf_counter()
            answers = [search(query.text) for query in chosen]
            spent = (time.perf_counter() - started) / len(chosen) * 1000
            right = sum(family in query.families for query, (_, family) in zip(chosen, answers, strict=True))
            hits = [
                sum(
                    any(q.accepts(*hit) for hit in found[:depth]) for q, (found, _) in zip(chosen, answers, strict=True)
                )
                for depth in _DEPTHS
            ]
            shares = "".join(f" {count / len(chosen):>8.1%}" for count in (right, *hits))
            lines.append(f"{name:<12} {split:>12} {len(chosen):>6}{shares} {spent:>7.1f}")
    return lines


def _crowded(count: int, folder: Path) -> Path | None:
    """Compile the shipped cards with copies under other names and with little use; none if the count is 0."""
    if not count:
        return None
    from benchmarks.catalog.scale import Copies  # it reads this module's queries

    shipped = len(Copies(0).originals)
    compile_cards(Copies(shipped + count), folder)
    return folder


def main() -> int:
    """Print the table; with ``--misses`` what went wrong as well."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.catalog.quality", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--misses",
        choices=("dev", "held", "colloquial", "blind", "fresh", "foreign", "real"),
        help='list the queries of a split that were missed; "real": the rows of the real sets that are not held out',
    )
    parser.add_argument(
        "--crowd", type=int, default=0, help="ask among so many low-use copies as well; compiling takes minutes"
    )
    parser.add_argument("--only", help="measure only this way of searching")
    arguments = parser.parse_args()
    queries = read_queries()
    with tempfile.TemporaryDirectory() as folder, open_catalog(_crowded(arguments.crowd, Path(folder))) as catalog:
        ways = {"fusion": fusion(catalog), "command": command(catalog)}
        ways = {name: way for name, way in ways.items() if arguments.only in (None, name)}
        print(f"{len(catalog):,} models, {len(queries)} queries, snapshot {catalog.info().snapshot[:12]}")
        print("\n".join(table(queries, ways)))
        print("\n" + "\n".join(shared_sets.table(catalog, command(catalog))))
        if arguments.misses == "real":
            print("\n".join(shared_sets.misses(catalog, command(catalog))))
        for query in queries:
            if query.split == arguments.misses:
                found, family = command(catalog)(query.text)
                wrong = family not in query.families
                missed = not any(query.accepts(*hit) for hit in found[:10])
                if wrong or missed:
                    print(f"\n{query.text}\n  wanted {query.families}, took {family}; {'missed' if missed else 'hit'}")
                    if wrong:
                        print(f"  {understand(query.text).families}")
                    print("  " + ", ".join(f"{name} [{family}]" for name, family in found[:6]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
