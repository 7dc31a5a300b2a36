"""A disk that fills up in the middle of a run: the line names the folder and what to do, and no outcome is lost."""

import json
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from advisor.system.files import write_whole
from tests.conftest import Home, Ran, linked_home, run_advisor, run_python

STATIC = "wordllama-l2-supercat-256"
FIRST_OUTCOMES = 40 << 10
# More bytes than a run writes into a file at its start, and fewer than its outcomes take.
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, resource.RLIM_INFINITY))
sys.argv = ["advisor", *sys.argv[1:]]
from advisor.__main__ import main
main()
"""

# The disk is full but for some bytes from the first outcome on.
FILLED = """
import sys
from advisor.runs.store import RunStore
add = RunStore.add_outcomes
def fill_and_add(store, *outcomes):
    RunStore.add_outcomes = add
    with open({filler!r}, "wb", buffering=0) as filler:
        try:
            while filler.write(bytes(1 << 12)):
                pass
        except OSError:
            filler.truncate(filler.tell() - {left})
    add(store, *outcomes)
RunStore.add_outcomes = fill_and_add
sys.argv = ["advisor", *sys.argv[1:]]
from advisor.__main__ import main
main()
"""


def write_task(folder: Path, rows: int) -> Path:
    """Write a task whose outcomes take far more bytes than its examples."""
    words = ("meeting lunch minutes", "win free money prize")
    lines = ({"text": f"{words[n % 2]} {n}", "label": ("ham", "spam")[n % 2]} for n in range(rows))
    texts = [json.dumps(line) for line in lines]
    (folder / "rows.jsonl").write_text("\n".join(texts) + "\n", encoding="utf-8")
    task = folder / "task.yaml"
    task.write_text(
        "name: rows\ninstruction: Spam or ham?\nexamples: {path: rows.jsonl, near_duplicates: keep}\nbaselines: skip\n"
        f"teaching: {{count: 20}}\nbar: {{pass_rate: 0.99, confidence: 0.99}}\nmodels: [{STATIC}]\n",
        encoding="utf-8",
    )
    return task


def outcomes(home: Home) -> list[dict[str, object]]:
    """Return the whole lines of the run's outcomes; none where the disk was full before them."""
    path = next(home.data.glob("model-advisor/runs/*/outcomes.jsonl"), None)
    if path is None:
        return []
    whole = path.read_text(encoding="utf-8").rpartition("\n")[0]
    return [json.loads(line) for line in whole.splitlines()]


def check(home: Home, ran: Ran, words: str) -> None:
    """Check what is said, and that the same command continues once there is room."""
    assert ran.code == 5, ran.err
    line = ran.err[ran.err.index("error: ") :].splitlines()[0]
    assert line.startswith(f"error: {home.data / 'model-advisor'}")
    assert words in line
    assert line.endswith(", then the same command continues")
    assert json.loads(ran.out)["error"]["kind"] == "out_of_reach"


@pytest.mark.usefixtures("compiled_catalog")  # compiling it takes room too
def test_a_file_that_may_not_grow_ends_the_run_and_loses_nothing(starter_home: Home, tmp_path: Path) -> None:
    """The limit is met while outcomes are written; without it the same command continues with those that are there."""
    home = linked_home(tmp_path / "home", starter_home, STATIC)
    task = write_task(tmp_path, 800)
    done = run_python("-c", LIMITED.format(limit=130_000), "recommend", task, "--json", "--offline", home=home)
    check(home, Ran(done.returncode, done.stdout, done.stderr), "the limit on a file's size is reached; raise it")
    kept = outcomes(home)
    assert kept
    after = run_advisor(home, "recommend", task, "--json", "--offline")
    assert after.code in {0, 3, 4}, after.err
    assert outcomes(home)[: len(kept)] == kept


@pytest.fixture
def little_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a small file system of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None:
        pytest.skip("this system has no mount")
    made = subprocess.run([mount, "-t", "tmpfs", "-o", "size=4m", "tmpfs", place], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("mounting a file system takes rights that this user lacks")
    try:
        yield place
    finally:
        subprocess.run([umount, "-l", place], check=True)


@pytest.mark.usefixtures("compiled_catalog")
def test_a_disk_that_is_full_in_mid_run_is_named(starter_home: Home, tmp_path: Path, little_disk: Path) -> None:
    """A real file system with room for the first outcomes alone."""
    home = linked_home(little_disk, starter_home, STATIC)
    task = write_task(tmp_path, 800)
    code = FILLED.format(filler=str(little_disk / "filler"), left=FIRST_OUTCOMES)
    done = run_python("-c", code, "recommend", task, "--json", "--offline", home=home)
    check(home, Ran(done.returncode, done.stdout, done.stderr), "the disk is full; free some space")
    kept = outcomes(home)
    (little_disk / "filler").unlink()
    after = run_advisor(home, "recommend", task, "--json", "--offline")
    assert after.code in {0, 3, 4}, after.err
    assert outcomes(home)[: len(kept)] == kept


def test_a_file_is_for_its_owner_alone_unless_it_is_a_report(tmp_path: Path) -> None:
    """One written again keeps its permissions, and a failure leaves nothing."""
    path, usual = tmp_path / "task.yaml", tmp_path / "usual"
    usual.touch()
    write_whole(path, "name: a\n", is_private=False)
    assert path.stat().st_mode == usual.stat().st_mode
    path.unlink()
    write_whole(path, "name: a\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    write_whole(path, "name: b\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "folder", "")
    assert {each.name for each in tmp_path.iterdir()} == {"task.yaml", "usual", "folder"}
