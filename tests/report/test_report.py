"""The report of a run's folder: whole, safe whatever its texts hold, readable by everyone."""

from __future__ import annotations

import html
import itertools
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from advisor.decide.records import quantile
from advisor.errors import InputError, one_line
from advisor.report import notes, sentences
from advisor.report.export.card import model_card
from advisor.report.full import report_document, steps
from advisor.report.html.page import html_report
from advisor.report.html.style import STYLE
from advisor.report.markdown import MOST_CHARACTERS, markdown_report
from advisor.report.picture import picture
from advisor.report.sanitize import expected_text, for_markdown, visible
from advisor.report.summary import result_text
from advisor.report.what_may_help import what_may_help
from advisor.runs.reader import open_run
from tests.conftest import SAMPLE
from tests.report import recompute
from tests.report.pages import Page
from tests.tables import for_each
from tui.report_words import told_of

BIDI = "\u202e\u2066\u200f"
HOSTILE = (
    f"</script><img src=x onerror=alert(1)> | @everyone [x](javascript:1) `a` {BIDI} \x1b[2J \x00 ``` <details>\n# h"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the sample run, to be changed."""
    return Path(shutil.copytree(SAMPLE, tmp_path / "run"))


def change(path: Path, edit: Any) -> None:
    """Edit a JSON file's value in place."""
    value = json.loads(path.read_text(encoding="utf-8"))
    edit(value)
    path.write_text(json.dumps(value), encoding="utf-8")


def test_a_run_gives_a_whole_report() -> None:
    """Every number can be recomputed from its files."""
    document = report_document(open_run(SAMPLE))
    html, markdown = html_report(document), markdown_report(document)
    assert recompute.check(SAMPLE, document, html, markdown) > 80
    assert "Use wordllama-l2-supercat-256" in html
    assert "67 of 90 right on your examples" in result_text(document, SAMPLE)


def test_a_weaker_answer_is_never_called_proven(folder: Path) -> None:
    """Said so in the title, the sentences and the tables of every form, also in a result that has a bound above."""
    for bound in (0.655, 0.7598):

        def set_bound(result: dict[str, Any], bound: float = bound) -> None:
            result |= {"verdict": "undecided", "strength": "examples", "required_strength": "certified"}
            for each in (result["recommended"], result["candidates"][0]):
                each["lower_bound"] = bound

        change(folder / "result.json", set_bound)
        document = report_document(open_run(folder))
        assert sentences.badge(document).startswith("passes these examples, nothing proven")
        card = model_card(document, {}, [], [])
        for text in (html_report(document), markdown_report(document), result_text(document, folder), card):
            assert "is proven" not in text
            assert "proven at least" not in text
            assert "Proven for new inputs: above 65.5%" in text or bound > 0.72
        for text in (html_report(document), markdown_report(document), result_text(document, folder)):
            assert "passes these examples" in text
        assert "✅" not in markdown_report(document)


def test_given_up_has_one_name_and_few_answers_say_nothing(folder: Path) -> None:
    """No table says "fails" of what was given up, none shows an interval of 0 to 100% as if it told something."""
    document = report_document(open_run(folder))
    candidate = document["candidates"][1]
    candidate |= {"verdict": "fails", "failure": None, "lower_bound": 0.0, "upper_bound": 1.0, "outcomes": 4}
    for text in (html_report(document), markdown_report(document)):
        assert "given up" in text
        assert sentences.TOO_FEW in text
        assert not re.search(r"fails\s*[<|]", text)
    candidate["failure"] = "it took too much memory"
    assert sentences.verdict_of(document, candidate) == "could not be run"


def test_a_smaller_one_that_was_not_measured_stands_in_the_first_lines(folder: Path) -> None:
    """In every form, before what is claimed; where none passes, trying again is the first step."""
    document = report_document(open_run(folder))
    first = "A smaller model may pass: "
    assert first not in result_text(document, folder)
    reason = "not measured: was killed from outside"
    document["candidates"][0] |= {"verdict": "not measured", "reason": reason, "outcomes": 0, "passes": 0}
    document["recommended"] = 1
    name = sentences.name_of(document["candidates"][0])
    assert sentences.claims(document)[0] == f"{first}{name} is smaller and was not measured ({reason})."
    for text in (html_report(document), markdown_report(document), result_text(document, folder)):
        assert text.index(first) < text.index("right on your examples")
    assert told_of(document).why.plain.startswith(first)
    document |= {"recommended": None, "verdict": "undecided"}
    assert what_may_help(document)[0] == f"the same command again: {name} could not be measured"


def test_a_smaller_one_that_probably_passes_is_named_beside_the_certified_one(folder: Path) -> None:
    """By its outcomes and its held-out training rows; not where both together speak little for it."""
    document = report_document(open_run(folder))
    document |= {"recommended": 1, "strength": "certified"}
    document["bar"]["pass_rate"] = 0.7
    for right, is_named in ((75, True), (60, False)):
        document["candidates"][0] |= {"passes": 64, "outcomes": 90, "details": {"cross_validated": [right, 90]}}
        said = [each for each in sentences.claims(document) if each.startswith("A smaller one probably passes")]
        assert bool(said) is is_named
        if is_named:
            assert said[0].endswith("right on 64 of 90 examples, 75 of its 90 training rows in cross-validation.")


def test_where_the_rate_is_reached_and_a_label_is_not_the_first_line_says_so(folder: Path) -> None:
    """Not that it is unlikely to be right so often."""
    document = report_document(open_run(folder))
    document |= {"recommended": None, "verdict": "none", "finished": True}
    reason = "does not keep to 50% of label 'bad' right (12 examples): 33.3% so far where 50% is needed"
    document["candidates"][0] |= {"passes": 88, "outcomes": 90, "verdict": "fails", "reason": reason}
    name = sentences.name_of(document["candidates"][0])
    assert sentences.headline(document) == f"No candidate passes: {name} is right on 88 of 90, but {reason}."


def test_where_more_were_answered_than_count_both_numbers_are_told(folder: Path) -> None:
    """A page that shows all answers and one that shows those that count can be matched."""
    change(folder / "result.json", lambda result: result["candidates"][0].update(outcomes=80))
    document = report_document(open_run(folder))
    told = document["candidates"][0]
    assert (told["outcomes"], told["answered"]) == (80, 90)
    words = f"{told['answered_right']} of 90 with the later ones, which do not count"
    assert notes.with_later_ones(told) == words
    assert words in told_of(document).evidence.plain
    assert not notes.with_later_ones(report_document(open_run(SAMPLE))["candidates"][0])


def test_an_error_is_told_without_its_number() -> None:
    """The number is for programs; a model's answer is left as it is."""
    error = OSError(2, "No such file or directory", "/x")
    assert one_line(error) == "No such file or directory: '/x'"
    assert one_line(OSError(f"<urlopen error {OSError(-2, 'Name or service not known')}>")) == (
        "<urlopen error Name or service not known>"
    )
    assert one_line("[Errno 2] is an answer") == "[Errno 2] is an answer"


def test_the_page_is_one_file_that_fetches_and_runs_nothing() -> None:
    """No script, no address, no form; a policy forbids them besides."""
    page = Page(html_report(report_document(open_run(SAMPLE))))
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
    page = Page(html_report(report_document(open_run(SAMPLE))))
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
    document = report_document(open_run(SAMPLE))
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
    probed = [each["answered"] for each in document["candidates"] if each["answered"]]
    assert len(cells) == len(probed) * max(probed)
    identities = {attributes.get("id") for _, attributes in page.elements}
    assert {each["href"][1:] for each in cells if "href" in each} <= identities
    walks = [attributes["points"].split() for _, attributes in page.elements if attributes.get("class") == "walk"]
    for walk, candidate in zip(walks, document["candidates"], strict=True):
        assert len(walk) == 2 + 2 * len(candidate["wrong_at"])
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


def hostile_run(folder: Path) -> dict[str, Any]:
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
    return report_document(open_run(folder))


def test_text_of_others_is_shown_not_obeyed_on_the_page(folder: Path) -> None:
    """It stays text, and what would reorder or hide characters is written out."""
    plain = Page(html_report(report_document(open_run(SAMPLE))))
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
    """No control character but the line's end."""
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
    text = markdown_report(report_document(open_run(folder)))
    assert MOST_CHARACTERS * 0.5 < len(text) <= MOST_CHARACTERS
    assert text.count("<details>") == text.count("</details>")


def test_an_unfinished_run_says_so(folder: Path) -> None:
    """With what is there so far; a last line that is being written does not count."""
    (folder / "result.json").unlink()
    path = folder / "outcomes.jsonl"
    whole = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(whole[:20]) + whole[20][:40], encoding="utf-8")
    document = report_document(open_run(folder))
    assert (document["finished"], document["inferences"]) == (False, 20)
    assert "20 outcomes so far" in html_report(document)
    assert "20 outcomes so far" in result_text(document, folder)
    assert "20 outcomes so far" in markdown_report(document)


