"""The report as Markdown that fits a comment on a pull request; longer parts fold away in `<details>`."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.report import notes, recall, sentences
from advisor.report.method import method
from advisor.report.sanitize import as_text, for_markdown, visible
from advisor.report.what_may_help import what_may_help
from advisor.units import counted, format_bytes, format_count, format_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.report.model import Report, Said

# GitHub refuses comments of 65,536 characters.
MOST_CHARACTERS = 60_000
INPUT, SAID, REASON = 280, 80, 160
SHOWN = 25
LONGEST_CODE = 8000
_MARKS = frozenset("\\`*_[]|~<>&")
_SIGNS = {"certified": "✅", "given up": "❌", "could not be run": "❌"}


def markdown_report(document: Report) -> str:
    """Return the report's Markdown, at most 60,000 characters: failing examples are left out until it fits."""
    for shown in range(SHOWN, -1, -1):
        text = "\n".join(_lines(document, shown)) + "\n"
        if len(text) <= MOST_CHARACTERS:
            return text
    # Many candidates with long reasons: whole lines, as many as fit.
    kept = text[: MOST_CHARACTERS - 80].rpartition("\n")[0]
    return f"{kept}\n\nCut here; the rest is in `advisor report --html`.\n"


def prose(text: str) -> str:
    """Return a sentence with names from outside in it, none of which can become markup, a link or a call of a name."""
    safe = "".join(f"&#{ord(c)};" if c in _MARKS else c for c in visible(text))
    # Sites link what follows these; an empty comment parts them.
    safe = re.sub(r"([@#])(?=\w)(?<!&#)", r"\1<!-- -->", safe)
    return re.sub(r"(https?:|www\.|ftp:)", r"\1<!-- -->", safe, flags=re.IGNORECASE)


def _lines(document: Report, shown: int) -> list[str]:
    lines = [f"### Model Advisor: {prose(one_line(document.task.name, 80))}", ""]
    lines += [f"**{prose(sentences.headline(document))}**", ""]
    lines += [part for claim in sentences.claims(document) for part in (prose(claim), "")]
    chosen = sentences.recommended(document)
    if chosen is None:
        lines += [part for line in sentences.without_answer(document) for part in (prose(line), "")]
    lines += [*_candidates(document), ""]
    if labels := recall.rows(document):
        lines += [
            f"{prose(recall.title(document))}:",
            "",
            *_table(recall.HEADER, [[prose(cell) for cell in row] for row in labels], right={1, 2}),
            "",
        ]
    if rest := notes.besides(document):
        lines += [*_table(notes.BESIDES, [[prose(cell) for cell in row] for row in rest], right={0, 3, 4}), ""]
    if chosen is not None:
        why = [f"- **{prose(sentences.name_of(each))}**: {prose(one_line(each.reason, REASON))}"
               for each in sentences.smaller(document)]  # fmt: skip
        why = why or ["- It is the smallest candidate."]
        more = [part for line in sentences.sensitivity(document) for part in ("", prose(line))]
        lines += _fold("Why not smaller, why not larger", [*why, "", prose(sentences.larger(document)), *more])
    else:
        lines += _fold("What may help", [f"- {prose(step)}" for step in what_may_help(document)])
    lines += _failing(document, shown)
    code = document.usage or ""
    if chosen is not None and 0 < len(code) <= LONGEST_CODE:
        fence = "`" * max(3, max((len(run) for run in re.findall(r"`+", code)), default=0) + 1)
        # Its lines are code of ours and values written as Python literals.
        lines += _fold("How to use it", [f"{fence}python", *visible(code).rstrip("\n").split("\n"), fence])
    lines += _fold("The method in plain words", [p for line in method(document) for p in (prose(line), "")])
    lines += _fold("How to reproduce", _reproduce(document))
    if (pair := sentences.escalation(document)) is not None:
        lines.append(prose(pair))
    if (agrees := sentences.agreement(document)) is not None:
        lines.append(prose(agrees))
    lines.append(prose(f"{' '.join([notes.effort(document), *notes.beside(document)])} Run {document.run}."))
    return lines


def _candidates(document: Report) -> list[str]:
    rows = []
    for each in document.candidates:
        ran = bool(each.outcomes)
        name, verdict = prose(sentences.name_of(each)), sentences.verdict_of(document, each)
        rows.append(
            [
                str(each.number),
                f"**{name}**" if each.number - 1 == document.recommended else name,
                f"{_SIGNS.get(verdict, '')} {verdict}".strip(),
                f"{each.passes}/{each.outcomes}" if ran else "",
                sentences.true_rate(each),
                format_bytes(each.serving_bytes),
                format_count(each.parameters),
                format_seconds(each.seconds.p50) if each.inferences else "",
                prose(one_line(each.reason, REASON)),
            ]
        )
    header = ("#", "candidate", "verdict", "right", "true rate", "to serve", "params", "median", "why")
    return _table(header, rows, right={0, 3, 4, 5, 6, 7})


def _failing(document: Report, shown: int) -> list[str]:
    found = document.failing
    if not found:
        return []
    numbers = sorted({said.candidate for row in found for said in row.answers})
    rows = []
    for row in found[:shown]:
        said = {each.candidate: each for each in row.answers}
        text = for_markdown(row.input, INPUT)
        rows.append([str(row.line), text, for_markdown(row.expected, SAID), *(_said(said.get(n)) for n in numbers)])
    header = ("line", "input", "expected", *(f"{number} said" for number in numbers))
    note = f"{counted(len(found), 'example')} came out wrong with at least one candidate; {len(rows)} are shown."
    return _fold(f"Where they fail ({len(found)})", [note, "", *_table(header, rows, right={0})] if rows else [note])


def _said(answer: Said | None) -> str:
    if answer is None:
        return "–"
    sign = "✓" if answer.passed else "✗"
    if answer.error is not None:
        return f"{sign} error: {for_markdown(answer.error, SAID)}"
    return f"{sign} {for_markdown(as_text(answer.output), SAID)}"


def _reproduce(document: Report) -> list[str]:
    made = document.reproduce
    libraries = ", ".join(f"{name} {version}" for name, version in sorted(made.libraries.items()))
    versions = [
        f"model-advisor {made.advisor}" if made.advisor else "",
        f"Python {made.python or '?'}",
        libraries,
    ]
    lines = [f"- command: {for_markdown(made.command)}", f"- seed: {made.seed}"]
    lines.append(f"- versions: {prose(one_line(', '.join(part for part in versions if part), 400))}")
    for each in document.candidates:
        revision = for_markdown(each.revision) if each.revision else "a local folder"
        lines.append(f"- revision of {prose(sentences.name_of(each))}: {revision}")
    lines += [
        f"- {name} file: {for_markdown(file.name)}, sha256 {for_markdown(file.sha256 or 'not known')}"
        for name, file in sorted(made.files.items())
    ]
    return lines


def _fold(title: str, lines: Sequence[str]) -> list[str]:
    return ["<details>", f"<summary>{html.escape(title)}</summary>", "", *lines, "", "</details>", ""]


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], right: set[int]) -> list[str]:
    rule = ["---:" if at in right else "---" for at in range(len(header))]
    return [f"| {' | '.join(cells)} |" for cells in (header, rule, *rows)]
