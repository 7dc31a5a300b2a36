"""Models of the transformers library (torch), in small files by ability.

Remote code is loaded only if the task allows it, pickled weights only if they hold nothing but tensors.
"""

from dataclasses import replace

from advisor.engines.engine import BY_FAMILY, TORCH_FILES, TORCH_FORMATS, Engine
from advisor.engines.transformers.rerankers import reranker_in
from advisor.formats.folder import Form, ModelFolder, UnusableError, abilities
from advisor.formats.safety import get

# Longest input read, in tokens; see `inputs.longest_input`.
MAX_TOKENS = 2048
# Most texts per batch on a CPU, and the factor for other devices.
BATCH, ACCELERATED = 16, 4

# For each ability the module that loads a model's folder for it.
MODULES = {
    "classify": "classify", "entail": "classify", "compare": "compare", "tag": "classify", "read": "classify",
    "embed": "embed", "rewrite": "rewrite", "chat": "chat", "see": "see", "look": "see", "name": "see", "hear": "hear",
    "listen": "hear", "identify": "hear", "transcribe": "transcribe",
}  # fmt: skip


def _forms(folder: ModelFolder) -> list[Form]:
    """Return the forms of a transformers folder, by its architecture.

    In a sentence-transformers folder the first module may have its own folder; a cross-encoder's later ones compute a
    pair's score from its output. Of another one the vectors of tokens can be used.
    """
    if folder.refusal:
        raise UnusableError(folder.refusal)
    encoder = next((module for module in folder.modules if str(get(module, "type")).endswith(".Transformer")), None)
    place = str(get(encoder, "path") or "")
    config = folder.json(f"{place}/config.json") or folder.config
    is_cross_encoder = folder.json("config_sentence_transformers.json").get("model_type") == "CrossEncoder"
    scores_pairs = len(folder.modules) > 1 if encoder and is_cross_encoder else reranker_in(folder) is not None
    able, labels = (["compare"], ()) if scores_pairs else abilities(config)
    if encoder and not is_cross_encoder:
        able = [each for each in able if each == "embed"]
    forms = folder.torch_weights(ENGINE.name, place, labels) if able else []
    return [replace(form, ability=each) for form in forms for each in able if each in MODULES]


ENGINE = Engine(
    name="transformers",
    module=__name__,
    library="transformers",
    beneath=("torch",),
    base_memory_bytes=484_000_000,
    abilities=BY_FAMILY,
    libraries=frozenset({None, "transformers", "sentence-transformers", "safetensors"}),
    other_libraries=frozenset({"nemo"}),  # its newer models have transformers weights, too
    formats=TORCH_FORMATS,
    files=TORCH_FILES,
    forms=_forms,
    is_torch=True,
    efficiency=0.4,  # MiniLM, paraphrase-MiniLM-L3
)
