"""What a run tells whoever watches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.runs.records import Purpose

if TYPE_CHECKING:
    from advisor.shortlist.candidate import Candidate


@dataclass(frozen=True, slots=True)
class Progress:
    """What happens in a run, for whoever watches. `kind` is loading, downloading, probing or failed.

    While downloading, `done` and `total` are bytes.
    """

    kind: str
    candidate: Candidate
    done: int = 0
    passed: int = 0
    total: int = 0
    detail: str = ""
    purpose: Purpose = Purpose.EVIDENCE


Tell = Callable[[Progress], None]
