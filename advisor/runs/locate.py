"""Find the weights of a run's candidate again: at the run's path, in the Hub's cache, by name, or on the Hub."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from advisor.candidates import hub
from advisor.decide.plan import METHODS_VERSION, Plan
from advisor.engines.table import ENGINES
from advisor.errors import InputError, OutOfReachError, one_line
from advisor.units import format_bytes

if TYPE_CHECKING:
    from huggingface_hub import HfApi

    from advisor.candidates.candidate import Candidate
    from advisor.runs.reader import Run, RunCandidate

T = TypeVar("T")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CONFIGURATION = (".json", ".txt", ".model", ".jinja")
# Places of remote candidates: nothing of them is on this disk.
REMOTE_PLACES = frozenset({"server", "provider"})
# Places of candidates without files.
WEIGHTLESS_PLACES = REMOTE_PLACES | {"baseline"}
# Subfolder of a run for tuned weights, and the length of their names.
TUNED_FOLDER = "tuned"
ID_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Located:
    """The location of a candidate's files; `revision` is None for a local folder."""

    folder: Path
    files: tuple[str, ...]
    revision: str | None


def locate(
    candidate: Candidate, *, tell: Callable[[str], None], newest: bool = False, download: bool = True
) -> Located:
    """Return the location of a candidate's files, fetching them if needed; `newest` takes the newest revision.

    InputError if the newest revision of a local folder is requested. OutOfReachError if they are unavailable, or only
    on the Hub without `download`.
    """
    files, name, revision = candidate.files, candidate.model, candidate.revision
    if candidate.place in WEIGHTLESS_PLACES:
        if newest:
            raise InputError(f"{one_line(name)} has no weights here: there is no revision; leave out --newest")
        return Located(Path(), (), None)
    if revision is None:
        if newest:
            raise InputError(f"{one_line(name)} is a local folder: there is no newest revision; leave out --newest")
        return Located(_local(candidate), files, None)
    if newest:
        revision = _newest(name)
    folder = _cached(name, revision, files)
    if folder is not None:
        return Located(folder, files, revision)
    if not download:
        raise OutOfReachError(
            f"{one_line(name)}: revision {revision[:12]} is not in the Hub's cache; leave out --offline"
        )
    tell(f"fetching {one_line(name)} at revision {revision[:12]} ({format_bytes(candidate.weights_bytes)})")
    return _fetch(candidate, revision)


def hashes(folder: Path, files: Sequence[str]) -> dict[str, str]:
    """Return the sha256 of each existing file; the Hub's cache names large files by it."""
    found = {}
    for name in files:
        path = folder / name
        if not path.is_file():
            continue
        blob = path.resolve().name
        if _SHA256.fullmatch(blob):
            found[name] = blob
            continue
        with path.open("rb") as stream:
            found[name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return found


def _local(candidate: Candidate) -> Path:
    """Return a local model's folder: its old path, else the local model of that name."""
    from advisor.paths import models_dir

    name = candidate.model
    places = [Path(candidate.folder)] if candidate.folder else []
    if not Path(name).is_absolute() and ".." not in Path(name).parts:
        places.append(models_dir() / name)
    for place in places:
        if all((place / file).is_file() for file in candidate.files):
            return place
    looked = " or ".join(str(place) for place in dict.fromkeys(places)) or "any folder"
    raise OutOfReachError(
        f"{one_line(name)}: its files are not in {one_line(looked, 300)}; put them there (a model of the starter set: "
        "advisor models starter)"
    )


def _cached(name: str, revision: str, files: tuple[str, ...]) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    found = [try_to_load_from_cache(name, file, revision=revision) for file in files]
    if not found or not all(isinstance(path, str) for path in found):
        return None
    first = Path(str(found[0]))
    return first.parents[len(Path(files[0]).parts) - 1]


def _newest(name: str) -> str:
    revision = _of_hub(
        name, "its newest revision cannot be asked for", lambda hub: hub.model_info(name, timeout=30).sha
    )
    if not revision:
        raise OutOfReachError(f"{one_line(name)}: the Hub gives no revision of it")
    return revision


def _of_hub(name: str, failed: str, ask: Callable[[HfApi], T]) -> T:
    from huggingface_hub import HfApi

    try:
        return ask(HfApi())
    except Exception as error:  # noqa: BLE001  any error of the client or the network means the same here
        reason = one_line(f"{type(error).__name__}: {error}", 160)
        raise OutOfReachError(f"{one_line(name)}: {failed} ({reason})") from None


def _fetch(candidate: Candidate, revision: str) -> Located:
    from advisor.candidates.layout import inspect

    name, runtime, files, size = candidate.model, candidate.runtime, candidate.files, candidate.weights_bytes
    failed = f"revision {revision[:12]} cannot be fetched"
    there = _of_hub(name, failed, lambda hub: hub.list_repo_files(name, revision=revision))
    # A newer revision may have its weights in other files.
    if not set(files) <= set(there):
        kinds = ENGINES[runtime].files  # pickles may have become safetensors
        suffixes = kinds.suffixes if kinds.pickled else Path(files[0]).suffix
        files = (*(each for each in there if each.endswith(suffixes)), *kinds.pickled_of(there))
    is_file_alone = not ENGINES[runtime].files.small
    wanted = () if is_file_alone else tuple(each for each in there if each.endswith(_CONFIGURATION))
    try:
        folder = hub.fetch_model(
            hub.Download(name, revision, runtime, (*wanted, *files), files, size, size), lambda _: None
        )
    except hub.DownloadError as error:
        raise OutOfReachError(f"{one_line(name)} {error}") from None
    forms = inspect(folder, frozenset(candidate.allows)).forms
    usable = [each for each in forms if (each.runtime, each.ability) == (runtime, candidate.ability)]
    # Other variants of the model may be in the same folder.
    form = next((each for each in usable if set(files) <= set(each.files)), next(iter(usable), None))
    if form is None:
        raise OutOfReachError(f"{one_line(name)}: revision {revision[:12]} holds nothing that {runtime} loads")
    kept = files if set(files) <= set(form.files) or is_file_alone else form.files
    return Located(folder, tuple(kept), revision)


def tuned_file(plan: Plan, candidate: Candidate, folder: Path) -> Path:
    """Return the file of a candidate's tuned weights in a run's folder."""
    rows = ((each.given, each.expected) for each in plan.examples.teaching)
    return _tuned_file(folder, candidate.key, rows, plan.task.seed, METHODS_VERSION)


def kept_tuned_file(run: Run, candidate: RunCandidate) -> Path:
    """Return the same for a stored run.

    OutOfReachError if the run's folder lacks it, because weights tuned again would not be those of the outcomes.
    """
    rows = ((each.given, each.expected) for each in run.teaching)
    kept = _tuned_file(run.folder, candidate.key, rows, run.task.get("seed", 0), run.fixed.get("methods"))
    if not kept.is_file():
        raise OutOfReachError(f"run {run.id}: its tuned weights are not in its folder; make the run again with --fresh")
    return kept


def _tuned_file(folder: Path, key: str, rows: Iterable[tuple[Any, Any]], seed: object, methods: object) -> Path:
    """Return the file for a candidate, which includes the model's revision, the training rows, seed and methods."""
    content = json.dumps([key, [list(row) for row in rows], seed, methods])
    return folder / TUNED_FOLDER / f"{hashlib.sha256(content.encode()).hexdigest()[:ID_LENGTH]}.safetensors"
