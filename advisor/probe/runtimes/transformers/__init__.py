"""Models of the transformers library (torch), one small file for each ability."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from advisor.probe.runtimes.base import Load, Runtime

# The longest input that is read, in tokens; see `batches.longest_input`.
MAX_TOKENS = 2048

# Each module has a `load` of its own.
MODULES = {
    "classify": "classify",
    "entail": "entail",
    "compare": "compare",
    "tag": "tag",
    "read": "read",
    "rewrite": "rewrite",
    "chat": "chat",
    "see": "see",
    "look": "look",
    "transcribe": "transcribe",
}


def load(request: Load) -> Runtime:
    """Load a model's folder for one ability; pickled weights and remote code only where the task allows them.

    Raises:
        CannotLoadError: with the reason.
    """
    from advisor.probe.runtimes.base import CannotLoadError

    if request.ability not in MODULES:
        raise CannotLoadError(f"cannot {request.ability} with the engine transformers")
    loaded: Runtime = import_module(f"{__name__}.{MODULES[request.ability]}").load(request)
    return loaded
