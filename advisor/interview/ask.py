"""Which question comes next: those without which there is no task, then the one that is worth most.

What can be seen is not asked: a fact from the words, the file or the machine settles its key, and can be corrected.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from advisor.evidence.boundary import examples_needed
from advisor.evidence.sharing import AT_ANCHOR
from advisor.families import MODULES, family
from advisor.interview import worth
from advisor.interview.facts import Source
from advisor.interview.question import Choice, Question
from advisor.interview.standing import limits
from advisor.interview.understand import SURE_FAMILY, could_hold
from advisor.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from advisor.interview.standing import Limits, Pool
    from advisor.interview.understand import Seen
    from advisor.interview.worth import Option, Weighed

FEW_FAMILIES = 4
# Those that people ask for most, where nothing tells.
COMMON = ("text-classification", "json-extraction", "token-classification", "text-generation", "summarization")
# A choice between ways to read a file is asked for only where the first is hardly better than the next.
CLEARLY_BETTER = 0.1
WORDS = Question(
    "words",
    "What should the model do? Say it in your own words, with anything it must satisfy.",
    "text",
    'Everything that can be read from it need not be asked, e.g. "sort support mails into billing, bug, other; German, '
    '4 GB laptop, must stay in house".',
    may_skip=False,
    flag='advisor recommend "WORDS"',
)


class Weighty(NamedTuple):
    """A question with its worth."""

    worth: float
    question: Question


def next_question(seen: Seen, pool: Pool, *, part: int = 0, wants_examples: bool = True) -> Question | None:
    """Return the next question, None if no answer could change much.

    Args:
        seen: What is known.
        pool: Where candidates come from.
        part: Which part of the job it is about.
        wants_examples: Whether the file of examples is asked for here.
    """
    question = _needed(seen, wants_examples=wants_examples)
    if question is None:
        weighed = weigh(seen, pool)
        question = weighed[0].question if weighed and weighed[0].worth >= worth.LEAST_WORTH else None
    return None if question is None else replace(question, part=part)


def _needed(seen: Seen, *, wants_examples: bool) -> Question | None:
    """Return the first question without which there is no task."""
    known = seen.understanding
    if known.get("words") is None and known.get("examples") is None and known.get("family") is None:
        return WORDS
    asked = {fact.key for fact in known.facts if fact.source is Source.ANSWER}
    if wants_examples and "examples" not in asked:
        return _examples_question(seen)
    if "family" not in asked and (question := _family_question(seen)) is not None:
        return question
    if (question := _columns_question(seen, asked)) is not None:
        return question
    if known.get("instruction") is None:
        return _instruction_question(seen)
    chosen = known.value("family")
    has_labels = chosen in MODULES and family(str(chosen)).has_labels
    is_labelled = seen.proposal is not None and seen.proposal.is_labelled
    if has_labels and known.value("labels") is None and "labels" not in asked and not is_labelled:
        return Question(
            "labels",
            "Which labels are there?",
            "labels",
            f"{chosen} answers with one of them; an example needs a label of the list.",
            may_skip=False,
            flag="--set labels=[A,B]",
        )
    return None


def _examples_question(seen: Seen) -> Question:
    rate = float(seen.understanding.value("bar.pass_rate", 0.9))
    alpha = 1.0 - float(seen.understanding.value("bar.confidence", 0.95))
    needed = examples_needed(rate, alpha * AT_ANCHOR)
    return Question(
        "examples",
        "Where are your examples: a file with inputs and what is expected of each?",
        "file",
        f"Candidates are tried on them. To prove {rate:.0%} right takes about {needed} examples if all come out right, "
        f"about {4 * needed} if a few do not, and some more to teach from.",
        flag="--examples FILE",
        default_from="" if not seen.problem else seen.problem,
    )


def _family_question(seen: Seen) -> Question | None:
    known = seen.understanding
    fact = known.get("family")
    shares = dict(seen.families)
    if fact is not None:
        is_sure = fact.source in {Source.FILE, Source.MODEL} or shares.get(str(fact.value), 1.0) >= SURE_FAMILY
        fits = seen.proposal is not None and seen.proposal.family == fact.value and seen.proposal.is_labelled
        names_labels = known.value("labels") is not None and fact.value in MODULES and family(fact.value).has_labels
        if is_sure or fits or names_labels:
            return None
    listed = [name for name, _ in seen.families][:FEW_FAMILIES]
    told = [(name, f"{share:.0%} likely by your words") for name, share in seen.families[:FEW_FAMILIES]]
    order = [*COMMON, *sorted(set(MODULES) - set(COMMON))]
    rest = [(name, "") for name in order if name not in listed and (seen.table is None or could_hold(seen.table, name))]
    choices = tuple(Choice(name, name.replace("-", " "), detail) for name, detail in [*told, *rest])
    return Question(
        "family",
        "What kind of task is it?",
        "choice",
        "It decides which models can do it at all and how an answer is scored; your words may mean "
        f"{len(listed)} kinds."
        if listed
        else f"It decides which models can do it at all; your words name none of the {len(MODULES)} kinds.",
        choices,
        str(fact.value) if fact is not None else (listed[0] if listed else None),
        "your words" if listed else "",
        "--set family=NAME",
        may_skip=bool(listed),
    )


def _columns_question(seen: Seen, asked: Collection[str]) -> Question | None:
    """Ask which column is the input or what is expected, where the file can be read in two ways that are as good."""
    proposal, table = seen.proposal, seen.table
    if proposal is None or table is None or "examples.expected" in asked or not proposal.is_labelled:
        return None
    rivals = [
        each
        for each in proposal.alternatives
        if each.family == proposal.family and isinstance(each.expected, str) and each.expected != proposal.expected
    ]
    best = next((each.strength for each in proposal.families if each.family == proposal.family), 1.0)
    close = [each for each in rivals if best - each.strength < CLEARLY_BETTER]
    if not close or not isinstance(proposal.expected, str):
        return None
    names = list(dict.fromkeys([proposal.expected, *(str(each.expected) for each in close)]))
    return Question(
        "examples.expected",
        "Which column holds what is expected?",
        "choice",
        f"{len(names)} columns of your file could: {proposal.why}.",
        tuple(Choice(name, name, _samples(seen, name)) for name in names),
        proposal.expected,
        "the shape of your file",
        "--set examples.expected=COLUMN",
        is_open=True,
    )


def _samples(seen: Seen, name: str) -> str:
    column = seen.table.column(name) if seen.table is not None else None
    return "e.g. " + ", ".join(column.samples[:3]) if column is not None and column.samples else ""


def _instruction_question(seen: Seen) -> Question:
    labels = seen.understanding.value("labels") or []
    told = f"Tell which of {', '.join(str(each) for each in labels[:6])} it is." if labels else None
    return Question(
        "instruction",
        "In a sentence: what is to be done with each input?",
        "text",
        "Language models read it, and the catalog is searched with it.",
        default=told,
        default_from="the labels in your file" if told else "",
        flag="--set instruction=TEXT",
        may_skip=told is not None,
    )


def weigh(seen: Seen, pool: Pool) -> list[Weighty]:
    """Return the questions that are still open with their worth, the worthiest first."""
    known = seen.understanding
    now = limits(known)
    count = pool.count(now)
    found = []
    for each in _open(pool):
        if known.get(each.key) is not None:
            continue
        weighed = [worth.Weighed(option, pool.count(option.limit(now))) for option in each.options]
        found.append(Weighty(worth.worth(count, weighed), _question(each, weighed, count)))
    bar = known.get("bar.pass_rate")
    if bar is None or bar.source is Source.DEFAULT:
        found.append(_bar(seen, pool, now, count))
    return sorted(found, key=lambda each: -each.worth)


class _Open(NamedTuple):
    """What may be asked."""

    key: str
    text: str
    options: list[Option]
    example: str
    default_from: str = ""


def _open(pool: Pool) -> list[_Open]:
    here = f"this machine has {format_bytes(pool.memory)} for it"
    listed = [
        _Open("constraints.license", "Who may use the model, and what for?", worth.license_options(), "commercial"),
        _Open("constraints.languages", "Which language are the inputs in?", worth.language_options(), "de"),
        _Open(
            "constraints.max_memory",
            "How much memory will it have where it runs?",
            worth.memory_options(pool.memory),
            "4GB",
            here,
        ),
        _Open("bar.p95_seconds", "How long may an answer take?", worth.latency_options(), "1"),
    ]
    if pool.hub:
        text = "How much may be downloaded from the Hub?"
        at_hand = f"{len(pool.at_hand)} models are on this disk"
        listed.append(_Open("download", text, worth.download_options(), "2GB", at_hand))
    if pool.served:
        text = "May models of the servers on this machine be tried?"
        found = f"a server on this machine offers {pool.served} models"
        listed.append(_Open("servers", text, worth.server_options(), "auto", found))
    return listed


def _question(asked: _Open, weighed: Sequence[Weighed], now: int) -> Question:
    counts = [each.count for each in weighed]
    least, most = min([*counts, now]), max([*counts, now])
    likeliest = max(weighed, key=lambda each: each.option.chance).option
    return Question(
        asked.key,
        asked.text,
        "choice",
        f"Your answer decides between {most:,} and {least:,} models.",
        tuple(Choice(each.option.value, each.option.label, f"{each.count:,} models left") for each in weighed),
        likeliest.value,
        asked.default_from or "what most people answer",
        f"--set {asked.key}={asked.example}",
        is_open=True,
    )


def _bar(seen: Seen, pool: Pool, now: Limits, count: int) -> Weighty:
    """Return the question after the bar: which models are guessed to reach it, and what proof of it takes."""
    alpha = (1.0 - float(seen.understanding.value("bar.confidence", 0.95))) * AT_ANCHOR
    shares = worth.reach(pool, now, [rate for rate, _ in worth.BARS])
    counts = [round(share * count) for share in shares]
    usual = counts[[rate for rate, _ in worth.BARS].index(0.9)]
    weighed = [
        worth.Weighed(worth.Option(rate, f"{rate:.0%} right", chance, _unlimited), each)
        for (rate, chance), each in zip(worth.BARS, counts, strict=True)
    ]
    needs = [examples_needed(rate, alpha) for rate, _ in worth.BARS]
    choices = tuple(
        Choice(
            each.option.value, each.option.label, f"{each.count:,} models may reach it; takes {need} examples at least"
        )
        for each, need in zip(weighed, needs, strict=True)
    )
    question = Question(
        "bar.pass_rate",
        "How often must it be right to be of use?",
        "choice",
        f"Your answer decides between {max(counts):,} and {min(counts):,} models that may reach it, and between "
        f"{min(needs)} and {max(needs)} examples to prove it.",
        choices,
        0.9,
        "9 of 10 is the usual bar",
        "--set bar.pass_rate=0.9",
        is_open=True,
    )
    return Weighty(worth.worth(usual, weighed), question)


def _unlimited(limits: Limits) -> Limits:
    return limits
