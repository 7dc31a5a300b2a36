"""Which rows the words choose or leave out: "only thumbs up", "skip the drafts", "unklar weglassen", "nur 2024"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from advisor.families.sentence_similarity import decision
from advisor.families.values import as_label
from advisor.interview.files import mentions, names
from advisor.interview.files.columns import is_empty, shown
from advisor.interview.files.sheet import rows_of
from advisor.interview.text import vocabulary as say
from advisor.interview.text.demands import rates
from advisor.interview.text.label_lists import forms
from advisor.interview.text.rates import clause
from advisor.task.chosen import Chosen, year_of
from advisor.task.refusals import ENOUGH_LEFT

if TYPE_CHECKING:
    from advisor.interview.files.columns import Column
    from advisor.interview.files.sheet import Table
    from advisor.task.record import Row

_I = re.IGNORECASE
_LEFT_OUT, _ONLY, _USE = (re.compile(say.said(meaning), _I) for meaning in ("leave_out", "only", "use"))
_NONE = re.compile(say.NONE, _I)
# "Ne garder que", "non usare che", "use nothing but".
_NONE_BUT = re.compile(r"\bne \w+ que\b|\bnon \w+ che\b|\bnothing but\b", _I)
# What may stand beside a value, besides fillers: "the rows that are marked unclear".
_OF_ROWS = re.compile("|".join(map(say.said, ("of_rows", "some_rows", "chosen", "use", "and", "either"))), _I)
_ROW = re.compile(say.said("some_rows"), _I)
_SOME_ROWS = re.compile(rf"(?:{say.said('some_rows')})[^.;]*?(?:{say.said('chosen')})", _I)
_THING = rf"(?:{say.said('some_rows')}|{say.said('things')})"
_THINGS = re.compile(rf"(?:[^\W\d]{{1,4}}\s+)?(?:[^\W\d]{{3,}}[\s-]+{_THING}|{_THING}\s+[^\W\d]{{3,}})", _I)
_SENTENCE, _WORD = re.compile(r"[.;!?\n。]+"), re.compile(r"[^\W_]+")
# Years, but not as a part of a number.
_BEGUN = re.compile(r"(\w{3,})\*")
_AND = re.compile(rf"\b(?:{say.said('and')})", _I)
_YEAR, _NEVER = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)"), frozenset({"spans", "object", "path", "url"})
_SINCE, _BEFORE = (tuple(each.replace("_", " ") for each in say.VOCABULARY["years"][way].split())
                   for way in ("since", "before"))  # fmt: skip
# A clause that begins with a code: "99 is not rated yet"; the largest share of rows with one that is no answer.
_CODE_SAID, _MOST_UNKNOWN = re.compile(r"(?:^|[^\w\s-]\s*)(-?\d{1,4})\b([^.;,!?\n)\u3002\uff0c\uff1b]+)"), 0.2
_UNKNOWN = re.compile(say.said("unknown"), _I)
# Longest value that words name, and most values of a column; letters of a word that may name one, and most words.
_LONGEST, _MOST, _LONG_WORD, _FEW_WORDS = 40, 1000, 4, 3


class Wish(NamedTuple):
    """A wish for some rows alone, or without some.

    With the parts of the text that may name these, each with its words, and what must not negate the wish.
    """

    words: str
    parts: tuple[tuple[str, str], ...]
    around: str
    is_only: bool = False


def wishes(text: str) -> Iterator[Wish]:
    """Yield a text's wishes for some of the rows."""
    for at in _LEFT_OUT.finditer(text):
        low, high = clause(text, *at.span())
        ends = next((each.start() for each in _SENTENCE.finditer(text, at.end())), len(text))
        places = ((at.end(), max(ends, high)), (at.end(), high), (low, at.start()))
        parts = [(text[a:b], text[min(a, at.start()) : max(b, at.end())].strip()) for a, b in places]
        parts += [(piece, f"{at[0]}{piece}") for piece in _AND.split(text[at.end() : high])[:1]]
        yield Wish(text[low:high].strip(), tuple(parts), f"{text[low : at.start()]} {text[at.end() : high]}")
    for at in _ONLY.finditer(text):
        low, high = clause(text, *at.span())
        said, around = text[low:high].strip(), f"{text[low : at.start()]} {text[at.end() : high]}"
        yield Wish(said, ((around, said),), around, is_only=True)
    for low, high in dict.fromkeys(clause(text, *at.span()) for at in _USE.finditer(text)):
        for said in (text[low:high].strip(), *map(str.strip, _AND.split(text[low:high]))):
            if _USE.search(said) and not _LEFT_OUT.search(said) and (_NONE.search(said) or _NONE_BUT.search(said)):
                yield Wish(said, ((_NONE.sub(" ", said), said),), "", is_only=_NONE_BUT.search(said) is not None)


