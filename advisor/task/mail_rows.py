"""Reads rows from mailboxes, and the text of a saved mail."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage, MIMEPart
from email.parser import BytesHeaderParser
from itertools import chain
from pathlib import Path
from typing import IO, Any

from advisor.task.layout import Layout
from advisor.task.markup_rows import page_text
from advisor.task.record import Row

# Separators of labels in the headers of Gmail and Thunderbird; None is white space.
_SEPARATORS = {"X-Gmail-Labels": ",", "X-Mozilla-Keys": None}
# Errors of the library for malformed headers and unknown encodings, which are frequent in spam.
_MALFORMED = (MessageError, LookupError, ValueError, TypeError, AttributeError, RecursionError)


def read_mailbox(_: Path, stream: IO[bytes], __: Layout) -> Iterator[Row]:
    """Yield one row per mail (mbox, RFC 4155), with its labels if the program writes them; the line is its first.

    Labels that occur together with most others, such as "Inbox" or "Important", are states and left out.
    """
    rows = [Row(line, _cells(raw)) for line, raw in _messages(stream)]
    labelled = [row.columns.pop("label") for row in rows]
    if own := _own_labels(labelled):
        for row, labels in zip(rows, labelled, strict=True):
            row.columns["label"] = ";".join(each for each in labels if each in own)
    yield from rows


def _own_labels(labelled: Sequence[Collection[str]]) -> set[str]:
    """Return the labels of mails without the states: whichever occurs with the most others is left out, one by one."""
    own = {each for labels in labelled for each in labels}
    shared = {one: {each for labels in labelled if one in labels for each in labels} - {one} for one in own}
    while own:
        counts = {one: len(shared[one] & own) for one in sorted(own)}
        most = max(counts, key=counts.__getitem__)
        if 2 * counts[most] < len(own):
            break
        own = own - {most} if counts[most] > min(counts.values()) else set()
    return own


def mail_text(raw: bytes) -> str:
    """Return the subject and the body of a mail."""
    cells = _cells(raw)
    return "\n\n".join(filter(None, (cells["subject"], cells["text"])))


def _messages(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield each mail with the line of its "From "; within a mail such a line begins with ">"."""
    begun, held = 1, [b""]
    for number, line in enumerate(chain(stream, (b"\n", b"From ")), 1):  # they end the last mail
        if not line.startswith(b"From ") or held[-1].strip():
            held.append(line[line.startswith(b">From ") :])
            continue
        if number > 1:
            yield begun, b"".join(held)
        begun, held = number, [b""]


def _header(mail: EmailMessage, name: str) -> str:
    """Return a header in one line, "" where it is absent or malformed."""
    with suppress(*_MALFORMED):
        return " ".join(str(mail[name] or "").split())
    return ""


def _undeclared(body: MIMEPart) -> str:
    """Return the text of a mail without a declared encoding, or with one that is unknown: UTF-8 if possible."""
    written = body.get_payload(decode=True)
    held = written if isinstance(written, bytes) else b""
    try:
        return held.decode()
    except UnicodeDecodeError:
        return held.decode("cp1252", "replace")


def _cells(raw: bytes) -> dict[str, Any]:
    try:
        mail = message_from_bytes(raw, policy=policy.default)
    except RecursionError:  # parts within parts without end
        mail = BytesHeaderParser(policy=policy.default).parsebytes(raw)
    cells = {name: _header(mail, name) for name in ("date", "from", "subject")}
    cells["from"] = "" if cells["from"] == "<>" else cells["from"]  # from Python 3.13 on, of a malformed address
    text = ""
    with suppress(*_MALFORMED):
        if (body := mail.get_body(("plain", "html"))) is not None:
            try:
                text = body.get_content() if body.get_content_charset() else _undeclared(body)
            except LookupError:
                text = _undeclared(body)
            text = page_text(text) if body.get_content_subtype() == "html" else text
    labels = (each.strip() for name, mark in _SEPARATORS.items() for each in _header(mail, name).split(mark))
    return cells | {"text": text.strip(), "label": [*filter(None, dict.fromkeys(labels))]}
