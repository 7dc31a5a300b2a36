"""What the tools answer: documents as short as the caller asked for, and errors in the words of the command line."""

from __future__ import annotations

import functools
import json
from bisect import bisect_right
from itertools import islice
from typing import TYPE_CHECKING, Any

from mcp.types import CallToolResult, TextContent
from pydantic import BaseModel, Field

from advisor.errors import EXIT_CODE_MEANINGS, ExitCode, one_line
from advisor.workflow.arguments import in_keywords
from catalog.store.encoder import encoder_folder, tokenizer_file

if TYPE_CHECKING:
    from tokenizers import Tokenizer

USUAL_TOKENS = 300
LEAST, SHORT, LONG = 30, 120, 300
MOST_SHOWN = 50


class Next(BaseModel):
    """The call that usually follows, as it can be made."""

    tool: str
    arguments: dict[str, Any] = {}
    why: str = ""


class Answer(BaseModel):
    """What every answer may have. Fields come in the order of importance: the last ones are left out first."""

    next: Next | None = None
    more: list[str] = Field(default=[], description="What was left out; a larger max_tokens shows it.")


class Machine(Answer):
    """This machine and this server."""

    memory_bytes: int
    free_memory_bytes: int
    processors: int
    folders: list[str] = Field(description="Where files may be read and exports written.")
    may_download: str
    may_send_to: list[str]
    gpus: list[str] = []
    models: list[str] = Field(default=[], description="Installed.")
    running: list[str] = Field(default=[], description="Handles.")
    catalog: str = ""
    engines: list[str] = []


class Found(BaseModel):
    """A model of the catalog."""

    id: str
    parameters: int | None = None
    bytes: int | None = None
    license: str | None = None
    family: str | None = None
    why: str = ""


class Search(Answer):
    """What the catalog has for a task; nothing was measured."""

    family: str | None
    models: list[Found]
    constraints: list[str] = []
    relax: list[str] = Field(default=[], description="Without which constraints there are models.")


class Open(BaseModel):
    """A question that words and file leave open."""

    key: str
    question: str
    default: Any = None
    choices: list[Any] = []


class Understood(Answer):
    """How words and file are read: task keys and values; `answers={key: value}` changes one."""

    facts: dict[str, Any]
    must_answer: Open | None = Field(default=None, description="Without it nothing can run.")
    assumed: list[str] = Field(default=[], description="Keys of facts that were not said.")
    notices: list[str] = []


class Status(Answer):
    """A command that goes on without the client."""

    handle: str
    state: str = Field(description="running, finished or interrupted.")
    seconds: int
    doing: str = ""
    also_running: list[str] = []


class Planned(Status):
    """What a run would try, and what its examples can prove."""

    reachable: str | None = Field(default=None, description="certified, examples or provisional.")
    bar: str = ""
    examples: int = 0
    teaching: int = 0
    examples_to_certify: int | None = None
    likely_seconds: float | None = None
    download_bytes: int = 0
    candidates: list[str] = Field(default=[], description="Smallest first.")
    notes: list[str] = []
    not_installed: list[str] = Field(default=[], description="What a download would add.")
    understood: list[str] = []
    left_out: list[str] = []


class Result(Answer):
    """What a run recommends, and why."""

    run: str
    verdict: str = Field(description="passes, none, undecided or unfinished.")
    strength: str | None = None
    exit_code: int
    answer: str
    model: str | None = None
    right: str = ""
    at_least: str = Field(default="", description="Proven for new inputs.")
    bytes_to_serve: int | None = None
    median_seconds: float | None = None
    may_help: list[str] = []
    claims: list[str] = []
    larger: str = ""
    candidates: list[str] = Field(default=[], description="Smallest first.")
    mistakes: list[str] = []
    revision: str | None = None
    usage: str = Field(default="", description="Python code that uses the model.")


class Verified(Status):
    """Whether a recommendation still holds."""

    verdict: str = Field(default="", description="holds, does not hold or undecided.")
    exit_code: int | None = None
    reason: str = ""
    details: list[str] = []


