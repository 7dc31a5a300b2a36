"""The model listing: filters, order, pages, and which fields come back."""

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

BASIC = ("_id", "id", "likes", "private", "downloads", "tags", "pipeline_tag", "library_name", "createdAt",
         "modelId")  # fmt: skip
FULL = ("sha", "gated", "disabled", "siblings")
"""What full=true adds; safetensors, author, config, baseModels and lastModified come with expand alone."""

INFO_LEFT_OUT = frozenset({"baseModels", "childrenModelCount", "downloadsAllTime", "evalResults", "trendingScore"})
"""What a single model's record has only when asked for by name."""

_KNOWN = frozenset({
    "filter", "filter[]", "pipeline_tag", "search", "author", "gated", "num_parameters", "sort", "direction", "limit",
    "cursor", "full", "cardData", "config", "expand", "expand[]",
})  # fmt: skip


def page(records: Iterable[Record], request: Request) -> tuple[list[Record], str | None]:
    """Return one page of the listing, and the cursor of the next page if there is one.

    Raises:
        HubError: 400 for a parameter value the Hub refuses, 501 for a parameter that this hub does not play.
    """
    unknown = set(request.query) - _KNOWN
    if unknown:
        raise HubError(501, f"The local Hub does not play the parameter {', '.join(sorted(unknown))}")
    limit = min(_number(request, "limit", MAX_PAGE), MAX_PAGE)
    fields = _fields(request)
    field, ascending = _order(request)
    found = _sorted([record for record in records if _matches(record, request)], field, ascending=ascending)
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
    """Return the fields asked for by `expand` with id and _id, or None without `expand`.

    Raises:
        HubError: 400 for a name that the Hub does not know.
    """
    names = request.every("expand")
    if not names:
        return None
    for name in names:
        if name not in EXPANDABLE:
            raise HubError(400, f'"expand" must be one of [{", ".join(sorted(EXPANDABLE))}], not {name!r}')
    return ["_id", "id", *names]


def _fields(request: Request) -> list[str]:
    """Return the fields that the listing sends."""
    fields = expanded(request)
    if fields is None:
        fields = [*BASIC, *(FULL if request.flag("full") else ())]
        fields += [name for name in ("cardData", "config") if request.flag(name)]
    return fields


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


def _matches(record: Record, request: Request) -> bool:
    """Say whether a record passes every filter of the request."""
    labels = {*record["tags"], record.get("pipeline_tag"), record.get("library_name")}
    wanted = [label for value in request.every("filter") for label in value.split(",")]
    task, author, search = request.first("pipeline_tag"), request.first("author"), request.first("search")
    gated = request.first("gated")
    return (
        labels.issuperset(wanted)
        and task in {None, record.get("pipeline_tag")}
        and author in {None, record.get("author")}
        and (search is None or search.lower() in record["id"].lower())
        and (gated is None or (gated.lower() == "true") == bool(record["gated"]))
        and _within(record, request.first("num_parameters"))
    )


def _within(record: Record, bounds: str | None) -> bool:
    """Say whether the parameter count lies within "min:6B,max:128B"; unknown never does."""
    if bounds is None:
        return True
    total = (record.get("safetensors") or record.get("gguf") or {}).get("total")
    if total is None:
        return False
    for bound in bounds.split(","):
        side, _, text = bound.partition(":")
        try:
            value = _quantity(text)
        except ValueError as error:
            raise HubError(400, f'"num_parameters" has a bad bound {bound!r}') from error
        if (side == "min" and total < value) or (side == "max" and total > value):
            return False
    return True


def _quantity(text: str) -> float:
    """Return a number such as 500M or 6B."""
    scale = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}.get(text[-1:].upper())
    return float(text) if scale is None else float(text[:-1]) * scale


def _number(request: Request, name: str, default: int) -> int:
    """Return a positive integer parameter."""
    text = request.first(name)
    if text is None:
        return default
    if not text.isdigit() or int(text) == 0:
        raise HubError(400, f'"{name}" must be a positive number')
    return int(text)


def info(record: Record, request: Request) -> dict[str, Any]:
    """Return one model's record as /api/models/{id} sends it.

    Raises:
        HubError: 400 for an unknown `expand`.
    """
    fields = expanded(request)
    if fields is None:
        fields = [name for name in record if name not in INFO_LEFT_OUT]
    return project(record, fields)
