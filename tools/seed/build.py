"""Build the shipped snapshot from its sources: ``python -m tools.seed.build --sources DIR``.

``DIR`` holds the recorded data files named in ``SOURCES.md`` and, each unpacked under its own name, the packages
named there. To get one::

    pip download --no-deps mteb==2.26.24
    python -m zipfile -e mteb-2.26.24-py3-none-any.whl DIR

and the one npm package::

    npm pack @huggingface/tasks@0.21.54
    tar xzf huggingface-tasks-0.21.54.tgz && mv package DIR/huggingface_tasks

No package is imported or run. Equal sources give equal bytes.
"""

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from catalog import inherit
from catalog.card import ModelCard
from catalog.store.compiler import write_snapshot
from tools.seed import cross_check, curated, hub_listing, llm_lists, named_kinds, packages, predicted, series
from tools.seed.merge import Merger

_TARGET: Final = Path(__file__).parents[2] / "catalog" / "data" / "models.jsonl.gz"

# Best first: if two sources state the same fact, the earlier one counts.
_SOURCES: Final[tuple[tuple[str, Callable[[Path], Iterable[ModelCard]], bool], ...]] = (
    (curated.READ, lambda _: curated.read_starters(), False),
    (curated.CORRECTIONS, lambda _: curated.corrections(), False),
    (hub_listing.NAME, hub_listing.read, False),
    (packages.MTEB, packages.read_mteb, False),
    (packages.TIMM, packages.read_timm, False),
    (llm_lists.LLMFIT, llm_lists.read_llmfit, False),
    (curated.NAME, lambda _: curated.read(), False),
    (packages.MTEB, packages.read_mteb_terms, True),
    (packages.FASTEMBED, packages.read_fastembed, False),
    (llm_lists.XINFERENCE, llm_lists.read_xinference, False),
    (curated.TASK_PAGES, curated.read_task_pages, False),
    (curated.MARIAN, curated.read_marian, False),
    (packages.RESULTS, packages.read_results, True),
    # Sources that do not list models, but have facts about listed ones.
    (hub_listing.NAME, hub_listing.read_others, True),
    (llm_lists.LLMFIT, llm_lists.read_llmfit_others, True),
    (curated.COUNTS, curated.read_counts, True),
    (packages.LLM_GUARD, packages.read_guard, True),
    (curated.LABELS, lambda _: curated.read_labels(), True),
)


def build(sources: Path) -> bytes:
    """The bytes of the snapshot; OSError if a source is missing."""
    merger = Merger()
    for name, read, known_only in _SOURCES:
        print(f"{merger.add(name, read(sources), known_only=known_only):6d} cards new or better from {name}")
    by_name = merger.unconfirmed((curated.NAME, curated.CORRECTIONS, curated.LABELS))
    seen: set[str] = set()
    for name, witness in cross_check.read(sources, by_name.keys()):
        if by_name[name] not in seen:
            merger.confirm(witness, name)
            seen.add(by_name[name])
    print(f"{len(seen):6d} of {len(set(by_name.values()))} cards of the curated table alone known to another source")
    # A series has facts of its originals; copies inherit these, and copies of copies in the second round.
    cards = inherit.complete(inherit.complete(series.complete(merger.result())))
    return write_snapshot(predicted.complete(named_kinds.complete(cards)))


def main() -> int:
    """Write the shipped snapshot, or to ``--out``."""
    parser = argparse.ArgumentParser(prog="python -m tools.seed.build", description=__doc__.splitlines()[0])
    parser.add_argument("--sources", type=Path, required=True, help="folder with the data files and unpacked packages")
    parser.add_argument("--out", type=Path, default=_TARGET, help="file to write")
    arguments = parser.parse_args()
    try:
        data = build(arguments.sources)
    except OSError as error:
        print(f"A source is missing: {error}. See SOURCES.md for what the folder must hold.", file=sys.stderr)
        return 2
    arguments.out.write_bytes(data)
    print(f"{arguments.out}: {len(data):,} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
