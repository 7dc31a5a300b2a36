"""A rate in the words that may be how often answers must be right: asked about, never passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.interview.facts import Notice
from advisor.interview.text.bars import unclaimed
from advisor.interview.text.words import MOST_TEXT, Reading, read
from advisor.system.source import quoted

if TYPE_CHECKING:
    from advisor.interview.text.rates import Rate
    from catalog import Catalog

# Nobody asks for less; a smaller rate in the words is of something else.
_LEAST_BAR = 0.5


def bar_notice(text: str, catalog: Catalog, bar: float) -> Notice | None:
    """Return what to say of rates that may be how often answers must be right; None where there is none.

    Args:
        text: The words.
        catalog: Reads them.
        bar: What holds meanwhile.
    """
    shown = text[:MOST_TEXT]
    found = _unclaimed(shown, read(shown, catalog)) if shown.strip() else []
    if not found:
        return None
    rate = found[0]
    told = quoted(one_line(shown[rate.start : rate.end], 60), 60)
    if not 0 < rate.share < 1:
        said = f"{told} cannot be proven of any model; the bar is {bar:.0%} right, --set bar.pass_rate=0.99 raises it"
    else:
        said = (
            f"{told} may say how often answers must be right; the bar is {bar:.0%} unless "
            f"--set bar.pass_rate={rate.share:g} says so"
        )
    likely = rate.share if len(found) == 1 and _LEAST_BAR <= rate.share < 1 else None
    return Notice("bar", said, is_grave=True, likely=likely)


def _unclaimed(shown: str, reading: Reading) -> list[Rate]:
    claimed = [*reading.terms, *([reading.labels] if reading.labels is not None else [])]
    return unclaimed(shown, claimed)
