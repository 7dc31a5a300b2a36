"""What the catalog covers and knows: ``python -m benchmarks.catalog.coverage [SNAPSHOT ...] [--transformers FOLDER]``.

One column for each snapshot, the shipped one where none is named. Development sets beside the repository count as far
as they are there: the practitioners' picks, and the most used models of the Hub in February 2022. ``--transformers``
names an unpacked transformers package; the ids that its documentation loads are looked up, without those of tests.
"""

import argparse
import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from catalog.card import ModelCard
from catalog.languages import code
from catalog.store.compiler import shipped_snapshot
from catalog.store.snapshot import Snapshot
from catalog.verify import is_confirmed

_DATA: Final = Path(__file__).parents[3] / "shared" / "data"
_MOST_USED: Final = 200
_FACTS: Final = ("family", "parameters", "license", "languages", "library", "files", "context_length", "gated")
_LOADED: Final = re.compile(
    r"""(?:from_pretrained\(\s*|checkpoint\s*=\s*|huggingface\.co/)["']?([A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*\w)"""
)
_NO_MODEL: Final = re.compile(
    r"internal|testing|tiny-random|dummy|^(?:docs|papers|spaces|datasets|blog|models|transformers|path|your|username|user)/"
    r"|^meta-\w+/\w+-2-7b-hf$|\.(?:py|md|json|png)$",
    re.IGNORECASE,
)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.catalog.coverage", description=__doc__.splitlines()[0])
    parser.add_argument(
        "snapshots", nargs="*", type=Path, help="snapshots to compare; the shipped one if none is named"
    )
    parser.add_argument("--transformers", type=Path, help="an unpacked transformers package")
    arguments = parser.parse_args()
    sources: list[bytes | Path] = [*arguments.snapshots] or [shipped_snapshot()]
    columns = [list(Snapshot(source).cards()) for source in sources]
    for name, figure in _figures(arguments.transformers):
        print(f"{name:<52}" + "".join(f"{figure(cards):>12}" for cards in columns))
    return 0


def _figures(transformers: Path | None) -> Iterator[tuple[str, Callable[[list[ModelCard]], str]]]:
    yield "models", lambda cards: f"{len(cards):,}"
    yield "known from a hand-made table alone", lambda cards: _share(cards, lambda c: not is_confirmed(c))
    for fact in _FACTS:
        yield f"unknown: {fact}", lambda cards, fact=fact: _share(cards, lambda c: getattr(c, fact) in (None, ()))
    yield "inferred: licence", lambda cards: _share(cards, lambda c: "license" in c.inferred)
    classifiers = "text-classification"
    yield f"{classifiers} without a licence", lambda cards: _share(_of(cards, classifiers), lambda c: not c.license)
    yield (
        f"{classifiers} whose labels are known",
        lambda cards: _share(_of(cards, classifiers), lambda c: bool(c.labels)),
    )
    yield "counts called exact", lambda cards: _share(cards, lambda c: c.parameters_standing == "exact")
    yield (
        "cards with a code that is no language",
        lambda cards: str(sum(any(code(c) != c for c in card.languages) for card in cards)),
    )
    yield "most languages of one card", lambda cards: str(max(len(card.languages) for card in cards))
    yield (
        "languages of generators: en, zh alone",
        lambda cards: str(sum(card.languages in (("en", "zh"), ("zh", "en")) for card in cards)),
    )
    for name, ids in _wanted(transformers):
        yield f"{name}: missing of {len(ids)}", lambda cards, ids=ids: str(len(ids - _names(cards)))


def _wanted(transformers: Path | None) -> Iterator[tuple[str, set[str]]]:
    picks, used = _DATA / "practitioner_picks.jsonl", _DATA / "hub_api_models_2022-02.jsonl"
    if picks.is_file():
        yield "practitioners' picks", {p["model"].lower() for task in _records(picks) for p in task["picks"]}
    if used.is_file():
        yield (
            "most used in 2022",
            {r["modelId"].lower() for r, _ in zip(_records(used), range(_MOST_USED), strict=False)},
        )
    if transformers is not None:
        texts = (path.read_text(encoding="utf-8", errors="ignore") for path in sorted(transformers.rglob("*.py")))
        yield (
            "loaded by transformers' documentation",
            {name.lower() for text in texts for name in _LOADED.findall(text) if not _NO_MODEL.search(name)},
        )


def _records(path: Path) -> Iterator[dict[str, object]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _names(cards: Iterable[ModelCard]) -> set[str]:
    return {name.lower() for card in cards for name in (card.id, *card.aliases)}


def _of(cards: list[ModelCard], family: str) -> list[ModelCard]:
    return [card for card in cards if card.family == family]


def _share(cards: list[ModelCard], holds: Callable[[ModelCard], bool]) -> str:
    return f"{sum(map(holds, cards)) / max(1, len(cards)):.1%}"


if __name__ == "__main__":
    raise SystemExit(main())
