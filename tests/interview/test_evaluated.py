"""What an evaluation says of a task is a guess: the user's answers and words come first, and it fits the family."""

import json
from pathlib import Path
from typing import Any

import pytest

from advisor.interview.facts import Source
from advisor.interview.files.preview import preview
from advisor.interview.files.proposal import propose
from advisor.interview.files.sheet import look
from advisor.interview.understand import Seen, understand
from advisor.interview.write_task import task_document
from advisor.task.examples import load_examples
from advisor.task.model import Task
from advisor.workflow.arguments import start_of
from advisor.workflow.without_examples import lacks_examples
from catalog import Catalog
from tests.interview.tables import ENGLISH, GERMAN
from tests.interview.test_worth import pool
from tests.task.helpers import write

HEAD = """\
prompts: ["Sort this mail into billing or bug.\\n\\n{{mail}}"]
env: {PROMPTFOO_PASS_RATE_THRESHOLD: 80}
tests:
"""
MAILS = [("I was charged twice in week {}", "billing"), ("The app crashed on day {}", "bug")]


def seen(folder: Path, catalog: Catalog, words: str = "", **answers: Any) -> Seen:
    """Return what is known of a configuration with twenty tests, one of them judged."""
    tests = [
        f"- vars: {{mail: {text.format(n)}}}\n  assert: [{{type: equals, value: {label}}}]\n"
        for n in range(10)
        for text, label in MAILS
    ]
    path = write(folder / "promptfooconfig.yaml", HEAD + "".join(tests).replace("}]", "}, {type: llm-rubric}]", 1))
    return understand(words, {"examples": str(path)} | answers, pool(catalog), catalog)


def test_an_evaluation_settles_a_task(tmp_path: Path, shipped: Catalog) -> None:
    """Without a word of the user: columns, instruction, prompt and bar; and what is not taken is said."""
    found = seen(tmp_path, shipped)
    known = found.understanding
    values = {key: known.value(key) for key in ("examples.input", "examples.expected", "family", "bar.pass_rate")}
    assert list(values.values()) == ["mail", "expected", "text-classification", 0.8]
    assert (fact := known.get("bar.pass_rate")) is not None
    assert (fact.source, fact.words) == (Source.FILE, "PROMPTFOO_PASS_RATE_THRESHOLD")
    (left_out,) = (each.text for each in known.notices if each.key == "left_out")
    assert left_out.startswith("a promptfoo configuration: not taken, as it runs code, asks a judge or compares")
    assert left_out.endswith("llm-rubric (1 test)")
    task = Task.model_validate(task_document(known))
    assert (task.instruction, task.prompt.template) == (
        "Sort this mail into billing or bug.",
        "Sort this mail into billing or bug.\n\n{text}",
    )
    assert task.scoring.metric is None  # equals is how labels are compared anyway
    assert load_examples(task, tmp_path).labels == ("billing", "bug")
    roles = preview(tmp_path / "promptfooconfig.yaml", {}).roles
    assert roles == {"mail": "input", "expected": "answer"}


def test_an_evaluation_is_given_for_a_task(tmp_path: Path) -> None:
    """Where it is the only argument; a task file stays one, and what has examples is read as a task."""
    path = write(tmp_path / "c.yaml", HEAD + "- {vars: {mail: a}}\n")
    for task in (path, str(path)):
        start = start_of(task)
        assert (start.words, start.examples, start.task_file) == ("", str(path), None)
    named = write(tmp_path / "task.yaml", "name: a\ninstruction: b\nexamples: {path: c.yaml}\n")
    assert start_of(str(named)).task_file == str(named)


def test_a_rule_decides_where_no_test_names_an_answer(tmp_path: Path, shipped: Catalog) -> None:
    """A schema for every test is all that is expected; without any assertion the inputs are there to be labelled."""
    tests = "".join(f"- vars: {{mail: mail number {n}}}\n" for n in range(5))
    head = "defaultTest: {assert: [{type: is-json, value: {type: object}}]}\n"
    for start, lacks in ((head, False), ("", True)):
        answers = {"examples": str(write(tmp_path / "c.yaml", start + HEAD + tests))}
        found = understand("", answers, pool(shipped), shipped)
        assert found.understanding.value("family") == "text-generation"
        assert lacks_examples(found, answers) is lacks


