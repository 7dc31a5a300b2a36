"""What the tests of the local Hub ask it through the real client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.local_hub import (
    LocalHub,
    run_client,
)

if TYPE_CHECKING:
    from pathlib import Path


IMPORTS = """
import json
from huggingface_hub import HfApi, hf_hub_download, snapshot_download, list_models, model_info
from huggingface_hub.utils import get_session, http_backoff, hf_raise_for_status, parse_ratelimit_headers
from huggingface_hub.constants import ENDPOINT
api = HfApi()

def kind(call):
    # The class of the exception and the status that a call ends with.
    try:
        call()
    except Exception as error:
        response = getattr(error, "response", None)
        return [type(error).__name__, response.status_code if response is not None else None]
    return None

def walk(**params):
    # Pages of ids, by following the Link header.
    pages, url = [], f"{ENDPOINT}/api/models"
    while url:
        response = http_backoff("GET", url, params=params, base_wait_time=0, timeout=20)
        hf_raise_for_status(response)
        pages.append([record["id"] for record in response.json()])
        url, params = response.links.get("next", {}).get("url"), None
    return pages
"""


def ask(hub: LocalHub, tmp_path: Path, code: str, *, token: str | None = None) -> Any:
    """Run client code against the hub with a home below `tmp_path`."""
    return run_client(hub, IMPORTS + code, tmp_path / "home", token=token)


def fill(hub: LocalHub, count: int) -> list[str]:
    """List models m000... with downloads falling in steps of ten models; return their ids in that order."""
    for number in range(count):
        created = f"2025-01-01T{number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}.000Z"
        hub.records.put(f"acme/m{number:04d}", downloads=1000 - number // 10, createdAt=created)
    return [f"acme/m{number:04d}" for number in range(count)]
