import json
import os
import stat
from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.task.file import load_task
from tests.tables import for_each
from tests.task.helpers import HEAD, HEAD_LINES, task_refusal, write

NEXT = HEAD_LINES + 1


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "task.yaml"


def test_yaml_and_json_give_the_same_task(tmp_path: Path) -> None:
    values = {"name": "mails", "instruction": "Sort the mails.", "examples": {"path": "mails.csv"}}
    as_json = write(tmp_path / "task.json", json.dumps(values))
    assert load_task(write(tmp_path / "task.yaml", HEAD)) == load_task(as_json)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_do_not_matter(path: Path, end: str) -> None:
    """LF, CR LF and CR files are read alike, and a problem is found in the same line."""
    assert load_task(write(path, HEAD.replace("\n", end))).name == "mails"
    assert task_refusal(path, (HEAD + "\nsed: 1\n").replace("\n", end)).startswith(f":{NEXT + 1}: sed: unknown key")


def test_a_byte_order_mark_is_passed_over(path: Path) -> None:
    """Editors that put a mark in front of UTF-8 do no harm."""
    assert load_task(write(path, b"\xef\xbb\xbf" + HEAD.encode())).name == "mails"


def test_anchors_and_merges_are_followed(path: Path) -> None:
    task = load_task(
        write(
            path, HEAD + "limits: &l {memory: 1GB}\nconstraints:\n  max_memory: 2GB\n  license: &m [mit]\nmodels: *m\n"
        )
    )
    assert task.models == ["mit"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("sed: 1", "sed: unknown key; did you mean 'seed'?"),
        ("bar:\n  pas_rate: 1", "bar.pas_rate: unknown key; did you mean 'pass_rate'?"),
        ("zzzzz: 1", "zzzzz: unknown key; known here: version, name, family"),
        ("seed: 1.5", "seed: write a whole number (it is 1.5)"),
        ("seed: true", "seed: is read as true or false; write a number"),
        ("seed: 0x" + "f" * 5000, "seed: Input should be less than 4294967296 (it is a very large number)"),
        ("bar: 3", "bar: write a mapping with the keys pass_rate, confidence"),
        ("bar: {pass_rate: .nan}", "bar.pass_rate: Input should be"),
        ("limits: {load_seconds: .inf}", "limits.load_seconds: Input should be a finite number"),
        ("limits: {memory: 4XB}", "limits.memory: '4XB' is not a size; write for example 4GB"),
        ("limits: {memory: " + "9" * 400 + "}", "limits.memory: is out of reach as a size; write for example 4GB"),
        ("limits: {memory: 0}", "limits.memory: Input should be greater than 0"),
        ("labels: [a]", "labels: a classification needs at least two labels"),
        ("labels: [a, b, a]", "labels: the label 'a' is listed twice"),
        ('labels: [a, "a "]', "labels: the label 'a' is listed twice"),
        ("labels: [Spam, spam]", "labels: the labels 'Spam' and 'spam' differ only in case, which models' own labels"),
        ("labels: {ham: '', STRASSE: '', straße: ''}", "labels: the labels 'STRASSE' and 'straße' differ only in case"),
        ("models: [a/b, c, a/b]", "models: the model 'a/b' is listed twice; keep one"),
        ('models: [a/b, "a/b "]', "models: the model 'a/b' is listed twice; keep one"),
        ("labels: [yes, no]", "labels: is read as true or false; put it in quotes"),
        ("labels: {yes: a, no: b}", "the key 'yes' is read as a bool; put it in quotes"),
        ("labels: [1.0, 2.0]", 'labels: is read as a number; put it in quotes, e.g. "1.0"'),
        ("labels: [[a], b]", "labels: each label must be a text"),
        ("labels: 3", "labels: write labels as a list or as label: meaning"),
        ("labels: {a: , b: x}", "labels.a: write a text, in quotes if need be (it is empty)"),
        ("teaching: {count: 3, share: 0.5}", "teaching: give one of count, share and path, not count and share"),
        ("models: a/b", "models: write a list (it is 'a/b')"),
        ("name: other", "the key 'name' appears twice; keep one"),
        ("? [a]\n: b", "uses a list or a mapping as a key"),
        ("2024-01-01: b", "the key '2024-01-01' is read as a timestamp; put it in quotes"),
        ('family: "\\ud800"', "family: holds half a character"),
        ('models: ["a\\0b"]', "models.0: holds the control character U+0000; remove it"),
        ('models: ["  "]', "models.0: is blank"),
        (
            "\tseed: 1",
            "is not valid YAML: found character '\\t' that cannot start any token; indent with blanks, not tabs",
        ),
        ("models: [a\n", "is not valid YAML"),
        ("seed: @x", "is not valid YAML"),
        ("---\nseed: 1", "is not valid YAML: a second document begins"),
        ("seed: !!python/object:os.system x", "is not valid YAML: could not determine a constructor"),
        ("seed: !!int x", "is not valid YAML: 'x' is not a valid value of its kind"),
        ("seed: !!timestamp x", "is not valid YAML: 'x' is not a valid value of its kind"),
        ("seed: 2024-13-45", "is not valid YAML: '2024-13-45' is not a valid value of its kind"),
        ('family: "\\UFFFFFFFF"', "is not valid YAML"),
        ("seed: *nowhere", "is not valid YAML: found undefined alias"),
        ("seed: &a 1\nmax_candidates: &a 2", "is not valid YAML: found duplicate anchor 'a'"),
        ("models: &a [*a]", "holds itself through an alias"),
        ("models: " + "[" * 30 + "]" * 30, "is nested too deeply"),
    ],
)
def test_a_wrong_line_is_named_with_its_cure(path: Path, more: str, said: str) -> None:
    """What is wrong after three right lines is found in the fourth or, for what goes on, in the next."""
    refusal = task_refusal(path, HEAD + more + "\n")
    lines = [f":{line}: {said}" for line in (NEXT, NEXT + 1, NEXT + 2)]
    assert refusal.startswith(tuple(lines)), refusal


