"""Chooses the next question: required ones first, then the one with the highest value of information.

What can be seen is not asked: facts from the words, the file or the machine settle their keys and can be corrected.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.errors import one_line
from advisor.evidence.boundary import examples_needed
from advisor.families import FAMILY_NAMES, family
from advisor.interview import value_of_information
from advisor.interview.facts import Source
from advisor.interview.feasibility import Limits, Pool, limits
from advisor.interview.files.names import words as words_of
from advisor.interview.needed import needed
from advisor.interview.question import Choice, Question
from advisor.system.source import set_option
from advisor.units import capitalised, counted, format_bytes, percent

if TYPE_CHECKING:
    from advisor.interview.understand import Seen
    from advisor.interview.value_of_information import Option, Weighed


TWO_LABELS = 2
# Most labels offered, each with a minimum recall.
_MOST_WISHED = 4
RARE_TOO = 0.5


class Weighty(NamedTuple):
    """A question with its worth."""

    worth: float
    question: Question


def next_question(seen: Seen, pool: Pool) -> Question | None:
    """Return the next question; None if no answer could change much."""
    question = needed(seen)
    if question is None:
        weighed = weigh(seen, pool)
        question = weighed[0].question if weighed and weighed[0].worth >= value_of_information.LEAST_WORTH else None
    return question


def weigh(seen: Seen, pool: Pool) -> list[Weighty]:
    """Return the open questions with their worth, highest first."""
    known = seen.understanding
    now = limits(known)
    count = pool.count(now)
    # Sounds and pictures have no language.
    labels_files = now.family is not None and family(now.family).has_labels and bool(family(now.family).file_part)
    found = []
    for each in _open(pool):
        if known.get(each.key) is not None or (each.key == "constraints.languages" and labels_files):
            continue
        weighed = [value_of_information.Weighed(option, pool.count(option.limit(now))) for option in each.options]
        found.append(Weighty(value_of_information.worth(count, weighed), _question(each, weighed, count)))
    bar = known.get("bar.pass_rate")
    if bar is None or bar.source is Source.DEFAULT:
        # Always asked: only the user knows it, and it decides what is proven of whatever model.
        asked = _bar(seen, pool, now, count)
        found.append(asked._replace(worth=max(asked.worth, value_of_information.LEAST_WORTH)))
    if (question := _per_label(seen)) is not None:
        is_wished = any(notice.key == "label_bar" for notice in seen.understanding.notices)
        found.append(Weighty(1.0 if is_wished else value_of_information.LEAST_WORTH, question))
    # So are the keys that the user wants to be asked about.
    found = [
        each._replace(worth=max(each.worth, value_of_information.LEAST_WORTH))
        if each.question.key in seen.asks
        else each
        for each in found
    ]
    return sorted(found, key=lambda each: -each.worth)


class _Open(NamedTuple):
    """A question that may be asked."""

    key: str
    text: str
    options: list[Option]
    example: str
    default_from: str = ""
    default: Any = None  # None: the answer guessed likeliest, if likely enough
    is_guessed: bool = True


def _open(pool: Pool) -> list[_Open]:
    here = f"this machine has {format_bytes(pool.memory)} for it"
    listed = [
        _Open(
            "constraints.license",
            "Who may use the model, and what for?",
            value_of_information.license_options(),
            "commercial",
        ),
        _Open(
            "constraints.languages",
            "Which language are the inputs in?",
            value_of_information.language_options(),
            "de",
            "neither your words nor your file show it",
            is_guessed=False,
        ),
        _Open(
            "constraints.max_memory",
            "How much memory will it have where it runs?",
            value_of_information.memory_options(pool.memory),
            "4GB",
            here,
        ),
        _Open("bar.p95_seconds", "How long may an answer take?", value_of_information.latency_options(), "1"),
    ]
    if pool.hub:
        text = "How much may be downloaded from the Hub?"
        held = len(pool.installed)
        installed = "1 model is on this disk" if held == 1 else f"{held} models are on this disk"
        usual = None if pool.disk is None else value_of_information.usual_download(pool.disk)
        free = "" if pool.disk is None else f", {format_bytes(pool.disk)} of it are free"
        if pool.download is not None and (pool.disk is None or pool.download <= pool.disk):
            usual, free = pool.download, f"{free}; your answer of last time"
        listed.append(
            _Open("download", text, value_of_information.download_options(pool.disk), "2GB", installed + free, usual)
        )
    if pool.served:
        text = "May models of the servers on this machine be tried?"
        found = f"a server on this machine offers {pool.served} model{'s' if pool.served != 1 else ''}"
        listed.append(_Open("servers", text, value_of_information.server_options(), "auto", found))
    return listed


def _question(asked: _Open, weighed: Sequence[Weighed], now: int) -> Question:
    counts = [each.count for each in weighed]
    least, most = min([*counts, now]), max([*counts, now])
    likeliest = max(weighed, key=lambda each: each.option.chance).option.value
    return Question(
        asked.key,
        asked.text,
        "choice",
        f"Your answer decides between {_models(most)} and none."
        if most and not least
        else f"Your answer decides between {most:,} and {_models(least)}.",
        tuple(Choice(each.option.value, each.option.label, _left(each.count)) for each in weighed),
        likeliest if asked.default is None and asked.is_guessed else asked.default,
        asked.default_from or "what most people answer",
        f"--set {asked.key}={asked.example}",
        is_open=True,
    )


def _bar(seen: Seen, pool: Pool, now: Limits, count: int) -> Weighty:
    """Return the bar's question, with the models guessed to reach each bar and the examples that prove it."""
    alpha = 1.0 - seen.understanding.bar[1]  # a single candidate's: how many will share it is not known yet
    shares = value_of_information.reach(pool, now, [rate for rate, _ in value_of_information.BARS])
    counts = [round(share * count) for share in shares]
    notice = next((notice for notice in seen.understanding.notices if notice.key == "bar"), None)
    said = None if notice is None else notice.likely
    usual = counts[[rate for rate, _ in value_of_information.BARS].index(0.9)]
    weighed = [
        value_of_information.Weighed(
            value_of_information.Option(rate, f"{percent(rate)} right", chance, lambda limits: limits), each
        )
        for (rate, chance), each in zip(value_of_information.BARS, counts, strict=True)
    ]
    needs = [examples_needed(rate, alpha) for rate, _ in value_of_information.BARS]
    choices = tuple(
        Choice(
            each.option.value,
            each.option.label,
            f"{f'{_models(each.count)} may reach it; ' if max(counts) else ''}takes {need} examples at least",
        )
        for each, need in zip(weighed, needs, strict=True)
    )
    if said is not None and said not in {choice.value for choice in choices}:
        takes = f"takes {examples_needed(said, alpha)} examples at least"
        choices = (Choice(said, f"{round(100 * said, 2):g}% right", takes), *choices)
    # No small tagger is guessed to reach any bar: the count says nothing then.
    reached = f"between {max(counts):,} and {_models(min(counts))} that may reach it, and " if max(counts) else ""
    question = Question(
        "bar.pass_rate",
        "How often must it be right to be of use?",
        "choice",
        f"Your answer decides {reached}between {min(needs)} and {max(needs)} examples to prove it.",
        choices,
        0.9 if said is None else said,
        "9 of 10 is the usual bar" if said is None or notice is None else notice.text.partition(";")[0],
        "--set bar.pass_rate=0.9",
        is_open=True,
        is_reading=notice is None or said is not None,
    )
    return Weighty(value_of_information.worth(usual, weighed), question)


