"""Evaluations that people have already: their rows, and what they say of a task; nothing of them runs.

`mails.eval` and `mails.json` were written by inspect-ai 0.3.285 with its mock model, without their events, `ran.csv` by
promptfoo 0.121.20 with its provider `echo`; the others follow the examples that promptfoo, OpenAI's evals and
lm-evaluation-harness publish.
"""

import csv
import importlib
import json
import re
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import AdvisorError, InputError
from advisor.interview.files.notices import notices
from advisor.interview.files.preview import preview
from advisor.interview.files.proposal import propose
from advisor.interview.files.sheet import look
from advisor.task.described_rows import described
from advisor.task.evaluations.known import is_configuration, read, settled_by
from advisor.task.evaluations.suites import MOST_SAMPLE
from advisor.task.known_formats import FORMS, KNOWN, sentence
from advisor.task.rows import read_rows
from tests.conftest import Home, run_advisor
from tests.tables import for_each
from tests.task.helpers import write

FOLDER = Path(__file__).with_name("evaluations")
PROMPT = "Sort this mail into billing, bug or other. Answer with one word."
INSTRUCTION = "Sort the mail into billing, bug or other."
COLUMNS = {"examples.input": "input", "examples.expected": "expected"}
INSPECT: tuple[Any, ...] = (
    {"input": "Where is my invoice of May?", "expected": "billing", "metadata.lang": "en"},
    4,
    COLUMNS | {"scoring.metric": "exact", "instruction": f"{INSTRUCTION} Answer with one word."},
    "inspect's log of mockllm/model, accuracy 0.75",
    [],
)
# The first row, how many there are, what is said of a task, the name, what is left out.
FILES: dict[str, tuple[Any, ...]] = {
    "promptfooconfig.yaml": (
        {"mail": "Where is my invoice of May?", "expected": "billing"},
        5,
        {
            "examples.expected": "expected",
            "scoring.metric": "verbatim",
            "bar.p95_seconds": 2.0,
            "instruction": PROMPT,
            "examples.input": "mail",
            "prompt.template": f"{PROMPT}\n\n{{text}}",
            "bar.pass_rate": 0.85,
        },
        "a promptfoo configuration",
        ["cost is not taken", "javascript (1 test), llm-rubric (1 test)", "of 2 prompts the first is taken"],
    ),
    "translate.yaml": (
        {"language": "French", "body": "Hello world", "style_config": '{"tone":"formal"}', "expected": "bonjour"},
        3,
        {
            "examples.expected": "expected",
            "scoring.metric": "contains",
            "bar.p95_seconds": 0.9,
            "instruction": "Translate to <language>: <body>",
            "examples.input": ["language", "body"],
        },
        "a promptfoo configuration",
        ["equals (1 times) checked as contains", "javascript (1 test)"],
    ),
    "tests.csv": (
        {"language": "French", "body": "Hello world", "style_config": '{"tone":"formal"}', "expected": "bonjour"},
        3,
        {"examples.expected": "expected", "scoring.metric": "contains", "bar.p95_seconds": 0.9},
        "promptfoo's tests",
        ["equals (1 times) checked as contains", "javascript (1 test)"],
    ),
    "registry/evals/mails.yaml": (
        {"text": "Where is my invoice of May?", "expected": "billing"},
        2,
        {"scoring.metric": "contains", "scoring.at_least": 0.01, "instruction": INSTRUCTION},
        "an eval of OpenAI's registry",
        ["of 2 evals the first, mails.test.v0, is taken"],
    ),
    "boolq.yaml": (
        {"passage": "Ice is frozen water.", "question": "is ice water", "expected": "yes"},
        2,
        {
            "examples.expected": "expected",
            "instruction": "<passage>\nQuestion: <question>?\nAnswer",
            "examples.input": ["passage", "question"],
            "family": "text-classification",
            "labels": ["no", "yes"],
        },
        "a task of lm-evaluation-harness",
        [],
    ),
    "scenarios.yaml": (
        {"language": "French", "body": "Hello world", "expected": ["bonjour", "monde"], "greeting": None},
        6,
        {
            "examples.expected": "expected",
            "scoring.metric": "contains",
            "bar.p95_seconds": 0.9,
            "instruction": "Say <body> in <language>",
            "examples.input": ["body", "language"],
        },
        "a promptfoo configuration",
        ["equals (3 times) checked as contains"],
    ),
    "mails.eval": INSPECT,
    "mails.json": INSPECT,
}


