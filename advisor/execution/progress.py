"""Progress events of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.decide.records import Purpose
from advisor.units import format_seconds

if TYPE_CHECKING:
    from advisor.candidates.candidate import Candidate
    from advisor.evidence.sharing import Sharing
    from advisor.probe.protocol import Outcome


@dataclass(frozen=True, slots=True)
class Progress:
    """A run's progress. `kind` is loading, downloading, probing, moved, interrupted (and tried again) or failed.

    A probe is moved to another node of a cluster, named in `detail`, if its own was lost.
    Before the first outcome there is cross-validated, with the training rows answered right of all, and once shared,
    with the shares of α and the candidate that is probed first.
    While downloading, `done` and `total` are bytes. `outcomes` are those of the last batch.
    `is_circumstance` says that the cause of a failed probe is outside the model.
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
    is_circumstance: bool = False
    sharing: Sharing | None = None


Tell = Callable[[Progress], None]


def learning(candidate: Candidate) -> str:
    """Return the text on a candidate's training to append to "loading"; empty if it has none."""
    if candidate.method == "prompted" and not candidate.is_remote:
        return ", reading the instruction and some training rows"
    if not candidate.has_head:
        return ""
    seconds = candidate.training_seconds
    return ", training its head" if seconds is None else f", tuning it (about {format_seconds(seconds)})"
