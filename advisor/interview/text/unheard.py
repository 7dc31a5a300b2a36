"""What nothing was made of in the user's words: every clause that no fact was read from."""

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from advisor.interview.text.demands import rates
from advisor.interview.text.instruct import says
from advisor.interview.text.rates import clause_bounds
from advisor.interview.text.words import read

if TYPE_CHECKING:
    from catalog import Catalog

# A word alone, such as a greeting, wishes nothing that could be checked; without blanks four signs may be a clause.
_SEVERAL = re.compile(r"[^\W_]+\W+[^\W_]+|[\u3041-\u30ff\u3400-\u9fff]\w{3}")


def unheard(text: str, catalog: "Catalog", heard: Iterable[str], is_kept_to: Callable[[str], bool]) -> list[str]:
    """Return the clauses without one of the quotes in `heard`, as they stand; neighbours are returned as one.

    Those of the task itself, of its labels, of nothing but fillers and those that `is_kept_to` knows are left out.
    """
    reading = read(text, catalog)
    task_at = -1 if reading.instruction is None else reading.instruction.start
    # What is named twice is read once: "blurbs in English. Names stay in French" after "our French blurbs".
    first = {(span.key, str(span.value)): span for span in reversed(reading.terms)}
    taken = [(span.start, span.end) for span in (*first.values(), *filter(None, (reading.labels,)))]
    taken += [at.span() for each in heard if each for at in re.finditer(re.escape(each), text)]
    taken += [(rate.start, rate.end) for rate in rates(text) if rate.is_fact]
    left: list[tuple[int, int]] = []
    is_next = False
    for start, end in zip(*clause_bounds(text), strict=True):
        is_taken = start <= task_at < end or any(start < high and low < end for low, high in taken)
        is_left = not is_taken and says(text[start:end]) and not is_kept_to(text[start:end])
        if is_left:
            low, high = start - text[:start].endswith("("), end + text.startswith(")", end)
            left = [*left[:-1], (left[-1][0], high)] if is_next else [*left, (low, high)]
        is_next = is_left or (is_next and not is_taken and not text[start:end].strip())
    return [each for start, end in left if _SEVERAL.search(each := text[start:end].strip(" \n,;:"))]
