"""Public data sets as stand-ins: fetched through the real client from a Hub on loopback, plainly marked."""

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from advisor.errors import InputError
from advisor.families import FAMILY_NAMES, family
from advisor.interview.labeling.stand_in import NOTE, STAND_INS, Offer, StandIn, borrow, offers
from advisor.task.examples import load_examples
from advisor.task.model import Task
from tests.local_hub import LocalHub, repos
from tests.local_hub.client import run_client
from tests.tables import for_each

BRANCH = "refs/convert/parquet"


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    """A hub without data sets."""
    with LocalHub() as running:
        yield running


def parquet(rows: Sequence[dict[str, Any]], path: Path) -> Path:
    """Write rows as Parquet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    source = path.with_suffix(".jsonl")
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    duckdb.read_json(str(source)).write_parquet(str(path))
    source.unlink()
    return path


def serve(hub: LocalHub, dataset: str, folder: Path) -> None:
    """Have the hub serve a folder as a data set's converted files."""
    made = hub.datasets.create(dataset)
    commit = made.repo.commit(repos.read_folder(folder))
    made.repo.refs[BRANCH] = commit


def borrowed(hub: LocalHub, home: Path, stand_in: int, folder: Path, *, offline: bool = False, count: int = 50) -> Any:
    """Look a stand-in up and borrow it, in a process whose client talks to the hub; return what was told."""
    code = f"""
from pathlib import Path
from advisor.errors import AdvisorError
from advisor.interview.labeling.stand_in import STAND_INS, borrow, look_up
try:
    offer = look_up(STAND_INS[{stand_in}], offline={offline})
    result = {{"facts": borrow(offer, Path({str(folder)!r}), {count}), "said": offer.sentence()}} | offer._asdict()
    result["stand_in"] = offer.stand_in.key
except AdvisorError as error:
    result = {{"error": str(error), "code": int(error.exit_code)}}
"""
    return run_client(hub, code, home)


def place(dataset: str, config: str = "") -> int:
    """Return where a data set stands in the list."""
    return next(at for at, of in enumerate(STAND_INS) if of.id == dataset and config in ("", of.config))


def test_every_stand_in_fits_its_family() -> None:
    """Its parts are the family's, its languages are codes, its families are known."""
    for of in STAND_INS:
        assert set(of.families) <= set(FAMILY_NAMES)
        assert tuple(of.input) == family(of.family).parts
        assert all(len(language) == 2 for language in of.languages)
        assert of.id.count("/") == 1
        assert (len(of.languages) == 2) == (of.family == "translation")


def test_the_tasks_language_comes_first_then_english() -> None:
    """A German task is offered German data first."""
    found = [of.languages for of in offers("text-classification", ["de"])]
    assert found[0] == ("de",)
    assert found[1] == ("en",)
    assert offers("text-classification")[0].id == "mteb/banking77"
    assert offers("translation", ["de", "en"])[0].config == "deu-eng"
    assert offers("json-extraction") == ()


@for_each(
    ("languages", "first"),
    [
        (("en", "de"), (("en", "de"), "sentence2", "sentence1")),
        (("de", "en"), (("de", "en"), "sentence1", "sentence2")),
        (("", "fr"), (("en", "fr"), "sentence2", "sentence1")),
        (("it",), (("it", "en"), "sentence1", "sentence2")),
        ((), (("de", "en"), "sentence1", "sentence2")),
    ],
)
def test_a_translation_is_offered_in_its_direction(languages: tuple[str, ...], first: tuple[Any, ...]) -> None:
    """The other direction of the same pair is other data, under a name of its own."""
    of = offers("translation", languages)[0]
    assert (of.languages, of.input["text"], of.expected[0]) == first
    assert len({each.key for each in STAND_INS}) == len(STAND_INS)


def test_a_stand_in_is_fetched_sampled_and_marked(hub: LocalHub, tmp_path: Path) -> None:
    """Its size is told beforehand; the file is examples of a task; note and fact say what it is."""
    rows = [{"text": f"some news number {n}", "label": n % 4} for n in range(300)]
    file = parquet(rows, tmp_path / "repo" / "default" / "test" / "0000.parquet")
    serve(hub, "fancyzhx/ag_news", tmp_path / "repo")
    told = borrowed(hub, tmp_path / "home", place("fancyzhx/ag_news"), tmp_path / "work")
    assert told["to_fetch"] == told["size"] == file.stat().st_size
    assert "about this data, not about yours" in told["said"]
    assert told["facts"]["examples.stand_in"] == told["stand_in"] == "fancyzhx/ag_news:default"
    note = (tmp_path / "work" / NOTE).read_text()
    assert note.startswith("STAND-IN. These 50 examples are not yours: they are drawn at random from 300 rows")
    assert told["revision"] in note
    assert "its card names none" in note
    task = Task.model_validate(
        {
            "name": "borrowed",
            "instruction": "Which topic?",
            "labels": told["facts"]["labels"],
            "examples": {"path": told["facts"]["examples"], "input": "text", "expected": "label"},
        }
    )
    found = load_examples(task, tmp_path)
    assert set(found.labels) == {"World", "Sports", "Business", "Sci/Tech"}
    assert len(found.evidence) + len(found.teaching) == 50


