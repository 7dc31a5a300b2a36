"""Recognises evaluation files by name and first bytes, and dispatches to their readers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError, one_line
from advisor.paths import is_file
from advisor.system.source import opened, place
from advisor.task.json_shapes import listed

if TYPE_CHECKING:
    from advisor.task.evaluations.base import Evaluation
    from advisor.task.hub_files import Named
    from advisor.task.yaml_text import Lines

YAML = (".yaml", ".yml")
ENDINGS = (*YAML, ".eval")
PROMPTFOO = frozenset({"prompts", "providers", "targets", "tests", "defaultTest", "scenarios"})
_RESULTS = frozenset({"evalId", "results", "config"})  # of `promptfoo eval --output results.json`
_EXPECTED = b"__expected"
_HEAD = 4096
_PROMPTFOO = re.compile(rb'\s*\{[\s\S]*"(?:prompts|providers|targets|defaultTest)"\s*:')
_LOG = re.compile(rb'\s*\{[\s\S]*"status"\s*:[\s\S]*"eval"\s*:\s*\{\s*"(?:eval_id|run_id|task)"')
_CHATS = (".jsonl", ".ndjson", ".json")


def is_evaluation(path: Path) -> bool:
    """Return whether a file holds an evaluation rather than rows alone; OSError if it cannot be read."""
    ending = path.suffix.lower()
    if ending in ENDINGS:
        return True
    if ending not in {".json", ".csv"}:
        return False
    with opened(path) as stream:
        head = stream.read(_HEAD).removeprefix(b"\xef\xbb\xbf")
    if ending == ".csv":
        return _EXPECTED in head.partition(b"\n")[0]
    return _LOG.match(head) is not None or (_PROMPTFOO.match(head) is not None and _is_json_of_promptfoo(path))


def read(path: Path) -> Evaluation:
    """Return the content of an evaluation's file.

    InputError naming the file, the line and the cure. OutOfReachError if its data set is on the Hub, and not in the
    cache.
    """
    try:
        return _read(path)
    except (TypeError, AttributeError, LookupError, ValueError) as error:  # a list where its tool writes a mapping
        reason = one_line(error, 80)
        raise InputError(f"{place(path)}: is not laid out as its tool writes it ({reason}); correct it") from None


def _read(path: Path) -> Evaluation:
    from advisor.task.evaluations import promptfoo, suites  # heavy readers, needed for these files alone
    from advisor.task.evaluations.base import read_yaml

    ending = path.suffix.lower()
    if ending == ".csv":
        return promptfoo.read_table(path)
    with opened(path) as stream:
        is_log = ending == ".eval" or (ending == ".json" and _LOG.match(stream.read(_HEAD)) is not None)
    if is_log:
        return suites.read_log(path)
    data, lines = read_yaml(path)
    if isinstance(data, list) and data and all(isinstance(each, dict) for each in data):
        if "vars" in data[0]:
            return promptfoo.read(path, {"tests": data}, {("tests", *key): line for key, line in lines.items()})
        return suites.read_records(data, lines)
    results, written = None, lines
    if isinstance(data, dict) and data.keys() >= _RESULTS:
        results = data["results"]
        data, lines = _of_results(data, lines)
    kind = _kind(data)
    if kind == "promptfoo":
        found = promptfoo.read(path, data, lines)
        # Where a judge or a person graded, nothing is expected but that grade.
        is_open = all(row.columns[promptfoo.EXPECTED] is None for row in found.rows)
        is_open &= not any(key.startswith(("scoring.", "bar.p95")) for key in found.settled)
        return (promptfoo.read_graded(results, written) if results and is_open else None) or found
    if kind:
        return (suites.read_lm_eval if kind == "harness" else suites.read_registry)(path, data)
    if isinstance(data, dict) and (records := listed(data)):
        at = next((key for key, value in data.items() if value is records), None)
        return suites.read_records(records, {key[1:]: line for key, line in lines.items() if key[:1] == (at,)})
    if isinstance(data, dict) and "group" in data and isinstance(data.get("task"), list):
        names = one_line(", ".join(each for each in data["task"] if isinstance(each, str)), 120)
        raise InputError(f"{place(path)}: is a group of lm-evaluation-harness; give the YAML of one task ({names})")
    raise InputError(
        f"{place(path)}: holds no list of records, and no configuration that is known: promptfoo's (prompts, "
        "tests), OpenAI's evals (class, args) or lm-evaluation-harness's (task, doc_to_text); "
        "a task file is given without --examples"
    )


def _of_results(data: dict[str, Any], lines: Lines) -> tuple[dict[str, Any], Lines]:
    """Return the configuration in promptfoo's results; what it took from files or code is there as it was run."""
    config, ran = data["config"], data["results"] if isinstance(data["results"], dict) else {}
    below = {key[1:]: line for key, line in lines.items() if key[:1] == ("config",)}
    named = config.get("tests")
    if not isinstance(named, list) or any(isinstance(each, str) or "path" in each for each in named):
        tests = {
            each.get("testIdx", at): (each["testCase"], lines.get(("results", "results", str(at)), 1))
            for at, each in enumerate(ran.get("results", ()))
            if isinstance(each.get("testCase"), dict)
        }
        if tests:
            config = {key: each for key, each in config.items() if key not in {"defaultTest", "scenarios"}}
            config["tests"] = [test for test, _ in tests.values()]
            below |= {("tests", str(at)): line for at, (_, line) in enumerate(tests.values())}
    raw = [each["raw"] for each in ran.get("prompts", ()) if isinstance(each, dict) and "raw" in each]
    return ({**config, "prompts": raw} if raw else config), below


