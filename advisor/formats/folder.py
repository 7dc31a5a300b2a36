"""A model's folder for engines: names, small JSON files, headers of weights, abilities of its architecture."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from advisor.formats.headers import safetensors_header
from advisor.formats.marks import marks
from advisor.formats.safety import (
    PICKLED_MODULE,
    SAFE_MODULE,
    is_inside,
    json_list,
    json_map,
    repository_of,
    why_unsafe,
)


class UnusableError(Exception):
    """Files in an engine's format that cannot be loaded; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Form:
    """One way to load a model: the runtime, the weight files (relative to the folder) and their facts.

    `ability` is the ability it is loaded for, a key of `advisor.engines.base.ABILITIES`; `computed` are the active
    parameters per token.
    """

    runtime: str
    files: tuple[str, ...]
    weights_bytes: int
    precision: str | None
    parameters: int | None = None
    labels: tuple[str, ...] = field(default=())
    ability: str = "encode"
    computed: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class ModelFolder:
    """A folder, and the task's permissions for its model ("remote-code", "pickle")."""

    path: Path
    allows: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The model's name: the repository's for a snapshot in the Hub cache, else the folder's."""
        return repository_of(self.path) or self.path.name

    def has(self, name: str) -> bool:
        """Return whether a file of that name exists and is inside the folder."""
        return is_inside(self.path, name)

    def json(self, name: str) -> dict[str, Any]:
        """Return the mapping in a small JSON file, empty if there is none."""
        return json_map(self.path / name) if self.has(name) else {}

    def size(self, *names: str) -> int:
        return sum((self.path / name).stat().st_size for name in names)

    @cached_property
    def config(self) -> dict[str, Any]:
        return json_map(self.path / "config.json")

    @cached_property
    def modules(self) -> list[Any]:
        return json_list(self.path / "modules.json")

    @cached_property
    def refusal(self) -> str | None:
        """Why the torch engines must not load it, None if they may."""
        return why_unsafe(self.path, self.allows)

    def parts(self, prefix: str = "", name: str = SAFE_MODULE) -> tuple[str, ...]:
        """Return the files in the index of a sharded model, else the one file."""
        index = self.json(f"{prefix}{name}.index.json").get("weight_map")
        parts = {str(part) for part in index.values()} if isinstance(index, dict) else {name}
        return tuple(f"{prefix}{part}" for part in sorted(parts))

    def safetensors(self, runtime: str, names: tuple[str, ...], labels: tuple[str, ...] = ()) -> Form:
        precision, parameters, computed = safetensors_header([self.path / name for name in names])
        return Form(runtime, names, self.size(*names), precision, parameters, labels, computed=computed)

    def torch_weights(self, runtime: str, place: str = "", labels: tuple[str, ...] = ()) -> list[Form]:
        """Return the form of the weight files in a sub-folder ("" for the folder itself), one or several.

        Safetensors, or pickled ones if there are no others and they hold nothing but tensors.
        """
        prefix = f"{place}/" if place else ""
        names = self.parts(prefix)
        if all(map(self.has, names)):
            return [self.safetensors(runtime, names, labels)]
        whole = f"{prefix}{PICKLED_MODULE}"  # precedes an index in the libraries, too
        pickled = (whole,) if self.has(whole) else self.parts(prefix, PICKLED_MODULE)
        if all(map(self.has, pickled)) and self.refusal is None:
            return [Form(runtime, pickled, self.size(*pickled), None, None, labels)]
        return []