def test_the_draw_is_the_same_each_time(hub: LocalHub, tmp_path: Path) -> None:
    """And not of the first rows."""
    parquet(
        [{"text": f"news {n}", "label": n % 4} for n in range(300)],
        tmp_path / "r" / "default" / "test" / "0000.parquet",
    )
    serve(hub, "fancyzhx/ag_news", tmp_path / "r")
    paths = [
        borrowed(hub, tmp_path / "home", place("fancyzhx/ag_news"), tmp_path / name)["facts"]["examples"]
        for name in ("a", "b")
    ]
    one, other = (Path(path).read_text() for path in paths)
    assert one == other
    with Path(paths[0]).open(newline="") as stream:
        numbers = [int(row["text"].split()[1]) for row in csv.DictReader(stream)]
    assert max(numbers) > 200


def test_offline_takes_what_the_cache_holds_and_nothing_else(hub: LocalHub, tmp_path: Path) -> None:
    """First out of reach with a way out; once fetched, it is there without the Hub."""
    parquet(
        [{"text": f"news {n}", "label": n % 4} for n in range(99)], tmp_path / "r" / "default" / "test" / "0000.parquet"
    )
    serve(hub, "fancyzhx/ag_news", tmp_path / "r")
    at = place("fancyzhx/ag_news")
    refused = borrowed(hub, tmp_path / "home", at, tmp_path / "w", offline=True)
    assert refused["code"] == 5
    assert "is not in the cache" in refused["error"]
    first = borrowed(hub, tmp_path / "home", at, tmp_path / "w")
    again = borrowed(hub, tmp_path / "home", at, tmp_path / "again", offline=True)
    assert again["to_fetch"] == 0
    assert (again["file"], again["revision"]) == (first["file"], first["revision"])


def test_a_file_that_another_program_cached_is_used(hub: LocalHub, tmp_path: Path) -> None:
    """The data set library caches files of the main branch; their split is in their name."""
    cached = tmp_path / "home" / "hub" / "datasets--fancyzhx--ag_news" / "snapshots" / ("a" * 40) / "data"
    parquet([{"text": f"news {n}", "label": n % 4} for n in range(99)], cached / "test-00000-of-00001.parquet")
    told = borrowed(hub, tmp_path / "home", place("fancyzhx/ag_news"), tmp_path / "w", offline=True)
    assert told["revision"] == "a" * 40


def test_what_the_hub_does_not_have_is_said_in_one_line(hub: LocalHub, tmp_path: Path) -> None:
    """No such data set, no converted files, other columns: each names it and the way on."""
    at = place("fancyzhx/ag_news")
    assert "fancyzhx/ag_news" in borrowed(hub, tmp_path / "home", at, tmp_path / "w")["error"]
    hub.datasets.create("fancyzhx/ag_news")
    assert "no Parquet file of default, test" in borrowed(hub, tmp_path / "home", at, tmp_path / "w")["error"]
    parquet([{"title": "x", "label": 1}], tmp_path / "r" / "default" / "test" / "0000.parquet")
    serve(hub, "fancyzhx/ag_news", tmp_path / "r")
    told = borrowed(hub, tmp_path / "home", at, tmp_path / "w")
    assert "has no column 'text' any more" in told["error"]


def test_a_data_set_with_files_of_its_own_needs_no_converted_ones(hub: LocalHub, tmp_path: Path) -> None:
    """Of the main branch the split's first file is taken."""
    parquet(
        [{"text": f"news {n}", "label": n % 4} for n in range(99)], tmp_path / "r" / "data" / "test-00000-of-1.parquet"
    )
    parquet([{"text": "no", "label": 1}], tmp_path / "r" / "data" / "train-00000-of-1.parquet")
    made = hub.datasets.create("fancyzhx/ag_news")
    made.repo.commit(repos.read_folder(tmp_path / "r"))
    told = borrowed(hub, tmp_path / "home", place("fancyzhx/ag_news"), tmp_path / "w")
    assert told["file"] == "data/test-00000-of-1.parquet"


def take(of_dataset: str, rows: Sequence[dict[str, Any]], tmp_path: Path, config: str = "") -> dict[str, Any]:
    """Borrow from rows in a file, as if it were cached."""
    return take_from(STAND_INS[place(of_dataset, config)], rows, tmp_path)


