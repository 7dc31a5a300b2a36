"""The report of a run's folder: whole, safe whatever its texts hold, readable by everyone."""

import html
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from advisor.api import read_recommendation
from advisor.cli.recommend import show
from advisor.decide.records import More, quantile
from advisor.engines.tuning import UNPROMISED
from advisor.errors import InputError, one_line
from advisor.report import claims, notes, sentences
from advisor.report.export.card import model_card
from advisor.report.export.code import shown
from advisor.report.full import report_of, steps
from advisor.report.model import Distance
from advisor.report.pages import html_report, markdown_report
from advisor.report.sanitize import expected_text, for_markdown, visible
from advisor.report.text import result_text
from advisor.report.what_may_help import what_may_help
from advisor.runs.reader import open_run
from advisor.runs.result import Besides
from advisor.system.codec import plain as plain_values
from tests.conftest import SAMPLE
from tests.report import recompute
from tests.report.pages import Page
from tests.tables import for_each
from tui.report_words import page_of

BIDI = "\u202e\u2066\u200f"
HOSTILE = (
    f"</script><img src=x onerror=alert(1)> | @everyone [x](javascript:1) `a` {BIDI} \x1b[2J \x00 ``` <details>\n# h"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "run"))


def change(path: Path, edit: Any) -> None:
    value = json.loads(path.read_text(encoding="utf-8"))
    edit(value)
    path.write_text(json.dumps(value), encoding="utf-8")


def test_a_run_gives_a_whole_report() -> None:
    document = report_of(open_run(SAMPLE))
    html, markdown = html_report(document), markdown_report(document)
    assert recompute.check(SAMPLE, plain_values(document), html, markdown) > 80
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
        document = report_of(open_run(folder))
        assert sentences.badge(document).startswith("passes these examples, nothing proven")
        card = model_card(document, {}, [], use=shown(()))
        for text in (html_report(document), markdown_report(document), result_text(document, folder), card):
            assert "is proven" not in text
            assert "proven at least" not in text
            assert "Proven for new inputs: above 65.5%" in text or bound > 0.72
        for text in (html_report(document), markdown_report(document), result_text(document, folder)):
            assert "passes these examples" in text
        assert "✅" not in markdown_report(document)


def test_borrowed_examples_are_said_first_whatever_came_out(folder: Path) -> None:
    """In every form and in the session, with a recommendation as without one."""
    change(folder / "run.json", lambda run: run["task"]["examples"].update(stand_in="org/public mails"))
    answered = report_of(open_run(folder))
    for document in (answered, replace(answered, recommended=None, verdict="none")):
        shown = "STAND-IN: the examples are borrowed from the public data set org/public mails."
        for text in (html_report(document), markdown_report(document), result_text(document, folder)):
            assert shown in text
        assert page_of(document).why.plain.startswith(shown)


def test_the_command_is_one_that_a_shell_takes(folder: Path) -> None:
    """Names of files have blanks."""
    run = open_run(folder)
    run.origin.update(files={"task": {"path": "C:\\Users\\Ann\\my task.yaml"}}, download_budget=5)
    assert report_of(run).reproduce.command == "advisor recommend 'my task.yaml' --download 5"


def test_how_far_numbers_are_off_is_said_in_digits(folder: Path) -> None:
    document = report_of(open_run(folder))
    assert sentences.far_off(document) == ""
    near = ", 3 of 90 by 1 at most"
    for mean, said in ((0.034, f"0.034 off on average{near}"), (2.25, f"2.2 off on average{near}"),
                       (12.6, "13 off on average"), (12_345.6, "12,346 off on average")):  # fmt: skip
        document = replace(document, distance=Distance(mean, 3, 90))
        assert f" · {said} · " in result_text(document, folder)


def test_given_up_has_one_name_and_few_answers_say_nothing(folder: Path) -> None:
    """No table says "fails" of a candidate that was given up, and none shows the empty interval of 0 to 100%."""
    document = report_of(open_run(folder))
    candidate = document.candidates[1] = replace(
        document.candidates[1], verdict="given up", failure=None, lower_bound=0.0, upper_bound=1.0, outcomes=4
    )
    for text in (html_report(document), markdown_report(document)):
        assert "given up" in text
        assert sentences.TOO_FEW in text
        assert not re.search(r"fails\s*[<|]", text)
    candidate.verdict = "fails"
    for failure, said in (("it took too much memory", "could not be run"), (f"{UNPROMISED}: 1 of 2", "not tuned")):
        candidate.failure = failure
        assert sentences.verdict_of(document, candidate) == said


