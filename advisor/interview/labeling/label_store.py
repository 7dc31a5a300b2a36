"""Saves each label at once, one JSON object per line, flushed to disk: a kill loses none."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from advisor.errors import InputError
from advisor.system.source import place

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Beginning:
    """Settings fixed when labelling begins, such as the labels wanted per use; the store's first line."""

    file: str
    column: str
    digest: str
    evidence: int
    teaching: int
    seed: int
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Given:
    """The label of a text, by its id, or several; None: skipped. `by`: the session, "" if unknown."""

    text: str
    role: str
    labels: tuple[str, ...] | None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Which texts may be evidence and which training, by their ids; rows added to the file make a further draw."""

    evidence: tuple[str, ...]
    pool: tuple[str, ...]
    digest: str


class LabelStore:
    """A file of labels."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.beginning: Beginning | None = None
        self.given: list[Given] = []
        self.drawn: list[Drawn] = []
        if path.exists():
            self._read()

    def begin(self, beginning: Beginning) -> None:
        """Write the first line of a new store."""
        self.beginning = beginning
        self._append(asdict(beginning))

    def draw(self, drawn: Drawn) -> None:
        """Save the draw of evidence and training texts: when labelling begins, and when the file has grown."""
        self._append({"evidence": drawn.evidence, "pool": drawn.pool, "digest": drawn.digest})
        self.drawn.append(drawn)

    def add(self, given: Given) -> None:
        """Save one label, replacing an earlier one of the text."""
        self._append({"text": given.text, "role": given.role, "labels": given.labels, "by": given.by})
        self._put(given)

    def _put(self, given: Given) -> None:
        self.given = [*(each for each in self.given if each.text != given.text), given]

    def _append(self, line: dict[str, Any]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        data = json.dumps(line, ensure_ascii=True).encode() + b"\n"
        with self.path.open("ab") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())

    def _read(self) -> None:
        data = self.path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            # A kill cut the last line short; it was never confirmed to the user.
            os.truncate(self.path, whole)
        for number, raw in enumerate(data[:whole].splitlines(), 1):
            try:
                line = json.loads(raw)
                if number == 1:
                    self.beginning = Beginning(**line)
                elif "pool" in line:
                    evidence, pool = tuple(map(str, line["evidence"])), tuple(map(str, line["pool"]))
                    self.drawn.append(Drawn(evidence, pool, str(line["digest"])))
                else:
                    labels = None if line["labels"] is None else tuple(map(str, line["labels"]))
                    self._put(Given(str(line["text"]), str(line["role"]), labels, str(line.get("by", ""))))
            except (ValueError, TypeError, KeyError, IndexError, AttributeError):
                raise InputError(
                    f"{place(self.path, number)}: is not a line of labels; move the file away to start again"
                ) from None
        if self.beginning is not None and self.beginning.format != FORMAT:
            raise InputError(
                f"{place(self.path, 1)}: was written by another version; move the file away to start again"
            )
