"""Repositories of files: commits, references, and what git and git-lfs know of each file."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LFS_SUFFIXES = frozenset({
    ".arrow", ".bin", ".bz2", ".ckpt", ".ftz", ".gguf", ".gz", ".h5", ".joblib", ".mlmodel", ".model", ".msgpack",
    ".npy", ".npz", ".onnx", ".ot", ".parquet", ".pb", ".pickle", ".pkl", ".pt", ".pth", ".rar", ".safetensors", ".tar",
    ".tflite", ".tgz", ".wasm", ".xz", ".zip", ".zst",
})  # fmt: skip
"""What a new repository's .gitattributes puts under git-lfs."""

LFS_SIZE = 10 * 2**20
"""Larger files go to git-lfs whatever their name."""


@dataclass(frozen=True)
class File:
    """One file of a commit.

    Attributes:
        path: The path within the repository, with slashes.
        size: Bytes.
        oid: The git object: of the file, or of its pointer when under git-lfs.
        sha256: The content's hash when under git-lfs, else None.
        source: The file on disk; None when only the facts are known.
    """

    path: str
    size: int
    oid: str
    sha256: str | None = None
    source: Path | None = None

    @property
    def etag(self) -> str:
        return self.sha256 or self.oid

    @property
    def pointer_size(self) -> int:
        return len(_pointer(self.sha256 or "", self.size))

    def sibling(self, *, blobs: bool) -> dict[str, Any]:
        """Return the file as a model's `siblings` show it, with sizes if `blobs`."""
        shown: dict[str, Any] = {"rfilename": self.path}
        if blobs:
            shown |= {"size": self.size, "blobId": self.oid}
            if self.sha256 is not None:
                shown["lfs"] = {"sha256": self.sha256, "size": self.size, "pointerSize": self.pointer_size}
        return shown

    def entry(self) -> dict[str, Any]:
        """Return the file as /tree and /paths-info show it."""
        shown = {"type": "file", "oid": self.oid, "size": self.size, "path": self.path}
        if self.sha256 is not None:
            shown["lfs"] = {"oid": self.sha256, "size": self.size, "pointerSize": self.pointer_size}
        return shown


@dataclass
class Repo:
    """The commits of one repository.

    Attributes:
        commits: Files by path, for each commit.
        refs: Commits by branch or tag; always has "main" once there is a commit.
    """

    commits: dict[str, dict[str, File]] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)

    def commit(self, files: Iterable[File], revision: str | None = None) -> str:
        """Add a commit, point main at it, and return its hash (made from the content unless given)."""
        by_path = {file.path: file for file in sorted(files, key=lambda file: file.path)}
        if revision is None:
            listing = "\n".join(f"{file.path} {file.oid}" for file in by_path.values())
            revision = hashlib.sha1(listing.encode(), usedforsecurity=False).hexdigest()
        self.commits[revision] = by_path
        self.refs["main"] = revision
        return revision

    def resolve(self, revision: str) -> str | None:
        """Return the commit that a branch, tag or (shortened) hash names, or None."""
        known = self.refs.get(revision)
        if known is None and len(revision) >= 7:
            known = next((commit for commit in self.commits if commit.startswith(revision)), None)
        return known


def read_folder(folder: Path) -> list[File]:
    """Return the files below a folder, hashed; links are followed, hidden caches left out."""
    if not folder.is_dir():
        raise FileNotFoundError(f"No such folder: {folder}")
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    kept = [(path.relative_to(folder).as_posix(), path) for path in paths]
    return [read_file(name, path) for name, path in kept if not name.startswith((".git/", ".cache/"))]


def read_file(name: str, path: Path) -> File:
    """Return one file, hashed as git or as git-lfs would."""
    size = path.stat().st_size
    if path.suffix.lower() in LFS_SUFFIXES or size > LFS_SIZE:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return File(name, size, git_oid(_pointer(sha256, size)), sha256, path)
    return File(name, size, git_oid(path.read_bytes()), None, path)


def from_siblings(siblings: Iterable[dict[str, Any]]) -> list[File]:
    """Return the files that a record's `siblings` give a size for (no content, only facts)."""
    files = []
    for sibling in siblings:
        if "size" in sibling:
            sha256 = (sibling.get("lfs") or {}).get("sha256")
            oid = sibling.get("blobId") or git_oid(str(sibling).encode())
            files.append(File(sibling["rfilename"], sibling["size"], oid, sha256))
    return files


def tree(files: dict[str, File], below: str, *, recursive: bool) -> list[dict[str, Any]]:
    """Return the entries below a path: folders with a made-up oid, files as they are, by path."""
    prefix = f"{below.strip('/')}/" if below.strip("/") else ""
    entries: dict[str, dict[str, Any]] = {}
    for file in files.values():
        if not file.path.startswith(prefix):
            continue
        parts = file.path[len(prefix) :].split("/")
        for depth in range(1, len(parts) if recursive else min(len(parts), 2)):
            path = prefix + "/".join(parts[:depth])
            entries[path] = folder_entry(path)
        if recursive or len(parts) == 1:
            entries[file.path] = file.entry()
    if prefix and not entries:
        raise KeyError(below)
    return [entries[path] for path in sorted(entries)]


def folder_entry(path: str) -> dict[str, Any]:
    """Return a folder as /tree shows it."""
    return {"type": "directory", "oid": git_oid(path.encode()), "size": 0, "path": path}


def git_oid(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\x00" % len(content) + content, usedforsecurity=False).hexdigest()


def _pointer(sha256: str, size: int) -> bytes:
    """Return the git-lfs pointer file (its specification, version 1)."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256:0>64}\nsize {size}\n".encode()
