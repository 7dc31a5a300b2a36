"""Converts JSON formats of programs to one flat object per row: labelling exports, chats, SQuAD, tables by columns."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from advisor.engines.words import has_unspaced
from advisor.families.values import loaded, only
from advisor.families.written_spans import KEYS, span_of
from advisor.system.source import quoted
from advisor.task import chats
from advisor.task.cases import argilla, case, intended, is_argilla, is_case, is_intended, of_columns, turns
from advisor.task.header import head_of
from advisor.task.known_formats import CASES, CHATS
from advisor.task.own_spans import span_keys, with_spans
from advisor.task.record_lists import fields_in, kinds_in, with_fields, with_kinds

Record = dict[str, Any]
_LOOKED = 200
_DEEPEST = 5
# Share of records that must have a shape: calls fail, and unmarked texts list no spans. Share of names of one kind.
_MOSTLY, _MOST = 0.6, 0.9
# The fewest rows, and the fewest letters of a text that is no date or name.
_FEWEST, _LETTERS = 2, 8
# A list of objects with texts, such as a board's cards, may be shorter by this factor than its activity log;
# what stands beside a nested text, such as a time or a name, is by the other.
_SHORTER, _BESIDE = 4, 2
_NESTED = "nested objects"
_SPANS = ("label", "labels", "entities", "spans")
# A time as programs write it, or an address.
_STAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d|https?://")
_TEXTS = frozenset({"text", "body", "content", "message", "value"})
_ANSWERS = frozenset({"expected", "answer", "output", "target", "gold", "result", "response", "completion"})
# Prodigy's bookkeeping; its score and priority are an earlier model's guess.
_HIDDEN = frozenset(
    {"tokens", "meta", "options", "view_id", "config", "style", "accept", "answer", "score", "priority"}
)


class Shape(NamedTuple):
    """A program's format of rows: its name, whether a record has it, and the rows in a record."""

    name: str
    fits: Callable[[Record], bool]
    rows: Callable[[Record], Iterator[Record]]


def shape_of(records: Sequence[Record]) -> Shape:
    """Return the shape of some records: the first that most of them have; conversations become texts."""
    looked = list(islice(records, _LOOKED))
    if pieces := chats.pieces_in(looked):
        joined = [chats.joined(record, pieces) for record in looked]
        shape = shape_of(joined)
        return shape._replace(rows=lambda record: shape.rows(chats.joined(record, pieces)))
    if spans := span_keys(looked):
        marked = shape_of([with_spans(record, spans) for record in looked])
        return marked._replace(rows=lambda record: marked.rows(with_spans(record, spans)))
    if fields := fields_in(looked):
        spread = shape_of([with_fields(record, fields) for record in looked])
        name = ", ".join(filter(None, (spread.name, "lists of fields")))
        return spread._replace(name=name, rows=lambda record: spread.rows(with_fields(record, fields)))
    shape = _shape_of(looked)
    try:
        rows = [each for record in looked for each in shape.rows(record)]
    except (KeyError, TypeError, AttributeError):  # reported when the rows are read
        rows = []
    if kinds := kinds_in(rows):
        return shape._replace(rows=lambda record: with_kinds(shape.rows(record), kinds))
    talks = chats.conversations(rows)
    if not talks:
        below = _with_rows_below(rows) if shape.name in {"", _NESTED} else AS_IS
        if below is AS_IS:
            return shape
        return below._replace(rows=lambda record: (each for row in shape.rows(record) for each in below.rows(row)))
    if shape is AS_IS and (key := chats.of_an_assistant(looked, talks)):
        return Shape(CHATS, lambda record: key in record, lambda record: chats.replied(record, key, *talks[key]))
    name = ", ".join(filter(None, (shape.name, "what was said as one text")))
    return shape._replace(name=name, rows=lambda record: (chats.as_texts(each, talks) for each in shape.rows(record)))


