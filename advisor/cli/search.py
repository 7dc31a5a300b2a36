"""`advisor search`: models for a task in plain words, with what was understood of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from advisor.cli.diagnostics import emit
from advisor.cli.relax import relaxations
from advisor.errors import InputError, one_line
from advisor.report.layout import table, wrap
from advisor.system.source import quoted
from advisor.units import format_bytes, format_count, parse_count, parse_size
from catalog import PERMISSIVE_LICENSES, Catalog, Filters, Hit, open_catalog
from catalog.devices import DEVICES
from catalog.families import FAMILIES
from catalog.languages import NAMES, code
from catalog.query.filters import LICENSE_NAMES
from catalog.query.page import page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from catalog.query.understand import Understood

POOL = 200
MOST_NEAR = 3
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
    max_size: str | None
    min_context: str | None
    device: list[str]
    format: list[str]
    not_gated: bool
    sort: str
    limit: int

    def filters(self) -> Filters:
        """Return the flags as filters.

        Raises:
            InputError: if a number cannot be read, or the sort or a device is unknown.
        """
        if self.sort != "score" and self.sort not in SORTS:
            raise InputError(f"--sort: {self.sort!r} is not one of score, {', '.join(SORTS)}")
        if unknown := sorted(set(self.device) - set(DEVICES)):
            raise InputError(f"--device: {unknown[0]!r} is not one of {', '.join(DEVICES)}")
        return Filters(
            families=frozenset(self.family),
            licenses=frozenset(LICENSE_NAMES.get(name.strip().lower(), name) for name in self.license),
            languages=frozenset(code(name) or name for name in self.language),
            formats=frozenset(self.format),
            max_parameters=_number("--max-params", self.max_params, parse_count),
            max_bytes=min((bound for _, bound in self.bounds()), default=None),
            min_context=_number("--min-context", self.min_context, parse_count),
            devices=frozenset(self.device),
            not_gated=self.not_gated,
        )

    def bounds(self) -> list[tuple[str, int]]:
        """Return the limits on the bytes of the weights, by kind.

        Raises:
            InputError: if one cannot be read.
        """
        given = (
            ("max_memory", _number("--max-memory", self.max_memory, parse_size)),
            ("max_bytes", _number("--max-size", self.max_size, parse_size)),
        )
        return [(kind, number) for kind, number in given if number is not None]


def search(text: str, flags: Flags, *, json_output: bool, width: int | None) -> None:
    """Print the models for one query."""
    given = flags.filters()
    with open_catalog() as catalog:
        check_names(catalog, flags)
        found = answer(catalog, text, given, flags)
        if json_output:
            emit(json.dumps(found, indent=2))
        else:
            emit("\n".join(_lines(found, width)))


def batch(path: Path, flags: Flags) -> None:
    """Answer every query of a file of `{"id", "text"}` lines, one JSON answer a line, in order."""
    given = flags.filters()
    with open_catalog() as catalog:
        check_names(catalog, flags)
        for identity, text in _queries(path):
            emit(json.dumps({"id": identity} | answer(catalog, text, given, flags)))


def check_names(catalog: Catalog, flags: Flags) -> None:
    """Do nothing, unless a flag names what no model has and no list knows: that is a misspelling.

    Raises:
        InputError: if so, with the names that are nearest.
    """
    # A language is known by its name too, a licence by what people call it.
    languages = {name: name for name in catalog.names("language")} | {name.lower(): name for name in NAMES.values()}
    licenses = {name: name for name in (*PERMISSIVE_LICENSES, *catalog.names("license"))} | LICENSE_NAMES
    for flag, given, known in (
        ("family", flags.family, dict.fromkeys((*FAMILIES, *catalog.names("family")))),
        ("license", flags.license, licenses),
        ("language", [name for name in flags.language if code(name) is None], languages),
        ("format", flags.format, dict.fromkeys(catalog.names("format"))),
    ):
        for name in given:
            asked = name.strip().lower()
            if asked not in known:
                near = dict.fromkeys(known[each] or each for each in get_close_matches(asked, known, MOST_NEAR, 0.0))
                raise InputError(f"--{flag}: {quoted(name)} is not known; the nearest are {', '.join(near)}")


def answer(catalog: Catalog, text: str, given: Filters, flags: Flags) -> dict[str, Any]:
    """Return the document that the command prints for one query.

    Args:
        catalog: Where to look.
        text: The task in plain words, or a model's name.
        given: The filters that `flags` make.
        flags: What else was given.
    """
    understood, _ = catalog.read(text)
    filters = understood.filters(given)
    of_family = _of_family(catalog, text, understood, filters)
    constraints = _constraints(understood, given, flags)
    hits, is_met = _hits(catalog, text, understood, (of_family, filters), flags)
    return {
        "query": text,
        "family": understood.family,
        "family_words": list(understood.evidence),
        "constraints": constraints,
        "models": [_model(hit) for hit in hits],
        "relax": [] if is_met else relaxations(catalog, text, of_family or filters, {c["kind"] for c in constraints}),
    }


def _of_family(catalog: Catalog, text: str, understood: Understood, filters: Filters) -> Filters | None:
    """Return the filters with the understood family; None if a flag, a model's name or no word settles it."""
    if understood.family is None or filters.families or catalog.get(text.strip()) is not None:
        return None
    return understood.filters(filters, with_family=True)


