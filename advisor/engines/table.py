"""The table of engines: all that search, plan, local models, predictions and workers know of them stands here.

An engine declares itself in its own file, in `ENGINE`; reading the table imports none of their libraries.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.engines.engine import Engine

# One entry each. The first that loads a model comes first: what takes less memory and time for the same weights.
_MODULES = (
    "baseline",
    "static",
    "fasttext",
    "spacy",
    "gliner",
    "gliclass",
    "llama_cpp",
    "faster_whisper",
    "onnx_speech",
    "onnx",
    "sentence_transformers",
    "timm",
    "transformers",
    "openai_server",
    "hf_inference",
)


def _declared(module: str) -> Engine:
    engine: Engine = importlib.import_module(f"{__package__}.{module}").ENGINE
    return engine


ENGINES: Mapping[str, Engine] = {engine.name: engine for engine in map(_declared, _MODULES)}
# Weight formats that an engine loads.
FORMATS = frozenset(each for engine in ENGINES.values() for each in engine.formats)