def _with_rows_below(looked: list[Record]) -> Shape:
    """Return the shape of records that list others with texts of their own, such as search results: a row for each."""
    keys: list[str] = []
    while looked and (key := next((key for key in looked[0] if _lists_rows(looked, key)), None)) is not None:
        keys.append(key)
        looked = list(islice(_rows_below(looked, [key]), _LOOKED))
    if not keys:
        return AS_IS
    return Shape(f"a row for each of {quoted(keys[-1])}", lambda _: True, lambda record: _rows_below([record], keys))


def _lists_rows(looked: Sequence[Record], key: str) -> bool:
    """Return whether most records list several objects below a key, with texts that the record itself lacks.

    These have another text, something that repeats or occurs in its text, or lists: a text with only its time is a
    comment. What has a start is a mark, unless it has two texts of its own.
    """
    pairs = [
        (record, each)
        for record in looked
        if isinstance(value := record.get(key), list) and all(isinstance(each, dict) for each in value)
        for each in value[:_LOOKED]
    ]
    lists = {id(record) for record, _ in pairs}
    if len(lists) < _MOSTLY * len(looked):
        return False
    texts = {name: [(record, each.get(name)) for record, each in pairs] for name in pairs[0][1]}
    stands = {name: sum(_stands(*cell) for cell in cells) for name, cells in texts.items()}
    own = [name for name, cells in texts.items() if sum(_is_long(cell) for _, cell in cells) * 2 > len(pairs)]
    free = [name for name in own if 2 * stands[name] <= len(pairs)]
    told = [
        name for name in free if len({str(cell) for _, cell in texts[name] if chats.is_phrase(str(cell))}) > len(lists)
    ]
    if not free or (len(told) < _FEWEST and not texts.keys().isdisjoint(KEYS[:2])):
        return False
    others = {name: [str(cell) for _, cell in cells] for name, cells in texts.items() if name not in own}
    repeats = any(2 * len(set(cells)) <= len(cells) or 2 * stands[name] > len(cells) for name, cells in others.items())
    has_lists = any(cells[0].startswith("[{") for cells in others.values())
    return has_lists or ((len(own) > 1 or repeats) and len(pairs) >= _FEWEST * len(lists))


def _is_long(cell: object) -> bool:
    if not isinstance(cell, str):
        return False
    letters = sum(map(str.isalpha, cell))
    return (2 * letters if has_unspaced(cell) else letters) >= _LETTERS  # a sign of these is half a word


def _stands(record: Record, cell: object) -> bool:
    """Return whether a text occurs in one of the record's own."""
    held = (value for value in record.values() if isinstance(value, str))
    return isinstance(cell, str) and any(cell in value for value in held)


def _rows_below(records: Iterable[Record], keys: Sequence[str]) -> Iterator[Record]:
    """Yield a row for each object in the lists below the keys, level by level, with the fields above it."""
    for record in records:
        above = {name: cell for name, cell in record.items() if name not in keys[:1]}
        for each in record.get(keys[0]) or [] if keys else [None]:
            if each is None:
                yield above
            elif isinstance(each, dict):
                row = above | {f"{keys[0]}.{name}" if name in above else name: cell for name, cell in each.items()}
                yield from _rows_below([row], keys[1:])


def _shape_of(looked: list[Record]) -> Shape:
    for shape in _SHAPES:
        if looked and sum(map(shape.fits, looked)) >= _MOSTLY * len(looked):
            marks = shape.rows is _label_studio and any(_marks_spans(each) for each in looked if shape.fits(each))
            return shape._replace(rows=_label_studio_spans) if marks else shape
    if named := _named_objects(looked):
        return Shape(_NESTED, lambda _: True, lambda record: iter([flat(record, only=named)]))
    if any(_names(value) is not None for record in looked for value in record.values()):
        return Shape("lists of names", lambda _: True, lambda record: iter([flat(record, only=frozenset())]))
    return AS_IS


