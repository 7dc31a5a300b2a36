"""Reasons for a model in a plan, in a line: what it is, how it does the task, and objections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.candidates.context import MEANT
from advisor.candidates.labels import shown_pairs
from advisor.candidates.made_for import BY_NAMES, GENERAL
from advisor.units import format_count
from catalog.languages import NAMES
from catalog.query.uses import shortlisted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.candidates.context import Context
    from advisor.candidates.judge import Judged
    from advisor.candidates.uses import Use
    from catalog import ModelCard

MANY_USE = 1_000_000
_SIZES = ((60_000_000, "small "), (250_000_000, ""))
_DOES = {
    "search": "turns queries and texts into vectors; the nearest are found",
    "rerank": "reads query and text together, and orders what search finds",
    "cosine": "turns both texts into vectors and compares them",
    "pair": "reads both texts together and scores them",
    "nearest label": "compares each text with your labels' words; needs no training",
    "zero-shot": "scores each of your labels against the input; needs no training",
    "prompted": "language model, follows your instruction",
}
_AS_IS = {
    "transcribe": "speech recognition, used as published",
    "rewrite": "encoder and decoder, used as published",
    "read": "finds the span of the text that answers",
    "tag": "marks names and things in texts, with labels of its own",
}


def reasons(
    context: Context, method: str, use: Use, judged: Judged, *, card: ModelCard | None, parameters: int | None
) -> tuple[str, ...]:
    """Return the reasons for a model, then objections."""
    sentences = [_does(context, method, use, judged, card=card, parameters=parameters)]
    if card is not None:
        sentences += _languages(context, card)
        known_for = shortlisted(context.uses, card.id, " ".join(card.tags))
        if known_for is not None and ('"' not in known_for or context.needs.is_about(known_for)):
            sentences.append(known_for)
        elif card.downloads is not None and card.downloads >= MANY_USE:
            sentences.append(f"{format_count(card.downloads)} downloads a month")
        elif context.named_for(card) >= MEANT:
            sentences.append("a usual first choice")
    return (*sentences, *judged.notes)


def for_others(languages: Sequence[str]) -> list[str]:
    """Return the objection to a model made for `languages` other than the task's; none without."""
    return [f"made for {', '.join(NAMES.get(code, code) for code in languages[:3])}, tried anyway"] if languages else []


_OF = {"look": "image ", "listen": "audio "}


def _does(
    context: Context, method: str, use: Use, judged: Judged, *, card: ModelCard | None, parameters: int | None
) -> str:
    if method == "head":
        rows = "your" if context.is_untested else str(len(context.examples.teaching))
        head = f"a head on {rows} rows"
        if use.runtime == "static":
            return f"static vectors, the fastest; {head}"
        size = next((word for most, word in _SIZES if (parameters or 0) <= most), "large ")
        return f"{size}{_OF.get(use.ability, '')}encoder; {head}"
    if use.ability in ("classify", "see", "hear"):
        named = "" if card is None else " ".join((card.id, *card.tags))
        if not judged.labels and BY_NAMES.search(named):
            return "compares each with your labels' names; needs no training"
        return _by_labels(context, judged, is_general=GENERAL.search(named) is not None)
    if use.ability == "tag" and judged.labels:
        return f"trained to mark such things: {shown_pairs(judged.labels)}"
    return _AS_IS.get(use.ability, "used as it is") if method == "as is" else _DOES.get(method, method)


def _by_labels(context: Context, judged: Judged, *, is_general: bool) -> str:
    lacking = set(context.needs.labels) - set(judged.labels.values())
    shown = context.needs.teaches and context.task.labels_per_text == "one"
    if not judged.labels:
        shows = "your training rows show what its labels mean" if shown else "its labels are not known"
        return f"{'trained on general classes' if is_general else 'fine-tuned for something similar'}; {shows}"
    named = f"its labels match yours ({shown_pairs(judged.labels)})"
    if not lacking:
        return f"fine-tuned for this: {named}"
    return f"fine-tuned for something similar: {named}{'; your training rows show the rest' if shown else ''}"


def _languages(context: Context, card: ModelCard) -> list[str]:
    """Return which of the task's languages it knows, if that is not only English."""
    wanted = context.needs.languages - {"code"}
    if not wanted or wanted == {"en"}:
        return []
    if wanted <= set(card.languages):
        does, alone = ("made for", " alone") if set(card.languages) == wanted else ("knows", "")
        return [f"{does} {' and '.join(sorted(NAMES.get(code, code) for code in wanted))}{alone}"]
    return ["multilingual"] if "multilingual" in card.languages else []