def test_a_folder_that_is_no_run_is_refused(folder: Path) -> None:
    """In one line that names the file; a format of the future too."""
    with pytest.raises(InputError, match=r"run\.json: is not there"):
        open_run(folder.parent)
    change(folder / "run.json", lambda run: run.update(format=99))
    with pytest.raises(InputError, match="format 99"):
        open_run(folder)
    (folder / "run.json").write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(InputError, match="damaged"):
        open_run(folder)


def test_quantiles_and_steps() -> None:
    """Nearest rank; a limit is told where it changes."""
    assert quantile([], 0.5) is None
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([float(n) for n in range(1, 101)], 0.95) == 95.0
    assert steps([-1, -1, 0, 0, 2], 1) == [[1, -1], [3, 0], [5, 2]]


def test_visible_keeps_what_is_harmless() -> None:
    """Lines, joiners in words and emoji; a cut is marked."""
    assert visible("a\tb\r\nc") == "a    b\nc"
    joined = "क\u094d\u200dष 👩\u200d🚒"
    assert visible(joined) == joined
    assert visible("abcdef", 4) == "abc…"
    assert visible("\ud800") == "\\ud800"
    assert for_markdown("a|b\nc") == "<code>a&#124;b c</code>"


def test_names_in_markdown_are_written_as_they_are() -> None:
    """Hyphens, dots and brackets stand bare; what is markup, a link or a call within a line does not."""
    assert for_markdown("org/wordllama-l2-v1.5 (fp16)") == "<code>org/wordllama-l2-v1.5 (fp16)</code>"
    nasty = "![x](javascript:1) <b> `c` **d** _e_ @f #1 $g$ ~h~ www.i.org http://j.org a|b &amp; \\"
    safe = for_markdown(nasty)
    assert MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(safe) == (
        f"<p><code>{html.escape(nasty)}</code></p>\n"
    )
    assert not re.search(r"[@#$:]\w|www\.", safe.replace("&#", ""))


