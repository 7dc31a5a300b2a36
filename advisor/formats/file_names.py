"""Facts from names: whether a weight file is a whole model and its precision; the variant in "acme/tiny:q8_0"."""

import re
from collections.abc import Iterable

_GGUF_PRECISION = re.compile(r"(?:^|[.\-_])((?:I?Q\d\w*)|F16|F32|BF16|MXFP4\w*)(?=[.\-]|$)", re.IGNORECASE)
_GGUF_SHARD = re.compile(r"-\d{5}-of-\d{5}\.gguf$", re.IGNORECASE)
# Names of whole graphs by optimum and sentence-transformers; not of an encoder or a decoder alone.
_GRAPH = re.compile(r"model(?:_(O[1-4]|fp16|bf16|u?int8|quantized|q4|q4f16|bnb4|optimized|q?u?int8_\w+))?\.onnx")
_GRAPH_PRECISIONS = {"fp16": "fp16", "bf16": "bf16", "quantized": "int8", "q4": "int4", "q4f16": "int4", "bnb4": "int4"}
# Suffixes of an ONNX graph's external weights.
GRAPH_DATA = ("_data", ".data")


def is_whole_gguf(name: str) -> bool:
    """Return whether a file of this name is a whole language model: not a part of one or an image projector."""
    lower = name.lower()
    return lower.endswith(".gguf") and not _GGUF_SHARD.search(lower) and "mmproj" not in lower


def gguf_precision(name: str) -> str | None:
    """Return the quantisation at the end of a GGUF file's name, in lower case, e.g. "q4_k_m"."""
    found = _GGUF_PRECISION.findall(name.rpartition("/")[2].removesuffix(".gguf"))
    return found[-1].lower() if found else None


def is_graph(name: str) -> bool:
    """Return whether a file of this name is a whole ONNX graph, in the folder itself or in its onnx/."""
    return _GRAPH.fullmatch(name.removeprefix("onnx/")) is not None


def graph_precision(name: str) -> str | None:
    """Return the precision in the name of an ONNX graph, e.g. "int8"; None if there is none."""
    found = _GRAPH.fullmatch(name.rpartition("/")[2])
    kind = found[1] if found else None
    if kind is None:
        return None
    return "int8" if "int8" in kind else _GRAPH_PRECISIONS.get(kind)


def split_variant(name: str) -> tuple[str, str]:
    """Split a name into the model's name and a final variant, empty if there is none."""
    model, colon, variant = name.rpartition(":")
    return (model, variant) if colon and model else (name, "")


def is_meant(variant: str, precision: str | None, runtime: str, files: Iterable[str]) -> bool:
    """Return whether a variant's name matches this precision, this engine, or this file."""
    return variant.casefold() in {each.casefold() for each in (precision, runtime, *files) if each}


def named_variants(models: Iterable[str], model: str) -> frozenset[str] | None:
    """Return the variants of a model named in a list; None if the model is named without one, or not at all."""
    named = {variant for name in models for base, variant in (split_variant(name),) if base == model and variant}
    return None if model in models or not named else frozenset(named)
