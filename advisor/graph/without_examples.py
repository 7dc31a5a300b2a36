"""For a user who has no labelled examples yet: how to come by some, a question at a time.

Ways: to label a file of inputs by hand, to write the first ones here, to borrow a public data set of the same shape.
What is labelled is kept as it is given, see `advisor.interview.labelling`. Everything here can be done again: an answer
that is kept already is not kept twice.
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError, OutOfReachError, one_line
from advisor.families import MODULES, family
from advisor.interview.labelling.label_next import Labelling
from advisor.interview.needs import need, sentences
from advisor.interview.question import Choice, Question
from advisor.task.source import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.interview.understand import Seen

# Ends labelling or writing where a label would be given.
ENOUGH = {"enough": True}
FEWEST_WRITTEN = 4
WRITTEN = "written.csv"
MOST_LOOKED_UP, MOST_OFFERED = 8, 4


def next_question(seen: Seen, answers: Mapping[str, Any], part: int, *, offline: bool = False) -> Question | None:
    """Return the next question on the way to examples, None where there are some or the way is at its end."""
    if not lacks_examples(seen, answers):
        return None
    way = answers.get("no_examples")
    if way is None:
        return None if "no_examples" in answers else _which_way(seen, part)
    if way == "file":
        return None
    if way in {"label", "write"} and _takes_labels(seen) and not seen.understanding.value("labels"):
        return None  # the interview asks for them
    if way == "label":
        if _unlabelled(seen, answers) is None:
            return Question(
                "unlabelled",
                "Which file holds the inputs?",
                "file",
                "Some of its rows, drawn at random, are shown one after the other; you give each its label.",
                flag="--set unlabelled=FILE",
                may_skip=False,
                part=part,
            )
        return _label_question(seen, answers, part)
    if way == "write":
        return _write_question(seen, answers, part)
    if way == "stand_in" and "stand_in" not in answers:
        try:
            return _stand_in_question(seen, part, offline=offline)
        except OutOfReachError as error:
            return replace(_which_way(seen, part), problem=str(error))
    return None


def lacks_examples(seen: Seen, answers: Mapping[str, Any]) -> bool:
    """Return whether the user said that there are none, or named a file without what is expected."""
    if "examples" not in answers:
        return False
    if answers["examples"] is None:
        return True
    return seen.table is not None and seen.proposal is not None and not seen.proposal.is_labelled


def settled(seen: Seen, answers: Mapping[str, Any], folder: Path, *, offline: bool = False) -> dict[str, Any]:
    """Keep what was labelled or written, and return what that settles: paths and columns, once there is enough."""
    if not lacks_examples(seen, answers):
        return {}
    match answers.get("no_examples"):
        case "label":
            return _labelled(seen, answers)
        case "write":
            return _written(answers, folder)
        case "stand_in" if answers.get("stand_in"):
            return _borrowed(str(answers["stand_in"]), seen, folder, offline=offline)
    return {}


def _takes_labels(seen: Seen) -> bool:
    chosen = seen.understanding.value("family")
    return chosen in MODULES and family(str(chosen)).has_labels


def _labels(seen: Seen) -> list[str]:
    named = seen.understanding.value("labels") or []
    return [str(label) for label in named] if _takes_labels(seen) else []


def _which_way(seen: Seen, part: int) -> Question:
    known = seen.understanding
    wanted = need(float(known.value("bar.pass_rate", 0.9)), float(known.value("bar.confidence", 0.95)))
    label = Choice("label", "label a file of inputs, the most telling rows first")
    lacking = "There are no labelled examples yet."
    if seen.table is not None:
        name = quoted(Path(seen.table.path).name)
        lacking = f"{name} has no column that says what is expected of its inputs."
        label = Choice("label", f"label some of the {seen.table.rows} rows of this file here")
    return Question(
        "no_examples",
        f"{lacking} How do you want to come by labelled examples?",
        "choice",
        " ".join(sentences(wanted)[:2]),
        (
            label,
            Choice("write", "write the first ones here"),
            Choice("stand_in", "borrow a public data set of the same shape", "what it proves is about that data"),
            Choice("file", "give another file"),
        ),
        "label",
        "your file has inputs" if seen.table is not None else "real inputs tell most",
        "--set no_examples=label",
        may_skip=False,
        part=part,
    )


def _unlabelled(seen: Seen, answers: Mapping[str, Any]) -> tuple[Path, str] | None:
    """Return the file of inputs and its column."""
    given = answers.get("unlabelled")
    if given is None and seen.table is not None and seen.proposal is not None and seen.proposal.input_columns:
        return Path(seen.table.path), seen.proposal.input_columns[0]
    if given is None:
        return None
    from advisor.interview.files.proposal import propose
    from advisor.interview.files.table import look

    chosen = seen.understanding.value("family")
    proposal = propose(look(Path(str(given))), str(chosen) if chosen in MODULES else None)
    return (Path(str(given)), proposal.input_columns[0]) if proposal.input_columns else None


def _opened(seen: Seen, answers: Mapping[str, Any]) -> Labelling | None:
    """Open the labelling, and keep the answers that it does not hold yet."""
    place = _unlabelled(seen, answers)
    if place is None:
        return None
    labelling = Labelling.open(*place, _labels(seen))
    for key, value in answers.items():
        kind, _, index = key.partition(":")
        if kind == "label" and index.isdecimal() and value != ENOUGH and not labelling.has(int(index)):
            labelling.give(int(index), value)
    return labelling


def _label_question(seen: Seen, answers: Mapping[str, Any], part: int) -> Question | None:
    labelling = _opened(seen, answers)
    item = None if labelling is None or _is_enough(answers) else labelling.next()
    if labelling is None or item is None:
        return None
    counts = labelling.counts
    done = counts.evidence + counts.teaching
    labels = _labels(seen)
    choices = tuple(Choice(label, label) for label in labels)
    if counts.evidence:
        choices += (Choice(ENOUGH, "that is enough for now", f"{counts.evidence} as evidence"),)
    use = "evidence, drawn at random" if item.role == "evidence" else "to teach from, chosen as the most telling"
    return Question(
        f"label:{item.index}",
        one_line(item.text, 2000),
        "choice",
        f"{done} of {counts.want_evidence + counts.want_teaching} are labelled; this one is {use} "
        f"(line {item.line}). I don't know passes it over.",
        choices,
        is_open=not labels,
        part=part,
    )


def _is_enough(answers: Mapping[str, Any]) -> bool:
    return any(value == ENOUGH for key, value in answers.items() if key.startswith(("label:", "write:")))


def _labelled(seen: Seen, answers: Mapping[str, Any]) -> dict[str, Any]:
    labelling = _opened(seen, answers)
    if labelling is None or not labelling.counts.evidence:
        return {}
    if labelling.next() is not None and not _is_enough(answers):
        return {}
    files = labelling.finish()
    expected = "label" if labelling.column != "label" else "expected"
    found = {"examples": str(files.examples), "examples.input": labelling.column, "examples.expected": expected}
    return found | ({"teaching.path": str(files.teaching)} if files.teaching else {"teaching.count": 0})


def _pairs(answers: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the examples written so far."""
    pairs = []
    for number in range(len(answers)):
        given, expected = answers.get(f"write:{number}"), answers.get(f"write:{number}:expected")
        if given is None or given == ENOUGH or expected is None:
            break
        pairs.append((str(given), expected))
    return pairs


