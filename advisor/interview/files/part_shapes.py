"""Readings by what stands in a text: the fields of an object, and parts that are marked with labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from advisor.families.values import loaded
from advisor.interview.files import names
from advisor.interview.files.asked import CONTAINED, FIELD
from advisor.interview.files.cells import ALONE, LEAST_CODE, SOME
from advisor.interview.files.columns import Column
from advisor.interview.files.view import Reading, View
from advisor.system.source import quoted

FIELDS = 2
# How many times as long as what it holds a text is, at least.
HOLDS = 2.5
# The strength of marks of several kinds, each listed in a column.
EACH_LISTED = 1.0


def of_objects(view: View) -> Iterator[Reading]:
    """Yield texts with objects, or with columns whose values stand in them."""
    for text in view.texts:
        for found in view.of("object", "spans"):
            if found.detail:  # a question's answers, or several objects a row
                continue
            why = f"{quoted(found.name)} holds objects, {quoted(text.name)} is text"
            # Some of an extracted object occurs in the text; a log of edits does not.
            stands = found.kind == "object" and view.contained(found.name, text.name) >= SOME
            strength = 0.85 if stands else 0.5 if found.kind == "object" else 0.4
            yield Reading("json-extraction", (("text", text.name),), found.name, why, strength)
        fields = [
            column.name
            for column in view.columns
            if column is not text
            and column.kind in FIELD
            and column.distinct > 1
            and column.mean_length * HOLDS < text.mean_length
            and view.contained(column.name, text.name) >= CONTAINED
        ]
        if len(fields) >= FIELDS:
            listed = ", ".join(quoted(name) for name in fields[:5])
            why = f"what stands in {listed} is found in {quoted(text.name)}, as fields are"
            yield Reading("json-extraction", (("text", text.name),), names.as_fields(fields), why, 0.6)
        elif len(fields) == 1 and _is_field(view, text.name, fields[0]):
            why = f"what stands in {quoted(fields[0])} is found in {quoted(text.name)}, as a field is"
            field = next(column for column in view.columns if column.name == fields[0])
            strength = 0.7 + 0.2 * view.says(field) if field.kind in ("text", "label", "id") else 0.5
            one = Reading("json-extraction", (("text", text.name),), names.as_fields([field.name]), why, strength)
            yield one
            if field.kind in ("text", "label") and view.always_stands(field.name, text.name):
                yield replace(one, family="token-classification", strength=strength - 0.1)


def _is_field(view: View, text: str, name: str) -> bool:
    """Return whether a column occurs in a text and is neither a label nor a row counter, which occur by chance."""
    labels = [column for column in view.of("label") if not view.is_part(text, column.name)]
    counts = [column for column in view.of("id") if column.mean_length < LEAST_CODE]
    return view.contained(name, text) >= ALONE and all(column.name != name for column in (*labels, *counts))


def of_spans(view: View) -> Iterator[Reading]:
    """Yield texts with the parts of them that a column, or several, mark or list."""
    words = [column for column in view.of("list") if column.detail in ("word", "text")]
    for text in (*view.texts, *words):
        for spans in view.of("spans"):
            if _stand_elsewhere(view, text, spans):
                continue
            why = f"{quoted(spans.name)} marks parts of a text with labels, {quoted(text.name)} is text"
            yield Reading("token-classification", (("text", text.name),), spans.name, why, 0.85)
        listing = [each.name for each in view.of("label", "text", "list") if _lists_parts(view, text, each)]
        if len(listing) > 1:  # a column for each kind of mark
            why = f"what {', '.join(map(quoted, listing))} list stands in {quoted(text.name)}"
            yield Reading("token-classification", (("text", text.name),), names.as_fields(listing), why, EACH_LISTED)
        for column in view.of("label", "text", "list"):
            if column is not text and view.are_marked(text.name, column.name):
                why = f"{quoted(column.name)} marks parts of {quoted(text.name)}"
                yield Reading("token-classification", (("text", text.name),), column.name, why, 0.9)
            elif column is not text and view.are_listed(text.name, column.name):
                why = f"what {quoted(column.name)} lists stands in {quoted(text.name)}"
                yield Reading("token-classification", (("text", text.name),), column.name, why, 0.9)


def _lists_parts(view: View, text: Column, column: Column) -> bool:
    """Return whether a column's cells list parts of a text, and none that are marked with their kinds."""
    is_other = column is not text and not view.are_marked(text.name, column.name)
    return is_other and view.are_listed(text.name, column.name)


def _stand_elsewhere(view: View, text: Column, spans: Column) -> bool:
    """Return whether most objects of two texts hold no part of a text, as questions with their answers do."""
    listed = ((loaded(cell), whole) for cell, whole in view.pairs(spans.name, text.name))
    held = [(each, whole) for members, whole in listed if isinstance(members, list) for each in members]
    pairs = [
        ([*each.values()], whole)
        for each, whole in held
        if isinstance(each, dict) and [*map(type, each.values())] == [str, str]
    ]
    return 2 * sum(not any(part in whole for part in parts) for parts, whole in pairs) > len(pairs)
