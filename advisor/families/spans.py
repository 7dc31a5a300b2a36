"""Labelled spans of a text: read in people's formats, located in the text, compared."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from advisor.engines.spans import split_tag
from advisor.engines.words import is_whole
from advisor.families.json_fields import find_spelled
from advisor.families.values import SEVERAL_MARKS, StrayError, as_label, stripped
from advisor.families.written_spans import span_of
from advisor.system.source import quoted

NOWHERE = -1
# Unicode's combining class of the marks that make "ka" of kana "ga".
_VOICING = 8
_PLAIN = str.maketrans(
    "\N{EN DASH}\N{EM DASH}\N{RIGHT SINGLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}\N{NO-BREAK SPACE}", "--'' "
)
# A cell that says that there is nothing to mark: only dashes, or a word that does not occur in the text.
_DASHES = re.compile(r"[-/\N{EN DASH}\N{EM DASH}\s]*")
_NONE = re.compile(
    r"none|no|nobody|nothing|n/a|na|n\.a|nil|null|néant|aucun|aucune|rien|keine|keiner|kein|nichts|niemand"
    r"|geen|niets|ninguno|ninguna|nadie|nada|nenhum|nenhuma|ninguém|nessuno|nessuna|niente|brak|nikt|нет"
    r"|немає|yok|hiçbiri|inga|ingen|ingenting|žádný|žádné|nikdo|なし|無し|无|無|没有|없음"
)
_AND = re.compile(
    r"(?<!\s)\s+(?:and|et|und|y|e|ed|en|i|oraz|a|og|och|ve|и|та)\s+|(?<!\s)\s*[&+、とや和与및]\s*|[&+、とや和与및]\s*",
    re.IGNORECASE,
)
TAG = re.compile(r"O|[BIESLU]-\S+")
FORMS = (
    'write {"PERSON": ["Ada"]}, [["Ada", "PERSON"]], [{"start": 0, "end": 3, "label": "PERSON"}] or one BIO tag a '
    "word; [] if there is none"
)


def read_spans(value: Any, text: str) -> list[dict[str, Any]]:  # noqa: ANN401  any JSON value
    """Return the spans that an expected value names in a text, in order; ValueError with the error and the cure.

    Accepted are `{label: [texts]}`, `[[text, label]]`, `[{"text", "label"}]` (or two other keys),
    `[{"start", "end", "label"}]` or `[[start, end, label]]` (characters, the end exclusive; under tools' own keys too),
    and one BIO, BIOES or BILOU tag per word between blanks. A listed text stands for all its occurrences as a whole
    word, the longest texts first; if it does not occur verbatim, also in another case or without accents. Labels that
    differ between occurrences need offsets.
    """
    if value in ([], {}):
        return []
    if isinstance(value, dict) and not {"start", "end", "text"} & value.keys():
        listed = [(each, label) for label, texts in value.items() for each in _several(texts)]
        return _found(listed, text)
    if not isinstance(value, list) or not value:
        raise ValueError(f"names no spans; {FORMS}")
    if all(isinstance(tag, str) for tag in value):
        return _tagged(value, text)
    if not all(isinstance(each, dict) and {"start", "label"} <= each.keys() for each in value):
        tools = [_own_keys(each) for each in value]
        value = tools if all(tools) else value
    if all(isinstance(each, dict) and "start" in each for each in value):
        return sorted((_offsets(each, text) for each in value), key=place)
    return _found([_pair(each, text) for each in value], text)


def _own_keys(each: object) -> dict[str, Any] | None:
    """Return a tool's span under our keys, with its text if it has one; None for another value, or several labels."""
    if isinstance(each, dict) and any(isinstance(value, list) and len(value) > 1 for value in each.values()):
        return None
    found = span_of(each)
    text = each.get("text") if isinstance(each, dict) else None
    return found | {"text": text} if found is not None and isinstance(text, str) else found


def split_listed(cell: str, text: str) -> list[str]:
    """Return the parts of a text that a cell lists; none if it is empty or says so ("none", "néant", "-").

    A cell that occurs is one part, another is cut at the surest mark, or at "and" where both sides occur.
    """
    named = stripped(cell)
    if _DASHES.fullmatch(named) is not None:
        return []
    if _occurs(named, text):
        return [named]
    if _NONE.fullmatch(named.strip("()[]<>. ").casefold()):
        return []
    for mark in ("\n", *SEVERAL_MARKS):
        if mark in named:
            return [each for part in named.split(mark) for each in split_listed(part, text)]
    parts = list(filter(None, map(str.strip, _AND.split(named))))
    return parts if parts and all(_occurs(part, text) for part in parts) else [named]


def may_list(cell: str) -> bool:
    """Return whether a cell has a mark or a word between several parts."""
    return any(mark in cell for mark in ("\n", *SEVERAL_MARKS)) or _AND.search(cell) is not None


def _occurs(named: str, text: str) -> bool:
    return named.casefold() in text.casefold() or _plain(named).casefold() in _plain(text).casefold()


def placed(pairs: Iterable[tuple[str, str]], text: str) -> list[dict[str, Any]]:
    """Return the spans of texts, the longest first, at each occurrence; those without one are at `NOWHERE`."""
    taken: list[tuple[int, int]] = []
    spans = []
    for named, label in sorted(dict.fromkeys(pairs), key=lambda pair: -len(pair[0])):
        places = _anyhow(named, text, taken)
        taken = sorted(taken + places)
        spans += [span(text, start, end, label) for start, end in places]
        if not places:
            spans.append({"text": named, "label": label, "start": NOWHERE, "end": NOWHERE})
    return sorted(spans, key=place)


def span_scores(output: Sequence[dict[str, Any]], expected: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return the F1 over exact spans with their labels, and whether all are equal."""
    found, wanted = marks(output), marks(expected)
    if not found and not wanted:
        return {"entity_f1": 1.0, "exact": 1.0}
    f1 = 2.0 * len(found & wanted) / (len(found) + len(wanted))
    return {"entity_f1": f1, "exact": float(found == wanted)}


def place(span: dict[str, Any]) -> tuple[int, int, str]:
    """Return a span's key within its text."""
    return span["start"], span["end"], span["label"]


def marks(value: Any, label: str | None = None) -> frozenset[tuple[Any, ...]]:  # noqa: ANN401  any answer
    """Return the keys of an answer's spans, or those of one label, the third part of a key; none for other answers.

    Spans without a place differ by their text.
    """
    listed = value if isinstance(value, list) else []
    spans = [each for each in listed if isinstance(each, dict) and {"start", "end", "label", "text"} <= each.keys()]
    keys = ((*place(each), each["text"] if each["start"] == NOWHERE else "") for each in spans)
    return frozenset(key for key in keys if label in {None, key[2]})


def _several(texts: object) -> list[str]:
    listed = [texts] if isinstance(texts, str) else texts
    if not isinstance(listed, list) or not all(isinstance(each, str) and stripped(each) for each in listed):
        raise ValueError(f"names spans that are not texts; {FORMS}")
    return listed


def _pair(each: object, text: str) -> tuple[str, str]:
    """Return a part of a text with its label; of two texts under other names, as "type" for "label", what occurs."""
    if isinstance(each, dict):
        two = list(each.values())
        if not {"text", "label"} <= each.keys() and len(two) == 2 and all(isinstance(one, str) for one in two):  # noqa: PLR2004
            each = sorted(two, key=lambda one: not _occurs(one, text))
        else:
            each = [each.get("text"), each.get("label")]
    if not isinstance(each, list) or len(each) != 2 or not all(isinstance(x, str) and stripped(x) for x in each):  # noqa: PLR2004
        raise ValueError(f"names a span that is not a pair of text and label; {FORMS}")
    return each[0], each[1]


def _found(pairs: Sequence[tuple[str, str]], text: str) -> list[dict[str, Any]]:
    labels: dict[str, str] = {}
    for named, label in pairs:
        if labels.setdefault(stripped(named), as_label(label)) != as_label(label):
            raise ValueError(f"gives {quoted(named)} two labels; write start and end of each place")
    spans = placed(labels.items(), text)
    if lost := [each["text"] for each in spans if each["start"] == NOWHERE]:
        longest = quoted(max(lost, key=len))
        if any(_occurs(each, text) for each in lost):
            raise ValueError(f"names {longest}, which is in the text within a longer name alone; leave it out")
        reason = f"names {longest}, which is not in the text; copy it from there"
        raise StrayError(reason, "names what is not in the text")
    return spans


def _anyhow(named: str, text: str, taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return where a text occurs verbatim, else ignoring case, else accents too, else with other blanks and hyphens."""
    found = (
        _places(named, text, taken)
        or _places(named, text, taken, any_case=True)
        or _places(_plain(named), _plain(text), taken, any_case=True)
    )
    if not found and (spelled := find_spelled(text, named)) is not None:
        found = _places(text[slice(*spelled)], text, taken)
    return found


@lru_cache(maxsize=8)  # a text is compared with one name after the other
def _plain(text: str) -> str:
    """Return a text of the same length without accents, with plain blanks, dashes and quotes.

    Letters of a Korean syllable and voicing marks of kana are no accents: without them it is another one.
    """
    return text if text.isascii() else "".join(map(_without_accents, text.translate(_PLAIN)))


@lru_cache(maxsize=10_000)
def _without_accents(sign: str) -> str:
    apart = unicodedata.normalize("NFKD", sign)
    return apart[0] if all(unicodedata.combining(mark) not in (0, _VOICING) for mark in apart[1:]) else sign


def _places(
    named: str, text: str, taken: Sequence[tuple[int, int]], *, any_case: bool = False
) -> list[tuple[int, int]]:
    """Return where a text occurs outside taken places: as a whole word, else (no blanks between words) anywhere.

    Taken places are sorted and apart.
    """
    pattern = re.compile(f"(?=({re.escape(named)}))", re.IGNORECASE if any_case else 0)
    # Self-overlapping texts ("aa" in "aaa") are found at each place; of overlapping matches the first counts.
    everywhere = [match.span(1) for match in pattern.finditer(text)]
    for found in ([span for span in everywhere if is_whole(text, *span)], everywhere):
        free: list[tuple[int, int]] = []
        for start, end in found:
            at = bisect_left(taken, (end,))
            if not any(start < beyond for _, beyond in (*taken[at - 1 : at], *free[-1:])):
                free.append((start, end))
        if free:
            return free
    return []


def _offsets(each: dict[str, Any], text: str) -> dict[str, Any]:
    start, end, label = each.get("start"), each.get("end"), each.get("label")
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
        raise ValueError(
            f"has a span from {start} to {end} in a text of {len(text)} characters; count characters from 0, the end "
            "beyond the last one"
        )
    if not isinstance(label, str) or not label.strip():
        raise ValueError(f"has a span without a label; {FORMS}")
    found = span(text, start, end, as_label(label))
    if isinstance(each.get("text"), str) and each["text"] != found["text"]:
        raise ValueError(f"has {quoted(each['text'])} at {start} to {end}, where the text has {quoted(found['text'])}")
    return found


def _tagged(written: Sequence[str], text: str) -> list[dict[str, Any]]:
    words = [match.span() for match in re.finditer(r"\S+", text)]
    if len(words) != len(written):
        raise ValueError(
            f"has {len(written)} tags where the text has {len(words)} words between blanks; write one each"
        )
    return joined(words, written, text)


def joined(words: Sequence[tuple[int, int]], tags: Iterable[str], text: str) -> list[dict[str, Any]]:
    """Return the spans of words by BIO, BIOES or BILOU tags; I- (E-, L-) without an open span of its label begins one.

    This follows conlleval, the script of the CoNLL tasks. ValueError if a tag has another form.
    """
    spans: list[dict[str, Any]] = []
    before = ""
    for (start, end), each in zip(words, tags, strict=True):
        tag, kind = split_tag(each.strip())
        if kind is not None and not tag:
            raise ValueError(f"has the tag {quoted(each)}; {FORMS}")
        label = as_label(kind) if kind else ""
        if label and label == before and tag in "IEL":
            spans[-1] = span(text, spans[-1]["start"], end, label)
        elif label:
            spans.append(span(text, start, end, label))
        before = label if tag in "BI" else ""
    return spans


def span(text: str, start: int, end: int, label: str) -> dict[str, Any]:
    """Return a span in the form of answers."""
    return {"text": text[start:end], "label": label, "start": start, "end": end}
