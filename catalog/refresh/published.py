"""Published figures of a model: its card's `model-index`, and the `.eval_results/*.yaml` of its repository.

The Hub parses both: https://huggingface.co/docs/hub/eval-results. MTEB writes either, with several names for a task, in
percent or as shares; tasks of its English core get the names that they have in the shipped catalog, and means.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

# English tasks that most models have run; a mean is published only of a model that has run every one of its kind.
CORE: Final = {
    "classification": (
        "AmazonCounterfactualClassification",
        "Banking77Classification",
        "ImdbClassification",
        "MTOPDomainClassification",
        "MassiveIntentClassification",
        "MassiveScenarioClassification",
        "ToxicConversationsClassification",
        "TweetSentimentExtractionClassification",
    ),
    "sts": ("BIOSSES", "SICK-R", "STS12", "STS13", "STS14", "STS15", "STSBenchmark"),
    "retrieval": ("ArguAna", "FiQA2018", "NFCorpus", "SCIDOCS", "SciFact", "TRECCOVID"),
    "reranking": ("AskUbuntuDupQuestions", "SciDocsRR", "StackOverflowDupQuestions"),
}
_TASKS: Final = frozenset(task for tasks in CORE.values() for task in tasks)
# "MTEB MTOPDomainClassification (en)" of a model-index, "MTOPDomainClassification_en_test" of `.eval_results`.
_TASK: Final = re.compile(r"(?:MTEB )?([\w-]+?)(?: \((?:en|default)\)|_(?:en|default)_test)?")
# What MTEB ranks by; other metrics of these tasks are left out.
_MAIN: Final = frozenset({"main_score", "accuracy", "cosine_spearman", "cos_sim_spearman", "ndcg_at_10", "map"})
_MOST_OTHERS: Final = 6
_LONGEST, _HIGHEST = 120, 1e12


def figures(index: object, results: object) -> dict[str, float]:
    """Return figures by benchmark, of the records that the Hub gives as `model-index` and `evalResults`.

    Those of MTEB's English core are shares; what others report is kept as it is, the first few.
    """
    core: dict[str, float] = {}
    others: dict[str, float] = {}
    for name, metric, value in (*_of_index(index), *_of_results(results)):
        found = _TASK.fullmatch(name if metric else name.partition(": ")[2])
        if found is not None and found[1] in _TASKS:
            if not metric or metric in _MAIN:
                core.setdefault(found[1], round(value / 100 if value > 1 else value, 4))
        elif len(others) < _MOST_OTHERS and len(shown := f"{name}: {metric}" if metric else name) <= _LONGEST:
            others.setdefault(shown, value)
    return with_means(core) | others


def with_means(tasks: Mapping[str, float]) -> dict[str, float]:
    """Return the classification tasks by their names in a card, and the mean of each kind that is complete."""
    named = {f"MTEB {task}": tasks[task] for task in CORE["classification"] if task in tasks}
    for kind, needed in CORE.items():
        if tasks.keys() >= set(needed):
            mean = sum(tasks[task] for task in needed) / len(needed)
            named[f"MTEB English {kind} ({len(needed)} tasks)"] = round(mean, 4)
    return named


def _of_index(index: object) -> Iterator[tuple[str, str, float]]:
    """Yield data set, metric and value of each metric in a `model-index`."""
    for model in _items(index):
        for result in _items(model.get("results")):
            names = [data.get("name") or data.get("type") for data in _items([result.get("dataset")])]
            for metric in _items(result.get("metrics")):
                value, kind = _number(metric.get("value")), metric.get("type") or metric.get("name")
                for name in names:
                    if (
                        value is not None
                        and isinstance(name, str)
                        and isinstance(kind, str)
                        and f"{name}{kind}".isprintable()
                    ):
                        yield name, kind, value


def _of_results(results: object) -> Iterator[tuple[str, str, float]]:
    """Yield "data set: task", no metric and the value of each entry of `.eval_results`, as files or API have it."""
    for item in _items(results):
        entry = _items([item.get("data"), item])[0]
        for data in _items([entry.get("dataset")]):
            name, task, value = data.get("id"), data.get("task_id"), _number(entry.get("value"))
            if value is not None and isinstance(name, str) and isinstance(task, str) and f"{name}{task}".isprintable():
                yield f"{name}: {task}", "", value


def _items(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and -_HIGHEST < value < _HIGHEST
    return float(value) if is_number else None  # type: ignore[arg-type]
