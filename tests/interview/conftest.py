"""Fixtures: a real server with SmolLM2, as the tests of servers have it."""

from __future__ import annotations

from tests.servers.conftest import llama_server

__all__ = ["llama_server"]
