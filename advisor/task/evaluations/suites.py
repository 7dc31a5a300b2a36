"""Reads the registries of OpenAI's evals, lm-evaluation-harness's tasks, and inspect's logs."""

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from advisor.errors import InputError, one_line
from advisor.system.source import opened, place, quoted
from advisor.task.cases import case, instruction_of, with_choices
from advisor.task.evaluations.base import (
    ANY_OF_THEM,
    MAX_TEXT,
    NOT_TAKEN,
    Code,
    Evaluation,
    as_text,
    fields_of,
    fill,
    json_or,
    only_field,
    read_yaml,
    referenced,
    same,
    value_of,
)
from advisor.task.hub_files import Named, cached_file, origin
from advisor.task.json_rows import read_jsonl, shaped
from advisor.task.json_shapes import listed, shape_of
from advisor.task.record import Row
from advisor.task.yaml_text import Lines
from advisor.units import counted

MOST_UNPACKED, MOST_SAMPLE = 256 << 20, 16 << 20
_TOO_LARGE = "holds more than 256 MiB; keep fewer samples"
_MOST_INCLUDED, _LOOKED, _LONGEST = 5, 200, 1 << 20
_BUILDERS = frozenset({"json", "csv", "parquet", "text"})
_METRICS = {
    "Match": "exact", "Includes": "contains", "FuzzyMatch": "contains", "JsonMatch": "json",  # OpenAI's classes
    "exact_match": "exact",  # lm-evaluation-harness
    "match": "exact", "includes": "contains", "exact": "verbatim", "answer": "exact", "choice": "exact",  # inspect
}  # fmt: skip
# How most multiple-choice tasks name the right choice.
_INDEX = re.compile(r"\{\{\s*([\w.]+)\.index\((\w+)\)\s*\}\}")
_BY_LABEL = frozenset({"acc", "acc_norm"})


def _add_metric(found: Evaluation, names: Iterable[str]) -> None:
    """Add how answers are compared: the first known comparison; others are reported."""
    listed = list(names)
    known = [name for name in listed if name in _METRICS]
    if known:
        found.add("scoring.metric", _METRICS[known[0]], known[0])
        if _METRICS[known[0]] == "contains" and any(
            isinstance(row.columns.get("expected"), list) for row in found.rows
        ):
            found.add("scoring.at_least", ANY_OF_THEM, f"{known[0]}, of any of several")
    if others := [one_line(name, 40) for name in listed if name not in {*_METRICS, *_BY_LABEL}]:
        found.left_out.append(f"{NOT_TAKEN}: {', '.join(others)}")


def read_registry(path: Path, data: Mapping[str, Any]) -> Evaluation:
    """Return the first eval of OpenAI's registry: https://github.com/openai/evals/blob/main/docs/build-eval.md.

    InputError naming the file and the cure: its samples are missing or unreadable.
    """
    evals = {name: each for name, each in data.items() if isinstance(each, dict) and "class" in each}
    (name, chosen), found = next(iter(evals.items())), Evaluation("an eval of OpenAI's registry")
    args = chosen.get("args")
    samples = str((args if isinstance(args, dict) else {}).get("samples_jsonl") or "")
    folder = path.parent.parent / "data"  # as their registry is laid out: evals/x.yaml, data/x/samples.jsonl
    places = [referenced(path, samples), referenced(folder / path.name, samples)] if samples else []
    file = next((each for each in places if each.is_file()), None)
    if file is None:
        raise InputError(
            f"{place(path)}: the samples of {quoted(name)}, {quoted(samples, 80)}, are neither in this folder nor in "
            "../data; put them there, or give the file of samples itself"
        )
    if len(evals) > 1:
        found.left_out.append(f"of {len(evals)} evals the first, {one_line(name, 60)}, is taken")
    said = read_chats(file)
    found.settled, found.why = found.settled | said.settled, found.why | said.why
    with opened(file) as stream:
        found.rows += shaped(file, read_jsonl(file, stream), ())
    _add_metric(found, [str(chosen["class"]).rpartition(":")[2]])
    return found


def read_records(records: Sequence[dict[str, Any]], lines: Lines) -> Evaluation:
    """Return the rows of a YAML list of records."""
    shape = shape_of(records)
    rows = (Row(lines.get((str(at),), 1), row) for at, each in enumerate(records) for row in shape.rows(each))
    return Evaluation("records in YAML", list(rows))


def read_chats(path: Path) -> Evaluation:
    """Return the settings in the first records of a file of chats: their instruction, if they share one."""
    with opened(path) as stream:
        if path.suffix.lower() == ".json":
            held = listed(json_or(stream.read(MAX_TEXT).decode("utf-8-sig", "replace"), None)) or []
            records = list(held[:_LOOKED])
        else:
            lines = [line for line in (stream.readline(_LONGEST) for _ in range(_LOOKED)) if line.strip()]
            records = [json_or(line.decode("utf-8-sig", "replace"), None) for line in lines]
    found = Evaluation("chats")
    if text := same(instruction_of(record) if isinstance(record, dict) else None for record in records):
        found.add("instruction", text, "its system message")
    return found


