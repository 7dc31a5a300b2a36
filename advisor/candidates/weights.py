"""Fetch files of the Hub into the Hub's cache, resuming earlier tries.

The Hub's own client restarts each file in each process, and does not check contents. Here partial files have their own
names next to the cache's blobs, so a kill, a lost connection or a full disk loses nothing that was fetched. A finished
file is checked against the hash in its ETag (sha256, or git's for small files) and put into the cache as by the client.
"""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path, PureWindowsPath
from typing import IO, Any
from urllib.parse import urlsplit

from filelock import FileLock

TRIES = 2
CHUNK_BYTES = 1 << 20
_SHA256, _GIT_SHA1 = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{40}")
# Names of files and folders in the cache: no separators, no "..".
_PLAIN = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_.+=-]*")


class DamagedError(Exception):
    """A fetched file does not match the Hub's hash; the message is the reason."""


def is_safe(name: str) -> bool:
    """Return whether a file's name from the Hub stays in its folder on every system."""
    parts = name.replace("\\", "/").split("/")
    return "\0" not in name and all(part not in ("", ".", "..") and not PureWindowsPath(part).drive for part in parts)


def is_plain(name: str) -> bool:
    """Return whether a value from the Hub (a commit, an ETag) is a valid name in the cache."""
    return _PLAIN.fullmatch(name) is not None


def is_cached(repository: str, revision: str, name: str) -> bool:
    """Return whether the cache has a file; a damaged one is removed.

    The file is a link to a blob named by its hash, which is checked. Without links, or if the ETag is no hash, a file
    counts as complete without a check of its contents. The revision is a plain name, the file's name a safe one.
    """
    home = _home(repository)
    place = home / "snapshots" / revision / name
    if not place.exists():
        return False
    blob = _blob(place, home / "blobs")
    if blob is None or _digest(blob, blob.name) == blob.name:
        return True
    blob.unlink()
    place.unlink()
    return False


def fetch_file(repository: str, revision: str, name: str, advance: Callable[[int], None]) -> None:
    """Fetch a file into the cache unless it is there; a damaged one is fetched once more.

    The revision is a plain name, the file's name a safe one. `advance` is called with the number of bytes that arrive,
    without those already there. Besides what the client raises, DamagedError if its hash does not match the Hub's; then
    the file is deleted.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    if is_cached(repository, revision, name):
        return
    url = hf_hub_url(repository, name, revision=revision)
    metadata = get_hf_file_metadata(url, retry_on_errors=True)
    etag = metadata.etag or ""
    if not is_plain(etag):
        raise DamagedError(f"{name} cannot be kept: the Hub gives no usable ETag for it")
    blobs = _home(repository) / "blobs"
    blobs.mkdir(parents=True, exist_ok=True)
    lock = Path(f"{blobs / etag}.advisor.incomplete.lock")
    with FileLock(lock):
        _bring(blobs / etag, name, lambda file: _receive(file, url, metadata, advance))
    lock.unlink(missing_ok=True)


def _bring(blob: Path, name: str, receive: Callable[[IO[bytes]], None]) -> None:
    """Complete a blob: keep the existing part, receive the rest."""
    etag, digest = blob.name, ""
    if blob.exists() and _digest(blob, etag) == etag:
        return
    partial = blob.with_name(f"{etag}.advisor.incomplete")
    for _ in range(TRIES):
        with partial.open("ab") as file:
            receive(file)
        digest = _digest(partial, etag)
        if digest == etag:
            partial.replace(blob)
            return
        partial.unlink()
    blob.unlink(missing_ok=True)
    kind = "sha256" if _SHA256.fullmatch(etag) else "git hash"
    raise DamagedError(f"{name} came damaged {TRIES} times (its {kind} is {digest[:12]}…, not {etag[:12]}…); try again")


def _home(repository: str) -> Path:
    from huggingface_hub.constants import HF_HUB_CACHE
    from huggingface_hub.file_download import repo_folder_name

    return Path(HF_HUB_CACHE) / repo_folder_name(repo_id=repository, repo_type="model")


def _blob(place: Path, blobs: Path) -> Path | None:
    """Return the blob that a snapshot's file links to; None for other links, or for a file on a system without links.

    Only one link is followed: the client may keep a blob as a link into a store of other names.
    """
    if not place.is_symlink():
        return None
    target = place.parent / place.readlink()
    return blobs / target.name if target.parent.resolve() == blobs.resolve() else None


def _digest(file: Path, etag: str) -> str:
    """Return a file's hash of the ETag's kind, the ETag itself if that is none."""
    with file.open("rb") as stream:
        if _SHA256.fullmatch(etag):
            return hashlib.file_digest(stream, "sha256").hexdigest()
        if _GIT_SHA1.fullmatch(etag) is None:
            return etag
        digest = hashlib.sha1(b"blob %d\0" % file.stat().st_size, usedforsecurity=False)
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
        return digest.hexdigest()


def _receive(file: IO[bytes], url: str, metadata: Any, advance: Callable[[int], None]) -> None:  # noqa: ANN401  the client's
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # re-exported without saying so

    if metadata.size is not None and file.tell() > metadata.size:
        file.truncate(0)
        file.seek(0)
    have = file.tell()
    if have and have == metadata.size:  # complete but not yet put in place; the Hub has no bytes beyond the last
        return
    # The token is for the Hub only, not for redirects.
    is_same = urlsplit(metadata.location).netloc == urlsplit(url).netloc
    headers = build_hf_headers() if is_same else build_hf_headers(token=False)
    http_get(metadata.location, _Counted(file, advance), resume_size=have, headers=headers, expected_size=metadata.size)  # type: ignore[arg-type]


class _Counted:
    """A file that reports the bytes written."""

    def __init__(self, file: IO[bytes], advance: Callable[[int], None]) -> None:
        self._file, self._advance = file, advance

    def write(self, chunk: bytes) -> int:
        count = self._file.write(chunk)
        self._advance(count)
        return count

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, place: int) -> int:
        return self._file.seek(place)

    def truncate(self) -> int:
        self._file.seek(0)
        return self._file.truncate(0)  # the server starts over: all bytes come again
