"""The page and the Markdown of a run: one file, readable by all, and texts of others shown and not obeyed."""

import itertools
import json
import re
from pathlib import Path
from typing import Any

from advisor.report.full import report_of
from advisor.report.model import Report
from advisor.report.pages import MOST_CHARACTERS, STYLE, html_report, markdown_report
from advisor.report.picture import picture
from advisor.report.text import result_text
from advisor.runs.reader import open_run
from tests.conftest import SAMPLE
from tests.report import recompute
from tests.report.pages import Page
from tests.report.test_report import HOSTILE, change, folder
from tests.tables import for_each

__all__ = ["folder"]


def test_the_page_is_one_file_that_fetches_and_runs_nothing() -> None:
    """No script, no address, no form; a policy forbids them besides."""
    page = Page(html_report(report_of(open_run(SAMPLE))))
    names = {name for name, _ in page.elements}
    assert not names & {"script", "img", "link", "iframe", "object", "form", "input", "base", "image", "use"}
    for name, attributes in page.elements:
        assert not [each for each in attributes if each.startswith("on")], name
        assert attributes.get("href", "#").startswith("#")
        assert "src" not in attributes
    assert "url(" not in STYLE
    assert "@import" not in STYLE
    policies = [each["content"] for _, each in page.elements if each.get("http-equiv") == "Content-Security-Policy"]
    assert policies[0].startswith("default-src 'none'")


