"""`advisor search` and `advisor catalog` through the real command line, on the shipped catalog."""

import json
from pathlib import Path
from typing import Any

from advisor.candidates.lookup import benchmark
from catalog.families import FAMILIES
from tests.conftest import Home, run_advisor
from tests.tables import for_each

INVOICES = "pull company names out of German invoices, CPU only, must be Apache"


def found(home: Home, *arguments: str) -> dict[str, Any]:
    ran = run_advisor(home, "search", *arguments, "--json")
    assert (ran.code, ran.err) == (0, ""), ran.err
    document: dict[str, Any] = json.loads(ran.out)
    return document


def test_what_says_nothing_finds_nothing(starter_home: Home) -> None:
    """One line says what to type instead; a family makes it a search after all."""
    for words in ("asdf", "sdfsdf sdfsdf"):
        assert found(starter_home, words)["models"] == []
        said = run_advisor(starter_home, "search", words).out
        assert said.startswith("No word of this is known. Type what goes in and what comes out")
        assert said.count("\n") <= 2
    assert found(starter_home, "asdf", "--family", "translation", "--limit", "2")["models"]


def test_what_a_search_compares_and_why(starter_home: Home) -> None:
    """The published benchmark of the words is a column; the reasons are words that a person can use."""
    document = found(starter_home, "embeddings to search English notes", "--limit", "5")
    assert "retrieval" in document["benchmark"].lower()
    shown = run_advisor(starter_home, "search", "embeddings to search English notes", "--limit", "5").out
    assert f"Score: {document['benchmark']}" in shown
    figures = [model["published"].get(document["benchmark"]) for model in document["models"]]
    assert sum(figure is not None for figure in figures) >= 3
    assert all(f"{figure:.3f}" in shown for figure in figures if figure is not None)
    assert "shortlisted for" in shown
    assert found(starter_home, "bpe tokenizer of Klingon", "--limit", "2")["benchmark"] is None


@for_each(
    "query, families, published, chosen",
    [
        (
            "search my notes",
            ("feature-extraction",),
            ["Similarity (9 tasks)", "Retrieval (6 tasks)"],
            "Retrieval (6 tasks)",
        ),
        ("rank answers", (), ["One: accuracy", "Ranking (2 tasks)"], "Ranking (2 tasks)"),
        ("write down what is said", (), ["LibriSpeech: WER"], "LibriSpeech: WER"),
    ],
)
def test_the_benchmark_of_the_words_is_compared(
    query: str, families: tuple[str, ...], published: list[str], chosen: str
) -> None:
    """Words of the query and of its kind of task decide, then a mean over tasks; what too few publish is none."""
    words = f"{query} {' '.join(FAMILIES[name].words for name in families)}"
    figures = dict.fromkeys(published, 1.0)
    assert benchmark(words, [figures] * 3) == chosen
    assert benchmark(words, [figures] * 2) is None


def test_published_figures_rank(starter_home: Home) -> None:
    """`--sort benchmark` puts the best published figure of the benchmark first, models without one last."""
    words = ("English sentence embeddings for retrieval", "--limit", "200")
    plain, ranked = found(starter_home, *words), found(starter_home, *words, "--sort", "benchmark")
    figures = [m["published"].get(ranked["benchmark"], -1.0) for m in ranked["models"]]
    assert figures == sorted(figures, reverse=True)
    assert figures[0] > figures[-1] == -1.0
    assert [m["id"] for m in plain["models"]] != [m["id"] for m in ranked["models"]]


def test_an_empty_answer_says_what_to_relax(starter_home: Home) -> None:
    """Nothing satisfies it: exit 0, no models, and what leaving a constraint out would bring."""
    document = found(starter_home, "sentiment of tweets", "--max-params", "10")
    assert document["models"] == []
    assert {"constraint": "max_parameters"}.items() <= document["relax"][0].items()
    assert document["relax"][0]["models"] > 0
    text = run_advisor(starter_home, "search", "sentiment of tweets", "--max-params", "10").out
    assert "Without the constraint on max_parameters" in text


def test_many_queries_in_one_process(starter_home: Home, tmp_path: Path) -> None:
    """A batch file gets one answer a line, in order, each with its id and the answer of a single search."""
    path = tmp_path / "queries.jsonl"
    path.write_text(
        json.dumps({"id": "a", "text": INVOICES})
        + "\n\n"
        + json.dumps({"id": 2, "text": "transcribe Dutch calls"})
        + "\n"
    )
    ran = run_advisor(starter_home, "search", "--batch", str(path))
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert [answer["id"] for answer in answers] == ["a", 2]
    assert answers[1]["family"] == "automatic-speech-recognition"
    assert answers[0]["models"] == found(starter_home, INVOICES)["models"]
    both = run_advisor(starter_home, "search", "transcribe", "--batch", str(path), code=2)
    assert "give the file or a text" in both.err


def test_flags_are_hard_constraints(starter_home: Home) -> None:
    """Family, size, format and gate given as flags hold for every model; --limit and --sort do as they say."""
    document = found(
        starter_home, "a small chat model", "--family", "text-generation", "--max-params", "2B", "--format", "gguf",
        "--not-gated", "--limit", "7", "--sort", "parameters",
    )  # fmt: skip
    models = document["models"]
    assert len(models) == 7
    assert all(m["family"] == "text-generation" and m["parameters"] <= 2 * 10**9 for m in models)
    assert all("gguf" in m["formats"] and m["gated"] is not True for m in models)
    assert [m["parameters"] for m in models] == sorted(m["parameters"] for m in models)


@for_each("line", ["{", '{"id": 1}'])
def test_a_wrong_batch_line_is_named(starter_home: Home, tmp_path: Path, line: str) -> None:
    """One line with file and line number, exit code 2."""
    path = tmp_path / "queries.jsonl"
    path.write_text(json.dumps({"id": 1, "text": "x"}) + "\n" + line + "\n")
    ran = run_advisor(starter_home, "search", "--batch", str(path))
    assert ran.code == 2
    assert f"{path}:2:" in ran.err


@for_each("text", ['"', "a OR (", "NEAR/2 *", "\x1b[31mred", "' OR 1=1 --", "日本語のテキスト", "x" * 5000])
def test_any_text_is_safe(starter_home: Home, text: str) -> None:
    """Operators, quotes and escapes are words like any other, and escapes are never printed."""
    ran = run_advisor(starter_home, "search", text, code=0)
    assert "\x1b" not in ran.out


def test_the_catalog_tells_what_it_holds(starter_home: Home) -> None:
    """`catalog info` counts families, `catalog verify` shares of known facts."""
    info = json.loads(run_advisor(starter_home, "catalog", "info", "--json").out)
    assert info["count"] >= 6000
    assert info["families"]["text-classification"] >= 150
    verified = json.loads(run_advisor(starter_home, "catalog", "verify", "--json").out)
    assert verified["count"] == info["count"]
    assert 0 < verified["filled"]["license"] <= 1
