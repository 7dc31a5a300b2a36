"""How likely a model is to suit any user, before the query is known; and what a repository's name says about it."""

import math
import re
from typing import Final

from catalog.card import ModelCard

# Formats that a runtime of the advisor loads without the user's trust.
RUNS_HERE: Final = frozenset({"safetensors", "onnx", "gguf", "ctranslate2", "static"})
# Libraries whose pickles hold only tensors, which need no trust either.
_PICKLES_OF: Final = frozenset({"transformers", "sentence-transformers", "timm", "gliner", "gliclass"})
# The tag of models that a practitioner would name first for their task.
RECOMMENDED: Final = "recommended"
# Learned from the models that practitioners named in development rows (``benchmarks.catalog.shared_sets``); the sum
# is shifted and scaled into 0..1, so that it is one column.
WEIGHTS: Final = {
    "use": 2.16, "likes": 0.71, "recommended": 0.67, "curated": 0.84, "runs here": 0.47,
    "licence known": 0.71, "non-commercial": -0.68, "remote code": -1.47, "altered": -0.83, "base generator": -0.49,
    "copy": -0.6, "labels known": 0.11,
}  # fmt: skip
QUALITY_OFFSET: Final = 3.0
QUALITY_SPAN: Final = 9.0
_UNKNOWN_DOWNLOADS: Final = 1_000
# Downloads assumed for a model of the hand-made table if no source gives them.
_RECOMMENDED_DOWNLOADS: Final = 1_000_000
_CURATED_DOWNLOADS: Final = 30_000
_CURATED: Final = "curated"
_TUNED: Final = re.compile(
    r"instruct|chat|assistant|[-_.]it(?!\w)|thinking|-r1-|coder|hermes|[-_](?:rag|extract|tool)(?!\w)", re.IGNORECASE
)
_TUNED_TAGS: Final = frozenset(
    {
        "chat", "instruct", "conversational", "reasoning", "tools", "tool-use", "function calling",
        "structured extraction", "text to sql",
    }
)  # fmt: skip
# Names of base models: marked as such, or code models without a mark of tuning.
_BASE: Final = re.compile(
    r"[-_.](?:base|pt|pretrained)(?:$|[-_.])"
    r"|^(?!.*(?:instruct|chat|[-_.]it(?:$|[-_.])|sft|thinking|sql|agent)).*(?:code[rn]|-code|codegemma|mellum)",
    re.IGNORECASE,
)
_BASE_TAGS: Final = frozenset({"base", "base model"})
_TO_TUNE: Final = "base for fine-tuning"
# Pretrained encoder-decoders: the name has the architecture and the size, and no task. The first T5 is not included;
# it was trained on tasks.
_PRETRAINED: Final = re.compile(
    r"(?:led|codet5p?|m?bart|pegasus(?:-x)?|long-?t5|m?t5[-_]v1[._]1|t5-efficient|u?mt5|byt5|ul2|switch|prophetnet)"
    r"(?:[-_.](?:tiny|mini|small|medium|base|large|xlarge|xx?l|local|tglobal|cc25|uncased|cased|\d+[bmk]?))*",
    re.IGNORECASE,
)
# Models that answer with phonemes or a score, and how people ask for those.
_NO_WORDS: Final = re.compile(r"phoneme|pronunciation|how[ -]good|quality[ -]estimation", re.IGNORECASE)
_NO_WORDS_ASKED: Final = re.compile(r"phonem|pronun|how good|quality|score|grade|metric|evaluat", re.IGNORECASE)
_OF_WORDS: Final = frozenset({"translation", "automatic-speech-recognition", "text2text-generation"})
# The version at the end of a name: "e5-small-v2", "NuExtract-1.5"; numbers alone are sizes.
_VERSION: Final = re.compile(r"(.+?)[-_.]?(?:v(\d{1,2}(?:\.\d{1,2})?)|[-_](\d\.\d))")
# The generation directly behind the first word of a name: "gemma-3-1b-it", "Qwen2.5-0.5B"; "3b" and "v3" are none.
_GENERATION: Final = re.compile(r"([a-z]+)[-_]?(\d(?:\.\d)?)((?:[-_].*)?)")
_NOT_OF_LINE: Final = re.compile(r"(?<![a-z\d])(?:\d+(?:\.\d+)?[bm]|instruct|it|chat|hf|\d{4})(?![a-z\d])")
_WORDS_OF_LINE: Final = re.compile(r"[a-z\d]+")
# Marks of model parts and of private alterations of another's model, which few users look for.
_ALTERED: Final = re.compile(
    r"(?:^|[-_./])(?:uncensored|decensored|abliterat\w+|heretic|obliterat\w+|unaligned|loras?|merged?|text[-_]encoder|vae"
    r"|repackaged|controlnets?|your[-_]?\w*|nsfw|erp|roleplay)(?:$|[-_./])(?!.*(?:detect|classif|filter|moderat))",
    re.IGNORECASE,
)
_SEPARATORS: Final = re.compile(r"[-_.]+")
_MADE_SMALLER: Final = re.compile(
    r"[-_.](?:i1[-_.])?(?:gguf|ggml|awq|gptq|exl[23]|mlx|onnx|openvino|ov|bnb|fp8|fp16|bf16|nvfp4|mxfp4|int[48]|w\da\d+"
    r"|[2-8][-_]?bits?|q[2-8](?:[-_][k01])?(?:[-_][sml])?|iq\d\w*|quantized|quant|imatrix|dynamic|unsloth|ct2|optimum"
    r"|qat|ud|static|oq\w*|dwq\w*|hqq|marlin|channelwise|group\d+|gs?\d{2,3}|abliterated-gguf)$",
    re.IGNORECASE,
)


