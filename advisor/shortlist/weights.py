"""Fetches one large file of the Hub into the Hub's cache, going on where an earlier try stopped.

The Hub's own client starts a file anew in each process. Here what has arrived stays under a name of its own beside the
cache's blobs, so a kill, a lost connection or a full disk costs nothing that was fetched. The finished file is checked
against its sha256 and takes its place in the cache as the client would have put it there.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from filelock import FileLock

if TYPE_CHECKING:
    from collections.abc import Callable

_SHA256 = re.compile(r"[0-9a-f]{64}")


class DamagedError(Exception):
    """What arrived is not what the Hub told; the message is the reason."""


def fetch_weights(repository: str, revision: str, name: str, advance: Callable[[int], None]) -> None:
    """Bring a file into the cache unless it is there.

    Args:
        repository: The model's id.
        revision: The commit.
        name: The file's name in the repository.
        advance: Told the number of bytes each time some are on the disk, those of an earlier try included.

    Raises:
        DamagedError: if its sha256 is not the one that the Hub told; what arrived is thrown away.
        Exception: what the client raises.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.constants import HF_HUB_CACHE
    from huggingface_hub.file_download import repo_folder_name

    url = hf_hub_url(repository, name, revision=revision)
    told = get_hf_file_metadata(url)
    if told.etag is None or Path(told.etag).name != told.etag:
        return  # without a safe name of its content the client alone knows what to do
    blobs = Path(HF_HUB_CACHE) / repo_folder_name(repo_id=repository, repo_type="model") / "blobs"
    blob = blobs / told.etag
    blobs.mkdir(parents=True, exist_ok=True)
    partial = blobs / f"{told.etag}.advisor.incomplete"
    with FileLock(f"{partial}.lock"):
        if blob.exists():
            advance(blob.stat().st_size)
            return
        with partial.open("ab") as file:
            _receive(file, url, told, advance)
        check(partial, told.etag, name)
        partial.replace(blob)
    Path(f"{partial}.lock").unlink(missing_ok=True)


def check(file: Path, etag: str, name: str) -> None:
    """Compare a file with the sha256 that is its name in the cache, if it is one; remove it if it differs.

    Raises:
        DamagedError: if it differs.
    """
    if _SHA256.fullmatch(etag) is None:
        return
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != etag:
        file.unlink()
        raise DamagedError(f"{name} came damaged (its sha256 is {digest[:12]}…, not {etag[:12]}…); try again")


def _receive(file: IO[bytes], url: str, told: Any, advance: Callable[[int], None]) -> None:  # noqa: ANN401  the client's
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # re-exported without saying so

    if told.size is not None and file.tell() > told.size:
        file.truncate(0)
        file.seek(0)
    # The token is for the Hub alone, not for where it sends us.
    is_same = urlsplit(told.location).netloc == urlsplit(url).netloc
    headers = build_hf_headers() if is_same else build_hf_headers(token=False)
    have = file.tell()
    advance(have)
    http_get(told.location, _Told(file, advance), resume_size=have, headers=headers, expected_size=told.size)  # type: ignore[arg-type]


class _Told:
    """A file that tells how much was written."""

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
        before = self._file.seek(0, 2)
        left = self._file.truncate(0)  # the server starts over: everything comes again
        self._advance(-before)
        return left
