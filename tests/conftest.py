"""Fixtures: a home of its own for every test, and the starter models, fetched once."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from catalog import Catalog, open_catalog
from catalog.store.compiler import compiled, shipped_snapshot
from tests import warm
from tests.accounts import Accounts

ROOT = Path(__file__).parent.parent
# A finished run of three candidates, as a version of format 2 wrote it.
SAMPLE = ROOT / "tests" / "runs" / "sample" / "e4def6a7438c"

# On a busy machine the time of one case means nothing. Cases that share a folder each write all of its files. CI draws
# the same cases each time, as a change is not to be refused for what it has not changed; a developer draws new ones.
NO_MATTER = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)
settings.register_profile("quick", deadline=None, suppress_health_check=NO_MATTER, max_examples=25)
settings.register_profile("all", settings.get_profile("quick"), derandomize=True, database=None)

# A shell that runs the tests in the background has interrupts ignored, and what is ignored is inherited.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Test processes side by side have processors of their own: each engine takes as many threads as it sees processors, and
# threads of two engines that wait for each other on the same ones take several times as long as one after another.
if (own := os.environ.get("PYTEST_XDIST_WORKER")) and hasattr(os, "sched_setaffinity"):
    processors, count = sorted(os.sched_getaffinity(0)), int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    os.sched_setaffinity(0, processors[int(own.removeprefix("gw")) :: count] or processors)

# How long a test waits for what must come, on a machine however busy; it costs nothing where it does.
PATIENCE = 180.0
# Set to keep the starter models between test runs.
KEPT_HOME = "MODEL_ADVISOR_TEST_HOME"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that runs the long tests as well; every CI that we know sets its variable."""
    is_ci = os.environ.get("CI", "").lower() in {"1", "true"}
    parser.addoption("--all", action="store_true", default=is_ci, help="run the tests marked soak as well")


def pytest_configure(config: pytest.Config) -> None:
    """Let what the tests start begin warm; the process that shares them out starts none but theirs."""
    config.pluginmanager.register(Accounts())
    settings.load_profile("all" if config.getoption("all") else "quick")
    if os.environ.get("PYTEST_XDIST_WORKER") or config.getoption("dist", "no") == "no":
        warm.install()
    os.fsync = warm.no_sync
    warm.save_time()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """Have one process compile the tests' files, as pytest rewrites their asserts, before the others read them."""
    with warm.first_alone("collection"):
        return (yield)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests out, unless all are to run."""
    if config.getoption("all"):
        return
    config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("soak")])
    items[:] = [item for item in items if not item.get_closest_marker("soak")]


class Home(NamedTuple):
    """Folders that stand in for a user's: data, cache, and the Hub's cache."""

    data: Path
    cache: Path
    hub: Path

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a process use these folders, with the Hub out of reach."""
        return {
            "XDG_DATA_HOME": str(self.data),
            "XDG_CACHE_HOME": str(self.cache),
            "XDG_CONFIG_HOME": str(self.data.parent / "config"),
            "HF_HOME": str(self.hub),
            "HF_ENDPOINT": "http://127.0.0.1:9",  # the discard port: nothing listens
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "NO_COLOR": "1",
            "COLUMNS": "200",
        }

    def outcomes(self) -> list[dict[str, Any]]:
        """Return the outcomes of all runs on disk, a last line that is being written left out."""
        found = []
        for path in self.data.glob("model-advisor/runs/*/outcomes.jsonl"):
            found += [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]
        return found


def only_line(text: str) -> str:
    """Return the one line that an error is, without "error: "; only numbered ways on may follow it."""
    line, *ways = text.strip().splitlines()
    assert line.startswith("error: "), text
    assert [way[:5] for way in ways] == [f"  {number}. " for number in range(1, len(ways) + 1)], text
    return line.removeprefix("error: ")


class Ran(NamedTuple):
    """What a command line did."""

    code: int
    out: str
    err: str


def make_home(folder: Path) -> Home:
    return Home(folder / "data", folder / "cache", folder / "hub")


