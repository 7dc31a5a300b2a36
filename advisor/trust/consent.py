"""Examples are sent only to hosts that the user has agreed to by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from advisor.errors import InputError, one_line

if TYPE_CHECKING:
    from advisor.candidates.candidate import Candidate


class ConsentNeededError(InputError):
    """The user has not agreed to send examples somewhere.

    Attributes:
        hosts: The hosts they would be sent to.
    """

    kind = "consent_needed"

    def __init__(self, message: str, hosts: tuple[str, ...]) -> None:
        super().__init__(message)
        self.hosts = hosts


def consent_error(words: str, agreed: Collection[str], flags: str) -> ConsentNeededError:
    """Return the error that says what would be sent or run, and how to agree."""
    return ConsentNeededError(f"{words.rstrip('.')}; if you agree, add {flags}", tuple(agreed))


def where_sent(candidates: Iterable[Candidate]) -> dict[str, list[str]]:
    """Return the hosts that examples are sent to, with notes on each."""
    found: dict[str, list[str]] = {}
    for candidate in candidates:
        if candidate.sent_to is None:
            continue
        also = found.setdefault(candidate.sent_to, [])
        key = candidate.options.get("key_env")
        is_plain = str(candidate.options.get("url")).startswith("http://")
        for words in (f"the key in {key}" if key else None, "no encryption on the way" if is_plain else None):
            if words is not None and words not in also:
                also.append(words)
    return found


def sending_sentences(candidates: Iterable[Candidate]) -> list[str]:
    """Return one sentence per host on what is sent there."""
    return [
        f"Your examples are sent to {one_line(host, 120)}"
        + (f", with {one_line('; '.join(also), 160)}." if also else ".")
        for host, also in sorted(where_sent(candidates).items())
    ]


def must_agree_to_send(
    candidates: Iterable[Candidate], agreed: Iterable[str], also: Mapping[str, str] | None = None
) -> None:
    """Check that the user has agreed to every host; `also` are other destinations with their sentences.

    ConsentNeededError if not; the message says what would be sent where and how to agree.
    """
    known = {host.strip().lower() for host in agreed}
    asked = [candidate for candidate in candidates if candidate.sent_to and candidate.sent_to.lower() not in known]
    others = {host: words for host, words in (also or {}).items() if host.lower() not in known}
    if not asked and not others:
        return
    hosts = (*sorted(where_sent(asked)), *others)
    flags = " ".join(f"--send-to {one_line(host, 120)}" for host in hosts)
    raise consent_error(" ".join([*sending_sentences(asked), *others.values()]), hosts, flags)
