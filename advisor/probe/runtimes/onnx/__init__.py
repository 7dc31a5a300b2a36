"""Models as ONNX graphs, through ONNX Runtime and a tokenizers file; one small file for each ability."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from advisor.probe.runtimes.base import Load, Runtime

# Of a sentence encoder; a graph with a task of its own reads as much as its configuration says.
MAX_TOKENS = 256
# Larger batches cost memory and gain nothing on a processor: 16 takes 1.3 times the memory and time of 8.
BATCH = 8
MODULES = {"encode": "encode", "classify": "classify", "entail": "classify", "tag": "tag", "read": "read"}


def load(request: Load) -> Runtime:
    """Load a graph, and the tokenizer.json beside it or above it, for one ability.

    Raises:
        CannotLoadError: with the reason.
    """
    from advisor.probe.runtimes.base import CannotLoadError

    if request.ability not in MODULES:
        raise CannotLoadError(f"cannot {request.ability} with the engine onnx")
    loaded: Runtime = import_module(f"{__name__}.{MODULES[request.ability]}").load(request)
    return loaded
