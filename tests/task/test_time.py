"""Large files are read in time that grows with their size: no step looks at all lines, cells or labels again."""

import json
import time
from pathlib import Path

import pytest

from advisor.task.labels import Spellings
from advisor.task.near_files import Named
from advisor.task.rows import read_rows
from tests.task.helpers import write

# Each took minutes when a step was quadratic.
LONGEST = 10.0
WORDS = "the lift is stuck, please send somebody before the evening"
LARGE = {
    "asked.txt": ("".join(f"Q: {WORDS} {at}?\nA: {WORDS} {WORDS}\n" for at in range(15_000)), 15_000),
    "objects.json": ("\n".join(json.dumps({"text": f"{WORDS} {at}", "label": "a"}) for at in range(40_000)), 40_000),
    "tail.log": (
        "".join(f"2026-01-31 12:00:01 {'ERROR' if at % 3 else 'INFO'} {WORDS}\n" for at in range(900))
        + f"  at {WORDS}\n" * 120_000,
        900,
    ),
    "section.md": ("".join(f"## Part {at}\n\n{WORDS}\n\n" for at in range(9)) + f"{WORDS}\n" * 120_000, 9),
    "blanks.md": ("".join(f"## Part {at}\n\n{WORDS}\n\n" for at in range(9)) + f"# a{' ' * 5000}x\n{WORDS}\n", 9),
    "cell.html": (
        f"<table><tr><td>text<td>label{'<tr><td>a<td>b' * 3}<tr><td>{f'{WORDS}<br>' * 60_000}<td>c</table>",
        4,
    ),
    "inline.xml": (
        f"<TEI><p>{f'{WORDS} <persName>Ann</persName> ' * 40_000}</p><p>a <persName>Bo</persName></p></TEI>",
        2,
    ),
    "picture.csv": (
        f"text,label,picture\na b,x,{'abcdefgh/' * 100_000}\n" + f'"{WORDS}",y,\n' * 20,
        21,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LARGE)
def test_large_files(tmp_path: Path, name: str) -> None:
    content, rows = LARGE[name]
    begun = time.process_time()
    assert sum(1 for _ in read_rows(write(tmp_path / name, content), ())) == rows
    assert time.process_time() - begun < LONGEST


def test_many_labels() -> None:
    spellings = Spellings((), {f"label {at}": 2 for at in range(20_000)})
    begun = time.process_time()
    assert spellings.are_one()
    assert not spellings.notes()
    assert time.process_time() - begun < LONGEST


def test_a_cell_with_many_slashes_names_no_file() -> None:
    begun = time.process_time()
    assert Named(["ab/" * 200_000], {"a.png": "a.png"}).count == 0
    assert time.process_time() - begun < LONGEST
