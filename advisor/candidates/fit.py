"""Fit of models to a task: the method to use, and the constraint that rules a model out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from advisor import families
from advisor.engines.engine import GENERATORS
from advisor.engines.table import ENGINES
from advisor.formats.marks import marks
from advisor.units import format_bytes, format_count

if TYPE_CHECKING:
    from advisor.candidates.candidate import Candidate
    from advisor.candidates.layout import Form
    from advisor.task.examples import ExampleSet
    from advisor.task.model import Constraints, Task

MULTILINGUAL = "multilingual"
# Abilities that a model of one language lacks in others, even if its card omits languages.
SPOKEN = frozenset({"transcribe", "rewrite"})


def method_for(
    form: Form, task: Task, examples: ExampleSet, *, family: str | None, is_named: bool, labels: Mapping[str, str]
) -> tuple[str | None, str | None]:
    """Return (method, None) if a form of a model can do a task, else (None, reason).

    The form has an ability that the task's family uses; `family` is the model's own in the catalog, None if unknown;
    `labels` are the task's for each of the model's labels with a known meaning.
    """
    engine = ENGINES[form.runtime]
    kind = families.family(task.family)
    if not engine.is_installed():
        return None, engine.missing()
    method = kind.methods[form.ability]
    if method == "head" and not examples.teaching:
        return None, "needs training rows for its head; set teaching.count"
    family = "token-classification" if marks(form.labels) else family
    if form.ability == "rewrite" and family is not None and family not in kind.searched_for(examples) and not is_named:
        return None, f"is a model for {family}"
    if form.ability == "chat" and family is not None and family not in GENERATORS:
        return None, f"is a model for {family}, it cannot be prompted"
    if reason := kind.why_not(method, task):
        return None, reason
    if method == "as is" and examples.labels:
        own = kind.model_labels(form.labels)
        known = set(labels.values()) | set(task.label_map.values())
        # Training rows can show what other labels mean, but not every installed classifier is worth that try.
        may_learn = is_named and bool(examples.teaching)
        if not set(examples.labels) <= known and not may_learn:
            return None, (f"was trained for other labels ({', '.join(own[:6])}); map them to yours in label_map")
    return method, None


def broken_constraint(
    candidate: Candidate, constraints: Constraints, *, is_named: bool, memory_limit: int
) -> str | None:
    """Return the constraint that a candidate breaks, in words, or None.

    An unknown licence breaks a licence constraint unless the task names the model. A language constraint applies only
    to models that generate or transcribe: cards of others are incomplete often enough to try them.
    """
    allowed = constraints.licenses
    if allowed and candidate.license is None and not is_named:
        return "its licence is unknown; to try it anyway, name it among the models to try"
    if allowed and candidate.license is not None and candidate.license.lower() not in allowed:
        return f"its licence is {candidate.license}"
    wanted = {code.lower() for code in constraints.languages}
    known = {code.lower() for code in candidate.languages}
    speaks = candidate.ability in SPOKEN and not is_named
    if speaks and wanted and known and MULTILINGUAL not in known and not wanted <= known:
        return f"its languages are {', '.join(candidate.languages[:8])}"
    if constraints.max_parameters is not None:
        if candidate.parameters is None:
            return "its parameter count is unknown"
        if candidate.parameters > constraints.max_parameters:
            return f"it has {format_count(candidate.parameters)} parameters"
    if constraints.max_memory is not None and candidate.serving_bytes is None:
        return "the memory it needs is unknown; say its parameters"
    if constraints.max_memory is not None and (candidate.serving_bytes or 0) > constraints.max_memory:
        return f"it needs about {format_bytes(candidate.serving_bytes)} of memory"
    if candidate.peak_bytes > memory_limit:
        return (
            f"its probe needs about {format_bytes(candidate.peak_bytes)} of memory, "
            f"{format_bytes(memory_limit)} may be used"
        )
    return None
