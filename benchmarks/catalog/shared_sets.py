"""Real questions, phrases and practitioners' picks from outside the repository: families, answers and picks found.

They are in ``../shared/data``, if it exists; without it the table is left out. A row is held out of all tuning if the
CRC-32 of its id is divisible by three; weights and words are chosen only on the others ("dev").

Some lines of ``data/uses.txt`` were written after a look at misses among the development rows. "far" gives the figures
without all uses whose wording is very close to the query, as for a task that no line was written for.

An answer is the id of a repository, or a part of names ("multilingual-e5") that any model may have. A question is
answerable by the catalog if a card has one of its answers.
"""

import json
import re
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from catalog import Catalog
from catalog.query.uses import Uses

SHARED: Final = Path(__file__).resolve().parents[3] / "shared" / "data"
_HELD_OF: Final = 3
_PAGE: Final = 10
# Limit on the cosine of the vectors plus 0.3 of that of the words, see ``Uses.nearness``.
_VERY_NEAR: Final = 0.75

# Answer of `advisor search`: (id, family) of the models, best first, and the text's family as understood.
Search = Callable[[str], tuple[list[tuple[str, str | None]], str | None]]


@dataclass(frozen=True, slots=True)
class Real:
    """One row: the question, the right families, and the models recommended or advised against."""

    id: str
    text: str
    families: tuple[str, ...]
    answers: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()

    @property
    def is_held(self) -> bool:
        return zlib.crc32(self.id.encode()) % _HELD_OF == 0


def read(name: str, folder: Path = SHARED) -> list[Real]:
    lines = (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [_row(json.loads(line)) for line in lines]


def _row(row: dict[str, Any]) -> Real:
    text = row.get("question") or row.get("text") or row["words"]
    families = (row.get("task") or row["family"], *row.get("accept_tasks", ()))
    picks = tuple(pick["model"] for pick in row.get("picks", ()))
    avoid = tuple(pick["model"] for pick in row.get("avoid", ()))
    return Real(row["id"], text, families, (*row.get("answers", ()), *picks), avoid)


class Names:
    """The names of the catalog's models, to check whether one of them is an answer."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._all = "\n".join(_squeezed(card.id) for card in catalog.cards())

    def holds(self, answer: str) -> bool:
        if self._catalog.get(answer) is not None:
            return True
        return "/" not in answer and _squeezed(answer) in self._all

    def bearing(self, ids: Iterable[str], answer: str) -> list[bool]:
        """Whether each of the models is named by the answer."""
        card = self._catalog.get(answer)
        if card is not None:
            return [card.id == model_id for model_id in ids]
        return ["/" not in answer and _squeezed(answer) in _squeezed(model_id) for model_id in ids]


def _squeezed(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


class Far(Uses):
    """The uses without those very close to a text."""

    def nearness(self, text: str, vector: "NDArray[np.float32]") -> "NDArray[np.float64]":
        """As for all uses, without those left out."""
        near = super().nearness(text, vector)
        return np.where(near < _VERY_NEAR, near, -np.inf)


def _far(catalog: Catalog, rows: Sequence[Real], search: Search) -> dict[str, list[str]]:
    """Results for each row without the uses very close to it."""
    catalog._uses, catalog._last_uses = Far(catalog._folder, catalog.encode), None  # noqa: SLF001 - what is measured is inside
    shown = {row.id: [model for model, _ in search(row.text)[0][:_PAGE]] for row in rows if row.answers}
    catalog._uses = catalog._last_uses = None  # noqa: SLF001
    return shown


def table(catalog: Catalog, search: Search, folder: Path = SHARED) -> list[str]:
    """Lines of the table for each set, whole and in its two parts."""
    if not folder.is_dir():
        return [f"No real questions, phrases and picks: {folder} is not there."]
    names = Names(catalog)
    head = " ".join(f"{each:>8}" for each in ("family", "hit@10", "of held", "picks"))
    lines = [f"{'real set':<20} {'part':<6} {'rows':>5} {head} {'avoid':>6} {'far hit':>8} {'picks':>8}"]
    for name in ("real_questions", "real_phrases", "practitioner_picks"):
        rows, is_picks = read(name, folder), name == "practitioner_picks"
        answers = {row.id: search(row.text) for row in rows}
        shown = {row.id: [model for model, _ in answers[row.id][0][:_PAGE]] for row in rows}
        far = _far(catalog, rows, search)
        parts = {"all": rows, "dev": [r for r in rows if not r.is_held], "held": [r for r in rows if r.is_held]}
        for part, chosen in parts.items():
            right = sum(answers[row.id][1] in row.families for row in chosen)
            figures = [_share(right, len(chosen)), *_found(chosen, shown, names, is_picks=is_picks)]
            if far:
                hit, _, picks, _ = _found(chosen, far, names, is_picks=is_picks)
                figures += [hit, picks]
            lines.append(f"{name:<20} {part:<6} {len(chosen):>5} " + " ".join(figures))
    return lines


def _found(rows: Sequence[Real], shown: dict[str, list[str]], names: Names, *, is_picks: bool) -> list[str]:
    """The columns from hit@10 on."""
    asked = [row for row in rows if row.answers]
    if not asked:
        return [_NONE, _NONE, _NONE, f"{'-':>6}"]
    is_hit = {row.id: any(_among(answer, shown[row.id], names) for answer in row.answers) for row in asked}
    held = [row for row in asked if any(map(names.holds, row.answers))]
    columns = [_share(sum(is_hit.values()), len(asked)), _share(sum(is_hit[row.id] for row in held), len(held))]
    if not is_picks:
        return [*columns, _NONE, f"{'-':>6}"]
    picks = sum(_among(answer, shown[row.id], names) for row in asked for answer in row.answers)
    avoided = sum(_among(each, shown[row.id], names) for row in asked for each in row.avoid)
    return [*columns, _share(picks, sum(len(row.answers) for row in asked)), f"{avoided:>6}"]


def _among(answer: str, shown: Iterable[str], names: Names) -> bool:
    return any(names.bearing(shown, answer))


_NONE: Final = f"{'-':>8}"


def _share(count: int, total: int) -> str:
    return f"{count / total:>8.1%}" if total else _NONE


def misses(catalog: Catalog, search: Search, folder: Path = SHARED) -> list[str]:
    names = Names(catalog)
    lines: list[str] = []
    for name in ("real_questions", "real_phrases", "practitioner_picks"):
        for row in read(name, folder):
            if row.is_held:
                continue
            found, family = search(row.text)
            shown = [model for model, _ in found[:_PAGE]]
            absent = [answer for answer in row.answers if not _among(answer, shown, names)]
            is_missed = bool(row.answers) and (len(absent) == len(row.answers) or name == "practitioner_picks")
            if family in row.families and not is_missed:
                continue
            lines += ["", f"{row.id} {row.text[:300]}", f"  wanted {row.families}, took {family}"]
            lines.append("  absent: " + ", ".join(f"{a}{'' if names.holds(a) else ' (no card)'}" for a in absent))
            lines.append("  shown: " + ", ".join(f"{model} [{tag}]" for model, tag in found[:_PAGE]))
            lines.append("  avoid shown: " + ", ".join(a for a in row.avoid if _among(a, shown, names)))
    return lines