def linked_home(folder: Path, starter: Home, *models: str) -> Home:
    """Return a home of its own with the starter models in it by links, and their caches; or with these models alone."""
    mine = make_home(folder)
    held, place = starter.data / "model-advisor" / "models", mine.data / "model-advisor" / "models"
    if not models:
        place.parent.mkdir(parents=True)
        place.symlink_to(held)
        return Home(mine.data, starter.cache, starter.hub)
    place.mkdir(parents=True)
    for model in models:
        (place / model).symlink_to((held / model).resolve())
    return mine._replace(cache=starter.cache)


def move_into(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a home that of this very process, during a test."""
    for name, value in home.environment.items():
        monkeypatch.setenv(name, value)
    # The Hub's client reads its variable once, when the first test imports it.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(home.hub / "hub"))


def run_python(
    *arguments: str | Path,
    home: Home | None = None,
    variables: Mapping[str, str] | None = None,
    check: bool = False,
    **more: Any,
) -> subprocess.CompletedProcess[str]:
    """Run Python at the root, with the variables of a home and others; more is for `subprocess.run`."""
    environment = os.environ | (home.environment if home else {}) | (variables or {})
    given = {"cwd": ROOT, "env": environment, "timeout": 500} | more
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=check, **given)


def begin_python(
    *arguments: str | Path, home: Home | None = None, variables: Mapping[str, str] | None = None, **more: Any
) -> subprocess.Popen[str]:
    """Start Python as `run_python` runs it, with pipes for all three streams; more is for `subprocess.Popen`."""
    environment = os.environ | (home.environment if home else {}) | (variables or {})
    given = {"cwd": ROOT, "env": environment} | dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE) | more
    return subprocess.Popen([sys.executable, *map(str, arguments)], text=True, **given)


def run_advisor(home: Home, *arguments: str | Path, piped: str = "", code: int | None = None, **more: Any) -> Ran:
    """Run the command as a user would, in a home of its own; `code` is how it must end, more is for `run_python`."""
    done = run_python("-m", "advisor", *arguments, home=home, input=piped, **more)
    assert code in {None, done.returncode}, done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def cold() -> Iterator[None]:
    """Have the processes of a test begin as a user's do, with nothing imported."""
    before = warm.switched(is_off=True)
    yield
    warm.switched(is_off=before)


def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a temporary folder that test processes running side by side share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def compiled_catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of a home in which the shipped catalog is compiled; what is in it is never changed in place."""
    kept = os.environ.get(KEPT_HOME)
    base = make_home(Path(kept) if kept else shared_folder(tmp_path_factory) / "starter")
    _, is_temporary = compiled(shipped_snapshot(), base.cache / "model-advisor" / "catalog")
    assert not is_temporary
    return base.cache


@pytest.fixture(scope="session")
def shipped_folder(compiled_catalog: Path) -> Path:
    return compiled(shipped_snapshot(), compiled_catalog / "model-advisor" / "catalog")[0]


@pytest.fixture(scope="session")
def shipped(shipped_folder: Path) -> Iterator[Catalog]:
    with open_catalog(shipped_folder) as catalog:
        yield catalog


@pytest.fixture
def home(compiled_catalog: Path, tmp_path: Path) -> Home:
    """An empty home, but for the compiled catalog: compiling it takes seconds."""
    mine = make_home(tmp_path / "home")
    shutil.copytree(compiled_catalog / "model-advisor", mine.cache / "model-advisor", copy_function=os.link)
    return mine


@pytest.fixture(scope="session")
def starter_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home that holds the starter models; treat it as read-only but for runs."""
    kept = os.environ.get(KEPT_HOME)
    base = make_home(Path(kept) if kept else shared_folder(tmp_path_factory) / "starter")
    with FileLock(shared_folder(tmp_path_factory) / "starter.lock"):
        ran = run_advisor(base, "models", "starter", "--yes")
    assert ran.code == 0, ran.err
    return base


@pytest.fixture
def ready_home(starter_home: Home, tmp_path: Path) -> Home:
    """A home of its own with the starter models in it, by links: runs made here are seen by no other test."""
    return linked_home(tmp_path / "ready", starter_home)


@pytest.fixture
def speech_home(ready_home: Home) -> Home:
    """A home with Whisper tiny.en, fetched once into the shared Hub cache."""
    ran = run_advisor(ready_home, "models", "starter", "--yes", "--speech")
    assert ran.code == 0, ran.err
    return ready_home


@pytest.fixture
def empty_hub_home(ready_home: Home, tmp_path: Path) -> Home:
    """The local starter models, and a Hub cache that is empty."""
    return Home(ready_home.data, ready_home.cache, tmp_path / "hub")


@pytest.fixture
def here(ready_home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with models that this very process uses."""
    move_into(ready_home, monkeypatch)
    return ready_home


@pytest.fixture(scope="session")
def tagging_models(starter_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with the starter models, by links, and spaCy's small English pipeline."""
    kept = os.environ.get(KEPT_HOME)
    base = make_home((Path(kept) if kept else shared_folder(tmp_path_factory)) / "tags")._replace(hub=starter_home.hub)
    models = base.data / "model-advisor" / "models"
    with FileLock(shared_folder(tmp_path_factory) / "tags.lock"):
        models.mkdir(parents=True, exist_ok=True)
        for model in (starter_home.data / "model-advisor" / "models").iterdir():
            if not (models / model.name).exists():
                (models / model.name).symlink_to(model)
        ran = run_advisor(base, "models", "starter", "--yes", "--tags")
    assert ran.code == 0, ran.err
    return models


@pytest.fixture
def tags_home(tagging_models: Path, starter_home: Home, tmp_path: Path) -> Home:
    """A home of its own with the starter models and spaCy's small English pipeline in it, by links."""
    mine = make_home(tmp_path / "tags")
    models = mine.data / "model-advisor" / "models"
    models.parent.mkdir(parents=True)
    models.symlink_to(tagging_models)
    return Home(mine.data, starter_home.cache, starter_home.hub)


@pytest.fixture(scope="session")
def small_task(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A task file with 240 short texts, 100 of which teach; quick enough to be run many times."""
    folder = tmp_path_factory.mktemp("small")
    with (ROOT / "examples" / "spam" / "mails.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:240]
    with (folder / "subjects.jsonl").open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps({"text": row["text"][:160], "label": row["label"]}) + "\n")
    task = folder / "task.yaml"
    task.write_text(
        """\
name: subjects
instruction: Decide whether a mail is spam or ham.
labels: {ham: a wanted mail, spam: an unwanted bulk or fraudulent mail}
examples: {path: subjects.jsonl}
prompt: {examples: 0}
teaching: {count: 100}
bar: {pass_rate: 0.97}
baselines: skip
""",
        encoding="utf-8",
    )
    return task


@pytest.fixture(scope="session")
def quick_task(small_task: Path, starter_home: Home) -> Path:
    """A third of that task with the candidates that load in a second, three engines of them."""
    from tests.probe.tiny import cut_gguf  # it imports this file

    models = f"wordllama-l2-supercat-256, paraphrase-MiniLM-L3-v2-onnx, {cut_gguf(starter_home)}"
    task, rows = small_task.with_name("quick.yaml"), small_task.with_name("subjects.jsonl")
    rows.with_name("third.jsonl").write_text("".join(rows.read_text("utf-8").splitlines(keepends=True)[:80]), "utf-8")
    text = small_task.read_text("utf-8").replace(rows.name, "third.jsonl").replace("count: 100", "count: 40")
    task.write_text(f"{text}models: [{models}]\n", encoding="utf-8")
    return task


@pytest.fixture(scope="session")
def quick_run(starter_home: Home, quick_task: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Ran]:
    """A home with a finished run of that task, and what the command printed; made once for all, and only read."""
    shared = shared_folder(tmp_path_factory)
    printed = shared / "quick-run.json"
    home = Home(make_home(shared / "quick-run").data, starter_home.cache, starter_home.hub)
    with FileLock(shared / "quick-run.lock"):
        if not printed.exists():
            linked_home(shared / "quick-run", starter_home)
            printed.write_text(json.dumps(run_advisor(home, "recommend", quick_task, "--offline")), encoding="utf-8")
    ran = Ran(*json.loads(printed.read_text(encoding="utf-8")))
    assert ran.code in {0, 3, 4}, ran.err
    return home, ran
