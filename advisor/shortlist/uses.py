"""Which engine would load a model of the Hub, for what, and which of its files that takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.models.file_names import GRAPH_DATA
from advisor.models.trust import PICKLE, REMOTE_CODE
from advisor.probe.runtimes.base import ENGINES

if TYPE_CHECKING:
    from advisor.families.base import Family
    from catalog import ModelCard

ENCODERS = ("feature-extraction", "sentence-similarity")
ENCODER_LIBRARIES = ("sentence-transformers", "model2vec")
# What a model of one of the catalog's families can do with the engine transformers.
ABILITIES = {
    "text-classification": "classify",
    "zero-shot-classification": "entail",
    "text-ranking": "compare",
    "token-classification": "tag",
    "question-answering": "read",
    "summarization": "rewrite",
    "translation": "rewrite",
    "text2text-generation": "rewrite",
    "text-generation": "chat",
    "image-classification": "see",
    "image-feature-extraction": "look",
    "automatic-speech-recognition": "transcribe",
}
# For these a graph that the Hub offers takes less memory and time than the same weights in torch. Encoders are not
# among them: what is published of them was measured with sentence-transformers.
BY_GRAPH = ("classify", "entail", "tag", "read")
# Libraries whose files transformers does not load; the catalog does not know the library of every model.
OTHER_LIBRARIES = frozenset(
    {
        "timm",
        "spacy",
        "flair",
        "nemo",
        "keras",
        "tf-keras",
        "mlx",
        "open_clip",
        "gliner",
        "peft",
        "adapter-transformers",
    }
)
CHAT_TAGS = frozenset({"conversational", "chat", "instruct"})
CONFIGURATION = ("*.json", "*.txt", "*.model", "*.jinja")
# Files of components stand in folders of the components' own names; a wheel beside them holds all of it once more.
SPACY_FILES = ("config.cfg", "meta.json", "tokenizer", "*/*")
_OTHER_FORMATS = ("onnx/*", "openvino/*", "*.bin", "*.h5", "*.msgpack", "*.ot", "*.onnx", "*.gguf")


@dataclass(frozen=True, slots=True)
class Use:
    """Which engine would load a Hub model, and for what."""

    runtime: str
    ability: str


@dataclass(frozen=True, slots=True)
class Files:
    """What to fetch: patterns of names, patterns of what is not wanted all the same, and how weights end."""

    patterns: tuple[str, ...]
    ignored: tuple[str, ...]
    suffixes: tuple[str, ...]


def use_for(
    card: ModelCard, family: Family, *, allows: frozenset[str] = frozenset(), is_named: bool = False
) -> Use | None:
    """Return how a Hub model would be used for a task family, None when no engine here would.

    Args:
        card: What the catalog knows of it.
        family: The task's.
        allows: What the task allows this model by name.
        is_named: Whether the task names it. Others are left alone where the catalog knows too little to tell that a
            download is worth it: classifiers, whose labels may be any, and language models not made to be asked.
    """
    if card.remote_code and REMOTE_CODE not in allows:
        return None
    use = _use(card, allows)
    if use is not None and use.ability == "see" and not is_named:
        # Its labels may be any, but what it sees trains a head.
        use = Use(use.runtime, "look")
    if use is None or use.ability not in family.methods:
        return None
    if not is_named and use.ability == "classify":
        return None
    is_chat = use.runtime != "transformers" or use.ability != "chat" or CHAT_TAGS.intersection(card.tags)
    return use if is_named or is_chat else None


def other_uses(card: ModelCard, use: Use) -> tuple[Use, ...]:
    """Return what else to try where the Hub does not hold the files that the catalog makes expect."""
    return (Use("transformers", use.ability),) if use.runtime == "onnx" and "safetensors" in card.formats else ()


def quantised_use(card: ModelCard, use: Use) -> Use | None:
    """Return which other engine has this model's weights in fewer bits than the one that comes first; None if none.

    Its graphs at full precision are the same weights once more, and no variants.
    """
    is_graph = use.runtime == "sentence-transformers" and "onnx" in card.formats and ENGINES["onnx"].is_installed()
    return Use("onnx", use.ability) if is_graph else None


def _use(card: ModelCard, allows: frozenset[str]) -> Use | None:
    formats = card.formats
    has_torch = "safetensors" in formats or (PICKLE in allows and "pickle" in formats)
    if card.family in ENCODERS:
        if not has_torch or card.library not in ENCODER_LIBRARIES:
            return None
        return Use("static" if card.library == "model2vec" else "sentence-transformers", "encode")
    ability = ABILITIES.get(card.family or "")
    if ability is None:
        return None
    if ability == "chat" and "gguf" in formats:
        return Use("llama.cpp", ability)
    if ability == "transcribe" and "ctranslate2" in formats:
        return Use("faster-whisper", ability)
    if ability == "tag" and card.library == "spacy" and ENGINES["spacy"].is_installed():
        return Use("spacy", ability)
    if ability in BY_GRAPH and "onnx" in formats and ENGINES["onnx"].is_installed():
        return Use("onnx", ability)
    return Use("transformers", ability) if has_torch and card.library not in OTHER_LIBRARIES else None


def files_for(card: ModelCard, runtime: str, allows: frozenset[str] = frozenset()) -> Files:
    """Return which files of a Hub model an engine needs: without the weights, where those are one of several variants.

    For such variants see `advisor.shortlist.variants`.
    """
    if runtime == "llama.cpp":
        return Files((), (), (".gguf",))
    if runtime == "onnx":
        return Files(CONFIGURATION, (), (".onnx", *(f".onnx{end}" for end in GRAPH_DATA)))
    if runtime == "faster-whisper":
        return Files((*CONFIGURATION, "model.bin"), (), ("model.bin",))
    if runtime == "spacy":
        return Files(SPACY_FILES, ("*.whl",), ("/model", "vocab/vectors"))
    patterns, ignored, suffixes = [*CONFIGURATION, "*.safetensors"], list(_OTHER_FORMATS), [".safetensors"]
    if PICKLE in allows and "safetensors" not in card.formats:
        patterns.append("pytorch_model*.bin")
        ignored.remove("*.bin")
        suffixes.append(".bin")
    if REMOTE_CODE in allows:
        patterns.append("*.py")
    return Files(tuple(patterns), tuple(ignored), tuple(suffixes))
