"""Sequence-to-sequence models: summaries, translations (T5, BART, Marian, mBART, NLLB, M2M100, Pegasus)."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from advisor.engines.base import CannotLoadError, CircumstanceError, Load, Reply
from advisor.engines.transformers.classify import TokenClassifier
from advisor.engines.transformers.opened import Loaded, Opened, longest_input, open_model, open_with_offsets, padded
from advisor.formats.marks import marks, restored
from advisor.formats.safety import json_map
from catalog.languages import NAMES, code

# Marian: ">>fra<<". M2M100: "__fr__". mBART: "fr_XX". NLLB: "fra_Latn".
_MARIAN = re.compile(r">>([a-z]{2,3}(?:_[A-Za-z]+)?)<<")
_FIRST_TOKEN = re.compile(r"(?:__)?([a-z]{2,3}(?:_[A-Z][A-Za-z]{1,3})?)(?:__)?")
_MARKS = "_<>"  # Not in the codes that tokenizers' settings expect.
_FEWEST = 2
# Scripts of Chinese by region; other languages' regions do not determine a script.
_CHINESE = {"TW": "Hant", "HK": "Hant", "MO": "Hant", "CN": "Hans", "SG": "Hans"}
# Norwegian has two written forms; the default is the usual one.
_HEADS = {"no": "nob", "nb": "nob", "nn": "nno"}


class Direction(NamedTuple):
    """How to make a model translate into a language: a forced first token, and a prefix of the text."""

    first_token: int | None = None
    prefix: str = ""
    source_code: str | None = None
    target_code: str | None = None


def direction(tokenizer: Any, config: Any, options: dict[str, Any]) -> Direction:  # noqa: ANN401  the libraries' own
    """Return how to direct a model: from "source" to "target", names or codes, or by "purpose", a family.

    CannotLoadError if the model knows many languages, but not the one asked for. CircumstanceError if it needs one more
    language than the task names.
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
        if source is None:  # its tokenizer would treat any text as English
            raise CircumstanceError("needs the language of the inputs too: set translate.source")
        from_code = _chosen(known, source)
        return Direction(vocabulary[chosen], source_code=from_code.strip(_MARKS), target_code=chosen.strip(_MARKS))
    if getattr(config, "model_type", "") in ("t5", "mt5", "umt5"):
        return Direction(prefix=_t5_prefix(tasks, source, target))
    return Direction()


def by_language(form: re.Pattern[str], tokens: Iterable[str]) -> dict[str, list[str]]:
    """Return a vocabulary's language tokens by language code, sorted."""
    found: dict[str, list[str]] = {}
    for token in sorted(tokens):
        matched = form.fullmatch(token)
        language = code(matched[1]) if matched else None
        if language is not None:
            found.setdefault(language, []).append(token)
    return found


def _chosen(known: dict[str, list[str]], language: str) -> str:
    """Return the token of a language in the script asked for, if possible of the region asked for.

    CannotLoadError if there is none, or only in another script: Chinese in Taiwan differs from China's.
    """
    exact = [token for tokens in known.values() for token in tokens if token.strip(_MARKS) == language]
    tokens = exact or known.get(code(language) or "", [])
    if not tokens:
        raise CannotLoadError(f"does not know the language {language!r}; it knows {', '.join(sorted(known)[:30])}")
    asked = _subtags(language)
    tags = {token: _subtags(token.strip(_MARKS)) for token in tokens}
    fitting = [token for token, tag in tags.items() if not asked.script or tag.script in (None, asked.script)]
    if not fitting:
        forms = ", ".join(token.strip(_MARKS) for token in tokens)
        raise CannotLoadError(f"does not know the language {language!r}; of that language it knows {forms} alone")
    # The first of the most similar ones.
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


def _t5_prefix(tasks: Any, source: str | None, target: str) -> str:  # noqa: ANN401  what a configuration holds
    to, origin = code(target) or target, code(source or "en") or "en"
    own = tasks.get(f"translation_{origin}_to_{to}") if isinstance(tasks, dict) else None
    if isinstance(own, dict) and own.get("prefix"):
        return str(own["prefix"])
    return f"translate {NAMES.get(origin, origin)} to {NAMES.get(to, to)}: "


# Each text also holds keys and values for each beam.
MOST_TEXTS = 8


class SequenceToSequence:
    """A model with its published beams and length rules, without sampling."""

    def __init__(self, opened: Opened, to: Direction) -> None:
        self._opened, self._direction = opened, to
        self.engine, self.device = opened.engine, opened.device
        self.facts = opened.facts | {"beams": int(getattr(opened.model.generation_config, "num_beams", 1) or 1)}
        if to.target_code or to.prefix:
            self.facts |= {"target": to.target_code} if to.target_code else {"prefix": to.prefix}
        if to.source_code:
            opened.processor.src_lang = to.source_code

    def rewrite(self, texts: Sequence[str], *, max_tokens: int) -> list[Reply]:
        """Return the output for each text, of at most `max_tokens` tokens; a text too long is cut at its end."""
        import torch

        tokenizer, model = self._opened.processor, self._opened.model
        prefix = self._direction.prefix  # a task's template may have added it already
        given = [text if prefix and text.startswith(prefix) else prefix + text for text in texts]
        encoded = tokenizer(given, truncation=True, max_length=longest_input(self._opened))
        settings, ends = {"max_new_tokens": self._room(max_tokens), "do_sample": False}, self._opened.ends
        if self._direction.first_token is not None:
            settings["forced_bos_token_id"] = self._direction.first_token

        def answer(batch: list[int]) -> list[Reply]:
            written = model.generate(**padded(self._opened, encoded, batch), **settings)
            said = tokenizer.batch_decode(written, skip_special_tokens=True)
            # The first token starts the decoder; shorter texts of a batch are filled up after their end.
            rows = [ids[1:] for ids in written.tolist()]
            counts = [next((n for n, each in enumerate(ids, 1) if each in ends), len(ids)) for ids in rows]
            return [Reply(text.strip(), count) for text, count in zip(said, counts, strict=True)]

        with torch.inference_mode():
            return self._opened.batches.run([len(ids) for ids in encoded["input_ids"]], answer, MOST_TEXTS)

    def _room(self, max_tokens: int) -> int:
        """Return how many tokens may be generated, at most the decoder's positions."""
        positions = getattr(self._opened.model.config, "max_position_embeddings", None)
        return min(max_tokens, positions - 1) if isinstance(positions, int) and positions > 1 else max_tokens


class Punctuator(Loaded):
    """A tagger of the marks behind words, which writes them into the text."""

    def __init__(self, request: Load) -> None:
        opened = open_with_offsets(request, "AutoModelForTokenClassification")
        super().__init__(opened)
        self._tagger, self._marks = TokenClassifier(opened), marks(opened.labels)

    def rewrite(self, texts: Sequence[str], *, max_tokens: int) -> list[Reply]:
        """Return each text with its marks; a word's label is that of its first token."""
        found = self._tagger.tag(texts)
        return [
            Reply(restored(text, [(each.start, each.end, each.label) for each in spans], self._marks))
            for text, spans in zip(texts, found, strict=True)
        ]


def load(request: Load) -> SequenceToSequence | Punctuator:
    """Load a sequence-to-sequence model, directed by the request's "source", "target" and "purpose", or a punctuator.

    CannotLoadError with the reason, also if it lacks the languages asked for.
    """
    if marks(json_map(request.path / "config.json").get("id2label", {}).values()):
        return Punctuator(request)
    opened = open_model(request, "AutoModelForSeq2SeqLM")
    return SequenceToSequence(opened, direction(opened.processor, opened.model.config, request.options))
