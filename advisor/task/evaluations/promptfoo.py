"""promptfoo's configurations and tables of tests: https://www.promptfoo.dev/docs/configuration/reference."""

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain, islice, product
from math import isfinite
from pathlib import Path
from typing import Any

from advisor.errors import InputError, one_line
from advisor.families.rules import Rules
from advisor.system.source import place, quoted
from advisor.task.cases import chat_text, instruction_of, turns
from advisor.task.evaluations.base import (
    ANY_OF_THEM,
    NOT_TAKEN,
    Code,
    Evaluation,
    as_text,
    fields_of,
    fill,
    json_or,
    read_text,
    read_yaml,
    referenced,
)
from advisor.task.known_formats import WORKBOOKS
from advisor.task.printed import is_header
from advisor.task.record import Row
from advisor.task.workbook import sheets_of, table_of
from advisor.task.yaml_text import Lines
from advisor.units import counted

NAME, MARK, EXPECTED = "a promptfoo configuration", "__expected", "expected"
MOST_TESTS = 20_000
_ANY = frozenset({"contains-any", "icontains-any"})
_CONTAINS = _ANY | {"contains", "icontains", "contains-all", "icontains-all"}
_JSON = frozenset({"is-json", "contains-json"})
_TAKEN = _CONTAINS | _JSON | {"equals", "regex", "levenshtein", "latency", "cost"}
# Unsupported assertions; any other text in a CSV's cell is the expected answer.
_OTHERS = frozenset(
    "answer-relevance bleu classifier contains-html contains-sql contains-xml context-faithfulness "  # noqa: SIM905
    "context-recall context-relevance factuality finish-reason g-eval gleu grade guardrails is-html "
    "is-refusal is-sql is-valid-openai-tools-call is-xml javascript llm-rubric meteor model-graded-closedqa "
    "model-graded-factuality moderation perplexity perplexity-score pi python rouge-n ruby search-rubric similar "
    "starts-with webhook word-count".split()
)
_CELL = re.compile(
    rf"((?:not-)?(?:{'|'.join(sorted(_TAKEN | _OTHERS, key=len, reverse=True))}|fn|eval)|file)"
    r"(?:\((\d+(?:\.\d+)?)\))?(?::(.*))?",
    re.DOTALL,
)
_FILE_NAME = re.compile(r"file://.*|[\w./-]+\.(?:txt|json|md|py|js)")
_RATE = "PROMPTFOO_PASS_RATE_THRESHOLD"
_USUAL_EDITS = 5.0  # promptfoo's default

_Assertion = tuple[str, Any, float | None]


def read(path: Path, data: Mapping[str, Any], lines: Lines) -> Evaluation:
    """Return the content of a configuration.

    InputError naming the file, the line and the cure: no tests, tests that are code, a missing file.
    """
    default = data.get("defaultTest") or {}
    default = _loaded(referenced(path, default)) if isinstance(default, str) else default
    templates = data.get("assertionTemplates") or {}
    written = chain(_tests(path, data.get("tests"), lines), _of_scenarios(path, data.get("scenarios"), lines))
    found = _read(path, NAME, ((line, _merged(default, test)) for line, test in written), templates)
    if not found.rows:
        raise InputError(
            f"{place(path)}: is {NAME} with no tests; write tests with vars and assert, or name a CSV of them"
        )
    _add_prompt(path, data.get("prompts"), found)
    env = data.get("env")
    if isinstance(env, dict) and 0 < (share := _number(env.get(_RATE)) or 0) < 100:  # noqa: PLR2004  percent
        found.add("bar.pass_rate", share / 100, _RATE)
    return found


