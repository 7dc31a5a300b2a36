"""Downloads from the Hub through its own client: planning of files and sizes, and fetching."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from glob import escape
from pathlib import Path

from advisor.candidates.weights import DamagedError, fetch_file, is_cached, is_plain, is_safe
from advisor.engines.table import ENGINES
from advisor.errors import OutOfReachError, one_line
from advisor.formats.file_names import is_meant
from advisor.formats.variants import FULL, Variant
from advisor.system.machine import free_disk_bytes
from advisor.units import format_bytes
from catalog import ModelCard

REACH_SECONDS = 5.0
_MISSING = (401, 404)
_FORBIDDEN = 403
# Text of the Hub's 401 for an unknown token, which its client checks too.
_BAD_TOKEN = "invalid credentials"  # noqa: S105  no password
SPARE_DISK = 1.05


@dataclass(frozen=True, slots=True)
class Download:
    """A candidate's exact download from the Hub: the pinned revision, its files, the bytes to fetch.

    `patterns` are the names of all its files, `files` those of its weights; `precision` distinguishes it from the
    model's other variants, None if unknown. If `is_predicted`, it is from the catalog, without asking the Hub, and
    cannot be fetched.
    """

    repository: str
    revision: str
    runtime: str
    patterns: tuple[str, ...]
    files: tuple[str, ...]
    weights_bytes: int
    to_fetch_bytes: int
    precision: str | None = None
    is_predicted: bool = False


class DownloadError(Exception):
    """One model cannot be downloaded; the message is the reason."""


def off_by() -> str:
    """Return the variable that switches the Hub off, as its client reads it, without importing the client; else ""."""
    set_ = next((name for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE") if os.environ.get(name)), "")
    return set_ if os.environ.get(set_, "").upper() in {"1", "ON", "YES", "TRUE"} else ""


def is_reachable() -> bool:
    """Return whether the Hub (or the HF_ENDPOINT) answers within five seconds."""
    from huggingface_hub import get_session, is_offline_mode
    from huggingface_hub.constants import ENDPOINT

    if is_offline_mode():
        return False
    try:
        get_session().head(f"{ENDPOINT}/api/models", timeout=REACH_SECONDS)
    except Exception:  # noqa: BLE001  any transport error means the same: not reachable
        return False
    return True


def plan_downloads(
    card: ModelCard, runtime: str, allows: frozenset[str] = frozenset(), wanted: frozenset[str] | None = None
) -> tuple[Download, ...]:
    """Ask the Hub for a model's downloads without fetching: one for each variant, the first to try first.

    `allows` are the task's permissions for this model by name, `wanted` the variants that it names, None if none.
    DownloadError gives the reason if there are none, e.g. that access must be requested.
    """
    from huggingface_hub import HfApi, snapshot_download

    needed, revision = ENGINES[runtime].files_for(allows), card.revision or "main"
    with reasons(card.id):
        names = HfApi().list_repo_files(card.id, revision=revision)
        _refuse_unsafe(names)
        variants = ENGINES[runtime].variants
        chosen = variants.of(names, runtime, wanted) if variants is not None else ()
        pickled = needed.pickled_of(names)
        found = snapshot_download(
            card.id,
            revision=revision,
            allow_patterns=[
                *needed.patterns,
                *(escape(name) for variant in chosen for name in variant.files),
                *map(escape, pickled),
            ],
            ignore_patterns=list(needed.ignored) or None,
            dry_run=True,
        )
    files = {file.filename: file for file in found}
    weights = tuple(name for name in files if name.endswith(needed.suffixes) or name in pickled)
    if not weights:
        raise DownloadError(f"holds no {needed.suffixes[0]} file{_of(wanted)}")
    small = [name for name in files if name not in weights]

    def download(variant: Variant) -> Download:
        kept = (*small, *variant.files)
        return Download(
            card.id,
            found[0].commit_hash,
            runtime,
            kept,
            variant.files,
            sum(files[name].file_size or 0 for name in variant.files),
            sum(files[name].file_size or 0 for name in kept if files[name].will_download),
            variant.precision,
        )

    known = next((file.precision for file in card.files if file.name in weights), None)
    whole = Variant(known, weights)
    if wanted is not None and not chosen:
        chosen = (whole,) if any(is_meant(each, known or FULL, runtime, weights) for each in wanted) else ()
        if not chosen:
            raise DownloadError(f"holds no {needed.suffixes[0]} file{_of(wanted)}")
    return tuple(download(variant) for variant in chosen or (whole,))


def _of(wanted: frozenset[str] | None) -> str:
    return f" of the variant {' or '.join(sorted(one_line(each, 40) for each in wanted))}" if wanted else ""


def free_bytes() -> int:
    from huggingface_hub.constants import HF_HUB_CACHE

    return free_disk_bytes(Path(HF_HUB_CACHE))


def has_room(bytes_to_fetch: int, free: int) -> bool:
    """Return whether a download fits into a disk's free space, with a margin."""
    return not bytes_to_fetch or free >= bytes_to_fetch * SPARE_DISK


