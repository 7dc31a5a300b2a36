"""Public labelled data sets that may stand in for a user's examples: facts about them, nothing of their content.

`stand_ins.jsonl` lists them. Ids, splits and licences are those of the Hub's dataset cards and of mteb 2.26.24's
task metadata (Apache-2.0); a licence that a card does not name, or on which the two differ, is None; a copy has that
of its original. All are read from the Parquet files that the Hub makes of every public data set (branch
refs/convert/parquet, file CONFIG/SPLIT/0000.parquet).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StandIn:
    """One data set that may stand in.

    Attributes:
        id: The Hub's dataset id.
        config: Of its configurations; the Hub calls the only one "default".
        split: Of its splits.
        families: That it has the shape of.
        languages: ISO 639-1 codes; of a translation source and target.
        input: The family's parts with their columns.
        expected: Columns with what is expected, the first that the file has.
        about: What it is about, in words.
        licence: As its card names it; None: not named.
        names: What numbers in the expected column stand for, in order; empty: it holds no numbers.
        path: Of an answer within an object, e.g. "text" in SQuAD's answers.
        is_turned: Whether it is a translation read from its target to its source; both ways come from one file.
    """

    id: str
    config: str
    split: str
    families: tuple[str, ...]
    languages: tuple[str, ...]
    input: dict[str, str]
    expected: tuple[str, ...]
    about: str
    licence: str | None = None
    names: tuple[str, ...] = field(default=())
    path: str = ""
    is_turned: bool = False

    @property
    def key(self) -> str:
        """How an answer names it."""
        return f"{self.id}:{self.config}" + (f":{'-'.join(self.languages)}" if self.is_turned else "")

    @property
    def family(self) -> str:
        """The family it is made for."""
        return self.families[0]


def _read(line: str) -> StandIn:
    row = json.loads(line)
    lists = {name: tuple(row[name]) for name in ("families", "languages", "expected", "names") if name in row}
    return StandIn(**row | lists)


STAND_INS = tuple(map(_read, Path(__file__).with_name("stand_ins.jsonl").read_text(encoding="utf-8").splitlines()))