def shape_of_table(first: Record) -> Shape | None:
    """Return the shape of a table's rows by the first of them; None for an ordinary table."""
    if _SHORT_LABEL_STUDIO.fits(first):
        return _SHORT_LABEL_STUDIO
    if name := next((name for name, cell in first.items() if chats.is_chat(cell)), ""):
        return Shape(CHATS, lambda record: name in record, lambda record: chats.chat_of_cell(record, name))
    is_export = is_case(whole := of_columns(first)) and whole != first
    return Shape(CASES, is_case, lambda record: _case(of_columns(record))) if is_export else None


def _named_objects(records: Sequence[Record]) -> frozenset[str]:
    """Return the keys of objects that hold one of a few names, {"group": {"name": "billing"}}, or a text's parts.

    And of things, as programs list them by id and name, whose names recur; an answer may have such fields, too. And
    of a text with its times and addresses alone, as a reply to a review.
    """
    keys = dict.fromkeys(key for record in records for key, value in record.items() if isinstance(value, dict))
    found = {key for key in keys if _is_dated([record[key] for record in records if record.get(key) is not None])}
    things = dict[str, list[str]]()
    for key in records[0] if records else ():
        values = [record[key] for record in records if isinstance(record.get(key), dict)]
        inner = [cell for value in values if len(value) == 1 for cell in value.values() if isinstance(cell, str | int)]
        one_name = len({name for value in values for name in value}) == 1
        has_parts = key in _TEXTS and any(map(_has_text, values)) and len(values) >= _MOST * len(records)
        if has_parts or (one_name and len(inner) >= _MOST * len(records) and len(set(inner)) * 2 <= len(inner)):
            found.add(key)
        named = _names(values) if key not in _ANSWERS and len(values) >= _MOST * len(records) else None
        if named is not None:
            things[key] = named
    recur = any(len(set(named)) * 2 <= len(named) for named in things.values())
    return frozenset(found.union(things if recur else ()))


def listed(value: Any) -> list[Record] | None:  # noqa: ANN401  any JSON value
    """Return the records in a JSON value: below some key, by columns, by label; None if there are none."""
    if isinstance(value, list):
        return _of_list(value)
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list):  # pandas, orient="split"
        return _of_list([value["columns"], *value["data"]])
    return _of_columns(value) or _below(value)


def _of_list(value: list[Any]) -> list[Record] | None:
    if value and all(isinstance(each, dict) for each in value):
        return value
    if value and all(isinstance(each, list) and turns(each) is not None for each in value):
        return [{"messages": each} for each in value]
    if value and all(isinstance(each, list) and [*map(type, each)] == [str, dict] for each in value):  # spaCy's
        return [{"text": text, **marks} for text, marks in value]
    if len(value) >= _FEWEST and all(isinstance(each, list) and each for each in value):
        head = head_of(value[:_LOOKED])
        names = head.names or [str(name) for name in value[head.above]]
        body = value[head.above + (head.names is None) :]
        return [dict(zip(names, each, strict=False)) for each in body]
    return None


def _of_columns(value: Record) -> list[Record] | None:
    """Return the records of {column: {row: cell}}, {column: [cells]}, {row: {column: cell}} or {label: [texts]}."""
    inner = list(value.values())
    if len(inner) < _FEWEST:
        return None
    if all(isinstance(each, dict) for each in inner):
        keys = list(inner[0])
        if any(list(each) != keys for each in inner) or not keys:
            return None
        if len(keys) >= len(inner):
            return [{name: column[key] for name, column in value.items()} for key in keys]
        return inner
    if not all(
        isinstance(each, list) and each and not any(isinstance(cell, dict | list) for cell in each) for each in inner
    ):
        return None
    repeats = any(len(set(map(str, each))) < len(each) for each in inner)
    if len({len(each) for each in inner}) == 1 and (repeats or len(inner[0]) < _FEWEST):
        return [dict(zip(value, cells, strict=True)) for cells in zip(*inner, strict=True)]
    if all(isinstance(cell, str) for each in inner for cell in each):
        return [{"text": text, "label": label} for label, texts in value.items() for text in texts]
    return None


