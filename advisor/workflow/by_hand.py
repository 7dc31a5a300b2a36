"""Examples made by hand: rows of a file labelled one by one, and examples written here.

Labels are saved at once, see `advisor.interview.labeling`. Every step can be repeated: a saved answer is not saved
twice. Choosing the way again begins a round: skipped rows come again, and an earlier "enough" no longer counts.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.errors import InputError, one_line
from advisor.families import FAMILY_NAMES, family
from advisor.families.values import as_label, field_text
from advisor.interview.answers import ENOUGH, ENOUGH_WORD
from advisor.interview.facts import Fact, Source
from advisor.interview.labeling.label_next import STORE, Item, Labelling, default_folder
from advisor.interview.labeling.label_store import LabelStore
from advisor.interview.labeling.outlook import Outlook, outlook
from advisor.interview.question import Choice, Question
from advisor.interview.sample_size import CANDIDATES
from advisor.system.source import line_words, quoted
from advisor.units import counted

if TYPE_CHECKING:
    from advisor.interview.facts import Understanding
    from advisor.interview.files.proposal import Proposal
    from advisor.interview.files.sheet import Table
    from advisor.interview.understand import Seen

# The answers that discard labels of earlier sessions, and that continue beyond the forecast.
RELABEL, MORE = "relabel", "more"
FEWEST_WRITTEN = 4
# With fewer, none are for training: one or two train nothing, and all are needed as evidence.
FEWEST_TO_TEACH = 20
WRITTEN = "written.csv"
# Characters of a text that are shown for labelling.
LONGEST_SHOWN = 4000


class Ended(NamedTuple):
    """No row is left to label, or no more are forecast to pay.

    `problem` says why, and that it is not final; `again` is the label of the choice to continue, "" if nothing is left,
    and `way` its answer.
    """

    problem: str
    again: str
    is_usable: bool
    way: str = "label"


def is_after(answers: Mapping[str, Any], key: str) -> bool:
    """Return whether a key was answered after the way to get examples was chosen."""
    order = list(answers)
    return key in answers and "no_examples" in answers and order.index(key) > order.index("no_examples")


def is_enough(answers: Mapping[str, Any], kind: str) -> bool:
    return ENOUGH in _of_this_round(answers, kind).values()


def _of_this_round(answers: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return the labels ("label"), or the texts ("write"), given since the way was last chosen."""
    order = list(answers)
    start = order.index("no_examples") if "no_examples" in answers else 0
    return {key: answers[key] for key in order[start:] if key.startswith(f"{kind}:")}


def takes_labels(seen: Seen) -> bool:
    chosen = seen.understanding.value("family")
    return chosen in FAMILY_NAMES and family(str(chosen)).has_labels


def _labels(seen: Seen) -> list[str]:
    named = seen.understanding.value("labels") or []
    return [str(label) for label in named] if takes_labels(seen) else []


def _fewest_labels(seen: Seen) -> int:
    """Return how many distinct labels examples must have: with only one, a constant model would pass."""
    return family(str(seen.understanding.value("family"))).fewest_labels if takes_labels(seen) else 0


@dataclass(frozen=True, slots=True)
class _Sitting:
    """The state of labelling: rows skipped in this round, the row whose label cannot be used and why.

    A row is `undone` if this session withdrew its label: it is asked for again. Labelling `lacks_labels` if the
    evidence has too few distinct ones; the outlook says how many more should pay. It `is_on` if the user continues past
    that.
    """

    labelling: Labelling
    passed: tuple[int, ...]
    wrong: tuple[Item, str] | None
    undone: Item | None
    lacks_labels: bool
    outlook: Outlook
    is_on: bool

    @property
    def is_usable(self) -> bool:
        return bool(self.labelling.counts.evidence) and not self.lacks_labels and self.wrong is None

    @property
    def is_full(self) -> bool:
        """Whether no more labels are forecast to pay, and the user has not chosen to continue."""
        return self.is_usable and not self.is_on and self.outlook.to_go(self.labelling) == 0

    @property
    def following(self) -> Item | None:
        return self.labelling.next(self.passed, is_on=self.is_on)

    @property
    def done(self) -> int:
        return self.labelling.counts.evidence + self.labelling.counts.teaching

    @property
    def left(self) -> str:
        repeats = self.labelling.repeats
        without = f", without {counted(repeats, 'near repeat')}" if repeats else ""
        return f"label on: {counted(self.labelling.left, 'row')} left{without}"

    @property
    def one_label(self) -> str:
        one = ", ".join(map(quoted, sorted(self.labelling.labels_of("evidence"))))
        return f"all rows that count as evidence have one label so far, {one}" if one else "no row has a label yet"