def features(card: ModelCard) -> dict[str, float]:
    """Features of a model before any task is known: usage, publisher, kind and licence.

    Age needs no feature: the downloads are those of the last 30 days.
    """
    downloads = _UNKNOWN_DOWNLOADS if card.downloads is None else card.downloads
    is_first, is_curated = RECOMMENDED in card.tags, any(source.startswith(_CURATED) for source in card.sources)
    if is_first:
        downloads = max(downloads, _RECOMMENDED_DOWNLOADS)
    elif is_curated:
        downloads = max(downloads, _CURATED_DOWNLOADS)
    runs_here = not RUNS_HERE.isdisjoint(card.formats) or ("pickle" in card.formats and card.library in _PICKLES_OF)
    return {
        "use": min(1.0, math.log10(1 + downloads) / 7.5),
        "likes": min(1.0, math.log10(1 + (card.likes or 0)) / 4),
        "recommended": float(is_first),
        "curated": float(is_curated),
        "runs here": 1.0 if runs_here else 0.5 if not card.files else 0.0,
        "licence known": float(card.license is not None),
        "non-commercial": float("nc" in (card.license or "").split("-")),
        "remote code": float(bool(card.remote_code)),
        "altered": float(is_altered(card)),
        "base generator": float(card.family == "text-generation" and not follows_instructions(card)),
        "copy": float(is_copy_by_name(card.id) or card.base_relation == "quantized"),
        "labels known": float(bool(card.labels)),
    }


def quality(card: ModelCard) -> float:
    """The features combined into 0..1; see :data:`QUALITY_SPAN` for the unit."""
    figure = sum(weight * value for name, value in features(card).items() if (weight := WEIGHTS[name]))
    return min(1.0, max(0.0, (figure + QUALITY_OFFSET) / QUALITY_SPAN))


def follows_instructions(card: ModelCard) -> bool:
    """Whether a generator is instruction-tuned, by its or its base's name or its tags; others only continue a text."""
    names = f"{card.id} {card.base_model or ''}"
    return _TUNED.search(names) is not None or not _TUNED_TAGS.isdisjoint(tag.lower() for tag in card.tags)


def only_continues(card: ModelCard) -> bool:
    """Whether it is a base text generator, by its name or its tags."""
    is_base = _BASE.search(card.id.rpartition("/")[2]) is not None or not _BASE_TAGS.isdisjoint(card.tags)
    return card.family == "text-generation" and is_base


def only_pretrained(card: ModelCard) -> bool:
    """Whether it was only pretrained, by its tags; a text-to-text model also by its name."""
    is_seq2seq = card.family in {"summarization", "translation", "text2text-generation"}
    return _TO_TUNE in card.tags or (is_seq2seq and _PRETRAINED.fullmatch(card.id.rpartition("/")[2]) is not None)


def answers_without_words(card: ModelCard, said: str) -> bool:
    """Whether it answers with phonemes or a score, by its name and tags, and the task asks for neither."""
    is_odd = _NO_WORDS.search(" ".join((card.id, *card.tags))) is not None
    return is_odd and card.family in _OF_WORDS and _NO_WORDS_ASKED.search(said) is None


def versioned(model_id: str) -> tuple[str, tuple[int, ...]]:
    """The name in lower case without its version, and the version; a name without one is the first."""
    found = _VERSION.fullmatch(model_id.lower())
    if found is None:
        return model_id.lower(), (1,)
    return found[1], tuple(map(int, (found[2] or found[3]).split(".")))


def generation(model_id: str) -> tuple[str | None, float]:
    """The line of a model without generation and size, and its generation: "Qwen2.5-1.5B-Instruct" is ("qwen", 2.5).

    (None, 0.0) if the name has none; "-Instruct" and the like and a month do not count: later generations omit them.
    """
    found = _GENERATION.fullmatch(stem(model_id))
    if found is None:
        return None, 0.0
    return " ".join((found[1], *sorted(_WORDS_OF_LINE.findall(_NOT_OF_LINE.sub(" ", found[3]))))), float(found[2])


def is_altered(card: ModelCard) -> bool:
    """Whether it is a part, or a private alteration, of another's model.

    A copy in fewer bits that does not have its original's name is more than that: "x/Model-Cyber-GGUF" of "y/Model-1B".
    """
    if card.base_relation in {"adapter", "merge"} or _ALTERED.search(card.id) is not None:
        return True
    if card.base_relation != "quantized" or not card.base_model or RECOMMENDED in card.tags:
        return False
    names = (card.base_model.removesuffix("-unquantized"), card.id)
    original, own = (_SEPARATORS.sub("-", stem(name)) for name in names)
    return original not in own


def stem(model_id: str) -> str:
    """The repository's name without owner and without marks of a smaller copy: "x/Qwen3-8B-GGUF" as "qwen3-8b"."""
    name = model_id.rsplit("/", 1)[-1]
    while (shorter := _MADE_SMALLER.sub("", name)) != name and shorter:
        name = shorter
    return name.lower()


def is_copy_by_name(model_id: str) -> bool:
    """Whether the repository's name bears a mark of a smaller copy."""
    return model_id.rsplit("/", 1)[-1].lower() != stem(model_id)


def series(model_id: str) -> str:
    """The name shared by one maker's models of different sizes: "openai/whisper-small.en" as "openai/whisper"."""
    owner, _, name = model_id.lower().rpartition("/")
    return f"{owner}/{re.split(r'[-_.]', name, maxsplit=1)[0]}"
