"""The engine: interview, task, shortlist, probe, evidence, decision, report; `recommend` is the entry point."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from advisor.api import NothingRanError, Recommendation, recommend
    from advisor.errors import AdvisorError, InputError, OutOfReachError
    from advisor.execution.control import Control, PlanOnly, Stopped
    from advisor.task.model import Task
    from advisor.trust.consent import ConsentNeededError
    from advisor.workflow.frontend import MissingAnswerError

_HOMES = {
    "AdvisorError": "errors",
    "ConsentNeededError": "trust.consent",
    "Control": "execution.control",
    "InputError": "errors",
    "MissingAnswerError": "workflow.frontend",
    "NothingRanError": "api",
    "OutOfReachError": "errors",
    "PlanOnly": "execution.control",
    "Recommendation": "api",
    "Stopped": "execution.control",
    "Task": "task.model",
    "recommend": "api",
}
__all__ = [
    "AdvisorError",
    "ConsentNeededError",
    "Control",
    "InputError",
    "MissingAnswerError",
    "NothingRanError",
    "OutOfReachError",
    "PlanOnly",
    "Recommendation",
    "Stopped",
    "Task",
    "recommend",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401  any public object
    """Import public names on first use: importing a submodule must not load them all."""
    if name in _HOMES:
        return getattr(importlib.import_module(f"advisor.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
