"""A plan without a network: from the catalog alone, as a practitioner's shortlist reads."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import ExitCode
from catalog import open_catalog
from catalog.prior import only_continues
from tests.conftest import Home, run_advisor
from tests.families.support import write_task

FINANCE = "tell whether English financial headlines are good, bad or neutral for a company"


def headlines(folder: Path) -> Path:
    """Write labelled headlines."""
    path = folder / "headlines.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "label"])
        for number, word in enumerate(
            ("oil", "bank", "steel", "car", "chip", "ship", "wheat", "phone", "drug", "game")
        ):
            rows.writerow([f"The {word} maker lost {number + 2} million in the spring quarter", "bad"])
            rows.writerow([f"Record {word} sales lift its profit by {number + 3} percent", "good"])
            rows.writerow([f"{word.title()} group publishes its report on May {number + 1}", "neutral"])
    return path


def plan(home: Home, *arguments: str | Path) -> dict[str, Any]:
    """Return the plan that the command prints with the Hub out of reach."""
    ran = run_advisor(home, "recommend", *arguments, "--plan-only", "--json", "--yes")
    assert ran.code == ExitCode.PASSES, ran.err
    document: dict[str, Any] = json.loads(ran.out)
    return document


def test_words_and_a_file_make_a_plan(home: Home, tmp_path: Path) -> None:
    """Of several ways and sizes, each with its reason; labels are mapped; nothing that few use."""
    found = plan(home, FINANCE, "--examples", headlines(tmp_path), "--download", "4GB")
    candidates = [each for each in found["candidates"] if each["place"] != "baseline"]
    assert {"head", "as is"} <= {each["method"] for each in candidates}
    assert len({int(math.log(each["serving_bytes"], 4)) for each in candidates}) >= 3
    assert all(each["why"] and each["sizes"] == "predicted by the catalog" for each in candidates)
    assert found["download_bytes"] <= 4e9
    finance = next(each for each in candidates if "financ" in each["model"] or "finbert" in each["model"])
    assert {label.casefold(): to for label, to in finance["label_map"].items()} == {
        "positive": "good",
        "negative": "bad",
        "neutral": "neutral",
    }


def test_what_only_its_licence_keeps_out_is_said_and_let_in_if_any_will_do(home: Home, tmp_path: Path) -> None:
    """Taggers of personal data that practitioners name first are not for commercial use."""
    path = tmp_path / "tickets.jsonl"
    rows = [
        {
            "text": f"I am {name} Doe, call 0151 23456{n}",
            "entities": {"NAME": [f"{name} Doe"], "PHONE": [f"0151 23456{n}"]},
        }
        for n, name in enumerate(("Jane", "Tom", "Ann", "Bob", "Eve", "Max", "Ida", "Leo"))
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    asked = ("black out names and phone numbers in tickets", "--examples", path, "--download", "8GB")
    found = plan(home, *asked)
    barred = {each["model"] for each in found["left_out"] if "--set license=any" in each["reason"]}
    assert "iiiorg/piiranha-v1-detect-personal-information" in barred
    assert barred.isdisjoint(each["model"] for each in found["candidates"])
    open_to_all = plan(home, *asked, "--set", "license=any")
    assert not barred.isdisjoint(each["model"] for each in open_to_all["candidates"])
    assert not any("--set license=any" in each["reason"] for each in open_to_all["left_out"])


def test_the_plan_says_what_to_do_online(home: Home, tmp_path: Path) -> None:
    """And why each is tried; running it without the Hub is refused with the cure."""
    task = [FINANCE, "--examples", str(headlines(tmp_path)), "--download", "4GB", "--yes"]
    ran = run_advisor(home, "recommend", *task, code=ExitCode.OUT_OF_REACH)
    plan = ran.out + ran.err
    assert "The Hub cannot be reached" in plan
    assert "Run the same command online" in plan
    assert "its labels match yours" in plan
    assert "a head on" in plan
    assert 'shortlisted for "' in plan
    assert "the Hub cannot be reached, and 8 of the 10 candidates are on it" in ran.err


def test_what_is_installed_and_what_a_download_would_bring(ready_home: Home, tmp_path: Path) -> None:
    """Without a budget the plan is of what is installed, and names what so many bytes more would bring."""
    ran = run_advisor(ready_home, "recommend", FINANCE, "--examples", headlines(tmp_path), "--plan-only", "--yes")
    assert ran.code == ExitCode.PASSES, ran.err
    table, more = ran.out.split(" these could be tried too, with --download ")
    assert "installed" in table
    assert "fine-tuned for this: its labels match yours" in more
    found = plan(ready_home, FINANCE, "--examples", headlines(tmp_path), "--download", "4GB")
    places = [each["place"] for each in found["candidates"]]
    assert places.count("hub") >= 4
    assert places.count("cache") + places.count("folder") >= 1


def test_what_is_installed_takes_places_by_its_rank(ready_home: Home, tmp_path: Path) -> None:
    """Models for other languages leave places to downloads; without a download they are tried."""
    rows = [
        {"text": f"Il treno delle {n} era in ritardo, che delusione", "label": "bene" if n % 2 else "male"}
        for n in range(40)
    ]
    task = write_task(tmp_path, rows, family="text-classification", instruction="mood of Italian travellers")
    here = [each["model"] for each in plan(ready_home, task)["candidates"] if each["place"] != "baseline"]
    write_task(tmp_path, rows, family="text-classification", instruction="their mood", max_candidates=32)
    more = plan(ready_home, task, "--download", "20GB")
    there = {each["model"] for each in more["candidates"] if each["place"] in ("cache", "folder")}
    assert any("MiniLM" in model for model in here)
    assert not any("MiniLM" in model for model in there)
    (said,) = {each["reason"] for each in more["left_out"] if "MiniLM" in each["model"]}
    assert said == "installed, but made for other languages; name it among the models to try"


@pytest.mark.parametrize(
    ("words", "extra", "banned"),
    [
        ("transcribe Dutch interviews", {"constraints": {"languages": ["nl"]}}, (".en",)),
        ("translate from English to Chinese", {"translate": {"source": "en", "target": "zh"}}, ("zh-en", "to-one")),
    ],
)
def test_a_model_of_another_language_is_not_tried(
    home: Home, tmp_path: Path, words: str, extra: dict[str, Any], banned: tuple[str, ...]
) -> None:
    """Where it is plainly impossible: speech and translation."""
    if "translate" in extra:
        rows = [{"text": f"line {n} of the text", "translation": f"第{n}行"} for n in range(30)]
        extra = extra | {"family": "translation"}
    else:
        from tests.probe.tiny import tone

        rows = [
            {"audio": tone(tmp_path / f"{n}.wav", "low", seconds=0.2 + n / 100).name, "expected": f"een {n}"}
            for n in range(20)
        ]
        extra = extra | {"family": "automatic-speech-recognition"}
    task = write_task(tmp_path, rows, instruction=words, **extra)
    names = [each["model"] for each in plan(home, task, "--download", "20GB")["candidates"]]
    assert len(names) > 3
    assert not [name for name in names if any(part in name.lower() for part in banned)], names


def test_the_translator_of_a_pair_of_languages_is_planned(home: Home, tmp_path: Path) -> None:
    """A practitioner names it first, even if few need the pair; the reverse direction and other pairs are left out."""
    rows = [{"text": f"line {n} of the text", "translation": f"{n}. Zeile des Textes"} for n in range(30)]
    result = {"family": "translation", "translate": {"source": "fi", "target": "sv"}}
    task = write_task(tmp_path, rows, instruction="translate Finnish help texts to Swedish", **result)
    found = {each["model"]: each for each in plan(home, task, "--download", "20GB")["candidates"]}
    of_pairs = {name for name in found if "opus-mt-" in name and "-mul" not in name}
    assert of_pairs == {"Helsinki-NLP/opus-mt-fi-sv"}
    assert found[of_pairs.pop()]["why"][-1] == "weights are a pickle: only its tensors are read, nothing in it runs"


def test_long_texts_need_a_model_that_reads_them(home: Home, tmp_path: Path) -> None:
    """A summary of twelve thousand words is not asked of one that reads a thousand tokens."""
    rows = [{"text": f"report {n}: " + "the pump was tested and it held " * 1800, "summary": f"{n}"} for n in range(12)]
    task = write_task(tmp_path, rows, instruction="summarise long English reports", family="summarization")
    found = plan(home, task, "--download", "20GB")
    names = [each["model"] for each in found["candidates"]]
    assert "facebook/bart-large-cnn" not in names
    assert any("qwen3-4b-instruct-2507" in name.lower() for name in names), names


def test_what_is_too_large_is_tried_in_fewer_bits(home: Home, tmp_path: Path) -> None:
    """A copy counts as named for the uses of its original."""
    rows = [{"text": f"order {n}: two bolts, 3 euro", "expected": f"{n}"} for n in range(12)]
    said = "read invoice text and return a JSON with vendor, date, total and VAT; must fit in 4 GB"
    task = write_task(
        tmp_path,
        rows,
        instruction=said,
        family="text-generation",
        constraints={"max_memory": "4GB"},
        scoring={"metric": "contains"},
    )
    found = [each for each in plan(home, task, "--download", "20GB")["candidates"] if each["place"] != "baseline"]
    names = [each["model"].lower() for each in found]
    assert any("qwen3-1.7b-gguf" in name for name in names), names
    # Whatever the engine, what is written takes longer than what is read.
    paces = {each["runtime"]: each["predicted_seconds_per_example"] / each["parameters"] for each in found}
    assert paces.keys() >= {"transformers", "llama.cpp"}
    assert max(paces.values()) < 4 * min(paces.values()), paces


def test_the_time_of_a_baseline_is_not_only_that_of_its_characters(home: Home, tmp_path: Path) -> None:
    """A constant answer takes as long for any text, and n-grams of a short one far longer than its characters alone."""
    found = []
    for words in (4, 100):
        texts = [" ".join(f"{n}{'abcdefgh'[at % 8]}{at}" for at in range(words)) for n in range(40)]
        rows = [{"text": text, "label": "ab"[n % 2]} for n, text in enumerate(texts)]
        more: dict[str, Any] = {"models": [], "baselines": "try"}
        task = write_task(tmp_path, rows, instruction="sort orders", family="text-classification", **more)
        plans = plan(home, task)["candidates"]
        found.append({each["method"]: each["predicted_seconds_per_example"] for each in plans})
    short, long = found
    assert short["constant"] == long["constant"] < short["linear"] / 100
    assert short["linear"] < long["linear"] < 4 * short["linear"]


def test_what_practitioners_name_for_the_use_is_planned(home: Home, tmp_path: Path) -> None:
    """Clinical encoders for a head on clinical notes, which neither ready classifiers nor usual encoders leave out."""
    task = "sort clinical notes by medical specialty"
    path = tmp_path / "notes.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "label"])
        for number in range(24):
            rows.writerow(
                [f"Chest pain on effort, troponin {number + 3}, ECG repeated in {number + 1} hours", "cardiology"]
            )
            rows.writerow([f"Knee swollen after a fall {number + 2} days ago, X-ray without fracture", "orthopaedics"])
            rows.writerow([f"Tremor of the left hand for {number + 1} years, gait slow, MRI planned", "neurology"])
    found = plan(home, task, "--examples", path, "--download", "8GB")
    models = {each["model"] for each in found["candidates"] if each["place"] != "baseline"}
    with open_catalog() as catalog:
        understood, _ = catalog.read(task)
        named = {model for use, _ in catalog.uses(understood) for model in use.models}
        bases = {model for model in named if (card := catalog.get(model)) and card.family == "fill-mask"}
    assert len(models & named) >= len(models) / 2
    assert models & bases


def test_what_reads_proteins_or_may_be_of_any_size_is_not_planned(home: Home, tmp_path: Path) -> None:
    """Neither the encoder of amino acids that many use, nor models of which no size is known."""
    path = tmp_path / "speeches.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "label"])
        for number in range(12):
            rows.writerow([f"We must cut taxes by {number + 1} per cent for our small businesses", "republican"])
            rows.writerow([f"We must raise the wage of {number + 3} million workers who care for us", "democrat"])
    found = plan(home, "which party's president said this passage", "--examples", path, "--download", "12GB")
    candidates = [each for each in found["candidates"] if each["place"] != "baseline"]
    assert not any("esm2" in each["model"] or "chemberta" in each["model"].lower() for each in candidates)
    assert all(each["serving_bytes"] for each in candidates)


def test_where_a_text_is_continued_base_models_are_planned(home: Home, tmp_path: Path) -> None:
    """They were trained for completion; elsewhere instruction-tuned models are tried instead."""
    path = tmp_path / "lines.jsonl"
    rows = [{"prompt": f"def add_{n}(a, b):\n    return a +", "expected": f" b + {n}"} for n in range(24)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    planned = {}
    for task in ("complete a line of code as the programmer types", "answer questions of employees in a chat"):
        found = plan(
            home, task, "--examples", path, "--download", "12GB", "--set", "family=text-generation",
            "--set", "examples.input=prompt", "--set", "examples.expected=expected",
        )  # fmt: skip
        names = [each["model"] for each in found["candidates"] if each["place"] != "baseline"]
        with open_catalog() as catalog:
            planned[task] = [only_continues(card) for name in names if (card := catalog.get(name))]
    bases, others = planned.values()
    assert sum(bases) >= 2, bases
    assert others
    assert not any(others)


def test_what_is_left_out_for_one_reason_is_one_line(home: Home, tmp_path: Path) -> None:
    """Rerankers with their own protocols; no engine is named for them."""
    named = ["jinaai/jina-reranker-v3", "jinaai/jina-reranker-v3.5", "lightblue/lb-reranker-0.5B-v1.0"]
    named.append("castorini/monot5-base-msmarco")
    rows = [{"query": f"ships {n}", "candidates": [f"a {n}", "b"], "relevant": f"a {n}"} for n in range(40)]
    models = [*named, "cross-encoder/ms-marco-MiniLM-L6-v2"]
    task = write_task(tmp_path, rows, family="text-ranking", models=models)
    shown = run_advisor(home, "recommend", task, "--download", "4GB", "--plan-only").out
    reason = "not installed, and no engine here loads it from the Hub for this task"
    lines = [line for line in shown.splitlines() if line.startswith("Left out:")]
    assert lines == [f"Left out: {', '.join(named[:3])} and 1 more: {reason}"]