def read_graded(results: object, lines: Lines) -> Evaluation | None:
    """Return a row per answer in results, with its variables and whether it passed; None if none was graded.

    `pass` is what a person said, where one did, else the outcome of all assertions; `reason` says why.
    """
    listed = results.get("results") if isinstance(results, dict) else None
    rows, judged = [], 0
    for at, each in enumerate(listed if isinstance(listed, list) else []):
        answer, said = (each.get(key) if isinstance(each, dict) else None for key in ("response", "gradingResult"))
        if not isinstance(answer, dict) or not isinstance(said, dict) or not isinstance(said.get("pass"), bool):
            continue
        listed_parts, own = said.get("componentResults"), each.get("vars")
        parts = [part for part in (listed_parts if isinstance(listed_parts, list) else []) if isinstance(part, dict)]
        by_people = [part for part in parts if _is_by_a_person(part)]
        judged += not by_people
        verdict, provider = (by_people or [said])[-1], each.get("provider") or {}
        cells = {**(own if isinstance(own, dict) else {}), "output": answer.get("output"), "pass": verdict.get("pass")}
        cells |= {"provider": provider.get("id") if isinstance(provider, dict) else provider}
        reasons = [part.get("reason") for part in parts if part not in by_people] or [said.get("reason")]
        rows.append(Row(lines.get(("results", "results", str(at)), 1), cells | {"reason": reasons[0]}))
    if not rows:
        return None
    found = Evaluation("answers graded in promptfoo", rows)
    if judged:
        found.left_out.append(
            f"no person graded {counted(judged, 'answer')}: there 'pass' is what the assertions found"
        )
    return found


def _is_by_a_person(part: Mapping[str, Any]) -> bool:
    asserted = part.get("assertion")
    return isinstance(asserted, dict) and asserted.get("type") == "human" and isinstance(part.get("pass"), bool)


def read_table(path: Path) -> Evaluation:
    """Return the content of a table of tests; InputError naming the file, the line and the cure."""
    return _read(path, "promptfoo's tests", _of_table(path), {})


def _of_scenarios(path: Path, given: object, lines: Lines) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield each test of a scenario with each of its configurations, in promptfoo's order."""
    for at, each in enumerate(given if isinstance(given, list) else []):
        key, line = ("scenarios", str(at)), lines.get(("scenarios", str(at)), 1)
        file = referenced(path, each) if isinstance(each, str) else path
        held = _loaded(file) if isinstance(each, str) else each
        for scenario in held if isinstance(held, list) else [held]:
            if isinstance(scenario, dict):
                tests = list(_tests(file, scenario.get("tests"), lines, (*key, "tests"))) or [(line, {})]
                for _, data in _tests(file, scenario.get("config"), lines, (*key, "config")):
                    yield from ((line, _merged(data, test)) for line, test in tests)