def take_from(of: StandIn, rows: Sequence[dict[str, Any]], tmp_path: Path) -> dict[str, Any]:
    """Borrow from rows in a file, as if it were cached."""
    file = parquet(rows, tmp_path / "hub" / "0000.parquet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("advisor.interview.labeling.stand_in.fetch", lambda *_: file)
        return borrow(Offer(of, "", "", 0, 0), tmp_path / "work", 20)


def examples_of(taken: dict[str, Any], name: str, **more: Any) -> Any:
    """Load borrowed examples as those of a task."""
    path = Path(taken["examples"])
    source = {"path": str(path), "input": taken["examples.input"], "expected": taken["examples.expected"]}
    task = Task.model_validate({"name": "t", "family": name, "instruction": "Do it.", "examples": source} | more)
    return load_examples(task, path.parent).evidence


def test_answers_within_an_object_become_a_list(tmp_path: Path) -> None:
    """SQuAD's: each right text once."""
    rows = [
        {
            "question": f"Who is {n}?",
            "context": f"It is Ada {n}.",
            "answers": {"text": [f"Ada {n}"] * 2, "answer_start": [6, 6]},
        }
        for n in range(9)
    ]
    taken = take("rajpurkar/squad", rows, tmp_path)
    assert all(
        example.expected == [f"Ada {example.input.split()[3][:-1]}"]
        for example in examples_of(taken, "question-answering")
    )


def test_words_with_numbered_tags_become_spans(tmp_path: Path) -> None:
    """CoNLL's: words joined by blanks, tags by name; a row whose words hold blanks is left out."""
    rows = [{"tokens": ["Ada", "lives", "in", f"Bern{n}", "."], "ner_tags": [1, 0, 0, 5, 0]} for n in range(9)]
    rows.append({"tokens": ["New York", "is", "large"], "ner_tags": [5, 0, 0]})
    taken = take("eriktks/conll2003", rows, tmp_path)
    found = examples_of(taken, "token-classification", teaching={"count": 0})
    assert len(found) == 9
    assert [span["label"] for span in found[0].expected] == ["PER", "LOC"]


def test_a_translation_names_its_languages(tmp_path: Path) -> None:
    """Source and target are facts."""
    rows = [{"sentence1": f"Guten Tag {n}", "sentence2": f"Good day {n}"} for n in range(9)]
    taken = take("mteb/tatoeba-bitext-mining", rows, tmp_path, "deu-eng")
    assert (taken["translate.source"], taken["translate.target"]) == ("de", "en")
    assert len(examples_of(taken, "translation", translate={"source": "de", "target": "en"})) == 9


def test_a_turned_translation_reads_the_same_file_the_other_way(tmp_path: Path) -> None:
    """Input and expected are exchanged, and so are the facts."""
    rows = [{"sentence1": f"Guten Tag {n}", "sentence2": f"Good day {n}"} for n in range(9)]
    taken = take_from(offers("translation", ("en", "de"))[0], rows, tmp_path)
    assert (taken["translate.source"], taken["translate.target"]) == ("en", "de")
    found = examples_of(taken, "translation", translate={"source": "en", "target": "de"})
    assert {example.input.split()[0] for example in found} == {"Good"}
    assert all("Guten Tag" in str(example.expected) for example in found)


def test_images_are_written_as_files_named_by_us(tmp_path: Path) -> None:
    """A name from outside is no part of a path."""
    of = STAND_INS[place("AI-Lab-Makerere/beans")]
    file = tmp_path / "0000.parquet"
    png = b"\x89PNG" + bytes(8)
    image = "{'bytes': $png || n::VARCHAR::BLOB, 'path': '../../evil.png'} AS image"
    relation = duckdb.sql(f"SELECT {image}, n % 3 AS labels FROM range(9) t(n)", params={"png": png})  # noqa: S608
    relation.write_parquet(str(file))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("advisor.interview.labeling.stand_in.fetch", lambda *_: file)
        taken = borrow(Offer(of, "", "", 0, 0), tmp_path / "work", 20)
    found = examples_of(taken, "image-classification", teaching={"count": 0})
    assert {example.expected for example in found} == {"angular_leaf_spot", "bean_rust", "healthy"}
    assert {path.name for path in tmp_path.rglob("*.png")} == {f"{n:04}.png" for n in range(9)}
    assert (tmp_path / "work" / NOTE).is_file()


def test_a_row_that_cannot_be_used_is_left_out(tmp_path: Path) -> None:
    """Another one takes its place, as long as there are others."""
    rows = [{"text": f"news {n}" if n % 2 else "", "label": n % 4} for n in range(400)]
    taken = take("fancyzhx/ag_news", rows, tmp_path)
    with Path(taken["examples"]).open(newline="") as stream:
        numbers = [int(row["text"].split()[1]) for row in csv.DictReader(stream)]
    assert len(numbers) == 20
    assert max(numbers) > 200
    with pytest.raises(InputError, match="no row that can be used"):
        take("fancyzhx/ag_news", [{"text": "x", "label": 9}], tmp_path)
