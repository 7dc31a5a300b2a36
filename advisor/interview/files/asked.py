"""Finds the column that the words ask about: named in full, or with numbers in a range that they name."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from advisor.families.json_fields import written_number
from advisor.families.sentence_similarity import decision
from advisor.families.values import without_accents
from advisor.interview.facts import Understanding
from advisor.interview.files import mentions, names
from advisor.interview.files.columns import NUMBERS, NUMBERS_AS_LABELS, ROWS_OF_A_LABEL, Column, is_empty, shown
from advisor.interview.files.view import Reading, View
from advisor.interview.text.rates import allowance, is_off_said, offs
from advisor.interview.text.vocabulary import TIMES
from advisor.system.source import quoted

CONTAINED = 0.6
# The share of a column's values that words name which ask for it.
SAID = 0.5
# Kinds that a field of a text may have.
FIELD = ("text", "label", "number", "date", "url", "id", "grade")
# Slightly above the threshold from which a shape names a family, for a column's values alone.
ASKED, MEASURED = 0.55, 0.9
# Phrases that compare numbers by their distance, however few distinct ones there are.
_DISTANCE = re.compile(
    r"\b(?:off by|plus or minus|give or take|MAE|RMSE|(?:mean|average) (?:absolute )?error|mittlerer fehler|"
    r"erreur moyenne|error medio|errore medio)\b|±|\+/-",
    re.IGNORECASE,
)
# Limits on models: "within 2 seconds" is no tolerance of a number.
_LIMITS = re.compile("|".join((*TIMES.values(), r"s(?:ec|ek)\w*", "[kmgt]i?b", r"tok\w+")), re.IGNORECASE)
_SIGNED = r"(?<![A-Za-z\u00c0-\u024f\d_.,])([+\N{MINUS SIGN}-]?\d{1,4}(?:[.,]\d{1,2})?)"
_RANGE = re.compile(
    rf"{_SIGNED}\s*(?:\([^()]*\)\s*)?(?:(?:to|bis|à|a|tot|till|til|do|до)\s+|から|到|至|\s?[~\u301c\u2013\uff5e]\s?){_SIGNED}",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")  # "our mails of 2019-2023" names no grades
_BARE = re.compile(r"[+\N{MINUS SIGN}-]?\d+(?:[.,]\d+)?")
# "(ja/nein)", "yes or no": the answer is one of the two.
_EITHER = re.compile(
    r"\b([^\W\d_]{2,})\s*(?:[/|]|(?<=\s)(?:or|oder|ou|o|of|czy|lub|albo|eller|nebo|или|veya|vagy|sau)(?=\s))\s*"
    r"([^\W\d_]{2,})\b"
)
_LETTERS = re.compile(r"[^\W\d_]+")
# "Me (AK)".
_CALLED = re.compile(r"([^\W\d_]+) \(([^\W\d_]+)\)")
# The share of a range that a column's numbers must span.
_FILLED = 0.6


def with_asked(view: View, said: str, chosen: str = "") -> View:
    """Return a view with the asked column (`chosen`, or the one that the words ask about) and how they ask."""
    sources = mentions.sources(said, [column.name for column in view.columns])
    view = replace(view, sources=sources or _looked_at(view, said))
    view = replace(view, asked=chosen or asked(view, said))
    return replace(view, is_measured=is_measured(view, said), is_called=bool(_called(view, said)))


def _looked_at(view: View, said: str) -> frozenset[str]:
    """Return the text and the columns that words list with it, if they name an answer elsewhere: "text and label"."""
    text = next(iter(view.inputs), None)
    found = mentions.listed(said, [column.name for column in view.columns], text.name) if text else frozenset()
    others = [column for column in view.of("label", "grade", "number") if column.name not in found] if found else []
    is_answer_said = mentions.in_full(said, [column.name for column in others]) or any(
        view.names_values(column.name) >= SAID for column in others
    )
    return found if is_answer_said else frozenset()


def asked(view: View, said: str) -> str:
    """Return the column that the words name in full and that may be expected; "" if there is none.

    If the words give a numeric tolerance, the likeliest column of numbers. A free text that is no field of the input
    settles nothing, unless it is an answer and there are no labels.
    """
    answers = [column.name for column in view.of("label", "grade", "number")]
    if judge := next(filter(None, (judge_of(said, answers[at:]) for at in range(len(answers)))), ""):
        return judge
    if called := _called(view, said):
        return called
    if len(spanned := spanned_by(view, said)) == 1:
        return spanned[0]
    text = next(iter(view.inputs), None)
    if measured := _measured(view, said, text):
        return measured
    taken = view.sources if len(view.sources) > 1 else ()
    others = {
        column.name: column
        for column in view.columns
        if column is not text and column.distinct > 1 and column.name not in taken
    }
    _, dismissed = mentions.wanted_and_not(said)
    found = mentions.in_full(said, others) or mentions.of_teams(said, others) or mentions.in_other_words(said, others)
    named = [others[name] for name in found]
    named = [column for column in named if dismissed.isdisjoint(names.words(names.without_brackets(column.name)[0]))]
    fits = [column for column in named if _may_be_expected(view, column, text)]
    first = sorted(
        (column for column in named if column in fits or column.kind == "text"),
        key=lambda column: names.is_any(column.name, names.ORIGIN),
    )
    by_values = [column for column in first if column in fits and view.names_values(column.name) >= SAID]
    if by_values:  # what else is named may be who writes
        return by_values[0].name
    if not first or first[0] not in fits:
        return ""
    if mentions.is_taken_out_of(said, first[0].name):  # values that words name say more
        return max((first[0], *view.of("label")), key=lambda column: view.names_values(column.name)).name
    return first[0].name


def _called(view: View, said: str) -> str:
    """Return the only column that the words call one, "column ND", and that may be expected, or "".

    Or the only one of yes and no, if the words ask for these.
    """
    text, (_, dismissed) = next(iter(view.inputs), None), mentions.wanted_and_not(said)
    called = mentions.called(said, [column.name for column in view.columns if column is not text])
    called = [
        each for each in called if dismissed.isdisjoint(names.words(names.without_brackets(each)[0]))
    ] or _decided(view, said)
    found = [column for column in view.columns if column.name in called and column.distinct > 1]
    repeats = len(found) == 1 and found[0].kind == "text" and found[0].distinct < len(view.rows)
    return found[0].name if repeats or (len(found) == 1 and _may_be_expected(view, found[0], text)) else ""


def _measured(view: View, said: str, text: Column | None) -> str:
    """Return the column of numbers with the tolerance in the words ("within two points"), or the most predictable."""
    # Grades of a few steps look like labels.
    numeric = [*view.of("number", "grade"), *(each for each in view.of("label") if _is_graded(view, each))]
    numeric = [each for each in numeric if not names.is_any(each.name, names.ID)] or numeric
    nouns = [each.noun for each in offs(said) if each.noun]
    if named := [column for column in numeric for noun in nouns if mentions.is_named(column.name, noun)]:
        return named[0].name
    in_full = mentions.in_full(said, [column.name for column in numeric])
    if in_full and (is_off_said(said) or not all(map(_LIMITS.fullmatch, nouns))):
        return in_full[0]
    if not is_off_said(said) or not numeric:
        return ""
    # Of several raters' grades the one that was settled is asked for.
    numeric = [each for each in numeric if names.is_any(each.name, names.SETTLED)] or numeric
    return max(numeric, key=lambda each: view.said_of(each) + (view.predicts(text.name, each) if text else 0)).name


def _is_graded(view: View, column: Column) -> bool:
    """Return whether labels are grades: more than two distinct numbers, but for a few cells such as "n/a"."""
    texts = [shown(cell).strip() for row in view.rows if not is_empty(cell := row.columns.get(column.name))]
    bare = [text for text in texts if _BARE.fullmatch(text)]
    return len(set(bare)) > 2 and len(bare) >= NUMBERS * len(texts)  # noqa: PLR2004


def _decided(view: View, said: str) -> list[str]:
    """Return the columns of yes and no, however written, if the words ask for these and name no other labels."""
    if all({decision(each) for each in at.groups()} != {True, False} for at in _EITHER.finditer(said)):
        return []
    others = [each for each in view.of("label", "grade", "list") if not each.decides]
    is_named = mentions.in_full(said, [each.name for each in others]) or any(
        view.names_values(each.name) for each in others
    )
    return [] if is_named else [column.name for column in view.of("label") if column.decides]


def spanned_by(view: View, said: str) -> list[str]:
    """Return the columns whose numbers lie in a range in the words and fill most of it: "from -4 to +4".

    Labels are looked at only where no other numbers are.
    """
    ranges = [
        [float(each.replace(",", ".").replace("\N{MINUS SIGN}", "-")) for each in at.groups()]
        for at in _RANGE.finditer(said)
        if not (_YEAR.fullmatch(at[1]) and _YEAR.fullmatch(at[2]))
    ]
    graded = (each for each in view.of("label") if ranges and _is_graded(view, each))
    return _within(view, ranges, view.of("number", "grade")) or _within(view, ranges, list(graded))


def _within(view: View, ranges: Sequence[Sequence[float]], columns: Sequence[Column]) -> list[str]:
    found = []
    for low, high in ranges:
        for column in columns:
            known = [number for number in view.numbers(column.name) if number is not None]
            if known and low <= min(known) and max(known) <= high and max(known) - min(known) > _FILLED * (high - low):
                found.append(column.name)
    return found


def is_measured(view: View, said: str) -> bool:
    """Return whether the words compare numbers by distance and the asked column holds numbers, but for a few cells."""
    cells = [cell for row in view.rows if not is_empty(cell := row.columns.get(view.asked))]
    ranges = [at.span() for at in _RANGE.finditer(said)]
    # "From 1 to 5 stars" is no tolerance of 5.
    off = [each for each in offs(said) if not any(low < each.end and each.start < high for low, high in ranges)]
    is_said = _DISTANCE.search(said) or off
    found = [number for cell in cells if (number := written_number(cell)) is not None]
    return bool(found) and bool(is_said) and len(found) >= NUMBERS * len(cells)


def _may_be_expected(view: View, column: Column, text: Column | None) -> bool:
    if column.kind in ("label", "number", "grade") or (
        column.kind == "text" and column.distinct * ROWS_OF_A_LABEL <= len(view.rows)
    ):
        return True
    return text is not None and column.kind in FIELD and view.contained(column.name, text.name) >= CONTAINED


def of_asked(view: View) -> Iterator[Reading]:
    """Yield readings of the asked column by its values: extraction, classification if they repeat, else generation."""
    column = next((column for column in view.columns if column.name == view.asked), None)
    text = next((text for text in view.inputs if text is not column), None)
    if column is None or text is None or column.kind not in FIELD:
        return
    one = (("text", text.name),)
    inside = view.contained(column.name, text.name)
    what = f"{quoted(column.name)} is asked about"
    if view.is_measured:
        yield Reading("text-regression", one, column.name, f"{what}, and how far off a number may be", MEASURED)
    elif inside >= CONTAINED:
        why = f"{what}, and stands in {quoted(text.name)} in {inside:.0%} of the rows"
        yield Reading("json-extraction", one, names.as_fields([column.name]), why, ASKED)
    elif column.distinct <= NUMBERS_AS_LABELS and column.distinct * ROWS_OF_A_LABEL <= len(view.rows):
        why = f"{what}, and has {column.distinct} different values"
        yield Reading("text-classification", one, column.name, why, ASKED)
    else:
        why = f"{what}, and its {column.distinct} different values do not stand in {quoted(text.name)}"
        kind = "text-regression" if column.kind in ("number", "grade") else "text-generation"
        yield Reading(kind, one, column.name, why, ASKED)


def off_by(known: Understanding, column: str) -> tuple[float, bool] | None:
    """Return a column's numeric tolerance from the words, and whether it is a share of the number."""
    # "within 2 seconds" limits the model.
    limits = [fact.words for fact in known.facts if fact.key.startswith(("bar.", "constraints."))]
    return allowance(str(known.value("words", "")), column, limits)


