"""Fixtures: a local Hub with made-up models, and the real command in its own home."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from catalog.card import ModelCard
from catalog.store.compiler import read_snapshot
from tests.conftest import PATIENCE
from tests.local_hub import LocalHub

FAMILIES = ("text-classification", "fill-mask", "text-generation")
# Recent enough for the listing by last change to be worth it.
NOW = datetime(2026, 11, 1, tzinfo=UTC)


class Ran(NamedTuple):
    """Result of the command."""

    code: int
    out: str
    err: str

    @property
    def summary(self) -> dict[str, Any]:
        """Its output with --json."""
        return dict(json.loads(self.out))


class Machine:
    """One user's machine: the command's home, and its landed catalogs."""

    def __init__(self, folder: Path, hub: LocalHub, *, token: str | None = None) -> None:
        self.folder = folder
        self.environment = hub.environment(folder / "hf", token=token) | {
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "OMP_NUM_THREADS": "1",
        }

    def command(self, *arguments: str) -> list[str]:
        """The command line: see `tests.catalog_refresh.command`."""
        return [sys.executable, "-m", "tests.catalog_refresh.command", *arguments]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments), env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def refresh(self, *arguments: str, **environment: str) -> Ran:
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def python(self, code: str) -> Ran:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    @property
    def home(self) -> Path:
        return self.folder / "data" / "model-advisor" / "catalog"

    @property
    def current(self) -> str | None:
        path = self.home / "current.json"
        if not path.exists():
            return None
        current = json.loads(path.read_text())["current"]
        return None if current is None else str(current["snapshot"])

    @property
    def facts(self) -> dict[str, str]:
        """The catalog in use by id, but for its sources, which name the day."""
        bare = {name: replace(card, sources=(), parameters_source=None) for name, card in self.cards.items()}
        return {name: card.to_json() for name, card in bare.items()}

    def take_over(self, other: Machine) -> None:
        """Use another machine's catalog, without a journal, as if imported."""
        shutil.copytree(other.home / "snapshots", self.home / "snapshots")
        shutil.copy(other.home / "current.json", self.home)

    @property
    def cards(self) -> dict[str, ModelCard]:
        data = (self.home / "snapshots" / f"{(self.current or '')[:20]}.jsonl.gz").read_bytes()
        return {card.id: card for card in read_snapshot(data)}


class Here(Machine):
    """A machine whose command runs in the test's own process: quicker, where nothing is killed or cut off."""

    def refresh(self, *arguments: str, **environment: str) -> Ran:
        from tests.catalog_refresh.command import main

        out, err = io.StringIO(), io.StringIO()
        handler = signal.getsignal(signal.SIGTERM)
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "NO_PROXY", "no_proxy"):
                patch.setenv(name, self.environment[name])
            for name, value in environment.items():
                patch.setenv(name, value)
            # huggingface_hub has read its environment on import.
            patch.setattr("huggingface_hub.constants.ENDPOINT", self.environment["HF_ENDPOINT"])
            try:
                code = main(["--no-token", *arguments])
            finally:
                signal.signal(signal.SIGTERM, handler)
        return Ran(code, out.getvalue(), err.getvalue())


def fill(hub: LocalHub, count: int, *, start: int = 0) -> None:
    """List models of three families, no two alike, each a minute younger than the one before."""
    for number in range(start, start + count):
        family = FAMILIES[number % len(FAMILIES)]
        when = f"{NOW + timedelta(minutes=number):%Y-%m-%dT%H:%M:%S}.000Z"
        hub.records.put(
            f"acme/{family}-{number:04d}", pipeline_tag=family, downloads=1_000_000 - 7 * number, likes=number % 50,
            createdAt=when, lastModified=when,
            tags=["transformers", "safetensors", "en", "license:mit", family, f"topic-{number % 5}"],
            library_name="transformers", cardData={"license": "mit", "language": ["en", "de"]},
            config={"model_type": "bert", "tokenizer_config": {"chat_template": "{{ x }}" * 50}},
            safetensors={"parameters": {"F32": 1_000_000 + number}, "total": 1_000_000 + number},
        )  # fmt: skip


def listings(hub: LocalHub) -> list[str]:
    """The listing requests so far that were answered in full."""
    return [r.target for r in hub.requests if r.path == "/api/models" and r.status == 200]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine with a catalog of twelve models in use: reading it costs nothing, where the shipped one takes time."""
    with LocalHub() as running:
        fill(running, 12, start=90_000)
        machine = Machine(tmp_path_factory.mktemp("small"), running)
        ran = machine.refresh()
        assert ran.code == 0, ran.err
        return machine


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    """A hub with 240 models and a very large quota."""
    with LocalHub(tokens={"hf_reader": "reader"}) as running:
        running.limits.set("api", 1_000_000)
        fill(running, 240)
        yield running


@pytest.fixture
def machine(hub: LocalHub, small: Machine, tmp_path: Path) -> Machine:
    """A machine that has never refreshed from the hub."""
    made = Machine(tmp_path / "machine", hub)
    made.take_over(small)
    return made


@pytest.fixture
def here(hub: LocalHub, small: Machine, tmp_path: Path) -> Here:
    """The same, with the command in this process."""
    made = Here(tmp_path / "here", hub)
    made.take_over(small)
    return made


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the test process away from the developer's own catalog."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own" / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own" / "cache"))
    for name in [n for n in os.environ if n.startswith("HF_")]:
        monkeypatch.delenv(name)
