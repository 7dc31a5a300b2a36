"""Questions at a terminal, line by line: input answers, changes an earlier answer, goes back or asks for help."""

from __future__ import annotations

import re
import sys
import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from advisor.cli.progress import terminal_width
from advisor.errors import InputError, one_line
from advisor.interview.answer_forms import read_value
from advisor.interview.answers import checked, chosen, known_key, usable
from advisor.system.streams import say
from advisor.workflow.frontend import Answer

if TYPE_CHECKING:
    from advisor.interview.facts import Understanding
    from advisor.interview.question import Question

LONGEST, LONGEST_BY_HAND = 1000, 4000
HINT = "(? for help; `back` for the question before; KEY=VALUE changes any answer; Ctrl-C keeps everything)"
_CHANGE = re.compile(r"([A-Za-z_][\w.]*(?::\d+)?)\s*=(?!=)\s*(.*)", re.DOTALL)
_NUMBERS = re.compile(r"\d{1,3}(?:\s*[,;\s]\s*\d{1,3})*")


class Prompt:
    """Asks one question after another, and remembers them, so that the user can go back."""

    def __init__(self) -> None:
        self._before: list[Question] = []
        self._is_hinted = False

    def ask(self, question: Question, understanding: Understanding) -> Answer:
        """Return a usable answer: to this question, or to an earlier one."""
        before = [each for each in self._before if each.key != question.key]
        back, at = 0, question
        _show(at)
        if not self._is_hinted:
            self._is_hinted = True
            say_wrapped(HINT, "  ")
        while True:
            text = _typed(at)
            word = text.lower()
            if word == "?":
                _help(at, understanding)
            elif word == "back" and back == len(before):
                say_wrapped("This is the first question; KEY=VALUE changes an earlier answer, ? shows help.")
            elif word == "back":
                back += 1
                at = replace(before[-back], problem="")
                _show(at)
            else:
                try:
                    answer = change(at, text) or Answer(at.key, usable(at, value_typed(at, text)))
                except InputError as error:
                    say_wrapped(f"error: {one_line(error, LONGEST)}")
                    continue
                if answer.key == at.key and not answer.is_taken_back:
                    self._before = [*(each for each in self._before if each.key != at.key), at]
                return answer


def say_wrapped(text: str, indent: str = "", hanging: str | None = None) -> None:
    """Print a text to standard error, wrapped at a terminal's width."""
    width = terminal_width(sys.stderr)
    if width is None:
        say(indent + text)
        return
    lines = textwrap.wrap(
        text, max(20, width - 1), initial_indent=indent, subsequent_indent=indent if hanging is None else hanging,
        break_on_hyphens=False,
    )  # fmt: skip
    say("\n".join(lines))


def default_words(question: Question) -> str:
    chosen_label = next((choice.label for choice in question.choices if choice.value == question.default), None)
    if question.kind in {"yes", "plan"} and isinstance(question.default, bool):
        return "yes" if question.default else "no"
    value = chosen_label or ("not known" if question.default is None else one_line(question.default, 80))
    return f"{value} ({one_line(question.default_from, 160)})" if question.default_from else value


def change(question: Question, text: str) -> Answer | None:
    """Return a text as the change of an earlier answer, None if it answers the question.

    InputError if there is no such key, or the value cannot be used.
    """
    found = _CHANGE.fullmatch(text)
    if found is None or question.key.startswith("write:"):
        return None
    try:
        key = known_key(found[1])
    except InputError:
        if question.kind in {"text", "file"} or question.is_open:
            return None
        raise
    if not found[2].strip():
        return Answer(key, is_taken_back=True)
    value = read_value(found[2])
    checked(key, value)
    return Answer(key, value)


def value_typed(question: Question, text: str) -> Any:  # noqa: ANN401  a JSON value
    """Return a text as an answer: the default, a choice by name or number, several of them, or the text."""
    if not text:
        return question.default
    choice = chosen(question, text)
    if choice is not None:
        return choice.value
    choices = question.choices
    if not _is_numbered(question) or not _NUMBERS.fullmatch(text):
        return text
    places = [int(number) - 1 for number in re.findall(r"\d+", text)]
    if not all(0 <= place < len(choices) for place in places):
        return text
    if question.kind == "several":
        return [choices[place].value for place in places]
    return choices[places[0]].value if len(places) == 1 else text


def _is_numbered(question: Question) -> bool:
    """Return whether choices are shown with numbers: not if they are numbers themselves."""
    return bool(question.choices) and not any(choice.label.strip().isdecimal() for choice in question.choices)


def _show(question: Question) -> None:
    if question.problem:
        kind = "note" if question.key == "no_examples" else "error"
        say_wrapped(f"{kind}: {one_line(question.problem, LONGEST)}")
    say("")
    say_wrapped(one_line(question.text, LONGEST_BY_HAND if question.is_by_hand else LONGEST))
    if question.why:
        say_wrapped(one_line(question.why, LONGEST), "  ")
    for number, choice in enumerate(question.choices, start=1):
        mark = f"{number}. " if _is_numbered(question) else "- "
        detail = f"  ({one_line(choice.detail, 120)})" if choice.detail else ""
        say_wrapped(f"{mark}{one_line(choice.label, 200)}{detail}", "  ", "     ")


def _typed(question: Question) -> str:
    import typer

    default = ""
    if question.default is not None:
        default = default_words(question)
    elif question.may_skip:
        default = "pass over" if question.key.startswith("label:") else "I don't know"
    text: str = typer.prompt(f"[{default}]" if default else "", default="", show_default=False, err=True)
    return text.strip()


def _help(question: Question, understanding: Understanding) -> None:
    if question.default is not None:
        enter = "takes the default in brackets"
    elif question.key.startswith("label:"):
        enter = "skips the text for now"
    else:
        enter = 'is "I don\'t know"' if question.may_skip else "does nothing here: an answer is needed"
    lines = [f"Enter: {enter}."]
    if question.choices:
        lines.append(f"A choice: {'by its number, or ' if _is_numbered(question) else ''}as it is written.")
    if question.may_skip:
        lines.append("don't know: leaves the question open.")
    corrects = ", to correct its label" if question.key.startswith("label:") else ""
    lines.append(f"back: the question before this one{corrects}.")
    if question.key.startswith("write:"):
        lines.append("Anything else is the example. Earlier answers can be changed at any other question.")
    else:
        keys = ", ".join(fact.key for fact in understanding.facts if fact.key not in {"memory", "disk"})
        known = f" Known so far: {one_line(keys, LONGEST)}." if keys else ""
        lines.append("KEY=VALUE: changes an earlier answer or what was understood, e.g. bar.pass_rate=0.9 or")
        lines[-1] += f" examples=mails.csv; KEY= without a value forgets it.{known}"
    lines.append("Ctrl-C: quits; all answers are kept.")
    for line in lines:
        say_wrapped(line, "  ", "    ")
