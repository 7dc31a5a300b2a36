"""Reads the topics and judgements of a TREC test collection (https://trec.nist.gov/data/qrels_eng/)."""

import re
from pathlib import Path

from advisor.system.source import decode, opened

_TOPIC = re.compile(r"<top>(.*?)(?:</top>|\Z)", re.DOTALL | re.IGNORECASE)
# "<num> Number: 301", "<desc> Description:".
_FIELD = re.compile(r"<(\w+)>\s*(?:(?:number|topic|title|description|narrative)\s*:)?([^<]*)", re.IGNORECASE)
# Topic, iteration, document and grade.
_JUDGED = re.compile(r"(\S+)[ \t]+(\S+)[ \t]+(\S+)[ \t]+(-?\d+)\s*")
_LOOKED, _LINES = 1 << 12, 20


def is_trec(path: Path) -> bool:
    """Return whether a file holds topics or judgements, by its beginning; OSError if it cannot be read."""
    with path.open("rb") as stream:
        start = stream.read(_LOOKED)
    lines = start.decode("utf-8", "replace").splitlines()[: _LINES + 1]
    return start.lstrip()[:5].lower() == b"<top>" or (len(lines) > _LINES and all(map(_JUDGED.fullmatch, lines[:-1])))


def records(path: Path) -> list[dict[str, str]]:
    """Return the topics, each with its fields, or the judgements: `topic`, `document` and `grade`.

    InputError if the file is not text.
    """
    with opened(path) as stream:
        text = decode(path, stream.read())
    if topics := list(_TOPIC.finditer(text)):
        return [{at[1].lower(): " ".join(at[2].split()) for at in _FIELD.finditer(topic[1])} for topic in topics]
    judged = map(_JUDGED.fullmatch, text.splitlines())
    return [{"topic": at[1], "document": at[3], "grade": at[4]} for at in judged if at is not None]
