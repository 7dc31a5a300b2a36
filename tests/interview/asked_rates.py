"""The rates that words demand of labels and of the answers that name them, for the tests."""

from collections.abc import Mapping

from advisor.interview.text.demands import Rate, Subject
from advisor.interview.text.label_bars import asked


def label_bars(
    words: str, labels: Mapping[str, int], bar: float | None = None, *, are_fields: bool = False
) -> tuple[dict[str, Rate], Rate | None]:
    """Return the rates of single labels, or fields, and the one of all others or of each."""
    found = asked(words, Subject(tuple(labels.items()), are_fields=are_fields), bar)
    return found.labels, found.every or found.each


def precision_bars(words: str, labels: Mapping[str, int], bar: float) -> dict[str, Rate]:
    """Return the rates of the answers that name a label."""
    return asked(words, Subject(tuple(labels.items())), bar).answers
