"""`advisor search`: models for a task in plain words, with what was understood of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from advisor.cli.diagnostics import emit
from advisor.errors import InputError, one_line
from advisor.report.layout import table, wrap
from advisor.units import format_bytes, format_count, parse_count, parse_size
from catalog import Catalog, Filters, Hit, open_catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from catalog.understand import Understood

POOL = 200
RELAXED = 50
SURE_SHARE = 0.6
MAX_QUERY_BYTES = 1 << 20
SORTS: dict[str, Callable[[Hit], tuple[bool, float | str]]] = {
    # Unknown comes last in every order.
    "size": lambda hit: (hit.card.predicted_bytes() is None, hit.card.predicted_bytes() or 0),
    "parameters": lambda hit: (hit.card.parameters is None, hit.card.parameters or 0),
    "downloads": lambda hit: (hit.card.downloads is None, -(hit.card.downloads or 0)),
    "name": lambda hit: (False, hit.card.id.lower()),
}


@dataclass(frozen=True, slots=True)
class Flags:
    """The filters and the order given as flags."""

    family: list[str]
    license: list[str]
    language: list[str]
    max_params: str | None
    max_memory: str | None
    format: list[str]
    not_gated: bool
    sort: str
    limit: int

    def filters(self) -> Filters:
        """Return the flags as filters.

        Raises:
            InputError: if a size cannot be read or the sort is unknown.
        """
        if self.sort != "score" and self.sort not in SORTS:
            raise InputError(f"--sort: {self.sort!r} is not one of score, {', '.join(SORTS)}")
        return Filters(
            families=frozenset(self.family),
            licenses=frozenset(self.license),
            languages=frozenset(self.language),
            formats=frozenset(self.format),
            max_parameters=_number("--max-params", self.max_params, parse_count),
            max_bytes=_number("--max-memory", self.max_memory, parse_size),
            not_gated=self.not_gated,
        )


def search(text: str, flags: Flags, *, json_output: bool, width: int | None) -> None:
    """Print the models for one query."""
    given = flags.filters()
    with open_catalog() as catalog:
        found = _answer(catalog, text, given, flags)
        if json_output:
            emit(json.dumps(found, indent=2))
        else:
            emit("\n".join(_lines(found, width)))


def batch(path: Path, flags: Flags) -> None:
    """Answer every query of a file of `{"id", "text"}` lines, one JSON answer a line, in order."""
    given = flags.filters()
    with open_catalog() as catalog:
        for identity, text in _queries(path):
            emit(json.dumps({"id": identity} | _answer(catalog, text, given, flags)))


def _answer(catalog: Catalog, text: str, given: Filters, flags: Flags) -> dict[str, Any]:
    understood = catalog.understand(text)
    filters = understood.filters(given)
    hits = _hits(catalog, text, understood, filters, flags)
    return {
        "query": text,
        "family": understood.family,
        "family_words": list(understood.evidence),
        "constraints": _constraints(understood, given),
        "models": [_model(hit) for hit in hits],
        "relax": [] if hits else _relaxations(catalog, text, filters),
    }


def _hits(catalog: Catalog, text: str, understood: Understood, filters: Filters, flags: Flags) -> list[Hit]:
    """Return models of the family first; others only where the text leaves the family in doubt."""
    limit = flags.limit if flags.sort == "score" else POOL
    hits: list[Hit] = []
    is_name = catalog.get(text.strip()) is not None
    if understood.family is not None and not filters.families and not is_name:
        family = understood.filters(filters, with_family=True)
        hits = catalog.search(text, filters=family, limit=limit)
    is_sure = bool(hits) and understood.families[0][1] >= SURE_SHARE
    if not is_sure and len(hits) < limit:
        known = {hit.card.id for hit in hits}
        hits += [hit for hit in catalog.search(text, filters=filters, limit=limit) if hit.card.id not in known]
    if flags.sort != "score":
        hits = sorted(hits, key=SORTS[flags.sort])
    return hits[: flags.limit]


def _constraints(understood: Understood, given: Filters) -> list[dict[str, Any]]:
    """Return what limits the answer: read from the words, and given as flags."""
    read = [{"kind": c.kind, "value": c.value, "words": c.words} for c in understood.constraints]
    flagged = [
        {"kind": kind, "value": value, "words": None}
        for kind, values in (
            ("family", sorted(given.families)),
            ("license", sorted(given.licenses)),
            ("language", sorted(given.languages)),
            ("format", sorted(given.formats)),
            ("max_parameters", [given.max_parameters] if given.max_parameters is not None else []),
            ("max_memory", [given.max_bytes] if given.max_bytes is not None else []),
            ("not_gated", ["yes"] if given.not_gated else []),
        )
        for value in values
    ]
    return read + flagged


def _model(hit: Hit) -> dict[str, Any]:
    card = hit.card
    return {
        "id": card.id,
        "family": card.family,
        "parameters": card.parameters,
        "license": card.license,
        "score": round(hit.score, 6),
        "why": list(hit.why),
        "languages": list(card.languages),
        "formats": sorted(card.formats),
        "bytes": card.predicted_bytes(),
        "gated": card.gated,
        "downloads": card.downloads,
        "variants": list(hit.variants),
    }


def _relaxations(catalog: Catalog, text: str, filters: Filters) -> list[dict[str, Any]]:
    """Return, for each constraint of an empty answer, what leaving it out alone would bring."""
    none = Filters()
    told = []
    for name in ("families", "licenses", "languages", "formats", "max_parameters", "max_bytes", "not_gated"):
        if getattr(filters, name) == getattr(none, name):
            continue
        hits = catalog.search(text, filters=replace(filters, **{name: getattr(none, name)}), limit=RELAXED)
        if hits:
            told.append({"constraint": name, "models": len(hits), "first": hits[0].card.id})
    if not told:
        hits = catalog.search(text, limit=RELAXED)
        told = [{"constraint": "everything", "models": len(hits), "first": hits[0].card.id}] if hits else []
    return sorted(told, key=lambda each: -int(each["models"]))


def _lines(found: dict[str, Any], width: int | None) -> list[str]:
    words = f' (from "{", ".join(map(one_line, found["family_words"]))}")' if found["family_words"] else ""
    lines = [f"Family: {found['family'] or 'not clear'}{words}"]
    for constraint in found["constraints"]:
        source = f' (from "{one_line(constraint["words"], 60)}")' if constraint["words"] else " (flag)"
        lines.append(f"Constraint: {constraint['kind']} {_value(constraint)}{source}")
    if not found["models"]:
        lines += ["", "No model in the catalog satisfies all of this."]
        lines += [
            f"Without the constraint on {each['constraint']}: {_many(each['models'])}, first {one_line(each['first'])}"
            for each in found["relax"]
        ]
        return wrap(lines, width)
    rows = [
        (
            str(number),
            one_line(model["id"], 70),
            model["family"] or "?",
            format_count(model["parameters"]),
            format_bytes(model["bytes"]),
            model["license"] or "?",
            one_line("; ".join(model["why"]), 90),
        )
        for number, model in enumerate(found["models"], start=1)
    ]
    header = ("#", "model", "family", "params", "weights", "licence", "why")
    return [*wrap(lines, width), "", *table(header, rows, frozenset({0, 3, 4}), width, optional=(6, 5))]


def _value(constraint: dict[str, Any]) -> str:
    value = constraint["value"]
    if isinstance(value, int):
        in_bytes = constraint["kind"] in {"max_bytes", "max_memory"}
        return format_bytes(value) if in_bytes else format_count(value)
    return one_line(value, 40)


def _many(count: int) -> str:
    return f"{count} or more models" if count >= RELAXED else f"{count} models"


def _queries(path: Path) -> Iterator[tuple[Any, str]]:
    try:
        with path.open("rb") as stream:
            for number, raw in enumerate(iter(lambda: stream.readline(MAX_QUERY_BYTES + 1), b""), start=1):
                if len(raw) > MAX_QUERY_BYTES:
                    raise InputError(f"{path}:{number}: is longer than 1 MiB; a query is a sentence")
                if not raw.strip():
                    continue
                try:
                    value = json.loads(raw.decode("utf-8-sig"))
                    yield value["id"], str(value["text"])
                except (ValueError, KeyError, TypeError, RecursionError):
                    raise InputError(f'{path}:{number}: is not a line like {{"id": "1", "text": "..."}}') from None
    except OSError as error:
        raise InputError(f"{one_line(path)}: cannot be read ({one_line(error)})") from None


def _number(flag: str, text: str | None, parse: Callable[[str], int]) -> int | None:
    if text is None:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise InputError(f"{flag}: {error}") from None