# Suffixes of transformers' class names, with abilities.
_HEADS = {
    "ForSequenceClassification": "classify",
    "ForTokenClassification": "tag",
    "ForQuestionAnswering": "read",
    "ForImageClassification": "see",
    "ForAudioClassification": "hear",
    "ForCTC": "transcribe",
    "ForTDT": "transcribe",
    "ForRNNT": "transcribe",
    "ForCausalLM": "chat",
    "LMHeadModel": "chat",
    "ForConditionalGeneration": "rewrite",
    "MTModel": "rewrite",
}
_SPEECH = ("whisper", "speech_to_text", "moonshine")
# Without a head; their image vectors differ.
_VISION = frozenset(
    f"{name}Model"
    for name in ("ViT", "ViTMAE", "DeiT", "Beit", "Swin", "Swinv2", "Dinov2", "DINOv3ViT", "CLIP", "Siglip", "ConvNext")
) | {"ResNetModel", "MobileViTModel", "MobileNetV2Model", "EfficientNetModel", "CLIPVisionModelWithProjection"}
# Without a head, or with one for masked words: their mean vectors represent a text.
_ENCODERS = ("Model", "ForMaskedLM", "ForPreTraining")
# With vectors of texts in the same space: labels by their names.
_BY_NAMES = {"look": "name", "listen": "identify"}
# Many models "for conditional generation" read images or sound; these are text to text.
_TEXT_TO_TEXT = (
    *("t5", "mt5", "umt5", "longt5", "switch_transformers", "bart", "mbart", "plbart", "led", "pegasus", "pegasus_x"),
    *("bigbird_pegasus", "marian", "fsmt", "m2m_100", "nllb-moe", "prophetnet", "blenderbot", "blenderbot-small"),
)


def abilities(config: dict[str, Any]) -> tuple[list[str], tuple[str, ...]]:
    """Return a model's abilities (keys of `advisor.engines.base.ABILITIES`), and its own labels if it has some.

    A classifier with one label scores pairs of texts; one with a label for entailment does inference, for any labels or
    as a classifier of pairs.
    """
    architectures = config.get("architectures")
    named = str(architectures[0]) if isinstance(architectures, list) and architectures else ""
    ability = next((able for ending, able in _HEADS.items() if named.endswith(ending)), None)
    kind = config.get("model_type")
    if ability == "rewrite" and kind not in _TEXT_TO_TEXT:
        ability = "transcribe" if kind in _SPEECH else "chat" if _reads_text_and_more(config) else None
    is_sound = _hears(config)
    if ability is None:
        able = (("listen", is_sound), ("look", named in _VISION), ("encode", _is_encoder(named, config)))
        found = [each for each, fits in able if fits][:1]
        reads_texts = named.endswith("Model") and isinstance(config.get("text_config"), dict)
        found += ["embed"] if found == ["encode"] else []
        return [*found, *([_BY_NAMES[each] for each in found if each in _BY_NAMES and reads_texts])], ()
    table = config.get("id2label")
    labels = tuple(str(label) for label in table.values()) if isinstance(table, dict) else ()
    if is_sound and ability in ("hear", "classify"):
        return ["hear", "listen"], labels
    if ability == "classify":
        if len(labels) == 1:
            return ["compare"], ()
        if any(label.casefold().startswith("entail") for label in labels):
            return ["entail", "classify"], labels
    if ability == "see":
        return ["see", "look"], labels
    if is_sound and ability == "transcribe":
        return ["transcribe", "listen"], ()
    if ability == "tag" and marks(labels):
        return ["tag", "rewrite"], labels
    return [ability], labels if ability in ("classify", "tag") else ()


def _reads_text_and_more(config: dict[str, Any]) -> bool:
    """Return whether a generator contains a language model, which can be prompted without an image."""
    text = config.get("text_config")
    return isinstance(text, dict) and "vision_config" in config and not text.get("is_encoder_decoder")


def _hears(config: dict[str, Any]) -> bool:
    """Return whether its input is sound: a spectrum, or samples for convolutional layers."""
    folds = isinstance(config.get("conv_kernel"), list) and "feat_extract_norm" in config
    return folds or any(key in config for key in ("num_mel_bins", "feature_projection_input_dim", "audio_config"))


def _is_encoder(named: str, config: dict[str, Any]) -> bool:
    """Return whether it reads texts: it has a vocabulary and a maximum length, unlike models of images and sound."""
    has_tokens = all(isinstance(config.get(key), int) for key in ("vocab_size", "max_position_embeddings"))
    return named.endswith(_ENCODERS) and has_tokens and not config.get("is_encoder_decoder")
