"""Data sets of the Hub as examples: named, one file of them chosen, fetched through the real client."""

import json
from pathlib import Path

import duckdb
import pytest

from advisor.errors import InputError
from advisor.interview.answers import checked
from advisor.interview.files.hub_dataset import CONVERTED
from advisor.task.hub_files import Named, is_split, named, one_of, shards
from advisor.task.rows import read_rows
from tests.local_hub import LocalHub, repos
from tests.local_hub.client import run_client
from tests.tables import for_each

OF = Named("ada/mails", "", "")
ADDRESSES = {
    "hf://datasets/ada/mails": OF,
    "hf://datasets/ada/mails@v1/en/x.csv": Named("ada/mails", "v1", "en/x.csv"),
    "https://huggingface.co/datasets/ada/mails": OF,
    "https://huggingface.co/datasets/ada/mails/tree/main": OF,
    "https://huggingface.co/datasets/ada/mails/blob/v2/en/x.csv": Named("ada/mails", "v2", "en/x.csv"),
    "https://huggingface.co/datasets/ada/mails/viewer/default/train?row=3": OF,
    "hf://datasets/ada/mails#test": OF._replace(split="test"),
    "hf://datasets/ada/mails/en@v1#test": Named("ada/mails", "v1", "en", "test"),
    "hf://datasets/ada/mails@refs/convert/parquet/en": Named("ada/mails", "refs/convert/parquet", "en"),
    "/home/ada/hf:/datasets/ada/mails#test": OF._replace(split="test"),
    "ada/mails": None,
    "mails.csv": None,
}
CHOSEN = {
    ("data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet", "data/test-00000-of-00001.parquet"): 2,
    ("default/train/0000.parquet", "default/validation/0000.parquet", "default/test/0000.parquet"): 1,
    ("mails_train.csv", "mails_test.csv"): 1,
    ("contest.csv",): 0,
}


@for_each("text", ADDRESSES)
def test_a_data_set_is_named_by_its_address(text: str) -> None:
    """What may be a path of this machine is never asked of the Hub."""
    assert named(text) == ADDRESSES[text]


SPLITS = {
    "en/test/0000.parquet": ["test"],
    "data/train-00000-of-00002.parquet": ["train"],
    "mails_test.csv": ["test"],
    "test_matched/0000.parquet": ["test_matched"],
    "contest.csv": [],
}


@for_each("name", SPLITS)
def test_a_split_is_part_of_a_files_name(name: str) -> None:
    """Whole: "test" is neither "test_matched" nor a part of a word."""
    assert [split for split in ("train", "test", "test_matched") if is_split(name, split)] == SPLITS[name]


SHARDS = {
    "train-00000-of-00003.parquet": ["train-00000-of-00003.parquet", "train-00002-of-00003.parquet"],
    "train-00002-of-00003.parquet": ["train-00002-of-00003.parquet"],
    "0000.parquet": ["0000.parquet", "0001.parquet"],
    "test-00000-of-00002-6ef3ab1245.parquet": [
        "test-00000-of-00002-6ef3ab1245.parquet",
        "test-00001-of-00002-0a1b2c3d4e.parquet",
    ],
    "10000.parquet": ["10000.parquet"],
}


@for_each("name", SHARDS)
def test_a_first_shard_means_its_split(name: str) -> None:
    """Those of its split and of its kind of number, in order; any other file means itself."""
    there = [each for found in SHARDS.values() for each in found]
    assert shards(name, dict.fromkeys(reversed(there))) == SHARDS[name]


@for_each("names", CHOSEN)
def test_one_file_is_taken(names: tuple[str, ...]) -> None:
    """Of the split that taught models least, the first shard."""
    assert one_of(OF, names) == names[CHOSEN[names]]


def test_several_tables_are_named() -> None:
    """For what looks like an id, the error says how to write it."""
    with pytest.raises(
        InputError, match=r"holds 2 tables: 'de', 'en'; name one of them, e.g. hf://datasets/ada/mails/de"
    ):
        one_of(OF, ["en/train.csv", "en/test.csv", "de/train.csv", "de/test.csv"])
    with pytest.raises(InputError, match="or hf://datasets/ada/mails for a data set of the Hub"):
        checked("examples", "ada/mails")


