"""Labels an unlabelled file by hand: which text comes next, what is kept, and the files a task can use.

Evidence is drawn at random and only so; what is chosen teaches: see `advisor.interview.labeling.label_texts`.
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
from advisor.interview.labeling.label_texts import WANT_EVIDENCE, WANT_TEACHING, halves, text_id, texts_of
from advisor.system.source import place
from advisor.task.labels import unknown_label
from advisor.task.reading import OWN_LINE

Role = Literal["evidence", "teaching"]
STORE, EVIDENCE, TEACHING, TO_LABEL = "labels.jsonl", "evidence.csv", "teaching.csv", "to-label.csv"
# So many inputs are written into a file to label.
MOST_TO_LABEL = 300


@dataclass(frozen=True, slots=True)
class Item:
    """A text to label: its place, its line in the file, and what its label will be used for."""

    index: int
    line: int
    text: str
    role: Role


class Counts(NamedTuple):
    """How many labels there are of each use, how many are wanted, and how many texts were passed over."""

    evidence: int
    teaching: int
    skipped: int
    want_evidence: int
    want_teaching: int


class Labelled(NamedTuple):
    """The files a task can use: its examples, and its `teaching.path` (None if nothing teaches)."""

    examples: Path
    teaching: Path | None


class Labelling:
    """Labels one column of a file, over as many sittings as it takes."""

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
        # Of labelling that began before it was kept what was drawn, rows added since cannot be told from the others.
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
        """Begin labelling a file, or go on with it.

        Labels are kept in a folder, by default one for this file and column below the data folder. How many are wanted,
        and the seed of the order, are fixed once labelling has begun; without labels any text may be given.

        Raises:
            InputError: if the file cannot be read, or lacks texts that are labelled; rows may have been added.
        """
        store = LabelStore((folder or default_folder(path, column)) / STORE)
        return cls(path, column, labels, store, (want_evidence, want_teaching, seed))

    @property
    def folder(self) -> Path:
        """Where the labels are kept."""
        return self._store.path.parent

    @property
    def counts(self) -> Counts:
        """How far it is."""
        given = self._store.given
        labelled = [each.role for each in given if each.labels is not None]
        skipped = len(given) - len(labelled)
        evidence, teaching = labelled.count("evidence"), labelled.count("teaching")
        return Counts(evidence, teaching, skipped, self._begun.evidence, self._begun.teaching)

    @property
    def most(self) -> tuple[int, int]:
        """How many labels are wanted at most as evidence and to teach, as far as there are texts."""
        evidence = min(self._begun.evidence, len(self._parts.evidence))
        return evidence, min(self._begun.teaching, len(self._parts.pool))

    def taught(self) -> tuple[tuple[str, str], ...]:
        """Return the labelled texts that teach, each with its label; several labels are one text."""
        labelled = [each for each in self._store.given if each.role == "teaching" and each.labels is not None]
        return tuple((self._texts.texts[self._texts.at[each.text]], "; ".join(each.labels or ())) for each in labelled)

    def labels_of(self, role: Role) -> frozenset[str]:
        """Return the different labels that the evidence has so far, or what teaches."""
        given = [each.labels or () for each in self._store.given if each.role == role]
        return frozenset(label for labels in given for label in labels)

    @property
    def left(self) -> int:
        """How many texts have no label yet."""
        done = {self._texts.at[each.text] for each in self._store.given if each.labels is not None}
        return len({*self._parts.evidence, *self._parts.pool} - done)

    def next(self, passed: Collection[int] = (), *, is_on: bool = False) -> Item | None:
        """Return the text to label next, None if no more are wanted or there are no more.

        Evidence and teaching take turns in proportion, so stopping early leaves some of both. Texts that were passed
        over come again when no others are left, but not in the same round (`passed`). With `is_on` more than were
        wanted come, as long as there are some.
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
        """Keep a text's label, several of them, or None to pass it over, in the place of what it had before.

        Raises:
            InputError: if a label is not one of those that may be given.
        """
        # Of texts that are nearly the same one may be evidence; another must not teach it.
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
        """Return a text's label, or that it was passed over; None if it is still to come."""
        if not 0 <= index < len(self._texts.texts):
            return None
        name = text_id(self._texts.texts[index])
        return next((each for each in self._store.given if each.text == name), None)

    def item(self, index: int) -> Item | None:
        """Return a text to label by its place, None where it is none of those."""
        if index in self._parts.evidence:
            return self._item(index, "evidence")
        return self._item(index, "teaching") if index in self._parts.place else None

    def given_by(self, who: str) -> list[Item]:
        """Return the texts that somebody gave a label or passed over, in order."""
        items = (self.item(self._texts.at[each.text]) for each in self._store.given if each.by == who)
        return [item for item in items if item is not None]

    def finish(self) -> Labelled:
        """Write what is labelled so far as files that a task can use; labelling can go on afterwards.

        Raises:
            InputError: if there is no evidence yet.
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
        # Labels of evidence have no say in what teaches.
        labels = {at: "; ".join(each.labels) for at, each in zip(chosen, given, strict=True) if each.labels is not None}
        found = parts.chooser.following(chosen, labels, expected_labels=len(self.labels))
        return parts.pool[found[0]] if found else None

    def _again(self, role: Role, passed: Collection[int]) -> int | None:
        """Return the text passed over longest ago, None if all were passed over in this round."""
        listed = [each for each in self._store.given if each.role == role and each.labels is None]
        return next((at for each in listed if (at := self._texts.at[each.text]) not in passed), None)

    def _write(self, role: Role, name: str) -> Path:
        path = self.folder / name
        new = path.with_suffix(".new")
        with new.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)  # a carriage return too
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


def to_label(path: Path, column: str, expected: str) -> Path:
    """Return a file of a column's texts in random order beside an empty column; one that is there is kept.

    Raises:
        InputError: if the file cannot be read.
    """
    target = path if path.name == TO_LABEL else default_folder(path, column) / TO_LABEL
    if not target.exists():
        texts = texts_of(path, column).texts
        drawn, _ = halves(texts, 1, 0, seed=0)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w", encoding="utf-8-sig", newline="") as stream:  # the mark is for Excel
            writer = csv.writer(stream)
            writer.writerows([(column, expected), *((texts[at], "") for at in drawn[:MOST_TO_LABEL])])
    return target


def default_folder(path: Path, column: str) -> Path:
    """Return the folder for a file's labels, below the data folder."""
    digest = hashlib.sha256(f"{path.resolve()}\0{column}".encode("utf-8", "replace")).hexdigest()[:12]
    return labels_dir() / digest


def labels_dir() -> Path:
    """Return the folder that holds a folder of labels for each file and column."""
    return paths.data_dir() / "labelling"