def forbidden(text: str, columns: Sequence[str]) -> list[str]:
    """Return the columns that a text says not to use, and names nowhere else: "não usa o comentário do agente".

    Half of a name is enough, if no other column has more of it; "predicted_*" names all that begin so.
    """
    wanted, dismissed = mentions.wanted_and_not(text := mentions.with_joined_subjects(text, columns))
    told = [each for each in mentions.clauses(text) if mentions.dismisses(each) or _LEFT_OUT.search(each)]
    told = [each for each in told if (_USE.search(each) or _LEFT_OUT.search(each)) and not _ROW.search(each)]
    own = {column: [word for word in names.words(column) if word not in say.FILLERS] for column in columns}
    found = []
    for part in (part for each in told for part in mentions.parts(each)):
        behind = mentions.after_no(part)
        begun = tuple(at[1].casefold() for at in _BEGUN.finditer(part))
        spoken = {word for word in names.words(behind) if word in dismissed}
        if not any(names.are_forms(word, each) for words in own.values() for word in words for each in spoken):
            spoken = {word for word in names.words(part) if word in dismissed}  # the verb may come last
        shares = {
            column: sum(any(names.are_forms(word, each) for each in spoken) for word in words) / len(words)
            for column, words in own.items()
            if words and not wanted.issuperset(words)
        }
        most = max((0.5, *shares.values()))
        found += [column for column, share in shares.items() if share >= most]
        found += [column for column in columns if begun and column.casefold().startswith(begun)]
    return found


def named(wish: Wish, values: Mapping[str, Mapping[str, Sequence[str]]]) -> tuple[dict[str, list[str]], str]:
    """Return which names of the columns' values a wish has, by column, and its words.

    Nothing else may be left out of these: "the greeting of spam". Numbers may be of rows, but years.
    """
    every = {name for held in values.values() for name in held if not name.isdecimal() or _YEAR.fullmatch(name)}
    every = {name for name in every if name[:2].casefold() in wish.words.casefold()}
    if not (wish.is_only or _ROW.search(wish.words)):  # "without verified" may be of that column
        every -= {" ".join(names.words(column)) for column in values}
    if any(_LEFT_OUT.search(name) or _ONLY.fullmatch(name) for name in every):
        return {}, ""
    patterns = sorted(forms(every), key=lambda each: (-len(each[0]), each[0]))
    for part, words in wish.parts:
        rest, around, said = part, wish.around, list[str]()
        for name, form in patterns:
            said += [name] * bool(form.search(rest))
            rest, around = form.sub(" ", rest), form.sub(" ", around)
        found = {column: own for column, held in values.items() if (own := [each for each in said if each in held])}
        beside = [word for column in found for word in names.words(column)]
        spoken = (word for word in _WORD.findall(_OF_ROWS.sub(" ", rest).casefold()) if word not in say.FILLERS)
        others = [word for word in spoken if not any(names.are_forms(word, each) for each in beside)]
        may_be_thing = any(map(_YEAR.search, said)) and not any(map(str.isdecimal, others))  # "issues from 2024"
        if found and not _NONE.search(around) and len(others) <= may_be_thing:
            return found, words
    return {}, ""


def choose(table: Table, text: str, inputs: Sequence[str], expected: str | None) -> tuple[Chosen, str, dict[str, bool]]:
    """Return the rows that words choose by values of columns, these words, and the wishes that no column grants.

    Of these also whether they are for some rows alone. A value must be of one column alone, but the answers' counts
    for what is left out; two labels must remain.
    """
    spoken = [*wishes(text)]
    if not spoken and not (expected and _CODE_SAID.search(text)):
        return Chosen(), "", {}
    rows = rows_of(table)
    unknown = _not_known(text, [shown(row.columns.get(expected)) for row in rows]) if expected else {}
    columns = [each for each in table.columns if each.name not in inputs and each.kind not in _NEVER]
    held = {column.name: _values(column, rows) for column in columns}
    chosen, said, ungranted = _granted(spoken, held, rows, expected)
    if unknown and expected:
        chosen = Chosen.of(dict(chosen.only), {**dict(chosen.without), expected: [*unknown]})
        said += unknown.values()
        ungranted = {each: only for each, only in ungranted.items() if not any(one in each for one in said)}
    left = sum(not chosen.refusal(row.columns) for row in rows)
    if chosen.columns and left < ENOUGH_LEFT:
        return Chosen(), "", dict.fromkeys(said, False) | ungranted
    return (Chosen(), "", ungranted) if left == len(rows) else (chosen, "; ".join(dict.fromkeys(said)), ungranted)


def _not_known(text: str, cells: Sequence[str]) -> dict[str, str]:
    """Return the rare codes that the words call unknown, each with its words: "99 is not rated".

    At least two other answers must remain.
    """
    counts = Counter(as_label(cell) for cell in cells if not is_empty(cell))
    most = _MOST_UNKNOWN * counts.total()
    shares = [(rate.start, rate.end) for rate in rates(text)]
    found = {
        at[1]: f"{at[1]}{at[2]}".strip()
        for at in _CODE_SAID.finditer(text)
        if 0 < counts[at[1]] <= most
        and ((_NONE.search(at[2]) and not _is_step(at[1], counts)) or _UNKNOWN.search(at[2]))
        and not any(low <= at.start(1) < high for low, high in shares)
    }
    return found if len(counts) - len(found) > 1 else {}