def _write_question(seen: Seen, answers: Mapping[str, Any], part: int) -> Question | None:
    if _is_enough(answers):
        return None
    pairs = _pairs(answers)
    number = len(pairs)
    given = answers.get(f"write:{number}")
    if given is not None:
        labels = _labels(seen)
        return Question(
            f"write:{number}:expected",
            f"What is expected of it? {one_line(given, 300)}",
            "choice" if labels else "text",
            "An example is an input with what a right answer is.",
            tuple(Choice(label, label) for label in labels),
            is_open=not labels,
            may_skip=False,
            part=part,
        )
    enough = (Choice(ENOUGH, "that is enough for now"),) if number >= FEWEST_WRITTEN else ()
    return Question(
        f"write:{number}",
        f"Example {number + 1}: what is an input, as it really comes?",
        "text",
        f"{number} are written; with {FEWEST_WRITTEN} or more you may stop. Take them as they come, not the easy ones.",
        enough,
        is_open=True,
        may_skip=False,
        part=part,
    )


def _written(answers: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    pairs = _pairs(answers)
    if not pairs or not _is_enough(answers):
        return {}
    path = folder / WRITTEN
    folder.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        # All quoted: a lone carriage return would otherwise end a row.
        writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(["text", "expected"])
        writer.writerows(pairs)
    return {"examples": str(path), "examples.input": "text", "examples.expected": "expected"}


def _stand_in_question(seen: Seen, part: int, *, offline: bool) -> Question:
    """Return the question which public data set to borrow; each with what it costs and what it is not.

    Raises:
        OutOfReachError: if none can be had.
    """
    from advisor.interview.labelling.stand_in import look_up, offers

    known = seen.understanding
    family_name = str(known.value("family"))
    listed = offers(family_name, known.value("constraints.languages") or ())
    found, reason = [], f"no public data set is known for {family_name}"
    for each in listed[:MOST_LOOKED_UP]:
        try:
            found.append(look_up(each, offline=offline))
        except OutOfReachError as error:
            reason = str(error)
        if len(found) == MOST_OFFERED:
            break
    if not found:
        raise OutOfReachError(f"no examples can be borrowed: {reason}")
    return Question(
        "stand_in",
        "Which public data set may stand in for your examples?",
        "choice",
        "It shows how the search works and which models are worth a look. What it proves is about that data, not about "
        "your inputs.",
        tuple(Choice(offer.stand_in.key, offer.stand_in.about, offer.sentence()) for offer in found),
        found[0].stand_in.key,
        "nearest to your task",
        "--set stand_in=NAME",
        may_skip=False,
        part=part,
    )


def _borrowed(name: str, seen: Seen, folder: Path, *, offline: bool) -> dict[str, Any]:
    """Borrow a data set once, and return what it settles.

    Raises:
        AdvisorError: if it cannot be had.
    """
    from advisor.interview.labelling.stand_in import STAND_INS, borrow, look_up

    of = next((each for each in STAND_INS if each.key == name), None)
    if of is None:
        raise InputError(f"stand_in: {one_line(name, 80)} is no data set that is known; see the choices")
    place = folder / "stand-in" / re.sub(r"[^A-Za-z0-9._-]+", "_", name)
    kept = place / "facts.json"
    try:
        found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        borrowed = borrow(look_up(of, offline=offline), place)
        found = {fact.key: fact.value for fact in borrowed.facts if fact.key != "stand_in"}
        found["examples.stand_in"] = of.key
        kept.write_text(json.dumps(found), encoding="utf-8")
    if seen.understanding.value("constraints.languages"):
        found.pop("constraints.languages", None)
    return found