def label_question(seen: Seen, answers: Mapping[str, Any], session: str) -> Question | Ended:
    """Return the question for the next row's label, or for the file of rows; labels are saved by session."""
    at = _sitting(seen, answers, session)
    if at is None:
        if is_after(answers, "unlabelled"):
            return Ended("", "", is_usable=False)
        return Question(
            "unlabelled",
            "Which file holds the inputs?",
            "file",
            "Some of its rows, drawn at random, are shown one after the other; you give each its label.",
            flag="--set unlabelled=FILE",
        )
    if at.wrong is not None:
        item, problem = at.wrong
        return replace(_label_question(seen, at, item), problem=problem)
    following = at.undone or at.following
    if following is not None and at.is_full and at.undone is None:
        why = at.outlook.why or "as many as are forecast to pay"
        return Ended(f"{counted(at.done, 'row')} labelled: {why}", at.left, is_usable=True, way=MORE)
    return _ended(at) if following is None else _label_question(seen, at, following)


def labelling_on(seen: Seen, answers: Mapping[str, Any], session: str) -> Ended | None:
    """Return how labelling continues after a run on the labels; None if there are none."""
    at = _sitting(seen, answers, session)
    if at is None or not at.done:
        return None
    return Ended("", at.left if at.labelling.left else "", at.is_usable, MORE)


def _ended(at: _Sitting) -> Ended:
    left = len(at.passed)
    again = {0: "", 1: "go through the row passed over"}.get(left, f"go through the {left} rows passed over")
    if at.lacks_labels or not at.labelling.counts.evidence:
        return Ended(f"{at.one_label}; nothing can be tried on that", again, is_usable=False)
    passed = "a row was passed over" if left == 1 else f"{left} rows were passed over"
    return Ended(passed, again, at.is_usable)


def _label_question(seen: Seen, at: _Sitting, item: Item) -> Question:
    counts, labels, done = at.labelling.counts, _labels(seen), at.done
    choices = tuple(Choice(label, label) for label in labels)
    if at.is_usable:
        choices += (Choice(ENOUGH, ENOUGH_WORD, f"that will do for now: {counts.evidence} as evidence"),)
    use = "evidence, drawn at random" if item.role == "evidence" else "to teach from, chosen as the most telling"
    forecast = f" ({at.outlook.why})" if at.outlook.why else ""
    to_go = f"about {at.outlook.to_go(at.labelling) or 1} to go{forecast}"
    to_go = f"{at.labelling.left} left" if at.is_on else to_go
    held = at.labelling.given(item.index)
    before = held.labels[0] if held is not None and held.labels else None
    lacking = f" It cannot be enough yet: {at.one_label}." if counts.evidence and at.lacks_labels else ""
    return Question(
        f"label:{item.index}",
        one_line(item.text, LONGEST_SHOWN),
        "choice",
        f"{done} labelled, {to_go}; this one is {use} ({line_words(item.line)}). I don't know passes it over.{lacking}",
        choices,
        before,
        "" if before is None else "its label so far",
        is_open=not labels,
    )


