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
    "rewrite": "rewrite", "chat": "chat", "see": "see", "look": "see", "name": "see", "hear": "hear", "listen": "hear",
    "identify": "hear", "transcribe": "transcribe",
}  # fmt: skip


def _forms(folder: ModelFolder) -> list[Form]:
    """Return the forms of a transformers folder, by its architecture.

    In a sentence-transformers folder of a cross-encoder the first module may have its own folder, and the later ones
    compute a pair's score from its output.
    """
    if folder.refusal:
        raise UnusableError(folder.refusal)
    encoder = next((module for module in folder.modules if str(get(module, "type")).endswith(".Transformer")), None)
    place, config = "", folder.config
    scores_pairs = reranker_in(folder) is not None
    if encoder:
        if folder.json("config_sentence_transformers.json").get("model_type") != "CrossEncoder":
            return []
        place = str(get(encoder, "path") or "")
        config = folder.json(f"{place}/config.json") or config
        scores_pairs = len(folder.modules) > 1
    able, labels = (["compare"], ()) if scores_pairs else abilities(config)
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