def _below(value: Record) -> list[Record] | None:
    """Return the longest list of objects at the least depth; one of objects with texts may be shorter, as a board's."""
    level: list[Any] = [value]
    for _ in range(_DEEPEST):
        inner = [each for one in level if isinstance(one, dict) for each in one.values()]
        found = [each for each in inner if isinstance(each, list) and each and all(isinstance(x, dict) for x in each)]
        if found:
            longest = max(map(len, found))
            return max(
                found, key=lambda each: (_SHORTER * len(each) > longest and all(map(_has_text, each)), len(each))
            )
        level = inner
    return None


def _has_text(record: Record) -> bool:
    return any(isinstance(value, str) and chats.is_phrase(value) for value in record.values())


def _texts_of(record: Record) -> str:
    """Return the key of the longest list of texts in a record of a label and its texts, "" if there is none."""
    lists = {key: value for key, value in record.items() if isinstance(value, list) and len(value) >= _FEWEST}
    texts = {
        key: value
        for key, value in lists.items()
        if all(isinstance(each, str) and chats.is_phrase(each) for each in value)
    }
    return max(texts, key=lambda key: len(texts[key]), default="")


def _each_text(record: Record) -> Iterator[Record]:
    """A chat bot's intent with its label and texts: a row for each; its replies are no inputs."""
    key = _texts_of(record)
    kept = {name: value for name, value in record.items() if not isinstance(value, list)}
    yield from ({"text": text, **kept} for text in record[key])


def _label_studio(record: Record) -> Iterator[Record]:
    """Label Studio's JSON: https://labelstud.io/guide/export ("Label Studio JSON format of annotated tasks")."""
    made = flat(record["data"])
    results = _results(record) or []
    spans: list[Record] = []
    for each in results:
        value: Record = each["value"] if isinstance(each.get("value"), dict) else {}
        if isinstance(value.get("choices"), list):
            made["label"] = value["choices"]
        elif isinstance(value.get("labels"), list) and value["labels"] and "start" in value:
            spans.append({"start": value["start"], "end": value.get("end"), "label": value["labels"][0]})
        elif isinstance(value.get("text"), list | str):
            made["answer"] = only(value["text"])
        elif "rating" in value:
            made["rating"] = value["rating"]
    if spans or any(each.get("type") == "labels" for each in results):
        made["spans"] = spans
    yield made


def _results(record: Record) -> list[Record] | None:
    """Return what a task's first finished annotation marks; None if it has none."""
    done = [each for each in record["annotations"] if isinstance(each, dict) and not each.get("was_cancelled")]
    return [each for each in done[0].get("result") or [] if isinstance(each, dict)] if done else None


def _marks_spans(record: Record) -> bool:
    return any(each.get("type") == "labels" for each in _results(record) or ())


def _label_studio_spans(record: Record) -> Iterator[Record]:
    """As `_label_studio`, if spans are marked: a finished annotation without any found none; others are left out."""
    if _results(record) is not None:
        yield from ({"spans": []} | made for made in _label_studio(record))


def _prodigy(record: Record) -> Iterator[Record]:
    """Prodigy's JSONL: https://prodi.gy/docs/api-interfaces; skipped tasks are left out."""
    answer = record.get("answer", "accept")
    has_choice = isinstance(record.get("accept"), list)
    is_binary = not has_choice and isinstance(record.get("label"), str) and not record.get("spans")
    if answer == "ignore" or (answer == "reject" and (has_choice or (not is_binary and "spans" in record))):
        return
    made = {key: value for key, value in record.items() if not key.startswith("_") and key not in _HIDDEN}
    if has_choice:
        made["label"] = record["accept"]
    elif is_binary:  # yes or no to one label
        made["label"] = record["label"] if answer == "accept" else f"not {record['label']}"
        made.pop("spans", None)
    if isinstance(made.get("spans"), list):
        made["spans"] = [{key: each.get(key) for key in KEYS} for each in record["spans"] if isinstance(each, dict)]
    yield made


