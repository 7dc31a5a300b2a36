"""Puts the report's parts together into one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.report import notes, recall, sentences
from advisor.report.html.evidence import failing, paths, speed
from advisor.report.html.markup import Content, Markup, element, facts, items, section, table
from advisor.report.html.size_chart import size_chart
from advisor.report.method import method
from advisor.report.what_may_help import what_may_help
from advisor.units import format_bytes, format_count, format_seconds, percent, percent_floor

if TYPE_CHECKING:
    from advisor.report.model import Report, Tested

# Every pair of its colours of text and ground has a contrast of at least 4.5 to 1.
STYLE = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
# Nothing may be fetched or run, whatever a text in the file says.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
VERDICTS = {"passes": "passes", "none": "none"}


def html_report(document: Report) -> str:
    """Return the report's HTML file."""
    name = one_line(document.task.name, 80) or "a task"
    parts = _sections(document)
    contents = items(
        (element("a", title, href=f"#{identity}") for identity, title, _ in parts), aria_label="Contents of the report"
    )
    return whole(
        f"{name}: {sentences.badge(document)}",
        [element("h1", name), verdict(document), element("nav", contents, aria_label="Contents")],
        [section(*part) for part in parts],
        _footer(document),
    )


def whole(title: str, top: list[Markup], main: list[Markup], footer: Markup) -> str:
    """Return a page's file."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="generator", content="model-advisor"),
        element("title", title),
        element("style", Markup(f"\n{STYLE}")),
    )
    body = element(
        "body",
        element("a", "To the report", href="#report", class_="skip"),
        element("header", element("p", "Model Advisor report", class_="eyebrow"), *top),
        element("main", *main, id="report"),
        element("footer", footer),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _sections(document: Report) -> list[tuple[str, str, Markup]]:
    chosen = sentences.recommended(document)
    parts: list[tuple[str, str, Markup | None]] = [
        ("size", "Size against pass rate", size_chart(document)),
        ("candidates", "Every candidate", candidates(document)),
        ("why", "Why this one" if chosen else "What now", why(document)),
        ("evidence", "The evidence, step by step", paths(document)),
        ("speed", "Latency and memory", speed(document)),
        ("failing", "Where they fail", failing(document)),
        ("use", "How to use it", _use(document)),
        ("method", "The method in plain words", _method(document)),
        ("reproduce", "How to reproduce this", _reproduce(document)),
    ]
    return [(identity, title, content) for identity, title, content in parts if content]


def verdict(document: Report) -> Markup:
    """Return what came out, with its key figures."""
    chosen = sentences.recommended(document)
    key = facts(_key_figures(document, chosen) if chosen else (), class_="key")
    box = element(
        "div",
        element("span", sentences.badge(document), class_="badge"),
        element("p", sentences.headline(document), class_="headline"),
        *(element("p", claim) for claim in sentences.claims(document)),
        *(element("p", line) for line in (() if chosen else sentences.without_answer(document))),
        class_=f"verdict {VERDICTS.get(document.verdict, 'undecided')}",
    )
    return element("div", box, key if chosen else None)


def _key_figures(document: Report, chosen: Tested) -> list[tuple[str, Content]]:
    median, is_certified = chosen.seconds.p50, document.strength == "certified"
    return [
        ("right", f"{chosen.passes} of {chosen.outcomes}"),
        *([("proven at least", percent_floor(chosen.lower_bound or 0.0))] if is_certified else []),
        ("bar", percent(document.bar.pass_rate)),
        ("memory to serve", format_bytes(chosen.serving_bytes)),
        ("parameters", format_count(chosen.parameters)),
        ("median per example", "" if median is None else format_seconds(median)),
    ]


def candidates(document: Report) -> Markup:
    """Return the table of all candidates, and what was left out beforehand."""
    rows: list[list[Content]] = []
    for each in document.candidates:
        kind = sentences.method_words(each.runtime or "?", each.method or "?")
        about = f"{kind}; licence {one_line(each.license or 'unknown', 40)}"
        rows.append(
            [
                str(each.number),
                element("span", sentences.name_of(each), element("br"), element("small", about)),
                element("span", sentences.verdict_of(document, each), class_=f"badge {each.verdict.replace(' ', '-')}"),
                f"{each.passes} of {each.outcomes}" if each.outcomes else "",
                sentences.true_rate(each),
                format_bytes(each.serving_bytes),
                format_count(each.parameters),
                element("span", one_line(each.reason, sentences.REASON), class_="long"),
            ]
        )
    header = ("#", "candidate", "verdict", "right", "true rate", "to serve", "parameters", "why")
    classes = ["chosen" if each.number - 1 == document.recommended else "" for each in document.candidates]
    listed = table(
        "Smallest first: least memory to serve, then parameters, then latency",
        header,
        rows,
        numbers=frozenset({0, 3, 4, 5, 6}),
        row_classes=classes,
    )
    rest = notes.besides(document)
    more = table("Other criteria", notes.BESIDES, rest, numbers=frozenset({0, 3, 4})) if rest else None
    labels = recall.rows(document)
    by_label = table(recall.title(document), recall.HEADER, labels, numbers=frozenset({1, 2})) if labels else None
    left = document.left_out
    lines = [f"{one_line(item.model, sentences.NAME)}: {one_line(item.reason, sentences.REASON)}" for item in left]
    out = element("details", element("summary", f"Left out beforehand: {len(left)}"), items(lines)) if left else None
    also = element("div", more, by_label, class_="stack") if more or by_label else None
    return element("div", element("div", listed, class_="stack"), also, out)


def why(document: Report) -> Markup:
    """Return why not a smaller one, what a larger one adds, or what may help where none passes."""
    if sentences.recommended(document) is None:
        return element("div", element("p", "What may help:"), items(what_may_help(document)))
    smaller = sentences.smaller(document)
    reasons = [
        element("span", element("strong", sentences.name_of(each)), f": {one_line(each.reason, sentences.REASON)}")
        for each in smaller
    ]
    return element(
        "div",
        element("h3", "Why not a smaller one?"),
        items(reasons, class_="smaller") if reasons else element("p", "It is the smallest candidate."),
        element("h3", "What would a larger one add?"),
        element("p", sentences.larger(document)),
        *_hangs_on_the_bar(document),
        *([element("p", pair)] if (pair := sentences.escalation(document)) is not None else []),
        *([element("p", agrees)] if (agrees := sentences.agreement(document)) is not None else []),
        element("p", " ".join([notes.effort(document), *notes.beside(document)]), class_="note"),
    )


def _hangs_on_the_bar(document: Report) -> list[Markup]:
    lines = sentences.sensitivity(document)
    return [element("h3", "Does the answer depend on the exact bar?"), items(lines)] if lines else []


def _use(document: Report) -> Markup | None:
    chosen = sentences.recommended(document)
    if chosen is None or not document.usage:
        return None
    about = facts(
        [
            ("model", sentences.name_of(chosen)),
            ("revision", one_line(chosen.revision or "a local folder", 80)),
            ("files", one_line(", ".join(chosen.files or ()), sentences.REASON)),
            ("licence", one_line(chosen.license or "unknown", 40)),
            ("labels", one_line(", ".join(document.task.labels), sentences.REASON)),
        ],
        class_="plain",
    )
    code = element("pre", element("code", document.usage), tabindex="0", role="region", aria_label="Python code")
    words = "The same cuts, batches and settings as in the probe; tests compare its answers with the probe's."
    export = element("p", "Or as a folder of its own: ", element("code", f"advisor export {document.run}"))
    return element("div", about, element("p", words), code, export)


def _method(document: Report) -> Markup:
    return element("div", *(element("p", paragraph) for paragraph in method(document)))


def _reproduce(document: Report) -> Markup:
    made = document.reproduce
    machine = [
        f"{made.processors} processors" if made.processors else None,
        f"{made.threads} threads a probe" if made.threads else None,
        f"{format_bytes(made.memory_bytes)} of memory" if made.memory_bytes else None,
        one_line(made.platform or "", 80),
    ]
    libraries = ", ".join(f"{name} {version}" for name, version in sorted(made.libraries.items()))
    pairs: list[tuple[str, Content]] = [
        ("command", element("code", one_line(made.command, 300))),
        ("seed", str(made.seed)),
        ("model-advisor", one_line(made.advisor or "", 40)),
        ("Python", one_line(made.python or "", 40)),
        ("libraries", one_line(libraries, 400)),
        ("machine", ", ".join(part for part in machine if part)),
        ("begun", one_line(made.made or "", 40)),
        ("run", element("code", document.run)),
    ]
    for name, file in sorted(made.files.items()):
        digest = one_line(file.sha256 or "not known", 64)
        shown = element("span", one_line(file.name, 80), " ", element("small", f"sha256 {digest}"))
        pairs.append((f"{name} file", shown))
    revisions = [
        f"{sentences.name_of(each)}: {one_line(each.revision or 'a local folder', 60)}" for each in document.candidates
    ]
    words = (
        "The same command on the same files with the same versions is the same run: it continues or shows the result."
    )
    return element(
        "div",
        facts(pairs, class_="plain"),
        element("h3", "Revisions"),
        items(revisions),
        element("p", words, class_="note"),
    )


def _footer(document: Report) -> Markup:
    made = document.reproduce.made
    words = f"Run {document.run}, format {document.format}" + (f", begun {one_line(made, 40)}" if made else "")
    return element("p", f"{words}. Every number here can be recomputed from the run's folder.")
