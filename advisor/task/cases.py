"""Records of evaluation tools with an input, an expected value and metadata, recognised by their keys.

Braintrust, Langfuse, LangSmith, Phoenix, OpenAI's evals and inspect name the three differently and wrap them in
objects or chats; Argilla keeps answers under its questions. The keys are those that these tools write.
"""

import json
import re
from collections.abc import Iterator
from string import ascii_uppercase
from typing import Any

from advisor.families.values import loaded

Record = dict[str, Any]
_INPUTS = ("input", "inputs", "messages")
# A model's answer comes last: an experiment's export has it next to the expected one.
_EXPECTED = (
    "expected", "expected_output", "expectedOutput", "expected_outputs", "ideal", "target", "reference_outputs",
    "reference_output", "reference", "outputs", "output",
)  # fmt: skip
_METADATA = "metadata"
# The key of the answer within an object with other keys.
_ANSWERS = frozenset({"answer", "output", "expected", "expected_output", "label", "category", "response", "content"})
# A tool's own bookkeeping.
_NOTED = re.compile(
    r"_.*|.*(?:^|_)(?:id|ids|at|uuid|time)|.*(?:Id|At)|created|updated|epoch|status|dataset\w*|is_root|turn_count"
    r"|htmlSourcePath"
)
_PREFIXED = re.compile(r"(inputs?|(?:reference_)?outputs?|expected|metadata)[_.](.+)")
_RESPONSES, _OF_QUESTION = ".responses", re.compile(r"\.(?:responses|suggestion)(?:\.|$)")
_ARCHIVED = frozenset({"archived", "discarded", "ARCHIVED"})
_USE = "tool_use"
_OF_ENTITY = re.compile(r"\[([^\[\]]+)\](?:\([^()]*\)|\{[^{}]*\})")
SYSTEM = frozenset({"system", "developer"})


def is_case(record: Record) -> bool:
    """Return whether a record has an input and an expected value, one of them or the metadata being an object."""
    given, wanted = _key(record, _INPUTS), _key(record, _EXPECTED)
    if given is None or wanted is None:
        return False
    parts = [record[given], record[wanted]]
    return _METADATA in record or any(isinstance(each, dict) or turns(each) is not None for each in parts)


def case(record: Record) -> Record | None:
    """Return a record's flat row: the input's fields, `expected`, the metadata's; None if it is archived."""
    given, wanted = _key(record, _INPUTS), _key(record, _EXPECTED)
    if given is None or wanted is None:
        return {}
    if record.get("status") in _ARCHIVED:
        return None
    value = _unwrapped(record[given])
    made: Record = {}
    if (said := turns(value)) is not None:
        made["text"] = chat_text(said)
    elif isinstance(value, dict):
        made |= value
    else:
        made[given] = value
    if isinstance(choices := record.get("choices"), list) and len(made) == 1:  # inspect's
        made = {name: with_choices(str(text), list(map(str, choices))) for name, text in made.items()}
    made |= _expected(_unwrapped(record[wanted]), is_wrapped=isinstance(record[given], dict))
    metadata = record.get(_METADATA)
    parts = {*_INPUTS, *_EXPECTED, _METADATA}
    rest = {key: each for key, each in record.items() if key not in parts and not _NOTED.fullmatch(key)}
    rest |= {f"{_METADATA}.{key}": each for key, each in metadata.items()} if isinstance(metadata, dict) else {}
    return made | {key: each for key, each in rest.items() if key not in made and not isinstance(each, dict | list)}


def is_argilla(record: Record) -> bool:
    """Return whether a record is Argilla's: fields and people's answers to each question, nested or flat."""
    nested = isinstance(record.get("fields"), dict) and isinstance(record.get("responses"), dict)
    return nested or any(key.endswith(_RESPONSES) for key in record)


def argilla(record: Record) -> Record:
    """Return a record's fields and the first answer to each question; suggestions are a model's guesses and ignored.

    https://docs.argilla.io/latest/how_to_guides/import_export
    """
    if "fields" in record:
        answers = {name: [each["value"] for each in given] for name, given in record["responses"].items()}
        made = dict(record["fields"])
    else:
        answers = {key.removesuffix(_RESPONSES): each for key, each in record.items() if key.endswith(_RESPONSES)}
        made = {key: each for key, each in record.items() if not _OF_QUESTION.search(key) and not _NOTED.fullmatch(key)}
    for question, values in answers.items():
        made[question if question not in made else f"{question}.response"] = values[0] if values else None
    return made


def of_columns(record: Record) -> Record:
    """Return a table's record with its JSON cells parsed, and columns such as `input_question` grouped as objects.

    Columns are grouped only if there is a record id as well: a table by hand may have an input_text of its own.
    """
    whole: Record = {}
    is_noted = any(map(_NOTED.fullmatch, record))
    for name, cell in record.items():
        found = None if not is_noted or name in (*_INPUTS, *_EXPECTED, _METADATA) else _PREFIXED.fullmatch(name)
        if found is None:
            whole[name] = loaded(cell) if name in (*_INPUTS, *_EXPECTED, _METADATA) else cell
        else:
            whole.setdefault(found[1], {})[found[2]] = loaded(cell)
    return whole