@for_each("name", FILES)
def test_what_an_evaluation_holds(name: str) -> None:
    """Its rows, what it says of a task, and what is not taken, each kind named."""
    first, count, settled, title, left_out = FILES[name]
    found = read(FOLDER / name)
    rows = [row.columns for row in read_rows(FOLDER / name, tuple(first))]
    assert (rows[0], len(rows)) == (first, count)
    assert (found.settled, found.name, described(FOLDER / name)) == (settled, title, title)
    assert found.settled.keys() == found.why.keys()
    assert len(found.left_out) == len(left_out)
    assert [line for line, part in zip(found.left_out, left_out, strict=True) if part not in line] == []
    assert is_configuration(FOLDER / name) == name.endswith((".yaml", ".eval"))


def test_promptfoo_reads_the_same_tests() -> None:
    """`ran.csv` is what `promptfoo eval -c scenarios.yaml -o ran.csv` wrote: its variables, test by test.

    They come from scenarios, of a configuration and tests each, and from the sheet "Cases" of `cases.xlsx`.
    """
    rows = [row.columns for row in read_rows(FOLDER / "scenarios.yaml", ())]
    with (FOLDER / "ran.csv").open(encoding="utf-8", newline="") as stream:
        ran = list(csv.DictReader(stream))
    names = ("language", "greeting", "body")
    assert [[row.get(name, "") for name in names] for row in rows] == [[each[name] for name in names] for each in ran]
    for row, each in zip(rows, ran, strict=True):  # what it says of an answer that was wrong
        wanted = row["expected"] if isinstance(row["expected"], list) else [row["expected"]]
        assert all(part in each["Grader Reason"] for part in wanted), each
    # `results.json` is what it wrote of `translate.yaml`: the same evaluation, without the answers.
    one, other = read(FOLDER / "translate.yaml"), read(FOLDER / "results.json")
    assert [row.columns for row in one.rows] == [row.columns for row in other.rows]
    assert (one.settled, one.left_out) == (other.settled, other.left_out)


def test_answers_that_somebody_graded_are_rows_where_nothing_else_is_expected(tmp_path: Path) -> None:
    """What a person said counts more than a judge, whose verdicts are named; calls that failed are left out."""
    judge = {"pass": False, "reason": "not in the leaflet", "assertion": {"type": "llm-rubric"}}
    person = {"pass": True, "reason": "Manual result", "assertion": {"type": "human"}}
    each = [
        {
            "vars": {"question": f"How often {n}?"}, "testCase": {"vars": {"question": f"How often {n}?"}},
            "provider": {"id": "openai:some"}, "response": {"output": f"{n} times"} if n else None,
            "gradingResult": {"pass": False, "componentResults": [judge, *([person] if n % 2 else [])]},
        }
        for n in range(8)
    ]  # fmt: skip
    asked = {
        "prompts": ["{{question}}"],
        "defaultTest": {"assert": [{"type": "llm-rubric", "value": "is in it"}]},
    }
    data = {"evalId": "eval-1", "results": {"prompts": [{"raw": "{{question}}"}], "results": each}, "config": asked}
    found = read(write(tmp_path / "results.json", json.dumps(data, indent=1)))
    assert [row.columns["pass"] for row in found.rows] == [True, False] * 3 + [True]
    assert found.rows[0].columns == {
        "question": "How often 1?", "output": "1 times", "pass": True, "provider": "openai:some",
        "reason": "not in the leaflet",
    }  # fmt: skip
    assert found.left_out == ["no person graded 3 answers: there 'pass' is what the assertions found"]
    assert {each.name for each in look(tmp_path / "results.json").columns} == {*found.rows[0].columns}
    for one in each:
        one["testCase"]["assert"] = [{"type": "regex", "value": "[0-9]+ times"}]  # no judge
    assert "pass" not in read(write(tmp_path / "results.json", json.dumps(data, indent=1))).rows[0].columns
    each[1] |= {"gradingResult": {"pass": True, "componentResults": [{"assertion": "x"}, 3]}, "vars": None}
    for one in each:
        one["testCase"]["assert"] = []
    found = read(write(tmp_path / "results.json", json.dumps(data, indent=1)))
    assert found.rows[0].columns == {"output": "1 times", "pass": True, "provider": "openai:some", "reason": None}


