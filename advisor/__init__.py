"""The engine: interview, task, shortlist, probe, evidence, decision, report; `recommend` is where a program begins."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from advisor.consent import ConsentNeededError
    from advisor.door import Control, MissingAnswerError, PlanOnly, Stopped
    from advisor.errors import AdvisorError, InputError, OutOfReachError
    from advisor.library import NothingRanError, Part, Recommendation, recommend
    from advisor.task.model import Task

_HOMES = {
    "AdvisorError": "errors",
    "ConsentNeededError": "consent",
    "Control": "door",
    "InputError": "errors",
    "MissingAnswerError": "door",
    "NothingRanError": "library",
    "OutOfReachError": "errors",
    "Part": "library",
    "PlanOnly": "door",
    "Recommendation": "library",
    "Stopped": "door",
    "Task": "task.model",
    "recommend": "library",
}
__all__ = [
    "AdvisorError",
    "ConsentNeededError",
    "Control",
    "InputError",
    "MissingAnswerError",
    "NothingRanError",
    "OutOfReachError",
    "Part",
    "PlanOnly",
    "Recommendation",
    "Stopped",
    "Task",
    "recommend",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    """Look public names up when they are first used: a submodule's import must not load them all."""
    if name in _HOMES:
        return getattr(importlib.import_module(f"advisor.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