def turns(value: object) -> list[tuple[str, str]] | None:
    """Return a chat's turns as role and text, in OpenAI's or ShareGPT's format; None if it is no chat."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        return None
    said = [(each.get("role", each.get("from")), _said(each)) for each in value]
    made = [(role.lower(), text) for role, text in said if isinstance(role, str) and text is not None]
    return made if made and len(made) == len(value) else None


def chat_text(said: list[tuple[str, str]]) -> str:
    """Return a chat's request as one text, without its instructions; with speakers if there are several turns."""
    asked = [(role, text) for role, text in said if role not in SYSTEM] or said
    return asked[0][1] if len(asked) == 1 else "\n".join(f"{role}: {text}" for role, text in asked)


def with_choices(text: str, choices: list[str]) -> str:
    """Return a question with its choices, one lettered line each, unless it contains them."""
    lines = (f"{letter}) {choice}" for letter, choice in zip(ascii_uppercase, choices, strict=False))
    return text if all(choice in text for choice in choices) else "\n".join([text, *lines])


def intended(record: Record) -> Iterator[Record]:
    """Yield a text with its intent for each of a bot's examples, as Rasa writes them: "- from [Rome](city)".

    https://rasa.com/docs/rasa/training-data-format#training-examples
    """
    for line in str(record.get("examples")).splitlines() if isinstance(record.get("intent"), str) else ():
        if text := _OF_ENTITY.sub(r"\1", line.strip().removeprefix("-").strip()):
            yield {"text": text, "intent": record["intent"]}


def is_intended(record: Record) -> bool:
    """Return whether a record is what Rasa knows of an intent: a text with one example a line, after a dash."""
    lines = record["examples"].splitlines() if isinstance(record.get("examples"), str) else []
    return isinstance(record.get("intent"), str) and {each.lstrip()[:1] for each in lines} in ({"-"}, {"-", ""})


def instruction_of(record: Record) -> str | None:
    """Return the system message of a record's chat, or of the request that it logs, and the tools that it may call."""
    for held in (record, *(value for value in record.values() if isinstance(value, dict))):
        for key in (*_INPUTS, "conversations"):
            said = turns(_unwrapped(held.get(key))) or []
            beside = [("system", _text(held.get("system")))] if said else []
            if found := [text for role, text in (*said, *beside) if role in SYSTEM and text]:
                return "\n".join([found[0], *_tools(held)])
            if said and (tools := _tools(held)):
                return "\n".join(["Call the right tool.", *tools])
    return None


def _tools(record: Record) -> list[str]:
    """Return the tools that a chat may call, one line each: "play(artist: string, room: string): Plays music"."""
    listed = record.get("tools")
    lines = []
    for each in listed if isinstance(listed, list) else ():
        tool = each.get("function", each) if isinstance(each, dict) else None
        if not isinstance(tool, dict) or not isinstance(tool.get("name"), str):
            return []
        schema = tool.get("parameters", tool.get("input_schema"))
        fields = schema.get("properties") if isinstance(schema, dict) else None
        fields = fields if isinstance(fields, dict) else {}
        kinds = {name: of.get("type") for name, of in fields.items() if isinstance(of, dict)}
        asked = ", ".join(f"{name}: {kind}" if isinstance(kind, str) else name for name, kind in kinds.items())
        lines.append(": ".join(filter(None, (f"- {tool['name']}({asked})", str(tool.get("description") or "")))))
    return lines


def _said(turn: Record) -> str | None:
    """Return a turn's text; a call of tools, OpenAI's or Anthropic's, as JSON of its name and arguments."""
    content = turn.get("content", turn.get("value"))
    parts = [each for each in content if isinstance(each, dict)] if isinstance(content, list) else []
    made = [{"name": each.get("name"), "arguments": each.get("input")} for each in parts if each.get("type") == _USE]
    for each in turn.get("tool_calls") or ():
        asked = each.get("function") if isinstance(each, dict) else None
        if not isinstance(asked, dict):
            return None
        made.append({"name": asked.get("name"), "arguments": loaded(asked.get("arguments"))})
    return json.dumps(made if len(made) > 1 else made[0], ensure_ascii=False) if made else _text(content)


def _text(content: object) -> str | None:
    """Return a turn's text, joined if it has several parts: [{"type": "text", "text": "..."}]."""
    if isinstance(content, list):
        parts = [each["text"] for each in content if isinstance(each, dict) and isinstance(each.get("text"), str)]
        return "\n".join(parts) if len(parts) == len(content) else None
    return content if isinstance(content, str) else None


def _unwrapped(value: object) -> Any:  # noqa: ANN401  any JSON value
    return value["messages"] if isinstance(value, dict) and isinstance(value.get("messages"), list) else value


def _expected(value: Any, *, is_wrapped: bool) -> Record:  # noqa: ANN401  any JSON value
    """Return the expected value: an object's answer, its only value if the input is an object too, else the object."""
    if (said := turns(value)) is not None:
        return {"expected": said[-1][1]}
    if isinstance(value, dict) and value:
        answers = [key for key in value if key in _ANSWERS] or ([*value] if is_wrapped and len(value) == 1 else [])
        if len(answers) == 1:
            (key,) = answers
            return {"expected": value[key]} | {f"expected.{name}": each for name, each in value.items() if name != key}
    return {"expected": value}


def _key(record: Record, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in record), None)
