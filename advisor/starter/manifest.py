"""What the starter set is: packages, the files taken from them, their sha256, and where they are laid.

`revision` is set where the weights' hash equals the one known for that revision of the Hub's repository: those files
are in the Hub cache. The others become local model folders under a local name; what they derive from is a claim.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class StarterFile:
    """One file: where it is in its package, where it goes, and the hash it must have."""

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
        """Whether it stands in the Hub cache under its true repository and revision."""
        return self.revision is not None


def _models(listed: list[dict[str, Any]]) -> tuple[StarterModel, ...]:
    """Return models as `manifest.json` lists them."""
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
# Fetched only when they are asked for: few tasks are about speech, or about names. spaCy's small English pipeline is as
# somebody's package carries it: nothing proves that it is the one on the Hub.
SPEECH, TAGS = _models(_MANIFEST["speech"]), _models(_MANIFEST["tags"])


def download_bytes(models: tuple[StarterModel, ...] = STARTER) -> int:
    """Return about how much fetching these models downloads: their files, which packages hardly compress."""
    files = {file.member: file.size for model in models for file in model.files if PACKAGES[file.package]}
    return sum(files.values())