def test_a_smaller_one_that_was_not_measured_stands_in_the_first_lines(folder: Path) -> None:
    """In every form, before what is claimed; where none passes, trying again is the first step."""
    document = report_of(open_run(folder))
    first = "A smaller model may pass: "
    assert first not in result_text(document, folder)
    reason = "not measured: was killed from outside"
    first_one = document.candidates[0]
    document.candidates[0] = replace(first_one, verdict="not measured", reason=reason, outcomes=0, passes=0)
    document.recommended = 1
    name = sentences.name_of(document.candidates[0])
    assert claims.all_claims(document)[0] == f"{first}{name} is smaller and was not measured ({reason})."
    for text in (html_report(document), markdown_report(document), result_text(document, folder)):
        assert text.index(first) < text.index("right on your examples")
    assert page_of(document).why.plain.startswith(first)
    document = replace(document, recommended=None, verdict="undecided")
    assert what_may_help(document)[0] == f"another try of what could not be measured: {name}"


@for_each(
    ("strength", "passes", "right", "refuted", "is_named"),
    [
        ("certified", 64, 75, False, True),
        ("certified", 64, 60, False, False),
        ("examples", 62, 75, False, True),
        ("examples", 62, 75, True, False),
        ("examples", 54, 89, False, False),  # by its outcomes alone it does not
    ],
)
def test_a_smaller_one_that_probably_passes_is_named_with_the_answer(
    folder: Path, strength: str, passes: int, right: int, *, refuted: bool, is_named: bool
) -> None:
    """By its outcomes and its held-out training rows; not where both together speak little for it."""
    document = replace(report_of(open_run(folder)), recommended=1, strength=strength)
    document.bar.pass_rate = 0.7
    details = {"cross_validated": [right, 90]}
    known = {"passes": passes, "outcomes": 90, "details": details, "refuted": refuted}
    document.candidates[0] = replace(document.candidates[0], **known)
    said = [each for each in claims.all_claims(document) if each.startswith("A smaller one probably passes")]
    assert bool(said) is is_named
    if is_named:
        assert said[0].endswith(
            f"right on {passes} of 90 examples, and on 75 of its 90 training rows after learning from the others."
        )


@for_each(
    ("model", "method", "asks", "said"),
    [
        ("the first 2 sentences", "copied", "no model", "What is copied from the input reaches the bar of 72%"),
        # As older versions wrote it.
        ("the untranslated text", "constant", "no model", "What is copied from the input reaches the bar of 72%"),
        ("an empty answer", "constant", "nothing", "A constant answer reaches the bar of 72%: it is the same"),
    ],
)
def test_what_is_copied_from_the_input_is_no_same_answer(
    folder: Path, model: str, method: str, asks: str, said: str
) -> None:
    """The first sentences of a text differ from text to text."""
    facts = {"model": model, "name": model, "method": method, "place": "baseline"}
    change(folder / "run.json", lambda run: run["candidate_facts"][0].update(facts))
    for of in (lambda result: result["recommended"], lambda result: result["candidates"][0]):
        change(folder / "result.json", lambda result, of=of: of(result).update(facts))
    document = report_of(open_run(folder))
    assert sentences.headline(document) == f"The bar asks for {asks}: {model} reaches it."
    (line,) = (each for each in claims.all_claims(document) if "reaches the bar of" in each)
    assert line.startswith(said)


def test_a_smaller_one_at_the_bar_that_may_be_by_chance_is_named_with_the_rule(folder: Path) -> None:
    """Where the answer is an estimate; not with a certificate, nor if it misses the bar."""
    document = replace(report_of(open_run(folder)), recommended=1, strength="examples")
    document.bar.pass_rate = 0.7
    chosen = replace(document.candidates[1], passes=70, outcomes=90, details={})
    document.candidates[:2] = [replace(document.candidates[0], passes=64, outcomes=90, details={}), chosen]
    (said,) = claims.not_the_smallest(document)
    assert (
        "64 of 90. That is more easily luck: a model right 70% of the time gets as many right with chance 46%" in said
    )
    assert "and as many as the answer with chance 6%. While none is certified" in said
    document.candidates[0].details["cross_validated"] = [30, 50]
    (said,) = claims.not_the_smallest(document)
    assert "with chance 80%, and as many as the answer with chance 6% (with the training rows)." in said
    assert not claims.not_the_smallest(replace(document, strength="certified"))
    document.candidates[0] = replace(document.candidates[0], passes=62)
    assert not claims.not_the_smallest(document)


