"""The model listing as our client asks for it: of a task, in an order, by pages, with the fields that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from huggingface_hub.hf_api import ExpandModelProperty_T

from tests.local_hub import cursor
from tests.local_hub.wire import HubError, Request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.local_hub.cursor import Record

MAX_PAGE = 1000
SORTS = {"downloads", "likes", "lastModified", "createdAt", "trendingScore"}

EXPANDABLE = frozenset(get_args(ExpandModelProperty_T))
"""The values of `expand`: what the installed huggingface_hub declares (31 in 2.4.0)."""

INFO_LEFT_OUT = frozenset({"baseModels", "childrenModelCount", "downloadsAllTime", "evalResults", "trendingScore"})
"""What a single model's record has only when asked for by name."""

_KNOWN = frozenset({"pipeline_tag", "sort", "direction", "limit", "cursor", "expand"})


def page(records: Iterable[Record], request: Request) -> tuple[list[Record], str | None]:
    """Return one page of the listing, and the cursor of the next page if there is one."""
    unknown = set(request.query) - _KNOWN
    if unknown:
        raise HubError(501, f"The local Hub does not play the parameter {', '.join(sorted(unknown))}")
    limit = min(_number(request, "limit", MAX_PAGE), MAX_PAGE)
    fields = expanded(request) or ["_id", "id"]
    field, ascending = _order(request)
    task = request.first("pipeline_tag")
    found = [record for record in records if task in {None, record.get("pipeline_tag")}]
    found = _sorted(found, field, ascending=ascending)
    start = _start(found, request)
    repeated = found[max(start - request.repeat, 0) : start]
    fresh = found[start : start + limit]
    more = start + limit < len(found)
    following = cursor.encode(cursor.after(field, fresh[-1], ascending=ascending)) if more else None
    return [project(record, fields) for record in (*repeated, *fresh)], following


def project(record: Record, fields: Iterable[str]) -> Record:
    """Return the named fields of a record; those not set are left out."""
    return {name: record[name] for name in fields if record.get(name) is not None}


def expanded(request: Request) -> list[str] | None:
    """Return the fields asked for by `expand` with id and _id, or None without `expand`."""
    names = request.every("expand")
    if not names:
        return None
    for name in names:
        if name not in EXPANDABLE:
            raise HubError(400, f'"expand" must be one of [{", ".join(sorted(EXPANDABLE))}], not {name!r}')
    return ["_id", "id", *names]


def _order(request: Request) -> tuple[str, bool]:
    """Return the field to sort by, and whether it ascends."""
    sort = request.first("sort") or "trendingScore"
    if sort not in SORTS:
        raise HubError(400, f'"sort" must be one of [{", ".join(sorted(SORTS))}]')
    direction = request.first("direction") or "-1"
    if direction not in {"1", "-1"}:
        raise HubError(400, '"direction" must be one of [1, -1]')
    return ("_id" if sort == "createdAt" else sort), direction == "1"


def _sorted(records: list[Record], field: str, *, ascending: bool) -> list[Record]:
    """Return the records in order: by the field, null lowest, ties by ascending _id."""
    records.sort(key=lambda record: record["_id"])
    present = [record for record in records if record.get(field) is not None]
    absent = [record for record in records if record.get(field) is None]
    present.sort(key=lambda record: record[field], reverse=not ascending)  # stable, also when reversed
    return [*absent, *present] if ascending else [*present, *absent]


def _start(found: list[Record], request: Request) -> int:
    """Return the index at which the page begins."""
    text = request.first("cursor")
    if text is None:
        return 0
    try:
        condition = cursor.decode(text)
        return next((i for i, record in enumerate(found) if cursor.holds(condition, record)), len(found))
    except (ValueError, TypeError, AttributeError) as error:
        raise HubError(400, "Invalid cursor") from error


def _number(request: Request, name: str, default: int) -> int:
    """Return a positive integer parameter."""
    text = request.first(name)
    if text is None:
        return default
    if not text.isdigit() or int(text) == 0:
        raise HubError(400, f'"{name}" must be a positive number')
    return int(text)


def info(record: Record, request: Request) -> dict[str, Any]:
    """Return one model's record as /api/models/{id} sends it."""
    fields = expanded(request)
    if fields is None:
        fields = [name for name in record if name not in INFO_LEFT_OUT]
    return project(record, fields)
