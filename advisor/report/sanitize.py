"""Makes outside text (examples, answers, names, errors) safe to show: never obeyed, never hidden."""

import json
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from advisor.errors import JOINERS

NO_ANSWER = "no answer"
_SPAN = {"text", "label", "start", "end"}
# Characters with a meaning within a line of Markdown, or for the site ("@name" notifies people, "#1" is a link);
# hyphens and dots have one only at a line's beginning, and are frequent in names.
_MARKS = frozenset("\\`*_[]|<>&~$")
_MARKDOWN = _MARKS | frozenset("#@:")


def readable_value(value: Any) -> str:  # noqa: ANN401  any JSON value
    """Return an expected or actual value for people: texts unchanged, whole numbers as digits, else JSON.

    Spans are shown with text, label and start, which distinguishes equal words at two places.
    """
    if value == []:
        return "nothing"
    if isinstance(value, float) and value.is_integer():  # yes and no, or grades
        return f"{value:.0f}"
    if isinstance(value, list) and value and all(isinstance(each, str) and ";" not in each for each in value):
        return "; ".join(value)
    if isinstance(value, list) and value and all(isinstance(each, dict) and each.keys() == _SPAN for each in value):
        return "; ".join(f"{each['text']}: {each['label']} at {each['start']}" for each in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def expected_text(expected: Any, answers: Iterable[Any]) -> str:  # noqa: ANN401  any JSON values
    """Return an expected value as shown with answers: an empty list is "no answer", unless answers are lists."""
    if expected == [] and not any(isinstance(each, list) for each in answers):
        return NO_ANSWER
    return readable_value(expected)


def visible(text: object, limit: int | None = None) -> str:
    """Return a text with visible control and direction characters, its lines kept, cut to a limit.

    A direction mark ("bidi override") reverses the text after it: an answer could look like another one.
    """
    whole = str(text).replace("\r\n", "\n").replace("\t", "    ")
    shown = whole if limit is None or len(whole) <= limit else whole[: limit - 1]
    safe = "".join(c if _is_plain(c) else c.encode("unicode_escape").decode() for c in shown)
    return safe if shown is whole else safe + "…"


def for_markdown(text: object, limit: int | None = None) -> str:
    """Return outside text as one line of Markdown inside `<code>`: no markup, link or mention."""
    folded = " ".join(visible(text, limit).split())
    safe = "".join(f"&#{ord(c)};" if c in _MARKDOWN else c for c in folded)
    # Sites link text that begins with this.
    return "<code>" + re.sub(r"(www)[.]", r"\1&#46;", safe, flags=re.IGNORECASE) + "</code>"


def prose(text: str) -> str:
    """Return a sentence with names from outside, escaped: none becomes markup, a link or a mention."""
    safe = "".join(f"&#{ord(c)};" if c in _MARKS else c for c in visible(text))
    # Sites link text after these; an empty comment separates them.
    safe = re.sub(r"([@#])(?=\w)(?<!&#)", r"\1<!-- -->", safe)
    return re.sub(r"(https?:|www\.|ftp:)", r"\1<!-- -->", safe, flags=re.IGNORECASE)


def fenced(code: str) -> str:
    """Return our code, with values written as Python literals, as a Markdown block that nothing in it closes."""
    fence = "`" * max(3, max((len(run) for run in re.findall(r"`+", code)), default=0) + 1)
    return "\n".join([f"{fence}python", visible(code).rstrip("\n"), fence])


def _is_plain(character: str) -> bool:
    # Cc and Cf: control and format; Cs: half a character; Zl, Zp: line ends that editors hide; Cn: not assigned.
    is_hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp", "Cn"}
    return character == "\n" or character in JOINERS or not is_hidden