def read_lm_eval(path: Path, data: Mapping[str, Any]) -> Evaluation:
    """Return a task of lm-evaluation-harness: its `docs/task_guide.md` has the keys.

    InputError naming the file and the cure: the task runs code, or its data set is missing. OutOfReachError if its data
    set is on the Hub and not in the cache.
    """
    from advisor.task.rows import read_rows  # which imports evaluations

    data, found = _with_included(path, data), Evaluation("a task of lm-evaluation-harness")
    source = hub_data(path, data)
    file = _local_data(path, data) if source is None else cached_file(source)
    found.name += f" on {origin(file)}" if source is not None else ""
    asked, target, choices = (data.get(f"doc_to_{part}") for part in ("text", "target", "choice"))
    fields = fields_of(str(asked)) or ()
    rows = found.rows
    for line, doc in read_rows(file, ()):
        listed = _of_doc(path, doc, choices)
        own = [as_text(each) or "" for each in (listed if isinstance(listed, list) else ())]
        text, wanted = str(_of_doc(path, doc, asked)), _of_doc(path, doc, target)
        if own and (as_text(wanted) or "").isdecimal() and int(wanted) < len(own):
            wanted = own[int(wanted)]
        cells = {name: doc[name] for name in fields if name in doc}
        has_choices = bool(own) and not isinstance(choices, list)  # of its own in each row
        if not cells or len(cells) < len(fields) or has_choices:
            cells = {"text": with_choices(text, own) if has_choices else text}
        rows.append(Row(line, cells | {"expected": wanted}))
    found.add("examples.expected", "expected", "doc_to_target")
    if rows and fields and set(fields) <= rows[0].columns.keys():
        found.add_prompt("", str(asked), rows[0].columns)
    else:
        found.add("examples.input", "text", "doc_to_text")
    if isinstance(choices, list):
        found.add("family", "text-classification", "doc_to_choice")
        found.add("labels", [as_text(each) for each in choices], "doc_to_choice")
    if (count := len(_data_files(data))) > 1 and source is None:
        found.left_out.append(f"of {count} files of data the first is taken")
    if isinstance(said := data.get("description"), str) and fields_of(said) == []:
        found.add("instruction", said.strip(), "description")
    metrics = [each.get("metric") for each in data.get("metric_list") or () if isinstance(each, dict)]
    _add_metric(found, map(str, metrics))
    if left := [key for key in ("filter_list", "process_results", "num_fewshot", "fewshot_split") if data.get(key)]:
        found.left_out.append(f"not taken: {', '.join(left)}")
    return found


def hub_data(path: Path, data: Mapping[str, Any]) -> Named | None:
    """Return the Hub's data set of an lm-evaluation-harness task; None if it has its own files.

    InputError if the task includes a file that cannot be read.
    """
    data = _with_included(path, data)
    name = data.get("dataset_path")
    if not isinstance(name, str) or name in _BUILDERS:
        return None
    split = next((data[f"{key}_split"] for key in ("test", "validation", "training") if data.get(f"{key}_split")), "")
    return Named(name, "", str(data.get("dataset_name") or ""), str(split))


