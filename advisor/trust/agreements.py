"""Code of a task runs only after the user agreed, on this machine, to this file with this content.

A task file, like a run's folder, can come from anyone. It may contain: a scorer, a model's own code, pickles of a
pipeline, files outside its folder, and, in a run's folder, the code that an export runs. The user agrees to each
separately: at the terminal, in the session, by `--allow-code FILE` or by `recommend(..., allow_code=[FILE])`.
Agreements are stored in the user's data folder by path and content, so that a changed file needs a new one. Nothing
else agrees: no default, no `--yes`, and no task file.
"""

from __future__ import annotations

import hashlib
import json
import os.path
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError, OutOfReachError, one_line
from advisor.formats.safety import PICKLE, REMOTE_CODE
from advisor.paths import at_home, data_dir

if TYPE_CHECKING:
    from advisor.candidates.candidate import Candidate
    from advisor.decide.plan import Plan
    from advisor.task.brought import Outside
    from advisor.task.example import Scorer

SCORER, FILES, EXPORTED = "scorer", "files", "exported code"
SHORT = 12
NAME = 200


@dataclass(frozen=True, slots=True)
class Brought:
    """One item of a task that needs a separate agreement."""

    kind: str  # "scorer", "remote-code", "pickle", "files" or "exported code".
    name: str  # Its name in the task: a model, else a path.
    path: str  # Its path; "" for a model that is not downloaded yet.
    digest: str  # The content agreed to: a sha256, or a commit on the Hub.
    has_network: bool = False  # Whether it has network access.
    words: str = field(default="", compare=False)  # Further notes.

    @property
    def key(self) -> str:
        """Key of the agreement; changes with the content."""
        identity = [self.kind, self.path or self.name, self.digest, self.has_network]
        return hashlib.sha256(json.dumps(identity).encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def sentence(self) -> str:
        """Its use in words."""
        name, mark = one_line(self.name, NAME), one_line(self.digest[:SHORT], SHORT)
        network = "with access to your network" if self.has_network else "without network"
        if self.kind == SCORER:
            also = f", with {one_line(self.words, NAME)}" if self.words else ""
            return f"The task's scorer {name} (sha256 {mark}){also} runs on this machine, {network}."
        if self.kind == REMOTE_CODE:
            return f"As the task allows, {name} runs code of its own on this machine ({mark}), {network}."
        if self.kind == PICKLE:
            return f"As the task allows, {name} is read from pickles, which may run code on this machine ({mark})."
        if self.kind == FILES:
            return f"The task reads files outside its folder, below {name}: {one_line(self.words, NAME)}."
        return f"The code in {name} that uses the model (sha256 {mark}) runs on this machine, {network}."

    def is_named(self, given: str) -> bool:
        """Return whether a name from the user means this item: a model's name in the task, or the path of a file."""
        if given == self.name:
            return True
        real = os.path.realpath(at_home(given))
        return real == os.path.realpath(self.path) if self.path else False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class AgreementNeededError(InputError):
    """The user has not agreed to items of a task.

    Attributes:
        brought: These items.
    """

    kind = "consent_needed"

    def __init__(self, brought: Sequence[Brought]) -> None:
        sentences_said = " ".join(each.sentence for each in brought).rstrip(".")
        super().__init__(f"{sentences_said}; if you agree, add {flags(brought)}")
        self.brought = tuple(brought)


def flags(brought: Iterable[Brought]) -> str:
    names = dict.fromkeys(each.path if each.kind in (SCORER, FILES) else each.name for each in brought)
    return " ".join(f"--allow-code {shlex.quote(one_line(name, NAME))}" for name in names)


def of_plan(plan: Plan) -> tuple[Brought, ...]:
    """Return the items of a plan's task, in a fixed order."""
    found = [*of_scorer(plan.examples.scorer)]
    for candidate in plan.candidates:
        found += of_candidate(candidate)
    found += of_outside(plan.examples.outside, plan.task.examples.path)
    return tuple(dict.fromkeys(found))


def of_outside(outside: Outside | None, examples: str) -> list[Brought]:
    """Return the item for files outside the task's folder, for one file of examples."""
    if outside is None:
        return []
    count = "1 file" if outside.count == 1 else f"{outside.count} files"
    words = f"{count}, the first named in {outside.first}"
    return [Brought(FILES, outside.folder, outside.folder, examples, words=words)]


def of_scorer(scorer: Scorer | None) -> list[Brought]:
    if scorer is None:
        return []
    others = ", ".join(os.path.relpath(path, Path(scorer.path).parent) for path, _ in scorer.files[1:])
    return [Brought(SCORER, scorer.path, scorer.path, scorer.sha256, _has_network(), words=others)]


def of_candidate(candidate: Candidate) -> list[Brought]:
    """Return the items for the task's permissions of a candidate."""
    if candidate.is_remote:
        return []
    folder, revision = candidate.folder or "", candidate.revision
    return of_model(candidate.model, candidate.allows, folder, revision, candidate.fingerprint)


def of_model(name: str, allows: Iterable[str], folder: str, revision: str | None, fingerprint: str) -> list[Brought]:
    """Return the items for the permissions of a model in a folder ("remote-code", "pickle").

    The fingerprint changes when a file of the folder does.
    """
    kinds = sorted(allows)
    if not kinds:
        return []
    digest = revision or content_digest(folder, fingerprint)
    path = "" if revision else folder
    return [Brought(kind, name, path, digest, kind == REMOTE_CODE and _has_network()) for kind in kinds]


def _has_network() -> bool:
    from advisor.probe.no_network import is_offered

    return not is_offered()


@lru_cache(maxsize=64)
def content_digest(folder: str, fingerprint: str) -> str:
    """Return the sha256 over all files of a folder except safetensors, which cannot run."""
    found = hashlib.sha256(fingerprint.encode())
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file() and path.suffix != ".safetensors":
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            found.update(f"{path.relative_to(folder)}\0{digest}\0".encode("utf-8", "surrogateescape"))
    return found.hexdigest()


def agreed_dir() -> Path:
    """Return the folder with one file per agreement; deleting a file revokes the agreement."""
    return data_dir() / "agreed"


def agree(brought: Iterable[Brought]) -> None:
    """Store an agreement; OutOfReachError if it cannot be written."""
    from advisor.system.files import write_whole
    from advisor.units import now

    for each in brought:
        path = agreed_dir() / f"{each.key}.json"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, json.dumps(each.to_json() | {"agreed": now()}, indent=2) + "\n")
        except OSError as error:
            raise OutOfReachError(f"{path}: cannot be written ({one_line(error)}); set XDG_DATA_HOME") from None


def is_agreed(brought: Brought) -> bool:
    return (agreed_dir() / f"{brought.key}.json").is_file()


def unsettled(brought: Iterable[Brought], named: Iterable[str] = (), keys: Iterable[str] = ()) -> list[Brought]:
    """Return the items without an agreement; store agreements given now by name or by key."""
    names, known = list(named), set(keys)
    found = [each for each in brought if not is_agreed(each)]
    now = [each for each in found if each.key in known or any(each.is_named(name) for name in names)]
    agree(now)
    return [each for each in found if each not in now]


def must_agree_to_run(brought: Iterable[Brought], named: Iterable[str] = ()) -> None:
    """Check that the user has agreed to all items of a task.

    AgreementNeededError if not; the message says what would run and how to agree. OutOfReachError if an agreement
    cannot be stored.
    """
    if left := unsettled(brought, named):
        raise AgreementNeededError(left)


def agreement_sentences(brought: Iterable[Brought | Mapping[str, Any]]) -> list[str]:
    """Return one sentence on the use of each item; also from a document's values."""
    names = Brought.__dataclass_fields__
    return [
        each.sentence
        if isinstance(each, Brought)
        else Brought(**{name: value for name, value in each.items() if name in names}).sentence
        for each in brought
    ]