def test_where_the_rate_is_reached_and_a_label_is_not_the_first_line_says_so(folder: Path) -> None:
    """Not that it is unlikely to be right so often."""
    document = replace(report_of(open_run(folder)), recommended=None, verdict="none", finished=True)
    reason = "does not keep to 50% of label 'bad' right (12 examples): 33.3% so far where 50% is needed"
    top = replace(document.candidates[0], passes=88, outcomes=90, verdict="fails", reason=reason)
    document.candidates[0] = top
    name = sentences.name_of(top)
    assert sentences.headline(document) == f"No candidate passes: {name} is right on 88 of 90, but {reason}."


def test_where_more_were_answered_than_count_both_numbers_are_reported(folder: Path) -> None:
    """A page that shows all answers and one that shows those that count can be matched."""
    change(folder / "result.json", lambda result: result["candidates"][0].update(outcomes=80))
    document = report_of(open_run(folder))
    shown = document.candidates[0]
    assert (shown.outcomes, shown.answered) == (80, 90)
    words = f"{shown.answered_right} of 90 with the later ones"
    assert sentences.with_later_ones(shown) == words
    assert words in page_of(document).evidence.plain
    assert words in sentences.measured(document, shown)
    change(folder / "result.json", lambda result: result["candidates"][0].update(verdict="fails"))
    assert f"; {words}" in result_text(report_of(open_run(folder)), folder), "of one that lost, too"
    assert not sentences.with_later_ones(report_of(open_run(SAMPLE)).candidates[0])


def test_an_error_is_reported_without_its_number() -> None:
    """The number is for programs; a model's answer is left as it is."""
    error = OSError(2, "No such file or directory", "/x")
    assert one_line(error) == "No such file or directory: '/x'"
    assert one_line(OSError(f"<urlopen error {OSError(-2, 'Name or service not known')}>")) == (
        "<urlopen error Name or service not known>"
    )
    assert one_line("[Errno 2] is an answer") == "[Errno 2] is an answer"


def test_what_is_proven_to_be_below_the_bar_has_no_interval_above_it(folder: Path) -> None:
    """The one at the whole of α, the other at a candidate's share of it."""
    bar = open_run(folder).bar
    uppers = [each.upper_bound or 0.0 for each in report_of(open_run(folder)).candidates]
    at = next(at for at, upper in enumerate(uppers) if upper > bar)
    change(folder / "result.json", lambda result: result["candidates"][at].update(refuted=True))
    found = report_of(open_run(folder)).candidates
    assert bar - 2e-4 < (found[at].upper_bound or 0.0) < bar
    assert sentences.true_rate(found[at]).endswith(f" to {bar:.1%}")
    assert [each.upper_bound or 0.0 for n, each in enumerate(found) if n != at] == uppers[:at] + uppers[at + 1 :]


def test_an_unfinished_run_says_so(folder: Path) -> None:
    """With what is there so far; a last line that is being written does not count."""
    (folder / "result.json").unlink()
    path = folder / "outcomes.jsonl"
    whole = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(whole[:20]) + whole[20][:40], encoding="utf-8")
    document = report_of(open_run(folder))
    assert (document.finished, document.inferences) == (False, 20)
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
    """Nearest rank; a limit is listed where it changes."""
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


def test_more_right_answers_with_a_lower_bound_are_explained(folder: Path) -> None:
    document = report_of(open_run(folder))
    said = "holds at each candidate's own share of the error"

    def texts() -> list[str]:
        return [result_text(document, folder), markdown_report(document), html.unescape(html_report(document))]

    one, other = document.candidates[:2]
    assert not any(said in text for text in texts())
    one.passes, one.outcomes, one.lower_bound = 20, 31, 0.485
    for right, bound, is_said in ((24, 0.437, True), (20, 0.437, True), (20, 0.485, False), (24, 0.512, False)):
        other.passes, other.outcomes, other.lower_bound = right, 31, bound
        assert all((said in text) is is_said for text in texts())


def test_code_that_needs_this_program_is_left_to_the_commands(folder: Path) -> None:
    """Short code is shown; the page has either."""
    document = report_of(open_run(folder))
    text = result_text(document, folder)
    assert "def predict(texts):" in text
    assert "advisor export" not in text
    document.usage = "from advisor.families import family\n\ndef predict(inputs):\n    return inputs\n"
    text = result_text(document, folder)
    assert "def predict" not in text
    assert f"advisor export {document.run}   writes a folder" in text
    assert "def predict" in html_report(document)


def test_the_rows_left_out_and_what_was_saved_stand_in_every_form(folder: Path) -> None:
    """What the plan noted; all answers are compared with those of everything only where they are fewer."""
    note = "mails.csv: 18 rows are left out, nothing in 'Temas' (lines 3, 8)"
    change(folder / "result.json", lambda result: result.update(notes=[note]))
    document = report_of(open_run(folder))
    text = result_text(document, folder)
    assert f"{note}." in text
    assert "nothing in &#39;Temas&#39;" in html_report(document).replace("&#x27;", "&#39;")
    assert "18 rows are left out" in markdown_report(document)
    assert note in page_of(document).why.plain
    assert notes.effort(document).endswith("takes 270.")
    assert notes.effort(replace(document, inferences=300)) == "300 inferences were made."


