"""How a translation model is told its languages: by a first token, by a word before the text, or not at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.probe.runtimes.base import CannotLoadError
from catalog.languages import NAMES, code

if TYPE_CHECKING:
    from collections.abc import Iterable

# Marian: ">>fra<<". M2M100: "__fr__". mBART: "fr_XX". NLLB: "fra_Latn".
_MARIAN = re.compile(r">>([a-z]{2,3}(?:_[A-Za-z]+)?)<<")
_FIRST_TOKEN = re.compile(r"(?:__)?([a-z]{2,3}(?:_[A-Z][A-Za-z]{1,3})?)(?:__)?")
_FEWEST = 2


class Direction(NamedTuple):
    """What makes a model translate into a language: a token that it is made to begin with, a text put before."""

    first_token: int | None = None
    prefix: str = ""
    source_code: str | None = None
    target_code: str | None = None


def direction(tokenizer: Any, config: Any, options: dict[str, Any]) -> Direction:  # noqa: ANN401  the libraries' own
    """Return how to make a model translate as asked.

    Args:
        tokenizer: Its tokenizer.
        config: Its configuration.
        options: "source" and "target" (names or codes of languages), "purpose" (a task family).

    Raises:
        CannotLoadError: if the model knows many languages and not the one asked for, or is not told which.
    """
    source, target = options.get("source"), options.get("target")
    tasks = getattr(config, "task_specific_params", None) or {}
    if target is None:
        own = tasks.get(options.get("purpose") or "", {}) if isinstance(tasks, dict) else {}
        return Direction(prefix=str(own.get("prefix") or ""))
    vocabulary = tokenizer.get_vocab()
    marian = by_language(_MARIAN, vocabulary)
    if marian:
        chosen = _chosen(marian, target)
        return Direction(prefix=f"{chosen} ", target_code=chosen)
    known = by_language(_FIRST_TOKEN, tokenizer.get_added_vocab())
    if len(known) >= _FEWEST:
        chosen = _chosen(known, target)
        from_code = _chosen(known, source) if source else None
        return Direction(vocabulary[chosen], source_code=_plain(from_code), target_code=_plain(chosen))
    if getattr(config, "model_type", "") in ("t5", "mt5", "umt5"):
        return Direction(prefix=_t5_prefix(tasks, source, target))
    return Direction()


def by_language(form: re.Pattern[str], tokens: Iterable[str]) -> dict[str, list[str]]:
    """Return a vocabulary's language tokens by the language's code, those of each in order."""
    found: dict[str, list[str]] = {}
    for token in sorted(tokens):
        matched = form.fullmatch(token)
        language = code(matched[1]) if matched else None
        if language is not None:
            found.setdefault(language, []).append(token)
    return found


def _chosen(known: dict[str, list[str]], language: str) -> str:
    exact = [token for tokens in known.values() for token in tokens if _plain(token) == language]
    tokens = exact or known.get(code(language) or "", [])
    if not tokens:
        raise CannotLoadError(f"does not know the language {language!r}; it knows {', '.join(sorted(known)[:30])}")
    return tokens[0]


def _plain(token: str | None) -> str | None:
    """Return a language token without its marks, as the tokenizers' own settings want it."""
    return None if token is None else token.strip("_<>")


def _t5_prefix(tasks: Any, source: str | None, target: str) -> str:  # noqa: ANN401  what a configuration holds
    to, origin = code(target) or target, code(source or "en") or "en"
    own = tasks.get(f"translation_{origin}_to_{to}") if isinstance(tasks, dict) else None
    if isinstance(own, dict) and own.get("prefix"):
        return str(own["prefix"])
    return f"translate {NAMES.get(origin, origin)} to {NAMES.get(to, to)}: "
