"""Open a transformers folder with its tokenizer or processor, on a device and in a precision."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from advisor.engines.base import CannotLoadError, Load, halves
from advisor.engines.batches import Batches, Network
from advisor.engines.checks import check_torch_folder, check_torch_tokenizer
from advisor.engines.transformers import ACCELERATED, BATCH, MAX_TOKENS
from advisor.formats.safety import json_map

# Names of number types in safetensors, with torch's.
DTYPES = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}
SHORT_NAMES = {"float64": "fp64", "float32": "fp32", "float16": "fp16", "bfloat16": "bf16"}


@dataclass(frozen=True, slots=True)
class Opened:
    """A model in memory."""

    model: Any  # The library's model.
    processor: Any  # Its tokenizer, image processor or processor.
    engine: str  # Names and versions of the libraries.
    device: str  # "cpu", "mps", or "cuda" with the card's name.
    batches: Batches  # Runs its inputs in batches that fit in memory.
    facts: dict[str, Any] = field(default_factory=dict)  # Facts of its computation for the report.

    @property
    def labels(self) -> tuple[str, ...]:
        names = self.model.config.id2label
        return tuple(str(names[index]) for index in sorted(names))

    @property
    def ends(self) -> set[int]:
        """Tokens that end a generated text, from the model's own settings."""
        token_ids = self.model.generation_config.eos_token_id
        ends = set(token_ids) if isinstance(token_ids, list | tuple) else {token_ids}
        return {each for each in {*ends, self.processor.eos_token_id} if isinstance(each, int)}

    def to_device(self, values: Any) -> dict[str, Any]:  # noqa: ANN401  the library's own batch
        """Return tensors on the model's device, floating ones in its precision."""
        return {
            name: tensor.to(self.model.device, self.model.dtype)
            if tensor.is_floating_point()
            else tensor.to(self.model.device)
            for name, tensor in values.items()
        }


class Loaded:
    """Base of transformers models; `facts` are for the report."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self.engine, self.device, self.facts = opened.engine, opened.device, opened.facts


class LoadedClassifier(Loaded):
    """A classifier with the labels of its configuration; if it is multi-label, each has its own probability."""

    def __init__(self, opened: Opened) -> None:
        super().__init__(opened)
        self.labels = opened.labels
        self._is_multi = getattr(opened.model.config, "problem_type", None) == "multi_label_classification"

    def _shares(self, inputs: dict[str, Any]) -> Any:  # noqa: ANN401  a tensor (inputs, labels)
        logits = self._opened.model(**inputs).logits.float()
        return logits.sigmoid() if self._is_multi else logits.softmax(dim=-1)


class Named(Loaded):
    """A model of texts and something else: the labels are texts, and the most similar one is meant."""

    frame = "{label}"

    def _words(self, labels: Sequence[str]) -> dict[str, Any]:
        """Return the labels as its tokens, framed as in training; SigLIP's were padded to one length."""
        is_padded = str(self._opened.model.config.model_type).startswith("siglip")
        padding: dict[str, Any] = {"padding": "max_length", "max_length": 64} if is_padded else {"padding": True}
        said = [self.frame.replace("{label}", label.replace("_", " ")) for label in labels]
        return self._opened.to_device(
            self._opened.processor.tokenizer(said, truncation=True, return_tensors="pt", **padding)
        )


@contextmanager
def opening(request: Load) -> Iterator[str]:
    """Check a folder that torch loads, and yield its model's device; exceptions of libraries become reasons.

    CannotLoadError with the reason.
    """
    check_torch_folder(request)
    import torch

    torch.set_num_threads(request.threads)
    try:
        yield choose_device()
    except Exception as error:  # noqa: BLE001  transformers and torch raise many unrelated types
        raise CannotLoadError(why_not_loaded(error)) from None