def _tests(
    path: Path, given: object, lines: Lines, key: tuple[str, ...] = ("tests",)
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the tests with their lines, including those of other files."""
    for at, each in enumerate(given if isinstance(given, list) else [given] if given else []):
        line = lines.get((*key, str(at))) or lines.get(key) or 1
        test = each.get("path", each) if isinstance(each, dict) else each  # a generator with settings has a path
        if isinstance(test, dict):
            yield line, test
        elif not isinstance(test, str):
            raise InputError(
                f"{place(path, line)}: is not a test; write vars and assert, or the name of a file of tests"
            )
        elif "://" in test.removeprefix("file://"):
            raise InputError(
                f"{place(path, line)}: the tests are at {quoted(test, 80)}, which is not fetched; save them in a file "
                "here, or give a data set of the Hub as hf://datasets/OWNER/NAME"
            )
        else:
            file = referenced(path, test)
            for one in sorted(file.parent.glob(file.name)) if "*" in file.name else [file]:
                yield from _of_file(referenced(path, str(one)), line)


def _of_file(path: Path, line: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if path.name.partition("#")[0].lower().endswith((".csv", *WORKBOOKS)):
        yield from _of_table(path)
        return
    found = _loaded(path)
    yield from ((line, each) for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict))


def _of_table(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the tests of a table: https://www.promptfoo.dev/docs/configuration/test-cases#csv-format."""
    for line, cells in (_of_csv if path.suffix.lower() == ".csv" else _of_workbook)(path):
        own = {name: cell for name, cell in cells.items() if not name.startswith("__")}
        asserted = [
            _of_cell(cell.strip())
            | ({"threshold": least} if (least := cells.get(f"__config:{name}:threshold")) else {})
            for name, cell in cells.items()
            if name.startswith(MARK) and cell.strip()
        ]
        yield line, {"vars": own, "assert": asserted, "threshold": cells.get("__threshold")}


def _of_csv(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    text = read_text(path)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t|", key=text.partition("\n")[0].count))
    try:
        for record in reader:
            yield reader.line_num, {name: cell for name, cell in record.items() if name and isinstance(cell, str)}
    except csv.Error as error:
        raise InputError(
            f"{place(path, reader.line_num)}: is not valid CSV ({one_line(error, 80)}); correct it"
        ) from None


def _of_workbook(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of the first sheet, or of the one after "#", by its name or number."""
    name, _, sheet = path.name.partition("#")
    sheets = sheets_of(path.with_name(name))
    numbered = {f"{at}": rows for at, rows in enumerate(sheets.values(), 1)} | sheets
    if (sheet := sheet or "1") not in numbered:
        raise InputError(f"{place(path)}: has no sheet {quoted(sheet)}; name one of {', '.join(map(quoted, sheets))}")
    names, rows, lines = table_of(numbered[sheet], None)
    for line, row in zip(lines, rows, strict=True):
        cells = {name: as_text(cell) or "" for name, cell in zip(names, row, strict=True)}
        if not is_header(cells):
            yield line, cells


def _of_cell(cell: str) -> dict[str, Any]:
    """Return a cell's assertion: "contains:Paris", "latency(500)", or the expected answer itself."""
    found = _CELL.fullmatch(cell)
    if found is None or (found[1] in {"fn", "eval", "file", "grade"} and found[3] is None):
        return {"type": "equals", "value": cell}
    value: Any = found[3]
    if found[1].endswith(("-all", "-any")) and value:
        value = [each.strip() for each in value.split(",")]
    return {"type": found[1], "value": value, "threshold": found[2]}


def _merged(default: Mapping[str, Any], test: Mapping[str, Any]) -> dict[str, Any]:
    variables: dict[str, Any] = {**(default.get("vars") or {}), **(test.get("vars") or {})}
    return {
        **default,
        **test,
        "vars": variables,
        "assert": [*(default.get("assert") or ()), *(test.get("assert") or ())],
    }


def _read(
    path: Path, name: str, tests: Iterator[tuple[int, Mapping[str, Any]]], templates: Mapping[str, Any]
) -> Evaluation:
    """Return a row per combination of a test's variables, with the expected answer, and settings for the task."""
    rows: list[Row] = []
    said: defaultdict[str, list[Any]] = defaultdict(list)
    dropped: Counter[str] = Counter()
    text_of = cache(read_text)  # a file that all tests name is read once
    for line, test in islice(tests, MOST_TESTS):
        if not isinstance(test.get("vars"), dict) or not test["vars"]:
            raise InputError(f"{place(path, line)}: is a test without vars; write its variables as name: value")
        asserted = list(_assertions(test.get("assert"), templates))
        dropped.update(list(dict.fromkeys(kind for kind, _, _ in asserted if kind not in _TAKEN)))
        if (test.get("options") or {}).get("transform"):
            dropped["a transform of the answer"] += 1
        said["threshold"].append(_number(test.get("threshold")))
        values = [each if isinstance(each, list) else [each] for each in test["vars"].values()]
        for cells in islice(product(*values), MOST_TESTS - len(rows)):
            record = {name: _variable(path, cell, text_of) for name, cell in zip(test["vars"], cells, strict=True)}
            taken = [
                (kind, _value(path, line, value, record, text_of), least)
                for kind, value, least in asserted
                if kind in _TAKEN
            ]
            wanted = _note(taken, said)
            rows.append(Row(line, record | {EXPECTED: wanted[0] if len(wanted) == 1 else wanted or None}))
    kept = [row for row in rows if row.columns[EXPECTED] is not None]
    found = Evaluation(name, kept or rows)
    _add_said(said, dropped, len(rows), found)
    if len(found.rows) < len(rows):
        found.left_out.append(f"left out, as nothing else is expected: {counted(len(rows) - len(kept), 'test')}")
    return found


def _assertions(given: object, templates: Mapping[str, Any]) -> Iterator[_Assertion]:
    """Yield kind, value and threshold; assertions that transform the answer first have their own kind."""
    for each in given if isinstance(given, list) else []:
        one = each
        if isinstance(each, dict) and isinstance(each.get("$ref"), str):
            one = templates.get(each["$ref"].rpartition("/")[2])
        if isinstance(one, dict) and one.get("type") == "assert-set":
            yield from _assertions(one.get("assert"), {})
        elif isinstance(one, dict):
            runs = one.get("transform") or isinstance(one.get("value"), Code)
            yield f"{one.get('type')}{' with code' if runs else ''}", one.get("value"), _number(one.get("threshold"))


def _variable(path: Path, value: object, text_of: Callable[[Path], str]) -> Any:  # noqa: ANN401  any value
    """Return a variable's value; a text file's name stands for its content."""
    if isinstance(value, str) and value.startswith("file://"):
        file = referenced(path, value)
        return text_of(file) if file.suffix.lower() in {".txt", ".md", ".json", ".yaml", ".yml"} else value[7:]
    return text if (text := as_text(value)) is not None else value


def _value(path: Path, line: int, value: Any, record: Mapping[str, Any], text_of: Callable[[Path], str]) -> Any:  # noqa: ANN401  any value
    """Return an assertion's value, with the test's variables filled in; a file's name stands for its content."""
    if isinstance(value, str) and value.startswith("file://"):
        value = text_of(referenced(path, value))
    if not isinstance(value, str) or not fields_of(value):
        return value
    try:
        return fill(value, record)
    except KeyError as error:
        raise InputError(f"{place(path, line)}: asserts {error.args[0]!r}, which is no variable of the test") from None


def _note(taken: Sequence[_Assertion], said: defaultdict[str, list[Any]]) -> list[Any]:
    """Return a test's expected answers, and record how they are compared."""
    wanted: list[Any] = []
    for kind, value, least in taken:
        if kind in _JSON:
            said["is-json"].append(json_or(value, value) or {})
        elif kind == "regex":
            said[kind].append(str(value))
        elif kind in {"latency", "cost"}:
            said[kind].append(least)
        else:
            wanted += [as_text(each) or each for each in (value if isinstance(value, list) else [value])]
            said["contains" if kind in _CONTAINS else kind].append((least, len(str(value))))
            said["any"] += [kind] * (kind in _ANY)
    return [each for each in wanted if each is not None]


def _add_said(said: Mapping[str, list[Any]], dropped: Mapping[str, int], rows: int, found: Evaluation) -> None:
    """Add the settings that the assertions of all tests imply."""
    compared = {kind: len(said[kind]) for kind in ("contains", "equals", "levenshtein") if kind in said}
    if compared:
        _add_comparison(said, compared, found)
    else:
        found.add("family", "text-generation", "no assertion names the answer")
    for kind, key in (("is-json", "scoring.json_schema"), ("regex", "scoring.matches")):
        if values := said.get(kind):
            _add_rule(found, kind, key, values[0], is_everywhere=values.count(values[0]) == rows)
    if times := [each for each in said.get("latency", []) if each]:
        found.add("bar.p95_seconds", min(times) / 1000, "latency")
    if said.get("cost"):
        found.left_out.append(
            "cost is not taken: models on this machine have no price a call; the key costs estimates a million of them"
        )
    if dropped:
        of = (f"{one_line(kind, 40)} ({counted(count, 'test')})" for kind, count in dropped.items())
        found.left_out.append(f"{NOT_TAKEN}: {', '.join(of)}")


def _add_comparison(said: Mapping[str, list[Any]], compared: Mapping[str, int], found: Evaluation) -> None:
    """Add how answers are compared: one comparison holds for all examples, the most lenient of several."""
    (kind, count), *others = compared.items()
    found.add("examples.expected", EXPECTED, "its assertions")
    found.add("scoring.metric", "verbatim" if kind == "equals" else kind, f"{kind}, {count} times")
    if others:
        listed = " and ".join(f"{other} ({times} times)" for other, times in others)
        found.left_out.append(f"{listed} checked as {kind}: one comparison holds for all examples")
    if kind == "levenshtein":  # a distance in characters, as a share of the expected text's length
        edits = max(_USUAL_EDITS if least is None else least for least, _ in said[kind])
        length = max(1, sum(size for _, size in said[kind]) / count)
        found.add("scoring.at_least", max(0.01, round(1 - edits / length, 3)), f"{edits:g} edits of {length:.0f}")
    if kind == "contains" and (some := said.get("any")):
        found.add("scoring.at_least", ANY_OF_THEM, some[0])
        return
    shares = said["threshold"] if kind == "contains" else []
    if shares and shares[0] is not None and 0 < shares[0] <= 1 and shares.count(shares[0]) == len(shares):
        found.add("scoring.at_least", shares[0], "threshold")


def _add_rule(found: Evaluation, kind: str, key: str, value: object, *, is_everywhere: bool) -> None:
    """Add a rule for all answers; report one that is unusable or that not all tests assert."""
    value = rf"[\s\S]*(?:{value})[\s\S]*" if kind == "regex" else value  # our rule matches the whole answer
    try:
        Rules({key.removeprefix("scoring."): value})
    except (ValueError, TypeError) as error:
        found.left_out.append(f"{kind} is not taken: {one_line(error, 120)}")
        return
    if is_everywhere:
        found.add(key, value, kind)
    else:
        found.left_out.append(f"{kind} is not taken: not all tests assert the same, and scoring holds for all")


def _add_prompt(path: Path, given: object, found: Evaluation) -> None:
    """Add the first prompt: as a template if it has one variable, and as the instruction."""
    prompts = given if isinstance(given, list) else [*given] if isinstance(given, dict) else [given]
    text = prompts[0] if prompts else None
    text = text.get("raw", text.get("id")) if isinstance(text, dict) else text
    if isinstance(text, str) and _FILE_NAME.fullmatch(text):
        try:
            text = re.split(r"(?m)^---\s*$", read_text(referenced(path, text)))[0].strip()
        except InputError as error:
            found.left_out.append(f"the prompt is not taken: {error}")
            return
    if not isinstance(text, str):
        return
    if len(prompts) > 1:
        found.left_out.append(f"of {len(prompts)} prompts the first is taken")
    chat = json_or(text, None)
    said = turns(chat)
    system, asked = ("", text) if said is None else (instruction_of({"messages": chat}) or "", chat_text(said))
    found.add_prompt(system, asked, found.rows[0].columns)


def _loaded(path: Path) -> Any:  # noqa: ANN401  any value
    """Return the content of a file of tests in YAML, JSON or JSONL."""
    if path.suffix.lower() not in {".jsonl", ".json", ".yaml", ".yml"}:
        raise InputError(
            f"{place(path)}: tests are read from CSV, Excel, YAML, JSON and JSONL; save them as one of these"
        )
    if path.suffix.lower() != ".jsonl":
        return read_yaml(path)[0]
    return [json_or(line, None) for line in read_text(path).splitlines()]


def _number(value: object) -> float | None:
    try:
        number = float(value) if isinstance(value, str | int | float) else None
    except (ValueError, OverflowError):
        return None
    return number if number is not None and isfinite(number) else None
