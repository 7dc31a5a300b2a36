"""Fixtures: a home of its own for the session under test, a small catalog with odd names, facts that stand still."""

import asyncio
import inspect
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from textual import _wait
from textual.css.stylesheet import Stylesheet

from advisor.candidates import hub
from catalog import ModelCard, WeightFile
from catalog.store.generations import exclusive, land
from tests.conftest import Home, make_home, move_into, shared_folder
from tui import facts, fits
from tui.facts import DAY, FactText
from tui.finder import Finder, Found, Query

# What a screen shows must not end the program, nor change its colours, nor move its cursor.
HOSTILE = "evil/[bold red]model[/]\x1b[31m"
COLOURS = ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TEXTUAL_DRIVER", "TERM_PROGRAM", "TEXTUAL_COLOR_SYSTEM")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is a coroutine in a loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    asyncio.run(pyfuncitem.obj(**arguments))
    return True


@pytest.fixture
def home(compiled_catalog: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with the compiled catalog alone, this process's too; no Hub can be reached, all colours are there."""
    home = make_home(tmp_path_factory.mktemp("home"))
    shutil.copytree(compiled_catalog / "model-advisor", home.cache / "model-advisor", copy_function=os.link)
    move_into(home, monkeypatch)
    for name in COLOURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home.data.parent / "config"))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    return home


@pytest.fixture(autouse=True, scope="session")
def _parsed_once() -> Iterator[None]:
    """Style sheets are parsed once in a test process: each start of the session parses the same ones again."""
    parse, rules = Stylesheet._parse_rules, {}

    def parsed(self: Stylesheet, *given: Any, **named: Any) -> Any:
        key = (given, *named.items(), *self._variables.items())
        if key not in rules:
            rules[key] = parse(self, *given, **named)
        return rules[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", parsed)
        yield


@pytest.fixture(autouse=True, scope="session")
def _looked_at_sooner() -> Iterator[None]:
    """The toolkit looks whether the session is idle after ten milliseconds, not twenty: twice for each key."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_wait, "SLEEP_GRANULARITY", 0.01)
        yield


@pytest.fixture(autouse=True)
def _own_home(home: Home) -> None:
    """No test looks into the developer's own folders."""


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Home's facts as of one machine, for a picture must not tell of the machine that draws it."""
    monkeypatch.setattr(hub, "free_bytes", lambda: 79_000_000_000)  # shown with the planned download
    shown = {
        "memory": FactText("9.4 GB of 16 GB free"),
        "processors": FactText("8, a probe uses 8"),
        "disk": FactText("212 GB free"),
        "gpu": FactText("none found"),
        "catalog": FactText("18,798, 9 days old"),
        "models": FactText("4"),
        "servers": FactText("Ollama (3)"),
    }
    monkeypatch.setattr("tui.facts._seconds_since", lambda day: 9 * DAY if day else None)
    place = fits.Place(fits.THIS, 16_000_000_000, is_here=True, speed=2e10, threads=2)
    monkeypatch.setattr(fits, "here", lambda _: place)
    monkeypatch.setattr(fits, "installed", lambda: frozenset({"embed/minilm-multi"}))
    stand_ins = tuple((key, name, lambda key=key: shown[key]) for key, name, _ in facts.facts(Finder()))
    monkeypatch.setattr("tui.screens.home.facts", lambda _: stand_ins)


SCORES = {"acme/sentiment-small": 0.881, "acme/sentiment-large": 0.915, "acme/sentiment-multi": 0.87}


def cards() -> list[ModelCard]:
    """Return a small catalog's cards; two have names that a terminal or a markup language would obey."""

    def card(name: str, family: str, parameters: int, licence: str | None, *facts: Any) -> ModelCard:
        downloads, form = facts
        return ModelCard(
            id=name, revision="0" * 40, family=family, parameters=parameters, parameters_standing="exact",
            license=licence, languages=("en", "de") if "multi" in name else ("en",),
            files=(WeightFile("model." + form, form, "fp32", parameters * 4),), downloads=downloads, context_length=512,
            updated="2026-08-22", sources=("test: everything",),
            scores={"Sentiment (3 tasks)": SCORES[name]} if name in SCORES else {},
        )  # fmt: skip

    return [
        card("acme/sentiment-small", "text-classification", 22_000_000, "apache-2.0", 120_000, "safetensors"),
        card("acme/sentiment-large", "text-classification", 330_000_000, "apache-2.0", 90_000, "safetensors"),
        card("acme/sentiment-multi", "text-classification", 118_000_000, "mit", 70_000, "onnx"),
        card("names/ner-base", "token-classification", 108_000_000, "mit", 50_000, "safetensors"),
        card("names/ner-tiny", "token-classification", 4_400_000, None, 900, "onnx"),
        card("embed/minilm-multi", "sentence-similarity", 22_700_000, "apache-2.0", 9_000_000, "safetensors"),
        card("chat/instruct-1b", "text-generation", 1_100_000_000, "llama3.2", 4_000_000, "gguf"),
        card("chat/instruct-8b", "text-generation", 8_000_000_000, "other", 2_000_000, "gguf"),
        card("sums/summary-base", "summarization", 139_000_000, "cc-by-4.0", 30_000, "safetensors"),
        card(HOSTILE, "text-classification", 1_000_000, "[/]", 10, "safetensors"),
        card("wide/日本語モデル", "text-classification", 66_000_000, "mit", 5_000, "safetensors"),
    ]


@pytest.fixture(scope="session")
def compiled_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which the small catalog is compiled once for all test processes."""
    folder = shared_folder(tmp_path_factory) / "small-catalog"
    with FileLock(folder.with_suffix(".lock")), pytest.MonkeyPatch.context() as patch:
        if not folder.exists():
            _land(make_home(folder), patch)
    return folder / "cache"


def _land(home: Home, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("XDG_DATA_HOME", str(home.data))
    patch.setenv("XDG_CACHE_HOME", str(home.cache))
    with exclusive():
        land([card.to_json() for card in sorted(cards(), key=lambda c: (c.id.lower(), c.id))], "import")


@pytest.fixture
def small_catalog(home: Home, compiled_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home whose catalog in use is the small one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(compiled_cache))
    with exclusive():
        land([card.to_json() for card in sorted(cards(), key=lambda c: (c.id.lower(), c.id))], "import")
    return home


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search says always the same time."""
    search = Finder.search

    def timed(self: Finder, query: Query) -> Found:
        return Found(query, search(self, query).document, 0.012)

    monkeypatch.setattr(Finder, "search", timed)
