"""Fits answers and errors for the client: into its token limit, in the tools' words."""

from __future__ import annotations

import functools
import json
from bisect import bisect_right
from itertools import islice
from typing import TYPE_CHECKING, Any

from mcp.types import CallToolResult, TextContent

from advisor.errors import EXIT_CODE_MEANINGS, ExitCode, one_line
from advisor.workflow.arguments import in_keywords
from catalog.store.encoder import encoder_folder, tokenizer_file

if TYPE_CHECKING:
    from pydantic import BaseModel
    from tokenizers import Tokenizer

USUAL = 300
# Lengths of an error's message and advice to try: the longest that fits.
LIMITS = (600, 300, 120, 30)
# Flags that only the person who starts the server can give.
_FLAGS = {"--download": "--allow-download", "--send-to": "--allow-send"}
_PARAMETERS = {"examples": None, "answers": None, "require": "certified", "output": None}


def fit(answer: BaseModel, most: int) -> CallToolResult:
    """Return an answer in at most so many tokens.

    Fields are left out from the end, lists and mappings as far as necessary; `more` names them. Required fields stay,
    if need be as empty lists, and the next call as long as possible.
    """
    values = answer.model_dump(mode="json", exclude_defaults=True)
    required = {name for name in values if type(answer).model_fields[name].is_required()}
    sizes = {name: len(value) if isinstance(value, list | dict) else 1 for name, value in values.items()}
    counts = dict(sizes)

    def document() -> dict[str, Any]:
        shown = {name: _first(values[name], count) for name, count in counts.items() if count or name in required}
        cut = {name: size - counts[name] for name, size in sizes.items() if counts[name] < size}
        more = [f"{name}: {count}" if isinstance(values[name], list | dict) else name for name, count in cut.items()]
        return shown | ({"more": more} if more else {})

    def length(name: str, count: int) -> int:
        counts[name] = count
        return tokens(_text(document()))

    names = [*reversed(values)]
    names.sort(key=lambda name: (name == "next", name in required))
    for name in names:
        is_fixed = name in required and not isinstance(values[name], list | dict)
        if not is_fixed and length(name, sizes[name]) > most:
            counts[name] = max(0, bisect_right(range(sizes[name]), most, key=functools.partial(length, name)) - 1)
    return _result(document())


def refused(error: dict[str, Any]) -> CallToolResult:
    """Return an error: kind, what happened, the cure in the tools' own arguments, and the command's exit code."""
    advice, code = in_tools_words(error["what_to_do"]), ExitCode(error["exit_code"])
    shown = {"kind": error["kind"], "message": "", "what_to_do": "", "exit_code": int(code)}
    shown["meaning"] = EXIT_CODE_MEANINGS[code]
    for limit in LIMITS:
        shown |= {"message": one_line(error["message"], limit), "what_to_do": one_line(advice, limit)}
        if ways := error.get("ways"):
            shown["ways"] = [one_line(in_tools_words(way), limit) for way in ways]
        if tokens(_text({"error": shown})) <= USUAL:
            break
    return _result({"error": shown}, is_error=True)


def in_tools_words(advice: str) -> str:
    """Return command-line advice in the tools' arguments, or whom to ask for what they cannot do."""
    text = in_keywords(advice, _PARAMETERS)
    for flag, ours in _FLAGS.items():
        if flag in text:
            text = f"{text.replace(flag, ours)} (a flag of `advisor mcp`: ask the user to start it so)"
    if "--allow-code" in text:
        text = f"tools run no code that a task brings; ask the user to run it at a terminal: {text}"
    return text


def tokens(text: str) -> int:
    """Return a text's number of tokens, by the catalog encoder's tokenizer (Llama 2's).

    It splits finer than newer models' tokenizers: each digit is a token, and JSON takes about one per two characters.
    """
    return len(_tokenizer().encode(text).ids)


@functools.cache
def _tokenizer() -> Tokenizer:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(tokenizer_file(encoder_folder())))


def _first(value: Any, count: int) -> Any:  # noqa: ANN401  any JSON value
    """Return the first items of a list or mapping; anything else whole."""
    if isinstance(value, list):
        return value[:count]
    return dict(islice(value.items(), count)) if isinstance(value, dict) else value


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _result(document: dict[str, Any], *, is_error: bool = False) -> CallToolResult:
    content = [TextContent(type="text", text=_text(document))]
    return CallToolResult(content=list(content), structured_content=document, is_error=is_error)
