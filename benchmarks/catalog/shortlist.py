"""Plans for tasks with a practitioner's shortlist: ``python -m benchmarks.catalog.shortlist``.

For each row of ``practitioner_picks.jsonl`` a plan is made without a network, with nothing installed, a generous
download budget and a small made-up file of examples; nothing runs. Printed are the practitioner's picks in the plan,
of all and of those in the catalog; models to avoid; unexpected entries (obscure: under 2,000 or unknown downloads and
not in the curated table; generators without instruction tuning; without a licence, gated or non-commercial if the task
needs one); the number of size bands of a plan; and the tasks without a plan. Rows whose CRC-32 is divisible by three
are held out of all tuning.
"""

import argparse
import json
import math
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from advisor.candidates.candidate import Candidate
from benchmarks.catalog.shared_sets import SHARED, read
from catalog import Catalog, ModelCard

BUDGET: Final = 200 * 10**9
OBSCURE: Final = 2_000
# A size band starts at four times the serving memory of the start of the last one.
BAND: Final = 4.0
# Families of the Hub that are probed under another name.
PROBED_AS: Final = {"feature-extraction": "text-retrieval"}
_OF_MOODS: Final = re.compile(r"\b(?:sentiment|mood|opinion)")
_THING: Final = r"[\w-]+(?: [\w-]+)?"
# "joy, anger or fear"; in brackets, and where names in texts are listed, also without that word.
_LAST: Final = r"(?:[\w-]+(?: [\w-]+){0,2}?(?= (?:in|from|out|of|for|on)\b)|[\w-]+)"
_LISTED: Final = re.compile(rf"{_THING}(?:, {_THING})+,? (?:or|and) {_LAST}|(?<=\(){_THING}(?:, {_THING}){{2,}}")
_NAMED: Final = re.compile(rf"{_LISTED.pattern}|[\w-]+(?:, {_THING}){{2,}}")
# Words before its first item, and after its last.
_BEFORE: Final = re.compile(r"^(?:pull|spot|mark|find|get|extract|blank|put|into|are|of|out) ")
_BEHIND: Final = re.compile(r" (?:in|into|on|from|of|out|for|with|dans|des|du|en|de|del|aus|im|von|der|w|na|uit|van)$")
_NO_COMMERCE: Final = ("-nc", "non-commercial", "research", "other")


@dataclass(frozen=True, slots=True)
class Planned:
    """A row and its plan."""

    row: dict[str, Any]  # Of the file.
    is_held: bool  # Whether the row is kept out of tuning.
    candidates: "tuple[Candidate, ...]" = ()  # The plan's, smallest first.
    failure: str = ""  # Why there is no plan.
    faults: dict[str, list[str]] = field(default_factory=dict)

    @property
    def models(self) -> list[str]:
        return [candidate.model for candidate in self.candidates]

    def named(self, key: str, *, held: bool = False) -> list[str]:
        """The models that the practitioner names; with ``held``, only those in the catalog."""
        return [each["model"] for each in self.row[key] if not held or each["held"]]

    @property
    def bands(self) -> int:
        sizes = sorted(c.serving_bytes for c in self.candidates if c.serving_bytes)
        return len({int(math.log(size, BAND)) for size in sizes})


def main() -> int:
    """Print the table; with ``--plans`` each plan of a row that is not held out."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.catalog.shortlist", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--plans", action="store_true", help="print the plans of the rows that are not held out")
    parser.add_argument("--only", nargs="*", help="only these rows, by their ids")
    arguments = parser.parse_args()
    if not (SHARED / "practitioner_picks.jsonl").is_file():
        print("skipped: practitioner_picks.jsonl is not on this machine (../shared/data)")
        return 0
    with tempfile.TemporaryDirectory() as home:
        # Read when the client is first imported.
        os.environ |= {"XDG_DATA_HOME": f"{home}/data", "HF_HOME": f"{home}/hub", "HF_HUB_OFFLINE": "1"}
        found = plans(Path(home), arguments.only)
    if arguments.plans:
        for each in found:
            if not each.is_held:
                print("\n".join(shown(each)))
    print("\n".join(table(found)))
    return 0


def plans(home: Path, only: Sequence[str] | None = None) -> list[Planned]:
    from advisor.families import FAMILY_NAMES
    from catalog import open_catalog

    held = {row.id for row in read("practitioner_picks") if row.is_held}
    lines = (SHARED / "practitioner_picks.jsonl").read_text(encoding="utf-8").splitlines()
    found = []
    with open_catalog() as catalog:
        for row in map(json.loads, lines):
            if only and row["id"] not in only:
                continue
            row["probed"] = PROBED_AS.get(row["family"], row["family"])
            if row["probed"] not in FAMILY_NAMES:
                continue
            for each in (*row["picks"], *row["avoid"]):
                card = catalog.get(each["model"])
                each |= {"held": card is not None, "model": each["model"] if card is None else card.id}
            found.append(_planned(row, home / row["id"], catalog, is_held=row["id"] in held))
    return found


def _planned(row: dict[str, Any], folder: Path, catalog: "Catalog", *, is_held: bool) -> Planned:
    from advisor.errors import AdvisorError
    from advisor.workflow import pipeline

    task_file = _written(row, folder, catalog)
    try:
        plan = pipeline.prepare(task_file, download_budget=BUDGET, fresh=True).plan
    except AdvisorError as error:
        return Planned(row, is_held, failure=str(error))
    faults: dict[str, list[str]] = {}
    for candidate in plan.candidates:
        card = catalog.get(candidate.model)
        for fault in _faults(row, card) if card is not None else ():
            faults.setdefault(fault, []).append(candidate.model)
    return Planned(row, is_held, plan.candidates, faults=faults)


def _written(row: dict[str, Any], folder: Path, catalog: "Catalog") -> Path:
    """Write a row's task file: its words as read by the interview, and made-up examples."""
    from advisor.interview.facts import Understanding
    from advisor.interview.text.words import from_words
    from advisor.interview.write_task import task_document as said
    from benchmarks.catalog.made_up import task_document

    known = Understanding(tuple(from_words(row["words"], catalog)))
    content = said(known, examples="examples.json")
    kept = {key: content[key] for key in ("constraints", "labels_per_text") if key in content}
    made = task_document(
        folder, row["probed"], row["words"], labels=_labels(known, row), languages=row["languages"],
        context=row["constraints"].get("context"),
    )  # fmt: skip
    path = folder / "task.json"
    path.write_text(json.dumps({**kept, **made}), encoding="utf-8")
    return path


