"""Labelling by hand: evidence at random, teaching by choice, nothing lost, files a task can use."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np

from advisor.interview.labeling.coverage import Chooser, vectors_of
from advisor.interview.labeling.label_next import Labelling
from advisor.interview.labeling.label_texts import halves
from advisor.task.rows import read_rows

EXAMPLES = Path(__file__).parents[2] / "examples"


def glossary() -> tuple[list[str], list[str]]:
    with (EXAMPLES / "glossary" / "definitions.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [row["text"] for row in rows], [row["label"] for row in rows]


def test_evidence_and_teaching_are_apart_and_set_by_the_seed() -> None:
    """No text is both; the same seed gives the same halves, another one others."""
    texts = glossary()[0][:400]
    evidence, pool = halves(texts, 60, 40, 3)
    assert not set(evidence) & set(pool)
    assert (evidence, pool) == halves(texts, 60, 40, 3)
    assert (evidence, pool) != halves(texts, 60, 40, 4)


def test_evidence_is_a_random_sample() -> None:
    """Over seeds each text is as often among the first evidence as chance says: the choice has no say in it."""
    texts = [f"{text} {n}" for n, text in enumerate(glossary()[0][:60])]
    drawn = Counter(at for seed in range(400) for at in halves(texts, 12, 8, seed)[0][:12])
    # Each is drawn in 80 of 400 plans, give or take four standard deviations.
    assert all(abs(drawn[at] - 80) < 4 * (400 * 0.2 * 0.8) ** 0.5 for at in range(60))


def test_where_a_row_stands_changes_nothing() -> None:
    """The same texts in another order give the same evidence."""
    texts = glossary()[0][:100]
    turned = texts[::-1]
    one, other = halves(texts, 6, 4, 0), halves(turned, 6, 4, 0)
    assert [texts[at] for at in one[0]] == [turned[at] for at in other[0]]


def test_repeated_and_nearly_same_texts_are_labelled_once(tmp_path: Path) -> None:
    """Else one could teach what the other is evidence for."""
    long = " ".join(glossary()[0][:6])
    texts = ["one text", "ONE  text", long, f"{long} more", "another text"]
    evidence, pool = halves(texts, 2, 1, 0)
    assert len(evidence) + len(pool) == 3
    (tmp_path / "texts.csv").write_text("\n".join(["text", *texts]), encoding="utf-8")
    labelling = Labelling.open(tmp_path / "texts.csv", "text", folder=tmp_path)
    assert (labelling.left, labelling.repeats) == (3, 2)


def test_the_first_choice_stands_for_most_texts() -> None:
    """Of two clouds of points the middle of the larger comes first, then that of the other."""
    middle = np.eye(4, dtype=np.float32)
    larger = [middle[0], middle[0] + 0.3 * middle[2], middle[0] - 0.3 * middle[2]]
    cloud = [*larger, middle[1], middle[1] + 0.3 * middle[3]]
    vectors = np.stack([each / np.linalg.norm(each) for each in cloud]).astype(np.float32)
    first, second = Chooser(vectors).following([], {}, 2)
    assert first == 0
    assert second in (3, 4)


def test_after_some_labels_a_text_between_them_is_chosen() -> None:
    """Every second text is the one nearest to a tie."""
    angles = np.linspace(0, np.pi / 2, 41)
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    chosen = [*range(11), *range(30, 40)]
    labels = {at: "low" if at < 20 else "high" for at in chosen}
    following = Chooser(vectors).following(chosen, labels, 1)
    assert following == [20]


def test_chosen_texts_teach_a_head_better_than_random_ones() -> None:
    """Forty of half the glossary, over five halves."""
    texts, given_labels = glossary()
    vectors, labels = vectors_of(texts), np.array(given_labels)
    assert vectors is not None
    from sklearn.linear_model import LogisticRegression  # a second, in each test process that reads this file

    gains = []
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(len(texts))
        pool, held_out = order[:600], order[600:]
        chooser, chosen = Chooser(vectors[pool]), list[int]()
        while len(chosen) < 40:
            chosen += chooser.following(chosen, {at: str(labels[pool[at]]) for at in chosen}, expected_labels=5)
        right = []
        for taken in (pool[chosen], pool[:40]):
            head = LogisticRegression(C=10.0, max_iter=2000).fit(vectors[taken], labels[taken])
            right.append(head.score(vectors[held_out], labels[held_out]))
        gains.append(right[0] - right[1])
    assert np.mean(gains) > 0.02


def test_no_text_that_is_labelled_is_chosen_again() -> None:
    vectors = vectors_of(glossary()[0][:30])
    assert vectors is not None
    found = Chooser(vectors).following([0, 5], {0: "a", 5: "b"}, 100)
    assert sorted(found) == [at for at in range(30) if at not in (0, 5)]


def test_texts_that_no_file_can_hold_are_not_labelled(tmp_path: Path) -> None:
    """Halves of characters and NULs, as cut or wrongly decoded JSON has them."""
    texts = ["it is stuck", "half \\ud83d of a sign", "a NUL \\u0000 inside", "the door is open", "no light at all"]
    (tmp_path / "x.jsonl").write_text("".join(f'{{"text": "{text}"}}\n' for text in texts))
    labelling = Labelling.open(tmp_path / "x.jsonl", "text", ["a", "b"], tmp_path / "kept", want_teaching=0)
    given = []
    while (item := labelling.next()) is not None:
        given.append(item.text)
        labelling.give(item.index, "ab"[len(given) % 2])
    assert sorted(given) == sorted(text for text in texts if "\\" not in text)
    assert len([*read_rows(labelling.finish().examples, ())]) == len(given)
