"""Learn what words ask for, and the weights that choose a table's reading: `python -m tools.fit_readings`.

`--write` stores them.

Learns from `tools/readings.jsonl.gz`: 1,613 tables written for it (sets A to x, each by another writer: words as people
say them, and columns as programs and people keep them; those from I on are exports that also have answers of programs,
of others and of earlier versions, and count twice; those in lower case are short, with what is asked of answers), and
those that the tests read, each with its right reading. From tables whose answers are taken away it learns to tell that
no column holds them. Prints how many are right by shapes alone, and by weights learned from other sets: with a writer
on both sides 8 points more were right, because writers repeat themselves.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression

from advisor.interview.file_questions import MOST_READINGS, SURE_READING
from advisor.interview.files import choice, mentions, shapes
from advisor.interview.files.asked import with_asked
from advisor.interview.files.columns import describe
from advisor.interview.files.features import LEARNED, TableStats, joinable, joining, learned_logit
from advisor.interview.files.features import features as features_of
from advisor.interview.files.further_input import OF_ONE_TEXT
from advisor.interview.files.proposal import SURELY_NONE, with_others
from advisor.interview.files.view import Reading, View
from advisor.interview.text import family_chances
from advisor.task import fields
from advisor.task.record import Row
from catalog import open_catalog

TABLES = Path(__file__).with_name("readings.jsonl.gz")
PENALTY, LEAST, STEPS, LIKELIER, OF_WORDS = 1e-4, 0.05, 200, 0.5, 0.3
# The group of tables that the tests read, of which none is left out.
TESTS = "tests"
# Families with several input fields, of which a reading may lack some.
MOST_LACKING = 0.4
FOLDS = 8


class Known(NamedTuple):
    """A table's readings with their features, which of them are right, its weight, its further columns, and its words.

    Of a further column the features are known, and whether it is a part of the input.
    """

    group: str
    readings: list[Reading]
    features: list[dict[str, float]]
    right: list[bool]
    weight: float
    further: list[tuple[dict[str, float], bool]]
    meant: dict[str, float]  # The families that rules find in the words, with their shares.
    family: str
    stats: TableStats
    lacks: bool = False  # Whether its answers were taken away.


def tables(every: int = 1) -> Iterator[Known]:
    """Yield the tables with their readings, or every n-th, each also without its answers if two columns remain."""
    with open_catalog() as catalog, gzip.open(TABLES, "rt", encoding="utf-8") as lines:
        for line in islice(lines, 0, None, every):
            of = json.loads(line)
            rest = {name: cells for name, cells in of["columns"].items() if name not in fields.listed(of["answer"])}
            yield _known(of, catalog.encode)
            if of["group"] != TESTS and len(rest) > 1:
                bare = of | {"columns": rest, "answer": None, "families": [], "input": []}
                yield _known(bare, catalog.encode)._replace(lacks=True)


def _known(of: dict[str, Any], encode: Callable[[list[str]], Any]) -> Known:
    columns: dict[str, list[Any]] = of["columns"]
    rows = [
        Row(at, dict(zip(columns, cells, strict=True)))
        for at, cells in enumerate(zip(*columns.values(), strict=True), 1)
    ]
    described = (describe(name, cells) for name, cells in columns.items())
    of["words"] = mentions.set_apart(of["words"], columns)
    view = View(rows, tuple(each for each in described if each.distinct), mentions.said_in(of["words"]))
    view = with_asked(view, of["words"], of.get("expected", ""))
    found = shapes.weighed(view, of["meant"], is_chosen="expected" in of)
    found = [each for each in found if of.get("family_is_known") is None or each.family == of["family"]]
    stats = TableStats(view, of["words"], None if "words_alone" in of else encode)
    features = [features_of(stats, each, of["meant"]) for each in found]
    return Known(of["group"], found, features, [_is_right(each, of) for each in found], of.get("weight", 1.0),
                 _further(stats, of), of["meant"], of["family"], stats)  # fmt: skip


def _further(stats: TableStats, of: dict[str, Any]) -> list[tuple[dict[str, float], bool]]:
    """Return the features of the columns that may join the input, and which of them do."""
    answer = of["answer"][0] if isinstance(of["answer"], list) else of["answer"]
    texts, optional = [name for name in of["input"] if name in stats.values], of.get("optional", ())
    family = next((each for each in of["families"] if each in OF_ONE_TEXT), None)
    if family is None or not texts or answer not in stats.values:
        return []
    first = max(texts, key=lambda name: stats.values[name].column.mean_length)
    taken = {name for _, name in with_others(stats.view, Reading(family, (("text", first),), answer, "", 0.0))}
    return [
        (joining(stats, first, answer, name, is_taken=name in taken), name in texts)
        for name in joinable(stats, first, answer)
        if name not in optional
    ]


def folds(known: Iterable[Known]) -> list[frozenset[str]]:
    """Return the sets of tables in a few folds, so that no writer is both learned from and judged."""
    return folds_of(each.group for each in known)


def folds_of(groups: Iterable[str]) -> list[frozenset[str]]:
    """Return sets in the folds that `folds` gives their tables."""
    listed = sorted({*groups})
    return [frozenset(listed[at::FOLDS]) for at in range(FOLDS)]


def with_families(known: list[Known]) -> list[Known]:
    """Return the tables with the chances of families as the words of other folds teach them."""
    parts = ((fold, learned_families([each for each in known if each.group not in fold])) for fold in folds(known))
    models = {group: model for fold, model in parts for group in fold}
    return [_with_family(each, models[each.group]) for each in known]


def _with_family(of: Known, model: tuple[list[str], LogisticRegression]) -> Known:
    tags, fitted = model
    chances = fitted.predict_proba([family_chances.inputs(of.stats.vector, of.meant, tags)])[0]
    own = dict(zip(fitted.classes_, map(float, chances), strict=True))
    features = [
        each | {LEARNED: learned_logit(own, reading.family)}
        for each, reading in zip(of.features, of.readings, strict=True)
    ]
    return of._replace(features=features)


def _tells_family(of: Known) -> bool:
    """Return whether the readings of the right family are the likeliest by the words alone."""
    chances = {reading.family: each[LEARNED] for reading, each in zip(of.readings, of.features, strict=True)}
    return max(chances, key=chances.__getitem__) == of.family


def learned_families(known: list[Known]) -> tuple[list[str], LogisticRegression]:
    """Fit which family words ask for; return the tags of the shares in the order of its inputs, and the regression."""
    used = [each for each in known if each.group != TESTS and not each.lacks]
    tags = sorted({tag for each in used for tag in each.meant})
    values = [family_chances.inputs(each.stats.vector, each.meant, tags) for each in used]
    return tags, LogisticRegression(C=OF_WORDS, max_iter=2000).fit(values, [each.family for each in used])


def learned_joins(known: list[Known]) -> dict[str, float]:
    """Fit a penalised logistic regression that predicts whether a column is part of the input; return its weights."""
    # The sets in lower case were written for what words demand; their inputs were marked by others.
    return _regression(choice.JOINS, [each for of in known if of.group.isupper() for each in of.further])


def lacked(known: list[Known]) -> list[tuple[str, dict[str, float], bool]]:
    """Return each table's set, its `lacking` features by weights learned from other sets, and whether it lacks them."""
    found = []
    for fold in folds(known):
        weights = learned([each for each in known if each.group not in fold])
        for each in (each for each in known if each.group in fold):
            logits = [sum(weights.get(name, 0.0) * value for name, value in of.items()) for of in each.features]
            found.append(
                (
                    each.group,
                    choice.lacking_of(each.stats, choice.with_chances(each.readings, logits), each.features, logits),
                    each.lacks,
                )
            )
    return found


