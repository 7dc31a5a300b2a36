"""Transfer of a model's files to a node: by hash, in chunks, or from the node's own Hub cache."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.engines.table import ENGINES

if TYPE_CHECKING:
    from advisor.candidates.candidate import Candidate
    from advisor.probe.protocol import ProbeSpec

CHUNK_BYTES = 8 << 20
SHA256_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Weights:
    """A model's files: the Hub's name and commit (None for a local folder), and each file's name, size and sha256."""

    model: str
    revision: str | None
    files: tuple[tuple[str, int, str], ...]

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr(self.files).encode()).hexdigest()[:32]


def manifest(candidate: Candidate, spec: ProbeSpec) -> tuple[Weights, dict[str, Path]]:
    """Return the files of a candidate's folder that its engine may read, and each file's path by its sha256.

    Weights in other formats and of other variants are not sent.
    """
    folder, of = Path(spec.path), ENGINES[spec.runtime].files
    kinds = {(str(Path(name).parent), Path(name).suffix) for name in spec.files}
    files, paths = [], {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        is_other = (str(Path(name).parent), path.suffix) in kinds or any(fnmatch(name, each) for each in of.ignored)
        if not path.is_file() or (is_other and not of.is_whole and name not in spec.files):
            continue
        real = path.resolve()
        digest = _sha256(real, real.stat().st_mtime_ns)
        files.append((name, real.stat().st_size, digest))
        paths[digest] = real
    return Weights(candidate.model, candidate.revision, tuple(files)), paths


def alone(path: Path) -> tuple[Weights, dict[str, Path]]:
    """Return the same for one driver's file: tuned weights."""
    digest = _sha256(path, path.stat().st_mtime_ns)
    return Weights(path.name, None, ((path.name, path.stat().st_size, digest),)), {digest: path}


@cache
def _sha256(path: Path, _changed: int) -> str:
    """Return a file's sha256; the Hub's cache names large files by it."""
    if len(path.name) == SHA256_LENGTH and path.parent.name == "blobs":
        return path.name
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def chunks(path: Path) -> Iterator[tuple[bytes, bool]]:
    """Yield a file's chunks, each with whether it is the last one."""
    left = path.stat().st_size
    with path.open("rb") as stream:
        while True:
            chunk = stream.read(CHUNK_BYTES)
            left -= len(chunk)
            yield chunk, left <= 0
            if left <= 0 or not chunk:
                return


def in_hub_cache(weights: Weights) -> Path | None:
    """Return the snapshot of this commit in the node's own Hub cache if it has all files, of the same sizes."""
    if weights.revision is None:
        return None
    from huggingface_hub.constants import HF_HUB_CACHE
    from huggingface_hub.file_download import repo_folder_name

    repository = repo_folder_name(repo_id=weights.model, repo_type="model")
    folder = Path(HF_HUB_CACHE) / repository / "snapshots" / weights.revision
    return folder if all(_is_same(folder / name, size, digest) for name, size, digest in weights.files) else None


def _is_same(path: Path, size: int, digest: str) -> bool:
    """Return whether a file of the Hub's cache is this file; the cache names large ones by their sha256."""
    if not path.is_file() or path.stat().st_size != size:
        return False
    name = path.resolve().name
    return name == digest or len(name) != len(digest)
