"""Writes the exported folder: a module with `predict`, its requirements and model card, and the requested targets.

The files of `advisor.report.export.targets` are rendered; weights are written here: `head.safetensors` and
`tuned.safetensors` hold learned weights, `model/` those in no public repository. No torch pickle is written: pickled
weights are converted to safetensors.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from advisor.candidates.candidate import TUNED
from advisor.candidates.candidate_factory import fingerprint
from advisor.engines.engine import Files
from advisor.engines.table import ENGINES
from advisor.engines.tuning import TUNINGS
from advisor.errors import InputError, OutOfReachError, one_line
from advisor.families import family
from advisor.formats.safety import PICKLED_MODULE, SAFE_MODULE, json_map, module_places
from advisor.paths import runs_dir
from advisor.report.export import card, code, subprocess_run
from advisor.report.export.serve import known_as
from advisor.report.export.targets import DEFAULT, ROWS, TARGETS, Target
from advisor.report.export.uses import SERVED_BY_LLAMA, Uses
from advisor.report.file import without_paths
from advisor.report.full import report_of
from advisor.report.sanitize import for_markdown
from advisor.runs.locate import REMOTE_PLACES, Located, hashes, kept_tuned_file, locate
from advisor.runs.reader import Run, RunCandidate
from advisor.system.codec import plain
from advisor.system.machine import measure_machine
from advisor.trust import agreements

MOST_CHECKED = 50
READABLE, RUNNABLE = 0o644, 0o755
_HEAD, _TUNED = WEIGHTS = "head.safetensors", "tuned.safetensors"
CHOICE, _NEW_FOLDER = "choice.json", "--output FOLDER: a new one"
_SMALL_FILES = (".json", ".txt", ".model", ".jinja")


class _Parts(NamedTuple):
    """The module's needs, the card's lines about it, the weights with their sha256, rows of a head trained again."""

    requirements: list[str]
    about: list[str]
    weights: dict[str, str]
    trained_again: int = 0


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: `same` of `checked` recorded answers were reproduced from the folder.

    `served` has the same counts by server for weights prompted as chat servers do; `left_out` has the reason for each
    target that does not fit.
    """

    folder: Path
    same: int
    checked: int
    served: dict[str, tuple[int, int]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def export(
    run: Run,
    folder: Path,
    *,
    tell: Callable[[str], None],
    download: bool,
    check: bool,
    allow_code: Sequence[str] = (),
    final: bool = False,
    targets: Sequence[str] = (),
    force: bool = False,
) -> Exported:
    """Write a run's recommended model into a new folder, for the named targets or for all that fit it.

    With `force` an earlier export of the run in the folder is replaced once the new one is complete; other files stay.
    With `check` the folder's module answers some of the run's examples again. With `final` the head is trained again on
    all rows, including the evidence: the certified head is the probe's, so the folder says which one it holds, and
    nothing is left to compare it with. InputError if there is nothing to export, a named target does not fit, or the
    folder is not empty; `AgreementNeededError` if code of the run would execute that was neither agreed to before nor
    is in `allow_code`. OutOfReachError if the weights are unavailable or the folder cannot be written.
    """
    chosen = run.chosen("export")
    usage = _usage(run, chosen)
    if final and not (usage and code.has_head(usage)):
        raise InputError(f"run {run.id}: {one_line(chosen.name)} has no head to train again; leave out --final")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        _check_replaces(run, folder, force=force)
        how = {"tell": tell, "download": download, "check": check, "final": final}
        return _exported_again(run, folder, **how, allow_code=allow_code, targets=targets)
    place = locate(chosen.candidate, tell=tell, download=download)
    copies = bool(place.files) and (place.revision is None or "weights" in targets)
    uses = Uses(run, chosen, place, "model" if copies else None)
    for name in targets:
        if name in uses.left_out:
            raise InputError(f"--as {name}: {uses.left_out[name]}; leave it out")
    if usage and (check or code.has_head(usage)):
        _must_agree(run, chosen, usage, place, allow_code)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        options = {"copies": copies, "final": final}
        parts = _write(run, chosen, usage, folder, place, tell=tell, **options) if usage else _Parts([], [], {})
        wanted = [each for each in TARGETS if each.name not in uses.left_out]
        wanted = [each for each in wanted if each.name in {"python", *(targets or DEFAULT)}]
        wanted = [each._replace(lacks=_holds(place, each, copies=copies)) for each in wanted]
        texts = uses.files(wanted, parts.requirements)
        wanted = [each._replace(files=tuple(name for name in each.files if texts.get(name, name))) for each in wanted]
        for name in filter(texts.get, texts):
            _text(folder / name, texts[name])
            (folder / name).chmod(RUNNABLE if name.endswith(".sh") else READABLE)
        for name, other in uses.others.items() if "llama-swap.yaml" in texts else ():
            _copy(other, folder / name, is_whole=False)
        checks = check and not final
        same = _checked(run, chosen, folder, tell) if checks and usage else (0, 0)
        is_served = checks and any(each.name in SERVED_BY_LLAMA for each in wanted)
        served = uses.checked(_threads(run), tell) if is_served else {}
        about = card.model_card(
            without_paths(report_of(run), run.folder),
            parts.weights,
            [*parts.about, *card.served_lines(served)],
            targets=wanted,
            left_out=uses.left_out,
            examples=str((run.task.get("examples") or {}).get("path") or ""),
            use=code.shown(run.parts, family(_kind(run)).file_part, _columns(run)),
            trained_again=parts.trained_again,
        )
        _text(folder / "README.md", about)
    except BaseException as error:
        _clear(folder)
        if isinstance(error, OSError):
            raise OutOfReachError(f"{folder}: cannot be written ({one_line(error)})") from None
        raise
    return Exported(folder, *same, served, uses.left_out)


def _check_replaces(run: Run, folder: Path, *, force: bool) -> None:
    """Check that a folder that is not empty holds an export of the run, to be replaced; InputError if not."""
    if json_map(folder / CHOICE).get("run") != run.id:
        raise InputError(f"{folder}: holds something already; name a new folder", ways=(_NEW_FOLDER,))
    if not force:
        raise InputError(
            f"{folder}: holds an export of this run; replace it, or name a new folder",
            ways=("--force: replaces it once the new one is complete", _NEW_FOLDER),
        )


def _exported_again(run: Run, folder: Path, **how: Any) -> Exported:  # noqa: ANN401  the options of `export`
    """Export next to a folder, then replace what an earlier export wrote into it."""
    try:
        with TemporaryDirectory(prefix=f"{folder.name}-", dir=folder.resolve().parent) as aside:
            made = export(run, Path(aside) / folder.name, **how)
            written = {name.partition("/")[0] for each in TARGETS for name in each.files}
            for name in {*written, *ROWS, *WEIGHTS, *(path.name for path in made.folder.iterdir())}:
                _delete(folder / name)
            for path in made.folder.iterdir():
                path.rename(folder / path.name)
    except OSError as error:
        raise OutOfReachError(f"{folder}: cannot be written ({one_line(error)})") from None
    return replace(made, folder=folder)


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _clear(folder: Path) -> None:
    """Delete the partial output of a failed or interrupted export, which would block the next one."""
    with suppress(OSError):
        for path in folder.iterdir():
            _delete(path)


def _holds(place: Located, target: Target, *, copies: bool) -> str:
    """Return a target's limits in this folder: where its module gets its weights."""
    if target.name != "python" or not (copies or not place.files):
        return target.lacks
    return "its weights are in model/: nothing is fetched" if copies else "it has no weights: nothing is fetched"


def _usage(run: Run, chosen: RunCandidate) -> str:
    """Return the code that uses the model, "" for one that runs elsewhere."""
    if chosen.candidate.place in REMOTE_PLACES:
        return ""
    usage = run.result.recommended.usage if run.result and run.result.recommended else None
    if not usage:
        raise InputError(f"run {run.id}: no code is known that uses {one_line(chosen.name)} as the probe did")
    return usage


def _must_agree(run: Run, chosen: RunCandidate, usage: str, place: Located, named: Sequence[str]) -> None:
    """Check that the user agreed to code of a model or a foreign folder; AgreementNeededError if not."""
    allows = chosen.candidate.allows
    brought = agreements.of_model(
        chosen.candidate.model, allows, str(place.folder), place.revision, fingerprint(place.folder) if allows else ""
    )
    if run.folder.resolve().parent != runs_dir().resolve():  # not made here
        path = str((run.folder / "result.json").resolve())
        digest = hashlib.sha256(usage.encode("utf-8", "surrogatepass")).hexdigest()
        brought.append(agreements.Brought(agreements.EXPORTED, path, path, digest, has_network=True))
    agreements.must_agree_to_run(brought, named)


def _write(
    run: Run,
    chosen: RunCandidate,
    usage: str,
    folder: Path,
    place: Located,
    *,
    tell: Callable[[str], None],
    copies: bool,
    final: bool,
) -> _Parts:
    """Write the weights, the module and its data; return what the other files mention of them."""
    was = chosen.candidate.folder or ""
    moved: dict[str, str] = {}
    renamed: dict[str, str] = {}
    if copies:
        tell(f"copying the weights of {one_line(chosen.name)}")
        kinds = ENGINES[chosen.candidate.runtime].files
        _copy(place, folder / "model", is_whole=kinds.is_whole, left=kinds.pickled_of(place.files))
        renamed = _as_safetensors(place, folder / "model", kinds, _threads(run))
        moved = {each: "model" for each in (was, str(place.folder)) if each and place.revision is None}
    moved |= _tuned(run, chosen, folder)
    details = chosen.record.details
    labels = {label: (run.task.get("labels") or {}).get(label, "") for label in run.labels}
    content: dict[str, Any] = {"labels": labels}
    if code.has_head(usage):
        moves = {_was_in(run): run.folder} | ({was: place.folder} if was and place.revision is None else {})
        tell("training the head again, on all rows" if final else "training the head as the probe did")
        with TemporaryDirectory() as aside_folder:
            if final:
                rows = Path(aside_folder) / "rows.jsonl"
                trained = _all_rows(run, rows)
                moves = {f"{next(iter(moves))}/teaching.jsonl": rows, **moves}
            now = code.retarget(usage, moves)
            content["head"] = subprocess_run.learn_head(now, folder / _HEAD, _threads(run))
        (folder / _HEAD).chmod(READABLE)
    else:
        moved |= _read_when_imported(run, usage, folder)
        content |= {"label_map": details["label_map"]} if details.get("label_map") else {}
    _json(folder / "labels.json", content)
    title = one_line(f"{run.task.get('name', 'task')} with {known_as(chosen)}, as run {run.id} chose it.", 110)
    runtime, kind = chosen.candidate.runtime, _kind(run)
    package = code.pinned_package(runtime, kind) if code.needs_this(usage) else ""
    file_part, columns = family(kind).file_part, _columns(run)
    text = code.module(usage, title, moved, parts=run.parts, needed=package, file_part=file_part, columns=columns)
    text = code.with_local_weights(text) if copies else text
    for was_named, named in renamed.items():
        text = text.replace(repr(was_named), repr(named))
    _text(folder / "predict.py", text)
    used = (run.fixed.get("engines") or {}) | code.versions(chosen.record.engine or "")
    tuning = TUNINGS.get((runtime, chosen.candidate.ability)) if chosen.candidate.method == TUNED else None
    needed = code.requirements(text, used, runtime, kind, tuning and tuning.needs)
    _text(folder / "requirements.txt", "\n".join(needed) + "\n")
    about = _input_lines(run)
    if package:
        about += [
            (
                f"`predict.py` loads and asks the model through `{package}`. Where pip does not find that version, "
                "install it first from the checkout or the wheel that made this folder (`pip install PATH`; in a "
                "Dockerfile before the requirements)."
            ),
            "",
        ]
    about += _own_rows(folder) + number_lines(run)
    files = hashes(place.folder, place.files) | hashes(folder, [_TUNED])
    choice = _choice(run, chosen, files, details) | ({"final_head_trained_on": trained} if final else {})
    _json(folder / CHOICE, choice)
    return _Parts(needed, about, files, trained if final else 0)


def _columns(run: Run) -> list[str]:
    """Return the columns of a text that has several."""
    columns = (run.task.get("examples") or {}).get("input")
    return columns if isinstance(columns, list) and len(columns) > 1 else []


def _input_lines(run: Run) -> list[str]:
    """Return what a text for the module consists of, if that is not obvious."""
    columns, lines = _columns(run), list[str]()
    if file_part := family(_kind(run)).file_part:
        path = code.shown((), file_part).a_line
        lines += [
            (
                f"An input is {path}, relative to the folder in which you run it. For a file that cannot be read, "
                "`predict.py` writes why on standard error and an empty line as its answer, answers the others, and "
                "exits with 1."
            ),
            "",
        ]
    if columns:
        named = " and ".join(for_markdown(one_line(each, 60)) for each in columns)
        lines += [
            (
                f"A text is {named}, in this order, a line each. `predict.py` takes it as JSON by the names of its "
                "columns, also a line of standard input each, or as a text."
            ),
            "",
        ]
    if run.without_tags:
        lines += ["Of texts in HTML `predict.py` reads what a page shows, as of the examples.", ""]
    return lines


def _own_rows(folder: Path) -> list[str]:
    """Return that the folder holds rows of the run, if the module reads them."""
    held = [f"`{name}`" for name in ROWS if (folder / name).exists()]
    line = (
        f"{' and '.join(held)} {'holds' if len(held) == 1 else 'hold'} rows of your own, which `predict.py` answers by."
    )
    return [line, ""] if held else []


def number_lines(run: Run) -> list[str]:
    """Return that numbers are not rounded, and whether rounding keeps right answers right; nothing for other tasks."""
    if run.task.get("family") != "text-regression":
        return []
    tolerance = (run.task.get("scoring") or {}).get("tolerance")
    wanted = [each.expected for each in run.evidence]
    is_whole = all(isinstance(each, int | float) and float(each).is_integer() for each in wanted)
    # Rounding moves no number past a whole one.
    may = isinstance(tolerance, int | float) and tolerance >= 1 and float(tolerance).is_integer() and is_whole
    safe = ": with whole numbers expected and so far off allowed, what is right stays right" if may else ""
    return [f"Numbers are not rounded (1.47, not 1). `round(answer)` gives whole ones{safe}.", ""]


def _tuned(run: Run, chosen: RunCandidate, folder: Path) -> dict[str, str]:
    """Copy tuned weights; return their original place with that in the folder."""
    if chosen.candidate.method != TUNED:
        return {}
    kept = kept_tuned_file(run, chosen)
    shutil.copyfile(kept, folder / _TUNED)
    return {f"{_was_in(run)}/{kept.relative_to(run.folder)}": _TUNED}


def _all_rows(run: Run, target: Path) -> int:
    """Write the training rows and the evidence as one training file; return the number of rows."""
    if any(not example.input for example in run.evidence):
        raise InputError(f"run {run.id}: keeps no texts to train on; leave out --final")
    rows = (run.folder / "teaching.jsonl").read_text(encoding="utf-8").splitlines()
    rows += [
        json.dumps({"input": each.input, "parts": dict(each.parts), "expected": each.expected}) for each in run.evidence
    ]
    target.write_text("".join(f"{row}\n" for row in rows if row.strip()), encoding="utf-8")
    return sum(bool(row.strip()) for row in rows)


def _read_when_imported(run: Run, usage: str, folder: Path) -> dict[str, str]:
    """Copy data that the module reads on import: training examples, documents; return what was moved."""
    moved = {}
    for name in ROWS:
        was = f"{_was_in(run)}/{name}"
        if was in usage:
            shutil.copyfile(run.folder / name, folder / name)
            moved[was] = name
    return moved


def _threads(run: Run) -> int:
    return int(run.origin.get("threads") or measure_machine().threads)


def _copy(place: Located, target: Path, *, is_whole: bool, left: Sequence[str] = ()) -> None:
    """Copy a model's weights and the small files next to them, its modules' included, or all of its files.

    Files in `left` are not copied, nor are their indexes.
    """
    wanted = {*place.files, *(f"{module}/{SAFE_MODULE}" for module in module_places(place.folder))}
    indexes = {f"{Path(name).parent / PICKLED_MODULE}.index.json" for name in left}
    for path in sorted(place.folder.rglob("*")):
        name = path.relative_to(place.folder)
        if name.as_posix() in {*left, *indexes}:
            continue
        if path.is_file() and (is_whole or name.as_posix() in wanted or path.suffix in _SMALL_FILES):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target / name)


