"""The shortlist of a task without examples: what would be tried, by its words, the catalog and this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from advisor.candidates import build, installed
from advisor.errors import InputError
from advisor.families import family
from advisor.interview.write_task import task_document
from advisor.system import machine
from advisor.task.example import Example
from advisor.task.examples import ExampleSet
from advisor.task.file import first_problem
from advisor.task.model import Task
from advisor.workflow.pipeline import memory_of

if TYPE_CHECKING:
    from advisor.families.base import Family
    from advisor.interview.facts import Understanding
    from catalog import Catalog

# What may be downloaded if the user does not say; rows assumed to learn from, at least and per label.
DOWNLOAD, ROWS, ROWS_OF_A_LABEL = 20 * 10**9, 40, 8
# What stands for answers that are no labels.
_ANSWERS: dict[str, Any] = {
    "json-extraction": {"value": ""},
    "sentence-similarity": 1.0,
    "text-ranking": [],
    "text-regression": 1.0,
    "text-retrieval": [],
    "token-classification": [],
}


def untested(known: Understanding, catalog: Catalog, download_budget: int = 0) -> build.Shortlist | None:
    """Return the shortlist of what is known of a task without examples; None without its family, or if it is empty.

    The task's own words stand for its texts, in their language. Nothing is run, downloaded or asked of the Hub.
    InputError if what is known makes no task.
    """
    if known.value("family") is None:
        return None
    kind = family(str(known.value("family")))
    content = task_document(known) | {"examples": {"path": "examples.csv"}}
    if kind.name == "text-retrieval":
        content["documents"] = {"path": "documents.csv"}
    try:
        task = Task.model_validate(content)
    except ValidationError as error:
        raise InputError(first_problem(error)[1]) from None
    labels = tuple(task.labels) if kind.has_labels else ()
    rows = _rows(kind, str(known.value("words") or task.instruction), labels)
    here = machine.measure_machine()
    local = installed.find_installed(task.allowed)
    budget = download_budget or DOWNLOAD
    examples = ExampleSet(labels, rows[1:], rows[:1], ())
    context = build.Context(
        task, examples, here.threads, memory_of(task, here), catalog, budget=budget, is_untested=True
    )
    found = build.build(context, local, named=set(), missing=[], download_budget=budget)
    return found if found.candidates else None


def _rows(kind: Family, words: str, labels: tuple[str, ...]) -> tuple[Example, ...]:
    """Return rows that stand for the examples."""
    given = kind.sample
    if isinstance(given, dict):
        given = {part: words if part in {"question", "query"} else text for part, text in given.items()}
    parts = tuple((part, str(given[part]) if isinstance(given, dict) else words) for part in kind.parts)
    is_whole = len(parts) == 1 and kind.file_part is None
    count = max(ROWS, ROWS_OF_A_LABEL * len(labels))
    answers = labels or (_ANSWERS.get(kind.name, ""),)
    return tuple(
        Example(str(at), words, answers[at % len(answers)], at, () if is_whole else parts) for at in range(count)
    )
