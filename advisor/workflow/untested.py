"""The shortlist of a task without examples: what would be tried, by its words, the catalog and this machine."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from advisor.candidates import build, installed
from advisor.candidates.context import INFERS
from advisor.engines.words import count_words
from advisor.errors import InputError
from advisor.families import family
from advisor.families.base import PAIR
from advisor.interview.facts import Fact, Source, Understanding, settled
from advisor.interview.text.translation_direction import languages_into
from advisor.interview.text.words import families
from advisor.interview.write_task import task_document
from advisor.system import machine
from advisor.system.source import set_option
from advisor.task.example import Example
from advisor.task.examples import ExampleSet
from advisor.task.file import first_problem
from advisor.task.model import Task
from advisor.workflow.frontend import Shortlisted
from advisor.workflow.pipeline import memory_of
from catalog.languages import NAMES
from catalog.query.gloss import in_english
from catalog.query.page import lacks_labels

if TYPE_CHECKING:
    from advisor.families.base import Family
    from catalog import Catalog

# What may be downloaded if the user does not say; rows assumed to learn from, at least and per label.
DOWNLOAD, ROWS, ROWS_OF_A_LABEL = 20 * 10**9, 40, 8
# Shares of a family from which it may be meant, and below which others may be, too.
MAY_BE, SURELY, OTHERS = 0.1, 0.75, 2
# Words of tasks whose models are given the labels, and no rows.
_UNTAUGHT = re.compile(r"zero[- ]?shot|\bad[- ]?hoc\b|\bon the fly\b|\bat run ?time\b|\binvent", re.IGNORECASE)
# What stands for answers that are no labels.
_ANSWERS: dict[str, Any] = {
    "json-extraction": {"value": ""},
    "sentence-similarity": 1.0,
    "text-ranking": [],
    "text-regression": 1.0,
    "text-retrieval": [],
    "token-classification": [],
}


def untested(known: Understanding, catalog: Catalog, download_budget: int = 0) -> Shortlisted | None:
    """Return the shortlist of what is known of a task without examples; None if it is empty, or no family is likely.

    The task's own words stand for its texts, in their language. Nothing is run, downloaded or asked of the Hub.
    InputError if what is known makes no task.
    """
    known, notes = _completed(known, catalog)
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
    words = str(known.value("words") or task.instruction)
    rows = _rows(kind, words, labels)
    here = machine.measure_machine()
    local, named, missing = installed.find_installed(task.allowed), set[str](), list[str]()
    if task.models:
        local, missing = installed.resolve(task.models, Path.cwd(), local, task.allowed)
        named = {model.name for model in local}
    budget = download_budget or DOWNLOAD
    english = in_english(words)
    is_taught = _UNTAUGHT.search(english) is None and not lacks_labels(english)
    examples = ExampleSet(labels, rows[1:] if is_taught else (), rows[:1], ())
    context = build.Context(
        task, examples, here.threads, memory_of(task, here), catalog, budget=budget, is_untested=True
    )
    found = build.build(context, local, named=named, missing=missing, download_budget=budget)
    return Shortlisted(found, kind.name, " ".join(notes)) if found.candidates else None


def _completed(known: Understanding, catalog: Catalog) -> tuple[Understanding, list[str]]:
    """Return what is known with the likeliest of what the words leave open, and how each is changed."""
    words, notes = str(known.value("words", "")), list[str]()
    said, shares = known.get("family"), dict(families(words, catalog))
    likely = [name for name, share in shares.items() if share >= MAY_BE and count_words(words) > 1]
    named = str(said.value) if said is not None else next(iter(likely), "")
    if said is None and named:
        known = replace(known, facts=settled([*known.facts, Fact("family", named, Source.DEFAULT)]))
        notes.append("It is not clear from the words what kind of task this is; this is the likeliest.")
    is_open = said is None or (said.source is Source.WORDS and shares.get(named, 0.0) < SURELY)
    others = [set_option("family", name) for name in likely if name != named][:OTHERS] if is_open else []
    notes += [f"If another kind is meant: {' or '.join(others)}."] if others else []
    targets = languages_into(words) if named == "translation" and known.value("translate.target") is None else []
    if len(targets) > 1:
        pair = [code for code in known.value("constraints.languages") or () if code not in targets[1:]]
        of_one = [fact for fact in known.facts if fact.key != "constraints.languages"]
        of_one += [Fact("translate.target", targets[0], Source.DEFAULT)]
        of_one += [Fact("constraints.languages", pair, Source.WORDS)] if pair else []
        known = replace(known, facts=settled(of_one))
        ways = " or ".join(set_option("translate.target", code) for code in targets[1:])
        notes.append(f"One language at a time: these are for {NAMES.get(targets[0], targets[0])}; {ways} for another.")
    return known, notes


def _rows(kind: Family, words: str, labels: tuple[str, ...]) -> tuple[Example, ...]:
    """Return rows that stand for the examples."""
    given = kind.sample
    if isinstance(given, dict):
        given = {part: words if part in {"question", "query"} else text for part, text in given.items()}
    parts = tuple((part, str(given[part]) if isinstance(given, dict) else words) for part in kind.parts)
    if kind.name == "text-classification" and INFERS.search(in_english(words)):
        parts = tuple((part, words) for part in PAIR)
    is_whole = len(parts) == 1 and kind.file_part is None
    count = max(ROWS, ROWS_OF_A_LABEL * len(labels))
    answers = labels or (_ANSWERS.get(kind.name, ""),)
    return tuple(
        Example(str(at), words, answers[at % len(answers)], at, () if is_whole else parts) for at in range(count)
    )