def _as_safetensors(place: Located, target: Path, kinds: Files, threads: int) -> dict[str, str]:
    """Write a model's pickled weights, its modules' included, as safetensors; return the files' new names."""
    names = [path.relative_to(place.folder).as_posix() for path in place.folder.rglob("*") if path.is_file()]
    of_modules = {name for module in module_places(place.folder) for name in names if name.startswith(f"{module}/")}
    renamed = {
        name: Path(name).with_name(Path(name).name.removeprefix("pytorch_")).with_suffix(".safetensors").as_posix()
        for name in kinds.pickled_of(names)
        if name in {*place.files, *of_modules}
    }
    if not renamed:
        return {}
    held = subprocess_run.as_safetensors(place.folder, target, renamed, threads)
    for home in {Path(name).parent for name in renamed.values()}:
        parts = {tensor: Path(name).name for tensor, name in held.items() if Path(name).parent == home}
        if len({*parts.values()}) > 1:
            _json(target / home / f"{SAFE_MODULE}.index.json", {"metadata": {}, "weight_map": parts})
    return renamed


def _kind(run: Run) -> str:
    return str(run.task.get("family") or "text-classification")


def _was_in(run: Run) -> str:
    """Return the folder in which the run was made: it may have been moved since."""
    return (run.result.folder if run.result else "") or str(run.folder)


