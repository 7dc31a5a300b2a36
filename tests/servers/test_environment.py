"""What a worker's environment lets through: no network, no key, but for an engine that asks a server."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from advisor.probe.supervisor import environment
from tests.probe.support import spec
from tests.servers.scripted import Answer, serving

if TYPE_CHECKING:
    from pathlib import Path

SECRETS = (
    "HF_TOKEN",
    "HUGGING_FACE_HUB_TOKEN",
    "OPENAI_API_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "GITHUB_TOKEN",
    "DB_PASSWORD",
    "SSH_AUTH_SOCK",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "secret",
)
HARMLESS = ("PATH", "HOME", "TOKENIZERS_PARALLELISM", "KEYBOARD", "MONKEY", "LC_ALL", "AUTHOR", "PYTHONPATH")


@pytest.fixture(autouse=True)
def _set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*SECRETS, *HARMLESS):
        monkeypatch.setenv(name, os.environ.get(name, "x"))


@pytest.mark.parametrize("runtime", ["static", "llama.cpp", "transformers", "faster-whisper"])
def test_local_engines_have_no_key_and_no_network(tmp_path: Path, runtime: str) -> None:
    """Whatever the task says of a key: an engine that loads files gets none."""
    found = environment(spec(tmp_path, runtime, options={"key_env": "OPENAI_API_KEY"}))
    assert not found.keys() & set(SECRETS)
    assert found.keys() >= set(HARMLESS)
    assert found["HF_HUB_OFFLINE"] == "1"


@pytest.mark.parametrize("key", ["OPENAI_API_KEY", None])
def test_an_engine_that_asks_has_its_one_key(tmp_path: Path, key: str | None) -> None:
    """No other goes along."""
    found = environment(spec(tmp_path, "openai", options={"key_env": key}))
    assert found.keys() & set(SECRETS) == ({key} if key else set())
    assert "HF_HUB_OFFLINE" not in found or "HF_HUB_OFFLINE" in os.environ


@pytest.mark.parametrize(
    "way",
    [
        "import urllib.request as u; u.urlopen({url!r})",
        "from advisor.servers.client import library; library().get({url!r})",
        "from huggingface_hub import HfApi; HfApi(endpoint={url!r}).model_info('a/b')",
    ],
)
def test_the_usual_ways_out_are_closed(tmp_path: Path, way: str) -> None:
    """Real requests from a real process with that environment: none arrives, even on this machine."""
    with serving(lambda _: Answer(200, {})) as (url, seen):
        code = way.format(url=url)
        closed = environment(spec(tmp_path, "static"))
        done = subprocess.run([sys.executable, "-c", code], env=closed, capture_output=True, check=False, timeout=60)
        assert done.returncode != 0
        assert seen == []
        open_way = environment(spec(tmp_path, "openai"))
        subprocess.run([sys.executable, "-c", code], env=open_way, capture_output=True, check=False, timeout=60)
        assert seen