def _per_label(seen: Seen) -> Question | None:
    """Ask for rates per label if one label dominates the examples, or the user wants to be asked."""
    known = seen.understanding
    is_wanted = "bar.per_label" in seen.asks
    skewed = next((notice for notice in known.notices if notice.key in {"unbalanced", "one_class"}), None)
    is_heard = known.get("bar.precision") is not None
    wishes = (notice for notice in known.notices if notice.key == "label_bar" and not is_heard)
    wish = next(wishes, None)  # it names no label
    labels = known.value("labels")
    name = known.value("family")
    if name in FAMILY_NAMES and not family(name).has_labels:  # marks have no rates of their own
        return None
    if (
        (skewed is None and wish is None and not is_wanted)
        or not isinstance(labels, list | dict)
        or len(labels) < TWO_LABELS
    ):
        return None
    if known.get("bar.per_label") is not None:
        return None
    rate = known.bar[0]
    of_each = [(share, f"{percent(share)} of each") for share in (RARE_TOO, 0.8)]
    spoken = {*words_of(str(known.value("words") or ""))}
    likeliest = sorted(labels, key=lambda label: not spoken.issuperset(words_of(label)))
    of_one = [({label: rate}, f"{percent(rate)} of {one_line(label, 30)}") for label in likeliest[:_MOST_WISHED]]
    flag = set_option("bar.per_label", {str(likeliest[0]): rate})
    why_none = "" if wish is None else f"{wish.text.split('; --')[0]}; {flag} asks for one"
    return Question(
        "bar.per_label",
        "How often must each label's inputs come out right, the rare ones too?"
        if wish is None or skewed is not None
        else "Which label must be found, and how often?",
        "choice",
        "".join(f"{capitalised(why)}. " for each in (skewed, wish) if each and (why := each.text.split("; --")[0]))
        + f"Rates of single labels are an answer too, e.g. {one_line(next(iter(labels)), 30)}: 95%.",
        (
            Choice(None, "no rate of their own", "the rate over all inputs is enough"),
            *(Choice(each, said, "a test of its own") for each, said in [*(of_one if wish else []), *of_each]),
        ),
        RARE_TOO if skewed is not None else None,
        "without one, an answer that never says the rare label would do" if skewed is not None else why_none,
        "--set bar.per_label=0.8",
        is_open=True,
        is_reading=skewed is not None,
    )


def _models(count: int) -> str:
    return counted(count, "model")


def _left(count: int) -> str:
    return f"{_models(count)} left" if count else "no model would be left"
