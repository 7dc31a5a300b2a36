"""Generates code that uses a recommended candidate exactly as the probe did: it defines `predict(inputs)`.

Any candidate can be used through this library (`through`), which loads and prompts exactly as the probe did. Code of an
engine's own library is shorter and works without this package; it is generated for the uses in `_SHORT` only; each
entry says why it is equivalent.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatch
from functools import partial
from glob import escape
from pathlib import Path, PurePosixPath
from pprint import pformat
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.candidates import layout
from advisor.candidates.candidate import TUNED, Candidate
from advisor.engines import llama_ask, llama_cpp, onnx, sentence_transformers, static
from advisor.engines.table import ENGINES
from advisor.engines.transformers.opened import SHORT_NAMES
from advisor.errors import OutOfReachError
from advisor.families import family
from advisor.families.file_classification import HEADS, FileClassification
from advisor.families.methods.by_pattern import CLOSED, LABELS, USUAL
from advisor.families.template import holds
from advisor.families.text_classification import SEVERAL, TextClassification
from advisor.formats.safety import json_map
from advisor.report import usage_head
from advisor.report.pages import fill_template
from advisor.runs.locate import Located, locate, tuned_file
from advisor.task import markup_rows

if TYPE_CHECKING:
    from advisor.decide.decision import CandidateResult
    from advisor.decide.plan import Plan


class _Use(NamedTuple):
    """The ingredients of short code."""

    plan: Plan
    result: CandidateResult
    place: Located
    folder: Path


def usage(plan: Plan, result: CandidateResult, folder: Path) -> str:
    """Return Python code that defines `predict(inputs)`: of a list, or of one input, it returns the list of answers."""
    has_parts = _has_parts(plan)
    return _asked_as_probed(plan, result, folder) + _as_shown(plan.examples.without_tags, has_parts=has_parts)


def _has_parts(plan: Plan) -> bool:
    examples = plan.examples
    return any(len(each.parts) > 1 for each in (*examples.evidence, *examples.teaching))


def _asked_as_probed(plan: Plan, result: CandidateResult, folder: Path) -> str:
    """Return the code for inputs as the examples were read.

    Models on the Hub are named by repository and revision, so the code finds or downloads them; training rows are read
    from the run's folder.
    """
    candidate, place = result.candidate, _probed(result.candidate)
    if candidate.method == "pattern" and "patterns" in result.record.details and LABELS not in result.record.details:
        return _pattern(plan, result.record.details)
    kind, details = family(plan.task.family), result.record.details
    is_plain = isinstance(kind, TextClassification) and plan.task.labels_per_text != SEVERAL and not _has_parts(plan)
    is_plain = is_plain or candidate.method == "constant"  # which sees no input
    short = _SHORT.get((candidate.runtime, candidate.method))
    if short is not None and is_plain and place is not None and not candidate.allows:
        code = short(_Use(plan, result, place, folder))
        if code is not None:
            return code
    files = candidate.files if place is None else place.files
    if isinstance(kind, FileClassification) and candidate.method in HEADS and details.get("C") is not None:
        # Its weights are exported: training it again would need the files of all training rows.
        code = through(plan, candidate, folder, files, is_head=True)
        teaching = folder / "teaching.jsonl"
        return code + "\n" + usage_head.training(details, teaching, {}, has_encoder=True, is_of_files=True)
    label_map = details.get("label_map") if candidate.method == "as is" and not _has_parts(plan) else None
    # Nor need it calibrate again.
    prompt = {"label_biases": details.get("label_biases", {})} if candidate.ability == "chat" else {}
    return through(plan, candidate, folder, files, label_map=label_map, prompt=prompt)


def _as_shown(parts: Sequence[str], *, has_parts: bool) -> str:
    """Return code after which `predict` reads HTML as the examples were read, by its visible text; "" if none was."""
    if not parts:
        return ""
    code = inspect.getsource(markup_rows.Prose) + "\n\n" + inspect.getsource(markup_rows.page_text)
    names = {name: sorted(getattr(markup_rows, name)) for name in ("IN_LINE", "CELLS", "UNSEEN")}
    return fill_template("as_shown.py", code=code, names=names, parts=parts if has_parts else ())


def through(
    plan: Plan,
    candidate: Candidate,
    folder: Path,
    files: tuple[str, ...],
    *,
    label_map: Mapping[str, str] | None = None,
    prompt: Mapping[str, Any] | None = None,
    is_head: bool = False,
) -> str:
    """Return code that defines `predict(inputs)` with this library, or `encode(texts)` if a head follows.

    A `label_map` that the probe settled needs no training rows; the order of a pair does. `prompt` has what else it
    settled of prompts.
    """
    task = plan.task
    facts: dict[str, Any] = {
        "runtime": candidate.runtime,
        "method": candidate.method,
        "files": files,
        "family": task.family,
        "instruction": task.instruction,
        "labels": {label: task.labels.get(label, "") for label in plan.examples.labels},
        "threads": plan.threads,
        "seed": task.seed,
        "ability": candidate.ability,
        "labels_per_text": task.labels_per_text,
        "label_map": dict(task.label_map if label_map is None else label_map),
        "prompt": task.prompt.model_dump(mode="json") | dict(prompt or {}),
        "scoring": plan.scoring,
        "allows": candidate.allows,
        "options": candidate.options,
        **{key: task.bar.label_rates(plan.examples.labels, key) for key in task.bar.of_labels},
    }
    facts |= {"kept": str(tuned_file(plan, candidate, folder))} if candidate.method == TUNED else {}
    learns = not is_head and label_map is None
    return fill_template(
        "through.py",
        parts=next(([*dict(each.parts)] for each in plan.examples.evidence if len(each.parts) > 1), []),
        is_weightless=candidate.is_weightless,
        folder=candidate.folder or candidate.model,
        **_fetched(candidate, _probed(candidate)),
        teaching=str(folder / "teaching.jsonl") if plan.examples.teaching and learns else "",
        is_head=is_head,
        documents=str(folder / "documents.jsonl") if plan.examples.documents else "",
        facts=pformat(facts, sort_dicts=False, width=110).replace("\n", "\n    "),
    )


def _fetched(candidate: Candidate, place: Located | None) -> dict[str, Any]:
    """Return what the code fetches, `wanted` None for nothing; without the files `held` the local cache is incomplete.

    Everything fetched for the probe is fetched, whichever part it loaded.
    """
    if candidate.revision is None or candidate.is_weightless:
        return {"wanted": None}
    small = ENGINES[candidate.runtime].files_for(frozenset(candidate.allows)).small
    wanted = [*small, *map(escape, candidate.files)]
    names = (path.relative_to(place.folder) for path in place.folder.rglob("*") if path.is_file()) if place else ()
    held = sorted(name.as_posix() for name in names if any(fnmatch(name.as_posix(), each) for each in wanted))
    return {"model": candidate.model, "revision": candidate.revision, "wanted": wanted, "held": held}


def _probed(candidate: Candidate) -> Located | None:
    """Return the location of the files that the probe loaded; None if they are gone."""
    try:
        place = locate(candidate, tell=lambda _: None, download=False)
    except OutOfReachError:
        return None
    if candidate.is_weightless or candidate.folder is not None:
        return place
    # The probe loaded one form of the downloaded files.
    forms = layout.inspect(place.folder, frozenset(candidate.allows)).forms
    wanted = (candidate.runtime, candidate.ability)
    found = [form.files for form in forms if (form.runtime, form.ability) == wanted]
    return replace(place, files=next((files for files in found if {*files} <= {*candidate.files}), place.files))


def _static(use: _Use) -> str | None:
    """Return code for a table of token vectors in any folder: the engine reads no configuration."""
    code = fill_template("static.py", files=_files(use), tensor_names=static.TENSOR_NAMES, tokens=static.MAX_TOKENS)
    return _with_head(use, code)


def _sentence_transformers(use: _Use) -> str | None:
    """Return code for a folder that the library reads by itself: all but the precision is in the folder's own files.

    Pickled weights are inspected before they are read, which the library does not do.
    """
    candidate = use.result.candidate
    if not all(name.endswith(".safetensors") for name in use.place.files):
        return None
    dtype = {short: name for name, short in SHORT_NAMES.items()}.get(use.result.record.details.get("precision", ""))
    tuned = str(tuned_file(use.plan, candidate, use.folder)) if candidate.method == TUNED else ""
    batch = sentence_transformers.BATCH
    code = fill_template(
        "sentence_transformers.py",
        folder=str(use.place.folder),
        **_fetched(candidate, use.place),
        dtype=dtype,
        batch=batch,
        tuned=tuned,
    )
    return None if dtype is None else _with_head(use, code)


def _onnx(use: _Use) -> str | None:
    """Return code for a float encoder with the engine's maximum length, in a folder without further settings.

    The results of an 8-bit graph depend on the batch; a list of modules may ask for prompts or another pooling.
    """
    record, graph, home = use.result.record, use.place.folder / use.place.files[0], use.place.folder
    found = [each / "config.json" for each in (graph.parent, home) if (each / "config.json").is_file()]
    # Some architectures read two tokens fewer than their configuration says.
    least = onnx.MAX_TOKENS + 2
    reads = json_map(found[0]).get("max_position_embeddings", least) if found else least
    is_limited = (home / "modules.json").exists() or not isinstance(reads, int) or reads < least
    is_float = graph.name == "model.onnx" and str(record.details.get("precision")).startswith("fp")
    if is_limited or not is_float or record.device != "cpu":
        return None
    return _with_head(use, fill_template("onnx.py", files=_files(use), tokens=onnx.MAX_TOKENS))


def _with_head(use: _Use, encoder: str | None) -> str | None:
    details = use.result.record.details
    if details.get("C") is None:
        return None
    meanings = {label: use.plan.task.labels.get(label, "") for label in use.plan.examples.labels}
    head = usage_head.training(details, use.folder / "teaching.jsonl", meanings, has_encoder=encoder is not None)
    return head if encoder is None else f"{encoder}\n{head}"


def _llama(use: _Use) -> str | None:
    """Return code for a model with a chat template that chooses among labels: a system turn, no shown examples."""
    details = use.result.record.details
    if {"chat_template", "shown_examples", "user_prompt"} & {*details} or not isinstance(details.get("held_to"), list):
        return None
    template = use.plan.task.prompt.template
    template = template if template is not None and holds(template, TextClassification.parts) else "{text}"
    # It calls the functions that the probe called.
    return fill_template(
        "llama.py",
        files=_files(use, needs_tokenizer=False),
        context=details["context_tokens"],
        spare=llama_ask.SPARE_TOKENS,
        looks=llama_ask.MOST_LOOKS,
        warm=llama_cpp.LEAST_TEXT_TOKENS,
        control=details["control_tokens"],
        labels=details["held_to"],
        biases=list(details["label_biases"].values()) if "label_biases" in details else None,
        system=details["system_prompt"],
        threads=use.plan.threads,
        functions=source(*llama_ask.SHARED),
        template=template,
    )


def _pattern(plan: Plan, details: Mapping[str, Any]) -> str:
    schema = plan.examples.settled.get("json_schema") or plan.task.scoring.json_schema or {}
    patterns, usual = details["patterns"], details.get(USUAL, {})
    parts = {
        name: {key: part[key] for key in ("type", "enum") if key in part and (key != "enum" or name not in usual)}
        | ({"pattern": patterns[name]} if name in patterns else {})
        | ({CLOSED: True} if name in details.get(CLOSED, ()) else {})
        | ({USUAL: usual[name]} if name in usual else {})
        for name, part in schema.get("properties", {}).items()
        if name in details["fields"]
    }
    return fill_template("pattern.py", properties=pformat(parts, sort_dicts=False, width=110))


def _constant(use: _Use) -> str | None:
    answer = use.result.record.details.get("label")
    if answer is None:
        return None
    return (
        f"def predict(texts):\n    return [{answer!r} for _ in ([texts] if isinstance(texts, str | dict) else texts)]\n"
    )


_SHORT: dict[tuple[str, str], Callable[[_Use], str | None]] = {
    ("static", "head"): _static,
    ("sentence-transformers", "head"): _sentence_transformers,
    ("sentence-transformers", TUNED): _sentence_transformers,
    ("onnx", "head"): _onnx,
    ("llama.cpp", "prompted"): _llama,
    ("baseline", "linear"): partial(_with_head, encoder=None),
    ("baseline", "constant"): _constant,
}


def _files(use: _Use, *, needs_tokenizer: bool = True) -> str:
    """Return the lines that set `weights` and `tokenizer_file`, as paths or as downloads in the Hub's cache."""
    place, candidate = use.place, use.result.candidate
    weights, *more = place.files
    wanted = {"weights": weights}
    if needs_tokenizer:  # next to the weights or above them, where the engines look
        nearest = str(PurePosixPath(weights).with_name("tokenizer.json"))
        wanted["tokenizer_file"] = nearest if (place.folder / nearest).is_file() else "tokenizer.json"
    if candidate.revision is None:
        return "\n".join(f"{variable} = {str(place.folder / name)!r}" for variable, name in wanted.items())
    download = f"hf_hub_download({candidate.model!r}, {{!r}}, revision={candidate.revision!r})"
    lines = ["from huggingface_hub import hf_hub_download", ""]
    lines += [f"{variable} = {download.format(name)}" for variable, name in wanted.items()]
    # A graph finds its external data by itself.
    return "\n".join(lines + [download.format(name) for name in more])


def source(*functions: object) -> str:
    """Return functions' code, without types and without comments for the linter."""
    code = re.sub(r"  # noqa.*", "", "\n\n".join(map(inspect.getsource, functions)))  # type: ignore[arg-type]
    return re.sub(r"^(\s*def \w+)\((.*)\) -> [^\n]*:$", _untyped, code, flags=re.MULTILINE).strip() + "\n"


def _untyped(match: re.Match[str]) -> str:
    names = re.findall(r"(\w+): (?:\w+)(?:\[[^\]]*\])?", match[2])
    return f"{match[1]}({', '.join(names)}):"
