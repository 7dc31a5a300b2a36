"""Decides how a file of examples is read from everything known: words, named columns, direction of translation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError, one_line
from advisor.families import FAMILY_NAMES, family
from advisor.families.json_fields import written_number
from advisor.families.spans import split_listed
from advisor.families.values import folded_label
from advisor.interview.facts import Fact, Source
from advisor.interview.files.chosen_rows import choose, forbidden, wishes
from advisor.interview.files.columns import ROWS_OF_A_LABEL, is_empty
from advisor.interview.files.columns import shown as as_text
from advisor.interview.files.evaluated import labels_asked
from advisor.interview.files.mentions import in_full, said_in
from advisor.interview.files.names import (
    GUESSED,
    as_fields,
    is_any,
)
from advisor.interview.files.proposal import labels_of, propose, unlabelled
from advisor.interview.files.sheet import LOOKED, beginnings, keeping, look, rows_of, with_labels, without_files
from advisor.interview.files.without_answers import (
    SORTS,
    could_hold,
    holds_no_text,
    holds_none,
    is_of_numbers,
    of_names,
    of_no_texts,
    of_people,
    of_writers,
)
from advisor.interview.text.family_chances import family_chances
from advisor.interview.text.label_bars import without_rated
from advisor.interview.text.label_lists import alternatives, left_out
from advisor.interview.text.words import directed
from advisor.system.source import quoted
from advisor.task.chosen import Chosen
from advisor.task.fields import listed
from advisor.task.known_formats import CASES, CHATS
from advisor.task.layout import Given
from advisor.task.marks import NO_TAG
from advisor.task.record import need_columns
from catalog.query.gloss import in_english

if TYPE_CHECKING:
    from advisor.interview.facts import Understanding
    from advisor.interview.files.features import Encode
    from advisor.interview.files.proposal import Proposal
    from advisor.interview.files.sheet import Table

SURE_FAMILY = 0.6
_CHOICE = ("examples.only", "examples.without")
# Labels of at most this share of rows are strays where an instruction lists the others.
_STRAY = 0.1
# Kinds of task that may expect the same column of the same text.
ONE_VALUE = SORTS | {"text-regression", "text-generation"}
# Separators between several columns in one text.
_BETWEEN = re.compile(r"[+,;&]| and ", re.IGNORECASE)
# Families that extract from a text: for them a column of plain values is a field of an object.
FIELDS_OF = frozenset({"json-extraction", "token-classification"})


def look_at(
    path: str,
    known: Understanding,
    shares: Sequence[tuple[str, float]] = (),
    encode: Encode | None = None,
    most: int | None = None,
) -> tuple[Table, Proposal]:
    """Look at a file; its shape, the family in the words and the column that they name decide together.

    Args:
        path: The file.
        known: The words, and what the user says of the kind of task and of the file.
        shares: The families that the words may mean, with their shares.
        encode: Embeds texts.
        most: How many rows are described; None: the usual number.

    Raises:
        InputError: if it cannot be read, lacks the columns that the user names, or is a table of numbers.
    """
    table, words = _looked(path, known, _chosen(known), most), str(known.value("words", ""))
    proposal = _read(table, known, shares, encode)
    open_ways = [key for key in _CHOICE if known.get(key) is None]
    if words and open_ways:
        expected = proposal.expected if isinstance(proposal.expected, str) else None
        wished, said, ungranted = choose(table, words, proposal.input_columns, expected)
        ways = {key: rows for key, rows in zip(_CHOICE, wished, strict=True) if key in open_ways}
        if any(ways.values()):
            known = replace(known, facts=tuple(each for each in known.facts if not is_of_rows(each, said)))
            chosen = Chosen(*(ways.get(key, own) for key, own in zip(_CHOICE, _chosen(known), strict=True)))
            table = replace(_looked(path, known, chosen, most), wished=said)
            proposal = _read(table, known, shares, encode)
        table = replace(table, ungranted=ungranted)
    return _with_named_labels(table, proposal, known, most), proposal


def _looked(path: str, known: Understanding, chosen: Chosen, most: int | None) -> Table:
    """Return a file's table of the chosen rows, with what the words or the user say of its layout and its labels."""
    named = [str(label) for label in known.value("labels") or ()]
    said = said_in(without_rated(str(known.value("words", ""))))  # "the amount right in 98%" asks for more than that
    own = (known.value(key) for key in ("examples.input", "examples.expected"))
    parts = (listed([*each.values()] if isinstance(each, dict) else each) for each in own)
    fields = [name for name in chain(*parts) if isinstance(name, str) and "." in name]
    table = look(Path(path), most or LOOKED, _given(known), chosen, said, fields=fields)
    return with_labels(table, named, sorts=_sorts(known))