def test_input_and_expected_are_two_columns(path: Path) -> None:
    said = task_refusal(path, "name: n\ninstruction: i\nexamples:\n  path: x.csv\n  input: a\n  expected: a\n")
    assert said.startswith(":3: examples: input and expected both name the column 'a'; name two")


def test_a_missing_key_is_named_by_the_section_it_belongs_to(path: Path) -> None:
    """The line is that of the section; further problems are counted."""
    assert task_refusal(path, "seed: 3\nexamples:\n  input: a\n") == (":1: name: is missing; add it (and 2 more)")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", ": is empty; a task file has at least name, instruction and examples"),
        (b"# a comment\n", ": is empty"),
        (b"- a\n- b\n", ":1: a task file is a mapping of keys"),
        (b"name: \xff\n", ":1: is not UTF-8 text; save it as UTF-8"),
        (b"name: a\ninstruction: \xe9\n", ":2: is not UTF-8 text; save it as UTF-8"),
        (HEAD.encode("utf-16"), ":1: is UTF-16 text; save it as UTF-8"),
        (b"name: a\n\0", ":2: holds a NUL byte"),
        (b"name: a\nx: \x1b[31m\n", ":2: holds the character U+001B; remove it"),
        (b"name: a\n" * 50_000, ": is larger than 256 KiB"),
        (b"[" * 100_000, ":1: is nested too deeply"),
    ],
)
def test_what_is_no_task_file_at_all_is_said_in_one_line(path: Path, content: bytes, said: str) -> None:
    """Empty, binary, wrongly encoded, huge or endless: each has its line."""
    assert task_refusal(path, content).startswith(said)


def test_aliases_that_multiply_are_refused(path: Path) -> None:
    """A few short lines that stand for billions of entries cost neither time nor memory."""
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    assert "holds too many entries" in task_refusal(path, "\n".join(levels))


@for_each(
    ("content", "said"),
    [
        ("", ": is empty"),
        (" \n", ": is empty"),
        ("[1]", ":1: a task file is a mapping"),
        ("{'name': 1}", ":1: is not valid JSON (Expecting property name"),
        ('{"name": "a",\n"seed" 1}', ":2: is not valid JSON (Expecting ':'"),
        ('{"name": "a",\n\t"name": "b"}', ":2: the key 'name' appears twice; keep one"),
        ('{"name": "a",\n\t"instruction": "b",\n\t"examples": {"path": "x"},\n\t"sed": 1}', ":4: sed: unknown key"),
        ('{"name": "a",\n"instruction": "b",\n"examples": {\n"path": ""}}', ":4: examples.path: is empty"),
        ('{"seed": ' + "1" * 5000 + "}", ": holds a number of thousands of digits"),
        ("[" * 100_000, ": is nested too deeply"),
        ('{"seed": NaN}', ":1: name: is missing"),
        ('{"\\ud800": 1}', ":1: "),
    ],
)
def test_a_wrong_json_task_is_refused_by_line(tmp_path: Path, content: str, said: str) -> None:
    """JSON task files get the same care as YAML ones, tabs included."""
    assert task_refusal(tmp_path / "task.json", content).startswith(said)


def test_many_repeated_json_keys_are_found_at_once(tmp_path: Path) -> None:
    """A quarter of a megabyte of repeats does not take quadratic time."""
    content = "{" + ",".join(f'"k{n}": 1' for n in range(20_000)) + ',"k1": 2}'
    assert ": holds too many entries" in task_refusal(tmp_path / "task.json", content)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("missing", ": no such file; give the path of a task file"),
        ("folder", ": is a folder; name the file in it"),
        ("endless", ": is a pipe or a device, not a file"),
    ],
)
def test_what_is_no_regular_file_is_refused_and_never_waited_for(path: Path, kind: str, said: str) -> None:
    """At once, in one line; the examples' tests have more kinds of what is none."""
    if kind == "folder":
        path.mkdir()
    elif kind == "endless":
        path.symlink_to("/dev/zero")
    with pytest.raises(InputError) as caught:
        load_task(path)
    assert str(caught.value).startswith(f"{path}{said}")


def test_a_file_that_may_not_be_read_is_said_to_be_so(path: Path) -> None:
    """The cure is a permission."""
    write(path, HEAD).chmod(stat.S_IWUSR)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)  # nothing is closed to root
    try:
        with pytest.raises(InputError, match="may not be read; give yourself permission to read it"):
            load_task(path)
    finally:
        if is_root:
            os.seteuid(0)


def test_a_path_of_odd_characters_stays_on_one_line(tmp_path: Path) -> None:
    """A name with a line end or an escape code cannot forge a second line."""
    path = tmp_path / "a\nerror: \x1b[31mforged.yaml"
    with pytest.raises(InputError) as caught:
        load_task(path)
    assert str(caught.value).isprintable()
