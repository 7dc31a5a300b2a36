"""Notices about texts in a user's file: repeated, long, damaged, in several languages, about people."""

import re
from collections.abc import Iterator, Sequence

from advisor.engines.words import count_dense
from advisor.interview.facts import Notice
from advisor.system.source import quoted
from advisor.task.duplicates import of_most
from advisor.task.example import fold
from advisor.task.languages import languages
from advisor.task.near_duplicates import near_duplicates
from advisor.units import counted

# Tokens that most small encoders read; about four Latin characters are one token, one character of other scripts.
USUAL_CONTEXT, CHARACTERS_OF_A_TOKEN = 512, 4.0
CUT_SHARE = 0.05
MANY_CONTRADICTIONS, MANY_NEAR = 0.05, 0.2

_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[A-Za-z]{2,24}\b")
_PHONE = re.compile(
    r"(?<![\w.])(?:\+\d{1,3}[ ./-]?(?:\(0?\d{1,4}\)[ ./-]?)?\d(?:[ ./-]?\d){6,12}"
    r"|\(\d{3,5}\)[ ]?\d{3,4}[ -]?\d{3,5}|\d{3}-\d{3}-\d{4}|0\d{2,4}[ /-]\d{3,4}[ -]?\d{3,5})(?![\w-])"
)
_ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")

_REPLACED = "\N{REPLACEMENT CHARACTER}"
_DAMAGED = re.compile(
    "[\u00a0-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122\u0080-\u009f]{2,}"
)
# Usual results of repairing UTF-8 read as Windows-1252: Latin letters, quotes and dashes, the euro.
_USUAL = re.compile("[\u00a0-\u017f\u2010-\u203a\u20ac\u2122]+")
_LEADS = ("\u00c2", "\u00c3", "\u00c5", "\u00e2\u20ac", "\u00e2\u201a", "\u00e2\u201e")
SHORTEST_RUN = 4


def text_notices(
    texts: Sequence[str], expected: Sequence[str | None] | None, apart: Sequence[str] | None
) -> Iterator[Notice]:
    """Yield notices about the inputs, one text per row, parts joined; rows without input are left out.

    What is `expected` is None for a row without it, or as a whole if the file is unlabelled. If an input has several
    parts, near duplicates all count: `apart`, of what nearness is measured, is None then.
    """
    labelled = range(len(texts)) if expected is None else [at for at, each in enumerate(expected) if each is not None]
    answers = None if expected is None else [expected[at] or "" for at in labelled]
    yield from _repeats([texts[at] for at in labelled], answers, apart and [apart[at] for at in labelled])
    yield from _lengths(texts)
    yield from _damage(texts)
    yield from _people(texts)


def language_notices(texts: Sequence[str], column: str) -> Iterator[Notice]:
    """Yield the languages that are mixed in a column, if any."""
    detected = languages([texts])[0]
    if len(detected) > 1:
        shares = ", ".join(f"{spoken.language} {spoken.share:.0%}" for spoken in detected)
        text = f"the texts in {quoted(column)} are in {len(detected)} languages ({shares}); models must know them all"
        yield Notice("mixed_languages", text)


def _repeats(texts: Sequence[str], expected: Sequence[str] | None, apart: Sequence[str] | None) -> Iterator[Notice]:
    groups: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        groups.setdefault(fold(text), []).append(place)
    repeated = len(texts) - len(groups)
    if repeated:
        repeats = "repeats another" if repeated == 1 else "repeat others"
        text = f"{repeated} of {len(texts)} inputs {repeats}; each distinct input counts once as evidence"
        yield Notice("duplicates", text)
    if expected is not None:
        answers = [[expected[each].strip() for each in group] for group in groups.values()]
        torn = [group for group, said in zip(groups.values(), answers, strict=True) if of_most(said) is None]
        voted = sum(len(set(said)) > 1 for said in answers) - len(torn)
        if voted:
            has = counted(voted, "input has", "inputs have")
            yield Notice("votes", f"{has} different answers; the one that most of its rows have counts")
        if torn:
            rows = sum(map(len, torn))
            first = torn[0]
            other = next(each for each in first if expected[each].strip() != expected[first[0]].strip())
            yield Notice(
                "contradictions",
                f"{counted(len(torn), 'input has', 'inputs have')} different answers ({rows} rows) and none in most of "
                f"its rows, e.g. {quoted(texts[first[0]], 60)} with {quoted(expected[first[0]])} and with "
                f"{quoted(expected[other])}; {'it is' if len(torn) == 1 else 'they are'} set aside",
                is_grave=rows > MANY_CONTRADICTIONS * len(texts),
            )
    if apart is not None:
        kept = [apart[group[0]] for group in groups.values()]
        near = sum(len(group) - 1 for group in near_duplicates(kept))
        if near:
            text = f"{near} of {len(kept)} distinct inputs are nearly the same as others; each group counts once"
            yield Notice("near_duplicates", text, is_grave=near > MANY_NEAR * len(kept), likely=(near, len(kept)))


def _lengths(texts: Sequence[str]) -> Iterator[Notice]:
    tokens = [tokens_of(text) for text in texts]
    long = sum(count > USUAL_CONTEXT for count in tokens)
    if long and long >= CUT_SHARE * len(texts):
        yield Notice(
            "long_inputs",
            f"{long} of {len(texts)} inputs ({long / len(texts):.0%}) are longer than the {USUAL_CONTEXT} tokens that "
            f"most small encoders read, the longest has about {max(tokens):,.0f}; they see only its beginning",
        )


def tokens_of(text: str) -> float:
    """Return about how many tokens a text has."""
    dense = count_dense(text)
    return dense + (len(text) - dense) / CHARACTERS_OF_A_TOKEN


def _damage(texts: Sequence[str]) -> Iterator[Notice]:
    lost = [text for text in texts if _REPLACED in text]
    if lost:
        yield Notice(
            "encoding",
            f"{len(lost)} of {len(texts)} inputs hold the sign {_REPLACED} (U+FFFD) where a character was lost; save "
            "the file from its source as UTF-8",
        )
    found = [run for run in map(mojibake, texts) if run]
    if found:
        yield Notice(
            "encoding",
            f"{len(found)} of {len(texts)} inputs hold characters read in a wrong encoding, e.g. {quoted(found[0])}; "
            "save the file from its source as UTF-8",
        )


def mojibake(text: str) -> str:
    """Return the first run of UTF-8 read as Windows-1252, "" if there is none."""
    for run in _DAMAGED.findall(text):
        raw = b"".join(_byte(character) for character in run)
        # A quote may precede or follow the damage.
        for piece in (raw, raw[:-1], raw[1:]):
            try:
                meant = piece.decode("utf-8")
            except UnicodeDecodeError:
                continue
            usual = run.startswith(_LEADS) and _USUAL.fullmatch(meant) is not None
            if len(meant) < len(piece) and (usual or len(piece) >= SHORTEST_RUN):
                return str(run)
    return ""


def _byte(character: str) -> bytes:
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        return bytes([ord(character)]) if ord(character) < 256 else b"?"  # noqa: PLR2004  a byte


def _people(texts: Sequence[str]) -> Iterator[Notice]:
    kinds = {"a mail address": _MAIL, "a phone number": _PHONE, "a bank account": _ACCOUNT}
    found = {what: sum(pattern.search(text) is not None for text in texts) for what, pattern in kinds.items()}
    counts = [f"{what} in {count}" for what, count in found.items() if count]
    if counts:
        text = f"of {len(texts)} inputs some hold what looks like personal data ({', '.join(counts)})"
        yield Notice("personal_data", f"{text}; consider that before examples are sent to a server")
