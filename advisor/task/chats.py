"""Conversations in JSON: finds them under any keys, joins texts in pieces; an assistant's last answer is expected."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from advisor.engines.words import count_words
from advisor.families.values import loaded, only
from advisor.task.cases import SYSTEM, chat_text, turns

Record = dict[str, Any]
_MOST_SPEAKERS = 8
_CHARACTERS = 6  # the fewest of a text in a script without blanks
# Share of members with a text, and of texts with several words; the fewest turns.
_MOST, _MOSTLY, _FEWEST = 0.9, 0.6, 2
# Keys of a turn that may be numbers; those of a span, which is no turn.
_OF_A_TURN = frozenset({"id", "turn", "seq", "time", "timestamp", "ts", "at", "offset", "position", "index"})
_SPAN = ("start", "end", "label")
_TURNS = ("messages", "conversations", "conversation", "dialog", "dialogue", "turns")
# One text in so many has a hashtag, if these are labels.
_TAGGED = 3
_ASSISTANT = frozenset({"assistant", "gpt", "bot", "model", "chatgpt", "agent"})


def conversations(records: Sequence[Record]) -> dict[str, tuple[str, str]]:
    """Return the keys of conversations, with their keys of speaker and text.

    Each turn is an object with one of a few names and a text of its own.
    """
    held: dict[str, list[Record]] = {}
    for record in records:
        for key, value in record.items():
            if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
                held.setdefault(key, []).extend(value)
    found = {}
    for key, members in held.items():
        # Spans, and things with a size or a count, are no turns.
        counts = {name for each in members for name, cell in each.items() if isinstance(cell, int | float)}
        if not members[0].keys().isdisjoint(_SPAN) or counts - _OF_A_TURN:
            continue
        texts = {name: [each[name] for each in members if isinstance(each.get(name), str)] for name in members[0]}
        texts = {name: said for name, said in texts.items() if len(said) >= _MOST * len(members)}
        distinct = {name: len(set(said)) for name, said in texts.items()}
        spoken = max(texts, key=lambda name: sum(map(len, texts[name])), default="")
        speakers = [name for name in texts if name != spoken and 1 < distinct[name] <= _MOST_SPEAKERS]
        are_said = sum(is_phrase(text) for text in texts.get(spoken, ())) >= _MOSTLY * len(members)
        if speakers and are_said and distinct[spoken] > _MOST_SPEAKERS and len(members) > len(records):
            found[key] = (min(speakers, key=lambda name: distinct[name]), spoken)
    return found


def is_phrase(text: str) -> bool:
    """Return whether a value is more than a word; in scripts without blanks, more than a name."""
    return " " in text.strip() or count_words(text) >= _CHARACTERS


def of_an_assistant(looked: Sequence[Record], talks: Mapping[str, tuple[str, str]]) -> str:
    """Return the key of conversations with an assistant, if nothing else can be predicted; else ""."""
    key = next(iter(talks)) if len(talks) == 1 else ""
    rest = {name for record in looked for name in record if name != key}
    repeats = any(1 < len({str(record.get(name)) for record in looked}) < len(looked) for name in rest)
    spoken = (
        [str(each.get(talks[key][0])).casefold() for record in looked for each in record.get(key) or ()] if key else []
    )
    return "" if repeats or _ASSISTANT.isdisjoint(spoken) else key


def replied(record: Record, key: str, speaker: str, spoken: str) -> Iterator[Record]:
    """Yield the assistant's last answer in a conversation with any keys, with the turns before it as the text."""
    said = [{"role": str(each.get(speaker)), "content": each.get(spoken)} for each in record.get(key) or ()]
    return chat({name: value for name, value in record.items() if name != key} | {"messages": said})


def as_texts(record: Record, talks: Mapping[str, tuple[str, str]]) -> Record:
    """Return a record whose conversations are texts, one line per turn."""
    made = dict(record)
    for key, (speaker, spoken) in talks.items():
        if isinstance(turns := record.get(key), list):
            made[key] = chat_text([(str(each.get(speaker) or ""), str(each.get(spoken) or "")) for each in turns])
    return made


def is_chat(cell: object) -> bool:
    """Return whether a cell holds a conversation with an assistant, as JSON."""
    said = turns(loaded(cell)) if isinstance(cell, str) else None
    return said is not None and len(said) >= _FEWEST and any(role in _ASSISTANT for role, _ in said)


def chat_of_cell(record: Record, name: str) -> Iterator[Record]:
    """Yield the answer in a cell of a table that holds a conversation, with the turns before it as the text."""
    return chat({key: cell for key, cell in record.items() if key != name} | {"messages": loaded(record.get(name))})