def by_judge(said: str, ranked: list[Reading]) -> list[Reading]:
    """Return readings with that first whose column is of the judge of whom the words speak most, see `judge_of`."""
    first = ranked[0] if ranked else None
    if first is None or len(first.answers) != 1:
        return ranked
    alike = {
        each.answers[0]: at
        for at, each in reversed([*enumerate(ranked)][1:])
        if (each.family, each.input, len(each.answers)) == (first.family, first.input, 1)
    }
    best = judge_of(said, [first.answers[0], *alike])
    if best not in alike:
        return ranked
    swapped = [replace(ranked[alike[best]], chance=first.chance), *ranked[1:]]
    swapped[alike[best]] = replace(first, chance=ranked[alike[best]].chance)
    return swapped


def judge_of(said: str, columns: Sequence[str]) -> str:
    """Return the column of the judge of whom words speak most, of the first column and those named alike, else "".

    "The categories that Ana and Beto gave; where they differ Ana's count", with label_ana and label_beto. Who is called
    something else, "me (AK)", is named by that too.
    """
    plain = without_accents(said.casefold())
    spoken = Counter(_LETTERS.findall(plain))
    for called, name in _CALLED.findall(plain):
        spoken[name] += spoken[called] - 1
    letters = [{*_LETTERS.findall(without_accents(name.casefold()))} for name in columns]
    found: dict[str, int] = {}
    for name, theirs in zip(columns[1:], letters[1:], strict=True):
        own, other = letters[0] - theirs, theirs - letters[0]
        if letters[0] & theirs and len(own) == len(other) == 1:
            found |= {columns[0]: spoken[own.pop()], name: spoken[other.pop()]}
    first, second = sorted(found, key=found.__getitem__, reverse=True)[:2] if found else ("", "")
    return first if found and found[first] > found[second] > 0 else ""
