"""Which weight files of a repository are variants to choose from: the same model at several precisions."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, NamedTuple

from advisor.models.file_names import GRAPH_DATA, gguf_precision, graph_precision, is_graph, is_whole_gguf
from advisor.models.variant_names import is_meant

if TYPE_CHECKING:
    from collections.abc import Sequence

# What weights count as where nothing tells.
FULL = "fp32"
# Engines that load one file of several.
ONE_OF_SEVERAL = ("llama.cpp", "onnx")
# One of each row: about four bits, as most people take it; eight, which hardly differs from the whole; five.
GGUF_ROWS = (
    ("q4_k_m", "q4_k_s", "q4_0", "q4_1", "iq4_xs", "iq4_nl"),
    ("q8_0",),
    ("q5_k_m", "q5_k_s", "q5_0", "q5_1"),
)
# Graphs in eight bits, made for any processor or for one kind; those for the kind at hand before the rest.
_ANY_INT8 = ("model_quantized", "model_int8", "model_uint8")
_X86_INT8 = ("model_quint8_avx2", "model_qint8_avx512_vnni", "model_qint8_avx512")
_ARM_INT8 = ("model_qint8_arm64",)


class Variant(NamedTuple):
    """Weight files that are loaded together, and what their names tell of their precision."""

    precision: str | None
    files: tuple[str, ...]


def variants(names: Sequence[str], runtime: str, wanted: frozenset[str] | None = None) -> tuple[Variant, ...]:
    """Return the variants among a repository's files for an engine that loads one; the first is the one to try first.

    Of language models: about four, eight and five bits; the first file of all where there is none of these. Of graphs:
    full precision, whose results are the published ones, and eight bits.

    Args:
        names: Of all files in the repository.
        runtime: One of `ONE_OF_SEVERAL`.
        wanted: Only these, any that the repository has: precisions or files; see `advisor.models.variant_names`.
    """
    if wanted is not None:
        whole = _whole_gguf(names) if runtime == "llama.cpp" else [name for name in names if is_graph(name)]
        precision = gguf_precision if runtime == "llama.cpp" else graph_precision
        every = (Variant(precision(name), (name, *_data(names, name))) for name in whole)
        return tuple(v for v in every if any(is_meant(each, v.precision or FULL, runtime, v.files) for each in wanted))
    return _gguf(names) if runtime == "llama.cpp" else _graphs(names)


def _whole_gguf(names: Sequence[str]) -> list[str]:
    return sorted(name for name in names if "/" not in name and is_whole_gguf(name))


def _data(names: Sequence[str], graph: str) -> list[str]:
    return [f"{graph}{end}" for end in GRAPH_DATA if f"{graph}{end}" in names]


def _gguf(names: Sequence[str]) -> tuple[Variant, ...]:
    whole = _whole_gguf(names)
    by_precision = {gguf_precision(name): name for name in reversed(whole)}
    chosen = [next((each for each in row if each in by_precision), None) for row in GGUF_ROWS]
    found = tuple(Variant(each, (by_precision[each],)) for each in chosen if each is not None)
    return found or tuple(Variant(gguf_precision(name), (name,)) for name in whole[:1])


def _graphs(names: Sequence[str]) -> tuple[Variant, ...]:
    own, others = (_ARM_INT8, _X86_INT8) if platform.machine() in ("arm64", "aarch64") else (_X86_INT8, _ARM_INT8)
    found = []
    for precision, row in (("fp32", ("model",)), ("int8", (*_ANY_INT8, *own, *others))):
        places = (f"{folder}{name}.onnx" for name in row for folder in ("", "onnx/"))
        graph = next((place for place in places if place in names and is_graph(place)), None)
        if graph is not None:
            found.append(Variant(precision, (graph, *_data(names, graph))))
    return tuple(found)