def _is_step(code: str, others: Iterable[str]) -> bool:
    """Return whether a number is next to others, as a grade is: "1 is not good, 5 is best"."""
    return any(other.isdecimal() and abs(int(other) - int(code)) == 1 for other in others)


def _granted(
    asked: Sequence[Wish],
    held: Mapping[str, Mapping[str, Sequence[str]]],
    rows: Sequence[Row],
    expected: str | None,
) -> tuple[Chosen, list[str], dict[str, bool]]:
    """Return the rows that wishes choose, the words of those granted, and of those that no column grants."""
    only, without, said, ungranted = dict[str, list[str]](), dict[str, list[str]](), list[str](), dict[str, bool]()
    for wish in asked:
        found, words = named(wish, held)
        if expected in found:
            left = len(found[expected]) if wish.is_only else len(held[expected]) - len(found[expected])
            others = {name: own for name, own in found.items() if name != expected}
            found = {expected: found[expected]} if 1 < left < len(held[expected]) else others
        found = _one_of(found, held, rows)
        if found and max(Counter(name for own in found.values() for name in own).values()) == 1:
            for column, own in found.items():
                values = (value for name in own for value in held[column][name])
                (only if wish.is_only else without).setdefault(column, []).extend(values)
            said.append(words)
        elif _may_be_of_rows(wish) and not _NONE.search(wish.around):
            ungranted.setdefault(wish.words, wish.is_only)
    chosen = Chosen.of(*({name: [*dict.fromkeys(own)] for name, own in each.items()} for each in (only, without)))
    return chosen, said, {each: only for each, only in ungranted.items() if not any(one in each for one in said)}


def _one_of(
    found: Mapping[str, list[str]], held: Mapping[str, Mapping[str, Sequence[str]]], rows: Sequence[Row]
) -> dict[str, list[str]]:
    """Return the first of columns with the same values in the same rows, such as when a ticket was made and changed."""
    kept: dict[tuple[tuple[str, ...], tuple[bool, ...]], str] = {}
    for column, own in found.items():
        values = tuple(value for name in own for value in held[column][name])
        chosen = Chosen.of({column: values}, {})
        kept.setdefault((tuple(own), tuple(not chosen.refusal(row.columns) for row in rows)), column)
    return {column: found[column] for column in kept.values()}


def _may_be_of_rows(wish: Wish) -> bool:
    """Return whether a wish says that it chooses rows.

    "Use only rows that were checked", "only since 2023", "skip archived cards".
    """
    if not wish.is_only and any(_THINGS.fullmatch(_USE.sub(" ", part).strip()) for part, _ in wish.parts):
        return True
    is_of_rows = _SOME_ROWS.search(wish.words) is not None and (not wish.is_only or _USE.search(wish.words) is not None)
    return is_of_rows or (wish.is_only and _YEAR.search(wish.words) is not None)


def _values(column: Column, rows: Sequence[Row]) -> dict[str, tuple[str, ...]]:
    """Return what words may call some of a column's values, with these.

    Themselves, or a word that one of them alone has; years, and those since or before one; a yes by the column's name.
    """
    cells = Counter(as_label(shown(cell)) for row in rows if not is_empty(cell := row.columns.get(column.name)))
    if column.kind == "date":
        years = {year: (year,) for year in sorted({*map(year_of, cells)} - {""})}
        since = {form.format(one): tuple(each for each in years if each >= one) for one in years for form in _SINCE}
        before = {form.format(one): tuple(each for each in years if each < one) for one in years for form in _BEFORE}
        return years | since | before
    found: dict[str, tuple[str, ...]] = {
        cell: (cell,) for cell, _ in cells.most_common(_MOST) if len(cell) <= _LONGEST and year_of(cell) in ("", cell)
    }
    parts = Counter(word for cell in found for word in {*_WORD.findall(cell.casefold())} if len(word) >= _LONG_WORD)
    short = [cell for cell in found if " " in cell and len(cell.split()) <= _FEW_WORDS]
    own = {word: cell for cell in short for word in _WORD.findall(_OF_ROWS.sub(" ", cell.casefold()))}
    found |= {word: (cell,) for word, cell in own.items() if parts[word] == 1 and word not in say.FILLERS}
    yes = tuple(cell for cell in cells if decision(cell))
    if yes and all(decision(cell) is not None for cell in cells):
        called = [word for word in names.words(column.name) if word not in say.FILLERS]
        found |= {name: yes for name in {" ".join(called), " ".join(names.words(column.name))} if called}
    return found