def test_results_hold_what_files_that_are_missing_held(tmp_path: Path) -> None:
    """The tests and prompts that promptfoo took from files, as they were run; each test once, with its line."""
    data = json.loads((FOLDER / "results.json").read_text(encoding="utf-8"))
    data["config"] |= {"tests": "file://tests.csv", "prompts": ["file://prompt.txt"]}
    data["results"]["results"] *= 2  # as by two models
    found = read(write(tmp_path / "results.json", json.dumps(data, indent=1)))
    whole = read(FOLDER / "results.json")
    shared = ("language", "body", "expected")
    assert [[row.columns[name] for name in shared] for row in found.rows] == [
        [row.columns[name] for name in shared] for row in whole.rows
    ]
    assert found.settled == whole.settled
    lines = json.dumps(data, indent=1).splitlines()
    assert all('"cost"' in lines[row.line] for row in found.rows)


def test_a_row_knows_its_line_and_words_stay_words(tmp_path: Path) -> None:
    """Variables are filled into what is expected, "Yes" is a text, several values or files are several rows."""
    rows = list(read_rows(FOLDER / "promptfooconfig.yaml", ("mail",)))
    assert [row.line for row in rows] == [16, 18, 24, 24, 26]
    assert [row.columns["expected"] for row in rows] == ["billing", "bug", "billing", "billing", "other Yes"]
    numbers = "\n".join(f"- {{q: 1, a: {each}}}" for each in ("12:30", "007", "1_000", "2026-01-31", "0", "-5"))
    assert [str(row.columns["a"]) for row in read_rows(write(tmp_path / "n.yaml", numbers), ())] == [
        *("12:30", "007", "1_000", "2026-01-31", "0", "-5")
    ]
    write(tmp_path / "cases-1.json", json.dumps([{"vars": {"q": "a"}, "assert": [{"type": "equals", "value": "b"}]}]))
    write(tmp_path / "cases-2.csv", "q;__expected\nc;equals:d\n")
    named = read_rows(write(tmp_path / "c.yaml", "tests: ['file://cases-*']\n"), ())
    assert [tuple(row.columns.values()) for row in named] == [("a", "b"), ("c", "d")]
    expected = [row.columns["expected"] for row in read_rows(FOLDER / "tests.csv", ())]
    assert expected == ["bonjour", ["j'ai", "faim"], "Ahoy"]


LISTS = {
    "below.yml": (
        "# ours\nof: 2024\nasked:\n  - {text: a b, label: x}\n  - {text: c d, label: y}\n",
        "records in YAML",
        ["a b", "c d"],
    ),
    "x.yaml": ("- text: a b\n  label: x\n- text: c d\n  label: y\n", "records in YAML", ["a b", "c d"]),
    "nlu.yml": (
        (
            "- {intent: greet, examples: '- hi\n\n    - good day\n\n'}\n- lookup: city\n  examples: |\n    - Rome\n"
            '- intent: book\n  examples: |\n    - to [Rome](city) on [Monday]{"entity": "day"}\n'
        ),
        "records in YAML",
        ["hi", "good day", "to Rome on Monday"],
    ),
    "x.yml": (
        "- vars: {q: a}\n  assert: [{type: equals, value: b}]\n- vars: {q: Yes?}\n  assert: [{type: python}]\n",
        "a promptfoo configuration",
        ["a"],
    ),
    "x.json": ('{"meta": {"targets": 3}, "data": [{"text": "a b", "providers": "x"}]}', "", ["a b"]),
    "y.json": (
        '{"prompts": ["{{q}}"], "tests": [{"vars": {"q": "a"}, "assert": [{"type": "equals", "value": "b"}]}]}',
        "a promptfoo configuration",
        ["a"],
    ),
}


