"""For a user who has no labelled examples yet: how to come by some, a question at a time.

Ways: to label a file of inputs by hand, to write the first ones here, to borrow a public data set of the same shape.
The first two are `advisor.workflow.by_hand`. A way that comes to nothing ends at the question which way to go.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError, OutOfReachError, one_line
from advisor.interview.needs import CANDIDATES, need, sentences
from advisor.interview.question import Choice, Question
from advisor.paths import at_home
from advisor.system.source import instead, quoted
from advisor.workflow import by_hand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.interview.understand import Seen

MOST_LOOKED_UP, MOST_OFFERED = 8, 4


def next_question(
    seen: Seen, answers: Mapping[str, Any], *, session: str = "", offline: bool = False
) -> Question | None:
    """Return the next question on the way to examples, None where there are some or the interview asks first."""
    if not lacks_examples(seen, answers):
        return None
    way = answers.get("no_examples")
    if way in {"label", "write", "enough"} and by_hand.takes_labels(seen) and not seen.understanding.value("labels"):
        return None  # the interview asks for them
    if way in {"label", "enough"}:
        found = by_hand.label_question(seen, answers, session)
        return found if isinstance(found, Question) else _which_way(seen, ended=found)
    if way == "write" and not by_hand.is_enough(answers, "write"):
        return by_hand.write_question(seen, answers)
    if way == "file" and not by_hand.is_after(answers, "examples"):
        return _other_file()
    if way == "stand_in" and not by_hand.is_after(answers, "stand_in"):
        try:
            return _stand_in_question(seen, offline=offline)
        except OutOfReachError as error:
            return _which_way(seen, ended=by_hand.Ended(str(error), "", is_usable=False))
    return _which_way(seen)


def lacks_examples(seen: Seen, answers: Mapping[str, Any]) -> bool:
    """Return whether the user said that there are none, or named a file without answers that no rule decides."""
    if "examples" not in answers:
        return False
    if seen.table is None:
        return answers["examples"] is None
    known = seen.understanding
    is_decided = any(known.value(f"scoring.{rule}") is not None for rule in ("json_schema", "matches"))
    return seen.proposal is not None and not seen.proposal.is_labelled and not is_decided


def settled(
    seen: Seen, answers: Mapping[str, Any], folder: Path, *, session: str = "", offline: bool = False
) -> dict[str, Any]:
    """Keep what was labelled or written, and return what that settles: paths and columns, once there is enough."""
    if not lacks_examples(seen, answers):
        return {}
    match answers.get("no_examples"):
        case "label" | "enough":
            return by_hand.labelled(seen, answers, session)
        case "write":
            return by_hand.written(seen, answers, folder)
        case "stand_in" if answers.get("stand_in"):
            return _borrowed(str(answers["stand_in"]), seen, folder, offline=offline)
    return {}


def _which_way(seen: Seen, ended: by_hand.Ended | None = None) -> Question:
    """Return the question how to come by examples; `ended`: why it is asked again."""
    known = seen.understanding
    fewer = CANDIDATES if known.candidates is None else max(1, min(CANDIDATES, known.candidates))
    wanted = need(*known.bar, fewer)
    label = Choice("label", "label a file of inputs, the most telling rows first")
    lacking = "There are no labelled examples yet."
    if seen.table is not None:
        name = quoted(Path(seen.table.path).name)
        rows = seen.table.rows
        lacking = f"Nothing in {name} is known to say what is expected of its inputs."
        what = f"some of the {rows} rows" if rows > 1 else "the row"
        label = Choice("label", f"label {what} of this file here")
    if ended is not None and ended.again:
        label = Choice("label", ended.again)
    is_usable = ended is not None and ended.is_usable
    enough = (Choice("enough", "that is enough", "continue with the labelled rows"),) if is_usable else ()
    return Question(
        "no_examples",
        f"{lacking} How do you want to get labelled examples?",
        "choice",
        " ".join(sentences(wanted)),
        (
            *enough,
            label,
            Choice("write", "write the first ones here"),
            Choice("stand_in", "borrow a public data set of the same shape", "what it proves is about that data"),
            Choice("file", "give another file"),
        ),
        "enough" if is_usable else "label",
        "" if ended is not None else "your file has inputs" if seen.table is not None else "real inputs are best",
        "--set no_examples=label",
        may_skip=False,
        problem=ended.problem if ended is not None else "",
    )


def _other_file() -> Question:
    return Question(
        "examples",
        "Where is the other file: with inputs and what is expected of each?",
        "file",
        "If there is none, say that you don't know: labelling, writing and borrowing are asked about again.",
        flag="--examples FILE",
    )


def unread_question(path: str, problem: str) -> Question:
    """Return the question how to continue where a file cannot be read: with one that may be meant, or with none."""
    meant = [Choice(str(each), f"take {one_line(each.name, 60)}") for each in instead(at_home(path))]
    without = Choice(None, "continue without it", "label some texts by hand, write some, or borrow public data")
    return Question(
        "examples",
        "Where are your examples?",
        "choice",
        "Another path is an answer too.",
        (*meant, without),
        flag="--examples FILE",
        is_open=True,
        problem=problem,
    )


def _stand_in_question(seen: Seen, *, offline: bool) -> Question:
    """Return the question which public data set to borrow; each with what it costs and what it is not.

    Raises:
        OutOfReachError: if none can be had.
    """
    from advisor.interview.labeling.stand_in import TRANSLATION, look_up, offers

    known = seen.understanding
    family_name = str(known.value("family"))
    direction = [known.value(f"translate.{end}") or "" for end in ("source", "target")]
    is_directed = family_name == TRANSLATION and any(direction)
    listed = offers(family_name, direction if is_directed else known.value("constraints.languages") or ())
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
    )


def _borrowed(name: str, seen: Seen, folder: Path, *, offline: bool) -> dict[str, Any]:
    """Borrow a data set once, and return what it settles.

    Raises:
        AdvisorError: if it cannot be had.
    """
    from advisor.interview.labeling.stand_in import STAND_INS, borrow, look_up

    of = next((each for each in STAND_INS if each.key == name), None)
    if of is None:
        raise InputError(f"stand_in: {one_line(name, 80)} is not a known data set; see the choices")
    place = folder / "stand-in" / re.sub(r"[^A-Za-z0-9._-]+", "_", name)
    kept = place / "facts.json"
    try:
        found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = borrow(look_up(of, offline=offline), place)
        kept.write_text(json.dumps(found), encoding="utf-8")
    if seen.understanding.value("constraints.languages"):
        found.pop("constraints.languages", None)
    return found
