"""A model card in lines for people; the catalog's texts come from outside and are sanitised here."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.units import format_bytes, format_count

if TYPE_CHECKING:
    from catalog import ModelCard
    from catalog.card import WeightFile

MOST_FILES, MOST_SCORES, MOST_LANGUAGES, MOST_LABELS = 12, 8, 16, 8
NAME_WIDTH = 12
STANDINGS = {"exact": "exact", "derived": "worked out from its architecture", "estimated": "estimated"}


def card_lines(card: ModelCard, shown: Collection[str] = ()) -> list[str]:
    """Return what is known of a model; unknown facts are omitted, except those that people look for.

    `shown` are the names of rows that are shown elsewhere on the page, to be left out.
    """
    lines = [one_line(card.id, 200), ""]
    if card.description:
        # Its purpose; the rest of a description are facts that have rows here.
        lines += [one_line(card.description.partition(". ")[0].rstrip("."), 600) + ".", ""]
    standing = (
        f" ({STANDINGS.get(card.parameters_standing, card.parameters_standing)})" if card.parameters_standing else ""
    )
    languages = ", ".join(card.languages[:MOST_LANGUAGES])
    more = f" and {len(card.languages) - MOST_LANGUAGES} more" if len(card.languages) > MOST_LANGUAGES else ""
    base = f"{one_line(card.base_model, 120)} ({card.base_relation or 'based on'})" if card.base_model else ""
    rows = [
        ("Does", card.family or "not known"),
        ("Parameters", format_count(card.parameters) + standing),
        ("Weights", format_bytes(card.predicted_bytes()) + (" at the least" if len(card.files) > 1 else "")),
        ("Licence", one_line(card.license or "not known", 80)),
        ("Languages", (languages or "not known") + more),
        ("Labels", _of_labels(card)),
        ("Input", f"up to {card.context_length:,} tokens" if card.context_length else ""),
        ("Images", f"{card.image_size} pixels" if card.image_size else ""),
        ("Vector", f"{card.embedding_width} numbers" if card.embedding_width else ""),
        ("Consent", "the Hub asks for consent first" if card.gated else ""),
        ("Code", "needs to run code of its own, which is refused unless a task allows it" if card.remote_code else ""),
        ("Made from", base),
        ("Library", one_line(card.library or "", 60)),
        ("Downloads", f"{card.downloads:,} in 30 days" if card.downloads is not None else ""),
        ("Updated", (card.updated or "")[:10]),
        ("Revision", (card.revision or "")[:12]),
    ]
    lines += [f"{name:<{NAME_WIDTH}}{one_line(value, 300)}" for name, value in rows if value and name not in shown]
    if card.files:
        lines += ["", "Files"]
        lines += [
            "  " + "  ".join(one_line(part, 100) for part in _of_file(file) if part) for file in card.files[:MOST_FILES]
        ]
        lines += [f"  and {len(card.files) - MOST_FILES} more"] if len(card.files) > MOST_FILES else []
    if card.scores:
        lines += ["", "Published figures"]
        lines += [f"  {one_line(name, 60)}  {value:g}" for name, value in list(card.scores.items())[:MOST_SCORES]]
    if card.sources:
        lines += [
            "",
            "Where this is from",
            *(f"  {one_line(source.partition(': ')[0], 200)}" for source in card.sources),
        ]
    return lines


def _of_labels(card: ModelCard) -> str:
    """Return a classifier's first labels, each with its meaning unless its name says it, and how many more."""
    shown = [f"{name} ({means})" if means != name else name for name, means in card.label_meanings.items()]
    more = len(shown) - MOST_LABELS
    return ", ".join(shown[:MOST_LABELS]) + (f" and {more} more" if more > 0 else "")


def _of_file(file: WeightFile) -> tuple[str, str, str]:
    """Return what is known of a file of weights, "" for unknown parts."""
    return file.name or file.format, file.precision or "", "" if file.size is None else format_bytes(file.size)