def _is_json_of_promptfoo(path: Path) -> bool:
    """Return whether the tool's keys are at the top of a JSON file, where data may have them anywhere."""
    from advisor.task.evaluations.base import MAX_TEXT, json_or

    with opened(path) as stream:
        data = json_or(stream.read(MAX_TEXT).decode("utf-8-sig", "replace"), None)
    return isinstance(data, dict) and (
        data.keys() >= _RESULTS or ("tests" in data and len(PROMPTFOO & data.keys()) > 1)
    )


def is_configuration(path: Path) -> bool:
    """Return whether a file given as a task is an evaluation: an inspect log, or YAML that is no task file."""
    if path.suffix.lower() == ".eval":
        return is_file(path)
    try:
        data = _yaml(path)
    except InputError:  # reported when it is read as a task
        return False
    return bool(_kind(data)) and "examples" not in data


def settled_by(path: Path) -> Evaluation | None:
    """Return a file's settings for a task besides its rows; None if it has none.

    InputError naming the file, the line and the cure.
    """
    if is_file(path) and is_evaluation(path):
        return read(path)
    if path.suffix.lower() not in _CHATS:
        return None
    from advisor.task.evaluations.suites import read_chats

    found = read_chats(path)
    return found if found.settled else None


def hub_data(path: Path) -> Named | None:
    """Return the Hub's data set of an evaluation; InputError naming the file, the line and the cure."""
    if _kind(data := _yaml(path)) != "harness":
        return None
    from advisor.task.evaluations.suites import hub_data as named

    return named(path, data)


def beyond(path: Path) -> list[Path]:
    """Return files outside the evaluation's folder that it may read: the data of a registry of OpenAI's evals.

    InputError naming the file, the line and the cure.
    """
    data = path.resolve().parent.parent / "data"
    return [data] if _kind(_yaml(path)) == "registry" and data.is_dir() else []


def _yaml(path: Path) -> Any:  # noqa: ANN401  any YAML value
    """Return a YAML file's content; None for other files."""
    if path.suffix.lower() not in YAML or not is_file(path):
        return None
    from advisor.task.evaluations.base import read_yaml

    return read_yaml(path)[0]


def _kind(data: object) -> str:
    """Return the tool that a configuration belongs to; "" if unknown."""
    if not isinstance(data, dict):
        return ""
    if PROMPTFOO & data.keys():
        return "promptfoo"
    if "task" in data and {"dataset_path", "doc_to_text", "include"} & data.keys():
        return "harness"
    return "registry" if any(isinstance(each, dict) and "class" in each for each in data.values()) else ""