def _sorts(known: Understanding) -> bool:
    """Return whether the answers are known to be labels."""
    name = str(known.value("family"))
    return name in FAMILY_NAMES and family(name).has_labels


def _read(table: Table, known: Understanding, shares: Sequence[tuple[str, float]], encode: Encode | None) -> Proposal:
    """Return how a table is read, by its shape and by what is known; InputError as `look_at`."""
    fact, named, sorts = known.get("family"), known.value("labels"), _sorts(known)
    words = str(known.value("words", ""))
    stated = known.get("examples.expected")
    column = (
        stated.value if stated is not None and stated.source is Source.ANSWER and isinstance(stated.value, str) else ""
    )
    column = column or _of_named(table, named or (), words) or of_people(table, words)
    marked = known.value("bar.critical")  # a column, or ids
    # What is said of a chat, or beside what a case expects, such as its rating, is no answer unless the words name it.
    begins = "" if table.layout.startswith(CHATS) else "metadata"
    is_beside = not begins or (table.layout.startswith(CASES) and table.column("expected") is not None)
    beside = {each.name for each in table.columns if is_beside and "." in each.name and each.name.startswith(begins)}
    every = [each.name for each in table.columns]
    copies = beginnings(table)
    hidden = [marked, *(beside | copies).difference(in_full(words, beside | copies)), *forbidden(words, every)]
    hidden += without_files(table)
    kept = (each for each in table.columns if each.name == column or each.name not in hidden)
    shown = replace(table, columns=tuple(kept))
    videos = [quoted(each.name) for each in table.columns if each.detail == "video"]
    if videos and not any(each.kind == "text" for each in table.columns):
        raise InputError(f"{videos[0]} names videos, which no kind of task here reads; give pictures or transcripts")
    meant = dict(shares)
    if fact is not None and fact.value:
        least = SURE_FAMILY if fact.source is Source.WORDS and not named else 1.0
        meant[str(fact.value)] = max(least, meant.get(str(fact.value), 0.0))
    meant = {name: share for name, share in meant.items() if could_hold(table, name)}
    chosen = str(fact.value) if fact is not None and fact.value and fact.source is Source.ANSWER else None
    proposal = propose(shown, chosen, words, column, meant, encode)
    if chosen in ONE_VALUE and not column:
        proposal = _as_seen(table, proposal, propose(shown, None, words, "", dict(shares), encode))
    if chosen == "token-classification" and proposal.expected is None and not column:
        proposal = _as_marks(table, proposal, propose(shown, None, words, "", dict(shares), encode))
    if sorts and not (named or proposal.is_labelled or chosen):
        by_file = propose(shown, None, words, column, {"text-regression": SURE_FAMILY}, encode)
        others = {each.name for each in shown.columns} - {*by_file.input_columns, *by_file.expected_columns}
        # "Sort by urgency", where a number is the only other column: it holds the labels.
        proposal = by_file if by_file.family == "text-regression" and not others else proposal
    if known.get("examples.input") is None and is_of_numbers(shown, words, proposal.expected):
        raise of_no_texts(shown, words, proposal)
    if known.get("examples.input") is None and (named := holds_no_text(shown, words, proposal)):
        raise InputError(
            f"{quoted(Path(table.path).name)} has no texts, but {named}; add a column with the texts, give it in one "
            "folder with a table that has them under the same ids, or name a column that is read as text "
            "(--set examples.input=COLUMN)"
        )
    read = _corrected(table, proposal, known)
    return _as_worded(table, read, known, shares, encode) if encode is not None else read


def _as_worded(
    table: Table, read: Proposal, known: Understanding, shares: Sequence[tuple[str, float]], encode: Encode
) -> Proposal:
    """Return an unlabelled table read as the family that its words ask for, as far as others' words tell it.

    Not if the user chose one, or the words list labels.
    """
    fact, words = known.get("family"), str(known.value("words", ""))
    is_open = fact is None or fact.source is Source.WORDS
    if read.is_labelled or not (words.strip() and is_open) or known.get("labels") is not None:
        return read
    chances = family_chances(encode([in_english(words)])[0], dict(shares))
    meant = max(chances, key=chances.__getitem__)
    if chances[meant] < SURE_FAMILY or meant == read.family or not could_hold(table, meant):
        return read
    return unlabelled(table, meant, f"your words ask for {meant}; {read.why}")


def _of_named(table: Table, labels: Sequence[object], words: str) -> str:
    """Return the only column whose values are mostly labels that are named, and most of these; "" if none or several.

    Nor if the words name a column, or it is another model's answers.
    """
    named = {folded_label(str(label)) for label in labels}
    is_open = len(named) > 1 and not in_full(words, [each.name for each in table.columns])
    rows, found = rows_of(table) if is_open else [], list[str]()
    for column in table.columns if rows else ():
        own = {folded_label(label) for label in labels_of(rows, column)} if column.kind in ("label", "text") else set()
        shared = 2 * len(own & named)
        if shared > len(own) and shared > len(named) and all(any(map(str.isalpha, label)) for label in own):
            found.append(column.name)
    return found[0] if len(found) == 1 and not is_any(found[0], GUESSED) else ""