@for_each("name", LISTS)
def test_lists_and_json_are_recognised(tmp_path: Path, name: str) -> None:
    """Tests or rows in YAML, data whose keys are promptfoo's; a test that expects nothing else is left out."""
    text, title, first = LISTS[name]
    path = write(tmp_path / name, text)
    assert described(path) == title
    assert [next(iter(row.columns.values())) for row in read_rows(path, ())] == first


ASKED = '{"q": " Is it? ", "choices": {"text": ["ice", "fire"], "label": ["A", "B"]}, "key": "B", "right": 1}\n'
DOCS = {
    "doc_to_text: '{{q.strip()}}'\ndoc_to_target: '{{choices.label.index(key)}}'\ndoc_to_choice: '{{choices.text}}'": {
        "text": " Is it? \nA) ice\nB) fire",
        "expected": "fire",
    },
    "doc_to_text: 'Q: {{q}} {{choices.text[0]}} or {{choices.text[1]}}'\ndoc_to_target: right": {
        "text": "Q:  Is it?  ice or fire",
        "expected": 1,
    },
    "doc_to_text: q\ndoc_to_target: '{{right}}'\ndoc_to_choice: [no, yes]": {"text": " Is it? ", "expected": "yes"},
    "doc_to_text: 'Q: {{q}}'\ndoc_to_target: key": {"q": " Is it? ", "expected": "B"},
}


@for_each("keys", DOCS)
def test_a_task_of_the_harness_says_each_row(tmp_path: Path, keys: str) -> None:
    """A column, a template, parts of objects, the place of the right choice; choices that a prompt lacks are listed."""
    write(tmp_path / "d.jsonl", ASKED)
    head = "task: t\ndataset_path: json\ndataset_kwargs: {data_files: {test: [d.jsonl]}}\ntest_split: test\n"
    (row,) = read_rows(write(tmp_path / "x.yaml", head + keys), ())
    assert row.columns == DOCS[keys]
    write(tmp_path / "base.yaml", head.replace("[d.jsonl]", "[d.jsonl, e.jsonl]") + "include: base.yaml\n")
    write(tmp_path / "middle.yaml", "include: base.yaml\n")
    (row,) = read_rows(write(tmp_path / "x.yaml", f"task: u\ninclude: middle.yaml\n{keys}"), ())
    assert row.columns == DOCS[keys]
    assert read(tmp_path / "x.yaml").left_out == ["of 2 files of data the first is taken"]


def _test(*assertions: str) -> str:
    return f"{{vars: {{q: What is it?}}, assert: [{', '.join(assertions)}]}}"


IS_JSON = "{type: is-json, value: {type: object, required: [a]}}"
ASSERTED: dict[str, tuple[dict[str, Any], str]] = {
    _test("{type: levenshtein, value: 0123456789, threshold: 3}"): (
        {"scoring.metric": "levenshtein", "scoring.at_least": 0.7},
        "",
    ),
    _test("{type: regex, value: '^[a-z]+$'}"): ({"scoring.matches": r"[\s\S]*(?:^[a-z]+$)[\s\S]*"}, ""),
    _test("{type: regex, value: '(?=x)'}"): ({}, "regex is not taken: matches"),
    _test("{type: levenshtein, value: 12:30, threshold: .nan}", "{type: latency, threshold: .inf}"): (
        {"scoring.metric": "levenshtein", "scoring.at_least": 0.01},
        "",
    ),
    _test(IS_JSON): ({"scoring.json_schema": {"type": "object", "required": ["a"]}}, ""),
    _test("{type: is-json}"): ({"scoring.json_schema": {}}, ""),
    f"{_test(IS_JSON)}, {_test('{type: equals, value: x}')}": ({"scoring.metric": "verbatim"}, "is-json is not taken"),
    _test("{type: assert-set, threshold: 0.5, assert: [{type: contains, value: x}]}", "{type: contains, value: y}"): (
        {"scoring.metric": "contains"},
        "",
    ),
    _test("{type: contains-any, value: [x, y]}"): ({"scoring.metric": "contains", "scoring.at_least": 0.01}, ""),
    "{vars: {q: a}, threshold: 0.5, assert: [{type: contains-all, value: [x, y]}]}": (
        {"scoring.metric": "contains", "scoring.at_least": 0.5},
        "",
    ),
    _test("{type: equals, value: x, transform: output.trim()}", "{type: not-contains, value: y}"): (
        {},
        "equals with code (1 test), not-contains (1 test)",
    ),
}


