"""Fixtures: rows as a file, and a real server with SmolLM2 as the tests of servers have it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.interview.tables import Write
from tests.servers.conftest import llama_server

__all__ = ["llama_server"]


@pytest.fixture
def jsonl(tmp_path: Path) -> Write:
    def write(rows: Sequence[dict[str, Any]]) -> Path:
        path = tmp_path / "rows.jsonl"
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        return path

    return write
