"""Wrong input through the real command: one line on standard error, nothing on standard output, exit code 2."""

import sys
from pathlib import Path

import pytest

from tests.conftest import Home, only_line, run_advisor, run_python
from tests.task.helpers import HEAD, write

GOOD = "text,label\n" + "".join(f"text {n},{'xy'[n % 2]}\n" for n in range(20))
LONG_LINE = 200 << 20
MOST_MEMORY = 160 << 20


def refused(home: Home, task: Path) -> str:
    """Run the command on a wrong task and return its one line."""
    ran = run_advisor(home, "recommend", task, "--plan-only")
    assert (ran.code, ran.out) == (2, "")
    line = only_line(ran.err)
    assert line.isprintable()
    return line


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, ": no such file; give the path of a task file"),
        (HEAD + "sed: 1\n", ":4: sed: unknown key; did you mean 'seed'?"),
        (b"name: a\nx: \0\n", ":2: holds a NUL byte; save it as plain UTF-8 text"),
    ],
)
def test_a_wrong_task_file(home: Home, tmp_path: Path, content: str | bytes | None, said: str) -> None:
    """The line names the task file, the line in it, and the cure."""
    path = tmp_path / "task.yaml"
    if content is not None:
        write(path, content)
    assert refused(home, path).startswith(f"{path}{said}")


@pytest.mark.parametrize(
    ("name", "content", "more", "said"),
    [
        ("mails.csv", None, "", ": no such file; check its name; in a task file a path is relative to that file"),
        (
            "mails.csv",
            GOOD + "a,z\n",
            "labels: [x, y]\n",
            ":22: the label 'z' is not one of the task's; they are 'x', 'y';",
        ),
        ("mails.json", '[\n{"text": "a"}]', "", ":2: has no column 'label'; its columns are: 'text'."),
    ],
)
def test_wrong_examples(  # noqa: PLR0917  a case's parts
    home: Home, tmp_path: Path, name: str, content: str | bytes | None, more: str, said: str
) -> None:
    """The line names the examples file, the line in it, and the cure."""
    task = write(tmp_path / "task.yaml", HEAD.replace("mails.csv", name) + more)
    if content is not None:
        write(tmp_path / name, content)
    assert refused(home, task).startswith(f"{tmp_path / name}{said}")


def test_good_input_is_not_refused(home: Home, tmp_path: Path) -> None:
    """What these tests vary is right: it ends for want of a model, with another code."""
    write(tmp_path / "mails.csv", GOOD)
    ran = run_advisor(home, "recommend", write(tmp_path / "task.yaml", HEAD), "--plan-only", "--offline")
    assert ran.code not in {2, 1}, ran.err


# Memory is the loader's own: the command's other modules would only blur it.
MEASURE = """
import sys
from pathlib import Path
from advisor.probe.worker import peak_memory_bytes
from advisor.errors import InputError
from advisor.task.rows import read_rows
try:
    print(sum(1 for _ in read_rows(Path(sys.argv[1]), ("text", "label"))))
except InputError as error:
    print(error)
print(peak_memory_bytes() // 1024)
"""


@pytest.mark.parametrize(
    ("name", "begin", "fill", "said"),
    [
        ("x.csv", b"text,label\na,x\n", b"a", ":3: is longer than 4 MiB; cut the texts or check the line ends"),
        ("x.csv", b"text,label\ra,x\r", b"a", ":3: is longer than 4 MiB"),
        ("x.csv", b'text,label\n"a\n', b"b\n", ":2: the record that begins here is longer than 4 MiB"),
        ("x.tsv", b"", b"a", ":1: is longer than 4 MiB"),
        ("x.jsonl", b'{"text": "a", "label": "x"}\n{"text": "', b"a", ":2: is longer than 4 MiB"),
        ("x.json", b'[{"text": "', b"a", ": is larger than 64 MiB; save it as JSONL, one object a line"),
    ],
)
def test_a_line_of_200_megabytes_is_refused_in_little_memory(
    tmp_path: Path, name: str, begin: bytes, fill: bytes, said: str
) -> None:
    """The file is real, and no more of it is held than a line may be long."""
    path = tmp_path / name
    with path.open("wb") as file:
        file.write(begin)
        for _ in range(LONG_LINE >> 20):
            file.write(fill * ((1 << 20) // len(fill)))
    try:
        ran = run_python("-c", MEASURE, path, check=True)
    finally:
        path.unlink()
    message, peak = ran.stdout.splitlines()
    assert message.startswith(f"{path}{said}")
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(peak) * unit < MOST_MEMORY