def is_of_rows(fact: Fact, wished: str) -> bool:
    """Return whether what the words list as labels are the rows that they choose."""
    return fact.key == "labels" and fact.source is Source.WORDS and fact.words in wished


def _chosen(known: Understanding) -> Chosen:
    """Return which rows are examples, as far as the user or the words say."""
    only, without = ({name: listed(each) for name, each in (known.value(key) or {}).items()} for key in _CHOICE)
    return Chosen.of(only, without)


def _with_named_labels(table: Table, proposal: Proposal, known: Understanding, most: int | None) -> Table:
    """Return a table without the rows of labels that a log's own instruction does not list.

    Cells of several tags have those alone that the words ask to tell apart, if most have one: "whether it is about
    sleep or diet", where others say who read it.
    """
    column = table.column(proposal.expected) if isinstance(proposal.expected, str) else None
    kind = None if proposal.family is None else family(proposal.family)
    if column is None or column.kind == "spans" or kind is None or not kind.has_labels:
        return table
    said = known.get("labels")
    if known.get("examples.other_labels") or (said is not None and said.source is Source.ANSWER):
        return table
    own, words = labels_of(rows_of(table), column), str(known.value("words", ""))
    gone = list[str]()
    asked = labels_asked(Path(table.path)) if known.get(_CHOICE[1]) is None else ()
    if asked:
        gone = [each for each in own if not folded_label(each).startswith(asked)]
        gone = gone if sum(map(own.__getitem__, gone)) <= _STRAY * sum(own.values()) else []
    rest = [each for each in own if each not in gone]
    if gone and len(rest) > 1:
        if column.has_several:
            return keeping(table, column.name, rest)
        why = f"the instruction in the file does not list {', '.join(quoted(one_line(each, 40)) for each in gone)}"
        chosen = table.chosen._replace(without=(*table.chosen.without, (column.name, tuple(gone))))
        left = _looked(table.path, known, chosen, most)
        return replace(left, wished=table.wished, ungranted=table.ungranted, stray=why)
    tells = column.has_several and proposal.family in SORTS
    unwanted = left_out(words, rest) if tells else []
    named = [each for each in rest if each not in unwanted] if unwanted else alternatives(words, own) if tells else []
    named += [NO_TAG] * (NO_TAG in own and bool(named) and NO_TAG not in named)
    if not 1 < len(named) < len(own):
        return table
    kept = keeping(table, column.name, named)
    spoken = [each.words for each in wishes(words)] if unwanted else []
    done = [each for each in spoken if left_out(words.replace(each, ""), rest) != unwanted]
    kept = replace(
        kept,
        wished="; ".join(filter(None, (table.wished, *done))),
        ungranted={each: only for each, only in table.ungranted.items() if each not in done},
    )
    filled = {each.name: each.empty for each in (column, *kept.columns) if each.name == column.name}
    return kept if 2 * (1 - filled[column.name]) >= 1 - column.empty else table


def _as_seen(table: Table, chosen: Proposal, seen: Proposal) -> Proposal:
    """Return the columns found before the user chose a kind, read as that kind, if their values allow it."""
    column = table.column(seen.expected) if isinstance(seen.expected, str) else None
    if column is None or seen.family not in ONE_VALUE or seen.expected == chosen.expected:
        return chosen
    if chosen.family == "text-regression" and None in map(written_number, column.samples):
        return chosen
    if chosen.family in SORTS and column.kind == "text" and column.distinct * ROWS_OF_A_LABEL > table.looked:
        return chosen  # what is written differs in each row
    return replace(seen, family=chosen.family)


def _as_marks(table: Table, chosen: Proposal, seen: Proposal) -> Proposal:
    """Return the column found before the user chose to mark names, if most of its cells stand in the text."""
    if len(seen.expected_columns) != 1 or len(seen.input_columns) != 1:
        return chosen
    (text,), (name,) = seen.input_columns, seen.expected_columns
    rows = [row.columns for row in rows_of(table) if not is_empty(row.columns[name])]
    cells = [(as_text(row[text]), as_text(row[name])) for row in rows]
    stands = [all(each.casefold() in whole.casefold() for each in split_listed(cell, whole)) for whole, cell in cells]
    if not stands or 2 * sum(stands) <= len(stands):
        return chosen
    return replace(seen, family=chosen.family, input=(("text", text),), expected=name)


def _given(known: Understanding) -> Given:
    """Return what the user said of the file's layout; InputError if it is not possible."""
    said = ((key, known.value(f"examples.{key}")) for key in Given._fields)
    return Given(**{key: str(value) for key, value in said if value is not None})


