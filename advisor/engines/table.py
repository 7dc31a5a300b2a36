"""The table of engines that search, plan, local models, predictions and workers read.

Each engine declares itself in its own file as `ENGINE`; reading the table imports none of the libraries. Other
packages add engines through entry points of the group `model_advisor.engines`.
"""

import importlib
from collections.abc import Mapping

from advisor.engines.engine import Engine
from advisor.errors import one_line
from advisor.system.plugins import plugins

# In order of preference for a model: less memory and time for the same weights first.
_MODULES = (
    "baseline",
    "static",
    "fasttext",
    "spacy",
    "gliner",
    "gliner2",
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


def _own(module: str) -> Engine:
    engine: Engine = importlib.import_module(f"{__package__}.{module}").ENGINE
    return engine


def _added(engines: dict[str, Engine]) -> dict[str, str]:
    """Add other packages' engines after ours; return the reasons for unusable ones."""
    left_out = {}
    for name, each in plugins("engine").items():
        try:
            engine: Engine = each.entry.load()
            if name in engines or engine.name != name:
                raise ValueError(f"its entry point is named {name!r}, its engine {engine.name!r}")  # noqa: TRY301
        except Exception as error:  # noqa: BLE001  another package's fault costs its own engine, no more
            left_out[name] = one_line(f"{type(error).__name__}: {error}")
        else:
            engines[name] = engine
    return left_out


_engines = {engine.name: engine for engine in map(_own, _MODULES)}
LEFT_OUT: Mapping[str, str] = _added(_engines)
ENGINES: Mapping[str, Engine] = _engines
# Weight formats that an engine loads.
FORMATS = frozenset(each for engine in ENGINES.values() for each in engine.formats)
