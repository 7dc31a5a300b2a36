"""`advisor search`: models of the catalog for a task in plain words; does not import the refresh."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from advisor.candidates.lookup import Flags, check_names, search_document
from advisor.errors import InputError, one_line
from advisor.report.tables import table, wrap
from advisor.system.source import set_option
from advisor.system.streams import emit
from advisor.units import counted, format_bytes, format_count
from catalog import open_catalog

MAX_QUERY_BYTES = 1 << 20


def search(text: str, flags: Flags, *, json_output: bool, width: int | None) -> None:
    given = flags.filters()
    with open_catalog() as catalog:
        check_names(catalog, flags)
        found = search_document(catalog, text, given, flags)
        if json_output:
            emit(json.dumps(found, indent=2))
        else:
            emit("\n".join(_lines(found, width)))


def batch(path: Path, flags: Flags) -> None:
    """Answer every query of a file of `{"id", "text"}` lines, one JSON answer per line, in order."""
    given = flags.filters()
    with open_catalog() as catalog:
        check_names(catalog, flags)
        for identity, text in _queries(path):
            emit(json.dumps({"id": identity} | search_document(catalog, text, given, flags)))


def _lines(found: dict[str, Any], width: int | None) -> list[str]:
    words = f' (from "{", ".join(map(one_line, found["family_words"]))}")' if found["family_words"] else ""
    lines = [f"Family: {found['family'] or 'not clear'}{words}"]
    said = {(each["kind"], str(each["value"])) for each in found["constraints"] if each["words"]}
    for constraint in found["constraints"]:
        if not constraint["words"] and (constraint["kind"], str(constraint["value"])) in said:
            continue
        source = f' (from "{one_line(constraint["words"], 60)}")' if constraint["words"] else ""
        lines.append(f"Constraint: {constraint['kind']} {_value(constraint)}{source}")
    if found["hint"]:
        return wrap([f"No word of this is known. {found['hint']}"], width)
    if unknown := found["unknown_model"]:
        tries = f"`advisor recommend` with {set_option('models', [unknown])} tries it"
        lines = [f"{one_line(unknown)} is not in the catalog; {tries}. Models with similar names:"]
    if found["is_guess"]:
        lines.append("No word of this is known; what follows is a guess. Say what goes in and what should come out.")
    if found["relax"]:
        kind = f"{found['family']} model" if found["models"] else "model"
        lines += ["", f"No {kind} in the catalog satisfies all of this."]
        lines += [
            f"Without the constraint{'s' if len(each['constraints']) > 1 else ''} on "
            f"{' and '.join(each['constraints'])}: {counted(each['models'], 'model')}, "
            f"first {one_line(each['first'])}"
            for each in found["relax"]
        ]
        lines += ["Models of other families that do:"] if found["models"] else []
    if not found["models"]:
        return wrap(lines, width)
    rows = [
        [
            str(number),
            one_line(model["id"], 70),
            model["family"] or "?",
            format_count(model["parameters"]),
            format_bytes(model["bytes"]),
            model["license"] or "?",
            one_line("; ".join(model["why"]), 90),
        ]
        for number, model in enumerate(found["models"], start=1)
    ]
    header = ["#", "model", "family", "params", "weights", "licence", "why"]
    if benchmark := found["benchmark"]:
        lines.append(f"Score: {one_line(benchmark)}, as published")
        header.insert(5, "score")
        for row, model in zip(rows, found["models"], strict=True):
            row.insert(5, f"{model['published'][benchmark]:.3f}" if benchmark in model["published"] else "")
    last = len(header) - 1
    return [*wrap(lines, width), "", *table(header, rows, frozenset({0, 3, 4}), width, optional=(last, last - 1))]


def _value(constraint: dict[str, Any]) -> str:
    value = constraint["value"]
    if isinstance(value, int):
        in_bytes = constraint["kind"] in {"max_bytes", "max_memory"}
        return format_bytes(value) if in_bytes else format_count(value)
    return one_line(value, 40)


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
