"""The engine: interview, task, shortlist, probe, evidence, decision, report. `recommend` and `Task` are its door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from advisor.library import Part, Recommendation, recommend
    from advisor.task.model import Task

__all__ = ["Part", "Recommendation", "Task", "recommend"]


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    """Look public names up when they are first used: a submodule's import must not load them all."""
    if name == "Task":
        from advisor.task.model import Task

        return Task
    if name in __all__:
        from advisor import library

        return getattr(library, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