def _spans_of(record: Record) -> list[str]:
    """Return the keys that list spans of the record's text in a tool's format; bare lists below some keys only."""
    lists = {key: value for key, value in record.items() if isinstance(value, list) and value}
    marked = {key: spans for key, value in lists.items() if all(spans := [span_of(each) for each in value])}
    size = max((len(value) for value in record.values() if isinstance(value, str)), default=0)
    return [key for key, spans in marked.items() if _needs_change(key, lists[key][0]) and _fit(spans, size)]


def _needs_change(key: str, span: Record | list[Any]) -> bool:
    """Return whether spans are in another form than token classification reads, or nested; by the first of them."""
    return key in _SPANS if isinstance(span, list) else "." in key or not {*KEYS} <= span.keys()


def _fit(spans: Sequence[Record | None], size: int) -> bool:
    """Return whether spans lie within so many characters; times of a recording, in milliseconds, do not."""
    return all(span is not None and span["end"] <= size for span in spans)


def _above_spans(record: Record) -> Record:
    """Return the record, flattened if it has no spans at its top level: some tools nest them."""
    return record if _spans_of(record) else flat(record)


def _with_spans(record: Record) -> Iterator[Record]:
    made = _above_spans(record)
    yield made | {key: [span_of(each) for each in made[key]] for key in _spans_of(made)}


def _short_label_studio(record: Record) -> Iterator[Record]:
    """Label Studio's JSON-MIN and CSV: the data's columns, and one for each control, named as in the configuration."""
    made: Record = {}
    for key, cell in record.items():
        if key not in _OF_ANNOTATION:
            value = loaded(cell)
            spans = [span_of(each) for each in value] if isinstance(value, list) else []
            value = value["choices"] if isinstance(value, dict) and "choices" in value else value
            made[key] = spans if spans and all(spans) else value
    yield made


def _squad(record: Record) -> Iterator[Record]:
    """SQuAD's paragraphs: https://rajpurkar.github.io/SQuAD-explorer."""
    for paragraph in record.get("paragraphs", [record]):
        for asked in paragraph["qas"]:
            answers = [each for each in asked.get("answers") or [] if isinstance(each, dict)]
            texts = [each.get("text") for each in answers]
            starts = [each.get("answer_start") for each in answers]
            found = {"text": texts, "answer_start": starts}
            yield {"question": asked.get("question"), "context": paragraph.get("context"), "answers": found}


def _is_squad(record: Record) -> bool:
    for paragraph in record["paragraphs"] if isinstance(record.get("paragraphs"), list) else [record]:
        if not isinstance(paragraph, dict) or not isinstance(paragraph.get("qas"), list):
            return False
        if not all(isinstance(each, dict) for each in paragraph["qas"]):
            return False
    return True


def _is_nested(record: Record) -> bool:
    """Return whether a record has its text not at the top but below a key: what is at the top is far shorter.

    Parts of a text at the top are no texts, however short it is: `{"人名": ["马云"]}` of "马云在杭州".
    """
    below = {key: value for key, value in record.items() if isinstance(value, dict) and value}
    whole = "\0".join(value for value in record.values() if isinstance(value, str))
    parts = [each for value in flat(below).values() for each in (value if isinstance(value, list) else [value])]
    if parts and all(isinstance(each, str) and each in whole for each in parts):
        return False
    return bool(below) and (not _has_text(record) or _BESIDE * _letters(record) < _letters(flat(below)))


def _is_dated(values: Sequence[Any]) -> bool:
    """Return whether objects hold a text, and beside it nothing but times and addresses."""
    rest: set[bool] = set()
    for value in values:
        fields = [*value.items()] if isinstance(value, dict) else []
        texts = [key for key, cell in fields if isinstance(cell, str) and not _STAMP.match(cell)]
        if len(texts) != 1 or any(not isinstance(cell, str) for _, cell in fields):
            return False
        rest.add(len(fields) > 1)
    return rest == {True}