def check_room(bytes_to_fetch: int) -> None:
    """Check before a download that the disk of the Hub cache has room; OutOfReachError if not."""
    from huggingface_hub.constants import HF_HUB_CACHE

    free = free_bytes()
    if not has_room(bytes_to_fetch, free):
        raise OutOfReachError(
            f"{HF_HUB_CACHE}: {format_bytes(free)} are free, the downloads need {format_bytes(bytes_to_fetch)}; "
            "make room or set HF_HOME to a larger disk"
        )


def fetch_model(download: Download, advance: Callable[[int], None]) -> Path:
    """Download a planned model into the Hub cache and return its folder.

    Files resume where an earlier try stopped and are checked by their hashes. `advance` is called with the bytes that
    arrive, without those already here. DownloadError gives the reason of a failure; OutOfReachError: the disk is full.
    """
    from huggingface_hub import is_offline_mode, snapshot_download

    _refuse_unsafe(download.patterns, download.revision)
    check_room(download.to_fetch_bytes)
    repository, revision = download.repository, download.revision
    with reasons(repository):
        for name in dict.fromkeys(download.patterns):
            if not is_offline_mode():
                fetch_file(repository, revision, name, advance)
            elif not is_cached(repository, revision, name):
                raise DownloadError(f"lacks {name} in the Hub's cache, or it was damaged there: fetch it again online")
        folder = snapshot_download(
            repository, revision=revision, allow_patterns=[escape(name) for name in download.patterns]
        )
    return Path(folder)


def _refuse_unsafe(names: Iterable[str], *commits: str) -> None:
    """Refuse names that lead out of the model's own folder in the cache."""
    for name in names:
        if not is_safe(name):
            raise DownloadError(
                f"is refused: the Hub lists a file of it whose name leads out of its folder ({one_line(name, 60)!r})"
            )
    for commit in commits:
        if not is_plain(commit):
            raise DownloadError(f"is refused: the Hub names an invalid revision ({one_line(commit, 60)!r})")


def _status(error: BaseException) -> int | None:
    return getattr(getattr(error, "response", None), "status_code", None)


def _hub_message(error: BaseException) -> str:
    """Return the Hub's message in an error, empty if there is none."""
    headers = getattr(getattr(error, "response", None), "headers", None)
    return str((headers or {}).get("X-Error-Message") or "")


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error and its causes: the client wraps exceptions, sometimes twice."""
    found: list[BaseException] = []
    left: list[BaseException | None] = [error]
    while left:
        each = left.pop(0)
        if each is not None and each not in found:
            found.append(each)
            left += [each.__cause__, each.__context__]
    return found


@contextmanager
def reasons(repository: str) -> Iterator[None]:
    """Turn the client's errors into one reason."""
    from huggingface_hub import logging, utils

    # Progress and errors of downloads are reported by this program.
    utils.disable_progress_bars()  # type: ignore[attr-defined]  # re-exported without saying so
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        yield
    except (OutOfReachError, DownloadError):
        raise
    except Exception as error:  # noqa: BLE001  whatever the client raises
        raise DownloadError(_reason(error, repository)) from None


def _reason(error: Exception, repository: str) -> str:
    from huggingface_hub import errors
    from huggingface_hub.constants import ENDPOINT

    chain = _chain(error)
    if isinstance(error, DamagedError):
        return str(error)
    if any(isinstance(each, errors.GatedRepoError) for each in chain):
        return f"is gated: ask for access at {ENDPOINT}/{repository}, then run `hf auth login` or set HF_TOKEN"
    if any(isinstance(each, errors.DisabledRepoError) for each in chain):
        return f"was disabled by the Hub for all users: take another model ({ENDPOINT}/{repository} says why)"
    if any(_status(each) in _MISSING and _BAD_TOKEN in _hub_message(each).casefold() for each in chain):
        return "cannot be fetched: the Hub does not know your token; run `hf auth login`, or set or unset HF_TOKEN"
    if any(isinstance(each, errors.RevisionNotFoundError) for each in chain):
        return "is on the Hub without the revision that the catalog knows"
    if any(isinstance(each, errors.RepositoryNotFoundError) or _status(each) in _MISSING for each in chain):
        # Anonymous callers get 401 for repositories that do not exist.
        return "is no longer on the Hub, or private: set HF_TOKEN if it is yours"
    if refused := [each for each in chain if _status(each) == _FORBIDDEN]:
        said = one_line(_hub_message(refused[0]) or "403, without a reason", 120)
        return f"may not be downloaded ({said}): check what your token may read at {ENDPOINT}/settings/tokens"
    if any(isinstance(each, errors.OfflineModeIsEnabled | errors.LocalEntryNotFoundError) for each in chain):
        return "cannot be downloaded: the Hub cannot be reached"
    return f"cannot be downloaded ({one_line(f'{type(error).__name__}: {error}', 160)})"