def _corrected(table: Table, proposal: Proposal, known: Understanding) -> Proposal:
    """Return a proposal with the columns that the user named, or with no expected one if the user says so.

    InputError if the table has no such column.
    """
    proposal = _in_direction(proposal, known)
    checks = (holds_none, of_writers, of_names)
    if none := next(filter(None, (each(table, proposal, known) for each in checks)), ""):
        meant = known.value("family")
        proposal = unlabelled(table, str(meant) if meant in FAMILY_NAMES else proposal.family, none)
    given: dict[str, Any] = {}
    said = known.get("examples.input")
    if said is not None and said.source is Source.ANSWER and said.value:
        if isinstance(said.value, dict):
            given |= said.value
        elif proposal.input:
            text = _as_columns(said.value, [column.name for column in table.columns])
            proposal = _of_one_text(proposal, text)
            given[proposal.input[0][0]] = text
    stated = known.get("examples.expected")
    is_only_field = (
        isinstance(proposal.expected, tuple) and stated is not None and (stated.value,) == proposal.expected_columns
    )
    if stated is not None and stated.source is Source.ANSWER and isinstance(stated.value, str) and not is_only_field:
        given["expected"] = stated.value
    elif stated is not None and stated.source is Source.ANSWER and isinstance(stated.value, dict):
        given["expected"] = tuple((field, str(column)) for field, column in stated.value.items())
    answers = dict(given.get("expected", ())) if isinstance(given.get("expected"), tuple) else {}
    named = [
        *answers.values(),
        *(name for key in given if not (answers and key == "expected") for name in listed(given[key])),
    ]
    need_columns(Path(table.path), None, [column.name for column in table.columns], tuple(named))
    corrected = proposal.with_columns(given) if given else proposal
    return _as_field(table, corrected, known) if "expected" in given else corrected


def _of_one_text(proposal: Proposal, text: Any) -> Proposal:  # noqa: ANN401  a JSON value
    """Return the likeliest reading of one part if the column named as the input is a further part of the proposal."""
    (first, _), *others = proposal.input
    taken = {column for part, column in others if part != first}
    single = (each for each in proposal.likely if each.expected == proposal.expected)
    one = next((each for each in single if len({part for part, _ in each.input}) == 1), None)
    if one is None or taken.isdisjoint(listed(text)):
        return proposal
    return replace(proposal, family=one.family, input=one.input, why=one.why)


def _as_columns(value: Any, names: Sequence[str]) -> Any:  # noqa: ANN401  a JSON value
    """Return one column, or several that are written as one text ("subject + body", "subject, body")."""
    if not isinstance(value, str) or value in names:
        return value
    own = {name.casefold(): name for name in names}
    written = [each.strip().strip("'\"").casefold() for each in _BETWEEN.split(value.strip("[]"))]
    return [own[each] for each in written] if len(written) > 1 and set(written) <= own.keys() else value


def _in_direction(proposal: Proposal, known: Understanding) -> Proposal:
    """Return a translation's proposal in the direction of the words, if the file allows it."""
    if proposal.translate is None:
        return proposal
    # Even if the words sound like another kind of task, as "subtitles" does.
    spoken = {span.key: span.value for span in directed(str(known.value("words", "")))}
    source, target = (known.value(key) or spoken.get(key) for key in ("translate.source", "translate.target"))
    if not (source and target):
        return proposal
    said = (source, target)
    both = [each for each in proposal.likely if each.family == proposal.family and each.expected is not None]
    other = next((each for each in both if each.translate == said), None)
    if proposal.translate != said and other is not None:
        proposal = replace(proposal, input=other.input, expected=other.expected, translate=said, why=other.why)
    same = [each for each in proposal.likely if each.translate is None or each.translate == proposal.translate]
    return replace(proposal, likely=tuple(same))


def _as_field(table: Table, proposal: Proposal, known: Understanding) -> Proposal:
    """Return a proposal that reads a column of single values as a field, if objects or spans are expected."""
    fact = known.get("family")
    column = table.column(proposal.expected) if isinstance(proposal.expected, str) else None
    if column is None or column.kind in {"object", "spans"}:
        return proposal
    chosen = str(fact.value) if fact is not None and fact.value else proposal.family
    if fact is not None and fact.source is Source.ANSWER and fact.value:
        is_field = chosen == "json-extraction"
    else:  # words may only sound like extraction: labels and pairs stay what the file shows
        is_own = proposal.family not in SORTS and not proposal.has_parts
        is_field = proposal.family in FIELDS_OF or (chosen == "json-extraction" and is_own)
    if not is_field:
        return proposal
    return replace(proposal, family="json-extraction", expected=as_fields([column.name]))