def _letters(record: Record) -> int:
    """Return the letters of the longest text in a record itself."""
    return max((sum(map(str.isalpha, each)) for each in record.values() if isinstance(each, str)), default=0)


def flat(record: Record, before: str = "", depth: int = 0, only: frozenset[str] | None = None) -> Record:
    """Return a record with nested keys joined by dots, for some keys or all."""
    made: Record = {}
    for key, value in record.items():
        if isinstance(value, dict) and _is_read(value):
            made[f"{before}{key}"] = value["value"]
        elif isinstance(value, dict) and value and depth < _DEEPEST and (only is None or key in only):
            made |= flat(value, f"{before}{key}.", depth + 1)
        elif only is None and (pages := _pages(value)):
            made[f"{before}{key}"] = pages
        else:
            made[f"{before}{key}"] = names if (names := _names(value)) is not None else value
    return made


def _is_read(value: Record) -> bool:
    """Return whether an object is a value that was read from a document, with only numbers that say how surely."""
    beside = [each for key, each in value.items() if key != "value"]
    return "value" in value and "confidence" in value and not any(isinstance(each, str | dict) for each in beside)


def _pages(value: object) -> str:
    """Return the text of a document's pages, "" if a value lists none: objects with a text alone."""
    pages = value if isinstance(value, list) else []
    if not all(isinstance(each, dict) and len(each) == 1 and isinstance(each.get("text"), str) for each in pages):
        return ""
    return "\n".join(each["text"] for each in pages)


def _names(value: object) -> list[str] | None:
    """Return the names of things listed with their ids, such as a ticket's labels or components; else None.

    Some of these have an id and a name, and their other fields are equal in every ticket. One with a text is a message,
    not a thing.
    """
    if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
        return None
    names = [each.get("name") for each in value if "id" in each and _TEXTS.isdisjoint(each)]
    return names if len(names) == len(value) and all(isinstance(name, str) for name in names) else None


def _case(record: Record) -> Iterator[Record]:
    if (made := case(record)) is not None:
        yield made


def _has(key: str, kind: type, other: str, other_kind: type) -> Callable[[Record], bool]:
    return lambda record: isinstance(record.get(key), kind) and isinstance(record.get(other), other_kind)


_OF_ANNOTATION = frozenset({"annotation_id", "annotator", "lead_time", "created_at", "updated_at"})
# Versions differ in the keys that they write.
_LEAST_OF_ANNOTATION = 3
_SHORT_LABEL_STUDIO = Shape(
    "a Label Studio export",
    lambda record: len(_OF_ANNOTATION & record.keys()) >= _LEAST_OF_ANNOTATION,
    _short_label_studio,
)
AS_IS = Shape("", lambda _: True, lambda record: iter([record]))
_SHAPES = (
    Shape("a Label Studio export", _has("data", dict, "annotations", list), _label_studio),
    _SHORT_LABEL_STUDIO,
    Shape("a Prodigy export", lambda record: "_task_hash" in record and "text" in record, _prodigy),
    Shape("an Argilla export", is_argilla, lambda record: iter([argilla(record)])),
    Shape(
        "what was asked in a run of an OpenAI eval",  # what its model answered is no label
        lambda record: isinstance(record.get("datasource_item"), dict),
        lambda record: iter([flat(record["datasource_item"])]),
    ),
    Shape(CASES, lambda record: is_case(record) and chats.logged(record) is None, _case),
    Shape(CHATS, lambda record: chats.turns_of(record) is not None, chats.chat),
    Shape("SQuAD's paragraphs", _is_squad, _squad),
    Shape("Rasa's examples of intents", is_intended, intended),
    Shape("spans as start, end, label", lambda record: bool(_spans_of(_above_spans(record))), _with_spans),
    Shape("a label with its texts", lambda record: not _has_text(record) and _texts_of(record) != "", _each_text),
    Shape(_NESTED, _is_nested, lambda record: iter([flat(record)])),
)
