"""Families other than text classification, by the whole command against a real server: SmolLM2 on llama.cpp."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.conftest import Home
from tests.families.support import recommend, write_task

HOMES = {
    "Ada": "Paris", "Bo": "Rome", "Cleo": "Madrid", "Dan": "Berlin", "Eve": "Tokyo", "Finn": "Athens", "Gus": "Lisbon",
    "Hal": "Vienna", "Ida": "Cairo", "Jan": "Warsaw", "Kay": "Dublin", "Lea": "Oslo",
}  # fmt: skip
THINGS = ("dog", "cat", "tree", "house", "river", "car", "boat", "bird", "king", "song", "storm", "book")
SENTENCE = r"[A-Z][a-z]*(?: [a-z]+){2,9}\."


class Asked(NamedTuple):
    """A task of a family, and facts about SmolLM2's answers to it.

    Attributes:
        rows: The examples.
        task: What else its file says.
        is_right: Whether an output is right for the text of an input, by a way of its own.
        verdict: The one that its answers lead to.
    """

    rows: list[dict[str, Any]]
    task: dict[str, Any]
    is_right: Callable[[str, Any], bool]
    verdict: str


ASKED = {
    "json-extraction": Asked(
        [
            {"text": f"{name} is {age} years old.", "expected": {"name": name, "age": age}}
            for name in list(HOMES)[:3]
            for age in (31, 47)
        ],
        {"instruction": "Extract name and age.", "prompt": {"max_tokens": 40}},
        lambda text, output: text == f"{output['name']} is {output['age']} years old.",
        "passes",
    ),
    # It says more than it is asked, e.g. "Hal lives in Vienna, Austria.": not the words of the context.
    "question-answering": Asked(
        [
            {"question": f"Where does {who} live?", "context": f"{who} lives in {home}.", "answer": home}
            for who, home in HOMES.items()
        ],
        {"instruction": "Answer the question.", "prompt": {"max_tokens": 12}},
        lambda text, output: output.strip(".") == HOMES[text.split()[3]],
        "fails",
    ),
    "text-generation": Asked(
        [{"text": f"a {thing}"} for thing in THINGS],
        {
            "instruction": "Write one short sentence about the thing.",
            "prompt": {"max_tokens": 24},
            "scoring": {"matches": SENTENCE},
        },
        lambda _, output: re.fullmatch(SENTENCE, output) is not None,
        "fails",
    ),
}


@pytest.mark.parametrize("family", ASKED)
def test_a_real_server_does_a_family(ready_home: Home, tmp_path: Path, llama_server: str, family: str) -> None:
    """The server alone is tried; each stored outcome is its own answer, scored as it is, and so is the verdict."""
    rows, more, is_right, verdict = ASKED[family]
    served = {"servers": [{"url": llama_server, "name": "served"}], "models": ["served"], "teaching": {"count": 0}}
    task = write_task(tmp_path, rows, family=family, **served, **more)
    ran, document = recommend(ready_home, task, "--require", "examples")
    (only,) = document["candidates"]
    assert (ran.code, only["verdict"]) == ({"passes": 0, "fails": 3}[verdict], verdict), ran.err
    assert (only["model"], only["runtime"], only["method"], only["place"]) == ("served", "openai", "prompted", "server")
    is_held = family == "json-extraction"
    assert only["engine"].endswith("(answers constrained by a JSON schema)" if is_held else "(answers not constrained)")

    folder = next((ready_home.data / "model-advisor" / "runs").glob("*/outcomes.jsonl")).parent
    evidence = [json.loads(line) for line in (folder / "evidence.jsonl").read_text(encoding="utf-8").splitlines()]
    given = {row["id"]: row["input"] for row in evidence}
    stored = [json.loads(line) for line in (folder / "outcomes.jsonl").read_text(encoding="utf-8").splitlines()]
    outcomes = [each for each in stored if each["purpose"] == "evidence"]
    assert len(outcomes) >= 3
    for each in outcomes:
        text = given[each["id"]]
        assert each["passed"] == is_right(text, each["output"]), each
        assert each["error"] is None
        assert min(each["tokens"], each["prompt_tokens"], each["seconds"]) > 0
        assert each["tokens"] <= more["prompt"]["max_tokens"]
