"""Labels an unlabelled file by hand: which text comes next, what is saved, and the files for a task.

Evidence is drawn strictly at random; chosen texts are for training: see `advisor.interview.labeling.label_texts`.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from advisor import paths
from advisor.errors import InputError
from advisor.families.values import as_label
from advisor.interview.labeling.label_store import Beginning, Given, LabelStore
from advisor.interview.labeling.label_texts import (
    MOST_POOL,
    MOST_TEXTS,
    WANT_EVIDENCE,
    WANT_TEACHING,
    beside,
    halves,
    text_id,
    texts_of,
)
from advisor.system.source import place
from advisor.task.labels import unknown_label
from advisor.task.reading import OWN_LINE

Role = Literal["evidence", "teaching"]
STORE, EVIDENCE, TEACHING, TO_LABEL = "labels.jsonl", "evidence.csv", "teaching.csv", "to-label.csv"
# Most inputs written into a file to label.
MOST_TO_LABEL = 300


@dataclass(frozen=True, slots=True)
class Item:
    """A text to label: its position, its line in the file, and the use of its label."""

    index: int
    line: int
    text: str
    role: Role


class Counts(NamedTuple):
    """Labels given and wanted per use, and how many texts were skipped."""

    evidence: int
    teaching: int
    skipped: int
    want_evidence: int
    want_teaching: int


class Labelled(NamedTuple):
    """The files for a task: its examples, and its `teaching.path` (None if there is no training label)."""

    examples: Path
    teaching: Path | None


class Labelling:
    """Labels one column of a file, over any number of sessions."""

    def __init__(
        self, path: Path, column: str, labels: Sequence[str], store: LabelStore, want: tuple[int, int, int]
    ) -> None:
        """Use `open` instead."""
        self.path, self.column = path, column
        self.labels = [as_label(label) for label in labels]
        self._store = store
        self._texts = texts_of(path, column)
        digest = self._texts.digest
        self._begun = store.beginning or Beginning(str(path), column, digest, *want)
        # In older label files the draw was not saved: rows added since cannot be distinguished.
        is_lost = bool(store.given) and not store.drawn and self._begun.digest != digest
        if is_lost or self._begun.column != column or any(each.text not in self._texts.at for each in store.given):
            raise InputError(
                f"{place(path)}: holds other texts than when its labelling began; put it back, or name another folder "
                f"than {place(store.path.parent)}"
            )
        self._drawn = self._texts.drawn((self._begun.evidence, self._begun.teaching, self._begun.seed), store.drawn)
        self._parts = self._texts.parts(self._drawn)

    @classmethod
    def open(
        cls,
        path: Path,
        column: str,
        labels: Sequence[str] = (),
        folder: Path | None = None,
        *,
        want_evidence: int = WANT_EVIDENCE,
        want_teaching: int = WANT_TEACHING,
        seed: int = 0,
    ) -> Labelling:
        """Begin labelling a file, or continue.

        Labels are kept in a folder, by default one per file and column below the data folder. The numbers wanted and
        the seed of the order are fixed when labelling begins; without labels any text may be given. InputError if the
        file cannot be read, or lacks labelled texts; rows may have been added.
        """
        store = LabelStore((folder or default_folder(path, column)) / STORE)
        return cls(path, column, labels, store, (want_evidence, want_teaching, seed))

    @property
    def folder(self) -> Path:
        return self._store.path.parent

    @property
    def counts(self) -> Counts:
        given = self._store.given
        labelled = [each.role for each in given if each.labels is not None]
        skipped = len(given) - len(labelled)
        evidence, teaching = labelled.count("evidence"), labelled.count("teaching")
        return Counts(evidence, teaching, skipped, self._begun.evidence, self._begun.teaching)

    @property
    def most(self) -> tuple[int, int]:
        """The most labels that are used as evidence and for training, as far as there are texts."""
        evidence = min(self._begun.evidence, len(self._parts.evidence))
        return evidence, min(self._begun.teaching, len(self._parts.pool))

    def taught(self) -> tuple[tuple[str, str], ...]:
        """Return the labelled training texts with their labels; several labels are one text."""
        labelled = [each for each in self._store.given if each.role == "teaching" and each.labels is not None]
        return tuple((self._texts.texts[self._texts.at[each.text]], "; ".join(each.labels or ())) for each in labelled)

    def labels_of(self, role: Role) -> frozenset[str]:
        """Return the distinct labels of the evidence so far, or of the training texts."""
        given = [each.labels or () for each in self._store.given if each.role == role]
        return frozenset(label for labels in given for label in labels)

    @property
    def left(self) -> int:
        """How many texts have no label yet."""
        done = {self._texts.at[each.text] for each in self._store.given if each.labels is not None}
        return len({*self._parts.evidence, *self._parts.pool} - done)

    @property
    def repeats(self) -> int:
        """How many rows repeat others, at least nearly, and need no label; 0 if more texts than are drawn."""
        drawn = {*self._parts.evidence, *self._parts.pool}
        is_whole = len(self._texts.at) <= MOST_TEXTS and len(self._parts.pool) < MOST_POOL
        return len(self._texts.texts) - len(drawn) if is_whole else 0

    def next(self, passed: Collection[int] = (), *, is_on: bool = False) -> Item | None:
        """Return the text to label next; None if no more are wanted or left.

        Evidence and training alternate in proportion, so stopping early leaves some of both. Skipped texts come again
        when none is left, but not in the same round (`passed`). With `is_on` texts beyond the number wanted follow.
        """
        counts = self.counts
        done: dict[Role, float] = {
            "evidence": counts.evidence / counts.want_evidence if counts.want_evidence else 1.0,
            "teaching": counts.teaching / counts.want_teaching if counts.want_teaching else 1.0,
        }
        roles = sorted((role for role in done if is_on or done[role] < 1.0), key=lambda each: done[each])
        for role in roles:
            if (at := self._following(role)) is not None:
                return self._item(at, role)
        for role in roles:
            if (at := self._again(role, passed)) is not None:
                return self._item(at, role)
        return None

    def give(self, index: int, label: str | Sequence[str] | None, *, by: str = "") -> None:
        """Save a text's label, several of them, or None to skip it, replacing an earlier label.

        InputError if a label is not allowed.
        """
        # Of two near duplicates one may be evidence; the other must not be used for training.
        if index not in self._parts.evidence and index not in self._parts.place:
            raise InputError(f"text number {index} is none of those to label; take the one that comes next")
        labels = None
        if label is not None:
            labels = tuple(as_label(each) for each in ([label] if isinstance(label, str) else label))
            if not labels or not all(labels):
                raise InputError("a label is empty; write one, or pass the text over")
            for each in labels:
                if self.labels and each not in self.labels:
                    raise InputError(unknown_label(each, self.labels))
        role: Role = "evidence" if index in self._parts.evidence else "teaching"
        if self._store.beginning is None:
            self._store.begin(self._begun)
        for drawn in self._drawn[len(self._store.drawn) :]:
            self._store.draw(drawn)
        self._store.add(Given(text_id(self._texts.texts[index]), role, labels, by))

    def given(self, index: int) -> Given | None:
        """Return a text's label, or that it was skipped; None if it is still to come."""
        if not 0 <= index < len(self._texts.texts):
            return None
        name = text_id(self._texts.texts[index])
        return next((each for each in self._store.given if each.text == name), None)

    def item(self, index: int) -> Item | None:
        """Return a text to label by its position; None if it is not among them."""
        if index in self._parts.evidence:
            return self._item(index, "evidence")
        return self._item(index, "teaching") if index in self._parts.place else None

    def given_by(self, who: str) -> list[Item]:
        """Return the texts that a session labelled or skipped, in order."""
        items = (self.item(self._texts.at[each.text]) for each in self._store.given if each.by == who)
        return [item for item in items if item is not None]

    def finish(self) -> Labelled:
        """Write the labels so far as files for a task; labelling can continue afterwards.

        InputError if there is no evidence yet.
        """
        if not self.counts.evidence:
            raise InputError(f"{place(self.path)}: no example is labelled as evidence yet; label some first")
        examples = self._write("evidence", EVIDENCE)
        return Labelled(examples, self._write("teaching", TEACHING) if self.counts.teaching else None)

    def _item(self, at: int, role: Role) -> Item:
        return Item(at, self._texts.lines[at], self._texts.texts[at], role)

    def _following(self, role: Role) -> int | None:
        done = {self._texts.at[each.text] for each in self._store.given}
        parts = self._parts
        if role == "evidence":
            return next((at for at in parts.evidence if at not in done), None)
        if parts.chooser is None:
            return next((at for at in parts.pool if at not in done), None)
        given = [each for each in self._store.given if self._texts.at[each.text] in parts.place]
        chosen = [parts.place[self._texts.at[each.text]] for each in given]
        # The labels of evidence must not influence what is chosen for training.
        labels = {at: "; ".join(each.labels) for at, each in zip(chosen, given, strict=True) if each.labels is not None}
        found = parts.chooser.following(chosen, labels, expected_labels=len(self.labels))
        return parts.pool[found[0]] if found else None

    def _again(self, role: Role, passed: Collection[int]) -> int | None:
        """Return the text skipped longest ago; None if all were skipped in this round."""
        listed = [each for each in self._store.given if each.role == role and each.labels is None]
        return next((at for each in listed if (at := self._texts.at[each.text]) not in passed), None)

    def _write(self, role: Role, name: str) -> Path:
        path = self.folder / name
        new = path.with_suffix(".new")
        with new.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)  # also for carriage returns
            writer.writerow([self.column, "label" if self.column != "label" else "expected", OWN_LINE])
            one = all(each.labels is None or len(each.labels) == 1 for each in self._store.given)
            for each in self._store.given:
                if each.role == role and each.labels is not None:
                    label = each.labels[0] if one else json.dumps(each.labels, ensure_ascii=False)
                    at = self._texts.at[each.text]
                    writer.writerow([self._texts.texts[at], label, self._texts.lines[at]])
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(path)
        return path


def to_label(path: Path, columns: Sequence[str], expected: str) -> Path:
    """Return a file with the texts of columns in random order and an empty column; an existing file is kept.

    InputError if the file cannot be read.
    """
    target = path if path.name == TO_LABEL else default_folder(path, "\0".join(columns)) / TO_LABEL
    if not target.exists():
        rows = beside(path, columns)
        drawn, _ = halves(["\n".join(filter(None, row)) for row in rows], 1, 0, seed=0)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w", encoding="utf-8-sig", newline="") as stream:  # Excel needs the BOM
            writer = csv.writer(stream)
            writer.writerows([(*columns, expected), *((*rows[at], "") for at in drawn[:MOST_TO_LABEL])])
    return target


def default_folder(path: Path, column: str) -> Path:
    """Return the folder for a file's labels, below the data folder."""
    digest = hashlib.sha256(f"{path.resolve()}\0{column}".encode("utf-8", "replace")).hexdigest()[:12]
    return labels_dir() / digest


def labels_dir() -> Path:
    """Return the folder with a folder of labels per file and column."""
    return paths.data_dir() / "labelling"
