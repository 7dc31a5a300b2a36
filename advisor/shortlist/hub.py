"""Downloads from the Hub through its own client: what would be fetched, how much, and the fetching."""

from __future__ import annotations

from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.errors import OutOfReachError, one_line
from advisor.machine import free_disk_bytes
from advisor.shortlist.uses import files_for
from advisor.shortlist.weights import DamagedError, check, fetch_weights
from advisor.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog import ModelCard

REACH_SECONDS = 5.0
_MISSING = (401, 404)
SPARE_DISK = 1.05
ONE_FILE = ("llama.cpp", "onnx")


@dataclass(frozen=True, slots=True)
class Download:
    """What a candidate takes from the Hub, exactly: the pinned revision, its files, the bytes to fetch.

    `patterns` are the names of all its files, `files` those of its weights.
    """

    repository: str
    revision: str
    runtime: str
    patterns: tuple[str, ...]
    files: tuple[str, ...]
    weights_bytes: int
    to_fetch_bytes: int


class DownloadError(Exception):
    """One model cannot be downloaded; the message is the reason."""


def is_reachable() -> bool:
    """Return whether the Hub (or what HF_ENDPOINT names) answers within five seconds."""
    from huggingface_hub import get_session, is_offline_mode
    from huggingface_hub.constants import ENDPOINT

    if is_offline_mode():
        return False
    try:
        get_session().head(f"{ENDPOINT}/api/models", timeout=REACH_SECONDS)
    except Exception:  # noqa: BLE001  any transport error means the same: not reachable
        return False
    return True


def plan(card: ModelCard, runtime: str, allows: frozenset[str] = frozenset()) -> Download:
    """Ask the Hub what a model's download is, moving nothing.

    Args:
        card: What the catalog knows of the model.
        runtime: The engine that is to load it.
        allows: What the task allows this model by name.

    Raises:
        DownloadError: with the reason, e.g. that access must be asked for.
    """
    from huggingface_hub import snapshot_download

    wanted = files_for(card, runtime, allows)
    with reasons(card.id):
        found = snapshot_download(
            card.id,
            revision=card.revision or "main",
            allow_patterns=list(wanted.patterns),
            ignore_patterns=list(wanted.ignored) or None,
            dry_run=True,
        )
    weights = [file for file in found if file.filename.endswith(wanted.suffixes)]
    if not weights:
        raise DownloadError(f"holds no {wanted.suffixes[0]} file")
    if runtime in ONE_FILE:  # one is enough: the first graph, the first quantisation
        first = weights[0].filename
        weights = [file for file in weights if file.filename.startswith(first)]
    unwanted = {file.filename for file in found if file.filename.endswith(wanted.suffixes) and file not in weights}
    kept = [file for file in found if file.filename not in unwanted]
    return Download(
        card.id,
        found[0].commit_hash,
        runtime,
        tuple(file.filename for file in kept),
        tuple(file.filename for file in weights),
        sum(file.file_size or 0 for file in weights),
        sum((file.file_size or 0) for file in kept if file.will_download),
    )


def free_bytes() -> int:
    """Return what is free on the disk of the Hub cache."""
    from huggingface_hub.constants import HF_HUB_CACHE

    return free_disk_bytes(Path(HF_HUB_CACHE))


def check_room(bytes_to_fetch: int) -> None:
    """Find out beforehand whether the disk of the Hub cache has room.

    Raises:
        OutOfReachError: if not, with what is free and the cure.
    """
    from huggingface_hub.constants import HF_HUB_CACHE

    free = free_bytes()
    if bytes_to_fetch and free < bytes_to_fetch * SPARE_DISK:
        raise OutOfReachError(
            f"{HF_HUB_CACHE}: {format_bytes(free)} are free, the downloads need {format_bytes(bytes_to_fetch)}; "
            "make room or set HF_HOME to a larger disk"
        )


def fetch(download: Download, advance: Callable[[int], None]) -> Path:
    """Download a planned model into the Hub cache and return its folder.

    Weights go on where an earlier try stopped and are checked by their sha256; see `shortlist.weights`.

    Args:
        download: From `plan`.
        advance: Told the bytes as they arrive.

    Raises:
        DownloadError: with the reason.
        OutOfReachError: if the disk has no room for it.
    """
    from huggingface_hub import is_offline_mode, snapshot_download

    check_room(download.to_fetch_bytes)
    with reasons(download.repository):
        if not is_offline_mode():
            for name in download.files:
                fetch_weights(download.repository, download.revision, name, advance)
        folder = snapshot_download(
            download.repository,
            revision=download.revision,
            allow_patterns=[escape(name) for name in download.patterns],
        )
        for name in download.files:
            file = Path(folder) / name
            check(file.resolve(), file.resolve().name, name)
    return Path(folder)


def _status(error: BaseException) -> int | None:
    return getattr(getattr(error, "response", None), "status_code", None)


class reasons:  # noqa: N801  reads as the statement it is
    """Turn the client's errors into one reason."""

    def __init__(self, repository: str) -> None:
        self._repository = repository

    def __enter__(self) -> None:
        from huggingface_hub import logging, utils

        # What is downloaded, and what goes wrong with it, is told our way.
        utils.disable_progress_bars()  # type: ignore[attr-defined]  # re-exported without saying so
        logging.set_verbosity_error()  # type: ignore[no-untyped-call]

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, Exception) or isinstance(error, OutOfReachError | DownloadError):
            return
        from huggingface_hub.constants import ENDPOINT
        from huggingface_hub.errors import (
            GatedRepoError,
            LocalEntryNotFoundError,
            OfflineModeIsEnabled,
            RepositoryNotFoundError,
            RevisionNotFoundError,
        )

        # The client wraps what happened, sometimes twice.
        chain = [error, *(cause for cause in (error.__cause__, error.__context__) if cause is not None)]
        if isinstance(error, DamagedError):
            reason = str(error)
        elif any(isinstance(each, GatedRepoError) for each in chain):
            reason = (
                f"is gated: ask for access at {ENDPOINT}/{self._repository}, then run `hf auth login` or set HF_TOKEN"
            )
        elif any(isinstance(each, RevisionNotFoundError) for each in chain):
            reason = "is on the Hub without the revision that the catalog knows"
        elif any(isinstance(each, RepositoryNotFoundError) or _status(each) in _MISSING for each in chain):
            # An anonymous caller gets 401 for what does not exist.
            reason = "is not on the Hub any more, or private: set HF_TOKEN if it is yours"
        elif any(isinstance(each, OfflineModeIsEnabled | LocalEntryNotFoundError) for each in chain):
            reason = "cannot be downloaded: the Hub is out of reach"
        else:
            reason = f"cannot be downloaded ({one_line(f'{type(error).__name__}: {error}', 160)})"
        raise DownloadError(reason) from None