def test_joined_emoji_are_shown_and_what_turns_a_line_round_is_not() -> None:
    """On one line too: joiners and selectors pass, marks of direction and control characters do not."""
    joined = "क\u094d\u200dष 👩\u200d👩\u200d👧 ❤\ufe0f می\u200cرود"
    assert one_line(joined) == joined
    for harmful in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\ufeff\x1b\x9b\x07":
        assert harmful not in one_line(f"a{harmful}b")
        assert harmful not in visible(f"a{harmful}b")


def test_what_hangs_on_the_bar_and_what_may_help_is_told(folder: Path) -> None:
    """In every form, from what the result holds."""

    def add(result: dict[str, Any]) -> None:
        model = result["recommended"]["model"]
        result["sensitivity"] = [
            {"bar": 0.70, "recommended": model, "strength": "examples", "run_would_go_on_with": None, "changed": []},
            {"bar": 0.74, "recommended": None, "strength": None, "run_would_go_on_with": "another", "changed": []},
        ]

    change(folder / "result.json", add)
    document = report_document(open_run(folder))
    for text in (html_report(document), markdown_report(document), result_text(document, folder)):
        assert "At a bar of 70% the answer would be the same." in text
        assert "At a bar of 74% none would be recommended by these outcomes; the run would go on with another." in text

    def take(result: dict[str, Any]) -> None:
        result |= {"recommended": None, "verdict": "none", "strength": None, "next_larger": None}
        result["advice"] = {
            "best": {"model": "paraphrase", "passes": 72, "of": 88, "gap": 0.0, "proven": 0.71},
            "more_examples_best": {"fewest": 40, "likely": 190},
            "mixed_up": [{"expected": "ham", "said": "spam", "times": 9, "rate_without": 0.9}],
        }

    change(folder / "result.json", take)
    document = report_document(open_run(folder))
    for text in (html_report(document), markdown_report(document), result_text(document, folder)):
        assert "between 40 and 190 more examples would certify paraphrase, if they go like these" in text
        assert "a lower bar: these answers would have reached 71.0% with paraphrase" in text
        assert "9 times; without that 90% would be right" in text


def test_where_another_bar_settles_nothing_none_would_be_recommended(folder: Path) -> None:
    """What is provisional only because the run would go on is no recommendation."""

    def add(result: dict[str, Any]) -> None:
        result["sensitivity"] = [
            {"bar": 0.74, "recommended": "x", "strength": "provisional", "run_would_go_on_with": "y", "changed": []},
        ]

    change(folder / "result.json", add)
    (line,) = sentences.sensitivity(report_document(open_run(folder)))
    assert line == "At a bar of 74% nothing would be settled yet; the run would go on with y."


def without_an_answer(folder: Path, **advice: Any) -> dict[str, Any]:
    """Return the report's document of a run that recommends none."""
    told = {"recommended": None, "verdict": "none", "strength": None, "next_larger": None, "advice": advice}
    change(folder / "result.json", lambda result: result.update(told))
    return report_document(open_run(folder))


