"""The examples that candidates got wrong, what each said side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.report import confused, sentences
from advisor.report.html.markup import Content, Markup, element, table
from advisor.report.sanitize import as_text, visible
from advisor.units import counted

if TYPE_CHECKING:
    from advisor.report.model import Report, Row

SHOWN = 25
INPUT, SAID = 4000, 400


def failing(document: Report) -> Markup | None:
    """Return the failing examples, at most 25; None if there is none."""
    found = document.failing
    if not found:
        return None
    chosen = sentences.recommended(document)
    first = "the recommended one's mistakes first" if chosen else "those first that most candidates got wrong"
    more = f" Shown are {SHOWN}; the JSON document has all." if len(found) > SHOWN else ""
    words = f"{counted(len(found), 'example')} came out wrong with at least one candidate, {first}.{more}"
    names = {each.number: sentences.name_of(each) for each in document.candidates}
    return element(
        "div",
        *_confused(document),
        element("p", words),
        element("div", *(article(row, names) for row in found[:SHOWN]), class_="failing"),
    )


def _confused(document: Report) -> list[Markup]:
    """Return which labels are confused most, and how often each field of JSON is right; nothing for other answers."""
    tables = []
    if (found := confused.matrix(document.confused)) is not None:
        header, rows = found
        cells: list[list[Content]] = [
            [element("strong", name), *(_count(each, is_right=at == row) for at, each in enumerate(counts))]
            for row, (name, *counts) in enumerate(rows)
        ]
        caption = "Labels that are confused most: what was said where a label was expected"
        tables.append(table(caption, header, cells, numbers=frozenset(range(1, len(header)))))
    if document.fields:
        of = [
            [one_line(each.field, 80), f"{each.right} of {each.of}", f"{each.right / each.of:.1%}"]
            for each in document.fields
        ]
        tables.append(table("For each field", ("field", "right", "share"), of, numbers=frozenset({1, 2})))
    return [element("div", each, class_="stack") for each in tables]


def _count(count: str, *, is_right: bool) -> Content:
    return element("strong", count) if count != confused.NONE and not is_right else count


def article(row: Row, names: dict[int, str]) -> Markup:
    """Return an example with what each candidate said to it; one that none got wrong says that."""
    where, shown = f"Line {row.line}", visible(row.input, INPUT) or "(empty)"
    text = element("blockquote", shown, dir="auto", tabindex="0", role="region", aria_label=f"Text of {where.lower()}")
    rows: list[list[Content]] = []
    for said in row.answers:
        answer = said.error if said.error is not None else as_text(said.output)
        words = f"error: {one_line(answer, SAID)}" if said.error is not None else visible(answer, SAID)
        words += f" (breaks {', '.join(said.breaks)})" if said.breaks else ""
        sign = element("span", "✓" if said.passed else "✕", class_=f"swatch {'good' if said.passed else 'bad'}",
                       aria_hidden="true")  # fmt: skip
        rows.append(
            [
                str(said.candidate),
                names.get(said.candidate, "?"),
                element("bdi", words),
                element("span", sign, "right" if said.passed else "wrong"),
            ]
        )
    expected = "nothing in particular" if row.expected is None else visible(row.expected, SAID)
    return element(
        "article",
        element("h3", f"{where}: expected ", element("bdi", expected)),
        text,
        table(f"What each said to {where.lower()}", ("#", "candidate", "said", "was"), rows, numbers=frozenset({0}))
        if rows
        else element("p", "Right with every candidate that was asked."),
        id=f"example-{row.order}",
    )
