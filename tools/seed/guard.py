"""Facts about classifiers of prompts and answers: llm-guard (MIT) pins each model that it loads to a commit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from catalog.card import ModelCard, WeightFile
from tools.seed.literals import Module

NAME: Final = "llm-guard 0.3.16"
_COMMIT: Final = 40


def read(folder: Path) -> Iterator[ModelCard]:
    """The pinned revision, and the ONNX graph where it lies in the same repository at the same commit."""
    for path in sorted((folder / "llm_guard").rglob("*.py")):
        for record in Module(path).calls("Model"):
            name, revision = record.get("path"), record.get("revision")
            if not isinstance(name, str) or not isinstance(revision, str) or len(revision) != _COMMIT:
                continue
            graph = record.get("onnx_filename")
            inside = record.get("onnx_revision") == revision and str(record.get("onnx_path")).lower() == name.lower()
            folder_of = record.get("onnx_subfolder")
            files: tuple[WeightFile, ...] = ()
            if inside and isinstance(graph, str):
                files = (WeightFile(name=f"{folder_of}/{graph}" if folder_of else graph, format="onnx"),)
            yield ModelCard(id=name, revision=revision, files=files)