def turns_of(record: Record) -> list[tuple[str, str]] | None:
    """Return the turns that a record lists or logs, each its role and its text; None if it has fewer than two."""
    said = (turns(record.get(key)) for key in _TURNS)
    return next((each for each in said if each is not None and len(each) >= _FEWEST), None) or logged(record)


def logged(record: Record) -> list[tuple[str, str]] | None:
    """Return the turns of a logged call: the messages of its request and the first choice of its response.

    None for a call that failed, or whose answer was truncated.
    """
    inside = [value for value in record.values() if isinstance(value, dict)]
    inside += [value for each in inside for value in each.values() if isinstance(value, dict)]
    asked: list[Any] = next((each["messages"] for each in inside if isinstance(each.get("messages"), list)), [])
    choices: list[Any] = next((each["choices"] for each in inside if isinstance(each.get("choices"), list)), [])
    whole = [each for each in choices[:1] if isinstance(each, dict) and each.get("finish_reason") != "length"]
    return turns([*asked, *(each.get("message") for each in whole)]) if asked and whole else None


def chat(record: Record) -> Iterator[Record]:
    """A conversation, OpenAI's or ShareGPT's: the assistant's last turn is the answer to the turns before it."""
    said = turns_of(record) or []
    last = max((at for at, (role, _) in enumerate(said) if role in _ASSISTANT), default=0)
    before = [(role, text) for role, text in said[:last] if role not in SYSTEM]
    if not before:
        return
    rest = {name: value for key, cell in record.items() if key not in _TURNS for name, value in _said_of(key, cell)}
    yield rest | {"text": chat_text(before), "answer": said[last][1]}


def _said_of(key: str, cell: object) -> Iterator[tuple[str, object]]:
    """Yield what a record says of its chat by column, and what an object of plain values does: feedback.rating."""
    inside = {f"{key}.{name}": value for name, value in cell.items()} if isinstance(cell, dict) else {key: cell}
    if not any(isinstance(value, list) for value in inside.values()):
        yield from ((name, value) for name, value in inside.items() if not isinstance(value, dict))


class Pieces(NamedTuple):
    """The keys of texts in pieces, those that repeat an earlier one, and whether hashtags in them are the label."""

    keys: tuple[str, ...]
    repeated: frozenset[str]
    are_labelled: bool


def pieces_in(looked: Sequence[Record]) -> Pieces | None:
    """Return where texts are lists of plain and marked pieces: ["Sold ", {"type": "bold", "text": "today"}]."""
    keys = []
    for key in {key: None for record in looked for key in record}:
        values = [value for record in looked if (value := record.get(key)) is not None]
        lists = [value for value in values if not isinstance(value, str)]
        if all(isinstance(value, list) and all(map(_is_piece, value)) for value in lists):
            keys += [key] * any(isinstance(each, dict) for value in lists for each in value)
    texts = [{key: record.get(key) for key in keys} for record in looked]
    tagged = sum(any(_tags(value) for value in record.values()) for record in texts)
    has_label = any("label" in record for record in looked)
    if not keys:
        return None
    whole = [[_text(value) for value in record.values()] for record in texts]
    repeated = {key for at, key in enumerate(keys) if any(all(row[at] == row[n] for row in whole) for n in range(at))}
    return Pieces(tuple(keys), frozenset(repeated), not has_label and _TAGGED * tagged >= len(looked))


def _is_piece(value: object) -> bool:
    return isinstance(value, str) or (
        isinstance(value, dict) and isinstance(value.get("text"), str) and "type" in value and "start" not in value
    )


def _pieces(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value or ""]


def _tags(value: object) -> list[str]:
    return [str(each["text"]) for each in _pieces(value) if isinstance(each, dict) and each.get("type") == "hashtag"]


def _text(value: object, left_out: Collection[str] = ()) -> str:
    """Return a text in pieces as one, without some of them."""
    held = (str(each.get("text", "") if isinstance(each, dict) else each) for each in _pieces(value))
    return "".join(each for each in held if each not in left_out).strip()


def joined(record: Record, of: Pieces) -> Record:
    """Return a record with its texts in one piece; those that repeat another are left out."""
    made = {key: value for key, value in record.items() if key not in of.repeated}
    for key in of.keys:
        value = record.get(key)
        tags = _tags(value) if of.are_labelled else []
        if key in made:
            made[key] = _text(value, tags)
        if of.are_labelled:
            made["label"] = only([tag.removeprefix("#") for tag in tags]) or made.get("label")
    return made