def _hits(
    catalog: Catalog, text: str, understood: Understood, wanted: tuple[Filters | None, Filters], flags: Flags
) -> tuple[list[Hit], bool]:
    """Return models, and whether any is what was asked for."""
    of_family, filters = wanted
    limit = flags.limit if flags.sort == "score" else POOL
    if of_family is None:
        hits = catalog.search(text, filters=filters, limit=limit)
        is_met = bool(hits)
    else:
        hits, is_met = page(catalog, text, understood, filters, limit)
    if flags.sort != "score":
        hits = sorted(hits, key=SORTS[flags.sort])
    return hits[: flags.limit], is_met


def _constraints(understood: Understood, given: Filters, flags: Flags) -> list[dict[str, Any]]:
    """Return what limits the answer: read from the words, and given as flags."""
    read: dict[tuple[str, str], list[str | int]] = {}
    for each in understood.constraints:
        read.setdefault((each.kind, each.words), []).append(each.value)
    told: list[dict[str, Any]] = []
    for (kind, words), values in read.items():
        # One wish that several values meet, such as a permissive licence, is one constraint.
        value = "permissive" if PERMISSIVE_LICENSES.issubset(map(str, values)) else values[0]
        is_choice = len(values) > 1 and kind == "license"
        told += [{"kind": kind, "value": v, "words": words} for v in ([value] if is_choice else values)]
        if is_choice:
            told[-1]["any_of"] = values
    flag_values: list[tuple[str, list[Any]]] = [
        ("family", sorted(given.families)),
        ("license", sorted(given.licenses)),
        ("language", sorted(given.languages)),
        ("format", sorted(given.formats)),
        ("max_parameters", [given.max_parameters] if given.max_parameters is not None else []),
        *((kind, [bound]) for kind, bound in flags.bounds()),
        ("context", [given.min_context] if given.min_context is not None else []),
        ("device", sorted(given.devices)),
        ("not_gated", ["yes"] if given.not_gated else []),
    ]
    flagged = [{"kind": kind, "value": value, "words": None} for kind, values in flag_values for value in values]
    return told + flagged


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
        "context_length": card.context_length,
        "gated": card.gated,
        "downloads": card.downloads,
        "variants": list(hit.variants),
    }


def _lines(found: dict[str, Any], width: int | None) -> list[str]:
    words = f' (from "{", ".join(map(one_line, found["family_words"]))}")' if found["family_words"] else ""
    lines = [f"Family: {found['family'] or 'not clear'}{words}"]
    for constraint in found["constraints"]:
        source = f' (from "{one_line(constraint["words"], 60)}")' if constraint["words"] else " (flag)"
        lines.append(f"Constraint: {constraint['kind']} {_value(constraint)}{source}")
    if found["relax"]:
        kind = f"{found['family']} model" if found["models"] else "model"
        lines += ["", f"No {kind} in the catalog satisfies all of this."]
        lines += [
            f"Without the constraint{'s' if len(each['constraints']) > 1 else ''} on "
            f"{' and '.join(each['constraints'])}: {_many(each['models'])}, first {one_line(each['first'])}"
            for each in found["relax"]
        ]
        lines += ["Models of other families that do:"] if found["models"] else []
    if not found["models"]:
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
    return f"{count:,} model{'' if count == 1 else 's'}"


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