def open_model(
    request: Load, auto: str, processor: str = "AutoTokenizer", place: str = "", unused: str | None = None
) -> Opened:
    """Load a model and its preprocessor, with two of transformers' Auto classes.

    `place` is the sub-folder of both; weights with `unused` in their names may be missing.
    """
    folder, trusted = str(request.path / place), "remote-code" in request.allows
    with opening(request) as device:
        import torch
        import transformers

        stored = stored_dtype(request)
        prepared = getattr(transformers, processor).from_pretrained(
            folder, local_files_only=True, trust_remote_code=trusted
        )
        model, loading = getattr(transformers, auto).from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=trusted,
            use_safetensors=is_safetensors(request),
            weights_only=True,
            # Otherwise some versions load half-precision weights into twice their memory.
            dtype=getattr(torch, stored) if stored else "auto",
            output_loading_info=True,
        )
    check_complete(loading, unused)
    if processor == "AutoTokenizer":
        check_torch_tokenizer(prepared, model)
    model.eval()
    model.to(device)
    runs = batches(device, model.config, request, BATCH)
    return Opened(model, prepared, engine_name("transformers"), device_name(device), runs, facts_of(model, request))


def rows_on(device: str, rows: int) -> int:
    """Return the most rows of a batch on a device, given those on a CPU."""
    return rows if device == "cpu" else ACCELERATED * rows


def batches(device: str, config: object, request: Load, rows: int) -> Batches:
    """Return the batches for a model of this configuration; `rows` is their size on a CPU."""
    return Batches(device, Network.of(config), request.memory_bytes, rows_on(device, rows))


def architecture(request: Load) -> str:
    """Return the first class in a folder's configuration, "" if none."""
    named = json_map(request.path / "config.json").get("architectures")
    return str(named[0]) if isinstance(named, list) and named else ""


def relabel(model: Any, labels: Sequence[str], seed: int) -> frozenset[str]:  # noqa: ANN401  the library's own
    """Give a classifier a new, randomly initialised last layer for other labels; return the names of its weights.

    CannotLoadError if it has no such layer.
    """
    inner, count = {id(each) for each in model.base_model.modules()}, model.config.num_labels
    last = [name for name, each in model.named_modules() if getattr(each, "out_features", 0) == count]
    last = [name for name in last if id(model.get_submodule(name)) not in inner]
    if not last:
        raise CannotLoadError("has no last layer that gives its labels")
    model.num_labels = len(labels)
    model.config.id2label = dict(enumerate(labels))
    return new_layer(model, last[-1], model.get_submodule(last[-1]).in_features, len(labels), seed)


def new_layer(model: Any, name: str, width: int, count: int, seed: int) -> frozenset[str]:  # noqa: ANN401  torch's
    """Give a network a randomly initialised linear layer of this name; return the names of its weights."""
    import torch

    torch.manual_seed(seed)
    new = torch.nn.Linear(width, count, device=model.device, dtype=model.dtype)
    torch.nn.init.normal_(new.weight, std=0.02)
    torch.nn.init.zeros_(new.bias)
    model.set_submodule(name, new)
    return frozenset({f"{name}.weight", f"{name}.bias"})


def open_with_offsets(request: Load, auto: str, place: str = "", unused: str | None = None) -> Opened:
    """Load a model whose tokenizer gives the offsets of its tokens."""
    opened = open_model(request, auto, place=place, unused=unused)
    if not opened.processor.is_fast:
        raise CannotLoadError("its tokenizer does not give the positions of its tokens (it has no tokenizer.json)")
    return opened


def facts_of(model: Any, request: Load) -> dict[str, Any]:  # noqa: ANN401  any torch module
    """Return facts for the report: the precision of the first weights, and permissions used."""
    precision = str(next(model.parameters()).dtype).removeprefix("torch.")
    facts = {"precision": SHORT_NAMES.get(precision, precision)}
    if "remote-code" in request.allows:
        facts["remote_code"] = "allowed by the task"
    if not is_safetensors(request):
        facts["pickle"] = "only plain tensors were read"
    return facts


def is_safetensors(request: Load) -> bool:
    """Return whether its weights are safetensors, not only pickles."""
    return any(name.endswith(".safetensors") for name in request.files)


def engine_name(library: str) -> str:
    """Return a library and torch, with their versions."""
    return f"{library} {version(library)}, torch {version('torch')}"