def _labels(known: Any, row: dict[str, Any]) -> list[str]:  # noqa: ANN401  an understanding
    """Return the labels named in the words, else the items they list."""
    if named := known.value("labels"):
        return [str(label) for label in named]
    if _OF_MOODS.search(row["words"]):
        return ["negative", "neutral", "positive"]
    listed = (_NAMED if row["probed"] == "token-classification" else _LISTED).search(row["words"])
    return re.split(r",? (?:or|and) |, ", _BEFORE.sub("", _BEHIND.sub("", listed[0]))) if listed else []


def _faults(row: dict[str, Any], card: "ModelCard") -> list[str]:
    """Return the faults of an entry that the practitioner did not name."""
    from catalog.prior import follows_instructions

    if any(card.id == each["model"] for each in row["picks"]):
        return []
    found = []
    is_curated = "recommended" in card.tags or any(source.startswith("curated") for source in card.sources)
    if (card.downloads or 0) < OBSCURE and not is_curated:
        found.append("obscure")
    is_code = "code" in row["languages"]
    if card.family == "text-generation" and not follows_instructions(card) and not is_code:
        found.append("base generator")
    if card.gated:
        found.append("gated")
    if row["constraints"].get("license"):
        if card.license is None:
            found.append("no licence")
        elif any(mark in card.license for mark in _NO_COMMERCE):
            found.append("not for commerce")
    return found


def shown(planned: Planned) -> list[str]:
    row = planned.row
    picks, avoid = planned.named("picks"), planned.named("avoid")
    lines = [f"\n{row['id']} {row['family']}: {row['words']}"]
    for c in planned.candidates:
        mark = "+" if c.model in picks else "AVOID" if c.model in avoid else ""
        card = f"{(c.serving_bytes or 0) / 1e6:8.0f} MB  {c.method:<13} {c.runtime:<21}"
        lines.append(f"  {mark:>5} {card} {c.model}  {[f for f, m in planned.faults.items() if c.model in m] or ''}")
    if planned.failure:
        lines.append(f"  no plan: {planned.failure[:300]}")
    missed = [f"{each['model']}{'' if each['held'] else ' (not held)'}" for each in row["picks"]]
    lines.append(f"  missed: {', '.join(each for each in missed if each.split(' ')[0] not in planned.models)}")
    return lines


def table(found: Sequence[Planned]) -> list[str]:
    """The figures for the tuning rows and for those held out."""
    lines = []
    for name, rows in (
        ("dev", [each for each in found if not each.is_held]),
        ("held", [each for each in found if each.is_held]),
    ):
        if not rows:
            continue
        picks = sum(len(each.named("picks")) for each in rows)
        held = sum(len(each.named("picks", held=True)) for each in rows)
        hit = sum(len(set(each.named("picks")) & set(each.models)) for each in rows)
        avoided = [model for each in rows for model in set(each.named("avoid")) & set(each.models)]
        entries = sum(len(each.candidates) for each in rows)
        faulty = {(each.row["id"], model) for each in rows for models in each.faults.values() for model in models}
        faults = Counter(fault for each in rows for fault, models in each.faults.items() for _ in models)
        planned = [each for each in rows if each.candidates]
        lines += [
            f"{name}: {len(rows)} tasks, {entries} entries",
            f"  picks in the plan       {hit} of {picks} ({hit / picks:.0%}); of those held {hit / max(1, held):.0%}",
            f"  models to avoid         {len(avoided)} {avoided if name == 'dev' else ''}",
            f"  unexpected entries      {len(faulty)} ({len(faulty) / max(1, entries):.1%}) {dict(faults)}",
            f"  bands of size           {dict(sorted(Counter(each.bands for each in planned).items()))}",
            f"  without a plan          {len(rows) - len(planned)}",
        ]
    return lines


if __name__ == "__main__":
    sys.exit(main())
