"""Variants of a model among a repository's weight files: the same model at several precisions."""

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from advisor.formats.file_names import GRAPH_DATA, gguf_precision, graph_precision, is_graph, is_meant, is_whole_gguf

# Default precision.
FULL = "fp32"
# One of each row: about four bits, the usual choice; eight, which hardly differs from full precision; five.
GGUF_ROWS = (("q4_k_m", "q4_k_s", "q4_0", "q4_1", "iq4_xs", "iq4_nl"), ("q8_0",), ("q5_k_m", "q5_k_s", "q5_0", "q5_1"))
# Graphs in eight bits, for any processor or for one kind; those for this machine's come first.
_ANY_INT8 = ("model_quantized", "model_int8", "model_uint8")
_X86_INT8 = ("model_quint8_avx2", "model_qint8_avx512_vnni", "model_qint8_avx512")
_ARM_INT8 = ("model_qint8_arm64",)


class Variant(NamedTuple):
    """Weight files that are loaded together, and their precision by name."""

    precision: str | None
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Variants:
    """How an engine that loads one file of several finds a repository's variants."""

    every: Callable[[Sequence[str]], Sequence[Variant]]  # All variants, from the names of a repository's files.
    usual: Callable[[Sequence[str]], Sequence[Variant]]  # Those to try if the task names none, in order.

    def of(self, names: Sequence[str], runtime: str, wanted: frozenset[str] | None = None) -> tuple[Variant, ...]:
        """Return the variants among the names of a repository's files; the first is the one to try first.

        The engine's name may mean any of its variants; `wanted` limits them to precisions or files, see
        `named_variants`.
        """
        if wanted is None:
            return tuple(self.usual(names))
        return tuple(
            each
            for each in self.every(names)
            if any(is_meant(name, each.precision or FULL, runtime, each.files) for name in wanted)
        )


def _every_gguf(names: Sequence[str]) -> list[Variant]:
    whole = sorted(name for name in names if "/" not in name and is_whole_gguf(name))
    return [Variant(gguf_precision(name), (name,)) for name in whole]


def _usual_gguf(names: Sequence[str]) -> list[Variant]:
    """Return about four, eight and five bits; the first of all files if there are none of these."""
    every = _every_gguf(names)
    by_precision = {each.precision: each for each in reversed(every)}
    chosen = [next((by_precision[each] for each in row if each in by_precision), None) for row in GGUF_ROWS]
    return [each for each in chosen if each is not None] or every[:1]


def _every_graph(names: Sequence[str]) -> list[Variant]:
    return [Variant(graph_precision(name), _with_data(names, name)) for name in names if is_graph(name)]


def _usual_graphs(names: Sequence[str]) -> list[Variant]:
    """Return full precision, whose results are the published ones, and eight bits."""
    own, others = (_ARM_INT8, _X86_INT8) if platform.machine() in ("arm64", "aarch64") else (_X86_INT8, _ARM_INT8)
    found = []
    for precision, row in (("fp32", ("model",)), ("int8", (*_ANY_INT8, *own, *others))):
        places = (f"{folder}{name}.onnx" for name in row for folder in ("", "onnx/"))
        graph = next((place for place in places if place in names and is_graph(place)), None)
        if graph is not None:
            found.append(Variant(precision, _with_data(names, graph)))
    return found


def _with_data(names: Sequence[str], graph: str) -> tuple[str, ...]:
    return (graph, *(f"{graph}{end}" for end in GRAPH_DATA if f"{graph}{end}" in names))


OF_GGUF = Variants(_every_gguf, _usual_gguf)
OF_GRAPHS = Variants(_every_graph, _usual_graphs)