def test_words_and_answers_come_first(tmp_path: Path, shipped: Catalog) -> None:
    """A bar in the user's words, another family's comparison, and columns that the user names."""
    known = seen(tmp_path, shipped, "sort mails, 95% must be right").understanding
    assert known.value("bar.pass_rate") == 0.95
    assert known.get("instruction") is None or known.value("instruction") != "Sort this mail into billing or bug."
    known = seen(tmp_path, shipped, family="text-generation").understanding
    assert known.value("scoring.metric") == "verbatim"
    answers = {"examples.input": "expected", "examples.expected": "mail"}
    known = seen(tmp_path, shipped, family="text-generation", **answers).understanding
    assert (known.value("examples.input"), known.value("examples.expected")) == ("expected", "mail")


def test_the_prompt_that_made_the_answers_comes_before_the_words(tmp_path: Path, shipped: Catalog) -> None:
    """The answers have the form that it asks for; the words name the task in reports, and an answer replaces it."""
    system = 'Return only a JSON object with "intent" (refund, delivery) and "amount".'
    calls = [
        {
            "request": {"messages": [{"role": "system", "content": system}, {"role": "user", "content": f"Pay {n}!"}]},
            "response": {"choices": [{"message": {"role": "assistant", "content": f'{{"amount": {n}}}'}}]},
        }
        for n in range(20)
    ]
    answers: dict[str, Any] = {"examples": str(write(tmp_path / "log.jsonl", "\n".join(map(json.dumps, calls))))}
    words = "replace our large model by the smallest"
    task = task_document(understand(words, answers, pool(shipped), shipped).understanding)
    assert (task["instruction"], task["name"]) == (system, words)
    answers["instruction"] = "Read the amount."
    task = task_document(understand(words, answers, pool(shipped), shipped).understanding)
    assert (task["instruction"], task["name"]) == ("Read the amount.", "Read the amount")


@pytest.mark.parametrize("scored", ["scores.human", "topic"])
def test_a_score_in_a_log_is_about_what_was_answered(tmp_path: Path, scored: str) -> None:
    """A topic is of what was asked."""
    lines = ["id,timestamp,name,input,output,metadata," + scored]
    for n in range(60):
        asked = json.dumps([{"role": "user", "content": f"{ENGLISH[n % 8]} {n}"}]).replace('"', '""')
        reply = json.dumps({"role": "assistant", "content": f"{GERMAN[n * 3 % 8]} {n % 7}"}).replace('"', '""')
        lines.append(f'{n},2024-10-01T00:11:23Z,bot,"{asked}","{reply}","{{}}",{n % 2}')
    path = tmp_path / "traces.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    found = propose(look(path), words=f"predict {scored}")
    assert found.expected == scored
    assert found.input_columns == (("text", "expected") if scored == "scores.human" else ("text",))


def test_what_is_said_beside_what_a_case_expects_is_no_answer(tmp_path: Path, shipped: Catalog) -> None:
    """Such as who reviewed it, unless the words name it."""
    cases = [
        {
            "input": [{"role": "user", "content": f"{text} {n}"}],
            "ideal": json.dumps({"item": text.split()[0], "count": n}),
            "metadata": {"reviewed_by": "ab"[n % 2]},
        }
        for n, text in enumerate(ENGLISH * 5)
    ]
    path, words = write(tmp_path / "orders.jsonl", "\n".join(map(json.dumps, cases))), "read item and count, 98% right"
    known = understand(words, {"examples": str(path)}, pool(shipped), shipped)
    assert known.understanding.value("examples.expected") == "expected"
    assert known.understanding.value("family") == "json-extraction"
    named = understand("guess metadata.reviewed_by", {"examples": str(path)}, pool(shipped), shipped)
    assert named.understanding.value("examples.expected") == "metadata.reviewed_by"