def test_lists_of_texts_are_shown_as_people_write_them() -> None:
    assert expected_text(["Berlin"], ["Dalia", None]) == "Berlin"
    assert expected_text(["Berlin", "Berlin, Germany"], ["Dalia"]) == "Berlin; Berlin, Germany"
    assert expected_text(["a", "b; c"], [["b"]]) == '["a", "b; c"]'
    assert expected_text([], [["b"]]) == "nothing"
    assert expected_text([], ["Dalia"]) == "no answer"
    assert expected_text("spam", ["ham"]) == "spam"
    assert (expected_text(1.0, [0.0]), expected_text(0.5, [])) == ("1", "0.5")


def test_a_candidate_of_unknown_size_has_its_place(folder: Path) -> None:
    """What runs elsewhere tells no bytes: it stands at the edge, and the others keep their scale."""

    def forget(run: dict[str, Any]) -> None:
        run["candidate_facts"][2] |= {"serving_bytes": None, "parameters": None}

    change(folder / "run.json", forget)
    html = html_report(report_of(open_run(folder)))
    assert "unknown at the right edge" in html
    assert "20 MB" in html
    for place in re.findall(r'class="(?:mark \w+|interval \w+)"[^>]*(?:cx|x1)="([\d.]+)"', html):
        assert 44 <= float(place) <= 420


def test_what_is_not_proven_of_a_label_has_one_bracket(folder: Path) -> None:
    """And how many more examples would certify says that it is of all of them, for all that the bar asks."""
    document = report_of(open_run(folder))
    chosen = sentences.recommended(document)
    assert chosen is not None
    asked = {"name": "label 'a'", "words": "90% of label 'a' right (23 examples)", "bar": 0.9, "observed": 1.0}
    asked |= {"verdict": "undecided", "why_not": "too few: certifying it takes 37", "lower_bound": 0.8}
    document.strength, document.more_examples = "examples", More(44, 44)
    chosen.lower_bound, chosen.besides = 0.95, [Besides(**asked)]
    (line,) = [each for each in claims.strength_of(document) if each.startswith("For new")]
    assert (
        "90% of label 'a' right (23 examples, too few: certifying it takes 37); about 44 more examples in all," in line
    )
    assert "would certify all that the bar asks" in line


def test_costs_have_a_column_where_there_are_prices(folder: Path) -> None:
    assert "cost of a million" not in html_report(report_of(open_run(folder)))

    def add(result: dict[str, Any]) -> None:
        result["candidates"][0]["cost_per_million"] = {"amount": 1234.5, "basis": "by the hour"}

    change(folder / "result.json", add)
    html = html_report(report_of(open_run(folder)))
    assert Page(html).table("Measured in this run").rows[0][-1] == "1,234.50"


def test_what_else_the_bar_asks_is_reported(folder: Path) -> None:
    """Each criterion of each candidate, with what was seen and what is proven; nothing where nothing else is asked."""
    plain = report_of(open_run(folder))
    assert "what else the bar asks" not in html_report(plain) + markdown_report(plain) + result_text(plain, folder)

    def add(result: dict[str, Any]) -> None:
        asked = {"name": "latency", "words": "95% of answers within 1.0 s", "bar": 0.95, "observed": 0.9876}
        result["candidates"][0]["besides"] = [asked | {"verdict": "holds", "lower_bound": 0.95289}]

    change(folder / "result.json", add)
    document = report_of(open_run(folder))
    row = ["1", "wordllama-l2-supercat-256", "95% of answers within 1.0 s", "98.8%", "95.2%", "holds"]
    assert Page(html_report(document)).table("Other criteria").rows == [row]
    assert f"| {' | '.join(row)} |" in markdown_report(document)
    assert "  ".join(row[2:]) in re.sub(" {2,}", "  ", result_text(document, folder))


def test_notes_that_stand_in_the_plan_are_not_repeated(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints the plan and the answer, one below the other."""
    change(folder / "result.json", lambda result: result.update({"notes": ["3 rows are left out", "of later"]}))
    found = read_recommendation("run", folder)
    show(found, json_output=False)
    assert "3 rows are left out." in capsys.readouterr().out
    show(found, json_output=False, told=["3 rows are left out"])
    out = capsys.readouterr().out
    assert "left out" not in out
    assert "of later." in out
