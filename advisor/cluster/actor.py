"""Actors on a node: a keeper of files on its disk, and a host of one candidate's worker. Neither imports Ray.

Each removes its folder and ends its worker however it ends: a watchdog process waits for its pipe to close. Nothing
here is logged, so a node's logs contain no examples.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.cluster.weights import Weights, in_hub_cache
from advisor.probe.failure import ProbeFailedError
from advisor.probe.supervisor import Worker, WorkerLimits
from advisor.system import machine
from advisor.system.plugins import installed_version

if TYPE_CHECKING:
    from advisor.probe.protocol import Loaded, Outcome, ProbeSpec
    from advisor.task.examples import Example

FREE_SHARE = 0.9
# Bytes that stay free on a node's disk.
SPARE_BYTES = 1 << 30
PREFIX = "model-advisor-"
# Reads the process group to end (an empty line: none); when its input closes, ends that and removes the folder. It runs
# in the background of a shell that ends, so that it is no child of the actor: Ray kills an actor's children with it.
_WATCHDOG = (
    'exec 3<&0; ( group=; while read -r line <&3; do group=$line; done; [ -n "$group" ] && kill -KILL "-$group"; '
    'rm -rf -- "$1" ) </dev/null >/dev/null 2>&1 &'
)


class Watched:
    """A private folder, removed together with a process group when this process ends in any way."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        watchdog = subprocess.Popen(  # noqa: S603  our own few lines
            ["/bin/sh", "-c", _WATCHDOG, f"{PREFIX}watchdog", str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        watchdog.wait()
        assert watchdog.stdin is not None  # noqa: S101  asked for above
        self._pipe = watchdog.stdin

    def guard(self, group: int | None) -> None:
        """Set the process group that ends with this process."""
        self._pipe.write(f"{group or ''}\n".encode())
        self._pipe.flush()


class NodeKeeper:
    """One per node: reports the node's facts, and receives each weight file once."""

    def __init__(self) -> None:
        self._held = Watched()

    def facts(self, libraries: Sequence[str]) -> dict[str, Any]:
        """Return versions, to compare with the driver's, and facts of the node that Ray does not report."""
        return {
            "versions": versions(libraries),
            "processor": _processor(),
            "cards": machine.gpus(),
            "asks_for_token": os.environ.get("RAY_AUTH_MODE", "").lower() == "token",  # as its raylet was started
            "disk_bytes": shutil.disk_usage(self._held.folder).free,
        }

    def alive(self) -> bool:
        """Answer, so that a dead node is detected before a worker is sent there."""
        return True

    def find(self, weights: Weights) -> tuple[str | None, list[str]]:
        """Return a model's folder, or None and the digests of what is missing; ProbeFailedError if the disk is full."""
        if (cached := in_hub_cache(weights)) is not None:
            return str(cached), []
        missing = {digest: size for _, size, digest in weights.files if not self._blob(digest).is_file()}
        for digest in missing:  # truncated files start again
            self._part(digest).unlink(missing_ok=True)
        if not missing:
            return str(self._linked(weights)), []
        free = shutil.disk_usage(self._held.folder).free - SPARE_BYTES
        if sum(missing.values()) > free:
            reason = f"the node's disk has {max(0, free):,} bytes for {sum(missing.values()):,} bytes of weights"
            raise ProbeFailedError(reason, is_circumstance=True)
        return None, list(missing)

    def write(self, digest: str, chunk: bytes, *, is_last: bool) -> None:
        """Append to a file; the last chunk checks its sha256; ProbeFailedError if it differs."""
        part = self._part(digest)
        part.parent.mkdir(exist_ok=True)
        with part.open("ab") as stream:
            stream.write(chunk)
        if not is_last:
            return
        with part.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != digest:
            part.unlink()
            raise ProbeFailedError("weights arrived damaged on the node", is_circumstance=True)
        part.rename(self._blob(digest))

    def _blob(self, digest: str) -> Path:
        return self._held.folder / "blobs" / digest

    def _part(self, digest: str) -> Path:
        return self._blob(digest).with_suffix(".part")

    def _linked(self, weights: Weights) -> Path:
        folder = self._held.folder / weights.digest
        folder.mkdir(exist_ok=True)
        for name, _, digest in weights.files:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                os.link(self._blob(digest), path)
        return folder


class WorkerHost:
    """Hosts one candidate's worker process."""

    def __init__(self) -> None:
        self._held = Watched()
        self._worker: Worker | None = None

    def pid(self) -> int:
        """Return the worker's process id, or this process's before the worker has started."""
        return os.getpid() if self._worker is None else self._worker.pid

    def is_alive(self) -> bool:
        return self._worker is not None and self._worker.is_alive

    def load(self, spec: ProbeSpec, limits: WorkerLimits, files: Mapping[str, bytes], *, has_gpu: bool) -> Loaded:
        """Start the worker and load the model; `files` are the driver's files named in the spec, by path.

        The spec's `path` is on this node, and so is its `kept` if the model was tuned before; "" tunes it here.
        ProbeFailedError with the reason.
        """
        if not has_gpu:
            os.environ["CUDA_VISIBLE_DEVICES"] = ""
        self._unpack(files)
        free = int(machine.measure_machine().available_memory_bytes * FREE_SHARE)
        limits = replace(limits, memory_bytes=min(limits.memory_bytes, free))
        spec = replace(
            spec,
            scorer=None if spec.scorer is None else (self._here(spec.scorer[0], files), spec.scorer[1]),
            agreed={self._here(path, files): digest for path, digest in spec.agreed.items()},
            teaching=tuple((self._given(given, files), expected) for given, expected in spec.teaching),
            kept=None if spec.kept is None else spec.kept or str(self._tuned),
        )
        self._worker = Worker(spec, limits, self._held.folder / "log")
        self._held.guard(self._worker.pid)
        return self._worker.load()

    def run(
        self, examples: Sequence[Example], labels: Sequence[str], files: Mapping[str, bytes]
    ) -> tuple[list[Outcome], int]:
        """Answer a batch; return the outcomes and the peak memory. The files of its inputs are removed.

        ProbeFailedError with the reason.
        """
        assert self._worker is not None  # noqa: S101  loaded before
        self._unpack(files)
        placed = [
            replace(each, parts=tuple((name, self._here(value, files)) for name, value in each.parts))
            for each in examples
        ]
        try:
            return self._worker.run(placed, labels=labels), self._worker.peak_memory_bytes
        finally:
            for path in files:
                Path(self._here(path, files)).unlink(missing_ok=True)

    def tuned(self, offset: int, size: int) -> bytes:
        """Return a part of the tuned weights, empty past their end."""
        if not self._tuned.is_file():
            return b""
        with self._tuned.open("rb") as stream:
            stream.seek(offset)
            return stream.read(size)

    @property
    def _tuned(self) -> Path:
        return self._held.folder / "tuned.safetensors"

    def _here(self, path: str, files: Iterable[str]) -> str:
        """Return the path on this node of a driver's file; other texts unchanged."""
        return str(self._held.folder / "files" / path.lstrip("/")) if path in files else path

    def _given(self, given: Any, files: Iterable[str]) -> Any:  # noqa: ANN401  a JSON value
        return {k: self._here(v, files) for k, v in given.items()} if isinstance(given, dict) else given

    def _unpack(self, files: Mapping[str, bytes]) -> None:
        for path, content in files.items():
            target = Path(self._here(path, files))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


def versions(libraries: Iterable[str]) -> dict[str, str]:
    """Return the versions that must be equal on all nodes: Python, model-advisor, the engines' libraries."""
    found = {"Python": ".".join(platform.python_version_tuple()[:2])}
    return found | {name: installed_version(name) or "none" for name in ("model-advisor", *libraries)}


def _processor() -> str:
    """Return the processor's name if the system reports it, else its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
