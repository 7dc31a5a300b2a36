"""Fixtures: a real server with SmolLM2."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import Home, begin_python

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def llama_server(starter_home: Home) -> Iterator[str]:
    """The address of a llama.cpp server that serves SmolLM2-135M under the name smollm2."""
    with serving(next((starter_home.hub / "hub").glob("models--QuantFactory--*/snapshots/*/*.gguf"))) as address:
        yield address


@contextmanager
def serving(file: Path) -> Iterator[str]:
    """Serve a GGUF file by llama.cpp; give its address."""
    with begin_python(HERE / "llama_server.py", file, stderr=subprocess.DEVNULL) as process:
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), address
        yield address
        process.kill()
