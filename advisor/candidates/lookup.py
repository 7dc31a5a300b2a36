"""Search models for a task in plain words: its understanding, the constraints, and which to relax."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import combinations
from typing import Any

from advisor.errors import InputError
from advisor.system.source import quoted
from advisor.units import parse_count, parse_size
from catalog import PERMISSIVE_LICENSES, Catalog, Filters, Hit
from catalog.card import ERRORS
from catalog.devices import DEVICES
from catalog.families import FAMILIES
from catalog.languages import NAMES, code
from catalog.query.filters import LICENSE_NAMES
from catalog.query.page import found_of, page
from catalog.query.understand import Understood

# The filters' fields by the names of constraints in the answer.
KINDS = {
    "families": "family", "licenses": "license", "languages": "language", "formats": "format",
    "max_parameters": "max_parameters", "max_bytes": "max_memory", "min_context": "context", "devices": "device",
    "not_gated": "not_gated",
}  # fmt: skip
MOST_RELAXED = 6
POOL = 200
MOST_NEAR = 3
# Models that must publish a benchmark for a comparison.
FEWEST_PUBLISHED = 3
SORTS: dict[str, Callable[[Hit], tuple[bool, float | str]]] = {
    # Unknown values are last in every order.
    "size": lambda hit: (hit.card.predicted_bytes() is None, hit.card.predicted_bytes() or 0),
    "parameters": lambda hit: (hit.card.parameters is None, hit.card.parameters or 0),
    "downloads": lambda hit: (hit.card.downloads is None, -(hit.card.downloads or 0)),
    "name": lambda hit: (False, hit.card.id.lower()),
}
BENCHMARK = "benchmark"
# A repository of the Hub, owner and name.
_ID = re.compile(r"[\w.-]+/[\w.-]+")
# Hint for a query without any known word.
_SAY_INSTEAD = "Type what goes in and what comes out (“emails in, spam or not out”), or a part of a model's name."


@dataclass(frozen=True, slots=True)
class Flags:
    """The filters and the order given as flags."""

    family: Sequence[str] = ()
    license: Sequence[str] = ()
    language: Sequence[str] = ()
    max_params: str | None = None
    max_memory: str | None = None
    max_size: str | None = None
    min_context: str | None = None
    device: Sequence[str] = ()
    format: Sequence[str] = ()
    not_gated: bool = False
    sort: str = "score"
    limit: int = 10

    def filters(self) -> Filters:
        """Return the flags as filters; InputError for a number, a sort or a device that cannot be read."""
        if self.sort not in (known := ("score", BENCHMARK, *SORTS)):
            raise InputError(f"--sort: {self.sort!r} is not one of {', '.join(known)}")
        devices = frozenset(name.strip().lower() for name in self.device)
        if unknown := sorted(devices - set(DEVICES)):
            raise InputError(f"--device: {unknown[0]!r} is not one of {', '.join(DEVICES)}")
        return Filters(
            families=frozenset(self.family),
            licenses=frozenset(LICENSE_NAMES.get(name.strip().lower(), name) for name in self.license),
            languages=frozenset(code(name) or name for name in self.language),
            formats=frozenset(self.format),
            max_parameters=_number("--max-params", self.max_params, parse_count),
            max_bytes=min((bound for _, bound in self.bounds()), default=None),
            min_context=_number("--min-context", self.min_context, parse_count),
            devices=devices,
            not_gated=self.not_gated,
        )

    def bounds(self) -> list[tuple[str, int]]:
        """Return the limits on the bytes of the weights, by kind; InputError if one cannot be read."""
        given = (
            ("max_memory", _number("--max-memory", self.max_memory, parse_size)),
            ("max_bytes", _number("--max-size", self.max_size, parse_size)),
        )
        return [(kind, number) for kind, number in given if number is not None]


def check_names(catalog: Catalog, flags: Flags) -> None:
    """Check the names in the flags: one that no model has and no list contains is an InputError with similar names."""
    # Languages may also be given by name, licences by common names.
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
                raise InputError(f"--{flag}: {quoted(name)} is unknown; similar: {', '.join(near)}")


def search_document(catalog: Catalog, text: str, given: Filters, flags: Flags) -> dict[str, Any]:
    """Return the document that the command prints for one query; without models if it has no known word.

    The text is a task in plain words, or a model's name; `given` are the filters from `flags`.
    """
    understood, _ = catalog.read(text)
    filters = understood.filters(given)
    of_family = _of_family(catalog, text, understood, filters)
    constraints = _constraints(understood, given, flags)
    is_guess = not catalog.knows(text)
    is_lost = is_guess and bool(text.strip()) and not (understood.evidence or given.families)
    hits, is_met = ([], True) if is_lost else _hits(catalog, text, understood, (of_family, filters), flags)
    families = given.families or {understood.family}
    words = [f"{name} {FAMILIES[name].words}" for name in families if name in FAMILIES]
    published = benchmark(" ".join((text, *words)), [hit.card.scores for hit in hits])
    if flags.sort == BENCHMARK:
        sign = 1 if ERRORS.search(published or "") else -1
        hits.sort(key=lambda hit: sign * hit.card.scores.get(published or "", sign * math.inf))
    hits = hits[: flags.limit]
    return {
        "query": text,
        "family": understood.family,
        "family_words": list(understood.evidence),
        "is_guess": is_guess,
        "hint": _SAY_INSTEAD if is_lost else None,
        "unknown_model": text.strip() if _ID.fullmatch(text.strip()) and catalog.get(text.strip()) is None else None,
        "constraints": constraints,
        "benchmark": published,
        "models": [_model(hit) for hit in hits],
        "relax": [] if is_met else relaxations(catalog, text, of_family or filters, {c["kind"] for c in constraints}),
    }


def benchmark(words: str, published: Sequence[Mapping[str, float]]) -> str | None:
    """Return the best benchmark to compare models by; None if fewer than three publish the same one.

    Those named in the words of the query and its kind of task come first, then means over tasks, then the most
    published.
    """
    asked = _words(words)
    counts = Counter(name for figures in published for name in figures)
    names = [name for name, count in sorted(counts.items()) if count >= FEWEST_PUBLISHED]
    return max(names, default=None, key=lambda n: (len(asked & _words(n)), n.endswith(" tasks)"), counts[n]))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _of_family(catalog: Catalog, text: str, understood: Understood, filters: Filters) -> Filters | None:
    """Return the filters with the understood family; None if a flag or a model's name sets it, or no word does."""
    if understood.family is None or filters.families or catalog.get(text.strip()) is not None:
        return None
    return understood.filters(filters, with_family=True)