def labelled(seen: Seen, answers: Mapping[str, Any], session: str) -> dict[str, Any]:
    """Save the labels given, and return what they settle once there are enough."""
    at = _sitting(seen, answers, session)
    if at is None or not at.is_usable:
        return {}
    has_ended = answers.get("no_examples") == "enough" or is_enough(answers, "label")
    if not has_ended and (at.passed or at.undone or at.following is not None):
        return {}
    files = at.labelling.finish()
    expected = "label" if at.labelling.column != "label" else "expected"
    found: dict[str, Any] = {
        "examples": str(files.examples),
        "examples.input": at.labelling.column,
        "examples.expected": expected,
    }
    # A single label trains nothing.
    teaches = files.teaching is not None and len(at.labelling.labels_of("teaching")) >= _fewest_labels(seen)
    found |= {"teaching.path": str(files.teaching)} if teaches else {"teaching.count": 0}
    return found | _named(seen, answers)


def _named(seen: Seen, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the labels in the words: one that was never given is still a label."""
    labels = _labels(seen)
    return {"labels": labels} if labels and answers.get("labels") is None else {}


def _unlabelled(seen: Seen, answers: Mapping[str, Any]) -> tuple[Path, str] | None:
    given = answers.get("unlabelled")
    if given is None and seen.table is not None and seen.proposal is not None and seen.proposal.input_columns:
        return Path(seen.table.path), _longest(seen.table, seen.proposal)
    if given is None:
        return None
    from advisor.interview.files.proposal import propose
    from advisor.interview.files.sheet import look

    chosen = seen.understanding.value("family")
    table = look(Path(str(given)))
    proposal = propose(table, str(chosen) if chosen in FAMILY_NAMES else None)
    return (Path(str(given)), _longest(table, proposal)) if proposal.input_columns else None


def _longest(table: Table, proposal: Proposal) -> str:
    """Return the input column that a person would read: the longest, e.g. a mail's body rather than its subject."""
    columns = [column for name in proposal.input_columns if (column := table.column(name)) is not None]
    return max(columns, key=lambda column: column.mean_length).name


def _sitting(seen: Seen, answers: Mapping[str, Any], session: str) -> _Sitting | None:
    """Open the labelling, and save the answers that it lacks."""
    place = _unlabelled(seen, answers)
    if place is None:
        return None
    labels = _labels(seen)
    if answers.get("no_examples") == RELABEL:
        _set_aside(default_folder(*place), session)
    labelling, wrong = Labelling.open(*place, labels), None
    for key, value in answers.items():
        kind, _, index = key.partition(":")
        item = labelling.item(int(index)) if kind == "label" and index.isdecimal() and value != ENOUGH else None
        if item is None:
            continue
        try:
            _keep(labelling, item.index, _given(value, labels), session)
        except (InputError, ValueError) as error:
            wrong = item, str(error)
    passed = [key for key, value in _of_this_round(answers, "label").items() if value is None]
    places = tuple(int(key.partition(":")[2]) for key in passed if key.partition(":")[2].isdecimal())
    lacks = len(labelling.labels_of("evidence")) < _fewest_labels(seen)
    undone = next((item for item in labelling.given_by(session) if f"label:{item.index}" not in answers), None)
    is_on = answers.get("no_examples") == MORE
    return _Sitting(labelling, places, wrong, undone, lacks, _outlook(seen, labelling), is_on)


def _set_aside(folder: Path, session: str) -> None:
    """Rename the labels of earlier sessions, once per session."""
    held, aside = folder / STORE, folder / f"before-{session}.jsonl"
    if held.exists() and not aside.exists():
        held.rename(aside)


def own_file(answers: Mapping[str, Any]) -> str:
    """Return the path of the file that the user labelled by hand."""
    return str(answers.get("unlabelled") or answers.get("examples") or "")


def of_own_file(known: Understanding, own: Iterable[Fact], path: str) -> Understanding:
    """Return the facts with the user's own file in place of those made from it; `own` are the facts about it."""
    made = ("examples", "teaching")
    held = [fact for fact in own if fact.key.partition(".")[0] in made and fact.key != "examples"]
    kept = [fact for fact in known.facts if fact.key.partition(".")[0] not in made]
    return replace(known, facts=(Fact("examples", path, Source.ANSWER), *held, *kept))


def labelled_before(seen: Seen, session: str) -> int:
    """Return how many rows of the file earlier sessions labelled, for any task."""
    place = _unlabelled(seen, {})
    if place is None:
        return 0
    given = LabelStore(default_folder(*place) / STORE).given
    return sum(each.labels is not None and each.by != session for each in given)


def _outlook(seen: Seen, labelling: Labelling) -> Outlook:
    known = seen.understanding
    candidates = CANDIDATES if known.candidates is None else max(1, min(CANDIDATES, known.candidates))
    return outlook(labelling, *known.bar, candidates)


def _given(value: Any, labels: list[str]) -> tuple[str, ...] | None:  # noqa: ANN401  a JSON value
    """Return an answer as labels in the list's spelling; ValueError if it is no text."""
    if value is None:
        return None
    listed = [as_label(field_text(each)) for each in (value if isinstance(value, list | tuple) else [value])]
    known = {as_label(label).casefold(): as_label(label) for label in reversed(labels)} | {
        as_label(label): as_label(label) for label in labels
    }
    return tuple(known.get(each, known.get(each.casefold(), each)) for each in listed)


def _keep(labelling: Labelling, index: int, labels: tuple[str, ...] | None, session: str) -> None:
    """Save a row's labels unless another session gave it some; InputError if one is not allowed."""
    held = labelling.given(index)
    is_new = held is None or (held.labels is None and labels is not None)
    if is_new or (held is not None and held.by == session and held.labels != labels):
        labelling.give(index, labels, by=session)


def _pairs(answers: Mapping[str, Any]) -> list[tuple[str, Any]]:
    pairs = []
    for number in range(len(answers)):
        given, expected = answers.get(f"write:{number}"), answers.get(f"write:{number}:expected")
        if given is None or given == ENOUGH or expected is None:
            break
        pairs.append((str(given), expected))
    return pairs


def write_question(seen: Seen, answers: Mapping[str, Any]) -> Question:
    """Return the question for the next input to write, or for its expected answer."""
    pairs, labels = _pairs(answers), _labels(seen)
    number = len(pairs)
    given = answers.get(f"write:{number}")
    if given is not None and given != ENOUGH:
        return Question(
            f"write:{number}:expected",
            f"What is expected of it? {one_line(given, 300)}",
            "choice" if labels else "text",
            "An example is an input with what a right answer is.",
            tuple(Choice(label, label) for label in labels),
            is_open=not labels,
            may_skip=False,
        )
    fewest = _fewest_labels(seen)
    will_do = number >= FEWEST_WRITTEN and len({str(expected) for _, expected in pairs}) >= fewest
    of_several = " of more than one label" if fewest > 1 else ""
    return Question(
        f"write:{number}",
        f"Example {number + 1}: what is an input, as it really comes?",
        "text",
        f"{number} {'is' if number == 1 else 'are'} written; with {FEWEST_WRITTEN} or more{of_several} you may stop. "
        "Take them as they come, not the easy ones.",
        (Choice(ENOUGH, ENOUGH_WORD, "that will do for now"),) if will_do else (),
        is_open=True,
        may_skip=False,
    )


def written(seen: Seen, answers: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Save what was written in the session's folder, and return what it settles once there is enough."""
    pairs = _pairs(answers)
    if not pairs or not is_enough(answers, "write"):
        return {}
    path = folder / WRITTEN
    folder.mkdir(parents=True, exist_ok=True)
    expected = "label" if takes_labels(seen) else "expected"
    with path.open("w", encoding="utf-8", newline="") as stream:
        # All quoted: a lone carriage return would otherwise end a row.
        writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(["text", expected])
        writer.writerows(pairs)
    found: dict[str, Any] = {"examples": str(path), "examples.input": "text", "examples.expected": expected}
    if len(pairs) < FEWEST_TO_TEACH and answers.get("teaching.count") is None:
        found["teaching.count"] = 0
    return found | _named(seen, answers)
