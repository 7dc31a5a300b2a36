"""How a translation model is told its languages: by a first token, by a word before the text, or not at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.engines.base import CannotLoadError, CircumstanceError
from catalog.languages import NAMES, code

if TYPE_CHECKING:
    from collections.abc import Iterable

# Marian: ">>fra<<". M2M100: "__fr__". mBART: "fr_XX". NLLB: "fra_Latn".
_MARIAN = re.compile(r">>([a-z]{2,3}(?:_[A-Za-z]+)?)<<")
_FIRST_TOKEN = re.compile(r"(?:__)?([a-z]{2,3}(?:_[A-Z][A-Za-z]{1,3})?)(?:__)?")
_FEWEST = 2
# Which script Chinese is written in where; other languages' regions tell none.
_CHINESE = {"TW": "Hant", "HK": "Hant", "MO": "Hant", "CN": "Hans", "SG": "Hans"}
# Norwegian is written in two ways, and without a word it is the usual one.
_HEADS = {"no": "nob", "nb": "nob", "nn": "nno"}


class Direction(NamedTuple):
    """What makes a model translate into a language: a token that it is made to begin with, a text put before."""

    first_token: int | None = None
    prefix: str = ""
    source_code: str | None = None
    target_code: str | None = None


def direction(tokenizer: Any, config: Any, options: dict[str, Any]) -> Direction:  # noqa: ANN401  the libraries' own
    """Return how to make a model translate as asked: "source" and "target", names or codes, or "purpose", a family.

    Raises:
        CannotLoadError: if the model knows many languages and not the one asked for.
        CircumstanceError: if it must be told one language more than the task names.
    """
    source, target = options.get("source"), options.get("target")
    tasks = getattr(config, "task_specific_params", None) or {}
    if target is None and source is None:
        own = tasks.get(options.get("purpose") or "", {}) if isinstance(tasks, dict) else {}
        return Direction(prefix=str(own.get("prefix") or ""))
    vocabulary = tokenizer.get_vocab()
    marian = by_language(_MARIAN, vocabulary)
    known = {} if marian else by_language(_FIRST_TOKEN, tokenizer.get_added_vocab())
    if target is None and max(len(marian), len(known)) >= _FEWEST:
        raise CircumstanceError("needs the language to write: set translate.target")
    if target is None:
        return Direction()
    if marian:
        chosen = _chosen(marian, target)
        return Direction(prefix=f"{chosen} ", target_code=chosen)
    if len(known) >= _FEWEST:
        chosen = _chosen(known, target)
        if source is None:  # its tokenizer would take any text for English
            raise CircumstanceError("needs the language of the inputs too: set translate.source")
        from_code = _chosen(known, source)
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
    """Return the token of a language in the script asked for, of several that of the region asked for.

    Raises:
        CannotLoadError: if there is none, or only in another script: Chinese of Taiwan is not that of China.
    """
    exact = [token for tokens in known.values() for token in tokens if _plain(token) == language]
    tokens = exact or known.get(code(language) or "", [])
    if not tokens:
        raise CannotLoadError(f"does not know the language {language!r}; it knows {', '.join(sorted(known)[:30])}")
    asked = _subtags(language)
    tags = {token: _subtags(token.strip("_<>")) for token in tokens}
    fitting = [token for token, tag in tags.items() if not asked.script or tag.script in (None, asked.script)]
    if not fitting:
        forms = ", ".join(token.strip("_<>") for token in tokens)
        raise CannotLoadError(f"does not know the language {language!r}; of that language it knows {forms} alone")
    # The first of the most alike.
    return max(fitting, key=lambda token: [one == other for one, other in zip(tags[token], asked, strict=True)])


class _Subtags(NamedTuple):
    script: str | None
    head: str
    region: str | None


def _subtags(tag: str) -> _Subtags:
    """Return the parts of a language tag, such as "zh-TW", "zho_Hant" or "pt_XX" (of no region); or of a name."""
    head, *more = re.split("[-_]", tag)
    script = next((part.title() for part in more if re.fullmatch("[A-Za-z]{4}", part)), None)
    region = next((part.upper() for part in more if re.fullmatch("[A-Za-z]{2}|[0-9]{3}", part)), None)
    language = code(tag) or ""
    if language == "zh":
        script = script or _CHINESE.get(region or "")
    head = head.lower() if len(head) <= len("xxx") else language
    return _Subtags(script, _HEADS.get(head, head), None if region == "XX" else region)


def _plain(token: str | None) -> str | None:
    """Return a language token without its marks, as the tokenizers' own settings want it."""
    return None if token is None else token.strip("_<>")


def _t5_prefix(tasks: Any, source: str | None, target: str) -> str:  # noqa: ANN401  what a configuration holds
    to, origin = code(target) or target, code(source or "en") or "en"
    own = tasks.get(f"translation_{origin}_to_{to}") if isinstance(tasks, dict) else None
    if isinstance(own, dict) and own.get("prefix"):
        return str(own["prefix"])
    return f"translate {NAMES.get(origin, origin)} to {NAMES.get(to, to)}: "
