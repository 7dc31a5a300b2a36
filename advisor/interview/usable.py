"""Checks whether an answer fits the question, for every front end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.errors import InputError, one_line
from advisor.interview.answers import checked, is_unknown

if TYPE_CHECKING:
    from advisor.interview.question import Choice, Question

# Ends labelling or writing instead of a label or a text; people type the word.
ENOUGH = {"enough": True}
ENOUGH_WORD = "enough"


def usable(question: Question, value: Any) -> Any:  # noqa: ANN401  a JSON value
    """Return an answer's value in its key's form.

    Raises:
        InputError: if it does not fit; lists the possible answers.
    """
    choice = chosen(question, value)
    if choice is not None and question.is_by_hand:
        return choice.value  # a label may be called "unknown", which elsewhere means "I don't know"
    if question.is_by_hand and isinstance(value, str) and value.strip().casefold() == ENOUGH_WORD:
        raise InputError("that is not enough yet: more examples are needed, of more than one label if there are labels")
    if question.key.startswith("write:") and isinstance(value, str) and value.strip():
        return value
    name = "" if question.is_by_hand else f"{question.key}: "
    is_closed = question.kind == "choice" and not question.is_open
    none_of = f"is none of {', '.join(one_line(each.label, 60) for each in question.choices)}"
    given = value if choice is None else choice.value
    if question.is_by_hand and is_closed and isinstance(given, str) and not is_unknown(given):
        raise InputError(f"{one_line(given, 60)} {none_of}")
    read = checked(question.key, given)
    if read is None and not question.may_skip:
        raise InputError(f"{name}there can be no task without it; {question.flag or 'answer it'}")
    if read is not None and is_closed and read not in [each.value for each in question.choices]:
        raise InputError(f"{name}{one_line(read, 60)} {none_of}")
    return read


def chosen(question: Question, value: Any) -> Choice | None:  # noqa: ANN401  a JSON value
    """Return the choice that an answer names, by its value or its label, ignoring case."""
    for choice in question.choices:
        if choice.value == value and type(choice.value) is type(value):
            return choice
    if not isinstance(value, str | int) or isinstance(value, bool):
        return None
    text = str(value).strip()
    names = [(name, choice) for choice in question.choices for name in _names(choice)]
    exact = [choice for name, choice in names if name == text]
    alike = [choice for name, choice in names if name.casefold() == text.casefold()]
    return next(iter([*exact, *alike]), None)


def _names(choice: Choice) -> list[str]:
    return [str(choice.value), choice.label] if isinstance(choice.value, str) else [choice.label]