def test_it_is_fetched_through_the_real_client(tmp_path: Path) -> None:
    """Numbers are the labels' names; without a table of its own the Hub's conversion; from the cache once offline."""
    names = {"info": {"features": {"label": {"names": ["bug", "other"], "_type": "ClassLabel"}}}}
    data = tmp_path / "repo" / "data"
    data.mkdir(parents=True)
    (tmp_path / "repo" / "mails.py").write_text("raise SystemExit('ran')")
    (tmp_path / "repo" / "README.md").write_text("---\nlicense: cc-by-4.0\n---\n# Mails\n")
    for name, first, last in (("train-0000", 0, 25), ("train-0001", 25, 40), ("test-0000", 0, 20)):
        duckdb.sql(  # numbers and a path of this test's own
            f"COPY (SELECT 'a text ' || n AS text, n % 2 AS label FROM range({first}, {last}) t(n)) "  # noqa: S608
            f"TO '{data}/{name}.parquet' (FORMAT parquet, KV_METADATA {{huggingface: '{json.dumps(names)}'}})"
        )
    with LocalHub() as hub:
        for name, branch in (("ada/mails", "main"), ("ada/script", CONVERTED)):
            made = hub.datasets.create(name)
            made.repo.refs[branch] = made.repo.commit(repos.read_folder(tmp_path / "repo"))
            if branch != "main":
                made.repo.commit([])
        code = (
            f"SUITE = {str(tmp_path / 'suite.yaml')!r}\n"
            """
from advisor.errors import AdvisorError
from advisor.interview.files.hub_dataset import named_file
from advisor.task.hub_files import origin
from advisor.interview.files.preview import preview_named
def asked(name, offline=False):
    try:
        path = named_file(f"hf://datasets/{name}", offline=offline)
    except AdvisorError as error:
        return str(error), int(error.exit_code)
    return str(path), origin(path)
names = ["ada/mails", "ada/script/data#train", "ada/none", "ada/mails#dev", "ada/script@v9#train"]
asks = [*map(asked, names), asked("ada/mails#test", True), asked("ada/new", True), asked("ada/mails@v1", True)]
from advisor import Task
from advisor.workflow.arguments import start_of
from advisor.workflow.pipeline import prepare
from pathlib import Path
task = Task(name="mails", instruction="Sort.", examples={"path": "hf://datasets/ada/mails#train"}, models=["none/none"])
plans = [prepare(Path(start_of(task).task_file), offline=offline).plan for offline in (False, True)]
suite = Path(SUITE)
head = "task: t\\ndataset_path: ada/mails\\ntest_split: test\\n"
suite.write_text(head + "doc_to_text: 'A mail: {{text}}'\\ndoc_to_target: label\\n")
from advisor.task.rows import read_rows
rows = [dict(row.columns) for row in read_rows(named_file(SUITE), ())]
from advisor.task.described_rows import described
rows.append(described(suite))
read = [(plan.examples.labels, len(plan.examples.evidence), plan.task.examples.path) for plan in plans]
result = [*asks, preview_named("hf://datasets/ada/mails/data/train-0000.parquet", {}).words, read, rows]
"""
        )
        found, script, missing, split, revision, offline, never, other, words, plans, rows = run_client(
            hub, code, tmp_path / "home"
        )
    (gone,) = run_client(hub, f"{code[: code.index('asks')]}result = [asked('ada/mails')]", tmp_path / "home")
    assert found[1] == "ada/mails, data/test-0000.parquet (cc-by-4.0)"
    assert [tuple(row.columns.values()) for row in read_rows(tmp_path / found[0], ("text", "label"))][:2] == [
        ("a text 0", "bug"),
        ("a text 1", "other"),
    ]
    assert script[1] == "ada/script, data/train-0000.parquet and 1 further shard (its card names no licence)"
    assert "ada/mails holds no table of the split 'dev'; name another" in split[0]
    assert "ada/script has no revision 'v9'; name another" in revision[0]
    assert "the data set ada/none is no longer on the Hub, or private" in missing[0]
    assert offline[0] == found[0]
    assert "the Hub cannot be reached; try later" in gone[0]
    assert "ada/mails is not in the Hub's cache" in other[0]
    assert "ada/new is not in the Hub's cache, and the Hub is not asked" in never[0]
    assert [plan[:2] for plan in plans] == [[["bug", "other"], 28]] * 2
    assert plans[0][2] == plans[1][2]
    assert plans[0][2].endswith("data/train-0000.parquet")
    assert rows.pop() == "a task of lm-evaluation-harness on ada/mails, data/test-0000.parquet (cc-by-4.0)"
    assert (len(rows), rows[0]) == (20, {"text": "a text 0", "expected": "bug"})
    assert words == "40 rows: text → label"