def _choice(run: Run, chosen: RunCandidate, files: dict[str, str], details: dict[str, Any]) -> dict[str, Any]:
    document = report_of(run)
    facts, about = chosen.candidate, document.candidates[run.candidates.index(chosen)]
    return {
        "run": run.id,
        "task": run.task.get("name"),
        **{name: getattr(facts, name) for name in ("model", "revision", "runtime", "method", "license")},
        "sha256": files,
        "details": details,
        **{name: plain(getattr(document, name)) for name in ("bar", "verdict", "strength")},
        **{name: getattr(about, name) for name in ("outcomes", "passes", "lower_bound")},
        # Below this confidence a larger model should answer, if the run settled one.
        "threshold": document.escalation and document.escalation.threshold,
        "escalation": plain(document.escalation),
    }


def _checked(run: Run, chosen: RunCandidate, folder: Path, tell: Callable[[str], None]) -> tuple[int, int]:
    """Return how many of the run's answers the folder's module reproduces, and how many were checked."""
    known, file = chosen.record.answers, family(_kind(run)).file_part
    asked = [
        (each.given, known[each.id].output)
        for each in run.evidence
        if each.id in known and known[each.id].error is None and (not file or Path(dict(each.parts)[file]).is_file())
    ][:MOST_CHECKED]
    if not asked:
        return 0, 0
    tell(f"asking the exported module {len(asked)} of the run's examples")
    given = subprocess_run.answers(folder, [each for each, _ in asked], _threads(run), tell)
    return sum(answer == output for answer, (_, output) in zip(given, asked, strict=True)), len(asked)


def _text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _json(path: Path, value: object) -> None:
    _text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")