@for_each("tests", ASSERTED)
def test_what_assertions_say(tmp_path: Path, tests: str) -> None:
    """Of each kind what the comparison is; what some tests alone assert, or nothing here can check, is named."""
    found = read(write(tmp_path / "c.yaml", f"\ufeffproviders: []\ntests: [{tests}]\n"))
    settled, left_out = ASSERTED[tests]
    assert {key: value for key, value in found.settled.items() if key.startswith("scoring")} == settled
    assert left_out in "; ".join(found.left_out)
    assert bool(found.left_out) == bool(left_out)


BOMB = "a: &a [x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 8)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)
LM = "task: t\ndataset_path: json\ndataset_kwargs: {data_files: d.jsonl}\ndoc_to_target: b\n"
REFUSED = {
    "prompts: [a]\nproviders: [openai:gpt-4.1]\n": "with no tests; write tests with vars and assert",
    "prompts: [a]\nscenarios: [{}, 3]\n": "with no tests; write tests with vars and assert",
    "tests: file://make.py:create\n": "'file://make.py:create' is code, which is not run",
    "tests: {path: file://make.ts}\n": "'file://make.ts' is code, which is not run",
    "tests: huggingface://datasets/a/b\n": "the tests are at 'huggingface://datasets/a/b', which is not fetched",
    "tests: ['file://../../etc/passwd']\n": "is outside this file's folder; copy it there",
    "tests: file://cases.xlsx#0\n": "has no sheet '0'; name one of ",
    "tests: file://gone.csv\n": "gone.csv: no such file",
    "tests: [3]\n": "x.yaml:1: is not a test",
    "tests: [{assert: []}]\n": "x.yaml:1: is a test without vars",
    "tests:\n- vars: {a: b}\n  assert: [{type: equals, value: '{{c}}'}]\n": "x.yaml:2: asserts 'c'",
    "name: x\ninstruction: y\n": "no configuration that is known",
    "- a\n- b\n": "no configuration that is known",
    "tests: [\n": "is not valid YAML",
    BOMB: "holds too many entries",
    "a: " + "[" * 5000: "nest",
    "group: agi\ntask: [agi_en, agi_zh]\n": "is a group of lm-evaluation-harness; give the YAML of one task (agi_en",
    LM + "doc_to_text: !function utils.f\n": "doc_to_text is code (!function utils.f), which is not run",
    LM + "doc_to_text: a\nprocess_docs: !function utils.f\n": "process_docs is code",
    LM + "doc_to_text: '{{c}}'\n": "names 'c', which is no column of its data",
    LM + "doc_to_text: '{% if a %}x{% endif %}'\n": "does more than fill in {{names}}",
    "e.v0: {class: 'm:Match', args: {samples_jsonl: gone/s.jsonl}}\n": "are neither in this folder nor in ../data",
}


