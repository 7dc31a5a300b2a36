"""Published figures of a model: its card's `model-index`, and the `.eval_results/*.yaml` of its repository.

The Hub parses both: https://huggingface.co/docs/hub/eval-results. MTEB writes both, with several names for a task, in
percent or as fractions; tasks of its English core get their names in the shipped catalog, and means.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

# English tasks that most models have run; a mean needs results for every task of its kind.
CORE: Final = {
    "classification": (
        "AmazonCounterfactualClassification", "Banking77Classification", "ImdbClassification",
        "MTOPDomainClassification", "MassiveIntentClassification", "MassiveScenarioClassification",
        "ToxicConversationsClassification", "TweetSentimentExtractionClassification",
    ),
    "sts": ("BIOSSES", "SICK-R", "STS12", "STS13", "STS14", "STS15", "STSBenchmark"),
    "retrieval": ("ArguAna", "FiQA2018", "NFCorpus", "SCIDOCS", "SciFact", "TRECCOVID"),
    "reranking": ("AskUbuntuDupQuestions", "SciDocsRR", "StackOverflowDupQuestions"),
}  # fmt: skip
_TASKS: Final = frozenset(task for tasks in CORE.values() for task in tasks)
# "MTEB MTOPDomainClassification (en)" of a model-index, "MTOPDomainClassification_en_test" of `.eval_results`.
_TASK: Final = re.compile(r"(?:MTEB )?([\w-]+?)(?: \((?:en|default)\)|_(?:en|default)_test)?")
# MTEB's main metrics; other metrics of these tasks are left out.
_MAIN: Final = frozenset({"main_score", "accuracy", "cosine_spearman", "cos_sim_spearman", "ndcg_at_10", "map"})
_MOST_OTHERS: Final = 6
# Exceptions that the Hub's client raises for records without results in its format.
_NO_RESULTS: Final = (KeyError, TypeError, ValueError, AttributeError, IndexError)
_LONGEST, _HIGHEST = 120, 1e12


def figures(index: object, results: object) -> dict[str, float]:
    """Return figures by benchmark from the Hub's records `model-index` and `evalResults`.

    Those of MTEB's English core are fractions; of other benchmarks the first few are kept unchanged.
    """
    core: dict[str, float] = {}
    others: dict[str, float] = {}
    for task, metric, shown, value in (*_of_index(index), *_of_results(results)):
        if not isinstance(value, int | float) or not -_HIGHEST < value < _HIGHEST:
            continue
        found = _TASK.fullmatch(task)
        if found is not None and found[1] in _TASKS:
            if metric in _MAIN:
                core.setdefault(found[1], round(value / 100 if value > 1 else value, 4))
        elif len(others) < _MOST_OTHERS and len(shown) <= _LONGEST and shown.isprintable():
            others.setdefault(shown, float(value))
    return with_means(core) | others


def with_means(tasks: Mapping[str, float]) -> dict[str, float]:
    """Return the classification tasks by their names in a card, and the mean of each complete kind."""
    named = {f"MTEB {task}": tasks[task] for task in CORE["classification"] if task in tasks}
    for kind, needed in CORE.items():
        if tasks.keys() >= set(needed):
            mean = sum(tasks[task] for task in needed) / len(needed)
            named[f"MTEB English {kind} ({len(needed)} tasks)"] = round(mean, 4)
    return named


def _of_index(index: Any) -> Iterator[tuple[str, str, str, Any]]:  # noqa: ANN401  any JSON value
    """Yield task, metric, their combined name and the value of each result in a `model-index`."""
    if index:
        from huggingface_hub.repocard_data import model_index_to_eval_results

        with suppress(*_NO_RESULTS):
            for each in model_index_to_eval_results(index)[1]:
                task, metric = f"{each.dataset_name}", f"{each.metric_type}"
                yield task, metric, f"{task}: {metric}", each.metric_value


def _of_results(results: Any) -> Iterator[tuple[str, str, str, Any]]:  # noqa: ANN401  any JSON value
    """Yield the same from entries of `.eval_results`, which hold a benchmark's main metric."""
    if results:
        from huggingface_hub import parse_eval_result_entries

        with suppress(*_NO_RESULTS):
            for each in parse_eval_result_entries(results):
                yield f"{each.task_id}", "main_score", f"{each.dataset_id}: {each.task_id}", each.value