@pytest.mark.parametrize(("of", "guesses"), [(3, False), (30, True)])
def test_no_size_is_guessed_from_a_few_examples(folder: Path, of: int, guesses: bool) -> None:  # noqa: FBT001
    """None of three right says nothing of how large a model must be."""
    best = {"model": "m", "passes": 0, "of": of, "gap": 0.9, "proven": 0.0}
    document = without_an_answer(folder, best=best, guessed_parameters_needed=76_800_000_000)
    assert any("rough guess" in step for step in what_may_help(document)) == guesses


def test_what_may_help_fits_the_task(folder: Path) -> None:
    """Without labels none can be clearer; where examples teach already nobody is told to set some apart."""
    document = without_an_answer(folder, head_instead_of_prompt=True)
    steps = "; ".join(what_may_help(document))
    assert "clearer labels" in steps
    assert "head trained" not in steps
    document["examples"]["teaching"] = 0
    assert "set some of them apart to teach with" in "; ".join(what_may_help(document))
    document["task"]["labels"] = {}
    for each in document["candidates"]:
        each["method"] = "head"
    steps = "; ".join(what_may_help(document))
    assert "labels" not in steps
    assert "instruction" not in steps  # which heads do not read
    document["candidates"][0]["method"] = "prompted"
    assert "a clearer instruction" in "; ".join(what_may_help(document))
    assert "more labelled examples" not in steps
    document["examples"]["evidence"] = 5
    assert "5 are evidence" in "; ".join(what_may_help(document))


def test_the_gap_to_the_bar_is_in_points(folder: Path) -> None:
    """55% is 35 points below 90%, not 35% below."""
    document = without_an_answer(folder)
    document["bar"]["pass_rate"] = 0.99
    line, proven = sentences.without_answer(document)
    assert proven.startswith("That is an estimate; for new inputs ")
    assert re.search(r"\d+ points below the bar\.$", line)


def test_lists_of_texts_are_shown_as_people_write_them() -> None:
    """Unless one of them holds the mark between."""
    assert expected_text(["Berlin"], ["Dalia", None]) == "Berlin"
    assert expected_text(["Berlin", "Berlin, Germany"], ["Dalia"]) == "Berlin; Berlin, Germany"
    assert expected_text(["a", "b; c"], [["b"]]) == '["a", "b; c"]'
    assert expected_text([], [["b"]]) == "[]"
    assert expected_text([], ["Dalia"]) == "no answer"
    assert expected_text("spam", ["ham"]) == "spam"


def test_a_candidate_of_unknown_size_has_its_place(folder: Path) -> None:
    """What runs elsewhere tells no bytes: it stands at the edge, and the others keep their scale."""

    def forget(run: dict[str, Any]) -> None:
        run["candidate_facts"][2] |= {"serving_bytes": None, "parameters": None}

    change(folder / "run.json", forget)
    html = html_report(report_document(open_run(folder)))
    assert "unknown at the right edge" in html
    assert "20 MB" in html
    for place in re.findall(r'class="(?:mark \w+|interval \w+)"[^>]*(?:cx|x1)="([\d.]+)"', html):
        assert 44 <= float(place) <= 420


def test_costs_have_a_column_where_there_are_prices(folder: Path) -> None:
    """And none where there are not."""
    assert "cost of a million" not in html_report(report_document(open_run(folder)))

    def add(result: dict[str, Any]) -> None:
        result["candidates"][0]["cost_per_million"] = {"amount": 1234.5, "basis": "by the hour"}

    change(folder / "result.json", add)
    html = html_report(report_document(open_run(folder)))
    assert Page(html).table("Measured in this run").rows[0][-1] == "1,234.50"


def test_what_else_the_bar_asks_is_told(folder: Path) -> None:
    """Each criterion of each candidate, with what was seen and what is proven; nothing where nothing else is asked."""
    plain = report_document(open_run(folder))
    assert "what else the bar asks" not in html_report(plain) + markdown_report(plain) + result_text(plain, folder)

    def add(result: dict[str, Any]) -> None:
        asked = {"name": "latency", "words": "95% of answers within 1.0 s", "bar": 0.95, "observed": 0.9876}
        result["candidates"][0]["besides"] = [asked | {"claim": "holds", "lower_bound": 0.95289}]

    change(folder / "result.json", add)
    document = report_document(open_run(folder))
    row = ["1", "wordllama-l2-supercat-256", "95% of answers within 1.0 s", "98.8%", "95.2%", "holds"]
    assert Page(html_report(document)).table("Beside the pass rate").rows == [row]
    assert f"| {' | '.join(row)} |" in markdown_report(document)
    assert "  ".join(row[2:]) in re.sub(" {2,}", "  ", result_text(document, folder))