def choose_device() -> str:
    """Return the device to use: an NVIDIA or AMD card, else an Apple one, else the CPU."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def device_name(device: str) -> str:
    import torch

    return f"cuda ({torch.cuda.get_device_name()})" if device.startswith("cuda") else device


def stored_dtype(request: Load) -> str | None:
    """Return torch's name of the number type of most stored weights; None if they are packed or pickled."""
    from safetensors import safe_open

    counts: Counter[str] = Counter()
    for name in request.files:
        if not name.endswith(".safetensors"):
            return None
        with safe_open(request.path / name, framework="numpy") as tensors:
            for key in tensors.keys():  # noqa: SIM118  not a mapping
                part = tensors.get_slice(key)
                size = 1
                for length in part.get_shape():
                    size *= length
                counts[part.get_dtype()] += size
    most = counts.most_common(1)
    return DTYPES.get(most[0][0]) if most else None


def check_complete(loading: dict[str, Any], unused: str | None = None) -> None:
    """Refuse a model that lacks weights, which transformers would initialise at random; CannotLoadError naming one."""
    missing = sorted(key for key in loading.get("missing_keys", ()) if unused is None or unused not in key)
    if missing:
        raise CannotLoadError(
            f"its weights lack {len(missing)} of the tensors that its architecture needs, such as {missing[0]}; "
            "it was perhaps never trained for this"
        )


def tensors_in(request: Load) -> set[str]:
    """Return the names of the tensors in its files, including those that share memory."""
    import torch
    from safetensors import safe_open

    found: set[str] = set()
    for name in request.files:
        if name.endswith(".safetensors"):
            with safe_open(request.path / name, framework="numpy") as tensors:
                found |= {*tensors.keys(), *(tensors.metadata() or {})}
        else:  # read as plain tensors
            found |= set(torch.load(request.path / name, map_location="meta", weights_only=True))
    return found


def why_not_loaded(error: Exception) -> str:
    """Return why a model cannot be loaded, in our words or else the library's."""
    text = " ".join(str(error).split())
    if "does not recognize this architecture" in text or "Unrecognized model" in text:
        return f"its architecture is unknown to transformers {version('transformers')}; a newer version may know it"
    if "Unrecognized configuration class" in text:
        return f"its architecture cannot do this in transformers {version('transformers')}"
    if "sentencepiece" in text.lower() and find_spec("sentencepiece") is None:
        return "its tokenizer needs the package sentencepiece: pip install sentencepiece"
    if "Weights only load failed" in text or "weights_only" in text:
        return "its pickled weights hold more than plain tensors, which is never loaded"
    return f"cannot be loaded ({type(error).__name__}: {text[:300]})"


NO_LIMIT = 10**6


def longest_input(opened: Opened) -> int:
    """Return how many tokens the model can read: by its positions and its tokenizer, at most 2,048.

    RoBERTa and similar models reserve their first positions for padding, so they have fewer than configured.
    """
    model, tokenizer = opened.model, opened.processor
    limits = [MAX_TOKENS]
    positions = getattr(model.config, "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 0:
        embeddings = getattr(getattr(model, "base_model", None), "embeddings", None)
        padding = getattr(getattr(embeddings, "position_embeddings", None), "padding_idx", None)
        limits.append(positions - (padding + 1 if isinstance(padding, int) else 0))
    own = getattr(tokenizer, "model_max_length", None)
    if isinstance(own, int) and 0 < own < NO_LIMIT:
        limits.append(own)
    return min(limits)


def tokenized(opened: Opened, texts: Sequence[str], most: int = MAX_TOKENS, **more: Any) -> Any:  # noqa: ANN401
    """Tokenize texts or pairs, each cut at its end if it is longer than the model reads; of a pair the longer text."""
    return opened.processor(*halves(texts), truncation=True, max_length=min(most, longest_input(opened)), **more)


def padded(opened: Opened, encoded: Any, rows: Sequence[int]) -> dict[str, Any]:  # noqa: ANN401  the library's own batch
    """Return some rows of tokenized texts as padded tensors on the model's device."""
    names = [name for name in opened.processor.model_input_names if name in encoded]
    chosen = {name: [encoded[name][row] for row in rows] for name in names}
    return opened.to_device(opened.processor.pad(chosen, return_tensors="pt"))