def _regression(what: str, rows: list[tuple[dict[str, float], bool]]) -> dict[str, float]:
    """Return the weights of a penalised logistic regression, their names with a prefix that says of what."""
    names_ = sorted({name for features, _ in rows for name in features})
    values = np.array([[features.get(name, 0.0) for name in names_] for features, _ in rows])
    right = np.array([is_so for _, is_so in rows], float)

    def loss(weights: Any) -> tuple[float, Any]:  # noqa: ANN401  an array
        logits = values @ weights
        chances = 1.0 / (1.0 + np.exp(-logits))
        value = float(np.sum(np.logaddexp(0.0, logits) - right * logits) + weights @ weights)
        return value, values.T @ (chances - right) + 2.0 * weights

    found = minimize(loss, np.zeros(len(names_)), jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x
    return {f"{what}{name}": round(float(value), 2) for name, value in zip(names_, found, strict=True)}


def _is_right(reading: Reading, of: dict[str, Any]) -> bool:
    """Return whether a reading is the known one; some of the input columns suffice, because related ones are added."""
    answers = of["answer"] if isinstance(of["answer"], list) else [of["answer"]]
    given = [name for name, _ in reading.expected] if isinstance(reading.expected, tuple) else [reading.expected]
    inputs = [name for _, name in reading.input]
    parts = len({part for part, _ in reading.input})
    allowed = {*of["input"], *of.get("optional", ())}
    if reading.family not in of["families"] or not set(inputs) <= allowed or allowed - {*of["input"]} >= set(inputs):
        return False
    if parts > 1 and reading.family != "sentence-similarity" and inputs != of["input"][: len(inputs)]:
        return False
    if parts > 1 and len(of["input"]) > 1 and len(inputs) < 2:  # noqa: PLR2004
        return False
    missed = set(answers) - set(given)
    return not set(given) - set(answers) and len(missed) <= MOST_LACKING * len(answers)


def learned(known: list[Known]) -> dict[str, float]:
    """Return the weights that make the right readings likeliest: penalised conditional logistic regression."""
    used = [each for each in known if any(each.right)]
    listed = sorted({name for each in used for features in each.features for name in features})
    place = {name: at for at, name in enumerate(listed)}
    readings = [features for each in used for features in each.features]
    rows = np.repeat(np.arange(len(readings)), [len(features) for features in readings])
    columns = [place[name] for features in readings for name in features]
    cells = [value for features in readings for value in features.values()]
    values = csr_array((cells, (rows, columns)), (len(readings), len(listed)))
    right = np.array([is_right for each in used for is_right in each.right], float)
    sizes = [len(each.right) for each in used]
    starts, table = np.cumsum([0, *sizes[:-1]]), np.repeat(np.arange(len(used)), sizes)
    shares = np.array([each.weight for each in used]) / sum(each.weight for each in used)

    def loss(weights: Any) -> tuple[float, Any]:  # noqa: ANN401  an array
        logits = values @ weights
        chances = np.exp(logits - np.maximum.reduceat(logits, starts)[table])
        chances /= np.add.reduceat(chances, starts)[table]
        of_right = chances * right
        mass = np.add.reduceat(of_right, starts) + 1e-12
        slope = values.T @ (shares[table] * (of_right / mass[table] - chances))
        return PENALTY * float(weights @ weights) - float(shares @ np.log(mass)), 2 * PENALTY * weights - slope

    found = minimize(loss, np.zeros(len(listed)), jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x
    return {name: round(float(value), 2) for name, value in zip(listed, found, strict=True) if abs(value) >= LEAST}


def ranked(known: Known, weights: dict[str, float]) -> list[tuple[float, bool]]:
    """Return a table's readings with their probabilities and whether they are right, the likeliest first."""
    logits = np.array(
        [sum(weights.get(name, 0.0) * value for name, value in features.items()) for features in known.features]
    )
    chances = np.exp(logits - logits.max())
    return sorted(zip(map(float, chances / chances.sum()), known.right, strict=True), key=lambda each: -each[0])


def joins_right(known: list[Known]) -> tuple[int, int]:
    """Return the tables whose further columns the other sets predict correctly, and all tables, as counts."""
    told = []
    for fold in folds(known):
        weights = learned_joins([each for each in known if each.group not in fold])
        for further in (each.further for each in known if each.group in fold - {TESTS} and each.further):
            chances = [choice.chance_of(choice.JOINS, features, weights) for features, _ in further]
            told.append([chance > LIKELIER for chance in chances] == [joins for _, joins in further])
    return sum(told), len(told)


def lacks_told(rows: list[tuple[str, dict[str, float], bool]]) -> str:
    """Return how often other sets tell that no column holds the answers, where none does and where one does."""
    told = Counter[bool]()
    for fold in folds_of(group for group, *_ in rows):
        weights = _regression(choice.LACKS, [row[1:] for row in rows if row[0] not in fold])
        for _, features, lacks in (row for row in rows if row[0] in fold - {TESTS}):
            told[lacks] += choice.chance_of(choice.LACKS, features, weights) >= SURELY_NONE
    count = Counter(lacks for group, _, lacks in rows if group != TESTS)
    return f"said of {told[True]} of {count[True]} without answers, and of {told[False]} of {count[False]} with answers"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--write", action="store_true", help="store the weights learned from all tables")
    given = parser.parse_args()
    every = with_families([each for each in tables() if each.readings])
    known = [each for each in every if not each.lacks]
    count = Counter(each.group for each in known)
    right, asked_of, listed = Counter[str](), Counter[str](), Counter[str]()
    for fold in folds(known):
        weights = learned([each for each in known if each.group not in fold])
        for group in fold - {TESTS}:
            own = [ranked(each, weights) for each in known if each.group == group]
            right[group] = sum(ways[0][1] for ways in own)
            asked_of[group] = sum(ways[0][0] < SURE_READING for ways in own)
            shown = (ways[: 1 if ways[0][0] >= SURE_READING else MOST_READINGS] for ways in own)
            listed[group] = sum(any(is_right for _, is_right in ways) for ways in shown)
    of_shapes = Counter(
        each.group for each in known if each.right[int(np.argmax([reading.strength for reading in each.readings]))]
    )
    print("set       tables  by shapes  left out, by learned weights  asked about  right or listed")
    for group in sorted(right):
        print(f"{group:10}{count[group]:6}{of_shapes[group]:11}{right[group]:30}{asked_of[group]:13}{listed[group]:17}")
    tables_, shapes_ = (sum(each[group] for group in right) for each in (count, of_shapes))
    print(f"{'all':10}{tables_:6}{shapes_:11}{right.total():30}"
          f"{asked_of.total():13}{listed.total():17}")  # fmt: skip
    words = [each for each in known if each.group != TESTS]
    of_rules = sum(max(each.meant, key=each.meant.__getitem__, default="") == each.family for each in words)
    print(f"families by words alone: {sum(map(_tells_family, words))} of {len(words)} right, {of_rules} by rules")
    right_so = joins_right(known)
    print(f"further columns of the input: {right_so[0]} of {right_so[1]} right, left out by set")
    rows = lacked(every)
    print(f"no column holds the answers: {lacks_told(rows)}")
    if given.write:
        lacks = _regression(choice.LACKS, [row[1:] for row in rows])
        path = Path(choice.__file__).with_name(choice.WEIGHTS)
        path.write_text(
            json.dumps(learned(known) | learned_joins(known) | lacks, indent=0, sort_keys=True) + "\n", encoding="utf-8"
        )
        tags, fitted = learned_families(known)
        of_words = {"families": list(fitted.classes_), "tags": tags, "bias": fitted.intercept_.round(2).tolist(),
                    "weights": fitted.coef_.round(2).tolist()}  # fmt: skip
        path = Path(family_chances.__file__).with_name(family_chances.WEIGHTS)
        path.write_text(json.dumps(of_words) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
