"""Whatever a file holds, the loader reads it or refuses it in one line; nothing else ever leaves it."""

import copy
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.task.examples import load_examples
from advisor.task.file import load_task
from advisor.task.model import Task
from tests.task.helpers import task_for, write

FUZZ = settings(database=None)
KINDS = ["csv", "tsv", "jsonl", "ndjson", "json", "parquet"]
SLOWEST = 20.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for every file of this module."""
    return tmp_path_factory.mktemp("fuzz")


def settle(call: Callable[[], object], path: Path) -> None:
    """Call the loader; whatever it raises must be one printable line about the file, and come soon."""
    begun = time.process_time()
    said = None
    try:
        call()
    except InputError as error:
        said = str(error)
    assert time.process_time() - begun < SLOWEST
    if said is not None:
        assert said.isprintable()
        assert said.startswith(f"{path}")
        assert len(said) < 1000


def load_task_from(path: Path, content: str | bytes) -> None:
    write(path, content)
    settle(lambda: load_task(path), path)


def load_examples_from(path: Path, content: str | bytes, **more: Any) -> None:
    write(path, content)
    settle(lambda: load_examples(task_for(path.name, **more), path.parent), path)


# Bytes that mean something to one of the parsers come up more often than chance has it.
PIECES = st.sampled_from(
    [b"\xef\xbb\xbf", b"\xff\xfe", b"\0", b"\r", b"\n", b"\r\n", b'"', b"'", b",", b"\t", b"{", b"}", b"[", b"]", b":",
     b"text", b"label", b"text,label\n", b'{"text":"a","label":"x"}\n', b"name: a\n", b"&a ", b"*a", b"<<: ", b"!!int ",
     b"!!binary ", b"!!set ", b"!!omap ", b"!!timestamp ", b"? ", b"- ", b"| ", b"> ", b"%YAML 1.1\n", b"---\n", b"...",
     b"\\ud800", b"\\u0000", b"\\UFFFFFFFF", b"1e999", b"NaN", b"-0", b"0x", b"1:1:1", b"9" * 5000, b"[" * 3000,
     b"\x85", b"\xe2\x80\xa8", b"\xed\xa0\x80", b"PAR1", b"\x1b[31m"]
)  # fmt: skip
BYTES = st.one_of(
    st.binary(max_size=200), st.lists(st.one_of(PIECES, st.binary(max_size=8)), max_size=30).map(b"".join)
)


@pytest.mark.parametrize("kind", ["yaml", "json"])
@FUZZ
@given(content=BYTES)
def test_any_bytes_as_a_task(folder: Path, kind: str, content: bytes) -> None:
    """The parsers of YAML and JSON meet bytes of every kind."""
    load_task_from(folder / f"task.{kind}", content)


@pytest.mark.parametrize("kind", KINDS)
@FUZZ
@given(content=BYTES)
def test_any_bytes_as_examples(folder: Path, kind: str, content: bytes) -> None:
    load_examples_from(folder / f"x.{kind}", content)


VALID: dict[str, Any] = {
    "version": 1, "name": "mails", "family": "text-classification", "instruction": "Sort the mails.",
    "labels": {"ham": "wanted", "spam": "unwanted"},
    "examples": {"path": "mails.csv", "input": "text", "expected": "label"}, "teaching": {"count": 10},
    "bar": {"pass_rate": 0.9, "confidence": 0.95},
    "constraints": {"license": ["mit"], "languages": ["en"], "max_parameters": "500M", "max_memory": "4GB"},
    "limits": {"memory": "2GB", "seconds_per_example": 60, "load_seconds": 600, "inferences": 1000}, "models": ["a/b"],
    "max_candidates": 8, "seed": 7,
}  # fmt: skip
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([2**63, 2**64, -(2**200), 16**500, 0, -1]),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["", " ", "4GB", "9" * 400, "\ud800", "\0", "\u2028", "\x1b[2J", "~", "yes", "a" * 3000, "nan"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=8,
)
PLACES: list[tuple[str, ...]] = [(key,) for key in VALID] + [
    (key, inner) for key, value in VALID.items() if isinstance(value, dict) for inner in value
]


@st.composite
def mutated_tasks(draw: st.DrawFn) -> dict[str, Any]:
    """A valid task in which a few values, keys or both are replaced, removed or added."""
    task = copy.deepcopy(VALID)
    for place in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3)):
        section: Any = task
        for key in place[:-1]:
            section = section.get(key, {})
        if not isinstance(section, dict):
            continue
        match draw(st.sampled_from(["replace", "remove", "add"])):
            case "replace":
                section[place[-1]] = draw(VALUES)
            case "remove":
                section.pop(place[-1], None)
            case _:
                section[draw(st.text(max_size=8))] = draw(VALUES)
    return task


@FUZZ
@given(task=mutated_tasks())
@example(task=VALID)
def test_nearly_valid_tasks(folder: Path, task: dict[str, Any]) -> None:
    for kind, dump in (("json", json.dumps), ("yaml", yaml.safe_dump)):
        load_task_from(folder / f"task.{kind}", dump(task))


@FUZZ
@given(
    values=st.dictionaries(
        st.one_of(SCALARS.filter(lambda key: key == key), st.dates(), st.binary(max_size=3)),  # noqa: PLR0124  no NaN
        st.one_of(VALUES, st.dates(), st.datetimes(), st.binary(max_size=5)),
        max_size=4,
    )
)
def test_yaml_of_every_type(folder: Path, values: dict[Any, Any]) -> None:
    """Dates, binary and odd keys: YAML has more types than a task file wants."""
    load_task_from(folder / "task.yaml", yaml.safe_dump(VALID) + yaml.safe_dump(values, default_flow_style=False))
    load_task_from(folder / "task.yaml", yaml.safe_dump(VALID | {"labels": values}))
    load_task_from(folder / "task.yaml", yaml.safe_dump(VALID | {"labels": list(values)}))


FIELD = st.one_of(
    st.text(max_size=8),
    st.sampled_from(['"', '""', '"a"', '"a\nb"', "a\rb", "\r", "", " ", "x", "y", "\ud800", "\0", "=1+1", "é" * 50]),
)
ENDS = st.sampled_from(["\n", "\r\n", "\r", "\n\n", ""])
CODES = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252"])


def encoded(text: str, code: str) -> bytes:
    """Encode a text; half characters as bytes that are no UTF-8, what a code lacks as question marks."""
    if code.startswith("utf-8"):
        return (b"\xef\xbb\xbf" if code == "utf-8-sig" else b"") + text.encode("utf-8", "surrogatepass")
    return text.encode(code, "replace")


@pytest.mark.parametrize("kind", ["csv", "tsv"])
@FUZZ
@given(
    rows=st.lists(st.tuples(st.lists(FIELD, max_size=4), ENDS), max_size=8),
    tidy=st.booleans(),
    labelled=st.booleans(),
    code=CODES,
)
def test_nearly_valid_tables(  # noqa: PLR0917  what a table is made of
    folder: Path,
    kind: str,
    rows: list[tuple[list[str], str]],
    tidy: bool,  # noqa: FBT001  drawn
    labelled: bool,  # noqa: FBT001  drawn
    code: str,
) -> None:
    comma = "," if kind == "csv" else "\t"
    text = f"text{comma}label\n"
    for number, (fields, end) in enumerate(rows):
        text += f"a{number}{comma}{'xy'[number % 2]}\n" if tidy else ""
        text += comma.join(fields) + end
    more = {"labels": ["x", "y"]} if labelled else {}
    load_examples_from(folder / f"x.{kind}", encoded(text, code), **more)


RAW_JSON = st.sampled_from(
    ["NaN", "1e999", "-0.0", "9" * 5000, "[" * 3000, '"\\ud800"', '"\\u0000"', "true", "nul", "{}", '"x"', "'x'", "1",
     "1.0", '"', "\x00", "\ufeff", '{"a": 1, "a": 2}', "1" * 40, '"\\x"', "--1"]
)  # fmt: skip
JSON_VALUE = st.one_of(VALUES.map(json.dumps), RAW_JSON)


@pytest.mark.parametrize("kind", ["jsonl", "json"])
@FUZZ
@given(
    rows=st.lists(st.tuples(JSON_VALUE, JSON_VALUE, st.sampled_from(["", ', "more": []', ",", "}"])), max_size=6),
    tidy=st.booleans(),
    end=st.sampled_from(["\n", "\r\n", "\r", " "]),
    code=CODES,
)
def test_nearly_valid_objects(  # noqa: PLR0917  what a file is made of
    folder: Path,
    kind: str,
    rows: list[tuple[str, str, str]],
    tidy: bool,  # noqa: FBT001  drawn
    end: str,
    code: str,
) -> None:
    """Values of every type, bad escapes, endless numbers and depths."""
    lines = ['{"text": "a", "label": "x"}', '{"text": "b", "label": "y"}'] if tidy else []
    lines += [f'{{"text": {text}, "label": {label}{rest}}}' for text, label, rest in rows]
    text = end.join(lines) if kind == "jsonl" else "[" + ("," + end).join(lines) + "]"
    load_examples_from(folder / f"x.{kind}", encoded(text, code))


@FUZZ
@given(
    edits=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=6),
    cut=st.integers(0, 40),
)
@pytest.mark.soak
def test_damaged_parquet(folder: Path, edits: list[tuple[int, int]], cut: int) -> None:
    """Bytes of a real file changed and its end cut off."""
    whole = folder / "whole.parquet"
    if not whole.exists():
        with duckdb.connect() as connection:
            connection.execute(
                "COPY (SELECT 'text ' || i AS text, i % 2 AS label, DATE '2020-01-01' AS day FROM range(50) t(i)) "  # noqa: S608  a path of pytest's
                f"TO '{whole}' (FORMAT parquet)"
            )
    content = bytearray(whole.read_bytes())
    for at, value in edits:
        content[at % len(content)] = value
    load_examples_from(folder / "x.parquet", bytes(content[: len(content) - (cut if cut > 30 else 0)]))


@FUZZ
@given(name=st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
def test_any_name_of_a_file(folder: Path, name: str) -> None:
    """A path that cannot be, or that the system refuses, is refused in one line."""
    try:
        task = task_for(name + ".csv")
    except ValueError:
        return
    with pytest.raises(InputError) as caught:
        load_examples(task, folder / "with nothing in it")
    assert str(caught.value).isprintable()


def test_the_valid_task_is_valid() -> None:
    assert Task.model_validate(VALID).name == "mails"
