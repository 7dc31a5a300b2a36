"""What a run tells whoever watches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.runs.records import Purpose

if TYPE_CHECKING:
    from advisor.probe.protocol import Outcome
    from advisor.shortlist.candidate import Candidate


@dataclass(frozen=True, slots=True)
class Progress:
    """What happens in a run, for whoever watches. `kind` is loading, downloading, probing or failed.

    While downloading, `done` and `total` are bytes. `outcomes` are those of the batch that has just ended.
    """

    kind: str
    candidate: Candidate
    done: int = 0
    passed: int = 0
    total: int = 0
    detail: str = ""
    purpose: Purpose = Purpose.EVIDENCE
    outcomes: tuple[Outcome, ...] = ()
    peak_memory_bytes: int | None = None


Tell = Callable[[Progress], None]