@for_each("text", REFUSED)
def test_what_cannot_be_used_is_said_in_one_line(tmp_path: Path, text: str) -> None:
    """What would be run, fetched or is elsewhere is named; nothing ends in a traceback."""
    (tmp_path / "c").mkdir(exist_ok=True)
    write(tmp_path / "c" / "d.jsonl", '{"a": "x", "b": "y"}\n')
    write(tmp_path / "c" / "cases.xlsx", (FOLDER / "cases.xlsx").read_bytes())
    with pytest.raises(InputError) as refused:
        list(read_rows(write(tmp_path / "c" / "x.yaml", text), ()))
    assert REFUSED[text] in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_broken_log_is_said_in_one_line(tmp_path: Path) -> None:
    """Cut in the middle, nothing of an archive, without samples; of a run that was ended the samples are there."""
    whole = (FOLDER / "mails.eval").read_bytes()
    text = (FOLDER / "mails.json").read_text(encoding="utf-8")
    for name, content in (("a.eval", whole[: len(whole) // 2]), ("b.eval", b"no archive"), ("c.json", text[:5000])):
        with pytest.raises(InputError, match=r"is cut off or no .*; (copy it again|take the log)"):
            list(read_rows(write(tmp_path / name, content), ()))
    with zipfile.ZipFile(tmp_path / "d.eval", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("_journal/start.json", json.dumps({"eval": {"model": "m", "scorers": [{"name": "choice"}]}}))
    with pytest.raises(InputError, match="is a log of inspect without samples"):
        list(read_rows(tmp_path / "d.eval", ()))
    asked = {"id": 1, "input": "Which is hot?", "choices": ["ice", "fire"], "target": "B", "scores": {}, "messages": []}
    with zipfile.ZipFile(tmp_path / "d.eval", "a") as packed:
        for epoch in (1, 2):
            packed.writestr(f"samples/1_epoch_{epoch}.json", json.dumps(asked | {"epoch": epoch}))
    (row,) = read_rows(tmp_path / "d.eval", ())
    assert row.columns == {"input": "Which is hot?\nA) ice\nB) fire", "expected": "B"}
    assert read(tmp_path / "d.eval").settled["scoring.metric"] == "exact"
    with zipfile.ZipFile(tmp_path / "d.eval", "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("samples/2_epoch_1.json", json.dumps(asked | {"id": 2, "input": "x" * MOST_SAMPLE}))
    assert [len(read(tmp_path / "d.eval").rows), *read(tmp_path / "d.eval").left_out] == [
        1,
        "left out, as larger than 16 MiB: 1 sample",
    ]


BROKEN = st.sampled_from([None, [], {}, 3, "x", ["x"], [{}], {"a": "b"}, "file://gone.txt", "{{x", float("nan")])


@settings(max_examples=60)
@given(data=st.data(), name=st.sampled_from([*FILES, "chats.jsonl"]))
def test_whatever_is_broken_is_no_traceback(tmp_path: Path, data: st.DataObject, name: str) -> None:
    """Any value of a file replaced by another: it is read, or refused."""
    source = FOLDER / name
    if name.endswith((".yaml", ".json")):
        held = yaml.load(source.read_text(encoding="utf-8"), yaml.CSafeLoader)
        at: Any = held
        while True:
            key = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
            if not isinstance(at[key], dict | list) or not at[key] or data.draw(st.booleans()):
                break
            at = at[key]
        at[key] = data.draw(BROKEN)
        content = json.dumps(held).encode()
    else:
        whole = source.read_bytes()
        cut = data.draw(st.integers(1, len(whole)))
        content = whole[:cut] + data.draw(st.binary(max_size=4)) + whole[cut + 4 :]
    path = write(tmp_path / f"x{source.suffix}", content)
    with suppress(AdvisorError):
        list(read_rows(path, ()))
        settled_by(path)


def test_the_table_of_formats_names_readers(home: Home) -> None:
    """Each form's reader is there, and what is not taken is said of each, by the command too."""
    for known in (*KNOWN, *FORMS.values()):
        module, _, name = known.reader.rpartition(".")
        assert callable(getattr(importlib.import_module(f"advisor.task.{module}"), name))
    assert all(all(known[:-1]) for known in KNOWN)
    assert f" {len(KNOWN)} kinds " in sentence()
    shown = run_advisor(home, "task", "formats", "--json")
    assert json.loads(shown.out) == [known._asdict() for known in KNOWN]
    help_ = "".join(run_advisor(home, "recommend", "--help").out.split())  # its lines end within words, at hyphens
    assert all("".join(f"{known.name} - {known.lacks}".split()) in help_ for known in KNOWN)


@for_each(
    ("name", "lacks"),
    [
        ("langfuse.json", "traces, media"),
        ("label-studio.json", "second annotations"),
        ("doccano.jsonl", "relations"),
        ("label-studio.csv", "second annotations"),
        ("phoenix.csv", "experiments, spans"),
    ],
)
def test_what_is_not_taken_is_said_of_a_file(name: str, lacks: str) -> None:
    """Where it is picked, and in the notes on how it is read."""
    path = Path(__file__).with_name("exports") / name
    assert re.search(f"not taken: .*{lacks}", preview(path, {}).words)
    table = look(path)
    assert lacks in next(each.text for each in notices(table, propose(table)) if each.key == "layout")