class Side(BaseModel):
    """One of two runs."""

    run: str
    model: str
    verdict: str
    right: str
    strength: str | None = None
    median_seconds: float | None = None
    bytes_to_serve: int | None = None


class Compared(Answer):
    """Two runs with a paired test on the examples that both answered."""

    runs: list[Side]
    shared: int
    both_right: int
    only_first_right: int
    only_second_right: int
    p_value: float
    differ: list[str] = Field(default=[], description="What the runs rest on differs in.")
    rows: list[str] = Field(default=[], description="Examples that the two answered differently.")


class Exported(Status):
    """A folder with the model, `predict` and its requirements."""

    folder: str = ""
    exit_code: int | None = None
    same_answers: str = ""


def fit(answer: Answer, most: int) -> CallToolResult:
    """Return an answer in at most so many tokens.

    Fields are left out from the end on, lists and mappings as far as needed; `more` names them. What is required stays,
    at worst as an empty list.
    """
    fields = type(answer).model_fields
    values = answer.model_dump(mode="json", exclude_defaults=True)
    required = [name for name in values if fields[name].is_required()]
    sizes = {name: len(value) if isinstance(value, list | dict) else 1 for name, value in values.items()}

    def document(counts: dict[str, int]) -> dict[str, Any]:
        shown = {name: _first(values[name], count) for name, count in counts.items() if count or name in required}
        cut = {name: sizes[name] - count for name, count in counts.items() if count < sizes[name]}
        more = [f"{name}: {number}" if isinstance(values[name], list | dict) else name for name, number in cut.items()]
        return shown | ({"more": more} if more else {})

    counts = dict(sizes)
    optional = [name for name in values if name not in {*required, "next"}]
    for name in [*reversed(optional), *reversed(required), *({"next"} & set(values))]:
        ways = [document(counts | {name: count}) for count in range(counts[name] + 1)]
        counts[name] = max(0, bisect_right(ways, most, key=lambda way: tokens(_text(way))) - 1)
    return _result(document(counts))


def refused(error: dict[str, Any]) -> CallToolResult:
    """Return an error: kind, what happened, what to do in the tools' own arguments, and the command's exit code."""
    advice = _for_agents(error["what_to_do"])
    code = ExitCode(error["exit_code"])
    for limit in (2 * LONG, LONG, SHORT, LEAST):
        shown = {
            "kind": error["kind"],
            "message": one_line(error["message"], limit),
            "what_to_do": one_line(advice, limit),
        }
        document = {"error": {**shown, "exit_code": int(code), "meaning": EXIT_CODE_MEANINGS[code]}}
        if tokens(_text(document)) <= USUAL_TOKENS:
            break
    return _result(document, is_error=True)


# What only the person who started the server can give.
_FLAGS = {"--download": "--allow-download", "--send-to": "--allow-send"}
_PARAMETERS = {"examples": None, "answers": None, "require": "certified", "output": None}


def _for_agents(advice: str) -> str:
    """Return a command line's advice in the tools' arguments, and with whom to ask for what none of them gives."""
    text = in_keywords(advice, _PARAMETERS)
    for flag, ours in _FLAGS.items():
        if flag in text:
            text = f"{text.replace(flag, ours)} (a flag of `advisor mcp`: ask the user to start it so)"
    if "--allow-code" in text:
        text = f"tools run no code that a task brings; ask the user to run it at a terminal: {text}"
    return text


def tokens(text: str) -> int:
    """Return how many tokens a text has, by the tokenizer that the catalog's encoder brings (Llama 2's).

    It cuts finer than those of newer models: each digit is a token, and JSON takes about one in two characters.
    """
    tokenizer = _tokenizer()
    return len(text) // 2 if tokenizer is None else len(tokenizer.encode(text).ids)


@functools.cache
def _tokenizer() -> Tokenizer | None:
    from tokenizers import Tokenizer

    folder = encoder_folder()
    return None if folder is None else Tokenizer.from_file(str(tokenizer_file(folder)))


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
