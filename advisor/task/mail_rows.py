"""Reads rows from mailboxes, and the text of a saved mail."""

from __future__ import annotations

import re
from contextlib import suppress
from email import message_from_bytes, policy
from html import unescape
from typing import IO, TYPE_CHECKING, Any

from advisor.task.record import Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from advisor.task.layout import Layout

# Which folders or tags a mail has, as Gmail and Thunderbird write them.
_LABELS = {"X-Gmail-Labels": ",", "X-Mozilla-Keys": None}
_HIDDEN = re.compile(r"<(style|script|head)\b.*?</\1>|<[^<>]*>", re.IGNORECASE | re.DOTALL)


def read_mailbox(_: Path, stream: IO[bytes], __: Layout) -> Iterator[Row]:
    """Yield a row a mail (mbox, RFC 4155), with its labels where the program writes them; the line is its first.

    What says something else than a label does, such as "Inbox" or "Important", stands beside most labels, and is none.
    """
    rows = [Row(line, _cells(message_from_bytes(raw, policy=policy.default))) for line, raw in _messages(stream)]
    labelled = [row.columns.pop("label") for row in rows]
    beside = {one: {each for labels in labelled if one in labels for each in labels} for one in set().union(*labelled)}
    own = {one for one, others in beside.items() if 2 * (len(others) - 1) <= len(beside) - 1}
    if own:
        for row, labels in zip(rows, labelled, strict=True):
            row.columns["label"] = ";".join(each for each in labels if each in own)
    yield from rows


def mail_text(raw: bytes) -> str:
    """Return the subject and the body of a mail."""
    cells = _cells(message_from_bytes(raw, policy=policy.default))
    return "\n\n".join(filter(None, (cells["subject"], cells["text"])))


def _messages(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    begun, held = 1, [b""]
    for number, line in enumerate(stream, 1):
        if line.startswith(b"From ") and not held[-1].strip():
            if len(held) > 1:
                yield begun, b"".join(held)
            begun, held = number, [b""]
        else:
            held.append(line[line.startswith(b">From ") :])
    if len(held) > 1:
        yield begun, b"".join(held)


def _cells(mail: EmailMessage) -> dict[str, Any]:
    cells = {name: " ".join(str(mail[name] or "").split()) for name in ("date", "from", "subject")}
    body = mail.get_body(("plain", "html"))
    text = ""
    if body is not None:
        with suppress(LookupError, ValueError):  # an encoding that nobody knows
            text = body.get_content()
        text = unescape(_HIDDEN.sub(" ", text)) if body.get_content_subtype() == "html" else text
    labels = {
        each.strip(): None
        for name in _LABELS
        for each in re.split(r"[,\s]" if name[2] == "M" else ",", str(mail[name] or ""))
    }
    return cells | {"text": text.strip(), "label": [*filter(None, labels)]}