def _with_included(path: Path, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a task merged with the files that it includes, recursively; code is refused."""
    whole, file = dict(data), path
    for _ in range(_MOST_INCLUDED):
        if name := whole.pop("include", None):
            file = referenced(file, str(name))
            included = read_yaml(file)[0]
            whole = {**(included if isinstance(included, dict) else {}), **whole}
    for key in ("doc_to_text", "doc_to_target", "doc_to_choice", "process_docs", "custom_dataset", "use_prompt"):
        if isinstance(whole.get(key), Code) or (key == "use_prompt" and whole.get(key)):
            raise InputError(
                f"{place(path)}: {key} is code ({one_line(whole[key], 60)}), which is not run; "
                "write its rows to a file, such as JSONL, and give that"
            )
    return whole


def _data_files(data: Mapping[str, Any]) -> list[object]:
    """Return the files of the split that a task tests on."""
    given = data.get("dataset_kwargs")
    files = given.get("data_files") if isinstance(given, dict) else None
    if isinstance(files, dict):
        wanted = [data.get(f"{key}_split") for key in ("test", "validation", "training")]
        files = next((files[str(split)] for split in wanted if str(split) in files), None)
    return files if isinstance(files, list) else [files]


def _local_data(path: Path, data: Mapping[str, Any]) -> Path:
    name = next(iter(_data_files(data)), None)
    if not isinstance(name, str):
        raise InputError(f"{place(path)}: names no file of data; write it under dataset_kwargs.data_files")
    return referenced(path, name)


def _of_doc(path: Path, doc: Mapping[str, Any], said: object) -> Any:  # noqa: ANN401  any JSON value
    """Return a task's value for a row: a column's value, a filled template, or a constant."""
    if not isinstance(said, str):
        return said
    try:
        if (found := _INDEX.fullmatch(said)) is not None:
            return list(value_of(doc, found[1])).index(value_of(doc, found[2]))
        if said in doc or "{" not in said:
            return value_of(doc, said)
        if (name := only_field(said)) is not None:  # a number or a list stays one
            return value_of(doc, name)
        if fields_of(said) is not None:
            return fill(said, doc)
    except KeyError as error:
        raise InputError(f"{place(path)}: names {error.args[0]!r}, which is no column of its data") from None
    except (ValueError, TypeError):
        raise InputError(f"{place(path)}: {quoted(said, 60)} is none of its choices in some row; correct it") from None
    raise InputError(
        f"{place(path)}: {quoted(said, 60)} does more than fill in {{{{names}}}}; write its rows to a file"
    )


def read_log(path: Path) -> Evaluation:
    """Return the content of an inspect log, in either of its formats: https://inspect.aisi.org.uk/eval-logs.html.

    InputError naming the file and the cure: it is truncated, or needs a library.
    """
    head, samples, large = _unpacked(path) if path.suffix.lower() == ".eval" else _of_json(path)
    run: dict[str, Any] = head.get("eval") or {}
    scores = ((head.get("results") or {}).get("scores") or [{}])[0].get("metrics") or {}
    reached = "".join(f", {name} {each['value']:.2f}" for name, each in list(scores.items())[:1])
    found = Evaluation(f"inspect's log of {one_line(run.get('model'), 60)}{reached}")
    found.rows += (Row(at, made) for at, (made, _) in enumerate(samples.values(), 1) if made)
    if large:
        found.left_out.append(f"left out, as larger than 16 MiB: {counted(large, 'sample')}")
    if not found.rows:
        why = f" ({found.left_out[0]})" if large else ""
        raise InputError(f"{place(path)}: is a log of inspect without samples{why}; run it again with log_samples")
    found.add("examples.input", next(iter(found.rows[0].columns)), "input")
    found.add("examples.expected", "expected", "target")
    _add_metric(found, [str(each.get("name")).rpartition("/")[2] for each in run.get("scorers") or ()])
    if text := same(said for _, said in samples.values()):
        found.add("instruction", text, "its system message")
    for step in (head.get("plan") or {}).get("steps") or ():
        text = (step.get("params") or {}).get("template")
        if step.get("solver") == "system_message" and isinstance(text, str):
            found.add("instruction", text, "system_message")
    return found


# A log's header, the row and instruction of each sample by its id, once for all epochs, and the number of large ones.
_Sample = tuple[dict[str, Any] | None, str | None]
_Log = tuple[dict[str, Any], dict[Any, _Sample], int]


def _of_json(path: Path) -> _Log:
    with opened(path) as stream:
        raw = stream.read(MOST_UNPACKED + 1)
    if len(raw) > MOST_UNPACKED:
        raise InputError(f"{place(path)}: {_TOO_LARGE}")
    data = json_or(raw.decode("utf-8-sig", "replace"), None)
    if not isinstance(data, dict) or not isinstance(data.get("eval"), dict):
        raise InputError(f"{place(path)}: is cut off or no JSON; take the log that inspect wrote")
    listed = enumerate(data.get("samples") or ())
    return data, {each.get("id", at): (case(each), instruction_of(each)) for at, each in listed}, 0


def _unpacked(path: Path) -> _Log:
    """Return the content of an archive, its samples in order; an aborted run has no header.

    Samples are unpacked one at a time: an archive from anyone may hold a thousand times its own size.
    """
    if sys.version_info >= (3, 14):
        import zipfile
    else:
        from backports.zstd import zipfile  # the library's own, with the compression that inspect writes

    heads, samples, left, large = dict[str, Any](), dict[Any, _Sample](), MOST_UNPACKED, 0
    try:
        with zipfile.ZipFile(path) as packed:
            for name in packed.namelist():
                if not name.startswith("samples/") and name not in {"header.json", "_journal/start.json"}:
                    continue
                with packed.open(name) as member:
                    raw = member.read(MOST_SAMPLE + 1)
                left -= len(raw)
                if left < 0:
                    break
                data = json_or(raw.decode("utf-8", "replace"), {}) if len(raw) <= MOST_SAMPLE else None
                large += data is None
                if not name.startswith("samples/"):
                    heads[name] = data
                elif isinstance(data, dict):
                    samples[data.get("id", name)] = case(data), instruction_of(data)
    except Exception as error:  # noqa: BLE001  zipfile, zlib and zstd each raise kinds of their own
        reason = one_line(error, 80)
        raise InputError(f"{place(path)}: is cut off or no log of inspect ({reason}); copy it again") from None
    if left < 0:
        raise InputError(f"{place(path)}: {_TOO_LARGE}")
    return heads.get("header.json") or heads.get("_journal/start.json") or {}, samples, large