def test_the_page_can_be_read_by_a_screen_reader() -> None:
    """One first heading, none skipped; every table has a caption, every chart a title and a description."""
    page = Page(html_report(report_of(open_run(SAMPLE))))
    levels = [level for level, _ in page.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert all(words for _, words in page.headings)
    assert all(table.caption and all(table.header) for table in page.tables)
    assert all(len(row) == len(table.header) for table in page.tables for row in table.rows)
    identities = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(identities) == len(set(identities))
    charts = [attributes for name, attributes in page.elements if name == "svg"]
    assert len(charts) == 4
    for attributes in charts:
        assert attributes["role"] == "img"
        assert set(attributes["aria-labelledby"].split()) <= set(identities)
    assert {attributes.get("lang") for name, attributes in page.elements if name == "html"} == {"en"}


def test_the_charts_show_the_numbers() -> None:
    """A mark stands at its pass rate, a path climbs once for each mistake, a cell leads to each example's text."""
    document = report_of(open_run(SAMPLE))
    page = Page(html_report(document))
    circles = [attributes for name, attributes in page.elements if name == "circle"]
    axis = {
        attributes["y1"]: attributes
        for name, attributes in page.elements
        if name == "line" and attributes["class"] == "axis" and attributes["x1"] == "44"
    }
    top, bottom = min(map(float, axis)), max(map(float, axis))
    shown = picture(document)
    points = [point for point in shown.points if point.share is not None and point.kind != "bad" and not point.is_lit]
    marks = [each for each in circles if each["class"].startswith("mark") and each["r"] == "4.5"]
    assert points
    for mark, point in zip(marks, points, strict=False):
        assert abs(float(mark["cy"]) - (bottom - shown.height(point.share or 0.0) * (bottom - top))) < 0.1
    cells = [attributes for name, attributes in page.elements if attributes.get("class", "").startswith("cell ")]
    probed = [each.answered for each in document.candidates if each.answered]
    assert len(cells) == len(probed) * max(probed)
    identities = {attributes.get("id") for _, attributes in page.elements}
    assert {each["href"][1:] for each in cells if "href" in each} <= identities
    walks = [attributes["points"].split() for _, attributes in page.elements if attributes.get("class") == "walk"]
    for walk, candidate in zip(walks, document.candidates, strict=True):
        assert len(walk) == 2 + 2 * len(candidate.wrong_at)
        heights = [float(point.split(",")[1]) for point in walk]
        assert heights == sorted(heights, reverse=True)


@for_each("mode", ["light", "dark", "print"])
def test_the_colours_have_contrast(mode: str) -> None:
    """4.5 to 1 for every text on every ground that it stands on (WCAG 2.2, success criterion 1.4.3)."""
    place = {"light": ":root{", "dark": "dark){:root{", "print": "print{\n:root{"}[mode]
    colours = dict(re.findall(r"--([a-z-]+):(#[0-9a-f]{3,6})", STYLE.partition(place)[2].partition("}")[0]))
    pairs = [(text, ground) for text in ("ink", "soft", "accent") for ground in ("ground", "card", "code")]
    pairs += [(name, f"{name}-ground") for name in ("good", "bad", "open")]
    pairs += [(name, "card") for name in ("good", "bad", "open")]
    pairs += [("ink", f"{name}-ground") for name in ("good", "bad", "open")]
    for text, ground in pairs:
        light, dark = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


def luminance(colour: str) -> float:
    """Return a colour's relative luminance (WCAG 2.2)."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def hostile_run(folder: Path) -> Report:
    """Put hostile text wherever text of others stands; return the report's document."""

    def edit_run(run: dict[str, Any]) -> None:
        run["task"]["name"] = HOSTILE
        run["task"]["instruction"] = HOSTILE
        run["labels"].append(HOSTILE)
        run["engines"]["model2vec"] = HOSTILE
        for facts in run["candidate_facts"]:
            facts["model"] = facts["license"] = facts["revision"] = HOSTILE

    def edit_result(result: dict[str, Any]) -> None:
        result["recommended"]["model"] = result["recommended"]["revision"] = HOSTILE
        result["recommended"]["usage"] = f"x = {HOSTILE!r}"
        result["next_larger"]["model"] = HOSTILE
        result["notes"] = [HOSTILE]
        result["left_out"] = [{"model": HOSTILE, "reason": HOSTILE}]
        for candidate in result["candidates"]:
            candidate["reason"] = HOSTILE

    change(folder / "run.json", edit_run)
    change(folder / "result.json", edit_result)
    order = [identity for identity, _ in json.loads((folder / "run.json").read_text(encoding="utf-8"))["evidence"]]
    rows = (json.dumps({"id": each, "input": HOSTILE, "expected": HOSTILE, "line": 1}) + "\n" for each in order)
    (folder / "evidence.jsonl").write_text("".join(rows), encoding="utf-8")
    outcomes = recompute.lines(folder / "outcomes.jsonl")
    for at, line in enumerate(outcomes):
        line["output"], line["error"] = (None, HOSTILE) if at % 2 else ([HOSTILE, {HOSTILE: 1}], None)
    text = "".join(json.dumps(line) + "\n" for line in outcomes)
    (folder / "outcomes.jsonl").write_text(text, encoding="utf-8")
    return report_of(open_run(folder))


def test_text_of_others_is_shown_not_obeyed_on_the_page(folder: Path) -> None:
    """It stays text, and what would reorder or hide characters is written out."""
    plain = Page(html_report(report_of(open_run(SAMPLE))))
    html = html_report(hostile_run(folder))
    page = Page(html)
    assert {name for name, _ in page.elements} <= {name for name, _ in plain.elements} | {"details", "summary"}
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", html)
    assert "\\u202e" in html
    assert "&lt;/script&gt;" in html


def test_text_of_others_is_shown_not_obeyed_in_markdown(folder: Path) -> None:
    """No markup, no link, no call of a name; tables keep their columns."""
    text = markdown_report(hostile_run(folder))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", text)
    outside_code = re.sub(r"````+python\n.*?\n````+\n", "", text, flags=re.DOTALL)
    assert outside_code != text
    assert not re.search(r"@\w", outside_code)
    assert set(re.findall(r"</?([a-z]+)", outside_code)) == {"details", "summary", "code"}
    assert text.count("<details>") == text.count("</details>") + text.count("``` <details>")
    tables = [block for block in re.split(r"\n\n", outside_code) if block.startswith("| ")]
    assert len(tables) == 3
    for table in tables:
        assert len({line.count("|") for line in table.split("\n") if line.startswith("|")}) == 1


def test_text_of_others_is_shown_not_obeyed_in_a_terminal(folder: Path) -> None:
    text = result_text(hostile_run(folder), folder)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", text)


def test_markdown_fits_a_comment(folder: Path) -> None:
    """Long texts and many mistakes are cut until it does."""
    rows = recompute.lines(folder / "outcomes.jsonl")
    for line in rows:
        line["passed"], line["output"] = False, "|" * 5000
    (folder / "outcomes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    order = [identity for identity, _ in json.loads((folder / "run.json").read_text(encoding="utf-8"))["evidence"]]
    examples = (
        json.dumps({"id": each, "input": "*" * 9000, "expected": "<" * 900, "line": 1}) + "\n" for each in order
    )
    (folder / "evidence.jsonl").write_text("".join(examples), encoding="utf-8")
    text = markdown_report(report_of(open_run(folder)))
    assert MOST_CHARACTERS * 0.5 < len(text) <= MOST_CHARACTERS
    assert text.count("<details>") == text.count("</details>")
