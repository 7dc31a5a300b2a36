"""Detects the encoding of a text file: UTF-8 if possible, else those of spreadsheets and older programs."""

import codecs
import io
import re
from contextlib import suppress
from pathlib import Path
from typing import IO

from advisor.errors import InputError
from advisor.system.source import is_binary, opened, place

UTF8 = "utf-8"
# Note for text documents of Word or OpenDocument, which are read one paragraph per line.
DOCUMENT = "the text of a document"
# Files that are not UTF-8 are decoded as a whole.
MOST_DECODED = 64 << 20
_SAMPLE = 256 << 10
_CHUNK = 1 << 20
# More than the share of stray NUL bytes; UTF-16 in Latin letters has half.
_NULS, _FEWEST = 0.2, 8
# Distinguished by their valid byte sequences and by which letters follow each other; the Western ones are not.
_ONE_BYTE = ("cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "cp874")
_FAR = ("cp932", "euc_jp", "gb18030", "big5", "euc_kr", *_ONE_BYTE)
# Kana, which bytes of other encodings hardly form; and their least share of the letters beyond ASCII.
_KANA = re.compile("[\u3041-\u3093\u30a1-\u30f6\u30fc]")
_OF_SCRIPT = 0.25
# Declarations near the beginning of a page or an XML document.
_SAID = re.compile(rb"\s*<.{1,2000}?\b(?:charset|encoding)\s*=\s*[\"']?([\w-]+)", re.IGNORECASE | re.DOTALL)
_LETTERS = re.compile(rb"[A-Za-z\x80-\xff]{2,}")
_SIGNS = "€„“”‚‘’«»–—…°§•™\xa0"  # noqa: RUF001  what people write
_QUOTES = "„“”«»"


def _both_cases(letters: str) -> str:
    return letters + letters.upper() + _SIGNS


_WESTERN = _both_cases("äöüßéèêëàâçñáíóúìòùîïôûæøåœÿãõ") + "µ£©®·¿¡²³½ºª"
_CENTRAL = _both_cases("ąćęłńóśźżčďěňřšťúůýžáäéíöőüűăâîșşțţ")
_TURKISH = _both_cases("çğıöşüâîû") + "İ"
_BALTIC = _both_cases("āčēģīķļņšūžąęėįųõäöü")
_NEAR = (
    ("cp1252", _WESTERN),
    ("cp1250", _CENTRAL),
    ("cp1254", _TURKISH),
    ("cp1257", _BALTIC),
    ("mac_roman", _WESTERN),
    ("cp850", _WESTERN),
)


def encoding_of(path: Path) -> str:
    """Return the encoding of a text file, as Python names it; "utf-8" also for files that are no text.

    A byte order mark decides first, then NUL bytes at every other position (UTF-16), then whether the whole file is
    UTF-8, then the declaration of a page or XML. Otherwise charset-normalizer decides if the letters are far from Latin
    ones; among the encodings of Latin letters the one with the most usual characters wins, cp1252 first. A file that is
    UTF-8 except for a few bytes is damaged, not in another encoding. OSError if it cannot be read.
    """
    with opened(path) as stream:
        head = stream.read(_SAMPLE)
        if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        if (wide := _utf16(head)) is not None:
            return wide
        if is_binary(head):
            return UTF8
        stream.seek(0)
        decoder = codecs.getincrementaldecoder(UTF8)()
        try:
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            stream.seek(0)
            return _other(stream.read(MOST_DECODED + 1))
    return UTF8


def encodings_of(path: Path, first: str) -> tuple[str, ...]:
    """Return the possible encodings of a file that is not UTF-8, one per distinct text, `first` first.

    OSError if it cannot be read.
    """
    with opened(path) as stream:
        head = stream.read(_SAMPLE)
    texts: dict[str, str] = {}
    for encoding in (first, *(name for name, _ in _NEAR), *_FAR):
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(head)
        except UnicodeDecodeError:
            continue
        texts.setdefault(text, encoding)
    return tuple(texts.values())


def as_utf8(path: Path, stream: IO[bytes], encoding: str) -> IO[bytes]:
    """Return a file's bytes as UTF-8; InputError if they cannot be decoded, or are too many."""
    if encoding == UTF8:
        return stream
    raw = stream.read(MOST_DECODED + 1)
    if len(raw) > MOST_DECODED:
        raise InputError(f"{place(path)}: is larger than 64 MiB and not UTF-8; save it as UTF-8")
    if encoding == DOCUMENT:
        from advisor.task.markup_rows import paragraphs  # which imports layouts

        return io.BytesIO("\n".join(paragraphs(path, raw)).encode(UTF8))
    try:
        return io.BytesIO(raw.decode(encoding).encode(UTF8))
    except (UnicodeError, LookupError):
        raise InputError(
            f"{place(path)}: is not valid {encoding}; save it as UTF-8, or name its encoding in examples.encoding"
        ) from None


def _utf16(head: bytes) -> str | None:
    """Return the byte order of UTF-16 without a mark: its NUL bytes are at odd or at even positions."""
    if head.count(0) < _NULS * len(head) or len(head) < _FEWEST:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text or min(even, odd) * 20 > max(even, odd) else encoding


def _other(raw: bytes) -> str:
    """Return the encoding of bytes that are not UTF-8."""
    escaped = raw.decode(UTF8, "surrogateescape")
    wrong = sum("\udc80" <= character <= "\udcff" for character in escaped)
    if sum(character > "\x7f" for character in escaped) >= 2 * wrong or len(raw) > MOST_DECODED or is_binary(raw):
        return UTF8
    if (said := _SAID.match(raw)) is not None:
        with suppress(LookupError):
            name = codecs.lookup(said[1].decode()).name.replace("-", "_")
            if name in {*_FAR, *dict(_NEAR)} and _decodes(raw, name):
                return name
    for name in ("cp932", "euc_jp"):
        if _decodes(raw, name) and _has_kana(raw[:_SAMPLE].decode(name, "ignore")):
            return name
    from charset_normalizer import from_bytes  # for such files alone

    far = from_bytes(raw[:_SAMPLE], cp_isolation=[*_FAR, *(name for name, _ in _NEAR)]).best()
    if (
        far is not None
        and far.encoding in _FAR
        and _decodes(raw, far.encoding)
        and _has_words(raw[:_SAMPLE], far.encoding)
    ):
        return far.encoding
    known = [(encoding, usual) for encoding, usual in _NEAR if _decodes(raw, encoding)]
    if not known:
        return UTF8
    return max(known, key=lambda each: _usual(raw[:_SAMPLE].decode(each[0], "ignore"), each[1]))[0]


def _has_kana(text: str) -> bool:
    """Return whether enough of a text's letters beyond ASCII are kana."""
    far = [character for character in text if character > "\x7f" and character.isalpha()]
    return len(_KANA.findall(text)) >= max(_FEWEST, _OF_SCRIPT * len(far))


def _has_words(raw: bytes, encoding: str) -> bool:
    """Return whether non-ASCII letters form words of their own, as distant scripts do; accents occur within words."""
    if encoding not in _ONE_BYTE:
        return True
    words = [word for word in _LETTERS.findall(raw) if not word.isascii()]
    return sum(all(byte > 0x7F for byte in word) for word in words) * 2 > len(words)  # noqa: PLR2004  ASCII's last


def _usual(text: str, usual: str) -> int:
    """Return how many characters are usual ones; a capital or a quote within a word is not."""
    found = 0
    for before, character, after in zip(text, text[1:], text[2:], strict=False):
        if character > "\x7f":
            is_inside = before.isalpha() and after.isalpha() and character in _QUOTES
            found += character in usual and not (is_inside or (before.islower() and character.isupper()))
    return found


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
