"""What is known of one model, as lines: as a candidate here, and what the catalog says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.errors import AdvisorError, one_line
from advisor.report.notes import PERMITTED
from advisor.report.sentences import method_words
from advisor.units import format_bytes, format_count, format_seconds
from tui.card_text import STANDINGS, card_lines

if TYPE_CHECKING:
    from advisor.candidates.candidate import Candidate

# Rows of the catalog's part that a candidate's own part tells: of what was found on this disk, which may differ.
TOLD = frozenset({"Parameters", "Weights", "Licence", "Languages", "Revision"})
PLACES = {
    "cache": "in the Hub cache",
    "folder": "in your models folder",
    "hub": "to be downloaded",
    "server": "on a server",
    "provider": "at a provider",
}


def card_text(model: str, reason: str, of: Candidate | None) -> str:
    """Return what is known of a model: as a candidate, and what the catalog knows. Slow: it opens the catalog."""
    parts: list[str] = []
    if reason:
        parts += [one_line(reason, 600), ""]
    if of is not None:
        facts = {
            "method": method_words(of.runtime, of.method),
            "where": PLACES.get(of.place, of.place),
            "folder": of.folder,
            "revision": of.revision,
            "weights": f"{format_bytes(of.weights_bytes)}, {of.precision or '?'}: {', '.join(of.files)}",
            "parameters": f"{format_count(of.parameters)} ({STANDINGS.get(of.parameters_standing or '', 'unknown')})",
            "memory to serve": f"{format_bytes(of.serving_bytes)} (predicted)",
            "memory to probe": f"{format_bytes(of.peak_bytes)} (predicted)",
            "time": f"{format_seconds(of.seconds_per_example)} an example (predicted)",
            "licence": of.license or "unknown",
            "languages": ", ".join(of.languages) or "unknown",
            "derived from": of.derived_from,
            "examples go to": of.sends_to,
            "allowed by you": ", ".join(PERMITTED.get(each, each) for each in of.allows),
        }
        parts += ["As a candidate", *_table(facts), ""]
    parts += ["In the catalog", *_catalog_lines(model, of)]
    return "\n".join(parts)


def _catalog_lines(model: str, of: Candidate | None) -> list[str]:
    """Return what the catalog says besides of the model, or of the one that a local model derives from."""
    from catalog import open_catalog

    name = (of.derived_from if of is not None else None) or model
    try:
        with open_catalog() as catalog:
            card = catalog.get(name)
    except (AdvisorError, OSError) as error:
        return [f"  cannot be read: {one_line(error, 200)}"]
    if card is None:
        return [f"  {one_line(name, 80)} is not in it."]
    return [f"  {line}".rstrip() for line in card_lines(card, TOLD if of is not None else ())]


def _table(facts: dict[str, Any]) -> list[str]:
    told = {name: value for name, value in facts.items() if value not in (None, "", (), {}, [])}
    width = max(map(len, told), default=0)
    return [f"  {name:<{width}}  {one_line(_plain(value), 600)}" for name, value in told.items()]


def _plain(value: object) -> str:
    if isinstance(value, tuple | list | frozenset | set):
        return ", ".join(str(each) for each in value)
    return str(value)