def _hits(
    catalog: Catalog, text: str, understood: Understood, wanted: tuple[Filters | None, Filters], flags: Flags
) -> tuple[list[Hit], bool]:
    """Return models, more than shown if another order is asked for, and whether any is of the family meant."""
    of_family, filters = wanted
    limit = flags.limit if flags.sort == "score" else POOL
    if of_family is None and filters.families:
        hits = found_of(catalog, text, filters, limit)
        is_met = bool(hits)
    elif of_family is None:
        hits = catalog.search(text, filters=filters, limit=limit)
        is_met = bool(hits)
    else:
        hits, is_met = page(catalog, text, understood, filters, limit)
    return sorted(hits, key=SORTS[flags.sort]) if flags.sort in SORTS else hits, is_met


def _constraints(understood: Understood, given: Filters, flags: Flags) -> list[dict[str, Any]]:
    """Return the constraints on the answer, from the words and from flags."""
    read: dict[tuple[str, str], list[str | int]] = {}
    for each in understood.constraints:
        read.setdefault((each.kind, each.words), []).append(each.value)
    entries: list[dict[str, Any]] = []
    for (kind, words), values in read.items():
        # A wish that several values meet, such as a permissive licence, is one constraint.
        value = "permissive" if PERMISSIVE_LICENSES.issubset(map(str, values)) else values[0]
        is_choice = len(values) > 1 and kind == "license"
        entries += [{"kind": kind, "value": v, "words": words} for v in ([value] if is_choice else values)]
        if is_choice:
            entries[-1]["any_of"] = values
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
    return entries + flagged


def _model(hit: Hit) -> dict[str, Any]:
    card = hit.card
    return {
        "id": card.id, "family": card.family, "parameters": card.parameters, "license": card.license,
        "score": round(hit.score, 6), "why": list(hit.why), "languages": list(card.languages),
        "formats": sorted(card.formats), "bytes": card.predicted_bytes(), "context_length": card.context_length,
        "gated": card.gated, "downloads": card.downloads, "variants": list(hit.variants),
        "published": dict(card.scores),
    }  # fmt: skip


def _number(flag: str, text: str | None, parse: Callable[[str], int]) -> int | None:
    if text is None:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise InputError(f"{flag}: {error}") from None


def relaxations(catalog: Catalog, text: str, filters: Filters, named: Collection[str] = ()) -> list[dict[str, Any]]:
    """Return the fewest constraints to drop to get results: single ones, else pairs, triples and so on.

    Those with the most results come first: `constraint` (their names joined), `constraints` (the names), `models` (how
    many models satisfy the rest), `first` (the best of them). A limit of bytes is named as in the answer (`named`).
    """
    none = Filters()
    kinds = KINDS | ({"max_bytes": "max_bytes"} if "max_bytes" in named and "max_memory" not in named else {})
    stated = [name for name in KINDS if getattr(filters, name) != getattr(none, name)]
    for count in range(1, len(stated) + 1):
        found = []
        for names in combinations(stated, count):
            rest = replace(filters, **{name: getattr(none, name) for name in names})
            models = catalog.count(rest)
            if models:
                found.append((models, [kinds[name] for name in names], rest))
        if found:
            # The family comes last: models for any task are no answer.
            found.sort(key=lambda each: ("family" in each[1], -each[0]))
            return [line for each in found[:MOST_RELAXED] if (line := _relaxation(catalog, text, *each)) is not None]
    return []


def _relaxation(catalog: Catalog, text: str, models: int, kinds: list[str], rest: Filters) -> dict[str, Any] | None:
    hits = catalog.search(text, filters=rest, limit=1)
    if not hits:
        return None
    return {"constraint": " + ".join(kinds), "constraints": kinds, "models": models, "first": hits[0].card.id}
