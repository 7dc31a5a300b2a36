"""Helps users without labelled examples to get some, a question at a time.

Ways: to label a file of inputs by hand or to write the first ones here (`advisor.workflow.by_hand`), or another file. A
way that leads nowhere ends at the question which way to go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import one_line
from advisor.interview.answers import MORE_EXAMPLES
from advisor.interview.none_left import KEY, SHORTLIST
from advisor.interview.question import Choice, Question
from advisor.interview.sample_size import CANDIDATES, Need, need, sentences
from advisor.paths import at_home
from advisor.system.source import instead, quoted
from advisor.units import counted
from advisor.workflow import by_hand

if TYPE_CHECKING:
    from advisor.interview.understand import Seen

_LABELLING = frozenset({"label", "enough", by_hand.RELABEL, by_hand.MORE})


def next_question(seen: Seen, answers: Mapping[str, Any], *, session: str = "") -> Question | None:
    """Return the next question on the way to examples, None if there are some or the interview asks first."""
    if not lacks_examples(seen, answers):
        return None
    way = answers.get("no_examples")
    if way in {*_LABELLING, "write"} and by_hand.takes_labels(seen) and not seen.understanding.value("labels"):
        return None  # the interview asks for them
    if way in _LABELLING:
        found = by_hand.label_question(seen, answers, session)
        return found if isinstance(found, Question) else _which_way(seen, session, ended=found)
    if way == "write" and not by_hand.is_enough(answers, "write"):
        return by_hand.write_question(seen, answers)
    if way == "file" and not by_hand.is_after(answers, "examples"):
        return _other_file()
    return _which_way(seen, session, is_shown=asks_shortlist(answers))


def lacks_examples(seen: Seen, answers: Mapping[str, Any]) -> bool:
    """Return whether the user said that there are none, or named a file without answers that no rule decides."""
    if "examples" not in answers:
        return False
    if seen.table is None:
        return answers["examples"] is None
    known = seen.understanding
    is_decided = any(known.value(f"scoring.{rule}") is not None for rule in ("json_schema", "matches"))
    return seen.proposal is not None and not seen.proposal.is_labelled and not is_decided


def asks_shortlist(answers: Mapping[str, Any]) -> bool:
    """Return whether the user, who has no labelled examples, asked what would be tried."""
    return answers.get("no_examples") == SHORTLIST


def settled(seen: Seen, answers: Mapping[str, Any], folder: Path, *, session: str = "") -> dict[str, Any]:
    """Save what was labelled or written, and return what it settles: paths and columns, once there is enough."""
    if MORE_EXAMPLES in answers or not lacks_examples(seen, answers):
        return {}
    match answers.get("no_examples"):
        case "label" | "enough" | by_hand.RELABEL | by_hand.MORE:
            return by_hand.labelled(seen, answers, session)
        case "write":
            return by_hand.written(seen, answers, folder)
    return {}


def _which_way(seen: Seen, session: str, ended: by_hand.Ended | None = None, *, is_shown: bool = False) -> Question:
    """Return the question how to get examples; `ended`: why it is asked again; after the shortlist it `is_shown`."""
    label = Choice("label", "label a file of inputs, the most telling rows first")
    lacking = "There are no labelled examples yet."
    if seen.table is not None:
        name = quoted(Path(seen.table.path).name)
        rows = seen.table.rows
        lacking = f"Nothing in {name} is known to say what is expected of its inputs."
        what = f"some of the {rows} rows" if rows > 1 else "the row"
        if nested := [each.name for each in seen.table.columns if each.kind == "object"]:
            lacking += f" {', '.join(map(quoted, nested))} holds objects or lists, which are no texts."
        if seen.proposal is not None and seen.proposal.input:  # else another file would be asked for
            label = Choice("label", f"label {what} of this file here")
    if is_shown:
        lacking = "The shortlist has what would be tried; which of it works, examples show."
    if ended is not None and ended.again:
        label = Choice(ended.way, ended.again)
    before = by_hand.labelled_before(seen, session)
    if before and not (ended is not None and ended.again):
        label = replace(label, detail=f"goes on from {counted(before, 'row')} labelled earlier")
    relabel = (
        (Choice(by_hand.RELABEL, "label from the start", f"sets the {counted(before, 'earlier label')} aside"),)
        if before
        else ()
    )
    is_usable, is_full = ended is not None and ended.is_usable, ended is not None and ended.way == by_hand.MORE
    text = "Is that enough?" if is_full else f"{lacking} How do you want to get labelled examples?"
    kept = ended.problem + "; labels are kept, and more can be given later. " if ended is not None and is_full else ""
    foreign = [f"{each.text}." for each in seen.understanding.notices if each.key == KEY and not each.is_grave]
    enough = (Choice("enough", "that is enough", "continue with the labelled rows"),) if is_usable else ()
    other = "give a file of examples" if seen.table is None else "give another file"
    untested = Choice(SHORTLIST, "none for now: show what would be tried", "by your words; nothing is tested")
    rest = () if is_shown or ended is not None or seen.understanding.value("family") is None else (untested,)
    return Question(
        "no_examples",
        text,
        "choice",
        kept + " ".join([*foreign, *sentences(_need(seen))]),
        (*enough, label, *relabel, Choice("write", "write the first ones here"), Choice("file", other), *rest),
        "enough" if is_usable else "label",
        "" if ended is not None else "your file has inputs" if seen.table is not None else "real inputs are best",
        "--set no_examples=label",
        may_skip=False,
        problem=ended.problem if ended is not None and not is_full else "",
    )


def more_question(seen: Seen, answers: Mapping[str, Any], *, session: str = "") -> Question:
    """Return the question how to get more examples; the present ones stay until then."""
    name = quoted(Path(by_hand.own_file(answers)).name)
    if not lacks_examples(seen, answers):
        rows = "" if seen.table is None else f", {counted(seen.table.rows, 'row')}"
        return Question(
            "examples",
            "Which file holds your examples?",
            "file",
            f"It takes the place of {name}{rows}: write new rows into that file and give it again, or name one that "
            "has the old rows too. All else that is understood stays; I don't know leaves the examples as they are.",
            default=answers.get("examples"),
            default_from="read again",
            flag="--examples FILE",
        )
    on = by_hand.labelling_on(seen, answers, session)
    ways = [Choice(on.way, f"{on.again} in {name}", "all labels are kept")] if on is not None and on.again else []
    if answers.get("no_examples") == "write":
        ways.append(Choice("write", "write more here", "those written are kept"))
    return Question(
        "no_examples",
        "How do you want to get more labelled examples?",
        "choice",
        " ".join(sentences(_need(seen))),
        (*ways, Choice("file", "give another file", "in the place of the examples that there are")),
        ways[0].value if ways else None,
        flag="--set no_examples=more",
    )


def _need(seen: Seen) -> Need:
    known = seen.understanding
    fewer = CANDIDATES if known.candidates is None else max(1, min(CANDIDATES, known.candidates))
    return need(*known.bar, fewer)


def _other_file() -> Question:
    return Question(
        "examples",
        "Where is the other file: with inputs and what is expected of each?",
        "file",
        "If there is none, say that you don't know: labelling and writing are asked about again.",
        flag="--examples FILE",
    )


def unread_question(path: str, problem: str) -> Question:
    """Return the question how to continue after an unreadable file: with a similar name, or without one."""
    meant = [Choice(str(each), f"take {one_line(each.name, 60)}") for each in instead(at_home(path))]
    without = Choice(None, "continue without it", "label some texts by hand, or write some")
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
