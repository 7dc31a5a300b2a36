"""`advisor catalog`: what the catalog holds and how far it can be trusted; `advisor search` in it."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from advisor.candidates.lookup import Flags, answer, check_names
from advisor.errors import InputError, one_line
from advisor.report.layout import table, wrap
from advisor.system.streams import emit, inform
from advisor.units import format_bytes, format_count
from catalog import open_catalog, share
from catalog.live_line import LiveLine
from catalog.refresh import run
from catalog.refresh.progress import Progress, describe, summary_lines
from catalog.store.generations import rollback
from catalog.verify import verify


def info(*, json_output: bool) -> None:
    """Print what the catalog holds."""
    with open_catalog() as catalog:
        figures = catalog.info()
    if json_output:
        document = asdict(figures)
        document["path"] = str(figures.path)
        emit(json.dumps(document, indent=2))
        return
    origin = run.status()
    emit(f"{figures.count:,} models, compiled {figures.built}, snapshot {figures.snapshot[:12]}")
    emit("the shipped catalog" if origin.current is None else f"landed {origin.current.landed}")
    if origin.pending is not None:
        emit(f"a refresh was interrupted after {origin.pending} pages; `advisor catalog refresh` continues from there")
    rows = [(family or "unknown", f"{count:,}") for family, count in figures.families.items()]
    emit("\n".join(["", *table(("family", "models"), rows, frozenset({1}))]))


def check(recorded: Path | None, *, json_output: bool) -> None:
    """Print how complete the catalog is and how well it agrees with a record of the Hub."""
    with open_catalog() as catalog:
        report = verify(catalog, recorded)
    emit(json.dumps(asdict(report), indent=2) if json_output else "\n".join(report.lines()))


def refresh(*, json_output: bool, quiet: bool, **options: Any) -> None:  # noqa: ANN401  of several kinds
    """Bring the catalog up to date; print how it goes and what was done. Options are those of `run.refresh`."""
    line, stage = LiveLine(), ""

    def show(progress: Progress) -> None:
        nonlocal stage
        line.show(describe(progress), at_once=progress.stage != stage)
        stage = progress.stage

    try:
        summary = run.refresh(progress=(lambda _: None) if quiet else show, **options)
    finally:
        line.end()
    for each in summary_lines(summary):
        inform(quiet=quiet)(each)
    if json_output:
        emit(json.dumps(asdict(summary)))


def roll_back(*, json_output: bool, quiet: bool) -> None:
    """Go back to the catalog before this one; say which is in use now."""
    found = rollback()
    landed, models = (None, None) if found is None else (found.landed, found.count)
    which = "The shipped catalog" if found is None else f"The catalog of {landed} with {models:,} models"
    inform(quiet=quiet)(f"{which} is in use{' again' if found is None else ''}. The same command undoes this.")
    if json_output:
        emit(json.dumps({"landed": landed, "models": models}))


def export_to(place: str, *, json_output: bool) -> None:
    """Export the catalog in use and say its hash."""
    shared = share.export(place)
    if json_output:
        emit(json.dumps(asdict(shared), indent=2, default=str))
        return
    emit(f"{shared.place}: {shared.models:,} models, {format_bytes(shared.size)}, sha256 {shared.sha256}")


def import_from(place: str, sha256: str | None, *, json_output: bool) -> None:
    """Import a catalog and put it in use."""
    imported = share.import_(place, sha256)
    if json_output:
        emit(json.dumps(asdict(imported), indent=2, default=str))
        return
    models = f"{imported.generation.count:,} models"
    emit(f"the imported catalog is in use: {models}" if imported.landed else f"it was in use already: {models}")


MAX_QUERY_BYTES = 1 << 20


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


def _lines(found: dict[str, Any], width: int | None) -> list[str]:
    words = f' (from "{", ".join(map(one_line, found["family_words"]))}")' if found["family_words"] else ""
    lines = [f"Family: {found['family'] or 'not clear'}{words}"]
    for constraint in found["constraints"]:
        source = f' (from "{one_line(constraint["words"], 60)}")' if constraint["words"] else " (flag)"
        lines.append(f"Constraint: {constraint['kind']} {_value(constraint)}{source}")
    if found["is_guess"]:
        lines.append("No word of this is known; what follows is a guess. Say what goes in and what should come out.")
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
            row.insert(5, _figure(model["published"].get(benchmark)))
    last = len(header) - 1
    return [*wrap(lines, width), "", *table(header, rows, frozenset({0, 3, 4}), width, optional=(last, last - 1))]


def _figure(score: float | None) -> str:
    return "" if score is None else f"{score:.3f}"


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
